"""Neighbours that are moved too: a known truth on a ring of towns, the cells that leave, what cannot be asked."""

from __future__ import annotations

import numpy as np
import pytest

from govlib import did
from govlib.did.panel import from_arrays
from govlib.did.spillover import ALL, APART, BESIDE, apart, beside, on_neighbours, spillovers, within
from govlib.errors import BadInput, NotEstimable

N, T, EFFECT, SPILL = 60, 10, 1.0, 0.4
RING = np.zeros((N, N), bool)
RING[np.arange(N), np.arange(N) - 1] = RING[np.arange(N) - 1, np.arange(N)] = True
STARTS = np.full(N, np.inf)
STARTS[[0, 7, 14, 21, 28]], STARTS[[35, 42, 49]] = 4, 7  # each with two neighbours who never begin
STARTS[[22]] = 8  # beside one of 4: moved from 4 on, exposed itself from 8


def towns(seed: int, noise: float = 0.1, gap: bool = True) -> did.Panel:
    """Unlike levels, a common drift, one gap; the exposed gain EFFECT and whoever is beside them SPILL, until exposed."""
    rng = np.random.default_rng(seed)
    years = np.arange(T)
    y = rng.normal(0, 3, (N, 1)) + 0.3 * years + rng.normal(0, noise, (N, T))
    exposed = years >= STARTS[:, None]
    near = np.where(RING, STARTS[None, :], np.inf).min(1)
    y += EFFECT * exposed + SPILL * (~exposed & (years >= near[:, None]))
    if gap:
        y[5, 3] = np.nan
    return from_arrays(y, STARTS)


@pytest.mark.parametrize("estimator", ["imputation", "twfe", "callaway_santanna", "sun_abraham"])
def test_the_truth_is_found_again_on_both(estimator):
    found = [spillovers(towns(seed), RING, estimator) for seed in range(8)]
    assert {name for rows in found for name in rows["estimator"]} == {estimator} and found[0].index.tolist() == [0, 1, 2]
    assert [rows["reform"].str.startswith("beside ").tolist() for rows in found] == [[False, False, True]] * len(found)
    table = np.mean([rows.set_index("spillover").loc[[ALL, APART, BESIDE], "estimate"].astype(float) for rows in found], axis=0)
    assert table[0] < EFFECT - 0.08  # the comparison is moved too
    assert table[1:] == pytest.approx([EFFECT, SPILL], abs=0.05)


def test_without_spillovers_nothing_is_found_beside():
    """Nor is the effect moved by leaving figures out: intervals hold nought in nineteen of twenty."""
    found = []
    for seed in range(60):
        rng = np.random.default_rng(100 + seed)
        y = rng.normal(0, 1, (N, 1)) + rng.normal(0, 0.3, (N, T)) + (np.arange(T) >= STARTS[:, None])
        found.append(spillovers(from_arrays(y, STARTS), RING).set_index("spillover"))
    held = [row.at[BESIDE, "ci_low"] < 0 < row.at[BESIDE, "ci_high"] for row in found]
    assert np.mean(held) > 0.87
    assert np.mean([row.at[APART, "estimate"] for row in found]) == pytest.approx(1, abs=0.03)


def test_diff_diff_gives_the_same_effects():
    """Its rings of Butts, one ring of a town's width, two stages: on a street, for it takes places and no table of who is near."""
    from diff_diff import SpilloverDiD

    street = RING.copy()
    street[0, -1] = street[-1, 0] = False
    panel = towns(3, gap=False)
    frame = panel.frame().assign(east=lambda table: table["unit"].astype(float), north=0.0)
    other = SpilloverDiD(rings=[0, 1.5], conley_coords=("north", "east"), conley_metric="euclidean", cluster="unit").fit(
        frame, outcome="y", unit="unit", time="time", first_treat="first_treat")
    found = spillovers(panel, street, "gardner").set_index("spillover")["estimate"]
    assert found[APART] == pytest.approx(other.att, abs=1e-9)
    assert found[BESIDE] == pytest.approx(float(other.spillover_effects["coef"].iloc[0]), abs=1e-9)


def test_which_figures_leave():
    """By hand: a row of four towns, the second begins in 2, the fourth in 4."""
    chain = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]], bool)
    panel = from_arrays(np.arange(24.0).reshape(4, 6), np.array([np.inf, 2, np.inf, 4]), rule="all towns", noun="town")
    assert beside(panel, chain).tolist() == [2, np.inf, 2, np.inf]  # nobody beside the second or the fourth begins
    kept = np.isfinite(apart(panel, chain).y[:, :, 0])
    assert kept.tolist() == [[True] * 2 + [False] * 4, [True] * 6, [True] * 2 + [False] * 4, [True] * 6]
    assert apart(panel, chain).rule == "all towns; without figures of towns beside an exposed one"
    other = on_neighbours(panel, chain)
    assert other.rule == "all towns; effect on towns beside an exposed one, before their own"
    assert other.reform == f"beside {panel.reform}" and apart(panel, chain).reform == panel.reform
    assert other.cohort.tolist() == [2, np.inf, 2, np.inf] and other.d.sum(1).tolist() == [4, 0, 4, 0]
    assert np.isfinite(other.y[:, :, 0]).tolist() == [[True] * 6, [True] * 2 + [False] * 4, [True] * 6, [True] * 4 + [False] * 2]


def test_who_begins_beside_another_leaves_with_its_own_start():
    """The 23rd town is beside the 22nd, which begins in 4; it begins in 8 itself."""
    panel = on_neighbours(towns(0), RING)
    assert panel.cohort[22] == 4 and np.isfinite(panel.y[22, :, 0]).tolist() == [True] * 8 + [False] * 2
    assert panel.cohort[21] == np.inf and not np.isfinite(panel.y[21, 4:, 0]).any()  # the earlier one is nobody's neighbour before


def test_nobody_apart_is_said_and_the_first_row_stays():
    everyone = ~np.eye(N, dtype=bool)
    found = spillovers(towns(0), everyone).set_index("spillover")
    assert np.isfinite(found.at[ALL, "estimate"]) and np.isnan(found.loc[[APART, BESIDE], "estimate"].astype(float)).all()
    assert found.loc[[APART, BESIDE], "note"].str.startswith("not estimable").all() and set(found["component"]) == {"y1"}
    assert found["n_obs"].tolist()[0] == N * T - 1 and found["n_obs"].isna().tolist() == [False, True, True]
    assert str(found["n_obs"].dtype) == "Int64"  # whole numbers beside empty cells
    with pytest.raises(NotEstimable, match="no unit is treated"):
        spillovers(from_arrays(np.random.default_rng(1).normal(size=(N, T)), np.full(N, np.inf)), RING)


def test_near_by_distance():
    """A degree of latitude is 111.2 km."""
    places = np.column_stack([[0.0, 0.5, 1.4, 3.0], [105.0] * 4])
    panel = from_arrays(np.zeros((4, 3)), np.full(4, np.inf), place=places, noun="town")
    assert within(panel, 100).tolist() == [[True, True, False, False], [True, True, False, False], [False, False, True, False], [False] * 3 + [True]]
    assert within(panel, 101)[1, 2] and not within(panel, 101)[0, 2] and within(panel, 400).all()
    for wrong in (0, -5, float("nan")):
        with pytest.raises(BadInput, match="positive number of km"):
            within(panel, wrong)
    with pytest.raises(BadInput, match="needs the place of every unit → place= the columns of latitude and longitude"):
        within(towns(0), 100)


@pytest.mark.parametrize("near", [RING[:5], np.triu(RING), np.ones(3)])
def test_a_relation_that_does_not_fit_is_refused(near):
    with pytest.raises(BadInput, match="symmetric table of 60 by 60 units") as told:
        spillovers(towns(0), near)
    assert told.value.column == "near" and told.value.value == near.shape
