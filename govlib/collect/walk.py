"""Walking the pages of one origin: one request at a time, a pause between, robots respected, every page kept with its checksum.

A page that was read lately is not asked for again, so a walk that broke off goes on where it stopped. A page that changed
replaces the old one, which is kept under ``was/``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import time
import urllib.robotparser
from collections.abc import Collection, Mapping
from importlib import metadata
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote, urlsplit

from govlib import files
from govlib.collect.download import Download, Failed, Missing, Patience, host, read_notes

PAUSE = 1.0  # seconds between two requests to a host; a longer Crawl-delay of its robots.txt counts instead
LONGEST_PAUSE = 60.0
FRESH = 7  # days within which a page is not asked for again
LARGEST = 20_000_000  # bytes of one page or file
GIVE_UP = 5  # failures in a row, after which an origin is left alone
NOTES = ".pages.json"
_DELAY = re.compile(r"(?im)^\s*crawl-delay\s*:\s*(\d{1,6}(?:\.\d+)?)")


class Pace(TypedDict, total=False):
    """pause: seconds between two requests; again: whether pages read within the last :data:`FRESH` days are asked for again."""

    pause: float
    again: bool


def user_agent() -> str:
    """Who asks, so that a publisher can write to somebody: the project's address, or GOVLIB_CONTACT of whoever runs it."""
    known = metadata.metadata("govlib").json
    home = os.environ.get("GOVLIB_CONTACT") or str(known.get("home_page") or "")
    return f"govlib/{known['version']} (research; provincial governance indices{'; +' + home if home else ''})"


class Walk:
    """``folder`` holds the pages and ``.pages.json``: name → address, checksum, size, day. What became of each name in this
    run stands in ``new``, ``changed`` (name → the old page), ``kept`` and ``failed`` (name → why)."""

    def __init__(self, folder: Path, hosts: Collection[str], patience: Patience, *, mirror: str = "", pause: float = PAUSE,
                 again: bool = False):
        self.folder, self.patience, self.pause, self.mirror, self.again = folder, patience, pause, mirror, again
        self.hosts = {*hosts, *([host(mirror)] if mirror else [])}
        self.new: list[str] = []
        self.changed: dict[str, Path] = {}
        self.kept: list[str] = []
        self.failed: dict[str, str] = {}
        self._in_a_row, self._asked = 0, 0.0
        self._robots: dict[str, urllib.robotparser.RobotFileParser] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self.notes = {name: note for name, note in read_notes(folder / NOTES).items() if isinstance(note, dict)}

    def address(self, url: str) -> str:
        """Where a page is really asked for: a mirror holds it under the name of its host."""
        if not self.mirror:
            return url
        parts = urlsplit(url)
        return f"{self.mirror}/{parts.netloc}{quote(parts.path, safe='/%')}" + (f"?{parts.query}" if parts.query else "")

    def get(self, name: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None,
            always: bool = False) -> bytes | None:
        """The page, from the folder where it was read lately; None where it could not be had (``failed`` says why).

        ``always`` asks anew whatever the day: lists of what is there. Raises Failed where nobody answers or too much went wrong.
        """
        place = self.folder / name
        if not (always or self.again) and self._fresh(name, place):
            self.kept.append(name)
            return place.read_bytes()
        try:
            content = self._brought(place, url, body, headers or {})
        except (Missing, Failed) as error:
            self.failed[name] = str(error)
            self._in_a_row += 1
            if getattr(error, "unreachable", False) or self._in_a_row >= GIVE_UP:
                raise Failed(f"{error} ({self._in_a_row} pages in a row: left alone)", True) from error
            return place.read_bytes() if self._whole(name, place) else None
        self._in_a_row = 0
        self._keep(name, place, url, content)
        return content

    def _fresh(self, name: str, place: Path) -> bool:
        if not self._whole(name, place):
            return False
        try:
            read_on = dt.date.fromisoformat(str(self.notes[name].get("read_on")))
        except ValueError:
            return False
        return 0 <= (dt.date.today() - read_on).days < FRESH

    def _whole(self, name: str, place: Path) -> bool:
        return name in self.notes and place.is_file() and _digest(place.read_bytes()) == self.notes[name].get("sha256")

    def _brought(self, place: Path, url: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        address = self.address(url)
        if host(address) not in self.hosts:
            raise Failed(f"{url[:200]!r} is not on a host that the catalogue names")
        if not self._allowed(address):
            raise Failed("robots.txt of the site forbids it")
        return self._download(place, address, body, headers)

    def _download(self, place: Path, address: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        time.sleep(max(0.0, self._asked + self.pause - time.monotonic()))
        place.parent.mkdir(parents=True, exist_ok=True)
        load = Download(place.with_name(f".{place.name}.part"), LARGEST, self.hosts, self.patience, body=body,
                        headers={"User-Agent": user_agent(), **headers})
        load.forget()  # a page is small, and written anew by its server each time: nothing is continued
        try:
            load.fetch(address)
            return load.part.read_bytes()
        finally:
            load.forget()
            self._asked = time.monotonic()

    def _allowed(self, address: str) -> bool:
        """By the robots.txt of the host: none there allows everything, one that cannot be read nothing."""
        parts = urlsplit(address)
        base = f"{parts.scheme}://{parts.netloc}"
        if base not in self._robots:
            rules = urllib.robotparser.RobotFileParser()
            try:
                text = self._download(self.folder / "robots.txt", f"{base}/robots.txt", None, {}).decode("utf-8", "replace")
            except Missing:
                text = ""
            rules.parse(text.splitlines())
            self._robots[base] = rules
            self.pause = max([self.pause, *(min(float(s), LONGEST_PAUSE) for s in _DELAY.findall(text))])  # anybody's: the longest
        return self._robots[base].can_fetch("govlib", address)

    def _keep(self, name: str, place: Path, url: str, content: bytes) -> None:
        digest = _digest(content)
        if place.is_file() and (old := _digest(place.read_bytes())) != digest:
            was = self.folder / "was" / f"{place.stem}.{old[:8]}{place.suffix}"
            files.write(was, place.read_bytes())  # the old one stays in its place until the new one is whole
            self.changed[name] = was
        elif place.is_file():
            self.kept.append(name)
        else:
            self.new.append(name)
        with files.whole(place) as part:
            part.write_bytes(content)
        self.notes[name] = {"url": url, "sha256": digest, "bytes": len(content), "read_on": dt.date.today().isoformat()}
        files.write(self.folder / NOTES, json.dumps(self.notes, indent=1, sort_keys=True))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def addresses(folder: Path) -> dict[str, str]:
    """Name → address of the pages that a walk kept in a folder."""
    return {name: str(note.get("url", "")) for name, note in read_notes(folder / NOTES).items() if isinstance(note, dict)}
