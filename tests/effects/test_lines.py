"""The call that gives a row again: whatever its arguments were, and where the table that knew it is gone."""

from __future__ import annotations

import contextlib
import importlib
import io

import numpy as np
import pandas as pd
import pytest

import govlib
from govlib import effects
from govlib.effects import lines
from govlib.errors import BadInput, NotEstimable, UnknownName

COUNCILS = {"reform": "peoples_council_removal"}
NAMES = ["time_costs", "entry_costs"]


def again(line):
    return eval(line, {"govlib": govlib})  # our own line


# ------------------------------------------------------------------------------------------------- rows whose attrs are gone
@pytest.mark.parametrize("asked", [
    {"components": "time_costs", "years": "2006:2012"}, {"components": "time_costs", "controls": ["log:grdp"]},
    {"components": "time_costs", "exclude": ["Hà Nội", "Hải Phòng"], "reading": "late"}, {"outcome": "fixed_weight", "singletons": "drop"},
    {"inference": ("crv1", "ri"), "estimator": "imputation", "years": "2006:2014"},
    {"components": "transparency", "controls": ["grdp", "log:budget_revenue"], "years": "2007:2013", "singletons": "drop"}])
def test_a_row_of_tables_put_together_gives_its_own_estimate(panel, asked):
    """Without the years the line of an estimate of 0.08 gave 0.05, and without the controls the same."""
    rows = effects.estimate("pci", **{**COUNCILS, **asked})
    other = effects.estimate("pci", "time_costs", **COUNCILS, estimator="sun_abraham")
    both = pd.concat([rows, other])
    assert not both.attrs
    overall = both[both["term"] == "att"]
    for row in (overall.iloc[0], overall.iloc[-2].to_dict()):
        found = again(effects.line(row))
        same = found[(found["component"] == row["component"]) & (found["term"] == row["term"]) & (found["inference"] == row["inference"])]
        assert row["estimate"] in set(same["estimate"]) and row["p_adjusted"] in {*same["p_adjusted"]}


def test_a_row_of_a_file_gives_its_own_estimate(panel):
    """An empty cell of a CSV is NaN: it was taken for a control of that name, and for a table of neighbours."""
    rows = effects.estimate("pci", "time_costs", **COUNCILS, years="2006:2012")
    row = pd.read_csv(io.StringIO(rows.assign(spillover=np.nan).to_csv(index=False))).iloc[0]
    assert again(effects.line(row))["estimate"].iloc[0] == pytest.approx(row["estimate"], abs=1e-12)
    with pytest.raises(BadInput, match="do not tell its whole call"):
        effects.line({**row.to_dict(), "controls": "nobody"})


@pytest.mark.parametrize("asked", [
    {"years": [2006, 2008, 2010]}, {"estimator": "callaway_santanna", "anticipation": 1}, {"estimator": "lp_did", "horizon": 1}, {"draws": 99},
    {"components": NAMES}])
def test_a_row_that_does_not_tell_its_whole_call_is_refused(panel, asked):
    rows = effects.estimate("pci", **{"components": "time_costs", **COUNCILS, "singletons": "drop", **asked})
    with pytest.raises(BadInput, match="column inputs_sha256, value '[0-9a-f]{64}': the columns of a row do not tell its whole call → keep rows.attrs"):
        effects.line(rows.to_dict("records")[0])


def test_a_row_of_other_scores_is_refused(panel):
    scores = pd.read_parquet(panel / "scores.parquet")
    row = effects.estimate("pci", "time_costs", **COUNCILS, scores=scores.assign(score=scores["score"] * 2)).to_dict("records")[0]
    with pytest.raises(BadInput, match="do not tell its whole call"):
        effects.line(row)


# ------------------------------------------------------------------------------------------------- arguments of every kind
@pytest.mark.parametrize("given", [
    np.array(NAMES), pd.Series(NAMES), pd.Series(NAMES, dtype="str").unique(), pd.Index(NAMES), tuple(NAMES), dict.fromkeys(NAMES).keys(),
    pd.Series(NAMES, index=[7, 9])], ids=lambda given: type(given).__name__)
def test_components_of_any_kind_are_a_line(panel, given):
    rows = effects.estimate("pci", given, **COUNCILS, years="2006:2012")
    pd.testing.assert_frame_equal(again(rows.attrs["line"]), rows)


def test_what_can_be_read_once_and_figures_of_numpy_are_a_line(panel):
    rows = effects.estimate("pci", (name for name in NAMES), **COUNCILS, years=(np.int64(year) for year in range(2006, 2013)),
                            exclude=iter(["Hà Nội"]), controls=map(str, ["log:grdp"]), draws=np.int64(99), inference=iter(["crv1", "ri"]))
    assert "np." not in rows.attrs["line"] and "years=[2006, 2007," in rows.attrs["line"] and set(rows["component"]) == set(NAMES)
    pd.testing.assert_frame_equal(again(rows.attrs["line"]), rows)
    for function, more in ((effects.spillovers, {"years": [np.int64(year) for year in range(2006, 2013)]}),
                           (effects.placebo_date, {"years": (year for year in (2006, 2007, 2008)), "pretend": np.int64(2008)})):
        rows = function("pci", components=(name for name in NAMES), **COUNCILS, inference="crv1", **more)
        assert "np." not in rows.attrs["line"] and len(set(rows["component"])) == 2
        pd.testing.assert_frame_equal(again(rows.attrs["line"]), rows)
    ended = effects.after_the_end("papi", iter(["service_delivery"]), **COUNCILS, inference="crv1", years=range(2011, 2020))
    pd.testing.assert_frame_equal(again(ended.attrs["line"]), ended)


@pytest.mark.parametrize(("value", "want"), [
    (np.float64(0.5), 0.5), (np.array(["a"]), ["a"]), ((np.int64(1), "b"), (1, "b")), ([np.array([1, 2])], [[1, 2]]), ("ab", "ab"), (None, None),
    ({np.str_("a")}, ["a"]), (range(2), range(2)), (iter([1]), [1]), (pd.Series([1.0]), [1.0]), (np.array(3), 3)])
def test_a_value_is_written_as_python_reads_it(value, want):
    found = lines.plain(value)
    assert found == want and type(found) is type(want) and "np." not in repr(found)


def test_tables_are_called_by_their_name(panel):
    import polars

    frame = pd.DataFrame({"a": [1]})
    for table in (frame, polars.from_pandas(frame), {"a": np.ones(1)}, np.ones(3)):
        assert lines.written("estimate", ("pci",), {"scores": table, "data": None}) == "govlib.effects.estimate('pci', scores=scores)"


# ------------------------------------------------------------------------------------------------- what is no argument
@pytest.mark.parametrize(("change", "error", "words"), [
    ({"estimator": ["twfe", "imputation"]}, BadInput, "column estimator, value .'twfe', 'imputation'.: one call takes one estimator, by its name → call once"),
    ({"outcome": ["score", "rank"]}, UnknownName, "unknown outcome .'score', 'rank'.; nearest: score"),
    ({"inference": None}, UnknownName, "unknown inference None; nearest: crv1"), ({"inference": 5}, UnknownName, "unknown inference 5")])
def test_a_wrong_choice_is_told_by_its_name(panel, change, error, words):
    for function, index, component in ((effects.estimate, "pci", "time_costs"), (effects.spillovers, "pci", "time_costs"),
                                       (effects.after_the_end, "papi", "service_delivery")):
        with pytest.raises(error, match=words):
            function(index, component, **COUNCILS, **change)
    if "outcome" not in change:
        with pytest.raises(error, match=words):
            effects.placebo_date("pci", **COUNCILS, pretend=2008, years="2006:2008", **change)
        with pytest.raises(error, match=words):
            effects.from_sample(effects.build("pci", "time_costs", **COUNCILS), **{"estimator": "twfe", **change})


def test_a_frame_of_another_library_is_no_pandas_table():
    import polars

    frame = pd.DataFrame({"unit": [1, 1], "year": [1, 2], "y": [0.0, 1], "law": [0, 1]})
    with pytest.raises(BadInput, match="value 'DataFrame': the data are no pandas table"):
        effects.estimate(data=polars.from_pandas(frame), unit="unit", time="year", outcome="y", treated="law")


@pytest.mark.parametrize(("name", "lost"), [("exposure", "ended"), ("exposure", "dose"), ("scores", "index_id"), ("control_table", "value")])
def test_a_table_of_ones_own_that_lacks_a_column_is_told(panel, name, lost):
    from govlib.known import reforms

    table = {"exposure": reforms.exposure(COUNCILS["reform"], "pci"), "scores": pd.read_parquet(panel / "scores.parquet"),
             "control_table": pd.read_parquet(panel / "controls.parquet")}[name]
    with pytest.raises(BadInput, match=f"column {lost}: there is no such column → {name}= needs province, year, "):
        effects.estimate("pci", "time_costs", **COUNCILS, controls="grdp", **{name: table.drop(columns=lost)})
    with pytest.raises(BadInput, match=f"column {name}, value 'list': the data are no pandas table"):
        effects.estimate("pci", "time_costs", **COUNCILS, controls="grdp", **{name: [table]})


@pytest.mark.parametrize(("change", "words"), [
    ({"years": None}, "column years: a placebo needs editions before the real start"), ({"pretend": "2007-2008"}, "value '2007-2008': a pretended start is"),
    ({"pretend": 2008.5}, "column pretend, value 2008.5: a pretended start is one year → pretend=2008"), ({"pretend": None}, "a pretended start is one"),
    ({"pretend": [2008]}, "a pretended start is one year"), ({"pretend": float("inf")}, "a pretended start is one year")])
def test_a_placebo_that_is_none_is_told(panel, change, words):
    with pytest.raises(BadInput, match=words):
        effects.placebo_date("pci", components="time_costs", **{**COUNCILS, "pretend": 2008, "years": "2006:2008", **change})


@pytest.mark.parametrize("pretend", ["2008", 2008.0, np.float64(2008), "２００８"])
def test_a_pretended_year_may_be_a_text_or_a_whole_number(panel, pretend):
    how = {"components": "time_costs", "years": "2006:2008", "inference": "crv1", **COUNCILS}
    pd.testing.assert_frame_equal(effects.placebo_date("pci", pretend=pretend, **how), effects.placebo_date("pci", pretend=2008, **how))


# ------------------------------------------------------------------------------------------------- names as they are printed
def test_a_whole_table_is_no_row(panel):
    rows = effects.estimate("pci", "time_costs", **COUNCILS)
    for told in (effects.sentence, effects.grade):
        assert told(rows.iloc[0])
        with pytest.raises(BadInput, match="one row is asked for"):
            told(rows)


@pytest.mark.parametrize("room", ["govlib.effects", "govlib.did", "govlib.did.inference", "govlib.publish.charts"])
def test_a_notebook_completes_the_names_of_a_room(room):
    module = importlib.import_module(room)
    assert {*module.__all__, "__name__"} <= {*dir(module)}


def test_names_as_they_are_printed_are_taken_by_every_question(panel):
    from govlib.effects import design, tables

    how = {"pretend": 2008, "years": "2006:2008", "inference": "crv1"}
    one = effects.placebo_date("PCI", reform="Peoples-council-removal", components="Chi phí thời gian", **how)
    pd.testing.assert_frame_equal(one, effects.placebo_date("pci", **COUNCILS, components="time_costs", **how))
    pd.testing.assert_frame_equal(effects.measurement("PAPI", "Thủ tục hành chính công"), effects.measurement("papi", "administrative_procedures"))
    pd.testing.assert_frame_equal(tables.timing("DDCI", "PCI"), tables.timing("ddci", "pci"))
    assert tables.timing("DDCI", "PCI").attrs["index"] == "pci"
    assert np.array_equal(design.noise("PCI", "Time Costs"), design.noise("pci", "time_costs"))
    with contextlib.suppress(NotEstimable):  # nothing is held of a survey item, which is a name all the same
        effects.measurement("PCI", "time_costs.officials_friendly")
    with pytest.raises(UnknownName, match="unknown index 'PCX'"):
        effects.measurement("PCX", "time_costs")
