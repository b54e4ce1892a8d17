"""Cells too small to publish, and the others that must go with them so that nobody can work them out.

A cell with fewer than ``minimum`` answers is suppressed (primary). Where the totals around it are published, subtraction
would give it back, so further cells are suppressed (complementary) until an auditor with all published numbers, knowing
only that no hidden place is empty, cannot pin a suppressed count down: the range of counts that fit is at least ``minimum``
wide (feasibility interval by linear programming; Willenborg and de Waal 2001, Elements of Statistical Disclosure Control,
ch. 4; Cox 1980 for the method).

The audit holds only where nobody is told which hidden cells are primary: of two that add up to 11, "fewer than 10" on one and
"10 or more" on the other say 1 and 10. What is published has one reason for both. Not covered: that the complement is the smallest
shown cell, which may narrow a count for who knows it, and the shares (of hidden cells together, the total less those shown).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govlib.errors import BadInput


@dataclass(frozen=True)
class Pattern:
    """What is hidden of a table with its totals.

    ``primary`` and ``hidden`` (primary or complementary): boolean, shape (rows + 1, columns + 1); the last row and column
    are the totals. ``primary`` is for this module alone: published, it gives counts away. ``low``/``high``: what an auditor can
    say of each count (equal to it where published).
    """

    counts: np.ndarray
    primary: np.ndarray
    hidden: np.ndarray
    low: np.ndarray
    high: np.ndarray


def with_totals(counts: np.ndarray) -> np.ndarray:
    """Counts with row totals, column totals and the grand total added at the end."""
    counts = np.atleast_2d(np.asarray(counts, float))
    rows = np.column_stack([counts, counts.sum(axis=1)])
    return np.vstack([rows, rows.sum(axis=0)])


def _constraints(shape: tuple[int, int]) -> np.ndarray:
    """One line an identity "sum of the parts = total", over the flattened table with totals."""
    r, c = shape
    lines = []
    for i in range(r):
        line = np.zeros(shape)
        line[i, :-1], line[i, -1] = 1, -1
        lines.append(line.ravel())
    for j in range(c):
        line = np.zeros(shape)
        line[:-1, j], line[-1, j] = 1, -1
        lines.append(line.ravel())
    return np.array(lines)


def audit(counts: np.ndarray, hidden: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest value of every cell that fits the published ones; ``counts`` with totals, same shape as ``hidden``.

    A hidden cell has at least one answer: a group is listed because someone is in it. Of an empty place that is hidden as a
    complement the reader is taken to know that it may be empty, which is more than the page says.

    Raises
    ------
    BadInput : counts that do not add up to their totals.
    """
    from scipy.optimize import linprog

    a, flat, secret = _constraints(counts.shape), counts.ravel(), hidden.ravel()
    if np.abs(a @ flat).max() > 1e-6:
        raise BadInput("the counts do not add up to their totals")
    low, high = flat.copy(), flat.copy()
    where = np.flatnonzero(secret)
    if where.size == 0:
        return low.reshape(counts.shape), high.reshape(counts.shape)
    known = a[:, ~secret] @ flat[~secret]
    bounds = [(min(1.0, flat[cell]), None) for cell in where]
    for k, cell in enumerate(where):
        goal = np.zeros(where.size)
        goal[k] = 1
        for sign, out in ((1, low), (-1, high)):
            found = linprog(sign * goal, A_eq=a[:, where], b_eq=-known, bounds=bounds, method="highs")
            out[cell] = np.inf * -sign if found.status == 3 else sign * found.fun
    return low.reshape(counts.shape), high.reshape(counts.shape)


def suppress(counts: np.ndarray, minimum: int = 10, *, fixed_hidden: np.ndarray | None = None,
             totals_open: bool = False) -> Pattern:
    """Choose what to hide.

    Parameters
    ----------
    counts : answers, shape (rows, columns), without totals. A count of 0 is a place without answers: it hides nobody and
        stays visible unless it is needed as a complement (then "no answers" is not said).
    minimum : fewest answers that may be shown. fixed_hidden : boolean with totals; cells hidden elsewhere already.
    totals_open : totals are published in another table and may not be hidden here, except those in ``fixed_hidden``.

    The complement is the smallest visible cell of the line that gives a secret away; after each step the table is audited. Of a
    line whose published total is hardly more than ``minimum`` the counts span less, as nothing hidden elsewhere can widen them.
    """
    if minimum < 2:
        raise BadInput("the smallest cell to publish has at least 2 answers", column="min_cell", value=minimum,
                       fix="write 5 or more; 10 is usual")
    full = with_totals(counts)
    primary = (full > 0) & (full < minimum)
    if totals_open:
        shown = np.zeros_like(primary)
        shown[-1, :] = shown[:, -1] = True
        primary &= ~shown
    hidden = primary.copy() if fixed_hidden is None else primary | fixed_hidden
    primary = hidden.copy()
    may = ~hidden
    if totals_open:
        may[-1, :] = may[:, -1] = False
    may[-1, -1] = False  # the number of all respondents is always published
    lines = _constraints(full.shape).astype(bool).reshape(-1, *full.shape)
    while True:
        # cheap first: a line with one hidden count gives it back by subtraction
        lonely = next((line for line in lines if (line & hidden).sum() == 1 and (line & may & ~hidden).any()
                       and full[line & hidden][0] > 0), None)
        if lonely is None:
            low, high = audit(full, hidden)
            weak = hidden & (high - low < _wide(full, hidden, minimum) - 1e-9) & (full > 0)
            if not weak.any():
                return Pattern(full, primary, hidden, low, high)
            i, j = np.argwhere(weak)[0]
            lonely = np.any([line for line in lines if line[i, j]], axis=0)
            if not (lonely & may & ~hidden).any():
                lonely = may
        options = np.argwhere(lonely & may & ~hidden)
        if not len(options):
            return Pattern(full, primary, hidden, low, high)
        best = min(options, key=lambda rc: _cost(full, hidden, lines, tuple(rc)))
        hidden[tuple(best)] = True


def _wide(full: np.ndarray, hidden: np.ndarray, minimum: int) -> np.ndarray:
    """How wide the range of each count must be: ``minimum``, or what its line can give at most. Where the total T of a line is
    published and m of its cells hold someone, each of them holds 1 to T − m + 1, whatever else is hidden."""
    room = np.full(full.shape, float(minimum))
    for table, secret, out in ((full, hidden, room), (full.T, hidden.T, room.T)):
        some = (table[:, :-1] > 0).sum(1)
        out[:] = np.where(secret[:, -1:], out, np.minimum(out, (table[:, -1] - some)[:, None]))
    return room


def _cost(full: np.ndarray, hidden: np.ndarray, lines: np.ndarray, cell: tuple[int, int]) -> tuple:
    """Empty cells last; then those that open no new line with a single secret; then the smallest."""
    opens = sum(line[cell] and not (line & hidden).any() for line in lines)
    return full[cell] == 0, opens, full[cell]


def safe(pattern: Pattern, minimum: int = 10) -> bool:
    """Whether no hidden count can be pinned down to a range narrower than ``minimum``, or than its line can give."""
    wide = _wide(pattern.counts, pattern.hidden, minimum)
    weak = pattern.hidden & (pattern.high - pattern.low < wide - 1e-9) & (pattern.counts > 0)
    return not weak.any()
