"""Meters: ways of scoring, signed and ranked, and what a comparison by one of them gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from codek7.core.measurement import Comparison, Measurement, Meter
from codek7.core.settings import Settings
from codek7.ffmpeg.pairing import Pair, check_paired, pair_files
from codek7.ffmpeg.program import Program
from codek7.ffmpeg.scoring import Scores, check_fits
from codek7.ffmpeg.scoring_program import program_abilities, score_by_program
from codek7.ffmpeg.self_test import Abilities

WITHOUT_VMAF = 100
"""What is added to the rank of a meter that has no VMAF, so that one run gives all metrics where one can."""

Score = Callable[[Pair, Comparison, Settings], Scores]
"""Scores a pair of files."""


class Way(NamedTuple):
    """A way of scoring: what it is called and its version, what it can, and how it is done."""

    name: str
    version: str
    abilities: Abilities
    score: Score

    @property
    def signature(self) -> str:
        """Names libvmaf too: scores are its."""
        libvmaf = f"+libvmaf-{self.abilities.libvmaf}" if self.abilities.libvmaf else ""
        return f"{self.name}@{self.version}{libvmaf}"

    def meter(self, rank: int) -> Meter:
        """What it says of itself."""
        return Meter(
            signature=self.signature,
            metrics=self.abilities.metrics,
            rank=rank if self.abilities.libvmaf else rank + WITHOUT_VMAF,
            trouble=self.abilities.trouble,
        )

    def measure(self, comparison: Comparison, settings: Settings) -> tuple[Measurement, ...]:
        """A measurement for each metric asked for. Raises `MediaError`, `EncodeError` and `Interrupted`."""
        pair = pair_files(comparison.reference, comparison.distorted, settings.limits)
        check_fits(comparison.metrics, pair.canvas)
        scores = self.score(pair, comparison, settings)
        check_paired(pair, scores.pairs, settings.limits)
        return tuple(
            Measurement(
                metric=metric.name,
                model=metric.model,
                meter=self.signature,
                every=comparison.every,
                per_frame=scores.of[metric],
            )
            for metric in comparison.metrics
        )


def program_way(name: str, program: Program) -> Way:
    """Scoring by an ffmpeg program."""

    def score(pair: Pair, comparison: Comparison, settings: Settings) -> Scores:
        return score_by_program(program, pair, comparison, settings)

    return Way(name, program.version, program_abilities(program), score)


def absent(name: str, why: str) -> Meter:
    """A meter that is not there."""
    return Meter(signature=f"{name}@none", trouble=why)
