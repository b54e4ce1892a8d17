"""The criteria tree of an edition of the PAR Index: fields, criteria, sub-criteria and their points.

Only what was published and read is known here (``reference/par_criteria/published.yaml``): the eight fields, how many
criteria the 2022 set has, how its hundred points divide. The tree itself is the Ministry's; the institute fills it in the form,
or puts it once into ``reference/par_criteria/<edition>.csv`` (columns :data:`TREE`), against which every form is then checked.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govlib import paths
from govlib.forms import table as forms
from govlib.forms.problems import say
from govlib.known import indices
from govlib.text import parse_number
from govlib.words.tables import pair

if TYPE_CHECKING:
    import pandas as pd

TREE = ("code", "level", "name_vi", "name_en", "max_points", "method")
LAYOUT = forms.Layout({}, TREE, [c for c in TREE if c != "max_points"], make="docs/institute.md", more=True)
LEVELS = {1: "field", 2: "criterion", 3: "sub_criterion"}
LEVEL_NAMES = {"field": pair("par_criteria.field"), "criterion": pair("par_criteria.criterion"),
               "sub_criterion": pair("par_criteria.sub_criterion")}
METHODS = {"appraisal": pair("par_criteria.self_scored_and_appraised"), "survey": pair("par_criteria.sociological_survey")}
TOTAL = 100.0
EXACT = 1e-6  # points are given in at most four decimals


def fields() -> dict[str, tuple[str, str, str]]:
    """Code of a field → (id of the index's component, Vietnamese, English); the eight of :mod:`govlib.known.indices`."""
    return {c.code: (c.id, c.name_vi, c.name_en) for c in indices.components("par") if c.code.isdigit()}


@cache
def _published() -> dict[str, Any]:
    import yaml

    return yaml.safe_load((paths.reference() / "par_criteria" / "published.yaml").read_text(encoding="utf-8"))


def published(edition: int) -> dict[str, Any]:
    """What is known of an edition's set: any of fields, criteria, sub_criteria, points, survey_points, source; empty if nothing."""
    return dict(_published()["editions"].get(edition, {}))


def field_points(edition: int) -> dict[str, float]:
    """Published points of single fields (id → points)."""
    return {f["field"]: float(f["points"]) for f in _published()["field_points"] if f["edition"] == edition}


def depth(code: str) -> int:
    """1 for a field, 2 for a criterion, 3 for a sub-criterion; 0 where the code is none.

    >>> depth("3"), depth("3.2"), depth("3.2.10"), depth("3.02"), depth("3.2.1.4")
    (1, 2, 3, 0, 0)
    """
    return code.count(".") + 1 if re.fullmatch(r"[1-9]\d?(\.[1-9]\d?){0,2}", code) else 0


def parent(code: str) -> str:
    return code.rpartition(".")[0]


def order(code: str) -> tuple[int, ...]:
    """Sort key: 2.10 comes after 2.9."""
    return tuple(int(part) for part in code.split("."))


def tier(total: float, lang: str = "vi") -> str:
    """Group of a total as printed for 2022 (A from 90, B from 80, C from 70); ``-`` below."""
    for group in sorted(indices.index("par").tiers, key=lambda group: -group["min"]):
        if total >= group["min"] - EXACT:
            return str(group[lang])
    return "-"


def bounds() -> list[float]:
    """Points at which a group begins, from below: 70, 80, 90."""
    return sorted(float(group["min"]) for group in indices.index("par").tiers)


def tree(edition: int, folder: Path | None = None) -> pd.DataFrame | None:
    """The edition's tree that the institute has put beside the published facts (columns :data:`TREE`), or None.

    Raises
    ------
    BadInput : no table, a tree that is not one (see :func:`faults`), a missing column, points that are no number.
    """
    import pandas as pd

    path = (folder or paths.reference() / "par_criteria") / f"{edition}.csv"
    if not path.is_file():
        return None
    table = forms.read(path, LAYOUT)
    table.refuse()
    rows: list[dict[str, Any]] = [{**{c: cells[c] for c in TREE}, "row": n} for n, cells in table.rows]
    for row in rows:
        row["max_points"] = parse_number(row["max_points"], file=path, row=row["row"], column="max_points")
    for at, column, value, problem, fix in faults(rows, edition):
        table.problem(problem, at, column, value, fix)
    table.refuse()
    return pd.DataFrame(rows)


Fault = tuple[int | None, str, object, str, str]


def faults(rows: list[dict], edition: int) -> list[Fault]:
    """What is wrong with a tree: (row, column, value, problem, what to do). ``rows``: the columns of TREE and ``row``.

    Codes fit their levels and have a parent; points of children add up to their parent's and those of the fields to 100; the
    numbers of an edition agree with what was published of it.
    """
    out: list[Fault] = []
    known: dict[str, dict] = {}
    for row in rows:
        n, text = row["row"], row["code"]
        d = depth(text)
        if not d:
            out.append((n, "code", text or None, "not a code of a field (3), criterion (3.2) or sub-criterion (3.2.1)",
                        "write it with points, no zeros in front"))
            continue
        if text in known:
            out.append((n, "code", text, say("the item stands twice (also in row {row})", row=known[text]['row']),
                        say("delete one of the two rows; if it was {code}0 (Excel makes {code} of it), type it as text: '{code}0",
                            code=text) if re.fullmatch(r"\d+\.\d", text) else "delete one of the two rows"))
            continue
        known[text] = row
        if row["level"] != LEVELS[d]:
            out.append((n, "level", row["level"] or None, say("{code} is the code of a {level}", code=text, level=LEVELS[d]),
                        say("write {level}, or correct the code", level=LEVELS[d])))
        if row["max_points"] is None or not row["max_points"] > 0:
            out.append((n, "max_points", row["max_points"], "an item has points above 0", "write the points of the criteria set"))
    for text, row in known.items():
        if (above := parent(text)) and above not in known:
            out.append((row["row"], "code", text, say("there is no item {code} above it", code=above),
                        say("add the row, or correct the code; if Excel made {short} of {code}, type it as text: '{code}",
                            code=above, short=above[:-1]) if re.fullmatch(r"\d+\.\d0", above) else
                        "add the row, or correct the code"))
        if depth(text) == 1 and text not in fields():
            out.append((row["row"], "code", text, say("not one of the {n} fields", n=len(fields())),
                        say("fields are {choices}", choices=', '.join(fields()))))
    astray = any(column == "code" for _, column, *_ in out)  # an item whose place is not known may be the one that a sum lacks
    out += [(None, "code", text, say("the field is missing: {name}", name=vi), "restore its row") for text,
            (_, vi, _) in fields().items() if text not in known]
    children: dict[str, list[dict]] = {}
    for text, row in known.items():
        children.setdefault(parent(text), []).append(row)
    for text, row in known.items():
        below = children.get(text, [])
        if below and not astray and row["max_points"] and all(b["max_points"] for b in below):
            total = sum(b["max_points"] for b in below)
            if abs(total - row["max_points"]) > EXACT:
                out.append((row["row"], "max_points", row["max_points"],
                            say("the items under {code} add up to {total:g}", code=text, total=total), "correct one of them"))
        if not below and text in fields() and not astray:
            out.append((row["row"], "code", text, "a field without criteria", "add its criteria"))
        elif not below and depth(text) > 1 and row["method"] not in METHODS:
            out.append((row["row"], "method", row["method"] or None, "how the item gets its points is not said",
                        say("one of {choices}", choices=', '.join(METHODS))))
    return out or _against_published(known, children, edition)


def _against_published(known: dict[str, dict], children: dict[str, list[dict]], edition: int) -> list[Fault]:
    facts = published(edition)
    out: list[Fault] = []
    total = sum(r["max_points"] for r in children.get("", []))
    if abs(total - TOTAL) > EXACT:
        out.append((None, "max_points", None, say("the fields add up to {total:g}, not to {all:g}", total=total, all=TOTAL),
                    "check the points of the fields"))
    for key, level in (("fields", 1), ("criteria", 2), ("sub_criteria", 3)):
        n = sum(depth(c) == level for c in known)
        if key in facts and n != facts[key]:
            out.append((None, "code", None,
                        say("the {edition} set has {published} {what} as published ({source}), here are {n}", edition=edition,
                            published=facts[key], what=key.replace('_', '-'), source=facts['source'], n=n),
                        "compare with the criteria set"))
    leaves = [r for c, r in known.items() if c not in children]
    if "survey_points" in facts:
        survey = sum(r["max_points"] for r in leaves if r["method"] == "survey")
        if abs(survey - facts["survey_points"]) > EXACT:
            out.append((None, "method", None,
                        say("{published:g} of the {edition} points come by survey as published, here {survey:g}",
                            published=facts['survey_points'], edition=edition, survey=survey), "check the column method"))
    for text, (field_id, *_) in fields().items():
        points = field_points(edition).get(field_id)
        if points is not None and text in known and abs(known[text]["max_points"] - points) > EXACT:
            out.append((known[text]["row"], "max_points", known[text]["max_points"],
                        say("the field has {points:g} points as published for {edition}", points=points, edition=edition),
                        "check it"))
    return out
