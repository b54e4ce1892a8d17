"""What a study runs and says of a reform, by how many provinces did it and what came of it: on SYNTHETIC scores."""

from __future__ import annotations

import numpy as np
import pytest
from kit.questions import NAMES, exposure, scores

from govlib.effects import study as studies
from govlib.errors import BadInput, NotEstimable, UnknownName


def asked(cohorts, *, effect=0.0, unknown=(), **how):
    """A reform whose provinces gain ``effect`` in time costs, none in transparency."""
    table = scores()
    begun = table["province"].map(cohorts).to_numpy(float)
    gain = effect * (table["year"].to_numpy() >= begun) * (table["component"] == "time_costs")
    table["score"] = 5 + np.random.default_rng(0).normal(0, 0.3, len(table)) + gain
    return studies.study("pci", "ddci", scores=table, exposure=exposure(cohorts=cohorts, unknown=unknown), **how)


TEN = dict(zip(NAMES[:50:5], [2011, 2012, 2013, 2014, 2012] * 2, strict=True))
TWO = {"lao-cai": 2012, "son-la": 2013}


def test_several_are_compared_with_those_not_yet_exposed():
    found = asked(TEN, effect=3.0, unknown=("ca-mau",))
    assert found.estimators == studies.SHOWN and not found.refused and found.treated == tuple(sorted(TEN))
    assert set(found.rows["estimator"]) == set(studies.SHOWN) and found.choice["sample_rule"] == "drop_unknown" and found.choice["years"] is None
    said = found.said.set_index("component")
    assert list(said.index) == ["transparency", "time_costs"] and said.index.name == "component"  # as the index has them
    assert said.loc["time_costs", "estimate"] == pytest.approx(3, abs=0.3) and said.loc["time_costs", "estimator"] == "imputation"
    assert said.loc["time_costs", "grade"] in studies.FOUND and said.loc["transparency", "grade"] == "no_evidence"
    assert said["n_treated"].tolist() == [10, 10] and found.rows["agreement"].notna().any() and found.reason == ""
    good = said.loc["time_costs", "grade"]
    assert found.headline("en") == f"1 of 2 components show evidence of a change ({good} evidence: 1, no evidence either way: 1)"
    assert found.headline().startswith("1 trong 2 thành phần có bằng chứng thay đổi (bằng chứng ")
    assert found.design("en") == f"10 treated ({', '.join(sorted(TEN))}), ten or fewer: randomization inference decides, not clustered errors"
    quiet = asked(TEN)
    assert quiet.headline("en") == "No component shows evidence of a change (no evidence either way: 2)"
    eleven = asked(TEN | {"ca-mau": 2013})
    assert eleven.design().endswith("nhiều hơn mười tỉnh") and eleven.design("en").startswith("11 treated (")


def test_a_few_are_compared_with_all_who_do_not_appear_as_adopters():
    found = asked(TWO, unknown=NAMES[:20])
    assert found.choice["sample_rule"] == "unknown_as_control" and set(found.rows["sample_rule"].str.split(";").str[0]) == {"unknown_as_control"}
    assert found.estimators == ("synthetic_did", "twfe") and list(found.refused) == ["synthetic_control"]
    assert "one province at a time" in found.refused["synthetic_control"]
    assert found.design("en") == ("2 treated (lao-cai, son-la), fewer than five: synthetic controls, and placebo tests decide. synthetic_control: "
                                  + found.refused["synthetic_control"])
    inferences = found.rows[found.rows["term"] == "att"].groupby("estimator")["inference"].agg(set).to_dict()
    assert inferences == {"synthetic_did": {"placebo"}, "twfe": {"crv1", "ri"}}  # a bootstrap of two means nothing
    assert set(found.said["inference"]) == {"placebo"}
    five = asked(dict(list(TEN.items())[:5]))
    assert five.estimators == studies.SHOWN and five.rows.query("estimator == 'twfe' and term == 'att'")["inference"].nunique() == 3
    kept = asked(TWO, unknown=NAMES[:20], sample_rule="drop_unknown")
    assert kept.choice["sample_rule"] == "drop_unknown" and kept.said["n_provinces"].max() == 63 - 20
    mine = asked(TEN, estimators=["gardner", "lp_did"], years="2010:2015")
    assert mine.estimators == ("gardner", "lp_did") and set(mine.rows["years"]) == {"2010:2015"} and mine.choice["years"] == "2010:2015"


def test_nothing_is_told_with_its_reason():
    together = asked(dict.fromkeys(NAMES, 2012))
    assert together.said.empty and together.treated == () and list(together.said.columns) == ["component", "grade"]
    assert set(together.refused) == {"synthetic_control", "synthetic_did", "twfe"} and together.choice["sample_rule"] == "unknown_as_control"
    assert together.reason.startswith("not estimable, because all provinces are treated at once")
    assert together.headline("en").startswith("Nothing can be estimated, because all provinces are treated at once")
    assert together.headline().startswith("Không ước lượng được: ") and together.design("en") == together.headline("en")
    assert together.rows["component"].tolist() == ["all"] and together.rows["index_id"].tolist() == ["pci"]
    nobody = asked({}, years="2012:2013")
    assert "no province is treated" in nobody.reason
    never = asked(TEN, years="1990:1995")
    assert never.estimators == (*studies.pair.SINGLE, "twfe") and "no edition for most provinces in 1990–1995" in never.reason and never.refused == {}
    mine = asked(TEN, years="1990:1995", estimators=("gardner",))
    assert mine.estimators == ("gardner",)


def test_names_and_languages_are_checked():
    with pytest.raises(UnknownName, match="estimator"):
        asked(TEN, estimators=["gardener"])
    for told in (asked(TEN), asked({})):
        with pytest.raises(BadInput, match="unknown language"):
            told.headline("fr")


def test_a_step_or_why_not(monkeypatch):
    def fails():
        raise NotEstimable("there are 0 donor units")

    assert studies.or_refused(lambda: 5) == (5, "")
    monkeypatch.setattr(studies, "language", lambda: "en")
    assert studies.or_refused(fails) == (None, "not estimable, because there are 0 donor units")
    monkeypatch.setattr(studies, "language", lambda: "vi")
    assert studies.or_refused(fails) == (None, "không ước lượng được, vì có 0 đơn vị làm đối chứng (donor)")
