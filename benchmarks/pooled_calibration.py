"""Whether the pooled model means what it says: the part of `docs/simulation_report.md` on `govlib.did.pooling`.

    python benchmarks/pooled_calibration.py [draws a prior]

Simulation-based calibration (Talts et al. 2018) on the design of the real estimates: which reforms, components and errors there are
is as in `data/processed/estimates`; effects and estimates are drawn from the model. Replaces what stands between its two marks.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from scipy.special import ndtr
from scipy.stats import chi2, halfnorm, kstest

from govlib import paths
from govlib.did import pooling
from govlib.effects import quoted, together
from govlib.known import reforms

BEGIN, END = "<!-- pooled: begin -->", "<!-- pooled: end -->"
SPREADS = ("spread between reforms", "spread between components", "spread of single effects")
TEXT = """## Estimates read together

Written by `python benchmarks/pooled_calibration.py` from `govlib.did.pooling`. The model reads {rows} quoted estimates of {reforms}
kinds of reform on {outcomes} components together, with the real covariance of their errors. Does it mean what it says? Effects,
spreads and estimates are drawn from the model itself with that design, {draws} times for each prior, and read by the code that
reads the real ones. If the code is right, each truth lies at a uniform quantile of its posterior.

- **Ranks.** {ranks}
- **Intervals.** Of all effects the .80 interval holds {cover80}, the .95 interval {cover95} (simulation error
  {error:.3f} at most, as effects of one draw share its mean and its spreads).
- **The wrong prior.** Effects drawn with the main prior and read with one half or twice as wide: .95 intervals hold {wrong}.
- **What the model misses in the real estimates**, by estimates drawn anew from the posterior ({anew} times; near 0 or 1 is a miss):
  {check}.

| prior: mean, spreads | quantity | draws | fewest, most in a tenth (of {tenth}) | p of uniform ranks (chi²) | (Kolmogorov) |
|---|---|---|---|---|---|
{table}

| effects drawn with | read with | .50 holds | .80 holds | .95 holds |
|---|---|---|---|---|
{coverage}
"""


def design():
    use = together.usable(quoted.quoted(set(reforms.reform_types().index)))
    outcome = use["index_id"] + ":" + use["component"]
    return use["estimate"].to_numpy(float), together.errors(use), use["reform"].to_numpy(str), outcome.to_numpy(str)


def truth(rng, variance, treatment, outcome, wide, tau):
    """(mean, τ, effects, estimates), from the model's sentence."""
    codes = [np.unique(labels, return_inverse=True)[1] for labels in (treatment, outcome)]
    taus, mean = np.abs(rng.normal(0, tau, 3)), rng.normal(0, wide)
    effect = mean + taus[2] * rng.normal(size=len(treatment))
    for t, code in zip(taus, codes, strict=False):
        effect += t * rng.normal(size=code.max() + 1)[code]
    return mean, taus, effect, effect + np.linalg.cholesky(variance) @ rng.normal(size=len(effect))


def place_of(taus, found, tau):
    """Quantiles of the true τ: the weight of the cells below, and of its own the share that the prior has below it."""
    points, weight = found.spreads()
    at = halfnorm.cdf(taus, scale=tau) * len(points)
    cell = np.minimum(at.astype(int), len(points) - 1)
    return [weight[j, :k].sum() + weight[j, k] * (x - k) for j, (x, k) in enumerate(zip(at, cell, strict=True))]


def calibrate(variance, treatment, outcome, drawn_with, read_with, draws, seed):
    """Frame with a row a draw: the quantile of each quantity's truth; and (draws, R) quantiles of the effects."""
    rng, rows, effects = np.random.default_rng(seed), [], []
    for _ in range(draws):
        mean, taus, effect, estimate = truth(rng, variance, treatment, outcome, *drawn_with)
        found = pooling.pool(estimate, variance, treatment, outcome, wide=read_with[0], tau=read_with[1])
        at = found.below(effect)
        one = int(rng.integers(len(at)))
        rows.append({"mean effect": found.weight @ ndtr((mean - found.grand[:, 0]) / found.grand[:, 1]),
                     **dict(zip(SPREADS, place_of(taus, found, read_with[1]), strict=True)), "an effect by lot": at[one]})
        effects.append(at)
    return pd.DataFrame(rows), np.array(effects)


def named(prior):
    return f"{prior[0]:g}, {prior[1]:g}"


def report(draws):
    real, *rest = design()
    ranks, covers, within = [], [], {}
    for seed, (name, prior) in enumerate(together.PRIORS.items()):
        places, effects = calibrate(*rest, prior, prior, draws, seed)
        for quantity, at in places.items():
            count = np.histogram(at, 10, (0, 1))[0]
            p = chi2.sf(((count - draws / 10) ** 2 / (draws / 10)).sum(), 9)
            ranks.append((named(prior), quantity, draws, f"{count.min()}, {count.max()}", p, kstest(at, "uniform").pvalue))
        within[name] = [(np.abs(effects - 0.5) < level / 2).mean(1) for level in (0.5, 0.8, 0.95)]
        covers.append((prior, prior, *(w.mean() for w in within[name])))
    main = together.PRIORS["main"]
    for seed, name in enumerate(("narrow", "wide"), start=10):
        _, effects = calibrate(*rest, main, together.PRIORS[name], draws, seed)
        covers.append((main, together.PRIORS[name], *((np.abs(effects - 0.5) < level / 2).mean() for level in (0.5, 0.8, 0.95))))
    least = min(min(r[4], r[5]) for r in ranks)
    below, chance = sum(r[4] < 0.05 for r in ranks), 0.05 * len(ranks)
    found = pooling.pool(real, *rest, wide=main[0], tau=main[1])
    both = [", ".join(f"{c[k]:.3f}" for c in covers[:3]) for k in (3, 4)]
    return TEXT.format(
        rows=len(real), reforms=len(set(rest[1])), outcomes=len(set(rest[2])), draws=draws, tenth=f"{draws / 10:g}", anew=2000,
        ranks=f"Of {len(ranks)} quantities and priors, {below} have chi² p below .05 ({chance:.2f} expected by chance);\n"
              f"  the smallest p of either test is {least:.3f}.",
        cover80=both[0], cover95=both[1], error=max(w[1].std() for w in within.values()) / np.sqrt(draws),
        wrong=" and ".join(f"{c[4]:.3f}" for c in covers[3:]),
        check=", ".join(f"{name} {p:.2f}" for name, p in pooling.replicated(found).items()),
        table="\n".join(f"| {a} | {b} | {n} | {c} | {p:.3f} | {k:.3f} |" for a, b, n, c, p, k in ranks),
        coverage="\n".join(f"| {named(a)} | {named(b)} | {x:.3f} | {y:.3f} | {z:.3f} |" for a, b, x, y, z in covers))


def main():
    told = report(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
    place = paths.root() / "docs" / "simulation_report.md"
    text, _, rest = place.read_text(encoding="utf-8").partition(BEGIN)
    place.write_text(f"{text.rstrip()}\n\n{BEGIN}\n{told}{END}{rest.partition(END)[2] or chr(10)}", encoding="utf-8")


if __name__ == "__main__":
    main()
