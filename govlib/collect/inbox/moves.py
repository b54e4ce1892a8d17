"""Figures that moved further than any province ever did in that component: two rows may have been swapped.

A figure is put beside the province's newest earlier one (of a province merged in 2025: beside the nearest of its
predecessors'), and the move beside every move from one figure to the next that the raw files hold. A true jump is possible:
nothing is refused, both rows are shown.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from govlib import paths
from govlib.collect import checks
from govlib.errors import BadInput, UnknownName
from govlib.forms.problems import say
from govlib.known import catalogue, indices, provinces

ENOUGH = 30  # moves that are enough to judge by
TOLD = 8     # moves of one component that are told one by one
Series = dict[tuple[str, str], dict[int, float]]  # (component, unit of administration) → year → score


class Move(NamedTuple):
    row: int
    province: str
    value: float
    before: float
    since: int
    of: str = ""  # the province before a merger that the earlier figure is of; none where it is the same unit's

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
        ever = moves(component, index_id, held)
        if len(ever) >= ENOUGH:
            said += _told(component, [move for row in mine if (move := _move(row, component, year, held))], ever[-1])
    return said


def _told(component: str, all_moves: list[Move], furthest: float) -> list[str]:
    said: list[str] = []
    shown: set[int] = set()
    far = sorted((move for move in all_moves if abs(move.moved) > furthest + 1e-9), key=lambda m: -abs(m.moved))
    for move in far[:TOLD]:
        other = _swapped_with(move, all_moves)
        if other is None:
            said.append(say("{component}: {one}; further than any province ever moved ({furthest:.2f})", component=component,
                            one=_row(move), furthest=furthest))
        elif move.row not in shown:
            shown |= {move.row, other.row}
            said.append(say("{component}: {one}, and {other}; further than any province ever moved ({furthest:.2f}): are the two "
                            "swapped?", component=component, one=_row(move), other=_row(other), furthest=furthest))
    if len(far) > TOLD:
        said.append(say("{component}: {n} more provinces moved further than any ever did", component=component, n=len(far) - TOLD))
    return said


def _row(move: Move) -> str:
    if move.of:
        return say("row {row} {province} has {value:g} after {before:g} of {of} before the merger in {since} ({moved:+.2f})",
                   row=move.row, province=move.province, value=move.value, before=move.before, of=move.of, since=move.since,
                   moved=move.moved)
    return say("row {row} {province} has {value:g} after {before:g} in {since} ({moved:+.2f})", row=move.row,
               province=move.province, value=move.value, before=move.before, since=move.since, moved=move.moved)


def _swapped_with(move: Move, others: list[Move]) -> Move | None:
    """The row with which an exchange of figures would make both moves small; None where it would not."""
    def after(other: Move) -> float:
        return abs(other.value - move.before) + abs(move.value - other.before)

    best = min((o for o in others if o.row != move.row), key=after, default=None)
    return best if best and after(best) < (abs(move.moved) + abs(best.moved)) / 2 else None


def _move(row: dict, component: str, year: int, held: Series) -> Move | None:
    """The figure beside the province's newest earlier one, or, where it was formed since, the nearest of its predecessors'."""
    value, unit = float(row["score"]), provinces.get(row["province"], year)
    for units in ([unit.unit], unit.predecessors):
        newest = [(max(series), series[max(series)], name) for name in units if (series := held.get((component, name)))]
        if newest:
            since, before, name = min(newest, key=lambda found: abs(value - found[1]))
            return Move(row["row"], row["province"], value, before, since, "" if name == unit.unit else provinces.get(name).name_vi)
    return None


def moves(component: str, index_id: str, held: Series) -> list[float]:
    """How far provinces moved from one held figure to the next, the smallest first; across a change of method only where there
    is too little within one."""
    every, within = [], []
    for (name, _), series in held.items():
        if name == component:
            for earlier, later in pairwise(sorted(series)):
                every.append(abs(series[later] - series[earlier]))
                if indices.method_version(index_id, later) == indices.method_version(index_id, earlier):
                    within.append(every[-1])
    return sorted(within if len(within) >= ENOUGH else every)


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
