"""Notebooks 1 and 2 run from a fresh kernel, refuse bad parameters, and are committed as the conventions say."""

from __future__ import annotations

import ast

import nbformat
import pytest

NAMES = ("1_collect_indices", "2_build_panel")


def run(root, name, tmp_path, **parameters):
    import papermill

    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(root / "notebooks" / f"{name}.ipynb", out, parameters=parameters, progress_bar=False,
                               kernel_name="python3", cwd=root, log_output=False)
    return nbformat.read(out, 4)


def shown(notebook):
    parts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            parts.append(output.get("text") or output.get("data", {}).get("text/plain", ""))
    return "\n".join(parts)


@pytest.mark.parametrize("name", NAMES)
def test_conventions(root, name):
    notebook = nbformat.read(root / "notebooks" / f"{name}.ipynb", 4)
    cells = notebook.cells
    assert cells[0].cell_type == "markdown" and all(f"**{word}.**" in cells[0].source for word in ("Question", "Reads", "Writes", "Next"))
    assert cells[1].metadata.get("tags") == ["parameters"] and "params.check(" in cells[2].source
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in cells:
        if cell.cell_type == "code":
            assert not cell.outputs and cell.execution_count is None
            assert len(cell.source.splitlines()) <= 12, cell.source
            tree = ast.parse(cell.source)
            assert not any(isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)) for node in ast.walk(tree))
    assert sum(line.startswith("# ") for cell in cells if cell.cell_type == "markdown" for line in cell.source.splitlines()) == 2  # a title in either language


def test_a_list_of_problems_is_shown_whole():
    from types import SimpleNamespace

    from govlib.run import stages as pipeline

    said = "Traceback …\nBadInput: 2 problems:\n  1. a.csv, row 1: x\n  2. a.csv, row 2: y\n"
    assert pipeline._listed(SimpleNamespace(reason="cell 6: BadInput: 2 problems:", details=said)).splitlines()[1:3] == [
        "  1. a.csv, row 1: x", "  2. a.csv, row 2: y"]
    assert pipeline._listed(SimpleNamespace(reason="cell 6: BadInput: one", details=said)) == ""


@pytest.mark.slow
def test_collect_runs_offline(root, tmp_path, monkeypatch):
    monkeypatch.setenv("GOVLIB_MIRROR", str(tmp_path / "nowhere"))  # would fail if it fetched
    text = shown(run(root, "1_collect_indices", tmp_path, indices=["pci", "sipas"], editions=[2019]))
    assert "pci-workbook-2019" in text and "inbox" in text and "dti" not in text


@pytest.mark.slow
def test_build_runs_and_shows_what_does_not_fit(root, tmp_path, monkeypatch):
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path / "processed"))
    notebook = run(root, "2_build_panel", tmp_path, language="vi")
    text = shown(notebook)
    assert "rows in =" in text and "0.5519" in text and "không khớp" in text and "ha-giang" in text
    images = [o for cell in notebook.cells for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
    assert len(images) == 1 and "Every province" in str(images[0].metadata), "the heatmap, with alt text"
    assert (tmp_path / "processed" / "scores.parquet").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parameters", "said"), [
    ("1_collect_indices", {"indices": "pci"}, "must be a list"), ("2_build_panel", {"language": "fr"}, "valid values: vi, en")])
def test_bad_parameters_stop_at_the_third_cell(root, tmp_path, name, parameters, said):
    from papermill.exceptions import PapermillExecutionError

    with pytest.raises(PapermillExecutionError, match=said):
        run(root, name, tmp_path, **parameters)
