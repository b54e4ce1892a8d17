"""`govlib package`: the panel as others can cite and build on it, a folder ready to be deposited.

Tables as CSV and parquet, a codebook, every source with its terms, ``datapackage.json`` (Frictionless; for the columns of
figures, the sources behind them with their licences) and ``datacite.json`` (the fields a DOI needs, creators left to whoever
deposits it). Built from what ships with the project alone: what was pulled or typed on this machine stays on it.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import hashlib
import io
import json
import re
import shutil
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from govlib import files, paths
from govlib.errors import BadInput
from govlib.known import catalogue, indices
from govlib.panel import schemas
from govlib.panel.build import build

TITLE = "Vietnam's provincial governance indices: published figures with their sources"
ABOUT = ("Scores and ranks of PCI, PAPI, PAR INDEX, SIPAS, DTI, ICT Index and PGI by province, edition and component as their "
         "publishers or the press printed them, each with its source and place; control variables; dated reform actions. Nothing "
         "is imputed: what is missing says why.")
SUBJECTS = ("Vietnam", "provinces", "governance", "public administration", "competitiveness", "panel data")
TABLES = ("scores", "controls", "reform_panel", "why_missing", "coverage")
LARGE = ("reform_panel",)  # by province, reform and edition: as parquet only; the actions behind it come as CSV
LICENCE = "MIT"  # the project's own, of all but the figures, which are facts under their sources' terms
DOI = re.compile(r"10\.[0-9]{4,9}(\.[0-9]+)*/[^\s<>\"]+")  # ISO 26324: registrant, slash, the registrant's own name
DATACITE = "http://datacite.org/schema/kernel-4"


def package(out: Path, creators: Sequence[str] = (), doi: str = "") -> list[Path]:
    """Write the folder ``out`` and return its files; raises BadInput where something else lies there, or for a DOI that is none."""
    if doi and not DOI.fullmatch(doi):
        raise BadInput("not a DOI", column="--doi", value=doi,
                       fix="write it as reserved, without https://doi.org/: 10.5281/zenodo.1234")
    if out.exists() and any(out.iterdir()) and not (out / "datapackage.json").is_file():
        raise BadInput("the folder is not empty and no package", column="--out", value=str(out), fix="name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    with files.scratch(out, ".package-") as place:
        shipped = _shipped(place)
        build(out=place / "processed", raw=shipped, originals=place / "none")
        made = _tables(place / "processed")
    made["codebook.csv"], made["sources.csv"] = _codebook(), _sources(made.pop(""))
    made |= {name: (paths.raw() / "reforms" / name).read_bytes() for name in ("reforms.csv", "reform_actions.csv")}
    described = _datapackage(made, doi)
    made["datapackage.json"] = _json(described)
    made["datacite.json"] = _json(_datacite(made, creators, doi))
    return files.write_all({out / name: content for name, content in made.items()})


def _shipped(place: Path) -> Path:
    """``data/raw`` without what was fetched or taken in on this machine."""
    raw = place / "raw"
    shutil.copytree(paths.raw(), raw, ignore=shutil.ignore_patterns("originals", "inbox", "institute_reported", catalogue.LOCAL))
    for path in raw.glob("*/[12][0-9][0-9][0-9].csv"):
        if ",inbox-" in path.read_text(encoding="utf-8"):
            raise BadInput(f"{path.parent.name}/{path.name} holds figures taken in through the inbox", column="data/raw",
                           fix="package a clean copy of the project, or ship those figures with their source first")
    return raw


def _tables(processed: Path) -> dict[str, bytes]:
    """File name → content, each table as CSV and parquet; under the empty name the ids of the sources used."""
    import pandas as pd

    made: dict[str, bytes] = {}
    used: set[str] = set()
    for name in TABLES:
        table = pd.read_parquet(processed / f"{name}.parquet")
        made[f"{name}.parquet"] = (processed / f"{name}.parquet").read_bytes()
        if name not in LARGE:
            made[f"{name}.csv"] = table.to_csv(index=False, lineterminator="\n").encode()
        if "source" in table:
            used |= {part for source in table["source"].dropna().unique() for part in str(source).split(";")}
    made[""] = "\n".join(sorted(used)).encode()
    return made


def _codebook() -> bytes:
    rows = [("index_id", "component", "level", "first", "last", "name_vi", "name_en", "unit", "lowest", "highest", "definition_vi",
             "definition_en")]
    for index_id in indices.INDICES:
        known = indices.index(index_id)
        years = list(indices.editions(index_id))
        low, high, unit = indices.scale(index_id, "overall", years[-1])
        rows.append((index_id, "overall", "overall", str(years[0]), str(years[-1]), indices.name(index_id, "overall", "vi"),
                     indices.name(index_id, "overall", "en"), unit, _text(low), _text(high), known.name_vi, known.name_en))
        for c in indices.components(index_id, None, "all"):
            there = [y for y in years if c.id in {one.id for one in indices.components(index_id, y, "all")}] or years
            low, high, unit = indices.scale(index_id, c.id, there[-1])
            level = "indicator" if "." in c.id else "component"
            rows.append((index_id, c.id, level, str(there[0]), str(there[-1]), c.name_vi, c.name_en, unit, _text(low), _text(high),
                         getattr(c, "definition_vi", ""), getattr(c, "definition_en", "")))
    return _csv(rows)


def _sources(used: bytes) -> bytes:
    """The sources behind the figures: who, what, where, on which terms."""
    names = ("id", "index_id", "edition", "producer", "title", "citation", "url", "terms", "known_gaps", "accessed")
    known = set(catalogue.ids())
    rows = [names, *(tuple(getattr(catalogue.source(i), name) for name in names) for i in used.decode().split("\n") if i in known)]
    return _csv(rows)


def _datapackage(made: dict[str, bytes], doi: str) -> dict[str, Any]:
    """The package's description; the columns of figures name the sources behind them by index, with the terms of each."""
    sources = list(csv.DictReader(io.StringIO(made["sources.csv"].decode())))
    described = schemas.datapackage([n for n in made if n.endswith(".parquet")])["resources"]
    fields = {r["path"].removesuffix(".parquet"): r["schema"] for r in described}
    resources = []
    for name, content in sorted(made.items()):
        stem, _, kind = name.rpartition(".")
        resource: dict[str, Any] = {
            "name": name.replace(".", "-").replace("_", "-"), "path": name, "format": kind, "encoding": "utf-8",
            "mediatype": "text/csv" if kind == "csv" else "application/vnd.apache.parquet", "bytes": len(content),
            "hash": f"sha256:{hashlib.sha256(content).hexdigest()}", "title": schemas.TITLES.get(f"{stem}.parquet", stem)}
        header = content.split(b"\n", 1)[0].decode().split(",") if kind == "csv" else []
        plain: dict[str, Any] = {"fields": [{"name": column, "type": "string"} for column in header], "missingValues": [""]}
        schema = fields.get(stem) or plain
        resource["schema"] = schema | {"fields": [_with_sources(f, stem, sources) for f in schema["fields"]]}
        if stem in ("scores", "controls"):
            resource["schema"]["foreignKeys"] = [{"fields": "source", "reference": {"resource": "sources-csv", "fields": "id"}}]
        resources.append(resource)
    return {"profile": "data-package", "name": "vietnam-provincial-governance", "title": TITLE, "description": ABOUT,
            **({"id": doi} if doi else {}), "version": metadata.version("govlib"), "created": dt.date.today().isoformat(),
            "keywords": list(SUBJECTS),
            "licenses": [{"name": LICENCE, "title": "arrangement, codebook, reform registry; figures under their sources' terms"}],
            "sources": [{"title": s["citation"], "path": s["url"], "name": s["id"]} for s in sources], "resources": resources}


def _with_sources(field: dict, stem: str, sources: list[dict[str, str]]) -> dict:
    """A column of figures with the terms behind it: index → terms → ids."""
    if (stem, field["name"]) not in {("scores", "score"), ("scores", "rank"), ("scores", "tier"), ("controls", "value")}:
        return field
    terms: dict[str, dict[str, list[str]]] = {}
    for s in sources:
        if (s["index_id"] == "controls") == (stem == "controls"):
            terms.setdefault(s["index_id"], {}).setdefault(s["terms"], []).append(s["id"])
    return field | {"licenses_of_sources": terms}


def _datacite(made: dict[str, bytes], creators: Sequence[str], doi: str) -> dict[str, Any]:
    """The fields of DataCite's schema 4; creators and DOI are the depositor's to fill in."""
    today, version = dt.date.today(), metadata.version("govlib")
    sources = list(csv.DictReader(io.StringIO(made["sources.csv"].decode())))
    links = sorted({s["url"] for s in sources if s["url"].startswith("http")})
    return {
        "schemaVersion": DATACITE, "doi": doi, "creators": [{"name": c, "nameType": "Personal"} for c in creators] or [
            {"name": "The govlib authors", "nameType": "Organizational"}],
        "titles": [{"title": TITLE, "lang": "en"}], "publisher": {"name": "(the repository that assigns the DOI)"},
        "publicationYear": str(today.year),
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Panel of published figures"},
        "subjects": [{"subject": s} for s in SUBJECTS], "language": "en", "version": version,
        "dates": [{"date": today.isoformat(), "dateType": "Created"}, {"date": "2005/2024", "dateType": "Coverage"}],
        "rightsList": [{"rights": "Arrangement, codebook and reform registry: MIT", "rightsIdentifier": LICENCE,
                        "rightsUri": "https://spdx.org/licenses/MIT.html", "rightsIdentifierScheme": "SPDX"},
                       {"rights": "Figures: facts as printed, under the terms of their sources (sources.csv)"}],
        "descriptions": [{"description": ABOUT, "descriptionType": "Abstract", "lang": "en"}],
        "geoLocations": [{"geoLocationPlace": "Vietnam"}], "formats": ["text/csv", "application/vnd.apache.parquet"],
        "sizes": [f"{sum(map(len, made.values()))} bytes", f"{len(made)} files"],
        "relatedIdentifiers": [{"relatedIdentifier": url, "relatedIdentifierType": "URL", "relationType": "IsDerivedFrom"}
                               for url in links]}


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _json(what: dict) -> bytes:
    return (json.dumps(what, ensure_ascii=False, indent=1) + "\n").encode()


def main(argv: Sequence[str]) -> int:
    """``govlib package --out FOLDER``"""
    ask = argparse.ArgumentParser(prog="govlib package", description="The panel as a folder to deposit.")
    ask.add_argument("--out", type=Path, required=True, help="folder")
    ask.add_argument("--creator", action="append", default=[], help='who deposits it, "Family, Given"; may be repeated')
    ask.add_argument("--doi", default="", help="the DOI, once it is reserved")
    given = ask.parse_args(argv)
    for path in package(given.out, given.creator, given.doi):
        print(path)
    return 0
