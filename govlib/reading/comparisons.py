"""What a score means: its change, its place, and whether either is unusual.

No change is given across a change of method or of the unit itself without being marked ``comparable=False``. What a change may
be called, and when it is only a number, is :attr:`Change.direction` and nothing else (docs/reading_rule.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from govlib.known import indices
from govlib.known.indices import doubtful
from govlib.known.provinces import province_set
from govlib.reading import nation, thresholds
from govlib.reading.board import FULL, MIN_CHANGES, Board, Break, Cell, members, once, region_of
from govlib.words.tables import pair


@dataclass(frozen=True)
class Change:
    """A province's figure of a year beside the last one before it.

    >>> from govlib import comparisons
    >>> from govlib.reading.board import panel_board
    >>> found = comparisons.change(panel_board(), "pci", "overall", "bac-ninh", 2019)
    >>> round(found.delta, 2), found.comparable
    (6.29, True)
    """

    now: Cell
    before: Cell | None
    delta: float | None
    comparable: bool
    breaks: tuple[Break, ...] = ()
    threshold: float | None = None
    step: thresholds.Step | None = None  # how the threshold sits with this step; None where there is no threshold
    gap_years: tuple[int, ...] = field(default=())  # editions between the two without a score of this province

    @property
    def ratio(self) -> float | None:
        """|change| over the threshold; None where either is unknown or the two are not neighbours."""
        if self.delta is None or not self.comparable or self.threshold is None or not self.neighbours:
            return None
        return abs(self.delta) / self.threshold

    @property
    def from_year(self) -> int:
        """Year of the figure before. Raises ValueError where there is none."""
        if self.before is None:
            raise ValueError(f"{self.now.index_id}/{self.now.component} {self.now.province} {self.now.year}: no figure before")
        return self.before.year

    @property
    def neighbours(self) -> bool:
        """Whether the two editions follow one another: the threshold is that of a one-year change."""
        return self.before is not None and self.now.year - self.before.year == 1

    @property
    def beyond(self) -> bool | None:
        return None if self.ratio is None else self.ratio > 1

    @property
    def direction(self) -> str:
        """What the change may be called: ``up`` or ``down`` beyond a threshold that fits this step, ``within`` where chance
        explains it, and nothing ('') where only the number may be shown."""
        if self.delta is None or self.ratio is None or (self.step is not None and not self.step.fits):
            return ""
        return "within" if self.ratio <= 1 else "up" if self.delta > 0 else "down"


def change(board: Board, index_id: str, component: str, province: str, year: int, *, threshold: bool = True) -> Change | None:
    """The change of a score since the province's last published figure; None where ``year`` has no row with a figure.

    ``threshold=False`` leaves the threshold out, which takes longest, where nobody asks how large the change is.

    >>> from govlib import comparisons
    >>> from govlib.reading.board import panel_board
    >>> round(comparisons.change(panel_board(), "papi", "overall", "bac-ninh", 2023).delta, 2)
    0.39
    """
    now = board.cell(index_id, component, province, year)
    if now is None or (now.score is None and now.rank is None):
        return None
    earlier = [c for c in board.series(index_id, component, province, year - 1) if c.score is not None]
    before = earlier[-1] if earlier else None
    if before is None or before.score is None or now.score is None:
        return Change(now, before, None, False)
    found = tuple(board.breaks(index_id, component, before.year, year, province))
    if year - before.year > 1 and indices.neighbours_only(index_id):
        found += (Break(year, "all", *pair("comparisons.criteria_in_between")),)
    known = {e.year for e in earlier}
    between = tuple(y for y in range(before.year + 1, year) if y not in known)
    rule = thresholds.points(board, index_id, component, year) if threshold else None
    return Change(now, before, now.score - before.score, not found, found, rule,
                  None if rule is None else thresholds.step(board, index_id, component, year), between)


def everyones_changes(board: Board, index_id: str, component: str, year: int) -> pd.Series | None:
    """What each province's score did since the year before, province → points; None unless both editions are full and nothing
    broke between."""
    changes = board.changes(index_id, component)
    return changes.loc[year].dropna() if year in changes.index else None


def median_change(board: Board, index_id: str, component: str, year: int) -> float | None:
    """The median of the provinces' own changes (:func:`everyones_changes`): a change is compared with changes, and the
    difference of two medians is the change of nobody.

    >>> from govlib import comparisons
    >>> from govlib.reading.board import panel_board
    >>> round(comparisons.median_change(panel_board(), "pci", "overall", 2019), 2)
    2.3
    """
    changes = everyones_changes(board, index_id, component, year)
    return None if changes is None else float(changes.median())


CLEAR = 0.25  # |correlation| that chance passes in about one of twenty pairs of 63 provinces


@once
def item_direction(board: Board, index_id: str, item: str, year: int) -> int:
    """+1 where a higher figure goes with a better component, −1 where with a worse one (days waited, firms that complain),
    0 where neither is clear: the sign of the correlation of item and component over the provinces of an edition. Parts that
    add up to their component (PAPI's sub-dimensions) are +1 by construction."""
    if index_id == "papi":
        return 1
    x, y = board.stood_by(index_id, item), board.stood_by(index_id, item.split(".")[0])
    if year not in x.index or year not in y.index:
        return 0
    both = pd.concat([x.loc[year], y.loc[year]], axis=1, join="inner").dropna().to_numpy()
    if len(both) < MIN_CHANGES or (both.std(axis=0) == 0).any():
        return 0
    r = float(np.corrcoef(both.T)[0, 1])
    return 0 if abs(r) < CLEAR else 1 if r > 0 else -1


def spread_of_changes(board: Board, index_id: str, component: str, year: int) -> float | None:
    """Standard deviation over provinces of the change on the year before; None with fewer than thirty provinces."""
    m = board.stood_by(index_id, component)
    if year not in m.index or year - 1 not in m.index:
        return None
    d = (m.loc[year] - m.loc[year - 1]).dropna()
    return float(d.std()) if len(d) >= MIN_CHANGES and d.std() > 0 else None


def newest(board: Board, index_id: str, province: str, year: int, component: str = "overall") -> Cell | None:
    """The newest edition up to ``year`` in which the province has a score or, failing that, a rank.

    >>> from govlib import comparisons
    >>> from govlib.reading.board import panel_board
    >>> comparisons.newest(panel_board(), "pci", "bac-ninh", 2018).year
    2018
    """
    rows = [c for c in board.series(index_id, component, province, year) if c.score is not None or c.rank is not None]
    return rows[-1] if rows else None


class Best(NamedTuple):
    """``since`` None and ``first`` the first comparable year: the best of the whole comparable run."""

    since: int | None
    first: int
    n: int


def best_since(board: Board, index_id: str, component: str, province: str, year: int) -> Best | None:
    """The last year before ``year`` with a higher score, within the run of years on end that are comparable with it: in a
    year without a figure the score may have been higher.

    None where the year before was already as high (nothing to say), or the run has fewer than three figures.
    """
    run: list[tuple[float, int]] = []
    for c in reversed(board.series(index_id, component, province, year)):
        if c.score is None or c.year != year - len(run) or board.breaks(index_id, component, c.year, year, province):
            break
        run.insert(0, (c.score, c.year))
    if len(run) < 3 or run[-1][0] <= run[-2][0]:
        return None
    higher = [before for score, before in run[:-1] if score >= run[-1][0]]
    return Best(max(higher, default=None), run[0][1], len(run))


@dataclass(frozen=True)
class Place:
    """Where a score stands in its edition. Everything about the nation is None unless the edition is full; of a figure that the
    publisher does not stand by (:func:`govlib.known.indices.doubtful`) there is no gap and no computed rank."""

    cell: Cell
    of: int
    full: bool
    n_scored: int
    median: float | None
    gap: float | None
    region: str | None
    region_median: float | None
    region_rank: int | None
    region_of: int | None
    first: tuple[str, ...] = ()
    last: str | None = None
    computed: int | None = None
    printed: nation.Printed | None = None  # of the country, where the edition is not full

    @property
    def gap_printed(self) -> float | None:
        """Distance to what pages print of the country."""
        return None if self.printed is None or self.cell.score is None else self.cell.score - self.printed.value

    @property
    def rank(self) -> int | None:
        """As published; else computed, where the edition is full."""
        return self.cell.rank if self.cell.rank is not None else self.computed

    @property
    def rank_is_published(self) -> bool:
        return self.cell.rank is not None


def place(board: Board, index_id: str, component: str, province: str, year: int) -> Place | None:
    """Against the national median, the region, first and last. Region figures need 9 in 10 of the region's provinces.

    >>> from govlib import comparisons
    >>> from govlib.reading.board import panel_board
    >>> where = comparisons.place(panel_board(), "pci", "overall", "bac-ninh", 2019)
    >>> type(where).__name__
    'Place'
    """
    cell = board.cell(index_id, component, province, year)
    if cell is None or (cell.score is None and cell.rank is None):
        return None
    everyone = board.edition(index_id, component, year)
    full = board.is_full(index_id, component, year)
    median = everyone.median if full else None
    region = region_of(province, year)
    wanted = members(region, year)
    here = [(p, v) for p, v in zip(everyone.names, everyone.values.tolist(), strict=True) if p in wanted]
    whole = bool(wanted) and len(here) >= FULL * len(wanted)
    mine = dict(here).get(province)
    beside = cell.score is not None and doubtful(index_id, year, province) is None  # or nothing is set beside it
    return Place(
        cell=cell, of=board.of(index_id, component, year), full=full, n_scored=len(everyone.names), median=median,
        gap=cell.score - median if beside and cell.score is not None and median is not None else None, region=region,
        region_median=float(np.median([v for _, v in here])) if whole else None,
        region_rank=sum(v > mine for _, v in here) + 1 if whole and mine is not None else None,
        region_of=len(here) if whole else None, first=everyone.names[:3] if full else (), last=everyone.names[-1] if full else None,
        computed=_computed(board, cell),
        printed=nation.printed(index_id, year) if beside and not full and component == "overall" else None)


def rank(board: Board, cell: Cell) -> int | None:
    """A row's rank as :func:`place` has it: as published; else computed, where the edition is full."""
    return _computed(board, cell) if cell.rank is None else cell.rank


def _computed(board: Board, cell: Cell) -> int | None:
    of = cell.index_id, cell.component, cell.year
    if cell.score is None or not board.is_full(*of) or doubtful(cell.index_id, cell.year, cell.province):
        return None
    return board.edition(*of).rank(cell.score)


def ranks(board: Board, index_id: str, year: int, component: str = "overall") -> dict[str, int]:
    """Every province's rank in an edition, first to last, all of one kind: by score where the edition is full and not all of its
    ranks were printed (:func:`by_score`), else as published. A few ranks that the press printed do not go among computed ones:
    they may be of rounded scores, and two provinces would stand on one place with different scores (PAPI 2016, the 8th).

    >>> from govlib import comparisons
    >>> from govlib.reading.board import panel_board
    >>> list(comparisons.ranks(panel_board(), "pci", 2019).items())[:2]
    [('quang-ninh', 1), ('dong-thap', 2)]
    """
    if by_score(board, index_id, year, component):
        everyone = board.edition(index_id, component, year)
        return {p: everyone.rank(v) for p, v in zip(everyone.names, everyone.values.tolist(), strict=True)}
    cells = (board.cell(index_id, component, province, year) for province in province_set(year))
    printed = {cell.province: cell.rank for cell in cells if cell is not None and cell.rank is not None}
    return dict(sorted(printed.items(), key=lambda item: item[1]))


def by_score(board: Board, index_id: str, year: int, component: str = "overall") -> bool:
    """Whether the ranks of an edition are ours: it is full, and not every score that the publisher stands by has its printed rank.

    >>> from govlib.reading.board import panel_board
    >>> by_score(panel_board(), "pci", 2019), by_score(panel_board(), "papi", 2016), by_score(panel_board(), "pci", 2024)
    (False, True, False)
    """
    return board.is_full(index_id, component, year) and any(
        board.row(index_id, component, p, year).rank is None for p in board.edition(index_id, component, year).names)


def outside(board: Board, cell: Cell) -> int | None:
    """How many ranks the publisher printed, where this score is known to lie below the last of them. A row without a rank does
    not tell: our source of it may just not have given one."""
    n = indices.published_ranks(cell.index_id, cell.year)
    everyone = (board.cell(cell.index_id, "overall", p, cell.year) for p in province_set(cell.year)) if n else ()
    last = next((c.score for c in everyone if c and c.rank == n and c.score is not None), None)
    return n if last is not None and cell.score is not None and cell.score < last else None


class CommonRanks(NamedTuple):
    """Ranks among the ``n`` provinces with a score in both of two editions."""

    n: int
    before: int
    now: int


def common_ranks(board: Board, index_id: str, component: str, province: str, year: int) -> CommonRanks | None:
    """Ranks of two full neighbouring editions among the provinces that both hold: where one edition leaves out others than
    the next, a rank moves though nobody did. None unless both are full and hold the province."""
    if not (board.is_full(index_id, component, year) and board.is_full(index_id, component, year - 1)):
        return None
    m = board.stood_by(index_id, component).loc[[year - 1, year]].dropna(axis=1)
    if province not in m.columns:
        return None
    before, now = ((m.loc[y] > m.at[y, province]).sum() + 1 for y in (year - 1, year))
    return CommonRanks(m.shape[1], int(before), int(now))


def same_provinces(board: Board, index_id: str, component: str, year: int) -> bool:
    """Whether an edition and the one before hold the same provinces, as far as both are full; units that no edition of the
    year could hold do not count (Hà Tây)."""
    if not (board.is_full(index_id, component, year) and board.is_full(index_id, component, year - 1)):
        return True  # ranks are then the publisher's, of all provinces
    now, before = (set(board.edition(index_id, component, y).names) & set(province_set(year)) for y in (year, year - 1))
    return now == before


def components_table(board: Board, index_id: str, province: str, year: int, components: Sequence[str],
                     beside: Sequence[str] = ()) -> pd.DataFrame:
    """One row a component: level, change, threshold, place, and the same component of the peers.

    Returns
    -------
    DataFrame component, score, rank, rank_published, of, before, before_year, delta, comparable, threshold, ratio, direction
    (:attr:`Change.direction`), median, gap, region_median, scale_min, scale_max, source, locator, and one column a peer slug.
    Components without a figure keep their row, with ``score`` NaN.
    """
    rows: list[dict[str, Any]] = []
    for c in components:
        ch, pl = change(board, index_id, c, province, year), place(board, index_id, c, province, year)
        cell = ch.now if ch else board.cell(index_id, c, province, year)
        earlier = ch.before if ch else None
        row = {"component": c, "rank_published": bool(pl and pl.rank_is_published), "comparable": bool(ch and ch.comparable),
               "before": earlier.score if earlier else None, "before_year": earlier.year if earlier else None,
               "direction": ch.direction if ch else "",
               "median": board.edition(index_id, c, year).median if board.is_full(index_id, c, year) else None,
               **{name: getattr(ch, name, None) for name in ("delta", "threshold", "ratio")},
               **{name: getattr(pl, name, None) for name in ("rank", "of", "gap", "region_median")},
               **{name: getattr(cell, name, None) for name in ("score", "scale_min", "scale_max", "source", "locator")}}
        m = board.matrix(index_id, c)
        for p in beside:
            row[p] = float(m.at[year, p]) if len(m) and year in m.index and p in m.columns else np.nan
        rows.append(row)
    out = pd.DataFrame(rows)
    for c in ("score", "before", "delta", "threshold", "ratio", "median", "gap", "region_median", "scale_min", "scale_max"):
        out[c] = out[c].astype(float) if len(out) else out.get(c)
    return out
