"""What catalogs keep of playback: the part of their contract that is about it."""

from __future__ import annotations

import pytest

from codek7.core.errors import AssetNotFound
from codek7.core.playback import PlaybackRecord, PlaybackReport, RungShare, RungUse
from codek7.core.ports import Catalog
from codek7.testing.catalog_queries import CatalogQueries, tell
from codek7.testing.story import Story


class CatalogPlayback(CatalogQueries):
    """See `CatalogContract`, which this is part of."""

    def test_the_newest_record_of_a_session_counts(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole())
        assert catalog.playback(story.asset_id) == PlaybackReport(asset_id=story.asset_id)
        records = [
            PlaybackRecord(asset_id=story.asset_id, version="v", session=session, at_us=at, **said)
            for session, at, said in (
                ("one", 1, {"watched_us": 1, "stalls": 5}),
                ("one", 2, {"watched_us": 60_000_000, "startup_us": 100, "stalls": 1, "stalled_us": 600_000,
                            "throughput_bps": 9, "ended": True, "switches": 2,
                            "rungs": (RungUse(rendition="a", watched_us=45_000_000),
                                      RungUse(rendition="b", watched_us=15_000_000))}),
                ("two", 1, {"startup_us": 300, "error": "it broke"}),
            )
        ]  # fmt: skip
        catalog.add_playback(records[1:])
        catalog.add_playback(records[:1])
        assert catalog.playback(story.asset_id) == PlaybackReport(
            asset_id=story.asset_id,
            sessions=2,
            views=1,
            ended=1,
            failed=1,
            watched_us=60_000_000,
            startup_median_us=100,
            startup_p95_us=300,
            stalls=1,
            stalled_us=600_000,
            stall_ratio=0.01,
            switches=2,
            throughput_median_bps=9,
            rungs=(
                RungShare(rendition="a", watched_us=45_000_000, share=0.75),
                RungShare(rendition="b", watched_us=15_000_000, share=0.25),
            ),
        )

    def test_records_are_of_assets_that_are_there(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", story.created())
        one = PlaybackRecord(asset_id=story.asset_id, version="v", session="one", at_us=1)
        catalog.add_playback([one, PlaybackRecord(asset_id="nothing0", version="v", session="one", at_us=1)])
        catalog.add_playback([])
        assert catalog.query("SELECT asset_id FROM playback_record").rows == [(story.asset_id,)]
        catalog.remove(story.asset_id)
        assert catalog.query("SELECT count(*) FROM playback_record").rows == [(0,)]
        with pytest.raises(AssetNotFound, match="nothing0"):
            catalog.playback("nothing0")
