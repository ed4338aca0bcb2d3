"""A server as a notebook reads it: its catalog and its assets, over HTTP."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from codek7.client import Client
from codek7.core.errors import ServerUnreachable
from codek7.core.ladder import Ladder
from codek7.lab.relations import relation

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

    from codek7.api import AssetSummary, AssetView, JobView
    from codek7.lab.views.player import Player


class Connected:
    """A codek7 server. `client` is the whole API; here is what a lab asks most."""

    def __init__(self, url: str, token: str = "") -> None:
        self.client = Client(url, key=token)
        self.url = url.rstrip("/")

    def assets(self, **asked: Any) -> list[AssetSummary]:
        """Assets, searched and filtered as `GET /api/assets` does it."""
        return list(self.client.assets(**asked))

    def asset(self, asset_id: str) -> AssetView:
        """All of one. Raises `AssetNotFound`."""
        return self.client.asset(asset_id)

    def sql(self, query: str, *, limit: int = 10_000) -> DuckDBPyRelation:
        """The catalog's answer to one SELECT, for administrators. Raises `QueryInvalid`."""
        return relation(self.client.arrow(query, limit=limit))

    def republish(self, asset_id: str, ladder: Ladder) -> JobView:
        """Have an asset served with another ladder; only what is new is encoded."""
        return self.client.republish(asset_id, ladder=ladder)

    def player(self, asset_id: str) -> Player:
        """What viewers of an asset see, played here."""
        from codek7.lab.views.player import Player

        playback = self.client.playback(asset_id)
        playlist = urljoin(f"{self.url}/", playback.playlist)
        folder, name = playlist.rpartition("/")[0], PurePosixPath(urlsplit(playlist).path).name
        return Player(_Reader(folder), name, title=self.asset(asset_id).title)

    def __repr__(self) -> str:
        return f"Connected({self.url!r})"


class _Reader:
    """Files of a presentation, by byte ranges."""

    def __init__(self, folder: str) -> None:
        import httpx

        self._folder = folder
        self._http = httpx.Client(follow_redirects=False, timeout=30)

    def __call__(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        import httpx

        last = "" if length is None else str(start + length - 1)
        try:
            answer = self._http.get(f"{self._folder}/{path}", headers={"Range": f"bytes={start}-{last}"})
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise ServerUnreachable(f"{path} of the presentation did not come: {error}") from error
        whole = answer.status_code == httpx.codes.OK
        return answer.content[start:][:length] if whole else answer.content
