"""Places in a source, many in one text and back: what a figure was added from, what a page's notes list.

A place is what a row of the panel says of itself: ``Summary!H7``, ``2024.csv P18 SC51``, an address, or a recipe of ours
(``median papi/overall 2024``). Places of one sheet, row or recipe stand together under their common beginning, neighbours as
a range. The locator of a figure that is a sum names its cells: ``SUM(2024.csv P18 SC51, SC53–SC54)``.

>>> together(["2024.csv P18 SC51", "2024.csv P18 SC53", "2024.csv P18 SC54", "2024.csv P18 SC55", "S!Z7", "S!AA7", "S!AB7"])
'2024.csv P18 SC51, SC53–SC55; S!Z7:AB7'
>>> apart("2024.csv P18 SC51, SC53–SC55"), cells("SUM(S!Z7:AB7)")
(['2024.csv P18 SC51', '2024.csv P18 SC53', '2024.csv P18 SC54', '2024.csv P18 SC55'], ['S!Z7', 'S!AA7', 'S!AB7'])
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

_CELL = re.compile(r"([A-Z]{1,3})(\d+)")
_NUMBERED = re.compile(r"(\D*?)(\d+)")
# the common beginning, then what tells the place from its neighbours: a cell of a sheet, a column of a file's row or of an
# estimate's, a year
_SPLIT = (re.compile(r"([^;]*!)([A-Z]{1,3}\d+)"), re.compile(r"(\S+\.(?:csv|xlsx?) .+ )(\S+)"),
          re.compile(r"((?:\w+ ){4}att score .* |all pooled \w+ )(\w+)"), re.compile(r"([a-z_]+ .*?)((?:19|20)\d\d)"))
_RANK = "; rank: "  # a row whose rank was printed elsewhere says so behind its own place
_ROW_SUM = re.compile(r"(SUM\(\S+\.csv )(\S+)( [^;]*\))")
_SUM = re.compile(r"SUM\((?:[^()!]+ × )?(.*)\)", re.S)


def together(places: Iterable[str]) -> str:
    """Places as one text, in the order in which they (or the first with their beginning) come; neighbours as ranges.

    >>> together(["S!Z7", "S!AA7", "S!AB7"])
    'S!Z7:AB7'
    """
    return _text(_grouped(places))


def listed(places: Iterable[str]) -> str:
    """Places as one text for a list, whose order means nothing: those with one beginning in their own order, sums of the
    same columns of several rows as one, ``SUM(2024.csv [P14, P18–P20] SC11–SC14)``."""
    rows: dict[str, list[str]] = {}  # a sum with a gap for its row → the rows
    others = []
    for place in places:
        if match := _ROW_SUM.fullmatch(place):
            rows.setdefault(f"{match[1]}%s{match[3]}", []).append(match[2])
        else:
            others.append(place)
    sums = []
    for form, own in rows.items():
        several = ", ".join(_ranges(sorted(own, key=partial(_order, sheet=False)), ""))
        sums.append(form.replace("%s", own[0] if len(own) == 1 else f"[{several}]"))
    groups = {head: sorted(tails, key=partial(_order, sheet=head.endswith("!"))) if head else tails
              for head, tails in _grouped(others).items()}
    return "; ".join(filter(None, [_text(groups), *sums]))


def _grouped(places: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for place in places:
        head, tail = _split(place)
        groups.setdefault(head, []).append(tail)
    return groups


def _text(groups: Mapping[str, list[str]]) -> str:
    return "; ".join(head + ", ".join(_ranges(tails, head)) if head else "; ".join(tails) for head, tails in groups.items())


def apart(text: str) -> list[str]:
    """The places of a text that :func:`together` made.

    >>> apart("S!Z7:AB7")
    ['S!Z7', 'S!AA7', 'S!AB7']
    """
    out = []
    for group in re.split(r"; (?!rank: )", text):
        first, *others = [group] if _RANK in group else group.split(", ")
        ends = re.split(r"[:–](?=[^:–]*$)", first) if re.search(r"(\d)([:–])([A-Z]*\d+)$", first) else [first]
        head, _ = _split(ends[0])
        for item in [first[len(head):], *others]:
            out += [head + tail for tail in _expanded(item, head)]
    return out


def own(place: str) -> str:
    """A place without the one where the row's rank was printed: that of the score."""
    return place.split(_RANK)[0]


def rank_from(place: str) -> tuple[str, str] | None:
    """(source, place) of a rank that was printed elsewhere than the row's score; None where it was not."""
    _, mark, elsewhere = place.partition(_RANK)
    source, _, where = elsewhere.partition(" ")
    return (source, where) if mark else None


def along(said: Mapping[str, str]) -> str:
    """One text for a row's columns: what they all say alone, else ``column: text | column: text``. Columns that stand beside
    each other and say the same, or name neighbouring places, go together: ``2011 … 2013: median papi/overall 2011–2013``."""
    if len(set(said.values())) == 1:
        return next(iter(said.values()))
    runs: list[list[tuple[str, str]]] = []
    for one in said.items():
        if runs and _joins([text for _, text in runs[-1]], one[1]):
            runs[-1].append(one)
        else:
            runs.append([one])
    return " | ".join(f"{run[0][0]}{f' … {run[-1][0]}' if len(run) > 1 else ''}: {_said([text for _, text in run])}"
                      for run in runs if run[0][1])


def by_column(text: str, columns: Sequence[str]) -> dict[str, str]:
    """What a text of :func:`along` says of each of these columns, the ones that it was made for, in order."""
    columns = list(columns)
    out: dict[str, str] = {}
    for part in text.split(" | "):
        first, mark, said = part.partition(": ")
        first, _, last = first.partition(" … ")
        if not mark or first not in columns or (last or first) not in columns:
            return dict.fromkeys(columns, text)
        run = columns[columns.index(first):columns.index(last or first) + 1]
        each = apart(said)
        out |= dict(zip(run, each, strict=True)) if len(run) > 1 and len(each) == len(run) else dict.fromkeys(run, said)
    return out


def _joins(texts: list[str], text: str) -> bool:
    """Whether a text goes on a run: the same once more, or the next place after neighbours."""
    if len(set(texts)) == 1 and text == texts[0]:
        return True
    (head, a), (other, b) = _split(texts[-1]), _split(text)
    return bool(head) and head == other and len(set(texts)) == len(texts) and _follows(a, b, head)


def _said(texts: list[str]) -> str:
    return texts[0] if len(set(texts)) == 1 else together(texts)


def added(places: Iterable[str], times: str = "") -> str:
    """The locator of a sum of the figures at these places; ``times`` names what each is multiplied by."""
    return f"SUM({times + ' × ' if times else ''}{together(dict.fromkeys(map(own, places)))})"


def cells(locator: str) -> list[str]:
    """The places that a sum was added from; a place that is no sum is its own only one.

    >>> cells("SUM(S!Z7:AB7)"), cells("S!Z7")
    (['S!Z7', 'S!AA7', 'S!AB7'], ['S!Z7'])
    """
    match = _SUM.fullmatch(locator)
    return apart(match[1]) if match else [locator]


def _split(place: str) -> tuple[str, str]:
    """Common beginning and rest; no beginning where nothing can stand beside it."""
    if not place.startswith("SUM(") and _RANK not in place:
        for pattern in _SPLIT:
            if match := pattern.fullmatch(place):
                return match[1], match[2]
    return "", place


def _order(tail: str, sheet: bool) -> tuple:
    """Along the rows of a sheet; by name and number elsewhere."""
    if match := (_CELL if sheet else _NUMBERED).fullmatch(tail):
        return (0, int(match[2]), _column(match[1])) if sheet else (0, match[1], int(match[2]))
    return (1, tail, 0)


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
    ends = [match.groups() for end in (first, last) if (match := (_CELL if sheet else _NUMBERED).fullmatch(end))]
    if len(ends) < 2:
        return [item]
    (name, a), (other, b) = ends
    if sheet:
        return [f"{_letters(n)}{a}" for n in range(_column(name), _column(other) + 1)]
    return [f"{name}{n:0{len(a)}d}" for n in range(int(a), int(b) + 1)]
