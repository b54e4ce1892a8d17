"""Provinces side by side, and what is asked of the publishers."""

from __future__ import annotations

import re

import html5lib
import pytest
from kit.content import by_place, is_found_again, numbers, page_of, plain

from govlib.errors import BadInput
from govlib.publish import compare, content, show
from govlib.run import compare as verb


def test_the_numbers_of_both_stand_beside_each_other_and_are_found_again(board, scores):
    text = compare.page([page_of(board), page_of(board, "hai-phong")]).decode()
    html5lib.HTMLParser(strict=True).parse(text)
    rows = by_place(scores)
    found = numbers([text])
    assert len(found) > 40 and [n for n in found if not is_found_again(n, board, rows)] == []
    papi = re.search(r"<th scope=\"row\">PAPI</th>(.*?)</tr>", text, re.S)[1]
    assert "45,49" in plain(papi) and "42,70" in plain(papi) and ": –;" not in plain(text)


def test_the_highest_is_marked_and_no_one_where_only_one_has_a_figure(board):
    pages = [page_of(board), page_of(board, "quang-ninh")]
    table = compare._components(pages, "papi")["df"]
    assert show.table_html(df=table, caption="c").count('<th scope="col" class="n">') == table.shape[1] - 1  # marked ones are numbers too
    for row in table.itertuples(index=False):
        mine, theirs = plain(row[1]), plain(row[2])
        value = lambda t: float(t.split()[-1].replace(",", "."))  # noqa: E731
        if "–" in (mine, theirs):
            assert "▲" not in mine + theirs
        else:
            assert ("▲" in mine) == (value(mine) >= value(theirs)) or value(mine) == value(theirs)


def test_places_beside_each_other_are_of_one_kind(board):
    """PAPI 2016 of Bắc Ninh is printed as the 8th, Hải Dương's is computed, of a higher score: both stood on the 8th place."""
    pages = [page_of(board, p, 2016) for p in ("bac-ninh", "hai-duong")]
    mine, theirs = (plain(cell) for cell in compare._overall(pages)["df"].set_index(pages[0].label("standing.index")).loc["PAPI"])
    assert "9/63*" in mine and "8/63*" in theirs


def test_who_was_merged_since_is_named(board):
    told = plain(compare.page([page_of(board, p) for p in ("bac-ninh", "ha-noi", "hai-phong")]).decode())
    assert re.findall(r"Số liệu là của (.*?) trước ngày", told) == ["Bắc Ninh", "Hải Phòng"]


@pytest.mark.parametrize("names", ["bac-ninh", "", "bac-ninh, Bắc Ninh", ",".join(["bac-ninh", "ha-noi", "hai-phong", "quang-ninh", "hue", "da-nang", "can-tho"])])
def test_fewer_than_two_or_too_many_are_refused(panel, names):
    with pytest.raises(BadInput):
        verb.write(names, 2024)


def test_left_alone_while_nothing_changed(tmp_path, monkeypatch, panel):
    """Made once; again for another issuer and where a page is another than was written; other provinces have a record of their own."""
    made = []
    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path))
    monkeypatch.setattr(content, "load", lambda slug, year, lang, issuer: (slug, lang, issuer))
    monkeypatch.setattr(compare, "page", lambda pages: made.append(pages) or repr(pages).encode())
    files = [tmp_path / "2024" / f"compare.bac-ninh.hai-phong.{lang}.html" for lang in ("vi", "en")]
    assert verb.write("Bắc Ninh, hai-phong", 2024) == files and len(made) == 2
    assert verb.write("bac-ninh,hai-phong", 2024) == files and len(made) == 2
    assert verb.write("bac-ninh,ha-noi", 2024) != files and verb.write("bac-ninh,hai-phong", 2024) == files and len(made) == 4
    files[0].write_text("edited")
    verb.write("bac-ninh,hai-phong", 2024)
    assert len(made) == 6 and files[0].read_text() != "edited"
    monkeypatch.setenv("GOVLIB_ISSUER", "Viện X")
    verb.write("bac-ninh,hai-phong", 2024)
    assert len(made) == 8 and made[-1][0][2] == "Viện X"


def test_what_is_asked_of_the_publishers_is_what_is_missing(board):
    """PAPI 2021 of Bắc Ninh was not published; PAPI 2023 and 2024 are whole."""
    page = page_of(board)
    rows = {row[0]: row[1:] for row in page.requests_table()["df"].itertuples(index=False)}
    assert "điểm của cả 8 thành phần" in rows["PAPI 2021"][0] and "PAPI 2023" not in rows and "PAPI 2024" not in rows
    assert rows["PCI 2024"][0].startswith("điểm chung") and "VCCI" in rows["PCI 2024"][1]
    assert rows["SIPAS 2020–2024"][0] == "điểm chung"  # one row for years that miss the same
    assert "đến kỳ 2020" not in rows["PCI 2024"][1] and rows["DTI 2021"][1] == "Bộ Khoa học và Công nghệ"  # who publishes it today
