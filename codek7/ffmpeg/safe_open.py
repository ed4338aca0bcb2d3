"""The one way codek7 opens media with PyAV: local regular files in formats that refer to nothing else.

FFmpeg reads playlists, scripts and pictures of other files as readily as media; whoever may upload one reads
what is beside it. So the format is checked before and by FFmpeg (`format_whitelist`), and nothing but
the named file can be opened (`protocol_whitelist`, no external data references).
"""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codek7.core.errors import (
    MediaEmpty,
    MediaError,
    MediaRefused,
    MediaTooBig,
    MediaUnreadable,
    SourceNotFound,
)
from codek7.ffmpeg.mp4_file import claims, lacks_moov, refers_elsewhere
from codek7.ffmpeg.sniff import SNIFF_BYTES, is_text, never_media

if TYPE_CHECKING:
    from av.container import InputContainer

    from codek7.core.media import Limits

FORMATS = (
    "mov", "matroska", "mpegts", "mpeg", "avi", "flv", "ogg", "mxf", "asf", "gif", "yuv4mpegpipe",
    "wav", "w64", "aiff", "caf", "mp3", "aac", "flac",
)  # fmt: skip
"""FFmpeg's demuxers of self-contained files with times (elementary streams, .264 or .265, have none)."""

PROTOCOL_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": ",".join(FORMATS)}
"""For every program or library call that opens a source."""

MOV_OPTIONS = {"enable_drefs": "0", "use_absolute_path": "0"}
PROBE_BYTES = 10_000_000
ANALYZE_US = 10_000_000
OPEN_TIMEOUT_S = 60
READ_TIMEOUT_S = 60
MOST_STREAMS = 1000
"""Streams of any kind that are parsed before giving up; the limit on tracks is checked after."""
GEN_PTS = 0x0001
"""AVFMT_FLAG_GENPTS"""


def open_media(path: Path, limits: Limits) -> InputContainer:
    """Open a local file for reading; close it, or use it in a `with`.

    Raises `SourceNotFound`, `MediaRefused` (what must never be opened), `MediaUnreadable`, `MediaTooBig`
    (bytes, tracks) and `MediaEmpty` (no tracks at all).
    """
    check_file(path, limits)
    _check_claims(path, limits)
    container = _open(path, limits)
    try:
        _check_tracks(path, container, limits)
    except BaseException:
        container.close()
        raise
    # PyAV asks for made-up presentation times; the ffmpeg program does not, and its frames are the measure.
    container.flags &= ~GEN_PTS
    return container


def count_pictures(path: Path, limits: Limits) -> int:
    """How many pictures a file shows, by its packets. Raises like `open_media`."""
    with open_media(path, limits) as container:
        stream = container.streams.video[0]
        return sum(1 for packet in container.demux(stream) if packet.size and not packet.is_discard)


def check_file(path: Path, limits: Limits) -> None:
    """Raises like `open_media` for what the kind, the size or the first bytes of a file already tell."""
    name = shown(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise MediaRefused(f"{name} is not a regular file", hint="give the media file itself")
        with path.open("rb") as file:
            head = file.read(SNIFF_BYTES)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise SourceNotFound(f"there is no file {name}", hint="check the path") from None
        raise MediaUnreadable(f"cannot read {name}: {error.strerror}", hint="check its permissions") from None
    if status.st_size == 0:
        raise MediaUnreadable(f"{name} is empty (0 bytes)", hint="the copy or upload failed; send it again")
    if status.st_size > limits.max_size_bytes:
        raise MediaTooBig(
            f"{name} has {status.st_size} bytes, more than the limit of {limits.max_size_bytes}",
            hint="raise limits.max_size_bytes, or send a smaller file",
        )
    if what := never_media(head):
        raise MediaRefused(f"{name} is {what}, not a media file", hint="send the media file itself")


def shown(path: Path) -> str:
    """A file's name for messages: no control characters, bounded."""
    name = "".join(c if c.isprintable() else "�" for c in path.name)
    return name if len(name) <= 80 else f"{name[:60]}…{name[-19:]}"


def _open(path: Path, limits: Limits) -> InputContainer:
    import av

    options = {
        **PROTOCOL_OPTIONS,
        "max_streams": str(MOST_STREAMS),
        "max_pixels": str(limits.max_pixels),
        "probesize": str(PROBE_BYTES),
        "analyzeduration": str(ANALYZE_US),
    }
    # 19 always replaces what is no UTF-8 in texts and has no such parameter; 18 fails unless told.
    text: dict[str, Any] = {"metadata_errors": "replace"} if av.__version__.startswith("18.") else {}
    try:
        container: InputContainer = av.open(
            str(path.resolve()),
            mode="r",
            options=options,
            container_options=MOV_OPTIONS,
            timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S),
            **text,
        )
        return container
    except (av.FFmpegError, OSError, ValueError, MemoryError) as error:
        raise _reason(path, error) from error


def _reason(path: Path, error: Exception) -> MediaError:
    """Why libavformat did not open a file, told from its error number and the file's own beginning."""
    name, number = shown(path), getattr(error, "errno", None)
    if number == errno.EINVAL:
        return MediaRefused(
            f"{name} is in a format that is never opened",
            hint=f"convert it to one of: {', '.join(FORMATS)}",
        )
    if isinstance(error, MemoryError) or number == errno.ENOMEM:
        return MediaTooBig(
            f"{name} asks for more memory than it may have, or has over {MOST_STREAMS} streams",
            hint="remux it; such headers are damaged or made on purpose",
        )
    if isinstance(error, TimeoutError) or number == errno.ETIMEDOUT:
        return MediaUnreadable(f"{name} could not be read in {OPEN_TIMEOUT_S} s", hint="check the disk")
    with path.open("rb") as file:
        head = file.read(SNIFF_BYTES)
    if is_text(head):
        return MediaRefused(f"{name} is text, not a media file", hint="send the media file itself")
    if lacks_moov(path):
        return MediaUnreadable(
            f"{name} is an MP4 without its index (moov box)",
            hint="the recording or upload was cut short; send it again",
        )
    return MediaUnreadable(
        f"{name} is damaged or no media file", hint="check that it plays, and send it again"
    )


def is_too_large(path: Path, limits: Limits) -> bool:
    """Whether libavcodec turns the pictures of this file down for their size, told from what it logs.

    The log is PyAV's, of the whole process: for a process that does nothing else.
    """
    from av import logging

    level = logging.get_level()
    logging.set_level(logging.ERROR)
    try:
        with logging.Capture(local=False) as logs, _open(path, limits):
            return any("exceeds specified max pixel count" in message for _, _, message in logs)
    finally:
        logging.set_level(level)


def _check_claims(path: Path, limits: Limits) -> None:
    """Before libav fills the memory with what an MP4 of some kilobytes lists."""
    size = path.stat().st_size
    for claim in claims(path):
        most = limits.max_frames if claim.video else max(limits.max_frames, size)
        if claim.samples > most:
            raise MediaTooBig(
                f"{shown(path)} lists {claim.samples} {'frames' if claim.video else 'samples'} in a track, "
                f"more than the limit of {most}",
                hint="raise limits.max_frames, or remux it; such tables are long, damaged or made on purpose",
            )


def _check_tracks(path: Path, container: InputContainer, limits: Limits) -> None:
    name = shown(path)
    if "mov" in container.format.name and refers_elsewhere(path):
        raise MediaRefused(
            f"{name} keeps its media in another file", hint="export it with everything in one file"
        )
    tracks = sum(stream.type != "attachment" for stream in container.streams)
    if tracks > limits.max_tracks:
        raise MediaTooBig(
            f"{name} has {tracks} tracks, more than the limit of {limits.max_tracks}",
            hint="raise limits.max_tracks, or remux it with fewer tracks",
        )
    if tracks == 0:
        raise MediaEmpty(f"{name} holds no tracks", hint="check that it plays, and send it again")
    for stream in container.streams.video:
        context: Any = stream.codec_context
        if context is not None and context.width * context.height > limits.max_pixels:
            raise MediaTooBig(
                f"{name} has pictures of {context.width}×{context.height}, more than the limit of "
                f"{limits.max_pixels} pixels",
                hint="raise limits.max_pixels, or send a smaller picture",
            )
