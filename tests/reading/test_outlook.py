"""The next edition foretold: the score of a distribution, nothing learned from later editions, and what may be printed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from kit.boards import board as made
from scipy import integrate, stats

from govlib.errors import NotEstimable
from govlib.known.provinces import province_set
from govlib.panel import data
from govlib.reading import movement, nowcast, outlook
from govlib.reading.board import Board, panel_board


@pytest.mark.parametrize(("y", "centre", "scale", "freedom"), [(0.0, 0.0, 1.0, 8), (2.5, 1.0, 0.7, 5), (-4.0, 1.0, 2.0, 30)])
def test_the_crps_is_the_integral_it_is_defined_by(y, centre, scale, freedom):
    """∫ (F(x) − 1[x ≥ y])² dx (Gneiting and Raftery 2007, equation 20)."""
    f = stats.t(freedom, centre, scale)
    below, _ = integrate.quad(lambda x: f.cdf(x) ** 2, -200, y, limit=500, points=[centre])
    above, _ = integrate.quad(lambda x: f.sf(x) ** 2, y, 200, limit=500, points=[centre])
    assert movement.crps(np.array([y]), np.array([centre]), scale, freedom)[0] == pytest.approx(below + above, abs=1e-6)


def test_the_true_distribution_scores_least():
    y = stats.t(8, 1.0, 2.0).rvs(40000, random_state=1)
    scores = {(c, s): movement.crps(y, np.full(len(y), c), s).mean() for c in (0.5, 1.0, 1.5) for s in (1.5, 2.0, 2.7)}
    assert min(scores, key=scores.get) == (1.0, 2.0)


def returning(share: float, seed: int = 1, years=range(2004, 2020)) -> Board:
    """A PCI whose scores keep this share of their distance from the mean and are thrown anew by about one point, some editions
    further than others."""
    rng, names = np.random.default_rng(seed), province_set(2019)
    x, scores = rng.normal(0, 1 / np.sqrt(1 - share**2), len(names)), {}
    for y in years:
        swing = np.exp(rng.normal(-0.045, 0.3))  # one on average over squares
        x = share * x + rng.normal(0, swing, len(names))
        scores[y] = dict(zip(names, 60 + x + rng.normal(0, 0.5 * swing), strict=True))
    return made(scores, index_id="pci", component="time_costs", breaks={})


@pytest.mark.parametrize("share", [0.4, 0.8])
def test_it_learns_how_far_scores_fall_back_and_its_intervals_hold(share):
    boards = [returning(share, seed) for seed in range(6)]
    now = np.mean([movement.coefficients(b, "pci", "time_costs", 2019)[0] for b in boards])
    assert now == pytest.approx(share, abs=0.06)
    f = movement.forecast(boards[0], "pci", "time_costs", 2019)
    assert 0.7 < f.own < 1.4 and f.pairs == tuple(range(2005, 2020))
    found = pd.concat([nowcast.replay(b, "pci", "time_costs") for b in boards]).query("method == 'model' and year >= 2010")
    for level in nowcast.LEVELS:
        assert found[f"within_{level * 100:.0f}"].mean() == pytest.approx(level, abs=0.05), level
    assert nowcast.replay(boards[0], "pci", "time_costs").groupby("method")["crps"].mean().idxmin() in ("model", "mean")


def test_nothing_is_learned_from_later_editions(panel):
    """Scores after the base year changed beyond recognition: the same forecast, to the last digit."""
    scores = data.scores(level=("overall", "component", "indicator"))
    later = scores.copy()
    rng = np.random.default_rng(3)
    at = later["year"] > 2014
    later.loc[at, "score"] = later.loc[at, "score"] * rng.uniform(0.2, 1, at.sum())
    one, two = Board(scores), Board(later)
    for index_id, c in (("pci", "overall"), ("pci", "time_costs"), ("papi", "overall"), ("papi", "transparency")):
        a, b = (movement.forecast(x, index_id, c, 2014) for x in (one, two))
        pd.testing.assert_series_equal(a.centre, b.centre)
        assert (a.own, a.shift, a.pairs) == (b.own, b.shift, b.pairs) and max(a.pairs) <= 2014


def test_both_indices_are_foretold_better_than_by_last_year_and_by_the_mean(panel):
    """By CRPS on editions not seen, in total and over the components; intervals hold what they say."""
    for index_id in ("pci", "papi"):
        s = nowcast.skill(index_id).set_index("component")
        assert s.at["overall", "used"] and s.at["overall", "editions"] >= 6
        assert (s["model"] < s["last_year"]).all() and s["model"].mean() < 0.985 * s["mean"].mean()
        for level, apart in ((50, 0.06), (80, 0.03), (95, 0.02)):
            assert s[f"within_{level}"].mean() == pytest.approx(level / 100, abs=apart), (index_id, level)
    assert not nowcast.skill("papi").set_index("component").at["e_governance", "used"]  # two editions are not enough to know


def test_a_nowcast_is_given_or_refused_by_component(panel):
    found = nowcast.nowcast("Bắc Ninh", "papi").set_index("component")
    assert (found["base"] == 2024).all() and (found["edition"] == 2025).all()
    whole = found.loc["overall"]
    assert whole["low_95"] < whole["low_80"] < whole["low_50"] < whole["middle"] < whole["high_50"] < whole["high_80"] < whole["high_95"]
    assert "bac-giang" in whole["note"] and "by population" in whole["note"]  # the unit of 2025
    refused = found.loc["e_governance"]
    assert np.isnan(refused["middle"]) and refused["note"] == "no better than last year's figure"
    old = nowcast.nowcast("bac-ninh", "pci").set_index("component")
    assert old.at["overall", "base"] == 2023 and "no pair of editions under this method" in old.at["overall", "note"]
    with pytest.raises(NotEstimable, match="too few comparable editions"):
        nowcast.nowcast("bac-ninh", "dti")


def test_a_merged_province_is_the_mean_of_its_parts_by_population(panel):
    f, parts = movement.forecast(panel_board(), "papi", "transparency", 2024), nowcast._parts("bac-ninh", 2025)
    assert set(parts) == {"bac-ninh", "bac-giang"} and sum(parts.values()) == pytest.approx(1) and parts["bac-giang"] > parts["bac-ninh"]
    row = nowcast.nowcast("bac-ninh", "papi").set_index("component").loc["transparency"]
    assert row["middle"] == pytest.approx(sum(f.centre[p] * w for p, w in parts.items()))
    assert row["high_50"] - row["middle"] < f.half_width(0.5)  # what two do on their own partly cancels


def test_the_slope_of_calibration_is_that_of_a_logistic_regression():
    import statsmodels.api as sm

    rng = np.random.default_rng(4)
    p = rng.uniform(0.02, 0.9, 400)
    came = rng.random(400) < 1 / (1 + np.exp(-0.6 * np.log(p / (1 - p))))
    fit = sm.Logit(came.astype(float), sm.add_constant(np.log(p / (1 - p)))).fit(disp=0)
    assert outlook.calibration(p, came) == pytest.approx((fit.params[1], fit.bse[1]), rel=1e-6)
    assert np.isnan(outlook.calibration(p, came & False)[0])


def test_chances_are_seeded_and_ordered(board):
    ladder = [outlook.chance(board, "papi", 2024, "hai-phong", r).probability for r in (1, 5, 10, 30, 61)]
    assert ladder == sorted(ladder) and ladder[-1] == 1.0
    assert outlook.chance(board, "papi", 2024, "hai-phong", 10) == outlook.chance(board, "papi", 2024, "hai-phong", 10)
    low, high = outlook.rank_range(board, "papi", 2024, "hai-phong")
    assert 1 <= low < high <= 61
    with pytest.raises(NotEstimable, match="no score of quang-ninh"):
        outlook.chance(board, "papi", 2023, "quang-ninh", 5)


def test_no_chance_is_printed_that_has_not_been_borne_out(board, monkeypatch):
    """The bar: slope .85–1.15 and Brier skill over .10 in the third of the ranking. None passes today, so none is told; what would
    pass is told."""
    s = outlook.skill(board)
    for index_id in outlook.INDICES:
        for which in (1, 2, 3):
            row = s[s["index_id"].eq(index_id) & s["third"].eq(which) & s["era"].isna()].iloc[0]
            passes = outlook.SLOPE[0] <= row["slope"] <= outlook.SLOPE[1] and row["gain"] > outlook.GAIN
            assert outlook.trusted(board, index_id, which) == passes and not passes
    assert outlook.told(board, "papi", 2024, "hai-phong", 5) is None
    monkeypatch.setattr(outlook, "GAIN", -1.0)  # papi's middle third has a slope within the bounds, or not: the rule decides
    told = {k: outlook.trusted(board, "pci", k) for k in (1, 2, 3)}
    slopes = s[s["index_id"].eq("pci") & s["third"].notna() & s["era"].isna()].set_index("third")["slope"]
    assert told == {k: bool(0.85 <= slopes[k] <= 1.15) for k in told} and any(told.values())


def test_what_the_record_shows(board):
    """docs/forecasts.md: the last third was told too much and the other two about what came; ranges of ranks hold."""
    rows = outlook.record(board)
    assert len(rows) > 800 and rows.groupby(["index_id", "year"]).ngroups >= 14
    s = outlook.skill(board)
    thirds = s[s["third"].notna() & s["index_id"].isna()].set_index("third")
    assert all(outlook.SLOPE[0] <= thirds.at[k, "slope"] <= outlook.SLOPE[1] for k in (1, 2)) and thirds.at[3, "gain"] < 0
    assert all(0.8 <= outlook.held(board, i) <= 0.9 for i in outlook.INDICES)
    assert outlook.reliability(board)["n"].sum() == len(rows)
