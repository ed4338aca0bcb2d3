"""`codek7 sql`: the catalog as tables."""

from __future__ import annotations

import click

from codek7.cli.common import home_option, json_option, open_hub, write_row, write_table

EPILOG = """\b
Examples:
  codek7 sql "select title, state, duration_us / 1e6 as seconds from asset"
  codek7 sql "select outcome, count(*), sum(cpu_us) / 1e6 as cpu_s from attempt group by all"
  codek7 sql "show tables"
  codek7 sql "select * from rendition" --json"""


@click.command(epilog=EPILOG)
@click.argument("query")
@click.option("--limit", type=click.IntRange(1), default=10_000, show_default=True, help="Most rows.")
@home_option
@json_option
def sql(query: str, limit: int, home: str | None, as_json: bool) -> None:
    """Run one read-only QUERY on the catalog."""
    with open_hub(home) as hub:
        table = hub.catalog.query(query, limit=limit)
    if as_json:
        for row in table.rows:
            write_row(table.columns, row)
    else:
        write_table(table.columns, table.rows)
