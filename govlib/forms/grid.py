"""A form's cells as a person sees them in a spreadsheet, whatever kind of file they come from.

A workbook holds 0.9 where the screen shows 90.00%, one rank where the screen shows it across two merged rows, a figure in a
row that nobody sees. :class:`Grid` gives what is seen, as text, and says of every cell that cannot be told so why not.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from govlib.errors import shown
from govlib.forms import containers, encodings, number_formats
from govlib.forms.problems import Problem, say
from govlib.forms.xlsx import Range, Style
from govlib.forms.xml_pass import MAX_TEXT, column_letters, styled
from govlib.text import HEAP, LOST, clean

LONG = 10 ** number_formats.DIGITS
ERROR = re.compile(r"#(N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|ERR!?"
                   r"|GETTING_DATA)|Err:\d{3}", re.I)
# the same of a program in another language (#GIÁTRỊ!, #N/D), all in capitals; ##### is a figure wider than its column
_FOREIGN_ERROR = re.compile(r"#[¡¿]?[\w/]+[!?]|#\w/\w|#NV")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x9f]")
# what a conversion left of letters, which a question does not look like: inside a word (Trung t?m, Ph??ng); and where no letter is
# left that a code page lacks, at a word's beginning (?y ban), or at its end behind consonants alone, before another word or in
# small letters (S? Y t?, but not: nhóm B?, được k?, X? Y)
_SMALL = r"[^\W\dA-Z\u0110_]"
_ONSET = r"(?:ngh?|nh|ch|g[hi]?|[kpt]h|tr|qu|[bcd\u0111hlmnpqrstvx])"
_INSIDE = rf"(?<=[^\W\d_])\?+(?={_SMALL})"
_AT_ENDS = (rf"(?<![\w?/.=&-])\?+(?={_SMALL})"
            rf"|(?<![\w.'’/-])(?:(?i:{_ONSET})\?+(?= [^\W\d_]{{2}})|{_ONSET}\?+(?=[,;.)]* ?$))")
_LOST, _LOST_IN_CODE = re.compile(_INSIDE), re.compile(f"{_INSIDE}|{_AT_ENDS}")
_CODE_PAGES = ("cp1252", "cp1258")  # of Excel's plain CSV, on an English Windows and on a Vietnamese one
_UNCROSS = "delete it, or take the line through it away"
RETYPE = "type the figure again in a cell with the format General"


class Seen(NamedTuple):
    """One cell. ``kind``: empty for text, else ``number``, ``percent``, ``date``, ``time``, ``truth``, ``error``. ``fault``: why
    it cannot be read as seen, ``fix`` what to do; ``holds``: the figure behind a rounded one."""

    text: str
    kind: str = ""
    fault: str = ""
    fix: str = ""
    holds: str = ""


@dataclass
class Grid:
    """``rows``: (row as a spreadsheet counts, texts), rows without any text left out. Keys of the other parts are (row, column
    counted from 0). ``faults``: (problem, value, fix). ``no_zeros``: the sheet shows a nought as nothing. Of a text: ``cells``:
    with how many cells a line was written, empty ones at its end too; ``separator``: what stands between them, empty in a
    workbook; ``open_row``: the last row, where the text ends without a line end, else 0."""

    path: Path
    sheet: str = ""
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    kinds: dict[tuple[int, int], str] = field(default_factory=dict)
    faults: dict[tuple[int, int], tuple[str, str, str]] = field(default_factory=dict)
    rounded: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[Range] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    visible: bool = True
    no_zeros: bool = False
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cells: dict[int, int] = field(default_factory=dict)
    separator: str = ""
    open_row: int = 0
    _at: dict[int, list[str]] = field(default_factory=dict, repr=False)

    def put(self, row: int, column: int, seen: Seen, cells: dict[int, dict[int, str]]) -> None:
        """Take in one cell (row counted from 1)."""
        self.tell(row, column, seen)
        if seen.text:
            cells.setdefault(row, {})[column] = seen.text

    def tell(self, row: int, column: int, seen: Seen) -> None:
        """What is to be known of a cell beside its text."""
        at = row, column
        if seen.kind:
            self.kinds[at] = seen.kind
        if seen.fault:
            self.faults[at] = seen.fault, seen.text, seen.fix
        if seen.holds:
            self.rounded[at] = seen.holds

    def fill(self, cells: dict[int, dict[int, str]], most: int | None = None) -> None:
        """The rows, from texts by row and column; a stray cell far to the right would make each of them wide."""
        most = containers.MAX_CELLS if most is None else most
        if sum(max(texts) + 1 for texts in cells.values()) > most:
            raise containers.too_wide(self.path, self.sheet, most)
        for row in sorted(cells):
            texts = [""] * (max(cells[row]) + 1)
            for column, text in cells[row].items():
                texts[column] = text
            self.rows.append((row, texts))

    def text(self, row: int, column: int) -> str:
        """The text of a cell (row counted from 1); empty where there is none."""
        if not self._at:
            self._at.update({number: texts for number, texts in self.rows})
        texts = self._at.get(row, [])
        return texts[column] if column < len(texts) else ""

    def settle_letters(self) -> None:
        """Cells typed in an old font, converted (:mod:`govlib.forms.encodings`)."""
        places = [(r, c) for r, (_, texts) in enumerate(self.rows) for c, text in enumerate(texts) if not text.isascii()]
        if not places:
            return
        texts, self.notes, problems = encodings.settle([self.rows[r][1][c] for r, c in places], self.path,
                                                       [self.rows[r][0] for r, _ in places], [column_letters(c) for _, c in places])
        for (r, c), text in zip(places, texts, strict=True):
            self.rows[r][1][c] = text
        self.problems += problems


# ---- one cell --------------------------------------------------------------------------------------------------------

def of_text(text: str) -> Seen:
    """A cell of text."""
    if len(text) > MAX_TEXT:
        return Seen(text[:40] + "…", "error", say("a cell of more than {most:,} characters", most=MAX_TEXT), "shorten it")
    if heap := HEAP.search(text):
        return Seen(text[:heap.start() + 1], "error", "more than thirty marks upon one letter", "type it again")
    text = " ".join(text.split()) if text.isascii() else clean(text)
    if _UNSEEN.search(text):
        return Seen(text, fault="a character that nobody sees stands in the text", fix="type it again")
    if lost(text):
        return Seen(text, fault="letters were lost here: another sign stands for them",
                    fix="type it again, and save as .xlsx or CSV UTF-8: Excel's plain CSV loses letters")
    return of_error(text) if text[:1] in ("#", "E", "e") and _is_error(text) else Seen(text)


def lost(text: str) -> bool:
    """Whether a question mark, or the sign for what cannot be read, stands for letters; what is asked and addresses do not count.

    >>> [lost(t) for t in ("S? Y t?", "Ph??ng V? Ninh", "Vì sao?", "Mục C? hay mục D?", "bacninh.gov.vn/van-ban?id=12")]
    [True, True, False, False, False]
    """
    if "?" not in text:
        return LOST in text
    words = text.split()
    asked = (f"{word} {after}" for word, after in zip(words, [*words[1:], ""], strict=True) if "?" in word
             and "://" not in word and not ("." in word.partition("?")[0] and "=" in word))
    pattern = _LOST_IN_CODE if _in_code(text) else _LOST
    return LOST in text or any(map(pattern.search, asked))


def _in_code(text: str) -> bool:
    """Whether one of the code pages holds the text: any other letter would have been lost on the way too."""
    return any(text.encode(page, "ignore").decode(page) == text for page in _CODE_PAGES)


def _is_error(text: str) -> bool:
    return bool(ERROR.fullmatch(text) or text.isupper() and _FOREIGN_ERROR.fullmatch(text) or re.fullmatch("#{3,}", text))


def crossed_out(seen: Seen) -> Seen:
    """A text through which a line is drawn."""
    return seen._replace(fault="the text is crossed out", fix=_UNCROSS) if seen.text and not seen.fault else seen


def of_styled(text: str, struck: bool, raised: str) -> Seen:
    """A text in the font of its cell: a 1 that is raised as a whole is a footnote's mark."""
    seen = of_text(styled(text, raised))
    return crossed_out(seen) if struck else seen


def of_error(text: str) -> Seen:
    """A cell that shows an error: neither a figure nor a figure that was not published."""
    return Seen(text, "error", say("the cell shows the error {error}", error=text),
                "type what belongs there; where nothing was published, leave the cell empty and say why in the note")


def of_truth(value: bool) -> Seen:
    return Seen("TRUE" if value else "FALSE", "truth")


def of_date(moment: dt.datetime | None, holds: float | str, kind: str = "date") -> Seen:
    if moment is None:
        return Seen(str(holds), "date", "a date that no calendar has", "type the date again, as 2026-04-30")
    return Seen(moment.strftime("%H:%M:%S") if kind == "time" else moment.date().isoformat(), kind)


def of_number(value: float, style: Style, date1904: bool) -> Seen:
    """A figure as its number format shows it."""
    if not math.isfinite(value):
        return Seen(str(value), "number", "not a finite number", RETYPE)
    if abs(value) >= LONG:
        return Seen(number_formats.plain(number_formats.exact(value))[:40], "number",
                    "a number of more than 15 digits, of which a workbook keeps 15", "type it as text, after an apostrophe")
    seen = number_formats.shown(value, style.code)
    if seen.kind in ("date", "time"):
        return of_date(number_formats.moment(value, date1904), value, seen.kind)
    holds = number_formats.plain(number_formats.exact(value))
    if style.struck:
        return Seen(holds, "number", "the figure is crossed out", _UNCROSS)
    if seen.differs:
        return Seen(holds, "number", say("the cell holds {holds} and its format {format} shows {seen}", holds=holds,
                                         format=shown(style.code), seen=repr(seen.text) if seen.text else "something else"), RETYPE)
    if (raised := styled(seen.text, style.raised)) != seen.text:  # it may say "baseline" too
        return Seen(raised)
    return Seen(seen.text, "" if seen.kind == "text" else seen.kind, holds=holds if seen.rounded else "")
