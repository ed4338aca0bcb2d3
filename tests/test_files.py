"""Ladders and policies go through files unchanged; what is wrong in one is named."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.errors import LadderInvalid, SettingsInvalid, UsageError
from codek7.core.ladder import AudioRung, Ladder, Policy, Rung
from codek7.core.values import from_json, to_json
from codek7.files import MAX_BYTES, read_ladder, read_policy, to_toml, write_ladder

sides = st.integers(1, 4000).map(lambda half: half * 2)
rungs = st.builds(
    Rung,
    codec=st.sampled_from(["hevc", "av1"]),
    width=sides,
    height=sides,
    frame_rate=st.none() | st.fractions(1, 240, max_denominator=1001),
    crf=st.integers(0, 63) | st.floats(0, 63),
    ceiling_bps=st.integers(1_000, 10**9),
    preset=st.text(max_size=9),
    dynamic_range=st.sampled_from(["sdr", "hdr10", "hlg"]),
    bit_depth=st.just(10),
    threads=st.integers(1, 64),
    options=st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3),
)
ladders = st.builds(
    Ladder,
    rungs=st.lists(rungs, max_size=4, unique_by=to_json).map(tuple),
    audio=st.lists(st.builds(AudioRung, channels=st.sampled_from([1, 2, 6])), min_size=1, max_size=3).map(
        tuple
    ),
    segment_us=st.integers(2_000_000, 60_000_000),
    idr_us=st.integers(100_000, 2_000_000),
    planner=st.text(max_size=20),
)


@given(ladder=ladders, suffix=st.sampled_from(["toml", "json", "txt"]))
def test_a_ladder_through_a_file_is_the_same_ladder(
    tmp_path_factory: pytest.TempPathFactory, ladder: Ladder, suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"ladder.{suffix}"
    write_ladder(ladder, path)
    back = read_ladder(path)
    assert back == ladder
    assert back.hash == ladder.hash


@given(ladder=ladders)
def test_a_ladder_as_the_json_that_plan_prints_is_read_too(
    tmp_path_factory: pytest.TempPathFactory, ladder: Ladder
) -> None:
    path = tmp_path_factory.getbasetemp() / "ladder"
    path.write_bytes(b"\xef\xbb\xbf \n" + to_json(ladder))
    assert read_ladder(path).hash == ladder.hash == from_json(to_json(ladder), Ladder).hash


def test_a_person_may_write_a_ladder_briefly(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        "audio = []\n[[rungs]]\nwidth = 640\nheight = 360\ncrf = 23\nceiling_bps = 800_000\n"
        'frame_rate = "29.97"\n'
    )
    ladder = read_ladder(path)
    assert ladder.rungs[0].frame_rate == Fraction(2997, 100)
    assert ladder.rungs[0].codec == "h264"
    assert 'frame_rate = "2997/100"' in to_toml(ladder)


RUNG = "[[rungs]]\nwidth = 640\nheight = 360\ncrf = 23\nceiling_bps = 800000\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RUNG + "treads = 2", ["rungs[0]", "treads", "did you mean threads?"]),
        (RUNG.replace("23", "'low'"), ["rungs[0].crf", "float"]),
        (RUNG.replace("640", "641"), ["rungs[0]", "641x360", "even"]),
        (RUNG + "frame_rate = 29.97", ["rungs[0].frame_rate", "29.97", "num/den"]),
        (RUNG + "frame_rate = '1e999999999'", ["rungs[0].frame_rate", "num/den"]),
        (RUNG + "frame_rate = '1/0'", ["rungs[0].frame_rate", "num/den"]),
        (RUNG + RUNG, ["the same"]),
        (RUNG.replace("ceiling_bps = 800000", ""), ["rungs[0]", "ceiling_bps"]),
        ("rungs = []\naudio = []", ["at least one rung"]),
        ("rungs = \n[", ["line 1"]),
        ('{"rungs": [', ["JSON"]),
        ('{"rungs": {}}', ["rungs", "array"]),
        ("x" * (MAX_BYTES + 1), ["larger than"]),
    ],
)
def test_a_wrong_ladder_is_named_with_its_field(tmp_path: Path, text: str, said: list[str]) -> None:
    path = tmp_path / "ladder.toml"
    path.write_text(text)
    with pytest.raises(LadderInvalid) as caught:
        read_ladder(path)
    for part in ["ladder.toml", *said]:
        assert part in str(caught.value)


def test_a_ladder_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(LadderInvalid, match=r"nothing\.toml cannot be read"):
        read_ladder(tmp_path / "nothing.toml")
    (tmp_path / "video.mp4").write_bytes(bytes(range(256)))
    with pytest.raises(LadderInvalid, match=r"video\.mp4"):
        read_ladder(tmp_path / "video.mp4")


def test_policies_are_read(tmp_path: Path) -> None:
    toml, as_json = tmp_path / "p.toml", tmp_path / "p.json"
    toml.write_text(
        'name = "small"\nmax_height = 480\ncodecs = ["hevc", "h264"]\nmax_frame_rate = "30000/1001"\n'
    )
    wanted = Policy(
        name="small", max_height=480, codecs=("hevc", "h264"), max_frame_rate=Fraction(30000, 1001)
    )
    assert read_policy(toml) == wanted
    as_json.write_text(json.dumps({"name": "small", "max_height": 480}))
    assert read_policy(as_json) == Policy(name="small", max_height=480)


def test_a_wrong_policy_is_named_with_its_field(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('name = "x"\nmax_hight = 3')
    with pytest.raises(SettingsInvalid, match=r"p\.toml: .*max_hight.*did you mean max_height"):
        read_policy(path)


def test_a_ladder_given_as_a_policy_gets_no_silly_hint(tmp_path: Path) -> None:
    path = tmp_path / "ladder.toml"
    path.write_text(RUNG)
    with pytest.raises(SettingsInvalid, match="unknown field `rungs`") as caught:
        read_policy(path)
    assert caught.value.hint != "did you mean rungs?"


def test_a_ladder_that_cannot_be_written_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere/ladder\.toml cannot be written: No such file"):
        write_ladder(Ladder(), tmp_path / "nowhere" / "ladder.toml")
