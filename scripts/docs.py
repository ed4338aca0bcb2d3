"""Write the pages of docs/reference from the code, or with `--check` say which are out of date.

A page is a file name and a function that returns its Markdown; each function imports what it describes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from scripts import reference

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
MARK = "<!-- Written from the code by `make docs`: change the code, not this page. -->\n\n"

PAGES: tuple[tuple[str, Callable[[], str]], ...] = (
    ("commands.md", reference.commands),
    ("errors.md", reference.errors),
    ("events.md", reference.events),
    ("hooks.md", reference.hooks),
    ("rules.md", reference.rules),
    ("settings.md", reference.settings),
)


def out_of_date(texts: dict[Path, str]) -> list[Path]:
    """Pages whose text differs, and files in the folder that no page writes."""
    differing = [path for path, text in texts.items() if not path.exists() or path.read_text() != text]
    return differing + [path for path in sorted(FOLDER.glob("*.md")) if path not in texts]


def main(check: bool) -> int:
    texts = {FOLDER / name: MARK + generate().strip() + "\n" for name, generate in PAGES}
    stale = out_of_date(texts)
    for path in stale:
        print(f"{'out of date' if check else 'written'}: {path.relative_to(FOLDER.parents[1])}")
    if check:
        print(
            "run `make docs` and commit the result"
            if stale
            else f"{len(texts)} reference pages are up to date"
        )
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in stale:
        if path in texts:
            path.write_text(texts[path])
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
