"""Every sentence about a form stands in the table with its Vietnamese, and both can be filled in alike."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

from govlib.forms.problems import message, say, sentences, vietnamese

PACKAGE = Path(__file__).resolve().parents[2] / "govlib"
READERS = [*(PACKAGE / "forms").glob("*.py"), *(PACKAGE / "collect" / "inbox").glob("*.py"),
           *(PACKAGE / "collect" / f"{name}.py" for name in ("checks", "collected", "institute_plan", "sidecar")),
           *(path for path in (PACKAGE / "institute").rglob("*.py") if "forms.table" in path.read_text(encoding="utf-8")
             or "forms.problems" in path.read_text(encoding="utf-8") or "import table" in path.read_text(encoding="utf-8")),
           PACKAGE / "run" / "check.py"]
# who takes sentences, and at which places
TAKERS = {"say": (0,), "problem": (0, 4), "field_problem": (0, 2), "Problem": (0, 5), "BadInput": (0,), "_tell": (1, 5), "fail": (0,),
          "Seen": (2, 3), "_refuse_merged": (2,), "Rule": (3, 4), "_replace": ()}


def constants(tree: ast.Module) -> dict[str, str]:
    """Sentences kept under a name of the module."""
    return {target.id: node.value.value for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str) for target in node.targets if isinstance(target, ast.Name)}


def said_in(node: ast.AST, named: dict[str, str]):
    """Sentences that an argument may be: a text, a name for one, either branch of a choice, what a rule's function returns."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name) and node.id in named:
        yield named[node.id]
    elif isinstance(node, ast.IfExp):
        yield from said_in(node.body, named)
        yield from said_in(node.orelse, named)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from said_in(value, named)
    elif isinstance(node, ast.BinOp):
        yield from said_in(node.left, named)
        yield from said_in(node.right, named)
    elif isinstance(node, ast.Lambda):
        yield from said_in(node.body, named)


def collected() -> dict[str, str]:
    """Sentence → where it is said."""
    found = {}
    for path in READERS:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = constants(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = [node.args[at] for at in TAKERS.get(name, ()) if at < len(node.args)]
            given += [k.value for k in node.keywords if k.arg in ("fix", "fault", "problem") and name in TAKERS]
            for argument in given:
                for sentence in said_in(argument, named):
                    if sentence.strip():
                        found[sentence] = f"{path.relative_to(PACKAGE)}:{node.lineno}"
    return found


def test_every_sentence_has_its_vietnamese():
    missing = {sentence: where for sentence, where in collected().items() if sentence not in sentences()}
    assert not missing, "\n".join(f"{where}: {sentence}" for sentence, where in missing.items())


def test_both_languages_have_the_same_places_to_fill_in():
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}
    for en, vi in sentences().items():
        assert vi.strip() and places(en) == places(vi), (en, vi)


# ---- errors of every other room, whose sentences may be f-strings ----------------------------------------------------------
RAISED = {"BadInput": (0,), "Problem": (0,), "NotEstimable": (0,), "GovlibError": (0,), "Unreachable": (0,), "Failed": (0,), "Missing": (0,),
          "_Again": (0,), "MissingData": (1,), "_stop": (2, 3), "stop": (0, 3),  # the last two: helpers that raise BadInput
          "UnknownName": (0,), "_one": (0,), "_known": (0,)}  # what kind of name it is; the last two: helpers that raise it
COMMAND = re.compile(r"(run: )?(make|govlib|git) [\w {}./-]*$|\w+=[^ ]")  # nothing to say otherwise


def shape(node: ast.AST) -> str | None:
    """A text with {} where something is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def texts(node: ast.AST, named: dict[str, list[ast.AST]]):
    """Shapes that an argument may have: itself, either branch of a choice, what its name was given anywhere in the module."""
    if isinstance(node, ast.IfExp | ast.BoolOp):
        for part in node.values if isinstance(node, ast.BoolOp) else (node.body, node.orelse):
            yield from texts(part, named)
    elif isinstance(node, ast.Name):
        for given in named.get(node.id, ()):
            if not isinstance(given, ast.Name):
                yield from texts(given, named)
    elif (said := shape(node)) is not None:
        yield said


def raised():
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named: dict[str, list[ast.AST]] = {}
        for node in ast.walk(tree):
            for name in node.targets if isinstance(node, ast.Assign) else ():
                if isinstance(name, ast.Name):
                    named.setdefault(name.id, []).append(node.value)
        for node in ast.walk(tree):
            name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            if name in RAISED:
                given = [node.args[at] for at in RAISED[name] if at < len(node.args)]
                given += [k.value for k in node.keywords if k.arg in ("fix", "problem")]
                for text in (text for argument in given for text in texts(argument, named)):
                    yield from ((f"{path.name}:{node.lineno}", part) for part in text.split(" → ") if any(c.isalpha() for c in part.replace("{}", "")))


def test_every_error_has_its_vietnamese():
    known = {re.sub(r"\{\w*[^}]*\}", "{}", en) for en in sentences()}
    assert not [said for said in raised() if said[1] not in known and not COMMAND.match(said[1])]


def test_a_message_put_together_elsewhere_is_known_again():
    assert message("UnknownName: unknown province 'Bac Nin'; nearest: bac-ninh") == "UnknownName: không có tỉnh nào tên là 'Bac Nin'; gần nhất: bac-ninh"
    assert message("scores.parquet is not there → run: make panel (looked in /x; GOVLIB_ROOT is /y)") == (
        "không có tệp scores.parquet → chạy: make panel (đã tìm ở /x; GOVLIB_ROOT là /y)")
    assert message("UnknownName: unknown component of pci 'x'; nearest: overall") == "UnknownName: không có thành phần của pci nào tên là 'x'; gần nhất: overall"
    assert message("no rows for years=1990; there are: years 2005–2024") == "không có dòng nào cho years=1990; hiện có: các năm 2005–2024"
    assert message("something of another program: 5") == "something of another program: 5"


def test_words_in_an_estimators_reason_are_said_too():
    assert message("NotEstimable: no treated province has any edition before its exposure") == (
        "NotEstimable: không có tỉnh nào đã áp dụng mà có kỳ trước khi áp dụng")
    assert vietnamese("no unit is left in the sample") == "mẫu không còn đơn vị nào"
    assert vietnamese("there are 0 donor provinces; with an incomplete list of adopters take sample_rule='unknown_as_control'") == (
        "có 0 tỉnh làm đối chứng (donor); danh sách áp dụng chưa đủ thì dùng sample_rule='unknown_as_control'")
    assert vietnamese("there are 0 donor district-years") == "có 0 district-year làm đối chứng (donor)"
    assert vietnamese(say("no {noun} is left in the sample{told}", noun="unit", told="")) == "mẫu không còn đơn vị nào"
    assert vietnamese("unit") == "unit"  # the column of a form
