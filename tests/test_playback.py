"""What is published plays: Chromium with hls.js on a static host, without one error reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from codek7.core.events import AssetPublished, PreviewPublished
from codek7.core.ladder import Ladder, Rung
from codek7.jobs import side_file
from codek7.testing.pytest_plugin import CodekClip
from codek7.testing.truth import decoded

if TYPE_CHECKING:
    from tests.publishing import Host, Publish, Published, StartJob
    from tests.web.viewer import Seen, Viewer

pytest_plugins = ["tests.publishing", "tests.web.viewer"]
pytestmark = [pytest.mark.media, pytest.mark.alone]

TICK = 0.001
AAC_FRAME = 1024 / 48_000
SMALL = Rung(width=320, height=180, crf=30, ceiling_bps=200_000, preset="ultrafast")
TINY = Rung(width=160, height=90, crf=30, ceiling_bps=60_000, preset="ultrafast")
SUBTITLES = """WEBVTT

00:00.500 --> 00:07.500
&lt;b&gt;5 &lt; 6&lt;/b&gt; &amp; &lt;img src=x onerror=alert(1)&gt;
"""
SHOWN = "<b>5 < 6</b> & <img src=x onerror=alert(1)>"


def starts_at_zero(seen: Seen, kinds: set[str]) -> None:
    """Every source buffer, and the first picture."""
    assert set(seen.sources) == kinds
    for ranges in seen.sources.values():
        assert ranges[0][0] == pytest.approx(0, abs=TICK)
    if "video" in kinds:
        assert seen.frames[0].at == pytest.approx(0, abs=TICK)


def whole(seen: Seen, published: Published) -> None:
    """Played to the end, all of it there in one piece, nothing to complain of."""
    assert seen.ended
    assert seen.errors == ()
    assert len(seen.buffered) == 1
    assert all(len(ranges) == 1 for ranges in seen.sources.values())
    for ranges in seen.sources.values():
        assert ranges[0][1] == pytest.approx(published.seconds, abs=AAC_FRAME + TICK)


@pytest.fixture(scope="session")
def ladder(publish: Publish, codek7_clip: CodekClip) -> Published:
    """The default ladder of a clip with B-frames and sound: two rungs, two segments."""
    return publish("ladder", codek7_clip("b_frames", width=640, height=360, seconds=8))


def test_the_default_ladder(viewer: Viewer, ladder: Published) -> None:
    viewer.open(ladder.url)
    starts_at_zero(viewer.play(0.5), {"video", "audio"})
    viewer.fill()
    viewer.seek(ladder.seconds / 2)
    viewer.seek(ladder.seconds - 1)
    whole(viewer.play(), ladder)
    assert viewer.seek(0.3).errors == ()


@pytest.fixture(scope="session")
def rungs(publish: Publish, codek7_clip: CodekClip) -> Published:
    """Two rungs in four segments, published after a preview of them."""
    made = Ladder(rungs=(TINY, SMALL), segment_us=2_000_000)
    return publish("rungs", codek7_clip("b_frames", seconds=8), ladder=made, preview=True)


def test_levels_are_switched_both_ways(viewer: Viewer, rungs: Published) -> None:
    levels = viewer.open(rungs.url, startLevel=0).levels
    assert [(level.width, level.height) for level in levels] == [(160, 90), (320, 180)]
    viewer.play(0.3)
    viewer.level(1)
    viewer.level(0)
    viewer.fill()
    whole(viewer.play(), rungs)


def test_scrubbing_shows_the_key_frames(viewer: Viewer, ladder: Published) -> None:
    viewer.open(ladder.url)
    viewer.play(0.5)
    for time, key in ((4.7, 4), (0.2, 0), (6.5, 6)):
        assert viewer.scrub(time).at == pytest.approx(key, abs=TICK)
    assert viewer.play(1).errors == ()


@pytest.fixture(scope="session")
def codecs(publish: Publish, codek7_clip: CodekClip) -> Published:
    """Every codec once: x264 and x265 reorder by two frames, SVT-AV1 shows frames as they come."""
    rungs = (
        SMALL,
        Rung(codec="hevc", width=320, height=180, crf=32, ceiling_bps=160_000, preset="ultrafast"),
        Rung(codec="av1", width=256, height=144, crf=50, ceiling_bps=120_000, preset="12"),
    )
    made = Ladder(rungs=rungs, segment_us=2_000_000, idr_us=1_000_000)
    return publish("codecs", codek7_clip("b_frames", seconds=8), ladder=made)


def test_a_ladder_of_several_codecs(viewer: Viewer, codecs: Published) -> None:
    """Chromium plays no HEVC: hls.js leaves those rungs out and says nothing."""
    levels = viewer.open(codecs.url).levels
    assert sorted((level.video_codec or "")[:4] for level in levels) == ["av01", "avc1"]
    starts_at_zero(viewer.play(0.5), {"video", "audio"})
    viewer.fill()
    viewer.seek(codecs.seconds - 1)
    whole(viewer.play(), codecs)


@pytest.mark.parametrize("first", [0, 1])
def test_from_one_codec_to_the_other(viewer: Viewer, codecs: Published, first: int) -> None:
    viewer.open(codecs.url, startLevel=first)
    seen = viewer.play(0.3)
    assert seen.level == first
    starts_at_zero(seen, {"video", "audio"})
    seen = viewer.level(1 - first)
    assert seen.errors == ()
    assert len(seen.buffered) == 1


@pytest.fixture(scope="session")
def languages(
    publish: Publish, codek7_clip: CodekClip, tmp_path_factory: pytest.TempPathFactory
) -> Published:
    """Two languages in stereo and 5.1, and subtitles in a third, full of what a page must not run."""
    side = tmp_path_factory.mktemp("side") / "clip.fr.vtt"
    side.write_text(SUBTITLES)
    clip = codek7_clip("languages", seconds=8, subtitles=(), channels=6)
    made = Ladder(rungs=(SMALL,), segment_us=2_000_000)
    return publish("languages", clip, ladder=made, subtitles=(side_file(side),))


def test_sounds_are_switched(viewer: Viewer, languages: Published) -> None:
    seen = viewer.open(languages.url)
    assert {sound.lang for sound in seen.sounds} == {"en", "de"}
    viewer.play(0.5)
    seen = viewer.sound(1)
    assert seen.sound == 1
    viewer.sound(0)
    viewer.fill()
    viewer.seek(languages.seconds - 1)
    whole(viewer.play(), languages)


def test_subtitles_show_as_text(viewer: Viewer, languages: Published) -> None:
    assert [each.lang for each in viewer.open(languages.url).subtitles] == ["fr"]
    (cue,) = viewer.subtitles(0)
    assert cue.text == SHOWN
    assert (cue.start, cue.end, cue.elements) == (0.5, 7.5, 0)
    assert viewer.seek(4.5).errors == ()


def test_sound_alone(viewer: Viewer, publish: Publish, codek7_clip: CodekClip) -> None:
    sound = publish("sound", codek7_clip("audio_only", seconds=9))
    viewer.open(sound.url)
    starts_at_zero(viewer.play(0.5), {"audio"})
    viewer.fill()
    viewer.seek(sound.seconds - 1)
    whole(viewer.play(), sound)


def test_pictures_alone(viewer: Viewer, publish: Publish, codek7_clip: CodekClip) -> None:
    silent = publish("silent", codek7_clip("silent", seconds=8))
    viewer.open(silent.url)
    starts_at_zero(viewer.play(0.5), {"video"})
    viewer.fill()
    viewer.seek(silent.seconds - 1)
    whole(viewer.play(), silent)


def test_upright_and_at_its_own_pace(
    viewer: Viewer, publish: Publish, codek7_clip: CodekClip, codek7_ffmpeg: str
) -> None:
    """Turned by a quarter, with frames missing in a pattern: each that shows does so at its time."""
    clip = codek7_clip("vfr", rotation=90, seconds=8)
    turned = publish("turned", clip, ladder=Ladder(rungs=(replace(SMALL, width=180, height=320),)))
    viewer.open(turned.url)
    starts_at_zero(viewer.play(2), {"video", "audio"})
    viewer.fill()
    viewer.seek(turned.seconds - 1)
    seen = viewer.play()
    whole(seen, turned)
    assert (seen.width, seen.height) == (180, 320)
    pictures = [float(picture.at) for picture in decoded(codek7_ffmpeg, clip)]
    for frame in seen.frames:
        assert min(abs(frame.at + pictures[0] - at) for at in pictures) < TICK


def test_a_preview_plays_while_it_grows(
    viewer: Viewer, host: Host, start_job: StartJob, codek7_clip: CodekClip
) -> None:
    """Nothing grows while nobody asks the job for more, so its first part can be watched at leisure."""
    clip = codek7_clip("b_frames", seconds=16)
    made = Ladder(rungs=(TINY, SMALL), segment_us=2_000_000)
    with start_job("preview", clip, ladder=made, preview=True) as events:
        preview = next(event for event in events if isinstance(event, PreviewPublished))
        main = host.folder / "preview" / "store" / preview.playlist
        viewer.open(host.url_of(main))
        seen = viewer.play(1)
        starts_at_zero(seen, {"video", "audio"})
        assert seen.live
        short = seen.buffered[-1][1]
        assert short < 16
        ending = list(events)[-1]
    assert isinstance(ending, AssetPublished)
    viewer.fill()
    seen = viewer.play(short + 0.5)
    assert seen.time > short
    viewer.seek(15)
    seen = viewer.play()
    assert seen.ended
    assert seen.errors == ()
    assert seen.live is False
    assert len(seen.buffered) == 1
    assert seen.buffered[0] == pytest.approx((0, 16), abs=AAC_FRAME)


def test_a_preview_is_watched_from_its_start(viewer: Viewer, host: Host, rungs: Published) -> None:
    """However far it has grown: players of what still grows begin near its end, unless told."""
    preview = next(event for event in rungs.events if isinstance(event, PreviewPublished))
    main = host.folder / "rungs" / "store" / preview.playlist
    for playlist in main.parent.glob("*/index.m3u8"):
        playlist.write_text(playlist.read_text().removesuffix("#EXT-X-ENDLIST\n"))
    viewer.open(host.url_of(main))
    seen = viewer.play(0.5)
    assert seen.live
    starts_at_zero(seen, {"video", "audio"})
