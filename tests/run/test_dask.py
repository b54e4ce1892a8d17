"""The same jobs on a Dask cluster: a real scheduler, two worker processes on loopback, one killed midway."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, namedtuple
from pathlib import Path

import psutil
import pytest
from kit import make_sample
from kit.pages import states, whole

from govlib import cli, paths
from govlib.errors import BadInput
from govlib.run import driver, jobs, manifest, remote

PLACES = ["bac-ninh", "hai-phong", "quang-ninh", "vinh-phuc"]


@pytest.fixture
def cluster(project):
    """(address, worker processes, scheduler process): one thread each, no nanny, so that a killed worker stays dead."""
    file = project / "scheduler.json"
    env = os.environ | {"SAMPLE_SLEEP": "0.7", "PYTHONPATH": str(paths.root())}
    common = {"env": env, "cwd": project, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
                                  "--no-dashboard", "--scheduler-file", str(file)], **common)
    workers = [subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file), "--nthreads",
                                 "1", "--no-nanny", "--no-dashboard", "--local-directory", str(project / f"w{i}")], **common)
               for i in range(2)]
    try:
        address = joined(file, scheduler)
        yield address, workers, scheduler
    finally:
        for process in [*workers, scheduler]:
            process.kill()
            process.wait()


def joined(file, scheduler):
    """The scheduler's address, once both workers have come: on a busy machine they need longer than the tests let a run wait."""
    from distributed import Client

    deadline = time.monotonic() + 120
    while not file.exists() or not file.read_text():
        assert scheduler.poll() is None and time.monotonic() < deadline, "the scheduler did not start"
        time.sleep(0.05)
    with Client(scheduler_file=str(file), set_as_default=False, timeout=300) as client:
        client.wait_for_workers(2, timeout=300)
        return client.scheduler.address


def pages(folder):
    """Name → bytes of the pages of all places, their summaries too."""
    return {page.name: page.read_bytes() for place in PLACES for page in folder.glob(f"{place}.*.html")}


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_worker_killed_midway_loses_nothing_and_nothing_is_made_twice(project, cluster, monkeypatch):
    address, workers, _ = cluster
    marks = project / "marks"
    make_sample.write(project / "notebooks" / jobs.NOTEBOOK, f"touch:{marks}")
    code = ("import sys; from pathlib import Path; from govlib import paths; paths.notebooks = lambda: Path(sys.argv[1]);"
            "from govlib.run.briefing import main; sys.exit(main(['briefings', '--year', '2022', '--langs', 'vi,en', '--provinces',"
            f" '{','.join(PLACES)}', '--scheduler', '{address}']))")
    run = subprocess.Popen([sys.executable, "-c", code, str(project / "notebooks")], cwd=paths.root(), text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and (not marks.exists() or len(marks.read_text().splitlines()) < 3):
        time.sleep(0.02)
    victim = workers[0]
    assert run.poll() is None, run.communicate()
    victim.kill()
    said, log = run.communicate(timeout=300)
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

    again = driver.build_all(2022, "vi,en", PLACES, jobs=address)
    assert set(states(again).values()) == {"current"}
    # the parent of kernels is one a host, whichever worker started it: it goes with the last
    workers[1].kill()
    pids = [int(line.split()[2]) for line in marks.read_text().splitlines()]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and any(map(alive, pids)):
        time.sleep(0.1)
    assert not any(map(alive, pids)), "a kernel outlived its worker"

    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(project / "here"))
    assert driver.build_all(2022, "vi,en", PLACES, jobs=2).count("built", "partial") == 8
    made = pages(folder)
    assert len(made) >= 8 and pages(project / "here" / "2022") == made, "byte by byte what this machine makes without a cluster"


def test_a_worker_with_other_code_refuses(project, monkeypatch):
    monkeypatch.setenv("GOVLIB_ROOT", str(paths.root()))  # a worker is told it for good
    job = jobs.plan(2022, ["bac-ninh"], ["vi"])[0]
    message = remote.portable(job, {"root": str(paths.root()), "processed": str(paths.processed())})
    message["parts"] = job.parts | {"source": "another"}
    result = remote.run(message)
    assert result["status"] == "failed" and "source differ" in result["reason"]


@pytest.mark.parametrize("address", ["nonsense", "nonsense://x", "http://host:8786", "tcp://", "tcp://host", "tcp://host:port", "host:0",
                                     "tcp://host:70000", "tcp://a b:8786", "tcp://user@host:8786", "$(reboot):1"])
def test_what_is_no_address_is_refused_and_nobody_asked(project, address, monkeypatch, capsys):
    monkeypatch.setattr(remote, "connect", lambda address: pytest.fail(f"{address!r} was asked"))
    assert cli.main(["briefings", "--year", "2022", "--provinces", "bac-ninh", "--scheduler", address]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1 and repr(address) in said and "tcp://host:8786" in said
    assert not list((project / "out").iterdir())
    with pytest.raises(BadInput, match="not the address"):
        driver.build_all(2022, "vi", ["bac-ninh"], jobs=address)


@pytest.mark.parametrize("address", ["tcp://localhost:8786", "tls://10.0.0.1:1", "host.example:8786", "tcp://[::1]:8786"])
def test_addresses_as_dask_prints_them_are_taken(address):
    assert jobs.check_address(address) == address


@pytest.fixture(params=["closed", "silent", "another program"])
def nobody(request):
    """An address with no scheduler behind it: a closed port, one that accepts and says nothing, one that says something else."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        if request.param != "closed":
            listener.listen()
        if request.param == "another program":
            def answer():
                with contextlib.suppress(OSError):
                    while True:
                        caller, _ = listener.accept()
                        caller.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n" * 9)

            threading.Thread(target=answer, daemon=True).start()
        yield address


def test_where_no_scheduler_answers_one_line_says_so(project, nobody, monkeypatch, capsys):
    monkeypatch.setattr(remote, "CONNECT_SECONDS", 1)
    assert cli.main(["briefings", "--year", "2022", "--provinces", "bac-ninh", "--scheduler", nobody]) == 1
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1 and repr(nobody) in said and "within 1 seconds" in said and "dask scheduler" in said


@pytest.mark.parametrize("nobody", ["silent"], indirect=True)
def test_the_command_ends_with_that_line(project, nobody):
    """To its last thread: a client that never got an answer used to keep it for twenty seconds more, after the line."""
    command = [sys.executable, "-m", "govlib", "briefings", "--provinces", "bac-ninh", "--force", "--scheduler", nobody]
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=paths.root()) as process:
        try:
            line = process.stderr.readline()
            told = time.perf_counter()
            rest = process.communicate(timeout=300)[1]
            assert time.perf_counter() - told < max(10, told - begun), "a busy machine is as slow before the line as after it"
        finally:
            process.kill()
    assert process.returncode == 1 and not rest, line + rest
    assert repr(nobody) in line and f"within {remote.CONNECT_SECONDS} seconds" in line


def test_a_scheduler_without_workers_and_a_worker_in_its_place(project, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(remote, "WORKER_SECONDS", 1)
    with LocalCluster(n_workers=0, dashboard_address=None, protocol="tcp", host="127.0.0.1", processes=False) as alone:
        with pytest.raises(remote.Unreachable, match="has no worker after 1 seconds.*dask worker"):
            driver.build_all(2022, "vi", ["bac-ninh"], jobs=alone.scheduler_address)
        alone.scale(1)
        alone.wait_for_workers(1, timeout=300)
        with pytest.raises(remote.Unreachable, match="answers a Dask worker"):
            remote.connect(alone.workers[0].address)


def raises(message):
    raise MemoryError("no more")


def test_what_befalls_one_job_on_the_cluster_is_told_of_that_page(project, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(remote, "run", raises)
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, protocol="tcp", host="127.0.0.1", processes=False) as one:
        report = driver.build_all(2022, "vi", ["bac-ninh"], jobs=one.scheduler_address)
    assert states(report) == {"bac-ninh.vi": "failed"}
    assert report.failed[0]["reason"] == "on the cluster: MemoryError: no more"
    assert manifest.read_record(project / "out" / "2022", "bac-ninh.vi")["status"] == "failed"


@pytest.mark.parametrize(("error", "told"), [
    ("TimeoutError", "all workers of the Dask scheduler have gone"), ("CancelledError", "the Dask scheduler has gone"),
    ("CommClosedError", "the Dask scheduler has gone")])
def test_who_goes_with_a_result_in_their_hands_is_not_waited_for(monkeypatch, error, told):
    """A page has ended and the worker that holds it dies before it is fetched: Dask would wait for another worker for ever. The
    scheduler may die as it hands it over."""
    from concurrent.futures import CancelledError
    from types import SimpleNamespace

    from distributed.comm import CommClosedError

    def fetch(timeout):
        raise {e.__name__: e for e in (TimeoutError, CancelledError, CommClosedError)}[error]

    page, held = (namedtuple("Future", "status result")("finished", fetched) for fetched in (lambda timeout: {"page": 1}, fetch))
    monkeypatch.setattr("distributed.wait", lambda pending, **_: SimpleNamespace(done=[f for f in (page, held) if f in pending]))
    client = SimpleNamespace(as_current=contextlib.nullcontext, nthreads=lambda: {})
    made = remote.finished(client, [page, held])
    assert next(made) == (page, {"page": 1})
    with pytest.raises(remote.Unreachable, match=f"{told} in the middle of the run; 1 pages are not made"):
        next(made)


@pytest.mark.parametrize("gone", ["the workers", "the scheduler"])
def test_a_cluster_that_is_lost_midway_ends_the_run_and_the_next_one_goes_on(project, cluster, monkeypatch, gone):
    address, workers, scheduler = cluster
    marks = project / "marks"
    make_sample.write(project / "notebooks" / jobs.NOTEBOOK, f"touch:{marks}")
    monkeypatch.setattr(remote, "WORKER_SECONDS", 2)

    struck = []

    def strike():
        while not (project / "out" / "2022" / ".manifest" / "bac-ninh.vi.json").exists():
            time.sleep(0.02)
        for process in workers if gone == "the workers" else [scheduler]:
            process.kill()
        struck.append(time.perf_counter())

    threading.Thread(target=strike, daemon=True).start()
    with pytest.raises(remote.Unreachable, match=f"{gone[4:]}.* gone in the middle of the run; [1-7] pages are not made.*what is made stays"):
        driver.build_all(2022, "vi,en", PLACES, jobs=address)
    assert time.perf_counter() - struck[0] < 60
    folder = project / "out" / "2022"
    assert (folder / "bac-ninh.vi.html").is_file() and not list(folder.glob(".run-*"))
    make_sample.write(project / "notebooks" / jobs.NOTEBOOK, f"touch:{marks}")
    again = driver.build_all(2022, "vi,en", PLACES)
    assert not again.failed and states(again)["bac-ninh.vi"] == "current"
    whole(folder)
    made = pages(folder)
    assert not driver.build_all(2022, "vi,en", PLACES, force=True).failed and pages(folder) == made


DOCUMENT = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """The files that the four lines of docs/architecture.md make."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    lines = re.search(r"^```sh\n(openssl .*?)^```", DOCUMENT, re.M | re.S)[1].splitlines()
    for line in lines:
        subprocess.run(shlex.split(line), cwd=folder, check=True, capture_output=True, timeout=300)
    assert len(lines) == 4
    return folder


def settings(folder):
    """The settings of docs/architecture.md with this folder's files, by dotted name as Dask sets single ones."""
    import yaml

    def flat(tree, at=""):
        return {k: v for name, sub in tree.items() for k, v in flat(sub, f"{at}{name}.").items()} if isinstance(tree, dict) else {at[:-1]: tree}

    return flat(yaml.safe_load(re.search(r"^```yaml\n(distributed:.*?)^```", DOCUMENT, re.M | re.S)[1].replace("/etc/dask", str(folder))))


def test_a_cluster_with_certificates_works_for_those_who_have_them(certificates):
    """And says to the others what is missing: no certificate, one of another authority, a file that is not there, TLS on one side only."""
    import dask
    from distributed import LocalCluster

    here = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": None, "host": "127.0.0.1"}
    subprocess.run(shlex.split("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=another "
                               "-keyout other.key -out other.pem"), cwd=certificates, check=True, capture_output=True)
    with dask.config.set(settings(certificates)), LocalCluster(protocol="tls", **here) as cluster:
        address = cluster.scheduler_address
        with remote.connect(address) as client:
            assert client.submit(sum, [1, 2]).result(timeout=300) == 3
            assert all(worker.startswith("tls://") for worker in client.scheduler_info()["workers"])
        with pytest.raises(remote.Unreachable, match="want TLS.*write tls://"):
            remote.connect(address.replace("tls", "tcp"))
        for name, file, said in (("client.cert", None, "no certificate is named"), ("ca-file", "other.pem", "is refused"),
                                 ("client.cert", "gone.pem", "is not there"), ("client.key", "other.key", "do not belong together")):
            with (dask.config.set({f"distributed.comm.tls.{name}": file and str(certificates / file)}),
                  pytest.raises(remote.Unreachable, match=f"no TLS.*{said}.*ca-file, client.cert, client.key")):
                remote.connect(address)
        with (dask.config.set({"distributed.comm.require-encryption": False}),
              pytest.raises(remote.Unreachable, match="tls:// where it wants TLS")):
            remote.connect(address.replace("tls", "tcp"))


def test_a_page_lies_in_the_folder_of_its_year_whatever_its_worker_calls_it(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    sent = {"status": "built", "files": {"../../a.html": b"page", "/b.html": b"page"}, "failed": {}}
    got = remote.unpack(sent, scratch)
    assert sorted(got["files"]) == ["a.html", "b.html"] and all(scratch in Path(path).parents for path in got["files"].values())
    assert not list(tmp_path.glob("*.html"))
