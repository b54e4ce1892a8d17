"""Provinces beside a province: the named peers, those most alike, and the parts that a merged one came from."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from govlib.known import provinces
from govlib.known.provinces import province_set
from govlib.reading import thresholds
from govlib.reading.board import FULL, MAD_TO_SD, Board, entity

DEFAULT_PEERS = ("quang-ninh", "hai-phong", "vinh-phuc")
SIMILAR_BY = ("grdp_per_capita", "population", "urban_share")

BACK_CAST = ("back_cast", "back_cast_low", "back_cast_high")  # columns

_alike: dict[int, tuple[pd.DataFrame, tuple]] = {}


def peers(province: str, year: int, wanted: Iterable[str] = DEFAULT_PEERS) -> list[str]:
    """The named peers as units of that year: a merged one is replaced by its successor, the province itself left out."""
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


def _likeness(controls: pd.DataFrame, year: int) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """(figures, the same standardised, their years): alike for all provinces, so kept for as long as the frame is the same."""
    if year not in _alike or _alike[year][0] is not controls:
        _alike[year] = controls, _standardised(controls, year)
    return _alike[year][1]


def _standardised(controls: pd.DataFrame, year: int) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    columns, years = {}, {}
    wanted = len(province_set(year))
    own = [entity(p, y) == entity(p, year) and p in province_set(year)  # a figure of a unit that has since merged is another unit's
           for p, y in zip(controls["province"], controls["year"], strict=True)]
    held = controls[own]
    for variable in SIMILAR_BY:
        v = held[(held["variable"] == variable) & (held["year"] <= year)].dropna(subset=["value"])
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


def similar(controls: pd.DataFrame, province: str, year: int, n: int = 5) -> pd.DataFrame:
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
    table, x, years = _likeness(controls, year)
    if province not in x.index:
        return pd.DataFrame(columns=["province", "distance"])
    distance = np.sqrt(((x - x.loc[province]) ** 2).sum(axis=1)).drop(province).sort_values(kind="stable").head(n)
    out = table.loc[distance.index].assign(distance=distance).rename_axis("province").reset_index()
    out.attrs["years"] = years
    return out


def back_cast(board: Board, index_id: str, component: str, predecessors: dict[str, float], last: int) -> pd.DataFrame:
    """A merged province's history as its parts beside each other and their population-weighted mean.

    The mean is an illustration, not a published figure: the indices are surveys of firms and citizens, and a mean of two
    scores is not the score that the joint unit would have had. Years in which a part has no score have no mean.

    Parameters
    ----------
    predecessors : ``{slug: population}``, the weights.

    Returns
    -------
    One row a year: each part, ``back_cast``, ``back_cast_low`` and ``back_cast_high``: 95 % by the usual fluctuation of the parts'
    own scores (:func:`govlib.reading.thresholds.points`); that the joint unit would have been another one is not in it.
    """
    parts = board.stood_by(index_id, component).reindex(columns=list(predecessors))
    parts = parts[parts.index <= last].dropna(how="all")
    weights = np.array(list(predecessors.values()), dtype=float)
    if not len(parts):
        return parts
    share = weights / weights.sum()
    # a threshold is that of a difference of two scores of equal noise: 1.96 √2 standard errors of one
    half = np.array([thresholds.points(board, index_id, component, int(y)) or np.nan for y in parts.index]) / np.sqrt(2)
    mean = (parts.to_numpy() * share).sum(axis=1)
    reach = half * np.sqrt((share**2).sum())
    return parts.assign(**dict(zip(BACK_CAST, (mean, mean - reach, mean + reach), strict=True)))
