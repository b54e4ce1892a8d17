"""Scores and ranks that pages print (reference/press_points.csv): against figures by hand, and against each other.

By hand, read on these pages:
[1] https://kinhtedothi.vn/hai-phong-dung-dau-toan-quoc-ve-chi-so-cai-cach-hanh-chinh.665272.html: PAR INDEX 2024 of Hải Phòng
[2] https://baoquocte.vn/thai-nguyen-giu-vung-vi-tri-a-quan-ve-chi-so-sipas-nam-2024-310251.html: Thái Nguyên 2024, both indices
[3] https://hethongphapluat.vn/ke-hoach-101-kh-ubnd-d771c03bbcb9fd02f14d31784286f5ae.html: Cần Thơ 2024, three indices
[4] https://cadn.com.vn/da-nang-xep-thu-12-chi-so-cai-cach-hanh-chinh-nam-2023-post293774.html: PAR INDEX 2023
[5] https://baohatinh.vn/ha-tinh-tang-10-bac-ve-chi-so-cai-cach-hanh-chinh-post264935.html: Hà Tĩnh 2022 and 2023
[6] https://stttt.quangngai.gov.vn/…/chi-so-cai-cach-hanh-chinh-cua-tinh-quang-ngai-tang-24-bac?13987827: PAR INDEX 2021
[7] https://baoapbac.vn/…/chi-so-par-index-va-sipas-2019-cua-tien-giang-duoc-cai-thien-ro-ret-899830/index.htm: Tiền Giang 2018, 2019
[8] https://en.vietnamplus.vn/da-nang-tops-nation-in-administrative-reforms/56332.vnp: PAR INDEX 2012; the rank of Hà Nội is a third party's
[9] https://en.sggp.org.vn/ho-chi-minh-city-ranks-among-top-30-localities-in-vietnams-2024-pci-post117421.html: PCI 2024
[10] https://vietnamfdi.vn/cac-tinh-mien-nui-phia-bac-o-vi-tri-nao-trong-bang-xep-hang-pci-12_121389.html: PCI 2024
[11] https://soha.vn/nang-luc-canh-tranh-63-tinh-thanh-…-198240509103612281.htm: PCI 2023
[12] https://baoquocte.vn/bac-ninh-nam-trong-top-3-ca-nuoc-ve-chi-so-xanh-cap-tinh-nam-2022-223183.html: PGI 2022
[13] https://hcc.bacninh.gov.vn/news/-/details/11742135/…: PAR INDEX 2021 of Bắc Ninh
[14] https://viet-jo.com/news/social/190528080825.html: PAR INDEX 2018 of Quảng Ninh
[15] https://moitruongngaynay.vn/…_t209c9n30828: PGI 2024
[16] https://www.vinahanin.com/vn_news/471035: the first ten of PCI 2023
[17] https://pcivietnam.vn/bang-xep-hang?cpi_cat_id=PCI_Score&region_id=0&year=2020: PCI 2020
[18] https://snv.kontum.gov.vn/pages/detail/11383/…: SIPAS 2022 and 2023 of the central highlands
[19] https://vietnam.vn/ru/hai-duong-tang-25-bac-chi-so-cai-cach-hanh-chinh: Hải Dương 2022 and 2023
[20] http://dichvulamdong.com/…: Lâm Đồng 2020 and 2021
[21] https://m.baobinhduong.vn/…-a201600.html: Bình Dương 2018
"""

from __future__ import annotations

from itertools import pairwise
from urllib.parse import urlsplit

import pandas as pd
import pytest

from govlib.collect.readers import datasets
from govlib.errors import BadInput, GovlibError
from govlib.known import catalogue, indices
from govlib.transcribe import press

BY_HAND = [  # index, edition, province, score, rank, page above
    ("par", 2024, "hai-phong", 96.17, 1, 1), ("par", 2024, "thai-nguyen", 91.47, 5, 2), ("sipas", 2024, "thai-nguyen", 90.23, 2, 2),
    ("par", 2024, "can-tho", 89.13, 22, 3), ("sipas", 2024, "can-tho", 83.28, 34, 3), ("pci", 2024, "can-tho", 70.01, 11, 3),
    ("par", 2023, "da-nang", 88.68, 12, 4), ("par", 2023, "ho-chi-minh", 86.97, 33, 4), ("par", 2023, "an-giang", 81.32, 63, 4),
    ("par", 2022, "ha-tinh", 85.95, 28, 5), ("sipas", 2023, "ha-tinh", 88.97, 4, 5), ("sipas", 2022, "ha-tinh", 84.37, 7, 5),
    ("par", 2021, "vinh-phuc", 89.28, 5, 6), ("par", 2021, "kien-giang", 79.97, 63, 6), ("par", 2018, "tien-giang", 73.69, 54, 7),
    ("sipas", 2019, "tien-giang", 83.39, 43, 7), ("par", 2012, "quang-ninh", 80.21, 19, 8), ("par", 2012, "ha-noi", 82.79, 7, 8),
    ("pci", 2024, "hau-giang", 70.54, None, 9), ("pci", 2024, "lang-son", 69.01, 16, 10), ("pci", 2023, "long-an", 70.94, 2, 11),
    ("pgi", 2022, "bac-ninh", None, 3, 12), ("par", 2021, "bac-ninh", 86.67, 32, 13), ("par", 2018, "quang-ninh", 89.06, 1, 14),
    ("pgi", 2024, "bac-ninh", 27.78, 4, 15), ("pgi", 2024, "hai-phong", 29.0, 1, 15), ("pci", 2023, "bac-giang", 69.75, 4, 16),
    ("pci", 2020, "quang-ninh", 75.09, 1, 17), ("pci", 2020, "kon-tum", 62.02, 56, 17), ("pci", 2020, "bac-lieu", 59.61, 63, 17),
    ("sipas", 2022, "kon-tum", 78.39, 42, 18), ("sipas", 2023, "kon-tum", 82.1, 35, 18), ("sipas", 2023, "lam-dong", 80.38, None, 18),
    ("par", 2022, "hai-duong", 83.52, 47, 19), ("par", 2023, "hai-duong", 87.84, 22, 19), ("par", 2020, "lam-dong", 83.93, 32, 20),
    ("sipas", 2021, "lam-dong", 87.19, 27, 20), ("sipas", 2018, "binh-duong", 85.03, 23, 21)]
PRESS = ("par", "sipas", "pci", "pgi", "ict")
# ranks that two provinces hold in one edition: pages that cannot both be right, or a tie that nobody explains
SHARED_RANKS = {("sipas", 2019, 9): {"bac-giang", "bac-ninh"}}
# neighbours in rank whose scores run the other way: none is known
OUT_OF_ORDER: set[tuple] = set()


@pytest.fixture(scope="module")
def scores(panel):
    table = pd.read_parquet(panel / "scores.parquet")
    return table[table["index_id"].isin(PRESS) & table["component"].eq("overall")]


@pytest.fixture(scope="module")
def every():
    return pd.concat([press.read(i).assign(index_id=i) for i in (*PRESS, "dti")], ignore_index=True)


@pytest.fixture(scope="module")
def points(every):
    return every[every["component"].eq("overall")]


@pytest.mark.parametrize(("index_id", "year", "province", "score", "rank", "page"), BY_HAND)
def test_figures_by_hand(scores, index_id, year, province, score, rank, page):
    found = scores.query("index_id == @index_id and year == @year and province == @province")
    assert len(found) == 1 and found["status"].item() == "published"
    assert pd.isna(found["score"].item()) if score is None else found["score"].item() == score
    assert pd.isna(found["rank"].item()) if rank is None else found["rank"].item() == rank


def test_scores_are_within_their_scale_and_ranks_among_the_provinces(scores, points):
    for table in (scores, points):
        for (index_id, year), part in table.groupby(["index_id", "year"]):
            low, high, _ = indices.scale(index_id, "overall", int(year))
            assert part["score"].dropna().between(low, high).all(), (index_id, year)
            assert part["rank"].dropna().between(1, 64 if year < 2009 else 63).all(), (index_id, year)


def test_the_first_has_the_highest_score_and_the_last_the_lowest(scores):
    seen = 0
    for key, part in scores.groupby(["index_id", "year"]):
        held = part.dropna(subset=["score"])
        for rank, edge in ((1, "max"), (63, "min")):
            one = held[held["rank"].eq(rank)]
            if len(one) and key[1] >= 2009:
                assert one["score"].item() == getattr(held["score"], edge)(), (key, rank)
                seen += 1
    assert seen > 30


def test_scores_run_as_the_ranks_do(scores):
    """Within an edition nobody who is ranked better has a lower score: figures of many pages, so a slip would show."""
    wrong, compared = set(), 0
    for (index_id, year), part in scores.dropna(subset=["score", "rank"]).groupby(["index_id", "year"]):
        for better, worse in pairwise(part.sort_values(["rank", "score"], ascending=[True, False]).itertuples()):
            compared += 1
            if worse.score > better.score + 1e-9:
                wrong.add((index_id, year, better.province, worse.province))
    assert wrong == OUT_OF_ORDER and compared > 900


def test_nobody_shares_a_rank_but_where_pages_contradict_each_other(scores):
    ranked = scores[scores["index_id"].isin(["par", "sipas", "pgi"])].dropna(subset=["rank"])
    twice = ranked[ranked.duplicated(["index_id", "year", "rank"], keep=False)]
    found = {key: set(part["province"]) for key, part in twice.groupby(["index_id", "year", "rank"])}
    assert found == SHARED_RANKS


def test_groups_are_what_their_names_say(points):
    grouped = points[points["tier"].str.contains("Nhóm|Group", na=False)]
    assert len(grouped) >= 7 and set(grouped["index_id"]) == {"par"}
    bounds = {"A": (90, 100), "B": (80, 90)}
    for row in grouped.itertuples():
        low, high = bounds[row.tier[-1]]
        assert pd.isna(row.score) or low <= row.score < high, row


def test_pages_agree_or_say_that_they_do_not(points):
    """No cell with two scores or two ranks; where another page prints another figure, none or the better founded one is
    taken, with a note that names both."""
    for _, part in points.groupby(["index_id", "year", "province"]):
        said = part["score"].dropna()
        assert said.empty or said.max() - said.min() <= 0.051, part  # one of them printed to one decimal
        assert part["rank"].nunique() <= 1, part
    disputed = points[points["note"].str.startswith("pages disagree")]
    assert set(zip(disputed["index_id"], disputed["year"], disputed["province"], strict=True)) == {
        ("sipas", 2024, "hai-phong"), ("par", 2023, "hai-phong"), ("par", 2023, "da-nang"), ("par", 2023, "ca-mau"),
        ("par", 2018, "quang-ninh"), ("sipas", 2021, "son-la")}
    assert disputed["note"].str.contains(r"\d.* here, .*\d.* on ").all()


def test_a_score_that_pages_dispute_is_missing_for_that_reason(panel, scores):
    why = pd.read_parquet(panel / "why_missing.parquet").query("component == 'overall' and code == 'disputed'")
    assert why[["province", "year", "index_id"]].to_numpy().tolist() == [["hai-phong", 2024, "sipas"]]
    cell = scores.query("index_id == 'sipas' and year == 2024 and province == 'hai-phong'")
    assert cell["score"].isna().all() and cell["rank"].tolist() == [1]


def test_every_source_is_catalogued_with_every_address(every):
    means = [{**m, "index_id": i} for i in (*PRESS, "dti") for m in press.read_means(i)]
    for row in [*every.to_dict("records"), *means]:
        source = catalogue.source(row["source"])
        host = urlsplit(row["locator"]).hostname.removeprefix("www.")
        own = press.SITES.get((row["index_id"], host))
        assert source.id == (own or f"{row['index_id']}-press-{host.replace('.', '-')}") and source.index_id == row["index_id"]
        assert row["locator"] in source.citation and urlsplit(source.url).hostname and source.covers(row["year"])
        assert source.terms and source.accessed and not source.fetch and source.priority in (3, 4, 30)


def test_every_line_is_in_the_raw_files(root, every):
    for (index_id, year), part in every.groupby(["index_id", "year"]):
        raw = pd.read_csv(root / "data" / "raw" / index_id / f"{year}.csv", dtype={"rank": "Int64"}, keep_default_na=False,
                          na_values={"score": "", "rank": ""})
        key = ["province", "component", "source", "locator"]
        both = part.merge(raw, on=key, how="left", suffixes=("", "_raw"), validate="1:1")
        assert (both["score"].fillna(-1) == both["score_raw"].fillna(-1)).all(), (index_id, year)
        assert (both["rank"].fillna(-1) == both["rank_raw"].fillna(-1)).all() and both["tier"].eq(both["tier_raw"]).all()


def test_pages_are_believed_after_the_publisher(every):
    """The site of the publisher before the press; what a third party says the publisher said comes last, and is marked."""
    assert catalogue.priority("pci-workbook-2023") < catalogue.priority("pgi-site") < catalogue.priority("pgi-press-jetro-go-jp")
    third = {s for s in every["source"] if "third party" in catalogue.source(s).producer}
    assert third == {"hf-vn-par-master", "hf-vn-sipas-provincial", "hf-vn-dti-provincial"}
    assert all(catalogue.priority(s) == 30 for s in third) and every[every["source"].isin(third)]["note"].eq(datasets.NOTE).all()
    assert {"pci-site-profiles", "pgi-site"} <= set(every["source"])


def test_ranks_of_the_fields_of_bac_ninh_2021(every):
    """[13]: 42, 26, 01, 40, 23, 63, 12 and 17 in the order of the eight fields."""
    rows = every.query("index_id == 'par' and year == 2021 and province == 'bac-ninh' and component != 'overall'").set_index("component")["rank"]
    order = [c for c in indices.component_ids("par", 2021) if c in rows.index]
    assert [int(rows[c]) for c in order] == [42, 26, 1, 40, 23, 63, 12, 17]


def test_fields_printed_with_a_percent_sign_are_points_of_the_hundred(every):
    """Seven fields of Quảng Nam leave between 0 and 16.5 points of the printed total for the eighth, which is not printed."""
    own = every.query("index_id == 'par' and province == 'quang-nam' and component != 'overall'")
    rest = pd.Series({2022: 84.6 - 3.69, 2023: 84.6}) - own.groupby("year")["score"].sum()
    assert own.groupby("year").size().to_dict() == {2022: 7, 2023: 7} and rest.between(0, 16.5).all()


def test_fields_of_ha_nam_2021_add_up(every):
    """Seven fields, and the impact printed in two parts, 3 and 8.82, make the printed total."""
    own = every.query("index_id == 'par' and year == 2021 and province == 'ha-nam'").set_index("component")["score"]
    assert len(own) == 8 and own.drop("overall").sum() + 3 + 8.82 == pytest.approx(own["overall"])


def test_pillars_of_dti_2020_add_up(root):
    """Weights 40/30/30 give the printed totals."""
    raw = pd.read_csv(root / "data" / "raw" / "dti" / "2020.csv").dropna(subset=["score"])
    wide = raw.groupby(["province", "component"])["score"].first().unstack().dropna()
    off = wide["digital_government"] * 0.4 + (wide["digital_economy"] + wide["digital_society"]) * 0.3 - wide["overall"]
    assert {"bac-ninh", "bac-giang"} <= set(wide.index) and off.abs().max() < 0.0002


def test_parts_of_the_green_index_add_up(every):
    """The total is the sum of the four; outside the first 30 of 2024 (the 30th has 25.05) every sum is lower."""
    own = every[every["index_id"].eq("pgi")]
    wide = own.dropna(subset=["score"]).groupby(["year", "province", "component"])["score"].first().unstack()
    parts = wide[indices.component_ids("pgi")].dropna().sum(axis=1)
    both = pd.concat([parts, wide["overall"]], axis=1).dropna()
    assert len(both) >= 6 and (both[0] - both["overall"]).abs().max() < 0.035
    outside = parts.loc[2024].drop(["bac-ninh", "hai-duong"])
    assert len(outside) == 33 and outside.max() < 25.05


def test_means_of_the_country_are_no_province(points):
    assert {(m["year"], m["score"]) for m in press.read_means("par")} >= {(2024, 88.37), (2023, 86.98), (2021, 86.37)}
    assert {(m["year"], m["score"]) for m in press.read_means("sipas")} == {(2024, 83.94), (2023, 82.66), (2022, 80.08)}
    assert not points["province_printed"].str.contains("mean").any()


def test_readme_counts_what_is_held(root, scores):
    text = " ".join((root / "README.md").read_text(encoding="utf-8").split())
    n = scores[scores["score"].notna() | scores["rank"].notna()].groupby(["index_id", "year"])["province"].nunique()
    assert f"{n['par', 2024]} provinces of PAR Index 2024 and {n['par', 2023]} of 2023, {n['sipas', 2024]} and {n['sipas', 2023]} of SIPAS" in text
    assert (f"a score or rank of {n['pci', 2021]} provinces in 2021, {n['pci', 2022]} in 2022, {n['pci', 2023]} in 2023 "
            f"and {n['pci', 2024]} in 2024") in text


def test_the_composite_of_pci_2020_is_whole(scores):
    """[17]: 63 rows whose ranks run as the scores do; three pairs share a score, nobody a rank."""
    own = scores.query("index_id == 'pci' and year == 2020").sort_values("rank")
    assert own["rank"].tolist() == list(range(1, 64)) and own["score"].is_monotonic_decreasing
    assert own["score"].duplicated().sum() == 3


LINE = "par,2024,Hà Nội,overall,92.57,3,,https://example.org/x,2026-11-26,"


@pytest.mark.parametrize(("line", "words"), [
    (LINE.replace("par", "pra"), "no such index"), (LINE.replace("overall", "total"), "no such component"),
    (LINE.replace("2026-11-26", "26/11"), "not a day"), (LINE.replace("2024,", "2027,"), "no such edition"),
    (LINE.replace("2024", "24"), "not a year"),
    (LINE.replace("2024", "2011"), "no such edition"), (LINE.replace("92.57", "192.57"), "outside the scale"),
    (LINE.replace(",3,", ",64,"), "not a rank"), (LINE.replace(",3,", ",0,"), "not a rank"), (LINE.replace(",3,", ",third,"), "not a number"),
    (LINE.replace("92.57,3", ","), "neither a score nor a rank"), (LINE.replace("https://example.org/x", "a newspaper"), "not a web address"),
    (LINE.replace("Hà Nội", "Hanoi Times"), "unknown province"), (f"{LINE}\n{LINE}", "twice"), (LINE + ",", "more cells"), ("", "no figure")])
def test_bad_lines_are_refused(tmp_path, line, words):
    path = tmp_path / "points.csv"
    path.write_text(",".join(press.COLUMNS) + f"\n{line}\n", encoding="utf-8")
    with pytest.raises(GovlibError, match=words):
        press.read("par", path)


def test_an_absent_file_says_so(tmp_path):
    with pytest.raises(BadInput, match="no such file"):
        press.read("par", tmp_path / "absent.csv")
