"""Every notebook of explore/ runs from top to bottom in a fresh kernel, and refuses bad parameters."""

from __future__ import annotations

import json
import sys
from pathlib import Path

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
