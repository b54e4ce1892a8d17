"""Effects of something that units of a panel begin to do at different times: estimators, inference, one table of results.

Any panel: countries, districts, shops; years, quarters, months. Nothing here knows where the numbers come from.

>>> from govlib import did
>>> sorted(did.ESTIMATORS)[:3]
['callaway_santanna', 'dose', 'first_differences']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

# name -> module, loaded where it is used
FRONT_DOOR = {
    **dict.fromkeys(("RESULT_COLUMNS", "Fit", "register"), "govlib.did.base"),
    **dict.fromkeys(("Panel", "from_arrays"), "govlib.did.panel"),
    "ESTIMATORS": "govlib.did.estimators", "decompose": "govlib.did.bacon", "estimate": "govlib.did.engine",
}
__all__ = sorted(FRONT_DOOR)

if TYPE_CHECKING:
    from govlib.did.bacon import decompose  # noqa: F401
    from govlib.did.base import RESULT_COLUMNS, Fit, register  # noqa: F401
    from govlib.did.engine import estimate  # noqa: F401
    from govlib.did.estimators import ESTIMATORS  # noqa: F401
    from govlib.did.panel import Panel, from_arrays  # noqa: F401


def __getattr__(name: str):
    if name in FRONT_DOOR:
        return getattr(importlib.import_module(FRONT_DOOR[name]), name)
    raise AttributeError(f"module 'govlib.did' has no attribute {name!r}")


def __dir__() -> list[str]:  # what a notebook completes
    return sorted({*globals(), *__all__})
