"""Jobs and the history in a catalog, and a catalog that is held open: part of its contract."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from codek7.core.assets import new_id
from codek7.core.errors import JobNotFound
from codek7.core.events import (
    AnyEvent,
    AssetCreated,
    AssetHeld,
    AssetTakenIn,
    JobCancelled,
    JobFailed,
    JobProgressed,
    JobQueued,
    JobReleased,
    JobRequeued,
    JobStarted,
    Told,
    WorkerDied,
)
from codek7.core.jobs import Job, JobRequest, JobState
from codek7.core.ports import Catalog
from codek7.testing.catalog_queries import CatalogQueries, OpenCatalog, tell
from codek7.testing.story import Story

QUEUED: tuple[JobState, ...] = ("queued",)
OTHERS: tuple[JobState, ...] = ("working", "failed")
REQUEST = JobRequest(policy="capped", redo=("video-0",))


def taken_in(story: Story, owner: str = "ann") -> tuple[AnyEvent, AnyEvent]:
    """A source comes in, and its job waits."""
    (created,) = (event for event in story.created() if isinstance(event, AssetCreated))
    taken = AssetTakenIn(
        asset_id=story.asset_id, source=created.source, title=story.title, owner=owner, tags=("a", "b"),
        visibility="unlisted", custom={"k": "v"},
    )  # fmt: skip
    return taken, JobQueued(asset_id=story.asset_id, request=REQUEST, owner=owner, priority=2)


class CatalogLedger(CatalogQueries):
    """See `CatalogContract`, which this is part of."""

    def test_a_job_waits_for_its_turn(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", taken_in(story))
        asset, job = catalog.asset(story.asset_id), catalog.job("job1")
        assert (asset.state, asset.visibility, asset.tags, asset.owner) == (
            "queued", "unlisted", ("a", "b"), "ann"
        )  # fmt: skip
        assert (job.state, job.request, job.owner, job.priority) == ("queued", REQUEST, "ann", 2)
        assert job.source_sha256 == asset.source.sha256
        assert job.queued_us > 0 == job.started_us == job.ended_us
        assert catalog.jobs(states=QUEUED) == (job,)
        assert catalog.jobs(states=OTHERS) == ()
        with pytest.raises(JobNotFound):
            catalog.job("job2")

    def test_a_job_goes_its_way(self, catalog: Catalog, story: Story) -> None:
        at = {"asset_id": story.asset_id}
        tell(catalog, "job1", taken_in(story), (JobStarted(**at, number=1),))
        assert self._states(catalog, story) == ("working", "working", 0)
        tell(catalog, "job1", (WorkerDied(**at, number=1, reason="gone"),))
        assert self._states(catalog, story) == ("queued", "queued", 1)
        tell(catalog, "job1", (JobStarted(**at, number=2), *story.created()))
        assert self._states(catalog, story) == ("working", "working", 1)
        assert catalog.job("job1").queued_us > 0
        tell(
            catalog, "job1", (JobFailed(**at, code="interrupted", message="x"), JobReleased(**at, reason="y"))
        )
        assert self._states(catalog, story) == ("queued", "queued", 1)
        assert catalog.job("job1").error_code == ""
        tell(catalog, "job1", (JobFailed(**at, code="store-unavailable", message="x"), JobRequeued(**at)))
        assert self._states(catalog, story) == ("queued", "queued", 2)
        tell(catalog, "job1", (JobCancelled(**at, by="ann"),))
        assert self._states(catalog, story) == ("cancelled", "failed", 2)
        tell(catalog, "job1", (JobStarted(**at, number=3),))
        assert self._states(catalog, story) == ("cancelled", "failed", 2), "too late"
        tell(catalog, "job1", (JobRequeued(**at, by="ann"),))
        assert self._states(catalog, story) == ("queued", "queued", 0)

    def _states(self, catalog: Catalog, story: Story) -> tuple[str, str, int]:
        job = catalog.job("job1")
        return job.state, catalog.asset(story.asset_id).state, job.tries

    def test_what_plays_goes_on_playing_while_its_next_job_waits(
        self, catalog: Catalog, story: Story
    ) -> None:
        at = {"asset_id": story.asset_id}
        tell(catalog, "job1", *story.whole())
        before = catalog.asset(story.asset_id)
        for events in (
            (JobQueued(asset_id=story.asset_id, request=REQUEST),),
            (JobStarted(**at, number=1),),
            (JobReleased(**at, reason="x"),),
            (JobCancelled(**at),),
        ):
            tell(catalog, "job2", events)
            asset = catalog.asset(story.asset_id)
            assert (asset.state, asset.version) == (before.state, before.version)

    def test_work_of_a_job_that_waits_is_live(self, catalog: Catalog, story: Story) -> None:
        at = {"asset_id": story.asset_id}
        tell(catalog, "job1", taken_in(story), story.created(), story.planned(), story.encoded(0))
        tell(catalog, "job1", (JobReleased(**at, reason="x"),))
        assert catalog.live_work() == catalog.work_of(story.asset_id) != frozenset()

    def test_jobs_come_in_pages_newest_first(self, catalog: Catalog) -> None:
        for number in range(5):
            owner = "ann" if number % 2 else "bob"
            tell(catalog, f"job{number}", taken_in(Story(asset_id=new_id(), source=f"{number}"), owner))
        everything = catalog.jobs()
        assert [job.id for job in everything] == [f"job{number}" for number in (4, 3, 2, 1, 0)]
        paged: list[Job] = []
        while page := catalog.jobs(before=(paged[-1].queued_us, paged[-1].id) if paged else None, limit=2):
            paged += page
        assert tuple(paged) == everything
        assert [job.id for job in catalog.jobs(owner="ann")] == ["job3", "job1"]
        assert catalog.jobs(asset_id=everything[0].asset_id) == everything[:1]

    def test_progress_is_kept_and_never_falls(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", taken_in(story))
        for progress, kept in ((0.25, 0.25), (0.5, 0.5), (0.3, 0.5)):
            catalog.note_progress({"job1": progress, "none": 1.0})
            assert catalog.job("job1").progress == kept

    def test_the_history_is_read_on_from_anywhere(self, catalog: Catalog, story: Story) -> None:
        assert (catalog.last_event(), catalog.history(after=0)) == (0, ())
        other = replace(story, asset_id="other", source="other")
        batches = [taken_in(story), taken_in(other), *story.whole()]
        for number, batch in enumerate(batches):
            catalog.apply(f"job{number}", [*batch, JobProgressed(asset_id=story.asset_id, progress=0.5)])
        history = catalog.history(after=0)
        assert len(history) == sum(len(batch) for batch in batches)
        assert [each.id for each in history] == sorted({each.id for each in history})
        assert catalog.last_event() == history[-1].id
        assert catalog.history(after=history[3].id, limit=2) == history[4:6]
        assert catalog.history(after=history[-1].id) == ()
        assert catalog.history(after=0, asset_id="other") == history[2:4]

    def test_who_holds_it_hears_what_is_committed(self, open_catalog: OpenCatalog, story: Story) -> None:
        catalog = open_catalog()
        told: list[Told] = []
        tell(catalog, "job0", taken_in(replace(story, asset_id="before", source="before")))
        with catalog.hold(told.extend):
            for batch in story.whole():
                catalog.apply("job1", batch)
            assert catalog.asset(story.asset_id).state == "published"
            assert [each.id for each in told] == [each.id for each in catalog.history(after=2)]
        assert [each.event for each in told] == [event for batch in story.whole() for event in batch]
        tell(catalog, "job2", (AssetHeld(asset_id=story.asset_id, reason="x"),))
        assert len(told) == sum(len(batch) for batch in story.whole())
        assert open_catalog().asset(story.asset_id).state == "held"
