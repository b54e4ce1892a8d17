"""The imputation estimate as plain linear algebra, for the thousands of refits of a permutation test.

The point estimate is that of `diff_diff.ImputationDiD` and of Gardner's two stages; standard errors are theirs to give.
"""

from __future__ import annotations

import numpy as np


def att(y: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Mean effect (K,) over exposed cells, province and edition effects taken from unexposed cells.

    y : (N, T, K), NaN missing, the same cells for all K.   d : (N, T), nonzero where exposed.

    Exposed cells whose province has no unexposed cell, or whose edition has none, cannot be imputed and are left out;
    NaN where none is left.
    """
    seen = np.isfinite(y).all(2)
    clean = seen & (d == 0)
    m = clean.astype(float)
    count = m.sum(1, keepdims=True)
    base = np.where(clean[:, :, None], y, 0.0)
    own = base.sum(1, keepdims=True) / np.maximum(count, 1)[:, :, None]
    total = np.diag(m.sum(0)) - (m / np.maximum(count, 1)).T @ m
    edition = np.linalg.pinv(total, rcond=1e-10, hermitian=True) @ ((base - own) * m[:, :, None]).sum(0)
    province = ((base - edition) * m[:, :, None]).sum(1, keepdims=True) / np.maximum(count, 1)[:, :, None]
    use = seen & (d != 0) & (count > 0) & (m.sum(0) > 0)[None, :]
    if not use.any():
        return np.full(y.shape[2], np.nan)
    return (y - province - edition)[use].mean(0)
