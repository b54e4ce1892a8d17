"""Changes, places, ranks and the table of components on boards small enough to work out by hand; nothing here is a published figure."""

from __future__ import annotations

import numpy as np
import pytest
from kit.boards import board as made
from kit.boards import drifting, together

from govlib.known import indices
from govlib.known.provinces import province_set
from govlib.reading import comparisons, thresholds
from govlib.reading.board import Break, region_of

NAMES = list(province_set(2019))


def change(scores: dict, year: int, province: str = "ha-noi", **more):
    return comparisons.change(made(scores, index_id="pci", **({"breaks": {}} | more)), "pci", "overall", province, year)


def test_a_change_is_from_the_last_score_before():
    found = change({2015: {"ha-noi": 50.0}, 2017: {"ha-noi": 53.5}, 2018: {"ha-noi": None}, 2020: {"ha-noi": 55.0}}, 2020)
    assert (found.now.score, found.before.score, found.delta, found.from_year, found.comparable, found.gap_years) == (55.0, 53.5, 1.5, 2017, True, (2018, 2019))
    assert not found.neighbours and found.ratio is found.beyond is found.threshold is found.step is None and found.direction == ""
    first = change({2015: {"ha-noi": 50.0}}, 2015)
    assert (first.before, first.delta, first.comparable, first.breaks, first.direction) == (None, None, False, (), "") and not first.neighbours
    with pytest.raises(ValueError, match="pci/overall ha-noi 2015: no figure before"):
        _ = first.from_year
    assert change({2015: {"ha-noi": None}}, 2015) is None is change({2015: {"ha-noi": 50.0}}, 2016)


def test_a_rank_without_a_score_has_no_change():
    found = change({2015: {"ha-noi": 50.0}}, 2016, ranks={2016: {"ha-noi": 4}})
    assert found.now.rank == 4 and found.before.year == 2015 and found.delta is None and not found.comparable
    assert change({2016: {"ha-noi": 50.0}}, 2016, ranks={2015: {"ha-noi": 4}}).before is None


def test_across_a_break_the_number_stands_and_does_not_compare():
    cut = Break(2016, "all", "đổi", "changed")
    found = change({2015: {"ha-noi": 50.0}, 2016: {"ha-noi": 51.0}}, 2016, breaks={"pci": [cut]})
    assert found.delta == 1.0 and not found.comparable and found.breaks == (cut,) and found.ratio is None and found.direction == ""


@pytest.mark.parametrize(("delta", "threshold", "years", "comparable", "ratio", "beyond", "said"), [
    (3.0, 2.0, 1, True, 1.5, True, "up"), (-3.0, 2.0, 1, True, 1.5, True, "down"), (2.0, 2.0, 1, True, 1.0, False, "within"), (-1.0, 2.0, 1, True, 0.5, False, "within"),
    (3.0, 2.0, 2, True, None, None, ""), (3.0, 2.0, 1, False, None, None, ""), (3.0, None, 1, True, None, None, "")])
def test_what_the_threshold_says_of_a_change(delta, threshold, years, comparable, ratio, beyond, said):
    one = made({2019 - years: {"ha-noi": 50.0}, 2019: {"ha-noi": 50.0 + delta}}, index_id="pci")
    now, before = one.row("pci", "overall", "ha-noi", 2019), one.row("pci", "overall", "ha-noi", 2019 - years)
    found = comparisons.Change(now, before, delta, comparable, (), threshold)
    assert (found.ratio, found.beyond, found.direction) == (ratio, beyond, said)


def test_a_threshold_that_does_not_fit_the_step_says_nothing():
    one = made({2018: {"ha-noi": 50.0}, 2019: {"ha-noi": 53.0}}, index_id="pci")
    now, before = (one.row("pci", "overall", "ha-noi", y) for y in (2019, 2018))
    step = thresholds.Step(10, 5, 2013, 2017, False, 10, 5, False)
    assert [comparisons.Change(now, before, 3.0, True, (), 2.0, s).direction for s in (step, step._replace(fits=True))] == ["", "up"]
    board = drifting(range(2013, 2020), 1.0)
    found = comparisons.change(board, "pci", "overall", "ha-noi", 2019)
    assert found.threshold == thresholds.points(board, "pci", "overall", 2019) > 2 and found.step == thresholds.step(board, "pci", "overall", 2019) is not None
    without = comparisons.change(board, "pci", "overall", "ha-noi", 2019, threshold=False)
    assert without.threshold is None is without.step and without.delta == found.delta


def test_everyones_changes_and_their_spread():
    scores = {2018: {p: 50.0 for p in NAMES}, 2019: {p: 50.0 + at for at, p in enumerate(NAMES)}}
    one = made(scores, index_id="pci", breaks={})
    assert comparisons.everyones_changes(one, "pci", "overall", 2019).tolist() == list(range(63)) and comparisons.median_change(one, "pci", "overall", 2019) == 31.0
    assert comparisons.everyones_changes(one, "pci", "overall", 2018) is None is comparisons.median_change(one, "pci", "overall", 2018)
    assert comparisons.spread_of_changes(one, "pci", "overall", 2019) == pytest.approx(np.sqrt((63**2 - 1) / 12 * 63 / 62))  # of 0 to 62, with n − 1
    assert comparisons.spread_of_changes(one, "pci", "overall", 2018) is None is comparisons.spread_of_changes(one, "pci", "overall", 2020)
    thirty, fewer = ({y: dict(list(row.items())[:n]) for y, row in scores.items()} for n in (30, 29))
    assert comparisons.spread_of_changes(made(thirty, index_id="pci"), "pci", "overall", 2019) == pytest.approx(np.sqrt((30**2 - 1) / 12 * 30 / 29))
    assert comparisons.spread_of_changes(made(fewer, index_id="pci"), "pci", "overall", 2019) is None
    assert comparisons.spread_of_changes(made({y: scores[2018] for y in scores}, index_id="pci"), "pci", "overall", 2019) is None  # nobody moved


def test_the_newest_edition_with_a_figure():
    one = made({2015: {"ha-noi": 50.0}, 2016: {"ha-noi": None}, 2018: {"ha-noi": 52.0}}, {2017: {"ha-noi": 3}}, index_id="pci")
    assert [getattr(comparisons.newest(one, "pci", "ha-noi", y), "year", None) for y in (2014, 2015, 2016, 2017, 2019)] == [None, 2015, 2015, 2017, 2018]
    assert comparisons.newest(one, "pci", "ha-noi", 2019, "transparency") is None


def test_which_way_an_item_points_needs_thirty_provinces_and_an_edition_of_both():
    good = {p: float(at) for at, p in enumerate(NAMES)}

    def way(item: dict, component: dict = good, year: int = 2019, n: int = 63):
        one = together(made({2019: dict(list(component.items())[:n])}, index_id="pci", component="entry_costs"),
                       made({2019: item}, index_id="pci", component="entry_costs.days"), breaks={})
        return comparisons.item_direction(one, "pci", "entry_costs.days", year)

    less = {p: -v for p, v in good.items()}
    assert (way(good), way(less), way(less, n=30), way(less, n=29)) == (1, -1, -1, 0)
    assert way(good, year=2018) == 0 == way(dict.fromkeys(NAMES, 1.0)) == way(good, dict.fromkeys(NAMES, 1.0))
    papi = made({2019: less}, index_id="papi", component="participation.x")
    assert comparisons.item_direction(papi, "papi", "participation.x", 2019) == 1


def test_a_place_in_a_full_edition():
    region = [p for p in NAMES if region_of(p, 2019) == region_of("bac-ninh", 2019)]
    scores = {p: 40.0 + at / 10 for at, p in enumerate(NAMES)}
    where = comparisons.place(made({2019: scores}, index_id="pci"), "pci", "overall", "bac-ninh", 2019)
    mine, order = scores["bac-ninh"], sorted(NAMES, key=scores.get, reverse=True)
    assert (where.of, where.full, where.n_scored, where.median) == (63, True, 63, pytest.approx(43.1)) and where.gap == pytest.approx(mine - 43.1)
    assert where.region == "red-river-delta" and len(region) == where.region_of == 11 and where.region_median == pytest.approx(np.median([scores[p] for p in region]))
    assert where.region_rank == sorted(region, key=scores.get, reverse=True).index("bac-ninh") + 1
    assert where.first == tuple(order[:3]) and where.last == order[-1] and where.rank == where.computed == order.index("bac-ninh") + 1
    assert not where.rank_is_published and where.printed is None is where.gap_printed
    printed = comparisons.place(made({2019: scores}, {2019: {"bac-ninh": 7}}, index_id="pci"), "pci", "overall", "bac-ninh", 2019)
    assert printed.rank == 7 and printed.rank_is_published and printed.computed == where.computed


def test_a_place_in_an_edition_that_is_not_full():
    scores = {p: 40.0 + at / 10 for at, p in enumerate(NAMES[:50])}
    one = made({2019: scores}, {2019: {"ca-mau": 1, NAMES[60]: 5}}, index_id="pci")
    assert one.cell("pci", "overall", NAMES[60], 2019).score is None
    where = comparisons.place(one, "pci", "overall", NAMES[60], 2019)
    assert (where.of, where.full, where.n_scored, where.median, where.gap, where.first, where.last, where.computed, where.rank) == (63, False, 50, None, None, (), None, None, 5)
    assert where.gap_printed is None is where.region_rank
    assert comparisons.place(one, "pci", "overall", NAMES[61], 2019) is None is comparisons.place(made({2019: {"ha-noi": None}}), "dti", "overall", "ha-noi", 2019)
    of_2024 = made({2024: {"ha-noi": 70.0}}, index_id="pci")  # the press prints a median of 67.67
    assert comparisons.place(of_2024, "pci", "overall", "ha-noi", 2024).gap_printed == pytest.approx(2.33)
    part = made({2024: {"ha-noi": 7.0}}, index_id="pci", component="transparency")
    assert comparisons.place(part, "pci", "transparency", "ha-noi", 2024).printed is None


def test_ranks_of_a_list_are_all_printed_or_all_by_score():
    scores = {p: 40.0 + at / 10 for at, p in enumerate(NAMES)}
    computed = comparisons.ranks(made({2019: scores}, index_id="pci"), "pci", 2019)
    assert list(computed) == NAMES[::-1] and list(computed.values()) == list(range(1, 64))
    some = made({2019: dict(list(scores.items())[:50])}, {2019: {NAMES[3]: 9, NAMES[1]: 2}}, index_id="pci")
    assert comparisons.ranks(some, "pci", 2019) == {NAMES[1]: 2, NAMES[3]: 9} and list(comparisons.ranks(some, "pci", 2019)) == [NAMES[1], NAMES[3]]
    assert not comparisons.by_score(some, "pci", 2019) and comparisons.place(some, "pci", "overall", NAMES[3], 2019).rank == 9
    few = made({2019: scores}, {2019: {NAMES[0]: 1}}, index_id="pci")  # the press prints one rank, the others are ours
    assert comparisons.by_score(few, "pci", 2019) and comparisons.ranks(few, "pci", 2019) == computed
    assert comparisons.place(few, "pci", "overall", NAMES[0], 2019).rank == 1  # by itself it stands as printed
    whole = made({2019: scores}, {2019: {p: 63 - (at + at % 2) for at, p in enumerate(NAMES)}}, index_id="pci")
    assert not comparisons.by_score(whole, "pci", 2019) and comparisons.ranks(whole, "pci", 2019)[NAMES[1]] == 61  # its own ties
    printed = {2022: {p: at for at, p in enumerate((p for p in NAMES if p not in ("bac-ninh", "bac-giang")), 1)}}
    left_out = made({2022: scores}, printed, index_id="papi")  # who is not ranked does not make the others' ranks ours
    assert not comparisons.by_score(left_out, "papi", 2022) and comparisons.ranks(left_out, "papi", 2022) == printed[2022]


def test_the_order_of_ranks_is_the_order_of_scores_in_every_full_edition(board):
    """Where they are ours, a rank is one more than there are better scores. Where all are printed, publishers part scores that are
    equal as printed (PCI 2011 and 2020), and no others."""
    ours = 0
    for index_id in indices.INDICES:
        for component in ["overall", "overall_fixed_weights", *board.components(index_id)]:
            for year in [y for y in board.editions(index_id, component) if board.is_full(index_id, component, y)]:
                everyone, found = board.edition(index_id, component, year), comparisons.ranks(board, index_id, year, component)
                assert set(found) == set(everyone.names), (index_id, component, year)
                for province, score in zip(everyone.names, everyone.values, strict=True):
                    first, last = 1 + (everyone.values > score).sum(), (everyone.values >= score).sum()
                    if comparisons.by_score(board, index_id, year, component):
                        last, ours = first, ours + 1
                    assert first <= found[province] <= last, (index_id, component, year, province)
                assert list(found.values()) == sorted(found.values())
    assert ours > 10000


def test_ranks_among_the_provinces_of_both_editions():
    scores = {2018: {p: float(at) for at, p in enumerate(NAMES)}, 2019: {p: float(-at) for at, p in enumerate(NAMES) if at != 60}}
    one = made(scores, index_id="pci", breaks={})
    assert comparisons.common_ranks(one, "pci", "overall", NAMES[61], 2019) == (62, 2, 61)
    assert comparisons.common_ranks(one, "pci", "overall", NAMES[60], 2019) is None is comparisons.common_ranks(one, "pci", "overall", NAMES[61], 2018)
    assert not comparisons.same_provinces(one, "pci", "overall", 2019) and comparisons.same_provinces(one, "pci", "overall", 2018)
    same = made({y: scores[2018] for y in (2018, 2019)}, index_id="pci", breaks={})
    assert comparisons.same_provinces(same, "pci", "overall", 2019)
    assert comparisons.common_ranks(same, "pci", "overall", NAMES[62], 2019) == (63, 1, 1)
    half = made({2018: scores[2018], 2019: dict(list(scores[2018].items())[:40])}, index_id="pci", breaks={})
    assert comparisons.same_provinces(half, "pci", "overall", 2019) and comparisons.common_ranks(half, "pci", "overall", NAMES[0], 2019) is None
    joined = {2008: {p: 50.0 for p in province_set(2008)}, 2009: {p: 50.0 for p in province_set(2009)}}  # Hà Tây went into Hà Nội
    assert comparisons.same_provinces(made(joined, index_id="pci", breaks={}), "pci", "overall", 2009)


def test_the_table_of_components():
    first, second = indices.component_ids("pci", 2019)[:2]
    scores = {2018: {p: 5.0 for p in NAMES}, 2019: {p: 5.0 + at / 100 for at, p in enumerate(NAMES)}}
    one = together(made(scores, index_id="pci", component=first), made({2018: {"ha-noi": 6.0, "ca-mau": 4.0}}, index_id="pci", component=second), breaks={})
    table = comparisons.components_table(one, "pci", "ha-noi", 2019, [first, second], ["ca-mau", "nowhere"]).set_index("component")
    whole, empty = table.loc[first], table.loc[second]
    at, camau = NAMES.index("ha-noi"), NAMES.index("ca-mau")
    assert (whole["score"], whole["before"], whole["before_year"], whole["median"]) == (pytest.approx(5 + at / 100), 5.0, 2018, pytest.approx(5.31))
    assert whole["delta"] == pytest.approx(at / 100) and whole["gap"] == pytest.approx(at / 100 - 0.31) and whole["comparable"] and not whole["rank_published"]
    assert (whole["rank"], whole["of"], whole["direction"], whole["locator"]) == (63 - at, 63, "", "ha-noi 2019") and whole["ca-mau"] == pytest.approx(5 + camau / 100)
    assert np.isnan(whole["nowhere"]) and np.isnan(whole["threshold"]) and whole["region_median"] > 5
    assert not empty["comparable"] and not empty["rank_published"] and empty["direction"] == "" and empty[["score", "before", "delta", "median", "gap", "ca-mau"]].isna().all()
    assert {table[c].dtype.kind for c in ("score", "before", "delta", "threshold", "ratio", "median", "gap", "region_median", "scale_min", "scale_max")} == {"f"}
    assert comparisons.components_table(one, "pci", "ha-noi", 2019, [])["score"].empty
