"""The readers that a build uses, on made-up originals: a clone has no others (kit/originals.py)."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest
from kit import originals

from govlib.collect import readers, sidecar, tidy
from govlib.collect.readers import papi, papi_indicators, pci, pci_tables
from govlib.errors import BadInput, GovlibError
from govlib.known import provinces


def held(table: pd.DataFrame) -> dict:
    return {(row.province, row.component): None if pd.isna(row.score) else row.score for row in table.itertuples()}


# -- PCI: survey items ---------------------------------------------------------------------------------------------------------


def test_items_of_a_sheet_with_a_row_a_province(tmp_path):
    truth = originals.pci_item_rows(tmp_path / "PCI_2019.xlsx")
    table = pci.indicators(tmp_path / "PCI_2019.xlsx")
    assert held(table) == truth, "no sub-index, no empty column, nothing below the data, no hidden sheet, nothing of infrastructure"
    assert set(table["level"]) == {"indicator"} and set(table["source"]) == {"pci-workbook-2019"}
    units = table.groupby("component")["unit"].unique().str[0].to_dict()
    assert units == {"entry_costs.registration_days": "days", "entry_costs.wait_over_one_month": "share 0-1",
                     "entry_costs.a_question_that_was_never_asked_before": "as printed"}
    days = table.query("province == 'ho-chi-minh' and component == 'entry_costs.registration_days'").iloc[0]
    row = 2 + sorted(provinces.province_set(2019)).index("ho-chi-minh")
    assert (days["province_printed"], days["locator"]) == ("TP.HCM", f"Entry Costs!D{row}")
    assert days["note"] == "Length of business registration in days (Median)"


def test_items_of_a_sheet_whose_columns_are_sorted_each_on_its_own(tmp_path):
    truth = originals.pci_item_columns(tmp_path / "PCI_2008.xlsx")
    table = pci.indicators(tmp_path / "PCI_2008.xlsx")
    assert held(table) == truth
    twice = table[table["score"].isna()]
    assert twice["province"].tolist() == ["gia-lai"] and twice["note"].str.contains(r"twice in the column, in rows \d+ and \d+").all()
    assert "ha-tay" in set(table["province"]) and (table["note"].str.contains("% DN").all())


def test_figures_of_an_item_that_are_text_or_of_nobody(tmp_path):
    def text(sheet):
        sheet["D5"] = "a few"

    originals.pci_item_rows(tmp_path / "PCI_2019.xlsx", change=text)
    with pytest.raises(BadInput, match="row 5, column Entry Costs!D, value 'a few': not a number"):
        pci.indicators(tmp_path / "PCI_2019.xlsx")
    originals.pci_item_rows(tmp_path / "PCI_2019.xlsx", change=lambda sheet: sheet.__setitem__("A5", "Bac Nimh"))
    with pytest.raises(GovlibError, match="row 5.*bac-ninh"):
        pci.indicators(tmp_path / "PCI_2019.xlsx")
    originals.pci_item_rows(tmp_path / "PCI_2019.xlsx", change=lambda sheet: [sheet.__setitem__(c, "N/A") for c in ("D5", "D6")])
    assert len(pci.indicators(tmp_path / "PCI_2019.xlsx")) == 3 * 63 - 2, "a cell that says N/A is left out"


def item_sheet(path, year: int, title: str, head: list[list], columns: list, names: int = 1):
    """A made-up item sheet: ``head`` above, a row a province, the names in column ``names``, a figure or a text by column."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in head:
        sheet.append(row)
    for at, slug in enumerate(sorted(provinces.province_set(year))):
        row = [column(at) if callable(column) else column for column in columns]
        sheet.append([*row[:names], provinces.name(slug, "vi", year), *row[names:]])
    return originals.saved(book, path)


def test_what_beside_the_items_stands_on_a_sheet_of_2013(tmp_path):
    """Codes, ranks, regions and the sub-index beside the names are no items; wording, question and variable go to the note."""
    head = [["Mã PCI", "Tỉnh", "Vùng", "Xếp hạng", "STT", "Sub-Index 2", "DN chờ lâu (%)", "DN chờ lâu (%)", None, "DN chờ lâu (%)"],
            ["pci_id", "Tỉnh", "region", None, None, "sub2_land", "b4_1", "b4_2", "b4_3", None], [None] * 8 + ["Chỉ tiêu mới", None]]
    path = item_sheet(tmp_path / "PCI_2013.xlsx", 2013, "Tiếp cận đất đai", head,
                      ["1", "Bắc", lambda at: at + 1, lambda at: at + 1, lambda at: 5 + at / 100, lambda at: at / 100, lambda at: at / 200, 3, 12])
    table = pci.indicators(path)
    cells = table[table["province"] == "bac-ninh"].set_index("component")[["score", "unit", "note", "locator"]].T.to_dict("list")
    at = sorted(provinces.province_set(2013)).index("bac-ninh")
    assert cells == {"land_access.dn_cho_lau": [at / 100, "share 0-1", "DN chờ lâu (%) [b4_1]", f"Tiếp cận đất đai!G{at + 4}"],
                     "land_access.dn_cho_lau_2": [at / 200, "share 0-1", "DN chờ lâu (%) [b4_2]", f"Tiếp cận đất đai!H{at + 4}"],
                     "land_access.dn_cho_lau_3": [12, "percent", "DN chờ lâu (%)", f"Tiếp cận đất đai!J{at + 4}"],
                     "land_access.b4_3": [3, "as printed", "b4_3 [Chỉ tiêu mới]", f"Tiếp cận đất đai!I{at + 4}"]}
    assert len(table) == 4 * 63 and set(table["year"]) == {2013} and set(table["province_printed"]) == {provinces.name(s, "vi", 2013) for s in provinces.province_set(2013)}


def test_headers_of_2007_that_do_not_fit_their_figures_join_no_series(tmp_path):
    head = [["Tỉnh", "Số cuộc thanh tra trung vị", "Số cuộc thanh tra giảm trong vòng hai năm trở lại đây", "Số giờ thanh tra thuế"]]
    path = item_sheet(tmp_path / "PCI_2007.xlsx", 2007, "CP thời gian", head, [0.3, 2, 8], names=0)
    notes = pci.indicators(path).groupby("component")["note"].first().to_dict()
    assert notes == {"time_costs.inspections_median_as_printed": "figures of 0.1-0.4 under the header of a median count: it seems exchanged with the next column. Số cuộc thanh tra trung vị",
                     "time_costs.so_cuoc_thanh_tra_giam_trong_vong_hai_nam_tro_lai_day_as_printed":
                     "figures of 1-2 under the header of a share: it seems exchanged with the column before. Số cuộc thanh tra giảm trong vòng hai năm trở lại đây",
                     "time_costs.tax_inspection_hours": "Số giờ thanh tra thuế"}
    path.rename(path.with_name("PCI_2008.xlsx"))
    assert "time_costs.inspections_median" in set(pci.indicators(tmp_path / "PCI_2008.xlsx")["component"]), "in that edition only"


def test_which_sheets_have_items_depends_on_the_edition(tmp_path):
    path = item_sheet(tmp_path / "PCI_2010.xlsx", 2010, "Ưu đãi DNNN", [["Tỉnh", "DN được ưu đãi (%)"]], [0.3], names=0)
    with pytest.raises(BadInput) as caught:
        pci.indicators(path)  # no Policy Bias from 2009 to 2012
    assert (caught.value.problem, caught.value.file, caught.value.fix) == ("no sheet of survey items", path, "check that it is the full PCI 2010 workbook")
    assert set(pci.indicators(path, 2013)["component"]) == {"policy_bias.dn_duoc_uu_dai"}, "the edition that is asked for counts"


def test_every_sheet_of_a_sub_index_gives_its_items(tmp_path):
    path = item_sheet(tmp_path / "PCI_2019.xlsx", 2019, "Entry Costs", [["Province", "Firms (%)"]], [0.3], names=0)
    book = openpyxl.load_workbook(path)
    book.copy_worksheet(book.active).title = "Bias"
    book.save(path)
    assert pci.indicators(path).groupby("component").size().to_dict() == {"entry_costs.firms": 63, "policy_bias.firms": 63}


def test_the_workbooks_of_a_folder_by_edition(tmp_path):
    for name in ("a/PCI_2012.xls", "b/pci-workbook-2013.xlsx", "PCI 2014.xlsx", "PCI_2017.XLSX", "pci_workbook_2023.xlsx", "PCI_2020.xlsx", "PCI_2015.pdf", "old PCI_2016.xlsx", "c/PCI_2012.xlsx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert pci.workbook_paths(tmp_path) == {2012: tmp_path / "c/PCI_2012.xlsx", 2013: tmp_path / "b/pci-workbook-2013.xlsx", 2014: tmp_path / "PCI 2014.xlsx", 2023: tmp_path / "pci_workbook_2023.xlsx"}


def test_the_workbook_of_2023_gives_no_items(tmp_path):
    item_sheet(tmp_path / "PCI_2023.xlsx", 2023, "Entry Costs", [["Province", "Firms (%)"]], [0.3], names=0)
    empty = pci.indicators_in(tmp_path)
    assert empty.empty and list(empty.columns) == ["index_id", "year", *tidy.COLUMNS]
    for year in (2019, 2017):
        item_sheet(tmp_path / f"PCI_{year}.xlsx", year, "Entry Costs", [["Province", "Firms (%)"]], [0.3], names=0)
    table = pci.indicators_in(tmp_path)
    assert table["year"].drop_duplicates().tolist() == [2017, 2019] and list(table.index) == list(range(126)) and set(table["index_id"]) == {"pci"}
    assert list(table.columns) == ["index_id", "year", *tidy.COLUMNS]


@pytest.mark.parametrize(("header", "role"), [
    ("PCI có trọng số (Điểm tối đa 100)", "overall"), ("Chỉ số PCI chưa có trọng số", "unweighted"), ("The Weighted PCI Score in 2018", "overall"),
    ("Thứ hạng", "rank"), ("2018 Ranking", "rank"), ("Nhóm xếp hạng", "tier"), ("CP thời gian", "time_costs"), ("CP không chính thức", "informal_charges"),
    ("CSPTKVKTTN", "business_support"), ("Ưu đãi DNNN", "policy_bias"), ("Sub-Index 8: Business Support Services", "business_support"),
    ("Đào tạo lao động", "labor_policy"), ("Law & Order", "law_and_order"), ("PCI ID", "code"), ("STT", "order"), ("Tỉnh, thành phố", "province"),
    ("Công nghệ thông tin", None), ("", None), (None, None)])
def test_what_a_header_says(header, role):
    assert pci_tables.role(header) == role


# -- PAPI: indicators ----------------------------------------------------------------------------------------------------------

NAMES = {2018: "PAPI_2018.xlsx", 2019: "PAPI_2019.xlsx", 2022: "PAPI_2022.csv", 2023: "PAPI_2023.csv"}


@pytest.mark.parametrize("year", NAMES)
def test_scores_of_an_indicator_sheet(tmp_path, year):
    truth, _ = originals.papi_indicators(tmp_path / NAMES[year], year)
    table = papi_indicators.read(tmp_path / NAMES[year], year)
    assert held(table) == pytest.approx(truth), "total, dimensions, sub-dimensions; the weighted total and its error are none"
    gone = table[table["score"].isna() & table["component"].eq("transparency")].set_index("province")["note"]
    assert set(gone.index) == {"bac-ninh"}
    assert ("stored as 0" if year == 2022 else "KCDL") in gone["bac-ninh"]
    blank = table.query("province == 'bac-giang' and component == 'participation'")["note"].item()
    assert ("stored as 0" if year == 2022 else "leaves the cell empty") in blank
    assert ("left out of the ranking" in blank) == (year == 2022), "where a page says why, the note does"
    row = table.query("province == 'ha-giang' and component == 'overall'").iloc[0]
    assert row["locator"].endswith("!E4") and row["source"] == papi_indicators.SOURCES[year]


@pytest.mark.parametrize("year", NAMES)
def test_questions_of_an_indicator_sheet(tmp_path, year):
    path = tmp_path / NAMES[year]
    _, items = originals.papi_indicators(path, year)
    table = papi_indicators.read(path, year, items=True)
    table = table[table["component"].str.count(r"\.") == 2]
    label = table["note"].str.split("; ").str[0]
    found = {(row.province, text): None if pd.isna(row.score) else row.score for row, text in zip(table.itertuples(), label, strict=True)}
    assert found == {(province, text.replace("*", "")): value for (province, text), value in items.items()}
    assert set(table["component"]) == {"participation.civic_knowledge.hieu_biet_ve_chinh_sach_hien_hanh",
                                       "participation.civic_knowledge.so_dien_thoai_cua_thon",
                                       "participation.civic_knowledge.lay_mau_don_tu_trang_thong_tin_dien_ban_khi_lam_giay_khai_sinh",
                                       "participation.civic_knowledge.lay_mau_don_tu_trang_thong_tin_dien_khi_lam_giay_phep_xay_dung",
                                       "transparency.access_to_information.da_tim_thong_tin"}
    assert set(table["unit"]) == {"share 0-1"}


def test_a_true_zero_and_a_withheld_one(tmp_path):
    """A share of nobody is a figure, but in the sheet of 2022, where a withheld cell is a 0 too."""
    def zero(grid_or_sheet):
        for r, row in enumerate(grid_or_sheet if isinstance(grid_or_sheet, list) else grid_or_sheet.iter_rows(values_only=True)):
            if row[1] == originals.ITEMS["participation.civic_knowledge"][0][0]:
                if isinstance(grid_or_sheet, list):
                    grid_or_sheet[r][3] = 0
                else:
                    grid_or_sheet.cell(r + 1, 4).value = 0

    for year, wanted in ((2022, None), (2023, 0.0)):
        originals.papi_indicators(tmp_path / NAMES[year], year, change=zero)
        table = papi_indicators.read(tmp_path / NAMES[year], year, items=True).query("province == 'ha-noi'")
        row = table[table["component"].str.endswith("chinh_sach_hien_hanh")].iloc[0]
        assert (None if pd.isna(row["score"]) else row["score"]) == wanted
        assert ("a true zero cannot be told" in row["note"]) == (year == 2022)


def small_sheet(path, year: int, *measures: tuple, above: tuple = ()):
    """A made-up indicator sheet as CSV: (label, scale, figure of every province, or a list by province) a row."""
    slugs = originals.by_code(year)
    rows = [*above, ["Province", "Tỉnh/Thành phố", "", *(provinces.name(s, "en", year) for s in slugs)],
            *(["x", label, scale, *(figure if isinstance(figure, list) else [figure] * len(slugs))] for label, scale, figure in measures)]
    return originals.csv_file(path, rows)


TWO = [("Chỉ số nội dung 2: Công khai", "1-10 điểm", 5.5), ("2.1: Tiếp cận thông tin", "0.25-2.5 điểm", 1.5)]


@pytest.mark.parametrize(("scale", "figure", "unit"), [
    ("0%-100%", 0.4, "share 0-1"), ("0%-100%", 1.5, "share 0-1"), ("0%-100%", 1.51, "percent"), ("0%-100%", "", "share 0-1"), ("Nghìn VND", 120, "VND thousand"),
    ("1-5 điểm", 3, "points 1-5"), ("0.5-2.5 điểm/points", 2, "points 0.5-2.5"), ("1-5", 3, "as printed"), ("từ 1-5 điểm", 3, "as printed"), ("VND/giờ", 3, "as printed"), ("", 3, "as printed")])
def test_the_unit_of_a_question_is_that_of_its_scale(tmp_path, scale, figure, unit):
    table = papi_indicators.read(small_sheet(tmp_path / "s.csv", 2023, *TWO, ("Đã tìm thông tin", scale, figure)), 2023, items=True)
    asked = table[table["component"].eq("transparency.access_to_information.da_tim_thong_tin")]
    assert set(asked["unit"]) == {unit} and len(asked) == 63
    assert set(asked["note"]) == {"Đã tìm thông tin" if figure != "" else "Đã tìm thông tin; not published: the publishers' file leaves the cell empty"}
    assert set(table.loc[table["component"].eq("transparency"), "unit"]) == {"points"}


def test_questions_stand_under_their_sub_dimension_and_are_named_by_their_words(tmp_path):
    asked = ["Tỷ lệ người trả lời cho biết họ biết tỷ lệ người dân đi bầu", "Tỉ lệ người dân được mời", "một hai ba bốn năm sáu bảy tám chín mười mốt hai ba bốn",
             "một hai ba bốn năm sáu bảy tám chín mười mốt hai ba bốn năm"]
    path = small_sheet(tmp_path / "s.csv", 2023, ("Chưa thuộc nội dung nào", "", 1), TWO[0], ("Ở dưới nội dung", "", 1), TWO[1], *((q, "0%-100%", 0.5) for q in asked),
                       ("Chỉ số PAPI tổng hợp (không có trọng số)", "", 40), ("Sau tổng", "0%-100%", 0.5), ("Ghi chú: x", "", 3), ("KCDL = không", "", 3), ("Phương sai", "", 3), ("Số quan sát", "", 3),
                       above=(["", "", "", "tựa đề"],))
    table = papi_indicators.read(path, 2023, items=True)
    under = "transparency.access_to_information."
    assert set(table["component"]) == {"overall", "transparency", "transparency.access_to_information", under + "biet_ty_le_nguoi_dan_di_bau", under + "duoc_moi",
                                       under + "mot_hai_ba_bon_nam_sau_bay_tam_chin_muoi_mot_hai_ba_bon", under + "mot_hai_ba_bon_nam_sau_bay_tam_muoi_mot_hai_ba_bon_nam", under + "sau_tong"}
    assert set(papi_indicators.read(path, 2023)["component"]) == {"overall", "transparency", "transparency.access_to_information"}
    first = table[table["component"].eq("transparency")].set_index("province").loc["ha-noi"]
    assert (first["locator"], first["source"], first["score"], first["year"]) == ("s!D4", "papi-sheet-2023", 5.5, 2023)


def test_a_question_of_a_dimension_that_is_withheld_for_a_province_has_no_figure_there(tmp_path):
    cells = ["KCDL" if slug == "ca-mau" else 5.5 for slug in originals.by_code(2023)]
    part = ["KCDL" if slug == "ca-mau" else 1.5 for slug in originals.by_code(2023)]
    table = papi_indicators.read(small_sheet(tmp_path / "s.csv", 2023, ("Chỉ số nội dung 2: Công khai", "", cells), ("2.1: X", "", part), ("Đã tìm", "0%-100%", 0.4)), 2023, items=True)
    notes = table[table["province"].eq("ca-mau")].set_index("component")["note"].to_dict()
    assert notes == {"transparency": "not published: KCDL (no data) in the publishers' sheet", "transparency.access_to_information": "not published: KCDL (no data) in the publishers' sheet",
                     "transparency.access_to_information.da_tim": "Đã tìm; not published: the dimension is withheld for this province"}
    assert table[table["province"].eq("ca-mau")]["score"].isna().all() and table["score"].isna().sum() == 3


@pytest.mark.parametrize(("measures", "told"), [
    ([("Ghi chú", "", 1)], {"problem": "no score in this sheet", "column": "s"}), ([*TWO, ("9.9: X", "", 1)], {"problem": "sub-dimension 9.9 does not exist in the 2023 edition", "row": 4, "value": "9.9: X"}),
    ([("Chỉ số nội dung 0: X", "", 1)], {"problem": "there is no dimension 0 in the 2023 edition", "row": 2, "value": "Chỉ số nội dung 0: X"}),
    ([*TWO, TWO[1]], {"problem": "the same measure twice", "row": 4, "column": "s", "value": "2.1: Tiếp cận thông tin"}), ([("2.1: X", "", "nhiều")], {"problem": "not a number", "row": 2, "column": "Ha Noi"}),
    ([("2.1: X", "", 9)], {"problem": "outside the scale 0.25–2.5", "row": 2, "column": "Ha Noi"})])
def test_what_is_wrong_in_an_indicator_sheet_is_told_with_its_place(tmp_path, measures, told):
    path = small_sheet(tmp_path / "s.csv", 2023, *measures)
    with pytest.raises(BadInput) as caught:
        papi_indicators.read(path, 2023)
    assert {"file": path, **told} == {"file": caught.value.file, **{key: getattr(caught.value, key) for key in told}}


def test_a_file_that_is_no_indicator_sheet_says_what_was_expected(tmp_path):
    path = originals.csv_file(tmp_path / "s.csv", [["a"]] * 5 + [["x", "x", "", "Ha Noi"]])  # the names stand in the first five rows
    with pytest.raises(BadInput, match="no row of province names") as caught:
        papi_indicators.read(path, 2023)
    assert (caught.value.file, caught.value.column, caught.value.fix) == (path, "s", "is this the official PAPI indicator sheet?")
    originals.papi_indicators(tmp_path / "s.xlsx", 2019)
    with pytest.raises(BadInput) as caught:
        papi_indicators.read(tmp_path / "s.xlsx", 2022)
    assert caught.value.file == tmp_path / "s.xlsx" and caught.value.value == ["2019PAPI_Indicators_VIE"] and caught.value.fix == "expected ProvincialIndicators_VIE or <year>PAPI_Indicators_VIE"


def test_questions_of_all_editions_in_a_folder(tmp_path):
    empty = papi_indicators.indicators_in(tmp_path)
    assert empty.empty and list(empty.columns) == ["index_id", "year", *tidy.COLUMNS]
    for year in (2023, 2022):
        small_sheet(tmp_path / papi_indicators.FILES[year], year, *TWO, ("Đã tìm", "0%-100%", 0.4))
    table = papi_indicators.indicators_in(tmp_path)
    assert list(table.columns) == ["index_id", "year", *tidy.COLUMNS] and table["year"].tolist() == [2022] * 63 + [2023] * 63 and set(table["index_id"]) == {"papi"}
    assert set(table["component"]) == {"transparency.access_to_information.da_tim"}


def edited(row: int, col: int, value):
    return lambda grid: grid[row].__setitem__(col, value)


@pytest.mark.parametrize(("change", "words"), [
    (edited(1, 4, "Ha Noi"), "a province twice"), (edited(1, 5, "Ha Giagn"), "row 2.*unknown province"), (edited(3, 4, 7), "outside the scale 8–80"),
    (edited(5, 4, 7.77), "participation of ha-giang is 7.77.*add up to"), (edited(3, 5, "about 40"), "row 4, column .*not a number"),
    (edited(6, 1, "9.9: X"), "sub-dimension 9.9 does not exist"), (edited(5, 1, "Chỉ số nội dung 9: X"), "there is no dimension 9"),
    (edited(4, 1, "Chỉ số PAPI tổng hợp (không có trọng số)"), "the same measure twice"), (edited(1, 3, "Hanoi City"), "no row of province names"),
    (lambda grid: [row.pop(4) for row in grid], "62 provinces where 2023 has 63; missing .'ha-giang'.")])
def test_spoiled_indicator_sheets(tmp_path, change, words):
    originals.papi_indicators(tmp_path / "s.csv", 2023, change=change)
    with pytest.raises(GovlibError, match=words):
        papi_indicators.read(tmp_path / "s.csv", 2023)


def test_an_indicator_workbook_of_another_year_or_kind(tmp_path):
    originals.papi_indicators(tmp_path / "s.xlsx", 2019)
    with pytest.raises(BadInput, match="no sheet with the provincial indicators"):
        papi_indicators.read(tmp_path / "s.xlsx", 2018)


# -- PAPI: sums ----------------------------------------------------------------------------------------------------------------


def sub_dimensions(year: int, truth: dict) -> pd.DataFrame:
    return tidy.frame({"province": s, "year": year, "component": c, "level": "indicator", "score": v, "source": "x", "locator": f"{year}.csv {s} {c}"}
                      for (s, c), v in truth.items() if "." in c)


@pytest.mark.parametrize("year", [2017, 2018, 2021, 2024])
def test_dimensions_are_the_sums_of_their_parts_never_partial_ones(year):
    truth = originals.papi_truth(year, nothing=("ca-mau",), withheld=[("bac-ninh", "transparency")])
    derived = papi.derive_dimensions(sub_dimensions(year, truth))
    assert held(derived) == pytest.approx({key: value for key, value in truth.items() if "." not in key[1]})
    assert derived["score"].isna().equals(derived["status"].eq("not_published"))
    assert {d for d in derived["component"]} == {"overall", *papi.dimensions(year)} and len(papi.dimensions(year)) == (6 if year < 2018 else 8)
    note = derived.query("province == 'bac-ninh' and component == 'overall'")["note"].item()
    assert note == f"not published: 1 of {len(papi.dimensions(year))} parts not published"


def test_what_is_published_is_not_derived_again():
    scores = sub_dimensions(2024, originals.papi_truth(2024))
    published = scores.query("province == 'ha-noi'").iloc[:1].assign(component="overall", level="overall", score=45.0)
    both = pd.concat([scores, published], ignore_index=True)
    assert ("ha-noi", "overall") not in held(papi.derive_dimensions(both))
    assert ("ha-noi", "overall") in held(papi.derive_dimensions(both, only_missing=False))


# -- a folder of originals -------------------------------------------------------------------------------------------------------


def test_all_originals_of_a_folder(tmp_path):
    assert readers.indicators(tmp_path).empty
    originals.pci_item_rows(tmp_path / "pci/workbooks/PCI_2019.xlsx")
    originals.pci_item_columns(tmp_path / "pci/workbooks/pci-workbook-2008.xlsx")
    originals.papi_indicators(tmp_path / papi_indicators.FILES[2023], 2023)
    table = readers.indicators(tmp_path)
    assert table.groupby(["index_id", "year"]).size().to_dict() == {("pci", 2019): 189, ("pci", 2008): 127, ("papi", 2023): 63 * 5}
    assert list(table.columns) == ["index_id", "year", *tidy.COLUMNS] and set(table["level"]) == {"indicator"}


# -- the raw shape -------------------------------------------------------------------------------------------------------------


def test_row_numbers_are_those_of_a_spreadsheet(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b\n"two\nlines",1\n\n"U+2028:\u2028 no line end",2\nshort\n', encoding="utf-8")
    assert tidy.read_lines(path) == [(1, ["a", "b"]), (2, ["two\nlines", "1"]), (4, ["U+2028:\u2028 no line end", "2"]), (5, ["short"])]
    with pytest.raises(BadInput, match="row 5: fewer cells"):
        tidy.read_csv(path, ("a", "b"))


@pytest.mark.parametrize("rank", ["0", "-1", "65", "1.5", "first"])
def test_what_is_no_rank(tmp_path, rank):
    with pytest.raises(BadInput):
        tidy.parse_rank(rank, tmp_path / "x.csv", 2)


@pytest.mark.parametrize("year", ["", "21", "1999", "202", "２０２１", "202²", "2100"])
def test_what_is_no_year(tmp_path, year):
    with pytest.raises(BadInput, match="not a year"):
        tidy.parse_year(year, tmp_path / "x.csv", 2)


def test_a_raw_file_and_its_sidecar_are_written_together(tmp_path):
    table = tidy.frame([{"province": "ha-noi", "component": "overall", "level": "overall", "score": 1.50, "source": "s", "locator": "A1"}], 2024)
    about = {"producer": "p", "citation": "c", "url": "u", "terms": "t", "transcribed": "2026-11-22", "method_version": "m"}
    path = tidy.write(table, tmp_path, "pci", 2024, **about)
    assert ",1.5,," in path.read_text(encoding="utf-8") and sidecar.read(path)["sources"] == ["s"]
    assert {p.name for p in path.parent.iterdir()} == {"2024.csv", "2024.meta.yaml"}
