"""Control variables: population, GRDP, budget, FDI; the better source where two state the same figure."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from govlib.collect import checks, sidecar
from govlib.collect.checks import agrees
from govlib.errors import UnknownName
from govlib.known import provinces
from govlib.panel import schemas
from govlib.panel.choose import REJECTED, rejected_rows
from govlib.text import rows_of

RAW = ("province_printed", "province", "year", "variable", "value", "unit", "source", "locator", "note")
CELL = ["slug", "year", "variable", "unit"]
READS = ("data/raw/controls/*.csv", "data/raw/controls/*.meta.yaml")


def read_controls(raw: Path, priorities: dict[str, int], pulled: pd.DataFrame | None = None
                  ) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """(controls in long form, rejected rows, rows in); ``pulled``: rows from pages that this machine fetched."""
    names, frames = schemas.columns("controls.parquet"), []
    for path in sorted((raw / "controls").glob("*.csv")):
        with checks.naming_the_index(path):
            sidecar.read(path)
            frames.append(checks.read_tidy(path, RAW).assign(file=f"controls/{path.name}"))
    if pulled is not None and len(pulled):
        frames.append(pulled.assign(file="originals:" + pulled["source"], row=range(1, len(pulled) + 1)))
    if not frames:
        empty = pd.DataFrame({name: pd.Series(dtype="str") for name in names})
        return empty.astype({"year": "int64", "value": "float64"}), pd.DataFrame(columns=list(REJECTED)), 0
    rows = pd.concat(frames, ignore_index=True)
    rows["number"], rows["index_id"], rows["component"] = checks.numbers(rows["value"].str.strip()), "controls", rows["variable"]
    rows["slug"], why = _unusable(rows, priorities)
    first, others = _better(rows[~rows.index.isin(list(why))], priorities)
    why |= others
    codes, reasons = ({at: pair[i] for at, pair in why.items()} for i in (0, 1))
    bad = rows[rows.index.isin(list(why))].assign(level="", score=lambda f: f["value"], rank="")
    table = first.assign(province=first["slug"], value=first["number"], year=first["year"].astype("int64"))[names]
    table = table.sort_values(["variable", "year", "province", "unit"]).reset_index(drop=True)
    return table, rejected_rows(bad, codes, reasons), len(rows)


def _unusable(rows: pd.DataFrame, known_sources: dict[str, int]) -> tuple[list[str], dict[int, tuple[str, str]]]:
    """(slug of each row, row label → code and reason of those that cannot be used)."""
    year = pd.to_numeric(rows["year"], errors="coerce")
    slugs: list[str] = []
    why: dict[int, tuple[str, str]] = {}
    cache: dict[tuple, tuple[str, str]] = {}
    for at, (printed, given, number) in enumerate(rows_of(rows.assign(number=year), ["province_printed", "province", "number"])):
        key = (printed, given)
        if key not in cache:
            try:
                cache[key] = (provinces.resolve(given or printed), "")
            except UnknownName as error:
                cache[key] = ("", str(error))
        slug, reason = cache[key]
        slugs.append(slug)
        if reason:
            why[at] = ("bad_province", reason)
        elif number != number:
            why[at] = ("bad_year", "not a year")
    for at in rows.index[rows["number"].isna()]:
        text, note = rows.at[at, "value"].strip(), rows.at[at, "note"]
        left_out = note.removeprefix("rejected:").strip() if note.startswith("rejected:") and not text else ""
        why.setdefault(at, ("not_taken", left_out) if left_out else
                       ("bad_value", "not a number" if text else f"no value{f' ({note})' if note else ''}"))
    for at in rows.index[~rows["source"].isin(known_sources)]:
        why.setdefault(at, ("bad_source", "not in the catalogue of sources"))
    return slugs, why


def _better(rows: pd.DataFrame, priorities: dict[str, int]) -> tuple[pd.DataFrame, dict[int, tuple[str, str]]]:
    """(one row a figure, row label → what the others say about it)."""
    rows = rows.assign(priority=rows["source"].map(priorities))
    rows = rows.sort_values([*CELL, "priority", "file", "row"], kind="stable")
    first, why = rows.drop_duplicates(CELL), {}
    best = first.set_index(CELL)[["number", "source", "value"]]
    for row in rows[rows.duplicated(CELL)].itertuples():
        winner = best.loc[(row.slug, row.year, row.variable, row.unit)]
        if agrees(row.value, row.number, winner["value"], winner["number"]):
            why[row.Index] = ("agrees", f"agrees with {winner['source']}")
        else:
            why[row.Index] = ("superseded", f"superseded by {winner['source']}, which has {winner['value']}")
    return first, why
