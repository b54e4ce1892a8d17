"""The parts of `govlib verify` on made-up pages and rows: what it reads of a page, where it looks, how it compares. Whole pages:
test_verify.py."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
from kit.content import written_page

from govlib import paths
from govlib.errors import BadInput
from govlib.publish import content
from govlib.run import verify
from govlib.words.tables import phrase


def number(text, source="a", locator="b", cell=""):
    return verify.Number(text, source, locator, cell)


def test_numbers_as_they_stand_in_the_page(tmp_path):
    page = written_page(
        tmp_path, '<span class="big num" data-source="a" data-locator="T!1" data-cell="rank x"> 1,<b>2</b><span>3<span>4</span></span>5 </span>6',
        '<span class="num">7</span><span class="num" data-source="">8</span><span data-source="a">9</span><span class="number" data-source="a">10</span>',
        '<p class="num" data-source="a">11</p></span><span class="num" data-source="c">12</span>', f'<span class="num" data-source="d">{phrase("show.none", "vi")}</span>')
    assert verify.numbers(page) == ([number("1,2345", "a", "T!1", "rank x"), number("12", "c", "")], "vi")


@pytest.mark.parametrize(("given", "told"), [('lang="en"', "en"), ('lang="vi"', "vi"), ('lang="fr"', "vi"), ("lang", "vi"), ("", "vi")])
def test_the_language_is_the_page_s_own(tmp_path, given, told):
    (tmp_path / "p.html").write_text(f'<html {given}><body lang="en"><span class="num" data-source="a">1</span></body>', encoding="utf-8")
    assert verify.numbers(tmp_path / "p.html")[1] == told


def test_why_a_page_cannot_be_read(tmp_path):
    (tmp_path / "binary.html").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "plain.html").write_text("<p>12,3</p>", encoding="utf-8")
    for name, why, fix in (("none.html", "cannot be read: No such file", "briefings/"), ("binary.html", "cannot be read: 'utf-8' codec", "briefings/"),
                           ("plain.html", "no number in it says where it comes from", "that govlib made")):
        with pytest.raises(BadInput) as told:
            verify.numbers(tmp_path / name)
        assert why in str(told.value) and fix in str(told.value) and name in str(told.value)


@pytest.fixture
def held(monkeypatch, tmp_path):
    """A data/raw of three small files, and nothing that is read once a process."""
    raw = tmp_path / "data/raw"
    for name, text in {
            "pci/2019.csv": "province,component,score,rank,source,locator\nhue,overall,60.5,3,pdf,p. 4\nha-noi,overall,70,,pdf,p. 4\nha-noi,land_access,x,,pdf,p. 9\n"
                            "ha-noi,,5,,,p. 4\n",
            "controls/gso.csv": "area,year,component,value,source,locator\nhue,2020,income,1.25,gso,\n",
            "reforms/actions.csv": "reform_id,start_date,end_date\nddci,2019-05,2021\nother,,\n",
            "originals/pci/2019.csv": "province,component,score,source,locator\nhue,overall,1,pdf,p. 4\n"}.items():
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(paths, "raw", lambda: raw)
    (raw / "inbox/accepted").mkdir(parents=True)
    (raw / "inbox/accepted/pci_2025-1a2b3c4d.csv").write_bytes("province,overall\nĐắk Lắk,60".encode("utf-16"))  # as it came
    monkeypatch.setattr(paths, "originals", lambda: raw / "originals")
    monkeypatch.setattr(paths, "inbox", lambda: raw / "inbox")
    for name in ("_ours", "_printed", "_derived", "_estimates"):
        monkeypatch.setattr(verify, name, getattr(verify, name).__wrapped__)
    monkeypatch.setattr(verify.data, "shared", lambda name: pd.DataFrame(
        [["derived", "pdf", "p. 5", 7.5, "hue", 2019, "pci", "overall"], ["published", "pdf", "p. 6", 8.5, "hue", 2019, "pci", "overall"]],
        columns=["status", "source", "locator", "score", "province", "year", "index_id", "component"]))
    return raw


FIRST = "data/raw/pci/2019.csv, row 2"


@pytest.mark.parametrize(("asked", "values", "where"), [
    (number("", "pdf", "p. 4"), [70.0, 60.5, 3.0], f"{FIRST[:-1]}3; {FIRST}"),
    (number("", "pdf", "p. 4", "score pci/overall hue 2019"), [60.5], FIRST), (number("", "pdf", "p. 4", "rank pci/overall hue 2019"), [3.0], FIRST),
    (number("", "pdf", "p. 4", "rank pci/overall ha-noi 2019"), [], "p. 4"), (number("", "pdf", "p. 9"), [], "p. 9"), (number("", "", "p. 4"), [], "p. 4"),
    (number("", "gso", "", "value controls/income hue 2020"), [1.25], "data/raw/controls/gso.csv, row 2"),
    (number("", "reform-actions", "ddci"), ["2019-05", "2021"], "data/raw/reforms/actions.csv, row 2"),
    (number("", "reform-actions", "ddci", "end_date"), ["2021"], "data/raw/reforms/actions.csv, row 2"), (number("", "reform-actions", "other"), [], "other"),
    (number("", "pdf", "p. 5"), [7.5], "data/processed/scores.parquet, derived: hue 2019 pci/overall"), (number("", "pdf", "p. 6"), [], "p. 6"),
    (number("", "any", "data/raw/pci/2019.csv over"), [60.5, 3.0, 70.0], f"{FIRST}; {FIRST[:-1]}3"), (number("", "any", "data/raw/pci/2019.csv land"), [], "data/raw/pci/2019.csv land"),
    (number("", "any", "data/raw/pci/2018.csv over"), [], "data/raw/pci/2018.csv over"), (number("", "any", "data/pci/2019.csv over"), [], "data/pci/2019.csv over")])
def test_what_is_held_at_a_place(held, asked, values, where):
    found, told = verify._cells(asked)
    assert (sorted(map(str, found)), sorted(told.split("; "))) == (sorted(map(str, values)), sorted(where.split("; ")))


def test_the_registry_is_read_as_a_spreadsheet_program_saved_it(held):
    (held / "reforms/actions.csv").write_bytes("reform_id;start_date;end_date;note\n\nddci;17/05/2019;2021;Sở\n".encode("cp1258", "replace"))
    assert verify._cells(number("", "reform-actions", "ddci")) == (["2019-05-17", "2021"], "data/raw/reforms/actions.csv, row 3")


def test_figures_of_the_estimates_by_their_place(held, monkeypatch):
    monkeypatch.setattr(verify.pooled, "overall", lambda: {"prior": (-1.0, 2.0)})
    monkeypatch.setattr(verify.pooled, "path", lambda: paths.raw() / "pooled.parquet")
    monkeypatch.setattr(verify, "_estimates", lambda reform: {"pci overall ddci estimate": 0.5, "pci overall ddci p": float("nan")} if reform == "ddci" else {})
    first, second = verify.BESIDE[:2]
    asked = ("pci overall ddci estimate", "pci overall ddci p", "pci overall other estimate", f"all pooled prior {first}", f"all pooled prior {second}",
             "all pooled prior other", f"all pooled none {first}")
    assert [verify._cells(number("", "estimates", a)) for a in asked] == [
        ([0.5], f"data/processed/estimates/ddci.pci.parquet: {asked[0]}"), ([], f"data/processed/estimates/ddci.pci.parquet: {asked[1]}"),
        ([], f"data/processed/estimates/other.pci.parquet: {asked[2]}"), ([-1.0], f"data/processed/pooled.parquet: {asked[3]}"),
        ([2.0], f"data/processed/pooled.parquet: {asked[4]}"), ([], f"data/processed/pooled.parquet: {asked[5]}"), ([], f"data/processed/pooled.parquet: {asked[6]}")]


def test_figures_of_a_round_and_of_recipes(held, monkeypatch):
    monkeypatch.setattr(verify.rounds, "figure", {"a": 2.0}.get)
    assert verify._cells(number("", verify.rounds.SOURCE, "a")) == ([2.0], "a") and verify._cells(number("", verify.rounds.SOURCE, "b")) == ([], "b")
    monkeypatch.setattr(content, "panel_board", lambda: "board")

    def recompute(locator, board, lang):
        if locator == "gone":
            raise BadInput("x" * 200)
        return {"one": (board, lang), "none": None}[locator]

    monkeypatch.setattr(content, "recompute", recompute)
    assert verify._ours("one", "en") == ([("board", "en")], "one") and verify._ours("none", "vi") == ([], "none")
    assert verify._ours("gone", "vi") == ([], "gone: " + "x" * 100) and verify._ours("older", "vi") == ([], "older: 'older'")


@pytest.mark.parametrize(("text", "value", "lang", "state", "now"), [
    ("60,5", 60.5, "vi", "same", "60,5"), ("60.5", 60.5, "en", "same", "60.5"), ("60,50", 60.5, "vi", "same", "60,50"), ("61", 60.5, "vi", "changed", "60"),
    ("60,4", 60.5, "vi", "changed", "60,5"), ("60.4", 60.5, "en", "changed", "60.5"), ("+0,50", 0.5, "vi", "same", "+0,50"), ("0,50", -0.5, "vi", "same", "0,50"),
    ("+0,50", -0.5, "vi", "changed", "−0,50"), ("−0,50", -0.5, "vi", "same", "−0,50"), ("12,5%", 12.5, "vi", "same", "12,5%"), ("12%", 0.12, "en", "same", "12%"),
    ("12", 0.12, "en", "same", "12"), ("1234", 1234.0, "vi", "same", "1234"), ("1,23", 1234.0, "en", "changed", "1234"),
    ("5/2019", "2019-05", "vi", "same", "5/2019"), ("2019", "2019-05", "vi", "same", "2019"), ("2020", "2019-05", "vi", "changed", "2019-05"),
    ("May 2019", "2019-05", "en", "same", "May 2019"), ("2019-05", "2019-05", "vi", "same", "2019-05"), ("20", "2019-0", "vi", "changed", "2019-0")])
def test_how_a_page_may_write_a_value(monkeypatch, text, value, lang, state, now):
    monkeypatch.setattr(verify, "_cells", lambda number: ([value], "there"))
    [told] = verify.trace([number(text)], lang)
    assert told == (number(text), state, now, "there")


def test_each_figure_of_a_place_is_shown_once_and_recipes_are_asked_in_the_page_s_language(monkeypatch):
    monkeypatch.setattr(verify, "_cells", lambda number: ({"b": [1.0, 1.0, 2.0]}.get(number.locator, []), "there"))
    monkeypatch.setattr(verify, "_ours", lambda locator, lang: ([lang], locator))
    said = list(verify.trace([number("3"), number("2"), number("2", locator="c"), number("en", content.OURS, "r")], "en"))
    assert [(t.state, t.now, t.where) for t in said] == [("changed", "1 / 2", "there"), ("same", "2", "there"), ("gone", "", "there"), ("same", "en", "r")]


def test_a_rank_in_words_names_of_how_many_today(monkeypatch):
    asked = []

    def place(board, *at):
        asked.append((board, *at))
        return SimpleNamespace(of=63, region_of=11) if at[2] == "hue" else None

    monkeypatch.setattr(content, "panel_board", lambda: "board")
    monkeypatch.setattr(verify.comparisons, "place", place)
    monkeypatch.setattr(verify, "_cells", lambda number: ([3.0], "there"))
    monkeypatch.setattr(verify, "_ours", lambda locator, lang: ([3.0], "there"))
    cell, region = "rank pci/overall hue 2019", "region_rank pci/overall hue 2019"
    shown = [(number("thứ 3/63", cell=cell), "same"), (number("thứ 3/62", cell=cell), "changed"), (number("thứ 3/11", content.OURS, region), "same"),
             (number("thứ 3/63", content.OURS, region), "changed"), (number("3", cell=cell), "same"), (number("thứ 3/63", cell=cell.replace("hue", "ha-noi")), "changed"),
             (number("thứ 3/63", cell=cell.replace("rank", "score")), "changed")]
    assert [t.state for t in verify.trace([n for n, _ in shown], "vi")] == [state for _, state in shown]
    assert asked[0] == ("board", "pci", "overall", "hue", 2019) and len(asked) == 5


def test_what_the_command_prints(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(verify, "language", lambda: "en")
    monkeypatch.setattr(verify, "_cells", lambda number: ({"p. 1": [1.5], "p. 2": [2.5]}.get(number.locator, []), "raw.csv, row 2" if number.locator != "p. 3" else "p. 3"))
    page = written_page(tmp_path, *(f'<span class="num" data-source="pdf" data-locator="{at}">{text}</span>' for text, at in (("1,5", "p. 1"), ("2,4", "p. 2"), ("2,4", "p. 2"), ("9", "p. 3"))))
    assert verify.main([str(page)]) == 1
    assert capsys.readouterr().out == (
        "changed  2,4 → 2,5\n         pdf: p. 2\n         raw.csv, row 2\ngone     9\n         pdf: p. 3\n" f"{page.name}: 4 numbers, 1 same, 2 changed, 1 gone\n")
    assert verify.main([str(page), "--number", " 1,5"]) == 0
    assert capsys.readouterr().out == f"same     1,5\n         pdf: p. 1\n         raw.csv, row 2\n{page.name}: 1 numbers, 1 same, 0 changed, 0 gone\n"
    assert verify.main([str(page), "--number", "9", "--csv"]) == 1
    assert capsys.readouterr().out == "number,state,now,source,locator,where\n9,gone,,pdf,p. 3,p. 3\n"
    with pytest.raises(BadInput, match="value '8'.*copy it from the page") as told:
        verify.main([str(page), "--number", "8"])
    assert page.name in str(told.value)
    assert verify.main([str(page), "--number", "2,4"]) == 1
