"""Places in sources: many in one text and back, and sums that anyone can add up again from the raw files."""

from __future__ import annotations

import csv
import random
from functools import cache
from pathlib import Path

import pytest

from govlib.collect import locators
from govlib.known import indices, weighting

RAW = Path(__file__).resolve().parents[2] / "data" / "raw"


@cache
def raw(index_id: str, year: int) -> dict[tuple[str, str], list[dict]]:
    """Rows of a raw file by (province, locator)."""
    found: dict[tuple[str, str], list[dict]] = {}
    with open(RAW / index_id / f"{year}.csv", encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            found.setdefault((row["province"], row["locator"]), []).append(row)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_places_put_together_come_apart_again(scores, seed):
    pick = random.Random(seed)
    every = [place for place in scores["locator"].unique().tolist() if place and not place.startswith("SUM(")]
    at = pick.randrange(len(every) - 80)
    places = every[at:at + 80] + [f"median papi/overall {y}" for y in (2011, 2012, 2013, 2015)]
    if seed % 2:
        pick.shuffle(places)
    assert sorted(locators.apart(locators.together(places))) == sorted(places)


@pytest.mark.parametrize("places, text", [
    (["S!Y3", "S!Z3", "S!AA3", "S!AB3"], "S!Y3:AB3"), (["S!A9", "S!B10"], "S!A9, B10"), (["a.csv P09 SC1", "a.csv P10 SC1"], "a.csv P09 SC1; a.csv P10 SC1"),
    (["median pci/overall 2019", "median pci/overall 2020", "median pci/overall 2021"], "median pci/overall 2019–2021"),
    (["https://x.vn/a-2019", "https://x.vn/a-2020"], "https://x.vn/a-2019; https://x.vn/a-2020"),
    (["S!A1; rank: b https://x.vn/1", "S!B1"], "S!A1; rank: b https://x.vn/1; S!B1"),
])
def test_neighbours_and_only_they_become_a_range(places, text):
    assert locators.together(places) == text
    assert locators.apart(text) == places


def test_a_list_names_sums_of_the_same_columns_once():
    sums = [f"SUM(2024.csv {p} SC11–SC14)" for p in ("P18", "P14", "P19", "P20")]
    assert locators.listed([*sums, "S!B2", "S!A2", "S!C2"]) == "S!A2:C2; SUM(2024.csv [P14, P18–P20] SC11–SC14)"


@pytest.mark.parametrize("said", [
    {"2018": "Summary!D7", "2019": "Summary!D7", "2020": "https://x.vn", "Trung vị": "median pci/overall 2020"},
    {str(y): f"median papi/overall {y}" for y in (2011, 2012, 2013, 2015, 2016)},
    {"a": "S!A1; rank: b https://x.vn/1", "b": "S!A1; rank: b https://x.vn/1"}, {"a": "x", "b": "y & z", "c": "y & z"},
])
def test_what_columns_say_can_be_told_apart(said):
    assert locators.by_column(locators.along(said), list(said)) == said


def test_a_derived_papi_figure_is_the_sum_of_the_raw_cells_that_its_locator_names(scores):
    derived = scores[(scores["index_id"] == "papi") & (scores["status"] == "derived")]
    assert len(derived) > 1600
    for row in derived.itertuples():
        cells = locators.cells(row.locator)
        found = [raw("papi", row.year)[row.province, place] for place in cells]
        assert all(len(there) == 1 and there[0]["source"] in row.source.split(";") for there in found)
        assert sum(float(there[0]["score"]) for there in found) == pytest.approx(row.score, abs=1e-9), row
        named = {there[0]["component"] for there in found}
        of = indices.component_ids("papi", row.year, level="indicator")
        assert named == {c for c in of if row.component in ("overall", c.split(".")[0])}


def test_bac_ninh_s_total_of_2024_by_hand(scores):
    """The 28 cells SC11 … SC83 of row P18 of the file of 2024."""
    row = scores[(scores["index_id"] == "papi") & (scores["component"] == "overall") & (scores["year"] == 2024) & (scores["province"] == "bac-ninh")].iloc[0]
    assert row["locator"].startswith("SUM(2024.csv P18 SC11–SC14, ")
    assert len(locators.cells(row["locator"])) == 28
    assert round(row["score"], 2) == 45.49


def test_the_fixed_weight_composite_follows_from_the_raw_cells_that_its_locator_names(scores):
    weights = weighting.fixed("pci")
    derived = scores[scores["component"] == "overall_fixed_weights"]
    assert len(derived) > 900
    for row in derived.itertuples():
        found = {}
        for place in locators.cells(row.locator):  # a page of the site, or a row where the sources are several, holds several components
            source, _, where = place.partition(" ")
            several = (row.province, place) not in raw("pci", row.year)
            for there in raw("pci", row.year)[row.province, where if several else place]:
                if there["component"] in weights and there["score"] and there["source"] in ([source] if several else row.source.split(";")):
                    found[there["component"]] = float(there["score"])
        assert set(found) == set(weights), row
        assert sum(weights[c] * v for c, v in found.items()) / 10 == pytest.approx(row.score, abs=1e-9)
