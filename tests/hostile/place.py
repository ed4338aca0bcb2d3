"""Where a hostile input is made, and what it may refer to: a secret, a neighbour's clip, a server."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

PICTURE = "testsrc2=size=64x36:rate=12:duration=3"
SOUND = "sine=frequency=440:sample_rate=48000:duration=3"
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "12", "-bf", "2")


class Place(NamedTuple):
    """A folder of its own for one input. All paths are absolute."""

    folder: Path
    kept: Path
    """Where clips that several inputs start from are kept."""
    ffmpeg: str
    secret: Path
    """A text file elsewhere that nobody may read."""
    neighbour: Path
    """Another's clip, an MPEG transport stream, in the folder itself."""
    url: str
    """A server that nobody may ask, as `http://host:port`."""

    def write(self, name: str, content: bytes | str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def encode(self, name: str, *arguments: str) -> Path:
        """A file in the folder, made by ffmpeg from these arguments."""
        path = self.folder / name
        run_ffmpeg(self.ffmpeg, self.folder, [*arguments, str(path)])
        return path

    def clip(self, container: str = "mp4") -> Path:
        """A sound clip of 3 s, made once; not to be written to."""
        path = self.kept / f"clip.{container}"
        if not path.exists():
            inputs = ["-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND]
            codecs = ["-c:v", "libvpx", "-c:a", "libopus"] if container == "webm" else [*H264, "-c:a", "aac"]
            run_ffmpeg(self.ffmpeg, self.kept, [*inputs, *codecs, str(path)])
        return path

    def fragmented(self) -> Path:
        """The same as a fragmented MP4."""
        path = self.kept / "fragmented.mp4"
        if not path.exists():
            flags = ["-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof"]
            run_ffmpeg(self.ffmpeg, self.kept, ["-i", str(self.clip()), *flags, str(path)])
        return path


def run_ffmpeg(program: str, folder: Path, arguments: list[str]) -> None:
    """Run ffmpeg; raises `RuntimeError` with what it said."""
    argv = [program, "-hide_banner", "-nostdin", "-loglevel", "error", "-y", *arguments]
    done = subprocess.run(argv, cwd=folder, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{argv}\n{done.stderr.decode(errors='replace')}")
