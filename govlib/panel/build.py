"""From ``data/raw`` to one tidy panel: accept or reject each row with a reason, derive what follows, write all at once.

Row counts are asserted: rows in = accepted + rejected. Nothing is filled in; what is added is either arithmetic on
published figures (status ``derived``) or a row that says that nothing was published (``not_published``).
"""

from __future__ import annotations

import json
import re
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd

from govlib import files, paths
from govlib.collect import checks, inbox, origins, readers, sidecar
from govlib.errors import BadInput
from govlib.forms.problems import Problem, refuse
from govlib.forms.write import frame_csv
from govlib.known import indices, provinces, reforms
from govlib.panel import choose, derive, gaps, published, schemas
from govlib.panel.controls import read_controls

READS = ("data/raw/{index}/{year}.csv", "data/raw/{index}/{year}.meta.yaml",
         "data/raw/originals")  # of whichever folder it is given


@dataclass
class BuildReport:
    """What a build did: counts of rows, what was written, what a person should look at."""

    out: str
    rows_in: int = 0
    accepted: int = 0
    rejected: int = 0
    derived: int = 0
    not_published: int = 0
    rows_out: int = 0
    controls_in: int = 0
    controls_accepted: int = 0
    controls_rejected: int = 0
    editions: int = 0
    from_originals: int = 0
    rejected_by: dict[str, int] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def to_dict(self) -> dict:
        return asdict(self)

    def __str__(self) -> str:
        why = ", ".join(f"{count} {code}" for code, count in sorted(self.rejected_by.items(), key=lambda kv: -kv[1]))
        return (f"{self.rows_in} rows in = {self.accepted} accepted + {self.rejected} rejected ({why or 'none'}); "
                f"{self.derived} derived, {self.not_published} not published; {self.rows_out} rows of {self.editions} "
                f"editions in {self.out} ({self.seconds:.1f} s)")


def build(out: Path | None = None, raw: Path | None = None, originals: Path | None = None) -> BuildReport:
    """Build the panel and its companions; nothing is replaced unless everything succeeded.

    Parameters
    ----------
    out : folder to write to (``paths.processed()``).
    raw : folder of ``<index>/<edition>.csv`` with sidecars (``paths.raw()``).
    originals : folder of fetched originals, whose survey items come in as level ``indicator`` when it is there
        (``raw/originals``).

    Raises
    ------
    BadInput
        A raw file that does not match its sidecar, is not a table, is of another year or set of provinces, or an edition
        that lost provinces. Single bad rows do not raise: they go to ``rejected_rows.csv`` with the reason.
    """
    raw, out = Path(raw) if raw else paths.raw(), Path(out) if out else paths.processed()
    with files.alone(out):  # two at once, of two states of data/raw, would leave tables of both
        return _build(out, raw, Path(originals) if originals else raw / "originals")


def _build(out: Path, raw: Path, originals: Path) -> BuildReport:
    began = time.perf_counter()
    inbox.recover(raw)
    report = BuildReport(out=str(out))

    rows, full_tables = _read_shipped(raw)
    report.editions = rows[["index_id", "year"]].drop_duplicates().shape[0]
    fetched = _read_originals(originals)
    report.from_originals = len(fetched)
    rows = pd.concat([rows, fetched], ignore_index=True) if len(fetched) else rows
    report.rows_in = len(rows)

    priorities = choose.source_priorities(raw)
    good, rejected = choose.accept(rows, priorities)
    good, copies = choose.without_copies(good)
    chosen, superseded = choose.choose(good, priorities)
    rejected = pd.concat([rejected, copies, superseded], ignore_index=True)
    report.accepted, report.rejected = len(chosen), len(rejected)
    if report.rows_in != report.accepted + report.rejected:
        raise AssertionError(f"{report.rows_in} rows in, but {report.accepted} accepted + {report.rejected} rejected")
    report.rejected_by = rejected["reason_code"].value_counts().to_dict()

    scores, why = _scores(chosen, full_tables, rejected)
    report.derived = int(scores["status"].eq("derived").sum())
    report.not_published = int(scores["status"].eq("not_published").sum())
    report.rows_out = len(scores)

    controls, controls_rejected, report.controls_in = read_controls(raw, priorities, origins.read(originals, controls=True)[0])
    report.controls_accepted, report.controls_rejected = len(controls), len(controls_rejected)
    if report.controls_in != len(controls) + len(controls_rejected):
        raise AssertionError(f"{report.controls_in} control rows in, {len(controls)} + {len(controls_rejected)} out")
    rejected = pd.concat([rejected, controls_rejected], ignore_index=True)[schemas.columns("rejected_rows.csv")]

    report.written = _write(out, {
        "scores.parquet": scores, "scores.csv": scores, "controls.parquet": controls,
        "rejected_rows.csv": rejected.sort_values(["file", "row", "reason_code"], kind="stable"),
        "why_missing.parquet": why, "coverage.parquet": gaps.coverage(scores, why),
        "composite_check.parquet": published.composite_check(scores), "rank_check.parquet": published.rank_check(scores),
        "reform_panel.parquet": reforms.exposure_panel()})
    report.seconds = round(time.perf_counter() - began, 2)
    return report


def _scores(chosen: pd.DataFrame, full_tables: set[tuple[str, int]], rejected: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(scores, why_missing) of the chosen rows: derived figures added, gaps explained, everything in order."""
    notes = choose.notes_of(chosen)
    scores = derive.with_derived(chosen, notes)
    why = gaps.why_missing(scores, choose.notes_of_rejected(rejected) | notes)
    scores = derive.finish(derive.with_not_published(scores, why))
    refuse(checks.coverage_problems(scores, full_tables, notes, rejected))
    return scores, why


# ---- reading --------------------------------------------------------------------------------------------------------

def _read_shipped(raw: Path) -> tuple[pd.DataFrame, set[tuple[str, int]]]:
    """All rows of ``data/raw``, and the editions that were copied from a full table."""
    frames, full_tables = [], set()
    for index_id in indices.INDICES:
        for path in sorted((raw / index_id).glob("*.csv")):
            if path.stem == "national":  # means of the nation and regions: no province's row
                continue
            with checks.naming_the_index(path):
                frame, full = _edition(path, index_id)
            if full:
                full_tables.add((index_id, int(path.stem)))
            frames.append(frame.assign(file=f"{index_id}/{path.name}", index_id=index_id, year=int(path.stem)))
    if not frames:
        raise BadInput("no figures there: no <index>/<edition>.csv", file=raw, fix="check GOVLIB_ROOT")
    return pd.concat(frames, ignore_index=True), full_tables


def _edition(path: Path, index_id: str) -> tuple[pd.DataFrame, bool]:
    if not re.fullmatch(r"\d{4}", path.stem):
        raise BadInput("its name is not an edition", file=path, fix="name it like 2024.csv")
    meta = sidecar.read(path)
    if meta.get("index_id") != index_id:
        raise BadInput(f"the sidecar is of index {meta.get('index_id')!r}", file=path,
                       fix=f"move the file to data/raw/{meta.get('index_id')}")
    frame = checks.read_tidy(path)
    refuse(_new_units_in_old_year(frame, int(path.stem), path.name))
    return frame, sidecar.full_table(meta)


def _new_units_in_old_year(frame: pd.DataFrame, year: int, file: str) -> list[Problem]:
    """The 34 provinces of 2025 in an edition before: their slugs all existed, so only the set gives them away."""
    if year >= 2025 or set(frame["province"].unique()) != set(provinces.province_set(2025)):
        return []
    return [Problem(f"holds exactly the 34 provinces of 1 July 2025, but the edition {year} is of the "
                    f"{len(provinces.province_set(year))} before", file, fix="check the year of the file")]


def _read_originals(folder: Path) -> pd.DataFrame:
    """Indicator rows from fetched originals and all rows of pulled pages, as text like the shipped rows; maybe none."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return pd.DataFrame()
    parts = [part for part in (readers.indicators(folder), origins.read(folder)[0]) if len(part)]
    if not parts:
        return pd.DataFrame()
    tidy = pd.concat(parts, ignore_index=True)
    number = tidy["score"]
    tidy = tidy.assign(score=number.map(repr).where(number.notna(), ""),
                       rank=tidy["rank"].astype("string").fillna(""))
    tidy[list(checks.TIDY)] = tidy[list(checks.TIDY)].fillna("")
    if "index_id" not in tidy:
        tidy["index_id"] = tidy["source"].str.split("-").str[0]
    tidy = tidy[[*checks.TIDY, "index_id", "year"]].astype(dict.fromkeys([*checks.TIDY, "index_id"], "str"))
    tidy["file"], tidy["row"] = choose.PULLED + tidy["source"], range(1, len(tidy) + 1)
    return tidy


def _write(out: Path, tables: dict[str, pd.DataFrame]) -> list[str]:
    """Everything is checked and written beside the target first; then one rename a file. ``datapackage.json`` describes it."""
    for name, table in tables.items():
        if name != "scores.csv":
            schemas.check(name, table)
    with ExitStack() as stack:
        for name, table in tables.items():
            place = stack.enter_context(files.whole(out / name))
            if name.endswith(".parquet"):
                table.to_parquet(place, index=False)
            else:
                place.write_bytes(frame_csv(table, bom=False, line_end="\n").encode())
        package = json.dumps(schemas.datapackage(tables), ensure_ascii=False, indent=1) + "\n"
        stack.enter_context(files.whole(out / "datapackage.json")).write_bytes(package.encode())
    return list(tables)
