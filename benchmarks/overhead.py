"""What codek7 itself costs: the wall time of an ingest during which no ffmpeg runs, and a second ingest.

    python -m benchmarks.overhead [CLIP]

On 60 s of 720p. The time without ffmpeg is the whole less the union of all attempts' time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import CODEK7, cost, looped, machine, media

STARTS = "select started_us, wall_us from attempt order by started_us"


def attempts_s(home: Path) -> float:
    """Seconds during which at least one attempt ran."""
    asked = subprocess.run(
        [str(CODEK7), "sql", STARTS, "--home", str(home), "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    total, until = 0, 0
    for row in map(json.loads, asked.stdout.splitlines()):
        start, end = row["started_us"], row["started_us"] + row["wall_us"]
        total += max(0, end - max(start, until))
        until = max(until, end)
    return total / 1_000_000


def main() -> None:
    """Measure and print."""
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = Path(sys.argv[1]) if sys.argv[1:] else looped(media() / "moviepy_bbb_0_30.webm", 2, folder)
        ingest = [str(CODEK7), "ingest", str(clip), "--policy", "standard", "--home", str(folder / "home")]
        first = cost(ingest)
        own_s = first.wall_s - attempts_s(folder / "home")
        again = cost(ingest)
        print(f"{clip.name}: ingest {first.wall_s:.1f} s, of which without ffmpeg {own_s:.2f} s")
        print(f"  share without ffmpeg {own_s / first.wall_s:.3f} (wanted <= 0.05)")
        print(f"  the same again       {again.wall_s:.2f} s (wanted <= 2)")


if __name__ == "__main__":
    main()
