"""Controls: ministries' and statistics office's tables, read with their traps."""

from __future__ import annotations

import gzip
import hashlib
import re
import struct

import openpyxl
import pandas as pd
import pytest
from kit import originals

from govlib.errors import BadInput, GovlibError
from govlib.known import provinces
from govlib.transcribe import controls, controls_budget, controls_fdi, controls_grdp, controls_gso, controls_rdata

NAMES = ("budget", "fdi", "grdp", "income", "population")


@pytest.fixture(scope="module")
def shipped(root):
    return {n: pd.read_csv(root / "data" / "raw" / "controls" / f"{n}.csv") for n in NAMES}


def value(table, province, year, variable):
    rows = table[(table["province"] == province) & (table["year"] == year) & (table["variable"] == variable)]
    assert len(rows) == 1
    return rows["value"].iloc[0]


def test_shipped_files_follow_from_the_originals(shared, root, tmp_path):
    written = controls.transcribe(shared, tmp_path)
    assert sorted(p.stem for p in written) == sorted(NAMES)
    for path in written:
        for mine in (path, path.with_name(path.stem + ".meta.yaml")):
            assert mine.read_bytes() == (root / "data" / "raw" / "controls" / mine.name).read_bytes(), mine.name
        assert path.stat().st_size < 1_500_000


def test_every_shipped_row(shipped, root):
    for name, table in shipped.items():
        assert list(table.columns) == controls.COLUMNS
        assert not table.duplicated(["province", "year", "variable"]).any()
        assert (table.groupby("variable")["unit"].nunique() == 1).all()
        for year, rows in table.groupby("year"):
            assert set(rows["province"]) <= set(provinces.province_set(int(year))), (name, year)
        empty = table[table["value"].isna()]
        assert empty["note"].astype(str).str.startswith("rejected: ").all()
        assert (table["value"].dropna() > 0).all() or name == "fdi"
        assert hashlib.sha256((root / "data" / "raw" / "controls" / f"{name}.csv").read_bytes()).hexdigest() in (
            root / "data" / "raw" / "controls" / f"{name}.meta.yaml").read_text(encoding="utf-8")


# --- budget ----------------------------------------------------------------------------------------------------------

def test_budget_provinces_add_up_to_the_printed_national_totals(shipped):
    sums = shipped["budget"].groupby(["variable", "year"])["value"].sum()
    # line TỔNG SỐ of table 09/CKTC-NSNN, VND million
    for year, revenue, spending, transfer in ((2006, 200228896, 172315093, 57659122), (2008, 419278223, 277859731, 94679310),
                                              (2010, 728300190, 452103885, 139813151), (2014, 1120237007, 729296534, 253936634)):
        assert sums["budget_revenue", year] == pytest.approx(revenue, rel=1e-6)
        assert sums["budget_expenditure", year] == pytest.approx(spending, rel=1e-6)
        assert sums["budget_central_transfer", year] == pytest.approx(transfer, rel=1e-6)


def test_budget_provinces_by_year(shipped):
    counts = shipped["budget"].query("variable == 'budget_revenue'").groupby("year").size()
    assert counts.to_dict() == {2006: 64, 2007: 64, **{y: 63 for y in range(2008, 2015)}}  # Hà Tây inside Hà Nội in 2008
    assert "ha-tay" not in set(shipped["budget"].query("year == 2008")["province"])


def test_the_tidy_file_called_final_holds_plans(shared, shipped):
    plan = pd.read_csv(shared / "controls/budget/Vietnam_National_Budget_Final.csv")
    plan["province"] = [provinces.resolve(p) for p in plan["prov"]]
    both = shipped["budget"].query("variable == 'budget_revenue'").merge(plan, on=["province", "year"])
    assert len(both) == 2 * 64 + 7 * 63
    assert both["value"].corr(both["total.rev"], method="spearman") > 0.9  # the same provinces, rows not shifted
    assert (abs(both["value"] / both["total.rev"] - 1) < 0.001).mean() < 0.02  # but not the same figures
    assert (plan["year"] == 2015).any()  # and a year for which there are no accounts


SPOILED_BUDGET = {  # a made-up sheet: header in row 3, total in row 4, a region in row 5
    "a figure changed": (lambda ws: ws.__setitem__("F8", 1), "budget_central_transfer: the provinces add up"),
    "province twice": (lambda ws: ws.__setitem__("B8", ws["B7"].value), "provinces where"),
    "province missing": (lambda ws: ws.delete_rows(8), "62 provinces where 63"),
    "unknown province": (lambda ws: ws.__setitem__("B8", "HÀ TUYÊN"), "row 8.*no province"),
    "no unit": (lambda ws: ws.__setitem__("F1", None), "unit"),
    "no header": (lambda ws: ws.__setitem__("C3", "Tổng"), "no header"),
    "no total": (lambda ws: ws.__setitem__("B4", "CẢ NƯỚC"), "no line TỔNG SỐ"),
    "text": (lambda ws: ws.__setitem__("C8", "chưa có"), "row 8, column budget_revenue.*not a number"),
}


@pytest.mark.parametrize("case", SPOILED_BUDGET)
def test_spoiled_budgets_are_refused(tmp_path, case):
    change, words = SPOILED_BUDGET[case]
    originals.budget(tmp_path / "b.xlsx", 2012, change)
    with pytest.raises(GovlibError, match=words):
        controls_budget.read(tmp_path / "b.xlsx", 2012)


def held(table):
    return {(r.province, r.variable): r.value for r in table.itertuples()}


@pytest.mark.parametrize("year", [2007, 2008, 2012])
def test_a_budget(tmp_path, year):
    truth = originals.budget(tmp_path / "b.xlsx", year)
    table = controls_budget.read(tmp_path / "b.xlsx", year)
    assert held(table) == pytest.approx(truth), "no region, no total; a footnote mark before a number is no digit of it"
    assert ("ha-tay" in set(table["province"])) == (year == 2007) and set(table["unit"]) == {"VND million"}
    note = table.query("province == 'ha-noi' and variable == 'budget_revenue'")["note"].item()
    assert ("with Hà Tây" in note) == (year == 2008) and ("carried over" in note) == (year == 2012)
    row = table.query("province == 'ha-giang' and variable == 'budget_expenditure'").iloc[0]
    assert row["locator"] == "M09+!E7" and row["source"] == f"mof-budget-{year}"


def test_billions_are_turned_into_millions(tmp_path):
    truth = originals.budget(tmp_path / "b.xlsx", 2012, lambda ws: ws.__setitem__("F1", "Đơn vị: tỷ đồng"))
    table = controls_budget.read(tmp_path / "b.xlsx", 2012)
    assert held(table) == pytest.approx({key: 1000 * v for key, v in truth.items()})


# --- foreign investment ----------------------------------------------------------------------------------------------

def test_fdi_figures_as_printed(shipped):
    fdi = shipped["fdi"]
    # line Bắc Ninh of the December reports 2015 and 2023, Bắc Ninh first in June 2024
    assert value(fdi, "bac-ninh", 2015, "fdi_new_projects") == 136
    assert value(fdi, "bac-ninh", 2015, "fdi_new_capital") == pytest.approx(150.582243)
    assert value(fdi, "bac-ninh", 2023, "fdi_registered_cumulative") == pytest.approx(24817.797, abs=0.001)
    assert value(fdi, "bac-ninh", 2024, "fdi_new_capital") == pytest.approx(1076.180, abs=0.001)
    half = fdi.query("year == 2024 and variable != 'fdi_registered_cumulative'")
    assert half["note"].str.contains("six months").all()
    assert not fdi.query("year == 2023")["note"].str.contains("six months").any()


def test_fdi_units_agree_between_years(shipped):
    stock = shipped["fdi"].query("variable == 'fdi_registered_cumulative'").groupby("year")["value"].agg(["sum", "size"])
    assert stock["sum"].between(250_000, 500_000).all() and stock["sum"].is_monotonic_increasing  # USD million
    assert (stock["size"] >= 62).all()
    flow = shipped["fdi"].query("variable == 'fdi_new_capital' and year < 2024").groupby("year")["value"].sum()
    assert flow.between(10_000, 25_000).all()


def test_a_report_of_foreign_investment(tmp_path):
    truth = originals.fdi(tmp_path / "f.xlsx", 2022)
    table = controls_fdi.read(tmp_path / "f.xlsx", 2022)
    assert held(table) == pytest.approx(truth), "no country, no oil and gas; in millions whatever the column; nobody with a 0"
    assert table["province"].nunique() == 61 and table["note"].eq("to 20 December 2022").all()
    row = table.query("province == 'ha-giang' and variable == 'fdi_new_capital'").iloc[0]
    assert (row["locator"], row["unit"]) == ("Thang 12 2022!D9", "USD million")


@pytest.mark.parametrize(("cell", "spoiled", "words"), [
    ("C9", 999, "add up"), ("B9", "Hà Bắc", "row 9.*unknown province"), ("B9", "Hà Nội", "row 9.*twice"), ("D9", "nhiều", "not a number"),
    ("B69", "Cộng", "unknown province"), ("A70", "Cộng", "unknown province"), ("C7", "Dự án", "no column for fdi_new_projects"),
    ("A1", "Tính đến hôm nay", "does not say that it is of 2022")])
def test_spoiled_reports_are_refused(tmp_path, cell, spoiled, words):
    originals.fdi(tmp_path / "f.xlsx", 2022, lambda ws: ws.__setitem__(cell, spoiled))
    with pytest.raises(GovlibError, match=words):
        controls_fdi.read(tmp_path / "f.xlsx", 2022)


def test_a_report_of_another_year_or_kind(tmp_path):
    originals.fdi(tmp_path / "f.xlsx", 2022)
    with pytest.raises(BadInput, match="does not say that it is of 2021"):
        controls_fdi.read(tmp_path / "f.xlsx", 2021)
    originals.budget(tmp_path / "f.xlsx")
    with pytest.raises(BadInput, match="no sheets 'Thang"):
        controls_fdi.read(tmp_path / "f.xlsx", 2022)


# --- product ---------------------------------------------------------------------------------------------------------

def test_rdata_reader_reads_the_whole_frame(shared):
    frames = controls_rdata.read(shared / controls_grdp.FILE)
    assert list(frames) == ["gdp_clean"] and frames["gdp_clean"].shape == (13080, 10)  # 13 080 rows: SOURCES.md
    assert frames["gdp_clean"]["prov"].nunique() == 63


def test_rdata_reader_on_a_file_written_by_hand(tmp_path):
    """One integer factor, one real and one string column."""
    i, strings, tag = originals.integers, originals.strings, originals.tag
    factor = i(0x30D, 3) + i(2, 1, -2147483648) + tag("levels") + strings("Hà Nội", "Huế") + tag("class") + strings("factor") + i(254)
    reals = i(14, 3) + struct.pack(">3d", 1.5, -2.0, float("nan"))
    body = i(0x313, 3) + factor + reals + strings("a", None, "c") + tag("names") + strings("p", "x", "s")
    body += tag("class") + strings("data.frame") + tag("row.names") + i(13, 2, -2147483648, -3) + i(254)
    data = b"RDX2\nX\n" + i(2, 0x30503, 0x20300) + tag("t") + body + i(254)
    path = tmp_path / "t.RData"
    path.write_bytes(gzip.compress(data))
    frame = controls_rdata.read(path)["t"]
    assert frame["p"].tolist()[:2] == ["Huế", "Hà Nội"] and frame["p"].isna().tolist() == [False, False, True]
    assert frame["x"].tolist()[:2] == [1.5, -2.0] and frame["s"].tolist()[0] == "a" and frame["s"].isna()[1]
    for spoiled, words in ((data[:-40], "truncated"), (b"RDX3" + data[4:], "version 2"), (data.replace(i(14, 3), i(14, 1 << 30)), "vector of"),
                           (data.replace(i(14, 3), i(3, 3)), "object type 3")):
        path.write_bytes(gzip.compress(spoiled))
        with pytest.raises(BadInput, match=words):
            controls_rdata.read(path)
    path.write_bytes(gzip.compress(data)[:-9])
    with pytest.raises(BadInput, match="not a complete gzip"):
        controls_rdata.read(path)
    path.write_bytes(b"<html></html>")
    with pytest.raises(BadInput, match="gzip"):
        controls_rdata.read(path)


def yearbooks(*rows):
    """(province, year, yearbook, post_2008, current prices, 1994 prices, 2010 prices)"""
    columns = ("prov", "year", "yearbook_year", "post_2008", "price_current", "price_1994", "price_2010")
    table = {name: [row[i] for row in rows] for i, name in enumerate(columns)}
    for name in columns[4:]:
        table[name] = [float("nan") if v is None else float(v) for v in table[name]]
    return {**table, "statistic": ["Gross Domestic Product"] * len(rows)}


def test_product_takes_the_latest_yearbook_and_refuses_what_cannot_be(tmp_path):
    path = originals.rdata(tmp_path / "g.RData", yearbooks(
        ("Bắc Ninh", 2005, 2006, 0, 100, 50, None), ("Bắc Ninh", 2005, 2008, 1, 101, 51, 70), ("Bắc Ninh", 2006, 2006, 0, 110, None, None),
        ("Bắc Ninh", 2013, 2012, 1, 120, None, 90), ("Bắc Ninh", 2012, 2013, 1, 130, None, 95),
        ("Hà Nội", 2006, 2009, 1, 900, None, None), ("Hà Nội", 2005, 2006, 0, 500, None, None), ("Hà Nội", 2005, 2009, 1, 800, None, None),
        ("Hòa Bình", 2007, 2012, 1, 70, None, None), ("Hòa Bình", 2010, 2011, 1, 35, None, None), ("Hòa Bình", 2010, 2012, 1, 71, None, None),
        ("Tây Ninh", 2015, 2016, 1, 44, None, None)))
    grdp = controls_grdp.read(path).set_index(["variable", "province", "year"])
    value, note = grdp["value"].to_dict(), grdp["note"].to_dict()
    assert value["grdp", "bac-ninh", 2005] == 101 and note["grdp", "bac-ninh", 2005] == "yearbook 2008"
    assert note["grdp", "bac-ninh", 2006] == "yearbook 2006; the year before comes from yearbook 2008, levels may not join"
    assert value["grdp_1994_prices", "bac-ninh", 2005] == 51
    for key, why in ((("grdp_2010_prices", "bac-ninh", 2005), "filed under 2010 prices"), (("grdp", "bac-ninh", 2013), "older than the year itself"),
                     (("grdp", "ha-noi", 2006), r"boundaries of August 2008 \(with Hà Tây\)"), (("grdp", "hoa-binh", 2007), "another level"),
                     (("grdp", "tay-ninh", 2015), "repeats 2010 prices")):
        assert pd.isna(value[key]) and re.search(f"^rejected: .*{why}", note[key]), key
    assert value["grdp", "ha-noi", 2005] == 500 and value["grdp", "hoa-binh", 2010] == 35 and value["grdp_2010_prices", "bac-ninh", 2012] == 95
    assert set(grdp["unit"]) == {"VND billion, current prices", "VND billion, constant 1994 prices", "VND billion, constant 2010 prices"}
    with pytest.raises(BadInput, match="no data frame gdp_clean"):
        controls_grdp.read(originals.rdata(tmp_path / "g.RData", {"prov": ["Bắc Ninh"]}))


def test_grdp_takes_the_latest_yearbook(shared, shipped):
    raw = controls_rdata.read(shared / controls_grdp.FILE)["gdp_clean"].query("statistic == 'Gross Domestic Product'")
    for row in shipped["grdp"].query("source == 'gso-grdp-1992-2017' and variable == 'grdp'").dropna(subset=["value"]).sample(
            200, random_state=1).itertuples():
        mine = raw[(raw["prov"] == row.province_printed) & (raw["year"] == row.year)].dropna(subset=["price_current"])
        if row.province in ("ha-noi", "hoa-binh", "vinh-phuc"):
            continue  # their boundaries moved in 2008: two series
        latest = mine.loc[mine["yearbook_year"].idxmax()]
        assert row.value == latest["price_current"] and f"yearbook {int(latest['yearbook_year'])}" in row.note


def test_grdp_traps(shipped):
    grdp = shipped["grdp"].set_index(["variable", "province", "year"])
    assert pd.isna(grdp.at[("grdp", "kon-tum", 2022), "value"]) and "54" in grdp.at[("grdp", "kon-tum", 2022), "note"]
    assert grdp.loc["grdp"].xs(2022, level="year")["value"].isna().all()  # products of two other columns, not printed
    assert grdp.at[("grdp", "ninh-binh", 2006), "value"] == 5855.034  # one yearbook misprints 2855.034
    assert "yearbook 2017" in grdp.at[("grdp", "bac-ninh", 2016), "note"]
    assert grdp.at[("grdp_per_capita", "bac-ninh", 2022), "value"] == 169.1
    # 1994 prices filed under 2010 prices never pass as 2010 prices
    assert pd.isna(grdp.at[("grdp_2010_prices", "hai-duong", 2008), "value"])
    assert grdp.at[("grdp_1994_prices", "hai-duong", 2008), "value"] == 11533
    # 44 081.6 is a 2010-price product of 2016, which yearbook 2016 has as the current-price one of 2015
    assert grdp.at[("grdp", "tay-ninh", 2015), "value"] > 60000 and "yearbook 2015" in grdp.at[("grdp", "tay-ninh", 2015), "note"]
    # Hà Nội of the 2007 edition is the old one, without Hà Tây
    assert pd.isna(grdp.at[("grdp", "ha-noi", 2007), "value"])
    growth = grdp["value"].groupby(level=[0, 1]).pct_change(fill_method=None).dropna()
    assert growth.max() < 2 and growth.min() > -0.3


# --- population, income ----------------------------------------------------------------------------------------------

def test_population(shipped):
    people = shipped["population"]
    assert value(people, "bac-ninh", 2022, "population") == 1488.2 and value(people, "ha-noi", 2022, "population") == 8435.7
    assert value(people, "bac-ninh", 2022, "urban_share") == pytest.approx(100 * 554.6 / 1488.2, abs=0.01)
    sums = people.query("variable == 'population'").groupby("year")["value"].sum()
    assert sums.between(91_000, 102_000).all() and sums.is_monotonic_increasing  # thousand persons
    assert people.query("variable == 'urban_share'")["value"].between(5, 100).all()


def test_two_compilations_agree_on_2022(shared):
    panel = controls_gso.read_panel(shared / controls_gso.PANEL).query("variable == 'population' and year == 2022")
    newer = controls_gso.read_population(shared / controls_gso.POPULATION).query("variable == 'population' and year == 2022")
    both = panel.merge(newer, on="province")
    assert len(both) == 63 and (both["value_x"] - both["value_y"]).abs().max() < 0.06


def test_shifted_labour_of_2022_is_rejected(shared):
    labour = controls_gso.read_panel(shared / controls_gso.PANEL).query("variable == 'labour_force'").set_index(["province", "year"])
    assert labour["value"].isna().sum() == 63 - 26  # Nghệ An is the 27th line
    assert "shifted" in labour.at[("nghe-an", 2022), "note"] and labour.at[("thanh-hoa", 2022), "value"] == pytest.approx(1975.6)
    wide = labour["value"].unstack()
    assert (wide[2022] / wide[2021]).dropna().between(0.75, 1.3).all()  # shifted lines would differ by a factor of three


def test_income_takes_the_columns_of_the_sheets_own_year(shared, shipped):
    income = shipped["income"]
    assert income.groupby("year").size().to_dict() == {2010: 63, 2015: 63, 2016: 63}
    assert value(income, "bac-ninh", 2016, "monthly_income") == 4308 and value(income, "ha-noi", 2010, "monthly_income") == 2013
    table = controls_gso.read_covariates(shared / controls_gso.COVARIATES)
    # the 2010 sheet has columns named area_2011, population_2011: not taken for 2010
    assert set(table.loc[table["variable"] == "population", "year"]) == {2015, 2016}


def test_a_sheet_of_covariates_gives_only_what_its_headers_date_to_its_own_year(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "2010"
    for row in (["prov", "population_2011", "monthly_income_2010", "population"], ["TỔNG SỐ", 9, 1387, 3], ["Đồng bằng sông Hồng", 9, 1580, 3],
                ["Hà Nội", 9, 2013, 3], ["Bắc Cạn", 9, None, 3], [None, None, None, None]):
        sheet.append(row)
    book.save(tmp_path / "c.xlsx")
    table = controls_gso.read_covariates(tmp_path / "c.xlsx")
    assert held(table) == {("ha-noi", "monthly_income"): 2013} and table["locator"].tolist() == ["2010!C4"]
    for cell, spoiled, words in (("A5", "Hà Nội", "twice"), ("A5", "Bắc Bình", "unknown province"), ("C4", "nhiều", "row 4.*not a number"),
                                 ("A1", "tinh", "not prov")):
        was, sheet[cell] = sheet[cell].value, spoiled
        book.save(tmp_path / "c.xlsx")
        with pytest.raises(GovlibError, match=words):
            controls_gso.read_covariates(tmp_path / "c.xlsx")
        sheet[cell] = was
    sheet.title = "all"
    book.save(tmp_path / "c.xlsx")
    with pytest.raises(BadInput, match="named after a year"):
        controls_gso.read_covariates(tmp_path / "c.xlsx")


def test_the_panel_of_2016_to_2022_keeps_no_cell_that_its_source_has_wrong(tmp_path):
    import pyreadstat

    slugs = originals.by_code(2022)
    rows = [{"name": originals.printed(s, y), "id": n, "year": y, "grdp": 1000.5 + n, "population": 100 + n, "urban": 10 + n, "labor": 50 + n}
            for y in (2021, 2022) for n, s in enumerate(slugs, start=1)]
    pyreadstat.write_dta(pd.DataFrame(rows), str(tmp_path / "p.dta"))
    table = controls_gso.read_panel(tmp_path / "p.dta").set_index(["province", "year", "variable"])
    assert table.at[("ha-noi", 2021, "grdp"), "value"] == 1001.5 and table.at[("ca-mau", 2022, "urban_population"), "value"] == 73
    product = table.xs("grdp", level="variable").xs(2022, level="year")
    assert product["value"].isna().all() and product.at["kon-tum", "note"] == "rejected: 54 is the product per head"
    labour = table.xs("labour_force", level="variable")
    shifted = slugs.index("nghe-an")
    assert labour.xs(2022, level="year")["value"].isna().sum() == 63 - shifted and labour.xs(2021, level="year")["value"].notna().all()
    assert "shifted" in labour.at[("nghe-an", 2022), "note"] and labour.at[(slugs[shifted - 1], 2022), "value"] == 50 + shifted
    whole = (tmp_path / "p.dta").read_bytes()
    for data in (b"<html></html>", whole[:2000], b""):
        (tmp_path / "p.dta").write_bytes(data)
        with pytest.raises(BadInput):
            controls_gso.read_panel(tmp_path / "p.dta")
    with pytest.raises(BadInput, match="no such file"):
        controls_gso.read_panel(tmp_path / "absent.dta")
    pyreadstat.write_dta(pd.DataFrame(rows).drop(columns="labor"), str(tmp_path / "p.dta"))
    with pytest.raises(BadInput, match="columns missing: labor"):
        controls_gso.read_panel(tmp_path / "p.dta")


def test_a_file_of_population(tmp_path):
    path = originals.csv_file(tmp_path / "p.csv", [["TenTinh", "dan so", "dan so thanh thi", "grdp_binh quan", "nam"],
                                                   *([originals.printed(s, 2023), 1000 + n, f"{100 + n},5", 60, 2023]
                                                     for n, s in enumerate(originals.by_code(2023)))], bom=True)
    table = controls_gso.read_population(path)
    assert value(table, "ha-noi", 2023, "population") == 1000 and value(table, "ca-mau", 2023, "urban_population") == 162.5
    assert table["locator"].iloc[0].startswith("p.csv row ") and set(table["year"]) == {2023}
    share = controls_gso.urban_share(table)
    assert value(share, "ha-noi", 2023, "urban_share") == 10.05 and set(share["unit"]) == {"percent"}
    good = path.read_text(encoding="utf-8-sig")
    for spoiled, words in ((good.replace("Bắc Ninh", "Bắc Giang"), "63 provinces"), (good.replace(",1003,", ",đông,"), "not a number"),
                           (good.replace("dan so,", "population,", 1), "header"), ("", "empty"), (good.replace("Bắc Ninh", "Bắc"), "unknown"),
                           (good.replace(",2023", ",23"), "not a year")):
        path.write_text(spoiled, encoding="utf-8")
        with pytest.raises(GovlibError, match=words):
            controls_gso.read_population(path)


def test_a_control_stated_twice_is_not_written(tmp_path):
    table = controls.frame([controls.row("Bắc Ninh", "bac-ninh", 2020, "population", 1.0, "s", "A1")] * 2)
    with pytest.raises(BadInput, match="stated twice"):
        controls.write(table, tmp_path, "population", producer="p", citation="c", url="u", notes=[])
