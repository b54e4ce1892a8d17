"""Which provinces and editions a question takes, who is exposed when, and what its rule says: on SYNTHETIC scores and exposures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from kit.questions import COMPONENTS, HUE, NAMES, YEARS, exposure, scores

from govlib.effects import sample
from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.known import provinces


def build(components=COMPONENTS, *, table=None, **choices):
    choices = {"reform": "ddci", "exposure": exposure(cohorts={"lao-cai": 2012, HUE: 2014})} | choices
    return sample.build("pci", components, scores=scores() if table is None else table, **choices)


def test_figures_stand_where_the_scores_put_them():
    table = scores().sample(frac=1, random_state=1)
    table = table[~((table["province"] == "ca-mau") & (table["year"] == 2011) & (table["component"] == "transparency"))]
    panel = build(table=table)
    assert panel.units == tuple(NAMES) and panel.years.tolist() == list(YEARS) and panel.components == COMPONENTS
    want = np.arange(63)[:, None, None] / 100 + (np.arange(9, 17))[:, None] + np.array([0, 20])
    want[NAMES.index("ca-mau"), 2, 1] = np.nan
    assert panel.y == pytest.approx(want, nan_ok=True)
    begun = dict(zip(panel.units, panel.cohort, strict=True))
    assert (begun["lao-cai"], begun[HUE]) == (2012, 2014) and np.isinf(panel.cohort).sum() == 61
    assert panel.d.tolist() == (panel.years >= panel.cohort[:, None]).astype(float).tolist() == panel.dose.tolist()
    assert (panel.index_id, panel.reform, panel.outcome, panel.outcome_unit, panel.noun, panel.period) == (
        "pci", "ddci", "score", "points", "province", "edition")
    assert panel.rule == "drop_unknown" and not panel.unknown.any()
    assert panel.aimed == ("time_costs", "transparency") and panel.redefined["time_costs"] == (2013,)
    assert panel.note == "method breaks within these editions: 2013" and build(years="2009:2012").note == ""
    assert build(years="2012:2014").redefined["transparency"] == (2013,) and build(years="2013:2015").redefined["transparency"] == ()
    late = build(reading="late", exposure_rule="same_year")
    assert (late.reading, late.exposure_rule, panel.reading, panel.exposure_rule) == ("late", "same_year", "early", "next_edition_after_fieldwork")
    order = list(provinces.regions())
    assert [order[code] for code in panel.region] == [provinces.get(p).region for p in NAMES]


def test_provinces_of_unknown_state_are_left_out_or_controls():
    given = exposure(cohorts={"lao-cai": 2012}, unknown=("ca-mau", "ha-giang"), undated=("son-la",))
    known, all_ = build(exposure=given), build(exposure=given, sample_rule="unknown_as_control")
    assert set(NAMES) - set(known.units) == {"ca-mau", "ha-giang", "son-la"} and set(NAMES) - set(all_.units) == {"son-la"}
    assert known.rule == ("drop_unknown; listed without a usable date, left out: son-la; provinces of unknown state left out: 2")
    assert all_.rule == "unknown_as_control; listed without a usable date, left out: son-la; provinces of unknown state taken as controls: 2"
    assert not known.unknown.any() and np.array(all_.units)[all_.unknown].tolist() == ["ca-mau", "ha-giang"]
    assert np.isinf(all_.cohort[all_.unknown]).all() and (all_.d[all_.unknown] == 0).all()


def test_editions_after_an_end_are_no_controls():
    begun = {"lao-cai": 2011, HUE: 2012}
    one = build(exposure=exposure(cohorts=begun, ended={"lao-cai": 2013}))
    row = one.units.index("lao-cai")
    assert np.isnan(one.y[row, 5:]).all() and np.isfinite(one.y[row, :5]).all() and one.d[row].tolist() == [0, 0, 1, 1, 1, 0, 0, 0]
    assert np.isfinite(np.delete(one.y, row, 0)).all() and one.rule == "drop_unknown; editions after the end of ddci left out for its provinces"
    over = build(exposure=exposure(cohorts=begun, ended={"lao-cai": 2013, HUE: 2014}))  # nobody is exposed from 2015 on
    assert np.isnan(over.y[:, 6:]).all() and np.isfinite(over.y[:, 5]).sum() == 2 * 62 and over.d[:, 6:].sum() == 0
    away = build(exposure=exposure(cohorts=begun, ended={"lao-cai": 2013, HUE: 2014}), exclude=["Huế"])  # who left cannot hold an edition
    assert np.isnan(away.y[:, 5:]).all() and HUE not in away.units


def test_an_exposure_of_ones_own_may_leave_gaps():
    given = exposure(cohorts={"lao-cai": 2012}).query("province == 'lao-cai' or year == 2009").astype({"ended": object, "adopted": object, "state": object})
    given.loc[given["province"] != "lao-cai", ["state", "ended", "adopted", "dose"]] = np.nan  # not said: no
    elsewhere = pd.DataFrame([("atlantis", 2012, True, 2012.0, 1.0, "listed", False, "high"), ("lao-cai", 1999, True, 1999.0, 1.0, "", False, "high")],
                             columns=given.columns)
    panel = build(exposure=pd.concat([given, elsewhere.iloc[:1]]))
    assert panel.units == tuple(NAMES) and panel.d.sum() == 5 and panel.rule == "drop_unknown"
    first = build(exposure=pd.concat([elsewhere.iloc[1:], given]))  # the first date given of a province counts, if of no edition here
    assert first.cohort[first.units.index("lao-cai")] == 1999
    with pytest.raises(BadInput, match="the same province and year twice in the exposure"):
        build(exposure=pd.concat([given, given.iloc[:1]]))


def test_an_exposure_that_was_kept_as_csv_is_the_same(tmp_path):
    """Who is not listed has no confidence, which a CSV gives back as a missing value: all were listed then, and without a date."""
    given = exposure(cohorts={"lao-cai": 2012, HUE: 2014}, unknown=("ca-mau",))
    given.to_csv(tmp_path / "given.csv", index=False)
    again, plain = build(exposure=pd.read_csv(tmp_path / "given.csv")), build(exposure=given)
    assert again.units == plain.units and again.rule == plain.rule and (again.cohort == plain.cohort).all() and (again.d == plain.d).all()


def test_whom_an_exposure_of_ones_own_does_not_name_nothing_is_known_of():
    """They were controls, and nobody was told."""
    some = exposure(cohorts={"lao-cai": 2012}).query("province not in ('ca-mau', 'ha-giang')")
    known, all_ = build(exposure=some), build(exposure=some, sample_rule="unknown_as_control")
    assert set(NAMES) - set(known.units) == {"ca-mau", "ha-giang"} and known.rule == "drop_unknown; provinces of unknown state left out: 2"
    assert all_.units == tuple(NAMES) and np.array(all_.units)[all_.unknown].tolist() == ["ca-mau", "ha-giang"]


@pytest.mark.parametrize("column", ["adopted", "ended"])
@pytest.mark.parametrize("no", ["False", "no", "0", 2, 0.5])
def test_a_text_that_says_no_is_not_taken_for_true(column, no):
    """Every text is true to Python: all editions were exposed, and the refusal spoke of an exposure before its cohort."""
    given = exposure(cohorts={"lao-cai": 2012})
    wrong = given.astype({column: object})
    wrong.loc[wrong.index[0], column] = no
    with pytest.raises(BadInput, match="neither true nor false") as told:
        build(exposure=wrong)
    assert told.value.column == f"exposure: {column}" and told.value.value == no
    for same in (given.astype({column: int}), given.astype({column: float}), given.astype({column: "boolean"}), given.astype({column: object})):
        assert (build(exposure=same).d == build(exposure=given).d).all()


def test_years_and_values_of_tables_of_ones_own_are_numbers():
    given, table = exposure(cohorts={"lao-cai": 2012}), controls()
    for wrong in ({"exposure": given.astype({"year": str})}, {"table": scores().astype({"year": str})},
                  {"controls": "grdp", "control_table": table.astype({"year": str})},
                  {"controls": "grdp", "control_table": table.astype({"value": str})}):
        with pytest.raises(BadInput, match="not a number"):
            build(**wrong)
    objects = build(controls="grdp", control_table=table.astype({"year": object, "value": object}), exposure=given.astype({"year": object}))
    assert list(objects.controls) == ["grdp@2011"] and objects.d.sum() == 5
    with pytest.raises(BadInput, match="the same province, year and variable twice in the controls"):
        build(controls="grdp", control_table=pd.concat([table, table.iloc[:1]]))


@pytest.mark.parametrize(("outcome", "unit"), [("z", "standard deviations"), ("rank", "places")])
def test_scales_are_of_all_published_provinces(outcome, unit):
    """Whoever a rule leaves out, a rank is a rank of the edition."""
    given = exposure(cohorts={"lao-cai": 2012}, unknown=NAMES[:20])
    table = scores()
    table["score"] = np.random.default_rng(0).normal(size=len(table)).round(1)
    panel = build(table=table, exposure=given, outcome=outcome)
    assert len(panel.units) < 63 and (panel.outcome, panel.outcome_unit) == (outcome, unit)
    wide = table[table["component"] == "transparency"].pivot(index="province", columns="year", values="score")
    scaled = (wide - wide.mean()) / wide.std() if outcome == "z" else wide.rank(ascending=False, method="min")
    assert panel.y[:, :, 1] == pytest.approx(scaled.loc[list(panel.units)].to_numpy())
    if outcome == "z":
        same = table.assign(score=table["score"].where(table["year"] != 2010, 0.1))  # no spread but rounding, no standardised score
        assert np.isnan(build(table=same, exposure=given, outcome="z").y[:, 1]).all()


def test_editions_published_for_some_and_of_merged_provinces_are_left_out():
    some = scores(years=[2017], names=NAMES[:50])
    after = scores(years=[2025], names=NAMES[:34])
    table = pd.concat([scores(), some, after])
    given = exposure([*YEARS, 2017, 2025], cohorts={"lao-cai": 2012})
    panel = build(table=table, exposure=given)
    assert panel.years.tolist() == list(YEARS)
    assert panel.rule == "drop_unknown; editions left out: 2017 (50 of 63 provinces), 2025 (units after the mergers)"
    enough = build(table=pd.concat([scores(), scores(years=[2017], names=NAMES[:51])]), exposure=given)  # 51 of 63 are four in five
    assert enough.years.tolist() == [*YEARS, 2017] and np.isnan(enough.y[51:, -1]).all()
    asked = build(table=table, exposure=given, years=[2010, 2011, 2017, 2030])
    assert asked.years.tolist() == [2010, 2011] and asked.rule == "drop_unknown; editions left out: 2017 (50 of 63 provinces)"
    with pytest.raises(NotEstimable, match="pci has no edition for most provinces in 2017"):
        build(table=table, exposure=given, years=2017)
    for years, when in (("1990:1991", "1990–1991"), (None, "the panel")):
        with pytest.raises(NotEstimable, match=f"pci has no edition for most provinces in {when}$"):
            build(table=table if years else table.assign(score=np.nan), exposure=given, years=years)


def test_ha_tay_until_it_joined_ha_noi():
    names = sorted(provinces.province_set(2007))
    table = pd.concat([scores().query("province != 'ha-tay'"), scores(names=["lao-cai"]).assign(province="ha-tay").query("year < 2009")])
    early = pd.DataFrame([(p, year, "pci", "time_costs", "component", 5.0 + i / 100 + year % 7, "published")
                          for i, p in enumerate(names) for year in (2006, 2007)], columns=table.columns)
    given = exposure([2006, 2007, *YEARS], cohorts={"lao-cai": 2012})
    given = pd.concat([given, given.query("province == 'ca-mau'").assign(province="ha-tay")])
    panel = build("time_costs", table=pd.concat([table, early]), exposure=given)
    row = panel.units.index("ha-tay")
    assert len(panel.units) == 64 and np.isfinite(panel.y[row, :2]).all() and np.isnan(panel.y[row, 2:]).all()
    assert panel.region[row] == panel.region[panel.units.index("ha-noi")]


def test_components_by_name_and_by_default():
    table = pd.concat([scores(), scores(years=[2012], components=["proactivity"])])
    assert build(None, table=table).components == ("transparency", "time_costs")  # in the index's order; one edition tells of no change
    two = pd.concat([scores(), scores(years=[2012, 2013], components=["proactivity"])])
    assert build(None, table=two).components == ("transparency", "time_costs", "proactivity")
    assert build("proactivity", table=table).components == ("proactivity",)
    assert build(["transparency", "time_costs", "transparency"]).components == ("transparency", "time_costs")
    with pytest.raises(NotEstimable, match="proactivity of pci was not published in 2009–2011"):
        build(["time_costs", "proactivity"], table=table, years="2009:2011")
    for name in ("nonsense", "participation"):
        with pytest.raises(UnknownName):
            build(name)
    with pytest.raises(NotEstimable, match="pci has no component scores in the panel"):
        build(None, table=scores().assign(level="overall"))
    with pytest.raises(NotEstimable, match="there is no composite with fixed weights for papi"):
        sample.build("papi", reform="ddci", outcome="fixed_weight", scores=scores(index="papi"))
    fixed = build(None, table=scores(components=["overall_fixed_weights"]).assign(level="overall"), outcome="fixed_weight")
    assert fixed.components == ("overall_fixed_weights",) and fixed.outcome_unit == "points"


def test_one_component_by_two_names_is_one():
    """It stood twice in the table, and its p-value allowed for itself."""
    assert build(["time_costs", "Chi phí thời gian", "transparency", "Time Costs"]).components == ("time_costs", "transparency")


def test_the_fixed_composite_takes_no_components():
    """Its effect stood under a line that named the component."""
    table = pd.concat([scores(), scores(components=["overall_fixed_weights"]).assign(level="overall")])
    for given, told in (("time_costs", "time_costs"), (["Time Costs", "transparency"], "time_costs, transparency")):
        with pytest.raises(BadInput, match=f"column components, value '{told}': the composite with fixed weights has no components → leave"):
            build(given, table=table, outcome="fixed_weight")
    assert build("overall_fixed_weights", table=table, outcome="fixed_weight").components == ("overall_fixed_weights",)


@pytest.mark.parametrize(("choice", "error", "words"), [
    ({"outcome": ["score"]}, UnknownName, "unknown outcome .'score'.; nearest: score"),
    ({"outcome": "logarithm"}, UnknownName, "unknown outcome 'logarithm'"), ({"sample_rule": "all"}, UnknownName, "unknown sample rule 'all'"),
    ({"reform": "ddcj"}, UnknownName, "unknown reform"), ({"exclude": "Atlantis"}, UnknownName, "Atlantis"),
    ({"years": "2012:2010"}, BadInput, "reversed"), ({"reading": "middle"}, UnknownName, "middle"), ({"exposure_rule": "never"}, UnknownName, "never")])
def test_names_are_checked(choice, error, words):
    with pytest.raises(error, match=words):
        build(**choice)


def test_scores_must_be_whole():
    with pytest.raises(BadInput, match="the same province, year and component twice in the scores"):
        build(table=pd.concat([scores(), scores().iloc[:1]]))
    table = scores()
    table.loc[5, "score"] = np.inf
    with pytest.raises(BadInput, match="an infinite score in the panel"):
        build(table=table)
    nobody = build(exclude=NAMES, exposure=exposure(cohorts={"lao-cai": 2012}))
    assert nobody.units == () and nobody.rule == f"drop_unknown; excluded: {', '.join(NAMES)}"


def controls():
    """Income told by its year; urban shares of half of the provinces in 2011 and of all in 2010; a birth rate too old to be used."""
    rows = [(p, year, "grdp", 10.0 ** (1 + i / 63) * (year - 2000)) for i, p in enumerate(NAMES) for year in range(2005, 2015)]
    rows += [(p, year, "urban_share", i + year / 1000) for i, p in enumerate(NAMES) for year in (2010, 2011) if year == 2010 or i < 30]
    rows += [(p, 2006, "birth_rate", float(i)) for i, p in enumerate(NAMES)]
    rows += [(p, 2011, "poverty", float(np.exp(-1 - i))) for i, p in enumerate(NAMES)]  # below one
    rows += [(p, 2007, "old_enough", float(i)) for i, p in enumerate(NAMES)]
    return pd.DataFrame(rows, columns=["province", "year", "variable", "value"])


def test_controls_are_of_before_anyone_was_exposed():
    """Exposed from 2012 on: values of 2011, or of the last year before that most provinces have; standardised."""
    panel = build(controls=["log:grdp", "urban_share", "old_enough"], control_table=controls())
    assert list(panel.controls) == ["log:grdp@2011", "urban_share@2010", "old_enough@2007"]
    order = (np.arange(63) - 31) / np.arange(63).std()
    for value in panel.controls.values():
        assert value == pytest.approx(order)
    assert build(controls="log:poverty", control_table=controls()).controls["log:poverty@2011"] == pytest.approx(-order)
    plain = build(controls="grdp", control_table=controls())
    raw = 10.0 ** (1 + np.arange(63) / 63)
    assert plain.controls["grdp@2011"] == pytest.approx((raw - raw.mean()) / raw.std())
    late = build(controls="grdp", control_table=controls(), exposure=exposure(cohorts={}))  # nobody: the last edition is before
    assert list(late.controls) == ["grdp@2014"]
    excluded = build(controls="grdp", control_table=controls(), exclude="lao-cai")  # the first of those in the sample
    assert list(excluded.controls) == ["grdp@2013"] and len(excluded.controls["grdp@2013"]) == 62


@pytest.mark.parametrize("start", [2001, 2008, 2009])
def test_who_is_exposed_in_all_editions_has_no_say_in_when_controls_are_taken(start):
    """It leaves the sample, but made controls be of before its own start: years too old, or none at all."""
    given = exposure(cohorts={"lao-cai": start, HUE: 2014})
    assert YEARS[0] == 2009
    assert list(build(controls="grdp", control_table=controls(), exposure=given).controls) == ["grdp@2013"]
    alone = exposure(cohorts={"lao-cai": 2009})
    assert list(build(controls="grdp", control_table=controls(), exposure=alone).controls) == ["grdp@2008"]


def test_provinces_without_a_control_leave_and_are_named():
    table = controls()
    table.loc[(table["province"] == "ca-mau") & (table["year"] == 2011), "value"] = np.nan
    table.loc[(table["province"] == "son-la") & (table["variable"] == "grdp"), "value"] = -1.0  # has no logarithm
    panel = build(controls="log:grdp", control_table=table)
    assert set(NAMES) - set(panel.units) == {"ca-mau", "son-la"} and panel.y.shape[0] == 61 == len(panel.controls["log:grdp@2011"])
    assert "without a value of the controls, left out: ca-mau, son-la" in panel.note
    values = panel.controls["log:grdp@2011"]
    assert values.mean() == pytest.approx(0, abs=1e-12) and values.std() == pytest.approx(1)
    for names, error, words in (("grpd", UnknownName, "unknown control 'grpd'.*grdp"), ("birth_rate", NotEstimable, "no value before the first exposure \\(2012\\)"),
                                ("log:nothing", UnknownName, "unknown control 'nothing'"), ("GRDP", UnknownName, "unknown control 'GRDP'; nearest: grdp")):
        with pytest.raises(error, match=words):
            build(controls=names, control_table=controls())
    with pytest.raises(NotEstimable, match="no province has all controls: log:grdp@2011"):
        build(controls="log:grdp", control_table=controls().assign(value=-1.0))
    flat = build(controls="grdp", control_table=controls().assign(value=3.0))
    assert (flat.controls["grdp@2011"] == 0).all()  # the same everywhere: `check` says so


def test_tables_are_read_where_none_are_given(tmp_path, monkeypatch):
    monkeypatch.setattr("govlib.paths.processed", lambda: tmp_path)
    scores().assign(rank=1, note="of no use here").to_parquet(tmp_path / "scores.parquet")
    controls().to_parquet(tmp_path / "controls.parquet")
    given = exposure(cohorts={"lao-cai": 2012})
    read = sample.build("PCI", "Time Costs", reform="ddci", exposure=given, controls="grdp")  # names as people say them
    told = build("time_costs", exposure=given, controls="grdp", control_table=controls())
    assert (read.y == told.y).all() and read.index_id == "pci" and read.components == ("time_costs",)
    assert read.controls["grdp@2011"].tolist() == told.controls["grdp@2011"].tolist()


def test_a_figure_its_publisher_does_not_stand_by_is_nobody_s_outcome(panel):
    """PAPI 2022 of Bắc Ninh and Bắc Giang was ranked and compared nowhere, and estimates took it."""
    table = pd.read_parquet(panel / "scores.parquet").query("index_id == 'papi' and component == 'service_delivery'")
    printed = table.pivot(index="province", columns="year", values="score").astype(float)
    assert printed.loc[["bac-giang", "bac-ninh"], 2022].notna().all()
    told = ("papi", "service_delivery")
    one = sample.build(*told, reform="ddci", years="2018:2024")
    y = pd.DataFrame(one.y[:, :, 0], one.units, one.years)
    assert "left out, as their publisher does not stand by them: bac-giang, bac-ninh 2022" in one.rule
    expected = printed.loc[one.units, one.years]
    expected.loc[["bac-giang", "bac-ninh"], 2022] = np.nan
    assert np.array_equal(y, expected, equal_nan=True)
    z = sample.build(*told, reform="ddci", years="2018:2024", outcome="z")
    others = printed[2022].drop(["bac-giang", "bac-ninh"])
    who = next(u for u in z.units if u in others.index)
    at = list(z.units).index(who), list(z.years).index(2022)
    assert z.y[*at, 0] == pytest.approx((others[who] - others.mean()) / others.std())
    assert "stand by" not in sample.build(*told, reform="ddci", years="2011:2021").rule
