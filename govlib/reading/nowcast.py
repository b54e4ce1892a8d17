"""Scores of the edition after the newest full one, where a model has shown that it can tell and no figure is published.

:func:`skill` replays it: each edition is foretold from earlier ones only, and the distributions are scored by their CRPS (Gneiting
and Raftery 2007) beside two that anyone can make: everyone stays (persistence), and everyone comes the same share nearer to
the mean. :func:`nowcast` gives figures only for components where the model (:mod:`govlib.reading.movement`) beat both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from govlib.errors import NotEstimable, UnknownName
from govlib.forms.problems import say, vietnamese
from govlib.known import indices, names, provinces
from govlib.panel import data
from govlib.reading import movement
from govlib.reading.board import Board, once, panel_board

LEVELS = (0.5, 0.8, 0.95)
METHODS = {"model": movement.by_model, "last_year": movement.by_last_year, "mean": movement.by_mean}
MIN_SEEN = 3  # editions foretold and then seen, below which nothing is known of the skill
COLUMNS = ["component", "name", "base", "edition", "last", "middle", *(f"{end}_{level:.0%}".rstrip("%") for level in LEVELS
                                                                       for end in ("low", "high")), "crps_gain", "note", "note_vi"]


@once
def replay(board: Board, index_id: str, component: str) -> pd.DataFrame:
    """Every edition that was foretold and then seen: year (of it), method, n, crps (over the spread of the edition before), rmse
    (likewise) and the share of provinces inside the intervals of 50, 80 and 95 %."""
    m, rows = board.stood_by(index_id, component), []
    for later in movement.pairs(board, index_id, component):
        try:
            told = {name: movement.forecast(board, index_id, component, later - 1, by) for name, by in METHODS.items()}
        except NotEstimable:
            continue  # too few editions before it, or components or weights that are not known
        spread = float(m.loc[later - 1].std())
        both = pd.DataFrame({"seen": m.loc[later], **{name: f.centre for name, f in told.items()}}).dropna()
        y = both["seen"].to_numpy()
        for name, f in told.items():
            centre = both[name].to_numpy()
            off = np.abs(y - centre)
            rows.append({"year": later, "method": name, "n": len(y), "crps": movement.crps(y, centre, f.scale).mean() / spread,
                         "rmse": np.sqrt((off**2).mean()) / spread,
                         **{f"within_{level * 100:.0f}": (off <= f.half_width(level)).mean() for level in LEVELS}})
    return pd.DataFrame(rows, columns=["year", "method", "n", "crps", "rmse", *(f"within_{level * 100:.0f}" for level in LEVELS)])


def skill(index_id: str, on: Board | None = None) -> pd.DataFrame:
    """How well editions not seen were foretold, by component.

    Columns: component, editions, n; crps of model, last_year and mean; within_50, within_80, within_95 (share of provinces inside
    the model's intervals); used (the model beat both, over three editions or more).

    >>> skill("pci").set_index("component").loc["overall", "used"]
    np.True_
    """
    on, rows = on or panel_board(), []
    for c in ["overall", *indices.component_ids(index_id)]:
        found = replay(on, index_id, c)
        if found.empty:
            continue
        mean = found.groupby("method")[["crps", "within_50", "within_80", "within_95"]].mean()
        least = mean.at["model", "crps"]
        rows.append({"component": c, "editions": found["year"].nunique(), "n": int(found["n"].sum()) // len(METHODS),
                     **{name: mean.at[name, "crps"] for name in METHODS}, **mean.loc["model"].drop("crps").to_dict(),
                     "used": found["year"].nunique() >= MIN_SEEN and least < min(mean["crps"].drop("model"))})
    return pd.DataFrame(rows, columns=["component", "editions", "n", *METHODS, "within_50", "within_80", "within_95", "used"])


def _parts(province: str, edition: int) -> dict[str, float]:
    """The units of the edition before that lie behind a province of ``edition``, by slug, and their weights, which sum to one:
    itself where it was there already, or by population all that have gone into it since.

    By the registry's editions of units, not by slugs: the Bắc Ninh of 2025 has the slug of one of the two that it was formed from,
    and Hà Nội took Hà Tây in before 2009, which is nothing to an edition of today.

    Raises
    ------
    UnknownName : no such province in that edition. NotEstimable : the population of one of several is not known.
    """
    (unit,) = provinces.expand_units(province, edition)
    joined = [u for u in map(provinces.get, unit.predecessors) if u.in_edition(edition - 1) and not u.in_edition(edition)]
    old = [u.slug for u in ([unit] if unit.in_edition(edition - 1) else []) + joined]
    if len(old) < 2:
        return {old[0] if old else unit.slug: 1.0}
    people = data.controls("population", old, wide=False)
    people = people[people["year"] < edition].sort_values("year").drop_duplicates("province", keep="last")
    newest = people.set_index("province")["value"]
    if set(newest.index) != set(old):
        raise NotEstimable(f"the populations of {', '.join(sorted(set(old) - set(newest.index)))} are not known")
    return (newest[old] / newest[old].sum()).to_dict()


def nowcast(province: str, index: str = "pci", *, on: Board | None = None) -> pd.DataFrame:
    """What the edition after the newest full one may bring for a province, the total and each component.

    Each from the newest edition with scores of all provinces by regression to the mean, to the province's own level and to its
    other components (:mod:`govlib.reading.movement`), with intervals meant to hold 50, 80 and 95 % of the scores; what they held
    of editions that the model had not seen stands in :func:`skill`. It is given only where it foretold those better than last
    year's figure and than plain regression to the mean, by the continuous ranked probability score (Gneiting and Raftery 2007,
    JASA 102, 359–378). A province formed in 2025 gets the population-weighted mean of those it was formed from; no edition of
    the 34 has been seen yet, so its intervals are untested. Levels of a new method cannot be foretold; ``note`` says what to
    keep in mind.

    The edition foretold may be out already where our sources hold only part of it (PCI 2024, of which the publisher prints the
    first ranks). ``note`` says so; what is held of it goes into no forecast, and a score that is published is named in the note
    instead of being foretold.

    Parameters
    ----------
    province : any spelling. index : an index with components of all provinces (pci, papi).

    Returns
    -------
    DataFrame component, name, base (edition it rests on), edition (foretold), last (score of the base), middle, low_50, high_50,
    low_80, high_80, low_95, high_95, crps_gain (share by which the CRPS was below the better of the two others), note and note_vi.
    Figures are NaN, and the notes say why, where the score is published, the model is no better than last year's figure, or a
    score or a population that it needs is not held.

    Raises
    ------
    UnknownName : no such province or index. NotEstimable : no component has editions enough.

    >>> nowcast("Bắc Ninh", "papi").query("component == 'overall'")[["base", "edition"]].values.tolist()
    [[2024, 2025]]
    """
    on, index_id = on or panel_board(), names.index(index)
    provinces.resolve(province)
    known = skill(index_id, on).set_index("component")
    asked = {"overall", *indices.component_ids(index_id, indices.editions(index_id)[-1])}  # what has ended has no next edition
    parts = cache(_parts)  # populations are read once a call, not once a component
    rows = [_row(on, index_id, c, province, known.loc[c], parts) for c in known.index if c in asked]
    if not rows:
        raise NotEstimable(f"{index_id} has too few comparable editions of all provinces to foretell one")
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(on: Board, index_id: str, component: str, province: str, known: pd.Series,
         parts_of: Callable[[str, int], dict[str, float]]) -> dict:
    """One component's forecast, or why there is none."""
    base = _base(on, index_id, component)
    best = min(known["last_year"], known["mean"])
    row: dict = {"component": component, "name": indices.name(index_id, component, "vi", base), "base": base, "edition": base + 1,
                 "crps_gain": 1 - known["model"] / best}
    notes: list[str] = []
    try:
        (unit,) = provinces.expand_units(province, base + 1)
        if base + 1 <= indices.editions(index_id)[-1]:
            cell = on.cell(index_id, component, unit.slug, base + 1)
            if cell is not None and cell.score is not None:  # a forecast beside the figure would only mislead
                return row | _both([say("edition {year} is out already; published: {score:.2f}", year=base + 1, score=cell.score)])
            notes.append(say("edition {year} is out already; this rests on {base}, the last that is held of all provinces",
                             year=base + 1, base=base))
        if not known["used"]:
            return row | _both([*notes, say("no better than last year's figure")])
        parts = parts_of(province, base + 1)
        f = movement.forecast(on, index_id, component, base)
        if lacking := [p for p in parts if p not in f.centre.index]:
            raise NotEstimable(f"{index_id} {base} has no score of {', '.join(lacking)}")
    except (NotEstimable, UnknownName) as error:
        return row | _both([*notes, error.reason if isinstance(error, NotEstimable) else str(error)])
    share = np.array(list(parts.values()))
    middle = float(f.centre[list(parts)].to_numpy() @ share)
    narrowed = movement.Forecast(f.centre, f.own * float(np.sqrt((share**2).sum())), f.shift, f.pairs)
    m = on.matrix(index_id, component).reindex(columns=list(parts)).reindex([base]).loc[base]
    row |= {"last": float(m.to_numpy() @ share), "middle": middle}
    for level in LEVELS:
        half = narrowed.half_width(level)
        row |= {f"low_{level * 100:.0f}": middle - half, f"high_{level * 100:.0f}": middle + half}
    if len(parts) > 1:
        notes.append(say("from {names} by population", names=", ".join(parts)))
    if not any(y for y in f.pairs if not on.breaks(index_id, component, min(y, base), max(y, base))):
        notes.append(say("no pair of editions under this method"))
    return row | _both(notes)


def _both(notes: list[str]) -> dict[str, str]:
    """The notes of a row in English and Vietnamese."""
    return {"note": "; ".join(notes), "note_vi": "; ".join(map(vietnamese, notes))}


def _base(on: Board, index_id: str, component: str) -> int:
    """The newest edition with components of all provinces, for the total those that it is summed from."""
    ids = [component] if component != "overall" else None
    return max(y for y in indices.editions(index_id)
               if all(on.is_full(index_id, c, y) for c in ids or indices.component_ids(index_id, y)))
