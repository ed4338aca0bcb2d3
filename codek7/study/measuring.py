"""What was published, measured: every rung of an asset against its source, from the very bytes that are
served."""

from __future__ import annotations

from collections.abc import Collection, Generator

from codek7.core.errors import MediaEmpty, StateConflict
from codek7.core.events import RenditionMeasured
from codek7.core.ladder import Ladder
from codek7.core.rung_sizes import pixels
from codek7.core.study import TrialEnded
from codek7.core.values import from_plain
from codek7.engine import open_engine, source_cache
from codek7.hub import Hub
from codek7.sources import hold, open_local
from codek7.study.scales import choose_metric
from codek7.study.scope import cut
from codek7.study.trying import Bench


def measure_asset(
    hub: Hub, asset_id: str, *, renditions: Collection[str] = (), metric: str = ""
) -> Generator[RenditionMeasured, None, None]:
    """Measure the SDR rungs of what is published of an asset (those named, or all), picture by picture.

    Each measurement is in the catalog when it is told. What was measured before, by a study too, is not
    again. Raises `AssetNotFound`, `StateConflict` where nothing is published, `SourceNotFound` where the
    source is gone.
    """
    asset = hub.catalog.asset(asset_id)
    if not asset.version:
        raise StateConflict(f"nothing is published of asset {asset_id}", hint="ingest its source first")
    path = open_local(asset.source, source_cache(hub))
    detail = hub.catalog.detail(asset_id, parts=("ladders", "rates"))
    ladder = next(
        from_plain(row["ladder"], Ladder)
        for row in reversed(detail["ladders"])
        if row["hash"] == asset.ladder_hash
    )
    published = {row["name"] for row in detail["rates"] if row["kind"] == "video"}
    rungs = {f"video-{number}": rung for number, rung in enumerate(ladder.rungs)}
    wanted = {
        name: rung
        for name, rung in rungs.items()
        if name in published and rung.dynamic_range == "sdr" and (not renditions or name in renditions)
    }
    with hold(path, source_cache(hub)), open_engine(hub) as engine:
        probed = hub.hooks.probe(path, hub.settings.limits)
        track = probed.info.video
        if track is None or not wanted:
            raise MediaEmpty(f"asset {asset_id} has no rung that can be measured")
        chosen = choose_metric(metric, pixels(track.display_size), hub.hooks.meters())
        bench = Bench(engine, hub.catalog, asset.source, probed, chosen, thorough=False)
        timeline = cut(probed, track, ladder)
        for name, rung in wanted.items():
            ended = [
                each
                for each in bench.run([rung], timeline, "verify", every=1)
                if isinstance(each, TrialEnded)
            ]
            trial = ended[-1].trial
            told = RenditionMeasured(
                asset_id=asset_id, version=asset.version, rendition=name, measurement=trial.measurement
            )
            hub.catalog.apply("", [told])
            yield told
