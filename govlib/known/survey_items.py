"""Names and units of the survey items behind the PCI's sub-indices, in both languages, from ``reference/indices/pci_items.csv``.

The workbooks word an item in the language of their edition only, and often at length; :mod:`govlib.collect.readers.pci_items` gives
it an id. The file holds our own short wording of each question that the panel follows over two editions or more up to 2013
or later. An item that is not in it has no name here, and whoever prints it falls back on its id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from govlib import files, paths
from govlib.words.tables import pick

INDEX = "pci"
_EDITIONS = re.compile(r"^(\d{4})(?:–(\d{4}))?: (.+)$")


@dataclass(frozen=True, slots=True)
class SurveyItem:
    """One item. ``better`` says which way is better where the question itself makes it plain ('higher', 'lower'), else ''.

    A unit may differ between editions: parts are set off by " | ", each that holds for some editions only opens with them
    ("2005–2006: % | tỷ lệ 0–1"), and the part without editions is that of all others.
    """

    id: str
    name_vi: str
    name_en: str
    unit_vi: str
    unit_en: str
    better: str

    def name(self, lang: str) -> str:
        return pick(lang, self.name_vi, self.name_en)

    def unit(self, lang: str, year: int | None = None) -> str:
        """The unit in an edition; without one, that of the editions not named in the file.

        >>> items()["entry_costs.wait_over_one_month"].unit("en", 2006), items()["entry_costs.wait_over_one_month"].unit("en", 2019)
        ('%', 'share 0–1')
        """
        general = ""
        for part in pick(lang, self.unit_vi, self.unit_en).split(" | "):
            found = _EDITIONS.match(part)
            if found is None:
                general = part
            elif year is not None and int(found[1]) <= year <= int(found[2] or found[1]):
                return found[3]
        return general


@lru_cache(maxsize=1)
def items() -> dict[str, SurveyItem]:
    """Item id (``component.item``) → its names, in the file's order."""
    return {r["item"]: SurveyItem(r["item"], r["name_vi"], r["name_en"], r["unit_vi"], r["unit_en"], r["better"])
            for r in files.rows(paths.reference() / "indices" / "pci_items.csv")}


def find(index_id: str, component: str) -> SurveyItem | None:
    """The item of that id, or None where the index has no such items or the file no such name."""
    return items().get(component) if index_id == INDEX and "." in component else None
