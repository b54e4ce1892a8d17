"""Inference for panels of few units: standard errors, bootstrap, permutation, sensitivity, power.

Everything works on arrays ``y (n_units, n_years, n_outcomes)`` and is loaded where it is used.
"""

from __future__ import annotations

import importlib

# name -> module. Functions named as their module (pretrend.pretrend, conley.conley) are reached through it: an attribute that is
# now one and now the other would be worse than the longer name
FRONT_DOOR = {
    **dict.fromkeys(("crv", "panel_crv3"), "govlib.did.inference.cluster"),
    **dict.fromkeys(("randomization_test", "permute", "assignments"), "govlib.did.inference.randomization"),
    **dict.fromkeys(("mde", "power_of"), "govlib.did.inference.power"),
    **dict.fromkeys(("relative_magnitudes", "smoothness"), "govlib.did.inference.honest"),
    **dict.fromkeys(("curve", "joint_curve_test"), "govlib.did.inference.spec_curve"),
    "wild_bootstrap": "govlib.did.inference.wild", "distances": "govlib.did.inference.conley",
    "joint_test": "govlib.did.inference.pretrend", "tost": "govlib.did.inference.equivalence",
}
__all__ = sorted(FRONT_DOOR)


def __getattr__(name: str):
    if name in FRONT_DOOR:
        return getattr(importlib.import_module(FRONT_DOOR[name]), name)
    raise AttributeError(f"module 'govlib.did.inference' has no attribute {name!r}")


def __dir__() -> list[str]:  # what a notebook completes
    return sorted({*globals(), *__all__})
