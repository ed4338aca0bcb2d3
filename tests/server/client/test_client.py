"""The client against a real server: both doors, errors, uploads that are interrupted."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import msgspec
import pytest

from codek7 import api
from codek7.client import AsyncClient, Client
from codek7.core.errors import (
    AssetNotFound,
    EditConflict,
    Forbidden,
    LadderInvalid,
    QueryInvalid,
    ServerUnreachable,
    Unauthenticated,
    UsageError,
)
from codek7.core.ladder import Ladder, Rung
from codek7_server.access.keys import Key
from codek7_server.access.routes import KeyList, MadeKey
from codek7_server.imports.routes import ImportView
from codek7_server.querying.part import Rows
from codek7_server.uploads.views import Trouble
from tests.conftest import MakeClip
from tests.server.conftest import RunningServer, StartServer
from tests.servers import free_port


@pytest.fixture(scope="module")
def clip(make_clip: MakeClip) -> Path:
    return make_clip("served", seconds=2)


def client(server: RunningServer, role: str = "uploader") -> Client:
    return Client(server.url, key=server.keys[role] if role else "")


def test_the_values_are_those_that_the_server_sends() -> None:
    for theirs in (Key, KeyList, MadeKey, ImportView, Rows, Trouble):
        ours = getattr(api, theirs.__name__)
        assert msgspec.json.schema(ours)["$defs"].keys() == msgspec.json.schema(theirs)["$defs"].keys()
        names = {field.encode_name: field.default for field in msgspec.structs.fields(theirs)}
        assert {field.encode_name: field.default for field in msgspec.structs.fields(ours)} == names


def test_from_a_file_to_a_playlist(server: RunningServer, clip: Path) -> None:
    sent: list[tuple[int, int]] = []
    progress: list[float] = []
    with client(server) as codek7:
        asset_id = codek7.upload(
            clip,
            title="From Python",
            visibility="public",
            tags=["a", "b"],
            on_bytes=lambda *n: sent.append(n),
        )
        asset = codek7.wait(asset_id, on_progress=progress.append)
        assert (asset.id, asset.state, asset.title) == (asset_id, "published", "From Python")
        assert sent[-1] == (clip.stat().st_size,) * 2
        assert progress == sorted(progress)
        assert progress[-1] == 1
        assert codek7.playback(asset_id).playlist.startswith(server.url)
        edited = codek7.edit(asset_id, etag=asset.etag, tags=("client",), custom={"n": 1})
        assert (edited.tags, edited.custom) == (("client",), {"n": 1})
        with pytest.raises(EditConflict):
            codek7.edit(asset_id, etag=asset.etag, title="x")
        assert [each.id for each in codek7.assets(tag=["client"], limit=1)] == [asset_id]
        assert asset_id in {each.id for each in codek7.assets(owner="me", limit=1)}, "page after page"
        jobs = codek7.jobs(asset_id=asset_id)
        assert [codek7.job(job.id).state for job in jobs] == ["published"]
        rung = Rung(width=160, height=90, crf=30, ceiling_bps=100_000)
        assert codek7.republish(asset_id, ladder=Ladder(rungs=(rung,))).asset_id == asset_id
        codek7.remove(asset_id)
        with pytest.raises(AssetNotFound, match=asset_id):
            codek7.asset(asset_id)


def test_both_doors_do_the_same(server: RunningServer, clip: Path) -> None:
    async def go() -> tuple[str, str]:
        async with AsyncClient(server.url, key=server.keys["uploader"]) as codek7:
            asset_id = await codek7.upload(clip, title="Asynchronous")
            asset, other = await asyncio.gather(codek7.wait(asset_id), codek7.wait(asset_id))
            assert asset == other
            while asset_id not in [each.id async for each in codek7.assets(owner="me", limit=1)]:
                await asyncio.sleep(0.1)  # lists follow within a moment
            assert [job.state for job in await codek7.jobs(asset_id=asset_id)] == ["published"]
            async for event in codek7.events(asset_id=asset_id, after=0):
                if event.name == "asset-published":
                    break
            await codek7.remove(asset_id)
            with pytest.raises(AssetNotFound):
                await codek7.playback(asset_id)
            return asset.state, event.asset_id

    state, asset_id = asyncio.run(go())
    assert (state, len(asset_id)) == ("published", 16)


def test_errors_are_those_that_the_server_raised(server: RunningServer, tmp_path: Path) -> None:
    with client(server, "") as anyone, client(server, "viewer") as viewer, client(server) as uploader:
        with pytest.raises(Unauthenticated):
            anyone.jobs()
        with pytest.raises(Forbidden):
            viewer.sql("SELECT 1")
        with pytest.raises(UsageError, match="colour"):
            uploader.edit("nothing0", colour="red")
        with pytest.raises(UsageError, match="size"):
            uploader.upload(tmp_path, size=1)
        with pytest.raises(UsageError):
            list(uploader.assets(cursor="x"))
    with client(server, "admin") as admin:
        with pytest.raises(QueryInvalid):
            admin.sql("DROP TABLE asset")
        assert admin.sql("SELECT 1 AS one, 'x' AS two") == (("one", "two"), [(1, "x")])
        made = admin.new_key("viewer", name="of a test")
        known = admin.keys()
        assert made.key in [msgspec.structs.replace(key, used_us=0) for key in known]
        with Client(server.url, key=made.secret) as theirs:
            list(theirs.assets(limit=1))
            admin.revoke_key(made.key.id)
            with pytest.raises(Unauthenticated):
                list(theirs.assets())
    with Client("http://127.0.0.1:9") as nobody, pytest.raises(ServerUnreachable):
        nobody.asset("x")
    with pytest.raises(UsageError):
        Client("media.example.org")
    assert issubclass(LadderInvalid, UsageError)


def test_an_upload_outlives_its_server(
    start_server: StartServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two parts, and started again on the same port."""
    monkeypatch.setattr("codek7.client.flows.PART_BYTES", 200_000)
    media = tmp_path / "noise.mp4"
    media.write_bytes(b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2" + bytes(range(256)) * 4000)
    home = tmp_path / "home"
    port = str(free_port())
    first = start_server(home, "--port", port)
    begun: list[str] = []

    def kill_and_start() -> None:
        first.process.kill()
        first.process.wait()
        start_server(home, "--port", port)

    kills = threading.Thread(target=kill_and_start)

    def on_bytes(there: int, of: int) -> None:
        if there >= of // 2 and not kills.ident:
            kills.start()
            first.process.wait()

    with client(first) as codek7:
        asset_id = codek7.upload(media, on_bytes=on_bytes, on_begun=begun.append)
        kills.join()
        assert codek7.wait(asset_id).state == "failed", "noise is no media, but all of it is there"
        (source,) = (home / "sources" / asset_id).iterdir()
        assert source.read_bytes() == media.read_bytes()
        assert codek7.upload(media, resume=begun[0]) == asset_id, "it is there already"
