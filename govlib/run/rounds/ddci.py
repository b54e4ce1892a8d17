"""The DDCI on the pages: departments ranked by those who deal with them, and communes (districts before 1 July 2025)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from govlib.errors import NotEstimable
from govlib.institute import ddci
from govlib.institute.ddci import Ratings
from govlib.publish import show
from govlib.run.rounds.held import Figures, Round, told
from govlib.words.tables import phrase

YEAR = "year"  # the form's field

read = ddci.read


def year(form: Ratings) -> int:
    return form.year


def figures(form: Ratings) -> Figures:
    """Each unit: its ratings and, where it is ranked, score and place with their intervals; each level: how many are ranked."""
    out: Figures = {unit: {"n": float(n)} for unit, n in form.data.groupby("unit").size().items()}
    for level in form.levels:
        try:
            table = ddci.result(form, level).table
        except NotEstimable:
            continue  # fewer than two units with enough ratings: none is ranked, and the table says so
        out[level] = {"ranked": float(len(table))}
        for row in table.to_dict("records"):
            out[row["unit"]] |= {"score": row["score"], "score_low": row["low"], "score_high": row["high"], "rank": row["rank"],
                                 "rank_low": row["rank_low"], "rank_high": row["rank_high"]}
    return out


def _ordered(found: Round, level: str) -> list[tuple[str, str, str]]:
    """(id, Vietnamese, English) of a level's units, the best first, those not ranked last."""
    data = found.form.data
    rows = data[data["level"].eq(level)].drop_duplicates("unit")
    names = list(zip(rows["unit"], rows["name_vi"], rows["name_en"], strict=True))
    return sorted(names, key=lambda u: (found.figures[u[0]].get("rank", len(names) + 1), u[1]))


def _table(found: Round, level: str, units: Iterable[tuple[str, str, str]], lang: str) -> dict[str, Any]:
    col = {key: phrase(f"rounds.{key}", lang) for key in ("unit", "score", "interval", "rank", "places", "ratings", "not_ranked")}
    rows = []
    for unit, vi, en in units:
        ranked = "rank" in found.figures[unit]
        place = show.fmt("{r}/{n}", r=found.num(unit, "rank", lang, 0), n=found.num(level, "ranked", lang, 0))
        rows.append({col["unit"]: vi if lang == "vi" else en or vi,
                     col["score"]: found.num(unit, "score", lang) if ranked else col["not_ranked"],
                     col["interval"]: found.span(unit, "score", lang), col["rank"]: place if ranked else "–",
                     col["places"]: found.span(unit, "rank", lang, 0), col["ratings"]: found.num(unit, "n", lang, 0)})
    return found.table("ddci", rows, lang, phrase("rounds.note_ddci", lang), level=phrase(f"rounds.{level}", lang)) | {
        "name": f"round-ddci-{level}-{found.province}-{found.year}"}


def tables(found: Round, lang: str) -> list[dict[str, Any]]:
    return [_table(found, level, _ordered(found, level), lang) for level in found.form.levels if level == "department"]


def annex(found: Round, lang: str) -> list[dict[str, Any]]:
    return [_table(found, level, _ordered(found, level), lang) for level in found.form.levels if level != "department"]


def of_department(found: Round, units: set[str], leads: set[str], lang: str) -> list[dict[str, Any]]:
    mine = [unit for unit in _ordered(found, "department") if unit[0] in units]
    return [_table(found, "department", mine, lang)] if mine else []


def card(found: Round, lang: str) -> show.Card:
    level = found.form.levels[0]
    ranked = [unit for unit in _ordered(found, level) if "rank" in found.figures[unit[0]]]
    note: Any = phrase("rounds.not_ranked", lang)
    if ranked:
        (best, *best_names), (last, *last_names) = ranked[0], ranked[-1]
        note = told("rounds.card_ends", lang, best=best_names[lang == "en"] or best_names[0],
                        last=last_names[lang == "en"] or last_names[0], a=found.num(best, "score", lang),
                        b=found.num(last, "score", lang))
    return show.Card(label=phrase("rounds.card_ddci", lang, year=found.year), value=found.num(level, "ranked", lang, 0),
                     unit=phrase("rounds.units_ranked", lang, level=phrase(f"rounds.{level}", lang)), note=note)
