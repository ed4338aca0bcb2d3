"""The contract of an encoder of pictures (`codek7_encode`): chunks hold exactly the frames that were planned.

The heart is membership: all chunks of a source, decoded one behind the other, are a whole decode of it. That
is proved on the pictures' hashes with a lossless rung, and by likeness with every codec.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import pytest

from codek7.core.errors import Codek7Error, EncodeError
from codek7.core.hooks import Hooks
from codek7.core.ladder import Codec, Ladder, Rung
from codek7.core.pipeline.plan import tasks_for
from codek7.core.records import ChunkRecord
from codek7.core.tasks import Attempt, EncodeTask, Progress, Update, Workspace
from codek7.core.timeline import frames_between
from codek7.testing.plugin import PluginContract
from codek7.testing.pytest_plugin import CodekClip
from codek7.testing.truth import decoded, thumbnails, unlike
from codek7.testing.work import MEMORY_BYTES, Done, encode_clip, plan_clip

MEMBERSHIP = ("b_frames", "edit_list", "open_gop", "transport_stream", "vfr")
"""Clips of which seeking alone loses or repeats frames."""
SIZE = {"width": 192, "height": 112}
HIGH_BPS = 50_000_000


def ladder(*rungs: Rung) -> Ladder:
    """Pictures only, in short segments, so that a clip of seconds has several chunks."""
    return Ladder(rungs=rungs, audio=(), segment_us=1_000_000, idr_us=500_000, planner="test@1")


def rung(**changed: object) -> Rung:
    """A rung of the clips' own size, small, so that the suite takes seconds."""
    fields: dict[str, object] = {**SIZE, "crf": 20, "ceiling_bps": HIGH_BPS, **changed}
    return Rung(**fields)  # type: ignore[arg-type]  # fields of the struct, by name


class EncoderContract(PluginContract):
    """Override `plugin`, and `codecs` or `lossless` where it does not encode all of them."""

    hook: ClassVar[str] = "codek7_encode"
    codecs: ClassVar[tuple[Codec, ...]] = ("h264", "hevc", "av1")
    lossless: ClassVar[Rung] = rung(codec="hevc", preset="ultrafast", options={"lossless": "1"})
    """A rung that keeps every picture bit for bit."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test that asks for `codec` gets each that is encoded."""
        if "codec" in metafunc.fixturenames:
            metafunc.parametrize("codec", self.codecs)

    @pytest.fixture
    def done(self, hooks: Hooks, codek7_clip: CodekClip, tmp_path: Path) -> Done:
        """A clip with B-frames in two rungs, the lower one at half the frame rate."""
        low = rung(codec=self.codecs[0], width=96, height=56, frame_rate=Fraction(12), ceiling_bps=500_000)
        high = rung(codec=self.codecs[0])
        return encode_clip(hooks, codek7_clip("b_frames", **SIZE), ladder(low, high), tmp_path)

    @pytest.mark.parametrize("name", MEMBERSHIP)
    def test_all_chunks_are_a_whole_decode(
        self, hooks: Hooks, codek7_clip: CodekClip, codek7_ffmpeg: str, tmp_path: Path, name: str
    ) -> None:
        """Bit for bit, frame by frame, on the planned times."""
        path = codek7_clip(name, **SIZE)
        done = encode_clip(hooks, path, ladder(self.lossless), tmp_path)
        whole = decoded(codek7_ffmpeg, path)
        chunks = decoded(codek7_ffmpeg, done.joined(done.plan.video[0].keys))
        assert len(done.plan.timeline.chunks) > 2, "the clip is too short to show anything"
        assert [picture.md5 for picture in chunks] == [picture.md5 for picture in whole]
        assert [picture.at for picture in chunks] == planned_times(done, 0)

    def test_every_codec_keeps_the_frames_in_their_places(
        self, hooks: Hooks, codek7_clip: CodekClip, codek7_ffmpeg: str, tmp_path: Path, codec: Codec
    ) -> None:
        """Each picture is most like the source's picture of its own number."""
        path = codek7_clip("transport_stream", **SIZE)
        done = encode_clip(hooks, path, ladder(rung(codec=codec, preset=fast(codec))), tmp_path)
        joined = done.joined(done.plan.video[0].keys)
        assert [picture.at for picture in decoded(codek7_ffmpeg, joined)] == planned_times(done, 0)
        assert not unlike(thumbnails(codek7_ffmpeg, joined), thumbnails(codek7_ffmpeg, path))

    def test_each_rung_has_its_own_frames(self, done: Done, codek7_ffmpeg: str) -> None:
        for number, video in enumerate(done.plan.video):
            shown = [picture.at for picture in decoded(codek7_ffmpeg, done.joined(video.keys))]
            assert shown == planned_times(done, number), video.rung.label

    def test_everything_asked_for_is_recorded(self, done: Done) -> None:
        asked = [key for task in done.tasks for key in task.keys]
        assert sorted(done.records) == sorted(asked)
        for task in done.tasks:
            assert isinstance(task, EncodeTask)
            for target in task.targets:
                record = done.records[target.key]
                assert (record.kind, record.chunk) == ("video", task.chunk.index)
                assert (record.width, record.height) == (target.rung.width, target.rung.height)
                assert record.frames == len(target.frames)
                assert record.codecs
                assert record.work.tool

    def test_chunks_of_a_rendition_share_one_init_section(self, done: Done) -> None:
        for video in done.plan.video:
            inits = {(done.folder / f"{key}.init.mp4").read_bytes() for key in video.keys}
            assert len(inits) == 1
            (init,) = inits
            assert {done.records[key].init_sha256 for key in video.keys} == {hashlib.sha256(init).hexdigest()}

    def test_fragments_fill_the_object_and_the_time(self, done: Done) -> None:
        """One behind the other, one for each IDR picture, none longer or shorter than planned."""
        timeline = done.plan.timeline
        for video in done.plan.video:
            for chunk, key in zip(timeline.chunks, video.keys, strict=True):
                record = done.records[key]
                assert [segment.index for segment in record.segments] == list(range(chunk.first, chunk.last))
                at = 0
                for segment in record.segments:
                    starts = [idr for idr in timeline.idrs if in_segment(done, segment.index, idr)]
                    ends = [*starts[1:], timeline.cuts[segment.index + 1]]
                    assert [f.start for f in segment.fragments] == [timeline.media_time(s) for s in starts]
                    for fragment, start, end in zip(segment.fragments, starts, ends, strict=True):
                        assert fragment.offset == at
                        assert 0 < fragment.lead_bytes <= fragment.size
                        assert fragment.duration == timeline.media_time(end) - timeline.media_time(start)
                        at += fragment.size
                assert at == record.size_bytes

    def test_every_fragment_can_be_the_first(self, done: Done, codek7_ffmpeg: str, tmp_path: Path) -> None:
        """A player may start at any of them."""
        alone = tmp_path / "alone.mp4"
        for video in done.plan.video:
            key = video.keys[-1]
            init, body = ((done.folder / f"{key}.{kind}").read_bytes() for kind in ("init.mp4", "m4s"))
            for fragment in (f for segment in done.records[key].segments for f in segment.fragments):
                alone.write_bytes(init + body[fragment.offset : fragment.offset + fragment.size])
                assert len(decoded(codek7_ffmpeg, alone)) == fragment.frames

    def test_sample_pictures_show_every_second(self, done: Done) -> None:
        step = 1 / done.plan.timeline.time_base
        for chunk, key in zip(done.plan.timeline.chunks, done.plan.samples, strict=True):
            record, body = done.records[key], (done.folder / f"{key}.m4s").read_bytes()
            times = [image.pts for image in record.images]
            assert record.kind == "samples"
            assert times[0] == chunk.start
            assert all(chunk.start <= time < chunk.end for time in times)
            assert all(0 < b - a < 2 * step for a, b in zip(times, [*times[1:], chunk.end], strict=True))
            for image in record.images:
                jpeg = body[image.offset : image.offset + image.size]
                assert (jpeg[:2], jpeg[-2:]) == (b"\xff\xd8", b"\xff\xd9")

    def test_the_same_again_is_the_same_bytes(
        self, hooks: Hooks, done: Done, codek7_clip: CodekClip, tmp_path: Path
    ) -> None:
        """What is found under a key must be what would be made."""
        again = tmp_path / "again"
        again.mkdir()
        encode_clip(hooks, codek7_clip("b_frames", **SIZE), done.plan.ladder, again)
        for path in again.iterdir():
            assert path.read_bytes() == (done.folder / path.name).read_bytes(), path.name

    def test_it_says_what_it_ran_and_how_far_it_is(self, done: Done) -> None:
        attempts = [update for update in done.updates if isinstance(update, Attempt)]
        assert {key for attempt in attempts for key in attempt.keys} == set(done.records)
        assert all(attempt.tool and attempt.wall_us > 0 for attempt in attempts)
        assert {attempt.outcome for attempt in attempts} == {"done"}
        progress = [update.done_us for update in done.updates if isinstance(update, Progress)]
        assert all(0 <= done_us <= done.plan.timeline.duration_us for done_us in progress)

    def test_what_is_cancelled_ends_and_records_nothing(
        self, hooks: Hooks, codek7_clip: CodekClip, tmp_path: Path
    ) -> None:
        with pytest.raises(Codek7Error):
            encode_clip(
                hooks, codek7_clip("default", **SIZE), ladder(rung()), tmp_path, cancelled=lambda: True
            )
        assert not list(tmp_path.glob("*.init.mp4"))

    def test_a_source_that_broke_is_an_error(
        self, hooks: Hooks, codek7_clip: CodekClip, tmp_path: Path
    ) -> None:
        """Planned from a whole file, encoded from what is left of it."""
        whole, broken = codek7_clip("transport_stream", **SIZE), tmp_path / "broken.ts"
        broken.write_bytes(whole.read_bytes()[:20_000])
        *_, last = tasks_for(plan_clip(whole, ladder(rung())), (), MEMORY_BYTES)
        told: list[Update] = []
        with pytest.raises(EncodeError):
            hooks.encode(last, Workspace(broken, tmp_path, told.append, lambda: False))
        assert not any(isinstance(update, ChunkRecord) for update in told)


def planned_times(done: Done, number: int) -> list[Fraction]:
    """When the frames of a rung present, in seconds of the presentation."""
    timeline, video = done.plan.timeline, done.plan.video[number]
    assert timeline.frame_times is not None
    pts = timeline.frame_times.pts()
    frames = frames_between(pts, timeline.cuts[0], timeline.cuts[-1], video.divisor)
    return [timeline.seconds(frame) for frame in frames]


def in_segment(done: Done, index: int, pts: int) -> bool:
    """Whether a time lies in a segment."""
    cuts = done.plan.timeline.cuts
    return cuts[index] <= pts < cuts[index + 1]


def fast(codec: Codec) -> str:
    """A preset that takes seconds."""
    return "12" if codec == "av1" else "ultrafast"
