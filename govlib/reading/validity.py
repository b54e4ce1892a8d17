"""Do the indices measure what they claim, and how large must a change be to mean something?

Every function takes plain arrays or frames; those at the end (:func:`reliability`, :func:`agreement`, :func:`structure`) read
the panel. Methods, each named again where it is used:

* internal consistency: coefficient alpha (Cronbach 1951) with the interval of Feldt (1965), and omega total of a
  one-factor model (McDonald 1999). Components that are meant to differ need not hang together: a low alpha says that the
  composite is a sum of different things, not that it is noise.
* noise between editions: :mod:`govlib.reading.noise`; the change that means something: :mod:`govlib.reading.thresholds`.
* structure: eigenvalues against those of random data (parallel analysis, Horn 1965); loadings by principal axes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from govlib.errors import BadInput, NotEstimable
from govlib.known import indices, names
from govlib.panel import data
from govlib.reading.board import FULL, Board, panel_board
from govlib.reading.noise import MIN_UNITS, SEED, confidence, noise, reliable_change
from govlib.reading.thresholds import MeaningfulChange, changes_table, meaningful_change, runs
from govlib.text import whole

__all__ = ["MIN_UNITS", "SEED", "MeaningfulChange", "agreement", "alpha", "changes_table", "correlate", "items_of",
           "loadings", "meaningful_change", "noise", "omega", "parallel_analysis", "principal_axes", "reliability",
           "reliable_change", "runs", "structure"]


# ------------------------------------------------------------------------------------------------- internal consistency

@dataclass(frozen=True)
class Consistency:
    """A reliability coefficient with its interval (NaN where the method gives none), ``n`` provinces, ``k`` items."""

    value: float
    low: float
    high: float
    n: int
    k: int
    method: str


def _items(items: pd.DataFrame | np.ndarray) -> np.ndarray:
    x = np.asarray(items, dtype=float)
    if x.ndim != 2 or x.shape[1] < 2:
        raise BadInput("reliability needs at least two items", value=x.shape, fix="one row a province, one column an item")
    x = x[np.isfinite(x).all(axis=1)]
    if len(x) < 3:
        raise NotEstimable(f"only {len(x)} provinces have all {x.shape[1]} items")
    if (x.std(axis=0) == 0).any():
        raise NotEstimable("an item is the same for all provinces")
    return x


def alpha(items: pd.DataFrame | np.ndarray, level: float = 0.95) -> Consistency:
    """Cronbach's alpha with Feldt's interval.

    items : (n_provinces, k_items); rows with a missing item are left out. Raises NotEstimable with fewer than 3 rows.

    >>> x = np.array([[1, 2, 2], [2, 3, 4], [3, 3, 5], [4, 5, 5]])
    >>> round(alpha(x).value, 4)
    0.9474
    """
    from scipy import stats

    level, x = confidence(level), _items(items)
    n, k = x.shape
    total = x.sum(axis=1).var(ddof=1)
    if total <= 0:
        raise NotEstimable("the items cancel out: their sum is the same for all provinces")
    value = k / (k - 1) * (1 - x.var(axis=0, ddof=1).sum() / total)
    df = (n - 1, (n - 1) * (k - 1))
    tail = (1 - level) / 2
    return Consistency(float(value), float(1 - (1 - value) * stats.f.ppf(1 - tail, *df)),
                       float(1 - (1 - value) * stats.f.ppf(tail, *df)), n, k, "alpha (Cronbach 1951), Feldt 1965")


def omega(items: pd.DataFrame | np.ndarray) -> Consistency:
    """Omega total of the standardised items under one factor by principal axes (McDonald 1999).

    >>> import numpy as np
    >>> from govlib import validity
    >>> one = np.random.default_rng(1).normal(size=(200, 1))
    >>> items = one + 0.5 * np.random.default_rng(2).normal(size=(200, 5))
    >>> round(validity.omega(items).value, 2)
    0.94
    """
    x = _items(items)
    loading = principal_axes(np.corrcoef(x, rowvar=False), 1)[:, 0]
    common, unique = loading.sum() ** 2, (1 - loading**2).sum()
    n, k = x.shape
    return Consistency(float(common / (common + unique)), math.nan, math.nan, n, k, "omega total (McDonald 1999)")


# ------------------------------------------------------------------------------------------------------------ structure

def principal_axes(correlation: np.ndarray, n_factors: int, steps: int = 200) -> np.ndarray:
    """Loadings (k, n_factors) by iterated principal axes from squared multiple correlations; the largest sum is positive.

    Communalities are kept below 1 (a Heywood case stays at 0.995).
    """
    r = np.asarray(correlation, dtype=float)
    h = np.clip(1 - 1 / np.diag(np.linalg.pinv(r, hermitian=True)), 0.01, 0.995)
    loading = np.zeros((len(r), n_factors))
    for _ in range(steps):
        reduced = r.copy()
        np.fill_diagonal(reduced, h)
        values, vectors = np.linalg.eigh(reduced)
        top = np.argsort(values)[::-1][:n_factors]
        loading = vectors[:, top] * np.sqrt(np.clip(values[top], 0, None))
        new = np.clip((loading**2).sum(axis=1), 0.0, 0.995)
        if np.abs(new - h).max() < 1e-8:
            break
        h = new
    return loading * np.where(loading.sum(axis=0) < 0, -1.0, 1.0)


def parallel_analysis(items: pd.DataFrame | np.ndarray, draws: int = 500, quantile: float = 0.95, seed: int = SEED
                      ) -> pd.DataFrame:
    """Eigenvalues of the correlation matrix beside those of independent normal data of the same shape (Horn 1965).

    Returns
    -------
    DataFrame factor (1 …), eigenvalue, random (that quantile), keep (True up to the first that does not exceed it).

    >>> import numpy as np
    >>> from govlib import validity
    >>> items = np.random.default_rng(1).normal(size=(200, 1)) + np.random.default_rng(2).normal(size=(200, 5))
    >>> int(validity.parallel_analysis(items, draws=50)["keep"].sum())
    1
    """
    if whole("draws", draws, "write 500") < 1:
        raise BadInput("parallel analysis needs one draw or more", column="draws", value=draws, fix="write 500")
    x = _items(items)
    n, k = x.shape
    own = np.sort(np.linalg.eigvalsh(np.corrcoef(x, rowvar=False)))[::-1]
    z = np.random.default_rng(seed).standard_normal((draws, n, k))
    z -= z.mean(axis=1, keepdims=True)
    z /= np.sqrt((z**2).sum(axis=1, keepdims=True))
    random = np.sort(np.linalg.eigvalsh(np.einsum("dnk,dnj->dkj", z, z)), axis=1)[:, ::-1]
    bar = np.quantile(random, quantile, axis=0)
    return pd.DataFrame({"factor": np.arange(1, k + 1), "eigenvalue": own, "random": bar,
                         "keep": np.logical_and.accumulate(own > bar)})


def loadings(items: pd.DataFrame, n_factors: int) -> pd.DataFrame:
    """Loadings by statsmodels' principal-axes factor analysis, varimax-rotated where there are several factors.

    Index: items; columns ``factor_1`` … and ``communality``.
    """
    from statsmodels.multivariate.factor import Factor

    x = items.dropna()
    fit = Factor(x.to_numpy(), n_factor=n_factors, method="pa").fit()
    if n_factors > 1:
        fit.rotate("varimax")
    table = np.asarray(fit.loadings)
    table = table * np.where(table.sum(axis=0) < 0, -1.0, 1.0)
    out = pd.DataFrame(table, index=list(items.columns), columns=[f"factor_{j + 1}" for j in range(n_factors)])
    return out.assign(communality=(table**2).sum(axis=1))


# ------------------------------------------------------------------------------------------------------------ the panel

def items_of(index_id: str, year: int, component: str | None = None) -> pd.DataFrame:
    """Province × item: the components of an edition, or the items of one component (PAPI's sub-dimensions; survey items
    of PCI once ``make pull`` has fetched them). Columns without a figure for nine provinces in ten are left out, and so are
    provinces whose figures the publisher does not stand by (:func:`govlib.known.indices.doubtful`).

    Raises UnknownName for an index or component that is not known, BadInput for a year that is no whole number.

    >>> from govlib import validity
    >>> validity.items_of("papi", 2023).shape
    (61, 8)
    """
    index_id, component, year = *_meant(index_id, component), whole("year", year, "write 2024")
    level = "component" if component is None else "indicator"
    table = data.shared("scores.parquet")
    rows = table[(table["index_id"] == index_id) & (table["year"] == year) & (table["level"] == level)]
    if component is not None:
        rows = rows[rows["component"].str.startswith(component + ".")]
    odd = {p for p in rows["province"].unique() if indices.doubtful(index_id, year, p)}
    rows = rows[~rows["province"].isin(odd)]
    if rows.empty:
        return pd.DataFrame()
    wide = rows.pivot_table(index="province", columns="component", values="score", sort=False)
    return wide.loc[:, wide.notna().sum() >= FULL * len(wide)] if len(wide) else wide


def _meant(index_id: str, component: str | None) -> tuple[str, str | None]:
    """The ids, typed as in any question: rows are found by them, and of another name there would be none."""
    index_id = names.index(index_id)
    return index_id, None if component is None else names.component(component, [index_id])


def reliability(index_id: str, component: str | None = None) -> pd.DataFrame:
    """Internal consistency by edition: year, items, n, alpha, low, high, omega; editions of less than nine
    provinces in ten are left out.

    Items are standardised first, since components are summed on scales of unlike spread.

    >>> from govlib import validity
    >>> row = validity.reliability("pci").set_index("year").loc[2019]
    >>> int(row["items"]), int(row["n"])
    (10, 63)
    """
    rows, (index_id, component) = [], _meant(index_id, component)
    for year in indices.editions(index_id):
        items = items_of(index_id, year, component).dropna()
        if items.shape[1] < 3 or len(items) < FULL * panel_board().expected(index_id, year):
            continue
        z = (items - items.mean()) / items.std()
        z = z.loc[:, z.notna().all()]
        a = alpha(z)
        rows.append({"year": year, "items": a.k, "n": a.n, "alpha": a.value, "low": a.low, "high": a.high,
                     "omega": omega(z).value})
    return pd.DataFrame(rows, columns=["year", "items", "n", "alpha", "low", "high", "omega"])


def correlate(x: np.ndarray, y: np.ndarray, level: float = 0.95) -> dict[str, float]:
    """Pearson with Fisher's interval and Spearman of paired values; NaN with fewer than four pairs.

    >>> r = correlate(np.arange(6.0), np.array([1, 0, 3, 2, 5, 4.0]))
    >>> round(r["pearson"], 3), r["n"]
    (0.829, 6)
    """
    level, x, y = confidence(level), np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    both = np.isfinite(x) & np.isfinite(y)
    x, y, n = x[both], y[both], int(both.sum())
    if n < 4 or x.std() == 0 or y.std() == 0:
        return {"n": n, "pearson": math.nan, "low": math.nan, "high": math.nan, "spearman": math.nan}
    r = float(np.corrcoef(x, y)[0, 1])
    z, half = math.atanh(max(min(r, 1 - 1e-12), -1 + 1e-12)), NormalDist().inv_cdf((1 + level) / 2) / math.sqrt(n - 3)
    return {"n": n, "pearson": r, "low": math.tanh(z - half), "high": math.tanh(z + half),
            "spearman": float(np.corrcoef(pd.Series(x).rank(), pd.Series(y).rank())[0, 1])}


def agreement(pairs: Iterable[tuple[str, str]] = (("pci", "papi"), ("papi", "dti"), ("pci", "par"), ("papi", "par"),
                                                 ("pci", "dti"), ("par", "dti")),
              component: str = "overall", on: Board | None = None) -> pd.DataFrame:
    """Correlation of two indices between provinces, by the editions that both have.

    Returns index_a, index_b, year, n, pearson, low, high, spearman. Only editions that are full on either side: nine provinces
    in ten or more have a score (:meth:`Board.is_full`). A pair without such an edition is one row with year 0 and n, the most
    provinces that have both in one edition; of them there is no correlation, however many, since those held are no sample of all.

    >>> from govlib import validity
    >>> table = validity.agreement([("pci", "papi")])
    >>> 2019 in set(table["year"])
    True
    """
    on = on or panel_board()
    rows = []
    for a, b in ((names.index(a), names.index(b)) for a, b in pairs):
        component = names.component(component, [a, b])
        ma, mb = on.stood_by(a, component), on.stood_by(b, component)
        shared = sorted(set(ma.index) & set(mb.index))
        found, most = [], 0
        for year in shared:
            both = pd.concat([ma.loc[year], mb.loc[year]], axis=1, join="inner").dropna()
            most = max(most, len(both))
            # an index printed for its leaders only is a selected sample: its correlation would be of the leaders
            if on.is_full(a, component, year) and on.is_full(b, component, year):
                found.append({"index_a": a, "index_b": b, "year": year, **correlate(*both.to_numpy().T)})
        rows += found or [{"index_a": a, "index_b": b, "year": 0, "n": most}]
    return pd.DataFrame(rows).reindex(columns=["index_a", "index_b", "year", "n", "pearson", "low", "high", "spearman"])


def structure(index_id: str, year: int, draws: int = 500, seed: int = SEED) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Parallel analysis of an edition's components, and the loadings of as many factors as it keeps (at least one).

    >>> from govlib import validity
    >>> parallel, loadings = validity.structure("papi", 2023, draws=50)
    >>> loadings.shape[0]
    8
    """
    items = items_of(index_id, whole("year", year, "write 2024")).dropna()
    if items.shape[1] < 3 or len(items) < MIN_UNITS:
        raise NotEstimable(f"{index_id} {year} has components of {len(items)} provinces only")
    scree = parallel_analysis(items, draws, seed=seed)
    return scree, loadings(items, max(1, int(scree["keep"].sum())))
