"""Which filled forms there are: ``data/institute/<year>/<instrument>.csv`` (or a workbook), and whose units they speak of.

A table of another name in these folders is refused, and a form of another kind: they would be left out without a word. What is no
table (a scanned decision, a report) may lie beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from govlib import paths
from govlib.errors import BadInput
from govlib.forms.book import WORKBOOKS
from govlib.forms.table import as_date
from govlib.institute import INSTRUMENTS, units
from govlib.known import departments, provinces
from govlib.publish.markup import Html, fmt, num, together
from govlib.text import fold
from govlib.words import wording
from govlib.words.tables import LANGS, phrase, sentences

READS = ("data/institute/*/*", "data/institute/*.*", "data/institute_units.csv")
SOURCE = "institute"  # of every number that comes from these files
KINDS = (".csv", ".txt", ".tsv", *WORKBOOKS)  # as a form's reader takes them, or says what to do
ALSO = {"par_self_scoring": "par_scoring"}  # the notebook's name of the same form

Figures = dict[str, dict[str, float]]  # key (a service, a unit, an item) → what → the number as a page shows it


class Round(NamedTuple):
    """A filled form for a page: what it holds, its numbers, its year and the page's."""

    form: Any
    figures: Figures
    path: Path
    year: int
    asked: int
    province: str

    def num(self, key: str, what: str, lang: str, decimals: int = 1, sign: bool = False) -> Html:
        """A number with its file and place; a dash where the round has none."""
        value = self.figures.get(key, {}).get(what)
        if value is None or value != value:
            return Html("–")
        return num(value, source=SOURCE, locator=f"data/institute/{self.year}/{self.path.name} {key} {what}", lang=lang,
                   decimals=decimals, sign=sign)

    def span(self, key: str, what: str, lang: str, decimals: int = 1) -> Html:
        """From ``<what>_low`` to ``<what>_high``; one number where both are the same."""
        low, high = (self.num(key, f"{what}_{end}", lang, decimals) for end in ("low", "high"))
        one = low == "–" or self.figures[key][f"{what}_low"] == self.figures[key][f"{what}_high"]
        return low if one else together("{low}–{high}", low=low, high=high)

    def table(self, name: str, rows: list[dict[str, Any]], lang: str, *notes: str, **caption: object) -> dict[str, Any]:
        """Rows as ``show.table`` takes them. The note says first whose year it is where that is not the page's."""
        import pandas as pd  # heavy, and only where there is a round

        return {"df": pd.DataFrame(rows, dtype=object), "lang": lang, "name": f"round-{name}-{self.province}-{self.year}",
                "caption": phrase(f"rounds.caption_{name}", lang, year=self.year, **caption),
                "note": " ".join([*self.older(lang), *notes])}

    def older(self, lang: str) -> list[str]:
        """That the round is of an earlier year than the page, or of the province before its merger in that year, where it is."""
        said = [phrase("rounds.older", lang, year=self.year, asked=self.asked)] if self.year != self.asked else []
        asked = as_date(getattr(self.form, "meta", {}).get("fieldwork_from", ""))
        formed = provinces.unit_of(self.province, self.year).valid_from
        if asked and formed and asked < formed:
            said.append(phrase("rounds.before_merger", lang, day=wording.day(formed, lang)))
        return said


def told(key: str, lang: str, **values: object) -> Html:
    """A sentence with numbers that keep their sources."""
    return fmt(sentences()[key][lang], **values)


def folder() -> Path:
    return paths.root() / "data" / "institute"


def instrument(path: Path) -> str | None:
    """Whose form a file is, by its name; None where it is none's."""
    name = _called(path)
    return name if name in INSTRUMENTS and path.suffix.lower() in KINDS and path.parent.name.isdecimal() else None


def _called(path: Path) -> str:
    name = path.stem.lower()
    return ALSO.get(name, name)


def _for_people(path: Path) -> bool:
    """What programs and people leave in a folder, and what is neither a table nor named like a form (a .txt may be either)."""
    name, kind = path.name.lower(), path.suffix.lower()
    return name.startswith((".", "~$", "readme")) or _called(path) not in INSTRUMENTS and (kind == ".txt" or kind not in KINDS)


def files(name: str) -> Iterator[tuple[int, Path]]:
    """(year of its folder, file) of every round of an instrument that is there, the newest first.

    Raises
    ------
    BadInput : a table that is named after no instrument or lies in no year's folder, a form of a kind that is not read, two files
        of one round.
    """
    found = sorted({*folder().glob("*"), *folder().glob("*/*")})
    there = [path for path in found if path.is_file() and not _for_people(path)]
    for path in there:
        if path.suffix.lower() not in KINDS:
            raise BadInput("this kind of file is not read", file=path, fix="save it as .xlsx or .csv, or take it out")
        if instrument(path) is None:
            raise BadInput("no round has this name", file=path, value=path.name,
                           fix=f"name it after its form ({', '.join(INSTRUMENTS)}), in the folder of its year, or take it out")
    rounds = [(int(path.parent.name), path) for path in there if instrument(path) == name]
    years = [year for year, _ in rounds]
    for year, path in rounds:
        if years.count(year) > 1:
            raise BadInput("two files hold one round", file=path, value=year, fix="keep one of them")
    return iter(sorted(rounds, reverse=True))


def units_of(name: str, province: str, year: int) -> set[str]:
    """Ids of the units that a department's name on a page of this province means: itself, and those whose work it took over."""
    unit = departments.unit_on(province, year, departments.acting_on(year))
    city = provinces.kind(unit.unit, departments.acting_on(year).year) == "city"

    def plain(text: str) -> str:
        return fold(text).replace("uy ban nhan dan", "ubnd")

    def names(texts: tuple[str, ...]) -> set[str]:
        return {plain(departments.titled(text, lang, there)) for text in texts if text for lang in LANGS for there in {False, city}}

    known = units.units()
    own = {u.unit: names((u.name_vi, u.name_en)) for u in known.values() if u.level == "department"}
    mine = {key for key, said in own.items() if plain(name) in said}
    after = {plain(known[key].name_vi) for key in mine}
    return mine | {u.unit for u in known.values() if u.level == "department" and plain(u.successor) in after}
