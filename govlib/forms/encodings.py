"""Text that staff send, whatever it was typed in: UTF-8, UTF-16, Windows-1258, and the older TCVN3 (ABC) fonts.

TCVN3 is no encoding that a computer can announce: the bytes are those of a Western text, and a font draws Vietnamese
letters (``B¾c Ninh`` for Bắc Ninh). It survives in files, and inside UTF-8 files and workbooks as Western letters. What it
is can be told from the letters: Vietnamese syllables are few, so a reading under which a word is none is the wrong one.

Nothing is guessed. A word that is good Vietnamese under two readings takes the reading that the rest of the file proves;
where the rest proves nothing, or both, it is reported with file, row and value.

Capital letters with tones do not exist in TCVN3 (a second font draws capitals), so converted text keeps what was typed:
``Hµ NéI`` in the capital font comes out as ``Hà NộI``. Names are compared without regard to case.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from govlib.errors import BadInput
from govlib.forms.problems import Problem, refuse

# TCVN 5712:1993, set VN3: the places of the 74 letters that ASCII lacks
_VN3 = {
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",            # A1–AE
    0xB5: "àảãáạ", 0xBB: "ằẳẵắ", 0xC6: "ặầẩẫấậè", 0xCE: "ẻẽéẹềểễếệìỉ", 0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù", 0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
TCVN3 = {chr(first + i): letter for first, letters in _VN3.items() for i, letter in enumerate(letters)}
_TO_UNICODE = str.maketrans(TCVN3)
_TO_TCVN3 = str.maketrans({letter: char for char, letter in TCVN3.items()})

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ONSET = "ngh|ng|nh|ch|gh|gi|kh|ph|th|tr|qu|b|c|d|đ|g|h|k|l|m|n|p|r|s|t|v|x|"
_RIME = ("oong|uyên|uyêt|uynh|uych|uyt|uya|uyu|iêng|iêm|iên|iêp|iêt|iêc|iêu|yêm|yên|yêng|yêt|yêu|uông|uôm|uôn|uôt|uôc|uôi|"
         "ương|ươm|ươn|ươp|ươt|ươc|ươi|ươu|oang|oanh|oach|oan|oam|oat|oac|oap|oai|oay|oao|oăng|oăn|oăm|oăt|oăc|oen|oet|oem|oeo|"
         "uâng|uân|uât|uây|uêch|uênh|uên|uơn|uyn|uyp|"
         "ang|anh|ach|am|an|ap|at|ac|ai|ao|au|ay|ăng|ăm|ăn|ăp|ăt|ăc|âng|âm|ân|âp|ât|âc|âu|ây|eng|em|en|ep|et|ec|eo|"
         "ênh|êch|êm|ên|êp|êt|êu|inh|ich|im|in|ip|it|iu|ong|om|on|op|ot|oc|oi|ông|ôm|ôn|ôp|ôt|ôc|ôi|ơm|ơn|ơp|ơt|ơi|"
         "ung|um|un|up|ut|uc|ui|ưng|ưm|ưn|ưt|ưc|ưi|ưu|ia|ya|ua|ưa|oa|oe|uê|uơ|uy|a|ă|â|e|ê|i|o|ô|ơ|u|ư|y")
_SYLLABLE = re.compile(f"(?:{_ONSET})(?:{_RIME})")
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_TYPOGRAPHY = set("–—…“”‘’«»•°€×·")


@cache
def syllable(word: str) -> bool:
    """Whether a word could be a Vietnamese syllable: onset, rime, at most one tone, and only sắc or nặng before a stop.

    >>> syllable("Nghiêng"), syllable("Bắc"), syllable("B¾c"), syllable("bàc")
    (True, True, False, False)
    """
    lower = word.lower() if word.istitle() or word.isupper() or word.islower() or len(word) == 1 else word
    if lower != lower.lower() and not word[:1].isupper():
        return False
    parts = unicodedata.normalize("NFD", lower.lower())
    tones = [c for c in parts if c in _TONES]
    bare = unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONES))
    if len(tones) > 1 or not _SYLLABLE.fullmatch(bare):
        return False
    return not (re.search(r"(p|t|c|ch)$", bare) and (not tones or tones[0] not in "\u0301\u0323"))


def from_tcvn3(text: str) -> str:
    """TCVN3 text, seen as Western letters (Windows-1252), as Unicode.

    >>> from_tcvn3("B¾c Ninh, Thµnh phè H¶i Phßng")
    'Bắc Ninh, Thành phố Hải Phòng'
    """
    return unicodedata.normalize("NFC", text.translate(_TO_UNICODE))


def to_tcvn3(text: str) -> bytes:
    """Bytes as an ABC font needs them; capitals with a tone become small letters, as the set has none.

    >>> to_tcvn3("Bắc Ninh").decode("latin-1")
    'B¾c Ninh'
    """
    text = "".join(c if ord(c) < 128 or c in "ĂÂÊÔƠƯĐ" else c.lower() for c in unicodedata.normalize("NFC", text))
    return text.translate(_TO_TCVN3).encode("latin-1")


def _quality(text: str) -> int:
    """Words that are syllables less words that are not, among the words with a letter beyond ASCII; stray signs count against."""
    good = bad = 0
    for word in _WORD.findall(text):
        if not word.isascii():
            good, bad = (good + 1, bad) if syllable(word) else (good, bad + 1)
    bad += sum(not c.isalpha() and c not in _TYPOGRAPHY and c not in "\xa0\u200b\ufeff" for c in _BEYOND_ASCII.findall(text))
    return good - 3 * bad


@lru_cache(maxsize=20_000)
def reading(text: str) -> str:
    """How a text's letters are to be read: ``plain`` (ASCII), ``unicode``, ``tcvn3``, ``either`` or ``neither``.

    >>> [reading(t) for t in ("Ninh", "Bắc Ninh", "B¾c Ninh", "cò", "5 × 3 ≥ ½")]
    ['plain', 'unicode', 'tcvn3', 'either', 'unicode']
    """
    text = unicodedata.normalize("NFC", text)
    if text.isascii():
        return "plain"
    # a letter that no ABC font has settles it; so does text without words beyond ASCII (signs only)
    if any(map(_beyond, _BEYOND_ASCII.findall(text))):
        # Unicode letters, and inside the same cell words that only TCVN3 explains: two readings in one cell
        other = [w for w in re.findall(r"\S+", text) if not w.isascii() and not any(map(_beyond, w))]
        return "neither" if any(reading(w) == "tcvn3" for w in other) else "unicode"
    converted = from_tcvn3(text)
    if converted == text:
        return "unicode"
    as_unicode, as_tcvn3 = _quality(text), _quality(converted)
    if as_unicode > 0 and as_tcvn3 > 0 and as_unicode == as_tcvn3:
        return "either"
    if as_tcvn3 > 0 and as_tcvn3 > as_unicode:
        return "tcvn3"
    if as_unicode > 0:
        return "unicode"
    return "unicode"  # no Vietnamese under either reading: a foreign name (Müller), a sign


def _beyond(char: str) -> bool:
    """A letter that no ABC font can be meant by."""
    return ord(char) > 127 and char.isalpha() and char not in TCVN3


@dataclass
class Decoded:
    """Text in NFC; ``encoding`` of the bytes; ``notes`` say what was converted; ``problems`` what nobody can read."""

    text: str
    encoding: str
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def not_a_table(path: Path, data: bytes) -> list[Problem]:
    start = data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if not start:
        return [Problem("the file is empty", path.name, fix="delete it, or put the figures in")]
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        return [Problem("a web page, not a table", path.name, fix="copy the table into the form: make template")]
    if start.startswith((b"pk\x03\x04", b"\xd0\xcf\x11\xe0")):
        return [Problem("an Excel workbook under the name of a CSV", path.name, fix="rename it to .xlsx, or save as CSV")]
    return []


def decode(path: str | Path) -> Decoded:
    """The text of a CSV, its lines each in the encoding that makes them Vietnamese.

    UTF-8 (with or without BOM) and UTF-16 are recognised by their bytes. Otherwise each line is UTF-8, Windows-1258 (tones
    may be separate bytes) or TCVN3; a file put together from several encodings is read line by line, and ``notes`` say so.

    Raises
    ------
    BadInput
        No table at all (empty, a web page, a workbook), or broken UTF-16.
    """
    path = Path(path)
    data = path.read_bytes()
    refuse(not_a_table(path, data))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:200]:
        encoding = ("utf-16" if data[:1] in (b"\xff", b"\xfe") and data[1:2] in (b"\xfe", b"\xff")
                    else "utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
        try:
            return _settled(data.decode(encoding), "utf-16", path)
        except UnicodeDecodeError as error:
            raise BadInput(f"begins as UTF-16 and is not (byte {error.start})", file=path,
                           fix="save it again as CSV UTF-8") from error
    try:
        return _settled(data.decode("utf-8-sig"), "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8", path)
    except UnicodeDecodeError:
        return _by_line(data.removeprefix(b"\xef\xbb\xbf"), path)


def _settled(text: str, encoding: str, path: Path) -> Decoded:
    """Unicode text whose lines may still be TCVN3 inside."""
    text = unicodedata.normalize("NFC", text)
    if text.isascii():
        return Decoded(text, encoding)
    lines, notes, problems = settle(text.splitlines(keepends=True), path)
    return Decoded("".join(lines), encoding, notes, problems)


def _by_line(data: bytes, path: Path) -> Decoded:
    lines, seen, open_lines = [], Counter(), []
    for number, raw in enumerate(re.split(rb"(?<=\n)", data), 1):
        if raw.isascii():
            lines.append(raw.decode("ascii"))
            continue
        texts = {}
        for name, encoding in (("utf-8", "utf-8"), ("windows-1258", "cp1258"), ("tcvn3", "latin-1")):
            try:
                text = unicodedata.normalize("NFC", raw.decode(encoding))
            except UnicodeDecodeError:
                continue
            texts[name] = from_tcvn3(text) if name == "tcvn3" else text
            if name == "utf-8":  # bytes that are good UTF-8 are that: by chance they almost never are
                break
        quality = {name: _quality(text) for name, text in texts.items()}
        best = max(quality.values(), default=0)
        winners = {texts[name]: name for name in texts if quality[name] == best}
        if "utf-8" in texts:
            seen["utf-8"] += 1
            lines.append(texts["utf-8"])
        elif best <= 0 or len(winners) > 1:
            open_lines.append((number, texts, [name for name in texts if quality[name] == best] if best > 0 else []))
            lines.append(raw.decode("latin-1"))
        else:
            name = next(iter(winners.values()))
            seen[name] += 1
            lines.append(texts[name])
    problems = []
    proved = [name for name in seen if name != "utf-8"]
    for number, texts, ways in open_lines:
        if len(proved) == 1 and proved[0] in ways:
            lines[number - 1] = texts[proved[0]]
            continue
        shown = lines[number - 1].strip()
        say = (f"could be {' or '.join(f'{texts[w].strip()!r} ({w})' for w in ways)}, and the other lines do not settle it"
               if ways else "no Vietnamese in UTF-8, Windows-1258 or TCVN3")
        problems.append(Problem(f"letters that cannot be read safely: {say}", path.name, number, None, shown,
                                "save the file as CSV UTF-8, or use the .xlsx form"))
    notes = [f"{path.name}: lines in " + ", ".join(f"{name} ({n})" for name, n in seen.most_common())] if len(seen) > 1 else (
        [f"{path.name}: read as {next(iter(seen))}"] if seen else [])
    return Decoded("".join(lines), "+".join(sorted(seen)) or "unknown", notes, problems)


def settle(texts: Sequence[str], path: str | Path, rows: Iterable[int] | None = None,
           columns: Sequence[str] | None = None) -> tuple[list[str], list[str], list[Problem]]:
    """Texts (lines of a file, or cells of a workbook) with TCVN3 inside converted.

    Returns
    -------
    the texts; notes on what was converted; a :class:`~govlib.forms.problems.Problem` for each that cannot be read safely.
    """
    rows = list(range(1, len(texts) + 1)) if rows is None else list(rows)
    ways = [reading(text) for text in texts]
    tcvn3, uni = ways.count("tcvn3"), sum(w == "unicode" and _quality(t) > 0 for w, t in zip(ways, texts, strict=True))
    out, problems, by_cell = [], [], []
    for i, (text, way) in enumerate(zip(texts, ways, strict=True)):
        where = {"file": Path(path).name, "row": rows[i], "column": columns[i] if columns else None, "value": text.strip()}
        if way == "tcvn3" or way == "either" and tcvn3 and not uni:
            out.append(from_tcvn3(text))
            continue
        if way == "either" and tcvn3 and uni:
            problems.append(Problem(f"could be {text.strip()!r} (Unicode) or {from_tcvn3(text).strip()!r} (TCVN3), and the file "
                                    "has both", **where, fix="type it again in Unicode"))
        elif way == "neither":
            # a column pasted from an ABC font beside Unicode ones: cell by cell each may be clear
            pieces = re.split(r'([,;\t"]+)', text)
            if all(reading(piece) in ("plain", "unicode", "tcvn3") for piece in pieces):
                out.append("".join(from_tcvn3(piece) if reading(piece) == "tcvn3" else piece for piece in pieces))
                by_cell.append(i)
                continue
            problems.append(Problem("letters of Unicode and of a TCVN3 (ABC) font in one place", **where,
                                    fix="type it again in Unicode"))
        out.append(unicodedata.normalize("NFC", text))
    notes = []
    if tcvn3 or by_cell:
        first = min([i for i, w in enumerate(ways) if w == "tcvn3"] + by_cell)
        notes.append(f"{Path(path).name}: {tcvn3 + len(by_cell)} of {len(texts)} lines or cells were TCVN3 (ABC) and are converted, first in row "
                     f"{rows[first]}: {texts[first].strip()[:40]!r} → {out[first].strip()[:40]!r}")
    return out, notes, problems
