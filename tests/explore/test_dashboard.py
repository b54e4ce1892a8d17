"""The dashboard's server, running: how many kernels it keeps, and to whom it answers."""

from __future__ import annotations

import base64
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import psutil
import pytest

from govlib.explore import dashboard

pytestmark = pytest.mark.slow
MOST, IDLE = 2, 3  # kernels; seconds after which one without a page is ended


class Server:
    def __init__(self, folder: Path):
        note = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print('here I am')")],
                                        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
        nbformat.write(note, folder / "note.ipynb")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = folder / "log.txt"
        self.process = subprocess.Popen(
            dashboard.command(folder / "note.ipynb", f"--port={self.port}", "--no-browser", f"--Kernels.most={MOST}", f"--Kernels.spare={IDLE}",
                              f"--MappingKernelManager.cull_idle_timeout={IDLE}", "--MappingKernelManager.cull_interval=1", "--Dashboard.hosts=dash.example"),
            env=os.environ, cwd=folder, stdout=self.log.open("w"), stderr=subprocess.STDOUT)

    def wait(self) -> None:
        for _ in range(240):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.25)
        raise AssertionError(self.log.read_text())

    def get(self, path: str = "/", **headers: str) -> tuple[int, str, dict]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={k.replace("_", "-"): v for k, v in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, reply.read().decode(), dict(reply.headers)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), dict(error.headers)

    def websocket(self, kernel: str, host: str, origin: str | None) -> tuple[int, socket.socket]:
        """Status of the handshake, and the open connection."""
        line = socket.create_connection(("127.0.0.1", self.port), 30)
        told = f"Origin: {origin}\r\n" if origin else ""
        key = base64.b64encode(os.urandom(16)).decode()
        line.sendall(f"GET /api/kernels/{kernel}/channels HTTP/1.1\r\nHost: {host}\r\n{told}Upgrade: websocket\r\nConnection: Upgrade\r\n"
                     f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        return int(line.recv(4096).split()[1]), line

    def kernels(self) -> int:
        return sum("ipykernel" in " ".join(child.cmdline()) for child in psutil.Process(self.process.pid).children(recursive=True)
                   if child.status() != psutil.STATUS_ZOMBIE)

    def until(self, count: int, seconds: float = 30) -> int:
        deadline = time.monotonic() + seconds
        while self.kernels() != count and time.monotonic() < deadline:
            time.sleep(0.2)
        return self.kernels()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("dashboard"))
    try:
        made.wait()
        yield made
    finally:
        made.process.terminate()
        made.process.wait(30)


def opened(server) -> str:
    """A page; the id of its kernel."""
    status, page, _ = server.get()
    assert status == 200 and "here I am" in page, page[-500:]
    return re.search(r'"kernelId": "([0-9a-f-]+)"', page)[1]


FOREIGN = ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example:{port}", "8.8.8.8", "evil.example@127.0.0.1",
           "[::1", "", "LOCALHOST.EVIL.EXAMPLE", "dash.example.evil"]
OURS = ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LocalHost", "127.0.0.2", "dash.example", "Dash.Example:8080"]
PLACES = ["/", "/voila/static/voila.js", "/voila/files/note.ipynb", "/api/kernels/x", "/voila/api/shutdown/x", "/nowhere"]


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("host", FOREIGN)
def test_another_name_gets_nothing(server, host, path):
    before = server.kernels()
    status, text, _ = server.get(path, Host=host.format(port=server.port))
    assert status in (400, 403) and "here I am" not in text and server.kernels() == before


@pytest.mark.parametrize("host", OURS)
def test_its_own_names_are_answered(server, host):
    assert server.get("/voila/static/voila.js", Host=host.format(port=server.port))[0] == 200


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:1"},
                                     {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "image"}, {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "iframe"},
                                     {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Dest": "script"}])
def test_another_site_s_page_gets_nothing(server, headers):
    assert server.get("/", Host=f"localhost:{server.port}", **headers)[0] == 403
    assert server.get("/voila/static/voila.js", Host=f"localhost:{server.port}", Sec_Fetch_Site="same-origin", Sec_Fetch_Dest="script")[0] == 200


def test_a_websocket_of_another_site_is_refused(server):
    kernel, here = opened(server), f"127.0.0.1:{server.port}"
    lines = []
    for host, origin, wanted in ((here, f"http://{here}", 101), (here, None, 101), ("evil.example", "http://evil.example", 403),
                                 (here, "http://evil.example", 403), (f"evil.example:{server.port}", f"http://evil.example:{server.port}", 403),
                                 (here, "null", 403), ("evil.example", None, 403)):
        status, line = server.websocket(kernel, host, origin)
        lines.append(line)
        assert status == wanted, (host, origin)
    for line in lines:
        line.close()


def test_kernels_are_capped_and_those_without_a_page_are_ended(server):
    assert server.until(0) == 0, "nobody is there: whatever other tests opened goes"
    here = f"127.0.0.1:{server.port}"
    first, second = (server.websocket(opened(server), here, f"http://{here}") for _ in range(MOST))
    assert (first[0], second[0], server.kernels()) == (101, 101, MOST)
    status, text, _ = server.get()
    assert status == 503 and "places are taken" in text and server.kernels() == MOST
    time.sleep(IDLE + 2)
    assert server.kernels() == MOST, "a page that is open keeps its kernel"
    for _, line in (first, second):
        line.close()
    assert server.until(0) == 0
    for _ in range(5):  # pages loaded and left at once
        server.get()
    assert server.kernels() <= MOST and server.until(0) == 0


def test_the_page_may_ask_nobody_else(server):
    server.until(0)
    policy = server.get()[2]["Content-Security-Policy"]
    rules = {name: rest for name, *rest in (part.split() for part in policy.split(";"))}
    assert rules["default-src"] == ["'none'"] and rules["connect-src"] == ["'self'"] and rules["frame-ancestors"] == ["'none'"]
    assert {source for sources in rules.values() for source in sources} <= {"'none'", "'self'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}
