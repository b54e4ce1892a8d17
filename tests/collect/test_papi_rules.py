"""How PAPI's figures are held to their scales and sums, and what may be added up from them; figures made up."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from govlib.collect import tidy
from govlib.collect.readers import papi
from govlib.errors import BadInput
from govlib.known import provinces

BOOK, WHO = Path("PAPI_2023.csv"), ("Bac Ninh", "bac-ninh")
AT = {"row": 7, "column": "Bac Ninh", "locator": "s!D7"}


# ---- a figure ------------------------------------------------------------------------------------------------------------------
def test_a_figure_becomes_a_row_with_its_level_unit_and_place():
    reading = papi.Reading(BOOK, 2023, "papi-sheet-2023")
    assert reading.add(WHO, "overall", "45,7", **AT) == 45.7
    assert reading.add(WHO, "transparency", 5.5, **AT, note="as printed") == 5.5 and reading.add(WHO, "transparency.land_plans", 1.25, **AT) == 1.25
    common = {"province_printed": "Bac Ninh", "province": "bac-ninh", "unit": "points", "source": "papi-sheet-2023", "locator": "s!D7", "year": 2023}
    assert reading.rows == [{**common, "component": "overall", "level": "overall", "score": 45.7, "note": ""},
                            {**common, "component": "transparency", "level": "component", "score": 5.5, "note": "as printed"},
                            {**common, "component": "transparency.land_plans", "level": "indicator", "score": 1.25, "note": ""}]


@pytest.mark.parametrize(("year", "province", "note"), [
    (2023, "bac-ninh", "not published: the publishers' file leaves the cell empty"),
    (2021, "bac-ninh", "not published: the publishers' file leaves the cell empty; data insufficient (https://susta.vn/da-chieu/chi-so-papi-2021-22085)"),
    (2021, "ha-noi", "not published: the publishers' file leaves the cell empty"),
    (2022, "bac-giang", "not published: the publishers' file leaves the cell empty; left out of the ranking, survey data inaccurate "
                        "(https://thitruongbiz.vn/quang-ninh-dan-dau-ve-hieu-qua-quan-tri-va-hanh-chinh-cong-cap-tinh-10955.html)")])
def test_an_empty_cell_says_why_where_a_page_does(year, province, note):
    reading = papi.Reading(BOOK, year, "s")
    assert reading.add((province, province), "transparency", None, **AT) is None
    assert (reading.rows[0]["score"], reading.rows[0]["note"]) == (None, note)
    reading.add((province, province), "transparency", "", **AT, note="KCDL")
    assert reading.rows[1]["note"].split(";")[0] == "KCDL"


def test_a_rounded_end_of_the_scale_is_on_it_and_what_lies_beyond_names_its_cell():
    reading = papi.Reading(BOOK, 2023, "s")
    assert reading.add(WHO, "transparency.land_plans", 2.504, **AT) == 2.504 and reading.add(WHO, "transparency.land_plans", 0.246, **AT) == 0.246
    for value in (2.506, 0.244, 0):
        with pytest.raises(BadInput, match="outside the scale 0.25–2.5") as caught:
            reading.add(WHO, "transparency.land_plans", value, **AT)
        assert (caught.value.file, caught.value.row, caught.value.column, caught.value.value) == (BOOK, 7, "Bac Ninh", value)
    assert len(reading.rows) == 2


# ---- an edition ----------------------------------------------------------------------------------------------------------------
def reading(year: int = 2023, **changed: float | None) -> papi.Reading:
    """Every province with 1.5 in each part of its dimension's scale and the sums; ``ha_noi__transparency=…`` says otherwise."""
    made = papi.Reading(BOOK, year, "s")
    for slug in provinces.province_set(year):
        parts = {p: 1.5 for d in papi.dimensions(year) for p in papi.parts(d, year)}
        whole = {d: 1.5 * len(papi.parts(d, year)) for d in papi.dimensions(year)}
        cells = {**parts, **whole, "overall": sum(whole.values())}
        for component, value in (cells | {k.split("__")[1]: v for k, v in changed.items() if k.split("__")[0] == slug.replace("-", "_")}).items():
            made.add((slug, slug), component, value, **AT)
    return made


def test_an_edition_whose_sums_are_right_is_a_tidy_table():
    table = reading().checked()
    assert list(table.columns) == ["year", *tidy.COLUMNS] and len(table) == 63 * (1 + 8 + len(papi.subdimensions(2023))) and set(table["year"]) == {2023}


@pytest.mark.parametrize("gap", [0.0009, -0.0009])
def test_a_sum_may_be_rounded_by_a_thousandth(gap):
    assert len(reading(ha_noi__transparency=6 + gap, ha_noi__overall=sum(1.5 * len(papi.parts(d, 2023)) for d in papi.dimensions(2023)) + gap).checked())


@pytest.mark.parametrize(("changed", "said"), [
    ({"ha_noi__transparency": 6.0011}, "transparency of ha-noi is 6.0011, its parts add up to 6.0000"), ({"ha_noi__transparency": 5.9989}, "transparency of ha-noi is 5.9989"),
    ({"ca_mau__overall": 40.0}, "overall of ca-mau is 40.0000, its parts add up to "),
    ({"ca_mau__transparency": 7.0, "ha_noi__transparency": 8.0}, "transparency of ha-noi is 8.0000")])
def test_a_sum_that_is_not_that_of_its_parts_is_refused_the_worst_first(changed, said):
    with pytest.raises(BadInput, match=said) as caught:
        reading(**changed).checked()
    assert caught.value.file == BOOK and caught.value.fix == "are two columns swapped?"


def test_a_sum_with_a_part_that_was_withheld_cannot_be_held_against_its_parts():
    assert reading(**{"ha_noi__transparency.land_plans": None}).checked().query("province == 'ha-noi' and component == 'transparency'")["score"].item() == 6
    assert len(reading(ha_noi__transparency=None).checked())


def test_editions_without_sums_or_with_questions_beside_are_read_too():
    made = reading()
    made.rows = [r for r in made.rows if r["component"] not in ("overall", "transparency", "participation.village_contributions")]
    made.rows += [{**made.rows[0], "component": "transparency.land_plans.knows", "score": 0.3}] * 2  # a question is no part of a sum
    assert set(made.checked()["component"]) >= {"transparency.land_plans.knows", "participation"}


def test_a_province_twice_missing_or_of_another_edition():
    twice = reading()
    twice.add(("Hà Nội again", "ha-noi"), "transparency", 6, **AT)
    with pytest.raises(BadInput, match="a province twice") as caught:
        twice.checked()
    assert (caught.value.file, caught.value.value) == (BOOK, "Hà Nội again")
    other = reading()
    other.rows = [{**r, "province": "ha-tay" if r["province"] == "ha-noi" else r["province"]} for r in other.rows if r["province"] != "ca-mau"]
    with pytest.raises(BadInput, match=r"62 provinces where 2023 has 63; missing \['ca-mau', 'ha-noi'\], not of that year \['ha-tay'\]") as caught:
        other.checked()
    assert caught.value.file == BOOK


# ---- what the codes mean -------------------------------------------------------------------------------------------------------
def test_codes_and_what_they_mean_by_edition():
    assert list(papi.subdimensions(2023)) == sorted(papi.subdimensions(2023)) and len(papi.subdimensions(2017)) == 22
    with pytest.raises(BadInput, match="PAPI has no edition 2010 with all provinces → take 2011 or later"):
        papi.subdimensions(2010)
    assert papi.parts("transparency", 2017) == tuple(c.id for code, c in papi.subdimensions(2017).items() if code[0] == "2")
    assert papi.bounds("transparency", 2023) == (1, 10) and papi.bounds("overall", 2023) == (8, 80)


# ---- sums of ours --------------------------------------------------------------------------------------------------------------
def parts(year: int, slug: str = "ha-noi", source: str = "book", **changed: float | None) -> pd.DataFrame:
    return pd.DataFrame([{"province": slug, "year": year, "component": c.id, "score": changed.get(c.id.split(".")[1], 1.5), "source": source, "locator": f"s!{chr(65 + i)}{year - 2000}"}
                         for i, c in enumerate(papi.subdimensions(year).values())]).astype({"score": float})


def test_a_sum_names_the_cells_that_it_was_added_from():
    row = papi.derive_dimensions(parts(2017)).set_index("component").loc["transparency"]
    assert row[["province", "year", "level", "score", "unit", "status", "source", "note"]].tolist() == ["ha-noi", 2017, "component", 4.5, "points", "derived", "book", ""]
    assert row["locator"] == "SUM(s!E17:G17)"
    assert papi.derive_dimensions(parts(2017)).set_index("component").loc["overall", "locator"] == "SUM(s!A17:V17)", "the total those of all dimensions"
    none = papi.derive_dimensions(parts(2017).iloc[:0])
    assert none.empty and list(none.columns) == ["province", "year", "component", "level", "score", "unit", "status", "source", "locator", "note"]
    mixed = parts(2017)
    mixed.loc[mixed["component"].eq("transparency.poverty_lists"), "source"] = "a page"
    row = papi.derive_dimensions(mixed).set_index("component").loc["transparency"]
    assert row["source"] == "a page;book" and "a page s!" in row["locator"] and "book s!" in row["locator"]


def test_no_sum_where_a_part_is_missing_or_was_withheld():
    for scores in (parts(2017, poverty_lists=None), parts(2017)[lambda t: t["component"].ne("transparency.poverty_lists")]):
        table = papi.derive_dimensions(scores).set_index("component")
        assert table.loc["transparency", "note"] == "not published: 1 of 3 parts not published" and table.loc["transparency", "status"] == "not_published"
        assert table.loc["overall", "note"] == "not published: 1 of 6 parts not published" and table["score"].isna().sum() == 2
        assert table.loc["participation", "status"] == "derived" and table.loc["participation", "score"] == 6


def test_editions_provinces_and_what_is_there_already():
    scores = pd.concat([parts(2018), parts(2017), parts(2017, "ca-mau", participation=2.0)], ignore_index=True)
    table = papi.derive_dimensions(scores)
    assert table[["year", "province"]].drop_duplicates().to_numpy().tolist() == [[2017, "ca-mau"], [2017, "ha-noi"], [2018, "ha-noi"]] and len(table) == 7 + 7 + 9
    assert list(table.index) == list(range(23)) and set(table.loc[table["level"].eq("overall"), "component"]) == {"overall"}
    withheld = pd.DataFrame([{"province": "ha-noi", "year": 2017, "component": "transparency", "score": None, "source": "p", "locator": "l"}])
    both = pd.concat([scores, withheld], ignore_index=True)
    assert len(papi.derive_dimensions(both)) == 22 and len(papi.derive_dimensions(both, only_missing=False)) == 23, "expressly empty stays empty"


def test_a_figure_that_two_sources_state_counts_once_the_one_that_is_there():
    again = parts(2017).assign(source="other")
    again.loc[again["component"].eq("transparency.poverty_lists"), "score"] = None
    for scores in (pd.concat([again, parts(2017)]), pd.concat([parts(2017), again])):
        row = papi.derive_dimensions(scores.reset_index(drop=True)).set_index("component").loc["transparency"]
        assert row["score"] == 4.5 and "book" in row["source"]
    assert papi.derive_dimensions(pd.concat([parts(2017), parts(2017).assign(score=2.0, source="z")], ignore_index=True)).set_index("component").loc["transparency", "score"] == 4.5


def test_scores_that_lack_a_column_are_named():
    with pytest.raises(BadInput, match=r"columns missing: \['locator', 'source'\]"):
        papi.derive_dimensions(parts(2017).drop(columns=["source", "locator"]))
