"""Files made to keep a reader busy, or to break it: answered at once, with the project's own error."""

from __future__ import annotations

import re
import struct
import time
import unicodedata
import zipfile

import openpyxl
import pytest
from kit import xls

from govlib.errors import BadInput
from govlib.forms import containers, excel, number_formats, table, xml_pass
from govlib.forms.book import Book
from govlib.text import HEAP

NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
HEAD = f'<?xml version="1.0"?><worksheet {NS}><sheetData>'
TAIL = "</sheetData></worksheet>"
BOUND = 2.0  # seconds
LAYOUT = table.Layout({}, ("a", "b"), ("a",), make="the form")


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    book = openpyxl.Workbook()
    book.active.title = "data"
    for row in (["a", "b"], ["x", 1]):
        book.active.append(row)
    path = tmp_path_factory.mktemp("hostile") / "good.xlsx"
    book.save(path)
    return path


def with_part(good, tmp_path, content, part="xl/worksheets/sheet1.xml"):
    path = tmp_path / "form.xlsx"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
        if part not in old.namelist():
            new.writestr(part, content)
    return path


def answered(path, *words):
    """Both readers answer within the bound: with the project's error, or with rows and problems."""
    said = []
    for reader in (lambda: table.read(path, LAYOUT).refuse(), lambda: [excel.open_workbook(path).sheet(n) for n in Book(path).names]):
        began = time.process_time()
        try:
            reader()
        except BadInput as error:
            said.append(str(error))
        assert time.process_time() - began < BOUND
    assert said and all(word in said[0] for word in words), said
    return said


A_AND_B = '<row r="1"><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row>'
SHEETS = {
    "cells in cells": ('<row r="1">' + '<c r="A1">' * 300_000, "a cell inside a cell"),
    "cells never closed": ('<row r="1">' + '<c r="A1">' * 2, "a cell inside a cell"),
    "depth": ("<x>" * 200_000, "nested"),
    "empty cells": ('<row r="1">' + "<c/>" * 900_000 + "</row>", ""),
    "empty rows": ("<row/>" * 600_000, ""),
    "a cell twice": ('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "stands twice"),
    "far row": ('<row r="9999999"><c r="A9999999"><v>1</v></c></row>', "beyond the grid"),
    "wide rows": ("".join(f'<row r="{r}"><c r="XFD{r}"><v>1</v></c></row>' for r in range(1, 2_000)), "spreads over more than"),
    "far column": ('<row r="1"><c r="ZZZ1"><v>1</v></c></row>', "beyond the grid"),
    "no place": ('<row r="1"><c r="1A"><v>1</v></c></row>', "without a place"),
    "shared string that is not there": ('<row r="1"><c r="A1" t="s"><v>99999999</v></c></row>', ""),
    "shared string of 5,000 digits": ('<row r="1"><c r="A1" t="s"><v>' + "9" * 5_000 + "</v></c></row>", ""),
    "negative shared string": ('<row r="1"><c r="A1" t="s"><v>-1</v></c></row>', ""),
    "odd values": ('<row r="1"><c r="A1" t="d"><v>99999-99-99</v></c><c r="B1"><v>1e999</v></c><c r="C1" t="b"><v>x</v></c></row>', ""),
    "unknown kind": ('<row r="1"><c r="A1" t="zz"><v>1x</v></c></row>', ""),
    "style that is not there": ('<row r="1"><c r="A1" s="999999999999"><v>1</v></c></row>', ""),
    "long text": ('<row r="1"><c r="A1" t="inlineStr"><is><t>' + "x" * 500_000 + "</t></is></c></row>", ""),
    "marks in heaps": (A_AND_B + "".join(f'<row r="{r}"><c r="A{r}" t="inlineStr"><is><t>{r}a' + "\u0301\u0323" * 15_000 + "</t></is></c></row>" for r in range(2, 22)),
                       "more than thirty marks upon one letter"),
    "short rows under a wide header": ('<row r="1">' + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in ("a", "b", *range(16_000))) + "</row>"
                                       + '<row><c><v>1</v></c><c><v>1</v></c></row>' * 2_000, "spreads over more than 600,050 cells"),
    "merged ranges over each other": (A_AND_B + '<row><c><v>1</v></c><c><v>1</v></c></row>' * 5_000 + "</sheetData><mergeCells>"
                                      + '<mergeCell ref="A2:A5001"/><mergeCell ref="A2:B5001"/>' * 5_000 + "</mergeCells><sheetData>", "merged cells"),
    "merged ranges over a wide header": ('<row r="1">' + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in ("a", "b", *range(8_000))) + "</row>"
                                         + "<row><c><v>1</v></c><c><v>1</v></c></row></sheetData><mergeCells>" + '<mergeCell ref="A1:XFD1"/>' * 5_000 + "</mergeCells><sheetData>", "merged cells"),
    "a wide header": ('<row r="1">' + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in ("a", *(f"column {n}" for n in range(16_000)))) + "</row><row><c><v>1</v></c><c><v>1</v></c></row>",
                      "column column 0, value 'column 0': not a column of this form"),
    "many merged ranges": ('<row r="1"/></sheetData><mergeCells>' + '<mergeCell ref="A1:XFD1048576"/>' * 20_000 + "</mergeCells><sheetData>", ""),
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_made_to_hurt(good, tmp_path, name):
    body, words = SHEETS[name]
    answered(with_part(good, tmp_path, HEAD + body + TAIL), words)


def test_blocks_merged_over_empty_rows(good, tmp_path):
    """Every cell of them was noted: 8 kB took three seconds and 700 MB."""
    columns = [f"c{n}" for n in range(40)]
    header = "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in columns)
    rows = "".join(f'<row r="{r}"><c r="A{r}"><v>1</v></c><c r="B{r}"><v>1</v></c></row>' for r in range(2, 200_000, 1_000))
    merged = "".join(f'<mergeCell ref="A{r}:AN{r + 998}"/>' for r in range(2, 200_000, 1_000))
    path = with_part(good, tmp_path, f'{HEAD}<row r="1">{header}</row>{rows}</sheetData><mergeCells>{merged}</mergeCells></worksheet>')
    found = table.read(path, table.Layout({}, columns, columns))
    assert found.problems[0].value == "A2:AN1000" and len(found.faulty) == 200 * 40


def test_other_sheets_that_are_wide_and_high_together(tmp_path):
    """Each was looked through for a table of the form: a second a sheet, of 2 kB."""
    wide = HEAD + "".join(f'<row r="{r}"><c r="XFD{r}"><v>1</v></c></row>' for r in range(1, 150)) + TAIL
    book, path = openpyxl.Workbook(), tmp_path / "form.xlsx"
    book.active.title = "data"
    for row in (["a", "b"], ["x", 1]):
        book.active.append(row)
    for n in range(30):
        book.create_sheet(f"s{n}")
    book.save(tmp_path / "good.xlsx")
    with zipfile.ZipFile(tmp_path / "good.xlsx") as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, wide if name.startswith("xl/worksheets/sheet") and name != "xl/worksheets/sheet1.xml" else old.read(name))
    began = time.process_time()
    assert len(table.read(path, LAYOUT).rows) == 1
    assert time.process_time() - began < BOUND


def test_sheets_that_no_part_holds(good, tmp_path):
    sheets = "".join(f'<sheet name="s{n}" r:id="none{n}"/>' for n in range(1_000))
    answered(with_part(good, tmp_path, f'<workbook {NS} xmlns:r="r"><sheets><sheet name="data" r:id="rId1"/>{sheets}</sheets></workbook>', "xl/workbook.xml"), "sheet 's0' has no part")


def test_parts_packed_as_no_spreadsheet_program_does(good, tmp_path):
    """LZMA: its errors are of no kind that a reader expects, and its first bytes say how much memory it takes, up to 4 GB."""
    path = tmp_path / "form.xlsx"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    answered(path, "xl/workbook.xml cannot be unpacked")


@pytest.mark.parametrize(("part", "content", "words"), [
    ("xl/worksheets/sheet1.xml", '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]>' + HEAD[21:] + TAIL, "entities"),
    ("xl/worksheets/sheet1.xml", ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]>' + HEAD[21:] + TAIL).encode("utf-16"), "entities"),
    ("xl/worksheets/sheet1.xml", "<worksheet>", "no XML"), ("xl/worksheets/sheet1.xml", b"\xff\xfe\x00", "no XML"),
    ("xl/worksheets/sheet1.xml", "", "has no part"), ("xl/worksheets/sheet1.xml", f"<chartsheet {NS}/>", "no sheet of cells"),
    ("xl/workbook.xml", "<workbook>", "no XML"), ("xl/workbook.xml", f"<workbook {NS}/>", "no sheet"),
    ("xl/styles.xml", "<styleSheet><cellXfs><xf", "no XML"), ("xl/_rels/workbook.xml.rels", "<Relationships/>", "has no part"),
    ("xl/workbook.xml", f'<workbook {NS} xmlns:r="r"><sheets>' + "".join(f'<sheet name="s{n}" r:id="rId1"/>' for n in range(20_000)) + "</sheets></workbook>", "there twice"),
    ("xl/styles.xml", f'<styleSheet {NS}><numFmts><numFmt numFmtId="200" formatCode="{"0" * 3_800_000}"/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>',
     "its format"),
    ("xl/worksheets/sheet1.xml", f'<?xml version="1.0" encoding="klingon"?><worksheet {NS}/>', "no XML")])
def test_a_damaged_part(good, tmp_path, part, content, words):
    answered(with_part(good, tmp_path, content, part), words)


@pytest.mark.parametrize("letters", [b"a" + b"\xcc\xf2" * 15_000, ("a" + "\u0e48\u0e38" * 15_000).encode(), ("Ná»™i a" + "Ì€Ì£" * 15_000).encode()],
                         ids=["in a code page", "of another writing", "spoilt by another program"])
def test_marks_in_heaps_in_a_csv(tmp_path, letters):
    """Each took five seconds and more, whatever writing the marks are of, and before they are known to be marks."""
    path = tmp_path / "form.csv"
    path.write_bytes(b"a,b\n" + b"".join(b"%d %s,1\n" % (n, letters) for n in range(10)))
    began = time.process_time()
    with pytest.raises(BadInput, match="more than thirty marks upon one letter|spoilt"):
        table.read(path, LAYOUT).refuse()
    assert time.process_time() - began < BOUND


def test_dots_and_pictures_are_no_marks_in_heaps():
    for text in ("Ý kiến khác: " + "…" * 60, "★" * 40, "\uf0b7" * 40, "–" * 40, "ạ" * 40, unicodedata.normalize("NFD", "ộ" * 40), "。" * 40, "😀" * 40):
        assert not HEAP.search(text)
    assert all(HEAP.fullmatch(mark * 31) for mark in map(chr, range(0x110000)) if unicodedata.combining(mark))


def test_hidden_columns_that_lie_over_each_other(good, tmp_path):
    columns = '<col min="1" max="16384" hidden="1"/>' * 20_000
    header = "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in ("a", "b", *range(1_000)))
    said = answered(with_part(good, tmp_path, f'<worksheet {NS}><cols>{columns}</cols><sheetData><row>{header}</row><row><c><v>1</v></c></row>{TAIL}'))
    assert "column a: the column is hidden" in said[0]


def test_a_part_twice_and_a_bomb(good, tmp_path):
    path = with_part(good, tmp_path, HEAD + TAIL)
    with pytest.warns(UserWarning), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", HEAD + TAIL)
    assert "there twice" in answered(path)[0]
    path = with_part(good, tmp_path, HEAD + " " * 30_000_000 + TAIL)
    assert path.stat().st_size < 100_000 and "zip bomb" in answered(path)[0]


@pytest.mark.parametrize(("part", "content"), [
    ("xl/worksheets/sheet1.xml", HEAD + "<row/>" * 30_000 + TAIL), ("xl/worksheets/sheet1.xml", HEAD + "<x/>" * 30_000 + TAIL),
    ("xl/styles.xml", f"<styleSheet {NS}>{'<x/>' * 30_000}</styleSheet>")])
def test_time_is_bounded_whatever_the_elements_are(good, tmp_path, monkeypatch, part, content):
    monkeypatch.setattr(xml_pass, "MAX_SECONDS", -1.0)
    answered(with_part(good, tmp_path, content, part), "seconds")


def test_more_rows_than_a_form_has(good, tmp_path):
    rows = "".join(f'<row r="{r}"><c r="A{r}"><v>1</v></c></row>' for r in range(1, 200))
    path = with_part(good, tmp_path, HEAD + rows + TAIL)
    with pytest.raises(BadInput, match="more than 100 rows"):
        table.read(path, table.Layout({}, ("a",), most_rows=100))
    path = tmp_path / "form.csv"
    path.write_bytes(b"a,b\n" + b"x,1\n" * 2_000_000)
    began = time.process_time()
    with pytest.raises(BadInput, match="more than 1,000 rows"):
        table.read(path, table.Layout({}, ("a", "b"), most_rows=1000))
    assert time.process_time() - began < BOUND


def test_an_old_workbook_with_merged_cells_beyond_its_grid(tmp_path):
    for area, said in (((0, 65535, 0, 65535), "merged cells reach beyond the grid"), ((0, 65535, 0, 255), "")):
        path = xls.write(tmp_path / "form.xls", xls.Sheet("data", [["a", "b"], ["x", 1]], merged=[area]))
        began = time.process_time()
        with pytest.raises(BadInput, match=said or None):
            table.read(path, LAYOUT).refuse()
        assert time.process_time() - began < BOUND


def with_records(tmp_path, monkeypatch, more, *names):
    """An .xls with these records behind the cells of each sheet."""
    monkeypatch.setattr(xls, "_sheet", lambda *of, plain=xls._sheet: plain(*of)[:-4] + more + xls.record(0x0A, b""))
    return xls.write(tmp_path / "form.xls", *[xls.Sheet(name, [["a", "b"], ["x", 1]]) for name in names])


@pytest.mark.parametrize(("area", "said"), [((0, 60_000, 0, 0), ""), ((0, 60_000, 0, 255), "its links spread over more than 500,000 cells")])
def test_an_old_workbook_with_a_link_over_the_whole_sheet(tmp_path, monkeypatch, area, said):
    """xlrd notes every cell under a link: 5 kB took seconds and gigabytes."""
    link = struct.pack("<HHHH", *area) + bytes.fromhex("D0C9EA79F9BACE118C8200AA004BA90B02000000") + bytes(4)
    path = with_records(tmp_path, monkeypatch, xls.record(0x01B8, link), "data")
    if said:
        assert all(said in text for text in answered(path))
    else:
        assert len(table.read(path, LAYOUT).rows) == 1


def test_an_old_workbook_whose_sheets_are_one(tmp_path, monkeypatch):
    path = with_records(tmp_path, monkeypatch, b"", "data", "more")
    data = path.read_bytes()
    first, second = (found.end() for found in re.finditer(rb"\x85\x00\x0c\x00", data))
    path.write_bytes(data[:second] + data[first:first + 4] + data[second + 4:])
    answered(path, "a part of it is there twice")


@pytest.mark.parametrize("empty", [xls.record(0x0201, struct.pack("<HHH", 9, 255, 0)), xls.record(0x00BE, struct.pack("<HHHHH", 9, 254, 0, 0, 255))])
def test_an_old_workbook_with_an_empty_cell_far_to_the_right_in_each_row(tmp_path, monkeypatch, empty):
    """xlrd holds each row up to it: eight sheets of 650 kB took 1.5 GB."""
    path = with_records(tmp_path, monkeypatch, empty, *"abcde")
    monkeypatch.setattr(containers, "MAX_CELLS", 5 * (2 + 2 + 256))
    assert Book(path).grid("e").rows == [(1, ["a", "b"]), (2, ["x", "1"])]
    monkeypatch.setattr(containers, "MAX_CELLS", 5 * (2 + 2 + 256) - 1)
    with pytest.raises(BadInput, match="its cells spread over more than 1,299"):
        Book(path)


def test_an_old_workbook_whose_directory_runs_through_its_chains_again_and_again():
    """Many streams over one chain cost one walk: the check of a container is linear."""
    count = 120
    table_sector = struct.pack("<128I", 0xFFFFFFFD, *range(2, count), 0xFFFFFFFE, *[0xFFFFFFFF] * (128 - count))
    entry = b"W\0".ljust(64, b"\0") + struct.pack("<HBBIII", 4, 2, 1, *[0xFFFFFFFF] * 3) + bytes(36) + struct.pack("<III", 1, 5000, 0)
    header = (containers.OLE_MAGIC + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
              + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108))
    began = time.process_time()
    assert containers._container_damage(header + table_sector + entry * 4 * (count - 1)) == ""
    assert time.process_time() - began < 0.5


def test_an_archive_that_points_before_its_own_beginning(good, tmp_path):
    """Found by benchmarks/fuzz.py: the offset of a part in the zip's list is negative once its own start is added."""
    data = bytearray(good.read_bytes())
    at = data.rfind(b"PK\x05\x06")
    data[at + 16:at + 20] = (int.from_bytes(data[at + 16:at + 20], "little") + len(data)).to_bytes(4, "little")
    path = tmp_path / "form.xlsx"
    path.write_bytes(bytes(data))
    answered(path, "damaged")


@pytest.mark.parametrize("code", ["#" + "%" * 62 + "v", "0." + "0" * 400, "0" * 300 + "%" * 40, "#,," + "," * 200])
def test_a_number_format_that_no_program_could_show(code):
    """Found by benchmarks/fuzz.py: a figure with sixty signs of per cent is no figure, and no traceback."""
    for value in (0.0, 90.125, -3.5, 1e9):
        seen = number_formats.shown(value, code)
        assert seen.differs or value == 0.0 or seen.text
