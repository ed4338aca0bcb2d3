"""HOME/webhooks.db: who is told, and what they have not heard yet. SQLite, apart from the catalog, because
secrets are in it.

An event enters the outbox in one transaction with the place in the history up to which events have entered,
so that each enters once, whenever the server ends.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Self

import msgspec

from codek7.core.assets import new_id
from codek7.core.errors import CatalogDamaged, CatalogError, CatalogNewer, Codek7Error, WebhookNotFound
from codek7.core.events import Noted
from codek7.core.values import from_plain
from codek7_server.database import prepare
from codek7_server.webhooks.events import EVENTS, body_of

DeliveryState = Literal["pending", "delivered", "dead"]
MOST_WAIT_S = 6 * 3600.0
AT_ONCE = 20
KEEP_US = 30 * 86_400_000_000
"""Deliveries that are over stay so long."""
_SCHEMA = (
    """CREATE TABLE webhook (
        id TEXT PRIMARY KEY, url TEXT NOT NULL, events TEXT NOT NULL, description TEXT NOT NULL,
        active INTEGER NOT NULL, secret TEXT NOT NULL, created_us INTEGER NOT NULL) STRICT""",
    """CREATE TABLE delivery (
        id TEXT PRIMARY KEY, webhook_id TEXT NOT NULL REFERENCES webhook(id) ON DELETE CASCADE,
        event_id INTEGER NOT NULL, event TEXT NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL,
        tries INTEGER NOT NULL, created_us INTEGER NOT NULL, next_us INTEGER NOT NULL,
        tried_us INTEGER NOT NULL, status INTEGER NOT NULL, error TEXT NOT NULL,
        UNIQUE (webhook_id, event_id)) STRICT""",
    "CREATE INDEX due ON delivery (state, next_us)",
    "CREATE INDEX listed ON delivery (webhook_id, created_us, id)",
    "CREATE TABLE place (event_id INTEGER NOT NULL) STRICT",
)


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told. `events`: their names, all where it is empty."""

    id: str
    url: str
    events: list[str]
    description: str
    active: bool
    created_us: int


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one webhook. `status` is the last answer's, 0 where there was none; `error` says why."""

    id: str
    webhook_id: str
    event_id: int
    event: str
    state: DeliveryState
    tries: int
    created_us: int
    next_us: int
    tried_us: int
    status: int
    error: str


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery to try now."""

    id: str
    webhook_id: str
    url: str
    secret: str
    body: bytes
    tries: int


_WEBHOOK = ", ".join(Webhook.__struct_fields__)
_DELIVERY = ", ".join(Delivery.__struct_fields__)


class Outbox:
    """The open file. Blocking, for a moment; safe to use from several threads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._turn = threading.Lock()

    @classmethod
    def open(cls, home: Path) -> Self:
        """Makes the file where there is none. Raises `CatalogNewer`, `CatalogDamaged`, `CatalogError`,
        `HomeFaulty`."""
        path = home / "webhooks.db"
        try:
            prepare(path, _SCHEMA, 1)
            connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                connection.execute(f"PRAGMA {pragma}")
            outbox = cls(connection)
            outbox._migrate(path)
        except Codek7Error:
            raise
        except OSError as error:
            raise CatalogError(f"{path} cannot be opened: {error.strerror or error}") from error
        except sqlite3.DatabaseError as error:
            raise CatalogDamaged(
                f"{path} cannot be read: {error}",
                hint="restore it from a backup, or move it away to begin without webhooks",
            ) from error
        return outbox

    def close(self) -> None:
        """Nothing can be asked afterwards."""
        with self._turn:
            self._connection.close()

    def add(self, url: str, events: Sequence[str], description: str, secret: str, last_event: int) -> Webhook:
        """A new webhook; it hears of what happens after the event `last_event`."""
        hook = Webhook(
            id=new_id(),
            url=url,
            events=list(events),
            description=description,
            active=True,
            created_us=_now_us(),
        )
        with self._writing() as db:
            if not db.execute("SELECT 1 FROM webhook").fetchone():  # nobody listened: nothing was missed
                _move(db, last_event)
            db.execute(
                f"INSERT INTO webhook ({_WEBHOOK}, secret) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  # our names
                (hook.id, url, _names(events), description, True, hook.created_us, secret),
            )
        return hook

    def every(self) -> list[Webhook]:
        """The oldest first."""
        return [_webhook(row) for row in self._all(f"SELECT {_WEBHOOK} FROM webhook ORDER BY created_us, id")]  # noqa: S608  # our names

    def one(self, webhook_id: str) -> Webhook:
        """Raises `WebhookNotFound`."""
        rows = self._all(f"SELECT {_WEBHOOK} FROM webhook WHERE id = ?", webhook_id)  # noqa: S608  # our names
        if not rows:
            raise WebhookNotFound("there is no such webhook", hint="GET /api/webhooks lists them")
        return _webhook(rows[0])

    def change(self, hook: Webhook) -> None:
        """Keep it as it is given."""
        with self._writing() as db:
            db.execute(
                "UPDATE webhook SET url = ?, events = ?, description = ?, active = ? WHERE id = ?",
                (hook.url, _names(hook.events), hook.description, hook.active, hook.id),
            )

    def remove(self, webhook_id: str) -> None:
        """And all its deliveries. Raises `WebhookNotFound`."""
        self.one(webhook_id)
        with self._writing() as db:
            db.execute("DELETE FROM webhook WHERE id = ?", (webhook_id,))

    def deliveries(
        self, webhook_id: str, state: DeliveryState | None, before: tuple[int, str] | None, limit: int
    ) -> list[Delivery]:
        """The newest first. `before`: time and id of the last one of the page before. Raises
        `WebhookNotFound`."""
        self.one(webhook_id)
        at, last = before or (2**62, "")
        rows = self._all(
            f"SELECT {_DELIVERY} FROM delivery WHERE webhook_id = ? AND (created_us, id) < (?, ?) "  # noqa: S608  # our names
            "AND (? IS NULL OR state = ?) ORDER BY created_us DESC, id DESC LIMIT ?",
            webhook_id, at, last, state, state, limit,
        )  # fmt: skip
        return [_delivery(row) for row in rows]

    def again(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Try it now, from the beginning, whatever became of it. Raises `WebhookNotFound`."""
        with self._writing() as db:
            db.execute(
                "UPDATE delivery SET state = 'pending', tries = 0, next_us = ? "
                "WHERE id = ? AND webhook_id = ?",
                (_now_us(), delivery_id, webhook_id),
            )
        rows = self._all(
            f"SELECT {_DELIVERY} FROM delivery WHERE id = ? AND webhook_id = ?",  # noqa: S608  # our names
            delivery_id,
            webhook_id,
        )
        if not rows:
            raise WebhookNotFound("there is no such delivery", hint="see the webhook's deliveries")
        return _delivery(rows[0])

    def place(self) -> int | None:
        """The event up to which all have entered; None while nobody listens."""
        rows = self._all("SELECT event_id FROM place WHERE EXISTS (SELECT 1 FROM webhook)")
        return int(rows[0][0]) if rows else None

    def enter(self, events: Sequence[Noted]) -> None:
        """Deliveries for whoever asked for them, and the new place."""
        now = _now_us()
        hooks = [hook for hook in self.every() if hook.active]
        rows = [
            (new_id(), hook.id, noted.id, noted.name, body_of(noted), now, now)
            for noted in events
            for hook in hooks
            if noted.name in hook.events or (not hook.events and noted.name in EVENTS)
        ]
        with self._writing() as db:
            db.executemany(
                "INSERT OR IGNORE INTO delivery (id, webhook_id, event_id, event, body, created_us, next_us, "
                "state, tries, tried_us, status, error) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', 0, 0, 0, '')",
                rows,
            )
            _move(db, events[-1].id)

    def due(self) -> list[Due]:
        """What is to be tried now: for each webhook, those that wait longest."""
        rows = self._all(
            "SELECT id, webhook_id, url, secret, body, tries FROM (SELECT delivery.*, url, secret, "
            "row_number() OVER (PARTITION BY webhook_id ORDER BY next_us, event_id) AS turn FROM delivery "
            "JOIN webhook ON webhook.id = webhook_id WHERE state = 'pending' AND active AND next_us <= ?) "
            "WHERE turn <= ? ORDER BY next_us, event_id",
            _now_us(),
            AT_ONCE,
        )
        return [from_plain(dict(zip(Due.__struct_fields__, row, strict=True)), Due) for row in rows]

    def tried(self, due: Due, status: int, error: str, *, most_tries: int, first_wait_s: float) -> None:
        """What came of it: delivered, to be tried again, or given up."""
        tries, now = due.tries + 1, _now_us()
        state = "delivered" if 200 <= status < 300 else "dead" if tries >= most_tries else "pending"
        wait_s = min(MOST_WAIT_S, first_wait_s * 4 ** (tries - 1)) * random.uniform(0.75, 1.25)  # noqa: S311  # so that not all come back at once
        with self._writing() as db:
            db.execute(
                "UPDATE delivery SET state = ?, tries = ?, tried_us = ?, next_us = ?, status = ?, error = ? "
                "WHERE id = ?",
                (state, tries, now, now + int(wait_s * 1_000_000), status, error, due.id),
            )

    def forget(self) -> None:
        """Those that have long been over."""
        with self._writing() as db:
            db.execute(
                "DELETE FROM delivery WHERE state <> 'pending' AND created_us < ?", (_now_us() - KEEP_US,)
            )

    def _all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._turn:
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: on disk at the end of the block, rolled back when it raises."""
        with self._turn:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _migrate(self, path: Path) -> None:
        with self._writing() as db:
            found = int(db.execute("PRAGMA user_version").fetchone()[0])
            if found > 1:
                raise CatalogNewer(
                    f"{path} was written by a newer codek7 (schema {found})", hint="update codek7"
                )


def _move(db: sqlite3.Connection, event_id: int) -> None:
    db.execute("DELETE FROM place")
    db.execute("INSERT INTO place VALUES (?)", (event_id,))


def _webhook(row: Sequence[Any]) -> Webhook:
    said = dict(zip(Webhook.__struct_fields__, row, strict=True))
    return from_plain(
        {**said, "events": msgspec.json.decode(said["events"]), "active": bool(said["active"])}, Webhook
    )


def _delivery(row: Sequence[Any]) -> Delivery:
    return from_plain(dict(zip(Delivery.__struct_fields__, row, strict=True)), Delivery)


def _names(events: Sequence[str]) -> str:
    return msgspec.json.encode(list(events)).decode()


def _now_us() -> int:
    return time.time_ns() // 1000
