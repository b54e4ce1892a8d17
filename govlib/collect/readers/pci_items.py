"""Names for the survey items behind the PCI's sub-indices, so that one question keeps one name over the years.

The workbooks word an item in Vietnamese to 2016 and in English from 2017, and reword it now and then. A rule
(``reference/indices/pci_item_rules.csv``) ties such wordings together where the question and the direction of its scale
are the same; an item without a rule is named after its own label and so is followed as long as its label stays. Units are
not harmonised: shares are percent in 2005 and 2006 and 0–1 later, and each row says which.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from govlib import files, paths
from govlib.text import clean, fold

# the services asked about since 2009: used, used a private provider, would use it again
_SERVICES = (("business_information", r"tim kiem thong tin (kinh doanh|thi truong)|biz info search"),
             ("legal_advice", r"tu van (ve |thong tin )*(phap luat)|legal consulting"),
             ("match_making", r"tim (kiem )?doi tac|match making"),
             ("trade_promotion", r"xuc tien thuong mai|trade promotion"),
             ("technology", r"lien quan den cong nghe|technology related"),
             ("accounting_training", r"ke toan va tai chinh|accounting financing"),
             ("management_training", r"quan tri kinh doanh|badm"),
             ("labor_exchange", r"gioi thieu viec lam|labor exchange"))
_USES = (("again", r"y dinh|intends to use"), ("private_provider", r"tu nhan|priv(ate)? provider"), ("used", r"su dung|has used"))

# columns whose figures do not fit their own header in the workbook: taken as printed, under a name of their own
MISPRINTS = {
    (2007, "time_costs", "inspections_median"):
        "figures of 0.1-0.4 under the header of a median count: it seems exchanged with the next column",
    (2007, "time_costs", "so_cuoc_thanh_tra_giam_trong_vong_hai_nam_tro_lai_day"):
        "figures of 1-2 under the header of a share: it seems exchanged with the column before",
}

_CODE = re.compile(r"^[A-Za-z]{1,9}[\d_./+; A-Za-z]*\d[\w./+;]*$|^\w+_\w+$")
_GENERIC = re.compile(r"^(nhom )?chi tieu( moi)?$")
_SOURCE_LINE = re.compile(r"^(cau hoi dieu tra|mang \d|nhom (cac )?chi tieu|cac nhom chi tieu|tong hai nhom)")


class Rule(NamedTuple):
    """An item's name, the folded labels that it goes with, first and last edition for which that holds."""

    component: str
    item: str
    pattern: re.Pattern[str]
    first: int
    last: int


@cache
def rules() -> tuple[Rule, ...]:
    """The table of rules; the first that fits decides."""
    return tuple(Rule(row["component"], row["item"], re.compile(row["pattern"]), int(row["first"]), int(row["last"]))
                 for row in files.rows(paths.reference() / "indices" / "pci_item_rules.csv"))


def label(header: str) -> tuple[str, str]:
    """The item's wording and the rest of its header (question number, variable name), from lines joined by " | "."""
    lines = [line for line in header.split(" | ") if line]
    worded = [line for line in lines if not _CODE.match(line) and not _GENERIC.match(fold(line))
              and not _SOURCE_LINE.match(fold(line))]
    chosen = worded[0] if worded else next((x for x in lines if not _GENERIC.match(fold(x))), lines[0])
    return clean(chosen), "; ".join(line for line in lines if line != chosen)


def is_sub_index(header: str) -> bool:
    """Whether a column of an item sheet repeats the sub-index itself."""
    return bool(re.match(r"^(sub index ?\d|chi so thanh phan ?\d|diem chi so)", fold(header)))


def item(component: str, wording: str, year: int) -> str:
    """The item's name within its component: by rule, else from its own wording.

    >>> item("entry_costs", "Length of business registration in days (Median)", 2018)
    'registration_days'
    """
    text = fold(wording)
    text = re.sub(r"\bchi tieu moi\b", "", text).strip()
    if component in ("business_support", "labor_policy") and year >= 2009:
        service = next((name for name, pattern in _SERVICES if re.search(pattern, text)), None)
        use = next((name for name, pattern in _USES if re.search(pattern, text)), None)
        if service and use and not re.search(r"^so luong|number of", text):
            if use == "again" and year <= 2012:  # asked about the private provider, and in part of all firms
                use = "private_provider_again"
            return f"{service}_{use}"
    for rule in rules():
        if rule.component == component and rule.first <= year <= rule.last and rule.pattern.search(text):
            return rule.item
    slug = ""
    for word in text.split():
        if len(slug) + len(word) + 1 > 60:
            break
        slug += ("_" if slug else "") + word
    return slug


def unit(wording: str, values: list[float]) -> str:
    """Unit of a column, from its wording and its figures; "as printed" where neither tells."""
    text = fold(wording)
    top = max((abs(v) for v in values), default=0)
    if re.search(r"1 (rat cao|very|easy|impossible|rat)|5 rat thap|rating", text):
        return "scale 1-5"
    if re.search(r"khia canh|mang \d|du lieu (mem|cung)|nhom chi tieu", text):
        return "points"
    if re.search(r"\b(ngay|days)\b|^thoi gian cho doi", text) and "%" not in wording:
        return "days"
    if re.search(r"\b(gio|hours)\b", text) and "%" not in wording:
        return "hours"
    if "%" in wording or re.search(r"^ti le|^ty le|percentage", text):
        return "share 0-1" if top <= 1.0 else "percent"
    if re.search(r"^(so (luong|lan|cuoc|hoi cho)|tong so|number of)", text):
        return "count"
    return "as printed"
