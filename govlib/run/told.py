"""In which language the command speaks, and its errors in it: ``govlib --lang vi``, ``GOVLIB_LANG``, else the system's own."""

from __future__ import annotations

import os
import sys

from govlib.errors import GovlibError, commands
from govlib.words.tables import language, phrase

__all__ = ["any_letters", "error", "file_error", "language", "said"]

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


def file_error(problem: OSError, lang: str) -> str:
    """A full disk, a read-only folder, a file that Excel holds open: nothing a traceback would explain better."""
    held = isinstance(problem, PermissionError) and (getattr(problem, "winerror", None) in LOCKED
                                                     or str(problem.filename or "").lower().endswith((".xlsx", ".xls", ".csv")))
    why = phrase("told.open_elsewhere", lang) if held else said(problem.strerror or str(problem), lang)
    return f"{why}{f': {problem.filename}' if problem.filename else ''}"
