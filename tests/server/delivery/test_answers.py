"""Every answer is the one that RFC 9110 demands: whole requests against a plain model, and rules by name."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codek7.core.settings import Delivery as How
from codek7_server.delivery.dates import read_date, write_date
from tests.server.delivery.asking import Answer, ask, parts_of, wanted_bytes
from tests.server.delivery.conftest import FOLDER, GROWING, INIT, MEDIA, OBJECTS, PLAYLIST, Place, make_place

TAGS = st.sampled_from(["SAME", "W/SAME", '"other"', "*", "nonsense"])
DATES = st.sampled_from(["BEFORE", "SAME", "AFTER", "nonsense"])
RANGES = st.sampled_from([
    "bytes=0-", "bytes=0-0", "bytes=-1", "bytes=5-1", "bytes=300001-", "bytes=300000-", "bytes=1-2,4-5",
    "bytes=0-10,5-20", "bytes=9-9,1-1", "bytes=-0", "bytes=0-9,400000-", "items=0-1", "bytes=", "bytes=1-2,x",
    "bytes=0-199999,200001-250000", "bytes=100-999999999999999999999",
])  # fmt: skip
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "Range": RANGES, "If-Range": TAGS | DATES, "If-Match": TAGS, "If-None-Match": TAGS,
        "If-Modified-Since": DATES, "If-Unmodified-Since": DATES,
        "Accept-Encoding": st.sampled_from(["gzip", "identity", "gzip;q=0", "br, gzip;q=0.5", "*"]),
    },
)  # fmt: skip
PATHS = st.sampled_from(list(OBJECTS))


class Facts:
    """What a plain request says of an object."""

    def __init__(self, place: Place, path: str) -> None:
        self.url = place.url(path)
        plain = ask(place.delivery, self.url)
        assert plain.status == 200
        self.body, self.etag = plain.body, plain["etag"]
        modified = read_date(plain["last-modified"].encode())
        assert modified is not None
        self.modified_s = modified

    def said(self, name: str, value: str) -> str:
        """A header's value for this very object."""
        if name in ("If-Modified-Since", "If-Unmodified-Since") or value in ("BEFORE", "AFTER"):
            shift = {"BEFORE": -1, "SAME": 0, "AFTER": 1}.get(value)
            return value if shift is None else write_date(self.modified_s + shift).decode()
        return value.replace("SAME", self.etag)


@cache
def facts_of(place: Place, path: str) -> Facts:
    """Once for each object: tests leave them as they are."""
    return Facts(place, path)


def model(facts: Facts, headers: dict[str, str], method: str, *, packed: bool) -> int:
    """The status, by the precedence of RFC 9110, section 13.2.2. gzip has a tag of its own."""
    same = not packed
    if "If-Match" in headers:
        if headers["If-Match"] != "*" and not (headers["If-Match"] == "SAME" and same):
            return 412
    elif headers.get("If-Unmodified-Since") == "BEFORE":
        return 412
    if "If-None-Match" in headers:
        if headers["If-None-Match"] == "*" or (headers["If-None-Match"] in ("SAME", "W/SAME") and same):
            return 304
    elif headers.get("If-Modified-Since") in ("SAME", "AFTER"):
        return 304
    if method == "HEAD" or "Range" not in headers:
        return 200
    if "If-Range" in headers and headers["If-Range"] != "SAME":
        return 200
    wanted = wanted_bytes(headers["Range"], len(facts.body))
    if wanted is None:
        return 200
    if not set().union(*wanted):
        return 200 if not facts.body and headers["Range"] == "bytes=-1" else 416
    return 206


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, headers=REQUESTS, method=st.sampled_from(["GET", "GET", "HEAD"]))
def test_answers_are_what_the_model_says(
    place: Place, path: str, headers: dict[str, str], method: str
) -> None:
    facts = facts_of(place, path)
    asked = {name: facts.said(name, value) for name, value in headers.items()}
    answer = ask(place.delivery, facts.url, method=method, headers=asked)
    takes_gzip = headers.get("Accept-Encoding") in ("gzip", "br, gzip;q=0.5", "*")
    ranged = method == "GET" and "Range" in headers
    packed = path.endswith(".m3u8") and takes_gzip and not ranged
    assert answer.status == model(facts, headers, method, packed=packed), (asked, answer)
    check_whole(facts, answer, method, packed=packed)
    check_ranges(facts, answer, headers)


def check_whole(facts: Facts, answer: Answer, method: str, *, packed: bool) -> None:
    if answer.status in (200, 206, 304):
        assert answer["etag"] == (facts.etag[:-1] + '-gzip"' if packed else facts.etag)
        assert answer["cache-control"]
        assert ("Accept-Encoding" in answer.all("vary")) == facts.url.endswith(".m3u8")
    if answer.status == 304 or method == "HEAD":
        assert answer.body == b""
    elif answer.status == 200:
        assert answer["content-encoding"] == ("gzip" if packed else "")
        assert (gzip.decompress(answer.body) if packed else answer.body) == facts.body
    if method == "HEAD" and answer.status == 200 and not packed:
        assert int(answer["content-length"]) == len(facts.body)


def check_ranges(facts: Facts, answer: Answer, headers: dict[str, str]) -> None:
    size = len(facts.body)
    if answer.status == 416:
        assert answer["content-range"] == f"bytes */{size}"
    if answer.status != 206:
        return
    if answer["content-range"]:
        parts = [(answer["content-range"], answer.body)]
    else:
        parts = [(part.content_range, part.body) for part in parts_of(answer)]
        assert len(parts) > 1
    got: set[int] = set()
    for content_range, body in parts:
        first, last = map(int, content_range.removeprefix("bytes ").removesuffix(f"/{size}").split("-"))
        assert body == facts.body[first : last + 1]
        assert len(body) == last + 1 - first
        got |= set(range(first, last + 1))
    wanted = wanted_bytes(headers["Range"], size)
    assert wanted is not None
    assert got == set().union(*wanted)


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("main.m3u8", "application/vnd.apple.mpegurl", PLAYLIST),
        ("video-0/init.mp4", "video/mp4", INIT),
        ("video-0/00000.m4s", "video/iso.segment", MEDIA),
        ("empty.vtt", "text/vtt", b""),
    ],
)
def test_objects_and_their_types(place: Place, path: str, kind: str, body: bytes) -> None:
    answer = ask(place.delivery, place.url(path))
    assert (answer.status, answer["content-type"], answer.body) == (200, kind, body)
    assert answer["accept-ranges"] == "bytes"
    assert answer["access-control-allow-origin"] == "*"
    assert "set-cookie" not in dict(answer.headers)


def test_media_may_be_kept_and_playlists_briefly(place: Place) -> None:
    media = ask(place.delivery, place.url("video-0/00000.m4s"))["cache-control"]
    age = int(media.removeprefix("public, max-age=").removesuffix(", immutable"))
    assert 21_600 <= age <= 32_400, "for as long as the address is good"
    assert ask(place.delivery, place.url("main.m3u8"))["cache-control"] == "public, max-age=60"
    assert ask(place.delivery, place.url("main.m3u8", GROWING))["cache-control"] == "no-store"
    assert "immutable" in ask(place.delivery, place.url("video-0/00000.m4s", GROWING))["cache-control"]


def test_a_date_that_may_mean_two_contents_is_no_range_condition(place: Place) -> None:
    asked = {"Range": "bytes=0-9"}
    for folder, status in ((GROWING, 200), (FOLDER, 206)):
        url = place.url("main.m3u8", folder)
        date = ask(place.delivery, url)["last-modified"]
        assert ask(place.delivery, url, headers={**asked, "If-Range": date}).status == status


def test_what_is_wrong_with_an_address_is_403_and_what_is_missing_404(place: Place) -> None:
    url = place.url("main.m3u8")
    _, _, token, expiry, asset, version, path = url.split("/")
    for wrong in (
        f"/v/{token}/{expiry}/{asset}/other/{path}", f"/v/{token}/{expiry}/other/{version}/{path}",
        f"/v/{token}/{int(expiry) + 1}/{asset}/{version}/{path}", f"/v/x/{expiry}/{asset}/{version}/{path}",
        f"/v/{token[:-1]}/{expiry}/{asset}/{version}/{path}", f"/v//{expiry}/{asset}/{version}/{path}",
        "/v/", "/v/a/b/c",
    ):  # fmt: skip
        answer = ask(place.delivery, wrong)
        assert answer.status == 403, wrong
        assert answer["cache-control"] == "no-store"
        assert answer["access-control-allow-origin"] == "*", "a player may read why"
    for missing in (
        "nothing.m4s",
        "../../../x",
        "a/../main.m3u8",
        "",
        "video-0",
        "%2e%2e",
        "main.m3u8/",
        "a b",
        "ä",
    ):
        assert ask(place.delivery, f"{url.removesuffix(path)}{missing}").status == 404, missing


def test_every_changed_byte_is_403(place: Place) -> None:
    url = place.url("main.m3u8")
    end = url.index("/main.m3u8")
    for at in range(3, end):
        if url[at] != "/":
            changed = url[:at] + ("A" if url[at] != "A" else "B") + url[at + 1 :]
            assert ask(place.delivery, changed).status == 403, changed


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_nothing_can_be_changed(place: Place, method: str) -> None:
    answer = ask(place.delivery, place.url("main.m3u8"), method=method)
    assert (answer.status, answer["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_browsers_may_ask_first(place: Place) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    answer = ask(place.delivery, place.url("main.m3u8"), method="OPTIONS", headers=asked)
    assert answer.status == 204
    assert answer["access-control-allow-origin"] == "*"
    assert "GET" in answer["access-control-allow-methods"]
    assert "Range" in answer["access-control-allow-headers"]


def test_only_pages_that_the_settings_name(tmp_path: Path) -> None:
    place = make_place((tmp_path / "store").as_uri(), tmp_path, How(cors_origins=("https://a.example",)))
    for origin, allowed in (("https://a.example", "https://a.example"), ("https://b.example", ""), ("", "")):
        for _ in range(2):
            answer = ask(place.delivery, place.url("main.m3u8"), headers={"Origin": origin} if origin else {})
            assert answer["access-control-allow-origin"] == allowed
            assert "Origin" in answer.all("vary")


def test_a_header_that_comes_twice_is_not_understood(place: Place) -> None:
    headers = [("Range", "bytes=0-1"), ("Range", "bytes=2-3")]
    assert ask(place.delivery, place.url("video-0/00000.m4s"), headers=headers).status == 200


def test_query_strings_are_for_others(place: Place) -> None:
    heard: list[tuple[str, str, str]] = []
    place.delivery.on_cmcd = lambda *said: heard.append(said)
    try:
        answer = ask(place.delivery, place.url("main.m3u8"), query="CMCD=br%3D3200%2Csid%3D%22x%22")
        assert answer.status == 200
        ask(place.delivery, place.url("main.m3u8"), headers={"CMCD-Request": "bl=4000"})
        ask(place.delivery, "/v/wrong", query="CMCD=br%3D1")
    finally:
        place.delivery.on_cmcd = None
    asset, version = place.url("x").split("/")[4:6]
    assert heard == [(asset, version, 'br=3200,sid="x"'), (asset, version, "bl=4000")]


def test_whole_files_are_left_to_servers_that_can_send_them(tmp_path: Path) -> None:
    place = make_place((tmp_path / "store").as_uri(), tmp_path)
    offered: dict[str, object] = {"http.response.pathsend": {}}
    whole = ask(place.delivery, place.url("video-0/00000.m4s"), extensions=offered)
    assert whole.status == 200
    assert Path(whole.sent_path).read_bytes() == MEDIA
    part = ask(
        place.delivery, place.url("video-0/00000.m4s"), extensions=offered, headers={"Range": "bytes=1-2"}
    )
    assert (part.sent_path, part.body) == ("", MEDIA[1:3])
    assert (
        ask(place.delivery, place.url("video-0/00000.m4s"), extensions=offered, method="HEAD").sent_path == ""
    )


def test_nginx_is_told_what_to_serve(tmp_path: Path) -> None:
    place = make_place((tmp_path / "store").as_uri(), tmp_path, How(accel_prefix="/inside/"))
    url = place.url("video-0/00000.m4s")
    answer = ask(place.delivery, url, headers={"Range": "bytes=0-1"})
    assert answer.status == 200
    assert answer["x-accel-redirect"] == "/inside/assets/" + "/".join(url.split("/")[4:])
    assert answer["content-type"] == "video/iso.segment"
    assert answer.body == b""
    assert ask(place.delivery, url.replace("/a5g", "/b5g")).status == 403
    assert ask(place.delivery, url + "/../../x").status == 404
