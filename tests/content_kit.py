"""Runs the briefing notebook's own cells in this process and collects what they display."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
SPAN = re.compile(r'<span class="num"([^>]*)>(.*?)</span>', re.S)


@dataclass(frozen=True)
class Num:
    text: str
    source: str
    locator: str


def run(name: str, **parameters: object) -> list[str]:
    """HTML of every piece the notebook shows with these parameters, in order."""
    from govlib.briefings import show

    pieces: list[str] = []
    emit, show._emit = show._emit, lambda markup: pieces.append(str(markup))
    space: dict = {"display": lambda *a, **k: None}
    try:
        for cell in json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), space)  # noqa: S102
                if "parameters" in cell["metadata"].get("tags", ()):
                    space.update(parameters)
    finally:
        show._emit = emit
    return pieces


def numbers(pieces: list[str]) -> list[Num]:
    """Every number that carries a source."""
    found = []
    for attributes, text in SPAN.findall("".join(pieces)):
        values = {k: html.unescape(v) for k, v in re.findall(r'data-(source|locator)="([^"]*)"', attributes)}
        found.append(Num(html.unescape(text), values.get("source", ""), values.get("locator", "")))
    return found


def words(pieces: list[str]) -> str:
    """The text a reader sees, without drawings and downloads."""
    page = re.sub(r"<svg.*?</svg>|<a class=\"csv\".*?</a>", " ", "".join(pieces), flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", page))
