"""The contract of a measurer (`codek7_meters`, `codek7_measure`): says truthfully what it can, pairs frames
by number, and sees damage where it is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import ClassVar

import pytest

from codek7.core.hooks import Hooks
from codek7.core.measurement import Measurement, Metric
from codek7.core.values import from_json, to_json
from codek7.testing.plugin import SIGNATURE, PluginContract
from codek7.testing.pytest_plugin import CodekClip

FRAMES = 48
HURT = range(20, 28)
"""The frames that the damaged copy has blurred."""
EVERY = 5
BEST = {"vmaf": 95.0, "psnr": 50.0, "ssim": 0.999, "xpsnr": 50.0}
"""What equal pictures score at least. CAMBI is not among them: it judges banding, not likeness."""


class MeasurerContract(PluginContract):
    """Override `plugin`. It has to measure something here, without trouble."""

    hook: ClassVar[str] = "codek7_measure"

    @pytest.fixture
    def reference(self, codek7_clip: CodekClip) -> Path:
        """Two seconds of moving picture."""
        return codek7_clip("silent", seconds=2, width=320, height=240)

    @pytest.fixture
    def poor(self, reference: Path, codek7_ffmpeg: str, tmp_path: Path) -> Path:
        """All of it, encoded badly."""
        return _made(codek7_ffmpeg, reference, tmp_path / "poor.mp4", "-c:v", "libx264", "-crf", "42")

    @pytest.fixture
    def hurt(self, reference: Path, codek7_ffmpeg: str, tmp_path: Path) -> Path:
        """Only some frames of it blurred."""
        blur = f"boxblur=8:enable='between(n,{HURT.start},{HURT.stop - 1})'"
        return _made(
            codek7_ffmpeg, reference, tmp_path / "hurt.mp4", "-vf", blur, "-c:v", "libx264", "-crf", "8"
        )

    def test_meters_say_what_they_can(self, hooks: Hooks) -> None:
        for meter in hooks.meters():
            assert SIGNATURE.fullmatch(meter.signature), meter.signature
            assert meter.metrics or meter.trouble, "a meter that can nothing says why"
            assert all((metric.name == "vmaf") == bool(metric.model) for metric in meter.metrics)

    def test_there_is_a_score_for_every_frame(self, hooks: Hooks, reference: Path, poor: Path) -> None:
        told: list[int] = []
        found = hooks.measure(reference, poor, metrics_of(hooks), on_progress=told.append)
        assert not found.raised
        assert {each.frames for each in found.answers} == {FRAMES}
        assert max(told, default=FRAMES) == FRAMES

    def test_measurements_are_signed_and_survive_json(
        self, hooks: Hooks, reference: Path, poor: Path
    ) -> None:
        meters = {meter.signature: meter.metrics for meter in hooks.meters()}
        for found in measured(hooks, reference, poor):
            assert Metric(name=found.metric, model=found.model) in meters[found.meter]
            assert from_json(to_json(found), Measurement) == found

    def test_every_nth_frame_scores_as_among_all(self, hooks: Hooks, reference: Path, poor: Path) -> None:
        full = measured(hooks, reference, poor)
        for found, among in zip(measured(hooks, reference, poor, every=EVERY), full, strict=True):
            assert found.every == EVERY
            assert found.per_frame == pytest.approx(among.per_frame[::EVERY], abs=1e-4), found.metric

    def test_equal_pictures_score_best(self, hooks: Hooks, reference: Path) -> None:
        for found in likeness(measured(hooks, reference, reference)):
            assert min(found.per_frame) >= BEST[found.metric], found.metric

    def test_worse_pictures_score_less(self, hooks: Hooks, reference: Path, poor: Path) -> None:
        best = likeness(measured(hooks, reference, reference))
        for better, found in zip(best, likeness(measured(hooks, reference, poor)), strict=True):
            assert found.mean < better.mean, (found.metric, found.model)

    def test_damage_shows_in_the_frames_that_have_it(self, hooks: Hooks, reference: Path, hurt: Path) -> None:
        for found in likeness(measured(hooks, reference, hurt)):
            worst = sorted(range(FRAMES), key=found.per_frame.__getitem__)[: len(HURT)]
            assert set(worst) == set(HURT), (found.metric, found.model)

    def test_another_container_changes_nothing(
        self, hooks: Hooks, reference: Path, poor: Path, codek7_ffmpeg: str, tmp_path: Path
    ) -> None:
        """Another time base, the same pictures: frames pair by number."""
        same = _made(codek7_ffmpeg, poor, tmp_path / "same.mkv", "-c", "copy")
        expected = measured(hooks, reference, poor)
        for found, wanted in zip(measured(hooks, reference, same), expected, strict=True):
            assert found.per_frame == pytest.approx(wanted.per_frame, abs=1e-6), found.metric

    def test_unequal_counts_are_refused(
        self, hooks: Hooks, reference: Path, codek7_ffmpeg: str, tmp_path: Path
    ) -> None:
        """A frame that is missing shifts all pairs behind it: there is no right number to give."""
        short = _made(codek7_ffmpeg, reference, tmp_path / "short.mp4", "-frames:v", str(FRAMES - 1))
        collected = hooks.measure(reference, short, metrics_of(hooks))
        assert not collected.answers
        assert collected.raised
        for raised in collected.raised:
            assert str(FRAMES) in raised.message
            assert str(FRAMES - 1) in raised.message

    def test_whoever_cancels_gets_nothing(self, hooks: Hooks, reference: Path, poor: Path) -> None:
        collected = hooks.measure(reference, poor, metrics_of(hooks), cancelled=lambda: True)
        assert not collected.answers
        assert collected.raised

    def test_the_files_are_left_alone(
        self, hooks: Hooks, reference: Path, poor: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "apart"
        folder.mkdir()
        before = [Path(shutil.copy(path, folder / path.name)) for path in (reference, poor)]
        measured(hooks, *before)
        assert sorted(folder.iterdir()) == sorted(before)
        assert [path.read_bytes() for path in before] == [path.read_bytes() for path in (reference, poor)]


def metrics_of(hooks: Hooks) -> tuple[Metric, ...]:
    """All that the measurer has; fails where that is nothing."""
    meters = hooks.meters()
    metrics = tuple(metric for meter in meters for metric in meter.metrics)
    assert metrics, f"a measurer measures: {[meter.trouble for meter in meters]}"
    return metrics


def measured(hooks: Hooks, reference: Path, distorted: Path, *, every: int = 1) -> tuple[Measurement, ...]:
    """The measurements; fails where the measurer raised, or left one out."""
    wanted = metrics_of(hooks)
    collected = hooks.measure(reference, distorted, wanted, every=every)
    assert not collected.raised, collected.raised
    assert [Metric(name=each.metric, model=each.model) for each in collected.answers] == list(wanted)
    return collected.answers


def likeness(measurements: tuple[Measurement, ...]) -> list[Measurement]:
    """Those that rise with likeness to the reference."""
    return [each for each in measurements if each.metric in BEST]


def _made(ffmpeg: str, source: Path, path: Path, *options: str) -> Path:
    argv = [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-i", str(source), *options, str(path)]
    subprocess.run(argv, capture_output=True, check=True)
    return path
