"""In which language the command speaks, and its errors in it: ``govlib --lang vi``, ``GOVLIB_LANG``, else the system's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TextIO

from govlib.errors import BadInput, GovlibError, UnknownName, commands
from govlib.words.tables import language, phrase

__all__ = ["any_letters", "error", "exit_code", "file_error", "language", "said", "warned"]

LOCKED = 32, 33  # of Windows: another program, Excel mostly, holds the file


def any_letters() -> None:
    """Let stdout and stderr print any letter: a Windows console's code page (1258, 1252) has no precomposed ắ, and would raise."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a notebook's has none, and needs none
            kept = {} if os.environ.get("PYTHONIOENCODING") else {"encoding": "utf-8"}
            stream.reconfigure(errors="backslashreplace", **kept)


def said(text: str, lang: str) -> str:
    """A message that another process has put together, in English."""
    from govlib.forms import problems  # only where something is wrong

    return text if lang == "en" else problems.message(text)


def error(problem: GovlibError, lang: str) -> str:
    """An error's message."""
    from govlib.forms import problems  # only where something is wrong

    return commands(problems.told(problem, lang))


def exit_code(problem: GovlibError) -> int:
    """2 where the call itself is wrong: a name or a value that is none, a file that is not there. What is wrong in a file, or with
    the work (an error of a kind of its own), is not the call's: 1."""
    wrong = type(problem) in (BadInput, UnknownName) and not hasattr(problem, "problems")
    file = getattr(problem, "file", None)
    return 2 if wrong and (file is None or not Path(file).exists()) else problem.exit_code


def warned(message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None,
           line: str | None = None) -> None:
    """In the place of Python's own way to show a warning: the sentence alone of what is ours, with its place what is not."""
    place = "" if category is UserWarning else f"{filename}:{lineno}: {category.__name__}: "
    print(f"{place}{said(str(message), language())}", file=sys.stderr)


def file_error(problem: OSError, lang: str) -> str:
    """A full disk, a read-only folder, a file that Excel holds open: nothing a traceback would explain better."""
    file = problem.filename2 or problem.filename or ""  # of a move the place where it was to go: what moves is a file of ours
    held = isinstance(problem, PermissionError) and (getattr(problem, "winerror", None) in LOCKED
                                                     or str(file).lower().endswith((".xlsx", ".xls", ".csv")))
    why = phrase("told.open_elsewhere", lang) if held else said(problem.strerror or str(problem), lang)
    return f"{why}{f': {file}' if file else ''}"
