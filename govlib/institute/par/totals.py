"""What a self-scoring adds up to: by field and unit, points lost, what is outstanding, the shortest way to a target."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from govlib.errors import BadInput
from govlib.institute.par import criteria
from govlib.institute.par.criteria import EXACT
from govlib.known.departments import OPEN

if TYPE_CHECKING:
    from govlib.institute.par.form import Scoring


@dataclass(frozen=True)
class Total:
    """``low``: points of the items that have a score; ``high``: if those without got all their points. ``tier``: the group,
    empty where low and high fall into different ones."""

    low: float
    high: float
    own: float
    own_of: float
    ministry: float
    ministry_of: float

    @property
    def open(self) -> float:
        return self.high - self.low

    def tier(self, lang: str = "vi") -> str:
        a, b = criteria.tier(self.low, lang), criteria.tier(self.high, lang)
        return a if a == b else ""


def total(s: Scoring) -> Total:
    """The province's points now. ``own``/``ministry``: points given by each, of the points of the items each has scored."""
    leaf = s.leaves
    low = float(leaf["score"].sum())

    def part(column: str) -> tuple[float, float]:
        has = leaf[column].notna()
        return float(leaf.loc[has, column].sum()), float(leaf.loc[has, "max_points"].sum())

    return Total(_clean(low), _clean(low + float(leaf.loc[leaf["score"].isna(), "max_points"].sum())), *part("self_score"),
                 *part("ministry_score"))


def _clean(x: float) -> float:
    return round(x, 9)  # 0.1 + 0.2

GROUPED = ("key", "items", "max_points", "self_score", "ministry_score", "score", "unknown_points", "lost", "gap", "cut_items")


def by(s: Scoring, column: str) -> pd.DataFrame:
    """Points by ``field``, ``unit`` (department in charge) or ``method``.

    ``self_score``, ``ministry_score``, ``score``: sums over the items that have one; ``unknown_points``: points of the items
    without any score; ``lost``: points of scored items less their scores; ``gap``: Ministry less self over the items that both
    scored; ``cut_items``: how many the Ministry gave less. ``key`` is the field's or unit's id.
    """
    if column not in ("field", "unit", "method"):
        raise BadInput("cannot be grouped so", column="column", value=column, fix="field, unit or method")
    rows = []
    for key, g in s.leaves.groupby(column, sort=False):
        both, has = g["ministry_score"].notna() & g["self_score"].notna(), g["score"].notna()
        rows.append({"key": key, "items": len(g), "max_points": _clean(g["max_points"].sum()),
                     "self_score": g["self_score"].sum(min_count=1),
                     "ministry_score": g["ministry_score"].sum(min_count=1), "score": g["score"].sum(min_count=1),
                     "unknown_points": _clean(g.loc[~has, "max_points"].sum()),
                     "lost": _clean((g["max_points"] - g["score"])[has].sum()),
                     "gap": (g["ministry_score"] - g["self_score"])[both].sum(min_count=1),
                     "cut_items": int((g["ministry_score"] < g["self_score"] - EXACT).sum())})
    return pd.DataFrame(rows, columns=list(GROUPED))


def gaps(s: Scoring) -> pd.DataFrame:
    """Items on which the Ministry and the province differ, the largest cut first: ``code, name_vi, name_en, unit, department,
    max_points, self_score, ministry_score, gap, reason, evidence, field``."""
    leaf = s.leaves
    leaf["gap"] = leaf["ministry_score"] - leaf["self_score"]
    leaf = leaf[leaf["gap"].abs() > EXACT].sort_values(["gap", "max_points"], ascending=[True, False], kind="stable")
    return leaf[["code", "name_vi", "name_en", "unit", "department", "max_points", "self_score", "ministry_score", "gap", "reason",
                 "evidence",
                 "field"]].reset_index(drop=True)

OUTSTANDING = ("code", "name_vi", "name_en", "field", "unit", "department", "max_points", "score", "expected_score", "gain",
               "outstanding",
               "deadline", "status", "open", "overdue", "total_after", "tier_after")


def outstanding(s: Scoring, *, on: dt.date | None = None) -> pd.DataFrame:
    """What is to be mended and what each item would add to the province's score, the largest first.

    ``gain``: expected score (all points where none is given) less the score now, in points of the hundred; NaN where the
    item has no score yet. ``total_after``: the province's points if this item alone were mended, on the points known now, and
    ``tier_after`` its group (empty while points are unknown and would decide). ``overdue``: open on the day ``on`` (the form's
    date by default) with the deadline behind.
    """
    now, day, rows = total(s), on or s.as_of, []
    for r in s.leaves[s.leaves["outstanding"].ne("")].to_dict("records"):
        expected = r["max_points"] if np.isnan(r["expected_score"]) else r["expected_score"]
        is_open = (r["status"] or "planned") in OPEN
        gain = expected - r["score"] if is_open else 0.0
        after = Total(now.low + gain, now.high + gain, 0, 0, 0, 0)
        rows.append({**{c: r[c] for c in ("code", "name_vi", "name_en", "field", "unit", "department", "max_points", "score",
                                          "outstanding", "deadline")},
                     "expected_score": expected, "gain": _clean(gain), "status": r["status"] or "planned", "open": is_open,
                     "overdue": bool(is_open and r["deadline"] < day), "total_after": _clean(after.low),
                     "tier_after": after.tier() if gain == gain else ""})
    out = pd.DataFrame(rows, columns=list(OUTSTANDING))
    return out.sort_values(["gain", "deadline"], ascending=[False, True], kind="stable", ignore_index=True)


@dataclass(frozen=True)
class Way:
    """The fewest outstanding items that lift the points known now to ``target``; ``reached`` False where all do not."""

    target: float
    missing: float
    codes: tuple[str, ...]
    gain: float
    reached: bool


def shortest(s: Scoring, target: float | None = None) -> Way | None:
    """The fewest open items that reach ``target`` points (default: where the next group begins); None at the top.

    Taking the largest gains first needs the fewest items, as gains simply add up.
    """
    now = total(s).low
    if target is None:
        target = next((b for b in criteria.bounds() if b > now + EXACT), None)
        if target is None:
            return None
    missing, gain, codes = target - now, 0.0, []
    for row in outstanding(s).itertuples():
        if gain >= missing - EXACT:
            break
        if row.gain > 0:
            gain += row.gain
            codes.append(row.code)
    return Way(float(target), _clean(max(missing, 0.0)), tuple(codes), _clean(gain), bool(gain >= missing - EXACT))


def is_link(evidence: str) -> bool:
    """Whether the evidence is a public address (a document's number is fine too, but cannot be opened)."""
    return bool(re.match(r"https?://\S+\.\S+$", evidence))
