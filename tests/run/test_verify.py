"""`govlib verify`: a page's numbers found again where they say they come from, and what has changed said."""

from __future__ import annotations

import re

import pytest
from kit.content import written_page

from govlib import paths
from govlib.effects import quoted
from govlib.errors import BadInput
from govlib.publish import content, show
from govlib.run import verify


@pytest.fixture(scope="module", params=["vi", "en"])
def whole(panel, tmp_path_factory, request):
    """Tables of a real page, with printed, derived, worked out, estimated and dated figures."""
    page = content.load("bac-ninh", 2024, request.param)
    tables = [page.components_table("papi", 2024), page.reforms_table(), page.components_table("dti", 2024), page.evidence()[0]]
    pieces = [show.table_html(**{k: v for k, v in t.items() if k != "plan"} | {"lang": request.param}) for t in tables if t]
    return written_page(tmp_path_factory.mktemp("page"), show.join(page.findings(), " "), *pieces, lang=request.param)


def test_every_number_of_a_page_is_found_again(whole, capsys):
    assert verify.main([str(whole)]) == 0
    said = capsys.readouterr().out
    assert int(re.search(r"(\d+) numbers", said)[1]) > 150 and ", 0 changed, 0 gone" in said
    found, _ = verify.numbers(whole)
    assert {"govlib", "estimates", "reform-actions", "papi-subdimensions-2024"} <= {n.source for n in found}


def test_one_wrong_digit_is_seen(whole):
    """Every number one digit off, by turns at its end and at its beginning: each is held against its own figure, also where a row of
    the estimates or a newspaper's page holds several."""
    found, lang = verify.numbers(whole)
    assert {t.state for t in verify.trace(found, lang)} == {"same"}
    seen = {source: [] for source in ("govlib", "estimates", "reform-actions", "papi-subdimensions-2024", "dti-2022-2024")}
    for digit in (r"\d(?=\D*$)", r"\d"):
        wrong = [n._replace(text=re.sub(digit, lambda d: str(int(d[0]) % 9 + 1), n.text, count=1)) for n in found]
        for t in verify.trace(wrong, lang):
            seen.setdefault(t.number.source, []).append(t.state == "changed")
    assert all(seen.values()) and any("://" in n.locator for n in found)
    assert {source: told.count(False) for source, told in seen.items() if not all(told)} == {}


def test_a_figure_of_a_page_with_several_is_held_against_itself(panel, tmp_path):
    """A table of all provinces under one address, a row of estimates, the start and the end of an action, a rank out of how many."""
    board = content.panel_board()
    page = content.load("bac-ninh", 2021, "vi")
    cell = board.cell("pci", "overall", "bac-ninh", 2021)
    assert "://" in cell.locator and cell.score == 69.45 and cell.rank == 7
    other = board.cell("pci", "overall", "quang-ninh", 2021)
    row = quoted.quoted({"ddci"}).iloc[0].to_dict()
    place = quoted.locator(row, "ci_low")
    right = [page.num(cell), page.num(cell, what="rank"), page.cited("thứ 7/63", cell, "rank"),
             show.num(row["ci_low"], source="estimates", locator=place, lang="vi", sign=True)]
    wrong = [page.cited(other.score, cell, "score"), page.cited(6, cell, "rank"), page.cited("thứ 7/62", cell, "rank"),
             show.num(row["ci_high"], source="estimates", locator=place, lang="vi", sign=True)]
    for shown, state in ((right, "same"), (wrong, "changed")):
        assert [t.state for t in verify.trace(*verify.numbers(written_page(tmp_path, *shown)))] == [state] * 4


def test_what_was_taken_out_is_gone_and_what_was_corrected_is_shown(panel, tmp_path, capsys):
    page = written_page(tmp_path, show.num(45.49, source="a-source-no-longer-there", locator="X!1", lang="vi"),
                        show.num(3.0, source="govlib", locator="rank papi/overall bac-ninh 2024", lang="vi", decimals=0))
    assert verify.main([str(page)]) == 1
    said = capsys.readouterr().out
    assert "gone     45,49\n         a-source-no-longer-there: X!1" in said
    assert re.search(r"changed  3 → \d+\n +govlib: rank papi/overall bac-ninh 2024", said) and "0 same, 1 changed, 1 gone" in said


def test_the_place_of_one_number_is_told_to_the_row(panel, tmp_path, capsys, scores):
    row = scores[(scores["index_id"] == "pci") & (scores["year"] == 2019) & (scores["province"] == "bac-ninh")
                 & (scores["component"] == "overall")].iloc[0]
    page = written_page(tmp_path, show.num(row["score"], source=row["source"], locator=row["locator"], lang="vi"))
    assert verify.main([str(page), "--number", "70,79"]) == 0
    told = re.search(r"data/raw/pci/2019\.csv, row (\d+)", capsys.readouterr().out)
    lines = (paths.raw() / "pci" / "2019.csv").read_text(encoding="utf-8").splitlines()
    assert lines[int(told[1]) - 1].startswith("Bac Ninh,bac-ninh,overall")
    with pytest.raises(BadInput, match="no number of the page"):
        verify.main([str(page), "--number", "1,11"])


def test_a_page_that_is_none(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        verify.numbers(tmp_path / "none.html")
    with pytest.raises(BadInput, match="no number in it"):
        verify.numbers(written_page(tmp_path, "<p>12,3</p>"))
