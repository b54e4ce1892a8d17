"""Fetch the publishers' own files into ``data/raw/originals``, from their public origin or from a mirror.

For each source one of: ``fetched``, ``unchanged``, ``missing`` (404, or no file of its own at a public address),
``changed_upstream`` (what is there is not what the catalogue pins: the old file stays, the new one lies beside it as
``<name>.changed-<sha8>``), ``failed`` with the reason. A file under its own name is always whole and as pinned:
downloads grow in a hidden ``.part`` file, which the next run continues, and are moved into place when the checksum fits.

The layout under ``originals`` is that of a mirror (``Source.mirror_path``), so that readers take either.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from govlib import paths
from govlib.errors import BadInput, UnknownName
from govlib.known import catalogue, indices
from govlib.known.catalogue import Source

if TYPE_CHECKING:
    import pandas as pd

STATUSES = ("fetched", "unchanged", "missing", "changed_upstream", "failed")
TIMEOUT = (10.0, 30.0)      # seconds to connect, seconds of silence; a slow but steady server is waited for
RETRIES, BACKOFF, LONGEST_WAIT = 4, 1.0, 30.0
MAX_BYTES = 200_000_000     # the largest source is under 2 MB
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_GONE = {404, 410}


@dataclass(frozen=True, slots=True)
class Status:
    """What became of one source; path is empty where no file is in place."""

    id: str
    index_id: str
    status: str
    why: str
    path: str
    bytes: int
    origin: str


class _Missing(Exception):
    """The server says that there is no such file."""


class _Failed(Exception):
    """The download cannot be completed; unreachable: nothing at that address answers at all."""

    def __init__(self, why: str, unreachable: bool = False):
        super().__init__(why)
        self.unreachable = unreachable


class ResumingDownloader:
    """A download that retries, continues a partial file with HTTP Range, and knows when a body is short.

    ``part`` keeps what has arrived, across attempts and across runs; the server's ETag or date beside it (``.json``)
    makes sure that two versions are never joined. ``not_modified`` is set when a conditional request found no change.
    """

    def __init__(self, part: Path, *, retries: int, backoff: float, timeout: tuple[float, float], label: str = "",
                 progress: bool = False, validators: dict[str, str] | None = None, sleep: Callable[[float], None] = time.sleep):
        self.part, self.note = part, part.with_name(part.name + ".json")
        self.retries, self.backoff, self.timeout = retries, backoff, timeout
        self.label, self.progress, self.sleep = label, progress, sleep
        self.validators = validators or {}
        self.seen: dict[str, str] = {}
        self.not_modified = False
        self.resumed = False
        self.length_declared = False

    def forget(self) -> None:
        for leftover in (self.part, self.note):
            leftover.unlink(missing_ok=True)

    def download(self, url: str) -> None:
        """Bring ``part`` to full length; raises _Missing or _Failed."""
        import requests

        for attempt in range(self.retries + 1):
            unreachable = False
            try:
                self._attempt(url)
                return
            except _Again as again:
                why, wait = str(again), again.wait
            except requests.exceptions.ConnectTimeout:
                why, wait, unreachable = "no connection within the time limit", None, True
            except requests.exceptions.Timeout:
                why, wait = f"silent for {self.timeout[1]:g} s", None
            except requests.exceptions.ChunkedEncodingError:
                why, wait = "the connection broke off", None
            except requests.exceptions.ConnectionError as error:
                reason = _reason(error)  # a connection that breaks off also ends here; only the others mean that nobody is there
                why, wait, unreachable = f"no connection ({reason})", None, reason in ("name not resolved", "refused")
            except requests.exceptions.RequestException as error:
                raise _Failed(f"{type(error).__name__}: {error}") from error
            if attempt == self.retries:
                have = self.part.stat().st_size if self.part.exists() else 0
                kept = f"; {have} bytes kept, the next run continues" if have else ""
                raise _Failed(f"{why}, after {attempt + 1} attempts{kept}", unreachable)
            self.sleep(min(LONGEST_WAIT, wait if wait is not None else self.backoff * 2**attempt))

    def _attempt(self, url: str) -> None:
        import requests
        import urllib3

        have = self.part.stat().st_size if self.part.exists() else 0
        note = _read_json(self.note) if have else {}
        validator = note.get("etag") or note.get("last_modified")
        if have and (not validator or note.get("url") != url):
            have = 0  # nothing says that the rest would belong to the same version
        headers = {"Accept-Encoding": "identity", "User-Agent": "govlib (research; provincial governance indices)"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": validator}
        elif self.validators:
            headers |= self.validators
        with requests.get(url, headers=headers, stream=True, timeout=self.timeout) as reply:
            code = reply.status_code
            if code == 304:
                self.not_modified = True
                return
            if code in _GONE:
                raise _Missing(f"the server answers {code}")
            if code == 416:  # the part is as long as the file, or longer: take no chances
                self.forget()
                raise _Again("the server refuses to continue a partial download", 0.0)
            if code in _AGAIN:
                raise _Again(f"the server answers {code}", _retry_after(reply.headers.get("Retry-After")))
            if code not in (200, 206):
                raise _Failed(f"the server answers {code}")
            start = _range_start(reply.headers.get("Content-Range")) if code == 206 else 0
            if start not in (0, have):
                self.forget()
                raise _Again("the server continues at another place", 0.0)
            self.resumed = start > 0
            self.seen = {k: v for k, v in (("etag", _strong(reply.headers.get("ETag"))),
                                           ("last_modified", reply.headers.get("Last-Modified"))) if v}
            length = reply.headers.get("Content-Length")
            self.length_declared = length is not None
            total = start + int(length) if length is not None and length.isdigit() else None
            if total is not None and total > MAX_BYTES:
                raise _Failed(f"{total} bytes: larger than any source can be")
            self.note.write_text(json.dumps({"url": url, **self.seen}), encoding="utf-8")
            try:
                got = self._receive(reply, start, total)
            except urllib3.exceptions.ReadTimeoutError:
                raise _Again(f"silent for {self.timeout[1]:g} s", None) from None
            except urllib3.exceptions.HTTPError:
                raise _Again("the connection broke off", None) from None
        if total is not None and got < total:
            raise _Again(f"only {got} of {total} bytes came", None)

    def _receive(self, reply: Any, start: int, total: int | None) -> int:
        got = start
        with self.part.open("ab" if start else "wb") as out, _bar(self.label, total, start, self.progress) as advance:
            # what is there is written at once: a larger fixed block would lose up to its size when the line breaks
            while chunk := reply.raw.read1(1 << 16):
                out.write(chunk)
                got += len(chunk)
                advance(len(chunk))
                if got > MAX_BYTES:
                    raise _Failed(f"more than {MAX_BYTES} bytes: larger than any source can be")
        return got


class _Again(Exception):
    """Worth another attempt, after ``wait`` seconds where the server or the case says so."""

    def __init__(self, why: str, wait: float | None):
        super().__init__(why)
        self.wait = wait


def _reason(error: Exception) -> str:
    text = str(error)
    for sign, why in (("NameResolution", "name not resolved"), ("getaddrinfo", "name not resolved"),
                      ("refused", "refused"), ("reset", "reset"), ("aborted", "broken off")):
        if sign in text:
            return why
    return type(error).__name__


def _retry_after(text: str | None) -> float | None:
    return float(text) if text and text.isdigit() else None


def _strong(etag: str | None) -> str | None:
    return None if etag is None or etag.startswith("W/") else etag  # If-Range takes strong ones only


def _range_start(text: str | None) -> int:
    try:
        return int(str(text).split()[1].split("-")[0])
    except (IndexError, ValueError):
        return -1


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@contextlib.contextmanager
def _bar(label: str, total: int | None, start: int, show: bool) -> Iterator[Callable[[int], Any]]:
    if not show or not sys.stderr.isatty():
        yield lambda n: None
        return
    from tqdm import tqdm

    with tqdm(total=total, initial=start, unit="B", unit_scale=True, desc=label, leave=False) as bar:
        yield bar.update


def _sha256(path: Path) -> str:
    import pooch

    return pooch.file_hash(str(path), alg="sha256")


def _is_web_page(path: Path) -> bool:
    with path.open("rb") as handle:
        head = handle.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<!doctype html", b"<html"))


def _immutable(url: str) -> bool:
    """A raw GitHub address at a commit always gives the same bytes: a file in place need not be asked for again."""
    return urlsplit(url).hostname == "raw.githubusercontent.com"


class _Puller:
    """One run: where from, where to, and what was learned on the way."""

    def __init__(self, mirror: str | None, folder: Path, progress: bool, retries: int, backoff: float,
                 timeout: tuple[float, float]):
        self.folder, self.progress = folder, progress
        self.retries, self.backoff, self.timeout = retries, backoff, timeout
        self.dead_hosts: dict[str, str] = {}
        self.state_file = folder / ".pull.json"
        self.state = _read_json(self.state_file)
        self.mirror_folder: Path | None = None
        self.mirror_url: str | None = None
        if mirror:
            parts = urlsplit(mirror)
            if parts.scheme and parts.scheme not in ("http", "https", "file") and "://" in mirror:
                raise BadInput(f"a mirror is a folder or an http(s) address, not {parts.scheme}", column="--mirror", value=mirror,
                               fix="set GOVLIB_MIRROR to a folder of originals or to a base URL, or unset it")
            if parts.scheme in ("http", "https"):
                self.mirror_url = mirror.rstrip("/")
            else:
                self.mirror_folder = Path(unquote(parts.path) if parts.scheme == "file" else mirror).expanduser()
                if not self.mirror_folder.is_dir():
                    raise BadInput(f"there is no folder {str(self.mirror_folder)!r}",
                                   fix="set GOVLIB_MIRROR to a folder of originals or to a base URL, or unset it")

    def origin(self, source: Source) -> str:
        if self.mirror_folder is not None:
            return str(self.mirror_folder / source.mirror_path)
        return f"{self.mirror_url}/{quote(source.mirror_path)}" if self.mirror_url else source.url

    def one(self, source: Source) -> Status:
        """Fetch one source; never raises for what a source or a server does."""
        origin = self.origin(source)
        if not source.mirror_path:
            return self._status(source, "missing", "a family of pages: the address stands in each row of data/raw", None, "")
        target = self.folder / source.mirror_path
        fits = target.is_file() and _sha256(target) == source.sha256
        if not source.fetch and self.mirror_folder is None and self.mirror_url is None:
            if fits:
                return self._status(source, "unchanged", "", target, "")
            return self._status(source, "missing", "transcribed from pages, no file of its own at a public address: its figures "
                                "ship in data/raw; a mirror may hold it", None, "")
        if fits and self.mirror_folder is None and _immutable(origin):
            return self._status(source, "unchanged", "", target, origin)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            take = self._copy if self.mirror_folder is not None else self._download
            return take(source, target, fits, origin)
        except _Missing as error:
            return self._status(source, "missing", str(error), target if fits else None, origin)
        except (_Failed, OSError) as error:
            return self._status(source, "failed", str(error), target if fits else None, origin)

    def _status(self, source: Source, status: str, why: str, path: Path | None, origin: str) -> Status:
        size = path.stat().st_size if path is not None else 0
        return Status(source.id, source.index_id, status, why, str(path) if path is not None else "", size, origin)

    def _copy(self, source: Source, target: Path, fits: bool, origin: str) -> Status:
        original = Path(origin)
        if not original.is_file():
            raise _Missing("not in the mirror")
        part = _part_of(target)
        shutil.copyfile(original, part)
        return self._settle(source, target, fits, part, origin)

    def _download(self, source: Source, target: Path, fits: bool, origin: str) -> Status:
        import pooch

        pooch.get_logger().setLevel("WARNING")
        host = urlsplit(origin).netloc
        if host in self.dead_hosts:
            raise _Failed(self.dead_hosts[host])
        known = self.state.get(source.mirror_path, {})
        validators = {}
        if fits and known.get("url") == origin and known.get("sha256") == source.sha256:
            validators = {h: known[k] for h, k in (("If-None-Match", "etag"), ("If-Modified-Since", "last_modified")) if known.get(k)}
        part = _part_of(target)
        shared = {"retries": self.retries, "backoff": self.backoff, "timeout": self.timeout, "label": source.id,
                  "progress": self.progress}
        downloader = ResumingDownloader(part, validators=validators, **shared)
        try:
            downloader.download(origin)
            if downloader.not_modified:
                return self._status(source, "unchanged", "", target, origin)
            if _sha256(part) != source.sha256 and (downloader.resumed or not downloader.length_declared):
                # joined from two attempts, or of unknown length: a second, fresh download tells damage from change
                first = _sha256(part)
                downloader.forget()
                downloader = ResumingDownloader(part, **shared)
                downloader.download(origin)
                if not downloader.length_declared and _sha256(part) not in (source.sha256, first):
                    downloader.forget()
                    raise _Failed("two downloads gave two different files: the connection damages or shortens them")
        except _Failed as error:
            if error.unreachable:
                self.dead_hosts[host] = f"{error} (not asked again for each file of {host})"
            raise
        if _sha256(part) == source.sha256 and not fits:
            # pooch checks once more and moves the finished file into place in one step
            self._set_aside(target)
            pooch.retrieve(origin, known_hash=f"sha256:{source.sha256}", fname=target.name, path=str(target.parent),
                           downloader=lambda url, output_file, pooch: shutil.copyfile(part, output_file))
            downloader.forget()
            self._remember(source, origin, downloader)
            return self._status(source, "fetched", "", target, origin)
        if _sha256(part) == source.sha256:
            self._remember(source, origin, downloader)
        try:
            return self._settle(source, target, fits, part, origin)
        finally:
            downloader.forget()  # it came whole: nothing is left to continue

    def _settle(self, source: Source, target: Path, fits: bool, part: Path, origin: str) -> Status:
        """Judge a complete file in ``part`` and put it where it belongs."""
        found = _sha256(part)
        if found == source.sha256:
            if fits:
                part.unlink()
                return self._status(source, "unchanged", "", target, origin)
            self._set_aside(target)
            os.replace(part, target)
            return self._status(source, "fetched", "", target, origin)
        if not source.format.startswith("HTML") and _is_web_page(part):
            part.unlink()
            raise _Failed("the server sent a web page in place of the file")
        if part.stat().st_size == 0:
            part.unlink()
            raise _Failed("the file there is empty")
        beside = target.with_name(f"{target.name}.changed-{found[:8]}")
        os.replace(part, beside)
        kept = "the old file is kept" if fits else "nothing is in place"
        return self._status(source, "changed_upstream", f"not the file that the catalogue pins; {kept}, the new one is "
                            f"{beside.name}: compare, then renew the checksum in the catalogue", target if fits else None, origin)

    def _set_aside(self, target: Path) -> None:
        """A local file that is not as pinned (damaged, edited) is renamed, not lost."""
        if target.is_file():
            os.replace(target, target.with_name(f"{target.name}.old-{_sha256(target)[:8]}"))

    def _remember(self, source: Source, origin: str, downloader: ResumingDownloader) -> None:
        self.state[source.mirror_path] = {"url": origin, "sha256": source.sha256, **downloader.seen}
        fresh = self.state_file.with_name(self.state_file.name + ".new")
        fresh.write_text(json.dumps(self.state, indent=1, sort_keys=True), encoding="utf-8")
        os.replace(fresh, self.state_file)


def _part_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def _choose(ids: str | Iterable[str] | None) -> list[Source]:
    """Sources named by id or by index; all that are files when nothing is named."""
    if ids is None:
        return [s for i in catalogue.ids() if (s := catalogue.source(i)).mirror_path]
    wanted = [ids] if isinstance(ids, str) else list(ids)
    groups = {catalogue.source(i).index_id for i in catalogue.ids()} | set(indices.INDICES)
    chosen: dict[str, Source] = {}
    for item in wanted:
        if item in groups:
            chosen |= {i: catalogue.source(i) for i in catalogue.ids(item) if catalogue.source(i).mirror_path}
        else:
            try:
                chosen[item] = catalogue.source(item)
            except UnknownName as error:
                raise UnknownName("source", item, error.nearest or sorted(groups)) from None
    return list(chosen.values())


def pull(ids: str | Iterable[str] | None = None, *, mirror: str | os.PathLike | None = None, progress: bool = True,
         folder: str | os.PathLike | None = None, retries: int = RETRIES, backoff: float = BACKOFF,
         timeout: tuple[float, float] = TIMEOUT) -> pd.DataFrame:
    """Fetch sources into ``data/raw/originals`` and say what became of each.

    Parameters
    ----------
    ids : source ids or index ids (``'pci'``, ``'controls'``); None means every source that is a file.
    mirror : folder or base URL that holds the files under their ``mirror_path``; default ``GOVLIB_MIRROR``, else each
        source's public origin.
    progress : a progress bar a file, on a terminal.
    folder : where to; default ``paths.originals()``.
    retries, backoff : further attempts after the first, and the seconds before the first of them (doubling).
    timeout : seconds to connect, and of silence while reading.

    Returns
    -------
    One row a source: id, index_id, status (:data:`STATUSES`), why, path, bytes, origin.

    Raises UnknownName for an id that is not in the catalogue and BadInput for a mirror folder that is not there; what
    servers do never raises.
    """
    import pandas as pd
    from filelock import FileLock

    chosen = _choose(ids)
    if retries < 0:
        raise BadInput("cannot be negative", column="--retries", value=retries, fix="write 0 for a single attempt")
    given = os.fspath(mirror) if mirror is not None else os.environ.get("GOVLIB_MIRROR")
    target = Path(folder) if folder is not None else paths.originals()
    target.mkdir(parents=True, exist_ok=True)
    puller = _Puller(given or None, target, progress, retries, backoff, timeout)
    with FileLock(str(target / ".pull.lock")):  # two runs would write the same part files
        rows = [asdict(puller.one(source)) for source in chosen]
    return pd.DataFrame(rows, columns=list(Status.__dataclass_fields__))


def summary(report: pd.DataFrame) -> str:
    """One line: how many of each status.

    >>> import pandas as pd
    >>> summary(pd.DataFrame({"status": ["fetched", "fetched", "missing"]}))
    '2 fetched, 1 missing'
    """
    counts = report["status"].value_counts()
    return ", ".join(f"{counts[s]} {s.replace('_', ' ')}" for s in STATUSES if s in counts)


def _table(report: pd.DataFrame) -> str:
    width = max((len(i) for i in report["id"]), default=2)
    lines = [f"{'source':<{width}}  {'status':<16}  note"]
    for row in report.itertuples():
        lines.append(f"{row.id:<{width}}  {row.status.replace('_', ' '):<16}  {row.why}".rstrip())
    return "\n".join([*lines, summary(report)])


def main(argv: Sequence[str] | None = None) -> int:
    """``govlib pull``: exit code 1 when a source asked for by id is not in place, or when nothing at all could be had."""
    ask = argparse.ArgumentParser(prog="govlib pull", description="Fetch the publishers' own files into data/raw/originals.")
    ask.add_argument("ids", nargs="*", help="source or index ids (default: every source that is a file)")
    ask.add_argument("--mirror", help="folder or base URL that holds the files (default: GOVLIB_MIRROR, else their public origins)")
    ask.add_argument("--retries", type=int, default=RETRIES, help=f"further attempts after the first (default {RETRIES})")
    ask.add_argument("--json", action="store_true", help="print the rows as JSON")
    ask.add_argument("--list", action="store_true", help="list the sources and fetch nothing")
    args = ask.parse_args(argv)
    if args.list:
        chosen = _choose(args.ids or None)
        rows = [asdict(s) for s in chosen]
        print(json.dumps(rows, ensure_ascii=False, indent=1) if args.json else "\n".join(f"{s.id}  {s.title}" for s in chosen))
        return 0
    report = pull(args.ids or None, mirror=args.mirror, retries=args.retries, progress=not args.json)
    print(json.dumps(report.to_dict("records"), ensure_ascii=False, indent=1) if args.json else _table(report))
    in_place = report["path"] != ""
    bad = ~in_place | (report["status"] == "failed")
    if args.ids:
        exact = report["id"].isin(args.ids)  # a family named by its index may have members without a public file
        transcribed = (report["status"] == "missing") & report["why"].str.startswith("transcribed") & ~exact
        return int((bad & ~transcribed).any())
    return int(bool(len(report)) and not in_place.any())
