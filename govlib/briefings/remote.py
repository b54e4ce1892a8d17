"""What a Dask worker runs: the same job as a local worker, with the page sent back as bytes."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from govlib import paths
from govlib.briefings import manifest

_lock = threading.Lock()  # papermill changes the working folder of the whole process: one job at a time in each
_host: list[Path] = []
_digests = manifest.Digests(None)  # files are read again only when they have changed


def portable(job: Any, base: Mapping[str, str]) -> dict[str, Any]:
    """A job without this machine's paths: the notebook relative to the project."""
    return asdict(job) | {"notebook": os.path.relpath(job.notebook, base["root"]), "base": dict(base)}


def run(message: dict[str, Any]) -> dict[str, Any]:
    """Make one page on this host; the result holds the files' bytes.

    The host finds the project by itself (``GOVLIB_ROOT``, or where its govlib lies) and refuses to work from other
    code or data than the one who asks: a page must not depend on which machine made it.
    """
    from govlib.briefings import driver

    message = dict(message)
    base = message.pop("base")
    with _lock:
        for name, variable in (("root", "GOVLIB_ROOT"), ("processed", "GOVLIB_PROCESSED")):
            if Path(base[name]).is_dir():  # same machine or shared disk
                os.environ[variable] = base[name]
        message["notebook"] = str(paths.root() / message["notebook"])
        job = driver.Job(**message)
        here = manifest.parts(Path(job.notebook), _digests)
        if differing := [part for part, sha in here.items() if sha != job.parts[part]]:
            return {"name": job.name, "status": "failed", "files": {}, "failed": {},
                    "reason": f"the worker's {', '.join(differing)} differ from those of the one who asks"}
        if not _host:
            _host.append(driver.prepare_host())
            atexit.register(shutil.rmtree, _host[0], ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=f"govlib-job-{os.getpid()}-") as scratch:
            result = driver.run_job(job, scratch)
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
                (folder / Path(name).name).write_bytes(data)
                out[kind][name] = str(folder / Path(name).name)
    except OSError as error:
        return {"status": "failed", "reason": f"{error.strerror or error}", "files": {}, "failed": {}}
    return out
