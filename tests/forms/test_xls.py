"""The old .xls: the same cells, faults and hidden parts as of an .xlsx. All inputs are SYNTHETIC."""

from __future__ import annotations

import pytest
from kit import xls

from govlib.errors import BadInput
from govlib.forms.book import Book
from govlib.forms.grid import RETYPE
from govlib.forms.xlsx import Range

NO_FIGURE = "type what belongs there; where nothing was published, leave the cell empty and say why in the note"


def grid(tmp_path, rows, **about):
    return Book(xls.write(tmp_path / "form.xls", xls.Sheet("data", rows, **about))).grid("data")


@pytest.mark.parametrize(("cell", "text", "kind"), [
    ("x  y", "x y", ""), (90.5, "90.5", "number"), (True, "TRUE", "truth"), (False, "FALSE", "truth"), (xls.Error(), "#N/A", "error"), (xls.Error(0x17), "#REF!", "error"),
    (xls.Error(0x07), "#DIV/0!", "error"), (xls.Error(0x99), "#ERR!", "error"), (xls.Formatted(0.9, "0.0%"), "90%", "percent"), (xls.Formatted(45413, "d/m/yyyy"), "2024-05-01", "date"),
    (xls.Runs([("H", 0), ("2", xls.SUBSCRIPT), ("O", 0)]), "H₂O", ""), (xls.Runs([("1", xls.SUPERSCRIPT), ("Hà Nội", 0)]), "¹Hà Nội", ""), (xls.Raised("90,12", "2"), "90,12²", ""),
    (xls.Runs([("85", xls.STRUCK), (" 90", 0)]), "~85~ 90", ""), (xls.Runs([("m", 0), ("2", xls.SUPERSCRIPT), (" (", 0), ("x", xls.SUBSCRIPT), (")", 0)]), "m² (x)", "")])
def test_each_kind_of_cell(tmp_path, cell, text, kind):
    found = grid(tmp_path, [[], [None, cell, "x"]])
    assert (found.rows, found.kinds.get((2, 1), "")) == ([(2, ["", text, "x"])], kind) and (found.path.name, found.sheet) == ("form.xls", "data")
    assert found.faults == ({(2, 1): (f"the cell shows the error {text}", text, NO_FIGURE)} if kind == "error" else {})


def test_what_is_crossed_out_or_shows_another_figure(tmp_path):
    found = grid(tmp_path, [[xls.Formatted(90.5, "General", xls.STRUCK), xls.Formatted(1500, "0.0,"), xls.Formatted(90.126, "0.00")]])
    assert found.faults == {(1, 0): ("the figure is crossed out", "90.5", "delete it, or take the line through it away"),
                            (1, 1): ("the cell holds 1500 and its format '0.0,' shows '1.5'", "1500", RETYPE)}
    assert found.rounded == {(1, 2): "90.126"} and found.rows == [(1, ["90.5", "1500", "90.13"])]


def test_merged_ranges_and_what_is_hidden(tmp_path):
    found = grid(tmp_path, [["a", "b", "c", "d"], [1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], merged=[(1, 2, 0, 0), (0, 0, 1, 3)],
                 hidden_rows=[1], flat_rows=[2], hidden_columns=[1], flat_columns=[3])
    assert found.merged == [Range(1, 0, 2, 0), Range(0, 1, 0, 3)] and [*map(str, found.merged)] == ["A2:A3", "B1:D1"]
    assert found.hidden_rows == {2, 3} and found.hidden_columns == [(1, 1), (3, 3)] and found.visible
    assert grid(tmp_path, [["a"], ["b"], ["c"]], flat_rows=[1], rows_hidden=True).hidden_rows == {1, 2, 3}


def test_formulas_stand_where_their_own_sheet_has_them(tmp_path):
    path = xls.write(tmp_path / "form.xls", xls.Sheet("a", [["x", 1], [xls.Formula()]]), xls.Sheet("b", [[None, xls.Formula()], [xls.Formula(), 2]], hidden=True), xls.Sheet("c", [[1]]))
    book = Book(path)
    assert book.visible == {"a": True, "b": False, "c": True}
    assert [book.grid(name).formulas for name in "abc"] == [{(2, 0): "=…"}, {(1, 1): "=…", (2, 0): "=…"}, {}]
    assert book.grid("b").rows == [(1, ["", "7"]), (2, ["7", "2"])] and [book.grid(name).visible for name in "abc"] == [True, False, True]


def damaged(path, data) -> str:
    path.write_bytes(data)
    with pytest.raises(BadInput) as caught:
        book = Book(path)
        book.grid(book.names[0])
    return str(caught.value)


def test_a_workbook_that_cannot_be_read(tmp_path):
    path = xls.write(tmp_path / "form.xls", xls.Sheet("data", [[xls.Formatted(1, "0" * n) for n in range(1, 6)], ["x"]]))
    good, locked = path.read_bytes(), "form.xls: the workbook is encrypted with a password → open it with its password and save it without one"
    style = xls.record(0xE0, b"")[:2]
    last = good.rfind(style + (20).to_bytes(2, "little"))
    assert damaged(path, good[:last] + b"\x2f\0" + good[last + 2:]) == locked  # among the last records of the globals
    assert damaged(path, good.replace(b"\x22\0\x02\0", b"\x2f\0\x02\0", 1)) == locked
    text = good.find(b"\xfd\0\x0a\0")  # a cell of text that is not in the table
    assert damaged(path, good[:text + 10] + b"\xff" + good[text + 11:]).startswith("form.xls: the workbook is truncated or damaged (list index out of range) → fetch or save it again")
    number = good.find(b"\x03\x02\x0e\0")  # a figure with a style that is not there
    assert damaged(path, good[:number + 8] + b"\xff" + good[number + 9:]).startswith("form.xls: the workbook is truncated or damaged (")
    assert damaged(path, xls.write(path).read_bytes()) == "form.xls: the workbook has no sheet → open it in Excel and save it again as .xlsx"
