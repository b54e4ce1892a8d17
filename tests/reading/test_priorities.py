"""Which components come first: the factors on made-up boards with known answers, and the rule on the real panel."""

from __future__ import annotations

import numpy as np
import pytest
from kit.boards import drifting

from govlib.known.provinces import province_set
from govlib.reading import priorities

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
