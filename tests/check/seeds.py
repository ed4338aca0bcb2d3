"""Faults to plant in a sound presentation, each with every rule that it must, and may, break.

A seed is `(name, rules, plant)`: after `plant(folder)`, exactly `rules` are broken.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.check.presentations import first_range

Plant = Callable[[Path], None]
Seed = tuple[str, set[str], Plant]


def edit(name: str, old: str, new: str, count: int = 1) -> Plant:
    """Replace text in a playlist; `old` is a regular expression that must match."""

    def plant(folder: Path) -> None:
        path = folder / name
        text, done = re.subn(old, new, path.read_text(), count=count, flags=re.MULTILINE)
        assert done, f"{old} is not in {name}"
        path.write_text(text)

    return plant


def add(name: str, line: str) -> Plant:
    """Put a line before the end of a playlist."""

    def plant(folder: Path) -> None:
        path = folder / name
        lines = path.read_text().splitlines()
        at = len(lines) - (lines[-1] == "#EXT-X-ENDLIST")
        path.write_text("\n".join([*lines[:at], line, *lines[at:], ""]))

    return plant


def both(*plants: Plant) -> Plant:
    """Plant several."""

    def plant(folder: Path) -> None:
        for one in plants:
            one(folder)

    return plant


def in_media(playlist: str, number: int, change: Callable[[bytearray], None]) -> Plant:
    """Change the bytes of one byte-range segment, keeping their number."""

    def plant(folder: Path) -> None:
        offset, length = first_range(folder, playlist, number)
        path = folder / playlist.replace(".m3u8", ".m4s")
        data = bytearray(path.read_bytes())
        piece = data[offset : offset + length]
        change(piece)
        assert len(piece) == length
        assert piece != data[offset : offset + length]
        data[offset : offset + length] = piece
        path.write_bytes(data)

    return plant


def _idr_to_slice(piece: bytearray) -> None:
    """Turn the first IDR slice NAL unit into a non-IDR one; the key flag of the sample stays."""
    at = piece.index(b"\x65", piece.index(b"mdat"))
    piece[at] = 0x61


def _later(seconds: float) -> Callable[[bytearray], None]:
    """Move a segment's decode time, in every fragment of it, at the media's 12,800 or 48,000 Hz."""

    def change(piece: bytearray) -> None:
        at = 0
        while (at := piece.find(b"tfdt", at)) >= 0:
            size = 8 if piece[at + 4] == 1 else 4
            start = at + 8
            value = int.from_bytes(piece[start : start + size], "big")
            piece[start : start + size] = (value + int(seconds * 12_800)).to_bytes(size, "big")
            at += 4

    return change


def _no_tfdt(piece: bytearray) -> None:
    at = piece.index(b"tfdt")
    piece[at : at + 4] = b"free"


def _cut(name: str, size: int) -> Plant:
    def plant(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[:size])

    return plant


def _remove(name: str) -> Plant:
    return lambda folder: (folder / name).unlink()


def _write(name: str, data: bytes) -> Plant:
    def plant(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return plant


def _shift_range(playlist: str, number: int, *, offset: int = 0, length: int = 0) -> Plant:
    def plant(folder: Path) -> None:
        old = first_range(folder, playlist, number)
        edit(playlist, f"{old[1]}@{old[0]}", f"{old[1] + length}@{old[0] + offset}")(folder)

    return plant


def _two_frames(folder: Path) -> None:
    _shift_range("i.m3u8", 0, length=first_range(folder, "i.m3u8", 1)[1])(folder)


def _from_mdat(folder: Path) -> None:
    offset, length = first_range(folder, "i.m3u8", 0)
    at = (folder / "i.m4s").read_bytes()[offset : offset + length].index(b"mdat") - 4
    _shift_range("i.m3u8", 0, offset=at, length=-at)(folder)


def _renamed(folder: Path) -> None:
    (folder / "v1.m3u8").rename(folder / "v1.txt")
    edit("main.m3u8", "^v1.m3u8", "v1.txt")(folder)


RFC, APPLE = "rfc8216bis.", "apple."

SYNTAX: list[Seed] = [
    ("no EXTM3U", {RFC + "4.4.1.1-extm3u"}, edit("v0.m3u8", "#EXTM3U\n", "")),
    ("a byte order mark", {RFC + "4.1-encoding"}, edit("main.m3u8", "^#EXTM3U", "\ufeff#EXTM3U")),
    ("a control character", {RFC + "4.1-encoding"}, add("v0.m3u8", "# a \x07 bell")),
    ("a space after a tag", {RFC + "4.1-whitespace"}, edit("v0.m3u8", "VOD$", "VOD ")),
    ("tags of both kinds", {RFC + "4.1-mixed-tags"}, add("main.m3u8", "#EXT-X-TARGETDURATION:4")),
    ("two versions", {RFC + "4.4.1.2-version-repeated"}, add("v0.m3u8", "#EXT-X-VERSION:7")),
    ("two target durations", {RFC + "4.4-tag-repeated"}, add("v0.m3u8", "#EXT-X-TARGETDURATION:4")),
    ("a number that is none", {RFC + "4.4-tag-value"}, edit("v0.m3u8", "SEQUENCE:0", "SEQUENCE:x")),
    ("a value too many", {RFC + "4.4-tag-value"}, edit("v0.m3u8", "#EXT-X-ENDLIST", "#EXT-X-ENDLIST:1")),
    ("EXTINF without comma", {RFC + "4.4-tag-value", APPLE + "8.7-duration"},
     edit("v1.m3u8", r"(#EXTINF:4.000000),", r"\1")),
    ("an undefined variable", {RFC + "4.4.2.3-variable", "codek7.playlist-unreadable"},
     edit("main.m3u8", "^v0.m3u8", "{$gone}.m3u8")),
    ("a variant without URI", {RFC + "4.4.6.2-uri-line"}, add("main.m3u8", "#EXT-X-STREAM-INF:BANDWIDTH=1,"
     'AVERAGE-BANDWIDTH=1,CODECS="avc1.42c00c",RESOLUTION=320x180,FRAME-RATE=25')),
    ("a URI without variant", {RFC + "4.4.6.2-uri-line"}, add("main.m3u8", "v0.m3u8")),
    ("a space in an attribute list", {RFC + "4.2-attribute-syntax"},
     edit("main.m3u8", ",RESOLUTION", ", RESOLUTION")),
    ("an attribute twice", {RFC + "4.2-attribute-repeated"},
     edit("main.m3u8", ",RESOLUTION", ",BANDWIDTH=1,RESOLUTION")),
    ("a quoted number", {RFC + "4.2-attribute-type"}, edit("main.m3u8", "(BANDWIDTH)=([0-9]+)", r'\1="\2"')),
    ("an unquoted string", {RFC + "4.2-attribute-type"}, edit("main.m3u8", 'CHANNELS="2"', "CHANNELS=2")),
    ("YES misspelt", {RFC + "4.2-attribute-value"}, edit("main.m3u8", "DEFAULT=YES", "DEFAULT=yes")),
    ("no BANDWIDTH", {RFC + "4.4-attribute-required"},
     edit("main.m3u8", "STREAM-INF:BANDWIDTH=[0-9]+,", "STREAM-INF:")),
    ("no NAME", {RFC + "4.4-attribute-required"}, edit("main.m3u8", 'NAME="fr",', "")),
    ("no EXTINF", {RFC + "4.4.4.1-extinf-missing", APPLE + "8.7-duration"},
     edit("v1.m3u8", r"#EXTINF:4.000000,\n", "")),
    ("EXTINF without URI", {RFC + "4.4.4.1-uri-missing"}, add("v0.m3u8", "#EXTINF:1.000000,")),
    ("a range without offset", {RFC + "4.4.4.2-range-offset"},
     edit("v0.m3u8", r"(BYTERANGE:[0-9]+)@826", r"\1")),
    ("a date that is none", {RFC + "4.4.4.6-date-time"},
     edit("v0.m3u8", "#EXTINF", r"#EXT-X-PROGRAM-DATE-TIME:now\n#EXTINF")),
]  # fmt: skip

MEDIA: list[Seed] = [
    ("a version too low", {RFC + "8-version"}, edit("v0.m3u8", "VERSION:7", "VERSION:3")),
    ("no version", {RFC + "8-version"}, edit("s.m3u8", "#EXT-X-VERSION:3\n", "")),
    ("no target duration", {RFC + "4.4.3.1-target-duration"},
     edit("s.m3u8", "#EXT-X-TARGETDURATION:4\n", "")),
    ("a target duration too low",
     {RFC + "4.4.3.1-extinf-over-target", RFC + "6.2.4-target-duration", APPLE + "7.7-segment-duration"},
     edit("v1.m3u8", "TARGETDURATION:4", "TARGETDURATION:3")),
    ("different target durations", {RFC + "6.2.4-target-duration"},
     edit("fr.m3u8", "TARGETDURATION:4", "TARGETDURATION:5")),
    ("sequence after a segment", {RFC + "4.4.3.2-sequence-first"},
     both(edit("v0.m3u8", "#EXT-X-MEDIA-SEQUENCE:0\n", ""), add("v0.m3u8", "#EXT-X-MEDIA-SEQUENCE:0"))),
    ("an unknown type", {RFC + "4.4.3.5-playlist-type", RFC + "6.2.4-playlist-type"},
     edit("v1.m3u8", "TYPE:VOD", "TYPE:LIVE")),
    ("different types", {RFC + "6.2.4-playlist-type"}, edit("s.m3u8", "TYPE:VOD", "TYPE:EVENT")),
    ("VOD without end", {RFC + "4.4.3.5-vod-unended"}, edit("s.m3u8", "#EXT-X-ENDLIST\n", "")),
    ("no type", {APPLE + "8.6-playlist-type", RFC + "6.2.4-playlist-type"},
     edit("s.m3u8", "#EXT-X-PLAYLIST-TYPE:VOD\n", "")),
    ("a key without URI", {RFC + "4.4.4.4-key"}, add("v0.m3u8", "#EXT-X-KEY:METHOD=AES-128")),
    ("a date range without date", {RFC + "4.4.5.1-date-range"},
     add("v0.m3u8", '#EXT-X-DATERANGE:ID="1",START-DATE="2026-01-01T00:00:00Z"')),
    ("a hint after the end", {RFC + "4.4.5.3-hint-after-end"},
     add("v0.m3u8", '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="x"')),
    ("a part without PART-INF", {RFC + "4.4.4.9-part"}, add("v0.m3u8", '#EXT-X-PART:URI="x",DURATION=1.0')),
    ("PART-INF without hold-back", {RFC + "4.4.3.8-server-control"},
     edit("v0.m3u8", "#EXT-X-MAP", r"#EXT-X-PART-INF:PART-TARGET=1.0\n#EXT-X-MAP")),
    ("an empty playlist",
     {"codek7.no-segments", APPLE + "5.5-subtitles-cover"},
     edit("s.m3u8", r"(#EXTINF.*\n.*\n)+", "")),
    ("a discontinuity in one variant", {APPLE + "8.15-discontinuities"},
     edit("v1.m3u8", r"v1.m4s\n", r"v1.m4s\n#EXT-X-DISCONTINUITY\n")),
]  # fmt: skip

MAIN: list[Seed] = [
    ("no variants", {"codek7.no-variants", RFC + "4.4-attribute-required"},
     edit("main.m3u8", r"(#EXT-X-STREAM-INF.*\n.*\n)+(#EXT-X-I-FRAME-STREAM-INF):BANDWIDTH=[0-9]+,", r"\2:")),
    ("a group that is not there", {RFC + "4.4.6.2-group-missing", RFC + "4.4.6.2-codecs",
     APPLE + "1.27-peak", APPLE + "1.26-average"}, edit("main.m3u8", 'AUDIO="aud"', 'AUDIO="gone"')),
    ("NONE on one variant", {RFC + "4.4.6.2-captions-none"},
     edit("main.m3u8", 'SUBTITLES="sub"$', 'SUBTITLES="sub",CLOSED-CAPTIONS=NONE')),
    ("an I-frame variant with a rate", {RFC + "4.4.6.3-attributes"},
     edit("main.m3u8", "(I-FRAME-STREAM-INF:)", r"\1FRAME-RATE=1.000,")),
    ("session data twice", {RFC + "4.4.6.4-session-data"}, both(
        add("main.m3u8", '#EXT-X-SESSION-DATA:DATA-ID="a",VALUE="b"'),
        add("main.m3u8", '#EXT-X-SESSION-DATA:DATA-ID="a",VALUE="c"'))),
    ("session data without value", {RFC + "4.4.6.4-session-data"},
     add("main.m3u8", '#EXT-X-SESSION-DATA:DATA-ID="a"')),
    ("a session key of none", {RFC + "4.4.6.5-session-key"},
     add("main.m3u8", "#EXT-X-SESSION-KEY:METHOD=NONE")),
    ("subtitles without URI", {RFC + "4.4.6.1-uri"}, edit("main.m3u8", ',URI="s.m3u8"', "")),
    ("captions without channel", {RFC + "4.4.6.1-instream-id"},
     add("main.m3u8", '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="e",LANGUAGE="en"')),
    ("default but not selected", {RFC + "4.4.6.1-autoselect"},
     edit("main.m3u8", "DEFAULT=YES,AUTOSELECT=YES", "DEFAULT=YES,AUTOSELECT=NO")),
    ("forced sound", {RFC + "4.4.6.1-forced"},
     edit("main.m3u8", "DEFAULT=YES", "DEFAULT=YES,FORCED=NO")),
    ("not a language", {RFC + "4.4.6.1-language"}, edit("main.m3u8", 'LANGUAGE="fr"', 'LANGUAGE="fr_FR"')),
    ("a NAME twice", {RFC + "4.4.6.1.1-name-repeated"}, edit("main.m3u8", 'NAME="fr"', 'NAME="en"')),
    ("two defaults", {RFC + "4.4.6.1.1-defaults"}, edit("main.m3u8", "DEFAULT=NO", "DEFAULT=YES")),
    ("groups that differ", {RFC + "4.4.6.1.1-groups-differ"},
     add("main.m3u8", '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="hi",NAME="en",LANGUAGE="en",DEFAULT=YES,'
         'AUTOSELECT=YES,CHANNELS="2",URI="en.m3u8"')),
    ("no LANGUAGE", {APPLE + "8.10-language"}, edit("main.m3u8", 'LANGUAGE="fr",', "")),
    ("no I-frame playlist", {APPLE + "6.1-i-frame-playlists"},
     edit("main.m3u8", "#EXT-X-I-FRAME-STREAM-INF.*\n", "")),
    ("no CODECS", {APPLE + "9.1-codecs"}, edit("main.m3u8", 'CODECS="[^"]+",', "")),
    ("no RESOLUTION", {APPLE + "9.2-resolution"}, edit("main.m3u8", "RESOLUTION=320x180,", "")),
    ("no I-frame CODECS", {APPLE + "9.3-i-frame-codecs"},
     edit("main.m3u8", '(I-FRAME.*)CODECS="[^"]+",', r"\1")),
    ("no I-frame RESOLUTION", {APPLE + "9.4-i-frame-resolution"},
     edit("main.m3u8", "(I-FRAME.*)RESOLUTION=160x90,", r"\1")),
    ("no FRAME-RATE", {APPLE + "9.15-frame-rate"}, edit("main.m3u8", "FRAME-RATE=25.000,", "")),
    ("no AVERAGE-BANDWIDTH", {APPLE + "9.14-average-bandwidth"},
     edit("main.m3u8", ",AVERAGE-BANDWIDTH=[0-9]+", "")),
    ("SCORE on one variant", {APPLE + "9.19-score"},
     edit("main.m3u8", ",RESOLUTION=320", ",SCORE=1.0,RESOLUTION=320")),
    ("independence unsaid", {APPLE + "9.12-independent-segments"},
     edit("main.m3u8", "#EXT-X-INDEPENDENT-SEGMENTS\n", "")),
    ("description not selected", {APPLE + "2.13-described-video"},
     edit("main.m3u8", "DEFAULT=NO,AUTOSELECT=YES",
          'DEFAULT=NO,CHARACTERISTICS="public.accessibility.describes-video"')),
    ("SDH not selected", {APPLE + "4.6-transcript"},
     edit("main.m3u8", 'LANGUAGE="en",AUTOSELECT=YES,URI="s',
          'LANGUAGE="en",CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog",URI="s')),
    ("a playlist that is not there", {"codek7.playlist-unreadable"},
     edit("main.m3u8", "^v0.m3u8", "gone.m3u8")),
    ("a playlist with another name", {RFC + "4.1-known-by"}, _renamed),
    ("itself as a variant", {"codek7.playlist-unreadable"}, edit("main.m3u8", "^v0.m3u8", "main.m3u8")),
]  # fmt: skip

BYTES: list[Seed] = [
    ("BANDWIDTH below the peak", {RFC + "4.4.6.2-bandwidth-below-peak"},
     edit("main.m3u8", "STREAM-INF:BANDWIDTH=[0-9]+", "STREAM-INF:BANDWIDTH=100000")),
    ("BANDWIDTH far above the peak", {APPLE + "1.27-peak"},
     edit("main.m3u8", "STREAM-INF:BANDWIDTH=[0-9]+", "STREAM-INF:BANDWIDTH=900000")),
    ("an average that is wrong", {APPLE + "1.26-average"},
     edit("main.m3u8", "AVERAGE-BANDWIDTH=[0-9]+", "AVERAGE-BANDWIDTH=100000")),
    ("I-frame BANDWIDTH below the peak", {RFC + "4.4.6.2-bandwidth-below-peak"},
     edit("main.m3u8", "I-FRAME-STREAM-INF:BANDWIDTH=[0-9]+", "I-FRAME-STREAM-INF:BANDWIDTH=1000")),
    ("the wrong level", {RFC + "4.4.6.2-codecs"}, edit("main.m3u8", "(avc1.42c0)0c", r"\g<1>1f")),
    ("the sound's codec missing", {RFC + "4.4.6.2-codecs"}, edit("main.m3u8", ",mp4a.40.2", "")),
    ("a codec that is not there", {RFC + "4.4.6.2-codecs"}, edit("main.m3u8", "mp4a.40.2", "mp4a.40.2,ec-3")),
    ("the wrong object type", {RFC + "4.4.6.2-codecs"}, edit("main.m3u8", "mp4a.40.2", "mp4a.40.5")),
    ("the wrong size", {RFC + "4.4.6.2-resolution"}, edit("main.m3u8", "320x180", "640x360")),
    ("the wrong rate", {RFC + "4.4.6.2-frame-rate"}, edit("main.m3u8", "RATE=25.000", "RATE=24.975")),
    ("a range that is not there", {RFC + "4.4.6.2-video-range"},
     edit("main.m3u8", "RESOLUTION=320x180", "RESOLUTION=320x180,VIDEO-RANGE=PQ")),
    ("HDR alone", {RFC + "4.4.6.2-video-range", APPLE + "1.24-sdr"},
     edit("main.m3u8", r"^(#EXT-X-STREAM-INF.*)RESOLUTION", r"\1VIDEO-RANGE=HLG,RESOLUTION", count=2)),
    ("the wrong number of channels", {RFC + "4.4.6.1-channel-count"},
     edit("main.m3u8", 'CHANNELS="2"', 'CHANNELS="6"')),
    ("EXTINF off by a second", {APPLE + "8.1-extinf", APPLE + "8.7-duration",
     RFC + "4.4.6.2-bandwidth-below-peak"}, edit("v1.m3u8", "EXTINF:4.000000", "EXTINF:3.000000")),
    ("EXTINF that drifts", {APPLE + "8.1-extinf"},
     edit("v1.m3u8", "EXTINF:4.000000", "EXTINF:4.030000", count=2)),
    ("a segment too few", {APPLE + "8.7-duration"},
     edit("v1.m3u8", r"#EXTINF.*\n.*\n.*\n(#EXT-X-END)", r"\1")),
    ("sound a segment too short", {APPLE + "8.7-duration", APPLE + "7.3-decode-time"},
     edit("fr.m3u8", r"#EXTINF:4.010667.*\n.*\n.*\n(#EXTINF:0)", r"\1")),
    ("subtitles too short", {APPLE + "5.5-subtitles-cover"},
     edit("s.m3u8", r"#EXTINF.*\n.*\n(#EXT-X-END)", r"\1")),
    ("a gap", {APPLE + "7.3-decode-time"}, in_media("v1.m3u8", 2, _later(1.0))),
    ("an overlap", {APPLE + "7.3-decode-time"}, in_media("v1.m3u8", 2, _later(-0.5))),
    ("a variant that starts later", {RFC + "6.2.4-matching-timestamps"}, both(
        *(in_media("v1.m3u8", number, _later(0.5)) for number in range(3)))),
    ("no IDR first", {APPLE + "7.4-idr-start"}, in_media("v0.m3u8", 1, _idr_to_slice)),
    ("no decode time", {RFC + "3.1.2-fragments"},
     in_media("v0.m3u8", 1, _no_tfdt)),
    ("no map", {APPLE + "8.20-map", RFC + "3.1-format"}, edit("v0.m3u8", "#EXT-X-MAP.*\n", "")),
    ("a map that is no section", {RFC + "3.1.2-section", RFC + "3.1-format"},
     edit("v0.m3u8", "826@0", "20@0")),
    ("a map that is not there", {"codek7.unreadable", RFC + "3.1-format"},
     edit("v0.m3u8", 'URI="v0.m4s"', 'URI="gone.m4s"')),
    ("an object that is not there", {"codek7.unreadable"},
     edit("v0.m3u8", "^v0.m4s", "gone.m4s", count=3)),
    ("a range beyond the end", {RFC + "4.4.4.2-range-end"}, _shift_range("v0.m3u8", 2, length=5000)),
    ("a range that is off", {RFC + "3.1-format"}, _shift_range("v0.m3u8", 1, offset=1000)),
    ("a range too short", {"codek7.damaged"}, _shift_range("v1.m3u8", 2, length=-10)),
    ("an object cut short", {RFC + "4.4.4.2-range-end"}, _cut("v1.m4s", 60_000)),
    ("not media at all", {RFC + "3.1-format"},
     _write("v1.m4s", b"this is not media " * 6000)),
    ("trick play without its tag", {APPLE + "6.8-i-frames-only"},
     edit("i.m3u8", "#EXT-X-I-FRAMES-ONLY\n", "")),
    ("trick play as a variant", {RFC + "4.4.6.3-i-frames-elsewhere", RFC + "4.4.6.2-codecs",
     RFC + "4.4.6.2-frame-rate", APPLE + "1.27-peak", APPLE + "1.26-average",
     APPLE + "6.1-i-frame-playlists"},
     both(edit("main.m3u8", "#EXT-X-I-FRAME.*\n", ""), edit("main.m3u8", "^v1.m3u8", "i.m3u8"))),
    ("two frames for one", {RFC + "4.4.3.6-one-i-frame", RFC + "4.4.6.2-bandwidth-below-peak"}, _two_frames),
    ("half an I-frame", {RFC + "4.4.3.6-one-i-frame", "codek7.damaged"},
     _shift_range("i.m3u8", 0, length=-200)),
    ("an I-frame without moof", {APPLE + "6.10-moof", RFC + "3.1-format"}, _from_mdat),
    ("subtitles without header", {RFC + "3.1.4-header", RFC + "3.1-format"},
     edit("s1.vtt", "WEBVTT", "SUBTITLES")),
    ("a header that runs on", {RFC + "3.1.4-header"}, edit("s1.vtt", "WEBVTT", "WEBVTTX")),
    ("a map that is wrong", {RFC + "3.1.4-timestamp-map-syntax"}, edit("s1.vtt", "MPEGTS", "MPEG")),
    ("a map that is ten seconds off", {RFC + "3.1.4-cue-range"},
     edit("s2.vtt", "MPEGTS:0", "MPEGTS:900000")),
    ("a cue that cannot be read", {RFC + "3.1.4-cue-timing"}, edit("s1.vtt", r"\.000 -->", ",000 -->")),
    ("a cue that ends first", {RFC + "3.1.4-cue-timing"}, edit("s1.vtt", "--> 00:06.500", "--> 00:04.000")),
]  # fmt: skip

ADVICE: list[tuple[str, str, Plant]] = [
    ("an unknown key method", RFC + "4.4.4.4-key-method",
     edit("v0.m3u8", "#EXTINF", r'#EXT-X-KEY:METHOD=ROT13,URI="k"\n#EXTINF')),
    ("a start outside", RFC + "4.4.2.2-start-inside", add("v0.m3u8", "#EXT-X-START:TIME-OFFSET=99")),
    ("encrypted segments", "codek7.encrypted",
     edit("v0.m3u8", "#EXTINF", r'#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF')),
    ("no CHANNELS", RFC + "4.4.6.1-channels", edit("main.m3u8", ',CHANNELS="2"', "")),
    ("forced subtitles not selected", APPLE + "5.11-forced",
     edit("main.m3u8", 'AUTOSELECT=YES,URI="s', 'FORCED=YES,URI="s')),
    ("no timestamp map", RFC + "3.1.4-timestamp-map", edit("s0.vtt", "X-TIMESTAMP.*\n", "")),
    ("a cue in the wrong segment", "codek7.cue-outside-segment",
     edit("s0.vtt", "00:01.000 --> 00:02.500", "00:09.000 --> 00:10.000")),
    ("another shape", APPLE + "1.33-aspect-ratio",
     edit("main.m3u8", "RESOLUTION=160x90,F", "RESOLUTION=160x120,F")),
    ("boundaries apart", APPLE + "8.22-boundaries",
     both(in_media("v1.m3u8", 1, _later(0.06)), in_media("v1.m3u8", 2, _later(0.06)))),
    ("no frame at zero", "codek7.start-at-zero",
     both(*(in_media("v1.m3u8", number, _later(0.06)) for number in range(3)))),
    ("trick play far above its peak", APPLE + "6.9-i-frame-peak",
     edit("main.m3u8", "I-FRAME-STREAM-INF:BANDWIDTH=[0-9]+", "I-FRAME-STREAM-INF:BANDWIDTH=900000")),
    ("few I-frames", APPLE + "6.2-dense", edit("i.m3u8", "EXTINF:1.0", "EXTINF:1.4", count=12)),
    ("one variant", APPLE + "9.9-several-rates", edit("main.m3u8", r"#EXT-X-STREAM-INF.*\n.*\n", "")),
    ("independence said in the wrong place", APPLE + "9.11-independent-segments",
     edit("main.m3u8", "#EXT-X-INDEPENDENT-SEGMENTS\n", "")),
    ("nothing for cellular", APPLE + "9.21-cellular",
     edit("main.m3u8", "STREAM-INF:BANDWIDTH=[0-9]+", "STREAM-INF:BANDWIDTH=900000", count=2)),
    ("sound a little longer", "codek7.duration-frame", edit("fr.m3u8", "EXTINF:3.989", "EXTINF:4.089")),
    ("ranges that share bytes", "codek7.range-overlap", _shift_range("v1.m3u8", 1, offset=-100)),
    ("I-frame ranges too long", "codek7.i-frame-range", _shift_range("i.m3u8", 3, length=20)),
]  # fmt: skip
