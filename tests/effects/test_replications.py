"""Replications: each notebook runs from top to bottom, and its last table holds the published numbers."""

from __future__ import annotations

import ast

import nbformat
import pytest

# within what a published number was rounded to; of a synthetic control and of the bent trends of teachers_bargaining, what their authors'
# search leaves
NEAR = {"castle_doctrine": 1e-5, "county_minimum_wage": 6e-5, "california_tobacco": 0.15, "medicaid_expansion": 1.5e-3,
        "basque_country": 5e-4, "west_germany": 0.005, "vat_cut": 1e-7, "teachers_bargaining": 0.025, "divorce_laws": 0.0501,
        "school_spending": 6e-6, "district_councils": 5e-4}


def _last_value(book):
    """What the last cell shows. The cells run in this process: a kernel for each notebook takes longer to start than most to run."""
    space: dict = {}
    value = None
    for cell in (cell for cell in book.cells if cell.cell_type == "code"):
        *body, last = ast.parse(cell.source).body
        value = None
        if isinstance(last, ast.Expr):
            exec(compile(ast.Module(body, []), "cell", "exec"), space)  # noqa: S102 - the project's own notebooks
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), space)  # noqa: S307
        else:
            exec(compile(ast.Module([*body, last], []), "cell", "exec"), space)  # noqa: S102
    return value


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(NEAR))
def test_what_is_published_is_found(root, name, monkeypatch):
    monkeypatch.setenv("GOVLIB_LANG", "vi")  # a notebook sets the language of what it prints
    book = nbformat.read(root / "notebooks" / "replications" / f"{name}.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in book.cells)
    last = _last_value(book)
    assert list(last.columns) == ["what", "published", "here", "difference"] and len(last) >= 3
    assert last["difference"].abs().max() <= NEAR[name]


def test_every_notebook_is_tested(root):
    assert {p.stem for p in (root / "notebooks" / "replications").glob("*.ipynb")} == set(NEAR)
