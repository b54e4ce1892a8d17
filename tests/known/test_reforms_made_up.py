"""Exposure to reforms on registries of a few made-up lines: who counts as exposed when, and what a damaged line says."""

from __future__ import annotations

import itertools
import os

import numpy as np
import pandas as pd
import pytest

from govlib.errors import BadInput, MissingData, UnknownName
from govlib.known import reforms
from govlib.known.provinces import province_set

LINE = dict.fromkeys(reforms.ACTION_COLUMNS, "") | {
    "reform": "hall", "province": "thua-thien-hue", "start_date": "2015", "date_precision": "year", "date_of": "in_force", "confidence": "high", "level": "province",
    "target_components": "pci:time_costs"}
TYPES = {"hall": "complete", "plan": "examples", "law": "national", "some": "partial", "none": "complete"}
YEARS = range(2013, 2021)


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """Writes the lines of a registry in the place of the project's."""
    monkeypatch.setattr(reforms, "_folder", lambda: tmp_path)
    monkeypatch.setattr(reforms, "SESSION", {})

    times = itertools.count(1_500_000_000, 10)

    def written(*lines, types=TYPES, name="reform_actions.csv"):
        now = next(times)  # every writing is later than the one before
        pd.DataFrame([{"reform": r, "name_vi": f"{r} vi", "name_en": f"{r} en", "coverage": c, "coverage_note": ""} for r, c in types.items()]).to_csv(
            tmp_path / "reforms.csv", index=False)
        rows = [{**LINE, "reform_id": f"a{n}", **line} for n, line in enumerate(lines)]
        pd.DataFrame(rows, columns=reforms.ACTION_COLUMNS).to_csv(tmp_path / name, index=False)
        for file in tmp_path.glob("*.csv"):
            os.utime(file, (now, now))
        return tmp_path / name

    return written


def undated(**more):
    return {"start_date": "", "date_precision": "", "date_of": "unknown", **more}


def of(reform="hall", province="thua-thien-hue", **more):
    """Year → the columns, of one province."""
    more = {"years": YEARS, "rule": "same_year"} | more
    table = reforms.exposure(reform, "pci", **more)
    return table[table["province"] == province].set_index("year")


HUE = {"province": "thua-thien-hue"}


# ---- when an action counts -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("lines", "in_force"), [
    ([("2015", "")], [0, 0, 1, 1, 1, 1, 1, 1]), ([("2015", "2018")], [0, 0, 1, 1, 1, 0, 0, 0]), ([("2015", ""), ("2017", "")], [0, 0, 1, 1, 2, 2, 2, 2]),
    ([("2015", ""), ("2016", "2018")], [0, 0, 1, 2, 2, 1, 1, 1]), ([("2014", "2016"), ("2018", "2020")], [0, 1, 1, 0, 0, 1, 1, 0]), ([("2015", "2016"), ("2016", "")], [0, 0, 1, 1, 1, 1, 1, 1]),
    ([("2015", "2015")], [0] * 8), ([("known 2016", "")], [0, 0, 0, 1, 1, 1, 1, 1]), ([("known 2014", "2018")], [0, 1, 1, 1, 1, 0, 0, 0]),
    ([("2015", ""), ("known 2017", "2018")], [0, 0, 1, 1, 2, 1, 1, 1]), ([("", "2016")], [0] * 8)])
def test_editions_in_which_actions_are_in_force(registry, lines, in_force):
    """Between two actions, the first over and the second not begun, nothing is; one without a start that is over is over too."""
    registry(*({**HUE, "end_date": end, **(undated(known_by=start.removeprefix("known ")) if not start[:1].isdigit() else {"start_date": start})} for start, end in lines))
    table = of()
    first = next((i for i, n in enumerate(in_force) if n), None)
    begun = [i >= first for i in range(8)] if first is not None else [lines == [("2015", "2015")] and y >= 2015 for y in YEARS]
    assert table["dose"].tolist() == in_force and table["adopted"].tolist() == [n > 0 for n in in_force]
    assert table["ended"].tolist() == [b and not n for b, n in zip(begun, in_force, strict=True)]
    dated = [int(start) for start, _ in lines if start.isdigit()]
    closed = {"treated" if b else "unknown" if any(not s.isdigit() for s, _ in lines) else "not_yet" for b in begun}
    assert set(table["state"]) == closed
    cohort = np.nan if any(not s.isdigit() for s, _ in lines) else min(dated)
    assert table["cohort"].tolist() == pytest.approx([cohort] * 8, nan_ok=True)
    assert table["years_since"].tolist() == pytest.approx([y - cohort for y in YEARS], nan_ok=True)


def test_who_is_exposed_by_what_the_list_covers(registry):
    registry(HUE, HUE | {"reform": "some"}, HUE | {"reform": "plan"}, {"reform": "law", "province": "national", "level": "national", "start_date": "2016"}, HUE | {"reform": "law", "level": "province"})
    others = {r: of(r, "ha-noi") for r in ("hall", "some", "plan", "law", "none")}
    assert {r: (set(t["state"]), set(t["cohort"].fillna(-1)), set(t["confidence"])) for r, t in others.items()} == {
        "hall": ({"not_yet"}, {np.inf}, {""}), "some": ({"unknown"}, {-1.0}, {""}), "plan": ({"unknown"}, {-1.0}, {""}), "law": ({"not_yet", "treated"}, {2016.0}, {"high"}),
        "none": ({"not_yet"}, {np.inf}, {""})}
    mine = {r: of(r) for r in ("hall", "some", "plan", "law")}
    assert [t["adopted"].sum() for t in mine.values()] == [6, 6, 6, 5] and mine["plan"]["cohort"].isna().all() and set(mine["plan"]["state"]) == {"unknown", "treated"}
    assert set(mine["some"]["state"]) == {"not_yet", "treated"} and set(mine["hall"]["confidence"]) == {"high"}
    assert len(reforms.exposure("hall", "pci", years=[2015, 2015, 2014])) == sum(len(province_set(y)) for y in (2014, 2015)) and reforms.exposure("hall", "pci", years=[]).empty


def test_a_province_that_is_none_in_an_edition_changes_nothing(registry):
    registry({"province": "ha-tay", "start_date": "2005"})
    assert set(of(province="ha-noi")["state"]) == {"not_yet"} and not reforms.exposure("hall", "pci", years=YEARS)["adopted"].any()
    both = reforms.exposure("hall", "pci", years=(2007, 2008))
    assert set(both[both["adopted"]]["province"]) == {"ha-tay"}


def test_parts_of_a_merged_unit_do_not_speak_for_the_whole(registry):
    registry({"province": "bac-ninh"}, {"province": "cao-bang"})
    merged, same, other = (of(province=p, years=(2024, 2025)) for p in ("bac-ninh", "cao-bang", "lai-chau"))
    assert merged["state"].tolist() == ["treated", "unknown"] and merged["cohort"].tolist() == pytest.approx([2015, np.nan], nan_ok=True)
    assert same["state"].tolist() == ["treated"] * 2 and other["state"].tolist() == ["not_yet"] * 2


def test_what_is_less_certain_dates_nothing(registry):
    registry(HUE | {"confidence": "low"}, HUE | {"confidence": "medium", "start_date": "2018"}, {"province": "ha-noi", "confidence": "unverified"})
    assert [of(min_confidence=least)["adopted"].sum() for least in ("high", "medium", "low", "unverified")] == [0, 3, 6, 6]
    assert set(of(min_confidence="high")["state"]) == {"unknown"} and of()["confidence"].unique().tolist() == ["low"]
    assert of(province="ha-noi")["adopted"].any() and reforms.exposed("hall", "pci", years=YEARS)["adopted"].any()


def test_the_rule_and_the_reading_date_starts_known_dates_and_ends(registry):
    registry(HUE | {"end_date": "2018"}, undated(province="ha-noi", known_by="2015"))
    opens, closes = reforms.field_months("pci", 2016)
    assert 1 < opens < closes < 12
    years = {key: of(rule=rule, reading=reading)["adopted"].loc[lambda s: s].index.tolist() for key, rule, reading in (
        ("same", "same_year", "late"), ("next", "next_year", "early"), ("early", "next_edition_after_fieldwork", "early"), ("late", "next_edition_after_fieldwork", "late"))}
    assert years == {"same": [2015, 2016, 2017], "next": [2016, 2017, 2018], "early": [2015, 2016, 2017], "late": [2016, 2017]}, "an end is read early, so that no edition after it counts"
    assert [of(province="ha-noi", rule=rule, reading="early")["adopted"].sum() for rule in ("same_year", "next_year", "next_edition_after_fieldwork")] == [6, 5, 5]


# ---- the table of all ----------------------------------------------------------------------------------------------------------------
def test_the_panel_has_every_kind_index_and_reading(registry):
    registry(HUE, HUE | {"reform": "some"})
    table = reforms.exposure_panel(rule="next_year", indices_=["pci", "papi"])
    assert table.columns.tolist() == ["reform", "index_id", "reading", "rule", *reforms.EXPOSURE_COLUMNS] and set(table["rule"]) == {"next_year"}
    assert table[["index_id", "reform", "reading"]].drop_duplicates().to_numpy().tolist() == [[i, r, k] for i in ("pci", "papi") for r in TYPES for k in reforms.READINGS]
    one = table.query("reform == 'hall' and index_id == 'pci' and reading == 'late'")[reforms.EXPOSURE_COLUMNS].reset_index(drop=True)
    pd.testing.assert_frame_equal(one, reforms.exposure("hall", "pci", rule="next_year", reading="late"), check_dtype=False)
    assert table["reform"].dtype == "str" and set(reforms.exposure_panel(indices_=["dti"])["rule"]) == {reforms.RULES[0]}


def test_names_targets_and_ids(registry):
    registry({"target_components": "pci:time_costs;papi:overall"}, {"target_components": "pci:entry_costs", "reform": "some"}, {"target_components": "papi:participation"})
    assert reforms.targets("hall") == ["papi:overall", "papi:participation", "pci:time_costs"] and reforms.targets("hall", "papi") == ["overall", "participation"]
    assert reforms.targets("none") == [] and reforms.name("law") == "law vi" and reforms.name("law", "en") == "law en" and reforms.known("some") == "some"
    assert list(reforms.ids()) == list(TYPES)
    for ask, near in ((lambda: reforms.known("hal"), "hall"), (lambda: reforms.known("zzzzzzzz"), "hall, plan, law, some"), (lambda: of(rule="x"), "next_edition"), (lambda: of(reading="x"), "early, late"),
                      (lambda: of(min_confidence="x"), "high, medium"), (lambda: reforms.exposure("hall", "x"), "pci"), (lambda: reforms.exposure("halls", "pci"), "hall")):
        with pytest.raises(UnknownName, match=near) as told:
            ask()
        assert "'x'" in str(told.value) or "hal" in str(told.value) or "zzz" in str(told.value)
    del reforms.reform_types()["coverage"]
    del reforms.actions()["reform"]
    assert "coverage" in reforms.reform_types() and "reform" in reforms.actions(), "what is handed out is a copy"


def test_another_file_of_actions_is_read_instead(registry, tmp_path):
    registry(HUE)
    own = registry(HUE | {"start_date": "2018"}, name="own.csv")
    assert [of(actions_path=given)["adopted"].sum() for given in (None, own, str(own))] == [6, 3, 3] and len(reforms.actions(own)) == 1
    registry(HUE | {"start_date": "2019"}, name="own.csv")
    assert of(actions_path=own)["adopted"].sum() == 2, "what has changed is read anew"
    for name in ("reform_actions.csv", "reforms.csv"):
        (tmp_path / name).unlink()
        with pytest.raises(MissingData, match=name):
            of() if name == "reforms.csv" else reforms.actions()


def test_a_list_of_one_s_own_speaks_for_itself(registry):
    registry(HUE)
    rows = pd.DataFrame([{**LINE, **HUE, "reform": "own", "reform_id": "own-1", "start_date": "2019"}])[reforms.ACTION_COLUMNS]
    kind = pd.DataFrame([{"reform": "own", "name_vi": "v", "name_en": "e", "coverage": "partial"}], index=pd.Index(["own"], name="reform"))
    reforms.SESSION["own"] = (kind, rows)
    assert of("own")["adopted"].sum() == 2 and len(reforms.actions()) == 2 and list(reforms.ids()) == [*TYPES, "own"] and reforms.reform_types().at["own", "coverage_note"] == ""
    reforms.SESSION["own"] = (kind, rows.iloc[:0])
    assert set(of("own")["state"]) == {"unknown"} and reforms.targets("own") == []


# ---- damaged lines ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("line", "column", "words", "fix"), [
    ({"reform_id": ""}, "reform_id", "an action needs an id", ""), ({"reform_id": "a0"}, "reform_id", "this id stands in row 2 too", ""),
    ({"reform": "x"}, "reform", "unknown reform", "add it to reforms.csv first"), ({"level": "national"}, "province", "a national action has no province", "write national"),
    ({"province": "Atlantis"}, "province", "Atlantis", ""), ({"province": "Huế"}, "province", "write the province's slug", "thua-thien-hue"),
    ({"confidence": ""}, "confidence", "must be one of high, medium, low, unverified", ""), ({"level": "x"}, "level", "must be one of province, national", ""),
    ({"year_basis": "x"}, "year_basis", "must be one of stated, inferred, empty", ""), ({"date_precision": "x"}, "date_precision", "must be one of", ""),
    ({"read_again": "twice"}, "read_again", "the page of the second reading is an address", "write it, or leave it empty"), ({"read_again": "http://a b"}, "read_again", "is an address", ""),
    ({"date_precision": ""}, "date_precision", "a date and its precision go together", ""), ({"start_date": ""}, "date_precision", "a date and its precision go together", ""),
    ({"start_date": "2015-01"}, "start_date", "the date is not of precision 'year'", ""), ({"date_of": "unknown"}, "date_of", "date_of is unknown exactly where there is no start date", ""),
    ({"end_date": "x"}, "end_date", "a date is written 2017, 2017-05 or 2017-05-17", ""), ({"known_by": "2017-13"}, "known_by", "no such day", ""),
    ({"end_date": "2014"}, "end_date", "ends before it starts (2015)", ""), ({"target_components": "x:overall"}, "target_components", "unknown index in target_components", ""),
    ({"target_components": "pci:overall;pci:x"}, "target_components", "pci has no such component", "")])
def test_a_damaged_line_is_told_with_its_place(registry, line, column, words, fix):
    path = registry({"target_components": "pci:overall"}, line)
    with pytest.raises(BadInput) as told:
        reforms.actions()
    said = told.value
    value = line.get(column, LINE[column])
    assert words in str(said) and fix in str(said) and path.name in str(said)
    assert (said.row, said.column, said.value) == (3, column, value.split(";")[-1])


def test_what_is_no_fault(registry):
    registry({"read_again": "https://a.org/x"}, {"end_date": "2015"}, {"end_date": "2015-01"}, {"start_date": "2015-02-28", "date_precision": "day", "known_by": "2014"},
             undated(end_date="2001"), {"level": "national", "province": "national"}, {"year_basis": "inferred"})
    assert len(reforms.actions()) == 7


def test_damaged_tables(registry, tmp_path):
    registry(types=TYPES | {"bad": "some of it"})
    with pytest.raises(BadInput, match="coverage must be complete, partial, national or examples") as told:
        reforms.reform_types()
    assert (told.value.row, told.value.column, told.value.value) == (7, "coverage", "some of it") and "reforms.csv" in str(told.value)
    registry(LINE)
    kinds = tmp_path / "reforms.csv"
    kinds.write_text(kinds.read_text() + "\nsome,a,b,partial,\n", encoding="utf-8")
    with pytest.raises(BadInput, match="the same reform twice") as told:
        reforms.reform_types()
    assert (told.value.row, told.value.column, told.value.value) == (8, "reform", "some")
    registry(LINE)
    (tmp_path / "reform_actions.csv").write_text("reform_id,reform\n", encoding="utf-8")
    with pytest.raises(BadInput, match="columns are missing: province") as told:
        reforms.actions()
    assert told.value.row == 1 and "reform_actions.csv" in str(told.value)


# ---- as a spreadsheet program saves it -----------------------------------------------------------------------------------------
def saved_as(path, encoding="utf-8-sig", change=lambda text: text):
    path.write_bytes(change(path.read_text(encoding="utf-8").replace("\n", "\r\n")).encode(encoding))
    os.utime(path, (1_600_000_000, 1_600_000_000))
    return path


@pytest.mark.parametrize(("encoding", "change"), [
    ("utf-8", str), ("utf-8-sig", str), ("utf-8-sig", lambda t: t.replace(",", ";")), ("utf-16", lambda t: t.replace(",", "\t")),
    ("utf-8-sig", lambda t: t.replace("\r\n", ",,\r\n")), ("utf-8", lambda t: t.replace("Kế hoạch", "Káº¿ hoáº¡ch")), ("utf-8-sig", lambda t: "sep=;\r\n" + t.replace(",", ";"))])
def test_a_registry_as_excel_saves_it(registry, encoding, change):
    path = registry({"start_date": "2015-05-17", "date_precision": "day", "source_title": "Kế hoạch", "end_date": "2017-05"}, {"province": "ha-noi"})
    plain = reforms.actions(path)
    pd.testing.assert_frame_equal(reforms.actions(saved_as(path, encoding, change)), plain)


def test_a_day_that_could_be_two(registry):
    path = registry({"start_date": "2015-05-17", "date_precision": "day"}, {"start_date": "6/5/2015", "date_precision": "day", "known_by": "7/7/2015", "province": "ha-noi"})
    with pytest.raises(BadInput, match="reform_actions.csv, row 3, column start_date, value '6/5/2015': could be 2015-05-06 or 2015-06-05: no day of the file .* → write YYYY-MM-DD"):
        reforms.actions(path)


def test_days_that_excel_turned_round_are_read_and_months_that_it_lost_are_not(registry):
    path = registry({"start_date": "17/5/2015", "date_precision": "day", "known_by": "01/02/2015"})
    assert reforms.actions(path)[["start_date", "known_by"]].to_numpy().tolist() == [["2015-05-17", "2015-02-01"]]
    path = registry({"start_date": "May-15", "date_precision": "month"})
    with pytest.raises(BadInput, match=r"reform_actions.csv, row 2, column start_date, value 'May-15': the date is not of precision 'month' → write 2017, 2017-05 .*columns as Text"):
        reforms.actions(path)


@pytest.mark.parametrize(("encoding", "change", "row", "words"), [
    ("cp1252", lambda t: t.replace("hall", "h?ll?"), 2, "letters were lost here"), ("ascii", lambda t: t.replace("Title", "S? N?i v?"), 2, "letters were lost here"),
    ("utf-8", lambda t: t.replace("Title", "S? Y t?").replace(",pci:", "Kế hoạch,pci:"), 2, "letters were lost here"),
    ("utf-8", lambda t: t.replace("Title", "Ná»i vá»¥"), 2, "spoilt"), ("utf-8", lambda t: t.replace("Title", "a,b,c"), 2, "more cells than the header"),
    ("utf-8", lambda t: t.replace("Title", 'a"b').replace(",high", ',"high'), 2, "broken quoting"),
    ("utf-8", lambda t: t.rstrip().replace("Title", '"a') + "\n" + t.splitlines()[-1].replace("Title", 'b"') + "\n", 2, "takes in the rows below")])
def test_what_excel_spoilt_is_told_with_file_row_and_remedy(registry, encoding, change, row, words):
    path = saved_as(registry({"source_title": "Title"}), encoding, change)
    with pytest.raises(BadInput) as told:
        reforms.actions(path)
    assert words in str(told.value) and told.value.row == row and "→" in str(told.value) and "reform_actions.csv" in str(told.value)
