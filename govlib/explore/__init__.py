"""For people at the keyboard: look, compare, plan, check. Each view is one line, with or without the widgets.

>>> from govlib import explore
>>> explore.trend("pci", "time_costs", ["bac-ninh"], 2017, 2019).table[["year", "bac-ninh"]].round(2).iloc[-1].tolist()
[2019.0, 7.23]

``explorer()``, ``planner()``, ``effects_picker()`` and ``validity_panel()`` are the same as widgets (JupyterLab, Voilà).
"""

from __future__ import annotations

import importlib

_WHERE = {"trend": "views", "distribution": "views", "rank_change": "views", "compare": "views", "correlation": "views",
          "Shown": "shown", "explorer": "indices", "planner": "plan_page", "effects_picker": "effects",
          "validity_panel": "validity", "meaningful_change": "validity"}
_MODULES = ("effects", "indices", "plan", "validity", "views")
__all__ = sorted([*_WHERE, *_MODULES])


def __getattr__(name: str):
    if name in _WHERE:
        return getattr(importlib.import_module(f"govlib.explore.{_WHERE[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"govlib.explore.{name}")
    raise AttributeError(f"module 'govlib.explore' has no attribute {name!r}; there are {', '.join(__all__)}")


def __dir__():
    return __all__
