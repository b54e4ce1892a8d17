"""The instruments' notebooks run from top to bottom on made-up data, and stop at a wrong parameter."""

from __future__ import annotations

import pytest

from govlib import paths
from govlib.errors import BadInput
from govlib.run import params


def run(path, tmp_path, monkeypatch, **parameters):
    import papermill
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path / "processed"))
    params.refuse_unknown(parameters, path)
    return papermill.execute_notebook(str(path), None, parameters=parameters, progress_bar=False, log_output=False, kernel_name="python3")


@pytest.mark.parametrize(("name", "parameters"), [
    ("satisfaction_survey", {"language": "en"}), ("ddci", {"level": "commune", "draws": 80}), ("operations", {}), ("par_self_scoring", {})])
def test_notebook_runs_headless(root, tmp_path, monkeypatch, name, parameters):
    path = root / "notebooks" / "institute" / f"{name}.ipynb"
    done = run(path, tmp_path, monkeypatch, **parameters)
    shown = "".join(str(o) for c in done.cells if c.cell_type == "code" for o in c.outputs)
    assert "SYNTHETIC" in shown and "<svg" in shown and "Traceback" not in shown
    assert list((tmp_path / "processed" / "demo").rglob("*.csv"))


def test_committed_without_outputs_and_with_literal_parameters(root):
    import nbformat
    for name in ("satisfaction_survey", "ddci", "operations", "par_self_scoring"):
        path = root / "notebooks" / "institute" / f"{name}.ipynb"
        book = nbformat.read(path, as_version=4)
        assert not [c for c in book.cells if c.cell_type == "code" and (c.outputs or c.execution_count)]
        assert book.metadata.kernelspec.name == "python3" and params.declared(path)["language"] == "vi"


def test_wrong_parameter_is_named(root):
    with pytest.raises(BadInput, match="did you mean level"):
        params.refuse_unknown({"levle": "commune"}, paths.notebooks() / "institute" / "ddci.ipynb")
