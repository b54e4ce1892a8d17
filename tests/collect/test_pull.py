"""Fetching, against a real HTTP server on loopback that misbehaves as servers do."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
import time
from collections import defaultdict

import pytest

from govlib.collect import pull
from govlib.errors import BadInput, UnknownName
from govlib.known import catalogue
from govlib.known.catalogue import Source

OLD = b"\xd0\xcf\x11\xe0" + bytes(range(256)) * 400      # 102 404 bytes, like a workbook
NEW = b"\xd0\xcf\x11\xe0" + bytes(reversed(range(256))) * 400
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
                      hashlib.sha256(content).hexdigest() if path else "", "", "", fetch, path, 1, "2026-11-22")

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


def test_mirror_base_url(world, server):
    server.content["m/pci/typed.xls"] = OLD
    report = ask(world, ["typed", "two"], mirror=server.url + "/m/")
    assert list(report["status"]) == ["fetched", "missing"]


def test_the_real_mirror(shared, tmp_path, monkeypatch):
    monkeypatch.setenv("GOVLIB_MIRROR", str(shared))
    report = pull.pull(["pci", "controls", "resolution-202-2025"], folder=tmp_path, **FAST)
    assert set(report["status"]) == {"fetched"} and len(report) > 35
    assert (tmp_path / "pci/workbooks/PCI_2013.xlsx").stat().st_size == 172070
    assert set(pull.pull("pci", folder=tmp_path, **FAST)["status"]) == {"unchanged"}


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


def test_nothing_half_written_when_the_run_is_killed(world, server, monkeypatch):
    """Whatever instant it dies at, a file under its own name is whole."""
    server.behave["one.xls"] = ["slow"]
    real = pull.ResumingDownloader._receive

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

    monkeypatch.setattr(pull.ResumingDownloader, "_receive", dying)
    with pytest.raises(Killed):
        ask(world)
    assert not (world / "pci/one.xls").exists()
    monkeypatch.setattr(pull.ResumingDownloader, "_receive", real)
    server.behave["one.xls"] = ["ok"]
    assert ask(world)["status"] == "fetched" and (world / "pci/one.xls").read_bytes() == OLD
    assert "Range" in server.asked["one.xls"][-1]


@pytest.mark.parametrize(("given", "said"), [({"mirror": "ftp://example.org"}, "not ftp"), ({"retries": -1}, "negative"),
                                             ({"mirror": "/no/such/folder"}, "there is no folder")])
def test_settings_that_cannot_be_meant(tmp_path, given, said):
    with pytest.raises(BadInput, match=said):
        pull.pull("pci-workbook-2019", folder=tmp_path / "originals", progress=False, **given)
