"""`govlib scores` and `govlib coverage`: the one-line questions, from a shell."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence

from govlib.errors import commands
from govlib.words.tables import language, phrase


def _list(text: str | None) -> list[str] | None:
    # "" is what a shell makes of a variable that is not set: nothing, not all
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def _print(frame, as_json: bool) -> None:
    """All columns as JSON; a terminal has no room for sources, places and both languages, so the frame comes with fewer."""
    reasons = [c for c in frame if c.startswith("reason_")]  # of these some name a command; the table is the same on every system
    frame = frame.assign(**{c: [commands(text) if isinstance(text, str) else text for text in frame[c]] for c in reasons})
    if as_json:
        frame.to_json(sys.stdout, orient="records", force_ascii=False, double_precision=15)
        print()
    else:
        print(_text(frame, shutil.get_terminal_size().columns if sys.stdout.isatty() else None) if len(frame)
              else phrase("told.no_rows", language()))


def _text(frame, width: int | None) -> str:
    """Words begin where their column begins; on a terminal a line ends at its edge, with … where something follows."""
    from pandas.api.types import is_numeric_dtype  # as the frame, only where one is printed

    wide = {c: max(map(len, [c, *frame[c].astype(str)])) for c in frame if not is_numeric_dtype(frame[c])}
    named = frame.rename(columns={c: c.ljust(n) for c, n in wide.items()})
    text = named.to_string(index=False, formatters={c.ljust(n): (lambda word, n=n: str(word).ljust(n)) for c, n in wide.items()})
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join(line if width is None or len(line) <= width else line[:width - 1] + "…" for line in lines)


def main(argv: Sequence[str]) -> int:
    verb, *rest = argv
    ask = argparse.ArgumentParser(prog=f"govlib {verb}")
    ask.add_argument("index", nargs="?" if verb == "coverage" else None, help="pci, papi, par, sipas, dti, ict or pgi")
    ask.add_argument("--json", action="store_true", help="print records as JSON")
    if verb == "scores":
        ask.description = "Scores of an index, one row a province, year and component."
        ask.add_argument("--components", help="slugs, comma between")
        ask.add_argument("--provinces", help="slugs, spellings or region slugs, comma between")
        ask.add_argument("--years", help="2019, 2010:2019 or 2010,2015")
        ask.add_argument("--level", choices=["overall", "component", "indicator"],
                         help="overall, component or indicator; overall and component unless told")
    else:
        ask.description = "Which index, year and level exists, for how many provinces, and why the rest is missing."
        ask.add_argument("--missing", action="store_true",
                         help="every missing cell, why, and when it was looked for (--json: where)")
        ask.add_argument("--document", action="store_true", help="docs/missing.md on the screen")
    given = ask.parse_args(rest)

    import govlib  # its names load what they need
    from govlib.panel import missing  # loads pandas

    if verb == "coverage" and given.document:
        print(missing.document(), end="")
        return 0
    if verb == "scores":
        frame = govlib.scores(given.index, components=_list(given.components), provinces=_list(given.provinces),
                              years=given.years, level=given.level)
        if not given.json:
            frame = frame[["province", "year", "component", "score", "rank", "status", "source", "locator"]]
    elif given.missing:
        frame = missing.missing(given.index)
        if not given.json:
            frame = frame[["index_id", "year", "province", "component", "read_on", f"reason_{language()}"]]
    else:
        frame = govlib.coverage(given.index)
        if not given.json:
            frame = frame[["index_id", "year", "level", "n_provinces", "n_expected", "n_components", "n_components_expected",
                           f"reason_{language()}"]]
    _print(frame, given.json)
    return 0
