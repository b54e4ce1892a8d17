"""The institute's own rounds, for the pages: ``data/institute/<year>/satisfaction.csv`` (or ``.xlsx``), the filled form.

Pages lie below the institute's instruments, so what they show of a round is worked out here and handed down as a table. Made-up
rounds never mix in: a file marked SYNTHETIC is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govlib import paths
from govlib.errors import BadInput
from govlib.forms import table
from govlib.known import provinces
from govlib.reading.board import entity
from govlib.words.tables import phrase

if TYPE_CHECKING:
    from govlib.institute.satisfaction import Survey

READS = ("data/institute/*/satisfaction.csv", "data/institute/*/satisfaction.xlsx")
SOURCE = "institute"  # of every number that comes from these files
MIN_ANSWERS = 10  # below this nothing is shown, as on the instrument's own pages
FIGURES = ("share", "low", "high")


def folder() -> Path:
    return paths.root() / "data" / "institute"


def satisfaction_files() -> Iterator[tuple[int, Path]]:
    """(year of its folder, file) of every round that is there, the newest first."""
    found = [*folder().glob("*/satisfaction.csv"), *folder().glob("*/satisfaction.xlsx")]
    named = [(int(path.parent.name), path) for path in found if path.parent.name.isdigit()]
    years = [year for year, _ in named]
    for year, path in named:
        if years.count(year) > 1:
            raise BadInput("two files hold the satisfaction survey of one year", file=path, value=year, fix="keep one of them")
    return iter(sorted(named, reverse=True))


@cache
def _read(path: Path, changed: int) -> Survey:
    from govlib.institute import satisfaction  # heavy, and only where there is a round

    return satisfaction.read(path)


def survey(province: str, year: int) -> Survey | None:
    """The newest round up to the year of this very unit; None where there is none.

    Raises
    ------
    BadInput : a form with problems, one marked SYNTHETIC, one that lies in another year's folder.
    """
    for shelf, path in satisfaction_files():
        if shelf > year:
            continue
        found = _read(path, path.stat().st_mtime_ns)
        if provinces.resolve(found.meta["province"], found.year) != province or entity(province, shelf) != entity(province, year):
            continue
        if found.synthetic:
            raise BadInput("the answers are SYNTHETIC and cannot enter a briefing", file=path,
                           fix="take it out of data/institute, or put the survey's own answers there")
        if found.year != shelf:
            raise BadInput(f"the form says that the round is of {found.year}", file=path, column="year", value=found.year,
                           fix=f"move it to data/institute/{found.year}")
        return found
    return None


def _shares(found: Survey) -> list[dict[str, Any]]:
    """The whole (key ``overall``), then each service; what the rule of disclosure hides has no figures."""
    from govlib.institute import satisfaction  # heavy, and only where there is a round

    whole = satisfaction.estimate(found)
    rows = [{"key": "overall", "n": whole.n, "share": whole.share, "low": whole.low, "high": whole.high, "hidden": ""}]
    if whole.n < MIN_ANSWERS:
        rows = [dict.fromkeys(FIGURES, float("nan")) | {"key": "overall", "n": whole.n, "hidden": "few answers"}]
    return rows + satisfaction.by(found, "service").to_dict("records")


def satisfaction_table(province: str, year: int, lang: str) -> dict[str, Any] | None:
    """The headline table of the newest round as ``show.table`` takes it; None where there is no round."""
    if (found := survey(province, year)) is None:
        return None
    from govlib.institute.satisfaction import label  # heavy, and only where there is a round
    from govlib.publish import show  # heavy
    from govlib.publish.sections.base import day_words, frame  # heavy

    col = {name: phrase(f"rounds.{name}", lang) for name in ("service", "satisfied", "interval", "answers", "hidden")}

    def num(row: dict[str, Any], what: str) -> show.Html:
        value = row["n"] if what == "n" else 100 * row[what]
        return show.num(value, source=SOURCE, locator=f"{_place(found)} {row['key']} {what}", lang=lang,
                        decimals=0 if what == "n" else 1)

    rows = []
    for row in _shares(found):
        name = phrase("rounds.overall", lang) if row["key"] == "overall" else label("service", row["key"], lang)
        seen = not row["hidden"]
        rows.append({col["service"]: name, col["satisfied"]: num(row, "share") if seen else col["hidden"],
                     col["interval"]: show.together("{low}–{high}", low=num(row, "low"), high=num(row, "high")) if seen else "–",
                     col["answers"]: num(row, "n") if seen else "–"})
    days = [table.as_date(found.meta[key]) for key in ("fieldwork_from", "fieldwork_to")]
    first, last = (day_words(day, lang) for day in days if day)  # both are dates, or the form would have been refused
    who = found.meta.get("producer") or phrase("rounds.institute", lang)
    return {"df": frame(rows), "lang": lang, "name": f"round-satisfaction-{province}-{found.year}",
            "caption": phrase("rounds.caption", lang, year=found.year), "note": phrase("rounds.note", lang),
            "source": phrase("rounds.source", lang, who=who, first=first, last=last)}


def none(lang: str) -> str:
    """How to add a round, where there is none."""
    return phrase("rounds.none", lang)


def _place(found: Survey) -> str:
    return f"data/institute/{found.year}/{found.path.name}"


def figure(locator: str) -> float | None:
    """The number that a locator of these tables names, as it is today; None where it is no longer to be had."""
    file, key, what = locator.split(" ")
    path = folder().parent.parent / file
    if not path.is_file():
        return None
    row = next((r for r in _shares(_read(path, path.stat().st_mtime_ns)) if r["key"] == key and not r["hidden"]), None)
    return None if row is None else float(row["n"] if what == "n" else 100 * row[what])
