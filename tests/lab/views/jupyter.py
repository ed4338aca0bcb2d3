"""A real JupyterLab with a notebook, seen in a browser, and the kernel behind it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.blocking.client import BlockingKernelClient

from tests.servers import free_port

if TYPE_CHECKING:
    from tests.web.browser import Browser

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = {
    # Nobody is asked for news, and every cell is in the page, wherever it is scrolled to.
    "apputils-extension/notification": {"checkForUpdates": False, "fetchNews": "false"},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
IDLE = "jupyterapp?.shell?.currentWidget?.context?.sessionContext?.session?.kernel?.status === 'idle'"


class Jupyter:
    """A server of its own, with nothing of the user's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notebooks = folder / "notebooks"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {
            **os.environ,
            "HOME": str(self._made("home")),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "server")]),
            "JUPYTER_CONFIG_DIR": str(self._made("config")),
            "JUPYTER_DATA_DIR": str(self._made("data")),
            "JUPYTER_RUNTIME_DIR": str(self._made("runtime")),
            "JUPYTERLAB_SETTINGS_DIR": str(self._made("settings")),
            "IPYTHONDIR": str(self._made("ipython")),
        }
        self._made("notebooks")
        for name, settings in SETTINGS.items():
            path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings))

    @property
    def argv(self) -> list[str]:
        """Without a token: it listens on this machine alone, and ends with the test."""
        argv = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
        return [
            *argv, f"--port={self.port}", f"--ServerApp.root_dir={self.notebooks}",
            "--IdentityProvider.token=", "--ServerApp.password=", "--expose-app-in-browser",
            "--LabApp.news_url=None", "--LanguageServerManager.autodetect=False",
        ]  # fmt: skip

    def write(self, name: str, cells: list[str]) -> None:
        """A notebook of code."""
        code: dict[str, Any] = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
        notebook = {
            "cells": [{**code, "id": f"cell-{at}", "source": source} for at, source in enumerate(cells)],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (self.notebooks / name).write_text(json.dumps(notebook))

    def convert(self, name: str) -> Path:
        """What `jupyter nbconvert --to html` makes of a notebook as it is."""
        argv = [sys.executable, "-m", "nbconvert", "--to", "html", str(self.notebooks / name)]
        argv += [f"--HTMLExporter.{library}_url=" for library in ("require_js", "mathjax")]  # no network
        done = subprocess.run(argv, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return (self.notebooks / name).with_suffix(".html")

    def _made(self, name: str) -> Path:
        (self.folder / name).mkdir(mode=0o700)
        return self.folder / name


class Kernel:
    """The notebook's own kernel, asked from beside the browser."""

    def __init__(self, connection: Path) -> None:
        self._client = BlockingKernelClient(connection_file=str(connection))
        self._client.load_connection_file()
        self._client.start_channels()

    def value(self, expression: str) -> Any:
        """What an expression of plain values is."""
        reply = self._run("", {"value": f"__import__('json').dumps({expression})"})
        found = reply["user_expressions"]["value"]
        assert found["status"] == "ok", found
        return json.loads(ast.literal_eval(found["data"]["text/plain"]))

    def run(self, code: str) -> None:
        """Run a statement."""
        reply = self._run(code, {})
        assert reply["status"] == "ok", reply

    def until(self, expression: str, what: str | None = None) -> None:
        """Wait for an expression to be true: what the browser tells takes a moment."""
        deadline = time.monotonic() + 60
        while not self.value(f"bool({expression})"):
            assert time.monotonic() < deadline, what or expression
            time.sleep(0.05)

    def close(self) -> None:
        self._client.stop_channels()

    def _run(self, code: str, expressions: dict[str, str]) -> dict[str, Any]:
        asked = self._client.execute(code, store_history=False, user_expressions=expressions)
        while True:
            reply = self._client.get_shell_msg(timeout=60)
            if reply["parent_header"].get("msg_id") == asked:
                return dict(reply["content"])


def open_notebook(browser: Browser, jupyter: Jupyter, name: str, theme: str) -> None:
    """In the page of one document, its kernel started and ready."""
    browser.profile(jupyter.url, viewport={"width": 1360, "height": 900})
    browser.goto(f"/doc/tree/{name}")
    browser.until(f"window.{IDLE}", "a kernel")
    set_theme(browser, theme)


def set_theme(browser: Browser, theme: str) -> None:
    """JupyterLab's light or dark one."""
    browser.evaluate(f"jupyterapp.commands.execute('apputils:change-theme', {{theme: 'JupyterLab {theme}'}})")
    light = str(theme == "Light").lower()
    browser.until(f"document.body.dataset.jpThemeLight === '{light}'", theme)
