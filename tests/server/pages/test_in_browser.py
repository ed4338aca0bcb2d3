"""A person's way through the pages, in Chromium: upload, watch it become ready, play.

One server and one upload for all; what the tests look at is put into tests/web/screenshots.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from codek7.testing.pytest_plugin import CodekClip
from tests.server.conftest import RunningServer, StartServer
from tests.server.pages.walking import SECONDS, SHOTS, TITLE, Film, sign_in

if TYPE_CHECKING:
    from tests.web.browser import Browser

pytest_plugins = ["tests.web.browser"]
pytestmark = [pytest.mark.media, pytest.mark.alone, pytest.mark.timeout(600)]

PLAYING = "document.querySelector('video')?.currentTime > {0} && !document.querySelector('video').paused"
HLS = "document.querySelector('#stage').hls"
VIDEO = "document.querySelector('video')"


@pytest.fixture(scope="module")
def film(server: RunningServer, clip: Path, browser_process: Browser) -> Film:
    """Uploaded through the page, and ready."""
    browser = browser_process
    browser.profile(server.url)
    sign_in(browser, server)
    browser.files("#files", clip)
    browser.fill(".item input[name=title]", TITLE)
    browser.shot(SHOTS / "upload-chosen.png")
    browser.click(".item button[type=submit]")
    browser.until("document.querySelector('.item [data-do=watch]').hidden === false", "the upload's end")
    browser.shot(SHOTS / "upload-encoding.png")
    browser.until("document.querySelector('.item').dataset.state === 'ready'", "the film to be ready")
    browser.shot(SHOTS / "upload-ready.png")
    assert browser.evaluate("document.querySelector('.item progress').value") == 1
    assert browser.axe() == []
    link = browser.evaluate("document.querySelector('.item [data-do=watch]').getAttribute('href')")
    noted = browser.noted()
    assert (noted.violations, noted.errors, noted.addresses) == ((), (), (server.url,))
    return Film(link.removeprefix("/watch/"), clip, server)


@pytest.fixture
def watching(film: Film, browser: Browser) -> Browser:
    """The film's page, just opened by somebody who was never here."""
    browser.profile(film.server.url)
    assert browser.goto(film.page) == 200
    browser.until(f"{HLS}?.levels.length >= 2", "levels")
    return browser


def play(browser: Browser, until: float) -> None:
    browser.click(".begin")
    browser.until(PLAYING.format(until), f"playing up to {until}")


def no_trouble(browser: Browser) -> None:
    """hls.js had nothing to report."""
    assert browser.evaluate("document.querySelector('#stage').troubles") == []


def test_it_plays_and_switches_levels_on_a_slow_network(watching: Browser) -> None:
    watching.throttle(4_000_000)
    play(watching, 0.3)
    heights = watching.evaluate(f"{HLS}.levels.map((level) => level.height)")
    assert heights == sorted(set(heights))
    for level, height in enumerate(heights):
        watching.evaluate(f"{HLS}.nextLevel = {level}; {VIDEO}.play()")
        watching.until(f"{VIDEO}.ended || {VIDEO}.videoHeight === {height}", f"{height} lines")
        assert watching.evaluate(f"{VIDEO}.videoHeight") == height
    no_trouble(watching)


def test_quality_is_chosen_in_the_menu(watching: Browser) -> None:
    play(watching, 0.2)
    watching.click("media-settings-menu-button")
    watching.click("media-settings-menu-item:has-text('Quality')")
    watching.shot(SHOTS / "player-quality.png")
    names = watching.evaluate(
        "[...document.querySelector('media-rendition-menu').shadowRoot"
        ".querySelectorAll('media-chrome-menu-item')].map((item) => item.textContent.trim())"
    )
    heights = watching.evaluate(f"{HLS}.levels.map((level) => level.height)")
    assert [name for name in names if not name.startswith("Auto")] == [f"{h}p" for h in reversed(heights)]
    watching.click(f"media-rendition-menu media-chrome-menu-item:has-text('{heights[0]}p')")
    watching.until(f"{HLS}.autoLevelEnabled === false && {HLS}.nextLevel === 0")
    no_trouble(watching)


def test_sounds_are_chosen_in_the_menu(watching: Browser) -> None:
    play(watching, 0.2)
    watching.click("media-settings-menu-button")
    watching.click("media-settings-menu-item:has-text('Sound')")
    watching.click("media-audio-track-menu media-chrome-menu-item >> nth=1")
    watching.until(f"{HLS}.audioTrack === 1")
    at = watching.evaluate(f"{VIDEO}.currentTime")
    watching.until(PLAYING.format(at + 0.3), "playing on")
    no_trouble(watching)


def test_subtitles_show(watching: Browser) -> None:
    play(watching, 0.1)
    watching.click("media-captions-menu-button")
    watching.shot(SHOTS / "player-subtitles.png")
    watching.click("media-captions-menu media-chrome-menu-item:has-text('German')")
    shown = f"[...{VIDEO}.textTracks].filter((t) => t.mode === 'showing').flatMap((t) => [...t.activeCues])"
    watching.until(f"{shown}.some((cue) => cue.text.startsWith('deu'))", "a cue")
    no_trouble(watching)


def test_seeking_shows_the_storyboard_and_goes_there(watching: Browser) -> None:
    play(watching, 0.1)
    box = watching.evaluate("document.querySelector('media-time-range').getBoundingClientRect().toJSON()")
    watching.hover("media-time-range", box["width"] * 0.75, box["height"] / 2)
    watching.until(
        "document.querySelector('media-time-range').hasAttribute('mediapreviewimage')", "a picture"
    )
    picture = watching.evaluate(
        "document.querySelector('media-time-range').getAttribute('mediapreviewimage')"
    )
    assert re.search(r"/image/storyboard-\d+\.jpg", picture)
    watching.evaluate("new Promise((done) => setTimeout(done, 700))")
    watching.shot(SHOTS / "player-seeking.png")
    watching.evaluate(
        f"void {VIDEO}.addEventListener('seeking', () => {{ window.sought ??= {VIDEO}.currentTime }})"
    )
    watching.click("media-time-range")  # its middle
    watching.until(PLAYING.format(SECONDS / 2), "playing from the middle")
    assert watching.evaluate("window.sought") == pytest.approx(SECONDS / 2, abs=1)
    no_trouble(watching)


def test_it_goes_on_where_somebody_stopped(watching: Browser) -> None:
    play(watching, 0.1)
    watching.evaluate(f"{VIDEO}.currentTime = 9")
    watching.until(PLAYING.format(9.2), "playing there")
    watching.press("k")
    at = watching.evaluate(f"{VIDEO}.currentTime")
    watching.reload()
    watching.until(f"Math.abs({VIDEO}.currentTime - {at}) < 0.5", "the place")
    assert watching.text("#resumed-at") == f"0:{int(round(at, 2)):02}"
    watching.shot(SHOTS / "player-resumed.png")
    watching.click("#start-over")
    watching.until(f"{VIDEO}.currentTime < 3 && !{VIDEO}.paused", "the start")
    no_trouble(watching)


def test_it_is_played_by_keyboard_alone(watching: Browser) -> None:
    def focused() -> str:
        return str(watching.evaluate("document.activeElement?.localName ?? ''"))

    reached = []
    for _ in range(40):
        watching.press("Tab")
        reached.append(focused())
        if reached[-1] == "media-play-button":
            break
    assert reached[0] == "a"  # the skip link
    watching.press("Space")
    watching.until(PLAYING.format(0.2), "playing")
    watching.press("ArrowRight")
    watching.until(f"{VIDEO}.currentTime > 9", "ten seconds on")
    watching.press("m")
    watching.until(f"{VIDEO}.muted")
    watching.press("k")
    watching.until(f"{VIDEO}.paused")
    watching.press("Shift+?")
    watching.until("document.querySelector('media-keyboard-shortcuts-dialog')?.open", "all shortcuts")
    watching.shot(SHOTS / "player-shortcuts.png")
    no_trouble(watching)


def test_what_was_watched_is_recorded(watching: Browser, film: Film) -> None:
    play(watching, 1.5)
    watching.goto("/")
    with film.server.client("admin") as admin:
        for _ in range(600):
            rows = record_of(admin, film.id)
            if any(row["watched_us"] > 1_000_000 for row in rows):
                break
            watching.evaluate("new Promise((done) => setTimeout(done, 100))")
    row = max(rows, key=lambda row: int(row["watched_us"]))
    assert row["watched_us"] > 1_000_000
    assert row["startup_us"] > 0
    assert row["player"].startswith("codek7-page hls.js/")


def record_of(admin: httpx.Client, asset: str) -> list[dict[str, Any]]:
    query = f"SELECT watched_us, startup_us, player FROM playback_record WHERE asset_id = '{asset}'"
    answer = admin.post("/api/sql", json={"query": query})
    answer.raise_for_status()
    table = answer.json()
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def test_an_upload_goes_on_after_a_reload(
    server: RunningServer, clip: Path, tmp_path: Path, browser: Browser
) -> None:
    """On a slow line; the same file, chosen again, continues at the server's offset."""
    copy = tmp_path / "again.mkv"
    copy.write_bytes(clip.read_bytes())
    browser.profile(server.url)
    sign_in(browser, server)
    browser.throttle(copy.stat().st_size * 8 // 15)
    browser.files("#files", copy)
    browser.click(".item button[type=submit]")
    browser.until("document.querySelector('.item progress').value > 0.3", "a third")
    browser.shot(SHOTS / "upload-sending.png")
    browser.click("[data-do=pause]")
    browser.reload()
    browser.until("!document.querySelector('#unfinished').hidden", "what is unfinished")
    browser.shot(SHOTS / "upload-unfinished.png")
    kept = browser.evaluate("document.querySelector('#unfinished progress').value")
    assert 0.1 < kept < 0.95
    assert browser.axe() == []
    browser.throttle(copy.stat().st_size * 8 // 15)
    browser.files("#files", copy)
    browser.click(".item button[type=submit]")
    browser.until("document.querySelector('.item progress').value > 0")
    assert browser.evaluate("document.querySelector('.item progress').value") >= kept - 0.01
    browser.throttle(0)
    browser.until("document.querySelector('.item [data-do=watch]').hidden === false", "the end")


def test_what_is_being_made_can_be_watched_already(
    start_server: StartServer, tmp_path: Path, codek7_clip: CodekClip, browser: Browser
) -> None:
    """By its owner, on its own page, as far as it is; nobody else finds the page. Made on one core, it is not
    over before it has been watched."""
    server = start_server(tmp_path / "home", CODEK7_CORES="1")
    clip = codek7_clip("b_frames", width=480, height=270, seconds=150)
    browser.profile(server.url)
    sign_in(browser, server)
    browser.files("#files", clip)
    browser.click(".item button[type=submit]")
    browser.click("[data-do=watch]")
    browser.until("document.querySelector('#making progress')", "progress")
    browser.shot(SHOTS / "watch-waiting.png")
    browser.until("document.querySelector('#stage[data-growing]')?.hls?.levels.length", "the preview")
    play(browser, 1)
    browser.press("k")  # what plays on may come to the end of what there is
    browser.shot(SHOTS / "watch-growing.png")
    before = browser.evaluate("document.querySelector('#making-bar').value")
    assert 0 < before < 1
    assert browser.axe() == []
    no_trouble(browser)
    with server.client() as anyone:
        assert anyone.get(browser.path, headers={"Accept": "text/html"}).status_code == 401
    asset = browser.path.removeprefix("/watch/")
    browser.goto("/")  # before the asset goes, whose page would load itself anew
    with server.client("uploader") as owner:
        owner.delete(f"/api/assets/{asset}").raise_for_status()
