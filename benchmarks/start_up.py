"""How fast codek7 starts: `codek7 --help` and `import codek7`, against a Python that does nothing.

python -m benchmarks.start_up [--rounds 15]
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.measuring import CODEK7, cost, machine

HEAVY = ("av", "ffmpeg", "duckdb", "fsspec", "litestar", "IPython", "rich", "numpy")


def best_ms(argv: list[str], rounds: int) -> float:
    """The best wall time of several runs, in milliseconds."""
    return min(cost(argv).wall_s for _ in range(rounds)) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    print(machine())
    bare = best_ms([sys.executable, "-c", "pass"], rounds)
    imported = best_ms([sys.executable, "-c", "import codek7"], rounds)
    helped = best_ms([str(CODEK7), "--help"], rounds)
    print(f"python -c pass  {bare:.0f} ms")
    print(f"import codek7   {imported - bare:.0f} ms on top (wanted <= 60), {imported / bare:.2f}x")
    print(f"codek7 --help   {helped:.0f} ms (wanted <= 150), {helped / bare:.2f}x")
    loaded = f"import codek7, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    cost([sys.executable, "-c", f"{loaded}; sys.exit(any(m in sys.modules for m in {HEAVY!r}))"])


if __name__ == "__main__":
    main()
