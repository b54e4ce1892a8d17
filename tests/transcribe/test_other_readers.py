"""DTI, ICT Index, PAR INDEX, SIPAS: figures as the pages print them."""

from __future__ import annotations

import csv
import hashlib

import pandas as pd
import pytest
from kit import originals

from govlib.errors import BadInput, GovlibError
from govlib.known import indices, provinces
from govlib.transcribe import dti, par, points, sipas

# index, edition, province, component, printed score, printed rank, where it is printed
PRINTED = [
    ("dti", 2020, "bac-ninh", "overall", 0.4096, 3),  # en.dangcongsan.vn
    ("dti", 2020, "bac-ninh", "digital_government", 0.4449, 8),
    ("dti", 2020, "bac-ninh", "digital_economy", 0.3668, 2),
    ("dti", 2020, "bac-ninh", "digital_society", 0.4052, 2),
    ("dti", 2020, "da-nang", "overall", 0.4874, 1),
    ("dti", 2021, "thanh-hoa", "overall", 0.4880, 12),  # baomoi.net.vn
    ("dti", 2022, "tra-vinh", "overall", 0.6077, 25),  # travinh.gov.vn
    ("dti", 2022, "da-nang", "overall", 0.8002, 1),  # dti.gov.vn/xep-hang-2022
    ("dti", 2022, "can-tho", "cyber_security", 0.7226, None),
    ("dti", 2022, "bac-ninh", "overall", None, 7),  # en.nhandan.vn
    ("dti", 2023, "ha-noi", "overall", None, 6),  # nguoihanoi.vn
    ("ict", 2016, "da-nang", "overall", 0.83, 1),  # baodanang.vn
    ("ict", 2019, "thua-thien-hue", "overall", 0.8046, 2),  # cand.com.vn
    ("ict", 2017, "lang-son", "it_application", 0.476, 53),  # vinhphuc.gov.vn
    ("par", 2019, "quang-ninh", "overall", 90.09, 1),  # news.gov.vn
    ("par", 2020, "hai-phong", "overall", 90.51, 2),
    ("par", 2020, "hai-phong", "leadership_survey_score", 19.45, None),
    ("par", 2021, "bac-ninh", "overall", None, 32),  # stttt.bacninh.gov.vn
    ("par", 2021, "bac-ninh", "modernisation", 13.98, 12),
    ("par", 2023, "bac-giang", "overall", 91.16, 4),  # baochinhphu.vn
    ("sipas", 2019, "quang-ninh", "overall", 95.26, 1),  # vietnamnet.vn
    ("sipas", 2021, "ba-ria-vung-tau", "overall", 86.72, 38),  # baobariavungtau.com.vn
    ("sipas", 2020, "bac-ninh", "overall", None, 7),  # thitruonghanghoa.com
    ("sipas", 2021, "bac-ninh", "feedback_handling", None, 9),
]


def shipped(root, index_id, year):
    return pd.read_csv(root / "data" / "raw" / index_id / f"{year}.csv", dtype={"rank": "Int64"})


@pytest.mark.parametrize(("index_id", "year", "province", "component", "score", "rank"), PRINTED)
def test_shipped_figures_are_the_printed_ones(root, index_id, year, province, component, score, rank):
    rows = shipped(root, index_id, year).query("province == @province and component == @component")
    assert len(rows) >= 1
    if score is not None:
        assert score in rows["score"].tolist()
    if rank is not None:
        assert set(rows["rank"].dropna()) == {rank}


def test_bac_ninh_dti_2022_to_2024(root):
    got = {y: shipped(root, "dti", y).query("province == 'bac-ninh' and component == 'overall'")["score"].dropna().tolist()
           for y in (2022, 2023, 2024)}
    assert got == {2022: [0.6736, 0.6736], 2023: [0.7115], 2024: [0.7364]}  # 2022: the table and viet-jo.com


def test_dti_has_all_provinces_from_2022_and_two_readings_agree(shared, root):
    for year in (2022, 2023, 2024):
        total = shipped(root, "dti", year).query("source == 'dti-2022-2024' and component == 'overall'")
        assert sorted(total["province"]) == list(provinces.province_set(year))
    table, page = dti.read_table(shared / dti.TABLE), dti.read_rank_page(shared / dti.RANK_PAGE)
    both = table.merge(page, on=["year", "province", "component"]).dropna(subset=["score_x", "score_y"])
    assert len(both) == 25 and (both["score_x"] == both["score_y"]).all()  # five provinces, total and four indices
    totals = table[(table["year"] == 2022) & (table["component"] == "overall")].set_index("province")["score"]
    ranks = page[page["component"] == "overall"].set_index("province")["rank"]
    assert (totals.rank(ascending=False, method="min") - ranks.astype(float)).abs().max() == 0


def test_activity_indices_are_not_the_pillars(root):
    rows = shipped(root, "dti", 2022).query("province == 'tra-vinh'").dropna(subset=["score"]).set_index("component")["score"]
    assert rows["digital_economy"] == 0.6647 and rows["digital_economy_activity"] != 0.6647


def test_par_2020_parts_add_up_to_the_printed_points(root):
    rows = shipped(root, "par", 2020).pivot_table(index="province", columns="component", values="score")
    parts = [c for c in rows if c != "overall"]
    whole = rows.dropna()
    assert len(parts) == 4 and len(whole) == 10
    assert (whole["overall"] - whole[parts].sum(axis=1)).abs().max() <= 0.011


def test_means_are_kept_apart_from_provinces(root):
    for index_id, year, area, value in (("par", 2019, "national", 81.15), ("par", 2019, "red-river-delta", 82.95),
                                        ("sipas", 2018, "national", 82.99), ("dti", 2021, "national", 0.4014)):
        means = pd.read_csv(root / "data" / "raw" / index_id / "national.csv")
        row = means[(means["year"] == year) & (means["area"] == area)]
        assert row["score"].tolist() == [value] and row["locator"].str.startswith("http").all()
        if (root / "data" / "raw" / index_id / f"{year}.csv").exists():
            assert "mean" not in " ".join(shipped(root, index_id, year)["province_printed"]).lower()


def test_the_provinces_own_survey_is_not_an_index(root):
    rows = pd.read_csv(root / "data" / "raw" / "institute_reported" / "2021.csv")
    assert sorted(rows["score"]) == [94.83, 96.55, 98.03, 98.52]
    assert "institute_reported" not in indices.INDICES


@pytest.mark.parametrize("index_id", ["dti", "ict", "par", "sipas"])
def test_every_row_is_in_the_definitions(root, index_id):
    files = sorted((root / "data" / "raw" / index_id).glob("[0-9]*.csv"))
    assert files
    for path in files:
        year = int(path.stem)
        rows = shipped(root, index_id, year)
        assert set(rows["component"]) <= {"overall", *indices.component_ids(index_id, year)}
        assert set(rows["province"]) <= set(provinces.province_set(year))
        assert (rows["locator"].str.len() > 0).all()
        assert (rows["score"].notna() | rows["note"].notna()).all()
        low, high, unit = indices.scale(index_id, "overall", year)
        total = rows[rows["component"] == "overall"]
        assert set(total["unit"]) <= {unit} and total["score"].dropna().between(low, high).all()
        assert hashlib.sha256((path).read_bytes()).hexdigest() in path.with_suffix(".meta.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", [dti, par, sipas])
def test_shipped_files_follow_from_the_originals(shared, root, tmp_path, module):
    for path in module.transcribe(shared, tmp_path):
        mine = path.relative_to(tmp_path)
        assert path.read_bytes() == (root / "data" / "raw" / mine).read_bytes(), mine
        beside = mine.with_suffix(".meta.yaml")
        if mine.name != "national.csv":
            assert (tmp_path / beside).read_bytes() == (root / "data" / "raw" / beside).read_bytes(), beside


# --- bad input -------------------------------------------------------------------------------------------------------

def lines(path):
    with path.open(encoding="utf-8-sig", newline="") as f:
        return list(csv.reader(f))


def saved(tmp_path, rows):
    path = tmp_path / "edited.csv"
    with path.open("w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows(rows)
    return path


def _set(row, column, value):
    def change(rows):
        rows[row][column] = value
    return change


SPOILED_TABLE = {
    "unknown province": (_set(1, 0, "Hà Bắc Ninh"), "unknown province"),
    "province twice": (_set(2, 0, "TP. Đà Nẵng"), "twice"),
    "province missing": (lambda rows: rows.pop(5), "missing"),
    "out of scale": (_set(1, 1, "80.02"), "outside the scale"),
    "text": (_set(1, 1, "cao"), "not a number"),
    "a year": (_set(1, 6, "22"), "not a year"),
    "header": (_set(0, 1, "Total"), "wrong header|not the expected"),
    "34 provinces in 2025": (lambda rows: [_set(i, 6, "2025")(rows) for i in range(1, 64)], "2025"),
    "a cell too many": (lambda rows: rows[3].append("1"), "cells"),
}


@pytest.mark.parametrize("case", SPOILED_TABLE)
def test_spoiled_dti_tables_are_refused(tmp_path, case):
    change, words = SPOILED_TABLE[case]
    originals.dti_table(tmp_path / "t.csv")
    rows = lines(tmp_path / "t.csv")
    change(rows)
    with pytest.raises(GovlibError, match=words):
        dti.read_table(saved(tmp_path, rows))


def test_a_dti_table(tmp_path):
    truth = originals.dti_table(tmp_path / "t.csv")
    table = dti.read_table(tmp_path / "t.csv")
    assert {(r.province, r.year, r.component): r.score for r in table.itertuples()} == truth, "commas too"
    row = table.query("province == 'ha-giang' and year == 2023 and component == 'infrastructure'").iloc[0]
    assert row["locator"] == "t.csv row 66 HaTangSo" and row["source"] == "dti-2022-2024" and set(table["unit"]) == {"index points"}
    assert "digital_government_activity" in set(table["component"]) and "digital_government" not in set(table["component"])


def test_a_rank_page(tmp_path):
    ranks = originals.dti_rank_page(tmp_path / "p.csv")
    table = dti.read_rank_page(tmp_path / "p.csv")
    overall = table[table["component"] == "overall"].set_index("province")
    assert overall["rank"].to_dict() == ranks and (overall["score"].notna() == (overall["rank"] < 6)).all()
    assert overall.loc[overall["score"].isna(), "note"].eq("score not published on this page").all()
    assert table.groupby("province").size().value_counts().to_dict() == {1: 58, 9: 5}
    rows = lines(tmp_path / "p.csv")
    _set(3, 2, "9")(rows)
    with pytest.raises(BadInput, match="ranks do not run"):
        dti.read_rank_page(saved(tmp_path, rows))


POINTS = """index,year,province,value,rank,component,source_url
DTI,2020,Bắc Ninh,"0,4096",3,total,https://x.vn/1
DTI,2020,Bắc Ninh,0.4449,8,digital government pillar,https://x.vn/1
DTI,2021,63-province mean,0.4014,,total,https://x.vn/2
ICT Index,2019,TT-Huế,0.8046,>30,total,https://x.vn/3
"""
PAR = """year,province,par_index_percent,rank,appraised_score,satisfaction_sipas_score,leadership_survey_score,socio_economic_impact_score,source_url
2020,Hải Phòng,90.51,2,60.1,8.9,19.45,2.06,https://x.vn/1
2021,BRVT,,32,,,,,https://x.vn/2
2019,Red River Delta mean,82.95,,,,,,https://x.vn/3
"""
SIPAS = """year,province,sipas_percent,rank,source_url
2019,Quảng Ninh,95.26,1,https://x.vn/1
2019,national mean,82.99,,https://x.vn/1
"""


def written(tmp_path, text):
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    return path


def told(table):
    return {(r.year, r.province, r.component): (None if pd.isna(r.score) else r.score, None if pd.isna(r.rank) else r.rank, r.unit)
            for r in table.itertuples()}


def test_points(tmp_path):
    points = dti.read_points(written(tmp_path, POINTS))
    assert told(points["dti"][0]) == {(2020, "bac-ninh", "overall"): (0.4096, 3, "index points"),
                                      (2020, "bac-ninh", "digital_government"): (0.4449, 8, "index points")}
    assert [(m["area"], m["year"], m["score"]) for m in points["dti"][1]] == [("national", 2021, 0.4014)]
    assert told(points["ict"][0]) == {(2019, "thua-thien-hue", "overall"): (0.8046, None, "index points")}
    assert points["ict"][0]["note"].tolist() == ["rank printed as >30"] and set(points["ict"][0]["source"]) == {"ict-press"}
    table, means = par.read(written(tmp_path, PAR))
    assert told(table) == {(2020, "hai-phong", "overall"): (90.51, 2, "percent"), (2020, "hai-phong", "appraised_score"): (60.1, None, "points"),
                           (2020, "hai-phong", "sipas_score"): (8.9, None, "points"),
                           (2020, "hai-phong", "leadership_survey_score"): (19.45, None, "points"),
                           (2020, "hai-phong", "socio_economic_impact_score"): (2.06, None, "points"),
                           (2021, "ba-ria-vung-tau", "overall"): (None, 32, "percent")}
    assert [(m["area"], m["score"], m["locator"]) for m in means] == [("red-river-delta", 82.95, "https://x.vn/3")]
    table, means = sipas.read(written(tmp_path, SIPAS))
    assert told(table) == {(2019, "quang-ninh", "overall"): (95.26, 1, "percent")} and len(means) == 1


@pytest.mark.parametrize(("read", "text", "words"), [
    (dti.read_points, POINTS.replace("ICT Index", "XYZ"), "row 5.*unknown index"), (dti.read_points, POINTS.replace(",3,", ",99,"), "row 2.*not a rank"),
    (dti.read_points, POINTS.replace(",3,", ",0,"), "row 2.*not a rank"), (dti.read_points, POINTS.replace("0.8046", "8.046"), "outside the scale 0–1"),
    (dti.read_points, POINTS.replace("pillar", "column"), "unknown index or component"), (par.read, PAR.replace("90.51", "905.1"), "row 2, column par_index_percent"),
    (par.read, PAR + "2020,TP Hải Phòng,90.51,2,,,,,https://x.vn/1\n", "twice"), (sipas.read, SIPAS.replace("national", "somewhere"), "unknown province"),
    (sipas.read, SIPAS.splitlines()[0], "no figure"), (sipas.read, "", "empty"), (par.read, "<html></html>", "wrong header"), (par.read, "\0", ".")])
def test_spoiled_points(tmp_path, read, text, words):
    with pytest.raises(GovlibError, match=words):
        read(written(tmp_path, text))


def test_files_that_are_no_points(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xff\xfe\x00")
    for module in (par, sipas):
        with pytest.raises(BadInput, match="UTF-8"):
            module.read(path)
        with pytest.raises(BadInput, match="no such file"):
            module.read(tmp_path / "absent.csv")


def test_the_ranking_of_it_application(tmp_path):
    table = dti.read_it_application(written(tmp_path, "province,year,rank,score,source_url\nLạng Sơn,2017,53,0.476,https://x.vn/1\n"))
    assert told(table) == {(2017, "lang-son", "it_application"): (0.476, 53, "index points")} and "not the ICT Index" in table["note"].item()


def test_means_are_written_apart_with_their_pages(tmp_path):
    means = par.read(written(tmp_path, PAR))[1]
    text = points.write_means(means, tmp_path, "par").read_text(encoding="utf-8")
    assert text == f"{','.join(points.MEAN_COLUMNS)}\n2019,red-river-delta,overall,overall,82.95,percent,par-press,https://x.vn/3,\n"
    assert points.write_means([], tmp_path, "sipas") is None and not (tmp_path / "sipas").exists()
