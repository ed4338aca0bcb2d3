"""What a check ends in: faults and advice, each named by a rule; and the rules themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, Literal, TypeVar

import msgspec

Level = Literal["must", "should"]
Subject = TypeVar("Subject")


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One departure from one rule.

    `where` names the playlist, the line and, for media, the segment and its time. `said` is what the
    presentation states or the rule asks for, `found` is what is really there.
    """

    rule: str
    where: str
    said: str
    found: str
    level: Level = "must"

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}: said {self.said}; found {self.found}"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule's function yields: a place and the two sides; the rule it came from names it."""

    playlist: str
    said: str
    found: str
    line: int | None = None
    spot: str = ""

    @property
    def where(self) -> str:
        """`playlist:line spot`, leaving out what is not known."""
        place = self.playlist if self.line is None else f"{self.playlist}:{self.line}"
        return f"{place} {self.spot}".rstrip()


class Rule(msgspec.Struct, Generic[Subject], frozen=True, kw_only=True):
    """A rule: a stable id, one line of text, and the function that looks.

    Ids read `<source>.<section>-<name>`: `rfc8216bis.4.4.3.1-extinf-over-target`,
    `apple.9.15-frame-rate`; rules of our own, which no document numbers, read `codek7.<name>`.
    `level` is "must" where the source says MUST, and "should" where it says SHOULD, where it gives advice
    only, or where the bytes alone cannot show that the rule applies.
    """

    id: str
    text: str
    check: Callable[[Subject], Iterable[Finding]]
    level: Level = "must"

    @property
    def source(self) -> str:
        """The document and section that the id points to."""
        document, _, rest = self.id.partition(".")
        section = rest.partition("-")[0]
        if document == "rfc8216bis":
            return f"RFC 8216bis section {section}"
        if document == "apple":
            return f"HLS authoring specification for Apple devices, item {section}"
        return "codek7"

    def faults(self, subject: Subject) -> Iterable[Fault]:
        """Yield a fault for each finding of this rule in `subject`."""
        for finding in self.check(subject):
            yield Fault(
                rule=self.id, where=finding.where, said=finding.said, found=finding.found, level=self.level
            )


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a check: faults (broken MUSTs), advice (the rest), and how much was read."""

    faults: tuple[Fault, ...] = ()
    advice: tuple[Fault, ...] = ()
    playlists: int = 0
    segments: int = 0

    @property
    def ok(self) -> bool:
        """True when nothing that the specifications require is broken."""
        return not self.faults

    def __str__(self) -> str:
        read = f"{self.playlists} playlists and {self.segments} segments read"
        counts = f"{len(self.faults)} faults, {len(self.advice)} pieces of advice"
        lines = [f"fault  {fault}" for fault in self.faults]
        lines += [f"advice {fault}" for fault in self.advice]
        return "\n".join([*lines, f"{read}: {counts}"])
