"""Typed notebook parameters: the third cell of every notebook calls :func:`check`.

papermill accepts any value for any name and only warns about a name the notebook does not have, so a typing error in a
``make`` line would otherwise run to the end with the default. Here a wrong name, type or value stops the run at once
and says what is valid.
"""

from __future__ import annotations

import ast
import difflib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from govlib.errors import BadInput
from govlib.ledger import parsed
from govlib.words.tables import prose_style

_SHOWN = 12  # valid values printed in full; longer lists are cut and the nearest are named first


def one_of(values: Iterable) -> Any:
    """The annotation "one of these values".

    >>> check({"language": "vi"}, {"language": one_of(["vi", "en"])})
    {'language': 'vi'}
    """
    from pydantic import AfterValidator
    from pydantic_core import PydanticCustomError

    values = list(values)
    kinds = {type(value) for value in values}
    if len(kinds) != 1:
        raise ValueError(f"choices must be of one type, not {sorted(kind.__name__ for kind in kinds)}")

    def choose(value):
        if value not in values:
            raise PydanticCustomError("choice", _template(_valid(value, values)))
        return value

    # the type is checked first and strictly: a Literal would let True pass for 1
    return Annotated[kinds.pop(), AfterValidator(choose)]


def some_of(values: Iterable) -> Any:
    """The annotation "a list of these values" (an empty list is a list).

    >>> from govlib import params
    >>> params.check({"langs": ["vi"]}, {"langs": params.some_of(["vi", "en"])})
    {'langs': ['vi']}
    """
    return list[one_of(values)]  # type: ignore[misc]  # a type that is made here


def check(values: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Values as given when every one fits its specification; else one :class:`BadInput` that lists all that do not.

    Parameters
    ----------
    values : parameter name -> value, as the notebook holds it.
    spec : parameter name -> a type (``int``, ``str | None``, ``list[int]``), a list, tuple, set or range of valid
        values, or :func:`one_of` / :func:`some_of`. Types are strict: ``True`` is no integer, ``"2022"`` is no year.

    Raises
    ------
    BadInput
        A parameter the specification does not know, one that is missing, or a value that does not fit.

    >>> check({"year": 2022, "indices": ["pci"]}, {"year": range(2005, 2026), "indices": some_of(["pci", "papi"])})
    {'year': 2022, 'indices': ['pci']}
    >>> check({"year": "2022"}, {"year": int})
    Traceback (most recent call last):
    govlib.errors.BadInput: parameter year = '2022': must be a whole number without quotes
    """
    problems = [_unknown(name, spec) for name in values if name not in spec]
    problems += [f"parameter {name} is missing" for name in spec if name not in values]
    for name, wanted in spec.items():
        if name in values:
            problems += _misfits(name, values[name], wanted)
    if problems:
        raise BadInput("; ".join(problems))
    return {name: values[name] for name in spec}


def declared(notebook: str | Path) -> dict[str, Any]:
    """Names and default values in a notebook's cell tagged ``parameters``, in order.

    A runner compares what it is asked to pass with these, since papermill itself would only warn.

    Raises
    ------
    BadInput
        No such cell, or a default that is not a literal.

    >>> from govlib import params, paths
    >>> params.declared(paths.notebooks() / "4_province_briefing.ipynb")["province"]
    'bac-ninh'
    """
    import json

    cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise BadInput(f"{len(tagged)} cells are tagged 'parameters'", file=notebook, fix="tag exactly one cell")
    found = {}
    for node in parsed("".join(tagged[0]["source"])).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            name = ast.unparse(target)
            try:
                found[name] = ast.literal_eval(node.value)
            except ValueError as error:
                raise BadInput(f"the default of {name} is not a literal", file=notebook,
                               fix="write the value itself: text, number, list, True/False or None") from error
    return found


def prose(lang: str) -> None:
    """Show the notes of a notebook in one language, and let errors and cards that follow speak it. Markdown cells hold both
    languages: Vietnamese in a ``<div class="prose" lang="vi">``, English in a ``<details class="prose" lang="en">`` below it."""
    from IPython.display import HTML, display  # in a notebook alone

    os.environ["GOVLIB_LANG"] = lang
    display(HTML(prose_style(lang)))


def refuse_unknown(given: Iterable[str], notebook: str | Path) -> None:
    """Raise BadInput where a name in ``given`` is not a parameter of the notebook."""
    known = declared(notebook)
    if problems := [_unknown(name, known) for name in given if name not in known]:
        raise BadInput("; ".join(problems), file=notebook)


def _unknown(name: str, spec: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, list(spec), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"unknown parameter {name} (there are: {', '.join(spec) or 'none'}){hint}"


def _misfits(name: str, value: Any, wanted: Any) -> list[str]:
    from pydantic import ConfigDict, TypeAdapter, ValidationError

    if isinstance(wanted, (list, tuple, set, frozenset, range)):
        wanted = one_of(sorted(wanted) if isinstance(wanted, (set, frozenset)) else wanted)
    try:
        TypeAdapter(wanted, config=ConfigDict(strict=True)).validate_python(value)
    except ValidationError as error:
        # a union reports each branch that failed: the same place twice, said once
        by_place: dict[tuple, list[str]] = {}
        for fault in error.errors():
            place = tuple(part for part in fault["loc"] if isinstance(part, int))
            by_place.setdefault(place, []).append(_say(fault))
        return [f"parameter {name}{''.join(f'[{part}]' for part in place)} = {_at(value, place)!r}: "
                + " or ".join(dict.fromkeys(said)) for place, said in by_place.items()]
    return []


def _at(value: Any, place: tuple) -> Any:
    for part in place:
        value = value[part]
    return value


_SAID = {"int_type": "must be a whole number without quotes", "int_from_float": "must be a whole number",
         "string_type": "must be text in quotes", "bool_type": "must be True or False", "none_required": "must be None",
         "float_type": "must be a number without quotes", "list_type": "must be a list, in square brackets"}


def _say(fault: Mapping[str, Any]) -> str:
    return _SAID.get(fault["type"], fault["msg"])


def _valid(value: Any, valid: list) -> str:
    """The valid values in words; of a long list the nearest first, a run of numbers as its ends."""
    if len(valid) > 2 and all(isinstance(item, int) for item in valid) and valid == list(range(valid[0], valid[-1] + 1)):
        return f"valid values: {valid[0]} to {valid[-1]}"
    if len(valid) <= _SHOWN:
        return f"valid values: {', '.join(str(item) for item in valid)}"
    near = difflib.get_close_matches(str(value), [str(item) for item in valid], n=3)
    hint = f"nearest: {', '.join(near)}; " if near else ""
    return f"{hint}valid values: {', '.join(str(item) for item in valid[:_SHOWN])} … ({len(valid)} in all)"


def _template(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")  # pydantic takes the message for a format string
