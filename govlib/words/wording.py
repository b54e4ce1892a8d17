"""Numbers, ranks, days and lists as each language writes them.

Numbers follow the language: a decimal comma in Vietnamese, a decimal point in English, the same digits in both, so that
the two pages can be compared number by number.

>>> number(6.29, "vi"), number(6.29, "en"), signed(-0.37, "vi")
('6,29', '6.29', '−0,37')
>>> change(6.29, "vi"), change(-0.37, "en"), change(0.0, "vi")
('tăng 6,29 điểm', 'down 0.37 points', 'không đổi')
>>> rank(4, 63, "vi"), rank(4, 63, "en")
('thứ 4/63', 'rank 4 of 63')
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from govlib.words.tables import check_language, counted, phrase  # noqa: F401 - the first is known to pages by this module

MINUS = "−"  # the typographic minus: as wide as the plus, and never a line-breaking hyphen
NONE = "–"


def missing(x: object) -> bool:
    """True for None and NaN (pandas' NA included)."""
    if x is None:
        return True
    if isinstance(x, float):
        return x != x
    return type(x).__name__ == "NAType" or (hasattr(x, "dtype") and x != x)


def number(x: float | None, lang: str = "vi", decimals: int | None = 2) -> str:
    """A number as printed; ``decimals=None`` keeps the digits that are there (at most four). Missing → ``–``.

    A value that rounds to nothing is never shown as minus nothing.

    >>> from govlib import wording
    >>> wording.number(66.536), wording.number(66.536, "en", 1)
    ('66,54', '66.5')
    """
    if x is None or missing(x):
        return NONE
    x = float(x)
    text = f"{x:.4f}".rstrip("0").rstrip(".") if decimals is None else f"{x:.{decimals}f}"
    if not any(c in "123456789" for c in text):
        text = text.lstrip("-")
    text = text.replace("-", MINUS)
    return text.replace(".", ",") if lang == "vi" else text


def signed(x: float | None, lang: str = "vi", decimals: int | None = 2) -> str:
    """A number that always carries its sign: ``+6,29``, ``−0,37``, ``0,00``.

    >>> from govlib import wording
    >>> wording.signed(-0.37), wording.signed(6.29, "en")
    ('−0,37', '+6.29')
    """
    text = number(x, lang, decimals)
    if missing(x) or text.startswith(MINUS) or not any(c in "123456789" for c in text):
        return text
    return "+" + text


def percent(share: float | None, lang: str = "vi", decimals: int = 0) -> str:
    """A share (0–1) as per cent, no space before the sign in English, none in Vietnamese either.

    >>> from govlib import wording
    >>> wording.percent(0.25)
    '25%'
    """
    return NONE if share is None or missing(share) else number(100 * share, lang, decimals) + "%"


def p_value(p: float | None, lang: str = "vi") -> str:
    """A p-value in a table: three decimals, and never as nothing.

    >>> from govlib import wording
    >>> wording.p_value(0.0124), wording.p_value(0.0004, "en"), wording.p_value(None)
    ('0,012', '< 0.001', '–')
    """
    return f"< {number(0.001, lang, 3)}" if p is not None and p < 0.001 else number(p, lang, 3)


def is_zero(x: float, decimals: int = 2) -> bool:
    return round(abs(x), decimals) == 0


def direction(x: float, lang: str = "vi", decimals: int = 2) -> str:
    """``tăng``/``giảm``/``không đổi``; ``up``/``down``/``unchanged``.

    >>> from govlib import wording
    >>> wording.direction(-0.2), wording.direction(0, "en")
    ('giảm', 'unchanged')
    """
    if is_zero(x, decimals):
        return phrase("wording.unchanged", lang)
    return phrase("wording.up", lang) if x > 0 else phrase("wording.down", lang)


def change(x: float, lang: str = "vi", decimals: int = 2, unit: str | None = None) -> str:
    """A change in words, ``tăng 6,29 điểm`` / ``up 6.29 points``; ``unit`` replaces the word for points ("" for none).

    >>> from govlib import wording
    >>> wording.change(6.29), wording.change(-2, "en", 0)
    ('tăng 6,29 điểm', 'down 2 points')
    """
    if is_zero(x, decimals):
        return direction(x, lang, decimals)
    unit = phrase("wording.points", lang) if unit is None else unit
    return f"{direction(x, lang, decimals)} {number(abs(x), lang, decimals)} {unit}".rstrip()


def rank(r: float | None, of: int | None, lang: str = "vi") -> str:
    """``thứ 4/63`` / ``rank 4 of 63``; without the denominator where it is not known.

    >>> from govlib import wording
    >>> wording.rank(4, 63), wording.rank(4, 63, "en")
    ('thứ 4/63', 'rank 4 of 63')
    """
    if r is None or missing(r):
        return phrase("wording.rank_not_published", lang)
    if of is None:
        return phrase("wording.rank_alone", lang, r=int(r))
    return phrase("wording.rank", lang, r=int(r), of=int(of))


def rank_change(before: float | None, now: float | None, lang: str = "vi") -> str:
    """``lên 3 bậc``, ``xuống 2 bậc``, ``giữ nguyên thứ hạng``; empty where either is missing. Up is towards first place."""
    if before is None or now is None or missing(before) or missing(now):
        return ""
    moved = int(before) - int(now)
    if moved == 0:
        return phrase("wording.same_rank", lang)
    return counted("wording.places_up", lang, moved) if moved > 0 else counted("wording.places_down", lang, -moved)


def common_ranks(n: int, before: int, now: int, lang: str = "vi") -> str:
    """A move among the provinces that two editions both hold: ``trong 59 tỉnh có điểm cả hai năm: từ thứ 3 xuống thứ 7``."""
    way = "still" if before == now else "up" if now < before else "down"
    return phrase(f"wording.common_{way}", lang, n=n, before=before, now=now)


def day(on: dt.date, lang: str = "vi") -> str:
    """A day in a text.

    >>> from govlib import wording
    >>> wording.day(dt.date(2025, 7, 1)), wording.day(dt.date(2025, 7, 1), "en")
    ('1/7/2025', '1 July 2025')
    """
    return f"{on.day}/{on.month}/{on.year}" if lang == "vi" else f"{on.day} {on:%B} {on.year}"


def joined(items: Iterable[str], lang: str = "vi") -> str:
    """``a, b và c`` / ``a, b and c``.

    >>> from govlib import wording
    >>> wording.joined(["a", "b", "c"]), wording.joined(["a", "b"], "en")
    ('a, b và c', 'a and b')
    """
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + phrase("wording.and", lang) + items[-1]


def sentence(text: str) -> str:
    """First letter upper, one full stop at the end, no doubled spaces."""
    text = " ".join(text.split()).strip(" ,;")
    return (text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")) if text else ""


label = phrase
