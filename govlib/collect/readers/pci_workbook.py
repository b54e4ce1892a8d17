"""The PCI workbooks of 2005–2019: summary sheet (composite and sub-indices) and the sheets of survey items.

Two layouts occur. In 2005–2007, 2009 and 2017–2019 a row is a province. In 2008 and 2010–2016 every score is sorted on its
own, beside its own column of province names, so that a row is nothing but a rank: read as a table of provinces, it gives
every province somebody else's scores. Tables are found by what their headers say and by which columns hold province
names; rows below them (a look-up province, Min, Median, Max) are recognised and left out; a hidden English "Summary" of
2014–2016 repeats 2013 and is never read.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from govlib.collect.readers import _tidy
from govlib.errors import BadInput, UnknownName
from govlib.forms import excel
from govlib.known import provinces
from govlib.text import clean, fold, parse_number

YEARS = tuple(range(2005, 2020))
SCALE = {"overall": (0.0, 100.0), "component": (1.0, 10.0)}
UNITS = {"overall": "points", "component": "points"}

# What a folded header says. The first rule that fits decides, so the narrow ones stand first.
_ROLES: tuple[tuple[str, str], ...] = (
    ("rank", r"^(xep hang|thu hang|hang)( pci)?( \d{4})?$|^thu hang |^(pci )?(\d{4} )?rank(ing)?( pci)?$"),
    ("tier", r"nhom xep hang|^nhom$|\btier\b|^xep loai"),
    ("unweighted", r"chua co trong so|unweighted"),
    ("overall", r"\bpci\b.*(trong so|weighted|cuoi cung|score)|weighted pci|^pci( \d{4})?$|chi so pci|"
                r"^diem( so| tong hop)?( pci)?( \d{4})?$|^(overall )?score$|^overall$"),
    ("entry_costs", r"gia nhap thi truong|\bentry\b"),
    ("land_access", r"tiep can dat dai|\bland\b"),
    ("transparency", r"minh bach|\btransparency\b"),
    ("time_costs", r"chi phi (ve )?thoi gian|cp thoi gian|time costs|regulatory compliance"),
    ("informal_charges", r"(chi phi|cp) khong chinh thuc|informal charges"),
    ("implementation", r"thuc hien (chinh sach|cs) cua trung uong"),
    ("policy_bias", r"uu dai|canh tranh binh dang|\bbias\b"),
    ("proactivity", r"tinh nang dong|\bproactivity\b"),
    ("business_support", r"ho tro (doanh nghiep|dn)|(chinh sach )?phat trien (khu vuc|kttn)|chinh sach ptkttn|csptkvkttn|"
                         r"business support|private sector development|\bbss\b"),
    ("labor_policy", r"(dao tao|chinh sach) lao dong|\blabou?r\b"),
    ("law_and_order", r"thiet che phap ly|\blegal\b|law (and )?order"),
    ("order", r"^(thu tu|no|stt)$"),
    ("code", r"^(ma pci|pci id|pci_id)( .*)?$"),
    ("province", r"^(tinh|tinh thanh pho|tinh thanh|province)( (tinh|tinh thanh pho|province))*$"),
)
ROLE_PATTERNS = tuple((role, re.compile(pattern)) for role, pattern in _ROLES)
COMPONENTS = ("entry_costs", "land_access", "transparency", "time_costs", "informal_charges", "implementation", "policy_bias",
              "proactivity", "business_support", "labor_policy", "law_and_order")

_BELOW = {"min", "max", "median", "mean", "trung vi", "trung binh", "diem thap nhat mau", "diem cao nhat mau", "thu tu",
          "xep hang", "ranking", "rank", "tinh", "province", "no"}
_HEADER_ROWS = 6


def components_of(year: int) -> tuple[str, ...]:
    """Sub-indices that an edition has: nine in 2005, ten from 2006, without Policy Bias in 2009–2012."""
    if year == 2005:
        return tuple(c for c in COMPONENTS if c not in ("labor_policy", "law_and_order"))
    return tuple(c for c in COMPONENTS if c != "implementation" and not (c == "policy_bias" and 2009 <= year <= 2012))


def role(header: object) -> str | None:
    """What a column holds, from its header text; None where nothing is recognised."""
    text = fold(header) if header is not None else ""
    return next((name for name, pattern in ROLE_PATTERNS if pattern.search(text)), None) if text else None


@dataclass(frozen=True)
class Table:
    """A block of a sheet: header texts and roles by column, first data row, columns that hold province names."""

    sheet: excel.Sheet
    start: int
    headers: dict[int, str]
    provinces: tuple[int, ...]

    def province_column(self, col: int) -> int:
        """The column of names that belongs to a column of figures: the nearest to its left."""
        left = [p for p in self.provinces if p < col]
        return max(left) if left else min(self.provinces)


def read(path: str | Path, year: int | None = None) -> pd.DataFrame:
    """Composite and sub-indices of one workbook, tidy (``_tidy.COLUMNS`` and ``year``).

    ``year`` is the edition expected; without it the file's name must say it. ``score`` has the full stored precision;
    ``rank`` and ``tier`` are filled on the composite where the workbook prints them. Units: composite 0–100, sub-indices
    1–10. Raises BadInput (or UnknownName) with file, row and column for anything that is not such a workbook, is of
    another edition, or in which a province is missing, twice or unknown, a figure is text or off the scale, or columns
    stand under the wrong header.
    """
    path = Path(path)
    year = _edition(path, year)
    book = excel.open_workbook(path)
    table = _summary(book, year)
    columns = {role_of: col for col, role_of in _roles(table).items()}
    rows: list[dict] = []
    for component in ("overall", *components_of(year)):
        rows += _column(table, columns[component], component, year)
    _add_ranks(book, table, columns, rows, year)
    result = _tidy.frame(rows, year)
    _check_provinces(result, path, year)
    _check_composite(result, path, year)
    return result


def source_id(year: int) -> str:
    return f"pci-workbook-{year}"


# -- the summary sheet --------------------------------------------------------------------------------------------------


def _edition(path: Path, year: int | None) -> int:
    named = re.findall(r"(?<!\d)(20\d\d)(?!\d)", path.stem)
    if year is None:
        if len(set(named)) != 1:
            raise BadInput("the file's name does not say which edition it is", file=path,
                           fix="name it like PCI_2019.xlsx, or pass year=")
        year = int(named[0])
    if year not in YEARS:
        raise BadInput(f"no PCI workbook of {year} is known", file=path, value=year,
                       fix=f"this reader takes {YEARS[0]}–{YEARS[-1]}; later editions come through the site and the inbox")
    return year


def find_table(sheet: excel.Sheet, *, least: int = 20) -> Table | None:
    """The table of provinces on a sheet: a column is a province column if the rows under the header name provinces."""
    candidates = {col for row in sheet.rows[:_HEADER_ROWS + least] for col, value in enumerate(row)
                  if isinstance(value, str) and _known(value)}
    names = tuple(sorted(col for col in candidates
                         if sum(_known(sheet.cell(r, col)) for r in range(len(sheet.rows))) >= least))
    if not names:
        return None
    start = min(r for r in range(len(sheet.rows)) if any(_known(sheet.cell(r, col)) for col in names))
    headers = {}
    for col in range(sheet.width):
        texts = [clean(sheet.cell(r, col)) for r in range(start) if isinstance(sheet.cell(r, col), str)]
        if texts:
            headers[col] = " | ".join(dict.fromkeys(texts))
    return Table(sheet, start, headers, names)


def _known(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= 40 and _is_province(value)


@functools.lru_cache(maxsize=4096)
def _is_province(value: str) -> bool:
    try:
        provinces.resolve(value)
    except UnknownName:
        return False
    return True


def _roles(table: Table) -> dict[int, str]:
    """Role of each column of a summary table; a header over several rows is judged line by line, then as a whole."""
    found = {}
    for col, header in table.headers.items():
        if col in table.provinces:
            continue
        lines = [role(line) for line in header.split(" | ")]
        named = [r for r in lines if r is not None] or [role(header)]
        if named[0] is not None:
            found[col] = named[0]
    return found


def _summary(book: excel.Workbook, year: int) -> Table:
    wanted = {"overall", *components_of(year)}
    best: tuple[int, Table | None, set] = (0, None, set())
    full = []
    for name in book.names:
        if not book.visible(name):
            continue
        table = find_table(book.sheet(name))
        if table is None:
            continue
        present = set(_roles(table).values())
        if wanted <= present:
            full.append(table)
        hit = len(wanted & present)
        if hit > best[0]:
            best = (hit, table, present)
        if full:
            break  # the summary stands before the sheets of items, which would only cost time
    if not full:
        hits, table, present = best
        if table is None or hits < 4:
            raise BadInput("no sheet with a table of provinces and PCI sub-indices", file=book.path,
                           fix=f"check that it is the PCI {year} workbook; sheets: {', '.join(book.names)}")
        missing = sorted(wanted - present)
        twice = {r for r in present if list(_roles(table).values()).count(r) > 1} & wanted
        raise BadInput(f"the header of sheet {table.sheet.name!r} lacks {', '.join(missing)} of the {year} edition"
                       + (f" and has two columns for {', '.join(sorted(twice))}" if twice else ""),
                       file=book.path, row=1, fix="check the year, and that the header row is as published")
    table = full[0]
    roles = _roles(table)
    for component in wanted:
        columns = [col for col, r in roles.items() if r == component]
        if len(columns) > 1:
            raise BadInput(f"two columns say they are {component}: "
                           f"{', '.join(excel.column_letters(c) for c in columns)} of sheet {table.sheet.name!r}",
                           file=book.path, row=1, fix="keep the header row as published")
    extra = {r for r in roles.values() if r in COMPONENTS} - wanted
    if extra:
        raise BadInput(f"the header of sheet {table.sheet.name!r} has {', '.join(sorted(extra))}, which the {year} edition "
                       "had not", file=book.path, row=1, fix="check the year")
    overall = table.headers[next(c for c, r in roles.items() if r == "overall")]
    printed = set(re.findall(r"(?<!\d)(20\d\d)(?!\d)", overall))
    if printed and str(year) not in printed:
        raise BadInput(f"the workbook says {overall!r}", file=book.path, value=overall,
                       fix=f"it is not the {year} edition: check the file's name")
    return table


def data_rows(table: Table, names: int, year: int, figure: Callable[[int], object], *,
              twice_raises: bool = True) -> list[tuple[int, str, str]]:
    """(row, printed name, slug) down one column of names, until a blank, a repeated header or Min/Median/Max.

    Names that are unknown raise; so does a province that comes twice, unless the caller deals with it.
    """
    sheet, seen, rows = table.sheet, {}, []
    for r in range(table.start, len(sheet.rows)):
        value = sheet.cell(r, names)
        if value is None or fold(value) in _BELOW or (not str(value).strip()):
            if rows or value is not None:
                break
            continue
        slug = provinces.resolve(value, year, file=sheet.path, row=r + 1)
        if slug in seen and twice_raises:
            raise BadInput(f"{clean(value)} stands twice (also in row {seen[slug] + 1})", file=sheet.path, row=r + 1,
                           column=f"{sheet.name.strip()}!{excel.column_letters(names)}", value=value,
                           fix="remove the wrong row or correct the name")
        seen[slug] = r
        rows.append((r, clean(value), slug))
    if not any(figure(r) is not None for r, _, _ in rows):
        raise BadInput("no figures beside the provinces", file=sheet.path, column=sheet.name,
                       fix="check that the columns are as published")
    return rows


def _column(table: Table, col: int, component: str, year: int) -> list[dict]:
    sheet = table.sheet
    level = "overall" if component == "overall" else "component"
    out = []
    for r, printed, slug in data_rows(table, table.province_column(col), year, lambda r: sheet.cell(r, col)):
        score, note = _score(sheet, r, col, level)
        out.append({"province_printed": printed, "province": slug, "component": component, "level": level, "score": score,
                    "unit": UNITS[level], "source": source_id(year), "locator": sheet.locator(r, col), "note": note})
    return out


def _score(sheet: excel.Sheet, r: int, col: int, level: str) -> tuple[float | None, str]:
    """A figure on its scale; a mark such as N/A, and a 0 where the scale begins at 1, are figures that were not printed."""
    raw = sheet.cell(r, col)
    where = f"{sheet.name.strip()}!{excel.column_letters(col)}"
    if _tidy.is_blank(raw):
        return None, f"printed as {raw!r}" if raw is not None else "left empty in the workbook"
    value = parse_number(raw, file=sheet.path, row=r + 1, column=where)
    if value is None:
        return None, "left empty in the workbook"
    if value == 0:
        return None, "printed as 0, below the scale: not published"
    low, high = SCALE[level]
    if not low <= value <= high:
        raise BadInput(f"outside the scale {low:g}–{high:g}", file=sheet.path, row=r + 1, column=where, value=raw,
                       fix="check the cell; leave it empty where nothing was published")
    return value, ""


def _add_ranks(book: excel.Workbook, table: Table, columns: dict[str, int], rows: list[dict], year: int) -> None:
    """Rank and tier of the composite where printed: a column, a sheet of their own (2005), or the order (2006, 2008)."""
    ranks: dict[str, float | None] = {}
    tiers: dict[str, str] = {}
    note = ""
    places: list[tuple[Table, dict[str, int]]] = [(table, columns)]
    if "rank" not in columns:
        for name in book.names[:2]:
            other = find_table(book.sheet(name)) if name != table.sheet.name and book.visible(name) else None
            if other is not None and {"rank", "overall"} <= set(_roles(other).values()):
                places = [(other, {r: c for c, r in _roles(other).items()})]
    place, found = places[0]
    if "rank" in found:
        for r, _, slug in data_rows(place, place.province_column(found["rank"]), year,
                                    lambda r: place.sheet.cell(r, found["rank"])):
            ranks[slug] = _rank(place.sheet, r, found["rank"])
    else:
        col = 0  # 2006 and 2008 number the rows of a table that is sorted by the composite (2008: in its own columns)
        names = table.province_column(columns["overall"])
        values = [parse_number(table.sheet.cell(r, columns["overall"]))
                  for r, _, _ in data_rows(table, names, year, lambda r: 1)]
        if col not in table.provinces and None not in values and values == sorted(values, reverse=True):
            note = "rank: number of the row in the table sorted by score"
            for r, _, slug in data_rows(table, names, year, lambda r: 1):
                ranks[slug] = _rank(table.sheet, r, col)
    if "tier" in found:
        for r, _, slug in data_rows(place, place.province_column(found["tier"]), year,
                                    lambda r: place.sheet.cell(r, found["tier"])):
            value = place.sheet.cell(r, found["tier"])
            tiers[slug] = clean(value) if isinstance(value, str) else ""
    for row in rows:
        if row["component"] == "overall":
            row["rank"], row["tier"] = ranks.get(row["province"]), tiers.get(row["province"], "")
            row["note"] = "; ".join(filter(None, [row["note"], note]))


def _rank(sheet: excel.Sheet, r: int, col: int) -> int | None:
    raw = sheet.cell(r, col)
    value = parse_number(raw, file=sheet.path, row=r + 1, column=f"{sheet.name.strip()}!{excel.column_letters(col)}")
    if value is None:
        return None
    if value != int(value) or not 1 <= value <= 64:
        raise BadInput("not a rank", file=sheet.path, row=r + 1, column=excel.column_letters(col), value=raw,
                       fix="a rank is a whole number from 1 to 64")
    return int(value)


def _check_provinces(table: pd.DataFrame, path: Path, year: int) -> None:
    expected = set(provinces.province_set(year))
    for component, group in table.groupby("component"):
        have = set(group["province"])
        if year == 2005:  # the pilot: 42 provinces, the same in every column
            if len(have) != 42 or have != set(table["province"]):
                raise BadInput(f"{component} has {len(have)} of the 42 provinces of the first edition", file=path,
                               fix="restore the missing rows")
        elif have != expected:
            missing = ", ".join(provinces.name(p) for p in sorted(expected - have))
            raise BadInput(f"{component} lacks {missing}", file=path,
                           fix=f"restore the missing rows: {year} has {len(expected)} provinces")


def _check_composite(table: pd.DataFrame, path: Path, year: int) -> None:
    """Figures under the wrong header do not add up to the printed composite. (2011 misses it by up to 0.55 as published.)"""
    from govlib.known import indices

    weights = indices.weights("pci", year)
    if not weights:
        return
    wide = table.pivot(index="province", columns="component", values="score")
    rebuilt = sum(wide[component] * weight / 10 for component, weight in weights.items())
    off = (rebuilt - wide["overall"]).abs().median()
    if off > 0.5:
        raise BadInput(f"the sub-indices do not add up to the printed composite: typically {off:.1f} points apart",
                       file=path, fix="look for columns that stand under the wrong header, or check the year")


# -- the sheets of survey items -----------------------------------------------------------------------------------------


def indicators(path: str | Path, year: int | None = None) -> pd.DataFrame:
    """The survey items behind the sub-indices of one workbook, tidy, level ``indicator``.

    ``component`` is ``<component>.<item>`` (:mod:`govlib.collect.readers.pci_items` names the items), ``unit`` the item's own
    (days, share 0-1, percent, scale 1-5, count, …), ``note`` its printed wording and question number. Cells left empty are
    left out. The sheets on infrastructure and IT, which belong to no sub-index, are not read.
    """
    path = Path(path)
    year = _edition(path, year)
    book = excel.open_workbook(path)
    rows: list[dict] = []
    for name in book.names:
        component = role(name) if book.visible(name) else None
        if component not in components_of(year):
            continue
        table = find_table(book.sheet(name))
        if table is not None:
            rows += _items(table, component, year)
    if not rows:
        raise BadInput("no sheet of survey items", file=path, fix=f"check that it is the full PCI {year} workbook")
    return _tidy.frame(rows, year)


def _items(table: Table, component: str, year: int) -> list[dict]:
    from govlib.collect.readers import pci_items

    sheet, rows, taken = table.sheet, [], {}
    for col, header in table.headers.items():
        wording, rest = pci_items.label(header)
        if col in table.provinces or pci_items.is_sub_index(header) or pci_items.is_sub_index(wording):
            continue
        if role(header.split(" | ")[0]) in ("order", "code", "rank", "province"):
            continue
        where = f"{sheet.name.strip()}!{excel.column_letters(col)}"
        cells = []
        lines = data_rows(table, table.province_column(col), year, lambda r: 1, twice_raises=False)
        rows_of: dict[str, list[int]] = {}
        for r, _, slug in lines:
            rows_of.setdefault(slug, []).append(r)
        for r, printed, slug in lines:
            raw = sheet.cell(r, col)
            if not _tidy.is_blank(raw):
                cells.append((r, printed, slug, parse_number(raw, file=sheet.path, row=r + 1, column=where)))
        if not cells:
            continue
        item = pci_items.item(component, wording, year)
        taken[item] = taken.get(item, 0) + 1
        if taken[item] > 1:
            item = f"{item}_{taken[item]}"
        note = wording + (f" [{rest}]" if rest else "")
        if (year, component, item) in pci_items.MISPRINTS:
            note = f"{pci_items.MISPRINTS[year, component, item]}. {note}"
            item += "_as_printed"
        unit = pci_items.unit(wording, [v for *_, v in cells])
        for r, printed, slug, value in cells:
            places = rows_of[slug]
            if r != places[0]:
                continue
            row = {"province_printed": printed, "province": slug, "component": f"{component}.{item}", "level": "indicator",
                   "score": value, "unit": unit, "source": source_id(year), "locator": sheet.locator(r, col), "note": note}
            if len(places) > 1:  # one of the two names is a misprint for a province that is missing: nobody can say which
                row["score"] = None
                row["note"] = ("the workbook prints this province twice in the column, in rows "
                               f"{' and '.join(str(p + 1) for p in places)}: not usable. {note}")
            rows.append(row)
    return rows
