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
    import httpx
    from duckdb import DuckDBPyRelation

    from codek7.api import AssetSummary, AssetView, JobView
    from codek7.lab.views.player import Player


MEDIA_S = 30
"""How long a server may take for a piece of a presentation."""


class Connected:
    """A codek7 server. `client` is the whole API; here is what a lab asks most. Its connections are kept
    until it is closed."""

    def __init__(self, url: str, token: str = "") -> None:
        self.client = Client(url, key=token)  # first: it says what is missing where httpx is
        import httpx

        self.url = url.rstrip("/")
        self._media = httpx.Client(follow_redirects=False, timeout=MEDIA_S)

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
        return Player(_Reader(self._media, folder), name, title=self.asset(asset_id).title)

    def close(self) -> None:
        """Let go of the server; players of it end."""
        self.client.close()
        self._media.close()

    def __repr__(self) -> str:
        return f"Connected({self.url!r})"


class _Reader:
    """Files of a presentation, by byte ranges."""

    def __init__(self, http: httpx.Client, folder: str) -> None:
        self._http, self._folder = http, folder

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
