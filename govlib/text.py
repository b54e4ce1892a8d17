"""Keys and numbers from printed text: what every reader needs before it can compare two cells."""

from __future__ import annotations

import difflib
import math
import operator
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from govlib.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

# to put so many marks in their order takes the square of their number, for ever in the end; no writing has them: what is no letter,
# figure, space, punctuation or picture
HEAP = re.compile(r"[^\x00-\u02ff\w\s\u2000-\u20cf\u2100-\u2bff\u3000-\u3029\u3030-\u303f\ue000-\uf8ff\ufe30-\uffff"
                  r"\U0001f000-\U0001ffff]{31}")
LONGEST = 100  # signs of a number, noughts at its end and all
LOST = "\ufffd"  # stands for one letter that an earlier conversion destroyed

_UTF7_RUN = re.compile(r"\+[A-Za-z0-9+/]+-")
_MARKS = re.compile(r"(?:\s*(?:[*†‡⁰¹²³⁴-₉]|[(\[][0-9]{1,2}[)\]]))+$")
_R_ESCAPE = re.compile(r"<U\+([0-9A-Fa-f]{4})>")
_R_ESCAPE_BROKEN = re.compile(r"<U[^<>\s]{1,4}>")
_GROUPED_POINT = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}")
_GROUPED_COMMA = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3}){2,}")
_POINT_THEN_COMMA = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+")
_COMMA_THEN_POINT = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+")
_GROUPED_SPACE = re.compile(r"[+-]?[0-9]{1,3}([ \u00a0\u2009\u202f][0-9]{3})+([.,][0-9]+)?")
_PLAIN = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]+)?")
_RUN_OF_YEARS = re.compile(r"([0-9]+)(?:\s*[:–-]\s*([0-9]+))?")
_WRITE_YEARS = "write 2019, 2010:2019 or 2010,2015"
# forms of the same signs that differ in width only, and the minus sign; a raised ² is another thing: a footnote's mark
_SAME_SIGNS = str.maketrans("０１２３４５６７８９，．＋－\u2212", "0123456789,.+--")


def rows_of(table: pd.DataFrame, columns: Iterable[str]) -> Iterator[tuple]:
    """The rows of a table as tuples of these columns. Through lists: a column of text that is iterated over as it is asks Arrow for
    one cell at a time, ten times as long.
    """
    return zip(*(table[name].tolist() for name in columns), strict=True)


def spans(years: Iterable[int]) -> str:
    """Years in runs.

    >>> spans([2005, 2008, 2007])
    '2005, 2007–2008'
    """
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def several(spec: object) -> list:
    """What was asked for, one or several, as a list."""
    return [spec] if isinstance(spec, str) or not isinstance(spec, Iterable) else list(spec)


def listed(column: str, spec: object) -> list:
    """What was asked for, one or several, as a list. Raises BadInput for none, where leaving the argument out asks for all.

    >>> listed("components", "overall"), listed("components", ("overall", "time_costs"))
    (['overall'], ['overall', 'time_costs'])
    """
    if not (found := several(spec)):
        raise BadInput("an empty list asks for nothing", column=column, fix="leave it out to ask for all")
    return found


def unmarked(text: str) -> str:
    """A text without the footnote's marks behind it.

    >>> unmarked("An Giang¹"), unmarked("An Giang (1) *"), unmarked("Quận 1")
    ('An Giang', 'An Giang', 'Quận 1')
    """
    return _MARKS.sub("", text)


def nearest(name: str, known: Iterable[str], n: int = 2, cutoff: float = 0.6) -> list[str]:
    """The names that a slip of the pen is nearest to (:func:`difflib.get_close_matches`), by its first letters: a paragraph in a
    cell would take seconds.

    >>> nearest("opertions", ["operations", "ddci"])
    ['operations']
    """
    return difflib.get_close_matches(name[:80], list(known), n, cutoff)


def years_of(spec: object) -> list[int] | None:
    """Years as people ask for them, ascending: a number, a range, a list, a slice, or text, both ends in. None stays None.

    Raises BadInput for what is no year, a range that runs backwards, and none at all.

    >>> years_of("2010–2012, 2015"), years_of("2010:2012"), years_of(range(2010, 2012)), years_of(2019)
    ([2010, 2011, 2012, 2015], [2010, 2011, 2012], [2010, 2011], [2019])
    """
    if spec is None:
        return None
    if isinstance(spec, slice):
        spec = f"{spec.start}:{spec.stop}"
    if isinstance(spec, str):
        spec = spec.split(",")
    found: set[int] = set()
    for part in spec if isinstance(spec, Iterable) else [spec]:
        first, last = _ends(part)
        if first > last:
            raise BadInput("the range of years is reversed", column="years", value=part, fix=f"write {last}:{first}")
        found |= set(range(first, last + 1))
    if not found:
        raise BadInput("no year is left in this range", column="years", fix=_WRITE_YEARS)
    return sorted(found)


def _ends(part: object) -> tuple[int, int]:
    """First and last year of one part of what was asked for."""
    run = _RUN_OF_YEARS.fullmatch(part.strip()) if isinstance(part, str) else None
    part = _not_broken(part)
    if run is None and (isinstance(part, bool) or not hasattr(part, "__index__")):
        raise BadInput("years are whole numbers", column="years", value=part, fix=_WRITE_YEARS)
    first, last = (int(run[1]), int(run[2] or run[1])) if run else (operator.index(part),) * 2  # type: ignore[arg-type]
    if not 1900 <= min(first, last) <= max(first, last) <= 2100:
        raise BadInput("no period can be of this year", column="years", value=part, fix=_WRITE_YEARS)
    return first, last


def _not_broken(value: object) -> object:
    """2024.0 as 2024: of a column of pandas with a gap every year comes so. Anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def whole(column: str, value: object, fix: str) -> int:
    """``value`` as a whole number, 2024.0 and one of ``numpy`` too. Raises BadInput, naming the argument, for anything else.

    >>> import numpy as np
    >>> whole("year", np.int64(2024), "write 2024")
    2024
    """
    try:
        return operator.index(_not_broken(value))  # type: ignore[arg-type]  # what is none raises
    except TypeError:
        raise BadInput("not a whole number", column=column, value=value, fix=fix) from None


def fold(s: object) -> str:
    """The comparison key of a name: no diacritics, no đ, lower case, one space for any run of spaces or punctuation.

    >>> fold("  Thừa Thiên – Huế "), fold("Đắk\u00a0Lắk"), fold("TP.Đà Nẵng")
    ('thua thien hue', 'dak lak', 'tp da nang')
    """
    return _folded(str(s))


@lru_cache(maxsize=20_000)  # forms name the same provinces and units in every row
def _folded(text: str) -> str:
    # NFKD also takes non-breaking spaces and full-width forms; đ has no decomposition of its own
    text = unicodedata.normalize("NFKD", text).replace("đ", "d").replace("Đ", "D").replace("ð", "d").replace("Ð", "D")
    letters = (c.lower() if c.isalnum() or c == LOST else " " for c in text if not unicodedata.combining(c))
    return " ".join("".join(letters).split())


def clean(s: object) -> str:
    """The same words as a person sees them: NFC, single ordinary spaces, no invisible characters.

    >>> clean("Bắc\u00a0 Ninh\u200b ") == "Bắc Ninh"
    True
    """
    text = unicodedata.normalize("NFC", str(s))
    return " ".join("".join(c for c in text if unicodedata.category(c) != "Cf").split())


def repair(s: str) -> str:
    """Undo a name damaged by conversions: UTF-7 runs, UTF-8 read byte by byte, R's ``<U+1EAF>``.

    Letters that cannot be recovered become U+FFFD, one for each, so that a caller can tell them from real ones.
    Text without such damage comes back unchanged.

    >>> repair("B+AQMDAQ-c Ninh") == "Bắc Ninh"
    False
    >>> fold(repair("B+AQMDAQ-c Ninh")), repair("B<U+1EAF>c Ninh")
    ('bac ninh', 'Bắc Ninh')
    """
    text = _R_ESCAPE.sub(lambda m: chr(int(m.group(1), 16)), s)
    if _UTF7_RUN.search(text):
        try:
            text = text.encode("ascii").decode("utf-7")
        except UnicodeError:  # a plus sign of its own meaning: leave the text as it is
            return text
        text = _R_ESCAPE_BROKEN.sub(LOST, text)
        text = _rejoin_bytes(text)
    return text


def _rejoin_bytes(text: str) -> str:
    """UTF-8 bytes that were written as one character each, with U+FFFD before every one of them."""
    out, run = [], bytearray()

    def flush() -> None:
        if run:
            out.append(run.decode("utf-8", errors="replace"))
            run.clear()

    i = 0
    while i < len(text):
        if text[i] == LOST and i + 1 < len(text) and 0x80 <= ord(text[i + 1]) <= 0xFF:
            run.append(ord(text[i + 1]))
            i += 2
            continue
        flush()
        out.append(text[i])
        i += 1
    flush()
    return "".join(out)


def _plain(text: str) -> str | None:
    """A printed number with a decimal point and no thousands marks; None where it is no number."""
    if _GROUPED_POINT.fullmatch(text):
        return text.replace(".", "")
    if _POINT_THEN_COMMA.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    if _GROUPED_COMMA.fullmatch(text) or _COMMA_THEN_POINT.fullmatch(text):
        return text.replace(",", "")
    if _GROUPED_SPACE.fullmatch(text):
        return re.sub(r"\s", "", text).replace(",", ".")
    return text.replace(",", ".") if _PLAIN.fullmatch(text) else None


def parse_number(s: object, *, file: str | Path | None = None, row: int | None = None,
                 column: str | None = None) -> float | None:
    """A printed number as a float; a blank cell is None, anything else raises :class:`BadInput` with its place.

    A single separator is a decimal mark, be it comma or point (scores have at most three digits before it); thousands
    marks are taken only where they cannot be read otherwise. A raised figure (90,12²) is a footnote's mark: no number.

    >>> [parse_number(text) for text in ("70,79", " 70.79\u00a0", "", "13.795,50", "1\u202f234,5")]
    [70.79, 70.79, None, 13795.5, 1234.5]
    >>> parse_number("90,12²", file="x.csv", row=3, column="score")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    govlib.errors.BadInput: x.csv, row 3, column score, value '90,12²': not a number → ...
    """
    def bad() -> BadInput:
        return BadInput("not a number", file=file, row=row, column=column, value=s,
                        fix="write digits only, or leave the cell empty where nothing was published")

    if s is None:
        return None
    if isinstance(s, bool):
        raise bad()
    if isinstance(s, str):
        text = s.strip()
        if not text:
            return None
        plain = _plain(text.translate(_SAME_SIGNS)) if len(text) <= LONGEST else None
        if plain is None:
            raise bad()
        number = float(plain)
    else:
        try:
            number = float(s)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise bad() from None
    if math.isnan(number):
        return None
    if math.isinf(number):
        raise bad()
    return number
