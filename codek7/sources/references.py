"""References: a source's pictures, losslessly, kept in the cache as long as there is room, made when needed.

They are large (about a megabyte for each picture in 1080 lines) and cost one decode, so every trial of the
same chunk is measured against the same file, and what a person looks at beside a score is that file too.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from codek7.core.errors import SourceNotFound
from codek7.core.tasks import ReferenceTask
from codek7.sources.cache import hold, in_turn, make_room
from codek7.sources.hashing import Cancelled

KIND = "references"
BYTES_A_PIXEL = 2
"""What lossless pictures need, generously; of more than 8 bits, twice that."""


@contextmanager
def open_reference(
    task: ReferenceTask, cache: Path, make: Callable[[Path], None], *, cache_bytes: int, cancelled: Cancelled
) -> Iterator[Path]:
    """The reference as a file that stays until the block ends. Where it is not there, `make` is given an
    empty folder to leave `KEY.mkv` in; others who want the same meanwhile wait for it."""
    path = cache / KIND / f"{task.source.sha256}-{task.key}"
    for _ in range(3):
        with in_turn(cache, task.key, cancelled, "a reference"):
            if not path.exists():
                _make(task, path, make, cache, cache_bytes)
            path.touch()
        try:
            with hold(path, cache):
                yield path
                return
        except SourceNotFound:  # removed between the two: the cache is small and much is going on
            continue
    raise SourceNotFound(f"{task.key} does not stay in {cache}", hint="raise the setting `cache_mb`")


def _make(
    task: ReferenceTask, path: Path, make: Callable[[Path], None], cache: Path, cache_bytes: int
) -> None:
    make_room(cache, cache_bytes, _most_bytes(task), KIND)
    folder = Path(tempfile.mkdtemp(prefix="made-", dir=cache))
    try:
        make(folder)
        (folder / f"{task.key}.mkv").replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _most_bytes(task: ReferenceTask) -> int:
    width, height = task.track.display_size
    deep = 2 if task.track.bit_depth > 8 else 1
    return width * height * BYTES_A_PIXEL * deep * len(task.frames)
