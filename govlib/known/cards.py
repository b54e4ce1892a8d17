"""What a notebook shows of something known: a title and a table of two columns."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def card(title: str, rows: Sequence[tuple[str, object]]) -> str:
    """HTML; rows that have nothing to say are left out."""
    head, cell = "<th style='text-align:left;vertical-align:top'>", "<td style='text-align:left'>"
    cells = "".join(f"<tr>{head}{name}</th>{cell}{escape(str(value))}</td></tr>" for name, value in rows if value)
    return f"<p><strong>{escape(title)}</strong></p><table>{cells}</table>"
