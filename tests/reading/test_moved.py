"""What moved a total: shared out where it adds up, and nowhere else."""

from __future__ import annotations

import dataclasses

import pytest
from kit.boards import board as made
from kit.boards import together

from govlib.known import indices
from govlib.known.provinces import province_set
from govlib.reading import comparisons, moved
from govlib.reading.board import Break


def test_parts_and_rounding_make_the_printed_change_everywhere(board):
    shared = 0
    for index_id in ("papi", "pci"):
        for year in indices.editions(index_id):
            for province in province_set(year):
                found = moved.of(board, index_id, province, year)
                if found is None:
                    continue
                shared += 1
                if not found.anew:
                    assert abs(found.rest()) <= 0.01 * (len(found.parts) + 1) / 2 + moved.UNEXPLAINED
                printed = [round(v, 2) for v in found.parts.values()]
                assert round(sum(printed) + found.rest(), 2) == round(found.total, 2)
                assert comparisons.change(board, index_id, "overall", province, year, threshold=False).comparable is not bool(found.anew)
                assert not any(board.breaks(index_id, c, found.before, year, province) for c in found.parts)
                if found.anew:
                    continue
                assert not board.breaks(index_id, "overall", found.before, year, province)
    assert shared > 600


def test_bac_ninh_2024_and_a_weighted_total(board):
    papi = moved.of(board, "papi", "bac-ninh", 2024)
    assert (papi.before, round(papi.total, 2), round(papi.parts["transparency"], 2)) == (2023, -0.22, -0.35)
    pci = moved.of(board, "pci", "bac-ninh", 2020)  # 5.34 after 7.02, a fifth of the total of 100 points
    assert pci.parts["transparency"] == pytest.approx(-3.36, abs=0.01)
    assert pci.rest() == -0.02


def test_what_was_measured_anew_is_not_shared_out(board):
    """PAPI 2018: two dimensions are new and three were asked otherwise; the three that compare are shared out, the rest is one sum."""
    found = moved.of(board, "papi", "bac-ninh", 2018)
    assert set(found.anew) == {"transparency", "vertical_accountability", "service_delivery", "environmental_governance", "e_governance"}
    assert set(found.parts) == {"participation", "control_of_corruption", "administrative_procedures"}
    score = lambda c, y: board.cell("papi", c, "bac-ninh", y).score  # noqa: E731
    assert found.total == pytest.approx(score("overall", 2018) - score("overall", 2017))
    gone = sum(score(c, 2018) for c in found.anew) - score("transparency", 2017) - score("vertical_accountability", 2017) - score("service_delivery", 2017)
    assert found.rest() == pytest.approx(gone, abs=0.05)
    assert moved.of(board, "papi", "bac-ninh", 2024).anew == ()


def test_an_edition_that_cannot_be_rebuilt_is_shared_out_for_nobody(board):
    """Of two provinces the total of 2011 fits by chance."""
    assert not any(moved.of(board, "pci", province, year) for year in (2011, 2012) for province in province_set(year))


@pytest.mark.parametrize(("index_id", "year", "why"), [
    ("papi", 2023, "2022 is in doubt"),
    ("pci", 2009, "other weights"), ("pci", 2011, "the total cannot be rebuilt from its parts"), ("pci", 2021, "method revised"),
    ("pci", 2023, "components not held"), ("dti", 2024, "weights not known")])
def test_nothing_is_shared_out_that_does_not_add_up(board, index_id, year, why):
    assert moved.of(board, index_id, "bac-ninh", year) is None, why


def test_what_is_left_is_told():
    found = moved.Moved(2023, 2024, 0.014, {"a": 0.006, "b": 0.008})  # 0.01 printed, parts of 0.01 each
    assert found.rest() == -0.01
    assert dataclasses.replace(found, total=0.02, parts={"a": 0.01, "b": 0.01}).rest() == 0.0
    assert (moved.Moved(2023, 2024, 0.1, {"a": 0.014, "b": -0.086}).printed(), found.printed(1)) == ({"b": -0.09, "a": 0.01}, {"a": 0.0, "b": 0.0})
    assert str(moved.Moved(2023, 2024, 0.0, {"a": -0.001}).printed()["a"]) == "0.0" == str(moved.Moved(2023, 2024, -0.001, {}).rest())


@pytest.mark.parametrize(("before", "broken", "parts"), [
    (2019, 0, 8), (2019, 1, 7), (2019, 6, 2), (2019, 7, None), (2019, 8, None),  # one component alone is no sharing out
    (2018, 0, 8), (2018, 1, None)])  # what was measured anew, and when, cannot be told over two years
def test_which_parts_are_shared_out(before, broken, parts):
    """A made-up PAPI: each dimension rises by 0.1 from one edition to the next that is held."""
    ids = indices.component_ids("papi", 2020)
    cut = [Break(2020, c, "đổi", "changed") for c in (*ids[:broken], *["overall"] * bool(broken))]
    frames = [made({before: {"ha-noi": 5.0}, 2020: {"ha-noi": 5.1}}, index_id="papi", component=c) for c in ids]
    frames.append(made({before: {"ha-noi": 40.0}, 2020: {"ha-noi": 40.8}}, index_id="papi"))
    found = moved.of(together(*frames, breaks={"papi": cut}), "papi", "ha-noi", 2020)
    if parts is None:
        assert found is None
        return
    assert (found.before, found.year, found.anew) == (before, 2020, tuple(ids[:broken])) and found.total == pytest.approx(0.8)
    assert found.printed() == dict.fromkeys(ids[broken:], 0.1) and found.rest() == pytest.approx(0.1 * broken)


def test_parts_that_leave_too_much_unexplained_are_not_shared_out():
    """Three hundredths are rounding, more is not; 2018 adds up, or nothing is told of the step."""
    ids = indices.component_ids("papi", 2019)

    def step(total: float, first: float = 40.0):
        frames = [made({2018: {"ha-noi": 5.0}, 2019: {"ha-noi": 5.1}}, index_id="papi", component=c) for c in ids]
        frames.append(made({2018: {"ha-noi": first}, 2019: {"ha-noi": total}}, index_id="papi"))
        return moved.of(together(*frames, breaks={}), "papi", "ha-noi", 2019)

    assert step(40.82).rest() == 0.02 and step(40.84) is None and step(40.85, 40.02) is None and step(40.82, 39.98) is None and step(40.85, 40.05) is None
