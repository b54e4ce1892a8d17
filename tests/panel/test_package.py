"""`govlib package`: what is deposited is whole, describes itself, and holds only what ships."""

from __future__ import annotations

import hashlib
import json

import pandas as pd
import pytest

from govlib.errors import BadInput
from govlib.known import catalogue
from govlib.panel import package


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("deposit") / "panel"
    package.package(out, ["Nguyễn, An"], "10.1234/x")
    return out


def test_every_file_is_described_with_size_and_checksum(made):
    described = json.loads((made / "datapackage.json").read_text(encoding="utf-8"))
    assert {r["path"] for r in described["resources"]} | {"datapackage.json", "datacite.json"} == {p.name for p in made.iterdir()}
    for resource in described["resources"]:
        content = (made / resource["path"]).read_bytes()
        assert (resource["bytes"], resource["hash"]) == (len(content), "sha256:" + hashlib.sha256(content).hexdigest())
        fields = [f["name"] for f in resource["schema"]["fields"]]
        table = pd.read_csv(made / resource["path"], dtype=str) if resource["format"] == "csv" else pd.read_parquet(made / resource["path"])
        assert fields == list(table.columns), resource["path"]


def test_csv_and_parquet_say_the_same_and_every_source_has_its_terms(made):
    scores, same = pd.read_csv(made / "scores.csv", dtype={"tier": str}), pd.read_parquet(made / "scores.parquet")
    assert len(scores) == len(same) and scores["score"].sum() == pytest.approx(same["score"].sum())
    sources = pd.read_csv(made / "sources.csv", dtype=str).set_index("id")
    used = {part for joined in scores["source"].dropna() for part in joined.split(";")}
    assert used & set(catalogue.ids()) <= set(sources.index) and sources["terms"].notna().all()
    described = json.loads((made / "datapackage.json").read_text(encoding="utf-8"))
    field = next(f for r in described["resources"] if r["path"] == "scores.csv" for f in r["schema"]["fields"] if f["name"] == "score")
    told = {i for by_terms in field["licenses_of_sources"].values() for ids in by_terms.values() for i in ids}
    assert "pci-workbook-2019" in told and not told & {"pci-profile-pages", "nso-pxweb"}  # what was pulled stays


@pytest.mark.parametrize("doi", ["xx", "10.1234", "10.12/x", "https://doi.org/10.1234/x", "10.1234/x y", "doi:10.1234/x", " 10.1234/x"])
def test_a_doi_that_is_none_is_refused_before_anything_is_written(tmp_path, doi):
    with pytest.raises(BadInput, match="column --doi.*not a DOI"):
        package.package(tmp_path / "deposit", doi=doi)
    assert not (tmp_path / "deposit").exists()


def test_a_doi_as_repositories_give_it_is_one():
    assert all(package.DOI.fullmatch(doi) for doi in ("10.5281/zenodo.1234567", "10.7910/DVN/ABC123", "10.1000.10/123(4)", "10.3886/E1V1"))


def test_the_fields_a_doi_needs_are_there(made):
    """DataCite 4: identifier, creators, titles, publisher, publicationYear, types."""
    said = json.loads((made / "datacite.json").read_text(encoding="utf-8"))
    for key in ("doi", "creators", "titles", "publisher", "publicationYear", "types", "rightsList", "descriptions", "relatedIdentifiers"):
        assert said[key], key
    assert said["creators"] == [{"name": "Nguyễn, An", "nameType": "Personal"}] and said["types"]["resourceTypeGeneral"] == "Dataset"


def test_another_folder_is_not_written_into(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(BadInput, match="not empty"):
        package.package(tmp_path)
