"""The one place that every CSV and workbook for people goes through.

A spreadsheet program runs text that begins like a formula (``=HYPERLINK(…)``, ``@SUM``, ``+cmd|…``): such text gets a leading
apostrophe in a CSV and is stored as text in a workbook. Figures stay figures, −3.12 among them. Each file appears whole or
not at all.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import files
from govlib.forms.formulas import is_formula, safe
from govlib.forms.table import HASH, SHEET

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

BOM = "\ufeff"  # makes Excel read the diacritics of a CSV
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # signs that a workbook cannot hold


def frame_csv(frame: pd.DataFrame, *, bom: bool = True, line_end: str = "\r\n", float_format: str | None = None) -> str:
    """A table as CSV text."""
    text = [name for name in frame.columns if frame[name].dtype.kind not in "iufbM"]
    frame = frame.assign(**{name: frame[name].map(safe, na_action="ignore") for name in text})
    frame.columns = [safe(str(name)) for name in frame.columns]
    return BOM * bom + frame.to_csv(index=False, lineterminator=line_end, float_format=float_format)


def rows_csv(rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV text (CRLF, RFC 4180)."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([safe(cell) for cell in row] for row in rows)
    return BOM + text.getvalue()


def form_csv(path: Path, meta: Iterable[Sequence[object]], header: Sequence[str], rows: Iterable[Sequence[object]] = ()) -> Path:
    """A form as CSV; ``meta``: lines (key, value, explanation…)."""
    return files.write(path, rows_csv([*([HASH + str(key), *rest] for key, *rest in meta), header, *rows]))


def append(sheet: Worksheet, row: Iterable[object]) -> None:
    """A row at the end of a sheet; text stays text, whatever it begins with."""
    from openpyxl.cell.cell import Cell

    cells = [Cell(sheet, 1, 1, _NO_XML.sub("", value) if isinstance(value, str) else value) for value in row]
    for cell in cells:
        if isinstance(cell.value, str):
            cell.data_type = "s"
            cell.quotePrefix = is_formula(cell.value)  # or editing the cell would make a formula of it
    sheet.append(cells)  # which gives each its place


def workbook(path: Path, book: Workbook) -> Path:
    """Write a workbook, whole or not at all."""
    return files.write(path, workbook_bytes(book))


def workbook_bytes(book: Workbook) -> bytes:
    """Raises OSError where there is no room for openpyxl's scratch files."""
    from lxml.etree import SerialisationError

    book.calculation.fullCalcOnLoad = False  # readers refuse formulas under this mark, and who fills our forms has them calculated
    content = io.BytesIO()
    try:
        book.save(content)
    except SerialisationError as error:  # how lxml tells of a full disk
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), tempfile.gettempdir()) from error
    return content.getvalue()


def form_xlsx(path: Path, meta: Iterable[Sequence[object]], header: Sequence[str], rows: Iterable[Sequence[object]] = (), *,
              choices: Mapping[str, Sequence[str]] | None = None, notes: Iterable[Sequence[str]] = (),
              empty_rows: int = 2000) -> Path:
    """The same form as a workbook: sheet ``data``, drop-downs for columns with ``choices``, sheet ``notes``."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book, rows = Workbook(), list(rows)
    sheet = book.active
    sheet.title = SHEET
    for key, *rest in meta:
        append(sheet, [HASH + str(key), *rest])
    append(sheet, header)
    top = sheet.max_row
    for cell in sheet[top]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E7E6E6")
    for row in rows:
        append(sheet, row)
    _choices(book, sheet, list(header), top, choices or {}, empty_rows)
    sheet.freeze_panes = sheet.cell(top + 1, 2)
    for at, column in enumerate(header, 1):
        longest = max(len(str(text)) for text in (column, *(row[at - 1] for row in rows if len(row) >= at)))
        sheet.column_dimensions[get_column_letter(at)].width = min(60, max(12, longest + 2))
    if listed := list(notes):
        page = book.create_sheet("notes")
        for line in listed:
            append(page, line)
        for letter in "ABC":
            page.column_dimensions[letter].width = 60
        for cell in (cell for line in page for cell in line):  # what is longer would end at the language beside it
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToHeight = "landscape", page.PAPERSIZE_A4, 0
        page.sheet_properties.pageSetUpPr.fitToPage = True  # all columns on one sheet's width
    return workbook(path, book)


def _choices(book: Workbook, sheet: Worksheet, header: list[str], top: int, choices: Mapping[str, Sequence[str]],
             empty_rows: int) -> None:
    """Drop-downs, their lists on a hidden sheet."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book.create_sheet("lists").sheet_state = "hidden"
    for at, (column, values) in enumerate(choices.items(), 1):
        letter, target = get_column_letter(at), get_column_letter(header.index(column) + 1)
        for i, value in enumerate(values, 1):
            book["lists"].cell(i, at, value)
        rule = DataValidation(type="list", formula1=f"lists!${letter}$1:${letter}${len(values)}", allow_blank=True,
                              showErrorMessage=True, errorTitle=column, error=", ".join(map(str, values))[:250])
        sheet.add_data_validation(rule)
        rule.add(f"{target}{top + 1}:{target}{max(sheet.max_row, top) + empty_rows}")
