"""What the build made of the pages' sources: scripts, styles and fonts, held in memory, under names that say
their content."""

from __future__ import annotations

import gzip
import json
import mimetypes
from functools import cache
from pathlib import Path
from typing import NamedTuple

STATIC = Path(__file__).resolve().parents[1] / "static"
MANIFEST = "manifest.json"
COMPRESSIBLE = ("text/", "image/svg")


class File(NamedTuple):
    """One file; `squeezed` is the same in gzip, empty where that is no smaller."""

    media_type: str
    content: bytes
    squeezed: bytes


class Bundle(NamedTuple):
    """All files by name, the names by what templates call them, and the hashes of the player's styles."""

    files: dict[str, File]
    names: dict[str, str]
    styles: tuple[str, ...]

    def path(self, name: str) -> str:
        """Where browsers find `main.css`."""
        return f"/static/{self.names[name]}"


@cache
def bundle(folder: Path = STATIC) -> Bundle | None:
    """What is built; None where nothing is."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        return None
    names: dict[str, str] = manifest["files"]
    files = {name: _read(folder / name) for name in names.values()}
    return Bundle(files, names, tuple(manifest["styles"]))


def _read(path: Path) -> File:
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    content = path.read_bytes()
    squeezed = gzip.compress(content, mtime=0) if media_type.startswith(COMPRESSIBLE) else b""
    return File(media_type, content, squeezed if len(squeezed) < len(content) else b"")
