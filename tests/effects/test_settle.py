"""What would settle an open question: the table of designs, against a closed form; and pictures of the pooled model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from govlib.did import pooling
from govlib.effects import design, plots, pooled, settled, survey_noise
from govlib.errors import NotEstimable


def test_provinces_needed_are_those_of_the_closed_form(monkeypatch):
    """White noise: a difference in differences of means has variance s² (1/k + 1/(n - k)) (1/before + 1/after)."""
    spread = {"time_costs": 0.5, "transparency": 0.15}
    rng = np.random.default_rng(3)

    def noise(index, component, **_):
        if component not in spread:
            raise NotEstimable("no editions")
        return rng.normal(size=(60, 20)) * spread[component]

    monkeypatch.setattr(design, "noise", noise)
    rows = pd.DataFrame({"reform": "r", "index_id": "pci", "component": ["time_costs", "transparency", "law_and_order"], "n_treated": [1, 2, 3]})
    settled = design.settle(rows, effect=0.3, treated=(3, 10, 20), after=(1, 3), draws=600)
    assert settled.attrs["left_out"] == {("pci", "law_and_order"): "no editions"}
    for row in settled.itertuples():
        error = spread[row.component] * np.sqrt((1 / row.treated + 1 / (60 - row.treated)) * (1 / row.before + 1 / row.after))
        assert row.mde == pytest.approx(2.8 * error, rel=0.2)  # of three too: a test on their clustered error needs twice that
    fewest = design.needed(settled).set_index("component")
    assert pd.isna(fewest.loc["time_costs", 1]) and fewest.loc["transparency", 3] in (3, 10)
    assert fewest["n_treated"].to_dict() == {"time_costs": 1, "transparency": 2}


def test_what_is_kept_for_the_pages(monkeypatch, tmp_path):
    """The fewest provinces and the survey's share of each row, read back beside the quoted rows."""
    spread = {"time_costs": 3.0, "transparency": 0.15}
    rng = np.random.default_rng(3)
    monkeypatch.setattr(design, "noise", lambda index, component, **_: rng.normal(size=(60, 20)) * spread[component])
    monkeypatch.setattr(survey_noise, "of_estimates", lambda rows, scores: rows.iloc[:1].assign(survey_low=0.1, survey_high=0.2))
    monkeypatch.setattr("govlib.paths.estimates", lambda: tmp_path / "estimates")
    rows = pd.DataFrame({"reform": "r", "index_id": ["pci", "pci", "par"], "component": ["time_costs", "transparency", "overall"], "n_treated": 3})
    kept = settled.write(rows, "").set_index("component")
    assert list(kept.index) == ["time_costs", "transparency"]  # a share of 100 is not in points of ten
    assert pd.isna(kept.loc["time_costs", "fewest"]) and kept.loc["transparency", "fewest"] in (3, 5) and set(kept["tried"]) == {30}
    beside = pooled.beside(rows)
    assert beside["survey_high"].tolist()[0] == 0.2 and beside["survey_high"].isna().tolist() == [False, True, True]
    assert pooled.overall() == {}  # nothing pooled here
    assert settled.build(rows.iloc[:0]).empty


def test_what_would_settle_a_row_of_either_index(monkeypatch):
    """Noise told apart by index: 30 provinces tried at most, three editions after, and the survey's share where the row has an interval."""
    spread = {("pci", "transparency"): 0.15, ("papi", "transparency"): 0.3}
    rng, asked = np.random.default_rng(5), []

    def noise(index, component, scores=None):
        asked.append(scores)
        if (index, component) not in spread:
            raise NotEstimable("no editions")
        return rng.normal(size=(63, 20)) * spread[index, component]

    monkeypatch.setattr(design, "noise", noise)
    monkeypatch.setattr(survey_noise, "of_estimates", lambda rows, scores: rows[rows["index_id"] == "papi"].assign(survey_low=0.3, survey_high=0.4))
    rows = pd.DataFrame({"reform": ["a", "b", "b", "b"], "index_id": ["pci", "pci", "papi", "dti"],
                         "component": ["transparency", "time_costs", "transparency", "overall"], "n_treated": [1, 2, 3, 4]})
    table = pd.DataFrame({"province": []})
    kept = settled.build(rows, table)
    assert list(kept.columns) == pooled.SETTLED and all(scores is table for scores in asked)
    assert kept[["reform", "index_id", "component"]].to_numpy().tolist() == [["a", "pci", "transparency"], ["b", "papi", "transparency"]]
    by = kept.set_index("index_id")
    assert by.loc["pci", "fewest"] < by.loc["papi", "fewest"] <= 30 and kept["editions"].tolist() == [3, 3] and kept["tried"].tolist() == [30, 30]
    assert by["survey_low"].tolist() == pytest.approx([np.nan, 0.3], nan_ok=True) and by["survey_high"].isna().tolist() == [True, False]
    needs = design.needed(design.settle(rows.iloc[:1], after=(3,)))[3].iloc[0]
    assert by.loc["pci", "fewest"] == needs and kept["fewest"].dtype == float
    nothing = settled.build(rows[rows["component"] == "time_costs"])  # a table with no row, and no traceback
    assert nothing.empty and list(nothing.columns) == pooled.SETTLED


def test_spreads_and_pictures_of_the_pooled_model():
    rng = np.random.default_rng(1)
    estimate, variance = 0.1 * rng.normal(size=12), np.eye(12) * 0.04
    got = pooling.pool(estimate, variance, np.arange(12) // 3, np.arange(12) % 3)
    points, weight = got.spreads()
    assert weight.sum(1) == pytest.approx(np.ones(3)) and weight @ points == pytest.approx(got.tau())
    mean, sd = got.of_mean()
    told = {"prior": (pooling.WIDE, pooling.TAU), "mean": mean, "mean_sd": sd, "tau_points": points.tolist(), "tau_weights": weight.tolist()}
    figure = plots.prior_posterior(told, "en")
    assert "mean effect" in [figure.axes[0].get_title(loc) for loc in ("left", "center")] and all(len(ax.lines) == 2 for ax in figure.axes)
    x, after = figure.axes[0].lines[1].get_data()
    assert np.trapezoid(after, x) == pytest.approx(1, abs=1e-3) and x[np.argmax(after)] == pytest.approx(mean, abs=0.01)
    table = pd.DataFrame({"component": [f"c{i}" for i in range(12)], "estimate": estimate, "std_error": 0.2, "pooled_mean": got.mean(),
                          "pooled_low": got.quantile(0.1), "pooled_high": got.quantile(0.9), "pooled_low95": got.quantile(0.025),
                          "pooled_high95": got.quantile(0.975)})
    ax, = plots.pooled(table, lang="vi").axes
    alone, together = (line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 12)
    assert np.ptp(together) < np.ptp(alone) and (np.diff(together) >= 0).all()
    assert [t.get_text() for t in ax.get_yticklabels()] == [f"c{i}" for i in np.argsort(got.mean())]
