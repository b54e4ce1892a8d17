"""One line a question about standing and change: who is where, what moved more than chance, who did it when."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from govlib.errors import BadInput, NotEstimable, warn
from govlib.forms.problems import say
from govlib.known import departments, names, provinces
from govlib.known import reforms as registry
from govlib.panel import data
from govlib.reading import comparisons, targets
from govlib.reading.board import panel_board
from govlib.text import listed, spans, whole

Names = str | Iterable[str] | None


def rank(index: str, year: int | None = None, component: str = "overall", places: Names = None) -> pd.DataFrame:
    """Provinces by rank, best first.

    Parameters
    ----------
    year : an edition; None: the newest that holds nearly all provinces.
    places : provinces or regions to show; the ranks are still those among all.

    Returns
    -------
    DataFrame ``rank``, ``province`` (slug), ``province_unit`` (which of two of that slug), ``name``, ``year`` (the edition),
    ``score`` (empty where its source gives the rank alone), ``printed`` (whether the publisher printed the rank; else it is that of
    the scores, and left empty where too few are held to tell), ``of`` (how many are ranked, as pages say it), ``rank_printed`` (as
    printed, empty where it was not: where only some of a full edition were, ``rank`` is by score for all, and a printed one may be
    another). Empty, with a warning, where the edition holds neither score nor rank of these places.

    Raises UnknownName for a name, BadInput where no edition holds nearly all provinces and none was named.

    >>> rank("PCI", 2019, places=["bac-ninh", "quang-ninh"])[["rank", "province", "printed", "of"]].values.tolist()
    [[1, 'quang-ninh', True, 63], [4, 'bac-ninh', True, 63]]
    """
    index, component, year = _asked(index, component, year)
    held = data.scores(index, component, years=year)
    rows = held.dropna(subset=["score", "rank"], how="all")
    board, spelt = panel_board(), [provinces.name(p, "vi", year) for p in rows["province"]]
    found = rows["province"].map(comparisons.ranks(board, index, year, component))
    found, as_printed = found.astype("Int64"), rows["rank"]
    rows = rows.assign(printed=found.eq(as_printed).fillna(False).astype(bool), rank=found, rank_printed=as_printed,
                       of=board.of(index, component, year), name=spelt)
    among = _among(places, year)
    if among is not None:
        rows = rows[rows["province"].isin(among)]
    if rows.empty and len(held):  # no row at all is told by scores
        _say_why(index, among, year)
    rows = rows.sort_values(["rank", "score"], ascending=[True, False], ignore_index=True)
    return rows[["rank", "province", "province_unit", "name", "year", "score", "printed", "of", "rank_printed"]]


def changes(index: str, year: int | None = None, components: Names = None, places: Names = None) -> pd.DataFrame:
    """What each score did since the last edition before, and whether that is more than chance (docs/reading_rule.md).

    ``year``: an edition; None: the newest that holds nearly all provinces, of one of ``components`` where some are named, else of
    the composite.

    Returns
    -------
    DataFrame ``province``, ``province_unit``, ``component``, ``from_year``, ``year``, ``before``, ``score``, ``change`` (points),
    ``threshold`` (what noise alone passes in about one of twenty changes; empty where it is not known), ``verdict``: ``up``,
    ``down`` beyond it, ``within``, or ``not comparable`` (method or unit changed; what stood before a merger is another unit's and
    left empty), or empty where only the number may be shown; ``lead``: who answers for the component in that province. Largest
    fall first. Empty, with a warning, where the edition holds no score of these components and places. The comparable composite
    of PCI (``overall_fixed_weights``) comes where it is named.

    Raises as :func:`rank`.

    >>> changes("papi", 2024, "transparency", "ha-noi")[["from_year", "verdict"]].values.tolist()
    [[2023, 'within']]
    """
    components = None if components is None else listed("components", components)
    # of the components named the newest edition that holds one of nearly all provinces, which is not always that of the composite
    index, _, year = max((_asked(index, name, year) for name in components or ["overall"]), key=lambda found: found[2])
    among = _among(places, year)
    held = data.scores(index, components, among, year, None if components is not None else ["overall", "component"])
    board, on = panel_board(), departments.acting_on(year)
    found = []
    if components is None:
        held = held[held["component"].ne("overall_fixed_weights")]
    for row in held.dropna(subset=["score"]).itertuples():
        if c := comparisons.change(board, index, row.component, row.province, year):
            lead = departments.lead(index, row.component, on, row.province)
            since, *told = _told(c)
            by = lead.name() if lead is not None else ""
            found.append((row.province, row.province_unit, row.component, since, year, *told, by))
    columns = ["province", "province_unit", "component", "from_year", "year", "before", "score", "change", "threshold", "verdict",
               "lead"]
    numbers = dict.fromkeys(("before", "change", "threshold"), float)
    if not found and len(held):
        _say_why(index, among, year)
    out = pd.DataFrame(found, columns=columns).astype({"from_year": "Int64", "year": "Int64", **numbers})
    return out.sort_values("change", ignore_index=True)


def adoption(reform: str) -> pd.DataFrame:
    """Who took a reform up when, first to last, with how many of the same region had it before: order in time is not imitation.

    Returns
    -------
    DataFrame ``province``, ``province_unit`` (on that day: a merged unit has its own first time), ``start`` (as found: a day, month
    or year; the undated last), ``date_of`` (what it is the date of, docs/methodology.md; of ``earliest_seen``, ``restart`` and
    ``unknown`` the reform may be older), ``region``, ``neighbours_before`` (provinces of the region that began earlier, whatever
    day a month or year stands for), ``instrument``, ``source_url``.

    ``neighbours_before`` is empty where the reform may be older than its date: by ``date_of``, or because the list of the reform is
    of examples, none of which is known to be a province's first. As a neighbour such a province counts from the date at which
    it was seen, an undated one not at all: the counts of the others can be too small, not too large.

    Raises UnknownName; NotEstimable for a national reform, which has no order among provinces.

    >>> adoption("administrative_complex")["province"].head(2).tolist()
    ['ba-ria-vung-tau', 'binh-duong']
    """
    reform, rows = names.reform(reform), registry.actions()
    rows = rows[rows["reform"].eq(reform) & rows["province"].ne("")]
    if rows["level"].eq("national").any():
        raise NotEstimable(f"{reform} is a national reform, which has no order among provinces")
    rows = rows.sort_values("start_date", key=lambda s: s.where(s.ne(""), "9999"), kind="stable")  # the undated last
    days = [registry.interval(start) if start else None for start in rows["start_date"]]
    units = [provinces.unit_on(slug, day[0] if day else None) for slug, day in zip(rows["province"], days, strict=True)]
    rows = rows.assign(start=rows["start_date"], day=days, province_unit=[u.unit for u in units], region=[u.region for u in units])
    rows = rows.drop_duplicates("province_unit")
    # who may have begun before the date has no first day to count up to (as in registry.exposure)
    older = rows["date_of"].isin(registry.OPEN_BEFORE) | (registry.reform_types().at[reform, "coverage"] == "examples")
    found = list(zip(rows["province"], rows["region"], rows["day"], older, strict=True))
    # before: its last possible day lies before the other's first
    earlier = [pd.NA if own is None or open_ else sum(r == region and other != slug and day is not None and day[1] < own[0]
                                                      for other, r, day, _ in found)
               for slug, region, own, open_ in found]
    rows = rows.assign(neighbours_before=pd.array(earlier, dtype="Int64"))
    shown = ["province", "province_unit", "start", "date_of", "region", "neighbours_before", "instrument", "source_url"]
    return rows[shown].reset_index(drop=True)


def target(index: str, province: str, *, up: int | None = None, rank: int | None = None, year: int | None = None) -> targets.Plan:
    """The least rise of components with which a province would have stood so many ranks higher (``up``), or at a rank.

    Everybody else stays where they were; nothing is said of how likely it is (:func:`govlib.reading.targets.least_change`).

    ``year`` None: the newest edition that it can be worked out on, of the unit that bears the name in the newest edition held.

    Raises NotEstimable, with the editions that can, where this one is not held whole or its weights are not known; BadInput for a
    rank that there is not; otherwise as :func:`rank`.

    >>> plan = target("papi", "bac-ninh", up=3, year=2024)
    >>> round(plan.need, 2), len(plan.either)  # points that are lacking; components any one of which could bring them
    (0.25, 8)
    """
    if (up is None) == (rank is None):
        raise BadInput("give either up= or rank=", fix="for instance up=3")
    index, board, year = names.index(index), panel_board(), None if year is None else whole("year", year, "write 2024")
    slug, units = provinces.resolve(province, year), {unit.unit for unit in provinces.expand_units(province, year)}
    able = [y for y in targets.bases(board, index, slug) if provinces.unit_of(slug, y).unit in units]
    if year is None and not able:
        raise NotEstimable(f"no edition of {index} has the components of all provinces, {province}'s among them")
    if year is None:
        same_unit_today(index, slug, able, units)
    try:
        field = targets.official(board, index, able[0] if year is None else year)
        if slug not in field.composite.index:
            raise NotEstimable(f"{index} {year} has no score of {slug} in some component")
    except NotEstimable as error:
        if not able:
            raise
        raise NotEstimable(say("{reason}; it can be worked out for {years}", reason=error.reason, years=spans(able))) from None
    if up is not None:
        now = field.rank(slug)
        if not 1 <= (up := whole("up", up, "for instance up=3")) < now:
            raise BadInput("there are not so many ranks above", column="up", value=up, fix=f"it is number {now}")
        rank = now - up
    return targets.least_change(field, slug, rank=whole("rank", rank, "for instance rank=3"))


def same_unit_today(index: str, slug: str, able: list[int], units: set[str]) -> None:
    """Raise NotEstimable where the newest edition held is of another unit of that name than the one that can be worked with."""
    newest = max(panel_board().editions(index), default=able[0])
    today = provinces.unit_of(slug, newest) if slug in provinces.province_set(newest) else None
    if today and today.unit in units and today != provinces.unit_of(slug, able[0]):
        raise NotEstimable(say("no edition of {index} since {name} was formed on {day} has the components of all provinces; of the "
                               "one before, name the year: {years}", index=index, name=today.name_vi, day=today.valid_from,
                               years=spans(able)))


def _asked(index: str, component: str, year: int | None) -> tuple[str, str, int]:
    index, held = names.index(index), data.shared("scores.parquet")
    component = names.component(component, [index], held.loc[held["index_id"].eq(index), "component"].unique())
    if year is not None:
        return index, component, whole("year", year, "write 2024")
    board = panel_board()
    full = [y for y in board.editions(index, component) if board.is_full(index, component, y)]
    if not full:
        held = spans(board.editions(index, component))
        fix = say("name a year: {years}", years=held) if held else None
        raise BadInput(f"no edition of {index} {component} is held for nearly all provinces", fix=fix)
    return index, component, full[-1]


def _among(places: Names, year: int) -> list[str] | None:
    return None if places is None else provinces.expand(places if isinstance(places, str) else listed("places", places), year)


def _say_why(index: str, places: list[str] | None, year: int) -> None:
    """An edition that is held, and no score in it of what was asked for."""
    asked = [repr(index), *([] if places is None else [repr(places[0] if len(places) == 1 else places)]), f"year={year}"]
    warn(f"no score of what was asked for in {index} {year}; why: govlib.why({', '.join(asked)})")


def _told(c: comparisons.Change) -> tuple:
    """(from_year, before, score, change, threshold, verdict); what stood before a merger is another unit's."""
    if c.before is None or any(b.scope == "unit" for b in c.breaks):
        return None, None, c.now.score, None, None, "not comparable" if c.before is not None else ""
    verdict = "not comparable" if c.delta is not None and not c.comparable else c.direction
    return c.before.year, c.before.score, c.now.score, c.delta, c.threshold, verdict
