"""The survey items behind the sub-indices in the PCI workbooks of 2005–2019 and 2023, which ``make pull`` fetches."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from govlib.collect import tidy
from govlib.collect.readers import pci_items
from govlib.collect.readers.pci_tables import (
    WITHOUT_COMPOSITE,
    YEARS,
    Table,
    components_of,
    data_rows,
    edition,
    find_table,
    place,
    role,
    source_id,
)
from govlib.errors import BadInput
from govlib.forms import excel
from govlib.text import parse_number


def workbook_paths(folder: str | Path) -> dict[int, Path]:
    """Edition → workbook, for every PCI workbook anywhere under a folder (``PCI_2012.xlsx``, ``pci-workbook-2012.xlsx``)."""
    names = {f"{start}_{year}": year for year in YEARS for start in ("pci", "pci_workbook")}
    found = {}
    for path in sorted(Path(folder).rglob("*.xls*")):
        if year := names.get(path.stem.lower().replace("-", "_").replace(" ", "_")):
            found[year] = path
    return found


def indicators_in(folder: str | Path) -> pd.DataFrame:
    """Survey items of every PCI workbook under a folder, tidy with ``index_id`` and ``year``; empty where there is none."""
    # the items of 2023 are worded anew and have no names of ours yet (pci_items): its workbook gives the sub-indices only
    parts = [indicators(path, year) for year, path in sorted(workbook_paths(folder).items()) if year not in WITHOUT_COMPOSITE]
    if not parts:
        return pd.DataFrame(columns=["index_id", "year", *tidy.COLUMNS])
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "index_id", "pci")
    return table


def indicators(path: str | Path, year: int | None = None) -> pd.DataFrame:
    """The survey items of one workbook, tidy, level ``indicator``.

    ``component`` is ``<component>.<item>`` (:mod:`~govlib.collect.readers.pci_items` names the items), ``unit`` the item's own
    (days, share 0-1, percent, scale 1-5, count, …), ``note`` its printed wording and question number. Cells left empty are
    left out. The sheets on infrastructure and IT, which belong to no sub-index, are not read.
    """
    path = Path(path)
    year = edition(path, year)
    book = excel.open_workbook(path)
    rows: list[dict] = []
    for name in book.names:
        component = role(name) if book.visible(name) else None
        table = find_table(book.sheet(name)) if component in components_of(year) else None
        if component and table is not None:
            rows += _items(table, component, year)
    if not rows:
        raise BadInput("no sheet of survey items", file=path, fix=f"check that it is the full PCI {year} workbook")
    return tidy.frame(rows, year)


def _items(table: Table, component: str, year: int) -> list[dict]:
    """All items of one sheet. A column without figures is none; a name that comes twice within a sheet is numbered."""
    rows: list[dict] = []
    taken: dict[str, int] = {}
    for col, header in table.headers.items():
        wording, rest = pci_items.label(header)
        if (col in table.provinces or pci_items.is_sub_index(header) or pci_items.is_sub_index(wording)
                or role(header.split(" | ")[0]) in ("order", "code", "rank", "province", "region")):
            continue
        lines = data_rows(table, col, year, strict=False)
        figures = _figures(table, col, lines)
        if not figures:
            continue
        item = pci_items.item(component, wording, year)
        taken[item] = taken.get(item, 0) + 1
        if taken[item] > 1:
            item = f"{item}_{taken[item]}"
        note = wording + (f" [{rest}]" if rest else "")
        if misprint := pci_items.MISPRINTS.get((year, component, item)):
            item, note = f"{item}_as_printed", f"{misprint}. {note}"
        common = {"component": f"{component}.{item}", "level": "indicator", "source": source_id(year),
                  "unit": pci_items.unit(wording, list(figures.values()))}
        rows += [{**common, **row} for row in _by_province(table, col, lines, figures, note)]
    return rows


def _figures(table: Table, col: int, lines: list[tuple[int, str, str]]) -> dict[int, float]:
    """Row → figure, where one is printed."""
    sheet = table.sheet
    found = {r: parse_number(raw, file=sheet.path, row=r + 1, column=place(sheet, col)) for r, _, _ in lines
             if not tidy.is_blank(raw := sheet.cell(r, col))}
    return {r: value for r, value in found.items() if value is not None}


def _by_province(table: Table, col: int, lines: list[tuple[int, str, str]], figures: dict[int, float], note: str) -> list[dict]:
    rows_of: dict[str, list[int]] = {}
    for r, _, slug in lines:
        rows_of.setdefault(slug, []).append(r)
    rows = []
    for r, printed, slug in lines:
        places = rows_of[slug]
        if r not in figures or r != places[0]:
            continue
        row = {"province_printed": printed, "province": slug, "score": figures[r], "locator": table.sheet.locator(r, col),
               "note": note}
        if len(places) > 1:  # one of the two names is a misprint for a province that is missing: nobody can say which
            row |= {"score": None, "note": "the workbook prints this province twice in the column, in rows "
                    f"{' and '.join(str(p + 1) for p in places)}: not usable. {note}"}
        rows.append(row)
    return rows
