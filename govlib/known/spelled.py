"""A printed name known again: whatever its case, marks, spaces and words around it, also where letters were destroyed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from govlib.text import LOST, fold, repair

# "Tỉnh", "TP." … in front and "Province", "City" behind say what a unit is, not which; no province begins with them
_ENGLISH = re.compile(r"^(province|city)( of)? | (province|city|municipality|prov)$")
_NUMBER = re.compile(r"^[0-9]{1,2} ?(?=[^0-9 ])")  # "12. Bắc Ninh" in numbered lists
_OFFICE = re.compile(r"^((ubnd|uy ban nhan dan) )?(t (?!p ))?")  # "UBND tỉnh", "T. Bắc Ninh", but "T.P" below
MOST = 200  # signs of a name with all that stands around it; a paragraph is none
_PREFIXES_SQUEEZED = ("thanhpho", "thudo", "tinh", "tp")  # "TPHCM", "TỉnhBắc Ninh"


def squeeze(text: str) -> str:
    """Plain letters without spaces: by these names are compared.

    >>> squeeze("Bắc Ninh")
    'bacninh'
    """
    return fold(text).replace(" ", "")


def _candidates(text: str) -> Iterable[str]:
    """The keys a printed name may have: as it is, then without its number and the words that say what kind of unit it is."""
    folded = fold(text)
    yield folded.replace(" ", "")
    squeezed = _ENGLISH.sub("", _OFFICE.sub("", _NUMBER.sub("", folded))).replace(" ", "")
    yield squeezed
    for prefix in _PREFIXES_SQUEEZED:
        if squeezed.startswith(prefix):
            yield squeezed[len(prefix):]


def known(name: str, keys: Mapping[str, str], printed: Iterable[tuple[str, str]]) -> str | None:
    """What a name stands for by its key (:func:`squeeze`), or, where letters were lost, by the one printed name that fits.

    >>> known("Tỉnh Bắc Ninh", {"bacninh": "bac-ninh"}, [])
    'bac-ninh'
    """
    text = repair(name) if len(name) <= MOST else ""
    for key in _candidates(text):
        if key in keys:
            return keys[key]
    if LOST not in text:
        return None
    # only letters with a diacritic were destroyed (or a stray space): accept if exactly one province fits the rest
    shapes, fits = _shapes(printed), set()
    for key in _candidates(text):
        if sum(c != LOST for c in key) >= 3:
            pattern = re.compile("".join("[A-Z]?" if c == LOST else f"[{c}{c.upper()}]" for c in key))
            fits |= {slug for shape, slug in shapes if pattern.fullmatch(shape)}
    return fits.pop() if len(fits) == 1 else None


def _shapes(printed: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Names as plain letters, upper case where the Vietnamese letter carries a mark: Đà Nẵng → ``DAnAng``."""
    shapes = []
    for text, slug in printed:
        letters = [(c, fold(c)) for c in unicodedata.normalize("NFC", text)]
        shapes.append(("".join(f.upper() if ord(c) > 127 else f for c, f in letters if f), slug))
    return shapes


def nearest(name: str, keys: Mapping[str, str]) -> list[str]:
    """What the most similar names stand for, for a message only: "HCMC" is nearer to Hà Nam than to TP.HCM."""
    from rapidfuzz import fuzz, process  # only once a name is unknown

    ranked = process.extract(squeeze(repair(name[:MOST])), list(keys), scorer=fuzz.WRatio, limit=12)
    return list(dict.fromkeys(keys[key] for key, score, _ in ranked if score >= 50))
