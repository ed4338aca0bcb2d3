"""`codek7 ingest`: a source becomes a published presentation."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codek7.cli.common import EXISTING_FILE, home_option, json_option, open_hub, say_waiting, write_json
from codek7.core.error_codes import EXIT_CODES
from codek7.core.events import AssetHeld, AssetRefused, Event, JobFailed
from codek7.core.pipeline.run import ENDINGS

if TYPE_CHECKING:
    from codek7.jobs import Job

EXIT_HELD = 3
EXIT_REFUSED = 4

EPILOG = """\b
Examples:
  codek7 ingest holiday.mov --title "Holiday"
  codek7 ingest talk.mkv --subtitles talk.de.srt --policy source
  codek7 ingest s3://bucket/film.mp4 --ladder ladder.toml --json

Running the same command again resumes: what is finished is never encoded twice.
Exit codes: 0 published, 3 held for review, 4 refused by moderation, 5 media that cannot be used,
2 wrong usage, 1 anything else, 130 interrupted."""


@click.command(epilog=EPILOG)
@click.argument("source")
@click.option("--title", metavar="T", help="The asset's title. [default: the file's name]")
@click.option("--policy", metavar="NAME|FILE", help="standard, capped, source, a plugin's, or a file.")
@click.option("--ladder", metavar="FILE", type=EXISTING_FILE, help="Use this ladder.")
@click.option(
    "--subtitles",
    metavar="FILE",
    multiple=True,
    type=EXISTING_FILE,
    help="A subtitle file; its language is the part of the name before the suffix (talk.de.srt).",
)
@click.option("--preview", is_flag=True, help="Publish the finished part while the rest encodes.")
@click.option("--cores", type=click.IntRange(1), help="Cores that encoding may use. [default: all]")
@home_option
@json_option
def ingest(
    source: str,
    title: str | None,
    policy: str | None,
    ladder: str | None,
    subtitles: tuple[str, ...],
    preview: bool,
    cores: int | None,
    home: str | None,
    as_json: bool,
) -> int:
    """Take SOURCE, a path or a URL, in: probe, encode, moderate, check and publish it."""
    from codek7.files import read_ladder
    from codek7.jobs import ingest_source, side_file

    with open_hub(home, cores=cores) as hub:
        events = ingest_source(
            hub,
            source,
            title=title or "",
            policy=policy or "",
            ladder=read_ladder(Path(ladder)) if ladder else None,
            subtitles=tuple(side_file(Path(path)) for path in subtitles),
            preview=preview,
            on_wait=say_waiting,
        )
        return follow(events, as_json=as_json, said=source)


def follow(events: Job, *, as_json: bool, said: str) -> int:
    """Show a job until it ends; the exit code of its ending."""
    ending: Event | None = None
    with closing(events):
        if as_json:
            for event in events:
                ending = event if _is_ending(event) else ending
                if not _is_ending(event):
                    write_json(event)
            if ending is not None:
                write_json(ending)
        else:
            from codek7.cli.display import show_job

            ending = show_job(events, said)
    return exit_code(ending)


def _is_ending(event: Event) -> bool:
    return isinstance(event, ENDINGS)


def exit_code(ending: Event | None) -> int:
    """What the command exits with."""
    if isinstance(ending, AssetHeld):
        return EXIT_HELD
    if isinstance(ending, AssetRefused):
        return EXIT_REFUSED
    if isinstance(ending, JobFailed):
        return EXIT_CODES.get(ending.code, 1)
    return 0 if ending is not None else 1
