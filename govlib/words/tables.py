"""Every sentence that people read, in Vietnamese and English side by side: ``sentences/<room>.csv``, for whoever corrects one.

A row has an ``id`` (place and meaning), ``vi`` and ``en``. ``{named}`` places are filled by the code and stand in both
languages; what stands in them (a number, a name) is written as the language writes it before it gets here.

>>> phrase("col.score", "vi"), phrase("col.score", "en")
('Điểm', 'Score')
"""

from __future__ import annotations

import csv
import locale
import os
from functools import cache
from pathlib import Path

from govlib.errors import BadInput, UnknownName

LANGS = ("vi", "en")
FOLDER = Path(__file__).parent / "sentences"


def check_language(lang: str) -> str:
    """``lang`` itself, or :class:`BadInput` naming the valid ones."""
    if lang not in LANGS:
        raise BadInput("unknown language", value=lang, column="language", fix=f"use one of {', '.join(LANGS)}")
    return lang


def language() -> str:
    """``GOVLIB_LANG``, else Vietnamese where the system is set to it, else English.

    Raises
    ------
    BadInput : ``GOVLIB_LANG`` is neither vi nor en.
    """
    if given := os.environ.get("GOVLIB_LANG", "").strip().lower():
        if given not in LANGS:
            raise BadInput("unknown language", column="GOVLIB_LANG", value=given, fix="vi or en")
        return given
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if setting := os.environ.get(name):
            return "vi" if setting.lower().startswith("vi") else "en"
    return "vi" if (locale.getlocale()[0] or "").lower().startswith("vi") else "en"


def prose_style(lang: str) -> str:
    """Shows the notes of a notebook in one language: until then Vietnamese stands open and English folded below it."""
    return (f"<style>.prose:not([lang={check_language(lang)}]) {{ display: none; }} "
            "@supports selector(::details-content) { .prose::details-content { content-visibility: visible; block-size: auto; } "
            ".prose > summary { display: none; } }</style>")


def pick(lang: str, vi: str, en: str) -> str:
    return vi if check_language(lang) == "vi" else en


@cache
def sentences() -> dict[str, dict[str, str]]:
    """id → language → text, of all tables together; an id stands in one table only."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                if row["id"] in found:
                    raise BadInput("a sentence of this id stands twice", file=path, column="id", value=row["id"],
                                   fix="give one of the two another id")
                found[row["id"]] = {"vi": row["vi"], "en": row["en"]}
    return found


def both(key: str) -> dict[str, str]:
    """The text in every language. Raises UnknownName with the ids of the same place."""
    try:
        return sentences()[key]
    except KeyError:
        raise UnknownName("sentence", key, [k for k in sentences() if k.split(".")[0] == key.split(".")[0]][:5]) from None


def pair(key: str) -> tuple[str, str]:
    """The text in Vietnamese and in English."""
    found = both(key)
    return found["vi"], found["en"]


def phrase(key: str, lang: str = "vi", **values: object) -> str:
    """The text in one language, its ``{named}`` places filled."""
    text = both(key)[check_language(lang)]
    return text.format(**values) if values else text


def counted(key: str, lang: str, n: int, **values: object) -> str:
    """``<key>.one`` or ``<key>.many``, as ``n`` is; what languages without a plural say twice, and others do not."""
    return phrase(f"{key}.one" if n == 1 else f"{key}.many", lang, n=n, **values)


@cache
def under(place: str, lang: str) -> dict[str, str]:
    """All texts of a place in one language, by what follows the place in their ids; for a template that uses them all."""
    check_language(lang)
    return {key.removeprefix(place + "."): text[lang] for key, text in sentences().items() if key.startswith(place + ".")}
