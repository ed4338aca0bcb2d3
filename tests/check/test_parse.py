"""The playlist parser: it reads back what is written, and never raises."""

from __future__ import annotations

import string
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from codek7.check import check_presentation
from codek7.check.parse import parse_playlist
from codek7.check.playlist import ByteRange, MainPlaylist, MediaPlaylist, resolve
from codek7.check.tags import TAGS

_NAMES = st.text(string.ascii_letters + string.digits + "-_.", min_size=1, max_size=12)
_QUOTABLE = st.text(
    st.characters(
        min_codepoint=0x20, max_codepoint=0x2FFF, exclude_characters='"\x7f{', exclude_categories=("Cc", "Cs")
    ),
    max_size=20,
)
_FRAGMENTS = st.sampled_from(
    ["#EXTM3U", "\n", "\r\n", ":", ",", "=", '"', "@", "1", "-1", "1e9", "YES", "{$a}", "a.ts", "\x00",
     "\ufeff", "URI=", 'NAME="a"', "BANDWIDTH=1", "9" * 30, *(f"#{name}" for name in TAGS)]
)  # fmt: skip


@st.composite
def _segments(draw: st.DrawFn) -> list[tuple[Fraction, str, ByteRange | None, bool]]:
    """Segments as (duration, URI, range, discontinuity)."""
    made = []
    for _ in range(draw(st.integers(0, 8))):
        thousandths = draw(st.integers(0, 99_999))
        span = None
        if draw(st.booleans()):
            span = ByteRange(offset=draw(st.integers(0, 2**40)), length=draw(st.integers(0, 2**30)))
        made.append((Fraction(thousandths, 1000), draw(_NAMES), span, draw(st.booleans())))
    return made


@given(segments=_segments(), target=st.integers(0, 2**31), sequence=st.integers(0, 2**63))
def test_a_media_playlist_reads_back(
    segments: list[tuple[Fraction, str, ByteRange | None, bool]], target: int, sequence: int
) -> None:
    lines = ["#EXTM3U", f"#EXT-X-TARGETDURATION:{target}", f"#EXT-X-MEDIA-SEQUENCE:{sequence}"]
    for duration, uri, span, discontinuity in segments:
        lines += ["#EXT-X-DISCONTINUITY"] * discontinuity
        lines += [f"#EXTINF:{float(duration):.3f},a title, with a comma"]
        lines += [f"#EXT-X-BYTERANGE:{span.length}@{span.offset}"] if span else []
        lines += [uri]
    parsed = parse_playlist("\n".join(lines), "media.m3u8")
    assert isinstance(parsed, MediaPlaylist)
    assert parsed.problems == ()
    assert (parsed.target_duration_s, parsed.media_sequence) == (target, sequence)
    assert [(s.duration_s, s.uri, s.byte_range, s.discontinuity) for s in parsed.segments] == segments
    assert parsed.duration_s == sum(segment[0] for segment in segments)


@given(bandwidth=st.integers(0, 2**64 - 1), name=_QUOTABLE, uri=_NAMES, unknown=_NAMES)
def test_a_main_playlist_reads_back(bandwidth: int, name: str, uri: str, unknown: str) -> None:
    text = "\r\n".join(
        [
            "#EXTM3U",
            "# a comment",
            "",
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="{name}",URI="{uri}"',
            f'#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},X-COM-UNKNOWN={unknown},CODECS="avc1.42c00c,mp4a.40.2",AUDIO="a"',
            uri,
        ]
    )
    parsed = parse_playlist(text, "main.m3u8")
    assert isinstance(parsed, MainPlaylist)
    assert parsed.problems == ()
    (variant,), (rendition,) = parsed.variants, parsed.renditions
    assert (variant.bandwidth_bps, variant.uri, variant.line) == (bandwidth, uri, 5)
    assert variant.codecs == ("avc1.42c00c", "mp4a.40.2")
    assert (rendition.name, rendition.uri, rendition.line) == (name, uri, 4)
    assert parsed.group("AUDIO", variant.tag.text("AUDIO")) == (rendition,)


@given(text=st.one_of(st.text(), st.lists(_FRAGMENTS, max_size=40).map("".join), st.binary()))
def test_the_parser_never_raises(text: str | bytes) -> None:
    parsed = parse_playlist(text, "any.m3u8")
    lines = (text if isinstance(text, bytes) else text.encode(errors="replace")).count(b"\n") + 1
    assert all(1 <= problem.line <= lines for problem in parsed.problems)


@given(
    text=st.lists(_FRAGMENTS, max_size=60).map(lambda parts: "#EXTM3U\n" + "".join(parts)),
    others=st.one_of(
        st.binary(max_size=400), st.just(b"\x00\x00\x00\x10moof\x00\x00\x00\x08traf"), st.just(b"WEBVTT\n\n")
    ),
)
def test_a_check_never_raises(text: str, others: bytes) -> None:
    def read(uri: str, start: int, length: int | None) -> bytes:
        whole = text.encode() if uri == "main.m3u8" else others
        return whole[start : None if length is None else start + length]

    report = check_presentation("main.m3u8", fetch=read)
    assert str(report)


def test_ranges_without_offset_follow_each_other() -> None:
    text = "#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:10@5\na\n#EXTINF:1,\n#EXT-X-BYTERANGE:7\na\n"
    parsed = parse_playlist(text, "a.m3u8")
    assert isinstance(parsed, MediaPlaylist)
    assert parsed.segments[1].byte_range == ByteRange(offset=15, length=7)


def test_keys_and_maps_stay_in_force() -> None:
    text = (
        '#EXTM3U\n#EXT-X-MAP:URI="i.mp4",BYTERANGE="9@1"\n#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:1,\na\n'
        "#EXTINF:1,\nb\n#EXT-X-KEY:METHOD=NONE\n#EXTINF:1,\nc\n"
    )
    parsed = parse_playlist(text, "a.m3u8")
    assert isinstance(parsed, MediaPlaylist)
    assert [segment.key_methods for segment in parsed.segments] == [("AES-128",), ("AES-128",), ()]
    assert {segment.map.byte_range for segment in parsed.segments if segment.map} == {
        ByteRange(offset=1, length=9)
    }


def test_variables_come_from_names_the_main_playlist_and_the_query() -> None:
    text = (
        '#EXTM3U\n#EXT-X-VERSION:11\n#EXT-X-DEFINE:NAME="n",VALUE="1"\n#EXT-X-DEFINE:IMPORT="i"\n'
        '#EXT-X-DEFINE:QUERYPARAM="q"\n#EXTINF:1,\n{$n}-{$i}-{$q}.ts\n'
    )
    parsed = parse_playlist(text, "http://a/b.m3u8?q=3", {"i": "2"})
    assert isinstance(parsed, MediaPlaylist)
    assert parsed.problems == ()
    assert parsed.segments[0].uri == "1-2-3.ts"


def test_references_resolve_against_paths_stores_and_urls() -> None:
    assert resolve("a/main.m3u8", "v/720%20p.m3u8?token=1") == "a/v/720 p.m3u8"
    assert resolve("a/v/720.m3u8", "../s.vtt") == "a/s.vtt"
    assert resolve("s3://bucket/a/main.m3u8", "v/1.m4s") == "s3://bucket/a/v/1.m4s"
    assert resolve("http://h/a/main.m3u8?x=1", "v/1.m4s?t=2") == "http://h/a/v/1.m4s?t=2"
    assert resolve("a/main.m3u8", "https://h/x.ts") == "https://h/x.ts"
