"""The one-line questions: right rows, own copies, errors that help."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import govlib
from govlib.errors import BadInput, MissingData, UnknownName
from govlib.known import provinces, reforms
from govlib.panel import data, query
from govlib.text import years_of

pytestmark = pytest.mark.usefixtures("panel")


def test_the_question_in_the_readme():
    found = govlib.scores("pci", components="time_costs", provinces="red-river-delta", years=range(2010, 2020))
    assert len(found) == 11 * 10 and set(found["component"]) == {"time_costs"}
    assert set(found["province"]) == set(provinces.expand("red-river-delta", 2015)) and found["score"].notna().all()
    assert found.attrs["sources"] == [f"pci-workbook-{year}" for year in range(2010, 2020)]
    assert govlib.wide("pci", "time_costs", "red-river-delta", range(2010, 2020)).attrs == found.attrs


@pytest.mark.parametrize("spec", ["Bắc Ninh", "bac-ninh", ["BẮC NINH"], ("bac-ninh", "Tỉnh Bắc Ninh")])
def test_provinces_in_any_spelling(spec):
    assert govlib.scores("pci", "overall", spec, 2019)["province"].tolist() == ["bac-ninh"]


@pytest.mark.parametrize("years", [2019, [2019], (2019,), {2019}, np.int64(2019), np.array([2019]), pd.Series([2019]),
                                   "2019", ["2019"], " 2019:2019 ", "2019-2019", slice(2019, 2019)])
def test_years_in_any_form(years):
    assert govlib.scores("pci", "overall", "bac-ninh", years)["year"].tolist() == [2019]


@pytest.mark.parametrize(("years", "wrong"), [
    (True, "value True: years are whole numbers → write 2019, 2010:2019 or 2010,2015"), ([2019.5], "value 2019.5: years are whole"),
    (float("nan"), "whole numbers"), ("last", "'last': years are whole"), (b"2019", "no period can be of this year"), ("", "whole numbers"),
    (slice(None, 2019), "whole numbers"), ([], "no year is left"), ("2019,", "whole numbers"), ("20190", "no period"), ("1899:1950", "no period"),
    ("2019:2010", "reversed → write 2010:2019"), (range(2019, 2010), "no year is left")])
def test_years_that_are_none(years, wrong):
    with pytest.raises(BadInput, match=wrong):
        govlib.scores("pci", "overall", "bac-ninh", years)


def test_years_are_read_the_same_everywhere():
    assert years_of("2006–2008, 2011") == years_of([2011, 2008, 2007, 2006, 2006]) == [2006, 2007, 2008, 2011] and years_of(None) is None
    assert years_of(pd.Series([2019, None, 2020])[[0, 2]]) == [2019, 2020] == years_of([np.float64(2019), 2020.0])  # a column with a gap is of floats
    line = govlib.effects.estimate("pci", "time_costs", reform="peoples_council_removal", years="2006-2012", estimator="twfe")
    assert set(line["years"]) == {"2006:2012"}


@pytest.mark.parametrize(("question", "said"), [
    (lambda: govlib.scores("pcii"), "pci"), (lambda: govlib.scores("pci", "time_cost"), "time_costs"),
    (lambda: govlib.scores("pci", "overall", "Bac Nin"), "bac-ninh"), (lambda: govlib.scores("papi", "time_costs"), "of papi"),
    (lambda: govlib.scores("pci", level="items"), "overall"), (lambda: govlib.wide("pci", values="scores"), "score"),
    (lambda: govlib.reforms("dcci"), "ddci"), (lambda: govlib.controls("popolation"), "population"),
    (lambda: govlib.scores(2019), "unknown index 2019; nearest: pci"), (lambda: govlib.controls(2019), "unknown control variable 2019"),
    (lambda: govlib.reforms(reading="late-ish"), "early"), (lambda: govlib.coverage("xyz"), "papi")])
def test_unknown_names_name_the_nearest(question, said):
    with pytest.raises(UnknownName) as caught:
        question()
    assert said in str(caught.value)


def test_what_only_pci_has_is_not_offered_for_papi():
    with pytest.raises(UnknownName) as caught:
        govlib.scores("papi", "overall_fixed_weight")
    assert "overall_fixed_weights" not in str(caught.value) and "nearest: overall" in str(caught.value)
    assert len(govlib.scores("pci", "overall_fixed_weights", years=2019)) == 63


def test_level_none_means_overall_and_component():
    assert set(govlib.scores("papi", years=2019)["level"]) == {"overall", "component"}
    assert set(govlib.scores("papi", years=2019, level="indicator")["level"]) == {"indicator"}
    named = govlib.scores("papi", "participation.civic_knowledge", years=2019)
    assert len(named) == 63 and set(named["level"]) == {"indicator"}


def test_a_component_known_but_not_measured_then_gives_no_rows():
    with pytest.warns(UserWarning, match=r"no rows for years=2010; there are: years 2005–2008, 2013–20"):
        assert govlib.scores("pci", "policy_bias", years=2010).empty
    with pytest.warns(UserWarning, match="no rows") as told:
        assert govlib.rank("papi", 2030).empty and govlib.wide("papi", years=2030).empty
    assert {warning.filename for warning in told} == {__file__}  # the asker's line, not one of ours


def test_wide_has_one_row_a_province_and_year_and_keeps_the_order_asked_for():
    table = govlib.wide("pci", ["time_costs", "overall"], years=range(2013, 2020))
    assert table.columns.tolist() == ["province", "province_unit", "year", "time_costs", "overall"] and len(table) == 63 * 7
    assert not table.duplicated(["province", "year"]).any() and table[["province", "year"]].equals(
        table[["province", "year"]].sort_values(["province", "year"], ignore_index=True))
    ranks = govlib.wide("pci", "overall", years=2019, values="rank")
    assert sorted(ranks["overall"]) == list(range(1, 64))
    assert govlib.wide("pci", years=2019).columns[2:5].tolist() == ["year", "overall", "overall_fixed_weights"]
    with pytest.raises(BadInput, match="one index"):
        govlib.wide(["pci", "papi"])


def given(*values):
    return (value for value in values)


@pytest.mark.parametrize(("once", "same"), [
    (lambda: govlib.wide("pci", given("overall", "time_costs"), given("bac-ninh"), given(2018, 2019)),
     lambda: govlib.wide("pci", ["overall", "time_costs"], "bac-ninh", [2018, 2019])),
    (lambda: govlib.scores(given("pci"), given("Time costs"), given("bac-ninh"), given(2019), given("component")),
     lambda: govlib.scores("pci", "time_costs", "bac-ninh", 2019, "component")),
    (lambda: govlib.why(given("papi"), given("bac-ninh"), given(2021)), lambda: govlib.why("papi", "bac-ninh", 2021)),
    (lambda: govlib.reforms(given("ddci"), given("bac-ninh"), given(2019), given("pci")), lambda: govlib.reforms("ddci", "bac-ninh", 2019, "pci")),
    (lambda: govlib.controls(given("population"), given("bac-ninh"), given(2019)), lambda: govlib.controls("population", "bac-ninh", 2019)),
    (lambda: govlib.rank("pci", 2019, places=given("bac-ninh")), lambda: govlib.rank("pci", 2019, places="bac-ninh")),
    (lambda: govlib.changes("pci", 2019, given("time_costs"), given("bac-ninh")), lambda: govlib.changes("pci", 2019, "time_costs", "bac-ninh"))],
    ids=["wide", "scores", "why", "reforms", "controls", "rank", "changes"])
def test_what_can_be_read_once_is_as_good_as_a_list(once, same):
    found = once()
    pd.testing.assert_frame_equal(found, same())
    assert len(found)


def test_an_iterator_is_read_again_where_nothing_is_found():
    assert govlib.why(given("papi"), given("bac-ninh"), given(2019)).empty  # asks whether there was an edition
    with pytest.warns(UserWarning, match=r"no rows for provinces=\['ha-tay'\], years=\[2019\]; there are: years 2005–2008"):
        assert govlib.scores("pci", provinces=given("ha-tay"), years=given(2019)).empty


def test_a_component_named_twice_is_one_column():
    table = govlib.wide("pci", ["time_costs", "Chi phí thời gian", "overall", "time_costs"], "bac-ninh", 2019)
    assert table.columns.tolist() == ["province", "province_unit", "year", "time_costs", "overall"]


def test_what_comes_back_is_the_callers_own():
    first = govlib.scores("pci", "overall", "bac-ninh", 2019)
    first.loc[0, "score"] = -1
    assert govlib.scores("pci", "overall", "bac-ninh", 2019)["score"].item() > 70


def test_reforms_and_controls_join_the_scores():
    y = govlib.wide("pci", "time_costs", years=range(2006, 2013))
    d = govlib.reforms("peoples_council_removal", index="pci", reading="early", years=range(2006, 2013))
    x = govlib.controls("budget_revenue", years=range(2006, 2013))
    joined = y.merge(d, on=["province", "year"], validate="1:1").merge(x, on=["province", "year"], how="left", validate="1:1")
    assert len(joined) == len(y) and joined.loc[joined["adopted"], "province"].nunique() == 10
    assert joined["budget_revenue"].notna().mean() > 0.9


def test_controls_carry_units():
    assert govlib.controls("population").attrs["units"] == {"population": ["thousand persons"]}
    long = govlib.controls(["population", "grdp"], "bac-ninh", 2016, wide=False)
    assert set(long["variable"]) == {"population", "grdp"} and long["source"].ne("").all()


def test_missing_panel_says_make_panel(monkeypatch, tmp_path):
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path))
    for question in (govlib.scores, govlib.controls, govlib.reforms, govlib.coverage, data.why):
        with pytest.raises(MissingData, match="make panel"):
            question()
    with pytest.raises(MissingData, match="make effects"):
        govlib.estimates()


def test_a_rebuilt_panel_is_read_again(monkeypatch, tmp_path, panel):
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path))
    table = pd.read_parquet(panel / "scores.parquet")
    table.head(1000).to_parquet(tmp_path / "scores.parquet")
    before = len(govlib.scores(level=["overall", "component", "indicator"]))
    table.head(900).to_parquet(tmp_path / "scores.parquet")
    assert (before, len(govlib.scores(level=["overall", "component", "indicator"]))) == (1000, 900)


def test_estimates_are_filtered(monkeypatch, tmp_path):
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path))
    (tmp_path / "estimates").mkdir()
    pd.DataFrame({"index_id": ["pci", "papi"], "component": ["time_costs", "transparency"], "reform": ["ddci", "ddci"],
                  "estimator": ["twfe", "twfe"], "estimate": [0.1, 0.2]}).to_parquet(tmp_path / "estimates" / "a.parquet")
    assert govlib.estimates("pci")["estimate"].tolist() == [0.1] and len(govlib.estimates(reform="ddci")) == 2
    printed = reforms.reform_types().at["ddci", "name_vi"]
    assert len(govlib.estimates(reform=["DDCI", printed])) == 2
    for reform, near in (("one stop", "commune_one_stop_upgrade"), ("business_doctor", "ddci")):  # unknown; known, with no estimate
        with pytest.raises(UnknownName, match=f"unknown reform '{reform}'; nearest: {near}"):
            govlib.estimates(reform=reform)
    with pytest.raises(UnknownName, match="twfe"):
        govlib.estimates(estimator="twfee")


def test_estimates_of_which_there_are_none_say_what_there_is(monkeypatch, tmp_path):
    """`govlib.estimates("pci", "overall")` was an empty table without a word."""
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path))
    (tmp_path / "estimates").mkdir()
    pd.DataFrame({"index_id": ["pci", "pci", "papi"], "component": ["time_costs", "proactivity", "overall"], "reform": "ddci",
                  "estimator": "twfe", "estimate": 0.1}).to_parquet(tmp_path / "estimates" / "a.parquet")
    with pytest.warns(UserWarning, match=r"no rows for index_id=\['pci'\], component=\['overall'\]; there are: index_id papi; "
                                         "component proactivity, time_costs$"):
        assert govlib.estimates("pci", "overall").empty


@pytest.mark.parametrize("option", ["--components", "--provinces"])
def test_an_empty_option_does_not_ask_for_all(option):
    """`govlib scores pci --provinces "$P"` with no P gave all provinces."""
    with pytest.raises(BadInput, match=f"column {option[2:]}: an empty list asks for nothing"):
        query.main(["scores", "pci", "--years", "2019", option, ""])


def test_a_column_of_another_level_does_not_look_unpublished():
    assert govlib.wide("pci", ["overall", "time_costs"], "bac-ninh", 2019, level="component").columns.tolist()[3:] == ["time_costs"]
    assert govlib.wide("papi", ["overall", "participation"], "bac-ninh", 2021)["overall"].isna().all()  # asked for, not published


def test_estimates_of_all_files_are_one_table_that_follows_them(monkeypatch, tmp_path):
    """A column empty in one of them, rows numbered on; what is written anew is read anew."""
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path))
    (folder := tmp_path / "estimates").mkdir()
    rows = pd.DataFrame({"index_id": ["pci", "papi"], "reform": "ddci", "estimator": "twfe", "estimate": [0.1, 0.2], "note": ["", "Bắc Ninh"]})
    rows.to_parquet(folder / "a.parquet")
    rows.assign(estimate=[0.3, float("nan")], note=None).to_parquet(folder / "b.parquet")
    every = rows.loc[[0, 1, 0, 1]].reset_index(drop=True).assign(estimate=[0.1, 0.2, 0.3, float("nan")], note=["", "Bắc Ninh", None, None])
    pd.testing.assert_frame_equal(govlib.estimates(), every, check_exact=True)
    own = govlib.estimates()  # the caller's own copy
    own["estimate"] = 0.0
    rows.head(1).to_parquet(folder / "a.parquet")
    assert govlib.estimates()["estimate"].fillna(-1).tolist() == [0.1, 0.3, -1]
    (folder / "b.parquet").unlink()
    assert govlib.estimates()["estimate"].tolist() == [0.1]
    (folder / "a.parquet").write_bytes((folder / "a.parquet").read_bytes()[:100])
    with pytest.raises(MissingData, match=r"a\.parquet is damaged .* → run: govlib effects --all"):
        govlib.estimates()


def test_on_a_terminal_no_line_is_longer_than_it_and_in_a_file_none_is_cut(capsys, monkeypatch):
    call = ["scores", "pci", "--provinces", "bac-ninh", "--years", "2018", "--level", "overall"]
    assert query.main(call) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert [row.index("pci-workbook-2018") for row in rows] == [head.index("source")] * 2
    assert rows[0].endswith("Summary!C7") and rows[1].endswith("SUM(10 × fixed weight × Summary!D7:H7, J7:M7)")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "110")
    assert query.main(call) == 0
    assert [(len(row), row[-1]) for row in capsys.readouterr().out.splitlines()[1:]] == [(len(rows[0]), "7"), (110, "…")]


@pytest.mark.parametrize(("call", "last"), [(["coverage", "papi"], "reason_vi"), (["coverage", "par", "--missing"], "reason_vi")])
def test_what_is_missing_fits_a_terminal_in_one_language(call, last, capsys, monkeypatch):
    """Both languages, every source and every place that was looked in made lines of 800 characters."""
    monkeypatch.setenv("GOVLIB_LANG", "vi")
    assert query.main(call) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split()[-1] == last and "reason_en" not in head and "sources" not in head
    assert rows and max(map(len, rows)) < 300 and not any("not in our sources" in row for row in rows)
    assert query.main([*call, "--json"]) == 0
    assert {"reason_en", "reason_vi"} < set(json.loads(capsys.readouterr().out)[0])
