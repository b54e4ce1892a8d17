"""Where things are. Functions, not constants, so that ``GOVLIB_ROOT`` can point a test or a worker elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """The project's folder: ``GOVLIB_ROOT``, else the nearest folder above the working one with ``data/raw`` and
    ``notebooks``, else the folder the package was installed from: of a wheel the figures that travel in it.

    >>> from govlib import paths
    >>> (paths.root() / "data" / "raw").is_dir()
    True
    """
    if given := os.environ.get("GOVLIB_ROOT"):
        return Path(given).resolve()
    folder, above = "", os.getcwd()  # as text: asked thousands of times by one build
    while folder != above:
        folder, above = above, os.path.dirname(above)
        if os.path.isdir(os.path.join(folder, "data", "raw")) and os.path.isdir(os.path.join(folder, "notebooks")):
            return Path(folder)
    shipped = _PACKAGE / "shipped"
    return shipped if shipped.is_dir() else _PACKAGE.parent


def is_project() -> bool:
    """Whether the whole project lies at :func:`root`, so that things can be made; an installed wheel only answers questions."""
    return notebooks().is_dir()


def package() -> Path:
    """The folder of the installed package (its rooms lie here)."""
    return _PACKAGE


def python_path() -> str:
    """The PYTHONPATH of a process that is to find this very package, wherever it lies, before one that is installed."""
    return os.pathsep.join(filter(None, (str(_PACKAGE.parent), os.environ.get("PYTHONPATH"))))


def reference() -> Path:
    return _PACKAGE / "known" / "reference"


def raw() -> Path:
    """Published figures as received: ``data/raw/<index>/<edition>.csv`` with a sidecar each.

    >>> from govlib import paths
    >>> paths.raw().name
    'raw'
    """
    return root() / "data" / "raw"


def originals() -> Path:
    """Publishers' own files as fetched by ``make pull``; git-ignored."""
    return raw() / "originals"


def inbox() -> Path:
    return raw() / "inbox"


def processed() -> Path:
    """Generated tables; ``GOVLIB_PROCESSED`` overrides.

    >>> from govlib import paths
    >>> paths.processed().joinpath("scores.parquet").suffix
    '.parquet'
    """
    given = os.environ.get("GOVLIB_PROCESSED")
    return Path(given).resolve() if given else root() / "data" / "processed"


def estimates() -> Path:
    return processed() / "estimates"


def notebooks() -> Path:
    return root() / "notebooks"


def briefings() -> Path:
    """Finished pages; ``GOVLIB_BRIEFINGS`` overrides."""
    given = os.environ.get("GOVLIB_BRIEFINGS")
    return Path(given).resolve() if given else root() / "briefings"
