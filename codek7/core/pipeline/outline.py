"""The first two stages: what a source holds, and all that will be made of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from codek7.core.assets import Asset
from codek7.core.errors import LadderInvalid, MediaEmpty
from codek7.core.events import Event, MediaProbed, RungDropped, TrackSkipped
from codek7.core.hooks import Hooks
from codek7.core.ladder import Ladder, Policy
from codek7.core.ladder_fit import Dropped, fit_ladder
from codek7.core.media import AudioTrack, MediaInfo, SubtitleTrack, VideoTrack
from codek7.core.pipeline.plan import WorkPlan, plan_work
from codek7.core.settings import Settings


class Request(NamedTuple):
    """What is asked: an asset's source as a local file, and how to present it.

    `ladder` is used as it is, where given, instead of one planned under the policy. `side_files` are subtitle
    files beside the source.
    """

    asset: Asset
    path: Path
    policy: Policy
    ladder: Ladder | None = None
    side_files: tuple[SubtitleTrack, ...] = ()
    preview: bool = False
    known_work: frozenset[str] = frozenset()
    """Content keys of work that the catalog knows to be this asset's."""


class Outline(NamedTuple):
    """What was read and planned, and the events that say so."""

    info: MediaInfo
    plan: WorkPlan
    events: tuple[Event, ...]


def plan_request(
    request: Request, hooks: Hooks, settings: Settings, tools: str, *, thorough: bool = False
) -> Outline:
    """Probe a request's source and plan all work; with `thorough`, on the frame times of a whole decode.

    Raises `MediaError`, and `LadderInvalid` where the ladder has no rung for this source.
    """
    asset_id = request.asset.id
    probed = hooks.probe(request.path, settings.limits, thorough)
    info = msgspec.structs.replace(probed.info, tracks=(*probed.info.tracks, *request.side_files))
    ladder = request.ladder or hooks.plan_ladder(info, request.policy)
    events: list[Event] = [MediaProbed(asset_id=asset_id, info=info), *_skipped(asset_id, info)]
    if info.video is None:
        ladder = msgspec.structs.replace(ladder, rungs=())
    else:
        ladder, left_out = fit_ladder(ladder, info.video)
        events += [RungDropped(asset_id=asset_id, rendition=name, reason=why) for name, why in left_out]
        if not ladder.rungs:
            raise LadderInvalid(_unsuitable(left_out), hint="add rungs that suit it")
    if info.video is None and not (info.audio and ladder.audio):
        raise MediaEmpty("there is neither picture nor sound to present")
    plan = plan_work(
        request.asset.source,
        msgspec.structs.replace(probed, info=info),
        ladder,
        tools=tools,
        limits=settings.limits,
        filters=hooks.filters,
    )
    return Outline(info, plan, tuple(events))


def _unsuitable(left_out: tuple[Dropped, ...]) -> str:
    reasons = "; ".join(f"{rung}: {why}" for rung, why in left_out)
    return f"the ladder has no rung for this source ({reasons or 'it has none at all'})"


def _skipped(asset_id: str, info: MediaInfo) -> Iterator[Event]:
    for track in info.tracks:
        reason = ""
        if isinstance(track, SubtitleTrack) and not track.text:
            reason = f"{track.codec} subtitles are pictures, which WebVTT cannot carry"
        elif isinstance(track, VideoTrack) and track != info.video:
            reason = "another picture track is shown"
        elif isinstance(track, AudioTrack) and track not in info.audio:
            reason = "the track holds no sound"
        if reason:
            yield TrackSkipped(asset_id=asset_id, track=track.index, reason=reason)
