"""DDCI: scores against a hand calculation, rank sets against known truth, sensitivity, bad input, pages."""

from __future__ import annotations

import csv
import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest

from govlib.errors import BadInput, NotEstimable
from govlib.institute import ddci
from govlib.institute.ddci import page as ddci_page
from govlib.institute.statistics import ranks

HEAD = 7  # fields above the header of a demo file


@pytest.fixture(scope="module")
def ratings(tmp_path_factory):
    return ddci.read(ddci.demo(tmp_path_factory.mktemp("ddci"))[0])


@pytest.fixture(scope="module")
def departments(ratings):
    return ddci.result(ratings, "department")


# ---- arithmetic -------------------------------------------------------------------------------------------------------

def test_scaling_and_composition_by_hand():
    means = np.array([[4.0, 10.0], [3.0, 0.0], [2.0, 5.0]])
    low, high, reverse = np.array([1.0, 0.0]), np.array([5.0, 30.0]), np.array([False, True])
    got = ranks.scaled(means, low, high, reverse)
    assert got.tolist() == [[10.0, 1.0], [5.5, 10.0], [1.0, 5.5]]
    assert ranks.scaled(means, low, high, reverse, "absolute")[0].tolist() == [1 + 9 * 0.75, 11 - (1 + 9 / 3)]
    parts, score = ranks.composed(got, np.array([0, 1]), np.array([3.0, 1.0]))
    assert parts.tolist() == got.tolist() and score.tolist() == [77.5, 66.25, 21.25]
    assert ranks.composed(got, np.array([0, 1]), np.ones(2), "geometric")[1][0] == pytest.approx(10 * np.sqrt(10))


def test_item_that_tells_nobody_apart_is_neutral():
    got = ranks.scaled(np.array([[3.0], [3.0]]), np.array([1.0]), np.array([5.0]), np.array([False]))
    assert got.ravel().tolist() == [5.5, 5.5]


def test_item_means_are_weighted_and_skip_blanks():
    answers = np.array([[1.0, np.nan], [5.0, 2.0], [4.0, np.nan]])
    got = ranks.item_means(answers, np.array([0, 0, 1]), np.array([1.0, 3.0, 1.0]), 2)
    assert got[0].tolist() == [4.0, 2.0] and got[1, 0] == 4 and np.isnan(got[1, 1])


def test_ties_share_the_better_rank():
    from scipy.stats import rankdata
    score = np.array([3.0, 9.0, 9.0, 1.0, np.nan])
    assert ranks.rank(score)[:4].tolist() == rankdata(-score[:4], method="min").tolist() and np.isnan(ranks.rank(score)[4])


def test_ranks_and_means_of_three_thousand_units_are_those_of_few():
    """As for ten units, without a matrix of units by units a draw or of units by respondents: 5 GB and 260 MB here."""
    import tracemalloc

    rng = np.random.default_rng(1)
    draws = np.where(rng.random((40, 30)) < 0.1, np.nan, rng.integers(0, 9, (40, 30)) + rng.choice([0, 1e-13], (40, 30)))
    by_pairs = 1.0 + (np.nan_to_num(draws, nan=-np.inf)[:, None, :] > draws[:, :, None] + 1e-12).sum(axis=2)
    assert np.array_equal(ranks.rank(draws), np.where(np.isnan(draws), np.nan, by_pairs), equal_nan=True)
    unit, w, answers = rng.integers(0, 3_321, 10_000), rng.uniform(0.5, 2, 10_000), rng.integers(1, 6, (10_000, 4)).astype(float)
    answers[rng.random(answers.shape) < 0.1] = np.nan
    long = pd.DataFrame(answers * w[:, None]).groupby(unit).sum() / pd.DataFrame(np.isfinite(answers) * w[:, None]).groupby(unit).sum()
    ranks.item_means(answers, unit, w, 3_321)  # loads what it needs
    tracemalloc.start()
    got = ranks.item_means(answers, unit, w, 3_321)
    place = ranks.rank(rng.normal(size=(500, 3_321)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert got[long.index] == pytest.approx(long.to_numpy(), rel=1e-12, nan_ok=True) and np.isnan(np.delete(got, long.index, axis=0)).all()
    assert place.min() == 1 and place.max() == 3_321 and most < 150e6


def test_a_unit_that_answers_no_question_of_a_component_is_not_ranked(ratings):
    data = ratings.data.copy()
    unit, part = data.loc[data["level"].eq("department"), "unit"].iloc[0], next(iter(ddci.components("department")))
    data.loc[data["unit"].eq(unit), [q.item for q in ddci.items("department").values() if q.component == part]] = np.nan
    got = ddci.result(ddci.Ratings(ratings.path, ratings.meta, ratings.year, data), "department", draws=20)
    assert got.not_ranked.set_index("unit")["reason"][unit] == f"n < 10: {part}" and unit not in set(got.table["unit"])


def test_one_answer_about_a_component_ranks_nobody_and_is_shown_to_nobody(ratings):
    """Every resample of one answer is that answer: the interval would have no width, and the unit surely be last."""
    data = ratings.data.copy()
    asked = ddci.items("department").values()
    unit, part = data.loc[data["level"].eq("department"), "unit"].iloc[0], next(iter(ddci.components("department")))
    of_it, mine = [q.item for q in asked if q.component == part], data["unit"].eq(unit)
    data.loc[data.index[mine][1:], of_it] = np.nan
    other = next(q.item for q in asked if q.component != part)
    elsewhere = data.loc[data["level"].eq("department") & ~mine, "unit"].iloc[0]
    data.loc[data.index[data["unit"].eq(elsewhere)][9:], other] = np.nan
    got = ddci.result(ddci.Ratings(ratings.path, ratings.meta, ratings.year, data), "department", draws=20)
    left = got.not_ranked.set_index("unit")
    assert left.loc[unit, ["reason", "components"]].tolist() == [f"n < 10: {part}", part]
    assert unit not in set(got.table["unit"]) | set(got.components["unit"]) | set(got.items["unit"])
    means = got.items.set_index(["unit", "item"])["mean"]
    assert elsewhere in set(got.table["unit"]) and np.isnan(means[elsewhere, other]) and means.drop((elsewhere, other)).notna().all()
    for lang, said in (("vi", "ít hơn 10 câu trả lời về: "), ("en", "fewer than 10 answers about: ")):
        page = "".join(map(str, ddci_page.overview(got.ratings, [got], [], lang)))
        assert said + ddci.components("department")[part].name(lang) in page and f"n &lt; 10: {part}" not in page


def test_score_of_the_result_is_the_hand_calculation(ratings, departments):
    data = ratings.data[ratings.data["level"].eq("department")]
    asked = ddci.items("department")
    means = pd.DataFrame({u: {i: np.average(g[i].dropna(), weights=g.loc[g[i].notna(), "weight"]) for i in asked}
                          for u, g in data.groupby("unit")}).T
    scaled = 1 + 9 * (means - means.min()) / (means.max() - means.min())
    for item in asked.values():
        if item.reverse:
            scaled[item.item] = 11 - scaled[item.item]
    parts = scaled.T.groupby(lambda i: asked[i].component).mean().T
    weight = pd.Series({c: x.weight for c, x in ddci.components("department").items()})
    want = 10 * (parts[weight.index] * weight / weight.sum()).sum(axis=1)
    got = departments.table.set_index("unit")["score"]
    pd.testing.assert_series_equal(got.sort_index(), want.sort_index(), check_names=False)
    assert departments.weights == pytest.approx((100 * weight / weight.sum()).to_dict())


# ---- uncertainty ------------------------------------------------------------------------------------------------------

def test_bootstrap_error_is_the_closed_form():
    rng = np.random.default_rng(1)
    unit = np.repeat(np.arange(3), 120)
    y = rng.normal(3, 1, (360, 1))
    got = ranks.draws(y, unit, np.arange(360).astype(str), np.ones(360), 3, lambda m: m[:, 0], b=3000, seed=2).std(axis=0)
    want = [y[unit == u].std() / np.sqrt(121) for u in range(3)]  # variance of a Dirichlet mean
    assert got == pytest.approx(want, rel=0.06)


def test_respondents_who_rate_two_units_stay_together():
    rng = np.random.default_rng(3)
    taste = rng.normal(0, 1, 150)
    y = np.concatenate([taste, taste])[:, None] + rng.normal(0, 0.2, (300, 1))
    drawn = ranks.draws(y, np.repeat([0, 1], 150), np.tile(np.arange(150), 2).astype(str), np.ones(300), 2, lambda m: m[:, 0], b=800)
    assert np.corrcoef(drawn.T)[0, 1] > 0.9  # apart, they would be independent and the difference far too uncertain


def test_rank_sets_cover_the_true_ranks():
    rng, hits, sizes = np.random.default_rng(7), 0, []
    truth = np.array([3.0, 3.05, 3.1, 3.4, 3.8, 3.8])
    best = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    worst = 6 - (truth[None, :] < truth[:, None]).sum(axis=1)
    unit = np.repeat(np.arange(6), 60)
    for k in range(60):
        y = truth[unit][:, None] + rng.normal(0, 0.8, (360, 1))
        score = ranks.item_means(y, unit, np.ones(360), 6)[:, 0]
        drawn = ranks.draws(y, unit, np.arange(360).astype(str), np.ones(360), 6, lambda m: m[:, 0], b=200, seed=k)
        got = ranks.rank_sets(score, drawn)
        hits += ((got.low <= best) & (got.high >= worst)).sum()  # with ties: every rank that is true of the unit
        sizes.append((got.high - got.low).mean())
    assert hits / 360 >= 0.94 and 0.5 < np.mean(sizes) < 4.5  # honest, and not empty talk


def test_far_apart_units_have_sure_ranks():
    score = np.array([10.0, 20.0, 30.0])
    drawn = score + np.random.default_rng(0).normal(0, 0.1, (300, 3))
    got = ranks.rank_sets(score, drawn)
    assert got.low.tolist() == got.high.tolist() == [3, 2, 1]


def test_rank_lies_in_its_set_and_draws_repeat(ratings, departments):
    t = departments.table
    assert (t["rank_low"] <= t["rank"]).all() and (t["rank"] <= t["rank_high"]).all()
    again = ddci.result(ratings, "department").table
    pd.testing.assert_frame_equal(t, again)


def test_weights_move_ranks_only_where_components_disagree():
    draws = ranks.weight_draws(np.array([50.0, 30.0, 20.0]), 4000, strength=50)
    assert draws.mean(axis=0) == pytest.approx([0.5, 0.3, 0.2], abs=0.01)
    assert draws.std(axis=0)[2] == pytest.approx(np.sqrt(0.2 * 0.8 / 51), rel=0.05)
    parts = np.array([[9.0, 8.0, 9.0], [5.0, 5.0, 6.0], [2.0, 1.0, 3.0]])  # one unit better in everything
    assert (ranks.rank((parts @ draws.T).T) == [1, 2, 3]).all()


def test_scenarios_and_own_weights(ratings, departments):
    names = set(departments.scenarios["scenario"])
    assert {"equal_weights", "geometric", "absolute", "without time_costs"} <= names
    only = {c: (1000.0 if c == "leadership" else 0.001) for c in ddci.components("department")}
    got = ddci.result(ratings, "department", weights=only, draws=20)
    part = got.components[got.components["component"].eq("leadership")].set_index("unit")["score"]
    assert got.table.set_index("unit")["score"].sort_index().to_numpy() == pytest.approx(10 * part.sort_index().to_numpy(), abs=0.01)
    with pytest.raises(BadInput, match="every component"):
        ddci.result(ratings, "department", weights={"leadership": 1})
    with pytest.raises(BadInput, match="above zero"):
        ddci.result(ratings, "department", weights={**only, "leadership": 0})


def test_tiers_follow_the_cuts(departments):
    for row in departments.table.itertuples():
        assert row.tier == sum(row.score < cut for cut in ddci.CUTS)
    with pytest.raises(BadInput, match="falling"):
        ddci.score._tier(np.array([1.0]), (10, 20, 30, 40))


def test_units_with_few_ratings_are_listed_not_ranked(ratings):
    few = ratings.data.groupby("unit").size().sort_values()
    least = int(few.iloc[few.index.get_loc("xa-mau-1")] if "xa-mau-1" in few.index else few.iloc[0])
    level = ratings.data[ratings.data["unit"].eq(few.index[0])]["level"].iloc[0]
    got = ddci.result(ratings, level, min_respondents=int(few.iloc[0]) + 1, draws=20)
    assert few.index[0] in set(got.not_ranked["unit"]) and few.index[0] not in set(got.table["unit"]) and least > 0
    assert got.not_ranked["reason"].str.contains("n <").all()
    with pytest.raises(NotEstimable, match="ratings or more"):
        ddci.result(ratings, level, min_respondents=10_000)


def test_levels_are_never_ranked_together(ratings):
    got = {level: ddci.result(ratings, level, draws=20) for level in ratings.levels}
    assert list(got) == ["department", "commune"]
    assert got["department"].table["rank"].min() == got["commune"].table["rank"].min() == 1
    assert "land_access" in got["commune"].weights and "land_access" not in got["department"].weights


# ---- bad input --------------------------------------------------------------------------------------------------------

def edited(ratings, tmp_path, change, encoding="utf-8-sig", rows=80):
    lines = list(csv.reader(ratings.path.open(encoding="utf-8-sig", newline="")))[:rows]
    change(lines, lines[HEAD].index)
    path = tmp_path / "bad.csv"
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows(lines)
    return path


def problems(path):
    with pytest.raises(BadInput) as said:
        ddci.check(path)
    return said.value.problems


def field(lines, name, value):
    next(line for line in lines if line[0] == f"#{name}")[1] = value


def test_abolished_departments_and_districts(ratings, tmp_path):
    def old(lines, at):
        lines[10][at("unit")] = "Sở Kế hoạch và Đầu tư"
        lines[12][at("unit")] = "Huyện Tiên Du"
        lines[14][at("unit")] = "Sở Xây Dụngg"
        for row in (10, 12, 14):
            lines[row][at("g1")] = lines[row][at("g2")] = ""
    found = problems(edited(ratings, tmp_path, old))
    assert [(p.row, p.value) for p in found] == [(11, "Sở Kế hoạch và Đầu tư"), (13, "Huyện Tiên Du"), (15, "Sở Xây Dụngg")]
    assert "did you mean Sở Xây dựng" in found[2].fix
    assert "28/02/2025" in found[0].problem and "Sở Tài chính" in found[0].problem and "30/06/2025" in found[1].problem


def test_communes_before_july_2025_are_refused_and_districts_taken(ratings, tmp_path):
    def earlier(lines, at):
        field(lines, "year", "2024")
        field(lines, "fieldwork_from", "2024-09-01")
        field(lines, "fieldwork_to", "2024-10-01")
        del lines[20:]
        lines[10][at("unit")] = "Xã Mẫu 1"
        for row in lines[HEAD + 1:]:
            if row[at("unit")].startswith(("Xã", "Phường")) and row is not lines[10]:
                row[at("unit")] = "Huyện Tiên Du"
            if row[at("unit")] == "Sở Nông nghiệp và Môi trường":
                row[at("unit")] = "Sở Nông nghiệp và Phát triển nông thôn"
    found = problems(edited(ratings, tmp_path, earlier))
    assert [p.row for p in found if "01/07/2025" in p.problem] == [11]
    assert not [p for p in found if p.value == "Huyện Tiên Du"]


def test_wrong_items(ratings, tmp_path):
    def wrong(lines, at):
        lines[HEAD][at("h2")] = "h3"
    said = [str(p) for p in problems(edited(ratings, tmp_path, wrong))]
    assert any("value 'h3'" in s for s in said) and any("column h2" in s and "missing" in s for s in said)


def test_answers_outside_the_scale_and_items_of_another_level(ratings, tmp_path):
    def wrong(lines, at):
        row = next(i for i, line in enumerate(lines) if i > HEAD and line[at("unit")].startswith("Sở"))
        lines[row][at("t1")], lines[row][at("c1")], lines[row][at("i2")], lines[row][at("g1")] = "0", "31", "có", "3"
        lines[row + 1][at("t1")] = "3,5"
    found = problems(edited(ratings, tmp_path, wrong))
    assert [p.column for p in found] == ["t1", "c1", "i2", "g1", "t1"] and "not asked about departments" in found[3].problem


def test_mixed_encodings_in_one_file(ratings, tmp_path):
    from govlib.forms import old_fonts
    path = edited(ratings, tmp_path, lambda lines, at: None, encoding="utf-8")
    want = ddci.check(path).data["unit"].tolist()
    lines = path.read_bytes().splitlines(keepends=True)
    mixed = [old_fonts.to_tcvn3(line.decode()) if i > HEAD and i % 2 else line for i, line in enumerate(lines)]
    (tmp_path / "mixed.csv").write_bytes(b"".join(mixed))
    got = ddci.check(tmp_path / "mixed.csv")
    assert got.data["unit"].tolist() == want and "TCVN3" in " ".join(got.notes) and "UTF-8" in " ".join(got.notes)


def test_department_of_the_day_survey_ends(ratings):
    from govlib.institute import units
    day = dt.date(2025, 2, 28)
    assert units.resolve("Sở Giao thông vận tải", day, day)[0] is not None
    assert units.resolve("Sở Giao thông vận tải", day + dt.timedelta(1), day + dt.timedelta(9))[0] is None


# ---- pages ------------------------------------------------------------------------------------------------------------

def test_pages_of_every_unit_and_the_overview(tmp_path):
    ratings = ddci.read(ddci.demo_file(tmp_path / "small.csv", firms=130, communes=3))
    made = {lang: ddci.report(ratings.path, lang, tmp_path, draws=60) for lang in ("vi", "en")}
    units = ratings.data["unit"].unique()
    for lang, overview in (("vi", "index.html"), ("en", "index.en.html")):
        text = (tmp_path / overview).read_text(encoding="utf-8")
        assert f'lang="{lang}"' in text and "SYNTHETIC" in text
        assert {"vi": "1/9/2025 – 15/10/2025", "en": "1 September 2025 – 15 October 2025"}[lang] in text
        assert f'href="{overview}' not in text  # a page leads nowhere that it is itself
        links = set(re.findall(r'href="([\w-]+\.\w+\.html)"', text))
        assert links == {f"{u}.{lang}.html" for u in units}
        for name in links:
            page = (tmp_path / name).read_text(encoding="utf-8")
            assert page.count("<h1") == 1 and "SYNTHETIC" in page and f'href="index{"" if lang == "vi" else ".en"}.html#{name.split(".")[0]}"' in page
    assert made["vi"][0] == tmp_path / "index.html"
    assert pd.read_csv(tmp_path / "tables" / "department_table.csv")["data_kind"].eq("SYNTHETIC").all()


def test_numbers_are_the_same_in_both_languages(ratings, departments):
    from govlib.institute.ddci import page as _ddci_page
    key = departments.table["unit"].iloc[3]
    found = {}
    for lang in ("vi", "en"):
        text = re.sub(r"<svg.*?</svg>|data:text/csv[^\"]*|<[^>]+>", " ", " ".join(_ddci_page.unit(departments, key, lang)), flags=re.S)
        found[lang] = sorted(n.replace(",", ".") for n in re.findall(r"\d+[.,]\d+", text.replace("95% interval", "")))
    assert found["vi"] == found["en"] and len(found["vi"]) > 40
