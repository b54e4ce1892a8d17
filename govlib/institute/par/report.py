"""The page of the self-scoring with its tables, and a made-up form to try it on."""

from __future__ import annotations

from pathlib import Path

from govlib import paths
from govlib.institute.par import made_up, page
from govlib.institute.par.form import read


def demo(out: Path) -> list[Path]:
    """A filled form with made-up criteria and scores (SYNTHETIC); see :mod:`govlib.institute.par.made_up`."""
    return made_up.write(Path(out))


def report_folder(path: str | Path) -> Path:
    """``briefings/<edition>/par_scoring``."""
    return paths.briefings() / str(read(path).edition) / "par_scoring"


def report(path: Path, lang: str, out: Path) -> list[Path]:
    """The page and its tables as CSV; nothing is written where the form has a problem."""
    return page.write(read(path), lang, Path(out))
