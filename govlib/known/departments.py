"""Who answers for a component or an item: its lead department on a day, and how that is known.

``reference/departments.csv`` holds one row a component (or item, ``transparency.land_plans``), province and period.
``basis`` is ``source`` where a page was read that says so (title and address beside it) and ``assumption`` where it is only
usual practice; a note stands where there is more to say than that. ``source_from`` and ``source_to`` are the time that the
page speaks of: from its day, to the end of the plan that it announces (empty: :data:`HOLDS` years). Outside that time the
row still names the department, as an assumption: an assignment of 2022 says nothing of 2010.

* What the province has decided itself (:mod:`govlib.known.assignments`) goes before everything else, from its document's day.
* A row with a province holds there only, and goes before the general one.
* A row without a lead adds a body that supports the component in its province.
* An item without a row of its own has its component's lead.
* From 1 March 2025 many departments merged, on 1 July 2025 provinces did and the district level ended: rows carry the dates
  they are in force, :func:`unit_on` tells whose departments they are.

The deadlines, tasks and results are the institute's own (:mod:`govlib.collect.institute_plan`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from govlib import files, paths
from govlib.errors import BadInput, UnknownName
from govlib.known import assignments, indices, provinces

STATUSES = ("planned", "in_progress", "done", "late", "dropped")
OPEN = ("planned", "in_progress", "late")
#: Years that a document without a stated end is taken to hold: provinces plan by five years (2016–2020, 2021–2025).
HOLDS = 5
#: From this day departments are those of the two-level government (Decree 45/2025/ND-CP); many had another name before.
REORGANISED = dt.date(2025, 3, 1)
#: From this day there are 34 provinces and no districts (Resolution 202/2025/QH15, Law 72/2025/QH15).
TWO_LEVELS = dt.date(2025, 7, 1)


@dataclass(frozen=True)
class Lead:
    """The department that leads a component; ``basis`` is ``source`` or ``assumption``.

    >>> from govlib import departments
    >>> {lead.basis for lead in departments.table()} <= {"source", "assumption"}
    True
    """

    index_id: str
    component: str
    province: str
    lead_vi: str
    lead_en: str
    support_vi: str
    support_en: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    basis: str
    source_title: str
    source_url: str
    source_from: dt.date | None
    source_to: dt.date | None
    note_vi: str
    note_en: str

    def standing(self, on: dt.date) -> str:
        """Where a day lies to the time that the document speaks of: ``before`` it, ``after`` it, else empty.

        >>> row = lead("pci", "entry_costs", dt.date(2011, 6, 1))
        >>> row.source_title, row.standing(dt.date(2011, 6, 1)), row.standing(dt.date(2023, 6, 1))
        ('Nam Định, Kế hoạch 148/KH-UBND (2022)', 'before', '')
        """
        if self.source_from is None:
            return ""
        last = self.source_to or self.source_from.replace(year=self.source_from.year + HOLDS, day=min(self.source_from.day, 28))
        return "before" if on < self.source_from else "after" if on > last else ""

    def basis_on(self, on: dt.date, province: str) -> str:
        """``basis`` for a day and a province: ``assumption`` outside the document's time, ``other`` where the page read was
        about another province's departments only.

        >>> row = lead("papi", "participation", dt.date(2020, 6, 1))
        >>> [row.basis_on(dt.date(y, 6, 1), p) for y, p in ((2012, "kien-giang"), (2020, "kien-giang"), (2020, "bac-ninh"))]
        ['assumption', 'source', 'other']
        """
        if self.basis != "source" or self.standing(on):
            return "assumption"
        named = set()
        for title in self.source_title.split(";"):
            with contextlib.suppress(UnknownName):  # some titles begin with something else than a province
                named.add(provinces.resolve(title.split(",")[0]))
        return "other" if named and province not in named else "source"

    def name(self, lang: str = "vi") -> str:
        return self.lead_vi if lang == "vi" else self.lead_en

    def support(self, lang: str = "vi") -> str:
        return self.support_vi if lang == "vi" else self.support_en

    def note(self, lang: str = "vi") -> str:
        return self.note_vi if lang == "vi" else self.note_en


@cache
def table() -> tuple[Lead, ...]:
    """All rows of ``reference/departments.csv``.

    >>> from govlib import departments
    >>> "pci" in {lead.index_id for lead in departments.table()}
    True
    """
    dates = ("valid_from", "valid_to", "source_from", "source_to")
    rows: list[dict[str, Any]] = [{**row, **{d: _date(row[d]) for d in dates}}
                                  for row in files.rows(paths.reference() / "departments.csv")]
    return tuple(Lead(**row) for row in rows)


def confirmed() -> tuple[Lead, ...]:
    """What the province itself has decided (:mod:`govlib.known.assignments`), before anything of :func:`table`."""
    path = assignments.place()
    return _confirmed(str(path), path.stat().st_mtime_ns) if path.exists() else ()


@lru_cache(maxsize=4)
def _confirmed(path: str, _mtime: int) -> tuple[Lead, ...]:
    english = {r.lead_vi: r.lead_en for r in table()}
    return tuple(Lead(
        r["index_id"], r["component"], r["province"], r["lead"], english.get(r["lead"], r["lead"]), r["support"],
        "; ".join(english.get(part.strip(), part.strip()) for part in r["support"].split(";")), _date(r["document_date"]),
        _date(r["until"]), "source", f"{provinces.name(r['province'])}, {r['document']}", "", _date(r["document_date"]),
        _date(r["until"]), "", "") for r in assignments.read(Path(path)))


def _date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _day(on: object) -> dt.date:
    """A day, or its text 2025-05-01. Raises BadInput for anything else."""
    if isinstance(on, dt.date):
        return on.date() if isinstance(on, dt.datetime) else on
    try:
        return dt.date.fromisoformat(on)  # type: ignore[arg-type]  # what is no text raises
    except (TypeError, ValueError):
        raise BadInput("not a day", column="on", value=on, fix="write YYYY-MM-DD") from None


def _in_force(index_id: str, component: str, on: dt.date | str, province: str) -> list[Lead]:
    on, province = _day(on), province and provinces.resolve(province)
    indices.name(index_id, component.split(".")[0])  # raises: of a name that is none it would be said that nobody leads
    return [r for r in (*confirmed(), *table())
            if (r.index_id, r.component) == (index_id, component) and r.province in ("", province)
            and (r.valid_from is None or r.valid_from <= on) and (r.valid_to is None or on <= r.valid_to)]


def lead(index_id: str, component: str, on: dt.date | str, province: str = "") -> Lead | None:
    """The lead department on a day (or its text, 2025-05-01): the province's own row before the general one; None where the table
    has none. Raises UnknownName for an index, component or province that is not known.

    >>> lead("pci", "land_access", dt.date(2025, 5, 1)).lead_vi
    'Sở Nông nghiệp và Môi trường'
    """
    rows = [r for r in _in_force(index_id, component, on, province) if r.lead_vi]
    return max(rows, key=lambda r: (r.province != "", r.valid_from or dt.date.min), default=None)


def supporters(index_id: str, component: str, on: dt.date, province: str) -> list[Lead]:
    """Bodies that support a component in this province only: the institute of Bắc Ninh is no one's in Quảng Ninh.

    >>> [len(supporters("papi", "overall", dt.date(2025, 6, 1), p)) for p in ("bac-ninh", "quang-ninh")]
    [1, 0]
    """
    return [r for r in _in_force(index_id, component, on, province) if not r.lead_vi]


def lead_of_item(index_id: str, item: str, on: dt.date, province: str = "") -> tuple[Lead | None, bool]:
    """An item's lead, and whether it is its component's for want of a row of its own.

    >>> row, inherited = lead_of_item("papi", "transparency.land_plans", dt.date(2025, 6, 1))
    >>> row.lead_en, inherited
    ('Department of Agriculture and Environment', False)
    >>> lead_of_item("papi", "transparency.access_to_information", dt.date(2025, 6, 1))[1]
    True
    """
    own = lead(index_id, item, on, province)
    return (own, False) if own else (lead(index_id, item.split(".")[0], on, province), True)


def titled(body: str, lang: str, city: bool) -> str:
    """A body's name in a city under the central government, whose bodies are not called the province's.

    >>> titled("Sở Nội vụ; Thanh tra tỉnh", "vi", True), titled("Office of the Provincial People's Committee", "en", True)
    ('Sở Nội vụ; Thanh tra thành phố', "Office of the City People's Committee")
    """
    return body if not city else body.replace(" tỉnh", " thành phố") if lang == "vi" else body.replace("Provincial", "City")


def acting_on(edition: int, index_id: str | None = None) -> dt.date:
    """The day an edition is acted on: 1 June of the next year, or the first of the month after a later release.

    PCI and PAPI came out by 10 May in every year whose release was read (``releases`` in ``reference/indices``), and their
    review follows at once. PAR INDEX and SIPAS 2020 came in late June, DTI never before July: DTI 2024 on 21 October 2025, when
    provinces had merged. Of an edition whose release was not read, 1 June is taken.

    >>> acting_on(2024), acting_on(2024, "papi"), acting_on(2024, "dti")
    (datetime.date(2025, 6, 1), datetime.date(2025, 6, 1), datetime.date(2025, 11, 1))
    """
    day = dt.date(edition + 1, 6, 1)
    for release in indices.index(index_id).releases if index_id else ():
        if release["edition"] == edition:
            year, month = (int(x) for x in str(release["date"]).split("-")[:2])
            day = max(day, dt.date(year + month // 12, month % 12 + 1, 1))
    return day


def unit_on(province: str, edition: int, on: dt.date) -> provinces.Province:
    """The province (slug as of ``edition``), or the one that it had become part of by a day.

    >>> unit_on("bac-giang", 2024, dt.date(2025, 6, 30)).slug, unit_on("bac-giang", 2024, dt.date(2025, 7, 1)).unit
    ('bac-giang', 'bac-ninh-2025')
    """
    unit = provinces.get(province, edition)
    while unit.valid_to and unit.valid_to < on and unit.successor:
        unit = provinces.get(unit.successor)
    return unit
