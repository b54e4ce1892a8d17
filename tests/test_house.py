"""The house keeps its own rules (docs/architecture.md): floors, no circles, sizes, names. What the linters cannot say.

ruff says complexity, arguments and line length; import-linter says the floors; this file says the rest.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "govlib"
FUNCTION, FILE = 60, 400  # lines
REASON = re.compile(r"# long: \S")  # on the line of the `def`, or among the first ten lines of the file, with the reason


def modules() -> dict[str, Path]:
    """Dotted name of every module of ours -> its file."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if "template" not in path.parts:
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


MODULES = modules()


@cache
def tree_of(name: str) -> ast.Module:
    """Read where a test asks: every process of a run collects all tests."""
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def imports(tree: ast.AST) -> set[str]:
    """Modules of ours that a tree imports, in functions too; not those for the type checker alone."""
    found: set[str] = set()
    skipped = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
               for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in MODULES else str(node.module) for alias in node.names]
        else:
            continue
        found |= {name for name in names if name in MODULES}
    return found


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that reach each other (strongly connected components of more than one; Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = []
            while not group or group[-1] != name:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return found


def test_the_search_for_circles_finds_one():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert circles({"a": {"b"}, "b": set()}) == []


def test_no_module_imports_itself_through_others():
    """Imports inside functions count: a circle hidden in one is still a circle."""
    graph = {name: imports(tree_of(name)) - {name} for name in MODULES if name != "govlib"}
    assert circles({name: others & graph.keys() for name, others in graph.items()}) == []


@pytest.mark.parametrize("name", MODULES)
def test_sizes(name):
    text = MODULES[name].read_text(encoding="utf-8").splitlines()
    if len(text) > FILE:
        assert any(REASON.search(line) for line in text[:10]), f"{len(text)} lines: split it, or say why not (# long: …)"
    long = [f"{node.name}: {node.end_lineno - node.lineno + 1} lines" for node in ast.walk(tree_of(name))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= FUNCTION
            and not REASON.search(text[node.lineno - 1])]
    assert not long, f"{', '.join(long)}: split it, or say why not behind its `def` (# long: …)"


@pytest.mark.parametrize("name", MODULES)
def test_what_begins_with_an_underscore_stays_in_its_room(name):
    room = name.split(".")[1:2]
    taken = [f"{node.module}.{alias.name}" for node in ast.walk(tree_of(name)) if isinstance(node, ast.ImportFrom) and node.module
             and node.module.startswith("govlib") for alias in node.names
             if (alias.name.startswith("_") and not alias.name.startswith("__") or "._" in node.module) and node.module.split(".")[1:2] != room]
    assert not taken


TOP = {".ci", ".gitattributes", ".gitignore", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md",
       "README.vi.md", "benchmarks", "data", "docs", "environment.yml", "govlib", "notebooks", "pyproject.toml", "requirements-uv.lock",
       "requirements.lock", "setup.py", "tests"}


def test_nothing_lies_about_at_the_top():
    """Two results of a measuring script were once committed with the change they belonged to."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout: nothing says what belongs to the project")
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert {name.split("/")[0] for name in kept} == TOP


def test_tests_mirror_the_rooms():
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name not in ("kit", "__pycache__")}
    assert folders <= rooms, f"tests/{', tests/'.join(sorted(folders - rooms))}: no such room"


def test_cells_of_notebooks_have_names_of_their_own():
    """Without them nbformat warns at each run, and an editor makes new ones at each save."""
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in path.parts:
            ids = [cell.get("id") for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
            assert all(ids) and len(set(ids)) == len(ids), path.name


def test_functions_live_in_the_package_not_in_notebooks():
    """There they would be without a docstring, a type and a test. A lambda of one line is no function of its own."""
    found = {}
    for path in (ROOT / "notebooks").rglob("*.ipynb"):
        code = "\n".join("".join(c["source"]) for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code")
        if names := re.findall(r"^\s*(?:async )?(?:def|class) (\w+)", code, re.M):
            found[path.name] = names
    assert not found


@pytest.mark.parametrize("name", sorted(MODULES))
def test_an_own_import_inside_a_function_says_why(name):
    """Circles were once hidden this way; what is left saves the loading of something heavy, and says of what."""
    path = MODULES[name]
    lines = path.read_text(encoding="utf-8").splitlines()
    silent = [f"{path.name}:{node.lineno}" for part in ast.walk(ast.parse("\n".join(lines)))
              if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(part)
              if isinstance(node, ast.Import | ast.ImportFrom)
              and (getattr(node, "module", None) or node.names[0].name).split(".")[0] == "govlib"
              and not any("#" in lines[at - 1] for at in (node.lineno - 1, node.lineno, node.end_lineno))]
    assert silent == []
