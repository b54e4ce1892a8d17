"""The same jobs on a Dask cluster: a real scheduler, two worker processes on loopback, one killed midway."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter

import psutil
import pytest
from engine import make_sample
from test_engine_build import project, states, whole  # noqa: F401 - project is a fixture

from govlib import paths
from govlib.briefings import driver
from govlib.errors import BadInput

PLACES = ["bac-ninh", "hai-phong", "quang-ninh", "vinh-phuc"]


@pytest.fixture
def cluster(project):  # noqa: F811
    """(address, worker processes): one thread each, no nanny, so that a killed worker stays dead."""
    file = project / "scheduler.json"
    env = os.environ | {"SAMPLE_SLEEP": "0.7", "PYTHONPATH": str(paths.root())}
    common = {"env": env, "cwd": project, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
                                  "--no-dashboard", "--scheduler-file", str(file)], **common)
    workers = [subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file), "--nthreads",
                                 "1", "--no-nanny", "--no-dashboard", "--local-directory", str(project / f"w{i}")], **common)
               for i in range(2)]
    try:
        import json

        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                address = json.loads(file.read_text())["address"]
                break
            except (OSError, ValueError):
                time.sleep(0.05)
        yield address, workers
    finally:
        for process in [*workers, scheduler]:
            process.kill()
            process.wait()


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_worker_killed_midway_loses_nothing_and_nothing_is_made_twice(project, cluster):  # noqa: F811
    address, workers = cluster
    marks = project / "marks"
    make_sample.write(project / "notebooks" / driver.NOTEBOOK, f"touch:{marks}")
    code = ("import sys; from pathlib import Path; from govlib import paths; paths.notebooks = lambda: Path(sys.argv[1]);"
            "from govlib.briefings import main; sys.exit(main(['briefings', '--year', '2022', '--langs', 'vi,en', '--provinces',"
            f" '{','.join(PLACES)}', '--scheduler', '{address}']))")
    run = subprocess.Popen([sys.executable, "-c", code, str(project / "notebooks")], cwd=paths.root(), text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (not marks.exists() or len(marks.read_text().splitlines()) < 3):
        time.sleep(0.02)
    victim = workers[0]
    assert run.poll() is None, run.communicate()
    victim.kill()
    said, log = run.communicate(timeout=120)
    assert run.returncode == 0, log
    assert "8 made, 0 current, 0 failed" in said
    folder = project / "out" / "2022"
    whole(folder)
    assert sorted(p.name for p in folder.glob("*.*.html") if p.name != "index.en.html") == sorted(
        f"{place}.{lang}.html" for place in PLACES for lang in ("vi", "en"))
    lines = [line for line in log.splitlines() if line.startswith("[")]
    assert max(Counter(line.split()[1] for line in lines).values()) == 1 and len(lines) == 8
    ran = Counter(tuple(line.split()[:2]) for line in marks.read_text().splitlines())
    assert len(ran) == 8 and sum(ran.values()) <= 10, "only what was lost with the worker runs again"
    assert workers[1].poll() is None

    again = driver.build_all(2022, "vi,en", PLACES, scheduler=address)
    assert set(states(again).values()) == {"current"}
    # the parent of kernels is one a host, whichever worker started it: it goes with the last
    workers[1].kill()
    pids = [int(line.split()[2]) for line in marks.read_text().splitlines()]
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(map(alive, pids)):
        time.sleep(0.1)
    assert not any(map(alive, pids)), "a kernel outlived its worker"


def test_a_worker_with_other_code_refuses(project):  # noqa: F811
    from govlib.briefings import remote

    job = driver.plan(2022, ["bac-ninh"], ["vi"])[0]
    message = remote.portable(job, {"root": str(paths.root()), "processed": str(paths.processed())})
    message["parts"] = job.parts | {"source": "another"}
    result = remote.run(message)
    assert result["status"] == "failed" and "source differ" in result["reason"]


def test_no_scheduler_there(project):  # noqa: F811
    with pytest.raises(BadInput, match="no Dask scheduler answers"):
        driver.build_all(2022, "vi", ["bac-ninh"], scheduler="nonsense://x")
