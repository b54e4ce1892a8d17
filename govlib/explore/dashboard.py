"""``govlib dashboard`` (``make dashboard``): the explorer of the site without a server, behind a server for colleagues.

One explorer, two doors: the pages are those of :mod:`govlib.explore.public`, made anew whenever the panel is, and all that
happens there happens in the visitor's browser: he costs the server a file sent in pieces of 64 KB, and never more than ``MOST``
are connected. The server answers only to its own name (``--hosts`` for further ones): another site whose name is pointed at this
machine gets nothing.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado import httpserver, web
from tornado.httputil import HTTPServerRequest
from tornado.iostream import IOStream
from tornado.routing import Matcher, Rule, RuleRouter

import govlib
from govlib import files, paths
from govlib.errors import BadInput

LOOPBACK = ("localhost", "127.0.0.1", "::1")
MOST = 400     # connections at the same time; who comes then is turned away
PATIENCE = 60  # seconds for one answer, and for a connection on which nothing is asked
PORTS = 20     # this many further ones are tried where the port is taken


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
        self.finish("This server answers only to its own name. Another one is named with --hosts.\n")


class Page(web.StaticFileHandler):
    """A file of the explorer or a finished briefing; what takes too long to send is given up."""

    def set_default_headers(self) -> None:
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("X-Frame-Options", "DENY")

    def prepare(self) -> None:
        loop = asyncio.get_running_loop()
        self.late = loop.call_later(PATIENCE, lambda: self.request.connection.stream.close())  # type: ignore[union-attr]
        if self.application.settings["made"] != _stamp():
            self.application.settings["made"] = _made()

    def on_finish(self) -> None:
        self.late.cancel()

    def on_connection_close(self) -> None:
        self.late.cancel()

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        if not Path(absolute_path).is_dir() and Path(absolute_path).suffix not in (".html", ".pdf"):  # a log is nobody's page
            raise web.HTTPError(404)
        return super().validate_absolute_path(root, absolute_path)


class Limited(httpserver.HTTPServer):
    """No more connections than ``MOST``."""

    def handle_stream(self, stream: IOStream, address: tuple) -> None:
        if len(self._connections) >= MOST:
            stream.close()
        else:
            super().handle_stream(stream, address)


def _stamp() -> str:
    """Changes with the panel, with what briefings there are, and with this package."""
    package = Path(govlib.__file__).parent
    held = [paths.processed() / "scores.parquet", paths.briefings(), *paths.briefings().glob("20[0-9][0-9]"),
            *package.glob("explore/**/*"), *package.glob("words/sentences/*.csv"), *package.glob("known/reference/**/*")]
    return " ".join(str(path.stat().st_mtime_ns) for path in held if path.exists() and "__pycache__" not in path.parts)


def _made() -> str:
    """The stamp of the pages, made where they are not those of this stamp already: a server that starts need load no panel."""
    stamp, mark = _stamp(), folder() / ".made"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != stamp:
        from govlib.explore import public  # pandas and the panel: seconds, the first time only

        public.explorers(folder())
        files.write(mark, stamp)
    return stamp


def folder() -> Path:
    return paths.processed() / "explorer"


def application(ip: str = "127.0.0.1", hosts: Iterable[str] = ()) -> web.Application:
    """The pages, made, and who may have them."""
    anywhere = ip not in LOOPBACK
    names = {"localhost", *hosts, *((socket.gethostname(), socket.getfqdn()) if anywhere else ())}
    refused = web.Application([(r".*", Refused)])
    shown = web.Application([(r"/briefings/(20\d\d/[\w.-]+)", Page, {"path": str(paths.briefings())}),
                             (r"/(.*)", Page, {"path": str(folder()), "default_filename": "index.html"})], made=_made())
    return RuleRouter([Rule(Foreign(frozenset(map(str.lower, names)), anywhere), refused),  # type: ignore[return-value]
                       (r".*", shown)])


def serve(port: int, ip: str = "127.0.0.1", hosts: Iterable[str] = (), ready: Callable[[str], None] = print) -> None:
    """Answer until stopped; ``ready`` is told the address.

    Raises
    ------
    OSError : the port and those after it are taken. BadInput : the address is not this machine's.
    """
    async def run() -> None:
        server = Limited(application(ip, hosts), idle_connection_timeout=PATIENCE, body_timeout=PATIENCE, max_body_size=0,
                         max_header_size=16_384)
        last = min(port + PORTS, 65535)
        for at in range(port, last + 1):
            try:
                server.listen(at, ip)
                break
            except OSError as error:
                if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                    raise BadInput("this machine has no such address", column="--ip", value=ip,
                                   fix="127.0.0.1 for yourself, 0.0.0.0 for colleagues") from None
                if error.errno != errno.EADDRINUSE or at == last:
                    raise
        ready(f"http://{'localhost' if ip in LOOPBACK else socket.getfqdn()}:{at}/")
        await asyncio.Event().wait()

    asyncio.run(run())
