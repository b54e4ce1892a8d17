"""What a rank would take: the programme's optimum against brute force, seeds, bounds, refusals."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from govlib import targets
from govlib.comparisons import COLUMNS, Board, Break
from govlib.errors import BadInput, NotEstimable

COMPONENTS = ["a", "b", "c"]


def frame(years=range(2013, 2020), n=40, seed=1, drift=0.0) -> pd.DataFrame:
    """A made-up index of three components for n provinces; nothing of it is a published figure."""
    rng = np.random.default_rng(seed)
    level = rng.normal(6, 0.8, (n, 3))
    rows = []
    for y in years:
        level = np.clip(level + rng.normal(drift, 0.25, level.shape), 1, 10)
        for i, p in enumerate(level):
            for c, v in zip(COMPONENTS, p, strict=True):
                rows.append({"province": f"p{i:02d}", "year": y, "index_id": "x", "component": c, "level": "component", "score": round(v, 2),
                             "rank": None, "rank_computed": None, "unit": "points", "scale_min": 1.0, "scale_max": 10.0,
                             "method_version": "x-1", "status": "published", "source": "made-up", "locator": f"{p}"})
    return pd.DataFrame(rows, columns=list(COLUMNS))


@pytest.fixture(scope="module")
def board() -> Board:
    return Board(frame(), breaks={}, expected={("x", 0): 40})


@pytest.fixture(scope="module")
def field(board) -> targets.Field:
    return targets.prepare(board, "x", COMPONENTS, targets.composite_weights("x", COMPONENTS, {"a": 50, "b": 30, "c": 20}), 2019)


def brute(field, province, target, step=0.02):
    """Smallest total rise on a grid, every combination tried."""
    x, w = field.scores.loc[province], field.weights
    top = np.minimum(field.largest, field.scale_max - x)
    grids = [np.arange(0, t + step, step).clip(max=t) for t in top]
    best = np.inf
    for a, b in itertools.product(grids[0], grids[1]):
        short = target - field.composite[province] - a * w["a"] - b * w["b"]
        c = max(0.0, short / w["c"])
        if c <= top["c"] + 1e-9:
            best = min(best, a + b + c)
    return best


@pytest.mark.parametrize("place", [4, 12, 25])
@pytest.mark.parametrize("wanted", [1, 3])
def test_least_change_is_least(field, place, wanted):
    province = field.composite.sort_values(ascending=False).index[place]
    plan = targets.least_change(field, province, rank=wanted)
    found = brute(field, province, plan.target)
    assert plan.reachable == np.isfinite(found)
    if plan.reachable:
        assert plan.total <= found + 1e-6
        assert plan.total >= found - 0.05  # the grid's own coarseness
        assert (plan.rises <= plan.bounds + 1e-9).all()
        assert field.composite[province] + float(field.weights @ plan.rises) == pytest.approx(plan.target, abs=1e-6)


def test_the_plan_gives_the_rank_it_promises(field):
    province = field.composite.sort_values(ascending=False).index[10]
    plan = targets.least_change(field, province, rank=5)
    after = field.composite.copy()
    after[province] += float(field.weights @ plan.rises) + 1e-9
    assert int((after > after[province]).sum()) + 1 == 5


def test_bounds_come_from_what_provinces_achieved(board, field):
    for c in COMPONENTS:
        assert field.largest[c] == pytest.approx(np.nanmax(np.diff(board.matrix("x", c).to_numpy(), axis=0)))
    province = field.composite.idxmin()
    plan = targets.least_change(field, province, score=99.0)
    assert not plan.reachable
    assert plan.best < 99.0
    assert plan.best == pytest.approx(plan.now + float(field.weights @ plan.bounds))


def test_nothing_to_do_for_the_first(field):
    first = field.composite.idxmax()
    assert targets.least_change(field, first, rank=1).total == 0
    assert field.rank(first) == 1


def test_a_price_moves_the_plan(field):
    province = field.composite.sort_values(ascending=False).index[12]
    cheap = targets.least_change(field, province, rank=8)
    dear = targets.least_change(field, province, rank=8, cost={"a": 10.0, "b": 1.0, "c": 1.0})
    assert cheap.rises["a"] > 0
    assert dear.rises["a"] < cheap.rises["a"]


def test_a_bound_ignores_jumps_across_a_break():
    f = frame()
    f.loc[f["year"] >= 2017, "score"] += 2.0
    with_break = Board(f, breaks={"x": [Break(2017, "all", "đổi", "changed")]}, expected={("x", 0): 40})
    without = Board(f, breaks={}, expected={("x", 0): 40})
    w = targets.composite_weights("x", COMPONENTS, None)
    assert (targets.prepare(with_break, "x", COMPONENTS, w, 2019).largest < 1.5).all()
    assert (targets.prepare(without, "x", COMPONENTS, w, 2019).largest > 2.0).all()


def test_chances_are_seeded_and_ordered(board, field):
    moves = targets.transitions(board, "x", COMPONENTS, field.weights)
    assert sorted(moves) == list(range(2014, 2020))
    province = field.composite.sort_values(ascending=False).index[7]
    one, two = (targets.chances(field, moves, province, 5) for _ in range(2))
    assert one == two
    other = targets.chances(field, moves, province, 5, seed=7)
    assert other.probability == pytest.approx(one.probability, abs=0.06)
    ladder = [targets.chances(field, moves, province, r).probability for r in (1, 5, 10, 20, 40)]
    assert ladder == sorted(ladder)
    assert ladder[-1] == 1.0
    assert one.low <= one.probability <= one.high


def test_no_movement_no_chance():
    still = frame()
    still["score"] = still.groupby(["province", "component"])["score"].transform("first")
    b = Board(still, breaks={}, expected={("x", 0): 40})
    w = targets.composite_weights("x", COMPONENTS, None)
    f = targets.prepare(b, "x", COMPONENTS, w, 2019)
    province = f.composite.sort_values(ascending=False).index[7]
    moves = targets.transitions(b, "x", COMPONENTS, w)
    assert targets.chances(f, moves, province, 8).probability == 1.0
    assert targets.chances(f, moves, province, 7).probability == 0.0


def test_weights_do_not_matter_to_one_who_leads_everywhere(board, field):
    s = field.scores.copy()
    s.loc["p00"] = 10.0
    top = targets.Field(field.index_id, field.year, s, field.weights, s @ field.weights, field.largest, field.scale_max)
    found = targets.weight_sensitivity(top, "p00")
    assert (found.best, found.worst, found.equal) == (1, 1, 1)
    same = [targets.weight_sensitivity(field, "p05") for _ in range(2)]
    assert same[0] == same[1]
    assert same[0].best <= same[0].q05 <= same[0].median <= same[0].q95 <= same[0].worst


def test_refusals(board, field):
    f = frame()
    partial = Board(f[f["province"] < "p20"], breaks={}, expected={("x", 0): 40})
    with pytest.raises(NotEstimable, match="20 of 40"):
        targets.prepare(partial, "x", COMPONENTS, targets.composite_weights("x", COMPONENTS, None), 2019)
    with pytest.raises(BadInput, match="no weight for b"):
        targets.composite_weights("x", COMPONENTS, {"a": 50, "c": 50})
    with pytest.raises(BadInput, match="1 to 40"):
        targets.least_change(field, "p00", rank=0)
    with pytest.raises(NotEstimable, match="two are needed"):
        targets.chances(field, {}, "p00", 1)
    with pytest.raises(NotEstimable, match="Rất tốt"):
        targets.tier_score({"Rất tốt": 73.02}, "Tốt")
    assert targets.tier_score({"Rất tốt": 73.02}, "Rất tốt") == 73.02
