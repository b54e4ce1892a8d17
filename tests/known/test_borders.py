"""Who borders on whom: as the map's common lines say, and as everybody knows of Bắc Ninh."""

from __future__ import annotations

import csv
import json

import pytest

from govlib import paths
from govlib.known import borders, catalogue, provinces


def test_every_province_has_a_neighbour_and_every_name_is_one():
    named = {slug for pair in borders.pairs() for slug in pair}
    assert named == set(provinces.province_set(2020)) and all(one != other for one, other in borders.pairs())
    with (paths.reference() / "borders.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len({frozenset((row["province"], row["neighbour"])) for row in rows}) == len(rows) == 135
    assert {row["source"] for row in rows} == {"boundaries-63"} and catalogue.source("boundaries-63")


def test_neighbours_in_the_order_asked():
    near, unknown = borders.neighbours(["ha-noi", "bac-ninh", "ca-mau", "ha-tay"])
    assert near.tolist() == [[False, True, False, False], [True, False, False, False], [False] * 4, [False] * 4] and unknown == ["ha-tay"]
    assert {other for one, other in borders.pairs() if one == "bac-ninh"} == {"bac-giang", "ha-noi", "hai-duong", "hung-yen"}
    assert {other for one, other in borders.pairs() if one == "ca-mau"} == {"bac-lieu", "kien-giang"}


@pytest.mark.shared
def test_they_are_the_lines_that_two_provinces_of_the_map_have_in_common(shared):
    source = catalogue.source("boundaries-63")
    topology = json.loads((shared / source.mirror_path).read_text(encoding="utf-8"))
    owners: dict[int, set[str]] = {}

    def lines(arcs):
        for arc in arcs:
            yield from lines(arc) if isinstance(arc, list) else [arc if arc >= 0 else ~arc]

    for shape in next(iter(topology["objects"].values()))["geometries"]:
        for line in lines(shape["arcs"]):
            owners.setdefault(line, set()).add(provinces.resolve(shape["properties"]["ten_tinh"]))
    shared_lines = {tuple(pair) for found in owners.values() if len(found) == 2 for pair in (sorted(found), sorted(found, reverse=True))}
    assert borders.pairs() == shared_lines
