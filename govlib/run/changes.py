"""``briefings/<year>/changes.<language>.html``: what changed since these very briefings were last made.

Beside each page (``.manifest/figures/<name>.json``) stands what it rested on: the province's published figures up to the edition,
and its findings. When the page is made again they are compared: figures that are new, revised or withdrawn, findings that came
or fell. What was told stays told until something else changes, so that a page made anew from the same figures loses nothing.
"""

from __future__ import annotations

import datetime
import html
import json
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from govlib import files, paths
from govlib.errors import UnknownName
from govlib.known import indices, provinces
from govlib.ledger import sha256
from govlib.run.manifest import read_record
from govlib.words import wording
from govlib.words.tables import phrase

COLUMNS = ("province", "index_id", "component", "year", "score", "rank", "source", "locator")
LONGEST = 60  # characters of a place in a table
KINDS = ("new", "revised", "withdrawn", "came", "fell")
_LIST = re.compile(r'<ol class="findings">(.*?)</ol>', re.DOTALL)
_ITEM = re.compile(r"<li>(.*?)</li>", re.DOTALL)
_NOTES = re.compile(r"<sup\b.*?</sup>", re.DOTALL)
_PLACE = re.compile(r'data-source="([^"]*)" data-locator="([^"]*)"')


def record(folder: Path, name: str) -> Path:
    return folder / ".manifest" / "figures" / f"{name}.json"


def read(folder: Path, name: str) -> dict[str, Any]:
    """What is kept of a page; nothing where there is none that can be used."""
    try:
        told = json.loads(record(folder, name).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) and {"figures", "findings", "on", *KINDS} <= told.keys() else {}


def figures(slugs: Iterable[str], year: int) -> dict[str, dict[str, list[Any]]]:
    """Province → "index/component/year" → score, printed rank, source, locator: every figure that the panel holds up to the year;
    nothing where there is no panel with these columns."""
    import pyarrow.parquet

    path = paths.processed() / "scores.parquet"
    out: dict[str, dict[str, list[Any]]] = {}
    if not path.is_file() or not {*COLUMNS} <= {*pyarrow.parquet.read_schema(path).names}:
        return {}
    table = pyarrow.parquet.read_table(path, columns=[*COLUMNS],
                                       filters=[("province", "in", sorted(slugs)), ("year", "<=", year)])
    for r in table.to_pylist():
        if r["score"] is not None or r["rank"] is not None:
            cell = f"{r['index_id']}/{r['component']}/{r['year']}"
            out.setdefault(r["province"], {})[cell] = [r["score"], r["rank"], r["source"], r["locator"]]
    return out


def findings(page: str) -> list[list[Any]]:
    """[text, the places of its numbers] of each finding of a page."""
    listed = _LIST.search(page)
    items = [_NOTES.sub("", item) for item in _ITEM.findall(listed[1] if listed else "")]
    return [[re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", item))).strip(),
             sorted({html.unescape(": ".join(place)) for place in _PLACE.findall(item)})] for item in items]


def compared(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """What differs, by kind. A finding is the same one as long as its words or the places of its figures are."""
    old, new = before["figures"], after["figures"]

    def lacking(wanted: list[list[Any]], among: list[list[Any]]) -> list[str]:
        return [text for text, facts in wanted if not any(text == t or (facts and facts == f) for t, f in among)]

    return {"new": [[cell, new[cell]] for cell in sorted(new.keys() - old.keys())],
            "revised": [[cell, new[cell], old[cell]] for cell in sorted(new.keys() & old.keys()) if new[cell][:2] != old[cell][:2]],
            "withdrawn": [[cell, old[cell]] for cell in sorted(old.keys() - new.keys())],
            "came": lacking(after["findings"], before["findings"]), "fell": lacking(before["findings"], after["findings"])}


def take(folder: Path, year: int, made: Collection[str]) -> None:
    """Compare the pages that were just made (names: ``bac-ninh.vi``) with what is kept of them, and keep what they rest on now;
    also of pages that are there and of which nothing is kept. Writes the list in each language where that tells anything else."""
    if not made:  # a run with nothing to do costs nothing
        return
    pages = {f"{slug}.{lang}": slug for slug in provinces.province_set(year) for lang in ("vi", "en")}
    there = [name for name in pages if (kept := read_record(folder, name)) and kept["status"] != "failed"
             and (folder / f"{name}.html").is_file()]
    todo = [name for name in there if name in made or not read(folder, name)]
    held = figures({pages[name] for name in todo}, year) if todo else {}
    if not held:
        return
    for name in todo:
        before = read(folder, name)
        after = {"figures": held.get(pages[name], {}),
                 "findings": findings((folder / f"{name}.html").read_text(encoding="utf-8"))}
        told: dict[str, Any] = compared(before, after) if before else dict.fromkeys(KINDS, [])
        if before and not any(told.values()):
            told = {kind: before[kind] for kind in KINDS} | {"on": before["on"]}
        else:
            told["on"] = datetime.date.today().isoformat() if before else ""
        files.write(record(folder, name), json.dumps(after | told, ensure_ascii=False))
    for lang in ("vi", "en"):
        if any(name.endswith(f".{lang}") for name in there):
            _list(folder, year, lang, [(pages[name], read(folder, name)) for name in there if name.endswith(f".{lang}")])


def _list(folder: Path, year: int, lang: str, entries: list[tuple[str, dict[str, Any]]]) -> None:
    """One language's list, written only where it would tell anything else."""
    shown = [[slug, [told[k] for k in ("on", *KINDS)]] for slug, told in entries if told]
    state, note = sha256(json.dumps([shown, phrase("changes.lead", lang)]).encode()), folder / ".manifest" / f"changes.{lang}.txt"
    target = folder / f"changes.{lang}.html"
    if target.is_file() and note.is_file() and note.read_text(encoding="utf-8") == state:
        return
    files.write(target, page(year, lang, [(slug, told) for slug, told in entries if told]))
    files.write(note, state)


def page(year: int, lang: str, entries: list[tuple[str, dict[str, Any]]]) -> bytes:
    """The list: one section a province in which anything changed, and who has none or nothing to compare with."""
    from govlib.publish import export, index, show  # heavy, and only where anything changed

    entries = sorted(entries, key=lambda entry: index.alphabetical(index.by_name(entry[0], lang, year)))
    pieces = [show.cover_html(title=phrase("changes.title", lang), year=year, lang=lang, subtitle=phrase("changes.subtitle", lang)),
              show.heading_html(phrase("changes.heading", lang)), show.paragraph_html(phrase("changes.lead", lang))]
    first = [provinces.name(slug, lang, year) for slug, told in entries if not told["on"]]
    if first:
        pieces.append(show.paragraph_html(phrase("changes.first", lang, n=len(first), names=", ".join(first))))
    for slug, told in entries:
        if told["on"]:
            day = wording.day(datetime.date.fromisoformat(told["on"]), lang)
            pieces.append(show.heading_html(phrase("changes.of", lang, place=provinces.name(slug, lang, year), day=day)))
            pieces += _section(slug, told, lang)
    return export.of_pieces(pieces, lang=lang, name=f"changes.{lang}")


def _section(slug: str, told: dict[str, Any], lang: str) -> list[Any]:
    """A province's changes: its figures in a table, its findings in two lists."""
    import pandas as pd

    from govlib.publish import show  # loads the pages' rooms

    col = {name: phrase(f"changes.{name}", lang) for name in ("what", "component", "year", "before", "now", "place")}
    rows = []
    for kind in ("revised", "new", "withdrawn"):
        for cell, figure, *old in told[kind]:
            index_id, component, edition = cell.split("/")
            was = old[0] if old else figure
            rows.append({col["what"]: phrase(f"changes.{kind}", lang),
                         col["component"]: _component(index_id, component, lang, int(edition)), col["year"]: edition,
                         col["before"]: "–" if kind == "new" else _plain(was, lang),
                         col["now"]: "–" if kind == "withdrawn" else _traced(figure, lang), col["place"]: _cited(figure)})
    pieces: list[Any] = []
    if rows:
        pieces.append(show.table_html(pd.DataFrame(rows), caption=phrase("changes.caption", lang), lang=lang,
                                      name=f"changes-{slug}"))
    for kind in ("came", "fell"):
        if told[kind]:
            pieces += [show.heading_html(phrase(f"changes.{kind}", lang), 3), show.bullets_html(told[kind])]
    return pieces


def _component(index_id: str, component: str, lang: str, year: int) -> str:
    """The index, and its part where it is not the whole."""
    whole = indices.name(index_id, "overall", lang)
    if component == "overall":
        return whole
    try:
        return f"{whole}, {indices.name(index_id, component, lang, year)}"
    except UnknownName:  # an item of a survey that the registry does not name
        return f"{whole}, {component.replace('_', ' ')}"


def _digits(value: float) -> int:
    """As many digits as were published, for a revision in the last of them to be seen."""
    return min(4, len(f"{value:.6f}".rstrip("0").partition(".")[2]))


def _plain(figure: list[Any], lang: str) -> str:
    from govlib.words import wording  # loads the pages' rooms

    score, rank = figure[:2]
    told = [wording.number(score, lang, _digits(score))] if score is not None else []
    return "; ".join([*told, *([phrase("changes.rank", lang, rank=rank)] if rank is not None else [])])


def _traced(figure: list[Any], lang: str) -> Any:
    """The same, with each number's source and place in it."""
    from govlib.publish import show  # loads the pages' rooms

    score, rank, source, locator = figure
    given = {"source": source, "locator": locator, "lang": lang}
    told = [show.num(score, decimals=_digits(score), **given)] if score is not None else []
    if rank is not None:
        told.append(show.fmt(phrase("changes.rank", lang, rank="{rank}"), rank=show.num(int(rank), decimals=0, **given)))
    return show.join(told, "; ")


def _cited(figure: list[Any]) -> str:
    """The source's code and the place in it, short enough for a table: the page's notes have the whole."""
    source, locator = figure[2:]
    return f"{source}: {locator if len(locator) <= LONGEST else locator[:LONGEST].rstrip() + '…'}"
