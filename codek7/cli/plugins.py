"""`codek7 plugins`: what is loaded, what failed, and who answers."""

from __future__ import annotations

import click

from codek7.cli.common import home_option, json_option, open_hub, write_json, write_table
from codek7.core.hook_calls import Trace

EPILOG = """\b
Examples:
  codek7 plugins
  codek7 plugins --trace holiday.mov"""


@click.command(epilog=EPILOG)
@click.option("--trace", metavar="SOURCE", help="Probe and plan a source, and show who answered in how long.")
@home_option
@json_option
def plugins(trace: str | None, home: str | None, as_json: bool) -> None:
    """Show every plugin found: what failed to load and why, and which hooks each answers."""
    calls: Trace = []
    with open_hub(home, trace=calls) as hub:
        if trace:
            from codek7.jobs import plan_source

            plan_source(hub, trace)
        found = hub.plugins
    if trace:
        _show_calls(calls, as_json)
    elif as_json:
        for plugin in found:
            write_json(plugin)
    else:
        rows = [(p.name, p.version, p.origin, p.error or ", ".join(_short(p.hooks))) for p in found]
        write_table(("plugin", "version", "from", "hooks, or what went wrong"), rows)


def _short(hooks: tuple[str, ...]) -> list[str]:
    return [hook.removeprefix("codek7_") for hook in hooks]


def _show_calls(calls: Trace, as_json: bool) -> None:
    if as_json:
        for call in calls:
            write_json(call._asdict())
        return
    rows = [
        (c.hook.removeprefix("codek7_"), c.plugin, c.error or ("answered" if c.answered else "passed"),
         f"{c.took_us / 1000:.1f} ms")
        for c in calls
    ]  # fmt: skip
    write_table(("hook", "plugin", "answer", "took"), rows)
