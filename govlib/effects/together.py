"""What all quoted estimates say together, and of each one by the light of the others.

One estimate of one province is compatible with almost anything, and a page of them says "no evidence" twenty times. Together
they say how large effects of such reforms are at all; each estimate is then read beside the others (`govlib.did.pooling`), with
the errors' real covariance: components of one index move together, and reforms of the same provinces share their noise.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from govlib import files
from govlib.did import pooling, weights
from govlib.did.grades import MEASURED_ANEW
from govlib.effects import sample as sampling
from govlib.effects.pooled import COLUMNS, KEYS, MATTERS, finding, path
from govlib.errors import NotEstimable

Z = 1.959964
#: name: (prior standard deviation of the mean effect, scale of the spreads)
PRIORS = {"main": (pooling.WIDE, pooling.TAU), "narrow": (0.25, 0.15), "wide": (1.0, 0.6)}


def build(rows: pd.DataFrame, scores: pd.DataFrame | None = None) -> pd.DataFrame:
    """Pool quoted rows (`govlib.effects.quoted.quoted`) that have an interval and are in points of a ten-point scale.

    Returns `pooled.COLUMNS`, a row an estimate: ``std_error`` is that of the interval quoted; ``pooled_low`` and ``pooled_high``
    hold the effect with probability .80, ``…95`` with .95; ``pooled_beyond``: probability that it is larger than `pooled.MATTERS`
    either way, and the least and the most under the other :data:`PRIORS`; ``pooled_up``: that it is above 0; ``finding``: see
    `pooled.finding`. ``attrs``: ``mean`` and ``mean_sd`` of all effects, ``taus`` and
    their posterior (``tau_points``, ``tau_weights``), ``prior``, ``check`` (posterior predictive p-values), ``n``.
    """
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    use = usable(rows)
    if len(use) < 2:
        return pd.DataFrame(columns=COLUMNS)
    variance, outcome = errors(use, scores), use["index_id"] + ":" + use["component"]
    estimate, error = use["estimate"].to_numpy(float), np.sqrt(np.diagonal(variance))
    found = {name: pooling.pool(estimate, variance, use["reform"], outcome, wide=w, tau=t) for name, (w, t) in PRIORS.items()}
    main = found["main"]
    beyond = {name: p.below(-MATTERS) + 1 - p.below(MATTERS) for name, p in found.items()}
    out = use[KEYS].assign(estimate=estimate, std_error=error, pooled_mean=main.mean(), pooled_sd=main.sd(),
                           pooled_low=main.quantile(0.1), pooled_high=main.quantile(0.9), pooled_low95=main.quantile(0.025),
                           pooled_high95=main.quantile(0.975), pooled_beyond=beyond["main"],
                           pooled_beyond_least=np.min(list(beyond.values()), 0),
                           pooled_beyond_most=np.max(list(beyond.values()), 0), pooled_up=1 - main.below(0.0))
    out["finding"] = [finding(row) for row in out.to_dict("records")]
    mean, sd = main.of_mean()
    points, weight = main.spreads()
    out.attrs = {"mean": mean, "mean_sd": sd, "taus": main.tau().tolist(), "n": len(out), "prior": PRIORS["main"],
                 "tau_points": points.tolist(), "tau_weights": weight.tolist(),
                 "check": pooling.replicated(main)}
    return out


def usable(rows: pd.DataFrame) -> pd.DataFrame:
    """The quoted rows that are pooled: those with an interval, in points of ten, whose measure did not change with the reform."""
    rows = rows[~rows["note"].astype(str).str.contains(MEASURED_ANEW, regex=False)]
    finite = np.isfinite(rows["ci_low"]) & np.isfinite(rows["ci_high"])
    return rows[finite & rows["index_id"].isin(("pci", "papi"))].reset_index(drop=True)


def errors(use: pd.DataFrame, scores: pd.DataFrame | None = None) -> np.ndarray:
    """(R, R) covariance of the errors of `usable` rows."""
    error = ((use["ci_high"] - use["ci_low"]) / 2 / Z).to_numpy()
    return error[:, None] * error[None, :] * alike(use, scores)


def alike(rows: pd.DataFrame, scores: pd.DataFrame | None = None) -> np.ndarray:
    """(R, R) correlation of the errors: that of the two components' noise, times how far the two estimates weigh the same
    provinces and editions."""
    load = {}
    figures: dict[str, sampling.Figures] = {}
    for (reform, index), part in rows.groupby(["reform", "index_id"]):
        load[reform, index] = loads(panel_of(part.iloc[0], scores, figures), part["component"].iloc[0])
    cells = sorted({c for one in load.values() for c in one.index})
    named = zip(rows["reform"], rows["index_id"], strict=True)
    flat = np.stack([load[key].reindex(cells, fill_value=0.0).to_numpy() for key in named])
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    noise = np.zeros((len(rows), len(rows)))
    for index, part in rows.groupby("index_id"):
        table = sampling.stood_by(sampling.scores_of(str(index), scores), str(index))
        table = table[table["level"] == "component"]
        wide = table.pivot(index=["province", "year"], columns="component", values="score").astype(float)
        steps = wide.groupby(level="province").diff()
        own = (steps - steps.groupby(level="year").transform("mean")).corr(min_periods=30)
        names = part["component"].to_list()
        noise[np.ix_(part.index, part.index)] = own.reindex(index=names, columns=names).fillna(0.0).to_numpy()
    np.fill_diagonal(noise, 1.0)
    return _positive(noise * (flat @ flat.T))


def _positive(matrix: np.ndarray) -> np.ndarray:
    """The nearest correlations that can be: correlations over different cells need not fit together."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    fitting = (vectors * np.maximum(values, 1e-8)) @ vectors.T
    size = np.sqrt(np.diagonal(fitting))
    return fitting / np.outer(size, size)


def panel_of(row: pd.Series, scores: pd.DataFrame | None, figures: dict[str, sampling.Figures]) -> sampling.Sample:
    """The sample that a quoted row was estimated on; ``figures`` remembers an index's from one row to the next."""
    index, reform = row["index_id"], row["reform"]
    if index not in figures:
        figures[index] = sampling.figures_of(sampling.Question(index, reform), sampling.scores_of(index, scores))
    return sampling.build(index, reform=reform, reading=row["reading"], sample_rule=str(row["sample_rule"]).split(";")[0].strip(),
                          figures=figures[index])


def loads(panel: sampling.Sample, component: str) -> pd.Series:
    """(index, province, edition) → weight of an estimate of one component: exactly of imputation, near enough of synthetic DiD."""
    seen = np.isfinite(panel.y[:, :, panel.components.index(component)])
    found = weights.imputation(panel.d[None], seen)[0]
    if not np.isfinite(found).all():
        raise NotEstimable(f"{panel.reform} has no exposed edition of {panel.index_id} that can be imputed")
    keys = pd.MultiIndex.from_product([[panel.index_id], panel.units, panel.years.tolist()])
    out = pd.Series(found.ravel(), keys)
    return out[out != 0]


def write(table: pd.DataFrame, made_from: str) -> pd.DataFrame:
    """Keep :func:`build`'s table of all reforms beside their estimates, with the digest of these (`pooled.made_from`)."""
    table.attrs["estimates"] = made_from
    with files.whole(path()) as part:
        table.to_parquet(part)
    return table
