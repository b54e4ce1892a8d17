"""Tables and files that researchers hand in: whole, safe in LaTeX and Stata, and with the numbers of the rows."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from govlib import did, effects
from govlib.errors import BadInput, NotEstimable, UnknownName


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(1)
    y = rng.normal(size=(30, 10, 2))
    cohort = np.where(np.arange(30) < 6, 5.0, np.inf)
    y[:6, 5:, 0] += 3
    panel = did.from_arrays(y, cohort, components=["50%_&_more", "b"], units=[f"đơn vị {i}" for i in range(30)])
    return did.estimate(panel, "twfe"), did.estimate(panel, "imputation", inference=("crv1", "ri"))


def test_cells_are_the_rows(tables):
    frame = effects.etable(*tables, form="frame")
    row = tables[0].query("term == 'att' and component == '50%_&_more'").iloc[0]
    assert frame.iloc[0, 0] == "50%_&_more" and frame.iloc[0, 1] == f"{row['estimate']:.3f}***"
    assert frame.iloc[1, 1] == f"({row['std_error']:.3f})"
    permuted = tables[1].query("term == 'att' and component == '50%_&_more' and inference == 'ri'").iloc[0]
    assert frame.iloc[1, 2] == f"[{permuted['ci_low']:.3f}; {permuted['ci_high']:.3f}]"
    assert frame.iloc[-1].tolist() == ["Treated units", "6", "6"]
    assert "," in effects.etable(tables[0], form="frame", lang="vi").iloc[0, 1]


def test_every_form_holds_every_cell(tables, tmp_path):
    from docx import Document

    frame = effects.etable(*tables, form="frame", names=["a", "b"])
    cells = [c for c in frame.to_numpy().ravel() if c]
    html = effects.etable(*tables, names=["a", "b"])
    assert all(c.replace("&", "&amp;") in html for c in cells)
    tex = effects.etable(*tables, form="tex", path=tmp_path / "t.tex")
    assert r"50\%\_\&\_more" in tex and (tmp_path / "t.tex").read_text(encoding="utf-8") == tex
    assert tex.count("&") - tex.count(r"\&") == 2 * (len(frame) + 1)
    below_zero = effects.etable(*(t[t["component"] == "b"].assign(estimate=-t["estimate"].abs(), component="[b] *") for t in tables), form="tex")
    assert "\u2212" not in below_zero and "$-$" in below_zero and "\n{}[b] * & " in below_zero
    assert all(c.replace("*", "\\*") in effects.etable(*tables, form="md", names=["a", "b"]) for c in cells)
    word = Document(io.BytesIO(effects.etable(*tables, form="docx", names=["a", "b"])))
    assert [[c.text for c in r.cells] for r in word.tables[0].rows][1:] == frame.to_numpy().tolist()
    with pytest.raises(UnknownName):
        effects.etable(*tables, form="pdf")
    with pytest.raises(BadInput):
        effects.etable(*tables, names=["only one"])
    with pytest.raises(NotEstimable):
        effects.etable(tables[0].assign(estimate=np.nan))


def test_the_foot_has_the_editions_of_every_outcome():
    """Those of the first one stood for all."""
    y = np.random.default_rng(3).normal(size=(30, 10, 3))
    y[:, :2, 1] = np.nan
    rows = did.estimate(did.from_arrays(y, np.repeat([2015.0, np.inf], 15), years=range(2010, 2020), components=["a", "b", "c"]), "twfe")
    foot = effects.etable(rows, form="frame").set_index("")["(1)"]
    assert foot["Years"] == "2010–2019; 2012–2019"
    assert effects.etable(rows[rows["component"] != "b"], form="frame").set_index("").at["Years", "(1)"] == "2010–2019"


def test_signs_that_latex_prints_as_others_are_written_out(tables):
    odd = tables[0].assign(component="a < b > c | " + tables[0]["component"])
    tex = effects.etable(odd, form="tex")
    assert r"a \textless{} b \textgreater{} c \textbar{} b" in tex and r"*** p \textless{} 0.01" in tex
    assert not [c for c in "<>|" if c in tex]


def test_a_frame_is_not_said_to_be_written(tables, tmp_path):
    with pytest.raises(BadInput, match="column path, value '.*t.csv': a frame is given back and written nowhere → form html, tex"):
        effects.etable(tables[0], form="frame", path=tmp_path / "t.csv")


def test_files_come_back_as_they_were(tables, tmp_path):
    rows = tables[1].assign(note="Đã bỏ " + "ế" * 300)
    dta, parquet, csv, book = effects.export(rows, tmp_path)
    back = pd.read_stata(dta)
    assert back["estimate"].to_numpy() == pytest.approx(rows["estimate"].to_numpy(), nan_ok=True)
    assert back["note"].str.len().max() == 244 and back["note"].iloc[0].startswith("Đã bỏ ế") and back["note"].iloc[0].endswith("…")
    assert back["treated"].iloc[0].startswith("đơn vị 0")
    with pd.read_stata(dta, iterator=True) as reader:
        labels = reader.variable_labels()
    assert labels["p_floor"] == "Smallest p that the test can give" and all(0 < len(v) <= 80 for v in labels.values())
    pd.testing.assert_frame_equal(pd.read_parquet(parquet), rows, check_dtype=False)
    assert len(pd.read_csv(csv)) == len(rows)
    told = pd.read_csv(book)
    assert told["column"].tolist() == list(rows.columns) and told["meaning"].notna().all()


def test_an_end_that_nothing_bounds_is_missing_in_stata(tmp_path):
    """Three units: no placebo test bounds the effect, and Stata has no infinity."""
    y = np.random.default_rng(2).normal(size=(3, 8)).cumsum(1)
    rows = did.estimate(did.from_arrays(y, np.r_[5, np.inf, np.inf]), "synthetic_control")
    assert np.isinf(rows["ci_low"].iloc[0])
    dta, parquet, *_ = effects.export(rows, tmp_path)
    back = pd.read_stata(dta)
    assert np.isnan(back["ci_low"].iloc[0]) and back["p_value"].iloc[0] == rows["p_value"].iloc[0]
    assert np.isinf(pd.read_parquet(parquet)["ci_low"].iloc[0])
    frame = effects.etable(rows, form="frame")
    assert frame.iloc[1, 1] == f"[p = {rows['p_value'].iloc[0]:.3f}]"


def test_one_row_is_a_table_of_one(tables):
    frame, row = tables[0].query("term == 'att' and component == 'b'"), tables[0].query("term == 'att' and component == 'b'").iloc[0]
    assert effects.etable(row, form="frame").equals(effects.etable(frame, form="frame"))


def test_tables_may_come_as_a_list_and_with_other_decimals(tables):
    assert effects.etable(list(tables), form="md") == effects.etable(*tables, form="md")
    row = tables[0].query("term == 'att' and component == 'b'").iloc[0]
    frame = effects.etable(tables[0], form="frame", decimals=5, stars=False)
    assert frame.iloc[2:4, 1].tolist() == [f"{row['estimate']:.5f}".replace("-", "\u2212"), f"({row['std_error']:.5f})"]
    with pytest.raises(BadInput, match="one table has two estimates of an outcome"):  # of which the last one stood for both
        effects.etable(pd.concat([tables[0], tables[0].assign(estimator="gardner")]))


@pytest.mark.parametrize("given", [(), ([],)])
def test_what_is_lacking_is_said_where_no_table_is_given(given):
    """It said "0 headings for 0 tables"."""
    with pytest.raises(BadInput, match="column tables: no table of estimates is given → give the rows of an estimate"):
        effects.etable(*given)
