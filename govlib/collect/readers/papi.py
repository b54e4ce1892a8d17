"""PAPI: what its dimensions are made of in each edition, how its figures are checked, and what may be added up from them.

A sub-dimension code (2.1, 3.2 …) keeps its number while its meaning changes in 2016 and 2018: :func:`subdimensions`
says what a code means in which edition. A dimension is the sum of its sub-dimensions in every edition that prints both;
where only sub-dimensions are published (2020, 2021, 2024) :func:`derive_dimensions` adds them up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from govlib.collect import locators, tidy
from govlib.errors import BadInput
from govlib.known import indices, provinces
from govlib.text import rows_of

FIRST, LAST, EIGHT_DIMENSIONS_FROM = 2011, 2024, 2018
UNIT = "points"
NO_DATA = "not published: the publishers' file leaves the cell empty"

# A dimension is the sum of its sub-dimensions in every edition that prints both. The publishers' sheet of 2022 has two
# sub-dimensions of Hà Nội typed in with two decimals (1.57, 1.28), which moves that one sum by 0.0007.
SUM_TOLERANCE = 0.001

# editions whose gaps a page explains: provinces, reason, page
GAPS: dict[int, tuple[tuple[str, ...], str, str]] = {
    2021: (("bac-giang", "bac-ninh", "quang-ninh"), "data insufficient", "https://susta.vn/da-chieu/chi-so-papi-2021-22085"),
    2022: (("bac-giang", "bac-ninh"), "left out of the ranking, survey data inaccurate",
           "https://thitruongbiz.vn/quang-ninh-dan-dau-ve-hieu-qua-quan-tri-va-hanh-chinh-cong-cap-tinh-10955.html"),
}


@cache
def subdimensions(year: int) -> dict[str, indices.Component]:
    """Code → meaning in that edition, in printed order, from the index definitions.

    >>> subdimensions(2015)["3.2"].id, subdimensions(2018)["3.2"].id
    ('vertical_accountability.peoples_inspection_boards', 'vertical_accountability.response_to_appeals')
    >>> "5.2" in subdimensions(2020), "5.2" in subdimensions(2021)
    (True, False)
    """
    if year < FIRST:
        raise BadInput(f"PAPI has no edition {year} with all provinces", fix=f"take {FIRST} or later")
    return dict(sorted((c.code, c) for c in indices.components("papi", year, level="indicator")))


@cache
def dimensions(year: int) -> tuple[str, ...]:
    """The edition's dimensions: six to 2017, eight from 2018."""
    return tuple(indices.component_ids("papi", year))


@cache
def parts(dimension: str, year: int) -> tuple[str, ...]:
    """Ids of the sub-dimensions that make up a dimension in an edition."""
    return tuple(c.id for c in subdimensions(year).values() if c.id.split(".")[0] == dimension)


@cache
def bounds(component: str, year: int) -> tuple[float, float | None]:
    """Lowest and highest possible score (0.25–2.5, 0.33–3.33 or 0.5–5 for a sub-dimension, by how many share 1–10).

    >>> bounds("overall", 2017), bounds("e_governance.portal_access", 2018)
    ((6.0, 60.0), (0.5, 5.0))
    """
    return indices.scale("papi", component, year)[:2]


@dataclass
class Reading:
    """The figures of one edition in one file, row by row."""

    path: Path
    year: int
    source: str
    rows: list[dict] = field(default_factory=list)

    def add(self, who: tuple[str, str], component: str, value: object, *, row: int, column: str, locator: str,
            note: str = "") -> float | None:
        """A score of a province (name as printed, slug); an empty cell keeps a note that says why. Returns the score."""
        score = tidy.on_scale(value, bounds(component, self.year), file=self.path, row=row, column=column, slack=0.005)
        if score is None:
            note = self._why_empty(who[1], note or NO_DATA)
        level = "overall" if component == "overall" else "indicator" if "." in component else "component"
        self.rows.append({"province_printed": who[0], "province": who[1], "component": component, "level": level, "score": score,
                          "unit": UNIT, "source": self.source, "locator": locator, "note": note, "year": self.year})
        return score

    def _why_empty(self, province: str, note: str) -> str:
        provinces_, reason, page = GAPS.get(self.year, ((), "", ""))
        return f"{note}; {reason} ({page})" if province in provinces_ else note

    def checked(self) -> pd.DataFrame:
        """All rows, tidy: every province once, and each printed dimension the sum of its printed parts."""
        table = tidy.frame(self.rows)
        core = table[table["component"].str.count(r"\.") < 2]  # survey items are no part of a sum
        twice = core[core.duplicated(["province", "component"])]
        if len(twice):
            raise BadInput("a province twice", file=self.path, value=twice["province_printed"].iloc[0])
        expected, found = set(provinces.province_set(self.year)), set(core["province"])
        if found != expected:
            raise BadInput(f"{len(found)} provinces where {self.year} has {len(expected)}; missing {sorted(expected - found)}, "
                           f"not of that year {sorted(found - expected)}", file=self.path)
        score = core.pivot(index="province", columns="component", values="score").astype(float)
        sums = {d: list(parts(d, self.year)) for d in dimensions(self.year)} | {"overall": list(dimensions(self.year))}
        for whole, pieces in sums.items():
            if whole not in score or not set(pieces) <= set(score):
                continue
            gap = (score[whole] - score[pieces].sum(axis=1, min_count=len(pieces))).abs()
            if (gap > SUM_TOLERANCE).any():
                worst = gap.idxmax()
                raise BadInput(f"{whole} of {worst} is {score.at[worst, whole]:.4f}, its parts add up to "
                               f"{score.loc[worst, pieces].sum():.4f}", file=self.path, fix="are two columns swapped?")
        return table


def derive_dimensions(scores: pd.DataFrame, *, only_missing: bool = True) -> pd.DataFrame:
    """Dimension and total scores as sums of the sub-dimensions of their edition, for a province and year.

    ``scores`` has the columns province, year, component, score (others are carried along where they agree). A sum is
    given only where every part of that edition is there: never a partial one. Checked against every edition that
    prints both (2011–2019, 2022, 2023) and against the figures that Bắc Ninh printed for 2020 and 2023.

    The locator of a sum names the cells of the sub-dimensions (:mod:`govlib.collect.locators`), so that anyone can add them up
    again; where they come from several sources each cell says which.

    Returns rows with province, year, component, level, score, unit, status (``derived`` or ``not_published``), source,
    locator, note; with ``only_missing`` cells that ``scores`` already has (published or expressly empty) are left out.
    """
    need = {"province", "year", "component", "score", "source", "locator"}
    if not need <= set(scores):
        raise BadInput(f"columns missing: {sorted(need - set(scores))}")
    subs = scores[scores["component"].isin(indices.component_ids("papi", level="indicator"))]
    # a figure stated twice counts once: the first non-empty one of each cell
    first = subs.sort_values("score", na_position="last", kind="stable").drop_duplicates(["province", "year", "component"])
    have = set(zip(scores["province"], scores["year"], scores["component"], strict=True)) if only_missing else set()
    out = []
    for year, rows in first.groupby("year"):
        year = int(year)
        score = rows.pivot(index="province", columns="component", values="score").astype(float)
        at = {(province, c): (source, place)
              for province, c, source, place in rows_of(rows, ["province", "component", "source", "locator"])}
        for whole, pieces in [*((d, parts(d, year)) for d in dimensions(year)), ("overall", dimensions(year))]:
            mine = score.reindex(columns=list(pieces))
            score[whole] = mine.sum(axis=1, skipna=False)  # empty where any part is
            lacking = mine.isna().sum(axis=1)
            subs = [s for d in (dimensions(year) if whole == "overall" else [whole]) for s in parts(d, year)]
            for province in score.index:
                if (province, year, whole) not in have:
                    cells = [at[province, s] for s in subs if (province, s) in at]
                    out.append({"province": province, "year": year, "component": whole, "score": score.at[province, whole],
                                **_derived(cells, len(pieces), int(lacking[province]))})
    columns = ["province", "year", "component", "level", "score", "unit", "status", "source", "locator", "note"]
    table = pd.DataFrame(out, columns=columns).assign(unit=UNIT)
    table["level"] = table["component"].where(table["component"].eq("overall"), "component")
    return table.sort_values(["year", "province", "level"], kind="stable").reset_index(drop=True)


def _derived(cells: list[tuple[str, str]], pieces: int, lacking: int) -> dict:
    """How a sum came about. ``cells``: (source, locator) of each sub-dimension that there is a row of."""
    sources = sorted({source for source, _ in cells})
    places = [place if len(sources) == 1 else f"{source} {place}" for source, place in cells]
    return {"status": "not_published" if lacking else "derived", "source": ";".join(sources), "locator": locators.added(places),
            "note": f"not published: {lacking} of {pieces} parts not published" if lacking else ""}
