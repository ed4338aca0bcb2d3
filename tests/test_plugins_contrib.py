"""Every plugin of plugins_contrib, installed as its users install it, passes its own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.throwaway import ROOT, install, make_venv, run

PLUGINS = sorted(path.parent.name for path in (ROOT / "plugins_contrib").glob("*/pyproject.toml"))

pytestmark = pytest.mark.media


def test_there_are_plugins() -> None:
    assert "codek7-blank" in PLUGINS


@pytest.mark.parametrize("name", PLUGINS)
def test_it_passes_its_tests_once_installed(name: str, tmp_path: Path) -> None:
    folder = ROOT / "plugins_contrib" / name
    python = make_venv(tmp_path / "venv")
    install(python, folder)
    out = run([python, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder)
    assert " passed" in out
    listed = run([python, "-c", "import codek7.cli; codek7.cli.main()", "plugins", "--json"], cwd=tmp_path)
    assert f'"{name.removeprefix("codek7-")}"' in listed
