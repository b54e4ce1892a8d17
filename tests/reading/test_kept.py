"""How much of a change is kept: known reliability in, known share out."""

from __future__ import annotations

import numpy as np
import pytest
from kit.boards import board as made
from kit.boards import drifting

from govlib.errors import NotEstimable
from govlib.known.provinces import province_set
from govlib.reading import kept


def walking(reliability: float, seed: int, years=range(2013, 2020)):
    """Scores whose changes have this reliability: a walk with steps of one point, and passing noise on every edition."""
    rng = np.random.default_rng(seed)
    names = province_set(years[0])
    noise = np.sqrt((1 / reliability - 1) / 2) if reliability else 1.0
    true = rng.normal(60, 4, len(names)) + np.cumsum(rng.normal(0, bool(reliability), (len(years), len(names))), axis=0)
    seen = true + rng.normal(0, noise, true.shape) + rng.normal(0, 3, (len(years), 1))  # what a year does to all is no one's change
    return made({y: dict(zip(names, row, strict=True)) for y, row in zip(years, seen, strict=True)}, index_id="pci", breaks={})


@pytest.mark.parametrize("reliability", [0.0, 0.3, 0.9])
def test_the_share_is_that_of_the_reliability_put_in(reliability):
    """Half of what is all noise, (1 + reliability) / 2 in general; the interval holds it nine times in ten or more."""
    found = [kept.of(walking(reliability, seed + 100), "pci", "overall") for seed in range(40)]
    expected = (1 + reliability) / 2
    assert np.mean([k.share for k in found]) == pytest.approx(expected, abs=0.02)
    assert np.mean([k.reliability for k in found]) == pytest.approx(reliability, abs=0.05)
    assert np.mean([k.low <= expected <= k.high for k in found]) >= 0.9


def test_what_a_year_does_to_all_is_not_kept_by_anyone():
    """Without taking each edition's mean off, the common swing of a year would be called a change that lasts, or does not."""
    assert kept.of(drifting(range(2013, 2020), 1.0), "pci", "overall").share == pytest.approx(0.5, abs=0.06)


def test_of_a_change_in_points():
    k = kept.Kept(0.6, 0.5, 0.7, 0.6, 0.6, 100, (2014, 2015, 2018))
    assert k.of_change(2.0) == pytest.approx((1.2, 1.0, 1.4)) and k.of_change(-2.0) == pytest.approx((-1.2, -1.4, -1.0))


def test_too_few_editions_are_refused(board):
    with pytest.raises(NotEstimable, match="editions have one before and one after"):
        kept.share(kept.pairs(board, "dti", ["overall"]))
    assert kept.of(board, "dti", "overall") is None


def test_the_panel_keeps_about_six_tenths_on_either_side_of_the_threshold(board):
    """The figures that docs/reading_rule.md gives."""
    for index_id in ("pci", "papi"):
        k = kept.of(board, index_id, "time_costs")
        assert 0.5 < k.low < k.share < k.high < 0.7 and abs(k.beyond - k.within) < 0.06, k
