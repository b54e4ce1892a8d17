"""Fetching, against a real HTTP server on loopback that misbehaves as servers do."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import http.server
import itertools
import json
import re
import threading
import time
from collections import defaultdict

import pytest

from govlib.collect import crosscheck, download, origins, pull
from govlib.collect.readers import pci_site_table
from govlib.errors import BadInput, UnknownName
from govlib.known import catalogue
from govlib.known.catalogue import Source

OLD = b"\xd0\xcf\x11\xe0" + bytes(range(256)) * 400      # 102 404 bytes, like a workbook
NEW = b"\xd0\xcf\x11\xe0" + bytes(reversed(range(256))) * 400
NOT_GATHERED = {"pci/workbooks/PCI_2023.xlsx"}          # found after the originals were gathered: comes by `make pull` only
FAST = {"backoff": 0.01, "retries": 3, "timeout": (2.0, 0.6), "progress": False}


class Server:
    """Serves ``content`` under ``path`` in the way that a test sets; keeps what was asked."""

    def __init__(self):
        self.content: dict[str, bytes] = {}
        self.behave: dict[str, list] = {}          # one behaviour an answer; the last one stays
        self.ranges, self.validators = True, True  # whether the server continues files, and dates them
        self.asked: dict[str, list[dict]] = defaultdict(list)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                outer.answer(self)

        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        threading.Thread(target=self.httpd.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.httpd.server_address[1]}"

    def answer(self, h):
        path = h.path.lstrip("/")
        self.asked[path].append(dict(h.headers))
        queue = self.behave.get(path, ["ok"])
        how = queue.pop(0) if len(queue) > 1 else queue[0]
        h.close_connection = True
        if isinstance(how, bytes):  # a reply as it goes over the wire
            h.wfile.write(how)
            return
        if callable(how):
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                how(h)
            return
        if isinstance(how, int):
            h.send_response(how)
            if how == 503:
                h.send_header("Retry-After", "0")
            h.send_header("Content-Length", "0")
            h.end_headers()
            return
        if path not in self.content:
            h.send_error(404)
            return
        body = self.content[path]
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        if self.validators and h.headers.get("If-None-Match") == etag:
            h.send_response(304)
            h.end_headers()
            return
        start = 0
        if self.ranges and (asked := h.headers.get("Range")) and h.headers.get("If-Range") in (None, etag):
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        h.send_response(206 if start else 200)
        if start:
            h.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if self.validators:
            h.send_header("ETag", etag)
        if how == "undeclared":
            h.send_header("Connection", "close")
        elif how in ("chunked", "chunks cut"):
            h.send_header("Transfer-Encoding", "chunked")
        else:
            h.send_header("Content-Length", str(len(body) - start))
        h.end_headers()
        rest = body[start:]
        try:
            if how == "slow":
                for i in range(0, len(rest), 8192):
                    h.wfile.write(rest[i:i + 8192])
                    h.wfile.flush()
                    time.sleep(0.05)
            elif how == "silent":
                h.wfile.write(rest[:5000])
                h.wfile.flush()
                time.sleep(1.2)
            elif how in ("chunked", "chunks cut"):
                for i in range(0, len(rest) // (2 if how == "chunks cut" else 1), 10_000):
                    piece = rest[i:i + 10_000]
                    h.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                h.wfile.write(b"" if how == "chunks cut" else b"0\r\n\r\n")
            elif how in ("truncated", "undeclared") or isinstance(how, tuple):
                n = how[1] if isinstance(how, tuple) else len(rest) // 2
                h.wfile.write(rest[:n])
            else:
                h.wfile.write(rest)
        except (BrokenPipeError, ConnectionResetError):
            return


@pytest.fixture
def server():
    made = Server()
    yield made
    made.httpd.shutdown()
    made.httpd.server_close()


@pytest.fixture
def world(monkeypatch, tmp_path, server):
    """A catalogue of three sources on the server, and an empty folder to fetch into."""
    def make(name: str, content: bytes = OLD, fetch: bool = True, mirror_path: str | None = None) -> Source:
        path = f"pci/{name}.xls" if mirror_path is None else mirror_path
        if path:
            server.content[f"{name}.xls"] = content
        return Source(name, "pci", "2010", "p", "t", "c", f"{server.url}/{name}.xls", "terms", "Excel 97 workbook",
                      hashlib.sha256(content).hexdigest() if path else "", "", "", fetch, path, 1, "2026-11-22", bytes=len(content))

    known = {s.id: s for s in (make("one"), make("two", NEW), make("pages", fetch=False, mirror_path=""),
                               make("typed", fetch=False))}
    monkeypatch.setattr(catalogue, "_all", lambda: known)
    monkeypatch.delenv("GOVLIB_MIRROR", raising=False)
    return tmp_path / "originals"


def ask(world, ids="one", **more):
    report = pull.pull(ids, folder=world, **{**FAST, **more})
    return report.iloc[0] if isinstance(ids, str) else report


def leftovers(world):
    """Everything but files in place and our own bookkeeping."""
    return sorted(p.name for p in world.rglob("*") if p.is_file() and p.name not in (".pull.json", ".pull.lock"))


def test_fetched_then_unchanged_without_asking_for_the_body_again(world, server):
    first = ask(world)
    assert (first["status"], first["bytes"]) == ("fetched", len(OLD))
    assert (world / "pci/one.xls").read_bytes() == OLD
    again = ask(world)
    assert again["status"] == "unchanged"
    assert "If-None-Match" in server.asked["one.xls"][-1] and leftovers(world) == ["one.xls"]


def test_a_slow_but_steady_server_is_waited_for(world, server):
    server.behave["one.xls"] = ["slow"]
    assert ask(world)["status"] == "fetched"
    assert len(server.asked["one.xls"]) == 1


def test_a_server_that_falls_silent_is_asked_again_for_the_rest(world, server):
    server.behave["one.xls"] = ["silent", "ok"]
    assert ask(world)["status"] == "fetched"
    assert server.asked["one.xls"][1]["Range"] == "bytes=5000-"
    assert (world / "pci/one.xls").read_bytes() == OLD


def test_a_truncated_body_is_continued(world, server):
    server.behave["one.xls"] = ["truncated", ("cut", 1000), "ok"]
    assert ask(world)["status"] == "fetched"
    assert [r.get("Range") for r in server.asked["one.xls"]] == [None, f"bytes={len(OLD) // 2}-", f"bytes={len(OLD) // 2 + 1000}-"]
    assert (world / "pci/one.xls").read_bytes() == OLD and leftovers(world) == ["one.xls"]


@pytest.mark.parametrize("lacking", ["ranges", "validators"])
def test_a_server_that_cannot_continue_is_asked_for_the_whole(world, server, lacking):
    setattr(server, lacking, False)
    server.behave["one.xls"] = ["truncated", "ok"]
    assert ask(world)["status"] == "fetched"
    assert (world / "pci/one.xls").read_bytes() == OLD


def test_an_interrupted_download_is_resumed_by_the_next_run(world, server):
    server.behave["one.xls"] = [("cut", 70_000), "ok"]
    first = ask(world, retries=0)
    assert first["status"] == "failed" and "70000 bytes kept" in first["why"]
    assert not (world / "pci/one.xls").exists()
    assert ask(world)["status"] == "fetched"
    assert server.asked["one.xls"][1]["Range"] == "bytes=70000-"
    assert (world / "pci/one.xls").read_bytes() == OLD and leftovers(world) == ["one.xls"]


def test_two_versions_are_never_joined(world, server):
    """The file changes on the server between the interruption and the next run."""
    server.content["one.xls"] = NEW
    server.behave["one.xls"] = [("cut", 70_000), "ok"]
    ask(world, retries=0)
    server.content["one.xls"] = OLD
    assert ask(world)["status"] == "fetched"
    assert (world / "pci/one.xls").read_bytes() == OLD


def test_a_body_of_undeclared_length_that_breaks_off_is_no_change_upstream(world, server):
    server.behave["one.xls"] = ["undeclared", "ok"]
    row = ask(world)
    assert row["status"] == "fetched" and (world / "pci/one.xls").read_bytes() == OLD


def test_a_chunked_body(world, server):
    server.behave["one.xls"] = ["chunks cut", "chunked"]
    assert ask(world)["status"] == "fetched" and (world / "pci/one.xls").read_bytes() == OLD
    assert server.asked["one.xls"][1]["Range"] == "bytes=60000-"


def test_404_is_missing_and_not_asked_twice(world, server):
    server.behave["one.xls"] = [404]
    assert ask(world)["status"] == "missing" and len(server.asked["one.xls"]) == 1
    assert leftovers(world) == []


@pytest.mark.parametrize("code", [500, 502, 503, 429])
def test_a_server_that_recovers(world, server, code):
    server.behave["one.xls"] = [code, code, "ok"]
    assert ask(world)["status"] == "fetched" and len(server.asked["one.xls"]) == 3


def test_a_server_that_does_not_recover(world, server):
    server.behave["one.xls"] = [500]
    row = ask(world)
    assert row["status"] == "failed" and "500" in row["why"] and "4 attempts" in row["why"]
    assert leftovers(world) == []
    server.behave["one.xls"] = [403]
    assert "403" in ask(world)["why"] and len(server.asked["one.xls"]) == 5  # not worth another attempt


def test_a_changed_file_keeps_the_old_and_lays_the_new_beside_it(world, server):
    ask(world)
    server.content["one.xls"] = NEW
    row = ask(world)
    name = f"one.xls.changed-{hashlib.sha256(NEW).hexdigest()[:8]}"
    assert row["status"] == "changed_upstream" and name in row["why"] and "old file is kept" in row["why"]
    assert (world / "pci/one.xls").read_bytes() == OLD and (world / "pci" / name).read_bytes() == NEW
    assert leftovers(world) == sorted(["one.xls", name])
    assert ask(world)["status"] == "changed_upstream" and leftovers(world) == sorted(["one.xls", name])  # said again, kept once


def test_what_a_publisher_changed_in_a_table_is_named_cell_by_cell(world, server):
    import dataclasses

    known = catalogue._all()
    old, new = "Province,Total\nBắc Ninh,70.79\n".encode(), "Province,Total\nBắc Ninh,70.97\n".encode()
    known["one"] = dataclasses.replace(known["one"], mirror_path="pci/one.csv", sha256=hashlib.sha256(old).hexdigest(), bytes=len(old))
    server.content["one.xls"] = old
    ask(world)
    server.content["one.xls"] = new
    assert ask(world)["why"].endswith("renew the checksum in the catalogue; changed there: B2 (Bắc Ninh): 70.79 → 70.97")
    assert (world / "pci/one.csv").read_bytes() == old and [p.read_bytes() for p in world.glob("pci/one.csv.changed-*")] == [new], "both are kept"
    (world / "pci/one.csv").unlink()
    assert "changed there" not in ask(world)["why"], "nothing to compare with"


def test_a_changed_file_is_not_taken_for_the_pinned_one(world, server):
    server.content["one.xls"] = NEW
    row = ask(world)
    assert row["status"] == "changed_upstream" and row["path"] == "" and not (world / "pci/one.xls").exists()


def test_a_web_page_in_place_of_a_workbook(world, server):
    server.content["one.xls"] = b"\n<!DOCTYPE html><html><body>Log in</body></html>"
    row = ask(world)
    assert row["status"] == "failed" and "web page" in row["why"] and leftovers(world) == []
    server.content["one.xls"] = b""
    assert "empty" in ask(world)["why"] and leftovers(world) == []


def test_a_damaged_local_file_is_replaced_and_kept_aside(world, server):
    ask(world)
    (world / "pci/one.xls").write_bytes(b"edited by hand")
    assert ask(world)["status"] == "fetched"
    assert (world / "pci/one.xls").read_bytes() == OLD
    assert [p.read_bytes() for p in world.glob("pci/one.xls.old-*")] == [b"edited by hand"]


def test_a_server_that_is_not_there(world, server):
    server.httpd.shutdown()
    server.httpd.server_close()
    began = time.monotonic()
    report = ask(world, ["one", "two"])
    assert set(report["status"]) == {"failed"} and "refused" in report["why"].iloc[0]
    assert "not asked again" in report["why"].iloc[1] and time.monotonic() - began < 5
    assert leftovers(world) == []


def test_what_was_fetched_survives_a_failing_server(world, server):
    ask(world)
    server.behave["one.xls"] = [500]
    row = ask(world)
    assert row["status"] == "failed" and row["path"].endswith("one.xls") and (world / "pci/one.xls").read_bytes() == OLD


def test_sources_without_a_file_of_their_own(world, server):
    report = ask(world, ["pages", "typed"])
    assert list(report["status"]) == ["missing", "missing"] and report["why"].str.len().min() > 20
    assert not server.asked


def test_mirror_folder(world, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror" / "pci"
    mirror.mkdir(parents=True)
    (mirror / "one.xls").write_bytes(OLD)
    (mirror / "typed.xls").write_bytes(NEW)  # not what the catalogue pins
    monkeypatch.setenv("GOVLIB_MIRROR", str(mirror.parent))
    report = pull.pull(folder=world, **FAST).set_index("id")
    assert report["status"].to_dict() == {"one": "fetched", "two": "missing", "typed": "changed_upstream"}
    assert ask(world)["status"] == "unchanged"
    with pytest.raises(BadInput, match="GOVLIB_MIRROR"):
        ask(world, mirror=str(tmp_path / "nowhere"))


def test_a_mirror_s_pages_that_cannot_be_copied_are_one_source_s_trouble(world, tmp_path, monkeypatch):
    origin = next(iter(pull.origins.ORIGINS))
    known = catalogue.source("one")
    monkeypatch.setattr(catalogue, "_all", lambda: {"one": known, origin: dataclasses.replace(known, id=origin, mirror_path="")})
    mirror = tmp_path / "mirror"
    (mirror / "pages" / origin).mkdir(parents=True)
    (mirror / "pages" / origin / "page.html").symlink_to(tmp_path / "gone")
    report = ask(world, [origin, "one"], mirror=mirror)
    assert list(report["status"]) == ["failed", "missing"] and "page.html" in report["why"].iloc[0]
    # the folder itself has a mirror's layout, and may be named as one
    assert ask(mirror, [origin], mirror=mirror)["status"].tolist() == ["unchanged"]


def test_mirror_base_url(world, server):
    server.content["m/pci/typed.xls"] = OLD
    report = ask(world, ["typed", "two"], mirror=server.url + "/m/")
    assert list(report["status"]) == ["fetched", "missing"]


def test_the_real_mirror(shared, tmp_path, monkeypatch):
    monkeypatch.setenv("GOVLIB_MIRROR", str(shared))
    report = pull.pull(["pci", "controls", "resolution-202-2025"], folder=tmp_path, **FAST)
    missing = {s.id for s in map(catalogue.source, report.loc[report["status"].eq("missing"), "id"]) if s.mirror_path not in NOT_GATHERED
               and s.id not in origins.ORIGINS}
    assert set(report["status"]) <= {"fetched", "missing"} and not missing and len(report) > 35
    assert (tmp_path / "pci/workbooks/PCI_2013.xlsx").stat().st_size == 172070
    assert set(pull.pull("pci", folder=tmp_path, **FAST)["status"]) <= {"unchanged", "missing"}


def test_unknown_id(world):
    with pytest.raises(UnknownName):
        ask(world, "three")


def test_command_line(world, server, monkeypatch, capsys):
    monkeypatch.setattr("govlib.paths.originals", lambda: world)
    assert pull.main(["one", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["id"] == "one" and rows[0]["status"] == "fetched"
    server.behave["two.xls"] = [404]
    assert pull.main(["one", "two"]) == 1                       # asked for by id, not there
    out = capsys.readouterr().out
    assert "1 unchanged, 1 missing" in out and "the server answers 404" in out
    assert pull.main([]) == 0                                   # something could be had
    server.content["one.xls"] = NEW
    (world / "pci/one.xls").unlink()
    assert pull.main(["one"]) == 1                              # there, but not what is pinned
    assert pull.main(["--list"]) == 0 and "one" in capsys.readouterr().out


def test_a_damaged_raw_file_is_told_by_its_index_once_all_is_fetched(world, monkeypatch, capsys):
    """Every index has a 2019.csv; and its damage held up a pull that does not touch it."""
    raw = world.parent / "raw"
    (raw / "pci").mkdir(parents=True)
    (raw / "pci/2019.csv").write_text("printed,province\nx,y\n", encoding="utf-8")
    monkeypatch.setattr("govlib.paths.originals", lambda: world)
    monkeypatch.setattr("govlib.paths.raw", lambda: raw)
    with pytest.raises(BadInput) as told:
        pull.main(["one"])
    assert "\n  1. pci/2019.csv, row 1, column province_printed: column is missing" in str(told.value)
    assert "1 fetched" in capsys.readouterr().out and (world / "pci/one.xls").read_bytes() == OLD
    for read in (lambda: crosscheck._held(raw, {("pci", 2019)}), lambda: pci_site_table._held(raw)):
        with pytest.raises(BadInput, match="pci/2019.csv, row 1"):
            read()


def test_nothing_half_written_when_the_run_is_killed(world, server, monkeypatch):
    """Whatever instant it dies at, a file under its own name is whole."""
    server.behave["one.xls"] = ["slow"]
    real = download.Download._receive

    class Killed(BaseException):
        pass

    def dying(self, reply, start, total):
        read, calls = reply.raw.read1, []

        def some(size):
            calls.append(size)
            if len(calls) == 5:
                raise Killed
            return read(size)

        reply.raw.read1 = some
        return real(self, reply, start, total)

    monkeypatch.setattr(download.Download, "_receive", dying)
    with pytest.raises(Killed):
        ask(world)
    assert not (world / "pci/one.xls").exists()
    monkeypatch.setattr(download.Download, "_receive", real)
    server.behave["one.xls"] = ["ok"]
    assert ask(world)["status"] == "fetched" and (world / "pci/one.xls").read_bytes() == OLD
    assert "Range" in server.asked["one.xls"][-1]


@pytest.mark.parametrize(("given", "said"), [({"mirror": "ftp://example.org"}, "not ftp"), ({"retries": -1}, "negative"),
                                             ({"mirror": "/no/such/folder"}, "there is no folder")])
def test_settings_that_cannot_be_meant(tmp_path, given, said):
    with pytest.raises(BadInput, match=said):
        pull.pull("pci-workbook-2019", folder=tmp_path / "originals", progress=False, **given)


# -- a server that means harm, or does not know better: its source fails, the others come ----------------------------------

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def endless(first, again, pause=0.0):
    def behave(h):
        h.wfile.write(first)
        for _ in itertools.repeat(None):
            h.wfile.write(again)
            h.wfile.flush()
            time.sleep(pause)
    return behave


def moved(to, code=302):
    return f"HTTP/1.1 {code} Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode("latin-1")


HOSTILE = {
    "an address that is none": (moved("http://[::1"), "catalogue does not name"),
    "an empty label": (moved("http://.example.com/"), "catalogue does not name"),
    "a file of this machine": (moved("file:///etc/passwd"), "catalogue does not name"),
    "another scheme": (moved("ftp://127.0.0.1/x"), "catalogue does not name"),
    "another host": (moved("http://example.com/one.xls"), "catalogue does not name"),
    "another host without a scheme": (moved("//example.com/one.xls"), "catalogue does not name"),
    "a name before the host": (moved("http://127.0.0.1@example.com/"), "catalogue does not name"),
    "a backslash before the host": (moved("http://127.0.0.1\\@example.com/"), "catalogue does not name"),
    "another port": (moved("http://127.0.0.1:9/one.xls"), "catalogue does not name"),
    "bytes for an address": (moved("\xff\xfe\x01"), ""),
    "round and round": (moved("/one.xls"), "redirected more than"),
    "a redirect to nowhere": (b"HTTP/1.1 302 Found\r\nConnection: close\r\n\r\n", "answers 302"),
    "a superscript for a length": (OK + b"Content-Length: \xb2\r\n\r\n" + OLD, ""),
    "words for a length": (OK + b"Content-Length: many\r\n\r\n" + OLD, ""),
    "two lengths": (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", "cannot be used"),
    "a negative length": (OK + b"Content-Length: -5\r\n\r\n" + OLD, ""),
    "a length beyond reason": (OK + b"Content-Length: " + b"9" * 12 + b"\r\n\r\nx", "more than the"),
    "a length of five thousand digits": (OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nx", ""),
    "a superscript for a wait": (b"HTTP/1.1 503 Busy\r\nRetry-After: \xb3\r\nContent-Length: 0\r\n\r\n", "answers 503"),
    "words for a wait": (b"HTTP/1.1 429 Busy\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n", "answers 429"),
    "a status that is none": (b"HTTP/1.1 2OO OK\r\n\r\n", "no connection|broke off"),
    "no HTTP at all": (b"220 smtp ready\r\n", "no connection|broke off"),
    "nothing": (b"", "no connection|broke off"),
    "a body said to be packed": (OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8bnot gzip", "packs it"),
    "chunks of no size": (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc", "broke off"),
    "chunks of a negative size": (OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabc", "."),
    "a part that nobody asked for": (b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-9/100\r\nContent-Length: 10\r\n\r\n0123456789", "another place"),
    "a range that is none": (b"HTTP/1.1 206 Partial\r\nContent-Range: bytes \xb2-\xb3/x\r\nContent-Length: 1\r\n\r\nx", "another place"),
    "not modified, though nothing is here": (b"HTTP/1.1 304 Not Modified\r\n\r\n", "answers 304"),
    "a header without end": (endless(OK, b"X: " + b"y" * 1000), "no connection|broke off|cannot be used"),
    "headers without end": (endless(OK, b"X: y\r\n"), "no connection|broke off|cannot be used"),
    "a header, letter by letter": (endless(OK, b"x", 0.1), "took longer than 1.5 s"),
    "a body without end": (endless(OK + b"\r\n", bytes(65536)), "more than the"),
    "a body, letter by letter": (endless(OK + b"\r\n", b"x", 0.1), "took longer than 1.5 s"),
    "hundreds of continues": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01), "took longer than 1.5 s"),
    "an etag that cannot be sent back": (OK + b"ETag: \"\xff\x01\"\r\nContent-Length: 3\r\n\r\nabc", ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_every_source_stands_alone(world, server, case):
    reply, why = HOSTILE[case]
    server.behave["one.xls"] = [reply]
    began = time.monotonic()
    report = ask(world, ["one", "two"], retries=1, longest=1.5).set_index("id")
    assert report.loc["two", "status"] == "fetched", "another source of the same server"
    one = report.loc["one"]
    if why:
        assert one["status"] == "failed" and re.search(why, one["why"]), one["why"]
        assert not (world / "pci/one.xls").exists()
    else:  # the length is rubbish, the file is whole; or it is another file, or none
        assert one["status"] in ("fetched", "changed_upstream", "missing")
    kept = world / "pci/.one.xls.part"
    assert not kept.exists() or kept.stat().st_size <= pull.limit(catalogue.source("one"))
    assert time.monotonic() - began < 25  # 1.5 s a file and attempt, on a machine that is busy elsewhere too


def test_a_redirect_within_the_catalogue_is_followed(world, server):
    server.content["elsewhere/one.xls"] = OLD
    server.behave["one.xls"] = [moved("/elsewhere/one.xls", 301)]
    assert ask(world)["status"] == "fetched" and (world / "pci/one.xls").read_bytes() == OLD


def test_a_redirect_to_a_server_that_only_the_first_one_names(world, server):
    other = Server()
    try:
        other.content["one.xls"] = OLD
        server.behave["one.xls"] = [moved(f"{other.url}/one.xls")]
        row = ask(world)
        assert row["status"] == "failed" and "does not name" in row["why"] and not other.asked
    finally:
        other.httpd.shutdown()
        other.httpd.server_close()


def test_the_catalogue_bounds_a_file(world, server):
    """What is there may have grown to twice its size, so that it can be looked at; not more."""
    server.content["one.xls"] = OLD * 2
    assert ask(world)["status"] == "changed_upstream"
    server.content["one.xls"] = OLD * 8
    for how in ("ok", "undeclared", "chunked"):
        server.behave["one.xls"] = [how]
        row = ask(world)
        assert row["status"] == "failed" and str(2 * len(OLD) + 100_000) in row["why"], how
    assert leftovers(world) == [f"one.xls.changed-{hashlib.sha256(OLD * 2).hexdigest()[:8]}"]


def test_the_sizes_of_the_catalogue_are_those_of_the_files(shared):
    for source in map(catalogue.source, catalogue.ids()):
        if source.mirror_path not in NOT_GATHERED:
            assert source.bytes == ((shared / source.mirror_path).stat().st_size if source.mirror_path else 0), source.id


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"pci/one.xls": []}', '{"pci/one.xls": {"url": 1, "etag": 5}}', "[" * 100_000,
                                  '{"pci/one.xls": {"etag": "a\\nb", "last_modified": ["x"]}}', "\x00\xff"])
def test_damaged_bookkeeping_is_thrown_away(world, server, text):
    ask(world)
    state = world / ".pull.json"
    told = text
    if "etag" in text:  # an entry that looks like ours but for the value
        told = json.dumps({"pci/one.xls": {**json.loads(state.read_text())["pci/one.xls"], **json.loads(text)["pci/one.xls"]}})
        told = told.replace('"url": 1', f'"url": "{server.url}/one.xls"')
    state.write_text(told, encoding="utf-8")
    (world / "pci/.one.xls.part.json").write_text(told, encoding="utf-8")
    (world / "pci/.one.xls.part").write_bytes(b"x")
    report = ask(world, ["one", "two"])
    assert list(report["status"]) == ["unchanged", "fetched"]
    assert set(json.loads(state.read_text())) >= {"pci/two.xls"}


@pytest.mark.parametrize(("field", "value", "why"), [("url", "http://[::1", "not an http"), ("url", "file:///etc/passwd", "not an http"),
                                                     ("url", "http://.x/", "not an http"), ("mirror_path", "../../outside", "leads out"),
                                                     ("mirror_path", "/etc/passwd", "leads out"), ("mirror_path", "a\0b", "null")])
def test_a_source_that_is_entered_wrongly_harms_no_other(world, field, value, why):
    import dataclasses

    known = catalogue._all()
    known["one"] = dataclasses.replace(known["one"], **{field: value})
    report = ask(world, ["one", "two"])
    assert list(report["status"]) == ["failed", "fetched"] and why in report["why"].iloc[0]
