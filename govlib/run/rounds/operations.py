"""One-stop desks and portals on the pages: cases settled on time in the year, by service and by department."""

from __future__ import annotations

from typing import Any

from govlib.institute import operations
from govlib.institute.operations import Operations
from govlib.institute.operations.analysis import few_months
from govlib.institute.operations.form import MERGER
from govlib.institute.operations.model import INDICATORS, SERVICES
from govlib.known import provinces
from govlib.publish import show
from govlib.publish.markup import join
from govlib.run.rounds.held import Figures, Round, told
from govlib.words.tables import phrase

YEAR = "last_month"  # the form's field
SHOWN = ("on_time", "online", "received")

read = operations.read


def year(form: Operations) -> int:
    return form.last // 12


def _first(form: Operations) -> int:
    """The first month that counts: January of the form's last year, or July 2025 for a province that was formed then."""
    start = 12 * year(form)
    there = form.province in provinces.province_set(year(form))
    formed = there and len(provinces.get(form.province, year(form)).predecessors) > 1
    return max(form.first, MERGER if formed and start < MERGER <= form.last else start)


def figures(form: Operations) -> Figures:
    """``<service>/<unit>`` and ``<service>/all``: received, resolved, per cent on time and online with intervals; how many months
    each is of. No ``received`` where a month has none: the sum of the others is no year's."""
    out: Figures = {}
    found = operations.summary(form, months=form.last - _first(form) + 1, indicators=SHOWN)
    for row in found.to_dict("records"):
        if not row["months"]:
            continue  # a unit that was abolished before, or a total that no month has
        here = out.setdefault(f"{row['service']}/{row['unit'] or 'all'}", {})
        what = row["indicator"]
        here[f"{what}_months"] = float(row["months"])
        if row["value"] != row["value"]:
            continue
        here |= {what: row["value"]} | ({} if what == "received" else {f"{what}_low": row["low"], f"{what}_high": row["high"]})
        if what == "on_time":
            here["resolved"] = row["bottom"]
    return out


def _named(found: Round, key: str, name: str, lang: str) -> str:
    """The name, with the number of months where the figures are of fewer than the table's."""
    here, window = found.figures[key], found.form.last - _first(found.form) + 1
    months = {what: int(here[f"{what}_months"]) for what in SHOWN if f"{what}_months" in here}
    few = []
    for what, n in few_months(months, window):
        said = told(f"operations_page.n_months.{'one' if n == 1 else 'many'}", lang,
                    n=found.num(key, f"{what or next(iter(months))}_months", lang, 0))
        few.append(show.fmt("{what}: {said}", what=INDICATORS[what].name(lang), said=said) if what else said)
    return show.fmt("{name} ({few})", name=name, few=join(few, "; ")) if few else name


def _row(found: Round, key: str, head: str, name: str, lang: str) -> dict[str, object]:
    cells = {head: _named(found, key, name, lang), "received": found.num(key, "received", lang, 0),
             "on_time": found.num(key, "on_time", lang), "interval": found.span(key, "on_time", lang),
             "online": found.num(key, "online", lang)}
    return {phrase(f"rounds.{what}", lang): value for what, value in cells.items()}


def _table(found: Round, rows: list[dict[str, object]], lang: str) -> dict[str, Any]:
    first, last = (f"{t % 12 + 1}/{t // 12}" for t in (_first(found.form), found.form.last))
    return found.table("operations", rows, lang, phrase("rounds.note_operations", lang), first=first, last=last)


def tables(found: Round, lang: str) -> list[dict[str, Any]]:
    """By service, all units together."""
    rows = [_row(found, f"{name}/all", "service", about.name(lang), lang) for name, about in SERVICES.items()
            if f"{name}/all" in found.figures]
    return [_table(found, rows, lang)] if rows else []


def annex(found: Round, lang: str) -> list[dict[str, Any]]:
    """By service and unit, the most on time first."""
    rows = []
    for name, about in SERVICES.items():
        units = [key for key in found.figures if key.startswith(f"{name}/") and not key.endswith("/all")]
        rows += [{phrase("rounds.service", lang): about.name(lang)}
                 | _row(found, key, "unit", found.form.unit_name(key.partition("/")[2], lang), lang)
                 for key in sorted(units, key=lambda key: -found.figures[key].get("on_time", 0))]
    return [_table(found, rows, lang) | {"name": f"round-operations-units-{found.province}-{found.year}"}] if rows else []


def of_department(found: Round, units: set[str], leads: set[str], lang: str) -> list[dict[str, Any]]:
    mine = [(name, unit) for name in SERVICES for unit in sorted(units) if f"{name}/{unit}" in found.figures]
    several = len({unit for _, unit in mine}) > 1

    def named(name: str, unit: str) -> str:
        return SERVICES[name].name(lang) + (f" ({found.form.unit_name(unit, lang)})" if several else "")

    rows = [_row(found, f"{name}/{unit}", "service", named(name, unit), lang) for name, unit in mine]
    return [_table(found, rows, lang)] if rows else []


def card(found: Round, lang: str) -> show.Card:
    key = next((f"{name}/all" for name in SERVICES if f"{name}/all" in found.figures), "")
    service = SERVICES[key.partition("/")[0]].name(lang) if key else ""
    if not key:
        note = told("rounds.card_no_month", lang)
    elif "received" in found.figures[key]:
        note = told("rounds.card_service", lang, service=service, n=found.num(key, "received", lang, 0))
    else:
        note = told("rounds.card_service_gap", lang, service=service)
    return show.Card(label=phrase("rounds.card_operations", lang, year=found.year), value=found.num(key, "on_time", lang), unit="%",
                     note=note)
