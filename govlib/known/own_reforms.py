"""A researcher's own list of who did what when: for the session, the functions of `govlib.effects` take it as a reform."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import pandas as pd

from govlib.errors import BadInput, UnknownName
from govlib.forms.table import as_date
from govlib.known import indices, names, provinces, reforms

_AN_AIM = "write pci:time_costs or papi:overall, for example"


def register_reform(table: pd.DataFrame, reform: str, *, aims: Iterable[str], coverage: str = "partial",
                    name_vi: str = "", name_en: str = "") -> str:
    """Make a list of one's own known as a reform until the session ends; nothing is written.

    `govlib.effects` then takes its id: `estimate`, `spillovers`, `after_the_end` and `placebo_date`, `etable` and `sentence` of
    their rows; so does `govlib.adoption`. Tables that `make` has written hold reforms of the registry only: `govlib.reforms` and
    `govlib.estimates` have no row of it.

    Parameters
    ----------
    table : a row a province: ``province`` in any spelling and ``start_date`` (2017, 2017-05, 2017-05-17, 17/5/2017); any other of
        `reforms.ACTION_COLUMNS` where known (``end_date``, ``confidence``, …).
    reform : its id.   aims : what it aims at, named before looking: ``pci:time_costs``, ``papi:overall``, …
    coverage : ``complete`` if no other province did it, else ``partial``: others are then of unknown state.

    Returns the id, for ``reform=``. A list given again under the same id takes the place of the first. Raises BadInput with the row
    (as a spreadsheet counts it), column and value, for an id that the registry has, and for an aim that is not known.
    """
    if reform in reforms.reform_types().index and reform not in reforms.SESSION:
        raise BadInput("the registry has a reform of this id", column="reform", value=reform, fix="take another id")
    if coverage not in ("complete", "partial"):
        raise BadInput("coverage must be complete or partial", column="coverage", value=coverage)
    if not isinstance(table, pd.DataFrame):
        raise BadInput("the data are no pandas table", value=type(table).__name__, fix="pandas.DataFrame(...)")
    if table.empty or not str(reform).strip():
        raise BadInput("the table has no rows" if table.empty else "a reform needs an id", column="reform", value=reform)
    aims = (aims,) if isinstance(aims, str) else () if aims is None else tuple(aims)
    aims = [_aim(aim) for told in aims for aim in str(told).split(";")]
    if not aims:
        raise BadInput("no aim is named", column="aims", fix=_AN_AIM)
    for column in ("province", "start_date"):
        if column not in table.columns:
            raise BadInput("there is no such column", column=column, fix="columns province and start_date are needed")
    if twice := [str(column) for column in table.columns[table.columns.duplicated()]]:
        raise BadInput("the column stands twice", column=twice[0], fix="delete one")
    rows = table.reindex(columns=reforms.ACTION_COLUMNS).astype(object)
    rows = rows.where(rows.notna(), "").astype(str).reset_index(drop=True)
    for column in ("start_date", "end_date"):
        rows[column] = [_day(text, column, number + 2) for number, text in enumerate(rows[column])]
    for number, given in enumerate(rows["province"]):
        try:
            rows.loc[number, "province"] = provinces.resolve(given)
        except UnknownName as error:
            raise BadInput(str(error), row=number + 2, column="province", value=given) from None
    precision = rows["start_date"].str.count("-").map({0: "year", 1: "month", 2: "day"})
    rows = rows.assign(reform=reform, reform_id=[f"{reform}-{n + 1}" for n in range(len(rows))], level="province",
                       target_components=";".join(aims), date_precision=precision.where(rows["start_date"] != "", ""))
    for column, usual in (("confidence", "unverified"), ("date_of", "in_force"), ("year_basis", "stated")):
        rows[column] = rows[column].where(rows[column] != "", usual)
    rows["date_of"] = rows["date_of"].where(rows["start_date"] != "", "unknown")
    own = pd.DataFrame([{"reform": reform, "name_vi": name_vi or reform, "name_en": name_en or reform, "coverage": coverage}],
                       index=pd.Index([reform], name="reform"))
    reforms.SESSION[reform] = (own, reforms.checked(rows, None, {reform}))
    return reform


def _aim(given: str) -> str:
    """An aim as the registry writes it; raises BadInput with the argument that it is of, as no column of the table holds it."""
    index_id, _, component = given.partition(":")
    try:
        index_id = names.index(index_id)
        component = names.component(component, [index_id])
    except UnknownName as error:
        raise BadInput(str(error), column="aims", value=given, fix=_AN_AIM) from None
    if component != "overall" and component not in indices.component_ids(index_id):
        raise BadInput("an aim is a component of an index, or overall", column="aims", value=given, fix=_AN_AIM)
    return f"{index_id}:{component}"


def _day(given: str, column: str, row: int) -> str:
    """A date as the registry writes it: 2017, 2017-05, 2017-05-17; the day stands first in 17/5/2017."""
    text = unicodedata.normalize("NFKC", given).strip() if given.isdecimal() else given.strip()  # ２０１７, but no 2017²
    text = text.removesuffix(".0").removesuffix(" 00:00:00")
    if month := re.fullmatch(r"([0-9]{1,2})/([0-9]{4})", text):
        text = f"{month[2]}-{int(month[1]):02d}"
    elif "/" in text and (day := as_date(text)):
        text = day.isoformat()
    if text and not re.fullmatch(r"(19|20)[0-9]{2}(-[0-9]{2}){0,2}", text):
        raise BadInput("not a date", row=row, column=column, value=given, fix="write 2017, 2017-05 or 2017-05-17")
    return text
