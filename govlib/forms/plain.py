"""A table that the project keeps as CSV and staff add to (the registry of reforms), as text.

Every page reads such tables, so that a quick reader takes what is plain; what a spreadsheet program made of one (semicolons,
UTF-16, letters of another encoding) is read, or refused, as a form is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from govlib.errors import BadInput, short_name
from govlib.forms import old_fonts
from govlib.forms.book import Book
from govlib.forms.grid import lost
from govlib.forms.problems import Problem, refuse
from govlib.forms.table import WHICH_DAY, either_day, iso
from govlib.forms.xml_pass import column_letters

_COMMAS = re.compile("[^;\t\n]*,[^;\t\n]*\n")  # a header
_CELLS = re.compile('[,"\n]')  # at most: a comma may stand inside one


def read(path: Path) -> pd.DataFrame:
    """All cells as text, empty rows left out; a row's label + 2 is the number that a spreadsheet shows, which counts blank lines.

    Raises
    ------
    BadInput : no table, or one with letters that nobody can read, with broken quoting, with more cells than the header has.
    """
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    if _COMMAS.match(text) and not any(map(lost, _CELLS.split(text))) and not old_fonts.spoilt(text):
        try:
            table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, skip_blank_lines=False).fillna("")
        except pd.errors.ParserError:
            pass  # told below, with its row
        else:
            # else every row has more cells than the header, or a quoted cell holds line ends, and perhaps whole rows
            if isinstance(table.index, pd.RangeIndex) and len(table) + 1 == text.count("\n") + (not text.endswith("\n")):
                return table[table.ne("").any(axis=1)]
    grid = Book(path).grid()
    refuse([*grid.problems, *(Problem(problem, short_name(path), row, column_letters(at), value, fix)
                              for (row, at), (problem, value, fix) in sorted(grid.faults.items()))])
    (_, header), *rows = grid.rows
    if wide := next((row for row, cells in rows if len(cells) > len(header)), 0):
        raise BadInput("more cells than the header has", file=path, row=wide,
                       fix="a cell that contains a comma must stand in quotes")
    filled = [cells + [""] * (len(header) - len(cells)) for _, cells in rows]
    return pd.DataFrame(filled, [row - 2 for row, _ in rows], header, dtype=str)


def turn_days(table: pd.DataFrame, columns: Iterable[str], path: Path) -> None:
    """Days as Excel writes them (17/05/2017) as YYYY-MM-DD, in place; raises BadInput where one could be two days."""
    columns = list(columns)
    doubtful = either_day(table[columns].to_numpy().ravel())
    for column in columns:
        for at, text in table[column].items():
            if text in doubtful:
                raise BadInput(doubtful[text], file=path, row=at + 2, column=column, value=text, fix=WHICH_DAY)
        table[column] = [iso(text) if "/" in text else text for text in table[column]]
