"""Places in a source, many in one text and back: what a figure was added from, what a page's notes list.

A place is what a row of the panel says of itself: ``Summary!H7``, ``2024.csv P18 SC51``, an address, or a recipe of ours
(``median papi/overall 2024``). Places of one sheet, row or recipe stand together under their common beginning, neighbours as
a range. The locator of a figure that is a sum names its cells: ``SUM(2024.csv P18 SC51, SC53–SC54)``.

>>> together(["2024.csv P18 SC51", "2024.csv P18 SC53", "2024.csv P18 SC54", "2024.csv P18 SC55", "Summary!Z7", "Summary!AA7", "Summary!AB7"])
'2024.csv P18 SC51, SC53–SC55; Summary!Z7:AB7'
>>> apart(_), cells("SUM(a.csv P01 SC11–SC13)")
(['2024.csv P18 SC51', '2024.csv P18 SC53', '2024.csv P18 SC54', '2024.csv P18 SC55', 'Summary!Z7', 'Summary!AA7', 'Summary!AB7'], ['a.csv P01 SC11', 'a.csv P01 SC12', 'a.csv P01 SC13'])
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CELL = re.compile(r"([A-Z]{1,3})(\d+)")
_NUMBERED = re.compile(r"(\D*?)(\d+)")
# the common beginning, then what tells the place from its neighbours: a cell of a sheet, a column of a file's row, a year
_SPLIT = (re.compile(r"([^;]*!)([A-Z]{1,3}\d+)"), re.compile(r"(\S+\.(?:csv|xlsx?) .+ )(\S+)"), re.compile(r"([a-z_]+ .*?)((?:19|20)\d\d)"))
_RANK = "; rank: "  # a row whose rank was printed elsewhere says so behind its own place
_SUM = re.compile(r"SUM\((?:[^()!]+ × )?(.*)\)", re.S)


def together(places: Iterable[str]) -> str:
    """Places as one text, in the order in which they (or the first with their beginning) come; neighbours as ranges."""
    groups: dict[str, list[str]] = {}
    for place in places:
        head, tail = _split(place)
        groups.setdefault(head, []).append(tail)
    return "; ".join(head + ", ".join(_ranges(tails, head)) if head else "; ".join(tails) for head, tails in groups.items())


def apart(text: str) -> list[str]:
    """The places of a text that :func:`together` made."""
    out = []
    for group in re.split(r"; (?!rank: )", text):
        first, *others = [group] if _RANK in group else group.split(", ")
        ends = re.split(r"[:–](?=[^:–]*$)", first) if re.search(r"(\d)([:–])([A-Z]*\d+)$", first) else [first]
        head, _ = _split(ends[0])
        for item in [first[len(head):], *others]:
            out += [head + tail for tail in _expanded(item, head)]
    return out


def added(places: Iterable[str], times: str = "") -> str:
    """The locator of a sum of the figures at these places; ``times`` names what each is multiplied by."""
    own = [place.split(_RANK)[0] for place in places]
    return f"SUM({times + ' × ' if times else ''}{together(dict.fromkeys(own))})"


def cells(locator: str) -> list[str]:
    """The places that a sum was added from; a place that is no sum is its own only one."""
    match = _SUM.fullmatch(locator)
    return apart(match[1]) if match else [locator]


def _split(place: str) -> tuple[str, str]:
    """Common beginning and rest; no beginning where nothing can stand beside it."""
    if not place.startswith("SUM(") and _RANK not in place:
        for pattern in _SPLIT:
            if match := pattern.fullmatch(place):
                return match[1], match[2]
    return "", place


def _column(letters: str) -> int:
    number = 0
    for c in letters:
        number = number * 26 + ord(c) - 64
    return number


def _letters(number: int) -> str:
    out = ""
    while number:
        number, rest = divmod(number - 1, 26)
        out = chr(65 + rest) + out
    return out


def _ranges(tails: list[str], head: str) -> list[str]:
    """Three or more neighbours as first and last; a sheet's cells along their row, others by their number."""
    runs: list[list[str]] = []
    for tail in tails:
        if runs and _follows(runs[-1][-1], tail, head):
            runs[-1].append(tail)
        else:
            runs.append([tail])
    mark = ":" if head.endswith("!") else "–"
    return [text for run in runs for text in (run if len(run) < 3 else [f"{run[0]}{mark}{run[-1]}"])]


def _follows(one: str, two: str, head: str) -> bool:
    pattern = _CELL if head.endswith("!") else _NUMBERED
    a, b = pattern.fullmatch(one), pattern.fullmatch(two)
    if not (a and b):
        return False
    if pattern is _CELL:
        return a[2] == b[2] and _column(b[1]) == _column(a[1]) + 1
    return a[1] == b[1] and len(a[2]) == len(b[2]) and int(b[2]) == int(a[2]) + 1


def _expanded(item: str, head: str) -> list[str]:
    sheet = head.endswith("!")
    first, mark, last = item.partition(":" if sheet else "–")
    if not head or not mark:
        return [item]
    if sheet:
        (a, row), (b, _) = _CELL.fullmatch(first).groups(), _CELL.fullmatch(last).groups()
        return [f"{_letters(n)}{row}" for n in range(_column(a), _column(b) + 1)]
    (name, a), (_, b) = _NUMBERED.fullmatch(first).groups(), _NUMBERED.fullmatch(last).groups()
    return [f"{name}{n:0{len(a)}d}" for n in range(int(a), int(b) + 1)]
