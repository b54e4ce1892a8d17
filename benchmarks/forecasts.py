"""What may be said of the coming edition: `docs/forecasts.md` and its figure, from `govlib.reading`.

    python benchmarks/forecasts.py

Each edition is foretold from earlier ones alone; the text is written from the numbers, so another model or panel changes it.
"""

from __future__ import annotations

import os
from functools import cache

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import matplotlib  # noqa: E402

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import pandas as pd  # noqa: E402
import statsmodels.api as sm  # noqa: E402

from govlib import paths  # noqa: E402
from govlib.reading import kept, movement, nowcast, outlook, targets  # noqa: E402
from govlib.reading.board import panel_board  # noqa: E402

THIRDS = {1: "first third", 2: "middle third", 3: "last third"}
ERAS = {("pci", 0): "PCI bases to 2012", ("pci", 1): "PCI bases from 2013", ("papi", 0): "PAPI bases to 2017",
        ("papi", 1): "PAPI bases from 2018"}


def table(rows: list[list[str]], heads: list[str]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, ["---"] * len(heads), *rows))


def number(x: float, digits: int = 2) -> str:
    return "–" if x != x else f"{x:.{digits}f}"


def name(row: pd.Series) -> str:
    """What a row of `outlook.skill` is about."""
    whole = {"pci": "PCI", "papi": "PAPI"}.get(row["index_id"], "both indices")
    part = ERAS[row["index_id"], row["era"]] if row["era"] == row["era"] and row["era"] is not None else whole
    return part + (f", {THIRDS[int(row['third'])]}" if row["third"] == row["third"] and row["third"] is not None else "")


def chances(skill: pd.DataFrame) -> str:
    heads = ["", "n", "told", "came", "slope (s.e.)", "Brier", "climatology", "skill", "in the 80 % range"]
    rows = [[name(r), str(r["n"]), number(r["told"]), number(r["came"]), f"{number(r['slope'])} ({number(r['se'])})",
             number(r["brier"], 3), number(r["climatology"], 3), f"{r['gain']:+.2f}", number(r["inside"])]
            for _, r in skill.iterrows()]
    return table(rows, heads)


def scores(index_id: str) -> str:
    heads = ["component", "editions", "n", "model", "last year's figure", "to the mean", "in 50 %", "in 80 %", "in 95 %", "used"]
    rows = [[r.component, str(r.editions), str(r.n), number(r.model, 3), number(r.last_year, 3), number(r.mean, 3),
             number(r.within_50), number(r.within_80), number(r.within_95), "yes" if r.used else "no"]
            for r in nowcast.skill(index_id).itertuples()]
    return table(rows, heads)


def shares() -> str:
    rows = []
    for index_id in outlook.INDICES:
        for what, component in (("total", "overall"), ("components", "components")):
            k = kept.of(panel_board(), index_id, component)
            rows.append([f"{index_id.upper()}, {what}", number(k.share), f"{k.low:.2f} to {k.high:.2f}", number(k.beyond),
                         number(k.within), number(k.reliability), str(k.pairs)])
    return table(rows, ["", "share kept", "90 %", "beyond the threshold", "within", "reliability of a change", "changes"])


@cache
def distances() -> pd.DataFrame:
    """The record with what a regression could know: the distance to the rung, and the province's own past less its score now."""
    board, rows = panel_board(), outlook.record(panel_board())
    gap, past = [], []
    for r in rows.itertuples():
        now = targets.official(board, r.index_id, r.year).composite
        gap.append((now[r.province] - targets.score_for_rank(targets.official(board, r.index_id, r.year), r.province, r.goal))
                   / now.std())
        past.append(movement.edition(board, r.index_id, "overall", r.year).x.at[r.province, "past"])
    return rows.assign(gap=gap, past=past)


def ceiling(third: int | None = None) -> float:
    """Brier skill in the sample of a logistic regression on both."""
    rows = distances() if third is None else distances().query("third == @third")
    came = rows["came"].astype(float)
    fitted = sm.Logit(came, sm.add_constant(rows[["gap", "past"]])).fit(disp=0).predict()
    return 1 - float(((fitted - came) ** 2).mean() / (came.mean() * (1 - came.mean())))


def drawn(path) -> None:
    """The reliability diagram: what was told against what came, by third of the ranking."""
    found = outlook.reliability(panel_board())
    fig, axes = plt.subplots(1, 3, figsize=(9, 3.2), sharex=True, sharey=True)
    for axis, (which, rows) in zip(axes, found.groupby("third"), strict=True):
        axis.plot([0, 0.7], [0, 0.7], color="0.6", linewidth=1, linestyle="--")
        axis.errorbar(rows["told"], rows["came"], yerr=[rows["came"] - rows["low"], rows["high"] - rows["came"]], fmt="o-",
                      color="#0072B2", linewidth=1, markersize=4)
        axis.set(title=THIRDS[int(which)].capitalize(), xlabel="told", xlim=(0, 0.7), ylim=(0, 0.7))
    axes[0].set_ylabel("came")
    fig.tight_layout()
    fig.savefig(path, dpi=110)


def main() -> None:
    board, docs = panel_board(), paths.root() / "docs"
    skill = outlook.skill(board)
    passed = [f"{i.upper()}, {THIRDS[k]}" for i in outlook.INDICES for k in THIRDS if outlook.trusted(board, i, k)]
    verdict = ("No index and third meets the bar, so **no probability of a rank is printed anywhere**; the page gives the range of "
               "ranks instead, which holds, if anything, more often than it says." if not passed else
               f"Printed for {'; '.join(passed)}; everywhere else there is no number.")
    drawn(docs / "forecasts.png")
    (docs / "forecasts.md").write_text(f"""# What may be said of the coming edition

Written by `python benchmarks/forecasts.py` from `govlib.reading`; the tables are made from the panel. Every edition here was
foretold from earlier ones alone (rolling origin), and only pairs of editions under one method are used. The model:
`govlib.reading.movement`.

## Chances of a rank

For every province of every edition the next rung above it (30, 16, 10, 5, 3, 1), the chance told, and whether it came. Slope:
of what came on the log odds told (Cox 1958), 1 where chances are right. Skill: by how much the Brier score is below that of
telling everyone of the row the share that came to pass there; below nought, the chances were worse than that one number. A
chance is printed where, for its index and third of the ranking, the slope lies within {outlook.SLOPE[0]}–{outlook.SLOPE[1]} and
the skill is above {outlook.GAIN} over {outlook.MIN_SEEN} provinces and editions or more. {verdict}

{chances(skill)}

The next rung is by its making about as far from everyone. A logistic regression on the distance to it and on the province's own
past, in standard deviations, **fitted to the very outcomes it is judged by**, reaches a skill of {ceiling():+.2f} over all and
{", ".join(f"{ceiling(k):+.2f}" for k in THIRDS)} by third: with scores alone 0.10 is hardly to be had.

![What was told against what came](forecasts.png)

Fifths of what was told, with 95 % intervals (Wilson 1927); dashed: told as it came.

## The next scores

Continuous ranked probability score (Gneiting and Raftery 2007) over the spread of the edition before, mean over editions: the
model beside last year's figure for everyone and one regression to the mean, each with the spread that it had in earlier
editions; the share of provinces inside the model's intervals. `govlib.nowcast` gives figures where the model beat both over
{nowcast.MIN_SEEN} editions or more ("used"), and none for a score that is published already.

### PCI

{scores("pci")}

### PAPI

{scores("papi")}

## What is kept of a change

The change over two years against that of the first (`govlib.reading.kept`). Of changes that were noise alone half would be found
again; 2 × share − 1 is the reliability of a change.

{shares()}
""", encoding="utf-8")


if __name__ == "__main__":
    main()
