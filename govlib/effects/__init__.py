"""Effects of reforms on governance scores: a question of this project's panel, put to `govlib.did`, and what may be said.

>>> from govlib import effects
>>> sorted(effects.ESTIMATORS)[:3]
['callaway_santanna', 'dose', 'first_differences']

`estimate` runs one specification, `run_all` every reform × index. Names are loaded where they are used: a page that quotes
estimates loads no estimator.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

# name -> module
FRONT_DOOR = {
    **dict.fromkeys(("ESTIMATORS", "RESULT_COLUMNS", "Fit", "decompose", "from_arrays", "register"), "govlib.did"),
    **dict.fromkeys(("estimate", "from_sample"), "govlib.effects.engine"),
    **dict.fromkeys(("Sample", "build"), "govlib.effects.sample"),
    **dict.fromkeys(("etable", "export"), "govlib.effects.handin"),
    **dict.fromkeys(("placebo_date", "spillovers"), "govlib.effects.tables"),
    "after_the_end": "govlib.effects.ends", "line": "govlib.effects.lines", "measurement": "govlib.effects.survey_noise",
    "grade": "govlib.did.grades", "register_reform": "govlib.known.own_reforms", "run_all": "govlib.effects.runner",
    "sentence": "govlib.effects.report",
}
# tables beside the estimates, asked for by their module: effects.tables.spec_curve(…)
MODULES = ("pooled", "simulate", "stress", "study", "tables")
__all__ = sorted((*FRONT_DOOR, *MODULES))

if TYPE_CHECKING:
    from govlib.did import ESTIMATORS, RESULT_COLUMNS, Fit, decompose, from_arrays, register  # noqa: F401
    from govlib.did.grades import grade  # noqa: F401
    from govlib.effects.ends import after_the_end  # noqa: F401
    from govlib.effects.engine import estimate, from_sample  # noqa: F401
    from govlib.effects.handin import etable, export  # noqa: F401
    from govlib.effects.lines import line  # noqa: F401
    from govlib.effects.report import sentence  # noqa: F401
    from govlib.effects.runner import run_all  # noqa: F401
    from govlib.effects.sample import Sample, build  # noqa: F401
    from govlib.effects.tables import placebo_date, spillovers  # noqa: F401
    from govlib.known.own_reforms import register_reform  # noqa: F401


def __getattr__(name: str):
    if name in FRONT_DOOR:
        return getattr(importlib.import_module(FRONT_DOOR[name]), name)
    if name in MODULES:
        return importlib.import_module(f"govlib.effects.{name}")
    raise AttributeError(f"module 'govlib.effects' has no attribute {name!r}")


def __dir__() -> list[str]:  # what a notebook completes
    return sorted({*globals(), *__all__})
