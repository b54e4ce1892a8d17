"""What a publisher changed in a file: the cells in which two editions of it differ."""

from __future__ import annotations

import textwrap
from pathlib import Path

from govlib.collect import tidy
from govlib.errors import BadInput
from govlib.forms import excel
from govlib.forms.problems import say
from govlib.text import clean

SHOWN = 5


def differences(old: Path, new: Path) -> list[str]:
    """``Summary!D7 (Bắc Ninh): 7.81 → 7.91`` for the first cells that differ, and how many more; empty for files without cells.

    A row that came in between moves all below it: then most cells differ.
    """
    kind = old.suffix.lower()
    if kind not in (".csv", ".xls", ".xlsx"):
        return []
    try:
        was, now = _sheets(old, kind), _sheets(new, kind)
    except BadInput as error:
        return [say("not compared: {why}", why=error.problem)]
    said: list[str] = [say("sheet {name} is gone", name=name) for name in was if name not in now]
    said += [say("sheet {name} is new", name=name) for name in now if name not in was]
    for name in was:
        if name in now:
            said += _cells(name, was[name], now[name])
    if len(said) > SHOWN:
        return [*said[:SHOWN], say("and {n} more", n=len(said) - SHOWN)]
    return said or [say("no cell differs, only how it is stored")]


def _sheets(path: Path, kind: str) -> dict[str, list[list]]:
    if kind == ".csv":
        lines = dict(tidy.read_lines(path))
        return {"": [lines.get(r, []) for r in range(1, max(lines) + 1)]}
    book = excel.open_workbook(path)
    return {name: book.sheet(name).rows for name in book.names}


def _cells(name: str, was: list[list], now: list[list]) -> list[str]:
    said = []
    for r in range(max(len(was), len(now))):
        before, after = (rows[r] if r < len(rows) else [] for rows in (was, now))
        for c in range(max(len(before), len(after))):
            texts = [_text(row[c]) if c < len(row) else "–" for row in (before, after)]
            if texts[0] != texts[1]:
                place = f"{name.strip()}!{excel.a1(r, c)}" if name else excel.a1(r, c)
                said.append(f"{place}{_beside(after or before, c)}: {texts[0]} → {texts[1]}")
    return said


def _beside(row: list, col: int) -> str:
    """The nearest words on the left: a province, a question."""
    words = next((v for v in reversed(row[:col]) if isinstance(v, str) and any(map(str.isalpha, v))), "")
    return f" ({textwrap.shorten(clean(words), 40, placeholder=' …')})" if words else ""


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    return textwrap.shorten(clean(value), 40, placeholder=" …") or "–" if value is not None else "–"
