"""A rung that is not what was expected is corrected once, and then it is. On sources that are formulas."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from codek7.core.ladder import Rung, Tuning
from codek7.core.measurement import VMAF, Measurement
from codek7.core.study import Point, Trial
from codek7.study.candidates import Candidates
from codek7.study.choosing import Wish, choose
from codek7.study.probing import Probe
from codek7.study.scales import SCALES
from codek7.study.search import Search
from codek7.study.verifying import Wanted, apart, closer, correct, unbeaten
from tests.study.model import Model

SCALE = SCALES["vmaf"]
RUNGS = {
    width * height: Rung(codec="h264", width=width, height=height, crf=30, ceiling_bps=9_000_000)
    for width, height in ((416, 234), (640, 360), (960, 540), (1280, 720), (1920, 1080))
}


class Film(Model):
    """What rungs made in full are like: cheaper or dearer than probes, and better or worse."""

    def made(self, wanted: Wanted, dearer: float, better: float) -> Point:
        tried = self.tried(wanted.place.size, wanted.place.crf)
        slant = 1 + 0.002 * (wanted.place.crf - 30)
        bps = round(tried.bps * (1 + dearer) * slant)
        return Point(rung=wanted.point.rung, average_bps=bps, score=tried.score + better)


def searched(film: Film) -> Search:
    """Twelve probes."""
    search = Search(Candidates("h264", RUNGS), SCALE, Tuning())
    while probes := search.next():
        for probe in probes:
            search.add(probe, trial(film, probe))
    return search


def trial(film: Film, probe: Probe) -> Trial:
    tried = film.tried(*probe)
    return Trial(
        key=f"{probe}",
        rung=RUNGS[probe.size],
        purpose="probe",
        spans=((0, 1),),
        chunk_keys=("c",),
        frames=24,
        duration_us=4_000_000,
        size_bytes=round(tried.bps / 2),
        average_bps=round(tried.bps),
        peak_bps=round(tried.bps),
        measurement=Measurement(metric="vmaf", model=VMAF, meter="a@1", per_frame=(tried.score,)),
    )


def chosen(search: Search) -> list[Wanted]:
    places = choose(search.front(), search.curves(), "h264", Wish(scale=SCALE, most=6))
    return [Wanted(search, place, search.point(place)) for place in places]


@pytest.mark.parametrize("film", [Film(), Film(bits=2e7, hardness=33), Film(bits=3e6, hardness=28, blur=4)])
@pytest.mark.parametrize(("dearer", "better"), [(0.2, 0), (-0.2, 0), (0.1, 2), (-0.1, -2), (0, 1), (0, -1)])
def test_a_rung_that_scores_otherwise_is_brought_closer(film: Film, dearer: float, better: float) -> None:
    wanted = chosen(searched(film))
    seen = [film.made(each, dearer, better) for each in wanted]
    corrected = correct(wanted, seen, SCALE, 0)
    again = [film.made(each, dearer, better) for each in corrected]
    final, came = closer((wanted, seen), (corrected, again))
    for before, first, after, made in zip(wanted, seen, final, came, strict=True):
        if after == before:
            assert made == first
            continue
        assert after.place.size == before.place.size
        assert abs(made.average_bps / after.point.average_bps - 1) <= 0.05
        assert abs(made.score - before.point.score) <= abs(first.score - before.point.score)
    off = [abs(point.score - each.point.score) for each, point in zip(wanted, seen, strict=True)]
    left = [abs(point.score - each.point.score) for each, point in zip(wanted, came, strict=True)]
    assert sum(left) <= 0.5 * sum(off) or max(off) <= 0.4, "most of what was off is mended"


def test_a_correction_that_makes_it_worse_is_not_kept() -> None:
    wanted = chosen(searched(Film()))
    seen = [replace(each.point, score=each.point.score + 1) for each in wanted]
    corrected = correct(wanted, seen, SCALE, 0)
    assert any(one != other for one, other in zip(wanted, corrected, strict=True))
    worse = [replace(each.point, score=each.point.score - 2) for each in corrected]
    assert closer((wanted, seen), (corrected, worse)) == (wanted, seen)
    better = [replace(each.point, score=each.point.score + 0.5) for each in wanted]
    assert closer((wanted, seen), (corrected, better)) == (corrected, better)


def test_the_best_that_there_is_may_be_better() -> None:
    wanted = chosen(searched(Film()))[-1:]
    hoped = [wanted[0]._replace(point=replace(wanted[0].point, score=88))]
    better = [replace(hoped[0].point, score=91)]
    assert correct(hoped, better, SCALE, 0) == hoped
    assert correct(hoped, [replace(better[0], score=97)], SCALE, 0) != hoped, "more than anybody asked for"


def test_what_is_expected_is_not_made_to_fit_what_was_seen() -> None:
    wanted = chosen(searched(Film()))
    seen = [each.point for each in wanted]
    assert correct(wanted, seen, SCALE, 0) == wanted
    dearer = [replace(point, average_bps=round(point.average_bps * 1.2)) for point in seen]
    assert correct(wanted, dearer, SCALE, 0) == wanted


def test_of_equal_rungs_one_stays() -> None:
    wanted = chosen(searched(Film()))
    seen = [each.point for each in wanted]
    twice = ([wanted[0], *wanted], [seen[0], *seen])
    assert unbeaten(*twice, ()) == (wanted, seen)
    cheaper = [replace(seen[0], average_bps=seen[0].average_bps + 1), *seen]
    assert unbeaten(twice[0], cheaper, ()) == (wanted, seen)


def test_a_rung_that_another_beats_goes_unless_it_has_to_be_there() -> None:
    wanted = chosen(searched(Film()))
    seen = [each.point for each in wanted]
    assert unbeaten(wanted, seen, ()) == (wanted, seen), "places of a front"
    dear = [replace(seen[0], average_bps=seen[1].average_bps), *seen[1:]]
    assert unbeaten(wanted, dear, ()) == (wanted[1:], seen[1:])
    assert unbeaten(wanted, dear, (seen[0].rung.height,)) == (wanted, dear)


def test_rungs_that_came_too_close_in_rate_go_but_for_the_ends() -> None:
    wanted = chosen(searched(Film()))[-4:]
    points = [each.point for each in wanted]

    def kept(rates: list[int], forced: tuple[int, ...] = ()) -> list[int]:
        seen = [replace(point, average_bps=bps) for point, bps in zip(points, rates, strict=True)]
        left, made = apart(wanted, seen, 1.5, forced)
        assert len(left) == len(made)
        return [point.average_bps for point in made]

    assert kept([100, 150, 225, 340]) == [100, 150, 225, 340]
    assert kept([100, 140, 190, 250]) == [100, 140, 190, 250], "nearly is enough"
    assert kept([100, 150, 230, 250]) == [100, 150, 250]
    assert kept([100, 110, 225, 340]) == [100, 110, 225, 340], "the cheapest stays"
    assert kept([100, 150, 230, 250], (points[2].rung.height,)) == [100, 150, 230, 250]
