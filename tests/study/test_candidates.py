"""What a study may choose from."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from codek7.core.media import MediaInfo, VideoTrack
from codek7.hub import Hub
from codek7.jobs import find_policy
from codek7.study.candidates import find_candidates
from tests.conftest import MakeClip

pytestmark = pytest.mark.media


def rated(info: MediaInfo, bps: int) -> MediaInfo:
    tracks = (replace(t, bitrate_bps=bps) if isinstance(t, VideoTrack) else t for t in info.tracks)
    return replace(info, tracks=tuple(tracks))


def test_sizes_do_not_depend_on_the_sources_rate(make_clip: MakeClip, tmp_path: Path) -> None:
    clip = make_clip("sizes", seconds=1, width=1280, height=720)
    with Hub.open(tmp_path / "home") as hub:
        info, policy = hub.hooks.probe(clip, hub.settings.limits).info, find_policy(hub, "capped")
        sizes = []
        for bps in (200_000, 20_000_000):
            _, (found,) = find_candidates(rated(info, bps), policy, hub.hooks)
            sizes.append([(rung.width, rung.height) for rung in found.rungs.values()])
    assert sizes[0] == sizes[1] == [(1280, 720), (960, 540), (768, 432), (640, 360), (416, 234)]


@pytest.mark.parametrize(
    ("height", "lines"),
    [(480, [480, 432, 360, 234]), (576, [576, 432, 360, 234]), (406, [406, 360, 234]), (234, [234])],
)
def test_the_size_below_the_sources_own_is_not_left_out(
    make_clip: MakeClip, tmp_path: Path, height: int, lines: list[int]
) -> None:
    """The others are 1.4 times apart, and so are those from the largest on."""
    clip = make_clip(f"lines-{height}", seconds=0.2, width=height * 16 // 9 // 2 * 2, height=height)
    with Hub.open(tmp_path / "home") as hub:
        info, policy = hub.hooks.probe(clip, hub.settings.limits).info, find_policy(hub, "capped")
        _, (found,) = find_candidates(info, policy, hub.hooks)
    assert [rung.height for rung in found.rungs.values()] == lines


def test_all_sizes_have_the_frame_rate_of_the_largest(make_clip: MakeClip, tmp_path: Path) -> None:
    """The planner halves that of small ones. Pictures are scored one by one, and do not tell."""
    clip = make_clip("fast", seconds=0.2, width=960, height=540, fps="60")
    with Hub.open(tmp_path / "home") as hub:
        info, policy = hub.hooks.probe(clip, hub.settings.limits).info, find_policy(hub, "capped")
        track = info.video
        assert track
        halved = [r.divisor(track.frame_rate) for r in hub.hooks.plan_ladder(info, policy).rungs]
        ladder, (found,) = find_candidates(info, policy, hub.hooks)
    assert max(halved) == 2
    assert {rung.divisor(track.frame_rate) for rung in found.rungs.values()} == {1}
    assert ladder.divisor(track.frame_rate) == 1
