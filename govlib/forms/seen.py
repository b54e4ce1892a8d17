"""What keeps a table from being read as a person sees it, told with row and column: errors, merged cells, hidden rows and
columns, dates among figures, marks that could be a thousand or a fraction.

:func:`tell` turns what a :class:`~govlib.forms.grid.Grid` knows into problems of a table, and gives each row of a merged cell
that may be shared what the cell shows.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING

from govlib.forms.grid import Grid
from govlib.forms.problems import say
from govlib.forms.xlsx import Range
from govlib.forms.xml_pass import column_letters

if TYPE_CHECKING:
    from govlib.forms.table import Layout, Table

_THOUSAND = re.compile(r"[+-]?([1-9][0-9]{0,2})([.,])([0-9]{3})")  # a thousand, or a fraction with three decimals
# the last mark is the decimal one: other than three digits behind it, or a nought or more than three digits before it
_DECIMAL = re.compile(r"[+-]?(?:(?:0|[0-9]{4,})([.,])[0-9]+"
                      r"|(?:[0-9]+|[0-9]{1,3}(?:[.,\s][0-9]{3})+)([.,])(?:[0-9]{1,2}|[0-9]{4,}))%?")
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2,}")
_NUMBERS = ("number", "percent")
USUAL = 0.9  # share of a column's decimal marks that make one the usual one
_EITHER = "write a thousand without marks (1234; in Excel: format General), a fraction with four decimals (1.2340)"
_UNMERGE = "unmerge the cells and write the figure of each row"


def tell(table: Table, grid: Grid, used: Mapping[int, str], layout: Layout) -> None:
    """All of it, for a table whose rows have been taken in; ``used``: row → field that it holds, empty for header and data."""
    if not grid.visible:
        table.problem("the sheet with the table is hidden", None, None, grid.sheet, "show the sheet, and look at what it holds")
    figures = {at: column for at, column in enumerate(table.header) if column not in layout.texts and column != "data_kind"}
    _hidden(table, grid, used)
    _cut(table, grid)
    short(table, grid, layout.texts)
    _merged(table, grid, {column for column in figures.values() if column not in layout.shared})
    _faults(table, grid, used)
    _kinds(table, grid, figures)
    if not layout.formulas:
        for (row, at), formula in grid.formulas.items():
            if row in used:
                _tell(table, "the cell holds a formula", row, at, formula, "copy the cell and paste it as a value")
    _thousands(table, grid, figures, layout)
    _cut_short(table, grid, layout.texts)
    _rounded(table, grid, figures)


def tell_fields(table: Table, grid: Grid, used: Mapping[int, str]) -> None:
    """The same for a sheet that holds fields only."""
    for (row, at), (problem, value, fix) in grid.faults.items():
        if row in used and at == 1:
            table.problem(problem, row, f"#{used[row]}", value, fix)
            table.faulty.add((row, f"#{used[row]}"))  # of which enough is said
    for row in sorted(grid.hidden_rows & used.keys()):
        table.field_problem("the row is hidden", used[row], "show the row, and look at what it holds")
    if not grid.visible:
        table.problem("the sheet with the fields is hidden", None, None, grid.sheet, "show the sheet, and look at what it holds")


def _name(table: Table, row: int, at: int) -> str:
    """How a message names the column of a cell."""
    if row >= table.header_row and at < len(table.header) and table.header[at]:
        return table.header[at]
    return next((f"#{key}" for key, place in table.meta_rows.items() if place == row and at == 1), column_letters(at))


def _tell(table: Table, problem: str, row: int, at: int, value: object, fix: str) -> None:
    column = _name(table, row, at)
    table.problem(problem, row, column, value, fix)
    table.faulty.add((row, column))


def _faults(table: Table, grid: Grid, used: Mapping[int, str]) -> None:
    for (row, at), (problem, value, fix) in sorted(grid.faults.items()):
        if row in used and (not used[row] or at == 1):
            _tell(table, problem, row, at, value, fix)


def _hidden(table: Table, grid: Grid, used: Mapping[int, str]) -> None:
    for row in sorted(grid.hidden_rows & used.keys()):
        table.problem("the row is hidden", row, None, None, "show the row and look at its figures, or delete it")
    edges = [0] * (len(table.header) + 1)  # ranges that lie over each other by the thousand are gone through once
    for first, last in grid.hidden_columns:
        if first <= last:
            edges[min(max(first, 0), len(table.header))] += 1
            edges[min(last + 1, len(table.header))] -= 1
    for at, (name, hidden) in enumerate(zip(table.header, accumulate(edges), strict=False)):
        if hidden and (name or any(len(cells) > at and cells[at] for _, cells in grid.rows)):
            table.problem("the column is hidden", table.header_row, name or column_letters(at), None,
                          "show the column and look at its figures, or delete it")


def _cut(table: Table, grid: Grid) -> None:
    """A text that ends, without a line end, in a row that lacks cells which others have: who leaves out the notes at the end of
    every row does so there too."""
    cells, whole = dict(table.rows).get(grid.open_row), grid.cells.get(table.header_row, 0)
    if cells is not None and grid.cells[grid.open_row] < min(
            whole, max((grid.cells[row] for row, _ in table.rows if row != grid.open_row), default=whole)):
        table.problem("the file ends within this row: was it cut off on its way?", grid.open_row, None,
                      next((text for text in reversed(cells.values()) if text), None),
                      "get the file again; or fill in the row's cells up to its end, and save")


def short(table: Table, grid: Grid, texts: Collection[str]) -> None:
    """Rows of a CSV with fewer cells than those around them: a cell was lost, and what stands behind it is read one column too far
    to the left. Excel leaves empty cells at the end out of sixteen lines at a time, never of one alone; where notes stand last
    people leave them out, and figures in their place are seen."""
    if not grid.separator or table.header[-1] in texts or table.header[-1] == "data_kind":
        return
    written = {row: grid.cells[row] for row in (table.header_row, *(row for row, _ in table.rows))}
    most: dict[int, int] = {}
    for row, n in written.items():
        most[(row - 1) // 16] = max(n, most.get((row - 1) // 16, 0))
    for row, cells in table.rows:
        usual = min(written[table.header_row], most[(row - 1) // 16])
        if written[row] < usual and row != grid.open_row:
            table.problem(say("{n} cells where the rows around it have {usual}", n=written[row], usual=usual), row, None,
                          next((text for text in reversed(cells.values()) if text), None),
                          "a cell is missing: look at which; an empty one has its separator too")
            table.faulty |= {(row, column) for column in table.header}


def _merged(table: Table, grid: Grid, alone: Collection[str]) -> None:
    """Merged cells: what is seen counts for each of the rows where it may, and is refused elsewhere."""
    rows, numbers = dict(table.rows), [row for row, _ in table.rows]
    left = (1 + len(numbers)) * len(table.header)
    for area in grid.merged:
        inside = numbers[bisect_right(numbers, area.top):bisect_right(numbers, area.bottom + 1)]
        lines = [*[table.header_row][:area.top < table.header_row <= area.bottom + 1], *inside]
        if not lines:
            continue
        column = table.header[area.left] if area.left < len(table.header) else ""
        top = grid.text(area.top + 1, area.left)
        columns = range(area.left, min(area.right + 1, len(table.header)))
        left -= len(lines) * len(columns)
        if left < 0:  # no program writes them so; a few thousand would be looked through for minutes
            table.problem("merged cells that lie over each other", area.top + 1, column or column_letters(area.left), str(area),
                          _UNMERGE)
            return
        others = [(row, at) for row in lines for at in columns if (row, at) != (area.top + 1, area.left)]
        under = [text for row, at in others if (text := grid.text(row, at)) and text != top]
        if not top and not under:
            continue
        if area.right > area.left or area.top < table.header_row or under or not column:
            _refuse_merged(table, area, lines, "merged cells, of which only one shows a value", column or column_letters(area.left))
        elif column in alone and len(inside) > 1:
            _refuse_merged(table, area, lines, "one figure merged over several rows", column)
        else:
            for row in inside:
                rows[row][column] = top


def _refuse_merged(table: Table, area: Range, lines: Iterable[int], problem: str, column: str) -> None:
    table.problem(problem, area.top + 1, column, str(area), _UNMERGE)
    table.faulty |= {(row, c) for row in lines for c in table.header[area.left:area.right + 1]}


def _kinds(table: Table, grid: Grid, figures: Mapping[int, str]) -> None:
    """Days and truths among figures, and noughts that nobody sees."""
    for (row, at), kind in grid.kinds.items():
        if row <= table.header_row or at not in figures or kind not in ("date", "time", "truth", *_NUMBERS * grid.no_zeros):
            continue
        if kind in _NUMBERS:
            if grid.text(row, at).strip("0.%") == "":
                _tell(table, "the cell holds 0, and the sheet is set to show nothing there", row, at, "0",
                      "have the sheet show zeros (Options, Advanced), and leave empty what was not counted")
        elif kind == "truth":
            _tell(table, "TRUE or FALSE, not a number", row, at, grid.text(row, at), "write the figure")
        else:
            _tell(table, "a date: Excel took the figure for a day", row, at, grid.text(row, at),
                  "format the cell as a number and type the figure again")


def _thousands(table: Table, grid: Grid, figures: Mapping[int, str], layout: Layout) -> None:
    """A text such as 1.234 where other cells of its column show that the point is not their decimal mark, or not of nearly all, or
    where none of them shows anything and it may be a thousand: 1250 with the format #,##0 is saved as 1.250 in Vietnam."""
    for at, column in figures.items():
        typed = [(row, cells[column]) for row, cells in table.rows if cells[column] and (row, at) not in grid.kinds]
        doubtful = [(row, text, found) for row, text in typed if (found := _THOUSAND.fullmatch(text))]
        marks = Counter(found[1] or found[2] for _, text in typed if (found := _DECIMAL.fullmatch(text))) if doubtful else Counter()
        for row, text, found in doubtful:
            if not marks and _may_be_thousand(column, found[2], grid, layout):
                _tell(table, "could be a thousand or a fraction", row, at, text, _EITHER)
            elif marks[found[2]] < USUAL * marks.total():
                said = say("could be {a} or {b}: other cells of the column have another decimal mark", a=f"{found[1]}.{found[3]}",
                           b=found[1] + found[3])
                _tell(table, said, row, at, text, "write it without a thousands mark")


def _may_be_thousand(column: str, mark: str, grid: Grid, layout: Layout) -> bool:
    """Whether a figure can be in the thousands: in a form by what its column holds; in a table of somebody's own by what stands
    between its cells, for programs write semicolons where the comma is the decimal mark, and commas where the point is."""
    return column in layout.thousands if layout.fields else (grid.separator, mark) in ((";", "."), (",", ","))


def _cut_short(table: Table, grid: Grid, texts: Collection[str]) -> None:
    """A long number among words (a respondent's, a document's) that a spreadsheet program wrote as 1.23457E+11."""
    for at, column in enumerate(table.header):
        for row, cells in table.rows if column in texts else []:
            if _SCIENTIFIC.fullmatch(cells[column]) and (row, at) not in grid.kinds:
                _tell(table, "a long number of which the last digits are lost", row, at, cells[column],
                      "format the column as text, type the number again and save")


def _rounded(table: Table, grid: Grid, figures: Mapping[int, str]) -> None:
    by_column: dict[str, list[tuple[int, int]]] = {}
    for (row, at) in sorted(grid.rounded):
        if at in figures and row > table.header_row:
            by_column.setdefault(figures[at], []).append((row, at))
    table.notes += [say("{file}: {n} cells of column {column} hold more digits than they show and are read as shown, first in row "
                        "{row}: {holds} → {seen}", file=table.path.name, n=len(cells), column=column, row=cells[0][0],
                        holds=grid.rounded[cells[0]], seen=grid.text(*cells[0])) for column, cells in by_column.items()]
