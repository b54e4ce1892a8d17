"""The summary sheet of a PCI workbook, 2005–2019 and 2023: composite, sub-indices, rank and tier where printed."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from govlib.collect import tidy
from govlib.collect.readers import pci_tables
from govlib.collect.readers.pci_tables import COMPONENTS, Table, data_rows, find_table, place, roles, source_id, summary_of
from govlib.errors import BadInput
from govlib.forms import excel
from govlib.known import provinces, weighting
from govlib.text import clean, parse_number

SCALE = {"overall": (0.0, 100.0), "component": (1.0, 10.0)}
UNIT = "points"


def read(path: str | Path, year: int | None = None) -> pd.DataFrame:
    """Composite and sub-indices of one workbook, tidy (``tidy.COLUMNS`` and ``year``).

    ``year`` is the edition expected; without it the file's name must say it. ``score`` has the full stored precision;
    ``rank`` and ``tier`` are filled on the composite where the workbook prints them. Units: composite 0–100, sub-indices
    1–10. Raises BadInput (or UnknownName) with file, row and column for anything that is not such a workbook, is of
    another edition, or in which a province is missing, twice or unknown, a figure is text or off the scale, or columns
    stand under the wrong header.
    """
    path = Path(path)
    year = pci_tables.edition(path, year)
    book = excel.open_workbook(path)
    table, columns = _summary(book, year)
    rows: list[dict] = []
    for component in summary_of(year):
        rows += _column(table, columns[component], component, year)
    if "overall" in columns:
        _add_ranks(book, table, columns, rows, year)
    result = tidy.frame(rows, year)
    _check_provinces(result, path, year)
    _check_composite(result, path, year)
    return result


def _summary(book: excel.Workbook, year: int) -> tuple[Table, dict[str, int]]:
    """The sheet that holds the composite and every sub-index of the edition, and the column of each."""
    wanted = set(summary_of(year))
    best: tuple[int, Table | None] = (0, None)
    for name in filter(book.visible, book.names):
        table = find_table(book.sheet(name))
        if table is None:
            continue
        hits = len(wanted & set(roles(table).values()))
        if hits > best[0]:
            best = hits, table
        if hits == len(wanted):
            break  # the summary stands before the sheets of items, which would only cost time
    hits, table = best
    if table is None or hits < 4:
        raise BadInput("no sheet with a table of provinces and PCI sub-indices", file=book.path,
                       fix=f"check that it is the PCI {year} workbook; sheets: {', '.join(book.names)}")
    _check_header(table, wanted, year)
    return table, {role: col for col, role in roles(table).items()}


def _check_header(table: Table, wanted: set[str], year: int) -> None:
    """Every component once, none that the edition had not, and the year that it says itself."""
    path, sheet = table.sheet.path, table.sheet.name
    columns: dict[str, list[int]] = {}
    for col, role in roles(table).items():
        columns.setdefault(role, []).append(col)
    twice = [role for role in sorted(wanted) if len(columns.get(role, ())) > 1]
    if missing := sorted(wanted - set(columns)):
        raise BadInput(f"the header of sheet {sheet!r} lacks {', '.join(missing)} of the {year} edition"
                       + (f" and has two columns for {', '.join(twice)}" if twice else ""),
                       file=path, row=1, fix="check the year, and that the header row is as published")
    if twice:
        raise BadInput(f"two columns say they are {twice[0]}: {', '.join(excel.column_letters(c) for c in columns[twice[0]])} "
                       f"of sheet {sheet!r}", file=path, row=1, fix="keep the header row as published")
    if extra := sorted(set(columns) & set(COMPONENTS) - wanted):
        raise BadInput(f"the header of sheet {sheet!r} has {', '.join(extra)}, which the {year} edition had not", file=path, row=1,
                       fix="check the year")
    overall = table.headers[columns["overall"][0]] if "overall" in columns else ""
    printed = set(re.findall(r"(?<!\d)(20\d\d)(?!\d)", overall))
    if printed and str(year) not in printed:
        raise BadInput(f"the workbook says {overall!r}", file=path, value=overall,
                       fix=f"it is not the {year} edition: check the file's name")


def _column(table: Table, col: int, component: str, year: int) -> list[dict]:
    sheet = table.sheet
    level = "overall" if component == "overall" else "component"
    out = []
    for r, printed, slug in data_rows(table, col, year):
        score, note = tidy.printed_score(sheet.cell(r, col), SCALE[level], "in the workbook", file=sheet.path, row=r + 1,
                                         column=place(sheet, col))
        out.append({"province_printed": printed, "province": slug, "component": component, "level": level, "score": score,
                    "unit": UNIT, "source": source_id(year), "locator": sheet.locator(r, col), "note": note})
    return out


def _add_ranks(book: excel.Workbook, table: Table, columns: dict[str, int], rows: list[dict], year: int) -> None:
    """Rank and tier of the composite where printed: a column, a sheet of their own (2005), or the order (2006, 2008)."""
    note = ""
    if "rank" not in columns:
        table, columns = _sheet_of_ranks(book, table) or (table, columns)
    beside = at = columns.get("rank")
    if at is None and _numbered_by_score(table, columns["overall"], year):
        beside, at, note = columns["overall"], 0, "rank: number of the row in the table sorted by score"
    sheet, ranks, tiers = table.sheet, {}, {}
    if at is not None and beside is not None:
        ranks = {slug: tidy.parse_rank(sheet.cell(r, at), sheet.path, r + 1, place(sheet, at))[0]
                 for r, _, slug in data_rows(table, beside, year)}
    if (tier := columns.get("tier")) is not None:
        tiers = {slug: clean(v) if isinstance(v := sheet.cell(r, tier), str) else "" for r, _, slug in data_rows(table, tier, year)}
    for row in rows:
        if row["component"] == "overall":
            row["rank"], row["tier"] = ranks.get(row["province"]), tiers.get(row["province"], "")
            row["note"] = "; ".join(filter(None, [row["note"], note]))


def _sheet_of_ranks(book: excel.Workbook, table: Table) -> tuple[Table, dict[str, int]] | None:
    for name in book.names[:2]:
        other = find_table(book.sheet(name)) if name != table.sheet.name and book.visible(name) else None
        if other is not None and {"rank", "overall"} <= set(columns := {role: col for col, role in roles(other).items()}):
            return other, columns
    return None


def _numbered_by_score(table: Table, overall: int, year: int) -> bool:
    """Whether the first column numbers the rows of a table sorted by the composite (2006; 2008 in its own columns)."""
    values = [parse_number(table.sheet.cell(r, overall)) for r, _, _ in data_rows(table, overall, year)]
    held = [v for v in values if v is not None]
    return 0 not in table.provinces and len(held) == len(values) and held == sorted(held, reverse=True)


def _check_provinces(table: pd.DataFrame, path: Path, year: int) -> None:
    expected = set(provinces.province_set(year))
    for component, group in table.groupby("component"):
        have = set(group["province"])
        if year == 2005:  # the pilot: 42 provinces, the same in every column
            if len(have) != 42 or have != set(table["province"]):
                raise BadInput(f"{component} has {len(have)} of the 42 provinces of the first edition", file=path,
                               fix="restore the missing rows")
        elif have != expected:
            missing = ", ".join(provinces.name(p) for p in sorted(expected - have))
            raise BadInput(f"{component} lacks {missing}", file=path,
                           fix=f"restore the missing rows: {year} has {len(expected)} provinces")


def _check_composite(table: pd.DataFrame, path: Path, year: int) -> None:
    """Figures under the wrong header do not add up to the printed composite. (2011 misses it by up to 0.55 as published.)"""
    weights = weighting.of("pci", year)
    if not weights or "overall" not in set(table["component"]):
        return
    wide = table.pivot(index="province", columns="component", values="score")
    rebuilt = sum(wide[component] * weight / 10 for component, weight in weights.items())
    off = (rebuilt - wide["overall"]).abs().median()
    if off > 0.5:
        raise BadInput(f"the sub-indices do not add up to the printed composite: typically {off:.1f} points apart",
                       file=path, fix="look for columns that stand under the wrong header, or check the year")
