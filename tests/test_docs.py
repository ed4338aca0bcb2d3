"""The pages: every relative link leads somewhere. `make check` holds that reference pages are up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import docs

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in targets if not (page.parent / link).exists()] == []


def test_the_list_of_decisions_is_whole() -> None:
    decisions = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((decisions / "README.md").read_text()))
    assert listed == {path.name for path in decisions.glob("[0-9]*.md")}


def test_stale_and_stray_reference_pages_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "FOLDER", tmp_path)
    for name in ("same.md", "changed.md", "stray.md"):
        (tmp_path / name).write_text("written")
    pages = {tmp_path / "same.md": "written", tmp_path / "changed.md": "new", tmp_path / "absent.md": "new"}
    assert [path.name for path in docs.out_of_date(pages)] == ["changed.md", "absent.md", "stray.md"]
