"""What the page of operations says of few months, missing months and adoption, on small made-up forms (SYNTHETIC) of known truth."""

from __future__ import annotations

import re

import numpy as np
import pytest
from kit.filled import filled

from govlib.institute import operations
from govlib.institute.operations import form, page
from govlib.publish import show
from govlib.run.rounds import operations as rounds
from govlib.run.rounds.held import Round
from govlib.words.tables import phrase

META = {"province": "Bắc Ninh", "first_month": "2022-01", "producer": "", "source": ""}
FIRST = operations.code("2022-01")
NOISE = np.random.default_rng(5).normal(0, 2.5, 60)
LANGS = pytest.mark.parametrize("lang", ["vi", "en"])


def months(shares, unit="Sở Nội vụ", start="2022-01", received=1000, adopted="", blank=(), service="feedback"):
    """One row a month: its share on time in per cent; ``blank``: months without figures, counted from 0."""
    rows = [{"month": operations.month_text(operations.code(start) + i), "unit": unit, "service": service, "adopted": adopted, "received": received,
             "resolved": received, "on_time": round(received * share / 100)} for i, share in enumerate(shares)]
    for i in blank:
        rows[i] = {key: rows[i][key] for key in ("month", "unit", "service", "adopted")} | {"note": "mất số liệu"}
    return rows


def of(tmp_path, *units):
    rows = [row for unit in units for row in unit]
    return operations.read(filled(tmp_path, META | {"last_month": max(row["month"] for row in rows)}, form.COLUMNS, rows))


def adopting(n, change=lambda k: 0.0, **also):
    """Shares near 70 % for n months, and n more that differ from them by ``change`` of the month."""
    return months([70 + NOISE[i] + (change(i - n) if i >= n else 0) for i in range(2 * n)], adopted=operations.month_text(FIRST + n), **also)


def found(ops, lang="en"):
    return page.findings(ops, operations.interruptions(ops), operations.changes(ops), lang)


def said(key, lang="en", **values):
    text = phrase(f"operations_page.{key}", lang, **values)
    return text[0].upper() + text[1:].rstrip(".") + "."


def text(piece):
    return re.sub(r"<[^>]*>", " ", str(piece))


# ---- a page of any form ----------------------------------------------------------------------------------------------

@LANGS
@pytest.mark.parametrize("unit", [months(70 + NOISE[:24]), adopting(12)])
def test_a_form_where_nothing_is_sure_has_a_page(tmp_path, unit, lang):
    ops = of(tmp_path, unit)
    whole = " ".join(text(piece) for piece in page.pieces(ops, lang)[0])
    told = said("other_series_no_evidence", lang, rest=1) if unit[0]["adopted"] else phrase("operations_page.no_unit_has_adoption", lang)
    assert found(ops, lang) == [told] and told in whole


def test_where_no_month_has_all_units_there_is_a_page(tmp_path):
    ops = of(tmp_path, months([70] * 4, blank=(0, 1)), months([80] * 4, unit="Sở Tài chính", blank=(2, 3)))
    whole = " ".join(text(piece) for piece in page.pieces(ops, "en")[0])
    assert "all units (0 months)" in whole and "Department of Home Affairs (2 months)" in whole


def test_what_is_to_be_looked_at_again_stands_there_in_the_page_s_language(tmp_path):
    """A Vietnamese page gave it in English."""
    ops = of(tmp_path, months([70] * 12, blank=(3,)))
    for lang, words in (("en", "1 months without figures, as their notes say (first: Sở Nội vụ 2022-04: mất số liệu)"),
                        ("vi", "1 tháng không có số liệu, có ghi lý do (đầu tiên: Sở Nội vụ 2022-04: mất số liệu)")):
        assert words in " ".join(text(piece) for piece in page.pieces(ops, lang)[0])


# ---- sums of months, and how many they are of ------------------------------------------------------------------------

def gaps(tmp_path):
    """A sends 100 a month; B 10, in nine of twelve months."""
    return of(tmp_path, months([80] * 12, received=100), months([80] * 12, unit="Sở Tài chính", received=10, blank=(3, 4, 5)))


def test_a_sum_that_lacks_a_month_is_not_given(tmp_path):
    got = operations.summary(gaps(tmp_path)).query("indicator == 'received'").set_index("unit")
    assert np.isnan([got.loc["", "value"], got.loc["so-tai-chinh", "value"], got.loc["", "top"]]).all() and got.loc["so-noi-vu", "value"] == 1200
    assert got["months"].tolist() == [9, 12, 9] and (got["window"] == 12).all()


def test_a_unit_that_began_within_the_months_is_summed_from_there(tmp_path):
    new = months([80] * 4, unit="Sở Tài chính", start="2022-09", received=10, adopted="2022-09")
    got = operations.summary(of(tmp_path, months([80] * 12, received=100), new)).query("indicator == 'received'").set_index("unit")
    assert got["value"].to_dict() == {"": 1240, "so-noi-vu": 1200, "so-tai-chinh": 40} and got.loc["so-tai-chinh", "months"] == 4


def test_a_month_without_a_case_is_a_month_with_figures(tmp_path):
    rows = months([80] * 12, received=10)
    rows[3] |= {"received": 0, "resolved": 0, "on_time": 0}
    got = operations.summary(of(tmp_path, rows)).query("unit != ''").set_index("indicator")
    assert got["months"].to_dict() == {"on_time": 12, "received": 12} and got["value"].to_dict() == {"on_time": 80, "received": 110}


@LANGS
def test_a_row_of_fewer_months_says_so(tmp_path, lang):
    ops = gaps(tmp_path)
    table = page.summary_table(ops, operations.summary(ops), "feedback", lang)
    nine = {"vi": " (9 tháng)", "en": " (9 months)"}[lang]
    assert [str(name).endswith(nine) for name in table["df"].iloc[:, 0]] == [True, False, True] and "12" in table["caption"]
    assert table["note"] == phrase("operations_page.fewer_months_note", lang)
    received = phrase("operations.indicator.received", lang)
    assert np.isnan(table["df"][received]).tolist() == [True, False, True] and ">1200<" in str(page.show.table_html(**table))
    whole = of(tmp_path, months([80] * 12))
    assert page.summary_table(whole, operations.summary(whole), "feedback", lang)["note"] is None


def test_where_one_indicator_has_fewer_months_it_is_named(tmp_path):
    rows = months([80] * 12)
    for row in rows[:5]:
        row |= {"resolved": "", "on_time": "", "note": "mất số liệu"}
    ops = of(tmp_path, rows)
    names = page.summary_table(ops, operations.summary(ops), "feedback", "en")["df"].iloc[:, 0].tolist()
    assert names == ["all units (Share settled on time: 7 months)", "Department of Home Affairs (Share settled on time: 7 months)"]


@LANGS
def test_the_round_gives_no_part_of_a_sum(tmp_path, lang):
    ops = gaps(tmp_path)
    here = Round(ops, rounds.figures(ops), ops.path, 2022, 2022, "bac-ninh")
    assert {key: cells.get("received") for key, cells in here.figures.items()} == {
        "feedback/all": None, "feedback/so-noi-vu": 1200, "feedback/so-tai-chinh": None}
    (total,), units = (rounds.tables(here, lang)[0]["df"].to_dict("records"), rounds.annex(here, lang)[0]["df"].to_dict("records"))
    received, nine = phrase("rounds.received", lang), {"vi": "(9 tháng)", "en": "(9 months)"}[lang]
    assert total[received] == "–" and nine in text(total[phrase("rounds.service", lang)]).replace(" 9 ", "9")
    assert sorted(text(row[received]).strip() for row in units) == ["1200", "–"]
    card = rounds.card(here, lang)
    assert text(card.value).strip() in ("80,0", "80.0") and "–" not in text(card.note).replace(phrase("operations.service.feedback", lang), "")
    assert str(card.note) == phrase("rounds.card_service_gap", lang, service=phrase("operations.service.feedback", lang))


def test_a_card_of_no_month_says_so(tmp_path):
    ops = of(tmp_path, months([70] * 4, blank=(0, 1)), months([80] * 4, unit="Sở Tài chính", blank=(2, 3)))
    here = Round(ops, rounds.figures(ops), ops.path, 2022, 2022, "bac-ninh")
    assert str(rounds.card(here, "en").note) == "No month has figures from every unit" and not rounds.tables(here, "en")


# ---- what the figure says --------------------------------------------------------------------------------------------

@LANGS
def test_four_months_that_fall_did_not_keep_their_level(tmp_path, lang):
    ops = of(tmp_path, months([99, 60, 20, 5]))
    shown = page.figure(ops, operations.monitor(ops, "feedback", "on_time"), lang)
    assert {"vi": "chưa đủ số liệu để biết mức có đổi hay không", "en": "not enough figures to say whether the level changed"}[lang] in shown["title"]
    assert shown["note"] == phrase("operations_page.no_limits", lang) and not shown["measure"].rstrip().endswith(";")
    steady = of(tmp_path, months(70 + NOISE[:24]))
    assert {"vi": "không đổi mức", "en": "kept its level"}[lang] in page.finding(steady, operations.monitor(steady, "feedback", "on_time"), lang)


# ---- adoption --------------------------------------------------------------------------------------------------------

@LANGS
def test_adopted_with_too_few_months_is_not_adopted_by_none(tmp_path, lang):
    ops = of(tmp_path, months(70 + NOISE[:30], adopted="2024-04"))
    assert found(ops, lang) == [said("too_few_to_compare", lang, n=1, least=8)]
    table = operations.interruptions(ops)
    assert table[["n_before", "n_after"]].values.tolist() == [[27, 3]]
    note = page.interruptions_table(ops, table, lang)["df"].iloc[0, -1]
    assert note == {"vi": "có số liệu 27 tháng trước và 3 tháng sau khi áp dụng; cần ít nhất 8 tháng mỗi bên",
                    "en": "27 months with figures before and 3 after adoption; at least 8 are needed on either side"}[lang]


@LANGS
@pytest.mark.parametrize("adopted", ["2021-06", "2022-01", "2025-01"])
def test_adopted_outside_the_months_is_told_and_is_no_unit_that_adopted_nothing(tmp_path, adopted, lang):
    ops = of(tmp_path, months([60 + i % 3 + 30 * (i >= 15) for i in range(30)], adopted=adopted))
    moved = operations.changes(ops)
    assert moved.query("unit != '' and indicator == 'on_time'")["adopted"].tolist() == [adopted]
    assert page.month(adopted, lang) in page.changes_table(ops, moved, lang)["df"].iloc[:, -1].tolist()
    assert found(ops, lang) == [said("adopted_outside_months", lang, n=1)]
    assert phrase("operations_page.no_unit_has_adoption", lang) not in " ".join(text(piece) for piece in page.pieces(ops, lang)[0])


def test_adopted_where_only_cases_are_counted_is_told(tmp_path):
    rows = months([70] * 24, adopted="2023-01")
    for row in rows:
        row |= {"resolved": "", "on_time": "", "note": "chưa đếm"}
    assert found(of(tmp_path, rows)) == [said("adopted_not_compared")]
    moved = months([60 + i % 3 + 30 * (i >= 12) for i in range(24)], unit="Sở Tài chính", service="rapid_response")
    assert found(of(tmp_path, rows, moved)) == [said("adopted_not_compared"), said("changes_level_in_units", n_loose=1)]


def test_a_change_where_nothing_was_adopted_is_told(tmp_path):
    ops = of(tmp_path, months([60 + i % 3 + 30 * (i >= 15) for i in range(30)]))
    assert found(ops) == [said("changes_level_in_units", n_loose=1)]


def test_the_same_figure_in_every_month_is_not_few_months(tmp_path):
    ops = of(tmp_path, months([100] * 24, adopted="2023-01"))
    assert found(ops) == [said("never_varied", n=1)]
    assert page.interruptions_table(ops, operations.interruptions(ops), "en")["df"].iloc[0, -1] == "the same figure in every month"


# ---- a sudden change, a gradual one, and the season ------------------------------------------------------------------

NAMES = {lang: {"service": phrase("operations.service.feedback", lang), "indicator": phrase("operations.indicator.on_time", lang).lower(),
                "unit": phrase("operations_page.percentage_points", lang), "k": 1, "n": 1} for lang in ("vi", "en")}


def median(ops, what, lang):
    return page.signed(operations.interruptions(ops).set_index("unit")[what]["so-noi-vu"], lang, 1)


@LANGS
def test_a_change_of_level_is_told_once(tmp_path, lang):
    ops = of(tmp_path, adopting(18, lambda k: 20))
    assert found(ops, lang) == [said("improved_at_adoption", lang, **NAMES[lang], median=median(ops, "level", lang))]
    worse = of(tmp_path, adopting(18, lambda k: -20))
    assert found(worse, lang) == [said("series_became_worse_at", lang, bad=1)]


def test_fewer_days_to_an_answer_are_better(tmp_path):
    rows = months([100] * 36, adopted="2023-07")
    for i, row in enumerate(rows):
        row["answer_days"] = f"{20 + NOISE[i] - 10 * (i >= 18):.3f}"
    told = found(of(tmp_path, rows))
    assert "time to answer improved at adoption in 1 of 1 units compared, median −" in told[0] and told[1:] == [said("never_varied", n=1)]


@LANGS
def test_a_gradual_change_is_told_by_its_last_month(tmp_path, lang):
    ops = of(tmp_path, adopting(12, lambda k: 2 * (k + 1)))
    row = operations.interruptions(ops).iloc[0]
    assert row["level_p_adjusted"] > 0.5 and row["effect_end_low"] > 0 and row["effect_end_p_adjusted"] < 0.05
    assert found(ops, lang) == [said("better_by_last_month", lang, **NAMES[lang], median=median(ops, "effect_end", lang))]
    worse = of(tmp_path, adopting(12, lambda k: -2 * (k + 1)))
    assert found(worse, lang) == [said("series_worse_by_last_month", lang, bad=1)]


@LANGS
def test_a_gain_that_turned_is_told_with_its_end(tmp_path, lang):
    ops = of(tmp_path, adopting(24, lambda k: 20 - 2 * k))
    assert found(ops, lang) == [said("improved_at_adoption", lang, **NAMES[lang], median=median(ops, "level", lang)),
                                said("turned_by_last_month", lang, turned=1)]


def test_the_last_month_is_adjusted_for_the_number_of_series(tmp_path):
    ops = of(tmp_path, adopting(12, lambda k: 2 * (k + 1)), adopting(12, unit="Sở Tài chính", received=900),
             months(70 + NOISE[:24], unit="Sở Tư pháp", adopted="2023-11"))
    table = operations.interruptions(ops).set_index("unit")
    assert table["effect_end_p_adjusted"]["so-noi-vu"] == pytest.approx(2 * table["effect_end_p"]["so-noi-vu"])
    assert np.isnan(table["effect_end_p_adjusted"]["so-tu-phap"]) and "0." in page.interruptions_table(ops, table.reset_index(), "en")["df"].iloc[0, -2]


@LANGS
def test_a_p_value_is_never_nothing_and_a_change_of_slope_has_its_sign(tmp_path, lang):
    """Waiting times of the made-up round: "p = 0,000" and a slope of "0,15" beside changes of "+5,8"."""
    ops = of(tmp_path, adopting(12))
    table = operations.interruptions(ops).assign(level_p_adjusted=0.0004, effect_end_p_adjusted=0.0012, slope=0.15)
    row = page.interruptions_table(ops, table, lang)["df"].iloc[0]
    shown = {key: row[phrase(f"operations_page.{key}", lang)] for key in ("p_holm", "last_month_p_holm", "change_slope_month")}
    assert shown == ({"p_holm": "< 0,001", "last_month_p_holm": "0,001", "change_slope_month": "+0,15"} if lang == "vi" else
                     {"p_holm": "< 0.001", "last_month_p_holm": "0.001", "change_slope_month": "+0.15"})
    assert "&lt; 0" in show.table_html(page.interruptions_table(ops, table, lang)["df"], caption="x", lang=lang)


@LANGS
def test_a_wave_is_no_improvement_where_a_year_is_not_whole(tmp_path, lang):
    """Ten months on either side of a pure cosine: the fit without a season calls it a change."""
    ops = of(tmp_path, months([70 + 10 * np.cos(2 * np.pi * (i + 1) / 12) for i in range(20)], adopted="2022-11"))
    table = operations.interruptions(ops)
    assert table["level_p_adjusted"][0] < 0.05 and not table["seasonal"][0]
    assert found(ops, lang) == [said("cannot_tell_from_season", lang, n=1, season=12)]
    assert table["note"].tolist() == ["no seasonal term: fewer than 12 months on a side"]
    assert page.interruptions_table(ops, table, lang)["df"].iloc[0, -1] == {
        "vi": "không có thành phần mùa vụ: có bên chưa đủ 12 tháng, chưa tách được khỏi mùa vụ",
        "en": "no seasonal term: under 12 months on a side, cannot be told from the season"}[lang]
    longer = operations.interruptions(of(tmp_path, adopting(12)))
    assert longer["seasonal"].all() and (longer["note"] == "").all()
    assert phrase("operations_page.note", lang) not in page.interruptions_table(ops, longer, lang)["df"]


def test_every_series_of_a_unit_that_adopted_is_in_one_sentence(tmp_path):
    ops = of(tmp_path, adopting(18, lambda k: 20), adopting(18, unit="Sở Tài chính", received=900),
             months(70 + NOISE[:36], unit="Sở Tư pháp", adopted="2024-10"), months(70 + NOISE[:36], unit="Sở Y tế", adopted="2021-06"),
             months(70 + NOISE[:36], unit="Sở Xây dựng", adopted="2022-11"), months([100] * 36, unit="Sở Công Thương", adopted="2023-06"))
    told = found(ops)
    assert told == [said("improved_at_adoption", **NAMES["en"] | {"n": 2}, median=median(ops, "level", "en")), said("other_series_no_evidence", rest=1),
                    said("cannot_tell_from_season", n=1, season=12), said("too_few_to_compare", n=1, least=8), said("never_varied", n=1),
                    said("adopted_outside_months", n=1)]


def test_the_tables_beside_the_page_hold_the_new_columns(tmp_path):
    folder = tmp_path / "page"
    operations.report(of(tmp_path, adopting(12)).path, "en", folder)
    head = {name: (folder / "tables" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0].split(",") for name in ("summary", "interruptions")}
    assert "window" in head["summary"] and "effect_end_p_adjusted" in head["interruptions"]
