"""A home: whose it is, and what a server says of one that is not as it has to be."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codek7.core.ports import Catalog
from codek7.hub import Hub
from codek7.locks import keeping
from codek7.plugins.catalog_duckdb import codek7_open_catalog
from codek7.sources.cache import writing
from codek7.testing.story import Story
from codek7_server.access.accounts import Accounts
from codek7_server.delivery.tokens import Tokens
from codek7_server.webhooks.outbox import Outbox


def told(catalog: Catalog) -> None:
    for batch in Story(chunks=1).whole():
        catalog.apply("job", batch)


def kept(home: Path) -> None:
    with keeping(home):
        pass


def fetched(home: Path) -> None:
    with writing(home / "cache") as (_, publish):
        publish("0" * 64, 0)


MAKERS: dict[str, Callable[[Path], object]] = {
    "accounts": Accounts.open,
    "outbox": Outbox.open,
    "keys": lambda home: Tokens.open(home, ttl_s=60),
    "catalog": lambda home: told(codek7_open_catalog(home)),
    "locks": kept,
    "cache": fetched,
    "store": lambda home: Hub.open(home).store.put("a/b", b"c"),
}


@pytest.mark.parametrize("first", MAKERS)
def test_a_home_is_its_owners_alone_whatever_makes_it(tmp_path: Path, first: str) -> None:
    home = tmp_path / "new" / "home"
    MAKERS[first](home)
    for make in MAKERS.values():
        make(home)
    assert home.stat().st_mode & 0o077 == home.parent.stat().st_mode & 0o077 == 0
    open_ones = {each.name for each in home.iterdir() if each.stat().st_mode & 0o077}
    assert open_ones == {"store"}, "a web server that is let in reads what is published, and no more"


def a_file(path: Path) -> None:
    path.write_bytes(b"here already")


def of_another_program(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE song (title TEXT)")
    connection.close()


@pytest.mark.parametrize(
    ("name", "spoil", "said"),
    [
        ("uploads", a_file, "is no folder"),
        ("run", a_file, "is no folder"),
        ("library.db", Path.mkdir, "is no file"),
        ("accounts.db", Path.touch, "is empty"),
        ("accounts.db", of_another_program, "is a database of another program"),
        ("webhooks.db", Path.touch, "is empty"),
    ],
)
def test_a_faulty_home_is_named_and_left_alone(
    tmp_path: Path, name: str, spoil: Callable[[Path], object], said: str
) -> None:
    path = tmp_path / "home" / name
    path.parent.mkdir()
    spoil(path)
    before = path.stat()
    done = subprocess.run(
        [sys.executable, "-m", "codek7", "serve", "--home", str(path.parent), "--port", "0"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert f"{path} {said}" in done.stderr
    assert "move it away" in done.stderr
    assert "Traceback" not in done.stderr
    assert (path.stat().st_ino, path.stat().st_size) == (before.st_ino, before.st_size)
