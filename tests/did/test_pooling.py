"""Partial pooling: against an independent Gibbs sampler, by its own calibration, and what it makes of nothing and of much."""

from __future__ import annotations

import numpy as np
import pytest

from govlib.did import pooling
from govlib.errors import BadInput


def drawn(rng, treatment, outcome, variance, wide=0.5, tau=0.3):
    """Effects and estimates of the model itself."""
    t = np.abs(rng.normal(0, tau, 3))
    mean = rng.normal(0, wide)
    effect = mean + t[0] * rng.normal(size=treatment.max() + 1)[treatment] + t[1] * rng.normal(size=outcome.max() + 1)[outcome] \
        + t[2] * rng.normal(size=len(treatment))
    return effect, effect + np.linalg.cholesky(variance) @ rng.normal(size=len(effect))


def design(rng):
    treatment, outcome = np.repeat(np.arange(5), 3), np.tile(np.arange(3), 5)
    sd = rng.uniform(0.1, 0.5, 15)
    alike = 0.4 * pooling.groups(treatment) + 0.6 * np.eye(15)
    return treatment, outcome, sd[:, None] * sd * alike


def gibbs(e, variance, treatment, outcome, rng, wide=0.5, tau=0.3, steps=6000):
    """Written from the model's sentence, not from the closed form: every level is drawn in turn; the τ by Metropolis steps."""
    precision = np.linalg.inv(variance)
    a, b, t, mean = np.zeros(treatment.max() + 1), np.zeros(outcome.max() + 1), np.full(3, 0.2), 0.0
    kept = []
    for step in range(steps):
        prior = mean + a[treatment] + b[outcome]
        p = precision + np.eye(len(e)) / t[2] ** 2
        root = np.linalg.cholesky(np.linalg.inv(p))
        theta = np.linalg.solve(p, precision @ e + prior / t[2] ** 2) + root @ rng.normal(size=len(e))
        for level, code, other, k in ((a, treatment, b[outcome], 0), (b, outcome, a[treatment], 1)):
            for g in range(len(level)):
                rest = (theta - mean - other)[code == g]
                v = 1 / (len(rest) / t[2] ** 2 + 1 / t[k] ** 2)
                level[g] = v * rest.sum() / t[2] ** 2 + np.sqrt(v) * rng.normal()
        rest = theta - a[treatment] - b[outcome]
        v = 1 / (len(e) / t[2] ** 2 + 1 / wide**2)
        mean = v * rest.sum() / t[2] ** 2 + np.sqrt(v) * rng.normal()
        for k, values in enumerate((a, b, theta - mean - a[treatment] - b[outcome])):
            def log(s, values=values):
                return -len(values) * np.log(s) - (values**2).sum() / 2 / s**2 - s**2 / 2 / tau**2

            for _ in range(3):
                new = t[k] * np.exp(rng.normal(0, 0.5))
                if np.log(rng.random()) < log(new) - log(t[k]) + np.log(new / t[k]):
                    t[k] = new
        if step >= 1000:
            kept.append(theta)
    return np.array(kept)


def test_the_grid_is_the_gibbs_sampler():
    rng = np.random.default_rng(7)
    treatment, outcome, variance = design(rng)
    _, e = drawn(rng, treatment, outcome, variance)
    kept = gibbs(e, variance, treatment, outcome, rng)
    found = pooling.pool(e, variance, treatment, outcome, nodes=12)
    assert found.mean() == pytest.approx(kept.mean(0), abs=0.06)
    assert found.sd() == pytest.approx(kept.std(0), rel=0.15)
    assert found.quantile(0.9) == pytest.approx(np.quantile(kept, 0.9, axis=0), abs=0.06)


def test_intervals_hold_what_they_say():
    """Simulation-based calibration: effects drawn from the prior lie at uniform quantiles of their posterior."""
    rng = np.random.default_rng(1)
    treatment, outcome, variance = design(rng)
    at, spreads = [], []
    for _ in range(150):
        effect, e = drawn(rng, treatment, outcome, variance)
        found = pooling.pool(e, variance, treatment, outcome, nodes=6)
        at.append(found.below(effect))
        spreads.append(found.tau())
    # what a prior says of a spread is what its posteriors say on average; all of them: docs/simulation_report.md
    assert np.mean(spreads, 0) == pytest.approx(0.3 * np.sqrt(2 / np.pi), abs=0.03)
    at = np.array(at)
    assert at.mean() == pytest.approx(0.5, abs=0.05)
    assert (np.abs(at - 0.5) < 0.4).mean() == pytest.approx(0.8, abs=0.04)
    assert (np.abs(at - 0.5) < 0.475).mean() == pytest.approx(0.95, abs=0.02)


def test_nothing_is_told_as_small_and_much_as_much():
    rng = np.random.default_rng(2)
    treatment, outcome, variance = design(rng)
    nothing = pooling.pool(np.linalg.cholesky(variance) @ rng.normal(size=15), variance, treatment, outcome)
    raw = np.sqrt(np.diagonal(variance))
    assert (nothing.sd() < raw).all() and (np.abs(nothing.mean()) < 0.3).all()
    e = np.where(treatment == 2, 3.0, 0.0)  # one treatment with an enormous effect is not pulled to nothing
    much = pooling.pool(e, variance, treatment, outcome)
    assert (1 - much.below(1.0)[treatment == 2] > 0.99).all()
    assert (much.below(1.0)[treatment != 2] > 0.99).all()
    assert much.quantile(0.5)[0] == pytest.approx(much.quantile(0.5)[1], abs=0.2)
    for bad in ((e[:3], variance), (e, -variance), (np.where(e > 1, np.nan, e), variance)):
        with pytest.raises(BadInput):
            pooling.pool(*bad, treatment[: len(bad[0])], outcome[: len(bad[0])])


def test_what_the_model_misses_shows_in_replicates():
    rng = np.random.default_rng(3)
    treatment, outcome, variance = design(rng)
    _, e = drawn(rng, treatment, outcome, variance)
    fits = pooling.replicated(pooling.pool(e, variance, treatment, outcome))
    assert all(0.02 < p < 0.98 for p in fits.values())
    odd = np.where(np.arange(15) == 4, 40.0, 0.0)  # no model of alike effects makes one like this beside fourteen zeros
    assert pooling.replicated(pooling.pool(odd, variance, treatment, outcome))["skewness"] < 0.02


def test_draws_of_the_posterior_are_joint():
    """With one point of the grid the posterior is one Gaussian: draws have its means and, between effects too, its covariance."""
    rng = np.random.default_rng(4)
    treatment, outcome, variance = design(rng)
    _, e = drawn(rng, treatment, outcome, variance)
    found = pooling.pool(e, variance, treatment, outcome, nodes=1)
    prior = np.tensordot([1.0, *found.taus[0] ** 2], found.given[2], 1)
    covariance = prior - prior @ np.linalg.solve(prior + variance, prior)
    effects, anew = pooling.drawn(found, 40_000, rng)
    assert effects.mean(0) == pytest.approx(found.mean(), abs=0.01)
    assert np.cov(effects.T) == pytest.approx(covariance, abs=0.004)
    assert np.cov(anew.T) == pytest.approx(covariance + variance, abs=0.008)


def test_weights_and_evidence_are_the_gaussian_density_of_the_estimates():
    """By scipy's density over the grid: quantiles of the half-normal prior, one weight each; the mean by its joint covariance."""
    from scipy.stats import halfnorm, multivariate_normal

    rng = np.random.default_rng(5)
    treatment, outcome, variance = design(rng)
    _, e = drawn(rng, treatment, outcome, variance)
    found = pooling.pool(e, variance, treatment, outcome, wide=0.7, tau=0.4, nodes=2)
    points = halfnorm.ppf([0.25, 0.75], scale=0.4)
    kinds = [np.equal.outer(treatment, treatment), np.equal.outer(outcome, outcome), np.eye(15)]
    density, centre, grand = [], [], []
    for a in points:
        for b in points:
            for c in points:
                prior = 0.7**2 + sum(t**2 * k for t, k in zip((a, b, c), kinds, strict=True))
                density.append(multivariate_normal(np.zeros(15), prior + variance).pdf(e))
                centre.append(prior @ np.linalg.inv(prior + variance) @ e)
                load = np.full(15, 0.7**2) @ np.linalg.inv(prior + variance)
                grand.append((load @ e, np.sqrt(0.7**2 - load @ np.full(15, 0.7**2))))
    weight = np.array(density) / np.sum(density)
    assert found.weight == pytest.approx(weight) and found.centre == pytest.approx(np.array(centre)) and found.grand == pytest.approx(np.array(grand))
    assert found.evidence == pytest.approx(np.log(np.mean(density)) + 7.5 * np.log(2 * np.pi))
    means, sds = np.array(grand).T
    assert found.of_mean() == pytest.approx((weight @ means, np.sqrt(weight @ (sds**2 + (means - weight @ means) ** 2))))
    at, shares = found.spreads()
    assert at == pytest.approx(points) and shares.sum(1) == pytest.approx([1, 1, 1])
    assert shares[0] == pytest.approx([weight[:4].sum(), weight[4:].sum()]) and shares[2] == pytest.approx([weight[::2].sum(), weight[1::2].sum()])
    assert found.tau() == pytest.approx(shares @ points)
    assert found.below(found.quantile(0.3)) == pytest.approx(np.full(15, 0.3), abs=1e-9)
    spread = found.weight @ (found.spread**2 + (found.centre - found.mean()) ** 2)
    assert found.sd() == pytest.approx(np.sqrt(spread))
    assert pooling.pool(e[:2], variance[:2, :2], treatment[:2], outcome[:2]).mean().shape == (2,)
    for bad in ((e[:1], variance[:1, :1]), (e, variance[:3])):
        with pytest.raises(BadInput, match="two estimates or more"):
            pooling.pool(*bad, treatment[: len(bad[0])], outcome[: len(bad[0])])
    with pytest.raises(BadInput, match="not positive"):
        pooling.pool(e, variance - 2 * np.eye(15), treatment, outcome)
