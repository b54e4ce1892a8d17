"""Single figures as pages print them: a CSV with one line a figure and its address.

PAR Index, SIPAS, ICT Index and DTI have no full public table for most editions; what is known are the provinces that a
newspaper or a portal named. A mean of the country or of a region is kept apart from the provinces: it is not one.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from govlib.collect.readers import _tidy
from govlib.errors import BadInput
from govlib.known import provinces
from govlib.text import clean, fold, parse_number
from govlib.transcribe import bac_ninh

# how the pages call a mean → the area it is of
MEANS = {"national mean": "national", "63 province mean": "national", "red river delta mean": "red-river-delta",
         "southeast mean": "southeast"}
TRANSCRIBED = "2026-11-22"
MEAN_COLUMNS = ["year", "area", "component", "level", "score", "unit", "source", "locator", "note"]


def records(path: str | Path, columns: list[str]) -> list[tuple[int, dict[str, str]]]:
    """(row number, cells) of a CSV in UTF-8 that must have these columns and at least one line."""
    rows = _tidy.read_csv(path, tuple(columns))
    if not rows:
        raise BadInput("no figure in this file", file=path)
    return rows


def read(path: str | Path, source: str, total: str, parts: dict[str, str] | None = None) -> tuple[pd.DataFrame, list[dict]]:
    """Provinces (raw tidy columns and ``year``) and printed means of a file with one line a province and year.

    total : the column of the composite, percent. parts : column → component, points of the composite's 100.
    """
    path, parts = Path(path), parts or {}
    rows, means = [], []
    for line, cell in records(path, ["year", "province", total, "rank", *parts, "source_url"]):
        year = year_of(cell["year"], path, line)
        score = parse_number(cell[total], file=path, row=line, column=total)
        area = area_of_mean(cell["province"])
        if area is not None:
            means.append(mean_row(area, year, "overall", score, "percent", source, cell["source_url"]))
            continue
        rows.append(row(cell["province"], year, "overall", score, "percent", source, cell["source_url"], path=path, line=line,
                        rank=rank_of(cell["rank"], path, line)))
        for column, component in parts.items():
            value = parse_number(cell[column], file=path, row=line, column=column)
            if value is not None:
                rows.append(row(cell["province"], year, component, value, "points", source, cell["source_url"], path=path,
                                line=line))
    return check_once(_tidy.frame(rows), path), means


def year_of(text: str, path: Path, row: int) -> int:
    if not (text.isdigit() and 2000 <= int(text) <= 2100):
        raise BadInput("not a year", file=path, row=row, column="year", value=text)
    return int(text)


def rank_of(text: str, path: Path, row: int) -> int | None:
    if not text.strip():
        return None
    if not (text.isdigit() and 1 <= int(text) <= 64):
        raise BadInput("not a rank among the provinces", file=path, row=row, column="rank", value=text)
    return int(text)


def area_of_mean(printed: str) -> str | None:
    """``national`` or a region slug where the line is a mean, else None."""
    return MEANS.get(fold(printed))


def row(printed: str, year: int, component: str, score: float | None, unit: str, source: str, locator: str, *, path: Path,
        line: int, rank: int | None = None, note: str = "", bounds: tuple[float, float] = (0.0, 100.0), tier: str = "") -> dict:
    """One tidy row; raises where the score is out of its scale or neither score nor rank nor note is given."""
    if score is not None and not bounds[0] <= score <= bounds[1]:
        raise BadInput(f"out of the scale {bounds[0]:g}–{bounds[1]:g}", file=path, row=line, column=component, value=score)
    if score is None and not note:
        note = "score not published on this page" if rank is not None else "not published"
    return {"province_printed": clean(printed), "province": provinces.resolve(printed, year, file=path, row=line),
            "component": component, "level": "overall" if component == "overall" else "component", "score": score,
            "rank": rank, "tier": tier, "unit": unit, "source": source, "locator": locator, "note": note, "year": year}


def mean_row(area: str, year: int, component: str, score: float, unit: str, source: str, locator: str, note: str = "") -> dict:
    return {"year": year, "area": area, "component": component, "level": "overall" if component == "overall" else "component",
            "score": score, "unit": unit, "source": source, "locator": locator, "note": note}


def check_once(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """No province twice for the same figure from the same page."""
    twice = table[table.duplicated(["year", "province", "component", "source", "locator"], keep=False)]
    if len(twice):
        raise BadInput("a province twice for the same figure", file=path,
                       value=(int(twice["year"].iloc[0]), twice["province_printed"].iloc[0], twice["component"].iloc[0]))
    return table


def write_means(rows: list[dict], out: str | Path, index_id: str) -> Path | None:
    """``<index>/national.csv``: means of the country and of regions, with page and source; not read by the panel."""
    if not rows:
        return None
    table = pd.DataFrame(rows, columns=MEAN_COLUMNS).sort_values(["year", "area", "component", "locator"], kind="stable")
    table["score"] = [_tidy.number_text(v) for v in table["score"]]
    path = Path(out) / index_id / "national.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(table.to_csv(index=False, lineterminator="\n"), encoding="utf-8", newline="\n")
    return path


# the province's own page → component ids; what is missing here is a component no module knows
_BAC_NINH_COMPONENTS = {
    "dti": {"digital_economy": "digital_economy", "digital_government": "digital_government", "digital_society": "digital_society"},
    "par": {"modernisation_of_administration": "modernisation"},
    "sipas": {"handling_of_feedback": "feedback_handling"},
}


def of_bac_ninh(path: str | Path, index_id: str, unit: str) -> pd.DataFrame:
    """Bắc Ninh's printed rows of one index, with this index's component ids."""
    table = bac_ninh.read(path, index_id)
    known = {"overall": "overall", **_BAC_NINH_COMPONENTS[index_id]}
    unknown = set(table["component"]) - set(known)
    if unknown:
        raise BadInput(f"no such component of {index_id}", file=path, value=sorted(unknown), fix=f"known: {', '.join(sorted(known))}")
    units = [unit if level == "overall" else "points" if index_id == "par" else unit for level in table["level"]]
    return table.assign(component=table["component"].map(known), unit=units)[["year", *_tidy.COLUMNS]]


def write_editions(parts: list[pd.DataFrame], out: str | Path, index_id: str, *, producer: str, name: str, url: str,
                   checked: dict[int, str] | None = None) -> list[Path]:
    """One raw file with its sidecar for each year that any of the readings has.

    checked : editions whose lines were last checked on another day than :data:`TRANSCRIBED`, with that day (ISO).
    """
    table = pd.concat([p for p in parts if len(p)], ignore_index=True)
    written = []
    for year, rows in table.groupby("year"):
        few = rows["province"].nunique() < len(provinces.province_set(int(year)))
        extra = {"known_gaps": "no full table of this edition was found: only the provinces that a page named"} if few else {}
        written.append(_tidy.write(rows, out, index_id, int(year), producer=producer, citation=f"{name} {year}", url=url,
                                   terms="figures quoted from public pages; each row carries its address",
                                   transcribed=(checked or {}).get(int(year), TRANSCRIBED),
                                   method_version=_tidy.method_version(index_id, int(year)), extra=extra))
    return written
