"""What a Dask worker runs: the same job as a local worker, with the page sent back as bytes."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from govlib import paths
from govlib.errors import GovlibError
from govlib.ledger import Ledger
from govlib.run import manifest, page, stopping, warm
from govlib.run.jobs import Job

CONNECT_SECONDS = 5  # in which a scheduler must answer
WORKER_SECONDS = 30  # in which its first worker must have joined
_lock = threading.Lock()  # papermill changes the working folder of the whole process: one job at a time in each
_host: list[Path] = []
_known = Ledger()  # files are read again only when they have changed


class Unreachable(GovlibError):
    """A scheduler that does not answer, or has nobody to work for it."""


def connect(address: str) -> Any:
    """A Dask client whose scheduler has answered and has a worker.

    Raises
    ------
    Unreachable
        Nobody answers at the address in ``CONNECT_SECONDS``, somebody else does, the certificates of a ``tls://`` address are
        missing or refused, or no worker joins in ``WORKER_SECONDS``.
    """
    import asyncio

    from distributed import Client, Security
    from distributed.comm import connect as dial
    from distributed.core import send_recv

    async def who() -> str:
        comm = await dial(address, timeout=CONNECT_SECONDS, **Security().get_connection_args("client"))
        try:
            return str((await send_recv(comm, op="identity"))["type"])
        finally:
            comm.abort()

    async def who_in_time() -> str:
        return await asyncio.wait_for(who(), CONNECT_SECONDS)

    # asked before there is a client: one that never got an answer would keep its thread, and the command, for 20 seconds
    try:
        kind = asyncio.run(who_in_time())
    except Exception as error:  # noqa: BLE001 - whatever stands at that address may answer with anything
        if said := _no_tls(address, error):
            raise Unreachable(said) from None
        why = f" ({error})" if isinstance(error, OSError) and error.errno else ""
        raise Unreachable(f"no Dask scheduler answered at {address!r} within {CONNECT_SECONDS} seconds{why} → start one "
                          "(dask scheduler), correct the address (tls:// where it wants TLS), or leave it out to work on this "
                          "machine alone") from None
    if kind != "Scheduler":
        raise Unreachable(f"at {address!r} answers a Dask {kind.lower()}, not a scheduler → give the scheduler's address")
    client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError:
        client.close()
        raise Unreachable(f"the Dask scheduler at {address!r} has no worker after {WORKER_SECONDS} seconds → start one "
                          f"(dask worker {address})") from None
    return client


def _no_tls(address: str, error: Exception) -> str:
    """Why the two did not agree to speak TLS; empty where that was not the reason."""
    import ssl

    from distributed.comm.core import FatalCommClosedError

    if isinstance(error, RuntimeError) and "encryption" in str(error):
        return f"Dask's settings want TLS (distributed.comm.require-encryption), {address!r} has none → write tls://host:8786"
    if not address.startswith("tls://"):
        return ""
    reasons = {TypeError: "no certificate is named", FileNotFoundError: "a file that is named is not there",
               PermissionError: "a file that is named may not be read", FatalCommClosedError: "the certificate is refused",
               ssl.SSLError: "a certificate and its key do not belong together, or are none"}
    why = next((why for kind, why in reasons.items() if isinstance(error, kind)), "")
    return why and (f"no TLS with the Dask scheduler at {address!r}: {why} → name the files of this cluster in Dask's settings, "
                    "distributed.comm.tls: ca-file, client.cert, client.key (docs/architecture.md, A cluster)")


def finished(client: Any, futures: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Futures as they end, each with what it gave, an exception where it failed. Raises Unreachable where the scheduler or all its
    workers are gone, also between the end of a job and the fetching of its result: Dask itself would wait for ever."""
    from concurrent.futures import CancelledError

    from distributed import wait
    from distributed.comm import CommClosedError

    pending = set(futures)

    def lost(what: str) -> Unreachable:
        return Unreachable(f"{what} in the middle of the run; {len(pending)} pages are not made → start it again, then run this "
                           "again: what is made stays")

    while pending:
        stopping.heed()
        try:
            with client.as_current():
                ended = wait(pending, timeout=WORKER_SECONDS, return_when="FIRST_COMPLETED").done
            for future in ended:
                outcome = (future.exception if future.status == "error" else future.result)(timeout=WORKER_SECONDS)
                pending.remove(future)
                yield future, outcome
        except (CancelledError, CommClosedError):  # the second: it broke off as it handed a result over
            raise lost("the Dask scheduler has gone") from None
        except TimeoutError:  # nothing ended, or what held a result has gone since, so that it is made anew
            with contextlib.suppress(OSError):
                if client.nthreads():
                    continue
            raise lost("all workers of the Dask scheduler have gone") from None


def portable(job: Any, base: Mapping[str, str]) -> dict[str, Any]:
    """A job without this machine's paths: the notebook relative to the project."""
    notebook = Path(os.path.relpath(job.notebook, base["root"])).as_posix()  # a worker on another system knows no backslash
    return asdict(job) | {"notebook": notebook, "base": dict(base)}


def run(message: dict[str, Any]) -> dict[str, Any]:
    """Make one page on this host; the result holds the files' bytes.

    The host finds the project by itself (``GOVLIB_ROOT``, or where its govlib lies) and refuses to work from other
    code or data than the one who asks: a page must not depend on which machine made it.
    """
    message = dict(message)
    base = message.pop("base")
    with _lock:
        for name, variable in (("root", "GOVLIB_ROOT"), ("processed", "GOVLIB_PROCESSED")):
            if Path(base[name]).is_dir():  # same machine or shared disk
                os.environ[variable] = base[name]
        message["notebook"] = str(paths.root() / message["notebook"])
        job = Job(**message)
        here = manifest.parts(Path(job.notebook), _known)
        if differing := [part for part, sha in here.items() if sha != job.parts[part]]:
            return {"name": job.name, "status": "failed", "files": {}, "failed": {},
                    "reason": f"the worker's {', '.join(differing)} differ from those of the one who asks"}
        if not _host:
            _host.append(warm.host())
            atexit.register(shutil.rmtree, _host[0], ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=f"govlib-job-{os.getpid()}-") as scratch:
            result = page.make(job, scratch)
            for kind in ("files", "failed"):
                result[kind] = {name: Path(path).read_bytes() for name, path in result[kind].items()}
            result["worker_pid"] = os.getpid()
        return result


def unpack(result: dict[str, Any], scratch: Path) -> dict[str, Any]:
    """The same result with its files written to ``scratch``."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    out = dict(result)
    try:
        for kind in ("files", "failed"):
            out[kind] = {}
            for name, data in result[kind].items():
                file = folder / Path(name).name  # whatever folders a worker wrote before it
                file.write_bytes(data)
                out[kind][file.name] = str(file)
    except OSError as error:
        return {"status": "failed", "reason": f"{error.strerror or error}", "files": {}, "failed": {}}
    return out
