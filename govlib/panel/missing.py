"""What is missing, cell by cell, with its reason and where it was looked for: `govlib coverage --missing`, docs/missing.md.

The searches stand in ``reference/searched.csv``, one line a search: an empty province or component means all of them, an
empty list of years every edition, ``component`` any component but the composite.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from govlib import paths
from govlib.collect import tidy
from govlib.errors import BadInput, MissingData
from govlib.known import indices, names, provinces, reforms
from govlib.text import spans
from govlib.words.tables import both

if TYPE_CHECKING:
    import pandas as pd

FILE = "searched.csv"
REFORMS = "reforms"  # in place of an index: a search for dated actions of the kind that ``component`` names
SEARCHED = ("index_id", "years", "province", "component", "looked_in", "read_on", "result")
COLUMNS = ("index_id", "year", "province", "component", "code", "reason_en", "reason_vi", "looked_in", "read_on", "result")


def searches() -> list[dict]:
    """The searches as written, ``years`` as a list; raises BadInput for an index, year, province, component or day not known."""
    path, found = paths.reference() / FILE, []
    for number, line in tidy.read_csv(path, SEARCHED):
        index_id = line["index_id"]
        if index_id not in (*indices.INDICES, REFORMS):
            raise BadInput("no such index", file=path, row=number, column="index_id", value=index_id)
        known = (reforms.reform_types().index if index_id == REFORMS
                 else ("", "overall", "component", *indices.component_ids(index_id)))
        if line["component"] not in known:
            raise BadInput("no such component", file=path, row=number, column="component", value=line["component"])
        if line["province"] and provinces.resolve(line["province"], file=path, row=number) != line["province"]:
            raise BadInput("write the province's slug", file=path, row=number, column="province", value=line["province"])
        tidy.parse_day(line["read_on"], path, number)
        found.append({**line, "years": [tidy.parse_year(year, path, number) for year in line["years"].split()]})
    return found


@lru_cache(maxsize=1)
def _read_on() -> dict[tuple[str, int], str]:
    """The last day on which an edition of an index was looked for as a whole."""
    days: dict[tuple[str, int], str] = {}
    for one in searches():
        if not one["province"] and one["component"] in ("", "overall"):
            for year in one["years"]:
                days[one["index_id"], year] = max(one["read_on"], days.get((one["index_id"], year), ""))
    return days


def last_search(index_id: str, year: int) -> str:
    """The last day (ISO 8601) on which this edition was looked for as a whole, by name of its year; empty where it never was."""
    return _read_on().get((index_id, year), "")


def missing(index: str | None = None) -> pd.DataFrame:
    """One row a province × edition × component without a score, with the reason and, where it was looked for, the
    narrowest search (a province's own before one of all provinces). Editions of which nothing is held stand with no province."""
    import pandas as pd

    source = paths.processed() / "why_missing.parquet"
    if not source.is_file():
        raise MissingData(source, "make panel")
    why = pd.read_parquet(source)
    for index_id in indices.INDICES:
        held = {int(path.stem) for path in (paths.raw() / index_id).glob("[0-9]*.csv")}
        for year in sorted(set(indices.editions(index_id)) - held):
            row = {"index_id": index_id, "year": year, "province": "", "component": "overall", "code": "not_held",
                   "reason_en": both("missing.none_found")["en"], "reason_vi": both("missing.none_found")["vi"]}
            why = pd.concat([why, pd.DataFrame([row])], ignore_index=True)
    if index is not None:
        why = why[why["index_id"].eq(names.index(index))]
    known = searches()
    cells = why[["index_id", "year", "province", "component"]].itertuples(index=False, name=None)
    looked = [_narrowest(known, *cell) for cell in cells]
    for name in ("looked_in", "read_on", "result"):
        why = why.assign(**{name: [one[name] if one else "" for one in looked]})
    return why[list(COLUMNS)].sort_values(list(COLUMNS[:4]), kind="stable").reset_index(drop=True)


def _narrowest(known: list[dict], index_id: str, year: int, province: str, component: str) -> dict | None:
    def fits(one: dict) -> bool:
        part = one["component"]
        return (one["index_id"] == index_id and (not one["years"] or year in one["years"]) and one["province"] in ("", province)
                and (part in ("", component) or (part == "component" and component != "overall")))

    return max(filter(fits, known), key=lambda one: (one["province"] != "", one["component"] != "", len(one["years"]) > 0),
               default=None)


def document() -> str:
    """docs/missing.md: how much is missing by index, edition and reason, and every search."""
    table = missing()
    lines = ["# What is missing, why, and where it was looked for", "",
             "Made by `govlib coverage --missing --document` from the panel and `govlib/known/reference/searched.csv`;",
             "`govlib coverage --missing` lists every cell. What a search did find is in data/raw with its page.", "",
             "## How many cells", "", "Provinces without a score; of components, province × component.", "",
             "| index | edition | composite | components | why |", "|---|---|---|---|---|"]
    for (index_id, year), part in table.groupby(["index_id", "year"], sort=True):
        whole = part["component"].eq("overall")
        why = part["code"].value_counts()
        reasons = part.drop_duplicates("code").set_index("code")["reason_en"]
        said = "; ".join(f"{n}: {reasons[code]}" for code, n in why.items())
        lines.append(f"| {indices.index(index_id).short_en} | {year} | {int(whole.sum())} | {int((~whole).sum())} | {said} |")
    lines += ["", "## Where it was looked for", "", "| index | editions | province | of | looked in | read on | result |",
              "|---|---|---|---|---|---|---|"]
    for one in searches():
        place = provinces.name(one["province"]) if one["province"] else "all"
        of = REFORMS if one["index_id"] == REFORMS else indices.index(one["index_id"]).short_en
        lines.append(f"| {of} | {spans(one['years']) if one['years'] else 'all'} | {place} | "
                     f"{one['component'] or 'all'} | {one['looked_in']} | {one['read_on']} | {one['result']} |")
    return "\n".join(lines) + "\n"
