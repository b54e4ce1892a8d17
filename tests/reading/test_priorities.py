"""Which components come first: the factors on made-up boards with known answers, and the rule on the real panel."""

from __future__ import annotations

import numpy as np
import pytest
from kit.boards import board as made
from kit.boards import drifting, together, wobbling

from govlib.known import weighting
from govlib.known.provinces import province_set
from govlib.reading import kept, priorities, thresholds
from govlib.reading.board import panel_board

NAMES = province_set(2020)


def test_the_mark_is_the_mean_of_the_best_three_of_the_comparable():
    board = drifting(range(2006, 2021), 1.0)
    mates = [p for p in NAMES if p != "bac-ninh"][:8]
    scores = board.matrix("pci").loc[2020]
    found = priorities.weigh(board, "pci", "overall", "bac-ninh", 2020, mates)
    assert found == "no_weight"  # a composite has none in itself
    year = priorities.edition(board, "pci", "overall", "bac-ninh", 2021, mates)
    assert year == 2020 and priorities.edition(board, "pci", "overall", "bac-ninh", 2024, mates) is None  # four years old
    assert priorities.edition(board, "pci", "overall", "bac-ninh", 2020, mates[:4]) is None  # too few to compare with
    assert scores[mates].nlargest(3).mean() > scores[mates].mean()


def test_a_rise_from_a_place_is_the_quantile_of_what_others_did():
    """Pure noise around levels that stay: who stands last is there by bad luck and rises, who stands first falls."""
    board = drifting(range(2006, 2021), 3.0)
    moves = priorities.cases(board, "pci", "overall", 2)
    assert len(moves.change) == 13 * len(NAMES) and abs(np.median(moves.change)) < 0.2
    order = board.matrix("pci").loc[2020].sort_values()
    (low, n), (high, _) = (priorities._rise(board, "pci", "overall", order.index[at], 2020) for at in (0, -1))
    assert low > 0 > high + 1 and n >= priorities.CASES
    near = moves.change[np.abs(moves.place - (len(order) - 1) / len(order)) <= priorities.NEAR]
    assert low == pytest.approx(np.quantile(near, 0.75)) and n == len(near)


def test_no_case_crosses_a_break():
    from govlib.reading.board import Break

    whole = drifting(range(2006, 2021), 1.0)
    broken = drifting(range(2006, 2021), 1.0)
    broken._breaks = {"pci": [Break(2013, "all", "", "")]}
    per_year = len(NAMES)
    assert len(priorities.cases(whole, "pci", "overall", 2).change) == 13 * per_year
    assert len(priorities.cases(broken, "pci", "overall", 2).change) == 11 * per_year  # 2011 and 2012 do not reach 2013


def test_the_rule_on_the_panel(panel):
    from govlib.reading.board import panel_board

    board = panel_board()
    for province in ("bac-ninh", "ho-chi-minh", "dien-bien"):
        found = priorities.ranked(board, province, 2024)
        values = [p.value for p in found.first]
        assert values == sorted(values, reverse=True) and len(values) <= priorities.MOST
        for p in found.first:
            assert p.gap > p.threshold and 2024 - p.year <= priorities.OLDEST and province not in p.best_of
            assert p.value == pytest.approx(p.gap * p.reach * p.weight * p.reliability * p.kept)
            assert 0 <= p.kept <= 1 and 0 <= p.reach <= 1 and 0 < p.reliability < 1
            near = priorities.comparable(province, 2024)
            scores = board.matrix(p.index_id, p.component).loc[p.year].reindex(near).dropna()
            rank = board.matrix(p.index_id, p.component).loc[p.year].rank(ascending=False, method="min")
            assert rank[province] > rank.notna().sum() / 4  # who leads is not asked to catch up
            assert p.best == pytest.approx(scores.nlargest(3).mean()) and set(p.best_of) == set(scores.nlargest(3).index)
        assert not {(p.index_id, p.component) for p in found.first} & set(found.left)


def test_those_who_rose_are_others_beyond_the_threshold(panel):
    from govlib.reading import thresholds
    from govlib.reading.board import panel_board

    board = panel_board()
    rose = priorities.risers(board, "papi", "transparency", "bac-ninh", 2024)
    assert rose and "bac-ninh" not in {r.province for r in rose}
    for r in rose:
        m, limit = board.matrix("papi", "transparency"), thresholds.points(board, "papi", "transparency", r.last)
        assert r.points == pytest.approx(m.at[r.last, r.province] - m.at[r.first, r.province]) and r.points > limit < r.ahead
        assert not board.breaks("papi", "transparency", r.first, r.last)


def costs(years=range(2006, 2021), noise=1.0, **more):
    """A made-up PCI: the totals of three years and one component of all of them."""
    totals = {y: {p: 60.0 + at / 10 for at, p in enumerate(NAMES)} for y in (2018, 2019, 2020)}
    return together(made(totals, index_id="pci"), made(wobbling(years, noise), index_id="pci", component="time_costs"), breaks={}, **more)


def test_each_factor_of_a_priority():
    board = costs()
    scores = board.matrix("pci", "time_costs").loc[2020]
    mates = [p for p in scores.sort_values().index if p != "bac-ninh"][10:40]
    found = priorities.weigh(board, "pci", "time_costs", "bac-ninh", 2021, mates)
    assert (found.index_id, found.component, found.year, found.score) == ("pci", "time_costs", 2020, scores["bac-ninh"])
    assert found.best_of == tuple(mates[-1:-4:-1]) and found.best == pytest.approx(scores[mates[-3:]].mean())
    rule = thresholds.of(board, "pci", "time_costs", 2020)
    assert found.threshold == rule.threshold and found.reliability == rule.noise.reliability and found.kept == kept.of(board, "pci", "time_costs").share
    assert found.weight == pytest.approx(weighting.of("pci", 2020)["time_costs"] / 10 / np.std([at / 10 for at in range(63)], ddof=1))
    assert (found.rise, found.cases) == priorities._rise(board, "pci", "time_costs", "bac-ninh", 2020)
    one = lambda **f: priorities.Priority("pci", "x", 2020, **({"score": 5.0, "best": 7.0, "best_of": (), "threshold": 1.0, "rise": 1.0, "cases": 20,  # noqa: E731
                                                              "weight": 0.5, "reliability": 0.8, "kept": 0.4} | f))
    assert (one().gap, one().reach, one().value) == (2.0, 0.5, pytest.approx(2 * 0.5 * 0.5 * 0.8 * 0.4))
    assert [one(rise=r).reach for r in (-1.0, 2.0, 3.0)] == [0.0, 1.0, 1.0] and one(best=5.0).reach == 0.0 == one(best=4.0).reach


def test_why_a_component_cannot_be_weighed():
    board, mates = costs(), [p for p in NAMES if p != "bac-ninh"]
    why = lambda board, c="time_costs", year=2020, mates=mates: priorities.weigh(board, "pci", c, "bac-ninh", year, mates)  # noqa: E731
    assert why(board, "overall") == "no_noise"  # three editions of the same
    assert why(board, "transparency") == why(board, year=2024) == why(board, mates=mates[:4]) == "no_figures" and why(board, year=2023).year == 2020
    assert why(made(wobbling(range(2006, 2021), 1.0), index_id="pci", component="time_costs", breaks={})) == "no_weight"  # nothing of the totals
    few = {y: row if y < 2020 else dict(list(row.items())[:40]) for y, row in wobbling(range(2006, 2021), 1.0).items()}
    gone = {y: {p: v for p, v in row.items() if p != "bac-ninh" or y == 2020} for y, row in few.items()}
    totals = made({2020: {p: 60.0 + at / 10 for at, p in enumerate(NAMES)}}, index_id="pci")
    assert why(together(totals, made(gone, index_id="pci", component="time_costs"), breaks={})) == "no_cases"  # no full edition holds it
    assert why(together(totals, made(few, index_id="pci", component="time_costs"), breaks={})).year == 2020


def test_places_and_changes_of_two_editions_counted_by_hand():
    """Everyone rises by 1; the second best by 3. Over two years only where both ends are held of nearly all."""
    one = {p: float(at) for at, p in enumerate(NAMES)}
    two = {p: v + 1 + 2 * (p == NAMES[61]) for p, v in one.items()}
    found = priorities.cases(made({2018: one, 2019: two}, index_id="pci", breaks={}), "pci", "overall", 1)
    assert found.place == pytest.approx([(62 - at) / 63 for at in range(63)]) and found.change.tolist() == [2.0 * (at == 61) for at in range(63)]
    some = made({2018: one, 2019: dict(list(two.items())[3:])}, index_id="pci", breaks={})
    assert priorities.cases(some, "pci", "overall", 1).place == pytest.approx([(62 - at) / 63 for at in range(3, 63)])  # of all who were there at the start
    assert priorities.cases(some, "pci", "overall", 2).change.size == 0 == priorities.cases(made({2018: one, 2019: dict(list(two.items())[30:])}, index_id="pci"), "pci", "overall", 1).place.size


def test_over_one_year_where_two_are_not_to_be_had():
    rows = wobbling(range(2018, 2020), 1.0)
    board = made(rows, index_id="pci", breaks={})
    moves = priorities.cases(board, "pci", "overall", 1)
    own = (board.edition("pci", "overall", 2019).values > rows[2019]["bac-ninh"]).mean()
    near = moves.change[np.abs(moves.place - own) <= 0.125]
    expected = (float(np.quantile(near, 0.75)), len(near)) if len(near) >= 20 else (None, 0)
    assert priorities._rise(board, "pci", "overall", "bac-ninh", 2019) == expected
    assert priorities._rise(made({2019: rows[2019]}, index_id="pci", breaks={}), "pci", "overall", "bac-ninh", 2019) == (None, 0)
    many = made(wobbling(range(2010, 2020, 1), 1.0), index_id="pci", breaks={})
    assert priorities._rise(many, "pci", "overall", "bac-ninh", 2019)[1] >= 20 and priorities._rise(many, "pci", "overall", "bac-ninh", 2009) == (None, 0)


def test_a_rise_is_from_the_place_of_the_same_unit():
    """An edition of 2025 with too few provinces to give a place: Bắc Ninh of 2024 is another unit, Hà Nội is not."""
    rows = wobbling(range(2014, 2025), 1.0)
    few = {p: 60.0 for p in ["bac-ninh", "ha-noi", *[p for p in province_set(2025) if p not in ("bac-ninh", "ha-noi")][:10]]}
    board = made(rows | {2025: few}, index_id="pci", breaks={})
    assert not board.is_full("pci", "overall", 2025)
    assert priorities._rise(board, "pci", "overall", "bac-ninh", 2025) == (None, 0)
    assert priorities._rise(board, "pci", "overall", "bac-ninh", 2024)[1] >= 20
    assert priorities._rise(board, "pci", "overall", "ha-noi", 2025) == priorities._rise(board, "pci", "overall", "ha-noi", 2024)


def test_the_largest_rise_of_each_that_rose(monkeypatch):
    """All rise by 1 in 2019 and fall by 3 in 2016; the first by 5 more in 2020, the second by 2 more in both years, the third by 3 too long
    ago, the fourth does not fall in 2016, which is no rise."""
    monkeypatch.setattr(thresholds, "points", lambda *_: 1.5)
    scores = wobbling(range(2008, 2021), 0.05)
    more = {NAMES[0]: {2020: 5.0}, NAMES[1]: {2019: 2.0, 2020: 2.0}, NAMES[2]: {2011: 3.0}, NAMES[3]: {2016: 3.0}}
    for year, row in scores.items():
        for p in row:
            row[p] += (year >= 2019) - 3 * (year >= 2016) + sum(by for start, by in more.get(p, {}).items() if year >= start)
    found = priorities.risers(made(scores, index_id="pci", breaks={}), "pci", "overall", "bac-ninh", 2020)
    assert [r.province for r in found] == [NAMES[0], NAMES[1]] and found[1][1:3] == (2018, 2020) and found[0].last == 2020
    for r in found:
        moved = {p: scores[r.last][p] - scores[r.first][p] for p in NAMES}
        assert r.points == pytest.approx(moved[r.province]) and r.ahead == pytest.approx(moved[r.province] - np.median(list(moved.values())))
    board = made(scores, index_id="pci", breaks={})
    assert [r.province for r in priorities.risers(board, "pci", "overall", NAMES[0], 2020)] == [NAMES[1]]
    assert [r.province for r in priorities.risers(board, "pci", "overall", "bac-ninh", 2019)][:1] == [NAMES[1]]
    monkeypatch.setattr(priorities, "SINCE", 10)
    longer = priorities.risers(made(scores, index_id="pci", breaks={}), "pci", "overall", "bac-ninh", 2020)
    assert NAMES[2] in [r.province for r in longer]


def test_who_is_compared_with_whom_and_who_leads(panel):
    near = priorities.comparable("bac-ninh", 2024)
    assert len(near) == len(set(near)) and "bac-ninh" not in near and {"quang-ninh", "hai-phong", "vinh-phuc"} <= set(near)
    region = [p for p in NAMES if priorities.region_of(p, 2024) == priorities.region_of("bac-ninh", 2024)]
    assert set(region) - {"bac-ninh"} <= set(near) and len(near) > len(region)
    board = made({2020: {p: float(-at) for at, p in enumerate(NAMES[:60])}}, index_id="pci", breaks={})
    leads = [priorities._leading(board, priorities.Priority("pci", "overall", 2020, 0, 0, (), 0, 0, 0, 0, 0, 0), NAMES[at]) for at in (0, 14, 15)]
    assert leads == [True, True, False]  # 15 of 60


def test_what_the_publisher_does_not_stand_by_counts_nowhere(panel):
    """PAPI 2022 of Bắc Giang: +0.93 in environment on 2020, printed of a province that was left out of the ranking."""
    board = panel_board()
    m, sound = board.matrix("papi", "environmental_governance"), board.stood_by("papi", "environmental_governance")
    assert np.isfinite(m.at[2022, "bac-giang"]) and np.isnan(sound.at[2022, "bac-giang"])
    assert (m.isna() != sound.isna()).to_numpy().sum() == 2  # and Bắc Ninh's
    rose = priorities.risers(board, "papi", "environmental_governance", "ha-noi", 2024)
    assert rose and not [r for r in rose if r.province in ("bac-giang", "bac-ninh") and 2022 in (r.first, r.last)]
    assert (2020, 2022) not in {(r.first, r.last) for r in rose if r.province == "bac-giang"}
    n = len(priorities.cases(board, "papi", "environmental_governance", 2).change)
    whole = sum(int((m.loc[y + 2] - m.loc[y]).notna().sum()) for y in (2018, 2019, 2020, 2021, 2022)
                if not board.breaks("papi", "environmental_governance", y, y + 2)
                and board.is_full("papi", "environmental_governance", y) and board.is_full("papi", "environmental_governance", y + 2))
    assert whole - n == 4  # two provinces, from 2020 and to 2024
    assert priorities.edition(board, "papi", "environmental_governance", "bac-giang", 2022,
                              [p for p in NAMES if p != "bac-giang"]) == 2020
