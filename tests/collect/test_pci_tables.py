"""Where the table of provinces begins and ends on a sheet of the PCI's workbooks, and what its columns are; sheets made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from govlib.collect.readers import pci_tables
from govlib.errors import BadInput, UnknownName
from govlib.forms.excel import Sheet
from govlib.known import provinces

NAMES = [provinces.name(slug, "vi", 2014) for slug in sorted(provinces.province_set(2014))]
BOOK = Path("PCI_2014.xlsx")


def sheet(*rows: list, name: str = " Tiếp cận đất đai ") -> Sheet:
    width = max(map(len, rows))
    return Sheet(name, [[*row, *[None] * (width - len(row))] for row in rows], True, BOOK)


def ordered(*head: list, below: tuple = (), n: int = 63) -> Sheet:
    """A row a province: number, name, a figure."""
    return sheet(*head, *([at, name, 5 + at / 100] for at, name in enumerate(NAMES[:n], 1)), *below)


def table(made: Sheet) -> pci_tables.Table:
    found = pci_tables.find_table(made)
    assert found is not None
    return found


# ---- the table -----------------------------------------------------------------------------------------------------------------
def test_the_table_begins_with_its_first_province_and_the_lines_above_are_its_header():
    found = table(ordered(["Chỉ tiêu", "Chỉ tiêu cấu thành"], [None, None, "DN có  giấy\nchứng nhận (%)"], ["TT", "Tỉnh", "b4_1_4"], [None, 7, "b4_1_4"]))
    assert (found.start, found.provinces) == (4, (1,))
    assert found.headers == {0: "Chỉ tiêu | TT", 1: "Chỉ tiêu cấu thành | Tỉnh", 2: "DN có giấy chứng nhận (%) | b4_1_4"}, "each line once, no numbers"


def test_every_column_of_names_is_one_and_a_figure_belongs_to_the_nearest_on_its_left():
    made = sheet(["TT", "Tỉnh", "Khởi sự", "Vùng", "Tỉnh", "Đất đai"], *([at, a, 5.0, "Đông Bắc", b + "\u00a0", 6.0] for at, (a, b) in enumerate(zip(NAMES, reversed(NAMES), strict=True), 1)))
    found = table(made)
    assert found.provinces == (1, 4) and [found.province_column(c) for c in range(6)] == [1, 1, 1, 1, 1, 4]


@pytest.mark.parametrize(("n", "there"), [(63, True), (20, True), (19, False)])
def test_fewer_than_twenty_provinces_are_no_table(n, there):
    assert (pci_tables.find_table(ordered(["TT", "Tỉnh", "x"], n=n)) is not None) == there


def test_a_smaller_table_is_one_where_that_is_asked_for():
    assert pci_tables.find_table(ordered(["TT", "Tỉnh", "x"], n=5), least=5) and not pci_tables.find_table(ordered(["TT", "Tỉnh", "x"], n=4), least=5)


def test_a_sheet_with_names_far_below_its_head_or_within_sentences_is_none():
    assert pci_tables.find_table(sheet(*[["lời nói đầu"]] * 26, *([name] for name in NAMES))) is None
    assert pci_tables.find_table(sheet(*[["lời nói đầu"]] * 25, *([name] for name in NAMES))).start == 25
    assert pci_tables.find_table(sheet(*([f"Điểm của {name}"] for name in NAMES))) is None
    assert pci_tables.find_table(sheet(*([name + " " * 40] for name in NAMES))) is None, "a cell of more than forty letters is a text"
    assert pci_tables.find_table(sheet([None])) is None


# ---- what the columns are ------------------------------------------------------------------------------------------------------
def test_the_roles_of_columns_line_by_line():
    made = sheet(["Chỉ số thành phần", "Đào tạo", "Chi phí", None, "2014", "PCI 2014", "Ghi chú"], ["Tỉnh", "lao động", "Tính minh bạch", "Law & Order", "Ranking", None, "Xếp loại"],
                 *([name, 1, 2, 3, 4, 5, 6] for name in NAMES))
    assert pci_tables.roles(table(made)) == {1: "labor_policy", 2: "transparency", 3: "law_and_order", 4: "rank", 5: "overall", 6: "tier"}, (
        "no role for the names; a header that only its lines together tell; the first line that says something; none for a remark")


# ---- the rows of a column ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("end", [None, "", "  ", "Min", "MEDIAN", "Max", "Mean", "Trung vị", "Thấp nhất", "Cao nhất", "Xếp hạng", "Thứ tự", "Tỉnh", "No.", "Điểm thấp nhất mẫu"])
def test_the_rows_end_at_a_blank_or_at_what_is_worked_out_below(end):
    found = table(ordered(["TT", "Tỉnh", "x"], below=([None, end, 1.0], ["x", "Hà Nội", 9.9])))
    rows = pci_tables.data_rows(found, 2, 2014)
    assert len(rows) == 63 and rows[0] == (1, "An Giang", "an-giang") and rows[-1] == (63, "Yên Bái", "yen-bai")


def test_a_blank_before_the_first_province_of_a_column_is_passed_over_but_no_word():
    rows = [[name, 1.0, other, 2.0] for name, other in zip(NAMES, [None, *NAMES[1:]], strict=True)]
    assert [slug for _, _, slug in pci_tables.data_rows(table(sheet(["Tỉnh", "a", "Tỉnh", "b"], *rows)), 3, 2014)] == sorted(provinces.province_set(2014))[1:]
    rows[0][2] = "Cao nhất"
    assert pci_tables.data_rows(table(sheet(["Tỉnh", "a", "Tỉnh", "b"], *rows)), 3, 2014, strict=False) == [], "names below something worked out are not the data"


def twice(at: int, name: str) -> pci_tables.Table:
    made = ordered(["TT", "Tỉnh", "x"])
    made.rows[at][1] = name
    return table(made)


def test_a_province_twice_is_refused_with_both_its_rows_but_not_where_they_are_to_be_told():
    with pytest.raises(BadInput) as caught:
        pci_tables.data_rows(twice(9, " An\u00a0Giang"), 2, 2014)
    told = caught.value
    assert (told.problem, told.row, told.column, told.value) == ("An Giang stands twice (also in row 2)", 10, "Tiếp cận đất đai!B", " An\u00a0Giang")
    assert told.file == BOOK and told.fix == "remove the wrong row or correct the name"
    rows = pci_tables.data_rows(twice(9, "An Giang"), 2, 2014, strict=False)
    assert len(rows) == 63 and [r for r, _, slug in rows if slug == "an-giang"] == [1, 9]


def test_a_province_that_is_not_known_or_not_of_the_edition():
    for name in ("Bac Nimh", "Hà Tây"):  # Hà Tây went into Hà Nội in 2008
        with pytest.raises(UnknownName, match=r"PCI_2014\.xlsx, row 10"):
            pci_tables.data_rows(twice(9, name), 2, 2014)
    assert "ha-tay" in {slug for *_, slug in pci_tables.data_rows(twice(9, "Hà Tây"), 2, 2007)}


def test_a_column_without_figures_is_refused():
    made = ordered(["TT", "Tỉnh", "x"])
    for row in made.rows[1:]:
        row[2] = None
    found = table(made)
    with pytest.raises(BadInput, match="no figures beside the provinces") as caught:
        pci_tables.data_rows(found, 2, 2014)
    assert caught.value.column == "Tiếp cận đất đai!C" and caught.value.fix == "check that the columns are as published"
    assert len(pci_tables.data_rows(found, 2, 2014, strict=False)) == 63
    made.rows[-1][2] = 0
    assert len(pci_tables.data_rows(table(made), 2, 2014)) == 63, "one is enough"


# ---- editions ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "year"), [("PCI_2012.xlsx", 2012), ("pci-workbook-2023.xlsx", 2023), ("PCI 2012 (sheet 2012).xls", 2012), ("PCI_2012_v12019.xlsx", 2012)])
def test_the_edition_is_what_the_name_says(name, year):
    assert pci_tables.edition(Path(name), None) == year
    assert pci_tables.edition(Path("any.xlsx"), year) == year


@pytest.mark.parametrize(("name", "year", "said", "value"), [
    ("PCI.xlsx", None, "the file's name does not say which edition it is", None), ("PCI_2012-2013.xlsx", None, "does not say which edition", None), ("PCI_12012.xlsx", None, "does not say", None),
    ("PCI_2020.xlsx", None, "no PCI workbook of 2020 is known", 2020), ("PCI_2012.xlsx", 2004, "no PCI workbook of 2004 is known", 2004)])
def test_editions_that_are_not_told_or_not_known(name, year, said, value):
    with pytest.raises(BadInput, match=said) as caught:
        pci_tables.edition(Path(name), year)
    assert caught.value.value == value and caught.value.file == Path(name) and ("pass year=" if value is None else "other editions come through") in caught.value.fix


def test_the_sub_indices_of_each_edition():
    assert [len(pci_tables.components_of(year)) for year in (2005, 2006, 2008, 2009, 2012, 2013, 2019, 2023)] == [9, 10, 10, 9, 9, 10, 10, 10]
    assert "implementation" in pci_tables.components_of(2005) and not {"labor_policy", "law_and_order"} & {*pci_tables.components_of(2005)}
    assert [year for year in range(2006, 2024) if "policy_bias" not in pci_tables.components_of(year)] == [2009, 2010, 2011, 2012]
    assert not any("implementation" in pci_tables.components_of(year) for year in range(2006, 2024))
    assert pci_tables.summary_of(2019) == ("overall", *pci_tables.components_of(2019)) and pci_tables.summary_of(2023) == pci_tables.components_of(2023)
    assert pci_tables.source_id(2012) == "pci-workbook-2012"
