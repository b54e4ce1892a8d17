"""The PCI workbooks: published figures, a second reading by other means, and what a bad workbook is told."""

from __future__ import annotations

import csv
import functools
import hashlib
import re
import unicodedata
import warnings
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlrd
from kit import originals

from govlib.collect import tidy
from govlib.collect.readers import pci as items_of
from govlib.collect.readers import pci_items
from govlib.errors import BadInput, UnknownName
from govlib.forms import excel
from govlib.known import indices, provinces
from govlib.transcribe import pci, pci_site, pci_workbook, transcribe

YEARS = range(2005, 2020)
# percent; recovered from published scores (weights by edition of the sources, not our own definitions)
ORDER = ("entry_costs", "land_access", "transparency", "time_costs", "informal_charges", "policy_bias", "proactivity",
         "business_support", "labor_policy", "law_and_order")
WEIGHTS = {**dict.fromkeys(range(2006, 2009), (5, 5, 15, 10, 5, 5, 15, 15, 15, 10)),
           **dict.fromkeys(range(2009, 2013), (10, 5, 20, 15, 10, 0, 10, 5, 20, 5)),
           **dict.fromkeys(range(2013, 2020), (5, 5, 20, 5, 10, 5, 5, 20, 20, 5))}


def workbook(folder: Path, year: int) -> Path:
    return next((folder / "pci/workbooks").glob(f"PCI_{year}.xls*"))


@functools.cache
def reading(folder: Path, year: int) -> pd.DataFrame:
    return pci_workbook.read(workbook(folder, year))


@functools.cache
def all_items(folder: Path) -> pd.DataFrame:
    """The item sheets of all fifteen workbooks, read once for all tests."""
    return items_of.indicators_in(folder)


def items(folder: Path, year: int) -> pd.DataFrame:
    table = all_items(folder)
    return table[table["year"] == year]


def score(table: pd.DataFrame, province: str, component: str = "overall") -> float:
    return table.loc[(table["province"] == province) & (table["component"] == component), "score"].item()


# -- published figures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "province", "component", "figure"), [
    (2019, "bac-ninh", "overall", 70.79),      # pcivietnam.vn, table of sub-indices of PCI 2019
    (2019, "bac-ninh", "time_costs", 7.23), (2019, "bac-ninh", "law_and_order", 7.91),
    (2019, "bac-ninh", "land_access", 7.55), (2019, "bac-ninh", "informal_charges", 7.24),
    (2011, "lao-cai", "overall", 73.53),       # first of PCI 2011
    (2018, "bac-ninh", "overall", 64.50),      # bacninh.gov.vn
    (2016, "bac-ninh", "overall", 60.35),      # iptime.com.vn
    (2015, "bac-ninh", "overall", 59.91),      # eng.pcivietnam.org
    (2015, "da-nang", "overall", 68.34), (2015, "bac-ninh", "entry_costs", 8.10), (2015, "bac-ninh", "transparency", 7.11),
    (2014, "bac-ninh", "overall", 60.92),      # Báo Bắc Ninh
])
def test_published_figures(shared, year, province, component, figure):
    assert round(score(reading(shared, year), province, component), 2) == figure


@pytest.mark.parametrize(("year", "province", "rank"), [(2019, "bac-ninh", 4), (2011, "lao-cai", 1), (2011, "bac-ninh", 2),
                                                        (2018, "bac-ninh", 15), (2015, "bac-ninh", 13), (2005, "binh-duong", 1)])
def test_published_ranks(shared, year, province, rank):
    table = reading(shared, year)
    assert table.loc[(table["province"] == province) & (table["component"] == "overall"), "rank"].item() == rank


def test_profile_pages_agree_with_the_workbooks_where_they_can(shared):
    """The site's profile pages are a source of their own; their columns up to 2013 are known to hold errors."""
    pages = pci_site.read_profiles(shared / pci_site.PROFILE_FILE)
    for year in (2007, 2008, 2012, *range(2014, 2020)):
        both = pages.merge(reading(shared, year), on=["year", "province", "component"], suffixes=("", "_book"))
        assert len(both) >= 120
        assert (both["score"] - both["score_book"]).abs().max() < 0.0051, year


# -- completeness ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", YEARS)
def test_every_province_once_in_every_column(shared, year):
    table = reading(shared, year)
    expected = 42 if year == 2005 else 64 if year <= 2008 else 63
    components = {"overall", *(c for c, w in zip(ORDER, WEIGHTS.get(year, [1] * 10), strict=True) if w)}
    if year == 2005:
        components = components - {"labor_policy", "law_and_order"} | {"implementation"}
    assert set(table["component"]) == components
    for component, group in table.groupby("component"):
        assert len(group) == group["province"].nunique() == expected, component
        assert group["score"].notna().all()
    assert ("ha-tay" in set(table["province"])) == (year <= 2008)
    overall = table[table["component"] == "overall"]
    assert overall["rank"].notna().all(), "every workbook ranks its provinces"
    assert table["locator"].str.fullmatch(r".+![A-Z]{1,2}\d+").all() and not table.duplicated("locator").any()


@pytest.mark.parametrize("year", sorted(WEIGHTS))
def test_weights_rebuild_the_composite(shared, year):
    """Any figure under the wrong province or header breaks this; 2011 does not fit as published."""
    wide = reading(shared, year).pivot(index="province", columns="component", values="score")
    rebuilt = sum(wide[c] * w / 10 for c, w in zip(ORDER, WEIGHTS[year], strict=True) if w)
    worst = (rebuilt - wide["overall"]).abs().max()
    assert worst < (0.56 if year == 2011 else 0.001)


@pytest.mark.shared
def test_items_of_every_component_changed_in_the_years_of_a_break(shared):
    """Why 2009, 2013 and 2017 break every component: items came in or went in each; between them hardly any did."""
    items = all_items(shared)
    head = items["component"].str.split(".").str[0]
    lists = {(c, int(y)): set(g["component"]) for (c, y), g in items.groupby([head, items["year"]])}

    def turnover(component: str, year: int) -> int:
        return len(lists[component, year - 1] ^ lists[component, year])

    asked = [c for c in ORDER if c != "policy_bias"]  # not published in 2009-2012
    for year in (2009, 2013, 2017):
        changed = {c: turnover(c, year) for c in asked if c != "business_support" or year != 2017}
        assert min(changed.values()) >= 2, (year, changed)
    quiet = [turnover(c, y) for y in (2011, 2014, 2015, 2016) for c in asked]
    assert max(quiet) <= 2 and sum(quiet) <= 5
    for year in (2009, 2013, 2017):
        assert all(indices.breaks_between("pci", c, year - 1, year) for c in asked)
    assert not indices.breaks_between("pci", "time_costs", 2013, 2016)


# -- a second reading, by other libraries, from stated cell ranges ----------------------------------------------------------------

GUIDE = {"Entry Costs": "entry_costs", "Land Access and Security of Tenure": "land_access",
         "Transparency and Access to Information": "transparency", "Time Costs and Regulatory Compliance": "time_costs",
         "Informal Charges": "informal_charges", "Implementation and Consistency of Policies": "implementation",
         "Policy Bias - SOEs only": "policy_bias", "Policy Bias": "policy_bias",
         "Proactivity of Provincial Leadership": "proactivity", "Business Support Services": "business_support",
         "Labor and Training": "labor_policy", "Legal Institutions": "law_and_order", "Weighted Col": "overall"}
SHORT = {"brvt": "ba-ria-vung-tau", "brvungtau": "ba-ria-vung-tau", "bariavt": "ba-ria-vung-tau", "hcmc": "ho-chi-minh",
         "tphcm": "ho-chi-minh", "tphochiminh": "ho-chi-minh", "tthue": "thua-thien-hue", "baccan": "bac-kan",
         "daclac": "dak-lak", "daclak": "dak-lak", "daknong": "dak-nong", "dacnong": "dak-nong", "tiengiang": "tien-giang"}


def plain(name: str) -> str:
    """Letters only: an own folding, so that the registry is checked too."""
    text = unicodedata.normalize("NFD", name).replace("đ", "d").replace("Đ", "D")
    return re.sub(r"[^a-z]", "", text.lower())


@functools.cache  # two tests go through the years one after the other
def by_other_library(path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # "Unknown extension"
        return openpyxl.load_workbook(path, data_only=True) if path.suffix == ".xlsx" else xlrd.open_workbook(path)


def raw_cells(path: Path, sheet: int):
    """cell(row, column), both from 1, through openpyxl or xlrd."""
    if path.suffix == ".xlsx":
        page = by_other_library(path).worksheets[sheet - 1]
        return lambda r, c: page.cell(r, c).value
    page = by_other_library(path).sheet_by_index(sheet - 1)
    return lambda r, c: page.cell_value(r - 1, c - 1)


def guide(folder: Path) -> dict[int, dict[str, str]]:
    with (folder / "pci/workbooks/PCI_Import.csv").open(encoding="utf-8") as file:
        return {int(row["Year"]): row for row in csv.DictReader(file)}


@pytest.mark.parametrize("year", YEARS)
def test_second_reading_of_every_cell(shared, year):
    """Every figure of every workbook, the ill-ordered ones included, by row and column numbers that somebody else wrote down."""
    line, path = guide(shared)[year], workbook(shared, year)
    cell = raw_cells(path, int(line["Sheet"]))
    second = {}
    for title, component in GUIDE.items():
        if not line[title]:
            continue
        col, own = int(line[title]), int(line["Province"])
        for r in range(int(line["Begin Row"]), int(line["End Row"]) + 1):
            name = plain(cell(r, own or col - 1))
            second[SHORT.get(name, name).replace("-", ""), component] = cell(r, col)
    first = {(row.province.replace("-", ""), row.component): row.score for row in reading(shared, year).itertuples()}
    assert len(second) == len(first)
    assert set(second) == set(first)
    assert all(second[key] == first[key] for key in first)


@pytest.mark.parametrize("year", range(2010, 2017))
def test_item_sheets_state_the_same_sub_indices(shared, year):
    """Each item sheet repeats its sub-index beside the province's PCI number, in one fixed order: a third reading."""
    path = workbook(shared, year)
    table = reading(shared, year).set_index(["province", "component"])["score"]
    first = 3 if year >= 2013 else 2  # 2013-2016 have a hidden English sheet
    compared = 0
    for number, component in enumerate([c for c, w in zip(ORDER, WEIGHTS[year], strict=True) if w], start=first):
        cell = raw_cells(path, number)
        for r in range(2, 68):
            code, value = cell(r, 1), cell(r, 3)
            if isinstance(code, int | float) and isinstance(value, int | float):
                slug = provinces.by_code(int(code), "pci", year)
                assert provinces.resolve(cell(r, 2), year) == slug, (r, component)
                assert value == pytest.approx(table[slug, component], abs=5e-4), (r, component)
                compared += 1
    assert compared == 63 * len(set(table.index.get_level_values(1)) - {"overall"})


def test_stale_hidden_sheet_is_not_read(shared):
    """2014–2016 carry a hidden English copy of 2013."""
    for year in (2014, 2015, 2016):
        book = excel.open_workbook(workbook(shared, year))
        assert not book.visible("Summary")
        assert score(reading(shared, year), "da-nang") != pytest.approx(score(reading(shared, 2013), "da-nang"))
        assert reading(shared, year)["locator"].str.startswith("Summary_VN!").all()


def test_rows_below_the_table_are_left_out(shared):
    for year in YEARS:
        line = guide(shared)[year]
        last = reading(shared, year)["locator"].str.extract(r"(\d+)$")[0].astype(int).max()
        assert last == int(line["End Row"])


def test_decomposed_names_of_2013(shared):
    assert not unicodedata.is_normalized("NFC", raw_cells(workbook(shared, 2013), 1)(2, 2))
    assert all(unicodedata.is_normalized("NFC", name) for name in reading(shared, 2013)["province_printed"])


# -- what ships ------------------------------------------------------------------------------------------------------------


def test_shipped_files_follow_from_the_originals_byte_for_byte(shared, root, tmp_path):
    written = transcribe(shared, tmp_path, only=("pci",))
    assert [p.relative_to(tmp_path).as_posix() for p in written] == [*(f"pci/{y}.csv" for y in range(2005, 2025)),
                                                                       "pgi/2022.csv", "pgi/2023.csv", "pgi/2024.csv", "pci/national.csv"]
    if not (shared / "pci" / "workbooks" / "PCI_2023.xlsx").is_file():  # not among the gathered originals: `make pull` fetches it
        written = [path for path in written if path.name != "2023.csv" or path.parent.name != "pci"]
    for path in written:
        for made in (path, path.with_suffix(".meta.yaml"))[: 1 if path.stem == "national" else 2]:  # the country's has no sidecar
            ours = root / "data" / "raw" / made.relative_to(tmp_path)
            assert ours.read_bytes() == made.read_bytes(), ours


def raw(root: Path, year: int, index_id: str = "pci") -> pd.DataFrame:
    return pd.read_csv(root / f"data/raw/{index_id}/{year}.csv", keep_default_na=False, dtype=str)


@pytest.mark.parametrize("year", range(2005, 2025))
def test_raw_files_and_sidecars(root, year):
    import yaml

    path = root / f"data/raw/pci/{year}.csv"
    assert b"\r" not in path.read_bytes()
    table, meta = raw(root, year), yaml.safe_load(path.with_suffix(".meta.yaml").read_text(encoding="utf-8"))
    assert list(table.columns) == tidy.COLUMNS
    assert meta["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest() and meta["edition"] == year and meta["index_id"] == "pci"
    assert meta["sources"] == sorted(set(table["source"])) and meta["method_version"]
    assert table["locator"].ne("").all() and table["source"].ne("").all()
    assert table.loc[table["score"] == "", "note"].ne("").all(), "an empty score says why"
    assert set(table["province"]) <= set(provinces.province_set(year))
    assert not (table["source"].str.contains("rescaled")).any()


def test_what_is_published_since_2020(root):
    table = raw(root, 2021).query("source == 'pci-site-table-2021' and component == 'overall'").set_index("province")
    assert len(table) == 21 and table.loc["quang-ninh", "score"] == "73.02" and table.loc["bac-ninh", "rank"] == "7"
    assert table.loc["bac-ninh", "tier"] == "Tốt"
    newest = raw(root, 2024)
    first = newest.query("province == 'hai-phong' and component == 'overall'")  # several pages print it, and all the same
    assert first["source"].is_unique and first[["score", "rank"]].drop_duplicates().values.tolist() == [["74.84", "1"]]
    assert raw(root, 2022).query("province == 'bac-ninh' and score != ''")["score"].unique().tolist() == ["69.08"]


def test_rank_outside_the_published_thirty_is_a_note(root):
    row = raw(root, 2023).query("province == 'bac-ninh'").iloc[0]
    assert (row["score"], row["rank"]) == ("65.96", "") and "rank printed as >30" in row["note"]


def test_bac_ninh_2020_levels_are_marked_derived_and_fit_both_printed_changes(root, shared):
    levels = {y: raw(root, y).query("province == 'bac-ninh' and level == 'component' and source != 'pci-workbook-2019'")
              .drop_duplicates("component").set_index("component")["score"].astype(float) for y in (2019, 2020, 2021)}
    notes = raw(root, 2020).query("province == 'bac-ninh' and level == 'component'")["note"]
    assert len(notes) == 10 and notes.str.startswith("derived").all()
    for change in pd.read_csv(shared / "pci" / "bac_ninh_printed_changes.csv").itertuples():
        component = pci_site._ITEMS[change.item]
        step = levels[change.to_year][component] - levels[change.from_year][component]
        assert step == pytest.approx(change.printed_change, abs=0.0101), change


def test_pgi(root):
    pgi = raw(root, 2023, "pgi").query("province == 'bac-ninh'")
    assert pgi[["source", "score", "rank"]].values.tolist() == [["bac-ninh-published", "22.53", "21"]]


# -- survey items ---------------------------------------------------------------------------------------------------------------


def test_items_of_2019(shared):
    table = items(shared, 2019)
    assert table["level"].unique().tolist() == ["indicator"]
    assert not table.duplicated(["province", "component"]).any()
    cell = raw_cells(workbook(shared, 2019), 2)
    header = [cell(1, c) for c in range(1, 13)]
    row = next(r for r in range(2, 66) if cell(r, 1) == "Bac Ninh")
    days = table[(table["component"] == "entry_costs.registration_days") & (table["province"] == "bac-ninh")].iloc[0]
    assert days["score"] == cell(row, header.index("Length of business registration in days (Median)") + 1)
    assert days["unit"] == "days" and days["locator"] == f"Entry Costs!C{row}"
    assert not table["component"].str.contains("sub_index").any(), "the sub-index itself is no item"
    assert table.groupby("component").size().eq(63).mean() > 0.95


def test_ill_ordered_items_of_2008(shared):
    """Every item is sorted on its own there too: the look-up row for Hà Nội under the table says what it must be."""
    table = items(shared, 2008).set_index(["province", "component"])["score"]
    cell = raw_cells(workbook(shared, 2008), 6)  # informal charges; row 70 looks Hà Nội up
    assert cell(70, 2) == "Hà Nội"
    for component, col in (("peers_pay", 5), ("rents_extracted", 9), ("delivers_after_payment", 11)):
        assert table["ha-noi", f"informal_charges.{component}"] == pytest.approx(cell(70, col))


def test_item_names_hold_over_the_years(shared):
    table = all_items(shared)
    years = table.groupby("component")["year"].agg(lambda s: set(s))
    assert years["entry_costs.registration_days"] == set(range(2006, 2020))
    assert years["informal_charges.over_ten_percent_of_revenue"] == set(range(2005, 2020))
    assert years["policy_bias.soe_land"] == set(range(2013, 2020))
    assert years["land_access.expropriation_risk_5_very_low"] & years["land_access.expropriation_risk_5_very_high"] == set(), (
        "2019 turned the scale round")
    assert set(table["year"]) == set(YEARS)
    units = table.groupby(["year", "component"])["unit"].nunique()
    assert units.max() == 1
    shares = table[(table["unit"] == "share 0-1") & table["score"].notna()]["score"]
    assert shares.abs().max() <= 1


def test_a_province_printed_twice_beside_an_item_is_not_usable(shared):
    """The entry-cost items of PCI 2008 name Gia Lai twice and another province never."""
    table = items(shared, 2008)
    hit = table[(table["province"] == "gia-lai") & table["component"].str.startswith("entry_costs.")]
    assert hit["score"].isna().all() and hit["note"].str.contains("twice").all() and len(hit) == 11


def test_exchanged_headers_of_2007_join_no_series(shared):
    """Figures of 0.1-0.4 stand under "median number of inspections", figures of 1-2 under a share."""
    table = items(shared, 2007)
    assert "time_costs.inspections_median" not in set(table["component"])
    odd = table[table["component"].str.endswith("_as_printed")]
    assert odd["component"].nunique() == 2 and odd["note"].str.contains("exchanged").all()
    assert odd[odd["component"].str.contains("inspections_median")]["score"].max() < 1


def test_no_originals_no_items(tmp_path):
    assert items_of.indicators_in(tmp_path).empty


@pytest.mark.parametrize(("header", "wording"), [
    ("C1 | Thời gian đăng ký kinh doanh (ngày)", "Thời gian đăng ký kinh doanh (ngày)"),
    ("Chỉ tiêu | % DN cho rằng | Câu hỏi điều tra PCI: G6", "% DN cho rằng"),
    ("Firms registered online", "Firms registered online")])
def test_item_labels(header, wording):
    assert pci_items.label(header)[0] == wording


# -- bad workbooks (made from the shipped figures, so they run anywhere) -------------------------------------------------------

TITLES = {"overall": "The Weighted PCI Score in 2018", "entry_costs": "Sub-Index 1: Entry Costs",
          "land_access": "Sub-Index 2: Land Access & Tenure", "transparency": "Sub-Index 3: Transparency",
          "time_costs": "Sub-Index 4: Time Costs", "informal_charges": "Sub-Index 5: Informal Charges",
          "policy_bias": "Sub-Index 6: Policy Bias", "proactivity": "Sub-Index 7: Proactivity",
          "business_support": "Sub-Index 8: Business Support Services", "labor_policy": "Sub-Index 9: Labor Policy",
          "law_and_order": "Sub-Index 10: Law & Order"}
VIETNAMESE = {"overall": "PCI 2014", "entry_costs": "Gia nhập\n thị trường", "land_access": "Tiếp cận \nđất đai",
              "transparency": "Tính minh bạch", "time_costs": "Chi phí \nthời gian", "informal_charges": "Chi phí không\n chính thức",
              "policy_bias": "Cạnh tranh bình đẳng", "proactivity": "Tính \nnăng động", "business_support": "Hỗ trợ\n doanh nghiệp",
              "labor_policy": "Đào tạo \nlao động", "law_and_order": "Thiết chế\n pháp lý"}


def wide_book(root: Path, path: Path, change=None) -> Path:
    """PCI 2018 in the layout of 2018; ``change(sheet)`` spoils it."""
    table = raw(root, 2018).query("source == 'pci-workbook-2018'")
    wide = table.pivot(index="province_printed", columns="component", values="score").astype(float)
    ranks = table[table["component"] == "overall"].set_index("province_printed")["rank"].astype(int)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Summary"
    sheet.append(["Province", "Rank", *TITLES.values()])
    for name, row in wide.iterrows():
        sheet.append([name, int(ranks[name]), *(row[c] for c in TITLES)])
    sheet.append([])
    sheet.append(["Ha Noi", 9, *(wide.loc["Ha Noi", c] for c in TITLES)])
    for label in ("Min", "Median", "Max"):
        sheet.append([label, None, *(getattr(wide[c], label.lower())() for c in TITLES)])
    if change:
        change(sheet)
    book.save(path)
    return path


def paired_book(root: Path, path: Path, change=None) -> Path:
    """PCI 2014 in the layout of 2014: every column sorted on its own."""
    table = raw(root, 2014).query("source == 'pci-workbook-2014'").assign(score=lambda t: t["score"].astype(float))
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Summary_VN"
    sheet["A1"] = "Thứ tự"
    for number, (component, title) in enumerate([*VIETNAMESE.items()][1:] + [("overall", VIETNAMESE["overall"])]):
        col = 2 + 2 * number
        sheet.cell(1, col, "Tỉnh" if number == 0 else None)
        sheet.cell(1, col + 1, title)
        part = table[table["component"] == component].sort_values("score", ascending=False)
        for r, row in enumerate(part.itertuples(), start=2):
            sheet.cell(r, 1, r - 1)
            sheet.cell(r, col, unicodedata.normalize("NFD", row.province_printed) + "\xa0")
            sheet.cell(r, col + 1, row.score)
        sheet.cell(67, col + 1, part["score"].iloc[0])
    sheet["B67"], sheet["B68"] = "Hà Nội", "Thứ tự"
    if change:
        change(sheet)
    book.save(path)
    return path


LAYOUTS = [(originals.pci_rows, 2017), (originals.pci_rows, 2019), (originals.pci_numbered, 2006), (originals.pci_columns, 2008),
           (originals.pci_columns, 2010), (originals.pci_columns, 2014), (lambda path, year: originals.pci_first(path), 2005)]


@pytest.mark.parametrize(("make", "year"), LAYOUTS)
def test_every_layout_is_read_back(tmp_path, make, year):
    truth = make(tmp_path / f"PCI_{year}.xlsx", year)
    table = pci_workbook.read(tmp_path / f"PCI_{year}.xlsx")
    assert originals.held(table) == pytest.approx(truth)
    overall = table[table["component"] == "overall"].set_index("province")
    assert overall["rank"].to_dict() == originals.ranks_of(truth)
    assert table.loc[table["component"] != "overall", "rank"].isna().all()
    assert ("ha-tay" in set(table["province"])) == (year <= 2008)
    if year == 2005:
        assert overall["tier"].eq("Tốt").sum() == 2
    if year == 2006:
        assert overall["note"].eq("rank: number of the row in the table sorted by score").all()
    names = table.set_index("province")["province_printed"]
    assert set(names["da-nang"]) == {"TP. Đà Nẵng"} and set(names["kon-tum"]) == {"Kon Tum"}, "as a person sees it"


def test_numbers_that_do_not_follow_the_composite_are_no_ranks(tmp_path):
    def by_name(sheet):
        rows = sorted(sheet.iter_rows(min_row=3, values_only=True), key=lambda row: row[1])
        for r, row in enumerate(rows, start=3):
            for c, value in enumerate((r - 2, *row[1:]), start=1):
                sheet.cell(r, c).value = value

    originals.pci_numbered(tmp_path / "PCI_2006.xlsx", change=by_name)
    assert pci_workbook.read(tmp_path / "PCI_2006.xlsx")["rank"].isna().all()


def put(cell: str, value):
    def change(sheet):
        sheet[cell] = value

    return change


def swap_columns(sheet):
    for r in range(2, 65):
        sheet.cell(r, 6).value, sheet.cell(r, 4).value = sheet.cell(r, 4).value, sheet.cell(r, 6).value


def swap_with_names(sheet):
    for r in range(1, 70):
        sheet.cell(r, 1).value, sheet.cell(r, 3).value = sheet.cell(r, 3).value, sheet.cell(r, 1).value


@pytest.mark.parametrize(("change", "words"), [
    (put("D1", "Something else"), ["lacks entry_costs", "PCI_2018.xlsx"]),
    (put("E1", "Sub-Index 1: Entry Costs"), ["lacks land_access", "two columns for entry_costs"]),
    (put("N1", "Sub-Index 1: Entry Costs"), ["two columns say they are entry_costs", "D, N"]),
    (put("D1", "Thực hiện chính sách của Trung ương"), ["lacks entry_costs"]),
    (put("C1", "The Weighted PCI Score in 2017"), ["2017", "not the 2018 edition"]),
    (put("A5", "Bac Giang"), ["row 5", "stands twice", "row 4"]),
    (put("D9", 11.2), ["row 9", "Summary!D", "11.2", "outside the scale 1–10"]),
    (put("D9", 0.4), ["outside the scale"]),
    (put("C9", 170), ["outside the scale 0–100"]),
    (put("D9", "good"), ["row 9", "not a number"]),
    (put("B9", 4.5), ["row 9", "not a rank"]),
    (lambda sheet: sheet.delete_rows(7), ["lacks", "63 provinces", "Bắc Ninh"]),
    (swap_columns, ["do not add up", "wrong header"]),
])
def test_bad_workbooks(root, tmp_path, change, words):
    path = wide_book(root, tmp_path / "PCI_2018.xlsx", change)
    with pytest.raises(BadInput) as caught:
        pci_workbook.read(path)
    for word in words:
        assert word in str(caught.value), str(caught.value)
    assert "→" in str(caught.value)


def test_columns_in_another_order_are_found_by_their_headers(root, tmp_path):
    path = wide_book(root, tmp_path / "PCI_2018.xlsx", swap_with_names)
    assert score(pci_workbook.read(path), "bac-ninh") == pytest.approx(64.50, abs=0.005)


def test_unknown_province_names_the_nearest(root, tmp_path):
    path = wide_book(root, tmp_path / "PCI_2018.xlsx", put("A7", "Bac Nimh"))
    with pytest.raises(UnknownName, match="row 7.*bac-ninh"):
        pci_workbook.read(path)


def test_comma_decimals_and_unpublished_marks(root, tmp_path):
    def change(sheet):
        for r in range(2, 65):
            sheet.cell(r, 4).value = str(sheet.cell(r, 4).value).replace(".", ",")
        sheet["E7"], sheet["F7"], sheet["G7"] = 0, "N/A", None

    table = pci_workbook.read(wide_book(root, tmp_path / "PCI_2018.xlsx", change))
    assert score(table, "bac-ninh", "entry_costs") == pytest.approx(7.22, abs=0.005)
    notes = table[table["province"] == "bac-ninh"].set_index("component")
    assert notes.loc[["land_access", "transparency", "time_costs"], "score"].isna().all(), "a 0 on a scale from 1 is no figure"
    assert "printed as 0" in notes.loc["land_access", "note"] and "N/A" in notes.loc["transparency", "note"]
    assert "empty" in notes.loc["time_costs", "note"]


def test_paired_layout_with_a_province_twice_or_missing(root, tmp_path):
    with pytest.raises(BadInput, match="stands twice"):
        pci_workbook.read(paired_book(root, tmp_path / "PCI_2014.xlsx", lambda s: put("D9", s["D8"].value)(s)))
    with pytest.raises(BadInput, match="land_access lacks"):
        pci_workbook.read(paired_book(root, tmp_path / "PCI_2014.xlsx", lambda s: (put("D64", None)(s), put("E64", None)(s))))


@pytest.mark.parametrize(("name", "year", "word"), [("PCI_2017.xlsx", None, "not the 2017 edition"), ("book.xlsx", None, "name"),
                                                    ("PCI_2018.xlsx", 2008, "2008"), ("PCI_2018.xlsx", 2024, "2005–2019")])
def test_wrong_year(root, tmp_path, name, year, word):
    with pytest.raises(BadInput, match=word):
        pci_workbook.read(wide_book(root, tmp_path / name), year)


def test_a_workbook_of_something_else(tmp_path):
    path = tmp_path / "PCI_2018.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Tỉnh", "Ghi chú"])
    book.save(path)
    with pytest.raises(BadInput, match="no sheet with a table of provinces"):
        pci_workbook.read(path)
    with pytest.raises(BadInput, match="no sheet of survey items"):
        items_of.indicators(path)


def test_missing_workbooks_are_named(tmp_path):
    with pytest.raises(BadInput, match="no PCI workbook of 2005, 2006"):
        pci.collect(tmp_path)
