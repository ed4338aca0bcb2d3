"""`codek7 doctor`: what this machine has, what is missing, and how to get it."""

from __future__ import annotations

import click

from codek7.cli.common import home_option, json_option, open_hub, write_json, write_table


@click.command(epilog="\b\nExample:\n  codek7 doctor --json | jq 'select(.status != \"ok\")'")
@home_option
@json_option
def doctor(home: str | None, as_json: bool) -> int:
    """Examine this machine. Exit code 1 where something that every ingest needs is missing."""
    from codek7.ffmpeg.doctor import examine

    with open_hub(home) as hub:
        findings = examine(hub.settings, hub.home, hub.hooks.meters())
    for finding in findings if as_json else ():
        write_json(finding)
    if not as_json:
        rows = [(f.status, f.topic, f.found, f.advice) for f in findings]
        write_table(("status", "what", "found", "what to do"), rows)
    return 1 if any(f.status == "missing" for f in findings) else 0
