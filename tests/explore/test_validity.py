"""Methods of govlib.reading.validity where the truth is known, and the panel's own answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from kit.boards import board as made
from kit.boards import together

from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.explore import validity as shown
from govlib.institute.statistics import shares
from govlib.known.provinces import province_set
from govlib.reading import validity
from govlib.reading.board import Board, panel_board


def quasi_simplex(n: int, years: int, signal: float, stability: float, sem: float, seed: int) -> pd.DataFrame:
    """True scores as a stationary first-order process, plus independent error each year."""
    rng = np.random.default_rng(seed)
    true = np.empty((years, n))
    true[0] = rng.normal(0, signal, n)
    for k in range(1, years):
        true[k] = stability * true[k - 1] + rng.normal(0, signal * np.sqrt(1 - stability**2), n)
    shift = rng.normal(0, 2, (years, 1))  # what moves everyone is not noise of one province
    return pd.DataFrame(true + shift + rng.normal(0, sem, (years, n)), index=range(2000, 2000 + years),
                        columns=[f"p{i}" for i in range(n)])


def test_noise_recovers_signal_and_error():
    scores = quasi_simplex(4000, 6, signal=1.0, stability=0.9, sem=0.5, seed=1)
    got = validity.noise(scores, [list(scores.index)])
    assert got.sem == pytest.approx(0.5, abs=0.03)
    assert got.reliability == pytest.approx(0.8, abs=0.02)
    assert got.stability == pytest.approx(0.9, abs=0.02)
    # var(change) = 2 signal² (1 - stability) + 2 sem²
    assert got.movement_sd == pytest.approx(np.sqrt(2 * 0.1 + 2 * 0.25), abs=0.02)
    assert got.noise_share == pytest.approx(0.5 / 0.7, abs=0.04)


def test_interval_of_the_noise_covers_the_truth_about_as_often_as_it_says():
    inside = 0
    for seed in range(60):
        got = validity.noise(quasi_simplex(63, 12, 1.0, 0.9, 0.6, seed), [list(range(2000, 2012))], draws=200)
        inside += got.low <= 0.6 <= got.high
    assert 46 <= inside <= 60  # 90 % of 60 is 54, within three standard errors


def test_noise_leaves_gaps_to_each_triple():
    scores = quasi_simplex(200, 8, 1.0, 0.9, 0.5, 3)
    scores.loc[2000, scores.columns[:100]] = np.nan  # as in PCI 2005, which surveyed 42 provinces
    got = validity.noise(scores, [list(scores.index)])
    assert got.n == 100 and got.triples == 6
    assert got.sem == pytest.approx(validity.noise(scores.loc[2001:], [list(range(2001, 2008))]).sem, abs=0.06)


@pytest.mark.parametrize("runs, says", [
    ([[2000, 2001], [2003, 2004]], "0 runs of three"), ([[2000, 2001, 2002]], "1 runs of three")])
def test_noise_refuses_too_few_editions(runs, says):
    with pytest.raises(NotEstimable, match=says):
        validity.noise(quasi_simplex(63, 6, 1, 0.9, 0.5, 2), runs)


def test_noise_refuses_white_noise_and_few_provinces():
    rng = np.random.default_rng(5)
    alternating = pd.DataFrame(np.outer([1, -1, 1, -1, 1, -1], rng.normal(size=50)), index=range(6))
    with pytest.raises(NotEstimable, match="do not go together"):
        validity.noise(alternating, [list(range(6))])
    with pytest.raises(NotEstimable, match="only 10 provinces"):
        validity.noise(quasi_simplex(10, 6, 1, 0.9, 0.5, 2), [list(range(2000, 2006))])


def test_reliable_change_is_jacobson_and_truax():
    # 1.96 * sqrt(2 * (s sqrt(1 - r))^2), for s = 10, r = 0.8: S_diff = 6.3246, times 1.96
    assert validity.reliable_change(10 * np.sqrt(1 - 0.8)) == pytest.approx(1.959964 * 6.324555, rel=1e-6)
    with pytest.raises(BadInput):
        validity.reliable_change(1, level=95)


def test_noise_alone_seldom_passes_the_threshold():
    rng = np.random.default_rng(8)
    change = np.diff(rng.normal(0, 0.4, (2, 200_000)), axis=0)
    assert (np.abs(change) > validity.reliable_change(0.4)).mean() == pytest.approx(0.05, abs=0.003)


def test_alpha_of_parallel_items_is_spearman_brown():
    rng = np.random.default_rng(3)
    items = rng.normal(size=(20_000, 1)) + rng.normal(size=(20_000, 8))  # each of reliability one half
    got = validity.alpha(items)
    assert got.value == pytest.approx(8 * 0.5 / (1 + 7 * 0.5), abs=0.005)
    assert got.low < 8 / 9 < got.high
    assert validity.omega(items).value == pytest.approx(8 / 9, abs=0.005)


def test_alpha_by_hand_and_what_it_refuses():
    x = np.array([[2.0, 3.0], [4.0, 4.0], [6.0, 8.0]])
    # variances 4 and 7, of the sum 21: 2 (1 - 11/21)
    assert validity.alpha(x).value == pytest.approx(2 * (1 - 11 / 21))
    with pytest.raises(NotEstimable, match="the same for all"):
        validity.alpha(np.column_stack([x, np.ones(3)]))
    with pytest.raises(BadInput):
        validity.alpha(x[:, :1])


def test_feldt_interval_has_its_coverage():
    rng, hits = np.random.default_rng(11), 0
    for _ in range(400):
        a = validity.alpha(rng.normal(size=(63, 1)) + rng.normal(size=(63, 10)))
        hits += a.low <= 10 / 11 <= a.high
    assert 0.92 <= hits / 400 <= 0.98


def test_parallel_analysis_finds_the_factors_that_are_there():
    rng = np.random.default_rng(4)
    f = rng.normal(size=(300, 2))
    two = np.hstack([f[:, [0]] + 0.6 * rng.normal(size=(300, 4)), f[:, [1]] + 0.6 * rng.normal(size=(300, 4))])
    assert int(validity.parallel_analysis(two, 200)["keep"].sum()) == 2
    load = validity.loadings(pd.DataFrame(two, columns=list("abcdefgh")), 2)
    groups = load[["factor_1", "factor_2"]].abs().to_numpy().argmax(axis=1)
    assert len(set(groups[:4])) == 1 and len(set(groups[4:])) == 1 and groups[0] != groups[7]
    kept = sum(bool(validity.parallel_analysis(rng.normal(size=(63, 10)), 200)["keep"].iloc[0]) for _ in range(40))
    assert kept <= 7  # one in twenty by construction


def test_principal_axes_reproduce_a_one_factor_matrix():
    truth = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    r = np.outer(truth, truth)
    np.fill_diagonal(r, 1)
    assert validity.principal_axes(r, 1)[:, 0] == pytest.approx(truth, abs=1e-3)


def test_correlation_agrees_with_scipy():
    from scipy import stats

    rng = np.random.default_rng(0)
    x = rng.normal(size=60)
    y = x + rng.normal(size=60)
    got, there = validity.correlate(x, y), stats.pearsonr(x, y)
    ci = there.confidence_interval(0.95)
    assert (got["pearson"], got["low"], got["high"]) == pytest.approx((there.statistic, ci.low, ci.high))
    assert got["spearman"] == pytest.approx(stats.spearmanr(x, y).statistic)
    assert np.isnan(validity.correlate(x[:3], y[:3])["pearson"])


# ------------------------------------------------------------------------------------------------------------ the panel

def test_meaningful_change_is_larger_than_noise_and_usual_movement(panel):
    m = validity.meaningful_change("pci", "time_costs")
    assert m.threshold == pytest.approx(1.959964 * np.sqrt(2) * m.noise.sem, rel=1e-6)
    assert 0.3 < m.threshold < 5 and not m.holds(m.threshold) and m.holds(-m.threshold - 0.01)
    usual = panel_board().usual_movement("pci", "time_costs", 2019)
    assert m.threshold > usual.sd
    assert "1970" not in m.sentence("vi") and "," in m.sentence("vi") and "points" in m.sentence("en")


def test_no_triple_crosses_a_break(panel):
    on = panel_board()
    for index, component in (("pci", "overall"), ("papi", "overall"), ("papi", "transparency")):
        for run in validity.runs(on, index, component):
            assert not on.breaks(index, component, run[0], run[-1])


def test_version_of_the_year_is_taken_where_it_can(panel):
    papi, pci = validity.meaningful_change("papi", "control_of_corruption", 2019), validity.meaningful_change("pci", "time_costs", 2019)
    assert papi.same_version and papi.noise.editions == tuple(range(2011, 2025))  # its measure never changed
    old = validity.meaningful_change("papi", "overall", 2013)
    assert old.same_version and max(old.noise.editions) == 2015
    assert not pci.same_version  # 2017-2019 are three editions: one triple, too little; no version of PCI has three
    assert pci.noise.editions == tuple(range(2013, 2020)) and pci.noise.triples == 3  # the nearest version with it, not all
    assert validity.meaningful_change("pci", "time_costs", 2024).threshold == pci.threshold  # nothing nearer to 2024
    assert validity.meaningful_change("pci", "overall", 2007).threshold > 2 * validity.meaningful_change("pci", "overall", 2019).threshold


def test_items_are_of_provinces_whose_figures_the_publisher_stands_by(panel):
    # PAPI 2022 prints environment of Bắc Ninh and Bắc Giang, whose data were found inaccurate
    items = validity.items_of("papi", 2022, "environmental_governance")
    assert len(items) == 61 and not {"bac-ninh", "bac-giang"} & set(items.index)
    assert validity.reliability("papi", "environmental_governance").set_index("year").at[2022, "n"] == 61


def test_names_are_typed_as_in_any_question_and_a_slip_is_no_empty_table(panel):
    """Of "PCI" there were no items, and "0 provinces" that have PCI and PAPI in one edition."""
    pd.testing.assert_frame_equal(validity.items_of("PCI", 2019.0), validity.items_of("pci", 2019))
    pd.testing.assert_frame_equal(validity.agreement([("PCI", "Papi")], "Overall"), validity.agreement([("pci", "papi")]))
    pd.testing.assert_frame_equal(validity.reliability("papi", "Cung ứng dịch vụ công"), validity.reliability("papi", "service_delivery"))
    for asked in (lambda: validity.agreement([("pci", "papy")]), lambda: validity.reliability("papi", "transparancy"),
                  lambda: validity.agreement([("pci", "papi")], "time_cost"), lambda: validity.items_of("pcy", 2019)):
        with pytest.raises(UnknownName):
            asked()
    with pytest.raises(BadInput, match="column year, value '2019'"):
        validity.items_of("pci", "2019")


def test_what_cannot_be_said_is_not_said(panel):
    with pytest.raises(NotEstimable, match="three consecutive"):
        validity.meaningful_change("dti")
    with pytest.raises(UnknownName, match="time_costs"):
        validity.meaningful_change("pci", "time_cost")
    table = validity.agreement()
    par = table[(table["index_a"] == "pci") & (table["index_b"] == "par")]
    assert par["pearson"].isna().all() and (par["n"] < 63).all()
    assert table.dropna(subset=["pearson"])["n"].min() >= 57
    assert set(validity.reliability("pci")["year"]) == {*range(2005, 2020), 2023}  # the others are not whole


def test_indices_are_set_beside_each_other_only_where_both_are_held_of_nearly_all():
    """Of 39 provinces with both in PCI 2019 and all of DTI 2019 nothing is told; the same with 63."""
    names, rng = province_set(2019), np.random.default_rng(2)
    scores = {p: float(x) for p, x in zip(names, rng.normal(60, 3, 63), strict=True)}
    dti = made({2019: scores})
    for held, year in ((names[:39], 0), (names[:57], 2019)):
        both = together(made({2019: {p: scores[p] for p in held}}, index_id="pci"), dti)
        (row,) = validity.agreement([("pci", "dti")], on=both).to_dict("records")
        assert (row["year"], row["n"]) == (year, len(held)) and (row["pearson"] != row["pearson"]) is (year == 0)


def test_why_two_indices_are_not_compared_is_told_as_it_is(panel):
    """Not that the provinces are too few (39 of PCI and DTI), but that they are no sample of all."""
    on, table = panel_board(), validity.agreement()
    for row in table[table["year"].eq(0)].itertuples():
        shared = set(on.editions(row.index_a)) & set(on.editions(row.index_b))
        assert shared and not any(on.is_full(row.index_a, "overall", y) and on.is_full(row.index_b, "overall", y) for y in shared)
    assert table.loc[table["year"].eq(0), "n"].max() > 30
    vi, en = shown.agreement("vi").note, shown.agreement("en").note
    assert "quá ít" not in vi and "chưa có kỳ nào như vậy" in vi and "too few" not in en and "there is none such" in en
    assert all(f"PCI – DTI ({table[table['index_a'].eq('pci') & table['index_b'].eq('dti')]['n'].item()})" in note for note in (vi, en))


def test_a_board_of_ones_own_can_be_asked(panel):
    import govlib

    scores = govlib.scores("papi", "participation")
    same = validity.meaningful_change("papi", "participation", on=Board(scores))
    assert same.threshold == pytest.approx(validity.meaningful_change("papi", "participation").threshold)


def test_panel_of_validity_shows_every_question_in_both_languages(panel):
    from govlib.explore import validity_panel

    page = validity_panel("papi")
    switch, choose, out = page.children[1:]
    assert out.value.count("<svg") == 4 and "Jacobson" in out.value
    switch.value = "en"
    assert "stand out from noise" in out.value
    choose.value = "dti"
    assert "too few consecutive editions" in out.value and "0 runs of three" in out.value
    switch.value = "vi"  # the notes of the table were English in a Vietnamese page
    assert "có 0 chuỗi ba kỳ đầy đủ" in out.value and "0 runs of three" not in out.value


@pytest.mark.parametrize("level", [95, 1, 0, -1, float("nan"), "0.95", None])
def test_a_level_lies_between_0_and_1(level):
    """95 per cent written as 95 gave an interval of NaN, from −∞, or of Python's own error."""
    x = np.random.default_rng(1).normal(size=(30, 4))
    for ask in (lambda: validity.alpha(x, level), lambda: validity.correlate(x[:, 0], x[:, 1], level), lambda: shares.wilson(0.5, 100, level),
                lambda: validity.reliable_change(1.0, level)):
        with pytest.raises(BadInput, match="the level lies between 0 and 1") as told:
            ask()
        assert told.value.column == "level"
    assert validity.correlate(x[:, 0], x[:, 1], np.float32(0.9))["low"] > -1


@pytest.mark.parametrize(("ask", "words"), [
    (lambda: validity.structure("papi", 2023, draws=0), "parallel analysis needs one draw or more"),
    (lambda: validity.structure("papi", 2023, draws=2.5), "column draws, value 2.5: not a whole number"),
    (lambda: validity.meaningful_change("pci", "time_costs", year="2019"), "column year, value '2019': not a whole number"),
    (lambda: validity.meaningful_change("pci", "time_costs", draws=-1), "a number of draws is 0 or more")])
def test_draws_and_years_are_numbers(ask, words, panel):
    with pytest.raises(BadInput, match=words):
        ask()
