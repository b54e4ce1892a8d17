"""The planner and the effects picker: their numbers are govlib.reading.targets' and govlib.effects', their files are read back."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from dataclasses import replace

import pandas as pd
import pytest
from kit.boards import made_up_2025

from govlib import cli
from govlib.collect import institute_plan
from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.explore import effects as by_hand
from govlib.explore.plan import Planner, tier_of
from govlib.explore.plan_page import PlannerPage
from govlib.forms.problems import told
from govlib.known import indices
from govlib.panel import data
from govlib.reading import outlook
from govlib.reading.board import panel_board

pytestmark = pytest.mark.usefixtures("panel")


def test_a_rise_moves_the_composite_by_its_weight():
    plan = Planner("bac-ninh", "pci", 2019).set({"transparency": 0.5})
    o = plan.outlook(3)
    # PCI 2019: transparency weighs 20 %, and a component's point is worth ten of the composite
    assert o.score - o.score_now == pytest.approx(0.5 * 0.20 * 10)
    assert (o.rank_now, o.of) == (4, 63) and o.rank <= 4 and o.total == pytest.approx(0.5)
    assert o.later == outlook.rank_range(panel_board(), "pci", 2019, "bac-ninh")
    assert o.chance == outlook.told(panel_board(), "pci", 2019, "bac-ninh", 3)


def test_least_change_reaches_the_rank_it_was_asked_for():
    plan = Planner("bac-ninh", "pci", 2019).least(1)
    assert plan.outlook(1).rank == 1
    tied = Planner("bac-ninh", "pci", 2019)
    tied.field = replace(tied.field, largest=tied.field.largest * 0.001)
    with pytest.raises(NotEstimable, match="largest rises"):
        tied.least(1)
    with pytest.raises(BadInput, match="no such component"):
        plan.set({"speed": 1})
    with pytest.raises(BadInput, match="between 0"):
        plan.set({"transparency": 99})
    with pytest.raises(BadInput, match="pci, papi"):
        Planner("bac-ninh", "dti")
    with pytest.raises(BadInput, match="column year, value '2019': not a whole number"):
        Planner("bac-ninh", "pci", "2019")
    with pytest.raises(BadInput, match="value '1': a rise lies between 0") as caught:
        Planner("Bac Ninh", "PCI", 2019).set({"transparency": "1"})
    assert re.search(r"→ từ 0 đến \d,\d\d$", told(caught.value, "vi"))


def test_a_plan_is_of_the_unit_that_was_named(panel, monkeypatch, tmp_path):
    """As govlib.target: with a made-up PCI 2025 the plan of the Bắc Ninh before the merger answered an edition of the new one."""
    with pytest.raises(NotEstimable, match="bac-ninh-2025's among them"):
        Planner("bac-ninh-2025", "pci")
    table = pd.read_parquet(panel / "scores.parquet")
    pd.concat([table, made_up_2025(table)], ignore_index=True).to_parquet(tmp_path / "scores.parquet")
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path))
    monkeypatch.setattr(indices, "editions", lambda index_id, held=indices.editions: [*held(index_id), 2025])
    with pytest.raises(NotEstimable, match="since Bắc Ninh was formed on 2025-07-01 .*; of the one before, name the year: 2006"):
        Planner("bac-ninh", "pci")
    assert {row["year"] for row in Planner("bac-ninh", "pci", 2023).least(3).rows()} == {"2024"}
    assert {row["year"] for row in Planner("cao-bang", "pci").least(3).rows()} == {"2025"}
    page = PlannerPage("bac-ninh", "pci")
    assert page.plan.year == 2023 == page.base.value and "2023" in page.facts.value


def test_tiers_are_those_printed_or_none():
    # the 2016 workbook prints its first, Đà Nẵng with 70.00, as "Rất tốt"
    assert tier_of(70.0, 1, "pci", 2016, 63) == "Rất tốt"
    assert tier_of(10.0, 63, "pci", 2016, 63) == "Thấp"
    assert tier_of(70.79, 4, "pci", 2019, 63) is None
    assert [tier_of(0, r, "papi", 2019, 63) for r in (16, 17, 32, 33, 47, 48)] == [
        "Cao", "Trung bình cao", "Trung bình cao", "Trung bình thấp", "Trung bình thấp", "Thấp"]


def test_the_saved_plan_is_what_briefings_read(tmp_path):
    path = tmp_path / "institute_plan.csv"
    own = 'year,province,index_id,component,indicator,lead,task,deadline,status,result\n2023,bac-ninh,pci,entry_costs,,Sở Tài chính,"Việc cũ, còn dở",2024-06-30,late,\n'
    path.write_text(own, encoding="utf-8")
    plan = Planner("bac-ninh", "pci", 2019).set({"transparency": 0.5, "time_costs": 0.25})
    plan.save(answers=2024, deadline="2025-12-31", path=path)
    assert path.read_text(encoding="utf-8").startswith(own)  # the institute's own rows stay byte for byte
    rows = institute_plan.read(path)
    new = rows[rows["year"] == 2024]
    assert set(new["component"]) == {"transparency", "time_costs"} and set(new["status"]) == {"planned"}
    assert institute_plan.deadline(rows, "bac-ninh", 2024, "pci", "time_costs") == "2025-12-31"
    assert len(institute_plan.unfinished(rows, "bac-ninh", 2025)) == 3
    plan.set({"transparency": 0.6}).save(answers=2024, path=path)
    again = institute_plan.read(path)
    assert len(again) == 3 and again["task"].str.contains(r"\+0,60").sum() == 1


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_a_plan_that_excel_saved_stays_as_excel_saves(tmp_path, mark, end, separator):
    """Mark of order, line ends, separator; letters whose marks stand apart; a last line without an end, a cell of two lines."""
    path, head = tmp_path / "institute_plan.csv", separator.join(institute_plan.COLUMNS)
    cells = ["2023", "bac-ninh", "pci", "entry_costs", "", "So\u031b\u0309 Ta\u0300i", f'"Việc cũ{separator} còn{end}dở"', "2024-06-30", "late", ""]
    own = (mark + head + end + separator.join(cells)).encode()
    path.write_bytes(own)
    plan = Planner("bac-ninh", "pci", 2019).set({"transparency": 0.5})
    for _ in range(2):
        plan.save(answers=2024, path=path)
        written = path.read_bytes()
        assert written.startswith(own + end.encode()) and written.count(b"\n") == written.count(end.encode()) == 4
        assert len(institute_plan.read(path)) == 2


COLUMNS = list(institute_plan.COLUMNS)


@pytest.mark.parametrize(("before", "header"), [
    ("", COLUMNS[::-1]), ("", [*COLUMNS, "người nhập"]), ("", ["STT", *COLUMNS]), ("", [*COLUMNS, "", ""]), ("sep=;\n", COLUMNS), ("# kế hoạch, 2024\n\n", COLUMNS)])
@pytest.mark.parametrize("separator", [",", ";"])
def test_a_plan_of_any_header_that_is_read_is_added_to(tmp_path, before, header, separator):
    """They were refused as having their columns in another order, whatever it was."""
    path = tmp_path / "institute_plan.csv"
    old = {"year": "2023", "province": "bac-ninh", "index_id": "pci", "component": "entry_costs", "task": "Việc cũ", "status": "late"}
    before = before.replace(";", separator)
    own = before + "".join(separator.join(line) + "\n" for line in (header, [old.get(name, "") for name in header]))
    path.write_text(own, encoding="utf-8")
    plan = Planner("bac-ninh", "pci", 2019)
    for rise, task in ((0.5, "+0,50"), (0.25, "+0,25")):
        plan.set({"transparency": rise}).save(answers=2024, path=path)
        rows = institute_plan.read(path)
        assert path.read_text(encoding="utf-8").startswith(own) and rows["component"].tolist() == ["entry_costs", "transparency"]
        assert task in rows["task"][1] and rows["lead"][1] and (rows["status"].tolist(), rows["year"].tolist()) == (["late", "planned"], [2023, 2024])


@pytest.mark.parametrize("deadline", ["31/02/2025", "soon"])
def test_a_wrong_deadline_changes_nothing(tmp_path, deadline):
    path = tmp_path / "institute_plan.csv"
    before = ",".join(institute_plan.COLUMNS) + "\n"
    path.write_text(before, encoding="utf-8")
    with pytest.raises(BadInput, match="not a date"):
        Planner("bac-ninh", "pci").set({"transparency": 0.1}).save(deadline=deadline, path=path)
    assert path.read_text(encoding="utf-8") == before
    with pytest.raises(BadInput, match="empty"):
        Planner("bac-ninh", "pci").save(path=path)


def test_planner_widgets_follow_the_sliders():
    p = PlannerPage("bac-ninh", "pci", 3)
    before = p.facts.value
    p.sliders["transparency"].value = 0.5
    assert p.facts.value != before and "66,21" in p.facts.value and "chỉ xếp hạng 30 tỉnh đứng đầu" in p.facts.value and "Planner(" in p.files.value
    p.index.value = "papi"
    assert set(p.sliders) == set(p.plan.components) and p.plan.year == 2024
    p.lang.value = "en"
    assert "Rank of 61" in p.facts.value
    p.index.value = "pci"
    p.base.value = 2016
    assert p.plan.year == 2016 and "High" in p.facts.value


SPEC = by_hand.Specification("pci", "time_costs", "peoples_council_removal", "twfe", "drop_unknown", "early", "2006:2012")


def test_command_and_line_give_the_same_rows():
    rows = SPEC.estimate()
    import govlib

    importable = eval(SPEC.line, {"govlib": govlib})
    pd.testing.assert_frame_equal(rows, importable)
    assert shlex.split(SPEC.command)[0] == "govlib"
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert cli.main([*shlex.split(SPEC.command)[1:], "--json"]) == 0
    printed = pd.DataFrame(json.loads(out.getvalue()))
    assert printed["estimate"].tolist() == pytest.approx(rows["estimate"].tolist(), nan_ok=True)


@pytest.mark.parametrize(("wrong", "said"), [
    ({"component": "time_cost"}, "unknown component of pci 'time_cost'; nearest: time_costs"),
    ({"index": "papi", "component": "time_costs"}, "unknown component of papi 'time_costs'"),
    ({"component": "overall"}, "unknown component 'overall'; nearest: entry_costs"),
    ({"index": "par"}, "unknown index 'par'"), ({"reform": "ddcii"}, "unknown reform 'ddcii'; nearest: ddci"),
    ({"estimator": "interaction"}, "unknown estimator"), ({"province": "bac-nin"}, "unknown province 'bac-nin'; nearest: bac-ninh")])
def test_a_choice_that_there_is_not_is_refused_and_no_other_takes_its_place(wrong, said):
    with pytest.raises(UnknownName, match=said):
        by_hand.effects_picker(wrong)


def test_a_choice_is_taken_as_it_is_printed_and_another_index_begins_with_all_components():
    side = by_hand.Side(replace(SPEC, component="Chi phí không chính thức"), "vi")
    assert side.spec == replace(SPEC, component="informal_charges")
    picker = by_hand.Picker(SPEC)
    picker.sides[0].boxes["index"].value = "papi"
    assert picker.sides[0].spec == replace(SPEC, index="papi", component="")


def test_two_sides_share_a_scale_and_errors_are_shown():
    picker = by_hand.Picker(SPEC, replace(SPEC, estimator="imputation"))
    one, two = (side.out.value for side in picker.sides)
    assert "<svg" in one and "<svg" in two and "--estimator imputation" in two and SPEC.reform in one
    picker.sides[1].boxes["estimator"].value = "synthetic_control"
    assert "đối chứng tổng hợp được lập cho từng tỉnh một" in picker.sides[1].out.value
    picker.sides[1].boxes["province"].value = "da-nang"
    assert "--province da-nang" in picker.sides[1].out.value and "<svg" in picker.sides[1].out.value
    picker.lang.value = "en"
    assert "known to have done it in these years" in picker.sides[0].out.value
    picker.sides[0].boxes["years"].value = "2012:2006"
    assert 'role="alert"' in picker.sides[0].out.value and "reversed" in picker.sides[0].out.value


def test_the_picker_looks_through_the_estimates_once_and_not_once_a_reform(monkeypatch):
    """It looked fifty times, and took ten seconds to open and to change its language."""
    made, looks = data.estimates(), []

    class Watched(pd.DataFrame):
        @property
        def loc(self):
            looks.append(self.shape)
            return super().loc

    monkeypatch.setattr(data, "estimates", lambda: Watched(made))
    options = by_hand.reform_options("vi")
    assert len(looks) == 1
    assert {name for _, name in options} == set(made["reform"][made["estimate"].notna()].unique())
