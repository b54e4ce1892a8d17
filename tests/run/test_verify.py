"""`govlib verify`: a page's numbers found again where they say they come from, and what has changed said."""

from __future__ import annotations

import re

import pytest

from govlib import paths
from govlib.errors import BadInput
from govlib.publish import content, show
from govlib.run import verify


def page_of(folder, *pieces, lang="vi"):
    path = folder / f"page.{lang}.html"
    path.write_text(f'<html lang="{lang}"><body>' + "".join(map(str, pieces)) + "</body></html>", encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=["vi", "en"])
def whole(panel, tmp_path_factory, request):
    """Tables of a real page, with printed, derived, worked out, estimated and dated figures."""
    page = content.load("bac-ninh", 2024, request.param)
    tables = [page.components_table("papi", 2024), page.reforms_table(), page.components_table("dti", 2024), page.evidence()[0]]
    pieces = [show.table_html(**{k: v for k, v in t.items() if k != "plan"} | {"lang": request.param}) for t in tables if t]
    return page_of(tmp_path_factory.mktemp("page"), show.join(page.findings(), " "), *pieces, lang=request.param)


def test_every_number_of_a_page_is_found_again(whole, capsys):
    assert verify.main([str(whole)]) == 0
    said = capsys.readouterr().out
    assert int(re.search(r"(\d+) numbers", said)[1]) > 150 and ", 0 changed, 0 gone" in said
    found, _ = verify.numbers(whole)
    assert {"govlib", "estimates", "reform-actions", "papi-subdimensions-2024"} <= {n.source for n in found}


def test_one_wrong_digit_is_seen(whole):
    """Every number one digit off. A row of estimates holds several figures, of which the place names none: there some pass for another."""
    found, lang = verify.numbers(whole)
    right = [n for n in found if re.search(r"[1-9]\D*$", n.text) and "://" not in n.locator]
    wrong = [n._replace(text=re.sub(r"[1-9](?=\D*$)", lambda d: str(int(d[0]) % 9 + 1), n.text)) for n in right]
    assert {t.state for t in verify.trace(right, lang)} == {"same"}
    seen = {source: [] for source in ("govlib", "estimates", "reform-actions", "papi-subdimensions-2024", "dti-2022-2024")}
    for t in verify.trace(wrong, lang):
        seen.setdefault(t.number.source, []).append(t.state == "changed")
    assert all(seen.values()) and sum(seen["estimates"]) > 0.6 * len(seen.pop("estimates"))
    assert all(all(told) for told in seen.values())


def test_what_was_taken_out_is_gone_and_what_was_corrected_is_shown(panel, tmp_path, capsys):
    page = page_of(tmp_path, show.num(45.49, source="a-source-no-longer-there", locator="X!1", lang="vi"),
                   show.num(3.0, source="govlib", locator="rank papi/overall bac-ninh 2024", lang="vi", decimals=0))
    assert verify.main([str(page)]) == 1
    said = capsys.readouterr().out
    assert "gone     45,49\n         a-source-no-longer-there: X!1" in said
    assert re.search(r"changed  3 → \d+\n +govlib: rank papi/overall bac-ninh 2024", said) and "0 same, 1 changed, 1 gone" in said


def test_the_place_of_one_number_is_told_to_the_row(panel, tmp_path, capsys, scores):
    row = scores[(scores["index_id"] == "pci") & (scores["year"] == 2019) & (scores["province"] == "bac-ninh")
                 & (scores["component"] == "overall")].iloc[0]
    page = page_of(tmp_path, show.num(row["score"], source=row["source"], locator=row["locator"], lang="vi"))
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
        verify.numbers(page_of(tmp_path, "<p>12,3</p>"))
