"""A small .xls, written record by record (BIFF8 in a compound file): what tests need and no library here writes."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SUPERSCRIPT, STRUCK, SUBSCRIPT = 6, 7, 8  # fonts (there is no font 4)


@dataclass(frozen=True)
class Formatted:
    """A figure with a number format."""

    value: float
    code: str = "General"
    font: int = 0


@dataclass(frozen=True)
class Raised:
    """Text with a raised end: ``Raised("90,12", "2")``."""

    text: str
    raised: str


@dataclass(frozen=True)
class Runs:
    """Text in runs, each with its font: ``Runs(("H", 0), ("2", SUBSCRIPT))``."""

    runs: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Error:
    """#N/A, or another error."""

    code: int = 0x2A


class Formula:
    """A calculated formula that shows 7."""


@dataclass
class Sheet:
    name: str
    rows: Sequence[Sequence[object]]
    merged: Sequence[tuple[int, int, int, int]] = ()  # first row, last row, first column, last column
    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[int] = ()
    flat_rows: Sequence[int] = ()  # of no height
    flat_columns: Sequence[int] = ()  # of no width
    rows_hidden: bool = False  # unless a row says otherwise
    no_zeros: bool = False  # a nought is shown as nothing
    hidden: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)


def record(number: int, data: bytes) -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def _text(text: str, runs: Sequence[tuple[int, int]] = ()) -> bytes:
    head = struct.pack("<HB", len(text), 1 | (8 if runs else 0)) + (struct.pack("<H", len(runs)) if runs else b"")
    return head + text.encode("utf-16-le") + b"".join(struct.pack("<HH", *run) for run in runs)


def _font(escapement: int = 0, struck: bool = False) -> bytes:
    return record(0x31, struct.pack("<HHHHHBBBBBB", 200, 8 if struck else 0, 0x7FFF, 400, escapement, 0, 0, 0, 0, 5, 0) + b"Arial")


def write(path: Path, *sheets: Sheet, date1904: bool = False) -> Path:
    """Write the workbook; cells may be None, text, numbers, bool, :class:`Formatted`, :class:`Raised`, :class:`Runs`,
    :class:`Error`, Formula."""
    strings: list[bytes] = []
    styles = {("General", 0): 0}
    for sheet in sheets:
        for cell in (cell for row in sheet.rows for cell in row if isinstance(cell, Formatted)):
            styles.setdefault((cell.code, cell.font), len(styles))
    bodies = [_sheet(sheet, strings, styles) for sheet in sheets]
    formats = {code: 200 + at for at, code in enumerate(dict.fromkeys(code for code, _ in styles))}
    head = (record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0)) + record(0x42, struct.pack("<H", 1200))
            + record(0x22, struct.pack("<H", int(date1904))) + _font() * 5 + _font(1) + _font(struck=True) + _font(2)
            + b"".join(record(0x041E, struct.pack("<H", number) + _text(code)) for code, number in formats.items())
            + b"".join(record(0xE0, struct.pack("<HHH", font, formats[code], 1) + bytes(14)) for code, font in styles))
    table = record(0xFC, struct.pack("<II", len(strings), len(strings)) + b"".join(strings))
    names = [struct.pack("<BBBB", int(sheet.hidden), 0, len(sheet.name), 0) + sheet.name.encode("latin-1") for sheet in sheets]
    start = len(head) + sum(8 + len(name) for name in names) + len(table) + 4
    stream, listed = b"", b""
    for name, body in zip(names, bodies, strict=True):
        listed += record(0x85, struct.pack("<I", start + len(stream)) + name)
        stream += body
    path.write_bytes(_container(head + listed + table + record(0x0A, b"") + stream))
    return path


def _sheet(sheet: Sheet, strings: list[bytes], styles: Mapping[tuple[str, int], int]) -> bytes:
    out = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0))
    out += record(0x0225, struct.pack("<HH", 2 * sheet.rows_hidden, 300))
    out += record(0x023E, struct.pack("<HHHIHHI", 0x6B6 - 16 * sheet.no_zeros, 0, 0, 64, 0, 0, 0))
    out += b"".join(record(0x7D, struct.pack("<HHHHHH", at, at, 2000, 0, 1, 0)) for at in sheet.hidden_columns)
    out += b"".join(record(0x7D, struct.pack("<HHHHHH", at, at, 0, 0, 0, 0)) for at in sheet.flat_columns)
    out += b"".join(record(0x0208, struct.pack("<HHHHHHI", row, 0, 20, 300, 0, 0, 0x20)) for row in sheet.hidden_rows)
    out += b"".join(record(0x0208, struct.pack("<HHHHHHI", row, 0, 20, 0, 0, 0, 0)) for row in sheet.flat_rows)
    for r, row in enumerate(sheet.rows):
        for c, cell in enumerate(row):
            at = struct.pack("<HHH", r, c, 0)
            if cell is None or cell == "":
                continue
            if isinstance(cell, bool):
                out += record(0x0205, at + struct.pack("<BB", int(cell), 0))
            elif isinstance(cell, Error):
                out += record(0x0205, at + struct.pack("<BB", cell.code, 1))
            elif isinstance(cell, Formula):
                out += record(0x0006, at + struct.pack("<dHIH", 7.0, 0, 0, 3) + b"\x1e\x07\x00")
            elif isinstance(cell, Formatted):
                out += record(0x0203, struct.pack("<HHHd", r, c, styles[cell.code, cell.font], cell.value))
            elif isinstance(cell, (int, float)):
                out += record(0x0203, at + struct.pack("<d", cell))
            else:
                strings.append(_string(cell))
                out += record(0x00FD, at + struct.pack("<I", len(strings) - 1))
    if sheet.merged:
        out += record(0x00E5, struct.pack("<H", len(sheet.merged)) + b"".join(struct.pack("<HHHH", *area) for area in sheet.merged))
    return out + record(0x0A, b"")


def _string(cell: object) -> bytes:
    if isinstance(cell, Raised):
        cell = Runs([(cell.text, 0), (cell.raised, SUPERSCRIPT)])
    if not isinstance(cell, Runs):
        return _text(str(cell))
    starts, whole = [], ""
    for text, font in cell.runs:
        starts.append((len(whole), font))
        whole += text
    return _text(whole, starts if starts[0][1] else starts[1:])  # text begins in the cell's own font


def _container(stream: bytes) -> bytes:
    """One table sector, one directory sector, then the stream: room for 64 kB."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    assert count <= 126, "more than one table sector would be needed"
    table = [FAT, END, *range(3, count + 2), END]
    header = (MAGIC + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
              + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0) + struct.pack("<109I", 0, *[FREE] * 108))

    def entry(name: str, kind: int, start: int, size: int, child: int) -> bytes:
        text = name.encode("utf-16-le") + b"\0\0"
        return (text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, FREE, FREE, child) + bytes(36)
                + struct.pack("<III", start, size, 0))

    directory = entry("Root Entry", 5, END, 0, 1) + entry("Workbook", 2, 2, len(stream), FREE) + bytes(256)
    return header + struct.pack("<128I", *table, *[FREE] * (128 - len(table))) + directory + stream
