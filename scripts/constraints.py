"""Write constraints.txt: the newest versions that resolve together, on every supported interpreter.

Lines are `name==version`, with a marker where interpreters get different versions; no hashes, no addresses.
Nothing is installed: pip resolves the project's requirements and reports.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from scripts.interpreters import SUPPORTED, find

ROOT = Path(__file__).resolve().parents[1]
HEAD = "# Written by `make constraints`; use with `pip install -c constraints.txt`.\n"
Resolution = dict[str, str]  # normalised name -> version


def requirements() -> list[str]:
    """Every requirement of the project, extras included, without its references to itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return sorted({r for group in lists for r in group if not r.startswith(f"{project['name']}[")})


def resolve(python: str, wanted: list[str]) -> Resolution:
    pip = [python, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
    done = subprocess.run([*pip, *wanted], check=True, stdout=subprocess.PIPE, text=True)
    found = (item["metadata"] for item in json.loads(done.stdout)["install"])
    return {re.sub(r"[-_.]+", "-", m["name"]).lower(): m["version"] for m in found}


def runs(versions: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbouring interpreters with one version become one (first interpreter, version)."""
    kept: list[tuple[str, str]] = []
    for python, version in versions:
        if not kept or kept[-1][1] != version:
            kept.append((python, version))
    return kept


def lines(name: str, by_python: dict[str, Resolution]) -> list[str]:
    spans = runs([(python, found[name]) for python, found in by_python.items() if name in found])
    written = []
    for at, (first, version) in enumerate(spans):
        bounds = [f'python_version >= "{first}"'] if at else []
        if at + 1 < len(spans):
            bounds.append(f'python_version < "{spans[at + 1][0]}"')
        written.append(f"{name}=={version}" + (f"; {' and '.join(bounds)}" if bounds else ""))
    return written


def main() -> int:
    wanted = requirements()
    by_python: dict[str, Resolution] = {}
    for version in SUPPORTED:
        if python := find(version):
            print(f"resolving for Python {version}", flush=True)
            by_python[version] = resolve(python, wanted)
        else:
            print(f"Python {version} is not installed: left out", file=sys.stderr)
    if not {"3.11", "3.12"} <= by_python.keys():
        print("needs Python 3.11 and 3.12: PyAV differs between them", file=sys.stderr)
        return 1
    names = sorted(set().union(*by_python.values()))
    text = HEAD + "".join(f"{line}\n" for name in names for line in lines(name, by_python))
    (ROOT / "constraints.txt").write_text(text)
    print(f"constraints.txt: {len(names)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
