"""Text that staff send, whatever it was typed in: UTF-8, UTF-16, Windows-1258, or an old font (:mod:`govlib.forms.old_fonts`).

Nothing is guessed. A word that is good Vietnamese under two readings takes the reading that the rest of the file proves;
where the rest proves nothing, or both, it is reported with file, row and value.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from govlib.errors import BadInput
from govlib.forms import containers, old_fonts
from govlib.forms.problems import Problem, Said, problems_of, refuse, say
from govlib.text import HEAP

_LINES = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")  # where a CSV reader sees a new line, and nowhere else
_NAMES = {"unicode": "Unicode", "utf-8": "UTF-8", "windows-1258": "Windows-1258", "tcvn3": "TCVN3 (ABC)", "vni": "VNI",
          "twice": "UTF-8 read as Windows-1252"}
_SAVE = "save the file as CSV UTF-8, or use the .xlsx form"
_RETYPE = "type it again in Unicode"


@dataclass
class Decoded:
    """Text in NFC; ``encoding`` of the bytes; ``notes`` say what was converted; ``problems`` what nobody can read, their
    ``row`` counting lines of the text."""

    text: str
    encoding: str
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def not_a_table(path: Path, data: bytes) -> list[Problem]:
    """What the first bytes say that a CSV cannot be: empty, a web page, a workbook, another program's file."""
    start = data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if not start:
        return [Problem("the file is empty", path.name, fix="delete it, or put the figures in")]
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        return [Problem("a web page, not a table", path.name, fix="copy the table into the form: make template")]
    if not start.startswith((b"pk\x03\x04", b"\xd0\xcf\x11\xe0")):
        return []
    try:  # a Word document too is a zip archive, and before 2007 was such a container
        containers.Package(path, data) if start.startswith(b"pk") else containers.check_ole(path, data)
    except BadInput as error:
        return problems_of(error)
    return [Problem("an Excel workbook under the name of a CSV", path.name, fix="rename it to .xlsx, or save as CSV")]


def decode(path: str | Path, data: bytes | None = None) -> Decoded:
    """The text of a CSV, its lines each in the encoding that makes them Vietnamese.

    UTF-8 (with or without BOM) and UTF-16 are recognised by their bytes. Otherwise each line is UTF-8, Windows-1258 (tones
    may be separate bytes), TCVN3 or VNI; a file put together from several encodings is read line by line, and ``notes`` say
    so. ``data``: the bytes, where they have been read.

    Raises
    ------
    BadInput
        No table at all (empty, a web page, a workbook), or broken UTF-16.
    """
    path = Path(path)
    data = path.read_bytes() if data is None else data
    refuse(not_a_table(path, data))
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        raise BadInput("text in UTF-32, which no spreadsheet program writes", file=path, fix="save it again as CSV UTF-8")
    data = data.removesuffix(b"\x1a")  # how DOS ended a file
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or 4 * data[:200].count(0) > len(data[:200]):
        encoding = ("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
        try:
            return _settled(data.decode(encoding), "utf-16", path)
        except UnicodeDecodeError as error:
            raise BadInput(say("begins as UTF-16 and is not (byte {byte})", byte=error.start), file=path,
                           fix="save it again as CSV UTF-8") from error
    try:
        return _settled(data.decode("utf-8-sig"), "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8", path)
    except UnicodeDecodeError:
        return _by_line(data.removeprefix(b"\xef\xbb\xbf"), path)


def _settled(text: str, encoding: str, path: Path) -> Decoded:
    """Unicode text whose lines may still be of an old font inside."""
    text = _in_nfc(text, path)
    if text.isascii():
        return Decoded(text, encoding)
    lines, notes, problems = settle([line for line in _LINES.split(text) if line], path)
    return Decoded("".join(lines), encoding, notes, problems)


def _in_nfc(text: str, path: Path) -> str:
    if heap := HEAP.search(text):
        raise BadInput("more than thirty marks upon one letter", file=path, value=text[max(0, heap.start() - 20):heap.start()],
                       fix="type it again")
    return unicodedata.normalize("NFC", text)


def _readings(raw: bytes, path: Path) -> dict[str, str]:
    """Name of each encoding that the bytes of a line could be → their text; bytes that are good UTF-8 are that: by chance
    they almost never are."""
    found: dict[str, str] = {}
    for name, encoding in (("utf-8", "utf-8"), ("windows-1258", "cp1258"), ("tcvn3", "latin-1"), ("vni", "latin-1")):
        try:
            text = _in_nfc(raw.decode(encoding), path)
        except UnicodeDecodeError:
            continue
        found[name] = old_fonts.as_read(text, name)
        if name == "utf-8":
            break
    return found


def _by_line(data: bytes, path: Path) -> Decoded:
    lines: list[str] = []
    seen: Counter[str] = Counter()
    open_lines: list[tuple[int, dict[str, str], list[str]]] = []  # lines that could be read in several ways, or in none
    for number, raw in enumerate(re.split(rb"(?<=\n)|(?<=\r)(?!\n)", data), 1):
        if raw.isascii():
            lines.append(raw.decode("ascii"))
            continue
        texts = _readings(raw, path)
        quality = {name: old_fonts.quality(text) for name, text in texts.items()}
        best = max(quality.values())
        good = ["utf-8"] if "utf-8" in texts else [name for name in texts if quality[name] == best > 0]
        if len({texts[name] for name in good}) == 1:
            seen[good[0]] += 1
            lines.append(texts[good[0]])
        else:
            open_lines.append((number, texts, good))
            lines.append(raw.decode("latin-1"))
    problems = []
    proved = [name for name in seen if name != "utf-8"]
    for number, texts, good in open_lines:
        if len(proved) == 1 and proved[0] in good:
            lines[number - 1] = texts[proved[0]]
            continue
        problems.append(Problem(
            say("letters that could be {readings}, and the other lines do not settle it",
                readings=" / ".join(f"{texts[way].strip()!r} ({_NAMES[way]})" for way in good)) if good
            else "letters in no encoding that can be read safely (tried UTF-8, UTF-16, Windows-1258, TCVN3, VNI)",
            path.name, number, None, lines[number - 1].strip(), _SAVE))
    listed = ", ".join(f"{_NAMES[name]} ({n})" for name, n in seen.most_common())
    notes: list[str] = [say("{file}: lines in {encodings}", file=path.name, encodings=listed) if len(seen) > 1
                        else say("{file}: read as {encoding}", file=path.name, encoding=_NAMES[next(iter(seen))])] if seen else []
    return Decoded("".join(lines), "+".join(sorted(seen)) or "unknown", notes, problems)


def _proven(ways: Mapping[str, tuple[str, ...]], texts: Iterable[str]) -> Counter[str]:
    """How many of the texts can be read in one way only; signs and foreign names prove nothing."""
    found: Counter[str] = Counter()
    for text, n in Counter(texts).items():
        way = ways[text]
        if len(way) == 1 and way[0] != "plain" and (way[0] != "unicode" or old_fonts.quality(text) > 0):
            found[way[0]] += n
    return found


def settle(texts: Sequence[str], path: str | Path, rows: Iterable[int] | None = None,
           columns: Sequence[str] | None = None) -> tuple[list[str], list[str], list[Problem]]:
    """Texts (lines of a file, or cells of a workbook) with what an old font wrote converted.

    Returns
    -------
    the texts; notes on what was converted; a :class:`~govlib.forms.problems.Problem` for each that cannot be read safely.
    """
    name, rows = Path(path).name, list(range(1, len(texts) + 1)) if rows is None else list(rows)
    ways = {text: old_fonts.ways(text) for text in dict.fromkeys(texts)}  # a form says the same in many cells
    proven = _proven(ways, texts)
    read = {text: _read(text, way, proven) for text, way in ways.items()}
    problems: list[Problem] = []
    converted: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        _, font, trouble = read[text]
        if trouble:
            problems.append(Problem(trouble, name, rows[i], columns[i] if columns else None, text.strip(), _RETYPE))
        if font:
            converted.setdefault(font, []).append(i)
    out = [read[text][0] for text in texts]
    notes: list[str] = [
        say("{file}: {n} of {all} lines or cells were {font} and are converted, first in row {row}: {before!r} → {after!r}",
            file=name, n=len(at), all=len(texts), font=_NAMES[font], row=rows[at[0]], before=texts[at[0]].strip()[:40],
            after=out[at[0]].strip()[:40]) for font, at in converted.items()]
    return out, notes, problems


def _read(text: str, ways: tuple[str, ...], proven: Counter[str]) -> tuple[str, str, Said | str]:
    """A text as it is meant, the old font that it was typed in (empty: none), and why it cannot be read safely."""
    chosen, trouble = _choose(text, ways, proven)
    if chosen == "pieces":  # a column pasted from an old font beside Unicode ones: cell by cell each may be clear
        font = next(way for way in map(_only, _pieces(text)) if way in old_fonts.READERS)
        return "".join(old_fonts.as_read(piece, _only(piece)) for piece in _pieces(text)), font, trouble
    return old_fonts.as_read(text, chosen), chosen if chosen in old_fonts.READERS else "", trouble


def _choose(text: str, ways: tuple[str, ...], proven: Counter[str]) -> tuple[str, Said | str]:
    """The way to read one text beside what the others prove (``pieces``: cell by cell), and why it cannot be read safely."""
    if ways == ("twice",) and old_fonts.incomplete(text):
        return "unicode", "letters that another program has spoilt, some of them beyond repair"
    if len(ways) == 1:
        return ways[0], ""
    if not ways:
        each = [old_fonts.ways(piece) for piece in _pieces(text)]
        if all(len(way) == 1 for way in each) and any(way[0] in old_fonts.READERS for way in each):
            return "pieces", ""
        return "unicode", "letters of Unicode and of an old font (TCVN3, VNI) in one place"
    possible = [way for way in ways if proven[way]]
    if len(possible) > 1:
        return "unicode", say("could be {readings}, and the file has both", readings=" / ".join(
            f"{old_fonts.as_read(text, way).strip()!r} ({_NAMES[way]})" for way in possible))
    return (possible or ["unicode"])[0], ""


def _pieces(text: str) -> list[str]:
    return re.split(r'([,;\t"]+)', text)


def _only(piece: str) -> str:
    return old_fonts.ways(piece)[0]
