"""A researcher's own file, one row a unit and period: its figures as they stand in a spreadsheet, or refused with their place."""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path

import pandas as pd

from govlib.errors import BadInput
from govlib.forms import seen
from govlib.forms import table as forms
from govlib.forms.book import WORKBOOKS, Book, as_wide
from govlib.forms.grid import Grid
from govlib.forms.problems import say
from govlib.text import parse_number, unmarked

MOST_ROWS = 1_000_000
TEXTS = (".csv", ".tsv", ".txt")
MISSING = ("NA", "NaN", "nan", ".")  # how R, pandas and Stata write a figure that there is none of
_SHARE = ("%", "％")
NEVER = ("inf", "never")
_MONTH_FIRST = re.compile(r"[0-9]{1,2}-|[0-9]+\.")
TRUTHS = {"TRUE": "1", "FALSE": "0", "True": "1", "False": "0", "true": "1", "false": "0"}
KINDS = (*TEXTS, *WORKBOOKS[:3], ".parquet", ".dta")


def read(path: str | Path, figures: Collection[str], words: Collection[str]) -> tuple[pd.DataFrame, list[int]]:
    """The columns named, and each row's number as a spreadsheet counts; the first visible sheet of a workbook, where no
    other has them all.

    Parameters
    ----------
    figures : columns of numbers, 45% in each cell as 45.   words : the others, as text, None where the cell is empty.
        A table of Stata or parquet comes as it is.

    Raises BadInput for a file that is not there or of a kind that is not read, for all cells that are no figures, and for days
    that could be two (``problems``).
    """
    path = there(path)
    if path.suffix.lower() in (".parquet", ".dta"):
        frame = _of_library(path)
        _doubt_days(path, frame, words)
        return frame, list(range(2, len(frame) + 2))
    table = _seen(path, [*figures, *words], words)
    # periods and beginnings, side by side
    table.doubt_days(*(name for name in dict.fromkeys(words) if name in table.header), once=True)
    for name in words:
        _marked(table, name)
    numbers = [row for row, _ in table.rows]
    columns: dict[str, list] = {name: [cells[name] or None for _, cells in table.rows] for name in words if name in table.header}
    columns |= {name: _numbers(table, name) for name in figures if name in table.header}
    table.refuse()
    others = {name: None for name in table.header if name and name not in columns}  # so that an error can name them
    return pd.DataFrame(columns | others, range(len(numbers))), numbers


def there(path: str | Path) -> Path:
    """The path of a file that can be read; raises BadInput for one that is not there or of another kind."""
    path = Path(path)
    if path.suffix.lower() not in KINDS:
        raise BadInput("this kind of file is not read", file=path, fix=say("one of {choices}", choices=", ".join(KINDS)))
    if not path.exists():
        raise BadInput("there is no such file", file=path, fix="check the name")
    return path


def _of_library(path: Path) -> pd.DataFrame:
    """A table of parquet or Stata; what their readers raise where bytes are missing or wrong has no common kind."""
    try:
        return pd.read_parquet(path) if path.suffix.lower() == ".parquet" else pd.read_stata(path)
    except (OSError, ValueError, KeyError, IndexError, TypeError, EOFError, OverflowError, MemoryError, struct.error) as error:
        raise BadInput("the file is damaged, or of another kind than its name says", file=path,
                       fix="save it again from the program that wrote it") from error


def _doubt_days(path: Path, frame: pd.DataFrame, words: Collection[str]) -> None:
    """Days that a spreadsheet program had turned into text before the file was made of them."""
    texts = frame[[name for name in dict.fromkeys(words) if name in frame and frame[name].dtype.kind not in "iufMb"]].astype(str)
    table = forms.Table(path)
    if forms.either_day(pd.unique(texts.to_numpy().ravel())):
        lines = enumerate(texts.to_dict("records"), 2)
        table.rows = [(row, {str(name): text for name, text in cells.items()}) for row, cells in lines]
        table.doubt_days(*map(str, texts.columns), once=True)
    table.refuse()


def _seen(path: Path, asked: Collection[str], words: Collection[str]) -> forms.Table:
    """The rows as texts, with what is wrong in the columns asked for."""
    book = Book(path, MOST_ROWS)
    name = next((name for name in book.names if book.visible[name]), book.names[0])
    grid = book.grid(name)
    lines = [line for line in grid.rows if not line[1][0].startswith(forms.HASH) or (line[0], 0) in grid.kinds]
    if not lines:
        raise BadInput("the file is empty", file=path, fix="delete it, or put the figures in")
    (top, header), *rows = lines
    table = forms.Table(path, header=header, header_row=top, problems=list(grid.problems))
    forms.header_below(table, grid, asked)
    table.sheet = name
    as_wide(grid, len(header))
    forms.again(table, book, {name}, asked, alike=1)  # a sheet a year, say; one of controls may have unit and period too
    for column in sorted(set(asked)):
        if header.count(column) > 1:
            table.problem("the column stands twice", top, column, fix="delete one")
    table.rows = [(number, dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=False))) for number, cells in rows]
    # of a line that a decimal comma split the last cell may be empty: then only its commas tell that the others are a column off
    if wide := next((row for row, cells in rows if any(cells[len(header):]) or grid.cells.get(row, 0) > grid.cells.get(top, 0)), 0):
        n = max(len(dict(rows)[wide]), grid.cells.get(wide, 0))
        table.problem(say("{n} cells where the header has {header}", n=n, header=len(header)), wide, None, None,
                      "a decimal comma splits a comma-separated cell: put the cell in quotes, or save it with semicolons")
    at = {i for i, column in enumerate(header) if column in asked}
    _no_notes(table, grid, at, {i for i in at if header[i] not in words})
    exact = {place: _exact(grid, place) for place in {*grid.rounded, *grid.faults}}
    for number, cells in table.rows:
        cells.update({header[i]: held for i in at if (held := exact.get((number, i)))})
    grid.faults = {place: fault for place, fault in grid.faults.items() if place[1] in at and not exact[place]}
    grid.rounded = {}
    grid.hidden_columns = [(i, i) for i in sorted(at) if any(first <= i <= last for first, last in grid.hidden_columns)]
    texts = {*words, *(column for i, column in enumerate(header) if i not in at)}
    last = next((column for column in reversed(header) if column), "")
    if header[-1] in texts and (last in asked or _are_figures(cells[last] for _, cells in table.rows)):  # a note may lack
        seen.short(table, grid, ())
    seen.tell(table, grid, {number: "" for number, _ in lines}, forms.Layout({}, texts=texts))
    return table


def _no_notes(table: forms.Table, grid: Grid, asked: Collection[int], figures: Collection[int]) -> None:
    """Lines that begin with # as a note does, and hold all that a row does: a unit is called #1, or shows an error of a program in
    another language."""
    for row, cells in grid.rows:
        if row > table.header_row and cells[0].startswith(forms.HASH) and (row, 0) not in grid.kinds and all(
                i < len(cells) and cells[i] for i in asked) and _are_figures(cells[i] for i in figures):
            table.problem("a line that begins with # below the header", row, table.header[0], cells[0],
                          "delete the row, or write its first cell without #")


def _marked(table: forms.Table, column: str) -> None:
    """Words that others of the column are but for a footnote's mark: An Giang¹ in one year would be a unit of its own."""
    known = {cells.get(column, "") for _, cells in table.rows}
    marked = {word: plain for word in known if (plain := unmarked(word)) != word and plain in known}
    for row, cells in table.rows if marked else []:
        if plain := marked.get(cells[column], ""):
            table.problem(say("{name} with a footnote's mark, and without one in other rows", name=plain), row, column,
                          cells[column], "write the name without the mark")


def _are_figures(cells: Iterable[str]) -> bool:
    """Whether the first hundred that are filled in are numbers."""
    filled = list(islice((text for text in cells if text not in ("", *MISSING)), 100))
    with contextlib.suppress(BadInput):
        return len([parse_number(text) for text in filled]) > 0
    return False


def _exact(grid: Grid, place: tuple[int, int]) -> str:
    """The figure that a cell holds where its format only rounds it: an estimate takes all digits. Empty for any other fault."""
    if place in grid.rounded:
        shown, held = grid.text(*place), grid.rounded[place]
    else:
        problem, held, _ = grid.faults[place]
        shown = str(getattr(problem, "values", {}).get("seen", "")).strip("'")
    share = shown.endswith("%")
    try:
        figure, exact = Decimal(shown.removesuffix("%")), Decimal(held).scaleb(2 * share)
    except InvalidOperation:
        return ""
    step = Decimal(1).scaleb(min(0, int(figure.as_tuple().exponent)))
    return f"{exact:f}" + "%" * share if abs(figure - exact) <= step / 2 else ""


def _numbers(table: forms.Table, column: str) -> list[float | None]:
    cells = [(row, "" if (text := texts[column]) in MISSING else text) for row, texts in table.rows]
    shares = sum(text.endswith(_SHARE) for _, text in cells)
    odd = 0 < shares < sum(text != "" for _, text in cells)
    fewer = shares * 2 <= len(cells)  # the marks are the odd ones out
    out: list[float | None] = []
    for row, text in cells:
        number = None
        try:
            number = parse_number(text[:-1] if text.endswith(_SHARE) else text)
        except BadInput:
            table.problem("not a number", row, column, text, "leave a missing figure empty")
        if odd and text and text.endswith(_SHARE) == fewer:
            table.problem("some cells of the column are per cent and others are not", row, column, text, "write them all alike")
        out.append(number)
    return out


class NotADay(ValueError):
    """``text``: what is no period; ``at``: the how-manyth of those given it is, from 0."""

    def __init__(self, text: str, at: int):
        super().__init__(f"{text!r}: write YYYY-MM-DD")
        self.text, self.at = text, at


def times(given: Sequence[str | None]) -> pd.Series:
    """Periods: whole numbers, or days and months (``2024-03``, ``30/4/2024``: the day first).

    Raises NotADay where they are neither.
    """
    texts = [None if text is None or text in MISSING or text.casefold() in NEVER else text.removesuffix(".0") for text in given]
    known = [text for text in texts if text is not None]
    if all(re.fullmatch(r"-?[0-9]{1,9}", text) for text in known):
        numbers = [None if text is None else int(text) for text in texts]
        return pd.Series(numbers, dtype="int64" if len(known) == len(texts) else "Int64")
    days: list[pd.Timestamp | None] = []
    for at, text in enumerate(texts):
        try:
            days.append(None if text is None else _day(text))
        except ValueError as error:  # pandas' own are of this kind
            raise NotADay(str(given[at]), at) from error
    return pd.Series(pd.to_datetime(pd.Series(days, dtype=object)))


def _day(text: str) -> pd.Timestamp:
    if month := re.fullmatch(r"([0-9]{1,2})[/-]([0-9]{4})", text):
        return pd.Timestamp(int(month[2]), int(month[1]), 1)
    if day := forms.as_date(text):
        return pd.Timestamp(day)
    # never the month first, which another day of the same file could not be told from; half a year (2024.5) is no May, and what
    # names no year would be a day of this one
    if "/" in text or _MONTH_FIRST.match(text) or not re.search("[0-9]{4}", text):
        raise ValueError
    return pd.Period(text).to_timestamp() if "Q" in text.upper() else pd.Timestamp(text)
