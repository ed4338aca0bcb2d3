"""What catalogs keep of studies: the part of their contract that is about it."""

from __future__ import annotations

from msgspec.structs import replace

from codek7.core.events import RenditionMeasured
from codek7.core.ladder import Ladder, Rung
from codek7.core.measurement import VMAF, Measurement, Metric
from codek7.core.ports import Catalog
from codek7.core.study import Chosen, Outcome, Point, Trial
from codek7.testing.catalog_queries import CatalogQueries, tell
from codek7.testing.story import Story

MEASURED = Measurement(metric="vmaf", model=VMAF, meter="a-meter@1", every=2, per_frame=(90.0, 80.0, 95.5))


def trial_of(rung: Rung, key: str = "0" * 64) -> Trial:
    """A rung, tried over the first and the third segment."""
    return Trial(
        key=key,
        rung=rung,
        purpose="probe",
        spans=((0, 1), (2, 3)),
        chunk_keys=("1" * 64, "2" * 64),
        score_keys=("3" * 64, "4" * 64),
        frames=6,
        duration_us=240_000,
        size_bytes=12_345,
        average_bps=411_500,
        peak_bps=500_000,
        encode_cpu_us=1_000,
        encode_wall_us=900,
        measure_wall_us=800,
        measurement=MEASURED,
    )


class CatalogStudies(CatalogQueries):
    """See `CatalogContract`, which this is part of."""

    def test_trials_come_back_as_they_were(self, catalog: Catalog, story: Story) -> None:
        sha256 = "f" * 64
        low, high = (trial_of(rung, str(at) * 64) for at, rung in enumerate(story.ladder.rungs))
        assert catalog.trials(sha256) == ()
        catalog.add_trials(sha256, [low, high])
        assert catalog.trials(sha256) == (low, high)
        again = replace(low, purpose="verify")
        catalog.add_trials(sha256, [again])
        assert catalog.trials(sha256) in ((again, high), (high, again))
        assert catalog.query("SELECT mean, p1, per_frame[2] FROM trial LIMIT 1").rows == [
            (MEASURED.mean, MEASURED.p1, 80.0)
        ]

    def test_what_was_predicted_stands_beside_what_was_delivered(
        self, catalog: Catalog, story: Story
    ) -> None:
        tell(catalog, "job1", *story.whole())
        points = tuple(Point(rung=rung, average_bps=1_000, score=90.0) for rung in story.ladder.rungs)
        verified = tuple(replace(point, score=91.0) for point in points)
        metric = Metric(name="vmaf", model=VMAF)
        asset = catalog.asset(story.asset_id)
        chosen = Chosen(
            ladder=story.ladder, metric=metric, predicted=points, verified=verified, probes=9, bd_rate=-20.5
        )
        for _ in range(2):
            catalog.add_study(Outcome(source_sha256=asset.source.sha256, policy="capped", chosen=chosen))
        measured = RenditionMeasured(
            asset_id=asset.id, version=asset.version, rendition="video-0", measurement=MEASURED
        )
        tell(catalog, "job1", (measured,))
        found = catalog.query(
            "SELECT rendition, predicted_score, verified_score, delivered_bps > 0, delivered_score "
            "FROM predicted_and_delivered ORDER BY rendition"
        )
        assert found.rows[0] == ("video-0", 90.0, 91.0, True, MEASURED.mean)
        assert found.rows[1][-1] is None
        assert catalog.query("SELECT probes, bd_rate FROM study").rows == [(9, -20.5)]

    def test_what_was_tried_goes_with_the_last_asset_of_its_source(
        self, catalog: Catalog, story: Story
    ) -> None:
        tell(catalog, "job1", *story.whole())
        sha256 = catalog.asset(story.asset_id).source.sha256
        rung = story.ladder.rungs[0]
        catalog.add_trials(sha256, [trial_of(rung)])
        chosen = Chosen(
            ladder=Ladder(rungs=(rung,)),
            metric=Metric(name="psnr"),
            predicted=(Point(rung=rung, average_bps=1, score=40.0),),
        )
        catalog.add_study(Outcome(source_sha256=sha256, policy="capped", chosen=chosen))
        catalog.remove(story.asset_id)
        assert catalog.trials(sha256) == ()
        assert catalog.query("SELECT count(*) FROM prediction").rows == [(0,)]
        catalog.add_trials(sha256, [trial_of(rung)])
        catalog.forget_studies(sha256)
        assert catalog.trials(sha256) == ()
