"""A browser for the server's pages: Chromium, told from outside what to do and asked what it saw."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

Shape = Literal["desktop", "phone"]
Scheme = Literal["light", "dark"]


class Noted(msgspec.Struct, frozen=True):
    """What the pages of a profile did that may be wrong: origins asked, script errors, policy violations."""

    addresses: tuple[str, ...]
    errors: tuple[str, ...]
    violations: tuple[str, ...]


class Browser:
    """Calls of browse.mjs. Raises `AssertionError` where something does not come about."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._base = ""

    def profile(self, base: str, shape: Shape = "desktop", scheme: Scheme = "light", **more: object) -> None:
        """Begin anew, as somebody who was never here."""
        self._base = base
        self._call("profile", shape, scheme, more)

    def goto(self, path: str) -> int:
        """Open a page; its status."""
        return int(self._call("goto", self._base + path))

    def reload(self) -> None:
        self._call("reload")

    def back(self) -> None:
        self._call("back")

    @property
    def path(self) -> str:
        """Of the page that is open, with its query."""
        return str(self._call("url")).removeprefix(self._base)

    def click(self, selector: str) -> None:
        self._call("click", selector)

    def hover(self, selector: str, x: float, y: float) -> None:
        """The pointer at a place within an element."""
        self._call("hover", selector, x, y)

    def drag(self, selector: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        """With the button held, from one place within an element to another."""
        self._call("drag", selector, start, end)

    def fill(self, selector: str, text: str) -> None:
        self._call("fill", selector, text)

    def type(self, text: str) -> None:
        """Into whatever has the focus."""
        self._call("type", text)

    def press(self, *keys: str) -> None:
        for key in keys:
            self._call("press", key)

    def files(self, selector: str, *paths: Path) -> None:
        """Choose files in a field."""
        self._call("files", selector, *map(str, paths))

    def text(self, selector: str) -> str:
        return str(self._call("text", selector))

    def evaluate(self, expression: str) -> Any:
        """What an expression is in the page."""
        return self._call("evaluate", expression)

    def until(self, expression: str, what: str | None = None) -> None:
        """Wait for an expression to be true."""
        self._call("until", expression, what)

    def throttle(self, bps: int) -> None:
        """The network's rate, 0 for no limit."""
        self._call("throttle", bps)

    def shot(self, path: Path, *, whole: bool = False) -> None:
        """A picture of what shows, or of the whole page."""
        self._call("shot", str(path), whole)

    def axe(self, within: str = "html") -> list[str]:
        """Faults of accessibility that axe-core finds."""
        return list(self._call("axe", within))

    def noted(self) -> Noted:
        return msgspec.convert(self._call("seen"), Noted)

    def _call(self, *call: object) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or '{"failed": "the browser is gone"}')
        assert "failed" not in answer, answer["failed"]
        return answer["value"]


@pytest.fixture(scope="session")
def browser_process(node: str, web_dir: Path, chromium: str) -> Iterator[Browser]:
    """One Chromium for all tests."""
    argv = [node, str(web_dir / "browse.mjs"), chromium]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        yield Browser(process)


@pytest.fixture
def browser(browser_process: Browser) -> Iterator[Browser]:
    """After every test: no page broke its policy, failed in a script, or asked another host for anything."""
    yield browser_process
    noted = browser_process.noted()
    assert noted.violations == (), noted.violations
    assert noted.errors == (), noted.errors
    ours = [browser_process._base, "null"]  # "null": blob: and data:
    assert [address for address in noted.addresses if address not in ours] == []
