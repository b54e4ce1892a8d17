"""Open a publisher's spreadsheet safely, or say in one sentence why not and what to do.

python-calamine reads first (fast, and the only one that copes with some ministries' files); where it fails on a sheet,
openpyxl (.xlsx) or xlrd (.xls) reads that sheet. Before any parser sees a file its container is looked at
(:mod:`govlib.forms.containers`), and before a sheet of an .xlsx is read its XML is walked through once
(:mod:`govlib.forms.xlsx`): nesting, entities, stray cells, formulas without a value.

Forms that staff fill are read by :mod:`govlib.forms.grid` instead, which also sees formats, merged cells and what is hidden.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

from govlib.errors import BadInput
from govlib.forms import containers
from govlib.forms.problems import say
from govlib.forms.xlsx import XmlWorkbook
from govlib.forms.xml_pass import column_letters, column_number

__all__ = ["Sheet", "Workbook", "a1", "column_letters", "column_number", "open_workbook", "read_sheets"]


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


class Workbook:
    """A workbook that passed the checks; sheets are parsed when asked for.

    ``names`` lists the sheets in order, ``visible(name)`` tells whether a person sees it, ``sheet(name)`` parses it.
    ``engine`` holds, for each sheet that was read, the library that read it.
    """

    def __init__(self, path: Path, data: bytes, kind: str, xml: XmlWorkbook | None):
        self.path, self.kind, self._data, self._xml = path, kind, data, xml
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
            raise BadInput(say("no sheet {sheet!r} (there are: {sheets})", sheet=name, sheets=", ".join(self.names)),
                           file=self.path)
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
                raise containers.encrypted(self.path) from error
            return None
        except BaseException as error:  # a panic inside the Rust library is a BaseException
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
            if end is not None and (end[0] + 1) * (end[1] + 1) > containers.MAX_CELLS:
                raise containers.too_wide(self.path, name)
            rows = sheet.to_python(skip_empty_area=False)
        except (CalamineError, OSError, IndexError):
            return None
        except BaseException as error:  # as above
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
        except Exception as error:  # any failure of a parser on a damaged file means the same to a person
            raise containers.damaged(self.path, error) from error

    @cached_property
    def _xlrd(self):
        import xlrd

        try:
            return xlrd.open_workbook(file_contents=self._data, on_demand=True, ragged_rows=True, logfile=Silence())
        except xlrd.XLRDError as error:
            if "encrypt" in str(error).lower() or "password" in str(error).lower():
                raise containers.encrypted(self.path) from error
            raise containers.damaged(self.path, error) from error
        except Exception as error:  # xlrd answers a cut file with IndexError, AssertionError, struct.error
            raise containers.damaged(self.path, error) from error

    def _meta_by_fallback(self) -> dict[str, bool]:
        try:
            if self.kind == "xlsx":
                return {sheet.title: sheet.sheet_state == "visible" for sheet in self._openpyxl.worksheets}
            return {self._xlrd.sheet_names()[i]: self._xlrd.sheet_by_index(i).visibility == 0
                    for i in range(self._xlrd.nsheets)}
        except BadInput:
            raise
        except Exception as error:  # as above
            raise containers.damaged(self.path, error) from error

    def _rows_by_openpyxl(self, name: str) -> list[list]:
        try:
            sheet = self._openpyxl[name]
            sheet.reset_dimensions()  # the stated size is often wrong (16,384 columns in PCI 2014)
            rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        except Exception as error:  # as above
            raise containers.damaged(self.path, error) from error
        self.engine[name] = "openpyxl"
        return [[None if value == "" else value for value in row] for row in rows]

    def _rows_by_xlrd(self, name: str) -> list[list]:
        import xlrd

        try:
            sheet = self._xlrd.sheet_by_name(name)
            rows = [[_xlrd_value(cell, xlrd) for cell in sheet.row(i)] for i in range(sheet.nrows)]
        except Exception as error:  # as above
            raise containers.damaged(self.path, error) from error
        self.engine[name] = "xlrd"
        return rows

    # -- formulas without values ----------------------------------------------------------------------------------------

    def _check_formulas(self, name: str) -> None:
        """A formula that was never calculated reads as an empty cell: a missing figure made by software. Refused.

        Only .xlsx can hold one; an .xls formula record always carries a result.
        """
        if self._xml is None:
            return
        sheet = self._xml.sheet(name, containers.MAX_CELLS)
        for row, cells in sheet.rows.items():
            for column, cell in cells.items():
                if cell.formula is not None and not cell.value and cell.kind != "str":
                    raise BadInput("the cell holds a formula without a calculated value", file=self.path, row=row + 1,
                                   column=f"{name}!{column_letters(column)}", fix=containers.CALCULATE)
        if sheet.height * sheet.width > containers.MAX_CELLS:
            raise containers.too_wide(self.path, name)


class Silence:
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
    data = containers.read(path)
    if data.startswith(containers.OLE_MAGIC):
        containers.check_ole(path, data)
        return Workbook(path, data, "xls", None)
    package = containers.Package(path, data)
    package.check_all()
    return Workbook(path, data, "xlsx", XmlWorkbook(package))


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
