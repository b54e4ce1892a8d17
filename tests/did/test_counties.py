"""Callaway and Sant'Anna's county employment example (Journal of Econometrics 225, 2021): teen employment in 500 American
counties, 2003–2007, and minimum wages. The data come inside moderndid (MIT), which only the tests install; the numbers
are those printed for it by the `did` package's vignette (never-treated controls) and for Sun–Abraham by `fixest`."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from govlib.did.base import ESTIMATORS
from govlib.effects.sample import from_arrays
from govlib.errors import BadInput, UnknownName


@pytest.fixture(scope="module")
def counties():
    with (files("moderndid") / "core" / "datasets" / "mpdta_long.pkl.gz").open("rb") as handle:
        frame = pd.read_pickle(handle, compression="gzip")
    wide = frame.pivot(index="countyreal", columns="year", values="lemp")
    cohort = frame.groupby("countyreal")["first.treat"].first().reindex(wide.index).to_numpy(float)
    cohort[cohort == 0] = np.inf
    assert wide.shape == (500, 5)
    return wide.to_numpy(), cohort, wide.columns.to_numpy()


def sample_of(counties, keep=None):
    y, cohort, years = counties
    rows = slice(None) if keep is None else keep
    return from_arrays(y[rows], cohort[rows], years=years)


@pytest.fixture(scope="module")
def never_treated(counties):
    """ATT(g, t) with never-treated controls: each cohort alone beside the counties that never raise their wage."""
    cells = {}
    for g in (2004.0, 2006.0, 2007.0):
        fit = ESTIMATORS["callaway_santanna"].fit(sample_of(counties, (counties[1] == g) | np.isinf(counties[1])), 0)
        cells |= fit.aux["att_gt"]
    return cells


def test_group_time_effects_are_the_published_ones(never_treated):
    published = {(2004, 2004): -0.0105, (2004, 2005): -0.0704, (2004, 2006): -0.1373, (2004, 2007): -0.1008}
    for cell, effect in published.items():
        assert never_treated[cell] == pytest.approx(effect, abs=5e-5)


def test_their_four_averages_are_the_published_ones(counties, never_treated):
    size = {g: (counties[1] == g).sum() for g in (2004, 2006, 2007)}
    after = pd.DataFrame([(g, t, e, size[g]) for (g, t), e in never_treated.items() if t >= g], columns=["g", "t", "effect", "n"])

    def mean(table):
        return np.average(table["effect"], weights=table["n"])

    assert mean(after) == pytest.approx(-0.0400, abs=5e-5)
    dynamic = [mean(part) for _, part in after.groupby(after["t"] - after["g"])]
    assert np.mean(dynamic) == pytest.approx(-0.0772, abs=5e-5)
    cohorts = after.groupby("g").agg(effect=("effect", "mean"), n=("n", "first"))
    assert mean(cohorts) == pytest.approx(-0.0310, abs=5e-5)
    calendar = [mean(part) for _, part in after.groupby("t")]
    assert np.mean(calendar) == pytest.approx(-0.0417, abs=5e-5)


def test_sun_abraham_is_the_published_one(counties):
    estimate, error = ESTIMATORS["sun_abraham"].fit(sample_of(counties), 0).at("att")
    assert estimate == pytest.approx(-0.03995, abs=5e-6)
    assert error == pytest.approx(0.011796, rel=0.02)  # small-sample factors differ between packages


@pytest.mark.parametrize("control_group", ["not_yet", "never"])
@pytest.mark.parametrize("base_period", ["universal", "varying"])
@pytest.mark.parametrize("anticipation", [0, 1])
def test_every_variant_is_that_of_the_authors_program(counties, control_group, base_period, anticipation):
    """Group-time effects and their simple average against moderndid, a port of the authors' `did` (R)."""
    import warnings

    import polars as pl
    from moderndid import aggte, att_gt

    y, cohort, years = counties
    long = pl.DataFrame({"id": np.repeat(np.arange(500), 5), "year": np.tile(years, 500).astype(float), "y": y.ravel(),
                         "g": np.repeat(np.where(np.isfinite(cohort), cohort, 0.0), 5)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = att_gt(long, "y", "year", "id", "g", control_group={"not_yet": "notyettreated", "never": "nevertreated"}[control_group],
                        base_period=base_period, anticipation=anticipation, boot=False, cband=False, est_method="reg")
        simple = aggte(theirs, type="simple", boot=False, cband=False)
    fit = ESTIMATORS["callaway_santanna"].fit(sample_of(counties), 0, control_group=control_group, base_period=base_period,
                                              anticipation=anticipation)
    expected = {(int(g), int(t)): e for g, t, e in zip(theirs.groups, theirs.times, theirs.att_gt, strict=True)}
    # cells after the start that both estimate; the base period itself is a 0 that only one of them lists
    both = [cell for cell in fit.aux["att_gt"] if cell[1] >= cell[0] and np.isfinite(expected.get(cell, np.nan))]
    assert len(both) == (3 if anticipation else 7)
    for cell in both:
        assert fit.aux["att_gt"][cell] == pytest.approx(expected[cell], abs=1e-6), cell
    assert fit.at("att")[0] == pytest.approx(float(simple.overall_att), abs=1e-6)  # with anticipation too: from the start on


def test_variants_that_cannot_be_are_refused(counties):
    entry = ESTIMATORS["callaway_santanna"]
    for wrong, error in (({"control_group": "all"}, UnknownName), ({"base_period": "first"}, UnknownName),
                         ({"anticipation": -1}, BadInput), ({"anticipation": 0.5}, BadInput)):
        with pytest.raises(error):
            entry.fit(sample_of(counties), 0, **wrong)
