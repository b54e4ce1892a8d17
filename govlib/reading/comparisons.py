"""What a score means: its change, its place, and whether either is unusual.

Everything reads one :class:`Board`, a view of ``scores.parquet`` that answers look-ups quickly. Nothing here fills a gap:
a figure that was not published is absent, with the reason where it is known; no change is given across a change of method
or of the unit itself without being marked ``comparable=False``.

The reading rule of the pages is :meth:`Board.threshold`: how large a one-year change must be to mean something, from
:func:`govlib.reading.validity.meaningful_change` (docs/reading_rule.md). For people who explore there is also the usual year-to-year
movement of a component, 1.4826 × the median absolute deviation of all provinces' changes between consecutive full editions
of one method version (the normal-consistent MAD; Rousseeuw and Croux 1993): one province's jump does not make jumps look usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.words.wording import missing

DEFAULT_PEERS = ("quang-ninh", "hai-phong", "vinh-phuc")
FULL = 0.9  # an edition counts as full when at least this share of its provinces has a score (PAPI leaves out two or three)
MAD_TO_SD = 1.4826
MIN_CHANGES = 30  # fewer changes than this do not make a usual movement
COLUMNS = ("province", "year", "index_id", "component", "level", "score", "rank", "rank_computed", "unit", "scale_min",
           "scale_max", "method_version", "status", "source", "locator")


class Cell(NamedTuple):
    """One row of ``scores.parquet``; ``score`` and the ranks are None where there is no figure."""

    province: str
    year: int
    index_id: str
    component: str
    level: str
    score: float | None
    rank: int | None
    rank_computed: int | None
    unit: str | None
    scale_min: float | None
    scale_max: float | None
    method_version: str | None
    status: str
    source: str | None
    locator: str | None


class Break(NamedTuple):
    """A year from which figures do not join those before: ``scope`` is ``all``, ``overall``, a component or ``unit``;
    ``known`` says how that is known."""

    year: int
    scope: str
    what_vi: str
    what_en: str
    known: str = ""

    def what(self, lang: str) -> str:
        return self.what_vi if lang == "vi" else self.what_en


@cache
def registry_breaks(index_id: str) -> tuple[Break, ...]:
    """The breaks that :mod:`govlib.known.indices` lists for an index."""
    from govlib.known import indices

    return tuple(Break(int(b.year), b.scope, b.what_vi, b.what_en, b.known) for b in indices.breaks(index_id))


@lru_cache(maxsize=512)
def entity(province: str, year: int) -> str:
    """The unit behind a slug in a year: ``bac-ninh`` of 2024 and of 2025 are two."""
    from govlib.known import provinces

    try:
        return provinces.get(province, year).unit
    except (KeyError, ValueError):
        return province


@lru_cache(maxsize=2048)
def _absorbed(province: str, first: int, last: int) -> bool:
    """Whether another unit joined this one between two editions (Hà Tây joined Hà Nội between PCI 2008 and 2009)."""
    from govlib.known import provinces

    mine = entity(province, last)
    return any(u.successor == mine and u.slug != province and u.in_edition(first) and not u.in_edition(last) for u in provinces.units())


@lru_cache(maxsize=2048)
def doubtful(index_id: str, year: int, province: str) -> tuple[str, str] | None:
    """(Vietnamese, English): why the publisher itself does not stand by a province's figures of an edition; None elsewhere.
    Such figures are shown, but neither ranked nor compared."""
    from govlib.known import indices

    return indices.doubtful(index_id, year, province)


@lru_cache(maxsize=64)
def province_set(year: int) -> tuple[str, ...]:
    from govlib.known import provinces

    return tuple(provinces.province_set(year))


@lru_cache(maxsize=512)
def region_of(province: str, year: int) -> str | None:
    from govlib.known import provinces

    try:
        return provinces.get(province, year).region
    except (KeyError, ValueError):
        return None


class Board:
    """A read-only view of the scores, by index and component.

    Parameters
    ----------
    scores : frame with the columns of ``scores.parquet``.
    breaks : ``{index_id: [Break, …]}`` to use instead of the registry's (tests).
    expected : ``{(index_id, year): n}`` number of provinces in an edition, instead of the registry's (tests).
    """

    def __init__(self, scores: pd.DataFrame, *, breaks: dict[str, Sequence[Break]] | None = None,
                 expected: dict[tuple[str, int], int] | None = None):
        lacking = [c for c in COLUMNS if c not in scores.columns]
        if lacking:
            raise BadInput(f"the scores lack the column {lacking[0]}", fix="run make panel")
        self._breaks, self._expected = breaks, expected
        keys = scores["index_id"].astype(str) + "/" + scores["component"].astype(str)
        self._rows = keys.groupby(keys, sort=False).indices  # index/component → row numbers
        # plain lists: a briefing looks at some thousand cells, each of which would cost pandas a tenth of a millisecond
        self._columns = {c: scores[c].tolist() for c in COLUMNS}
        self._score = scores["score"].to_numpy(dtype=float, na_value=np.nan)
        self._where: dict[str, dict[str, dict[int, int]]] = {}
        self._cells: dict[int, Cell] = {}
        self._matrix: dict[str, pd.DataFrame] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._changes: dict[str, tuple[list[int], np.ndarray]] = {}
        self._editions: dict[tuple[str, int], Edition] = {}
        self._usual: dict[tuple, Usual | None] = {}
        self._thresholds: dict[tuple, float | None] = {}
        self._years: dict[str | None, list[int]] = {}
        self._spreads: dict[tuple, float | None] = {}
        self._directions: dict[tuple, int] = {}

    # -- look-ups ------------------------------------------------------------------------------------------------------

    def has(self, index_id: str, component: str = "overall") -> bool:
        return f"{index_id}/{component}" in self._rows

    def components(self, index_id: str, level: str = "component") -> list[str]:
        """Components of an index that the scores hold, in the order they first appear."""
        head, levels = index_id + "/", self._columns["level"]
        return [k[len(head):] for k, rows in self._rows.items() if k.startswith(head) and levels[rows[0]] == level]

    def years(self, province: str | None = None) -> list[int]:
        """Editions for which any index has a composite score or rank; of one province, if given."""
        if province not in self._years:
            year, rank, whose = (self._columns[c] for c in ("year", "rank", "province"))
            rows = [i for key, at in self._rows.items() if key.endswith("/overall") for i in at]
            self._years[province] = sorted({int(year[i]) for i in rows if (province is None or whose[i] == province)
                                            and (self._score[i] == self._score[i] or not missing(rank[i]))})
        return list(self._years[province])

    def matrix(self, index_id: str, component: str = "overall") -> pd.DataFrame:
        """Scores as published, years down, provinces across; absent cells are NaN."""
        key = f"{index_id}/{component}"
        if key not in self._matrix:
            rows = self._rows.get(key)
            if rows is None:
                return pd.DataFrame(dtype=float)
            years, row = np.unique([int(self._columns["year"][i]) for i in rows], return_inverse=True)
            names, col = np.unique([self._columns["province"][i] for i in rows], return_inverse=True)
            values = np.full((len(years), len(names)), np.nan)
            values[row, col] = self._score[rows]
            self._matrix[key] = pd.DataFrame(values, index=years, columns=names)
        return self._matrix[key]

    def _of(self, key: str) -> dict[str, dict[int, int]]:
        """Province → year → row number."""
        if key not in self._where:
            by: dict[str, dict[int, int]] = {}
            for i in self._rows.get(key, ()):
                by.setdefault(self._columns["province"][i], {})[int(self._columns["year"][i])] = int(i)
            self._where[key] = by
        return self._where[key]

    def _cell(self, i: int) -> Cell:
        if i not in self._cells:
            row = [self._columns[c][i] for c in COLUMNS]
            row = [None if missing(v) else v for v in row]
            row[1] = int(row[1])
            row[6], row[7] = (None if v is None else int(v) for v in row[6:8])
            self._cells[i] = Cell(*row)
        return self._cells[i]

    def cell(self, index_id: str, component: str, province: str, year: int) -> Cell | None:
        """The row, also where nothing was published (``score`` None); None where there is no row at all."""
        i = self._of(f"{index_id}/{component}").get(province, {}).get(int(year))
        return None if i is None else self._cell(i)

    def series(self, index_id: str, component: str, province: str, last: int | None = None) -> list[Cell]:
        """All rows of a province by year, those without a score included, up to ``last``."""
        mine = self._of(f"{index_id}/{component}").get(province, {})
        return [self._cell(mine[y]) for y in sorted(mine) if last is None or y <= last]

    def edition(self, index_id: str, component: str, year: int) -> Edition:
        """Everyone's scores of one edition, best first."""
        key = (f"{index_id}/{component}", int(year))
        if key not in self._editions:
            m = self.matrix(index_id, component)
            names, values = m.columns.to_numpy(), np.array([])
            if year in m.index:
                values = m.to_numpy()[m.index.get_loc(year)]
                there = np.isfinite(values)
                names, values = names[there], values[there]
                order = np.argsort(-values, kind="stable")
                names, values = names[order], values[order]
            else:
                names = names[:0]
            self._editions[key] = Edition(tuple(names.tolist()), values)
        return self._editions[key]

    # -- editions ------------------------------------------------------------------------------------------------------

    def editions(self, index_id: str, component: str = "overall") -> list[int]:
        self.n_scored(index_id, component, 0)
        return [y for y, n in self._counts[f"{index_id}/{component}"].items() if n]

    def expected(self, index_id: str, year: int) -> int:
        """How many provinces the edition was about (42 in PCI 2005)."""
        if self._expected is not None:
            return self._expected.get((index_id, year)) or self._expected.get((index_id, 0), 63)
        from govlib.known import indices

        return indices.surveyed(index_id, year)

    def n_scored(self, index_id: str, component: str, year: int) -> int:
        key = f"{index_id}/{component}"
        if key not in self._counts:
            m = self.matrix(index_id, component)
            self._counts[key] = dict(zip(m.index.tolist(), np.isfinite(m.to_numpy()).sum(axis=1).tolist(), strict=True))
        return self._counts[key].get(year, 0)

    def is_full(self, index_id: str, component: str, year: int) -> bool:
        """Whether (nearly) every province's score is there, so that a median or a computed rank means something."""
        return self.n_scored(index_id, component, year) >= FULL * self.expected(index_id, year)

    def newest_full(self, index_id: str, component: str, last: int) -> int | None:
        years = [y for y in self.editions(index_id, component) if y <= last and self.is_full(index_id, component, y)]
        return max(years, default=None)

    def of(self, index_id: str, component: str, year: int) -> int:
        """The denominator of a rank: provinces scored where the edition is full, else provinces there were."""
        n = self.n_scored(index_id, component, year)
        return n if self.is_full(index_id, component, year) else self.expected(index_id, year)

    # -- breaks --------------------------------------------------------------------------------------------------------

    def breaks(self, index_id: str, component: str, first: int, last: int, province: str | None = None) -> list[Break]:
        """Breaks after ``first``, up to ``last``, that reach this component (:func:`govlib.known.indices.touches`)."""
        from govlib.known.indices import touches

        listed = registry_breaks(index_id) if self._breaks is None else self._breaks.get(index_id, ())
        found = [b for b in listed if first < b.year <= last and touches(b.scope, component)]
        if province is not None and self._breaks is None:
            if entity(province, first) != entity(province, last) or _absorbed(province, first, last):
                found.append(Break(last, "unit", "đơn vị hành chính đã thay đổi sau sáp nhập",
                                   "the administrative unit changed with the merger"))
            found += [Break(last, "doubtful", *doubt) for year in sorted({first, last}) if (doubt := doubtful(index_id, year, province))]
        return found

    # -- movement ------------------------------------------------------------------------------------------------------

    def _moves(self, index_id: str, component: str) -> tuple[list[int], np.ndarray]:
        """(later years, changes: year × province of :meth:`matrix`)."""
        key = f"{index_id}/{component}"
        if key not in self._changes:
            m = self.matrix(index_id, component)
            at = {int(y): i for i, y in enumerate(m.index)}
            years = [y for y in at if y - 1 in at and self.is_full(index_id, component, y)
                     and self.is_full(index_id, component, y - 1) and not self.breaks(index_id, component, y - 1, y)]
            x = m.to_numpy()
            self._changes[key] = years, x[[at[y] for y in years]] - x[[at[y - 1] for y in years]] if years else np.empty((0, x.shape[1]))
        return self._changes[key]

    def changes(self, index_id: str, component: str) -> pd.DataFrame:
        """All provinces' changes between consecutive full editions with no break between: year (the later) × province."""
        years, x = self._moves(index_id, component)
        return pd.DataFrame(x, index=years, columns=self.matrix(index_id, component).columns) if years else pd.DataFrame(dtype=float)

    def usual_movement(self, index_id: str, component: str, year: int) -> Usual | None:
        """The usual movement within the method version that ``year`` belongs to; where that version has too few
        changes, of all versions together (each change still within one version). None: not enough data."""
        key = (index_id, component, year)
        if key not in self._usual:
            found, d = self._moves(index_id, component)
            self._usual[key] = None
            same = [y for y in found if not self.breaks(index_id, component, min(y, year), max(y, year))]
            for years, version in ((same, True), (found, False)):
                x = d[[found.index(y) for y in years]].ravel()
                x = x[np.isfinite(x)]
                if len(x) >= MIN_CHANGES:
                    sd = MAD_TO_SD * float(np.median(np.abs(x - np.median(x))))
                    self._usual[key] = Usual(sd, len(x), tuple(years), version)
                    break
        return self._usual[key]

    def threshold(self, index_id: str, component: str, year: int) -> float | None:
        """Points that a one-year change must exceed before noise hardly explains it (reliable change, 95 %), from the editions
        of this board; None where there are too few under one method to tell."""
        key = (index_id, component, year)
        if key not in self._thresholds:
            from govlib.reading import validity

            try:
                found = validity.meaningful_change(index_id, component, year, on=self).threshold
            except (NotEstimable, UnknownName):
                found = None
            self._thresholds[key] = found if found and found > 0 else None
        return self._thresholds[key]


    def item_direction(self, index_id: str, item: str, year: int) -> int:
        """See :func:`item_direction`; worked out once."""
        key = (index_id, item, year)
        if key not in self._directions:
            self._directions[key] = item_direction(self, index_id, item, year)
        return self._directions[key]

    def spread_of_changes(self, index_id: str, component: str, year: int) -> float | None:
        """See :func:`spread_of_changes`; worked out once."""
        key = (index_id, component, year)
        if key not in self._spreads:
            self._spreads[key] = spread_of_changes(self, index_id, component, year)
        return self._spreads[key]


_panel: tuple[pd.DataFrame, Board] | None = None


def panel_board() -> Board:
    """The panel's scores as a Board, made once and again when the panel changes.

    Raises MissingData where the panel is not built.
    """
    global _panel
    from govlib.panel import data

    table = data.shared("scores.parquet")
    if _panel is None or _panel[0] is not table:
        _panel = table, Board(table)
    return _panel[1]


class Edition(NamedTuple):
    """Provinces and their scores, best first."""

    names: tuple[str, ...]
    values: np.ndarray

    @property
    def median(self) -> float | None:
        return float(np.median(self.values)) if len(self.values) else None

    def rank(self, score: float) -> int:
        """1 the highest; ties share the better rank, as the publishers do."""
        return int((self.values > score).sum()) + 1


class Usual(NamedTuple):
    """The usual movement, the number of changes behind it, their (later) years, and whether from the same version."""

    sd: float
    n: int
    years: tuple[int, ...]
    same_version: bool


@dataclass(frozen=True)
class Change:
    """A province's figure of a year beside the last one before it."""

    now: Cell
    before: Cell | None
    delta: float | None
    comparable: bool
    breaks: tuple[Break, ...] = ()
    threshold: float | None = None
    gap_years: tuple[int, ...] = field(default=())  # editions between the two without a score of this province

    @property
    def ratio(self) -> float | None:
        """|change| over the threshold; None where either is unknown or the two are not neighbours."""
        if self.delta is None or not self.comparable or self.threshold is None or not self.neighbours:
            return None
        return abs(self.delta) / self.threshold

    @property
    def neighbours(self) -> bool:
        """Whether the two editions follow one another: the threshold is that of a one-year change."""
        return self.before is not None and self.now.year - self.before.year == 1

    @property
    def beyond(self) -> bool | None:
        return None if self.ratio is None else self.ratio > 1


def change(board: Board, index_id: str, component: str, province: str, year: int, *, threshold: bool = True) -> Change | None:
    """The change of a score since the province's last published figure; None where ``year`` has no row with a figure.

    ``threshold=False`` leaves the threshold out, which takes longest, where nobody asks how large the change is.
    """
    from govlib.known import indices

    now = board.cell(index_id, component, province, year)
    if now is None or (now.score is None and now.rank is None):
        return None
    earlier = [c for c in board.series(index_id, component, province, year - 1) if c.score is not None]
    if not earlier or now.score is None:
        return Change(now, earlier[-1] if earlier else None, None, False)
    before = earlier[-1]
    found = tuple(board.breaks(index_id, component, before.year, year, province))
    if year - before.year > 1 and indices.neighbours_only(index_id):
        found += (Break(year, "all", "bộ tiêu chí của các kỳ ở giữa có thể đã đổi", "the criteria may have changed in between"),)
    known = {e.year for e in earlier}
    between = tuple(y for y in range(before.year + 1, year) if y not in known)
    return Change(now, before, now.score - before.score, not found, found,
                  board.threshold(index_id, component, year) if threshold else None, between)


def median_change(board: Board, index_id: str, component: str, year: int) -> float | None:
    """Change of the national median on the year before; None unless both editions are full and nothing broke between."""
    if not (board.is_full(index_id, component, year) and board.is_full(index_id, component, year - 1)) or board.breaks(
            index_id, component, year - 1, year):
        return None
    return board.edition(index_id, component, year).median - board.edition(index_id, component, year - 1).median


CLEAR = 0.25  # |correlation| that chance passes in about one of twenty pairs of 63 provinces


def item_direction(board: Board, index_id: str, item: str, year: int) -> int:
    """+1 where a higher figure goes with a better component, −1 where with a worse one (days waited, firms that complain),
    0 where neither is clear: the sign of the correlation of item and component over the provinces of an edition. Parts that
    add up to their component (PAPI's sub-dimensions) are +1 by construction."""
    if index_id == "papi":
        return 1
    x, y = board.matrix(index_id, item), board.matrix(index_id, item.split(".")[0])
    if year not in x.index or year not in y.index:
        return 0
    both = pd.concat([x.loc[year], y.loc[year]], axis=1, join="inner").dropna().to_numpy()
    if len(both) < MIN_CHANGES or (both.std(axis=0) == 0).any():
        return 0
    r = float(np.corrcoef(both.T)[0, 1])
    return 0 if abs(r) < CLEAR else 1 if r > 0 else -1


def spread_of_changes(board: Board, index_id: str, component: str, year: int) -> float | None:
    """Standard deviation over provinces of the change on the year before; None with fewer than thirty provinces."""
    m = board.matrix(index_id, component)
    if year not in m.index or year - 1 not in m.index:
        return None
    d = (m.loc[year] - m.loc[year - 1]).dropna()
    return float(d.std()) if len(d) >= MIN_CHANGES and d.std() > 0 else None


def newest(board: Board, index_id: str, province: str, year: int, component: str = "overall") -> Cell | None:
    """The newest edition up to ``year`` in which the province has a score or, failing that, a rank."""
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
    run: list[Cell] = []
    for c in reversed(board.series(index_id, component, province, year)):
        if c.score is None or c.year != year - len(run) or board.breaks(index_id, component, c.year, year, province):
            break
        run.insert(0, c)
    if len(run) < 3 or run[-1].year != year or run[-1].score <= run[-2].score:
        return None
    higher = [c.year for c in run[:-1] if c.score >= run[-1].score]
    return Best(max(higher, default=None), run[0].year, len(run))


@dataclass(frozen=True)
class Place:
    """Where a score stands in its edition. Everything about the nation is None unless the edition is full."""

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
    region_leader: str | None
    first: tuple[str, ...] = ()
    last: str | None = None
    computed: int | None = None

    @property
    def rank(self) -> int | None:
        """As published; else computed, where the edition is full."""
        return self.cell.rank if self.cell.rank is not None else self.computed

    @property
    def rank_is_published(self) -> bool:
        return self.cell.rank is not None


def place(board: Board, index_id: str, component: str, province: str, year: int) -> Place | None:
    """Against the national median, the region, first and last. Region figures need 9 in 10 of the region's provinces."""
    cell = board.cell(index_id, component, province, year)
    if cell is None or (cell.score is None and cell.rank is None):
        return None
    everyone = board.edition(index_id, component, year)
    full = board.is_full(index_id, component, year)
    median = everyone.median if full else None
    region = region_of(province, year)
    members = {p for p in province_set(year) if region_of(p, year) == region}
    here = [(p, v) for p, v in zip(everyone.names, everyone.values.tolist(), strict=True) if p in members]
    whole = bool(members) and len(here) >= FULL * len(members)
    mine = dict(here).get(province)
    return Place(
        cell=cell, of=board.of(index_id, component, year), full=full, n_scored=len(everyone.names), median=median,
        gap=None if median is None or cell.score is None else cell.score - median, region=region,
        region_median=float(np.median([v for _, v in here])) if whole else None,
        region_rank=sum(v > mine for _, v in here) + 1 if whole and mine is not None else None,
        region_of=len(here) if whole else None, region_leader=here[0][0] if whole else None,
        first=everyone.names[:3] if full else (), last=everyone.names[-1] if full else None,
        computed=everyone.rank(cell.score) if full and cell.score is not None and not doubtful(index_id, year, province) else None)


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
    m = board.matrix(index_id, component).loc[[year - 1, year]].dropna(axis=1)
    if province not in m.columns:
        return None
    before, now = ((m.loc[y] > m.at[y, province]).sum() + 1 for y in (year - 1, year))
    return CommonRanks(m.shape[1], int(before), int(now))


def same_provinces(board: Board, index_id: str, component: str, year: int) -> bool:
    """Whether an edition and the one before hold the same provinces, as far as both are full; units that no edition of the
    year could hold do not count (Hà Tây)."""
    if not (board.is_full(index_id, component, year) and board.is_full(index_id, component, year - 1)):
        return True  # ranks are then the publisher's, of all provinces
    there = set(province_set(year))
    return set(board.edition(index_id, component, year).names) & there == set(board.edition(index_id, component, year - 1).names) & there


def peers(province: str, year: int, wanted: Iterable[str] = DEFAULT_PEERS) -> list[str]:
    """The named peers as units of that year: a merged one is replaced by its successor, the province itself left out."""
    from govlib.known import provinces

    there, found = set(province_set(year)), []
    for name in wanted:
        slug = name if name in there else None
        if slug is None:
            unit = provinces.get(name)
            slug = getattr(unit, "successor", None)
            slug = provinces.get(slug).slug if slug and slug not in there else slug
        if slug in there and slug != province and slug not in found:
            found.append(slug)
    return found


SIMILAR_BY = ("grdp_per_capita", "population", "urban_share")


_alike: dict[tuple, tuple[pd.DataFrame, tuple]] = {}


def _likeness(controls: pd.DataFrame, year: int, by: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """(figures, the same standardised, their years): alike for all provinces, so kept for as long as the frame is the same."""
    held, found = _alike.get((year, by), (None, None))
    if held is not controls:
        found = _standardised(controls, year, by)
        _alike[year, by] = controls, found
    return found


def _standardised(controls: pd.DataFrame, year: int, by: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    columns, years = {}, {}
    wanted = len(province_set(year))
    for variable in by:
        v = controls[(controls["variable"] == variable) & (controls["year"] <= year)].dropna(subset=["value"])
        counts = v.groupby("year")["province"].nunique()
        full = counts.index[counts >= FULL * wanted]
        if len(full):
            years[variable] = int(full.max())
            columns[variable] = v[v["year"] == full.max()].drop_duplicates("province").set_index("province")["value"]
    if len(columns) < 2:
        return pd.DataFrame(), pd.DataFrame(), {}
    table = pd.DataFrame(columns)
    x = table.apply(lambda s: s if s.name == "urban_share" else np.log(s.where(s > 0)))
    x = (x - x.median()) / (MAD_TO_SD * (x - x.median()).abs().median())
    return table, x.dropna(), years


def similar(controls: pd.DataFrame, province: str, year: int, n: int = 5, by: Sequence[str] = SIMILAR_BY) -> pd.DataFrame:
    """The provinces most alike in size, wealth and urbanisation, by a rule that does not look at the indices.

    Each variable is taken from its last year up to ``year`` with figures for nine provinces in ten; money and people in
    logarithms; each centred on its median and divided by its robust standard deviation; distance is Euclidean.

    Parameters
    ----------
    controls : long frame province, year, variable, value (``govlib.controls(wide=False)``).

    Returns
    -------
    DataFrame province, distance, and the variables used; ``attrs['years']`` says of which year. Empty where the province
    or too few variables have figures.
    """
    table, x, years = _likeness(controls, year, tuple(by))
    if province not in x.index:
        return pd.DataFrame(columns=["province", "distance"])
    distance = np.sqrt(((x - x.loc[province]) ** 2).sum(axis=1)).drop(province).sort_values(kind="stable").head(n)
    out = table.loc[distance.index].assign(distance=distance).rename_axis("province").reset_index()
    out.attrs["years"] = years
    return out


def components_table(board: Board, index_id: str, province: str, year: int, components: Sequence[str],
                     beside: Sequence[str] = ()) -> pd.DataFrame:
    """One row a component: level, change, threshold, place, and the same component of the peers.

    Returns
    -------
    DataFrame component, score, rank, rank_published, of, before, before_year, delta, comparable, threshold, ratio, median,
    gap, region_median, scale_min, scale_max, source, locator, and one column a peer slug. Components without a figure
    keep their row, with ``score`` NaN.
    """
    rows = []
    for c in components:
        ch, pl = change(board, index_id, c, province, year), place(board, index_id, c, province, year)
        cell = ch.now if ch else board.cell(index_id, c, province, year)
        row = {"component": c, "score": cell.score if cell else None, "rank": pl.rank if pl else None,
               "rank_published": bool(pl and pl.rank_is_published), "of": pl.of if pl else None,
               "before": ch.before.score if ch and ch.before else None,
               "before_year": ch.before.year if ch and ch.before else None, "delta": ch.delta if ch else None,
               "comparable": bool(ch and ch.comparable), "threshold": ch.threshold if ch else None,
               "ratio": ch.ratio if ch else None, "gap": pl.gap if pl else None,
               "region_median": pl.region_median if pl else None, "scale_min": cell.scale_min if cell else None,
               "scale_max": cell.scale_max if cell else None, "source": cell.source if cell else None,
               "locator": cell.locator if cell else None}
        row["median"] = board.edition(index_id, c, year).median if board.is_full(index_id, c, year) else None  # also where this province has none
        m = board.matrix(index_id, c)
        for p in beside:
            row[p] = float(m.at[year, p]) if len(m) and year in m.index and p in m.columns else np.nan
        rows.append(row)
    out = pd.DataFrame(rows)
    for c in ("score", "before", "delta", "threshold", "ratio", "median", "gap", "region_median", "scale_min", "scale_max"):
        out[c] = out[c].astype(float) if len(out) else out.get(c)
    return out


def back_cast(board: Board, index_id: str, component: str, predecessors: dict[str, float], last: int) -> pd.DataFrame:
    """A merged province's history as its parts beside each other and their population-weighted mean.

    The mean is an illustration, not a published figure: the indices are surveys of firms and citizens, and a mean of two
    scores is not the score that the joint unit would have had. Years in which a part has no score have no mean.

    Parameters
    ----------
    predecessors : ``{slug: population}``, the weights.
    """
    parts = board.matrix(index_id, component).reindex(columns=list(predecessors))
    parts = parts[parts.index <= last].dropna(how="all")
    weights = np.array(list(predecessors.values()), dtype=float)
    return parts.assign(back_cast=(parts.to_numpy() * weights).sum(axis=1) / weights.sum()) if len(parts) else parts
