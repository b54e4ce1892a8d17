"""The glossary: terms and what they mean, in both languages (``glossary.csv``)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Term:
    """One line of the glossary: the term and what it means, both languages, and where that was read."""

    id: str
    term_vi: str
    term_en: str
    meaning_vi: str
    meaning_en: str
    source: str


@cache
def terms() -> tuple[Term, ...]:
    """The glossary in the file's order."""
    with open(Path(__file__).parent / "glossary.csv", encoding="utf-8", newline="") as f:
        return tuple(Term(**row) for row in csv.DictReader(f))
