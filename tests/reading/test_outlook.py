"""The next edition foretold: the score of a distribution, nothing learned from later editions, and what may be printed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from kit.boards import board as made
from scipy import integrate, stats

from govlib import paths
from govlib.errors import NotEstimable
from govlib.forms.problems import vietnamese
from govlib.known import indices, provinces
from govlib.known.provinces import province_set
from govlib.panel import data
from govlib.reading import kept, movement, nowcast, outlook
from govlib.reading.board import Board, entity, panel_board


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
    assert refused["note_vi"] == "không tốt hơn số của năm trước" and whole["note_vi"] == "tính từ bac-giang, bac-ninh theo dân số"
    old = nowcast.nowcast("bac-ninh", "pci").set_index("component")
    assert old.at["overall", "base"] == 2023 and "no pair of editions under this method" in old.at["overall", "note"]
    with pytest.raises(NotEstimable, match="too few comparable editions"):
        nowcast.nowcast("bac-ninh", "dti")


def test_a_first_nowcast_does_its_sums_in_numpy(panel, monkeypatch):
    """Eleven thousand sums of pandas made a first question last two seconds."""
    sums, plainly = [], pd.Series._arith_method
    monkeypatch.setattr(pd.Series, "_arith_method", lambda *given: sums.append(1) or plainly(*given))
    assert nowcast.skill("pci", Board(data.shared("scores.parquet")))["used"].any()
    assert len(sums) < 1000


def test_a_merged_province_is_the_mean_of_its_parts_by_population(panel):
    f, parts = movement.forecast(panel_board(), "papi", "transparency", 2024), nowcast._parts("bac-ninh", 2025)
    assert set(parts) == {"bac-ninh", "bac-giang"} and sum(parts.values()) == pytest.approx(1) and parts["bac-giang"] > parts["bac-ninh"]
    row = nowcast.nowcast("bac-ninh", "papi").set_index("component").loc["transparency"]
    assert row["middle"] == pytest.approx(sum(f.centre[p] * w for p, w in parts.items()))
    assert row["high_50"] - row["middle"] < f.half_width(0.5)  # what two do on their own partly cancels


def test_a_unit_is_foretold_from_what_it_was_in_the_edition_before(panel, monkeypatch):
    """Itself where it is the same unit, whatever it took in long ago (Hà Nội: Hà Tây, in 2008) and whoever had its slug."""
    stayed = {p for p in province_set(2025) if entity(p, 2024) == entity(p, 2025)}
    assert len(stayed) == 11 and "ha-noi" in stayed
    for p in province_set(2025):
        parts = nowcast._parts(p, 2025)
        assert parts == {p: 1.0} if p in stayed else (set(parts) == set(provinces.get(p, 2025).predecessors) and p in parts
                                                      and sum(parts.values()) == pytest.approx(1)), p
    assert nowcast._parts("Hà Nội", 2025) == {"ha-noi": 1.0} and nowcast._parts("bac-ninh", 2024) == {"bac-ninh": 1.0}
    assert nowcast._parts("bac-ninh", 2026) == nowcast._parts("bac-ninh-2025", 2026) == {"bac-ninh": 1.0}  # by then it is one
    people = pd.DataFrame({"province": ["ha-noi", "ha-tay"], "year": 2007, "value": [3.0, 1.0]})
    monkeypatch.setattr(nowcast.data, "controls", lambda *_, **__: people)
    assert nowcast._parts("ha-noi", 2009) == {"ha-noi": 0.75, "ha-tay": 0.25}  # PCI 2009, the first of the two together
    assert nowcast._parts("ha-noi", 2008) == {"ha-noi": 1.0}


def test_every_province_has_a_forecast_or_a_reason_that_can_be_read(panel):
    on, known = panel_board(), nowcast.skill("papi").set_index("component").loc["transparency"]  # one component: the others are alike
    rows = pd.DataFrame([nowcast._row(on, "papi", "transparency", p, known, nowcast._parts) for p in province_set(2025)], index=province_set(2025))
    assert rows.loc[rows["middle"].isna(), "note"].to_dict() == {p: f"papi 2024 has no score of {of}" for p, of in
                                                                 (("dong-thap", "tien-giang"), ("phu-tho", "vinh-phuc"))}
    assert vietnamese(rows.at["phu-tho", "note"]) == "papi 2024 không có điểm của vinh-phuc"
    assert "Bắc Ninh (bac-ninh), which took it in" in nowcast._row(on, "papi", "transparency", "bac-giang", known, nowcast._parts)["note"]
    hanoi = nowcast.nowcast("Hà Nội", "papi").set_index("component").loc["overall"]
    assert hanoi["note"] == "" and hanoi["last"] == on.cell("papi", "overall", "ha-noi", 2024).score and hanoi["low_80"] < hanoi["middle"] < hanoi["high_80"]
    assert not rows["note"].str.contains(r"Index\(|not in index|not estimable").any()


def test_an_edition_that_is_out_is_said_to_be_and_its_scores_are_not_foretold(panel):
    """PCI 2024: its first ranks are printed; what is foretold rests on 2023."""
    on, out = panel_board(), "edition 2024 is out already; this rests on 2023, the last that is held of all provinces"
    held = on.matrix("pci").loc[2024].dropna()
    some = [held.index[0], next(p for p in province_set(2024) if p not in held.index)]
    for p in some:
        told = nowcast.nowcast(p, "pci").set_index("component")
        assert (told["edition"] == 2024).all()
        for c, row in told.iterrows():
            cell = on.cell("pci", c, p, 2024)
            if cell is not None and cell.score is not None:
                assert row["note"] == f"edition 2024 is out already; published: {cell.score:.2f}"
                assert row["note_vi"] == f"kỳ 2024 đã công bố; điểm công bố: {cell.score:.2f}".replace(".", ",")
                assert row[["last", "middle", *(x for x in told if x.startswith(("low", "high")))]].isna().all()
            else:
                assert row["note"].startswith(out) and row["low_80"] < row["middle"] < row["high_80"]
    assert nowcast.nowcast("hai-phong", "pci").set_index("component").at["overall", "note"].endswith("published: 74.84")
    assert not nowcast.nowcast("ha-noi", "papi")["note"].str.contains("is out").any()  # of 2025 nothing is


def test_a_component_that_has_ended_is_not_foretold(panel, monkeypatch):
    """Once PCI 2025 is in, of whose nine components time costs is none, nothing is foretold of time costs in 2024."""
    known = indices.editions
    monkeypatch.setattr(indices, "editions", lambda i: [*known(i), 2025] if i == "pci" else known(i))
    told = set(nowcast.nowcast("ha-noi", "pci")["component"])
    assert {"overall", "entry_costs", "policy_bias"} <= told and told.isdisjoint({"time_costs", "proactivity", "labor_policy"})


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


def tables(document: str) -> list[list[list[str]]]:
    """The tables of a Markdown text, without their heads: rows of cells."""
    found = [[]]
    for line in document.splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [rows[2:] for rows in found if rows]


def test_the_tables_of_the_document_are_those_of_the_panel(board):
    """docs/forecasts.md is written by hand-run benchmarks/forecasts.py: figures that enter the panel must enter it too."""
    document = (paths.root() / "docs" / "forecasts.md").read_text(encoding="utf-8")
    chances, *scores, shares = tables(document)
    again = "run: python benchmarks/forecasts.py"

    def same(printed: str, value: float) -> None:
        digits = len(printed.partition(".")[2])
        assert value == pytest.approx(float(printed), abs=0.6 * 10**-digits), again

    skill = outlook.skill(board)
    assert len(chances) == len(skill), again
    for (_, n, told, came, slope, brier, climatology, gain, inside), row in zip(chances, skill.to_dict("records"), strict=True):
        assert int(n) == row["n"], again
        for printed, column in ((told, "told"), (came, "came"), (slope.split()[0], "slope"), (brier, "brier"), (climatology, "climatology"),
                                (gain, "gain"), (inside, "inside")):
            same(printed, row[column])
    for index_id, rows in zip(("pci", "papi"), scores, strict=True):
        known = nowcast.skill(index_id).set_index("component")
        assert [row[0] for row in rows] == list(known.index), again
        for component, editions, n, model, last_year, mean, *within, used in rows:
            row = known.loc[component]
            assert (int(editions), int(n), used == "yes") == (row["editions"], row["n"], row["used"]), again
            for printed, value in zip((model, last_year, mean, *within), row[["model", "last_year", "mean", "within_50", "within_80", "within_95"]],
                                      strict=True):
                same(printed, value)
    for (_, share, ends, beyond, within, reliability, n), (index_id, what) in zip(
            shares, [(i, c) for i in outlook.INDICES for c in ("overall", "components")], strict=True):
        k = kept.of(board, index_id, what)
        assert int(n) == k.pairs, again
        for printed, value in zip((share, *ends.split(" to "), beyond, within, reliability), (k.share, k.low, k.high, k.beyond, k.within, k.reliability),
                                  strict=True):
            same(printed, value)
    passed = any(outlook.trusted(board, i, k) for i in outlook.INDICES for k in (1, 2, 3))
    assert ("**no probability of a rank is printed anywhere**" in document) is not passed, again
