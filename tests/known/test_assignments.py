"""The province's own assignment of lead departments: a document confirms, what is not filled confirms nothing."""

from __future__ import annotations

import csv
import datetime as dt

import pytest

from govlib import paths
from govlib.errors import BadInput
from govlib.known import assignments, departments
from govlib.run import check
from govlib.run import departments as verb

ROW = {"province": "bac-ninh", "index_id": "papi", "component": "transparency", "name": "", "lead": "Sở Nội vụ", "support": "Sở Tư pháp",
       "document": "Kế hoạch 12/KH-UBND", "document_date": "2025-03-15", "until": ""}


def written(path, *rows):
    with open(path, "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, assignments.COLUMNS)
        out.writeheader()
        out.writerows(rows)
    return path


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(assignments, "place", lambda: tmp_path / "departments.csv")
    return tmp_path / "departments.csv"


def test_a_document_goes_before_everything_from_its_day(kept):
    before = departments.lead("papi", "transparency", dt.date(2025, 6, 1), "bac-ninh")
    written(kept, ROW)
    lead = departments.lead("papi", "transparency", dt.date(2025, 6, 1), "bac-ninh")
    assert (lead.lead_vi, lead.lead_en, lead.support_en) == ("Sở Nội vụ", "Department of Home Affairs", "Department of Justice")
    assert lead.basis_on(dt.date(2025, 6, 1), "bac-ninh") == "source" and "12/KH-UBND" in lead.source_title
    assert departments.lead("papi", "transparency", dt.date(2025, 6, 1), "hai-phong").lead_vi == before.lead_vi  # not another's
    assert departments.lead("papi", "transparency", dt.date(2025, 3, 14), "bac-ninh").lead_vi == before.lead_vi  # not yet


def test_what_has_no_document_confirms_nothing(kept):
    written(kept, ROW | {"document": "", "document_date": ""})
    assert assignments.read() == [] and departments.confirmed() == ()


@pytest.mark.parametrize("change, column", [
    ({"province": "Bắc Minh"}, "province"), ({"index_id": "pcj"}, "index_id"), ({"component": "transparent"}, "component"),
    ({"lead": ""}, "lead"), ({"document_date": "15/3/2025x"}, "document_date"), ({"document_date": ""}, "document_date"),
    ({"until": "2025-02-30"}, "until")])
def test_every_mistake_is_told_with_its_place(kept, change, column):
    written(kept, ROW, ROW | change)
    with pytest.raises(BadInput) as caught:
        assignments.read()
    assert column in str(caught.value) and "3" in str(caught.value)


def test_the_form_lists_every_component_and_is_recognised(tmp_path, monkeypatch, panel):
    monkeypatch.setattr(paths, "raw", lambda: tmp_path)
    (made,) = verb.form("Bắc Ninh", 2024)
    rows = list(csv.DictReader(made.read_text(encoding="utf-8-sig").splitlines()))
    assert {(r["index_id"], r["component"]) for r in rows} >= {("pci", "land_access"), ("papi", "e_governance"), ("sipas", "overall")}
    assert all(r["lead"] for r in rows if r["index_id"] in ("pci", "papi")) and not any(r["document"] for r in rows)
    looked = check.look(made)
    assert looked.problems == [] and "phân công" in looked.vi and assignments.read(made) == []
