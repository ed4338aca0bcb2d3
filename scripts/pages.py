"""`make pages`: bundle the server's pages and the notebook's views where they are not up to date.

With `--types`, run tsc on their scripts.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hatch_build import BUNDLES, Bundle, NotBuilt, build, node, npm_ci

ROOT = Path(__file__).resolve().parents[1]


def bundle_up(bundle: Bundle) -> None:
    """Raises `NotBuilt`."""
    if build(ROOT, bundle):
        print(f"bundled {bundle.web} into {bundle.static}")


def check_types(bundle: Bundle) -> None:
    """Raises `NotBuilt` where there are errors."""
    web = ROOT / bundle.web
    npm_ci(web)
    node(web / "node_modules" / "typescript" / "bin" / "tsc", "--project", ".", cwd=web)
    print(f"{bundle.name}: no type errors")


def main(types: bool) -> int:
    failed = 0
    for bundle in BUNDLES:
        try:
            (check_types if types else bundle_up)(bundle)
        except NotBuilt as error:
            print(f"{bundle.name} are not built: {error}" if not types else str(error), file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main("--types" in sys.argv[1:]))
