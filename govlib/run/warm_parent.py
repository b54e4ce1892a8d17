"""The parent of warm kernels: imports once, then forks one IPython kernel for each that asks. Run as a script.

    python -P warm_parent.py SOCKET MODULE [MODULE ...]

It is a program of its own, outside the package, so that no module of ``govlib`` is loaded in it: it may outlive an edit, and
a kernel must import the project's code as it stands on disk. It stays single-threaded (a fork copies only the calling
thread, and a lock held by another would stay locked for ever), which is checked before each fork.

On its Unix socket a client writes one line of JSON:

``{"op": "hold", "linger": 0}``
    keep the parent alive as long as this connection is open, and so many seconds after the last one has closed;
``{"op": "kernel", "argv": [...], "cwd": "...", "env": {...}}``
    fork a kernel. The answer is ``{"pid": 123}`` or ``{"error": "..."}``. The kernel inherits the connection: when the
    client's end closes, for whatever reason, the kernel ends, and with it what it has started.

``{"op": "prime", "path": "...", "code": "...", "cwd": "...", "env": {...}}``
    fork a parent for one run, which executes the code (it loads what all notebooks of the run load: the project's modules,
    its tables) and then forks kernels itself, on a socket at ``path``, until this connection closes. The answer comes
    at once; the socket appears when it is ready. Where the code fails or has started a thread, ``path`` + ``.failed`` does.

With no connection held, no kernel left and nothing to wait for, the parent ends by itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import threading
import time

FIRST_HOLD = 15.0  # seconds in which the one who started us must have connected
_LONGEST = 1 << 20


def preload(modules: list[str]) -> None:
    """Import what notebooks import. A module that is not there, or fails, is left to the notebook."""
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - whatever it is, the notebook will meet it and say so
            print(f"not preloaded: {name}: {error}", file=sys.stderr)
    gc.collect()
    gc.freeze()  # keeps the collector from touching, and so copying, the shared pages in every child


def threads() -> int:
    """Threads of this process, those of C libraries included."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def run_kernel(request: dict, lifeline: socket.socket) -> None:
    """In the child: become what ``python -m ipykernel_launcher`` would have been, with the imports already done."""
    os.setsid()  # a group of its own, so that interrupt and kill reach what the kernel has started
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    os.chdir(request["cwd"])
    sys.argv = ["ipykernel_launcher", *request["argv"]]
    reseed()
    if "matplotlib" in sys.modules and (backend := os.environ.get("MPLBACKEND")):
        sys.modules["matplotlib"].rcParams["backend"] = backend

    def watch() -> None:
        with contextlib.suppress(OSError):
            while lifeline.recv(64):
                pass
        os.killpg(os.getpgid(0), signal.SIGKILL)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(request["argv"])


def reseed() -> None:
    """Children must not share one stream of random numbers."""
    import random

    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def answer(conn: socket.socket, message: dict) -> None:
    with contextlib.suppress(OSError):
        conn.sendall(json.dumps(message).encode() + b"\n")


def read_line(conn: socket.socket) -> dict | None:
    conn.settimeout(5)
    data = b""
    try:
        while not data.endswith(b"\n"):
            part = conn.recv(65536)
            if not part or len(data) > _LONGEST:
                return None
            data += part
        return json.loads(data)
    except (OSError, ValueError):
        return None


def serve(path: str, modules: list[str]) -> None:
    listener = listen(path)  # before the imports: who connects meanwhile waits in the queue
    preload(modules)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    loop(listener, path, set(), FIRST_HOLD)


def listen(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    os.chmod(path, 0o600)
    listener.listen(64)
    return listener


def primed(request: dict, held: socket.socket) -> None:
    """In the child: run the code, then be the parent of one run."""
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    exec(compile(request["code"], "prime", "exec"), {"__name__": "prime"})  # noqa: S102 - the run's own, through a socket of this user
    if threads() != 1:
        raise SystemExit("a library has started a thread: no safe fork")
    gc.collect()
    gc.freeze()
    scratch = request["path"] + ".new"
    listener = listen(scratch)
    os.rename(scratch, request["path"])  # it appears when it answers
    loop(listener, request["path"], {held}, 0.0)


def give_up(request: dict) -> None:
    """Those who wait for the parent of a run need not."""
    if request["op"] == "prime":
        with contextlib.suppress(OSError):
            open(request["path"] + ".failed", "w").close()


def loop(listener: socket.socket, path: str, holds: set[socket.socket], patience: float) -> None:
    """Answer until nobody holds on and no kernel is left for ``patience`` seconds."""
    inode = os.stat(path).st_ino
    selector = selectors.DefaultSelector()
    for each in (listener, *holds):
        each.setblocking(False)
        selector.register(each, selectors.EVENT_READ)
    listener.setblocking(True)
    children: set[int] = set()
    last_needed = time.monotonic()
    while True:
        for key, _ in selector.select(timeout=0.5):
            if key.fileobj is not listener:  # a holder has gone
                gone = key.fileobj
                assert isinstance(gone, socket.socket)
                selector.unregister(gone)
                holds.discard(gone)
                gone.close()
                continue
            conn, _ = listener.accept()
            request = read_line(conn)
            if request is None or request.get("op") not in ("hold", "kernel", "prime"):
                conn.close()
            elif request["op"] == "hold":
                conn.setblocking(False)
                selector.register(conn, selectors.EVENT_READ)
                holds.add(conn)
                patience = float(request.get("linger", 0))
            elif threads() != 1:
                answer(conn, {"error": "a library has started a thread: no safe fork"})
                conn.close()
                give_up(request)
            else:
                conn.settimeout(None)
                pid = os.fork()
                if pid == 0:
                    selector.close()
                    become(request, conn, (listener, *holds))
                children.add(pid)
                answer(conn, {"pid": pid})
                conn.close()  # ours only: the child keeps its own
        children = {pid for pid in children if running(pid)}
        if holds or children:
            last_needed = time.monotonic()
        elif time.monotonic() - last_needed > patience:
            break
    with open(path + ".lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # nobody connects or starts another while the socket goes
        with contextlib.suppress(FileNotFoundError):
            if os.stat(path).st_ino == inode:
                os.unlink(path)


def become(request: dict, conn: socket.socket, others: tuple[socket.socket, ...]) -> None:
    """In the child: let go of what is the parent's, do what was asked, end. Nothing may climb back into the parent's loop."""
    code = 1
    try:
        for other in others:
            other.close()
        (run_kernel if request["op"] == "kernel" else primed)(request, conn)
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever it is, it ends here
        import traceback

        traceback.print_exc()
    finally:
        if code:
            give_up(request)
        os._exit(code)


def running(pid: int) -> bool:
    """Whether a child has not ended yet; one that has is let go."""
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] == 0
    return False


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2:])
