"""Satisfaction survey: statistics against other libraries and known truth, suppression, bad input, page."""

from __future__ import annotations

import csv
import dataclasses
import html
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from govlib.errors import BadInput
from govlib.forms.problems import vietnamese
from govlib.institute import satisfaction
from govlib.institute.satisfaction import page as pages
from govlib.institute.statistics import disclosure, shares

DEMO_HEAD = 7  # fields above the header of a demo file


@pytest.fixture(scope="module")
def rounds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("satisfaction")
    return [satisfaction.read(path) for path in satisfaction.demo(folder)]


def asked(year=2024, province="Bắc Ninh", made_up=False, **answers):
    """A round with so many satisfied of so many in each service; further keywords that name a column give its values instead."""
    own = {name: answers.pop(name) for name in [*answers] if name in ("stratum", "psu", "weight", "sex", "day")}
    day = own.pop("day", f"{year}-09-01")
    data = pd.DataFrame([{"service": service, "overall": 5.0 if i < yes else 2.0} for service, (yes, n) in answers.items() for i in range(n)])
    data = data.assign(**{name: "" for name in ("unit", *satisfaction.GROUPS, "stratum", "psu")} | {"weight": 1.0} | own)
    data = data.assign(**{item: 4.0 for item in satisfaction.items() if item != "overall"})
    meta = {"province": province, "year": str(year), "fieldwork_from": day, "fieldwork_to": day} | ({"data_kind": "SYNTHETIC"} if made_up else {})
    return satisfaction.Survey(Path(f"{year}.csv"), meta, year, data)


# ---- shares -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("k", "n"), [(0, 12), (12, 12), (3, 40), (965, 1000)])
def test_wilson_is_statsmodels(k, n):
    from statsmodels.stats.proportion import proportion_confint
    assert shares.wilson(k / n, n) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-12)


def test_kish_closed_forms():
    assert shares.kish(np.full(50, 3.0)) == pytest.approx(50)
    assert shares.kish(np.array([1.0, 1.0, 2.0])) == pytest.approx(16 / 6)


def test_linearised_simple_random_is_the_textbook():
    y = np.array([1] * 30 + [0] * 20, float)
    p, se, df, _ = shares.linearised(y, np.ones(50))
    assert (p, df) == (0.6, 49) and se == pytest.approx(np.sqrt(0.6 * 0.4 / 49))


def test_linearised_clusters_is_the_sandwich_of_statsmodels():
    import statsmodels.api as sm
    rng = np.random.default_rng(1)
    psu = rng.integers(0, 15, 300)
    y = (rng.random(300) < 0.6 + 0.2 * np.sin(psu)).astype(float)
    w = rng.uniform(0.5, 3, 300)
    fit = sm.WLS(y, np.ones(300), weights=w).fit(cov_type="cluster", cov_kwds={"groups": psu, "use_correction": False})
    p, se, df, _ = shares.linearised(y, w, psu=psu)
    assert p == pytest.approx(fit.params[0]) and df == 14
    assert se == pytest.approx(fit.bse[0] * np.sqrt(15 / 14), rel=1e-10)


def test_linearised_strata_is_the_stratified_formula():
    rng = np.random.default_rng(2)
    sizes, total = {"a": 40, "b": 90}, {"a": 1000, "b": 500}
    stratum = np.repeat(list(sizes), list(sizes.values()))
    y = (rng.random(130) < 0.7).astype(float)
    w = np.array([total[s] / sizes[s] for s in stratum])
    p, se, df, _ = shares.linearised(y, w, stratum=stratum)
    share = {s: total[s] / 1500 for s in sizes}
    assert p == pytest.approx(sum(share[s] * y[stratum == s].mean() for s in sizes))
    assert se ** 2 == pytest.approx(sum(share[s] ** 2 * y[stratum == s].var(ddof=1) / sizes[s] for s in sizes))
    assert df == 128


def test_domain_error_is_near_the_jackknife():
    rng = np.random.default_rng(3)
    psu, w = rng.integers(0, 25, 500), rng.uniform(1, 2, 500)
    y, d = (rng.random(500) < 0.8).astype(float), rng.random(500) < 0.4
    _, se, *_ = shares.linearised(y, w, psu=psu, domain=d)
    left = np.array([(w * y)[d & (psu != j)].sum() / w[d & (psu != j)].sum() for j in range(25)])
    assert se == pytest.approx(np.sqrt(24 / 25 * ((left - left.mean()) ** 2).sum()), rel=0.05)


def test_interval_covers_the_truth_in_clustered_samples():
    rng, covered = np.random.default_rng(4), 0
    chance = 1 / (1 + np.exp(-rng.normal(2.6, 0.6, 400)))  # a population of clusters, about 92% satisfied
    for _ in range(300):
        drawn = rng.choice(400, 30, replace=False)
        psu = np.repeat(drawn, 15)
        got = shares.share((rng.random(450) < chance[psu]).astype(float), np.ones(450), psu=psu)
        covered += got.low <= chance.mean() <= got.high
    assert 0.92 <= covered / 300 <= 0.99


def test_everyone_satisfied_has_an_interval_all_the_same():
    got = shares.share(np.ones(40), np.ones(40), psu=np.arange(40) % 8)
    assert got.share == 1 and got.high == 1 and 0.6 < got.low < 0.75 and "no spread" in got.note


def test_change_is_statsmodels():
    from statsmodels.stats.proportion import confint_proportions_2indep
    a = np.array([1] * 56 + [0] * 14, float)
    b = np.array([1] * 48 + [0] * 32, float)
    got = shares.change(shares.share(a, np.ones(70)), shares.share(b, np.ones(80)))
    # Newcombe (1998), his example 56/70 against 48/80: 0.2000, interval 0.0524 to 0.3339
    assert got.change == pytest.approx(0.2) and (got.low, got.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert (got.low, got.high) == pytest.approx(confint_proportions_2indep(56, 70, 48, 80, method="newcomb"), abs=1e-9)


def of(yes, n, **design):
    return shares.share(np.arange(n) < yes, np.ones(n), **design)


def test_a_round_without_spread_does_not_make_a_change_sure():
    """A t-test gave p = 1e-24; Fisher's exact test says 0.62."""
    got = shares.change(of(12, 12), of(900, 1000))
    assert got.low < 0 < got.high and 0.2 < got.p_value < 0.7
    assert shares.change(of(12, 12), of(40, 40)).p_value == 1 and shares.change(of(12, 12), of(0, 12)).p_value < 1e-4


def test_the_p_value_is_the_level_at_which_the_interval_reaches_0():
    for now, before in [(of(12, 12), of(900, 1000)), (of(0, 15), of(30, 90)), (of(960, 1000), of(372, 400)),
                        (of(30, 60, psu=np.arange(60) % 9), of(52, 60, psu=np.arange(60) // 5))]:
        got = shares.change(now, before)
        assert got.change - got.low == pytest.approx(np.hypot(now.share - now.low, before.high - before.share)), "of the rounds' own intervals"
        again = shares.change(now, before, 1 - got.p_value)
        assert min(abs(again.low), abs(again.high)) < 1e-6 and (got.p_value < 0.05) == (got.low > 0 or got.high < 0)


def test_of_large_samples_near_a_half_the_p_value_is_the_t_test_s():
    from scipy import stats
    a, b = np.arange(2000) < 1100, np.arange(1500) < 750
    got = shares.change(of(1100, 2000), of(750, 1500))
    assert got.p_value == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue, rel=0.03)


@pytest.mark.parametrize(("n", "m", "p"), [(15, 800, 0.95), (80, 800, 0.95), (60, 300, 0.98)])
def test_where_nothing_changed_a_change_is_found_in_one_of_twenty_at_most(n, m, p):
    """Summed over all that two random samples can give, not simulated: a t-test finds one in 46, 9 and 26 of a hundred."""
    from scipy import stats
    chance = [[(k, q) for k in range(size + 1) if (q := stats.binom.pmf(k, size, p)) > 1e-4] for size in (n, m)]
    now, before = ([(of(k, size), q) for k, q in known] for size, known in zip((n, m), chance, strict=True))
    assert sum(q * r for a, q in now for b, r in before if shares.change(a, b).p_value < 0.05) < 0.05


def test_why_there_is_no_test_is_said():
    """Of one sampling unit nobody knows how units differ; that is no lack of spread in the answers."""
    got = shares.change(of(30, 40, psu=np.zeros(40, int)), of(20, 40, psu=np.arange(40) % 8))
    assert np.isnan(got.p_value) and got.method == "newcombe; no test: no stratum holds two sampling units"


@pytest.mark.parametrize("seed", range(4))
def test_units_numbered_anew_in_each_stratum_are_units_of_their_own(seed):
    rng = np.random.default_rng(seed)
    stratum, psu = np.repeat(np.arange(20), 40), np.tile(np.repeat(["1", "2"], 20), 20)
    w, own = rng.uniform(1, 2, 800), np.char.add(np.char.add(stratum.astype(str), "/"), psu)
    for y in (np.ones(800), (rng.random(800) < 0.9).astype(float)):
        for domain in (None, psu == "1", rng.random(800) < 0.1, stratum == 3):
            same, unique = (dataclasses.asdict(shares.share(y, w, stratum, label, domain)) for label in (psu, own))
            assert same.pop("note") == unique.pop("note") and same.pop("method") == unique.pop("method")
            assert same == pytest.approx(unique, nan_ok=True)
    everyone = shares.share(np.ones(800), np.ones(800), stratum, psu)
    assert everyone.low == pytest.approx(shares.wilson(1, 40)[0]) and everyone.size == 40
    assert "within one" not in shares.share(y, w, stratum, psu, psu == "1").note


def test_clusters_that_answer_alike_are_worth_their_number():
    """Every cluster 90%: the error is what rounding leaves, not nothing."""
    w = np.tile(np.linspace(0.1, 2.3, 10), 30)
    order = np.argsort(np.random.default_rng(8).random(300))  # so that sums round each in their own way
    got = shares.share(np.tile(np.arange(10) < 9, 30)[order], w[order], psu=np.repeat(np.arange(30), 10)[order])
    assert got.size == 30 and "no spread" in got.note


# ---- disclosure -------------------------------------------------------------------------------------------------------

def test_one_small_cell_needs_three_companions():
    got = disclosure.suppress(np.array([[50, 40, 3], [60, 30, 20], [40, 45, 30]]), 10)
    assert got.primary.sum() == 1 and got.primary[0, 2] and got.hidden.sum() == 4


@pytest.mark.parametrize("seed", range(6))
def test_no_hidden_cell_can_be_worked_out(seed):
    table = np.random.default_rng(seed).poisson(11, (5, 4))
    got = disclosure.suppress(table, 10)
    full = disclosure.with_totals(table)
    assert got.hidden[(full > 0) & (full < 10)].all()
    # an independent attacker: is a hidden cell fixed by the identities? (row space, not linear programming)
    a = disclosure._constraints(full.shape)[:, got.hidden.ravel()]
    for k in range(a.shape[1]):
        unit = np.eye(a.shape[1])[k]
        rest = unit - a.T @ np.linalg.lstsq(a.T, unit, rcond=None)[0]
        assert np.abs(rest).max() > 1e-8
    low, high = disclosure.audit(full, got.hidden)
    assert (high - low)[got.hidden & (full > 0)].min() >= 10 - 1e-6


def test_a_reader_knows_that_no_group_of_the_list_is_empty():
    """1 and 10 of 211: one of 1 to 10 is too narrow, so the third goes too. An empty place may be hidden for the others' sake."""
    hidden = np.array([[True, True, False, False]] * 2)
    low, high = disclosure.audit(disclosure.with_totals([[1, 10, 200]]), hidden)
    assert low[0, :2].tolist() == [1, 1] and high[0, :2].tolist() == [10, 10]
    assert disclosure.suppress(np.array([[1, 10, 200]])).hidden[0].tolist() == [True, True, True, False]
    assert disclosure.audit(disclosure.with_totals([[5, 0, 200]]), hidden)[0][0, :2].tolist() == [1, 0]


@pytest.mark.parametrize(("row", "most"), [([5, 4, 3], 9), ([8, 3, 0], 6), ([4, 3, 3], 9)])
def test_a_group_of_a_dozen_does_not_hide_the_whole_table(row, most):
    """Its total is published and all its cells are hidden: nothing hidden elsewhere can widen them."""
    table = np.random.default_rng(0).integers(70, 400, (12, 3))
    table[0] = row
    got = disclosure.suppress(table, totals_open=True)
    assert 4 <= got.hidden.sum() <= most and disclosure.safe(got) and got.hidden[0, :3][table[0] > 0].all()
    held = table[0] > 0
    assert (got.high - got.low)[0, :3][held].tolist() == [table[0].sum() - held.sum()] * held.sum()
    weak = disclosure.Pattern(got.counts, got.primary, got.primary, *disclosure.audit(got.counts, got.primary))
    assert not disclosure.safe(weak)  # without the complement the columns give them back


def test_answers_are_whole_and_the_sampling_is_named(rounds):
    """The table beneath the figure had 378,0 answers, and "hai tầng, tám cụm mỗi tầng" stood at the end without a sentence."""
    survey = rounds[1]
    shown = pages._figure(survey, satisfaction.by(survey, "service"), "vi")
    answers = survey.data["service"].value_counts()
    assert all(f">{n}<" in shown and f">{n},0<" not in shown for n in answers) and len(answers) == 4
    said = "Cách chọn mẫu, theo phiếu: hai tầng, tám cụm mỗi tầng (mô phỏng)."
    assert said in pages._method(survey, 10, "vi")
    assert "Cách chọn mẫu" not in pages._method(dataclasses.replace(survey, meta=survey.meta | {"sampling": ""}), 10, "vi")


def test_a_survey_has_its_page_where_nothing_was_reported(monkeypatch, rounds):
    reported = pages.satisfaction.reported()
    monkeypatch.setattr(pages.satisfaction, "reported", lambda: reported.iloc[:0])
    assert pages._figure(rounds[1], satisfaction.by(rounds[1], "service"), "vi")


@pytest.mark.parametrize("n", [(1, 10, 200), (9, 9, 200), (5, 150, 200), (2, 10, 200)])
def test_nothing_published_tells_a_small_cell_from_one_that_protects_it(n):
    """With two reasons the first two were 1 and 10, and 9 and 9, for sure."""
    survey = asked(**dict(zip(("online", "commune", "service_centre"), ((k, k) for k in n), strict=True)))
    got = satisfaction.by(survey, "service")
    hidden = got[got["hidden"].ne("")].drop(columns="key")
    assert len(hidden) >= 2 and len(hidden.drop_duplicates()) == 1 and set(hidden["hidden"]) == {"hidden"}
    for lang, said in (("vi", "không nêu, để không lộ nhóm ít phiếu"), ("en", "not shown, so that no small group can be told")):
        page = pages._figure(survey, got, lang)
        assert page.count(said) == len(hidden) and "few" not in page and "protects" not in page


def test_a_question_that_few_answered_is_hidden_with_its_method():
    """``wilson-kish`` beside ``wilson-linearised`` told that all answered alike."""
    survey = asked(online=(30, 40), psu=[str(i % 8) for i in range(40)])
    survey.data.loc[survey.data.index[9:], "a1"] = np.nan
    got = satisfaction.by_item(survey).set_index("item")
    assert got.loc["a1", "hidden"] == "hidden" and got.loc["a1", "method"] == "" and got.loc["a1", ["n", "share", "low", "se"]].isna().all()
    assert got.loc["overall", "method"] == "wilson-linearised" and got.loc["overall", "n"] == 40


def test_primary_alone_would_give_the_cell_away():
    full = disclosure.with_totals([[50, 40, 3], [60, 30, 20]])
    low, high = disclosure.audit(full, (full > 0) & (full < 10))
    assert low[0, 2] == high[0, 2] == 3


def test_small_cells_are_hidden_in_the_tables(rounds):
    now = rounds[1]
    small = now.data.copy()
    keep = ~(small["service"].eq("online") & small["age_group"].eq("60+")) | (np.arange(len(small)) % 9 == 0)
    cut = satisfaction.Survey(now.path, now.meta, now.year, small[keep].reset_index(drop=True))
    n = satisfaction.counts(cut, "age_group", "service").loc["60+", "online"]
    assert 0 < n < 10
    got = satisfaction.cross(cut, "age_group", "service").set_index(["key", "column"])
    hidden = got.loc[("60+", "online")]
    assert hidden["hidden"] == "hidden" and np.isnan(hidden["n"]) and np.isnan(hidden["share"])
    assert got["hidden"].eq("hidden").sum() >= 4


def test_the_few_who_did_not_say_are_not_the_difference_to_the_total(rounds):
    data = rounds[1].data.copy()
    data.loc[data.index[:4], "sex"] = ""
    got = satisfaction.by(satisfaction.Survey(rounds[1].path, rounds[1].meta, 2025, data), "sex").set_index("key")
    assert got.loc["", "hidden"] == "hidden" and np.isnan(got.loc["", "n"])
    assert sorted(got["hidden"]) == ["", "hidden", "hidden"]


def test_min_cell_of_one_protects_nobody(rounds):
    with pytest.raises(BadInput, match="min_cell"):
        satisfaction.by(rounds[1], "service", min_cell=1)


# ---- results ----------------------------------------------------------------------------------------------------------

def test_shares_are_the_weighted_means(rounds):
    data = rounds[1].data
    got = satisfaction.by(rounds[1], "service").set_index("key")
    for key in satisfaction.SERVICES:
        mine = data[data["service"].eq(key) & data["overall"].notna()]
        assert got.loc[key, "share"] == pytest.approx(np.average(mine["overall"] >= 4, weights=mine["weight"]))
        assert got.loc[key, "low"] < got.loc[key, "share"] < got.loc[key, "high"]


def test_demo_change_is_found_where_it_was_put(rounds):
    before, now = rounds
    got = satisfaction.change(now, before).set_index("key")
    assert got.loc["commune", "p_value"] < 0.05 and got["p_adjusted"].ge(got["p_value"] - 1e-12).all()
    with pytest.raises(BadInput, match="not earlier"):
        satisfaction.change(before, now)


@pytest.mark.parametrize(("before", "problem", "remedy"), [
    (asked(2023, "Bắc Giang", online=(20, 40)), "the earlier round is of another province → take an earlier round of Bắc Ninh, or leave it out",
     "đợt trước là của tỉnh khác → chọn đợt trước của Bắc Ninh, hoặc không so với đợt trước"),
    (asked(2023, made_up=True, online=(20, 40)), "one of the two rounds is SYNTHETIC → compare two rounds of real answers, or two made-up ones",
     "một trong hai đợt là số liệu giả lập (SYNTHETIC) → so hai đợt số liệu thật, hoặc hai đợt giả lập")])
def test_an_earlier_round_of_other_people_is_refused(before, problem, remedy):
    now = asked(2024, online=(32, 40))
    for compare in (satisfaction.change, satisfaction.tables, lambda *rounds: satisfaction.section(rounds[0], "vi", rounds[1])):
        with pytest.raises(BadInput) as told:
            compare(now, before)
        assert "2023.csv" in str(told.value) and str(told.value).endswith(problem)
        assert " → ".join((vietnamese(told.value.problem), vietnamese(told.value.fix))) == remedy
    assert satisfaction.change(now, asked(2023, "bac-ninh", online=(20, 40)))["change"].round(9).tolist() == [0.3]


def test_bac_ninh_before_and_after_the_merger_are_two():
    now, spring, before = (asked(year, online=(k, 40), day=day) for year, k, day in ((2025, 32, "2025-07-01"), (2025, 32, "30/6/2025"), (2024, 20, "2024-09-01")))
    with pytest.raises(BadInput, match="Bắc Ninh was merged on 01/07/2025, between the two rounds: they are of two units → leave the earlier round out"):
        satisfaction.change(now, before)
    assert len(satisfaction.change(spring, before)) == 1
    assert len(satisfaction.change(*(asked(year, made_up=True, online=(20, 40)) for year in (2025, 2024)))) == 1, "made up, they are of no province"


def test_reported_figures_of_2021():
    # Tiếp tục cải thiện, nâng cao các chỉ số quản trị điều hành của địa phương (BNP, 25/11/2021)
    got = satisfaction.reported().query("year == 2021").set_index("service")["percent"].to_dict()
    assert got == {"service_centre": 96.55, "public_health": 98.52, "online": 98.03, "commune": 94.83}


def test_reported_section_shows_the_figures_with_their_source():
    vi, en = (" ".join(satisfaction.reported_section(lang)) for lang in ("vi", "en"))
    for number in ("96,55", "98,52", "98,03", "94,83"):
        assert f'data-source="bac-ninh-published">{number}<' in vi and number.replace(",", ".") in en
    assert satisfaction.reported_section("vi", 1999) == []


# ---- bad input --------------------------------------------------------------------------------------------------------

def edited(rounds, tmp_path, change, name="bad.csv", encoding="utf-8-sig"):
    """A demo file with cells changed: ``change(lines, column)`` where lines[row - 1] is the spreadsheet's row."""
    lines = list(csv.reader(rounds[1].path.open(encoding="utf-8-sig", newline="")))
    lines = lines[:60]
    header = lines[DEMO_HEAD]
    change(lines, header.index)
    path = tmp_path / name
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows(lines)
    return path


def problems(path):
    with pytest.raises(BadInput) as said:
        satisfaction.check(path)
    return said.value.problems


def test_wrong_items_and_answers(rounds, tmp_path):
    def wrong(lines, at):
        lines[DEMO_HEAD][at("a1")] = "a9"
    said = [str(p) for p in problems(edited(rounds, tmp_path, wrong))]
    assert any("a9" in s and "not a column" in s for s in said) and any("column a1" in s and "missing" in s for s in said)

    def outside(lines, at):
        lines[10][at("a1")], lines[11][at("a1")], lines[12][at("service")] = "6", "4,5", "thuế"
    assert [(p.row, p.column, p.value) for p in problems(edited(rounds, tmp_path, outside))] == [
        (11, "a1", "6"), (12, "a1", "4,5"), (13, "service", "thuế")]


def test_one_unit_in_two_spellings_and_a_mark_that_survives_its_field(rounds, tmp_path):
    def spelt(lines, at):
        lines[0][1] = ""  # someone cleared the field; the column still says what the rows are
        lines[10][at("unit")], lines[11][at("unit")] = "UBND Xã Mẫu 3", "ubnd  xã mẫu 3"
    got = satisfaction.check(edited(rounds, tmp_path, spelt))
    assert got.data["unit"].iloc[2] == got.data["unit"].iloc[3] == "Xã Mẫu 3" and got.synthetic


def test_abolished_unit(rounds, tmp_path):
    def old(lines, at):
        lines[10][at("unit")], lines[11][at("unit")] = "UBND huyện Tiên Du", "Sở Giao thông vận tải"
    found = problems(edited(rounds, tmp_path, old))
    assert [p.row for p in found] == [11, 12]
    assert "30/06/2025" in found[0].problem and "Sở Xây dựng" in found[1].problem


def test_all_problems_at_once_and_nothing_written(rounds, tmp_path):
    def many(lines, at):
        lines[9][at("weight")], lines[10][0], lines[11][at("sex")] = "0", "", "x"
    path = edited(rounds, tmp_path, many)
    assert len(problems(path)) == 3
    with pytest.raises(BadInput):
        satisfaction.report(path, "vi", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_encodings_of_a_filled_form(rounds, tmp_path, encoding):
    got = satisfaction.check(edited(rounds, tmp_path, lambda lines, at: None, encoding=encoding))
    assert len(got.data) == 60 - DEMO_HEAD - 1 and got.data["unit"].str.contains("mẫu|Mẫu").all()


def test_tcvn3_form_reads_as_the_unicode_one(rounds, tmp_path):
    from govlib.forms import old_fonts
    path = edited(rounds, tmp_path, lambda lines, at: None, encoding="utf-8")
    want = satisfaction.check(path).data["unit"].str.lower().tolist()
    (tmp_path / "abc.csv").write_bytes(old_fonts.to_tcvn3(path.read_text(encoding="utf-8").replace("–", "-")))
    got = satisfaction.check(tmp_path / "abc.csv")
    assert got.data["unit"].str.lower().tolist() == want and "TCVN3" in got.notes[0]


def test_workbook_of_the_template_is_read_when_filled(rounds, tmp_path):
    import openpyxl
    path = satisfaction.template(tmp_path)[1]
    book = openpyxl.load_workbook(path)
    sheet = book["data"]
    for row, value in zip(range(1, 5), ["bac-ninh", 2025, "2025-09-01", "2025-09-30"], strict=True):
        sheet.cell(row, 2, value)
    for i in range(12):
        sheet.append([f"R{i}", "Dịch vụ công trực tuyến", "Cổng dịch vụ công", "người dân", "nữ", "", "", "", "", "", *[5] * 15])
    book.save(path)
    got = satisfaction.check(path)
    assert len(got.data) == 12 and set(got.data["service"]) == {"online"} and set(got.data["sex"]) == {"female"}
    assert "every respondent counts the same" in " ".join(got.notes)


# ---- page -------------------------------------------------------------------------------------------------------------

def test_report_in_both_languages(rounds, tmp_path):
    for lang, name in (("vi", "index.html"), ("en", "index.en.html")):
        made = satisfaction.report(rounds[1].path, lang, tmp_path, rounds[0].path)
        assert made[0].name == name
        page = made[0].read_text(encoding="utf-8")
        assert page.count("<h1") == 1 and "SYNTHETIC" in page and ('lang="vi"' in page) == (lang == "vi")
        assert f'href="{name}' not in page and {"vi": "30/9/2025", "en": "30 September 2025"}[lang] in page
        assert "96,55" not in page and "96.55" not in page  # published figures never stand beside made-up ones
    table = pd.read_csv(tmp_path / "tables" / "service.csv")
    assert table["data_kind"].eq("SYNTHETIC").all()


def test_the_reported_round_stands_beside_answers_of_the_same_province():
    """Since July 2025 Bắc Ninh is another province than the one that reported in 2021."""
    for survey, beside in ((asked(2024, online=(38, 40)), True), (asked(2025, online=(38, 40), day="2025-06-30"), True),
                           (asked(2025, online=(38, 40), day="2025-07-01"), False), (asked(2024, "Hải Phòng", online=(38, 40)), False)):
        page = " ".join(satisfaction.section(survey, "vi"))
        assert ("98,03" in page) == ("bac-ninh-published" in page) == ("Ô vuông" in page) == beside and "GIẢ LẬP" not in page


def said(piece):
    return html.unescape(re.sub(r"<[^>]+>", "", str(piece)))


@pytest.mark.parametrize(("services", "lead", "title"), [
    ({"commune": (1600, 2000), "service_centre": (1900, 2000), "online": (10, 10)},
     "Fewer are satisfied with Public services at commune level (80.0%) than with Public administrative service centres (95.0%); their intervals do not meet.",
     "Public services at commune level: fewer are satisfied than with Public administrative service centres"),
    ({"commune": (34, 40), "service_centre": (36, 40), "online": (10, 10)},
     "The services' intervals overlap: the survey does not tell which one is better.", "Share satisfied: services do not differ clearly")])
def test_services_differ_where_any_two_intervals_lie_apart(services, lead, title):
    """Ten of ten is the highest share, and its wide interval says nothing of the other two."""
    _, first, figure, *_ = satisfaction.section(asked(**services), "en")
    assert said(first).endswith(lead) and title in said(figure)


def test_the_method_says_what_the_answers_are_worth_and_what_was_counted():
    """40 units of 40, all weights 1: by weights alone 1600, with the design much less."""
    yes = np.random.default_rng(6).binomial(40, np.random.default_rng(7).beta(4, 1, 40))
    survey = asked(online=(1600, 1600), psu=np.repeat(np.arange(40).astype(str), 40))
    survey.data["overall"] = np.where(np.tile(np.arange(40), 40) < np.repeat(yes, 40), 5.0, 2.0)
    whole = satisfaction.estimate(survey)
    assert whole.n_effective == 1600 and whole.size == pytest.approx(1600 / whole.deff) and whole.size < 400
    assert f"sampling units, the round's {whole.n} answers are worth {whole.size:.0f} drawn at random" in said(pages._method(survey, 10, "en"))
    assert f"cách chọn mẫu (tầng, cụm), {whole.n} phiếu của cả đợt có giá trị như {whole.size:.0f} phiếu chọn ngẫu nhiên" in pages._method(survey, 10, "vi")
    plain = asked(online=(30, 40), weight=np.repeat([1.0, 3.0], 20))
    assert "Chỉ tính quyền số, 40 phiếu của cả đợt có giá trị như 32 phiếu chọn ngẫu nhiên; ảnh hưởng của cách chọn mẫu chưa tính được" in pages._method(plain, 10, "vi")
    alike = asked(online=(40, 40), psu=[str(i % 8) for i in range(40)])
    assert "khoảng tin cậy coi 40 phiếu của cả đợt như 8 phiếu chọn ngẫu nhiên" in pages._method(alike, 10, "vi")


def test_no_change_is_told_of_twelve_who_are_all_satisfied():
    now, before = asked(2024, online=(12, 12), commune=(700, 1000)), asked(2023, online=(900, 1000), commune=(900, 1000))
    page = " ".join(satisfaction.section(now, "en", before))
    assert "Changed since the last round: Public services at commune level (−20.0 points).</p>" in page and "Online public services" in page
