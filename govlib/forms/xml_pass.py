"""One linear pass over the XML of a workbook, with bounds, and the text of a cell as it is seen.

Bounds hold during the pass (depth, text of one cell, time), so that a file of a few kB cannot keep a reader busy; entities
and document types, which no spreadsheet program writes, are refused before they are expanded.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache
from pathlib import Path
from xml.parsers import expat

from govlib.errors import BadInput
from govlib.forms.containers import entities
from govlib.forms.problems import say

MAX_DEPTH = 64        # a sheet is nested about ten deep
MAX_SECONDS = 20.0    # of the processor: a busy machine takes longer by the clock
MAX_TEXT = 32_767     # characters of a cell, in Excel
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how a workbook writes a character that XML cannot hold
_RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


def column_letters(col: int) -> str:
    """``column_letters(27) == "AB"``."""
    letters, col = "", col + 1
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=20_000)
def column_number(letters: str) -> int:
    """0-based number of a column: ``column_number("AB") == 27``."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


class Pass:
    """One pass over a part; subclasses say what an element means. ``fail`` ends it with the project's own error."""

    def __init__(self, path: Path, part: str):
        self.path, self.part, self.depth, self.elements = path, part, 0, 0
        self.until = time.thread_time() + MAX_SECONDS

    def run(self, data: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self.text
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise self.fail(say("{part} is no XML ({why})", part=self.part, why=expat.errors.messages[error.code])) from error
        except (ValueError, LookupError) as error:  # an encoding that expat does not know
            if isinstance(error, BadInput):
                raise
            raise self.fail(say("{part} is no XML ({why})", part=self.part, why=error)) from error

    def fail(self, why: str, row: int | None = None, column: int | None = None) -> BadInput:
        return BadInput(say("the workbook is damaged: {why}", why=why), file=self.path, row=None if row is None else row + 1,
                        column=None if column is None else column_letters(column), fix="open it in Excel and save it again")

    def _doctype(self, *_: object) -> None:
        raise entities(self.path, self.part)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(say("{part} is nested more than {most} deep", part=self.part, most=MAX_DEPTH))
        if self.elements % 20_000 == 0 and time.thread_time() > self.until:
            raise self.fail(say("reading {part} takes more than {most:.0f} seconds", part=self.part, most=MAX_SECONDS))
        self.start(name.rpartition(":")[2] if ":" in name else name, attributes)

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.end(name.rpartition(":")[2] if ":" in name else name)

    def start(self, name: str, attributes: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, text: str) -> None: ...


class Text:
    """The text of a cell as it is seen: raised runs (footnote marks) as raised letters, crossed-out runs marked, readings of
    Japanese left out."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.run, self.reading, self.open, self.size = "", False, False, 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "r":
            self.run = ""
        elif name == "rPh":
            self.reading = True
        elif name == "vertAlign":
            self.run = attributes.get("val", "")
        elif name == "strike" and attributes.get("val", "1") not in ("0", "false"):
            self.run = "struck"
        elif name == "t":
            self.open = not self.reading

    def end(self, name: str) -> None:
        if name == "rPh":
            self.reading = False
        elif name == "t":
            self.open = False
        elif name == "r":
            self.run = ""

    def text(self, text: str) -> None:
        if self.open and self.size <= MAX_TEXT:
            self.size += len(text)
            self.pieces.append(styled(text, self.run) if self.run else text)

    def whole(self) -> str:
        text = "".join(self.pieces)
        return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


def styled(text: str, run: str) -> str:
    """A run of text as it is seen: ``styled("2", "superscript") == "²"``."""
    if run == "superscript":
        raised = text.translate(_RAISED)
        return raised if not re.search(r"[0-9A-Za-z]", raised) else f"^{text}"
    if run == "subscript":
        return text.translate(_LOWERED)
    return f"~{text}~" if run == "struck" and text.strip() else text
