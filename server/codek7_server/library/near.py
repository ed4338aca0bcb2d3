"""Words of the vocabulary that somebody may have meant."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from codek7_server.library.schema import rows_of

SHORTEST = 4
"""Shorter words are taken as they are written."""
LONG = 8
"""From here on, a word may have two mistakes."""
MOST = 8
MOST_REMEMBERED = 200_000
_LONGEST = 24
_SCANNED = 5000


class Vocabulary:
    """All words that were ever in a text. Belongs to the connection that writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: set[str] = set()

    def learn(self, words: Iterable[str]) -> None:
        """Add words, within a transaction."""
        unsure = set(words) - self._known
        fresh = [
            word
            for word in unsure
            if self._connection.execute(
                "INSERT OR IGNORE INTO word VALUES (?, ?)", (word, len(word))
            ).rowcount
        ]
        self._connection.executemany(
            "INSERT OR IGNORE INTO variant VALUES (?, ?)",
            ((variant, word) for word in fresh if _may_be_missed(word) for variant in variants(word)),
        )
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        self._known |= unsure

    def forget(self) -> None:
        """What was learnt may not have been committed."""
        self._known.clear()


def beginning_with(connection: sqlite3.Connection, prefix: str, most: int) -> list[str]:
    """Words of the vocabulary that begin so, at most `most`."""
    found = rows_of(
        connection,
        ("word",),
        "FROM word WHERE word >= ? AND word < ? LIMIT ?",
        (prefix, prefix + "\U0010ffff", most),
    )
    return [word for (word,) in found]


def near(connection: sqlite3.Connection, word: str, *, unfinished: bool) -> list[str]:
    """The words closest to one that may be misspelt (as a beginning, where it is `unfinished`), the closest
    first. A mistake is a letter too many, missing, wrong, or swapped with the next."""
    if not _may_be_missed(word):
        return []
    most = 2 if len(word) >= LONG else 1
    found = {
        other: far
        for other in _sharing(connection, word, most)
        if (far := distance(word, other, most)) <= most
    }
    if not found:
        for other in _alike(connection, word, unfinished):
            far = min(distance(word, part, most) for part in _parts(other, len(word), unfinished))
            if far <= most:
                found[other] = far
    found.pop(word, None)
    return sorted(found, key=lambda other: (found[other], other[0] != word[0], other))[:MOST]


def variants(word: str) -> set[str]:
    """The word, and what is left of it without any one of its letters."""
    return {word, *(word[:n] + word[n + 1 :] for n in range(len(word)))}


def distance(one: str, other: str, most: int) -> int:
    """Mistakes between two words (optimal string alignment); anything above `most` where there are more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return last[-1]


def _may_be_missed(word: str) -> bool:
    return SHORTEST <= len(word) <= _LONGEST and not word.isdigit()


def _sharing(connection: sqlite3.Connection, word: str, most: int) -> set[str]:
    """Words that are the same once a letter is left out of each (two out of this one, for a long one)."""
    left = variants(word)
    if most > 1:
        left |= {shorter for each in left for shorter in variants(each)}
    marks = ", ".join("?" * len(left))
    found = rows_of(connection, ("word",), f"FROM variant WHERE variant IN ({marks}) LIMIT -1", tuple(left))
    return {word for (word,) in found}


def _alike(connection: sqlite3.Connection, word: str, unfinished: bool) -> Iterator[str]:
    """Words with the same beginning, of about that length, or longer."""
    begin = word[:2] if unfinished or len(word) < LONG else word[:1]
    found = rows_of(
        connection,
        ("word",),
        "FROM word WHERE word >= ? AND word < ? AND length BETWEEN ? AND ? LIMIT ?",
        (begin, begin + "\U0010ffff", len(word) - 2, _LONGEST if unfinished else len(word) + 2, _SCANNED),
    )
    for (other,) in found:
        yield other


def _parts(word: str, length: int, unfinished: bool) -> list[str]:
    """The word, or its beginnings of about that length."""
    return [word[:n] for n in range(length - 1, length + 2)] if unfinished else [word]
