"""An asset as the library has it: what lists show, and what it is found by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Any

import msgspec

from codek7.core.assets import Asset, State, Visibility
from codek7.core.values import from_plain
from codek7_server.library.words import fold, words

FIRST, TITLE, TAGS, ANY, FACET = "b", "t", "g", "a", "f"
"""Lists of the index: first words of titles, all of titles, those and tags, all texts, filters."""
BEGINNINGS = {FIRST: "c", TITLE: "u", TAGS: "h", ANY: "e"}
"""Lists of what the words in another list begin with: an unfinished word is looked up like a whole one. (The
index's own prefixes would be of filters too, and have to be merged from all words where they are longer.)"""
SHORTEST_BEGINNING, LONGEST_BEGINNING = 2, 5
MOST_WORDS = 2000
"""Of a description, so many words are found."""
LISTED = "listed"
"""The facet of what everybody may find."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a list shows of an asset."""

    id: str
    title: str
    description: str
    owner: str
    tags: tuple[str, ...]
    category: str
    language: str
    state: State
    visibility: Visibility
    version: str
    playlist: str
    duration_us: int
    height: int
    created_us: int
    updated_us: int


COLUMNS = Entry.__struct_fields__


Document = frozenset[str]
"""What an asset is found by: words, each behind the letter of the list of the index that it is in."""


def entry_of(asset: Asset) -> Entry:
    """What is listed of an asset."""
    return Entry(**{name: getattr(asset, name) for name in COLUMNS})


def row_of(entry: Entry) -> tuple[Any, ...]:
    """The entry's columns, what it is sorted by title with, and whether it is listed for everybody."""
    values = {**msgspec.structs.asdict(entry), "tags": msgspec.json.encode(entry.tags).decode()}
    return (*values.values(), fold(entry.title)[:100], is_listed(entry))


def entry_in(row: Sequence[Any]) -> Entry:
    """The entry of a row's columns."""
    values = dict(zip(COLUMNS, row, strict=True))
    return from_plain({**values, "tags": msgspec.json.decode(values["tags"])}, Entry)


def is_listed(entry: Entry) -> bool:
    """Whether everybody may find it."""
    return (entry.state, entry.visibility) == ("published", "public")


def document_of(entry: Entry) -> Document:
    """What the entry is found by. Depends on nothing else, so that it can be taken out of the index again."""
    title = words(entry.title)
    tags = [*title, *words(" ".join((*entry.tags, entry.category)))]
    found = {*facets_of(entry)}
    for mark, these in ((FIRST, title[:1]), (TITLE, title), (TAGS, tags), (ANY, texts_of(entry))):
        for word in these:
            found |= _forms(mark, word)
    return frozenset(found)


def texts_of(entry: Entry) -> set[str]:
    """The words of all its texts."""
    named = words(" ".join((entry.title, *entry.tags, entry.category)))
    return {*named, *islice(words(entry.description), MOST_WORDS)}


def words_in(document: Document) -> list[str]:
    """All words of a document's texts."""
    return [word.removeprefix(ANY) for word in document if word[0] == ANY]


@lru_cache(10_000)
def facet(kind: str, value: str = "") -> str:
    """A word of the index for a value that is filtered by."""
    return FACET + blake2b(f"{kind}\0{value}".encode(), digest_size=6).hexdigest()


def facets_of(entry: Entry) -> Iterator[str]:
    """The facets of an entry, some more than once."""
    yield facet("state", entry.state)
    yield facet("visibility", entry.visibility)
    yield facet("owner", entry.owner)
    yield facet("category", fold(entry.category))
    yield from (facet("tag", fold(tag)) for tag in entry.tags)
    language = entry.language.lower()
    yield facet("language", language)
    yield facet("language", language.partition("-")[0])
    if is_listed(entry):
        yield facet(LISTED)


@lru_cache(100_000)
def _forms(mark: str, word: str) -> frozenset[str]:
    """A word as a list of the index has it, and as that of beginnings does."""
    begins = BEGINNINGS[mark]
    longest = min(len(word), LONGEST_BEGINNING)
    return frozenset({mark + word, *(begins + word[:n] for n in range(SHORTEST_BEGINNING, longest + 1))})
