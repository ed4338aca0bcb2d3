"""Held, allowed and blocked: what moderators see and decide."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from codek7.check import HttpFetch, check_presentation
from tests.server.assets.conftest import Json, until, upload
from tests.server.assets.test_assets import problem, statuses, urls
from tests.server.conftest import RunningServer, start


@pytest.fixture(scope="module")
def strict(
    no_settings_from_outside: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """A server that holds everything."""
    home = tmp_path_factory.mktemp("strict") / "home"
    home.mkdir()
    (home / "codek7.toml").write_text('[moderation]\ndecision = "review"\nmin_duration_us = 3600000000\n')
    running = start(home)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def held(strict: RunningServer, clip: Path) -> Json:
    with strict.client("uploader") as client:
        asset_id = upload(client, clip, title="Held", visibility="public")
        return until(client, asset_id, lambda asset: asset["state"] == "held")


def _listed(moderator: httpx.Client) -> list[Json]:
    found: list[Json] = moderator.get("/api/assets", params={"state": "held"}).json()["items"]
    return found


def encoded(server: RunningServer, job_id: str) -> int:
    """How many encoders a job ran."""
    with server.client("admin") as client:
        return len(client.get(f"/api/jobs/{job_id}").json()["attempts"])


def test_what_is_held_is_seen_by_its_owner_and_moderators_alone(strict: RunningServer, held: Json) -> None:
    path = f"/api/assets/{held['id']}"
    assert held["reason"]
    assert held["progress"] < 1
    with strict.client() as anyone, strict.client("moderator") as moderator:
        assert anyone.get(path).status_code == anyone.get(f"{path}/playback?preview=true").status_code == 401
        assert held["id"] not in {each["id"] for each in anyone.get("/api/assets").json()["items"]}
        while held["id"] not in {each["id"] for each in _listed(moderator)}:
            time.sleep(0.05)  # lists follow within a moment
        assert problem(moderator.get(f"{path}/playback")) == (409, "state-conflict")
        assert moderator.get(path).json()["previewable"]
        preview = moderator.get(f"{path}/playback?preview=true").json()
        assert preview["preview"]
        report = check_presentation(preview["playlist"], fetch=HttpFetch())
        assert all(fault.rule.startswith("apple.") for fault in report.faults), "no player minds"
        assert report.segments == 2, "the picture and the sound, whole"
        (verdict,) = moderator.get(f"{path}/verdicts").json()["items"]
        assert (verdict["decision"], verdict["moderator"].partition("@")[0]) == ("review", "moderate_rules")


def test_what_is_allowed_is_published_without_encoding_again(strict: RunningServer, held: Json) -> None:
    path = f"/api/assets/{held['id']}"
    with strict.client("moderator") as moderator, strict.client() as anyone:
        answer = moderator.post(f"{path}/decision", json={"decision": "allow", "reason": "fine"})
        assert answer.status_code == 200, answer.text
        asset = until(moderator, held["id"], lambda asset: asset["state"] == "published")
        assert asset["progress"] == 1
        assert encoded(strict, answer.json()["job"]["id"]) == 0
        assert anyone.get(path).json()["reason"] == ""
        assert statuses(strict, urls(strict, held["id"])) == {200}
        verdicts = moderator.get(f"{path}/verdicts").json()["items"]
        assert {verdict["decision"] for verdict in verdicts} == {"review", "allow"}
        assert problem(moderator.post(f"{path}/decision", json={"decision": "allow"})) == (
            409,
            "state-conflict",
        )


def test_what_is_blocked_is_gone_and_stays_gone(strict: RunningServer, held: Json) -> None:
    path = f"/api/assets/{held['id']}"
    with strict.client("moderator") as moderator, strict.client("uploader") as owner:
        moderator.post(f"{path}/decision", json={"decision": "allow"})
        until(moderator, held["id"], lambda asset: asset["state"] == "published")
        before = urls(strict, held["id"])
        answer = moderator.post(f"{path}/decision", json={"decision": "block", "reason": "not here"})
        assert (answer.status_code, answer.json()["state"]) == (200, "refused")
        assert statuses(strict, before) == {404}
        assert owner.get(path).json()["reason"] == "not here"
        assert problem(owner.post(f"{path}/republish", json={})) == (409, "state-conflict")
        assert problem(owner.get(f"{path}/playback?preview=true")) == (409, "state-conflict")
        assert moderator.post(f"{path}/decision", json={"decision": "allow"}).status_code == 200
        until(moderator, held["id"], lambda asset: asset["state"] == "published")
        assert statuses(strict, before) == {404}, "what was published again has other URLs"
        assert statuses(strict, urls(strict, held["id"])) == {200}
