"""Charts of a briefing: ``draw`` → matplotlib Figure (``form="svg"``: SVG text), ``alt`` → its text, ``table`` → the numbers.

Each module takes a DataFrame in one stated shape and reads no file. Titles are not drawn: the page sets the finding above
the figure, as text. Roles (province, peer, region, nation) differ in dash, mark and weight as well as in colour.
"""

from __future__ import annotations

__all__ = ["effects", "gap", "heatmap", "multiples", "places", "slope", "spine", "strip", "tiles", "trend", "waterfall"]


def __getattr__(name: str):
    if name in __all__:
        import importlib

        return importlib.import_module(f"govlib.publish.charts.{name}")
    raise AttributeError(f"module 'govlib.publish.charts' has no attribute {name!r}")


def __dir__() -> list[str]:  # what a notebook completes
    return sorted({*globals(), *__all__})
