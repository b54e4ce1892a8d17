"""Effects engine against the libraries people would use, in one run, same numbers out.

    python benchmarks/effects.py            # everything, some minutes: libraries are slow
    python benchmarks/effects.py --quick    # smaller slices of the slow libraries
    python benchmarks/effects.py --no-scaling

Prints a table, writes ``benchmarks/results/effects.json``, draws ``benchmarks/effects_scaling.png`` and puts both into the
marked part of ``benchmarks/README.md``. One thread for everybody (small problems are slower with more), and CPU seconds, which
a machine shared with other work does not stretch: with one thread they are the seconds an idle machine would take. Libraries
are used as their documentation shows; where one run would take minutes, a slice is timed and multiplied, and the table says so. A
library that gives another number fails the benchmark.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import gc  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402
import time  # noqa: E402
import tracemalloc  # noqa: E402
import warnings  # noqa: E402
from importlib.metadata import version  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy.optimize import nnls  # noqa: E402
from scipy.special import stdtr  # noqa: E402

from govlib.did import batch, synthetic  # noqa: E402
from govlib.did import specs as many  # noqa: E402
from govlib.did.inference import randomization, wild  # noqa: E402

HERE = Path(__file__).resolve().parent
N, T, M = 63, 18, 10  # provinces, PCI editions 2005-2022, components
BARS = {"one TWFE fit": None, "2,000 specifications": 500, "wild bootstrap, 9,999 draws": 20,
        "randomization inference, 1,000 draws x 10 outcomes": 500, "630 placebo synthetic controls": 100}


def panel(n=N, years=T, m=M, seed=1):
    """Staggered adoption by a fifth of the provinces over a panel with the persistence of PCI components."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(n, years, m))
    for t in range(1, years):
        noise[:, t] = 0.4 * noise[:, t - 1] + 0.8 * noise[:, t]
    y = rng.normal(size=(n, 1, m)) + rng.normal(size=(1, years, m)) + noise
    cohort = np.full(n, np.inf)
    cohort[rng.permutation(n)[: n // 5]] = rng.choice([years // 3, years // 2, 2 * years // 3], n // 5)
    d = (np.arange(years) >= cohort[:, None]).astype(float)
    controls = rng.normal(size=(n, years, 5)) + 0.3 * y[:, :, :1]
    return y, d, controls, cohort


def long(y, d, controls):
    i, t = (a.ravel() for a in np.indices(d.shape))
    return pd.DataFrame({"i": i, "t": t, "d": d.ravel(), **{f"y{k}": y[:, :, k].ravel() for k in range(y.shape[2])},
                         **{f"c{k}": controls[:, :, k].ravel() for k in range(controls.shape[2])}})


def clock(function, repeat=5, least=0.05):
    """Best of several runs, CPU seconds, and what came out; short calls are repeated within a run."""
    function()
    gc.collect()
    start = time.process_time()
    out = function()
    inner = max(1, int(least / max(time.process_time() - start, 1e-9)))
    best = np.inf
    for _ in range(repeat):
        start = time.process_time()
        for _ in range(inner):
            out = function()
        best = min(best, (time.process_time() - start) / inner)
    return best, out


def once(function):
    start = time.process_time()
    out = function()
    return time.process_time() - start, out


def peak(function):
    """Peak of memory allocated during the call, MB (numpy's arrays are counted)."""
    tracemalloc.start()
    function()
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return top / 1e6


class Table:
    def __init__(self):
        self.rows: list[dict] = []

    def add(self, job, who, seconds, note=""):
        self.rows.append({"job": job, "who": who, "seconds": seconds, "note": note})
        print(f"{job:52s} {who:34s} {seconds * 1e3:12.2f} ms  {note}", flush=True)


def agree(name, mine, theirs, tolerance):
    gap = float(np.max(np.abs(np.asarray(mine) - np.asarray(theirs))))
    if not gap <= tolerance:
        raise SystemExit(f"{name}: the numbers differ by {gap:.2e} (allowed {tolerance:.0e})")
    return f"same to {max(gap, 1e-16):.0e}"


# ----------------------------------------------------------------------------------------------------- libraries, one fit
def by_pyfixest(data, outcome, controls=()):
    import pyfixest as pf

    fit = pf.feols(" + ".join([f"{outcome} ~ d", *controls]) + " | i + t", data, vcov={"CRV1": "i"})
    return float(fit.coef()["d"]), float(fit.se()["d"])


def by_pyfixest_outcomes(data, outcomes, controls=()):
    """Its own batch: several outcomes in one formula share the demeaning."""
    import pyfixest as pf

    fits = pf.feols(" + ".join(outcomes) + " ~ " + " + ".join(["d", *controls]) + " | i + t", data, vcov={"CRV1": "i"})
    return [(float(f.coef()["d"]), float(f.se()["d"])) for f in fits.to_list()]


def by_statsmodels(data, outcome, controls=()):
    import statsmodels.formula.api as smf

    formula = " + ".join([f"{outcome} ~ d", *controls, "C(i)", "C(t)"])
    fit = smf.ols(formula, data).fit(cov_type="cluster", cov_kwds={"groups": data["i"]})
    return float(fit.params["d"]), float(fit.bse["d"])


def by_linearmodels(data, outcome, controls=()):
    from linearmodels import PanelOLS

    fit = PanelOLS.from_formula(" + ".join([f"{outcome} ~ d", *controls, "EntityEffects", "TimeEffects"]),
                                data.set_index(["i", "t"])).fit(cov_type="clustered", cluster_entity=True)
    return float(fit.params["d"]), float(fit.std_errors["d"])


# ------------------------------------------------------------------------------- the plainest numpy that does each job
def demean(x):
    return x - x.mean(1, keepdims=True) - x.mean(0) + x.mean((0, 1))


def plain_twfe(y, d):
    dt, yt = demean(d), demean(y)
    dd = (dt * dt).sum()
    b = (dt * yt).sum() / dd
    s = (dt * (yt - b * dt)).sum(1)
    n, years = y.shape
    obs = n * years
    se = np.sqrt((s * s).sum() * (obs - 1) / (obs - 1 - years) * n / (n - 1)) / dd
    return b, se, 2 * stdtr(n - 1, -abs(b / se))


def plain_specs(y, d, controls, year_sets, control_sets):
    rows = []
    n = len(y)
    for a, years in enumerate(year_sets):
        yt, dt, ct = demean(y[:, years]), demean(d[:, years]), demean(controls[:, years])
        flat, k_years, obs = yt.reshape(-1, y.shape[2]), len(years), n * len(years)
        for c, chosen in enumerate(control_sets):
            x = ct[:, :, list(chosen)].reshape(obs, -1)
            both = np.column_stack([dt.ravel(), flat])
            if chosen:
                both = both - x @ np.linalg.solve(x.T @ x, x.T @ both)
            dr, yr = both[:, 0], both[:, 1:]
            dd = dr @ dr
            b = dr @ yr / dd
            s = (dr[:, None] * (yr - dr[:, None] * b)).reshape(n, k_years, -1).sum(1)
            k = 1 + len(chosen) + k_years
            se = np.sqrt((s * s).sum(0) * (obs - 1) / (obs - k) * n / (n - 1)) / dd
            p = 2 * stdtr(n - 1, -np.abs(b / se))
            rows += [(a, c, o, b[o], se[o], p[o]) for o in range(len(b))]
    return pd.DataFrame(rows, columns=["years", "controls", "outcome", "estimate", "std_error", "p_value"])


def plain_wild(y, d, draws, seed):
    dt, yt = demean(d), demean(y)
    n = len(y)
    dd = (dt * dt).sum()
    own, per = (dt * yt).sum(1), (dt * dt).sum(1)
    b = own.sum() / dd
    matrix = np.diag(own) - dt @ yt.T / n - np.outer(per, own) / dd
    v = np.random.default_rng(seed).integers(0, 2, (n, draws)) * 2.0 - 1
    s = matrix @ v
    t = own @ v / np.sqrt((s * s).sum(0))
    t0 = b * dd / np.sqrt(((own - b * per) ** 2).sum())
    return (1 + (np.abs(t) >= abs(t0) * (1 - 1e-10)).sum()) / (1 + draws)


def plain_ri(y, d, draws, orders):
    yt, dt = demean(y), demean(d)
    dd, (n, years) = (dt * dt).sum(), d.shape
    obs = n * years
    factor = (obs - 1) / (obs - 1 - years) * n / (n - 1)
    out = np.empty((draws, y.shape[2]))
    for r, order in enumerate(orders):
        dr = dt[order]
        b = np.einsum("it,itm->m", dr, yt) / dd
        s = np.einsum("it,itm->im", dr, yt) - np.einsum("it,it->i", dr, dr)[:, None] * b
        out[r] = b / np.sqrt(factor * (s * s).sum(0)) * dd
    return out


def plain_placebos(y, start):
    n, years, m = y.shape
    rows = []
    for k in range(m):
        for j in range(n):
            others = np.arange(n) != j
            a = np.vstack([y[others, :start, k].T, np.full((1, n - 1), 1e4)])
            w = nnls(a, np.append(y[j, :start, k], 1e4))[0]
            gap = y[j, :, k] - w @ y[others, :, k]
            rows.append((k, j, gap[start:].mean(), np.sqrt((gap[:start] ** 2).mean()), np.sqrt((gap[start:] ** 2).mean())))
    return pd.DataFrame(rows, columns=["outcome", "province", "effect", "pre_rmspe", "post_rmspe"])


# ------------------------------------------------------------------------------------------------------------- the jobs
def bench_fit(table, quick):
    job = "one TWFE fit"
    y, d, controls, _ = panel()
    data, one = long(y, d, controls), y[:, :, 0].copy()

    def ours():
        fit = batch.twfe(one, d)
        low, high = fit.ci()
        return fit.beta[0, 0], fit.std_error[0, 0], fit.p_value[0, 0], low, high

    seconds, mine = clock(ours)
    table.add(job, "govlib", seconds, f"peak {peak(ours):.2f} MB")
    seconds, out = clock(lambda: plain_twfe(one, d))
    table.add(job, "plain numpy", seconds, agree(job, mine[:3], out, 1e-10))
    for who, function, exact in (("pyfixest", by_pyfixest, True), ("statsmodels", by_statsmodels, False),
                                 ("linearmodels", by_linearmodels, False)):
        seconds, out = clock(lambda f=function: f(data, "y0"), repeat=3, least=0)
        note = agree(job, mine[0], out[0], 1e-8)
        if exact:
            note = agree(job, mine[:2], out, 1e-8)
        else:
            note += f" (coefficient; its degrees of freedom give s.e. {out[1] / mine[1]:.3f} times ours)"
        table.add(job, who, seconds, note)


def spec_choices():
    return [list(range(a, b)) for a, b in ((0, 18), (1, 18), (2, 18), (3, 18), (0, 17), (0, 16), (1, 17), (2, 17))], \
        many.all_subsets(5)[:25]


def bench_specs(table, quick):
    job = "2,000 specifications"
    y, d, controls, _ = panel()
    year_sets, control_sets = spec_choices()
    grid = many.grid(N, T, outcomes=M, control_sets=control_sets, year_sets=year_sets)
    assert len(grid) == 2000

    def ours():
        return many.twfe_specs(y, d, grid, controls=controls).frame()

    seconds, mine = clock(ours)
    table.add(job, "govlib", seconds, f"result rows included; peak {peak(ours):.1f} MB")
    seconds, out = clock(lambda: plain_specs(y, d, controls, year_sets, control_sets))
    table.add(job, "plain numpy", seconds,
              agree(job, mine[["estimate", "std_error", "p_value"]], out[["estimate", "std_error", "p_value"]], 1e-8))
    data = long(y, d, controls)
    rng = np.random.default_rng(0)
    slice_ = rng.choice(2000, 12 if quick else 40, replace=False)

    def library(function):
        out = []
        for s in slice_:
            part = data[data["t"].isin(year_sets[grid.year_set[s]])]
            out.append(function(part, f"y{grid.outcome[s]}", [f"c{c}" for c in control_sets[grid.control_set[s]]]))
        return np.array(out)

    for who, function, exact in (("pyfixest", by_pyfixest, True), ("statsmodels", by_statsmodels, False),
                                 ("linearmodels", by_linearmodels, False)):
        function(data, "y0")  # warm
        seconds, out = once(lambda f=function: library(f))
        columns = ["estimate", "std_error"] if exact else ["estimate"]
        note = agree(job, mine[columns].to_numpy()[slice_], out[:, : len(columns)], 1e-8)
        table.add(job, who, seconds / len(slice_) * 2000, f"{len(slice_)} timed, multiplied; {note}")
    # the library's own batch: ten outcomes in one formula
    chosen = [(a, c) for a in (0, 3) for c in (0, 12)] if quick else [(a, c) for a in (0, 2, 5, 7) for c in (0, 8, 16, 24)]
    start, gap = time.process_time(), []
    for a, c in chosen:
        out = by_pyfixest_outcomes(data[data["t"].isin(year_sets[a])], [f"y{k}" for k in range(M)],
                                   [f"c{j}" for j in control_sets[c]])
        rows = mine[(mine["year_set"] == a) & (mine["control_set"] == c)].sort_values("outcome")
        gap.append(np.abs(rows[["estimate", "std_error"]].to_numpy() - np.array(out)).max())
    seconds = time.process_time() - start
    table.add(job, "pyfixest, ten outcomes a formula", seconds / (len(chosen) * M) * 2000,
              f"{len(chosen) * M} timed, multiplied; {agree(job, max(gap), 0, 1e-8)}")


def bench_wild(table, quick):
    job = "wild bootstrap, 9,999 draws"
    y, d, controls, _ = panel()
    one = y[:, :, 0].copy()

    def ours():
        return wild.wild_bootstrap(one, d, ci=False)

    seconds, mine = clock(ours)
    table.add(job, "govlib", seconds, f"peak {peak(ours):.1f} MB")
    allowed = 5 * np.sqrt(2 * 0.25 / 9999)
    seconds, out = clock(lambda: plain_wild(one, d, 9999, 5))
    table.add(job, "plain numpy", seconds, f"p {mine.p_value[0]:.4f} and {out:.4f}: "
              + agree(job, mine.p_value[0], out, allowed) + " (simulation error)")
    seconds, both = clock(lambda: wild.wild_bootstrap(one, d, controls=controls))
    table.add(job, "govlib, controls, and interval", seconds, f"95%: {both.ci_low[0]:.3f} to {both.ci_high[0]:.3f}")

    import pyfixest as pf
    import statsmodels.formula.api as smf
    from wildboottest.wildboottest import wildboottest

    data = long(y, d, controls)
    model = smf.ols("y0 ~ d + C(i) + C(t)", data)
    fit = pf.feols("y0 ~ d + C(i) + C(t)", data, vcov={"CRV1": "i"})

    def library():
        return float(wildboottest(model, B=9999, cluster=data["i"], param="d", seed=1, show=False)["p-value"].iloc[0])

    seconds, out = clock(library, repeat=3, least=0)
    table.add(job, "wildboottest", seconds, f"p {out:.4f}: " + agree(job, mine.p_value[0], out, allowed))
    seconds, out = clock(lambda: fit.wildboottest(param="d", reps=9999, seed=1), repeat=2, least=0)
    table.add(job, "pyfixest (calls wildboottest)", seconds,
              f"p {out['Pr(>|t|)']:.4f}: " + agree(job, mine.p_value[0], out["Pr(>|t|)"], allowed))


def bench_ri(table, quick):
    job = "randomization inference, 1,000 draws x 10 outcomes"
    y, d, controls, _ = panel()

    def ours():
        return randomization.randomization_test(y, d, draws=1000, seed=3)

    seconds, mine = clock(ours)
    table.add(job, "govlib", seconds, f"peak {peak(ours):.1f} MB")
    # the same shuffles for everybody, so the same numbers can be asked for
    paths, codes = np.unique(d, axis=0, return_inverse=True)
    chunks, _ = randomization.deals(codes.ravel(), None, 1000, 3)
    dealt = np.concatenate([randomization.permute(codes.ravel(), size, stream) for size, stream in chunks])
    orders = [np.argsort(np.argsort(row, kind="stable"), kind="stable") for row in dealt]
    by_code = np.argsort(codes.ravel(), kind="stable")
    orders = [by_code[order] for order in orders]
    seconds, out = clock(lambda: plain_ri(y, d, 1000, orders))
    table.add(job, "plain numpy (shuffles given)", seconds, agree(job, mine.null, out, 1e-8))
    data = long(y, d, controls)
    count = 3 if quick else 10

    def library(function):
        out = np.empty((count, 2))
        for r in range(count):
            out[r] = function(data.assign(d=paths[dealt[r]].ravel()), "y0")
        return out[:, 0] / out[:, 1]

    for who, function, exact in (("pyfixest", by_pyfixest, True), ("statsmodels", by_statsmodels, False),
                                 ("linearmodels", by_linearmodels, False)):
        function(data, "y0")
        seconds, out = once(lambda f=function: library(f))
        note = agree(job, mine.null[:count, 0], out, 1e-8) if exact else "t up to its degrees of freedom: " + agree(
            job, mine.null[:count, 0] / out, (mine.null[0, 0] / out[0]), 1e-6)
        table.add(job, who, seconds / count * 1000 * M, f"{count} refits timed, multiplied; {note}")
    start = time.process_time()
    gap = []
    for r in range(count):
        out = np.array(by_pyfixest_outcomes(data.assign(d=paths[dealt[r]].ravel()), [f"y{k}" for k in range(M)]))
        gap.append(np.abs(out[:, 0] / out[:, 1] - mine.null[r]).max())
    table.add(job, "pyfixest, ten outcomes a formula", (time.process_time() - start) / count * 1000,
              f"{count} draws timed, multiplied; {agree(job, max(gap), 0, 1e-8)}")


def bench_placebos(table, quick):
    job = "630 placebo synthetic controls"
    y, _, _, _ = panel()
    start = 12
    # every province in turn, donors all the others: province 0 is nobody's special case here
    def ours():
        extra = np.concatenate([y, y[:1] * 0], 0)  # a treated province that serves as nobody's donor
        got = synthetic.placebos_in_space(extra, N, start)
        return pd.DataFrame({"outcome": np.repeat(np.arange(M), N), "province": np.tile(np.arange(N), M),
                             "effect": got.effect[:N].T.ravel(), "pre_rmspe": got.pre_rmspe[:N].T.ravel(),
                             "post_rmspe": got.post_rmspe[:N].T.ravel(), "ratio": got.ratio[:N].T.ravel()})

    seconds, mine = clock(ours, repeat=3)
    table.add(job, "govlib", seconds, f"result rows included; peak {peak(ours):.1f} MB")
    seconds, out = clock(lambda: plain_placebos(y, start), repeat=3)
    # where the fit before the reform is perfect the weights are not unique; compare fits everywhere, effects elsewhere
    unique = mine["pre_rmspe"].to_numpy() > 1e-3
    note = agree(job, mine["pre_rmspe"], out["pre_rmspe"], 1e-4)
    agree(job, mine["effect"][unique], out["effect"][unique], 2e-3)
    table.add(job, "plain numpy (scipy nnls)", seconds, f"fit {note}; {unique.sum()} of 630 have unique weights")

    from diff_diff import SyntheticControl

    count = 3 if quick else 12
    gaps = []

    def library(j, method):
        frame = pd.DataFrame({"unit": np.repeat(np.arange(N), T), "time": np.tile(np.arange(T), N), "y": y[:, :, 0].ravel()})
        frame["treated"] = ((frame["unit"] == j) & (frame["time"] >= start)).astype(int)
        more = {"v_method": "custom", "custom_v": np.ones(start)} if method == "equal" else {"v_method": method}
        fit = SyntheticControl(standardize="none" if method == "equal" else "std", **more)
        return fit.fit(frame, "y", "treated", "unit", "time", post_periods=list(range(start, T)), treated_unit=j,
                       pre_period_outcomes="all")

    library(0, "equal")
    start_time = time.process_time()
    for j in range(count):
        ref = library(j, "equal")
        gaps.append(abs(ref.pre_rmspe - mine["pre_rmspe"][j]))
        if unique[j]:
            gaps.append(abs(ref.att - mine["effect"][j]))
    seconds = (time.process_time() - start_time) / count * 630
    table.add(job, "diff-diff, equal weights on years", seconds,
              f"{count} timed, multiplied; {agree(job, max(gaps), 0, 1e-4)}")
    start_time = time.process_time()
    library(0, "inverse_variance")
    table.add(job, "diff-diff, inverse variance", (time.process_time() - start_time) * 630,
              "1 timed, multiplied; another weighting of years, so other numbers")
    if not quick:
        start_time = time.process_time()
        library(0, "nested")
        table.add(job, "diff-diff, nested (its default)", (time.process_time() - start_time) * 630,
                  "1 timed, multiplied; another problem, so other numbers")


# --------------------------------------------------------------------------------------------------------------- scaling
def scaling():
    """Seconds as each size grows tenfold, the others as they are."""
    steps = (1, 2, 5, 10)

    def specs(n=N, years=T, m=M, draws=None):
        y, d, controls, _ = panel(n, years, m)
        sets = [list(range(a, years)) for a in range(4)]
        grid = many.grid(n, years, outcomes=m, control_sets=many.all_subsets(3), year_sets=sets)
        return lambda: many.twfe_specs(y, d, grid, controls=controls).frame()

    def boot(n=N, years=T, m=1, draws=9999):
        y, d, _, _ = panel(n, years, m)
        return lambda: wild.wild_bootstrap(y, d, draws=draws, ci=False)

    def shuffle(n=N, years=T, m=M, draws=1000):
        y, d, _, _ = panel(n, years, m)
        return lambda: randomization.randomization_test(y, d, draws=draws)

    def placebos(n=N, years=T, m=1, draws=None):
        y, _, _, _ = panel(n, years, m)
        return lambda: synthetic.placebos_in_space(y, 0, 2 * years // 3)

    jobs = {"specification curve": (specs, {"n": N, "years": T, "m": M}),
            "wild bootstrap": (boot, {"n": N, "years": T, "m": 1, "draws": 9999}),
            "randomization inference": (shuffle, {"n": N, "years": T, "m": M, "draws": 1000}),
            "placebo synthetic controls": (placebos, {"n": N, "years": T, "m": 1})}
    rows = []
    for job, (make, base) in jobs.items():
        for name, size in base.items():
            for step in steps:
                seconds, _ = clock(make(**{name: size * step}), repeat=2, least=0)
                rows.append({"job": job, "grows": name, "times": step, "seconds": seconds})
                print(f"scaling  {job:28s} {name:6s} x{step:<3d} {seconds * 1e3:10.1f} ms", flush=True)
    return pd.DataFrame(rows)


LABELS = {"n": "provinces", "years": "years", "m": "outcomes", "draws": "draws"}


def draw(rows, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 4, figsize=(13, 3.6), sharey=True, layout="constrained")
    style = {"n": ("#1f4e79", "o"), "years": ("#b5651d", "s"), "m": ("#2e7d32", "^"), "draws": ("#6a1b9a", "D")}
    for ax, (job, part) in zip(axes, rows.groupby("job", sort=False), strict=True):
        for name, line in part.groupby("grows", sort=False):
            base = line["seconds"].iloc[0]
            ax.plot(line["times"], line["seconds"] / base, marker=style[name][1], color=style[name][0], label=LABELS[name])
        ax.plot([1, 10], [1, 10], color="0.6", lw=1, ls=":", label="proportional")
        ax.set(xscale="log", yscale="log", title=job, xlabel="size, times the base")
        ax.set_xticks([1, 2, 5, 10], ["1", "2", "5", "10"])
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("seconds, times the base")
    axes[2].legend(fontsize=8)  # the panel that has all of the lines
    fig.savefig(path, dpi=110)
    plt.close(fig)


# ---------------------------------------------------------------------------------------------------------------- report
def ratios(rows):
    out = []
    for job, bar in BARS.items():
        part = [r for r in rows if r["job"] == job]
        mine = next(r["seconds"] for r in part if r["who"] == "govlib")
        plain = next(r for r in part if r["who"].startswith("plain"))
        libraries = [r for r in part if not r["who"].startswith(("govlib", "plain")) and "other numbers" not in r["note"]]
        single = [r for r in libraries if "ten outcomes" not in r["who"]]
        fastest = min(single, key=lambda r: r["seconds"])
        own_batch = next((r for r in libraries if "ten outcomes" in r["who"]), None)
        out.append({"job": job, "govlib_ms": mine * 1e3, "plain_ms": plain["seconds"] * 1e3,
                    "of_plain": mine / plain["seconds"], "fastest": fastest["who"],
                    "fastest_ms": fastest["seconds"] * 1e3, "ratio": fastest["seconds"] / mine, "bar": bar,
                    "batch_ratio": own_batch["seconds"] / mine if own_batch else None})
    return out


def markdown(rows, summary, growth):
    lines = ["Measured " + time.strftime("%Y-%m-%d") + f", Python {platform.python_version()}, numpy {np.__version__}, one "
             "thread each, CPU seconds (other work on the machine does not count); "
             + ", ".join(f"{n} {version(n)}" for n in ("pyfixest", "statsmodels", "linearmodels", "wildboottest", "diff-diff"))
             + f". Panel {N} provinces × {T} years × {M} outcomes.", "",
             "| job | govlib | plain numpy | of plain | fastest library | its time | ratio | bar |",
             "|---|---|---|---|---|---|---|---|"]
    for r in summary:
        lines.append(f"| {r['job']} | {r['govlib_ms']:.3g} ms | {r['plain_ms']:.3g} ms | {r['of_plain']:.2f}× "
                     f"| {r['fastest']} | {r['fastest_ms']:,.0f} ms | **{r['ratio']:,.0f}×** | {_bar(r)} |")
    extra = [f"{r['job']}: {r['batch_ratio']:,.0f}×" for r in summary if r["batch_ratio"]]
    lines += ["", "Against pyfixest's own batch (ten outcomes in one formula): " + "; ".join(extra) + ".", "",
              "All times, and whether the numbers agree:", "", "| job | who | ms | note |", "|---|---|---|---|"]
    lines += [f"| {r['job']} | {r['who']} | {r['seconds'] * 1e3:,.2f} | {r['note']} |" for r in rows]
    if growth is not None:
        wide = growth.pivot_table(index=["job", "grows"], columns="times", values="seconds", sort=False) * 1e3
        lines += ["", "Milliseconds as one size grows (figure: `effects_scaling.png`):", "",
                  "| job | grows | ×1 | ×2 | ×5 | ×10 |", "|---|---|---|---|---|---|"]
        lines += [f"| {job} | {LABELS[name]} | " + " | ".join(f"{v:,.1f}" for v in row) + " |"
                  for (job, name), row in zip(wide.index, wide.to_numpy(), strict=True)]
        lines += ["", "A wild bootstrap's score matrix and a set of placebos (each province against all the others) are squares in "
                  "the number of provinces; everything else grows at most in proportion."]
        lines += ["", "![Cost as provinces, years, outcomes and draws grow tenfold](effects_scaling.png)"]
    return "\n".join(lines)


def _bar(row):
    return "–" if row["bar"] is None else f"≥ {row['bar']}×"


START, END = "<!-- effects: measured -->", "<!-- effects: end -->"


def into_readme(text):
    path = HERE / "README.md"
    old = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    if START not in old:
        old = old.rstrip() + f"\n\n## Effects engine\n\n`python benchmarks/effects.py` (see its head).\n\n{START}\n{END}\n"
    head, rest = old.split(START)
    path.write_text(head + START + "\n" + text + "\n" + END + rest.split(END)[1], encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller slices of slow libraries")
    parser.add_argument("--no-scaling", action="store_true")
    parser.add_argument("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    table = Table()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries' deprecation notices, once a fit
        for job in (bench_fit, bench_specs, bench_wild, bench_ri, bench_placebos):
            job(table, options.quick)
        growth = None if options.no_scaling else scaling()
    summary = ratios(table.rows)
    print()
    failed = []
    for r in summary:
        verdict = "" if r["bar"] is None else ("holds" if r["ratio"] >= r["bar"] else "MISSED")
        near = "" if r["of_plain"] <= 2 else "  SLOWER THAN TWICE PLAIN NUMPY"
        failed += [r["job"]] if verdict == "MISSED" or near else []
        print(f"{r['job']:52s} {r['ratio']:10,.0f}x the fastest library ({r['fastest']}), bar {r['bar']} {verdict}; "
              f"{r['of_plain']:.2f} of plain numpy{near}")
    if not options.no_write:
        (HERE / "results").mkdir(exist_ok=True)
        (HERE / "results" / "effects.json").write_text(json.dumps({"rows": table.rows, "summary": summary}, indent=1))
        if growth is not None:
            draw(growth, HERE / "effects_scaling.png")
        into_readme(markdown(table.rows, summary, growth))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
