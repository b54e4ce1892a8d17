"""The institute's satisfaction survey on the pages: shares over all and by service, with intervals."""

from __future__ import annotations

from typing import Any

from govlib.forms import table
from govlib.institute import satisfaction
from govlib.institute.satisfaction import Survey
from govlib.institute.satisfaction.form import MIN_CELL
from govlib.publish import show
from govlib.run.rounds.held import Figures, Round, told
from govlib.words import wording
from govlib.words.tables import phrase

YEAR = "year"  # the form's field

read = satisfaction.read


def year(form: Survey) -> int:
    return form.year


def figures(form: Survey) -> Figures:
    """The whole (key ``overall``), then each service; what the rule of disclosure hides has no figures."""
    whole = satisfaction.estimate(form)
    rows = [{"key": "overall", "n": whole.n, "share": whole.share, "low": whole.low, "high": whole.high,
             "hidden": whole.n < MIN_CELL}, *satisfaction.by(form, "service").to_dict("records")]
    return {row["key"]: {} if row["hidden"] else {"share": 100 * row["share"], "share_low": 100 * row["low"],
                                                  "share_high": 100 * row["high"], "n": float(row["n"])} for row in rows}


def tables(found: Round, lang: str) -> list[dict[str, Any]]:
    col = {name: phrase(f"rounds.{name}", lang) for name in ("service", "satisfied", "interval", "answers", "hidden")}
    rows = []
    for key, seen in found.figures.items():
        name = phrase("rounds.overall", lang) if key == "overall" else satisfaction.label("service", key, lang)
        rows.append({col["service"]: name, col["satisfied"]: found.num(key, "share", lang) if seen else col["hidden"],
                     col["interval"]: found.span(key, "share", lang), col["answers"]: found.num(key, "n", lang, 0)})
    days = [table.as_date(found.form.meta[key]) for key in ("fieldwork_from", "fieldwork_to")]
    first, last = (wording.day(day, lang) for day in days if day)  # both are dates, or the form would have been refused
    who = found.form.meta.get("producer") or phrase("rounds.institute", lang)
    return [found.table("satisfaction", rows, lang, phrase("rounds.note_satisfaction", lang))
            | {"source": phrase("rounds.source", lang, who=who, first=first, last=last)}]


def annex(found: Round, lang: str) -> list[dict[str, Any]]:
    return []


def of_department(found: Round, units: set[str], leads: set[str], lang: str) -> list[dict[str, Any]]:
    return tables(found, lang) if "sipas" in leads else []


def card(found: Round, lang: str) -> show.Card:
    note = told("rounds.card_interval", lang, span=found.span("overall", "share", lang),
                    n=found.num("overall", "n", lang, 0))
    return show.Card(label=phrase("rounds.card_satisfaction", lang, year=found.year), value=found.num("overall", "share", lang),
                     unit="%", note=note)
