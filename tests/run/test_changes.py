"""What changed since a briefing was last made."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from govlib import files
from govlib.publish import show
from govlib.run import changes, driver, manifest, verify

CITED = ["pci-2019", "sheet 1 row 3"]
BASE = {"pci/overall/2019": [70.79, 4, *CITED], "dti/overall/2024": [0.7364, None, *CITED], "papi/overall/2023": [45.1, None, *CITED]}
RANKED = "papi/health_insurance/2024"


def finding(text, locator):
    return f'<li>{text} {show.num(3, source="govlib", locator=locator, lang="vi")}<sup class="fn"><a href="#n">15</a></sup></li>'


FELL, CAME = finding("DTI giảm hạng", "rank dti/overall bac-ninh 2024"), finding("PCI tăng", "change pci/overall bac-ninh 2019 2024")


@pytest.fixture
def edition(tmp_path, monkeypatch):
    """Makes the pages of Bắc Ninh from the figures and findings given, as a run does, and takes what changed."""
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path / "processed"))
    (tmp_path / "processed").mkdir()
    folder = tmp_path / "2024"

    def make(figures, findings=FELL, others=(), status="built"):
        rows = [("bac-ninh", *cell.split("/"), *values) for cell, values in figures.items()]
        rows += [("hai-phong", "pci", "overall", "2019", 1.0, 1, "x", "y"), ("bac-ninh", "pci", "overall", "2025", 9.0, 9, "x", "y")]
        names = ("province", "index_id", "component", "year", "score", "rank", "source", "locator")
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        pq.write_table(pa.table(columns | {"year": [int(y) for y in columns["year"]]}), tmp_path / "processed" / "scores.parquet")
        for name in ("bac-ninh.vi", "bac-ninh.en", *others):
            files.write(folder / f"{name}.html", f'<html><ol class="findings">{findings}</ol></html>')
            record = {"key": "k", "status": status, "reason": "", "files": {f"{name}.html": "0"}}
            files.write(manifest.record_path(folder, name), json.dumps(record))
        changes.take(folder, 2024, ["bac-ninh.vi", "bac-ninh.en", *others])
        return folder

    return make


def shown(folder, lang):
    return (folder / f"changes.{lang}.html").read_text(encoding="utf-8")


def test_the_first_run_has_nothing_to_compare_with(edition):
    folder = edition(BASE)
    assert "Chưa có lần lập trước để so sánh (1): Bắc Ninh" in shown(folder, "vi")
    assert "no earlier edition to compare with (1): Bac Ninh" in shown(folder, "en")
    kept = changes.read(folder, "bac-ninh.vi")
    assert kept["figures"] == BASE, "another province's figures and a later edition's are not this page's"


def test_new_revised_and_withdrawn_figures_and_findings(edition):
    edition(BASE)
    after = {k: v for k, v in BASE.items() if k != "papi/overall/2023"} | {
        "pci/overall/2019": [70.82, 3, *CITED], RANKED: [None, 7, "papi-press", "page 9"]}
    folder = edition(after, CAME)
    told = changes.read(folder, "bac-ninh.vi")
    assert told["new"] == [[RANKED, after[RANKED]]]
    assert told["revised"] == [["pci/overall/2019", after["pci/overall/2019"], BASE["pci/overall/2019"]]]
    assert told["withdrawn"] == [["papi/overall/2023", BASE["papi/overall/2023"]]]
    assert told["came"] == ["PCI tăng 3"] and told["fell"] == ["DTI giảm hạng 3"]
    for lang, words in (("vi", ("70,79; hạng 4", "70,82", "Được sửa", "Mới có", "45,1", "Không còn", "Nhận định mới")),
                        ("en", ("70.79; rank 4", "70.82", "Revised", "New", "45.1", "Withdrawn", "Findings that fell"))):
        page = shown(folder, lang)
        assert all(word in page for word in words) and "sheet 1 row 3" in page and "PCI tăng 3" in page
        found, code = verify.numbers(folder / f"changes.{lang}.html")
        assert code == lang and [(n.text, n.source, n.locator) for n in found] == [
            ("70,82" if lang == "vi" else "70.82", *CITED), ("3", *CITED), ("7", "papi-press", "page 9")]


@pytest.mark.parametrize("lang, named", [("vi", "Bạc Liêu, Bắc Giang, Bình Dương, Bình Định, TP. Hồ Chí Minh, Hưng Yên"),
                                         ("en", "Bac Giang, Bac Lieu, Binh Dinh, Binh Duong, Ho Chi Minh City, Hung Yen")])
def test_provinces_stand_in_the_order_of_the_list(lang, named):
    slugs = ("bac-giang", "bac-lieu", "binh-dinh", "binh-duong", "ho-chi-minh", "hung-yen")
    assert named in changes.page(2024, lang, [(slug, {"on": ""}) for slug in slugs]).decode()


def test_what_was_told_stays_until_something_else_changes(edition):
    edition(BASE)
    revised = BASE | {"pci/overall/2019": [70.82, 4, *CITED]}
    first = shown(edition(revised), "vi")
    assert shown(edition(revised), "vi") == first and "70,79" in first
    again = shown(edition(revised | {"dti/overall/2024": [0.7365, None, *CITED]}), "vi")
    assert "0,7364" in again and "0,7365" in again and "70,79" not in again


def test_another_place_or_another_note_is_no_change(edition):
    edition(BASE)
    folder = edition(BASE | {"pci/overall/2019": [70.79, 4, "pci-2019-corrected", "sheet 1 row 4"]}, FELL.replace(">15<", ">16<"))
    told = changes.read(folder, "bac-ninh.vi")
    assert told["on"] == "" and not any(told[kind] for kind in changes.KINDS)
    assert told["figures"]["pci/overall/2019"][2] == "pci-2019-corrected"


def test_a_finding_whose_figure_was_revised_is_the_same_finding(edition):
    edition(BASE)
    told = changes.read(edition(BASE, FELL.replace(">3<", ">4<")), "bac-ninh.vi")
    assert told["came"] == told["fell"] == []


def test_a_page_that_failed_keeps_what_was_known(edition):
    edition(BASE)
    folder = edition(BASE | {"dti/overall/2024": [0.8, None, *CITED]}, status="failed")
    assert changes.read(folder, "bac-ninh.vi")["figures"] == BASE
    assert changes.read(edition(BASE | {"dti/overall/2024": [0.9, None, *CITED]}), "bac-ninh.vi")["revised"][0][2][0] == 0.7364


@pytest.mark.parametrize("left", ['{"trunc', "[]", "{}", "[" * 5000])
def test_a_damaged_record_counts_as_none(edition, left):
    folder = edition(BASE)
    files.write(changes.record(folder, "bac-ninh.vi"), left)
    edition(BASE)
    assert changes.read(folder, "bac-ninh.vi")["figures"] == BASE and "Chưa có lần lập trước" in shown(folder, "vi")


def test_two_provinces_each_against_itself(edition):
    edition(BASE)
    folder = edition(BASE | {"dti/overall/2024": [0.75, None, *CITED]}, others=["hai-phong.vi"])
    page = shown(folder, "vi")
    assert "so sánh (1): Hải Phòng" in page and "Bắc Ninh, lập lại ngày" in page
    assert changes.read(folder, "hai-phong.vi")["figures"] == {"pci/overall/2019": [1.0, 1, "x", "y"]}


def test_a_run_takes_what_changed(project):
    """A whole run of the driver, twice: the second finds the revised figure; pages that are current are left alone."""
    table = {"province": ["bac-ninh"], "index_id": ["pci"], "component": ["overall"], "year": [2022], "score": [1.0], "rank": [4],
             "source": [CITED[0]], "locator": [CITED[1]]}
    pq.write_table(pa.table(table), project / "processed" / "scores.parquet")
    made = driver.build_all(2022, ["vi"], ["bac-ninh"], jobs=1, national=False)
    assert not made.failed and "Chưa có lần lập trước" in shown(project / "out" / "2022", "vi")
    pq.write_table(pa.table(table | {"score": [1.5]}), project / "processed" / "scores.parquet")
    driver.build_all(2022, ["vi"], ["bac-ninh"], jobs=1, national=False, force=True)
    page = shown(project / "out" / "2022", "vi")
    assert "Được sửa" in page and "1,5" in page
    assert driver.build_all(2022, ["vi"], ["bac-ninh"], jobs=1, national=False).count("current") == 1
    assert shown(project / "out" / "2022", "vi") == page
