"""The outbox: what enters once, is tried as often as it should be, and survives."""

from __future__ import annotations

import base64
import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from codek7.core.errors import CatalogDamaged, CatalogNewer, WebhookNotFound
from codek7.core.events import Noted
from codek7_server.webhooks.events import EVENTS
from codek7_server.webhooks.outbox import Outbox, Webhook
from codek7_server.webhooks.signing import headers, new_secret


def noted(number: int, name: str = "asset-published") -> Noted:
    return Noted(
        id=number, at_us=number, asset_id="a", job_id="j", name=name, event={"event": name, "asset_id": "a"}
    )


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox.open(tmp_path / "home")


def add(outbox: Outbox, *events: str, last: int = 0) -> Webhook:
    return outbox.add("https://example.org/", events, "", new_secret(), last)


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the specification's own libraries."""
    made = headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert made["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert made["webhook-timestamp"] == "1614265330"


def test_secrets_are_long_and_new() -> None:
    secrets = {new_secret() for _ in range(10)}
    assert len(secrets) == 10
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"))) == 32 for secret in secrets)


def test_only_its_owner_reads_the_file(outbox: Outbox, tmp_path: Path) -> None:
    add(outbox)
    for path in (tmp_path / "home").glob("webhooks.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_each_event_enters_once(outbox: Outbox) -> None:
    hook = add(outbox)
    for _ in range(3):
        outbox.enter([noted(1), noted(2), noted(3)])
    assert {each.event_id for each in outbox.deliveries(hook.id, None, None, 10)} == {1, 2, 3}
    assert len(outbox.due()) == 3
    assert outbox.place() == 3


def test_only_those_who_asked_are_told(outbox: Outbox) -> None:
    every, some = add(outbox), add(outbox, "error", "asset-held")
    outbox.enter([noted(1), noted(2, "chunk-encoded"), noted(3, "asset-held")])
    assert {each.event for each in outbox.deliveries(every.id, None, None, 10)} == {
        "asset-published",
        "asset-held",
    }
    assert [each.event for each in outbox.deliveries(some.id, None, None, 10)] == ["asset-held"]
    assert "chunk-encoded" not in EVENTS


def test_nobody_is_told_of_the_past(outbox: Outbox) -> None:
    assert outbox.place() is None, "nobody listens"
    first = add(outbox, last=100)
    assert outbox.place() == 100
    outbox.enter([noted(101)])
    add(outbox, last=500)
    assert outbox.place() == 101, "the first one's next event has not entered yet"
    outbox.remove(first.id)
    assert outbox.place() == 101


def test_tried_again_and_given_up(outbox: Outbox) -> None:
    hook = add(outbox)
    outbox.enter([noted(1)])
    for number in range(3):
        (due,) = outbox.due()
        assert due.tries == number
        outbox.tried(due, 500, "the answer was 500", most_tries=3, first_wait_s=0)
    assert outbox.due() == []
    (dead,) = outbox.deliveries(hook.id, "dead", None, 10)
    assert (dead.tries, dead.status, dead.error) == (3, 500, "the answer was 500")
    assert outbox.again(hook.id, dead.id).state == "pending"
    (due,) = outbox.due()
    assert due.id == dead.id, "the same message"
    outbox.tried(due, 204, "", most_tries=3, first_wait_s=0)
    (told,) = outbox.deliveries(hook.id, None, None, 10)
    assert (told.state, told.tries, told.status) == ("delivered", 1, 204)


@given(tries=st.integers(0, 30))
def test_waits_grow_and_are_bounded(tmp_path_factory: pytest.TempPathFactory, tries: int) -> None:
    outbox = Outbox.open(tmp_path_factory.mktemp("outbox"))
    add(outbox)
    outbox.enter([noted(1)])
    (due,) = outbox.due()
    outbox.tried(replace(due, tries=tries), 0, "x", most_tries=100, first_wait_s=5)
    (found,) = outbox.deliveries(due.webhook_id, "pending", None, 1)
    wait_s = (found.next_us - found.tried_us) / 1_000_000
    meant = min(6 * 3600, 5 * 4**tries)
    assert 0.75 * meant - 1 <= wait_s <= 1.25 * meant + 1
    outbox.close()


def test_those_that_wait_do_not_keep_others_from_their_turn(outbox: Outbox) -> None:
    many, one = add(outbox), add(outbox, "error")
    outbox.enter([noted(n) for n in range(1, 200)])
    outbox.enter([noted(200, "error")])
    due = outbox.due()
    assert {each.webhook_id for each in due} == {many.id, one.id}
    assert len(due) == 21


def test_one_that_rests_is_told_nothing(outbox: Outbox) -> None:
    hook = add(outbox)
    outbox.change(replace(hook, active=False))
    outbox.enter([noted(1)])
    outbox.change(replace(hook, active=True))
    assert outbox.due() == []


def test_it_survives(outbox: Outbox, tmp_path: Path) -> None:
    hook = add(outbox)
    outbox.enter([noted(1), noted(2)])
    again = Outbox.open(tmp_path / "home")
    assert len(again.due()) == 2
    assert again.place() == 2
    assert again.every() == [hook]
    again.remove(hook.id)
    assert again.due() == []
    with pytest.raises(WebhookNotFound):
        again.one(hook.id)


def test_files_that_are_not_ours(tmp_path: Path) -> None:
    (tmp_path / "webhooks.db").write_bytes(b"x" * 5000)
    with pytest.raises(CatalogDamaged):
        Outbox.open(tmp_path)
    newer = tmp_path / "newer"
    newer.mkdir()
    with sqlite3.connect(newer / "webhooks.db") as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(CatalogNewer):
        Outbox.open(newer)
