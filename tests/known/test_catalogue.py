"""The catalogue: complete, citable, and true to the files it describes."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

import pytest

from govlib.errors import UnknownName
from govlib.known import catalogue, indices


def test_every_source_can_be_cited():
    table = catalogue.sources()
    assert len(table) >= 95 and table["id"].is_unique
    for s in map(catalogue.source, table["id"]):
        assert (s.title_vi and s.producer_vi) or s.id not in catalogue._shipped(), s.id
        assert s.named("en") == (s.title, s.producer)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", s.id)
        for field in ("index_id", "edition", "producer", "title", "citation", "terms", "format", "accessed"):
            assert getattr(s, field), (s.id, field)
        assert urlsplit(s.url).scheme in ("http", "https") and urlsplit(s.url).hostname, s.id
        assert s.index_id in (*indices.INDICES, "all", "controls", "provinces", "geo", "reforms")
        assert s.priority >= 1
        assert bool(s.sha256) == bool(s.mirror_path) and (not s.sha256 or re.fullmatch(r"[0-9a-f]{64}", s.sha256))
        assert not (s.fetch and not s.mirror_path)
        if s.fetch:
            assert s.url.startswith("https://raw.githubusercontent.com/"), s.id


def test_checksums_are_those_of_the_files(shared):
    """Files that were found after the folder of originals was made are not in it: named here, fetched by `make pull`."""
    seen, later = 0, set()
    for s in map(catalogue.source, catalogue.ids()):
        if s.mirror_path and not (shared / s.mirror_path).is_file():
            later.add(s.id)
        elif s.mirror_path:
            assert hashlib.sha256((shared / s.mirror_path).read_bytes()).hexdigest() == s.sha256, s.id
            seen += 1
    assert seen >= 85 and later <= {"pci-workbook-2023"}


def test_every_file_of_the_sources_list_is_catalogued_with_its_checksum_and_terms(shared):
    text = (shared / "SOURCES.md").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^### (\S+)\n(?:- .*\n)*?- SHA-256: (\w+)", text, re.M))
    assert len(pinned) == 83
    mine = {s.mirror_path: s.sha256 for s in map(catalogue.source, catalogue.ids())}
    assert {path: mine.get(path) for path in pinned} == pinned
    on_disk = {p.relative_to(shared).as_posix() for p in shared.rglob("*") if p.is_file()}
    # the README files tell of the others; a third party's first rows are looked at, not transcribed (SOURCES.md does not list them)
    assert {p for p in on_disk - set(mine) if not p.startswith("third_party/")} == {"SOURCES.md", "reforms/README.md"}


def test_every_press_address_of_the_pci_files_has_its_source(shared):
    import csv

    for path in ("pci/pci_overall_published_2020_2024.csv", "pci/bac_ninh_printed_changes.csv"):
        for row in csv.DictReader((shared / path).open(encoding="utf-8-sig")):
            host = urlsplit(row["source_url"]).hostname.removeprefix("www.")
            assert row["source_url"] in catalogue.source(f"pci-press-{host.replace('.', '-')}").citation


def test_workbooks_beat_the_site_which_beats_the_press():
    order = [catalogue.priority(i) for i in ("pci-workbook-2012", "pci-site-profiles", "pci-press-vietnamnews-vn", "bac-ninh-published", "form-of-staff")]
    assert order == sorted(order) and len(set(order)) == 5
    assert catalogue.priority("pci-site-table-2021") < catalogue.priority("pci-site-profiles")
    assert catalogue.priority("papi-workbook-2011-2019") < catalogue.priority("papi-subdimensions-2015")


def test_every_source_of_the_shipped_figures_is_catalogued(root):
    import pandas as pd

    used = set()
    for path in (root / "data" / "raw").glob("*/*.csv"):
        if path.parent.name in indices.INDICES:
            table = pd.read_csv(path, dtype=str)
            if {"province_printed", "source"} <= set(table):
                used |= set(table["source"].dropna())
    assert used
    for item in used:
        catalogue.source(item)


def test_editions_and_methods():
    assert catalogue.ids("PCI") == catalogue.ids("pci")  # it had one of the 94, that of all indices together
    with pytest.raises(UnknownName, match="unknown index 'pcx'; nearest: all, controls, dti"):
        catalogue.sources("pcx")
    assert "pci-workbook-2013" in catalogue.ids("pci", 2013) and "pci-workbook-2013" not in catalogue.ids("pci", 2014)
    assert "papi-workbook-2011-2019" in catalogue.ids("papi", 2016)
    assert catalogue.source("pci-workbook-2015").method_version == "pci-2013"
    assert catalogue.source("papi-workbook-2011-2019").method_version == "papi-2011 papi-2016 papi-2018 papi-2019"


def test_unknown_source_names_its_neighbours():
    with pytest.raises(UnknownName, match="pci-workbook-2012"):
        catalogue.source("pci-workbok-2012")
