"""The old .xls, read by xlrd with its formats: the same :class:`~govlib.forms.grid.Grid` as of an .xlsx."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import xlrd
from xlrd.compdoc import CompDoc

from govlib.errors import BadInput
from govlib.forms import containers
from govlib.forms.excel import Silence
from govlib.forms.grid import Grid, Seen, of_error, of_number, of_styled, of_truth
from govlib.forms.xlsx import Range, Style
from govlib.forms.xml_pass import styled

_EOF, _SHEET, _FORMULA = 0x000A, 0x0085, 0x0006  # records
_RAISED = {1: "superscript", 2: "subscript"}


class XlsWorkbook:
    """The sheets of an .xls. ``visible``: name → whether a person sees it."""

    def __init__(self, path: Path, data: bytes):
        self.path, self._data = path, data
        self._text_of = cache(of_styled)
        containers.check_ole(path, data)
        try:
            self._book = xlrd.open_workbook(file_contents=data, formatting_info=True, ragged_rows=True, logfile=Silence())
            self.visible = {sheet.name: sheet.visibility == 0 for sheet in self._book.sheets()}
        except Exception as error:  # xlrd answers a damaged file with IndexError, AssertionError, struct.error
            text = str(error).lower()
            raise (containers.encrypted(path) if "encrypt" in text or "password" in text
                   else containers.damaged(path, error)) from error
        if not self.visible:
            raise BadInput("the workbook has no sheet", file=path, fix="open it in Excel and save it again as .xlsx")

    def grid(self, name: str) -> Grid:
        sheet = self._book.sheet_by_name(name)
        merged = [Range(top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells]
        grid = Grid(self.path, name, merged=merged,
                    hidden_rows={row + 1 for row in range(sheet.nrows) if _hidden(sheet, row)},
                    hidden_columns=[(at, at) for at, info in sheet.colinfo_map.items() if info.hidden or info.width == 0],
                    no_zeros=not sheet.show_zero_values)
        cells: dict[int, dict[int, str]] = {}
        try:
            for row in range(sheet.nrows):
                for column, kind in enumerate(sheet.row_types(row)):
                    if kind not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                        grid.put(row + 1, column, self._seen(sheet, row, column, sheet.cell(row, column)), cells)
            grid.formulas = dict.fromkeys(self._formulas(self._book.sheet_names().index(name)), "=…")
        except (IndexError, KeyError, struct.error, AttributeError) as error:
            raise containers.damaged(self.path, error) from error
        grid.fill(cells)
        return grid

    def _seen(self, sheet: xlrd.sheet.Sheet, row: int, column: int, cell: xlrd.sheet.Cell) -> Seen:
        book = self._book
        if cell.ctype == xlrd.XL_CELL_ERROR:
            return of_error(xlrd.error_text_from_code.get(cell.value, "#ERR!"))
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return of_truth(bool(cell.value))
        format_of = book.xf_list[cell.xf_index]
        font = book.font_list[format_of.font_index]
        style = Style(book.format_map[format_of.format_key].format_str, bool(font.struck_out), _RAISED.get(font.escapement, ""))
        if cell.ctype == xlrd.XL_CELL_TEXT:
            text = self._runs(cell.value, style.raised, sheet.rich_text_runlist_map.get((row, column), []))
            return self._text_of(text, style.struck, "")
        return of_number(float(cell.value), style, book.datemode == 1)

    def _runs(self, text: str, raised: str, runs: list[tuple[int, int]]) -> str:
        """The text with its raised and crossed-out runs as such; a run is (where it begins, its font), what stands before the first
        has the cell's."""
        if not runs:
            return styled(text, raised)
        pieces, ends = [styled(text[:runs[0][0]], raised)], [*(at for at, _ in runs[1:]), len(text)]
        for (start, font), end in zip(runs, ends, strict=True):
            about = self._book.font_list[font]
            run = _RAISED.get(about.escapement, "struck" if about.struck_out else "")
            pieces.append(styled(text[start:end], run))
        return "".join(pieces)

    def _formulas(self, number: int) -> list[tuple[int, int]]:
        """Where the formulas of a sheet stand: xlrd gives their results only."""
        container = CompDoc(self._data, logfile=Silence())
        found_streams = [container.locate_named_stream(name) for name in ("Workbook", "Book")]
        stream = next((memory[base:base + length] for memory, base, length in found_streams if memory), b"")
        starts, position, found = [], 0, []
        while position + 4 <= len(stream):  # the globals list where each sheet begins
            record, length = struct.unpack_from("<HH", stream, position)
            if record == _SHEET:
                starts.append(struct.unpack_from("<I", stream, position + 4)[0])
            elif record == _EOF:
                break
            position += 4 + length
        position = starts[number] if number < len(starts) else len(stream)
        while position + 4 <= len(stream):
            record, length = struct.unpack_from("<HH", stream, position)
            if record == _FORMULA and length >= 4:
                row, column = struct.unpack_from("<HH", stream, position + 4)
                found.append((row + 1, column))
            elif record == _EOF:
                break
            position += 4 + length
        return found


def _hidden(sheet: xlrd.sheet.Sheet, row: int) -> bool:
    info = sheet.rowinfo_map.get(row)
    return bool(sheet.default_row_hidden) if info is None else bool(info.hidden or info.height == 0)
