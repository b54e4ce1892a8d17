"""What is wrong with a form, each thing with its place and its remedy, in both languages.

Sentences are written in English where the fault is found; their Vietnamese stands in ``problems.csv`` beside this module,
one line a sentence, with the same ``{placeholders}``. A sentence with something to fill in is made by :func:`say`, so that
both languages can be filled in.
"""

from __future__ import annotations

import csv
import re
import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from govlib.errors import BadInput, GovlibError, MissingData, NotEstimable, UnknownName, short_name, shown
from govlib.words.tables import phrase

_MARKS = str.maketrans(".,", ",.")
LISTED = 200  # problems in one message
NAMED = 300   # letters of what fills a place, a name or a sentence
HABIT = 12    # more cells of a column with one slip, whatever they hold, are told as one


class Said(str):
    """A filled-in sentence that remembers how it was made, so that it can be said in Vietnamese too."""

    template: str
    values: dict[str, object]

    def __add__(self, other: str) -> Said:  # two sentences in a row: both are remembered
        return say("{a}{b}", a=self, b=other)

    def __radd__(self, other: str) -> Said:
        return say("{a}{b}", a=other, b=self)


def say(template: str, **values: object) -> Said:
    """An English sentence with its values.

    >>> said = say("more than {whole} ({value:g})", whole="resolved", value=12.0)
    >>> said, vietnamese(said)
    ('more than resolved (12)', 'lớn hơn resolved (12)')
    """
    said = Said(template.format(**values))
    said.template, said.values = template, values
    return said


@cache
def sentences() -> dict[str, str]:
    """English sentence (with placeholders) → Vietnamese."""
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as handle:
        return {row["en"]: row["vi"] for row in csv.DictReader(handle)}


class _Figures(string.Formatter):
    """Figures with a decimal comma and points between thousands."""

    def format_field(self, value: object, spec: str) -> str:
        text = super().format_field(value, spec)
        return text.translate(_MARKS) if spec and isinstance(value, (int, float)) else text


@cache
def _shapes() -> list[tuple[re.Pattern[str], str]]:
    """Sentences with something to fill in, those with most words of their own first, by which a filled one is known again."""
    found = []
    for en, vi in sentences().items():
        own, shape, named = list(string.Formatter().parse(en)), "", set()
        for text, name, *_ in own:
            # a word or several, whose plural's s is not a later one of the sentence
            filled = r"\w+(?:[ -]\w+)*" if name == "noun" else ".*"
            shape += re.escape(text) + ("" if name is None else filled if name in named else f"(?P<{name}>{filled})")
            named.add(name)
        letters = sum(c.isalpha() for text, *_ in own for c in text)
        if named - {None} and letters > 3:
            found.append((letters, re.compile(shape, re.S), re.sub(r"\{(\w+)[^}]*\}", r"{\1}", vi)))
    return [(shape, vi) for _, shape, vi in sorted(found, key=lambda row: -row[0])]


def vietnamese(text: str) -> str:
    """The Vietnamese of a sentence; a sentence that is not in the table (another program's) stays as it is.

    >>> vietnamese("govlib panel failed, and nothing more was made")
    'lệnh govlib panel không xong, nên không làm tiếp'
    """
    if not isinstance(text, Said):
        if text in sentences():
            return sentences()[text]
        known = next(((m, vi) for shape, vi in _shapes() if (m := shape.fullmatch(text))), None)
        return known[1].format(**{name: _value(name, value) for name, value in known[0].groupdict().items()}) if known else text
    values = {name: _value(name, value) if isinstance(value, str) else value for name, value in text.values.items()}
    return _Figures().format(sentences().get(text.template, text.template), **values)


def _value(name: str, value: str) -> str:
    """What fills a place: a word that is also a column's name (unit, year) only in a place for words (``noun: unit``)."""
    if len(value) > NAMED and not isinstance(value, Said):
        return value  # somebody's own words: to look for sentences of ours in a paragraph takes seconds
    return sentences().get(f"{name}: {value}") or vietnamese(value)


def lines(said: Iterable[str], lang: str) -> str:
    """Sentences under a first one, each on a line of its own."""
    return "\n  ".join(vietnamese(text) if lang == "vi" else text for text in said)


def message(text: str) -> str:
    """The Vietnamese of a whole message that another process has put together: its place, its sentence, its remedy.

    >>> message("BadInput: pci/2019.csv, row 3, column rank: not a rank → fetch it again")
    'BadInput: pci/2019.csv, dòng 3, cột rank: không phải thứ hạng → tải lại'
    """
    said, arrow, fix = text.partition(" → ")
    starts = [0, *(found.end() for found in re.finditer(": ", said))]
    at = next((at for at in starts if vietnamese(said[at:]) != said[at:]), len(said))
    place = re.sub(r"\b(row|column|value)(?= )", lambda found: vietnamese(found[0]), said[:at])
    return place + vietnamese(said[at:]) + arrow + (message(fix) if fix else "")


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one place. ``row`` counts as a spreadsheet does, the first line of the file being row 1."""

    problem: str
    file: str = ""
    row: int | None = None
    column: str | None = None
    value: object = None
    fix: str | None = None

    def __str__(self) -> str:
        return str(self.error())

    def error(self) -> BadInput:
        return BadInput(self.problem, file=self.file or None, row=self.row, column=self.column, value=self.value, fix=self.fix)

    def vi(self) -> str:
        """The same in Vietnamese."""
        where = [short_name(self.file)] if self.file else []
        where += [f"{vietnamese('row')} {self.row}"] if self.row is not None else []
        where += [f"{vietnamese('column')} {self.column}"] if self.column is not None else []
        where += [f"{vietnamese('value')} {shown(self.value)}"] if self.value is not None else []
        return (", ".join(where) + ": " if where else "") + vietnamese(self.problem) + (
            f" → {vietnamese(self.fix)}" if self.fix else "")

    def to_dict(self) -> dict[str, object]:
        """For ``--json``: where, and what in both languages."""
        value = self.value if self.value is None or isinstance(self.value, (int, float)) else str(self.value)[:1000]
        return {"file": self.file, "row": self.row, "column": self.column, "value": value, "problem": str(self.problem),
                "remedy": str(self.fix or ""), "problem_vi": vietnamese(self.problem), "remedy_vi": vietnamese(self.fix or "")}


def problems_of(error: BadInput) -> list[Problem]:
    """What an error carries: its list, or itself as a list of one."""
    listed = getattr(error, "problems", None)
    return listed or [Problem(error.problem, short_name(error.file) if error.file else "", error.row, error.column, error.value,
                              error.fix)]


def grouped(problems: Iterable[Problem]) -> list[Problem]:
    """One and the same slip in several rows of a file as one problem that names all the rows, so that a unit misnamed in a
    hundred rows, or a column typed in another unit of measure, does not hide the others."""
    listed = list(problems)
    habits: Counter[tuple] = Counter((p.file, p.problem, p.column, p.fix) for p in listed if None not in (p.row, p.column))
    groups: dict[tuple, list[Problem]] = {}
    for p in listed:
        alike = p.file, p.problem, p.column, p.fix
        groups.setdefault((*alike, None if habits[alike] > HABIT else str(p.value)), []).append(p)
    return [first if not more else replace(first, problem=say("{problem} (also in {n} other rows: {rows})", problem=first.problem,
                                                              n=len(more), rows=", ".join(str(p.row) for p in more)))
            for first, *more in groups.values()]


def refuse(problems: Iterable[Problem]) -> None:
    """Raise one :class:`BadInput` for all problems (its ``problems`` holds them one by one); nothing where there is none."""
    problems = list(problems)
    if not problems:
        return
    said = grouped(problems)
    error = said[0].error()
    if len(said) > 1:
        listed = [f"  {number}. {problem}" for number, problem in enumerate(said[:LISTED], 1)]
        listed += [f"  … and {len(said) - LISTED} more"] if len(said) > LISTED else []
        error = BadInput(f"{len(said)} problems:\n" + "\n".join(listed))
    error.problems = problems  # type: ignore[attr-defined]
    raise error


def told(problem: GovlibError, lang: str) -> str:
    """An error's message; in Vietnamese its frame, and its sentences as far as the table has them."""
    if lang == "en":
        return str(problem)
    if isinstance(problem, BadInput):
        listed = [found.vi() for found in grouped(problems_of(problem))]
        if len(listed) == 1:
            return listed[0]
        return phrase("told.problems", "vi", n=len(listed)) + "".join(f"\n  {at}. {text}" for at, text in enumerate(listed, 1))
    if isinstance(problem, UnknownName):
        nearest = phrase("told.nearest", "vi", names=", ".join(map(vietnamese, problem.nearest))) if problem.nearest else ""
        where = Problem("", str(problem.file or ""), problem.row).vi()
        return where + phrase("told.unknown", "vi", kind=vietnamese(problem.kind), name=str(problem.name)[:NAMED]) + nearest
    if isinstance(problem, MissingData):
        return phrase("told.missing", "vi", file=problem.path.name, wrong=vietnamese(problem.wrong), folder=problem.path.parent,
                      command=vietnamese(problem.make))
    if isinstance(problem, NotEstimable):
        return phrase("told.not_estimable", "vi", reason=vietnamese(problem.reason))
    return message(str(problem))
