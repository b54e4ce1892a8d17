"""The end of a reform as what is done: a known truth turned round, who and what leaves, and the councils' case as the methods page says."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from govlib import effects
from govlib.did import spillover
from govlib.effects.ends import after_the_end, of_ends
from govlib.errors import BadInput, NotEstimable
from govlib.known import borders, indices, reforms
from govlib.known.provinces import province_set

YEARS = [y for y in indices.editions("pci") if 2009 <= y <= 2020]
PLACES = sorted(province_set(2015))
HAD = dict.fromkeys(PLACES[:8], ("2011-01-01", "2015-12-31")) | dict.fromkeys(PLACES[8:14], ("2012-01-01", "2017-12-31"))
GOING, AGAIN, UNDATED = PLACES[14], PLACES[15], PLACES[16]


@pytest.fixture
def licence(monkeypatch):
    """SYNTHETIC: a reform of fourteen provinces that ended in two years; one keeps it, one has it twice, of one no date is known."""
    rows = [(place, *dates) for place, dates in HAD.items()]
    rows += [(GOING, "2011-01-01", ""), (AGAIN, "2011-01-01", "2013-12-31"), (AGAIN, "2018-01-01", ""), (UNDATED, "", "")]
    monkeypatch.setattr(reforms, "SESSION", {})
    return effects.register_reform(pd.DataFrame(rows, columns=["province", "start_date", "end_date"]), "licence", aims=["pci:time_costs"],
                                   coverage="complete")


def scores(effect, seed=0, noise=0.05):
    """Unlike provinces; ``effect(years in force, years since the end)`` on those that had it; before it, anything."""
    rng, table = np.random.default_rng(seed), reforms.exposure("licence", "pci", years=YEARS).set_index(["province", "year"])
    rows = []
    for place in PLACES:
        level, had = rng.normal(6, 1), False
        since = 0
        for year in YEARS:
            now = table.loc[(place, year)]
            had |= bool(now["adopted"])
            since = since + 1 if now["ended"] else 0
            own = effect(bool(now["adopted"]), since) if had else rng.normal(0, 2) if place in HAD else 0.0
            rows.append((place, year, "pci", "time_costs", "component", level + 0.1 * year + own + rng.normal(0, noise), "published"))
    return pd.DataFrame(rows, columns=["province", "year", "index_id", "component", "level", "score", "status"])


@pytest.mark.parametrize("estimator", ["imputation", "twfe", "callaway_santanna"])
@pytest.mark.parametrize(("effect", "truth"), [
    (lambda force, since: 1.0 * force, -1.0),  # it turns round
    (lambda force, since: 1.0, 0.0),  # it lasts
    (lambda force, since: force + 0.4 * (since > 0), -0.6)])
def test_what_an_end_did_is_found_again(licence, estimator, effect, truth):
    found = after_the_end("pci", "time_costs", reform="licence", estimator=estimator, inference="crv1", scores=scores(effect))
    row = found[found["term"] == "att"].iloc[0]
    assert row["estimate"] == pytest.approx(truth, abs=0.06) and row["estimator"] == estimator
    assert row["reform"] == "end of licence" and row["n_treated"] == len(HAD) + 1


def test_who_and_what_leaves(licence):
    panel = of_ends("pci", "time_costs", reform="licence", scores=scores(lambda force, since: 0.0))
    seen = {unit: [int(y) for y, there in zip(panel.years, row, strict=True) if there]
            for unit, row in zip(panel.units, np.isfinite(panel.y[:, :, 0]), strict=True)}
    assert GOING not in seen and f"still in force, left out: {GOING}" in panel.note
    assert UNDATED not in seen and UNDATED in panel.rule
    assert seen[PLACES[0]] == [y for y in YEARS if y >= 2011] == seen[PLACES[20]] and seen[PLACES[8]] == [y for y in YEARS if y >= 2012]
    assert seen[AGAIN] == [y for y in YEARS if 2011 <= y < 2018]  # from 2018 it has it once more
    cohort = dict(zip(panel.units, panel.cohort.tolist(), strict=True))
    assert (cohort[PLACES[0]], cohort[PLACES[8]], cohort[AGAIN], cohort[PLACES[20]]) == (2016, 2018, 2014, np.inf)
    assert panel.rule.endswith("editions from the start of licence on")


@pytest.mark.parametrize(("rule", "controls"), [("drop_unknown", 0), ("unknown_as_control", 63 - len(HAD) - 3)])
def test_of_a_list_that_is_not_complete_the_others_are_unknown(licence, rule, controls):
    table = pd.DataFrame([(place, *dates) for place, dates in HAD.items()], columns=["province", "start_date", "end_date"])
    effects.register_reform(pd.concat([table, pd.DataFrame([(GOING, "2011", ""), (AGAIN, "2011", "2013"), (UNDATED, "", "")], columns=table.columns)]),
                            "licence", aims=["pci:time_costs"])
    panel = of_ends("pci", "time_costs", reform="licence", scores=scores(lambda force, since: 0.0), sample_rule=rule)
    assert int(np.isinf(panel.cohort).sum()) == controls and len(panel.units) == controls + len(HAD) + 1


@pytest.mark.parametrize(("choices", "ends"), [
    ({"exposure_rule": "same_year"}, (2015, 2017)), ({"exposure_rule": "next_year"}, (2016, 2018)), ({"control_table": pd.DataFrame()}, (2016, 2018))])
def test_choices_are_those_of_estimate(licence, choices, ends):
    panel = of_ends("pci", "time_costs", reform="licence", scores=scores(lambda force, since: 0.0), **choices)
    cohort = dict(zip(panel.units, panel.cohort.tolist(), strict=True))
    assert (cohort[PLACES[0]], cohort[PLACES[8]]) == ends
    with pytest.raises(NotEstimable, match="ended in no province"):
        of_ends("pci", "time_costs", reform="licence", scores=scores(lambda force, since: 0.0), min_confidence="high")


def test_a_reform_that_goes_on_has_no_end(licence):
    with pytest.raises(NotEstimable, match="ddci has ended in no province within the editions of pci"):
        after_the_end("pci", "time_costs", reform="ddci")
    with pytest.raises(BadInput, match=r"an end is read off the registry of reforms → register_reform\(...\) with end_date"):
        after_the_end("pci", "time_costs", reform="licence", exposure=reforms.exposure("licence", "pci"))


def test_citizens_saw_the_end_of_the_pilot_as_the_methods_page_says(panel, root):
    text = " ".join((root / "docs" / "methodology.md").read_text(encoding="utf-8").replace("−", "-").split())
    told = re.search(r"Public service delivery is lower by ([\d.]+) in its ten provinces from 2016 on, when it had ended \(permutation p = ([\d.]+), "
                     r"([\d.]+) allowing for the two components aimed at\)", text)
    rows = after_the_end("papi", reform="peoples_council_removal")
    row = rows[(rows["term"] == "att") & (rows["inference"] == "ri") & (rows["component"] == "service_delivery")].iloc[0]
    assert [float(n) for n in told.groups()] == pytest.approx([-row["estimate"], row["p_value"], row["p_adjusted"]], abs=0.0051)
    base = re.search(r"held against 2015 alone it is ([\d.]+) \(p = ([\d.]+), `callaway_santanna`\)", text)
    other = after_the_end("papi", "service_delivery", reform="peoples_council_removal", estimator="callaway_santanna", inference="crv1").iloc[0]
    assert [float(n) for n in base.groups()] == pytest.approx([-other["estimate"], other["p_value"]], abs=0.0051)
    later = rows[(rows["component"] == "service_delivery") & (rows["term"] == "event")].set_index("event_time")["estimate"]
    assert later[[0, 1]].min() > -0.1 and later[[2, 3, 4, 5]].max() < -0.2  # opens in 2018
    pilot = of_ends("papi", "service_delivery", reform="peoples_council_removal")
    by_region = effects.from_sample(pilot, "twfe_region_year").iloc[0]
    beside = spillover.spillovers(pilot, borders.neighbours(pilot.units)[0]).set_index("spillover")
    assert "region by region and held against those apart it stays, and neighbours did not move" in text
    assert by_region["p_value"] < 0.01 and by_region["estimate"] < -0.2 and beside.at["apart", "estimate"] < -0.15
    assert abs(beside.at["beside", "estimate"]) < 0.05 and beside.at["beside", "p_value"] > 0.5
