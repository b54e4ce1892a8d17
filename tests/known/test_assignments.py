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


@pytest.mark.parametrize("text", ["15/03/2025", "15/3/2025", "2025-03-15"])
def test_days_as_excel_saves_them(kept, text):
    """The file is a CSV, in which Excel writes 2025-03-15 as 15/03/2025: every question then failed."""
    written(kept, ROW | {"document_date": text, "until": "31/12/2026"})
    assert check.look(kept).problems == []
    lead = departments.lead("papi", "transparency", dt.date(2025, 3, 15), "bac-ninh")
    assert (lead.lead_vi, lead.valid_from, lead.valid_to) == ("Sở Nội vụ", dt.date(2025, 3, 15), dt.date(2026, 12, 31))


def test_a_day_that_could_be_two(kept):
    """Of the two columns either may show which figure is the day."""
    (problem,) = check.look(written(kept, ROW | {"document_date": "3/5/2025"})).problems
    assert (problem.row, problem.column, problem.value) == (2, "document_date", "3/5/2025") and str(problem.problem).startswith("could be 2025-05-03 or 2025-03-05")
    (row,) = assignments.read(written(kept, ROW | {"document_date": "3/5/2025", "until": "31/12/2026"}))
    assert (row["document_date"], row["until"]) == ("2025-05-03", "2026-12-31")
    assert [p.column for p in check.look(written(kept, ROW | {"document_date": "12/11/2055", "until": "1/2/2025"})).problems] == ["document_date", "until"]


@pytest.mark.parametrize(("second", "problem"), [
    ({"province": "Bắc Ninh", "lead": "Sở Tài chính", "document_date": "15/3/2025"}, ("the component stands twice under this day (also in row 2)", 3, "component")),
    ({"component": "overall", "until": "2025-03-14"}, ("ends before it begins", 3, "until")),
    ({"component": "overall", "document_date": "2055-03-15"}, ("a day in the future", 3, "document_date"))])
def test_rows_that_contradict_each_other_or_the_calendar(kept, second, problem):
    assert [(str(p.problem), p.row, p.column) for p in check.look(written(kept, ROW, ROW | second)).problems] == [problem]


def test_a_later_document_may_assign_the_component_anew(kept):
    written(kept, ROW | {"until": "2025-03-15"}, ROW | {"document_date": "2026-01-10"}, ROW | {"document": "", "document_date": ""})
    assert len(assignments.read()) == 2
