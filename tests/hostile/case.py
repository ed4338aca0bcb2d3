"""One hostile input, and how taking it in may end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.hostile.place import Place

PUBLISHED = frozenset({"published"})
REFUSED = frozenset({"media-refused"})
UNREADABLE = frozenset({"media-unreadable"})
TOO_BIG = frozenset({"media-too-big"})
EMPTY = frozenset({"media-empty"})
NAMED = REFUSED | UNREADABLE | TOO_BIG | EMPTY
"""Every refusal of media."""
CAUGHT = frozenset({"frames-differ", "presentation-faulty"})
"""What codek7 notices in its own work before anything of it is visible."""
ANY = PUBLISHED | NAMED

Make = Callable[[Place], Path]


class Case(NamedTuple):
    """`make` writes the input and returns its path. `arguments` are more of the command's, relative to the
    input's folder; `seconds` is how long what is published lasts, give or take half a second."""

    name: str
    make: Make
    endings: frozenset[str]
    arguments: tuple[str, ...] = ()
    seconds: float | None = None
