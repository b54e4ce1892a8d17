"""The institute's plan (``data/institute_plan.csv``): what it set out to do after an edition, until when, and what came of it.

The institute keeps the file; only the planner (:mod:`govlib.explore.plan`) adds to it, when someone presses its button.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from govlib import paths
from govlib.forms import table as forms
from govlib.forms.problems import say
from govlib.known import indices, provinces
from govlib.known.departments import OPEN, STATUSES
from govlib.text import fold, nearest

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("year", "province", "index_id", "component", "indicator", "lead", "task", "deadline", "status", "result")
MOST_ROWS = 5_000         # a hundred items a year for fifty years; a page lists what is open among them
MOST_CHARACTERS = 1_000   # of one cell
LAYOUT = forms.Layout({}, COLUMNS, [c for c in COLUMNS if c != "year"], make="data/institute_plan.md", most_rows=MOST_ROWS,
                      more=True)


def place() -> Path:
    return paths.root() / "data" / "institute_plan.csv"


def read(path: Path | None = None) -> pd.DataFrame:
    """The plan, ``year`` as a whole number, the rest as text, deadlines as YYYY-MM-DD; empty where the institute keeps none.

    Raises
    ------
    BadInput : no table (a folder, a web page), more rows or longer cells than a plan has, a missing column, an unknown status,
        a year or a deadline that is none, a deadline that could be two days; every problem with row and column.
    """
    import pandas as pd

    path = place() if path is None else Path(path)
    if not path.exists():
        return pd.DataFrame(columns=list(COLUMNS))
    found = read_table(path)
    found.refuse()
    rows = [{column: cells[column] for column in COLUMNS} | {"deadline": forms.iso(cells["deadline"])}
            | {"year": forms.as_year(cells["year"])} for _, cells in found.rows]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def read_table(path: Path) -> forms.Table:
    """The plan as a table with its problems."""
    found = forms.read(path, LAYOUT)
    found.problems = [p for p in found.problems if p.problem != forms.NO_ROWS]  # a plan that nobody has begun
    if not set(COLUMNS) <= set(found.header):
        return found
    found.doubt_days("deadline")
    for row, cells in found.rows:
        if forms.as_year(cells["year"]) is None:
            found.problem("not a year", row, "year", cells["year"] or None, "write four digits")
        _of_what(found, row, cells)
        if cells["status"] not in STATUSES:
            found.problem("unknown status", row, "status", cells["status"] or None,
                          say("one of {choices}", choices=", ".join(STATUSES)))
        if cells["deadline"] and forms.as_date(cells["deadline"]) is None:
            found.problem("not a date", row, "deadline", cells["deadline"], "write YYYY-MM-DD")
        for column, text in cells.items():
            if len(text) > MOST_CHARACTERS:
                said = say("a cell of more than {most:,} characters", most=MOST_CHARACTERS)
                found.problem(said, row, column, f"{text[:40]}…", "shorten it")
    return found


def _of_what(found: forms.Table, row: int, cells: dict[str, str]) -> None:
    """A row whose province, index or component is misspelt would silently stand on no page."""
    year = forms.as_year(cells["year"])
    if year is None:
        return
    slugs = provinces.province_set(year)
    if cells["province"] not in slugs:
        near = nearest(fold(cells["province"]).replace(" ", "-"), slugs)
        found.problem("not the short name of a province of that edition", row, "province", cells["province"] or None,
                      say("did you mean {names}? ", names=", ".join(near)) if near else "write it like bac-ninh")
    if cells["index_id"] not in indices.INDICES:
        found.problem("unknown index", row, "index_id", cells["index_id"] or None,
                      say("one of {choices}", choices=", ".join(indices.INDICES)))
    elif cells["component"] not in (known := ("overall", *indices.component_ids(cells["index_id"], year))):
        found.problem("unknown component", row, "component", cells["component"] or None,
                      say("one of {choices}", choices=", ".join(known)))


def deadline(plan: pd.DataFrame, province: str, year: int, index_id: str, component: str) -> str:
    """The deadline that the institute set for a component in the plan of a year; empty where it set none."""
    if plan.empty:
        return ""
    r = plan[(plan["province"] == province) & (plan["year"] == year) & (plan["index_id"] == index_id)
             & (plan["component"] == component) & (plan["deadline"] != "")]
    return str(r["deadline"].iloc[0]) if len(r) else ""


def unfinished(plan: pd.DataFrame, province: str, year: int) -> pd.DataFrame:
    """Items of earlier plans that are not done or dropped: what is carried over into ``year``."""
    return plan[(plan["province"] == province) & (plan["year"] < year) & plan["status"].isin(OPEN)]


