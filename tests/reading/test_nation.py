"""What pages print of the country, where an edition is not held whole."""

from __future__ import annotations

import csv
import os
import re

import pytest

from govlib.known import indices
from govlib.publish import content
from govlib.publish.sections.findings import place_sentence
from govlib.reading import comparisons, nation
from govlib.reading.board import panel_board
from govlib.run import verify


@pytest.fixture(scope="module")
def board(panel):
    return panel_board()


def test_a_printed_median_of_an_edition_held_whole_is_the_computed_one(board, root):
    """VCCI's 58,47 of 2015 and every other one; there the page uses its own."""
    checked = 0
    for path in sorted((root / "data" / "raw").glob("*/national.csv")):
        for year in indices.editions(path.parent.name):
            printed = nation.printed(path.parent.name, year)
            if printed is None or printed.statistic != "median" or not board.is_full(path.parent.name, "overall", year):
                continue
            assert printed.value == pytest.approx(board.edition(path.parent.name, "overall", year).median, abs=0.00501)
            place = comparisons.place(board, path.parent.name, "overall", "bac-ninh", year)
            assert place.printed is None and place.gap_printed is None and place.gap is not None
            checked += 1
    assert checked


def test_what_is_printed_of_the_country_is_between_the_held_extremes(board):
    """66,66 of 2023, 67,67 of 2024 on two pages, of the Ministry a mean: no scale or index mistaken for another."""
    found = {(i, y): p for i in ("pci", "par", "sipas", "dti") for y in indices.editions(i) if (p := nation.printed(i, y))}
    assert found["pci", 2024][:2] == ("median", 67.67) and found["pci", 2024].pages == 2 and found["pci", 2022].value == 65.22
    assert found["par", 2023][:2] == ("mean", 86.98) and found["sipas", 2023].pages == 2 and found["par", 2024].pages == 1
    for (index_id, _), p in found.items():
        low, high, _unit = indices.scale(index_id)
        assert low < p.value < high


def test_pages_that_disagree_say_nothing(tmp_path, monkeypatch):
    (tmp_path / "pci").mkdir()
    head = ["year", "area", "component", "level", "score", "unit", "source", "locator", "note"]

    def lines(*rows):
        with open(tmp_path / "pci" / "national.csv", "w", newline="", encoding="utf-8") as f:
            csv.writer(f).writerows([head, *[[y, area, c, "", score, "points", "a", f"https://{k}", ""] for k, (y, area, c, score) in enumerate(rows)]])

    monkeypatch.setattr("govlib.paths.raw", lambda: tmp_path)
    lines((2024, "national-median", "overall", 67.67), (2024, "national", "overall", 60), (2024, "national-median", "overall", 66.66),
          (2023, "national", "overall", 61), (2022, "southeast", "overall", 61), (2021, "national", "transparency", 6))
    assert nation.printed("pci", 2024) is None and nation.printed("pci", 2023) == nation.Printed("mean", 61.0, "a", "https://3", 1)
    assert nation.printed("pci", 2022) is nation.printed("pci", 2021) is nation.printed("papi", 2024) is None
    lines((2024, "national-median", "overall", 67.67), (2024, "national-median", "overall", 67.68), (2023, "national", "overall", ""))
    os.utime(tmp_path / "pci" / "national.csv", ns=(1, 1))  # written anew: read anew
    assert nation.printed("pci", 2024) == nation.Printed("median", 67.67, "a", "https://0", 2) and nation.printed("pci", 2023) is None  # a hundredth apart


@pytest.mark.parametrize(("lang", "told", "annex"), [
    ("vi", "PCI 2024: cao hơn trung vị cả nước 7,17 điểm (67,67, theo báo chí, 2 trang).", "PAR INDEX 2024: cao hơn trung bình cả nước 7,80 điểm phần trăm (88,37, theo báo chí, mới thấy ở một trang)."),
    ("en", "PCI 2024: 7.17 points above the national median (67.67, as the press prints it, 2 pages).", "PAR INDEX 2024: 7.80 percentage points above the national mean (88.37, as the press prints it, found on one page only).")])
def test_the_page_says_where_the_province_stands_and_that_the_press_says_so(board, lang, told, annex):
    page = content.load("hai-phong", 2024, lang)
    sentence, table = place_sentence(page, "pci", 2024), page.standing_table()
    plain = lambda markup: re.sub("<[^>]+>", "", str(markup))  # noqa: E731
    said = page.against_printed()
    assert plain(sentence) == told and [plain(s) for s in said] == [told, annex] and "†" in plain(table["note"])
    gap = dict(zip(table["df"].iloc[:, 0], table["df"].iloc[:, 5], strict=True))
    assert plain(gap["PCI 2024"]).replace(".", ",") == "+7,17†" and "†" not in plain(gap["PAPI 2024"])
    reader = verify._Reader()
    reader.feed(f"{said}{gap['PCI 2024']}")
    assert len(reader.found) >= 5 and {t.state for t in verify.trace(reader.found, lang)} == {"same"}
    assert {n.source for n in reader.found} >= {"govlib", nation.printed("pci", 2024).source} <= {*page.used, "govlib"}
