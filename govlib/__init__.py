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

# the one-line questions, and who answers them
QUESTIONS = {**dict.fromkeys(("scores", "wide", "controls", "coverage", "estimates", "reforms", "why"), "govlib.panel.data"),
             **dict.fromkeys(("rank", "changes", "adoption", "target"), "govlib.reading.questions"),
             "nowcast": "govlib.reading.nowcast", "search": "govlib.known.names", "map": "govlib.publish.maps"}
# name -> module: what people at a keyboard import as `from govlib import provinces`, without knowing on which floor it lives
FRONT_DOOR = {
    **{name: f"govlib.panel.{name}" for name in ("data", "gaps")},
    **{name: f"govlib.known.{name}" for name in ("catalogue", "departments", "indices", "provinces")},
    **{name: f"govlib.collect.{name}" for name in ("collected", "inbox", "locators", "pull")},
    **{name: f"govlib.reading.{name}" for name in ("comparisons", "findings", "targets", "thresholds", "validity")},
    **{name: f"govlib.did.{name}" for name in ("inference", "multiple_testing")},
    **{name: f"govlib.publish.{name}" for name in ("charts", "maps")},
    **{name: f"govlib.{name}" for name in ("did", "effects", "explore", "institute", "panel", "paths")},
    "params": "govlib.run.params", "wording": "govlib.words.wording",
}

# without govlib.map: `from govlib import *` must leave Python's own alone
__all__ = ["BadInput", "GovlibError", "MissingData", "NotEstimable", "UnknownName", "__version__",
           *(name for name in QUESTIONS if name != "map"), *sorted(FRONT_DOOR)]

if TYPE_CHECKING:
    from govlib.known.names import search  # noqa: F401
    from govlib.panel.data import controls, coverage, estimates, reforms, scores, why, wide  # noqa: F401


def __getattr__(name: str):
    if name in QUESTIONS:
        return getattr(importlib.import_module(QUESTIONS[name]), name)
    if name in FRONT_DOOR:
        return importlib.import_module(FRONT_DOOR[name])
    raise AttributeError(f"module 'govlib' has no attribute {name!r}")


def __dir__():
    return sorted({*__all__, *QUESTIONS})
