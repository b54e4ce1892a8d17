"""Control variables: what the statistics office and the ministries print about provinces besides the indices.

One long shape for all: :data:`COLUMNS`, one row a province × year × variable, unit stated. A cell that its source has
wrong stays in the table with an empty value and a note that begins with "rejected:"; nothing is filled in its place.

Shipped: ``budget`` (final accounts 2006–2014), ``fdi`` (2015–June 2024), ``grdp`` (1992–2021, per head 2022–2024),
``population`` (2015–2024), ``income`` (2010, 2015, 2016).
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from govlib.collect import tidy
from govlib.errors import BadInput

COLUMNS = ["province_printed", "province", "year", "variable", "value", "unit", "source", "locator", "note"]
TRANSCRIBED = "2026-11-22"
_PRICES = "VND billion, {} prices"
UNITS = {**dict.fromkeys(("budget_revenue", "budget_expenditure", "budget_central_transfer"), "VND million"),
         "fdi_new_projects": "projects", "fdi_new_capital": "USD million", "fdi_registered_cumulative": "USD million",
         "grdp": _PRICES.format("current"), "grdp_1994_prices": _PRICES.format("constant 1994"),
         "grdp_2010_prices": _PRICES.format("constant 2010"), "grdp_per_capita": "VND million a head, current prices",
         **dict.fromkeys(("population", "urban_population", "labour_force"), "thousand persons"), "urban_share": "percent",
         "monthly_income": "VND thousand a head and month, current prices"}


def frame(rows: Iterable[dict]) -> pd.DataFrame:
    """Rows as a table with :data:`COLUMNS`: year int, value float (NaN: rejected or not printed, the note says why)."""
    table = pd.DataFrame.from_records(list(rows), columns=COLUMNS)
    table["value"] = pd.to_numeric(table["value"]).astype("float64")
    table["year"] = table["year"].astype("int64")
    for column in set(COLUMNS) - {"value", "year"}:
        table[column] = table[column].fillna("").astype("object")
    return sort(table)


def sort(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["variable", "province", "year", "source"], kind="stable").reset_index(drop=True)


def row(printed: str, province: str, year: int, variable: str, value: float | None, source: str, locator: str,
        note: str = "") -> dict:
    return {"province_printed": printed, "province": province, "year": year, "variable": variable, "value": value,
            "unit": UNITS[variable], "source": source, "locator": locator,
            "note": note or ("not printed" if value is None or math.isnan(value) else "")}


def write(table: pd.DataFrame, out: str | Path, name: str, *, producer: str, citation: str, url: str, notes: list[str]) -> Path:
    """Write ``out/controls/<name>.csv`` and its sidecar."""
    twice = table[table.duplicated(["province", "year", "variable"])]
    if len(twice):
        raise BadInput("stated twice", file=f"{name}.csv", value=tuple(twice[["province", "year", "variable"]].iloc[0]))
    text = sort(table)[COLUMNS].copy()
    text["value"] = [tidy.number_text(v) for v in text["value"]]
    return tidy.write_raw(text, Path(out) / "controls" / f"{name}.csv", {
        "index_id": "controls", "edition": name, "producer": producer, "citation": citation, "url": url,
        "terms": "figures printed by public bodies, quoted as facts with their source; the files they stand in are not "
                 "redistributed",
        "transcribed": TRANSCRIBED, "sources": sorted(set(text["source"])),
        "variables": {v: [UNITS[v]] for v in sorted(set(text["variable"]))}, "notes": notes})


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    """Write all control files from the originals in ``mirror``."""
    written: list[Path] = []
    for name in ("budget", "fdi", "grdp", "gso"):  # each imports this module
        written += importlib.import_module(f"{__name__}_{name}").transcribe(mirror, out)
    return written
