"""Panels as they are: editions missing, units that come late or leave, dates without a figure. The effect is 2 in every one of
them; an estimator finds it, or says why it cannot, and counts as treated only those that its number is made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from govlib import did
from govlib.errors import BadInput, NotEstimable

FULL, SEEN = np.arange(2000, 2025), np.arange(2010, 2020)
THREE = {2013: 6, 2015: 6, 2017: 6}
ESTIMATORS = sorted(set(did.ESTIMATORS) - {"dose", "interaction"})
PAIRS = {"first_differences", "lagged_outcome", "lp_did"}  # need figures in consecutive periods
SYNTHETIC = {"synthetic_control", "synthetic_did"}


def panel(cohorts, *, years=SEEN, lost=None, lagged=False, n=40, seed=3):
    """Units with effects of their own, periods with theirs, and 2 from the cohort on (added to what persists, where lagged)."""
    rng = np.random.default_rng(seed)
    cohort = np.repeat([*cohorts, np.inf], [*cohorts.values(), n - sum(cohorts.values())])
    exposed = FULL >= cohort[:, None]
    noise, common, own = rng.normal(0, 0.05, exposed.shape), rng.normal(size=FULL.size), rng.normal(size=n)
    y = own[:, None] + common + 2 * exposed + noise
    if lagged:
        for t in range(1, FULL.size):
            y[:, t] = 0.5 * y[:, t - 1] + common[t] + 2 * exposed[:, t] + noise[:, t]
    y = y[:, np.isin(FULL, years)]
    if lost is not None:
        y[lost(cohort[:, None], np.asarray(years)[None, :], np.arange(n)[:, None], rng)] = np.nan
    return did.from_arrays(y, cohort, years=years, region=np.arange(n) % 4)


def without(*years):
    return np.setdiff1d(SEEN, years)


# name → panel, estimators that must refuse it (beside synthetic control where several are treated), treated units of some
CASES = {
    "complete": (dict(cohorts=THREE), set(), {}),
    "an edition missing elsewhere": (dict(cohorts=THREE, years=without(2011)), {"lp_did"}, {}),
    "the first edition of a cohort missing": (dict(cohorts=THREE, years=without(2015)), {"lp_did"},
                                              {"first_differences": 12, "lagged_outcome": 12, "callaway_santanna": 18}),
    "the edition before a cohort missing": (dict(cohorts=THREE, years=without(2014)), {"lp_did"},
                                            {"first_differences": 12, "sun_abraham": 12, "callaway_santanna": 18}),
    "the first edition of every cohort missing": (dict(cohorts=THREE, years=without(2013, 2015, 2017)), PAIRS, {}),
    "the edition before every cohort missing": (dict(cohorts=THREE, years=without(2012, 2014, 2016)), PAIRS | {"sun_abraham"}, {}),
    "both missing, one cohort": (dict(cohorts={2015: 10}, years=without(2014, 2015)), PAIRS | {"sun_abraham"}, {}),
    "every second year": (dict(cohorts={2014: 6, 2016: 6}, years=SEEN[::2]), set(), {}),
    "one unit a cohort": (dict(cohorts=dict.fromkeys(range(2012, 2018), 1)), set(), {}),
    "one unit in one of the cohorts": (dict(cohorts={2013: 6, 2015: 1, 2017: 6}), set(), {}),
    "always exposed": (dict(cohorts={2009: 4, 2010: 2, 2013: 6, 2015: 6}), set(), dict.fromkeys(set(ESTIMATORS) - SYNTHETIC, 12)),
    "exposed from the second edition": (dict(cohorts={2011: 6, 2015: 6}), {"synthetic_did"}, {}),
    "exposed in the last edition": (dict(cohorts={2013: 6, 2019: 6}), set(), {"lp_did": 6}),
    "exposed after the panel": (dict(cohorts={2013: 6, 2021: 6}), set(), dict.fromkeys(set(ESTIMATORS) - SYNTHETIC, 6)),
    "all exposed in the end": (dict(cohorts={2013: 14, 2015: 13, 2017: 13}), {"synthetic_did"}, {"imputation": 27}),
    "a tenth of the figures missing": (dict(cohorts=THREE, lost=lambda c, t, i, rng: rng.random((c + t).shape) < 0.1), {"synthetic_did"}, {}),
    "four tenths missing": (dict(cohorts=THREE, lost=lambda c, t, i, rng: rng.random((c + t).shape) < 0.4), {"synthetic_did"}, {}),
    "three lack their first edition": (dict(cohorts=THREE, lost=lambda c, t, i, rng: (t == c) & (i % 6 == 0)), set(),
                                       dict.fromkeys(PAIRS, 15) | {"callaway_santanna": 18}),
    "three lack the edition before": (dict(cohorts=THREE, lost=lambda c, t, i, rng: (t == c - 1) & (i % 6 == 0)), set(),
                                      dict.fromkeys(PAIRS | {"callaway_santanna"}, 15)),
    "all lack their first edition": (dict(cohorts=THREE, lost=lambda c, t, i, rng: t == c), PAIRS, {}),
    "all lack the edition before": (dict(cohorts=THREE, lost=lambda c, t, i, rng: t == c - 1),
                                    PAIRS | {"callaway_santanna", "sun_abraham"}, {}),
    "late and early leavers": (dict(cohorts=THREE, lost=lambda c, t, i, rng: (i % 9 == 4) & (t < 2013) | (i % 9 == 7) & (t > 2016)),
                               {"synthetic_did"}, {}),
}


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("name", CASES)
def test_the_effect_is_found_or_refused(name, estimator):
    options, refusing, treated = CASES[name]
    sample = panel(**options, lagged=estimator == "lagged_outcome")
    if estimator in refusing or estimator == "synthetic_control":
        with pytest.raises(NotEstimable) as caught:
            did.estimate(sample, estimator, singletons="drop")
        assert len(caught.value.reason) > 20
        return
    rows = did.estimate(sample, estimator, singletons="drop")
    overall = rows[rows["term"] == "att"].iloc[0]
    assert overall["estimate"] == pytest.approx(2, abs=0.1)
    assert 0 < overall["std_error"] < 0.2
    events = rows[rows["term"] == "event"].dropna(subset=["estimate"])
    if len(events) and estimator not in SYNTHETIC:
        assert (events["estimate"] - 2 * (events["event_time"] >= 0)).abs().max() < (0.6 if estimator == "twfe_trends" else 0.25)
    if estimator in treated:
        assert overall["n_treated"] == treated[estimator] == len(overall["treated"].split(", "))


@pytest.mark.parametrize("estimator", sorted(set(ESTIMATORS) - SYNTHETIC))
def test_who_is_counted_is_what_the_number_is_made_of(estimator):
    """More in the exposed figures of one unit moves the number where it is counted, and only there. Local projections counted who begins
    too late to be followed; two-way effects a unit alone in its region, and one with a trend of its own over two figures."""
    cohorts = {2013: 5, 2016: 5, 2019: 5}
    sample = panel(cohorts, lost=lambda c, t, i, rng: np.where(i == 0, ~np.isin(t, (2012, 2014)), rng.random((c + t).shape) < 0.2))
    sample = replace(sample, region=np.where(np.arange(40) == 1, 9, sample.region))
    rows = did.estimate(sample, estimator, singletons="drop")
    counted = rows["treated"].iloc[0].split(", ")
    for i, unit in enumerate(sample.units[:15]):
        y = sample.y.copy()
        y[i] += sample.d[i][:, None] * (1 + np.arange(10.0)[:, None])
        other = did.estimate(replace(sample, y=y), estimator, singletons="drop")
        assert (abs(other["estimate"].iloc[0] - rows["estimate"].iloc[0]) > 1e-9) == (unit in counted), unit
    lost = {"lp_did": "u14", "twfe_region_year": "u1", "twfe_trends": "u0"}.get(estimator)
    if lost:
        assert lost not in counted and lost in rows["note"].iloc[0].split("not counted as treated: ")[1].split("; ")[0].split(", ")


@pytest.mark.parametrize("estimator", ["twfe", "twfe_trends"])
def test_all_count_where_one_of_very_many_is_not_exposed(estimator):
    """The effects leave a little of each: of 40,000 units 0 were treated, beside an estimate of all of them."""
    start = np.where(np.arange(40_000) < 39_999, 3.0, np.inf)
    y = np.random.default_rng(0).normal(size=(40_000, 6)) + 2.0 * (np.arange(6) >= start[:, None])
    assert did.ESTIMATORS[estimator].fit(did.from_arrays(y, start), 0).n_treated == 39_999


@pytest.mark.parametrize("name", ["complete", "the first edition of a cohort missing", "three lack the edition before", "one unit a cohort",
                                  "always exposed", "four tenths missing", "late and early leavers", "all exposed in the end"])
@pytest.mark.parametrize(("estimator", "inference"), [("twfe", "wild"), ("twfe", "ri"), ("twfe", "conley"), ("twfe_region_year", "wild"),
                                                      ("imputation", "ri"), ("gardner", "ri")])
def test_every_inference_on_the_same_panels(name, estimator, inference):
    """The estimate is that of the estimator; the test rejects a large effect, and its interval holds the truth."""
    sample = panel(**CASES[name][0])
    if inference == "conley":
        place = np.stack([10 + np.arange(40) % 7, 100 + np.arange(40) % 6], 1).astype(float)
        sample = did.Panel(**{**vars(sample), "place": place})
    rows = did.estimate(sample, estimator, inference=("crv1", inference), singletons="drop", draws=199)
    own, other = (rows[(rows["term"] == "att") & (rows["inference"] == i)].iloc[0] for i in ("crv1", inference))
    assert other["estimate"] == own["estimate"] == pytest.approx(2, abs=0.05)
    assert other["p_value"] <= 0.01 + 1e-9
    if np.isfinite(other["ci_low"]):
        assert other["ci_low"] - 0.05 < 2 < other["ci_high"] + 0.05
    null = panel(**CASES[name][0])
    null = did.Panel(**{**vars(null), "y": null.y - 2 * null.d[:, :, None], "place": sample.place})
    quiet = did.estimate(null, estimator, inference=inference, singletons="drop", draws=199)
    assert quiet.loc[quiet["inference"] == inference, "p_value"].iloc[0] > 0.01


def test_a_dose_and_a_condition_over_missing_editions():
    rng = np.random.default_rng(1)
    years, size = without(2011, 2016), rng.normal(size=40)
    size = (size - size.mean()) / size.std()
    after = (years >= 2014)[None, :]
    base = rng.normal(size=(40, 1)) + rng.normal(size=(1, years.size)) + rng.normal(0, 0.05, (40, years.size))
    common = did.from_arrays(base + 2 * size[:, None] * after, np.full(40, 2014.0), years=years, controls={"size": size})
    rows = did.estimate(common, "dose", dose="size")
    assert rows["estimate"].iloc[0] == pytest.approx(2, abs=0.05)
    cohort = np.where(np.arange(40) < 20, 2014.0, np.inf)
    exposed = years >= cohort[:, None]
    varied = did.from_arrays(base + exposed * (1 + 2 * size[:, None]), cohort, years=years, controls={"size": size})
    rows = did.estimate(varied, "interaction", by="size")
    assert rows.set_index("term")["estimate"].to_dict() == pytest.approx({"att": 1, "interaction": 2}, abs=0.1)


def test_growing_effects_over_a_gap():
    """Effects that grow by one an edition, from one: the average over the exposed cells that have a figure."""
    years = without(2014)
    cohort = np.repeat([2013.0, 2016.0, np.inf], [8, 8, 24])
    rng = np.random.default_rng(2)
    effect = np.where(years >= cohort[:, None], years - cohort[:, None] + 1, 0)
    y = rng.normal(size=(40, 1)) + rng.normal(size=(1, years.size)) + effect + rng.normal(0, 0.02, effect.shape)
    sample = did.from_arrays(y, cohort, years=years)
    truth = effect[effect > 0].mean()
    for estimator in ("imputation", "gardner"):
        assert did.estimate(sample, estimator)["estimate"].iloc[0] == pytest.approx(truth, abs=0.05)
    for estimator in ("imputation", "gardner", "callaway_santanna", "sun_abraham"):
        events = did.estimate(sample, estimator).dropna(subset=["event_time"]).set_index("event_time")["estimate"]
        for e in (0, 2, 3):
            assert events[e] == pytest.approx(e + 1, abs=0.1)


def test_a_synthetic_controls_event_times_count_from_the_start_though_nobody_has_a_figure_of_it():
    """They were counted from the first exposed edition that has one: 2017 was called 0, and −1 was 2012."""
    def times(years):
        rows = did.estimate(panel({2015: 1}, years=years), "synthetic_control")
        return rows.dropna(subset=["event_time"]).set_index("event_time")["estimate"]

    whole, later = times(SEEN), times(without(2015, 2016))
    assert whole.index.tolist() == list(range(-5, 5)) and later.index.tolist() == [-5, -4, -3, -2, -1, 2, 3, 4]
    assert later.to_numpy() == pytest.approx(whole[later.index].to_numpy(), abs=1e-9)
    other = did.estimate(panel({2015: 1}, years=without(2015, 2016)), "callaway_santanna")["event_time"].dropna().tolist()
    assert other == [e for e in later.index if e != -1]


def test_the_case_of_the_lagged_outcome():
    """Every first exposed edition lacks its lag or is itself missing: .0 was said of a true 2."""
    rng = np.random.default_rng(1)
    years = np.arange(2010, 2020)
    keep = ~np.isin(years, (2013, 2016))
    cohort = np.repeat([2014, 2016, np.inf], [8, 8, 24])
    y = rng.normal(size=(40, 1)) + 2.0 * (years >= cohort[:, None]) + rng.normal(0, 0.1, (40, 10))
    sample = did.from_arrays(y[:, keep], cohort, years=years[keep])
    for estimator in ("lagged_outcome", "first_differences"):
        with pytest.raises(NotEstimable, match="no exposure begins between two consecutive periods"):
            did.estimate(sample, estimator)


def test_years_and_cohorts_as_texts():
    """As a CSV without a reader gives them: the same panel, or words where they are no numbers; never a library's own error."""
    plain = panel(THREE)
    cohort = ["inf" if np.isinf(c) else str(int(c)) for c in plain.cohort]
    texts = did.from_arrays(plain.y, cohort, years=[str(year) for year in SEEN])
    assert did.estimate(texts, "first_differences").equals(did.estimate(did.from_arrays(plain.y, plain.cohort, years=SEEN), "first_differences"))
    for wrong in (dict(years=[*SEEN[:9], "năm 2019"]), dict(cohort=["", *cohort[1:]]), dict(y=[["x"] * 10] * 40)):
        with pytest.raises(BadInput, match="outcomes, cohorts and years are numbers"):
            did.from_arrays(**{"y": plain.y, "cohort": plain.cohort, "years": SEEN, **wrong})
    for years in (SEEN[::-1], [*SEEN[:9], SEEN[8]], SEEN[:9]):
        with pytest.raises(BadInput, match="years for 10 columns, or years out of order"):
            did.from_arrays(plain.y, plain.cohort, years=years)
