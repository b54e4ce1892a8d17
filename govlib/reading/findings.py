"""Which facts about a province stand first: over all indices, over runs of years, by a written rule (docs/reading_rule.md).

A fact is one of four kinds, each with a severity from 0 to 1 that compares across indices, since it is counted in shares of the
field of provinces (or, for a score, in thresholds):

* ``place``: it stands in the first or the last quarter; the years are those in a row in which it did. |2p − 1|, where p is 0
  for the first province and 1 for the last. A composite's stands only as long as no newer one can be worked out from components.
* ``run``: its rank moved one way, never turning back, over three editions on end or more. Twice the share of the field that it
  passed. Where scores have a threshold they decide: such a run counts if they moved beyond it, over the same years and the
  same way; where there is none (DTI, PAR INDEX, SIPAS) the ranks are all that is to be had.
* ``left``, ``entered``: of an index that prints the first ranks only, it is known to have gone from them or to have come in.
  Twice the share of the field that it passed at the least.
* ``change``: its score moved beyond a threshold that fits. Half the change, net of what all did, over the threshold.

A component counts :data:`PART` of a composite, and each year of age takes a tenth off. Nothing that then lies below
:data:`WORTH` is a fact, and nothing older than :data:`MAX_AGE` years.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from govlib.known import indices
from govlib.reading import comparisons, targets, thresholds
from govlib.reading.board import Board, entity

WORTH = 0.5  # a place in an outer quarter, a quarter of the field passed, a change as large as its threshold
PART = 0.8
MAX_AGE = 3
FADES = 0.9  # what a year of age leaves of a severity
SAME_FIELD = 0.1  # ranks are followed where the number of provinces ranked differs by no more: 14 of 42 and 40 of 64 are no fall


class Rank(NamedTuple):
    """A rank in an edition; ``rank`` None where it is known to lie behind the ``of`` ranks that were printed."""

    year: int
    rank: int | None
    of: int
    published: bool

    @property
    def share(self) -> float:
        """0 the first, 1 the last; behind the printed ranks it is above 1."""
        return ((self.rank or self.of + 1) - 1) / max(self.of - 1, 1)

    @property
    def quarter(self) -> int:
        """1 the first quarter, 4 the last, 0 behind the printed ranks."""
        return 0 if self.rank is None else min(int(self.share * 4) + 1, 4) if self.share != 0.25 else 1


@dataclass(frozen=True)
class Fact:
    """One fact. ``ranks`` are those it rests on, oldest first; ``good`` says which way it points; ``breaks`` are years within
    them from which the index was measured anew (a rank is told across them, a score is not). ``change``: of a ``change``."""

    index_id: str
    component: str
    kind: str
    good: bool
    severity: float
    ranks: tuple[Rank, ...] = ()
    breaks: tuple[int, ...] = ()
    change: comparisons.Change | None = None

    @property
    def year(self) -> int:
        return self.ranks[-1].year if self.ranks else self.change.now.year  # type: ignore[union-attr]


class Finding(NamedTuple):
    """What one index says, good or bad: its facts of that direction, the most severe first."""

    index_id: str
    good: bool
    facts: tuple[Fact, ...]

    @property
    def severity(self) -> float:
        return self.facts[0].severity


def ranks(board: Board, index_id: str, component: str, province: str, year: int, by_rule: Collection[tuple[str, int]] = ()
          ) -> list[Rank]:
    """The province's ranks up to a year, as published or else computed, of the unit that bears its name then; editions in which
    it is known to lie behind the printed ones with ``rank`` None. ``by_rule``: editions (index, year) of which that is known
    though they have no score of it (``by_rule`` of :func:`govlib.panel.data.why`).

    >>> from govlib.reading.board import panel_board
    >>> [(r.year, r.rank, r.of) for r in ranks(panel_board(), "pci", "overall", "bac-ninh", 2019)][-2:]
    [(2018, 15, 63), (2019, 4, 63)]
    """
    found = []
    for cell in board.series(index_id, component, province, year):
        if entity(province, cell.year) != entity(province, year) or indices.doubtful(index_id, cell.year, province):
            continue
        if (rank := comparisons.rank(board, cell)) is not None:
            found.append(Rank(cell.year, rank, board.of(index_id, component, cell.year), cell.rank is not None))
        elif component == "overall" and (n := indices.published_ranks(index_id, cell.year)) and (
                (index_id, cell.year) in by_rule or (cell.score is not None and comparisons.outside(board, cell))):
            found.append(Rank(cell.year, None, n, True))
    return found


def facts(board: Board, province: str, year: int, by_rule: Collection[tuple[str, int]] = ()) -> list[Fact]:
    """All facts about a province up to an edition year, the most severe first; of two alike the unfavourable one.

    >>> from govlib.reading.board import panel_board
    >>> found = facts(panel_board(), "bac-ninh", 2024)
    >>> [(f.index_id, f.kind, [r.rank for r in f.ranks]) for f in found if f.component == "overall" and not f.good]
    [('pci', 'left', [15, 4, 10, 7, 7, None]), ('dti', 'run', [3, 4, 7, 18, 21])]
    """
    found = [fact for index_id in indices.INDICES for component in ["overall", *indices.component_ids(index_id)]
             if board.has(index_id, component) for fact in _of(board, index_id, component, province, year, by_rule)]
    return sorted(found, key=lambda f: (-f.severity, f.good, indices.INDICES.index(f.index_id), f.component != "overall"))


def choose(found: list[Fact], n: int = 3) -> list[Finding]:
    """The ``n`` findings that stand first: the two most severe unfavourable ones, then the most severe favourable one, then the
    others by severity; one an index, as long as there are other indices.

    >>> from govlib.reading.board import panel_board
    >>> [(f.index_id, f.good) for f in choose(facts(panel_board(), "bac-ninh", 2024))]
    [('dti', False), ('pci', False), ('pgi', True)]
    """
    groups: dict[tuple[str, bool], list[Fact]] = {}
    for fact in found:
        groups.setdefault((fact.index_id, fact.good), []).append(fact)
    findings = [Finding(index_id, good, tuple(mine)) for (index_id, good), mine in groups.items()]
    bad, good = ([f for f in findings if f.good is side] for side in (False, True))
    first = [*bad[:2], *good[:1]]
    order = first + [f for f in findings if f not in first]
    newcomers = [f for at, f in enumerate(order) if f.index_id not in {other.index_id for other in order[:at]}]
    return (newcomers + [f for f in order if f not in newcomers])[:n]


def _of(board: Board, index_id: str, component: str, province: str, year: int, by_rule: Collection[tuple[str, int]]
        ) -> Iterator[Fact]:
    def made(kind: str, good: bool, size: float, last: int, **what) -> Iterator[Fact]:
        severity = round(min(size, 1.0) * FADES ** (year - last) * (1.0 if component == "overall" else PART), 6)
        if severity >= WORTH and year - last <= MAX_AGE:
            yield Fact(index_id, component, kind, good, severity, **what)

    history = ranks(board, index_id, component, province, year, by_rule)
    for kind, part, size in (_place(history), _run(history), _printed(history)) if history else ():
        if not part or (kind == "run" and not _scores_agree(board, index_id, component, province, part)):
            continue
        if kind == "place" and component == "overall" and part[-1].year < next(
                iter(targets.bases(board, index_id, province, year)), 0):
            continue
        good = part[-1].share < (0.5 if kind == "place" else part[0].share)
        anew = {b.year for b in board.breaks(index_id, component, part[0].year, part[-1].year) if b.scope != "unit"}
        yield from made(kind, good, size, part[-1].year, ranks=part, breaks=tuple(sorted(anew)))
    newest = comparisons.newest(board, index_id, province, year, component)
    same = newest is not None and entity(province, newest.year) == entity(province, year)  # as ranks(): of the page's own unit
    change = comparisons.change(board, index_id, component, province, newest.year) if newest and same else None
    if change and change.delta and change.threshold and change.direction in ("up", "down"):
        own = change.delta - (comparisons.median_change(board, index_id, component, change.now.year) or 0.0)
        if own * change.delta > 0:
            yield from made("change", change.delta > 0, abs(own) / change.threshold / 2, change.now.year, change=change)


def _scores_agree(board: Board, index_id: str, component: str, province: str, run: tuple[Rank, ...]) -> bool:
    """Whether the scores bear a run of ranks out, as far as there is a threshold to hold them against."""
    limit = thresholds.points(board, index_id, component, run[-1].year)
    if limit is None:
        return True
    ends = [board.cell(index_id, component, province, r.year) for r in (run[0], run[-1])]
    if any(c is None or c.score is None for c in ends) or board.breaks(index_id, component, run[0].year, run[-1].year, province):
        return False
    moved = ends[1].score - ends[0].score  # type: ignore[union-attr, operator]
    return abs(moved) > limit and (moved > 0) == (run[-1].share < run[0].share)


def _place(history: list[Rank]) -> tuple[str, tuple[Rank, ...], float]:
    """The years in a row up to the newest in which the province stood in the same outer quarter."""
    part: list[Rank] = []
    for rank in reversed(history):
        follows = not part or (rank.year, rank.quarter) == (part[0].year - 1, part[0].quarter)
        if rank.quarter not in (1, 4) or not follows:
            break
        part.insert(0, rank)
    return "place", tuple(part), abs(2 * part[-1].share - 1) if part else 0.0


def _run(history: list[Rank]) -> tuple[str, tuple[Rank, ...], float]:
    """The longest stretch of years on end up to the newest in which the rank moved one way only."""
    part: list[Rank] = []
    way = 0
    for rank in reversed(history):
        if rank.rank is None:
            break
        if part:
            step = (part[0].share > rank.share) - (part[0].share < rank.share)
            if part[0].year - rank.year != 1 or abs(part[0].of - rank.of) > SAME_FIELD * rank.of or step * way < 0:
                break
            way = way or step
        part.insert(0, rank)
    return "run", tuple(part) if len(part) > 2 else (), 2 * abs(part[-1].share - part[0].share) if part else 0.0


def _printed(history: list[Rank]) -> tuple[str, tuple[Rank, ...], float]:
    """From among the printed ranks to behind them, or the other way; how far at the least. With the years on end before in which
    it stood in the same quarter, or behind the printed ranks."""
    turn = next((i for i in range(len(history) - 1, 0, -1) if (history[i].rank is None) != (history[i - 1].rank is None)), 0)
    part, kind = history[turn:], "left" if history[-1].rank is None else "entered"
    for rank in reversed(history[:turn]):
        if rank.year != part[0].year - 1 or (len(part) > len(history) - turn and rank.quarter != part[0].quarter):
            break
        part = [rank, *part]
    if len(part) == len(history) - turn:  # nothing before, or not of the year before
        return kind, (), 0.0
    inside, behind = (history[turn - 1], history[turn])[::1 if kind == "left" else -1]
    return kind, tuple(part), 2 * (behind.of + 1 - inside.rank) / max(inside.of - 1, 1)  # type: ignore[operator]
