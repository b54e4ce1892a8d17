"""The self-scoring form of the PAR Index: its columns, the empty form, and a filled one read and checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from govlib.errors import BadInput
from govlib.forms import table as _table
from govlib.forms import write
from govlib.forms.problems import lines, say
from govlib.institute import survey, synthetic
from govlib.institute import units as unit_list
from govlib.institute.par import criteria
from govlib.institute.par.criteria import EXACT, TREE
from govlib.institute.par.totals import outstanding, total
from govlib.known.departments import STATUSES
from govlib.words.tables import pair

MAKE = "govlib institute template par_scoring"
SCORING = ("department", "self_score", "evidence", "ministry_score", "reason", "outstanding", "deadline", "expected_score",
           "status")
COLUMNS = (*TREE, *SCORING)
POINTS = ("max_points", "self_score", "ministry_score", "expected_score")
TEXTS = tuple(c for c in COLUMNS if c not in POINTS)
STATUS_NAMES = {"planned": pair("par_form.planned"), "in_progress": pair("par_form.in_progress"), "done": pair("par_form.done"),
                "late": pair("par_form.late"), "dropped": pair("par_form.dropped")}
MUST = {"province": True, "edition": True, "as_of": True, "producer": False,
        "ministry_source": False}  # fields of the head of the form: whether they must be filled
FIELDS = {key: (must, *pair(f"par_form.field_{key}")) for key, must in MUST.items()}
HINTS = {"code": pair("par_form.code_3_3_2"), "level": pair("par_form.level"), "name_vi": pair("par_form.name_in_vietnamese"),
         "name_en": pair("par_form.name_in_english_if"), "max_points": pair("par_form.points_at_most"),
         "method": pair("par_form.how_points_are_given"),
         "department": pair("par_form.department_in_charge"), "self_score": pair("par_form.self_score"),
         "evidence": pair("par_form.link_or_number_document"),
         "ministry_score": pair("par_form.score_given_by_ministry"), "reason": pair("par_form.reason_for_difference"),
         "outstanding": pair("par_form.what_is_outstanding"), "deadline": pair("par_form.deadline_2025_06_30"),
         "expected_score": pair("par_form.score_once_it_is"),
         "status": pair("par_form.status")}


@dataclass
class Scoring:
    """A checked form. ``items``: all items in the tree's order, with the columns of the form (points as float, NaN for none;
    ``deadline`` as date or None), ``field`` (id), ``leaf``, ``unit`` (id of the department), ``row``; scores of inner items are
    added up from below and NaN where a part has none."""

    path: Path
    meta: dict[str, str]
    province: str
    edition: int
    as_of: dt.date
    items: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    @property
    def synthetic(self) -> bool:
        return synthetic.is_synthetic(self)

    @property
    def leaves(self) -> pd.DataFrame:
        """The lowest items, with ``score`` (the Ministry's, else the province's own) and ``known`` (``ministry``, ``self``, "")."""
        out = self.items[self.items["leaf"]].copy()
        out["score"] = out["ministry_score"].fillna(out["self_score"])
        out["known"] = np.select([out["ministry_score"].notna(), out["self_score"].notna()], ["ministry", "self"], "")
        return out

    def __str__(self) -> str:
        return self.told("en")

    def told(self, lang: str) -> str:
        """What a check says of it."""
        t = total(self)
        values = {"file": self.path.name, "edition": self.edition, "n": len(self.items), "scored": int(self.items["leaf"].sum()),
                  "low": t.low, "high": t.high}
        said = (say("{file}: PAR Index {edition}, {n} items ({scored} scored), {low:g} points", **values) if t.low == t.high else
                say("{file}: PAR Index {edition}, {n} items ({scored} scored), {low:g}–{high:g} points", **values))
        return lines([said + (f" · {synthetic.MARK}" if self.synthetic else ""),
                      *(say("look again: {note}", note=note) for note in self.notes)], lang)


def template(out: Path, edition: int | None = None, *, tree: pd.DataFrame | None = None) -> list[Path]:
    """The form as CSV and Excel: the eight fields, or the whole tree where the institute has put one (``tree``, or
    ``reference/par_criteria/<edition>.csv``)."""
    if tree is None and edition is not None:
        tree = criteria.tree(edition)
    if tree is None:
        rows = [[code, "field", vi, en] for code, (_, vi, en) in criteria.fields().items()]
    else:
        rows = [[row[c] for c in TREE] for row in tree.to_dict("records")]
    meta: list[tuple] = [(key, edition if key == "edition" and edition else "", f"{vi} / {en}")
                         for key, (_, vi, en) in FIELDS.items()]
    label = [("label", *(HINTS[c][0] for c in COLUMNS[1:]))]
    notes = [[*pair("par_form.note_copy_criteria")],
             [*pair("par_form.note_no_score")],
             *([f"{c}: {vi}", f"{c}: {en}"] for c, (vi, en) in HINTS.items()),
             *([f"level = {k}: {vi}", f"level = {k}: {en}"] for k, (vi, en) in criteria.LEVEL_NAMES.items()),
             *([f"method = {k}: {vi}", f"method = {k}: {en}"] for k, (vi, en) in criteria.METHODS.items()),
             *([f"status = {k}: {vi}", f"status = {k}: {en}"] for k, (vi, en) in STATUS_NAMES.items())]
    choices = {"level": list(criteria.LEVELS.values()), "method": list(criteria.METHODS), "status": list(STATUSES)}
    out = Path(out)
    return [write.form_csv(out / "par_scoring.csv", meta + label, COLUMNS, rows), _codes_as_text(
            write.form_xlsx(out / "par_scoring.xlsx", meta, COLUMNS, rows, choices=choices, notes=notes, empty_rows=400))]


def _codes_as_text(path: Path) -> Path:
    """The form with its first column formatted as text: else 3.10 becomes the number 3.1 as it is typed."""
    from openpyxl import load_workbook

    book = load_workbook(path)
    sheet = book[_table.SHEET]
    for styled in (sheet.column_dimensions["A"], *sheet["A"]):
        styled.number_format = "@"
    return write.workbook(path, book)


def layout() -> _table.Layout:
    """What the form looks like."""
    return _table.Layout({key: must for key, (must, *_) in FIELDS.items()}, COLUMNS, TEXTS, make=MAKE)


def read(path: str | Path, *, folder: Path | None = None) -> Scoring:
    """A filled form.

    Parameters
    ----------
    folder : where the institute's trees lie (``reference/par_criteria``).

    Raises
    ------
    BadInput : with every problem (``problems``): items that are not in the tree, stand twice or hang loose; points that do not
        add up or disagree with what was published of the edition; a score above the item's points, below zero, on an inner
        item, or a self-score of a survey item; a department that is unknown or was abolished; something outstanding without a
        deadline; letters that cannot be read.
    """
    table = _table.read(path, layout())
    if not set(COLUMNS) <= set(table.header):
        table.refuse()
    table.doubt_days("deadline", fields=["as_of"])
    edition, as_of = table.year("edition"), survey.past_day(table, "as_of")
    # by the edition, not by the form's day: what the Ministry gave a province for 2024 is noted after the province has gone
    province = unit_list.province(table, dt.date(edition, 12, 31) if edition else None, "edition")
    rows, typed = [_row(table, number, cells) for number, cells in table.rows], dict(table.rows)
    if edition is not None:
        bad = {p.row for p in table.problems if p.column == "max_points"}
        for at, column, value, problem, fix in criteria.faults(rows, edition):
            if not (column == "max_points" and (at in bad or at is None and bad)):
                table.problem(problem, at, column, value if at is None else typed[at][column] or None, fix)
        _against_tree(table, rows, criteria.tree(edition, folder), edition)
    inner = {criteria.parent(r["code"]) for r in rows} - {""}
    known = unit_list.units(province=province)
    for row in rows:
        row["leaf"] = row["code"] not in inner
        _scores(table, row, typed[row["row"]])
        _department(table, row, as_of, known)
    if any(r["ministry_score"] is not None for r in rows) and not table.meta.get("ministry_source"):
        table.field_problem("scores of the Ministry without their source", "ministry_source",
                            "write the document or page they were copied from")
    table.refuse()
    items = pd.DataFrame(sorted(rows, key=lambda r: criteria.order(r["code"])))
    for column in POINTS:
        items[column] = pd.to_numeric(items[column]).astype(float)
    items["field"] = [criteria.fields()[c.split(".")[0]][0] for c in items["code"]]
    assert edition is not None and as_of is not None  # or the form has been refused
    scoring = Scoring(table.path, table.meta, province, edition, as_of, _added_up(items), table.notes)
    scoring.notes += _doubts(scoring)
    return scoring


check = read  # of the command ``govlib institute check``


def _row(table: _table.Table, number: int, cells: dict[str, str]) -> dict:
    row: dict = {**{c: cells[c] for c in COLUMNS}, "row": number, "data_kind": cells.get("data_kind", "")}
    for column in POINTS:
        row[column] = None
        try:
            row[column] = _table.figure(cells[column])
        except BadInput:
            table.problem("not a number", number, column, cells[column],
                          "write digits only; leave the cell empty where there is no score")
    row["deadline"] = None
    if cells["deadline"] and (number, "deadline") not in table.faulty:  # of which enough is said
        row["deadline"] = _table.as_date(cells["deadline"])
        if row["deadline"] is None:
            table.problem("not a date", number, "deadline", cells["deadline"], "write YYYY-MM-DD")
    if cells["status"] and cells["status"] not in STATUSES:
        table.problem("unknown status", number, "status", cells["status"], say("one of {choices}", choices=', '.join(STATUSES)))
    return row


def _against_tree(table: _table.Table, rows: list[dict], tree: pd.DataFrame | None, edition: int) -> None:
    """Items and points beside the tree that the institute has put down for the edition."""
    if tree is None:
        return
    typed = dict(table.rows)
    official = tree.set_index("code")
    for row in rows:
        if criteria.depth(row["code"]) and row["code"] not in official.index:
            table.problem(say("not an item of the {edition} set", edition=edition), row["row"], "code", row["code"],
                          say("see reference/par_criteria/{edition}.csv", edition=edition))
        elif row["code"] in official.index and row["max_points"] is not None and \
                abs(official.loc[row["code"], "max_points"] - row["max_points"]) > EXACT:
            table.problem(say("{max_points:g} points in the {edition} set", max_points=official.loc[row['code'], 'max_points'],
                              edition=edition), row["row"], "max_points", typed[row["row"]]["max_points"],
                          "restore the points of the set")
    for code in sorted(set(official.index) - {r["code"] for r in rows}, key=criteria.order):
        table.problem(say("the item is missing: {name_vi}", name_vi=official.loc[code, 'name_vi']), None, "code", code,
                      "restore its row; leave the scores empty if there are none")


def _scores(table: _table.Table, row: dict, typed: dict[str, str]) -> None:
    n, most = row["row"], row["max_points"]
    for column in ("self_score", "ministry_score", "expected_score"):
        value = row[column]
        if value is None:
            continue
        if not row["leaf"]:
            table.problem(say("{code} has items below it, which bear the scores", code=row['code']), n, column, typed[column],
                          "leave it empty; it is added up")
            row[column] = None
        elif value < 0:
            table.problem("below zero", n, column, typed[column], "correct the score")
        elif most is not None and value > most + EXACT:
            table.problem(say("above the item's {most:g} points", most=most), n, column, typed[column],
                          "correct the score or the points")
    if row["leaf"] and row["method"] == "survey" and row["self_score"] is not None:
        table.problem("points by survey are not self-scored", n, "self_score", typed["self_score"],
                      "leave it empty until the survey's result is out")
    if row["outstanding"] and not row["leaf"]:
        table.problem(say("{code} has items below it, which bear the scores", code=row["code"]), n, "outstanding",
                      row["outstanding"], "write it in the row of the item below that it is about")
    elif row["outstanding"] and not typed["deadline"]:
        table.problem("outstanding, and no deadline", n, "deadline", None, "write the day by which it is mended")
    if row["expected_score"] is not None and not row["outstanding"]:
        table.problem("an expected score, and nothing outstanding", n, "outstanding", None, "say what is to be mended")
    current = row["ministry_score"] if row["ministry_score"] is not None else row["self_score"]
    if row["expected_score"] is not None and current is not None and row["expected_score"] < current - EXACT:
        table.problem(say("less than the score now ({current:g})", current=current), n, "expected_score", typed["expected_score"],
                      "mending does not cost points: correct one of the two")


def _department(table: _table.Table, row: dict, as_of: dt.date | None, known: unit_list.Known) -> None:
    row["unit"] = ""
    if not row["department"]:
        if row["leaf"] and criteria.depth(row["code"]) != 1:  # that a field has no criteria is said already
            table.problem("no department in charge", row["row"], "department", fix="write its full name")
        return
    if as_of is None:
        return
    unit, trouble, fix = unit_list.resolve(row["department"], as_of, as_of, known=known)
    if trouble or unit is None:
        table.problem(trouble, row["row"], "department", row["department"], fix)
    else:
        row["unit"], row["department"] = unit.unit, unit.name_vi


def _added_up(items: pd.DataFrame) -> pd.DataFrame:
    items = items.copy()
    for column in ("self_score", "ministry_score"):
        value = dict(zip(items["code"], items[column], strict=True))
        for code in sorted(items.loc[~items["leaf"], "code"], key=lambda c: -criteria.depth(c)):
            below = [value[c] for c in items["code"] if criteria.parent(c) == code]
            value[code] = float(np.sum(below)) if below else float("nan")  # NaN where any part has none
        items[column] = [value[c] for c in items["code"]]
    return items


def _doubts(s: Scoring) -> list[str]:
    leaf, said = s.leaves, list[str]()
    unproved = leaf[(leaf["self_score"] > 0) & leaf["evidence"].eq("")]
    if len(unproved):
        said.append(say("{n} self-scored items without evidence: {codes}", n=len(unproved), codes=_list(unproved["code"])))
    silent = leaf[(leaf["ministry_score"] < leaf["self_score"] - EXACT) & leaf["reason"].eq("")]
    if len(silent):
        said.append(say("{n} items that the Ministry cut, without a reason: {codes}", n=len(silent), codes=_list(silent["code"])))
    facts = criteria.published(s.edition)
    if "criteria" not in facts:
        said.append(say("how many criteria the {edition} set has was not read: only the sum to 100 points was checked",
                        edition=s.edition))
    late = outstanding(s).query("overdue")
    if len(late):
        said.append(say("{n} outstanding items past their deadline on {day:%d/%m/%Y}: {codes}", n=len(late), day=s.as_of,
                        codes=_list(late["code"])))
    return said


def _list(codes: Iterable[str], most: int = 8) -> str:
    codes = list(codes)
    return ", ".join(codes[:most]) + (say(" and {n} more", n=len(codes) - most) if len(codes) > most else "")
