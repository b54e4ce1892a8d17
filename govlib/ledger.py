"""What hangs on what: read off the code itself, for the panel, for the estimates and for the pages alike.

A result hangs on the notebooks and modules that make it, on every module that these can import, and on the files whose
paths these spell: ``paths.reference() / "terms.csv"``, ``Path(__file__).parent / "template" / f"{name}.css"``. A module that
is handed a path says what may stand there in ``READS``, one that spells a path only to write there says so in ``WRITES``.
Nothing is kept by hand elsewhere; a test watches real builds and compares.

:meth:`Ledger.together` and :func:`digest` are what stamps, estimates and pages remember. Standard library only: cheap to ask.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from govlib import files, paths

#: What each stage of the data flow is made by: notebooks, and the module that runs it.
STAGES = {"panel": ("notebooks/1_collect_indices.ipynb", "notebooks/2_build_panel.ipynb", "govlib/run/stages.py"),
          "estimates": ("govlib/effects/runner.py",),
          "pages": ("notebooks/4_province_briefing.ipynb", "notebooks/national_overview.ipynb", "govlib/run/page.py",
                    "govlib/run/listing.py")}
SENTENCES = "govlib/words/sentences/*.csv"
#: What holds numbers only: its modules can reach the sentences, and no wording changes a figure (a test rewords them all).
WORDLESS = STAGES["estimates"]
_RACY = 2_000_000_000  # a file changed less than this many ns before it was read may change again within one clock tick
_BASES = {"root": "", "package": "govlib", "reference": "govlib/known/reference", "raw": "data/raw", "inbox": "data/raw/inbox",
          "originals": "data/raw/originals", "processed": "data/processed", "estimates": "data/processed/estimates"}


def parsed(code: bytes | str) -> ast.Module:
    """As ast.parse, which before 3.11.8 failed where garbage collected meanwhile parsed too (a logged traceback; gh-106905)."""
    try:
        return ast.parse(code)
    except SystemError:
        return ast.parse(code)


def roots(stage: str) -> list[Path]:
    """The files that a stage begins with: notebooks of the project, modules of the package, wherever that is installed."""
    return [paths.package() / name.removeprefix("govlib/") if name.startswith("govlib/") else paths.root() / name
            for name in STAGES[stage]]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Ledger:
    """Digests of files, and what modules import and read; remembered between runs in ``store`` by size, time and inode."""

    def __init__(self, store: Path | None = None):
        self._store, self._changed = store, False
        self._known: dict[str, dict[str, Any]] = {}
        try:
            known = json.loads(store.read_bytes()) if store else {}
        except (OSError, ValueError, RecursionError):
            known = {}
        if isinstance(known, dict):
            self._known = {k: v for k, v in known.items() if isinstance(v, dict) and {"mark", "sha"} <= v.keys()}

    def of(self, path: Path) -> str:
        """SHA-256 of a file's content."""
        return self._entry(path)["sha"]

    def save(self) -> None:
        if self._changed and self._store:
            try:
                files.write(self._store, json.dumps({k: v for k, v in self._known.items() if v["mark"]}))
            except OSError:
                return  # only a memory aid: without it the next run reads the files again

    def _entry(self, path: Path) -> dict[str, Any]:
        key, state = str(path), path.stat()
        mark = [state.st_mtime_ns, state.st_size, state.st_ino]
        entry = self._known.get(key)
        if entry is None or entry["mark"] != mark:
            settled = time.time_ns() - state.st_mtime_ns > _RACY
            entry = self._known[key] = {"mark": mark if settled else None, "sha": sha256(path.read_bytes())}
            self._changed = True
        return entry

    def _facts(self, path: Path) -> dict[str, Any]:
        entry = self._entry(path)
        if "imports" not in entry:
            place = path.resolve().relative_to(paths.package().parent)
            try:
                tree = parsed(path.read_bytes())
                entry |= {"imports": imported(tree, ".".join(place.parent.parts)), "reads": read(tree, place), "door": door(tree)}
            except SyntaxError:  # it will fail when run, and may be anything when it is mended
                entry |= {"imports": ["govlib.*"], "reads": [], "door": {}}
            self._changed = True
        return entry

    # ------------------------------------------------------------------------------------------------ what hangs on what
    def code(self, *roots: Path) -> tuple[list[Path], set[str]]:
        """Modules of ours that ``roots`` (modules or notebooks) can import, and the patterns of files they read."""
        waiting, patterns = ["govlib"], set()
        found: dict[Path, None] = {}
        seen: set[str] = set()
        here = paths.package()

        def add(path: Path) -> None:
            if path in found or path == here / "ledger.py":  # what decides whether to make is no part of what is made
                return
            found[path] = None
            facts = self._facts(path)
            patterns.update(facts["reads"])
            if not facts["door"]:  # a front door loads only what is asked for: the asker's mention counts, not the door's
                waiting.extend(facts["imports"])

        for root in roots:
            if root.suffix == ".ipynb":
                try:
                    tree = parsed(notebook_code(json.loads(root.read_bytes())))
                except SyntaxError:  # it will fail when run, and may be anything when it is mended
                    waiting.append("govlib.*")
                    continue
                waiting += imported(tree, "govlib")
                patterns.update(read(tree, Path("notebooks") / root.name))
            else:
                waiting.append(".".join(("govlib", *root.relative_to(here).with_suffix("").parts)))
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                for path, more in self._resolve(name.split(".")[1:]):
                    waiting += [more] if more else []
                    if path:
                        add(path)
        if {_shown(root) for root in roots} <= set(WORDLESS):
            patterns.discard(SENTENCES)
        return sorted(found), patterns

    def _resolve(self, parts: list[str]) -> Iterator[tuple[Path | None, str]]:
        """Files behind a dotted name under ``govlib``, or the name that a front door gives for it."""
        folder = paths.package()
        if (folder / "__init__.py").is_file():
            yield folder / "__init__.py", ""
        for at, part in enumerate(parts):
            if part == "*":
                yield from ((path, "") for path in sorted(folder.rglob("*.py")))
            elif (folder / part / "__init__.py").is_file():
                folder /= part
                yield folder / "__init__.py", ""
                continue
            elif (folder / f"{part}.py").is_file():
                yield folder / f"{part}.py", ""
            elif (folder / "__init__.py").is_file() and (there := self._facts(folder / "__init__.py")["door"].get(part)):
                yield None, ".".join([there, *parts[at + 1:]])
            return

    def hangs_on(self, *roots: Path) -> tuple[list[Path], list[Path]]:
        """(code and reference, data) that a result of these roots hangs on: the files that are there now.

        Data: published figures and staff's own files, and the tables of earlier stages.
        """
        modules, patterns = self.code(*roots)
        own = {p for p in patterns if not p.startswith("data/")}
        return sorted({*modules, *matching(own)}), matching(patterns - own)

    def together(self, found: Iterable[Path]) -> str:
        """One digest of files, by their places and contents."""
        lines = sorted(f"{_shown(path)}\0{self.of(path)}" for path in found)
        return sha256("\n".join(lines).encode())


def digest(module: Path) -> str:
    """One digest of the code, and what ships with it, behind the results of a module; without the data, which it knows better."""
    known = Ledger(paths.processed() / ".digests.json")
    source, _ = known.hangs_on(module)
    known.save()
    return known.together([*source, *lock()])


def notebook_code(notebook: dict[str, Any]) -> str:
    """A notebook's code as one module, its magics left out."""
    cells = ("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    return "\n".join(re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", cell) for cell in cells)


def lock() -> list[Path]:
    """The locked versions of other people's code, on which everything hangs."""
    path = paths.root() / "requirements.lock"
    return [path] if path.is_file() else []


# ------------------------------------------------------------------------------------------------- what a module says of itself
def imported(tree: ast.Module, package: str) -> list[str]:
    """Dotted names under ``govlib`` that code may import or ask a front door for, in functions too.

    ``govlib.x.*``, everything beneath it, where a name is made at run time. What only the type checker imports is left out.
    """
    names: set[str] = set()
    called: dict[str, str] = {"govlib": "govlib"}  # a name in the code -> what it was imported as
    nodes = list(_run_time(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
            called.update((alias.asname, alias.name) for alias in node.names if alias.asname)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")
                base = ".".join([*above[:len(above) - node.level + 1], *filter(None, [base])])
            names.add(base)
            names.update(f"{base}.{alias.name}" for alias in node.names)
            called.update((alias.asname or alias.name, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"govlib(\.\w+)+", node.value):
            names.add(node.value)
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant) and package:
            stem = str(node.values[0].value)
            if stem.startswith("govlib."):
                names.add(f"{stem.rpartition('.')[0]}.*")
        elif isinstance(node, ast.Name) and node.id == "pkgutil" and package:
            names.add(f"{package}.*")
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in called:
            names.add(f"{called[node.value.id]}.{node.attr}")
    return sorted(n for n in names if n == "govlib" or n.startswith("govlib."))


def _run_time(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes but those under an ``if`` that no build enters: TYPE_CHECKING, or a notebook's parameter that is False."""
    off = {getattr(node.target, "id", "") for node in tree.body if isinstance(node, ast.AnnAssign)
           and isinstance(node.value, ast.Constant) and node.value.value is False} | {"TYPE_CHECKING"}
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id in off:
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)


def door(tree: ast.Module) -> dict[str, str]:
    """name -> module of a package that loads names when they are asked for: its ``FRONT_DOOR``, and ``QUESTIONS``."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and {getattr(t, "id", "") for t in node.targets} & {"FRONT_DOOR", "QUESTIONS"}:
            code = compile(ast.Expression(node.value), "door", "eval")
            found |= eval(code, {"__builtins__": {"dict": dict}})  # noqa: S307 - our own literal; a comprehension is no literal to ast
    return found


def read(tree: ast.Module, place: Path) -> list[str]:
    """Patterns, relative to the project, of the files whose paths a module spells or names in ``READS``, less its ``WRITES``."""
    if place.as_posix() == "govlib/paths.py":
        return []
    spelled = _Spelled(place)
    spelled.visit(tree)
    called = {f"{node.func.id}()" for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    found = spelled.found | {path for name, path in spelled.names.items() if name.endswith("()") and name not in called}
    return sorted(p for p in found if not f"{p}/".startswith(tuple(f"{w}/" for w in spelled.writes)))


class _Spelled(ast.NodeVisitor):
    """Paths as a module writes them: from `paths`, or from its own place; what is not a literal in them is ``*``."""

    def __init__(self, place: Path):
        self.place = place
        self.found: set[str] = set()
        self.writes: set[str] = set()
        self.names: dict[str, str] = {}  # variables, and functions without arguments, that stand for a path
        self.texts: dict[str, str] = {}  # variables that stand for a text

    def path(self, node: ast.AST) -> str | None:
        """The pattern behind an expression, None where it is no path that starts from a known place."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and (base := self.path(node.left)) is not None:
            return f"{base}/{self.part(node.right)}".lstrip("/")
        if isinstance(node, ast.IfExp | ast.BoolOp):
            either = node.values if isinstance(node, ast.BoolOp) else (node.body, node.orelse)
            return next((found for each in either if (found := self.path(each)) is not None), None)
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.Attribute) and node.attr == "parent" and (base := self.path(node.value)) is not None:
            return base.rpartition("/")[0]
        if not isinstance(node, ast.Call):
            return None
        asked = node.func
        if isinstance(asked, ast.Name):
            own = asked.id == "Path" and len(node.args) == 1 and getattr(node.args[0], "id", "") == "__file__"
            return self.place.as_posix() if own else self.names.get(f"{asked.id}()") if not node.args else None
        if not isinstance(asked, ast.Attribute):
            return None
        if getattr(asked.value, "id", "") == "paths":
            return _BASES.get(asked.attr)
        base = self.path(asked.value)
        if base is None or asked.attr == "resolve":
            return base
        said = self.part(node.args[0]) if node.args else ""
        return {"with_suffix": f"{base.rpartition('.')[0]}{said}", "with_name": f"{base.rpartition('/')[0]}/{said}",
                "glob": f"{base}/{said}", "rglob": f"{base}/**/{said}"}.get(asked.attr)

    def part(self, node: ast.AST) -> str:
        """One part of a path; ``{index}`` and ``{year}`` where a variable of that name stands there."""
        if isinstance(node, ast.JoinedStr):
            return "".join(map(self.part, node.values))
        if isinstance(node, ast.FormattedValue):
            return self.part(node.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        name = getattr(node, "id", getattr(node, "attr", "")).removesuffix("_id")
        return f"{{{name}}}" if name in ("index", "year") else self.texts.get(name, "*")

    def visit_Assign(self, node: ast.Assign) -> None:
        first, pairs = node.targets[0], [(target, node.value) for target in node.targets]
        if isinstance(first, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(first.elts, node.value.elts, strict=False))
        for target, value in pairs:
            name, path = getattr(target, "id", ""), self.path(value)
            if name in ("READS", "WRITES"):
                (self.found if name == "READS" else self.writes).update(ast.literal_eval(value))
            elif name and path is not None:
                self.names[name] = path
            else:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    self.texts[name] = value.value
                self.visit(value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        last, before = node.body[-1], dict(self.names)
        place = self.path(last.value) if isinstance(last, ast.Return) and last.value and not node.args.args else None
        if place is not None and len(node.body) < 3:  # says where something is, and a docstring at most
            self.names[f"{node.name}()"] = place
            return
        self.generic_visit(node)
        self.names = before  # a function's variables are its own

    def generic_visit(self, node: ast.AST) -> None:
        path = self.path(node) if isinstance(node, ast.expr) else None
        if path is None:
            super().generic_visit(node)
        elif path not in (*_BASES.values(), self.place.as_posix(), self.place.parent.as_posix()):
            self.found.add(path)


# -------------------------------------------------------------------------------------------------------------------- files
def matching(patterns: Iterable[str]) -> list[Path]:
    """Files behind patterns. ``{index}`` is the folder of one, ``{year}`` its edition; a folder stands for all beneath it.

    What is hidden or compiled, a spreadsheet program's lock (``~$form.xlsx``, which comes and goes, and which Windows lets nobody
    read), and what is written for people beside the tables (``*.md``, the panel as CSV), is no build's input.
    """
    found: set[Path] = set()
    for pattern in _each(patterns):
        base, rest = paths.root(), pattern
        for start, folder in (("data/processed/", paths.processed), ("govlib/", paths.package)):
            if pattern.startswith(start):
                base, rest = folder(), pattern.removeprefix(start)
        for path in base.glob(rest):
            if path.is_file():
                found.add(path)
            elif path == base / rest:
                found.update(p for p in path.rglob("*") if p.is_file())
    return sorted(p for p in found if not p.name.startswith((".", "~$")) and p.suffix not in (".md", ".pyc")
                  and (p.suffix == ".parquet" or not p.is_relative_to(paths.processed())))


def _each(patterns: Iterable[str]) -> set[str]:
    """Patterns with every index in the place of ``{index}``, and any year in that of ``{year}``."""
    ours = [path.stem for path in sorted((paths.reference() / "indices").glob("*.yaml"))]
    return {p.replace("{index}", index).replace("{year}", "[12][0-9][0-9][0-9]") for p in patterns for index in ours or ["*"]}


def _shown(path: Path) -> str:
    for base, name in ((paths.package(), "govlib/"), (paths.processed(), "data/processed/"), (paths.root(), "")):
        if path.is_relative_to(base):
            return name + path.relative_to(base).as_posix()
    return path.as_posix()
