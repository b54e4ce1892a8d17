"""Estimators, one a module. A new one is a new file here with a function under `govlib.did.base.register`."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import every module of this folder whose name does not start with an underscore, which registers its estimators."""
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{__name__}.{module.name}")
