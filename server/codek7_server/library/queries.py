"""What is asked of the library, and the expressions of the index that find it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

import msgspec

from codek7.core.assets import State, Visibility
from codek7_server.library.entries import (
    ANY,
    BEGINNINGS,
    FIRST,
    LISTED,
    LONGEST_BEGINNING,
    SHORTEST_BEGINNING,
    TAGS,
    TITLE,
    Entry,
    facet,
    facets_of,
    texts_of,
)
from codek7_server.library.near import beginning_with, near
from codek7_server.library.words import fold, pairs, runs

Sort = Literal["created", "title", "duration", "relevance"]
Direction = Literal["rising", "falling"]

MOST_RUNS = 12
"""Of a longer question, the rest is not looked for."""
MOST_ENDINGS = 32
"""Words that go on from a long unfinished one are looked for one by one up to so many: the index can skip in
lists of words, but has to merge those of all words that it finds by itself."""


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


class Step(NamedTuple):
    """One way of having all words: in the list of a mark; `FIRST` means titles that begin with the first."""

    terms: Sequence[Term]
    mark: str


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
    unfinished = len(last) == 1 and len(last[0]) >= SHORTEST_BEGINNING and not q[-1].isspace()
    return [*map(Term, done), *([Term(last, unfinished)] if last else [])]


def completed(connection: sqlite3.Connection, terms: Sequence[Term]) -> list[Term]:
    """The terms, long unfinished ones with the words that they may become, where those are few."""
    done = []
    for term in terms:
        if term.unfinished and len(term.run[0]) > LONGEST_BEGINNING:
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


def facets_for(query: Query) -> list[str]:
    """The index's words for all that is filtered by."""
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
    return [*given, *(facet("tag", fold(tag)) for tag in query.tags)]


def filters_of(facets: Sequence[str]) -> list[str]:
    """Expressions that all have to hold."""
    return [_word(each) for each in facets]


def findable(reader: Reader) -> str:
    """The expression for all that a reader may find who does not see all."""
    own = f" OR {_word(facet('owner', reader.owner))}" if reader.owner else ""
    return f"{_word(facet(LISTED))}{own}"


def steps_of(terms: Sequence[Term]) -> list[Step]:
    """Ever weaker ways of having the words: titles that begin so, titles, tags, any text. Within each, rows
    are equal: unlike a score over all documents, this does not change with every document that is added, so
    that pages neither repeat nor leave out a row."""
    as_written = [Term(term.run) for term in terms]
    best = [Step(as_written, FIRST), Step(as_written, TITLE)] if as_written != terms else []
    return [*best, *(Step(terms, mark) for mark in (FIRST, TITLE, TAGS, ANY))]


def tiers_of(steps: Sequence[Step], filters: Sequence[str]) -> list[str]:
    """An expression for each step; none finds what one before it does."""
    finds = [_expression(step) for step in steps]
    tiers = []
    for tier, find in enumerate(finds):
        but = f" NOT ({' OR '.join(f'({each})' for each in finds[:tier])})" if tier else ""
        tiers.append(" AND ".join([f"(({find}){but})", *filters]))
    return tiers


def tier_of(steps: Sequence[Step], title: Sequence[str], tags: Collection[str]) -> int:
    """The same for one row that is known to be found, by the words of its title, and of that and its tags."""
    lists: dict[str, Collection[str]] = {FIRST: title, TITLE: title, TAGS: tags}
    for tier, step in enumerate(steps):
        if step.mark == ANY:
            return tier
        begins = step.mark != FIRST or _holds(step.terms[0], title[:1], first=True)
        if begins and all(_holds(term, lists[step.mark]) for term in step.terms):
            return tier
    return len(steps)


def matching(terms: Sequence[Term], filters: Sequence[str]) -> str:
    """One expression for all that is asked; empty for everything."""
    return " AND ".join([*([f"({_all_of(terms, ANY)})"] if terms else []), *filters])


def is_found(entry: Entry, terms: Sequence[Term], facets: Sequence[str]) -> bool:
    """The same for one entry."""
    if not set(facets) <= set(facets_of(entry)):
        return False
    texts = texts_of(entry) if terms else ()
    return all(_holds(term, texts) for term in terms)


def _holds(term: Term, words: Collection[str], *, first: bool = False) -> bool:
    if any(other in words for other in term.others):
        return True
    if term.unfinished:
        return any(word.startswith(term.run[0]) for word in words)
    return all(word in words for word in _found_by(term, first=first))


def _found_by(term: Term, *, first: bool) -> Sequence[str]:
    """The words that say that a term is there, or (`first`) that a title begins with it."""
    return term.run[:1] if first or len(term.run) == 1 else pairs(term.run)


def _expression(step: Step) -> str:
    if step.mark == FIRST:
        return f"({_any_of(step.terms[0], FIRST)}) AND {_all_of(step.terms, TITLE)}"
    return _all_of(step.terms, step.mark)


def _all_of(terms: Sequence[Term], mark: str) -> str:
    return " AND ".join(f"({_any_of(term, mark)})" for term in terms)


def _any_of(term: Term, mark: str) -> str:
    return " OR ".join([_as_written(term, mark), *(_word(mark + other) for other in term.others)])


def _as_written(term: Term, mark: str) -> str:
    word = term.run[0]
    if term.unfinished and len(word) > LONGEST_BEGINNING:
        return f"{_word(mark + word)} *"
    if term.unfinished:
        return _word(BEGINNINGS[mark] + word)
    return f"({' AND '.join(_word(mark + each) for each in _found_by(term, first=mark == FIRST))})"


def _word(word: str) -> str:
    """Words hold letters and digits only, and markers are ours."""
    return f'"{word}"'
