"""README.vi.md rehearsed: every command it names is one, and the steps from an empty form to the panel's inbox work as it says."""

from __future__ import annotations

import re
import shutil

import pytest

from govlib import cli, paths
from govlib.run import check


@pytest.fixture(scope="module")
def guide(root) -> str:
    return (root / "README.vi.md").read_text(encoding="utf-8")


def test_every_command_and_link_is_there(guide, root):
    named = re.findall(r"`(?:py (?:-3\.11 )?-m )?govlib (?:--lang vi )?(\w+)", guide)
    assert {"setup", "briefing", "test", "template", "check", "verify"} <= {*named} <= {*cli.VERBS}
    for target in re.findall(r"`make (\w+)`", guide):
        assert re.search(rf"^{target}:", (root / "Makefile").read_text(encoding="utf-8"), re.M)
    for link in re.findall(r"\]\(([^)#]+)\)", guide):
        assert (root / link).is_file(), link
    pictures = re.findall(r"!\[([^\]]+)\]\(([^)]+\.png)\)", guide)
    assert len(pictures) >= 3 and all(said and (root / path).stat().st_size < 120_000 for said, path in pictures)


def test_the_steps_work_as_told(panel, root, tmp_path, monkeypatch, capsys):
    """Template, a slip that is found with its place in Vietnamese, mended, no problem left."""
    import openpyxl

    project = tmp_path / "Đề án quản trị"
    (project / "notebooks").mkdir(parents=True)
    shutil.copytree(paths.raw(), project / "data" / "raw", ignore=shutil.ignore_patterns("originals", "inbox"))
    (project / "data/raw/inbox").mkdir()
    monkeypatch.setenv("GOVLIB_ROOT", str(project))
    monkeypatch.setenv("GOVLIB_PROCESSED", str(panel))
    monkeypatch.setenv("GOVLIB_LANG", "vi")
    assert cli.main(["template", "--index", "par", "--year", "2025"]) == 0
    form = project / "data/raw/inbox/templates/par_2025.xlsx"
    assert form.is_file()
    book = openpyxl.load_workbook(form)
    sheet = book.worksheets[0]
    rows = list(sheet.iter_rows())
    header = next(r for r in rows if "province" in [c.value for c in r])
    where = {c.value: c.column for c in header}
    first = header[0].row + 1
    sheet.cell(first, where["overall"]).value = "chín mươi"
    book.save(form)
    capsys.readouterr()
    assert check.main([str(form)]) == 1
    said = capsys.readouterr().out
    assert f"dòng {first}" in said and "cột overall" in said and "chín mươi" in said and "→" in said
