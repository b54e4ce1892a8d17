"""Simulated panels that the inference tests share."""

from __future__ import annotations

import numpy as np
import pandas as pd

N, T, M = 30, 12, 3


def make(seed=0, missing=0.0, n=N, years=T, m=M):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(n, 1, 1)) + rng.normal(size=(n, years, m)).cumsum(1)
    cohort = rng.permutation(np.r_[np.full(n // 6, 4.0), np.full(n // 6, 8.0), np.full(n - 2 * (n // 6), np.inf)])
    d = (np.arange(years) >= cohort[:, None]).astype(float)
    controls = rng.normal(size=(n, years, 3)) + 0.4 * y[:, :, :1]
    if missing:
        y[rng.random(y.shape) < missing] = np.nan
        controls[rng.random(controls.shape) < missing / 4] = np.nan
    return y, d, controls, cohort


def frame(y, d, controls):
    i, t = (a.ravel() for a in np.indices(d.shape))
    columns = {f"y{k}": y[:, :, k].ravel() for k in range(y.shape[2])}
    columns |= {f"c{k}": controls[:, :, k].ravel() for k in range(controls.shape[2])}
    return pd.DataFrame({"i": i, "t": t, "region": i % 5, "d": d.ravel(), **columns})
