"""Estimators, one a module. A new one is a new file here with a function under `govlib.did.base.register`."""

from __future__ import annotations

import importlib
import pkgutil

from govlib.did.base import ESTIMATORS

# every module of this folder whose name does not start with an underscore registers its estimators
for _module in pkgutil.iter_modules(__path__):
    if not _module.name.startswith("_"):
        importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["ESTIMATORS"]
