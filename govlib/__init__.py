"""Vietnam's provincial governance indices: published figures, reform actions, effects, briefings.

One line asks a question:

>>> import govlib
>>> govlib.scores("pci", components="time_costs", provinces="bac-ninh", years=[2019])["score"].round(2).tolist()
[7.23]

Everything is loaded where it is used, so that ``import govlib`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from govlib.errors import BadInput, GovlibError, MissingData, NotEstimable, UnknownName

__version__ = "0.1.0"

# public name -> module that holds it
_LAZY = {name: "govlib.data" for name in ("scores", "wide", "controls", "coverage", "estimates")}
_MODULES = {"catalogue", "charts", "comparisons", "departments", "effects", "explore", "indices", "inference", "institute",
            "maps", "multiple_testing", "panel", "paths", "provinces", "reforms", "targets", "validity", "wording"}

__all__ = ["BadInput", "GovlibError", "MissingData", "NotEstimable", "UnknownName", "__version__", *_LAZY, *sorted(_MODULES)]

if TYPE_CHECKING:
    from govlib import reforms  # noqa: F401
    from govlib.data import controls, coverage, estimates, scores, wide  # noqa: F401


def __getattr__(name: str):
    # `govlib.reforms` is a module that can be called: the registry of actions and the one-line question in one name
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"govlib.{name}")
    raise AttributeError(f"module 'govlib' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
