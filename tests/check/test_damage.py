"""Damaged media of any kind is a fault, or passes; it never raises."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codek7.check import check_presentation

pytestmark = pytest.mark.media
# (file, place in thousandths of its length, bytes to put there, whether they replace or are put between)
_DAMAGE = st.lists(
    st.tuples(
        st.integers(0, 50),
        st.integers(0, 999),
        st.binary(max_size=12),
        st.sampled_from(["over", "in", "cut"]),
    ),
    min_size=1,
    max_size=5,
)


def _damaged(folder: Path, damage: list[tuple[int, int, bytes, str]]) -> dict[str, bytes]:
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    names = sorted(files)
    for which, place, extra, how in damage:
        name = names[which % len(names)]
        data = files[name]
        # Headers are at the front, so half of all damage goes to the first 2,000 bytes.
        at = (min(len(data), 2000) if which % 2 else len(data)) * place // 1000
        rest = {"over": data[at + len(extra) :], "in": data[at:], "cut": b""}[how]
        files[name] = data[:at] + extra + rest
    return files


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=_DAMAGE, transport=st.booleans())
def test_damage_never_raises(
    sound_fmp4: Path, sound_ts: Path, damage: list[tuple[int, int, bytes, str]], transport: bool
) -> None:
    files = _damaged(sound_ts if transport else sound_fmp4, damage)

    def read(uri: str, start: int, length: int | None) -> bytes:
        return files[uri][start : None if length is None else start + length]

    assert str(check_presentation("main.m3u8", fetch=read))
