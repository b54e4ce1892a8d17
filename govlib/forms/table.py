"""A filled form as rows with their places: CSV or workbook, fields above the header, every cell as text in Unicode.

A form is one table. Lines that begin with ``#`` hold fields (``#year,2025``) or explanations; the first other line is the
header; everything below is data. In a workbook the table stands on the form's own sheet (or on the only visible one), the
fields above it or on a sheet of their own. No row is dropped: each is either in :attr:`Table.rows` or named in a problem.
"""

from __future__ import annotations

import datetime as dt
import gc
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from govlib.errors import BadInput, short_name
from govlib.forms import seen
from govlib.forms.book import MAX_ROWS, WORKBOOKS, Book, as_wide
from govlib.forms.grid import Grid
from govlib.forms.problems import Problem, refuse, say
from govlib.forms.xml_pass import column_letters
from govlib.text import nearest, parse_number

SHEET = "data"
HASH = "#"
NO_ROWS = "a header and no rows"
ALIKE = 0.5  # share of a form's columns that make a table one of its kind
LOOKED = 40  # lines from the top among which a header is looked for
HINTED = 200  # columns that are told which one they may be meant for
SPLIT = re.compile(r"-?\d+,\d{1,3}")  # two cells that may have been one figure
_TURNED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
WHICH_DAY = "write YYYY-MM-DD, in a column that Excel is told to hold as Text"
NOTHING = {"", "na", "n/a", "nan", "nat", "null", "none", "nil", "<na>", "-", "–", "—", ".", "?"}  # how no value is written
KIND = "data_kind"  # field and column that mark made-up data


@dataclass(frozen=True)
class Layout:
    """What a form looks like.

    Parameters
    ----------
    fields : field → must be filled. columns : columns the table must have, in any order; unknown ones become problems
        (empty: the caller looks at the header). texts : columns that hold words; the others hold figures. shared : of the
        others, those where a merged cell counts for each of its rows (a tied rank). thousands : of the others, those whose figures
        may be in the thousands (of a table without fields, somebody's own, nobody knows). make : the command that writes the form.
    sheet, about : sheets of the table and, where there is one, of the fields. formulas : whether calculated ones are taken.
    more : whether the table may have columns of its owner's.
    """

    fields: Mapping[str, bool]
    columns: Sequence[str] = ()
    texts: Collection[str] = ()
    shared: Collection[str] = ()
    thousands: Collection[str] = ()
    make: str = ""
    sheet: str = SHEET
    about: str = ""
    formulas: bool = True
    more: bool = False
    most_rows: int = MAX_ROWS


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
    sheet: str = ""
    digest: str = ""
    wide: list[tuple[int, int, str]] = field(default_factory=list, repr=False)  # rows with more cells than the header
    faulty: set[tuple[int | None, str | None]] = field(default_factory=set, repr=False)  # cells of which enough is said

    def problem(self, text: str, row: int | None = None, column: str | None = None, value: object = None,
                fix: str | None = None) -> None:
        """Note one thing wrong in this file; of a cell that could not be read at all nothing more is said."""
        if (row, column) not in self.faulty:
            self.problems.append(Problem(text, short_name(self.path), row, column, value, fix))

    def field_problem(self, text: str, key: str, fix: str | None = None) -> None:
        """Note what is wrong with a field."""
        self.problem(text, self.meta_rows.get(key), HASH + key, self.meta.get(key) or None, fix)

    def doubt_days(self, *columns: str, fields: Collection[str] = (), sure: Collection[dt.date] = (), once: bool = False) -> None:
        """Note each day of these columns and fields that could be two (:func:`either_day`); ``once``: of many rows the first."""
        cells: list[tuple[int | None, str, str]] = [(self.meta_rows.get(key), HASH + key, self.meta.get(key, "")) for key in fields]
        cells += [(row, column, texts[column]) for row, texts in self.rows for column in columns]
        doubtful, told = either_day((text for *_, text in cells), sure), set[str]()
        for row, column, text in cells:
            if text in doubtful:
                if not (once and text in told):
                    self.problem(doubtful[text], row, column, text, WHICH_DAY)
                told.add(text)
                self.faulty.add((row, column))

    def date(self, key: str) -> dt.date | None:
        """A field as a date (``2025-09-30`` or ``30/9/2025``); a problem where it is none. Of an empty one :func:`read` has
        said whether it must be filled; one that could be two days (:meth:`doubt_days`) is None."""
        text = self.meta.get(key, "")
        if (self.meta_rows.get(key), HASH + key) in self.faulty:
            return None
        found = as_date(text)
        if text and found is None:
            self.field_problem("not a date", key, "write YYYY-MM-DD")
        return found

    def year(self, key: str = "year") -> int | None:
        text = self.meta.get(key, "")
        found = as_year(text)
        if found is not None and 2005 <= found <= 2100:
            return found
        if text:
            self.field_problem("not a year", key, "write four digits")
        return None

    def refuse(self) -> None:
        """Raise one BadInput for every problem (``problems`` holds them one by one)."""
        try:
            refuse(sorted(self.problems, key=lambda p: p.row or 0))
        except BadInput as error:
            error.table = self  # type: ignore[attr-defined]
            raise


def as_date(text: str) -> dt.date | None:
    """``2025-09-30`` or ``30/9/2025`` as a date; None where it is none."""
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S"):
        try:
            return dt.datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def iso(text: str) -> str:
    """A day as YYYY-MM-DD, however it is written (Excel makes 15/09/2025 of a CSV's 2025-09-15); a text that is no day as it is."""
    day = as_date(text)
    return day.isoformat() if day else text


def either_day(texts: Iterable[str], sure: Collection[dt.date] = ()) -> dict[str, str]:
    """Of a file's days those such as 6/5/2025 → what to say of each, where none shows that the day stands first: Excel with
    American settings saves 2025-06-05 so. It shows in 15/9/2025, in a day that is meant for sure (``sure``), and where
    all stand on the first of three months or more.

    >>> list(either_day(["6/5/2025", "5/5/2025", ""])), list(either_day(["6/5/2025", "15/9/2025"]))
    (['6/5/2025'], [])
    """
    found = {text: (int(day[1]), int(day[2]), day[3]) for text in texts if (day := _TURNED.fullmatch(text))}
    if any(first > 12 or as_date(text) in sure for text, (first, *_) in found.items()):
        return {}
    if {first for first, *_ in found.values()} == {1} and len({second for _, second, _ in found.values()}) > 2:
        return {}  # read the other way they would be days of a few Januaries
    return {text: say("could be {a} or {b}: no day of the file shows whether the day or the month stands first",
                      a=f"{year}-{second:02d}-{first:02d}", b=f"{year}-{first:02d}-{second:02d}")
            for text, (first, second, year) in found.items() if first != second and second <= 12}


def as_year(text: str) -> int | None:
    """Four digits as a year; None where they are none (``²⁰²³`` is none, though Python takes it for digits)."""
    return int(text) if re.fullmatch(r"[0-9]{4}", text) else None


def figure(text: str, *, percent: bool = False) -> float | None:
    """The number that a cell shows; None where it is empty. ``percent``: 90% is read as 90.

    Raises
    ------
    BadInput : no number, or one that is not written out (9.01E+01 has lost digits).
    """
    if re.search(r"[0-9][eE]", text):
        raise BadInput("not a number", value=text)
    return parse_number(text.rstrip("%％").rstrip() if percent and re.search("[^%％][%％]$", text) else text)


def read(path: str | Path, layout: Layout) -> Table:
    """Read a form.

    Raises
    ------
    BadInput : nothing readable: no such file, damaged, empty, no header. Anything less becomes ``problems``.
    """
    path = Path(path)
    if not path.exists():
        raise BadInput("there is no such file", file=path, fix=say("write the form with: {make}", make=layout.make))
    with _no_collection():
        return _read(path, layout)


@contextmanager
def _no_collection() -> Iterator[None]:
    """A form makes cells by the hundred thousand and no circle: looking for circles among them took a third of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _read(path: Path, layout: Layout) -> Table:
    book = Book(path, layout.most_rows)
    table = Table(path, sheet=_sheet(book, layout), digest=book.digest)
    grid = book.grid(table.sheet)
    table.problems += grid.problems
    table.notes += grid.notes
    about = next((name for name in book.names if layout.about and name.strip().lower() == layout.about), "")
    if about:
        _about(table, book.grid(about), layout)
    used = _rows(table, grid, layout)
    if not table.header:
        raise BadInput("the form is empty", file=path, fix=say("fill a form made by: {make}", make=layout.make))
    header_below(table, grid, layout.texts)
    if layout.columns and not set(table.header) & set(layout.columns):
        raise BadInput("none of the form's columns stands here: another form, or other signs between the cells", file=path,
                       row=table.header_row, value=" ".join(filter(None, table.header))[:80],
                       fix=say("columns as written by: {make}", make=layout.make))
    _wide(table, grid.separator)
    seen.tell(table, grid, used, layout)
    if layout.columns:
        _header(table, layout)
    again(table, book, {table.sheet, about}, layout.columns or [name for name in table.header if name])
    if layout.about and not about and not table.meta and table.sheet:  # a CSV has its fields above the table, and so may a workbook
        table.problem(_absent(book, layout.about), fix=say("name the sheet with the fields {sheet!r} again", sheet=layout.about))
        return table
    for key, must in layout.fields.items():
        if must and not table.meta.get(key):
            table.field_problem("the field is empty or missing", key, say("fill it as in the form of: {make}", make=layout.make))
    if not table.rows and not table.problems:
        table.problem(NO_ROWS, table.header_row, fix="fill the form before checking it")
    return table


def _sheet(book: Book, layout: Layout) -> str:
    if book.path.suffix.lower() not in WORKBOOKS:
        return ""
    visible = [name for name in book.names if book.visible[name]]
    wanted = [name for name in book.names if name.strip().lower() == layout.sheet]
    if wanted:
        return wanted[0]
    if not layout.about:
        filled = visible if len(visible) == 1 else [name for name in visible if book.grid(name).rows]
        if len(filled) == 1:  # older programs add Sheet2 and Sheet3, empty, to every workbook
            return filled[0]
    raise BadInput(_absent(book, layout.sheet), file=book.path,
                   fix=say("name the sheet with the table {sheet!r}, or use the form made by: {make}", sheet=layout.sheet,
                           make=layout.make))


def _absent(book: Book, sheet: str) -> str:
    return say("no sheet {sheet!r} (there are: {sheets})", sheet=sheet, sheets=", ".join(book.names))


def header_at(grid: Grid, columns: Collection[str]) -> tuple[float, int]:
    """The share of the columns that the likeliest header of a sheet holds, and its row; 0 and 0 of an empty sheet."""
    names = {name.lower() for name in columns}
    most = max(map(len, names))  # a paragraph is no column
    met = [(len({text.lower() for text in cells if len(text) <= most} & names), -number) for number, cells in grid.rows[:LOOKED]]
    n, row = max(met, default=(0, 0))
    return n / len(names), -row


def again(table: Table, book: Book, read: Collection[str], columns: Collection[str], alike: float = ALIKE) -> None:
    """Other sheets that hold the same table, as Excel's Move or Copy makes them (data (2)): their rows are not read."""
    for name in book.names:
        if name in read or not book.visible[name]:
            continue
        try:
            grid = book.grid(name)
        except BadInput:  # whatever it is, it is larger than a form can be
            continue
        share, row = header_at(grid, columns)
        if share >= alike and grid.rows[-1][0] > row:
            table.problem("another sheet holds a table of this form, and would be left out", value=name,
                          fix=say("move its rows into the sheet {sheet!r}, or delete it", sheet=table.sheet))


def _rows(table: Table, grid: Grid, layout: Layout) -> dict[int, str]:
    """Take the rows in; gives those that count, with the field that each holds (empty for header and data)."""
    used = {}
    for number, cells in grid.rows:
        first = cells[0]
        if first.startswith(HASH) and "error" != grid.kinds.get((number, 0)):
            key = first[1:].strip().lower()
            if _field(table, key, cells[1] if len(cells) > 1 else "", number, layout):
                used[number] = key
            elif table.header:
                table.problem("a line that begins with # below the header", number, None, first,
                              "move it above the header, or delete it")
        elif not table.header:
            table.header, table.header_row = [c.lower() if c.isascii() else c for c in cells], number
            used[number] = ""
            as_wide(grid, len(cells))
        elif number > table.header_row + 1 and [c.lower() if c.isascii() else c for c in cells] == table.header:
            table.problem("the header stands again", number, None, None,
                          "delete the row, or put the second table into a form of its own")
        elif len(table.header) > 2 and not any(cells[1:]) and (layout.columns or cells[0]):
            table.problem("only the first cell of the row is filled", number, None, cells[0],
                          "delete the row if it is a note or a total; or fill it")
        else:
            _row(table, number, cells, grid)
            used[number] = ""
    return used


def header_below(table: Table, grid: Grid, wanted: Collection[str]) -> None:
    """A title or another line above the header: said once, not column by column."""
    names = {name.lower() for name in wanted}
    if not names.isdisjoint(name.lower() for name in table.header):
        return
    first = next((at for at, text in enumerate(table.header) if text), 0)
    if first and table.header[first].startswith(HASH):
        raise BadInput("the table does not begin in column A", file=table.path, row=table.header_row, value=table.header[first],
                       fix=say("delete the columns before column {column}", column=column_letters(first)))
    for number, cells in grid.rows[:LOOKED]:
        if number > table.header_row and len({text.lower() for text in cells} & names) > 1:
            raise BadInput(say("the header stands in row {row}, below another line", row=number), file=table.path,
                           row=table.header_row, value=" ".join(text for text in table.header if text),
                           fix="delete the lines above the header, or begin each of them with #")


def _field(table: Table, key: str, value: str, row: int, layout: Layout) -> bool:
    """Take in one field, if it is one."""
    if key not in layout.fields and key != KIND:
        return False
    if key in table.meta:
        table.problem(say("the field stands twice (also in row {row})", row=table.meta_rows[key]), row, HASH + key, value,
                      "keep one of the two")
        return True
    table.meta[key], table.meta_rows[key] = value, row
    return True


def _about(table: Table, grid: Grid, layout: Layout) -> None:
    """The fields of a sheet of their own: (field, value, explanations)."""
    used = {number: cells[0].lower() for number, cells in grid.rows if len(cells) and _field(
        table, cells[0].lower(), cells[1] if len(cells) > 1 else "", number, layout)}
    seen.tell_fields(table, grid, used)


def _row(table: Table, number: int, cells: list[str], grid: Grid) -> None:
    """One row of data. More empty cells at its end than the header has are a program's habit, unless whole numbers lie side by
    side: 67,5 may have been split, and the last cell of the row just be empty."""
    width, n = len(table.header), len(cells)
    over = next((cell for cell in cells[width:] if cell), "")
    if not over and (written := grid.cells.get(number, n)) > max(width, grid.cells.get(table.header_row, 0)):
        over, n = next((pair for pair in map(",".join, pairwise(cells)) if SPLIT.fullmatch(pair)), ""), written
    if over:
        table.wide.append((number, n, over))
        table.faulty |= {(number, column) for column in table.header}  # its cells cannot be told apart
    cells = cells + [""] * (len(table.header) - len(cells))
    table.rows.append((number, dict(zip(table.header, cells, strict=False))))


def _wide(table: Table, separator: str) -> None:
    """Rows with more cells than the header: a habit of the whole file, said once."""
    if not table.wide:
        return
    row, n, value = table.wide[0]
    more = say(", and so in {n} more rows", n=len(table.wide) - 1) if len(table.wide) > 1 else ""
    table.problem(say("{n} cells where the header has {header}", n=n, header=len(table.header)) + more, row, None, value,
                  "a decimal comma splits a comma-separated cell: put the cell in quotes, or use the .xlsx form" if separator else
                  "delete what stands beside the table, or move it to another sheet")


def _header(table: Table, layout: Layout) -> None:
    known, columns_of = set(), say("columns as written by: {make}", make=layout.make)
    lacking = [column for column in layout.columns if column not in table.header]
    for at, column in enumerate(table.header):
        if column in known:
            table.problem("the column stands twice", table.header_row, column or "(no name)", fix="delete one")
        known.add(column)
        if column not in layout.columns and column != KIND and not (layout.more and column):
            near = nearest(column, lacking, 1) if at < HINTED else []
            said = say("not a column of this form; did you mean {near}?", near=near[0]) if near else "not a column of this form"
            table.problem(said, table.header_row, column or "(no name)", column, columns_of)
    for column in layout.columns:
        if column not in known:
            table.problem("the column is missing", table.header_row, column, fix=columns_of)
