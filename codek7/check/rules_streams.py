"""What variants say of their streams, against the streams: codecs, size, rate, range, channels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from codek7.check.codecs import TEXT_ENTRIES, same_codec
from codek7.check.media import HLG, PQ, Kind, Look, Track
from codek7.check.playlist import MainPlaylist, Variant
from codek7.check.report import Finding, Rule
from codek7.check.rules_segments import at
from codek7.check.timeline import Piece, pieces
from codek7.check.walk import MediaFacts, Presentation

FASTEST_FPS = 60
NOMINAL = Fraction(102, 100)
"""What cameras call 60 is now and then a little more."""
RATE_SLACK = Fraction(1, 100)
MOST_STEREO_CHANNELS = 2
_VIDEO = ("h264", "hevc", "av1")
# H.264 level 5.2 (1.3b), HEVC level 5.1 (1.6b), AV1 level 6.2 (1.37), as their codec strings write them.
_HIGHEST = {"h264": 52, "hevc": 153, "av1": 18}
_H264_PROFILES, _HEVC_PROFILES = (66, 77, 88, 100), (1, 2, 3)


def _at(main: MainPlaylist, variant: Variant, said: str, found: str) -> Finding:
    return Finding(playlist=main.uri, line=variant.line, spot=variant.uri or "", said=said, found=found)


def _tracks(facts: MediaFacts | None, kind: Kind | None = None) -> list[Track]:
    """The different tracks of a playlist: one for each codec string."""
    found: dict[tuple[str, str | None], Track] = {}
    for read in facts.reads if facts else ():
        for track in read.media.tracks:
            if kind in (None, track.kind):
                found.setdefault((track.kind, track.codec), track)
    return list(found.values())


def _look(facts: MediaFacts | None, kind: Kind) -> Look | None:
    for read in facts.reads if facts else ():
        track = read.media.track(kind)
        if track and track.look:
            return track.look
    return None


def _variants(presentation: Presentation) -> Iterator[tuple[MainPlaylist, Variant, MediaFacts]]:
    """Yield every variant, for trick play too, whose playlist was read and not encrypted."""
    main = presentation.main
    for variant in (*main.variants, *main.i_frame_variants) if main else ():
        facts = presentation.facts(variant.uri)
        if main and facts and any(read.media.tracks for read in facts.reads):
            yield main, variant, facts


def codecs_match(presentation: Presentation) -> Iterator[Finding]:
    """CODECS lists every format that is there and no other."""
    for main, variant, facts in _variants(presentation):
        said = variant.codecs
        others = [
            presentation.facts(rendition.uri)
            for kind in ("AUDIO", "VIDEO", "SUBTITLES")
            for rendition in main.group(kind, variant.tag.text(kind))
        ]
        tracks = [track for one in (facts, *others) for track in _tracks(one)]
        if said is None:
            continue
        real = sorted({t.codec for t in tracks if t.codec is not None and t.kind != "subtitle"})
        found = f"the streams are {', '.join(real)}"
        shown = f'CODECS="{",".join(said)}"'
        missing = [codec for codec in real if not any(same_codec(one, codec) for one in said)]
        unknown = any(t.codec is None for t in tracks) or not all(_read(one) for one in (facts, *others))
        extra = [
            one
            for one in said
            if not any(same_codec(one, codec) for codec in real) and not one.lower().startswith(TEXT_ENTRIES)
        ]
        if missing or (extra and not unknown):
            yield _at(main, variant, shown, found)


def _read(facts: MediaFacts | None) -> bool:
    """Whether nothing of a playlist stayed unread; a rendition without its own playlist counts as read."""
    return facts is None or not any(
        r.problem or r.container in ("encrypted", "unknown", "unread") for r in facts.reads
    )


def resolution_matches(presentation: Presentation) -> Iterator[Finding]:
    """RESOLUTION is the size of the pictures: as coded, or as displayed where pixels are not square."""
    for main, variant, facts in _variants(presentation):
        look = _look(facts, "video")
        if variant.resolution is None or look is None or look.width is None or look.height is None:
            continue
        width, height = variant.resolution
        wider, lower = look.width * look.sample_aspect, look.height / look.sample_aspect
        fits = (
            (width, height) == (look.width, look.height)
            or (abs(width - wider) <= 1 and height == look.height)
            or (width == look.width and abs(height - lower) <= 1)
        )
        if not fits:
            square = f", or {float(wider):.0f}x{look.height} in square pixels" if wider != look.width else ""
            found = f"{look.width}x{look.height}{square}"
            yield _at(main, variant, f"RESOLUTION={width}x{height}", found)


def real_frame_rate(parts: list[Piece]) -> tuple[Fraction, Fraction] | None:
    """Average and highest frame rate of a video; both the same where the rate is constant.

    A constant rate is measured between the frames of each segment, so that neither a coarse clock nor
    what the container says of the last frame's duration changes it.
    """
    steps = sum(piece.track.packets - 1 for piece in parts)
    stepped = sum((piece.track.last_s - piece.track.start_s for piece in parts), Fraction(0))
    lasts = sum((piece.track.end_s - piece.track.start_s for piece in parts), Fraction(0))
    shortest = min((piece.track.shortest_s for piece in parts), default=Fraction(0))
    longest = max((piece.track.longest_s for piece in parts), default=Fraction(0))
    if shortest <= 0 or lasts <= 0:
        return None
    between = [after.track.start_s - before.track.last_s for before, after in pairwise(parts)]
    longest = max([longest, *between])
    if stepped > 0 and longest - shortest <= 2 * parts[0].track.tick_s:
        return steps / stepped, steps / stepped
    return sum(piece.track.packets for piece in parts) / lasts, 1 / shortest


def frame_rate_matches(presentation: Presentation) -> Iterator[Finding]:
    """FRAME-RATE is that of the pictures; of a variable rate, between its average and its highest."""
    for main, variant, facts in _variants(presentation):
        rate = real_frame_rate(pieces(facts, "video"))
        said = variant.frame_rate
        if said is None or rate is None or variant.i_frame:
            continue
        average, highest = rate
        slack = rate_slack(pieces(facts, "video"), average)
        if not average - slack - (highest - average) / 10 <= said <= highest + slack:
            shown = f"{float(average):.3f}" if average == highest else f"{float(average):.3f} on average"
            yield _at(main, variant, f"FRAME-RATE={float(said):.3f}", f"{shown} frames a second")


def range_matches(presentation: Presentation) -> Iterator[Finding]:
    """VIDEO-RANGE is the transfer characteristic of the pictures; absent, it is SDR."""
    for main, variant, facts in _variants(presentation):
        look = _look(facts, "video")
        if look is None or look.transfer is None:
            continue
        real = {PQ: "PQ", HLG: "HLG"}.get(look.transfer, "SDR")
        if variant.video_range != real:
            shown = variant.tag.text("VIDEO-RANGE")
            said = f"VIDEO-RANGE={shown}" if shown else "no VIDEO-RANGE (so SDR)"
            yield _at(main, variant, said, f"{real} (transfer characteristics {look.transfer})")


def channels_match(presentation: Presentation) -> Iterator[Finding]:
    """CHANNELS is the number of channels of a rendition's sound."""
    main = presentation.main
    for rendition in main.renditions if main else ():
        look = _look(presentation.facts(rendition.uri), "audio")
        said = rendition.tag.text("CHANNELS") or ""
        count = re.match(r"[0-9]{1,3}", said)
        if main is None or look is None or count is None or "JOC" in said:  # JOC counts objects
            continue
        if int(count[0]) != look.channels:
            yield Finding(
                playlist=main.uri,
                line=rendition.line,
                spot=rendition.uri or "",
                said=f'CHANNELS="{said}"',
                found=f"{look.channels} channels",
            )


def _videos(presentation: Presentation) -> Iterator[tuple[MediaFacts, Track, Piece]]:
    for facts in presentation.media.values():
        for track in _tracks(facts, "video"):
            first = next((p for p in pieces(facts, "video") if p.track.codec == track.codec), None)
            if first is not None:
                yield facts, track, first


def codec_allowed(presentation: Presentation) -> Iterator[Finding]:
    """Video is H.264, HEVC or AV1 (trick play may be motion JPEG)."""
    for facts, track, first in _videos(presentation):
        trick = facts.trick_play and track.codec_name == "mjpeg"
        if track.codec_name not in _VIDEO and not trick:
            yield at(facts, first.segment, "H.264, HEVC or AV1", track.codec_name)


def level_allowed(presentation: Presentation) -> Iterator[Finding]:
    """Profile and level are at most what Apple's devices decode."""
    for facts, track, first in _videos(presentation):
        profile, level = profile_and_level(track.codec or "")
        highest = _HIGHEST.get(track.codec_name)
        profiles = {"h264": _H264_PROFILES, "hevc": _HEVC_PROFILES}.get(track.codec_name)
        too_high = highest is not None and level is not None and level > highest
        if too_high or (profiles and profile is not None and profile not in profiles):
            said = "at most High 5.2 (H.264), Main 10 level 5.1 (HEVC) or level 6.2 (AV1)"
            yield at(facts, first.segment, said, track.codec or "")


def profile_and_level(codec: str) -> tuple[int | None, int | None]:
    """Read profile and level out of an avc1, hvc1 or av01 string, as numbers of that codec."""
    if match := re.fullmatch(r"avc[13]\.([0-9a-f]{2})[0-9a-f]{2}([0-9a-f]{2})", codec):
        return int(match[1], 16), int(match[2], 16)
    if match := re.match(r"(?:hvc1|hev1)\.[A-C]?([0-9]+)\.[0-9a-f]+\.[LH]([0-9]+)", codec):
        return int(match[1]), int(match[2])
    if match := re.match(r"av01\.([0-9])\.([0-9]{2})[MH]", codec):
        return int(match[1]), int(match[2])
    return None, None


def hevc_in_fmp4(presentation: Presentation) -> Iterator[Finding]:
    """HEVC is carried in fMP4."""
    for facts, track, first in _videos(presentation):
        if track.codec_name == "hevc" and first.container != "mp4":
            yield at(facts, first.segment, "HEVC in fMP4", f"in {first.container}")


def sets_in_description(presentation: Presentation) -> Iterator[Finding]:
    """Parameter sets are in the sample description: avc1 and hvc1, rather than avc3 and hev1."""
    for facts, track, first in _videos(presentation):
        if track.entry in ("avc3", "hev1", "dvhe"):
            yield at(facts, first.segment, "avc1, hvc1 or dvh1", track.entry)


def is_progressive(presentation: Presentation) -> Iterator[Finding]:
    """Video is not interlaced."""
    for facts, _, first in _videos(presentation):
        look = first.track.look
        if look and look.interlaced:
            yield at(facts, first.segment, "progressive video", "an interlaced frame")


def rate_slack(parts: list[Piece], average: Fraction) -> Fraction:
    """By how much a rate may seem off: rounding, and a tick at either end of what was measured."""
    lasts = sum((piece.track.end_s - piece.track.start_s for piece in parts), Fraction(0))
    tick = parts[0].track.tick_s
    return RATE_SLACK + 2 * tick * average / max(lasts, tick)


def at_most_sixty(presentation: Presentation) -> Iterator[Finding]:
    """Frame rates are at most 60."""
    for facts, _, first in _videos(presentation):
        rate = real_frame_rate(pieces(facts, "video"))
        if rate is None or facts.trick_play:
            continue
        if rate[0] > FASTEST_FPS * NOMINAL + rate_slack(pieces(facts, "video"), rate[0]):
            yield at(facts, first.segment, f"at most {FASTEST_FPS} frames a second", f"{float(rate[0]):.3f}")


def stereo_aac_offered(presentation: Presentation) -> Iterator[Finding]:
    """Where there is sound, it is offered as stereo (or mono) AAC too."""
    sounds = [
        (track.codec_name, look)
        for facts in presentation.media.values()
        for track in _tracks(facts, "audio")
        if (look := _look(facts, "audio")) is not None
    ]
    if presentation.main is None or not sounds:
        return
    if not any(name == "aac" and (look.channels or 0) <= MOST_STEREO_CHANNELS for name, look in sounds):
        found = ", ".join(sorted({f"{name} with {look.channels} channels" for name, look in sounds}))
        yield Finding(playlist=presentation.uri, said="stereo AAC", found=found)


def multichannel_apart(presentation: Presentation) -> Iterator[Finding]:
    """Multichannel sound has segments of its own."""
    for facts in presentation.media.values():
        look, video = _look(facts, "audio"), pieces(facts, "video")[:1]
        if look and video and (look.channels or 0) > MOST_STEREO_CHANNELS:
            found = f"{look.channels} channels beside video"
            yield at(facts, video[0].segment, "multichannel audio in separate segments", found)


RULES: tuple[Rule[Presentation], ...] = (
    Rule(
        id="rfc8216bis.4.4.6.2-codecs",
        text="CODECS lists the formats of the variant's streams, all of them and no other.",
        check=codecs_match,
    ),
    Rule(
        id="rfc8216bis.4.4.6.2-resolution",
        text="RESOLUTION is the size of the pictures.",
        check=resolution_matches,
    ),
    Rule(
        id="rfc8216bis.4.4.6.2-frame-rate",
        text="FRAME-RATE is the frame rate of the video.",
        check=frame_rate_matches,
    ),
    Rule(
        id="rfc8216bis.4.4.6.2-video-range",
        text="VIDEO-RANGE is that of the video; it is left out for SDR only (Apple 9.16).",
        check=range_matches,
    ),
    Rule(
        id="rfc8216bis.4.4.6.1-channel-count",
        text="CHANNELS is the number of channels of the rendition.",
        check=channels_match,
    ),
    Rule(id="apple.1.1-video-codec", text="Video is H.264, HEVC or AV1.", check=codec_allowed),
    Rule(
        id="apple.1.3-level",
        text="Profile and level are at most those of Apple 1.3b, 1.6b and 1.37.",
        check=level_allowed,
    ),
    Rule(id="apple.1.5-hevc-container", text="HEVC is carried in fMP4.", check=hevc_in_fmp4),
    Rule(
        id="apple.1.10-parameter-sets",
        text="Parameter sets are stored in sample descriptions (avc1, hvc1).",
        check=sets_in_description,
        level="should",
    ),
    Rule(id="apple.1.14-interlaced", text="Video is deinterlaced.", check=is_progressive),
    Rule(id="apple.1.19-frame-rate-limit", text="Frame rates are at most 60.", check=at_most_sixty),
    Rule(id="apple.2.3-stereo-aac", text="Stereo audio in AAC is provided.", check=stereo_aac_offered),
    Rule(
        id="apple.9.6-multichannel",
        text="Multichannel audio is a separate stream.",
        check=multichannel_apart,
    ),
)
