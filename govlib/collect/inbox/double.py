"""Double entry: two people type one edition, each into a form of their own (``pci_2025_a``, ``pci_2025_b``).

The intake waits for both, shows every cell in which they differ, and takes the figures in once they agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from govlib.collect.inbox.check import Checked
from govlib.forms.problems import Problem, say
from govlib.forms.table import HASH
from govlib.text import fold

HANDS = ("a", "b")
WORDS = ("producer", "citation", "url", "terms")  # fields of which one form's go into the sidecar
_NAME = re.compile(r"([a-z]+[_-][0-9]{4})[_-]([ab])")


def hand(path: Path) -> tuple[str, str]:
    """(edition, hand) of a form's name; no hand for a form that is typed once.

    >>> hand(Path("pci_2025_a.xlsx")), hand(Path("pci_2025.xlsx"))
    (('pci_2025', 'a'), ('pci_2025', ''))
    """
    match = _NAME.fullmatch(path.stem.lower())
    return (match[1].replace("-", "_"), match[2]) if match else (path.stem.lower(), "")


def alone(waiting: Sequence[Path]) -> list[Problem]:
    """Forms of a double entry whose other one has not come."""
    hands = {hand(path): path for path in waiting}
    return [Problem(say("typed once, and the other form, {other}, is not here", other=f"{edition}_{other}"), path.name,
                    fix="wait for the second person's form, or take the letter off the name to have it typed once only")
            for (edition, one), path in hands.items() if one and (edition, other := HANDS[one == "a"]) not in hands]


def settle(checked: Iterable[Checked]) -> tuple[list[Checked], dict[str, Checked], list[Problem]]:
    """(forms to take in, second form by the name of the first, problems): the first of a pair stands for both."""
    firsts, seconds, problems = [], {}, []
    by_edition: dict[str, Checked] = {}
    for one in sorted(checked, key=lambda c: c.form.path.name):
        edition, letter = hand(one.form.path)
        if letter and edition in by_edition and hand(by_edition[edition].form.path)[1] != letter:
            seconds[by_edition[edition].form.path.name] = one
            problems += differences(by_edition[edition], one)
            continue
        firsts.append(one)
        if letter:
            by_edition[edition] = one
    return firsts, seconds, problems


def differences(first: Checked, second: Checked) -> list[Problem]:
    """Every cell and field in which two typings differ, and a pair that one person typed."""
    names, problems = [one.form.path.name for one in (first, second)], []
    people = [one.form.meta.get("transcribed_by", "").strip() for one in (first, second)]
    if not all(people) or people[0].casefold() == people[1].casefold():
        said = say("a double entry needs two people: {a} and {b}", a=people[0] or "?", b=people[1] or "?")
        problems.append(Problem(said, names[0], column="transcribed_by", fix="each writes their own name into their form"))
    mine, theirs = ({(row["province"], row["component"]): row for row in one.rows} for one in (first, second))
    for key in sorted(mine.keys() | theirs.keys()):
        a, b = mine.get(key), theirs.get(key)
        for field, column in (("score", key[1]), ("rank", "rank")):
            typed = [one[field] if one else "" for one in (a, b)]
            if typed[0] != typed[1]:
                at = a or b
                problems.append(_differ(typed, names, at["row"] if at else None, column))
    return problems + _words(first, second, names)


def _words(first: Checked, second: Checked, names: list[str]) -> list[Problem]:
    """Fields and notes in which they differ, but for case and punctuation: the second one's words would be lost."""
    problems = []
    for key in WORDS:
        typed = [one.form.meta.get(key, "").strip() for one in (first, second)]
        if (typed[0] != typed[1]) if key == "url" else (fold(typed[0]) != fold(typed[1])):
            problems.append(_differ(typed, names, first.form.meta_rows.get(key), HASH + key))
    mine, theirs = ({cells["province"]: (row, cells["note"]) for row, cells in one.form.rows} for one in (first, second))
    for province, (row, note) in mine.items():
        other = theirs.get(province, (0, note))[1]
        if fold(note) != fold(other):
            problems.append(_differ([note, other], names, row, "note"))
    return problems


def _differ(typed: list[str], names: list[str], row: int | None, column: str) -> Problem:
    said = say("typed twice, and the two differ: {a} in {first}, {b} in {second}", a=typed[0] or "–", b=typed[1] or "–",
               first=names[0], second=names[1])
    return Problem(said, names[0], row, column, fix="look at the publication and correct the wrong one")
