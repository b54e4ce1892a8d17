"""The page of operations with its tables, and a made-up form to try it on."""

from __future__ import annotations

from pathlib import Path

from govlib import paths
from govlib.institute.operations import made_up, page
from govlib.institute.operations.form import read


def demo(out: Path) -> list[Path]:
    """A filled form of made-up counts (SYNTHETIC); see :mod:`govlib.institute.operations.made_up`."""
    return made_up.write(Path(out))


def report_folder(path: str | Path) -> Path:
    """``briefings/<year of the last month>/operations``."""
    return paths.briefings() / str(read(path).last // 12) / "operations"


def report(path: Path, lang: str, out: Path) -> list[Path]:
    """The page and its tables as CSV; nothing is written where the form has a problem."""
    return page.write(read(path), lang, Path(out))
