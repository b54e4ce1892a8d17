"""A form as rows with their places: every row kept or named."""

from __future__ import annotations

import datetime as dt
import random
from xml.sax.saxutils import escape

import openpyxl
import pytest
from kit import xls, xlsx

from govlib.errors import BadInput
from govlib.forms import table as _table
from govlib.forms import write
from govlib.forms.xml_pass import column_letters


def test_workbook_cells_in_tcvn3(tmp_path):
    path = write.form_xlsx(tmp_path / "w.xlsx", [("year", 2025)], ["respondent_id", "unit"], [["1", "Së Tµi chÝnh"], ["2", "Së Y tÕ"]])
    got = _table.read(path, _table.Layout({"year": True}, ["respondent_id", "unit"], ["respondent_id", "unit"], make="x"))
    assert [cells["unit"] for _, cells in got.rows] == ["Sở Tài chính", "Sở Y tế"]
    assert not got.problems and "TCVN3" in got.notes[0] and got.rows[0][0] == 3


def test_every_row_is_kept_or_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("#year;2025;x\nid;name\n1;a\n\n2;b;c\n3\n", encoding="utf-8")
    got = _table.read(path, _table.Layout({"year": True}, ["id", "name"], ["id", "name"], make="x"))
    assert [n for n, _ in got.rows] == [3, 5, 6] and got.meta == {"year": "2025"}
    assert [p.row for p in got.problems] == [5]


def test_columns_missing_unknown_twice(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,nmae,id\n1,2,3\n", encoding="utf-8")
    said = " ".join(str(p) for p in _table.read(path, _table.Layout({"year": True}, ["id", "name"], ["id", "name"], make="make it")).problems)
    assert "did you mean name" in said and "stands twice" in said and "column name: the column is missing" in said and "#year" in said


@pytest.mark.parametrize("content", ["", "<html><body>x</body></html>"])
def test_what_is_no_table_is_refused(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_text(content)
    with pytest.raises(BadInput):
        _table.read(path, _table.Layout({}, ["id"], ["id"], make="x"))


def test_one_slip_in_many_rows_is_one_sentence_with_all_rows(tmp_path):
    table = _table.Table(tmp_path / "t.csv")
    for row in (5, 3, 9):
        table.problem("abolished", row, "unit", "Huyện X")
    table.problem("not a number", 4, "weight", "a")
    with pytest.raises(BadInput) as said:
        table.refuse()
    assert "also in 2 other rows: 5, 9" in str(said.value) and str(said.value).startswith("2 problems")
    assert [p.row for p in said.value.problems] == [3, 4, 5, 9]


FORM = _table.Layout({"year": True, "note": False}, ["id", "name", "score"], ["id", "name"], make="govlib template")


def of(tmp_path, text: str, layout: _table.Layout = FORM):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    return _table.read(path, layout)


def said(table) -> list[tuple]:
    return [(p.row, p.column, str(p.problem), p.value, str(p.fix)) for p in table.problems]


COLUMNS = "columns as written by: govlib template"


@pytest.mark.parametrize(("text", "problems"), [
    ("#year,2025\nid,name,score\n1,a,5\n", []), ("#year,2025\n#data_kind,synthetic\nID,Name,SCORE,data_kind\n1,a,5,x\n", []),
    ("#year,2025\nid,name,score\n", [(2, None, "a header and no rows", None, "fill the form before checking it")]),
    ("#year,\nid,name,score\n1,a,5\n", [(1, "#year", "the field is empty or missing", None, "fill it as in the form of: govlib template")]),
    ("id,name,score\n1,a,5\n", [(None, "#year", "the field is empty or missing", None, "fill it as in the form of: govlib template")]),
    ("#year,2025\n#Year,2024\nid,name,score\n1,a,5\n", [(2, "#year", "the field stands twice (also in row 1)", "2024", "keep one of the two")]),
    ("#year,2025\nid,name,score\n#note,x\n# sum\n1,a,5\n", [(4, None, "a line that begins with # below the header", "# sum", "move it above the header, or delete it")]),
    ("#year,2025\nid,nmae,score\n1,a,5\n", [(2, "nmae", "not a column of this form; did you mean name?", "nmae", COLUMNS), (2, "name", "the column is missing", None, COLUMNS)]),
    ("#year,2025\nid,name,score,zzz\n1,a,5,6\n", [(2, "zzz", "not a column of this form", "zzz", COLUMNS)]),
    ("#year,2025\nid,name,score,id\n1,a,5,6\n", [(2, "id", "the column stands twice", None, "delete one")]),
    ("#year,2025\nid,name,,score\n1,a,,5\n", [(2, "(no name)", "not a column of this form", "", COLUMNS)]),
    ("#year,2025\nid,name,score\n1,a,5,,\n", []), ("#year,2025\nid,name,score,\n1,2,5,\n", []),
    ("#year;2025\nid;name;score\n1;67,5;\n", []),
    ("#year,2025\nid,name,score\na,67,5,\n", [(3, None, "4 cells where the header has 3", "67,5", "a decimal comma splits a comma-separated cell: put the cell in quotes, or use the .xlsx form")]),
    ("#year,2025\nid,name,score\n1,a,90,5\n", [(3, None, "4 cells where the header has 3", "5", "a decimal comma splits a comma-separated cell: put the cell in quotes, or use the .xlsx form")]),
    ("#year,2025\nid,name,score\n1,a,90,,5\n2,b,#N/A,7\n3,c,80,7\n", [
        (3, None, "5 cells where the header has 3, and so in 2 more rows", "5", "a decimal comma splits a comma-separated cell: put the cell in quotes, or use the .xlsx form")])])
def test_what_is_said_of_a_form(tmp_path, text, problems):
    assert said(of(tmp_path, text)) == problems


def test_what_is_read_of_a_form(tmp_path):
    found = of(tmp_path, "# how to fill\n#year,2025\n#NOTE ,  x y\n\nid,Name,score\n1,a\n\n2,b,7\n#note2\n")
    assert found.meta == {"year": "2025", "note": "x y"} and found.meta_rows == {"year": 2, "note": 3} and (found.header, found.header_row) == (["id", "name", "score"], 5)
    assert found.rows == [(6, {"id": "1", "name": "a", "score": ""}), (8, {"id": "2", "name": "b", "score": "7"})] and found.sheet == "" and len(found.digest) == 64
    assert said(of(tmp_path, "a,b\n1,2\n", _table.Layout({}))) == [] == said(of(tmp_path, "id,name,score,own\n1,2,3,4\n", _table.Layout({}, ["id", "name", "score"], more=True)))
    assert [p.column for p in of(tmp_path, "id,,name,score\n1,,2,3\n", _table.Layout({}, ["id", "name", "score"], more=True)).problems] == ["(no name)"]


def test_a_file_without_a_form_in_it(tmp_path):
    with pytest.raises(BadInput, match="there is no such file") as none:
        _table.read(tmp_path / "none.csv", FORM)
    assert "write the form with: govlib template" in str(none.value)
    with pytest.raises(BadInput, match="the form is empty") as empty:
        of(tmp_path, "#year,2025\n# and nothing else\n")
    assert "fill a form made by: govlib template" in str(empty.value)


@pytest.mark.parametrize(("text", "day"), [("2025-09-30", (2025, 9, 30)), ("30/9/2025", (2025, 9, 30)), ("2025-09-30 00:00:00", (2025, 9, 30)), ("9/30/2025", None), ("", None)])
def test_days_of_a_field(tmp_path, text, day):
    assert _table.as_date(text) == (day and dt.date(*day))
    table = _table.Table(tmp_path / "t.csv", {"day": text}, {"day": 4})
    assert table.date("day") == (day and dt.date(*day))
    assert said(table) == ([] if day or not text else [(4, "#day", "not a date", text, "write YYYY-MM-DD")]), "of an empty one read() has said whether it must be filled"


@pytest.mark.parametrize(("text", "year"), [("2025", 2025), ("2005", 2005), ("2100", 2100), ("2004", None), ("2101", None), ("25", None), ("20250", None), ("²⁰²³", None), ("", None)])
def test_years_of_a_field(tmp_path, text, year):
    table = _table.Table(tmp_path / "t.csv", {"year": text}, {"year": 2})
    assert table.year() == year and said(table) == ([] if year or not text else [(2, "#year", "not a year", text, "write four digits")])


@pytest.mark.parametrize(("text", "percent", "number"), [("90,5", False, 90.5), ("", False, None), ("90 %", True, 90), ("90%", True, 90), ("90", True, 90)])
def test_figures_of_a_cell(text, percent, number):
    assert _table.figure(text, percent=percent) == number


@pytest.mark.parametrize(("text", "percent"), [("90%", False), ("9.01E+01", False), ("9e1", True), ("%", False)])
def test_figures_that_are_none(text, percent):
    with pytest.raises(BadInput, match="not a number"):
        _table.figure(text, percent=percent)


def test_of_a_cell_that_could_not_be_read_nothing_more_is_said(tmp_path):
    table = _table.Table(tmp_path / "t.csv", faulty={(3, "score")})
    table.problem("not a number", 3, "score", "x")
    table.problem("not a number", 4, "score", "x", "mend it")
    assert said(table) == [(4, "score", "not a number", "x", "mend it")]
    with pytest.raises(BadInput) as caught:
        table.refuse()
    assert caught.value.table is table
    _table.Table(tmp_path / "t.csv").refuse()


def test_the_sheet_of_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "one"
    for row in (["#year", 2025], ["id", "name", "score"], ["1", "a", 5]):
        book.active.append(row)
    path = tmp_path / "w.xlsx"
    book.save(path)
    assert _table.read(path, FORM).sheet == "one"
    fields = book.create_sheet("about")
    for row in (["year", 2024, "which year"], ["other", "x"]):
        fields.append(row)
    book.save(path)
    with pytest.raises(BadInput, match=r"no sheet 'data' \(there are: one, about\)") as none:
        _table.read(path, FORM)
    assert "use the form made by: govlib template" in str(none.value)
    book["one"].title = " DATA"
    book.save(path)
    assert _table.read(path, FORM).sheet == " DATA"
    found = _table.read(path, _table.Layout({"year": True}, ["id", "name", "score"], about="about", make="x"))
    assert found.meta == {"year": "2024"} and [(p.row, str(p.problem)) for p in found.problems] == [(1, "the field stands twice (also in row 1)")]
    fields.sheet_state = "hidden"
    book[" DATA"].title = "one"
    book.save(path)
    assert _table.read(path, FORM).sheet == "one"
    with pytest.raises(BadInput, match="no sheet 'data'"):
        _table.read(path, _table.Layout({"year": True}, ["id", "name", "score"], about="about", make="x"))


def test_signs_between_the_cells(tmp_path):
    assert of(tmp_path, "#year|2025\nid|name|score\n1|a, b|5\n").rows == [(3, {"id": "1", "name": "a, b", "score": "5"})]
    with pytest.raises(BadInput, match="none of the form's columns stands here.*govlib template") as found:
        of(tmp_path, "#year~2025\nid~name~score\n1~a~5\n")
    assert found.value.row == 2 and found.value.value == "id~name~score"


@pytest.mark.parametrize("line", ["Ghi chú: số liệu sơ bộ", "Tổng,,"])
def test_a_note_below_the_table_is_one_problem(tmp_path, line):
    found = of(tmp_path, f"#year,2025\nid,name,score\n1,a,5\n{line}\n")
    assert [(p.row, p.column, p.value) for p in found.problems] == [(4, None, line.rstrip(","))] and len(found.rows) == 1
    assert "only the first cell" in found.problems[0].problem


@pytest.mark.parametrize(("text", "words"), [("Trung t?m", "letters were lost"), ("Trung t\ufffdm", "letters were lost"),
                                             ("Trung\x00 tâm", "nobody sees"), ("Trung\x7f tâm", "nobody sees")])
def test_letters_that_a_conversion_lost(tmp_path, text, words):
    """A unit's name of a survey is taken as written: question marks for letters would stand on the page."""
    [p] = of(tmp_path, f"#year,2025\nid,name,score\n1,{text},5\n").problems
    assert (p.row, p.column, p.value) == (3, "name", text) and words in p.problem


@pytest.mark.parametrize("text", ["https://a.vn/b?c=d", "không? Có", "đúng không?Có", "Bao nhiêu?", "?"])
def test_question_marks_that_ask(tmp_path, text):
    assert of(tmp_path, f"#year,2025\nid,name,score\n1,{text},5\n").problems == []


def test_a_column_in_another_unit_of_measure_is_told_once(tmp_path):
    """Sixty cells outside of the scale hid what else was wrong."""
    table = _table.Table(tmp_path / "t.csv")
    for row in range(3, 66):
        table.problem("outside the scale", row, "overall", row / 7, "check it")
    table.problem("unknown", 70, "name", "x")
    with pytest.raises(BadInput) as told:
        table.refuse()
    assert str(told.value).startswith("2 problems") and "62 other rows: 4, 5" in str(told.value) and len(told.value.problems) == 64


def three_files(tmp_path, rows):
    """The same texts as CSV, .xlsx and .xls."""
    csv_path = tmp_path / "form.csv"
    csv_path.write_text("".join(",".join('"' + text.replace('"', '""') + '"' if text else "" for text in row) + "\n" for row in rows), encoding="utf-8")
    cells = "".join(f'<row r="{r}">' + "".join(f'<c r="{column_letters(c)}{r}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
                                               for c, text in enumerate(row) if text) + "</row>" for r, row in enumerate(rows, 1))
    return csv_path, xlsx.write(tmp_path / "form.xlsx", cells), xls.write(tmp_path / "form.xls", xls.Sheet("data", rows))


@pytest.mark.parametrize("seed", range(40))
def test_a_row_has_one_number_in_all_three_kinds_of_file(tmp_path, seed):
    """Cells of several lines, empty rows, errors, notes, a header further down: what is told of a form hangs on nothing but what it shows."""
    draw = random.Random(seed)
    texts = ["", "", "a", "x\ny", "90,5", "1.234", "Hà Nội", 'he said "no"', " 7 ", "p\n\nq\n", "#N/A", "#x", "#####", "85%"]
    rows = [["#year", "2025"], *([["", "", ""]] * draw.randrange(3)), ["#note", draw.choice(texts[2:])], ["id", "name", "score"]]
    rows += [[draw.choice(texts) for _ in range(draw.choice((1, 3, 3, 3, 3, 4)))] for _ in range(12)]
    found = [_table.read(path, FORM) for path in three_files(tmp_path, rows)]
    assert found[0].rows == found[1].rows == found[2].rows and found[0].meta == found[1].meta == found[2].meta and found[0].header_row == found[1].header_row
    assert [[(p.row, p.column, p.problem, p.value) for p in one.problems] for one in found[1:]] == [[(p.row, p.column, p.problem, p.value) for p in found[0].problems]] * 2


# ---- more sheets than one, and where the table stands -----------------------------------------------------------------------
def workbook(tmp_path, sheets, hidden=(), name="form.xlsx"):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
    book.save(tmp_path / name)
    return tmp_path / name


TABLE = [["#year", 2025], ["id", "name", "score"], ["1", "a", 5]]
LEFT_OUT = "another sheet holds a table of this form, and would be left out"


@pytest.mark.parametrize(("other", "told"), [
    (TABLE, True), ([["Bảng 2"], *TABLE[1:]], True), ([["id", "score", "x"], ["2", 7]], True), (TABLE[:2], False), ([["id", "tổng"], ["1", 2]], False), ([], False),
    ([["notes"], ["id, name, score"]], False)])
def test_a_second_sheet_of_the_same_form(tmp_path, other, told):
    """Excel's Move or Copy makes data (2); the unit or month that was typed there stood in no figure."""
    found = _table.read(workbook(tmp_path, {"data": TABLE, "data (2)": other}), FORM)
    assert said(found) == [(None, None, LEFT_OUT, "data (2)", "move its rows into the sheet 'data', or delete it")] * told and len(found.rows) == 1
    assert said(_table.read(workbook(tmp_path, {"data": TABLE, "data (2)": other}, hidden=["data (2)"]), FORM)) == []


def test_a_second_sheet_where_the_form_s_columns_are_its_owner_s(tmp_path):
    layout = _table.Layout({"year": True}, texts=["id", "name"], make="x", sheet="scores", about="source")
    about = [["field", "value"], ["year", 2025]]
    for other, told in ((TABLE[1:], True), ([["Bảng"], ["id", "score"], ["1", 2]], True), ([["name"], ["a"]], False)):
        found = _table.read(workbook(tmp_path, {"scores": TABLE[1:], "scores (2)": other, " Source": about}), layout)
        assert [p.problem for p in found.problems] == [LEFT_OUT] * told and found.meta == {"year": "2025"}


def test_the_sheet_with_the_fields_under_another_name(tmp_path):
    """Each field was told to be empty; what is asked for is the sheet's name, in Vietnamese too."""
    layout = _table.Layout({"year": True, "by": True}, FORM.columns, FORM.texts, make="x", about="source")
    [problem] = _table.read(workbook(tmp_path, {"data": TABLE[1:], "nguồn": [["year", 2025]]}), layout).problems
    assert str(problem).endswith("form.xlsx: no sheet 'source' (there are: data, nguồn) → name the sheet with the fields 'source' again")
    assert problem.vi() == "form.xlsx: không có trang 'source' (có: data, nguồn) → đặt lại tên trang tính có các mục là 'source'"
    found = _table.read(workbook(tmp_path, {"data": TABLE}), layout)  # the fields above the table, as in a CSV
    assert found.meta == {"year": "2025"} and [p.column for p in found.problems] == ["#by"]


def test_empty_sheets_beside_the_table(tmp_path):
    assert _table.read(workbook(tmp_path, {"Sheet1": TABLE, "Sheet2": [], "Sheet3": []}), FORM).sheet == "Sheet1"
    with pytest.raises(BadInput, match=r"no sheet 'data' \(there are: a, b\) → name the sheet with the table 'data', or use the form made by: govlib template"):
        _table.read(workbook(tmp_path, {"a": TABLE, "b": TABLE}), FORM)


CUT = ("the file ends within this row: was it cut off on its way?", "b", "get the file again; or fill in the row's cells up to its end, and save")
SHORT = ("2 cells where the rows around it have 3", "b", "a cell is missing: look at which; an empty one has its separator too")  # which may be a semicolon


@pytest.mark.parametrize(("last", "told"), [("2,b", CUT), ("2,b,", None), ("2,b,4", None), ("2,b\n", SHORT), ("2,b\r\n", SHORT), ("2,b,4\n", None), ("2,b,\n", None)])
def test_a_file_that_ends_within_its_last_row(tmp_path, last, told):
    """What came of a file that was cut off on its way: the row's last answers were missing, without a word."""
    path = tmp_path / "form.csv"
    path.write_text(f"#year,2025\nid,name,score\n1,a,5\n{last}", newline="")
    assert said(_table.read(path, FORM)) == ([(4, None, *told)] if told else [])


@pytest.mark.parametrize(("rows", "told"), [("1,a,5\n2,b,6", []), ("1,a,5\n2,b", [4]), ("1,a,5,x\n2,b,6", [4]), ("1,a,5", [3])])
def test_a_last_row_without_its_line_end_and_without_notes(tmp_path, rows, told):
    """Where nobody wrote a note and every row is as short, the file is whole."""
    path = tmp_path / "form.csv"
    path.write_text(f"#year,2025\nid,name,score,note\n{rows}", newline="")
    layout = _table.Layout({"year": True}, ["id", "name", "score", "note"], ["id", "name", "note"], make="govlib template")
    assert [row for row, _, text, *_ in said(_table.read(path, layout)) if "ends within" in text] == told


@pytest.mark.parametrize(("header", "rows", "told"), [
    ("id,name,score", ["2,b"], [4]), ("id,name,score,data_kind", ["2,b,4"], []), ("id,score,name", ["2,4"], []), ("id,name,score", ["2,b", "3,c", "4,d,5"], [4, 5]),
    ("id,name,score", [f"{n},b," for n in range(13)] + [f"{n},c" for n in range(20, 36)], []), ("id,name,score", [f"{n},b," for n in range(14)] + ["20,c"], [18])])
def test_a_row_with_fewer_cells_than_those_around_it(tmp_path, header, rows, told):
    """Where a cell was lost the answers behind it were read as those to the question before; Excel leaves out what is empty sixteen lines at a time."""
    path = tmp_path / "form.csv"
    path.write_text("\n".join(["#year,2025", header, "1,a,5", *rows, ""]))
    assert [row for row, _, text, *_ in said(_table.read(path, FORM)) if "the rows around it" in text] == told


@pytest.mark.parametrize(("lines", "row", "problem", "fix"), [
    ([["", *row] for row in TABLE], 1, "the table does not begin in column A", "delete the columns before column B"),
    ([["STT"], *(["", "", *row] for row in TABLE)], 1, "the header stands in row 3, below another line", "delete the lines above the header, or begin each of them with #"),
    ([["BẢNG ĐIỂM"], *TABLE], 1, "the header stands in row 3, below another line", "delete the lines above the header, or begin each of them with #")])
def test_a_table_that_does_not_begin_where_it_should(tmp_path, lines, row, problem, fix):
    with pytest.raises(BadInput) as told:
        _table.read(workbook(tmp_path, {"data": lines}), FORM)
    assert (told.value.row, str(told.value.problem), str(told.value.fix)) == (row, problem, fix)


@pytest.mark.parametrize(("text", "day"), [("30/9/2025", "2025-09-30"), ("2025-09-30", "2025-09-30"), ("31/9/2025", "31/9/2025"), ("", ""), ("2025", "2025")])
def test_days_as_they_are_kept(text, day):
    assert _table.iso(text) == day
