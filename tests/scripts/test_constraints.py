"""constraints.txt pins one version for each interpreter, and holds no address or hash."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.constraints import lines

ROOT = Path(__file__).resolve().parents[2]


def test_one_version_has_no_marker() -> None:
    by_python = {"3.11": {"rich": "15.0"}, "3.12": {"rich": "15.0"}, "3.13": {"rich": "15.0"}}
    assert lines("rich", by_python) == ["rich==15.0"]


def test_versions_meet_without_gap_or_overlap() -> None:
    by_python = {"3.11": {"a": "1"}, "3.12": {"a": "2"}, "3.13": {"a": "3"}}
    assert lines("a", by_python) == [
        'a==1; python_version < "3.12"',
        'a==2; python_version >= "3.12" and python_version < "3.13"',
        'a==3; python_version >= "3.13"',
    ]


def test_a_package_of_one_interpreter_only() -> None:
    assert lines("backport", {"3.11": {"backport": "1"}, "3.12": {}}) == ["backport==1"]


def test_the_file_as_it_stands() -> None:
    written = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in written if not line.startswith("#")]
    pin = re.compile(
        r'[a-z0-9-]+==[0-9a-z.+]+(; python_version (<|>=) "3\.\d+"( and python_version < "3\.\d+")?)?'
    )
    assert [line for line in pins if not pin.fullmatch(line)] == []
    assert [line.partition("==")[2].partition(".")[0] for line in pins if line.startswith("av==")] == [
        "18",
        "19",
    ]
