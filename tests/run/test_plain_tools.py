"""The README's commands that run a notebook without this project's own runner, as they are written there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

pytestmark = [pytest.mark.usefixtures("panel"), pytest.mark.slow]


def test_papermill_and_nbconvert_run_a_notebook_as_the_readme_says(root, tmp_path):
    text = (root / "README.md").read_text(encoding="utf-8")
    commands = [command.split() for command in re.findall(r"`((?:jupyter nbconvert|papermill) [^`]*)`", text)]
    assert [command[0] for command in commands] == ["jupyter", "papermill"]
    (tmp_path / "notebooks").mkdir()  # a copy: both write beside it
    shutil.copy(root / "notebooks" / "4_province_briefing.ipynb", tmp_path / "notebooks")
    env = os.environ | {"GOVLIB_ROOT": str(root), "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    runs = [subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for command in commands]
    said = [run.communicate(timeout=300)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], "\n".join(said)[-3000:]

    page = (tmp_path / "notebooks" / "4_province_briefing.html").read_text(encoding="utf-8")
    assert ".prose:not([lang=vi])" in page and page.count("<figure class=\"chart") > 5 and "figure.chart{" in page
    outputs = [o for cell in nbformat.read(tmp_path / "out.ipynb", 4).cells for o in cell.get("outputs", [])]
    assert any("Hải Phòng" in o.get("data", {}).get("text/html", "") for o in outputs)
    assert not [o for o in outputs if o.output_type == "error"]
