"""PAPI: the official workbooks, the sub-dimension files, and what may be derived from them.

Figures asserted come from pages (provincial portals, quoted in shared/reforms/bac_ninh_published.csv), read as printed.
"""

from __future__ import annotations

import csv

import openpyxl
import pandas as pd
import pytest
from kit import originals

from govlib.collect.readers import papi as rules
from govlib.collect.readers import papi_indicators
from govlib.errors import BadInput, GovlibError
from govlib.known import indices, provinces
from govlib.transcribe import papi

# page → (year, component, printed score): mttq.bacninh.gov.vn (2020), hcc.bacninh.gov.vn (2023), bacninh.gov.vn (2017, 2018)
PRINTED = [
    (2017, "overall", "39.20"), (2017, "participation", "6.39"), (2018, "overall", "45.74"), (2020, "overall", "45.31"),
    (2020, "participation", "5.423"), (2020, "transparency", "5.897"), (2020, "vertical_accountability", "5.268"),
    (2020, "control_of_corruption", "7.18"), (2020, "administrative_procedures", "7.644"),
    (2020, "service_delivery", "7.279"), (2020, "environmental_governance", "3.17"), (2020, "e_governance", "3.455"),
    (2023, "overall", "45.7047"), (2023, "participation", "5.5334"), (2023, "transparency", "5.8234"),
    (2023, "vertical_accountability", "4.5467"), (2023, "control_of_corruption", "7.1588"),
    (2023, "administrative_procedures", "7.2747"), (2023, "service_delivery", "8.2568"),
    (2023, "environmental_governance", "3.3818"), (2023, "e_governance", "3.729"),
]
WITHOUT_RESULT = {2014: {"bac-giang", "dong-thap"}, 2021: {"bac-giang", "bac-ninh", "quang-ninh"}, 2023: {"quang-ninh", "binh-duong"},
                  2024: {"vinh-phuc", "tien-giang"}}


@pytest.fixture(scope="module")
def series(shared):
    return papi.read_series(shared / papi.SERIES)


@pytest.fixture(scope="module")
def subs(shared):
    return pd.concat([papi.read_subdimensions(shared / papi.SUBDIMENSION_FILE.format(year=y)) for y in range(2011, 2025)],
                     ignore_index=True)


@pytest.fixture(scope="module")
def sheets(shared):
    return {y: papi_indicators.read(shared / name, y, items=True) for y, name in papi_indicators.FILES.items()}


@pytest.fixture(scope="module")
def shipped(root):
    tables = [pd.read_csv(root / "data" / "raw" / "papi" / f"{y}.csv").assign(year=y) for y in range(2011, 2025)]
    return pd.concat(tables, ignore_index=True)


def cells(table):
    return table.set_index(["year", "province", "component"])["score"]


@pytest.mark.parametrize(("year", "component", "printed"), PRINTED)
def test_shipped_scores_are_those_that_bac_ninh_printed(shipped, year, component, printed):
    mine = shipped[(shipped["source"] != "bac-ninh-published") & (shipped["year"] == year)]
    both = pd.concat([mine, rules.derive_dimensions(mine)], ignore_index=True)
    row = both[(both["province"] == "bac-ninh") & (both["year"] == year) & (both["component"] == component)]
    digits = len(printed.split(".")[1])
    assert len(row) == 1
    assert abs(row["score"].iloc[0] - float(printed)) <= 0.51 * 10 ** -digits


def test_two_editions_of_the_workbook_agree(shared, series):
    older = cells(papi.read_series(shared / papi.SERIES_2016, source="papi-workbook-2011-2016"))
    newer = cells(series).reindex(older.index)
    assert len(older) == 6 * 63 * 29  # six dimensions, 22 sub-dimensions, the total
    pd.testing.assert_series_equal(older, newer, check_exact=True)


def test_sub_dimension_files_agree_with_the_workbooks(series, sheets, subs):
    official = pd.concat([series, sheets[2022], sheets[2023]], ignore_index=True)
    official = cells(official[official["component"].isin(set(subs["component"]))])
    other = cells(subs).reindex(official.index)
    assert len(official) == 63 * (7 * 22 + 3 * 28 + 29)
    assert (official.isna() == other.isna()).all()  # the same cells are empty in both
    assert (official - other).abs().max() < 1e-6


def test_a_dimension_is_the_sum_of_its_parts_where_both_are_printed(series, sheets):
    for year, table in [*series.groupby("year"), (2022, sheets[2022]), (2023, sheets[2023])]:
        wide = table.pivot(index="province", columns="component", values="score")
        for dimension in rules.dimensions(int(year)):
            gap = (wide[dimension] - wide[list(rules.parts(dimension, int(year)))].sum(axis=1, skipna=False)).abs().dropna()
            assert len(gap) >= 61
            # Hà Nội 2022 has two parts typed with two decimals
            assert gap.max() < (7.5e-4 if (year, dimension) == (2022, "participation") else 1e-5), (year, dimension)


def test_construction_permits_were_dropped_in_2021_not_withheld(sheets):
    wide = sheets[2023].pivot(index="province", columns="component", values="score")
    three = wide[["administrative_procedures.certification", "administrative_procedures.land_titles",
                  "administrative_procedures.personal_procedures"]].sum(axis=1, skipna=False)
    assert (three - wide["administrative_procedures"]).abs().max() < 1e-5
    assert rules.bounds("administrative_procedures.land_titles", 2020)[1] == pytest.approx(2.5)
    assert rules.bounds("administrative_procedures.land_titles", 2021)[1] == pytest.approx(10 / 3)


def test_derived_dimensions_equal_the_published_ones(series, sheets, subs):
    derived = rules.derive_dimensions(subs)
    mine = cells(derived)
    published = cells(pd.concat([series, *sheets.values()], ignore_index=True).query("level != 'indicator'")).dropna()
    assert len(published) > 4500
    assert (published - mine.reindex(published.index)).abs().max() < 7.5e-4


def test_no_partial_sums(subs):
    whole = subs[(subs["province"] == "bac-ninh") & (subs["year"] == 2024)]
    assert rules.derive_dimensions(whole)["score"].notna().all()
    cut = whole.assign(score=whole["score"].mask(whole["component"] == "transparency.land_plans"))
    gone = whole[whole["component"] != "transparency.land_plans"]
    for table in (cut, gone):
        out = rules.derive_dimensions(table).set_index("component")
        assert pd.isna(out.at["transparency", "score"]) and out.at["transparency", "status"] == "not_published"
        assert pd.isna(out.at["overall", "score"]) and "1 of 8" in out.at["overall", "note"]
        assert out.at["participation", "status"] == "derived"


def test_derivation_leaves_published_cells_alone(subs):
    part = subs[(subs["province"] == "bac-ninh") & (subs["year"] == 2024)]
    published = part.iloc[:1].assign(component="overall", level="overall", score=45.0)
    derived = rules.derive_dimensions(pd.concat([part, published]))
    assert "overall" not in set(derived["component"]) and len(derived) == 8
    assert "overall" in set(rules.derive_dimensions(pd.concat([part, published]), only_missing=False)["component"])


def test_years_without_result_have_no_score(shipped):
    for year, gone in WITHOUT_RESULT.items():
        rows = shipped[shipped["year"] == year]
        assert set(rows.groupby("province")["score"].count().loc[lambda n: n == 0].index) == gone
        assert (rows.loc[rows["score"].isna(), "note"].str.len() > 0).all()
    derived = rules.derive_dimensions(shipped[shipped["year"].isin(WITHOUT_RESULT)])
    empty = derived[derived["score"].isna()]
    assert {(y, p) for y, p in zip(empty["year"], empty["province"], strict=True)} <= {
        (y, p) for y, gone in WITHOUT_RESULT.items() for p in gone}


def test_withheld_zeros_of_2022_never_become_scores(shared, sheets, shipped):
    raw = list(csv.reader((shared / papi_indicators.FILES[2022]).open(encoding="utf-8")))
    at = raw[1].index("Bac Ninh")
    zeros = {row[0] for row in raw if row[0].startswith("Dimension ") and row[at] == "0"}
    assert {z[:11] for z in zeros} == {"Dimension 2", "Dimension 3", "Dimension 4", "Dimension 8"}  # the trap is in the file
    assert not (sheets[2022]["score"] == 0).any()
    mine = shipped[(shipped["year"] == 2022) & (shipped["level"] == "component")].set_index(["province", "component"])["score"]
    assert set(mine["bac-ninh"][mine["bac-ninh"].isna()].index) == {"transparency", "vertical_accountability", "control_of_corruption",
                                                                     "e_governance"}
    assert set(mine["bac-giang"][mine["bac-giang"].isna()].index) == {"participation", "transparency", "control_of_corruption",
                                                                       "administrative_procedures"}
    assert mine.isna().sum() == 8
    items = sheets[2022]
    withheld = items[(items["province"] == "bac-ninh") & items["component"].str.startswith("transparency.")]
    assert len(withheld) > 20 and withheld["score"].isna().all()


def test_stored_zero_total_of_2014_is_not_a_score(series):
    totals = series[(series["year"] == 2014) & (series["component"] == "overall")].set_index("province")
    assert totals["score"].isna().sum() == 2
    assert "stored as 0" in totals.at["bac-giang", "note"]


def test_every_edition_has_its_63_provinces_and_components(shipped):
    for year, rows in shipped.groupby("year"):
        assert set(rows["province"]) == set(provinces.province_set(int(year)))
        mine = rows[rows["source"] != "bac-ninh-published"]
        assert not mine.duplicated(["province", "component"]).any()
        assert set(mine.loc[mine["level"] == "indicator", "component"]) == set(indices.component_ids("papi", int(year), level="indicator"))
        expected = set() if year in (2020, 2021, 2024) else set(rules.dimensions(int(year)))
        assert set(mine.loc[mine["level"] == "component", "component"]) == expected
        assert "highest" not in {p.lower() for p in rows["province_printed"]}


def test_codes_change_their_meaning_with_the_header_of_their_year(shared):
    book = openpyxl.load_workbook(shared / papi.SERIES, read_only=True)
    header = {y: [c.value for c in next(book[f"{y}_PAPI"].iter_rows(max_row=1))] for y in (2015, 2016, 2018, 2019)}
    assert header[2015][14] == "People's Inspection Boards" and header[2016][14] == "Responsive to Citizen Actions"
    assert rules.subdimensions(2015)["3.2"].id.endswith("peoples_inspection_boards")
    assert rules.subdimensions(2016)["3.3"].id.endswith("peoples_inspection_boards")
    assert header[2018][9] == "Access to Information" and rules.subdimensions(2018)["2.1"].id == "transparency.access_to_information"
    assert rules.subdimensions(2017)["2.1"].id == "transparency.poverty_lists"
    assert "8.3" not in rules.subdimensions(2018) and header[2019][-1] == "E-Reponsiveness"


def test_province_codes_are_those_of_the_codebook(shared):
    with (shared / "papi/subcriteria/codebook/codebook_provinces.csv").open(encoding="utf-8-sig") as f:
        book = {row["Variable_Code"]: provinces.resolve(row["Variable_Name"]) for row in csv.DictReader(f)}
    assert papi.province_codes() == book and len(book) == 63


def test_the_unweighted_total_is_taken(shared, sheets):
    assert cells(sheets[2019])[2019, "bac-ninh", "overall"] == pytest.approx(42.08, abs=0.005)  # printed on mttq.bacninh.gov.vn
    wide = sheets[2019].pivot(index="province", columns="component", values="score")
    assert (wide["overall"] - wide[list(rules.dimensions(2019))].sum(axis=1)).abs().max() < 1e-5


def test_survey_items(shared, sheets, tmp_path, monkeypatch):
    monkeypatch.setattr(papi_indicators, "read", lambda path, year, *, items: sheets[year])  # read once for this module
    items = papi_indicators.indicators_in(shared)
    assert set(items["year"]) == {2018, 2019, 2022, 2023}
    assert (items["level"] == "indicator").all() and (items["component"].str.count(r"\.") == 2).all()
    assert not items.duplicated(["year", "province", "component"]).any()
    insured = items[items["component"] == "service_delivery.public_health.co_bao_hiem_y_te"].set_index(["year", "province"])["score"]
    assert insured.index.get_level_values(0).nunique() == 4 and insured[2019].between(0.6, 1).all()
    # three questions about online forms that differ in their last words only are three items, not a series with a jump
    forms = items.loc[items["component"].str.startswith("e_governance.portal_access.")]
    assert forms[forms["year"] == 2018]["component"].nunique() == 3 and forms[forms["year"] == 2023]["component"].nunique() == 2
    permit = forms[forms["component"].str.endswith("cap_phep_xay_dung")]
    assert set(permit["year"]) == {2018, 2019}
    assert papi_indicators.indicators_in(tmp_path).empty


def test_shipped_files_follow_from_the_originals(shared, root, tmp_path):
    for path in papi.transcribe(shared, tmp_path):
        for name in (path.name, path.stem + ".meta.yaml"):
            assert (tmp_path / "papi" / name).read_bytes() == (root / "data" / "raw" / "papi" / name).read_bytes(), name


# --- bad input -------------------------------------------------------------------------------------------------------

def _swap(ws):
    ws["D1"].value, ws["I1"].value = ws["I1"].value, ws["D1"].value


SPOILED = {
    "wrong header": (lambda ws: ws.__setitem__("E1", "Happiness"), "does not have"),
    "swapped columns": (_swap, "add up"),
    "column twice": (lambda ws: ws.__setitem__("E1", ws["F1"].value), "twice"),
    "province twice": (lambda ws: ws.__setitem__("C5", ws["C4"].value), "twice"),
    "province missing": (lambda ws: ws.delete_rows(5), "missing"),
    "unknown province": (lambda ws: ws.__setitem__("C5", "Bắc Bình"), "unknown province"),
    "score out of scale": (lambda ws: ws.__setitem__("D5", 61.2), "outside the scale"),
    "text in a number": (lambda ws: ws.__setitem__("D5", "khoảng 5"), "not a number"),
    "a zero": (lambda ws: ws.__setitem__("D5", 0), "outside the scale"),
    "no header": (lambda ws: ws.delete_rows(1, 2), "not a PAPI header"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_spoiled_workbooks_are_refused(tmp_path, case):
    change, words = SPOILED[case]
    originals.papi_series(tmp_path / "s.xlsx", [2016], change)
    with pytest.raises(GovlibError, match=words):
        papi.read_series(tmp_path / "s.xlsx")


def test_the_series_workbook(tmp_path):
    truths = originals.papi_series(tmp_path / "s.xlsx", [2014, 2015, 2016, 2018])
    table = papi.read_series(tmp_path / "s.xlsx")
    for year, truth in truths.items():
        mine = table[table["year"] == year]
        assert originals.held(mine) == pytest.approx(truth), year
        assert {"participation.election_quality"} <= set(mine["component"]) and mine.loc[mine["score"].isna(), "note"].ne("").all()
    assert set(truths[2018]) == {(s, c) for s, c in truths[2018] if c != "overall"} and "overall" not in set(table.query("year == 2018")["component"])
    assert "3.2" in rules.subdimensions(2015) and rules.subdimensions(2015)["3.2"].id != rules.subdimensions(2016)["3.2"].id
    gone = table.query("year == 2014 and component == 'overall'").set_index("province")
    assert set(gone.index[gone["score"].isna()]) == {"bac-giang", "dong-thap"} and "stored as 0" in gone.at["bac-giang", "note"]
    row = table.query("year == 2016 and province == 'ha-giang' and component == 'participation'").iloc[0]
    assert (row["locator"], row["province_printed"], row["source"]) == ("2016_PAPI!D4", "Hà Giang", "papi-workbook-2011-2019")
    assert set(papi.read_series(tmp_path / "s.xlsx", [2015])["year"]) == {2015}
    with pytest.raises(BadInput, match=r"no sheet for \[2017\]"):
        papi.read_series(tmp_path / "s.xlsx", [2017])


def test_comma_decimals_are_read(tmp_path):
    truth = originals.papi_series(tmp_path / "s.xlsx", [2016], lambda ws: ws.__setitem__("D5", str(ws["D5"].value).replace(".", ",")))
    assert originals.held(papi.read_series(tmp_path / "s.xlsx")) == pytest.approx(truth[2016])


def test_a_file_of_sub_dimensions(tmp_path):
    truth = originals.papi_subdimensions(tmp_path / "2024.csv", 2024)
    table = papi.read_subdimensions(tmp_path / "2024.csv")
    assert originals.held(table) == truth and set(table["level"]) == {"indicator"} and set(table["year"]) == {2024}
    row = table.query("province == 'bac-ninh'").iloc[0]
    assert row["locator"].startswith("2024.csv P18 SC") and row["province_printed"] == "Bac Ninh"
    assert papi.province_codes()["P01"] == "ha-noi" and papi.province_codes()["P63"] == "ca-mau" and len(papi.province_codes()) == 63
    empty = table[table["province"] == "vinh-phuc"]
    assert empty["score"].isna().all() and empty["note"].str.startswith("not published").all()


def test_bad_files_of_sub_dimensions(tmp_path):
    path = tmp_path / "2024.csv"
    originals.papi_subdimensions(path, 2024)
    good = path.read_text(encoding="utf-8")
    lines = good.splitlines()
    first = lines[1].split(",")[1]
    cases = {
        "": "empty", "<html><body>404</body></html>": "not a file of sub-dimension",
        good.replace("SC11", "SC98", 1): "not a file of sub-dimension", good.replace("SC99", "SC11", 1): "repeated column",
        good.replace("P02", "P01"): "twice", good.replace("P02", "P64"): "unknown",
        "\n".join(lines[:-1]): "missing", "\n".join([*lines[:-1], lines[-1] + ",1"]): "cells where the header has",
        good.replace(f"P01,{first}", "P01,14.2"): "outside the scale", good.replace(f"P01,{first}", "P01,0"): "outside the scale",
        good.replace(f"P01,{first}", "P01,n/a?"): "not a number", "\n".join([*lines[:-1], lines[-1] + "2.1"]): "SC99 is not", lines[0]: "no province",
    }
    for text, words in cases.items():
        path.write_text(text, encoding="utf-8")
        with pytest.raises(BadInput, match=words):
            papi.read_subdimensions(path)
    path.write_bytes(b"Province,\xff\xfe")
    with pytest.raises(BadInput, match="UTF-8"):
        papi.read_subdimensions(path)
    with pytest.raises(BadInput, match="not a year"):
        papi.read_subdimensions(tmp_path / "newest.csv")
    originals.papi_subdimensions(path, 2018)
    with pytest.raises(BadInput, match="SC24 is not"):  # 2018's file given as 2017's: another set of sub-dimensions
        papi.read_subdimensions(path, 2017)


def test_files_that_are_no_series(tmp_path):
    page = tmp_path / "page.xlsx"
    page.write_text("<html><table></table></html>")
    with pytest.raises(BadInput, match="web page"):
        papi.read_series(page)
    originals.papi_indicators(page, 2019)
    with pytest.raises(BadInput, match="no sheet is named like"):
        papi.read_series(page)


def test_an_edition_takes_the_best_of_what_is_there(tmp_path):
    """2019: the total from the indicator sheet, the rest from the series; 2023: all from the sheet; 2024: sub-dimensions."""
    originals.papi_series(tmp_path / papi.SERIES, [2019])
    originals.papi_subdimensions(tmp_path / papi.SUBDIMENSION_FILE.format(year=2024), 2024)
    for year in (2019, 2023):
        originals.papi_indicators(tmp_path / papi_indicators.FILES[year], year)
    sources = {year: papi.edition(tmp_path, year).groupby("level")["source"].unique().str.join(" ").to_dict() for year in (2019, 2023, 2024)}
    assert sources[2019] == {"overall": "papi-workbook-2019", "component": "papi-workbook-2011-2019", "indicator": "papi-workbook-2011-2019"}
    assert sources[2023] == dict.fromkeys(("overall", "component", "indicator"), "papi-sheet-2023")
    assert sources[2024] == {"indicator": "papi-subdimensions-2024"}
