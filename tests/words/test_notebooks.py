"""Notes of notebooks stand in both languages side by side, and the one that the run is told is shown."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from govlib.explore import notebooks

HERE = Path(__file__).resolve().parents[2] / "notebooks"
FOLDED = '<details class="prose" lang="en"><summary>English</summary>\n\n'  # so until a run says which language is read
BOTH = re.compile(rf'<div class="prose" lang="vi">\n\n(.+?)\n\n</div>\n{FOLDED}(.+?)\n\n</details>', re.S)
ENGLISH = re.compile(r"\b(the|of|and|is|which|what|with)\b")
ALL = [path.relative_to(HERE).as_posix() for path in sorted(HERE.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]
OF_PAPERS = [name for name in ALL if name.startswith("replications/") and "councils" not in name]  # American papers and data, in English


def plain(text: str) -> str:
    return re.sub(r"`[^`]*`|\[[^\]]*\]\([^)]*\)", "", text)


@pytest.mark.parametrize("name", [name for name in ALL if name not in OF_PAPERS])
def test_every_note_stands_in_both_languages(name):
    cells = json.loads((HERE / name).read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if cell["cell_type"] == "markdown":
            pair = BOTH.fullmatch("".join(cell["source"]))
            assert pair, "".join(cell["source"])[:80]
            vi, en = pair.groups()
            assert [len(m) for m in re.findall(r"^#+", vi, re.M)] == [len(m) for m in re.findall(r"^#+", en, re.M)], (vi, en)
            assert len(vi.split("\n\n")) == len(en.split("\n\n")) and not ENGLISH.search(plain(vi).replace("SYNTHETIC", "")), vi
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert "params.prose(language)" in code[1] or "show.cover(" in "".join(code)
    # what a cell prints or titles in words comes from the tables
    said = [text for cell in code for text in re.findall(r'(?:print\(f?|alt=f?|caption=f?)"([^"]*)"', cell)]
    assert not [text for text in said if ENGLISH.search(text)]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_site_shows_the_notes_of_the_language_that_was_run(lang, monkeypatch, capsys):
    from govlib.run import params

    monkeypatch.setenv("GOVLIB_LANG", "en")
    monkeypatch.setattr("IPython.display.display", lambda shown: print(shown.data))
    params.prose(lang)
    monkeypatch.undo()
    body = capsys.readouterr().out + '<div class="prose" lang="vi">\n<h2>Chào</h2>\n</div>\n' + FOLDED + '<h2>Hello</h2>\n</details>'
    shown = html.unescape(re.sub(r"<[^>]+>", " ", notebooks.plain(body))).split()
    assert shown == ["Chào" if lang == "vi" else "Hello"]
