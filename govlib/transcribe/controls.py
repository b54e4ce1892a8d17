"""Control variables: what the statistics office and the ministries print about provinces besides the indices.

One long shape for all: :data:`COLUMNS`, one row a province × year × variable, unit stated. A cell that its source has
wrong stays in the table with an empty value and a note that begins with "rejected:"; nothing is filled in its place.

Shipped: ``budget`` (final accounts 2006–2014), ``fdi`` (2015–June 2024), ``grdp`` (1992–2021, per head 2022–2024),
``population`` (2015–2024), ``income`` (2010, 2015, 2016).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import yaml

from govlib.collect.readers import _tidy

COLUMNS = ["province_printed", "province", "year", "variable", "value", "unit", "source", "locator", "note"]
TRANSCRIBED = "2026-11-22"


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


def row(printed: str, province: str, year: int, variable: str, value: float | None, unit: str, source: str, locator: str,
        note: str = "") -> dict:
    return {"province_printed": printed, "province": province, "year": year, "variable": variable, "value": value, "unit": unit,
            "source": source, "locator": locator, "note": note or ("not printed" if value is None or math.isnan(value) else "")}


def write(table: pd.DataFrame, out: str | Path, name: str, *, producer: str, citation: str, url: str, notes: list[str]) -> Path:
    """Write ``out/controls/<name>.csv`` and its sidecar."""
    twice = table[table.duplicated(["province", "year", "variable"])]
    if len(twice):
        raise ValueError(f"{name}: stated twice: {twice.iloc[0].to_dict()}")
    folder = Path(out) / "controls"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    text = sort(table)[COLUMNS].copy()
    text["value"] = [_tidy.number_text(v) for v in text["value"]]
    path.write_text(text.to_csv(index=False, lineterminator="\n"), encoding="utf-8", newline="\n")
    meta = {"index_id": "controls", "edition": name, "producer": producer, "citation": citation, "url": url,
            "terms": "figures printed by public bodies, quoted as facts with their source; the files they stand in are not redistributed",
            "transcribed": TRANSCRIBED, "sources": sorted(set(text["source"])),
            "variables": {v: sorted(set(text.loc[text["variable"] == v, "unit"])) for v in sorted(set(text["variable"]))},
            "notes": notes, "sha256": _tidy.sha256(path)}
    (folder / f"{name}.meta.yaml").write_text(yaml.safe_dump(meta, allow_unicode=True, sort_keys=False, width=120),
                                              encoding="utf-8", newline="\n")
    return path


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    """Write all control files from the originals in ``mirror``."""
    from govlib.transcribe import controls_budget, controls_fdi, controls_grdp, controls_gso

    written = []
    for module in (controls_budget, controls_fdi, controls_grdp, controls_gso):
        written += module.transcribe(mirror, out)
    return written
