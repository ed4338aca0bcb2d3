"""The pages' TypeScript, checked: tsc in strict mode, from the packages that bundle them."""

from __future__ import annotations

import sys
from pathlib import Path

from hatch_build import WEB, NotBuilt, node, npm_ci


def main() -> int:
    web = Path(__file__).resolve().parents[1] / WEB
    try:
        npm_ci(web)
        node(web / "node_modules" / "typescript" / "bin" / "tsc", "--project", ".", cwd=web)
    except NotBuilt as error:
        print(error, file=sys.stderr)
        return 1
    print("the pages' scripts have no type errors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
