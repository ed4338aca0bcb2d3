"""A store with published objects, and delivery over it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from codek7.core.ports import Store
from codek7.core.settings import Delivery as How
from codek7.plugins.store_fsspec import codek7_open_store
from codek7_server.delivery.app import Delivery
from codek7_server.delivery.tokens import Tokens

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n" + b"#EXTINF:6.0,\n00000.m4s\n" * 40
INIT = b"ftypmoov" * 100
MEDIA = random.Random(7).randbytes(300_001)
OBJECTS = {"main.m3u8": PLAYLIST, "video-0/init.mp4": INIT, "video-0/00000.m4s": MEDIA, "empty.vtt": b""}
FOLDER = "assets/a5gkzck7nprefz4g/fca629fec8db3de2032038c9"
GROWING = "assets/a5gkzck7nprefz4g/preview-0123456789abcdef0123456789abcdef"


class Place(NamedTuple):
    """Delivery, what it delivers from, and who makes its addresses."""

    delivery: Delivery
    store: Store
    tokens: Tokens

    def url(self, path: str, folder: str = FOLDER) -> str:
        """The address of one of the objects."""
        return self.tokens.url(f"{folder}/{path}")


def fill(store: Store) -> None:
    """Publish the objects, once as a version and once as a preview."""
    for folder in (FOLDER, GROWING):
        for path, body in OBJECTS.items():
            store.put(f"{folder}/{path}", body)


def make_place(store_url: str, home: Path, how: How | None = None) -> Place:
    """Delivery over a new store."""
    home.mkdir(parents=True, exist_ok=True)
    store = codek7_open_store(store_url, {})
    assert store is not None
    fill(store)
    tokens = Tokens.open(home, environ={})
    return Place(Delivery(store, tokens, how or How()), store, tokens)


@pytest.fixture(scope="module", params=["file", "memory"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Over files, and over a store that has none. Tests leave its objects as they are."""
    folder = tmp_path_factory.mktemp("delivery")
    url = (folder / "store").as_uri() if request.param == "file" else f"memory://{folder.name}"
    place = make_place(url, folder)
    yield place
    place.delivery.close()
