"""Which facts stand first: the worst held are among them, chance is not, and the rule does what docs/reading_rule.md says."""

from __future__ import annotations

import pytest
from kit.boards import board as made
from kit.boards import drifting, placed, wobbling

from govlib.known import indices
from govlib.known.provinces import province_set
from govlib.reading import findings, thresholds
from govlib.reading.findings import FADES, MAX_AGE, PART, WORTH, Fact, Rank, choose, facts


def told(found: list[Fact]) -> list[tuple]:
    return [(f.index_id, f.component, f.kind, f.good, [r.rank for r in f.ranks]) for f in found]


# ---- the real panel ---------------------------------------------------------------------------------------------------------


def test_the_worst_facts_about_bac_ninh_2024_come_first(board):
    found = facts(board, "bac-ninh", 2024)
    bad = told([f for f in found if not f.good])
    assert ("dti", "overall", "run", False, [3, 4, 7, 18, 21]) in bad
    assert ("dti", "digital_government_activity", "place", False, [59]) in bad
    assert ("pci", "overall", "left", False, [15, 4, 10, 7, 7, None]) in bad
    assert ("sipas", "overall", "run", True, [33, 9, 7, 7]) in told(found)
    assert [(f.index_id, f.good) for f in choose(found)] == [("dti", False), ("pci", False), ("pgi", True)]
    assert not any(f.component == "environmental_governance" for f in found)  # 44 of 61: no outer quarter


def test_a_rank_is_told_across_a_change_of_method_which_is_named(board):
    [run] = [f for f in facts(board, "bac-ninh", 2024) if (f.index_id, f.component, f.kind) == ("dti", "overall", "run")]
    assert run.breaks == (2022, 2024) and [r.year for r in run.ranks] == [2020, 2021, 2022, 2023, 2024]
    assert [r.published for r in run.ranks] == [True, True, True, False, False] and run.year == 2024


def test_no_fact_is_of_an_edition_after_the_page_s_or_of_another_unit(board, scores):
    for year in (2015, 2022, 2025):
        for province in ("bac-ninh", "quang-ninh", "ha-noi"):
            for fact in facts(board, province, year):
                assert year - MAX_AGE <= fact.year <= year and all(r.year <= year for r in fact.ranks)
    assert facts(board, "bac-ninh", 2025) == []  # nothing of the merged province is held
    assert facts(board, "quang-ninh", 2025)  # that one did not merge
    for province in ("ca-mau", "tay-ninh", "ninh-binh"):  # their changes of 2024 are those of the units before
        assert not any(f.kind == "change" for f in facts(board, province, 2025)) and facts(board, province, 2024)


def test_figures_that_the_publisher_does_not_stand_by_are_no_finding(board):
    assert not any(f.index_id == "papi" and f.year == 2022 for f in facts(board, "bac-ninh", 2022))


@pytest.mark.parametrize("year", [2012, 2019, 2024])
def test_of_every_province_the_severities_are_in_order_and_worth_telling(board, year):
    seen = 0
    for province in province_set(year):
        found = facts(board, province, year)
        seen += len(found)
        assert [f.severity for f in found] == sorted((f.severity for f in found), reverse=True)
        assert all(WORTH <= f.severity <= 1 for f in found)
        chosen = choose(found)
        assert len(chosen) == min(3, len({(f.index_id, f.good) for f in found}))
        if (bad := [f for f in found if not f.good]):  # the worst of all is never left out
            assert any(bad[0] in finding.facts for finding in chosen)
    assert seen > 100


def test_a_place_of_which_a_newer_one_is_known_by_components_is_none(board):
    for province, old in (("ca-mau", 58), ("vinh-phuc", 8)):  # PCI 2022; the components of all provinces are held for 2023
        assert [r.rank for r in findings.ranks(board, "pci", "overall", province, 2024)][-1] == old
        whole = [f.kind for f in facts(board, province, 2024) if (f.index_id, f.component) == ("pci", "overall")]
        assert "place" not in whole
        assert "place" in [f.kind for f in facts(board, province, 2022) if (f.index_id, f.component) == ("pci", "overall")]


# ---- made-up boards ---------------------------------------------------------------------------------------------------------


def test_a_fall_over_the_years_is_a_run_and_a_turn_ends_it():
    fall = facts(placed({2020: 3, 2021: 4, 2022: 7, 2023: 18, 2024: 21}), "bac-ninh", 2024)  # DTI: measured anew in 2022 and 2024
    assert told(fall) == [("dti", "overall", "run", False, [3, 4, 7, 18, 21])]
    assert fall[0].severity == pytest.approx(2 * 18 / 62, abs=1e-6)
    turned = facts(placed({2020: 3, 2021: 30, 2022: 7, 2023: 18, 2024: 25}), "bac-ninh", 2024)
    assert told(turned) == [("dti", "overall", "run", False, [7, 18, 25])]
    assert facts(placed({2023: 20, 2024: 45}, breaks={}), "bac-ninh", 2024) == []  # two editions are no run


def test_a_year_without_a_rank_ends_a_run_and_so_does_another_field():
    assert facts(placed({2020: 3, 2021: 4, 2023: 18, 2024: 21}, breaks={}), "bac-ninh", 2024) == []
    assert findings.ranks(placed({2022: 3, 2023: 5}, breaks={}), "dti", "overall", "bac-ninh", 2022) == [Rank(2022, 3, 63, False)]
    narrow = made({}, {2005: {"bac-ninh": 14}, 2006: {"bac-ninh": 30}, 2007: {"bac-ninh": 45}}, index_id="pci", breaks={})
    assert facts(narrow, "bac-ninh", 2007) == []  # 42 were ranked in 2005, 64 in the others


@pytest.mark.parametrize(("rank", "good", "share"), [(1, True, 1.0), (16, True, 1 - 30 / 62), (63, False, 1.0), (48, False, 32 / 62)])
def test_a_place_in_an_outer_quarter(rank, good, share):
    [fact] = facts(placed({2024: rank}, breaks={}), "bac-ninh", 2024)
    assert (fact.kind, fact.good) == ("place", good) and fact.severity == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize("rank", [17, 32, 47])
def test_a_place_in_the_middle_is_none(rank):
    assert facts(placed({2024: rank}, breaks={}), "bac-ninh", 2024) == []


def test_the_years_in_a_row_in_the_same_quarter_are_told():
    [fact] = facts(placed({2020: 60, 2021: 20, 2022: 60, 2023: 59, 2024: 61}, breaks={}), "bac-ninh", 2024)
    assert [r.rank for r in fact.ranks] == [60, 59, 61]
    assert [r.rank for r in facts(placed({2023: 60, 2024: 2}, breaks={}), "bac-ninh", 2024)[0].ranks] == [2]


def test_age_and_being_a_part_weigh_less():
    for age in range(MAX_AGE + 2):
        found = facts(placed({2024 - age: 1}, breaks={}), "bac-ninh", 2024)
        assert [f.severity for f in found] == ([pytest.approx(FADES**age)] if age <= MAX_AGE else [])
    [part] = facts(placed({2024: 1}, component="infrastructure", breaks={}), "bac-ninh", 2024)
    assert part.severity == PART == 0.8 and FADES == 0.9 and WORTH == 0.5  # as docs/reading_rule.md says


def test_leaving_and_entering_the_printed_ranks():
    ranks = {2022: {"bac-ninh": 7, "thai-nguyen": 34}, 2023: {"thanh-hoa": 30, "thai-nguyen": 25}}
    scores = {2023: {"bac-ninh": 65.96, "thanh-hoa": 66.79}}
    one = made(scores, ranks, index_id="pci")
    [left] = [f for f in facts(one, "bac-ninh", 2023) if f.kind == "left"]
    assert [(r.year, r.rank, r.of) for r in left.ranks] == [(2022, 7, 63), (2023, None, 30)] and not left.good
    assert left.severity == pytest.approx(2 * 24 / 62, abs=1e-6) and left.breaks == ()
    ahead = made({2023: {"bac-ninh": 66.9, "thanh-hoa": 66.79}}, ranks, index_id="pci")
    assert not any(f.kind == "left" for f in facts(ahead, "bac-ninh", 2023))  # a rank that a page does not give is not behind the last
    unknown = made({}, {2022: {"bac-ninh": 7}}, index_id="pci")
    assert not any(f.kind == "left" for f in facts(unknown, "bac-ninh", 2023))
    ruled = made({2023: {"bac-ninh": None}}, {2022: {"bac-ninh": 7}}, index_id="pci")
    assert any(f.kind == "left" for f in facts(ruled, "bac-ninh", 2023, {("pci", 2023)}))
    entered = made({2023: {"bac-ninh": 60.0, "thanh-hoa": 66.79}}, {2023: {"thanh-hoa": 30}, 2024: {"bac-ninh": 5}}, index_id="pci")
    [came] = [f for f in facts(entered, "bac-ninh", 2024) if f.kind == "entered"]
    assert came.good and [r.rank for r in came.ranks] == [None, 5] and came.severity == pytest.approx(2 * 26 / 62, abs=1e-6)


def test_a_change_counts_beyond_its_threshold_and_net_of_what_all_did():
    quiet = drifting(range(2013, 2020), 0.5)
    moved = drifting(range(2013, 2020), 0.5, last={"bac-ninh": -8.0})
    assert not any(f.kind == "change" and f.index_id == "pci" for f in facts(quiet, "bac-ninh", 2019))
    [fall] = [f for f in facts(moved, "bac-ninh", 2019) if f.kind == "change"]
    assert not fall.good and fall.change.delta < -5 and fall.ranks == () and fall.severity == 1
    behind = drifting(range(2013, 2020), 0.5, last=dict.fromkeys(province_set(2019), 8.0) | {"bac-ninh": 5.0})
    assert not any(f.kind == "change" for f in facts(behind, "bac-ninh", 2019))  # it rose, and all the others rose more
    all_rose = drifting(range(2013, 2020), 0.5, last=dict.fromkeys(province_set(2019), 8.0))
    assert not any(f.kind == "change" for p in province_set(2019)[::7] for f in facts(all_rose, p, 2019))


@pytest.mark.parametrize(("noise", "spread", "counts"), [(1.0, 1.2, False), (0.5, 4.0, True)])
def test_a_run_of_ranks_counts_where_its_scores_moved_beyond_the_threshold(noise, spread, counts):
    """The same ranks, 50, 32 and 14: where provinces lie close together they are less than the threshold apart."""
    scores = wobbling(range(2013, 2020), noise, spread=spread)
    for year, rank in ((2017, 50), (2018, 32), (2019, 14)):
        others = sorted((v for p, v in scores[year].items() if p != "bac-ninh"), reverse=True)
        scores[year]["bac-ninh"] = (others[rank - 2] + others[rank - 1]) / 2
    one = made(scores, index_id="pci", breaks={})
    moved = scores[2019]["bac-ninh"] - scores[2017]["bac-ninh"]
    assert bool(moved > thresholds.points(one, "pci", "overall", 2019)) is counts
    runs = [f for f in facts(one, "bac-ninh", 2019) if f.kind == "run"]
    assert told(runs) == ([("pci", "overall", "run", True, [50, 32, 14])] if counts else [])


def test_of_one_index_all_facts_of_a_direction_are_one_finding():
    def fact(index_id: str, good: bool, severity: float) -> Fact:
        return Fact(index_id, "overall", "place", good, severity, (Rank(2024, 1, 63, True),))

    found = sorted([fact("pci", False, 0.6), fact("pci", False, 0.9), fact("pci", True, 1.0), fact("papi", False, 0.8),
                    fact("dti", False, 0.7), fact("sipas", True, 0.55)], key=lambda f: -f.severity)
    chosen = choose(found, 4)
    assert [(f.index_id, f.good, len(f.facts)) for f in chosen] == [("pci", False, 2), ("papi", False, 1), ("dti", False, 1), ("sipas", True, 1)]
    assert [f.index_id for f in choose(found, 6)][4:] == ["pci"]  # a second finding of an index only when the others are through
    assert choose([]) == [] and [f.good for f in choose([fact("pci", True, 0.9), fact("dti", False, 0.6)])] == [False, True]


def test_every_index_with_figures_is_looked_at(board):
    seen = {f.index_id for p in province_set(2024) for y in (2020, 2024) for f in facts(board, p, y)}
    assert seen >= {"pci", "papi", "dti", "sipas", "par"} and seen <= set(indices.INDICES)
