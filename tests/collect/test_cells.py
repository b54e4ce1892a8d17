"""Two editions of a publisher's file side by side: the cells that differ; figures made up."""

from __future__ import annotations

import openpyxl
import pytest
from kit import originals

from govlib.collect import cells
from govlib.forms.problems import message, vietnamese


def editions(tmp_path, change, make=originals.pci_rows, name="PCI_2019.xlsx"):
    """The same made-up workbook twice, the second changed."""
    old, new = tmp_path / name, tmp_path / f"{name}.changed-0a1b2c3d"
    make(old, 2019)
    again = tmp_path / "again" / name
    make(again, 2019, change)
    again.rename(new)
    return old, new


def test_a_corrected_figure_is_named_with_its_cell_and_province(tmp_path):
    def corrected(sheet):
        sheet["D7"], sheet["D9"] = 7.91, "N/A"

    old, new = editions(tmp_path, corrected)
    was = [openpyxl.load_workbook(old).active[cell].value for cell in ("D7", "D9")]
    assert cells.differences(old, new) == [f"Summary!D7 (Bắc Ninh): {was[0]:.10g} → 7.91", f"Summary!D9 (Bình Định): {was[1]:.10g} → N/A"]


def test_a_republished_edition_shows_the_first_and_counts_the_rest(tmp_path):
    def moved(sheet):
        for row in range(2, 65):
            sheet.cell(row, 4).value += 0.5

    told = cells.differences(*editions(tmp_path, moved))
    assert len(told) == 6 and told[0].startswith("Summary!D2 (An Giang): ") and told[-1] == "and 58 more"
    assert vietnamese(told[-1]) == "và 58 con số nữa"


def test_a_long_cell_is_shortened_between_words(tmp_path):
    question = "Tỷ lệ doanh nghiệp cho biết thời gian làm thủ tục đã rút ngắn"
    [told] = cells.differences(*editions(tmp_path, lambda sheet: sheet.__setitem__("D1", question)))
    assert told.endswith("Sub-Index 1: Entry Costs → Tỷ lệ doanh nghiệp cho biết thời gian …")


def test_a_renamed_component_a_province_dropped_at_the_end_and_a_row_more(tmp_path):
    assert cells.differences(*editions(tmp_path, lambda sheet: sheet.__setitem__("D1", "Costs of entry"))) == [
        "Summary!D1 (The Weighted PCI Score in 2019): Sub-Index 1: Entry Costs → Costs of entry"]
    told = cells.differences(*editions(tmp_path, lambda sheet: [sheet.__setitem__(f"{c}69", None) for c in "AC"]))
    assert told[0] == "Summary!A69: Max → –" and told[1].startswith("Summary!C69: ") and told[1].endswith(" → –")
    assert cells.differences(*editions(tmp_path, lambda sheet: sheet.append([None, "Ghi chú"]))) == ["Summary!B70: – → Ghi chú"]


def test_sheets_that_came_and_went(tmp_path):
    told = cells.differences(*editions(tmp_path, lambda sheet: setattr(sheet, "title", "Tổng hợp")))
    assert [str(one) for one in told] == ["sheet Summary is gone", "sheet Tổng hợp is new"]
    assert message("sheet Summary is gone") == "không còn trang Summary"


def test_text_files_line_by_line(tmp_path):
    old, new = tmp_path / "PAPI_2023.csv", tmp_path / "PAPI_2023.csv.changed-0a1b2c3d"
    old.write_text("Province,Total\nBắc Ninh,45.70\n\nHà Nội,46\n", encoding="utf-8")
    new.write_text("Province,Total\nBắc Ninh,45.71\n\nHà Nội,46,x\nHuế,44\n", encoding="utf-8")
    assert cells.differences(old, new) == ["B2 (Bắc Ninh): 45.70 → 45.71", "C4 (Hà Nội): – → x", "A5: – → Huế", "B5 (Huế): – → 44"]


@pytest.mark.parametrize(("name", "content", "told"), [
    ("PCI_2019.xlsx", b"\xd0\xcf\x11\xe0" + bytes(2000), "not compared: "), ("PCI_2019.xlsx", None, "no cell differs, only how it is stored")])
def test_what_cannot_be_compared_or_differs_in_no_cell(tmp_path, name, content, told):
    old, new = editions(tmp_path, None)
    if content:
        new.write_bytes(content)
    [said] = cells.differences(old, new)
    assert said.startswith(told)


def test_files_without_cells_are_not_compared(tmp_path):
    for name in ("a.topojson", "a.dta"):
        (tmp_path / name).write_bytes(b"x")
        assert cells.differences(tmp_path / name, tmp_path / name) == []
