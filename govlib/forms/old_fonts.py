"""Vietnamese typed for fonts from before Unicode, TCVN3 (ABC) and VNI, and how to tell which it is.

Neither is an encoding that a computer can announce: the bytes are those of a Western text, and a font draws Vietnamese
letters (``B¾c Ninh`` in an ABC font, ``Baéc Ninh`` in a VNI font, both Bắc Ninh). They survive in files, and inside UTF-8
files and workbooks as Western letters. What it is can be told from the letters: Vietnamese syllables are few, so a reading
under which a word is none is the wrong one.

Capital letters with tones do not exist in TCVN3 (a second font draws capitals), so converted text keeps what was typed:
``Hµ NéI`` in the capital font comes out as ``Hà NộI``. Names are compared without regard to case.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from govlib.text import HEAP

# TCVN 5712:1993, set VN3: the places of the 74 letters that ASCII lacks
_VN3 = {
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",            # A1–AE
    0xB5: "àảãáạ", 0xBB: "ằẳẵắ", 0xC6: "ặầẩẫấậè", 0xCE: "ẻẽéẹềểễếệìỉ", 0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù", 0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
TCVN3 = {chr(first + i): letter for first, letters in _VN3.items() for i, letter in enumerate(letters)}
_FROM_TCVN3 = str.maketrans(TCVN3)
_TO_TCVN3 = str.maketrans({letter: char for char, letter in TCVN3.items()})

# VNI: some letters stand alone, the others are a plain letter (or ô, ö: ơ, ư) and a sign that the font draws above or below it
_VNI_ALONE = {"ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_GRAVE, _ACUTE, _TILDE, _HOOK, _DOT, _HAT, _BREVE = "\u0300", "\u0301", "\u0303", "\u0309", "\u0323", "\u0302", "\u0306"
_VNI_SIGNS = {"ø": _GRAVE, "ù": _ACUTE, "õ": _TILDE, "û": _HOOK, "ï": _DOT,
              "â": _HAT, "à": _HAT + _GRAVE, "á": _HAT + _ACUTE, "ã": _HAT + _TILDE, "å": _HAT + _HOOK, "ä": _HAT + _DOT,
              "ê": _BREVE, "è": _BREVE + _GRAVE, "é": _BREVE + _ACUTE, "ü": _BREVE + _TILDE, "ú": _BREVE + _HOOK,
              "ë": _BREVE + _DOT}
_VNI_LETTER = re.compile(f"([aeouyôö])([{''.join(_VNI_SIGNS)}])|[{''.join(_VNI_ALONE)}]", re.I)

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ONSET = "ngh|ng|nh|ch|gh|gi|kh|ph|th|tr|qu|b|c|d|đ|g|h|k|l|m|n|p|r|s|t|v|x|"
_RIME = ("oong|uyên|uyêt|uynh|uych|uyt|uya|uyu|iêng|iêm|iên|iêp|iêt|iêc|iêu|yêm|yên|yêng|yêt|yêu|uông|uôm|uôn|uôt|uôc|uôi|"
         "ương|ươm|ươn|ươp|ươt|ươc|ươi|ươu|oang|oanh|oach|oan|oam|oat|oac|oap|oai|oay|oao|oăng|oăn|oăm|oăt|oăc|oen|oet|oem|oeo|"
         "uâng|uân|uât|uây|uêch|uênh|uên|uơn|uyn|uyp|"
         "ang|anh|ach|am|an|ap|at|ac|ai|ao|au|ay|ăng|ăm|ăn|ăp|ăt|ăc|âng|âm|ân|âp|ât|âc|âu|ây|eng|em|en|ep|et|ec|eo|"
         "ênh|êch|êm|ên|êp|êt|êu|inh|ich|im|in|ip|it|iu|ong|om|on|op|ot|oc|oi|ông|ôm|ôn|ôp|ôt|ôc|ôi|ơm|ơn|ơp|ơt|ơi|"
         "ung|um|un|up|ut|uc|ui|ưng|ưm|ưn|ưt|ưc|ưi|ưu|ia|ya|ua|ưa|oa|oe|uê|uơ|uy|a|ă|â|e|ê|i|o|ô|ơ|u|ư|y|"
         "ăk|ak|âk|êk|ok|ôk|uk|ưk")  # names of the highlands: Đắk Lắk
_SYLLABLE = re.compile(f"(?:{_ONSET})(?:{_RIME})")
_WORD = re.compile(r"[^\W\d_¹²³¼½¾]+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
# no letters, though ABC fonts draw them so: ¹ that no letter (® is đ, § Đ) stands before and no small one behind is no ạ, × without
# a letter beside it no ì, ½ that ends a word no ẵ (no syllable ends in ẳ, ẵ or ắ)
_SIGN = re.compile(r"((?<![®§])(?<![^\W\d_])(?:¹(?![a-z])|×(?![^\W\d_]))|[¼½¾](?![^\W\d_]))")
_BEYOND_LATIN = re.compile(r"[^\x00-\xff]")
_BEYOND_RUN = re.compile(r"[^\x00-\x7f]+")
# byte → the letter that Windows-1252 draws for it; the five that it has none for stay control characters
_WESTERN = {bytes([n]).decode("cp1252", "ignore") or chr(n): n for n in range(0x80, 0x100)} | {chr(n): n for n in range(0x80, 0xA0)}
_LATER = "[" + "".join(re.escape(c) for c, n in _WESTERN.items() if n < 0xC0) + "]"
# ạ to ỹ; đ and ă; ơ and ư; ĩ and ũ; small Western letters (à to ý) but for those that would end in a quotation mark
_TWICE = re.compile(f"á[º»]{_LATER}|Ä[‘\x90ƒ‚©¨]|Æ[¡\xa0°¯]|Å[©¨]|Ã[\xa0-\xaa\xac-\xba\xbc-\xbf]")
_CUT = re.compile(f"[ÃÄÅÆ](?!{_LATER})|á[º»](?!{_LATER})")
_TYPOGRAPHY = set("–—…“”‘’«»•°€×·\xa0\u200b\ufeff²³¹")


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
    parts = _SIGN.split(text)  # every second one is a sign
    return unicodedata.normalize("NFC", "".join(part if at % 2 else part.translate(_FROM_TCVN3) for at, part in enumerate(parts)))


def to_tcvn3(text: str) -> bytes:
    """Bytes as an ABC font needs them; capitals with a tone become small letters, as the set has none.

    >>> to_tcvn3("Bắc Ninh").decode("latin-1")
    'B¾c Ninh'
    """
    text = "".join(c if ord(c) < 128 or c in "ĂÂÊÔƠƯĐ" else c.lower() for c in unicodedata.normalize("NFC", text))
    return text.translate(_TO_TCVN3).encode("latin-1")


def from_vni(text: str) -> str:
    """VNI text, seen as Western letters, as Unicode.

    >>> from_vni("Tænh Baéc Ninh, Thaønh phoá Haûi Phoøng, ÑAÊK LAÊK, ñöôïc")
    'Tỉnh Bắc Ninh, Thành phố Hải Phòng, ĐĂK LĂK, được'
    """
    def letter(found: re.Match) -> str:
        base, sign = found.groups()
        if base is None:
            small = _VNI_ALONE[found[0].lower()]
            return small.upper() if found[0].isupper() else small
        small = _VNI_ALONE.get(base.lower(), base.lower())
        return (small.upper() if base.isupper() else small) + _VNI_SIGNS[sign.lower()]

    return unicodedata.normalize("NFC", _VNI_LETTER.sub(letter, unicodedata.normalize("NFC", text)))


def from_twice(text: str) -> str:
    """UTF-8 that a program took for Windows-1252 and saved as UTF-8 once more; what it lost on the way stays as it is.

    >>> from_twice("Báº¯c Ninh, Sá»Ÿ Ná»™i vá»¥")
    'Bắc Ninh, Sở Nội vụ'
    """
    def run(found: re.Match) -> str:
        try:
            return bytes(_WESTERN[c] for c in found[0]).decode("utf-8")
        except (KeyError, UnicodeDecodeError):
            return found[0]

    read = _BEYOND_RUN.sub(run, text)
    return text if HEAP.search(read) else unicodedata.normalize("NFC", read)


def spoilt(text: str) -> bool:
    """Whether bytes of UTF-8 stand in it as letters of their own: no other writing puts these signs together."""
    return bool(_TWICE.search(text))


def incomplete(text: str) -> bool:
    """Whether such a text has lost some of its bytes: à is Ã and a no-break space, which becomes an ordinary one."""
    return bool(_CUT.search(text)) or spoilt(from_twice(text))


# way of reading Western letters → Unicode
READERS = {"tcvn3": from_tcvn3, "vni": from_vni, "twice": from_twice}


def quality(text: str) -> int:
    """Words that are syllables less words that are not, among the words with a letter beyond ASCII; stray signs count against.

    One letter beside a figure proves nothing: 90 ¹ is a footnote, though ¹ is an old font's ạ.
    """
    good = bad = 0
    words = _WORD.findall(text)
    if len(words) == 1 and len(words[0]) == 1 and re.search(r"\d", text):
        return 0
    for word in words:
        if not word.isascii():
            good, bad = (good + 1, bad) if syllable(word) else (good, bad + 1)
    bad += sum(not c.isalpha() and c not in _TYPOGRAPHY for c in _BEYOND_ASCII.findall(text))
    return good - 3 * bad


@lru_cache(maxsize=20_000)
def ways(text: str) -> tuple[str, ...]:
    """How a text's letters may be read: ``unicode``, ``tcvn3``, ``vni``; several where it is good Vietnamese in each of them
    alike; none where letters of Unicode stand beside words that only an old font explains. ASCII is ``plain``.

    >>> [ways(t) for t in ("Ninh", "Bắc Ninh", "B¾c Ninh", "Baéc Ninh", "cò", "5 × 3 ≥ ½", "Sở B¾c")]
    [('plain',), ('unicode',), ('tcvn3',), ('vni',), ('unicode', 'tcvn3', 'vni'), ('unicode',), ()]
    """
    text = unicodedata.normalize("NFC", text)
    if text.isascii():
        return ("plain",)
    if spoilt(text):
        return ("twice",)
    if _beyond(text):  # a letter that no old font has settles it
        other = [w for w in text.split() if not w.isascii() and not _beyond(w)]
        return () if any("unicode" not in ways(w) for w in other) else ("unicode",)
    found = {"unicode": text} | {way: READERS[way](text) for way in ("tcvn3", "vni")}
    scores = {way: quality(as_read) for way, as_read in found.items() if way == "unicode" or as_read != text}
    best = max(scores.values())
    if best <= 0:
        return ("unicode",)  # Vietnamese under no reading: a foreign name (Müller), a sign
    good = tuple(way for way, score in scores.items() if score == best)
    return good if len({found[way] for way in good}) > 1 else good[:1]


def as_read(text: str, way: str) -> str:
    """The text under one of its :func:`ways`, in NFC."""
    return READERS[way](text) if way in READERS else unicodedata.normalize("NFC", text)


def _beyond(text: str) -> bool:
    """Whether it has a letter that no old font can be meant by."""
    return any(map(str.isalpha, _BEYOND_LATIN.findall(text)))
