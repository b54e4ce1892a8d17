"""No word of a page's drawings lies on another, on a mark, a line or an edge, or runs out of the sheet: on paper and on a phone."""

from __future__ import annotations

import pytest

from govlib.publish import content
from govlib.publish.charts import raster
from govlib.publish.charts.canvas import RULE, Canvas
from govlib.reading import beside

EDITIONS = {"bac-ninh": 2022, "lai-chau": 2019, "ho-chi-minh": 2024}  # breaks close together, a fall out of this year's range, long names


def boxes(sheet: Canvas) -> list[tuple[float, float, float, float, str]]:
    """Left, top, right, bottom of each word in the page's own type."""
    out = []
    for x, y, text, _, size, ha, bold in sheet.words:
        width = raster._font(bold, size * 10).getlength(text) / 10
        left = x - {"left": 0, "center": width / 2, "right": width}[ha]
        out.append((left, y - 0.4 * size, left + width, y + 0.42 * size, text))
    return out


def shared(a, b) -> tuple[float, float]:
    return min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])


def crossed(box, line) -> bool:
    """Whether a line goes through a word, a point's breadth at its edges left aside."""
    for (x0, y0), (x1, y1) in zip(line, line[1:], strict=False):
        steps = max(2, int(max(abs(x1 - x0), abs(y1 - y0))))
        if any(box[0] + 1 < x0 + (x1 - x0) * k / steps < box[2] - 1 and box[1] + 1.5 < y0 + (y1 - y0) * k / steps < box[3] - 1.5
               for k in range(steps + 1)):
            return True
    return False


def collisions(sheet: Canvas) -> list[tuple]:
    words, found = boxes(sheet), []
    for i, a in enumerate(words):
        if a[0] < -1 or a[2] > sheet.width + 1.5 or a[1] < -2 or a[3] > sheet.height + 2:
            found.append(("out of the sheet", a))
        for b in words[i + 1:]:
            dx, dy = shared(a, b)
            if dx > 0.5 and dy > 0.8:
                found.append(("words", a, b))
        for look, lines in sheet.lines.items():
            found += [("line", a, look) for line in lines if look[0] != RULE and crossed(a, line)]
        for (_, shape, size, _), marks in sheet.marks.items():
            for x, y in marks:
                dx, dy = shared(a, (x - size / 2, y - size / 2, x + size / 2, y + size / 2))
                if dx > 1 and dy > 1.2:
                    found.append(("mark", a, shape, x, y))
        for polygons in sheet.boxes.values():
            for points in polygons:
                b = (min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points))
                dx, dy = shared(a, b)
                inside = a[0] >= b[0] - 1 and a[2] <= b[2] + 1 and a[1] >= b[1] - 1 and a[3] <= b[3] + 1
                if dx > 1 and dy > 1 and not inside:
                    found.append(("edge", a, b))
    return found


def draw_all(page) -> None:
    for index_id, edition in page.with_components():
        for figure in (page.spine_figure, page.waterfall_figure, page.gap_figure):
            figure(index_id, edition)
    for index_id in ("pci", "papi", "par", "sipas", "dti"):
        for figure in (page.trend_figure, page.rank_figure, page.multiples_figure, page.heatmap_figure):
            figure(index_id)
        if index_id in ("pci", "papi") and (year := page.region_year(index_id)):
            page.slope_figure(index_id, year)
    page.places_figure()
    page.map_figures()
    page.evidence()


@pytest.mark.parametrize("province", EDITIONS)
def test_no_word_of_a_page_s_drawings_meets_another(board, monkeypatch, province):
    sheets = []
    written = Canvas.svg
    monkeypatch.setattr(Canvas, "svg", lambda sheet: sheets.append(sheet) or written(sheet))
    page = content.Page(province, EDITIONS[province], "en" if province == "bac-ninh" else "vi", beside.peers(province, EDITIONS[province]), board)
    draw_all(page)
    assert len({sheet.width for sheet in sheets}) == 2 and sum(len(sheet.words) for sheet in sheets) > 1500
    assert [hit for sheet in sheets for hit in collisions(sheet)] == []


def test_each_kind_is_seen():
    c = Canvas(100, 50)
    c.word(10, 20, "Bắc Ninh")
    assert collisions(c) == []
    c.line([(0, 10), (60, 10)], RULE)
    c.line([(0, 26), (60, 26)], "#000000")
    c.box(5, 10, 90, 20, "#eeeeee")
    assert collisions(c) == []
    for draw, kind in ((lambda: c.word(30, 21, "Hà Nội"), "words"), (lambda: c.word(80, 40, "Hà Nội"), "out of the sheet"),
                       (lambda: c.line([(20, 0), (20, 50)], "#000000"), "line"), (lambda: c.mark(20, 20, "#000000"), "mark"),
                       (lambda: c.box(5, 10, 20, 20, "#eeeeee"), "edge")):
        kept = {name: list(getattr(c, name)) if name == "words" else {k: list(v) for k, v in getattr(c, name).items()}
                for name in ("words", "lines", "marks", "boxes")}
        draw()
        assert {hit[0] for hit in collisions(c)} == {kind}
        for name, value in kept.items():
            setattr(c, name, value)
