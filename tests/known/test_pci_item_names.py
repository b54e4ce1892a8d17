"""Names of the PCI's survey items: complete, in both languages, with units that fit the figures and directions that fit the data."""

from __future__ import annotations

import csv
import re

import pandas as pd
import pytest
from kit.content import page_of, plain

from govlib import paths
from govlib.collect.readers import pci, pci_items
from govlib.known import indices, survey_items
from govlib.known.provinces import province_set
from govlib.panel import data
from govlib.publish import content
from govlib.publish.sections import components
from govlib.reading import beside, comparisons
from govlib.reading.board import COLUMNS, Board, panel_board

EDITIONS = range(2005, 2020)
#: Where the direction that the question states and the one that the figures show differ: the heading of these three sheets
#: gives 5 as a very low risk, but their figures go with worse land access as those of 2019 do, which is headed the other way round.
AT_ODDS = {("land_access.expropriation_risk_5_very_low", year) for year in (2016, 2017, 2018)}


@pytest.fixture(scope="module")
def items(shared) -> pd.DataFrame:
    """Every survey item of every edition, as the workbooks have it."""
    folder = shared / "pci" / "workbooks"
    return pd.concat([pci.indicators(next(folder.glob(f"PCI_{y}.xls*")), y) for y in EDITIONS], ignore_index=True)


@pytest.fixture(scope="module")
def board(panel, items) -> Board:
    """The panel with the workbooks' items, whether or not they have been fetched for the panel itself."""
    scores = data.scores(level=("overall", "component", "indicator"))
    scores = scores[~(scores["index_id"].eq("pci") & scores["level"].eq("indicator"))]
    rows = items.assign(index_id="pci", status="published", rank=None).reindex(columns=list(COLUMNS))
    return Board(pd.concat([scores, rows.astype(object)], ignore_index=True))


@pytest.fixture(scope="module")
def wanted(items) -> set[str]:
    """Items with two editions or more of which the last is 2013 or later."""
    scored = items.dropna(subset=["score"])
    years = scored.groupby("component")["year"].agg(["nunique", "max"])
    return set(years.index[(years["nunique"] >= 2) & (years["max"] >= 2013)])


def shown(page, year) -> list[str]:
    table = page.indicators_table("pci", year)["df"]
    return [plain(v) for v in table[page.label("col.indicator")]]


def test_each_line_is_whole_and_short():
    with (paths.reference() / "indices" / "pci_items.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len({r["item"] for r in rows}) == len(rows) == len(survey_items.items())
    components = indices.component_ids("pci")
    for r in rows:
        assert r["item"].split(".")[0] in components, r["item"]
        assert r["better"] in ("higher", "lower", ""), r["item"]
        for key in ("name_vi", "name_en", "unit_vi", "unit_en"):
            assert r[key] and r[key] == r[key].strip() and not r[key].endswith("."), (r["item"], key)
        assert 3 <= len(r["name_vi"].split()) <= 13 and len(r["name_vi"]) <= 66, r["name_vi"]
        assert 3 <= len(r["name_en"].split()) <= 10 and len(r["name_en"]) <= 66, r["name_en"]
        assert re.search(r"[à-ỹđ]", r["name_vi"].lower()) and not re.search(r"[à-ỹđ]", r["name_en"].lower()), r["item"]
        assert not re.search(r"\bDN\b|\bUBND\b|GCNQSD|LURC|\bSOE|\bAPs?\b|_", r["name_vi"] + r["name_en"]), r["item"]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_name_twice_in_a_component(lang):
    seen: dict[tuple[str, str], str] = {}
    for item in survey_items.items().values():
        key = item.id.split(".")[0], item.name(lang).lower()
        assert key not in seen, f"{item.id} and {seen[key]}: {item.name(lang)}"
        seen[key] = item.id


def test_units_of_both_languages_hold_for_the_same_editions():
    for item in survey_items.items().values():
        parts = [[re.match(r"(\d{4}(?:–\d{4})?: )?", p)[0] for p in unit.split(" | ")] for unit in (item.unit_vi, item.unit_en)]
        assert parts[0] == parts[1] and parts[0][-1] == "" and "" not in parts[0][:-1], item.id


def test_names_are_found_where_names_are_asked_for():
    assert indices.name("pci", "entry_costs.guidance_clear") == "Hướng dẫn thủ tục đăng ký rõ ràng"
    assert indices.name("pci", "entry_costs.guidance_clear", "en", 2019) == "Guidance on registration procedures is clear"
    assert survey_items.find("papi", "entry_costs.guidance_clear") is None and survey_items.find("pci", "entry_costs") is None


@pytest.mark.shared
def test_every_item_followed_has_a_name_and_no_name_is_left_over(wanted):
    assert set(survey_items.items()) == wanted


@pytest.mark.shared
def test_units_fit_the_figures(items):
    named = items[items["component"].isin(list(survey_items.items()))].dropna(subset=["score"])
    kinds = set()
    for (component, year), rows in named.groupby(["component", "year"]):
        item, low, high = survey_items.items()[component], rows["score"].min(), rows["score"].max()
        where, unit, printed = f"{component} {year}: {low}–{high}", item.unit("en", year), set(rows["unit"])
        if unit in ("share 0–1", "ratio"):
            assert 0 <= low and high <= 1, where
            assert printed <= {"share 0-1", "as printed"}, where
        elif unit == "%":
            assert 0 <= low and 1 < high <= 100, where
            assert printed <= {"percent", "as printed"}, where
        elif unit in ("days", "hours"):
            assert 0 <= low and 1 <= rows["score"].median() <= high < 400, where
            assert printed == {unit}, where
        elif unit.startswith(("scale 1–5", "mean score")):
            assert 1 <= low and high <= 5, where
        else:
            assert unit in ("points", "inspections", "fairs", "cases per 100 firms") and low >= 0 and high > 1, where
        kinds.add(unit)
        assert not re.search(r"[à-ỹđ]", unit) and item.unit("vi", year), where
    assert {"share 0–1", "%", "days", "hours", "points"} <= kinds


@pytest.mark.shared
def test_the_direction_a_question_states_is_that_of_the_figures(board):
    """Both are given and the correlation is clear: they agree, but for the scale that its sheet heads the wrong way round."""
    clear, at_odds = 0, set()
    for item in survey_items.items().values():
        for year in range(2013, 2020):
            found = comparisons.item_direction(board, "pci", item.id, year)
            if item.better and found:
                clear += 1
                if found != (1 if item.better == "higher" else -1):
                    at_odds.add((item.id, year))
    assert at_odds == AT_ODDS
    assert clear > 400


@pytest.mark.shared
def test_the_scale_at_odds_is_said_with_its_name(board):
    """What 2019 is headed (5 a very high risk) has the level and the direction of 2016–2018."""
    new = "land_access.expropriation_risk_5_very_high"
    old = "land_access.expropriation_risk_5_very_low"
    assert comparisons.item_direction(board, "pci", new, 2019) == -1
    level = board.matrix("pci", new).loc[2019].median()
    assert all(abs(board.matrix("pci", old).loc[year].median() - level) < 0.2 for year in (2016, 2017, 2018))
    assert all(board.matrix("pci", old).loc[year].median() - level > 0.5 for year in range(2009, 2016))
    for lang, words in (("vi", "số liệu cho thấy 5 = rất cao"), ("en", "the figures read as 5 = very high")):
        page = page_of(board, "bac-ninh", 2017, lang)
        assert words in page.item("pci", old, 2017) and words not in page.item("pci", old, 2013)


@pytest.mark.shared
@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("year", [2016, 2019])
def test_a_page_names_every_fallen_item_in_its_own_language(board, lang, year):
    """In Vietnamese no name made of the English id, and the other way round; each with its unit."""
    page = page_of(board, "bac-ninh", year, lang)
    names, known = shown(page, year), {f"{i.name(lang)} ({i.unit(lang, year)})" for i in survey_items.items().values()}
    assert len(names) >= 8 and set(names) <= known
    assert all(bool(re.search(r"[à-ỹđ]", n.lower())) is (lang == "vi") for n in names), names


@pytest.mark.shared
def test_a_download_says_the_unit_in_the_pages_language(board):
    table = page_of(board, "bac-ninh", 2019).indicators_table("pci", 2019)["df"]
    row = table.set_index(table["Chỉ tiêu"].map(plain)).loc["Hướng dẫn thủ tục đăng ký rõ ràng (tỷ lệ 0–1)"]
    assert [row[c].unit for c in ("Điểm", "Thay đổi", "Trung vị cả nước")] == ["tỷ lệ 0–1"] * 3


@pytest.mark.shared
def test_no_change_is_told_over_two_units(board, items):
    """Shares are percent in the sheets of 2006 and 0–1 in those of 2007: the difference of the two is no fall."""
    waits = items[items["component"].eq("entry_costs.wait_over_one_month")].set_index("year")["score"]
    assert waits.loc[2006].median() > 10 and waits.loc[2007].max() < 1
    told = [ch for slug in sorted(province_set(2007)) for _, ch in components.worse(page_of(board, slug, 2007), "pci", 2007)]
    assert len(told) > 50
    assert not [ch.now.component for ch in told if ch.now.unit == "share 0-1" and ch.before.score > 1]


def test_an_item_without_a_name_shows_its_id(panel):
    page = content.Page("bac-ninh", 2019, "vi", beside.peers("bac-ninh", 2019), panel_board())
    unnamed = "entry_costs.licences_needed"  # ends in 2012
    assert pci_items.item("entry_costs", "Số lượng giấy đăng ký", 2012) == unnamed.split(".")[1]
    assert page.item("pci", unnamed, 2012) == "Licences needed"
