"""Monthly operations: the results on demo data of known truth, the page. The form: test_operations_form.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.institute import operations, synthetic
from govlib.institute.operations import made_up as operations_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return operations.read(operations.demo(tmp_path_factory.mktemp("demo"))[0])


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The demo's five-on-the-spot rows alone: enough for a page, and quick."""
    path = operations.demo(tmp_path_factory.mktemp("small"))[0]
    text = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    path.write_text("".join(line for line in text if line.startswith(("#", "month")) or ",five_on_the_spot," in line), encoding="utf-8-sig")
    return operations.read(path)


def test_the_command(small, tmp_path, monkeypatch, capsys):
    from govlib import institute

    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path))
    assert institute.main(["check", "operations", str(small.path)]) == 0 and "SYNTHETIC" in capsys.readouterr().out
    assert operations.report_folder(small.path) == tmp_path.resolve() / "2024" / "operations"
    assert institute.main(["template", "operations", "--out", str(tmp_path / "forms")]) == 0 and (tmp_path / "forms" / "operations.xlsx").is_file()


def test_unknown_names(demo):
    with pytest.raises(UnknownName, match="five_on_the_spot"):
        operations.series(demo, "five_on_spot", "on_time")
    with pytest.raises(UnknownName, match="on_time"):
        operations.series(demo, "procedures", "ontime")
    with pytest.raises(NotEstimable, match="no answer_days"):
        operations.series(demo, "procedures", "answer_days")


# ---- results -----------------------------------------------------------------------------------------------------------

def test_series_add_up(demo):
    rows = demo.data.query("service == 'procedures' and month == '2023-05'")
    one = operations.series(demo, "procedures", "on_time").query("month == '2023-05'").iloc[0]
    assert one["top"] == rows["on_time"].sum() and one["value"] == pytest.approx(rows["on_time"].sum() / rows["resolved"].sum())
    wait = operations.series(demo, "procedures", "wait_minutes").query("month == '2023-05'")["value"].iloc[0]
    assert wait == pytest.approx(np.average(rows["wait_minutes"], weights=rows["resolved"]))


def test_summary_is_the_last_year(demo):
    table = operations.summary(demo, services=["procedures"])
    got = table[(table["indicator"] == "on_time") & (table["unit"] == "")].iloc[0]
    rows = demo.data[(demo.data["service"] == "procedures") & demo.data["month"].str.startswith("2024")]
    assert got["value"] == pytest.approx(100 * rows["on_time"].sum() / rows["resolved"].sum()) and got["low"] < got["value"] < got["high"]
    assert got["method"] == "wilson-laney" and got["spread"] > 1
    with pytest.raises(BadInput, match="1 to 48"):
        operations.summary(demo, months=99)


def test_the_known_change_is_found_and_none_where_nothing_was_adopted(demo):
    found = operations.changes(demo, services=["five_on_the_spot"]).query("indicator == 'wait_minutes' and unit != ''")
    for unit, adopted in zip(demo.units("five_on_the_spot"), demo.cube("five_on_the_spot").adopted, strict=True):
        mine = found[found["unit"] == unit]
        if np.isfinite(adopted):
            nearest = min(abs(operations.code(m) - adopted) for m in mine["month"])
            assert nearest <= 1 and mine["change"].min() == pytest.approx(operations_demo.TRUTH["five_on_the_spot"]["wait_minutes"], abs=2)


def test_interrupted_series_hold_the_truth(demo, tmp_path):
    tables = [operations.interruptions(operations.read(operations_demo.write(tmp_path / str(seed), seed)[0]), services=["five_on_the_spot"],
                                       indicators=["wait_minutes"]) for seed in range(4)]
    table = pd.concat(tables)
    assert len(table) == 24 and (table["level_p_adjusted"] >= table["level_p"]).all() and set(table["errors"]) == {"ar1"}
    inside = table["level_low"].le(-8) & table["level_high"].ge(-8)
    assert inside.sum() >= 20 and table["level"].median() == pytest.approx(-8, abs=0.7)  # 24 intervals of 95 %
    null = operations.interruptions(demo, services=["procedures"], indicators=["on_time"])  # nothing was put in
    assert (null["level_p_adjusted"] > 0.05).all()
    with pytest.raises(BadInput, match="ar1, newey_west"):
        operations.interruptions(demo, services=["five_on_the_spot"], errors="ols")


@pytest.mark.parametrize(("freq", "years"), [("month", 48), ("year", 4)])
def test_the_effects_engine_takes_them_and_recovers_the_truth(demo, freq, years):
    from govlib.effects import engine

    sample = operations.sample(demo, "five_on_the_spot", ["on_time", "wait_minutes"], freq=freq)
    assert sample.y.shape == (8, years, 2) and np.isinf(sample.cohort).sum() == 2 and "SYNTHETIC" in sample.note
    table = engine.from_sample(sample, "imputation")
    att = table[table["term"] == "att"].set_index("component")
    for name, truth in operations_demo.TRUTH["five_on_the_spot"].items():
        assert att.loc[name, "ci_low"] <= truth <= att.loc[name, "ci_high"], (name, att.loc[name])


def test_the_long_table_goes_to_the_front_door_as_it_is(demo):
    """`effects.estimate(data=…)` on the months is the engine on the sample, to the last digit."""
    from govlib import effects
    from govlib.effects import engine

    names = ["on_time", "wait_minutes"]
    months = operations.panel(demo, "five_on_the_spot", names)
    wide = months.pivot(index=["unit", "period", "adopted"], columns="indicator", values="value").reset_index()
    own = effects.estimate(data=wide, unit="unit", time="period", outcome=names, cohort="adopted", estimator="imputation",
                           reform="five_on_the_spot")
    same = engine.from_sample(operations.sample(demo, "five_on_the_spot", names), "imputation")
    columns = ["component", "term", "event_time", "estimate", "ci_low", "ci_high", "n_treated", "n_provinces"]
    pd.testing.assert_frame_equal(own[columns], same[columns])


def test_a_year_of_a_start_within_it_is_left_out(demo):
    sample = operations.sample(demo, "five_on_the_spot", "on_time", freq="year")
    first = list(sample.units).index("so-tai-chinh")  # adopted in April 2022
    assert sample.cohort[first] == 2023 and np.isnan(sample.y[first, list(sample.years).index(2022), 0])


def test_counts_follow_the_season_not_the_chart(demo):
    found = operations.monitor(demo, "procedures", "received")
    assert found.segments.starts == () and found.chart.signal.mean() < 0.15
    month = np.arange(48) % 12
    index = operations.seasonal_index(100 * np.where(month < 2, 0.5, 1.1) * (1 + np.arange(48) / 200), month)
    assert index[:2] == pytest.approx(0.5, abs=0.02) and index.mean() == pytest.approx(1)


@pytest.mark.parametrize("freq", ["month", "year"])
def test_all_units_at_once_are_the_units_one_by_one(demo, freq):
    """With months that are missing, empty or without a case: what is worked out for thousands at once is each unit's own series."""
    rng, data = np.random.default_rng(0), demo.data.copy()
    data.loc[rng.random(len(data)) < 0.02, ["received", "resolved", "on_time", "online", "wait_minutes", "answer_days"]] = np.nan
    none = (rng.random(len(data)) < 0.02) & data["resolved"].notna()
    data.loc[none, ["resolved", "on_time"]], data.loc[none, ["wait_minutes", "answer_days"]] = 0.0, np.nan
    ops = operations.Operations(demo.path, demo.meta, demo.province, demo.first, demo.last, data[rng.random(len(data)) > 0.01])
    for service in ("procedures", "feedback"):
        long = operations.panel(ops, service, freq=freq)
        for (indicator, unit), rows in long.groupby(["indicator", "unit"]):
            alone = operations.series(ops, service, indicator, unit)
            if freq == "year":
                alone = alone.groupby(alone["t"] // 12).agg(lambda months: months.sum(skipna=False) if months.name != "month" else "")
                alone["value"] = alone["top"] / alone["bottom"] if indicator != "received" else alone["top"]
            assert rows["value"].to_numpy() == pytest.approx(alone["value"].to_numpy() * operations.factor(indicator), nan_ok=True)
        assert long["value"].isna().any() and long["value"].notna().any()


def test_the_summary_of_a_year_is_the_sum_of_its_months(demo):
    got = operations.summary(demo, services=["procedures"]).set_index(["indicator", "unit"])
    unit = demo.units("procedures")[0]
    months = operations.series(demo, "procedures", "on_time", unit)
    now, then = months.iloc[-12:], months.iloc[-24:-12]
    row = got.loc["on_time", unit]
    assert [row["months"], row["top"], row["bottom"]] == [12, now["top"].sum(), now["bottom"].sum()]
    assert row["value"] == pytest.approx(100 * now["top"].sum() / now["bottom"].sum()) and row["low"] < row["value"] < row["high"]
    assert row["change"] == pytest.approx(row["value"] - 100 * then["top"].sum() / then["bottom"].sum())
    assert got.loc["received", unit]["value"] == demo.data.query("service == 'procedures' and unit == @unit")["received"].iloc[-12:].sum()


def test_a_month_in_which_nobody_came_is_counted_and_loses_no_year(demo):
    data, unit = demo.data.copy(), demo.units("procedures")[0]
    quiet = data["service"].eq("procedures") & data["unit"].eq(unit) & data["month"].eq("2024-05")
    data.loc[quiet, ["received", "resolved", "on_time", "online"]], data.loc[quiet, "wait_minutes"] = 0.0, np.nan
    ops = operations.Operations(demo.path, demo.meta, demo.province, demo.first, demo.last, data)
    year = operations.panel(ops, "procedures", freq="year").query("unit == @unit and period == 2024").set_index("indicator")["value"]
    got = operations.summary(ops, services=["procedures"]).query("unit == @unit").set_index("indicator")
    assert got["months"].eq(12).all() and got["change"].notna().all()
    assert year[list(got.index)].to_numpy() == pytest.approx(got["value"].to_numpy())


# ---- synthetic, page, notebook -------------------------------------------------------------------------------------------

def test_demo_is_marked_and_the_same_every_time(demo, tmp_path):
    again = operations.demo(tmp_path)[0]
    assert again.read_bytes() == demo.path.read_bytes() and demo.synthetic
    body = pd.read_csv(again, skiprows=6)
    assert (body[synthetic.FIELD] == synthetic.MARK).all()


def test_page_in_both_languages(small, tmp_path):
    pages = {lang: operations.report(small.path, lang, tmp_path) for lang in ("vi", "en")}
    vi, en = (pages[lang][0].read_text(encoding="utf-8") for lang in ("vi", "en"))
    assert vi.count("SYNTHETIC") > 3 and "GIẢ LẬP" in vi and 'lang="vi"' in vi and 'lang="en"' in en
    assert "Laney" in vi and "Newey–West" in en and "số liệu đã công bố" not in vi and "<script src" not in vi
    table = pd.read_csv(tmp_path / "tables" / "interruptions.csv")
    assert (table[synthetic.FIELD] == synthetic.MARK).all() and len(table) == 12
