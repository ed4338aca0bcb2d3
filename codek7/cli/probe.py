"""`codek7 probe`: what a source holds."""

from __future__ import annotations

import click

from codek7.cli.common import (
    home_option,
    human_bytes,
    human_time,
    json_option,
    open_hub,
    write_json,
    write_table,
)
from codek7.core.media import AudioTrack, MediaInfo, Source, Track, VideoTrack

EPILOG = """\b
Examples:
  codek7 probe holiday.mov
  codek7 probe holiday.mov --json | jq '.tracks[] | select(.kind == "video")'"""


@click.command(epilog=EPILOG)
@click.argument("source")
@click.option("--thorough", is_flag=True, help="Decode every frame instead of trusting the packets' times.")
@home_option
@json_option
def probe(source: str, thorough: bool, home: str | None, as_json: bool) -> None:
    """Show what SOURCE, a path or a URL, holds: container, tracks, chapters."""
    from codek7.jobs import find_source

    with open_hub(home) as hub:
        found, path = find_source(hub, source)
        info = hub.hooks.probe(path, hub.settings.limits, thorough).info
    if as_json:
        write_json(info)
    else:
        _show(found, info)


def _show(source: Source, info: MediaInfo) -> None:
    click.echo(f"{info.container}, {human_time(info.duration_us)}, {human_bytes(source.size_bytes)}")
    rows = [(track.index, _kind(track), track.codec, _facts(track), track.language) for track in info.tracks]
    write_table(("track", "kind", "codec", "facts", "language"), rows)
    for chapter in info.chapters:
        click.echo(f"chapter {human_time(chapter.start_us)} {chapter.title}")


def _kind(track: Track) -> str:
    return type(track).__name__.removesuffix("Track").lower()


def _facts(track: Track) -> str:
    if isinstance(track, VideoTrack):
        return ", ".join(_video_facts(track))
    if isinstance(track, AudioTrack):
        lasts = human_time(track.duration_us)
        return f"{track.channels} channels {track.layout}, {track.sample_rate} Hz, {lasts}"
    return "text" if track.text else "pictures"


def _video_facts(track: VideoTrack) -> list[str]:
    rate = "constant" if track.constant_rate else "variable"
    facts = [f"{track.width}x{track.height}", f"{float(track.frame_rate):.3f} fps {rate}", track.pixel_format]
    optional = {
        f"sample aspect {track.sample_aspect}": track.sample_aspect != 1,
        f"rotated {track.rotation}": bool(track.rotation),
        "mirrored": track.mirrored,
        "interlaced": track.interlaced,
        "full range": track.colour.range == "pc",
        track.hdr: track.hdr != "none",
    }
    return [*facts, *(fact for fact, holds in optional.items() if holds)]
