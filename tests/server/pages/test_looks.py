"""How the pages look and what they answer to, in Chromium: nothing plays, so other tests may run beside.

One server and one film for all; what the tests look at is put into tests/web/screenshots.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ffmpeg.processes import until
from tests.server.conftest import RunningServer
from tests.server.jobs.working import upload, wait_over
from tests.server.pages.walking import SHOTS, TITLE, Film, sign_in

if TYPE_CHECKING:
    from tests.web.browser import Browser, Scheme, Shape

pytest_plugins = ["tests.web.browser"]
pytestmark = [pytest.mark.media, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def film(server: RunningServer, clip: Path) -> Film:
    """Uploaded, ready, and on the shelf."""
    with server.client("uploader") as client, server.client() as anyone:
        asset = upload(client, clip, title=TITLE)
        assert wait_over(client, asset)["state"] == "published"
        until(lambda: asset in anyone.get("/api/assets?q=only&limit=200").text, "lists to follow")
    return Film(asset, clip, server)


def test_search_as_you_type(film: Film, browser: Browser) -> None:
    browser.profile(film.server.url)
    browser.goto("/")
    browser.press("/")
    browser.type("onl")
    browser.until("location.search.includes('q=onl')", "results")
    browser.until(f"document.querySelector('.card a[href=\"{film.page}\"]')", "the film among them")
    browser.until("document.querySelector('#said').textContent !== ''", "the count said aloud")
    browser.fill("#search", "nothing is called this")
    browser.until("document.querySelectorAll('.card').length === 0", "no results")
    assert "Nothing on this shelf" in browser.text("#results")
    browser.shot(SHOTS / "library-nothing.png")
    browser.click("#results .button")
    browser.until("document.querySelectorAll('.card').length > 0", "everything")


def test_posters_show_the_film_under_the_pointer(film: Film, browser: Browser) -> None:
    browser.profile(film.server.url)
    browser.goto("/?q=only")
    browser.hover(".card .poster", 40, 40)
    browser.until("document.querySelector('.card canvas')?.width > 0", "a tile")
    browser.hover("h1", 1, 1)
    browser.until("document.querySelector('.card canvas') === null", "the poster again")


PICTURES: list[tuple[Shape, Scheme]] = [
    ("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")
]  # fmt: skip


@pytest.mark.parametrize(("shape", "scheme"), PICTURES)
def test_pages_look_well_and_are_accessible(
    film: Film, browser: Browser, shape: Shape, scheme: Scheme
) -> None:
    browser.profile(film.server.url, shape, scheme)
    for name, path in (
        ("library", "/"),
        ("watch", film.page),
        ("sign-in", "/sign-in"),
        ("problem", "/nowhere"),
    ):
        browser.goto(path)
        browser.until("document.readyState === 'complete' && [...document.images].every((i) => i.complete)")
        browser.until("!document.querySelector('video') || document.querySelector('video').readyState > 1")
        browser.shot(SHOTS / f"{name}-{shape}-{scheme}.png", whole=shape == "phone")
        assert browser.axe() == [], name
        assert browser.evaluate("window.shifts") < 0.02, name
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert browser.evaluate(overflow) <= 0, name
    sign_in(browser, film.server)
    browser.shot(SHOTS / f"upload-{shape}-{scheme}.png", whole=shape == "phone")
    assert browser.axe() == []


def test_motion_is_reduced_for_those_who_ask(film: Film, browser: Browser) -> None:
    browser.profile(film.server.url, reducedMotion="reduce")
    browser.goto("/?q=only")
    moves = "parseFloat(getComputedStyle(document.querySelector('.card img')).transitionDuration)"
    assert browser.evaluate(moves) <= 0.01
