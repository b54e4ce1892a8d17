"""What ``--help`` and a wrong call say, in Vietnamese: argparse's own words, and the descriptions and options of every verb.

``words/asked.csv`` is the catalogue, English beside Vietnamese, as gettext would have it: code keeps the English text, which is
looked up when it is printed. argparse asks gettext for its own words through a name of its module; here it asks us.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from functools import cache, wraps
from itertools import takewhile
from pathlib import Path

from govlib import files, words
from govlib.run import told
from govlib.words.tables import phrase

FILE = Path(words.__file__).parent / "asked.csv"


@cache
def catalogue() -> dict[str, str]:
    return {row["en"]: row["vi"] for row in files.rows(FILE)}


def word(text: str) -> str:
    """The text in the language of this call; as it is where the catalogue has none. Spaces between words do not count.

    >>> from unittest.mock import patch
    >>> with patch.dict("os.environ", GOVLIB_LANG="vi"):
    ...     word("the following arguments are required: %s"), word("pci")
    ('thiếu: %s', 'pci')
    >>> with patch.dict("os.environ", GOVLIB_LANG="en"):
    ...     word("options")
    'options'
    """
    if told.language() == "en":
        return text
    known, bare = catalogue(), " ".join(text.split())
    if bare in known:
        return text.replace(text.strip(), known[bare]) if text.strip() else text
    head, colon, rest = text.partition(": ")
    if colon and head in known:  # "estimators: twfe, …": the names stay
        return known[head] + colon + rest
    if "\n" in text or re.search(r"\S {2,}\S", text):  # a listing: line by line, column by column
        return "".join(part if part.isspace() else word(part) for part in re.split(r"(\n| {2,})", text) if part)
    return text


def install() -> None:
    """Let argparse ask here; once a process."""
    if getattr(argparse, "_") is word:  # noqa: B009 - the name is argparse's own for gettext
        return
    argparse._ = word  # type: ignore[attr-defined]
    argparse.ngettext = lambda one, many, n: word(one if n == 1 else many)  # type: ignore[attr-defined]
    argparse.ArgumentParser._get_value = _plainly(argparse.ArgumentParser._get_value)  # type: ignore[method-assign]
    argparse.ArgumentParser.parse_args = _in_full(argparse.ArgumentParser.parse_args)  # type: ignore[method-assign]
    shown, heading, helped = (getattr(argparse.HelpFormatter, name) for name in ("add_text", "start_section", "_get_help_string"))

    def told_in(method):
        @wraps(method)
        def method_told(self, text):
            return method(self, word(text) if isinstance(text, str) and text is not argparse.SUPPRESS else text)
        return method_told

    @wraps(helped)
    def help_told(self, action):
        return word(helped(self, action) or "")

    for name, method in (("add_text", told_in(shown)), ("start_section", told_in(heading)), ("_get_help_string", help_told)):
        setattr(argparse.HelpFormatter, name, method)


def _plainly(given):
    """argparse names Python's type ("invalid int value"), which is no word of whoever typed the value."""
    @wraps(given)
    def value(self, action, text):
        try:
            return given(self, action, text)
        except argparse.ArgumentError:
            if action.type is not int:
                raise
            wrong = "not a year, in four digits: %r" if action.dest == "year" else "not a whole number: %r"
            raise argparse.ArgumentError(action, word(wrong) % text) from None
    return value


def _in_full(given):
    """Options by their whole names alone: argparse takes `effects --al` for `--all`, a run of everything that nobody asked for."""
    @wraps(given)
    def parsed(self, args=None, namespace=None):
        self.allow_abbrev, args = False, sys.argv[1:] if args is None else list(args)
        known = [name for name in self._option_string_actions if name.startswith("--")]
        for name in (text.partition("=")[0] for text in takewhile("--".__ne__, args) if text.startswith("--") and " " not in text):
            near = [other for other in known if other.startswith(name)] or difflib.get_close_matches(name, known, cutoff=0.7)
            if name not in known and near:  # before argparse misses what the shortened option was to give
                nearest = phrase("told.nearest", told.language(), names=", ".join(near))
                self.error(word("unrecognized arguments: %s") % name + nearest)
        return given(self, args, namespace)
    return parsed


if __name__ == "__main__":  # `make help`
    told.any_letters()
    sys.stdout.writelines(word(line.rstrip("\n")) + "\n" for line in sys.stdin)
