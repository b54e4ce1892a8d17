"""PAPI as its publishers print it: yearly sheets, indicator workbooks, and files of sub-dimension scores.

What each edition offers (2011–2024), best first:

* 2011–2017: official workbook, one sheet a year, with dimensions, sub-dimensions and the unweighted total;
* 2018, 2019: the same workbook without totals; the totals come from the indicator workbook of the edition;
* 2022, 2023: official indicator sheet with dimensions and total; a withheld dimension of 2022 stands there as 0;
* 2020, 2021, 2024: sub-dimension scores only, so that dimensions and total are derived
  (:func:`~govlib.collect.readers.papi.derive_dimensions`).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pandas as pd

from govlib.collect import tidy
from govlib.collect.readers import papi_indicators
from govlib.collect.readers.papi import EIGHT_DIMENSIONS_FROM, FIRST, GAPS, LAST, UNIT, Reading, dimensions, subdimensions
from govlib.errors import BadInput
from govlib.forms import excel
from govlib.known import indices, provinces
from govlib.text import clean, fold
from govlib.transcribe import bac_ninh

TRANSCRIBED = "2026-11-22"
SERIES, SERIES_2016 = "papi/PAPI_2011-2019.xlsx", "papi/PAPI_2011-2016.xlsx"
SUBDIMENSION_FILE = "papi/subcriteria/csv/{year}.csv"

# headers of the official files that are not the concept's name in the index definitions
_OTHER_HEADERS = {"Quality of Local Elections": "participation.election_quality",
                  "E-Reponsiveness": "e_governance.e_responsiveness"}
_DIMENSION_HEADERS = {
    "Participation at Local Levels": "participation", "Transparency": "transparency",
    "Vertical Accountability": "vertical_accountability", "Control of Corruption": "control_of_corruption",
    "Public Administrative Procedures": "administrative_procedures", "Public Service Delivery": "service_delivery",
    "Environmental Governance": "environmental_governance", "E-Governance": "e_governance",
}
# The label of the total stays at 2015 in every sheet from 2011 to 2017; it is the sum of that sheet's six dimensions.
_TOTAL_HEADER = "Un-weighted2015PAPI"


def read_series(path: str | Path, years: list[int] | None = None, *, source: str = "papi-workbook-2011-2019") -> pd.DataFrame:
    """Official series workbook with one sheet a year (``2011_PAPI`` …): dimensions, sub-dimensions, total to 2017.

    Returns the raw tidy columns plus ``year``; raises :class:`BadInput` on unknown headers, a province twice or
    missing, text in a number, a score out of scale, or a dimension that is not the sum of its parts.
    """
    path = Path(path)
    book = excel.open_workbook(path)
    sheets = {int(found[1]): name for name in book.names if (found := re.fullmatch(r"(\d{4})_PAPI", name.strip()))}
    if not sheets:
        raise BadInput("no sheet is named like 2011_PAPI", file=path, fix="is this the official PAPI series workbook?")
    if missing := set(years or ()) - set(sheets):
        raise BadInput(f"no sheet for {sorted(missing)}", file=path)
    return tidy.sort(pd.concat([_series_sheet(book.sheet(name), year, source) for year, name in sheets.items()
                                if years is None or year in years], ignore_index=True))


def _series_sheet(sheet: excel.Sheet, year: int, source: str) -> pd.DataFrame:
    header = [clean(c or "") for c in sheet.rows[0]] if sheet.rows else []
    columns = _series_columns(header, sheet, year)
    reading = Reading(sheet.path, year, source)
    for r, row in enumerate(sheet.rows[1:], start=1):
        if clean(row[0] or "") in ("tinhid", "") or row[0] == 999:  # second header; the row of the highest scores
            continue
        printed = clean(row[2] or "")
        who = printed, provinces.resolve(printed, year, file=sheet.path, row=r + 1)
        for component, at in columns.items():
            value, note = row[at], ""
            if component == "overall" and value == 0:  # the sum of six empty cells (Bắc Giang, Đồng Tháp 2014)
                value, note = None, "not published: stored as 0 beside empty dimensions"
            reading.add(who, component, value, row=r + 1, column=header[at], locator=sheet.locator(r, at), note=note)
    return reading.checked()


def _series_columns(header: list[str], sheet: excel.Sheet, year: int) -> dict[str, int]:
    if header[:3] != ["tinhid", "tentinh_eng", "tentinh_vie"]:
        raise BadInput("the first row is not a PAPI header", file=sheet.path, row=1, value=header[:3], column=sheet.name,
                       fix="expected tinhid, tentinh_eng, tentinh_vie, then dimensions")
    columns: dict[str, int] = {}
    for at, text in enumerate(header):
        if at < 3 or not text:
            continue
        component = _headers(year).get(fold(text))
        if component is None:
            raise BadInput(f"a column that the {year} edition does not have", file=sheet.path, row=1, column=sheet.name, value=text)
        if component in columns:
            raise BadInput("the same column twice", file=sheet.path, row=1, column=sheet.name, value=text)
        columns[component] = at
    return columns


@cache
def _headers(year: int) -> dict[str, str]:
    names = {fold(h): d for h, d in _DIMENSION_HEADERS.items() if d in dimensions(year)}
    if year < EIGHT_DIMENSIONS_FROM:
        names[fold(_TOTAL_HEADER)] = "overall"
    ids = {c.id for c in subdimensions(year).values()}
    names.update({fold(c.name_en): c.id for c in subdimensions(year).values()})
    names.update({fold(h): i for h, i in _OTHER_HEADERS.items() if i in ids})
    return names


@cache
def province_codes() -> dict[str, str]:
    """``P01`` … ``P63`` of the sub-dimension files → province slug: the 63 provinces in the order of their GSO codes."""
    ordered = sorted((provinces.get(slug, 2024) for slug in provinces.province_set(2024)), key=lambda p: int(p.gso))
    return {f"P{n:02d}": p.slug for n, p in enumerate(ordered, start=1)}


def read_subdimensions(path: str | Path, year: int | None = None) -> pd.DataFrame:
    """One file of sub-dimension scores (``2024.csv``: Province, SC11 … SC83; the year is the file's name)."""
    path = Path(path)
    if year is None:
        if not re.fullmatch(r"\d{4}", path.stem):
            raise BadInput("the file's name is not a year", file=path, fix="name it like 2024.csv, or pass year")
        year = int(path.stem)
    (_, first), *lines = tidy.read_lines(path)
    header = [clean(c) for c in first]
    known = {"SC" + code.replace(".", ""): s.id for code, s in subdimensions(year).items()}
    if header[0] != "Province" or not set(known) <= set(header):
        raise BadInput("not a file of sub-dimension scores", file=path, row=1, value=header[:3],
                       fix=f"expected Province and {', '.join(known)}")
    if any(not re.fullmatch(r"SC\d\d", c) for c in header[1:]) or len(set(header)) != len(header):
        raise BadInput("an unknown or repeated column", file=path, row=1, value=header)
    reading = Reading(path, year, f"papi-subdimensions-{year}")
    codes = province_codes()
    for r, row in lines:
        if len(row) != len(header):
            raise BadInput(f"{len(row)} cells where the header has {len(header)}", file=path, row=r)
        if row[0] not in codes:
            raise BadInput("unknown province code", file=path, row=r, column="Province", value=row[0], fix="expected P01 … P63")
        who = provinces.name(codes[row[0]], "en"), codes[row[0]]  # the file prints only the code
        for text, column in zip(row[1:], header[1:], strict=True):
            if column in known:
                reading.add(who, known[column], text, row=r, column=column, locator=f"{path.name} {row[0]} {column}")
            elif text.strip():
                raise BadInput(f"{column} is not a sub-dimension of the {year} edition", file=path, row=r, column=column,
                               value=text)
    if not reading.rows:
        raise BadInput("no province in this file", file=path)
    return reading.checked()


def edition(mirror: str | Path, year: int) -> pd.DataFrame:
    """All published scores of one edition from the best files of a mirror folder (module docstring says which)."""
    mirror = Path(mirror)
    found = []
    if year <= 2019:
        found.append(read_series(mirror / SERIES, [year]))
    if year in (2020, 2021, 2024):
        found.append(read_subdimensions(mirror / SUBDIMENSION_FILE.format(year=year)))
    if year in papi_indicators.FILES:
        table = papi_indicators.read(mirror / papi_indicators.FILES[year], year)
        found.append(table[table["level"] == "overall"] if year <= 2019 else table)
    if (pages := mirror / bac_ninh.FILE).exists():
        table = bac_ninh.read(pages, "papi")
        found.append(table[table["year"] == year].assign(unit=UNIT)[["year", *tidy.COLUMNS]])
    return tidy.sort(pd.concat([f for f in found if len(f)], ignore_index=True))


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    """Write ``out/papi/<year>.csv`` and sidecars for 2011–2024 from the originals in ``mirror``."""
    written = []
    for year in range(FIRST, LAST + 1):
        table = edition(mirror, year)
        extra = {}
        if year in GAPS:
            who, reason, page = GAPS[year]
            extra["known_gaps"] = f"{', '.join(who)}: {reason} ({page})"
        if year in (2020, 2021, 2024):
            extra["derived"] = ("Only sub-dimension scores were found: the panel adds them up to dimensions and the total "
                                "(derive_dimensions), never where one of them is missing.")
        elif year <= 2019:
            extra["checked"] = ("Sub-dimensions agree cell by cell with the separate sub-dimension files"
                                + (" and with the workbook of 2011-2016" if year <= 2016 else "") + ".")
        written.append(tidy.write(
            table, out, "papi", year, producer="UNDP Viet Nam, CECODES, VFF-CRT, RTA",
            citation=f"Viet Nam Provincial Governance and Public Administration Performance Index (PAPI) {year}",
            url="https://papi.org.vn", terms="scores printed by the publishers, quoted as facts with their source; the workbooks "
            "are the publishers' and are not redistributed", transcribed=TRANSCRIBED,
            method_version=indices.method_version("papi", year), extra=extra))
    return written
