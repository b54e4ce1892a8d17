"""Tables of provinces in the PCI workbooks of 2005–2019 and 2023: where they are, what their columns hold, which rows are data.

Two layouts occur. In 2005–2007, 2009, 2017–2019 and 2023 a row is a province. In 2008 and 2010–2016 every score is sorted on its
own, beside its own column of province names, so that a row is nothing but a rank: read as a table of provinces, it gives
every province somebody else's scores. Tables are found by what their headers say and by which columns hold province
names; rows below them (a look-up province, Min, Median, Max) are recognised and left out; a hidden English "Summary" of
2014–2016 repeats 2013 and is never read.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from govlib.errors import BadInput, UnknownName
from govlib.forms import excel
from govlib.known import provinces
from govlib.text import clean, fold

YEARS = (*range(2005, 2020), 2023)
WITHOUT_COMPOSITE = (2023,)  # from 2023 the publisher prints the composite of the first thirty provinces only, elsewhere

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
    ("region", r"^(vung|region)$"),
    ("code", r"^(ma pci|pci id|pci_id)( .*)?$"),
    ("province", r"^(tinh|tinh thanh pho|tinh thanh|province)( (tinh|tinh thanh pho|province))*$"),
)
ROLE_PATTERNS = tuple((role, re.compile(pattern)) for role, pattern in _ROLES)
COMPONENTS = ("entry_costs", "land_access", "transparency", "time_costs", "informal_charges", "implementation", "policy_bias",
              "proactivity", "business_support", "labor_policy", "law_and_order")

_BELOW = {"min", "max", "median", "mean", "trung vi", "trung binh", "thap nhat", "cao nhat", "diem thap nhat mau",
          "diem cao nhat mau", "thu tu", "xep hang", "ranking", "rank", "tinh", "province", "no"}
_HEADER_ROWS = 6


def components_of(year: int) -> tuple[str, ...]:
    """Sub-indices that an edition has: nine in 2005, ten from 2006, without Policy Bias in 2009–2012."""
    if year == 2005:
        return tuple(c for c in COMPONENTS if c not in ("labor_policy", "law_and_order"))
    return tuple(c for c in COMPONENTS if c != "implementation" and not (c == "policy_bias" and 2009 <= year <= 2012))


def summary_of(year: int) -> tuple[str, ...]:
    """Columns of the summary sheet of an edition: the composite, where it has one, and the sub-indices."""
    return (*(() if year in WITHOUT_COMPOSITE else ("overall",)), *components_of(year))


def role(header: object) -> str | None:
    """What a column holds, from its header text; None where nothing is recognised."""
    text = fold(header or "")
    return next((name for name, pattern in ROLE_PATTERNS if pattern.search(text)), None)


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


def source_id(year: int) -> str:
    return f"pci-workbook-{year}"


def edition(path: Path, year: int | None) -> int:
    """The edition expected, or else the one that the file's name says."""
    named = re.findall(r"(?<!\d)(20\d\d)(?!\d)", path.stem)
    if year is None:
        if len(set(named)) != 1:
            raise BadInput("the file's name does not say which edition it is", file=path,
                           fix="name it like PCI_2019.xlsx, or pass year=")
        year = int(named[0])
    if year not in YEARS:
        raise BadInput(f"no PCI workbook of {year} is known", file=path, value=year,
                       fix="this reader takes 2005–2019 and 2023; other editions come through the site and the inbox")
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


def roles(table: Table) -> dict[int, str]:
    """Role of each column of a summary table; a header over several rows is judged line by line, then as a whole."""
    found = {}
    for col, header in table.headers.items():
        if col in table.provinces:
            continue
        lines = filter(None, map(role, header.split(" | ")))
        if name := next(lines, None) or role(header):
            found[col] = name
    return found


def data_rows(table: Table, col: int, year: int, *, strict: bool = True) -> list[tuple[int, str, str]]:
    """(row, printed name, slug) beside a column of figures, until a blank, a repeated header or Min/Median/Max.

    Names that are unknown raise; so does a province that comes twice and a column without figures, unless ``strict`` is off.
    """
    sheet, names = table.sheet, table.province_column(col)
    seen: dict[str, int] = {}
    rows: list[tuple[int, str, str]] = []
    for r in range(table.start, len(sheet.rows)):
        value = sheet.cell(r, names)
        if value is None or fold(value) in _BELOW or (not str(value).strip()):
            if rows or value is not None:
                break
            continue
        slug = provinces.resolve(value, year, file=sheet.path, row=r + 1)
        if slug in seen and strict:
            raise BadInput(f"{clean(value)} stands twice (also in row {seen[slug] + 1})", file=sheet.path, row=r + 1,
                           column=place(sheet, names), value=value, fix="remove the wrong row or correct the name")
        seen[slug] = r
        rows.append((r, clean(value), slug))
    if strict and all(sheet.cell(r, col) is None for r, _, _ in rows):
        raise BadInput("no figures beside the provinces", file=sheet.path, column=place(sheet, col),
                       fix="check that the columns are as published")
    return rows


def place(sheet: excel.Sheet, col: int) -> str:
    """How a message names a column: sheet and letters."""
    return f"{sheet.name.strip()}!{excel.column_letters(col)}"
