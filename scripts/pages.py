"""`make pages`: bundle the server's pages where they are not up to date. With `--types`, run tsc on them."""

from __future__ import annotations

import sys
from pathlib import Path

from hatch_build import STATIC, WEB, NotBuilt, build, node, npm_ci

ROOT = Path(__file__).resolve().parents[1]


def bundle() -> None:
    """Raises `NotBuilt`."""
    if build(ROOT):
        print(f"bundled {WEB} into {STATIC}")


def check_types() -> None:
    """Raises `NotBuilt` where there are errors."""
    npm_ci(ROOT / WEB)
    tsc = ROOT / WEB / "node_modules" / "typescript" / "bin" / "tsc"
    node(tsc, "--project", ".", cwd=ROOT / WEB)
    print("the pages' scripts have no type errors")


def main(types: bool) -> int:
    try:
        if types:
            check_types()
        else:
            bundle()
    except NotBuilt as error:
        print(f"{'the pages: ' if types else 'the server has no pages: '}{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main("--types" in sys.argv[1:]))
