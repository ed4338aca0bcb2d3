"""The pages as programs see them: status, headers, what is in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from codek7_server.pages.bundle import bundle
from codek7_server.pages.rendering import not_built, policy
from tests.server.conftest import RunningServer

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def anyone(server: RunningServer) -> Iterator[httpx.Client]:
    """A browser of somebody who has not signed in."""
    with server.client() as client:
        client.headers.update(HTML)
        yield client


def policy_of(response: httpx.Response) -> dict[str, list[str]]:
    rules = (rule.split() for rule in response.headers["content-security-policy"].split("; "))
    return {name: sources for name, *sources in rules}


@pytest.mark.parametrize("path", ["/", "/sign-in", "/no-such-page", "/watch/0123456789abcdef"])
def test_every_page_has_a_strict_policy(anyone: httpx.Client, path: str) -> None:
    response = anyone.get(path)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = policy_of(response)
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["connect-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert "unsafe" not in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/sign-in", "/no-such-page"])
def test_nothing_is_inline_and_nothing_is_elsewhere(anyone: httpx.Client, path: str) -> None:
    text = anyone.get(path).text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)


def test_what_pages_load_is_there_and_kept_for_ever(anyone: httpx.Client) -> None:
    text = anyone.get("/").text
    files = set(re.findall(r"\"(/static/[^\"]+)\"", text))
    assert {path.rpartition(".")[2] for path in files} == {"css", "js", "svg", "woff2"}
    for path in files:
        response = anyone.get(path)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
        plain = anyone.get(path, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == response.content


@pytest.mark.parametrize(
    "name", ["main.css", "..%2fpages%2frendering.py", "%2e%2e%2fapp.py", "manifest.json"]
)
def test_only_the_bundle_is_static(anyone: httpx.Client, name: str) -> None:
    assert anyone.get(f"/static/{name}", headers={"Accept": "*/*"}).status_code == 404


def test_people_get_pages_and_programs_problems(server: RunningServer, anyone: httpx.Client) -> None:
    page = anyone.get("/no-such-page")
    assert page.status_code == 404
    assert "Nothing on this tape" in page.text
    with server.client() as program:
        problem = program.get("/no-such-page")
    assert problem.headers["content-type"] == "application/problem+json"
    assert anyone.get("/api/no-such-route").headers["content-type"] == "application/problem+json"


def test_what_is_not_for_everyone_asks_to_sign_in(server: RunningServer, anyone: httpx.Client) -> None:
    response = anyone.get("/upload")
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in?next=/upload")
    with server.client("viewer") as viewer:
        refused = viewer.get("/upload", headers=HTML)
    assert refused.status_code == 403
    assert "Not for this key" in refused.text
    with server.client("uploader") as uploader:
        assert uploader.get("/upload", headers=HTML).status_code == 200


@pytest.mark.parametrize(
    "onward", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil"]
)
def test_signing_in_leads_nowhere_else(server: RunningServer, anyone: httpx.Client, onward: str) -> None:
    assert 'data-next="/"' in anyone.get("/sign-in", params={"next": onward}).text
    with server.client("viewer") as viewer:
        response = viewer.get("/sign-in", params={"next": onward}, headers=HTML)
    assert (response.status_code, response.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "\u202edrow", "a" * 5000],
)
def test_what_was_asked_is_shown_as_text(anyone: httpx.Client, text: str) -> None:
    response = anyone.get("/", params={"q": text, "tag": text, "category": text, "sort": text, "cursor": ""})
    assert response.status_code == 200
    assert "<script>alert" not in response.text
    assert "<img src=x" not in response.text
    assert "{{ 7 * 7 }}" in response.text or "49" not in response.text


def test_a_cursor_of_nobody_is_a_problem_not_a_fault(anyone: httpx.Client) -> None:
    assert anyone.get("/", params={"cursor": "nonsense"}).status_code in (200, 400)


def test_a_store_that_hands_out_media_is_let_in_for_that_alone() -> None:
    rules = dict(rule.split(" ", 1) for rule in policy((), "https://bucket.example").split("; "))
    named = {name for name, sources in rules.items() if "https://bucket.example" in sources}
    assert named == {"connect-src", "media-src"}


def test_without_a_bundle_the_server_says_how_to_make_it(tmp_path: Path) -> None:
    assert bundle(tmp_path) is None
    response = not_built()
    assert response.status_code == 503
    assert "make pages" in response.content


def test_head_is_get_without_a_body(anyone: httpx.Client) -> None:
    response = anyone.head("/")
    assert response.status_code == 200
    assert response.content == b""
    assert "content-security-policy" in response.headers
