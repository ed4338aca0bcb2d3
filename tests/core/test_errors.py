"""The error tree: every leaf has a code, an exit code and an HTTP status, and is the builtin it says."""

from __future__ import annotations

import builtins
import pickle
import re
from collections.abc import Iterator

import pytest

from codek7.core import errors
from codek7.core.error_codes import EXIT_CODES, HTTP_STATUS
from codek7.core.errors import Codek7Error


def _tree(kind: type[Codek7Error]) -> Iterator[type[Codek7Error]]:
    yield kind
    for sub in kind.__subclasses__():
        yield from _tree(sub)


LEAVES = [
    kind for kind in _tree(Codek7Error) if kind is not Codek7Error and kind.__module__ == errors.__name__
]


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_every_error_is_in_both_tables(kind: type[Codek7Error]) -> None:
    assert kind.code in EXIT_CODES
    assert 400 <= HTTP_STATUS[kind.code] < 600


def test_no_table_has_a_code_of_no_error() -> None:
    codes = {kind.code for kind in LEAVES}
    assert EXIT_CODES.keys() == HTTP_STATUS.keys() == codes


def test_codes_are_unique() -> None:
    assert len({kind.code for kind in LEAVES}) == len(LEAVES)


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_the_drawn_tree_is_the_real_one(kind: type[Codek7Error]) -> None:
    line = next(
        line for line in (errors.__doc__ or "").splitlines() if re.search(rf"\b{kind.__name__}\b", line)
    )
    named = re.search(r"\((.*?)\)", line)
    for name in re.findall(r"\w+", named.group(1)) if named else []:
        assert issubclass(kind, getattr(builtins, name))
    if not kind.__subclasses__():
        assert line.split()[-1] == kind.code


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_errors_cross_processes_whole(kind: type[Codek7Error]) -> None:
    back = pickle.loads(pickle.dumps(kind("what", hint="do this")))
    assert (type(back), str(back), back.hint) == (kind, "what (do this)", "do this")
