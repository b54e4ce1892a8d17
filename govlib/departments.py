"""Who answers for a component: its lead department in a year, and how that is known.

``reference/departments.csv`` holds one row a component and period. ``basis`` is ``source`` where a page was read that says
so (title and address beside it; it may be another province's plan, the note says which) and ``assumption`` where it is
only usual practice. From 1 March 2025 many departments merged; rows carry the dates they are in force.

The deadlines, tasks and results are the institute's own: it keeps them in ``data/institute_plan.csv``, to which
only the planner (:mod:`govlib.explore.plan`) adds, when someone presses its button.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from govlib import paths, provinces
from govlib.errors import BadInput, UnknownName

PLAN_COLUMNS = ("year", "province", "index_id", "component", "indicator", "lead", "task", "deadline", "status", "result")
STATUSES = ("planned", "in_progress", "done", "late", "dropped")
OPEN = ("planned", "in_progress", "late")


@dataclass(frozen=True)
class Lead:
    """The department that leads a component; ``basis`` is ``source`` or ``assumption``."""

    index_id: str
    component: str
    lead_vi: str
    lead_en: str
    support_vi: str
    support_en: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    basis: str
    province: str
    source_title: str
    source_url: str
    note_vi: str
    note_en: str

    def basis_for(self, province: str) -> str:
        """``basis``, or ``other`` where the page read was about another province's departments only.

        >>> lead("papi", "participation", dt.date(2025, 6, 1)).basis_for("bac-ninh")
        'other'
        """
        named = set()
        for title in self.source_title.split(";"):
            with contextlib.suppress(UnknownName):  # most titles begin with something else than a province
                named.add(provinces.resolve(title.split(",")[0]))
        return "other" if self.basis == "source" and named and province not in named else self.basis

    def name(self, lang: str = "vi") -> str:
        return self.lead_vi if lang == "vi" else self.lead_en

    def support(self, lang: str = "vi") -> str:
        return self.support_vi if lang == "vi" else self.support_en

    def note(self, lang: str = "vi") -> str:
        return self.note_vi if lang == "vi" else self.note_en


@cache
def table() -> tuple[Lead, ...]:
    """All rows of ``reference/departments.csv``."""
    with open(paths.reference() / "departments.csv", encoding="utf-8", newline="") as f:
        return tuple(Lead(**{**row, "valid_from": _date(row["valid_from"]), "valid_to": _date(row["valid_to"])})
                     for row in csv.DictReader(f))


def _date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def lead(index_id: str, component: str, on: dt.date, province: str = "") -> Lead | None:
    """The lead department on a day: the province's own row before the general one; None where the table has none.

    >>> lead("pci", "land_access", dt.date(2025, 5, 1)).lead_vi
    'Sở Nông nghiệp và Môi trường'
    """
    rows = [r for r in table() if (r.index_id, r.component) == (index_id, component) and r.province in ("", province)
            and (r.valid_from is None or r.valid_from <= on) and (r.valid_to is None or on <= r.valid_to)]
    return max(rows, key=lambda r: (r.province != "", r.valid_from or dt.date.min), default=None)


def acting_on(edition: int) -> dt.date:
    """The day a briefing on an edition is for: editions appear in spring and are acted on from the following June."""
    return dt.date(edition + 1, 6, 1)


def plan(path: Path | None = None) -> pd.DataFrame:
    """The institute's plan (``data/institute_plan.csv``), empty where it keeps none.

    Raises
    ------
    BadInput : a missing column, an unknown status, a year or a deadline (YYYY-MM-DD) that is none; with row and column.
    """
    path = paths.root() / "data" / "institute_plan.csv" if path is None else Path(path)
    if not path.exists():
        return pd.DataFrame(columns=list(PLAN_COLUMNS))
    with open(path, encoding="utf-8-sig", newline="") as f:
        reader = csv.DictReader(f)
        for column in PLAN_COLUMNS:
            if column not in (reader.fieldnames or ()):
                raise BadInput(f"the column {column} is missing", file=path, row=1, fix=f"columns: {', '.join(PLAN_COLUMNS)}")
        rows = [{c: (row.get(c) or "").strip() for c in PLAN_COLUMNS} for row in reader]
    for i, row in enumerate(rows, start=2):
        if not row["year"].isdigit():
            raise BadInput("not a year", file=path, row=i, column="year", value=row["year"], fix="write four digits")
        row["year"] = int(row["year"])
        if row["status"] not in STATUSES:
            raise BadInput("unknown status", file=path, row=i, column="status", value=row["status"],
                           fix=f"one of {', '.join(STATUSES)}")
        if row["deadline"]:
            try:
                dt.date.fromisoformat(row["deadline"])
            except ValueError:
                raise BadInput("not a date", file=path, row=i, column="deadline", value=row["deadline"],
                               fix="write YYYY-MM-DD") from None
    return pd.DataFrame(rows, columns=list(PLAN_COLUMNS))


def deadline(plan_rows: pd.DataFrame, province: str, year: int, index_id: str, component: str) -> str:
    """The deadline that the institute set for a component in the plan of a year; empty where it set none."""
    r = plan_rows[(plan_rows["province"] == province) & (plan_rows["year"] == year) & (plan_rows["index_id"] == index_id)
                  & (plan_rows["component"] == component) & (plan_rows["deadline"] != "")]
    return str(r["deadline"].iloc[0]) if len(r) else ""


def unfinished(plan_rows: pd.DataFrame, province: str, year: int) -> pd.DataFrame:
    """Items of earlier plans that are not done or dropped: what is carried over into ``year``."""
    return plan_rows[(plan_rows["province"] == province) & (plan_rows["year"] < year) & plan_rows["status"].isin(OPEN)]
