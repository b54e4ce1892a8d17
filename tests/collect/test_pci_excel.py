"""Workbooks that must be refused, each with the file's name and a way out; and the libraries against each other."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile

import openpyxl
import pytest

from govlib.errors import BadInput
from govlib.forms import containers, excel


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Tổng hợp"
    sheet.append(["Tỉnh", "PCI 2019", "Ngày"])
    sheet.append(["Bắc Ninh", 70.79, dt.date(2020, 5, 5)])
    sheet["F9"] = "far"
    book.create_sheet("Summary").sheet_state = "hidden"
    book.save(path)
    return path


def refused(path, *words):
    with pytest.raises(BadInput) as caught:
        excel.read_sheets(path)
    message = str(caught.value)
    assert path.name in message and "→" in message, "the message names the file and what to do"
    for word in words:
        assert word in message.lower(), (word, message)


def test_good_workbook(good):
    sheets = excel.read_sheets(good)
    assert [s.name for s in sheets] == ["Tổng hợp"], "hidden sheets only where asked for"
    assert len(excel.read_sheets(good, hidden=True)) == 2
    sheet = sheets[0]
    assert sheet.rows[1][:2] == ["Bắc Ninh", 70.79]
    assert {len(row) for row in sheet.rows} == {6} and len(sheet.rows) == 9
    assert sheet.cell(8, 5) == "far" and sheet.cell(99, 0) is None
    assert sheet.locator(1, 1) == "Tổng hợp!B2"


@pytest.mark.parametrize(("col", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")])
def test_columns(col, letters):
    assert excel.column_letters(col) == letters and excel.column_number(letters) == col


@pytest.mark.parametrize("page", ["<html><body><table><tr><td>Bắc Ninh</td></tr></table></body></html>",
                                  "\ufeff<!DOCTYPE html>\n<html></html>", "  <table><tr><td>1</td></tr></table>"])
def test_web_page_saved_as_xls(tmp_path, page):
    path = tmp_path / "PCI_2019.xls"
    path.write_text(page, encoding="utf-8")
    refused(path, "web page", "save")


def test_utf16_web_page_saved_as_xls(tmp_path):
    path = tmp_path / "PCI_2019.xls"
    path.write_text("<html><table></table></html>", encoding="utf-16")
    refused(path, "web page")


@pytest.mark.parametrize(("content", "word"), [
    (b"province,score\nBac Ninh,70.79\n", "not an excel workbook"), (b"%PDF-1.7\n...", "pdf"),
    (b"MIME-Version: 1.0\nContent-Type: multipart/related", "web archive"),
    (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "xml spreadsheet 2003")])
def test_other_formats(tmp_path, content, word):
    path = tmp_path / "PCI_2019.xlsx"
    path.write_bytes(content)
    refused(path, word, "save" if word != "pdf" else "template")


@pytest.mark.parametrize("member", ["word/document.xml", "xl/workbook.bin", "something.txt"])
def test_other_archives(tmp_path, member):
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "x")
    refused(path, "not an excel workbook", "as .xlsx")


def test_empty_and_absent(tmp_path):
    (tmp_path / "empty.xlsx").write_bytes(b"")
    refused(tmp_path / "empty.xlsx", "empty", "again")
    refused(tmp_path / "absent.xlsx", "no such file", "make pull")


@pytest.mark.parametrize("keep", [0.2, 0.6, 0.97])
def test_truncated_xlsx(good, keep):
    data = good.read_bytes()
    good.write_bytes(data[:int(len(data) * keep)])
    refused(good, "truncated", "again")


def test_bytes_flipped_inside_a_part(good):
    with zipfile.ZipFile(good) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    data = bytearray(good.read_bytes())
    start = info.header_offset + 30 + len(info.filename) + 12
    data[start:start + 8] = b"\xff" * 8
    good.write_bytes(bytes(data))
    refused(good, "damaged")


@pytest.mark.parametrize("keep", [600, 40_000])
def test_truncated_xls(shared, tmp_path, keep):
    path = tmp_path / "PCI_2008.xls"
    path.write_bytes((shared / "pci/workbooks/PCI_2008.xls").read_bytes()[:keep])
    refused(path, "truncated")


def ole(*records: bytes, name: str = "") -> bytes:
    """A compound file cut down to what the check looks at: header, one sector of records, a directory entry's name."""
    stream = b"".join(records).ljust(512, b"\0")
    return containers.OLE_MAGIC.ljust(512, b"\0") + stream + name.encode("utf-16-le").ljust(512, b"\0") + b"\0" * 512


def test_encrypted_xlsx(tmp_path):
    path = tmp_path / "secret.xlsx"  # Excel wraps an encrypted workbook into a compound file with this stream
    path.write_bytes(ole(name="EncryptedPackage"))
    refused(path, "encrypted", "password")


def test_encrypted_xls(tmp_path):
    bof = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 0x0005, 0, 0, 0, 0)
    filepass = struct.pack("<HHH", 0x002F, 54, 1).ljust(58, b"\0")
    path = tmp_path / "secret.xls"
    path.write_bytes(ole(bof, filepass, name="Workbook"))
    refused(path, "encrypted", "password")


@pytest.mark.timeout(20)
def test_xls_whose_sectors_run_in_circles(shared, tmp_path):
    """One changed number makes parsers read the same sectors for ever."""
    data = bytearray((shared / "pci/workbooks/PCI_2008.xls").read_bytes())
    fat = struct.unpack_from("<I", data, 76)[0]  # the first sector of the allocation table
    struct.pack_into("<I", data, (fat + 1) * 512 + 4 * 100, 50)  # sector 100 goes on at 50
    path = tmp_path / "PCI_2008.xls"
    path.write_bytes(bytes(data))
    refused(path, "circles", "again")


def test_xls_whose_stream_claims_petabytes(shared, tmp_path):
    """One changed byte in the directory made a parser take 6 GB of memory."""
    data = bytearray((shared / "pci/workbooks/PCI_2008.xls").read_bytes())
    entry = data.find("Workbook".encode("utf-16-le"))
    struct.pack_into("<I", data, entry + 124, 188)  # the upper half of the stream's length
    path = tmp_path / "PCI_2008.xls"
    path.write_bytes(bytes(data))
    refused(path, "claims more bytes", "again")


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("place", "words"), [((5, 48_000), "claims column 48001"), ((65_535, 255), "spread over")])
def test_xls_with_a_cell_beyond_the_grid(shared, tmp_path, place, words):
    data = bytearray((shared / "pci/workbooks/PCI_2008.xls").read_bytes())
    number = data.find(struct.pack("<HHHH", 0x00FD, 10, 0, 1))  # the record of a text: cell B1
    assert number > 0
    struct.pack_into("<HH", data, number + 4, *place)
    path = tmp_path / "PCI_2008.xls"
    path.write_bytes(bytes(data))
    refused(path, words)


def test_zip_with_password_flag(good):
    data = bytearray(good.read_bytes())
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    good.write_bytes(bytes(data))
    refused(good, "encrypted")


def bomb(path, megabytes: int, *, lie: bool = False):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/_rels/workbook.xml.rels", "<Relationships/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(megabytes):
                part.write(b" " * 1_000_000)
    if lie:  # declare 1,000 bytes in the central directory and in the local header's descriptor
        data = bytearray(path.read_bytes())
        at = data.rfind(b"PK\x01\x02")
        struct.pack_into("<I", data, at + 24, 1000)
        path.write_bytes(bytes(data))


def test_zip_bomb(tmp_path):
    path = tmp_path / "bomb.xlsx"
    bomb(path, 40)
    assert path.stat().st_size < 100_000
    refused(path, "zip bomb", "do not open")


def test_zip_bomb_that_lies_about_its_size(tmp_path):
    path = tmp_path / "bomb.xlsx"
    bomb(path, 40, lie=True)
    refused(path, "damaged")


def test_entities(good, tmp_path):
    path = tmp_path / "entities.xlsx"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            body = old.read(info)
            if info.filename == "xl/workbook.xml":
                body = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + body
            new.writestr(info.filename, body)
    refused(path, "entities")


def test_cell_at_the_far_corner(tmp_path):
    path = tmp_path / "corner.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"] = 1
    book.active["XFD1048576"] = 1
    book.save(path)
    refused(path, "spreads over", "stray cells")


def test_unnumbered_cells_and_a_row_at_the_far_end(good, tmp_path):
    path = tmp_path / "rows.xlsx"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            body = old.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                start, end = body.index(b"<sheetData>") + 11, body.index(b"</sheetData>")
                body = (body[:start] + b"<row>" + b"<c><v>1</v></c>" * 16_384 + b'</row><row r="1048576"><c><v>1</v></c></row>'
                        + body[end:])
            new.writestr(info.filename, body)
    refused(path, "spreads over")


def test_formula_without_value(tmp_path):
    path = tmp_path / "formula.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "Điểm"
    book.active["A1"] = 2
    book.active["B3"] = "=A1*2"  # openpyxl writes no result
    book.save(path)
    refused(path, "formula", "row 3, column điểm!b", "calculate")


def test_formula_with_value_and_empty_text_is_read(good, tmp_path):
    path = tmp_path / "calculated.xlsx"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            body = old.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                body = body.replace(b"<v>70.79</v>", b"<f>35.395*2</f><v>70.79</v>")
                body = body.replace(b'</row><row r="9"', b'<c r="D2" t="str"><f>IF(1,"","")</f><v></v></c></row><row r="9"')
            new.writestr(info.filename, body)
    assert excel.read_sheets(path)[0].cell(1, 1) == 70.79


def test_unknown_sheet(good):
    with pytest.raises(BadInput, match="there are: Tổng hợp"):
        excel.open_workbook(good).sheet("Tong hop")


def test_calamine_and_the_slower_libraries_read_the_same(shared):
    for name in ("PCI_2012.xlsx", "PCI_2008.xls"):
        book = excel.open_workbook(shared / "pci/workbooks" / name)
        for sheet in book.names[:3]:
            fast = book.sheet(sheet).rows
            slow = excel._rectangle(book._rows_by_openpyxl(sheet) if book.kind == "xlsx" else book._rows_by_xlrd(sheet))
            assert len(fast) == len(slow)
            assert all(a == pytest.approx(b, rel=1e-12) if isinstance(a, int | float) else a == b
                       for x, y in zip(fast, slow, strict=True) for a, b in zip(x, y, strict=True)), (name, sheet)


def test_falls_back_where_calamine_fails(shared):
    book = excel.open_workbook(shared / "pci/workbooks/PCI_2014.xlsx")
    sheet = book.sheet("Summary_VN")
    assert book.engine["Summary_VN"] == "openpyxl" and sheet.width < 40, "16,384 empty columns are left behind"
