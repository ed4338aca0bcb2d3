"""Playback records at a real server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from codek7_server.delivery.tokens import Tokens, mac
from tests.server.conftest import RunningServer
from tests.server.uploads.sending import begin, like_media, send

RECORDS = "/api/playback-records"


class Playing(NamedTuple):
    """An asset, and an address to play it at."""

    server: RunningServer
    nobody: httpx.Client
    owner: httpx.Client
    asset: str
    playlist: str

    def post(self, **said: Any) -> httpx.Response:
        """As `navigator.sendBeacon(url, text)` does it."""
        body = json.dumps({"playlist": self.playlist, "session": "session-0", **said})
        return self.nobody.post(RECORDS, content=body, headers={"Content-Type": "text/plain;charset=UTF-8"})

    def report(self, sessions: int) -> dict[str, Any]:
        """Once it knows of so many."""
        end = time.monotonic() + 60
        while True:
            said: dict[str, Any] = self.owner.get(f"/api/assets/{self.asset}/playback-report").json()
            if said["sessions"] >= sessions:
                return said
            assert time.monotonic() < end, said
            time.sleep(0.1)


@pytest.fixture
def playing(server: RunningServer) -> Iterator[Playing]:
    with server.client() as nobody, server.client("uploader") as owner:
        asset = send(owner, begin(owner, 5000), 0, like_media(5000)).headers["Codek7-Asset"]
        playlist = Tokens.open(server.home).url(f"assets/{asset}/v1/main.m3u8")
        yield Playing(server, nobody, owner, asset, playlist)


def test_records_become_a_report(playing: Playing) -> None:
    first = {
        "startup_us": 300_000, "watched_us": 4_000_000,
        "rungs": [{"rendition": "video-720p", "watched_us": 4_000_000}]
    }  # fmt: skip
    assert playing.post(**first).status_code == 204
    later = {
        **first, "watched_us": 30_000_000, "stalls": 1, "stalled_us": 500_000, "switches": 2, "ended": True,
        "throughput_bps": 5_000_000, "dropped_frames": 3, "player": "a test",
        "rungs": [{"rendition": "video-720p", "watched_us": 20_000_000},
                  {"rendition": "video-360p", "watched_us": 10_000_000}],
    }  # fmt: skip
    playing.report(1)
    assert playing.post(**later).status_code == 204
    assert (
        playing.post(session="session-1", watched_us=9_000_000, error="bufferStalledError").status_code == 204
    )
    said = playing.report(2)
    while said["watched_us"] < 39_000_000:
        time.sleep(0.1)
        said = playing.report(2)
    assert said == {
        "asset_id": playing.asset, "sessions": 2, "views": 1, "ended": 1, "failed": 1,
        "watched_us": 39_000_000,
        "startup_median_us": 300_000, "startup_p95_us": 300_000, "stalls": 1, "stalled_us": 500_000,
        "stall_ratio": pytest.approx(500_000 / 39_000_000), "switches": 2, "throughput_median_bps": 5_000_000,
        "rungs": [
            {"rendition": "video-720p", "watched_us": 20_000_000, "share": pytest.approx(2 / 3)},
                  {"rendition": "video-360p", "watched_us": 10_000_000, "share": pytest.approx(1 / 3)}],
    }  # fmt: skip


def test_only_a_token_lets_a_record_in(playing: Playing) -> None:
    _, _, token, expiry, asset, version, _ = playing.playlist.split("/", 6)
    other = playing.playlist.replace(asset, "0123456789abcdef")
    for playlist in (
        other, playing.playlist.replace("/v1/", "/v2/"),
        f"/v/{token[:-1]}{'B' if token.endswith('A') else 'A'}/{expiry}/{asset}/{version}/m",
        f"/v/{token}/{int(expiry) + 1}/{asset}/{version}/m", "/v/x", "x", "http://[", "/v//////",
        f"/v/{asset}",
    ):  # fmt: skip
        answer = playing.post(playlist=playlist)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), playlist
    secret = Tokens.open(playing.server.home).keys[-1]
    for age_s, status in ((3600, 204), (100_000, 403)):
        then = str(int(time.time()) - age_s)
        old = f"/v/{secret.id}.{mac(secret.secret, then, f'{asset}/v1')}/{then}/{asset}/v1/main.m3u8"
        assert playing.post(playlist=old).status_code == status
    assert playing.post(playlist=f"https://elsewhere.example{playing.playlist}?x=1").status_code == 204
    gone = Tokens.open(playing.server.home).url("assets/0000000000000000/v1/main.m3u8")
    assert playing.post(playlist=gone).status_code == 204, "and is dropped: there is no such asset"


@pytest.mark.parametrize(
    "said",
    [
        {"session": "short"}, {"session": "x" * 65}, {"session": "a b c d e"}, {"watched_us": -1},
        {"watched_us": 1.5},
        {"watched_us": 10**18}, {"stalls": "1"}, {"unknown": 1}, {"rungs": [{}]}, {"ended": 1},
        {"player": "x" * 101},
        {"rungs": [{"rendition": "x", "watched_us": 1}] * 33}, {"playlist": ""}, {"throughput_bps": 10**13},
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_refused(playing: Playing, said: dict[str, Any]) -> None:
    answer = playing.post(**said)
    assert (answer.status_code, answer.json()["code"]) == (400, "usage"), answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"[]", 400), (b"\xff\xfe", 400), (b"{" + b" " * 20_000, 413)],
)
def test_bodies_that_are_none(playing: Playing, body: bytes, status: int) -> None:
    assert playing.nobody.post(RECORDS, content=body).status_code == status


def test_texts_are_cleaned(playing: Playing) -> None:
    assert playing.post(session="evil-text", player="<b>\u202e\0x", error="a\nb").status_code == 204
    playing.report(1)
    with playing.server.client("admin") as admin:
        sql = "SELECT player, error FROM playback_record WHERE session = 'evil-text'"
        assert ["<b> x", "a b"] in admin.post("/api/sql", json={"query": sql}).json()["rows"]


def test_reports_are_for_owners_and_moderators(playing: Playing) -> None:
    path = f"/api/assets/{playing.asset}/playback-report"
    assert playing.nobody.get(path).status_code == 401
    for role, status in (("viewer", 403), ("moderator", 200), ("admin", 200)):
        with playing.server.client(role) as client:
            assert client.get(path).status_code == status, role
    assert playing.owner.get("/api/assets/0000000000000000/playback-report").status_code == 404


def test_cmcd_of_requests_is_heard(playing: Playing) -> None:
    """Delivery passes it on even where the object is not there."""
    playing.nobody.get(playing.playlist, params={"CMCD": 'sid="session-9",mtp=7000,ot=v,br=100,d=6000'})
    headers = {"CMCD-Session": 'sid="session-9"', "CMCD-Status": "bs", "CMCD-Object": "ot=v,br=200,d=6000"}
    playing.nobody.get(playing.playlist, headers=headers)
    assert playing.post(session="session-9", watched_us=11_000_000).status_code == 204
    said = playing.report(1)
    assert (said["throughput_median_bps"], said["stalls"], said["switches"], said["views"]) == (
        7_000_000,
        1,
        1,
        1,
    )
