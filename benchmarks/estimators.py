"""Estimators for staggered dates against diff-diff, used as its documentation shows, and their cost as units grow.

    python benchmarks/estimators.py          # some ten minutes, nearly all of it 200 outcomes of 10,000 units
    python benchmarks/estimators.py growth   # the last table alone

CPU seconds, one thread, numbers checked in the run (1e-6: the library's point estimates of two stages are iterated). Prints the
tables of ``benchmarks/README.md``.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import sys  # noqa: E402
import time  # noqa: E402
import tracemalloc  # noqa: E402
import warnings  # noqa: E402

import diff_diff as dd  # noqa: E402
import numpy as np  # noqa: E402

from govlib import did  # noqa: E402
from govlib.did import estimators  # noqa: E402, F401  (they register themselves)
from govlib.did import synthetic_did as sdid  # noqa: E402
from govlib.did.base import estimator  # noqa: E402

MAKERS = {"callaway_santanna": lambda: dd.CallawaySantAnna(control_group="not_yet_treated", base_period="universal"),
          "sun_abraham": lambda: dd.SunAbraham(cluster="unit"),
          "imputation": lambda: dd.ImputationDiD(pretrends=True, cluster="unit", leave_one_out=True),
          "gardner": lambda: dd.TwoStageDiD(pretrends=True, cluster="unit")}


def panel(n: int, periods: int = 20, outcomes: int = 1):
    rng = np.random.default_rng(1)
    cohort = np.where(np.arange(n) < 0.3 * n, 2000 + rng.choice([5, 8, 11, 14], n), np.inf)
    y = rng.normal(size=(n, periods, outcomes)) + rng.normal(size=(n, 1, outcomes)) + rng.normal(size=(1, periods, outcomes))
    return did.from_arrays(y, cohort, years=np.arange(2000, 2000 + periods))


def clock(call):
    start = time.process_time()
    out = call()
    return time.process_time() - start, out


def library(name, frame):
    result = MAKERS[name]().fit(frame, "y", "unit", "time", "first_treat")
    if name != "sun_abraham":  # gives its event study with the fit
        result.aggregate("event_study")
    return result


def against(n: int) -> None:
    one = panel(n)
    frame = one.frame()
    for name in MAKERS:
        estimator(name).fit(one, 0)
        ours, fit = clock(lambda name=name: estimator(name).fit(one, 0))
        theirs, result = clock(lambda name=name: library(name, frame))
        gap = max(abs(fit.estimate[0] - result.overall_att), abs(fit.std_error[0] - result.overall_se))
        if gap > 1e-6:
            raise SystemExit(f"{name} of {n} units: the numbers differ by {gap:.1e}")
        times = f"{ours * 1e3:,.0f} ms | {theirs * 1e3:,.0f} ms | **{theirs / ours:,.0f}×**"
        print(f"| {name} | {n:,} | {times} | {gap:.0e} |", flush=True)


def placebos() -> None:
    """63 provinces, one of them treated: every other one in its place."""
    rng = np.random.default_rng(1)
    y, cohort = rng.normal(size=(63, 18, 1)).cumsum(1), np.r_[10.0, np.full(62, np.inf)]
    sdid.sdid_placebo(y, cohort)
    together, test = clock(lambda: sdid.sdid_placebo(y, cohort))

    def alone():
        others = np.delete(y, 0, 0)
        return np.array([sdid.synthetic_did(others, np.where(np.arange(62) == i, 10.0, np.inf)).effect for i in range(62)])

    one, found = clock(alone)
    if np.abs(found - test.null).max() > 1e-9:
        raise SystemExit("the placebos differ")
    print(f"\n62 placebos of synthetic DiD: {together * 1e3:.0f} ms together, {one * 1e3:.0f} ms one by one, "
          f"{one / together:.0f}×\n")


def growth() -> None:
    """Whole calls, and a permutation test of so few draws that its cost a draw can be told; memory beyond that of the panel."""
    ways = {name: {"estimator": name} for name in ("twfe", *MAKERS, "lp_did")} | {
        "permuted, 99 draws": {"estimator": "twfe", "inference": "ri", "draws": 99}}
    print("| units × periods × outcomes | figures | " + " | ".join(ways) + " |\n|" + "---|" * (len(ways) + 2))
    for n, outcomes in ((63, 1), (63, 200), (1_000, 1), (10_000, 1), (10_000, 20), (10_000, 200)):
        cells = []
        for how in ways.values():
            one = panel(n, outcomes=outcomes)  # anew, so that nothing is known of it
            tracemalloc.start()
            seconds, _ = clock(lambda one=one, how=how: did.estimate(one, **how))
            cells.append(f"{seconds:.2f} s, {tracemalloc.get_traced_memory()[1] / 1e6:,.0f} MB")
            tracemalloc.stop()
            print(cells[-1], file=sys.stderr, flush=True)
        print(f"| {n:,} × 20 × {outcomes} | {one.y.nbytes / 1e6:,.1f} MB | " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if sys.argv[1:] == ["growth"]:
            return growth()
        print("| estimator | units (20 periods) | govlib | diff-diff | ratio | largest difference |\n|---|---|---|---|---|---|")
        for n in (63, 1_000):
            against(n)
        placebos()
        growth()


if __name__ == "__main__":
    main()
