"""HLS playlists (RFC 8216bis) written from the segment index: what is said is what the bytes are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from codek7.core.ladder import Rung
from codek7.core.languages import language_name, language_tag
from codek7.core.presentation import Presentation
from codek7.core.rates import Timed, average_bps, peak_bps, target_duration
from codek7.core.records import ChunkRecord, Rendition, Segment, TextRendition

VERSION = 6
"""EXT-X-MAP outside I-frame playlists asks for 6; nothing used asks for more."""
SUBTITLES = "text"
UNDETERMINED = "und"
"""The language tag of what does not say its language (RFC 5646, section 4.1)."""
VIDEO_RANGE = {"sdr": "SDR", "hdr10": "PQ", "hlg": "HLG"}
PREVIEW_HEADROOM = Fraction(13, 10)
"""What a preview declares over the ceilings: a full VBV buffer on top of a segment, and the container."""


class TextObject(NamedTuple):
    """A subtitle rendition as written: for each segment its duration, and its byte range in one file."""

    rendition: TextRendition
    segments: tuple[tuple[Fraction, int, int], ...]


class Rates(NamedTuple):
    """Peak and average, in bits a second."""

    peak: int
    average: int

    def plus(self, other: Rates) -> Rates:
        """Of both played together."""
        return Rates(self.peak + other.peak, self.average + other.average)


Attributes = Mapping[str, str | int | None]


def write_playlists(presentation: Presentation, text: Sequence[TextObject]) -> dict[str, bytes]:
    """Every playlist of a presentation by its path, the main playlist among them as `main.m3u8`."""
    target = _target(presentation)
    playlists: dict[str, str] = {}
    for rendition in (*presentation.video, *presentation.audio):
        ended = len(rendition.segments) == _count(presentation)
        playlists[f"{rendition.name}/index.m3u8"] = _media(rendition, target, presentation.growing, ended)
    for rendition in () if presentation.growing else presentation.video:
        playlists[f"{rendition.name}/iframes.m3u8"] = _iframes(rendition, target)
    for each in text:
        playlists[f"{each.rendition.name}/index.m3u8"] = _text(each, target)
    playlists["main.m3u8"] = _main(presentation, text, target)
    return {path: playlist.encode() for path, playlist in playlists.items()}


def object_name(record: ChunkRecord) -> str:
    """The file name of a chunk's object in its rendition's folder."""
    return f"{record.chunk:05d}.m4s"


def timed_segments(rendition: Rendition) -> list[Timed]:
    """Duration and size of every segment of a rendition."""
    scale = rendition.timescale
    return [(Fraction(segment.duration, scale), segment.size_bytes) for _, segment in rendition.segments]


def _target(presentation: Presentation) -> int:
    renditions = (*presentation.video, *presentation.audio)
    planned = [b - a for a, b in map(presentation.timeline.segment_seconds, range(_count(presentation)))]
    return target_duration([*planned, *(duration for r in renditions for duration, _ in timed_segments(r))])


def _count(presentation: Presentation) -> int:
    return len(presentation.timeline.cuts) - 1


# media playlists


def _media(rendition: Rendition, target: int, growing: bool, ended: bool) -> str:
    lines = _head(target, growing)
    lines.append(_tag("EXT-X-MAP", {"URI": _quoted("init.mp4")}))
    for record, segment in rendition.segments:
        lines += _segment(record, segment, rendition.timescale)
    return _lines([*lines, "#EXT-X-ENDLIST"] if ended else lines)


def _head(target: int, growing: bool = False) -> list[str]:
    kind = "EVENT" if growing else "VOD"
    return [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{target}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{kind}",
    ]


def _segment(record: ChunkRecord, segment: Segment, timescale: int) -> list[str]:
    return [
        f"#EXTINF:{seconds(Fraction(segment.duration, timescale))},",
        f"#EXT-X-BYTERANGE:{segment.size_bytes}@{segment.offset}",
        object_name(record),
    ]


def _iframes(rendition: Rendition, target: int) -> str:
    lines = [*_head(target), "#EXT-X-I-FRAMES-ONLY", _tag("EXT-X-MAP", {"URI": _quoted("init.mp4")})]
    for record, segment in rendition.segments:
        for fragment in segment.fragments:
            lines.append(f"#EXTINF:{seconds(Fraction(fragment.duration, rendition.timescale))},")
            lines.append(f"#EXT-X-BYTERANGE:{fragment.lead_bytes}@{fragment.offset}")
            lines.append(object_name(record))
    return _lines([*lines, "#EXT-X-ENDLIST"])


def _text(text: TextObject, target: int) -> str:
    lines = _head(target)
    for duration, offset, size in text.segments:
        lines += [f"#EXTINF:{seconds(duration)},", f"#EXT-X-BYTERANGE:{size}@{offset}", "text.vtt"]
    return _lines([*lines, "#EXT-X-ENDLIST"])


def seconds(duration: Fraction) -> str:
    """A duration as EXTINF says it: to the microsecond."""
    return f"{round(duration * 1_000_000) / 1_000_000:.6f}"


# the main playlist


def _main(presentation: Presentation, text: Sequence[TextObject], target: int) -> str:
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if presentation.growing:  # else players begin near the end of what still grows
        lines.append(_tag("EXT-X-START", {"TIME-OFFSET": 0}))
    groups = _audio_groups(presentation)
    lines += [_audio_media(group, each) for group, members in groups.items() for each in _named(members)]
    lines += [_text_media(each, name) for each, name in _named_text(text)]
    rates = _Rater(presentation, text, target)
    for rendition in presentation.video:
        for group, members in groups.items() or {"": ()}.items():
            lines += _variant(rendition, group, members, text, rates)
    if not presentation.video:
        for group, members in groups.items():
            lines += _sound_variant(group, members, text, rates)
    if not presentation.growing:
        lines += [_iframe_variant(rendition, target) for rendition in presentation.video]
    return _lines(lines)


def _audio_groups(presentation: Presentation) -> dict[str, list[Rendition]]:
    """Renditions by group: one group for each way the sound is encoded, the one all can play first.

    Every group has the same members (RFC 8216bis, section 4.4.6.1.1): a track that is not made in the way of
    a group is in it as it is in the first.
    """
    made: dict[int, dict[int, Rendition]] = {}
    for rendition in presentation.audio:
        made.setdefault(_channels(rendition), {})[rendition.track] = rendition
    first = next(iter(made.values()), {})
    return {
        f"audio-{channels}": [own.get(track, rendition) for track, rendition in first.items()]
        for channels, own in made.items()
    }


def _channels(rendition: Rendition) -> int:
    return rendition.audio_rung.channels if rendition.audio_rung else 2


class _Rater:
    """Rates of what is played together."""

    def __init__(self, presentation: Presentation, text: Sequence[TextObject], target: int) -> None:
        self._growing, self._target = presentation.growing, target
        self.text = _most(
            self._rates([(duration, size) for duration, _, size in each.segments]) for each in text
        )

    def of(self, rendition: Rendition) -> Rates:
        """A rendition's own."""
        if self._growing:
            return self._declared(rendition)
        return self._rates(timed_segments(rendition))

    def together(self, renditions: Iterable[Rendition]) -> Rates:
        """The greatest that any of several renditions, of which one plays, could add."""
        return _most(map(self.of, renditions))

    def _rates(self, segments: Sequence[Timed]) -> Rates:
        return Rates(peak_bps(segments, self._target), average_bps(segments))

    def _declared(self, rendition: Rendition) -> Rates:
        rung, sound = rendition.rung, rendition.audio_rung
        ceiling = rung.ceiling_bps if rung else sound.bitrate_bps if sound else 0
        return Rates(int(ceiling * PREVIEW_HEADROOM), ceiling)


def _most(rates: Iterable[Rates]) -> Rates:
    every = list(rates)
    return Rates(max((r.peak for r in every), default=0), max((r.average for r in every), default=0))


def _variant(
    rendition: Rendition, group: str, members: Sequence[Rendition], text: Sequence[TextObject], rates: _Rater
) -> list[str]:
    total = rates.of(rendition).plus(rates.together(members)).plus(rates.text)
    codecs = dict.fromkeys([rendition.codecs, *(member.codecs for member in members)])
    attributes = _rate_attributes(total, codecs) | _picture_attributes(rendition)
    attributes |= {
        "AUDIO": _quoted(group) if group else None,
        "SUBTITLES": _quoted(SUBTITLES) if text else None,
    }
    return [_tag("EXT-X-STREAM-INF", attributes), f"{rendition.name}/index.m3u8"]


def _sound_variant(
    group: str, members: Sequence[Rendition], text: Sequence[TextObject], rates: _Rater
) -> list[str]:
    total = rates.together(members).plus(rates.text)
    attributes = _rate_attributes(total, dict.fromkeys(member.codecs for member in members))
    attributes |= {"AUDIO": _quoted(group), "SUBTITLES": _quoted(SUBTITLES) if text else None}
    return [_tag("EXT-X-STREAM-INF", attributes), f"{members[0].name}/index.m3u8"]


def _iframe_variant(rendition: Rendition, target: int) -> str:
    ranges = [
        (Fraction(fragment.duration, rendition.timescale), fragment.lead_bytes)
        for _, segment in rendition.segments
        for fragment in segment.fragments
    ]
    rates = Rates(peak_bps(ranges, target), average_bps(ranges))
    attributes = _rate_attributes(rates, [rendition.codecs]) | _picture_attributes(rendition)
    del attributes["FRAME-RATE"]
    attributes["URI"] = _quoted(f"{rendition.name}/iframes.m3u8")
    return _tag("EXT-X-I-FRAME-STREAM-INF", attributes)


def _rate_attributes(rates: Rates, codecs: Iterable[str]) -> dict[str, str | int | None]:
    return {
        "BANDWIDTH": rates.peak,
        "AVERAGE-BANDWIDTH": rates.average,
        "CODECS": _quoted(",".join(codecs)),
    }


def _picture_attributes(rendition: Rendition) -> dict[str, str | int | None]:
    rung: Rung | None = rendition.rung
    if rung is None or rendition.frame_rate is None:
        raise ValueError(f"{rendition.name} is no picture rendition")
    return {
        "RESOLUTION": f"{rung.width}x{rung.height}",
        "FRAME-RATE": f"{float(rendition.frame_rate):.3f}",
        "VIDEO-RANGE": VIDEO_RANGE[rung.dynamic_range],
    }


def _audio_media(group: str, named: tuple[Rendition, str]) -> str:
    rendition, name = named
    return _tag(
        "EXT-X-MEDIA",
        {
            "TYPE": "AUDIO",
            "GROUP-ID": _quoted(group),
            "NAME": _quoted(name),
            "LANGUAGE": _quoted(language_tag(rendition.language) or UNDETERMINED),
            "DEFAULT": "YES" if rendition.default else "NO",
            "AUTOSELECT": "YES",
            "CHANNELS": _quoted(str(_channels(rendition))),
            "URI": _quoted(f"{rendition.name}/index.m3u8"),
        },
    )


def _text_media(text: TextObject, name: str) -> str:
    rendition = text.rendition
    return _tag(
        "EXT-X-MEDIA",
        {
            "TYPE": "SUBTITLES",
            "GROUP-ID": _quoted(SUBTITLES),
            "NAME": _quoted(name),
            "LANGUAGE": _quoted(language_tag(rendition.language) or UNDETERMINED),
            "DEFAULT": "YES" if rendition.default else "NO",
            "AUTOSELECT": "YES",
            "FORCED": "YES" if rendition.forced else "NO",
            "URI": _quoted(f"{rendition.name}/index.m3u8"),
        },
    )


def _named(members: Sequence[Rendition]) -> list[tuple[Rendition, str]]:
    names = _distinct([_name(member, "Audio") for member in members])
    return list(zip(members, names, strict=True))


def _name(rendition: Rendition | TextRendition, otherwise: str) -> str:
    tag = language_tag(rendition.language)
    return rendition.title or (language_name(tag) if tag else otherwise)


def _named_text(text: Sequence[TextObject]) -> list[tuple[TextObject, str]]:
    names = _distinct([_name(each.rendition, "Subtitles") for each in text])
    return list(zip(text, names, strict=True))


def _distinct(names: Sequence[str]) -> list[str]:
    """Names as players may show them, each only once (RFC 8216bis, section 4.4.6.1.1)."""
    taken: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in taken:
            number += 1
            candidate = f"{name} {number}"
        taken.append(candidate)
    return taken


# syntax


def _tag(name: str, attributes: Attributes) -> str:
    said = (f"{key}={value}" for key, value in attributes.items() if value is not None)
    return f"#{name}:{','.join(said)}"


def _quoted(text: str) -> str:
    """A quoted-string: it has no way to hold a line break or a double quote."""
    return '"' + "".join("'" if c == '"' else c for c in text if c.isprintable()) + '"'


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
