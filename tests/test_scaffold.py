"""`codek7 plugin new` writes what pip installs and whose tests pass."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codek7.core.errors import UsageError
from codek7.scaffold import write_plugin
from tests.throwaway import ROOT, install, make_venv, run


def test_it_is_installable_and_its_tests_pass(tmp_path: Path) -> None:
    folder = write_plugin("bird-watch", tmp_path)
    python = make_venv(tmp_path / "venv")
    install(python, folder)
    out = run([python, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder)
    assert " passed" in out
    assert "failed" not in out


def test_what_it_writes_is_in_good_style(tmp_path: Path) -> None:
    folder = write_plugin("codek7-tidy", tmp_path)
    assert folder == tmp_path / "codek7-tidy"
    ruff = [sys.executable, "-m", "ruff"]
    plain = ["--isolated", "--line-length", "100"]
    run([*ruff, "check", *plain, "--select", "E,W,F,I,UP,B,SIM,PT,RUF", "."], cwd=folder)
    run([*ruff, "format", *plain, "--check", "."], cwd=folder)
    mypy = [sys.executable, "-m", "mypy", str(folder / "src")]
    run(mypy, cwd=ROOT, MYPYPATH=str(folder / "src"))


@pytest.mark.parametrize(
    "name", ["", "Bird", "bird_watch", "-bird", "bird--watch", "../bird", "codek7-", "a b"]
)
def test_names_that_no_package_could_have_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no name"):
        write_plugin(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "codek7-mine").mkdir()
    with pytest.raises(UsageError, match="there already"):
        write_plugin("mine", tmp_path)
    assert not list((tmp_path / "codek7-mine").iterdir())
