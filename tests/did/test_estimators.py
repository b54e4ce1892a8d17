"""Each estimator against another implementation or a published result.

Where the algebra is the same, to 1e-6 or better. `df_het`, a simulated panel with known effects, comes with pyfixest (MIT).
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kit.dummies import imputed_effect

from govlib.effects import ESTIMATORS, decompose, from_arrays, from_sample


def staggered(seed=3, n=40, years=range(2006, 2018), cohorts=(2010, 2012, 2014), share=0.5, holes=0, effect=0.6, slope=0.0):
    rng = np.random.default_rng(seed)
    years = np.array(list(years))
    cohort = np.where(rng.random(n) < share, rng.choice(cohorts, n), np.inf)
    y = rng.normal(size=(n, 1)) + rng.normal(size=(1, len(years))) + 0.5 * rng.normal(size=(n, len(years)))
    since = years[None, :] - cohort[:, None]
    y = y + np.where(since >= 0, effect + slope * np.where(np.isfinite(since), since, 0), 0)
    for _ in range(holes):
        y[rng.integers(n), rng.integers(len(years))] = np.nan
    return from_arrays(y, cohort, years=years, region=rng.integers(0, 3, n))


def overall(sample, name, k=0, **options):
    return ESTIMATORS[name].fit(sample, k, **options)


def pyfixest(formula, frame, **options):
    import pyfixest as pf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pf.feols(formula, frame, vcov={"CRV1": "unit"}, **options)


@pytest.mark.parametrize("holes", [0, 15])
def test_twfe_is_pyfixests_coefficient_and_clustered_error(holes):
    sample = staggered(holes=holes)
    fit = overall(sample, "twfe")
    other = pyfixest("y ~ d | unit + time", sample.one(0).frame())
    assert fit.at("att") == pytest.approx((other.coef()["d"], other.se()["d"]), abs=1e-9)


@pytest.mark.parametrize("holes", [0, 15])
def test_twfe_agrees_with_linearmodels(holes):
    from linearmodels import PanelOLS

    frame = staggered(holes=holes).one(0).frame().set_index(["unit", "time"])
    other = PanelOLS(frame["y"], frame[["d"]], entity_effects=True, time_effects=True).fit()
    assert overall(staggered(holes=holes), "twfe").at("att")[0] == pytest.approx(other.params["d"], abs=1e-9)


def test_event_study_is_pyfixests():
    sample = staggered(cohorts=(2011,))
    fit = overall(sample, "twfe")
    frame = sample.frame()
    frame["e"] = np.where(frame["first_treat"] > 0, (frame["time"] - 2011).clip(-5, 5), -1)
    other = pyfixest("y ~ i(e, ref=-1) | unit + time", frame)
    mine = np.array([fit.at("event", t)[0] for t in (-5, -4, -3, -2, 0, 1, 2, 3, 4, 5)])
    theirs = other.tidy()["Estimate"].to_numpy()
    assert mine == pytest.approx(theirs, abs=1e-9)


def test_province_trends_and_region_by_year_are_pyfixests():
    sample = staggered()
    frame = sample.frame()
    frame["region_time"] = frame["region"] * 10000 + frame["time"]
    by_region = pyfixest("y ~ d | unit + region_time", frame)
    assert overall(sample, "twfe_region_year").at("att")[0] == pytest.approx(by_region.coef()["d"], abs=1e-9)
    trends = pyfixest("y ~ d + i(unit, trend, ref=0) | unit + time", frame.assign(trend=frame["time"] - 2006))
    assert overall(sample, "twfe_trends").at("att")[0] == pytest.approx(trends.coef()["d"], abs=1e-7)


def test_controls_enter_as_value_by_edition():
    rng = np.random.default_rng(5)
    base = staggered()
    x = rng.normal(size=len(base.units))
    sample = from_arrays(base.y, base.cohort, years=base.years, controls={"x": x})
    frame = sample.frame()
    other = pyfixest("y ~ d + i(time, x_x, ref=2006) | unit + time", frame)
    assert overall(sample, "twfe").at("att")[0] == pytest.approx(other.coef()["d"], abs=1e-8)


def test_first_differences_and_lagged_outcome_are_statsmodels():
    import statsmodels.formula.api as smf

    sample = staggered(holes=10)
    frame = sample.one(0).frame().sort_values(["unit", "time"])
    by = frame.groupby("unit")
    frame["gap"], frame["dy"], frame["dd"], frame["lag"] = by["time"].diff(), by["y"].diff(), by["d"].diff(), by["y"].shift()
    pairs = frame[frame["gap"] == 1]
    begun, exposed = (pairs.loc[rows, "unit"].unique() for rows in (pairs["dd"] == 1, pairs["d"] == 1))
    unseen = set(exposed) - set(begun)  # its start lies in a hole: nothing to say, so left out
    assert len(unseen) == 2
    pairs = pairs[~pairs["unit"].isin(unseen)]
    cluster = {"cov_type": "cluster", "cov_kwds": {"groups": pairs["unit"]}}
    first = smf.ols("dy ~ dd + C(time)", pairs).fit(**cluster)
    lagged = smf.ols("y ~ d + lag + C(time)", pairs).fit(**cluster)
    assert overall(sample, "first_differences").at("att") == pytest.approx((first.params["dd"], first.bse["dd"]), abs=1e-8)
    assert overall(sample, "lagged_outcome").at("att") == pytest.approx((lagged.params["d"], lagged.bse["d"]), abs=1e-8)


@pytest.fixture(scope="module")
def df_het():
    """1,500 units, 31 years; treated in 2000 or 2010, dynamic effects."""
    import pyfixest

    path = Path(pyfixest.__file__).parent / "did" / "data" / "df_het.csv"
    return pd.read_csv(path)


@pytest.mark.slow
def test_gardner_on_df_het_is_did2s_and_close_to_the_true_effects(df_het):
    import pyfixest as pf

    wide = df_het.pivot(index="unit", columns="year", values="dep_var")
    cohort = df_het.groupby("unit")["g"].first().reindex(wide.index).to_numpy(float)
    cohort = np.where(cohort == 0, np.inf, cohort)
    point = imputed_effect(wide.to_numpy()[:, :, None], wide.columns.to_numpy()[None, :] >= cohort[:, None])[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = pf.did2s(df_het.assign(treat=df_het["treat"].astype(int)), "dep_var", "~ 0 | unit + year", "~ treat", "treat",
                         "state")
    assert point == pytest.approx(float(other.coef().iloc[0]), abs=1e-6)
    exposed = df_het[df_het["treat"]]
    assert point == pytest.approx((exposed["te"] + exposed["te_dynamic"]).mean(), abs=0.05)


def test_imputation_in_three_ways():
    """diff-diff's imputation and two-stage estimators and the plain algebra give one number, also with missing cells."""
    for holes in (0, 15):
        sample = staggered(holes=holes)
        one = sample.one(0)
        numbers = [overall(sample, "imputation").at("att")[0], overall(sample, "gardner").at("att")[0], imputed_effect(one.y, one.d)[0]]
        assert numbers == pytest.approx([numbers[0]] * 3, abs=1e-9)


def test_gardner_is_pyfixests_did2s():
    import pyfixest as pf

    sample = staggered(n=60)
    frame = sample.frame().astype({"d": float})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = pf.did2s(frame, "y", "~ 0 | unit + time", "~ d", "d", "unit")
    assert overall(sample, "gardner").at("att")[0] == pytest.approx(float(other.coef().iloc[0]), abs=1e-6)


def test_callaway_santanna_is_its_formula():
    """Without controls ATT(g, t) is a difference of mean long differences between the cohort and those not yet treated
    (equation 2.6 of the paper), and the overall effect weights cohorts by size."""
    sample = staggered(n=60)
    fit = overall(sample, "callaway_santanna")
    y, years, cohort = sample.y[:, :, 0], sample.years, sample.cohort
    total, weight = 0.0, 0
    for g in np.unique(cohort[np.isfinite(cohort)]):
        for t in years[years >= g]:
            change = y[:, years == t][:, 0] - y[:, years == g - 1][:, 0]
            effect = change[cohort == g].mean() - change[cohort > t].mean()
            assert fit.aux["att_gt"][int(g), int(t)] == pytest.approx(effect, abs=1e-9)
            total, weight = total + effect * (cohort == g).sum(), weight + (cohort == g).sum()
    assert fit.at("att")[0] == pytest.approx(total / weight, abs=1e-9)


def test_sun_abraham_is_the_saturated_regression():
    """Cohort × event-time interactions in one two-way regression (pyfixest), averaged with the cohorts' shares."""
    sample = staggered(n=60, cohorts=(2010, 2013))
    frame = sample.frame()
    frame["cell"] = np.where((frame["first_treat"] > 0) & (frame["time"] != frame["first_treat"] - 1),
                             frame["first_treat"] * 10000 + frame["time"], 0)
    fit = pyfixest("y ~ i(cell, ref=0) | unit + time", frame)
    cells = fit.tidy()["Estimate"]
    codes = np.array([int("".join(c for c in name.split("::")[-1] if c.isdigit())) for name in cells.index])
    table = pd.DataFrame({"g": codes // 10000, "t": codes % 10000, "effect": cells.to_numpy()})
    table["n"] = table["g"].map(pd.Series(sample.cohort[np.isfinite(sample.cohort)]).value_counts())
    table["e"] = table["t"] - table["g"]
    mine = overall(sample, "sun_abraham")
    for e in (-3, -2, 0, 1, 2, 3):
        rows = table[table["e"] == e]
        assert mine.at("event", e)[0] == pytest.approx(np.average(rows["effect"], weights=rows["n"]), abs=1e-7)


def test_local_projections_of_one_cohort_are_long_differences():
    sample = staggered(cohorts=(2011,))
    fit = overall(sample, "lp_did", horizon=2)
    y, treated = sample.y[:, :, 0], np.isfinite(sample.cohort)
    before = list(sample.years).index(2010)
    for h in (0, 1, 2):
        change = y[:, before + 1 + h] - y[:, before]
        assert fit.at("event", h)[0] == pytest.approx(change[treated].mean() - change[~treated].mean(), abs=1e-9)


def test_bacon_weights_sum_to_one_and_rebuild_the_two_way_coefficient():
    sample = staggered(slope=0.3)
    table = decompose(sample)
    assert table["weight"].sum() == pytest.approx(1, abs=1e-9)
    assert (table["weight"] * table["estimate"]).sum() == pytest.approx(overall(sample, "twfe").at("att")[0], abs=1e-8)
    assert table.attrs["weight"]["later_vs_earlier"] > 0.02


def test_bacon_weights_of_the_castle_doctrine_are_the_published_ones():
    """Printed in bacondecomp's vignette: weights .05976, .03190, .90834, effects −.00554, .07032, .08796, two-way
    coefficient 0.0818116169306475."""
    table = pd.read_csv(Path(__file__).parent / "data" / "castle.csv")
    wide = table.pivot(index="sid", columns="year", values="l_homicide")
    first = table.groupby("sid")["first"].first().reindex(wide.index).to_numpy(float)
    sample = from_arrays(wide.to_numpy(), np.where(first > 0, first, np.inf), years=wide.columns)
    # the data are stored with nine digits
    assert overall(sample, "twfe").at("att")[0] == pytest.approx(0.0818116169306475, abs=1e-8)
    comparisons = decompose(sample)
    by_kind = comparisons.groupby("comparison_type")
    weight = by_kind["weight"].sum()
    effect = by_kind.apply(lambda part: np.average(part["estimate"], weights=part["weight"]))
    kinds = ["earlier_vs_later", "later_vs_earlier", "treated_vs_never"]
    assert weight[kinds].tolist() == pytest.approx([0.05976, 0.03190, 0.90834], abs=5e-6)
    assert effect[kinds].tolist() == pytest.approx([-0.00554, 0.07032, 0.08796], abs=5e-6)


def test_growing_effects_break_twfe_and_not_the_others():
    """Every province is exposed in the end and effects grow: TWFE uses the early ones as controls and falls far short of
    the truth, imputation and Callaway–Sant'Anna do not."""
    rng = np.random.default_rng(11)
    years = np.arange(2006, 2020)
    cohort = np.repeat([2008.0, 2012.0, 2016.0, np.inf], [25, 25, 25, 4])
    since = years[None, :] - cohort[:, None]
    truth = np.where(since >= 0, 0.3 * (since + 1), 0.0)
    truth[~np.isfinite(cohort)] = 0
    y = truth + rng.normal(size=(79, 1)) + rng.normal(size=14) + 0.1 * rng.normal(size=(79, 14))
    sample = from_arrays(y, cohort, years=years)
    real = truth[truth > 0].mean()
    assert overall(sample, "twfe").at("att")[0] < 0.7 * real
    for name in ("imputation", "callaway_santanna"):
        assert overall(sample, name).at("att")[0] == pytest.approx(real, abs=0.1)


def test_synthetic_did_of_one_province_is_the_modules_own():
    from govlib.did import synthetic_did

    base = staggered(cohorts=(2012,), share=0.0, n=25)
    cohort = base.cohort.copy()
    cohort[4] = 2012
    sample = from_arrays(base.y, cohort, years=base.years)
    fit = overall(sample, "synthetic_did")
    direct = synthetic_did.synthetic_did(base.y, np.where(np.isfinite(cohort), 6.0, np.inf))
    assert fit.at("att")[0] == pytest.approx(float(direct.effect[0]), abs=1e-12)
    assert fit.n_treated == 1 and 1 / 25 <= fit.p_value[0] <= 1


def test_synthetic_control_finds_the_hidden_combination():
    rng = np.random.default_rng(2)
    donors = rng.normal(5, 1, (12, 1)) + rng.normal(0, 1, (12, 14)).cumsum(1)
    path = 0.6 * donors[3] + 0.4 * donors[7]
    path[9:] += 1.5
    sample = from_arrays(np.vstack([donors, path]), np.r_[np.full(12, np.inf), 9.0], units=[f"u{i}" for i in range(13)])
    fit = overall(sample, "synthetic_control")
    assert fit.at("att")[0] == pytest.approx(1.5, abs=1e-6)
    assert fit.aux["result"].weights[[3, 7], 0] == pytest.approx([0.6, 0.4], abs=1e-6)
    assert fit.aux["placebos"].p_ratio[0] == pytest.approx(1 / 13)
    # the reported p-value is the larger of two: unusual beside its own fit, and in size
    low, high = fit.ci[0]
    assert (low <= 0 <= high) == (fit.p_value[0] > 0.05) and fit.floor == pytest.approx(1 / 13)
    assert fit.ci[0, 0] < 1.5 < fit.ci[0, 1]


def test_dose_of_a_reform_of_one_date_is_recovered():
    rng = np.random.default_rng(4)
    share = rng.random(50)
    years = np.arange(2010, 2020)
    y = rng.normal(size=(50, 1)) + rng.normal(size=10) + 0.1 * rng.normal(size=(50, 10))
    y = y + 2.0 * (years >= 2015) * share[:, None]
    sample = from_arrays(y, np.full(50, 2015.0), years=years, controls={"urban_share": share})
    estimate, error = overall(sample, "dose", dose="urban_share").at("att")
    assert estimate == pytest.approx(2.0 * share.std(), abs=4 * error)


def test_interaction_recovers_a_difference_in_effects():
    rng = np.random.default_rng(8)
    z = rng.normal(size=60)
    z = (z - z.mean()) / z.std()
    cohort = np.where(rng.random(60) < 0.5, 2014.0, np.inf)
    years = np.arange(2010, 2020)
    exposed = years[None, :] >= cohort[:, None]
    y = rng.normal(size=(60, 1)) + 0.1 * rng.normal(size=(60, 10)) + exposed * (1 + 0.5 * z[:, None])
    fit = overall(from_arrays(y, cohort, years=years, controls={"z": z}), "interaction", by="z")
    assert fit.at("att")[0] == pytest.approx(1, abs=0.1)
    assert fit.at("interaction")[0] == pytest.approx(0.5, abs=0.1)


def test_romano_wolf_with_one_outcome_is_the_permutation_p_value():
    sample = staggered()
    both = from_arrays(np.repeat(sample.y, 2, axis=2), sample.cohort, years=sample.years)
    one = from_sample(sample, "twfe", inference="ri", draws=199)
    two = from_sample(both, "twfe", inference="ri", draws=199)
    # the same outcome twice is one hypothesis
    want = one.loc[one["inference"] == "ri", "p_value"].iloc[0]
    assert two.loc[two["inference"] == "ri", "p_adjusted"].tolist() == pytest.approx([want, want])


def test_rows_have_one_shape_and_intervals_hold_the_estimate():
    from govlib.effects import RESULT_COLUMNS

    sample = staggered()
    for name in ("twfe", "imputation", "callaway_santanna", "sun_abraham", "gardner", "lp_did"):
        table = from_sample(sample, name)
        assert list(table.columns) == RESULT_COLUMNS
        rows = table[table["term"] == "att"]
        assert len(rows) == 1 and (rows["ci_low"] < rows["estimate"]).all() and (rows["estimate"] < rows["ci_high"]).all()
        assert rows["inputs_sha256"].str.len().eq(64).all()


@pytest.mark.parametrize("settings", [{}, {"holes": 15}, {"share": 1.0, "cohorts": (2008, 2010, 2012)},
                                      {"seed": 5, "holes": 60, "share": 0.8}, {"share": 0.2, "cohorts": (2011,)}])
def test_our_imputation_bacon_weight_and_local_projections_are_diff_diffs(settings):
    from diff_diff import LPDiD

    from govlib.did.bacon import forbidden_weight
    from govlib.did.estimators.imputation import _library
    from govlib.did.fitting import prepare

    sample = staggered(**settings)
    one = prepare(sample, 0, "drop")
    ours, library = overall(sample, "imputation", singletons="drop"), _library(one, "imputation")
    assert ours.terms == library.terms
    assert ours.estimate == pytest.approx(library.estimate, abs=1e-9)
    assert ours.std_error == pytest.approx(library.std_error, abs=1e-9)
    ours = overall(sample, "lp_did", singletons="drop")
    dates = one.cohort[np.isfinite(one.cohort)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = LPDiD(pre_window=int(min(5, dates.max() - one.years[0])), post_window=2, reweight=True, cluster="unit").fit(
            one.frame(), "y", "unit", "time", "d")
    table = library.event_study.set_index("horizon")
    assert ours.at("att") == pytest.approx(tuple(library.pooled.set_index("window").loc["post", ["coefficient", "se"]]), abs=1e-10)
    for term, time in ours.terms[1:]:
        assert ours.at(term, time) == pytest.approx((table.at[time, "coefficient"], table.at[time, "se"]), abs=1e-10)
    if settings.get("holes", 0) < 60 and len(settings.get("cohorts", (1, 2))) > 1:
        near = 0.03 if "holes" in settings else 1e-12  # by the dates of all, of which the library decomposes those without a gap
        assert forbidden_weight(sample) == pytest.approx(decompose(sample).attrs["weight"]["later_vs_earlier"], abs=near)
