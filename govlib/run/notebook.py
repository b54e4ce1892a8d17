"""One notebook, run once, by papermill: checked before, watched during, believed only when everything is there.

papermill runs what it is given: it takes any value for any name, warns about a name the notebook does not have, and
says "completed" of every cell after a kernel that died. So parameters are checked first, the run happens in a temporary
folder, and afterwards every cell must have run to its end, every cell that displays something must have displayed it,
and a mark put behind the last cell must have come back.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from govlib import paths
from govlib.errors import BadInput, GovlibError
from govlib.ledger import parsed
from govlib.run import params

SENTINEL_MIME = "application/vnd.govlib.end+json"
STATUS_MIME = "application/vnd.govlib.status+json"  # as in show.py, which a run need not import
CELL_SECONDS = int(os.environ.get("GOVLIB_CELL_TIMEOUT", "600"))
_END_CELL = """try:
    from resource import RUSAGE_SELF as _s, getrusage as _u
    _u = _u(_s)
    _u = _u.ru_maxrss, _u.ru_utime + _u.ru_stime
except ImportError:  # Windows
    from psutil import Process as _s
    _u = _s().memory_info()
    _u = getattr(_u, "peak_wset", _u.rss) / 1024, sum(_s().cpu_times()[:2])
get_ipython().display_pub.publish({"%s": {"end": "%s", "peak_kib": _u[0], "cpu": _u[1]}})"""


class RunFailed(GovlibError):
    """A notebook did not do all it should. ``notebook`` is what there is of it, with the error inside, or None."""

    def __init__(self, reason: str, notebook: Any = None, details: str = ""):
        self.reason, self.notebook, self.details = reason, notebook, details
        super().__init__(reason)


@dataclass
class Run:
    """A finished run: the executed notebook, what it says about itself, seconds, and the kernel's peak memory in MiB and
    processor time in seconds."""

    notebook: Any
    status: str = "built"
    reasons: list[str] = field(default_factory=list)
    seconds: float = 0.0
    kernel_mib: float = 0.0
    kernel_cpu: float = 0.0


def load_papermill() -> ModuleType:
    """papermill, without Arrow: it asks for that to read notebooks from Hadoop, which costs every run a quarter of a second."""
    if "papermill" in sys.modules or "pyarrow" in sys.modules:
        import papermill
    else:
        sys.modules["pyarrow"] = None  # type: ignore[assignment]  # to an import, a module that is not installed
        try:
            import papermill
        finally:
            del sys.modules["pyarrow"]
    return papermill


def check_parameters(notebook: Path, parameters: Mapping[str, Any]) -> None:
    """Every name exists in the notebook and every value has the type of its default there, exactly.

    Raises
    ------
    BadInput
        Unknown name, or another type (``True`` is no integer, ``"2022"`` is no year).
    """
    known = params.declared(notebook)
    params.refuse_unknown(parameters, notebook)
    for name, value in parameters.items():
        default = known[name]
        if default is not None and type(value) is not type(default):
            raise BadInput(f"parameter {name} must be {type(default).__name__} like its default {default!r}, "
                           f"not {type(value).__name__}", file=notebook, value=value)


def execute(notebook: Path, parameters: Mapping[str, Any], folder: Path, *, kernel: str | None = None) -> Run:
    """Run ``notebook`` with ``parameters``; everything written goes to ``folder``, a temporary one of this run.

    kernel : name of a kernelspec; None takes the warm one that :func:`govlib.run.warm.kernelspec` has set up.

    Raises
    ------
    BadInput
        The parameters do not fit; nothing has run.
    RunFailed
        A cell failed, the kernel died, time ran out, or output that was expected is not there.
    """
    check_parameters(notebook, parameters)
    import logging

    import nbformat

    papermill = load_papermill()
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    from govlib.run.warm import KERNEL, QuietManager  # loads the kernel manager

    logging.getLogger("papermill").setLevel(logging.ERROR)
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    keeping = _keeping()
    papermill_engines.register("govlib", keeping)
    token = os.urandom(8).hex()
    source = nbformat.from_dict(json.loads(notebook.read_bytes()))
    end = nbformat.v4.new_code_cell(_END_CELL % (SENTINEL_MIME, token), metadata={"tags": ["govlib-end"]})
    source.cells.append(end)
    given = folder / "in.ipynb"
    given.write_text(json.dumps(source), encoding="utf-8")
    start = time.perf_counter()
    try:
        with _nobodys_settings(folder):
            done = papermill.execute_notebook(
                str(given), None, parameters=dict(parameters), engine_name="govlib", kernel_name=kernel or KERNEL,
                language="python", progress_bar=False, log_output=False, start_timeout=120, execution_timeout=CELL_SECONDS,
                cwd=str(paths.root()),
                request_save_on_cell_execute=False, autosave_cell_every=0, shutdown_kernel="immediate",
                kernel_manager_class=QuietManager)
    except PapermillExecutionError as error:
        kept = keeping.notebook  # with papermill's marks; it is handed on as it is, not written and read again
        where = f"cell {error.exec_count}" if error.exec_count else f"cell at position {error.cell_index}"
        said = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback or []))
        raise RunFailed(f"{where}: {error.ename}: {_first_line(error.evalue)}", _without_end(kept), said) from None
    except Exception as error:  # nbclient has no common base for what may befall a kernel
        if isinstance(error, OSError) and not isinstance(error, TimeoutError):
            raise  # a full or unwritable disk is not the notebook's failure; a cell that never ends is, and is an OSError too
        said = "".join(traceback.format_exception_only(error)).strip()
        kept = _without_end(_mark(keeping.notebook, said))
        raise RunFailed(_reason(error), kept, said) from None
    seconds = time.perf_counter() - start
    problems = incomplete(done, token)
    if problems:
        raise RunFailed("; ".join(problems), _without_end(_mark(done, "; ".join(problems))))
    return _told(done, seconds)


@contextlib.contextmanager
def _nobodys_settings(folder: Path) -> Iterator[None]:
    """IPython as it comes: startup files of whoever asks would run in every kernel (``from numpy import *`` gives ``any`` another
    meaning), and a page would say what another machine's does not."""
    own = {"IPYTHONDIR": str(folder / "ipython"), "PYTHONSTARTUP": ""}
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        yield
    finally:
        for name, value in before.items():
            del os.environ[name]
            if value is not None:
                os.environ[name] = value


def _keeping() -> Any:
    """papermill's own engine; what there is of the notebook stays in reach when it raises."""
    from papermill.engines import NBClientEngine

    class Keeping(NBClientEngine):
        notebook: Any = None

        @classmethod
        def execute_managed_notebook(cls, manager, kernel_name, **kwargs):
            cls.notebook = manager.nb
            return super().execute_managed_notebook(manager, kernel_name, **kwargs)

    return Keeping


def _told(done: Any, seconds: float) -> Run:
    """A finished notebook with what it said about itself."""
    run = Run(done, seconds=seconds)
    for cell in done.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if SENTINEL_MIME in data:
                run.kernel_mib = data[SENTINEL_MIME]["peak_kib"] / 1024
                run.kernel_cpu = data[SENTINEL_MIME]["cpu"]
            if STATUS_MIME in data:
                run.status = "partial"
                run.reasons.append(str(data[STATUS_MIME]["reason"]))
    run.notebook = _without_end(done)
    return run


def incomplete(notebook: Any, token: str) -> list[str]:
    """What is missing in an executed notebook; empty when it is whole."""
    problems, ended = [], False
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        outputs = cell.get("outputs", [])
        for output in outputs:
            mark = output.get("data", {}).get(SENTINEL_MIME)
            ended = ended or (mark is not None and mark.get("end") == token)
        if "govlib-end" in cell.metadata.get("tags", []):
            continue
        if cell.execution_count is None and cell.source.strip():
            problems.append(f"cell at position {position} did not run")
        if any(o.output_type == "error" for o in outputs):
            problems.append(f"cell {cell.execution_count} ended in an error")
        if expects_output(cell) and not any(o.output_type in ("display_data", "execute_result") for o in outputs):
            problems.append(f"cell {cell.execution_count} should show something and shows nothing")
    if not ended:
        problems.append("the kernel did not reach the end of the notebook")
    return problems


def expects_output(cell: Any) -> bool:
    """Tagged ``output``, or a call of ``show.<something>`` or ``display`` as a statement of its own at the top level."""
    tags = cell.metadata.get("tags", [])
    if "output" in tags or "no-output" in tags or "injected-parameters" in tags:
        return "output" in tags
    try:
        statements = parsed(cell.source).body
    except SyntaxError:  # a %magic: nothing is expected of it
        return False
    for statement in statements:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call):
            function = call.func
            if isinstance(function, ast.Name) and function.id == "display":
                return True
            if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) \
                    and function.value.id == "show" and function.attr not in ("use_style", "partial"):
                return True
    return False


def own_peak_mib() -> float:
    """Peak memory of this process in MiB."""
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        held = psutil.Process().memory_info()
        return getattr(held, "peak_wset", held.rss) / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _reason(error: Exception) -> str:
    kind = type(error).__name__
    if kind == "DeadKernelError" or "Kernel died" in str(error):
        return "the kernel died"
    if kind == "CellTimeoutError":
        return f"a cell took longer than {CELL_SECONDS} seconds"
    return f"{kind}: {_first_line(error)}"


def _first_line(text: object) -> str:
    lines = str(text).strip().splitlines()
    return lines[0][:300] if lines else ""


def _mark(notebook: Any, text: str) -> Any:
    """The same notebook with the reason in front, for whoever opens it."""
    if notebook is not None:
        import nbformat

        note = nbformat.v4.new_markdown_cell(f"**Failed.**\n\n```\n{text}\n```", metadata={"tags": ["govlib-failed"]})
        notebook.cells.insert(0, note)
    return notebook


def _without_end(notebook: Any) -> Any:
    if notebook is not None:
        notebook.cells = [c for c in notebook.cells if "govlib-end" not in c.metadata.get("tags", [])]
    return notebook
