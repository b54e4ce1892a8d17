"""Next year's edition by hand: a form with the right provinces and components, and its intake.

:func:`template` writes the form (CSV and Excel). Staff fill it and put it into ``data/raw/inbox``. :func:`intake` checks
every cell and either turns the form into ``data/raw/<index>/<year>.csv`` with sidecar and catalogue entry, or leaves
everything as it was and says file, row, column, value and what to do, all at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from govlib.collect.inbox.check import Checked, check_form, examine
from govlib.collect.inbox.form import SCORES, SOURCE, WHY_EMPTY, columns, read_form, template
from govlib.collect.inbox.journal import recover
from govlib.collect.inbox.take_in import Accepted, intake, local_sources, waiting
from govlib.words.tables import language, phrase

__all__ = ["SCORES", "SOURCE", "WHY_EMPTY", "Accepted", "Checked", "check_form", "columns", "examine", "intake",
           "local_sources", "main", "read_form", "recover", "template", "waiting"]


def main(argv: Sequence[str] | None = None) -> int:
    """``govlib template --index pci --year 2025``"""
    ask = argparse.ArgumentParser(prog="govlib template", description="Write the form of an edition, as CSV and Excel.")
    ask.add_argument("--index", required=True, help="pci, papi, par, sipas, dti, ict or pgi")
    ask.add_argument("--year", required=True, type=int, help="the edition, e.g. 2025")
    ask.add_argument("--double", action="store_true", help="two forms, for two people: the intake compares what they typed")
    ask.add_argument("--out", type=Path, help="folder (default: data/raw/inbox/templates)")
    given = ask.parse_args(argv)
    for path in template(given.index, given.year, given.out, given.double):
        print(path)
    print(phrase("told.fill_both" if given.double else "told.fill_one", language()))
    return 0
