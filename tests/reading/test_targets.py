"""Targets and chances on fields of a few provinces, each number worked out by hand; nothing here is a published figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from kit.boards import board as made
from kit.boards import together

from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.known import indices, weighting
from govlib.known.provinces import province_set
from govlib.reading import outlook, targets
from govlib.reading.board import Board, Break


def field(weights=(1.0, 1.0, 1.0), largest=(2.0, 1.0, 0.5), top=10.0, **scores) -> targets.Field:
    rows = scores or {"p": (5.0, 5.0, 5.0), "q": (6.0, 6.0, 5.0), "r": (7.0, 6.0, 6.0), "s": (4.0, 4.0, 4.0)}
    frame, w = pd.DataFrame(rows, index=["a", "b", "c"]).T, pd.Series(weights, index=["a", "b", "c"])
    return targets.Field("pci", 2019, frame, w, frame @ w, pd.Series(largest, index=w.index), pd.Series(top, index=w.index))


def plan(rank=None, province="p", of=None, **more):
    return targets.least_change(of or field(), province, rank=rank, **more)


def listed(series: pd.Series) -> list[float]:
    return series.round(9).tolist()


# ---- ranks ------------------------------------------------------------------------------------------------------------------
def test_ranks_and_scores_of_a_field():
    one = field()  # composites: p 15, q 17, r 19, s 12
    assert [one.rank(p) for p in "pqrs"] == [3, 2, 1, 4]
    assert [targets.score_for_rank(one, "p", r) for r in (1, 2, 3, 4)] == [19.0, 17.0, 12.0, float("-inf")]
    assert [targets.rank_at(one, "p", x) for x in (19.0, 18.9, 17.0, 12.0, 11.0)] == [1, 2, 2, 3, 4]
    for rank in (0, 5):
        with pytest.raises(BadInput, match="no such rank") as told:
            targets.score_for_rank(one, "p", rank)
        assert "1 to 4" in str(told.value)
    tied = field(p=(5.0, 5.0, 5.0), q=(5.0, 5.0, 5.0 + 1e-12))
    assert tied.rank("p") == tied.rank("q") == 1


# ---- plans ------------------------------------------------------------------------------------------------------------------
def test_the_least_plan_and_the_plan_for_all():
    """Two points are lacking. All weigh the same: a alone can carry them, b and c cannot; the spread asks 2/3.5 of each bound."""
    found = plan(2)
    assert (found.province, found.year, found.target, found.now, found.need, found.reachable, found.best) == ("p", 2019, 17.0, 15.0, 2.0, True, 18.5)
    assert listed(found.rises) == [2.0, 0.0, 0.0] and found.total == 2.0 and listed(found.bounds) == [2.0, 1.0, 0.5]
    assert found.full == () and found.either.to_dict() == {"a": 2.0} and found.shared == ("a", "b", "c")
    assert found.share == pytest.approx(2 / 3.5) and listed(found.spread) == listed(pd.Series([2.0, 1.0, 0.5]) * 2 / 3.5)


def test_what_none_can_carry_alone_is_shared():
    found = plan(score=17.5)
    assert found.either.empty and found.shared == ("a", "b", "c") and listed(found.rises) == listed(pd.Series([2.0, 1.0, 0.5]) * 2.5 / 3.5)
    stepped = plan(score=17.5, step=0.01)
    assert listed(stepped.rises) == [1.43, 0.72, 0.35] and stepped.total == pytest.approx(2.5) and listed(stepped.spread) == [1.43, 0.72, 0.36]


def test_components_that_weigh_more_come_first():
    """a counts double: its bound of two gives four, the last half comes from b (both could), and the spread weighs too."""
    one = field(weights=(2.0, 1.0, 1.0))
    found = plan(score=24.5, of=one)
    assert found.now == 20.0 and found.need == 4.5 and found.full == ("a",) and listed(found.rises) == [2.0, 0.5, 0.0]
    assert found.either.to_dict() == {"b": 0.5, "c": 0.5} and found.shared == ("b", "c") and found.share == pytest.approx(4.5 / 5.5)
    exact = plan(score=24.0, of=one)
    assert exact.full == ("a",) and exact.either.empty and exact.shared == () and listed(exact.rises) == [2.0, 0.0, 0.0]
    all_of_it = plan(score=25.5, of=one)
    assert all_of_it.full == ("a", "b", "c") and listed(all_of_it.rises) == [2.0, 1.0, 0.5] and all_of_it.share == 1.0 and all_of_it.shared == ()


def test_a_dear_component_comes_last():
    found = plan(score=16.5, cost={"a": 10.0, "b": 1.0, "c": 2.0})
    assert listed(found.rises) == [0.0, 1.0, 0.5] and found.full == ("b", "c")
    for cost in ({"a": 0.0, "b": 1.0, "c": 1.0}, {"a": 1.0, "b": 1.0}):
        with pytest.raises(BadInput, match="every component needs a price above zero") as told:
            plan(score=16.5, cost=cost)
        assert ("a" if len(cost) == 3 else "c") in str(told.value)


def test_no_bound_is_above_the_scale_or_below_nothing():
    found = plan(score=16.0, of=field(top=5.5, largest=(2.0, float("nan"), -1.0)))
    assert listed(found.bounds) == [0.5, 0.0, 0.0] and not found.reachable and found.best == 15.5 and found.need == 1.0 and found.share != found.share
    assert listed(found.rises) == listed(found.spread) == [0.5, 0.0, 0.0] and found.full == () == found.shared and found.either.empty
    assert (found.province, found.year, found.now, found.target) == ("p", 2019, 15.0, 16.0)
    twice = plan(score=15.9, of=field(top=(5.1, 5.1, 10.0), largest=(2.0, 1.0, 1.0)))  # two scales end before the third has to carry the rest
    assert twice.share == pytest.approx(0.7) and listed(twice.spread) == [0.1, 0.1, 0.7]
    full = plan(score=15.4, of=field(top=5.3, largest=(2.0, 0.1, 0.2)))  # a may rise by .3 of its 2, the rest comes from b and c
    assert full.share == pytest.approx(0.1 / 0.3) and listed(full.spread) == [0.3, 0.033333333, 0.066666667]


def test_who_stands_there_already_needs_nothing():
    found = plan(3)
    assert (found.need, found.total, found.share, found.reachable, found.full, found.shared) == (0.0, 0.0, 0.0, True, (), ()) and found.target == 12.0 and found.best == 18.5
    assert listed(found.spread) == [0.0, 0.0, 0.0] and found.either.empty


def test_a_plan_in_steps_reaches_its_target_as_printed():
    one = field(weights=(2.0, 2.0, 2.0), largest=(0.333, 0.333, 0.333))
    found = plan(score=30.5, of=one, step=0.01)
    assert listed(found.bounds) == [0.33] * 3 and found.either.to_dict() == pytest.approx({"a": 0.25, "b": 0.25, "c": 0.25}) and listed(found.rises) == [0.25, 0.0, 0.0]
    assert plan(score=30.505, of=one, step=0.01).need == pytest.approx(0.51) and plan(score=30.5, of=one).need == pytest.approx(0.5)
    assert targets._up(0.3 + 1e-12, 0.1) == pytest.approx(0.3) and targets._down(0.3 - 1e-12, 0.1) == pytest.approx(0.3) and targets._up(0.31, 0.1) == pytest.approx(0.4)


def test_what_is_asked_must_be_one_thing():
    for asked in ({}, {"rank": 1, "score": 18.0}):
        with pytest.raises(BadInput) as told:
            targets.least_change(field(), "p", **asked)
        assert str(told.value) == "give a rank or a score, one of the two"
    with pytest.raises(NotEstimable, match="pci 2019 has no components of x"):
        plan(1, "x")
    with pytest.raises(NotEstimable, match="pci 2019 has no components of x"):
        targets.weight_sensitivity(field(), "x")


def test_weights_of_a_composite():
    assert targets.composite_weights("papi", ["a", "b"], None).to_dict() == {"a": 1.0, "b": 1.0}
    assert targets.composite_weights("pci", ["a", "b"], {"a": 30.0, "b": 10.0, "c": 60.0}).to_dict() == {"a": 7.5, "b": 2.5}
    with pytest.raises(BadInput, match="no weight for b, d"):
        targets.composite_weights("pci", ["a", "b", "d"], {"a": 30.0})


def test_ranks_under_other_weights():
    """First under any weights, last under any, and one between whose rank the weights decide."""
    one = field(p=(9.0, 9.0, 9.0), q=(1.0, 1.0, 1.0), r=(8.0, 2.0, 5.0), s=(2.0, 8.0, 5.0))
    assert [(s.rank, s.equal, s.best, s.worst, s.q05, s.q95) for s in (targets.weight_sensitivity(one, p, draws=200) for p in "pq")] == [(1,) * 6, (4,) * 6]
    mid = targets.weight_sensitivity(one, "r", draws=200)
    assert (mid.rank, mid.equal, mid.best, mid.worst, mid.draws) == (2, 2, 2, 3, 200) and mid == targets.weight_sensitivity(one, "r", draws=200)
    low, high = targets.weight_range(field(weights=(2.0, 1.0, 1.0)), "a")
    drawn = np.random.default_rng(0).dirichlet([10.0, 5.0, 5.0], 40000)[:, 0]
    assert (low, high) == pytest.approx(np.quantile(drawn, [0.05, 0.95]), abs=0.005)


# ---- an edition as a field ---------------------------------------------------------------------------------------------------
def papi(years=(2019, 2020), held=63) -> Board:
    ids, names = indices.component_ids("papi", 2020), province_set(2020)
    boards = [made({y: {p: 5.0 + at / 100 + n / 10 + (y == 2020) * at / 200 for at, p in enumerate(names[:held])} for y in years}, index_id="papi", component=c) for n, c in enumerate(ids)]
    totals = made({years[-1]: {p: 40.0 for p in names}}, {years[-1]: {names[3]: 2, names[1]: 2}}, index_id="papi")
    return together(totals, *boards, breaks={"papi": [Break(2018, "all", "đổi", "changed")]})


def test_an_edition_as_a_field():
    board, ids = papi(), indices.component_ids("papi", 2020)
    one = targets.official(board, "papi", 2020)
    assert one.index_id == "papi" and one.year == 2020 and one.scores.shape == (63, 8) and one.weights.tolist() == [1.0] * 8 and list(one.weights.index) == list(ids)
    assert one.composite.iloc[10] == pytest.approx(8 * 5.15 + 2.8) and listed(one.largest) == [0.31] * 8 and np.isinf(one.scale_max).all()
    assert targets.official(papi((2020,)), "papi", 2020).largest.isna().all()  # no change to see
    frame = pd.DataFrame(board._columns)
    scaled = targets.official(Board(frame.assign(scale_max=frame["component"].map({ids[0]: 10.0, ids[1]: 12.0}))), "papi", 2020)
    assert scaled.scale_max.tolist()[:3] == [10.0, 12.0, np.inf]
    with pytest.raises(NotEstimable, match="papi 2020 has components of 50 of 63 provinces only"):
        targets.official(papi(held=50), "papi", 2020)
    with pytest.raises(NotEstimable, match="the weights of .* 2022 are not known"):
        targets.official(papi(), "dti", 2022)


@pytest.mark.parametrize(("index_id", "year"), [(i, y) for i in indices.INDICES for y in indices.editions(i)[-1:] if weighting.of(i, y)])
def test_the_composite_of_a_field_is_that_of_the_edition_s_rule(index_id, year):
    """Sums (PAPI, PGI) and weighted means (PCI) on a made-up full board."""
    ids, names, rng = indices.component_ids(index_id, year), province_set(year), np.random.default_rng(1)
    scores = pd.DataFrame(rng.uniform(1, 10, (len(names), len(ids))), names, ids)
    board = together(*(made({year: scores[c].to_dict()}, index_id=index_id, component=c) for c in ids))
    found = targets.official(board, index_id, year)
    for p in names:
        assert found.composite[p] == pytest.approx(weighting.composite(index_id, year, scores.loc[p].to_dict()))
    assert targets.why_no_base(board, index_id, "ha-noi", year) is None


def test_a_plain_sum_needs_no_weights(monkeypatch):
    """PGI 2022, whose weights are not listed: what adds up has none to look for."""
    monkeypatch.setattr(weighting, "of", lambda *_: None)
    ids = indices.component_ids("pgi", 2024)
    board = together(*(made({2024: dict.fromkeys(province_set(2024), 5.0)}, index_id="pgi", component=c) for c in ids))
    assert targets.official(board, "pgi", 2024).composite["ha-noi"] == 5.0 * len(ids)
    assert targets.why_no_base(board, "pgi", "ha-noi", 2024) is None


def test_the_printed_total_of_a_rank():
    board = papi()
    names = province_set(2020)
    assert targets.printed_at(board, "papi", 2020, 2).province == names[1] and targets.printed_at(board, "papi", 2020, 3) is None is targets.printed_at(board, "papi", 2019, 2)


def test_what_keeps_an_edition_from_being_a_base():
    why = targets.why_no_base
    board, few = papi(), papi(held=50)
    assert why(board, "papi", "ha-noi", 2020) is None and why(board, "papi", "ha-noi", 2005) == "none_yet" and why(board, "papi", "ha-noi", 2021) == "absent"
    assert why(few, "papi", "ha-noi", 2020) == "not_full" and why(papi((2020,), held=0), "papi", "ha-noi", 2020) == "totals" and why(papi(held=62), "papi", province_set(2020)[62], 2020) == "province"
    six = indices.component_ids("papi", 2015)
    assert len(six) == 6 and why(together(*(made({2015: dict.fromkeys(province_set(2015), 5.0)}, index_id="papi", component=c) for c in six)), "papi", "ha-noi", 2015) is None
    assert targets.lacking(papi(held=62), "papi", province_set(2020)[62], 2020) == list(indices.component_ids("papi", 2020)) and targets.lacking(board, "papi", "ha-noi", 2020) == []
    assert targets.bases(board, "papi", "ha-noi") == [2020, 2019] and targets.bases(board, "papi", "ha-noi", 2019) == [2019] and targets.bases(few, "papi", "ha-noi") == []
    total = made({2022: {"ha-noi": 0.6}, 2024: {"ha-noi": 0.6}}, index_id="dti")
    assert weighting.of("dti", 2022) is None and why(total, "dti", "ha-noi", 2022) == "totals_weights"
    pci = together(*(made({2024: {"ha-noi": 6.0}}, index_id="pci", component=c) for c in indices.component_ids("pci", 2024)))
    assert why(pci, "pci", "ha-noi", 2024) == "by_rule"
    dti = together(*(made({2022: dict.fromkeys(province_set(2022), 0.5)}, component=c) for c in indices.component_ids("dti", 2022)))
    assert why(dti, "dti", "ha-noi", 2022) == "weights"


def test_the_unit_that_bears_the_name_now():
    real = together(*(made({y: dict.fromkeys(province_set(y), 5.0) for y in (2024, 2025)}, index_id="papi", component=c) for c in indices.component_ids("papi", 2025)))
    real._breaks = None
    assert targets.bases(real, "papi", "bac-ninh", 2025)[:1] in ([2025], []) and 2024 not in targets.bases(real, "papi", "bac-ninh", 2025)
    assert 2024 in targets.bases(real, "papi", "bac-ninh", 2024) and 2024 in targets.bases(real, "papi", "bac-ninh")


# ---- what may be told of a chance ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("rank", "of", "which", "next_rank"), [(1, 63, 1, 1), (2, 63, 1, 1), (3, 63, 1, 1), (4, 63, 1, 3), (16, 63, 1, 10), (21, 63, 1, 16), (22, 63, 2, 16), (42, 63, 2, 30), (43, 63, 3, 30), (63, 63, 3, 30), (64, 63, 3, 30)])
def test_thirds_and_the_next_goal(rank, of, which, next_rank):
    assert (outlook.third(rank, of), outlook.goal(rank)) == (which, next_rank)


def told(n: int = 120, chances=(0.2, 0.8), came=None) -> pd.DataFrame:
    """So many rows of PCI, second third: those told .2 come in one of five, those told .8 in four of five."""
    p = np.resize(chances, n)
    y = np.array([(at // 2) % 5 < (4 if c > 0.5 else 1) for at, c in enumerate(p)]) if came is None else np.resize(came, n)
    return pd.DataFrame({"index_id": "pci", "year": 2015, "era": 1, "province": "ha-noi", "rank": 30, "third": 2, "goal": 16, "chance": p, "came": y, "inside": np.arange(n) % 4 > 0})


def of_record(rows: pd.DataFrame) -> Board:
    board = made({2019: {"ha-noi": 60.0}}, index_id="pci")
    board.memo[outlook.record,] = rows
    return board


def test_the_score_of_chances():
    found = outlook.score(told())
    assert {k: round(v, 9) for k, v in found.items() if k not in ("slope", "se")} == {
        "n": 120, "told": 0.5, "came": 0.5, "brier": 0.16, "climatology": 0.25, "gain": 0.36, "inside": 0.75}
    assert found["slope"] == pytest.approx(1.0) and found["se"] == pytest.approx(1 / np.sqrt(120 * 0.16 * np.log(4) ** 2))
    nothing = outlook.score(told(came=[False]))
    assert np.isnan(nothing["slope"]) and np.isnan(nothing["se"]) and np.isnan(nothing["gain"]) and nothing["climatology"] == 0


@pytest.mark.parametrize(("rows", "passes"), [
    (told(), True), (told(99), False), (told(100), True), (told(chances=(0.4, 0.6)), False), (told(chances=(0.05, 0.95)), False), (told(came=[True]), False)])
def test_chances_that_were_borne_out_may_be_told(rows, passes):
    """The slope at one and a gain of .36 in a hundred cases at least; too timid and too bold chances not."""
    board = of_record(rows)
    assert outlook.trusted(board, "pci", 2) is passes and not outlook.trusted(board, "pci", 1) and not outlook.trusted(board, "papi", 2)


def test_skill_by_index_third_and_era():
    rows = pd.concat([told(), told(60).assign(index_id="papi", third=1), told(40).assign(era=0)], ignore_index=True)
    found = outlook.skill(of_record(rows))
    n = {tuple(None if v is None or v != v else v for v in r[:3]): r[3] for r in found[["index_id", "era", "third", "n"]].itertuples(index=False)}
    assert n == {(None, None, None): 220, (None, None, 1): 60, (None, None, 2): 160, ("papi", None, None): 60, ("pci", None, None): 160, ("papi", None, 1): 60,
                 ("pci", None, 2): 160, ("papi", 1, None): 60, ("pci", 0, None): 40, ("pci", 1, None): 120, ("papi", 1, 1): 60, ("pci", 0, 2): 40, ("pci", 1, 2): 120}
    assert outlook.held(of_record(rows.assign(inside=rows["index_id"].eq("pci"))), "pci") == 1.0


def test_what_was_told_against_what_came():
    table = outlook.reliability(of_record(told()), bins=2)
    assert table[["third", "bin", "told", "came", "n"]].to_numpy().tolist() == [[2, 0, 0.2, 0.2, 60], [2, 1, 0.8, 0.8, 60]]
    assert table[["low", "high"]].to_numpy() == pytest.approx(np.array([[0.1182, 0.3178], [0.6822, 0.8818]]), abs=1e-4)  # of 12 and 48 of 60, by statsmodels


def test_a_chance_is_a_share_of_draws(monkeypatch):
    drawn = pd.DataFrame({"ha-noi": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "ca-mau": [1] * 10})
    monkeypatch.setattr(outlook, "places", lambda *_: drawn)
    monkeypatch.setattr(outlook.movement, "pairs", lambda *_: (2015, 2018, 2020))
    board = of_record(told())
    assert outlook.chance(board, "pci", 2019, "ha-noi", 3) == outlook.Chance(0.3, (2015, 2018), 10)
    assert outlook.rank_range(board, "pci", 2019, "ha-noi") == (2, 9) and outlook.rank_range(board, "pci", 2019, "ha-noi", 0.5) == (3, 8)
    for asked in (outlook.chance, outlook.rank_range):
        with pytest.raises(NotEstimable, match="pci 2019 has no score of hue"):
            asked(board, "pci", 2019, "hue", 3)
    monkeypatch.setattr(outlook.targets, "official", lambda *_: field(**{"ha-noi": (5.0, 5.0, 5.0), "q": (6.0, 6.0, 6.0), "r": (4.0, 4.0, 4.0)}))
    assert outlook.told(board, "pci", 2019, "ha-noi", 3).probability == 0.3  # second of three
    assert outlook.told(of_record(told(99)), "pci", 2019, "ha-noi", 3) is None


@pytest.mark.parametrize(("ask", "error", "words"), [
    (lambda f: targets.least_change(f, "ha-noi", score=float("nan")), BadInput, "column score, value nan: not a number"),
    (lambda f: targets.rank_at(f, "ha-noi", float("nan")), BadInput, "not a number"),
    (lambda f: targets.rank_at(f, "ha-noi", "80"), BadInput, "not a number"),
    (lambda f: targets.rank_at(f, "nowhere", 80.0), NotEstimable, "has no components of nowhere"),
    (lambda f: targets.score_for_rank(f, "nowhere", 1), NotEstimable, "has no components of nowhere"),
    (lambda f: targets.score_for_rank(f, "ha-noi", 1.5), BadInput, "column rank, value 1.5: not a whole number"),
    (lambda f: targets.least_change(f, "ha-noi", rank=1.5), BadInput, "not a whole number"),
    (lambda f: targets.weight_range(f, "nothing"), UnknownName, "unknown component of papi 'nothing'")])
def test_what_is_no_score_rank_province_or_component_is_told(ask, error, words):
    """A plan of NaN, or an IndexError and a KeyError of pandas."""
    names = province_set(2024)
    scores = pd.DataFrame({"a": np.linspace(4, 8, len(names)), "b": 5.0}, index=names)
    one = pd.Series(1.0, index=["a", "b"])
    field = targets.Field("papi", 2024, scores, one, scores @ one, one, 10 * one)
    assert targets.rank_at(field, "ha-noi", np.float64(99)) == 1 and targets.score_for_rank(field, "ha-noi", np.int64(1)) > 0
    with pytest.raises(error, match=words):
        ask(field)
