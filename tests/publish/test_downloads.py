"""The CSV behind each figure and table: the page's own numbers, in full, each row with unit, source and place."""

from __future__ import annotations

import base64
import csv
import html
import io
import re

import pytest
from kit.content import by_place, run

from govlib.collect import locators
from govlib.publish import content, show
from govlib.reading.board import Board
from govlib.words import wording

BACK = {"vi": ["đơn vị tính", "nguồn số liệu", "vị trí trong nguồn"], "en": ["unit", "source", "locator"]}
TABLE = re.compile(r"<caption>(.*?)</caption><thead><tr>(.*?)</tr></thead><tbody>(.*?)</tbody>", re.S)
CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.S)


def tables(pieces: list[str]) -> list[tuple[list[list[str]], list[list[str]]]]:
    """(the page's table as markup, its CSV), headers first, of every figure and table that offers one."""
    found = []
    for piece in pieces:
        if match := re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]*)"', piece):
            shown = TABLE.search(piece)
            rows = [CELL.findall(shown[2]), *(CELL.findall(row) for row in re.findall(r"<tr>(.*?)</tr>", shown[3], re.S))]
            found.append((rows, list(csv.reader(io.StringIO(base64.b64decode(match[1]).decode("utf-8-sig"))))))
    return found


def text(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def printed(value: str, lang: str) -> set[str]:
    """How a page may print a number of a CSV, a word before it kept; a range that begins with a plus is guarded as text."""
    value = value.removeprefix("'")
    if match := re.fullmatch(r"(\w+ )(-?\d.*)", value):
        return {match[1] + p for p in printed(match[2], lang)}
    try:
        number = float(value)
    except ValueError:
        return {value}
    return {value} | {f(number, lang, d) for d in (None, 0, 1, 2, 3, 4) for f in (wording.number, wording.signed)}


@pytest.fixture(scope="module", params=[("4_province_briefing.ipynb", "vi"), ("4_province_briefing.ipynb", "en"), ("national_overview.ipynb", "vi")],
                ids=lambda p: "-".join(p))
def downloads(request, panel):
    name, lang = request.param
    given = {"province": "bac-ninh"} if name.startswith("4") else {}
    return lang, tables(run(name, year=2024, language=lang, **given))


def test_a_download_says_what_the_page_says(downloads):
    lang, found = downloads
    assert len(found) > 8
    for shown, rows in found:
        columns = len(shown[0])
        assert rows[0][:columns] == [text(c) for c in shown[0]]
        assert rows[0][columns:] in ([], BACK[lang])
        assert len(rows) == len(shown)
        for line, row in zip(shown[1:], rows[1:], strict=True):
            for cell, value in zip(line, row, strict=False):
                said = text(cell)
                shown_as = {said, text(re.sub(r"</span>\*$", "", cell))}  # without the star of a withdrawn figure, a number in the file
                assert shown_as & printed(value, lang) or value == "" and said in ("–", "không công bố", "not published")


def test_every_row_of_a_download_leads_back(downloads, scores):
    """Source and place of each number as on the page, and the figure that stands there is the CSV's own."""
    lang, found = downloads
    board, rows_at, checked, kinds = Board(scores), by_place(scores), 0, set()
    for shown, rows in found:
        head = rows[0][:len(shown[0])]
        sourced = [[c for c, cell in zip(head, line, strict=True) if "data-source=" in cell] for line in shown[1:]]
        assert bool(rows[0][len(head):]) == any(sourced)
        for line, row, columns in zip(shown[1:], rows[1:], sourced, strict=True):
            if not columns:
                continue
            unit, sources, places = row[len(head):]
            said_source, said_place = locators.by_column(sources, columns), locators.by_column(places, columns)
            for column in columns:
                cell, value = line[head.index(column)], row[head.index(column)]
                spans = re.findall(r'data-source="([^"]*)" data-locator="([^"]*)"', cell)
                assert said_source[column] == " & ".join(dict.fromkeys(html.unescape(s) for s, _ in spans))
                assert said_place[column] == " & ".join(dict.fromkeys(html.unescape(p) for _, p in spans))
                kinds |= {s for s, _ in spans}
                if len(spans) != 1 or not re.fullmatch(r"-?[\d.]+(e-?\d+)?", value):
                    continue  # an interval, a number in words, a date
                source, place = said_source[column], said_place[column]
                if source == content.OURS:
                    again = content.recompute(place, board, lang)
                    assert isinstance(again, str) or float(value) == pytest.approx(again, abs=1e-9), (column, place)
                elif source not in ("estimates", "reform-actions") and not place.startswith("data/raw/"):
                    assert float(value) in {x for r in rows_at[source, place] for x in (r.score, r.rank, r.rank_computed) if not wording.missing(x)}
                checked += 1
            if any(wording.label("col.score", lang) == c for c in columns):
                assert unit, (head, row)
    assert checked > (900 if any(s == "estimates" for s in kinds) else 60)
    assert content.OURS in kinds
    assert len(kinds) > 5


def test_units_are_those_of_the_index_and_of_ranks(panel):
    page = content.load("bac-ninh", 2024, "en")
    frame = page.components_table("dti", 2024)["df"]
    rows = list(csv.reader(io.StringIO(show.csv_text(frame, lang="en"))))
    unit = locators.by_column(rows[1][-3], [c for c, v in zip(frame.columns, frame.iloc[0], strict=True) if "data-source" in str(v)])
    assert unit["Score"] == "index points (0–1)"
    assert unit["Rank"] == "rank"
    papi = page.trend_figure("papi")["table"]
    assert {row[-3] for row in list(csv.reader(io.StringIO(show.csv_text(papi, lang="en"))))[1:]} == {"points"}
