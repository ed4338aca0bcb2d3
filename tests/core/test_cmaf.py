"""Fragments: read, put on their times, written, and read back by FFmpeg as well as by us."""

from __future__ import annotations

import contextlib
import io
import struct
import subprocess
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.boxes import box, codecs_of, find, rebuild, walk
from codek7.core.cmaf import (
    Reader,
    Sample,
    TrackFragment,
    clean_init,
    retimed,
    timescale_of,
    write_fragment,
)

samples = st.lists(
    st.tuples(st.integers(1, 5000), st.integers(1, 300), st.integers(0, 9000)), min_size=1, max_size=40
)


@given(samples, st.integers(0, 2**40), st.integers(1, 2**31), st.booleans())
def test_what_is_written_is_read_back(
    rows: list[tuple[int, int, int]], time: int, sequence: int, all_sync: bool
) -> None:
    media = bytes(range(256)) * (sum(size for _, size, _ in rows) // 256 + 1)
    media = media[: sum(size for _, size, _ in rows)]
    fragment = TrackFragment(time, tuple(Sample(*row) for row in rows), memoryview(media))
    written, lead = write_fragment(sequence, fragment, all_sync=all_sync)
    (found,) = Reader().feed(written)
    assert found.decode_time == time
    assert found.samples == fragment.samples
    assert bytes(found.media) == media
    assert written[:lead].endswith(media[: rows[0][1]])
    trun = find(written, b"moof", b"traf", b"trun")
    assert struct.unpack_from(">i", trun, 8)[0] == len(written) - len(media)


@given(samples, st.integers(1, 7))
def test_bytes_may_arrive_in_any_pieces(rows: list[tuple[int, int, int]], size: int) -> None:
    media = bytes(sum(size for _, size, _ in rows))
    fragment = TrackFragment(0, tuple(Sample(*row) for row in rows), memoryview(media))
    written = write_fragment(1, fragment)[0] * 2
    reader = Reader()
    found = [f for at in range(0, len(written), size) for f in reader.feed(written[at : at + size])]
    assert [f.samples for f in found] == [fragment.samples] * 2


@given(st.binary(max_size=200))
def test_what_is_no_fragmented_mp4_is_refused_or_waited_for(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        list(Reader().feed(data))


@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
    st.integers(-(10**6), 10**6),
)
def test_a_reordered_gop_lands_on_its_presentation_times(
    steps: list[int], random: object, shift: int
) -> None:
    times = [0]
    for step in steps:
        times.append(times[-1] + step)
    order = [times[0], *random.sample(times[1:], len(times) - 1)]  # type: ignore[attr-defined]
    coded = tuple(Sample(1, 1, time - at) for at, time in enumerate(order))
    delay, end = max(times), times[-1] + 5
    made = retimed(
        TrackFragment(0, coded, memoryview(bytes(len(order)))), end + shift, shift=shift, delay=delay
    )
    assert [time - delay - shift for time in made.presentation_times()] == order
    assert made.decode_time == shift
    assert sum(sample.duration for sample in made.samples) == end


@given(st.lists(st.integers(8, 900), min_size=1, max_size=30), st.integers(1, 3), st.integers(8, 2000))
def test_a_long_frame_between_pictures_out_of_order_does_not_lengthen_the_delay(
    steps: list[int], depth: int, delay: int
) -> None:
    """However far apart the pictures of a mini-GOP are: P first, then the B-frames before it."""
    times = [0]
    for step in steps:
        times.append(times[-1] + step)
    order = [times[0]]
    for at in range(1, len(times), depth + 1):
        order += [*times[at : at + depth + 1][-1:], *times[at : at + depth + 1][:-1]]
    end = times[-1] + 8
    coded = tuple(Sample(1, 1, time - at) for at, time in enumerate(order))
    made = retimed(TrackFragment(0, coded, memoryview(bytes(len(order)))), end, delay=delay)
    assert [time - delay for time in made.presentation_times()] == order
    assert all(sample.composition >= 0 for sample in made.samples)
    assert all(sample.duration > 0 for sample in made.samples)
    assert all(time + sample.duration <= end for time, sample in zip(order, made.samples, strict=True))


def test_more_reordering_than_planned_is_refused() -> None:
    coded = TrackFragment(0, (Sample(1, 1, 0), Sample(1, 1, 2), Sample(1, 1, -1)), memoryview(b"abc"))
    with pytest.raises(ValueError, match="reordered"):
        retimed(coded, 4, delay=0)


@pytest.fixture(scope="module", params=["libx264", "libx265", "libsvtav1"])
def encoded(request: pytest.FixtureRequest, ffmpeg: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fragmented MP4 as an encoder leaves it."""
    path = tmp_path_factory.mktemp("encoded") / f"{request.param}.mp4"
    command = [
        ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=192x128:rate=24:duration=2",
        "-c:v", request.param, "-preset", "10" if "svt" in request.param else "veryfast", "-g", "24",
        "-tag:v", {"libx265": "hvc1"}.get(request.param, "av01" if "svt" in request.param else "avc1"),
        "-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return path


def test_any_encoder_presents_from_zero(encoded: Path) -> None:
    reader = Reader()
    fragments = list(reader.feed(encoded.read_bytes()))
    timescale = timescale_of(reader.init)
    step = timescale // 24
    delay = 0 if "svt" in encoded.name else 2 * step
    shift = -min(fragments[0].presentation_times())
    body = clean_init(reader.init, delay=delay)
    ends = [min(f.presentation_times()) + shift for f in fragments[1:]] + [48 * step]
    for number, (fragment, end) in enumerate(zip(fragments, ends, strict=True)):
        body += write_fragment(number + 1, retimed(fragment, end, shift=shift, delay=delay))[0]
    with av.open(io.BytesIO(body), "r") as container:
        assert [frame.pts for frame in container.decode(video=0)] == [n * step for n in range(48)]


def test_codec_strings_name_what_is_there(encoded: Path) -> None:
    reader = Reader()
    list(reader.feed(encoded.read_bytes()))
    starts = {"libx264.mp4": "avc1.64", "libx265.mp4": "hvc1.1.6.L", "libsvtav1.mp4": "av01.0.0"}
    assert codecs_of(reader.init).startswith(starts[encoded.name])


def test_a_clean_init_section_has_no_tags_and_its_own_edit_list(encoded: Path) -> None:
    reader = Reader()
    list(reader.feed(encoded.read_bytes()))
    init = clean_init(reader.init, delay=77)
    assert [found.kind for found in walk(init)] == [b"ftyp", b"moov"]
    assert b"udta" not in init
    assert struct.unpack_from(">i", find(init, b"moov", b"trak", b"edts", b"elst"), 12)[0] == 77
    assert clean_init(init, delay=77) == init


def test_boxes_that_claim_too_much_are_refused() -> None:
    with pytest.raises(ValueError, match="claims"):
        list(walk(struct.pack(">I4s", 100, b"moov")))


def test_rebuilding_drops_and_adds() -> None:
    data = box(b"moov", box(b"udta", b"x"), box(b"trak", box(b"edts")))
    assert rebuild(data, [b"udta", b"edts"], {b"trak": box(b"free")}) == box(
        b"moov", box(b"trak", box(b"free"))
    )
