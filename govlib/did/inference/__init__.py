"""Inference for panels of few units: standard errors, bootstrap, permutation, sensitivity, power.

Everything works on arrays ``y (n_units, n_years, n_outcomes)`` and is loaded where it is used.
"""

from __future__ import annotations

import importlib

_LAZY = {
    "crv": "cluster", "panel_crv3": "cluster",
    "wild_bootstrap": "wild",
    "randomization_test": "randomization", "permute": "randomization", "assignments": "randomization",
    "distances": "conley",
    "joint_test": "pretrend",
    "tost": "equivalence",
    "mde": "power", "power_of": "power",
    "relative_magnitudes": "honest", "smoothness": "honest",
    "curve": "spec_curve", "joint_curve_test": "spec_curve",
}
__all__ = sorted(_LAZY)


def __getattr__(name: str):
    # functions named as their module (pretrend.pretrend, conley.conley) are reached through it: an attribute that is now
    # one and now the other would be worse than the longer name
    if name in _LAZY:
        return getattr(importlib.import_module(f"govlib.did.inference.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'govlib.did.inference' has no attribute {name!r}")
