"""What a publisher withdrew (PAPI 2022 of Bắc Ninh and Bắc Giang) is shown and marked; nothing ranks it, compares it or joins it."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from kit.content import by_place, is_found_again, numbers, page_of, plain

from govlib.known import indices
from govlib.publish import compare, departments, show
from govlib.publish.charts import heatmap
from govlib.publish.charts.canvas import COLOURS
from govlib.publish.sections import trends
from govlib.publish.sections.portfolio import Held

WHY = "đơn vị công bố không xếp hạng tỉnh năm 2022 vì dữ liệu khảo sát không chính xác"
METHOD = "2016, 2018, 2019, 2020 và 2021 vì đổi phương pháp"


def sheet(figure):
    """The shapes of a figure's drawing."""
    return figure["fig"].png.__wrapped__.args[0]


def test_a_cell_of_the_heatmap_is_hollow_and_starred(board, scores):
    figure = page_of(board).heatmap_figure("papi")
    drawn = sheet(figure)
    words = [text for _, _, text, *_ in drawn.words]
    assert {"5,8*", "7,6*", "8,1*", "3,8*"} < set(words) and not {"5,8*", "8,1*"} & {w.rstrip("*") for w in words if w.endswith("*")}
    outlined = [line for (_, _, dash), lines in drawn.lines.items() if dash for line in lines]
    cells = sum(len(boxes) for boxes in drawn.boxes.values()) - len(heatmap.STEPS)
    assert len(outlined) == 4 and cells == sum(bool(re.fullmatch(r"\d,\d", w)) for w in words) - 2  # two are the limits
    assert WHY in figure["note"] and WHY in figure["alt"] and "2022" not in figure["title"]
    assert [plain(v) for v in figure["table"]["2022"].dropna()] == ["5,82*", "7,58*", "8,09*", "3,77*"]
    found, rows = numbers([show.figure_html(**figure)]), by_place(scores)
    assert len(found) > 80 and all(is_found_again(n, board, rows) for n in found)


def test_the_limits_of_the_colours_are_of_what_is_stood_by():
    df = pd.DataFrame({"row": ["a"] * 3, "column": [2021, 2022, 2023], "value": [5.0, 99.0, 6.0]})
    drawn = heatmap.draw(df, "en", hollow=[2022], form="sheet")
    words = [text for _, _, text, *_ in drawn.words]
    assert words.count("6.0") == 2 and "99.0*" in words and "99.0" not in words
    alone = heatmap.draw(df[df["column"] == 2022], "en", hollow=[2022], form="sheet")
    assert [text for _, _, text, *_ in alone.words].count("99.0") == 2


def test_no_line_of_the_components_goes_through_it_and_the_nation_s_does(board):
    figure = page_of(board).multiples_figure("papi")
    drawn = sheet(figure)
    own, nation = ([line for (colour, *_), lines in drawn.lines.items() if colour == COLOURS[role] for line in lines
                    if len(line) > 1] for role in ("province", "nation"))
    last = drawn.marks[COLOURS["province"], "o", 4.5, False]
    assert len(last) == 8 and [len(line) for end in last for line in own if line[-1] == pytest.approx(end)] == [2] * 8  # 2023, 2024
    right = {round(x, 1) for x, _ in last}
    assert all(len(line) >= 4 for line in nation if round(line[-1][0], 1) in right)
    assert len(drawn.marks[COLOURS["province"], "o", 3.5, True]) == 4
    assert f"Đường ngắt ở 2022 và 2023; số vẽ rỗng hoặc có dấu * không so sánh với số nào khác: {WHY}." in figure["note"]
    assert METHOD in figure["note"] and WHY in figure["alt"] and "5,60 (2024), đường ngắt ở 2019, 2022 và 2023" in figure["alt"]
    assert "Công khai, minh bạch trong việc ra quyết định ở địa phương 5,48 (2024), đường ngắt ở 2018;" in figure["alt"]  # no figure of 2022


def test_where_it_is_the_newest_it_is_starred_and_is_no_end(board):
    page = page_of(board, year=2022)
    lines, heat = page.multiples_figure("papi"), page.heatmap_figure("papi")
    assert lines["title"].startswith("2020: ") and heat["title"].startswith("2020: ")
    assert "5,82* (2022)" in lines["alt"] and "Năm 2020: cao nhất" in heat["alt"]
    words, marks = [text for _, _, text, *_ in sheet(lines).words], sheet(lines).marks
    assert "5,82*" in words and "5,82" not in words and len(marks[COLOURS["province"], "o", 4.5, True]) == 4


def test_its_years_are_no_change_of_method(board):
    page = page_of(board, year=2022)
    lines, heat, trend = page.multiples_figure("papi"), page.heatmap_figure("papi"), page.trend_figure("papi")
    assert "mọi thành phần thay đổi" not in heat["note"] and WHY in heat["note"]
    assert f"{METHOD}:" in lines["note"] and f"Đường ngắt ở 2022; số vẽ rỗng hoặc có dấu * không so sánh với số nào khác: {WHY}." in lines["note"]
    assert f"{METHOD}:" in trend["note"] and WHY not in trend["note"]  # the total of 2022 was not published: nothing is drawn
    breaks = trends.own_breaks(page, "papi", "environmental_governance", 2020, 2023)
    doubt = [b for b in breaks if b.scope == "doubtful"]
    assert [(b.year, b.what_vi, b.what_en) for b in doubt] == [(y, *indices.doubtful("papi", 2022, "bac-ninh")) for y in (2022, 2023)]
    only = trends.broken_lines(page, doubt)
    assert only.startswith("Đường ngắt ở 2022 và 2023; ") and only.count("Đường") == 1
    assert not [b for b in trends.own_breaks(page_of(board, "ha-noi"), "papi", "environmental_governance", 2020, 2023) if b.scope == "doubtful"]


def test_no_figure_sets_it_beside_the_others(board):
    page = page_of(board, year=2022)
    assert page.gap_figure("papi", 2022) is None is page.spine_figure("papi", 2022)
    figures = [page.gap_figure("pci", 2021), *(getattr(page, name)(i) for name in ("trend_figure", "multiples_figure", "heatmap_figure")
                                               for i in ("pci", "papi"))]
    figures += [draw(i, y) for i, y in page.with_components() for draw in (page.gap_figure, page.spine_figure, page.waterfall_figure)]
    told = "".join(plain(show.figure_html(**f)) + f["alt"] + f["title"] for f in figures if f)
    assert len(told) > 5000 and not [t for t in ("+0,79", "PAPI 2022: cả 4 thành phần ở nửa trên", "PAPI 2022, Bắc Ninh") if t in told]
    other = page_of(board, "hai-phong", 2022)
    other.peers = ["bac-giang", "quang-ninh"]
    for figure in (other.gap_figure("papi", 2022), other.spine_figure("papi", 2022)):
        assert "Quảng Ninh" in figure["table"] and "Bắc Giang" not in figure["table"]


def test_a_department_s_gap_is_of_its_row_s_edition(board):
    """PAPI 2022 of Bắc Ninh is not weighed; the gap told beside it was that of 2020. Of Vĩnh Phúc PCI 2021 is shown, and 2022 weighed."""
    for province, index_id, component, row, weighed in (("bac-ninh", "papi", "environmental_governance", 2022, 2020),
                                                        ("vinh-phuc", "pci", "time_costs", 2021, 2022)):
        page = page_of(board, province, 2022)
        held = [h for mine in departments.portfolios(page).values() for h in mine if (h.index_id, h.component) == (index_id, component)]
        assert {h.year for h in held} == {row} and departments._gap(page, held[0]) == "–"
        assert plain(departments._gap(page, Held(*held[0])._replace(year=weighed))) not in ("–", "")


def test_the_highest_is_the_highest_as_printed_of_what_is_stood_by(board):
    pages = [page_of(board, p) for p in ("bac-ninh", "tay-ninh", "ba-ria-vung-tau")]
    for row in compare._components(pages, "papi")["df"].itertuples(index=False):
        shown = {plain(v).split()[-1] for v in row[1:4]} - {"–"}
        marked = {plain(v).split()[-1] for v in row[1:4] if "▲" in plain(v)}
        rest = {plain(v) for v in row[1:4] if "▲" not in plain(v)}
        assert (len(marked) == 1 and marked == {max(shown)} and not marked & rest) if len(shown) > 1 else not marked
    one = compare._components([page_of(board, p, 2022) for p in ("bac-ninh", "hai-phong", "ha-noi")], "papi")
    own = [plain(row[1]) for row in one["df"].itertuples(index=False)]
    assert "3,77*" in own and not [v for v in own if "▲" in v] and f"Số có dấu * không so sánh với số nào khác: {WHY}." in one["note"]
    others = [[plain(v) for v in row[2:4]] for row in one["df"].itertuples(index=False)]
    assert [sum("▲" in v for v in two) for two in others] == [len({v.split()[-1] for v in two}) - 1 for two in others]  # though it is higher
    [starred] = [row[1] for row in one["df"].itertuples(index=False) if plain(row[1]) == "3,77*"]
    assert round(show.Html.made[str(starred)].value, 2) == 3.77  # a number for who reads the CSV
    assert WHY not in compare._components(pages, "papi")["note"]
