"""Every event has an effect, and rows are appended in the order they came."""

from __future__ import annotations

from itertools import groupby
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from codek7.catalog.effects import EFFECTS, At, effects
from codek7.catalog.statements import Change, Row, Statement, batched
from codek7.core.events import AnyEvent, JobProgressed, WorkProgressed
from codek7.testing.story import Story


def test_every_event_has_an_effect() -> None:
    assert EFFECTS.keys() == set(get_args(AnyEvent))
    assert [event for event, effect in EFFECTS.items() if effect is None] == [WorkProgressed, JobProgressed]


def test_the_history_names_what_has_tables_of_its_own_without_repeating_it() -> None:
    story = Story(chunks=200)
    for batch in (story.encoded(0), story.packaged()):
        for event in batch:
            *_, history = effects(event, At("job", 1))
            assert isinstance(history, Row)
            assert history.table == "event"
            assert len(history.columns["event"]) < 1000


rows = st.builds(
    Row,
    table=st.sampled_from(["chunk", "event"]),
    columns=st.dictionaries(st.sampled_from(["a", "b"]), st.integers(), min_size=1),
)
changes = st.lists(
    rows | st.builds(Statement, sql=st.just("UPDATE"), values=st.tuples(st.integers())), max_size=300
)


@given(changes)
def test_batches_keep_every_row_and_every_order(told: list[Change]) -> None:
    done = list(batched(told))
    assert [s for s in done if s.sql == "UPDATE"] == [c for c in told if isinstance(c, Statement)]
    between = [list(g) for is_row, g in groupby(told, lambda c: isinstance(c, Row)) if is_row]
    statements = [list(g) for is_row, g in groupby(done, lambda s: s.sql != "UPDATE") if is_row]
    assert len(between) == len(statements)
    for some, inserted in zip(between, statements, strict=True):
        for kind in {(row.table, tuple(row.columns)) for row in some if isinstance(row, Row)}:
            head = f"INSERT INTO {kind[0]} ({', '.join(kind[1])}) VALUES"
            values = [value for s in inserted if s.sql.startswith(head) for value in s.values]
            wanted = [
                value
                for row in some
                if isinstance(row, Row) and (row.table, tuple(row.columns)) == kind
                for value in row.columns.values()
            ]
            assert values == wanted
        assert all(s.sql.count("?") == len(s.values) for s in inserted)
