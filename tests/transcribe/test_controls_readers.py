"""Controls: ministries' and statistics office's tables, read with their traps."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import struct

import openpyxl
import pandas as pd
import pytest

from govlib.errors import BadInput, GovlibError
from govlib.forms import excel
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


def values_only(source, sheet, change, path):
    """A copy of one sheet with one thing spoiled."""
    book = openpyxl.Workbook()
    ws = book.active
    ws.title = sheet
    for row in excel.open_workbook(source).sheet(sheet).rows:
        ws.append(row)
    change(ws)
    book.save(path)
    return path


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


SPOILED_BUDGET = {
    "a figure changed": (lambda ws: ws.__setitem__("F16", 1), "add up"),
    "province twice": (lambda ws: ws.__setitem__("B16", ws["B15"].value), "provinces where"),
    "province missing": (lambda ws: ws.delete_rows(16), "provinces where"),
    "unknown province": (lambda ws: ws.__setitem__("B16", "HÀ TUYÊN"), "no province"),
    "no unit": (lambda ws: [ws.__setitem__(c.coordinate, None) for row in ws["A1:J8"] for c in row], "unit"),
    "no header": (lambda ws: ws.__setitem__("C10", "Tổng"), "no header"),
    "text": (lambda ws: ws.__setitem__("C16", "chưa có"), "not a number"),
}


@pytest.mark.parametrize("case", SPOILED_BUDGET)
def test_spoiled_budgets_are_refused(shared, tmp_path, case):
    change, words = SPOILED_BUDGET[case]
    path = values_only(shared / controls_budget.FILE.format(year=2012), "M09+", change, tmp_path / "b.xlsx")
    with pytest.raises(GovlibError, match=words):
        controls_budget.read(path, 2012)


def test_billions_are_turned_into_millions(shared, tmp_path):
    def in_billions(ws):
        for row in ws.iter_rows(min_row=1, max_row=8):
            for c in row:
                if isinstance(c.value, str) and "riệu đồng" in c.value:
                    c.value = c.value.replace("Triệu đồng", "Tỷ đồng").replace("triệu đồng", "tỷ đồng")
        for row in ws.iter_rows(min_row=13):
            for c in row[2:]:
                if isinstance(c.value, (int, float)):
                    c.value /= 1000
    source = shared / controls_budget.FILE.format(year=2012)
    path = values_only(source, "M09+", in_billions, tmp_path / "b.xlsx")
    ours, theirs = controls_budget.read(path, 2012), controls_budget.read(source, 2012)
    pd.testing.assert_series_equal(ours["value"], theirs["value"])


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


def test_fdi_refuses_another_year_and_broken_tables(shared, tmp_path):
    path = shared / controls_fdi.FILES[2022]
    with pytest.raises(BadInput, match="does not say that it is of 2021"):
        controls_fdi.read(path, 2021)
    source = excel.open_workbook(path)
    r = next(i for i, cells in enumerate(source.sheet("Thang 12 2022").rows, start=1) if cells[1] == "Bắc Ninh")
    for column, spoiled, words in ((3, 999, "add up"), (2, "Hà Bắc", "unknown province"), (2, "Hải Phòng", "twice"),
                                   (4, "nhiều", "not a number")):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name in source.names:
            sheet = book.create_sheet(name)
            for cells in source.sheet(name).rows:
                sheet.append(cells)
        book["Thang 12 2022"].cell(r, column).value = spoiled
        book.save(tmp_path / "f.xlsx")
        with pytest.raises(GovlibError, match=words):
            controls_fdi.read(tmp_path / "f.xlsx", 2022)


# --- product ---------------------------------------------------------------------------------------------------------

def test_rdata_reader_reads_the_whole_frame(shared):
    frames = controls_rdata.read(shared / controls_grdp.FILE)
    assert list(frames) == ["gdp_clean"] and frames["gdp_clean"].shape == (13080, 10)  # 13 080 rows: SOURCES.md
    assert frames["gdp_clean"]["prov"].nunique() == 63


def test_rdata_reader_on_a_file_written_by_hand(tmp_path):
    """One integer factor, one real and one string column, serialised here from the format's description."""
    def i(*numbers):
        return struct.pack(f">{len(numbers)}i", *numbers)

    def text(s):
        return i(0x40009, -1) if s is None else i(0x40009, len(s.encode())) + s.encode()

    def strings(*values):
        return i(16, len(values)) + b"".join(map(text, values))

    def tag(name):
        return i(0x402, 1) + text(name)

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


def test_bad_population_and_panel_files(shared, tmp_path):
    text = (shared / controls_gso.POPULATION).read_text(encoding="utf-8-sig")
    for spoiled, words in ((text.replace("Bắc Ninh", "Bắc Giang"), "63 provinces"), (text.replace("8435.7", "đông"), "not a number"),
                           (text.replace("dan so,", "population,", 1), "header"), ("", "empty"), (text.replace("Bắc Ninh", "Bắc"), "unknown")):
        path = tmp_path / "p.csv"
        path.write_text(spoiled, encoding="utf-8")
        with pytest.raises(GovlibError, match=words):
            controls_gso.read_population(path)
    whole = (shared / controls_gso.PANEL).read_bytes()
    for data in (b"<html></html>", whole[:2000], b""):
        path = tmp_path / "p.dta"
        path.write_bytes(data)
        with pytest.raises(BadInput):
            controls_gso.read_panel(path)
    with pytest.raises(BadInput, match="no such file"):
        controls_gso.read_panel(tmp_path / "absent.dta")
    with pytest.raises(BadInput, match="named after a year"):
        controls_gso.read_covariates(shared / "controls/gso/gso_covariates_2015.xlsx")
    with pytest.raises(BadInput):
        controls_budget.read(shutil.copy(shared / "SOURCES.md", tmp_path / "Final_2012.xls"), 2012)
