"""Coverage-guided fuzzing of everything that reads what strangers write: text, tables, workbooks, names, numbers, addresses,
servers' answers.

    pip install atheris; python benchmarks/fuzz.py workbook --runs 100000 [--corpus DIR] [--seed 1]
    python benchmarks/fuzz.py all --runs 20000

An input passes when it is read, or refused with the project's own error, within two seconds of processor time and 300 MB. Anything
else stops the run with the input kept in ``--corpus`` (crash-…), which then becomes a case of tests/forms/test_hostile.py.
Atheris (Google, libFuzzer for Python) is not among the project's dependencies: 30 MB, Linux and macOS only, needed by nobody who
uses or tests the project.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from unittest import mock

SECONDS, MEGABYTES = 2.0, 300
NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = ('<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
         '<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" s="1"><f>1+1</f><v>2</v></c></row>'
         '<row r="3"><c r="A3" t="s" s="2"><v>2</v></c><c r="B3" s="2"><v>0.5</v></c></row></sheetData>'
         '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>')
STYLES = ('<numFmts count="1"><numFmt numFmtId="164" formatCode="0.0&quot;%&quot;;[Red]-0"/></numFmts>'
          '<fonts><font/><font><strike/></font></fonts>'
          '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14" fontId="1"/></cellXfs>')
STRINGS = ('<si><t>a</t></si><si><r><rPr><vertAlign val="superscript"/></rPr><t>1</t></r><r><t>_x000D_</t></r></si>'
           '<si><t>x</t><rPh><t>y</t></rPh></si>')
PARTS = {"sheet": "xl/worksheets/sheet1.xml", "styles": "xl/styles.xml", "strings": "xl/sharedStrings.xml"}
NAME = "Tỉnh Bắc Ninh"
GIVEN: dict[str, list[bytes]] = {
    "decode": [f"{NAME}, 90,12\n".encode(), NAME.encode("cp1258", "ignore"), b"B\xbec Ninh;1\n", NAME.encode("utf-16")],
    "table": [b"a,b\r\nx,1\r\n", b'a;b\n"x\ny";1,5\n', "#index,pci\na\tb\nx\t2\n".encode("utf-16")],
    "sheet": [f'<worksheet xmlns="{NS}">{SHEET}</worksheet>'.encode()],
    "styles": [f'<styleSheet xmlns="{NS}">{STYLES}</styleSheet>'.encode()],
    "strings": [f'<sst xmlns="{NS}">{STRINGS}</sst>'.encode()],
    "workbook": [],
    "xls": [],
    "number": [b"90,12", b"1.234,5", b"-", "½".encode(), b"1e5"],
    "format": [b"0.00%", b"#,##0,", b"dd/mm", b"[>1]0;@"],
    "province": [NAME.encode(), b"TP.HCM", b"Thua Thien - Hue", b"01"],
    "page": [b"<script>", b"=cmd|' /C calc'!A0", b"a & b"],
    "address": [b"https://pcivietnam.vn/a", b"http://[::1", b"http://.example.com/", b"//user@host:99999/"],
    # the first byte says whether a part of the file is there already
    "pull": [b"0HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"a\"\r\n\r\nhello", b"0HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n",
             b"1HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 3-4/5\r\nContent-Length: 2\r\n\r\nlo",
             b"0HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
             b"0HTTP/1.1 304 Not Modified\r\n\r\n",
             b"0HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0", b"1HTTP/1.1 503 No\r\nRetry-After: 0\r\n\r\n"],
    "years": [b"2006:2012", b"2012:2006", b"x"],
}


def _xls(path: Path) -> bytes:
    """A small .xls by the tests' writer; no library here writes one."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    from kit import xls

    xls.write(path, xls.Sheet("data", [["a", "b"], ["x", xls.Formatted(0.125, "0.0%")], ["Bắc Ninh", xls.Raised("90,12", "2")]]))
    return path.read_bytes()


def _pull(folder: Path) -> Callable[[bytes], object]:
    """A server's answer through the libraries and ours, without a network: a socket that holds it stands for one."""
    import urllib3

    from govlib.collect import download

    part, limit = folder / "pulled", 10_000
    patience = download.Patience(retries=1, backoff=0, connect=0.2, silence=0.2, total=0.4)

    def read(data: bytes) -> None:
        servers: list[socket.socket] = []

        def connect(*_: object, **__: object) -> socket.socket:
            ours, server = socket.socketpair()
            servers.append(server)
            server.sendall(data[1:])
            server.shutdown(socket.SHUT_WR)
            return ours

        one = download.Download(part, limit, {"example.com"}, patience)
        one.forget()
        if data[:1] == b"1":
            part.write_bytes(b"hel")
            one.note.write_text('{"url": "http://example.com/a", "etag": "\\"a\\""}')
        with mock.patch.object(urllib3.util.connection, "create_connection", connect):
            try:
                one.fetch("http://example.com/a")
            except (download.Missing, download.Failed):
                pass  # said in words: what is wanted
            finally:
                for server in servers:
                    server.close()
        assert not part.exists() or part.stat().st_size <= limit

    return read


def targets(folder: Path) -> dict[str, Callable[[bytes], object]]:
    """Name → what reads the input; the file it may need lies in ``folder``."""
    import openpyxl

    from govlib.collect import download
    from govlib.did.base import parse_years
    from govlib.errors import GovlibError
    from govlib.forms import containers, encodings, excel, number_formats, table
    from govlib.forms.formulas import safe
    from govlib.known import provinces
    from govlib.publish import show
    from govlib.text import parse_number

    layout = table.Layout({}, ("a", "b"), ("a",), make="the form")
    book = openpyxl.Workbook()
    book.active.title = "data"
    for row in (["a", "b"], ["x", 1], ["Bắc Ninh", 90.12]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    good = out.getvalue()
    GIVEN["workbook"].append(good)
    GIVEN["xls"].append(_xls(folder / "given.xls"))  # without an example the fuzzer finds no way past the container

    def text(data: bytes) -> str:
        return data.decode("utf-8", "replace")

    def file(name: str, data: bytes) -> Path:
        path = folder / name
        path.write_bytes(data)
        return path

    def form(name: str) -> Callable[[bytes], object]:
        """By the reader of forms and, whatever that one says, by the reader of publishers' workbooks."""
        def read(data: bytes) -> None:
            path = file(name, data)
            with contextlib.suppress(GovlibError):
                table.read(path, layout).refuse()
            if name.endswith("x"):
                excel.read_sheets(path)
        return read

    def part(name: str) -> Callable[[bytes], object]:
        """One part of a workbook whose cells refer to strings and styles. The others lie packed already: unpacking and packing
        them anew, theme and properties too, took a third of a run."""
        with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(rest := io.BytesIO(), "w") as new:
            parts = {each: old.read(each) for each in old.namelist() if not each.startswith(("docProps/", "xl/theme/"))}
            parts |= {PARTS[other]: GIVEN[other][0] for other in PARTS}
            parts.pop(PARTS[name])
            for each in parts:
                new.writestr(each, parts[each])
        packed, reader = rest.getvalue(), form("fuzz.xlsx")

        def read(data: bytes) -> object:
            (made := io.BytesIO()).write(packed)
            with zipfile.ZipFile(made, "a") as new:
                new.writestr(PARTS[name], data)
            return reader(made.getvalue())
        return read

    def page(data: bytes) -> None:
        """Text stays text: one tag, the same words, no formula."""
        given, seen, tags = text(data), [], []
        reader = HTMLParser()
        reader.handle_data, reader.handle_starttag = seen.append, lambda tag, attributes: tags.append((tag, dict(attributes)))
        reader.feed(str(show.num(given, source=given or "s", locator=given or "l")))
        reader.close()
        assert tags == [("span", {"class": "num", "data-source": given or "s", "data-locator": given or "l"})], tags
        assert "".join(seen) == given
        cell = str(safe(given))
        assert not cell.startswith(tuple("=+-@\t\r")) or re.fullmatch(r"[+-]?[\d.,]*%?", cell), cell  # a plain number is none

    return {
        "decode": lambda data: encodings.decode(Path("fuzz.csv"), data), "table": form("fuzz.csv"), "workbook": form("fuzz.xlsx"),
        **{name: part(name) for name in PARTS},
        "xls": lambda data: (containers.check_ole(path := file("fuzz.xls", data), data), table.read(path, layout).refuse()),
        "number": lambda data: parse_number(text(data)),
        "format": lambda data: [number_formats.shown(v, text(data)) for v in (0.0, 90.125, -3.5, 1e9)],
        "province": lambda data: provinces.resolve(text(data)), "page": page, "address": lambda data: download.host(text(data)),
        "pull": _pull(folder), "years": lambda data: parse_years(text(data)),
    }


def one(name: str, runs: int, corpus: Path, seed: int) -> None:
    """Fuzz one target in this process; libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=["govlib"]):
        folder = Path(tempfile.mkdtemp(prefix="govlib-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        read = targets(folder)[name]
        from govlib.errors import GovlibError

    def test(data: bytes) -> None:
        began = time.process_time()
        try:
            read(data)
        except GovlibError:
            pass  # refused in the project's own words: what is wanted
        took = time.process_time() - began
        if took > SECONDS:
            raise TimeoutError(f"{took:.1f} s for {len(data)} bytes")
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 > MEGABYTES + 500:  # what the libraries take by themselves
            raise MemoryError(f"{len(data)} bytes")

    corpus.mkdir(parents=True, exist_ok=True)
    for k, data in enumerate(GIVEN[name]):
        (corpus / f"given-{k}").write_bytes(data)
    atheris.Setup([sys.argv[0], f"-runs={runs}", f"-seed={seed}", "-max_len=20000", "-print_final_stats=1", "-verbosity=0",
                   f"-artifact_prefix={corpus}/", str(corpus)], test)
    atheris.Fuzz()


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("target", choices=[*GIVEN, "all"])
    ask.add_argument("--runs", type=int, default=20_000)
    ask.add_argument("--corpus", type=Path, default=Path(tempfile.gettempdir()) / "govlib-corpus")
    ask.add_argument("--seed", type=int, default=1)
    args = ask.parse_args()
    if args.target != "all":
        one(args.target, args.runs, args.corpus / args.target, args.seed)
        return 0
    print("| target | executions | state |\n|---|---|---|")
    wrong = 0
    for name in GIVEN:
        command = [sys.executable, __file__, name, "--runs", str(args.runs), "--corpus", str(args.corpus), "--seed", str(args.seed)]
        done = subprocess.run(command, capture_output=True, text=True)
        said = done.stderr.strip().splitlines() or ["nothing said"]
        count = next((line.rsplit(":", 1)[1].strip() for line in said if "number_of_executed_units" in line), "?")
        print(f"| {name} | {count} | {f'stopped: {said[-1][:90]}' if done.returncode else 'clean'} |", flush=True)
        wrong += bool(done.returncode)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
