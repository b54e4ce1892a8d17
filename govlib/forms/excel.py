"""Open a spreadsheet safely, or say in one sentence why not and what to do.

python-calamine reads first (fast, and the only one that copes with some ministries' files); where it fails on a sheet,
openpyxl (.xlsx) or xlrd (.xls) reads that sheet. Before any parser sees a file its bytes are looked at: a web page saved
as .xls, an encrypted or truncated workbook, a zip bomb, an XML entity trick or a cell at the far end of the grid is
refused by name, because the parsers answer those with a crash, gigabytes of memory or an empty table.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zipfile
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

from govlib.errors import BadInput

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"

MAX_FILE = 60_000_000           # bytes on disk; the largest published workbook is under 2 MB
MAX_UNPACKED = 300_000_000      # bytes after decompression
MAX_RATIO = 200                 # unpacked : packed, only held against archives that unpack to more than 20 MB
MAX_PARTS = 5_000
MAX_CELLS = 6_000_000           # a sheet is a dense rectangle in memory, however few of its cells are filled

_BOF = struct.pack("<HH", 0x0809, 16) + struct.pack("<HH", 0x0600, 0x0005)  # BIFF8, workbook globals
_FILEPASS = 0x002F
# FORMULA, MULRK, MULBLANK, RSTRING, LABELSST, BLANK, NUMBER, LABEL, BOOLERR, RK: row and column come first in each
_CELL_RECORDS = {0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E}
_TAG = re.compile(rb"<(?:\w+:)?(row|c)\b([^>]*?)(/?)>")
_CELL_END = re.compile(rb"</(?:\w+:)?c>")
_ROW = re.compile(rb'\br="(\d{1,7})"')
_REF = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?(?:v>[^<]|is>)", re.S)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")


@dataclass(frozen=True)
class Sheet:
    """One sheet: ``rows`` as lists of equal length (None for an empty cell), counted from 0 at cell A1."""

    name: str
    rows: list[list]
    visible: bool
    path: Path

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0

    def cell(self, row: int, col: int):
        """Value at a 0-based position, None outside the sheet."""
        return self.rows[row][col] if 0 <= row < len(self.rows) and 0 <= col < self.width else None

    def locator(self, row: int, col: int) -> str:
        """``Sheet!A1`` of a 0-based position, the way a person finds the cell."""
        return f"{unicodedata.normalize('NFC', self.name).strip()}!{a1(row, col)}"


def a1(row: int, col: int) -> str:
    """``a1(0, 0) == "A1"``, ``a1(9, 27) == "AB10"``."""
    return f"{column_letters(col)}{row + 1}"


def column_letters(col: int) -> str:
    letters, col = "", col + 1
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """0-based number of a column: ``column_number("AB") == 27``."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


class Workbook:
    """A workbook that passed the checks; sheets are parsed when asked for.

    ``names`` lists the sheets in order, ``visible(name)`` tells whether a person sees it, ``sheet(name)`` parses it.
    ``engine`` holds, for each sheet that was read, the library that read it.
    """

    def __init__(self, path: Path, data: bytes, kind: str, parts: dict[str, bytes] | None):
        self.path, self.kind, self._data, self._parts = path, kind, data, parts or {}
        self.engine: dict[str, str] = {}
        self._calamine = self._open_calamine()
        if self._calamine is not None:
            self._meta = {m.name: str(m.visible).endswith("Visible") for m in self._calamine.sheets_metadata}
        else:
            self._meta = self._meta_by_fallback()
        if not self._meta:
            raise BadInput("the workbook has no sheet", file=path, fix="open it in Excel and save it again as .xlsx")

    @property
    def names(self) -> list[str]:
        return list(self._meta)

    def visible(self, name: str) -> bool:
        return self._meta[name]

    def sheet(self, name: str) -> Sheet:
        if name not in self._meta:
            raise BadInput(f"no sheet {name!r}; there are: {', '.join(self.names)}", file=self.path)
        self._check_formulas(name)
        rows = self._rows_by_calamine(name)
        if rows is None:
            rows = self._rows_by_openpyxl(name) if self.kind == "xlsx" else self._rows_by_xlrd(name)
        return Sheet(name, _rectangle(rows), self._meta[name], self.path)

    def sheets(self, *, hidden: bool = False) -> list[Sheet]:
        return [self.sheet(name) for name in self.names if hidden or self._meta[name]]

    # -- calamine ---------------------------------------------------------------------------------------------------

    def _open_calamine(self):
        from python_calamine import CalamineError, CalamineWorkbook

        try:
            return CalamineWorkbook.from_filelike(BytesIO(self._data))
        except (CalamineError, OSError, ValueError) as error:
            if "password" in str(error).lower():
                raise _encrypted(self.path) from error
            return None
        except BaseException as error:  # noqa: BLE001 - a panic inside the Rust library is a BaseException
            if type(error).__name__ != "PanicException":
                raise
            return None

    def _rows_by_calamine(self, name: str) -> list[list] | None:
        if self._calamine is None:
            return None
        from python_calamine import CalamineError

        try:
            sheet = self._calamine.get_sheet_by_name(name)
            end = sheet.end
            if end is not None and (end[0] + 1) * (end[1] + 1) > MAX_CELLS:
                raise _too_wide(self.path, name)
            rows = sheet.to_python(skip_empty_area=False)
        except (CalamineError, OSError, IndexError):
            return None
        except BaseException as error:  # noqa: BLE001 - as above
            if type(error).__name__ != "PanicException":
                raise
            return None
        self.engine[name] = "calamine"
        return [[None if value == "" else value for value in row] for row in rows]

    # -- the slower libraries -----------------------------------------------------------------------------------------

    @cached_property
    def _openpyxl(self):
        import openpyxl

        try:
            return openpyxl.load_workbook(BytesIO(self._data), read_only=True, data_only=True)
        except Exception as error:  # noqa: BLE001 - any failure of a parser on a damaged file means the same to a person
            raise _damaged(self.path, error) from error

    @cached_property
    def _xlrd(self):
        import xlrd

        try:
            return xlrd.open_workbook(file_contents=self._data, on_demand=True, logfile=BytesTextSink())
        except xlrd.XLRDError as error:
            if "encrypt" in str(error).lower() or "password" in str(error).lower():
                raise _encrypted(self.path) from error
            raise _damaged(self.path, error) from error
        except Exception as error:  # noqa: BLE001 - xlrd answers a cut file with IndexError, AssertionError, struct.error
            raise _damaged(self.path, error) from error

    def _meta_by_fallback(self) -> dict[str, bool]:
        try:
            if self.kind == "xlsx":
                return {sheet.title: sheet.sheet_state == "visible" for sheet in self._openpyxl.worksheets}
            return {self._xlrd.sheet_names()[i]: self._xlrd.sheet_by_index(i).visibility == 0
                    for i in range(self._xlrd.nsheets)}
        except BadInput:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            raise _damaged(self.path, error) from error

    def _rows_by_openpyxl(self, name: str) -> list[list]:
        try:
            sheet = self._openpyxl[name]
            sheet.reset_dimensions()  # the stated size is often wrong (16,384 columns in PCI 2014)
            rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        except Exception as error:  # noqa: BLE001 - as above
            raise _damaged(self.path, error) from error
        self.engine[name] = "openpyxl"
        return [[None if value == "" else value for value in row] for row in rows]

    def _rows_by_xlrd(self, name: str) -> list[list]:
        import xlrd

        try:
            sheet = self._xlrd.sheet_by_name(name)
            rows = [[_xlrd_value(cell, xlrd) for cell in sheet.row(i)] for i in range(sheet.nrows)]
        except Exception as error:  # noqa: BLE001 - as above
            raise _damaged(self.path, error) from error
        self.engine[name] = "xlrd"
        return rows

    # -- formulas without values ----------------------------------------------------------------------------------------

    @cached_property
    def _part_of_sheet(self) -> dict[str, str]:
        """Sheet name → XML part, through the workbook's relations."""
        from lxml import etree

        if self.kind != "xlsx":
            return {}
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        relations = etree.fromstring(self._parts["xl/_rels/workbook.xml.rels"], parser)
        target = {r.get("Id"): r.get("Target") for r in relations}
        found = {}
        for sheet in etree.fromstring(self._parts["xl/workbook.xml"], parser).iter("{*}sheet"):
            where = next((target.get(v) for k, v in sheet.attrib.items() if k.endswith("}id")), None) or ""
            where = where.lstrip("/") if where.startswith("/") else f"xl/{where}"
            found[sheet.get("name")] = where
        return found

    def _check_formulas(self, name: str) -> None:
        """A formula that was never calculated reads as an empty cell: a missing figure made by software. Refused.

        Only .xlsx can hold one; an .xls formula record always carries a result.
        """
        part = self._parts.get(self._part_of_sheet.get(name, ""), b"")
        row = col = rows = cols = 0
        for match in _TAG.finditer(part):
            tag, attributes, closed = match.groups()
            if tag == b"row":
                at = _ROW.search(attributes)
                row, col = int(at.group(1)) if at else row + 1, 0
                continue
            at = _REF.search(attributes)
            row, col = (int(at.group(2)), column_number(at.group(1).decode()) + 1) if at else (row, col + 1)
            rows, cols = max(rows, row), max(cols, col)
            if closed or b't="str"' in attributes:
                continue
            end = _CELL_END.search(part, match.end())
            body = part[match.end():end.start() if end else None]
            if _FORMULA.search(body) and not _VALUE.search(body):
                raise BadInput("the cell holds a formula without a calculated value", file=self.path, row=row,
                               column=f"{name}!{column_letters(col - 1)}",
                               fix="open the workbook in Excel or LibreOffice, let it calculate, save it again, or paste "
                                   "the values")
        if rows * cols > MAX_CELLS:
            raise _too_wide(self.path, name)


class BytesTextSink:
    """xlrd prints its complaints; they are in the exception as well."""

    def write(self, _text: str) -> None:
        """Forget it."""

    def flush(self) -> None:
        """Nothing to do."""


def open_workbook(path: str | Path) -> Workbook:
    """Open an .xls or .xlsx file after looking at its bytes.

    Raises :class:`BadInput`, naming the file and what to do, for an absent, empty, truncated or encrypted file, a web page
    or other text under a spreadsheet's name, another kind of archive (ods, docx, xlsb), a zip bomb, XML that declares
    entities, and, when a sheet is read, for a formula cell without a calculated value.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput("there is no such file", file=path, fix="check the name, or run: make pull")
    size = path.stat().st_size
    if size == 0:
        raise BadInput("the file is empty (0 bytes)", file=path, fix="fetch or save it again")
    if size > MAX_FILE:
        raise BadInput(f"the file has {size / 1e6:.0f} MB, more than {MAX_FILE / 1e6:.0f} MB", file=path,
                       fix="these workbooks are small: check that it is the right file")
    data = path.read_bytes()
    if data.startswith(ZIP_MAGIC):
        return Workbook(path, data, "xlsx", _check_zip(path, data))
    if data.startswith(OLE_MAGIC):
        _check_ole(path, data)
        return Workbook(path, data, "xls", None)
    raise _not_a_workbook(path, data)


def read_sheets(path: str | Path, *, hidden: bool = False) -> list[Sheet]:
    """All sheets of a workbook, the hidden ones only where asked for."""
    return open_workbook(path).sheets(hidden=hidden)


def _rectangle(rows: list[list]) -> list[list]:
    """Drop empty rows and columns at the end and give all rows one length."""
    def used(row: list) -> int:
        return next((i + 1 for i in range(len(row) - 1, -1, -1) if row[i] is not None), 0)

    widths = [used(row) for row in rows]
    while widths and widths[-1] == 0:
        widths.pop()
    width = max(widths, default=0)
    return [(row[:width] + [None] * (width - len(row))) for row in rows[:len(widths)]]


def _xlrd_value(cell, xlrd):
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) or cell.value == "":
        return None
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value, "#ERROR")
    return bool(cell.value) if cell.ctype == xlrd.XL_CELL_BOOLEAN else cell.value


def _check_zip(path: Path, data: bytes) -> dict[str, bytes]:
    """Bounds first, contents after; returns the XML parts that the formula check needs."""
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError) as error:
        raise BadInput("the workbook is truncated or damaged: its list of parts is missing", file=path,
                       fix="fetch or save it again") from error
    if any(info.flag_bits & 0x1 for info in infos):
        raise _encrypted(path)
    declared, packed = sum(i.file_size for i in infos), max(1, sum(i.compress_size for i in infos))
    if len(infos) > MAX_PARTS or declared > MAX_UNPACKED or (declared > 20_000_000 and declared / packed > MAX_RATIO):
        raise _bomb(path, declared)
    names = {info.filename for info in infos}
    if "xl/workbook.xml" not in names:
        kind = ("an OpenDocument file" if "mimetype" in names else "a binary workbook (.xlsb)" if "xl/workbook.bin" in names
                else "a Word document" if "word/document.xml" in names else "another kind of zip archive")
        raise BadInput(f"not an Excel workbook but {kind}", file=path, fix="open it and save it as .xlsx")
    parts, total = {}, 0
    for info in infos:
        content = bytearray()
        try:
            with archive.open(info) as stream:
                while chunk := stream.read(1 << 20):  # never past the declared size: zipfile stops there
                    content += chunk
                    total += len(chunk)
                    if total > MAX_UNPACKED:
                        raise _bomb(path, total)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, struct.error, _zlib_error()) as error:
            raise BadInput(f"the workbook is truncated or damaged: {info.filename} cannot be unpacked", file=path,
                           fix="fetch or save it again") from error
        if info.filename.endswith((".xml", ".rels")):
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                raise BadInput(f"the workbook declares XML entities in {info.filename}, which no spreadsheet program does",
                               file=path, fix="do not open it; ask the sender")
            parts[info.filename] = bytes(content)
    if "xl/_rels/workbook.xml.rels" not in parts:
        raise BadInput("the workbook is damaged: its relations are missing", file=path, fix="fetch or save it again")
    return parts


def _zlib_error() -> type[Exception]:
    import zlib

    return zlib.error


def _check_ole(path: Path, data: bytes) -> None:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise _encrypted(path)
    if len(data) < 1536:  # header, one sector of table, one of directory
        raise BadInput("the workbook is truncated: shorter than its own header says", file=path, fix="fetch or save it again")
    if b"W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0" in data:
        raise BadInput("not an Excel workbook but a Word document", file=path, fix="save the table as .xlsx")
    if damage := _container_damage(data):
        raise BadInput(f"the workbook is damaged: {damage}", file=path, fix="fetch or save it again")
    # FILEPASS, where a workbook has a password, is among the first records after the beginning of the stream
    position = data.find(_BOF)
    steps = 0
    while 0 <= position <= len(data) - 4 and steps < 12:
        record, length = struct.unpack_from("<HH", data, position)
        if record == _FILEPASS:
            raise _encrypted(path)
        position, steps = position + 4 + length, steps + 1


def _container_damage(data: bytes) -> str:
    """Damages of an .xls that cost a parser minutes and gigabytes: a chain of sectors that comes back to itself, a stream
    that claims more bytes than the file has, a cell beyond the grid. Empty where there is none of them.

    Chains that merely end too soon or point outside are left to the parsers, which are more patient with sloppy writers.
    """
    circular = "its sectors run in circles"
    shift = struct.unpack_from("<H", data, 30)[0]
    if shift not in (9, 12):
        return ""
    size = 1 << shift
    count = len(data) // size

    def sector(number: int) -> bytes:
        return data[(number + 1) * size:(number + 2) * size]

    def circles(start: int, table: list[int]) -> bool:
        steps = 0
        while start < len(table) and steps <= len(table):
            start, steps = table[start], steps + 1
        return steps > len(table)

    tables = [n for n in struct.unpack_from("<109I", data, 76) if n < count]
    extra, seen = struct.unpack_from("<I", data, 68)[0], set()
    while extra < count:  # more sectors that list table sectors; the last number of each points to the next
        if extra in seen:
            return circular
        seen.add(extra)
        numbers = struct.unpack(f"<{len(sector(extra)) // 4}I", sector(extra)[:len(sector(extra)) // 4 * 4])
        tables += [n for n in numbers[:-1] if n < count]
        extra = numbers[-1] if numbers else count
    table: list[int] = []
    for number in tables[:count]:
        body = sector(number)
        table += struct.unpack(f"<{len(body) // 4}I", body[:len(body) // 4 * 4])
    directory = struct.unpack_from("<I", data, 48)[0]
    if circles(directory, table) or circles(struct.unpack_from("<I", data, 60)[0], table):
        return circular
    while directory < len(table):
        body = sector(directory)
        for at in range(0, len(body) - 127, 128):
            kind, start, length = body[at + 66], *struct.unpack_from("<IQ", body, at + 116)
            if kind in (2, 5) and length > len(data):
                return "a stream claims more bytes than the file has"
            if (kind == 5 or (kind == 2 and length >= 4096)) and circles(start, table):
                return circular
            name = body[at:at + 64].decode("utf-16-le", errors="replace").split("\0")[0]
            if kind == 2 and length >= 4096 and name in ("Workbook", "Book"):
                parts, place = [], start
                while place < len(table):
                    parts.append(sector(place))
                    place = table[place]
                if damage := _cells_beyond_the_grid(b"".join(parts)[:length]):
                    return damage
        directory = table[directory]
    return ""


def _cells_beyond_the_grid(stream: bytes) -> str:
    """An .xls sheet has 256 columns; a damaged cell record may claim column 48,000, and the rectangle up to there."""
    position, last_row, last_col = 0, 0, 0
    while position + 8 <= len(stream):
        record, length, row, col = struct.unpack_from("<HHHH", stream, position)
        if record in _CELL_RECORDS and length >= 4:
            if col > 255:
                return f"a cell claims column {col + 1}, and .xls has 256"
            if record not in (0x0201, 0x00BE):  # a blank cell with a format takes no room
                last_row, last_col = max(last_row, row), max(last_col, col)
        elif record == 0x0809:  # the next sheet begins
            last_row = last_col = 0
        if (last_row + 1) * (last_col + 1) > MAX_CELLS:
            return f"its cells spread over more than {MAX_CELLS:,}"
        position += 4 + length
    return ""


def _not_a_workbook(path: Path, data: bytes) -> BadInput:
    start = data[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").replace(b"\0", b"").lower()
    if start.startswith(b"<?xml") and b"urn:schemas-microsoft-com:office:spreadsheet" in data[:4096]:
        return BadInput("an XML Spreadsheet 2003, not a workbook", file=path, fix="open it in Excel and save it as .xlsx")
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<body", b"<?xml", b"<!--")) or (
            start.startswith(b"<") and b"<html" in start):
        return BadInput("a web page saved under a spreadsheet's name", file=path,
                        fix="open it in Excel or a browser and save the table as .xlsx, or give the page to the HTML reader")
    if start.startswith(b"mime-version:"):
        return BadInput("a web archive (.mht) saved under a spreadsheet's name", file=path, fix="save the table as .xlsx")
    if start.startswith(b"%pdf"):
        return BadInput("a PDF, not a workbook", file=path, fix="transcribe the table into the template: make template")
    return BadInput("not an Excel workbook (its first bytes are neither .xls nor .xlsx)", file=path,
                    fix="save it as .xlsx; a CSV keeps the ending .csv")


def _encrypted(path: Path) -> BadInput:
    return BadInput("the workbook is encrypted with a password", file=path,
                    fix="open it with its password and save it without one")


def _damaged(path: Path, error: Exception) -> BadInput:
    detail = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    return BadInput(f"the workbook is truncated or damaged ({detail})", file=path, fix="fetch or save it again")


def _bomb(path: Path, size: int) -> BadInput:
    return BadInput(f"the file would unpack to {size / 1e6:.0f} MB or more (a zip bomb?)", file=path,
                    fix="do not open it; fetch it again from the publisher")


def _too_wide(path: Path, name: str) -> BadInput:
    return BadInput(f"sheet {name!r} spreads over more than {MAX_CELLS:,} cells", file=path,
                    fix="delete the stray cells far to the right or below the table and save it again")
