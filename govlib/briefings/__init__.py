"""One briefing a province, year and language: papermill runs the notebook, nbconvert makes the page.

``build`` and ``build_all`` live in :mod:`govlib.briefings.driver`; they are looked up there on first use, so that a
notebook that only wants :mod:`govlib.briefings.show` pays for nothing else.
"""

from __future__ import annotations

__all__ = ["build", "build_all", "main"]


def __getattr__(name: str):
    if name in __all__:
        # import_module hands back the submodule `build`, never the function of that name
        import importlib

        return getattr(importlib.import_module("govlib.briefings.driver"), name)
    raise AttributeError(f"module 'govlib.briefings' has no attribute {name!r}")
