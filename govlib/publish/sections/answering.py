"""On which day someone is asked, whose department that is, and how it is known: for the items' table and the leads' tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from govlib.known import departments, indices, provinces
from govlib.publish import show
from govlib.publish.sections.base import FIVE, Context
from govlib.words import wording


def lead_day(page: Context, index_id: str) -> dt.date:
    """The day on which this page's figures of an index are acted on: not before the newest edition shown was out."""
    cell = page.newest(index_id)
    return max(departments.acting_on(page.year), departments.acting_on(cell.year, index_id) if cell else dt.date.min)


def named_on(page: Context) -> str:
    """The day as of which departments are named; in brackets that of indices that came out later: ``1/6/2024 (DTI: 1/3/2025)``."""
    days, usual = dict[dt.date, list[str]](), departments.acting_on(page.year)
    for index_id in FIVE:
        if page.year >= indices.index(index_id).first_edition and (day := lead_day(page, index_id)) > usual:
            days.setdefault(day, []).append(page.short(index_id))
    later = "; ".join(f"{', '.join(names)}: {wording.day(day, page.lang)}" for day, names in sorted(days.items()))
    return wording.day(usual, page.lang) + (f" ({later})" if later else "")


def lead_unit(page: Context, day: dt.date) -> str:
    """Slug of the province whose departments answer on a day: after a merger, the new one's."""
    return departments.unit_on(page.province, page.year, day).slug


def body(page: Context, name: str, day: dt.date) -> str:
    """A body's name as it is in this province: ``Thanh tra tỉnh`` is ``Thanh tra thành phố`` in a city."""
    unit = departments.unit_on(page.province, page.year, day)
    year = day.year if unit.in_edition(day.year) else page.year  # in the half year before a merger the old unit is there still
    return departments.titled(name, page.lang, provinces.kind(unit.unit, year) == "city")


def lead_of_item(page: Context, index_id: str, item: str) -> show.Html:
    """A component's or an item's lead, marked ✓ where a document of the province says so; the rest is said once in a note."""
    lead, _ = _lead(page, index_id, item)
    if lead is None:
        return show.Html("–")
    return show.esc(body(page, lead.name(page.lang), lead_day(page, index_id)) + (" ✓" if confirmed(page, index_id, item) else ""))


def _lead(page: Context, index_id: str, item: str) -> tuple[departments.Lead | None, bool]:
    day = lead_day(page, index_id)
    return departments.lead_of_item(index_id, item, day, lead_unit(page, day))


def confirmed(page: Context, index_id: str, item: str) -> bool:
    """Whether a document of the province names the lead of this very component or item."""
    lead, inherited = _lead(page, index_id, item)
    day = lead_day(page, index_id)
    return lead is not None and not inherited and lead.basis_on(day, lead_unit(page, day)) == "source"


def leads_note(page: Context, items: Iterable[tuple[str, str]]) -> str:
    """How the leads of (index, item) are known, said once."""
    return page.label("asks.leads_some" if any(confirmed(page, *item) for item in items) else "asks.leads_usual")


def since_then(page: Context) -> str:
    """What has become of the departments since this edition was acted on, and whose answer today, in one sentence;
    empty where nothing has."""
    day, said = departments.acting_on(page.year), []
    if day < departments.REORGANISED:
        said.append((departments.REORGANISED, page.label("answering.many_departments_were_reorganised")))
    unit = departments.unit_on(page.province, page.year, day)
    formed = False
    while unit.valid_to and unit.successor:
        new, since = provinces.get(unit.successor), unit.valid_to + dt.timedelta(days=1)
        parts = wording.joined([provinces.name(p, page.lang, since.year - 1) for p in new.predecessors], page.lang)
        formed = len(new.predecessors) > 1
        said.append((since, page.label("answering.became", parts=parts, called=_called(page, new, True)) if formed
                     else page.label("answering.became_part", parts=parts, called=_called(page, new))))
        unit = new
    if day < departments.TWO_LEVELS:
        said.append((departments.TWO_LEVELS, page.label("answering.district_level_ended")))
    if not said:
        return ""
    said.sort(key=lambda event: event[0])
    events = [page.label("answering.from_day", day=wording.day(since, page.lang)) * (k == 0 or said[k - 1][0] != since) + what
              for k, (since, what) in enumerate(said)]
    today = _called(page, unit, formed)
    return page.label("answering.since_then", events=wording.joined(events, page.lang), today=today)


def joined_later(page: Context) -> tuple[str, str] | None:
    """The day since which the page’s unit is part of a merged one, and those it was merged with; None where it is not."""
    unit = provinces.get(page.province, page.year)
    if not (unit.valid_to and unit.successor):
        return None
    others = [p for p in provinces.get(unit.successor).predecessors if p != unit.slug]
    since = unit.valid_to + dt.timedelta(days=1)
    names = [provinces.name(p, page.lang, since.year - 1) for p in others]
    return (wording.day(since, page.lang), wording.joined(names, page.lang)) if others else None


def before_merger(page: Context) -> list[str]:
    """Of a unit that was merged since: that the figures are those of before."""
    if (merged := joined_later(page)) is None:
        return []
    return [page.label("cover.before_merger", place=page.place(), day=merged[0], others=merged[1])]


def _called(page: Context, unit: provinces.Province, new: bool = False) -> str:
    """``tỉnh Bắc Ninh mới`` / ``the new province of Bac Ninh``, by today's name."""
    year = departments.TWO_LEVELS.year
    name, city = provinces.name(unit.unit, page.lang, year).removeprefix("TP. "), provinces.kind(unit.unit, year) == "city"
    kind = "own_name" if name.endswith("City") else "city" if city else "province"
    return page.label(f"called.{'new_' if new else ''}{kind}", name=name)
