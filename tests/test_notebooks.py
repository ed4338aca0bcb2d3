"""The notebooks run from an empty folder, and are committed as they ran."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.notebooks import code_cells, execute, notebooks, places, read

SHORTER = "SECONDS, HEIGHT = 1, 360"
"""Stands in for the cell that is tagged "parameters"."""
MOST_BYTES = 1_500_000


@pytest.mark.media
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_it_runs(path: Path, tmp_path: Path) -> None:
    notebook = read(path)
    [parameters] = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    parameters.source = SHORTER
    execute(notebook, tmp_path)
    for ran, kept in zip(code_cells(notebook), code_cells(read(path)), strict=True):
        assert {output.output_type for output in ran.outputs} == {o.output_type for o in kept.outputs}
        assert not [output for output in ran.outputs if output.get("name") == "stderr"]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_it_is_committed_as_it_ran(path: Path) -> None:
    notebook = read(path)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert any(kind.startswith("image/") for kind in _kinds(cells))
    assert not any("widget" in kind for kind in _kinds(cells))
    assert "widgets" not in notebook.metadata
    assert places(notebook) == []
    assert path.stat().st_size < MOST_BYTES


def _kinds(cells: list[dict[str, list[dict[str, dict[str, str]]]]]) -> set[str]:
    return {kind for cell in cells for output in cell["outputs"] for kind in output.get("data", {})}
