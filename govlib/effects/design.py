"""Before a pilot: what effect could a design see, by simulation on the real panel's noise.

The noise is what two-way fixed effects leave of a component's published scores, province by province, so that its serial
correlation and its differences between provinces are real. Paths of noise are dealt to units at random; a true effect only
shifts the estimate, a difference of differences of means (two-way fixed effects, where all begin at one date).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from govlib.did import batch
from govlib.did.inference.noise import measure
from govlib.effects import sample as sampling
from govlib.effects.pooled import MATTERS
from govlib.errors import BadInput, NotEstimable
from govlib.known import names as spoken
from govlib.text import years_of


def noise(index: str, component: str, *, years: object = None, scores: pd.DataFrame | None = None) -> np.ndarray:
    """(provinces, editions) residuals of a component on province and edition effects, provinces with every edition only,
    scaled up by what the effects took of the degrees of freedom. Raises UnknownName, and NotEstimable where too few are left."""
    index = spoken.index(index)
    table = sampling.scores_of(index, scores)
    (component,) = sampling.published(table, index, [component])
    table, used, _ = sampling.editions(table[table["component"] == component], index, years_of(years))
    wide = table.pivot(index="province", columns="year", values="score").reindex(columns=used)
    wide = wide.dropna(axis=1, thresh=int(0.9 * len(wide))).dropna()
    if len(wide) < 10 or wide.shape[1] < 4:
        raise NotEstimable(f"{component} has {len(wide)} provinces with {wide.shape[1]} common editions; 10 and 4 are needed")
    y = wide.to_numpy(float)
    n, t = y.shape
    return batch.within(y) * np.sqrt(n * t / ((n - 1) * (t - 1)))


def detectable(residuals: np.ndarray, *,  # noqa: PLR0913  one keyword a part of the design
               treated: Iterable[int] = (1, 3, 5, 10, 20), units: int | None = None,
               before: int = 4, after: int = 3, effects: Iterable[float] = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0),
               inflate: float = 1.0, draws: int = 500, seed: int = 20090101) -> pd.DataFrame:
    """Probability that a pilot's effect is found at the 5 % level, by number of treated units and size of effect.

    Parameters
    ----------
    residuals : (n, T) noise. ``units``: how many units take part; those of the panel by default. More units than provinces
        (districts) draw provinces' paths again, ``inflate`` times as noisy.
    before, after : editions before and after the start; a window of that length is cut at random from the noise.

    Returns one row a ``treated`` × ``effect``: ``power``, ``mde`` (80 %), ``std_error`` (of the estimate over draws). The
    test is the one that pages quote (`govlib.did.inference.noise`): the estimate over the noise of the units that carry it,
    compared with its own 95 % quantile without an effect, so its size is right however few are treated. Over a clustered error,
    poor with few, three provinces took an effect a third larger.
    Raises BadInput for a design that the noise cannot fill.
    """
    residuals = np.asarray(residuals, float)
    n, t = residuals.shape
    units = n if units is None else int(units)
    length = before + after
    if before < 1 or after < 1 or length > t:
        raise BadInput(f"{before} editions before and {after} after do not fit into {t} editions of noise")
    if units < 4 or draws < 100 or inflate <= 0:
        raise BadInput("a design needs 4 units, 100 draws and positive noise", value=(units, draws, inflate))
    rng = np.random.default_rng(seed)
    sd = measure(residuals[:, :, None], np.zeros_like(residuals)).sd[:, 0]
    step, own = np.empty((units, draws)), np.empty((units, draws))  # of each unit: after less before, and its noise
    for k in range(draws):
        start = rng.integers(0, t - length + 1)
        rows = rng.permutation(n)[:units] if units <= n else rng.integers(0, n, units)
        window = inflate * residuals[rows, start:start + length]
        step[:, k], own[:, k] = window[:, before:].mean(1) - window[:, :before].mean(1), sd[rows]
    out = []
    for count in treated:
        if not 1 <= count < units:
            raise BadInput(f"{count} treated of {units} units leave no comparison")
        beta = step[:count].mean(0) - step[count:].mean(0)
        scale = np.sqrt((own[:count]**2).sum(0) / count**2 + (own[count:]**2).sum(0) / (units - count) ** 2)
        critical = np.quantile(np.abs(beta / scale), 0.95)
        least = _least(beta, scale, critical)
        out += [{"treated": int(count), "units": units, "before": before, "after": after, "effect": float(e),
                 "power": float((np.abs((beta + e) / scale) > critical).mean()), "mde": least,
                 "std_error": float(beta.std(ddof=1))} for e in effects]
    return pd.DataFrame(out)


def settle(rows: pd.DataFrame, *, effect: float = MATTERS, treated: Iterable[int] = (1, 3, 5, 10, 20, 30),
           after: Iterable[int] = (1, 2, 3), before: int = 4, draws: int = 500, scores: pd.DataFrame | None = None) -> pd.DataFrame:
    """What would settle each open question: by how many provinces and editions after, the smallest effect seen four times in five.

    rows : quoted estimates (`govlib.effects.quoted.quoted`) that are open.   effect : what would be worth seeing, in points.

    Returns a row an estimate × ``after`` × ``treated``: ``mde``, ``power`` (to see ``effect``), and ``n_treated`` of the estimate
    that there is. The noise and its serial correlation are the component's own (:func:`noise`); components without enough
    editions are left out and named in ``attrs["left_out"]``.
    """
    found, left_out = [], {}
    for index, component in sorted(set(zip(rows["index_id"], rows["component"], strict=True))):
        try:
            residuals = noise(index, component, scores=scores)
        except NotEstimable as error:
            left_out[index, component] = error.reason
            continue
        for a in after:
            b = min(before, residuals.shape[1] - a)
            if b >= 1:
                seen = detectable(residuals, treated=[t for t in treated if t < len(residuals)], before=b, after=a,
                                  effects=[effect], draws=draws)
                found.append(seen[["treated", "before", "after", "mde", "power"]].assign(index_id=index, component=component))
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["index_id", "component"])
    out = rows[["reform", "index_id", "component", "n_treated"]].merge(table, on=["index_id", "component"])
    out.attrs["left_out"] = left_out
    return out


def needed(settled: pd.DataFrame, power: float = 0.8) -> pd.DataFrame:
    """Of :func:`settle`'s table: the fewest provinces that see the effect with ``power``, one column a number of editions after;
    empty where none of those tried does."""
    keys = ["reform", "index_id", "component", "n_treated"]
    enough = settled[settled["power"] >= power].groupby([*keys, "after"])["treated"].min().unstack("after")
    every = pd.MultiIndex.from_frame(settled[keys].drop_duplicates())
    return enough.reindex(index=every, columns=sorted(settled["after"].unique())).astype("Int64").reset_index()


def _least(beta, scale, critical, power=0.8) -> float:
    low, high = 0.0, float(20 * beta.std(ddof=1))
    for _ in range(60):
        middle = (low + high) / 2
        if (np.abs((beta + middle) / scale) > critical).mean() >= power:
            high = middle
        else:
            low = middle
    return high
