"""The library follows the catalog: what happened before, what happens, and what nobody told of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from codek7.core.edits import Edit
from codek7.core.events import AssetEdited
from codek7.core.ports import Catalog
from codek7.plugins.catalog_duckdb import codek7_open_catalog
from codek7.testing.story import Story
from codek7_server.library.live import Library
from codek7_server.library.queries import Query, Reader

ALL = Reader(all=True)


def tell(catalog: Catalog, number: int, title: str = "A title") -> str:
    story = replace(Story(chunks=1), asset_id=f"asset{number}", title=title)
    for batch in story.whole():
        catalog.apply(f"job{number}", batch)
    return story.asset_id


@asynccontextmanager
async def following(home: Path, catalog: Catalog) -> AsyncIterator[Library]:
    library = Library(home, catalog)
    with catalog.hold():
        async with library.running():
            yield library


async def found(library: Library, q: str = "") -> list[str]:
    return [entry.id for entry in (await library.search(Query(q=q, limit=100), ALL)).items]


async def soon(library: Library, expected: list[str], q: str = "") -> None:
    for _ in range(600):
        if await found(library, q) == expected:
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"{await found(library, q)} instead of {expected}")


def test_what_was_there_before_is_there_at_the_start(tmp_path: Path) -> None:
    catalog = codek7_open_catalog(tmp_path)
    ids = [tell(catalog, number) for number in range(3)]

    async def go() -> None:
        async with following(tmp_path, catalog) as library:
            await soon(library, ids[::-1])
        catalog.remove(ids[0])
        catalog.apply("", [AssetEdited(asset_id=ids[1], edit=Edit(title="Meanwhile"))])
        async with following(tmp_path, catalog) as library:
            await soon(library, [ids[2], ids[1]])
            await soon(library, [ids[1]], "meanwhile")

    asyncio.run(go())


def test_a_large_library_is_made_in_parts_that_a_change_may_come_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codek7_server.library.live.FILL", 2)
    monkeypatch.setattr("codek7_server.library.live.AHEAD", 6)
    monkeypatch.setattr("codek7_server.library.live.MERGED_AT_ONCE", 1)
    catalog = codek7_open_catalog(tmp_path)
    ids = [tell(catalog, number) for number in range(10, 19)]
    library = Library(tmp_path, catalog)

    async def go() -> None:
        with catalog.hold():
            turn = asyncio.create_task(library._caught_up())
            edit = AssetEdited(asset_id=ids[5], edit=Edit(title="Changed"))
            await asyncio.to_thread(catalog.apply, "", [edit])
            await library.refresh(ids[5])
            await turn
            assert await found(library) == ids[::-1]
            assert await found(library, "changed") == [ids[5]]

    asyncio.run(go())


def test_what_happens_is_found_untold_and_at_once_where_told(tmp_path: Path) -> None:
    catalog = codek7_open_catalog(tmp_path)

    async def go() -> None:
        async with following(tmp_path, catalog) as library:
            asset = await asyncio.to_thread(tell, catalog, 1)
            await soon(library, [asset])
            edit = AssetEdited(asset_id=asset, edit=Edit(title="Changed"))
            await asyncio.to_thread(catalog.apply, "", [edit])
            await library.refresh(asset)
            assert await found(library, "changed") == [asset]
            await asyncio.to_thread(catalog.remove, asset)
            await soon(library, [])

    asyncio.run(go())


def test_another_catalog_makes_another_library(tmp_path: Path) -> None:
    catalog = codek7_open_catalog(tmp_path)
    for number in range(3):
        tell(catalog, number)

    async def go(expected: list[str], catalog: Catalog) -> None:
        async with following(tmp_path, catalog) as library:
            await soon(library, expected)

    asyncio.run(go(["asset2", "asset1", "asset0"], catalog))
    (tmp_path / "catalog.duckdb").unlink()
    other = codek7_open_catalog(tmp_path)
    tell(other, 9)
    asyncio.run(go(["asset9"], other))
    (tmp_path / "library.db").write_bytes(b"damaged")
    for left in tmp_path.glob("library.db-*"):
        left.unlink()
    asyncio.run(go(["asset9"], other))
