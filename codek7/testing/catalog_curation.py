"""What catalogs keep of people's edits and decisions: the part of their contract that is about those."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from codek7.core.edits import Edit, edit_tag
from codek7.core.errors import AssetNotFound
from codek7.core.events import AssetDecided, AssetEdited, VersionMoved
from codek7.core.ports import WITHDRAWN_US, Catalog
from codek7.testing.catalog_queries import CatalogQueries, tell
from codek7.testing.story import Story

EDIT = Edit(
    title="Another title",
    description="Two\nlines",
    tags=("sea", "été"),
    category="Holidays",
    language="fr-CA",
    custom={"camera": {"lens": [35, 1.4]}, "kept": True},
    visibility="unlisted",
)


class CatalogCuration(CatalogQueries):
    """See `CatalogContract`, which this is part of."""

    def test_an_edit_changes_what_it_says_and_no_more(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole())
        before = catalog.asset(story.asset_id)
        catalog.apply("", [AssetEdited(asset_id=story.asset_id, edit=EDIT, by="ann")])
        after = catalog.asset(story.asset_id)
        assert after == replace(before, **EDIT.changes(), updated_us=after.updated_us)
        assert after.updated_us > before.updated_us
        catalog.apply("", [AssetEdited(asset_id=story.asset_id, edit=Edit(tags=(), custom={}))])
        emptied = catalog.asset(story.asset_id)
        assert emptied == replace(after, tags=(), custom={}, updated_us=emptied.updated_us)
        assert len({edit_tag(asset) for asset in (before, after, emptied)}) == 3

    def test_what_is_not_there_cannot_be_edited(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", story.created())
        with pytest.raises(AssetNotFound, match="nothing0"):
            catalog.apply("", [AssetEdited(asset_id="nothing0", edit=EDIT)])

    def test_an_edit_outlives_the_next_job_but_for_its_title(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole())
        catalog.apply("", [AssetEdited(asset_id=story.asset_id, edit=EDIT)])
        tell(catalog, "job2", *story.whole("v2"))
        after = catalog.asset(story.asset_id)
        assert (after.title, after.description, after.tags) == (story.title, EDIT.description, EDIT.tags)

    def test_a_moved_version_is_the_same_under_another_name(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole("v1"))
        tell(catalog, "job2", *replace(story, heights=(360, 1080)).whole("v2"))
        before = catalog.detail(story.asset_id, parts=["rates"])["rates"]
        moved = VersionMoved(
            asset_id=story.asset_id, was="v2", version="v3", playlist="there", url="u", rotation="r"
        )
        catalog.apply("", [moved])
        asset = catalog.asset(story.asset_id)
        assert (asset.version, asset.playlist, asset.rotation) == ("v3", "there", "r")
        versions = {name: (current, at) for _, name, current, at in catalog.versions()}
        withdrawn = (False, WITHDRAWN_US)
        assert versions == {"v1": withdrawn, "v2": withdrawn, "v3": (True, 0)}
        assert {name for _, name, _, _ in catalog.versions(withdrawn=True)} == {"v1", "v2"}
        assert catalog.versions(asset_id="another") == ()
        for name in ("v1", "v2"):
            catalog.forget_version(story.asset_id, name)
        assert catalog.detail(story.asset_id, parts=["rates"])["rates"] == before
        assert catalog.live_work() == replace(story, heights=(360, 1080)).work | story.samples

    def test_what_is_blocked_is_published_nowhere_and_stays_so(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole())
        block = AssetDecided(asset_id=story.asset_id, decision="block", reason="no", by="mo", rotation="r")
        catalog.apply("", [block])
        asset = catalog.asset(story.asset_id)
        assert (asset.state, asset.version, asset.playlist, asset.reason) == ("refused", "", "", "no")
        assert (asset.decision, asset.rotation) == ("block", "r")
        assert catalog.versions() == ((story.asset_id, "v1", False, WITHDRAWN_US),)
        (_, verdict) = catalog.detail(story.asset_id, parts=["verdicts"])["verdicts"]
        assert (verdict["moderator"], verdict["decision"]) == ("person:mo", "block")
        tell(catalog, "job1", story.failed("interrupted"))
        assert catalog.asset(story.asset_id).state == "refused", "what is left of its job changes nothing"

    def test_assets_can_be_read_in_the_order_they_came(self, catalog: Catalog, story: Story) -> None:
        for number in range(5):
            tell(catalog, f"job{number}", replace(story, asset_id=f"asset{number}").created())
        assert [asset.id for asset in catalog.assets(ids=["asset3", "nothing", "asset1"])] == [
            "asset3", "asset1"
        ]  # fmt: skip
        assert catalog.assets(ids=[]) == ()
        found: list[str] = []
        since = (0, "")
        while page := catalog.assets(since=since, limit=2):
            found += [asset.id for asset in page]
            since = (page[-1].created_us, page[-1].id)
        assert found == [f"asset{number}" for number in range(5)]
