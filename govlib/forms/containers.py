"""What holds a workbook, looked at before any parser sees it: the zip archive of an .xlsx, the OLE container of an .xls.

A web page saved as .xls, an encrypted or truncated workbook, a zip bomb, a cell at the far end of the grid is refused by name,
because parsers answer those with a crash, gigabytes of memory or an empty table.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from govlib.errors import BadInput
from govlib.forms.problems import say

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"

MAX_FILE = 60_000_000           # bytes on disk; the largest published workbook is under 2 MB
MAX_UNPACKED = 300_000_000      # bytes after decompression
MAX_RATIO, RATIO_FROM = 100, 4_000_000  # unpacked : packed, held against archives that unpack to more than so many bytes
MAX_PARTS = 5_000
MAX_CELLS = 6_000_000           # a sheet is a dense rectangle in memory, however few of its cells are filled
MAX_LINKED = 500_000            # cells of an .xls that lead somewhere: xlrd notes each

_SEVERAL = (0x00BD, 0x00BE)     # MULRK, MULBLANK: cells side by side
_BOF = struct.pack("<HH", 0x0809, 16) + struct.pack("<HH", 0x0600, 0x0005)  # BIFF8, workbook globals
_FILEPASS, _MERGED, _LINK, _SHEET = 0x002F, 0x00E5, 0x01B8, 0x0085
# FORMULA, MULRK, MULBLANK, RSTRING, LABELSST, BLANK, NUMBER, LABEL, BOOLERR, RK: row and column come first in each
_CELL_RECORDS = {0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E}
_AGAIN = "fetch or save it again"
CALCULATE = "open the workbook in Excel or LibreOffice, let it calculate, save it again, or paste the values"


def read(path: Path) -> bytes:
    """The bytes of a workbook that is there, not empty and not too large."""
    if not path.is_file():
        raise BadInput("there is no such file", file=path, fix="check the name, or run: make pull")
    size = path.stat().st_size
    if size == 0:
        raise BadInput("the file is empty (0 bytes)", file=path, fix=_AGAIN)
    if size > MAX_FILE:
        raise BadInput(say("the file has {size:.0f} MB, more than {most:.0f} MB", size=size / 1e6, most=MAX_FILE / 1e6), file=path,
                       fix="these workbooks are small: check that it is the right file")
    data = path.read_bytes()
    if not data.startswith((ZIP_MAGIC, OLE_MAGIC)):
        raise _not_a_workbook(path, data)
    return data


class Package:
    """The parts of an .xlsx, each unpacked when asked for and never beyond what the archive declared and the bounds allow."""

    def __init__(self, path: Path, data: bytes):
        self.path = path
        try:
            self._archive = zipfile.ZipFile(BytesIO(data))
            self._infos = self._archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError, EOFError) as error:
            raise BadInput("the workbook is truncated or damaged: its list of parts is missing", file=path, fix=_AGAIN) from error
        if any(info.flag_bits & 0x1 for info in self._infos):
            raise encrypted(path)
        declared, packed = sum(i.file_size for i in self._infos), max(1, sum(i.compress_size for i in self._infos))
        if len(self._infos) > MAX_PARTS or declared > MAX_UNPACKED or (declared > RATIO_FROM and declared / packed > MAX_RATIO):
            raise _bomb(path, declared)
        self.names = [info.filename for info in self._infos]
        self._named = {_folded(name): name for name in self.names}
        if len(self._named) < len(self.names):
            raise BadInput("the workbook is damaged: a part of it is there twice", file=path, fix=_AGAIN)
        if "xl/workbook.xml" not in self._named:
            kind = self._other_kind()
            raise BadInput(kind, file=path, fix="save the table as .xlsx" if "Word" in kind else "open it and save it as .xlsx")
        if "xl/_rels/workbook.xml.rels" not in self._named:
            raise BadInput("the workbook is damaged: its relations are missing", file=path, fix=_AGAIN)

    def _other_kind(self) -> str:
        return ("not an Excel workbook but an OpenDocument file" if "mimetype" in self.names
                else "not an Excel workbook but a binary workbook (.xlsb)" if "xl/workbook.bin" in self.names
                else "not an Excel workbook but a Word document" if "word/document.xml" in self.names
                else "not an Excel workbook but a Numbers document" if any(name.endswith(".iwa") for name in self.names)
                else "not an Excel workbook but another kind of zip archive")

    def part(self, name: str) -> bytes:
        """A part's bytes; none where the archive has no such part. zipfile never reads past the declared size."""
        named = self._named.get(_folded(name))
        if named is None:
            return b""
        try:
            if self._archive.getinfo(named).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise NotImplementedError  # no spreadsheet program packs otherwise, and LZMA asks for gigabytes
            return self._archive.read(named)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError, struct.error, zlib.error) as error:
            raise BadInput(say("the workbook is truncated or damaged: {part} cannot be unpacked", part=name), file=self.path,
                           fix=_AGAIN) from error

    def check_all(self) -> None:
        """Unpack every part once, and look for entities: for parsers that open the archive themselves."""
        for name in self.names:
            content = self.part(name)
            if name.endswith((".xml", ".rels")) and (b"<!DOCTYPE" in content or b"<!ENTITY" in content):
                raise entities(self.path, name)


def _folded(name: str) -> str:
    """A part's name without what spreadsheet programs overlook in it: capitals (xl/Styles.xml), the slash of Windows."""
    return name.replace("\\", "/").lower()


def check_ole(path: Path, data: bytes) -> None:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise encrypted(path)
    if len(data) < 1536:  # header, one sector of table, one of directory
        raise BadInput("the workbook is truncated: shorter than its own header says", file=path, fix=_AGAIN)
    if b"W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0" in data:
        raise BadInput("not an Excel workbook but a Word document", file=path, fix="save the table as .xlsx")
    if damage := _container_damage(data):
        raise BadInput(say("the workbook is damaged: {damage}", damage=damage), file=path, fix=_AGAIN)
    # FILEPASS, where a workbook has a password, is among the first records after the beginning of the stream
    position = data.find(_BOF)
    steps = 0
    while 0 <= position <= len(data) - 4 and steps < 12:
        record, length = struct.unpack_from("<HH", data, position)
        if record == _FILEPASS:
            raise encrypted(path)
        position, steps = position + 4 + length, steps + 1


class _Sectors:
    """The sectors of a compound file and the table that chains them.

    ``circular``: the list of the table's own sectors comes back to itself.
    """

    def __init__(self, data: bytes, size: int):
        self.data, self.size, self.circular = data, size, False
        self._ends: set[int] = set()  # sectors whose chain is known to come to an end
        count = len(data) // size
        tables = [n for n in struct.unpack_from("<109I", data, 76) if n < count]
        extra = struct.unpack_from("<I", data, 68)[0]
        seen: set[int] = set()
        while extra < count and not self.circular:  # sectors that list more; the last number of each points to the next
            self.circular = extra in seen
            seen.add(extra)
            numbers = self._numbers(extra)
            tables += [n for n in numbers[:-1] if n < count]
            extra = numbers[-1] if numbers else count
        self.next = [n for number in tables[:count] for n in self._numbers(number)]

    def __getitem__(self, number: int) -> bytes:
        return self.data[(number + 1) * self.size:(number + 2) * self.size]

    def _numbers(self, number: int) -> list[int]:
        body = self[number]
        return list(struct.unpack(f"<{len(body) // 4}I", body[:len(body) // 4 * 4]))

    def circles(self, start: int) -> bool:
        """Whether a chain comes back to itself; each sector is walked once, however many streams begin there."""
        walked: set[int] = set()
        while start < len(self.next) and start not in self._ends:
            if start in walked:
                return True
            walked.add(start)
            start = self.next[start]
        self._ends |= walked
        return False

    def chain(self, start: int) -> Iterator[bytes]:
        while start < len(self.next):
            yield self[start]
            start = self.next[start]


def _container_damage(data: bytes) -> str:
    """Damages of an .xls that cost a parser minutes and gigabytes: a chain of sectors that comes back to itself, a stream
    that claims more bytes than the file has, a cell beyond the grid. Empty where there is none of them.

    Chains that merely end too soon or point outside are left to the parsers, which are more patient with sloppy writers.
    """
    circular = "its sectors run in circles"
    shift = struct.unpack_from("<H", data, 30)[0]
    if shift not in (9, 12):
        return ""
    sectors = _Sectors(data, 1 << shift)
    directory, small = struct.unpack_from("<I", data, 48)[0], struct.unpack_from("<I", data, 60)[0]
    if sectors.circular or sectors.circles(directory) or sectors.circles(small):
        return circular
    looked_at: set[int] = set()
    for body in sectors.chain(directory):
        for at in range(0, len(body) - 127, 128):
            kind, start, length = body[at + 66], *struct.unpack_from("<IQ", body, at + 116)
            if kind in (2, 5) and length > len(data):
                return "a stream claims more bytes than the file has"
            if (kind == 5 or (kind == 2 and length >= 4096)) and sectors.circles(start):
                return circular
            name = body[at:at + 64].decode("utf-16-le", errors="replace").split("\0")[0]
            if kind == 2 and length >= 4096 and name in ("Workbook", "Book") and start not in looked_at:
                looked_at.add(start)
                if damage := _cells_beyond_the_grid(b"".join(sectors.chain(start))[:length]):
                    return damage
    return ""


def _cells_beyond_the_grid(stream: bytes) -> str:
    """An .xls sheet has 256 columns; a damaged cell record may claim column 48,000, and the rectangle up to there."""
    position, last_row, last_col, linked, spread = 0, 0, 0, 0, 0
    parts, widths = set[tuple[int, int]](), dict[int, int]()
    while position + 8 <= len(stream):
        record, length, row, col = struct.unpack_from("<HHHH", stream, position)
        if record in _CELL_RECORDS and length >= 4:
            if col > 255:
                return say("a cell claims column {column}, and .xls has 256", column=col + 1)
            if record not in (0x0201, 0x00BE):  # a blank cell with a format takes no room
                last_row, last_col = max(last_row, row), max(last_col, col)
            if record in _SEVERAL and position + 4 + length <= len(stream):  # ends with its last column
                (col,) = struct.unpack_from("<H", stream, position + 2 + length)
            if (wider := col + 1 - widths.get(row, 0)) > 0:  # xlrd holds each row up to its last cell, one with a format alone too
                widths[row], spread = col + 1, spread + wider
        elif record == _MERGED:  # ranges: first row, last row, first column, last column
            ranges = stream[position + 6:position + 4 + length]
            if any(struct.unpack_from("<HHHH", ranges, at)[3] > 255 for at in range(0, len(ranges) - 7, 8)):
                return "merged cells reach beyond the grid"
        elif record == _LINK and position + 12 <= len(stream):  # first row, last row, first column, last column
            right, left = struct.unpack_from("<HH", stream, position + 8)[::-1]
            linked += max(0, col - row + 1) * max(0, right - left + 1)
            if linked > MAX_LINKED:
                return say("its links spread over more than {most:,} cells", most=MAX_LINKED)
        elif record == _SHEET:  # begins with where the sheet stands
            if (row, col) in parts:
                return "a part of it is there twice"
            parts.add((row, col))
        elif record == 0x0809:  # the next sheet begins
            last_row = last_col = 0
            widths.clear()
        if max((last_row + 1) * (last_col + 1), spread) > MAX_CELLS:
            return say("its cells spread over more than {most:,}", most=MAX_CELLS)
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


def encrypted(path: Path) -> BadInput:
    return BadInput("the workbook is encrypted with a password", file=path,
                    fix="open it with its password and save it without one")


def damaged(path: Path, error: Exception) -> BadInput:
    detail = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    return BadInput(say("the workbook is truncated or damaged ({detail})", detail=detail), file=path, fix=_AGAIN)


def _bomb(path: Path, size: int) -> BadInput:
    return BadInput(say("the file would unpack to {size:.0f} MB or more (a zip bomb?)", size=size / 1e6), file=path,
                    fix="do not open it; fetch it again from the publisher")


def entities(path: Path, part: str) -> BadInput:
    return BadInput(say("the workbook declares XML entities in {part}, which no spreadsheet program does", part=part), file=path,
                    fix="do not open it; ask the sender")


def too_wide(path: Path, name: str, most: int | None = None) -> BadInput:
    return BadInput(say("sheet {sheet!r} spreads over more than {most:,} cells", sheet=name, most=most or MAX_CELLS), file=path,
                    fix="delete the stray cells far to the right or below the table and save it again")
