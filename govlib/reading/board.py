"""The board: everyone's figures at hand, and which of them may be set beside which.

Everything in this room reads one :class:`Board`, a view of ``scores.parquet`` that answers look-ups quickly. Nothing here fills
a gap: a figure that was not published is absent; editions join only where neither the method nor the units changed between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache, wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

import numpy as np
import pandas as pd

from govlib.errors import BadInput, UnknownName
from govlib.known import indices, provinces
from govlib.known.indices import doubtful, touches
from govlib.known.provinces import province_set
from govlib.panel import data, schemas
from govlib.words.tables import LANGS, pair, phrase
from govlib.words.wording import missing

MAD_TO_SD = 1.4826
MIN_CHANGES = 30  # fewer changes than this do not make a usual movement
FULL = 0.9  # an edition counts as full when at least this share of its provinces has a score (PAPI leaves out two or three)
COLUMNS = tuple(schemas.columns("scores.parquet"))


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


class Edition(NamedTuple):
    """Provinces and the scores that their publisher stands by, best first."""

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


@cache
def registry_breaks(index_id: str) -> tuple[Break, ...]:
    """The breaks that :mod:`govlib.known.indices` lists for an index."""
    return tuple(Break(b.year, b.scope, b.what_vi, b.what_en, b.known) for b in indices.breaks(index_id))


@lru_cache(maxsize=4096)  # every slug in every edition's year
def entity(province: str, year: int) -> str:
    """The unit behind a slug in a year: ``bac-ninh`` of 2024 and of 2025 are two."""
    try:
        return provinces.get(province, year).unit
    except UnknownName:
        return province


@lru_cache(maxsize=4096)
def region_of(province: str, year: int) -> str | None:
    try:
        return provinces.get(province, year).region
    except UnknownName:
        return None


@lru_cache(maxsize=512)
def members(region: str | None, year: int) -> frozenset[str]:
    """The provinces of a region in an edition's year."""
    return frozenset(p for p in province_set(year) if region_of(p, year) == region)


@lru_cache(maxsize=2048)
def _absorbed(province: str, first: int, last: int) -> bool:
    """Whether another unit joined this one between two editions (Hà Tây joined Hà Nội between PCI 2008 and 2009)."""
    try:
        joined = [provinces.get(unit) for unit in provinces.get(province, last).predecessors]
    except UnknownName:
        return False
    return any(u.slug != province and u.in_edition(first) and not u.in_edition(last) for u in joined)


@lru_cache(maxsize=256)
def redrawn(first: int, last: int) -> tuple[int, ...]:
    """Years after ``first``, up to ``last``, from which most provinces are other units than before.

    >>> redrawn(2005, 2024), redrawn(2023, 2026)
    ((), (2025,))
    """
    return tuple(year for year in range(first + 1, last + 1) if _most_merged(year))


@lru_cache(maxsize=64)
def _most_merged(year: int) -> bool:
    def same(province: str) -> bool:
        return entity(province, year - 1) == entity(province, year) and not _absorbed(province, year - 1, year)

    return sum(map(same, province_set(year))) < FULL * len(province_set(year))


def _units_changed(first: int, last: int, province: str | None) -> list[Break]:
    """The mergers between two editions: of one province, or of most of them."""
    if province is None:
        return [Break(year, "unit", *(phrase("board.merged", lang, before=len(province_set(year - 1)), now=len(province_set(year)))
                                      for lang in LANGS))
                for year in redrawn(first, last)]
    years = [year for year in range(first + 1, last + 1)
             if entity(province, year - 1) != entity(province, year) or _absorbed(province, year - 1, year)]
    return [Break(year, "unit", *pair("board.unit_changed"))
            for year in years]


class Remembers(Protocol):
    """What :func:`once` keeps answers in: a board, a page."""

    memo: dict[tuple, Any]  # function and arguments → answer


Holder = TypeVar("Holder", bound=Remembers)
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def once(work: Callable[Concatenate[Holder, Asked], Answer]) -> Callable[Concatenate[Holder, Asked], Answer]:
    """A function of a board or a page that does its work once for each of its arguments; the board or page remembers."""
    @wraps(work)
    def remembered(holder: Holder, /, *args: Asked.args, **named: Asked.kwargs) -> Answer:
        key = (remembered, *args, *named.items())
        if key not in holder.memo:
            holder.memo[key] = work(holder, *args, **named)
        return holder.memo[key]
    return remembered


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
        self._years: dict[str | None, list[int]] = {}
        self.memo: dict[tuple, Any] = {}

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
        """Scores as published, years down, provinces across; absent cells are NaN. What is ranked, counted or compared is
        :meth:`stood_by`."""
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

    @once
    def stood_by(self, index_id: str, component: str = "overall") -> pd.DataFrame:
        """:meth:`matrix` without the figures that their publisher does not stand by (:func:`govlib.known.indices.doubtful`)."""
        m = self.matrix(index_id, component)
        names = m.columns.tolist()
        odd = np.array([[doubtful(index_id, int(y), p) is not None for p in names] for y in m.index], dtype=bool)
        return m.mask(odd) if odd.any() else m

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

    def row(self, index_id: str, component: str, province: str, year: int) -> Cell:
        """:meth:`cell` where it is known to be there. Raises KeyError where it is not."""
        return self._cell(self._of(f"{index_id}/{component}")[province][int(year)])

    def series(self, index_id: str, component: str, province: str, last: int | None = None) -> list[Cell]:
        """All rows of a province by year, those without a score included, up to ``last``."""
        mine = self._of(f"{index_id}/{component}").get(province, {})
        return [self._cell(mine[y]) for y in sorted(mine) if last is None or y <= last]

    def edition(self, index_id: str, component: str, year: int) -> Edition:
        """Everyone's scores of one edition, best first, without those that the publisher does not stand by."""
        key = (f"{index_id}/{component}", int(year))
        if key not in self._editions:
            m = self.stood_by(index_id, component)
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
        return indices.surveyed(index_id, year)

    def n_scored(self, index_id: str, component: str, year: int) -> int:
        """How many provinces have a score that the publisher stands by."""
        key = f"{index_id}/{component}"
        if key not in self._counts:
            m = self.stood_by(index_id, component)
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
        """Breaks after ``first``, up to ``last``, that reach this component (:func:`govlib.known.indices.touches`), the merger of
        the province (of most provinces, where none is named) among them."""
        listed = registry_breaks(index_id) if self._breaks is None else self._breaks.get(index_id, ())
        found = [b for b in listed if first < b.year <= last and touches(b.scope, component)]
        if self._breaks is not None:
            return found
        found += _units_changed(first, last, province)
        if province is not None:
            found += [Break(last, "doubtful", *doubt) for year in sorted({first, last})
                      if (doubt := doubtful(index_id, year, province))]
        return found

    def apart(self, index_id: str, province: str, first: int, last: int) -> list[int]:
        """Years after ``first``, up to ``last``, whose figures of this one province do not join those of the year before, whatever
        the component: it is another unit than then, or its publisher does not stand by one of the two."""
        return [y for y in range(first + 1, last + 1) if any(b.scope in ("unit", "doubtful")
                                                             for b in self.breaks(index_id, "overall", y - 1, y, province))]

    # -- movement ------------------------------------------------------------------------------------------------------

    def _moves(self, index_id: str, component: str) -> tuple[list[int], np.ndarray]:
        """(later years, changes: year × province of :meth:`matrix`)."""
        key = f"{index_id}/{component}"
        if key not in self._changes:
            m = self.stood_by(index_id, component)
            at = {int(y): i for i, y in enumerate(m.index)}
            years = [y for y in at if y - 1 in at and self.is_full(index_id, component, y)
                     and self.is_full(index_id, component, y - 1) and not self.breaks(index_id, component, y - 1, y)]
            x = m.to_numpy()
            self._changes[key] = years, x[[at[y] for y in years]] - x[[at[y - 1] for y in years]]
        return self._changes[key]

    def changes(self, index_id: str, component: str) -> pd.DataFrame:
        """All provinces' changes between consecutive full editions with no break between: year (the later) × province."""
        years, x = self._moves(index_id, component)
        return pd.DataFrame(x, index=years, columns=self.matrix(index_id, component).columns if years else None, dtype=float)

    @once
    def usual_movement(self, index_id: str, component: str, year: int) -> Usual | None:
        """How far a province's score moves in a usual year: 1.4826 × the median absolute deviation of all provinces' changes
        (Rousseeuw and Croux 1993; one province's jump does not make jumps look usual), within the method version that ``year``
        belongs to; where that has too few changes, of all versions together. None: not enough data."""
        found, d = self._moves(index_id, component)
        same = [y for y in found if not self.breaks(index_id, component, min(y, year), max(y, year))]
        for years, version in ((same, True), (found, False)):
            x = d[[found.index(y) for y in years]].ravel()
            x = x[np.isfinite(x)]
            if len(x) >= MIN_CHANGES:
                return Usual(MAD_TO_SD * float(np.median(np.abs(x - np.median(x)))), len(x), tuple(years), version)
        return None


_panel: tuple[pd.DataFrame, Board] | None = None


def panel_board() -> Board:
    """The panel's scores as a Board, made once and again when the panel changes.

    Raises MissingData where the panel is not built.
    """
    global _panel
    table = data.shared("scores.parquet")
    if _panel is None or _panel[0] is not table:
        _panel = table, Board(table)
    return _panel[1]
