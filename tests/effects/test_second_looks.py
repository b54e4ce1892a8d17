"""Second looks at an estimate: how far paths may have diverged, neighbours, placebos and ends in words, what could have been seen."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import govlib
from govlib import did, effects
from govlib.did import from_arrays
from govlib.did.estimators import ESTIMATORS
from govlib.effects import sample, tables
from govlib.errors import BadInput, NotEstimable
from govlib.known import indices, reforms

PERIODS = np.arange(12)
COHORT = np.repeat([6.0, np.inf], 30)


def drifting(seed=0, gap=(), noise=0.2, start=6.0, periods=12, **more):
    """Thirty units that drift by 0.3 a period whatever is done to them, thirty that do not; no effect."""
    y = np.random.default_rng(seed).normal(size=(60, periods)) * noise
    y[:30] += 0.3 * np.arange(periods)
    y[:, list(gap)] = np.nan
    return from_arrays(y, np.repeat([start, np.inf], 30), **more)


def sensitive(estimator, panel, options=None, **how):
    return tables.sensitivity(ESTIMATORS[estimator].fit(panel, 0, **(options or {})), **how)


# ------------------------------------------------------------------------------------------------- how far paths may diverge
@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize(("estimator", "gap"), [
    ("twfe", ()), ("callaway_santanna", ()), ("sun_abraham", ()),
    ("twfe", (6, 7, 8)), ("callaway_santanna", (6, 7, 8)), ("sun_abraham", (6, 7, 8)),  # the first three exposed periods
    ("twfe", (7, 9)), ("callaway_santanna", (2, 6, 8))])
def test_a_straight_drift_is_within_the_bound_of_one(estimator, gap, average):
    """So 0 lies in at least 19 of 20 intervals. The step over a gap was allowed what one period is: none of them held it."""
    found = [sensitive(estimator, drifting(seed, gap), bounds=(1.0,), average=average).iloc[0] for seed in range(20)]
    assert np.mean([row["ci_low"] <= 0 <= row["ci_high"] for row in found]) >= 0.95


def test_the_bound_of_one_is_just_what_a_straight_drift_takes():
    """Without noise the interval ends at nought, however long the gap; half the bound leaves it out."""
    for gap in ((), (6,), (6, 7, 8), (6, 7, 8, 9, 10)):
        found = sensitive("callaway_santanna", drifting(0, gap, noise=1e-3), bounds=(0.5, 1.0), average=False)
        far = 0.3 * (1 + len(gap))
        assert found["ci_low"].to_numpy() == pytest.approx([far / 2, 0.0], abs=0.02)
        assert found["ci_high"].to_numpy() == pytest.approx([1.5 * far, 2 * far], abs=0.02)
        assert set(found["event_times"]) == {str(len(gap))}


def test_which_event_times_count():
    def times(estimator, **how):
        return sensitive(estimator, drifting(**how), bounds=(0.0,))["event_times"].iloc[0]

    assert times("callaway_santanna") == "0, 1, 2, 3, 4, 5" and times("callaway_santanna", gap=(7, 8)) == "0, 3, 4, 5"
    # of two-way effects ±5 holds whatever lies beyond, at a distance that nobody knows
    assert times("twfe", periods=16) == "0, 1, 2, 3, 4" and times("twfe", periods=11, start=5.0) == "0, 1, 2, 3, 4, 5"
    # leads beyond a gap are no neighbours: a jump between them bounds nothing
    y = drifting(0, (3,), noise=1e-3).y[:, :, 0].copy()
    y[:30, :3] += 50
    found = tables.sensitivity(ESTIMATORS["twfe"].fit(from_arrays(y, COHORT), 0), bounds=(1.0,), average=False)
    assert found["ci_high"].iloc[0] == pytest.approx(0.6, abs=0.02)


LATE = np.repeat([5.0, 7, np.inf], 20)


@pytest.mark.parametrize(("estimator", "options", "panel"), [
    ("gardner", {}, drifting()), ("gardner", {}, drifting(controls={"z": np.random.default_rng(1).normal(size=60)})),
    ("callaway_santanna", {}, drifting(gap=(5,))),  # nothing of the period right before
    ("callaway_santanna", {"anticipation": 1}, drifting()), ("callaway_santanna", {"base_period": "varying"}, drifting()),
    # those of 7 are measured from two periods before, as there is none of the one between
    ("callaway_santanna", {}, from_arrays(drifting().y[:, :11, 0], LATE, years=np.r_[0:6, 7:12])),
    ("callaway_santanna", {}, from_arrays(drifting().y[:, :11, 0], LATE, years=np.r_[0:6, 7:12],
                                          controls={"z": np.random.default_rng(1).normal(size=60)}))])
def test_effects_that_are_not_measured_from_the_period_before_are_refused(estimator, options, panel):
    """Of those of two stages no interval held the truth, with anticipation 3 of 8."""
    with pytest.raises(NotEstimable, match="effects that are all measured from the period right before the start"):
        sensitive(estimator, panel, options)


@pytest.mark.parametrize(("estimator", "gap"), [("imputation", ()), ("callaway_santanna", (4,)), ("twfe", (4,)), ("lp_did", ())])
def test_without_a_lead_next_to_the_base_there_is_no_bound(estimator, gap):
    with pytest.raises(NotEstimable, match="an event study with event time −2, one after the start and their covariance"):
        sensitive(estimator, drifting(gap=gap))


def test_intervals_of_the_councils_case_are_as_the_methods_page_says(panel, root):
    text = " ".join((root / "docs" / "methodology.md").read_text(encoding="utf-8").replace("−", "-").split())

    def of(component):
        built = sample.build("pci", component, reform="peoples_council_removal", years="2006:2015")
        found = sensitive("twfe", built, bounds=(0.0, 1.0))
        return found, [f"{row.ci_low:.2f} to {row.ci_high:.2f}" for row in found.itertuples()]

    found, told = of("transparency")
    assert set(found["event_times"]) == {"0, 1, 2, 3, 4"}  # 2009 to 2013
    assert f"for the mean effect in 2009–2013 includes zero even if paths are held parallel ({told[0]})" in text
    found, told = of("policy_bias")
    assert set(found["event_times"]) == {"4"}
    assert f"that of 2013 alone, five years after the last edition before the start: {told[0]} if paths are parallel, {told[1]} if" in text


# ------------------------------------------------------------------------------------------------- sentences and lines
COUNCILS = {"reform": "peoples_council_removal", "years": "2006:2015"}


def test_neighbours_are_not_said_to_have_done_it(panel):
    rows = effects.spillovers("pci", "proactivity", **COUNCILS, estimator="twfe").set_index("spillover", drop=False)
    assert rows["reform"].tolist() == ["peoples_council_removal"] * 2 + ["beside peoples_council_removal"]
    name = reforms.name("peoples_council_removal", "en")
    said = effects.sentence(rows.loc["beside"], "en")
    assert said.startswith(f"Being beside a province with “{name}” is associated with Proactivity") and "known to have done it" not in said
    assert "30 provinces that border on one that did it, before their own start; 33 control provinces)" in said
    assert "30 tỉnh giáp ranh với tỉnh đã làm, trước khi tự làm" in effects.sentence(rows.loc["beside"], "vi")
    for kind in ("all", "apart"):
        said = effects.sentence(rows.loc[kind], "en")
        assert said.startswith(name) and "10 provinces known to have done it" in said
        assert ("without their figures from when a province beside them did it" in said) == (kind == "apart")


def test_a_placebo_is_said_to_be_one_and_keeps_why_it_cannot_be_estimated(panel):
    asked = {"reform": "peoples_council_removal", "pretend": 2008, "years": "2006:2008"}
    row = effects.placebo_date("pci", components="transparency", **asked).iloc[0]
    said = effects.sentence(row, "en")
    assert said.startswith("Placebo (as if “") and "10 provinces that did it only later; 54 control" in said and "known to have" not in said
    assert "10 tỉnh về sau mới làm" in effects.sentence(row, "vi")
    assert row["reform"] == "placebo of peoples_council_removal" and row["note"].startswith("placebo: pretended start 2008")
    scores = pd.read_parquet(panel / "scores.parquet")
    gone = (scores["index_id"] == "pci") & (scores["component"] == "transparency") & (scores["year"] == 2008)
    rows = effects.placebo_date("pci", components=["transparency", "time_costs"], scores=scores[~gone], inference="crv1", **asked)
    lost = rows[rows["component"] == "transparency"].iloc[0]
    assert np.isnan(lost["estimate"]) and lost["note"].startswith("placebo: pretended start 2008; not estimable, because ")
    assert lost["note"].split("because ")[1] in effects.sentence(lost, "en")


def test_an_end_is_said_to_be_one(panel):
    row = effects.after_the_end("papi", "service_delivery", reform="peoples_council_removal", inference="crv1").iloc[0]
    said = effects.sentence(row, "en")
    assert said.startswith(f"End of “{reforms.name('peoples_council_removal', 'en')}” and Public Service Delivery")
    assert "10 provinces in which it ended in these years; 53 control provinces" in said
    assert effects.sentence(row, "vi").startswith("Việc chấm dứt “") and "10 tỉnh đã chấm dứt trong các năm này" in effects.sentence(row, "vi")


@pytest.mark.parametrize("reform", ["end of ddci", "beside ddci", "placebo of ddci"])
def test_however_clear_it_is_not_said_that_the_reform_did_it(reform):
    row = {"index_id": "pci", "component": "time_costs", "reform": reform, "estimate": 0.4, "ci_low": 0.1, "ci_high": 0.7, "p_value": 0.01,
           "p_adjusted": 0.03, "p_ri": 0.02, "inference": "crv1", "n_treated": 12, "n_provinces": 63, "design": "staggered",
           "pretrend_p": 0.4, "family": 1, "sample_rule": "drop_unknown", "outcome_unit": "points", "years": "2008:2019", "note": ""}
    assert effects.grade(row) == "moderate" and "by this design the reform made" in effects.sentence(row | {"reform": "ddci"}, "en")
    assert "is associated with Time Costs" in effects.sentence(row, "en") and "đi cùng với" in effects.sentence(row, "vi")


def test_a_label_of_ones_own_is_left_alone_but_for_neighbours():
    row = did.estimate(drifting(reform="end of the tax", index_id="towns"), "imputation").iloc[0]
    assert effects.sentence(row, "en").startswith("end of the tax") and "30 units exposed" in effects.sentence(row, "en")
    said = effects.sentence(row.to_dict() | {"reform": "beside the tax"}, "en")
    assert said.startswith("Being beside a unit with “the tax”") and "30 units beside an exposed one, before their own start" in said
    apart = effects.sentence(row.to_dict() | {"spillover": "apart"}, "en")
    assert "without their figures from when a unit beside them was exposed" in apart and apart.startswith("end of the tax")
    assert "Việc ở cạnh đơn vị thực hiện “the tax”" in effects.sentence(row.to_dict() | {"reform": "beside the tax"}, "vi")


def test_their_lines_give_them_again(panel):
    """With the years and the function that were asked; a row that comes back from a file does not know them."""
    scores = pd.read_parquet(panel / "scores.parquet")
    for rows in (effects.spillovers("pci", "time_costs", **COUNCILS, estimator="twfe", inference="wild"),
                 effects.spillovers("pci", "time_costs", reform="ddci", reading="late", scores=scores),
                 effects.placebo_date("pci", reform="peoples_council_removal", pretend=2008, years="2006:2008", components=["time_costs"]),
                 effects.after_the_end("papi", "service_delivery", reform="peoples_council_removal", draws=99, years="2011:2019"),
                 effects.after_the_end("papi", "service_delivery", reform="peoples_council_removal", inference="crv1", estimator="twfe")):
        for _, row in rows.iterrows():
            assert effects.line(row) == rows.attrs["line"]
        again = eval(effects.line(rows.iloc[-1]), {"govlib": govlib, "scores": scores})  # our own line
        pd.testing.assert_frame_equal(again, rows)
        stored = rows.iloc[0]
        stored.attrs.clear()
        with pytest.raises(BadInput, match="only the table of an end, of neighbours or of a placebo knows its call → keep"):
            effects.line(stored)
    rows = effects.placebo_date("pci", reform="peoples_council_removal", pretend=2008, years="2006:2008")
    assert rows.attrs["line"] == "govlib.effects.placebo_date('pci', reform='peoples_council_removal', pretend=2008, years='2006:2008')"


def test_a_sentence_is_about_an_overall_effect_or_what_it_hangs_on():
    z = np.random.default_rng(3).normal(size=60)
    y = drifting().y[:, :, 0] + (PERIODS >= COHORT[:, None]) * z[:, None]
    rows = did.estimate(from_arrays(y, COHORT, controls={"z": z}, index_id="crime", reform="law"), "interaction", by="z").set_index("term", drop=False)
    said = effects.sentence(rows.loc["interaction"], "en")
    size = re.search(r"one standard deviation higher: ([\d.]+) points higher", said)
    assert float(size[1]) == pytest.approx(rows.at["interaction", "estimate"], abs=0.01) and "Evidence" not in said and "associated" not in said
    assert "tác động thay đổi: cao hơn" in effects.sentence(rows.loc["interaction"], "vi") and "Mức bằng chứng" not in effects.sentence(rows.loc["interaction"])
    assert "Evidence" in effects.sentence(rows.loc["att"], "en")
    lead = did.estimate(from_arrays(y, COHORT), "twfe").query("event_time == -3").iloc[0]
    with pytest.raises(BadInput, match="column term, value 'event': a sentence is about an overall effect → take the rows whose term is att"):
        effects.sentence(lead)


# ------------------------------------------------------------------------------------------------- what could have been seen
@pytest.mark.parametrize("outcome", ["score", "z", "rank", "fixed_weight"])
def test_the_spread_is_on_the_scale_of_the_outcome(panel, outcome):
    rows = effects.estimate("pci", None if outcome == "fixed_weight" else "transparency", reform="peoples_council_removal", years="2006:2012",
                            outcome=outcome)
    scores = pd.read_parquet(panel / "scores.parquet").query("index_id == 'pci' and 2006 <= year <= 2012")
    own = scores[scores["component"] == rows["component"].iloc[0]].dropna(subset="score")
    points = own.groupby("year")["score"].std().mean()
    places = own.groupby("year")["score"].apply(lambda s: s.rank(method="min").std()).mean()
    want = {"score": points, "z": 1.0, "rank": places, "fixed_weight": points}[outcome]
    reach, shown = tables.power(rows).iloc[0], tables.equivalence(rows, share=0.25).iloc[0]
    assert reach["spread"] == pytest.approx(want, rel=0.01) and 0.3 < reach["mde_in_spreads"] < 1
    assert shown["margin"] == pytest.approx(reach["spread"] / 4)


def test_the_spread_is_that_of_the_editions_used(panel):
    """Of PCI 2020 to 2022 a third of the provinces or fewer are held: no edition of the estimate, and none of its spread."""
    row = effects.estimate("pci", "time_costs", reform="provincial_service_centre")
    first, last = (int(y) for y in row["years"].iloc[0].split(":"))
    scores = pd.read_parquet(panel / "scores.parquet").query("index_id == 'pci' and component == 'time_costs' and @first <= year <= @last")
    by_year = scores.dropna(subset="score").groupby("year")["score"].agg(["std", "size"])
    whole = by_year["size"] >= 0.8 * 63
    assert (~whole).any() and last in set(indices.editions("pci"))
    assert tables.power(row)["spread"].iloc[0] == pytest.approx(by_year.loc[whole, "std"].mean())


def test_too_few_begin_for_so_many_event_times(panel):
    """Two exposed provinces and ten event times: their covariance has rank two, and the search for vertices found none."""
    sample = effects.build("pci", "time_costs", reform="administrative_complex")
    fit = ESTIMATORS["twfe"].fit(sample, 0, singletons="drop")
    with pytest.raises(NotEstimable, match="too few treated units"):
        tables.sensitivity(fit)


def test_arrays_and_what_can_be_read_once_are_lines_too(panel):
    how = {"reform": "peoples_council_removal", "years": "2006:2012"}
    one = effects.spillovers("pci", "time_costs", inference=np.array(["crv1", "ri"]), draws=99, **how)
    assert "inference=('crv1', 'ri')" in one.attrs["line"]
    ended = effects.after_the_end("papi", "service_delivery", reform=how["reform"], inference=(name for name in ("crv1",)))
    assert "inference=('crv1',)" in ended.attrs["line"] and len(ended)
    found = tables.placebo_date("pci", reform=how["reform"], pretend=2008, years="2006:2008", components=pd.Series(["time_costs", "entry_costs"]))
    assert "components=['time_costs', 'entry_costs']" in found.attrs["line"] and set(found["component"]) == {"time_costs", "entry_costs"}
