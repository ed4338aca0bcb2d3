"""Routes of plugins: those of a home's own plugin file, and ones that are wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from litestar import Litestar, Router, get
from litestar.testing import TestClient

from codek7_server.plugin_routes import with_plugins
from tests.server.conftest import StartServer

HOME_FILE = '''
"""Routes of a home."""
from litestar import get
from codek7 import hookimpl
from codek7.core.errors import StateConflict
from codek7_server.access import authorise
from codek7_server.identity import Identity
from codek7_server.live import Served


@hookimpl
def codek7_server_routes():
    @get("/who")
    async def who(identity: Identity, live: Served) -> dict[str, str]:
        authorise(identity, "asset:upload")
        return {"id": identity.id, "store": live.hub.store.url}

    @get("/conflict")
    async def conflict() -> None:
        raise StateConflict("not now")

    return [who, conflict]
'''


def test_a_plugins_routes_are_the_servers(tmp_path: Path, start_server: StartServer) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "codek7_plugins.py").write_text(HOME_FILE)
    (home / "codek7_plugins.py").chmod(0o600)
    server = start_server(home)
    with server.client("uploader") as uploader, server.client() as anyone:
        (path,) = [p for p in anyone.get("/api/openapi.json").json()["paths"] if p.endswith("/who")]
        assert path.startswith("/api/plugins/")
        assert uploader.get(path).json()["store"].startswith("file://")
        assert anyone.get(path).status_code == 401
        refused = anyone.get(path.replace("who", "conflict"))
        assert refused.status_code == 409
        assert refused.json()["code"] == "state-conflict"


def test_routes_that_are_wrong_are_left_out_by_name(caplog: pytest.LogCaptureFixture) -> None:
    @get("/x", operation_id="x")
    async def fine() -> str:
        return "fine"

    @get("/y", operation_id="x")
    async def same_name() -> str:
        return "not"

    def make(routers: Sequence[Router]) -> Litestar:
        return Litestar(route_handlers=routers, logging_config=None)

    routes: dict[str, list[object]] = {
        "good": [fine],
        "twice": [same_name],
        "no route": [fine],
        "nonsense": [object()],
    }
    with TestClient(with_plugins(make, routes)) as client:
        assert client.get("/api/plugins/good/x").text == "fine"
        assert client.get("/api/plugins/twice/x").status_code == 404
    for name in ("twice", "no route", "nonsense"):
        assert f"plugin {name} are left out" in caplog.text
