"""When the frames of a picture track are shown: by its packets where decoding bears them out, else decoded.

Packets are read in seconds where decoding takes minutes, and nearly always say the same. They are not
believed: frames are decoded at the start, in the middle, at the end and wherever a packet is doubtful, and
what they show counts. Where it cannot be brought together with the packets, everything is decoded.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import pairwise

from av.error import FFmpegError

from codek7.core.errors import MediaEmpty, MediaUnreadable
from codek7.core.frame_times import FrameTimes
from codek7.ffmpeg.facts_decode import Decoded, Reader
from codek7.ffmpeg.facts_packets import Packets

FEW = 150
"""Tracks of so few frames are decoded as a whole."""
HEAD = 48
"""Frames decoded at the start."""
SHORT = 120
"""A key frame interval of so many frames is looked at in the middle."""
WORTH = 0.5
"""The share of frames above which decoding all costs no more than decoding in places."""
CHEAP = 0.1
"""The share of frames that a routine look may cost."""
MOST_SPANS = 100
"""Doubtful places that are looked at one by one."""
STILL = 25
"""Pictures a second of a track that has a single one, and does not say for how long."""
LONGEST_LAST = 1000
"""How many times longer than a usual frame the last one may be shown."""

Span = tuple[int, int, int]
"""Where to seek to; from where frames are decoded soundly; where to stop. In ticks."""


class Disagrees(Exception):
    """Decoded frames and packets cannot be brought together."""


def frame_times(
    reader: Reader, packets: Packets, ticks_per_s: float, thorough: bool
) -> tuple[FrameTimes, list[int]]:
    """When each frame is shown, strictly rising, and which are key frames.

    Frames that are not later than all before are left out, as an encoder must. Raises `MediaEmpty` where none
    decodes, `MediaUnreadable` where more than a second on end would be left out.
    """
    decoded = None if thorough else _from_packets(reader, packets)
    if decoded is None:
        decoded = reader.read(untimed=2 * packets.untimed >= packets.count)
    if not decoded.times:
        raise MediaEmpty("none of its pictures can be decoded")
    times = FrameTimes.of(_rising(decoded.times, ticks_per_s))
    return FrameTimes.of(times.pts(), _last_duration(packets, times, ticks_per_s)), decoded.keys


def _rising(times: list[int], ticks_per_s: float) -> list[int]:
    """Those that are later than all before."""
    kept: list[int] = []
    left_out_at = None
    for time in times:
        if not kept or time > kept[-1]:
            kept.append(time)
            left_out_at = None
            continue
        left_out_at = time if left_out_at is None else left_out_at
        if time - left_out_at > ticks_per_s:
            raise MediaUnreadable(
                f"its times jump back by {(kept[-1] - left_out_at) / ticks_per_s:.1f} s",
                hint="give them running times: ffmpeg -i IN -c copy OUT.mkv",
            )
    return kept


def _from_packets(reader: Reader, packets: Packets) -> Decoded | None:
    """The packets' times, mended where decoding says otherwise; None where everything must be decoded."""
    keys = sorted(set(packets.key_pts))
    if packets.backwards or len(packets.pts) <= FEW or len(keys) < 2:
        return None
    times = sorted(packets.pts)
    twice = [a for a, b in pairwise(times) if a == b]
    # Interlaced H.264 comes as two fields, the second without a time.
    fields = 2 * packets.untimed >= len(times)
    doubtful = [*twice, *(() if fields else packets.doubtful)]
    spans = _spans(keys, times, doubtful, routine=True)
    if _covered(times, spans) > max(FEW, CHEAP * len(times)):
        spans = _spans(keys, times, doubtful, routine=False)
    if _covered(times, spans) > WORTH * len(times) or len(spans) > MOST_SPANS:
        return None
    try:
        mended = _head(reader, sorted(set(times)))
        for span in spans:
            mended = _mend(reader, mended, span)
    except (Disagrees, FFmpegError):  # some formats cannot seek
        return None
    return Decoded(times=mended, keys=[key for key in keys if key >= mended[0]])


def _spans(keys: list[int], times: list[int], doubtful: Iterable[int], *, routine: bool) -> list[Span]:
    """The runs of key frame intervals to decode, in order, those that touch joined: all with doubtful packets
    (and the next: its first pictures may refer to them), and as a `routine` the middle one if it is short and
    the last. Without the routine nothing is lost but time: what is encoded is held against these times."""
    end = times[-1] + 1
    at = len(keys) // 2
    middle = at + 1 < len(keys) and bisect_left(times, keys[at + 1]) - bisect_left(times, keys[at]) <= SHORT
    ends = dict.fromkeys([*([at] if middle else []), len(keys) - 1] if routine else [], 1)
    ends |= {max(0, bisect_right(keys, pts) - 1): 2 for pts in doubtful}
    spans: list[Span] = []
    for at, count in sorted(ends.items()):
        stop = keys[at + count] if at + count < len(keys) else end
        if spans and keys[at] <= spans[-1][2]:
            spans[-1] = (spans[-1][0], spans[-1][1], max(stop, spans[-1][2]))
        else:
            spans.append((keys[max(0, at - 1)], keys[at], stop))
    return spans


def _covered(times: list[int], spans: list[Span]) -> int:
    """How many frames the spans would decode."""
    return sum(bisect_left(times, stop) - bisect_left(times, seek) for seek, _, stop in spans)


def _head(reader: Reader, times: list[int]) -> list[int]:
    """Without what comes before the first frame that decodes (where a recording starts in mid-stream)."""
    head = reader.read(most=HEAD).times
    start = bisect_left(times, head[0]) if head else 0
    if not head or times[start : start + len(head)] != head:
        raise Disagrees
    return times[start:]


def _mend(reader: Reader, times: list[int], span: Span) -> list[int]:
    """With the frames of this span as they decode. Before it, decoded frames must be those of the packets."""
    seek, start, stop = span
    decoded = reader.read(seek_to=seek, until=stop if stop <= times[-1] else None)
    sound = min((key for key in decoded.keys if key >= seek), default=None)
    if sound is None or sound > start:
        raise Disagrees
    before = [time for time in decoded.times if sound <= time < start]
    within = [time for time in decoded.times if time >= start]
    first, last = bisect_left(times, start), bisect_left(times, stop)
    if before != times[bisect_left(times, sound) : first] or not set(within) <= set(times[first:last]):
        raise Disagrees
    return [*times[:first], *within, *times[last:]]


def _last_duration(packets: Packets, times: FrameTimes, ticks_per_s: float) -> int:
    """How long the last frame is shown: what its packet says, where that can be."""
    said, likely = packets.last_duration, times.typical_step()
    if times.count == 1:
        return said if said > 1 else max(1, round(ticks_per_s / STILL))
    return said if likely <= 2 * said <= 2 * LONGEST_LAST * likely else likely
