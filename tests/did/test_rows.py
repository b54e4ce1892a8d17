"""What `did.estimate` puts into a row: the fit's own numbers, Student's t, the tests beside it, what is allowed for, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from kit.dummies import START, YEARS, N, panel
from scipy.stats import t as student

from govlib import did
from govlib.did import ESTIMATORS, batch, engine, results, weights
from govlib.did.inference import conley, randomization
from govlib.did.inference.wild import wild_bootstrap
from govlib.did.multiple_testing import romano_wolf
from govlib.errors import BadInput, NotEstimable, UnknownName

NAMES, REGION = ("a", "b", "c"), np.arange(N) % 3
PLACE = np.stack([10 + np.arange(N) % 7, 104 + np.arange(N) % 5], 1).astype(float)
URBAN = np.random.default_rng(5).normal(size=N)


def sample(start=START, **more):
    """Three outcomes of the same units, periods and dates."""
    y = np.concatenate([panel(seed=seed).y for seed in (1, 2, 3)], 2)
    return did.from_arrays(y, start, years=YEARS, region=REGION, components=NAMES, **more)


def overall(table, inference="crv1"):
    return table[(table["term"] == "att") & (table["inference"] == inference)].set_index("component")


@pytest.mark.parametrize("estimator", ["twfe", "imputation"])
def test_a_row_is_the_fit_and_students_t(estimator):
    given = sample(aimed=("a", "c"), index_id="pci", reform="councils", outcome_unit="points", rule="drop_unknown; nobody")
    table = did.estimate(given, estimator)
    assert table["component"].tolist() == sorted(table["component"])
    for k, name in enumerate(NAMES):
        fit, rows = ESTIMATORS[estimator].fit(given, k), table[table["component"] == name]
        events = [np.nan if e is None else e for _, e in fit.terms]
        assert rows["term"].tolist() == [term for term, _ in fit.terms]
        assert rows["event_time"].astype(float).to_numpy() == pytest.approx(events, nan_ok=True)
        assert rows["estimate"].to_numpy() == pytest.approx(fit.estimate) and rows["std_error"].to_numpy() == pytest.approx(fit.std_error)
        reach = student.ppf(0.975, fit.df) * fit.std_error
        assert rows["ci_low"].to_numpy() == pytest.approx(fit.estimate - reach) and rows["ci_high"].to_numpy() == pytest.approx(fit.estimate + reach)
        assert rows["p_value"].to_numpy() == pytest.approx(2 * student.sf(np.abs(fit.estimate / fit.std_error), fit.df))
        first, later = rows.iloc[0], rows.iloc[1:]
        assert first["mde"] == pytest.approx((student.ppf(0.975, fit.df) + student.ppf(0.8, fit.df)) * fit.std_error[0])
        assert first["pretrend_p"] == pytest.approx(fit.pretrend_p) and later[["mde", "pretrend_p", "p_adjusted", "p_fdr", "family"]].isna().all(axis=None)
        assert first["forbidden_weight"] == pytest.approx(fit.aux.get("forbidden_weight", np.nan), nan_ok=True)
        told = {"index_id": "pci", "reform": "councils", "estimator": estimator, "inference": "crv1", "n_obs": N * 9, "n_provinces": N, "n_treated": 11,
                "n_unknown": 0, "years": "2001:2009", "df": N - 1, "outcome": "score", "outcome_unit": "points", "sample_rule": "drop_unknown; nobody",
                "role": "placebo" if name == "b" else "aimed", "note": fit.note, "treated": ", ".join(f"u{i}" for i in range(11)), "controls": "",
                "design": ESTIMATORS[estimator].design, "exposure_rule": "next_edition_after_fieldwork", "reading": "early", "comparison": ""}
        assert all((rows[column] == value).all() for column, value in told.items())
        assert rows[["p_ri", "p_floor", "agreement"]].isna().all(axis=None)


def test_a_row_says_which_periods_and_controls_were_used():
    start = np.where(np.isfinite(START), START, 2008.0)  # all are exposed in the last two years
    used = overall(did.estimate(sample(start, controls={"urban": URBAN, "poor": URBAN**2}), "imputation")).loc["a"]
    assert used["years"] == "2001:2007" and used["controls"] == "urban, poor" and used["n_obs"] == N * 7


def test_p_values_allow_for_the_outcomes_named_beforehand_and_for_the_others_apart():
    table = overall(did.estimate(sample(aimed=("a", "c")), "twfe"))
    small, large = sorted(table.loc[["a", "c"], "p_value"])
    first, second = table.loc[["a", "c"]].sort_values("p_value").index
    assert table.loc[first, ["p_adjusted", "p_fdr"]].tolist() == pytest.approx([max(min(2 * small, 1), 0), min(2 * small, large)])
    assert table.loc[second, ["p_adjusted", "p_fdr"]].tolist() == pytest.approx([max(2 * small, large), large])
    assert table["family"].to_dict() == {"a": 2, "b": 1, "c": 2}
    assert table["adjustment"].to_dict() == {"a": "holm", "b": "one outcome", "c": "holm"}
    assert table.loc["b", "p_adjusted"] == table.loc["b", "p_fdr"] == table.loc["b", "p_value"]
    assert overall(did.estimate(sample(), "twfe"))["family"].tolist() == [3, 3, 3]


def test_an_outcome_that_cannot_be_estimated_has_its_reason_and_no_number():
    given = sample()
    still = replace(given, y=np.where(np.arange(3) == 1, 7.0, given.y))
    table = did.estimate(still, "imputation", inference=("crv1", "ri"), draws=99)
    row = table[table["component"] == "b"]
    assert len(row) == 1 and table["component"].drop_duplicates().tolist() == ["a", "b", "c"]
    row = row.iloc[0]
    assert row["note"] == "not estimable, because b does not move: no unit has two different figures in 2001–2009"
    assert (row["term"], row["inference"], row["grade"], row["years"], row["treated"]) == ("att", "none", "not_estimable", "2001:2009", "")
    assert row[["n_obs", "n_provinces", "n_treated", "n_unknown"]].tolist() == [0, 0, 0, 0]
    assert row[["estimate", "std_error", "ci_low", "ci_high", "p_value", "p_adjusted", "df", "mde", "pretrend_p", "p_ri"]].isna().all()
    assert overall(table)["family"].tolist() == overall(table, "ri")["family"].tolist() == [2, 2]
    with pytest.raises(NotEstimable, match="a does not move"):
        did.estimate(replace(given, y=np.full_like(given.y, 7.0)), "imputation")


def test_what_is_fitted_without_a_residual_has_no_error_and_no_p_value():
    exact = np.arange(N)[:, None] + YEARS + 2.0 * (YEARS >= START[:, None])
    row = did.estimate(did.from_arrays(exact, START, years=YEARS), "twfe").iloc[0]
    assert row["estimate"] == pytest.approx(2) and row[["std_error", "ci_low", "ci_high", "p_value", "mde"]].isna().all()
    assert "fitted without a residual, so without a standard error" in row["note"] and row["grade"] == "no_inference"


# --------------------------------------------------------------------------------------------------- the inferences beside it
@pytest.mark.parametrize(("estimator", "loads"), [("twfe", weights.twfe), ("imputation", weights.imputation), ("gardner", weights.imputation)])
def test_randomization_inference_is_the_scaled_test_of_all_outcomes_together(estimator, loads):
    given = sample(aimed=("a", "c"))
    table = did.estimate(given, estimator, inference=("crv1", "ri", "ri"), draws=99, seed=7)
    own, rows = overall(table), overall(table, "ri")
    codes = np.where(np.isfinite(START), START, 0).astype(int)
    test, limits, noise = randomization.scaled_test(given.y, given.d, partial(loads, seen=np.ones((N, 9), bool)), codes=codes, region=REGION,
                                                    draws=99, seed=7)
    assert rows.index.tolist() == list(NAMES) and rows["estimate"].tolist() == own["estimate"].tolist()
    assert rows["p_value"].to_numpy() == pytest.approx(test.p_value) == own["p_ri"].to_numpy()
    bounds = np.where(np.isfinite(limits).all(0), limits, np.nan)
    assert rows[["ci_low", "ci_high"]].to_numpy().T == pytest.approx(bounds, nan_ok=True)
    assert rows["mde"].to_numpy() == pytest.approx((bounds[1] - bounds[0]) / 2 * (1.959964 + 0.841621) / 1.959964, nan_ok=True)
    assert (rows["p_floor"] == 0.01).all() and (rows["comparison"] == noise.rule).all() and (rows["n_obs"] == N * 9).all()
    assert rows[["std_error", "df"]].isna().all(axis=None) and rows["pretrend_p"].tolist() == own["pretrend_p"].tolist()
    assert rows["forbidden_weight"].to_numpy() == pytest.approx(own["forbidden_weight"].to_numpy(), nan_ok=True)
    assert rows["note"].tolist() == own["note"].tolist() and (rows["years"] == "2001:2009").all()
    pair = [0, 2]
    spread = test.null[:, pair].std(0)
    assert rows.loc[["a", "c"], "p_adjusted"].to_numpy() == pytest.approx(romano_wolf(test.observed[pair] / spread, test.null[:, pair] / spread))
    assert rows["adjustment"].to_dict() == {"a": "romano_wolf", "b": "one outcome", "c": "romano_wolf"}
    assert set(own["adjustment"]) == {"holm", "one outcome"}  # of clustered p-values no draw tells how they hang together


def test_outcomes_of_other_units_are_no_joint_test():
    given = sample()
    y = given.y.copy()
    y[3, :, 1], y[4, 2, 2] = np.nan, np.nan  # b lacks a unit, c a figure
    rows = overall(did.estimate(replace(given, y=y), "imputation", inference="ri", draws=99), "ri")
    assert set(rows["adjustment"]) == {"holm"} and rows["n_provinces"].tolist() == [N, N - 1, N]
    y[3, :, 1] = given.y[3, :, 1]
    joint = overall(did.estimate(replace(given, y=y), "imputation", inference="ri", draws=99), "ri")
    assert set(joint["adjustment"]) == {"romano_wolf"} and joint["n_obs"].tolist() == [N * 9, N * 9, N * 9 - 1]
    assert (joint["p_adjusted"] >= joint["p_value"] - 1e-12).all()


def test_with_controls_the_shuffles_are_studentised_and_bound_nothing():
    given = sample(controls={"urban": URBAN})
    rows = overall(did.estimate(given, "twfe", inference="ri", draws=49, seed=3), "ri")
    by_year = np.stack([URBAN[:, None] * (YEARS == year) for year in YEARS[1:]], 2)
    test = randomization.randomization_test(given.y, given.d, controls=by_year, draws=49, seed=3)
    assert rows["p_value"].to_numpy() == pytest.approx(test.p_value) and rows[["ci_low", "ci_high", "mde"]].isna().all(axis=None)
    assert set(rows["comparison"]) == {"permuted over all units, studentised by clusters"} and set(rows["controls"]) == {"urban"}


@pytest.mark.parametrize(("treated", "rule"), [(2, "permuted over all units, studentised by clusters"),
                                              (1, "permuted over all units, not studentised, as one is treated")])
def test_a_row_with_controls_says_whether_its_shuffles_are_studentised(treated, rule):
    start = np.where(np.arange(N) < treated, 2005.0, np.inf)
    row = overall(did.estimate(sample(start, controls={"urban": URBAN}), "twfe", inference="ri", draws=49), "ri").iloc[0]
    by_year = np.stack([URBAN[:, None] * (YEARS == year) for year in YEARS[1:]], 2)
    kind = {1: "coefficient", 2: "t"}[treated]
    test = randomization.randomization_test(sample(start).y, sample(start).d, controls=by_year, draws=49, statistic=kind)
    assert row["comparison"] == rule and row["p_value"] == pytest.approx(test.p_value[0])


@pytest.mark.parametrize("estimator", ["twfe", "imputation"])
def test_starts_within_one_gap_are_one_path(estimator):
    """From 2 to 7 nothing is seen: who began in 5 or in 6 is exposed in the same periods, so that dealing the two to each other is no
    other assignment, and the smallest p-value is that of two alike of twelve."""
    y = np.random.default_rng(3).normal(size=(12, 5))
    apart, alike = (overall(did.estimate(did.from_arrays(y, np.r_[starts, [np.inf] * 10], years=[0, 1, 2, 7, 8]), estimator, inference="ri"), "ri")
                    for starts in ([5, 6], [7, 7]))
    assert apart["p_floor"].item() == alike["p_floor"].item() == pytest.approx(1 / 66)
    for column in ("p_value", "ci_low", "ci_high"):
        assert apart[column].item() == pytest.approx(alike[column].item(), nan_ok=True)


@pytest.mark.parametrize("estimator", ["twfe", "twfe_region_year"])
@pytest.mark.parametrize("treated", [9, 10])
@pytest.mark.parametrize("controls", [None, {"urban": URBAN}])
def test_the_wild_bootstrap_is_that_of_the_same_regression(estimator, treated, controls):
    """By weights of six values where fewer than ten units are exposed: two values give too few samples."""
    given = sample(np.where(np.arange(N) < treated, START, np.inf), controls=controls)
    rows = overall(did.estimate(given, estimator, inference=["wild"], seed=5), "wild")
    by_year = None if controls is None else np.stack([URBAN[:, None] * (YEARS == year) for year in YEARS[1:]], 2)
    found = wild_bootstrap(given.y, given.d, controls=by_year, groups=REGION if estimator == "twfe_region_year" else None, seed=5,
                           weights="webb" if treated < 10 else "rademacher")
    assert rows["p_value"].to_numpy() == pytest.approx(found.p_value)
    assert rows[["ci_low", "ci_high"]].to_numpy().T == pytest.approx(np.array([found.ci_low, found.ci_high]))
    assert rows["estimate"].to_numpy() == pytest.approx(found.estimate) and rows[["mde", "std_error", "df", "p_floor"]].isna().all(axis=None)


@pytest.mark.parametrize("controls", [None, {"urban": URBAN}])
def test_errors_that_neighbours_share_are_conleys(controls):
    given = sample(place=PLACE, controls=controls)
    rows = overall(did.estimate(given, "twfe", inference="conley"), "conley")
    x = given.d[:, :, None] if controls is None else np.concatenate(
        [given.d[:, :, None], *(URBAN[:, None, None] * (YEARS == year)[:, None] for year in YEARS[1:])], 2)
    found = conley.conley(given.y, x, conley.distances(*PLACE.T), cutoff=200.0)
    error = found.std_error[:, 0]
    assert rows["std_error"].to_numpy() == pytest.approx(error) and rows["estimate"].to_numpy() == pytest.approx(found.beta[:, 0])
    reach = student.ppf(0.975, N - 1) * error
    assert rows["ci_low"].to_numpy() == pytest.approx(found.beta[:, 0] - reach) and rows["ci_high"].to_numpy() == pytest.approx(found.beta[:, 0] + reach)
    assert rows["p_value"].to_numpy() == pytest.approx(2 * student.sf(np.abs(found.beta[:, 0] / error), N - 1)) and (rows["df"] == N - 1).all()
    exact = did.from_arrays(np.arange(N)[:, None] + YEARS + 2.0 * (YEARS >= START[:, None]), START, years=YEARS, place=PLACE)
    with pytest.raises(NotEstimable, match="the outcome is fitted without a residual, which leaves no standard error"):
        did.estimate(exact, "twfe", inference="conley")


def test_placebos_of_all_outcomes_are_one_test_where_donors_are_shared():
    start = np.where(np.arange(N) == 2, 2006.0, np.inf)
    given = sample(start)
    fits = {k: ESTIMATORS["synthetic_control"].fit(given, k) for k in range(3)}
    rows = overall(did.estimate(given, "synthetic_control"), "placebo")
    observed, null = (np.stack([fits[k].aux["joint"][part] for k in range(3)], -1) for part in (0, 1))
    assert rows["p_adjusted"].to_numpy() == pytest.approx(romano_wolf(observed / null.std(0), null / null.std(0)))
    assert set(rows["adjustment"]) == {"romano_wolf"} and rows["p_floor"].to_numpy() == pytest.approx(1 / N)
    for k in (0, 1, 2):
        for lost, adjustment in ((range(5, 9), "romano_wolf"), (range(5, 10), "holm")):  # 19 of 23 are four fifths, 18 are not
            y = given.y.copy()
            y[list(lost), :, k] = np.nan
            fewer = overall(did.estimate(replace(given, y=y), "synthetic_control"), "placebo")
            assert fewer["n_provinces"].tolist() == [N - len(lost) * (j == k) for j in range(3)] and set(fewer["adjustment"]) == {adjustment}
    pair = replace(given, y=given.y[:, :, :2], components=("a", "b"), aimed=("b",))
    assert set(overall(did.estimate(pair, "synthetic_control"), "placebo")["adjustment"]) == {"one outcome"}


@pytest.mark.parametrize("estimator", ["synthetic_control", "synthetic_did"])
def test_no_p_value_of_placebos_falls_by_allowing_for_others(estimator):
    """Of donors that only one outcome has, some are beyond its estimate: over those that all have, its p-value would be smaller."""
    fell = 0
    for seed in range(30):
        y = np.random.default_rng(seed).normal(size=(30, 8, 2))
        y[28:, 3, 1] = np.nan  # two donors of the first that are none of the second
        y[28:, 5:, 0] += 9
        given = did.from_arrays(y, np.r_[5, [np.inf] * 29])
        rows = overall(did.estimate(given, estimator), "placebo")
        assert set(rows["adjustment"]) == {"romano_wolf"} and (rows["p_adjusted"] >= rows["p_value"]).all()
        joint = engine._placebos_stepped_down({k: ESTIMATORS[estimator].fit(given, k) for k in range(2)})
        fell += joint[0] < rows["p_value"].iloc[0]
        assert rows["p_adjusted"].to_numpy() == pytest.approx(np.maximum(list(joint.values()), rows["p_value"]))
    assert fell > 0


# ------------------------------------------------------------------------------------------------------- what stands in a table
def test_a_fingerprint_changes_with_whatever_the_estimate_hangs_on():
    given = sample(controls={"urban": URBAN})
    def of(one=given, name="twfe", **options):
        return results.fingerprint(one, name, options)

    y = given.y.copy()
    y[0, 0, 0] += 1e-9
    others = [replace(given, **{field: value}) for field, value in {
        "y": y, "d": 1 - given.d, "cohort": given.cohort + 1, "years": given.years + 1, "region": given.region + 1, "controls": {"urban": URBAN + 1},
        "index_id": "x", "reform": "x", "components": ("a", "b", "x"), "units": (*given.units[:-1], "x"), "outcome": "rank", "rule": "x",
        "exposure_rule": "x", "reading": "late"}.items()]
    others.append(replace(given, controls={"rural": URBAN}))
    marks = {of(), *map(of, others), of(name="imputation"), of(seed=1), of(seed=2), of(draws=1)}
    assert len(marks) == len(others) + 5 and all(len(mark) == 64 for mark in marks)
    assert of() == of(replace(given, note="x", labels={2001: "x"})) and of(a=1, b=2) == of(b=2, a=1)
    near, far = (replace(given, place=np.c_[np.linspace(9, degrees, len(given.units)), np.full(len(given.units), 105.0)]) for degrees in (12, 22))
    assert of(near) == of(far) == of()  # where units lie is asked by the errors of neighbours alone
    both = [did.estimate(one, "twfe", draws=99, inference=("crv1", "conley")).query("term == 'att'") for one in (near, far)]
    errors, inputs = ([dict(zip(rows["inference"], rows[column], strict=True)) for rows in both] for column in ("std_error", "inputs_sha256"))
    assert errors[0]["conley"] != errors[1]["conley"] and inputs[0]["conley"] != inputs[1]["conley"] and inputs[0]["crv1"] == inputs[1]["crv1"]
    table = did.estimate(given, "twfe", draws=99)
    assert set(table["inputs_sha256"]) == {of(draws=99, seed=engine.SEED, singletons="refuse")}


def test_a_table_has_one_schema_whatever_is_in_it():
    full = did.estimate(sample(), "twfe", inference=("crv1", "ri"), draws=19)
    short = did.estimate(panel(), "first_differences")
    assert full.columns.tolist() == short.columns.tolist() == did.RESULT_COLUMNS
    assert full.dtypes.astype(str).to_dict() == short.dtypes.astype(str).to_dict()
    kinds = full.dtypes.astype(str)
    assert kinds["event_time"] == "Int64" and set(kinds[["n_obs", "n_provinces", "n_treated", "n_unknown"]]) == {"int64"}
    assert set(kinds[["estimate", "p_adjusted", "agreement", "family", "forbidden_weight"]]) == {"float64"}
    assert pd.api.types.is_string_dtype(full["note"]) and full.loc[full["term"] == "event", "adjustment"].eq("").all()


@pytest.mark.parametrize(("asked", "kind", "words"), [
    ({"estimator": "twf"}, UnknownName, "unknown estimator 'twf'"),
    ({"inference": "crv2"}, UnknownName, "unknown inference 'crv2'"),
    ({"inference": ("crv1", "boot")}, UnknownName, "unknown inference 'boot'"),
    ({"singletons": "keep"}, UnknownName, "unknown treatment of singletons 'keep'"),
    ({"horizon": 2, "by": "a"}, BadInput, "estimator twfe has no option by, horizon → options: none"),
    ({"estimator": "lp_did", "by": "a"}, BadInput, "estimator lp_did has no option by → options: horizon"),
    ({"draws": 18}, BadInput, "column draws, value 18: a permutation test needs 19 draws or more"),
    ({"draws": 99.0}, BadInput, "column draws, value 99.0: a permutation test needs 19 draws or more"),
    ({"draws": True}, BadInput, "column draws, value True: a permutation test needs 19 draws or more"),
    ({"seed": -1}, BadInput, "column seed, value -1: a seed is a whole number, 0 or more"),
    ({"seed": 1.5}, BadInput, "column seed, value 1.5: a seed is a whole number, 0 or more"),
    ({"seed": True}, BadInput, "column seed, value True: a seed is a whole number, 0 or more"),
    ({"inference": "conley"}, NotEstimable, "not estimable, because errors that neighbours share need the place of every unit"),
    ({"estimator": "imputation", "inference": "wild"}, NotEstimable,
     "not estimable, because wild inference is there for twfe, twfe_region_year, not for imputation"),
    ({"estimator": "sun_abraham", "inference": "ri"}, NotEstimable,
     "not estimable, because ri inference is there for twfe, imputation, gardner, not for sun_abraham"),
])
def test_what_is_asked_wrongly_is_refused_in_these_words(asked, kind, words):
    with pytest.raises(kind) as said:
        did.estimate(sample(), **{"estimator": "twfe"} | asked)
    assert str(said.value).startswith(words)


def test_controls_are_refused_where_nothing_is_done_with_them():
    given = sample(controls={"urban": URBAN})
    with pytest.raises(NotEstimable, match="because randomization inference of the imputation estimator takes no controls$"):
        did.estimate(given, "imputation", inference="ri")
    with pytest.raises(BadInput, match="^estimator synthetic_did takes no controls → leave out controls=$"):
        did.estimate(given, "synthetic_did")


def test_limits_that_just_pass():
    assert set(did.estimate(sample(), "twfe", inference="ri", draws=19, seed=0)["p_floor"].dropna()) == {1 / 20}
    assert batch.t_quantile(0.95, 20) == pytest.approx(student.ppf(0.975, 20))
    assert len(did.estimate(sample(), "twfe", seed=None)) == len(did.estimate(sample(), "twfe", draws=np.int64(19), seed=np.int64(3)))
