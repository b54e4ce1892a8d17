"""The decomposition of a two-way coefficient against its 2×2 comparisons one by one: sub-samples, double differences, shares."""

from __future__ import annotations

import numpy as np
import pytest
from kit.dummies import START, YEARS, N, panel

from govlib import did
from govlib.did import bacon
from govlib.errors import NotEstimable

RNG = np.random.default_rng(4)


def double_demeaned(x):
    return x - x.mean(1, keepdims=True) - x.mean(0) + x.mean()


def comparison(y, cohort, years, kind, exposed_from, other):
    """Effect and weight (not yet in shares) of one comparison: the two-way regression on these two groups and these periods alone,
    by how much of all units and periods they are, squared, times the variance that is left of the exposure."""
    when = {"treated_vs_never": years == years, "earlier_vs_later": years < other, "later_vs_earlier": years >= other}[kind]
    groups = np.isin(cohort, [exposed_from, other])
    d = (years[when] >= np.where(cohort[groups] == exposed_from, exposed_from, np.inf)[:, None]).astype(float)
    left = double_demeaned(d)
    effect = (left * y[np.ix_(groups, when)]).sum() / (left**2).sum()
    return effect, groups.mean() ** 2 * when.mean() ** 2 * (left**2).mean()


def by_hand(y, cohort, years):
    dates, out = sorted(set(cohort[np.isfinite(cohort)])), {}
    for g in dates:
        if np.isinf(cohort).any():
            out["treated_vs_never", g, np.inf] = comparison(y, cohort, years, "treated_vs_never", g, np.inf)
        for later in (h for h in dates if h > g):
            out["earlier_vs_later", g, later] = comparison(y, cohort, years, "earlier_vs_later", g, later)
            out["later_vs_earlier", later, g] = comparison(y, cohort, years, "later_vs_earlier", later, g)
    total = sum(weight for _, weight in out.values())
    return {key: (effect, weight / total) for key, (effect, weight) in out.items()}


@pytest.mark.parametrize("never", [True, False])
def test_every_comparison_is_a_regression_on_two_groups(never):
    start = START if never else np.where(np.isfinite(START), START, 2009.0)
    given = did.from_arrays(panel().y, start, years=YEARS)
    table, want = did.decompose(given), by_hand(given.y[:, :, 0], start, YEARS)
    got = {(row.comparison_type, row.treated_group, np.inf if row.comparison_type == "treated_vs_never" else row.control_group):
           (row.estimate, row.weight) for row in table.itertuples()}
    assert got.keys() == want.keys()
    for key, numbers in want.items():
        assert got[key] == pytest.approx(numbers, abs=1e-9)
    left, y = double_demeaned(given.d), given.y[:, :, 0]
    assert table.attrs["twfe"] == pytest.approx((left * y).sum() / (left**2).sum()) == pytest.approx(sum(b * w for b, w in want.values()))
    shares = {kind: sum(w for (k, *_), (_, w) in want.items() if k == kind) for kind in bacon.KINDS}
    assert table.attrs["weight"] == pytest.approx(shares) == bacon.weights(start, YEARS)
    assert (table.attrs["provinces"], table.attrs["of"], table.attrs["years"]) == (N, N, YEARS.tolist())
    assert bacon.forbidden_weight(given) == pytest.approx(shares["later_vs_earlier"])


def test_dates_alone_give_the_weights():
    """Half of the periods exposed, a third of the units never: no comparison among exposed units with one date."""
    assert bacon.weights(np.array([4.0, 4, np.inf]), np.arange(8)) == {"treated_vs_never": 1.0, "earlier_vs_later": 0.0, "later_vs_earlier": 0.0}
    start, years = np.array([0.0, 4, 4, 6]), np.arange(8)  # exposed throughout, a unit is an exposed one to compare with
    size = {key: comparison(np.zeros((4, 8)), start, years, *key)[1] for key in (
        ("later_vs_earlier", 4, 0), ("later_vs_earlier", 6, 0), ("later_vs_earlier", 6, 4), ("earlier_vs_later", 4, 6))}
    assert bacon.weights(start, years) == pytest.approx({
        "treated_vs_never": 0.0, "earlier_vs_later": size["earlier_vs_later", 4, 6] / sum(size.values()),
        "later_vs_earlier": 1 - size["earlier_vs_later", 4, 6] / sum(size.values())})
    at_once = bacon.weights(np.array([1.0, 4, 4, np.inf]), np.arange(8))  # the second period has one before it
    assert at_once["earlier_vs_later"] > 0 and at_once["later_vs_earlier"] > 0
    assert bacon.weights(np.full(4, np.inf), np.arange(8)) == {} == bacon.weights(np.full(4, 3.0), np.arange(8))
    assert bacon.weights(np.array([9.0, np.inf]), np.arange(8)) == {}  # begins after the last period


def test_periods_that_few_have_and_units_with_gaps_are_left_out():
    y = RNG.normal(size=(20, 8, 2))
    start = np.repeat([3.0, 5.0, np.inf], [5, 5, 10])
    y[:3, 1, 1], y[[4, 12], 6, 1] = np.nan, np.nan  # three of twenty lack the second period, two the seventh: a tenth
    given = did.from_arrays(y, start)
    table = did.decompose(given, 1)
    stays, whole = [0, 2, 3, 4, 5, 6, 7], ~np.isin(np.arange(20), [4, 12])
    assert (table.attrs["provinces"], table.attrs["of"], table.attrs["years"]) == (18, 20, stays)
    left, rest = double_demeaned(given.d[whole][:, stays]), y[whole][:, stays, 1]
    assert table.attrs["twfe"] == pytest.approx((left * rest).sum() / (left**2).sum())
    assert table.attrs["weight"] == pytest.approx(bacon.weights(start[whole], np.array(stays)))
    assert bacon.forbidden_weight(given, 1) == pytest.approx(bacon.weights(start, np.array(stays))["later_vs_earlier"])
    assert did.decompose(given).attrs["provinces"] == 20


def test_who_is_exposed_in_all_periods_that_are_left_is_no_unexposed_comparison():
    """A seventh of the units lack the first period, and six began in the second: 14 % of the weight was said to be on comparisons with
    exposed units, and six of these stood as never exposed in a panel in which all are in the end."""
    y, start = RNG.normal(size=(40, 8)), np.repeat([1.0, 4.0, 6.0], [12, 12, 16])
    y[24:30, 0] = np.nan
    given = did.from_arrays(y, start)
    said = bacon.weights(start, np.arange(1, 8))
    assert bacon.forbidden_weight(given) == said["later_vs_earlier"] > 0.7
    assert did.estimate(given, "twfe")["forbidden_weight"].iloc[0] == said["later_vs_earlier"]
    table = did.decompose(given)
    assert set(table["control_group"]) == {4, 6} and (table.attrs["provinces"], table.attrs["of"]) == (28, 40)


def test_a_cohort_of_which_every_unit_lacks_a_figure_keeps_its_weight():
    """No weight at all was said to be on comparisons with exposed units, and the grade was moderate: the reform did it."""
    start, e = np.repeat([2.0, 5.0, np.inf], 12), np.arange(8) - np.repeat([2.0, 5.0, np.inf], 12)[:, None]
    y = np.random.default_rng(1).normal(0, 0.3, (36, 8)) + np.where(e >= 0, 0.3 * (e + 1), 0)
    y[np.arange(12, 24), np.arange(12) % 8] = np.nan
    rows = did.estimate(did.from_arrays(y, start), "twfe", inference=("crv1", "ri")).query("term == 'att'")
    assert rows["forbidden_weight"].tolist() == pytest.approx([bacon.weights(start, np.arange(8))["later_vs_earlier"]] * 2)
    assert set(rows["grade"]) == {"weak"}


def test_what_cannot_be_decomposed():
    y, start = RNG.normal(size=(10, 6)), np.repeat([2.0, 4.0, np.inf], [2, 2, 6])
    one_date = np.where(np.isfinite(start), 3.0, np.inf)
    assert bacon.forbidden_weight(did.from_arrays(y, one_date)) == 0.0
    for units in (12, 6):  # each unit lacks a figure: of every period a sixth of the units, or a twelfth
        gaps = RNG.normal(size=(12, 72 // units))
        gaps[np.arange(12), np.arange(12) % gaps.shape[1]] = np.nan
        given = did.from_arrays(gaps, np.repeat([2.0, 4.0, np.inf], [3, 3, 6]), noun="town", period="quarter")
        told = bacon.weights(given.cohort, given.years)["later_vs_earlier"] if units == 6 else None
        assert bacon.forbidden_weight(given) == told
        with pytest.raises(NotEstimable) as said:
            did.decompose(given)
        assert said.value.reason == "no town has all quarters, and the decomposition needs a balanced panel"
    y = RNG.normal(size=(40, 6))
    y[[0, 1], [1, 2]] = np.nan  # both of the exposed lack a figure
    with pytest.raises(NotEstimable) as said:
        did.decompose(did.from_arrays(y, np.repeat([2.0, 4.0, np.inf], [1, 1, 38]), noun="town", period="quarter"))
    assert said.value.reason == "no treated town has all quarters, and the decomposition needs a balanced panel"
