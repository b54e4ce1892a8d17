"""``govlib verify PAGE``: every number of a page back to the cell it was copied from, or to the recipe that made it, as they are
today; what has changed since the page was made is said number by number.

A number is held against its own figure only: the page says which column of an estimate it shows, and which figure of a place that
holds several (the address of a newspaper's page).
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

from govlib import paths
from govlib.effects import pooled, quoted
from govlib.errors import BadInput, GovlibError
from govlib.forms import plain
from govlib.known import reforms
from govlib.panel import data
from govlib.publish import content
from govlib.publish.charts.effects import BESIDE
from govlib.publish.sections.base import registry_date
from govlib.reading import comparisons
from govlib.run import rounds
from govlib.words import wording
from govlib.words.tables import language, phrase

STATES = ("same", "changed", "gone")


class Number(NamedTuple):
    """A number as a page shows it."""

    text: str
    source: str
    locator: str
    cell: str = ""  # which of the figures at its place: "rank pci/overall bac-ninh 2021"


class Traced(NamedTuple):
    """A number, what stands at its place today (``now``: as it would be shown; empty where nothing does), and where that is."""

    number: Number
    state: str  # of STATES
    now: str
    where: str  # file and row, or the recipe


class _Reader(HTMLParser):
    """The numbers of a page, and its language."""

    def __init__(self) -> None:
        super().__init__()
        self.lang = "vi"
        self.found: list[Number] = []
        self._open: tuple[str, str, str] | None = None  # source, locator and cell of the number that is being read
        self._depth, self._text = 0, [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.lang = given.get("lang") or "vi"
        if tag != "span":
            return
        if self._open is not None:
            self._depth += 1
        elif "num" in (given.get("class") or "").split() and given.get("data-source"):
            source, locator, cell = (given.get(f"data-{name}") or "" for name in ("source", "locator", "cell"))
            self._open, self._depth, self._text = (source, locator, cell), 0, [""]

    def handle_endtag(self, tag: str) -> None:
        if tag != "span" or self._open is None:
            return
        if self._depth:
            self._depth -= 1
        else:
            self.found.append(Number("".join(self._text).strip(), *self._open))
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._text.append(data)


def numbers(page: Path) -> tuple[list[Number], str]:
    """(numbers that carry a source, the page's language).

    Raises BadInput where the file is not there, is no text, or holds no such number.
    """
    try:
        text = Path(page).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"cannot be read: {why}", file=page, fix="give a page of briefings/") from None
    reader = _Reader()
    reader.feed(text)
    if not reader.found:
        raise BadInput("no number in it says where it comes from", file=page, fix="give a page that govlib made")
    lang = reader.lang if reader.lang in ("vi", "en") else "vi"
    nothing = phrase("show.none", lang)  # "not published" stands where a number would
    return [number for number in reader.found if number.text != nothing], lang


def trace(found: Iterable[Number], lang: str) -> Iterator[Traced]:
    """Each number looked up where it says that it comes from."""
    for number in found:
        values, where = _ours(number.locator, lang) if number.source == content.OURS else _cells(number)
        if not values:
            yield Traced(number, "gone", "", where)
        elif any(number.text in _ways(v, lang, number) for v in values):
            yield Traced(number, "same", number.text, where)
        else:
            yield Traced(number, "changed", " / ".join(dict.fromkeys(_like(v, lang, number.text) for v in values)), where)


@cache
def _ours(locator: str, lang: str) -> tuple[list[Any], str]:
    """What the recipe gives today."""
    try:
        value = content.recompute(locator, content.panel_board(), lang)
    except (GovlibError, KeyError) as error:  # figures that the panel no longer holds, a recipe of an older version
        return [], f"{locator}: {str(error)[:100]}"
    return ([] if wording.missing(value) else [value]), locator


def _cells(number: Number) -> tuple[list[Any], str]:
    """What stands at the place that a source and a locator name: estimates, reform actions, else the rows of data/raw."""
    if number.source == "estimates":
        return _estimate(number.locator)
    if number.source == rounds.SOURCE:
        value = rounds.figure(number.locator)
        return ([] if value is None else [value]), number.locator
    place = (number.source, number.locator)
    printed = [f for f in _printed().get(place, []) if number.cell in ("", f.cell)]
    rows = printed or _named(number.locator) or _derived().get(place, [])
    where = "; ".join(dict.fromkeys(f.where for f in rows)) or number.locator
    return [f.value for f in rows], where


class Figure(NamedTuple):
    """A figure as it is held here, file and row, and which of those at its place it is."""

    value: float | str
    where: str
    cell: str = ""


@cache
def _printed() -> dict[tuple[str, str], list[Figure]]:
    """(source, locator) → the figures of the rows of data/raw that name it."""
    out: dict[tuple[str, str], list[Figure]] = {}
    for path in sorted(paths.raw().rglob("*.csv")):
        if {paths.originals(), paths.inbox()} & {*path.parents}:  # forms as they came, in whatever letters, are no figures yet
            continue
        file = path.relative_to(paths.raw().parent.parent).as_posix() if paths.raw().parent.parent in path.parents else path.name
        for row, line in _lines(path):
            about = (f"{path.parent.name}/{line.get('component')} {line.get('province') or line.get('area')} "
                     f"{line.get('year') or path.stem}")
            for name in ("score", "rank", "value"):
                if line.get("source") and (value := _float(line.get(name))) is not None:
                    found = out.setdefault((line["source"], line.get("locator") or ""), [])
                    found.append(Figure(value, f"{file}, row {row}", f"{name} {about}"))
            for name in ("start_date", "end_date"):
                if line.get("reform_id") and line.get(name):
                    found = out.setdefault(("reform-actions", line["reform_id"]), [])
                    found.append(Figure(line[name], f"{file}, row {row}", name))
    return out


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(row, its cells) of a file of data/raw; the registry as it is read, whatever a spreadsheet program made of it."""
    if path.parent.name == "reforms":
        table = plain.read(path)
        plain.turn_days(table, [name for name in reforms.DATES if name in table], path)
        yield from zip(table.index + 2, table.to_dict("records"), strict=True)
    else:
        with open(path, encoding="utf-8-sig", newline="") as lines:
            yield from enumerate(csv.DictReader(lines), 2)


@cache
def _derived() -> dict[tuple[str, str], list[Figure]]:
    """(source, locator) → what the panel adds up from printed parts, and that it does."""
    rows = data.shared("scores.parquet")
    rows = rows[rows["status"].eq("derived")]
    out: dict[tuple[str, str], list[Figure]] = {}
    for r in rows.itertuples():
        place = f"data/processed/scores.parquet, derived: {r.province} {r.year} {r.index_id}/{r.component}"
        out.setdefault((r.source, r.locator), []).append(Figure(r.score, place))
    return out


def _named(locator: str) -> list[Figure]:
    """Rows of a locator that is a file of data/raw and a component's beginning: for figures printed without a page's place."""
    match = re.fullmatch(r"(data/raw/\S+\.csv) (\S+)", locator)
    if match is None or not (path := paths.raw().parent.parent / match[1]).is_file():
        return []
    with open(path, encoding="utf-8-sig", newline="") as lines:
        return [Figure(value, f"{match[1]}, row {row}") for row, line in enumerate(csv.DictReader(lines), 2)
                if match[2] in (line.get("component") or "") for name in ("score", "rank")
                if (value := _float(line.get(name))) is not None]


def _estimate(locator: str) -> tuple[list[Any], str]:
    """The figure of the estimates that a locator names, or one of all effects together: ``all pooled prior beside_low``."""
    index_id, which, reform = locator.split(" ")[:3]
    if (index_id, which) == ("all", "pooled"):
        found = dict(zip(BESIDE, pooled.overall().get(reform, ()), strict=False))
        value, file = found.get(locator.split(" ")[-1]), pooled.path().name
    else:
        value, file = _estimates(reform).get(locator), f"estimates/{reform}.{index_id}.parquet"
    return ([] if wording.missing(value) else [value]), f"data/processed/{file}: {locator}"


@cache
def _estimates(reform: str) -> dict[str, float]:
    """Locator → the figure, of this reform's estimates and of what a page counts beside them."""
    out: dict[str, float] = {}
    for table in (quoted.read([reform]), quoted.quoted([reform])):  # the second also counts the other estimates of an outcome
        for row in table.to_dict("records"):
            place = quoted.locator(row, "")
            out |= {place + name: v for name, v in row.items() if isinstance(v, (int, float))}
            out[place + "controls"] = row["n_provinces"] - row["n_treated"]
            out[place + "pooled_down"] = 1 - row.get("pooled_up", float("nan"))
    return out


def _float(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _digits(text: str, lang: str) -> int:
    return len(re.sub(r"\D", "", text.rpartition("," if lang == "vi" else ".")[2])) if ("," if lang == "vi" else ".") in text else 0


def _ways(value: Any, lang: str, number: Number) -> set[str]:
    """How pages write a value with as many digits as the number's text has: plain, signed, without its sign, per cent, a rank in
    words."""
    if isinstance(value, str):
        return {value, *_dates(value, lang)}
    d = _digits(number.text, lang)
    plain = {wording.number(value, lang, d), wording.number(abs(value), lang, d), wording.signed(value, lang, d),
             wording.percent(value, lang, d), wording.number(value, lang, d) + "%", wording.number(100 * value, lang, d)}
    if float(value).is_integer() and (of := _out_of(number)) is not None:
        plain.add(wording.rank(value, of, lang))
    return plain


def _out_of(number: Number) -> int | None:
    """Of how many a rank is told, as counted today; None of what is no rank in words."""
    said = re.fullmatch(r"(rank|region_rank) (\w+)/(\S+) (\S+) (\d{4})", number.cell or number.locator)
    if said is None or number.text.isdigit():
        return None
    place = comparisons.place(content.panel_board(), said[2], said[3], said[4], int(said[5]))
    return None if place is None else place.of if said[1] == "rank" else place.region_of


def _dates(value: str, lang: str) -> set[str]:
    """A registry's date as pages print it, as exact as it is or less."""
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", value):
        return set()
    return {registry_date("-".join(value.split("-")[:k]), lang) for k in (1, 2, 3)}


def _like(value: Any, lang: str, text: str) -> str:
    return value if isinstance(value, str) else wording.number(value, lang, _digits(text, lang))


def parser() -> argparse.ArgumentParser:
    ask = argparse.ArgumentParser(prog="govlib verify", description=__doc__)
    ask.add_argument("page", type=Path, help="an HTML page of briefings/")
    ask.add_argument("--number", default="", help="only numbers shown like this, each with its place: 45,49")
    ask.add_argument("--csv", action="store_true", help="every number as a row of CSV")
    return ask


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 1 where a number has changed or its place is gone."""
    args = parser().parse_args(argv)
    found, lang = numbers(args.page)
    if args.number and not (found := [n for n in found if n.text == args.number.strip()]):
        raise BadInput("no number of the page is shown like this", value=args.number, file=args.page, fix="copy it from the page")
    traced = list(trace(found, lang))
    count = Counter(t.state for t in traced)
    if args.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["number", "state", "now", "source", "locator", "where"])
        writer.writerows([t.number.text, t.state, t.now, t.number.source, t.number.locator, t.where] for t in traced)
    else:
        own = language()
        words = {state: phrase(f"verify.{state}", own) for state in STATES}
        wide = max(map(len, words.values())) + 2
        for t in dict.fromkeys(traced if args.number else [t for t in traced if t.state != "same"]):
            now, where = (f" → {t.now}" if t.state == "changed" else ""), (t.where if t.where != t.number.locator else "")
            print(f"{words[t.state]:{wide}}{t.number.text}{now}\n{'':{wide}}{t.number.source}: {t.number.locator}"
                  + (where and f"\n{'':{wide}}{where}"))
        print(f"{args.page.name}: {phrase('verify.numbers', own, n=len(traced))}, "
              + ", ".join(f"{count[state]} {words[state]}" for state in STATES))
    return 1 if count["changed"] or count["gone"] else 0
