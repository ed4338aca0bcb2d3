"""`import codek7` is light: what it does not need yet, it does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "IPython", "PIL", "av", "boto3", "click", "distributed", "duckdb", "ffmpeg", "fsspec", "imageio_ffmpeg",
    "litestar", "numpy", "rich", "s3fs",
}  # fmt: skip


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after this statement."""
    script = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", ["import codek7", "import codek7.core"])
def test_importing_loads_nothing_heavy(statement: str) -> None:
    loaded = loaded_by(statement)
    assert "codek7" in loaded
    assert not loaded & HEAVY


def test_the_core_as_a_whole_loads_nothing_heavy() -> None:
    everything = (
        "import importlib, pkgutil, codek7.core as core\n"
        "for found in pkgutil.walk_packages(core.__path__, 'codek7.core.'):\n"
        "    importlib.import_module(found.name)"
    )
    loaded = loaded_by(everything)
    assert "msgspec" in loaded
    assert not loaded & HEAVY
