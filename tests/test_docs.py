"""What the documents say is so: every command they name exists with its options, every file and link is there, Python runs that far."""

from __future__ import annotations

import ast
import contextlib
import doctest
import importlib
import inspect
import io
import pkgutil
import re
import shlex
from functools import cache
from pathlib import Path

import pytest

from govlib import cli

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "benchmarks/README.md", ROOT / "data/raw/inbox/README.md"])
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.M))
SETTINGS = set(re.findall(r"\$\(?\{?(?:value |origin )?\$?([A-Z_]{3,})\b", MAKEFILE))
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
MADE = ("briefings/", "data/processed", "data/raw/originals", "public/", "site/", "benchmarks/results", "data/raw/inbox/",
        "data/institute", "data/departments.csv", "data/raw/pci/2025")  # the last are the institute's to fill, or to come


def said(text: str) -> list[str]:
    """The commands and code of a document: lines of its blocks and what stands between backticks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    lines = [line.split(" # ")[0].strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    return lines + [" ".join(part.split()) for part in inline]


def commands() -> list[tuple[str, str]]:
    """(document, command), each once."""
    found = dict.fromkeys((document.name, part) for document in DOCUMENTS for line in said(document.read_text(encoding="utf-8"))
                          for part in re.split(r"\s*(?:&&|;|\|)\s*", line)
                          if re.match(r"(?:[A-Z_]+=\S+ )*(?:make|govlib|py|python\S*|\.venv/bin/python)(?: (?!\d)|$)", part))
    return list(found)


@cache
def help_of(*arguments: str) -> str:
    """What ``govlib … --help`` prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        cli.main([*arguments, "--help"])
    return out.getvalue()


def wrong_with(command: str) -> str:
    """What a command has that does not exist; empty where all does."""
    words = shlex.split(re.sub(r"<[^>]*>|…|\.\.\.", "X", command).replace("’", ""))
    while words and re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    if words[0] == "make":
        targets = [word for word in words[1:] if "=" not in word and not word.startswith("-") and word != "X"]
        given = {word.split("=")[0] for word in words[1:] if re.match(r"[A-Z_]+=", word)}
        return " ".join(sorted({*targets} - TARGETS) + sorted(given - SETTINGS - {"PYTHON", "PYTEST_ARGS"}))
    if words[0] != "govlib":
        words = [word for word in words[1:] if not re.fullmatch(r"-3\.\d+|-m", word)]
    if not words or words[0].startswith("-"):
        return ""
    if words[0].endswith(".py"):
        script = ROOT / words[0]
        code = script.read_text(encoding="utf-8") if script.is_file() else ""
        return "" if code and all(f'"{option}"' in code for option in OPTION.findall(command)) else words[0]
    if words[0] != "govlib":
        return ""  # another module of Python
    words = words[1:]
    while words[:1] == ["--lang"]:
        words = words[2:]
    if not words or words[0] in {"VERB", "X"} or words[0].startswith("-"):
        return ""
    if words[0] not in cli.VERBS:
        return words[0]
    shown = help_of(words[0])
    options = {word.split("=")[0] for word in words[1:] if word.startswith("--")} - {"--help"}
    free = words[0] in {"lab", "test", "bench"}  # hands them on
    unknown = [option for option in options if not free and not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", shown)]
    if words[0] == "institute" and len(words) > 2:
        unknown += [word for word in words[1:3] if word not in shown.split() and word.strip(",") not in re.findall(r"\w+", shown) and word != "X"]
    return " ".join(unknown)


@pytest.mark.parametrize(("document", "command"), commands())
def test_every_command_exists_with_its_options(document, command):
    assert not wrong_with(command), f"{document}: {command}"


def test_what_does_not_exist_is_seen():
    for command in ("make brief", "make briefing PROVINZ=x", "govlib scroes", "govlib verify --nubmer 4", "python benchmarks/no.py",
                    "python benchmarks/faults.py --tims 3", "govlib institute raport ddci x", "python -m govlib brief", "py -m govlib brief"):
        assert wrong_with(command), command
    assert len(commands()) > 60


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_and_files_are_there(document):
    text = document.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in link and not link.startswith("mailto:")]
    gone = [link for link in links if not (document.parent / link).exists()]
    named = {part for line in said(text) for part in re.findall(r"(?:govlib|tests|docs|notebooks|benchmarks|data|\.ci)/[\w./-]*\w\b/?(?![\w*<…{])", line)}
    gone += [name for name in named if not name.startswith(MADE) and not list(ROOT.glob(name.rstrip("/"))) and not (ROOT / f"{name}.ipynb").is_file()
             and not list((ROOT / "govlib").glob(name))]
    assert not gone


def dotted() -> dict[str, str]:
    """``govlib.a.b`` as documents and docstrings of modules, classes and functions name it -> where."""
    texts = [(path.name, path.read_text(encoding="utf-8")) for path in DOCUMENTS]
    for path in sorted((ROOT / "govlib").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (told := ast.get_docstring(node)):
                texts.append((path.relative_to(ROOT).as_posix(), told))
    return {name: where for where, text in texts for name in re.findall(r"(?<![\w./@-])govlib(?:\.[A-Za-z_]\w+)+", text)}


def test_every_dotted_name_leads_somewhere():
    """In a docstring or document: what was moved takes its name along."""
    gone = {}
    for name, where in dotted().items():
        try:
            pkgutil.resolve_name(name)
        except (ImportError, AttributeError):
            gone[name] = where
    assert not gone


def python_blocks() -> list[tuple[str, str]]:
    """(document, block); questions and the tutorial are run as one by tests/reading/test_questions.py."""
    return [(document.name, block) for document in DOCUMENTS if document.name not in {"questions.md", "from_question_to_table.md"}
            for block in re.findall(r"^```python\n(.*?)^```", document.read_text(encoding="utf-8"), re.M | re.S)]


@pytest.mark.parametrize(("document", "block"), python_blocks())
def test_python_in_documents_calls_what_exists(document, block, request):
    """Names that begin at an import of govlib resolve, and calls of them fit the signature (their data are the reader's); what
    is written with its answer gives it."""
    if block.startswith(">>>"):
        request.getfixturevalue("panel")
        test = doctest.DocTestParser().get_doctest(block, {}, document, document, 0)
        assert doctest.DocTestRunner().run(test).failed == 0
        return
    tree, known = ast.parse(block), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= {(a.asname or a.name.split(".")[0]): importlib.import_module(a.name if a.asname else a.name.split(".")[0]) for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            for a in node.names:
                module = importlib.import_module(node.module)
                known[a.asname or a.name] = getattr(module, a.name, None) or importlib.import_module(f"{node.module}.{a.name}")
    checked = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (called := resolve(node.func, known)) is not None:
            inspect.signature(called).bind(*[None for _ in node.args], **{k.arg: None for k in node.keywords if k.arg})
            checked += 1
    assert checked or not known, f"{document}: nothing was checked"


def resolve(node: ast.expr, known: dict[str, object]) -> object:
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute) and (owner := resolve(node.value, known)) is not None:
        return getattr(owner, node.attr)
    return None
