"""Packages a presentation as HLS: playlists from the segment index, subtitles, poster and storyboard."""

from __future__ import annotations

from fractions import Fraction

from codek7.core.hookspecs import hookimpl
from codek7.core.playlists import TextObject, object_name, write_playlists
from codek7.core.ports import Frames
from codek7.core.presentation import Package, Presentation
from codek7.core.records import TextRendition, init_key, object_key
from codek7.core.webvtt import segments as text_segments


@hookimpl
def codek7_package(presentation: Presentation, frames: Frames) -> Package:
    """Any presentation can be packaged. A growing one has neither subtitles nor pictures yet."""
    timeline = presentation.timeline
    cuts = [timeline.seconds(cut) for cut in timeline.cuts]
    text, bodies = _text(() if presentation.growing else presentation.text, cuts)
    files = write_playlists(presentation, text) | bodies
    if len(frames) and not presentation.growing:
        from codek7.pictures import make_pictures

        files |= make_pictures(frames, timeline.duration_us)
    links: dict[str, str] = {}
    for rendition in (*presentation.video, *presentation.audio):
        links[f"{rendition.name}/init.mp4"] = init_key(rendition.records[0].key)
        for record in rendition.records:
            links[f"{rendition.name}/{object_name(record)}"] = object_key(record.key)
    return Package(files=files, links=links)


def _text(
    renditions: tuple[TextRendition, ...], cuts: list[Fraction]
) -> tuple[list[TextObject], dict[str, bytes]]:
    """Each rendition's segments, and the one file that holds them all."""
    objects, bodies = [], {}
    for rendition in renditions:
        offset, ranges = 0, []
        written = text_segments(rendition, cuts)
        for number, body in enumerate(written):
            ranges.append((cuts[number + 1] - cuts[number], offset, len(body)))
            offset += len(body)
        objects.append(TextObject(rendition, tuple(ranges)))
        bodies[f"{rendition.name}/text.vtt"] = b"".join(written)
    return objects, bodies
