"""What the tests share: where things are, what may be absent, and a panel that is built once."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]
LONG = ("run/test_browser.py", "run/test_build.py", "run/test_dask.py", "run/test_make.py", "test_ledger.py", "publish/test_summary.py",
        "explore/test_public.py", "panel/test_annual_update.py", "reading/test_targets_plan.py", "publish/test_page.py",
        "effects/test_project.py", "explore/test_notebooks.py", "explore/test_browser.py", "collect/test_origins.py",
        "transcribe/test_pci_workbook.py", "publish/test_departments.py", "effects/test_evidence_told.py", "run/test_wheel.py",
        "publish/test_charts_drawn.py", "did/test_design.py", "panel/test_notebooks.py", "explore/test_dashboard.py")  # ten seconds and more
OURS = ("GOVLIB_", "JUPYTER_", "PYTHON", "LANG", "LC_", "TZ", "TMPDIR", "HOME", "PATH", "MPL", "XDG_")  # libraries set others as they load
MADE = pytest.StashKey[dict[str, str]]()
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the processes that tests start would each compile all modules anew
os.environ.setdefault("GOVLIB_MADE", "1")  # a command that a test calls takes the panel as it is


def _made() -> dict[str, str]:
    """What the project has made and its users read, by content; not the explorer, made anew by whoever opens it after a change."""
    files = [p for folder in ("data/processed", "briefings") for p in (ROOT / folder).rglob("*")]
    return {str(name): hashlib.sha256(p.read_bytes()).hexdigest() for p in files if p.is_file() and (name := p.relative_to(ROOT))
            and "explorer" not in name.parts and not any(part.startswith(".") for part in name.parts)}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of several processes none is to wait for another at the end: what takes longest begins first."""
    order = {str(ROOT / "tests" / name): place for place, name in enumerate(LONG)}
    if gone := [name for name in order if not Path(name).is_file()]:
        raise pytest.UsageError(f"LONG in tests/conftest.py names what is not there: {', '.join(gone)}")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: order.get(str(item.path), len(order)))


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        session.config.stash[MADE] = _made()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test that writes into the project's own tables would change the next briefing: once all is run, nothing differs."""
    before = session.config.stash.get(MADE, None)
    if before is None:
        return
    after = _made()
    if gone := [name for name, sha in before.items() if after.get(name) != sha]:
        print(f"\nERROR: the tests changed what the project has made: {', '.join(sorted(gone)[:8])}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _leaves_the_environment():
    """A variable that a test, or a command it calls, leaves behind decides about the next test in the same process."""
    before = dict(os.environ)
    yield
    left = {name for name, _ in before.items() ^ os.environ.items() if name.startswith(OURS)}
    for name in left:
        os.environ.pop(name, None)
        if name in before:
            os.environ[name] = before[name]
    if left:
        pytest.fail(f"it leaves the environment changed: {', '.join(sorted(left))}")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of original publications; whoever clones the project may not have it."""
    given = os.environ.get("GOVLIB_MIRROR", "")
    for folder in ([Path(given)] if given and "://" not in given else []) + [ROOT.parent / "shared" / "sources"]:
        if (folder / "SOURCES.md").is_file():
            return folder
    pytest.skip("the publishers' own files are not here (GOVLIB_MIRROR, or ../shared/sources beside the checkout)")


@pytest.fixture(scope="session")
def panel() -> Path:
    """The folder of the built panel; `make test` has built it, plain pytest builds it here once."""
    from govlib import paths

    folder = paths.processed()
    with FileLock(str(ROOT / ".panel-test.lock")):
        if not (folder / "scores.parquet").is_file():
            from govlib.panel.build import build

            build()
    return folder


@pytest.fixture(scope="session")
def scores(panel):
    """The panel's scores of all levels; not to be changed."""
    from govlib.panel import data

    return data.scores(level=("overall", "component", "indicator"))


@pytest.fixture(scope="session")
def board(scores):
    """A view of them that answers look-ups; not to be changed."""
    from govlib.reading.board import Board

    return Board(scores)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a real Chromium; .ci/run installs one."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")


@pytest.fixture(scope="module")
def browser(chromium):
    """A headless browser, its own for each file of tests."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)  # 5 seconds are short where others work too
    with sync_playwright() as play:
        window = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield window
        window.close()
