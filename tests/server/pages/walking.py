"""What the browser's tests have in common: a film of the server's, and the way in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.server.conftest import RunningServer

if TYPE_CHECKING:
    from tests.web.browser import Browser

SHOTS = Path(__file__).resolve().parents[2] / "web" / "screenshots"
SECONDS = 16
TITLE = 'The <b>first</b> & "only" film'


class Film(NamedTuple):
    """What was uploaded."""

    id: str
    path: Path
    server: RunningServer

    @property
    def page(self) -> str:
        return f"/watch/{self.id}"


def sign_in(browser: Browser, server: RunningServer, role: str = "uploader", onward: str = "/upload") -> None:
    """As a person does."""
    browser.goto(f"/sign-in?next={onward}")
    browser.fill("#key", server.keys[role])
    browser.press("Enter")
    browser.until(f"location.pathname === '{onward}'")
