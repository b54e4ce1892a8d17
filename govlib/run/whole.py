"""What a verb needs first, made where it is old; make asks here too (``python -m govlib.run.whole panel estimates``).

A stage is old where its stamp or a table is not there, where a form waits in the inbox, or where what it hangs on
(:mod:`govlib.ledger`) is not, byte for byte, what its stamp says that it was made from. Times tell nothing: a file that is moved
or copied keeps its own, and one that was removed has none.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from govlib import files, paths
from govlib.errors import BadInput, GovlibError
from govlib.ledger import Ledger, lock, roots

WRITES = ("data/processed",)  # stamps, and whether tables are there
# tables under data/processed without which a stage is old; those of single reforms are not looked for
TABLES = {"panel": ("scores.parquet", "scores.csv", "controls.parquet", "why_missing.parquet", "coverage.parquet",
                    "reform_panel.parquet", "composite_check.parquet", "rank_check.parquet", "rejected_rows.csv"),
          "estimates": ("pooled_effects.parquet", "settled_effects.parquet")}
# stage -> (stamp under data/processed, the verb that makes it, stages before it)
MADE_BY: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "panel": (".panel", ("panel",), ()), "estimates": ("estimates/.done", ("effects", "--all"), ("panel",))}
NEEDS = {"briefing": ("panel", "estimates"), "briefings": ("panel", "estimates"), "test": ("panel", "estimates"), "lab": ("panel",),
         "dashboard": ("panel",), "docs": ("panel",), "office": ("panel", "estimates"), "compare": ("panel", "estimates"),
         "departments": ("panel", "estimates"), "site": ("panel",), "bench": ("panel",), "effects": ("panel",)}
NOWHERE = "change into the project's folder, or set GOVLIB_ROOT to it (it holds data/raw and notebooks)"


def in_project() -> None:
    """Raises BadInput where there is no project to make things in: an installed wheel only answers questions."""
    if not paths.is_project():
        raise BadInput("the project is not here", value=str(paths.root()), fix=NOWHERE)


def stamp(stage: str) -> Path:
    return paths.processed() / MADE_BY[stage][0]


def made_from(stage: str) -> str:
    """One digest of all that a stage is made from, as it lies there now; of the stage before by its stamp."""
    known, begins = Ledger(paths.processed() / ".digests.json"), roots(stage)
    code, data = known.hangs_on(*begins)
    tables, forms = paths.processed(), paths.inbox()
    own = [path for path in data if not path.is_relative_to(tables) and path.parent != forms]
    before = [mark for mark in map(stamp, MADE_BY[stage][2]) if mark.is_file()]
    found = known.together({*begins, *code, *lock(), *own, *before})
    known.save()
    return found


def waits() -> bool:
    """Whether a form lies in the inbox; what :func:`govlib.collect.inbox.waiting` lists, without the readers of workbooks."""
    return paths.inbox().is_dir() and any(path.name != "README.md" and not path.name.startswith((".", "~$"))
                                          for path in paths.inbox().iterdir() if path.is_symlink() or not path.is_dir())


def is_old(stage: str) -> bool:
    """Whether a stage has to be made (again)."""
    if stage == "panel" and waits() or not all((paths.processed() / name).is_file() for name in TABLES[stage]):
        return True
    try:
        return stamp(stage).read_bytes() != made_from(stage).encode()
    except FileNotFoundError:  # no stamp, or another call has just begun to make what was being looked at
        return True


@contextlib.contextmanager
def making(stage: str) -> Iterator[None]:
    """Sets a stage's stamp to what it was made from as the block began: what is saved meanwhile makes it old again. A block that
    fails leaves none: what it has written by then is of no state of the data."""
    begun = made_from(stage)
    stamp(stage).unlink(missing_ok=True)
    yield
    files.write(stamp(stage), begun)


def make(stages: Sequence[str]) -> None:
    """Make those that are old. Raises GovlibError where that fails; the command itself has said why."""
    for stage in stages:
        if not is_old(stage):
            continue
        with files.alone(paths.root() / ".build"):  # of two calls at once the second finds it made
            command = MADE_BY[stage][1]
            # by this very package: another one in the folder would leave the stamp of its own code
            env = os.environ | {"GOVLIB_MADE": "1", "PYTHONPATH": paths.python_path()}
            # what it says is no answer to the call before which it is made: that may be read by a program
            if is_old(stage) and subprocess.run([sys.executable, "-P", "-m", "govlib", *command], cwd=paths.root(), check=False,
                                                stdout=sys.stderr, env=env).returncode:
                raise GovlibError(f"govlib {' '.join(command)} failed, and nothing more was made")


def ahead(verb: str, year: object = None, stages: Sequence[str] | None = None) -> None:
    """Make what a verb needs (or only ``stages`` of it) and is old, once its call is known to be right; nothing where GOVLIB_MADE
    says that it is all there, other tables are read, or neither the panel that there is nor what it is made from has figures of
    this ``year``: the verb says so at once."""
    from govlib.run.jobs import years_with_data  # asked for the figures, once the call is right: a heavy room

    if not paths.is_project() or os.environ.get("GOVLIB_MADE") or os.environ.get("GOVLIB_PROCESSED"):
        return
    nowhere = isinstance(year, int) and not waits() and not any(paths.raw().glob(f"*/{year}.csv"))
    if not nowhere or not (paths.processed() / "scores.parquet").is_file() or year in years_with_data():
        make(NEEDS[verb] if stages is None else stages)


if __name__ == "__main__":  # make panel, make effects
    try:
        make(sys.argv[1:])
    except GovlibError:  # the command has said why
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
