"""A short clip, published on the server that all tests share."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import MakeClip
from tests.server.conftest import RunningServer

WAIT_S = 120

Json = dict[str, Any]


def upload(client: httpx.Client, clip: Path, **said: str) -> str:
    """The id of a new asset, from a form."""
    answer = client.post("/api/assets", files={"file": (clip.name, clip.read_bytes())}, data=said)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["asset"])


def until(client: httpx.Client, asset_id: str, there: Callable[[Json], bool]) -> Json:
    """The asset, once something is true of it."""
    end = time.monotonic() + WAIT_S
    while True:
        answer = client.get(f"/api/assets/{asset_id}")
        assert answer.status_code == 200, answer.text
        asset: Json = answer.json()
        if there(asset):
            return asset
        assert time.monotonic() < end, asset
        time.sleep(0.1)


def published(client: httpx.Client, clip: Path, **said: str) -> Json:
    """A new asset that plays."""
    return until(client, upload(client, clip, **said), lambda asset: asset["state"] == "published")


@pytest.fixture(scope="session")
def clip(make_clip: MakeClip) -> Path:
    return make_clip("served", seconds=2)


@pytest.fixture(scope="module")
def shared(server: RunningServer, clip: Path) -> Json:
    """One that tests leave public and published."""
    with server.client("uploader") as client:
        return published(client, clip, title="A clip", visibility="public")


@pytest.fixture
def asset(server: RunningServer, clip: Path) -> Json:
    """A new one, of work that is done but once."""
    with server.client("uploader") as client:
        return published(client, clip, title="A clip", visibility="public")
