"""A trial frame by frame, and the SQL that gives its rows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from codek7.core.ports import ArrowCatalog
from codek7.core.study import Trial
from codek7.hub import Hub
from codek7.lab.pairs import TrialPairs
from codek7.lab.relations import relation
from codek7.lab.shots import cuts_of, frame_numbers
from codek7.lab.views.timeline import FrameSeries, Timeline

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

    from codek7.lab.clip import Clip

STATEMENT = """\
SELECT frame, score
FROM (SELECT (row - 1) * every AS frame, per_frame[row] AS score
      FROM (SELECT every, per_frame, unnest(range(1, len(per_frame) + 1)) AS row
            FROM trial WHERE key = '{key}'))
WHERE frame BETWEEN $first AND $last
ORDER BY frame"""
"""A trial's scores by frame. Keys are hexadecimal digits, and the numbers are ours."""


def timeline_of(hub: Hub, clip: Clip, trial: Trial, pairs: TrialPairs) -> Timeline:
    """The view; its `rows` are a DuckDB relation."""
    try:
        sizes, types, times = pairs.series()
    finally:
        pairs.close()
    measured = trial.measurement
    series = FrameSeries(
        sizes=sizes,
        types=types,
        frame_rate=pairs.frame_rate,
        shots=frame_numbers(cuts_of(hub, clip.path, clip.probed), times),
        scores=measured.per_frame,
        every=measured.every,
        metric=measured.metric.upper(),
    )
    statement = STATEMENT.format(key=trial.key)
    title = f"{clip.name}: {trial.rung.label} crf {trial.rung.crf:g}"
    return Timeline(series, query=partial(_rows, hub, statement), statement=statement, title=title)


def _rows(hub: Hub, statement: str, first: int, last: int) -> DuckDBPyRelation:
    catalog = hub.catalog
    assert isinstance(catalog, ArrowCatalog)  # noqa: S101  # every lab's home has one
    asked = statement.replace("$first", str(int(first))).replace("$last", str(int(last)))
    return relation(catalog.arrow(asked, limit=1_000_000))
