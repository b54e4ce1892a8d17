"""How large a one-year change of a score must be to mean something, and whether that number fits the step it is used on.

The reading rule of the pages (docs/reading_rule.md): the reliable change index (Jacobson and Truax 1991), |change| > 1.96 sqrt(2)
SEM, with the noise of :mod:`govlib.reading.noise`.
"""

from __future__ import annotations

import contextlib
import html
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
from scipy.special import bdtrc

from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.known import indices
from govlib.reading.board import Board, once, panel_board
from govlib.reading.noise import Noise, noise, reliable_change
from govlib.text import whole
from govlib.words import wording
from govlib.words.tables import language, phrase

CHANCE = 0.05  # share of provinces that noise alone takes beyond a 95 % threshold
SURPRISE = 0.025  # a count of provinces beyond it that chance reaches less often than this is no chance


@dataclass(frozen=True)
class MeaningfulChange:
    """How large a one-year change of a score must be to mean something.

    threshold : points; smaller changes are within what noise makes in ``level`` of all cases. noise : what it rests on.
    same_version : whether it comes from the method version that ``year`` belongs to alone; else the versions nearest in time
    were added or, without a year, all are taken together.

    >>> from govlib import thresholds
    >>> found = thresholds.meaningful_change("pci", "time_costs")
    >>> found.holds(2 * found.threshold)
    True
    """

    index_id: str
    component: str
    threshold: float
    low: float
    high: float
    level: float
    noise: Noise
    same_version: bool

    def holds(self, change: float) -> bool:
        """Whether a change is larger than the threshold."""
        return abs(change) > self.threshold

    def sentence(self, lang: str = "vi") -> str:
        name = indices.name(self.index_id, self.component, lang)
        n = wording.number(self.threshold, lang)
        span = f"{self.noise.editions[0]}–{self.noise.editions[-1]}"
        share = wording.percent(self.noise.noise_share, lang)
        return phrase("thresholds.must_exceed", lang, name=name, n=n, share=share, provinces=self.noise.n, span=span)

    def _repr_html_(self) -> str:
        said = html.escape(self.sentence(language()))
        return f"<p>{said}<br><small>Jacobson and Truax (1991), Wiley and Wiley (1970)</small></p>"


def runs(on: Board, index_id: str, component: str) -> list[list[int]]:
    """Full editions in unbroken runs: consecutive years, no method break of this component in between."""
    out: list[list[int]] = []
    for year in on.editions(index_id, component):
        if not on.is_full(index_id, component, year):
            continue
        if out and year - out[-1][-1] == 1 and not on.breaks(index_id, component, year - 1, year):
            out[-1].append(year)
        else:
            out.append([year])
    return out


def meaningful_change(index_id: str, component: str = "overall", year: int | None = None, *, level: float = 0.95,
                      draws: int = 0, on: Board | None = None) -> MeaningfulChange:
    """How large a province's one-year change of a score must be to mean something (reliable change index).

    Parameters
    ----------
    year : take the method version of this edition; where it has fewer than three triples, the versions nearest in time with
        it, one after the other and the newer of two that are equally near, until there are three. None: all versions.
    draws : bootstrap draws for ``low`` and ``high`` (90 %, over provinces); 0 for none, which takes milliseconds.
    on : scores to read instead of the panel's.

    Raises
    ------
    UnknownName : no such index or component.   NotEstimable : too few consecutive full editions, or no common signal.

    >>> m = meaningful_change("pci", "time_costs")
    >>> m.threshold > 0 and m.noise.n >= 40
    True
    """
    indices.name(index_id, component)
    if whole("draws", draws, "write 500") < 0:
        raise BadInput("a number of draws is 0 or more", column="draws", value=draws, fix="write 500")
    year = None if year is None else whole("year", year, "for instance year=2019")
    on = on or panel_board()
    found, matrix = runs(on, index_id, component), on.stood_by(index_id, component)
    if year is None:
        return _meaning(index_id, component, noise(matrix, found, draws), level, False)
    own = [r for r in found if not any(on.breaks(index_id, component, min(y, year), max(y, year)) for y in (r[0], r[-1]))]
    centre = [y for r in own for y in r] or [year]
    near = sorted(found, key=lambda r: (r not in own, min(abs(a - b) for a in r for b in centre), -r[-1]))
    for k in range(1, len(near)):
        with contextlib.suppress(NotEstimable):  # too few triples or no common signal in these alone: with one version more
            return _meaning(index_id, component, noise(matrix, near[:k], draws), level, all(r in own for r in near[:k]))
    return _meaning(index_id, component, noise(matrix, near, draws), level, all(r in own for r in near))


def _meaning(index_id: str, component: str, got: Noise, level: float, same: bool) -> MeaningfulChange:
    size, low, high = (reliable_change(sem, level) for sem in (got.sem, got.low, got.high))
    return MeaningfulChange(index_id, component, size, low, high, level, got, same)


def changes_table(index_id: str, *, level: float = 0.95, draws: int = 500, on: Board | None = None) -> pd.DataFrame:
    """:func:`meaningful_change` of the composite and every component.

    Columns component, threshold, low, high, sem, reliability, stability, noise_share, usual (the robust spread of changes
    that briefings call the usual movement), n, triples, note (why there is none).
    """
    on = on or panel_board()
    rows: list[dict[str, object]] = []
    for c in ["overall", *([] if index_id != "pci" else ["overall_fixed_weights"]), *indices.component_ids(index_id)]:
        if not on.has(index_id, c):
            continue
        try:
            m = meaningful_change(index_id, c, level=level, draws=draws, on=on)
        except NotEstimable as error:
            rows.append({"component": c, "note": error.reason})
            continue
        usual = on.usual_movement(index_id, c, m.noise.editions[-1])
        assert usual is not None  # what is enough for a threshold is enough for it
        rows.append({"component": c, "threshold": m.threshold, "low": m.low, "high": m.high, "sem": m.noise.sem,
                     "reliability": m.noise.reliability, "stability": m.noise.stability,
                     "noise_share": m.noise.noise_share, "usual": usual.sd, "n": m.noise.n,
                     "triples": m.noise.triples, "note": ""})
    columns = ["component", "threshold", "low", "high", "sem", "reliability", "stability", "noise_share", "usual", "n",
               "triples", "note"]
    return pd.DataFrame(rows).reindex(columns=columns)


@once
def of(board: Board, index_id: str, component: str, year: int) -> MeaningfulChange | None:
    """:func:`meaningful_change` from the editions of a board, worked out once; None where there are too few under one method."""
    try:
        return meaningful_change(index_id, component, year, on=board)
    except (NotEstimable, UnknownName):
        return None


def points(board: Board, index_id: str, component: str, year: int) -> float | None:
    """The threshold of :func:`of` in points."""
    found = of(board, index_id, component, year)
    return None if found is None else found.threshold


class Step(NamedTuple):
    """How one step from an edition to the next sits with its threshold.

    n : provinces held in both editions, under one method and of one unit; beyond : how many of them moved further than the
    threshold; first, last : the editions that the threshold rests on; inside : whether the step is one of those it was taken
    from; outside, outside_beyond : the same two counts over all steps under this method that it was not taken from; fits :
    whether the threshold may be used here. If more of those exceed it than chance explains, provinces swing further than they
    did in the editions that it rests on, and a change beyond it is no news.
    """

    n: int
    beyond: int
    first: int
    last: int
    inside: bool
    outside: int
    outside_beyond: int
    fits: bool


@once
def step(board: Board, index_id: str, component: str, year: int) -> Step | None:
    """The step from ``year`` − 1 to ``year``; None without a threshold, or where no province has both.

    >>> step(panel_board(), "pci", "overall", 2023)._asdict()
    {'n': 15, 'beyond': 8, 'first': 2013, 'last': 2020, 'inside': False, 'outside': 27, 'outside_beyond': 9, 'fits': False}
    """
    rule, m = of(board, index_id, component, year), board.stood_by(index_id, component)
    if rule is None:
        return None
    rests = rule.noise.editions
    counts = {y: _counted(board, index_id, component, y, rule.threshold) for y in m.index if y - 1 in m.index
              and not board.breaks(index_id, component, min(y, year), max(y, year))}
    n, beyond = counts.get(year, (0, 0))
    if not n:
        return None
    inside = {year - 1, year} <= set(rests)
    others = [count for y, count in counts.items() if not {y - 1, y} <= set(rests)]
    outside, far = sum(k for k, _ in others), sum(k for _, k in others)
    by_chance = bdtrc(far - 1, outside, CHANCE)  # that so many or more exceed it
    return Step(n, beyond, rests[0], rests[-1], inside, outside, far, bool(inside or by_chance >= SURPRISE))


def _counted(board: Board, index_id: str, component: str, year: int, limit: float) -> tuple[int, int]:
    """Provinces with a comparable score in an edition and the one before, and how many moved further than the limit."""
    m = board.stood_by(index_id, component)
    moved = (m.loc[year] - m.loc[year - 1]).dropna()
    moved = moved[[not board.breaks(index_id, component, year - 1, year, p) for p in moved.index]]
    return len(moved), int((moved.abs() > limit).sum())
