"""Execute the notebooks anew, each in an empty folder, and write them with their outputs: `make notebooks`.

What belongs to the moment goes: live widgets (their pictures stay), times, the interpreter's version.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
CELL_S = 600
"""The longest that a cell may take, on a machine that has other things to do."""
WIDGET = "application/vnd.jupyter.widget-view+json"
PLACE = re.compile(
    r"(?<![\w.:/-])/(?:home|mnt|opt|private|root|srv|tmp|usr|Users|var|work)/[\w.-]+|https?://\S+"
)
"""Paths of one machine, and addresses."""


class ThisInterpreter(AsyncKernelManager):
    """Runs cells with the Python that runs this, whichever kernels are installed here."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The command."""
        argv = [sys.executable, "-m", "ipykernel", "--log-level=40", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


def notebooks() -> list[Path]:
    """All of them, in order."""
    return sorted(FOLDER.glob("*.ipynb"))


def read(path: Path) -> NotebookNode:
    """A notebook as it is in the file."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call, no-any-return]


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run all cells in this folder, which should be empty. Raises `CellExecutionError` where one fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CODEK7_")}
    places = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    settings = folder / ".jupyter"
    settings.mkdir()
    environment |= dict.fromkeys(places, str(settings))
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    client = NotebookClient(
        notebook,
        timeout=CELL_S,
        record_timing=False,
        kernel_manager_class=ThisInterpreter,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=environment)
    tidy(notebook)


def tidy(notebook: NotebookNode) -> None:
    """Leave what a reader sees."""
    notebook.metadata = nbformat.from_dict(  # type: ignore[no-untyped-call]
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for cell in code_cells(notebook):
        cell.outputs = [output for output in cell.outputs if _to_be_seen(output)]
        for output in cell.outputs:
            output.get("data", {}).pop(WIDGET, None)


def _to_be_seen(output: Any) -> bool:
    """Not a widget without a picture: a bar of something that ended."""
    data = output.get("data", {})
    return WIDGET not in data or any(kind.startswith("image/") for kind in data)


def code_cells(notebook: NotebookNode) -> list[Any]:
    """Those that run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def said(notebook: NotebookNode) -> Iterator[str]:
    """All text among the outputs."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            yield output.get("text", "")
            data = output.get("data", {})
            yield from (text for kind, text in data.items() if kind.startswith("text/") or "svg" in kind)


def places(notebook: NotebookNode) -> list[str]:
    """Paths and addresses among the outputs, which are nobody else's business."""
    allowed = "http://www.w3.org/"  # SVG's name of itself
    found = (match[0] for text in said(notebook) for match in PLACE.finditer(text))
    return [place for place in found if not place.startswith(allowed)]


def main(names: list[str]) -> int:
    for path in notebooks():
        if names and path.stem[:2] not in names:
            continue
        print(path.relative_to(ROOT), flush=True)
        notebook = read(path)
        with tempfile.TemporaryDirectory() as folder:
            execute(notebook, Path(folder))
        if found := places(notebook):
            print(f"{path.name} shows {', '.join(found)}", file=sys.stderr)
            return 1
        nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
