"""The contract of a ladder planner (`codek7_plan_ladder`)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar

import pytest

from codek7.core.hooks import Hooks
from codek7.core.ladder import Ladder, Policy, Rung, order
from codek7.core.media import MediaInfo, VideoTrack
from codek7.core.values import from_json, to_json
from codek7.testing.facts import SOURCES
from codek7.testing.plugin import SIGNATURE, PluginContract

POLICIES: dict[str, Policy] = {
    "standard": Policy(name="standard", base="standard"),
    "capped": Policy(name="capped"),
    "source": Policy(name="source", base="source"),
    "all-codecs": Policy(name="all-codecs", codecs=("h264", "hevc", "av1"), keep_hdr=True),
    "low": Policy(name="low", max_height=480, max_bps=1_500_000, max_rungs=3),
}
SLACK = Fraction(102, 100)
"""Rates are told by containers to a few parts in a hundred."""


class PlannerContract(PluginContract):
    """Override `plugin`. Every source of `codek7.testing.facts` is planned under every policy here."""

    hook: ClassVar[str] = "codek7_plan_ladder"

    @pytest.fixture(params=sorted(SOURCES))
    def info(self, request: pytest.FixtureRequest) -> MediaInfo:
        """A source."""
        return SOURCES[request.param]

    @pytest.fixture(params=sorted(POLICIES))
    def policy(self, request: pytest.FixtureRequest) -> Policy:
        """A policy."""
        return POLICIES[request.param]

    @pytest.fixture
    def ladder(self, hooks: Hooks, info: MediaInfo, policy: Policy) -> Ladder:
        """What is planned."""
        return hooks.plan_ladder(info, policy)

    def test_pictures_get_rungs_and_sound_gets_sound(self, ladder: Ladder, info: MediaInfo) -> None:
        assert bool(ladder.rungs) == (info.video is not None)
        assert ladder.audio or not info.audio

    def test_it_is_signed_and_survives_json(self, ladder: Ladder) -> None:
        assert SIGNATURE.fullmatch(ladder.planner), ladder.planner
        assert from_json(to_json(ladder), Ladder) == ladder

    def test_planning_again_plans_the_same(
        self, hooks: Hooks, ladder: Ladder, info: MediaInfo, policy: Policy
    ) -> None:
        assert hooks.plan_ladder(info, policy).hash == ladder.hash

    def test_no_rung_is_larger_or_faster_than_the_source(self, ladder: Ladder, info: MediaInfo) -> None:
        for rung, track in shown(ladder, info):
            width, height = even(track.display_size)
            assert rung.width <= width, rung.label
            assert rung.height <= height, rung.label
            kept = track.frame_rate / rung.divisor(track.frame_rate)
            assert rung.frame_rate is None or kept <= rung.frame_rate * SLACK, rung.label

    def test_rungs_have_the_shape_of_the_source(self, ladder: Ladder, info: MediaInfo) -> None:
        """To within two pixels of either side: sides are even."""
        for rung, track in shown(ladder, info):
            width, height = track.display_size
            off_px = abs(rung.width - Fraction(rung.height * width, height))
            assert off_px <= 2 or off_px <= Fraction(2 * width, height)

    def test_rungs_rise_and_none_repeats_another(self, ladder: Ladder) -> None:
        assert ladder.rungs == order(ladder.rungs)
        looks = [
            (r.codec, r.dynamic_range, r.width, r.height, r.ceiling_bps, r.frame_rate) for r in ladder.rungs
        ]
        assert len(set(looks)) == len(looks)

    def test_the_policy_is_kept(self, ladder: Ladder, policy: Policy) -> None:
        ranges = {rung.dynamic_range for rung in ladder.rungs}
        assert {rung.codec for rung in ladder.rungs} <= set(policy.codecs)
        assert policy.keep_hdr or ranges <= {"sdr"}
        assert len(ladder.rungs) <= policy.max_rungs
        assert all(min(rung.width, rung.height) <= policy.max_height for rung in ladder.rungs)
        assert all(rung.ceiling_bps <= policy.max_bps for rung in ladder.rungs if policy.max_bps)
        assert set(ladder.audio) <= set(policy.audio)
        assert (ladder.segment_us, ladder.idr_us) == (policy.segment_us, policy.idr_us)

    def test_there_is_always_a_rung_for_every_screen(
        self, ladder: Ladder, policy: Policy, info: MediaInfo
    ) -> None:
        """Whatever else the ladder has, ordinary dynamic range is in it."""
        assert not info.video or any(rung.dynamic_range == "sdr" for rung in ladder.rungs)


def shown(ladder: Ladder, info: MediaInfo) -> Iterator[tuple[Rung, VideoTrack]]:
    """Every rung beside the track it is made from."""
    for rung in ladder.rungs:
        assert info.video is not None
        yield rung, info.video


def even(size: tuple[int, int]) -> tuple[int, int]:
    """The next even size: chroma is stored for pairs of pixels."""
    width, height = size
    return max(2, width + width % 2), max(2, height + height % 2)
