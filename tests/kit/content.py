"""Runs the briefing notebook's own cells in this process and collects what they display."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
SPAN = re.compile(r'<span class="num"([^>]*)>(.*?)</span>', re.S)


@dataclass(frozen=True)
class Num:
    text: str
    source: str
    locator: str


def run(name: str, **parameters: object) -> list[str]:
    """HTML of every piece the notebook shows with these parameters, in order."""
    from govlib.publish import show

    pieces: list[str] = []
    emit, show._emit = show._emit, lambda markup, beside="": pieces.append(str(markup))
    space: dict = {"display": lambda *a, **k: None}
    try:
        for cell in json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), space)
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


def plain(markup: object) -> str:
    """The text of one piece as a reader sees it."""
    return html.unescape(re.sub(r"<[^>]+>", "", str(markup)))


def page_of(board, province: str = "bac-ninh", year: int = 2024, lang: str = "vi"):
    """A province's page beside its peers."""
    from govlib.publish import content
    from govlib.reading import beside

    return content.Page(province, year, lang, beside.peers(province, year), board)


def by_place(scores) -> dict[tuple[str, str], list]:
    """Rows of the panel by (source, locator) as a page gives them: a score's place, and that of a rank printed elsewhere."""
    import pandas as pd

    from govlib import paths
    from govlib.collect import locators

    found: dict[tuple[str, str], list] = {}
    for row in scores.astype(object).itertuples():  # cell by cell Arrow takes ten times as long
        for place in {(row.source, row.locator), (row.source, locators.own(row.locator)), locators.rank_from(row.locator)} - {None}:
            found.setdefault(place, []).append(row)
    for path in paths.raw().glob("*/national.csv"):  # of the country, which the panel does not hold
        for row in pd.read_csv(path).assign(rank=None, rank_computed=None).itertuples():
            found.setdefault((row.source, row.locator), []).append(row)
    return found


def is_found_again(n: Num, board, rows: dict) -> bool:
    """Whether a number on a Vietnamese page is what its source and locator lead to."""
    from govlib.publish import content
    from govlib.words import wording

    if n.source == content.OURS:
        value = content.recompute(n.locator, board, "vi")
        if isinstance(value, str):
            return n.text == value
        said = {f(x, "vi", d) for x in (value, abs(value)) for d in (0, 1, 2, 4) for f in (wording.number, wording.signed)}
        return n.text in said | {wording.rank(value, k, "vi") for k in (61, 62, 63, 64)} | {f"thứ {int(value)}/{k}" for k in range(8, 15)}
    if n.locator.startswith("data/raw/institute_reported"):
        return n.text in {"94,83", "96,55", "98,03", "98,52"}
    there = rows.get((n.source, n.locator), ())
    said = {wording.number(r.score, "vi", d) for r in there for d in (2, 4)}
    said |= {str(int(r.rank)) for r in there if not wording.missing(r.rank)}
    said |= {wording.rank(r.rank, k, "vi") for r in there for k in (61, 62, 63, 64)}
    return n.text in said


def written_page(folder: Path, *pieces: object, lang: str = "vi") -> Path:
    """A page of these pieces."""
    path = folder / f"page.{lang}.html"
    path.write_text(f'<html lang="{lang}"><body>' + "".join(map(str, pieces)) + "</body></html>", encoding="utf-8")
    return path
