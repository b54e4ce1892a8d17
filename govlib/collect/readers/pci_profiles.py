"""The provinces' profile pages of the PCI site: the components, total and rank of every edition since 2006.

The first table of a page is the one on 1–10 (a ``Year`` row, newest or oldest first, a row a component, ``PCI Scores``,
``Ranking``); a second one, headed 1–100, has neither total nor rank and is never read, and a third compares the region. A
column can be another province's (the site prints Thái Nguyên's components under Thanh Hóa 2023): each is held against its
total by the edition's weights and against every other province's.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from govlib.collect import tidy, walk
from govlib.collect.readers import pages
from govlib.collect.readers.pages import Refused
from govlib.collect.readers.pci_tables import COMPONENTS, WITHOUT_COMPOSITE, YEARS, role
from govlib.errors import BadInput, UnknownName
from govlib.forms.problems import say
from govlib.known import indices, provinces, weighting
from govlib.text import clean, parse_number

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "pci-profile-pages"
INDEX = "https://pcivietnam.vn/en/provinces"
HOSTS = ("pcivietnam.vn", "www.pcivietnam.vn")
LIST = "index.html"
HELD = frozenset(YEARS) - frozenset(WITHOUT_COMPOSITE)  # whole in the workbooks, which the pages repeat with errors
OFF = 0.3  # points of the composite by which rounding alone never misses it
_WHOSE = re.compile(r"\(1\s*-\s*63\)\s*(\S.*)")

Column = dict[str, tuple[str, float | None]]  # item → as printed, as a number


def fetch(web: walk.Walk) -> None:
    """The list of provinces, then the page of each; a province that the list lacks is asked for by its slug."""
    listed = web.get(LIST, INDEX, always=True)
    found = profiles(listed) if listed else {}
    for slug in provinces.province_set(2024):
        web.get(f"{slug}.html", found.get(slug, f"{INDEX}/{slug}"))


def profiles(content: bytes) -> dict[str, str]:
    """Slug → address of the profile, from the list's links; the text of a link, or else its last part, names the province."""
    found: dict[str, str] = {}
    for text, url in pages.links(pages.parse(content), INDEX):
        match = re.search(r"/(?:en/provinces|ho-so-tinh)/([^/?#]+)", url)
        for name in (text, match[1].replace("-", " ")) if match else ():
            try:
                found.setdefault(provinces.resolve(name), url)
                break
            except UnknownName:  # the other may be one
                continue
    return found


def read(folder: Path) -> tuple[pd.DataFrame, list[Refused]]:
    """Rows of the editions that no workbook has whole (tidy, with ``index_id`` and ``year``), and what was not taken."""
    urls, refused = walk.addresses(folder), []
    columns: dict[tuple[str, int], Column] = {}
    unknown: dict[str, list[str]] = {}  # label of a row → pages
    for path in sorted(folder.glob("*.html")):
        if path.name == LIST:
            continue
        try:
            found, labels = profile(path)
        except BadInput as error:
            refused.append(Refused(path.name, str(error)))
            continue
        columns |= {(path.stem, year): column for year, column in found.items() if year not in HELD}
        for label in labels:
            unknown.setdefault(label, []).append(path.name)
    for label, on in unknown.items():
        why = say("a row {label!r} that has no name here (on {n} pages): is a component called otherwise now?",
                  label=label, n=len(on))
        refused.append(Refused(on[0], why))
    doubts = _doubts(columns)
    refused += [Refused(f"{slug}.html", f"{year}: {why}") for (slug, year), why in sorted(doubts.items())]
    rows = [row for (slug, year), column in columns.items()
            for row in _rows(slug, year, column, urls.get(f"{slug}.html", INDEX), doubts.get((slug, year), ""))]
    table = tidy.frame(rows, extra=("index_id",)) if rows else tidy.frame([], 2000, ("index_id",))
    return table, refused


def profile(path: Path) -> tuple[dict[int, Column], list[str]]:
    """Edition → what the page prints of it, and labels of rows that say nothing to us. Raises BadInput for a page of another form
    or of another province."""
    document = pages.parse(path.read_bytes() or b"<html></html>")
    if (whose := _whose(document)) not in ("", path.stem):
        raise BadInput(f"the page is of {whose}", file=path, fix="fetch it again; the list's link may be wrong")
    for rows in pages.by_year(document):
        years = [int(y) if y else 0 for y in rows[0][1:]]
        named = [(_item(row[0]), row) for row in rows[1:]]
        lines = {item: row for item, row in reversed(named) if item}
        if not {"overall", "rank"} <= set(lines) or len(set(lines) & set(COMPONENTS)) < 8:
            continue  # the table on 1–100, or the one of the region
        if twice := [year for year in dict.fromkeys(years) if year and years.count(year) > 1]:
            raise BadInput("an edition stands twice", file=path, column=rows[0][0], value=twice[0],
                           fix="the page changed its form: look at it")
        found: dict[int, Column] = {year: {} for year in years if year}
        for item, row in lines.items():
            if len(row) != len(years) + 1:
                raise BadInput(f"{len(row) - 1} figures for {len(years)} editions", file=path, column=row[0],
                               fix="the page changed its form: a shifted row would give every edition another's figure")
            for year, text in zip(years, row[1:], strict=True):
                if year:
                    found[year][item] = text, figure(item, text, path, None, f"{row[0]} {year}")
        return found, [row[0] for item, row in named if not item and role(row[0]) is None and len(row) == len(years) + 1]
    raise BadInput("no table of the ten sub-indices with total and rank", file=path, fix="the page changed its form: look at it")


def figure(item: str, text: str, path: Path, row: int | None, column: str) -> float | None:
    """A cell as a number: None where none was published, and of a rank that is printed as >30 or, in its place, 0."""
    if tidy.is_blank(text) or item == "rank" and text.strip() == "0":
        return None
    return tidy.parse_rank(text, path, row, column)[0] if item == "rank" else parse_number(text, file=path, row=row, column=column)


def printed_rank(text: str, rank: float | None) -> str:
    """The note of a rank that is printed and no number: ``>30``."""
    return f"rank printed as {text.strip()}" if rank is None and not tidy.is_blank(text) and text.strip() != "0" else ""


def _whose(document) -> str:
    for text in document.itertext():
        if match := _WHOSE.search(clean(text)):
            try:
                return provinces.resolve(match[1])
            except UnknownName:
                return ""  # the heading goes on with something else
    return ""


def _item(label: str) -> str:
    name = role(label)
    return name if name in (*COMPONENTS, "overall", "rank") else ""


def _doubts(columns: dict[tuple[str, int], Column]) -> dict[tuple[str, int], str]:
    """Columns whose sub-indices are not their province's, and why."""
    found: dict[tuple[str, int], str] = {}
    owners: dict[tuple, list[str]] = {}
    for (slug, year), column in columns.items():
        ids = indices.component_ids("pci", year)
        parts = tuple(column.get(c, ("", None))[1] for c in ids)
        if any(p is None for p in parts):
            continue
        owners.setdefault((year, parts), []).append(slug)
        whole, total = weighting.composite("pci", year, dict(zip(ids, parts, strict=True))), column["overall"][1]
        if total is not None and whole is not None and abs(whole - total) > OFF:
            found[slug, year] = f"the sub-indices give {whole:.2f}, printed is {total:.2f}"
    for (year, _), slugs in owners.items():
        if len(slugs) > 1:
            found |= {(slug, year): f"the sub-indices are those of {' and '.join(provinces.name(s) for s in slugs if s != slug)}"
                      for slug in slugs if (slug, year) in found or not any((s, year) in found for s in slugs)}
    return found


def _rows(slug: str, year: int, column: Column, url: str, doubt: str) -> list[dict]:
    if slug not in provinces.province_set(year):
        return []
    rank = column["rank"][1]
    rows = []
    for item, (text, value) in column.items():
        if item == "rank" or (item != "overall" and item not in indices.component_ids("pci", year)):
            continue
        level = "overall" if item == "overall" else "component"
        why = f"not taken: {doubt}" if doubt and level == "component" else f"printed as {text}" if value is None else ""
        note = why or (printed_rank(*column["rank"]) if level == "overall" else "")
        rows.append({"index_id": "pci", "year": year, "province_printed": provinces.name(slug), "province": slug, "unit": "points",
                     "component": item, "level": level, "score": value if not why else None, "source": SOURCE, "locator": url,
                     "note": note, "rank": int(rank) if level == "overall" and rank else None})
    return rows
