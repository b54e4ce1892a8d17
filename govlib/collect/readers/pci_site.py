"""What the PCI site prints: the table of provinces of one edition, and a province's profile over the years.

Both are read from the HTML page itself (saved from a browser) or from the transcriptions of such pages that the project
has as CSV. The site has Vietnamese and English pages, decimal points and commas, and prints N/A where there is no figure.
Where a profile contradicts a workbook (several cells up to 2011 and 2013 do), the workbook is right.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from govlib.collect.readers import _tidy
from govlib.collect.readers.pci_workbook import COMPONENTS, SCALE, UNITS, role
from govlib.errors import BadInput, UnknownName
from govlib.known import provinces
from govlib.text import clean, fold, parse_number

TABLE_FILE = "pci/pci_2021_table_top21.csv"
PROFILE_FILE = "pci/pci_province_profiles_2006_2024.csv"
PRESS_FILE = "pci/pci_overall_published_2020_2024.csv"
CHANGES_FILE = "pci/bac_ninh_printed_changes.csv"

TABLE_SOURCE, PROFILE_SOURCE = "pci-site-table-2021", "pci-site-profiles"
SITE_HOSTS = ("pcivietnam.vn", "pcivietnam.org", "eng.pcivietnam.org")

# the transcriptions keep the site's older names of two sub-indices
_ITEMS = {**{c: c for c in COMPONENTS}, "labor_training": "labor_policy", "legal_institutions": "law_and_order",
          "pci_score": "overall", "pci_rank": "rank"}
_MAX_PAGE = 20_000_000


# -- pages ---------------------------------------------------------------------------------------------------------------


def read_table_page(path: str | Path, year: int | None = None, *, url: str = "", source: str = "") -> pd.DataFrame:
    """The site's table of provinces (one row a province; sub-indices, PCI score, rank, tier), tidy.

    ``path`` is a saved HTML page in Vietnamese or English. ``year`` is the edition; without it the page must name exactly
    one beside "PCI". ``url`` goes into the locator. Raises BadInput or UnknownName with the table's row and column.
    """
    path = Path(path)
    soup = _soup(path)
    named = _editions(soup)
    if year is None:
        if len(named) != 1:
            raise BadInput("the page does not say which one edition it shows", file=path,
                           value=", ".join(map(str, sorted(named))) or None, fix="pass year=")
        year = named.pop()
    elif named and year not in named:
        raise BadInput(f"the page is about PCI {', '.join(map(str, sorted(named)))}", file=path, value=year,
                       fix="check the year")
    grid, header = _best_grid(soup, path, _score_header)
    roles = _unique_roles(grid[header], path, header)
    if "province" not in roles or "overall" not in roles or len(set(roles) & set(COMPONENTS)) < 8:
        missing = [c for c in ("province", "overall") if c not in roles]
        raise BadInput("the table's header is not that of the PCI table"
                       + (f": no column for {', '.join(missing)}" if missing else ": fewer than eight sub-indices"),
                       file=path, row=header + 1, fix="save the page with the full table")
    rows, seen = [], {}
    for r in range(header + 1, len(grid)):
        name = grid[r][roles["province"]]
        if not name or fold(name) in ("trung vi", "median", "min", "max", "trung binh", "average"):
            continue
        slug = _resolve(name, year, path, r)
        if slug in seen:
            raise BadInput(f"{name} stands twice (also in row {seen[slug] + 1})", file=path, row=r + 1, value=name,
                           fix="remove the wrong row")
        seen[slug] = r
        for component in ("overall", *(c for c in COMPONENTS if c in roles)):
            rows.append(_row(path, r, name, slug, component, grid[r][roles[component]], year,
                             source or f"pci-site-table-{year}", url or path.name,
                             rank=grid[r][roles["rank"]] if component == "overall" and "rank" in roles else "",
                             tier=grid[r][roles["tier"]] if component == "overall" and "tier" in roles else ""))
    if not rows:
        raise BadInput("the table has no provinces", file=path, fix="save the page after its table has loaded")
    return _tidy.frame(rows, year)


def read_profile_page(path: str | Path, province: str | None = None, *, url: str = "",
                      source: str = PROFILE_SOURCE) -> pd.DataFrame:
    """A province's profile page: sub-indices, score and rank by year, tidy, with ``year``.

    The table has items down and years across, or the other way round. ``province`` (any spelling) is taken from the
    page's heading, title or ``url`` where not given, and checked against the heading where both are there.
    """
    path = Path(path)
    soup = _soup(path)
    slug, printed = _province_of_page(soup, province, url, path)
    grid, header = _best_grid(soup, path, _year_header)
    if not _year_header(grid[header]):  # years down: turn the table round
        raise BadInput("no table with years across", file=path, fix="save the profile page with its table")
    years = {c: int(text) for c, text in enumerate(grid[header]) if re.fullmatch(r"20\d\d", text)}
    items: dict[str, int] = {}
    for r in range(header + 1, len(grid)):
        label = next((grid[r][c] for c in range(len(grid[r])) if c not in years and role(grid[r][c])), "")
        kind = role(label)
        if kind in (*COMPONENTS, "overall", "rank", "tier"):
            if kind in items:
                raise BadInput(f"two rows say they are {kind}", file=path, row=r + 1, value=label, fix="check the page")
            items[kind] = r
    if "overall" not in items or len(set(items) & set(COMPONENTS)) < 8:
        raise BadInput("the table lacks the PCI score or most sub-indices", file=path, row=header + 1,
                       fix="save the profile page with its full table")
    rows = []
    for col, year in years.items():
        for component in ("overall", *(c for c in COMPONENTS if c in items)):
            def at(item: str, component: str = component, col: int = col) -> str:
                return grid[items[item]][col] if component == "overall" and item in items else ""

            rows.append(_row(path, items[component], printed, slug, component, grid[items[component]][col], year, source,
                             url or path.name, rank=at("rank"), tier=at("tier")))
    return _tidy.frame(rows)


def _soup(path: Path):
    from bs4 import BeautifulSoup

    if not path.is_file():
        raise BadInput("there is no such file", file=path, fix="save the page from a browser")
    data = path.read_bytes()
    if not data.strip():
        raise BadInput("the page is empty", file=path, fix="save it again")
    if len(data) > _MAX_PAGE:
        raise BadInput("the page is larger than 20 MB", file=path, fix="check that it is the right file")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadInput("a workbook, not a web page", file=path, fix="give it to the workbook reader")
    soup = BeautifulSoup(data, "lxml")
    for tag in soup(["script", "style", "noscript", "template"]):
        tag.decompose()
    if soup.find("table") is None:
        raise BadInput("the page has no table", file=path,
                       fix="save the page after its table has loaded (complete page, not source)")
    return soup


def _editions(soup) -> set[int]:
    """Years that headings, the title or a chosen option name beside "PCI"."""
    found = set()
    for tag in soup.find_all(["title", "h1", "h2", "h3", "caption"]):
        found |= {int(y) for y in re.findall(r"PCI\D{0,12}(20[0-3]\d)", tag.get_text(" ", strip=True))}
    for tag in soup.find_all("option", selected=True):
        found |= {int(y) for y in re.findall(r"^\s*(?:PCI\s*|Năm\s*)?(20[0-3]\d)\s*$", tag.get_text(" ", strip=True))}
    return found


def _grids(soup) -> list[list[list[str]]]:
    """Every table as a grid of clean text; merged cells repeat their text."""
    grids = []
    for table in soup.find_all("table"):
        grid: list[list[str]] = []
        spans: dict[int, tuple[int, str]] = {}
        for tr in (t for t in table.find_all("tr") if t.find_parent("table") is table):
            row, col = [], 0
            cells = tr.find_all(["td", "th"], recursive=False)
            while cells or col in spans:
                if col in spans:
                    left, text = spans.pop(col)
                    row.append(text)
                    if left > 1:
                        spans[col] = (left - 1, text)
                    col += 1
                    continue
                cell = cells.pop(0)
                text = clean(cell.get_text(" ", strip=True))
                for _ in range(_span(cell, "colspan")):
                    row.append(text)
                    if (down := _span(cell, "rowspan")) > 1:
                        spans[col] = (down - 1, text)
                    col += 1
            grid.append(row)
        width = max((len(row) for row in grid), default=0)
        grids.append([row + [""] * (width - len(row)) for row in grid])
    return grids


def _span(cell, name: str) -> int:
    text = str(cell.get(name) or "1")
    return min(int(text), 200) if text.isdigit() and int(text) else 1


def _score_header(row: list[str]) -> int:
    return len({role(text) for text in row} & {*COMPONENTS, "overall", "province"})


def _year_header(row: list[str]) -> int:
    return sum(bool(re.fullmatch(r"20\d\d", text)) for text in row)


def _best_grid(soup, path: Path, measure) -> tuple[list[list[str]], int]:
    """The table, and its row, that looks most like the header wanted; a table lying on its side is turned."""
    best: tuple[int, list[list[str]], int] = (0, [], 0)
    for grid in _grids(soup):
        turned = [list(column) for column in zip(*grid, strict=True)] if grid else []
        for shape in (grid, turned):
            for r, row in enumerate(shape[:4]):
                if (score := measure(row)) > best[0]:
                    best = (score, shape, r)
    if not best[0]:
        raise BadInput("no table with the expected header", file=path, fix="check that it is the right page")
    return best[1], best[2]


def _unique_roles(header: list[str], path: Path, r: int) -> dict[str, int]:
    roles: dict[str, int] = {}
    for col, text in enumerate(header):
        kind = role(text)
        if kind is None:
            continue
        if kind in roles:
            raise BadInput(f"two columns say they are {kind}", file=path, row=r + 1, value=text, fix="check the page")
        roles[kind] = col
    return roles


def _province_of_page(soup, given: str | None, url: str, path: Path) -> tuple[str, str]:
    heading = None
    for tag in soup.find_all(["h1", "h2", "title"]):
        for part in re.split(r"[|–:»]| - ", clean(tag.get_text(" ", strip=True))):
            text = re.sub(r"^(hồ sơ( tỉnh)?|hồ sơ thành phố|provincial profile( of)?|province profile( of)?)\s*", "", part.strip(),
                          flags=re.I)
            text = re.sub(r"\s*(provincial profile|province profile|profile|province|city)$", "", text, flags=re.I)
            try:
                heading = heading or (provinces.resolve(text), text)
            except UnknownName:
                continue
    if given is not None:
        slug = provinces.resolve(given, file=path)
        if heading is not None and heading[0] != slug:
            raise BadInput(f"the page is about {heading[1]}", file=path, value=given, fix="check the page or the name")
        return slug, heading[1] if heading else clean(given)
    if heading is not None:
        return heading
    last = urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1]
    if last:
        return provinces.resolve(last.replace("-", " "), file=path), last
    raise BadInput("the page does not say whose profile it is", file=path, fix="pass province=")


def _resolve(name: str, year: int, path: Path, r: int) -> str:
    return provinces.resolve(name, year, file=path, row=r + 1)


def _row(path: Path, r: int, printed: str, slug: str, component: str, text: str, year: int, source: str, locator: str, *,
         rank: str = "", tier: str = "") -> dict:
    level = "overall" if component == "overall" else "component"
    note = ""
    score = None
    if _tidy.is_blank(text):
        note = f"printed as {text}" if text.strip() else "left empty on the page"
    else:
        score = parse_number(text, file=path, row=r + 1, column=component)
        low, high = SCALE[level]
        if score == 0:
            score, note = None, "printed as 0, below the scale: not published"
        elif score is not None and not low <= score <= high:
            raise BadInput(f"outside the scale {low:g}–{high:g}", file=path, row=r + 1, column=component, value=text,
                           fix="check the cell; leave it empty where nothing was published")
    rank_value, rank_note = _tidy.parse_rank(re.sub(r"\s*/\s*\d+$", "", rank), path, r + 1)
    if rank_value is not None and rank_value > 64:
        raise BadInput("not a rank", file=path, row=r + 1, column="rank", value=rank, fix="there are at most 64 provinces")
    return {"year": year, "province_printed": printed, "province": slug, "component": component, "level": level,
            "score": score, "rank": rank_value, "tier": clean(tier) if not _tidy.is_blank(tier) else "",
            "unit": UNITS[level], "source": source, "locator": locator,
            "note": "; ".join(filter(None, [note, rank_note]))}


# -- transcriptions --------------------------------------------------------------------------------------------------------


def read_table_csv(path: str | Path) -> pd.DataFrame:
    """The transcribed table of PCI 2021 (ranks 1–21), tidy with ``year``."""
    path = Path(path)
    items = [*(c for c in _ITEMS if c not in ("labor_policy", "law_and_order", "implementation"))]
    columns = ("province", "year", *items, "tier", "source_url")
    rows, seen = [], {}
    for number, line in _tidy.read_csv(path, columns):
        year = _year(line["year"], path, number)
        slug = provinces.resolve(line["province"], year, file=path, row=number)
        if (slug, year) in seen:
            raise BadInput(f"{line['province']} {year} stands twice (also in row {seen[slug, year]})", file=path, row=number,
                           value=line["province"], fix="remove the wrong row")
        seen[slug, year] = number
        for item in items:
            if _ITEMS[item] == "rank":
                continue
            overall = _ITEMS[item] == "overall"
            rows.append(_row(path, number - 1, clean(line["province"]), slug, _ITEMS[item], line[item], year,
                             f"pci-site-table-{year}", line["source_url"], rank=line["pci_rank"] if overall else "",
                             tier=line["tier"] if overall else ""))
    return _tidy.frame(rows)


def read_profiles_csv(path: str | Path) -> pd.DataFrame:
    """The transcribed profile pages, 2006–2024, tidy with ``year``; N/A as printed is an empty score with a note.

    Rows whose address is not the PCI site's carry the source of that page (:func:`press_source`).
    """
    path = Path(path)
    cells: dict[tuple[str, int], dict[str, tuple[int, dict[str, str]]]] = {}
    for number, line in _tidy.read_csv(path, ("province", "year", "item", "value", "value_printed", "source_url")):
        year = _year(line["year"], path, number)
        slug = provinces.resolve(line["province"], year, file=path, row=number)
        if line["item"] not in _ITEMS:
            raise BadInput("no such item", file=path, row=number, column="item", value=line["item"],
                           fix=f"known: {', '.join(_ITEMS)}")
        value = parse_number(line["value"], file=path, row=number, column="value")
        printed = line["value_printed"]
        if not _tidy.is_blank(printed) and parse_number(printed, file=path, row=number, column="value_printed") != value:
            raise BadInput(f"value and value_printed differ ({line['value']} and {printed})", file=path, row=number,
                           column="value", fix="look at the page")
        here = cells.setdefault((slug, year), {})
        if _ITEMS[line["item"]] in here:
            raise BadInput(f"{line['province']} {year} {line['item']} stands twice", file=path, row=number,
                           fix="remove the wrong row")
        here[_ITEMS[line["item"]]] = (number, line)
    rows = []
    for (slug, year), here in cells.items():
        rank = here.pop("rank", None)
        for component, (number, line) in here.items():
            url = line["source_url"].strip()
            rows.append(_row(path, number - 1, clean(line["province"]), slug, component, line["value_printed"], year,
                             press_source(url), url,
                             rank=rank[1]["value_printed"] if rank and component == "overall" else ""))
        if rank and "overall" not in here:
            number, line = rank
            rows.append(_row(path, number - 1, clean(line["province"]), slug, "overall", "", year,
                             press_source(line["source_url"]), line["source_url"].strip(), rank=line["value_printed"]))
    return _tidy.frame(rows)


def read_press_csv(path: str | Path) -> pd.DataFrame:
    """Composite scores and ranks that newspapers and portals printed, 2020–2024, tidy with ``year``."""
    path = Path(path)
    rows = []
    for number, line in _tidy.read_csv(path, ("province", "year", "pci_score", "pci_rank", "source_url")):
        year = _year(line["year"], path, number)
        slug = provinces.resolve(line["province"], year, file=path, row=number)
        url = line["source_url"].strip()
        row = _row(path, number - 1, clean(line["province"]), slug, "overall", line["pci_score"], year, press_source(url), url,
                   rank=line["pci_rank"])
        if row["score"] is None:
            row["note"] = "score not printed in the source"
        rows.append(row)
    return _tidy.frame(rows)


def read_changes_csv(path: str | Path) -> pd.DataFrame:
    """Printed year-on-year changes of Bắc Ninh's sub-indices: from_year, to_year, component, change, locator.

    Changes, not levels: the levels of 2020 that follow from them are rows of ``bac_ninh_published.csv`` already, marked
    derived. They serve as a check.
    """
    path = Path(path)
    rows = []
    for number, line in _tidy.read_csv(path, ("province", "from_year", "to_year", "item", "printed_change", "source_url")):
        if line["item"] not in _ITEMS:
            raise BadInput("no such item", file=path, row=number, column="item", value=line["item"],
                           fix=f"known: {', '.join(_ITEMS)}")
        rows.append({"province": provinces.resolve(line["province"], file=path, row=number),
                     "from_year": _year(line["from_year"], path, number), "to_year": _year(line["to_year"], path, number),
                     "component": _ITEMS[line["item"]],
                     "change": parse_number(line["printed_change"], file=path, row=number, column="printed_change"),
                     "locator": line["source_url"].strip()})
    return pd.DataFrame(rows)


def press_source(url: str) -> str:
    """Source id of a page outside the PCI site, by its host: ``pci-press-baonghean-vn``; the site's own keep theirs."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    if host in SITE_HOSTS:
        return PROFILE_SOURCE
    return f"pci-press-{host.replace('.', '-')}" if host else "pci-press"


def _year(text: str, path: Path, row: int) -> int:
    if not re.fullmatch(r"20[0-3]\d", text.strip()):
        raise BadInput("not a year", file=path, row=row, column="year", value=text, fix="write it like 2021")
    return int(text)
