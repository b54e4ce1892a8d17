"""Effects of reforms on governance scores: estimators, inference, and what may be said about them.

>>> from govlib import effects
>>> sorted(effects.ESTIMATORS)[:3]
['callaway_santanna', 'dose', 'first_differences']

`estimate` runs one specification, `run_all` every reform × index. An estimator is one file in ``estimators/``.
"""

from __future__ import annotations

from govlib.did import estimators as _estimators
from govlib.did.bacon import decompose
from govlib.did.base import ESTIMATORS, RESULT_COLUMNS, Fit, register
from govlib.effects.engine import estimate, from_sample
from govlib.effects.sample import Sample, build, from_arrays

_estimators.load()

__all__ = ["ESTIMATORS", "RESULT_COLUMNS", "Fit", "Sample", "build", "decompose", "estimate", "from_arrays", "from_sample",
           "grade", "main", "register", "run_all", "sentence"]

_LATER = {"sentence": "report", "grade": "report", "run_all": "runner", "main": "command"}


def __getattr__(name: str):
    if name in _LATER:
        import importlib

        return getattr(importlib.import_module(f"govlib.effects.{_LATER[name]}"), name)
    raise AttributeError(f"module 'govlib.effects' has no attribute {name!r}")
