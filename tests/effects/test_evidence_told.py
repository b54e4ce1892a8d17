"""What a briefing says of an estimate: whose effect it is, against whom, and what the other ways of estimating it give."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from kit.content import page_of, plain

from govlib import effects, paths
from govlib.did.grades import NOT_COMPARED, grade, on_one_page
from govlib.effects import pair
from govlib.effects.quoted import quoted
from govlib.effects.report import claim, sentence, together
from govlib.known import indices, reforms
from govlib.publish.sections import evidence


@pytest.fixture(scope="module")
def files(panel) -> pd.DataFrame:
    found = sorted((panel / "estimates").glob("*.parquet"))
    if not found:
        pytest.skip("nothing estimated yet (make effects)")
    table = pd.concat(map(pd.read_parquet, found), ignore_index=True)
    # text as Python's own: of the thousands of small selections below, Arrow's would take most of the time
    return table.astype(dict.fromkeys(table.select_dtypes("str"), object))


# ---- signs and permutation p-values belong to their sample ---------------------------------------------------------------
def agreement(*changes) -> pd.DataFrame:
    base = {"component": "proactivity", "outcome": "score", "term": "att", "estimator": "imputation", "inference": "crv1",
            "design": "staggered", "reading": "early", "sample_rule": "drop_unknown", "exposure_rule": "same_year", "controls": "",
            "n_provinces": 13, "n_treated": 7, "years": "2006:2019", "estimate": -0.9, "p_value": 0.01, "p_ri": np.nan}
    return pd.DataFrame(pair.agreement([base | c for c in changes]))


def test_a_permutation_p_stays_with_its_sample():
    table = agreement({"inference": "ri", "p_value": 0.006, "p_ri": 0.006}, {"p_ri": 0.006}, {"estimator": "callaway_santanna"},
                                   {"reading": "late"}, {"sample_rule": "unknown_as_control"}, {"component": "time_costs"},
                                   {"estimator": "lp_did", "n_provinces": 12}, {"estimator": "twfe_trends", "design": "regression"})
    assert table["p_ri"].tolist()[:3] == [0.006] * 3
    assert table["p_ri"][3:].isna().all()


def test_late_rows_carry_no_permutation_p(files):
    late = files[(files["reading"] == "late") & (files["term"] == "att")]
    assert len(late) > 100
    assert late["p_ri"].isna().all()
    few = late[(late["n_treated"] <= 10) & late["estimate"].notna() & (late["inference"] == "crv1") & (late["design"] != "dose")]
    assert set(few["grade"]) == {"no_inference"}
    # and each that is carried is that of a permutation test with the row's own outcome and sample
    carried = files[(files["term"] == "att") & files["p_ri"].notna() & (files["inference"] != "ri")]
    key = ["reform", "index_id", "component", "outcome", "reading", "sample_rule", "n_provinces", "n_treated", "p_ri"]
    permuted = files[(files["term"] == "att") & (files["inference"] == "ri")].assign(p_ri=lambda t: t["p_value"])
    assert carried[key].merge(permuted[key].drop_duplicates(), how="left", indicator=True)["_merge"].eq("both").all()


def test_agreement_counts_what_estimates_the_same_quantity():
    table = agreement({}, {"estimator": "gardner"}, {"estimator": "twfe", "design": "regression"},
                                   {"estimator": "first_differences", "estimate": 0.4}, {"estimator": "lagged_outcome", "estimate": 0.1},
                                   {"component": "alone"}, {"component": "zero"}, {"component": "zero", "estimator": "twfe", "estimate": 0.0})
    assert table["agreement"].tolist()[:5] == [1.0, 1.0, 1.0, 0.0, 0.0]
    assert np.isnan(table["agreement"][5])  # nothing to agree with
    assert table["agreement"].tolist()[6:] == [0.5, 0.5]
    late = agreement({}, {"estimator": "twfe"}, {"reading": "late", "estimate": 0.2}, {"sample_rule": "unknown_as_control"})
    assert late["agreement"].tolist() == [0.75, 0.75, 0.25, 0.75]


def test_agreement_and_grades_of_the_files_follow_the_rule(files):
    overall = files[(files["term"] == "att") & files["estimate"].notna()]
    keys = ["reform", "index_id", "component", "outcome"]
    for _, group in overall.groupby(keys):
        compared = group[~group["estimator"].isin(NOT_COMPARED)].drop_duplicates(["estimator", "reading", "sample_rule"])
        if compared.empty or compared["estimate"].eq(0).any():
            continue
        up = (compared["estimate"] > 0).mean()
        told = group[group["agreement"].notna()]
        assert told["agreement"].to_numpy(float) == pytest.approx(np.where(told["estimate"] > 0, up, 1 - up))
        several = len(compared) > 1
        assert group.loc[~group["estimator"].isin(NOT_COMPARED), "agreement"].notna().eq(several).all()
    assert [grade(r) for r in overall.to_dict("records")] == overall["grade"].tolist()
    assert not (overall["grade"].isin(["hint", "weak", "moderate", "strong"]) & (overall["agreement"] < 1)).any()
    assert (overall["grade"] == "mixed").any()


# ---- who is measured, and against whom -----------------------------------------------------------------------------------
def test_rows_name_the_treated_and_count_the_unknown(panel, files):
    """Against the registry: the treated are on record, controls of unknown state are not."""
    one = files[(files["reform"] == "five_on_the_spot") & (files["term"] == "att") & files["estimate"].notna()]
    assert set(one["treated"]) == {"bac-ninh"}
    assert (one["n_unknown"] == one["n_provinces"] - 1).all()  # nobody else is on the list
    listed = set(reforms.actions().query("reform == 'business_coffee' and level == 'province'")["province"])
    coffee = files[(files["reform"] == "business_coffee") & (files["index_id"] == "pci") & (files["term"] == "att") & files["estimate"].notna()]
    for r in coffee.itertuples():
        assert set(r.treated.split(", ")) <= listed
        # the last to begin, Tien Giang and Soc Trang in 2023, are measured themselves or the controls of those before them
        last = {"tien-giang", "soc-trang"} - set(r.treated.split(", "))
        if r.estimator == "twfe_region_year":  # nor do those say anything who have nobody of their region beside them
            assert {"soc-trang", "tien-giang"} <= set(r.treated.split(", "))
            last = set(r.note.split("not counted as treated: ")[1].split(", ")) & listed
            assert len(last) == 3
        assert r.n_provinces - r.n_treated - r.n_unknown == len(last) in (0, 2, 3)
    known = files[files["sample_rule"].str.startswith("drop_unknown") & files["estimate"].notna()]
    assert (known["n_unknown"] == 0).all()
    told = files[(files["term"] == "att") & files["estimate"].notna()]
    assert (told["treated"].str.split(", ").str.len() == told["n_treated"]).all()


@pytest.mark.parametrize(("changes", "vi", "en"), [
    ({"n_treated": 1, "n_unknown": 62}, "1 tỉnh được biết là đã làm trong các năm này; 62 tỉnh đối chứng, đều chưa rõ đã làm hay chưa",
     "1 province known to have done it in these years; 62 control provinces, none of them on record either way"),
    ({"n_treated": 2, "n_unknown": 57}, "61 tỉnh đối chứng, trong đó 57 chưa rõ đã làm hay chưa",
     "2 provinces known to have done it in these years; 61 control provinces, 57 of them not on record either way"),
    ({"n_treated": 62, "n_unknown": 0}, "62 tỉnh được biết là đã làm trong các năm này; 1 tỉnh đối chứng)", "; 1 control province)"),
    ({"n_treated": 1, "sample_rule": "unknown_as_control; provinces of unknown state taken as controls: 62"},
     "62 tỉnh đối chứng, có tỉnh chưa rõ", "62 control provinces, some of them not on record"),
    # three more did it and cannot be counted: they are no controls
    ({"n_treated": 2, "n_unknown": 58, "note": "…, not counted as treated: ha-noi, hue, can-tho"},
     "2 tỉnh được biết là đã làm trong các năm này; 61 tỉnh khác, trong đó có tỉnh cũng thuộc diện xét nhưng", "; 61 other provinces, among them some"),
    ({"index_id": "mine", "n_treated": 2, "n_unknown": 0, "note": "…, not counted as treated: a"},
     "61 đơn vị khác, trong đó có đơn vị cũng đã áp dụng", "61 other units, among them some that are exposed too"),
])
def test_a_sentence_says_how_many_controls_nobody_knows_of(changes, vi, en):
    row = {"index_id": "pci", "component": "time_costs", "reform": "ddci", "estimate": 0.4, "p_value": 0.3, "inference": "placebo",
           "design": "one", "n_provinces": 63, "years": "2006:2019", "sample_rule": ""} | changes
    assert vi in claim(row, "vi")
    assert en in claim(row, "en")


# ---- the range of the other estimates ------------------------------------------------------------------------------------
def test_the_range_is_that_of_the_other_estimates(panel, files):
    q = quoted(set(files["reform"]))
    assert (q["n_other"] > 1).any()
    e = files.assign(rule=files["sample_rule"].str.split(";").str[0].str.strip())
    by_outcome = dict(list(e[(e["term"] == "att") & (e["outcome"] == "score") & e["estimate"].notna() & ~e["estimator"].isin(NOT_COMPARED)]
                           .groupby(["reform", "index_id", "component"])))
    at = e.groupby(["index_id", "component", "reform", "estimator", "term", "outcome", "reading", "rule", "inference"])["estimate"].agg(list)
    at = at.to_dict()
    for r in q[q["n_other"] > 0].to_dict("records"):
        own = by_outcome[r["reform"], r["index_id"], r["component"]]
        others = own[(own["estimator"] != r["estimator"]) | (own["reading"] != r["reading"]) | (own["sample_rule"] != r["sample_rule"])]
        assert (r["other_low"], r["other_high"]) == (others["estimate"].min(), others["estimate"].max())
        for end in ("low", "high"):
            assert at[tuple(r[f"other_{end}_at"].split(" ")[:9])] == [r[f"other_{end}"]]
        # agreement of the quoted row and the range say the same
        if r["estimate"] and r["agreement"] == 1:
            assert np.sign(r["other_low"]) == np.sign(r["other_high"]) == np.sign(r["estimate"])
        elif r["agreement"] < 1:
            assert min(np.sign([r["other_low"], r["other_high"]]) * np.sign(r["estimate"])) < 1
    assert set(q["reading"]) == {"early"}


SEEN = {"p_value": 0.005, "p_adjusted": 0.02, "p_page": 0.02}  # a made p: of the estimates of the registry as it stands none shows anything


def test_a_mixed_result_is_told_with_its_range_and_its_breaks(panel, files):
    q = quoted({"ddci"})
    row = q[(q["component"] == "proactivity")].iloc[0].to_dict() | SEEN
    assert grade(row) == "mixed"
    assert row["other_low"] < 0 < row["other_high"]
    vi, en = sentence(row, "vi"), sentence(row, "en")
    assert "đi cùng với" not in vi and "associated" not in en
    years = [b.year for b in indices.breaks_between("pci", "proactivity", 2006, 2019)]
    assert years == [2009, 2013, 2017]
    assert "Mẫu đi qua các năm đổi phương pháp 2009, 2013, 2017." in vi
    assert "The editions used cross changes of method: 2009, 2013, 2017." in en
    high = f"{row['other_high']:.2f}"
    assert f"đến +{high.replace('.', ',')} điểm" in vi and f"to +{high} points" in en
    # without evidence neither is said
    quiet = row | {"p_value": 0.5}
    assert sentence(quiet, "vi") == claim(quiet, "vi")
    assert effects.sentence(row | {"years": "2014:2016"}, "en").endswith("points.")  # no break within


def test_a_page_gives_each_end_its_own_place(board, files, monkeypatch):
    rows = quoted({"ddci"})
    rows.loc[rows["component"] == "proactivity", list(SEEN)] = list(SEEN.values())
    rows["grade"] = [grade(r) for r in rows.to_dict("records")]
    row = rows.query("index_id == 'pci' and component == 'proactivity'").iloc[0]
    monkeypatch.setattr(evidence, "estimates", lambda _: rows)
    for lang in ("vi", "en"):
        seen, _ = page_of(board, "bac-ninh", lang=lang).evidence_sentences()
        told = next(str(s) for s in seen if row["other_low_at"] in str(s))
        spans = re.findall(r'data-locator="([^"]*)">([^<]*)<', told)
        places = [place for place, _ in spans]
        at = places.index(row["other_low_at"])
        assert places[at:at + 2] == [row["other_low_at"], row["other_high_at"]]
        own = evidence.where(row.to_dict(), "")
        assert places[0] == own + "estimate" and all(place.startswith(own) for place in places[:at])
        # the last are those of all estimates read together, where they are told
        assert {place.removeprefix(own) for place in places[at + 2:]} <= {"pooled_low", "pooled_high", "pooled_beyond"}
        # the size that an effect is held against is no figure of this row
        assert not {"0,3", "0.3"} & {figure for _, figure in spans}


def test_a_page_allows_for_all_its_reforms(files):
    """What holds alone need not hold among many: a page of reforms without effects must not speak two times in three."""
    alone, among = quoted({"ddci"}), quoted(set(files["reform"]))
    keys = ["reform", "index_id", "component"]
    both = alone.merge(among, on=keys, suffixes=("", "_among"))
    assert len(both) == len(alone) and (both["p_page_among"] >= both["p_page"] - 1e-12).all()
    assert both["families_among"].iloc[0] > both["families"].iloc[0]
    assert (alone["p_page"] >= alone["p_adjusted"] - 1e-12).all()
    rng = np.random.default_rng(5)  # ten reforms of three components without effects, 400 pages
    spoke = np.zeros(3)
    for _ in range(400):
        p = np.sort(rng.random((10, 3)), 1)
        adjusted = np.maximum.accumulate(np.minimum(p * [3, 2, 1], 1), 1)
        page = pd.DataFrame({"reform": np.repeat(np.arange(10), 3).astype(str), "index_id": "pci", "p_value": p.ravel(),
                             "p_adjusted": adjusted.ravel(), "estimate": 0.1, "inference": "placebo", "design": "one", "family": 3,
                             "agreement": 1.0, "n_treated": 1, "sample_rule": ""})
        page["p_page"] = on_one_page(page)
        told = {grade(r) for r in page.to_dict("records")}
        spoke += [bool(told & {"weak", "moderate", "strong"}), told != {"no_evidence"}, (page["p_adjusted"] < 0.05).any()]
    evidence_, hint, careless = spoke / 400
    assert evidence_ <= 0.075 and hint <= 0.24 and careless > 0.3


def test_one_treated_province_can_speak_and_says_how_little_it_can_say(files):
    """An enormous effect in one province: it was capped at p = 1/63 times ten components, and graded a hint."""
    from govlib.effects import estimate

    scores = pd.read_parquet(paths.processed() / "scores.parquet")
    hit = (scores["province"] == "quang-nam") & (scores["component"] == "transparency") & (scores["index_id"] == "pci")
    start = reforms.exposure("business_portal", "pci").query("province == 'quang-nam'")["cohort"].iloc[0]
    scores.loc[hit & (scores["year"] >= start), "score"] += 60
    found = estimate("pci", reform="business_portal", estimator="synthetic_did", sample_rule="unknown_as_control", scores=scores)
    row = found[(found["component"] == "transparency") & (found["term"] == "att")].iloc[0]
    assert row["role"] == "aimed" and row["family"] == 2 and row["p_floor"] == row["p_value"] == row["p_adjusted"]
    assert row["p_adjusted"] < 0.05 and row["ci_low"] > 0 and row["grade"] == "weak"  # nothing stands beside it here
    assert "the smallest p possible" in claim(row, "en")
    assert "this test, without an effect, gives p under 5% in 3–7% of cases" in claim(row, "en")
    others = found[(found["role"] == "placebo") & (found["term"] == "att")]
    assert len(others) == 8 and (others["family"] == 8).all()


def test_a_page_says_the_real_size_where_a_test_is_not_at_five_in_a_hundred(board, files):
    """Synthetic DiD of two to four provinces rejects in up to .086 of some kinds of noise (docs/simulation_report.md)."""
    page = page_of(board, "bac-ninh")
    own = evidence.estimates(page)
    placebo = own[own["inference"] == "placebo"]
    assert len(placebo) and all("khi không có tác động, cho p dưới 5% ở 3–" in claim(row) for row in placebo.to_dict("records"))
    assert any("khi không có tác động, cho p dưới 5% ở 3–" in plain(s) for part in page.evidence_sentences() for s in part)
    many = own[(own["n_treated"] > 10) | (own["estimator"].eq("imputation") & own["n_treated"].eq(10))]
    assert len(many) and not any("không có tác động, cho p" in claim(row) for row in many.to_dict("records"))


def test_a_page_says_no_size_of_a_test_that_was_not_run(files):
    """Clustered errors alone of ten provinces or fewer, as of the indices of departments: theirs is another, and larger."""
    own = quoted(set(reforms.reform_types().index))
    alone = own[own["inference"].isin(["crv1", "wild"]) & (own["n_treated"] <= 10) & own["p_ri"].isna()]
    assert len(alone) and set(alone["grade"]) == {"no_inference"}
    assert not [said for row in alone.to_dict("records") if "without an effect, gives p" in (said := claim(row, "en"))]


def test_a_likely_sign_is_told_with_its_probability():
    """Never "almost certainly": the rule asks for .95, and the same row alone may show no evidence."""
    row = {"finding": "up", "pooled_up": 0.962, "pooled_low": 0.04, "pooled_high": 0.24, "pooled_beyond": 0.025}
    assert "rất có thể là tăng (xác suất 96%), nhiều khả năng từ +0,04 đến +0,24 điểm" in together(row)
    assert "very likely a fall (probability 97%)" in together(row | {"finding": "down", "pooled_up": 0.03}, "en")
    marked = {}
    together(row | {"finding": "down", "pooled_up": 0.03}, "en", lambda text, column: marked.setdefault(column, text))
    assert marked["pooled_down"] == "97%" and set(marked) == {"pooled_low", "pooled_high", "pooled_beyond", "pooled_down"}


# ---- this province -------------------------------------------------------------------------------------------------------
def test_a_control_is_told_that_it_is_not_among_the_measured(board, files):
    """DDCI began in Hải Phòng in 2020, after the last edition of PCI that covers the provinces; in Đà Nẵng in 2018."""
    for lang, late in (("vi", "Hải Phòng không nằm trong 12 tỉnh được đo ở đây: làm sau kỳ 2019."),
                       ("en", "Hai Phong is not among the 12 measured here: it did it after the 2019 edition.")):
        page = page_of(board, "hai-phong", lang=lang)
        seen, rest = page.evidence_sentences()
        assert sum(late in plain(s) for s in [*seen, *rest]) == 1  # not of the councils: it is one of the ten
        table, _, _ = page.evidence()
        counts = [plain(v) for v in table["df"].iloc[:, -3]]
        assert set(counts) == {"12*", "12", "27", "41", "44", "10", "9", "2"}  # of all but those with DDCI before 2020 it is one
        assert "*" in plain(table["note"])
        table, _, _ = page_of(board, "da-nang", lang=lang).evidence()
        counts = {(plain(reform), plain(n)) for reform, n in zip(table["df"].iloc[:, 0], table["df"].iloc[:, -3], strict=True)}
        ddci, plan = (reforms.name(r, lang) for r in ("ddci", "digital_transformation_plan"))
        assert (ddci, "12") in counts and (ddci, "12*") not in counts and (plan, "12*") in counts  # its digital plan came after the edition of 2021


def test_counts_are_singular_where_there_is_one(board, files, monkeypatch):
    lead = page_of(board, "gia-lai", lang="en").evidence_lead()
    assert lead.startswith("Estimated: 4 outcomes of 1 kind of reform; none shows evidence")
    assert page_of(board, "hai-phong", lang="en").evidence_lead().startswith("Estimated: 22 outcomes of 6 kinds of reform: ")
    page = page_of(board, "gia-lai", lang="en")
    one = evidence.estimates(page).head(1)
    monkeypatch.setattr(evidence, "estimates", lambda _: one)
    assert page.evidence_lead().startswith("Estimated: 1 outcome of 1 kind of reform")


def test_the_lead_counts_every_grade_once(board, files):
    for slug in ("bac-ninh", "hai-phong", "ba-ria-vung-tau"):
        page = page_of(board, slug)
        own, lead = evidence.estimates(page), page.evidence_lead().split(". ")[0]
        n, k, *seen = map(int, re.findall(r"\d+", lead))
        assert (k, n) == (own["reform"].nunique(), len(own))
        counts = [own["grade"].isin(["weak", "moderate", "strong"]).sum(), (own["grade"] == "hint").sum(), (own["grade"] == "mixed").sum()]
        assert seen == [c for c in counts if c]  # what is seen by grade, none of it twice; the others show nothing
        figure = page.evidence()[1][0]
        assert ("không nhất quán" in figure["title"]) == ("không nhất quán" in lead) == (counts[2] > 0)


# ---- dates of the registry -----------------------------------------------------------------------------------------------
def dates(board, province, year=2024, lang="vi") -> dict[str, str]:
    df = page_of(board, province, year, lang).reforms_table()["df"]
    return {str(r.iloc[2]): plain(r.iloc[1]) for _, r in df.iterrows()}  # the first is the number of the line


def test_dates_say_what_they_are_of(board):
    councils = {lang: reforms.name("peoples_council_removal", lang) for lang in ("vi", "en")}
    for slug in ("hai-phong", "da-nang", "ho-chi-minh"):
        assert dates(board, slug)[councils["vi"]] == "25/4/2009 – 2016"
        assert dates(board, slug, lang="en")[councils["en"]] == "25 April 2009 – 2016"
        assert dates(board, slug, 2012)[councils["vi"]] == "25/4/2009"  # the end was not known then
    mechanisms = {lang: reforms.name("special_mechanism_resolution", lang) for lang in ("vi", "en")}
    assert dates(board, "ha-noi")[mechanisms["vi"]] == "đã có từ 15/8/2020 hoặc trước"
    assert dates(board, "ha-noi", lang="en")[mechanisms["en"]] == "seen by 15 August 2020"
    assert dates(board, "hai-phong", lang="en")[reforms.name("ddci", "en")] == "first round 2020 (year inferred)"
    assert dates(board, "bac-ninh")[reforms.name("five_on_the_spot", "vi")] == "2021"


def test_a_measure_that_changed_with_the_reform_is_named(board):
    note = plain(page_of(board, "bac-ninh", lang="en").reforms_table()["note"])
    caveat = note.split("do not join:")[1]
    assert f"{reforms.name('five_on_the_spot', 'en')} (PCI 2021, PAPI 2021)" in caveat
    assert reforms.name("ddci", "en") not in caveat  # PCI 2016 was measured as 2015
    assert f"{reforms.name('rapid_response_team', 'en')} (PCI 2021)" in caveat
    assert reforms.name("digital_transformation_plan", "en") not in caveat  # its start is not known
    assert "do not join" not in plain(page_of(board, "hung-yen", lang="en").reforms_table()["note"])
