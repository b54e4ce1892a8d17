"""Warm kernels behind Jupyter's own interface: a kernel starts by a fork instead of by three seconds of imports.

A kernelspec names :class:`WarmProvisioner` as its provisioner, so papermill, nbclient or nbconvert start such a kernel
without knowing it. The provisioner asks a small parent process (:mod:`govlib.run.warm_parent`) to fork; each
notebook still runs in a fresh process of its own. Where there is no fork, or the parent cannot be reached, the plain
kernel starts instead: slower, same result.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from jupyter_core.paths import jupyter_path

from govlib import paths

KERNEL = "govlib-warm"
#: Third-party modules that briefings import. Never ``govlib`` itself: an edit must show in the next kernel.
PRELOAD = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger", "IPython.display",
           "numpy", "pandas", "pyarrow.parquet", "pyarrow.dataset", "pyarrow.pandas_compat", "yaml", "pydantic.type_adapter",
           "pydantic.functional_validators", "pydantic.types", "pandas.core.methods.to_dict",
           "pandas.core.arrays.arrow.extension_types",
           "IPython.core.debugger", "IPython.core.completerlib", "IPython.core.logger", "IPython.extensions.storemagic",
           "tornado.platform.asyncio", "rapidfuzz.fuzz", "rapidfuzz.process", "filelock", "scipy.optimize",
           "scipy.sparse.linalg")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMEXPR_NUM_THREADS": "1"}
PRIMED = "GOVLIB_WARM_PRIMED"  # path of the socket of a parent for this run, for the worker processes
PRIME_SECONDS = 30.0  # longer than it ever takes; a kernel that waits for nothing must not wait for ever
# Arrow's allocator keeps a cleaning thread, which would forbid every fork; it cleans as well without one
_NO_BACKGROUND_THREAD = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
_holds: dict[str, socket.socket] = {}


def possible() -> bool:
    """Whether this system forks safely. macOS has a fork, but its system libraries do not survive it."""
    return sys.platform == "linux" and hasattr(os, "fork") and os.environ.get("GOVLIB_WARM", "1") != "0"


def socket_path() -> Path:
    """One parent a host, user, Python, checkout, PYTHONPATH, set of modules and version of the parent: others do not share it.
    A parent finds modules where it was started to look for them, the project's where this one lies: one environment may serve
    several checkouts, and what a run loads once must be the code that it was asked with."""
    script = Path(__file__).resolve().with_name("warm_parent.py")
    where = [sys.executable, str(script), *(os.environ.get(name, "") for name in ("PYTHONPATH", "PYTHONHOME", "PYTHONNOUSERSITE"))]
    identity = "\0".join([*where, *PRELOAD, hashlib.sha256(script.read_bytes()).hexdigest()])
    folder = Path(tempfile.gettempdir()) / f"govlib-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if folder.is_symlink() or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise PermissionError(f"{folder} is not a private folder of this user")
    return folder / f"warm-{hashlib.sha256(identity.encode()).hexdigest()[:12]}.sock"


def hold() -> bool:
    """Have a parent, starting one if there is none, and keep it for the life of this process; False where impossible.

    Returns at once: the parent imports while the caller does something else. ``GOVLIB_WARM_LINGER``: seconds for which it
    stays when the last holder has gone, for the next command.
    """
    if not possible():
        return False
    try:
        path = socket_path()
        key = f"{os.getpid()}:{path}"
        if key not in _holds:
            _holds[key] = _connect(path)
            linger = float(os.environ.get("GOVLIB_WARM_LINGER", "0"))
            _holds[key].sendall(json.dumps({"op": "hold", "linger": linger}).encode() + b"\n")
        return True
    except (OSError, ValueError):
        return False


def prime(path: Path, code: str, cold: int = 1) -> bool:
    """Have a parent for this run, which executes ``code`` first; kernels come from it as soon as its socket is there.

    Until then ``cold`` kernels are started without it, one a core that it leaves free; more would only take the time from
    it that they wait for. It is an aid: where it fails, kernels come from the common parent, later and the same.
    """
    if not hold():
        return False
    request = {"op": "prime", "path": str(path), "code": code, "cwd": os.getcwd(), "env": _inline(os.environ | ONE_THREAD)}
    try:
        conn = _connect(socket_path())
        conn.sendall(json.dumps(request).encode() + b"\n")
    except OSError:
        return False
    _holds[f"{os.getpid()}:{path}"] = conn
    for number in range(cold):
        path.with_name(f"{path.name}.cold{number}").touch()
    os.environ[PRIMED] = str(path)
    return True


def _await_primed(path: Path) -> None:
    """Return when the parent of this run is there, has failed, or this kernel is one of those that need not wait for it."""
    end = time.monotonic() + PRIME_SECONDS
    while not path.exists() and not path.with_name(f"{path.name}.failed").exists() and time.monotonic() < end:
        for ticket in path.parent.glob(f"{path.name}.cold*"):
            with contextlib.suppress(FileNotFoundError):  # another worker was faster
                ticket.unlink()
                return
        time.sleep(0.01)


def release() -> None:
    """Let the parent go; it ends when nobody holds it."""
    os.environ.pop(PRIMED, None)
    for conn in _holds.values():
        conn.close()
    _holds.clear()


def _connect(path: Path) -> socket.socket:
    import fcntl

    with open(f"{path}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        conn = _dial(path)
        if conn is not None:
            return conn
        with contextlib.suppress(FileNotFoundError):
            path.unlink()  # left by a parent that was killed
        with open(f"{path}.log", "w") as log:
            parent = subprocess.Popen([sys.executable, "-P", str(Path(__file__).with_name("warm_parent.py")), str(path), *PRELOAD],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True,
                                      cwd="/", env=_inline(os.environ | ONE_THREAD | _NO_BACKGROUND_THREAD
                                                           | {"PYTHONPATH": paths.python_path()}))
        for _ in range(500):
            if (conn := _dial(path)) is not None:
                return conn
            if parent.poll() is not None:  # a path too long for a socket, a file system that has none: nobody will answer
                break
            time.sleep(0.01)
    raise OSError("the parent of warm kernels did not start")


def _dial(path: Path) -> socket.socket | None:
    conn = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        conn.connect(str(path))
    except OSError:
        conn.close()
        return None
    return conn


def _inline(env: dict[str, str]) -> dict[str, str]:
    """matplotlib reads its backend when it is imported; a kernel would have set this one before."""
    return {"MPLBACKEND": "module://matplotlib_inline.backend_inline"} | dict(env)


class ForkedKernel:
    """A kernel that is another process's child, with the part of ``subprocess.Popen`` that jupyter_client uses.

    Its end is seen on the shared connection, since only a parent can wait for a process.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, lifeline: socket.socket):
        self.pid, self._lifeline = pid, lifeline
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            try:
                if self._lifeline.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
                    self._end()
            except BlockingIOError:
                pass
            except OSError:
                self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        end = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            time.sleep(0.01)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _end(self) -> None:
        self.returncode = 1
        self._lifeline.close()


def fork(argv: list[str], cwd: str, env: dict[str, str]) -> ForkedKernel | None:
    """A new kernel from the parent, or None where there is no parent to be had."""
    request = json.dumps({"op": "kernel", "argv": argv, "cwd": cwd, "env": env}).encode() + b"\n"
    ours = os.environ.get(PRIMED)
    if ours:
        _await_primed(Path(ours))
    for attempt in range(3):  # a parent that was just leaving may take the first call with it
        try:
            conn = _dial(Path(ours)) if ours and attempt == 0 else None
            if conn is None:
                if not hold():
                    return None
                conn = _connect(socket_path())
            conn.settimeout(60)  # its imports may still be under way
            conn.sendall(request)
            reply = b""
            while not reply.endswith(b"\n") and (part := conn.recv(4096)):
                reply += part
            message = json.loads(reply)
        except (OSError, ValueError):
            _holds.pop(f"{os.getpid()}:{socket_path()}", None)
            continue
        if "pid" not in message:
            conn.close()
            return None
        conn.settimeout(None)
        return ForkedKernel(message["pid"], conn)
    return None


class WarmProvisioner(LocalProvisioner):
    """Jupyter's own local provisioner, except that the process comes from a fork where that is possible."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        process = None
        if possible() and cmd[1:3] == ["-m", "ipykernel_launcher"]:
            process = fork(cmd[3:], os.path.abspath(kwargs.get("cwd") or os.getcwd()),
                           _inline(dict(kwargs.get("env") or os.environ)) | ONE_THREAD)
        if process is None:
            kwargs["env"] = dict(kwargs.get("env") or os.environ) | ONE_THREAD
            return await super().launch_kernel(cmd, **kwargs)
        self.process = process  # type: ignore[assignment]  # a kernel that is another process's child is no Popen
        self.pid = self.pgid = process.pid
        self.cwd = kwargs.get("cwd") or os.getcwd()
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """As Jupyter's own, but back as soon as the process is gone, which Jupyter asks about ten times a second only."""
        await super().kill(restart=restart)
        for _ in range(200):
            if not isinstance(self.process, ForkedKernel) or self.process.poll() is not None:
                break
            await asyncio.sleep(0.002)


class PromptClient(AsyncKernelClient):
    """Jupyter's own client, except that it knows when a new kernel is ready by what it says, not by 0.2 seconds of silence."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return once the kernel has answered and its output channel has said so too.

        Raises RuntimeError where the kernel dies or takes longer than ``timeout`` seconds.
        """
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            asked = self.kernel_info()
            with contextlib.suppress(queue.Empty):
                reply = await self.shell_channel.get_msg(timeout=1)
                if reply["msg_type"] == "kernel_info_reply" and await self._idle_after(asked):
                    self._handle_kernel_info_reply(reply)
                    return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > end:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    async def _idle_after(self, asked: str) -> bool:
        """Read the output channel up to the end of a request. False: silence; the channel was not connected yet when it ended, and
        what a kernel says before is lost, so the caller asks again."""
        while True:
            try:
                said = await self.iopub_channel.get_msg(timeout=0.03)
            except queue.Empty:
                return False
            if (said["parent_header"].get("msg_id"), said["content"].get("execution_state")) == (asked, "idle"):
                return True


class QuietManager(AsyncKernelManager):
    """Unix sockets instead of TCP ports: kernels started at the same moment cannot pick the same port.

    Jupyter would name the sockets after a connection file that it has not named yet, so the name is given here. A path
    that is too long for a socket (108 bytes) leaves TCP in place.
    """

    def __init__(self, **kwargs: Any):
        base = os.path.join(os.environ.get("JUPYTER_RUNTIME_DIR") or tempfile.gettempdir(), f"k{os.urandom(6).hex()}")
        if sys.platform != "win32" and "transport" not in kwargs and len(base) < 95:
            kwargs |= {"transport": "ipc", "ip": base}
        kwargs.setdefault("client_factory", PromptClient)
        # named, where Jupyter would load IPython (0.07 s a worker) only to ask where a version of ten years ago kept kernels
        kwargs.setdefault("kernel_spec_manager", KernelSpecManager(kernel_dirs=jupyter_path("kernels")))
        super().__init__(**kwargs)


def kernelspec(folder: Path) -> dict[str, str]:
    """Write the kernelspec under ``folder``; returns the environment variables with which Jupyter finds it.

    Nothing is installed: the folder is the caller's temporary one.
    """
    spec = folder / "kernels" / KERNEL
    spec.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--HistoryManager.enabled=False"]
    content = {"argv": argv, "display_name": "Python 3 (warm)", "language": "python",
               "metadata": {"kernel_provisioner": {"provisioner_name": "govlib-warm-provisioner"}}}
    (spec / "kernel.json").write_text(json.dumps(content), encoding="utf-8")
    path = os.pathsep.join(p for p in (str(folder), os.environ.get("JUPYTER_PATH", "")) if p)
    return {"JUPYTER_PATH": path, "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}


def host() -> Path:
    """Once a process that runs jobs: a private temporary folder, the kernelspec in it, the parent of warm kernels.

    The folder's name holds the process id, so that a later run can remove what a killed one left.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"govlib-run-{os.getpid()}-"))
    os.environ.update(kernelspec(folder) | ONE_THREAD)
    (folder / "runtime").mkdir(mode=0o700)
    hold()
    return folder
