"""Text subtitles of real files, and of files beside them, on the presentation's clock."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from msgspec.structs import replace

from codek7.core.errors import MediaTooBig, MediaUnreadable
from codek7.core.media import Limits, MediaInfo, SubtitleTrack
from codek7.core.records import TextCue, TextRendition
from codek7.core.webvtt import LONGEST_CUE
from codek7.ffmpeg.subtitles import Spoken
from codek7.plugins.probe_av import codek7_probe
from codek7.plugins.tracks_text import UNTOLD_S, Plugin, decoded, origin, presented, renditions
from tests.conftest import MakeClip

pytestmark = pytest.mark.media

SRT = """1
00:00:01,000 --> 00:00:02,345
<i>Hello</i> <b>you</b> {\\an8}up
<font color="#f00">there</font>

2
00:00:03,001 --> 00:00:03,999
<script>alert(1)</script> & x --> y
"""
VTT = """WEBVTT

STYLE
::cue { color: red }

NOTE a remark

name
00:01.000 --> 00:02.345 line:0
<v Ann>Hello <i>you</i> &amp; &lt;b&gt; {all}
"""
ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,{\\pos(1,1)}two, lines\\Nhere
Dialogue: 0,0:00:01.00,0:00:01.50,Default,,0,0,0,,{\\p1}m 0 0 l 5 5{\\p0}
"""


def probe(path: Path) -> MediaInfo:
    return codek7_probe(path, Limits(), False).info


def texts(path: Path, info: MediaInfo | None = None) -> list[TextRendition]:
    return Plugin().codek7_tracks(path, info or probe(path))


def seconds(rendition: TextRendition) -> list[tuple[float, float, str]]:
    return [(round(cue.start_us / 1e6, 2), round(cue.end_us / 1e6, 2), cue.text) for cue in rendition.cues]


def beside(clip: Path, side: Path, **more: object) -> MediaInfo:
    info = probe(clip)
    track = SubtitleTrack(index=-1, codec="subrip", text=True, path=str(side))
    return replace(info, tracks=(*info.tracks, replace(track, **more)))


@pytest.fixture
def plain(make_clip: MakeClip) -> Path:
    return make_clip("plain", seconds=4)


@pytest.mark.parametrize("container", ["mp4", "mkv", "mov"])
def test_every_text_track_with_its_language(make_clip: MakeClip, container: str) -> None:
    clip = make_clip("subtitles", container=container, seconds=4, subtitles=("eng", "ger"))
    english, german = texts(clip)
    assert (english.name, english.language, german.name, german.language) == (
        "text-en",
        "en",
        "text-de",
        "de",
    )
    assert seconds(english) == [(n, n + 0.8, f"eng {n}") for n in range(4)]
    assert seconds(german) == [(n, n + 0.8, f"ger {n}") for n in range(4)]


def test_webm_carries_webvtt(make_clip: MakeClip) -> None:
    clip = make_clip("subtitles", container="webm", codec="vp9", seconds=2, subtitles=("fre",))
    (french,) = texts(clip)
    assert french.language == "fr"
    assert seconds(french) == [(0, 0.8, "fre 0"), (1, 1.8, "fre 1")]


@pytest.mark.parametrize("container", ["mkv", "mp4"])
def test_times_count_from_the_first_picture(make_clip: MakeClip, container: str) -> None:
    offset = ("-output_ts_offset", "7")
    late = make_clip("late", container=container, seconds=3, subtitles=("eng",), extra=offset)
    assert origin(probe(late)) >= 7
    assert [start for start, _, _ in seconds(texts(late)[0])] == pytest.approx([0, 1, 2], abs=0.1)


def test_sound_alone_has_subtitles_too(make_clip: MakeClip) -> None:
    clip = make_clip("heard", container="mkv", codec=None, audio_codec="aac", seconds=3, subtitles=("eng",))
    assert [text for _, _, text in seconds(texts(clip)[0])] == ["eng 0", "eng 1", "eng 2"]


def test_without_subtitles_there_is_nothing_to_do(plain: Path) -> None:
    assert texts(plain) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SRT, [(1, 2.35, "Hello you up\nthere"), (3, 4, "alert(1) & x --> y")]),
        (VTT, [(1, 2.35, "Hello you & <b> {all}")]),
        (ASS, [(2, 3, "two, lines\nhere")]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_side_files(
    plain: Path, tmp_path: Path, text: str, expected: list[tuple[float, float, str]], encoding: str
) -> None:
    side = tmp_path / "side.srt"
    side.write_text(text, encoding=encoding)
    (made,) = texts(
        plain, beside(plain, side, language="swe", title="Vår", disposition=("default", "forced"))
    )
    assert seconds(made) == expected
    assert (made.language, made.title, made.default, made.forced) == ("sv", "Vår", True, True)


def test_old_side_files_are_read_as_windows_wrote_them(plain: Path, tmp_path: Path) -> None:
    side = tmp_path / "old.srt"
    side.write_bytes("1\r\n00:00:01,000 --> 00:00:02,000\r\nça coûte 5 €\r\n".encode("cp1252"))
    assert [cue.text for cue in texts(plain, beside(plain, side))[0].cues] == ["ça coûte 5 €"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.srt", b""),
        ("words.srt", b"not subtitles at all"),
        ("picture.srt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("playlist.srt", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"),
        ("script.srt", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("late.srt", b"1\n01:00:01,000 --> 01:00:02,000\nafter the end\n"),
    ],
)
def test_what_is_no_subtitle_file_is_named(plain: Path, tmp_path: Path, name: str, content: bytes) -> None:
    side = tmp_path / name
    side.write_bytes(content)
    with pytest.raises(MediaUnreadable, match=name):
        texts(plain, beside(plain, side))


def test_a_side_file_that_is_not_there_is_named(plain: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaUnreadable, match=r"gone\.srt"):
        texts(plain, beside(plain, tmp_path / "gone.srt"))


def test_more_cues_than_a_film_has_are_too_many(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codek7.ffmpeg.subtitles.MOST_CUES", 500)
    side = tmp_path / "many.srt"
    side.write_text("".join(f"00:00:00,{n:03} --> 00:59:59,999\nx\n\n" for n in range(501)))
    with pytest.raises(MediaTooBig, match=r"many\.srt"):
        texts(plain, beside(plain, side))


def test_an_unreadable_track_costs_only_itself(make_clip: MakeClip) -> None:
    clip = make_clip("subtitles", container="mkv", seconds=4, subtitles=("eng", "ger"))
    info = probe(clip)
    missing = replace(info.subtitles[0], index=99)
    made = texts(clip, replace(info, tracks=(*info.tracks, missing)))
    assert [rendition.language for rendition in made] == ["en", "de"]
    with pytest.raises(MediaUnreadable):
        texts(clip, replace(info, tracks=(missing,)))


def test_real_clips(media_dir: Path | None, make_clip: MakeClip) -> None:
    clip = media_dir / "nasa_13013.mp4" if media_dir else make_clip("two", subtitles=("eng", "spa"))
    made = texts(clip)
    assert len(made) == 2
    assert len({rendition.name for rendition in made}) == 2
    assert all(rendition.cues for rendition in made)


def cue(start: float, end: float | None, text: str) -> Spoken:
    return Spoken(Fraction(start), None if end is None else Fraction(end), text)


def test_repeats_without_a_gap_are_one_cue() -> None:
    frames = [cue(n / 4, (n + 1) / 4, "sign") for n in range(8)]
    assert presented([*frames, cue(3, 4, "sign")], Fraction(0), 10_000_000) == (
        TextCue(start_us=0, end_us=2_000_000, text="sign"),
        TextCue(start_us=3_000_000, end_us=4_000_000, text="sign"),
    )


def test_cues_without_an_end_last_until_the_next_or_a_while() -> None:
    shown = presented([cue(1, None, "a"), cue(2, None, "b"), cue(20, None, "c")], Fraction(1), 60_000_000)
    while_us = int(UNTOLD_S * 1_000_000)
    assert [(each.start_us, each.end_us) for each in shown] == [
        (0, 1_000_000),
        (1_000_000, 1_000_000 + while_us),
        (19_000_000, 19_000_000 + while_us),
    ]


def test_cues_stay_within_the_presentation_and_within_bounds() -> None:
    shown = presented([cue(-3, 1, "x" * 9999), cue(4, 99, "y"), cue(50, 60, "z")], Fraction(0), 5_000_000)
    assert [(each.start_us, each.end_us, len(each.text)) for each in shown] == [
        (0, 1_000_000, LONGEST_CUE),
        (4_000_000, 5_000_000, 1),
    ]


def test_too_much_text_at_once_is_refused() -> None:
    crowd = [cue(0, 3600, f"{n} " + "x" * 1000) for n in range(100)]
    with pytest.raises(MediaTooBig, match="at once"):
        presented(crowd, Fraction(0), 3600 * 1_000_000)


def test_names_are_distinct_and_fit_for_folders() -> None:
    tracks = [SubtitleTrack(index=n, codec="ass", text=True, language=code) for n, code in enumerate(
        ("eng", "en", "en-US", "", "../x", "ENG")
    )]  # fmt: skip
    made = renditions([(track, (TextCue(start_us=0, end_us=1, text="x"),)) for track in tracks])
    assert [each.name for each in made] == [
        "text-en",
        "text-en-2",
        "text-en-us",
        "text-und",
        "text-und-2",
        "text-en-3",
    ]


def test_a_side_file_without_end_is_not_read(tmp_path: Path) -> None:
    side = tmp_path / "huge.srt"
    with side.open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(MediaTooBig):
        decoded(side)
