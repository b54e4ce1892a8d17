"""From the PCI originals to ``data/raw/pci`` and ``data/raw/pgi``: what ships, and from which source.

2005–2019: every province, from the workbooks; 2020: the composite of every province, from the site's ranking; 2023: the
sub-indices of every province, from its workbook. Beside them what is published singly: profile pages, the site's table of
2021, and figures in the press; from 2023 the publisher prints the composite of the first thirty provinces only. What pages
print about Bắc Ninh stays beside the workbook's figure as a further source of the same cell. A third party's rescaled PCI
2025 is not official and is left out.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from govlib.collect import tidy
from govlib.collect.readers.pci import workbook_paths
from govlib.collect.readers.pci_tables import WITHOUT_COMPOSITE, YEARS
from govlib.errors import BadInput
from govlib.known import indices
from govlib.transcribe import bac_ninh, pci_site, pci_workbook, points, press

TRANSCRIBED = "2026-11-22"  # the day these transcriptions were last checked against their sources
PRODUCER = "Vietnam Chamber of Commerce and Industry (VCCI), with USAID"
URL = "https://pcivietnam.vn/en/pci-data"
TERMS = ("figures as printed by the publisher, cited as facts; the publisher's workbooks are not redistributed "
         "(fetched by `make pull`)")
FULL = tuple(year for year in YEARS if year not in WITHOUT_COMPOSITE)  # editions whose workbook has everything
_GAPS = {2005: "42 provinces; no Labor Policy, no Law & Order",
         **{y: "no Policy Bias sub-index" for y in range(2009, 2013)},
         2011: "no Policy Bias sub-index; the composite cannot be rebuilt from the printed sub-indices",
         2020: "sub-indices of single provinces; the composite of all 63 is the site's ranking",
         2022: "single provinces only: no full table was found",
         2021: "ranks 1-21 and single provinces: no full table was found",
         2023: "composite and rank: single provinces only; the publisher prints the first 30 provinces only",
         2024: "single provinces only; the publisher prints the first 30 provinces only"}


def collect(mirror: str | Path) -> pd.DataFrame:
    """All rows of the shipped PCI files, tidy with ``year``: composite and sub-indices of every edition."""
    mirror = Path(mirror)
    books = workbook_paths(mirror)
    if missing := sorted(set(FULL) - set(books)):
        raise BadInput(f"no PCI workbook of {', '.join(map(str, missing))}", file=mirror,
                       fix="run: make pull, or name the folder that has them")
    parts = [pci_workbook.read(path, year) for year, path in sorted(books.items())]
    site = pd.concat([pci_site.read_table(mirror / pci_site.TABLE_FILE),
                      pci_site.read_profiles(mirror / pci_site.PROFILE_FILE),
                      pci_site.read_press(mirror / pci_site.PRESS_FILE)])
    # the profile pages repeat the workbooks up to 2019, with errors; they add nothing there
    parts.append(site[~site["year"].isin(FULL)])
    own = bac_ninh.read(mirror / bac_ninh.FILE, "pci").drop(columns=["index_id", "component_printed"])
    parts += [own.assign(unit=pci_workbook.UNIT), press.read("pci")]
    table = pd.concat(parts, ignore_index=True)
    # one page transcribed in two of the files states a cell once
    return tidy.sort(table.drop_duplicates(["year", "province", "component", "score", "rank", "source", "locator"]))


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    """Write ``out/pci/<edition>.csv`` and ``out/pgi/<edition>.csv`` for every edition, with sidecars; returns the CSV paths."""
    pgi = bac_ninh.read(Path(mirror) / bac_ninh.FILE, "pgi").assign(unit="points")
    pgi = tidy.sort(pd.concat([pgi[["year", *tidy.COLUMNS]], press.read("pgi")], ignore_index=True))
    written = []
    for index_id, name, table in (("pci", "Competitiveness", collect(mirror)), ("pgi", "Green", pgi)):
        read_on = press.read_on(index_id)
        for year, part in table.groupby("year"):
            gaps = _GAPS.get(year) if index_id == "pci" else "single provinces only: no full table was found"
            written.append(tidy.write(
                part, out, index_id, int(year), producer=PRODUCER,
                citation=f"VCCI, Provincial {name} Index {year}. {URL.split('/en')[0]}", url=URL, terms=TERMS,
                transcribed=read_on.get(int(year), TRANSCRIBED),
                method_version=indices.method_version(index_id, int(year)), extra={"known_gaps": gaps} if gaps else None))
    return written + [p for p in [points.write_means(press.read_means("pci"), out, "pci")] if p]
