"""The `codek7` program: its verbs, loaded when used, and how it ends."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import Any

import click

from codek7 import __version__
from codek7.core.error_codes import EXIT_CODES
from codek7.core.errors import NO_SPACE, Codek7Error, DiskFull, Interrupted, UsageError
from codek7.outside import any_plugins

VERBS: dict[str, tuple[str, str]] = {
    "ingest": ("ingest", "Take a source in: probe, encode, check and publish it."),
    "tune": ("tune", "Find the best ladder for a source, by trials."),
    "plan": ("plan", "Show the ladder and the cuts for a source, encoding nothing."),
    "probe": ("probe", "Show what a source holds."),
    "measure": ("measure", "Measure a file beside its source, or what is published."),
    "check": ("check", "Validate any HLS presentation, on disk or over HTTP."),
    "ls": ("assets", "List assets."),
    "show": ("assets", "Show everything known of an asset."),
    "republish": ("republish", "Publish an asset with another ladder, encoding only what is new."),
    "edit": ("curate", "Change what is said of an asset, or who may see it."),
    "approve": ("curate", "Publish an asset that is held."),
    "block": ("curate", "Refuse an asset for good."),
    "remove": ("remove", "Remove an asset: its objects and its rows."),
    "gc": ("gc", "Free what no published version needs any more."),
    "sql": ("sql", "Query the catalog."),
    "serve": ("serve", "Serve a home: uploads, jobs, delivery, an API and pages."),
    "key": ("key", "Make, list and revoke the server's API keys."),
    "nginx": ("nginx", "Print a configuration for nginx in front of the server."),
    "playback-keys": ("playback_keys", "Show or rotate the keys that sign playback addresses."),
    "config": ("config", "Show settings, and where each comes from."),
    "plugins": ("plugins", "Show what is loaded, what failed, and who answers which hook."),
    "plugin": ("plugin", "Write a new plugin."),
    "doctor": ("doctor", "Examine this machine: programs, encoders, disk, cores."),
}
"""Verb: the module of `codek7.cli` that has a command of this name, and its line in the help."""

AGAIN = "run the same command again: it resumes"
RESUMED = ("ingest", "republish", "tune")
PATIENCE_S = 1.0
"""An interrupt so soon after another is the same."""

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
            command: click.Command = getattr(module, cmd_name.replace("-", "_"))
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
        if not any_plugins(os.environ):
            return
        from codek7.cli.common import open_hub

        try:
            with open_hub(None) as hub:
                hub.hooks.register_commands(self)
        except Codek7Error as error:  # such as settings that are wrong: help there is nevertheless
            click.echo(f"the commands of plugins are left out: {error}", err=True)


@click.command(cls=Verbs, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="codek7 %(version)s")
def cli() -> None:
    """codek7 turns a video into an adaptive HLS presentation that plays everywhere, and proves it correct."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit. Interrupted, it cleans up first."""
    _interrupt_once()
    given = sys.argv[1:] if arguments is None else list(arguments)
    as_json = "--json" in given
    try:
        code: Any = cli.main(given, prog_name="codek7", standalone_mode=False)
    except click.ClickException as error:
        code = error.exit_code
        if as_json:
            report(UsageError(error.format_message()), as_json=True)
        else:
            error.show()
    except (KeyboardInterrupt, click.Abort):
        hint = AGAIN if given[:1] and given[0] in RESUMED else ""
        code = report(Interrupted("interrupted", hint=hint), as_json=as_json)
    except Exception as error:
        logging.getLogger("codek7").debug("what was raised", exc_info=True)
        code = report(_ours(error), as_json=as_json)
    sys.exit(code if isinstance(code, int) else 0)


def _interrupt_once() -> None:
    """A request to terminate is an interrupt. Programs that end others often ask twice at once (`timeout`:
    the process, then its group), and the second must not cut the clean-up short. A person who asks again
    means it."""
    heard = -PATIENCE_S

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal heard
        now = time.monotonic()
        if now - heard >= PATIENCE_S:
            heard = now
            raise KeyboardInterrupt

    # Behind nohup, or with &, an interrupt is ignored, and stays so.
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    for asked in (signal.SIGTERM, *(() if ignored else (signal.SIGINT,))):
        signal.signal(asked, interrupt)


def _ours(error: Exception) -> Codek7Error:
    """The error as one of codek7's, whatever raised it: nobody is shown a traceback they did not ask for."""
    if isinstance(error, Codek7Error):
        return error
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return DiskFull(str(error), hint=f"free some space, then {AGAIN}")
    if isinstance(error, OSError):
        return Codek7Error(str(error))
    hint = "a fault of codek7 or of a plugin; CODEK7_LOG=DEBUG shows where"
    return Codek7Error(f"{type(error).__name__}: {error}", hint=hint)


def report(error: Codek7Error, *, as_json: bool) -> int:
    """Say what happened and what to do next: a program gets an `error` line. The exit code of it."""
    if as_json:
        from codek7.cli.common import write_json
        from codek7.core.events import JobFailed

        write_json(JobFailed(asset_id="", code=error.code, message=error.message, hint=error.hint))
    else:
        click.echo(f"error: {error.message}", err=True)
        if error.hint:
            click.echo(f"  {error.hint}", err=True)
    return EXIT_CODES.get(error.code, 1)
