"""Batched two-way regressions against pyfixest, linearmodels and statsmodels, which fit them one by one."""

from __future__ import annotations

import numpy as np
import pytest
from kit.inference import M, N, T, frame, make

from govlib.did import batch
from govlib.did import specs as many
from govlib.errors import BadInput, NotEstimable


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("use", [(), (0, 2)])
def test_twfe_is_pyfixest(missing, use):
    import pyfixest as pf

    y, d, controls, _ = make(missing=missing)
    data = frame(y, d, controls)
    fit = batch.twfe(y, d, controls=controls[:, :, list(use)] if use else None)
    low, high = fit.ci()
    for k in range(M):
        ref = pf.feols(f"y{k} ~ " + "+".join(["d", *(f"c{j}" for j in use)]) + " | i + t", data, vcov={"CRV1": "i"})
        assert fit.beta[k, 0] == pytest.approx(ref.coef()["d"], abs=1e-8)
        assert fit.std_error[k, 0] == pytest.approx(ref.se()["d"], abs=1e-8)
        assert fit.p_value[k, 0] == pytest.approx(ref.pvalue()["d"], abs=1e-8)
        assert [low[k, 0], high[k, 0]] == pytest.approx(ref.confint().loc["d"].tolist(), abs=1e-7)
        assert fit.n_obs[k] == ref._N
        for j, c in enumerate(use):
            assert fit.beta[k, 1 + j] == pytest.approx(ref.coef()[f"c{c}"], abs=1e-8)


def test_region_by_year_effects_and_region_clusters_are_pyfixest():
    import pyfixest as pf

    y, d, controls, _ = make(missing=0.05)
    data, region = frame(y, d, controls), np.arange(N) % 5
    for cluster, name in ((None, "i"), (region, "region")):
        ref = pf.feols("y0 ~ d | i + region^t", data, vcov={"CRV1": name})
        fit = batch.twfe(y[:, :, 0], d, groups=region, cluster=cluster)
        assert fit.beta[0, 0] == pytest.approx(ref.coef()["d"], abs=1e-8)
        assert fit.std_error[0, 0] == pytest.approx(ref.se()["d"], abs=1e-8)


def test_coefficient_is_linearmodels_and_statsmodels():
    import statsmodels.formula.api as smf
    from linearmodels import PanelOLS

    y, d, controls, _ = make(missing=0.08)
    data = frame(y, d, controls).dropna(subset=["y1", "c0"])
    mine = batch.twfe(y[:, :, 1], d, controls=controls[:, :, 0])
    lm = PanelOLS.from_formula("y1 ~ d + c0 + EntityEffects + TimeEffects", data.set_index(["i", "t"])).fit()
    sm = smf.ols("y1 ~ d + c0 + C(i) + C(t)", data).fit(cov_type="cluster", cov_kwds={"groups": data["i"]})
    assert mine.beta[0, 0] == pytest.approx(lm.params["d"], abs=1e-8)
    assert mine.beta[0, 0] == pytest.approx(sm.params["d"], abs=1e-8)
    # the libraries differ only in how they count the province effects: theirs counts them, pyfixest's and ours does not
    n, k, years, units = len(data), 2, data["t"].nunique(), data["i"].nunique()
    factor = np.sqrt((n - k - years) / (n - k - years - units + 1))
    assert mine.std_error[0, 0] * factor == pytest.approx(sm.bse["d"], abs=1e-8)


def test_province_trends_are_dummy_regression():
    y, d, _, _ = make(missing=0.05)
    seen = np.isfinite(y[:, :, 0])
    i, t = (a[seen] for a in np.indices(d.shape))
    design = np.c_[d[seen], np.eye(N)[i], np.eye(N)[i] * t[:, None], np.eye(T)[t]]
    brute = np.linalg.lstsq(design, y[:, :, 0][seen], rcond=None)[0][0]
    assert batch.twfe(y[:, :, 0], d, trends=True).beta[0, 0] == pytest.approx(brute, abs=1e-8)


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_within_is_the_residual_of_dummies(missing):
    y, d, _, _ = make(missing=missing)
    cells = np.isfinite(y[:, :, 0])
    i, t = (a[cells] for a in np.indices(d.shape))
    design = np.c_[np.eye(N)[i], np.eye(T)[t]]
    brute = y[:, :, 0][cells] - design @ np.linalg.lstsq(design, y[:, :, 0][cells], rcond=None)[0]
    assert batch.within(y[:, :, 0], cells)[cells] == pytest.approx(brute, abs=1e-10)
    assert (batch.within(y[:, :, 0], cells)[~cells] == 0).all()


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("clustered", [False, True])
def test_every_specification_is_its_own_regression(missing, clustered):
    y, d, controls, _ = make(missing=missing)
    other = np.roll(d, 1, axis=1)
    other[:, 0] = 0
    cluster = np.arange(N) // 2 if clustered else None
    grid = many.grid(N, T, outcomes=M, readings=2, control_sets=many.all_subsets(3),
                      year_sets=[range(T), range(2, T), range(0, 9)], unit_sets=[np.arange(N), np.arange(N) % 5 != 1])
    assert len(grid) == M * 2 * 8 * 3 * 2
    got = many.twfe_specs(y, np.stack([d, other], 2), grid, controls=controls, cluster=cluster)
    assert (got.reason == "").all()
    for s in range(0, len(grid), 5):
        cells = grid.year_sets[grid.year_set[s]] & grid.unit_sets[grid.unit_set[s]][:, None]
        use = list(grid.control_sets[grid.control_set[s]])
        one = batch.twfe(np.where(cells, y[:, :, grid.outcome[s]], np.nan), (d, other)[grid.reading[s]],
                         controls=controls[:, :, use] if use else None, cluster=cluster, singletons="drop")
        assert got.estimate[s] == pytest.approx(one.beta[0, 0], abs=1e-9)
        assert got.std_error[s] == pytest.approx(one.std_error[0, 0], abs=1e-9)
        assert got.p_value[s] == pytest.approx(one.p_value[0, 0], abs=1e-9)
        assert got.n_obs[s] == one.n_obs[0]
    table = got.frame()
    assert len(table) == len(grid)
    assert (table["n_treated"] <= table["n_provinces"]).all()


def test_specifications_on_a_dask_cluster_are_the_same():
    import distributed

    y, d, controls, _ = make()
    grid = many.grid(N, T, outcomes=M, control_sets=many.all_subsets(3), year_sets=[range(T), range(2, T)])
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster, \
            distributed.Client(cluster) as client:
        far = many.twfe_specs(y, d, grid, controls=controls, client=client)
    near = many.twfe_specs(y, d, grid, controls=controls)
    assert np.array_equal(far.estimate, near.estimate)
    assert np.array_equal(far.std_error, near.std_error)


def test_specifications_that_cannot_be_estimated_say_why():
    y, d, controls, _ = make()
    controls[:, :, 1] = 2 * controls[:, :, 0] + np.arange(T)  # collinear once year effects are out
    grid = many.grid(N, T, control_sets=[(), (0,), (0, 1)], year_sets=[range(T), range(0, 3)])
    got = many.twfe_specs(y, d, grid, controls=controls)
    lost = got.reason != ""
    assert lost.tolist() == [False, False, True, True, True, True]  # before year 4 nobody is treated
    assert np.isnan(got.estimate[lost]).all() and np.isnan(got.p_value[lost]).all()
    assert "collinear" in got.reason[2] and "no variation" in got.reason[3]


def test_a_control_that_no_specification_uses_may_be_missing():
    y, d, controls, _ = make()
    sets = [(), (0,), (1,)]
    want = many.twfe_specs(y, d, many.grid(N, T, control_sets=sets), controls=controls)
    controls[3, 2, 1] = np.nan  # everything else is complete
    got = many.twfe_specs(y, d, many.grid(N, T, control_sets=sets), controls=controls)
    assert got.estimate[:2] == pytest.approx(want.estimate[:2], abs=1e-12)
    assert got.std_error[:2] == pytest.approx(want.std_error[:2], abs=1e-12)
    assert np.isfinite(got.estimate[2]) and got.n_obs.tolist() == [N * T, N * T, N * T - 1]


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda y, d, c: (y, d * 0, None), "no unit is treated"),
    (lambda y, d, c: (y, d * 0 + 1, None), "no control"),
    (lambda y, d, c: (y, np.broadcast_to(np.arange(T) >= 5, d.shape).astype(float), None), "all treated at once"),
    (lambda y, d, c: (y, d, np.stack([c[:, :, 0], -c[:, :, 0]], 2)), "collinear"),
    (lambda y, d, c: (y, d, d * 3), "collinear"),
    (lambda y, d, c: (np.where((np.arange(N) == 3)[:, None, None] & (np.arange(T) > 0)[:, None], np.nan, y), d, None),
     "single observation"),
    (lambda y, d, c: (y * np.nan, d, None), "no observation"),
])
def test_what_cannot_be_estimated_is_refused(spoil, words):
    y, d, controls = spoil(*make()[:3])
    with pytest.raises(NotEstimable, match=words):
        batch.twfe(y, d, controls=controls)


def test_bad_shapes_and_values_are_refused():
    y, d, _, _ = make()
    with pytest.raises(BadInput, match="one panel"):
        batch.twfe(y[:-1], d)
    with pytest.raises(BadInput, match="infinite"):
        batch.twfe(np.where(y > 1, np.inf, y), d)
    with pytest.raises(BadInput, match="missing"):
        batch.within(np.where(y > 1, np.nan, y))
    with pytest.raises(BadInput, match="clusters"):
        batch.twfe(y, d, cluster=np.arange(4))
    with pytest.raises(BadInput, match="outside"):
        many.grid(N, T, year_sets=[[-1, 3]])
    with pytest.raises(BadInput, match="empty"):
        many.grid(N, T, year_sets=[[]])
    with pytest.raises(BadInput, match="not there"):
        many.twfe_specs(y, d, many.grid(N, T, outcomes=[7]))
