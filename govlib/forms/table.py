"""A filled form as rows with their places: CSV or Excel, fields above the header, every cell as text in Unicode.

A form is one table. Lines that begin with ``#`` hold fields (``#year,2025``) or explanations; the first other line is the
header; everything below is data. In a workbook the table stands on the sheet ``data`` (or on its only visible sheet).
No row is dropped: each is either in :attr:`Table.rows` or named in a problem.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from govlib.errors import BadInput
from govlib.forms import encodings
from govlib.forms.problems import Problem, refuse
from govlib.text import clean

SHEET = "data"
HASH = "#"


@dataclass
class Table:
    """``rows``: (row number as a spreadsheet counts, {column: text}). ``meta``: fields. ``problems``: what is already wrong."""

    path: Path
    meta: dict[str, str] = field(default_factory=dict)
    meta_rows: dict[str, int] = field(default_factory=dict)
    header: list[str] = field(default_factory=list)
    header_row: int = 1
    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def problem(self, text: str, row: int | None = None, column: str | None = None, value: object = None,
                fix: str | None = None) -> None:
        """Note one thing wrong in this file."""
        self.problems.append(Problem(text, self.path.name, row, column, value, fix))

    def date(self, key: str) -> dt.date | None:
        """A field as a date (``2025-09-30`` or ``30/9/2025``); a problem where it is none."""
        text = self.meta.get(key, "")
        for form in ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S"):
            try:
                return dt.datetime.strptime(text, form).date()
            except ValueError:
                continue
        self.problem("not a date" if text else "empty", self.meta_rows.get(key), key, text or None, "write YYYY-MM-DD")
        return None

    def year(self, key: str = "year") -> int | None:
        text = self.meta.get(key, "").removesuffix(".0")
        if text.isdigit() and 2005 <= int(text) <= 2100:
            return int(text)
        self.problem("not a year" if text else "empty", self.meta_rows.get(key), key, text or None, "write four digits")
        return None

    def refuse(self) -> None:
        """Raise one BadInput for every problem (``problems`` holds them one by one); the message names the rows of one and
        the same slip together, so that a unit misnamed in a hundred rows does not hide the others."""
        groups: dict[tuple, list[Problem]] = {}
        for p in sorted(self.problems, key=lambda p: p.row or 0):
            groups.setdefault((p.problem, p.column, str(p.value), p.fix), []).append(p)
        said = [first if not more else replace(first, problem=f"{first.problem} (also in {len(more)} other rows: "
                                                              f"{', '.join(str(p.row) for p in more)})")
                for first, *more in groups.values()]
        try:
            refuse(said)
        except BadInput as error:
            error.problems = sorted(self.problems, key=lambda p: p.row or 0)
            raise


def read(path: str | Path, columns: Sequence[str], fields: Mapping[str, bool], *, make: str) -> Table:
    """Read a form.

    Parameters
    ----------
    columns : columns the table must have, in any order; unknown ones become problems. fields : field → must be filled.
    make : the command that writes the form, for the messages.

    Raises
    ------
    BadInput : nothing readable: no such file, damaged, empty, no header. Anything less becomes ``problems``.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput("there is no such file", file=path, fix=f"write the form with: {make}")
    table = Table(path)
    grid = _workbook(table) if path.suffix.lower() in (".xlsx", ".xls", ".xlsm") else _csv(table)
    for number, cells in grid:
        if not any(cells):
            continue
        first = cells[0]
        if first.startswith(HASH):
            key = first[1:].strip().lower()
            if key in fields or key == "data_kind":
                if key in table.meta:
                    table.problem("the field stands twice", number, key, cells[1] if len(cells) > 1 else "", "keep one")
                table.meta[key], table.meta_rows[key] = (cells[1] if len(cells) > 1 else ""), number
        elif not table.header:
            while cells and not cells[-1]:
                cells = cells[:-1]
            table.header, table.header_row = [c.lower() for c in cells], number
        else:
            _row(table, number, cells)
    if not table.header:
        raise BadInput("the form is empty", file=path, fix=f"fill a form made by: {make}")
    _header(table, columns, make)
    for key, must in fields.items():
        if must and not table.meta.get(key):
            table.problem(f"the field #{key} is empty or missing", table.meta_rows.get(key), key, fix=f"as in the form of: {make}")
    if not table.rows and not table.problems:
        table.problem("a header and no rows", table.header_row, fix="fill the form before checking it")
    return table


def _row(table: Table, number: int, cells: list[str]) -> None:
    extra = [c for c in cells[len(table.header):] if c]
    if extra:
        table.problem(f"{len(table.header) + len(extra)} cells where the header has {len(table.header)}", number, None, extra[0],
                      "a cell that contains a comma must stand in quotes")
    cells = cells + [""] * (len(table.header) - len(cells))
    table.rows.append((number, dict(zip(table.header, cells, strict=False))))


def _header(table: Table, columns: Sequence[str], make: str) -> None:
    import difflib

    seen = set()
    for column in table.header:
        if column in seen:
            table.problem("the column stands twice", table.header_row, column or "(no name)", fix="delete one")
        seen.add(column)
        if column not in columns and column != "data_kind":
            near = difflib.get_close_matches(column, [c for c in columns if c not in table.header], n=1)
            table.problem("not a column of this form" + (f"; did you mean {near[0]}?" if near else ""), table.header_row,
                          column or "(no name)", column, f"columns as written by: {make}")
    for column in columns:
        if column not in seen:
            table.problem("the column is missing", table.header_row, column, fix=f"columns as written by: {make}")


def _csv(table: Table) -> list[tuple[int, list[str]]]:
    decoded = encodings.decode(table.path)
    table.notes += decoded.notes
    table.problems += decoded.problems
    lines = [line for line in decoded.text.splitlines() if line.strip()]
    head = next((line for line in lines if not line.lstrip('"').startswith(HASH)), "")
    delimiter = max(",;\t", key=head.count)  # Excel writes semicolons where the decimal mark is a comma
    reader = csv.reader(io.StringIO(decoded.text, newline=""), delimiter=delimiter, strict=True)
    out = []
    try:
        start = 1
        for cells in reader:
            out.append((start, [_clean(cell) for cell in cells]))
            start = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(f"broken quoting ({error})", file=table.path, row=reader.line_num,
                       fix="each quoted cell must end with a quote; save it again as CSV UTF-8") from error
    return out


def _workbook(table: Table) -> list[tuple[int, list[str]]]:
    from govlib.forms import excel

    book = excel.open_workbook(table.path)
    visible = [name for name in book.names if book.visible(name)]
    name = SHEET if SHEET in book.names else visible[0] if len(visible) == 1 else None
    if name is None:
        raise BadInput(f"no sheet {SHEET!r} (there are: {', '.join(book.names)})", file=table.path,
                       fix=f"name the sheet with the table {SHEET}")
    rows = [[_text(cell) for cell in row] for row in book.sheet(name).rows]
    cells = [(r, c, text) for r, row in enumerate(rows) for c, text in enumerate(row) if not text.isascii()]
    if cells:
        texts, notes, problems = encodings.settle([t for *_, t in cells], table.path, [r + 1 for r, *_ in cells],
                                                  [excel.column_letters(c) for _, c, _ in cells])
        for (r, c, _), text in zip(cells, texts, strict=True):
            rows[r][c] = text
        table.notes += notes
        table.problems += problems
    return [(number, [_clean(cell) for cell in row]) for number, row in enumerate(rows, 1)]


def _clean(cell: str) -> str:
    return " ".join(cell.split()) if cell.isascii() else clean(cell)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (dt.datetime, dt.date)):
        return cell.isoformat()[:10]
    return str(cell)


# ---- writing forms ---------------------------------------------------------------------------------------------------

def write_csv(path: Path, meta: Iterable[Sequence[object]], header: Sequence[str], rows: Iterable[Sequence[object]] = ()) -> Path:
    """A form as CSV (UTF-8 with BOM: Excel then shows the diacritics); ``meta``: lines (key, value, explanation…)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        write = csv.writer(handle, lineterminator="\r\n")
        write.writerows([HASH + str(key), *rest] for key, *rest in meta)
        write.writerow(header)
        write.writerows(rows)
    return path


def write_xlsx(path: Path, meta: Iterable[Sequence[object]], header: Sequence[str], rows: Iterable[Sequence[object]] = (), *,
               choices: Mapping[str, Sequence[str]] | None = None, notes: Iterable[Sequence[str]] = (),
               empty_rows: int = 2000) -> Path:
    """The same form as a workbook: sheet ``data``, drop-downs for columns with ``choices``, sheet ``notes``."""
    from openpyxl import Workbook
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    path.parent.mkdir(parents=True, exist_ok=True)
    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    for key, *rest in meta:
        sheet.append([HASH + str(key), *rest])
    sheet.append(list(header))
    top = sheet.max_row
    for cell in sheet[top]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E7E6E6")
    for row in rows:
        sheet.append(list(row))
    book.create_sheet("lists").sheet_state = "hidden"
    for at, (column, values) in enumerate((choices or {}).items(), 1):
        letter, target = get_column_letter(at), get_column_letter(list(header).index(column) + 1)
        for i, value in enumerate(values, 1):
            book["lists"].cell(i, at, value)
        rule = DataValidation(type="list", formula1=f"lists!${letter}$1:${letter}${len(values)}", allow_blank=True,
                              showErrorMessage=True, errorTitle=column, error=", ".join(map(str, values))[:250])
        sheet.add_data_validation(rule)
        rule.add(f"{target}{top + 1}:{target}{max(sheet.max_row, top) + empty_rows}")
    sheet.freeze_panes = sheet.cell(top + 1, 2)
    for at, column in enumerate(header, 1):
        sheet.column_dimensions[get_column_letter(at)].width = max(12, len(column) + 2)
    if listed := list(notes):
        page = book.create_sheet("notes")
        for line in listed:
            page.append(list(line))
        for letter in "ABC":
            page.column_dimensions[letter].width = 60
    book.save(path)
    return path
