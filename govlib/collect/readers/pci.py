"""From the PCI originals to ``data/raw/pci`` and ``data/raw/pgi``: what ships, and from which source.

2005–2019: every province, from the workbooks. 2020–2024: what is published, that is profile pages, the site's table of
2021, and single figures in the press; from 2023 the publisher prints the first thirty provinces only. What pages print
about Bắc Ninh stays beside the workbook's figure as a further source of the same cell. A third party's rescaled PCI 2025 is
not official and is left out.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from govlib.collect.readers import _tidy, pci_site, pci_workbook
from govlib.errors import BadInput
from govlib.transcribe import bac_ninh, press

TRANSCRIBED = "2026-11-22"  # the day these transcriptions were last checked against their sources
PRODUCER = "Vietnam Chamber of Commerce and Industry (VCCI), with USAID"
URL = "https://pcivietnam.vn/en/pci-data"
TERMS = ("figures as printed by the publisher, cited as facts; the publisher's workbooks are not redistributed "
         "(fetched by `make pull`)")
_GAPS = {2005: "42 provinces; no Labor Policy, no Law & Order",
         **{y: "no Policy Bias sub-index" for y in range(2009, 2013)},
         2011: "no Policy Bias sub-index; the composite cannot be rebuilt from the printed sub-indices",
         **{y: "single provinces only: no full table was found" for y in (2020, 2022)},
         2021: "ranks 1-21 and single provinces: no full table was found",
         2023: "single provinces only; the publisher prints the first 30 provinces only",
         2024: "single provinces only; the publisher prints the first 30 provinces only"}


def workbook_paths(folder: str | Path) -> dict[int, Path]:
    """Edition → workbook, for every PCI workbook anywhere under a folder (``PCI_2012.xlsx``, ``pci-workbook-2012.xlsx``)."""
    found: dict[int, Path] = {}
    for path in sorted(Path(folder).rglob("*.xls*")):
        for year in pci_workbook.YEARS:
            if path.stem.lower().replace("-", "_").replace(" ", "_") in (f"pci_{year}", f"pci_workbook_{year}"):
                found[year] = path
    return found


def collect(mirror: str | Path) -> pd.DataFrame:
    """All rows of the shipped PCI files, tidy with ``year``: composite and sub-indices of every edition."""
    mirror = Path(mirror)
    books = workbook_paths(mirror)
    if missing := sorted(set(pci_workbook.YEARS) - set(books)):
        raise BadInput(f"no PCI workbook of {', '.join(map(str, missing))}", file=mirror,
                       fix="run: make pull, or name the folder that has them")
    parts = [pci_workbook.read(path, year) for year, path in sorted(books.items())]
    site = pd.concat([pci_site.read_table_csv(mirror / pci_site.TABLE_FILE),
                      pci_site.read_profiles_csv(mirror / pci_site.PROFILE_FILE),
                      pci_site.read_press_csv(mirror / pci_site.PRESS_FILE)])
    # the profile pages repeat the workbooks up to 2019, with errors; they add nothing there
    parts.append(site[site["year"] > max(pci_workbook.YEARS)])
    own = bac_ninh.read(mirror / bac_ninh.FILE, "pci").drop(columns=["index_id", "component_printed"])
    own["unit"] = own["level"].map(pci_workbook.UNITS)
    parts += [own, press.read("pci")]
    table = pd.concat(parts, ignore_index=True)
    # one page transcribed in two of the files states a cell once
    return _tidy.sort(table.drop_duplicates(["year", "province", "component", "score", "rank", "source", "locator"]))


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    """Write ``out/pci/<edition>.csv`` and ``out/pgi/<edition>.csv`` for every edition, with sidecars; returns the CSV paths."""
    table = collect(mirror)
    written = [_write(part, out, "pci", year, f"VCCI, Provincial Competitiveness Index {year}")
               for year, part in table.groupby("year")]
    pgi = bac_ninh.read(Path(mirror) / bac_ninh.FILE, "pgi")
    pgi["unit"] = "points"
    pgi = _tidy.sort(pd.concat([pgi[["year", *_tidy.COLUMNS]], press.read("pgi")], ignore_index=True))
    written += [_write(part, out, "pgi", year, f"VCCI, Provincial Green Index {year}") for year, part in pgi.groupby("year")]
    return written


def _write(part: pd.DataFrame, out: str | Path, index_id: str, year: int, citation: str) -> Path:
    gaps = _GAPS.get(year) if index_id == "pci" else "single provinces only: no full table was found"
    checked = press.READ if year in press.years(index_id) else TRANSCRIBED
    return _tidy.write(part, out, index_id, int(year), producer=PRODUCER, citation=f"{citation}. {URL.split('/en')[0]}",
                       url=URL, terms=TERMS, transcribed=checked, method_version=_tidy.method_version(index_id, int(year)),
                       extra={"known_gaps": gaps} if gaps else None)


def indicators_in(folder: str | Path) -> pd.DataFrame:
    """Survey items of every PCI workbook under a folder, tidy with ``index_id`` and ``year``; empty where there is none."""
    parts = [pci_workbook.indicators(path, year) for year, path in sorted(workbook_paths(folder).items())]
    if not parts:
        return pd.DataFrame(columns=["index_id", "year", *_tidy.COLUMNS])
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "index_id", "pci")
    return table
