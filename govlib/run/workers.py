"""Who makes the pages: worker processes on this machine, or a Dask cluster."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from govlib import paths
from govlib.run import page, pool, prime, remote, warm
from govlib.run.jobs import Job

Made = Generator[tuple[Job, dict[str, Any]], None, None]  # each job with what came of it, as they end
PRIME_FROM = 4  # pages from which it pays, in seconds and in processor time, to load once what all of them load


def local(jobs: Sequence[Job], scratch: Path, workers: int) -> Made:
    """Run jobs on this machine's cores."""
    before = dict(os.environ)
    host = warm.host()
    try:
        one = jobs[-1]
        if len(jobs) >= PRIME_FROM and prime.wanted(Path(one.notebook)):
            warm.prime(host / "primed.sock", cold=min(workers, max(1, pool.cores() - 1)),
                       code=f"from govlib.run.prime import prime\nprime({one.notebook!r}, {one.parameters!r})")
        from govlib.publish import export  # loads nbconvert's templates
        from govlib.run import notebook  # loads papermill

        notebook.load_papermill()  # here, once, for all workers: they are forked from this process
        if len(jobs) > 1:
            export.ready()
        for job, result in pool.run(partial(page.make, scratch=str(scratch)), jobs, workers):
            if isinstance(result, pool.Lost):
                result = {"status": "failed", "reason": f"its worker died ({result.exitcode})", "files": {}, "failed": {}}
            yield job, result
    finally:
        warm.release()
        shutil.rmtree(host, ignore_errors=True)
        for name in ("JUPYTER_PATH", "JUPYTER_RUNTIME_DIR", *warm.ONE_THREAD):  # the caller may start kernels of its own
            os.environ.pop(name, None)
            if name in before:
                os.environ[name] = before[name]


def cluster(jobs: Sequence[Job], scratch: Path, address: str) -> Made:
    """Run jobs on a Dask cluster. Workers need this project and the same data; each checks that before it starts.

    Pages come back as bytes and are written here, so the workers need not share a disk, and a job that ran twice
    because a worker died leaves one page.
    """
    with remote.connect(address) as client:
        base = {"root": str(paths.root()), "processed": str(paths.processed())}
        futures = {client.submit(remote.run, remote.portable(job, base), key=f"{job.name}-{job.key[:16]}", retries=2,
                                 pure=True): job for job in jobs}
        for future, outcome in remote.finished(client, futures):
            if isinstance(outcome, BaseException):  # whatever a cluster may raise concerns this page only
                result = {"status": "failed", "reason": f"on the cluster: {type(outcome).__name__}: {outcome}", "files": {},
                          "failed": {}}
            else:
                result = remote.unpack(outcome, scratch)
            yield futures[future], result
            future.release()
