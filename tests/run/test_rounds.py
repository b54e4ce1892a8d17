"""The institute's own rounds on the pages: only its own, of this unit and year, never made up; every number found again."""

from __future__ import annotations

import csv
import html
import re
from pathlib import Path

import pytest

from govlib import paths
from govlib.errors import BadInput
from govlib.institute import ddci, instrument, operations, par_scoring, satisfaction
from govlib.ledger import Ledger
from govlib.publish import content, departments, show
from govlib.run import rounds, verify
from govlib.run.rounds import held

ALL = ("satisfaction", "ddci", "par_scoring", "operations")
#: what a demonstration's head says otherwise, to be the round of 2024
FIELDS = {"satisfaction": {"#fieldwork_to": "30/9/2024"}, "ddci": {"#fieldwork_to": "15/10/2024"},
          "par_scoring": {"#edition": "2024"}, "operations": {}}


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """``data/institute`` of a project of its own."""
    monkeypatch.setattr(held, "folder", lambda: tmp_path / "data" / "institute")
    return tmp_path / "data" / "institute"


def put(shelf, name="satisfaction", folder=2024, made_up=False, saved_as=None, **fields):
    """A filled form; the made-up answers without their mark stand for real ones. ``fields``: what its head says otherwise."""
    (shelf / str(folder)).mkdir(parents=True, exist_ok=True)
    (shelf.parent / "demo").mkdir(exist_ok=True)
    year = int(fields.get("year", folder))
    how = {"satisfaction": {"year": year, "n": 400}, "ddci": {"year": year}}.get(name, {})
    source = instrument(name).demo(shelf.parent / "demo", **how)[-1]
    with open(source, encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    said = (FIELDS[name] if folder == 2024 else {}) | {f"#{key}": str(value) for key, value in fields.items()}
    rows = [[row[0], said[row[0]], *row[2:]] if row and row[0] in said else row for row in rows]
    if not made_up:
        head = next(i for i, row in enumerate(rows) if row[0] and not row[0].startswith("#"))
        rows = [row for row in rows[:head] if row[0] not in ("#data_kind", "#producer")] + [row[:-1] for row in rows[head:]]
        rows = [[re.sub(r"SYNTHETIC", "số liệu của tỉnh", cell) for cell in row] for row in rows]
    if name == "ddci" and folder < 2025:  # districts then, communes since
        rows = [[re.sub(r"(Phường|Xã) Mẫu", "Huyện Mẫu", cell) for cell in row] for row in rows]
        rows = [[cell.replace("Sở Nông nghiệp và Môi trường", "Sở Tài nguyên và Môi trường") for cell in row] for row in rows]
    path = shelf / str(folder) / f"{saved_as or name}.csv"
    with open(path, "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    return path


def test_points_that_are_still_to_come_make_the_total_a_range(shelf):
    """The survey's 32 points are often out after the rest: the card said the points known then as if they were all."""
    path = put(shelf, "par_scoring")
    with open(path, encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    head = next(i for i, row in enumerate(rows) if row[0] and not row[0].startswith("#"))
    method, given = rows[head].index("method"), rows[head].index("ministry_score")
    rows[head + 1:] = [[*row[:given], "", *row[given + 1:]] if row[method] == "survey" else row for row in rows[head + 1:]]
    with open(path, "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    total = par_scoring.total(par_scoring.read(path))
    assert total.open > 30
    card, = rounds.cards("bac-ninh", 2024, "en")
    assert plain(card.value) == f"{total.low:.2f}–{total.high:.2f}" and verified(card.value)


def verified(value):
    """Whether every number of a piece is found again by its place."""
    places = re.findall(r'data-locator="([^"]+)"', str(value))
    return len(places) == 2 and all(rounds.figure(html.unescape(place)) is not None for place in places)


def plain(value):
    return html.unescape(re.sub(r"<[^>]+>", "", str(value)))


def told(name, year=2024, lang="en", province="bac-ninh"):
    """The rows of an instrument's table on the briefing, as a reader sees them."""
    found = rounds.newest(name, province, year)
    (table,) = rounds._module(name).tables(found, lang)
    return [{key: plain(value) for key, value in row.items()} for row in table["df"].to_dict("records")], table


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_survey_says_what_the_instrument_says(shelf, lang):
    found = satisfaction.read(put(shelf))
    rows, table = told("satisfaction", lang=lang)
    satisfied, interval, answers = list(rows[0])[1:]
    whole = satisfaction.estimate(found)
    assert rows[0][satisfied] == f"{100 * whole.share:.1f}".replace(".", "," if lang == "vi" else ".")
    assert rows[0][answers] == str(whole.n) and len(rows) == 5
    assert table["source"].endswith("từ 1/9/2024 đến 30/9/2024" if lang == "vi" else "from 1 September 2024 to 30 September 2024")


def test_ddci_points_and_cases_say_what_the_instruments_say(shelf):
    res = ddci.result(ddci.read(put(shelf, "ddci"))).table
    rows, _ = told("ddci")
    assert [(r["Body"], r["Score"], r["Rank"]) for r in rows] == [
        (r.name_en, f"{r.score:.1f}", f"{r.rank}/{len(res)}") for r in res.itertuples()]
    scoring = par_scoring.read(put(shelf, "par_scoring"))
    by, left = par_scoring.by(scoring, "unit").set_index("key"), par_scoring.outstanding(scoring)
    rows, table = told("par_scoring")
    home = next(r for r in rows if r["Body"] == "Department of Home Affairs")
    assert float(home["Points held"]) == by.loc["so-noi-vu", "max_points"]
    assert float(home["Self-score"]) == by.loc["so-noi-vu", "self_score"]
    assert float(home["Possible gain"]) == left[left["unit"].eq("so-noi-vu") & left["open"]]["gain"].sum()
    assert rows[0]["Body"] == "The province" and rows[0]["Points held"] == "100.00"
    assert "Self-scoring of 15 January 2023." in table["note"]
    card = next(card for card in rounds.cards("bac-ninh", 2024, "en") if "PAR" in card.label)
    assert plain(card.value) == f"{par_scoring.total(scoring).low:.2f}"
    ops = operations.read(put(shelf, "operations"))
    last = ops.data[(ops.data["service"] == "procedures") & (ops.data["month"] >= "2024-01")]
    rows, table = told("operations")
    assert rows[0]["Received"] == str(int(last["received"].sum()))
    assert rows[0]["On time (%)"] == f"{100 * last['on_time'].sum() / last['resolved'].sum():.1f}"
    assert table["caption"].endswith("1/2024 to 12/2024")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_number_is_found_again(shelf, tmp_path, lang):
    for name in ALL:
        put(shelf, name)
    page = tmp_path / "page.html"
    shown = [show.table_html(**table) for table in (*rounds.tables("bac-ninh", 2024, lang), *rounds.annex("bac-ninh", 2024, lang))]
    page.write_text(f'<html lang="{lang}">{"".join(shown)}{show.cards_html(rounds.cards("bac-ninh", 2024, lang), lang=lang)}</html>',
                    encoding="utf-8")
    numbers, _ = verify.numbers(page)
    assert len(numbers) > 400 and {n.source for n in numbers} == {"institute"}
    assert {n.locator.split(" ")[0] for n in numbers} == {f"data/institute/2024/{name}.csv" for name in ALL}
    assert {t.state for t in verify.trace(numbers, lang)} == {"same"}
    wrong = [numbers[0]._replace(text="1,1"), numbers[0]._replace(locator="data/institute/2019/satisfaction.csv overall share")]
    assert [t.state for t in verify.trace(wrong, lang)] == ["changed", "gone"]
    assert rounds.none("bac-ninh", 2024, lang) == ""


def test_few_answers_are_not_shown(shelf):
    path = put(shelf)
    lines = path.read_text(encoding="utf-8").splitlines()
    online = [i for i, line in enumerate(lines) if ",online," in line]
    path.write_text("\n".join(line for i, line in enumerate(lines) if i not in online[4:]) + "\n", encoding="utf-8")
    rows, table = told("satisfaction")
    hidden = [r for r in rows if "not shown" in r["Satisfied (%)"]]
    assert len(hidden) == 2 and all(r["Respondents"] == "–" for r in hidden), "the small cell, and the one that protects it"
    assert {tuple(r.values())[1:] for r in hidden} == {("not shown, so that no small group can be told", "–", "–")}, "one is not said to be small"
    assert table["note"].endswith("Cells with fewer than 10 answers are not shown, nor those from which they could be worked out.")
    rows, table = told("satisfaction", lang="vi")
    assert [*next(r for r in rows if "không nêu" in str(r)).values()][1] == "không nêu, để không lộ nhóm ít câu trả lời"
    assert table["note"].endswith("Ô có ít hơn 10 câu trả lời không nêu, cùng những ô mà từ đó có thể tính ngược ra.")


@pytest.mark.parametrize("name", ALL)
def test_made_up_rounds_are_refused_by_name(shelf, name):
    path = put(shelf, name, made_up=True)
    with pytest.raises(BadInput, match="SYNTHETIC") as caught:
        rounds.tables("bac-ninh", 2024, "vi")
    assert path.name in str(caught.value)
    assert rounds.tables("hai-phong", 2024, "vi") == [], "another province's page is not stopped by it"


@pytest.mark.parametrize("name", ALL)
def test_a_malformed_form_says_what_its_own_check_says(shelf, name):
    path = put(shelf, name)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[-1]]) + "\n", encoding="utf-8")  # a row twice
    with pytest.raises(BadInput) as own:
        instrument(name).check(path)
    with pytest.raises(BadInput) as caught:
        rounds.tables("bac-ninh", 2024, "vi")
    assert str(caught.value) == str(own.value) and path.name in str(own.value)


def test_the_newest_round_of_this_unit_up_to_the_edition_and_whose_year_it_is(shelf):
    assert rounds.tables("bac-ninh", 2024, "vi") == []
    put(shelf, folder=2022)
    put(shelf)
    assert rounds.newest("satisfaction", "bac-ninh", 2023).year == 2022
    assert rounds.newest("satisfaction", "bac-ninh", 2024).year == 2024
    assert "of 2022" in told("satisfaction", 2023)[1]["note"] and "there is none of 2023" in told("satisfaction", 2023)[1]["note"]
    assert "there is none" not in told("satisfaction", 2024)[1]["note"]
    assert rounds.newest("satisfaction", "bac-ninh", 2021) is None and rounds.newest("satisfaction", "hai-phong", 2024) is None
    assert rounds.newest("satisfaction", "bac-ninh", 2025) is None, "after the merger it is another unit than the one surveyed"


def test_a_survey_of_the_old_province_in_the_year_of_its_merger_says_so(shelf):
    put(shelf, folder=2025, year=2025, fieldwork_from="2025-03-01", fieldwork_to="2025-04-30")
    assert "before 1 July 2025, in the province as it was then" in told("satisfaction", 2025)[1]["note"]
    assert "trước ngày 1/7/2025" in told("satisfaction", 2025, "vi")[1]["note"]
    put(shelf, folder=2025, year=2025, fieldwork_from="2025-09-01", fieldwork_to="2025-09-30")
    assert "as it was then" not in told("satisfaction", 2025)[1]["note"]


def test_a_round_that_no_page_would_show_is_told(shelf):
    spring = {"year": 2025, "province": "Bắc Giang", "fieldwork_from": "2025-03-01", "fieldwork_to": "2025-06-30"}
    put(shelf, folder=2025, **spring)
    assert rounds.newest("satisfaction", "bac-ninh", 2024) is None
    with pytest.raises(BadInput, match="value 'Bắc Giang': no page of 2025 is of this province → move it to the folder of its own year, or take it out"):
        rounds.tables("bac-ninh", 2025, "vi")
    put(shelf, folder=2025, **(spring | {"fieldwork_from": "2025-09-01", "fieldwork_to": "2025-09-30"}))
    with pytest.raises(BadInput, match="the province was abolished on 30/06/2025 → write Bắc Ninh"):
        rounds.tables("bac-ninh", 2025, "vi")


def test_one_line_says_what_is_not_there_and_how_to_add_it(shelf):
    assert all(name in rounds.none("bac-ninh", 2024, "en") for name in (*ALL, "data/institute/<year>"))
    put(shelf, "par_scoring", saved_as="par_self_scoring")
    line = rounds.none("bac-ninh", 2024, "en")
    assert "(par_scoring)" not in line and "(ddci)" in line


def test_a_form_in_the_wrong_folder_two_of_one_year_and_a_stray_name_are_told(shelf):
    path = put(shelf, folder=2023, year=2022)
    with pytest.raises(BadInput, match="round is of 2022"):
        rounds.tables("bac-ninh", 2024, "vi")
    path.with_suffix(".xlsx").write_bytes(b"")
    with pytest.raises(BadInput, match="two files"):
        rounds.tables("bac-ninh", 2024, "vi")
    path.with_suffix(".xlsx").rename(path.with_name("~$satisfaction.xlsx"))
    path.rename(path.with_name("khao-sat.csv"))
    with pytest.raises(BadInput, match="no round has this name"):
        rounds.tables("bac-ninh", 2024, "vi")


@pytest.mark.parametrize("name", ["satisfaction.XLSX", "Satisfaction.xlsx", "satisfaction.xls", "satisfaction.xlsm", "satisfaction.CSV", "satisfaction.txt", "satisfaction.ods"])
def test_a_form_of_any_kind_that_its_reader_takes(shelf, name):
    """They were left out without a word; the reader of forms says of an OpenDocument file what to do."""
    path = put(shelf)
    path.rename(path.with_name(name))
    assert [(year, found.name) for year, found in held.files("satisfaction")] == [(2024, name)] and held.instrument(path.with_name(name)) == "satisfaction"
    assert held.instrument(path.with_name("satisfaction.pdf")) is None


@pytest.mark.parametrize(("place", "problem"), [
    ("2024/satisfaction.pdf", "this kind of file is not read"), ("2024/ddci.numbers", "this kind of file is not read"), ("satisfaction.xlsx", "no round has this name"),
    ("2024/khao-sat.XLS", "no round has this name"), ("năm 2024/ddci.xlsx", "no round has this name"), ("2024/phieu.ods", "no round has this name"),
    ("2024/khao-sat.tsv", "no round has this name"), ("ddci.txt", "no round has this name")])
def test_what_would_be_left_out_is_refused(shelf, place, problem):
    put(shelf)
    (shelf / place).parent.mkdir(exist_ok=True)
    (shelf / place).write_bytes(b"x")
    with pytest.raises(BadInput, match=problem) as told:
        held.files("satisfaction")
    assert told.value.fix.endswith("or take it out") and Path(place).name in str(told.value)


def test_what_is_no_form_may_lie_beside_them(shelf):
    put(shelf)
    for name in ("README.txt", "readme.csv", ".satisfaction.xlsx.swp", "~$satisfaction.xlsx", "Thumbs.db", "quyet-dinh.pdf", "bao-cao.docx", "ghi_chu.txt", "../Ghi chú.TXT"):
        (shelf / "2024" / name).write_bytes(b"x")
    assert len(list(held.files("satisfaction"))) == 1


def test_sheets_of_departments_bear_the_page_s_numbers(shelf, panel):
    for name in ALL:
        put(shelf, name)
    sheets = {name: sheet.decode() for name, sheet in departments.pages(
        content.load("bac-ninh", 2024, "vi"), lambda *about: rounds.of_department("bac-ninh", 2024, "vi", *about)).items()}
    whole = " ".join(show.table_html(**t) for t in (*rounds.tables("bac-ninh", 2024, "vi"), *rounds.annex("bac-ninh", 2024, "vi")))
    cells = re.compile(r'<span class="num" data-source="institute" data-locator="([^"]+)">([^<]+)</span>')
    on_page = dict(cells.findall(whole))
    on_sheets = {name: dict(cells.findall(sheet)) for name, sheet in sheets.items()}
    for found in on_sheets.values():
        assert found.items() <= on_page.items()
    home = on_sheets["so-noi-vu.vi.html"]
    for place in ("satisfaction.csv overall share", "ddci.csv so-noi-vu rank", "par_scoring.csv so-noi-vu max_points",
                  "operations.csv procedures/so-noi-vu on_time"):
        assert f"data/institute/2024/{place}" in home
    assert not any("satisfaction.csv" in place for name, found in on_sheets.items() if name != "so-noi-vu.vi.html" for place in found)
    # acted on in June 2025: the sheet of who took over the work, under the name of who had it
    land = sheets["so-nong-nghiep-va-moi-truong.vi.html"]
    assert "ddci.csv so-tai-nguyen-moi-truong rank" in land and "Sở Tài nguyên và Môi trường</t" in land


def test_pages_are_made_anew_when_a_round_comes():
    _, patterns = Ledger().code(paths.notebooks() / "4_province_briefing.ipynb")
    assert {*held.READS} <= patterns
