"""How the pages are bundled when the package is made."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import hatch_build

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The pages' sources alone, nothing installed or built."""
    shutil.copytree(
        ROOT / hatch_build.WEB, tmp_path / hatch_build.WEB, ignore=shutil.ignore_patterns("node_modules")
    )
    return tmp_path


def test_what_is_built_is_of_these_sources() -> None:
    assert hatch_build.built_from(ROOT / hatch_build.STATIC) == hatch_build.fingerprint(
        ROOT / hatch_build.WEB
    )


def test_nothing_is_done_where_nothing_changed(checkout: Path) -> None:
    static = checkout / hatch_build.STATIC
    static.mkdir(parents=True)
    built = hatch_build.fingerprint(checkout / hatch_build.WEB)
    (static / "manifest.json").write_text(f'{{"sources": "{built}"}}')
    assert hatch_build.build(checkout) is False
    (checkout / hatch_build.WEB / "src" / "more.ts").write_text("export {};")
    assert hatch_build.fingerprint(checkout / hatch_build.WEB) != built


def test_without_a_registry_it_says_why(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(checkout / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(hatch_build.NotBuilt, match=r"ci --loglevel=error ended with [1-9]"):
        hatch_build.build(checkout)
    assert hatch_build.built_from(checkout / hatch_build.STATIC) == ""


def test_the_lock_names_no_registry() -> None:
    for lock in (ROOT / hatch_build.WEB / "package-lock.json", ROOT / "tests" / "web" / "package-lock.json"):
        assert not re.search(r'"resolved"|registry', lock.read_text())
