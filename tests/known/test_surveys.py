"""How many answered and when they were asked: what pages print, and what depends on it."""

from __future__ import annotations

import re

import pytest

from govlib.known import indices, reforms, surveys


def test_every_row_is_a_page_that_prints_its_number():
    table = surveys.read()
    assert table["page"].str.match(r"https?://\S+$").all() and table["read_on"].str.match(r"2026-\d\d-\d\d$").all()
    assert set(table["who"]) <= set(surveys.WHO) and not table.duplicated(["index_id", "year", "who", "page"]).any()
    for row in table.itertuples():
        said = re.sub(r"[.,]", "", row.printed)
        assert re.search(r"\d+", said)[0] == str(row.answered), row
        assert row.year in indices.editions(row.index_id)


def test_firms_of_the_index_count_not_the_foreign_ones_beside_them():
    pci = surveys.answered("pci")
    assert pci.loc[[2013, 2024]].tolist() == [8093, 9267] and pci[2019] == 12500, "2019 prints both kinds together only"
    assert pci.index.is_monotonic_increasing and set(range(2008, 2025)) <= set(pci.index) and 2005 not in pci.index
    assert surveys.answered("papi")[2023] == 19536, "the exact number, not the rounded one of another page"
    assert surveys.answered("dti").empty


def test_the_card_of_an_index_says_how_many_answered():
    assert "2024: 9,267 private firms, 10,821 private and foreign firms; 2023:" in indices.index("pci")._repr_html_()
    assert "no page prints how many" in indices.index("dti")._repr_html_()


@pytest.mark.parametrize(("day", "reading", "edition"), [
    ("2017-10-31", "early", 2017), ("2017-11-01", "early", 2018),  # PAPI 2017 asked until October
    ("2018-11-01", "early", 2018),  # of 2018 no page says: until December, as usual
    ("2023-07-31", "late", 2023), ("2022-07-31", "late", 2023),  # PAPI 2023 began in August
])
def test_an_action_is_set_against_the_months_printed_of_that_edition(day, reading, edition):
    assert reforms.first_edition(day, "papi", reading=reading) == edition
