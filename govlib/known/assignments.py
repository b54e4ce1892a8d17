"""Who leads what as the province itself has decided it: ``data/departments.csv``, which the institute fills in once a document is
there. A row without a document confirms nothing.

The form (``govlib departments --form``) lists every component of the year with the department that leads it by usual practice.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

from govlib import paths
from govlib.errors import UnknownName
from govlib.forms import table as forms
from govlib.forms.problems import say
from govlib.known import indices, provinces

COLUMNS = ("province", "index_id", "component", "name", "lead", "support", "document", "document_date", "until")
LAYOUT = forms.Layout({}, COLUMNS, list(COLUMNS), make="govlib departments --form", most_rows=5_000, more=True)
DAYS = ("document_date", "until")
INDICES = ("pci", "papi", "dti", "par", "sipas")


def place() -> Path:
    return paths.root() / "data" / "departments.csv"


def read(path: Path | None = None) -> list[dict[str, str]]:
    """The rows with a document, as text, days as YYYY-MM-DD; empty where the institute keeps no such file.

    Raises
    ------
    BadInput : no table, a missing column, an unknown province, index or component, a document without a date or a lead, a date
        that is none, could be two or lies in the future, an end before the document's day, a component twice under one day; every
        problem with row and column.
    """
    path = place() if path is None else Path(path)
    if not path.exists():
        return []
    found = read_table(path)
    found.refuse()
    return [{**cells, "province": provinces.resolve(cells["province"]), **{day: forms.iso(cells[day]) for day in DAYS}}
            for _, cells in found.rows if cells["document"]]


def read_table(path: Path) -> forms.Table:
    """The form as a table with its problems."""
    found = forms.read(path, LAYOUT)
    if not set(COLUMNS) <= set(found.header):
        return found
    found.doubt_days(*DAYS)
    met: dict[tuple, int] = {}
    for row, cells in found.rows:
        place = _known(found, row, cells)
        if not cells["document"]:
            continue
        if not cells["lead"]:
            found.problem("a document without the department that leads", row, "lead", None, "write its name as the document does")
        _days(found, row, cells)
        if (first := met.setdefault((place, cells["index_id"], cells["component"], forms.iso(cells["document_date"])), row)) != row:
            found.problem(say("the component stands twice under this day (also in row {row})", row=first), row, "component",
                          cells["component"], "keep one of the two rows, or correct document_date")
    return found


def _days(found: forms.Table, row: int, cells: dict[str, str]) -> None:
    begins, ends = (forms.as_date(cells[column]) for column in DAYS)
    for column, day in zip(DAYS, (begins, ends), strict=True):
        if day is None and (column == "document_date" or cells[column]):
            found.problem("not a date", row, column, cells[column] or None, "write YYYY-MM-DD")
    if begins and begins > dt.date.today() + dt.timedelta(days=1):
        found.problem("a day in the future", row, "document_date", cells["document_date"], "correct the date")
    if begins and ends and ends < begins:
        found.problem("ends before it begins", row, "until", cells["until"], "correct the date")


def _known(found: forms.Table, row: int, cells: dict[str, str]) -> str:
    """The slug of a row's province, or what is written where it is none; what is unknown goes to the problems."""
    place = cells["province"]
    try:
        place = provinces.resolve(place)
    except UnknownName as error:
        found.problem("unknown province", row, "province", place or None, str(error))
    if cells["index_id"] not in indices.INDICES:
        choices = ", ".join(INDICES)
        found.problem("unknown index", row, "index_id", cells["index_id"] or None, say("one of {choices}", choices=choices))
    elif cells["component"] not in ("overall", *indices.component_ids(cells["index_id"])):
        choices = ", ".join(["overall", *indices.component_ids(cells["index_id"])])
        found.problem("unknown component", row, "component", cells["component"] or None, say("one of {choices}", choices=choices))
    return place


def form(province: str, year: int, leads: Callable[[str, str], tuple[str, str]]) -> str:
    """The form of a province as CSV; ``leads``: index and component → lead and support as they are usually."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(COLUMNS)
    for index_id in INDICES:
        edition = max(year, indices.index(index_id).first_edition)
        for c in ["overall", *indices.component_ids(index_id, edition)]:
            lead, support = leads(index_id, c)
            write.writerow([province, index_id, c, indices.name(index_id, c, "vi", edition), lead, support, "", "", ""])
    return "\ufeff" + out.getvalue()
