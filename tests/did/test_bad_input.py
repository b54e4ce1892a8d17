"""Every way to ask for an effect that cannot be had: a clear error or "not estimable, because …", never a number."""

import numpy as np
import pandas as pd
import pytest

from govlib import effects
from govlib.effects import ESTIMATORS, from_arrays, from_sample
from govlib.errors import BadInput, MissingData, NotEstimable, UnknownName

YEARS = range(2006, 2013)
PLACES = ["an-giang", "bac-ninh", "ca-mau", "da-nang", "dong-nai", "ha-giang", "ha-noi", "hai-duong", "lao-cai", "long-an",
          "nam-dinh", "phu-yen", "quang-nam", "son-la", "vinh-phuc"]


@pytest.fixture(autouse=True)
def most_of_the_country(monkeypatch):
    """Fifteen provinces stand for the whole: coverage is not what these tests are about."""
    monkeypatch.setattr("govlib.effects.sample.MIN_COVERAGE", 0.1)


def scores(components=("time_costs", "transparency"), years=YEARS, places=PLACES, seed=0):
    rng = np.random.default_rng(seed)
    rows = [(p, y, "pci", c, "component", float(rng.normal(6, 1)), "published") for p in places for y in years for c in components]
    return pd.DataFrame(rows, columns=["province", "year", "index_id", "component", "level", "score", "status"])


def exposure(cohorts, years=YEARS, places=PLACES, unknown=()):
    rows = []
    for p in places:
        for y in years:
            c = np.nan if p in unknown else cohorts.get(p, np.inf)
            state = "unknown" if p in unknown else ("treated" if y >= c else "not_yet")
            rows.append((p, y, y >= c, y - c, c, float(y >= c), state, False, "high" if p in cohorts else ""))
    return pd.DataFrame(rows, columns=["province", "year", "adopted", "years_since", "cohort", "dose", "state", "ended",
                                       "confidence"])


FIVE = dict.fromkeys(PLACES[:5], 2009)


def run(components=("time_costs",), cohorts=None, table=None, **options):
    options = {"reform": "peoples_council_removal", "exposure": exposure(FIVE if cohorts is None else cohorts),
               "scores": scores() if table is None else table} | options
    return effects.estimate("pci", list(components), **options)


def test_the_baseline_of_these_tests_works():
    assert run()["estimate"].notna().all()


@pytest.mark.parametrize(("options", "error", "message"), [
    ({"reform": "council_removal"}, UnknownName, "unknown reform 'council_removal'; nearest: peoples_council_removal"),
    ({"components": ["tim_costs"]}, UnknownName, "nearest: time_costs"),
    ({"estimator": "twefe"}, UnknownName, "nearest: twfe"),
    ({"outcome": "logs"}, UnknownName, "outcome"),
    ({"sample_rule": "all"}, UnknownName, "sample rule"),
    ({"exposure_rule": "soon"}, UnknownName, "exposure rule"),
    ({"reading": "middle"}, UnknownName, "reading"),
    ({"inference": ("hope",)}, UnknownName, "inference"),
    ({"controls": ("luck",)}, UnknownName, "control"),
    ({"horizon": 3}, BadInput, "no option horizon"),
    ({"years": "2012:2006"}, BadInput, "reversed"),
    ({"years": "-5:3"}, BadInput, "whole numbers"),
    ({"years": "1700:1710"}, BadInput, "no period"),
    ({"years": "a:b"}, BadInput, "whole numbers"),
    ({"years": []}, BadInput, "no year is left"),
    ({"years": [True]}, BadInput, "whole numbers"),
    ({"years": "1990:1995"}, NotEstimable, "no edition for most provinces"),
    ({"exclude": ["Atlantis"]}, UnknownName, "Atlantis"),
])
def test_unknown_names_and_wrong_ranges(options, error, message):
    if "controls" in options:
        import govlib.effects.sample as sampling

        table = pd.DataFrame({"province": PLACES, "year": 2008, "variable": "grdp", "value": 1.0, "unit": ""})
        with pytest.raises(error, match=message):
            sampling.build("pci", ["time_costs"], reform="peoples_council_removal", scores=scores(), exposure=exposure(FIVE),
                           control_table=table, **options)
        return
    with pytest.raises(error, match=message):
        run(**options)


def test_unknown_index():
    with pytest.raises(UnknownName, match="nearest: pci"):
        effects.estimate("pcii", reform="peoples_council_removal", scores=scores())


def test_no_panel_says_which_command_makes_it(tmp_path, monkeypatch):
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path))
    with pytest.raises(MissingData, match="make panel"):
        effects.estimate("pci", reform="peoples_council_removal")


STAGGERED = ["twfe", "imputation", "gardner", "callaway_santanna", "sun_abraham", "lp_did", "first_differences",
             "lagged_outcome", "twfe_trends", "twfe_region_year", "synthetic_did", "synthetic_control"]


@pytest.mark.parametrize("estimator", STAGGERED)
@pytest.mark.parametrize(("cohorts", "message"), [
    ({}, "no province is treated"),
    (dict.fromkeys(PLACES, 2009), "treated at once|no control|donor"),
    (dict.fromkeys(PLACES, 2001), "exposed in every edition|no province"),
    (dict.fromkeys(PLACES[:5], 2006), "no province is treated|exposed in every edition"),
])
def test_nobody_treated_nobody_left_all_at_once(estimator, cohorts, message):
    with pytest.raises(NotEstimable, match=message):
        run(cohorts=cohorts, estimator=estimator)


def test_all_unknown_leaves_nobody():
    with pytest.raises(NotEstimable, match="left"):
        run(exposure=exposure({}, unknown=PLACES))


def test_component_absent_in_those_years():
    table = scores(("time_costs",))
    late = scores(("policy_bias",), years=range(2011, 2013))
    with pytest.raises(NotEstimable, match="policy_bias of pci was not published in 2006–2009"):
        run(["policy_bias"], table=pd.concat([table, late]), years="2006:2009")


def test_one_of_several_components_that_cannot_be_had_keeps_its_reason():
    table = scores(("time_costs", "policy_bias"))
    table.loc[(table["component"] == "policy_bias") & (table["year"] < 2010), "score"] = np.nan
    rows = run(["time_costs", "policy_bias"], table=table)
    rows = rows[rows["term"] == "att"].set_index("component")
    assert np.isfinite(rows.at["time_costs", "estimate"])
    assert np.isnan(rows.at["policy_bias", "estimate"]) and "not estimable, because" in rows.at["policy_bias", "note"]
    assert rows.at["policy_bias", "grade"] == "not_estimable" and np.isnan(rows.at["policy_bias", "p_value"])


@pytest.mark.parametrize(("inference", "words"), [("wild", "the clusters' scores are all zero"), ("conley", "fitted without a residual")])
def test_an_inference_that_one_outcome_has_not_is_there_for_the_others(inference, words):
    """One outcome that is fitted without a residual took all others, and their clustered errors, with it."""
    rng = np.random.default_rng(1)
    cohort = np.where(np.arange(20) < 8, 3.0, np.inf)
    exact = 2.0 * (np.arange(6) >= cohort[:, None]) + rng.normal(size=(20, 1))
    noise, place = rng.normal(size=(20, 6)), rng.uniform(0, 3, (20, 2))
    both, alone = (from_arrays(np.stack(y, 2), cohort, place=place) for y in ((noise, exact), (noise,)))
    found, one = (from_sample(sample, "twfe", inference=("crv1", inference)) for sample in (both, alone))
    told = found[found["inference"] == inference].set_index("component")
    kept = one[one["inference"] == inference].iloc[0]
    assert told.at["y1", "p_value"] == kept["p_value"] and told.at["y1", "ci_low"] == kept["ci_low"]
    assert np.isnan(told.at["y2", "p_value"]) and words in told.at["y2", "note"] and told.at["y2", "grade"] == "no_inference"
    with pytest.raises(NotEstimable, match=words):
        from_sample(from_arrays(exact, cohort, place=place), "twfe", inference=inference)


def test_a_cluster_with_one_observation():
    table = scores()
    table.loc[(table["province"] == "son-la") & (table["year"] > 2006), "score"] = np.nan
    with pytest.raises(NotEstimable, match="son-la has one observation"):
        run(table=table)
    dropped = run(table=table, singletons="drop")
    assert "one observation only, left out: son-la" in dropped["note"].iloc[0] and dropped["n_provinces"].max() == 14


def test_collinear_and_constant_controls():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(12, 8))
    cohort = np.r_[np.full(5, 4.0), np.full(7, np.inf)]
    x = rng.normal(size=12)
    with pytest.raises(NotEstimable, match="collinear"):
        from_sample(from_arrays(base, cohort, controls={"x": x, "twice": 2 * x}), "twfe")
    with pytest.raises(NotEstimable, match="collinear"):
        from_sample(from_arrays(base, cohort, controls={"flat": np.ones(12)}), "imputation")
    for name in ("imputation", "gardner", "sun_abraham", "first_differences"):
        with pytest.raises(NotEstimable):
            from_sample(from_arrays(base, cohort, controls={"x": x, "twice": 2 * x}), name)


@pytest.mark.parametrize("spoil", ["inf", "nan_cohort", "before_time", "nan_control", "years", "shape"])
def test_arrays_that_do_not_belong_together(spoil):
    y, cohort, more = np.zeros((6, 5)), np.r_[2.0, 2.0, np.full(4, np.inf)], {}
    if spoil == "inf":
        y[0, 0] = np.inf
    if spoil == "nan_cohort":
        cohort[3] = np.nan
    if spoil == "before_time":
        cohort[3] = -np.inf
    if spoil == "nan_control":
        more["controls"] = {"x": np.r_[np.nan, np.arange(5.0)]}
    if spoil == "years":
        more["years"] = [5, 4, 3, 2, 1]
    if spoil == "shape":
        cohort = cohort[:4]
    with pytest.raises(BadInput):
        from_arrays(y, cohort, **more)


@pytest.mark.parametrize("years", [np.arange(8) / 2, [*range(7), np.inf], [*range(7), np.nan]])
def test_years_are_whole_numbers(years):
    """Starts were rounded up to whole years, which are two periods each: 0.75 for a true 1."""
    with pytest.raises(BadInput, match="column years, value (0.5|inf|nan): years are whole numbers → number periods and cohorts 0, 1, 2, …"):
        from_arrays(np.zeros((20, 8)), np.repeat([1.5, np.inf], 10), years=years)


def test_regions_may_have_names():
    y, cohort, codes = np.random.default_rng(0).normal(size=(20, 8)), np.tile([4, np.inf], 10), np.repeat([1, 0], 10)
    names = [["north", "south"][code] for code in codes]
    rows = [from_sample(from_arrays(y, cohort, region=region), "twfe_region_year") for region in (codes, names, np.array(names, object))]
    for other in rows[1:]:
        pd.testing.assert_frame_equal(rows[0], other)
    assert from_arrays(y, cohort, region=codes + 5).region.tolist() == (codes + 5).tolist()
    for wrong in (names[:-1], [None, *names[1:]], [np.nan, *codes[1:]], [names]):
        with pytest.raises(BadInput, match="column region: regions .* for 20 units, or a unit without one"):
            from_arrays(y, cohort, region=wrong)


NAMES = [f"t{i}" for i in range(20)]


@pytest.mark.parametrize("written", [list, tuple, np.array, pd.Index, pd.Series, iter, lambda names: np.array(names, object)])
def test_names_may_be_written_in_any_way(written):
    """Arrays ended in a ValueError: the truth value is ambiguous."""
    made = from_arrays(np.zeros((20, 8, 2)), np.full(20, np.inf), units=written(NAMES), components=written(["a", "b"]))
    assert made.units == tuple(NAMES) and made.components == ("a", "b")


@pytest.mark.parametrize(("given", "message"), [
    ({"units": ["a", "b"]}, "column units, value 'a, b': names needed, one each and all different: 20 → give units= as a list, or leave it out"),
    ({"units": [*NAMES, "more"]}, "column units, .*: 20"), ({"units": 3}, "column units, value '3'.*: 20"),
    ({"units": [*NAMES[1:], "t1"]}, "column units, .*: 20"), ({"components": ["a"]}, "column components, value 'a'.*: 2 → give components="),
    ({"components": ["a", "b", "c"]}, "column components, value 'a, b, c'.*: 2"), ({"components": "ab"}, "column components, value 'ab'.*: 2"),
    ({"components": ["a", "a"]}, "column components, value 'a, a'.*: 2"), ({"components": []}, "column components, value ''.*: 2"),
    ({"controls": {"x": np.zeros((20, 8))}}, r"column x, value \(20, 8\): a control is one number a unit → take its value before"),
    ({"controls": {"x": np.zeros(5)}}, r"column x, value \(5,\): a control is one number a unit"),
    ({"controls": {"x": ["no"] * 20}}, "column x: a control is no number"),
])
def test_a_name_and_a_control_for_each(given, message):
    """One name for two outcomes gave the effect on the first alone, without a word; others ended in an IndexError."""
    with pytest.raises(BadInput, match=message):
        from_arrays(np.zeros((20, 8, 2)), np.repeat([4, np.inf], 10), **given)


@pytest.mark.parametrize(("asked", "message"), [
    ({"estimator": ["twfe", "imputation"]}, r"unknown estimator \['twfe', 'imputation'\]; nearest: imputation"), ({"estimator": None}, "unknown estimator None"),
    ({"inference": None}, "unknown inference None; nearest: crv1"), ({"inference": [["ri"]]}, r"unknown inference \['ri'\]"),
    ({"estimator": "callaway_santanna", "control_group": ["never"]}, r"unknown control group \['never'\]"),
])
def test_what_is_no_name_is_an_unknown_one(asked, message):
    """TypeErrors: a list cannot be looked up."""
    from govlib import did

    with pytest.raises(UnknownName, match=message):
        did.estimate(from_arrays(np.random.default_rng(0).normal(size=(20, 8)), np.repeat([4, np.inf], 10)), **asked)


def test_nan_outcomes_are_missing_cells_and_all_nan_is_refused():
    table = scores()
    table.loc[table["component"] == "time_costs", "score"] = np.nan
    with pytest.raises(NotEstimable, match="not published"):
        run(table=table)


def test_infinite_score_is_refused():
    table = scores()
    table.loc[3, "score"] = np.inf
    with pytest.raises(BadInput, match="infinite"):
        run(["time_costs", "transparency"], table=table)


def test_the_same_cell_twice_is_refused():
    table = scores()
    with pytest.raises(BadInput, match="twice"):
        run(table=pd.concat([table, table.iloc[:1]]))


def test_a_dose_needs_a_common_date_and_a_difference():
    rng = np.random.default_rng(1)
    y = rng.normal(size=(10, 6))
    with pytest.raises(NotEstimable, match="every unit in one period"):
        from_sample(from_arrays(y, np.r_[np.full(5, 3.0), np.full(5, np.inf)]), "dose")
    with pytest.raises(BadInput, match="among the controls"):
        from_sample(from_arrays(y, np.full(10, 3.0)), "dose", dose="urban")
    for level in (0.0, 50.0):  # deviations from the mean before: who stood how low is rounding
        with pytest.raises(NotEstimable, match="the dose is the same in all units"):
            from_sample(from_arrays(level + y - y[:, :3].mean(1, keepdims=True), np.full(10, 3.0)), "dose")


@pytest.mark.parametrize("estimator", sorted(set(ESTIMATORS) - {"dose", "interaction"}))
@pytest.mark.parametrize("level", [np.zeros((30, 1)), np.ones((30, 1)), np.arange(30.0)[:, None] / 7])
def test_an_outcome_that_does_not_move_is_refused(estimator, level):
    """Rounding passed for an effect: p = 1e-9 with trends, 1e-128 by Gardner, "weak evidence"."""
    with pytest.raises(NotEstimable, match="y1 does not move: no unit has two different figures in 0–7"):
        from_sample(from_arrays(np.repeat(level, 8, 1), np.r_[np.full(12, 4.0), np.full(18, np.inf)]), estimator)


@pytest.mark.parametrize("estimator", ["twfe", "twfe_trends", "twfe_region_year", "first_differences", "imputation", "gardner",
                                       "callaway_santanna", "sun_abraham", "lp_did"])
def test_a_sample_fitted_without_a_residual_has_no_standard_error(estimator):
    """Twelve units gain exactly 1; the errors that came out were 1e-16, the p-values 0."""
    cohort = np.r_[np.full(12, 4.0), np.full(18, np.inf)]
    exact = np.arange(30.0)[:, None] / 7 + np.arange(8) / 3 + (np.arange(8) >= cohort[:, None])
    sample = from_arrays(exact, cohort, region=np.arange(30) % 3, place=np.random.default_rng(0).uniform(10, 12, (30, 2)))
    if estimator in ("twfe", "twfe_trends", "twfe_region_year", "first_differences"):
        row = from_sample(sample, estimator).iloc[0]
        assert row["estimate"] == pytest.approx(1) and row[["std_error", "ci_low", "ci_high", "p_value", "pretrend_p"]].isna().all()
        assert row["grade"] == "no_inference" and "fitted without a residual" in row["note"]
    else:
        with pytest.raises(NotEstimable, match="nothing that it leaves unexplained"):
            from_sample(sample, estimator)
    if estimator == "twfe":
        with pytest.raises(NotEstimable, match="without a residual"):
            from_sample(sample, "twfe", inference="conley")
    noisy = from_sample(from_arrays(exact * 1e6 + np.random.default_rng(1).normal(size=(30, 8)), cohort, region=np.arange(30) % 3),
                        estimator).iloc[0]
    assert noisy["estimate"] == pytest.approx(1e6, abs=3) and 0 < noisy["std_error"] < 1 and noisy["p_value"] < 1e-9


@pytest.mark.parametrize("estimator", ["twfe", "sun_abraham", "imputation", "gardner", "callaway_santanna", "lp_did"])
def test_a_start_within_a_period_counts_from_the_next(estimator):
    """2004.5 is exposed from 2005 on; event times of −½ and ½ had no estimate, or that of no unit."""
    y = np.random.default_rng(2).normal(size=(16, 8)) + np.arange(8)
    start = np.r_[np.full(4, 2004.0), np.full(4, 2005.0), np.full(8, np.inf)]
    whole, within = (from_sample(from_arrays(y, cohort, years=range(2000, 2008)), estimator) for cohort in (start, start - 0.5))
    pd.testing.assert_frame_equal(whole, within)


def test_few_treated_provinces_get_no_verdict_from_clustered_errors():
    table = run(cohorts=dict.fromkeys(PLACES[:2], 2009))
    assert set(table.loc[table["term"] == "att", "grade"]) <= {"no_inference"}


def test_editions_published_for_the_best_only_are_left_out(monkeypatch):
    monkeypatch.setattr("govlib.effects.sample.MIN_COVERAGE", 0.6)
    with pytest.raises(NotEstimable, match="most provinces"):
        run()


def test_every_estimator_is_documented(root):
    text = (root / "docs" / "methodology.md").read_text(encoding="utf-8")
    for name, entry in ESTIMATORS.items():
        assert f"`{name}`" in text and entry.paper.split(" (")[0].split(",")[0].split(" and ")[0] in text


@pytest.mark.parametrize("value", [-1, 1.5, "x", True, None])
@pytest.mark.parametrize(("estimator", "option"), [("callaway_santanna", "anticipation"), ("lp_did", "horizon")])
def test_a_number_of_periods_is_one(estimator, option, value):
    """A horizon of −1 ended in a ValueError of the arrays, and 1.5 passed for 1."""
    sample = from_arrays(np.random.default_rng(0).normal(size=(16, 8)), np.r_[np.full(6, 4.0), np.full(10, np.inf)])
    with pytest.raises(BadInput, match=f"{option} is a number of periods, 0 or more"):
        from_sample(sample, estimator, **{option: value})
    one, other = (from_sample(sample, estimator, **{option: given}) for given in (1, np.int64(1)))
    pd.testing.assert_frame_equal(one.drop(columns="inputs_sha256"), other.drop(columns="inputs_sha256"))


def test_where_never_is_written_as_minus_one_the_units_are_named():
    """They count as exposed before the panel begins; that nobody else is left says who they are."""
    table = pd.DataFrame([(u, t, float(u * t), 2004 if u < 5 else -1) for u in range(12) for t in range(2000, 2008)],
                         columns=["unit", "year", "score", "start"])
    from govlib import did

    with pytest.raises(NotEstimable, match=r"no control is left.*\(exposed in every period, left out: 5, 6, 7, 8, 9, 10, 11\)"):
        did.estimate(did.Panel.from_frame(table, unit="unit", time="year", outcome="score", cohort="start"), "twfe")
    with pytest.raises(BadInput, match="row 3, column unit, value 0: this unit has another row"):
        did.Panel.from_frame(pd.concat([table.iloc[:1]] * 2), unit="unit", time="year", outcome="score", cohort="start")


@pytest.mark.parametrize(("column", "odd"), [("unit", pd.Timestamp("2020-01-01")), ("unit", [1, 2]), ("part", pd.Timestamp("2020-01-01"))])
def test_units_of_mixed_kinds_are_refused_with_the_row(column, odd):
    from govlib import did

    table = pd.DataFrame({"unit": np.repeat([1, 2, 3], 2), "year": [2001, 2002] * 3, "score": 1.0, "start": 0, "part": 1}, dtype=object)
    table[column] = pd.Series([1, 1, odd, odd, 3, 3], dtype=object)
    with pytest.raises(BadInput, match=f"row 4, column {column}, value .*: values that cannot be put in order → write all of them as text"):
        did.Panel.from_frame(table, unit="unit", time="year", outcome="score", cohort="start", region="part")
