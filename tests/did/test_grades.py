"""The written rule of grading (docs/methodology.md, "Grading the evidence"), case by case and at its limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from govlib import did
from govlib.did import grades


def row(**changes):
    return {"estimate": 0.4, "p_value": 0.01, "p_adjusted": 0.03, "p_ri": 0.02, "inference": "crv1", "n_treated": 12, "design": "staggered",
            "pretrend_p": 0.4, "forbidden_weight": np.nan, "agreement": np.nan, "family": 10, "sample_rule": "drop_unknown", "note": ""} | changes


@pytest.mark.parametrize(("changes", "want"), [
    ({}, "moderate"),
    ({"agreement": 1.0}, "strong"),
    ({"agreement": 1.0, "n_treated": 4, "design": "one", "inference": "placebo"}, "moderate"),
    ({"n_treated": 1, "design": "one", "inference": "placebo"}, "weak"),  # no other estimate beside it
    ({"agreement": 0.6, "n_treated": 1, "design": "one", "inference": "placebo"}, "mixed"),
    ({"agreement": 0.95}, "mixed"),
    ({"agreement": 0.95, "p_adjusted": 0.06}, "no_evidence"),
    ({"agreement": 0.95, "p_value": 0.2}, "no_evidence"),
    ({"agreement": 1.0, "p_page": 0.06}, "hint"),
    ({"agreement": 1.0, "p_page": 0.2}, "no_evidence"),  # one page in five would show as much by chance
    ({"p_page": 0.049}, "moderate"),
    ({"p_value": 0.2}, "no_evidence"),
    ({"p_adjusted": 0.06}, "no_evidence"),
    ({"pretrend_p": 0.05}, "weak"),
    ({"pretrend_p": np.nan}, "weak"),
    ({"p_ri": 0.2}, "weak"),
    ({"p_ri": np.nan}, "weak"),
    ({"design": "regression", "forbidden_weight": 0.2}, "weak"),
    ({"design": "regression", "forbidden_weight": np.nan}, "weak"),
    ({"design": "regression", "forbidden_weight": 0.0}, "moderate"),
    ({"sample_rule": "unknown_as_control; provinces of unknown state taken as controls: 34"}, "weak"),
    ({"n_treated": 10, "p_ri": 0.001}, "moderate"),
    ({"n_treated": 10, "p_ri": 0.001, "agreement": 1.0}, "moderate"),  # strong takes more than ten
    ({"n_treated": 10, "p_ri": 0.02}, "no_evidence"),  # 0.02 times ten components
    ({"n_treated": 3, "p_value": 1e-6, "p_adjusted": 1e-5, "p_ri": 0.3}, "no_evidence"),
    ({"n_treated": 3, "p_ri": np.nan}, "no_inference"),
    ({"n_treated": 10, "p_ri": np.nan, "inference": "wild"}, "no_inference"),
    ({"n_treated": 3, "inference": "ri", "p_adjusted": 0.03}, "moderate"),
    ({"p_value": np.nan}, "no_inference"),
    ({"estimate": np.nan}, "not_estimable"),
    ({"design": "dose", "note": "dose is the province's own starting point: …"}, "no_inference"),
    ({"design": "dose"}, "weak"),
    # at the limits: below 0.05, not at it; ten treated are few, eleven are not; 0.10 of the pre-trend test passes, and 5 % of the weight
    ({"p_value": 0.05, "p_adjusted": 0.03}, "no_evidence"),
    ({"p_adjusted": 0.05}, "no_evidence"),
    ({"p_adjusted": 0.049}, "moderate"),
    ({"p_adjusted": np.nan}, "moderate"),  # of one outcome: the p-value itself
    ({"p_adjusted": np.nan, "p_value": 0.06}, "no_evidence"),
    ({"p_page": 0.05}, "hint"),
    ({"p_page": 0.199}, "hint"),
    ({"p_page": 0.01}, "moderate"),  # what a page allows for is no less than what a reform does
    ({"p_page": 0.01, "p_adjusted": 0.06}, "no_evidence"),
    ({"note": "no exposed province was measured before and after its start in one way"}, "hint"),
    ({"note": "no exposed province was measured before and after its start in one way", "p_value": 0.3}, "no_evidence"),
    ({"pretrend_p": 0.10}, "moderate"),
    ({"pretrend_p": 0.099}, "weak"),
    ({"design": "regression", "forbidden_weight": 0.05}, "moderate"),
    ({"design": "regression", "forbidden_weight": 0.051}, "weak"),
    ({"design": "staggered", "forbidden_weight": 0.9}, "moderate"),  # only a regression compares with exposed units
    ({"p_ri": 0.05}, "weak"),
    ({"p_ri": 0.049}, "moderate"),
    ({"inference": "ri", "p_ri": 0.9}, "moderate"),  # its own p-value is the permutation's
    ({"n_treated": 11, "agreement": 1.0}, "strong"),
    ({"n_treated": 11, "p_ri": np.nan}, "weak"),
    ({"n_treated": 10, "p_ri": np.nan, "inference": "conley"}, "no_inference"),
    ({"n_treated": 10, "p_ri": np.nan, "inference": "placebo", "design": "one", "agreement": 1.0}, "moderate"),
    ({"n_treated": 10, "p_ri": np.nan, "design": "dose"}, "weak"),
    ({"n_treated": 10, "p_ri": 0.0049}, "moderate"),  # ten components: .049
    ({"n_treated": 10, "p_ri": 0.005}, "no_evidence"),
    ({"n_treated": 10, "p_ri": 0.04, "family": 1}, "moderate"),
    ({"n_treated": 10, "p_ri": 0.04, "family": np.nan}, "moderate"),
    ({"n_treated": 10, "p_ri": 0.06, "family": 1}, "no_evidence"),
    ({"n_treated": 10, "p_ri": 0.001, "p_value": 0.06}, "no_evidence"),  # the larger of the two
    ({"agreement": 0.999}, "mixed"),
    ({"agreement": "", "p_page": None}, "moderate"),
    ({"estimate": np.inf}, "not_estimable"),
    ({"note": "dose is the province's own starting point"}, "moderate"),
    ({"term": "att"}, "moderate"),
    ({"term": ""}, "moderate"),
    # a lead with p = .01 is no evidence of an effect, nor is what an effect hangs on
    ({"term": "event", "event_time": -3}, ""),
    ({"term": "interaction"}, ""),
    ({"term": "event", "estimate": np.nan}, ""),
])
def test_grades_follow_the_written_rule(changes, want):
    assert grades.grade(row(**changes)) == want


def test_a_table_grades_its_overall_effects_alone():
    rng = np.random.default_rng(0)
    cohort = np.repeat([5.0, 7, np.inf], [15, 15, 30])
    y = rng.normal(size=(60, 10)) * 0.5 + 0.8 * (np.arange(10) - cohort[:, None] == -3)  # a lead that stands out
    rows = did.estimate(did.from_arrays(y, cohort), "sun_abraham")
    lead = rows[rows["event_time"] == -3].iloc[0]
    assert lead["p_value"] < 0.001 and set(rows.loc[rows["term"] == "event", "grade"]) == {""}
    assert set(rows.loc[rows["term"] == "att", "grade"]) <= {"no_evidence", "weak"}
    varied = did.estimate(did.from_arrays(y, cohort, controls={"z": rng.normal(size=60)}), "interaction", by="z").set_index("term")
    assert varied.at["interaction", "grade"] == "" != varied.at["att", "grade"]


def test_a_row_that_lacks_columns_is_graded_by_what_it_has():
    assert grades.grade({"estimate": 0.4}) == "no_inference" and grades.grade({}) == "not_estimable"
    assert grades.grade({"estimate": 0.4, "p_value": 0.01, "n_treated": 12}) == "weak"
    assert grades.grade({"estimate": 0.4, "p_value": 0.3, "n_treated": 12}) == "no_evidence"


@pytest.mark.parametrize(("changes", "want"), [
    ({}, (0.01, 0.03)), ({"p_adjusted": np.nan}, (0.01, 0.01)), ({"n_treated": 10}, (0.02, 0.2)), ({"n_treated": 11}, (0.01, 0.03)),
    ({"n_treated": 10, "p_ri": 0.2}, (0.2, 1.0)), ({"n_treated": 10, "p_ri": 0.002}, (0.01, 0.03)),
    ({"n_treated": 10, "p_ri": 0.002, "family": 20}, (0.01, 0.04)), ({"n_treated": 10, "p_ri": 0.02, "family": 0}, (0.02, 0.03)),
    ({"n_treated": 10, "inference": "ri"}, (0.01, 0.03)), ({"n_treated": 10, "design": "dose"}, (0.01, 0.03)),
    ({"n_treated": 3, "inference": "wild"}, (0.02, 0.2)), ({"n_treated": 3, "inference": "conley"}, (0.02, 0.2))])
def test_the_larger_p_value_decides_where_few_are_treated(changes, want):
    assert grades.decisive(row(**changes)) == pytest.approx(want)
    assert grades.by_permutation(row(**changes)) == (want[0] == 0.02 or changes.get("p_ri") is not None)


def test_no_permutation_no_decision_where_few_are_treated():
    assert np.isnan(grades.decisive(row(n_treated=3, p_ri=np.nan))).all()
    assert np.isnan(grades.decisive(row(n_treated=3, p_value=np.nan))[0])


@pytest.mark.parametrize(("estimator", "inference", "treated", "want"), [
    ("imputation", "ri", 3, (0.035, 0.08)), ("imputation", "ri", 2, (0.035, 0.08)), ("imputation", "ri", 9, (0.035, 0.08)),
    ("twfe", "ri", 3, (0.035, 0.08)), ("synthetic_did", "placebo", 10, (0.031, 0.086)),
    ("synthetic_did", "placebo", 2, (0.031, 0.086)), ("synthetic_did", "placebo", 1, (0.033, 0.072)), ("imputation", "ri", 1, None),
    ("imputation", "ri", 10, None), ("imputation", "ri", 11, None), ("imputation", "crv1", 12, None), ("gardner", "ri", 3, None),
    ("synthetic_control", "placebo", 1, None), ("imputation", "none", 3, None)])
def test_the_real_size_is_said_where_it_is_not_at_five_in_a_hundred(estimator, inference, treated, want):
    """docs/simulation_report.md, "Where provinces are not alike": .04–.07 and .03–.066 count as .05 (.03–.07), the others do not."""
    assert grades.real_size({"estimator": estimator, "inference": inference, "n_treated": treated}) == want
    row = {"estimator": estimator, "inference": inference, "n_treated": treated}
    assert grades.real_size(row | {"p_floor": 0.04}) == want and grades.real_size(row | {"p_floor": 0.1}) is None  # so few give none below .05


@pytest.mark.parametrize("inference", ["crv1", "wild", "conley"])
def test_a_size_is_said_of_a_permutation_test_that_was_run_only(inference):
    """Clustered two-way effects of three units reject a true null in a fifth of cases, and were said to in 4 to 8 %."""
    for estimator in ("imputation", "twfe"):
        row = {"estimator": estimator, "inference": inference, "n_treated": 3}
        assert grades.real_size(row | {"p_ri": 0.2}) == (0.035, 0.08)
        assert grades.real_size(row | {"p_ri": np.nan}) is None is grades.real_size(row)


def test_a_page_allows_for_its_reforms_by_holms_rule():
    """Worked by hand: three families with a p-value; the least times three, the next times two, and none below one before it."""
    table = pd.DataFrame([("b", "pci", 0.012, 12), ("a", "pci", 0.01, 12), ("a", "pci", 0.4, 12), ("a", "papi", 0.2, 12), ("c", "pci", np.nan, 12),
                          ("b", "pci", np.nan, 12)], columns=["reform", "index_id", "p_value", "n_treated"], index=[7, 3, 1, 9, 4, 2])
    got = grades.on_one_page(table)
    assert got.loc[[3, 7, 9]].tolist() == pytest.approx([0.03, 0.03, 0.2])  # .03; 2 × .012 = .024, not below .03; .2
    assert got[1] == 1.0 and got[[4, 2]].isna().all() and got.index.tolist() == table.index.tolist()
    later = grades.on_one_page(table.assign(p_value=[0.02, 0.01, 0.4, 0.9, np.nan, np.nan]))
    assert later.loc[[3, 7, 9]].tolist() == pytest.approx([0.03, 0.04, 0.9])


def test_other_quantities_are_not_compared():
    names = ["twfe", "first_differences", "lagged_outcome", "gardner", "imputation"]
    assert grades.compared(pd.DataFrame({"estimator": names})).tolist() == [True, False, False, False, True]
