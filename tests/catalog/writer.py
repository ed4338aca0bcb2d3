"""A process that tells a catalog one job after the other: `python -m tests.catalog.writer HOME NAME COUNT`.

Prints each job's number when the catalog has acknowledged it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from codek7.plugins.catalog_duckdb import codek7_open_catalog
from codek7.testing.story import Story


def job_of(name: str, number: int) -> Story:
    """What the process called `name` tells in its job `number`."""
    return Story(asset_id=f"{name}-{number}", source=f"{name} {number}", chunks=1)


def main(home: str, name: str, count: str) -> None:
    """Tell."""
    catalog = codek7_open_catalog(Path(home))
    for number in range(int(count)):
        story = job_of(name, number)
        catalog.apply(f"{name}-{number}", [*story.created(), *story.planned(), *story.encoded(0)])
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
