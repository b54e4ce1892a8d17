"""What `make pull` tells of each source, whole, from folders that stand for a mirror; files made up."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from govlib.collect import origins, pull
from govlib.errors import BadInput, UnknownName
from govlib.known import catalogue
from govlib.known.catalogue import Source

BOOK, OTHER = b"\xd0\xcf\x11\xe0" + bytes(3000), b"\xd0\xcf\x11\xe0" + bytes(4000)


def source(name: str, **more) -> Source:
    usual = Source(name, "pci", "2010", "p", "A title", "c", "https://example.org/x", "terms", "Excel 97 workbook", hashlib.sha256(BOOK).hexdigest(), "", "", True,
                   f"pci/{name}.dat", 1, "2026-11-22", bytes=len(BOOK))
    return replace(usual, **more)


@pytest.fixture
def world(monkeypatch, tmp_path):
    """A catalogue of made-up sources, a mirror folder, and an empty folder to fetch into."""
    known = {s.id: s for s in (source("one"), source("two"), source("table", index_id="papi", format="CSV"), source("pages", mirror_path="", fetch=False, sha256=""),
                               source("typed", index_id="typed", fetch=False), source(next(iter(origins.ORIGINS)), mirror_path="", index_id="walked"))}
    monkeypatch.setattr(catalogue, "_all", lambda: known)
    monkeypatch.delenv("GOVLIB_MIRROR", raising=False)
    monkeypatch.setattr("govlib.paths.originals", lambda: tmp_path / "originals")
    (tmp_path / "mirror/pci").mkdir(parents=True)
    return tmp_path


def ask(world, ids, **more) -> dict:
    [row] = pull.pull(ids, mirror=world / "mirror", progress=False, **more).to_dict("records")
    return row


def test_a_file_of_a_mirror_is_copied_once(world):
    (world / "mirror/pci/one.dat").write_bytes(BOOK)
    place = world / "originals/pci/one.dat"
    row = {"id": "one", "index_id": "pci", "why": "", "path": str(place), "bytes": len(BOOK), "origin": str(world / "mirror/pci/one.dat")}
    assert ask(world, "one") == {**row, "status": "fetched"} and place.read_bytes() == BOOK
    assert (world / "originals/.pull.lock").is_file(), "two runs at once would write the same files"
    assert ask(world, "one") == {**row, "status": "unchanged"} and [p.name for p in place.parent.iterdir()] == ["one.dat"]


def test_what_a_mirror_has_not_or_has_otherwise(world):
    assert ask(world, "one") == {"id": "one", "index_id": "pci", "status": "missing", "why": "not in the mirror", "path": "", "bytes": 0, "origin": str(world / "mirror/pci/one.dat")}
    there = world / "mirror/pci/one.dat"
    there.write_bytes(OTHER)
    name = f"one.dat.changed-{hashlib.sha256(OTHER).hexdigest()[:8]}"
    told = "not the file that the catalogue pins; {}, the new one is " + name + ": compare, then renew the checksum in the catalogue"
    row = ask(world, "one")
    assert (row["status"], row["why"], row["path"], row["bytes"]) == ("changed_upstream", told.format("nothing is in place"), "", 0)
    there.write_bytes(BOOK)
    ask(world, "one")
    there.write_bytes(OTHER)
    row = ask(world, "one")
    assert (row["why"], row["path"], row["bytes"]) == (told.format("the old file is kept"), str(world / "originals/pci/one.dat"), len(BOOK))
    assert sorted(p.name for p in (world / "originals/pci").iterdir()) == ["one.dat", name]


@pytest.mark.parametrize(("ids", "content", "why"), [
    ("one", b"\xef\xbb\xbf \n<HTML>Log in", "the server sent a web page in place of the file"), ("one", b"<!doctype html>x", "the server sent a web page in place of the file"),
    ("one", b"", "the file there is empty"), ("one", bytes(2 * len(BOOK) + 100_001), f"{2 * len(BOOK) + 100_001} bytes: more than the {2 * len(BOOK) + 100_000} that this file can have")])
def test_what_is_not_taken_of_a_mirror(world, ids, content, why):
    (world / "mirror/pci" / f"{ids}.dat").write_bytes(content)
    row = ask(world, ids)
    assert (row["status"], row["why"], row["path"]) == ("failed", why, "") and [p.name for p in (world / "originals/pci").iterdir()] == []


def test_a_page_is_taken_where_a_page_was_wanted_and_a_file_of_unknown_size_up_to_a_bound(world):
    known = catalogue._all()
    known["one"] = replace(known["one"], format="HTML page", bytes=0)
    assert pull.limit(known["one"]) == 20_000_000 and pull.limit(known["two"]) == 2 * len(BOOK) + 100_000
    (world / "mirror/pci/one.dat").write_bytes(b"<html>a page")
    assert ask(world, "one")["status"] == "changed_upstream"


def test_sources_that_are_no_files(world):
    assert ask(world, "pages") == {"id": "pages", "index_id": "pci", "status": "missing", "why": "a family of pages: the address stands in each row of data/raw", "path": "", "bytes": 0,
                                   "origin": str(world / "mirror")}
    [row] = pull.pull("typed", progress=False).to_dict("records")
    why = "transcribed from pages, no file of its own at a public address: its figures ship in data/raw; a mirror may hold it"
    assert row == {"id": "typed", "index_id": "typed", "status": "missing", "why": why, "path": "", "bytes": 0, "origin": ""}
    place = world / "originals/pci/typed.dat"
    place.parent.mkdir(parents=True)
    place.write_bytes(BOOK)
    [row] = pull.pull("typed", progress=False).to_dict("records")
    assert (row["status"], row["path"], row["bytes"], row["origin"]) == ("unchanged", str(place), len(BOOK), ""), "brought once from a mirror"


def test_pages_that_a_mirror_keeps_are_copied_with_their_folder(world):
    walked = next(iter(origins.ORIGINS))
    row = ask(world, walked)
    assert (row["status"], row["why"], row["path"], row["origin"]) == ("missing", "not in the mirror", "", "")
    there = world / "mirror/pages" / walked
    (there / "was").mkdir(parents=True)
    for name in ("a.html", ".pages.json", "was/old.html"):
        (there / name).write_text("{}")
    row, place = ask(world, walked), world / "originals/pages" / walked
    assert (row["status"], row["why"], row["path"], row["origin"]) == ("fetched", "2 files copied", str(place), str(there))
    assert (place / "was/old.html").read_text() == "{}"


@pytest.mark.parametrize(("became", "error", "status", "why"), [
    ({"new": ["a", "b"], "kept": ["c"]}, None, "fetched", "3 pages (2 new, 1 as before)"), ({"kept": ["a", "b"]}, None, "unchanged", "2 pages (2 as before)"),
    ({"changed": {"a": "old"}, "kept": ["b"]}, None, "fetched", "2 pages (1 changed, 1 as before); changed there: x: 1 → 2"), ({}, None, "failed", "0 pages"),
    ({"new": ["a"]}, pull.Failed("nobody answers"), "partial", "1 pages (1 new); nobody answers"), ({}, ValueError(), "failed", "0 pages; ValueError"),
    ({"new": ["a"], "failed": {c: "gone" for c in "gfedcb"}}, None, "partial", "1 pages (1 new); b: gone; c: gone; d: gone; e: gone; f: gone")])
def test_what_became_of_the_pages_of_an_origin(world, monkeypatch, became, error, status, why):
    def fetch(web):
        for name, value in became.items():
            setattr(web, name, value)
        if error:
            raise error

    walked = next(iter(origins.ORIGINS))
    monkeypatch.setitem(origins.ORIGINS, walked, replace(origins.ORIGINS[walked], fetch=fetch))
    monkeypatch.setattr(origins, "changes", lambda source, folder, changed: ["x: 1 → 2"])
    [row] = pull.pull(walked, progress=False).to_dict("records")
    place = world / "originals/pages" / walked
    assert (row["status"], row["why"], row["path"], row["origin"]) == (status, why, str(place) if status != "failed" else "", "https://example.org/x")


def test_what_is_asked_for_by_index_or_not_at_all(world):
    (world / "mirror/pci/one.dat").write_bytes(BOOK)
    asked = {str(ids): pull.pull(ids, mirror=str(world / "mirror"), progress=False)["id"].tolist() for ids in (None, "pci", ["papi", "one", "pages"], [])}
    every = ["one", next(iter(origins.ORIGINS)), "table", "two", "typed"]
    assert asked == {"None": every, "pci": ["one", "two"], "['papi', 'one', 'pages']": ["table", "one", "pages"], "[]": []}
    with pytest.raises(UnknownName) as caught:
        pull.pull("on", progress=False)
    assert "one" in caught.value.nearest and pull.pull("dti", progress=False).empty


@pytest.mark.parametrize(("given", "problem", "column", "fix"), [
    ({"mirror": "ftp://example.org"}, "a mirror is a folder or an http(s) address, not ftp", "--mirror", "set GOVLIB_MIRROR to a folder of originals or to a base URL, or unset it"),
    ({"mirror": "/no/such"}, "there is no folder '/no/such'", None, "set GOVLIB_MIRROR to a folder of originals or to a base URL, or unset it"),
    ({"retries": -1}, "cannot be negative", "--retries", "write 0 for a single attempt")])
def test_settings_are_told_whole(world, given, problem, column, fix):
    with pytest.raises(BadInput) as caught:
        pull.pull("one", progress=False, **given)
    assert (caught.value.problem, caught.value.column, caught.value.fix) == (problem, column, fix)


def test_a_mirror_by_a_file_address(world, monkeypatch):
    (world / "mirror/pci/one.dat").write_bytes(BOOK)
    (world / "mirror").rename(world / "my mirror")
    monkeypatch.setenv("GOVLIB_MIRROR", f"file://{world}/my%20mirror")
    assert pull.pull("one", progress=False)["status"].tolist() == ["fetched"]


def test_the_command_s_table_and_what_it_ends_with(world, monkeypatch, capsys):
    monkeypatch.setenv("GOVLIB_LANG", "en")
    monkeypatch.setattr(pull.complete, "held", lambda raw, originals: {})
    monkeypatch.setattr(origins, "refusals", lambda originals, lang="en": [f"not taken, in {lang}"])
    mirror = ["--mirror", str(world / "mirror")]
    (world / "mirror/pci/one.dat").write_bytes(BOOK)
    assert pull.main(["one", "two", *mirror]) == 1
    assert capsys.readouterr().out.splitlines() == ["source  status            note", "one     fetched", "two     missing           not in the mirror", "1 fetched, 1 missing", "not taken, in en"]
    assert pull.main(["pci", "--json", *mirror]) == 1
    assert [(r["id"], r["status"]) for r in json.loads(capsys.readouterr().out)] == [("one", "unchanged"), ("two", "missing")]
    (world / "mirror/pci/two.dat").write_bytes(BOOK)
    assert pull.main(["pci", *mirror]) == 0 and pull.main(["papi", *mirror]) == 1 and pull.main(mirror) == 0
    assert pull.main(["typed"]) == 1, "asked for by its own name"
    monkeypatch.setenv("GOVLIB_LANG", "vi")
    capsys.readouterr()
    pull.main(["one", "table", *mirror])
    assert capsys.readouterr().out.splitlines()[1:] == ["one    không đổi", "table  không có          không có trong bản sao", "1 không đổi, 1 không có", "not taken, in vi"]
    assert pull.main(["--list", "pci"]) == 0 and capsys.readouterr().out == "one  A title\ntwo  A title\n"
    assert pull.main(["--list", "--json", "pci"]) == 0 and json.loads(capsys.readouterr().out)[1]["id"] == "two"
