"""Few probes find what all of them would; a ladder is what was wished for. On sources that are formulas."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codek7.study.bd_rate import bd_rate
from codek7.study.choosing import Wish, choose
from codek7.study.curves import SizeCurve, Tried, curves_of
from codek7.study.front import Front, front_of
from codek7.study.probing import first_probes, next_probes
from codek7.study.samples import SegmentLook, choose_segments
from codek7.study.scales import SCALES
from tests.study.model import SIZES, Model

SCALE = SCALES["vmaf"]
BUDGET = 12
models = st.builds(
    Model,
    bits=st.floats(5e5, 2e7),
    hardness=st.floats(24, 36),
    blur=st.floats(2, 20),
)


def searched(model: Model, budget: int = BUDGET) -> dict[int, list[Tried]]:
    """What a search tries."""
    tried: dict[int, list[Tried]] = {}
    for probe in first_probes(SIZES, "h264"):
        tried.setdefault(probe.size, []).append(model.tried(*probe))
    while left := budget - sum(map(len, tried.values())):
        probes = next_probes(tried, "h264", SCALE, min(3, left))
        if not probes:
            break
        assert len({probe.size for probe in probes}) == len(probes), "what is tried together is of many sizes"
        for probe in probes:
            tried[probe.size].append(model.tried(*probe))
    return tried


@settings(deadline=None, max_examples=25)
@given(models, st.floats(1e5, 1e6))
def test_nothing_is_tried_below_the_lowest_rate(model: Model, lowest_bps: float) -> None:
    tried = {size: [model.tried(size, crf)] for size, crf in first_probes(SIZES[:-1], "h264")}
    tried[SIZES[-1]] = [model.tried(SIZES[-1], crf) for crf in (20, 30)]
    dearest = front_of(curves_of(tried), "h264").within(SCALE.floor, SCALE.top).places[-1]
    for probe in next_probes(tried, "h264", SCALE, 3, lowest_bps):
        expected = curves_of(tried)[probe.size].bps(probe.crf)
        assert expected >= min(lowest_bps, dearest.bps / 2) * 0.999


def truth(model: Model) -> Front:
    return front_of({size: model.curve(size) for size in SIZES}, "h264")


@settings(deadline=None, max_examples=12, derandomize=True)
@given(models)
def test_a_dozen_probes_do_the_work_of_them_all(model: Model) -> None:
    """What the search takes for the front, as it really is, against the real front. Films behave better than
    the worst formula: benchmarks/ladder_search.py has the loss on real ones."""
    tried = searched(model)
    assert sum(map(len, tried.values())) <= BUDGET
    found = front_of(curves_of(tried), "h264").within(SCALE.floor, SCALE.top)
    really = [model.tried(place.size, place.crf) for place in found.places]
    loss = bd_rate(
        [(each.bps, each.score) for each in really],
        [(place.bps, place.score) for place in truth(model).places],
    )
    assert loss is None or loss < 5.0


@settings(deadline=None, max_examples=25)
@given(models)
def test_no_place_of_a_front_is_beaten(model: Model) -> None:
    places = truth(model).places
    assert list(places) == sorted(places)
    assert [place.score for place in places] == sorted({place.score for place in places})


def test_a_curve_passes_through_its_trials_and_leans_on_the_larger_size() -> None:
    model = Model()
    large = SizeCurve([model.tried(SIZES[-1], crf) for crf in (18, 28, 38)])
    small = SizeCurve([model.tried(SIZES[2], 30)], large)
    seen = model.tried(SIZES[2], 30)
    assert small.bps(30) == pytest.approx(seen.bps)
    assert small.score(30) == pytest.approx(seen.score)
    assert small.bps(24) / small.bps(30) == pytest.approx(large.bps(24) / large.bps(30))


@settings(deadline=None, max_examples=40)
@given(models, st.integers(1, 12), st.floats(3, 12), st.floats(1, 3))
def test_rungs_are_a_step_apart_and_no_more_than_wished(
    model: Model, most: int, step: float, ratio: float
) -> None:
    curves = curves_of(searched(model))
    front = front_of(curves, "h264")
    wish = Wish(scale=SCALE._replace(step=step), most=most, ratio=ratio, lowest_bps=145_000)
    places = choose(front, curves, "h264", wish)
    assert 1 <= len(places) <= most
    scores = [place.score for place in places]
    steps = [high - low for low, high in pairwise(scores)]
    assert all(each >= step - 1e-6 for each in steps[1:])
    assert steps[:1] == [] or steps[0] >= step - 1e-6 or places[1].bps > 2 * places[0].bps
    assert all(high.bps >= low.bps * ratio * (1 - 1e-9) for low, high in pairwise(places))
    assert all(place.bps >= wish.lowest_bps for place in places[:-1])
    best = max(place.score for place in front.places)
    assert places[-1].score >= min(SCALE.top, best) - 1e-9


def test_where_quality_hardly_falls_those_with_little_have_a_rung() -> None:
    still = SizeCurve([Tried(16, 9e6, 89), Tried(20, 3e6, 86), Tried(30, 1.6e5, 84.5), Tried(44, 2e4, 84)])
    curves = {SIZES[0]: still}
    wish = Wish(scale=SCALE, most=8, lowest_bps=145_000)
    bottom, top = choose(front_of(curves, "h264"), curves, "h264", wish)
    assert top.crf == 16
    assert 145_000 <= bottom.bps < 150_000
    (alone,) = choose(front_of(curves, "h264"), curves, "h264", wish._replace(most=1))
    assert alone == top


def test_sizes_that_must_be_there_are() -> None:
    curves = curves_of(searched(Model()))
    front = front_of(curves, "h264")
    wish = Wish(scale=SCALE, most=8, lowest_bps=145_000)
    free = choose(front, curves, "h264", wish)
    absent = next(size for size in SIZES if all(place.size != size for place in free))
    forced = choose(front, curves, "h264", wish._replace(forced=(absent,)))
    assert absent in {place.size for place in forced}
    assert all(place.bps >= wish.lowest_bps for place in forced)
    assert all(place.score >= SCALE.floor for place in forced)
    large = choose(front, curves, "h264", wish._replace(least=SIZES[2]))
    assert min(place.size for place in large) >= SIZES[2]
    cheap = choose(front, curves, "h264", wish._replace(highest_bps=500_000))
    assert max(place.bps for place in cheap) <= 500_000


@given(st.floats(0.2, 5), st.floats(1e4, 1e6))
def test_bd_rate_of_a_constant_factor_is_that_factor(factor: float, start: float) -> None:
    rival = [(start * 2**at, 50 + 9.0 * at) for at in range(6)]
    ours = [(bps * factor, score) for bps, score in rival]
    assert bd_rate(ours, rival) == pytest.approx((factor - 1) * 100)


def test_bd_rate_says_nothing_where_there_is_nothing_in_common() -> None:
    low = [(1e5, 20.0), (2e5, 40.0)]
    high = [(1e6, 80.0), (2e6, 90.0)]
    assert bd_rate(low, high) is None
    assert bd_rate(high[:1], high) is None
    worse = [(1.5e6, 70.0), *high]  # costs more and looks worse than the cheapest: no player would take it
    assert bd_rate(worse, high) == pytest.approx(0)


@given(
    st.lists(st.tuples(st.floats(1, 1e6), st.integers(0, 5)), min_size=1, max_size=60),
    st.integers(1, 8),
)
def test_samples_stand_for_every_part_of_a_source(found: list[tuple[float, int]], count: int) -> None:
    looks = [SegmentLook(number, rate, shot) for number, (rate, shot) in enumerate(found)]
    chosen = choose_segments(looks, count)
    assert len(set(chosen)) == len(chosen) == min(count, len(looks))
    ranked = sorted(looks, key=lambda look: (look.bytes_a_second, look.number))
    parts = [
        {
            look.number
            for look in ranked[part * len(ranked) // len(chosen) : (part + 1) * len(ranked) // len(chosen)]
        }
        for part in range(len(chosen))
    ]
    assert all(len(part & set(chosen)) == 1 for part in parts)


def test_samples_are_of_different_shots_where_they_can_be() -> None:
    looks = [SegmentLook(number, 100.0, number % 2) for number in range(12)]
    shots = {looks[number].shot for number in choose_segments(looks, 2)}
    assert shots == {0, 1}
