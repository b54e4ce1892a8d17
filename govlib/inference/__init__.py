"""Inference for panels of few provinces: standard errors, bootstrap, permutation, sensitivity, power.

Everything works on arrays ``y (n_units, n_years, n_outcomes)`` and is loaded where it is used.
"""

from __future__ import annotations

import importlib

_LAZY = {
    "crv": "cluster", "panel_crv3": "cluster",
    "wild_bootstrap": "wild",
    "randomization_test": "randomization", "permute": "randomization", "assignments": "randomization",
    "conley": "conley",
    "joint_test": "pretrend", "pretrend": "pretrend",
    "tost": "equivalence",
    "mde": "power", "power_of": "power",
    "relative_magnitudes": "honest", "smoothness": "honest",
    "curve": "spec_curve", "joint_curve_test": "spec_curve",
}
__all__ = sorted(_LAZY)


def __getattr__(name: str):
    # a submodule and a function may share a name (pretrend, conley): the module is reached by
    # `from govlib.inference.pretrend import ...`, the attribute of the package is left to Python
    if name in _LAZY:
        return getattr(importlib.import_module(f"govlib.inference.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'govlib.inference' has no attribute {name!r}")
