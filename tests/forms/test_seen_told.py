"""What is said of a table's cells, whole: row, column, sentence, value, remedy. All inputs are SYNTHETIC."""

from __future__ import annotations

import openpyxl
import pytest
from kit import xls, xlsx

from govlib.forms import table
from govlib.forms.xml_pass import column_letters

LAYOUT = table.Layout({"year": True}, ("id", "score", "rank"), ("id",), ("rank",), ("score",), make="the form", formulas=False)
UNMERGE = "unmerge the cells and write the figure of each row"
ONE, SEVERAL = "merged cells, of which only one shows a value", "one figure merged over several rows"


def told(found):
    return [(p.row, p.column, str(p.problem), p.value, str(p.fix)) for p in found.problems]


def form(tmp_path, *rows, layout=LAYOUT, **parts):
    """A form with header id, score, rank in row 2; each cell a text, or (attributes and inside of <c>)."""
    lines = [["#year", "2024"], ["id", "score", "rank"], *rows]
    cells = "".join(f'<row r="{r}">' + "".join(
        f'<c r="{column_letters(c)}{r}" {cell[0]}>{cell[1]}</c>' if isinstance(cell, tuple) else f'<c r="{column_letters(c)}{r}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for c, cell in enumerate(line) if cell) + "</row>" for r, line in enumerate(lines, 1))
    return table.read(xlsx.write(tmp_path / "form.xlsx", cells, **parts), layout)


def merged(*areas):
    return "<mergeCells>" + "".join(f'<mergeCell ref="{area}"/>' for area in areas) + "</mergeCells>"


DAY = "<cellXfs><xf/><xf numFmtId='14'/><xf numFmtId='20'/></cellXfs>"


@pytest.mark.parametrize(("cells", "said"), [
    (["a", ("t='b'", "<v>1</v>"), "1"], (3, "score", "TRUE or FALSE, not a number", "TRUE", "write the figure")),
    (["a", ("s='1'", "<v>46149</v>"), "1"], (3, "score", "a date: Excel took the figure for a day", "2026-05-07", "format the cell as a number and type the figure again")),
    (["a", ("s='2'", "<v>0.5</v>"), "1"], (3, "score", "a date: Excel took the figure for a day", "12:00:00", "format the cell as a number and type the figure again")),
    (["a", ("", "<f>1+1</f><v>2</v>"), "1"], (3, "score", "the cell holds a formula", "=1+1", "copy the cell and paste it as a value")),
    ([("", "<f>A1</f><v>2</v>"), "1", "1"], (3, "id", "the cell holds a formula", "=A1", "copy the cell and paste it as a value")),
    (["1.23457E+11", "1", "1"], (3, "id", "a long number of which the last digits are lost", "1.23457E+11", "format the column as text, type the number again and save")),
    (["1e+05", "1", "1"], (3, "id", "a long number of which the last digits are lost", "1e+05", "format the column as text, type the number again and save"))])
def test_a_cell_that_is_not_what_it_seems(tmp_path, cells, said):
    found = form(tmp_path, cells, styles=DAY)
    assert told(found) == [said] and found.faulty == {(3, said[1])}


@pytest.mark.parametrize("cells", [["a", ("t='n'", "<v>1e5</v>"), "1"], [("", "<v>123456789012</v>"), "1", "1"], ["1.5E-11", "1", "1"], ["E+11", "1", "1"],
                                   [("t='b'", "<v>1</v>"), "1", "1"], [("s='1'", "<v>46149</v>"), "1", "1"]])
def test_a_cell_that_is(tmp_path, cells):
    """Days, truths and long numbers in a column of words are words."""
    assert told(form(tmp_path, cells, styles=DAY)) == []


@pytest.mark.parametrize(("column", "doubtful"), [
    (["1.234", "0.5"], []), (["1.234", "0,5"], [3]), (["1,234", "0.5"], [3]), (["1,234", "12.3456"], [3]), (["1.234", "12.345.678,9"], [3]),
    (["1.234", "1 234.5"], []), (["1.234"] + ["0.5"] * 9 + ["0,5"], []), (["1.234"] + ["0.5"] * 8 + ["0,5"], [3]), (["-1.234", "45,5%"], [3]), (["0.234", "0,5"], []), (["1234.567", "0,5"], [])])
def test_a_point_before_three_digits(tmp_path, column, doubtful):
    """A thousand or a fraction: nearly all other cells of the column say which mark is the decimal one."""
    found = form(tmp_path, *[[f"a{i}", text, "1"] for i, text in enumerate(column)])
    assert [p.row for p in found.problems] == doubtful
    for p in found.problems:
        whole, part = p.value[:-4], p.value[-3:]
        assert (p.column, p.problem, p.fix) == ("score", f"could be {whole.lstrip('-')}.{part} or {whole.lstrip('-')}{part}: other cells of the column have another decimal mark",
                                                "write it without a thousands mark")


EITHER = "could be a thousand or a fraction", "write a thousand without marks (1234; in Excel: format General), a fraction with four decimals (1.2340)"


@pytest.mark.parametrize(("column", "doubtful"), [(["1.250", "980"], [3]), (["1,250", "2,134", "7"], [3, 4]), (["1.250", "1.034.567"], [3]), (["1.250", "0.812"], []),
                                                  (["1.2500", "2.134"], []), (["1250", "980"], []), (["1234.567"], []), (["5.12", "5.123"], []),
                                                  (["980.000", "1250.000"], []), (["980.000", "1250,000"], [3])])
def test_a_thousand_in_a_column_that_proves_nothing(tmp_path, column, doubtful):
    """Weights of 1250 and 980 with the format #,##0, saved as CSV in Vietnam, weighed 1.25 and 980: no cell has a decimal mark."""
    found = form(tmp_path, *[[f"a{i}", text, "1"] for i, text in enumerate(column)])
    proved = "1250,000" in column
    said = ("could be 980.000 or 980000: other cells of the column have another decimal mark", "write it without a thousands mark") if proved else EITHER
    assert told(found) == [(row, "score", said[0], column[row - 3], said[1]) for row in doubtful]


def test_three_decimals_where_no_thousand_can_be(tmp_path):
    """PAPI's 5.423 of at most 10 was refused with the weights."""
    found = form(tmp_path, *[[f"a{i}", "5.423", text] for i, text in enumerate(("6.125", "7,250"))])
    assert [(p.row, p.column) for p in found.problems] == [(3, "score"), (4, "score")]


@pytest.mark.parametrize(("separator", "text", "doubtful"), [(",", "1.250", False), (";", "1,250", False), ("\t", "1.250", False), (";", "1.250", True), (",", '"1,250"', True)])
def test_a_thousand_in_somebody_s_own_table(tmp_path, separator, text, doubtful):
    """Of a table without fields nobody knows what it holds: what stands between its cells says which mark is the decimal one there."""
    path = tmp_path / "own.csv"
    path.write_text("\n".join(separator.join(line) for line in (("id", "score"), ("a", text), ("b", "980"))), encoding="utf-8")
    assert told(table.read(path, table.Layout({}, texts=("id",)))) == [(2, "score", EITHER[0], text.strip('"'), EITHER[1])] * doubtful


@pytest.mark.parametrize(("area", "said", "silent"), [
    ("B3:B4", (3, "score", SEVERAL, "B3:B4", UNMERGE), {(3, "score"), (4, "score")}), ("B3:C3", (3, "score", ONE, "B3:C3", UNMERGE), {(3, "score"), (3, "rank")}),
    ("A4:C5", (4, "id", ONE, "A4:C5", UNMERGE), {(r, c) for r in (4, 5) for c in ("id", "score", "rank")}), ("B2:C2", (2, "score", ONE, "B2:C2", UNMERGE), {(2, "score"), (2, "rank")}),
    ("B2:B3", (2, "score", ONE, "B2:B3", UNMERGE), {(2, "score"), (3, "score")}), ("B1:B2", (1, "score", ONE, "B1:B2", UNMERGE), {(2, "score")}),
    ("C4:C5", (4, "rank", ONE, "C4:C5", UNMERGE), {(4, "rank"), (5, "rank")}), ("D3:D4", (3, "D", ONE, "D3:D4", UNMERGE), set()),
    ("B9:B10", None, set()), ("A1:B1", None, set()), ("E3:E4", None, set()), ("B5:B6", None, set())])
def test_merged_cells(tmp_path, area, said, silent):
    rows = [["a", "1", "1", "x" if area[0] == "D" else ""], ["b", "" if area == "B3:B4" else "2", "2"], ["c", "3", "3"]]
    found = form(tmp_path, *rows, after=merged(area))
    assert [p for p in told(found) if p[3] == area] == [said] * (said is not None)
    assert silent <= found.faulty and all((r, c) in silent or area[0] == "D" for r, c in found.faulty)


def test_merged_cells_that_count_for_each_row(tmp_path):
    found = form(tmp_path, ["a", "1", "1"], ["b", "2", ""], ["c", "3", ""], ["d", "4", "4"], after=merged("C3:C5"))
    assert told(found) == [] and [cells["rank"] for _, cells in found.rows] == ["1", "1", "1", "4"]
    found = form(tmp_path, ["a", "1", "1"], ["", "2", "2"], after=merged("A3:A4"))
    assert told(found) == [] and [cells["id"] for _, cells in found.rows] == ["a", "a"]
    assert told(form(tmp_path, ["a", "1", ""], ["b", "2", ""], after=merged("C3:C4"))) == []  # nothing stands in them


def test_a_merged_title_above_does_not_keep_others_from_being_told(tmp_path):
    found = form(tmp_path, ["a", "1", "1"], ["b", "", "2"], after=merged("A1:B1", "B9:B10", "B3:B4"))
    assert told(found) == [(3, "score", SEVERAL, "B3:B4", UNMERGE)]


def test_what_is_hidden(tmp_path):
    show = "show the row and look at its figures, or delete it"
    assert [p.column for p in form(tmp_path, ["a", "1", "1"], before='<cols><col min="1" max="1" hidden="1"/></cols>').problems] == ["id"]
    found = form(tmp_path, ["a", "1", "1", "", "x"], before='<cols><col min="2" max="9" hidden="1"/></cols>')
    assert told(found)[1:] == [(2, name, "the column is hidden", None, "show the column and look at its figures, or delete it") for name in ("score", "rank")]
    path = xls.write(tmp_path / "form.xls", xls.Sheet("data", [["#year", 2024], ["id", "score", "rank"], ["a", 1, 1], [], ["b", 2, 2]], hidden_rows=[0, 3, 4], hidden=True))
    assert told(table.read(path, LAYOUT)) == [
        (None, None, "the sheet with the table is hidden", "data", "show the sheet, and look at what it holds"),
        (1, None, "the row is hidden", None, show), (5, None, "the row is hidden", None, show)]  # row 4 holds nothing


def test_a_column_without_a_name_that_is_hidden(tmp_path):
    lines = "<row><c t='str'><v>#year</v></c><c><v>2024</v></c></row><row><c t='str'><v>id</v></c><c/><c/><c t='str'><v>score</v></c><c t='str'><v>rank</v></c></row>"
    rows = '<row><c t="str"><v>a</v></c><c t="str"><v>x</v></c><c/><c><v>1</v></c><c><v>1</v></c></row>'
    found = table.read(xlsx.write(tmp_path / "form.xlsx", lines + rows, before='<cols><col min="2" max="3" hidden="1"/></cols>'), LAYOUT)
    assert [(p.row, p.column) for p in found.problems if p.problem == "the column is hidden"] == [(2, "B")]


def test_fields_on_a_sheet_of_their_own(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "data"
    for row in (["id", "score", "rank"], ["a", 1, 1]):
        book.active.append(row)
    about = book.create_sheet("about")
    for row in (["year", "#N/A", "#REF!"], ["other", "#N/A"], ["by", "x"]):
        about.append(row)
    about.row_dimensions[3].hidden = about.row_dimensions[2].hidden = True
    about.sheet_state = "hidden"
    book.save(tmp_path / "form.xlsx")
    layout = table.Layout({"year": True, "by": True}, LAYOUT.columns, LAYOUT.texts, about="about", make="the form")
    fill = "type what belongs there; where nothing was published, leave the cell empty and say why in the note"
    found = table.read(tmp_path / "form.xlsx", layout)
    assert found.year() is None  # and nothing more is said of it
    assert told(found) == [
        (1, "#year", "the cell shows the error #N/A", "#N/A", fill), (3, "#by", "the row is hidden", "x", "show the row, and look at what it holds"),
        (None, None, "the sheet with the fields is hidden", "about", "show the sheet, and look at what it holds")]


def test_noughts_that_the_sheet_does_not_show(tmp_path):
    """A link to an empty cell gives 0; with the sheet set so that nobody sees it the clerk takes it for empty, and it was read as a count."""
    said = "the cell holds 0, and the sheet is set to show nothing there"
    fix = "have the sheet show zeros (Options, Advanced), and leave empty what was not counted"
    styles = "<cellXfs><xf/><xf numFmtId='9'/></cellXfs>"
    rows = (["a", ("", "<v>0</v>"), ("", "<v>10</v>")], ["b", "0", ("s='1'", "<v>0</v>")])
    for way, hidden in (("0", True), ("false", True), ("1", False)):
        view = f'<sheetViews><sheetView workbookViewId="0" showZeros="{way}"/></sheetViews>'
        assert told(form(tmp_path, *rows, styles=styles, before=view)) == [(3, "score", said, "0", fix), (4, "rank", said, "0", fix)] * hidden
    for hidden in (True, False):
        path = xls.write(tmp_path / "form.xls", xls.Sheet("data", [["#year", 2024], ["id", "score", "rank"], ["a", 0, 10]], no_zeros=hidden))
        assert told(table.read(path, LAYOUT)) == [(3, "score", said, "0", fix)] * hidden


def test_what_stands_beside_the_table_of_a_workbook(tmp_path):
    """It was said to be a decimal comma, and to be put into the form that it stood in."""
    found = form(tmp_path, ["a", "1", "1"], ["b", "2", "2", "", "a remark"])
    assert told(found) == [(4, None, "5 cells where the header has 3", "a remark", "delete what stands beside the table, or move it to another sheet")]


def test_a_note_on_figures_that_hold_more_than_they_show(tmp_path):
    styles = "<cellXfs><xf/><xf numFmtId='2'/></cellXfs>"
    more = ("s='1'", "<v>90.126</v>")
    found = form(tmp_path, ["a", more, "1"], [more, ("s='1'", "<v>5.999</v>"), "2"], ["c", "7", more], styles=styles)
    assert told(found) == [] and found.notes == [
        "form.xlsx: 2 cells of column score hold more digits than they show and are read as shown, first in row 3: 90.126 → 90.13",
        "form.xlsx: 1 cells of column rank hold more digits than they show and are read as shown, first in row 5: 90.126 → 90.13"]
