"""A filled form, cell by cell: what is wrong with it, all at once, and what a person might look at again."""

from __future__ import annotations

import datetime as dt
import math
import re
import statistics
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from govlib.collect import checks
from govlib.collect.inbox import moves
from govlib.collect.inbox.form import check_year, columns
from govlib.errors import BadInput, UnknownName
from govlib.forms.problems import Problem, refuse, say
from govlib.forms.table import NOTHING, Table, as_year, figure
from govlib.forms.xml_pass import column_letters
from govlib.known import indices, provinces, weighting
from govlib.text import fold, unmarked
from govlib.words.tables import LANGS

_RESTORE = "restore the template's rows"
# a component that the publication has and the form has not is never thrown away
_NEW_COLUMN = ("restore its name, or remove it if it is none of the publication; a new component is first entered in "
               "indices/{index}.yaml (docs/annual_update.md, step 1), and the form made again")
FEW = 3  # figures that may have been given a mark


@dataclass
class Checked:
    """A form looked at: its tidy rows (columns of ``checks.TIDY``) as far as they can be read, what is wrong with it, and what
    a person might look at again."""

    form: Table
    index_id: str
    year: int
    rows: list[dict] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        return self.form.problems


def check_form(form: Table) -> Checked:
    """Everything that can be said about one form.

    Raises
    ------
    BadInput
        With all problems of the form, each with file, row, column, value and what to do.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from govlib import BadInput, inbox
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     form = inbox.read_form(inbox.template("pci", 2024, Path(folder))[0])
    >>> try:
    ...     inbox.check_form(form)
    ... except BadInput as error:
    ...     print(error.problems[0].problem)
    the form is empty: no score in any row
    """
    checked = examine(form)
    refuse(sorted(checked.problems, key=lambda p: p.row or 0))
    return checked


def examine(form: Table, raw: Path | None = None) -> Checked:
    """The same, with the problems listed beside the rows that could be read."""
    form = replace(form, problems=list(form.problems), meta=dict(form.meta), faulty=set(form.faulty))
    checked = Checked(form, "", 0, warnings=list(form.notes))
    index_id, year = _which_edition(checked)
    _source(checked)
    if index_id is None or year is None:
        return checked
    checked.index_id, checked.year = index_id, year
    if wrong := checks.header_problems(form.header, columns(index_id, year), form.path, form.header_row):
        given = {_known_slug(cells.get("province", "")) for _, cells in form.rows}
        wrong = [replace(p, fix=say(_NEW_COLUMN, index=index_id)) if p.problem == "unknown column" else p for p in wrong]
        form.problems += _of_another_set(given, year, form.path.name) + wrong  # cells cannot be told apart without the header
        return checked
    slugs = _provinces(checked)
    _figures(checked, slugs)
    if checked.rows and not checked.problems:
        checked.warnings += _doubts(checked.rows, index_id, year) + moves.doubts(checked.rows, index_id, year, raw)
    return checked


def _which_edition(checked: Checked) -> tuple[str | None, int | None]:
    meta, name = checked.form.meta, checked.form.path.name
    index_id, text, year = meta.get("index", "").lower() or None, meta.get("year", ""), None
    if index_id and index_id not in indices.INDICES:
        checked.form.field_problem("unknown index", "index", say("write one of {choices}", choices=", ".join(indices.INDICES)))
        index_id = None
    if text:
        year = as_year(text)
        if year is None:
            checked.form.field_problem("not a year", "year", "write four digits")
        elif index_id:
            try:
                check_year(indices.index(index_id), year)
            except BadInput as error:
                checked.form.field_problem(error.problem, "year", error.fix)
                year = None
    named = re.match(r"([a-z]+)[_-]([0-9]{4})", name.lower())
    if named and index_id and year and (named[1], int(named[2])) != (index_id, year):
        said = say("wrong year or index: the file's name says {named}, the form {form}", named=f"{named[1]} {named[2]}",
                   form=f"{index_id} {year}")
        checked.form.field_problem(said, "year", "rename the file, or use the form of that edition")
    return index_id, year


def _source(checked: Checked) -> None:
    form = checked.form
    url, day = form.meta.get("url", ""), form.meta.get("transcribed", "")
    if url and not re.match(r"https?://\S+\.\S+", url):
        form.field_problem("not a web address", "url", "copy it from the browser, with https://")
    form.doubt_days(fields=["transcribed"])
    if day and (on := form.date("transcribed")):
        if on > dt.date.today() + dt.timedelta(days=1):
            form.field_problem("a day in the future", "transcribed", "correct the date")
        form.meta["transcribed"] = on.isoformat()  # as sidecar and catalogue hold it


# ---- provinces -------------------------------------------------------------------------------------------------------

def _provinces(checked: Checked) -> dict[int, str]:
    """Row → slug, for the rows whose province is known in the edition; what is wrong with the set goes to the problems."""
    year, seen, slugs = checked.year, {}, {}  # type: int, dict[str, int], dict[int, str]
    given = {row: cells["province"] for row, cells in checked.form.rows}
    expected = set(provinces.province_set(year))
    if other := _of_another_set({_known_slug(text) for text in given.values()}, year, checked.form.path.name):
        checked.form.problems += other
        return {}
    for row, cells in checked.form.rows:
        slug = _province(checked, row, cells, expected)
        if slug is None:
            continue
        if slug in seen:
            checked.form.problem(say("province twice (also in row {row})", row=seen[slug]), row, "province", given[row],
                                 "delete one row")
        seen.setdefault(slug, row)
        slugs[row] = slug
    for slug in sorted(expected - set(seen)):
        checked.form.problem(say("province missing: {name} ({slug})", name=provinces.name(slug, "vi", year), slug=slug), None,
                             "province", fix="restore its row; leave the figures empty, with a note, if none was published")
    return slugs


def _province(checked: Checked, row: int, cells: dict[str, str], expected: set[str]) -> str | None:
    form, given, shown = checked.form, cells["province"], cells["name"]
    foreign = say("not a province of the {year} edition", year=checked.year)
    if not given:
        form.problem("no province in this row", row, "province", None, _RESTORE)
        return None
    try:
        slug = provinces.resolve(given, checked.year)
    except UnknownName as error:
        if _known_slug(given):
            form.problem(foreign, row, "province", given, _RESTORE)
        else:
            near = say("nearest: {names}; a row that is no province's (a total, a footnote) is deleted",
                       names=", ".join(error.nearest)) if error.nearest else "restore the template's name"
            form.problem(say("unknown province of the {year} edition", year=checked.year), row, "province", given, near)
        return None
    if slug not in expected:
        form.problem(foreign, row, "province", given, _RESTORE)
        return None
    if shown and _known_slug(unmarked(shown)) not in (None, slug):
        form.problem(say("the name belongs to another province than {slug}: were the rows moved?", slug=slug), row, "name", shown,
                     "restore the template's rows and check the figures")
    return slug


def _of_another_set(given: set, year: int, name: str) -> list[Problem]:
    """The 34 provinces of 2025 in a form of an edition before, or the 63 in one after: said once, not row by row."""
    other, expected = 2024 if year >= 2025 else 2025, provinces.province_set(year)
    if given - {None} != set(provinces.province_set(other)):
        return []
    said = say("these are the {n} provinces of the editions to 2024, but edition {year} has {wanted}" if other == 2024
               else "these are the {n} provinces of the editions from 2025, but edition {year} has {wanted}",
               n=len(given - {None}), year=year, wanted=len(expected))
    return [Problem(said, name, column="province", fix=say("use the form of {year}: make template YEAR={year}", year=year))]


def _known_slug(text: str) -> str | None:
    try:
        return provinces.resolve(text)
    except UnknownName:
        return None


# ---- figures ---------------------------------------------------------------------------------------------------------

def _figures(checked: Checked, slugs: dict[int, str]) -> None:
    """Tidy rows of the form, and what is wrong with single cells."""
    form, index_id, year = checked.form, checked.index_id, checked.year
    measured = ["overall", *indices.component_ids(index_id, year)]
    given = {"overall": ("overall", "rank")}  # where nothing but ranks was published the total is in each row without a score
    filled = [c for c in measured if any(cells[name] for _, cells in form.rows for name in given.get(c, (c,)))]
    if not filled:
        form.problem("the form is empty: no score in any row", fix="fill it before it goes into the inbox")
        return
    source, where = f"inbox-{index_id}-{year}", f"{form.sheet}!" if form.sheet else ""
    for row, cells in form.rows:
        blank = [c for c in filled if not cells[c] and (row, c) not in form.faulty]
        if blank and cells["note"].casefold() in NOTHING:
            form.problem("empty, and the note does not say why", row, ", ".join(blank), None,
                         "write the figure, or say in the note column why none was published")
        rank = _cell(checked, row, "rank", cells["rank"])
        for component in filled:
            value = _cell(checked, row, component, cells[component])
            if value is None or (component == "overall" and rank is None) or row not in slugs:
                continue
            at = f"{where}{column_letters(form.header.index(component))}{row}"
            checked.rows.append({
                "province_printed": cells["name"] or cells["province"], "province": slugs[row], "component": component,
                "level": "overall" if component == "overall" else "component", "score": value,
                "rank": rank if component == "overall" else "", "tier": "", "unit": indices.scale(index_id, component, year)[2],
                "source": source, "locator": f"{form.path.name} {at}",
                "note": cells["note"] if value else f"not published: {cells['note']}", "file": form.path.name,
                "row": row, "index_id": index_id, "year": year})
    _by_the_rules(checked, source)
    _lost_ranks(checked)
    _shares_of_one(checked, filled)


def _lost_ranks(checked: Checked) -> None:
    """A rank that is missing beside its score while other rows have one: overlooked, or a note says why. That only the first so
    many were printed needs no note: those without are two or more, and all behind the last one ranked (30 of 34)."""
    scored = [row for row in checked.rows if row["component"] == "overall" and row["score"]]
    last = min((float(row["score"]) for row in scored if row["rank"]), default=math.inf)
    without = [row for row in scored if not row["rank"] and last < math.inf]
    few = len(without) < 2
    for row in without:
        if row["note"].casefold() in NOTHING and (few or float(row["score"]) > last):
            checked.form.problem("the rank is empty while other rows have one, and the note does not say why", row["row"], "rank",
                                 None, "write the rank, or say in the note column why none was published")


def _shares_of_one(checked: Checked, filled: list[str]) -> None:
    """0.9 for 90 on a scale of 100: a format of per cent lost on the way, in one cell or in a whole column."""
    for component in filled:
        _, top, _ = indices.scale(checked.index_id, component, checked.year)
        values = {row["row"]: float(row["score"]) for row in checked.rows if row["component"] == component and row["score"]}
        if top != 100 or not values:
            continue
        usual = statistics.median(values.values())
        for row, value in values.items():
            if 0 < value <= max(1.0, usual / 50) and (usual <= 1 or value < usual / 50):
                checked.form.problem("a share of 1 where the scale ends at 100", row, component, f"{value:g}",
                                     "write the figure as printed: 90 for 90 %")


def _cell(checked: Checked, row: int, column: str, text: str) -> str | None:
    """The text of a figure as the raw file holds it; None where it is none, which is noted."""
    if (row, column) in checked.form.faulty:
        return None
    if text.startswith("="):
        checked.form.problem("a formula, not a number", row, column, text, "paste the value")
        return None
    try:
        number = figure(text, percent=column != "rank")
    except BadInput:
        fix = "write digits only, or leave the cell empty where nothing was published"
        if column == "rank":
            fix = "write the rank in digits; of a tie (12-13, 12=) 12 in each of its rows"
        elif fold(text) in _tiers():
            fix = "a tier has no place in the form: leave the cell empty and write the tier into the note"
        checked.form.problem("not a number", row, column, text, fix)
        return None
    if number is not None and text.endswith(("%", "％")):
        top = indices.scale(checked.index_id, column, checked.year)[1]
        if top not in (1, 100):  # 65% of ten points are 6.5, and 6.5% are no 6.5
            checked.form.problem("per cent where points belong", row, column, text, "write the points as printed")
            return None
        number = round(number / 100, 12) if top == 1 else number  # 71.5% on a scale that ends at 1
    return "" if number is None else repr(number).removesuffix(".0")


@cache
def _tiers() -> set[str]:
    """The names of tiers that any index prints, in both languages."""
    return {fold(tier[lang]) for index_id in indices.INDICES for tier in indices.index(index_id).tiers for lang in LANGS}


def _by_the_rules(checked: Checked, source: str) -> None:
    """What the rules for every row of the panel say of scores and ranks; the rest of a row is ours."""
    import pandas as pd

    if not checked.rows:
        return
    top = len(provinces.province_set(checked.year))
    for at, found in checks.row_problems(checks.prepare(pd.DataFrame(checked.rows), [source])).items():
        row = checked.rows[at]
        for p in found:
            if p.column == "score":
                checked.form.problem(p.problem, row["row"], row["component"], p.value, p.fix)
    for row in checked.rows:
        if row["rank"] and not (row["rank"].isdecimal() and 1 <= int(row["rank"]) <= top):
            checked.form.problem(say("not a rank from 1 to {top}", top=top), row["row"], "rank", row["rank"],
                                 "write a whole number, or leave the cell empty")


def _doubts(rows: list[dict], index_id: str, year: int) -> list[str]:
    """What is not wrong by itself but worth a second look: ranks against scores, composite against components."""
    import pandas as pd

    doubts: list[str] = []
    table = pd.DataFrame(rows)
    table["value"] = pd.to_numeric(table["score"], errors="coerce")
    whole = table[table["component"].eq("overall")].set_index("province")
    rank = pd.to_numeric(whole["rank"], errors="coerce")
    score = whole["value"]
    if score.isna().any():  # whoever has no score may be ranked among the others: of these only the order counts
        both = rank.notna() & score.notna()
        rank, score = rank[both].rank(method="min"), score[both]
    computed = score.rank(method="min", ascending=False)
    if differs := sorted(rank.index[rank.notna() & rank.ne(computed)]):
        doubts.append(say("the printed rank of {provinces} is not the order of the scores", provinces=_some(differs)))
    weights = weighting.of(index_id, year)
    if weights:
        parts = table[table["component"].isin(list(weights))].pivot(index="province", columns="component", values="value")
        if set(weights) <= set(parts):
            top = indices.scale(index_id, "overall", year)[1] or 100
            factor = {c: w / 100 * top / (indices.scale(index_id, c, year)[1] or 100) for c, w in weights.items()}
            gap = (parts[list(factor)].mul(factor).sum(axis=1, min_count=len(factor)) - whole["value"]).abs()
            far = sorted(gap.index[gap > 0.5])
            if far:
                doubts.append(say("the overall score of {provinces} is more than 0.5 away from the weighted components: are two "
                                  "columns swapped?", provinces=_some(far)))
    return doubts + _finer(rows)


def _finer(rows: list[dict]) -> list[str]:
    """Single figures with one decimal more than a whole column: saved as CSV, 90,12 with a raised 2 is 90,122."""
    doubts: list[str] = []
    for component in dict.fromkeys(row["component"] for row in rows):
        scores = {row["row"]: row["score"] for row in rows if row["component"] == component and row["score"]}
        decimals = {row: len(score.partition(".")[2]) for row, score in scores.items()}
        most = max(decimals.values(), default=0)
        finer = [row for row, n in decimals.items() if n == most]
        if len(finer) <= FEW < len(decimals) / 2 and 2 * sum(n == most - 1 for n in decimals.values()) > len(decimals):
            said = say("{component}: one decimal more than the others have in row {rows}: is the last digit a footnote's mark?",
                       component=component, rows=", ".join(map(str, finer)))
            doubts.append(said)
    return doubts


def _some(names: list[str], most: int = 8) -> str:
    listed = ", ".join(names[:most])
    return listed + say(" and {n} more", n=len(names) - most) if len(names) > most else listed


