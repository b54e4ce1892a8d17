"""Effects on the project's own panel: the run over pairs, the command, grades and sentences, cases, and the notebooks."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from govlib import cli, effects
from govlib.effects import RESULT_COLUMNS, design, plots, pooled, sample, tables
from govlib.effects.case import province_case
from govlib.effects.quoted import quoted as all_quoted
from govlib.effects.report import GRADES, grade, sentence
from govlib.effects.study import or_refused
from govlib.errors import BadInput, NotEstimable
from govlib.known import provinces, reforms

COUNCILS = {"reform": "peoples_council_removal", "years": "2006:2015"}


def command(*arguments):
    return subprocess.run([sys.executable, "-m", "govlib", "effects", *arguments], capture_output=True, text=True, timeout=300,
                          env={**os.environ, "PYTHONIOENCODING": "utf-8"}, check=False)


# ------------------------------------------------------------------------------------------------------- the command
def test_the_fixed_command_prints_its_rows(panel):
    done = command("--index", "pci", "--component", "time_costs", "--reform", "peoples_council_removal", "--years", "2006:2012",
                   "--estimator", "twfe", "--json")
    rows = json.loads(done.stdout)
    assert done.returncode == 0 and list(rows[0]) == RESULT_COLUMNS
    (overall,) = [r for r in rows if r["term"] == "att"]
    assert overall["n_treated"] == 10 and overall["years"] == "2006:2012" and overall["n_obs"] > 400
    frame = effects.build("pci", "time_costs", reform="peoples_council_removal", years="2006:2012").one(0).frame()
    from linearmodels import PanelOLS

    other = PanelOLS.from_formula("y ~ d + EntityEffects + TimeEffects", frame.set_index(["unit", "time"])).fit()
    assert overall["estimate"] == pytest.approx(other.params["d"], abs=1e-9)


@pytest.mark.parametrize(("arguments", "message"), [
    (["--index", "pci"], "--reform"),
    (["--index", "pci", "--reform", "nonsense"], "unknown reform"),
    (["--index", "pci", "--reform", "one_stop_decree_61", "--component", "time_costs"], "all provinces are treated at once"),
    (["--index", "pci", "--reform", "ddci", "--years", "2012:2006"], "reversed"),
    (["--index", "pci", "--reform", "ddci", "--option", "horizon"], "name=value"),
    (["--index", "pci", "--reform", "ddci", "--option", "horizon=3²"], "no option horizon"),
    (["--index", "pci", "--reform", "ddci", "--out", "x"], "--out goes with --all only"),
    (["--index", "pci", "--reform", "ddci", "--unit", "state"], "--unit goes with --panel only"),
    (["--index", "pci", "--reform", "ddci", "--csv", "--json"], "--csv does not go with --json"),
    (["--all", "--index", "pci"], "--index does not go with --all"), (["--all", "--sample-rule", "x"], "--sample-rule does not go with --all"),
    (["--notebook", "--index", "pci", "--reform", "ddci", "--component", "time_costs"], "--component does not go with --notebook"),
    (["--panel", "x.csv", "--force"], "--force goes with --all only"),
])
def test_wrong_calls_end_with_one_message(panel, capsys, arguments, message):
    code, said = cli.main(["effects", *arguments]), capsys.readouterr()
    assert code == (1 if "treated at once" in message else 2) and message in said.err and "Traceback" not in said.err and said.out == ""


# ------------------------------------------------------------------------------------------------------ run_all
def _umask() -> int:
    import os

    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def test_run_writes_whole_files_once(panel, tmp_path, monkeypatch):
    monkeypatch.setattr("govlib.effects.runner._code", lambda: "these modules as they are now")
    chosen = {"reforms": ["peoples_council_removal", "one_stop_decree_61", "administrative_complex"], "indices": ["papi"]}
    first = effects.run_all(tmp_path, **chosen)
    assert sorted(p.name for p in first) == ["administrative_complex.papi.parquet", "one_stop_decree_61.papi.parquet",
                                             "peoples_council_removal.papi.parquet"]
    assert effects.run_all(tmp_path, **chosen) == [] and not list(tmp_path.glob(".*.part"))
    table = pd.concat(map(pd.read_parquet, first))
    assert list(table.columns) == RESULT_COLUMNS
    national = table[table["reform"] == "one_stop_decree_61"]
    assert national["estimate"].isna().all() and national["note"].str.contains("not estimable, because all provinces").all()
    councils = table[table["reform"] == "peoples_council_removal"]
    assert councils["estimate"].isna().all()  # PAPI begins after the pilot did
    single = table[(table["reform"] == "administrative_complex") & (table["inference"] == "crv1")]
    single = single[single["term"] == "att"]
    assert set(single["grade"]) <= {"no_inference", "not_estimable", "no_evidence", "mixed", "hint"}  # by permutation, not by clusters
    assert set(single.loc[single["p_ri"] >= 0.05, "grade"]) <= {"no_inference", "no_evidence"}
    assert {path.stat().st_mode & 0o777 for path in first} == {0o666 & ~_umask()}
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster, \
            Client(cluster) as client:
        far = effects.run_all(tmp_path / "far", client=client, **chosen)
    for here, there in zip(first, far, strict=True):
        pd.testing.assert_frame_equal(pd.read_parquet(here), pd.read_parquet(there))
    first[0].write_bytes(b"cut short")
    assert effects.run_all(tmp_path, **chosen) == [first[0]]


def test_a_reform_that_left_the_registry_leaves_its_estimates(panel, tmp_path, monkeypatch):
    (tmp_path / "a_reform_struck_out.pci.parquet").write_bytes(b"")
    kept = tmp_path / "kept.pci.parquet"
    kept.write_bytes(b"")
    monkeypatch.setattr("govlib.effects.runner._tasks", lambda *_: iter([(kept, "", None)]))
    assert effects.run_all(tmp_path) == [] and len(list(tmp_path.glob("*.parquet"))) == 2, "in a folder of one's own lie files of others"
    monkeypatch.setattr("govlib.effects.runner.paths.estimates", lambda: tmp_path)
    pools = pooled_elsewhere(monkeypatch, tmp_path)
    assert effects.run_all(reforms=["ddci"]) == [] and pools() != {"before"}
    (before,) = pools()
    assert effects.run_all(reforms=["ddci"]) == [] and len(list(tmp_path.glob("*.parquet"))) == 2 and pools() == {before}
    assert effects.run_all() == [] and list(tmp_path.glob("*.parquet")) == [kept] and len(pools()) == 1 and pools() != {before}, "they were pooled with it"


def pooled_elsewhere(monkeypatch, folder):
    """What is pooled of all estimates as two files of a word each; returns what tells both."""
    runner, files = "govlib.effects.runner", (folder / "pooled", folder / "settled")
    for name, file in zip(("path", "settled_path"), files, strict=True):
        file.write_text("before")
        monkeypatch.setattr(f"{runner}.pooled.{name}", lambda file=file: file)
    monkeypatch.setattr(f"{runner}.pooled.made_from", lambda file: file.read_text())
    monkeypatch.setattr(f"{runner}.quoted.quoted", lambda ids: None)
    monkeypatch.setattr(f"{runner}.together.build", lambda *_: None)
    monkeypatch.setattr(f"{runner}.settled.write", lambda rows, made_from, scores: files[1].write_text(made_from))
    monkeypatch.setattr(f"{runner}.together.write", lambda table, made_from: files[0].write_text(made_from))
    return lambda: {file.read_text() for file in files}


def test_what_is_pooled_says_of_which_estimates(tmp_path, monkeypatch):
    monkeypatch.setattr("govlib.effects.together.path", lambda: tmp_path / "a.parquet")
    monkeypatch.setattr("govlib.effects.settled.settled_path", lambda: tmp_path / "b.parquet")
    effects.together.write(pd.DataFrame({"x": [1.0]}), "of these")
    effects.settled.write(pd.DataFrame(), "of these")
    (tmp_path / "c.parquet").write_bytes(b"PAR1")
    assert [pooled.made_from(tmp_path / f"{name}.parquet") for name in "abcd"] == ["of these", "of these", "", ""]


def test_a_run_that_broke_off_is_seen_in_what_is_pooled_and_costs_nothing(panel, tmp_path, monkeypatch):
    """Stopped while it pooled, it was finished for the next run, with what had been pooled of the estimates before."""
    (tmp_path / "estimates").mkdir()
    path, keys = tmp_path / "estimates/ddci.pci.parquet", {}
    monkeypatch.setattr("govlib.effects.runner.paths.estimates", lambda: path.parent)
    monkeypatch.setattr("govlib.effects.runner._tasks", lambda *_: iter([(path, "new", ())]))
    monkeypatch.setattr("govlib.effects.runner._key", lambda path: keys.get(path.exists(), "old"))
    monkeypatch.setattr("govlib.effects.runner.pair.as_file", lambda key: (b"rows", 1, 1))
    pools = pooled_elsewhere(monkeypatch, tmp_path)

    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("govlib.effects.runner.settled.write", stopped)
        with pytest.raises(KeyboardInterrupt):
            effects.run_all()
    assert path.read_bytes() == b"rows" and pools() == {"before"}  # no earlier good output is lost
    keys[True] = "new"
    assert effects.run_all() == [] and len(pools()) == 1 and pools() != {"before"}
    monkeypatch.setattr("govlib.effects.runner.settled.write", stopped)
    assert effects.run_all() == [], "pooled again without need"


def test_estimates_hang_on_what_the_reform_aims_at(scores, tmp_path, monkeypatch):
    """P-values allow together for the components aimed at: those of a corrected aim stayed as they were."""
    from govlib.effects import runner

    monkeypatch.setattr(runner, "_code", lambda: "")

    def key() -> str:
        ((_, key, _),) = runner._tasks(tmp_path, scores, ["administrative_complex"], ["pci"])
        return key

    before = key()
    assert key() == before
    monkeypatch.setattr(runner.registry, "targets", lambda reform, index=None: ["land_access"])
    assert key() != before


# ------------------------------------------------------------------------------------------------- numbers of the panel
@pytest.fixture(scope="module")
def councils(panel):
    return effects.estimate("pci", inference=("crv1", "ri"), **COUNCILS)


def test_the_methodology_quotes_what_the_panel_gives(councils, root):
    """Each row of the case in docs/methodology.md, to the digits printed."""
    text = (root / "docs" / "methodology.md").read_text(encoding="utf-8").replace("−", "-")
    rows = councils[(councils["term"] == "att") & (councils["inference"] == "crv1")].set_index("component")
    dealt = councils[(councils["term"] == "att") & (councils["inference"] == "ri")].set_index("component")
    labels = {"labor_policy": "labour policy"}
    for component, row in rows.iterrows():
        cells = re.search(rf"^\| {labels.get(component, component.replace('_', ' '))} \|(.*)\|$", text, re.M).group(1).split("|")
        printed = [float(cell) for cell in cells]
        assert printed[:3] == pytest.approx([row["estimate"], row["std_error"], row["p_value"]], abs=0.0051)
        assert printed[4:6] == pytest.approx(dealt.loc[component, ["p_value", "p_adjusted"]].tolist(), abs=0.0011)
        assert printed[6] == pytest.approx(row["pretrend_p"], abs=0.0011) and printed[7] == pytest.approx(row["mde"], abs=0.0051)


def test_what_the_methodology_says_of_the_case_is_of_the_permutation_test_as_it_is(councils, root):
    text = " ".join((root / "docs" / "methodology.md").read_text(encoding="utf-8").split())
    shorter = effects.estimate("pci", inference=("crv1", "ri"), **COUNCILS | {"years": "2006:2012"})
    for found, form in ((councils, "(permutation {}, Romano–Wolf {}): no evidence either way"),
                        (shorter, "(p = .021, permutation {}, Romano–Wolf {})")):
        row = found[(found["term"] == "att") & (found["inference"] == "ri")].set_index("component").loc["transparency"]
        assert form.format(*(f"{row[c]:.3f}".removeprefix("0") for c in ("p_value", "p_adjusted"))) in text
    whole = effects.estimate("pci", "overall_fixed_weights", inference=("crv1", "ri"), **COUNCILS).iloc[0]
    assert f"permutation {whole['p_ri']:.3f}".replace(" 0.", " .") in text and effects.grade(whole) == "no_evidence"


def test_nothing_is_clear_of_zero_in_the_councils_case(councils):
    overall = councils[councils["term"] == "att"]
    assert overall["component"].nunique() == 10 and (overall["p_adjusted"] >= 0.05).all()
    assert set(overall["grade"]) == {"no_evidence"}


def test_placebo_before_the_reform_is_noise(panel):
    rows = tables.placebo_date("pci", reform="peoples_council_removal", pretend=2008, years="2006:2008", inference="crv1")
    assert (rows.loc[rows["term"] == "att", "p_value"] > 0.05).all()
    with pytest.raises(BadInput, match="before the real start"):
        tables.placebo_date("pci", reform="peoples_council_removal", pretend=2008, years="2006:2010")


def test_provinces_beside_the_pilot_fell_with_it_as_the_methods_page_says(panel, root):
    found = tables.spillovers("pci", **COUNCILS, estimator="twfe").set_index(["spillover", "component"])
    text = " ".join((root / "docs" / "methodology.md").read_text(encoding="utf-8").split())

    def told(kind, column, form):
        one, two, three = (f"{abs(found.loc[(kind, c), column]):{form}}" for c in ("proactivity", "business_support", "transparency"))
        return [one.removeprefix("0") if column == "p_adjusted" else one for one in (one, two, three)]

    for kind in ("all", "apart", "beside"):
        one, two, three = told(kind, "estimate", ".2f")
        assert f"{one}, {two} and {three}" in text or f"{one}, {two}, {three}" in text
    for kind in ("apart", "beside"):
        assert ", ".join(told(kind, "p_adjusted", ".3f")) in text
    assert set(found.loc["beside", "n_treated"]) == {30} and (found.loc["apart", "n_obs"] < found.loc["all", "n_obs"]).all()
    assert found["note"].str.contains("without a known border, left out: ha-tay").all()


def test_what_pages_quote_held_against_those_apart_is_as_the_methods_page_says(panel, root):
    said = all_quoted(list(reforms.reform_types().index))
    asked = said[said["estimator"] == "imputation"].groupby(["index_id", "reform"])["component"]
    found = {}
    for (index, reform), components in asked:
        rows, why = or_refused(lambda index=index, reform=reform, components=components: tables.spillovers(
            index, list(components.unique()), reform=reform))
        for row in [] if why else rows.to_dict("records"):
            found.setdefault((reform, row["component"]), {})[row["spillover"]] = row
    every = [kinds for kinds in found.values() if np.isfinite(kinds["all"].get("estimate", np.nan))]
    both = [kinds for kinds in every if np.isfinite(kinds["apart"].get("estimate", np.nan))]
    turned = [kinds for kinds in both if kinds["all"]["estimate"] * kinds["apart"]["estimate"] < 0]
    away = np.median([abs(kinds["apart"]["estimate"] - kinds["all"]["estimate"]) / kinds["all"]["std_error"] for kinds in both])
    clear = {name: [round(kinds[kind]["estimate"], 2) for kind in ("all", "apart")] for name, kinds in found.items()
             if kinds in both and kinds["all"]["p_adjusted"] < 0.05}
    assert clear == {("digital_transformation_resolution", "e_governance"): [-0.66, -0.41], ("business_coffee", "proactivity"): [0.83, 0.84]}
    text = " ".join((root / "docs" / "methodology.md").read_text(encoding="utf-8").split())
    assert f"Of {len(every)} estimates by imputation that pages quote, {len(both)} can be asked so" in text and f"{len(turned)} change" in text
    assert away == pytest.approx(0.5, abs=0.05) and all(kinds["all"]["p_value"] > 0.1 for kinds in turned)
    assert "−0.66 (−0.41 apart)" in text and "0.83 (0.84)" in text


def test_what_the_quoted_estimates_say_together_is_as_the_documents_say(panel, root):
    found, said = pooled.read(), all_quoted(list(reforms.reform_types().index))
    text, simulated = (" ".join((root / "docs" / name).read_text(encoding="utf-8").split()) for name in ("methodology.md", "simulation_report.md"))
    told, spreads = found.attrs, [f"{x:.2f}".removeprefix("0") for x in found.attrs["taus"]]
    check = [f"{told['check'][name]:.2f}" for name in ("spread", "largest", "skewness")]
    assert f"p {', '.join(p.removeprefix('0') for p in check)} in November 2026: {len(found)} of {said['index_id'].isin(['pci', 'papi']).sum()} " \
        f"quoted estimates, mean effect {told['mean']:.3f} (±{told['mean_sd']:.2f}), τ {spreads[0]}, {spreads[1]} and {spreads[2]}; " in text
    assert set(found["finding"]) == {"small"} and f"all {len(found)} `small`" in text
    assert f"reads {len(found)} quoted estimates of {found['reform'].nunique()} kinds of reform on " \
        f"{found[['index_id', 'component']].drop_duplicates().shape[0]} components" in simulated
    assert "spread {}, largest {}, skewness {}.".format(*check) in simulated


def test_selected_editions_are_left_out_and_named(panel):
    rows = effects.estimate("pci", "time_costs", reform="provincial_service_centre")
    rule = rows["sample_rule"].iloc[0]
    assert "2022 (" in rule and "2023 (" not in rule and "provinces of unknown state left out" in rule and "ca-mau" in rule
    with pytest.raises(NotEstimable, match="no edition for most provinces"):
        effects.estimate("pci", "time_costs", reform="provincial_service_centre", years=[2022])


def test_both_readings_and_rules_give_rows_that_say_so(panel):
    seen = set()
    for reading in ("early", "late"):
        for rule in ("drop_unknown", "unknown_as_control"):
            row = effects.estimate("pci", "time_costs", reform="provincial_service_centre", reading=reading, sample_rule=rule,
                                   estimator="callaway_santanna").iloc[0]
            assert row["reading"] == reading and row["sample_rule"].startswith(rule)
            seen.add((round(row["estimate"], 6), row["inputs_sha256"]))
    assert len(seen) == 4


@pytest.mark.parametrize("outcome", ["z", "rank", "fixed_weight"])
def test_other_outcomes(panel, outcome):
    chosen = None if outcome == "fixed_weight" else "time_costs"
    row = effects.estimate("pci", chosen, outcome=outcome, **COUNCILS).iloc[0]
    assert np.isfinite(row["estimate"]) and row["outcome"] == outcome
    assert row["outcome_unit"] == {"z": "standard deviations", "rank": "places", "fixed_weight": "points"}[outcome]


def test_controls_are_from_before_the_reform(panel):
    row = effects.estimate("pci", "time_costs", controls=("log:grdp", "log:budget_revenue"), **COUNCILS).iloc[0]
    years = [int(y) for y in re.findall(r"@(\d{4})", row["controls"])]
    assert len(years) == 2 and max(years) < 2009


def test_spatial_errors_use_the_map_and_say_what_it_lacks(panel, monkeypatch):
    from shapely.geometry import box

    from govlib.known import boundaries, provinces

    spread = {p: box(105 + i % 8, 9 + i // 8, 105.5 + i % 8, 9.5 + i // 8) for i, p in enumerate(provinces.province_set(2020))}
    monkeypatch.setattr(boundaries, "boundaries", lambda year: spread)
    with pytest.raises(NotEstimable, match="ha-tay"):
        effects.estimate("pci", "time_costs", inference="conley", **COUNCILS)
    rows = effects.estimate("pci", "time_costs", inference=("crv1", "conley"), exclude=["ha-tay"], **COUNCILS)
    rows = rows[rows["term"] == "att"].set_index("inference")
    assert rows.at["conley", "estimate"] == rows.at["crv1", "estimate"] and rows.at["conley", "std_error"] > 0
    monkeypatch.setattr("govlib.did.engine.CONLEY_KM", 0.001)  # nobody near: clustering by province, but for its factor
    alone = effects.estimate("pci", "time_costs", inference="conley", exclude=["ha-tay"], **COUNCILS)
    alone = alone[alone["inference"] == "conley"].iloc[0]
    assert effects.line(dict(alone)).count("inference='conley'") == 1
    assert alone["std_error"] == pytest.approx(rows.at["crv1", "std_error"], rel=0.03)


# --------------------------------------------------------------------------------------------------- grades and words
def row(**changes):
    base = {"index_id": "pci", "component": "time_costs", "reform": "ddci", "estimate": 0.4, "ci_low": 0.1, "ci_high": 0.7,
            "p_value": 0.01, "p_adjusted": 0.03, "p_ri": 0.02, "inference": "crv1", "n_treated": 12, "n_provinces": 63,
            "design": "staggered", "pretrend_p": 0.4, "forbidden_weight": np.nan, "agreement": np.nan, "mde": 0.5, "family": 10,
            "sample_rule": "drop_unknown", "outcome_unit": "points", "years": "2008:2019", "note": ""}
    return base | changes


@pytest.mark.parametrize("changes", [{}, {"agreement": 1.0}, {"p_value": 0.2}, {"p_adjusted": 0.06}, {"pretrend_p": 0.01},
                                     {"agreement": 0.5}, {"agreement": 0.5, "n_other": 15, "other_low": -0.31, "other_high": 0.62},
                                     {"n_unknown": 51}, {"n_unknown": 7}, {"n_other": 1, "other_low": 0.2, "other_high": 0.2},
                                     {"n_treated": 2}, {"estimate": -0.4, "ci_low": -0.7, "ci_high": -0.1},
                                     {"outcome_unit": "places"}, {"estimate": 0.001}])
def test_sentences_carry_the_numbers_and_only_earned_words(changes):
    given = row(**changes)
    english, vietnamese = sentence(given, "en"), sentence(given, "vi")
    level = grade(given)
    assert GRADES[level][1] in english and GRADES[level][0] in vietnamese
    assert ("by this design the reform made" in english) == (level in ("moderate", "strong"))
    assert ("do cải cách" in vietnamese) == (level in ("moderate", "strong"))
    digits = [set(re.findall(r"\d+", text.replace(",", ".").replace("95%", ""))) for text in (english, vietnamese)]
    assert digits[0] == digits[1]
    assert "0,4" in vietnamese or "gần bằng không" in vietnamese


def test_a_sentence_about_nothing_says_why():
    nothing = row(estimate=np.nan, note="not estimable, because no control province is left after the first exposure")
    assert "because no control province is left" in sentence(nothing, "en")
    assert "không ước lượng được, vì không còn tỉnh đối chứng" in sentence(nothing, "vi")


# ------------------------------------------------------------------------------------------------- cases, design, pictures
def test_bac_ninhs_case_names_its_donors(panel):
    case = province_case("papi", "provincial_service_centre", "Bắc Ninh")
    assert {"administrative_procedures", "control_of_corruption"} <= set(case.fit["component"])
    weights = case.donors.groupby("component")["weight"].sum()
    assert weights.between(0.9, 1.0001).all() and "bac-ninh" not in set(case.donors["donor"])
    assert (case.fit["p_ratio"] >= 1 / (case.fit["placebos"] + 1) - 1e-9).all()
    # eight dimensions since 2018: the two new ones have no edition before the centre
    assert set(case.refused["component"]) == {"environmental_governance", "e_governance"}
    adopters = set(tables.timing("provincial_service_centre", "papi")["province"].astype(str))
    assert not set(case.donors["donor"]) & (adopters - {"ho-chi-minh"})


def test_design_has_the_right_size_and_grows_with_units():
    noise = np.random.default_rng(0).normal(size=(63, 12))
    table = design.detectable(noise, treated=[1, 5, 20], effects=[0.0, 0.5, 1.0], draws=400)
    power = table.pivot(index="treated", columns="effect", values="power")
    assert power[0.0].to_numpy() == pytest.approx([0.05] * 3, abs=0.01)
    assert power[0.5].is_monotonic_increasing and table.groupby("treated")["mde"].first().is_monotonic_decreasing
    # one treated unit of independent noise: sd of the estimate is √(1/before + 1/after), and few controls add little
    assert table.loc[table["treated"] == 1, "std_error"].iloc[0] == pytest.approx(np.sqrt(1 / 4 + 1 / 3), rel=0.15)
    for bad in ({"before": 10, "after": 10}, {"treated": [63]}, {"draws": 5}, {"inflate": 0.0}):
        with pytest.raises(BadInput):
            design.detectable(noise, **bad)


def test_spec_curve_has_a_thousand_specifications_and_a_joint_test(panel):
    curve = tables.spec_curve("pci", "transparency", reform="peoples_council_removal", draws=99)
    assert curve.summary["n_specs"] >= 1000 and not curve.table.duplicated(["reading", "editions", "provinces", "controls"]).any()
    assert curve.test["p_value"].between(0, 1).all()
    plain = curve.table[(curve.table["controls"] == "none") & (curve.table["provinces"] == "all")
                        & (curve.table["editions"] == "2006–2015")]["estimate"]
    left_out = curve.summary["without_controls"].split(", ")
    own = effects.estimate("pci", "transparency", exclude=left_out, **COUNCILS).query("term == 'att'")["estimate"]
    assert plain.iloc[0] == pytest.approx(own.iloc[0], abs=1e-9)
    assert plots.spec_curve(curve.table).axes


def test_two_readings_that_say_the_same_of_a_window_are_one_specification(panel):
    """192 were counted twice, in windows that end before the dates are read differently: in the median, and among the significant."""
    table = tables.spec_curve("pci", "time_costs", reform="administrative_complex", draws=19).table.dropna(subset=["estimate"])
    pairs = table.pivot(index=["editions", "provinces", "controls"], columns="reading", values="estimate")
    assert len(pairs) > pairs["late"].notna().sum() > 1000 and not (pairs["early"] - pairs["late"]).abs().lt(1e-12).any()


def test_pictures_draw_and_tables_stand_behind_them(councils):
    who = tables.timing("peoples_council_removal", "pci")
    assert who["province"].nunique() == 10 and who.attrs["never"] == 54 + 0 and 2009 in who.attrs["breaks"]
    for figure in (plots.timing(who), plots.event_multiples(councils), plots.coefficients(councils, lang="en"),
                   plots.power(tables.power(councils))):
        assert figure.axes
    reach = tables.power(councils).set_index("component")
    assert reach.at["transparency", "mde"] == pytest.approx(
        councils.query("component == 'transparency' and term == 'att' and inference == 'crv1'")["mde"].iloc[0], rel=1e-6)


NOTEBOOKS = [("3_estimate_effects.ipynb", {"write": False}),
             ("3_estimate_effects.ipynb", {"reform": "business_doctor", "write": False, "language": "vi"}),  # one province
             ("3_estimate_effects.ipynb", {"reform": "resolution_02", "write": False})]  # all at once: nothing to estimate


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parameters"), NOTEBOOKS)
def test_notebooks_run_from_top_to_bottom(panel, root, tmp_path, name, parameters):
    import papermill

    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(root / "notebooks" / name, out, parameters, cwd=root / "notebooks", kernel_name="python3",
                               progress_bar=False)
    cells = json.loads(out.read_text(encoding="utf-8"))["cells"]
    assert not [c for c in cells for o in c.get("outputs", []) if o["output_type"] == "stream" and o["name"] == "stderr"]


@pytest.mark.parametrize("name", ["3_estimate_effects.ipynb", "explore/one_province.ipynb", "explore/design_an_evaluation.ipynb"])
def test_notebooks_are_committed_clean(root, name):
    notebook = json.loads((root / "notebooks" / name).read_text(encoding="utf-8"))
    code = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    assert all(not c["outputs"] and c["execution_count"] is None for c in code)
    assert code[0]["metadata"]["tags"] == ["parameters"] and "params.check" in "".join(code[1]["source"])
    assert not any(re.search(r"^\s*(def|class) ", "".join(c["source"]), re.M) for c in code)


def test_a_wrong_parameter_stops_a_notebook_at_once(panel, root, tmp_path):
    import papermill

    with pytest.raises(papermill.PapermillExecutionError, match="estimators"):
        papermill.execute_notebook(root / "notebooks" / "3_estimate_effects.ipynb", tmp_path / "o.ipynb", {"estimators": ["ols"]},
                                   cwd=root / "notebooks", kernel_name="python3", progress_bar=False)


def test_reforms_begun_as_the_measure_changed_are_not_told(panel):
    """PCI was changed in 2021, and of the editions from then on only that of 2023 is nearly full: what began in between has no
    edition before its start under the new measure. What began earlier has."""
    new = effects.estimate("pci", ["business_support", "time_costs"], reform="investor_working_group", estimator="synthetic_did",
                           sample_rule="unknown_as_control")
    new = new[new["term"] == "att"].set_index("component")
    assert new.loc["business_support", "grade"] == "hint" and "in one way" in new.loc["business_support", "note"]
    old = effects.estimate("pci", reform="ddci", estimator="twfe", inference="ri")
    assert not old["note"].str.contains("in one way").any()


def test_a_whole_total_does_not_let_in_components_that_few_provinces_have():
    """PCI 2020: every province's total is held and the ten components of twenty. The edition counts for the total only."""
    names = sorted(provinces.province_set(2019))
    rows = [(p, year, "pci", component, level, 50.0 + i, "ranked") for i, p in enumerate(names) for year in (2018, 2019, 2020)
            for component, level in (("overall", "overall"), ("proactivity", "component"))
            if component == "overall" or year < 2020 or i < 20]
    scores = pd.DataFrame(rows, columns=["province", "year", "index_id", "component", "level", "score", "status"])
    _, years, said = sample.editions(scores, "pci", None, ["proactivity"])
    assert years == [2018, 2019] and said == ["editions left out: 2020 (20 of 63 provinces)"]
    assert sample.editions(scores, "pci", None, ["overall"])[1] == [2018, 2019, 2020]
