"""Mutation testing: one small change of a module after another, and whether the tests of its room see it.

    python benchmarks/mutants.py [govlib/reading/moved.py …] [--most 80] [--seed 1] [--lines 10,12] [--tests "tests/a.py …"]

The last commit is cloned into an empty folder, with no publishers' files beside it; the built panel goes along. There the
module is written anew with one change, and its tests (:data:`TESTS`) run in a fork of a process that has the libraries loaded,
but nothing of govlib: no cache of a run before hides a change. The tests that reach the changed line run first, then the
others; the first that fails ends it. A limit counts processor seconds, not the clock (a busy machine kills nothing); what goes
on without end is counted apart, as seen.

Changes: an operator, comparison, `and`, `or`, `not`, sign; a number, text, truth value; an argument or a named argument left
out; what is assigned or given back becomes None; `break`, `continue`. No docstrings, annotations, decorators, nothing of a
``raise``. With more than `--most` a draw by `--seed` is taken. Prints what lived and a line for each module: its changes, those
tried, killed, without end, alive, share seen. Exit code 1 below 85 %.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("numpy", "pandas", "pyarrow.parquet", "scipy.stats", "openpyxl", "lxml.html", "pytest", "hypothesis", "xlrd",
             "pandera.pandas", "python_calamine", "requests", "yaml", "rapidfuzz")
PYTEST = ["-q", "-x", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib", "--timeout=0", "--tb=line",
          "-m", "not slow and not browser and not shared"]
FORMS = "tests/forms/test_seen.py tests/forms/test_table.py"
TESTS = {
    "govlib/known/provinces.py": "tests/known/test_provinces.py",
    "govlib/panel/choose.py": "tests/panel/test_choose.py",
    "govlib/panel/schemas.py": "tests/panel/test_schemas.py tests/panel/test_published.py",
    "govlib/panel/gaps.py": "tests/panel/test_gaps.py",
    "govlib/collect/checks.py": "tests/panel/test_bad_rows.py tests/collect/test_inbox_forms.py",
    "govlib/reading/board.py": "tests/reading/test_board.py",
    "govlib/reading/comparisons.py": "tests/reading/test_comparisons.py tests/reading/test_board.py",
    "govlib/reading/thresholds.py": "tests/reading/test_thresholds.py tests/reading/test_board.py tests/reading/test_findings.py",
    "govlib/reading/targets.py": "tests/reading/test_targets_plan.py",
    "govlib/reading/outlook.py": "tests/reading/test_outlook.py tests/reading/test_targets_plan.py",
    "govlib/reading/moved.py": "tests/reading/test_moved.py",
    "govlib/reading/nation.py": "tests/reading/test_nation.py",
    "govlib/reading/priorities.py": "tests/reading/test_priorities.py",
    **{f"govlib/forms/{name}.py": FORMS
       for name in ("table", "book", "number_formats", "xls", "xlsx", "seen")},
    "govlib/forms/grid.py": "tests/forms/test_grid.py tests/forms/test_seen.py",
    "govlib/forms/encodings.py": "tests/forms/test_encodings.py",
    "govlib/forms/old_fonts.py": "tests/forms/test_encodings.py",
    **{f"govlib/collect/readers/{name}.py": "tests/collect/test_small_pages.py"
       for name in ("pages", "datasets", "pci_site_table")},
    "govlib/collect/readers/papi.py": "tests/collect/test_readers.py tests/transcribe/test_papi.py",
    "govlib/collect/readers/papi_indicators.py": "tests/collect/test_readers.py tests/transcribe/test_papi.py",
    "govlib/collect/readers/pxweb.py": "tests/collect/test_origins.py",
    **{f"govlib/collect/readers/{name}.py": "tests/collect/test_readers.py tests/transcribe/test_pci_workbook.py"
       for name in ("pci", "pci_items", "pci_tables")},
}
SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Mod: ast.Div,
         ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE,
         ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot,
         ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And}


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """The node in each other form."""
    def other(**fields) -> ast.AST:
        new = copy.copy(node)
        for name, value in fields.items():
            setattr(new, name, value)
        return new

    nothing = ast.Constant(None)
    match node:
        case ast.BinOp() | ast.BoolOp() | ast.AugAssign() if type(node.op) in SWAPS:
            yield other(op=SWAPS[type(node.op)]())
        case ast.Compare():
            for at in range(len(node.ops)):
                yield other(ops=[SWAPS[type(op)]() if i == at else op for i, op in enumerate(node.ops)])
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.Constant(value=bool()):
            yield other(value=not node.value)
        case ast.Constant(value=int() | float()):
            yield other(value=node.value + 1)
        case ast.Constant(value=str()):
            yield other(value=f"XX{node.value}XX")
        case ast.Call():
            for at in range(len(node.keywords)):
                yield other(keywords=node.keywords[:at] + node.keywords[at + 1:])
            for at, given in enumerate(node.args):
                if not isinstance(given, ast.Constant | ast.Starred):
                    yield other(args=[nothing if i == at else a for i, a in enumerate(node.args)])
        case ast.Assign() | ast.Return() if node.value is not None and not isinstance(node.value, ast.Constant):
            yield other(value=nothing)
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()


@dataclass
class Mutant:
    line: int
    lines: range  # of the statement
    what: str
    text: str  # the module so changed


def mutants(source: str) -> list[Mutant]:
    tree = ast.parse(source)
    found = []

    def walk(node: ast.AST, put: Callable[[ast.AST], None], lines: range) -> None:
        if isinstance(node, ast.stmt):
            end = node.lineno if isinstance(getattr(node, "body", None), list) else node.end_lineno
            lines = range(node.lineno, end + 1)
        for new in changes(node):
            put(new)
            text = ast.unparse(ast.fix_missing_locations(tree))
            found.append(Mutant(node.lineno, lines, f"{brief(node)}  →  {brief(new)}", text))
        put(node)
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns", "decorator_list"} or isinstance(node, ast.Raise):
                continue
            if isinstance(value, ast.AST):
                walk(value, partial(setattr, node, name), lines)
            for at, child in enumerate(value if isinstance(value, list) else []):
                docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
                if isinstance(child, ast.AST) and not docstring:
                    walk(child, partial(value.__setitem__, at), lines)

    walk(tree, lambda new: None, range(0))
    return found


def brief(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) < 150 else text[:100] + " … " + text[-45:]


class Reach:
    """A plugin of pytest: which lines of the module each test reaches."""

    def __init__(self, file: Path) -> None:
        self.file, self.lines, self.now = str(file), defaultdict[int, set[str]](set), ""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.now = nodeid

    def trace(self, frame, event, arg):
        if frame.f_code.co_filename != self.file:
            return None
        self.lines[frame.f_lineno].add(self.now)
        return self.trace


class First:
    """A plugin of pytest: these tests run before the others."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def pytest_collection_modifyitems(self, items: list) -> None:
        items.sort(key=lambda item: item.nodeid not in self.names)


def run(folder: Path, tests: list[str], seconds: int, plugin: Reach | First) -> tuple[int | None, str]:
    """Exit code of the tests in a fork (None where they went on without end), and what they said."""
    told = folder.parent / "told"
    if pid := os.fork():
        _, status = os.waitpid(pid, 0)
        return None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status), told.read_text(errors="replace")
    code = 70
    try:
        os.setsid()
        os.chdir(folder)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        with told.open("w") as out:
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
        sys.path.insert(0, str(folder))
        import pytest
        if isinstance(plugin, Reach):
            sys.settrace(plugin.trace)
        code = int(pytest.main([*PYTEST, *tests], plugins=[plugin]))
        if isinstance(plugin, Reach):
            sys.settrace(None)
            (folder.parent / "lines").write_text(json.dumps({line: sorted(names) for line, names in plugin.lines.items()}))
        sys.stdout.flush()
    finally:
        os._exit(code)


def module(folder: Path, name: str, tests: list[str], args: argparse.Namespace) -> float:
    """The share of the module's mutants that are seen."""
    file = folder / name
    source = file.read_text(encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code, said = run(folder, tests, 3600, Reach(file))
    if code:
        raise SystemExit(f"{name}: the tests fail without a change ({code}):\n{said[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    reach = {int(line): set(names) for line, names in json.loads((folder.parent / "lines").read_text()).items()}
    found = [m for m in mutants(source) if not args.lines or m.line in args.lines]
    chosen = found
    if len(found) > args.most:
        chosen = sorted(random.Random(args.seed).sample(found, args.most), key=lambda m: m.line)
    lived = endless = 0
    for mutant in chosen:
        file.write_text(mutant.text, encoding="utf-8")
        shutil.rmtree(file.parent / "__pycache__", ignore_errors=True)
        tests_here = set[str]().union(*(reach.get(line, set()) for line in mutant.lines))
        code, _ = run(folder, tests, int(60 + 5 * took), First(tests_here))
        endless += code is None
        lived += code == 0
        if code == 0:
            print(f"{name}:{mutant.line}{'' if tests_here else ' (no test comes here)'}: {mutant.what}", flush=True)
    file.write_text(source, encoding="utf-8")
    share = 1 - lived / max(1, len(chosen))
    killed = len(chosen) - lived - endless
    print(f"| {name} | {len(found)} | {len(chosen)} | {killed} | {endless} | {lived} | {share:.0%} |", flush=True)
    return share


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("modules", nargs="*", default=list(TESTS))
    ask.add_argument("--most", type=int, default=80)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--lines", type=lambda text: {int(line) for line in text.split(",")})
    ask.add_argument("--tests", help="others than those of the table, separated by spaces")
    args = ask.parse_args()
    os.environ.update(PYTHONDONTWRITEBYTECODE="1", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MPLBACKEND="Agg")
    sys.dont_write_bytecode = True  # two changes within a second would share a compiled file
    for name in LIBRARIES:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        folder = Path(place) / "clone" / "project"
        subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
        shutil.copytree(ROOT / "data/processed", folder / "data/processed", dirs_exist_ok=True)
        shares = [module(folder, name, (args.tests or TESTS[name]).split(), args) for name in args.modules]
    return int(min(shares) < 0.85)


if __name__ == "__main__":
    sys.exit(main())
