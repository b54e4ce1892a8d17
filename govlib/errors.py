"""Errors that name the place and the way out.

Every error a user can cause derives from :class:`GovlibError`, so that a command line or a notebook can show its
message without a traceback. Messages say what is wrong, where (file, row, column, value) and what to do.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path


class GovlibError(Exception):
    """Base of all errors that a user can cause and mend.

    >>> import govlib
    >>> try:
    ...     govlib.scores('pcx')
    ... except govlib.GovlibError as error:
    ...     print(error)
    unknown index 'pcx'; nearest: pci
    """

    exit_code = 1  # of a command that ends with it: work that failed; a command sets 2 where the call itself is wrong

    def __str__(self) -> str:  # KeyError would print the repr of its argument
        return str(self.args[0]) if self.args else self.__class__.__name__

    def __reduce__(self):  # as it is, to another process: ``args`` is the finished message, which no __init__ here takes
        return type(self).__new__, (type(self),), {**self.__dict__, "args": self.args}


def warn(said: str) -> None:
    """A UserWarning at the line of whoever asked, outside this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("govlib."):
        level, frame = level + 1, frame.f_back
    warnings.warn(said, stacklevel=level)


def short_name(file: str | Path) -> str:
    """How a message names a file: from ``data/raw`` downwards (many indices have a 2019.csv), else its name alone.

    >>> short_name("/somewhere/data/raw/pci/2019.csv"), short_name("/somewhere/form.xlsx")
    ('pci/2019.csv', 'form.xlsx')
    """
    text = os.fspath(file).encode("utf-8", "backslashreplace").decode()  # a name may be no UTF-8, or hold a line break
    parts = Path("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)).parts
    for at in range(len(parts) - 2, 0, -1):
        if parts[at - 1:at + 1] == ("data", "raw"):
            return "/".join(parts[at + 1:])
    return parts[-1] if parts else str(file)


def shown(value: object, most: int = 120) -> str:
    """How a message shows a value: as Python writes it, the end of a long one left out.

    >>> import numpy as np
    >>> shown(np.float64("nan")), shown("x")
    ('nan', "'x'")
    """
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        value = value.item()  # type: ignore[attr-defined]  # a cell of a column: 3, not np.int64(3)
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}…"


# make's targets that a remedy may name; the command has verbs of the same names, but for two
MADE = ("panel", "effects", "pull", "template", "briefings", "briefing", "departments", "compare", "office", "lab", "dashboard",
        "docs", "site", "test", "env")
_MADE = re.compile(rf"(?:rm \S+; )?\bmake ({'|'.join(MADE)})\b((?: [A-Z]+=[^\s,;)]+)*)")


def commands(text: str, windows: bool = sys.platform == "win32") -> str:
    """A message as this system can follow it: on Windows, which has no make, the command that does the same.

    >>> commands("run: make panel, then make template YEAR=2025 INDEX=dti", windows=True)
    'run: py -m govlib panel, then py -m govlib template --year 2025 --index dti'
    """
    def same(found: re.Match[str]) -> str:
        verb = {"effects": "effects --all", "env": "setup"}.get(found[1], found[1])
        settings = [setting.partition("=") for setting in found[2].split()]
        return " ".join(["py -m govlib", verb, *(f"--{name.lower()} {value}" for name, _, value in settings)])
    return _MADE.sub(same, text) if windows else text


class BadInput(GovlibError, ValueError):
    """A file, a cell or a parameter that cannot be used.

    Parameters
    ----------
    problem : what is wrong, one sentence.
    file, row, column, value : where it stands; ``row`` counts as a spreadsheet does, the header being row 1.
    fix : what to do about it.

    >>> from govlib import BadInput
    >>> str(BadInput("not a rank", file="data/raw/pci/2019.csv", row=3, column="rank", value="x", fix="write 1 to 64"))
    "pci/2019.csv, row 3, column rank, value 'x': not a rank → write 1 to 64"
    """

    def __init__(self, problem: str, *, file: str | Path | None = None, row: int | None = None,
                 column: str | None = None, value: object = None, fix: str | None = None):
        self.problem, self.file, self.row, self.column, self.value, self.fix = problem, file, row, column, value, fix
        where = [short_name(file)] if file is not None else []
        where += [f"row {row}"] if row is not None else []
        where += [f"column {column}"] if column is not None else []
        where += [f"value {shown(value)}"] if value is not None else []
        text = (", ".join(where) + ": " if where else "") + problem
        super().__init__(text + (f" → {fix}" if fix else ""))


class UnknownName(GovlibError, KeyError):
    """A name that is not in a registry; carries the nearest candidates, never picks one.

    >>> from govlib import UnknownName, provinces
    >>> try:
    ...     provinces.resolve('Bac Nin')
    ... except UnknownName as error:
    ...     print(error.nearest)
    ('Bắc Ninh (bac-ninh)', 'Bắc Giang (bac-giang)', 'Bắc Kạn (bac-kan)')
    """

    def __init__(self, kind: str, name: object, nearest: Iterable[str] = (), *, file: str | Path | None = None,
                 row: int | None = None):
        self.kind, self.name, self.nearest, self.file, self.row = kind, name, tuple(nearest), file, row
        where = short_name(file) + (f", row {row}" if row is not None else "") + ": " if file is not None else ""
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        super().__init__(f"{where}unknown {kind} {shown(name)}{hint}")


class NotEstimable(GovlibError, ValueError):
    """An effect that the data cannot identify; ``reason`` completes "not estimable, because …".

    >>> from govlib import NotEstimable
    >>> str(NotEstimable("no province is treated in these years"))
    'not estimable, because no province is treated in these years'
    """

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(f"not estimable, because {reason}")


class MissingData(GovlibError, FileNotFoundError):
    """A generated or fetched file that is not there, or is damaged; says which command makes it.

    >>> from govlib import MissingData
    >>> str(MissingData("/folder/scores.parquet", "make panel")).partition(" (")[0]
    'scores.parquet is not there → run: make panel'
    """

    def __init__(self, path: str | Path, make: str, wrong: str = "is not there"):
        self.path, self.make, self.wrong = Path(path), make, wrong
        root = os.environ.get("GOVLIB_ROOT")
        where = f" (looked in {self.path.parent}; GOVLIB_ROOT {f'is {root}' if root else 'names another project folder'})"
        super().__init__(f"{self.path.name} {wrong} → run: {commands(make)}{where}")
