"""Small projects for the tests of panel and inbox: a few real editions under a root of their own."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def project(folder: Path, *editions: str) -> Path:
    """A root with copies of ``pci/2019``-like editions, each with its sidecar."""
    for edition in editions:
        source = ROOT / "data" / "raw" / f"{edition}.csv"
        target = folder / "data" / "raw" / f"{edition}.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        shutil.copy(source.with_name(f"{source.stem}.meta.yaml"), target.with_name(f"{source.stem}.meta.yaml"))
    (folder / "data" / "raw" / "inbox").mkdir(parents=True, exist_ok=True)
    (folder / "notebooks").mkdir(exist_ok=True)
    return folder


def restamp(path: Path) -> None:
    """What `govlib stamp` does after a reviewed change."""
    beside = path.with_name(f"{path.stem}.meta.yaml")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    beside.write_text(re.sub(r"(?m)^sha256:.*$", f"sha256: {digest}", beside.read_text(encoding="utf-8")), encoding="utf-8")


def edit(path: Path, change: Callable[[list[list[str]]], list[list[str]] | None], stamp: bool = True) -> None:
    """Change a CSV's cells in place (or return new rows) and stamp it."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle))
    rows = change(rows) or rows
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(rows)
    if stamp:
        restamp(path)


def row_of(rows: list[list[str]], province: str, component: str) -> list[str]:
    return next(row for row in rows if row[1] == province and row[2] == component)


def without_reforms(monkeypatch) -> None:
    """A build whose table of reforms is empty: what is tested are scores, and the small projects have no reforms."""
    import pandas as pd

    from govlib.known import reforms
    from govlib.panel import schemas

    kinds = {"text": "str", "integer": "int64", "number": "float64", "boolean": "bool"}
    empty = pd.DataFrame({c.column: pd.Series(dtype=kinds[c.type]) for c in schemas.tables()["reform_panel.parquet"]})
    monkeypatch.setattr(reforms, "exposure_panel", lambda: empty)
