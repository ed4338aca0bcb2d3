"""The `codek7` program: its verbs, loaded when used, and how it ends."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from codek7 import __version__
from codek7.core.errors import EXIT_CODES, Codek7Error

VERBS: dict[str, tuple[str, str]] = {
    "ingest": ("ingest", "Take a source in: probe, encode, check and publish it."),
    "plan": ("plan", "Show the ladder and the cuts for a source, encoding nothing."),
    "probe": ("probe", "Show what a source holds."),
    "check": ("check", "Validate any HLS presentation, on disk or over HTTP."),
    "ls": ("assets", "List assets."),
    "show": ("assets", "Show everything known of an asset."),
    "republish": ("republish", "Publish an asset with another ladder, encoding only what is new."),
    "remove": ("remove", "Remove an asset: its objects and its rows."),
    "gc": ("gc", "Free what no published version needs any more."),
    "sql": ("sql", "Query the catalog."),
    "config": ("config", "Show settings, and where each comes from."),
    "plugins": ("plugins", "Show what is loaded, what failed, and who answers which hook."),
    "plugin": ("plugin", "Write a new plugin."),
    "doctor": ("doctor", "Examine this machine: programs, encoders, disk, cores."),
}
"""Verb: the module of `codek7.cli` that has a command of this name, and its line in the help."""

EXIT_INTERRUPTED = EXIT_CODES["interrupted"]
EXIT_BROKEN_PIPE = 128 + signal.SIGPIPE

EXAMPLES = """\b
Examples:
  codek7 ingest holiday.mov
  codek7 ingest https://example.org/talk.mp4 --title "A talk" --json
  codek7 check codek7-home/store/assets/*/*/main.m3u8
  codek7 sql "select title, state from asset"

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 held for review, 4 refused by moderation,
5 media that cannot be used, 130 interrupted."""


class Verbs(click.Group):
    """A group that imports a verb's module only when the verb is used, and knows plugins' commands too."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Ours in the order above, then those of plugins."""
        self._ask_plugins()
        return [*VERBS, *sorted(self.commands.keys() - VERBS.keys())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A verb by name."""
        if cmd_name in VERBS:
            module = import_module(f"codek7.cli.{VERBS[cmd_name][0]}")
            command: click.Command = getattr(module, cmd_name)
            return command
        self._ask_plugins()
        return self.commands.get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of the help, from the table: importing every verb to ask for its help would be slow."""
        names = self.list_commands(ctx)
        lines = {name: VERBS[name][1] for name in VERBS}
        lines |= {name: self.commands[name].get_short_help_str() for name in names if name not in VERBS}
        with formatter.section("Commands"):
            formatter.write_dl([(name, lines[name]) for name in names])

    def _ask_plugins(self) -> None:
        if getattr(self, "_asked", False):
            return
        self._asked = True
        from codek7.cli.common import open_hub

        with open_hub(None) as hub:
            hub.hooks.register_commands(self)


@click.command(cls=Verbs, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="codek7 %(version)s")
def cli() -> None:
    """codek7 turns a video into an adaptive HLS presentation that plays everywhere, and proves it correct."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit."""
    try:
        code: Any = cli.main(arguments, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except Codek7Error as error:
        report(error)
        code = EXIT_CODES[error.code]
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted; running the same command again resumes", err=True)
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EXIT_BROKEN_PIPE
    sys.exit(code if isinstance(code, int) else 0)


def report(error: Codek7Error) -> None:
    """An error on standard error: what happened, and what to do next."""
    click.echo(f"error: {error.message}", err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)
