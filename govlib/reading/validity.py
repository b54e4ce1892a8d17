"""Do the indices measure what they claim, and how large must a change be to mean something?

Every function takes plain arrays or frames; those at the end (:func:`meaningful_change`, :func:`reliability`,
:func:`agreement`, :func:`structure`) read the panel. Methods, each named again where it is used:

* internal consistency: coefficient alpha (Cronbach 1951) with the interval of Feldt (1965), and omega total of a
  one-factor model (McDonald 1999). Components that are meant to differ need not hang together: a low alpha says that the
  composite is a sum of different things, not that it is noise.
* noise between editions: the error variance of the simplex model (Heise 1969; Wiley and Wiley 1970), from the
  covariances of three consecutive editions, ``var(x2) - cov(x1,x2) cov(x2,x3) / cov(x1,x3)``, pooled over all triples of
  full editions within one method version. A passing true change of one year counts as noise here.
* the change that means something: the reliable change index (Jacobson and Truax 1991), |change| > 1.96 sqrt(2) SEM.
* structure: eigenvalues against those of random data (parallel analysis, Horn 1965); loadings by principal axes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from govlib.errors import BadInput, NotEstimable
from govlib.reading.comparisons import Board, panel_board

SEED = 19910201
MIN_UNITS = 20  # provinces below which a covariance between editions says little
MIN_TRIPLES = 3  # an error variance from one or two triples is mostly chance


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

    x = _items(items)
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
    """Omega total of the standardised items under one factor by principal axes (McDonald 1999)."""
    x = _items(items)
    loading = principal_axes(np.corrcoef(x, rowvar=False), 1)[:, 0]
    common, unique = loading.sum() ** 2, (1 - loading**2).sum()
    return Consistency(float(common / (common + unique)), math.nan, math.nan, *x.shape, "omega total (McDonald 1999)")


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
    """
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


# ---------------------------------------------------------------------------------------------------------------- noise

@dataclass(frozen=True)
class Noise:
    """Signal and noise of one series of editions.

    sem : standard error of measurement, in the score's points. signal_sd : spread of true scores between provinces.
    reliability : signal variance / variance. stability : correlation of true scores a year apart. movement_sd : spread of
    the changes actually seen. low, high : 90 % bootstrap interval of ``sem`` over provinces (NaN without draws).
    n : provinces (the fewest of any triple); editions : (first, …, last) that entered; triples : how many.
    """

    sem: float
    signal_sd: float
    reliability: float
    stability: float
    movement_sd: float
    low: float
    high: float
    n: int
    editions: tuple[int, ...]
    triples: int

    @property
    def noise_share(self) -> float:
        """Share of the variance of one-year changes that is noise: 2 SEM² / var(change), at most 1."""
        return min(1.0, 2 * self.sem**2 / self.movement_sd**2)


def _moments(x: np.ndarray, triples: np.ndarray) -> np.ndarray:
    """(…, 5): mean over triples of var(x2), cov12, cov23, cov13, and the mean variance of one-year changes; in each
    triple over the provinces that have all three."""
    a, b, c = (x[..., triples[:, j]] for j in range(3))
    there = np.isfinite(a) & np.isfinite(b) & np.isfinite(c)
    n = there.sum(axis=-2, keepdims=True)
    a, b, c = (np.where(there, v, 0.0) for v in (a, b, c))
    a, b, c = (np.where(there, v - v.sum(axis=-2, keepdims=True) / n, 0.0) for v in (a, b, c))
    parts = [(b * b), (a * b), (b * c), (a * c), ((b - a) ** 2 + (c - b) ** 2) / 2]
    return np.stack([(p.sum(axis=-2) / (n[..., 0, :] - 1)).mean(axis=-1) for p in parts], axis=-1)


def _error_variance(m: np.ndarray) -> np.ndarray:
    """Wiley and Wiley's error variance, kept between 0 and half the variance of changes (more cannot be noise)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        e = m[..., 0] - m[..., 1] * m[..., 2] / m[..., 3]
    return np.clip(e, 0.0, m[..., 4] / 2)


def noise(scores: pd.DataFrame, runs: Iterable[Sequence[int]], draws: int = 0, seed: int = SEED) -> Noise:
    """Error variance of a score from triples of consecutive editions (Heise 1969; Wiley and Wiley 1970).

    Parameters
    ----------
    scores : years down, provinces across.
    runs : editions that follow one another under one method; only runs of three or more can be used.
    draws : bootstrap draws over provinces for ``low`` and ``high``.

    Raises
    ------
    NotEstimable : fewer than three triples, too few provinces, or covariances that the model cannot have.
    """
    triples = [(r[i], r[i + 1], r[i + 2]) for r in map(list, runs) for i in range(len(r) - 2)]
    if len(triples) < MIN_TRIPLES:
        raise NotEstimable(f"{len(triples)} runs of three consecutive full editions under one method are there, "
                           f"{MIN_TRIPLES} are needed to tell signal from noise")
    years = sorted({y for t in triples for y in t})
    table = scores.loc[years].T.dropna(how="all")
    x = table.to_numpy(dtype=float)
    at = np.array([[years.index(y) for y in t] for t in triples])
    least = min(int(np.isfinite(x[:, t]).all(axis=1).sum()) for t in at)
    if least < MIN_UNITS:
        raise NotEstimable(f"only {least} provinces have three consecutive editions")
    m = _moments(x, at)
    if (m[1:4] <= 0).any():
        raise NotEstimable("scores of neighbouring editions do not go together, so signal and noise cannot be told apart")
    error = float(_error_variance(m))
    if error <= 0:
        raise NotEstimable("scores of editions two years apart go together no less than those one year apart, which leaves "
                           "no room for noise: the sample is too small for this model")
    signal = max(float(m[0]) - error, 0.0)
    low = high = math.nan
    if draws:
        pick = np.random.default_rng(seed).integers(0, len(x), (draws, len(x)))
        low, high = np.sqrt(np.nanquantile(_error_variance(_moments(x[pick], at)), [0.05, 0.95]))
    stability = min(1.0, m[3] / math.sqrt(m[1] * m[2]))
    return Noise(math.sqrt(error), math.sqrt(signal), signal / float(m[0]), float(stability), math.sqrt(m[4]), float(low),
                 float(high), least, tuple(years), len(triples))


def reliable_change(sem: float, level: float = 0.95) -> float:
    """The smallest change of one province that noise alone would rarely make: z sqrt(2) SEM (Jacobson and Truax 1991).

    >>> round(reliable_change(1.0), 3)
    2.772
    """
    if not 0 < level < 1:
        raise BadInput("the level lies between 0 and 1", value=level)
    return NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(2) * sem


# ------------------------------------------------------------------------------------------------------------ the panel

@dataclass(frozen=True)
class MeaningfulChange:
    """How large a one-year change of a score must be to mean something.

    threshold : points; smaller changes are within what noise makes in ``level`` of all cases. noise : what it rests on.
    same_version : whether it comes from the method version that ``year`` belongs to alone; else the versions nearest in time
    were added or, without a year, all are taken together.
    """

    index_id: str
    component: str
    threshold: float
    low: float
    high: float
    level: float
    noise: Noise
    same_version: bool

    def holds(self, change: float) -> bool:
        """Whether a change is larger than the threshold."""
        return abs(change) > self.threshold

    def sentence(self, lang: str = "vi") -> str:
        from govlib.known import indices
        from govlib.words import wording

        name = indices.name(self.index_id, self.component, lang)
        n = wording.number(self.threshold, lang)
        span = f"{self.noise.editions[0]}–{self.noise.editions[-1]}"
        share = wording.percent(self.noise.noise_share, lang)
        if lang == "vi":
            return (f"{name}: thay đổi một năm của một tỉnh phải vượt {n} điểm mới khó giải thích bằng nhiễu đo lường "
                    f"({share} phương sai của các thay đổi là nhiễu; {self.noise.n} tỉnh, {span}).")
        return (f"{name}: a province's one-year change must exceed {n} points before noise hardly explains it ({share} of "
                f"the variance of changes is noise; {self.noise.n} provinces, {span}).")

    def _repr_html_(self) -> str:
        import html

        return f"<p>{html.escape(self.sentence('en'))}<br><small>Jacobson and Truax (1991), Wiley and Wiley (1970)</small></p>"


def runs(on: Board, index_id: str, component: str) -> list[list[int]]:
    """Full editions in unbroken runs: consecutive years, no method break of this component in between."""
    out: list[list[int]] = []
    for year in on.editions(index_id, component):
        if not on.is_full(index_id, component, year):
            continue
        if out and year - out[-1][-1] == 1 and not on.breaks(index_id, component, year - 1, year):
            out[-1].append(year)
        else:
            out.append([year])
    return out


def meaningful_change(index_id: str, component: str = "overall", year: int | None = None, *, level: float = 0.95,
                      draws: int = 0, on: Board | None = None) -> MeaningfulChange:
    """How large a province's one-year change of a score must be to mean something (reliable change index).

    Parameters
    ----------
    year : take the method version of this edition; where it has fewer than three triples, the versions nearest in time with
        it, one after the other and the newer of two that are equally near, until there are three. None: all versions.
    draws : bootstrap draws for ``low`` and ``high`` (90 %, over provinces); 0 for none, which takes milliseconds.
    on : scores to read instead of the panel's.

    Raises
    ------
    UnknownName : no such index or component.   NotEstimable : too few consecutive full editions, or no common signal.

    >>> m = meaningful_change("pci", "time_costs")
    >>> m.threshold > 0 and m.noise.n >= 40
    True
    """
    from govlib.known import indices

    indices.name(index_id, component)
    on = on or panel_board()
    found = runs(on, index_id, component)
    matrix, same = on.matrix(index_id, component), False
    if year is None:
        got = noise(matrix, found, draws)
    else:
        got, own = None, {tuple(r) for r in found if not on.breaks(index_id, component, *sorted((r[0], year)))
                          and not on.breaks(index_id, component, *sorted((r[-1], year)))}
        centre = [y for r in own for y in r] or [year]
        near = sorted(found, key=lambda r: (tuple(r) not in own, min(abs(a - b) for a in r for b in centre), -r[-1]))
        for k in range(1, len(near) + 1):
            if sum(max(len(r) - 2, 0) for r in near[:k]) < MIN_TRIPLES:
                continue
            try:
                got, same = noise(matrix, near[:k], draws), all(tuple(r) in own for r in near[:k])
                break
            except NotEstimable:  # no common signal in these alone: with one version more there may be
                if k == len(near):
                    raise
        if got is None:
            got = noise(matrix, near, draws)  # says how many runs are lacking
    to = lambda sem: reliable_change(sem, level) if sem == sem else math.nan  # noqa: E731
    return MeaningfulChange(index_id, component, to(got.sem), to(got.low), to(got.high), level, got, same)


def changes_table(index_id: str, *, level: float = 0.95, draws: int = 500, on: Board | None = None) -> pd.DataFrame:
    """:func:`meaningful_change` of the composite and every component.

    Columns component, threshold, low, high, sem, reliability, stability, noise_share, usual (the robust spread of changes
    that briefings call the usual movement), n, triples, note (why there is none).
    """
    from govlib.known import indices

    on = on or panel_board()
    rows = []
    for c in ["overall", *([] if index_id != "pci" else ["overall_fixed_weights"]), *indices.component_ids(index_id)]:
        if not on.has(index_id, c):
            continue
        try:
            m = meaningful_change(index_id, c, level=level, draws=draws, on=on)
        except NotEstimable as error:
            rows.append({"component": c, "note": error.reason})
            continue
        usual = on.usual_movement(index_id, c, m.noise.editions[-1])
        rows.append({"component": c, "threshold": m.threshold, "low": m.low, "high": m.high, "sem": m.noise.sem,
                     "reliability": m.noise.reliability, "stability": m.noise.stability,
                     "noise_share": m.noise.noise_share, "usual": usual.sd if usual else math.nan, "n": m.noise.n,
                     "triples": m.noise.triples, "note": ""})
    columns = ["component", "threshold", "low", "high", "sem", "reliability", "stability", "noise_share", "usual", "n",
               "triples", "note"]
    return pd.DataFrame(rows).reindex(columns=columns)


def items_of(index_id: str, year: int, component: str | None = None) -> pd.DataFrame:
    """Province × item: the components of an edition, or the items of one component (PAPI's sub-dimensions; survey items
    of PCI once ``make pull`` has fetched them). Columns without a figure for nine provinces in ten are left out."""
    from govlib.panel import data

    level = "component" if component is None else "indicator"
    table = data.shared("scores.parquet")
    rows = table[(table["index_id"] == index_id) & (table["year"] == year) & (table["level"] == level)]
    if component is not None:
        rows = rows[rows["component"].str.startswith(component + ".")]
    if rows.empty:
        return pd.DataFrame()
    wide = rows.pivot_table(index="province", columns="component", values="score", sort=False)
    return wide.loc[:, wide.notna().sum() >= 0.9 * len(wide)] if len(wide) else wide


def reliability(index_id: str, component: str | None = None) -> pd.DataFrame:
    """Internal consistency by edition: year, items, n, alpha, low, high, omega; editions of less than nine
    provinces in ten are left out.

    Items are standardised first, since components are summed on scales of unlike spread.
    """
    from govlib.known import indices

    rows = []
    for year in indices.editions(index_id):
        items = items_of(index_id, year, component).dropna()
        if items.shape[1] < 3 or len(items) < 0.9 * panel_board().expected(index_id, year):
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
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
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

    Returns index_a, index_b, year, n, pearson, low, high, spearman. A pair of which no edition has at least ten provinces
    in both is one row with year 0 and n as many as there are at most.
    """
    on = on or panel_board()
    rows = []
    for a, b in pairs:
        ma, mb = on.matrix(a, component), on.matrix(b, component)
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
    """Parallel analysis of an edition's components, and the loadings of as many factors as it keeps (at least one)."""
    items = items_of(index_id, year).dropna()
    if items.shape[1] < 3 or len(items) < MIN_UNITS:
        raise NotEstimable(f"{index_id} {year} has components of {len(items)} provinces only")
    scree = parallel_analysis(items, draws, seed=seed)
    return scree, loadings(items, max(1, int(scree["keep"].sum())))
