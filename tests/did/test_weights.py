"""Estimators as weighted sums, against regressions on dummies written plainly: many exposures at once, with gaps and without."""

from __future__ import annotations

import numpy as np
import pytest

from govlib.did import weights

N, T = 9, 6
EXPOSED = np.arange(T) >= np.array([[2, 4, 3, 9, 9, 9, 9, 9, 9], [9, 9, 9, 3, 3, 5, 9, 9, 9], [1, 9, 4, 9, 9, 9, 9, 9, 2]])[:, :, None]


def dummies(cells):
    """Columns of unit and period effects of these cells."""
    i, t = np.nonzero(cells)
    return np.c_[np.eye(N)[i], np.eye(T)[t]]


def two_way(y, d, seen):
    return np.linalg.lstsq(np.c_[d[seen], dummies(seen)], y[seen], rcond=None)[0][0]


def imputed(y, d, seen):
    clean = seen & (d == 0)
    effects = np.linalg.lstsq(dummies(clean), y[clean], rcond=None)[0]
    i, t = np.nonzero(seen & (d > 0))
    known = clean.any(1)[i] & clean.any(0)[t]
    return (y[i, t] - effects[i] - effects[N + t])[known].mean()


def panels():
    rng = np.random.default_rng(3)
    whole, holes, late, gone = (np.ones((N, T), bool) for _ in range(4))
    holes[rng.random((N, T)) < 0.2] = False
    late[6:, :2] = False
    gone[3:, T - 1] = False  # in the last period nobody unexposed is seen under the first exposure
    return {"whole": whole, "holes": holes, "late": late, "gone": gone}


@pytest.mark.parametrize("seen", panels().values(), ids=panels())
@pytest.mark.parametrize(("loads", "regression"), [(weights.twfe, two_way), (weights.imputation, imputed)])
def test_each_exposure_has_the_effect_of_its_own_regression(loads, regression, seen):
    y = np.random.default_rng(4).normal(size=(N, T))
    d = EXPOSED.astype(float)
    found = loads(d, seen)
    assert (found[:, ~seen] == 0).all()
    assert np.einsum("rit,it->r", found, np.where(seen, y, 0)) == pytest.approx([regression(y, one, seen) for one in d])


@pytest.mark.parametrize("loads", [weights.twfe, weights.imputation])
def test_level_and_trend_common_to_all_leave_no_trace(loads):
    """Weights sum to nothing within each unit and each period, and to one over the exposed cells of a constant effect."""
    d = EXPOSED.astype(float)
    found = loads(d, np.ones((N, T), bool))
    assert found.sum(1) == pytest.approx(np.zeros((3, T))) and found.sum(2) == pytest.approx(np.zeros((3, N)))
    assert (found * d).sum((1, 2)) == pytest.approx([1, 1, 1])
    again = loads(d[::-1, ::-1], np.ones((N, T), bool))  # units and exposures in another order
    assert again == pytest.approx(found[::-1, ::-1])


def test_nothing_to_compare_has_no_weights():
    seen, always = np.ones((N, T), bool), np.zeros((2, N, T))
    always[0], always[1, :3, 2:] = 1, 1  # all exposed throughout; three as usual
    for loads in (weights.twfe, weights.imputation):
        found = loads(always, seen)
        assert np.isnan(found[0]).all() and np.isfinite(found[1]).all()
