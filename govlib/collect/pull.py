"""Fetch the publishers' own files into ``data/raw/originals``, from their public origin or from a mirror.

For each source one of: ``fetched``, ``unchanged``, ``partial`` (some pages of an origin that is walked), ``missing`` (404, or
no file of its own at a public address), ``changed_upstream`` (what is there is not what the catalogue pins: the old file stays,
the new one lies beside it as ``<name>.changed-<sha8>``, and the first cells that differ are named), ``failed`` with the reason. A
file under its own name is always whole and as pinned: downloads grow in a hidden ``.part`` file, which the next run continues,
and are moved into place when the checksum fits.

The layout under ``originals`` is that of a mirror (``Source.mirror_path``), so that readers take either.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack
from urllib.parse import quote, unquote, urlsplit

from govlib import files, paths
from govlib.collect import cells, complete, origins
from govlib.collect.download import Download, Failed, Missing, Patience, host, read_notes
from govlib.collect.walk import Pace, Walk
from govlib.errors import BadInput, UnknownName
from govlib.forms.problems import message
from govlib.known import catalogue, indices
from govlib.known.catalogue import Source
from govlib.words.tables import language, phrase

if TYPE_CHECKING:
    import pandas as pd

STATUSES = ("fetched", "unchanged", "partial", "missing", "changed_upstream", "failed")
USUAL = Patience()
UNKNOWN_SIZE = 20_000_000  # bytes that a file may have whose size the catalogue does not say; the largest has about one million


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


def limit(source: Source) -> int:
    """Bytes that are taken of a source: a new version may be twice as long as the one that the catalogue pins."""
    return 2 * source.bytes + 100_000 if source.bytes else UNKNOWN_SIZE


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _is_web_page(path: Path) -> bool:
    with path.open("rb") as handle:
        head = handle.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<!doctype html", b"<html"))


class _Puller:
    """One run: where from, where to, and what was learned on the way."""

    def __init__(self, mirror: str | None, folder: Path, patience: Patience, progress: bool, pace: Pace):
        self.folder, self.patience, self.progress, self.pace = folder, patience, progress, pace
        self.dead_hosts: dict[str, str] = {}
        self.state_file = folder / ".pull.json"
        # a damaged file or entry only costs a download: it is thrown away and written anew
        self.state = {path: known for path, known in read_notes(self.state_file).items() if isinstance(known, dict)}
        self.mirror_folder, self.mirror_url = _mirror(mirror) if mirror else (None, None)
        named = [catalogue.source(i).url for i in catalogue.ids()] + ([self.mirror_url] if self.mirror_url else [])
        self.hosts = frozenset(filter(None, map(host, named)))

    def origin(self, source: Source) -> str:
        if self.mirror_folder is not None:
            return str(self.mirror_folder / source.mirror_path)
        return f"{self.mirror_url}/{quote(source.mirror_path)}" if self.mirror_url else source.url

    def one(self, source: Source) -> Status:
        """Fetch one source; never raises for what a source or a server does: the others stand on their own."""
        if not source.mirror_path and source.id not in origins.ORIGINS:
            return self._status(source, "missing", "a family of pages: the address stands in each row of data/raw")
        target = self.folder / source.mirror_path
        fits = False
        try:
            if source.id in origins.ORIGINS:
                return self._walk(source)
            if not target.resolve().is_relative_to(self.folder.resolve()):
                raise Failed(f"its mirror_path {source.mirror_path!r} leads out of the folder: mend the catalogue")
            fits = target.is_file() and _sha256(target) == source.sha256
            if not source.fetch and self.mirror_folder is None and self.mirror_url is None:
                if fits:
                    return self._status(source, "unchanged", path=target, origin="")
                return self._status(source, "missing", "transcribed from pages, no file of its own at a public address: its "
                                    "figures ship in data/raw; a mirror may hold it", origin="")
            # a raw GitHub address at a commit always gives the same bytes: a file in place need not be asked for again
            if fits and self.mirror_folder is None and host(self.origin(source)) == "raw.githubusercontent.com":
                return self._status(source, "unchanged", path=target)
            target.parent.mkdir(parents=True, exist_ok=True)
            return self._copy(source, target, fits) if self.mirror_folder is not None else self._download(source, target, fits)
        except Missing as error:
            return self._status(source, "missing", str(error), target if fits else None)
        except (Failed, OSError, ValueError) as error:
            return self._status(source, "failed", str(error) or type(error).__name__, target if fits else None)

    def _status(self, source: Source, status: str, why: str = "", path: Path | None = None,
                origin: str | None = None) -> Status:
        size = path.stat().st_size if path is not None and path.is_file() else 0
        return Status(source.id, source.index_id, status, why, str(path) if path is not None else "", size,
                      self.origin(source) if origin is None else origin)

    def _walk(self, source: Source) -> Status:
        """Fetch the pages of an origin one after the other; a folder as mirror is copied."""
        folder, origin = self.folder / origins.FOLDER / source.id, origins.ORIGINS[source.id]
        if self.mirror_folder is not None:
            there = self.mirror_folder / origins.FOLDER / source.id
            if not there.is_dir():
                return self._status(source, "missing", "not in the mirror", origin="")
            if folder.is_dir() and folder.samefile(there):  # a mirror's layout is that of this folder, which may be named as one
                return self._status(source, "unchanged", path=folder, origin=str(there))
            shutil.copytree(there, folder, dirs_exist_ok=True)
            files_there = sum(1 for p in folder.iterdir() if p.is_file())
            return self._status(source, "fetched", f"{files_there} files copied", folder, str(there))
        why = ""
        try:
            web = Walk(folder, origin.hosts, self.patience, mirror=self.mirror_url or "", **self.pace)
            origin.fetch(web)
        except (Failed, Missing, OSError, ValueError) as error:
            why = str(error) or type(error).__name__
        held = len(web.new) + len(web.changed) + len(web.kept)
        news = [f"{len(x)} {name}" for name, x in (("new", web.new), ("changed", web.changed), ("as before", web.kept)) if x]
        said = [f"{held} pages" + (f" ({', '.join(news)})" if news else ""), *([why] if why else []),
                *(f"{name}: {reason}" for name, reason in sorted(web.failed.items())[:5])]
        if web.changed:
            said += [f"changed there: {one}" for one in origins.changes(source.id, folder, web.changed)]
        status = "failed" if not held else "partial" if why or web.failed else "fetched" if web.new or web.changed else "unchanged"
        return self._status(source, status, "; ".join(said), folder if held else None)

    def _copy(self, source: Source, target: Path, fits: bool) -> Status:
        original = Path(self.origin(source))
        if not original.is_file():
            raise Missing("not in the mirror")
        if (size := original.stat().st_size) > limit(source):
            raise Failed(f"{size} bytes: more than the {limit(source)} that this file can have")
        part = _part_of(target)
        shutil.copyfile(original, part)
        return self._settle(source, target, fits, part)

    def _download(self, source: Source, target: Path, fits: bool) -> Status:
        origin = self.origin(source)
        place = host(origin)
        if not place:
            raise Failed("not an http(s) address: mend the catalogue")
        if place in self.dead_hosts:
            raise Failed(self.dead_hosts[place])
        known, validators = self.state.get(source.mirror_path, {}), {}
        if fits and known.get("url") == origin and known.get("sha256") == source.sha256:
            validators = {header: value for header, key in (("If-None-Match", "etag"), ("If-Modified-Since", "last_modified"))
                          if isinstance(value := known.get(key), str) and value.isascii() and value.isprintable()}
        part = _part_of(target)
        try:
            download = self._brought(source, Download(part, limit(source), self.hosts, self.patience,
                                                      source.id if self.progress else "", validators))
        except Failed as error:
            if error.unreachable:
                self.dead_hosts[place] = f"{error} (not asked again for each file of {place})"
            raise
        if download.not_modified:
            return self._status(source, "unchanged", path=target)
        try:
            status = self._settle(source, target, fits, part)
        finally:
            download.forget()  # it came whole: nothing is left to continue
        if status.status in ("fetched", "unchanged"):
            self.state[source.mirror_path] = {"url": origin, "sha256": source.sha256, **download.seen}
            files.write(self.state_file, json.dumps(self.state, indent=1, sort_keys=True))
        return status

    def _brought(self, source: Source, download: Download) -> Download:
        """The download, done; once more where only a fresh one can tell damage from change."""
        origin = self.origin(source)
        download.fetch(origin)
        if (download.not_modified or (not download.resumed and download.length_declared)
                or (first := _sha256(download.part)) == source.sha256):
            return download
        download.forget()  # joined from two attempts, or of unknown length
        again = Download(download.part, download.limit, self.hosts, self.patience, download.label)
        again.fetch(origin)
        if not again.length_declared and _sha256(again.part) not in (source.sha256, first):
            again.forget()
            raise Failed("two downloads gave two different files: the connection damages or shortens them")
        return again

    def _settle(self, source: Source, target: Path, fits: bool, part: Path) -> Status:
        """Judge a complete file in ``part`` and put it where it belongs."""
        found = _sha256(part)
        if found == source.sha256:
            if fits:
                part.unlink()
                return self._status(source, "unchanged", path=target)
            if target.is_file():  # a local file that is not as pinned (damaged, edited) is renamed, not lost
                os.replace(target, target.with_name(f"{target.name}.old-{_sha256(target)[:8]}"))
            os.replace(part, target)
            return self._status(source, "fetched", path=target)
        refusal = ("the server sent a web page in place of the file" if not source.format.startswith("HTML") and _is_web_page(part)
                   else "the file there is empty" if part.stat().st_size == 0 else "")
        if refusal:
            part.unlink()
            raise Failed(refusal)
        beside = target.with_name(f"{target.name}.changed-{found[:8]}")
        os.replace(part, beside)
        kept = "the old file is kept" if fits else "nothing is in place"
        said = [f"not the file that the catalogue pins; {kept}, the new one is {beside.name}: compare, then renew the checksum in "
                "the catalogue", *(f"changed there: {one}" for one in (cells.differences(target, beside) if fits else []))]
        return self._status(source, "changed_upstream", "; ".join(said), target if fits else None)


def _mirror(mirror: str) -> tuple[Path | None, str | None]:
    """The folder or the base URL that holds the files."""
    fix = "set GOVLIB_MIRROR to a folder of originals or to a base URL, or unset it"
    parts = urlsplit(mirror)
    if parts.scheme in ("http", "https"):
        return None, mirror.rstrip("/")
    if parts.scheme and parts.scheme != "file" and "://" in mirror:
        raise BadInput(f"a mirror is a folder or an http(s) address, not {parts.scheme}", column="--mirror", value=mirror, fix=fix)
    folder = Path(unquote(parts.path) if parts.scheme == "file" else mirror).expanduser()
    if not folder.is_dir():
        raise BadInput(f"there is no folder {str(folder)!r}", fix=fix)
    return folder, None


def _part_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def _is_fetched(source: Source) -> bool:
    return bool(source.mirror_path) or source.id in origins.ORIGINS


def _choose(ids: str | Iterable[str] | None) -> list[Source]:
    """Sources named by id or by index; all that are files when nothing is named."""
    if ids is None:
        return [s for i in catalogue.ids() if _is_fetched(s := catalogue.source(i))]
    wanted = [ids] if isinstance(ids, str) else list(ids)
    groups = {catalogue.source(i).index_id for i in catalogue.ids()} | set(indices.INDICES)
    chosen: dict[str, Source] = {}
    for item in wanted:
        if item in groups:
            chosen |= {i: catalogue.source(i) for i in catalogue.ids(item) if _is_fetched(catalogue.source(i))}
        else:
            try:
                chosen[item] = catalogue.source(item)
            except UnknownName as error:
                raise UnknownName("source", item, error.nearest or sorted(groups)) from None
    return list(chosen.values())


def pull(ids: str | Iterable[str] | None = None, *, mirror: str | os.PathLike | None = None, progress: bool = True,
         folder: str | os.PathLike | None = None, retries: int = USUAL.retries, backoff: float = USUAL.backoff,
         timeout: tuple[float, float] = (USUAL.connect, USUAL.silence), longest: float = USUAL.total,
         **pace: Unpack[Pace]) -> pd.DataFrame:
    """Fetch sources into ``data/raw/originals`` and say what became of each.

    Parameters
    ----------
    ids : source ids or index ids (``'pci'``, ``'controls'``); None means every source that is a file.
    mirror : folder or base URL that holds the files under their ``mirror_path``; default ``GOVLIB_MIRROR``, else each
        source's public origin.
    progress : a progress bar a file, on a terminal.
    folder : where to; default ``paths.originals()``.
    retries, backoff : further attempts after the first, and the seconds before the first of them (doubling).
    timeout : seconds to connect, and of silence while reading; a slow but steady server is waited for, ``longest`` seconds
        for one file in all.
    pause, again : of origins that are walked (:class:`~govlib.collect.walk.Pace`).

    Returns
    -------
    One row a source: id, index_id, status (:data:`STATUSES`), why, path, bytes, origin.

    Raises UnknownName for an id that is not in the catalogue and BadInput for a mirror folder that is not there; what
    servers do never raises.

    >>> import tempfile
    >>> from govlib.collect.pull import pull
    >>> with tempfile.TemporaryDirectory() as empty:  # a mirror that has nothing
    ...     print({*pull("controls", mirror=empty, folder=empty, progress=False)["status"]})
    {'missing'}
    """
    import pandas as pd
    from filelock import FileLock

    chosen = _choose(ids)
    if retries < 0:
        raise BadInput("cannot be negative", column="--retries", value=retries, fix="write 0 for a single attempt")
    given = os.fspath(mirror) if mirror is not None else os.environ.get("GOVLIB_MIRROR")
    target = Path(folder) if folder is not None else paths.originals()
    target.mkdir(parents=True, exist_ok=True)
    puller = _Puller(given or None, target, Patience(retries, backoff, *timeout, longest), progress, pace)
    with FileLock(str(target / ".pull.lock")):  # two runs would write the same part files
        rows = [asdict(puller.one(source)) for source in chosen]
    return pd.DataFrame(rows, columns=list(Status.__dataclass_fields__))


def summary(report: pd.DataFrame, lang: str = "en") -> str:
    """One line: how many of each status.

    >>> import pandas as pd
    >>> summary(pd.DataFrame({"status": ["fetched", "fetched", "missing"]}))
    '2 fetched, 1 missing'
    """
    counts = report["status"].value_counts()
    return ", ".join(f"{counts[s]} {phrase(f'pull.{s}', lang)}" for s in STATUSES if s in counts)


def _said(why: str, lang: str) -> str:
    return why if lang == "en" else "; ".join(map(message, why.split("; ")))


def _table(report: pd.DataFrame) -> str:
    lang = language()
    head = tuple(phrase(f"pull.{name}", lang) for name in ("source", "status", "note"))
    rows = [head, *((row.id, phrase(f"pull.{row.status}", lang), _said(row.why, lang)) for row in report.itertuples())]
    width = max(len(first) for first, *_ in rows)
    lines = [f"{first:<{width}}  {status:<16}  {note}".rstrip() for first, status, note in rows]
    return "\n".join([*lines, summary(report, lang)])


def main(argv: Sequence[str] | None = None) -> int:
    """``govlib pull``: exit code 1 when a source asked for by id is not in place, or when nothing at all could be had."""
    ask = argparse.ArgumentParser(prog="govlib pull", description="Fetch the publishers' own files into data/raw/originals.")
    ask.add_argument("ids", nargs="*", help="source or index ids (default: every source that is a file)")
    ask.add_argument("--mirror", help="folder or base URL that holds the files (default: GOVLIB_MIRROR, else their public origins)")
    ask.add_argument("--retries", type=int, default=USUAL.retries,
                     help="further attempts after the first (default %(default)s)")
    ask.add_argument("--again", action="store_true", help="ask for pages again that were read within the last days")
    ask.add_argument("--json", action="store_true", help="print the rows as JSON")
    ask.add_argument("--list", action="store_true", help="list the sources and fetch nothing")
    args = ask.parse_args(argv)
    if args.list:
        chosen = _choose(args.ids or None)
        rows = [asdict(s) for s in chosen]
        print(json.dumps(rows, ensure_ascii=False, indent=1) if args.json else "\n".join(f"{s.id}  {s.title}" for s in chosen))
        return 0
    try:
        before = {} if args.json else complete.held(paths.raw(), paths.originals())
    except BadInput:  # of data/raw, where a pull writes nothing: told when what was asked for has been fetched
        before = {}
    report = pull(args.ids or None, mirror=args.mirror, retries=args.retries, progress=not args.json, again=args.again)
    print(json.dumps(report.to_dict("records"), ensure_ascii=False, indent=1) if args.json else _table(report))
    if not args.json:
        said = []
        try:
            said = complete.grown(before, complete.held(paths.raw(), paths.originals()))
        finally:
            print("\n".join(said + origins.refusals(paths.originals(), language())))
    in_place = report["path"] != ""
    bad = ~in_place | (report["status"] == "failed")
    if args.ids:
        exact = report["id"].isin(args.ids)  # a family named by its index may have members without a public file
        transcribed = (report["status"] == "missing") & report["why"].str.startswith("transcribed") & ~exact
        return int((bad & ~transcribed).any())
    return int(bool(len(report)) and not in_place.any())
