"""Writes a new plugin: a folder that pip can install, with tests that pass."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from string import Template

from codek7 import __version__
from codek7.core.errors import UsageError

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
PREFIX = "codek7-"


def write_plugin(name: str, parent: Path) -> Path:
    """Write `parent/codek7-NAME` and return it. The prefix may be part of the name or not.

    Raises `UsageError` for a name that no package could have, and where something is there already.
    """
    short = name.removeprefix(PREFIX)
    if not NAME.fullmatch(short):
        raise UsageError(
            f"{name!r} is no name of a plugin", hint="use lower-case letters, digits and single hyphens"
        )
    dist = PREFIX + short
    package = dist.replace("-", "_")
    folder = parent / dist
    if folder.exists():
        raise UsageError(f"{folder} is there already", hint="choose another name, or remove it")
    names = {"name": short, "dist": dist, "package": package, "codek7": __version__}
    for template, path in _layout(package).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (files("codek7") / "scaffold" / template).read_text(encoding="utf-8")
        target.write_text(Template(text).substitute(names), encoding="utf-8")
    (folder / "src" / package / "py.typed").touch()
    return folder


def _layout(package: str) -> dict[str, str]:
    """Which template becomes which file."""
    return {
        "pyproject.toml.tmpl": "pyproject.toml",
        "README.md.tmpl": "README.md",
        "init.py.tmpl": f"src/{package}/__init__.py",
        "plugin.py.tmpl": f"src/{package}/plugin.py",
        "test_plugin.py.tmpl": "tests/test_plugin.py",
    }
