"""What is asked of the library, and the expressions of the index that find it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Literal

import msgspec

from codek7.core.assets import State, Visibility
from codek7_server.library.entries import ANY, FIRST, LISTED, TAGS, TITLE, facet
from codek7_server.library.near import beginning_with, near
from codek7_server.library.words import fold, runs

Sort = Literal["created", "title", "duration", "relevance"]
Direction = Literal["rising", "falling"]

MOST_RUNS = 12
"""Of a longer question, the rest is not looked for."""
MOST_ENDINGS = 32
"""Words that go on from an unfinished one are looked for one by one up to so many: the index can skip in
lists of words, but has to merge all lists of a prefix."""


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks: `all` of it, or what is listed for everybody and what `owner` owns."""

    owner: str = ""
    all: bool = False


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """All that is given has to be true of an asset. `q`: words of its texts; the last may be unfinished."""

    q: str = ""
    state: State | None = None
    visibility: Visibility | None = None
    owner: str | None = None
    category: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    sort: Sort | None = None
    direction: Direction | None = None
    limit: int = 24
    cursor: str = ""


class Sorting(msgspec.Struct, frozen=True, array_like=True):
    """How a query's answers are ordered."""

    by: Sort
    falling: bool


class Term(msgspec.Struct, frozen=True):
    """One word of a question, or a run of them without spaces, with what else may stand in its place."""

    run: tuple[str, ...]
    unfinished: bool = False
    others: tuple[str, ...] = ()


def sorting_of(query: Query) -> Sorting:
    """By relevance where words are looked for, else the newest first; titles rise unless told."""
    by: Sort = query.sort or ("relevance" if query.q.strip() else "created")
    if by == "relevance" and not query.q.strip():
        by = "created"
    falling = by != "title" if query.direction is None else query.direction == "falling"
    return Sorting(by, falling or by == "relevance")


def terms_of(q: str) -> list[Term]:
    """The words of a question. The last one is unfinished unless something follows it."""
    *done, last = runs(q)[:MOST_RUNS] or [()]
    unfinished = len(last) == 1 and len(last[0]) > 1 and not q[-1].isspace()
    return [*map(Term, done), *([Term(last, unfinished)] if last else [])]


def completed(connection: sqlite3.Connection, terms: Sequence[Term]) -> list[Term]:
    """The terms, unfinished ones with the words that they may become, where those are few."""
    done = []
    for term in terms:
        if term.unfinished:
            words = beginning_with(connection, term.run[0], MOST_ENDINGS + 1)
            if len(words) <= MOST_ENDINGS:
                term = Term(term.run, others=tuple(word for word in words if word != term.run[0]))
        done.append(term)
    return done


def corrected(connection: sqlite3.Connection, terms: Sequence[Term]) -> list[Term] | None:
    """The terms with what may have been meant; None where that is nothing else."""
    meant = [
        Term(term.run, others=tuple(near(connection, term.run[0], unfinished=term.unfinished)))
        if len(term.run) == 1
        else term
        for term in terms
    ]
    return meant if any(term.others for term in meant) else None


def filters_of(query: Query, reader: Reader) -> list[str]:
    """Expressions that all have to hold; none where everything is asked for by someone who sees all."""
    given = [
        facet(kind, value)
        for kind, value in (
            ("state", query.state),
            ("visibility", query.visibility),
            ("owner", query.owner),
            ("category", query.category and fold(query.category)),
            ("language", query.language and query.language.lower()),
        )
        if value is not None
    ]
    given += [facet("tag", fold(tag)) for tag in query.tags]
    expressions = [_word(each) for each in given]
    if not reader.all:
        own = f" OR {_word(facet('owner', reader.owner))}" if reader.owner else ""
        expressions.append(f"({_word(facet(LISTED))}{own})")
    return expressions


def tiers_of(terms: Sequence[Term], filters: Sequence[str]) -> list[str]:
    """Expressions for ever less: titles that begin so, titles, tags, any text; none finds what one before it
    does. Within each, rows are equal: unlike a score over all documents, this does not change with every
    document that is added, so that pages neither repeat nor leave out a row."""
    as_written = [Term(term.run) for term in terms]
    finds = [_beginning(as_written), _all_of(as_written, TITLE)] if as_written != terms else []
    finds += [_beginning(terms), *(_all_of(terms, mark) for mark in (TITLE, TAGS, ANY))]
    tiers = []
    for tier, find in enumerate(finds):
        but = f" NOT ({' OR '.join(f'({each})' for each in finds[:tier])})" if tier else ""
        tiers.append(" AND ".join([f"(({find}){but})", *filters]))
    return tiers


def matching(terms: Sequence[Term], filters: Sequence[str]) -> str:
    """One expression for all that is asked; empty for everything."""
    return " AND ".join([*([f"({_all_of(terms, ANY)})"] if terms else []), *filters])


def _all_of(terms: Sequence[Term], mark: str) -> str:
    return " AND ".join(f"({_any_of(term, mark)})" for term in terms)


def _any_of(term: Term, mark: str) -> str:
    phrase = _phrase(term, mark)
    return " OR ".join([phrase, *(_word(mark + other) for other in term.others)])


def _beginning(terms: Sequence[Term]) -> str:
    """Titles with all the words, that begin with the first."""
    return f"({_any_of(terms[0], FIRST)}) AND {_all_of(terms, TITLE)}"


def _phrase(term: Term, mark: str) -> str:
    run = term.run[:1] if mark == FIRST else term.run
    phrase = " + ".join(_word(mark + word) for word in run)
    return f"{phrase} *" if term.unfinished else phrase


def _word(word: str) -> str:
    """Words hold letters and digits only, and markers are ours."""
    return f'"{word}"'
