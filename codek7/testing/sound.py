"""The contract of an encoder of sound (`codek7_encode`): what is heard is heard when it was."""

from __future__ import annotations

import hashlib
import subprocess
import wave
from array import array
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import pytest

from codek7.core.errors import Codek7Error
from codek7.core.hooks import Hooks
from codek7.core.ladder import STEREO, SURROUND, AudioRung, Ladder, SoundCodec
from codek7.core.tasks import Attempt, AudioTask
from codek7.testing.plugin import PluginContract
from codek7.testing.pytest_plugin import CodekClip
from codek7.testing.work import Done, encode_clip

RATE = 48_000
SECONDS = 7
CLICKS = tuple(RATE // 2 + RATE * second for second in range(SECONDS))
"""Sample numbers at which a short loud tone begins: in the middle of each second."""
CLICK_SAMPLES = 480
HEARD = 8_000
FRAME = 1536
"""An AC-3 frame, the longest: sound is cut to within one."""
CODECS: dict[SoundCodec, str] = {"aac": "mp4a.40.2", "ac3": "ac-3"}
EARLY_S, LATE_S = 0.006, 0.003
"""How far a coder smears the beginning of a tone."""


def ladder(*audio: AudioRung) -> Ladder:
    """Sound only, in segments of two seconds."""
    return Ladder(audio=audio, segment_us=2_000_000, idr_us=2_000_000, planner="test@1")


class SoundEncoderContract(PluginContract):
    """Override `plugin`."""

    hook: ClassVar[str] = "codek7_encode"

    @pytest.fixture
    def clicks(self, tmp_path: Path) -> Path:
        """Seconds of silence, each with a short tone in the middle."""
        path = tmp_path / "clicks.wav"
        samples = array("h", bytes(4 * RATE * SECONDS))
        for click in CLICKS:
            for at in range(click, click + CLICK_SAMPLES):
                samples[2 * at] = samples[2 * at + 1] = 20_000 if at // 24 % 2 else -20_000
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.tobytes())
        return path

    @pytest.fixture(params=[STEREO, SURROUND], ids=["stereo", "surround"])
    def done(self, request: pytest.FixtureRequest, hooks: Hooks, clicks: Path, tmp_path: Path) -> Done:
        """It, encoded in each way that ladders have unless told otherwise."""
        folder = tmp_path / "done"
        folder.mkdir()
        return encode_clip(hooks, clicks, ladder(request.param), folder)

    def test_what_is_heard_is_heard_when_it_was(self, done: Done, codek7_ffmpeg: str) -> None:
        heard = heard_at(codek7_ffmpeg, done.joined(done.plan.audio[0].keys))
        assert len(heard) == len(CLICKS)
        for found, click in zip(heard, CLICKS, strict=True):
            assert -EARLY_S <= (found - click) / RATE <= LATE_S

    def test_nothing_is_lost_at_the_ends(self, done: Done, codek7_ffmpeg: str) -> None:
        samples = pcm(codek7_ffmpeg, done.joined(done.plan.audio[0].keys))
        assert SECONDS * RATE <= len(samples) <= SECONDS * RATE + 2 * FRAME

    def test_segments_follow_the_timeline_to_one_frame(self, done: Done) -> None:
        """And one behind the other, in the object and in time."""
        (sound,) = done.plan.audio
        at: int | None = None
        for chunk, key in zip(done.plan.timeline.chunks, sound.keys, strict=True):
            record = done.records[key]
            assert (record.kind, record.chunk, record.timescale) == ("audio", chunk.index, RATE)
            assert [segment.index for segment in record.segments] == list(range(chunk.first, chunk.last))
            assert sum(segment.size_bytes for segment in record.segments) == record.size_bytes
            for segment in record.segments:
                start, _ = done.plan.timeline.segment_seconds(segment.index)
                assert abs(Fraction(segment.fragments[0].start, RATE) - start) <= Fraction(FRAME, RATE)
                assert at is None or segment.fragments[0].start == at
                at = segment.fragments[-1].start + segment.fragments[-1].duration
            offsets = [fragment.offset for segment in record.segments for fragment in segment.fragments]
            assert offsets[0] == 0
            assert all(a < b for a, b in pairwise(offsets))

    def test_all_chunks_share_one_init_section(self, done: Done) -> None:
        (sound,) = done.plan.audio
        (init,) = {(done.folder / f"{key}.init.mp4").read_bytes() for key in sound.keys}
        records = [done.records[key] for key in sound.keys]
        assert {record.init_sha256 for record in records} == {hashlib.sha256(init).hexdigest()}
        assert {record.codecs for record in records} == {CODECS[sound.rung.codec]}

    def test_the_same_again_is_the_same_bytes(
        self, hooks: Hooks, done: Done, clicks: Path, tmp_path: Path
    ) -> None:
        again = tmp_path / "again"
        again.mkdir()
        encode_clip(hooks, clicks, done.plan.ladder, again)
        for path in again.iterdir():
            assert path.read_bytes() == (done.folder / path.name).read_bytes(), path.name

    @pytest.mark.parametrize("channels", [1, 2, 6])
    def test_channels_are_those_asked_for(
        self, hooks: Hooks, codek7_clip: CodekClip, codek7_ffmpeg: str, tmp_path: Path, channels: int
    ) -> None:
        rung = AudioRung(channels=channels, bitrate_bps=64_000 * channels)  # type: ignore[arg-type]  # of its three
        clip = codek7_clip("audio_only", channels=6)
        done = encode_clip(hooks, clip, ladder(rung), tmp_path)
        argv = [codek7_ffmpeg, "-hide_banner", "-i", str(done.joined(done.plan.audio[0].keys))]
        said = subprocess.run(argv, capture_output=True, text=True, check=False).stderr
        assert {1: "mono", 2: "stereo", 6: "5.1"}[channels] in said

    def test_it_says_what_it_ran(self, done: Done) -> None:
        attempts = [update for update in done.updates if isinstance(update, Attempt)]
        assert [attempt.outcome for attempt in attempts] == ["done"]
        assert set(attempts[0].keys) == set(done.records)

    def test_what_is_cancelled_ends(self, hooks: Hooks, codek7_clip: CodekClip, tmp_path: Path) -> None:
        with pytest.raises(Codek7Error):
            encode_clip(hooks, codek7_clip("audio_only"), ladder(STEREO), tmp_path, cancelled=lambda: True)

    def test_sound_beside_pictures_starts_with_them(
        self, hooks: Hooks, codek7_clip: CodekClip, codek7_ffmpeg: str, tmp_path: Path
    ) -> None:
        """Presentation time 0 is the first picture's, whatever the container's clock says."""
        clip = codek7_clip("transport_stream")
        done = encode_clip(hooks, clip, ladder(STEREO), tmp_path, only=AudioTask)
        samples = pcm(codek7_ffmpeg, done.joined(done.plan.audio[0].keys))
        assert len(samples) / RATE == pytest.approx(done.plan.timeline.duration_us / 1_000_000, abs=0.1)


def pcm(ffmpeg: str, path: Path) -> array[int]:
    """All of the first sound track, as one channel of 16 bits."""
    argv = [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-i", str(path), "-map", "0:a:0"]
    argv += ["-ac", "1", "-ar", str(RATE), "-f", "s16le", "pipe:1"]
    return array("h", subprocess.run(argv, capture_output=True, check=True).stdout)


def heard_at(ffmpeg: str, path: Path) -> list[int]:
    """Sample numbers at which it gets loud after a silence."""
    found: list[int] = []
    for at, sample in enumerate(pcm(ffmpeg, path)):
        if abs(sample) > HEARD and (not found or at - found[-1] > RATE // 2):
            found.append(at)
    return found
