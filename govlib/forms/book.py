"""A file of forms, opened: .xlsx, .xls or CSV, each sheet as a :class:`~govlib.forms.grid.Grid`.

A row's number is the one that a spreadsheet shows, in a CSV too: quoted line breaks do not count, blank lines do.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
from bisect import bisect_left
from collections.abc import Callable
from functools import cache
from pathlib import Path

from govlib.errors import BadInput
from govlib.forms import containers, encodings
from govlib.forms.formulas import is_formula
from govlib.forms.grid import RETYPE, Grid, Seen, of_date, of_error, of_number, of_styled, of_text, of_truth
from govlib.forms.problems import Problem, say
from govlib.forms.xlsx import RawCell, Style, XmlWorkbook, as_number
from govlib.forms.xml_pass import MAX_TEXT, column_letters

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xltx", ".xlsb", ".ods")  # the last two are told what to do
MAX_CSV = 30_000_000  # bytes
_LINE = re.compile(r"\r\n|\r|\n")
MAX_ROWS = 50_000     # of a form; more is another kind of file
CELLS_A_ROW = 50      # and so many cells a row, empty ones with a format counted
SOME_CELLS = 500_000  # that any sheet may have
LETTERS_A_ROW, SOME_LETTERS = 400, 20_000_000  # one long text in every cell is a small file and a great deal to read


class Book:
    """A file of forms: its sheets (one without a name where it is a CSV), each read when asked for."""

    def __init__(self, path: str | Path, most_rows: int = MAX_ROWS):
        self.path, self.most_rows = Path(path), most_rows
        self._xml: XmlWorkbook | None = None
        self._xls = None
        self._spread: dict[str, int] = {}  # sheets that were read: how many cells wide and high
        if self.path.is_dir():
            raise BadInput("is a folder, not a file", file=self.path, fix="name the file inside")
        if self.path.suffix.lower() not in WORKBOOKS:
            self.data, self.visible = _csv_bytes(self.path), {"": True}
            return
        self.data = containers.read(self.path)
        if self.data.startswith(containers.OLE_MAGIC):
            from govlib.forms.xls import XlsWorkbook  # loads xlrd

            self._xls = XlsWorkbook(self.path, self.data)
            self.visible = self._xls.visible
        else:
            self._xml = XmlWorkbook(containers.Package(self.path, self.data))
            self.visible = self._xml.visible

    @property
    def names(self) -> list[str]:
        return list(self.visible)

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes that were read."""
        return hashlib.sha256(self.data).hexdigest()

    def grid(self, name: str = "") -> Grid:
        """One sheet.

        Raises
        ------
        BadInput : a sheet that cannot be read at all, or is larger than a form can be.
        """
        if name not in self.visible:
            raise BadInput(say("no sheet {sheet!r} (there are: {sheets})", sheet=name, sheets=", ".join(self.names)),
                           file=self.path)
        if self._xml:
            most = max(self.most_rows * CELLS_A_ROW, SOME_CELLS)
            # of all sheets together: one cell far to the right in each row of each sheet is a small file
            others = sum(self._spread.values()) - self._spread.get(name, 0)
            grid = _from_xml(self._xml, name, most, min(most, containers.MAX_CELLS - others))
            self._spread[name] = sum(len(texts) for _, texts in grid.rows)
        elif self._xls:
            grid = self._xls.grid(name)
        else:
            return _from_csv(self.path, self.data, self.most_rows)
        if len(grid.rows) > self.most_rows:
            raise _too_many(self.path, self.most_rows)
        if sum(len(text) for _, texts in grid.rows for text in texts) > (most := max(self.most_rows * LETTERS_A_ROW, SOME_LETTERS)):
            raise BadInput(say("sheet {sheet!r} holds more than {most:,} letters", sheet=name, most=most), file=self.path,
                           fix="shorten its long cells")
        grid.visible = self.visible[name]
        grid.settle_letters()
        return grid


def as_wide(grid: Grid, width: int) -> None:
    """Refuse short rows under a header of thousands of columns: a table holds every row as wide as its header."""
    lacking = sum(max(0, width - len(cells)) for _, cells in grid.rows)
    if lacking > (most := SOME_CELLS + CELLS_A_ROW * len(grid.rows)):
        raise containers.too_wide(grid.path, grid.sheet, most)


def _too_many(path: Path, most: int) -> BadInput:
    return BadInput(say("more than {most:,} rows", most=most), file=path, fix="check that it is the right file")


# ---- .xlsx -----------------------------------------------------------------------------------------------------------

def _from_xml(book: XmlWorkbook, name: str, most_cells: int, room: int) -> Grid:
    raw = book.sheet(name, most_cells)
    grid = Grid(book.path, name, merged=raw.merged, hidden_rows={row + 1 for row in raw.hidden_rows},
                hidden_columns=raw.hidden_columns, no_zeros=raw.no_zeros)
    cells: dict[int, dict[int, str]] = {}
    met: dict[RawCell, Seen] = {}  # a form says the same in many cells
    text_of = cache(of_styled)     # and has many styles
    for row, line in raw.rows.items():
        texts: dict[int, str] = {}
        for column, cell in line.items():
            if cell.formula is not None:
                grid.formulas[row + 1, column] = f"={cell.formula}"
            if (seen := met.get(cell)) is None:
                seen = met[cell] = _seen(cell, book, text_of)
            if seen.kind or seen.fault or seen.holds:
                grid.tell(row + 1, column, seen)
            if seen.text:
                texts[column] = seen.text
        if texts:
            cells[row + 1] = texts
    grid.fill(cells, room)
    return grid


def _seen(cell: RawCell, book: XmlWorkbook, text_of: Callable[[str, bool, str], Seen]) -> Seen:
    value, number = cell.value or "", as_number(cell.style)
    if cell.formula is not None and not value and cell.kind != "str":
        return Seen(f"={cell.formula}", "error", "the cell holds a formula without a calculated value", containers.CALCULATE)
    if cell.formula is not None and book.uncalculated:
        return Seen(f"={cell.formula}", "error", "the program that wrote the file has left the formula to be calculated",
                    containers.CALCULATE)
    style = book.styles[number] if number < len(book.styles) else Style()
    damaged = Seen(value[:40], "error", "the cell is damaged", RETYPE)
    if cell.kind == "s":
        at = value.strip()
        if not (at.isdecimal() and len(at) < 10 and int(at) < len(book.strings.found)):  # Python makes no number of 5,000 digits
            return damaged
        return text_of(book.strings.found[int(at)], style.struck, "" if int(at) in book.strings.runs else style.raised)
    if cell.kind in ("str", "inlineStr"):
        return text_of(value, style.struck, style.raised)
    if cell.kind == "b":
        return of_truth(value.strip() == "1") if value.strip() in ("0", "1") else damaged
    if cell.kind == "e":
        return of_error(value.strip() or "#ERR!")
    if cell.kind == "d":
        try:
            return of_date(dt.datetime.fromisoformat(value.strip().removesuffix("Z")), value)
        except ValueError:
            return of_date(None, value)
    if not value.strip():
        return Seen("")
    if number >= max(1, len(book.styles)):  # its format is lost, and with it whether 0.9 is 90 %
        return damaged
    try:
        return of_number(float(value), style, book.date1904)
    except ValueError:
        return damaged


# ---- CSV -------------------------------------------------------------------------------------------------------------

def _csv_bytes(path: Path) -> bytes:
    if not path.is_file():
        raise BadInput("there is no such file", file=path, fix="check the name")
    if (size := path.stat().st_size) > MAX_CSV:
        raise BadInput(say("the file has {size:.0f} MB, more than {most:.0f} MB", size=size / 1e6, most=MAX_CSV / 1e6), file=path,
                       fix="check that it is the right file")
    return path.read_bytes()


def _from_csv(path: Path, data: bytes, most_rows: int) -> Grid:
    if data.count(b"\n") + data.count(b"\r") > 4 * most_rows + 1000:  # two signs a line end, and some lines inside quotes
        raise _too_many(path, most_rows)
    decoded = encodings.decode(path, data)
    text = decoded.text
    if stated := re.match(r"sep=(.)(?:\r\n|\r|\n)", text):  # a line for Excel only, which it does not show
        text = text[stated.end():]
    mark = stated[1] if stated else _delimiter(text)
    grid = Grid(path, notes=decoded.notes, separator=mark)
    if text.count(mark) > containers.MAX_CELLS:
        raise containers.too_wide(path, "")
    most = _header(text).count(mark)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    ends: list[int] = []  # last line of the text that belongs to each row
    met: dict[str, Seen] = {"": Seen("")}
    try:
        for row, texts in enumerate(reader, 1):
            if row > most_rows:
                raise _too_many(path, most_rows)
            ends.append(reader.line_num)
            if len(ends) > 1 and ends[-1] - ends[-2] > 1:
                _whole_rows(path, row, texts, mark, most)
            for column, cell in enumerate(texts):
                if (seen := met.get(cell)) is None:
                    seen = met[cell] = of_text(_unescaped(cell))
                if seen.kind or seen.fault:
                    grid.tell(row, column, seen)
                texts[column] = seen.text
            written = len(texts)
            while texts and not texts[-1]:
                texts.pop()
            if texts:
                grid.rows.append((row, texts))
                grid.cells[row] = written
    except csv.Error as error:
        if "field larger" in str(error):
            raise BadInput(say("a cell of more than {most:,} characters", most=MAX_TEXT), file=path, row=len(ends) + 1,
                           fix="shorten it") from error
        raise BadInput(say("broken quoting ({why})", why=error), file=path, row=len(ends) + 1,
                       fix="each quoted cell must end with a quote; save it again as CSV UTF-8") from error
    if not text.endswith(("\n", "\r")):
        grid.open_row = len(ends)
    skipped = 1 if stated else 0
    grid.problems = [Problem(p.problem, p.file, bisect_left(ends, (p.row or 1) - skipped) + 1, p.column, p.value, p.fix)
                     for p in decoded.problems]
    return grid


def _delimiter(text: str) -> str:
    """The sign between cells: the one that the header has most of."""
    return max(",;\t|", key=_header(text).count)  # Excel writes semicolons where the decimal mark is a comma


def _header(text: str) -> str:
    """The first line that is no field."""
    return next((line for line in io.StringIO(text, newline="") if line.strip() and not line.lstrip('" ').startswith("#")), "")


def _whole_rows(path: Path, row: int, cells: list[str], mark: str, most: int) -> None:
    """Refuse a cell that holds the end of its row, further rows and the beginning of the next: a quote before the one and a quote
    behind the other made one cell of them. ``most``: marks of a whole row. A mark with a space behind it is one of prose: a note
    may have several lines, and a table few columns."""
    between_cells = re.compile(re.escape(mark) + "(?! )")
    for column, cell in enumerate(cells):
        first, *between = [len(between_cells.findall(line)) for line in _LINE.split(cell)]
        if between and most > 1 and first == most - column and between[-1] >= column and set(between[:-1]) <= {most}:
            raise BadInput("a quote in this row takes in the rows below, up to the next quote", file=path, row=row,
                           column=column_letters(column), value=_LINE.split(cell)[0][:80],
                           fix="delete the two quotes, or write each of them twice within a quoted cell")


def _unescaped(cell: str) -> str:
    """Text that :mod:`govlib.forms.write` kept from being a formula, as it was."""
    return cell[1:] if cell[:1] == "'" and is_formula(cell[1:]) else cell
