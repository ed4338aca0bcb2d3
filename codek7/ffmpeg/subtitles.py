"""Text subtitles of any kind as timed plain text. FFmpeg reads them all, in one pass over the source, and
writes them down as ASS events; what it writes is bounded, and read back packet by packet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from codek7.core.ass import event_text, plain_text
from codek7.core.errors import MediaError, MediaTooBig, MediaUnreadable
from codek7.core.media import Limits
from codek7.ffmpeg.ran import Ran
from codek7.ffmpeg.safe_open import PROTOCOL_OPTIONS, open_media

SIDE_FORMATS = ("srt", "webvtt", "ass")
"""FFmpeg's demuxers of subtitle files that refer to no other file."""
MOST_CUES = 100_000
MOST_BYTES = 64_000_000
LONGEST_EVENT = 20_000
"""Characters of an event, styling included; the rest is cut off."""
AHEAD_S = 100_000
"""Added to all times while they are in a Matroska file, which has none below 0."""

Run = Callable[[list[str], Path, Path], Ran]
"""Runs a command in a folder that may read one file elsewhere."""


class Spoken(NamedTuple):
    """A cue in the source's clock, in seconds; `end` is None where the source does not say."""

    start: Fraction
    end: Fraction | None
    text: str


def read_tracks(
    program: str, source: Path, tracks: Sequence[int], folder: Path, run: Run
) -> list[list[Spoken]]:
    """The cues of each of these tracks, by number in the file, in the order they are stored.

    Raises `MediaUnreadable` where FFmpeg cannot read one of them, `MediaTooBig` beyond `MOST_CUES` or
    `MOST_BYTES`, `EncodeStalled`, and `DiskFull`.
    """
    return _read(program, source, PROTOCOL_OPTIONS, tracks, folder, run)


def read_side_file(program: str, text: Path, kind: str, folder: Path, run: Run) -> list[Spoken]:
    """The cues of a subtitle file in UTF-8, of one of the `SIDE_FORMATS`. Raises like `read_tracks`."""
    options = {"protocol_whitelist": "file", "format_whitelist": ",".join(SIDE_FORMATS), "f": kind}
    (cues,) = _read(program, text, options, [0], folder, run)
    return cues


def _read(
    program: str, source: Path, options: dict[str, str], tracks: Sequence[int], folder: Path, run: Run
) -> list[list[Spoken]]:
    events = folder / "events.mkv"
    ran = run(_command(program, source, options, tracks, events), folder, source)
    if events.exists() and events.stat().st_size >= MOST_BYTES:
        raise MediaTooBig(f"its subtitles hold more than {MOST_BYTES} bytes", hint="remux it without them")
    if ran.outcome != "failed" or ran.disk_full:
        ran.require_done("reading subtitles")
        return _cues(events, len(tracks))
    raise MediaUnreadable(f"its subtitles cannot be read: ffmpeg {ran.reason}", hint="check that they show")


def _command(
    program: str, source: Path, options: dict[str, str], tracks: Sequence[int], events: Path
) -> list[str]:
    import ffmpeg

    opened = ffmpeg.input(source, **options)
    written = ffmpeg.output(
        *(opened[str(track)] for track in tracks),
        str(events),
        **{"c:s": "ass", "f": "matroska", "map_metadata": "-1", "map_chapters": "-1", "fflags": "+bitexact"},
        output_ts_offset=AHEAD_S,
    )
    # Sources go in as paths: as text, ffmpeg-python takes no name that is not Unicode.
    return [
        str(part) for part in ffmpeg.compile(written, cmd=[program, "-loglevel", "error", "-copyts", "-y"])
    ]


def _cues(events: Path, tracks: int) -> list[list[Spoken]]:
    cues: list[list[Spoken]] = [[] for _ in range(tracks)]
    try:
        container = open_media(events, Limits())
    except MediaError as error:
        raise MediaUnreadable(f"its subtitles cannot be read: {error.message}", hint=error.hint) from error
    with container:
        for packet in container.demux():
            if packet.pts is None or packet.time_base is None:
                continue
            track = cues[packet.stream.index]
            if len(track) == MOST_CUES:
                raise MediaTooBig(f"a subtitle track has more than {MOST_CUES} cues", hint="remux it without")
            start = packet.pts * packet.time_base - AHEAD_S
            end = start + packet.duration * packet.time_base if packet.duration else None
            event = bytes(packet).decode("utf-8", "replace")
            track.append(Spoken(start, end, plain_text(event_text(event)[:LONGEST_EVENT])))
    return cues
