"""One file over HTTP from a server that may do anything: it arrives whole, or it is said why not.

A download retries, continues a partial file with HTTP Range, and knows when a body is short. A server can waste no more
than the time and the bytes that were granted, and can send the request on only to places that were named beforehand.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

if TYPE_CHECKING:
    import requests

LONGEST_WAIT = 30.0
REDIRECTS = 5
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_GONE = {404, 410}
_MOVED = {301, 302, 303, 307, 308}
_WHOLE_NUMBER = re.compile(r"[0-9]{1,15}")
_PLAIN = re.compile(r"[\x21-\x7e][\x20-\x7e]*")  # what may be sent back to a server as it came


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for. retries, backoff: further attempts after the first, and the seconds before the first
    of them (doubling); connect, silence: seconds without a connection, without a byte; total: seconds for one file in all."""

    retries: int = 4
    backoff: float = 1.0
    connect: float = 10.0
    silence: float = 30.0
    total: float = 600.0


class Missing(Exception):
    """The server says that there is no such file."""


class Failed(Exception):
    """The download cannot be completed; unreachable: nothing at that address answers at all."""

    def __init__(self, why: str, unreachable: bool = False):
        super().__init__(why)
        self.unreachable = unreachable


class _Again(Exception):
    """Worth another attempt, after ``wait`` seconds where the server or the case says so."""

    def __init__(self, why: str, wait: float | None = None, unreachable: bool = False):
        super().__init__(why)
        self.wait, self.unreachable = wait, unreachable


def host(url: str) -> str:
    """The place that a request for this address goes to: the name as the HTTP library reads it, a port that is not the usual.

    >>> host("https://Example.org/x"), host("http://example.org:80/"), host("http://127.0.0.1:8000/a")
    ('example.org', 'example.org', '127.0.0.1:8000')
    >>> host("file:///etc/passwd"), host("http://[::1"), host("https://good.example@evil.example/")
    ('', '', '')
    """
    import urllib3

    try:
        parts = urllib3.util.parse_url(url)
    except (urllib3.exceptions.HTTPError, ValueError):
        return ""
    usual = {"http": 80, "https": 443}
    if parts.scheme not in usual or not parts.host or parts.auth or parts.host.startswith("."):
        return ""
    return parts.host.lower() + (f":{parts.port}" if parts.port and parts.port != usual[parts.scheme] else "")


@dataclass
class Download:
    """``part`` keeps what has arrived, across attempts and across runs; the server's ETag or date beside it (``.json``) makes
    sure that two versions are never joined.

    limit : bytes that the file may have. hosts : where a redirect may lead (:func:`host`). validators : headers of a
    conditional request; ``not_modified`` is set when it found no change.
    """

    part: Path
    limit: int
    hosts: Collection[str]
    patience: Patience = Patience()
    label: str = ""  # of the progress bar; none without
    validators: dict[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)  # beside our own
    body: bytes | None = None  # what is posted; None asks only
    seen: dict[str, str] = field(default_factory=dict, init=False)
    not_modified: bool = field(default=False, init=False)
    resumed: bool = field(default=False, init=False)
    length_declared: bool = field(default=False, init=False)

    @property
    def note(self) -> Path:
        return self.part.with_name(self.part.name + ".json")

    def forget(self) -> None:
        for leftover in (self.part, self.note):
            leftover.unlink(missing_ok=True)

    def fetch(self, url: str) -> None:
        """Bring ``part`` to full length; raises :class:`Missing` or :class:`Failed`."""
        clock = _Clock(self.patience.total)
        with contextlib.closing(clock), _session(clock) as session:
            for attempt in range(self.patience.retries + 1):
                try:
                    with _told_apart(self.patience):
                        self._attempt(session, url)
                    if not clock.rang or self.length_declared or self.not_modified:
                        return
                except _Again as error:
                    again = error
                except Failed:
                    if not clock.rang:
                        raise
                if clock.rang:
                    raise Failed(f"took longer than {self.patience.total:g} s{self._kept()}")
                if attempt < self.patience.retries:
                    clock.sleep(min(LONGEST_WAIT, self.patience.backoff * 2**attempt if again.wait is None else again.wait))
            raise Failed(f"{again}, after {attempt + 1} attempts{self._kept()}", again.unreachable)

    def _kept(self) -> str:
        have = self.part.stat().st_size if self.part.exists() else 0
        return f"; {have} bytes kept, the next run continues" if have else ""

    def _attempt(self, session: requests.Session, url: str) -> None:
        have = self.part.stat().st_size if self.part.exists() else 0
        note = read_notes(self.note) if have else {}
        validator = note.get("etag") or note.get("last_modified")
        if have >= self.limit or not validator or note.get("url") != url:
            have = 0  # nothing says that the rest would belong to the same version
        headers = {"Accept-Encoding": "identity", "User-Agent": "govlib (research; provincial governance indices)", **self.headers}
        headers |= {"Range": f"bytes={have}-", "If-Range": str(validator)} if have else self.validators
        with self._ask(session, url, headers) as reply:
            start, total = self._judge(reply, have)
            if self.not_modified:
                return
            self.resumed = start > 0
            self.seen = {key: value for key, value in (("etag", _strong(reply.headers.get("ETag"))),
                                                       ("last_modified", reply.headers.get("Last-Modified")))
                         if value and _PLAIN.fullmatch(value)}
            self.length_declared = total is not None
            self.note.write_text(json.dumps({"url": url, **self.seen}), encoding="utf-8")
            got = self._receive(reply, start, total)
        if total is not None and got < total:
            raise _Again(f"only {got} of {total} bytes came")

    def _ask(self, session: requests.Session, url: str, headers: dict[str, str]) -> requests.Response:
        """The reply at the end of the redirects, each of which must lead to a place that was named."""
        for step in range(REDIRECTS + 1):
            try:
                with _told_apart(self.patience):
                    reply = session.request("GET" if self.body is None else "POST", url, headers=headers, data=self.body,
                                            stream=True, timeout=(self.patience.connect, self.patience.silence))
            except _Again as again:
                again.unreachable &= step == 0  # behind a redirect: the first server is there
                raise
            location = reply.headers.get("Location")
            if reply.status_code not in _MOVED or not location:
                return reply
            reply.close()
            try:
                target = urljoin(url, location)
            except ValueError:
                target = ""
            if host(target) not in self.hosts or (url.lower().startswith("https:") and not target.lower().startswith("https:")):
                raise Failed(f"the server sends the request on to {location[:200]!r}, a place that the catalogue does not name")
            url = target
        raise Failed(f"redirected more than {REDIRECTS} times")

    def _judge(self, reply: requests.Response, have: int) -> tuple[int, int | None]:
        """Where the body begins and how long the whole file is (None: not said); raises where nothing useful comes."""
        code, conditional = reply.status_code, bool(self.validators) and not have
        if code == 304 and conditional:
            self.not_modified = True
            return 0, None
        if code in _GONE:
            raise Missing(f"the server answers {code}")
        if code == 416:  # the part is as long as the file, or longer: take no chances
            self.forget()
            raise _Again("the server refuses to continue a partial download", 0.0)
        if code in _AGAIN:
            raise _Again(f"the server answers {code}", _whole_number(reply.headers.get("Retry-After")))
        if code not in (200, 206):
            raise Failed(f"the server answers {code}")
        if reply.headers.get("Content-Encoding", "identity") not in ("", "identity"):
            raise Failed(f"the server packs it ({reply.headers['Content-Encoding'][:40]}), though asked for the file as it is")
        start = _range_start(reply.headers.get("Content-Range")) if code == 206 else 0
        if start != (have if code == 206 else 0) or (code == 206 and not have):
            self.forget()
            raise _Again("the server continues at another place", 0.0)
        length = _whole_number(reply.headers.get("Content-Length"))
        total = None if length is None else start + int(length)
        if total is not None and total > self.limit:
            raise Failed(f"{total} bytes: more than the {self.limit} that this file can have")
        return start, total

    def _receive(self, reply: Any, start: int, total: int | None) -> int:
        got = start
        with self.part.open("ab" if start else "wb") as out, _bar(self.label, total, start) as advance:
            # what is there is written at once: a larger fixed block would lose up to its size when the line breaks
            while chunk := reply.raw.read1(1 << 16):
                got += len(chunk)
                if got > self.limit:
                    out.close()
                    self.forget()
                    raise Failed(f"more than the {self.limit} bytes that this file can have")
                out.write(chunk)
                advance(len(chunk))
        return got


class _Clock:
    """Rings once, after so many seconds, and then cuts the connections that are open: whoever waits for a byte wakes up."""

    def __init__(self, seconds: float):
        self.sockets: list[socket.socket] = []
        self._bell = threading.Event()
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()

    @property
    def rang(self) -> bool:
        return self._bell.is_set()

    def sleep(self, seconds: float) -> None:
        self._bell.wait(seconds)

    def close(self) -> None:
        self._timer.cancel()

    def watch(self, connection: socket.socket) -> None:
        self.sockets.append(connection)
        if self.rang:
            self._cut(connection)

    def _ring(self) -> None:
        self._bell.set()
        for connection in self.sockets:
            self._cut(connection)

    @staticmethod
    def _cut(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # closed already
            connection.shutdown(socket.SHUT_RDWR)


def _session(clock: _Clock) -> requests.Session:
    """A session that follows no redirect by itself and whose connections the clock can cut."""
    import requests
    from requests.adapters import HTTPAdapter

    class Session(requests.Session):
        def get_redirect_target(self, resp: requests.Response) -> None:  # asked before every redirect
            return None

    class Adapter(HTTPAdapter):
        def get_connection_with_tls_context(self, request, verify, proxies=None, cert=None):
            pool: Any = super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
            plain: Any = type(pool).ConnectionCls

            class Connection(plain):
                def connect(self) -> None:
                    super().connect()
                    clock.watch(self.sock)

            pool.ConnectionCls = Connection
            return pool

    session = Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter())
    return session


@contextlib.contextmanager
def _told_apart(patience: Patience) -> Iterator[None]:
    """What the libraries raise, as :class:`_Again` where another attempt may help, else as :class:`Failed`."""
    import requests
    import urllib3

    silent = f"silent for {patience.silence:g} s"
    try:
        yield
    except requests.exceptions.ConnectTimeout as error:
        raise _Again("no connection within the time limit", unreachable=True) from error
    except (requests.exceptions.Timeout, urllib3.exceptions.ReadTimeoutError) as error:
        raise _Again(silent) from error
    except requests.exceptions.ConnectionError as error:
        reason = _reason(error)  # a connection that breaks off also ends here; only the others mean that nobody is there
        raise _Again(f"no connection ({reason})", unreachable=reason in ("name not resolved", "refused")) from error
    except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError) as error:
        raise _Again("the connection broke off") from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        raise Failed(f"the server's reply cannot be used ({type(error).__name__}: {str(error)[:200]})") from error


def _reason(error: Exception) -> str:
    text = str(error)
    for sign, why in (("NameResolution", "name not resolved"), ("getaddrinfo", "name not resolved"),
                      ("refused", "refused"), ("reset", "reset"), ("aborted", "broken off")):
        if sign in text:
            return why
    return type(error).__name__


def _whole_number(text: str | None) -> float | None:
    """A header's number; None where it is none, so that what a server writes there can break nothing."""
    return float(text) if text and _WHOLE_NUMBER.fullmatch(text.strip()) else None


def _strong(etag: str | None) -> str | None:
    return None if etag is None or etag.startswith("W/") else etag  # If-Range takes strong ones only


def _range_start(text: str | None) -> int:
    match = re.match(r"bytes ([0-9]{1,15})-", text or "")
    return int(match[1]) if match else -1


def read_notes(path: Path) -> dict[str, Any]:
    """A JSON object that we wrote ourselves; a damaged one is as good as none, since it only saves work."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@contextlib.contextmanager
def _bar(label: str, total: int | None, start: int) -> Iterator[Callable[[int], Any]]:
    if not label or not sys.stderr.isatty():
        yield lambda n: None
        return
    from tqdm import tqdm

    with tqdm(total=total, initial=start, unit="B", unit_scale=True, desc=label, leave=False) as bar:
        yield bar.update
