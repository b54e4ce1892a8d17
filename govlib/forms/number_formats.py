"""What a person sees in a number cell: a workbook holds 0.9 and a number format, and the screen shows 90.00%.

Formats are understood as far as a figure on the screen can be told from them (ECMA-376, part 1, 18.8.30). What changes the
figure without saying so (``0.0,`` shows thousands, ``;;;`` nothing, ``# ?/?`` a fraction, ``[>9]"many"``) is not worked
out: :func:`shown` says that the two differ, and a reader refuses the cell.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache

# formats that a workbook refers to by number only
BUILT_IN = {0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: '"$"#,##0', 6: '"$"#,##0', 7: '"$"#,##0.00',
            8: '"$"#,##0.00', 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
            **dict.fromkeys(range(14, 18), "d/m/yy"), **dict.fromkeys(range(18, 22), "h:mm"), 22: "d/m/yy h:mm",
            **dict.fromkeys(range(27, 37), "d/m/yy"),
            37: "#,##0_);(#,##0)", 38: "#,##0_);(#,##0)", 39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);(#,##0.00)",
            41: "#,##0;-#,##0", 42: '"$"#,##0', 43: "#,##0.00;-#,##0.00", 44: '"$"#,##0.00', 45: "mm:ss", 46: "[h]:mm:ss",
            47: "mm:ss.0", 48: "##0.0E+0", 49: "@", **dict.fromkeys(range(50, 59), "d/m/yy")}
DIGITS = 15  # as many significant digits as a workbook keeps
MOST_CODE = 255  # signs of a format, in Excel
MOST = 30    # digits on either side of the decimal mark that a format can ask for
_WIDE = Context(prec=100)
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|_(.)|\*(.)|\[([^\]]*)\]|(General)|([eE][+-])|(AM/PM|A/P)|(.)', re.I | re.S)
_DAY, _TIME = re.compile(r"[dyg]", re.I), re.compile(r"[hsm]", re.I)
_ELAPSED, _COLOUR = re.compile(r"h+|m+|s+", re.I), re.compile(r"color\s*\d+|black|blue|cyan|green|magenta|red|white|yellow", re.I)


@dataclass(frozen=True)
class Shown:
    """``kind``: ``number``, ``percent``, ``date``, ``time`` or ``text``; ``text``: what is seen, with a decimal point and no
    thousands marks. ``differs``: another figure is seen than the cell holds; ``rounded``: the same one rounded to two decimals or
    more, as publishers print (rounded further it is another figure)."""

    kind: str
    text: str
    differs: bool = False
    rounded: bool = False


@dataclass(frozen=True)
class _Section:
    kind: str           # general, number, date, time, text, empty, odd (not worked out)
    before: str = ""
    after: str = ""
    whole: int = 0      # digits at least before the decimal mark
    decimals: int = 0
    percents: int = 0
    thousands: int = 0  # times that the figure is divided by a thousand
    zero: bool = True   # a nought is shown as one; "#" shows nothing, accounting's "-"?? a dash


@lru_cache(maxsize=1000)
def _sections(code: str) -> tuple[_Section, ...]:
    if len(code) > MOST_CODE:
        return (_Section("odd"),)
    parts: list[list[re.Match]] = [[]]
    for token in _TOKEN.finditer(code):
        if token[0] == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    return tuple(_section(tokens) for tokens in parts[:4])


def _section(tokens: list[re.Match]) -> _Section:
    """One of the parts between semicolons."""
    if not tokens:
        return _Section("empty")
    bare = "".join(t[9] for t in tokens if t[9])  # what stands outside of quotes, brackets and escapes
    brackets = [t[5] for t in tokens if t[5] is not None]
    word = next((i for i, t in enumerate(tokens) if t[6]), None)
    if word is not None:  # a sign of per cent makes a hundred times of the figure here too
        return _Section("odd") if "%" in bare else _Section("general", _literal(tokens[:word]), _literal(tokens[word + 1:]))
    known = all(_ELAPSED.fullmatch(b) or _COLOUR.fullmatch(b) or b.startswith("$") for b in brackets)
    if not known or any(t[7] for t in tokens):
        return _Section("odd")  # a condition, another calendar's digits; 9.01E+01
    if any(t[8] for t in tokens) or any(map(_ELAPSED.fullmatch, brackets)) or _TIME.search(bare) or _DAY.search(bare):
        return _Section("date" if _DAY.search(bare) else "time")
    if "@" in bare and not re.search(r"[0#?]", bare):
        return _Section("general" if bare == "@" and len(tokens) == 1 else "text", _literal(tokens))
    return _number_section(tokens)


def _literal(tokens: list[re.Match]) -> str:
    """The text that a format adds, fillers and spaces of a letter's width left out."""
    def one(t: re.Match) -> str:
        if t[5] is not None:
            return t[5][1:].split("-")[0] if t[5].startswith("$") else ""
        return t[1] or t[2] or ("" if t[9] in ("%", "@", None) else t[9])
    return "".join(map(one, tokens))


def _number_section(tokens: list[re.Match]) -> _Section:
    places = [i for i, t in enumerate(tokens) if t[9] in ("0", "#", "?")]
    if not places:
        return _Section("text", _literal(tokens))
    first, last = places[0], places[-1]
    if first and tokens[first - 1][9] == ".":
        first -= 1
    # a mark that stands there as a letter (0\.00 shows 9012 as 90.12) is none of the figure's own
    core = [t[9] if t[9] else " " if (t[2] or t[1] or "x").isspace() else "x" for t in tokens[first:last + 1]]
    trailing = 0
    while last + 1 < len(tokens) and tokens[last + 1][9] == ",":
        last, trailing = last + 1, trailing + 1
    text = "".join(c for c in core if c.strip() or c == "x")  # a space between digits groups them
    if not re.fullmatch(r"[0#?,]*(\.[0#?]*)?", text):
        return _Section("odd")
    whole, _, decimals = text.partition(".")
    return _Section("number", _literal(tokens[:first]), _literal(tokens[last + 1:]), min(whole.count("0"), MOST),
                    min(len(decimals), MOST), sum(t[9] == "%" for t in tokens), trailing + len(whole) - len(whole.rstrip(",")),
                    "0" in text)


def exact(value: float) -> Decimal:
    """The figure with the digits that a workbook keeps: 0.1 + 0.2 is 0.3."""
    return Decimal(f"{value:.{DIGITS}g}")


def plain(number: Decimal) -> str:
    """Digits and a point, no exponent, no zeros at the end.

    >>> plain(Decimal("90.00")), plain(Decimal("1E-5")), plain(Decimal("-0.0"))
    ('90', '0.00001', '0')
    """
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def shown(value: float, code: str) -> Shown:
    """What the cell shows.

    >>> shown(0.9, "0.00%").text, shown(1234.5, "#,##0.0").text, shown(7.0, "00").text, shown(90.0, '0" điểm"').text
    ('90%', '1234.5', '07', '90 điểm')
    >>> shown(90.126, "0.00").rounded, shown(1234.5, "0.0,").differs, shown(-3.12, "0.00;0.00").differs, shown(5, ";;;").differs
    (True, True, True, True)
    """
    sections, number = _sections(code), exact(value)
    chosen = sections[0]
    if len(sections) > 1 and number < 0:
        chosen = sections[1]
    elif len(sections) > 2 and number == 0:
        chosen = sections[2]
    signed = -abs(number) if number < 0 and len(sections) == 1 else abs(number) if number < 0 else number
    if chosen.kind == "general":
        return _decorated(Shown("number", plain(signed), differs=signed != number), chosen.before, chosen.after)
    if chosen.kind in ("date", "time"):
        return Shown(chosen.kind, "")
    if chosen.kind in ("empty", "odd", "text"):
        return Shown("text", chosen.before, differs=True)
    return _as_number(number, signed, chosen)


def _as_number(number: Decimal, signed: Decimal, section: _Section) -> Shown:
    try:
        seen = (signed.scaleb(2 * section.percents - 3 * section.thousands)
                .quantize(Decimal(1).scaleb(-section.decimals), ROUND_HALF_UP, _WIDE))
    except InvalidOperation:  # signs of per cent or decimals by the dozen: no spreadsheet shows a figure so
        return Shown("text", section.before, differs=True)
    before, after = section.before.strip(), section.after.rstrip()
    if before.endswith("(") and after.startswith(")") or before.endswith("-"):
        seen, before, after = -abs(seen), before[:-1], after.removeprefix(")")
    holds = number.scaleb(2 * section.percents)
    away = abs(seen - holds)
    same = away <= abs(holds) * Decimal("1e-12")
    rounded = not same and section.decimals >= 2 and away <= Decimal(1).scaleb(-section.decimals) / 2
    sign, text = "-" if seen < 0 else "", plain(abs(seen))
    whole, point, decimals = text.partition(".")
    text = sign + whole.zfill(section.whole) + point + decimals
    # 90 in 0"%" shows what 0.9 in 0% does
    percent = section.percents == 1 or (not section.percents and after.strip() == "%")
    if not seen and not section.zero:
        return Shown("text", (section.before + section.after).strip(), differs=True)
    differs = not same and not rounded or section.percents > 1
    return _decorated(Shown("percent" if percent else "number", text + "%" * percent, differs, rounded), before.removesuffix("+"),
                      "" if percent else after)


def _decorated(seen: Shown, before: str, after: str) -> Shown:
    """With the letters that the format puts around the figure."""
    if not before.strip() and not after.strip():
        return seen
    differs = seen.differs or bool(re.search(r"[0-9]", before + after))
    return Shown("text", f"{before}{seen.text}{after}".strip(), differs, seen.rounded)


def moment(serial: float, date1904: bool) -> dt.datetime | None:
    """The day and time behind a number with a date format; None where there is none (before 1900, the 29 February 1900).

    >>> moment(45413, False), moment(43951, True), moment(60, False)
    (datetime.datetime(2024, 5, 1, 0, 0), datetime.datetime(2024, 5, 1, 0, 0), None)
    """
    if date1904:
        serial += 1462
    elif serial < 60:
        serial += 1
    elif serial < 61:
        return None
    try:
        return dt.datetime(1899, 12, 30) + dt.timedelta(days=round(serial * 86400) / 86400)
    except (OverflowError, ValueError):
        return None
