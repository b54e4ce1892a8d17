"""May the past of all provinces stand beside their present, so that one treated province can have a p-value under 1/63?

    python benchmarks/one_province.py

The placebo in space and in time: a province's mean of the six editions after its start, less that of the five before, over its
noise, among the same of every province at every earlier start (63 × 6, so the smallest p is 1/378); alone, and summed in squares
over four components. Exact if provinces are exchangeable once scaled and the noise is stationary. Prints the table of the section
"One treated province" in ``docs/simulation_report.md``.
"""

from __future__ import annotations

import numpy as np

from govlib.did.inference.noise import measure
from govlib.effects import stress

START, BEFORE, EARLIEST, PANELS = stress.STARTS[1][0], 5, 3, 1500


def rejections(case: stress.Case, components: int) -> list[float]:
    """Share of panels without any effect in which p is at most .05, .01 and .005; and at most .05 in space alone."""
    y, cohort = case.panels(PANELS * components, seed=1)
    row, after = int(np.flatnonzero(np.isfinite(cohort))[0]), stress.EDITIONS - START
    noise = measure(y, np.arange(stress.EDITIONS) >= cohort[:, None], stress.REGIONS)
    off = (y - y.mean(0)) / noise.sd[:, None, :]
    steps = np.stack([off[:, s:s + after].mean(1) - off[:, max(0, s - BEFORE):s].mean(1) for s in range(EARLIEST, START + 1)], 1)
    size = (steps.reshape(*steps.shape[:2], PANELS, components) ** 2).sum(3)
    own = size[row, -1]
    p, space = (size >= own).mean((0, 1)), (size[:, -1] >= own).mean(0)
    return [*(float((p <= level).mean()) for level in (0.05, 0.01, 0.005)), float((space <= 0.05).mean())]


def main() -> None:
    print("| components | who | regional | memory | ≤ .05 | ≤ .01 | ≤ .005 | in space alone ≤ .05 |\n" + "|---" * 8 + "|")
    for components in (1, 4):
        for who in stress.WHO:
            for regional in (0.16, 0.40):
                for memory in (0.3, 0.7):
                    found = rejections(stress.Case(1, who, regional, memory), components)
                    shares = " | ".join(f"{x:.3f}" for x in found)
                    print(f"| {components} | {who} | {regional:.2f} | {memory:.1f} | {shares} |")


if __name__ == "__main__":
    main()
