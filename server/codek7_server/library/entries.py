"""An asset as the library has it: what lists show, and what it is found by."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from codek7.core.assets import Asset, State, Visibility
from codek7.core.values import from_plain
from codek7_server.library.words import fold, marked, words

FIRST, TITLE, TAGS, ANY, FACET = "b", "t", "g", "a", "f"
"""Lists of the index: first words of titles, all of titles, those and tags, all texts, filters."""
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


class Document(NamedTuple):
    """The texts of the index's columns: words, each behind the letter of its list."""

    title: str
    tags: str
    body: str
    facets: str


def entry_of(asset: Asset) -> Entry:
    """What is listed of an asset."""
    return Entry(**{name: getattr(asset, name) for name in COLUMNS})


def row_of(entry: Entry) -> tuple[Any, ...]:
    """The entry's columns, and the one that it is sorted by title with."""
    values = {**msgspec.structs.asdict(entry), "tags": msgspec.json.encode(entry.tags).decode()}
    return (*values.values(), fold(entry.title)[:100])


def entry_in(row: tuple[Any, ...]) -> Entry:
    """The entry of a row's columns."""
    values = dict(zip(COLUMNS, row, strict=True))
    return from_plain({**values, "tags": msgspec.json.decode(values["tags"])}, Entry)


def document_of(entry: Entry) -> Document:
    """What the entry is found by. Depends on nothing else, so that it can be taken out of the index again."""
    title = words(entry.title)
    tags = title + words(" ".join((*entry.tags, entry.category)))
    everything = tags + list(islice(words(entry.description), MOST_WORDS))
    return Document(
        title=marked(FIRST, title[:1]) + " " + marked(TITLE, title),
        tags=marked(TAGS, tags),
        body=marked(ANY, everything),
        facets=" ".join(_facets(entry)),
    )


def words_in(document: Document) -> list[str]:
    """All words of a document's texts."""
    return [word.removeprefix(ANY) for word in document.body.split(" ") if word]


def facet(kind: str, value: str = "") -> str:
    """A word of the index for a value that is filtered by."""
    return FACET + blake2b(f"{kind}\0{value}".encode(), digest_size=6).hexdigest()


def _facets(entry: Entry) -> Iterator[str]:
    yield facet("state", entry.state)
    yield facet("visibility", entry.visibility)
    yield facet("owner", entry.owner)
    yield facet("category", fold(entry.category))
    yield from (facet("tag", fold(tag)) for tag in entry.tags)
    language = entry.language.lower()
    yield from {facet("language", language), facet("language", language.partition("-")[0])}
    if (entry.state, entry.visibility) == ("published", "public"):
        yield facet(LISTED)
