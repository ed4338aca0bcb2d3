"""The contract of a catalog (`codek7_open_catalog`)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

from codek7.core.assets import State
from codek7.core.errors import AssetNotFound
from codek7.core.events import Event, WorkProgressed
from codek7.core.ladder import Ladder
from codek7.core.media import MediaInfo
from codek7.core.ports import Catalog
from codek7.core.values import from_plain
from codek7.testing.catalog_curation import CatalogCuration
from codek7.testing.catalog_ledger import CatalogLedger
from codek7.testing.catalog_playback import CatalogPlayback
from codek7.testing.catalog_queries import OpenCatalog, tell
from codek7.testing.catalog_studies import CatalogStudies
from codek7.testing.story import Story

OTHER = Story(asset_id="asset0000000000b", source="another", title="Another")


class CatalogContract(CatalogCuration, CatalogLedger, CatalogPlayback, CatalogStudies):
    """Override `plugin` and, where the catalog is not kept in its home, `home`."""

    def test_it_is_a_catalog_and_empty(self, catalog: Catalog) -> None:
        assert isinstance(catalog, Catalog)
        assert catalog.assets() == ()
        assert catalog.versions() == ()
        assert catalog.live_work() == frozenset()
        assert catalog.query("SELECT 1 AS one") == (("one",), [(1,)])

    def test_reading_an_empty_one_writes_nothing(self, catalog: Catalog, home: Path) -> None:
        catalog.assets()
        catalog.query("SELECT 1")
        assert not home.exists()

    def test_what_is_not_there_is_said_to_be(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", story.created())
        for call in (catalog.asset, catalog.detail, catalog.remove):
            with pytest.raises(AssetNotFound, match="nothing0"):
                call("nothing0")
        catalog.forget_version(story.asset_id, "none")

    def test_a_new_asset_is_being_worked_on(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", replace(story, owner="ann").created())
        asset = catalog.asset(story.asset_id)
        assert (asset.id, asset.title, asset.owner) == (story.asset_id, story.title, "ann")
        assert asset.policy == "capped"
        assert asset.source.sha256 == sha256(story.source.encode()).hexdigest()
        assert (asset.state, asset.version, asset.playlist) == ("working", "", "")
        assert asset.created_us == asset.updated_us > 1_000_000 * 1_000_000_000, "microseconds since 1970"
        assert catalog.assets() == (asset,)

    def test_a_job_that_goes_well_ends_in_a_published_asset(self, catalog: Catalog, story: Story) -> None:
        states = []
        for batch in story.whole():
            catalog.apply("job1", batch)
            states.append(catalog.asset(story.asset_id).state)
        assert states == ["working"] * (len(states) - 1) + ["published"]
        asset = catalog.asset(story.asset_id)
        assert asset.version == "v1"
        assert asset.playlist == f"assets/{story.asset_id}/v1/main.m3u8"
        assert asset.ladder_hash == story.ladder.hash
        assert asset.duration_us == story.duration_us
        assert asset.reason == ""
        assert asset.updated_us >= asset.created_us
        assert catalog.versions() == ((story.asset_id, "v1", True, 0),)

    def test_all_batches_may_come_as_one(self, catalog: Catalog, story: Story) -> None:
        catalog.apply("job1", [event for batch in story.whole() for event in batch])
        assert catalog.asset(story.asset_id).state == "published"

    def test_details_are_plain_and_whole(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole())
        detail = catalog.detail(story.asset_id)
        assert json.loads(json.dumps(detail)) == detail
        assert detail["asset"]["state"] == "published"
        assert from_plain(detail["media"], MediaInfo) == story.info
        (planned,) = detail["ladders"]
        assert planned["hash"] == from_plain(planned["ladder"], Ladder).hash == story.ladder.hash
        (verdict,) = detail["verdicts"]
        assert (verdict["moderator"], verdict["decision"]) == ("rules@1", "allow")
        assert verdict["spans"] == [{"start_us": 0, "end_us": 1_000_000, "score": 0.25, "label": "beach"}]
        (version,) = detail["versions"]
        assert (version["version"], version["current"]) == ("v1", True)
        (job,) = detail["jobs"]
        assert (job["id"], job["state"], job["error_code"]) == ("job1", "published", "")
        assert 0 < job["started_us"] <= job["ended_us"]
        assert len(job["attempts"]) == story.chunks
        attempt = job["attempts"][0]
        assert (attempt["command"], attempt["outcome"]) == ("ffmpeg -i …", "done")
        assert (attempt["wall_us"], attempt["cpu_us"], attempt["tail"]) == (2_000_000, 3_000_000, "frame=144")
        assert [event["name"] for event in detail["events"]][:2] == ["asset-created", "media-probed"]
        assert detail["events"][-1]["name"] == "asset-published"

    def test_renditions_know_their_segments_and_true_rates(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole())
        found = {row["name"]: row for row in catalog.detail(story.asset_id)["renditions"]}
        assert found.keys() == {rendition.name for rendition in story.renditions}
        for rendition in story.renditions:
            row = found[rendition.name]
            assert (row["version"], row["kind"], row["codecs"]) == ("v1", rendition.kind, rendition.codecs)
            assert row["size_bytes"] == rendition.size_bytes
            assert row["duration_us"] == story.duration_us
            told = [(s["index"], s["key"], s["offset"], s["size_bytes"]) for s in row["segments"]]
            assert told == [(s.index, r.key, s.offset, s.size_bytes) for r, s in rendition.segments]
            sizes = [segment.size_bytes for _, segment in rendition.segments]
            assert row["peak_bps"] == max(sizes) * 8_000_000 // 6_006_000
            assert row["average_bps"] == sum(sizes) * 8_000_000 // story.duration_us

    def test_progress_changes_nothing(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", story.created())
        before = catalog.detail(story.asset_id)
        progress = WorkProgressed(asset_id=story.asset_id, rendition="video-0", done_us=1, total_us=2)
        catalog.apply("job1", [progress, progress])
        catalog.apply("job1", [])
        assert catalog.detail(story.asset_id) == before

    def test_assets_come_newest_first(self, catalog: Catalog, story: Story) -> None:
        ids = [f"asset{n}" for n in (3, 1, 2)]
        for number, asset_id in enumerate(ids):
            tell(catalog, f"job{number}", replace(story, asset_id=asset_id, source=asset_id[:-1]).created())
        tell(catalog, "job9", replace(OTHER, asset_id="asset9").created())
        assert [asset.id for asset in catalog.assets()] == ["asset9", *reversed(ids)]
        assert [asset.id for asset in catalog.assets(limit=2)] == ["asset9", ids[-1]]
        digest = sha256(b"asset").hexdigest()
        assert [asset.id for asset in catalog.assets(source_sha256=digest)] == [*reversed(ids)]
        assert catalog.assets(source_sha256="0" * 64) == ()

    def test_a_job_that_was_killed_is_resumed_by_another(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", story.created(), story.planned(), story.encoded(0))
        created_us = catalog.asset(story.asset_id).created_us
        tell(catalog, "job2", replace(story, title="Renamed").created(), story.planned(3), story.encoded(1))
        (asset,) = catalog.assets()
        assert (asset.title, asset.state, asset.created_us) == ("Renamed", "working", created_us)
        jobs = {job["id"]: job for job in catalog.detail(story.asset_id)["jobs"]}
        assert jobs["job1"]["state"] != "working"
        assert jobs["job2"]["state"] == "working"
        assert [len(jobs[name]["attempts"]) for name in ("job1", "job2")] == [1, 1]

    @pytest.mark.parametrize(
        ("ending", "state", "reason"),
        [
            (Story().held(), "held", "a person has to look"),
            (Story().refused(), "refused", "not here"),
            (Story().failed(), "failed", "the encoder fell over"),
            (Story().failed("interrupted"), "failed", "the encoder fell over"),
        ],
        ids=["held", "refused", "failed", "interrupted"],
    )
    def test_a_job_may_end_without_publishing(
        self, catalog: Catalog, story: Story, ending: tuple[Event, ...], state: State, reason: str
    ) -> None:
        tell(catalog, "job1", story.created(), story.planned(), ending)
        asset = catalog.asset(story.asset_id)
        assert (asset.state, asset.reason) == (state, reason)
        assert (asset.version, asset.playlist) == ("", "")
        assert catalog.versions() == ()
        (job,) = catalog.detail(story.asset_id)["jobs"]
        assert job["ended_us"] > 0
        tell(catalog, "job2", *story.whole())
        again = catalog.asset(story.asset_id)
        assert (again.state, again.reason, again.version) == ("published", "", "v1")

    def test_an_owner_stays_when_nobody_is_named(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", replace(story, owner="ann").created())
        tell(catalog, "job2", story.created())
        assert catalog.asset(story.asset_id).owner == "ann"

    def test_publishing_anew_retires_the_version_before(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole("v1"))
        taller = replace(story, heights=(360, 1080))
        tell(catalog, "job2", *taller.whole("v2"))
        asset = catalog.asset(story.asset_id)
        assert (asset.version, asset.ladder_hash) == ("v2", taller.ladder.hash)
        versions = {version: (current, retired) for _, version, current, retired in catalog.versions()}
        assert versions["v2"] == (True, 0)
        current, retired_us = versions["v1"]
        assert not current
        assert retired_us > asset.created_us
        ladders = {row["version"]: row["ladder_hash"] for row in catalog.detail(story.asset_id)["versions"]}
        assert ladders == {"v1": story.ladder.hash, "v2": taller.ladder.hash}

    def test_a_version_may_be_published_again(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole("v1"))
        tell(catalog, "job2", story.created(), story.planned(12), story.published("v1"))
        assert catalog.versions() == ((story.asset_id, "v1", True, 0),)
        assert len(catalog.detail(story.asset_id)["renditions"]) == len(story.renditions)
        tell(catalog, "job3", *replace(story, heights=(540,)).whole("v2"))
        tell(catalog, "job4", *story.whole("v1"))
        current = {version: current for _, version, current, _ in catalog.versions()}
        assert current == {"v1": True, "v2": False}

    def test_what_plays_goes_on_playing_when_a_later_job_fails(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole("v1"))
        tell(catalog, "job2", story.created(), story.planned(), story.failed())
        asset = catalog.asset(story.asset_id)
        assert (asset.state, asset.version) == ("published", "v1")
        assert asset.reason == "the encoder fell over"
        assert catalog.versions() == ((story.asset_id, "v1", True, 0),)

    def test_what_plays_is_retired_when_it_is_refused_later(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole("v1"))
        tell(catalog, "job2", story.created(), story.planned(), story.refused())
        asset = catalog.asset(story.asset_id)
        assert (asset.state, asset.version, asset.playlist) == ("refused", "", "")
        ((_, version, current, retired_us),) = catalog.versions()
        assert (version, current) == ("v1", False)
        assert retired_us > 0

    def test_unfinished_work_is_live(self, catalog: Catalog, story: Story) -> None:
        done = {record.key for record in (story.record(r, 0) for r in ("video-0", "video-1", "audio-0"))}
        done |= {story.record("samples", 0).key}
        tell(catalog, "job1", story.created(), story.planned(), story.encoded(0))
        assert catalog.live_work() == done
        tell(catalog, "job2", story.created(), story.planned(4))
        assert catalog.live_work() == done, "the job that resumes needs it"
        tell(catalog, "job2", story.failed("interrupted"))
        assert catalog.live_work() == done, "it will be resumed"
        tell(catalog, "job3", story.created(), story.held())
        assert catalog.live_work() == done, "it may yet be published"
        tell(catalog, "job4", story.created(), story.failed())
        assert catalog.live_work() == frozenset()

    def test_work_that_another_asset_made_is_live_while_it_is_used(
        self, catalog: Catalog, story: Story
    ) -> None:
        twin = replace(story, asset_id="twin")
        tell(catalog, "job1", *story.whole())
        reused = [twin.reused(chunk) for chunk in range(twin.chunks)]
        tell(catalog, "job2", twin.created(), twin.planned(12), *reused)
        catalog.remove(story.asset_id)
        assert catalog.live_work() == catalog.work_of(twin.asset_id) == twin.work | twin.samples

    def test_the_work_of_an_asset_is_all_that_its_jobs_made_or_used(
        self, catalog: Catalog, story: Story
    ) -> None:
        assert catalog.work_of("nothing") == frozenset()
        tell(catalog, "job1", story.created(), story.planned(), story.encoded(0), story.failed())
        first = replace(story, chunks=1)
        assert catalog.work_of(story.asset_id) == first.work | first.samples
        taller = replace(story, heights=(1080,))
        tell(catalog, "job2", *taller.whole())
        tell(catalog, "job3", *OTHER.whole())
        assert catalog.work_of(story.asset_id) == first.work | taller.work | taller.samples

    def test_work_of_versions_is_live_until_they_are_forgotten(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole("v1"))
        assert catalog.live_work() == story.work | story.samples
        taller = replace(story, heights=(360, 1080))
        tell(catalog, "job2", *taller.whole("v2"))
        assert catalog.live_work() == story.work | taller.work | story.samples
        assert catalog.live_work([(story.asset_id, "v1")]) == taller.work | story.samples
        both = [(story.asset_id, "v1"), (story.asset_id, "v2")]
        assert catalog.live_work(both) == frozenset()
        catalog.forget_version(story.asset_id, "v1")
        assert catalog.live_work() == taller.work | story.samples
        assert [version for _, version, _, _ in catalog.versions()] == ["v2"]
        assert {row["version"] for row in catalog.detail(story.asset_id)["renditions"]} == {"v2"}

    def test_a_version_that_was_packaged_but_not_published_is_not_live(
        self, catalog: Catalog, story: Story
    ) -> None:
        tell(catalog, "job1", *story.whole()[:-1])
        assert catalog.live_work() == story.work | story.samples
        tell(catalog, "job1", story.failed("presentation-faulty"))
        assert catalog.live_work() == frozenset()

    def test_removing_leaves_nothing_of_it_and_all_of_others(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole())
        tell(catalog, "job2", *OTHER.whole())
        before = catalog.detail(OTHER.asset_id)
        catalog.remove(story.asset_id)
        with pytest.raises(AssetNotFound):
            catalog.detail(story.asset_id)
        assert [asset.id for asset in catalog.assets()] == [OTHER.asset_id]
        assert {asset_id for asset_id, _, _, _ in catalog.versions()} == {OTHER.asset_id}
        assert catalog.live_work() == OTHER.work | OTHER.samples
        assert catalog.detail(OTHER.asset_id) == before
        tell(catalog, "job3", story.created())
        assert [job["id"] for job in catalog.detail(story.asset_id)["jobs"]] == ["job3"]

    def test_a_job_learns_that_its_asset_was_removed(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", story.created(), story.planned())
        catalog.remove(story.asset_id)
        for batch in (story.encoded(0), story.packaged(), story.published()):
            with pytest.raises(AssetNotFound, match=story.asset_id):
                catalog.apply("job1", batch)
        catalog.apply("job1", story.failed())
        assert catalog.assets() == ()
        assert catalog.versions() == ()
        assert catalog.live_work() == frozenset()

    def test_a_batch_is_committed_whole_or_not_at_all(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", story.created())
        before = catalog.detail(story.asset_id)
        with pytest.raises(AssetNotFound):
            catalog.apply("job1", [*story.planned(), *story.encoded(0), *OTHER.encoded(0)])
        assert catalog.detail(story.asset_id) == before

    def test_hostile_text_is_text(self, catalog: Catalog) -> None:
        title = "'); DROP TABLE asset; -- \"\\ <script> ${x} %s ? 日本語 \U0001f600"
        hostile = Story(asset_id="a' OR '1'='1", title=title, owner="o'; --", source="x'y")
        tell(catalog, "job'1", *hostile.whole("v'1"))
        tell(catalog, "job2", *OTHER.whole())
        asset = catalog.asset(hostile.asset_id)
        assert (asset.title, asset.owner, asset.version) == (title, "o'; --", "v'1")
        catalog.forget_version(hostile.asset_id, "v'1")
        catalog.remove(hostile.asset_id)
        assert [asset.id for asset in catalog.assets()] == [OTHER.asset_id]

    def test_another_who_opens_it_sees_what_was_committed(
        self, catalog: Catalog, open_catalog: OpenCatalog, story: Story
    ) -> None:
        other = open_catalog()
        for number, batch in enumerate(story.whole()):
            (catalog if number % 2 else other).apply("job1", batch)
            assert catalog.asset(story.asset_id) == other.asset(story.asset_id)
        assert catalog.detail(story.asset_id) == open_catalog().detail(story.asset_id)

    def test_many_write_and_read_at_once(self, open_catalog: OpenCatalog, story: Story) -> None:
        shared = open_catalog()

        def work(number: int) -> int:
            catalog = shared if number % 2 else open_catalog()
            mine = replace(story, asset_id=f"asset{number}", source=f"source {number}", chunks=2)
            seen = 0
            for batch in mine.whole():
                catalog.apply(f"job{number}", batch)
                seen = max(seen, len(catalog.assets()))
            return seen

        with ThreadPoolExecutor(4) as pool:
            assert max(pool.map(work, range(4))) == 4
        for number in range(4):
            (job,) = shared.detail(f"asset{number}")["jobs"]
            assert (job["state"], len(job["attempts"])) == ("published", 2)
            assert len(shared.detail(f"asset{number}")["renditions"]) == len(story.renditions)
