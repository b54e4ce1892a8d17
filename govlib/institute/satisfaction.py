"""Satisfaction of citizens and firms with public services: from one row a respondent to a section of the briefing.

Form: ``govlib institute template satisfaction``. A person counts as satisfied who answers 4 or 5 on the five-point scale,
as the Ministry's SIPAS counts; the five factors bear SIPAS's names, the wording of the questions is the institute's.

Shares are weighted; intervals respect strata, sampling units and weights (:mod:`govlib.institute.shares`); cells with few
answers are hidden together with those that would give them away (:mod:`govlib.institute.disclosure`).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import paths
from govlib.errors import BadInput
from govlib.forms import table as _table
from govlib.forms import write
from govlib.forms.problems import say
from govlib.institute import synthetic
from govlib.institute import units as unit_list
from govlib.text import fold
from govlib.words import wording

if TYPE_CHECKING:
    import pandas as pd

    from govlib.publish.show import Html

MAKE = "govlib institute template satisfaction"
MIN_CELL = 10
SATISFIED = 4  # this answer and above

# id -> (Vietnamese, English, component of data/raw/institute_reported)
SERVICES = {
    "service_centre": ("Trung tâm hành chính công các cấp", "Public administrative service centres",
                       "public_services_at_provincial_and_district_service_centres"),
    "public_health": ("Dịch vụ y tế công lập", "Public health services", "public_health_services"),
    "online": ("Dịch vụ công trực tuyến", "Online public services", "online_public_services_level_3_4"),
    "commune": ("Dịch vụ hành chính công cấp xã", "Public services at commune level", "commune_level_public_services"),
}
FACTORS = {
    "access": ("Tiếp cận dịch vụ", "Access"), "procedures": ("Thủ tục hành chính", "Procedures"),
    "staff": ("Công chức giải quyết công việc", "Staff"), "results": ("Kết quả giải quyết", "Results"),
    "feedback_handling": ("Tiếp nhận, giải quyết góp ý, phản ánh, kiến nghị", "Handling of feedback"),
}
# column -> {id: (Vietnamese, English)}
GROUPS = {
    "respondent_type": {"citizen": ("Người dân", "Citizens"), "firm": ("Doanh nghiệp", "Firms")},
    "sex": {"female": ("Nữ", "Women"), "male": ("Nam", "Men")},
    "age_group": {"18-29": ("18–29 tuổi", "Age 18–29"), "30-44": ("30–44 tuổi", "Age 30–44"),
                  "45-59": ("45–59 tuổi", "Age 45–59"), "60+": ("Từ 60 tuổi", "Age 60 and over")},
    "area": {"urban": ("Thành thị", "Urban"), "rural": ("Nông thôn", "Rural")},
}
GROUP_NAMES = {"respondent_type": ("Đối tượng", "Respondents"), "sex": ("Giới tính", "Sex"), "age_group": ("Nhóm tuổi", "Age"),
               "area": ("Khu vực", "Area"), "service": ("Lĩnh vực", "Service"), "unit": ("Đơn vị", "Unit")}
TEXTS = ("respondent_id", "service", "unit", *GROUPS, "stratum", "psu")
FIELDS = {"province": (True, "tỉnh", "province"), "year": (True, "năm của đợt khảo sát", "year of the round"),
          "fieldwork_from": (True, "ngày bắt đầu phỏng vấn, 2025-09-01", "first day of interviews"),
          "fieldwork_to": (True, "ngày kết thúc phỏng vấn", "last day of interviews"),
          "producer": (False, "đơn vị khảo sát", "who surveyed"),
          "sampling": (False, "cách chọn mẫu, một câu", "how respondents were drawn, one sentence")}


@cache
def items() -> dict[str, dict[str, str]]:
    """Questions: item → {factor, vi, en}; ``overall`` first."""
    with (paths.reference() / "institute" / "satisfaction_items.csv").open(encoding="utf-8", newline="") as handle:
        return {row["item"]: row for row in csv.DictReader(handle)}


def columns() -> list[str]:
    """Columns of the form."""
    return ["respondent_id", "service", "unit", *GROUPS, "stratum", "psu", "weight", *items()]


@dataclass
class Survey:
    """A round: ``data`` one row a respondent (columns of the form; items as float, NaN for no answer; ``row`` in the file)."""

    path: Path
    meta: dict[str, str]
    year: int
    data: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    @property
    def synthetic(self) -> bool:
        return synthetic.is_synthetic(self) or synthetic.is_synthetic(self.data)

    @cached_property
    def design(self) -> dict:
        """``stratum`` and ``psu`` as :func:`govlib.institute.shares.share` takes them (None where the form has none)."""
        return {k: self.data[k].factorize()[0] if self.data[k].ne("").all() else None for k in ("stratum", "psu")}

    def __str__(self) -> str:
        said = [f"{self.path.name}: {len(self.data)} respondents, {self.data['unit'].nunique()} units, "
                f"{self.data['service'].nunique()} services, round {self.year}" + (f" · {synthetic.MARK}" if self.synthetic else "")]
        small = [f"{SERVICES[s][1]} ({n})" for s, n in self.data["service"].value_counts().items() if n < MIN_CELL]
        if small:
            said.append(f"  fewer than {MIN_CELL} answers, will not be published: {', '.join(small)}")
        return "\n".join([*said, *(f"  {note}" for note in self.notes)])


# ---- form and validation ---------------------------------------------------------------------------------------------

def template(out: Path) -> list[Path]:
    """The empty form as CSV and Excel, with the questions and the rules on a sheet of its own."""
    meta = [(key, "", f"{vi} / {en}") for key, (_, vi, en) in FIELDS.items()]
    notes = [["Mỗi người trả lời một dòng. Trả lời 1–5 (4, 5 là hài lòng); để trống khi không trả lời.",
              "One row a respondent. Answers 1–5 (4 and 5 are satisfied); leave empty where there is no answer."],
             ["weight: quyền số, lớn hơn 0; để trống cả cột nếu mẫu tự cân. stratum, psu: tầng và cụm chọn mẫu, nếu có.",
              "weight: above 0; leave the whole column empty if the sample weights itself. stratum, psu: of the sample, if any."],
             *([f"service = {k}: {vi}", f"service = {k}: {en}"] for k, (vi, en, _) in SERVICES.items()),
             *([f"{g} = {k}: {vi}", f"{g} = {k}: {en}"] for g, ks in GROUPS.items() for k, (vi, en) in ks.items()),
             *([f"{k}: {v['vi']}", f"{k}: {v['en']}"] for k, v in items().items())]
    out = Path(out)
    choices = {"service": list(SERVICES), **{g: list(v) for g, v in GROUPS.items()}}
    label = [("label", *(GROUP_NAMES.get(c, (items().get(c, {}).get("vi", c),))[0] for c in columns()[1:]))]
    return [write.form_csv(out / "satisfaction.csv", meta + label, columns()),
            write.form_xlsx(out / "satisfaction.xlsx", meta, columns(), choices=choices, notes=notes)]


def read(path: str | Path) -> Survey:
    """A filled form.

    Raises
    ------
    BadInput : with every problem (``problems``): wrong columns or items, a respondent twice, weights that are not above
        zero, a unit that was abolished, letters that cannot be read. Nothing is left out silently.
    """
    import pandas as pd

    table = _table.read(path, _table.Layout({k: must for k, (must, *_) in FIELDS.items()}, columns(), TEXTS, make=MAKE))
    year, start, end = table.year(), table.date("fieldwork_from"), table.date("fieldwork_to")
    if start and end and end < start:
        table.field_problem("ends before it begins", "fieldwork_to")
    if not set(columns()) <= set(table.header):
        table.refuse()
    known, seen, resolved, spelling, rows = unit_list.units(), {}, {}, {}, []
    for number, cells in table.rows:
        who = cells["respondent_id"]
        if not who:
            table.problem("no respondent_id", number, "respondent_id", fix="give every respondent a number of their own")
        elif who in seen:
            table.problem(say("respondent twice (also in row {row})", row=seen[who]), number, "respondent_id", who, "keep one of the two rows")
        seen.setdefault(who, number)
        row = {"row": number, "respondent_id": who, "stratum": cells["stratum"], "psu": cells["psu"],
               "data_kind": cells.get("data_kind", "")}
        row["service"] = _choice(table, number, "service", cells["service"], SERVICES, must=True)
        for group, known_values in GROUPS.items():
            row[group] = _choice(table, number, group, cells[group], known_values)
        name = cells["unit"]
        if not name:
            table.problem("no unit", number, "unit", fix="write who served the respondent")
        elif start and end:
            if name not in resolved:
                resolved[name] = unit_list.resolve(name, start, end, known=known, any_name=True)
            unit, trouble, fix = resolved[name]
            if trouble:
                table.problem(trouble, number, "unit", name, fix)
            row["unit"] = spelling.setdefault(fold(unit.name_vi), unit.name_vi) if unit else name
        row["weight"] = _weight(table, number, cells["weight"])
        answered = 0
        for item in items():
            row[item] = answer(table, number, item, cells[item], 1, 5, whole=True)
            answered += row[item] == row[item]
        if not answered:
            table.problem("no answer to any question", number, None, who, "delete the row, or type the answers in")
        rows.append(row)
    check_design(table, rows)
    if rows and all(r["overall"] != r["overall"] for r in rows):
        table.problem("nobody answered the overall question", column="overall", fix="the shares are of this question: type it in")
    table.refuse()
    data = pd.DataFrame(rows)
    if data["weight"].isna().all():
        data["weight"] = 1.0
        table.notes.append("no weights given: every respondent counts the same")
    return Survey(table.path, table.meta, year, data, table.notes)


def _choice(table: _table.Table, row: int, column: str, value: str, known: dict, must: bool = False) -> str:
    """The id of a value given as id or by its Vietnamese or English name."""
    if not value:
        if must:
            table.problem("empty", row, column, fix=say("one of {choices}", choices=', '.join(known)))
        return ""
    if value in known:
        return value
    for key, names in known.items():
        if fold(value) in (fold(key), *(fold(n) for n in names[:2])):
            return key
    table.problem(say("not a {column}", column=column), row, column, value, say("one of {choices}", choices=', '.join(known)))
    return ""


def _weight(table: _table.Table, row: int, value: str) -> float:
    if not value:
        return float("nan")
    try:
        weight = _table.figure(value)
    except BadInput:
        table.problem("not a number", row, "weight", value, "write the weight as a number above 0")
        return float("nan")
    if weight is None or weight <= 0:
        table.problem("a weight is above zero", row, "weight", value,
                      "correct the weight; a respondent who should not count does not belong in the file")
        return float("nan")
    return weight


def answer(table: _table.Table, row: int, item: str, value: str, low: float, high: float, whole: bool) -> float:
    """An answer as a number, NaN where there is none; a problem where it is outside the question's scale."""
    if not value:
        return float("nan")
    try:
        number = _table.figure(value)
    except BadInput:
        number = None
    if number is None or not low <= number <= high or (whole and not float(number).is_integer()):
        table.problem(say("not an answer from {low:g} to {high:g}", low=low, high=high), row, item, value, "type the answer again; empty where there is none")
        return float("nan")
    return float(number)


def check_design(table: _table.Table, rows: list[dict]) -> None:
    """Weights, strata and sampling units are given for all or for none."""
    for column in ("weight", "stratum", "psu"):
        blank = [r["row"] for r in rows if column in r and (r[column] == "" or r[column] != r[column])]
        bad = {p.row for p in table.problems if p.column == column}
        blank = [b for b in blank if b not in bad]
        if blank and len(blank) + len(bad) < len(rows):
            for number in blank:
                table.problem(say("{column} is empty here and given in other rows", column=column), number, column,
                              fix="fill it in every row, or leave the whole column empty")


def check(path: str | Path) -> Survey:
    """As :func:`read`; for the command ``govlib institute check``."""
    return read(path)


# ---- results ---------------------------------------------------------------------------------------------------------

RESULT = ("n", "share", "low", "high", "se", "deff", "method", "hidden")


def estimate(survey: Survey, domain=None, item: str = "overall", level: float = 0.95):
    """Share satisfied with ``item`` in a domain (boolean over rows; None: all), :class:`govlib.institute.shares.Share`."""
    import numpy as np

    from govlib.institute import shares

    if item not in items():
        raise BadInput("not an item of this survey", column="item", value=item, fix=say("one of {choices}", choices=', '.join(items())))
    value = survey.data[item].to_numpy(float)
    y = np.where(np.isnan(value), np.nan, value >= SATISFIED)
    return shares.share(y, survey.data["weight"].to_numpy(float), **survey.design,
                        domain=None if domain is None else np.asarray(domain, bool), level=level)


def counts(survey: Survey, rows: str, columns: str | None = None) -> pd.DataFrame:
    """Answers to the overall question by one or two columns of the form.

    Respondents who left the column empty are a group of their own (key ``""``): left out, they could be worked out as the
    difference to the total, however few they are.
    """
    import pandas as pd

    data = survey.data[survey.data["overall"].notna()]
    return pd.crosstab(data[rows], data[columns]) if columns else data[rows].value_counts().sort_index().to_frame("n").T


def by(survey: Survey, rows: str, *, min_cell: int = MIN_CELL, level: float = 0.95) -> pd.DataFrame:
    """Shares by service, unit or a group; hidden cells carry no figures.

    Returns columns ``key, n, share, low, high, se, deff, method, hidden`` (shares 0–1); ``hidden`` is ``""``,
    ``few answers`` or ``protects another cell``.
    """
    import pandas as pd

    from govlib.institute import disclosure

    if rows not in GROUP_NAMES:
        raise BadInput("not a column to group by", column="rows", value=rows, fix=say("one of {choices}", choices=', '.join(GROUP_NAMES)))
    table = counts(survey, rows)
    pattern = disclosure.suppress(table.to_numpy(float), min_cell)
    records = []
    for j, key in enumerate(table.columns):
        records.append(_record({"key": key}, survey, survey.data[rows].eq(key), pattern, (0, j), level))
    return pd.DataFrame(records, columns=["key", *RESULT])


def cross(survey: Survey, rows: str, columns: str, *, min_cell: int = MIN_CELL, level: float = 0.95) -> pd.DataFrame:
    """Shares by two columns, with the same totals hidden as in :func:`by`, and the complement that protects the cells.

    Columns ``key, column, n, share, …, hidden``.
    """
    import numpy as np
    import pandas as pd

    from govlib.institute import disclosure

    table = counts(survey, rows, columns)
    full = disclosure.with_totals(table.to_numpy(float))
    fixed = np.zeros(full.shape, bool)
    fixed[:-1, -1] = disclosure.suppress(full[:-1, -1][None, :], min_cell).hidden[0, :-1]
    fixed[-1, :-1] = disclosure.suppress(full[-1, :-1][None, :], min_cell).hidden[0, :-1]
    pattern = disclosure.suppress(table.to_numpy(float), min_cell, fixed_hidden=fixed, totals_open=True)
    if not disclosure.safe(pattern, min_cell):  # totals give a cell away whatever is hidden inside: nothing inside is shown
        pattern.hidden[:-1, :-1] = True
    records = []
    for i, key in enumerate(table.index):
        for j, column in enumerate(table.columns):
            records.append(_record({"key": key, "column": column}, survey, survey.data[rows].eq(key) & survey.data[columns].eq(column),
                                   pattern, (i, j), level))
    return pd.DataFrame(records, columns=["key", "column", *RESULT])


def _record(keys: dict, survey: Survey, domain, pattern, at: tuple[int, int], level: float) -> dict:
    import math

    nothing = dict.fromkeys(("share", "low", "high", "se", "deff"), math.nan) | {"method": ""}
    if pattern.hidden[at]:
        return {**keys, "n": math.nan, **nothing, "hidden": "few answers" if pattern.primary[at] else "protects another cell"}
    if pattern.counts[at] == 0:
        return {**keys, "n": 0, **nothing, "hidden": ""}
    got = estimate(survey, domain, level=level)
    return {**keys, "n": got.n, "share": got.share, "low": got.low, "high": got.high, "se": got.se, "deff": got.deff,
            "method": got.method, "hidden": ""}


def by_item(survey: Survey, *, min_cell: int = MIN_CELL, level: float = 0.95) -> pd.DataFrame:
    """Share satisfied with every question of the five factors: ``item, factor, n, share, low, high, hidden``."""
    import math

    import pandas as pd

    records = []
    for item, about in items().items():
        got = estimate(survey, item=item, level=level)
        few = got.n < min_cell
        records.append({"item": item, "factor": about["factor"], "n": math.nan if few else got.n,
                        **{k: math.nan if few else getattr(got, k) for k in ("share", "low", "high", "se", "deff")},
                        "method": got.method, "hidden": "few answers" if few else ""})
    return pd.DataFrame(records, columns=["item", "factor", *RESULT])


def change(now: Survey, before: Survey, rows: str = "service", *, min_cell: int = MIN_CELL, level: float = 0.95) -> pd.DataFrame:
    """Change since an earlier round, with a test: only where both rounds may be shown.

    Columns ``key, before, now, change, low, high, p_value, p_adjusted (Holm), method``.
    """
    import math

    import pandas as pd

    from govlib.did import multiple_testing
    from govlib.institute import shares

    if now.year <= before.year:
        raise BadInput("the earlier round is not earlier", column="year", value=before.year, fix=say("a round before {year}", year=now.year))
    shown = [by(s, rows, min_cell=min_cell, level=level).set_index("key") for s in (now, before)]
    records = []
    for key in shown[0].index:
        visible = key in shown[1].index and all(t.loc[key, "hidden"] == "" for t in shown)
        if not visible:
            records.append({"key": key, "method": "not shown in both rounds"})
            continue
        a, b = (estimate(s, s.data[rows].eq(key), level=level) for s in (now, before))
        got = shares.change(a, b, level)
        records.append({"key": key, "before": b.share, "now": a.share, "change": got.change, "low": got.low, "high": got.high,
                        "p_value": got.p_value, "method": got.method})
    out = pd.DataFrame(records, columns=["key", "before", "now", "change", "low", "high", "p_value", "p_adjusted", "method"])
    p = pd.to_numeric(out["p_value"])
    out["p_adjusted"] = multiple_testing.adjust(p.to_numpy(float), "holm") if len(p) else math.nan
    return out


def reported(path: Path | None = None) -> pd.DataFrame:
    """Published results of earlier rounds, as reported: ``service, year, percent, source`` (no sample sizes are known)."""
    import pandas as pd

    files = [path] if path else sorted((paths.raw() / "institute_reported").glob("*.csv"))
    service = {component: key for key, (*_, component) in SERVICES.items()}
    found = []
    for file in files:
        table = pd.read_csv(file)
        for row in table.itertuples(index=False):
            if row.component in service:
                found.append({"service": service[row.component], "year": int(Path(file).stem), "percent": float(row.score),
                              "source": row.source})
    return pd.DataFrame(found, columns=["service", "year", "percent", "source"])


def tables(survey: Survey, previous: Survey | None = None, *, min_cell: int = MIN_CELL) -> dict[str, pd.DataFrame]:
    """Every table of the report, by name."""
    out = {name: by(survey, name, min_cell=min_cell) for name in ("service", "unit", *GROUPS)}
    out |= {f"service_{group}": cross(survey, group, "service", min_cell=min_cell) for group in GROUPS}
    out["unit_service"] = cross(survey, "unit", "service", min_cell=min_cell)
    out["items"] = by_item(survey, min_cell=min_cell)
    if previous is not None:
        out["change"] = change(survey, previous, min_cell=min_cell)
    return {name: synthetic.mark(table) if survey.synthetic else table for name, table in out.items()}


def label(column: str, key: str, lang: str) -> str:
    """A service, group or unit as a reader knows it."""
    if key == "":
        return "Không rõ" if lang == "vi" else "Not stated"
    known = SERVICES if column == "service" else GROUPS.get(column, {})
    return known[key][0 if lang == "vi" else 1] if key in known else key


# ---- the section of a briefing, and the report ----------------------------------------------------------------------

def section(survey: Survey, lang: str = "vi", previous: Survey | None = None, *, min_cell: int = MIN_CELL) -> list[Html]:
    """The survey as a section of a briefing: finding, figure by service, groups, items, change, method and limits."""
    from govlib.institute import _satisfaction_page

    return _satisfaction_page.section(survey, wording.check_language(lang), previous, min_cell)


def reported_section(lang: str = "vi", year: int | None = None) -> list[Html]:
    """What was reported of an earlier round (the newest, or of ``year``), for a briefing without microdata; empty where
    nothing was reported."""
    from govlib.institute import _satisfaction_page

    return _satisfaction_page.reported_section(wording.check_language(lang), year)


def report(path: str | Path, lang: str, out: Path, previous: str | Path | None = None) -> list[Path]:
    """The page and the tables (CSV) of a round into ``out``; nothing is written where the form has a problem."""
    from govlib.institute import _pages, _satisfaction_page

    survey = read(path)
    earlier = read(previous) if previous else None
    pieces = [_satisfaction_page.cover(survey, wording.check_language(lang)), *section(survey, lang, earlier)]
    suffix = "" if lang == "vi" else f".{lang}"
    made = [_pages.write(pieces, Path(out) / f"index{suffix}.html", lang=lang)]
    for name, table in tables(survey, earlier).items():
        target = Path(out) / "tables" / f"{name}.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(target, index=False, encoding="utf-8-sig")
        made.append(target)
    return made


def report_folder(path: str | Path) -> Path:
    """``briefings/<year>/satisfaction``."""
    return paths.briefings() / str(read(path).year) / "satisfaction"


# ---- made-up data ----------------------------------------------------------------------------------------------------

def demo(out: Path, year: int = 2025, n: int = 1600, seed: int = 2025) -> list[Path]:
    """Two rounds of made-up answers, marked SYNTHETIC: ``satisfaction_<year-1>.csv`` and ``satisfaction_<year>.csv``.

    Eight communes or wards a stratum (urban, rural) as sampling units, unequal weights, answers correlated inside a unit.
    """
    return [_demo(Path(out), y, n, seed + y) for y in (year - 1, year)]


def _demo(out: Path, year: int, n: int, seed: int) -> Path:
    import numpy as np

    rng = np.random.default_rng(seed)
    good = {"service_centre": 0.955, "public_health": 0.92, "online": 0.965, "commune": 0.93 if year % 2 == 0 else 0.955}
    psu_effect = rng.normal(0, 0.35, 16)
    rows = []
    for i in range(n):
        psu = int(rng.integers(16))
        service = str(rng.choice(list(SERVICES), p=[0.34, 0.26, 0.16, 0.24]))
        firm = rng.random() < 0.22
        level = np.log(good[service] / (1 - good[service])) + psu_effect[psu] + rng.normal(0, 0.6) - (0.25 if firm else 0)
        place = f"{'Phường' if psu < 8 else 'Xã'} Mẫu {psu % 8 + 1}"
        unit = {"service_centre": "Trung tâm Phục vụ hành chính công (mẫu)", "online": "Cổng dịch vụ công (mẫu)",
                "public_health": f"Cơ sở y tế mẫu {psu % 3 + 1}", "commune": f"UBND {place}"}[service]
        answers = []
        for _ in items():
            u = 1 / (1 + np.exp(-(level + rng.normal(0, 0.4))))
            answers.append("" if rng.random() < 0.03 else int(rng.choice([4, 5])) if rng.random() < u else int(rng.choice([1, 2, 3], p=[0.1, 0.3, 0.6])))
        if answers[0] == "":
            answers[0] = 4
        rows.append([f"R{i + 1:05d}", service, unit, "firm" if firm else "citizen", rng.choice(["female", "male"]),
                     rng.choice(["18-29", "30-44", "45-59", "60+"], p=[0.24, 0.38, 0.26, 0.12]), "urban" if psu < 8 else "rural",
                     "urban" if psu < 8 else "rural", f"P{psu + 1:02d}", round(float(rng.uniform(0.6, 2.4)), 3), *answers, synthetic.MARK])
    meta = [("data_kind", synthetic.MARK, synthetic.SAID["vi"], synthetic.SAID["en"]), ("province", "bac-ninh"), ("year", year),
            ("fieldwork_from", f"{year}-09-01"), ("fieldwork_to", f"{year}-09-30"), ("producer", "SYNTHETIC"),
            ("sampling", "hai tầng, tám cụm mỗi tầng (mô phỏng)")]
    return write.form_csv(out / f"satisfaction_{year}.csv", meta, [*columns(), "data_kind"], rows)
