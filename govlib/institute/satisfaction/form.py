"""The satisfaction survey's form: questions, groups, the empty form, and a filled one read and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import files, paths
from govlib.forms import table as _table
from govlib.forms import write
from govlib.forms.problems import lines, say
from govlib.institute import survey, synthetic
from govlib.institute import units as unit_list
from govlib.known import provinces
from govlib.known.satisfaction import COMPONENTS
from govlib.words.tables import pair, phrase

if TYPE_CHECKING:
    import pandas as pd


MAKE = "govlib institute template satisfaction"
MIN_CELL = 10
SATISFIED = 4  # this answer and above
SERVICES = {service: pair(f"satisfaction_form.service_{service}") for service in COMPONENTS}
FACTORS = {
    "access": pair("satisfaction_form.access"), "procedures": pair("satisfaction_form.procedures"),
    "staff": pair("satisfaction_form.staff"), "results": pair("satisfaction_form.results"),
    "feedback_handling": pair("satisfaction_form.handling_feedback"),
}
# column -> {id: (Vietnamese, English)}
GROUPS = {
    "respondent_type": {"citizen": pair("satisfaction_form.citizens"), "firm": pair("satisfaction_form.firms")},
    "sex": {"female": pair("satisfaction_form.women"), "male": ("Nam", "Men")},
    "age_group": {"18-29": pair("satisfaction_form.age_18_29"), "30-44": pair("satisfaction_form.age_30_44"),
                  "45-59": pair("satisfaction_form.age_45_59"), "60+": pair("satisfaction_form.age_60_and_over")},
    "area": {"urban": pair("satisfaction_form.urban"), "rural": pair("satisfaction_form.rural")},
}
GROUP_NAMES = {"respondent_type": pair("satisfaction_form.respondents"), "sex": pair("satisfaction_form.sex"),
               "age_group": pair("satisfaction_form.age"),
               "area": pair("satisfaction_form.area"), "service": pair("satisfaction_form.service"), "unit": pair("ddci_page.unit")}
TEXTS = ("respondent_id", "service", "unit", *GROUPS, "stratum", "psu")


@cache
def items() -> dict[str, dict[str, str]]:
    """Questions: item → {factor, vi, en}; ``overall`` first."""
    return {row["item"]: row for row in files.rows(paths.reference() / "institute" / "satisfaction_items.csv")}


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
        """``stratum`` and ``psu`` as :func:`govlib.institute.statistics.shares.share` takes them (None where the form has none)."""
        return {k: self.data[k].factorize()[0] if self.data[k].ne("").all() else None for k in ("stratum", "psu")}

    @cached_property
    def asked_in(self) -> provinces.Province:
        """The province as it was on the first day in the field: Bắc Ninh before and since July 2025 are two.

        Raises
        ------
        UnknownName : no province, or an unknown one (a form that was read has one).
        """
        return provinces.unit_on(provinces.resolve(self.meta.get("province")), _table.as_date(self.meta.get("fieldwork_from", "")))

    def __str__(self) -> str:
        return self.told("en")

    def told(self, lang: str) -> str:
        """What a check says of it."""
        answers = self.data.groupby("service")["overall"].count()
        small = [f"{label('service', s, lang)} ({n})" for s, n in answers.items() if n < MIN_CELL]
        few = [say("fewer than {n} answers, will not be published: {names}", n=MIN_CELL, names=", ".join(small))] if small else []
        return lines([say("{file}: {n} respondents, {units} units, {services} services, round {year}", file=self.path.name,
                          n=len(self.data), units=self.data["unit"].nunique(), services=self.data["service"].nunique(),
                          year=self.year) + (f" · {synthetic.MARK}" if self.synthetic else ""), *few, *self.notes], lang)


def template(out: Path) -> list[Path]:
    """The empty form as CSV and Excel, with the questions and the rules on a sheet of its own."""
    notes = [[*pair("satisfaction_form.note_one_row")],
             [*pair("satisfaction_form.note_weight")],
             *([f"service = {k}: {vi}", f"service = {k}: {en}"] for k, (vi, en) in SERVICES.items()),
             *([f"{g} = {k}: {vi}", f"{g} = {k}: {en}"] for g, ks in GROUPS.items() for k, (vi, en) in ks.items()),
             *([f"{k}: {v['vi']}", f"{k}: {v['en']}"] for k, v in items().items())]
    out = Path(out)
    choices = {"service": list(SERVICES), **{g: list(v) for g, v in GROUPS.items()}}
    label = [("label", *(GROUP_NAMES.get(c, (items().get(c, {}).get("vi", c),))[0] for c in columns()[1:]))]
    return [write.form_csv(out / "satisfaction.csv", survey.HEAD + label, columns()),
            write.form_xlsx(out / "satisfaction.xlsx", survey.HEAD, columns(), choices=choices, notes=notes)]


def layout() -> _table.Layout:
    """What the form looks like."""
    return survey.layout(columns(), TEXTS, MAKE)


def read(path: str | Path) -> Survey:
    """A filled form.

    Raises
    ------
    BadInput : with every problem (``problems``): wrong columns or items, a respondent twice, weights that are not above
        zero, a unit that was abolished, a department that is not listed, letters that cannot be read. Nothing is left out silently.
    """
    table = _table.read(path, layout())
    year, start, end, province = survey.head(table, columns())
    known, rows = unit_list.units(names=(cells["unit"] for _, cells in table.rows), province=province), []
    seen, resolved, found = dict[str, int](), dict[str, tuple](), dict[str, unit_list.Unit]()
    for number, cells in table.rows:
        who = cells["respondent_id"]
        if not who:
            table.problem("no respondent_id", number, "respondent_id", fix="give every respondent a number of their own")
        elif who in seen:
            table.problem(say("respondent twice (also in row {row})", row=seen[who]), number, "respondent_id", who,
                          "keep one of the two rows")
        seen.setdefault(who, number)
        row = {"row": number, "respondent_id": who, "stratum": cells["stratum"], "psu": cells["psu"],
               "data_kind": cells.get("data_kind", "")}
        row["service"] = survey.choice(table, number, "service", cells["service"], SERVICES, must=True)
        for group, known_values in GROUPS.items():
            row[group] = survey.choice(table, number, group, cells[group], known_values)
        name = cells["unit"]
        if not name:
            table.problem("no unit", number, "unit", fix="write who served the respondent")
        elif start and end:
            if name not in resolved:
                resolved[name] = unit_list.resolve(name, start, end, known=known, any_name=True)
            unit, trouble, fix = resolved[name]
            if trouble:
                table.problem(trouble, number, "unit", name, fix)
            row["unit"] = found.setdefault(unit.unit, unit).name_vi if unit else name
        row["weight"] = survey.weight_of(table, number, cells["weight"])
        answered = 0
        for item in items():
            row[item] = survey.answer(table, number, item, cells[item], 1, 5, whole=True)
            answered += row[item] == row[item]
        if not answered:
            table.problem("no answer to any question", number, None, who, "delete the row, or type the answers in")
        rows.append(row)
    survey.check_design(table, rows)
    if rows and all(r["overall"] != r["overall"] for r in rows):
        table.problem("nobody answered the overall question", column="overall", fix="the shares are of this question: type it in")
    data = survey.settled(table, rows, found.values(), "no weights given: every respondent counts the same")
    assert year is not None  # or the form has been refused
    return Survey(table.path, table.meta, year, data, table.notes)


check = read  # of the command ``govlib institute check``


def label(column: str, key: str, lang: str) -> str:
    """A service, group or unit as a reader knows it."""
    if key == "":
        return phrase("satisfaction_form.not_stated", lang)
    known = SERVICES if column == "service" else GROUPS.get(column, {})
    return known[key][0 if lang == "vi" else 1] if key in known else key
