"""Which estimate a page quotes, on a few rows made up: the order of the rule, whose p-value and interval, the range of the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from govlib.effects import quoted


def made(**changes):
    row = {"index_id": "pci", "component": "time_costs", "reform": "ddci", "estimator": "imputation", "term": "att", "outcome": "score",
           "reading": "early", "sample_rule": "drop_unknown; nobody", "inference": "crv1", "estimate": 0.4, "ci_low": 0.1, "ci_high": 0.7,
           "p_value": 0.01, "p_adjusted": 0.03, "adjustment": "holm", "family": 2.0, "p_floor": np.nan, "comparison": "", "mde": 0.5,
           "n_treated": 12, "design": "staggered", "note": "", "agreement": 1.0, "pretrend_p": 0.5, "forbidden_weight": np.nan, "p_ri": 0.02}
    return row | changes


TESTED = {"inference": "ri", "p_value": 0.02, "p_adjusted": 0.04, "adjustment": "romano_wolf", "p_floor": 0.001, "comparison": "permuted",
          "ci_low": 0.05, "ci_high": 0.75, "mde": 0.6, "family": 3.0}


def told(*rows, **options):
    table = pd.DataFrame(list(rows))
    return quoted.chosen(table, table, **options)


def test_p_value_and_interval_are_those_of_the_permutations():
    row = told(made(), made(**TESTED)).iloc[0]
    assert {k: row[k] for k in TESTED} == TESTED and row["interval"] == "ri" and row["estimate"] == 0.4 and row["grade"] == "strong"
    alone = told(made()).iloc[0]
    assert (alone["interval"], alone["inference"], alone["p_value"], alone["ci_low"], alone["mde"]) == ("crv1", "crv1", 0.01, 0.1, 0.5)
    # not those of another estimator, nor of another rule for provinces of unknown state
    for other in ({"estimator": "twfe"}, {"sample_rule": "unknown_as_control; x"}, {"component": "transparency"}):
        row = told(made(), made(**TESTED | other)).set_index("component").loc["time_costs"]
        assert row["interval"] == "crv1" and row["p_value"] == 0.01


@pytest.mark.parametrize(("first", "second"), [
    ({"estimator": "imputation"}, {"estimator": "callaway_santanna"}), ({"estimator": "callaway_santanna"}, {"estimator": "gardner"}),
    ({"estimator": "gardner"}, {"estimator": "sun_abraham"}), ({"estimator": "sun_abraham"}, {"estimator": "synthetic_did"}),
    ({"estimator": "synthetic_did"}, {"estimator": "synthetic_control"}), ({"estimator": "synthetic_control"}, {"estimator": "lp_did"}),
    ({"estimator": "lp_did"}, {"estimator": "dose"}), ({"estimator": "dose"}, {"estimator": "twfe"}), ({"estimator": "twfe"}, {"estimator": "another"}),
    ({"sample_rule": "drop_unknown", "estimator": "twfe"}, {"sample_rule": "unknown_as_control"}),
    ({"ci_low": 0.2}, {"ci_low": np.nan, "inference": "placebo"}),
    ({"inference": "placebo"}, {"inference": "wild"}), ({"inference": "wild"}, {"inference": "crv1"}), ({"inference": "crv1"}, {"inference": "conley"})])
def test_the_first_of_the_rule_is_quoted(first, second):
    for rows in ((first, second), (second, first)):
        got = told(*(made(**{"estimate": 1.0 if r is first else 2.0} | r) for r in rows))
        assert len(got) == 1 and got["estimate"].tolist() == [1.0]
    assert not {"_rule", "_order", "_open", "_inference"} & set(got.columns)


def test_one_reading_only_and_nothing_of_nothing():
    both = [made(), made(reading="late", estimate=9.0)]
    assert told(*both)["estimate"].tolist() == [0.4] and told(*both, reading="late")["estimate"].tolist() == [9.0]
    assert told(made(reading="late")).empty


def test_the_range_is_of_comparable_estimates_one_a_specification():
    others = [made(estimator="twfe", estimate=-0.2), made(estimator="twfe", estimate=-0.2, inference="wild"), made(reading="late", estimate=0.9),
              made(sample_rule="unknown_as_control; many", estimate=0.3), made(estimator="gardner", estimate=-5.0),
              made(estimator="first_differences", estimate=5.0), made(component="transparency", estimate=7.0)]
    row = told(made(), *others).set_index("component").loc["time_costs"]
    assert (row["n_other"], row["other_low"], row["other_high"]) == (3, -0.2, 0.9)
    assert row["other_low_at"] == "pci time_costs ddci twfe att score early drop_unknown crv1 estimate"
    assert row["other_high_at"] == "pci time_costs ddci imputation att score late drop_unknown crv1 estimate"
    alone = told(made()).iloc[0]
    assert alone["n_other"] == 0 and np.isnan([alone["other_low"], alone["other_high"]]).all()
    assert alone["other_low_at"] == alone["other_high_at"] == ""
    assert quoted.locator(made(), "ci_low", "ri") == "pci time_costs ddci imputation att score early drop_unknown ri ci_low"


def test_a_page_allows_for_the_families_that_stand_on_it():
    rows = told(made(), made(component="transparency", p_value=0.04, p_adjusted=0.06), made(reform="a", index_id="papi", p_adjusted=0.012),
                made(reform="a", index_id="pci", p_adjusted=0.2, p_value=0.2))
    assert rows[["reform", "index_id", "component"]].to_numpy().tolist() == [
        ["a", "papi", "time_costs"], ["a", "pci", "time_costs"], ["ddci", "pci", "time_costs"], ["ddci", "pci", "transparency"]]
    assert rows["families"].tolist() == [3] * 4
    assert rows["p_page"].tolist() == pytest.approx([0.036, 0.2, 0.06, 0.12])  # times three, one and two by Holm's rule
    assert rows["grade"].tolist() == ["strong", "no_evidence", "hint", "no_evidence"]


def test_what_a_reform_aims_at_is_read_and_all_of_a_whole_where_enough_did_it(monkeypatch):
    monkeypatch.setattr(quoted, "targets", lambda reform, index: ["overall"] if reform == "whole" else ["time_costs"])
    rows = pd.DataFrame([made(), made(component="transparency"), made(reform="whole", n_treated=5), made(reform="whole", n_treated=4),
                         made(reform="whole", component="overall", n_treated=1)])
    assert quoted._aimed(rows) == [True, False, True, False, True]


def test_files_of_the_reforms_asked_for(tmp_path, monkeypatch):
    from govlib.errors import MissingData

    monkeypatch.setattr("govlib.paths.estimates", lambda: tmp_path)
    for name, rows in {"ddci.pci": [made(), made(term="event"), made(outcome="rank"), made(estimate=np.nan)], "ddci.papi": [made(index_id="papi", p_ri=None)],
                       "other.pci": [made(reform="other")]}.items():
        pd.DataFrame(rows).to_parquet(tmp_path / f"{name}.parquet")
    got = quoted.read(["ddci"])
    assert got["index_id"].tolist() == ["papi", "pci"] and got.index.tolist() == [0, 1]
    assert np.isnan(got["p_ri"][0]) and got["p_ri"][1] == 0.02  # a column that is empty in one file has no type there
    assert quoted.read(["nobody"]).empty and len(quoted.read(["ddci", "other"])) == 3
    (tmp_path / "ddci.pci.parquet").write_bytes(b"no table")
    with pytest.raises(MissingData, match=r"govlib effects --all.*is damaged|is damaged"):
        quoted.read(["ddci"])


def test_what_is_remembered_of_a_kind_of_reform_is_what_it_would_be_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("govlib.paths.processed", lambda: tmp_path)
    monkeypatch.setattr(quoted, "targets", lambda reform, index: ["time_costs", "transparency"])
    folder = tmp_path / "estimates"
    folder.mkdir()

    def write(name, *rows):
        pd.DataFrame(list(rows)).to_parquet(folder / f"{name}.parquet")

    write("a.papi", made(reform="a", index_id="papi", p_adjusted=0.012))
    write("a.pci", made(reform="a", p_adjusted=0.2, p_value=0.2))
    write("ddci.pci", made(), made(component="transparency", p_value=0.04, p_adjusted=0.06))
    write("ddci.pci (1)", made(), made(component="transparency", p_value=0.04, p_adjusted=0.06))  # a copy adds nothing
    assert quoted.quoted({"nobody"}).empty
    alone = quoted.quoted({"a"})
    assert alone["p_page"].tolist() == pytest.approx([0.024, 0.2]) and alone["families"].tolist() == [2, 2]
    both = quoted.quoted({"a", "ddci"})  # a page's bounds are its own: times three, one and two by Holm's rule
    assert both["p_page"].tolist() == pytest.approx([0.036, 0.2, 0.06, 0.12]) and both["families"].tolist() == [3] * 4
    both.loc[0, "estimate"] = 9.9  # what one page does to its table is not the next one's
    assert quoted.quoted({"a", "ddci"})["estimate"].tolist() == [0.4] * 4
    write("ddci.pci", made(estimate=0.7))
    assert quoted.quoted({"a", "ddci"})["estimate"].tolist() == [0.4, 0.4, 0.7]
