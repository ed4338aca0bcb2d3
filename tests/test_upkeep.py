"""Taking URLs back: by an edit, a decision, or for its own sake; also when killed in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from codek7.core.edits import Edit, edit_tag
from codek7.core.errors import AssetNotFound, EditConflict, StateConflict, UsageError
from codek7.core.ports import Catalog, Store
from codek7.plugins.catalog_duckdb import codek7_open_catalog
from codek7.plugins.store_fsspec.local import LocalStore
from codek7.testing.story import Story
from codek7.upkeep import collect_garbage, decide, edit_asset, finish_withdrawals, move_version

STORY = Story(chunks=1)
FILES = ("main.m3u8", "video-0/index.m3u8", "video-0/0.m4s", "image/poster.jpg")


class Killed(Exception):
    """In place of the signal."""


class Mortal(LocalStore):
    """A store whose process dies at the n-th change."""

    def __init__(self, root: Path, lives: int) -> None:
        super().__init__(root)
        self.lives = lives

    def copy(self, key: str, to: str) -> None:
        self._live()
        super().copy(key, to)

    def remove(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._live()
            super().remove([key])

    def _live(self) -> None:
        if not self.lives:
            raise Killed
        self.lives -= 1


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return codek7_open_catalog(tmp_path)


@pytest.fixture
def store(tmp_path: Path, catalog: Catalog) -> Store:
    """An asset published twice."""
    store = LocalStore(tmp_path / "store")
    for version in ("v1", "v2"):
        for batch in STORY.whole(version):
            catalog.apply(version, batch)
        for file in FILES:
            store.put(f"assets/{STORY.asset_id}/{version}/{file}", f"{version} {file}".encode())
    return store


def published(store: Store) -> dict[str, set[str]]:
    """The files of each version that answers."""
    found: dict[str, set[str]] = {}
    for key in store.keys(f"assets/{STORY.asset_id}/"):
        _, _, version, path = key.split("/", 3)
        found.setdefault(version, set()).add(path)
    return found


def test_a_moved_version_is_whole_and_alone(tmp_path: Path, catalog: Catalog, store: Store) -> None:
    first = move_version(catalog, store, tmp_path, STORY.asset_id)
    assert published(store) == {first.version: set(FILES)}
    assert first.playlist == f"assets/{STORY.asset_id}/{first.version}/main.m3u8"
    assert store.get(first.playlist) == b"v2 main.m3u8"
    second = move_version(catalog, store, tmp_path, STORY.asset_id)
    assert published(store) == {second.version: set(FILES)}
    assert (len(first.version), first.version[:2]) == (len(second.version), second.version[:2])
    assert catalog.versions() == ((STORY.asset_id, second.version, True, 0),)


@pytest.mark.parametrize("lives", range(12))
def test_killed_in_the_middle_it_can_be_run_again(
    tmp_path: Path, catalog: Catalog, store: Store, lives: int
) -> None:
    private = Edit(visibility="private")
    with pytest.raises(Killed):
        edit_asset(catalog, Mortal(tmp_path / "store", lives), tmp_path, STORY.asset_id, private)
    left = catalog.asset(STORY.asset_id)
    assert published(store)[left.version] == set(FILES), "what the catalog names is whole"
    assert (left.visibility == "private") == (left.version != "v2")
    if left.version == "v2":
        edit_asset(catalog, store, tmp_path, STORY.asset_id, private)
    finish_withdrawals(catalog, store)
    now = catalog.asset(STORY.asset_id)
    assert now.visibility == "private"
    assert not {"v1", "v2"} & published(store).keys(), "no URL from before answers"
    collect_garbage(catalog, store, tmp_path, grace_s=0)
    assert published(store) == {now.version: set(FILES)}


def test_only_becoming_private_takes_urls_back(tmp_path: Path, catalog: Catalog, store: Store) -> None:
    for edit in (Edit(title="Other"), Edit(visibility="unlisted"), Edit(visibility="public"), Edit()):
        assert edit_asset(catalog, store, tmp_path, STORY.asset_id, edit).version == "v2"
    assert published(store).keys() == {"v1", "v2"}
    private = edit_asset(catalog, store, tmp_path, STORY.asset_id, Edit(visibility="private"))
    assert published(store).keys() == {private.version}
    again = edit_asset(catalog, store, tmp_path, STORY.asset_id, Edit(visibility="private", title="Mine"))
    assert (again.version, again.title) == (private.version, "Mine")


def test_no_update_is_lost(tmp_path: Path, catalog: Catalog, store: Store) -> None:
    read = edit_tag(catalog.asset(STORY.asset_id))
    edit_asset(catalog, store, tmp_path, STORY.asset_id, Edit(title="Ann's"), unless=read)
    with pytest.raises(EditConflict):
        edit_asset(catalog, store, tmp_path, STORY.asset_id, Edit(title="Bob's"), unless=read)
    assert catalog.asset(STORY.asset_id).title == "Ann's"


@pytest.mark.parametrize(
    "edit",
    [
        Edit(title=" \u202e "),
        Edit(description="x" * 20_001),
        Edit(tags=tuple(map(str, range(51)))),
        Edit(tags=("x" * 61,)),
        Edit(category="x" * 61),
        Edit(language="English please"),
        Edit(custom={"much": "x" * 20_000}),
    ],
)
def test_what_does_not_fit_changes_nothing(
    tmp_path: Path, catalog: Catalog, store: Store, edit: Edit
) -> None:
    before = catalog.asset(STORY.asset_id)
    with pytest.raises(UsageError):
        edit_asset(catalog, store, tmp_path, STORY.asset_id, edit)
    assert catalog.asset(STORY.asset_id) == before


def test_texts_are_made_fit_to_be_shown(tmp_path: Path, catalog: Catalog, store: Store) -> None:
    edit = Edit(title=" a\tb\x00 ", description="one\r\n\n\n\ntwo\u202e three", tags=("Sea", "sea ", " "))
    asset = edit_asset(catalog, store, tmp_path, STORY.asset_id, edit)
    assert (asset.title, asset.description, asset.tags) == ("a b", "one\n\ntwo three", ("Sea",))


def test_what_is_blocked_is_gone_at_once(tmp_path: Path, catalog: Catalog, store: Store) -> None:
    store.put(f"assets/{STORY.asset_id}/preview-0/main.m3u8", b"")
    asset = decide(catalog, store, tmp_path, STORY.asset_id, "block", reason="not here", by="mo")
    assert (asset.state, asset.reason, asset.version) == ("refused", "not here", "")
    assert published(store) == {}
    assert catalog.versions() == ()
    with pytest.raises(StateConflict):
        move_version(catalog, store, tmp_path, STORY.asset_id)
    assert decide(catalog, store, tmp_path, STORY.asset_id, "allow").decision == "allow"


def test_what_is_not_there_is_said_to_be(tmp_path: Path, catalog: Catalog, store: Store) -> None:
    with pytest.raises(AssetNotFound):
        edit_asset(catalog, store, tmp_path, "nothing0", Edit(title="x"))
    with pytest.raises(AssetNotFound):
        move_version(catalog, store, tmp_path, "nothing0")
    with pytest.raises(AssetNotFound):
        decide(catalog, store, tmp_path, "nothing0", "block")
