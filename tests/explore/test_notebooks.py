"""Every notebook of explore/ runs from top to bottom in a fresh kernel, and refuses bad parameters."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = [pytest.mark.usefixtures("panel"), pytest.mark.slow]

HERE = Path(__file__).resolve().parents[2] / "notebooks" / "explore"
SMALL = {"index": {}, "indices": {"language": "en"}, "plan_targets": {"province": "lao-cai", "goal": 1},
         "effects": {"beside": ""}, "validity": {"index": "papi", "component": "participation", "draws": 20},
         "one_province": {"indices_used": ["papi"]}, "design_an_evaluation": {"draws": 100}}


def run(name: str, folder: Path, **parameters):
    import papermill

    return papermill.execute_notebook(HERE / f"{name}.ipynb", folder / f"{name}.ipynb", parameters, cwd=HERE, progress_bar=False,
                                      kernel_name="python3", log_output=False)


@pytest.mark.parametrize("name", [n for n in SMALL if (HERE / f"{n}.ipynb").is_file()])
def test_it_runs(name, tmp_path):
    done = run(name, tmp_path, **SMALL[name])
    shown = [o for c in done.cells if c.cell_type == "code" for o in c.outputs if o.output_type in ("execute_result", "display_data")]
    assert shown
    assert not [o for c in done.cells for o in c.get("outputs", []) if o.output_type == "stream" and o.name == "stderr"]


def test_a_wrong_parameter_stops_the_run(tmp_path):
    import papermill

    with pytest.raises(papermill.PapermillExecutionError, match="valid values: pci, papi"):
        run("validity", tmp_path, index="pcx")


@pytest.mark.parametrize(("name", "wrong", "said"), [
    ("effects", {"index": "papi", "component": "time_costs"}, "parameter component = 'time_costs': valid values: , participation"),
    ("one_province", {"province": "ha-noi"}, "'ha-noi': no dated action of provincial_service_centre is recorded for this province; they are of: .*bac-ninh"),
    ("one_province", {"province": "ca-mau"}, "'ca-mau': no dated action"),  # it has one without a date
    ("one_province", {"indices_used": ["dti"]}, "NotEstimable: not estimable, because bac-ninh has no edition before its exposure")])
def test_a_choice_that_nothing_is_held_of_is_refused_by_its_name(name, wrong, said, tmp_path):
    import papermill

    with pytest.raises(papermill.PapermillExecutionError, match=said):
        run(name, tmp_path, language="en", **wrong)


def test_the_planner_says_that_the_year_after_is_without_the_plan(monkeypatch):
    """The cell of the plan is empty there, and no chance stands in the table."""
    from govlib.explore.plan import Planner

    cells = json.loads((HERE / "plan_targets.ipynb").read_text(encoding="utf-8"))["cells"]
    at = next(i for i, c in enumerate(cells) if "by_hand.outlook(goal)" in "".join(c["source"]))
    note = "".join(cells[at + 1]["source"])
    assert "The last row is without the plan" in note and "Dòng cuối là khi không có kế hoạch" in note
    monkeypatch.setenv("GOVLIB_LANG", "en")
    table = Planner("bac-ninh", "pci").set({"transparency": 0.3}).outlook(3)._repr_html_()
    assert table.endswith("<th style='text-align:left'>rank a year on, as before</th><td>9–42</td><td></td></tr></table>") and "%" not in table


def cell_with(name: str, words: str) -> str:
    cells = json.loads((HERE / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    (found,) = [source for cell in cells if cell["cell_type"] == "code" and words in (source := "".join(cell["source"]))]
    return found


@pytest.mark.parametrize("treated", [[20, 3, 1], [1, 3, 20]])
def test_the_headline_of_a_design_has_each_number_with_its_own_effect(treated):
    """The table stands in order of the numbers, however they were typed; the headline took them as typed."""
    from types import SimpleNamespace

    from govlib import indices
    from govlib.effects import design
    from govlib.words.tables import phrase
    from govlib.words.wording import number

    seen, shown = {}, []
    fake = SimpleNamespace(design=lambda *_: None, show=lambda figure, title, *_, **__: shown.append(title))
    noise = np.random.default_rng(1).normal(size=(63, 9))
    seen = {"design": design, "plots": fake, "phrase": phrase, "number": number, "indices": indices, "noise": noise, "treated": treated, "units": 0,
            "before": 4, "after": 3, "effects_tried": [0.5], "inflate": 1.0, "draws": 100, "language": "en", "index": "pci", "component": "time_costs"}
    exec(cell_with("design_an_evaluation", 'phrase("nb.seen"'), seen)  # our own cell
    mde = seen["seen"].set_index("treated")["mde"]
    assert mde[20] < mde[1] / 2
    assert shown == [phrase("nb.seen", "en", component="Time Costs", most=20, few=1, low=number(mde[20], "en"), high=number(mde[1], "en"))]


@pytest.mark.parametrize(("index", "said"), [("dti", "không ước lượng được, vì có 0 chuỗi ba kỳ đầy đủ"), ("pci", "thay đổi một năm của một tỉnh phải vượt")])
def test_an_index_without_three_full_editions_says_so(panel, capsys, index, said):
    """Five of the seven indices that the notebook takes; it stopped there."""
    import govlib
    from govlib import explore, indices

    names = {"index": index, "component": indices.component_ids(index)[0], "language": "vi", "explore": explore, "govlib": govlib}
    exec("from govlib.forms.problems import told\n" if "import told" in cell_with("index", "params.check") else "", names)
    exec(cell_with("index", "explore.meaningful_change"), names)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("name", ["index", "indices", "plan_targets", "effects", "validity"])
def test_it_is_committed_clean(name):
    nb = json.loads((HERE / f"{name}.ipynb").read_text(encoding="utf-8"))
    code = [c for c in nb["cells"] if c["cell_type"] == "code"]
    assert all(c["outputs"] == [] and c["execution_count"] is None for c in code)
    assert code[0]["metadata"]["tags"] == ["parameters"] and "params.check" in "".join(code[1]["source"])
    assert all(len(c["source"]) <= 12 and not any(line.startswith(("def ", "class ")) for line in c["source"]) for c in code)
    first = "".join(nb["cells"][0]["source"])
    assert all(word in first for word in ("**Question.**", "**Reads.**", "**Writes.**", "**Next.**"))


def test_the_lab_calls_its_kernel_by_the_projects_name(monkeypatch):
    """And it is this Python, whichever that is."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import KernelManager

    from govlib.run import people

    monkeypatch.setattr(people, "_python", lambda *_: 0)
    for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH"):
        monkeypatch.setenv(name, "")
    people.lab(["--allow-root"])
    spec = KernelSpecManager().get_kernel_spec("python3")
    assert spec.display_name == "govlib" and KernelManager(kernel_name="python3").format_kernel_cmd()[0] == sys.executable
