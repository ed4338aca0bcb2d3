"""How the server's pages and the notebook's views are bundled when the package is made."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from hatch_build import BUNDLES, Bundle, NotBuilt, build, built_from, fingerprint

ROOT = Path(__file__).resolve().parents[2]
each_bundle = pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.static.parent.name)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The sources of both alone, nothing installed or built."""
    for bundle in BUNDLES:
        shutil.copytree(
            ROOT / bundle.web, tmp_path / bundle.web, ignore=shutil.ignore_patterns("node_modules")
        )
    return tmp_path


@each_bundle
def test_what_is_built_is_of_these_sources(bundle: Bundle) -> None:
    assert built_from(ROOT / bundle.static) == fingerprint(ROOT, bundle)


@each_bundle
def test_nothing_is_done_where_nothing_changed(checkout: Path, bundle: Bundle) -> None:
    static = checkout / bundle.static
    static.mkdir(parents=True)
    built = fingerprint(checkout, bundle)
    (static / "manifest.json").write_text(f'{{"sources": "{built}"}}')
    assert build(checkout, bundle) is False
    for changed in (checkout / bundle.web / "src" / "more.ts", *(checkout / path for path in bundle.shared)):
        before = fingerprint(checkout, bundle)
        changed.write_text("export {};")
        assert fingerprint(checkout, bundle) != before


@each_bundle
def test_without_a_registry_it_says_why(
    checkout: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(checkout / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(NotBuilt, match=r"ci --loglevel=error ended with [1-9]"):
        build(checkout, bundle)
    assert built_from(checkout / bundle.static) == ""


def test_the_locks_name_no_registry() -> None:
    for folder in (*(bundle.web for bundle in BUNDLES), Path("tests", "web")):
        assert not re.search(r'"resolved"|registry', (ROOT / folder / "package-lock.json").read_text())


def test_one_player_is_used_everywhere() -> None:
    versions = {
        found
        for folder in (*(bundle.web for bundle in BUNDLES), Path("tests", "web"))
        for found in re.findall(r'"hls.js": "(.+)"', (ROOT / folder / "package.json").read_text())
    }
    assert len(versions) == 1
