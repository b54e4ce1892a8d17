"""Survey noise as a range: against printed figures, and recovered where it is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from govlib import effects
from govlib.did import weights
from govlib.effects import survey_noise
from govlib.errors import BadInput, UnknownName
from govlib.known import catalogue, indices, provinces, sampling, surveys


def test_every_figure_has_a_source_and_a_place():
    table = sampling.read()
    assert (table["std_error"] > 0).all() and not table.duplicated(["index_id", "year", "province", "component"]).any()
    assert {provinces.resolve(p) for p in table["province"]} == set(table["province"])
    assert set(table["component"]) == {"overall", *indices.component_ids("papi")}
    assert (table["locator"] != "").all() and set(table["source"]) <= set(catalogue.ids("papi"))


def test_the_table_is_what_the_publisher_printed(shared):
    """Every cell again from the publisher's own files, by its locator; and its printed interval is 1.645 errors wide."""
    from openpyxl.utils.cell import coordinate_to_tuple

    book = pd.read_excel(shared / "papi" / "PAPI_2019_provincial_indicators_VIE_ENG.xlsx", header=None, dtype=str,
                         sheet_name="2019PAPI_Indicators_VIE", engine="calamine")
    sheets = {2019: book} | {y: pd.read_csv(shared / "papi" / f"PAPI_{y}_sheet_as_found.csv", header=None, dtype=str) for y in (2022, 2023)}
    table = sampling.read()
    for row in table.itertuples():
        sheet = sheets[row.year]
        r, c = (n - 1 for n in coordinate_to_tuple(row.locator.split("!")[1]))
        printed = float(sheet.iat[r, c])
        assert provinces.resolve(sheet.iat[1, c]) == row.province
        if row.component == "overall":
            assert row.std_error == pytest.approx(printed, abs=1e-6)
            assert (float(sheet.iat[r - 1, c]) - float(sheet.iat[r - 2, c])) / 2 == pytest.approx(1.645 * printed, rel=1e-3)
        else:
            assert sheet.iat[r, 0].startswith("Phương sai")  # a variance
            assert row.std_error**2 == pytest.approx(printed, abs=1e-5)


def test_the_noise_of_an_estimate_is_what_simulation_gives():
    """Scores with known survey noise, another error each province: the formula against the spread of estimates."""
    rng = np.random.default_rng(1)
    n, t, draws = 30, 8, 4000
    d = np.zeros((n, t))
    d[:4, 5:] = 1
    w = weights.imputation(d[None], np.ones((n, t), bool))[0]
    own = rng.uniform(0.05, 0.4, n)
    names = [f"p{i}" for i in range(n)]
    flat = pd.Series(w.ravel(), pd.MultiIndex.from_product([["x"], names, range(t)]))
    noise = rng.normal(size=(draws, n, t)) * own[:, None]
    spread = np.einsum("rit,it->r", noise, w).var()
    assert survey_noise.variance_of(flat, dict(zip(names, own, strict=True))) == pytest.approx(spread, rel=0.07)
    assert survey_noise.variance_of(flat, 0.3) == pytest.approx(0.09 * (w**2).sum())
    named = dict(zip(names[:10], own[:10], strict=True))
    whole = named | dict.fromkeys(names[10:], 0.2)
    assert survey_noise.variance_of(flat, named, 0.2) == pytest.approx(survey_noise.variance_of(flat, whole))
    with pytest.raises(BadInput, match="standard error"):
        survey_noise.variance_of(flat, named)


def test_a_range_holds_noise_that_is_known(board, monkeypatch):
    """True scores that wander, seen with an error of 0.3: the printed part below, what editions show above, the truth between;
    and a slope on the noisy score shrinks by the reliability."""
    rng = np.random.default_rng(2)
    n, t, error, misread = 63, 12, 0.3, 0.1
    true = rng.normal(size=(n, 1)) + np.cumsum(rng.normal(size=(n, t)) * 0.25, axis=1)
    seen = true + rng.normal(size=(n, t)) * error + rng.normal(size=(n, t)) * misread
    years = list(range(2006, 2006 + t))

    class Few:
        matrix = stood_by = staticmethod(lambda *_: pd.DataFrame(seen.T, years, [f"p{i}" for i in range(n)]))
        editions = staticmethod(lambda *_: years)
        is_full = staticmethod(lambda *_: True)
        breaks = staticmethod(lambda *_: [])

    monkeypatch.setattr(survey_noise.sampling, "errors", lambda *_: pd.DataFrame(error, [2019], [f"p{i}" for i in range(n)]))
    monkeypatch.setattr(survey_noise.design, "noise", lambda *_, **__: seen - seen.mean(1, keepdims=True))
    low, high = effects.measurement("pci", "time_costs", on=Few()).to_dict("records")
    whole = np.hypot(error, misread)
    assert low["std_error"] == pytest.approx(error) and low["basis"] == "printed 2019"
    assert high["basis"] == "between editions" and high["std_error"] == pytest.approx(whole, rel=0.15)
    slopes = [np.polyfit(seen[:, j], true[:, j], 1)[0] for j in range(t)]
    assert np.mean(slopes) == pytest.approx(high["reliability"], abs=0.04)
    assert low["reliability"] > high["reliability"] and low["mde_without"] > high["mde_without"]
    assert low["movement_share"] == pytest.approx(2 * error**2 / np.diff(seen, axis=1).var(0).mean(), rel=0.05)


def test_ranges_of_the_panel(panel, board):
    """PAPI prints errors of every dimension; PCI none, so its range begins at nothing."""
    for component in indices.component_ids("papi"):
        low, high = effects.measurement("papi", component, on=board).to_dict("records")
        assert low["basis"] == "printed 2019" and 0 < low["std_error"] < high["std_error"]
        assert high["basis"] == ("all movement" if component in {"environmental_governance", "e_governance"} else "between editions")
        assert high["reliability"] < low["reliability"] < 1 and high["movement_share"] < 1 + 1e-9
    low, high = effects.measurement("pci", "time_costs", on=board).to_dict("records")
    assert low["std_error"] == 0 and low["basis"] == "none printed" and low["mde_without"] == 1
    assert 0 < high["std_error"] < 1 and high["basis"] == "between editions"
    assert low["answered"] == high["answered"] == surveys.answered("pci")[2024]
    with pytest.raises(UnknownName):
        effects.measurement("papi", "speed")


def test_shares_of_quoted_estimates(panel, board):
    from govlib.effects.quoted import quoted

    rows = quoted({"peoples_council_removal", "adm_complex_operational"})
    if rows.empty:
        pytest.skip("nothing estimated yet (make effects)")
    found = survey_noise.of_estimates(rows, on=board)
    both = found.dropna(subset=["survey_low"])
    assert len(both) and (both["survey_low"] >= 0).all() and (both["survey_low"] <= both["survey_high"]).all()
    assert (both["survey_high"] <= 1).all() and (both.loc[both["index_id"] == "pci", "survey_low"] == 0).all()
