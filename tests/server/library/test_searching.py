"""What is found, by whom, in which order, and that pages show every row once."""

from __future__ import annotations

import sqlite3
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from codek7.core.assets import Asset
from codek7.core.errors import UsageError
from codek7.core.media import Source
from codek7_server.library.keeping import drop, keep, writing
from codek7_server.library.near import Vocabulary, distance
from codek7_server.library.queries import Query, Reader, Sort
from codek7_server.library.schema import open_library
from codek7_server.library.searching import search
from codek7_server.library.words import fold, words

ALL = Reader(all=True)
SOURCE = Source(uri="file:///x", sha256="0" * 64, size_bytes=1)


def asset(number: int, title: str = "untitled", **more: object) -> Asset:
    given: dict[str, object] = {"state": "published", "created_us": 1000 + number, **more}
    return Asset(id=f"asset{number}", source=SOURCE, title=title, **given)  # type: ignore[arg-type]  # fields of Asset


@pytest.fixture
def library(tmp_path: Path) -> sqlite3.Connection:
    return open_library(tmp_path / "library.db")


def fill(library: sqlite3.Connection, *assets: Asset) -> None:
    with writing(library):
        keep(library, Vocabulary(library), assets)


def ids(library: sqlite3.Connection, query: Query, reader: Reader = ALL) -> list[str]:
    """All pages' rows."""
    found: list[str] = []
    while True:
        page = search(library, query, reader)
        assert len(page.items) <= query.limit
        found += [entry.id for entry in page.items]
        if page.next is None:
            return found
        assert page.items, "an empty page is the last"
        query = replace(query, cursor=page.next)


def titles(library: sqlite3.Connection, q: str, reader: Reader = ALL) -> list[str]:
    return [entry.title for entry in search(library, Query(q=q, limit=100), reader).items]


def test_texts_are_found_however_they_are_written(library: sqlite3.Connection) -> None:
    named = [
        "Un été à la mer",
        "Ærøskøbing",
        "STRASSE",
        "Straße",
        "東京の夜",
        "Ünïcode_and-signs!",
        "Ⅷ",
        "Łódź",
    ]
    fill(library, *(asset(n, title) for n, title in enumerate(named)))
    for q, expected in {
        "ete": named[0], "ÉTÉ mer": named[0], "mer été ": named[0], "aeroskobing": named[1], "東京": named[4],
        "夜": named[4], "unicode": named[5], "and signs": named[5], "lodz": named[7], "lod": named[7],
    }.items():  # fmt: skip
        assert titles(library, q) == [expected], q
    assert titles(library, "strasse") == ["Straße", "STRASSE"]
    for nothing in ("京東", "ete zug", "!!", '"', "mer NOT ete", "title:mer OR x", "*", "\x00"):
        assert titles(library, nothing) == [], nothing


def test_titles_come_before_tags_before_descriptions(library: sqlite3.Connection) -> None:
    fill(
        library,
        asset(1, "The beach"),
        asset(2, "Beach life"),
        asset(3, "Beaches of the world"),
        asset(4, "Holiday", tags=("beach",)),
        asset(5, "Film", description="at the beach"),
        asset(6, "My trip to the beach"),
        asset(7, "Nothing"),
        asset(8, "Film", category="Beach"),
    )
    order = ["asset2", "asset6", "asset1", "asset3", "asset8", "asset4", "asset5"]
    assert ids(library, Query(q="beach")) == order
    assert ids(library, Query(q="beach", limit=1)) == order, "page by page"
    assert ids(library, Query(q="beach ")) == [each for each in order if each != "asset3"], (
        "the word is whole"
    )


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("hollday", "A holiday"),
        ("holidya", "A holiday"),
        ("oliday", "A holiday"),
        ("hholiday ", "A holiday"),
        ("lighthuose sunset", "Lighthouse at sunset"),
        ("lihgthose", "Lighthouse at sunset"),
        ("lighthxxse", "Lighthouse at sunset"),
        ("ligthou", "Lighthouse at sunset"),
        ("senset lighthouse", "Lighthouse at sunset"),
    ],
)
def test_misspelt_words_are_found(library: sqlite3.Connection, q: str, found: str) -> None:
    fill(library, asset(1, "A holiday"), asset(2, "Lighthouse at sunset"), asset(3, "Something else"))
    assert titles(library, q) == [found]


def test_what_is_written_is_preferred_to_what_may_be_meant(library: sqlite3.Connection) -> None:
    fill(library, asset(1, "cats"), asset(2, "cars"))
    assert titles(library, "cats") == ["cats"]
    assert titles(library, "caxs") == ["cars", "cats"]
    assert titles(library, "123456789") == []


def test_filters_and_words_hold_together(library: sqlite3.Connection) -> None:
    fill(
        library,
        asset(1, "sea", category="Travel", tags=("Blue", "salt"), language="en-GB", owner="ann"),
        asset(2, "sea", category="travel", tags=("blue",), language="fr", visibility="unlisted"),
        asset(3, "sea", category="Home", tags=("blue",), state="held", owner="ann", visibility="private"),
        asset(4, "land", category="Travel", tags=("salt",)),
    )
    asked = {
        ("asset2", "asset1"): Query(q="sea", category="TRAVEL"),
        ("asset1",): Query(q="sea", tags=("blue", "Salt")),
        ("asset4", "asset1"): Query(tags=("salt",)),
        ("asset3", "asset1"): Query(owner="ann"),
        ("asset3",): Query(q="se", state="held", owner="ann"),
        ("asset2",): Query(visibility="unlisted"),
        (): Query(q="land", owner="ann"),
    }
    for found, query in asked.items():
        assert ids(library, query) == list(found), query
    assert ids(library, Query(language="en")) == ids(library, Query(language="EN-gb")) == ["asset1"]


def test_nobody_finds_what_they_may_not_list(library: sqlite3.Connection) -> None:
    fill(
        library,
        asset(1, "one"),
        asset(2, "one", visibility="unlisted", owner="ann"),
        asset(3, "one", visibility="private", owner="ann"),
        asset(4, "one", state="working", owner="bob"),
        asset(5, "one", state="held", owner=""),
    )
    for query in (Query(), Query(q="one"), Query(q="onee "), Query(sort="title"), Query(sort="duration")):
        assert ids(library, query, Reader()) == ["asset1"]
        assert sorted(ids(library, query, Reader(owner="ann"))) == ["asset1", "asset2", "asset3"]
        assert sorted(ids(library, query, Reader(owner="bob"))) == ["asset1", "asset4"]
        assert len(ids(library, query, ALL)) == 5
    assert ids(library, Query(owner="ann"), Reader(owner="bob")) == []


def test_rows_follow_their_assets(library: sqlite3.Connection) -> None:
    fill(library, asset(1, "before", tags=("old",)), asset(2, "other"))
    fill(library, asset(1, "after", tags=("new",), visibility="private"))
    assert ids(library, Query(q="before")) == ids(library, Query(tags=("old",))) == []
    assert ids(library, Query(q="after"), Reader()) == []
    assert ids(library, Query(q="after")) == ids(library, Query(tags=("new",))) == ["asset1"]
    with writing(library):
        drop(library, ["asset1", "nothing"])
    assert ids(library, Query()) == ids(library, Query(sort="title")) == ["asset2"]
    assert ids(library, Query(q="after")) == []
    library.execute("INSERT INTO text (text) VALUES ('integrity-check')")


@pytest.mark.parametrize(("few", "walked"), [(10_000, 10_000), (0, 10_000), (0, 3)])
@pytest.mark.parametrize("direction", ["rising", "falling"])
@pytest.mark.parametrize("sort", ["created", "title", "duration"])
def test_every_order_shows_every_row_once(
    library: sqlite3.Connection,
    monkeypatch: pytest.MonkeyPatch,
    sort: str,
    direction: str,
    few: int,
    walked: int,
) -> None:
    monkeypatch.setattr("codek7_server.library.finds.SORTED_AT_ONCE", few)
    monkeypatch.setattr("codek7_server.library.finds.MOST_WALKED", walked)
    assets = [asset(n, f"Same {n % 3}", duration_us=n % 4, category="ab"[n % 2]) for n in range(40)]
    fill(library, *assets)
    keys = {
        "created": lambda a: a.created_us,
        "title": lambda a: (a.title, a.created_us),
        "duration": lambda a: (a.duration_us, a.created_us),
    }
    for limit in (1, 7, 40):
        for category, q in ((None, ""), ("a", ""), ("a", "same")):
            query = Query(sort=sort, direction=direction, category=category, q=q, limit=limit)  # type: ignore[arg-type]  # parametrised
            wanted = sorted(
                (a for a in assets if category in (None, a.category)),
                key=keys[sort],
                reverse=direction == "falling",
            )
            for reader in (ALL, Reader(), Reader(owner="ann")):
                assert ids(library, query, reader) == [a.id for a in wanted]


word = st.sampled_from(["sea", "seal", "search", "searching", "land", "island", "a", "blue", "東京", "京都"])
text = st.lists(word, max_size=4).map(" ".join)
shown = st.builds(
    asset,
    st.integers(0, 30),
    title=text,
    description=text,
    tags=st.lists(word, max_size=2).map(tuple),
    category=st.sampled_from(["", "x"]),
    visibility=st.sampled_from(["public", "private"]),
    owner=st.sampled_from(["", "ann"]),
)


@pytest.mark.parametrize("few", [0, 500])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    assets=st.lists(shown, max_size=25),
    asked=st.lists(word, min_size=1, max_size=2),
    whole=st.booleans(),
    limit=st.integers(1, 5),
)
def test_words_find_what_a_look_at_every_row_finds(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    few: int,
    assets: list[Asset],
    asked: list[str],
    whole: bool,
    limit: int,
) -> None:
    """Paged, while rows are added."""
    monkeypatch.setattr("codek7_server.library.finds.RANKED_AT_ONCE", few)
    library = open_library(tmp_path_factory.mktemp("library") / "library.db")
    fill(library, *assets)
    kept = {each.id: each for each in sorted(assets, key=lambda a: a.created_us)}
    q = " ".join(asked) + " " * whole

    def rank(each: Asset) -> int | None:
        def has(texts: list[str], unfinished: bool) -> bool:
            *done, last = words(q)
            begins = (lambda w: w.startswith(last)) if unfinished and len(last) > 1 else (lambda w: w == last)
            return all(one in texts for one in done) and any(map(begins, texts))

        title = words(each.title)
        tags = title + words(" ".join((*each.tags, each.category)))
        places = [
            (title, False),
            (title, not whole),
            (tags, not whole),
            (tags + words(each.description), not whole),
        ]
        found = [number for number, place in enumerate(places) if has(*place)]
        return min(found) if found else None

    may = [a for a in kept.values() if a.visibility == "public" or a.owner == "ann"]
    wanted = {a.id: rank(a) for a in may if rank(a) is not None}
    if not wanted:
        return  # then it looks for words that may have been meant
    query, found = Query(q=q, limit=limit), []
    for number in range(100, 200):
        page = search(library, query, Reader(owner="ann"))
        found += [entry.id for entry in page.items]
        if page.next is None:
            break
        fill(library, asset(number, q))
        query = replace(query, cursor=page.next)
    older = [each for each in found if int(each.removeprefix("asset")) < 100]
    assert sorted(older) == sorted(wanted)
    ranks = [wanted[each] for each in older]
    assert ranks == sorted(ranks, key=lambda r: r or 0)
    assert len(set(found)) == len(found)


@given(st.text(max_size=20))
def test_no_question_is_an_error(tmp_path_factory: pytest.TempPathFactory, q: str) -> None:
    library = open_library(tmp_path_factory.mktemp("library") / "library.db")
    fill(library, asset(1, q), asset(2, "other", description=q, tags=(q,)))
    found = ids(library, Query(q=q))
    assert {"asset1", "asset2"} <= set(found) or not words(q) or len(words(q)) > 12
    assert fold(fold(q)) == fold(q)


@pytest.mark.parametrize("cursor", ["x", "!!", "W10", "bnVsbA", "\u00e9"])
def test_a_cursor_of_something_else_is_refused(library: sqlite3.Connection, cursor: str) -> None:
    with pytest.raises(UsageError):
        search(library, Query(cursor=cursor), ALL)
    fill(library, *(asset(n) for n in range(3)))
    other = search(library, Query(limit=1, sort="title"), ALL).next
    with pytest.raises(UsageError):
        search(library, Query(cursor=other or ""), ALL)


@pytest.mark.parametrize("number", [2**63, -(2**63), 10**30])
def test_a_cursor_that_was_tampered_with_is_refused(library: sqlite3.Connection, number: int) -> None:
    fill(library, *(asset(n) for n in range(3)))
    for place in (f'[["title",false],{number},0,"a"]', f'[["duration",true],1,0,{number}]'):
        sort: Sort = "title" if "title" in place else "duration"
        with pytest.raises(UsageError):
            search(library, Query(sort=sort, cursor=urlsafe_b64encode(place.encode()).decode()), ALL)


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_distances_are_those_of_the_definition(one: str, other: str) -> None:
    def mistakes(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        best = min(mistakes(a[1:], b) + 1, mistakes(a, b[1:]) + 1, mistakes(a[1:], b[1:]) + (a[0] != b[0]))
        if a[:2] == b[1::-1] and len(a) > 1 and len(b) > 1:
            best = min(best, mistakes(a[2:], b[2:]) + 1)
        return best

    exact = mistakes(one, other)
    assert distance(one, other, 2) == exact if exact <= 2 else distance(one, other, 2) > 2


def test_a_file_that_is_damaged_or_of_another_version_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(b"no database" * 1000)
    fill(open_library(path), asset(1, "kept"))
    kept = open_library(path)
    assert ids(kept, Query()) == ["asset1"]
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    kept.execute("PRAGMA user_version = 99")
    kept.close()
    assert ids(open_library(path), Query()) == []
