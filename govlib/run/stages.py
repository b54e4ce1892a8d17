"""Stages 1 and 2 of the data flow, as `make panel` runs them: the inbox taken in, then notebooks 1 and 2 by papermill.

The executed notebooks stay under ``data/processed/notebooks``, so that whoever doubts a number can read how it came about.
A notebook that fails leaves what there is of it, named ``*.failed.ipynb``, and the previous tables untouched.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from govlib import files, paths
from govlib.errors import GovlibError
from govlib.run import drift, whole
from govlib.words.tables import language, phrase

STAGES = ("1_collect_indices", "2_build_panel")


def run_stage(name: str, parameters: Mapping[str, Any] | None = None) -> Path:
    """Execute ``notebooks/<name>.ipynb`` and keep the executed copy; returns its path.

    Raises
    ------
    BadInput
        A parameter does not fit the notebook.
    GovlibError
        A cell failed; the message says which and where the notebook with its error is.
    """
    import nbformat

    from govlib.run.notebook import RunFailed, execute  # loads papermill

    shelf = paths.processed() / "notebooks"
    shelf.mkdir(parents=True, exist_ok=True)
    target, failed = shelf / f"{name}.ipynb", shelf / f"{name}.failed.ipynb"
    with files.scratch(shelf, f".{name}-") as folder:
        part = folder / "executed.ipynb"
        try:
            run = execute(paths.notebooks() / f"{name}.ipynb", parameters or {}, folder, kernel="python3")
        except RunFailed as error:
            where = ""
            if error.notebook is not None:
                nbformat.write(error.notebook, part)
                files.move(part, failed)
                where = f" → read {_shown(failed)}"
            raise GovlibError(f"{name}: {error.reason}{_listed(error)}{where}") from error
        nbformat.write(run.notebook, part)
        files.move(part, target)
    failed.unlink(missing_ok=True)
    return target


def _shown(path: Path) -> str:
    """From the project's folder on, in full where it lies elsewhere: on Windows no way leads from one drive to another."""
    return str(path.relative_to(paths.root()) if path.is_relative_to(paths.root()) else path)


def _listed(error: Any) -> str:
    """The list behind "3 problems:", which a runner's reason, one line long, leaves out."""
    if not error.reason.endswith("problems:"):
        return ""
    _, _, rest = error.details.rpartition("problems:\n")
    listed = [line.rstrip() for line in rest.splitlines() if re.match(r"\s+\d+\. ", line)]
    return "\n" + "\n".join(listed) + "\n " if listed else ""


def main(argv: Sequence[str] | None = None) -> int:
    ask = argparse.ArgumentParser(prog="govlib panel", description="Take in the inbox, then collect and build the panel "
                                  "(notebooks 1 and 2 through papermill).")
    ask.add_argument("--json", action="store_true", help="print what was taken in and built as JSON")
    given = ask.parse_args(argv)

    from govlib.collect import inbox  # loads the readers of workbooks

    lang, taken = language(), inbox.intake()
    for form in taken:
        print(form.told(lang), file=sys.stderr)
    done = {}
    with whole.making("panel"):  # from here on: what the intake has just written is taken in
        for name in STAGES:
            start = time.perf_counter()
            target = run_stage(name, {"language": lang})
            done[name] = round(time.perf_counter() - start, 1)
            if not given.json:
                print(f"{name}: {round(done[name])} {phrase('told.seconds', lang)} → {_shown(target)}")
    if (draft := drift.tell()) and not given.json:
        print(phrase("drift.written", lang, file=_shown(draft)))
    if given.json:
        print(json.dumps({"taken_in": [str(form) for form in taken], "seconds": done}, ensure_ascii=False))
    return 0
