"""The bytes of an upload, whatever is done in whatever order, and whenever the process ends."""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codek7_server.uploads.stored import Stored

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.binary(min_size=1, max_size=50)),
        st.tuples(st.just("checked"), st.binary(min_size=1, max_size=50)),
        st.tuples(st.sampled_from(["wrong", "killed"]), st.binary(min_size=1, max_size=50)),
        st.tuples(st.sampled_from(["restart", "settle", "catch up", "clear"]), st.just(b"")),
    ),
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(steps=STEPS)
def test_what_is_there_is_what_was_believed(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("stored")
    stored, meant = Stored(folder), b""
    for step, block in steps:
        if step == "append":
            stored.append(block)
            meant += block
        elif step in ("checked", "wrong", "killed"):
            before = stored.remember()
            stored.doubt()
            stored.append(block)
            assert stored.settle() == len(meant), "what is in doubt is not acknowledged"
            if step == "checked":
                stored.believe()
                meant += block
            elif step == "wrong":
                stored.undo(before)
            else:
                stored = Stored(folder)
        elif step == "restart":
            stored = Stored(folder)
        elif step == "settle":
            assert stored.settle() == len(meant)
        elif step == "catch up":
            stored.catch_up()
        else:
            stored.clear()
            meant = b""
        assert stored.size == len(meant)
    assert stored.sha256() == hashlib.sha256(meant).hexdigest()
    assert (folder / "data").read_bytes() == meant if meant else stored.size == 0
    assert Stored(folder).sha256() == stored.sha256()
    assert {path.name for path in folder.iterdir()} <= {"data"}


def test_a_block_that_does_not_fit_is_not_kept_in_part(tmp_path: Path) -> None:
    """In a process of its own, no file of which may grow beyond 100 kB."""
    script = """
import sys
from pathlib import Path
from codek7.core.errors import DiskFull
from codek7_server.uploads.stored import Stored
stored = Stored(Path(sys.argv[1]))
stored.append(b"a" * 60_000)
try:
    stored.append(b"b" * 60_000)
except DiskFull as error:
    print(stored.size, stored.path.stat().st_size, bool(error.hint))
stored.append(b"c" * 40_000)
print(stored.settle(), stored.sha256())
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )  # fmt: skip
    sha256 = hashlib.sha256(b"a" * 60_000 + b"c" * 40_000).hexdigest()
    assert done.stdout.split() == ["60000", "60000", "True", "100000", sha256]
