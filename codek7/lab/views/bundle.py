"""The browser's half of a view: what the build made of codek7/lab/web."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from codek7.core.errors import ToolMissing

STATIC = Path(__file__).resolve().parents[1] / "static"


@cache
def module(name: str, folder: Path = STATIC) -> str:
    """The ES module of a view, its styles inside. Raises `ToolMissing` where nothing was built."""
    try:
        return (folder / f"{name}.js").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ToolMissing(
            "the notebook's views are not built",
            hint="in a checkout run `make pages`, elsewhere install codek7 again; then restart the kernel",
        ) from error
