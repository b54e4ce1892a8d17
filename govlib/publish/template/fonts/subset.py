"""Make the fonts of the briefings from the originals (run once, by hand; the results are committed).

    python govlib/publish/template/fonts/subset.py FOLDER_WITH_THE_ORIGINAL_TTF

Originals: Source Sans 3 (Regular, Italic, SemiBold) and Source Serif 4 (SemiBold), SIL Open Font License 1.1, from the
npm packages @expo-google-fonts/source-sans-3 and @expo-google-fonts/source-serif-4. Kept: Vietnamese and English, the
signs that tables and figures use, tabular digits. Renamed, because the licence reserves the name "Source" for
unmodified files. TTF is for matplotlib, WOFF2 for the page.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
FACES = {  # original file -> (our file, family, style)
    "SourceSans3_400Regular": ("govlib-sans-400", "Govlib Sans", "Regular"),
    "SourceSans3_400Regular_Italic": ("govlib-sans-400i", "Govlib Sans", "Italic"),
    "SourceSans3_600SemiBold": ("govlib-sans-600", "Govlib Sans", "SemiBold"),
    "SourceSerif4_600SemiBold": ("govlib-serif-600", "Govlib Serif", "SemiBold"),
}
CHARACTERS = [
    *range(0x20, 0x7F), *range(0xA0, 0x100),
    *map(ord, "ĂăĐđĨĩŨũƠơƯư"), *range(0x1EA0, 0x1EFA),            # Vietnamese, composed
    0x300, 0x301, 0x303, 0x309, 0x323, 0x306, 0x302, 0x31B,       # its marks, for decomposed text
    *map(ord, "–—‘’“”‚„†‡•…‰′″‹›₫€−×÷≈≠≤≥±∞√∆←↑→↓↗↘▲▼●○■□βχσμ²³¹½¼"), 0x2009, 0x202F, 0x2011,
]


def make(source: Path, target: str, family: str, style: str) -> None:
    options = subset.Options(layout_features=["ccmp", "locl", "mark", "mkmk", "kern", "liga", "lnum", "tnum"],
                             hinting=False, notdef_outline=True, name_IDs=["*"], name_languages=["*"])
    font = TTFont(source)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=CHARACTERS)
    subsetter.subset(font)
    names = {1: family, 2: style, 3: f"{family} {style}", 4: f"{family} {style}", 6: f"{family} {style}".replace(" ", ""),
             16: family, 17: style}
    for record in list(font["name"].names):
        if record.nameID in names:
            font["name"].setName(names[record.nameID], record.nameID, record.platformID, record.platEncID, record.langID)
        elif record.nameID in (7, 8, 9, 11, 12, 18, 21, 22, 25):  # trademark, makers: not ours to carry under a new name
            font["name"].removeNames(nameID=record.nameID)
    font.save(HERE / f"{target}.ttf")
    font.flavor = "woff2"
    font.save(HERE / f"{target}.woff2")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, (target, family, style) in FACES.items():
        make(next(folder.rglob(f"{name}.ttf")), target, family, style)
