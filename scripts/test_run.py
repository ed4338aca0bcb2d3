"""The whole test run: every test here, and the tests marked `media` with the other PyAV.

Python 3.11 gets PyAV 18, later versions PyAV 19. Where an interpreter from the other side of that line is
installed, it gets an environment of its own and runs the media tests first. Tests marked `alone` come last
and one by one: beside tests that encode, a player would stall for want of a decoder, and rightly say so.
Arguments go to pytest; then all that they choose runs at once.

Many tests wait for a process or a clock, so there is a worker more than there are cores. Each takes a run of
neighbours, which share servers and homes, and whoever is done helps another. Many tests start Python, too:
bytecode is kept even where the environment says otherwise, or each start would compile codek7 anew.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from scripts.interpreters import across_the_av_line

ROOT = Path(__file__).resolve().parents[1]
READERS = (
    "tests/pipeline",
    "tests/plugins/test_probe_av.py",
    "tests/check/test_streams.py",
    "tests/contract/test_measurer.py::TestMeasureAv",
    "tests/test_measuring.py",
)
"""Where PyAV's versions could tell: what reads media with it or measures with it, and whole ingests of every
shape."""
NOTHING_SELECTED = 5  # pytest's exit code; fine where the caller chose the tests


WORKERS = (os.cpu_count() or 1) + 1


def pytest(python: Path | str, *args: str) -> int:
    command = [str(python), "-m", "pytest", "-n", str(WORKERS), "--dist", "loadfile", *args]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(command, cwd=ROOT, env=kept, check=False).returncode


def files_with_mark(mark: str) -> list[str]:
    """Where tests with this mark are: to collect all others would take as long as some of them."""
    found = (ROOT / "tests").rglob("test_*.py")
    return sorted(str(path) for path in found if f"pytest.mark.{mark}" in path.read_text())


def on_the_other_interpreter(extras: str, args: list[str]) -> int:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    other = across_the_av_line(here)
    if other is None:
        print(f"no interpreter with the other PyAV found beside {here}: media tests run on {here} only")
        return 0
    version, program = other
    venv = ROOT / f".venv-{version}"
    install = [program, "-m", "scripts.install", "--with-this-python", venv.name, extras]
    made = subprocess.run(install, cwd=ROOT, check=False)
    if made.returncode:
        return made.returncode
    print(f"media tests on Python {version}", flush=True)
    code = pytest(venv / "bin" / "python", "-m", "media", *(args or READERS))
    return 0 if args and code == NOTHING_SELECTED else code


def main(extras: str, args: list[str]) -> int:
    other = on_the_other_interpreter(extras, args)
    print(f"all tests on Python {sys.version.split()[0]}", flush=True)
    if args:
        here = pytest(sys.executable, *args)
    else:
        together = pytest(sys.executable, "-m", "not alone")
        alone = pytest(sys.executable, "-m", "alone", "-n", "0", *files_with_mark("alone"))
        here = together or alone
    if other:
        print(f"the media tests on the other interpreter failed ({other}): see above", file=sys.stderr)
    return here or other


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
