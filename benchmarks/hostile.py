"""Every hostile input, taken in by the real command: how each ends, how long it takes, what memory it needs.

    python -m benchmarks.hostile [PART ...]

PART chooses inputs by part of their names. Ends with 1 where anything is not as it should be: an ending that
is not the expected one, a file or a server touched that nobody may touch, a leftover, 2 GB or more.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from codek7.ffmpeg.program import find_ffmpeg
from codek7.ffmpeg.sandbox import find_sandbox
from tests.hostile.attack import Outcome, attack
from tests.hostile.case import Case
from tests.hostile.catalogue import CASES
from tests.hostile.witness import Witness


def main() -> None:
    """Run and print."""
    chosen = [case for case in CASES if not sys.argv[1:] or any(part in case.name for part in sys.argv[1:])]
    ffmpeg = find_ffmpeg("").path
    print(f"{len(chosen)} inputs, sandbox: {find_sandbox(ffmpeg).why_not or 'bubblewrap'}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "kept").mkdir()
        with Witness(folder, ffmpeg) as witness:
            outcomes = [(case, _one(case, folder, ffmpeg, witness)) for case in chosen]
    _summary(outcomes)
    sys.exit(any(outcome.wrong for _, outcome in outcomes))


def _one(case: Case, folder: Path, ffmpeg: str, witness: Witness) -> Outcome:
    outcome = attack(case, folder / "input", folder / "kept", ffmpeg, witness)
    mega = f"{outcome.seconds:6.1f} s {outcome.memory_bytes / 1e6:6.0f} MB"
    print(f"{case.name:44} {outcome.ending:17} {mega}  {'; '.join(outcome.wrong)}", flush=True)
    return outcome


def _summary(outcomes: list[tuple[Case, Outcome]]) -> None:
    endings = Counter(outcome.ending for _, outcome in outcomes)
    print(", ".join(f"{count} {ending}" for ending, count in endings.most_common()))
    slowest = max(outcomes, key=lambda each: each[1].seconds)
    largest = max(outcomes, key=lambda each: each[1].memory_bytes)
    print(f"slowest {slowest[0].name}: {slowest[1].seconds:.1f} s")
    print(f"most memory {largest[0].name}: {largest[1].memory_bytes / 1e6:.0f} MB")
    print(f"{sum(bool(outcome.wrong) for _, outcome in outcomes)} not as they should be")


if __name__ == "__main__":
    main()
