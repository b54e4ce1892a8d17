"""Figures that moved further than any province ever did in that component: two rows may have been swapped.

A figure is put beside the province's newest earlier one (of a province merged in 2025: beside the nearest of its
predecessors'), and the move beside every move over as many years that the raw files hold. A true jump is possible: nothing is
refused, both rows are shown.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from govlib import paths
from govlib.collect import checks
from govlib.errors import BadInput, UnknownName
from govlib.forms.problems import say
from govlib.known import catalogue, indices, provinces

ENOUGH = 30  # moves within one method that are enough to judge by them alone
TOLD = 8     # moves of one component that are told one by one
Series = dict[tuple[str, str], dict[int, float]]  # (component, unit of administration) → year → score


class Move(NamedTuple):
    row: int
    province: str
    value: float
    before: float
    since: int
    furthest: float

    @property
    def moved(self) -> float:
        return self.value - self.before


def doubts(rows: list[dict], index_id: str, year: int, raw: Path | None = None) -> list[str]:
    """A sentence for each figure of a form that moved further than any ever did."""
    try:
        held = history(index_id, year, raw)
    except BadInput as error:
        return [say("moves were not looked at, since an earlier edition cannot be read: {why}", why=str(error))]
    said: list[str] = []
    by_component: dict[str, list[dict]] = defaultdict(list)
    for row in rows:
        if row["score"]:
            by_component[row["component"]].append(row)
    for component, mine in by_component.items():
        looked = [move for row in mine if (move := _move(row, component, index_id, year, held))]
        far = sorted((move for move in looked if abs(move.moved) > move.furthest + 1e-9), key=lambda m: -abs(m.moved))
        said += _told(component, far, looked)
    return said


def _told(component: str, far: list[Move], all_moves: list[Move]) -> list[str]:
    said: list[str] = []
    pairs: set[frozenset[int]] = set()
    for move in far[:TOLD]:
        other = _swapped_with(move, all_moves)
        if other is None:
            said.append(say("{component}: {one}; further than any province ever moved ({furthest:.2f})", component=component,
                            one=_row(move), furthest=move.furthest))
        elif frozenset((move.row, other.row)) not in pairs:
            pairs.add(frozenset((move.row, other.row)))
            said.append(say("{component}: {one}, and {other}; further than any province ever moved ({furthest:.2f}): are the two "
                            "swapped?", component=component, one=_row(move), other=_row(other), furthest=move.furthest))
    if len(far) > TOLD:
        said.append(say("{component}: {n} more provinces moved further than any ever did", component=component, n=len(far) - TOLD))
    return said


def _row(move: Move) -> str:
    return say("row {row} {province} has {value:g} after {before:g} in {since} ({moved:+.2f})", row=move.row,
               province=move.province, value=move.value, before=move.before, since=move.since, moved=move.moved)


def _swapped_with(move: Move, others: list[Move]) -> Move | None:
    """The row with which an exchange of figures would make both moves small; None where it would not."""
    def after(other: Move) -> float:
        return abs(other.value - move.before) + abs(move.value - other.before)

    best = min((o for o in others if o.row != move.row), key=after, default=None)
    return best if best and after(best) < (abs(move.moved) + abs(best.moved)) / 2 else None


def _move(row: dict, component: str, index_id: str, year: int, held: Series) -> Move | None:
    """The figure beside the newest earlier ones; None where there is none, or nothing to judge it by."""
    value, found = float(row["score"]), []
    for unit in _units_before(row["province"], year):
        series = held.get((component, unit), {})
        if series:
            since = max(series)
            found.append((abs(value - series[since]), series[since], since))
    if not found:
        return None
    _, before, since = min(found)
    furthest = _furthest(component, index_id, year - since, held, indices.method_version(index_id, year))
    return None if furthest is None else Move(row["row"], row["province"], value, before, since, furthest)


def _units_before(slug: str, year: int) -> list[str]:
    """Units whose earlier figures a province's may be put beside: itself, or those that it was formed from."""
    unit = provinces.get(slug, year)
    return list(unit.predecessors) or [unit.unit]


def _furthest(component: str, index_id: str, gap: int, held: Series, version: str) -> float | None:
    """The largest move over ``gap`` years: within this method where there are enough of such moves, else of all."""
    every, within = [], []
    for (name, _), series in held.items():
        if name == component:
            for later in series:
                if later - gap in series:
                    every.append(abs(series[later] - series[later - gap]))
                    if indices.method_version(index_id, later) == indices.method_version(index_id, later - gap) == version:
                        within.append(every[-1])
    return max(within) if len(within) >= ENOUGH else max(every, default=None)


def history(index_id: str, year: int, raw: Path | None = None) -> Series:
    """Scores of the editions before ``year`` in ``data/raw``; of several sources the one that is believed first."""
    folder = (Path(raw) if raw else paths.raw()) / index_id
    held: Series = defaultdict(dict)
    trust: dict[tuple, int] = {}
    for path in sorted(folder.glob("[12][0-9][0-9][0-9].csv")):
        edition = int(path.stem)
        if edition >= year:
            continue
        with checks.naming_the_index(path):
            table = checks.read_tidy(path)
        table = table[table["level"].ne("indicator") & table["score"].ne("")]
        for slug, component, text, value, source in zip(table["province"], table["component"], table["score"],
                                                        checks.numbers(table["score"]), table["source"], strict=True):
            try:
                unit, priority = provinces.get(slug, edition).unit, catalogue.priority(source)
            except UnknownName:  # the panel rejects such a row, with its reason
                continue
            cell = (component, unit, edition)
            if text and value == value and priority < trust.get(cell, 10**6):
                trust[cell], held[component, unit][edition] = priority, float(value)
    return held
