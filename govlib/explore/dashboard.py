"""``python -m govlib.explore.dashboard``: the explorer as a page of its own (Voilà), which asks nothing of the network.

Every open page has a kernel of its own (some 260 MB): there are never more than ``--Kernels.most``, and one that nobody is
connected to is ended after some minutes. The server answers only to its own name (``--Dashboard.hosts`` for further ones):
another site whose name is pointed at this machine gets nothing, neither page nor websocket. Voilà finds the template of this
package through ``JUPYTER_PATH``.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado import web
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, Rule
from traitlets import Int, List, Unicode
from traitlets.config import Config
from voila.app import Voila

from govlib import paths

# nothing from outside: the widgets' scripts, fonts and sockets are this server's own
POLICY = ("default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
          "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
          "frame-ancestors 'none'; base-uri 'self'; form-action 'none'")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Kernels(AsyncMappingKernelManager):
    """So many kernels and no more; who comes when all are taken is told so, and those that nobody uses make room first."""

    most = Int(8, config=True, help="Kernels, that is open pages, at the same time.")
    spare = Int(30, config=True, help="Seconds without a connection after which a kernel makes room for a new page.")
    opening = 0

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]
        if len(self) + self.opening >= self.most and not await self._make_room():
            raise web.HTTPError(503, reason=f"all {self.most} places are taken, close a page or try again in a minute")
        self.opening += 1
        try:
            return await super().start_kernel(**kwargs)
        finally:
            self.opening -= 1

    async def _make_room(self) -> bool:
        """End the kernel that has been idle for longest, of those without a page; whether there was one."""
        since = datetime.now(UTC) - timedelta(seconds=self.spare)
        idle = sorted((kernel.last_activity, kernel_id) for kernel_id, kernel in self._kernels.items()
                      if getattr(kernel, "last_activity", None) and kernel.last_activity < since
                      and not self.kernel_model(kernel_id)["connections"])
        if idle:
            await self.shutdown_kernel(idle[0][1])
        return bool(idle)


class Foreign(Matcher):
    """Requests that this server is not meant by: addressed to another name, or sent by another site's page."""

    def __init__(self, names: frozenset[str], anywhere: bool):
        self.names, self.anywhere = names, anywhere

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        site = request.headers.get("Sec-Fetch-Site", "none")
        embedded = site in ("cross-site", "same-site") and request.headers.get("Sec-Fetch-Dest") != "document"
        return {} if embedded or not self._ours(request.host) or not self._same(request) else None

    def _ours(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        try:  # a page of another site has that site's name as its host, never a number
            return self.anywhere or ipaddress.ip_address(name).is_loopback
        except ValueError:
            return name in self.names

    @staticmethod
    def _same(request: HTTPServerRequest) -> bool:
        origin = request.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc == request.host  # "null" is nobody's


class Refused(web.RequestHandler):
    def prepare(self) -> None:
        self.set_status(403)
        self.finish("This server answers only to its own name. Another one is named with --Dashboard.hosts.\n")


class Dashboard(Voila):
    """Voilà that answers to its own name alone."""

    hosts = List(Unicode(), config=True, help="Further names under which this server is reached.")

    def init_settings(self) -> dict[str, Any]:
        return super().init_settings() | {"headers": {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}}

    def init_handlers(self) -> list:
        anywhere = self.ip not in LOOPBACK
        names = {"localhost", *self.hosts, *((socket.gethostname(), socket.getfqdn()) if anywhere else ())}
        return [Rule(Foreign(frozenset(map(str.lower, names)), anywhere), Refused), *super().init_handlers()]


def usual() -> Config:
    """What holds unless the command line says otherwise."""
    return Config({
        "VoilaConfiguration": {"template": "govlib", "theme": "light", "show_tracebacks": False,
                               "multi_kernel_manager_class": Kernels},
        "MappingKernelManager": {"cull_idle_timeout": 300, "cull_interval": 30, "cull_connected": False}})


def command(notebook: str | Path, *more: str) -> list[str]:
    """The call of the server for one notebook, or for a folder of them."""
    return [sys.executable, "-m", "govlib.explore.dashboard", str(notebook), *more]


def environment() -> dict[str, str]:
    """The environment in which Voilà finds the template."""
    ours = str(Path(__file__).parent / "template")
    return os.environ | {"JUPYTER_PATH": os.pathsep.join(filter(None, [ours, os.environ.get("JUPYTER_PATH")]))}


def main(argv: Sequence[str] | None = None) -> int:
    """``--port``, ``--no-browser`` and whatever else Voilà takes; the first word may be another notebook of explore/."""
    more = list(sys.argv[1:] if argv is None else argv)
    name = Path(more.pop(0) if more and not more[0].startswith("-") else "indices")
    place = name if name.exists() else paths.notebooks() / "explore" / f"{name.stem}.ipynb"
    os.environ |= environment()
    Dashboard.launch_instance([str(place), *more], config=usual())
    return 0


if __name__ == "__main__":
    sys.exit(main())
