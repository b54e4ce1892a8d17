"""Bad raw files: refused as a whole with file, place and way out, or row by row into rejected_rows.csv."""

from __future__ import annotations

import csv

import pandas as pd
import pytest
from kit.panel import edit, project, restamp, row_of, without_reforms

from govlib.errors import BadInput
from govlib.panel import build as panel


@pytest.fixture
def root(tmp_path, monkeypatch):
    without_reforms(monkeypatch)
    return project(tmp_path, "pci/2019")


@pytest.fixture
def raw(root):
    return root / "data" / "raw"


def build(raw):
    report = panel.build(out=raw.parent / "processed", raw=raw)
    assert report.rows_in == report.accepted + report.rejected
    with (raw.parent / "processed" / "rejected_rows.csv").open(encoding="utf-8", newline="") as handle:
        rejected = list(csv.DictReader(handle))
    scores = pd.read_parquet(raw.parent / "processed" / "scores.parquet")
    assert not scores.duplicated(["province", "year", "index_id", "component"]).any()
    return report, rejected, scores


def reasons(rejected, province):
    return [row["reason"] for row in rejected if row["province"] == province and row["reason_code"].startswith(("bad", "contra"))]


def refused(raw, *words):
    with pytest.raises(BadInput) as caught:
        panel.build(out=raw.parent / "processed", raw=raw)
    for word in words:
        assert word in str(caught.value), (word, str(caught.value))
    assert not (raw.parent / "processed" / "scores.parquet").exists(), "nothing is written when the build fails"


def test_good_edition(raw):
    report, rejected, scores = build(raw)
    assert report.rejected_by.keys() <= {"agrees", "rank_taken", "superseded", "no_score"}
    assert scores.query("component == 'overall' and status == 'published'")["province"].nunique() == 63


# ---- the file -------------------------------------------------------------------------------------------------------

def test_wrong_header(raw):
    def rename(rows):
        rows[0][4] = "points"
    edit(raw / "pci/2019.csv", rename)
    refused(raw, "pci/2019.csv", "column score", "missing", "points", "unknown column")


def test_swapped_columns(raw):
    edit(raw / "pci/2019.csv", lambda rows: [[*row[:4], row[5], row[4], *row[6:]] for row in rows])
    refused(raw, "pci/2019.csv", "columns are swapped", "rank stands where score belongs")


def test_a_line_with_a_cell_too_many(raw):
    path = raw / "pci/2019.csv"
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[2] += ",7"
    path.write_text("\n".join(lines), encoding="utf-8")
    restamp(path)
    refused(raw, "row 3", "12 cells where the header has 11", "quotes")


@pytest.mark.parametrize(("content", "said"), [
    (b"", "the file is empty"), (b"\xef\xbb\xbf\n", "the file is empty"),
    (b"<!DOCTYPE html><html></html>", "a web page"), (b"PK\x03\x04rest", "workbook is truncated"), (b"a,b\n\xff,1\n", "not UTF-8")])
def test_not_a_table(raw, content, said):
    path = raw / "pci/2019.csv"
    path.write_bytes(content)
    restamp(path)
    refused(raw, "pci/2019.csv", said, "→")


def test_header_only(raw):
    edit(raw / "pci/2019.csv", lambda rows: rows[:1])
    refused(raw, "a header and no rows")


def test_wrong_checksum_says_how_to_stamp(raw):
    def change(rows):
        row_of(rows, "bac-ninh", "overall")[4] = "80.79"
    edit(raw / "pci/2019.csv", change, stamp=False)
    refused(raw, "pci/2019.csv", "checksum", "govlib stamp")


def test_no_sidecar(raw):
    (raw / "pci/2019.meta.yaml").unlink()
    refused(raw, "pci/2019.csv", "no sidecar 2019.meta.yaml")


def test_wrong_year(raw):
    (raw / "pci/2019.csv").rename(raw / "pci/2018.csv")
    (raw / "pci/2019.meta.yaml").rename(raw / "pci/2018.meta.yaml")
    refused(raw, "pci/2018.csv", "wrong year", "2019")


def test_file_name_that_is_no_edition(raw):
    (raw / "pci/2019.csv").rename(raw / "pci/2019-final.csv")
    refused(raw, "2019-final.csv", "not an edition")


def test_file_of_another_index(raw):
    (raw / "papi").mkdir()
    for name in ("2019.csv", "2019.meta.yaml"):
        (raw / "pci" / name).rename(raw / "papi" / name)
    refused(raw, "papi/2019.csv", "index 'pci'", "data/raw/pci")


def test_34_provinces_in_an_edition_before_2025(raw, root):
    from govlib.known import provinces

    new = set(provinces.province_set(2025))
    edit(raw / "pci/2019.csv", lambda rows: [rows[0], *(row for row in rows[1:] if row[1] in new)])
    refused(raw, "pci/2019.csv", "34 provinces of 1 July 2025", "63")


def test_province_missing_from_a_full_edition(raw):
    edit(raw / "pci/2019.csv", lambda rows: [row for row in rows if row[1] != "yen-bai"])
    refused(raw, "pci 2019: 62 of 63 provinces have an overall score", "yen-bai", "put the missing rows back")


def test_a_bad_overall_score_of_a_full_edition_stops_the_build_and_says_which(raw):
    def change(rows):
        row_of(rows, "yen-bai", "overall")[4] = "6x"
    edit(raw / "pci/2019.csv", change)
    refused(raw, "62 of 63", "yen-bai", "score: not a number")


# ---- single rows ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "said"), [
    ("seven", "not a number"), ("7.1 points", "not a number"), ("=AVERAGE(B2:B9)", "a formula"), ("inf", "not a number"),
    ("nan", "not a number"), ("0", "a 0 that stands for: not published"), ("0.0", "a 0 that stands for"),
    ("71.2", "outside the scale 1–10 of time_costs"), ("0.4", "outside the scale"), ("-7.1", "outside the scale")])
def test_bad_scores_are_rejected_with_row_and_reason(raw, text, said):
    where = []

    def change(rows):
        row = row_of(rows, "yen-bai", "time_costs")
        row[4] = text
        where.append(rows.index(row) + 1)
    edit(raw / "pci/2019.csv", change)
    report, rejected, scores = build(raw)
    [bad] = [row for row in rejected if row["reason_code"].startswith("bad")]
    assert said in bad["reason"] and "→" in bad["reason"]
    shown = f"'{text}" if text.startswith("=") else text  # a spreadsheet must not run it
    assert (bad["file"], bad["row"], bad["score"]) == ("pci/2019.csv", str(where[0]), shown)
    assert scores.query("province == 'yen-bai' and component == 'time_costs'").empty, "a rejected figure leaves a gap, never a guess"
    [why] = pd.read_parquet(raw.parent / "processed" / "why_missing.parquet").query("province == 'yen-bai' and component == 'time_costs'").itertuples()
    assert why.code == "not_held" and said in why.note, "our file is wrong: that is not what the publisher left out"


def test_decimal_comma_is_read(raw):
    def change(rows):
        row_of(rows, "yen-bai", "time_costs")[4] = "7,25"
    edit(raw / "pci/2019.csv", change)
    _, rejected, scores = build(raw)
    assert not reasons(rejected, "yen-bai")
    assert scores.query("province == 'yen-bai' and component == 'time_costs'")["score"].item() == 7.25


@pytest.mark.parametrize(("column", "value", "said"), [
    (0, "Yên Bài Mới", "unknown province"), (1, "lao-cai", "the printed name 'Yen Bai' is yen-bai"),
    (2, "time_cost", "pci has no such component in 2019"), (2, "implementation", "pci has no such component in 2019"),
    (3, "dimension", "unknown level"), (5, "99", "not a rank"), (5, "4.5", "not a rank"), (5, "first", "not a rank"),
    (8, "hearsay", "not in the catalogue")])
def test_other_bad_cells(raw, column, value, said):
    def change(rows):
        row = row_of(rows, "yen-bai", "time_costs")
        row[column] = value
        if column == 0:
            row[1] = ""
    edit(raw / "pci/2019.csv", change)
    report, rejected, _ = build(raw)
    [bad] = [row for row in rejected if row["reason_code"].startswith("bad")]
    assert said in bad["reason"]


def test_ranks_begin_at_one_and_scores_end_with_their_scale(raw):
    """All at once: what lies just outside is rejected, what lies just inside, or beyond it by rounding only, is taken."""
    def change(rows):
        for province, score, rank in (("yen-bai", "5", "0"), ("lao-cai", "5", "65"), ("an-giang", "5", "-1"), ("ha-noi", "10.01", ""), ("hai-phong", "0.99", ""),
                                      ("bac-ninh", "5", "64"), ("bac-kan", "10.004", "1"), ("ben-tre", "0.996", "63"), ("ca-mau", "10", ""), ("can-tho", "1", "")):
            row_of(rows, province, "time_costs")[4:6] = [score, rank]
    edit(raw / "pci/2019.csv", change)
    _, rejected, scores = build(raw)
    assert {row["province"] for row in rejected if row["reason_code"].startswith("bad")} == {"yen-bai", "lao-cai", "an-giang", "ha-noi", "hai-phong"}
    taken = scores.query("component == 'time_costs'").set_index("province")
    assert taken.loc[["bac-ninh", "bac-kan", "ben-tre"], "rank"].tolist() == [64, 1, 63]
    assert taken.loc[["bac-kan", "ben-tre", "ca-mau", "can-tho"], "score"].tolist() == [10.004, 0.996, 10.0, 1.0]


def test_province_of_another_time(raw):
    def change(rows):
        rows.append([*row_of(rows, "ha-noi", "time_costs")])
        rows[-1][:2] = ["Hà Tây", "ha-tay"]
    edit(raw / "pci/2019.csv", change)
    _, rejected, scores = build(raw)
    assert any("2019 edition" in row["reason"] for row in rejected if row["province_printed"] == "Hà Tây")
    assert "ha-tay" not in set(scores["province"])


def test_province_twice_with_two_scores_is_believed_in_neither(raw):
    def change(rows):
        rows.append([*row_of(rows, "yen-bai", "time_costs")])
        rows[-1][4] = "9.9"
    edit(raw / "pci/2019.csv", change)
    _, rejected, scores = build(raw)
    said = reasons(rejected, "yen-bai")
    assert len(said) == 2 and all("province twice" in text and "9.9" in text for text in said)
    assert scores.query("province == 'yen-bai' and component == 'time_costs'").empty
    why = pd.read_parquet(raw.parent / "processed" / "why_missing.parquet").query("province == 'yen-bai' and component == 'time_costs'")
    assert why["code"].tolist() == ["disputed"]


def test_province_twice_with_the_same_score_counts_once(raw):
    edit(raw / "pci/2019.csv", lambda rows: rows.append([*row_of(rows, "yen-bai", "time_costs")]))
    report, rejected, scores = build(raw)
    assert report.rejected_by["repeated"] == 1
    assert len(scores.query("province == 'yen-bai' and component == 'time_costs'")) == 1


def test_the_better_source_wins_and_the_other_is_kept_with_the_difference(raw):
    def change(rows):
        row_of(rows, "yen-bai", "time_costs")[4] = "7.20"
        for text in ("7.2", "7.9"):
            rows.append([*row_of(rows, "yen-bai", "time_costs")])
            rows[-1][4], rows[-1][8] = text, "pci-site-profiles" if text == "7.2" else "bac-ninh-published"
    edit(raw / "pci/2019.csv", change)
    _, rejected, scores = build(raw)
    cell = scores.query("province == 'yen-bai' and component == 'time_costs'").iloc[0]
    assert cell["source"] == "pci-workbook-2019"
    mine = {row["source"]: row for row in rejected if row["province"] == "yen-bai" and row["component"] == "time_costs"}
    assert mine["pci-site-profiles"]["reason_code"] == "agrees"
    assert mine["bac-ninh-published"]["reason_code"] == "superseded" and "+0.7" in mine["bac-ninh-published"]["reason"]


def test_all_bad_rows_are_reported_at_once(raw):
    def change(rows):
        row_of(rows, "yen-bai", "time_costs")[4] = "x"
        row_of(rows, "lao-cai", "time_costs")[4] = "0"
        row_of(rows, "an-giang", "land_access")[4] = "11"
        row_of(rows, "an-giang", "land_access")[5] = "x"
    edit(raw / "pci/2019.csv", change)
    _, rejected, _ = build(raw)
    bad = {row["province"]: row["reason"] for row in rejected if row["reason_code"].startswith("bad")}
    assert set(bad) == {"yen-bai", "lao-cai", "an-giang"}
    assert "scale" in bad["an-giang"] and "rank" in bad["an-giang"], "two faults of one row are both named"


def test_nothing_is_replaced_when_a_later_build_fails(raw):
    build(raw)
    out = raw.parent / "processed"
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    edit(raw / "pci/2019.csv", lambda rows: rows[:1])
    with pytest.raises(BadInput):
        panel.build(out=out, raw=raw)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
