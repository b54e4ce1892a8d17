"""The simulation report: `docs/simulation_report.md` and its figure, from `govlib.effects.simulate.study`.

    python benchmarks/effects_simulation.py            # about a quarter of an hour on one core
    python benchmarks/effects_simulation.py --quick    # a few panels each, to see that it runs; writes nothing
    python benchmarks/effects_simulation.py --workers 2

The text states what the table says; it is written from the numbers, so a changed estimator changes it.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from govlib import paths  # noqa: E402
from govlib.effects import simulate  # noqa: E402

NAMES = {"twfe": "TWFE", "imputation": "imputation", "callaway_santanna": "Callaway–Sant'Anna", "sun_abraham": "Sun–Abraham",
         "gardner": "Gardner two-stage", "lp_did": "local projections (first 3 years)",
         "first_differences": "first differences", "synthetic_did": "synthetic DiD",
         "synthetic_control": "synthetic control"}
HOW = {"crv1": "clustered (CRV1)", "crv3": "jackknife (CRV3)", "wild": "wild bootstrap", "ri": "randomization",
       "placebo": "placebo", "rmspe_ratio": "ratio of fits, placebo", "own": "its own standard error"}


def number(value, error=None, digits=2):
    if not np.isfinite(value):
        return "–"
    return f"{value:.{digits}f}" + (f" ({error:.{digits}f})" if error is not None and np.isfinite(error) else "")


def verdict(row):
    """Coverage and size held against their nominal values, within two simulation errors."""
    words = []
    if np.isfinite(row["bias"]) and abs(row["bias"]) > max(2 * row["bias_se"], 0.05 * abs(row["truth"])):
        words.append("biased")
    if np.isfinite(row["size"]) and row["size"] > 0.05 + 2 * row["size_se"]:
        words.append("rejects too often")
    if np.isfinite(row["coverage"]) and row["coverage"] < 0.95 - 2 * row["coverage_se"]:
        words.append("covers too rarely")
    if np.isfinite(row["size"]) and row["size"] < 0.05 - 2 * row["size_se"]:
        words.append("cautious")
    return ", ".join(words) or "holds"


def table(part):
    lines = ["| estimator | inference | panels | bias (s.e.) | spread | coverage (s.e.) | width | size (s.e.) | power | verdict |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    for _, r in part.iterrows():
        if r["reason"]:
            lines.append(f"| {NAMES[r['estimator']]} | {HOW[r['inference']]} | – | not estimable, because {r['reason']} "
                         "| | | | | | |")
            continue
        lines.append(f"| {NAMES[r['estimator']]} | {HOW[r['inference']]} | {r['n_sims']:.0f} | "
                     f"{number(r['bias'], r['bias_se'])} | {number(r['sd'])} | {number(r['coverage'], r['coverage_se'])} | "
                     f"{number(r['width'])} | {number(r['size'], r['size_se'])} | {number(r['power'])} | {verdict(r)} |")
    return "\n".join(lines)


def pick(rows, design, estimator, inference):
    found = rows[(rows["design"] == design) & (rows["estimator"] == estimator) & (rows["inference"] == inference)]
    return found.iloc[0]


def findings(rows):
    many, ten, three, one = (d.name for d in simulate.DESIGNS)
    t, i = pick(rows, many, "twfe", "crv1"), pick(rows, many, "imputation", "ri")
    out = [f"**TWFE fails where most provinces adopt and effects grow.** With 50 of 63 treated the mean effect is "
           f"{t['truth']:.2f}; TWFE finds {t['truth'] + t['bias']:.2f} on average ({t['bias'] / t['truth']:+.0%}), and its "
           f"95% intervals hold the truth in {t['coverage']:.0%} of panels. Imputation on the same panels is off by "
           f"{i['bias'] / i['truth']:+.1%}."]
    t10 = pick(rows, ten, "twfe", "crv1")
    out.append(f"With 10 treated and 53 never treated the clean comparisons dominate: TWFE's bias is "
               f"{t10['bias'] / t10['truth']:+.0%} of the effect.")
    crv = [pick(rows, d, "twfe", "crv1")["size"] for d in (ten, three, one)]
    wild = [pick(rows, d, "twfe", "wild")["size"] for d in (ten, three, one)]
    ri = [pick(rows, d, "twfe", "ri")["size"] for d in (ten, three, one)]
    out.append("**A clustered standard error is not to be believed with few treated.** At a nominal 5% its test rejects a true "
               f"null in {crv[0]:.0%}, {crv[1]:.0%} and {crv[2]:.0%} of panels with 10, 3 and 1 treated; the wild bootstrap in "
               f"{wild[0]:.0%}, {wild[1]:.0%} and {wild[2]:.0%}; randomization inference in {ri[0]:.0%}, {ri[1]:.0%} and "
               f"{ri[2]:.0%}.")
    library = rows[(rows["inference"] == "own") & (rows["design"] == three) & rows["size"].notna()]
    if len(library):
        worst = library.loc[library["size"].idxmax()]
        out.append(f"The estimators that are right under heterogeneity are right about the effect, not about its uncertainty: "
                   f"with 3 treated their own tests reject in {library['size'].min():.0%} to {library['size'].max():.0%} of "
                   f"panels (most: {NAMES[worst['estimator']]}). With few treated, quote their estimate with the permutation "
                   "p-value.")
    s = pick(rows, one, "synthetic_did", "placebo")
    out.append(f"With one treated province, synthetic DiD with placebos rejects a true null in {s['size']:.0%} and covers in "
               f"{s['coverage']:.0%}; its interval is {s['width']:.1f} standard deviations wide, so only large effects "
               "can be seen.")
    return out


def draw(rows, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    designs = list(dict.fromkeys(rows["design"]))
    fig, axes = plt.subplots(len(designs), 3, figsize=(12, 2.1 * len(designs) + 4), layout="constrained",
                             gridspec_kw={"height_ratios": [max(3, (rows["design"] == d).sum()) for d in designs]})
    for line, design in zip(axes, designs, strict=True):
        part = rows[(rows["design"] == design) & (rows["reason"] == "")].iloc[::-1]
        label = [f"{NAMES[e]}, {HOW[i]}" for e, i in zip(part["estimator"], part["inference"], strict=True)]
        y = np.arange(len(part))
        colour = np.where(part["estimator"] == "twfe", "#b5651d", "#1f4e79")
        for ax, column, nominal, title in zip(line, ("bias", "coverage", "size"), (0, 0.95, 0.05),
                                              ("bias", "coverage of 95% intervals", "size of 5% tests"), strict=True):
            ax.axvline(nominal, color="0.4", lw=1, ls="--")
            for value, error, at, c in zip(part[column], part[column + "_se"], y, colour, strict=True):
                if np.isfinite(value):
                    ax.errorbar(value, at, xerr=1.96 * error, fmt="s" if c == "#b5651d" else "o", color=c, ms=5, lw=1.2)
            ax.set_yticks(y, label if ax is line[0] else [""] * len(y), fontsize=8)
            ax.set_ylim(-0.7, len(y) - 0.3)
            ax.set_title(f"{design}: {title}" if ax is line[0] else title, fontsize=9, loc="left")
            ax.grid(axis="x", alpha=0.3)
        line[1].set_xlim(0, 1.02)
        line[2].set_xlim(-0.02, 1.0)
    fig.savefig(path, dpi=110)
    plt.close(fig)


def report(rows, noise):
    head = ["# What the estimators are worth on panels like ours", "",
            "Written by `python benchmarks/effects_simulation.py` from `govlib.effects.simulate.study`; the sentences are made "
            "from the numbers of the table. Nothing here is an estimate of a real reform.", "",
            "## The question", "",
            "Before a briefing quotes an effect, its interval and its p-value: would that estimator and that test have told the "
            "truth on a panel like this one, had the truth been known?", "", "## What was found", ""]
    head += [f"- {sentence}" for sentence in findings(rows)]
    n, years = noise.shape
    corr = noise.regional[np.isfinite(noise.regional)]
    head += ["", "![Bias, coverage and size by design](simulation_report.png)", "",
             "Orange squares: TWFE; blue dots: the others; bars: 95% simulation error; dashed: where a method should be. The "
             "tables below hold every number.", "", "## How it was done", "",
             f"- Noise: {noise.source}, {len(noise.names)} of them, {n} provinces × {years} editions, province and year effects "
             f"taken out, each scaled to a standard deviation of one ({noise.sd.min():.2f}–{noise.sd.max():.2f} points of the "
             f"score). Left as it is: autocorrelation {noise.persistence.min():.2f} to {noise.persistence.max():.2f}"
             + (f", mean correlation of two provinces of one region {corr.min():.2f} to {corr.max():.2f}" if corr.size else "")
             + ". A panel is a component by lot, its sign by lot, its provinces shuffled: the reform falls on provinces by lot.",
             "- Effects: early adopters gain 0.6 standard deviations at once and 0.2 more a year; the last 0.2 and 0.05. The truth "
             "is the mean over treated province-years. Without effects (for the size) the same panels are used.",
             "- Intervals are nominal 95% and are asked to hold the truth under heterogeneous effects; tests are at 5%. "
             "Randomization and ratio tests give no interval here.",
             "- Local projections pool the first three years after adoption and first differences see the first year only: smaller "
             "effects than the mean over all years, so their “bias” is a difference of question.",
             "- Provinces keep their own level under the noise, which only synthetic control has to match.",
             "- Power is the share of panels with the effect in which p is at most 0.05; where the size is wrong it means nothing.",
             "- Verdict: bias above two simulation errors and 5% of the effect; size or coverage beyond two simulation errors.",
             ""]
    for design in simulate.DESIGNS:
        part = rows[rows["design"] == design.name]
        dates = ", ".join(f"{count} from year {start + 1}" for start, count in design.cohorts.items())
        head += [f"## {design.name}", "", f"{dates} of {years}; mean effect {part['truth'].iloc[0]:.2f} standard deviations.", "",
                 table(part), ""]
    head += ["## What follows", "",
             "- Several adopters at different dates: an estimator that is right under heterogeneity; TWFE only beside its "
             "Goodman-Bacon weights.",
             "- Ten treated or fewer: randomization inference decides; clustered and library standard errors are shown, "
             "not believed.",
             "- One treated: synthetic control or synthetic DiD with placebos; say how wide the interval is.",
             "- The lot that gives out reforms here is kinder than life: where provinces adopted because they were doing badly or "
             "well, none of these methods sees it without the pre-trend and sensitivity checks.", ""]
    return "\n".join(head)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--workers", type=int, default=0, help="processes of a local Dask cluster")
    parser.add_argument("--rewrite", action="store_true", help="text and figure from the last run's table")
    options = parser.parse_args()
    noise = simulate.noise_from_panel()
    stored = paths.root() / "benchmarks" / "results" / "effects_simulation.csv"
    if options.rewrite:
        rows = pd.read_csv(stored, keep_default_na=True).fillna({"reason": ""})
        return write(rows, noise)
    size = {"n_sims": 10, "n_few": 4, "n_slow": 2} if options.quick else {"n_sims": 1000, "n_few": 200, "n_slow": 150}
    start = time.time()
    if options.workers:
        from dask.distributed import Client, LocalCluster

        with LocalCluster(n_workers=options.workers, threads_per_worker=1, dashboard_address=None) as cluster, \
                Client(cluster) as client:
            rows = simulate.study(noise, client=client, **size)
    else:
        rows = simulate.study(noise, **size)
    seconds = time.time() - start
    with pd.option_context("display.width", 220, "display.max_columns", 30, "display.max_rows", 200):
        print(rows.drop(columns="reason").round(3).to_string())
    print(f"{seconds:.0f} s")
    if options.quick:
        return
    stored.parent.mkdir(exist_ok=True)
    rows.to_csv(stored, index=False)
    write(rows, noise)


def write(rows, noise):
    docs = paths.root() / "docs"
    docs.mkdir(exist_ok=True)
    draw(rows, docs / "simulation_report.png")
    place = docs / "simulation_report.md"
    _, mark, rest = (place.read_text(encoding="utf-8") if place.exists() else "").partition("<!-- stress: begin -->")
    place.write_text(report(rows, noise).rstrip() + f"\n\n{mark}{rest}" if mark else report(rows, noise), encoding="utf-8")


if __name__ == "__main__":
    main()
