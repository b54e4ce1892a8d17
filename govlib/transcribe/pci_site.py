"""What pages print of the PCI, as transcribed: the site's table of 2021, provinces' profiles over the years, the press.

The pages are Vietnamese and English, with decimal points and commas, and print N/A where there is no figure. Where a
profile contradicts a workbook (several cells up to 2011 and 2013 do), the workbook is right.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from govlib.collect import tidy
from govlib.collect.readers.pci_tables import COMPONENTS
from govlib.errors import BadInput
from govlib.known import provinces
from govlib.text import clean, parse_number
from govlib.transcribe.pci_workbook import SCALE, UNIT

TABLE_FILE = "pci/pci_2021_table_top21.csv"
PROFILE_FILE = "pci/pci_province_profiles_2006_2024.csv"
PRESS_FILE = "pci/pci_overall_published_2020_2024.csv"

PROFILE_SOURCE = "pci-site-profiles"
SITE_HOSTS = ("pcivietnam.vn", "pcivietnam.org", "eng.pcivietnam.org")

# columns of a profile that are another province's: their sub-indices are not taken (composite and rank are the province's own)
ANOTHERS_COLUMN = {("thanh-hoa", 2023): "thai-nguyen"}

# scores that cannot be what they are printed as, and why: the rank stays
NOT_TAKEN = {("dien-bien", 2024, 67.77):
             "score not taken: 67.77 is printed at rank 32 of 63, whose score is the median, printed as 67.67"}

# the transcriptions keep the site's older names of two sub-indices
_ITEMS = {**{c: c for c in COMPONENTS}, "labor_training": "labor_policy", "legal_institutions": "law_and_order",
          "pci_score": "overall", "pci_rank": "rank"}


def read_table(path: str | Path) -> pd.DataFrame:
    """The site's table of PCI 2021 (ranks 1–21), tidy with ``year``."""
    path = Path(path)
    items = {item: component for item, component in _ITEMS.items()
             if item not in ("labor_policy", "law_and_order", "implementation")}
    rows: list[dict] = []
    seen: dict[tuple[str, str], int] = {}
    for number, line in tidy.read_csv(path, ("province", "year", *items, "tier", "source_url")):
        source = f"pci-site-table-{tidy.parse_year(line['year'], path, number)}"
        own = [_row(path, number, line, component, line[item], source=source, rank=line["pci_rank"], tier=line["tier"])
               for item, component in items.items() if component != "rank"]
        if (key := (own[0]["province"], line["year"])) in seen:
            raise BadInput(f"{line['province']} {line['year']} stands twice (also in row {seen[key]})", file=path, row=number,
                           value=line["province"], fix="remove the wrong row")
        seen[key] = number
        rows += own
    return tidy.frame(rows)


def read_profiles(path: str | Path) -> pd.DataFrame:
    """The profile pages, 2006–2024, tidy with ``year``; N/A as printed is an empty score with a note.

    A column that repeats another province's sub-indices (:data:`ANOTHERS_COLUMN`) gives its composite and rank only. Rows
    whose address is not the PCI site's carry the source of that page (:func:`press_source`).
    """
    path = Path(path)
    cells: dict[tuple[str, int], dict[str, tuple[int, dict[str, str]]]] = {}
    for number, line in tidy.read_csv(path, ("province", "year", "item", "value", "value_printed", "source_url")):
        year = tidy.parse_year(line["year"], path, number)
        component = _component(line["item"], path, number)
        value = parse_number(line["value"], file=path, row=number, column="value")
        printed = line["value_printed"]
        if not tidy.is_blank(printed) and parse_number(printed, file=path, row=number, column="value_printed") != value:
            raise BadInput(f"value and value_printed differ ({line['value']} and {printed})", file=path, row=number,
                           column="value", fix="look at the page")
        here = cells.setdefault((provinces.resolve(line["province"], year, file=path, row=number), year), {})
        if component in here:
            raise BadInput(f"{line['province']} {year} {line['item']} stands twice", file=path, row=number,
                           fix="remove the wrong row")
        here[component] = (number, line)
    rows = []
    for key, here in cells.items():
        if key in ANOTHERS_COLUMN:
            here = {item: cell for item, cell in here.items() if item in ("overall", "rank")}
        rank = here.pop("rank", None)
        here_rank = rank[1]["value_printed"] if rank else ""
        if rank and "overall" not in here:
            here["overall"] = (rank[0], {**rank[1], "value_printed": ""})
        rows += [_row(path, number, line, component, line["value_printed"], rank=here_rank)
                 for component, (number, line) in here.items()]
    return tidy.frame(rows)


def read_press(path: str | Path) -> pd.DataFrame:
    """Composite scores and ranks that newspapers and portals printed, 2020–2024, tidy with ``year``."""
    path = Path(path)
    rows = [_row(path, number, line, "overall", line["pci_score"], rank=line["pci_rank"])
            for number, line in tidy.read_csv(path, ("province", "year", "pci_score", "pci_rank", "source_url"))]
    rows = [{**row, "note": "score not printed in the source"} if row["score"] is None else row for row in rows]
    refused = [NOT_TAKEN.get((row["province"], row["year"], row["score"])) for row in rows]
    return tidy.frame({**row, "score": None, "note": why} if why else row for row, why in zip(rows, refused, strict=True))


def _row(path: Path, number: int, line: dict[str, str], component: str, text: str, *, source: str = "", rank: str = "",
         tier: str = "") -> dict:
    """One figure of a line that names its province, year and address; rank and tier belong to the composite alone."""
    level = "overall" if component == "overall" else "component"
    year, url = tidy.parse_year(line["year"], path, number), line["source_url"].strip()
    score, note = tidy.printed_score(text, SCALE[level], "on the page", file=path, row=number, column=component)
    ranked = re.sub(r"\s*/\s*\d+$", "", rank) if level == "overall" else ""
    rank_value, rank_note = tidy.parse_rank(ranked, path, number)
    return {"year": year, "province_printed": clean(line["province"]),
            "province": provinces.resolve(line["province"], year, file=path, row=number), "component": component, "level": level,
            "score": score, "rank": rank_value, "tier": clean(tier) if level == "overall" and not tidy.is_blank(tier) else "",
            "unit": UNIT, "source": source or press_source(url), "locator": url,
            "note": "; ".join(filter(None, [note, rank_note]))}


def _component(item: str, path: Path, number: int) -> str:
    if item not in _ITEMS:
        raise BadInput("no such item", file=path, row=number, column="item", value=item, fix=f"known: {', '.join(_ITEMS)}")
    return _ITEMS[item]


def press_source(url: str) -> str:
    """Source id of a page outside the PCI site, by its host: ``pci-press-baonghean-vn``; the site's own keep theirs."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    if host in SITE_HOSTS:
        return PROFILE_SOURCE
    return f"pci-press-{host.replace('.', '-')}" if host else "pci-press"
