"""The self-scoring of the PAR Index on the pages: the points that each department holds, what is outstanding, what it would add."""

from __future__ import annotations

from typing import Any

import pandas as pd

from govlib.institute import par
from govlib.institute.par import Scoring
from govlib.institute.units import units as known_units
from govlib.publish import show
from govlib.run.rounds.held import Figures, Round, told
from govlib.words import wording
from govlib.words.tables import phrase

YEAR = "edition"  # the form's field
SUMS = ("items", "max_points", "self_score", "ministry_score", "score", "gap")
ITEMS = 10  # on a department's sheet

read = par.read


def year(form: Scoring) -> int:
    return form.edition


def _open(form: Scoring) -> pd.DataFrame:
    left = par.outstanding(form)
    return left[left["open"]]


def figures(form: Scoring) -> Figures:
    """Each department and ``all``: points held, given and still to be had; each outstanding item by its code."""
    left, rows = _open(form), par.by(form, "unit").to_dict("records")
    whole: dict[str, Any] = {"key": "all"} | {what: pd.Series([row[what] for row in rows], dtype=float).sum(min_count=1)
                                              for what in SUMS}
    out: Figures = {}
    for row in [whole, *rows]:
        mine = left if row["key"] == "all" else left[left["unit"].eq(row["key"])]
        out[row["key"]] = {what: float(row[what]) for what in SUMS} | {"open": float(len(mine)), "gain": float(mine["gain"].sum())}
    if whole["score"] == whole["score"]:  # points without a result yet make the total a range
        found = par.total(form)
        out["all"] |= {"score_low": found.low, "score_high": found.high}
    for item in left.to_dict("records"):
        out[item["code"]] = {what: float(item[what]) for what in ("max_points", "score", "gain")}
    return out


def _row(found: Round, key: str, name: str, lang: str) -> dict[str, object]:
    def num(what: str, decimals: int = 2, sign: bool = False) -> show.Html:
        return found.num(key, what, lang, decimals, sign)

    return {phrase(f"rounds.{head}", lang): value for head, value in {
        "unit": name, "held": num("max_points"), "self_scored": num("self_score"), "ministry": num("ministry_score"),
        "cut": num("gap", sign=True), "open_items": num("open", 0), "would_add": num("gain")}.items()}


def _names(found: Round, lang: str) -> dict[str, str]:
    """Department → its name, the one with most points first."""
    known, keys = known_units(), list(dict.fromkeys(found.form.leaves["unit"]))
    return {key: known[key].name(lang) for key in sorted(keys, key=lambda key: -found.figures[key]["max_points"])}


def _notes(found: Round, lang: str) -> tuple[str, str]:
    return phrase("rounds.note_par_scoring", lang), phrase("rounds.as_of", lang, day=wording.day(found.form.as_of, lang))


def tables(found: Round, lang: str) -> list[dict[str, Any]]:
    rows = [_row(found, key, name, lang) for key, name in _names(found, lang).items()]
    return [found.table("par_scoring", [_row(found, "all", phrase("rounds.province", lang), lang), *rows], lang,
                        *_notes(found, lang))]


def annex(found: Round, lang: str) -> list[dict[str, Any]]:
    return [_items(found, set(found.form.leaves["unit"]), lang)] if len(_open(found.form)) else []


def _items(found: Round, units: set[str], lang: str, most: int | None = None) -> dict[str, Any]:
    """What is outstanding, the largest gain first."""
    left = _open(found.form)
    mine = left[left["unit"].isin(units)]
    names = _names(found, lang)
    rows = []
    for r in mine.head(most or len(mine)).to_dict("records"):
        late = phrase("rounds.overdue", lang) if r["overdue"] else ""
        code = r["code"]
        cells = {"item": f"{code} {r['name_vi'] if lang == 'vi' else r['name_en'] or r['name_vi']}", "task": r["outstanding"],
                 "unit": names[r["unit"]], "deadline": wording.day(r["deadline"], lang) + late,
                 "score": show.fmt("{a}/{b}", a=found.num(code, "score", lang, 2), b=found.num(code, "max_points", lang, 2)),
                 "would_add": found.num(code, "gain", lang, 2)}
        rows.append({phrase(f"rounds.{head}", lang): value for head, value in cells.items()})
    return found.table("par_items", rows, lang, phrase("rounds.note_par_items", lang))


def of_department(found: Round, units: set[str], leads: set[str], lang: str) -> list[dict[str, Any]]:
    mine = {key: name for key, name in _names(found, lang).items() if key in units}
    if not mine:
        return []
    points = found.table("par_scoring", [_row(found, key, name, lang) for key, name in mine.items()], lang, *_notes(found, lang))
    return [points, *([_items(found, set(mine), lang, ITEMS)] if any(found.figures[key]["open"] for key in mine) else [])]


def card(found: Round, lang: str) -> show.Card:
    note = told("rounds.card_open", lang, n=found.num("all", "open", lang, 0), gain=found.num("all", "gain", lang, 2))
    return show.Card(label=phrase("rounds.card_par_scoring", lang, year=found.year), value=found.span("all", "score", lang, 2),
                     unit=phrase("rounds.of_points", lang), note=note)
