"""Whether any plugin but the built-ins is there, asked before all of codek7 is loaded for a page of help."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

GROUP = "codek7"
"""The entry point group of plugins."""
HOME_FILE = "codek7_plugins.py"
"""A home's own plugin."""


def any_plugins(environ: Mapping[str, str]) -> bool:
    """An installed one, or a file in the home that the environment names."""
    home = environ.get("CODEK7_HOME")
    if home and (Path(home).expanduser() / HOME_FILE).exists():
        return True
    return bool(metadata.entry_points(group=GROUP))
