"""The institute's own survey on the pages: only its own, of this unit and year, never made up; every number found again."""

from __future__ import annotations

import csv
import re

import pytest

from govlib import paths
from govlib.errors import BadInput
from govlib.institute import satisfaction
from govlib.ledger import Ledger
from govlib.publish import content, departments, show
from govlib.run import rounds, verify


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """``data/institute`` of a project of its own."""
    monkeypatch.setattr(rounds, "folder", lambda: tmp_path / "data" / "institute")
    return tmp_path / "data" / "institute"


def put(shelf, folder=2024, year=2024, made_up=False, province="bac-ninh"):
    """A filled form; the made-up answers without their mark stand for real ones."""
    (shelf / str(folder)).mkdir(parents=True, exist_ok=True)
    (shelf.parent / "demo").mkdir(exist_ok=True)
    source = satisfaction.demo(shelf.parent / "demo", year=year, n=400)[-1]
    with open(source, encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    if not made_up:
        head = next(i for i, row in enumerate(rows) if row[:1] == ["respondent_id"])
        rows = [["#fieldwork_to", "30/9/2024"] if row[:1] == ["#fieldwork_to"] and year == 2024 else row for row in rows]
        rows = [[*row[:1], province, *row[2:]] if row[:1] == ["#province"] else row for row in rows[:head]
                if row[0] not in ("#data_kind", "#producer")] + [row[:-1] for row in rows[head:]]
    path = shelf / str(folder) / "satisfaction.csv"
    with open(path, "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    return path


def plain(value):
    return re.sub(r"<[^>]+>", "", str(value))


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_table_says_what_the_instrument_says_and_every_number_is_found_again(shelf, tmp_path, lang):
    found = satisfaction.read(put(shelf))
    told = rounds.satisfaction_table("bac-ninh", 2024, lang)
    rows = told["df"].to_dict("records")
    satisfied, answers = list(rows[0])[1], list(rows[0])[3]
    whole = satisfaction.estimate(found)
    assert plain(rows[0][satisfied]) == f"{100 * whole.share:.1f}".replace(".", "," if lang == "vi" else ".")
    assert plain(rows[0][answers]) == str(whole.n) and len(rows) == 5
    page = tmp_path / "page.html"
    page.write_text(f'<html lang="{lang}">{show.table_html(**told)}</html>', encoding="utf-8")
    numbers, _ = verify.numbers(page)
    assert told["source"].endswith("từ 1/9/2024 đến 30/9/2024" if lang == "vi" else "from 1 September 2024 to 30 September 2024")
    assert len(numbers) == 20 and {n.source for n in numbers} == {"institute"}
    assert {t.state for t in verify.trace(numbers, lang)} == {"same"}
    wrong = [numbers[0]._replace(text="1,1"), numbers[0]._replace(locator="data/institute/2019/satisfaction.csv overall share")]
    assert [t.state for t in verify.trace(wrong, lang)] == ["changed", "gone"]


def test_few_answers_are_not_shown(shelf):
    path = put(shelf)
    lines = path.read_text(encoding="utf-8").splitlines()
    online = [i for i, line in enumerate(lines) if ",online," in line]
    path.write_text("\n".join(line for i, line in enumerate(lines) if i not in online[4:]) + "\n", encoding="utf-8")
    rows = rounds.satisfaction_table("bac-ninh", 2024, "en")["df"].to_dict("records")
    hidden = [r for r in rows if "not shown" in str(r["Satisfied (%)"])]
    assert len(hidden) == 2 and all(r["Respondents"] == "–" for r in hidden), "the small cell, and the one that protects it"


def test_made_up_answers_are_refused_by_name(shelf):
    put(shelf, made_up=True)
    with pytest.raises(BadInput, match="SYNTHETIC") as caught:
        rounds.satisfaction_table("bac-ninh", 2024, "vi")
    assert "satisfaction.csv" in str(caught.value)
    assert rounds.satisfaction_table("hai-phong", 2024, "vi") is None, "another province's page is not stopped by it"


def test_the_newest_round_of_this_unit_up_to_the_edition(shelf):
    assert rounds.satisfaction_table("bac-ninh", 2024, "vi") is None
    put(shelf, 2023, 2023)
    put(shelf, 2024, 2024)
    assert rounds.survey("bac-ninh", 2023).year == 2023 and rounds.survey("bac-ninh", 2024).year == 2024
    assert rounds.survey("bac-ninh", 2022) is None and rounds.survey("hai-phong", 2024) is None
    assert rounds.survey("bac-ninh", 2025) is None, "after the merger it is another unit than the one surveyed"


def test_a_form_in_the_wrong_folder_and_two_of_one_year_are_told(shelf):
    path = put(shelf, 2024, 2023)
    with pytest.raises(BadInput, match="round is of 2023"):
        rounds.survey("bac-ninh", 2024)
    path.with_suffix(".xlsx").write_bytes(b"")
    with pytest.raises(BadInput, match="two files"):
        rounds.survey("bac-ninh", 2024)


def test_the_sheet_of_who_leads_sipas_shows_it_and_no_other(shelf, panel):
    put(shelf)
    told = rounds.satisfaction_table("bac-ninh", 2024, "vi")
    sheets = departments.pages(content.load("bac-ninh", 2024, "vi"), told)
    assert [name for name, sheet in sheets.items() if told["caption"] in sheet.decode()] == ["so-noi-vu.vi.html"]
    assert b"data/institute/2024/satisfaction.csv overall share" in sheets["so-noi-vu.vi.html"]


def test_pages_are_made_anew_when_a_round_comes():
    _, patterns = Ledger().code(paths.notebooks() / "4_province_briefing.ipynb")
    assert {*rounds.READS} <= patterns
