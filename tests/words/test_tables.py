"""The tables of sentences: every id that code names is there, none is left over, both languages fill the same places."""

from __future__ import annotations

import ast
import csv
import re
import string
from pathlib import Path

import pytest

from govlib.errors import BadInput, UnknownName
from govlib.words import tables

PACKAGE = Path(tables.__file__).resolve().parents[1]
FILES = sorted(tables.FOLDER.glob("*.csv"))
ID = re.compile(r"[a-z]\w*(\.[\w-]+)*")
VIETNAMESE = re.compile("[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.I)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


ROWS = [(path.name, row) for path in FILES for row in rows(path)]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def strings() -> tuple[set[str], set[str]]:
    """Texts that stand in our code and notebooks as they are, and the beginnings of those put together when run."""
    whole, begun = set(), set()
    sources = [path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py")) if "template" not in path.parts]
    for notebook in sorted((PACKAGE.parent / "notebooks").rglob("*.ipynb")):
        import json

        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        sources.append(re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", code))
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and named(node) in ("under", "counted") and isinstance(node.args[0], ast.Constant):
                begun.add(f"{node.args[0].value}.")
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begun.add(str(node.values[0].value))
            elif isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
                begun.add(node.left.value)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
    return whole, {text for text in begun if "." in text}  # "g{...}" begins no id, and would hide every dead one on g


def named(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_ids_are_unique_and_neither_language_is_empty():
    ids = [row["id"] for _, row in ROWS]
    assert sorted(ids) == sorted(set(ids))
    assert not [row["id"] for _, row in ROWS if not row["vi"].strip() or not row["en"].strip() or not ID.fullmatch(row["id"])]


@pytest.mark.parametrize("file", [path.name for path in FILES])
def test_both_languages_fill_the_same_places(file):
    assert {row["id"]: places(row["vi"]) for name, row in ROWS if name == file} == {
        row["id"]: places(row["en"]) for name, row in ROWS if name == file}


def test_every_sentence_that_code_names_is_there():
    lost = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and named(node) in ("phrase", "pair", "both") and node.args and isinstance(node.args[0], ast.Constant):
                key, given = node.args[0].value, {keyword.arg for keyword in node.keywords}
                if key not in tables.sentences():
                    lost.append(f"{path.name}:{node.lineno} {key}")
                elif named(node) == "phrase" and None not in given and not places(tables.sentences()[key]["vi"]) <= given | {"lang"}:
                    lost.append(f"{path.name}:{node.lineno} {key}: {places(tables.sentences()[key]['vi']) - given} not given")
    assert not lost


def test_no_sentence_is_left_over():
    whole, begun = strings()
    unused = [row["id"] for _, row in ROWS if row["id"] not in whole and not any(b and row["id"].startswith(b) for b in begun)]
    assert not unused


def test_of_a_place_that_a_template_takes_whole_nothing_is_left_over():
    """``under("list", lang)``: its texts are used as ``words.<what follows>``, in the module or its template."""
    places_taken = {node.args[0].value: path for path in sorted(PACKAGE.rglob("*.py")) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                    if isinstance(node, ast.Call) and named(node) == "under"}
    assert {"page", "list"} <= places_taken.keys()
    for place, module in places_taken.items():
        text = "".join(p.read_text(encoding="utf-8") for p in [module, *(module.parent / "template").glob("*.html.j2")])
        unused = [key for key in tables.under(place, "vi") if not re.search(rf"\bwords\.{key}\b|[\"'](?:{place}\.)?{key}[\"']", text)]
        assert not unused, place


def test_an_unknown_sentence_names_its_neighbours():
    with pytest.raises(UnknownName, match="col.score"):
        tables.phrase("col.scoer", "vi")
    with pytest.raises(BadInput, match="language"):
        tables.phrase("col.score", "fr")


def test_an_id_that_stands_twice_is_refused(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("id,vi,en\nx.y,một,one\n", encoding="utf-8")
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    tables.sentences.cache_clear()
    with pytest.raises(BadInput, match="twice"):
        tables.sentences()
    monkeypatch.undo()
    tables.sentences.cache_clear()


# Vietnamese that stays in Python, in how many texts of a module, and why
STAYS = {
    "canvas.py": 1, "tables.py": 2, "index.py": 1, "text.py": 2, "old_fonts.py": 40,  # letters, not words
    "boundaries.py": 2, "maps.py": 1, "units.py": 3, "people.py": 1,  # names
    "made_up.py": 33,  # made-up data
    "papi_indicators.py": 3, "bac_ninh.py": 2, "controls_budget.py": 5, "controls_fdi.py": 2, "controls_grdp.py": 4,
    "controls_gso.py": 10, "sipas.py": 2,  # what a publisher printed, to find it there
    "lp_did.py": 1, "widgets.py": 1, "check.py": 1,  # a name; of a language; as its table
    "departments.py": 2, "satisfaction/page.py": 2, "run/verify.py": 1,  # what a person or a page wrote, to understand it
}


def test_no_sentence_is_written_into_python():
    """Texts with Vietnamese letters outside docstrings: only those above, each module with its number of them."""
    found: dict[str, int] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if "template" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        n = sum(isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
                and bool(VIETNAMESE.search(node.value)) for node in ast.walk(tree))
        if n:
            name = path.name if path.name in STAYS else "/".join(path.parts[-2:])
            found[name] = found.get(name, 0) + n
    assert {name: n for name, n in found.items() if n > STAYS.get(name, 0)} == {}, "into govlib/words/sentences"
