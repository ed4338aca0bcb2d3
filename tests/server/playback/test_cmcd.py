"""CTA-5004, as players send it and as nobody should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7_server.playback.cmcd import Cmcd, parse


def test_the_query_of_a_player() -> None:
    said = 'bl=21300,br=3200,bs,cid="faec5fc2",d=4004,mtp=25400,ot=v,sf=h,sid="6e2fb550-c457",st=v,tb=6000'
    assert parse(said) == Cmcd(
        session="6e2fb550-c457",
        bitrate_bps=3_200_000,
        throughput_bps=25_400_000,
        duration_us=4_004_000,
        kind="v",
        starved=True,
    )


def test_headers_joined() -> None:
    assert parse('br=800,d=2000,ot=av , mtp=1200, bs=false,sid="a\\"b"') == Cmcd(
        session='a"b', bitrate_bps=800_000, throughput_bps=1_200_000, duration_us=2_000_000, kind="av"
    )


@pytest.mark.parametrize(
    "text", ["", ",,,", "=", "br", "br=", "br=-1", "br=1e9", "sid=\x00", 'sid="', "ot=xyz", "d=" + "9" * 40]
)
def test_what_says_nothing(text: str) -> None:
    assert parse(text) == Cmcd()


@given(st.text())
def test_nothing_raises(text: str) -> None:
    said = parse(text)
    assert said.bitrate_bps >= 0
    assert len(said.session) <= 64


@given(st.text(alphabet='sid="\\,a=1 '))
def test_nothing_raises_near_the_grammar(text: str) -> None:
    parse(text)
