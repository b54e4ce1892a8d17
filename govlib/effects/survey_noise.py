"""Survey noise: how much of a score, of its movements and of an estimate it may be.

What a publisher prints bounds it from below (sampling alone; how a question was understood that year is not in it), and
movements that do not last bound it from above (a true change of one year counts as noise there). Between the two the data do not
decide, so everything here is a range. Where nothing is printed the range begins at 0: no standard error is made up.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from govlib.effects import design, together
from govlib.effects.sample import Figures
from govlib.errors import BadInput, NotEstimable
from govlib.known import names as spoken
from govlib.known import sampling, survey_items, surveys
from govlib.reading.board import Board, panel_board
from govlib.reading.thresholds import meaningful_change

COLUMNS = ["bound", "basis", "std_error", "reliability", "movement_share", "residual_share", "mde_without", "answered"]


def known(index: str, component: str, on: Board | None = None) -> pd.DataFrame:
    """Every standard error of a score that can be had: ``basis`` (``printed 2019``, …, ``between editions``, or ``all movement``
    where editions are too few for that or it is less than what is printed: noise then makes half the variance of changes),
    ``std_error`` in points (of printed ones the root of the mean square over provinces), ``provinces`` behind it."""
    on = on or panel_board()
    index, component = _meant(index, component)
    printed = sampling.errors(index, component)
    rows: list[dict[str, Any]] = [
        {"basis": f"printed {year}", "std_error": math.sqrt(np.nanmean(row.to_numpy() ** 2)), "provinces": int(row.notna().sum())}
        for year, row in printed.iterrows()]
    with contextlib.suppress(NotEstimable):
        noise = meaningful_change(index, component, on=on).noise
        rows.append({"basis": "between editions", "std_error": noise.sem, "provinces": noise.n})
    moves, above = _moves(index, component, on), rows and rows[-1]["basis"] == "between editions"
    if moves == moves and not (above and rows[-1] == max(rows, key=lambda row: row["std_error"])):
        asked = on.stood_by(index, component).shape[1]
        rows.append({"basis": "all movement", "std_error": math.sqrt(moves / 2), "provinces": asked})
    if not rows:
        raise NotEstimable(f"no error of {component} is printed and no two neighbouring editions are full")
    return pd.DataFrame(rows)


def _meant(index: str, component: str) -> tuple[str, str]:
    """Their ids, by any name that is printed, or by that of a survey item; raises UnknownName."""
    index = spoken.index(index)
    return index, component if survey_items.find(index, str(component)) else spoken.component(component, [index])


def _full(index: str, component: str, on: Board) -> list[int]:
    return [y for y in on.editions(index, component) if on.is_full(index, component, y)]


def _moves(index: str, component: str, on: Board) -> float:
    """Variance over provinces of changes between neighbouring full editions of one method; NaN without any."""
    wide, full = on.stood_by(index, component), _full(index, component, on)
    pairs = [(a, b) for a, b in zip(full, full[1:], strict=False) if b == a + 1 and not on.breaks(index, component, a, b)]
    return float(np.mean([(wide.loc[b] - wide.loc[a]).var() for a, b in pairs])) if pairs else math.nan


def measurement(index: str, component: str, *, on: Board | None = None, scores: pd.DataFrame | None = None) -> pd.DataFrame:
    """What survey noise does to one component, as a range: a row ``low`` and a row ``high``.

    std_error : of one province's score, in points; ``basis`` says whose. ``low`` is the smallest printed one, 0 where none is;
    ``high`` the largest that `known` has.
    reliability : share of the spread between provinces that is not noise. The slope of anything on this score, as a control or
    a lagged score, shrinks by it; an effect counted in spreads by its root; an effect in points not at all.
    movement_share : share of the variance of one-year changes that is noise.
    residual_share : the same of what province and edition effects leave, which is what an estimate is made of.
    mde_without : the smallest visible effect if everyone were asked, as a share of today's.
    answered : how many answered in all provinces together, in the newest edition of which a page prints it; NaN without one.

    Raises UnknownName; NotEstimable where no two neighbouring editions are full.

    >>> from govlib import effects
    >>> effects.measurement("papi", "administrative_procedures").shape[0]
    2
    """
    on = on or panel_board()
    index, component = _meant(index, component)
    found = known(index, component, on).sort_values("std_error")
    printed = found[found["basis"].str.startswith("printed")]
    ends = {"low": tuple(printed.iloc[0][["std_error", "basis"]]) if len(printed) else (0.0, "none printed"),
            "high": tuple(found.iloc[-1][["std_error", "basis"]])}
    level = float(on.stood_by(index, component).loc[_full(index, component, on)].var(axis=1).mean())
    moves = _moves(index, component, on)
    try:
        left = float((design.noise(index, component, scores=scores) ** 2).mean())
    except NotEstimable:
        left = math.nan
    rows = [_row(bound, basis, error, level, moves, left) for bound, (error, basis) in ends.items()]
    return pd.DataFrame(rows).assign(answered=next(iter(surveys.answered(index).iloc[-1:]), math.nan))[COLUMNS]


def _row(bound: str, basis: str, error: float, level: float, moves: float, left: float) -> dict[str, object]:
    share = min(1.0, error**2 / left) if left == left else math.nan
    return {"bound": bound, "basis": basis, "std_error": error, "reliability": max(0.0, 1 - error**2 / level),
            "movement_share": min(1.0, 2 * error**2 / moves) if moves == moves else math.nan, "residual_share": share,
            "mde_without": math.sqrt(1 - share) if share == share else math.nan}


def variance_of(weights: pd.Series, error: float | Mapping[str, float], usual: float | None = None) -> float:
    """Variance that survey noise gives to an estimate ``Σ weight × score``, errors independent from cell to cell.

    weights : indexed by (…, province, edition).   error : standard error of a score, one for all or a province;
    ``usual`` for provinces that ``error`` does not name.
    """
    if not isinstance(error, Mapping):
        return float((weights**2).sum() * error**2)
    of = weights.index.get_level_values(-2).map(lambda p: error.get(p, usual)).to_numpy(float)
    if not np.isfinite(of).all():
        raise BadInput("a province has no standard error", fix="give one for all others as `usual`")
    return float((weights.to_numpy() ** 2) @ of**2)


def of_estimates(rows: pd.DataFrame, scores: pd.DataFrame | None = None, on: Board | None = None) -> pd.DataFrame:
    """How much of quoted estimates' variance is survey noise: `together`'s rows with ``survey_low`` and ``survey_high``.

    Shares of the squared standard error of the interval quoted, at most 1. ``low`` takes printed errors, each province's own
    where it has one; ``high`` the larger of those and of the noise between editions. NaN where the range cannot be had.
    """
    on = on or panel_board()
    use = rows[np.isfinite(rows["ci_low"]) & np.isfinite(rows["ci_high"])].reset_index(drop=True)
    low, high = np.full(len(use), np.nan), np.full(len(use), np.nan)
    figures: dict[str, Figures] = {}
    ranges = {key: _range(*key, on) for key in set(zip(use["index_id"], use["component"], strict=True))}
    for _, part in use.groupby(["reform", "index_id", "sample_rule", "reading"]):
        panel = together.panel_of(part.iloc[0], scores, figures)
        for at, row in part.iterrows():
            found = ranges[row["index_id"], row["component"]]
            if found is None:
                continue
            weights = together.loads(panel, row["component"])
            error = (row["ci_high"] - row["ci_low"]) / 2 / together.Z
            usual, own, most = found
            low[at] = min(1.0, variance_of(weights, own, usual) / error**2)
            high[at] = min(1.0, variance_of(weights, most) / error**2)
    return use.assign(survey_low=low, survey_high=np.fmax(low, high))


def _range(index: str, component: str, on: Board) -> tuple[float, dict[str, float], float] | None:
    """Usual printed error (0 where none is), each province's own, and the upper bound."""
    try:
        found = known(index, component, on)
    except NotEstimable:
        return None
    printed = found.loc[found["basis"].str.startswith("printed"), "std_error"]
    own = np.sqrt((sampling.errors(index, component) ** 2).mean())
    usual = float(printed.min()) if len(printed) else 0.0
    return usual, {str(p): float(e) for p, e in own.items()}, float(found["std_error"].max())
