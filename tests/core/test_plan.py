"""The plan of a job: its keys, its tasks, and how rungs share processes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from codek7.core.frame_times import FrameTimes
from codek7.core.ladder import Ladder, Rung
from codek7.core.media import AudioTrack, Limits, MediaInfo, Probed, Source, VideoTrack
from codek7.core.pipeline.plan import WorkPlan, memory_groups, plan_work, tasks_for
from codek7.core.tasks import AudioTask, EncodeTask

RATE = Fraction(25)
SECONDS = 60
LADDER = Ladder(
    rungs=tuple(
        Rung(width=w, height=w * 9 // 16, crf=23, ceiling_bps=w * 1000) for w in (320, 640, 1280, 1920)
    )
)
PLENTY = 10**12


def track(**facts: Any) -> VideoTrack:
    known = {
        "index": 0, "codec": "h264", "width": 1920, "height": 1080, "frame_rate": RATE,
        "time_base": Fraction(1, 25), "start_pts": 0, "frames": SECONDS * 25, "duration_us": SECONDS * 10**6,
    }  # fmt: skip
    return VideoTrack(**{**known, **facts})


def sound(index: int, channels: int = 2) -> AudioTrack:
    return AudioTrack(
        index=index,
        codec="aac",
        sample_rate=48_000,
        channels=channels,
        start_us=0,
        duration_us=SECONDS * 10**6,
    )


def plan(*tracks: Any, ladder: Ladder = LADDER, tools: str = "ffmpeg@1", sha256: str = "a" * 64) -> WorkPlan:
    info = MediaInfo(container="mp4", duration_us=SECONDS * 10**6, tracks=tracks, prober="test@1")
    times = FrameTimes.of(range(SECONDS * 25)) if info.video else None
    source = Source(uri="/x", sha256=sha256, size_bytes=1)
    return plan_work(
        source,
        Probed(info=info, frame_times=times),
        ladder,
        tools=tools,
        limits=Limits(),
        filters=lambda *_: (),
    )


def test_equal_plans_have_equal_keys() -> None:
    assert plan(track(), sound(1)).keys == plan(track(), sound(1)).keys


def test_keys_do_not_hang_on_what_does_not_change_the_bytes() -> None:
    """A thorough second look at a source reuses what was made after the first."""
    told = plan(track(frames=7, duration_us=1, bitrate_bps=9, title="x", language="de"))
    assert told.keys == plan(track()).keys


def test_keys_change_with_whatever_changes_the_bytes() -> None:
    base = plan(track(), sound(1)).keys
    harder = replace(LADDER, rungs=tuple(replace(rung, crf=24) for rung in LADDER.rungs))
    others = [
        plan(track(), sound(1), tools="ffmpeg@2"),
        plan(track(), sound(1), sha256="b" * 64),
    ]
    for other in others:
        assert not base & other.keys
    assert not {k for v in plan(track(), ladder=harder).video for k in v.keys} & base
    assert not {k for v in plan(track(rotation=90)).video for k in v.keys} & base


def test_a_rung_more_leaves_the_others_as_they_are() -> None:
    fewer = plan(track(), ladder=replace(LADDER, rungs=LADDER.rungs[:-1])).keys
    assert fewer < plan(track()).keys


def test_first_chunks_and_low_rungs_come_first_and_sound_before_them() -> None:
    tasks = list(tasks_for(plan(track(), sound(1)), set(), PLENTY))
    assert isinstance(tasks[0], AudioTask)
    chunks = [task for task in tasks if isinstance(task, EncodeTask)]
    assert [task.chunk.index for task in chunks] == sorted(task.chunk.index for task in chunks)
    for task in chunks:
        heights = [target.rung.height for target in task.targets]
        assert heights == sorted(heights)
        assert task.samples_key


def test_what_is_done_is_not_done_again() -> None:
    whole = plan(track(), sound(1))
    assert list(tasks_for(whole, whole.keys, PLENTY)) == []
    kept = whole.keys - {whole.video[2].keys[1]}
    (task,) = tasks_for(whole, kept, PLENTY)
    assert task.keys == (whole.video[2].keys[1],)


def test_rungs_are_encoded_in_groups_where_memory_is_short() -> None:
    video = plan(track()).video
    assert [len(group) for group in memory_groups(video, track(), PLENTY)] == [4]
    assert [len(group) for group in memory_groups(video, track(), 1)] == [1, 1, 1, 1]
    some = memory_groups(video, track(), 300_000_000)
    assert [plan.name for group in some for plan in group] == [plan.name for plan in video]
    assert 1 < len(some) < 4


def test_groups_share_the_sample_pictures_between_them() -> None:
    tasks = [t for t in tasks_for(plan(track()), set(), 1) if isinstance(t, EncodeTask)]
    by_chunk: dict[int, list[str]] = {}
    for task in tasks:
        by_chunk.setdefault(task.chunk.index, []).append(task.samples_key)
    assert all(len([key for key in keys if key]) == 1 for keys in by_chunk.values())


def test_every_track_is_heard_and_more_channels_only_where_they_are() -> None:
    made = plan(track(), sound(1, channels=6), sound(2, channels=1)).audio
    assert [(each.track.index, each.rung.channels) for each in made] == [(1, 2), (2, 2), (1, 6)]


def test_sound_alone_is_planned_from_its_own_start() -> None:
    late = replace(sound(0), start_us=1_500_000)
    alone = plan(late)
    assert alone.video == ()
    assert alone.samples == ()
    assert alone.origin == Fraction(3, 2)
