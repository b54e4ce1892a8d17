"""Text as HTML that is safe, and numbers that carry where they came from. Whatever is put on a page passes here.

>>> str(fmt("{place}: {score}", place="<b>", score=num(66.536, lang="vi", decimals=1)))
'&lt;b&gt;: <span class="num">66,5</span>'
"""

from __future__ import annotations

import html as _html
import math
import re
import string
from collections.abc import Iterable
from typing import Any

from govlib.words import wording
from govlib.words.tables import phrase


class Html(str):
    """Text that is already safe HTML. ``value`` is the raw figure behind it and ``unit`` its unit, for CSV.

    pandas turns a column of these into its own strings, which forgets what they are; so each is remembered here, and a
    table takes a cell that reads exactly like one of them for what it was. Such a text has been made safe once already.
    """

    value: Any = None
    unit: str = ""
    made: dict[str, Html] = {}

    def __new__(cls, text: object = "") -> Html:
        self = super().__new__(cls, text)
        if "<" in self:
            cls.made[str(self)] = self
        return self

    def __html__(self) -> str:
        return str(self)


def esc(text: object) -> Html:
    """Text as HTML text: anything that is not :class:`Html` is escaped, so a tag inside a name is read, not run."""
    return text if isinstance(text, Html) else Html(_html.escape(str(text), quote=True))


def fmt(template: str, /, **values: object) -> Html:
    """``template.format(**values)`` where the template and every plain value are escaped, and :class:`Html` is kept."""
    out = []
    for literal, field, spec, _ in string.Formatter().parse(template):
        out.append(esc(literal))
        if field is not None:
            value = values[field]
            out.append(esc(format(value, spec) if spec else value))
    return _in_unit(Html("".join(out)), values.values())


def together(template: str, /, **values: object) -> Html:
    """:func:`fmt` of something short that must not be broken over two lines, an interval for instance."""
    return _in_unit(Html(f'<span class="together">{fmt(template, **values)}</span>'), values.values())


def _in_unit(text: Html, parts: Iterable[object]) -> Html:
    """The text with the unit of the numbers in it, where they have one in common."""
    units = {p.unit for p in parts if isinstance(p, Html) and p.unit}
    if len(units) == 1:
        text.unit = units.pop()
    return text


def join(parts: Iterable[object], between: str = " ") -> Html:
    """Pieces put together, each escaped unless it is :class:`Html`."""
    return Html(esc(between).join(esc(p) for p in parts))


def strong(text: object) -> Html:
    return Html(f"<strong>{esc(text)}</strong>")


def link(text: object, url: str) -> Html:
    """A citation. Only http(s), mailto and #anchors; anything else is shown as text, never followed."""
    if not re.match(r"(https?://|mailto:|#)", str(url)):
        return fmt("{text} ({url})", text=text, url=url)
    return Html(f'<a href="{_html.escape(str(url), quote=True)}" rel="noopener">{esc(text)}</a>')


def num(value: float | int | str | None, *, source: str | None = None, locator: str | None = None, lang: str = "vi",
        decimals: int | None = None, sign: bool = False, csv_unit: str = "", cell: str = "") -> Html:
    """A number that carries where it came from.

    Parameters
    ----------
    value : the raw number (formatted here, decimal comma in Vietnamese), or text that is already formatted.
        ``None`` or NaN reads "not published".
    source, locator : id in the catalogue; sheet and cell, or address. Shown on hover or focus, listed in the page's
        notes, kept in print.
    cell : which of the figures at that place it is; nothing shows it, ``govlib verify`` reads it.
    decimals : digits after the decimal sign; ``None`` keeps integers whole and gives other numbers two.
    sign : write the plus of a rise. csv_unit : said in a CSV, not shown.
    """
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    if value is None or missing:
        text = phrase("show.none", lang)
    else:
        text = value if isinstance(value, str) else number_text(value, lang, decimals, sign)
    attributes = f' data-source="{_html.escape(source, quote=True)}"' if source else ""
    attributes += f' data-locator="{_html.escape(str(locator), quote=True)}"' if source and locator else ""
    attributes += f' data-cell="{_html.escape(cell, quote=True)}"' if cell else ""
    out = Html(f'<span class="num"{attributes}>{esc(text)}</span>')
    out.value, out.unit = None if missing else value, csv_unit
    return out


def blank(value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, str):
        return value == ""
    try:
        return bool(value != value)  # NaN and NaT are the only values unlike themselves
    except (TypeError, ValueError):  # pandas' NA refuses to be true or false
        return True


def shown(value: object, lang: str, decimals: int | None = None, sign: bool = False) -> str:
    if isinstance(value, Html):
        return str(value)
    if blank(value):
        return "–"
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return esc(value)
    return esc(number_text(value, lang, decimals, sign))


def number_text(value: float, lang: str, decimals: int | None, sign: bool = False) -> str:
    """As :mod:`govlib.words.wording` prints numbers; without ``decimals`` a whole number stays as it is (it may be a year) and
    another gets two digits."""
    if decimals is None and float(value).is_integer() and not isinstance(value, float):
        text = f"{abs(value)}"
        return ("−" if value < 0 else "+" if sign and value else "") + text
    decimals = 2 if decimals is None else decimals
    return wording.signed(value, lang, decimals) if sign else wording.number(value, lang, decimals)
