"""The institute's own rounds, for the pages: the filled forms of ``data/institute/<year>/`` (:mod:`govlib.run.rounds.held`).

Pages lie below the institute's instruments, so what they show of a round is worked out here and handed down as tables: on the
briefing (:func:`tables`, :func:`annex`, :func:`cards`), on the sheets of departments (:func:`of_department`), and for ``govlib
verify`` number by number (:func:`figure`). A page draws only from the numbers that :func:`figure` finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from govlib.errors import BadInput
from govlib.institute import INSTRUMENTS
from govlib.known import provinces
from govlib.run.rounds import held
from govlib.run.rounds.held import SOURCE, Round
from govlib.words.tables import phrase
from govlib.words.wording import joined

if TYPE_CHECKING:
    from govlib.publish.show import Card

__all__ = ["SOURCE", "annex", "cards", "figure", "newest", "none", "of_department", "tables"]


def _module(name: str) -> ModuleType:
    from govlib.run.rounds import ddci, operations, par_scoring, satisfaction  # heavy, and only where there is a round

    return {"satisfaction": satisfaction, "ddci": ddci, "par_scoring": par_scoring, "operations": operations}[name]


@cache
def _read(name: str, path: Path, changed: int) -> Any:
    return _module(name).read(path)


@cache
def _figures(name: str, path: Path, changed: int) -> held.Figures:
    return _module(name).figures(_read(name, path, changed))


def newest(name: str, province: str, year: int) -> Round | None:
    """The newest round of an instrument up to the year, of this very unit; None where there is none.

    Raises
    ------
    BadInput : a form with problems, one marked SYNTHETIC, one that lies in another year's folder, one of a province that was no
        more in its folder's year (it would be left out without a word).
    """
    for shelf, path in held.files(name):
        from govlib.reading.board import entity  # heavy, and only where there is a round

        if shelf > year:
            continue
        form, of = _read(name, path, path.stat().st_mtime_ns), _module(name)
        if (whose := provinces.resolve(form.meta["province"])) not in provinces.province_set(shelf):
            raise BadInput(f"no page of {shelf} is of this province", file=path, column="province", value=form.meta["province"],
                           fix="move it to the folder of its own year, or take it out: govlib institute report makes a page of it")
        if whose != province or entity(province, shelf) != entity(province, year):
            continue
        if form.synthetic:
            raise BadInput("the answers are SYNTHETIC and cannot enter a briefing", file=path,
                           fix="take it out of data/institute, or put the round's own figures there")
        if (stated := of.year(form)) != shelf:
            raise BadInput(f"the form says that the round is of {stated}", file=path, column=of.YEAR, value=stated,
                           fix=f"move it to data/institute/{stated}")
        return Round(form, _figures(name, path, path.stat().st_mtime_ns), path, shelf, year, province)
    return None


def _all(province: str, year: int) -> Iterator[tuple[ModuleType, Round]]:
    for name in INSTRUMENTS:
        if found := newest(name, province, year):
            yield _module(name), found


def tables(province: str, year: int, lang: str) -> list[dict[str, Any]]:
    """What each round says in short, as ``show.table`` takes it."""
    return [table for of, found in _all(province, year) for table in of.tables(found, lang)]


def annex(province: str, year: int, lang: str) -> list[dict[str, Any]]:
    """The longer tables."""
    return [table for of, found in _all(province, year) for table in of.annex(found, lang)]


def cards(province: str, year: int, lang: str) -> list[Card]:
    """One card a round."""
    return [of.card(found, lang) for of, found in _all(province, year)]


def of_department(province: str, year: int, lang: str, name: str, leads: set[str]) -> list[dict[str, Any]]:
    """What the rounds say of one department, under its name then or the names of those whose work it took over; the survey for
    who leads SIPAS. ``leads``: the indices that it follows up as a whole."""
    out = []
    for of, found in _all(province, year):
        out += of.of_department(found, held.units_of(name, province, year), leads, lang)
    return out


def none(province: str, year: int, lang: str) -> str:
    """Which instruments have no round here and how to add one, in one sentence; empty where all have."""
    missing = [phrase(f"rounds.name_{name}", lang) for name in INSTRUMENTS if newest(name, province, year) is None]
    return phrase("rounds.none", lang, what=joined(missing, lang)) if missing else ""


def figure(locator: str) -> float | None:
    """The number that a locator of these tables names, as it is today; None where it is no longer to be had."""
    file, key, what = locator.split(" ")
    path = held.folder().parent.parent / file
    if not path.is_file() or (name := held.instrument(path)) is None:
        return None
    value = _figures(name, path, path.stat().st_mtime_ns).get(key, {}).get(what)
    return None if value is None or value != value else value
