"""Sample pictures without a chunk encode: what a moderator would see of a clip."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from codek7.core.ports import Frames


class Pictures(Frames):
    """JPEG files by time: `Pictures([(0, jpeg), (1_000_000, jpeg)])`."""

    def __init__(self, timed: Sequence[tuple[int, bytes]] = ()) -> None:
        self._timed = tuple(timed)

    def __len__(self) -> int:
        return len(self._timed)

    def times_us(self) -> tuple[int, ...]:
        return tuple(time for time, _ in self._timed)

    def jpeg(self, index: int) -> bytes:
        return self._timed[index][1]


def sample(path: Path, ffmpeg: str, folder: Path) -> Pictures:
    """One picture a second, at most 480 pixels high; none of a clip without video."""
    with tempfile.TemporaryDirectory(dir=folder) as aside:
        argv = [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-i", str(path)]
        argv += ["-map", "0:v:0?", "-vf", "fps=1:round=up,scale=-2:'min(480,ih)',format=yuvj420p"]
        argv += ["-f", "image2", f"{aside}/%05d.jpg"]
        subprocess.run(argv, capture_output=True, check=False)
        jpegs = [picture.read_bytes() for picture in sorted(Path(aside).iterdir())]
    return Pictures([(second * 1_000_000, jpeg) for second, jpeg in enumerate(jpegs)])
