"""Text that a spreadsheet program would run: recognised when a file is read, made harmless when one is written."""

from __future__ import annotations

import re

_STARTS = re.compile(r"[\s\u200b\ufeff]*[=+\-@|%＝＋－＠]|[\t\r\n]")
_FIGURE = re.compile(r"[-+]?[0-9]+([.,][0-9]+)?([eE][-+]?[0-9]+)?")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet program could take a text for more than text.

    >>> [is_formula(t) for t in ("=1+1", "@SUM(A1)", " =x", "-3.12", "+5", "- x", "Bắc Ninh")]
    [True, True, True, False, False, True, False]
    """
    return bool(_STARTS.match(text)) and not _FIGURE.fullmatch(text)


def safe(value: object) -> object:
    """A cell as it may stand in a CSV; figures as they are.

    >>> safe("=1+1"), safe(-3.12), safe("-3.12"), safe(None)
    ("'=1+1", -3.12, '-3.12', None)
    """
    return f"'{value}" if isinstance(value, str) and is_formula(value) else value
