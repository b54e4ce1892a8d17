"""What stands in an .xlsx: cells with their formats, merged ranges, hidden rows and columns, each part in one linear pass."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

from govlib.errors import BadInput
from govlib.forms import number_formats
from govlib.forms.containers import Package
from govlib.forms.problems import say
from govlib.forms.xml_pass import MAX_TEXT, Pass, Text, column_letters, column_number

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
_MEND = "open it in Excel and save it again"
_REF = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


class Range(NamedTuple):
    """Cells of a rectangle, counted from 0, ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        return f"{column_letters(self.left)}{self.top + 1}:{column_letters(self.right)}{self.bottom + 1}"


class RawCell(NamedTuple):
    """``kind`` as in the file (``n``, ``s``, ``str``, ``inlineStr``, ``b``, ``e``, ``d``); ``value`` None where there is none;
    ``style`` the number of one, as it is written."""

    kind: str
    value: str | None
    style: str
    formula: str | None


@dataclass
class RawSheet:
    """``rows``: row → column → cell, counted from 0. ``height``, ``width``: with empty cells that have a format."""

    rows: dict[int, dict[int, RawCell]] = field(default_factory=dict)
    merged: list[Range] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    rows_hidden: bool = False  # unless a row says otherwise
    no_zeros: bool = False     # a nought is shown as nothing
    height: int = 0
    width: int = 0


@dataclass(frozen=True)
class Style:
    code: str = "General"
    struck: bool = False
    raised: str = ""  # the whole cell is superscript or subscript


class _Strings(Pass):
    """``sharedStrings.xml``."""

    def __init__(self, path: Path, part: str):
        super().__init__(path, part)
        self.found: list[str] = []
        self.runs: set[int] = set()  # those that have fonts of their own
        self.current: Text | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self.current = Text()
        elif self.current is not None:
            if name == "r":
                self.runs.add(len(self.found))
            self.current.start(name, attributes)

    def end(self, name: str) -> None:
        if name == "si" and self.current is not None:
            self.found.append(self.current.whole())
            self.current = None
        elif self.current is not None:
            self.current.end(name)

    def text(self, text: str) -> None:
        if self.current is not None:
            self.current.text(text)


class _Styles(Pass):
    """``styles.xml``: number format of each cell style, whether it crosses out, raises or lowers."""

    def __init__(self, path: Path, part: str):
        super().__init__(path, part)
        self.codes = dict(number_formats.BUILT_IN)
        self.fonts: list[tuple[bool, str]] = []
        self.found: list[Style] = []
        self.inside: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.inside.append(name)
        if name == "numFmt" and self.inside[-2:-1] == ["numFmts"]:
            self.codes[as_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "General")
        elif name == "font" and self.inside[-2:-1] == ["fonts"]:
            self.fonts.append((False, ""))
        elif name == "strike" and self.inside[-3:-1] == ["fonts", "font"]:
            self.fonts[-1] = attributes.get("val", "1") not in ("0", "false"), self.fonts[-1][1]
        elif name == "vertAlign" and self.inside[-3:-1] == ["fonts", "font"]:
            self.fonts[-1] = self.fonts[-1][0], attributes.get("val", "")
        elif name == "xf" and self.inside[-2:-1] == ["cellXfs"]:
            font = as_number(attributes.get("fontId"))
            self.found.append(Style(self.codes.get(as_number(attributes.get("numFmtId")), "General"),
                                    *(self.fonts[font] if font < len(self.fonts) else ())))

    def end(self, name: str) -> None:
        self.inside.pop()


class _Book(Pass):
    """``workbook.xml`` and its relations: sheets in order, who of them is visible, which day the calendar begins, whether what its
    formulas gave was calculated. ``parts``: kind of part (``styles``) → where it stands."""

    def __init__(self, path: Path, part: str):
        super().__init__(path, part)
        self.sheets: list[tuple[str, str, bool]] = []
        self.targets: dict[str, str] = {}
        self.parts: dict[str, str] = {}
        self.date1904 = self.uncalculated = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            relation = next((v for k, v in attributes.items() if k.endswith(":id") or k == "id"), "")
            self.sheets.append((attributes.get("name", ""), relation, attributes.get("state", "visible") == "visible"))
        elif name == "workbookPr":
            self.date1904 = attributes.get("date1904", "0") in ("1", "true")
        elif name == "calcPr":  # of a program that does not calculate: it writes 0 beside each formula, and Excel works them out
            self.uncalculated = (attributes.get("fullCalcOnLoad", "0") in ("1", "true")
                                 or attributes.get("calcCompleted", "1") in ("0", "false"))  # by hand, and saved before it was
        elif name == "Relationship":
            target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
            self.targets[attributes.get("Id", "")] = self.parts[attributes.get("Type", "").rpartition("/")[2]] = target


class _Sheet(Pass):
    """A worksheet."""

    def __init__(self, path: Path, part: str, most_cells: int):
        super().__init__(path, part)
        self.sheet, self.most, self.count = RawSheet(), most_cells, 0
        self.row, self.column, self.number = -1, -1, ""
        self.columns: dict[str, int] = {}  # letters that were met
        self.cell: dict[str, str] | None = None
        self.value: str | None = None
        self.formula: str | None = None
        self.inline: Text | None = None
        self.open = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self.inline is not None:
            self.inline.start(name, attributes)
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            self._begin_row(attributes)
        elif self.cell is None:
            self._about(name, attributes)
        elif name == "v":
            self.open, self.value = name, ""
        elif name == "f":
            self.open, self.formula = name, ""
        elif name == "is":
            self.inline = Text()

    def _about(self, name: str, attributes: dict[str, str]) -> None:
        """What stands around the cells."""
        if self.depth == 1 and name != "worksheet":
            raise self.fail(say("{part} is no sheet of cells", part=self.part))
        if name == "mergeCell":
            if found := as_range(attributes.get("ref", "")):
                self.sheet.merged.append(found)
            self._counted()
        elif name == "col" and (attributes.get("hidden") in ("1", "true") or _tiny(attributes.get("width"))):
            self.sheet.hidden_columns.append((as_number(attributes.get("min")) - 1, as_number(attributes.get("max")) - 1))
        elif name == "sheetView":
            self.sheet.no_zeros |= attributes.get("showZeros") in ("0", "false")
        elif name == "sheetFormatPr":
            self.sheet.rows_hidden = attributes.get("zeroHeight") in ("1", "true")

    def _counted(self) -> None:
        self.count += 1
        if self.count > self.most:
            raise BadInput(say("{part} has more than {most:,} cells", part=self.part, most=self.most), file=self.path,
                           fix="delete the stray cells far to the right or below the table and save it again")

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._counted()
        self.number = attributes.get("r", "")
        self.row, self.column = (as_number(self.number) - 1 if self.number else self.row + 1), -1
        if not 0 <= self.row < MAX_ROW:
            raise self.fail("a row beyond the grid")
        hidden = attributes.get("hidden") in ("1", "true") or _tiny(attributes.get("ht"))
        if hidden or (self.sheet.rows_hidden and "hidden" not in attributes and "ht" not in attributes):
            self.sheet.hidden_rows.add(self.row)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        if self.cell is not None:
            raise self.fail("a cell inside a cell", self.row, self.column)
        self._counted()
        self.cell = attributes
        reference = attributes.get("r")
        if not reference:
            self.column += 1
        elif (known := self.columns.get(reference.removesuffix(self.number))) is not None:  # of this row, as nearly all
            self.column = known
        else:
            self._place(reference)
        if not (0 <= self.row < MAX_ROW and self.column < MAX_COLUMN):
            raise self.fail("a cell beyond the grid")
        if self.row >= self.sheet.height:
            self.sheet.height = self.row + 1
        if self.column >= self.sheet.width:
            self.sheet.width = self.column + 1

    def _place(self, reference: str) -> None:
        place = _REF.fullmatch(reference)
        if place is None:
            raise self.fail("a cell without a place")
        self.row, self.number, self.column = int(place[2]) - 1, place[2], column_number(place[1])
        self.columns[place[1]] = self.column

    def end(self, name: str) -> None:
        if self.inline is not None:
            if name == "is":
                self.value, self.inline = self.inline.whole(), None
            else:
                self.inline.end(name)
        elif name == self.open:
            self.open = ""
        elif name == "c" and self.cell is not None:
            if self.value is not None or self.formula is not None:
                self._end_cell(self.cell)
            self.cell = self.value = self.formula = None

    def _end_cell(self, attributes: dict[str, str]) -> None:
        cells = self.sheet.rows.get(self.row)
        if cells is None:
            cells = self.sheet.rows[self.row] = {}
        if self.column in cells:
            raise self.fail("a cell stands twice", self.row, self.column)
        cells[self.column] = RawCell(attributes.get("t", "n"), self.value, attributes.get("s", ""), self.formula)

    def text(self, text: str) -> None:
        if self.inline is not None:
            self.inline.text(text)
        elif self.open == "v":
            self.value = ((self.value or "") + text)[:MAX_TEXT + 1]
        elif self.open == "f":
            self.formula = ((self.formula or "") + text)[:MAX_TEXT + 1]


def as_number(text: str | None) -> int:
    """A whole number of an attribute; 0 where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _no_part(path: Path, sheet: str) -> BadInput:
    why = say("sheet {sheet!r} has no part", sheet=sheet)
    return BadInput(say("the workbook is damaged: {why}", why=why), file=path, fix=_MEND)


def _tiny(size: str | None) -> bool:
    """A height or width at which nobody sees anything."""
    return bool(size) and bool(re.fullmatch(r"[01](\.[0-9]*)?", size or "")) and float(size or 0) < 1


def as_range(ref: str) -> Range | None:
    """``D2:D3`` as a range; None where it is none."""
    first, _, last = ref.partition(":")
    a, b = _REF.fullmatch(first), _REF.fullmatch(last or first)
    if not a or not b:
        return None
    rows, columns = sorted((int(a[2]) - 1, int(b[2]) - 1)), sorted((column_number(a[1]), column_number(b[1])))
    return Range(rows[0], columns[0], rows[1], columns[1])


P = TypeVar("P", bound=Pass)


class XmlWorkbook:
    """The sheets of a package, each parsed when asked for. ``visible``: name → whether a person sees it."""

    def __init__(self, package: Package):
        self.package, self.path = package, package.path
        book = self._pass(_Book, "xl/workbook.xml")
        relations = self._pass(_Book, "xl/_rels/workbook.xml.rels")
        self.date1904, self.uncalculated, self._parts = book.date1904, book.uncalculated, relations.parts
        parts = [relations.targets[relation] for _, relation, _ in book.sheets if relation in relations.targets]
        if len(set(parts)) < len(parts) or len({name.lower() for name, *_ in book.sheets}) < len(book.sheets):
            raise BadInput("the workbook is damaged: a part of it is there twice", file=self.path, fix=_MEND)
        if len(book.sheets) > len(package.names):  # each would be asked for
            none = next((name for name, relation, _ in book.sheets if relation not in relations.targets), book.sheets[-1][0])
            raise _no_part(self.path, none)
        self._part = {name: relations.targets.get(relation, "") for name, relation, _ in book.sheets}
        # a chart on a sheet of its own holds no cells: no form looks for anything there
        self.visible = {name: visible for name, _, visible in book.sheets if "chartsheets/" not in self._part[name]}
        self._strings: _Strings | None = None
        self._styles: list[Style] | None = None
        if not self.visible:
            raise BadInput("the workbook has no sheet", file=self.path, fix="open it in Excel and save it again as .xlsx")

    def _pass(self, kind: Callable[[Path, str], P], part: str) -> P:
        found = kind(self.path, part)
        if data := self.package.part(part):
            found.run(data)
        return found

    @property
    def strings(self) -> _Strings:
        if self._strings is None:
            self._strings = self._pass(_Strings, self._parts.get("sharedStrings", "xl/sharedStrings.xml"))
        return self._strings

    @property
    def styles(self) -> list[Style]:
        if self._styles is None:
            self._styles = self._pass(_Styles, self._parts.get("styles", "xl/styles.xml")).found
        return self._styles

    def sheet(self, name: str, most_cells: int) -> RawSheet:
        """Cells in the order of the file.

        Raises
        ------
        BadInput : no such part, XML that is none, nested cells, a cell twice or beyond the grid, more cells than allowed.
        """
        part = self._part[name]
        data = self.package.part(part)
        if not data:
            raise _no_part(self.path, name)
        found = _Sheet(self.path, part, most_cells)
        found.run(data)
        return found.sheet
