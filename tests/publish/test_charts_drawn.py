"""Charts: what is drawn, what its text says, that both fit the data, and that none is slow or heavy."""

from __future__ import annotations

import io
import math
import re
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from govlib.publish import charts, show
from govlib.publish.charts import canvas, raster

YEARS = range(2012, 2025)


@pytest.fixture(scope="module", autouse=True)
def style():
    show.use_style()


def trend_frame() -> pd.DataFrame:
    rows = [(y, "Bắc Ninh", "province", 60 + (y - 2012)) for y in YEARS if y != 2015]
    rows += [(y, "Quảng Ninh", "peer", 62.0) for y in YEARS] + [(y, "Trung vị cả nước", "nation", 59.5) for y in YEARS if y < 2020]
    return pd.DataFrame(rows, columns=["year", "series", "role", "value"])


def panels() -> pd.DataFrame:
    return pd.DataFrame([(p, y, "Bắc Ninh", "province", 5 + i / 3 + 0.1 * (y - 2012)) for i, p in enumerate(("Một", "Hai", "Ba")) for y in YEARS],
                        columns=["panel", "year", "series", "role", "value"])


def gaps() -> pd.DataFrame:
    return pd.DataFrame({"label": ["Chi phí thời gian", "Tính minh bạch"], "value": [7.23, 7.02], "median": [6.8, 7.1], "Quảng Ninh": [8.0, 6.9]})


def effects() -> pd.DataFrame:
    return pd.DataFrame({"label": ["a", "b"], "estimate": [0.2, 0.5], "ci_low": [-0.1, 0.3], "ci_high": [0.5, 0.7], "clear": [False, True]})


def slopes() -> pd.DataFrame:
    return pd.DataFrame({"label": ["Bắc Ninh", "Quảng Ninh", "Hà Nội"], "role": ["province", "peer", "region"], "before": [15, 1, 9], "now": [4, 1, 9]})


def strip() -> pd.DataFrame:
    return pd.DataFrame([(c, float(v)) for c in ("a", "b") for v in np.linspace(4, 8, 63)], columns=["label", "value"])


def moved() -> pd.DataFrame:
    return pd.DataFrame({"label": ["Tính minh bạch", "Chi phí thời gian", "Đất đai", "Làm tròn", "Tổng điểm"], "value": [-3.36, 0.59, 0.0, -0.02, -2.79],
                         "role": ["part", "part", "part", "rest", "total"]})


def heat() -> pd.DataFrame:
    return panels().rename(columns={"panel": "row", "year": "column"})


ALL = {
    "trend": lambda lang: (charts.trend.draw(trend_frame(), lang, breaks=[2017], missing=[2015]),
                           charts.trend.alt(trend_frame(), lang, what="PCI", breaks=[2017], missing=[2015]), charts.trend.table(trend_frame(), lang)),
    "multiples": lambda lang: (charts.multiples.draw(panels(), lang, breaks=[2017]), charts.multiples.alt(panels(), lang, what="PCI"),
                               charts.multiples.table(panels(), lang)),
    "slope": lambda lang: (charts.slope.draw(slopes(), lang, years=(2018, 2019)), charts.slope.alt(slopes(), lang, years=(2018, 2019), what="PCI"),
                           charts.slope.table(slopes(), lang, years=(2018, 2019))),
    "heatmap": lambda lang: (charts.heatmap.draw(heat(), lang), charts.heatmap.alt(heat(), lang, what="PCI"), charts.heatmap.table(heat(), lang)),
    "gap": lambda lang: (charts.gap.draw(gaps(), lang, province="Bắc Ninh", median="m"), charts.gap.alt(gaps(), lang, what="PCI"),
                         charts.gap.table(gaps(), lang, province="Bắc Ninh", median="m")),
    "effects": lambda lang: (charts.effects.draw(effects(), lang), charts.effects.alt(effects(), lang, what="PCI"), charts.effects.table(effects(), lang)),
    "strip": lambda lang: (charts.strip.draw(strip(), lang), charts.strip.alt(strip(), lang, what="PCI"), charts.strip.table(strip(), lang)),
    "waterfall": lambda lang: (charts.waterfall.draw(moved(), lang), charts.waterfall.alt(moved(), lang, what="PCI"), charts.waterfall.table(moved(), lang)),
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_each_has_drawing_text_and_table(name, lang):
    fig, alt, table = ALL[name](lang)
    svg = show.svg(fig, prefix="x-", alt=alt)
    assert svg.startswith('<svg role="img"')
    assert len(svg) < 120_000
    assert len(alt) > 30
    assert alt.endswith(".")
    assert len(table)
    assert not any(str(c).startswith(("value", "label")) for c in table.columns)


@pytest.mark.parametrize("name", ALL)
def test_alt_text_says_the_same_numbers_in_both_languages(name):
    vi, en = (re.findall(r"\d+(?:[.,]\d+)?", ALL[name](lang)[1]) for lang in ("vi", "en"))
    assert [v.replace(",", ".") for v in vi] == en


SVG = {
    "trend": lambda form: charts.trend.draw(trend_frame(), "vi", breaks=[2017], missing=[2015], form=form),
    "multiples": lambda form: charts.multiples.draw(panels(), "vi", breaks=[2017], form=form),
    "slope": lambda form: charts.slope.draw(slopes(), "vi", years=(2018, 2019), form=form),
    "heatmap": lambda form: charts.heatmap.draw(heat(), "vi", form=form),
    "gap": lambda form: charts.gap.draw(gaps(), "vi", province="Bắc Ninh", median="m", form=form),
    "effects": lambda form: charts.effects.draw(effects(), "vi", form=form),
    "strip": lambda form: charts.strip.draw(strip(), "vi", form=form),
    "waterfall": lambda form: charts.waterfall.draw(moved(), "vi", form=form),
    "places": lambda form: charts.places.draw(pd.DataFrame({"row": "PCI", "year": [2018, 2019, 2020], "rank": [15, 4, None], "of": [63, 63, 30]}),
                                              "vi", breaks={"PCI": [2019]}, years=(2018, 2019, 2020), form=form),
    "spine": lambda form: charts.spine.draw(pd.DataFrame([dict(zip(charts.spine.FIXED, ("A", 6.0, 4, 4.0, 5.0, 5.5, 6.5, 7.0, 5.8, 5.1), strict=True))]),
                                            "vi", province="Bắc Ninh", form=form),
}


def test_every_chart_is_named_and_explained_in_the_reference():
    """Two were not: nobody found them by completion, and no example held them."""
    folder = Path(charts.__file__).parent
    drawn = {path.stem for path in folder.glob("*.py") if "\ndef draw(" in path.read_text(encoding="utf-8")}
    assert set(charts.__all__) == drawn and all(">>>" in getattr(charts, name).draw.__doc__ for name in drawn)


@pytest.mark.parametrize("name", SVG)
def test_page_and_matplotlib_draw_the_same(name):
    """The SVG written straight away has the words of the matplotlib figure, at the same places, in the same colours."""
    fig, text = SVG[name]("figure"), SVG[name]("svg")
    root = ElementTree.fromstring(text)
    drawn = [(t.text, float(t.get("x")), float(t.get("y"))) for t in root.iter("{http://www.w3.org/2000/svg}text")]
    ax = fig.axes[0]
    wanted = [(t.get_text(), *t.get_position(), t.get_fontsize()) for t in ax.texts]
    assert sorted(t for t, *_ in drawn) == sorted(t for t, *_ in wanted)
    for (t, x, y), (_, wx, wy, size) in zip(sorted(drawn), sorted(wanted), strict=True):
        assert x == pytest.approx(wx, abs=0.11), t
        assert y == pytest.approx(wy + 0.35 * size, abs=0.11), t
    box = [float(v) for v in root.get("viewBox").split()]
    assert box[2:] == pytest.approx([v * 72 for v in fig.get_size_inches()])
    used = {c.lower() for c in re.findall(r"#[0-9a-fA-F]{6}", text)}
    assert {mpl_hex(line.get_color()) for line in ax.lines} <= used
    assert len(text) < 60_000


@pytest.mark.parametrize("name", SVG)
def test_the_png_looks_like_the_matplotlib_figure(name):
    """On white, in its colours to the digit, and every stroke and word where matplotlib has it: seen from afar the two are one."""
    fig, data = SVG[name]("figure"), io.BytesIO()
    fig.savefig(data, format="png", dpi=200, facecolor="white")
    picture = Image.open(io.BytesIO(raster.png(SVG[name]("sheet")))).convert("RGB")
    wanted = Image.open(data).convert("RGB").resize(picture.size)
    assert abs(picture.size[0] - fig.get_size_inches()[0] * 200) <= 1
    apart = np.abs(np.asarray(picture.reduce(12), float) - np.asarray(wanted.reduce(12), float)).max(axis=2)
    assert apart.mean() < 3 and (apart > 60).mean() < 0.005, (apart.mean(), (apart > 60).mean())
    held = {colour for n, colour in picture.getcolors(1 << 20) if n > 20}
    assert (255, 255, 255) in held and {to_rgb(line.get_color()) for line in fig.axes[0].lines} <= held


def to_rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(mpl_hex(colour)[k:k + 2], 16) for k in (1, 3, 5))


def test_dashes_go_on_round_corners():
    """Four on, two off, over a corner after five points."""
    parts = raster.dashed([(0, 0), (5, 0), (5, 5)], (4, 2))
    assert parts == [[(0, 0), (4, 0)], [(5, 1), (5, 5)]]


def mpl_hex(colour: str) -> str:
    from matplotlib.colors import to_hex

    return to_hex(colour)


NARROW = {name: (lambda name=name: SVG_DRAWS[name](narrow=True, form="svg")) for name in ("trend", "multiples", "slope", "heatmap", "gap", "effects", "strip", "waterfall")}
SVG_DRAWS = {
    "trend": lambda **k: charts.trend.draw(long_trend(), "vi", breaks=[2009, 2010, 2013, 2017, 2021, 2022], missing=[2015], **k),
    "multiples": lambda **k: charts.multiples.draw(renamed(panels(), "panel"), "vi", breaks=[2017], **k),
    "slope": lambda **k: charts.slope.draw(slopes().replace("Hà Nội", "Bà Rịa - Vũng Tàu"), "vi", years=(2018, 2019), **k),
    "heatmap": lambda **k: charts.heatmap.draw(renamed(heat(), "row"), "vi", years=range(2005, 2025), breaks=[2017], **k),
    "gap": lambda **k: charts.gap.draw(renamed(gaps(), "label"), "vi", province="Bắc Ninh", median="trung vị cả nước", **k),
    "effects": lambda **k: charts.effects.draw(renamed(effects(), "label").assign(group="Chỉ số năng lực cạnh tranh cấp sở, ngành và địa phương (DDCI)"), "vi", **k),
    "strip": lambda **k: charts.strip.draw(renamed(strip(), "label"), "vi", **k),
    "waterfall": lambda **k: charts.waterfall.draw(renamed(moved(), "label"), "vi", **k),
}
LONG = "Công khai, minh bạch trong việc ra quyết định ở địa phương"


def renamed(df: pd.DataFrame, column: str) -> pd.DataFrame:
    """The same with a long first name, the longest that PAPI's dimensions have."""
    return df.assign(**{column: df[column].where(df[column] != df[column].iloc[0], LONG)})


def long_trend() -> pd.DataFrame:
    more = [(y, "Bắc Ninh", "province", 55.0 + y % 3) for y in range(2005, 2012)]
    return pd.concat([trend_frame(), pd.DataFrame(more, columns=["year", "series", "role", "value"])], ignore_index=True)


def spans(text: str) -> list[tuple[str, float, float, float, float]]:
    """(text, left, right, top, bottom) of each piece of text, widths from the page's own font."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    out = []
    for group in ElementTree.fromstring(text).iter("{http://www.w3.org/2000/svg}g"):
        style = dict(item.split(":", 1) for item in group.get("style").split(";") if ":" in item)
        size, anchor = float(style["font-size"][:-2]), style.get("text-anchor", "start")
        font = FontProperties(family=show.FONT, weight=int(style.get("font-weight", 400)), size=size)
        for t in group:
            box = TextPath((0, 0), t.text, prop=font).get_extents()
            x, y, wide = float(t.get("x")), float(t.get("y")), box.width
            left = x - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
            out.append((t.text, left, left + wide, y - 0.7 * size, y))
    return out


@pytest.mark.parametrize("name", NARROW)
def test_a_phone_s_drawing_fits_its_screen_and_can_be_read(name):
    """348 px are left of a screen of 390; no text is smaller than 11 px, none leaves the sheet, none is cut."""
    text = NARROW[name]()
    width, height = (float(v) for v in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text).groups())
    assert width == canvas.NARROW
    assert min(float(s) for s in re.findall(r"font-size:([\d.]+)px", text)) * 348 / width >= 11
    for said, left, right, top, bottom in spans(text):
        assert -1 <= left and right <= width + 1, (said, left, right)
        assert -1 <= top and bottom <= height + 1, said
    assert "…" not in text


@pytest.mark.parametrize("form", ["broad", "narrow"])
@pytest.mark.parametrize("name", NARROW)
def test_words_do_not_run_into_each_other(name, form):
    found = spans(NARROW[name]() if form == "narrow" else SVG_DRAWS[name](form="svg"))
    for k, (one, left, right, top, bottom) in enumerate(found):
        for other, a, b, c, d in found[k + 1:]:
            across, down = min(right, b) - max(left, a), min(bottom, d) - max(top, c)
            assert across < 1.5 or down < 1.5, (one, other)


@pytest.mark.parametrize("name", ["gap", "heatmap", "multiples", "effects", "strip", "waterfall"])
def test_a_long_name_is_wrapped_and_not_cut(name):
    words = " ".join(t for t, *_ in spans(SVG_DRAWS[name](form="svg")))
    assert set(LONG.split()) <= set(words.split())
    assert "…" not in words


def test_the_room_left_for_words_is_enough():
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    from govlib.known import provinces

    for bold in (False, True):
        font = FontProperties(family=show.FONT, weight=600 if bold else 400, size=10)
        for name in [LONG, "Transparency of Local Decision-making", *(provinces.name(p, "vi", 2024) for p in provinces.province_set(2024))]:
            assert 1.0 <= canvas.wide(name, 10, bold) / TextPath((0, 0), name, prop=font).get_extents().width < 1.25, name


def test_lines_of_a_label_are_about_equally_long():
    assert canvas.wrapped("Kiểm soát tham nhũng trong khu vực công", 180) == ["Kiểm soát tham nhũng", "trong khu vực công"]
    assert canvas.wrapped("Chi phí thời gian", 205) == ["Chi phí thời gian"]
    assert canvas.wrapped(LONG, 90, lines=2)[-1].endswith("…")


def test_a_path_written_by_steps_leads_to_the_same_places():
    rng = np.random.default_rng(5)
    for n in (1, 2, 3, 400):
        points = [(float(x), float(y)) for x, y in rng.uniform(-3, 500, (n, 2))]
        x, y, *steps = (float(v) for v in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", canvas._path(points)))
        reached = np.cumsum([(x, y), *zip(steps[::2], steps[1::2], strict=True)], axis=0)
        assert np.abs(reached - np.array(points)).max() < 0.051  # a tenth of a point, at the last as at the first


def test_svg_passes_the_page_s_own_gate():
    markup = show.svg(SVG["heatmap"]("svg"), prefix="x-", alt="a")
    assert 'role="img"' in markup
    assert "var(--ink)" in markup
    with pytest.raises(ValueError, match="figure, svg, sheet"):
        SVG["trend"]("gif")


def test_same_drawing_same_bytes():
    one, two = (show.svg(ALL["trend"]("vi")[0], prefix="x-", alt="a") for _ in range(2))
    assert one == two


def test_a_page_s_figures_are_cheap():
    for name in ALL:
        ALL[name]("vi")  # imports and caches
    start = time.process_time()
    for name in ALL:
        show.svg(ALL[name]("vi")[0], prefix="x-", alt="a")
    assert time.process_time() - start < 2.0  # a third of a second


def test_a_waterfall_adds_up_and_tells_rise_from_fall_without_colour():
    text = charts.waterfall.draw(moved(), "vi", form="svg")
    assert all(f">{said}<" in text for said in ("−3,36", "+0,59", "−0,02", "−2,79"))
    one_rise, no_fall = moved().iloc[[1, 4]].assign(value=0.59), charts.waterfall.draw(moved().iloc[[1, 4]].assign(value=0.59), "vi", form="svg")
    hatched = lambda svg: sum(len(d.split("M")) for d in re.findall(r'stroke-width:1.1" d="([^"]*)"', svg))  # noqa: E731
    assert hatched(text) > 20 + hatched(no_fall)  # the key alone is hatched where nothing fell
    assert charts.waterfall.alt(one_rise, "en", what="PCI").endswith("changed by +0.59, made up of Chi phí thời gian +0.59.")
    with pytest.raises(ValueError, match="add up to -2.77, the total is -2.79"):
        charts.waterfall.draw(moved().drop(index=3), "vi")


def test_lines_are_cut_at_breaks_and_gaps():
    points = [(2012, 1.0), (2013, 2.0), (2015, 3.0), (2016, 4.0), (2017, 5.0)]
    assert [[y for y, _ in r] for r in canvas.runs(points)] == [[2012, 2013], [2015, 2016, 2017]]
    assert [[y for y, _ in r] for r in canvas.runs(points, [2017])] == [[2012, 2013], [2015, 2016], [2017]]
    svg = show.svg(charts.trend.draw(trend_frame(), "vi", breaks=[2017], missing=[2015]), prefix="x-", alt="a")
    assert "đổi 2017" in svg


def test_peers_that_stand_alone_between_breaks_are_told_apart():
    """By the marks that they have in a profile; each line's name has a piece of the line and its mark beside it."""
    frame = pd.DataFrame([(y, name, role, v) for y in (2018, 2019, 2020) for name, role, v in (
        ("Bắc Ninh", "province", 60.0), ("Quảng Ninh", "peer", 65.0), ("Hải Phòng", "peer", 62.0))], columns=["year", "series", "role", "value"])
    for narrow in (False, True):
        sheet = charts.trend.draw(frame, "vi", breaks=[2018, 2019, 2020], narrow=narrow, form="sheet")
        counted = {shape: len(at) for (colour, shape, *_), at in sheet.marks.items() if colour == canvas.COLOURS["peer"]}
        assert counted == {"D": 4, "s": 4}  # three years, and the name
        names = {text.rsplit(" ", 1)[0]: (x, y) for x, y, text, *_ in sheet.words if "," in text}
        at = {shape: at[-1] for (_, shape, *_), at in sheet.marks.items()}
        assert all(at[shape][1] == names[name][1] and at[shape][0] < names[name][0] for name, shape in (
            ("Quảng Ninh", "D"), ("Hải Phòng", "s"), ("Bắc Ninh", "o")))


def test_no_mark_of_a_profile_lies_under_another():
    """Two peers of one score made a shape that no legend has, and one with the province's score lay under it."""
    rows = [("A", 6.0, 4, 4.0, 5.0, 5.5, 6.5, 7.0, 5.8, 5.1, 6.8, 6.8), ("B", 6.0, 4, 4.0, 5.0, 5.5, 6.5, 7.0, 5.8, 5.1, 6.0, 4.5)]
    frame = pd.DataFrame([dict(zip((*charts.spine.FIXED, "Hải Phòng", "Vĩnh Phúc"), row, strict=True)) for row in rows])
    for narrow in (False, True):
        marks = charts.spine.draw(frame, "vi", province="Bắc Ninh", narrow=narrow, form="sheet").marks
        drawn = [at for (colour, shape, size, hollow), found in marks.items() if not hollow for at in found]
        assert len(drawn) == 3 + 2 * 3  # the key and two rows
        assert min(math.dist(one, other) for k, one in enumerate(drawn) for other in drawn[:k]) >= charts.spine.NEAR


def test_the_text_of_a_trend_sets_no_figures_beside_each_other_across_a_break():
    frame = pd.DataFrame([(y, "Bắc Ninh", "province", v) for y, v in ((2016, 35.0), (2017, 39.25), (2018, 45.5), (2019, 42.0), (2020, 48.75))],
                         columns=["year", "series", "role", "value"])
    vi, en = (charts.trend.alt(frame, lang, what="PAPI", breaks=[2018]) for lang in ("vi", "en"))
    assert "35,00 (2016) đến 39,25 (2017); 45,50 (2018) đến 48,75 (2020), cao nhất 48,75 (2020), thấp nhất 42,00 (2019)" in vi
    assert "not comparable with each other: 35.00 (2016) to 39.25 (2017); 45.50 (2018) to 48.75 (2020), highest" in en
    whole = charts.trend.alt(frame, "en", what="PAPI")
    assert "35.00 (2016) to 48.75 (2020), highest 48.75 (2020), lowest 35.00 (2016)" in whole and "compare" not in whole
    gap = frame[frame["year"] != 2019]  # a year that is missing breaks the line, not the scale
    assert "45.50 (2018) to 48.75 (2020)" in charts.trend.alt(gap, "en", what="PAPI", breaks=[2018])


def test_ranks_that_do_not_compare_are_not_joined():
    joined, apart = (charts.slope.draw(slopes(), "vi", years=(2018, 2019), joined=j, form="svg") for j in (True, False))
    lines = [re.findall(r'd="(M[^"]*)"', p)[0].count("l") for p in re.findall(r'<path style="fill:none;stroke:#[^"]*" d="[^"]*"', joined)]
    assert sum(lines) == 3
    assert re.findall(r'<path style="fill:none;stroke:(#\w+)[^"]*stroke-dasharray', apart) == [canvas.MUTED]  # the rule between the two
    assert len(re.findall(r'<path style="fill:none', apart)) == 1
    alt = charts.slope.alt(slopes(), "vi", years=(2018, 2019), what="PCI", joined=False)
    assert "→" not in alt
    assert "2018: Quảng Ninh 1, Hà Nội 9, Bắc Ninh 15. 2019: Quảng Ninh 1, Bắc Ninh 4, Hà Nội 9." in alt


def breaking() -> tuple[pd.DataFrame, dict[str, list[int]]]:
    """Three rows: one begins in 2016, all break in 2018, one by itself in 2014, one at a year that it has no figure of."""
    rows = [(name, y, 5.0) for name, first in (("a", 2012), ("b", 2012), ("c", 2016)) for y in range(first, 2021) if (name, y) != ("b", 2019)]
    return pd.DataFrame(rows, columns=["row", "column", "value"]), {"a": [2014, 2018], "b": [2018, 2019], "c": [2016, 2018]}


def test_breaks_of_a_heatmap_are_those_between_figures():
    df, breaks = breaking()
    assert charts.heatmap.cuts(df, breaks) == ([2018], {"a": [2014], "b": [2019]})  # c begins in 2016: nothing breaks there
    assert charts.heatmap.cuts(df, [2018, 2030]) == ([2018], {})


@pytest.mark.parametrize("lang, rule, tick", [("vi", "Vạch từ hàng ghi năm", "Gạch trước một ô"), ("en", "Rule from the years", "Tick before a cell")])
def test_the_note_of_a_heatmap_says_only_what_is_drawn(lang, rule, tick):
    df, breaks = breaking()
    for listed, wanted in ((breaks, (True, True)), ({k: [2018] for k in breaks}, (True, False)), ({"a": [2014]}, (False, True)), ({}, (False, False))):
        note = charts.heatmap.note(df, lang, listed)
        assert (rule in note, tick in note) == wanted, listed
        drawn = re.findall(rf'stroke:{canvas.INK};stroke-width:1.2[^"]*" d="([^"]*)"', charts.heatmap.draw(df, lang, breaks=listed, form="svg"))
        assert "".join(drawn).count("M") == len(charts.heatmap.cuts(df, listed).whole) + sum(map(len, charts.heatmap.cuts(df, listed).single.values()))
        assert ("2014" in charts.heatmap.alt(df, lang, what="x", breaks=listed)) == (2014 in listed.get("a", ()))


def test_the_table_keeps_missing_years_missing():
    table = charts.trend.table(trend_frame(), "vi")
    assert np.isnan(table.loc[table["Năm"] == 2015, "Bắc Ninh"]).all()
    assert np.isnan(table.loc[table["Năm"] == 2022, "Trung vị cả nước"]).all()


def test_zero_is_on_the_effects_axis_and_intervals_are_drawn():
    alone = effects().iloc[[1]]
    svg = show.svg(charts.effects.draw(alone, "vi"), prefix="x-", alt="a")
    assert ">0<" in svg
    assert "+0,30 đến +0,70" in charts.effects.alt(alone, "vi", what="x")


def together() -> pd.DataFrame:
    """One estimate alone and read with the others, one only so."""
    return effects().assign(estimate=[0.2, np.nan], ci_low=[-0.1, np.nan], ci_high=[0.5, np.nan], clear=False, beside=[0.1, 0.0],
                            beside_low=[0.05, -1.5], beside_high=[0.15, 1.5])


@pytest.mark.parametrize("narrow", [False, True])
def test_effects_read_together_stand_below_those_alone_and_the_axis_holds_them(narrow):
    text = charts.effects.draw(together(), "en", form="svg", narrow=narrow)
    assert ">Alone<" in text and ">Read with all the others<" in text and ">+1<" in text
    plain = charts.effects.draw(effects(), "en", form="svg", narrow=narrow)
    assert "Alone" not in plain
    thick = re.search(r'stroke-width:3" d="([^"]+)"', text)[1].split("M")[1:]
    assert len(thick) == 3  # legend and two rows
    assert "a +0.20 (−0.10 to +0.50), read with all the others +0.10 (+0.05 to +0.15); b read with all" in charts.effects.alt(together(), "en", what="x")
    assert list(charts.effects.table(together(), "en").columns)[-3:] == ["Read with all the others", "Lower, read together", "Upper, read together"]


def contrast(one: str, two: str) -> float:
    def light(colour):
        parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    a, b = sorted((light(one), light(two)))
    return (b + 0.05) / (a + 0.05)


def test_contrast_of_roles_and_of_heatmap_ink():
    for colour in [*canvas.COLOURS.values(), canvas.INK, canvas.MUTED]:
        assert contrast(colour, "#ffffff") >= 4.5, colour
    for cell, ink in charts.heatmap.STEPS:
        assert contrast(cell, ink) >= 4.5, cell


def test_roles_differ_by_more_than_colour():
    roles = ("province", "peer", "region", "nation")
    assert len({(canvas.DASHES[r], canvas.MARKS[r], canvas.WIDTHS[r]) for r in roles}) == len(roles)


def test_labels_at_the_end_do_not_overlap():
    rng = np.random.default_rng(3)
    for n in range(1, 25):
        wanted = rng.uniform(0, 300, n).tolist()
        got = canvas.spread(wanted, 12.0, 0.0, 300.0)
        assert min(np.diff(sorted(got)), default=99) >= min(12.0, 300 / max(n - 1, 1)) * 0.99
        assert -1e-6 <= min(got)
        assert max(got) <= 300 + 1e-6
        assert np.argsort(got, kind="stable").tolist() == np.argsort(wanted, kind="stable").tolist()


@pytest.mark.parametrize(("low", "high"), [(0, 1), (57.3, 71.2), (-0.4, 0.9), (6.99, 7.01), (5, 5)])
def test_ticks_are_inside_and_round(low, high):
    found = canvas.ticks(low, high)
    assert found
    assert all(low - 1e-9 <= t <= high + 1e-9 for t in found)


def test_nothing_to_draw_is_said():
    for draw, empty in ((charts.trend.draw, trend_frame()), (charts.gap.draw, gaps()), (charts.multiples.draw, panels())):
        with pytest.raises(ValueError, match="nothing to draw"):
            draw(empty.assign(value=np.nan))


def test_text_is_never_markup_or_mathematics():
    frame = trend_frame().replace({"series": {"Bắc Ninh": "$x^2$ <b>&"}})
    svg = show.svg(charts.trend.draw(frame, "vi"), prefix="x-", alt="a")
    assert "$x^2$ &lt;b&gt;&amp;" in svg
    assert "$x^2$ &lt;b&gt;&amp;" in charts.trend.draw(frame, "vi", form="svg")


@pytest.mark.shared
@pytest.mark.parametrize(("year", "n"), [(2019, 63), (2025, 34)])
def test_maps_hold_every_province_and_both_archipelagos(shared, year, n):
    from govlib.known import provinces
    from govlib.publish import maps

    shapes = maps.boundaries(year, shared)
    assert set(shapes) == set(provinces.province_set(year))
    assert len(shapes) == n
    scores = pd.Series(np.linspace(55, 75, n), index=sorted(shapes))
    svg = show.svg(maps.draw(shapes, scores, "bac-ninh"), prefix="m-", alt="PCI")
    assert "Hoàng Sa" in svg
    assert "Trường Sa" in svg
    assert len(svg) < 250_000
    import shapely

    for _, _, holder, (west, east, south, north) in maps.ARCHIPELAGOS:
        part = shapes[holder].intersection(shapely.box(west, south, east, north))
        assert len(getattr(part, "geoms", [part])) >= 5  # islands survive the simplification


@pytest.mark.shared
def test_a_map_without_the_archipelagos_is_refused(shared, tmp_path):
    import json

    from govlib.errors import BadInput, MissingData
    from govlib.known import catalogue, provinces
    from govlib.publish import maps

    path = catalogue.source("boundaries-63").mirror_path
    topology = json.loads((shared / path).read_text(encoding="utf-8"))
    shapes = next(iter(topology["objects"].values()))["geometries"]
    for shape in shapes:
        if provinces.resolve(shape["properties"]["ten_tinh"]) == "khanh-hoa":  # keep the mainland only
            shape["arcs"] = [max(shape["arcs"], key=lambda rings: sum(len(topology["arcs"][i if i >= 0 else ~i]) for i in rings[0]))]
    copy = tmp_path / path
    copy.parent.mkdir(parents=True)
    copy.write_text(json.dumps(topology), encoding="utf-8")
    with pytest.raises(BadInput, match="Trường Sa"):
        maps.boundaries(2019, tmp_path)
    with pytest.raises(MissingData, match="make pull"):
        maps.boundaries(2025, tmp_path)


@pytest.mark.parametrize("year", [2024, 2025])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_map_of_tiles_prints_every_rank_and_frames_the_page_s_own(year, lang):
    from govlib.known import provinces
    from govlib.publish.charts import tiles

    slugs = provinces.province_set(year)
    df = pd.DataFrame([("PCI", p, year, k + 1, len(slugs), k + 1) for k, p in enumerate(slugs) if p != "ha-noi"],
                      columns=["map", "province", "year", "rank", "of", "shown"])
    for narrow in (False, True):
        svg = tiles.draw(df, lang, province="bac-ninh", narrow=narrow, form="svg")
        words = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
        ranks = sorted(int(w) for w in words if w.isdigit())
        assert ranks == sorted(df["rank"])
        assert words.count("–") == 1  # Hà Nội has none
        assert svg.count("stroke-width:2.2") == 1
        assert "stroke-width:2.2" not in tiles.draw(df, lang, narrow=narrow, form="svg")
        assert all(float(size) >= 8.6 for size in re.findall(r"font-size:([\d.]+)px", svg))  # 11.5 px on a phone
        told = " ".join(words)
        for name in (["quần đảo", "Hoàng Sa", "(TP Đà Nẵng)", "Trường Sa", "(tỉnh Khánh Hòa)"] if lang == "vi" else
                     ["Hoàng Sa", "Archipelago", "(Da Nang City)", "Trường Sa", "(Khanh Hoa Province)"]):
            assert name in told
    both = pd.concat([df, df.assign(map="PAPI")], ignore_index=True)
    small = tiles.draw(both, lang, province="bac-ninh", form="svg")
    assert len([w for w in re.findall(r"<text[^>]*>([^<]*)</text>", small) if w.isdigit()]) == 2 * len(df)
    assert small.count("Hoàng Sa") == small.count("Trường Sa") == 2
    assert list(tiles.table(both, lang).columns)[1:] == ["PCI", "PAPI"]
    assert "Hoàng Sa" in tiles.alt(both, lang, what="PCI", province="bac-ninh")


def test_a_map_of_the_country_needs_nothing_fetched(tmp_path, monkeypatch):
    import govlib
    from govlib import paths
    from govlib.errors import BadInput
    from govlib.publish import maps
    from tests.kit.boards import placed

    monkeypatch.setattr(maps, "panel_board", lambda: placed({2023: 5}))
    monkeypatch.setattr(paths, "originals", lambda: tmp_path)
    words = [t.get_text() for t in govlib.map("dti", 2023, "Bắc Ninh").axes[0].texts]
    assert {"5", "63", "Bắc", "Ninh", "quần đảo Hoàng Sa", "quần đảo Trường Sa"} <= set(words)
    with pytest.raises(BadInput, match="no rank"):
        govlib.map("dti", 2021)
