"""What a row must be: each rule on one row, each sentence word for word; the figures are made up."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from govlib.collect import checks
from govlib.errors import BadInput
from govlib.known import indices
from govlib.known.provinces import province_set

GOOD = {"province_printed": "Hà Nội", "province": "ha-noi", "component": "overall", "level": "overall", "score": "60.5", "rank": "3", "tier": "", "unit": "points",
        "source": "s", "locator": "p. 1", "note": "", "file": "pci/2019.csv", "row": 2, "index_id": "pci", "year": 2019}


def prepared(**changed) -> pd.DataFrame:
    return checks.prepare(pd.DataFrame([GOOD, GOOD | {"row": 3} | changed]), ["s"])


def said(**changed) -> list[tuple]:
    found = checks.row_problems(prepared(**changed))
    assert 0 not in found
    return [(p.row, p.column, str(p.problem), p.value) for p in found.get(1, [])]


FIX = {"level": "write overall, component, indicator", "province_printed": "write the name as in govlib/known/reference/provinces.csv, or add the spelling to aliases.csv there",
       "province": "one of the two is wrong: check the source", "component": "see govlib/known/reference/indices", "rank": "write a whole number, or leave the cell empty",
       "source": "add the source to data/raw/catalogue*.yaml, or correct its id"}


@pytest.mark.parametrize(("changed", "problem"), [
    ({}, None), ({"score": " 60,5 "}, None), ({"score": "", "rank": ""}, None), ({"score": "100"}, None), ({"score": "100.004"}, None), ({"rank": "64"}, None), ({"rank": "1"}, None),
    ({"score": "100.006"}, ("score", "outside the scale 0–100 of overall", "100.006")), ({"score": "-0.5"}, ("score", "outside the scale 0–100 of overall", "-0.5")),
    ({"component": "time_costs", "level": "component", "score": "0.99"}, ("score", "outside the scale 1–10 of time_costs", "0.99")),
    ({"score": "0"}, ("score", "a 0 that stands for: not published", "0")), ({"component": "time_costs", "level": "component", "score": "0"}, ("score", "a 0 that stands for: not published", "0")),
    ({"score": "n/a"}, ("score", "not a number", "n/a")), ({"score": "=5+5"}, ("score", "a formula, not a number", "=5+5")), ({"score": "inf"}, ("score", "not a number", "inf")),
    ({"rank": "0"}, ("rank", "not a rank from 1 to 64", "0")), ({"rank": "65"}, ("rank", "not a rank from 1 to 64", "65")), ({"rank": "3.5"}, ("rank", "not a rank from 1 to 64", "3.5")),
    ({"rank": "x"}, ("rank", "not a rank from 1 to 64", "x")), ({"source": "t"}, ("source", "not in the catalogue of sources", "t")), ({"level": "part"}, ("level", "unknown level", "part")),
    ({"component": "shoes", "level": "component"}, ("component", "pci has no such component in 2019", "shoes")), ({"component": "time_costs.days", "level": "indicator", "score": "0"}, None),
    ({"province_printed": "Cà Mau"}, ("province", "the printed name 'Cà Mau' is ca-mau", "ha-noi")), ({"province_printed": "P27"}, None), ({"province_printed": ""}, None)])
def test_each_rule(changed, problem):
    assert said(**changed) == ([(3, *problem)] if problem else [])


def test_the_fix_of_each_rule_and_all_that_is_wrong_at_once():
    found = checks.row_problems(prepared(level="part", province_printed="Atlantis", province="", component="shoes", score="x", rank="x", source="t"))[1]
    assert [p.column for p in found] == ["level", "province_printed", "component", "score", "rank", "source"] and {p.file for p in found} == {"pci/2019.csv"}
    assert all(p.fix == FIX.get(p.column, p.fix) for p in found) and "unknown province of" not in str(found[1].problem) and "Atlantis" in str(found[1].problem)
    assert found[3].fix == "write the figure as printed; leave the cell empty where none was published, and say why in the note"
    [zero] = checks.row_problems(prepared(score="0"))[1]
    assert zero.fix == "leave the cell empty and say why in the note"
    [name] = checks.row_problems(prepared(province="", province_printed=""))[1]
    assert name.column == "province_printed" and checks.row_problems(prepared(province_printed="Cà Mau"))[1][0].fix == FIX["province"]
    assert checks.row_problems(prepared(score="1000"))[1][0].fix == "check the decimal mark and the column"
    with pytest.raises(TypeError, match="rows were not prepared"):
        checks.row_problems(prepared().assign(value="x"))


def test_what_the_rules_look_at():
    one = prepared(score="60,5", rank="7.0", province="", component="shoe.size", level="indicator").iloc[1]
    assert (one["value"], one["rank_value"], one["slug"], one["printed_slug"], one["why_no_slug"], one["known_source"]) == (60.5, 7.0, "ha-noi", "ha-noi", "", True)
    assert not one["known_component"] and one["scale_min"] != one["scale_min"] and (one["score_text"], one["rank_text"]) == ("60,5", "7.0")
    assert prepared().iloc[0][["scale_min", "scale_max", "known_component"]].tolist() == [0.0, 100.0, True]


@pytest.mark.parametrize(("text", "number"), [("5", 5), ("+5.25", 5.25), ("-1e2", -100), ("1.5E-1", 0.15), ("5,5", 5.5), ("1.234,5", 1234.5), ("", None), ("x", None), ("nan", None), ("1e", None), ("٣", None)])
def test_numbers_as_they_are_written(text, number):
    found = checks.numbers(pd.Series([text], dtype="str")).iloc[0]
    assert found == number if number is not None else found != found


@pytest.mark.parametrize(("a", "b", "same"), [("60.5", "60.52", True), ("60.5", "60.55", True), ("60.5", "60.56", False), ("60,50", "60.52", False), ("60", "60.5", True), ("60.123", "60.1234", True),
                                              ("6.05e1", "60.5", True), ("60.50", "60.51", False), ("60.50", "60.505", True), ("3.33", "3.3333333", True)])
def test_figures_agree_to_the_precision_of_the_one_with_fewer_decimals(a, b, same):
    x, y = (float(t.replace(",", ".")) for t in (a, b))
    assert checks.agrees(a, x, b, y) is same is checks.agrees(b, y, a, x)


@pytest.mark.parametrize(("found", "problems"), [
    (["a", "b", "c"], []), ([" a", "b ", "c", "", " "], []), (["a", "c"], [("b", "column is missing", "restore the header of the template")]),
    (["a", "b", "c", "d", "", "d", "x"], [(c, "unknown column", "remove it, or restore its name") for c in ("d", "(no name)", "x")]), (["a", "b", "b", "c"], [("b", "column stands twice", "remove one of the two")]),
    (["a", "c", "b"], [("c", "columns are swapped: c stands where b belongs", "put the columns, with their values, in this order: a, b, c")])])
def test_headers(found, problems):
    said = checks.header_problems(found, ["a", "b", "c"], Path("x/f.csv"), 4)
    assert [(p.column, str(p.problem), str(p.fix)) for p in said] == problems and {(p.file, p.row) for p in said} <= {("f.csv", 4)}


HEAD = ",".join(checks.TIDY)


def test_a_shipped_file_as_text(tmp_path):
    path = tmp_path / "2019.csv"
    path.write_text(f'\ufeff{HEAD}\nHà Nội,ha-noi,overall,overall,007,3,,points,s,"a, b",\n\nx,y,z,,,,,,,,"two\nlines"\n', encoding="utf-8")
    frame = checks.read_tidy(path)
    assert frame["row"].tolist() == [2, 4] and list(frame.columns) == [*checks.TIDY, "row"] and frame.loc[0, ["score", "locator"]].tolist() == ["007", "a, b"] and frame.loc[1, "note"] == "two\nlines"


@pytest.mark.parametrize(("content", "why", "fix"), [
    (HEAD.encode() + b"\n", "a header and no rows", "delete the file, or put the figures in"), (HEAD.encode() + b"\na,\xff\n", f"not UTF-8 (byte {len(HEAD) + 3})", "save it as CSV UTF-8"),
    (HEAD.encode() + b'\n"a"b,c\n', "broken quoting", "each quoted cell must end with a quote"), (HEAD.encode() + b"\na,b\n", "2 cells where the header has 11", "a cell that contains a comma must stand in quotes"),
    (b"a,b\n1,2\n", "column is missing", "restore the header of the template"), (b"<html>", "a web page", "make template")])
def test_a_file_that_is_refused(tmp_path, content, why, fix):
    path = tmp_path / "2019.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput) as told:
        checks.read_tidy(path)
    assert why in str(told.value) and fix in str(told.value) and "2019.csv" in str(told.value)


def test_messages_name_the_folder_of_the_index():
    path = Path("raw/pci/2019.csv")
    for error, said in ((BadInput("wrong", file=path), "pci/2019.csv: wrong"), (BadInput("pci/2019.csv: known"), "pci/2019.csv: known"), (BadInput("no file named"), "pci/2019.csv: no file named")):
        with pytest.raises(BadInput) as told, checks.naming_the_index(path):
            raise error
        assert str(told.value).startswith(said), str(told.value)


def test_an_edition_that_lost_provinces_is_named_with_the_rows_to_blame():
    names = list(province_set(2019))
    scores = pd.DataFrame({"province": names[8:], "index_id": "pci", "year": 2019, "component": "overall", "score": 60.0})
    rejected = pd.DataFrame([{"index_id": "pci", "year": 2019, "component": "overall", "province": p, "row": at, "reason": "score: not a number"} for at, p in enumerate([*names[:7], names[9]], 2)])
    find = lambda notes=(), scores=scores, rejected=rejected, tables=(("pci", 2019),): checks.coverage_problems(scores, tables, notes, rejected)  # noqa: E731
    [one] = find()
    assert (str(one.problem), one.file, one.value) == ("pci 2019: 55 of 63 provinces have an overall score", "2019.csv", ", ".join(names[:5]) + " …")
    assert one.fix == "; ".join(f"row {at}: score: not a number" for at in range(2, 7))
    [fewer] = find(notes=[(p, 2019, "pci", "overall") for p in names[:4]], rejected=rejected[:0])
    assert str(fewer.problem) == "pci 2019: 55 of 59 provinces have an overall score" and fewer.value == ", ".join(names[4:8]) and fewer.fix == "put the missing rows back"
    assert find(notes=[(p, 2019, "pci", "overall") for p in names[:8]]) == [] == find(tables=()) and len(find(notes=[(p, 2019, "pci", "time_costs") for p in names[:8]])) == 1
    none = pd.DataFrame({"province": names, "index_id": "pci", "year": 2019, "component": ["overall"] * 62 + ["time_costs"], "score": [float("nan"), *[60.0] * 62]})
    assert str(find(scores=none)[0].problem) == "pci 2019: 61 of 63 provinces have an overall score"
    silent = indices.without_result("papi", 2024)
    held = pd.DataFrame({"province": [p for p in province_set(2024) if p not in silent], "index_id": "papi", "year": 2024, "component": "overall", "score": 40.0})
    assert silent and find(scores=held, tables=[("papi", 2024)], rejected=rejected[:0]) == []


@pytest.mark.parametrize(("change", "row", "column", "problem"), [
    (lambda t: t.replace(",", ";"), 1, None, "other signs than commas stand between the cells"), (lambda t: t.replace(",", "\t"), 1, None, "other signs than commas stand between the cells"),
    (lambda t: t.replace("Hà Nội", "HÃ\xa0 Ná»™i"), 2, "province_printed", "letters that another program has spoilt")])
def test_a_raw_file_as_excel_saves_it(tmp_path, change, row, column, problem):
    """Semicolons were twelve columns missing."""
    path = tmp_path / "2019.csv"
    path.write_text(change(",".join(checks.TIDY) + "\n" + ",".join(GOOD[c] for c in checks.TIDY) + "\n"), encoding="utf-8-sig")
    with pytest.raises(BadInput) as told:
        checks.read_tidy(path)
    assert (told.value.row, told.value.column, str(told.value.problem)) == (row, column, problem) and "CSV UTF-8" in told.value.fix
