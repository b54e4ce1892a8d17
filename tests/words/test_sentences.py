"""Numbers and sentences in both languages, made from figures that were printed elsewhere."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from govlib.errors import BadInput, UnknownName
from govlib.known import indices
from govlib.words import glossary, headlines, wording

# PCI 2019 of Bắc Ninh as printed: 70.79 points, rank 4; 2018: 64.50, rank 15 (pcivietnam.vn; bacninh.gov.vn)
PCI_2019 = {"index": "PCI", "year": 2019, "score": 70.79, "previous_year": 2018, "change": 6.29, "comparable": True, "threshold": 2.5,
            "ratio": 6.29 / 2.5, "rank": 4, "of": 63, "previous_rank": 15}


def digits(text: str) -> list[str]:
    return re.findall(r"\d+(?:[.,]\d+)?", text)


@pytest.mark.parametrize(("x", "vi", "en"), [(6.29, "6,29", "6.29"), (-0.37, "−0,37", "−0.37"), (-0.001, "0,00", "0.00"),
                                             (1234.5, "1234,50", "1234.50"), (0, "0,00", "0.00")])
def test_number_has_the_language_s_decimal_sign(x, vi, en):
    assert wording.number(x, "vi") == vi
    assert wording.number(x, "en") == en


@pytest.mark.parametrize("x", [None, float("nan"), np.nan, pd.NA, np.float64("nan")])
def test_missing_is_a_dash_never_a_number(x):
    assert wording.number(x, "vi") == "–" == wording.signed(x, "en")
    assert wording.rank(x, 63, "en") == "rank not published"


def test_signs_are_always_written():
    assert wording.signed(0.5, "vi", 1) == "+0,5"
    assert wording.signed(-0.5, "en", 1) == "−0.5"
    assert wording.signed(0.001, "en") == "0.00"


def test_headline_says_change_before_rank():
    vi, en = headlines.score_finding(PCI_2019, "vi"), headlines.score_finding(PCI_2019, "en")
    assert vi == ("PCI 2019 đạt 70,79 điểm, tăng 6,29 điểm so với 2018, vượt ngưỡng dao động ngẫu nhiên (±2,50); "
                  "xếp thứ 4/63, lên 11 bậc.")
    assert en == ("PCI 2019 stands at 70.79 points, up 6.29 points on 2018, beyond the range of chance (threshold ±2.50); "
                  "rank 4 of 63, up 11 places.")
    assert vi.index("tăng") < vi.index("thứ 4/63")


def test_no_change_is_given_across_a_break():
    f = PCI_2019 | {"year": 2018, "index": "PAPI", "comparable": False, "break_note": "từ sáu lên tám nội dung"}
    text = headlines.score_finding(f, "vi")
    assert "tăng" not in text
    assert "6,29" not in text
    assert "không so sánh được với 2018 vì từ sáu lên tám nội dung" in text


def test_no_score_says_why_and_keeps_the_rank():
    f = {"index": "SIPAS", "year": 2021, "score": None, "rank": 7, "of": 63, "reason": "nguồn chỉ nêu thứ hạng"}
    assert headlines.score_finding(f, "vi") == "SIPAS 2021: không có điểm công bố; thứ 7/63 (nguồn chỉ nêu thứ hạng)."


@pytest.mark.parametrize(("ratio", "vi"), [(0.2, "trong ngưỡng"), (1.0, "trong ngưỡng"), (1.01, "vượt ngưỡng"), (2.5, "vượt ngưỡng")])
def test_reading_rule(ratio, vi):
    assert headlines.size(ratio, "vi").startswith(vi)
    assert "chưa đủ kỳ đánh giá" in headlines.size(None, "vi")


def test_a_change_without_a_threshold_is_not_called_large():
    text = headlines.score_finding(PCI_2019 | {"ratio": None, "threshold": None}, "en")
    assert "too few editions under one method" in text
    assert "more than" not in text
    assert "too few" not in headlines.score_finding(PCI_2019 | {"ratio": None, "previous_year": 2016}, "en")


@pytest.mark.parametrize(("before", "now", "en"), [(15, 4, "up 11 places"), (4, 5, "down 1 place"), (7, 7, "same rank"), (None, 7, "")])
def test_rank_change_counts_towards_the_first(before, now, en):
    assert wording.rank_change(before, now, "en") == en


def test_movers_name_the_largest_and_count_the_comparable():
    text = headlines.movers_finding(headlines.Moved("PCI", 2020, 2019, [("Chi phí thời gian", 1.19)],
                                                    [("Tính minh bạch", -1.68), ("Cạnh tranh bình đẳng", -1.05)], components=10), "vi")
    assert text == ("PCI 2020 so với 2019 (3/10 thành phần so sánh được): 1/3 thành phần tăng: Chi phí thời gian (+1,19); "
                    "2/3 thành phần giảm, nhiều nhất là Tính minh bạch (−1,68).")
    last = [headlines.movers_finding(headlines.Moved("PCI", 2020, 2019, [("a", 1.19)], [("b", -1.68)], beyond=b), "en").split("; ")[-1] for b in ([("b", -1.68)], [], None)]
    assert last == ["beyond the range of chance: b (−1.68).", "none beyond the range of chance.", "1 of 2 components fell: b (−1.68)."]


def test_one_component_beyond_its_threshold_is_weak_news():
    """1 − 0.95¹⁰ = 40 %; said where one or two of many are beyond, not where many are."""
    ten = [(f"c{i}", 0.5) for i in range(10)]
    said = [headlines.movers_finding(headlines.Moved("PCI", 2019, 2018, ten, beyond=ten[:n]), "en") for n in (0, 1, 2, 3)]
    assert ["40%" in s for s in said] == [False, True, True, False]
    assert "c0 (+0.50)" in said[1] and "most of all" not in said[1] and "most of all c0 (+0.50)" in said[0]


@pytest.mark.parametrize("make", [
    lambda lang: headlines.score_finding(PCI_2019, lang),
    lambda lang: headlines.movers_finding(headlines.Moved("PCI", 2019, 2018, [("a", 1.25)], [("b", -0.5)], 1), lang),
    lambda lang: headlines.place_finding({"index": "PCI", "year": 2019, "gap": 5.66, "median": 65.13, "region": "x",
                                        "region_rank": 2, "region_of": 11}, lang)])
def test_both_languages_say_the_same_numbers(make):
    assert [d.replace(",", ".") for d in digits(make("vi"))] == [d.replace(",", ".") for d in digits(make("en"))]


def test_marks_wrap_every_number_with_its_key():
    seen = {}
    text = headlines.score_finding(PCI_2019, "vi", lambda t, key: seen.setdefault(key, t) and f"[{key}]")
    assert seen == {"score": "70,79", "change": "6,29", "threshold": "2,50", "rank": "thứ 4/63", "previous_rank": "lên 11 bậc"}
    assert digits(text) == ["2019", "2018"]


def test_terms_exist_in_both_languages():
    assert {"pci", "papi", "threshold", "median"} <= {t.id for t in glossary.terms()}
    assert all(t.meaning_vi and t.meaning_en for t in glossary.terms())


def test_unknown_label_and_language():
    with pytest.raises(UnknownName, match="col.scoer"):
        wording.label("col.scoer")
    with pytest.raises(BadInput, match="vi, en"):
        wording.number(1.0, "en") and wording.change(1.0, "fr")


def test_confidence_and_status_words_cover_what_the_tables_hold():
    from govlib.known import departments
    from govlib.known.reforms import CONFIDENCE

    for key in [*(f"confidence.{c}" for c in CONFIDENCE), *(f"status.{s}" for s in departments.STATUSES), "basis.source", "basis.assumption"]:
        assert wording.label(key, "vi") != wording.label(key, "en")
    assert indices.INDICES  # the registry that the words name
