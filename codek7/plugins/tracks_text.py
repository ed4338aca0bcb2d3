"""Text subtitles of a source and of files beside it, as renditions on the presentation's clock."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from codek7.core.errors import MediaError, MediaTooBig, MediaUnreadable
from codek7.core.hookspecs import hookimpl
from codek7.core.languages import language_tag
from codek7.core.media import MediaInfo, SubtitleTrack
from codek7.core.records import TextCue, TextRendition
from codek7.core.scratch import aside
from codek7.core.settings import Settings
from codek7.core.webvtt import LONGEST_CUE
from codek7.ffmpeg.process import run
from codek7.ffmpeg.program import find_ffmpeg
from codek7.ffmpeg.ran import Ran
from codek7.ffmpeg.safe_open import shown
from codek7.ffmpeg.subtitles import MOST_BYTES, Spoken, read_side_file, read_tracks

MOST_SIDE_BYTES = 20_000_000
MOST_SHOWN = 50_000_000
"""Characters times seconds shown, of a track: each segment repeats the cues that show in it."""
UNTOLD_S = Fraction(5)
"""How long a cue shows at most where its end is not told."""
SNIFFED = 100_000
"""Characters of a side file that tell its kind."""
SRT_CUE = re.compile(r"^[ \t]*\d{1,4}:\d{1,2}:\d{1,2}[,.]\d{1,3}[ \t]*-->", re.MULTILINE)

log = logging.getLogger(__name__)


class Plugin:
    """Keeps the settings it is configured with."""

    def __init__(self) -> None:
        self._settings = Settings()

    @hookimpl
    def codek7_configure(self, settings: Settings) -> None:
        """Which program reads, and within which limits."""
        self._settings = settings

    @hookimpl
    def codek7_tracks(self, path: Path, info: MediaInfo) -> list[TextRendition]:
        """A rendition for each text track that holds a cue.

        A side file that is no subtitles, or is larger than any, raises `MediaUnreadable` or `MediaTooBig`
        naming it; so does the source where none of its tracks can be read.
        """
        tracks = [track for track in info.subtitles if track.text]
        with aside() as folder:
            spoken = self._embedded(path, [track.index for track in tracks if not track.path], folder)
            cues = {
                at: self._side_file(track, info, folder)
                if track.path
                else presented(spoken[track.index], origin(info), info.duration_us)
                for at, track in enumerate(tracks)
            }
        return renditions([(track, cues[at]) for at, track in enumerate(tracks) if cues[at]])

    def _embedded(self, path: Path, indexes: Sequence[int], folder: Path) -> dict[int, list[Spoken]]:
        """All in one pass; where that fails, one by one, without those that fail, but not without all."""
        if not indexes:
            return {}
        program = find_ffmpeg(self._settings.ffmpeg).path
        try:
            return dict(zip(indexes, read_tracks(program, path, indexes, folder, self._run), strict=True))
        except MediaUnreadable:
            if len(indexes) == 1:
                raise
        found: dict[int, list[Spoken]] = {}
        for index in indexes:
            try:
                (found[index],) = read_tracks(program, path, [index], folder, self._run)
            except MediaUnreadable as error:
                failed = error
                log.warning("%s: subtitle track %d is left out: %s", shown(path), index, error)
        if not found:
            raise failed
        return {index: found.get(index, []) for index in indexes}

    def _side_file(self, track: SubtitleTrack, info: MediaInfo, folder: Path) -> tuple[TextCue, ...]:
        """Times in a side file count from the start of the presentation."""
        path = Path(track.path)
        try:
            text = decoded(path)
            copy = folder / "side.txt"
            copy.write_text(text, encoding="utf-8")
            program = find_ffmpeg(self._settings.ffmpeg).path
            spoken = read_side_file(program, copy, side_format(text), folder, self._run)
            cues = presented(spoken, Fraction(0), info.duration_us)
        except MediaError as error:
            raise type(error)(f"subtitle file {shown(path)}: {error.message}", hint=error.hint) from error
        if not cues:
            raise MediaUnreadable(
                f"subtitle file {shown(path)}: no cue shows while the source plays",
                hint="check that it belongs to this source",
            )
        return cues

    def _run(self, argv: list[str], folder: Path, source: Path) -> Ran:
        return run(
            argv,
            folder=folder,
            reads=[source],
            stall_s=self._settings.stall_s,
            memory_bytes=self._settings.limits.max_memory_bytes,
            file_bytes=MOST_BYTES,
            sandbox=self._settings.sandbox,
        )


def origin(info: MediaInfo) -> Fraction:
    """Presentation time 0 in the container's clock, in seconds: the first picture, or the first sound."""
    if info.video:
        return info.video.start_pts * info.video.time_base
    return Fraction(min((track.start_us for track in info.audio), default=0), 1_000_000)


def presented(spoken: Sequence[Spoken], start: Fraction, duration_us: int) -> tuple[TextCue, ...]:
    """Cues of presentation time in rising order: those within it, one for what repeats without a gap.

    Raises `MediaTooBig` for more text at once than anyone could read.
    """
    ordered = sorted((cue for cue in spoken if cue.text.strip()), key=lambda cue: cue.start)
    timed = zip(ordered, _ends(ordered), strict=True)
    cues: list[TextCue] = []
    last: dict[str, int] = {}
    for cue, end in timed:
        start_us = max(0, round((cue.start - start) * 1_000_000))
        end_us = min(duration_us, round((end - start) * 1_000_000))
        text = cue.text.strip()[:LONGEST_CUE]
        if start_us >= end_us:
            continue
        at = last.get(text)
        if at is not None and cues[at].end_us >= start_us:
            end_us = max(end_us, cues[at].end_us)
            cues[at] = TextCue(start_us=cues[at].start_us, end_us=end_us, text=text)
        else:
            last[text] = len(cues)
            cues.append(TextCue(start_us=start_us, end_us=end_us, text=text))
    if sum(len(cue.text) * (cue.end_us - cue.start_us) for cue in cues) > MOST_SHOWN * 1_000_000:
        raise MediaTooBig("a subtitle track shows too much text at once", hint="leave that track out")
    return tuple(cues)


def _ends(ordered: Sequence[Spoken]) -> list[Fraction]:
    """When each cue ends: as told, or with the next one, soon after."""
    following = [after.start for _, after in pairwise(ordered)]
    limits = [*following, ordered[-1].start + UNTOLD_S] if ordered else []
    return [
        cue.end if cue.end is not None else min(limit, cue.start + UNTOLD_S)
        for cue, limit in zip(ordered, limits, strict=True)
    ]


def renditions(tracks: Sequence[tuple[SubtitleTrack, tuple[TextCue, ...]]]) -> list[TextRendition]:
    """Named after their languages: "text-en", and "text-en-2" for a second one."""
    made: list[TextRendition] = []
    counts: dict[str, int] = {}
    for track, cues in tracks:
        tag = language_tag(track.language)
        name = f"text-{tag.lower() or 'und'}"
        counts[name] = counts.get(name, 0) + 1
        made.append(
            TextRendition(
                name=name if counts[name] == 1 else f"{name}-{counts[name]}",
                language=tag,
                title=track.title,
                default="default" in track.disposition,
                forced="forced" in track.disposition,
                cues=cues,
            )
        )
    return made


def decoded(path: Path) -> str:
    """A side file's text: Unicode where it is, else what old subtitle editors wrote. Raises `MediaUnreadable`
    for what is no text, `MediaTooBig`."""
    try:
        if not path.is_file():
            raise MediaUnreadable("there is no such file", hint="check the path")
        if path.stat().st_size > MOST_SIDE_BYTES:
            raise MediaTooBig(f"more than {MOST_SIDE_BYTES} bytes", hint="give the subtitles alone")
        content = path.read_bytes()
    except OSError as error:
        raise MediaUnreadable(f"cannot be read: {error.strerror}", hint="check its permissions") from error
    text = _unicode(content) or content.decode("cp1252", "replace")
    if "\0" in text:
        raise MediaUnreadable("it is not text", hint="give subtitles in SRT, WebVTT or ASS")
    return text


def _unicode(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return ""


def side_format(text: str) -> str:
    """FFmpeg's name for the format of a side file, from what it holds, whatever it is called."""
    head = text[:SNIFFED]
    if re.match(r"\s*WEBVTT(?:\s|$)", head):
        return "webvtt"
    if re.match(r"\s*\[Script Info\]", head, re.IGNORECASE):
        return "ass"
    if SRT_CUE.search(head):
        return "srt"
    raise MediaUnreadable("it holds no subtitles", hint="give subtitles in SRT, WebVTT or ASS")
