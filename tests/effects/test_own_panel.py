"""A researcher's own panel and own list of reforms, by `govlib.effects.estimate` and on the command line."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from govlib import effects
from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.known import own_reforms, reforms
from govlib.run import effects as cli


@pytest.fixture
def table():
    """Monthly counts of 20 districts: five under a law from January 2021, whose effect is 2."""
    rng = np.random.default_rng(0)
    rows = [(f"q{u:02d}", m, u < 5 and m >= 12, 10 + u + 0.1 * m + 2 * (u < 5 and m >= 12) + rng.normal(0, 0.5), rng.normal())
            for u in range(20) for m in range(24)]
    out = pd.DataFrame(rows, columns=["district", "month", "law", "thefts", "other"])
    return out.assign(month=pd.Timestamp("2020-01-01") + out["month"].map(lambda m: pd.DateOffset(months=m)), law=out["law"].astype(int))


HOW = {"unit": "district", "time": "month", "treated": "law"}


def overall(rows):
    return rows[rows["term"] == "att"]


def test_three_lines_and_the_same_rows(table):
    rows = overall(effects.estimate(data=table, outcome=["thefts", "other"], aimed=("thefts",), estimator="imputation",
                                    inference=("crv1", "ri"), **HOW))
    assert list(rows.columns) == effects.RESULT_COLUMNS
    one = rows[(rows["component"] == "thefts") & (rows["inference"] == "ri")].iloc[0]
    assert one["estimate"] == pytest.approx(2, abs=0.3) and one["ci_low"] > 0 and one["years"] == "2020-01:2021-12"
    assert one["role"] == "aimed" and one["p_value"] == one["p_floor"] == pytest.approx(1 / 1000)
    assert set(rows[rows["component"] == "other"]["role"]) == {"placebo"}
    for estimator in ("twfe", "callaway_santanna", "gardner", "sun_abraham", "lp_did"):
        got = overall(effects.estimate(data=table, outcome="thefts", estimator=estimator, **HOW))
        assert got["estimate"].iloc[0] == pytest.approx(2, abs=0.5)


def test_what_is_wrong_with_a_table_is_told(table):
    for change, error, match in (
            ({"outcome": "murders"}, BadInput, "no such column"), ({"treated": None}, BadInput, "cohort= or by treated="),
            ({"estimator": "nonsense"}, UnknownName, "estimator"), ({"horizon": 3}, BadInput, "no option")):
        with pytest.raises(error, match=match):
            effects.estimate(data=table, **{"outcome": "thefts", **HOW} | change)
    with pytest.raises(BadInput, match="which column is the unit"):
        effects.estimate(data=table, outcome="thefts", time="month", treated="law")
    with pytest.raises(BadInput, match="no index"):
        effects.estimate("pci", data=table, outcome="thefts", **HOW)
    with pytest.raises(BadInput, match="which index"):
        effects.estimate(reform="ddci")
    ends = table.assign(law=np.where((table["district"] == "q01") & (table["month"] >= pd.Timestamp("2021-06-01")), 0, table["law"]))
    with pytest.raises(BadInput, match="ends has no estimator"):
        effects.estimate(data=ends, outcome="thefts", **HOW)


@pytest.mark.parametrize(("change", "message"), [
    ({"draws": 18}, "column draws, value 18: a permutation test needs 19 draws or more"), ({"draws": "99"}, "value '99': a permutation test"),
    ({"draws": None}, "a permutation test needs 19 draws or more"), ({"draws": 99.0}, "value 99.0: a permutation test"),
    ({"draws": 1, "estimator": "synthetic_did"}, "value 1: a permutation test"), ({"seed": -1}, "value -1: a seed is a whole number, 0 or more"),
    ({"seed": "now"}, "value 'now': a seed is a whole number"), ({"place": "lat"}, "value 'lat': a place is two columns: latitude and longitude"),
    ({"place": ("lat", "lat")}, "column lat, value 1000.0: a latitude lies between -90 and 90"),
    ({"years": "2020:2021"}, "column years: this choice is of the project's own panel → choose the rows of data beforehand"),
    ({"data": {"district": []}}, "value 'dict': the data are no pandas table"), ({"time": None}, "which column is the time"),
    ({"outcome": None}, "which column is the outcome"), ({"outcome": 0}, "value 0: the name of an outcome is text → rename the column"),
    ({"outcome": []}, "no outcome is named")])
def test_a_wrong_option_is_told_and_no_traceback(table, change, message):
    with pytest.raises(BadInput, match=message):
        effects.estimate(**{"data": table.assign(lat=1000.0), "outcome": "thefts", "estimator": "imputation"} | HOW | change)


def test_an_inference_named_twice_is_one(table):
    once, twice = (effects.estimate(data=table, outcome="thefts", inference=how, draws=99, **HOW) for how in (("crv1", "ri"), ("crv1", "ri", "ri")))
    pd.testing.assert_frame_equal(once, twice)  # Holm's rule doubled the p-value of a test beside itself
    for name in ("treated_unit", "province"):
        row = overall(effects.estimate(data=table, outcome="thefts", estimator="synthetic_control", **{name: "q03"}, **HOW)).iloc[0]
        assert row["treated"] == "q03" and row["n_treated"] == 1


def test_gaps_always_treated_and_lone_cohorts_are_right_or_refused(table):
    always = table.assign(law=np.where(table["district"] == "q00", 1, table["law"]))
    rows = overall(effects.estimate(data=always, outcome="thefts", estimator="imputation", **HOW))
    assert rows["n_treated"].iloc[0] == 4 and "exposed in every" in rows["note"].iloc[0]
    assert rows["estimate"].iloc[0] == pytest.approx(2, abs=0.4)
    gappy = table.sample(frac=0.85, random_state=1)
    assert overall(effects.estimate(data=gappy, outcome="thefts", estimator="imputation", singletons="drop",
                                    **HOW))["estimate"].iloc[0] == pytest.approx(2, abs=0.4)
    lone = table.assign(law=((table["district"] == "q07") & (table["month"] >= pd.Timestamp("2021-01-01"))).astype(int),
                        thefts=table["thefts"] - 2 * table["law"])
    one = overall(effects.estimate(data=lone, outcome="thefts", estimator="synthetic_did", **HOW)).iloc[0]
    assert one["p_floor"] == pytest.approx(1 / 20) and one["n_treated"] == 1
    with pytest.raises(NotEstimable):
        effects.estimate(data=table.assign(law=1), outcome="thefts", **HOW)


def test_the_command_line_reads_a_file(table, tmp_path, capsys):
    path = tmp_path / "mine.csv"
    table.to_csv(path, index=False)
    given = ["--panel", str(path), "--unit", "district", "--time", "month", "--outcomes", "thefts,other", "--treated", "law",
             "--estimator", "imputation", "--inference", "crv1,ri", "--aimed", "thefts"]
    assert cli.main([*given, "--csv"]) == 0
    rows = pd.read_csv(io.StringIO(capsys.readouterr().out))
    expected = effects.estimate(data=table, outcome=["thefts", "other"], aimed=("thefts",), estimator="imputation",
                                inference=("crv1", "ri"), **HOW)
    assert rows["estimate"].to_numpy() == pytest.approx(expected["estimate"].to_numpy(), nan_ok=True)
    assert cli.main([*given, "--lang", "en"]) == 0 and "thefts" in capsys.readouterr().out
    with pytest.raises(BadInput, match="kind of file"):
        cli.main(["--panel", "mine.doc", "--unit", "a", "--time", "b", "--outcomes", "c", "--treated", "d"])
    with pytest.raises(BadInput, match="there is no such file"):  # before it is asked which of its columns
        cli.main(["--panel", str(tmp_path / "nope.csv")])
    table.assign(month="soon").to_csv(path, index=False)
    with pytest.raises(BadInput, match="row 2, column month, value .soon.: not a date"):
        cli.main(given)


def test_a_list_of_ones_own_is_a_reform_for_the_session(panel, monkeypatch):
    monkeypatch.setattr(reforms, "SESSION", {})
    mine = pd.DataFrame({"province": ["Bắc Ninh", "quảng ninh", "Đà Nẵng", "Hải Phòng", "Lào Cai", "Cà Mau"],
                         "start_date": [2012, 2013, 2012, 2014, 2015, 2013]})
    ask = {"aims": ["pci:time_costs"], "coverage": "complete"}
    name = effects.register_reform(mine, "mine", name_en="My reform", **ask)
    rows = overall(effects.estimate("pci", reform=name, estimator="imputation", inference=("crv1", "ri")))
    aimed = rows[(rows["component"] == "time_costs") & (rows["inference"] == "ri")].iloc[0]
    assert aimed["role"] == "aimed" and aimed["family"] == 1 and "bac-ninh" in aimed["treated"]
    assert reforms.name("mine", "en") == "My reform" and reforms.targets("mine") == ["pci:time_costs"]
    again = mine.assign(start_date=mine["start_date"] + 2)
    effects.register_reform(again, "mine", **ask)  # takes the first one's place, in what was asked before too
    assert reforms.exposure("mine", "pci").query("province == 'bac-ninh'")["cohort"].iloc[0] == 2014
    for table, column in ((mine.assign(province="Atlantis"), "province"), (mine.assign(start_date="2017-13"), "start_date"),
                          (mine.drop(columns="start_date"), "start_date")):
        with pytest.raises(BadInput) as caught:
            effects.register_reform(table, "other", **ask)
        assert column in str(caught.value)
    for table, name, words in (([("Huế", 2012)], "other", "value 'list': the data are no pandas table"),
                               (pd.concat([mine, mine["start_date"]], axis=1), "other", "column start_date: the column stands twice"),
                               (mine.iloc[:0], "other", "the table has no rows"),
                               (mine, " ", "a reform needs an id")):
        with pytest.raises(BadInput, match=words):
            effects.register_reform(table, name, **ask)
    effects.register_reform(mine, "one aim", aims="pci:time_costs")  # was read letter by letter
    assert reforms.targets("one aim") == ["pci:time_costs"]
    with pytest.raises(BadInput, match="registry has"):
        effects.register_reform(mine, "ddci", **ask)
    for aims, value, words in ((["pci:nothing"], "'pci:nothing'", "unknown component of pci 'nothing'"), ("time_costs", "'time_costs'", "unknown index"),
                               (["pci:time_costs", "papi:overall;pci:x"], "'pci:x'", "unknown component"), ([], "", "no aim is named"),
                               (["pci:overall_fixed_weights"], "", "an aim is a component of an index"), (None, "", "no aim is named")):
        with pytest.raises(BadInput, match=f"^column aims.*{value}: {words}.* → write pci:time_costs or papi:overall"):  # no row or column of the table
            effects.register_reform(mine, "other", aims=aims)
    effects.register_reform(mine, "as printed", aims=["PCI:Chi phí thời gian;papi:overall"])
    assert reforms.targets("as printed") == ["papi:overall", "pci:time_costs"]
    assert own_reforms.reforms is reforms and "other" not in reforms.reform_types().index


@pytest.mark.parametrize(("given", "written"), [
    ("17/5/2017", "2017-05-17"), ("01/07/2017", "2017-07-01"), ("5/2017", "2017-05"), ("2017-05", "2017-05"), ("２０１７", "2017"), (2017.0, "2017"),
    (pd.Timestamp("2017-05-17"), "2017-05-17")])
def test_a_start_as_people_write_it(panel, monkeypatch, given, written):
    monkeypatch.setattr(reforms, "SESSION", {})
    effects.register_reform(pd.DataFrame({"province": ["Huế"], "start_date": [given]}), "mine", aims=["pci:time_costs"])
    assert reforms.SESSION["mine"][1]["start_date"].tolist() == [written]


@pytest.mark.parametrize("given", ["2017²", "2017*", "1817", "45292", "05/17/2017", "2017-05-17 12:00:00", "năm 2017", "20170517", True])
def test_a_start_that_is_none_is_named_by_row_and_column(panel, monkeypatch, given):
    monkeypatch.setattr(reforms, "SESSION", {})
    with pytest.raises(BadInput, match="not a date") as error:
        effects.register_reform(pd.DataFrame({"province": ["Huế", "Cà Mau"], "start_date": ["2016", given]}), "mine", aims=["pci:time_costs"])
    assert (error.value.row, error.value.column) == (3, "start_date")


def test_the_line_of_a_row_gives_it_again(panel):
    import govlib

    rows = effects.estimate("pci", reform="ddci", estimator="imputation", inference=("crv1", "ri"), singletons="drop")
    row = rows[(rows["component"] == "proactivity") & (rows["inference"] == "ri")].iloc[0]
    again = eval(effects.line(row), {"govlib": govlib})  # our own line
    same = again[(again["component"] == "proactivity") & (again["inference"] == "ri")].iloc[0]
    assert same["estimate"] == row["estimate"] and same["p_adjusted"] == row["p_adjusted"]


def test_every_table_tells_the_line_that_gives_it_again(panel, table):
    """With the years, the options and the names that were asked: without them the line gave another number, or none."""
    import govlib

    data = table.assign(north=(table["district"] < "q10").astype(int))
    for rows in (effects.estimate(data=data, outcome=["thefts", "other"], aimed=("thefts",), estimator="callaway_santanna", control_group="never", **HOW),
                 effects.estimate("pci", "time_costs", reform="ddci", years="2010:2016", estimator="imputation", inference=["crv1", "ri"], draws=49,
                                  exclude=["Hà Nội"], reading="late", singletons="drop"),
                 effects.estimate("pci", "time_costs", reform="peoples_council_removal", estimator="synthetic_control", province="lao-cai",
                                  sample_rule="unknown_as_control")):
        again = eval(effects.line(rows.iloc[-1]), {"govlib": govlib, "data": data})  # our own line
        pd.testing.assert_frame_equal(again, rows)
        assert effects.line(rows[rows["term"] == "att"].iloc[0]) == rows.attrs["line"]
    stored = effects.estimate(data=data, outcome="thefts", **HOW).iloc[0]
    stored.attrs.clear()  # as a row comes back from a file
    with pytest.raises(BadInput, match="only the table that `estimate` gave knows the call for a panel of one's own"):
        effects.line(stored)


def test_a_command_on_a_file_prints_itself(table, tmp_path, capsys):
    table.assign(month=pd.to_datetime(table["month"]).dt.strftime("%Y-%m")).to_csv(tmp_path / "my towns.csv", index=False)
    given = ["--panel", str(tmp_path / "my towns.csv"), "--unit", "district", "--time", "month", "--outcomes", "thefts", "--treated", "law",
             "--estimator", "imputation", "--lang", "en"]
    cli.main(given)
    said = capsys.readouterr().out
    assert said.rstrip().splitlines()[-1] == f"$ govlib effects --panel '{tmp_path}/my towns.csv' " + " ".join(given[2:])
    assert "5 units exposed in these periods; 15 control units" in said and "province" not in said


def test_months_in_figures_are_months_in_a_file_too(table, tmp_path, capsys):
    table.assign(month=pd.to_datetime(table["month"]).dt.strftime("%Y%m"), since=np.where(table["district"] < "q05", "202101", "never")).to_csv(
        tmp_path / "towns.csv", index=False)
    asked = ["--panel", str(tmp_path / "towns.csv"), "--unit", "district", "--time", "month", "--outcomes", "thefts", "--json",
             "--estimator", "first_differences"]
    found = []
    for how in (["--cohort", "since"], ["--treated", "law"]):
        cli.main([*asked, *how])
        found.append(pd.read_json(io.StringIO(capsys.readouterr().out)).iloc[0])
    assert found[0]["years"] == found[1]["years"] == "2020-01:2021-12" and found[0]["estimate"] == found[1]["estimate"]
    assert found[0]["n_obs"] == 20 * 23  # one pair of months more than 22, over the turn of the year


@pytest.mark.parametrize(("scale", "printed"), [(1, "1.96"), (1e-4, "0.000196"), (1e5, "195731")])
def test_effects_are_printed_with_the_digits_that_their_interval_bears(table, scale, printed):
    row = overall(effects.estimate(data=table.assign(rate=scale * table["thefts"]), outcome="rate", estimator="imputation", **HOW)).iloc[0]
    said = effects.sentence(row, "en")
    assert f"rate (panel, 2020-01–2021-12) {printed}" in said.replace("the estimate is ", "").replace(": ", " ") and "+0.00 " not in said
    assert "units of the outcome" in said and "đơn vị của kết quả" in effects.sentence(row, "vi")
    few = row.to_dict() | {"p_floor": 0.05, "p_value": 0.05}
    assert "so few units" in effects.sentence(few, "en") and "số đơn vị này" in effects.sentence(few, "vi")


@pytest.mark.parametrize("choice", [["--years", "2020:2021"], ["--index", "pci"], ["--component", "time_costs"], ["--outcome", "rank"],
                                    ["--exclude", "q01"], ["--reading", "late"], ["--sample-rule", "unknown_as_control"]])
def test_a_choice_of_the_projects_panel_is_not_passed_over(table, tmp_path, choice):
    """With --years 2020:2021 the whole file was estimated, and nothing said so."""
    table.to_csv(tmp_path / "towns.csv", index=False)
    with pytest.raises(BadInput, match=f"column {choice[0][2:].replace('-', '_')}, value '{choice[1]}': this choice is of the project's own panel"):
        cli.main(["--panel", str(tmp_path / "towns.csv"), "--unit", "district", "--time", "month", "--outcomes", "thefts", "--treated", "law", *choice])


def test_a_choice_that_is_nearly_one_is_named(panel):
    """"options: none", though years= is what was meant."""
    for wrong, meant in (("year", "years"), ("control", "controls"), ("exposure_rules", "exposure_rule")):
        with pytest.raises(BadInput, match=f"has no option {wrong} → did you mean {meant}=\\?"):
            effects.estimate("pci", "time_costs", reform="peoples_council_removal", **{wrong: 2010})
    with pytest.raises(BadInput, match="has no option colour → options: none"):
        effects.estimate("pci", "time_costs", reform="peoples_council_removal", colour=1)


@pytest.mark.parametrize(("letters", "name"), [("CS", "callaway_santanna"), ("cs", "callaway_santanna"), ("SA", "sun_abraham"), ("BJS", "imputation")])
def test_an_estimator_is_known_again_by_its_letters(letters, name):
    """The first of all fourteen was named."""
    with pytest.raises(UnknownName, match=f"unknown estimator '{letters}'; nearest: {name}$"):
        effects.estimate("pci", "time_costs", reform="peoples_council_removal", estimator=letters)


def test_modules_of_tables_are_reached_as_the_others_are():
    code = "from govlib import effects; print(effects.tables.spec_curve.__name__, effects.tables.sensitivity.__name__, 'tables' in dir(effects))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == ["spec_curve", "sensitivity", "True"]
