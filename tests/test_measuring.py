"""Measuring files: whatever moves scores without a pixel being worse, and what must not pass for a score."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codek7.core.errors import Interrupted, MediaUnreadable, ToolMissing
from codek7.core.measurement import VMAF, VMAF_4K, VMAF_V1, Defect, Metric
from codek7.core.settings import Settings
from codek7.ffmpeg.program import find_ffmpeg
from codek7.hub import Hub
from codek7.measuring import Compared, compare_files
from codek7.plugins import measure_ffmpeg
from codek7.testing.plugin import hooks_of
from tests.conftest import MakeClip

pytestmark = pytest.mark.media

FRAMES = 25
USUAL = Metric(name="vmaf", model=VMAF)
PSNR = Metric(name="psnr")
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "32")

Make = Callable[..., Path]


@pytest.fixture
def make(ffmpeg: str, tmp_path: Path) -> Make:
    """`make("out.mp4", source, *options, before=())`: what ffmpeg makes of a file."""

    def make(name: str, source: Path, *options: str, before: tuple[str, ...] = ()) -> Path:
        argv = [ffmpeg, "-v", "error", "-nostdin", "-y", *before, "-i", str(source), *options]
        subprocess.run([*argv, str(tmp_path / name)], capture_output=True, check=True)
        return tmp_path / name

    return make


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub.open(tmp_path / "home", environ={}) as hub:
        yield hub


@pytest.fixture
def reference(make_clip: MakeClip) -> Path:
    """A second of moving picture, untagged and without loss."""
    lossless = ("-c:v", "ffv1", "-bsf:v", "null")
    return make_clip(
        "lossless", seconds=1, fps="25", width=192, height=108, audio=(), container="mkv", extra=lossless
    )


def scored(hub: Hub, reference: Path, distorted: Path, metric: Metric = USUAL) -> float:
    (found,) = compare_files(hub, reference, distorted, [metric]).measurements
    assert (found.metric, found.model, found.frames) == (metric.name, metric.model, FRAMES)
    return found.mean


def test_one_encode_scores_the_same_however_it_is_wrapped_and_tagged(
    hub: Hub, reference: Path, make: Make
) -> None:
    """Time bases of 1/1000, 1/90000 and 1/12800; tags of BT.709, of BT.601 and none; a range or none."""
    plain = make("plain.mp4", reference, *X264, "-bsf:v", tagged(2, full=None))
    copies = [
        make("plain.mkv", plain, "-c", "copy"),
        make("plain.ts", plain, "-c", "copy"),
        *(make(f"tags-{tag}.mp4", plain, "-c", "copy", "-bsf:v", tagged(tag, full=0)) for tag in (1, 6)),
        make("silent.mkv", plain, "-c", "copy", "-bsf:v", tagged(2, full=0)),
    ]
    wanted = scored(hub, reference, plain)
    assert 60 < wanted < 95, "good enough to fall"
    for copy in copies:
        assert scored(hub, reference, copy) == pytest.approx(wanted, abs=0.05), copy.name


def tagged(number: int, *, full: int | None) -> str:
    """A bitstream filter that says primaries, transfer and matrix by their number in ITU-T H.273."""
    said = f"colour_primaries={number}:transfer_characteristics={number}:matrix_coefficients={number}"
    return f"h264_metadata={said}" + ("" if full is None else f":video_full_range_flag={full}")


def test_equal_files_score_best_and_one_frame_off_is_seen(hub: Hub, reference: Path, make: Make) -> None:
    late = make(
        "late.mkv", reference, "-vf", "trim=start_frame=1,tpad=stop=1:stop_mode=clone", "-c:v", "ffv1"
    )
    assert scored(hub, reference, reference) > 97
    assert scored(hub, reference, late) < 80


def test_turned_mirrored_and_stretched_pictures_are_brought_upright(
    hub: Hub, reference: Path, make: Make
) -> None:
    turned = make("turned.mkv", reference, "-vf", "transpose=clock", "-c:v", "ffv1")
    flipped = make("flipped.mkv", reference, "-vf", "hflip", "-c:v", "ffv1")
    narrow = make("narrow.mkv", reference, "-vf", "scale=144:108,setsar=4/3", "-c:v", "ffv1")
    upright = [
        make("turned.mp4", turned, *X264),
        make("mirrored.mp4", flipped, *X264),
        make("narrow.mp4", narrow, *X264),
    ]
    said = (("-display_rotation", "90"), ("-display_hflip",), ())
    for encoded, before in zip(upright, said, strict=True):
        seen = make(f"seen-{encoded.name}", encoded, "-c", "copy", before=before)
        assert scored(hub, reference, seen) > 60, encoded.name
    compared = compare_files(hub, narrow, upright[2], [USUAL])
    assert (compared.width, compared.height) == (192, 108)


def test_a_frame_that_is_missing_is_refused_by_both_counts(hub: Hub, reference: Path, make: Make) -> None:
    short = make("short.mp4", reference, *X264, "-frames:v", str(FRAMES - 1))
    with pytest.raises(
        MediaUnreadable, match=r"24 pictures and its reference, .* 25: they cannot be"
    ) as caught:
        compare_files(hub, reference, short)
    assert "passthrough" in caught.value.hint


def test_frames_are_those_that_are_shown(hub: Hub, reference: Path, make: Make) -> None:
    """An edit list hides packets; VP8 has packets that are never shown."""
    cut = make("cut.mp4", make("whole.mp4", reference, *X264), "-c", "copy", before=("-ss", "0.4"))
    shown = make("shown.mkv", cut, "-c:v", "ffv1", "-fps_mode", "passthrough")
    (found,) = compare_files(hub, shown, cut, [PSNR]).measurements
    assert set(found.per_frame) == {100.0}
    hidden = ("-c:v", "libvpx", "-b:v", "200k", "-auto-alt-ref", "1", "-lag-in-frames", "16")
    assert scored(hub, reference, make("hidden.webm", reference, *hidden), PSNR) > 20


def test_damage_that_loses_a_frame_is_refused(hub: Hub, reference: Path, make: Make) -> None:
    whole = make("whole.mkv", reference, "-c:v", "mjpeg", "-q:v", "2")
    content = bytearray(whole.read_bytes())
    start = content.index(b"\xff\xd8\xff", len(content) // 2)
    end = content.index(b"\xff\xd9", start)
    content[start:end] = bytes(end - start)
    damaged = whole.with_name("damaged.mkv")
    damaged.write_bytes(content)
    with pytest.raises(MediaUnreadable, match=r"damaged\.mkv has 24 pictures"):
        compare_files(hub, reference, damaged)


def test_black_is_measured_in_silence(
    hub: Hub, make_clip: MakeClip, make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    black = make_clip("black", picture="color=black", seconds=1, fps="25", width=192, height=108, audio=())
    compared = compare_files(hub, black, make("again.mp4", black, *X264))
    assert min(compared.measurements[0].per_frame) > 97
    assert compared.defects == ()
    assert capfd.readouterr() == ("", "")


def test_deep_pictures_and_shallow_ones_meet(hub: Hub, reference: Path, make: Make) -> None:
    """And XPSNR of padded lines is right, which FFmpeg's own reading of deep pictures is not."""
    narrow = make("narrow.mkv", reference, "-vf", "scale=180:108", "-c:v", "ffv1", "-pix_fmt", "yuv420p10le")
    shallow = make("shallow.mkv", narrow, "-c:v", "ffv1", "-pix_fmt", "yuv420p")
    assert scored(hub, narrow, narrow, Metric(name="xpsnr")) == 100
    assert scored(hub, narrow, shallow) > 97


# what is chosen where nothing is asked for


def names(compared: Compared) -> list[str]:
    return [found.model or found.metric for found in compared.measurements]


def test_the_usual_metrics_by_size(hub: Hub, reference: Path, make: Make) -> None:
    assert names(compare_files(hub, reference, reference, every=5)) == [VMAF, "xpsnr", "ssim", "psnr"]
    large = make("large.mkv", reference, "-vf", "scale=2732:1536", "-frames:v", "2", "-c:v", "mjpeg")
    assert names(compare_files(hub, large, large))[0] == VMAF_4K


def test_what_is_too_small_for_a_metric_is_refused(hub: Hub, reference: Path, make: Make) -> None:
    """In this size libvmaf would end the whole process."""
    for metric in (Metric(name="vmaf", model=VMAF_V1), Metric(name="cambi")):
        with pytest.raises(MediaUnreadable, match="192×108 are too small"):
            compare_files(hub, reference, reference, [metric])
    tiny = make("tiny.mkv", reference, "-vf", "scale=16:16", "-c:v", "ffv1")
    assert names(compare_files(hub, tiny, tiny)) == ["xpsnr", "ssim", "psnr"]


def test_without_libvmaf_nothing_is_called_vmaf(
    tmp_path: Path, reference: Path, make: Make, plain_ffmpeg: str
) -> None:
    bare = bare_hub(tmp_path, plain_ffmpeg)
    compared = compare_files(bare, reference, make("poor.mp4", reference, *X264))
    assert names(compared) == ["xpsnr", "ssim", "psnr"]
    assert {found.meter for found in compared.measurements} == {find_ffmpeg(plain_ffmpeg).signature}
    with pytest.raises(ToolMissing, match=r"nothing here measures VMAF \(vmaf_v0.6.1\)"):
        compare_files(bare, reference, reference, [USUAL])


def bare_hub(home: Path, program: str) -> Hub:
    """A hub whose only meter is a named program."""
    settings = Settings(ffmpeg=program)
    hooks = hooks_of(measure_ffmpeg, settings=settings)
    return Hub(home, settings=settings, origins=(), hooks=hooks, plugins=())


def test_a_program_that_claims_more_than_it_can_is_found_out(tmp_path: Path, plain_ffmpeg: str) -> None:
    liar = tmp_path / "ffmpeg"
    claim = "echo ' .. libvmaf VV->V Says so'"
    liar.write_text(f'#!/bin/sh\ncase "$*" in *-filters*) {claim};; esac\nexec {plain_ffmpeg} "$@"\n')
    liar.chmod(0o755)
    (meter,) = bare_hub(tmp_path, str(liar)).hooks.meters()
    assert [metric.name for metric in meter.metrics] == ["xpsnr", "ssim", "psnr"]
    assert meter.trouble.startswith("no VMAF (vmaf_v0.6.1): ")
    assert "libvmaf" not in meter.signature


def test_whoever_cancels_is_told_so(hub: Hub, reference: Path) -> None:
    with pytest.raises(Interrupted):
        compare_files(hub, reference, reference, [USUAL], cancelled=lambda: True)


# what is wrong with tags


def defects(hub: Hub, reference: Path, distorted: Path) -> tuple[Defect, ...]:
    return compare_files(hub, reference, distorted, [PSNR]).defects


def test_a_wrong_range_flag_is_named_and_not_hidden(hub: Hub, reference: Path, make: Make) -> None:
    good = make("good.mp4", reference, *X264)
    called_full = make("full.mp4", good, "-c", "copy", "-bsf:v", "h264_metadata=video_full_range_flag=1")
    (defect,) = defects(hub, reference, called_full)
    assert (defect.kind, defect.said, defect.found) == ("range", "pc", "tv")
    assert scored(hub, reference, called_full) < scored(hub, reference, good) - 10
    full = make("is-full.mp4", reference, "-vf", "scale=out_range=pc", "-color_range", "pc", *X264)
    called_limited = make("tv.mp4", full, "-c", "copy", "-bsf:v", "h264_metadata=video_full_range_flag=0")
    (defect,) = defects(hub, reference, called_limited)
    assert (defect.kind, defect.said, defect.found) == ("range", "tv", "pc")
    assert defects(hub, reference, full) == ()
    assert scored(hub, reference, full) == pytest.approx(scored(hub, reference, good), abs=3)


@pytest.mark.parametrize(
    "picture", ["color=black", "color=0x727272", "color=0x141414", "smptebars", "testsrc", "testsrc2"]
)
def test_no_ordinary_encode_looks_like_a_wrong_flag(
    hub: Hub, make_clip: MakeClip, make: Make, picture: str
) -> None:
    name = picture.replace("=", "-")
    source = make_clip(
        name, picture=picture, seconds=0.5, width=192, height=108, audio=(), extra=("-crf", "4")
    )
    for crf in ("16", "45"):
        assert defects(hub, source, make(f"{crf}.mp4", source, *X264, "-crf", crf)) == ()


def test_tags_that_differ_are_named_unless_they_mean_the_same(hub: Hub, reference: Path, make: Make) -> None:
    plain = make("plain.mp4", reference, *X264)
    one, other, alike = (
        make(f"{number}.mp4", plain, "-c", "copy", "-bsf:v", tagged(number, full=0)) for number in (1, 6, 5)
    )
    found = defects(hub, one, other)
    assert [(each.kind, each.said, each.reference) for each in found] == [
        ("matrix", "smpte170m", "bt709"),
        ("primaries", "smpte170m", "bt709"),
    ]
    assert [each.kind for each in defects(hub, other, alike)] == ["primaries", "transfer"]
    silent = make("silent.mp4", plain, "-c", "copy", "-bsf:v", tagged(2, full=None))
    assert defects(hub, silent, other) == (), "a side that says nothing contradicts nobody"
