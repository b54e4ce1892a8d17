"""Worker processes for jobs that start other processes: no thread in the parent, nothing left behind.

The standard library's pools keep threads in the parent (a fork after that is unsafe), give up wholesale when one worker
is killed, and leave workers running when the parent is. This one hands out one job at a time over a pipe, puts a new
worker in the place of one that died, tries that job once more, and its workers die with it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from govlib.run import stopping

ATTEMPTS = 2


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def die_with(parent: int) -> None:
    """Make this process end when ``parent`` does, even by SIGKILL."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
    else:
        def watch() -> None:
            while os.getppid() == parent:
                time.sleep(0.5)
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


def _work(function: Callable[[Any], Any], pipe: Connection, parent: int) -> None:
    die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(EOFError, OSError):
        while True:
            job = pipe.recv()
            pipe.send(function(job))
    os._exit(0)


class Lost:
    """In place of a result: the worker died over this job, every time it was tried."""

    def __init__(self, exitcode: int | None):
        self.exitcode = exitcode


def run(function: Callable[[Any], Any], jobs: Sequence[Any], workers: int) -> Iterator[tuple[Any, Any]]:
    """(job, result) pairs as they finish. ``function`` must not raise; a job that kills its worker twice gives :class:`Lost`.

    However the loop over this ends, the workers are gone afterwards.
    """
    # fork keeps what the parent has imported; a spawned worker would import it all again
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    waiting = [(job, 1) for job in reversed(jobs)]
    busy: dict[Connection, tuple[Any, Any, int]] = {}
    idle: list[tuple[Connection, Any]] = []

    def start() -> tuple[Connection, Any]:
        ours, theirs = context.Pipe()
        process = context.Process(  # type: ignore[attr-defined]  # which both kinds have
            target=_work, args=(function, theirs, os.getpid()), daemon=True)
        process.start()
        theirs.close()
        return ours, process

    try:
        while waiting or busy:
            while waiting and len(busy) < workers:
                pipe, process = idle.pop() if idle else start()
                job, attempt = waiting.pop()
                with contextlib.suppress(OSError):  # it died while idle: seen below as the end of its pipe
                    pipe.send(job)
                busy[pipe] = (process, job, attempt)
            stopping.heed()
            ready = wait(list(busy))
            for pipe in [pipe for pipe in busy if pipe in ready]:
                process, job, attempt = busy.pop(pipe)
                try:
                    result = pipe.recv()
                except (EOFError, OSError):
                    process.join(5)
                    pipe.close()
                    if attempt < ATTEMPTS:
                        waiting.append((job, attempt + 1))
                        continue
                    yield job, Lost(process.exitcode)
                else:
                    idle.append((pipe, process))
                    yield job, result
    finally:
        everyone = [*idle, *((pipe, process) for pipe, (process, _, _) in busy.items())]
        for pipe, process in everyone:
            process.kill()
            pipe.close()
        for _, process in everyone:
            process.join(5)
