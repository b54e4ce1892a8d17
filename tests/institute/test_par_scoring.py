"""PAR Index self-scoring: the tree, points and what each item would add, the page; the form itself: test_par_form.py."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest

from govlib.errors import BadInput
from govlib.forms import old_fonts
from govlib.institute import par as par_scoring
from govlib.institute import synthetic
from govlib.institute.par import criteria as par_criteria
from govlib.institute.par import made_up as par_demo
from govlib.institute.par import page as par_page
from govlib.institute.par.form import COLUMNS

META = {"province": "Bắc Ninh", "edition": "2023", "as_of": "2024-01-15", "producer": "", "ministry_source": "Quyết định thử"}


def tree():
    """A small tree of 100 points for an edition of which no numbers were published: two items a field."""
    rows = []
    for code, (_, vi, _) in par_criteria.fields().items():
        most = 12.5
        rows.append({"code": code, "level": "field", "name_vi": vi, "max_points": most})
        rows += [{"code": f"{code}.{i}", "level": "criterion", "name_vi": f"Tiêu chí thử {code}.{i}", "max_points": points, "method": "appraisal",
                  "department": "Sở Nội vụ", "self_score": points, "evidence": "https://example.gov.vn/a"} for i, points in ((1, 10), (2, 2.5))]
    return rows


def form(tmp_path, rows, meta=META, encode=lambda text: text.encode("utf-8"), name="form.csv"):
    out = io.StringIO()
    write = csv.writer(out)
    write.writerows([f"#{k}", v] for k, v in meta.items())
    write.writerow(COLUMNS)
    write.writerows([row.get(c, "") for c in COLUMNS] for row in rows)
    path = tmp_path / name
    path.write_bytes(encode(out.getvalue()))
    return path


def changed(which, **cells):
    rows = tree()
    next(r for r in rows if r["code"] == which).update(cells)
    return rows


def refused(tmp_path, rows, meta=META):
    with pytest.raises(BadInput) as error:
        par_scoring.read(form(tmp_path, rows, meta))
    return error.value


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return par_scoring.read(par_scoring.demo(tmp_path_factory.mktemp("demo"))[0])


# ---- what was published -------------------------------------------------------------------------------------------------

def test_published_facts_and_nothing_more(root):
    facts = par_criteria.published(2022)
    assert (facts["fields"], facts["criteria"], facts["sub_criteria"], facts["points"], facts["survey_points"]) == (8, 37, 88, 100, 32)
    assert "vietnambiz" in facts["source"] and "criteria" not in par_criteria.published(2024) and par_criteria.published(2015) == {}
    assert par_criteria.field_points(2021) == {"modernisation": 15.0}  # 13.98 "out of 15" on a page of Bắc Ninh
    assert [par_criteria.tier(x, "en") for x in (90, 89.99, 80, 79.99, 70, 69.9)] == ["Group A", "Group B", "Group B", "Group C", "Group C", "-"]
    assert len(par_criteria.fields()) == 8
    # no official criteria are shipped: they would have to be the Ministry's
    assert [p.name for p in (root / "govlib" / "known" / "reference" / "par_criteria").iterdir()] == ["published.yaml"]


def test_the_demo_has_the_published_shape_and_says_what_it_is(demo):
    items = demo.items
    assert [int((items["level"] == level).sum()) for level in ("field", "criterion", "sub_criterion")] == [8, 37, 88]
    assert items.loc[items["level"] == "field", "max_points"].sum() == 100
    assert demo.leaves.query("method == 'survey'")["max_points"].sum() == pytest.approx(32)
    assert items.loc[items["level"] != "field", "name_vi"].str.contains("giả lập").all() and demo.synthetic


# ---- bad input ----------------------------------------------------------------------------------------------------------

def test_a_right_form_is_taken(tmp_path):
    s = par_scoring.read(form(tmp_path, tree()))
    assert par_scoring.total(s).low == 100 and par_scoring.total(s).tier("en") == "Group A" and "not read" in str(s)


def test_a_department_that_was_abolished(tmp_path):
    rows = changed("2.1", department="Sở Lao động, Thương binh và Xã hội")
    par_scoring.read(form(tmp_path, rows))  # it existed on 2024-01-15
    error = refused(tmp_path, rows, {**META, "as_of": "2025-06-01"})
    assert "abolished on 28/02/2025" in str(error) and "Sở Nội vụ" in str(error) and error.row == 11


@pytest.mark.parametrize("encode", [
    lambda t: t.encode("utf-8-sig"), lambda t: t.encode("utf-16"), old_fonts.to_tcvn3,
    lambda t: b"".join(old_fonts.to_tcvn3(line) if i % 2 else line.encode("utf-8") for i, line in enumerate(t.splitlines(keepends=True)))],
    ids=["utf-8-sig", "utf-16", "tcvn3", "mixed"])
def test_encodings_and_mixtures(tmp_path, encode):
    s = par_scoring.read(form(tmp_path, tree(), encode=encode))
    assert len(s.items) == 24 and set(s.leaves["unit"]) == {"so-noi-vu"}


def test_templates(tmp_path):
    for path in par_scoring.template(tmp_path):
        with pytest.raises(BadInput, match="edition"):
            par_scoring.read(path)
    from openpyxl import load_workbook

    names = [c.value for c in load_workbook(tmp_path / "par_scoring.xlsx")["data"]["C"]]
    assert "Cải cách thể chế" in names


# ---- results ------------------------------------------------------------------------------------------------------------

def test_points_add_up_by_hand(tmp_path):
    rows = changed("3.1", self_score=8, ministry_score=6, reason="thiếu", outstanding="nộp bổ sung", deadline="2024-03-01")
    next(r for r in rows if r["code"] == "4.2").update(self_score="1,5", outstanding="rà soát", deadline="2023-12-31", expected_score=2)
    next(r for r in rows if r["code"] == "8.1").update(self_score="")
    next(r for r in rows if r["code"] == "1.1").update(outstanding="đã xong", deadline="2023-06-01", status="done")
    s = par_scoring.read(form(tmp_path, rows))
    t = par_scoring.total(s)
    assert (t.low, t.high, t.open) == (85.0, 95.0, 10.0)   # 100 − 4 (item 3.1) − 1 (4.2) − 10 (8.1 unknown)
    assert t.tier("en") == "" and t.ministry == 6 and t.ministry_of == 10
    by = par_scoring.by(s, "field").set_index("key")
    assert by.loc["administrative_procedures", ["score", "lost", "gap", "cut_items"]].tolist() == [8.5, 4.0, -2.0, 1]
    assert by.loc["impact", "unknown_points"] == 10
    items = s.items.set_index("code")
    assert items.loc["3", "self_score"] == 10.5 and np.isnan(items.loc["8", "self_score"])  # a part is not known, so is the sum
    todo = par_scoring.outstanding(s).set_index("code")
    assert todo["gain"].to_dict() == {"3.1": 4.0, "4.2": 0.5, "1.1": 0.0}
    assert todo["overdue"].to_dict() == {"3.1": False, "4.2": True, "1.1": False} and todo.loc["3.1", "total_after"] == 89.0
    assert todo.index[0] == "3.1" and "past their deadline" in str(s)


def test_points_that_are_still_to_come_are_not_points_lost(tmp_path):
    """In January the Ministry's survey is not out: 6 of field 1's 12.5 points are unknown, and all that is known of it was given."""
    rows = changed("1.1", method="survey", self_score="")
    next(r for r in rows if r["code"] == "2.2").update(self_score=1)
    next(r for r in rows if r["code"] == "3.2").update(self_score=1, outstanding="nộp bổ sung", deadline="2024-03-01")
    s = par_scoring.read(form(tmp_path, rows))
    drawn = par_page.fields_figure(s, "en")
    lowest = [par_criteria.fields()[code][2] for code in ("2", "3")]
    assert drawn["title"] == f"Lowest share of the points that have a result: {lowest[0]} and {lowest[1]}"
    assert drawn["table"]["Points of items with a result"].tolist()[0] == 2.5 and "2.50/2.50" in drawn["alt"]
    said = " ".join(par_page.findings(s, "en"))
    assert "between 87.00 and 97.00" in said and "need" not in said  # what is missing to the next group is not known yet
    known = par_scoring.read(form(tmp_path, changed("3.2", self_score=1, outstanding="nộp bổ sung", deadline="2024-03-01")))
    assert "between" not in " ".join(par_page.findings(known, "en"))
    assert par_page.fields_figure(par_scoring.read(form(tmp_path, tree())), "en")["title"] == "All fields have the same share of their points"


def test_the_shortest_way_to_the_next_group(demo):
    way, todo = par_scoring.shortest(demo), par_scoring.outstanding(demo)
    now = par_scoring.total(demo).low
    assert way.target == 90 and way.reached and now + way.gain >= 90
    gains = np.sort(todo["gain"].to_numpy())[::-1]
    assert gains[:len(way.codes) - 1].sum() < 90 - now <= gains[:len(way.codes)].sum()  # no smaller set can do it
    assert not par_scoring.shortest(demo, 99.9).reached


def test_gaps_are_sums_of_the_form(demo):
    leaf = demo.leaves
    assert par_scoring.gaps(demo)["gap"].sum() == pytest.approx((leaf["ministry_score"] - leaf["self_score"]).sum())
    assert par_scoring.by(demo, "unit")["score"].sum() == pytest.approx(par_scoring.total(demo).low) == pytest.approx(leaf["score"].sum())
    with pytest.raises(BadInput, match="field, unit or method"):
        par_scoring.by(demo, "colour")


# ---- synthetic, page, notebook -------------------------------------------------------------------------------------------

def test_demo_is_the_same_every_time_and_cannot_be_taken_for_published(demo, tmp_path):
    again = par_demo.write(tmp_path)[0]
    assert again.read_bytes() == demo.path.read_bytes()
    from govlib.collect import checks

    with pytest.raises(BadInput):
        checks.read_tidy(again)  # its header alone keeps it out of data/raw


def test_page_in_both_languages(demo, tmp_path):
    vi, en = (par_scoring.report(demo.path, lang, tmp_path)[0].read_text(encoding="utf-8") for lang in ("vi", "en"))
    assert vi.count("SYNTHETIC") > 3 and "GIẢ LẬP" in vi and "37 tiêu chí" in vi and "37 criteria" in en and 'lang="en"' in en
    assert "84,77" in vi and "84.77" in en and "số liệu đã công bố" not in vi
    assert (pd.read_csv(tmp_path / "tables" / "outstanding.csv")[synthetic.FIELD] == synthetic.MARK).all()


def test_page_of_a_real_form_has_no_mark_and_escapes_what_was_typed(tmp_path):
    rows = changed("3.1", self_score=8, outstanding="<script>alert(1)</script>", deadline="2024-03-01")
    next(r for r in rows if r["code"] == "4.1").update(self_score=9, ministry_score=8, evidence="javascript:alert(1)")
    page = par_scoring.report(form(tmp_path, rows), "vi", tmp_path)[0].read_text(encoding="utf-8")
    assert "SYNTHETIC" not in page and "<script>alert" not in page and "&lt;script&gt;" in page and 'href="javascript' not in page


def test_page_with_nothing_outstanding_and_no_scores(tmp_path):
    rows = tree()
    for row in rows:
        row.pop("self_score", None)
    pages = [par_scoring.report(form(tmp_path, r), "en", tmp_path)[0].read_text(encoding="utf-8") for r in (rows, tree())]
    assert "No field has a score yet" in pages[0] and "0.00–100.00" in pages[0] and "Nothing outstanding" in pages[1]
