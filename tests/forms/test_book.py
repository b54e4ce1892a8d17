"""A file of forms, opened: what is read of each kind of cell, and what is said of a file that cannot be read. All inputs are SYNTHETIC."""

from __future__ import annotations

import hashlib
import zipfile

import pytest
from kit import xls, xlsx

from govlib.errors import BadInput
from govlib.forms import book, containers
from govlib.forms.book import Book
from govlib.forms.xlsx import Range

RETYPE = "type the figure again in a cell with the format General"
SAVE = "open it in Excel and save it again"


def grid(tmp_path, rows="", **parts):
    return Book(xlsx.write(tmp_path / "form.xlsx", rows, **parts)).grid("data")


def seen(tmp_path, cells, **parts):
    """The texts of a sheet's only row."""
    return grid(tmp_path, f'<row r="1">{cells}</row>', **parts).rows[0][1]


@pytest.mark.parametrize(("rows", "read"), [
    ('<row r="1"><c r="A1"><v>1</v></c><c r="C1"><v>2</v></c></row><row r="4"><c r="B4"><v>3</v></c></row>', [(1, ["1", "", "2"]), (4, ["", "3"])]),
    ("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>", [(1, ["1", "2"]), (2, ["3"])]),  # places are counted
    ('<row r="3"><c r="B3"><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>', [(3, ["", "1", "2"]), (4, ["3"])]),
    ('<row r="1"><c r="A2"><v>1</v></c><c r="B2"><v>2</v></c><c r="B1"><v>3</v></c></row>', [(1, ["", "3"]), (2, ["1", "2"])]),
    ('<row r="11"><c r="A11"><v>1</v></c><c r="A1"><v>2</v></c><c r="B11"><v>3</v></c></row>', [(1, ["2"]), (11, ["1", "3"])]),
    ('<row r="2"><c r="A2" s="0"/><c r="B2"><v>1</v></c></row><row r="3"><c r="A3"/></row>', [(2, ["", "1"])]),
    ('<row r="2"><c r="AA2"><v>1</v></c></row>', [(2, [""] * 26 + ["1"])]),
    ('<row r="1"><c r="A1"><v>1</v><v>2</v></c><c r="B1"><v>1<!-- a remark -->2</v></c><c r="C1"><x>9</x><v>3</v>8</c></row>', [(1, ["2", "12", "3"])]),
    ('<x:row r="1" xmlns:x="urn:x"><x:c r="A1"><x:v>1</x:v></x:c></x:row>', [(1, ["1"])])])
def test_where_the_cells_of_a_sheet_stand(tmp_path, rows, read):
    assert grid(tmp_path, rows).rows == read


@pytest.mark.parametrize(("cell", "text", "kind"), [
    ('t="s"><v> 1 </v>', "two", ""), ('t="str"><v>a &amp; b</v>', "a & b", ""), ('t="str"><f>A1</f>', "", ""), ('t="inlineStr"><is><t>a</t><t>b</t></is>', "ab", ""),
    ('t="inlineStr"><is><r><t>90,12</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>2</t></r></is>', "90,12²", ""), ('t="b"><v>1</v>', "TRUE", "truth"),
    ('t="b"><v> 0 </v>', "FALSE", "truth"), ('t="e"><v>#REF!</v>', "#REF!", "error"), ('t="e"><v> </v>', "#ERR!", "error"), ('t="d"><v>2026-04-30</v>', "2026-04-30", "date"),
    ('t="d"><v> 2026-04-30T07:05:00Z </v>', "2026-04-30", "date"), ('t="d"><v>30/4</v>', "30/4", "date"), ("><v> </v>", "", ""), ("><v> 1.50 </v>", "1.5", "number"),
    ('t="n"><v>1E2</v>', "100", "number"), ('s="x"><v>5</v>', "5", "number"), ('t="inlineStr"><is><t>_x0041_</t></is>', "A", ""),
    ('t="inlineStr"><is><t>漢</t><rPh sb="0" eb="1"><t>かん</t></rPh></is>', "漢", "")])
def test_each_kind_of_cell(tmp_path, cell, text, kind):
    found = grid(tmp_path, f'<row r="1"><c r="B1" t="inlineStr"><is><t>x</t></is></c><c r="A1" {cell}</c></row>', strings="<si><t>one</t></si><si><t>two</t></si>")
    assert (found.rows, found.kinds.get((1, 0), "")) == ([(1, [text, "x"])], kind)


@pytest.mark.parametrize(("cell", "fault"), [
    ('t="s"><v>2</v>', ("the cell is damaged", "2", RETYPE)), ('t="s"><v>-1</v>', ("the cell is damaged", "-1", RETYPE)), ('t="s"><v/>', ("the cell is damaged", "", RETYPE)),
    ('t="b"><v>2</v>', ("the cell is damaged", "2", RETYPE)), ("><v>1x</v>", ("the cell is damaged", "1x", RETYPE)), (f"><v>{'ab' * 30}</v>", ("the cell is damaged", "ab" * 20, RETYPE)),
    ("><f>B1+1</f>", ("the cell holds a formula without a calculated value", "=B1+1", containers.CALCULATE)),
    ("><f/><v></v>", ("the cell holds a formula without a calculated value", "=", containers.CALCULATE)),
    ('t="d"><v>30/4</v>', ("a date that no calendar has", "30/4", "type the date again, as 2026-04-30")), ('s="2"><v>0.9</v>', ("the cell is damaged", "0.9", RETYPE)),
    ('t="s" s="1"><v>0</v>', ("the text is crossed out", "one", "delete it, or take the line through it away"))])
def test_a_cell_that_cannot_be_read(tmp_path, cell, fault):
    styles = '<fonts><font/><font><strike/></font></fonts><cellXfs><xf fontId="0"/><xf fontId="1"/></cellXfs>'
    found = grid(tmp_path, f'<row r="1"><c r="A1" {cell}</c></row>', strings="<si><t>one</t></si><si><t>two</t></si>", styles=styles)
    assert found.faults == {(1, 0): fault}


def test_formulas_and_figures_that_hold_more_than_they_show(tmp_path):
    found = grid(tmp_path, '<row r="1"><c r="A1"><f>2+<!-- x -->5</f><v>7</v></c><c r="B1" s="1"><v>90.126</v></c><c r="C1" s="2"><v>90.126</v></c></row>',
                 styles='<numFmts><numFmt numFmtId="164" formatCode="0.00&quot; đ&quot;"/></numFmts><cellXfs><xf/><xf numFmtId="2"/><xf numFmtId="164"/></cellXfs>')
    assert found.rows == [(1, ["7", "90.13", "90.13 đ"])] and found.formulas == {(1, 0): "=2+5"}
    assert found.rounded == {(1, 1): "90.126", (1, 2): "90.126"} and found.kinds == {(1, 0): "number", (1, 1): "number"}


@pytest.mark.parametrize(("styles", "text", "fault"), [
    ('<cellXfs><xf/><xf numFmtId="9"/></cellXfs>', "90%", ""), ('<numFmts><numFmt numFmtId="170" formatCode="0.0%"/></numFmts><cellXfs><xf/><xf numFmtId="170"/></cellXfs>', "90%", ""),
    ('<cellXfs><xf/><xf numFmtId="999"/></cellXfs>', "0.9", ""), ('<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf/><xf/></cellXfs>', "0.9", ""),
    ('<dxfs><dxf><numFmt numFmtId="2" formatCode="0%"/></dxf></dxfs><cellXfs><xf/><xf numFmtId="2"/></cellXfs>', "0.9", ""),
    ('<numFmts><numFmt numFmtId="170"/></numFmts><cellXfs><xf/><xf numFmtId="170"/></cellXfs>', "0.9", ""),
    ('<fonts><font/><font><strike/></font></fonts><cellXfs><xf/><xf fontId="1"/></cellXfs>', "0.9", "the figure is crossed out"),
    ('<fonts><font/><font><strike val="1"/></font></fonts><cellXfs><xf/><xf fontId="1"/></cellXfs>', "0.9", "the figure is crossed out"),
    ('<fonts><font/><font><strike val="0"/></font></fonts><cellXfs><xf/><xf fontId="1"/></cellXfs>', "0.9", ""),
    ('<fonts><font/><font><strike val="false"/></font></fonts><cellXfs><xf/><xf fontId="1"/></cellXfs>', "0.9", ""),
    ('<fonts><font/></fonts><dxfs><dxf><font><strike/></font></dxf></dxfs><cellXfs><xf/><xf fontId="1"/></cellXfs>', "0.9", "")])
def test_the_style_of_a_cell(tmp_path, styles, text, fault):
    found = grid(tmp_path, '<row r="1"><c r="A1" s="1"><v>0.9</v></c></row>', styles=styles)
    assert found.rows == [(1, [text])] and [problem for problem, *_ in found.faults.values()] == [fault] * bool(fault)


@pytest.mark.parametrize(("reference", "area"), [
    ("A1:B2", Range(0, 0, 1, 1)), ("$A$1:$B$2", Range(0, 0, 1, 1)), ("B2:A1", Range(0, 0, 1, 1)), ("C3", Range(2, 2, 2, 2)), ("A1:", Range(0, 0, 0, 0)), ("a1:b2", None), ("A1:B2:C3", None), ("", None)])
def test_merged_ranges(tmp_path, reference, area):
    found = grid(tmp_path, after=f'<mergeCells><mergeCell ref="{reference}"/></mergeCells>')
    assert found.merged == [area] * (area is not None)
    assert area is None or str(area) in ("A1:B2", "C3:C3", "A1:A1")


def test_hidden_rows_and_columns_are_counted_as_a_spreadsheet_does(tmp_path):
    rows = ('<row r="1" hidden="1"/><row r="2" hidden="true"/><row r="3" hidden="0"/><row r="4" ht="0"/><row r="5" ht="0.75"/><row r="6" ht="1"/><row r="7" ht="15.75"/>'
            '<row r="8" ht="10"/><row/>')
    columns = ('<cols><col min="2" max="3" hidden="1"/><col min="4" max="4" hidden="true"/><col min="5" max="5" width="0"/><col min="6" max="6" width="0.5"/>'
               '<col min="7" max="7" width="1"/><col min="8" max="8" width="x"/></cols>')
    found = grid(tmp_path, rows, before=columns)
    assert found.hidden_rows == {1, 2, 4, 5} and found.hidden_columns == [(1, 2), (3, 3), (4, 4), (5, 5)]
    for way in ("1", "true"):
        assert grid(tmp_path, rows, before=f'<sheetFormatPr zeroHeight="{way}"/>').hidden_rows == {1, 2, 4, 5, 9}
    assert grid(tmp_path, rows, before='<sheetFormatPr zeroHeight="0"/>').hidden_rows == {1, 2, 4, 5}


def test_the_sheets_of_a_workbook(tmp_path):
    two = '<sheets><sheet name="a" r:id="x"/><sheet name="data" r:id="y"/><sheet name="b" state="veryHidden" r:id="z"/><sheet name="c" state="visible"/></sheets>'
    where = '<Relationship Id="x" Target="/xl/other.xml"/><Relationship Id="y" Target="../xl/worksheets/./sheet1.xml"/>'
    found = Book(xlsx.write(tmp_path / "form.xlsx", "<row><c><v>1</v></c></row>", sheets=two, relations=where))
    assert found.names == ["a", "data", "b", "c"] and found.visible == {"a": True, "data": True, "b": False, "c": True}
    assert found.grid("data").rows == [(1, ["1"])] and found.grid("data").visible and found.digest == hashlib.sha256((tmp_path / "form.xlsx").read_bytes()).hexdigest()
    for name in ("a", "b", "c"):
        with pytest.raises(BadInput, match=f"form.xlsx: the workbook is damaged: sheet '{name}' has no part → {SAVE}"):
            found.grid(name)
    hidden = xlsx.SHEETS.replace("sheetId", 'state="hidden" sheetId')
    assert not grid(tmp_path, sheets=hidden).visible


@pytest.mark.parametrize(("calendar", "day"), [("", "2024-05-01"), ("<workbookPr/>", "2024-05-01"), ('<workbookPr date1904="0"/>', "2024-05-01"),
                                               ('<workbookPr date1904="1"/>', "2028-05-02"), ('<workbookPr date1904="true"/>', "2028-05-02")])
def test_the_calendar_of_a_workbook(tmp_path, calendar, day):
    assert seen(tmp_path, '<c s="1"><v>45413</v></c>', styles='<cellXfs><xf/><xf numFmtId="14"/></cellXfs>', sheets=calendar + xlsx.SHEETS) == [day]


CAPITALS = {"xl/styles.xml": "xl/Styles.xml", "xl/sharedStrings.xml": "XL/sharedstrings.xml", "xl/workbook.xml": "xl/Workbook.xml"}
WINDOWS = dict.fromkeys(["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"], "\\")


@pytest.mark.parametrize("named", [CAPITALS, WINDOWS, {"xl/styles.xml": "xl/styles2.xml", "xl/sharedStrings.xml": "xl/t.xml"}])
def test_parts_under_other_names(tmp_path, named):
    """Excel finds them; their formats would be lost, and 90% become 0.9."""
    types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    others = f'<Relationship Id="s" Type="{types}styles" Target="styles2.xml"/><Relationship Id="t" Type="{types}sharedStrings" Target="/xl/t.xml"/>'
    path = xlsx.write(tmp_path / "form.xlsx", '<row><c s="1"><v>0.9</v></c><c t="s"><v>0</v></c></row>', styles='<cellXfs><xf/><xf numFmtId="9"/></cellXfs>',
                      strings="<si><t>one</t></si>", relations=xlsx.RELATIONS + others * ("xl/styles2.xml" in named.values()))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            new = named.get(name, name)
            archive.writestr(name.replace("/", new) if new == "\\" else new, content)
    assert Book(path).grid("data").rows == [(1, ["90%", "one"])]


@pytest.mark.parametrize(("calculated", "said"), [
    ('<calcPr fullCalcOnLoad="1"/>', True), ('<calcPr calcId="1" fullCalcOnLoad="true"/>', True), ('<calcPr calcMode="manual" calcCompleted="0"/>', True),
    ('<calcPr calcCompleted="1"/>', False), ('<calcPr fullCalcOnLoad="0"/>', False), ("<calcPr/>", False), ("", False)])
def test_what_a_program_that_does_not_calculate_wrote_beside_a_formula(tmp_path, calculated, said):
    """XlsxWriter and its kin write 0, and ask the spreadsheet program to calculate when it opens the file."""
    found = grid(tmp_path, '<row r="1"><c r="A1"><f>300+3</f><v>0</v></c><c r="B1"><v>7</v></c></row>', sheets=xlsx.SHEETS + calculated)
    assert found.faults == ({(1, 0): ("the program that wrote the file has left the formula to be calculated", "=300+3", containers.CALCULATE)} if said else {})
    assert found.rows == [(1, ["=300+3" if said else "0", "7"])]


@pytest.mark.parametrize(("rows", "said"), [
    ('<row r="0"/>', "the workbook is damaged: a row beyond the grid"), ('<row r="x"/>', "the workbook is damaged: a row beyond the grid"),
    ('<row r="1048577"/>', "the workbook is damaged: a row beyond the grid"), ('<row r="1"><c r="A1048577"/></row>', "the workbook is damaged: a cell beyond the grid"),
    ('<row r="1"><c r="XFE1"/></row>', "the workbook is damaged: a cell beyond the grid"), ('<row r="1"><c r="A0"/></row>', "the workbook is damaged: a cell beyond the grid"),
    ("<c/>", "the workbook is damaged: a cell beyond the grid"), ('<row r="1"><c r="11"/></row>', "the workbook is damaged: a cell without a place"),
    ('<row r="3"><c r="B3"><c/></c></row>', "row 3, column B: the workbook is damaged: a cell inside a cell"),
    ('<row r="3"><c r="B3"><v>1</v></c><c r="B3"><f>1</f></c></row>', "row 3, column B: the workbook is damaged: a cell stands twice"),
    ("<row>", "the workbook is damaged: xl/worksheets/sheet1.xml is no XML (mismatched tag)"),
    ("<x>" * 63, "the workbook is damaged: xl/worksheets/sheet1.xml is nested more than 64 deep")])
def test_a_sheet_that_no_program_wrote(tmp_path, rows, said):
    with pytest.raises(BadInput) as caught:
        grid(tmp_path, rows)
    assert str(caught.value) == f"form.xlsx{': ' if said.startswith('the') else ', '}{said} → {SAVE}"


@pytest.mark.parametrize("rows", ['<row r="1048576"><c r="XFD1048576"/></row>', '<row r="1"><c r="XFD1"><v/></c></row>', "<x>" * 62 + "</x>" * 62])
def test_what_is_still_within_the_bounds(tmp_path, rows):
    assert grid(tmp_path, rows).rows == []


def test_more_cells_than_a_form_has(tmp_path, monkeypatch):
    monkeypatch.setattr(book, "SOME_CELLS", 5)
    cells, merged = "<row>" + "<c/>" * 4 + "</row>", '<mergeCells><mergeCell ref="A1"/></mergeCells>'
    path = xlsx.write(tmp_path / "form.xlsx", cells)
    assert Book(path, most_rows=0).grid("data").rows == []
    with pytest.raises(BadInput) as caught:
        Book(xlsx.write(path, cells, after=merged), most_rows=0).grid("data")
    assert str(caught.value) == ("form.xlsx: xl/worksheets/sheet1.xml has more than 5 cells → delete the stray cells far to the right or below the table and save it again")
    assert Book(path, most_rows=1).grid("data").rows == []  # 50 cells a row


def refused(path, **settings) -> str:
    with pytest.raises(BadInput) as caught:
        found = Book(path, **settings)
        found.grid(found.names[0])
    assert str(caught.value).startswith(path.name)
    return str(caught.value).removeprefix(path.name)


def test_what_is_said_of_a_file_that_cannot_be_read(tmp_path, monkeypatch):
    assert refused(tmp_path) == ": is a folder, not a file → name the file inside"
    assert refused(tmp_path / "none.csv") == ": there is no such file → check the name"
    assert refused(tmp_path / "none.xlsx") == ": there is no such file → check the name, or run: make pull"
    assert refused(xlsx.write(tmp_path / "none.xlsx", sheets="")) == f": the workbook has no sheet → {SAVE} as .xlsx"
    assert refused(xlsx.write(tmp_path / "rows.xlsx", "<row><c><v>1</v></c></row>" * 3), most_rows=2) == ": more than 2 rows → check that it is the right file"
    assert len(Book(tmp_path / "rows.xlsx", most_rows=3).grid("data").rows) == 3
    rows = xls.write(tmp_path / "rows.xls", xls.Sheet("data", [[1], [2], [3]]))
    assert refused(rows, most_rows=2) == ": more than 2 rows → check that it is the right file"
    path = tmp_path / "form.csv"
    for text, said in (('a,b\n"x"y,1\n', ", row 2: broken quoting (',' expected after '\"') → each quoted cell must end with a quote; save it again as CSV UTF-8"),
                       ("a\nb\n" + "x" * 200_000, ", row 3: a cell of more than 32,767 characters → shorten it")):
        path.write_text(text)
        assert refused(path) == said
    path.write_text("a\n" * 3)
    assert refused(path, most_rows=2) == ": more than 2 rows → check that it is the right file" and len(Book(path, most_rows=3).grid().rows) == 3
    for end in ("\n", "\r", "\r\n"):
        path.write_text(end * 1100, newline="")
        assert refused(path, most_rows=2) == ": more than 2 rows → check that it is the right file"
    monkeypatch.setattr(containers, "MAX_CELLS", 3)
    path.write_text("a,b,c,d\n")
    assert Book(path).grid().rows == [(1, ["a", "b", "c", "d"])]
    path.write_text("a,b,c,d,e\n")
    assert refused(path) == ": sheet '' spreads over more than 3 cells → delete the stray cells far to the right or below the table and save it again"
    monkeypatch.setattr(book, "MAX_CSV", 10_000_000)
    path.write_bytes(b"x" * 10_000_001)
    assert refused(path) == ": the file has 10 MB, more than 10 MB → check that it is the right file"


@pytest.mark.parametrize(("text", "column"), [
    ('a,b,c\n1,"x,2\n3,y,4\n5,z",6\n', "B"), ('a,b,c\r\n1,"x,2\r\n3,y",4\r\n', "B"), ('a;b;c\n"1;x;2\n3";y;4\n', "A"), ('a,b,c\n1,x,"\n3,y,"\n', "C"),
    ('a,b,c\n1,"x, y\nz",6\n', ""), ('a,b,c\n1,x,"y\nz, and so on"\n', ""), ('a,b\n1,"x\ny"\n', ""), ('a,b,c\n1,"x,2",3\n', ""), ('a,b,c\n1,"x,2\n3,y\n5,z",6\n', ""),
    ('a,b,c\n1,"Dear, sir\nbye, all",6\n', ""), ('a,b,c\n1,x,"first\nred, blue, and green"\n', "")])
def test_two_quotes_that_take_in_rows(tmp_path, text, column):
    """Read as it stands the rows between are one cell of words, and a respondent is lost without a word."""
    path = tmp_path / "form.csv"
    path.write_text(text, newline="")
    if not column:
        assert Book(path).grid().rows[1][0] == 2
        return
    told = refused(path)
    assert told.startswith(f", row 2, column {column}") and told.endswith(
        ": a quote in this row takes in the rows below, up to the next quote → delete the two quotes, or write each of them twice within a quoted cell")


def test_a_sheet_that_is_not_there(tmp_path):
    path = xlsx.write(tmp_path / "form.xlsx")
    with pytest.raises(BadInput) as caught:
        Book(path).grid("Data")
    assert str(caught.value) == "form.xlsx: no sheet 'Data' (there are: data)"


@pytest.mark.parametrize(("text", "rows"), [
    ("a;b,c;d\n1;2\n", [(1, ["a", "b,c", "d"]), (2, ["1", "2"])]), ("a\tb,c\td\n", [(1, ["a", "b,c", "d"])]), ("a|b,c|d\n", [(1, ["a", "b,c", "d"])]),
    ('\n#by,1;2;3\n "#x";\n\na;b\n', [(2, ["#by,1", "2", "3"]), (3, [' "#x"'.strip()]), (5, ["a", "b"])]), ("#by,x\n", [(1, ["#by", "x"])]), ("", []),
    ("sep=;\na;b\n", [(1, ["a", "b"])]), ("sep=,\r\na;b,c\r\n", [(1, ["a;b", "c"])]), ("sep=|\ra|b\r1|2\r", [(1, ["a", "b"]), (2, ["1", "2"])]), ("sep=ab\n1\n", [(1, ["sep=ab"]), (2, ["1"])]),
    ("#by,1,2,3\ra;b\r1;2\r", [(1, ["#by,1,2,3"]), (2, ["a", "b"]), (3, ["1", "2"])]),
    ("a,,\n,,\n,b\n", [(1, ["a"]), (3, ["", "b"])]), ("'=1,'1,'x\n", [(1, ["=1", "'1", "'x"])]), ("a,a \n", [(1, ["a", "a"])])])
def test_the_cells_of_a_csv(tmp_path, text, rows):
    path = tmp_path / "form.csv"
    path.write_bytes(text.encode())
    if text:
        assert Book(path).grid().rows == rows
    else:
        assert "empty" in refused(path)


def test_a_letter_that_cannot_be_read_is_told_with_the_row_that_a_spreadsheet_shows(tmp_path):
    path = tmp_path / "form.csv"
    for head, row in ((b"", 3), (b"sep=,\n", 3), (b'"a\nb",1\n', 4)):
        path.write_bytes(head + b'a,b\n"x\ny",1\n' + "Сок,2\n".encode("koi8-r"))
        [p] = Book(path).grid().problems
        assert (p.file, p.row, p.column, p.value, p.fix) == ("form.csv", row, None, "óÏË,2", "save the file as CSV UTF-8, or use the .xlsx form")
