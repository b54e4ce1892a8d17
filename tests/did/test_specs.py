"""Every specification of a curve against its own regression on dummies, written plainly: estimate, clustered error, counts, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from govlib.did import specs
from govlib.errors import BadInput

N, T = 12, 7


@pytest.fixture
def data():
    rng = np.random.default_rng(2)
    d = (np.arange(T) >= np.r_[3, 3, 4, 5, np.full(8, 9)][:, None]).astype(float)
    late = np.roll(d, 1, axis=1)
    late[:, 0] = 0
    y, controls = rng.normal(size=(N, T, 2)) + 2 * d[:, :, None], rng.normal(size=(N, T, 2))
    return y, np.stack([d, late], 2), controls


def regression(y, d, controls, cells, cluster):
    """Two-way fixed effects by dummies: coefficient, clustered error (CRV1), clusters, cells, units, treated units."""
    cells = cells & np.isfinite(y) & np.isfinite(controls).all(2)
    cells = cells & (cells.sum(1) > 1)[:, None]
    i, t = np.nonzero(cells)
    x = np.c_[d[i, t], controls[i, t], np.eye(N)[i], np.eye(T)[t]]
    coefficient, *_ = np.linalg.lstsq(x, y[i, t], rcond=None)
    residual, bread = y[i, t] - x @ coefficient, np.linalg.pinv(x.T @ x)
    codes = np.unique(cluster[i])
    scores = np.array([((x * residual[:, None])[cluster[i] == code]).sum(0) for code in codes])
    free = len(i) - 1 - controls.shape[2] - cells.any(0).sum()
    factor = len(codes) / (len(codes) - 1) * (len(i) - 1) / free
    error = np.sqrt(factor * (bread @ scores.T @ scores @ bread)[0, 0])
    return coefficient[0], error, len(codes), len(i), cells.any(1).sum(), (cells & (d != 0)).any(1).sum()


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("by", [1, 2])
def test_every_row_is_its_own_regression(data, holes, by):
    y, d, controls = data
    if holes:
        y[1, 2, 0], y[5, :6, 1], controls[7, 3, 1], controls[2, :, 0] = np.nan, np.nan, np.nan, np.nan
    cluster = np.arange(N) // by
    grid = specs.grid(N, T, outcomes=2, readings=[0, 1], control_sets=specs.all_subsets(2), year_sets=[range(T), range(1, 6)],
                      unit_sets=[np.arange(N), np.arange(N) != 8])
    found = specs.twfe_specs(y, d, grid, controls=controls, cluster=None if by == 1 else cluster)
    assert len(grid) == len(found.estimate) == 2 * 2 * 4 * 2 * 2 and (found.reason == "").all()
    for s in range(len(grid)):
        cells = grid.year_sets[grid.year_set[s]] & grid.unit_sets[grid.unit_set[s]][:, None]
        own = controls[:, :, list(grid.control_sets[grid.control_set[s]])]
        b, error, clusters, n, units, treated = regression(y[:, :, grid.outcome[s]], d[:, :, grid.reading[s]], own, cells, cluster)
        assert (found.estimate[s], found.std_error[s]) == pytest.approx((b, error), rel=1e-8)
        assert (found.n_obs[s], found.n_provinces[s], found.n_treated[s]) == (n, units, treated)
        reach = student.ppf(0.975, clusters - 1) * error
        assert (found.ci_low[s], found.ci_high[s]) == pytest.approx((b - reach, b + reach))
        assert (found.t[s], found.p_value[s]) == pytest.approx((b / error, 2 * student.sf(abs(b / error), clusters - 1)))
    wide = specs.twfe_specs(y, d, grid, controls=controls, level=0.99)
    assert (wide.ci_high - wide.ci_low > 1.2 * (found.ci_high - found.ci_low)).all() or by == 2


def test_the_table_names_the_choices(data):
    y, d, controls = data
    grid = specs.grid(N, T, outcomes=[1], readings=[1, 0], control_sets=[(), (1,)], year_sets=[[0, 1, 2, 3, 4, 5], np.arange(T) > 0])
    table = specs.twfe_specs(y, d, grid, controls=controls).frame()
    assert list(table.columns) == ["outcome", "reading", "control_set", "year_set", "unit_set", "estimate", "std_error", "t", "p_value",
                                   "ci_low", "ci_high", "n_obs", "n_provinces", "n_treated", "reason"]
    assert table[["outcome", "reading", "control_set", "year_set", "unit_set"]].to_numpy().tolist() == [
        [1, r, c, year, 0] for year in (0, 1) for r in (1, 0) for c in (0, 1)]
    assert grid.year_sets.tolist() == [[True] * 6 + [False], [False] + [True] * 6] and grid.unit_sets.tolist() == [[True] * N]
    one = specs.grid(N, T)
    assert len(one) == 1 and one.control_sets == ((),) and one.year_sets.all()
    assert specs.all_subsets(3) == [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]
    assert specs.all_subsets(3, 1) == [(), (0,), (1,), (2,)]
    plain = specs.twfe_specs(y[:, :, 1], d[:, :, 1], one)  # one outcome, one reading, no control
    pd.testing.assert_series_equal(table.query("reading == 1 and control_set == 0 and year_set == 0")["n_obs"].reset_index(drop=True),
                                   pd.Series([N * 6], name="n_obs"))
    assert plain.n_obs.tolist() == [N * T] and np.isfinite(plain.p_value).all()
    with_one = specs.twfe_specs(y, d, specs.grid(N, T, control_sets=[(0,)]), controls=controls[:, :, 0])  # a plain table of a control
    assert with_one.estimate == pytest.approx(specs.twfe_specs(y, d, specs.grid(N, T, control_sets=[(0,)]), controls=controls).estimate)


def test_what_cannot_be_estimated_has_a_reason_and_nothing_else(data):
    y, d, controls = data
    controls[:, :, 1] = 3 * controls[:, :, 0] + np.arange(T) + np.arange(N)[:, None]  # the same once both effects are out
    grid = specs.grid(N, T, readings=2, control_sets=[(), (0,), (0, 1)], year_sets=[range(T), range(3), [3, 4]],
                      unit_sets=[np.arange(N), np.arange(4)])
    found = specs.twfe_specs(y, d, grid, controls=controls)
    table = found.frame()
    told = table["reason"] != ""
    assert (table.loc[told, ["estimate", "std_error", "t", "p_value", "ci_low", "ci_high"]].isna()).all(axis=None)
    assert table.loc[~told, ["estimate", "std_error", "p_value"]].notna().all(axis=None)

    def reasons(**which):
        return set(table.loc[(table[list(which)] == pd.Series(which)).all(axis=1), "reason"])

    assert reasons(year_set=1) == {specs._NO_VARIATION}  # nobody is exposed yet
    assert reasons(year_set=0, unit_set=0, control_set=2) == {specs._COLLINEAR} and reasons(year_set=0, unit_set=0, control_set=1) == {""}
    same = np.repeat(controls[:, :1, :], T, 1)  # constant within units
    assert set(specs.twfe_specs(y, d, specs.grid(N, T, control_sets=[(0,)]), controls=same).reason) == {specs._COLLINEAR}
    few = specs.twfe_specs(y[:2], d[:2], specs.grid(2, T, control_sets=[()], year_sets=[[2, 3]]), controls=controls[:2])
    assert few.reason[0] == specs._NO_VARIATION
    alone = np.where(np.arange(N)[:, None, None] > 0, np.nan, y)
    assert specs.twfe_specs(alone, d, specs.grid(N, T)).reason[0] in (specs._TOO_FEW, specs._NO_VARIATION)
    nothing = specs.twfe_specs(y * np.nan, d, specs.grid(N, T))
    assert nothing.reason[0] == specs._TOO_FEW and nothing.n_obs[0] == 0 and nothing.n_treated[0] == 0


@pytest.mark.parametrize(("call", "words"), [
    (lambda y, d, c: specs.grid(N, T, year_sets=[[]]), "an empty choice of years"),
    (lambda y, d, c: specs.grid(N, T, unit_sets=[np.zeros(N, bool)]), "an empty choice of units"),
    (lambda y, d, c: specs.grid(N, T, unit_sets=[[0, N]]), "a choice of units lies outside the panel"),
    (lambda y, d, c: specs.grid(N, T, year_sets=[[-1, 2]]), r"value \[-1, 2\]: a choice of years lies outside the panel"),
    (lambda y, d, c: specs.twfe_specs(y, d, specs.grid(N, T, outcomes=3), controls=c), "a specification names an outcome"),
    (lambda y, d, c: specs.twfe_specs(y, d, specs.grid(N, T, readings=3), controls=c), "a specification names an outcome"),
    (lambda y, d, c: specs.twfe_specs(y, d, specs.grid(N, T, control_sets=[(0, 2)]), controls=c), "a specification names an outcome"),
    (lambda y, d, c: specs.twfe_specs(y, d, specs.grid(N, T, control_sets=[(0,)])), "a specification names an outcome"),
    (lambda y, d, c: specs.twfe_specs(y, d, specs.grid(N + 1, T), controls=c), "the grid was built for another panel"),
    (lambda y, d, c: specs.twfe_specs(y, d, specs.grid(N, T - 1), controls=c), "the grid was built for another panel"),
    (lambda y, d, c: specs.twfe_specs(y, d, specs.grid(N, T), controls=c[:3]), r"controls \(3, 7, 2\) do not fit the panel \(12, 7\)"),
])
def test_what_does_not_fit_is_refused(data, call, words):
    with pytest.raises(BadInput, match=words):
        call(*data)


def test_a_large_curve_orders_nothing(data):
    """Each row stands where the grid put it, whatever it shares with others, and the order of units does not matter."""
    y, d, controls = data
    grid = specs.grid(N, T, outcomes=2, readings=2, control_sets=[(1,), ()], year_sets=[range(2, T), range(T)])
    found = specs.twfe_specs(y, d, grid, controls=controls)
    for s in range(len(grid)):
        alone = specs.grid(N, T, outcomes=[int(grid.outcome[s])], readings=[int(grid.reading[s])],
                           control_sets=[grid.control_sets[grid.control_set[s]]], year_sets=[grid.year_sets[grid.year_set[s]]])
        assert specs.twfe_specs(y, d, alone, controls=controls).estimate[0] == pytest.approx(found.estimate[s], rel=1e-9)
    order = np.random.default_rng(0).permutation(N)
    again = specs.twfe_specs(y[order], d[order], grid, controls=controls[order])
    assert again.estimate == pytest.approx(found.estimate) and again.std_error == pytest.approx(found.std_error)
