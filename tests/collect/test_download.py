"""One download over a wire that the test holds: what is asked for, how long is waited, what is told; no network, no server."""

from __future__ import annotations

import io
import json
import socket
import sys
import time

import pytest
import urllib3

from govlib.collect import download
from govlib.collect.download import Download, Failed, Missing, Patience

URL = "http://example.org/a.xls"
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
SHORT = b"HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 5\r\n\r\nhel"
REST = b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 3-4/5\r\nETag: \"v1\"\r\nContent-Length: 2\r\n\r\nlo"


def moved(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def answers(status: str, *headers: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "", "")).encode()


class Unfinished(bytes):
    """A reply after which the server falls silent and holds the line."""


class Wire:
    """Each connection is given the next reply (an error is raised); keeps what was asked and how long was slept."""

    def __init__(self):
        self.replies: list[bytes | Exception] = []
        self.ends: list[socket.socket] = []
        self.slept: list[float] = []

    def connect(self, *_: object, **__: object) -> socket.socket:
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        ours, theirs = socket.socketpair()
        self.ends.append(theirs)
        theirs.sendall(reply)
        if not isinstance(reply, Unfinished):
            theirs.shutdown(socket.SHUT_WR)
        return ours

    def asked(self) -> list[list[str]]:
        """The lines of each request since the last look."""
        found = [b"".join(iter(lambda end=end: _waiting(end), b"")) for end in self.ends]
        return [request.decode().rstrip("\r\n").split("\r\n") for request in found if request]


def _waiting(end: socket.socket) -> bytes:
    end.setblocking(False)
    try:
        return end.recv(1 << 16)
    except BlockingIOError:
        return b""


@pytest.fixture
def wire(monkeypatch):
    made = Wire()
    monkeypatch.setattr(urllib3.util.connection, "create_connection", made.connect)
    monkeypatch.setattr(download._Clock, "sleep", lambda self, seconds: made.slept.append(seconds))
    yield made
    for end in made.ends:
        end.close()


@pytest.fixture
def one(tmp_path):
    return Download(tmp_path / "a.part", 10, {"example.org"}, Patience(retries=4, backoff=1, connect=2, silence=2, total=5))


def told(one: Download, wire: Wire, *replies: bytes | Exception, url: str = URL) -> str:
    """What a download that fails says."""
    wire.replies += replies
    with pytest.raises(Failed) as caught:
        one.fetch(url)
    assert not wire.replies, "asked as often as there are answers"
    return str(caught.value)


# ---- asking ------------------------------------------------------------------------------------------------------------

def test_what_a_server_is_asked(one, wire):
    one.headers, one.validators = {"Accept": "text/csv"}, {"If-None-Match": '"v0"'}
    wire.replies = [SHORT, REST]
    one.fetch(URL)
    assert one.part.read_bytes() == b"hello" and one.resumed and json.loads(one.note.read_text()) == {"url": URL, "etag": '"v1"'}
    first, second = wire.asked()
    usual = {"Accept-Encoding: identity", "User-Agent: govlib (research; provincial governance indices)", "Accept: text/csv"}
    assert first[0] == second[0] == "GET /a.xls HTTP/1.1" and usual < {*first} and usual < {*second}
    assert 'If-None-Match: "v0"' in first and not any("Range" in line for line in first)
    assert {"Range: bytes=3-", 'If-Range: "v1"'} < {*second} and not any("None-Match" in line for line in second)


def test_a_form_is_posted(one, wire):
    one.body, wire.replies = b"year=2024", [HELLO]
    one.fetch(URL)
    [[line, *_, body]] = wire.asked()
    assert line == "POST /a.xls HTTP/1.1" and body == "year=2024"


@pytest.mark.parametrize("left", [{"url": "http://example.org/other", "etag": '"v1"'}, {"url": URL}, None])
def test_what_may_belong_to_another_file_is_not_continued(one, wire, left):
    one.part.write_bytes(b"xyz")
    if left:
        one.note.write_text(json.dumps(left))
    wire.replies = [HELLO]
    one.fetch(URL)
    assert one.part.read_bytes() == b"hello" and not one.resumed and not any("Range" in line for line in wire.asked()[0])


def test_a_note_whose_file_is_gone_continues_nothing(one, wire):
    one.note.write_text(json.dumps({"url": URL, "etag": '"v1"'}))
    wire.replies = [HELLO]
    one.fetch(URL)
    assert one.part.read_bytes() == b"hello" and not any("Range" in line for line in wire.asked()[0])


@pytest.mark.parametrize(("header", "kept"), [
    ('ETag: "v1"', {"etag": '"v1"'}), ('ETag: W/"v1"', {}), ("Last-Modified: Mon, 23 Nov 2026 07:00:00 GMT", {"last_modified": "Mon, 23 Nov 2026 07:00:00 GMT"}),
    ('ETag: "\xff"', {}), ("X-Other: 1", {})])
def test_by_what_a_version_is_known_again(one, wire, header, kept):
    wire.replies = [f"HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: 5\r\n\r\nhello".encode("latin-1")]
    one.fetch(URL)
    assert one.seen == kept and json.loads(one.note.read_text()) == {"url": URL, **kept}


def test_an_unchanged_file_is_not_sent_again(one, wire):
    one.validators, wire.replies = {"If-None-Match": '"v1"'}, [answers("304 Not Modified")]
    one.fetch(URL)
    assert one.not_modified and not one.part.exists() and not one.note.exists()


def test_nothing_can_be_unchanged_that_is_not_here(one, wire):
    assert told(one, wire, answers("304 Not Modified")) == "the server answers 304"


# ---- waiting -----------------------------------------------------------------------------------------------------------

def test_a_server_that_is_busy_is_waited_for_longer_each_time(one, wire):
    assert told(one, wire, *[answers("503 Busy")] * 5) == "the server answers 503, after 5 attempts"
    assert wire.slept == [1, 2, 4, 8], "and not after the last"


def test_a_server_that_says_how_long_is_believed_up_to_half_a_minute(one, wire):
    wire.replies = [*[answers("429 Slowly", f"Retry-After: {text}") for text in ("7", "0", "3600", "soon")], HELLO]
    one.fetch(URL)
    assert wire.slept == [7, 0, 30, 8] and one.part.read_bytes() == b"hello"


def test_a_refused_continuation_begins_anew_at_once(one, wire):
    for refusal in (answers("416 No"), REST.replace(b"3-4", b"0-1"), REST.replace(b"bytes 3-4", b"all of it")):
        one.forget()
        wire.replies = [SHORT, refusal, HELLO]
        one.fetch(URL)
        assert one.part.read_bytes() == b"hello" and not one.resumed
        assert not any("Range" in line for line in wire.asked()[-1])
    assert wire.slept == [1, 0] * 3


def test_a_server_that_says_nothing_is_given_up(one, wire):
    one.patience = Patience(retries=1, backoff=0, silence=0.05, total=5)
    assert told(one, wire, Unfinished(), Unfinished(SHORT)) == "silent for 0.05 s, after 2 attempts; 3 bytes kept, the next run continues"


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\nhel", SHORT])
def test_a_file_takes_no_longer_than_it_may(one, wire, reply):
    """Also where no length was declared: a body that the clock cut off is no whole file."""
    one.patience, began = Patience(retries=3, silence=60, total=0.1), time.monotonic()
    assert told(one, wire, Unfinished(reply)) == "took longer than 0.1 s" + ("; 3 bytes kept, the next run continues" if reply.endswith(b"hel") else "")
    assert time.monotonic() - began < 30 and wire.slept == []


# ---- redirects ---------------------------------------------------------------------------------------------------------

def test_five_redirects_are_followed_and_no_sixth(one, wire):
    wire.replies = [*[moved("/b")] * 5, HELLO]
    one.fetch(URL)
    assert one.part.read_bytes() == b"hello" and [lines[0] for lines in wire.asked()][1:] == ["GET /b HTTP/1.1"] * 5
    assert told(one, wire, *[moved("/b")] * 6) == "redirected more than 5 times"


def test_a_host_is_known_whatever_its_letters(one, wire):
    assert download.host("http:///b") == download.host("http://someone@example.org/b") == "" and download.host("HTTP://Example.ORG/b") == "example.org" and download.host("https://example.org:8443/") == "example.org:8443"
    wire.replies = [moved("http://EXAMPLE.org/b"), HELLO]
    one.fetch(URL)
    assert one.part.read_bytes() == b"hello"


class Reply:
    def __init__(self, to: str = ""):
        self.status_code, self.headers, self.raw = 302 if to else 200, {"Location": to} if to else {"Content-Length": "5"}, io.BufferedReader(io.BytesIO(b"hello"))

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None: ...
    def close(self) -> None: ...


class Session(list):
    """Replies of a server that is asked with TLS."""

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None: ...

    def request(self, *_: object, **__: object) -> Reply:
        return self.pop(0)


@pytest.mark.parametrize(("to", "followed"), [("https://example.org/b", True), ("HTTPS://example.org/b", True), ("/b", True), ("http://example.org/b", False)])
def test_what_came_encrypted_is_not_sent_on_in_the_open(one, monkeypatch, to, followed):
    monkeypatch.setattr(download, "_session", lambda clock: Session([Reply(to), Reply()]))
    if followed:
        one.fetch("https://example.org/a.xls")
        assert one.part.read_bytes() == b"hello"
    else:
        with pytest.raises(Failed, match="the server sends the request on to 'http://example.org/b', a place that the catalogue does not name"):
            one.fetch("https://example.org/a.xls")


# ---- failing -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("error", "why", "unreachable"), [
    (socket.gaierror(-2, "Name or service not known"), "no connection (name not resolved)", True), (ConnectionRefusedError(111, "Connection refused"), "no connection (refused)", True),
    (ConnectionResetError(104, "Connection reset by peer"), "no connection (reset)", False),
    (ConnectionAbortedError(103, "Software caused connection abort: aborted"), "no connection (broken off)", False), (OSError(101, "Network is unreachable"), "no connection (ConnectionError)", False), (TimeoutError(), "no connection within the time limit", True)])
def test_why_nobody_answers(one, wire, error, why, unreachable):
    one.patience = Patience(retries=0)
    wire.replies = [error]
    with pytest.raises(Failed) as caught:
        one.fetch(URL)
    assert str(caught.value).startswith(why) and caught.value.unreachable is unreachable
    wire.replies = [moved("/b"), error]
    with pytest.raises(Failed) as caught:
        one.fetch(URL)
    assert str(caught.value).startswith(why) and not caught.value.unreachable, "the first server is there"


def test_what_came_is_kept_for_the_next_run_and_said(one, wire):
    one.patience = Patience(retries=0)
    assert told(one, wire, SHORT) == "the connection broke off, after 1 attempts; 3 bytes kept, the next run continues"
    assert told(one, wire, answers("304 Not Modified")) == "the server answers 304"
    assert one.part.read_bytes() == b"hel"
    one.forget()
    assert told(one, wire, answers("500 No")) == "the server answers 500, after 1 attempts"


def test_a_body_in_chunks_that_ends_before_the_length_that_was_declared(one, wire):
    one.patience = Patience(retries=0)
    said = told(one, wire, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    assert said.startswith("only 5 of 9 bytes came") and one.part.read_bytes() == b"hello"


@pytest.mark.parametrize(("head", "why"), [
    ("403 No", "the server answers 403"), ("204 Nothing", "the server answers 204"), ("200 OK\r\nContent-Encoding: br", "the server packs it (br), though asked for the file as it is"),
    ("200 OK\r\nContent-Length: 11", "11 bytes: more than the 10 that this file can have")])
def test_an_answer_that_is_no_use_is_not_asked_for_again(one, wire, head, why):
    assert told(one, wire, f"HTTP/1.1 {head}\r\n\r\n".encode()) == why and wire.slept == []


@pytest.mark.parametrize("code", ["404 Not Found", "410 Gone"])
def test_a_file_that_is_not_there(one, wire, code):
    wire.replies = [answers(code)]
    with pytest.raises(Missing, match=f"the server answers {code[:3]}"):
        one.fetch(URL)


def test_a_file_of_just_the_size_that_it_may_have(one, wire):
    for declared in (b"Content-Length: 10\r\n", b""):
        wire.replies = [b"HTTP/1.1 200 OK\r\n" + declared + b"\r\n0123456789"]
        one.fetch(URL)
        assert one.part.read_bytes() == b"0123456789" and one.length_declared is bool(declared)
    assert told(one, wire, b"HTTP/1.1 200 OK\r\n\r\n0123456789x") == "more than the 10 bytes that this file can have"
    assert not one.part.exists()


def test_the_bar_shows_how_much_of_the_file_is_there(one, wire, monkeypatch):
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", screen := Screen())
    one.label, wire.replies = "PCI 2024", [HELLO]
    one.fetch(URL)
    assert "PCI 2024:   0%|" in screen.getvalue() and "/5.00" in screen.getvalue()
    one.label, wire.replies, shown = "", [HELLO], len(screen.getvalue())
    one.fetch(URL)
    assert len(screen.getvalue()) == shown, "no bar without a name"
