"""The statistics office's PX-Web: enterprises, workers, revenue, population, trained labour, cost of living by province.

One POST a table, answered as JSON-stat 2. Where the programming interface is closed (in 2026 it was) the page's own form is
sent instead, which gives the same JSON-stat. What is kept is the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from govlib.collect import walk
from govlib.collect.readers import pages
from govlib.collect.readers.pages import Refused
from govlib.errors import BadInput, UnknownName
from govlib.known import provinces
from govlib.text import clean, fold

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "nso-pxweb"
SITE = "https://pxweb.nso.gov.vn"
HOSTS = ("pxweb.nso.gov.vn",)
MOST_CELLS = 1_000_000  # provinces × years × a further variable are some ten thousand
TOTALS = ("total", "tong so", "tong cong")  # of a further variable: sexes, town and country
COLUMNS = ("province_printed", "province", "year", "variable", "value", "unit", "source", "locator", "note")


class Table(NamedTuple):
    """One table: the database that holds it, the control variable it becomes, its unit."""

    database: str
    variable: str
    unit: str


TABLES = {
    "E05.08": Table("Enterprise", "enterprises", "enterprises"), "E05.11": Table("Enterprise", "enterprise_workers", "persons"),
    "E05.23": Table("Enterprise", "enterprise_revenue", "VND billion, current prices"),
    "E02.03-07": Table("Population and Employment", "population", "thousand persons"),
    "E02.55": Table("Population and Employment", "trained_labour_share", "percent"),
    "E11.23": Table("Trade, Price and Tourist", "cost_of_living_index", "Ha Noi = 100")}


def fetch(web: walk.Walk) -> None:
    """Each table's variables, then all provinces and years of it; by the form where the interface is closed."""
    closed = False
    for code, table in TABLES.items():
        answer = None if closed else _by_interface(web, code, table)
        if answer is None:
            closed = True
            _by_form(web, code, table)


def _by_interface(web: walk.Walk, code: str, table: Table) -> bytes | None:
    url = f"{SITE}/api/v1/en/{quote(table.database)}/{code}.px/"
    about = web.get(f"{code}.variables.json", url)
    try:
        variables = json.loads(about or b"")["variables"]
        query = [{"code": v["code"], "selection": {"filter": "item", "values": _wanted(v["values"], v["valueTexts"])}}
                 for v in variables]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    body = json.dumps({"query": query, "response": {"format": "json-stat2"}}).encode()
    answer = web.get(f"{code}.json", url, body=body, headers={"Content-Type": "application/json"})
    if answer is not None:
        for name in (f"{code}.variables.json", f"{code}.json"):
            web.failed.pop(name, None)
    return answer


def _wanted(values: list[str], texts: list[str]) -> list[str]:
    """All provinces, all years; of a further variable the total, or everything, of which :func:`read` says that there is none."""
    if sum(_province(t) != "" for t in texts) >= 40 or all(_year(t) for t in texts):
        return values
    return [v for v, t in zip(values, texts, strict=True) if fold(t) in TOTALS] or values


def _by_form(web: walk.Walk, code: str, table: Table) -> None:
    where = quote(table.database, safe="")
    url = f"{SITE}/pxweb/en/{where}/{where}/{code}.px/"
    page = web.get(f"{code}.form.html", url, always=True)
    if page is None:
        return
    fields = _form(page)
    if not fields:
        web.failed[f"{code}.json"] = "the page has no form of the kind known: it changed"
        return
    answer = web.get(f"{code}.json", url, body=urlencode(fields).encode(), headers={
        "Content-Type": "application/x-www-form-urlencoded", "Referer": url})
    if answer is not None:
        for name in [n for n in web.failed if n.startswith(f"{code}.")]:
            web.failed.pop(name)


def _form(content: bytes) -> list[tuple[str, str]]:
    """What the form sends with everything chosen: hidden fields, every value of each box, the format, the button."""
    document = pages.parse(content)
    fields = [(f.get("name", ""), f.get("value", "")) for f in document.iter("input") if f.get("type") == "hidden"]
    boxes = [s for s in document.iter("select") if (s.get("name") or "").endswith("$ValuesListBox")]
    for box in boxes:
        options = [(o.get("value", ""), clean(o.text_content())) for o in box.iter("option")]
        chosen = _wanted([v for v, _ in options], [t for _, t in options])
        stem = box.get("name").removesuffix("$ValuesListBox")
        fields += [(box.get("name"), value) for value in chosen]
        fields = [(n, str(len(chosen)) if n == f"{stem}$NumberValuesSelected" else v) for n, v in fields]
    formats = [s.get("name") for s in document.iter("select") if (s.get("name") or "").endswith("$OutputFormatDropDownList")]
    buttons = [f.get("name") for f in document.iter("input") if (f.get("name") or "").endswith("$ButtonViewTable")]
    if not boxes or not formats or not buttons:
        return []
    return [*fields, (formats[0], "FileTypeJsonStat"), (buttons[0], "Continue")]


def _year(text: str) -> int:
    match = re.search(r"(?<!\d)(19|20)\d\d(?!\d)", text)
    return int(match[0]) if match else 0


def _province(text: str) -> str:
    try:
        return provinces.resolve(clean(text))
    except UnknownName:
        return ""


def read(folder: Path) -> tuple[pd.DataFrame, list[Refused]]:
    """Controls in long form, as text like the shipped ones, and what was not taken."""
    import pandas as pd

    rows, refused = [], []
    for code, table in TABLES.items():
        path = folder / f"{code}.json"
        if not path.is_file():
            continue
        try:
            rows += _rows(path, code, table)
        except BadInput as error:
            refused.append(Refused(path.name, str(error)))
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str"), refused


def _rows(path: Path, code: str, table: Table) -> list[dict[str, str]]:
    text = path.read_bytes().rstrip(b"\x00").decode("utf-8-sig", "replace")
    try:
        found: Any = json.loads(text)
        data = found if "dimension" in found else next(iter(found.values()))
        axes = _axes(data)
        cells = list(_cells(data, axes))
    except (ValueError, KeyError, TypeError, StopIteration, AttributeError, IndexError, OverflowError, RecursionError) as error:
        raise BadInput(f"not JSON-stat ({type(error).__name__})", file=path, fix="the origin refused, or changed") from error
    further = {at: _whole(path, axis) for at, axis in enumerate(axes) if not any(_province(t) or _year(t) for t in axis)}
    rows = []
    for labels, value in cells:
        if any(labels[at] not in totals for at, totals in further.items()):
            continue
        places = [(label, slug) for label in labels if (slug := _province(label))]
        years = [y for label in labels if not _province(label) and (y := _year(label))]
        if value is None or len(places) != 1 or len(years) != 1:
            continue
        (printed, slug), year = places[0], years[0]
        if slug in provinces.province_set(year):
            said = next(label for label in labels if _year(label) == year)
            rows.append({"province_printed": clean(printed), "province": slug, "year": str(year), "variable": table.variable,
                         "value": repr(float(value)).removesuffix(".0"), "unit": table.unit, "source": SOURCE,
                         "locator": f"{SITE} {code}: {clean(printed)}, {year}",
                         "note": "" if clean(said) == str(year) else clean(said)})
    if not rows:
        raise BadInput("no province and year in it", file=path, fix="the origin changed its form")
    return rows


def _whole(path: Path, labels: list[str]) -> set[str]:
    """The labels of a further dimension that stand for all of a province: its total, or its only one."""
    totals = {text for text in labels if fold(text) in TOTALS or len(labels) == 1}
    if not totals:  # the first of them, men, would be taken for all people
        raise BadInput("none of the categories of the table is a total", file=path, value=", ".join(map(clean, labels))[:80],
                       fix="look at the table, and name its total in TOTALS of govlib/collect/readers/pxweb.py")
    return totals


def _axes(data: dict) -> list[list[str]]:
    """The labels of each dimension, from JSON-stat of either version."""
    dimension = data["dimension"]
    ids = data.get("id") or dimension["id"]
    axes = []
    for name in ids:
        category = dimension[name]["category"]
        index = category.get("index") or list(category["label"])
        keys = sorted(index, key=lambda k: index[k]) if isinstance(index, dict) else list(index)
        axes.append([str(category.get("label", {}).get(k, k)) for k in keys])
    if prod(map(len, axes)) > MOST_CELLS:
        raise ValueError("more cells than any table of the country has")
    return axes


def _cells(data: dict, axes: list[list[str]]) -> Iterator[tuple[list[str], float | None]]:
    """(labels, value) of every cell; ``value`` may be a list or an object by position."""
    values = data["value"]
    for at, labels in enumerate(product(*axes)):
        value = values.get(str(at)) if isinstance(values, dict) else values[at]
        yield list(labels), None if value is None else float(value)
