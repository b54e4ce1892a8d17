"""One page: a notebook run, its outputs made into HTML (and PDF) in a temporary folder."""

from __future__ import annotations

import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from govlib.errors import GovlibError
from govlib.run.manifest import PARTS, part_name

LIMIT_BYTES = 2_000_000


def make(job: Any, scratch: str | None = None) -> dict[str, Any]:
    """Make the page of a job (:mod:`govlib.run.jobs`) in ``scratch``; never raises. ``files``: name → path of the finished file."""
    start = time.perf_counter()
    result: dict[str, Any] = {"name": job.name, "status": "failed", "reason": "", "files": {}, "failed": {}}
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{job.name}-", dir=scratch))
        try:
            result |= _make(job, folder)
        finally:
            (folder / "in.ipynb").unlink(missing_ok=True)
    except GovlibError as error:
        result["reason"] = str(error)
    except OSError as error:
        result["reason"] = f"{error.strerror or error}" + (f": {Path(str(error.filename)).name}" if error.filename else "")
    except Exception as error:  # noqa: BLE001 - one page's trouble, whatever it is, must not stop the others
        result |= {"reason": f"{type(error).__name__}: {error}", "details": traceback.format_exc()}
    result["seconds"] = round(time.perf_counter() - start, 3)
    return result


def _make(job: Any, folder: Path) -> dict[str, Any]:
    from govlib.publish import export  # loads nbconvert's templates
    from govlib.run import notebook as run  # loads papermill

    run.load_papermill()
    loading = threading.Thread(target=export.environment)  # while the kernel computes; at once where it is loaded
    loading.start()
    try:
        try:
            done = run.execute(Path(job.notebook), job.parameters, folder)
        finally:
            loading.join()
        body = export.checked(done.notebook, job.lang)  # once for all parts
        html = export.page(done.notebook, lang=job.lang, name=job.name, body=body)
        if len(html) > LIMIT_BYTES:
            raise run.RunFailed(f"the page has {len(html) / 1e6:.1f} MB, more than {LIMIT_BYTES / 1e6:.0f}", done.notebook)
        pages = {job.name: html}
        for part, kind in PARTS.items():
            if (job.pdf or part == "summary") and export.has_part(done.notebook, kind):
                pages[part_name(job.name, part)] = export.page(done.notebook, lang=job.lang, name=job.name, only=kind,
                                                                     body=body)
        made = {}
        for name, content in pages.items():
            page = folder / f"{name}.html"
            page.write_bytes(content)
            if name != part_name(job.name, "annex"):  # on a screen it is in the page
                made[page.name] = str(page)
            if job.pdf:
                export.pdf(page, page.with_suffix(".pdf"))
                made[f"{name}.pdf"] = str(page.with_suffix(".pdf"))
    except (run.RunFailed, export.BadPage) as error:
        kept = {}
        if error.notebook is not None:
            import nbformat

            kept = {f"{job.name}.ipynb": str(folder / f"{job.name}.ipynb")}
            nbformat.write(error.notebook, folder / f"{job.name}.ipynb")
        return {"reason": error.reason, "details": error.details, "failed": kept}
    return {"status": done.status, "reason": "; ".join(done.reasons), "files": made, "run_seconds": done.seconds,
            "kernel_mib": done.kernel_mib, "kernel_cpu": done.kernel_cpu, "worker_mib": run.own_peak_mib()}
