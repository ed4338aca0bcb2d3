"""The built-in planner: a fixed ladder, the same never above its source, or the source's own size alone.

H.264 goes up to 1080p as in Apple's HLS authoring specification; HEVC and AV1 carry 1440p and 2160p, or H.264
itself where a policy names no other codec, so that no source up to 2160p loses its resolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Literal, NamedTuple

from msgspec.structs import replace

from codek7.core.errors import LadderInvalid, MediaEmpty
from codek7.core.hookspecs import hookimpl
from codek7.core.ladder import AudioRung, Codec, Ladder, Policy, Range, Rung, order
from codek7.core.media import AudioTrack, MediaInfo, VideoTrack
from codek7.core.rung_sizes import BOXES, Size, fit, h264_bps, own_box, pixels

PLANNER = "codek7-ladder@1"

SHARE: dict[Codec, Fraction] = {"h264": Fraction(1), "hevc": Fraction(3, 5), "av1": Fraction(1, 2)}
"""What a codec needs of H.264's rate."""
SOURCE_SHARE = {"vp9": Fraction(13, 20), "hevc": Fraction(3, 5), "av1": Fraction(1, 2), "vvc": Fraction(2, 5)}
"""The same of sources: one in a newer codec than the rung's may cost more than it does itself."""
CRF: dict[Codec, float] = {"h264": 23, "hevc": 26, "av1": 32}
SVT_AV1_PRESET = {
    "ultrafast": "12", "superfast": "11", "veryfast": "10", "faster": "9", "fast": "8", "medium": "7",
    "slow": "6", "slower": "4", "veryslow": "3", "placebo": "2",
}  # fmt: skip
"""SVT-AV1's numbers for x264's words, in which policies speak."""

NEIGHBOURS = Fraction(7, 5)
"""The least ratio between the ceilings of two neighbours."""
HEADROOM, HEADROOM_BPS = 2, 2_000_000
"""The top rung of a small source is the best anyone sees of it: it may cost twice the table's rate, up to
2 Mbit/s."""
STILL = Fraction(1, 8)
"""A nearly still source costs next to nothing between key frames far apart, but rungs have one every 2 s: a
source's rate counts as at least this part of the table's for its size."""
SIZES_APART = Fraction(11, 10)
"""The least ratio between the sides of the source and of the box below it."""
H264_TOP = 1080
LEAST_SIDE = 16
"""Rungs thinner than this show nothing; only a source that is as thin itself has one."""
LEAST_SIDE_HEVC_AV1 = 64
"""Not every build of x265 and SVT-AV1 takes pictures smaller than their largest coding block."""
LOW_RATE_BOX, LOW_RATE, LEAST_RATE = 432, Fraction(30), Fraction(239, 10)
"""Below the top and up to this box, frames above this rate are thinned out, unless fewer than the last would
be left."""


class Kind(NamedTuple):
    """What the rungs of a set have in common."""

    codec: Codec
    range: Range
    bit_depth: Literal[8, 10]


class Step(NamedTuple):
    """A rung's size, the box it fits, and its ceiling."""

    size: Size
    box: int
    bps: int


@hookimpl
def codek7_policies() -> Sequence[Policy]:
    """`standard`, `capped` and `source`."""
    return (
        Policy(name="standard", base="standard"),
        Policy(name="capped", base="capped"),
        Policy(name="source", base="source"),
    )


@hookimpl
def codek7_plan_ladder(info: MediaInfo, policy: Policy) -> Ladder:
    """The ladder of a source. Raises `MediaEmpty` where it has neither picture nor sound, `LadderInvalid`
    where the policy asks for what no source could have."""
    if info.video is None and not info.audio:
        raise MediaEmpty("planning a ladder: the source has no picture and no sound", hint="try another file")
    return Ladder(
        rungs=plan_rungs(info.video, policy) if info.video else (),
        audio=plan_audio(info.audio, policy.audio),
        segment_us=policy.segment_us,
        idr_us=policy.idr_us,
        planner=PLANNER,
    )


def plan_audio(tracks: Sequence[AudioTrack], wanted: Sequence[AudioRung]) -> tuple[AudioRung, ...]:
    """The wanted rungs that some track has channels for; where all are mono, stereo becomes mono at half."""
    most = max((track.channels for track in tracks), default=0)
    if most == 1 and not any(rung.channels == 1 for rung in wanted):
        return tuple(
            AudioRung(channels=1, bitrate_bps=rung.bitrate_bps // 2, sample_rate=rung.sample_rate)
            for rung in wanted
            if rung.channels == 2
        )
    return tuple(rung for rung in wanted if rung.channels <= most)


def plan_rungs(track: VideoTrack, policy: Policy) -> tuple[Rung, ...]:
    """At least one rung, at most `policy.max_rungs`: shared out between the sets, each keeps its ends."""
    _check(policy)
    sets = [(kind, _steps(track, kind.codec, policy)) for kind in _kinds(track, policy)]
    sets = [(kind, steps) for kind, steps in sets if steps][: max(1, policy.max_rungs)]
    if not sets:
        sets = [(Kind("h264", "sdr", 8), _steps(track, "h264", policy))]
    rungs: list[Rung] = []
    for at, (kind, steps) in enumerate(sets):
        share = ceil((policy.max_rungs - len(rungs)) / (len(sets) - at))
        chosen = _spread(steps, share)
        rungs += [_rung(step, kind, track, policy, top=step is chosen[-1]) for step in chosen]
    return order(tuple(rungs))


def _check(policy: Policy) -> None:
    def refuse(fault: str, hint: str) -> None:
        raise LadderInvalid(f"policy {policy.name}: {fault}", hint=hint)

    if not policy.codecs:
        refuse("names no codec", 'codecs = ["h264"] plays everywhere')
    if policy.preset not in SVT_AV1_PRESET:
        refuse(f"no encoder preset is called {policy.preset!r}", f"one of {', '.join(SVT_AV1_PRESET)}")
    if policy.max_frame_rate <= 0:
        refuse(f"at most {policy.max_frame_rate} frames a second are none", 'max_frame_rate = "60/1"')


def _kinds(track: VideoTrack, policy: Policy) -> list[Kind]:
    """One set per codec; with HDR kept, one for SDR screens and one per codec that takes HDR."""
    codecs = tuple(dict.fromkeys(policy.codecs))
    high = _kept_range(track) if policy.keep_hdr else "sdr"
    carriers = [codec for codec in codecs if codec != "h264"]
    if high == "sdr" or not carriers:
        return [_sdr(codec, track) for codec in codecs]
    plain = _sdr("h264" if "h264" in codecs else codecs[0], track)
    return [plain, *(Kind(codec, high, 10) for codec in carriers)]


def _sdr(codec: Codec, track: VideoTrack) -> Kind:
    """8 bits in H.264, of which few decoders take more; otherwise as deep as the source."""
    return Kind(codec, "sdr", 10 if track.bit_depth > 8 and codec != "h264" else 8)


def _kept_range(track: VideoTrack) -> Range:
    """The HDR that can be kept. Of Dolby Vision only its base layer is, where that is HDR10 or HLG."""
    if track.hdr == "dolby-vision":
        by_transfer: dict[str, Range] = {"smpte2084": "hdr10", "arib-std-b67": "hlg"}
        return by_transfer.get(track.colour.transfer, "sdr")
    return "sdr" if track.hdr == "none" else track.hdr


def _steps(track: VideoTrack, codec: Codec, policy: Policy) -> list[Step]:
    """A set's sizes and ceilings, rising."""
    sizes = _sizes(track.display_size, codec, policy)
    if codec != "h264":
        sizes = {size: box for size, box in sizes.items() if min(size) >= LEAST_SIDE_HEVC_AV1}
    top = max(sizes, key=pixels, default=None)
    steps = [
        Step(size, box, _ceiling(size, track, codec, policy, top=size == top)) for size, box in sizes.items()
    ]
    return _apart(_below(sorted(steps, key=lambda step: pixels(step.size)), policy.max_bps))


def _sizes(source: Size, codec: Codec, policy: Policy) -> dict[Size, int]:
    """Sizes with the box of each. `capped` ends in the source's own size; `standard` keeps to the boxes, but
    fills one that the source nearly fills."""
    limit = max(2, policy.max_height)
    if policy.base != "source":
        carried = codec == "h264" and any(other != "h264" for other in policy.codecs)
        limit = min(limit, H264_TOP if carried else BOXES[-1])
    own = min(own_box(source), limit)
    boxes = [box for box in BOXES if policy.min_height <= box <= limit and box * 9 <= own_box(source) * 10]
    if policy.base == "capped":
        boxes = [*(box for box in boxes if box * SIZES_APART <= own), own]
    if policy.base == "source" or not boxes:
        boxes = [own]
    sizes = {fit(source, box): box for box in boxes}
    return {size: box for size, box in sizes.items() if min(size) >= LEAST_SIDE or box == boxes[-1]}


def _ceiling(size: Size, track: VideoTrack, codec: Codec, policy: Policy, *, top: bool) -> int:
    """Bits a second: the table's, and but for `standard` never more than the source's own would be."""
    table = h264_bps(pixels(size)) * SHARE[codec]
    if policy.base == "standard":
        return _rounded(table)
    wanted = max(table, min(table * HEADROOM, HEADROOM_BPS * SHARE[codec])) if top else table
    if track.bitrate_bps > 0:
        own = track.bitrate_bps / SOURCE_SHARE.get(track.codec, Fraction(1))
        wanted = min(wanted, max(own, h264_bps(pixels(track.display_size)) * STILL) * SHARE[codec])
    return _rounded(wanted)


def _rounded(bps: Fraction) -> int:
    """Down to whole kilobits, so that no last digit of a logarithm reaches a hash."""
    return max(1_000, int(bps) // 1_000 * 1_000)


def _below(steps: list[Step], max_bps: int) -> list[Step]:
    """Steps within a policy's ceiling: one that needs twice as much is too large for it, and left out."""
    if not max_bps:
        return steps
    fitting = [step for step in steps if step.bps <= 2 * max_bps] or steps[:1]
    return [step._replace(bps=min(step.bps, max_bps)) for step in fitting]


def _apart(steps: list[Step]) -> list[Step]:
    """From the top down, those far enough in rate from the one kept before."""
    kept: list[Step] = []
    for step in reversed(steps):
        if not kept or step.bps * NEIGHBOURS <= kept[-1].bps:
            kept.append(step)
    return kept[::-1]


def _spread(steps: list[Step], count: int) -> list[Step]:
    """At most so many, evenly over the list: the top first, then the bottom."""
    if count >= len(steps):
        return steps
    if count <= 1:
        return steps[-1:]
    return [steps[round(Fraction(at * (len(steps) - 1), count - 1))] for at in range(count)]


def _rung(step: Step, kind: Kind, track: VideoTrack, policy: Policy, *, top: bool) -> Rung:
    rung = Rung(
        codec=kind.codec,
        width=step.size[0],
        height=step.size[1],
        crf=CRF[kind.codec],
        ceiling_bps=step.bps,
        preset=SVT_AV1_PRESET[policy.preset] if kind.codec == "av1" else policy.preset,
        dynamic_range=kind.range,
        bit_depth=kind.bit_depth,
    )
    thin = step.box <= LOW_RATE_BOX and not top
    return _held(rung, track.frame_rate, policy.max_frame_rate, thin=thin)


def _held(rung: Rung, source_rate: Fraction, most: Fraction, *, thin: bool) -> Rung:
    """The rung with the frame rate it is held to, where that drops frames."""
    if thin:
        low = replace(rung, frame_rate=min(LOW_RATE, most))
        if low.divisor(source_rate) > 1 and source_rate / low.divisor(source_rate) >= LEAST_RATE:
            return low
    held = replace(rung, frame_rate=most)
    return held if held.divisor(source_rate) > 1 else rung
