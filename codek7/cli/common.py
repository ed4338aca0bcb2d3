"""What verbs share: options, the hub, and writing for people or for programs."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click
import msgspec

from codek7.core.errors import SettingsInvalid
from codek7.core.hook_calls import Trace
from codek7.core.values import to_json
from codek7.hub import Hub

Command = TypeVar("Command", bound=Callable[..., Any])


EXISTING_FILE = click.Path(exists=True, dir_okay=False)


def home_option(command: Command) -> Command:
    """`--home`, the same for every verb."""
    return click.option(
        "--home",
        metavar="DIR",
        help="Folder with catalog, store and cache. [default: $CODEK7_HOME, else ./codek7-home]",
    )(command)


def json_option(command: Command) -> Command:
    """`--json`, the same for every verb."""
    return click.option("--json", "as_json", is_flag=True, help="Write JSON for programs.")(command)


def open_hub(home: str | None, *, trace: Trace | None = None, **flags: Any) -> Hub:
    """The hub of the home that the command names; flags that are None were not given. Raises
    `SettingsInvalid`."""
    level = os.environ.get("CODEK7_LOG", "ERROR").upper()
    if level not in logging.getLevelNamesMapping():
        raise SettingsInvalid(f"CODEK7_LOG: there is no level {level[:40]!r}", hint="DEBUG, INFO or ERROR")
    logging.basicConfig(level=level, format="%(levelname)s %(message)s")
    return Hub.open(
        home, flags={name: value for name, value in flags.items() if value is not None}, trace=trace
    )


def write_json(value: object) -> None:
    """A value on one line of standard output, seen at once by whoever reads it."""
    _write_line(to_json(value))


def write_row(columns: Sequence[str], row: Sequence[object]) -> None:
    """A row of plain values as one JSON object, its columns in their order."""
    _write_line(msgspec.json.encode(dict(zip(columns, row, strict=True))))


def _write_line(text: bytes) -> None:
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows for people: aligned on a terminal, tab-separated in a pipe."""
    if not sys.stdout.isatty():
        for row in [columns, *rows]:
            click.echo("\t".join(plain(cell) for cell in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    Console().print(table)


def plain(cell: object) -> str:
    """A cell as one line, without what would move a terminal's cursor."""
    text = "" if cell is None else str(cell)
    return "".join(c if c.isprintable() else " " for c in text)


def human_bytes(size: float) -> str:
    """A size as people say it: "1.3 MB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def human_count(count: int, what: str) -> str:
    """So many of something: "1 segment", "2 segments"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def human_rate(bps: float) -> str:
    """A bit rate as people say it: "4.5 Mb/s"."""
    return f"{bps / 1_000_000:.2f} Mb/s" if bps >= 1_000_000 else f"{bps / 1000:.0f} kb/s"


def human_time(microseconds: float) -> str:
    """A duration as people say it: "1:02:03.4"."""
    seconds = microseconds / 1_000_000
    hours, minutes = int(seconds // 3600), int(seconds % 3600 // 60)
    return f"{hours}:{minutes:02d}:{seconds % 60:04.1f}" if hours else f"{minutes}:{seconds % 60:04.1f}"


def say_waiting() -> None:
    """To a person; programs see that nothing comes."""
    if sys.stderr.isatty():
        click.echo("waiting: another job works on this source", err=True)
