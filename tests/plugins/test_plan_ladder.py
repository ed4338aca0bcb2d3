"""The built-in planner: what every ladder obeys, and the ladders of sources worth naming."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from codek7.core.errors import LadderInvalid, MediaEmpty
from codek7.core.ladder import STEREO, SURROUND, AudioRung, Codec, Ladder, Policy, Rung, order
from codek7.core.media import AudioTrack, Colour, Hdr, MediaInfo, Track, VideoTrack
from codek7.core.rung_sizes import h264_bps, pixels
from codek7.plugins.plan_ladder import codek7_plan_ladder, codek7_policies

STANDARD, CAPPED, SOURCE = codek7_policies()
CODECS: tuple[Codec, ...] = ("h264", "hevc", "av1")
HDR_KINDS: tuple[Hdr, ...] = ("none", "hdr10", "hlg", "dolby-vision")


def video(width: int = 1920, height: int = 1080, **more: object) -> VideoTrack:
    plain = VideoTrack(
        index=0,
        codec="h264",
        width=width,
        height=height,
        frame_rate=Fraction(24),
        time_base=Fraction(1, 90_000),
        start_pts=0,
        frames=240,
        duration_us=10_000_000,
    )
    return replace(plain, **more)


def audio(channels: int = 2, index: int = 1) -> AudioTrack:
    return AudioTrack(
        index=index, codec="aac", sample_rate=48_000, channels=channels, start_us=0, duration_us=10_000_000
    )


def source(*tracks: Track) -> MediaInfo:
    return MediaInfo(container="mov", duration_us=10_000_000, tracks=tracks, prober="test@1")


def plan(track: VideoTrack, policy: Policy = CAPPED) -> Ladder:
    return codek7_plan_ladder(source(track), policy)


def sizes(ladder: Ladder) -> list[str]:
    return [f"{rung.width}x{rung.height}" for rung in ladder.rungs]


def rates(ladder: Ladder) -> list[int]:
    return [rung.ceiling_bps // 1_000 for rung in ladder.rungs]


tracks = st.builds(
    video,
    st.integers(1, 8192),
    st.integers(1, 4400),
    codec=st.sampled_from(["h264", "hevc", "av1", "vp9", "mpeg2video", "prores"]),
    sample_aspect=st.fractions(Fraction(1, 4), 4, max_denominator=64),
    rotation=st.sampled_from([0, 90, 180, 270]),
    bit_depth=st.sampled_from([8, 10, 12]),
    hdr=st.sampled_from(HDR_KINDS),
    colour=st.sampled_from([Colour(), Colour(transfer="smpte2084"), Colour(transfer="arib-std-b67")]),
    frame_rate=st.fractions(1, 300, max_denominator=1001),
    bitrate_bps=st.one_of(st.just(0), st.integers(1, 200_000_000)),
)
policies = st.builds(
    Policy,
    name=st.just("any"),
    base=st.sampled_from(["standard", "capped", "source"]),
    codecs=st.lists(st.sampled_from(CODECS), min_size=1, max_size=4).map(tuple),
    keep_hdr=st.booleans(),
    min_height=st.integers(0, 2000),
    max_height=st.integers(2, 4320),
    max_rungs=st.integers(1, 12),
    max_bps=st.one_of(st.just(0), st.integers(1_000, 50_000_000)),
    max_frame_rate=st.sampled_from([Fraction(24), Fraction(30), Fraction(50), Fraction(60)]),
)


def sets_of(ladder: Ladder) -> list[list[Rung]]:
    sets: dict[tuple[str, str], list[Rung]] = {}
    for rung in ladder.rungs:
        sets.setdefault((rung.codec, rung.dynamic_range), []).append(rung)
    return list(sets.values())


@settings(max_examples=150)
@given(tracks, policies)
def test_every_ladder_keeps_to_its_policy_and_its_source(track: VideoTrack, policy: Policy) -> None:
    ladder = plan(track, policy)
    assert 1 <= len(ladder.rungs) <= policy.max_rungs
    assert ladder.rungs == order(ladder.rungs)
    width, height = track.display_size
    for rung in ladder.rungs:
        assert rung.width <= max(2, width)
        assert rung.height <= max(2, height)
        assert min(rung.width, rung.height) <= policy.max_height
        assert max(rung.width, rung.height) <= policy.max_height * Fraction(16, 9) + 1
        assert not policy.max_bps or rung.ceiling_bps <= policy.max_bps
        assert track.frame_rate / rung.divisor(track.frame_rate) <= policy.max_frame_rate * Fraction(102, 100)


@settings(max_examples=150)
@given(tracks, policies)
def test_within_a_set_rungs_rise_in_size_and_by_enough_in_rate(track: VideoTrack, policy: Policy) -> None:
    ladder = plan(track, policy)
    for rungs in sets_of(ladder):
        assert policy.base != "source" or len(rungs) == 1
        for low, high in pairwise(rungs):
            assert low.width <= high.width
            assert low.height <= high.height
            assert (low.width, low.height) != (high.width, high.height)
            assert low.ceiling_bps * 14 <= high.ceiling_bps * 10
            assert low.divisor(track.frame_rate) >= high.divisor(track.frame_rate)


@settings(max_examples=100)
@given(tracks, st.sampled_from([CAPPED, SOURCE]))
def test_capped_ends_in_the_sources_own_size_up_to_2160p(track: VideoTrack, policy: Policy) -> None:
    width, height = track.display_size
    top = plan(track, policy).rungs[-1]
    if max(width, height) <= 3840 and min(width, height) <= 2160:
        assert (top.width, top.height) == (max(2, width // 2 * 2), max(2, height // 2 * 2))


@given(tracks, st.sampled_from(CODECS))
def test_no_ceiling_of_capped_is_above_the_sources_rate(track: VideoTrack, codec: Codec) -> None:
    still = h264_bps(pixels(track.display_size)) // 8
    busy = replace(track, codec="h264", bitrate_bps=max(still, track.bitrate_bps))
    for rung in plan(busy, replace(CAPPED, codecs=(codec,))).rungs:
        assert rung.ceiling_bps <= busy.bitrate_bps


def test_six_rungs_for_1080p_by_the_table() -> None:
    for policy in (STANDARD, CAPPED):
        ladder = plan(video(), policy)
        assert sizes(ladder) == ["416x234", "640x360", "768x432", "960x540", "1280x720", "1920x1080"]
        assert rates(ladder) == [200, 500, 1000, 2000, 4500, 7800]
        assert {rung.crf for rung in ladder.rungs} == {23}
        assert ladder.planner == "codek7-ladder@1"


def test_rates_above_the_sources_are_cut_and_neighbours_that_come_too_close_left_out() -> None:
    ladder = plan(video(bitrate_bps=1_500_000))
    assert sizes(ladder) == ["416x234", "640x360", "768x432", "1920x1080"]
    assert rates(ladder) == [200, 500, 1000, 1500]


def test_a_source_in_a_newer_codec_may_be_matched_at_its_quality() -> None:
    assert rates(plan(video(codec="hevc", bitrate_bps=3_000_000)))[-1] == 5_000
    assert (
        rates(plan(video(codec="h264", bitrate_bps=3_000_000), replace(CAPPED, codecs=("av1",))))[-1] == 1_500
    )


@pytest.mark.parametrize(("size", "kilobits"), [((320, 240), 310), ((640, 360), 1_000), ((854, 480), 2_000)])
def test_the_top_rung_of_a_small_source_has_headroom(size: tuple[int, int], kilobits: int) -> None:
    assert rates(plan(video(*size)))[-1] == kilobits
    assert rates(plan(video(*size), STANDARD))[-1] <= kilobits // 2
    assert rates(plan(video(*size, bitrate_bps=300_000)))[-1] == 300


def test_a_still_source_keeps_bits_for_its_key_frames() -> None:
    assert rates(plan(video(bitrate_bps=9_000))) == [200, 500, 975]


@pytest.mark.parametrize(
    ("track", "expected"),
    [
        (video(720, 1280), ["234x416", "360x640", "432x768", "540x960", "720x1280"]),
        (video(1280, 720, rotation=270), ["234x416", "360x640", "432x768", "540x960", "720x1280"]),
        (
            video(800, 640, sample_aspect=Fraction(64, 45)),
            ["416x234", "640x360", "768x432", "960x540", "1138x640"],
        ),
        (video(720, 480), ["352x234", "540x360", "648x432", "720x480"]),
        (video(1280, 272), ["416x88", "640x136", "768x164", "960x204", "1280x272"]),
        (video(854, 480), ["416x234", "640x360", "768x432", "854x480"]),
        (video(320, 240), ["320x240"]),
        (video(176, 144), ["176x144"]),
        (video(3, 3), ["2x2"]),
        (video(1, 1), ["2x2"]),
        (video(4000, 4), ["3840x4"]),
    ],
)
def test_shapes(track: VideoTrack, expected: list[str]) -> None:
    assert sizes(plan(track)) == expected


def test_4k_is_carried_by_the_best_codec_of_the_policy_alone() -> None:
    both = plan(video(3840, 2160), replace(CAPPED, codecs=("h264", "hevc"), max_rungs=20))
    h264, hevc = sets_of(both)
    assert (h264[-1].height, hevc[-1].height) == (1080, 2160)
    assert plan(video(3840, 2160)).rungs[-1].height == 2160


def test_the_rungs_allowed_are_shared_out_and_each_set_keeps_its_ends() -> None:
    three = replace(CAPPED, codecs=CODECS, max_rungs=7)
    shared = [[rung.height for rung in rungs] for rungs in sets_of(plan(video(), three))]
    assert shared == [[234, 432, 1080], [234, 1080], [234, 1080]]


def test_high_frame_rates_are_halved_below_540p_and_held_to_the_policys() -> None:
    def divisors(fps: str) -> list[int]:
        rate = Fraction(fps)
        return [rung.divisor(rate) for rung in plan(video(frame_rate=rate)).rungs]

    asked = ("24", "60000/1001", "50", "40", "100", "240")
    assert {fps: divisors(fps) for fps in asked} == {
        "24": [1] * 6,
        "60000/1001": [2, 2, 2, 1, 1, 1],
        "50": [2, 2, 2, 1, 1, 1],
        "40": [1] * 6,
        "100": [4, 4, 4, 2, 2, 2],
        "240": [8, 8, 8, 4, 4, 4],
    }
    assert all(rung.frame_rate is None for rung in plan(video()).rungs)


def test_the_top_rung_keeps_the_sources_frames() -> None:
    small = plan(video(640, 360, frame_rate=Fraction(60)))
    assert [rung.divisor(Fraction(60)) for rung in small.rungs] == [2, 1]


def test_policies_ceilings_and_heights() -> None:
    assert sizes(plan(video(), replace(CAPPED, max_height=480)))[-2:] == ["768x432", "854x480"]
    assert sizes(plan(video(), replace(CAPPED, min_height=540))) == ["960x540", "1280x720", "1920x1080"]
    limited = plan(video(), replace(CAPPED, max_bps=3_000_000))
    assert (sizes(limited)[-1], rates(limited)[-1]) == ("1280x720", 3_000)
    assert sizes(plan(video(), replace(CAPPED, max_bps=50_000))) == ["416x234"]


@pytest.mark.parametrize(
    ("hdr", "transfer", "kept"),
    [
        ("hdr10", "smpte2084", "hdr10"),
        ("hlg", "arib-std-b67", "hlg"),
        ("dolby-vision", "arib-std-b67", "hlg"),
        ("dolby-vision", "smpte2084", "hdr10"),
        ("dolby-vision", "unknown", None),
        ("none", "bt709", None),
    ],
)
def test_hdr_is_kept_where_the_policy_asks_beside_sdr_in_h264(
    hdr: Hdr, transfer: str, kept: str | None
) -> None:
    track = video(hdr=hdr, bit_depth=10, colour=Colour(transfer=transfer))
    asked = plan(track, replace(CAPPED, codecs=("hevc", "h264"), keep_hdr=True))
    ranges = {(rung.codec, rung.dynamic_range, rung.bit_depth) for rung in asked.rungs}
    assert ranges == {("h264", "sdr", 8), ("hevc", kept or "sdr", 10)}
    assert {(rung.dynamic_range, rung.bit_depth) for rung in plan(track).rungs} == {("sdr", 8)}


def test_hdr_alone_in_hevc_still_has_an_sdr_set() -> None:
    track = video(hdr="hlg", bit_depth=10)
    ladder = plan(track, replace(CAPPED, codecs=("hevc",), keep_hdr=True))
    assert {rung.dynamic_range for rung in ladder.rungs} == {"sdr", "hlg"}


def test_pictures_too_small_for_hevc_and_av1_fall_back_to_h264() -> None:
    ladder = plan(video(40, 30), replace(CAPPED, codecs=("hevc", "av1")))
    assert [(rung.codec, rung.width, rung.height) for rung in ladder.rungs] == [("h264", 40, 30)]


def test_presets_are_translated_for_svt_av1() -> None:
    ladder = plan(video(), replace(CAPPED, codecs=CODECS, preset="medium"))
    assert {(rung.codec, rung.preset) for rung in ladder.rungs} == {
        ("h264", "medium"),
        ("hevc", "medium"),
        ("av1", "7"),
    }


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ((), ()),
        ((2,), (STEREO,)),
        ((1, 2), (STEREO,)),
        ((6,), (STEREO, SURROUND)),
        ((8, 2), (STEREO, SURROUND)),
        ((1,), (AudioRung(channels=1, bitrate_bps=64_000),)),
    ],
)
def test_sound(channels: tuple[int, ...], expected: tuple[AudioRung, ...]) -> None:
    sound = [audio(count, index) for index, count in enumerate(channels, 1)]
    assert codek7_plan_ladder(source(video(), *sound), CAPPED).audio == expected


def test_sound_alone_makes_no_rungs() -> None:
    ladder = codek7_plan_ladder(source(audio()), CAPPED)
    assert (ladder.rungs, ladder.audio) == ((), (STEREO,))


def test_cover_art_is_no_picture() -> None:
    cover = video(600, 600, disposition=("attached_pic",))
    assert codek7_plan_ladder(source(cover, audio()), CAPPED).rungs == ()


def test_nothing_to_play_is_an_error() -> None:
    with pytest.raises(MediaEmpty):
        codek7_plan_ladder(source(), CAPPED)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"codecs": ()}, "no codec"),
        ({"preset": "warp"}, "'warp'"),
        ({"max_frame_rate": Fraction(0)}, "0 frames"),
    ],
)
def test_policies_that_cannot_be_met_are_named(change: dict[str, object], said: str) -> None:
    with pytest.raises(LadderInvalid, match=said):
        plan(video(), replace(CAPPED, **change))


def test_segment_lengths_come_from_the_policy() -> None:
    ladder = plan(video(), replace(CAPPED, segment_us=4_000_000, idr_us=1_000_000))
    assert (ladder.segment_us, ladder.idr_us) == (4_000_000, 1_000_000)
