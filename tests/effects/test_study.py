"""What notebook 3 says of a reform: by the number of treated provinces, and by the rule of the briefing."""

import io

import pandas as pd
import pytest

from govlib.effects import pair, quoted, runner
from govlib.effects.study import FOUND, study
from govlib.errors import MissingData, UnknownName


def test_service_centres_show_nothing_where_two_treated_and_clustered_errors_said_five_components(panel):
    """Years 2006:2015 leave two of thirty listed provinces treated; clustered errors alone called 5 of 10 components clear of zero."""
    few = study("pci", "provincial_service_centre", years="2006:2015")
    assert len(few.treated) < 5 and set(few.estimators) <= {"synthetic_control", "synthetic_did", "twfe"}
    assert not set(few.said["inference"]) & {"crv1", "wild"}
    clustered = few.rows[(few.rows["inference"] == "crv1") & (few.rows["term"] == "att")]
    assert (clustered["p_adjusted"] < 0.05).any() and not clustered["grade"].isin(FOUND).any()
    whole = study("pci", "provincial_service_centre")
    assert len(whole.treated) > 10 and whole.headline("en").startswith("No component shows evidence of a change (")
    assert whole.headline("vi").startswith("Không thành phần nào có bằng chứng thay đổi (")


def test_what_is_said_is_what_a_briefing_quotes(panel, tmp_path, monkeypatch):
    """The rows of `make effects`, by the same rule: p-value, interval and estimator are theirs."""
    monkeypatch.setattr("govlib.paths.estimates", lambda: tmp_path / "estimates")
    runner.run_all(reforms=["ddci"], indices=["pci"])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "estimates", "pooled_effects.parquet", "settled_effects.parquet"]  # beside them, nowhere else
    said = study("pci", "ddci", estimators=pair.STAGGERED).said.set_index("component")
    theirs = quoted.quoted({"ddci"})
    theirs = theirs[theirs["index_id"] == "pci"].set_index("component")
    assert len(theirs) and set(theirs.index) <= set(said.index)
    for column in ("estimator", "estimate", "p_value", "p_adjusted", "inference", "ci_low", "ci_high"):
        assert said.loc[theirs.index, column].tolist() == pytest.approx(theirs[column].tolist(), nan_ok=True) \
            if theirs[column].dtype.kind == "f" else said.loc[theirs.index, column].tolist() == theirs[column].tolist()


@pytest.mark.parametrize(("reform", "index", "words"), [
    ("resolution_02", "pci", "all provinces are treated at once"), ("province_mergers_2025", "pci", "no province is treated"),
    ("business_doctor", "par", "no edition for most provinces")])
def test_a_reform_that_cannot_be_estimated_is_told_so(panel, reform, index, words):
    found = study(index, reform)
    assert words in found.reason and found.said.empty and found.treated == ()
    assert found.headline("en").startswith("Nothing can be estimated, because ") and words in found.headline("en")


def test_names_are_checked(panel):
    with pytest.raises(UnknownName, match="nearest: twfe"):
        study("pci", "ddci", estimators=["twefe"])
    with pytest.raises(UnknownName, match="unknown reform"):
        study("pci", "nothing")


@pytest.mark.parametrize("damage", [lambda b: b[:100], lambda b: b"", lambda b: b[:40] + b"\0" * 4000 + b[4040:]])
def test_a_damaged_table_of_estimates_is_named_and_made_again(panel, tmp_path, monkeypatch, damage):
    """Cut short, empty, or with its end whole and its middle gone."""
    monkeypatch.setattr("govlib.effects.runner._code", lambda: "these modules as they are now")
    folder = tmp_path / "estimates"
    (path,) = runner.run_all(folder, reforms=["business_doctor"], indices=["pci"])
    whole = path.read_bytes()
    assert runner.run_all(folder, reforms=["business_doctor"], indices=["pci"]) == []
    path.write_bytes(damage(whole))
    monkeypatch.setattr("govlib.paths.estimates", lambda: folder)
    with pytest.raises(MissingData, match="business_doctor.pci.parquet is damaged .* → run: govlib effects --all"):
        quoted.quoted({"business_doctor"})
    assert runner.run_all(folder, reforms=["business_doctor"], indices=["pci"]) == [path]
    pd.testing.assert_frame_equal(pd.read_parquet(path), pd.read_parquet(io.BytesIO(whole)))
