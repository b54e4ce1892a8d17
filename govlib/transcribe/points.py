"""Single figures as pages print them: a CSV with one line a figure and its address.

PAR Index, SIPAS, ICT Index and DTI have no full public table for most editions; what is known are the provinces that a
newspaper or a portal named. A mean of the country or of a region is kept apart from the provinces: it is not one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from govlib import files
from govlib.collect import tidy
from govlib.errors import BadInput
from govlib.known import indices, provinces
from govlib.text import clean, fold
from govlib.transcribe import bac_ninh

# what the pages print of more than one province → the area it is of
MEANS = {"national mean": "national", "63 province mean": "national", "national median": "national-median",
         "red river delta mean": "red-river-delta", "southeast mean": "southeast",
         "northern midlands and mountains mean": "northern-midlands-mountains",
         "north central and central coast mean": "north-central-central-coast", "mekong delta mean": "mekong-delta",
         "central highlands mean": "central-highlands"}
TRANSCRIBED = "2026-11-22"
MEAN_COLUMNS = ["year", "area", "component", "level", "score", "unit", "source", "locator", "note"]


@dataclass(frozen=True)
class Page:
    """What the figures of a file share: the file, the source's id, their unit and scale. A line of the file (``cell``) names
    its province, year and address (``source_url``); the figure stands in one of its columns."""

    path: Path
    source: str
    unit: str
    bounds: tuple[float, float | None] = (0.0, 100.0)

    def records(self, columns: list[str]) -> list[tuple[int, dict[str, str]]]:
        """(row number, cells) of the file, which must have these columns and at least one line."""
        rows = tidy.read_csv(self.path, tuple(columns))
        if not rows:
            raise BadInput("no figure in this file", file=self.path)
        return rows

    def score(self, line: int, cell: dict[str, str], column: str) -> float | None:
        return tidy.on_scale(cell[column], self.bounds, file=self.path, row=line, column=column)

    def row(self, line: int, cell: dict[str, str], component: str, column: str, *, rank: str = "", note: str = "",
            tier: str = "") -> dict:
        """A province's figure as a tidy row; raises where it is out of its scale."""
        year, score = tidy.parse_year(cell["year"], self.path, line), self.score(line, cell, column)
        place, rank_note = tidy.parse_rank(rank, self.path, line)
        if score is None and not note:
            note = "not published" if place is None else "score not published on this page"
        return {"province_printed": clean(cell["province"]), "tier": tier, "rank": place,
                "province": provinces.resolve(cell["province"], year, file=self.path, row=line),
                **self._figure(year, component, score, cell, "; ".join(filter(None, [rank_note, note])))}

    def mean(self, line: int, cell: dict[str, str], component: str, column: str, *, note: str = "") -> dict | None:
        """The figure of the country or a region, None where the line is a province's."""
        area = MEANS.get(fold(cell["province"]))
        if area is None:
            return None
        year = tidy.parse_year(cell["year"], self.path, line)
        return {"area": area, **self._figure(year, component, self.score(line, cell, column), cell, note)}

    def _figure(self, year: int, component: str, score: float | None, cell: dict[str, str], note: str) -> dict:
        return {"year": year, "component": component, "level": "overall" if component == "overall" else "component", "score": score,
                "unit": self.unit, "source": self.source, "locator": cell["source_url"].strip(), "note": note}

    def once(self, rows: list[dict]) -> pd.DataFrame:
        """The rows as a table: no province twice for the same figure from the same page."""
        table = tidy.frame(rows) if rows else pd.DataFrame(columns=["year", *tidy.COLUMNS])
        twice = table[table.duplicated(["year", "province", "component", "source", "locator"], keep=False)]
        if len(twice):
            raise BadInput("a province twice for the same figure", file=self.path,
                           value=(int(twice["year"].iloc[0]), twice["province_printed"].iloc[0], twice["component"].iloc[0]))
        return table


def read(page: Page, total: str, parts: dict[str, str] | None = None) -> tuple[pd.DataFrame, list[dict]]:
    """Provinces (raw tidy columns and ``year``) and printed means of a file with one line a province and year.

    total : the column of the composite, percent. parts : column → component, points of the composite's 100.
    """
    points, parts = replace(page, unit="points"), parts or {}
    rows, means = [], []
    for line, cell in page.records(["year", "province", total, "rank", *parts, "source_url"]):
        if mean := page.mean(line, cell, "overall", total):
            means.append(mean)
            continue
        rows.append(page.row(line, cell, "overall", total, rank=cell["rank"]))
        rows += [points.row(line, cell, component, column) for column, component in parts.items() if cell[column].strip()]
    return page.once(rows), means


def write_means(rows: list[dict], out: str | Path, index_id: str) -> Path | None:
    """``<index>/national.csv``: means and medians of the country, means of regions, with page and source; not of the panel,
    see `govlib.reading.nation`."""
    if not rows:
        return None
    table = pd.DataFrame(rows, columns=MEAN_COLUMNS).sort_values(["year", "area", "component", "locator"], kind="stable")
    table["score"] = [tidy.number_text(v) for v in table["score"]]
    return files.write(Path(out) / index_id / "national.csv", table.to_csv(index=False, lineterminator="\n"))


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
        raise BadInput(f"no such component of {index_id}", file=path, value=sorted(unknown),
                       fix=f"known: {', '.join(sorted(known))}")
    units = [unit if level == "overall" else "points" if index_id == "par" else unit for level in table["level"]]
    return table.assign(component=table["component"].map(known), unit=units)[["year", *tidy.COLUMNS]]


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
        written.append(tidy.write(rows, out, index_id, int(year), producer=producer, citation=f"{name} {year}", url=url,
                                   terms="figures quoted from public pages; each row carries its address",
                                   transcribed=(checked or {}).get(int(year), TRANSCRIBED),
                                   method_version=indices.method_version(index_id, int(year)), extra=extra))
    return written
