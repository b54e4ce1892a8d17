"""Each of a spreadsheet's own ways of saying a number is read as a person sees it, or refused with its place; .xlsx, .xls, CSV."""

from __future__ import annotations

import datetime as dt
import zipfile

import openpyxl
import pytest
from kit import xls
from kit import xlsx as kit_xlsx
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from govlib.errors import BadInput
from govlib.forms import table
from govlib.forms.book import Book
from govlib.forms.grid import of_number
from govlib.forms.number_formats import BUILT_IN, Shown, moment, shown
from govlib.forms.xlsx import Style

COLUMNS = ("id", "score", "rank", "note")
LAYOUT = table.Layout({"year": True, "day": False}, COLUMNS, ("id", "note"), ("rank",), make="the form", formulas=False)
FIELDS = [["#year", 2024], ["#day", dt.date(2026, 4, 30)]]
ROWS = [["a", 90.5, 1, None], ["b", 89.0, 2, None], ["c", 70.0, 3, "x"]]
TOP = 4  # row of the first data


def xlsx(tmp_path, change=None, rows=ROWS):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "data"
    for row in [*FIELDS, list(COLUMNS), *rows]:
        sheet.append(row)
    if change:
        change(sheet)
    path = tmp_path / "form.xlsx"
    book.save(path)
    return path


def old_xls(tmp_path, cells=None, **sheet):
    rows = [["#year", 2024], ["#day", xls.Formatted(46142, "yyyy-mm-dd")], list(COLUMNS), *map(list, ROWS)]
    for (row, column), value in (cells or {}).items():
        rows[row - 1][column] = value
    return xls.write(tmp_path / "form.xls", xls.Sheet("data", rows, **sheet), date1904=False)


def of_csv(tmp_path, text):
    path = tmp_path / "form.csv"
    path.write_text("#year,2024\n#day,2026-04-30\nid,score,rank,note\n" + text, encoding="utf-8")
    return path


def read(path):
    return table.read(path, LAYOUT)


def told(path, layout=LAYOUT):
    return [(p.row, p.column, p.problem) for p in table.read(path, layout).problems]


def only(path, row, column, words):
    [(r, c, said)] = told(path)
    assert (r, c) == (row, column) and words in said, (r, c, said)


def score(path, row=TOP):
    return dict(read(path).rows)[row]["score"]


def put(cell, value, code="General", font=None):
    def change(sheet):
        sheet[cell].value, sheet[cell].number_format = value, code
        if font:
            sheet[cell].font = font
    return change


def test_a_plain_form_reads_alike_from_all_three(tmp_path):
    text = "a,90.5,1,\nb,89,2,\nc,70,3,x\n"
    found = [read(path) for path in (xlsx(tmp_path), old_xls(tmp_path), of_csv(tmp_path, text))]
    for one in found:
        assert one.problems == [] and one.meta == {"year": "2024", "day": "2026-04-30"}
        assert one.rows == found[0].rows and [n for n, _ in one.rows] == [4, 5, 6]


@pytest.mark.parametrize(("value", "code", "seen"), [
    (0.9, "0.00%", "90%"), (0.895, "0.0%", "89.5%"), (1234.5, "#,##0.00", "1234.5"), (90.5, "0.00_ ;[Red]-0.00 ", "90.5"),
    (-3.12, "#,##0.00_);(#,##0.00)", "-3.12"), (90.0, '0.0"%"', "90%"), (0.30000000000000004, "General", "0.3"), (7, "00", "07"),
    (12, "@", "12"), (1e-5, "General", "0.00001"), (90.126, "0.00", "90.13")])
def test_a_number_is_read_as_its_format_shows_it(tmp_path, value, code, seen):
    assert score(xlsx(tmp_path, put("B4", value, code))) == seen
    assert score(old_xls(tmp_path, {(4, 1): xls.Formatted(value, code)})) == seen


@pytest.mark.parametrize(("value", "code"), [
    (90500, "0.0,"), (90.5, "0"), (90.5, ";;;"), (90.5, "# ?/?"), (90.5, "0.00E+00"), (-3.12, "0.00;0.00"), (90.5, "[>50]0;0.0"), (90, '0"5"'),
    (0, '_(* #,##0_);_(* \\(#,##0\\);_(* "-"??_)'), (0.895, "0%"), (12345678901234567890, "0"), (1e300, "0.00"), (-1e200, "0%"), (0.9, "0%%")])
def test_a_format_that_shows_another_number_is_refused(tmp_path, value, code):
    for path in (xlsx(tmp_path, put("B4", value, code)), old_xls(tmp_path, {(4, 1): xls.Formatted(value, code)})):
        [(row, column, said)] = told(path)
        assert (row, column) == (4, "score") and ("its format" in said or "15 digits" in said)


def test_digits_beyond_the_shown_ones_are_said(tmp_path):
    [note] = read(xlsx(tmp_path, put("B4", 90.126, "0.00"))).notes
    assert "column score" in note and "row 4: 90.126 → 90.13" in note


@pytest.mark.parametrize(("value", "code", "text"), [(90.5, '0.0" điểm"', "90.5 điểm"), (90, '#,##0 [$₫-42A]', "90 ₫"), (90, '0"²"', "90²")])
def test_letters_of_a_format_are_seen_and_are_no_digits(tmp_path, value, code, text):
    path = xlsx(tmp_path, put("B4", value, code))
    assert score(path) == text
    with pytest.raises(BadInput):
        table.figure(text)


@pytest.mark.parametrize("text", ["90,12²", "29¹", "90.12⁽¹⁾", "1①", "9.01E+01", "٣", "90,12*", "1.2.3", "½", "--5"])
def test_texts_that_are_no_numbers(text):
    with pytest.raises(BadInput):
        table.figure(text)


@pytest.mark.parametrize(("text", "number"), [
    ("90,12", 90.12), ("1\u202f234,5", 1234.5), ("1\u00a0234", 1234), ("1 234 567", 1234567), ("1.234,5", 1234.5), ("1,234.5", 1234.5),
    ("\u22123,12", -3.12), ("９０", 90), ("", None), ("  ", None)])
def test_marks_between_thousands(text, number):
    assert table.figure(text) == number


def test_raised_digits_are_footnote_marks(tmp_path):
    def raised(sheet):
        sheet["B4"].value = CellRichText(TextBlock(InlineFont(), "90,12"), TextBlock(InlineFont(vertAlign="superscript"), "2"))
        sheet["A5"].value = CellRichText(TextBlock(InlineFont(), "H"), TextBlock(InlineFont(vertAlign="subscript"), "2"), "O")
    found = dict(read(xlsx(tmp_path, raised)).rows)
    assert found[4]["score"] == "90,12²" and found[5]["id"] == "H₂O"
    assert score(old_xls(tmp_path, {(4, 1): xls.Raised("90,12", "2")})) == "90,12²"


@pytest.mark.parametrize("value", [1, "1"])
def test_a_cell_that_is_raised_as_a_whole_is_a_footnote_mark(tmp_path, value):
    assert score(xlsx(tmp_path, put("B4", value, font=Font(vertAlign="superscript")))) == "¹"
    assert score(xlsx(tmp_path, put("B4", value, font=Font(vertAlign="baseline")))) == "1"
    assert score(old_xls(tmp_path, {(4, 1): xls.Formatted(1, "General", xls.SUPERSCRIPT)})) == "¹"
    runs = CellRichText(TextBlock(InlineFont(), "90"), TextBlock(InlineFont(vertAlign="subscript"), "1"))
    assert score(xlsx(tmp_path, put("B4", runs))) == "90₁"


@pytest.mark.parametrize(("value", "code"), [(1.125, "General"), (0.9, "0%"), (90.1249, "0.00")])
def test_a_font_that_says_it_is_not_raised(value, code):
    """ClosedXML writes it into every font: 1.125 became a text that could be a thousand, and a rounded figure was no longer told."""
    assert of_number(value, Style(code, raised="baseline"), False) == of_number(value, Style(code), False)


def test_runs_have_fonts_of_their_own(tmp_path):
    style = '<fonts><font><vertAlign val="superscript"/></font></fonts><cellXfs><xf fontId="0"/></cellXfs>'
    strings = '<si><r><rPr><sz val="11"/></rPr><t>90</t></r></si><si><t>90</t></si>'
    path = kit_xlsx.write(tmp_path / "form.xlsx", '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>', styles=style, strings=strings)
    assert Book(path).grid("data").rows == [(1, ["90", "⁹⁰"])]


def test_what_is_crossed_out_is_refused(tmp_path):
    only(xlsx(tmp_path, put("B4", 90.5, font=Font(strike=True))), 4, "score", "crossed out")
    only(old_xls(tmp_path, {(4, 1): xls.Formatted(90.5, "General", xls.STRUCK)}), 4, "score", "crossed out")
    assert score(xlsx(tmp_path, put("B4", CellRichText(TextBlock(InlineFont(strike=True), "85"), "90")))) == "~85~90"


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"])
def test_error_cells_are_never_empty(tmp_path, error):
    only(xlsx(tmp_path, put("B4", error)), 4, "score", f"the error {error}")
    only(of_csv(tmp_path, f"a,{error},1,\n"), 4, "score", f"the error {error}")
    only(of_csv(tmp_path, f"{error},90,1,\n"), 4, "id", f"the error {error}")  # not a field, though it begins with #
    only(old_xls(tmp_path, {(4, 1): xls.Error()}), 4, "score", "the error #N/A")
    only(xlsx(tmp_path, put("B1", error)), 1, "#year", f"the error {error}")


@pytest.mark.parametrize("text", ["#GIÁTRỊ!", "#THAM_CHIẾU!", "#N/D", "#TÊN?", "#####", "#PYTHON!", "#n/a", "#¡VALOR!", "#¿NOMBRE?", "#NV", "#Н/Д", "#I/T"])
def test_errors_of_programs_in_other_languages_are_no_words(tmp_path, text):
    only(of_csv(tmp_path, f"a,90,1,{text}\n"), 4, "note", f"the error {text}")


@pytest.mark.parametrize("text", ["#quan trọng!", "#1", "#", "Error", "Err: 502"])
def test_words_that_only_look_like_errors(tmp_path, text):
    assert told(of_csv(tmp_path, f"a,90,1,{text}\n")) == []


def test_a_footnote_mark_behind_a_figure_makes_no_letter_of_an_old_font(tmp_path):
    found = read(of_csv(tmp_path, "Thanh Hóa,90.12 ¹,1,\nHòa Bình,90%¹,2,\n"))
    assert found.problems == [] and [cells["score"] for _, cells in found.rows] == ["90.12 ¹", "90%¹"]


@pytest.mark.parametrize(("text", "number"), [("90,12％", 90.12), ("90 %", 90), ("９０％", 90), ("%", None), ("90%%", None), ("90٪", None)])
def test_signs_of_per_cent(text, number):
    if number is None:
        with pytest.raises(BadInput):
            table.figure(text, percent=True)
    else:
        assert table.figure(text, percent=True) == number
        with pytest.raises(BadInput):
            table.figure(text)


def test_a_line_above_the_header_and_a_header_that_stands_again_are_said_once(tmp_path):
    path = tmp_path / "form.csv"
    path.write_text("#year,2024\nBẢNG ĐIỂM,\n\nid,score,rank,note\na,90,1,\n", encoding="utf-8")
    with pytest.raises(BadInput, match="row 2.*the header stands in row 4"):
        read(path)
    only(of_csv(tmp_path, "a,90,1,\nid,score,rank,note\nb,89,2,\n"), 5, None, "the header stands again")


def test_a_tied_rank_in_merged_cells_counts_for_each_row(tmp_path):
    def tied(sheet):
        sheet.merge_cells("C4:C5")
    for path in (xlsx(tmp_path, tied), old_xls(tmp_path, {(5, 2): None}, merged=[(3, 4, 2, 2)])):
        found = read(path)
        assert found.problems == [] and [cells["rank"] for _, cells in found.rows] == ["1", "1", "3"]


@pytest.mark.parametrize(("area", "column"), [("B4:B5", "score"), ("B4:C4", "score"), ("B3:C3", "score"), ("A5:B5", "id")])
def test_other_merged_cells_are_refused_with_their_range(tmp_path, area, column):
    [p] = [p for p in read(xlsx(tmp_path, lambda sheet: sheet.merge_cells(area))).problems if p.value == area]
    assert p.column == column and "merge" in p.problem and "unmerge" in p.fix


def test_a_merged_cell_that_hides_another_figure(tmp_path):
    path = xlsx(tmp_path)
    patched(path, b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="C4:C5"/></mergeCells>')
    [p] = read(path).problems
    assert (p.row, p.column, p.value) == (4, "rank", "C4:C5")


def patched(path, old, new, part="xl/worksheets/sheet1.xml"):
    """A part of a workbook with some of its bytes changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_hidden_rows_columns_and_sheets(tmp_path):
    def hide_row(sheet):
        sheet.row_dimensions[5].hidden = True

    def hide_column(sheet):
        sheet.column_dimensions["B"].hidden = True

    def hide_sheet(sheet):
        sheet.parent.create_sheet("other")
        sheet.sheet_state = "hidden"
    only(xlsx(tmp_path, hide_row), 5, None, "row is hidden")
    only(xlsx(tmp_path, hide_column), 3, "score", "column is hidden")
    only(xlsx(tmp_path, hide_sheet), None, None, "sheet with the table is hidden")
    only(old_xls(tmp_path, hidden_rows=[4]), 5, None, "row is hidden")
    only(old_xls(tmp_path, hidden_columns=[1]), 3, "score", "column is hidden")
    patched(xlsx(tmp_path), b"<sheetFormatPr ", b'<sheetFormatPr zeroHeight="1" ')
    assert [row for row, _, said in told(tmp_path / "form.xlsx") if "row is hidden" in said] == [1, 2, 3, 4, 5, 6]


def test_days_of_both_calendars(tmp_path):
    for first, path in ((1900, xlsx(tmp_path)), (1904, tmp_path / "other.xlsx")):
        if first == 1904:
            book = openpyxl.load_workbook(xlsx(tmp_path))
            book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
            book["data"]["B2"].value = dt.date(2026, 4, 30)
            book.save(path)
        assert read(path).meta["day"] == "2026-04-30"
    rows = [["#year", 2024], ["#day", xls.Formatted(46142 - 1462, "d/m/yyyy")], list(COLUMNS), *ROWS]
    assert read(xls.write(tmp_path / "mac.xls", xls.Sheet("data", rows), date1904=True)).meta["day"] == "2026-04-30"


def test_days_and_truths_among_figures(tmp_path):
    only(xlsx(tmp_path, put("B4", dt.date(2026, 5, 7), "d/m")), 4, "score", "Excel took the figure for a day")
    only(xlsx(tmp_path, put("B4", dt.time(7, 5), "h:mm")), 4, "score", "Excel took the figure for a day")
    only(xlsx(tmp_path, put("B4", True)), 4, "score", "TRUE or FALSE")
    only(old_xls(tmp_path, {(4, 1): xls.Formatted(46149, "d/m")}), 4, "score", "Excel took the figure for a day")
    only(old_xls(tmp_path, {(4, 1): True}), 4, "score", "TRUE or FALSE")
    assert read(xlsx(tmp_path, put("D4", dt.date(2026, 5, 7), "d/m"))).problems == []  # a day in a note is a day


def test_formulas(tmp_path):
    def calculated(sheet):
        sheet.parent.calculation.fullCalcOnLoad = False
    path = xlsx(tmp_path, calculated)
    patched(path, b'<c r="B4" t="n"><v>90.5</v>', b'<c r="B4"><f>80+10.5</f><v>90.5</v>')
    only(path, 4, "score", "holds a formula")
    assert told(path, table.Layout(LAYOUT.fields, COLUMNS, LAYOUT.texts, make="x")) == []  # another form takes calculated ones
    only(xlsx(tmp_path, put("B4", "=80+10")), 4, "score", "without a calculated value")
    only(old_xls(tmp_path, {(4, 1): xls.Formula()}), 4, "score", "holds a formula")


def test_a_point_that_could_be_either(tmp_path):
    only(of_csv(tmp_path, 'a,"90,5",1,\nb,1.234,2,\nc,"80,1",3,\n'), 5, "score", "could be 1.234 or 1234")
    only(of_csv(tmp_path, 'a,90.5,1,\nb,"1,234",2,\nc,80.1,3,\n'), 5, "score", "could be 1.234 or 1234")
    assert told(of_csv(tmp_path, "a,90.5,1,\nb,1.234,2,\nc,80.1,3,\n")) == []
    assert told(xlsx(tmp_path, put("B4", 1.234))) == []  # a number cell has no marks to doubt
    only(xlsx(tmp_path, lambda s: [put("B4", "1.234")(s), put("B5", "80,1")(s)]), 4, "score", "could be 1.234 or 1234")


def test_a_row_is_the_one_that_a_spreadsheet_shows(tmp_path):
    text = 'a,90.5,1,"two\nlines"\n\nb,89,2,"three\r\nmore\nlines"\nc,#N/A,3,\n'
    only(of_csv(tmp_path, text), 7, "score", "#N/A")
    path = tmp_path / "form.csv"
    path.write_text('sep=;\n#year;2024\nid;score;rank;note\na;"1\n";1;\nb;#REF!;2;\n', encoding="utf-8")
    assert [p.row for p in read(path).problems] == [4]  # a line for Excel alone, which does not show it
    path.write_bytes("#year,2024\nid,score,rank,note\na,1,1,\"x\ny\"\nb,2,2,Сок\n".encode("koi8-r"))
    assert [p.row for p in read(path).problems] == [4]


def test_a_second_year_is_refused(tmp_path):
    only(of_csv(tmp_path, "#year,2025\na,90,1,\n"), 4, "#year", "stands twice (also in row 1)")
    only(xlsx(tmp_path, lambda sheet: [sheet.insert_rows(2), put("A2", "#year")(sheet), put("B2", 2024)(sheet)]), 2, "#year", "stands twice")
    only(of_csv(tmp_path, "a,90,1,\n# total,,,\n"), 5, None, "below the header")


@pytest.mark.parametrize("year", ["²⁰²³", "2024.5", "45413", "20 24", "đầu năm"])
def test_years_that_are_none(tmp_path, year):
    found = table.read(xlsx(tmp_path, put("B1", year)), LAYOUT)
    assert found.year() is None and found.problems[-1].column == "#year"


def test_texts_with_an_apostrophe_are_the_numbers_they_show(tmp_path):
    def quoted(sheet):
        sheet["B4"].value = "90,5"
        sheet["B4"].quotePrefix = True
    assert table.figure(score(xlsx(tmp_path, quoted))) == 90.5
    assert dict(read(of_csv(tmp_path, "a,90,1,'=1+1\n")).rows)[4]["note"] == "=1+1"  # what our own writer made harmless


def test_a_long_number_that_was_cut_short(tmp_path):
    only(of_csv(tmp_path, "1.23457E+11,90,1,\n"), 4, "id", "last digits are lost")
    assert dict(read(xlsx(tmp_path, put("A4", 123456789012))).rows)[4]["id"] == "123456789012"


def test_a_cell_beyond_measure(tmp_path):
    with pytest.raises(BadInput, match=r"row 4.*a cell of more than 32,767 characters"):
        read(of_csv(tmp_path, f"a,90,1,{'x' * 200_000}\n"))
    only(of_csv(tmp_path, f"a,90,1,{'x' * 40_000}\n"), 4, "note", "a cell of more than 32,767 characters")


def test_shown_agrees_with_the_formats_of_another_library():
    """openpyxl's list of built-in formats: what it calls a date we call a date, the rest are figures or said to be odd."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
    for code in BUILTIN_FORMATS.values():
        assert (shown(45413.5, code).kind in ("date", "time")) == is_date_format(code), code


@pytest.mark.parametrize(("value", "code", "seen", "differs", "rounded"), [
    # as Excel and LibreOffice show them; a part for negative figures has its own sign or none
    (1234567.891, "#,##0.00", "1234567.89", False, True), (-1234.5, "#,##0.0", "-1234.5", False, False), (0.5, "#.00", "0.5", False, False),
    (5, "00.0", "05", False, False), (-5, "00", "-05", False, False), (-3.12, "0.0;-0.0", "-3.1", True, False), (-3.12, "0.00;-0.00", "-3.12", False, False),
    (0, "0.00;-0.00;0.0", "0", False, False), (0, "0.00;-0.00", "0", False, False), (-7, "General;General", "7", True, False), (-7, "General", "-7", False, False),
    (3.2, "+0.0;-0.0", "3.2", False, False), (-3.2, "+0.0;-0.0", "-3.2", False, False), (-3.5, "0.0_);(0.0)", "-3.5", False, False), (3.5, "(0.0)", "-3.5", True, False),
    (7, "-0", "-7", True, False), (1500, "0.0,", "1.5", True, False), (1.5e6, "0.0,,", "1.5", True, False), (2, "@", "2", False, False),
    (2.5, "[Red]0.0", "2.5", False, False), (2.5, "[Color 5]0.0", "2.5", False, False), (1.5, "[$-1000000]0.0", "1.5", False, False),
    (1234.5, "# ##0.0", "1234.5", False, False), (1234.5, r"0\ 000.0", "1234.5", False, False), (5, "0;0;0;@", "5", False, False), (5, "0;-0;0;@;0", "5", False, False),
    (90.125, "0.00", "90.13", False, True), (90.005, "0.00", "90.01", False, True), (90.124, "0.00", "90.12", False, True), (-90.125, "0.00", "-90.13", False, True),
    (90.5, "0", "91", True, False), (90.25, "0.0", "90.3", True, False), (-0.001, "0.00", "0", False, True), (0.7, ".0", "0.7", False, False),
    (90, "0*-", "90", False, False), (90, "0_x", "90", False, False), (90, "[$-42A]0", "90", False, False), (90, "0.0 ", "90", False, False)])
def test_figures_as_a_format_shows_them(value, code, seen, differs, rounded):
    assert shown(value, code) == Shown("number", seen, differs, rounded)


@pytest.mark.parametrize(("value", "code", "seen", "differs", "rounded"), [
    (90, '0.0" %"', "90%", False, False), (90, r"0.0\%", "90%", False, False), (0.12345, "0.00%", "12.35%", False, True), (0.1234, "0.0%", "12.3%", True, False)])
def test_shares_as_a_format_shows_them(value, code, seen, differs, rounded):
    assert shown(value, code) == Shown("percent", seen, differs, rounded)


@pytest.mark.parametrize(("value", "code", "seen", "differs"), [
    (12, '"A "General" đ"', "A 12 đ", False), (12, '"A1 "General', "A1 12", True), (90, '0"x"_x', "90x", False), (90, '"5"0', "590", True), (90, "[$₫-42A]0", "₫90", False),
    (90, "[$USD]0.0", "USD90", False), (0.3, "0.", "0.", True), (7, '"giảm "-0.0', "giảm -7", True), (0, '0.00;-0.00;"-"', "-", True), (0, "#", "", True), (0, "??", "", True),
    (2, '"Tổng"', "Tổng", True), (2, '"x"@', "x", True), (2.5, "[Magic]0.0", "", True), (1234, "0-00", "", True), (9012, r"0\.00", "", True), (9012, '0","00', "", True), (2, ";;;", "", True), (9, "0.00E+00", "", True)])
def test_letters_and_nothing_as_a_format_shows_them(value, code, seen, differs):
    assert shown(value, code) == Shown("text", seen, differs)


@pytest.mark.parametrize(("code", "kind"), [("[h]:mm", "time"), ("[mm]:ss", "time"), ("mm:ss.0", "time"), ("h AM/PM", "time"), ("yyyy", "date"), ("[$-409]d-mmm", "date"),
                                            ("d/m/yy h:mm", "date"), ("m/yyyy", "date"), ('"d" 0', "text"), ("[Red]d/m", "date"), ("G/m", "date")])
def test_days_and_times_as_a_format_shows_them(code, kind):
    assert shown(1.5, code).kind == kind


def test_formats_that_a_workbook_refers_to_by_number():
    """Against openpyxl's list, for what both have: the same kind of thing is seen, of a figure without a currency the same digits."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    assert {*BUILT_IN} == {*range(24 - 1), *range(27, 59)}
    for number, code in BUILT_IN.items():
        if number in BUILTIN_FORMATS and "$" not in code:
            assert [shown(v, code) for v in (90.126, -3.5)] == [shown(v, BUILTIN_FORMATS[number]) for v in (90.126, -3.5)], number
        elif "$" in code:
            assert shown(90, code).text == "$90"
    assert {shown(45413.5, BUILT_IN[n]).kind for n in (*range(14, 18), 22, *range(27, 37), *range(50, 59))} == {"date"}
    assert {shown(45413.5, BUILT_IN[n]).kind for n in (*range(18, 22), 45, 46, 47)} == {"time"}


@pytest.mark.parametrize(("serial", "date1904", "when"), [
    (1, False, (1900, 1, 1)), (59, False, (1900, 2, 28)), (60, False, None), (60.9, False, None), (61, False, (1900, 3, 1)), (0, True, (1904, 1, 1)),
    (1462, True, (1908, 1, 2)), (45413.5, False, (2024, 5, 1, 12)), (45413.000005, False, (2024, 5, 1)), (1e9, False, None), (-1e9, False, None), (float("nan"), False, None)])
def test_the_day_behind_a_number(serial, date1904, when):
    """1900 had no 29 February, which Excel counts as day 60; the other calendar begins four years and a day later."""
    assert moment(serial, date1904) == (when and dt.datetime(*when))


def test_sheets_are_found_whatever_their_case_and_hidden_ones_do_not_count(tmp_path):
    def more(sheet):
        sheet.title = "Data "
        sheet.parent.create_sheet("lists").sheet_state = "hidden"
    assert read(xlsx(tmp_path, more)).problems == []
    assert Book(tmp_path / "form.xlsx").names == ["Data ", "lists"]
