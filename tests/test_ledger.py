"""Edit anything, and ask what would be made again: never less than what really reads it, never for what no build reads."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from govlib import files, ledger, paths
from govlib.effects import pair, quoted, sample, settled, survey_noise, together
from govlib.known import reforms
from govlib.ledger import Ledger
from govlib.reading.board import Board
from govlib.run import whole
from govlib.words import tables

ROOT = Path(__file__).resolve().parents[1]
STAGES = tuple(ledger.STAGES)


def roots(stage: str) -> list[Path]:
    return [ROOT / root for root in ledger.STAGES[stage]]


@pytest.fixture(scope="module")
def hanging() -> dict[str, set[str]]:
    """Stage -> what it hangs on, relative to the project."""
    known = Ledger()
    found = {stage: {*known.hangs_on(*roots(stage))[0], *known.hangs_on(*roots(stage))[1], *roots(stage)} for stage in STAGES}
    return {stage: {path.relative_to(ROOT).as_posix() for path in some if path.is_relative_to(ROOT)} for stage, some in found.items()}


# --------------------------------------------------------------------------------------------------- what a module says of itself
@pytest.mark.parametrize("code, read", [
    ("paths.reference() / 'a' / 'b.csv'", {"govlib/known/reference/a/b.csv"}),
    ("open(paths.raw() / index_id / f'{year}.csv')", {"data/raw/{index}/{year}.csv"}),
    ("where = paths.reference() / 'a'\ndef f(name):\n    return (where / f'{name}.yaml').read_text()", {"govlib/known/reference/a/*.yaml"}),
    ("def f(given=None):\n    folder = Path(given) if given else paths.raw()\n    return sorted((folder / 'x').glob('*.csv'))", {"data/raw/x/*.csv"}),
    ("def _folder():\n    return paths.raw() / 'reforms'\ndef f():\n    return open(_folder() / 'r.csv')", {"data/raw/reforms/r.csv"}),
    ("def file():\n    return paths.raw() / 'for another module.csv'", {"data/raw/for another module.csv"}),
    ("HERE = Path(__file__).parent\n(HERE / 'fonts' / f'{x}.ttf').read_bytes()", {"govlib/room/fonts/*.ttf"}),
    ("Path(__file__).with_suffix('.csv').open()", {"govlib/room/module.csv"}),
    ("FILE = 'a.csv'\nopen(paths.raw() / FILE)", {"data/raw/a.csv"}),
    ("READS = ('data/raw/x/*',)\nopen(given)", {"data/raw/x/*"}),
    ("WRITES = ('data/raw/forms',)\n(paths.raw() / 'forms' / name).write_text('')", set()),
    ("paths.raw()", set()),
])
def test_the_files_whose_paths_a_module_spells(code, read):
    assert set(ledger.read(ast.parse(code), Path("govlib/room/module.py"))) == read


def test_modules_that_code_can_reach(tmp_path, monkeypatch):
    package = tmp_path / "govlib"
    for name, code in {
            "__init__": "QUESTIONS = dict.fromkeys(('scores',), 'govlib.panel.data')\nFRONT_DOOR = {n: f'govlib.publish.{n}' for n in ('charts', 'maps')}",
            "panel/__init__": "", "panel/data": "from govlib import text", "text": "", "cli": "", "publish/__init__": "", "publish/maps": "",
            "publish/charts/__init__": "def f():\n    from govlib.publish.charts import trend", "publish/charts/trend": "from .. import maps",
            "effects/__init__": "import pkgutil\nfor m in pkgutil.iter_modules(__path__): pass", "effects/twfe": "",
            "did/__init__": "FRONT_DOOR = dict(ols='govlib.did.linear')", "did/linear": "", "did/other": "",
            "late": "import importlib\nimportlib.import_module('govlib.cli')",
            "typed": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from govlib import cli"}.items():
        path = package / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    monkeypatch.setattr(paths, "package", lambda: package)

    def reached(code):
        notebook = tmp_path / "nb.ipynb"
        notebook.write_text(json.dumps({"cells": [{"cell_type": "code", "source": [code]}]}))
        return {str(p.relative_to(package).with_suffix("")) for p in Ledger().code(notebook)[0]} - {"__init__"}

    assert reached("from govlib import charts") == {"publish/__init__", "publish/charts/__init__", "publish/charts/trend", "publish/maps"}
    assert reached("import govlib\ngovlib.scores('pci')") == reached("from govlib import scores") == {"panel/__init__", "panel/data", "text"}
    assert "effects/twfe" in reached("import govlib.effects")
    assert reached("from govlib import did\ndid.ols()") == {"did/__init__", "did/linear"}, "a door's other names do not count"
    assert "cli" not in reached("import govlib") and "cli" in reached("from govlib import late") and "cli" not in reached("from govlib import typed")
    assert "publish/maps" in reached("import govlib\ngovlib.maps.draw()")
    assert reached("fetch: bool = False\nif fetch:\n    from govlib import maps") == set(), "what a build does not enter"
    (package / "text.py").write_text("def (")
    assert "late" in reached("from govlib import scores"), "a module that cannot be parsed may be anything when it is mended"


# ---------------------------------------------------------------------------------------------------------- what really happens
_WATCH = """
import json, os, sys
log = open(os.environ["GOVLIB_TEST_LOG"], "a", buffering=1)
def hook(event, args):
    if event == "open" and isinstance(args[0], str) and not (isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)):
        log.write(os.path.abspath(args[0]) + "\\n")
sys.addaudithook(hook)
"""
_RUN = {"panel": "from govlib.run import stages\nimport tempfile\nstages.main([])",
        "estimates": "import sys\nfrom govlib.effects import run_all\n"
                     "run_all(sys.argv[1], reforms=['peoples_council_removal', 'resolution_19'], indices=['pci'], force=True)",
        "pages": "from pathlib import Path\nimport tempfile\nfrom govlib import paths\nfrom govlib.run import jobs, page, warm\nwarm.host()\n"
                 "for job in jobs.plan(2024, ['bac-ninh'], ['vi'], national=True):\n"
                 "    made = page.make(job, tempfile.mkdtemp())\n    assert made['status'] != 'failed', made"}


def opened(stage: str, folder: Path, processed: Path) -> set[str]:
    """Project files that a real build of a stage opens, kernels included; modules among them, whether compiled before or not."""
    (folder / "sitecustomize.py").write_text(_WATCH)
    log = folder / "log"
    env = {k: v for k, v in os.environ.items() if k not in ("GOVLIB_WARM", "GOVLIB_BRIEFINGS")} | {
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), "GOVLIB_TEST_LOG": str(log), "GOVLIB_PROCESSED": str(processed), "GOVLIB_ROOT": str(ROOT),
        "GOVLIB_WARM": "0"}
    done = subprocess.run([sys.executable, "-c", _RUN[stage], str(folder / "out")], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    lines = {Path(importlib.util.source_from_cache(line) if "/__pycache__/" in line else line) for line in log.read_text().splitlines()}
    return {path.relative_to(ROOT).as_posix() for path in lines if path.is_relative_to(ROOT)}


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_what_a_build_opens_is_what_it_hangs_on(stage, hanging, tmp_path, panel):
    """Nothing stale: a file that a build of the stage reads, and that we could edit, is in its list."""
    processed = panel
    if stage == "panel":  # builds its own; the inbox is not touched: it is empty in the tests
        if any(p.name != "README.md" and not p.name.startswith(".") for p in paths.inbox().iterdir() if p.is_file()):
            pytest.skip("a form waits in the inbox")
        processed = tmp_path / "processed"
    found = {f for f in opened(stage, tmp_path, processed) if f.startswith(("govlib/", "data/", "notebooks/"))}
    tables = {f for f in found if f.startswith("data/processed/")}
    decides = {"govlib/ledger.py", "govlib/files.py", "govlib/run/jobs.py", "govlib/run/manifest.py", *ledger.STAGES[stage]}  # decide whether, not what
    source = {f for f in found - tables if (ROOT / f).is_file() and Path(f).suffix in (".py", ".csv", ".yaml", ".json", ".j2", ".css", ".js", ".woff2", ".ttf", ".ipynb")}
    if stage == "estimates":  # opened, and no figure hangs on what they say: the next test
        source -= {f for f in source if f.startswith("govlib/words/sentences/")}
    assert sorted(source - hanging[stage] - decides) == []
    if stage == "pages":
        assert not {f for f in tables if f.endswith(".parquet")} - hanging[stage]


@pytest.mark.slow
def test_no_estimate_hangs_on_a_wording(hanging, panel, monkeypatch):
    """Every sentence in other words, and the estimates, what would settle them and their pooling come out the same to the last bit."""
    assert not {f for f in hanging["estimates"] if f.startswith("govlib/words/sentences/")}
    assert {f for f in hanging["pages"] if f.startswith("govlib/words/sentences/")}
    quoted_rows = quoted.quoted({"ddci", "resolution_19"})

    scores = pd.read_parquet(panel / "scores.parquet")
    figures = {"score": sample.figures_of(sample.Question("pci", "business_doctor"), scores[scores["index_id"] == "pci"])}
    exposure = {reading: reforms.exposed("business_doctor", "pci", reading=reading) for reading in reforms.READINGS}

    def made():
        monkeypatch.setattr(survey_noise, "panel_board", lambda: Board(scores))  # which remembers nothing
        return (pair.estimates("pci", "business_doctor", figures, exposure), settled.build(quoted_rows, scores),
                together.build(quoted_rows, scores))

    before = made()
    told = tables.sentences()
    monkeypatch.setattr(tables, "sentences", lambda: {key: {"vi": "§", "en": "§"} for key in told})
    after = made()
    assert str(after[0]) == str(before[0]) and len(before[1]) > 3 and len(before[2]) > 3
    pd.testing.assert_frame_equal(after[1], before[1])
    pd.testing.assert_frame_equal(after[2], before[2])


def test_what_no_build_reads_makes_nothing_again(hanging):
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout: nothing says what belongs to the project")
    everything = set().union(*hanging.values())
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    unread = {f for f in tracked if f.startswith(("docs/", "tests/", "benchmarks/", "notebooks/explore/", "notebooks/institute/", "govlib/explore/"))
              or f.endswith(".md") or f.startswith("govlib/transcribe/")}
    unread |= {"govlib/cli.py", "govlib/run/driver.py", "govlib/run/people.py", "govlib/collect/pull.py", "govlib/collect/stamp.py",
               "govlib/known/reference/press_points.csv", "data/institute_plan.md", "data/raw/reforms/README.md", "data/raw/inbox/README.md"}
    assert not everything & unread
    for must, stages in {"govlib/reading/thresholds.py": {"pages"}, "govlib/known/survey_items.py": set(STAGES), "govlib/did/multiple_testing.py": {"estimates"},
                         "govlib/known/reference/provinces_regions.csv": set(STAGES), "govlib/publish/template/fonts/govlib-sans-400.woff2": {"pages"},
                         "govlib/collect/readers/papi.py": {"panel"}, "data/raw/pci/2019.csv": set(STAGES) - {"estimates"}}.items():
        assert stages <= {stage for stage, some in hanging.items() if must in some}, must


# ------------------------------------------------------------------------------------------- what is made ahead of a verb asks the same
@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A copy of the project."""
    folder = tmp_path_factory.mktemp("copy") / "project"
    ignored = shutil.ignore_patterns("__pycache__", "originals", ".ipynb_checkpoints")
    for name in ("requirements.lock", "pyproject.toml", "notebooks", "govlib", "data/raw", "data/institute_plan.csv", "data/institute_plan.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture
def made(copy, monkeypatch) -> Path:
    """The copy, in which every stage has just been made."""
    monkeypatch.setattr(paths, "package", lambda: copy / "govlib")
    monkeypatch.setattr(paths, "reference", lambda: copy / "govlib" / "known" / "reference")
    monkeypatch.setenv("GOVLIB_ROOT", str(copy))
    monkeypatch.setenv("GOVLIB_PROCESSED", str(copy / "data" / "processed"))
    for table in sum(whole.TABLES.values(), ()):
        files.write(copy / "data" / "processed" / table, "")
    for stage in whole.MADE_BY:
        with whole.making(stage):
            pass
    assert old() == set()
    return copy


def old() -> set[str]:
    return {stage for stage in whole.MADE_BY if whole.is_old(stage)}


def test_what_is_old_follows_the_ledger_for_every_file(made, hanging):
    """Files of every fate edited in turn, and at once all that nothing hangs on. The estimates follow the panel by its stamp."""
    fates: dict[frozenset, list[Path]] = {}
    for path in sorted(p for p in made.rglob("*") if p.is_file() and p.suffix != ".pyc" and "processed" not in p.parts):
        name = path.relative_to(made).as_posix()
        stages = whole.MADE_BY if name == "requirements.lock" else {stage for stage in whole.MADE_BY if name in hanging[stage]}
        fates.setdefault(frozenset(stages), []).append(path)
    assert len(fates) == 4, "nothing, the panel, the estimates, both"
    for stages, some in fates.items():
        held = {path: path.read_bytes() for path in some}
        for path in some[::max(1, len(some) // 8)] if stages else []:
            path.write_bytes(held[path] + b"\n")
            assert old() == stages, path
            path.write_bytes(held[path])
        for path in some if not stages else []:
            path.write_bytes(held[path] + b"\n")
        assert old() == set(), "something that no build reads would make something again"
        for path in some if not stages else []:
            path.write_bytes(held[path])


@pytest.mark.parametrize("name", ["data/raw/inbox/mẫu số 1: 50% [PCI #2] $x.xlsx", "data/raw/pci/2031.csv", "data/raw/originals/pci/new file.xlsx"])
def test_a_new_file_counts_at_once_whatever_its_name(made, name):
    path = made / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (1000, 1000))
    try:
        assert "panel" in old()
    finally:
        path.unlink()
    assert old() == set()


def test_a_module_that_has_gone_is_seen(made):
    extra, user = made / "govlib" / "did" / "extra.py", made / "govlib" / "did" / "fitting.py"
    before = user.read_text(encoding="utf-8")
    extra.write_text("")
    user.write_text(before + "\nfrom govlib.did import extra  # noqa\n", encoding="utf-8")
    for stage in whole.MADE_BY:
        with whole.making(stage):
            pass
    assert old() == set()
    extra.unlink()
    assert old() == {"panel", "estimates"}
    user.write_text(before, encoding="utf-8")


# ------------------------------------------------------------------------------------------------------- and so do the digests
def test_digests_change_with_every_file_that_counts_and_with_no_other(copy, hanging, monkeypatch):
    """Each file that a page or the estimates hang on, edited in turn; those that they do not, all at once."""
    monkeypatch.setattr(paths, "package", lambda: copy / "govlib")
    monkeypatch.setattr(paths, "reference", lambda: copy / "govlib" / "known" / "reference")
    monkeypatch.setenv("GOVLIB_ROOT", str(copy))
    monkeypatch.setenv("GOVLIB_PROCESSED", str(copy / "data" / "processed"))
    known = Ledger()
    lists: dict[str, list[Path]] = {}
    for stage in ("estimates", "pages"):
        source, data = known.hangs_on(*(copy / root for root in ledger.STAGES[stage]))
        lists[stage] = [*source, *(data if stage == "pages" else [])]

    def digests(only: Path | None = None) -> dict[str, str]:
        """Of the lists; with ``only``, of what the lists have of this one file, which is where an edit of it can show."""
        return {stage: known.together([p for p in some if only in (None, p)]) for stage, some in lists.items()}

    before, unread = digests(), []
    listed = sorted(p for p in copy.rglob("*") if p.is_file() and p.suffix != ".pyc"
                    and p.relative_to(copy).as_posix().startswith(("govlib/", "data/raw/", "data/institute")))
    for at, path in enumerate(listed):
        name, content = path.relative_to(copy).as_posix(), path.read_bytes()
        wanted = {stage for stage in before if name in hanging[stage] and not (stage == "estimates" and name.startswith("data/"))}
        if not wanted:
            unread.append(path)
            continue
        was = before if at % 20 == 0 else digests(path)
        path.write_bytes(content + b"\n")
        now = digests() if at % 20 == 0 else digests(path)
        assert {stage for stage in before if now[stage] != was[stage]} == wanted, name
        path.write_bytes(content)
        os.utime(path, (1, 1))
    assert len(unread) > 100
    for path in unread:
        path.write_bytes(path.read_bytes() + b"\n")
    assert digests() == before
