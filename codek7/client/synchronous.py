"""A codek7 server, for scripts and notebooks: every method waits for its answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from codek7 import api
from codek7.client import calls, flows
from codek7.client.answers import error_of, value_of
from codek7.client.calls import Call
from codek7.client.flows import Flow, OnBytes, OnProgress, Pause
from codek7.client.transport import TIMEOUT_S, Events, edit_of, request, said_of, unreachable, where
from codek7.core.errors import Codek7Error
from codek7.core.events import Noted
from codek7.core.ladder import Ladder
from codek7.core.ports import Table

T = TypeVar("T")


class Client:
    """Speaks to one server: `Client("https://media.example.org", key="ck7_…")`. Errors are those that
    the server raises, as the same classes; `ServerUnreachable` where none answers."""

    def __init__(self, url: str = "", *, key: str = "", timeout_s: float = TIMEOUT_S) -> None:
        self.url, headers = where(url, key)
        import httpx

        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=timeout_s)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def assets(self, **asked: Any) -> Iterator[api.AssetSummary]:
        """Every asset that you may find, page after page. Asked for by `q`, `state`, `visibility`, `owner`
        ("me"), `tag` (several: a list), `category`, `language`, `sort`, `order`; `limit` is a page's."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.call(calls.list_assets(asked, cursor))
            yield from page.items
            cursor = page.next

    def asset(self, asset_id: str) -> api.AssetView:
        """All that is known of an asset. Raises `AssetNotFound`."""
        return self.call(calls.get_asset(asset_id))

    def edit(self, asset_id: str, *, etag: str = "", **fields: Any) -> api.AssetView:
        """Change title, description, tags, category, language, custom or visibility. With the `etag` that the
        asset was read with, raises `EditConflict` where somebody has edited it since."""
        return self.call(calls.edit_asset(asset_id, edit_of(fields), etag))

    def remove(self, asset_id: str) -> None:
        """Remove an asset whole."""
        self.call(calls.remove_asset(asset_id))

    def playback(self, asset_id: str, *, preview: bool = False) -> api.PlaybackView:
        """A playlist URL that needs nothing else. Raises `StateConflict` where nothing can be played yet."""
        return self.call(calls.play(asset_id, preview=preview))

    def republish(self, asset_id: str, *, ladder: Ladder | None = None, policy: str = "") -> api.JobView:
        """Present an asset with another ladder; only what is new is encoded."""
        return self.call(calls.republish(asset_id, ladder, policy))

    def decide(self, asset_id: str, decision: Literal["allow", "block"], *, reason: str = "") -> api.Decided:
        """A moderator's decision."""
        return self.call(calls.decide(asset_id, decision, reason))

    def verdicts(self, asset_id: str) -> list[api.VerdictView]:
        """Every judgement of an asset, with its evidence."""
        found = self.call(calls.verdicts(asset_id))
        return found.items

    def upload(
        self,
        path: Path | str,
        *,
        on_bytes: OnBytes | None = None,
        resume: str = "",
        on_begun: Callable[[str], None] | None = None,
        **said: Any,
    ) -> str:
        """The id of a new asset. `said`: title, visibility, description, tags, category, language, policy.
        `on_bytes` hears of the bytes that the server has, of how many. A connection that breaks, and a server
        that is started again, are waited for; `resume`, the address that `on_begun` was told, goes on where
        another process stopped."""
        return self._run(
            flows.upload(Path(path), said_of(said), on_bytes=on_bytes, resume=resume, on_begun=on_begun)
        )

    def import_url(self, url: str, *, on_bytes: OnBytes | None = None, **said: Any) -> str:
        """The id of a new asset, once the server has fetched it."""
        return self._run(flows.import_url(url, said_of(said), on_bytes))

    def wait(self, asset_id: str, *, on_progress: OnProgress | None = None) -> api.AssetView:
        """The asset, once it is published, held, refused or has failed; progress goes from 0 to 1."""
        return self._run(flows.wait(asset_id, on_progress))

    def jobs(self, *, states: tuple[str, ...] = (), asset_id: str = "") -> list[api.JobView]:
        """Jobs, the newest first."""
        return self._run(flows.every_job(states, asset_id))

    def job(self, job_id: str) -> api.JobView:
        """A job. Raises `JobNotFound`."""
        return self.call(calls.get_job(job_id))

    def cancel(self, job_id: str) -> api.JobView:
        """End a job."""
        return self.call(calls.change_job(job_id, "cancel"))

    def requeue(self, job_id: str) -> api.JobView:
        """Try a job again."""
        return self.call(calls.change_job(job_id, "requeue"))

    def sql(self, query: str, *, limit: int = 10_000) -> Table:
        """Rows of the catalog, for administrators: one SELECT. Raises `QueryInvalid`."""
        found = self.call(calls.query(query, limit))
        return Table(tuple(found.columns), [tuple(row) for row in found.rows])

    def arrow(self, query: str, *, limit: int = 10_000) -> bytes:
        """As `sql`, the answer as an Arrow IPC stream, its types kept."""
        return self.call(calls.query_arrow(query, limit))

    def keys(self) -> list[api.Key]:
        """Every API key, for administrators."""
        found = self.call(calls.list_keys())
        return found.items

    def new_key(self, role: str, *, name: str = "", owner: str = "") -> api.MadeKey:
        """A new API key; its `secret` is shown this once."""
        return self.call(calls.make_key(role, name, owner))

    def revoke_key(self, key_id: str) -> None:
        """From now on nothing is answered for it."""
        self.call(calls.revoke_key(key_id))

    def events(self, *, asset_id: str = "", after: int | None = None) -> Iterator[Noted]:
        """What happens from now on, or after an event; it ends when the server does."""
        import httpx

        params = {"asset_id": asset_id} if asset_id else {}
        headers = {"Last-Event-ID": str(after)} if after is not None else {}
        waiting = httpx.Timeout(TIMEOUT_S)
        reading = Events()
        try:
            with self._http.stream(
                "GET", "/api/events", params=params, headers=headers, timeout=waiting
            ) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise error_of(answer.status_code, answer.headers, answer.read())
                for line in answer.iter_lines():
                    if (event := reading.line(line)) is not None:
                        yield event
        except httpx.TransportError as error:
            raise unreachable(self.url, error) from error

    def call(self, call: Call[T]) -> T:
        """Make one request."""
        import httpx

        try:
            answer = self._http.request(**request(call))
        except httpx.TransportError as error:
            raise unreachable(self.url, error) from error
        return value_of(call, answer.status_code, answer.headers, answer.content)

    def _run(self, flow: Flow[T]) -> T:
        """Make a flow's requests; it hears of what fails."""
        try:
            wanted = next(flow)
            while True:
                if isinstance(wanted, Pause):
                    time.sleep(wanted.seconds)
                    wanted = next(flow)
                    continue
                try:
                    answer = self.call(wanted)
                except Codek7Error as error:
                    wanted = flow.throw(error)
                else:
                    wanted = flow.send(answer)
        except StopIteration as done:
            value: T = done.value
            return value
