"""`codek7 plugin new` writes what pip installs and whose tests pass."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from codek7.core.errors import UsageError
from codek7.scaffold import write_plugin

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own that sees all that is installed here, so that nothing is left behind."""
    folder = tmp_path_factory.mktemp("venv")
    run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    ((site),) = folder.glob("lib/python3*/site-packages")
    (site / "here.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n")
    return folder


def run(argv: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_installable_and_its_tests_pass(venv: Path, tmp_path: Path) -> None:
    folder = write_plugin("bird-watch", tmp_path)
    python = str(venv / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    run([*pip, "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", str(folder)])
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
    run([sys.executable, "-m", "mypy", "--strict", "--config-file", "", str(folder / "src")], cwd=ROOT)


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
