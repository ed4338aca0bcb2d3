"""Assets over HTTP: read, edited, listed, played, removed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from codek7.check import HttpFetch, check_presentation
from tests.server.assets.conftest import Json, until, upload
from tests.server.conftest import RunningServer


def problem(answer: httpx.Response) -> tuple[int, str]:
    """The status, and the code of the problem."""
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    return answer.status_code, answer.json()["code"]


def as_now(server: RunningServer, asset: Json) -> Json:
    """The asset as it is now, whatever other tests made of it."""
    with server.client("moderator") as client:
        found: Json = client.get(f"/api/assets/{asset['id']}").json()
        return found


def urls(server: RunningServer, asset_id: str, role: str = "") -> list[str]:
    """Everything that a playback leads to, one of each kind."""
    with server.client(role) as client:
        playback = client.get(f"/api/assets/{asset_id}/playback").json()
        main = client.get(playback["playlist"]).text
        folder = playback["playlist"].rpartition("/")[0]
        media = next(line for line in main.splitlines() if line and not line.startswith("#"))
        listed = client.get(f"{folder}/{media}").text
    inside = {line.partition('URI="')[2].partition('"')[0] for line in listed.splitlines()}
    inside |= {line for line in listed.splitlines() if not line.startswith("#")}
    below = [f"{folder}/{media.rpartition('/')[0]}/{name}" for name in inside if name]
    return [playback["playlist"], f"{folder}/{media}", playback["poster"], playback["storyboard"], *below]


def statuses(server: RunningServer, these: list[str]) -> set[int]:
    """What they answer, without any key."""
    with server.client() as client:
        return {client.get(url).status_code for url in these}


def test_an_asset_says_what_it_is(server: RunningServer, shared: Json) -> None:
    asset = as_now(server, shared)
    assert (asset["state"], asset["progress"]) == ("published", 1.0)
    assert (asset["duration_us"], asset["height"]) == (2_000_000, 180)
    assert {each["name"]: each["codecs"][:4] for each in asset["renditions"]} == {
        "video-0": "avc1", "audio-0": "mp4a"
    }  # fmt: skip
    assert [track["kind"] for track in asset["tracks"]] == ["video", "audio"]
    with server.client() as client:
        assert client.get(asset["poster"]).headers["content-type"] == "image/jpeg"
        assert client.get(asset["storyboard"]).text.startswith("WEBVTT")
        assert client.get(f"/api/assets/{asset['id']}").json() == asset
        assert client.head(f"/api/assets/{asset['id']}").headers["etag"] == f'"{asset["etag"]}"'
        assert problem(client.get("/api/assets/nothing0")) == (404, "asset-not-found")


def test_a_playback_url_needs_nothing_else(server: RunningServer, shared: Json) -> None:
    asset = as_now(server, shared)
    with server.client() as client:
        playback = client.get(f"/api/assets/{asset['id']}/playback").json()
    assert playback["playlist"].startswith(server.url)
    assert playback["expires_s"] > 3600
    report = check_presentation(playback["playlist"], fetch=HttpFetch())
    assert [str(fault) for fault in report.faults] == []
    assert statuses(server, urls(server, asset["id"])) == {200}


def test_edits_change_what_they_say(server: RunningServer, shared: Json) -> None:
    asset = as_now(server, shared)
    edit = {
        "title": "Été",
        "description": "Two\nlines",
        "tags": ["sea", "Sea", "salt"],
        "category": "Travel",
        "language": "fr",
        "custom": {"a": [1, {"b": None}]},
    }
    path = f"/api/assets/{asset['id']}"
    with server.client("uploader") as client:
        answer = client.patch(path, json=edit)
        assert answer.status_code == 200, answer.text
        edited = answer.json()
        assert {name: edited[name] for name in edit} == {**edit, "tags": ["sea", "salt"]}
        assert answer.headers["etag"] == f'"{edited["etag"]}"' != f'"{asset["etag"]}"'
        assert client.patch(path, json={"tags": []}).json() == {
            **edited, "tags": [], "etag": client.get(path).json()["etag"],
            "updated_us": client.get(path).json()["updated_us"],
        }  # fmt: skip
        for wrong in ({"title": ""}, {"colour": "red"}, {"language": "?"}, {"tags": "sea"}, {"state": "held"},
                      {"visibility": "secret"}, [1]):  # fmt: skip
            assert client.patch(path, json=wrong).status_code == 400, wrong
        assert client.get(path).json()["title"] == "Été"


def test_no_edit_of_another_is_lost(server: RunningServer, shared: Json) -> None:
    asset = as_now(server, shared)
    path = f"/api/assets/{asset['id']}"

    def edit(number: int) -> int:
        with server.client("uploader") as client:
            body = {"description": f"of {number}"}
            return client.patch(path, json=body, headers={"If-Match": f'"{asset["etag"]}"'}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(edit, range(4))) == [200, 412, 412, 412]
    with server.client("moderator") as client:
        for stale in (f'"{asset["etag"]}"', 'W/"x"', '"a", "b"', "nonsense"):
            answer = client.patch(path, json={"title": "x"}, headers={"If-Match": stale})
            assert problem(answer) == (412, "edit-conflict")
        now = client.get(path).headers["etag"]
        assert client.patch(path, json={"title": "x"}, headers={"If-Match": f'"o", {now}'}).status_code == 412
        assert client.patch(path, json={"title": "x"}, headers={"If-Match": now}).status_code == 200
        assert client.patch(path, json={"title": "y"}, headers={"If-Match": "*"}).status_code == 200


def test_only_owners_and_moderators_change_anything(server: RunningServer, shared: Json) -> None:
    asset = as_now(server, shared)
    path = f"/api/assets/{asset['id']}"
    for role, status in (("", 401), ("viewer", 403)):
        with server.client(role) as client:
            assert client.patch(path, json={"title": "x"}).status_code == status
            assert client.delete(path).status_code == status
            assert client.post(f"{path}/republish", json={}).status_code == status
            assert client.post(f"{path}/decision", json={"decision": "block"}).status_code == status
            assert client.get(f"{path}/verdicts").status_code == status
    with server.client("uploader") as client:
        assert client.post(f"{path}/decision", json={"decision": "block"}).status_code == 403
        assert client.get(f"{path}/verdicts").status_code == 403


def test_made_private_every_url_from_before_is_gone_at_once(server: RunningServer, shared: Json) -> None:
    asset = as_now(server, shared)
    before = urls(server, asset["id"])
    path = f"/api/assets/{asset['id']}"
    with server.client("uploader") as client:
        assert client.patch(path, json={"visibility": "unlisted"}).status_code == 200
        assert statuses(server, before) == {200}
        assert client.patch(path, json={"visibility": "private"}).status_code == 200
        assert statuses(server, before) == {404}
        now = urls(server, asset["id"], "uploader")
        assert statuses(server, now) == {200}, "its owner can play it"
        assert client.patch(path, json={"visibility": "public"}).status_code == 200
    with server.client() as client:
        assert statuses(server, urls(server, asset["id"])) == {200}
        assert client.get(path).status_code == 200


def test_private_and_unlisted_ones_are_not_shown(server: RunningServer, shared: Json) -> None:
    asset = as_now(server, shared)
    path = f"/api/assets/{asset['id']}"
    named = {"title": "Zephyrine", "visibility": "private"}
    with server.client("uploader") as owner, server.client("moderator") as moderator:
        assert owner.patch(path, json=named).status_code == 200
        for role, status in (("", 401), ("viewer", 403)):
            with server.client(role) as client:
                assert client.get(path).status_code == client.get(f"{path}/playback").status_code == status
                assert client.get("/api/assets", params={"q": "Zephyrine"}).json()["items"] == []
        for client in (owner, moderator):
            found = client.get("/api/assets", params={"q": "zephirine"}).json()["items"]
            assert [each["id"] for each in found] == [asset["id"]]
        owner.patch(path, json={"visibility": "unlisted"})
    with server.client() as client:
        assert client.get(path).status_code == client.get(f"{path}/playback").status_code == 200
        assert client.get("/api/assets", params={"q": "Zephyrine"}).json()["items"] == []


def test_what_is_removed_is_gone(server: RunningServer, asset: Json) -> None:
    before = urls(server, asset["id"])
    path = f"/api/assets/{asset['id']}"
    with server.client("uploader") as client:
        assert client.delete(path).status_code == 204
        assert statuses(server, before) == {404}
        assert problem(client.get(path)) == problem(client.delete(path)) == (404, "asset-not-found")
        assert asset["id"] not in {each["id"] for each in client.get("/api/assets?owner=me").json()["items"]}


def paged(client: httpx.Client, limit: int) -> list[str]:
    """The ids of all assets by title, page by page."""
    ids: list[str] = []
    page: Json = {"next": ""}
    while page["next"] is not None:
        one: Json = {"sort": "title", "limit": limit, "cursor": page["next"]}
        page = client.get("/api/assets", params=one).json()
        ids += [each["id"] for each in page["items"]]
    return ids


def test_a_list_is_found_sorted_and_paged(server: RunningServer, shared: Json) -> None:
    asset = as_now(server, shared)
    with server.client("uploader") as client:
        client.patch(f"/api/assets/{asset['id']}", json={"tags": ["Only Here"], "category": "Paging"})
        params = {"tag": "only here", "category": "paging", "state": "published", "owner": "me"}
        assert [each["id"] for each in client.get("/api/assets", params=params).json()["items"]] == [
            asset["id"]
        ]
        assert paged(client, 1) == paged(client, 200)
        for wrong in ("cursor=x", "limit=0", "limit=x", "sort=size", "state=none", "order=up"):
            assert client.get(f"/api/assets?{wrong}").status_code == 400, wrong


def test_republishing_takes_a_ladder_or_a_policy(server: RunningServer, asset: Json) -> None:
    path = f"/api/assets/{asset['id']}"
    rung = {"width": 160, "height": 90, "crf": 30, "ceiling_bps": 100_000}
    with server.client("uploader") as client:
        before = urls(server, asset["id"])
        answer = client.post(f"{path}/republish", json={"ladder": {"rungs": [rung]}})
        assert answer.status_code == 202, answer.text
        assert answer.json()["asset_id"] == asset["id"]
        changed = until(client, asset["id"], lambda a: a["height"] == 90 and a["state"] == "published")
        assert [each["height"] for each in changed["renditions"] if each["kind"] == "video"] == [90]
        assert statuses(server, before) == {200}, "players of the version before go on"
        for body, code in (
            ({"ladder": {"rungs": [{**rung, "width": 161}]}}, (422, "ladder-invalid")),
            ({"ladder": {"rungs": "none"}}, (422, "ladder-invalid")),
            ({"policy": "nothing"}, (422, "policy-unknown")),
            ({"other": 1}, (400, "bad-request")),
        ):
            assert problem(client.post(f"{path}/republish", json=body)) == code, body


def test_commands_beside_the_server_are_followed(server: RunningServer, asset: Json) -> None:
    """What comes through the socket is found, too."""
    import subprocess
    import sys

    argv = [sys.executable, "-m", "codek7", "remove", asset["id"], "--yes", "--home", str(server.home)]
    subprocess.run(argv, check=True, capture_output=True, timeout=60)
    with server.client("uploader") as client:
        assert problem(client.get(f"/api/assets/{asset['id']}"))[0] == 404
        for _ in range(600):
            items = client.get("/api/assets", params={"owner": "me", "limit": 200}).json()["items"]
            if asset["id"] not in {each["id"] for each in items}:
                break
            time.sleep(0.1)  # lists follow within a moment
        else:
            pytest.fail("it is still listed")


def test_before_it_plays_it_has_no_playback(
    server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    broken = tmp_path_factory.mktemp("broken") / "broken.mp4"
    broken.write_bytes(b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2" + bytes(2000))
    with server.client("uploader") as client, server.client() as anyone:
        asset_id = upload(client, broken)
        failed = until(client, asset_id, lambda asset: asset["state"] == "failed")
        assert (failed["progress"] < 1, failed["reason"] != "", failed["poster"]) == (True, True, None)
        for query in ("", "?preview=true"):
            answer = client.get(f"/api/assets/{asset_id}/playback{query}")
            assert problem(answer) == (409, "state-conflict")
            assert anyone.get(f"/api/assets/{asset_id}/playback{query}").status_code == 401


def test_who_listens_hears_nothing_more_once_the_key_is_revoked(server: RunningServer, shared: Json) -> None:
    def note(text: str) -> None:
        with server.client("moderator") as moderator:
            edit = {"custom": {"note": text}}
            assert moderator.patch(f"/api/assets/{shared['id']}", json=edit).status_code == 200

    with server.client("admin") as admin:
        made = admin.post("/api/keys", json={"role": "moderator"}).json()
        headers = {"Authorization": f"Bearer {made['secret']}"}
        with server.client() as client, client.stream("GET", "/api/events", headers=headers) as events:
            lines = events.iter_lines()
            assert next(lines).startswith("retry")
            note("before")
            assert any("before" in line for line in lines)
            assert admin.delete(f"/api/keys/{made['key']['id']}").status_code == 204
            time.sleep(1.1)
            note("after")
            assert "after" not in "\n".join(lines), "and it has ended"
