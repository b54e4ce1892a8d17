"""Every estimator against its definition written out: dummies for all units and periods, loops, derivatives. None of it is quick,
and none of it shares a line with what it is held against."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from kit.dummies import N, indicators, panel, regression

from govlib import did
from govlib.did import ESTIMATORS, imputed
from govlib.did.estimators import callaway_santanna as cs
from govlib.did.fitting import prepare
from govlib.errors import NotEstimable

KINDS = ("complete", "gaps", "one alone", "no year in between", "a year of the exposed", "none stays out")


def fitted(sample, name, **options):
    return ESTIMATORS[name].fit(sample, 0, singletons="drop", **options)


def cells_of(one):
    """Unit, period (position), outcome, exposure and event time (NaN: never) of every figure."""
    unit, time = np.nonzero(np.isfinite(one.y[:, :, 0]))
    since = one.years[time] - one.cohort[unit]
    return unit, time, one.y[unit, time, 0], one.d[unit, time], np.where(np.isfinite(since), since, np.nan)


def close(got, want, tolerance=1e-8):
    assert np.asarray(got, float) == pytest.approx(np.asarray(want, float), abs=tolerance)


# ------------------------------------------------------------------------------------------------------------- regressions
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "control"), [("twfe", False), ("twfe", True), ("twfe_region_year", False), ("twfe_trends", False),
                                              ("twfe_trends", True)])
def test_two_way_is_the_regression_on_all_dummies(name, control, kind):
    """Static and as an event study: coefficients, errors, covariance; unit effects lie in the clusters and are not counted."""
    controls = {"urban": np.random.default_rng(5).normal(size=N)} if control else {}
    one = prepare(panel(kind, controls=controls), 0, "drop", truncate=False)
    unit, time, y, d, since = cells_of(one)
    when = time * 10 + one.region[unit] if name == "twfe_region_year" else time
    dummies, free = [indicators(unit), indicators(when)], len(np.unique(when))
    if control:
        last = -1 if name == "twfe_trends" else None  # what the control is worth in a straight line lies in the trends
        more = one.controls["urban"][unit][:, None] * indicators(time)[:, 1:last]
        dummies, free = [*dummies, more], free + more.shape[1]
    if name == "twfe_trends":
        dummies, free = [*dummies, indicators(unit) * time[:, None]], free + len(one.units)
    fit = fitted(panel(kind, controls=controls), name)
    beta, vcov = regression(y, d[:, None], dummies, unit, 1 + free)
    close(fit.at("att"), (beta[0], np.sqrt(vcov[0, 0])))
    assert (fit.n_obs, fit.n_provinces, fit.df) == (len(y), len(one.units), len(one.units) - 1)
    clipped = np.clip(since, -5, 5)
    times = [e for e in np.unique(clipped[np.isfinite(clipped)]) if e != -1]
    x = np.column_stack([(clipped == e).astype(float) for e in times])
    full = np.column_stack([x, *dummies])
    if np.linalg.matrix_rank(full) < np.linalg.matrix_rank(np.column_stack(dummies)) + len(times):  # no event study then
        assert fit.terms == [("att", None)] and "no event study: " in fit.note
        return
    beta, vcov = regression(y, x, dummies, unit, len(times) + free)
    assert fit.terms == [("att", None), *(("event", int(e)) for e in times)]
    close(fit.estimate[1:], beta)
    close(fit.vcov[1:, 1:], vcov)
    close(fit.std_error[1:], np.sqrt(np.diag(vcov)))
    close(fit.vcov[0, 0], fit.std_error[0] ** 2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("control", [False, True])
def test_differences_and_the_lagged_outcome_are_their_regressions(kind, control):
    controls = {"urban": np.random.default_rng(5).normal(size=N)} if control else {}
    sample = panel(kind, controls=controls)
    one = prepare(sample, 0, "drop")
    y, d, seen, follows = one.y[:, :, 0], one.d, one.cells, np.diff(one.years) == 1
    rows = []
    for i in range(len(one.units)):
        pairs = [t for t in range(1, y.shape[1]) if seen[i, t] and seen[i, t - 1] and follows[t - 1]]
        begins = any(d[i, t] > d[i, t - 1] for t in pairs)
        if begins or not (d[i] * seen[i]).any():  # a start that no pair shows leaves nothing but exposed pairs
            rows += [(i, t) for t in pairs]
    i, t = np.array(rows).T
    more = [one.controls["urban"][i][:, None] * indicators(t)] if control else []
    counted = len(np.unique(t)) * (2 if control else 1)
    change = np.column_stack([d[i, t] - d[i, t - 1], *more])
    beta, vcov = regression(y[i, t] - y[i, t - 1], change, [indicators(t)], i, 1 + counted)
    close(fitted(sample, "first_differences").at("att"), (beta[0], np.sqrt(vcov[0, 0])))
    level = np.column_stack([d[i, t], y[i, t - 1], *more])
    beta, vcov = regression(y[i, t], level, [indicators(t)], i, 2 + counted)
    fit = fitted(sample, "lagged_outcome")
    close(fit.at("att"), (beta[0], np.sqrt(vcov[0, 0])))
    assert f"a year before {beta[1]:.2f}" in fit.note and fit.n_obs == len(i) and fit.n_provinces == len(np.unique(i))


def test_a_dose_and_a_condition_are_their_regressions():
    rng = np.random.default_rng(6)
    base = panel()
    value, condition = rng.normal(size=N), rng.normal(size=N)
    all_at_once = did.from_arrays(base.y, np.full(N, 2005.0), years=base.years, controls={"share": value, "urban": condition})
    unit, time, y, d, since = cells_of(all_at_once)
    dummies = [indicators(unit), indicators(time), condition[unit][:, None] * indicators(time)[:, 1:]]
    scaled = ((value - value.mean()) / value.std())[unit]
    beta, vcov = regression(y, (scaled * d)[:, None], dummies, unit, 1 + 9 + 8)
    fit = fitted(all_at_once, "dose", dose="share")
    close(fit.at("att"), (beta[0], np.sqrt(vcov[0, 0])))
    times = [e for e in np.unique(since) if e != -1]
    beta, vcov = regression(y, scaled[:, None] * np.column_stack([since == e for e in times]), dummies, unit, len(times) + 9 + 8)
    assert [time for _, time in fit.terms[1:]] == times
    close(fit.estimate[1:], beta)
    close(fit.vcov[1:, 1:], vcov)
    baseline = -np.nanmean(base.y[:, base.years < 2005, 0], 1)
    scaled = ((baseline - baseline.mean()) / baseline.std())[unit]
    fit = fitted(did.from_arrays(base.y, np.full(N, 2005.0), years=base.years), "dose")
    beta, vcov = regression(y, (scaled * d)[:, None], dummies[:2], unit, 1 + 9)
    close(fit.at("att"), (beta[0], np.sqrt(vcov[0, 0])))
    assert np.isnan(fit.pretrend_p) and "own starting point" in fit.note
    varied = panel(controls={"urban": condition})
    unit, time, y, d, _ = cells_of(varied)
    scaled = ((condition - condition.mean()) / condition.std())[unit]
    beta, vcov = regression(y, np.column_stack([d, d * scaled]), dummies, unit, 2 + 9 + 8)
    fit = fitted(varied, "interaction", by="urban")
    assert fit.terms == [("att", None), ("interaction", None)]
    close(fit.estimate, beta)
    close(fit.vcov, vcov)
    close(fit.std_error, np.sqrt(np.diag(vcov)))


# -------------------------------------------------------------------------------------------------------------- imputation
def first_stage(one):
    """Dummies of the cells with an imputed figure, which cells those are, and their weights on the unexposed ones."""
    unit, time, y, d, since = cells_of(one)
    clean = d == 0
    known = np.isin(unit, unit[clean]) & np.isin(time, time[clean])
    dummies = np.column_stack([indicators(unit), indicators(time)])
    hat = np.linalg.pinv(dummies[clean], rcond=1e-11)
    off = y - dummies @ (hat @ y[clean])
    return unit, time, y, since, clean, known & ~clean, dummies, hat, off


def targets(exposed, since):
    """The cells that each reported mean is over: all exposed ones, then those of an event time."""
    times = sorted({int(e) for e in since[exposed]})
    return times, [exposed, *(exposed & (since == e) for e in times)]


@pytest.mark.parametrize("kind", KINDS)
def test_imputation_is_its_definition(kind):
    """Effects: what exposed cells exceed the dummies' prediction by. Errors: each figure's weight in an effect, times what is left of
    it when the mean of the *other* units of its cohort and event time is taken out, summed by unit."""
    one = prepare(panel(kind), 0, "drop")
    unit, time, y, since, clean, exposed, dummies, hat, off = first_stage(one)
    times, means = targets(exposed, since)
    rest = np.where(clean, off, 0.0)
    for j in np.flatnonzero(exposed):
        others = exposed & (unit != unit[j])
        nearer = [others & (since == since[j]) & (one.cohort[unit] == one.cohort[unit[j]]), others & (since == since[j]), others]
        rest[j] = off[j] - off[next(group for group in nearer if group.any())].mean()
    fit = fitted(panel(kind), "imputation")
    got = [fit.at("att"), *(fit.at("event", e) for e in times if abs(e) <= 5)]
    for cells, (effect, error) in zip([means[0], *(m for e, m in zip(times, means[1:], strict=True) if abs(e) <= 5)], got, strict=True):
        weight = cells / cells.sum()
        load = weight.copy()
        load[clean] = -(weight @ dummies) @ hat
        assert effect == pytest.approx(load @ y)
        close(error, np.sqrt(sum((load[unit == i] @ rest[unit == i]) ** 2 for i in np.unique(unit))))


@pytest.mark.parametrize("kind", KINDS)
def test_leads_of_imputation_are_a_regression_on_unexposed_cells(kind):
    """Of leads that are collinear so many stay as can be told apart."""
    one = prepare(panel(kind), 0, "drop")
    unit, time, y, d, since = cells_of(one)
    clean = d == 0
    unit, time, y, since = unit[clean], time[clean], y[clean], since[clean]
    every = np.column_stack([since == e for e in np.unique(since[since < -1])]).astype(float)
    dummies = [indicators(unit), indicators(time)]
    rank = np.linalg.matrix_rank
    fit = fitted(panel(kind), "imputation")
    leads = [e for _, e in fit.terms[1:] if e < 0]
    full = imputed.fit(one.y[:, :, 0], one.d, one.cohort, one.years)
    kept = [e for e in full.times if e < 0]
    assert len(kept) == rank(np.column_stack([every, *dummies])) - rank(np.column_stack(dummies)) and leads == [e for e in kept if e >= -5]
    beta, vcov = regression(y, np.column_stack([since == e for e in kept]).astype(float), dummies, unit, len(kept) + len(np.unique(time)))
    close(full.effects[:len(kept)], beta)
    close(full.errors[:len(kept)], np.sqrt(np.diag(vcov)))


def test_unexposed_cells_that_do_not_hang_together_are_refused():
    """Half of the units are unexposed in the first two periods only, the others in the last two: no period effect joins them."""
    y = np.random.default_rng(1).normal(size=(8, 4))
    y[4:, :2] = np.nan
    start = np.r_[np.full(4, 2.0), np.full(4, np.inf)]
    for fit in (imputed.fit, imputed.two_stage):
        with pytest.raises(NotEstimable, match="because the unexposed cells fall into groups without a common period$"):
            fit(y, np.arange(4) >= start[:, None], start, np.arange(4))
        with pytest.raises(NotEstimable, match="because no exposed cell can be imputed$"):
            fit(y[4:], np.zeros((4, 4)), start[4:], np.arange(4))


@pytest.mark.parametrize("fit", [imputed.fit, imputed.two_stage])
def test_who_has_no_unexposed_cell_and_periods_without_one_give_nothing(fit):
    one = panel("gaps")
    y, d, years = one.y[:, :, 0], one.d.copy(), one.years
    plain = fit(y, d, one.cohort, years)
    always = fit(np.r_[y, 7 + np.arange(9.0)[None]], np.r_[d, np.ones((1, 9))], np.r_[one.cohort, 1999.0], years)
    last = fit(np.c_[y, np.where(np.isfinite(one.cohort), 3.0, np.nan)], np.c_[d, np.isfinite(one.cohort)], one.cohort, np.r_[years, 2010])
    for other in (always, last):
        assert (other.att, other.std_error, other.times) == (pytest.approx(plain.att), pytest.approx(plain.std_error), plain.times)
        close(other.effects, plain.effects)
        close(other.errors, plain.errors)


@pytest.mark.parametrize("kind", KINDS)
def test_two_stages_are_their_moment_conditions(kind):
    """Residuals of the first stage and of the second, stacked; the sandwich of the stacked moments, summed by unit."""
    one = prepare(panel(kind), 0, "drop")
    unit, time, y, since, clean, exposed, dummies, hat, off = first_stage(one)
    known = exposed | (clean & np.isin(time, time[clean]))
    times = [int(e) for e in np.unique(since[known & np.isfinite(since)]) if e != -1]
    fit = fitted(panel(kind), "gardner")
    reported = [e for e in times if abs(e) <= 5]
    assert [e for _, e in fit.terms[1:]] == reported
    influence = []
    for cells in [exposed, *(known & (since == e) for e in reported)]:
        effect = off[cells].mean()
        second = np.where(cells, off - effect, 0.0) / cells.sum()
        first = np.zeros(len(y))
        first[clean] = (cells / cells.sum() @ dummies) @ hat * off[clean]
        influence.append([second[unit == i].sum() - first[unit == i].sum() for i in np.unique(unit)])
        assert fit.estimate[len(influence) - 1] == pytest.approx(effect)
    vcov = np.array(influence) @ np.array(influence).T
    close(fit.std_error, np.sqrt(np.diag(vcov)))
    close(fit.vcov[1:, 1:], vcov[1:, 1:])


# ------------------------------------------------------------------------------------------------------ cohorts and periods
def weighted_mean(values, weight):
    return (values * weight).sum() / weight.sum()


def group_time(one, weight, never, universal, anticipation):
    """The overall effect and those by event time, every unit counted ``weight`` times: a plain loop over cohorts and periods."""
    y, cohort, years = one.y[:, :, 0], one.cohort, one.years
    overall, by_time = [], {}
    for g in np.unique(cohort[np.isfinite(cohort)]):
        before = np.flatnonzero(years < g - anticipation)
        for t, year in enumerate(years):
            if universal or year >= g:
                if not len(before):
                    continue
                base = before[-1]
            else:
                base = t - 1
            if base < 0:
                continue
            change = y[:, t] - y[:, base]
            own = (cohort == g) & np.isfinite(change)
            later = np.isinf(cohort) if never else cohort > max(year, years[base]) + anticipation
            other = later & (cohort != g) & np.isfinite(change)
            if base == t:
                entry = 0.0, (cohort == g).astype(float), False
            elif own.any() and other.any():
                entry = weighted_mean(change[own], weight[own]) - weighted_mean(change[other], weight[other]), own.astype(float), True
            else:
                continue
            by_time.setdefault(int(year - g), []).append((g, *entry))
            if year >= g:
                overall.append((g, *entry))
    def mean(entries):
        share = [(weight * (cohort == g)).sum() * own.sum() / (cohort == g).sum() for g, _, own, _ in entries]
        return np.average([effect for _, effect, *_ in entries], weights=share)

    shown = {e: entries for e, entries in sorted(by_time.items()) if any(real for *_, real in entries)}
    return list(shown), np.array([mean(overall), *(mean(entries) for entries in shown.values())])


@pytest.mark.parametrize("how", [{}, {"control_group": "never"}, {"base_period": "varying"}, {"anticipation": 1},
                                 {"base_period": "varying", "anticipation": 2}])
@pytest.mark.parametrize("kind", KINDS)
def test_callaway_and_santannas_errors_are_those_of_counting_a_unit_a_little_more(kind, how):
    """An influence function is a derivative: here of the whole estimate, in how often a unit is counted."""
    if kind == "none stays out" and "control_group" in how:
        pytest.skip("nobody is never exposed")
    asked = (how.get("control_group") == "never", how.get("base_period") != "varying", how.get("anticipation", 0))
    # who begins after the last comparison counts as never, up to where its effect may begin
    fit, one = fitted(panel(kind), "callaway_santanna", **how), prepare(cs._not_begun(panel(kind), 0, asked[2]), 0, "drop")
    ones, step = np.ones(len(one.units)), 1e-5
    times, point = group_time(one, ones, *asked)
    keep = [0, *(1 + j for j, e in enumerate(times) if abs(e) <= 5)]
    assert [e for _, e in fit.terms[1:]] == [e for e in times if abs(e) <= 5]
    close(fit.estimate, point[keep])
    if kind == "gaps":  # the shares in the errors are those of whole cohorts, as in the libraries, not of who is seen
        return
    moves = np.array([(group_time(one, ones + step * (np.arange(len(ones)) == i), *asked)[1]
                       - group_time(one, ones - step * (np.arange(len(ones)) == i), *asked)[1]) / (2 * step) for i in range(len(ones))])
    close(fit.std_error, np.sqrt((moves**2).sum(0))[keep], 1e-7)
    close(fit.vcov[1:, 1:], (moves.T @ moves)[np.ix_(keep[1:], keep[1:])], 1e-7)


@pytest.mark.parametrize("kind", ("complete", "gaps", "one alone"))
def test_sun_and_abraham_is_the_regression_on_every_cohort_and_event_time(kind):
    fit, one = fitted(panel(kind), "sun_abraham"), prepare(panel(kind), 0, "drop")
    unit, time, y, _, since = cells_of(one)
    pairs = sorted({(g, e) for g, e in zip(one.cohort[unit], since, strict=True) if np.isfinite(e) and e != -1})
    x = np.column_stack([(one.cohort[unit] == g) & (since == e) for g, e in pairs]).astype(float)
    beta, vcov = regression(y, x, [indicators(unit), indicators(time)], unit, len(pairs) + len(one.years))
    count, events = x.sum(0), np.array([e for _, e in pairs])
    times = [e for _, e in fit.terms[1:]]
    mean = np.array([count * (events >= 0), *(count * (events == e) for e in times)])
    mean = mean / mean.sum(1, keepdims=True)
    close(fit.estimate, mean @ beta)
    close(fit.std_error, np.sqrt(np.diag(mean @ vcov @ mean.T)))
    close(fit.vcov[1:, 1:], (mean @ vcov @ mean.T)[1:, 1:])


@pytest.mark.parametrize("kind", ("complete", "gaps", "one alone", "none stays out"))
def test_local_projections_are_the_stacked_regression(kind):
    """A row a unit and period of entry: entering units and those not exposed until the last period looked at; a dummy a period, and
    weights by which each period counts as often as units enter in it."""
    one = prepare(panel(kind), 0, "drop")
    y, cells = one.y[:, :, 0], one.cells
    first = np.where(one.treated, (one.d * cells).argmax(1), 99)
    fit = fitted(panel(kind), "lp_did", horizon=2)
    assert [e for _, e in fit.terms[1:]] == [e for e in range(-5, 3) if e != -1]
    assert "pooled over periods 0–2 after the first exposed one" in fit.note
    for term, ahead, clean in [(("att", None), [0, 1, 2], 2), *((("event", h), [h], max(h, 0)) for _, h in fit.terms[1:])]:
        rows = []
        for t in range(1, len(one.years)):
            if all(0 <= t + h < len(one.years) for h in ahead):
                change = y[:, [t + h for h in ahead]].mean(1) - y[:, t - 1]
                use = [i for i in range(len(y)) if np.isfinite(change[i]) and cells[i, t] and (first[i] == t or first[i] > t + clean)]
                entering = sum(first[i] == t for i in use)
                if 0 < entering < len(use):
                    share = entering / len(use)
                    rows += [(i, t, change[i], first[i] == t, 1 / (1 - share)) for i in use]
        if term == ("att", None):  # who begins too late to be followed, or lacks a figure on the way, is not what it is made of
            entered = sorted({i for i, _, _, enters, _ in rows if enters})
            assert fit.n_treated == len(entered) and fit.treated == ", ".join(np.array(one.units)[entered])
            assert ("no figures to compare in all periods from the one before the start to 2 after it" in fit.note) == (
                len(entered) < one.treated.sum())
        unit, when, change, enters, weight = (np.array(column, float) for column in zip(*rows, strict=True))
        root = np.sqrt(weight)
        beta, vcov = regression(change * root, (enters * root)[:, None], [indicators(when) * root[:, None]], unit, 1 + len(np.unique(when)))
        close(fit.at(*term), (beta[0], np.sqrt(vcov[0, 0])))


# ------------------------------------------------------------------------------------------------------------- invariances
STAGGERED = ("twfe", "twfe_region_year", "twfe_trends", "imputation", "gardner", "callaway_santanna", "sun_abraham", "lp_did",
             "first_differences")


@pytest.mark.parametrize("name", [*STAGGERED, "lagged_outcome"])
@pytest.mark.parametrize("kind", ("complete", "gaps", "one alone"))
def test_neither_order_nor_names_nor_units_of_measurement_matter(kind, name):
    sample = panel(kind)
    fit = fitted(sample, name)
    order = np.random.default_rng(2).permutation(N)
    other = sample.take(order)
    other = replace(other, units=tuple(f"town {j}" for j in range(N)), region=7 - 2 * other.region, y=100 - 3 * other.y,
                    years=other.years + 40, cohort=other.cohort + 40)
    again = fitted(other, name)
    assert again.terms == fit.terms and again.n_treated == fit.n_treated and again.n_obs == fit.n_obs
    close(again.estimate, -3 * fit.estimate)
    close(again.std_error, 3 * fit.std_error)
    close(again.pretrend_p, fit.pretrend_p) if np.isfinite(fit.pretrend_p) else None


@pytest.mark.parametrize("name", STAGGERED)
@pytest.mark.parametrize("kind", ("complete", "gaps", "one alone"))
def test_what_units_or_periods_have_in_common_is_not_the_effect_and_a_constant_effect_is_found_whole(kind, name):
    sample, rng = panel(kind), np.random.default_rng(8)
    fit = fitted(sample, name)
    level = rng.normal(size=(N, 1, 1)) * 50 + rng.normal(size=(1, 9, 1)) * 50
    moved = fitted(replace(sample, y=sample.y + level + 2.5 * sample.d[:, :, None]), name)
    exposed = np.array([1.0 if term == "att" or event >= 0 else 0.0 for term, event in fit.terms])
    close(moved.estimate, fit.estimate + 2.5 * exposed, 1e-7)
    close(moved.std_error, fit.std_error, 1e-7)


@pytest.mark.parametrize("name", STAGGERED)
def test_every_unit_twice_is_the_same_estimate_with_less_doubt(name):
    sample = panel()
    twice = did.from_arrays(np.r_[sample.y, sample.y], np.r_[sample.cohort, sample.cohort], years=sample.years,
                            region=np.r_[sample.region, sample.region])
    fit, more = fitted(sample, name), fitted(twice, name)
    close(more.estimate, fit.estimate)
    ratio = more.std_error / fit.std_error  # 1/√2 but for what is allowed for few units
    assert (ratio > 0.5).all() and (ratio < 0.75).all()


@pytest.mark.parametrize("name", STAGGERED)
def test_who_is_always_exposed_or_never_seen_does_not_count(name):
    sample = panel()
    always, blank = np.random.default_rng(4).normal(size=(1, 9, 1)) + np.arange(9)[None, :, None], np.full((1, 9, 1), np.nan)
    more = did.from_arrays(np.concatenate([always, sample.y, blank]), np.r_[1999.0, sample.cohort, np.inf], years=sample.years,
                           region=np.r_[0, sample.region, 0])
    fit, other = fitted(sample, name), fitted(more, name)
    close(other.estimate, fit.estimate)
    close(other.std_error, fit.std_error)
    assert other.n_provinces == fit.n_provinces and other.n_treated == fit.n_treated and "u0" in other.note


@pytest.mark.parametrize("name", [name for name in STAGGERED if name not in ("twfe_trends", "twfe_region_year", "lp_did")])
def test_two_groups_in_two_periods_are_a_difference_of_differences(name):
    rng = np.random.default_rng(10)
    y, exposed = rng.normal(size=(12, 2)), np.arange(12) < 5
    fit = fitted(did.from_arrays(y, np.where(exposed, 1, np.inf)), name)
    change = y[:, 1] - y[:, 0]
    assert fit.at("att")[0] == pytest.approx(change[exposed].mean() - change[~exposed].mean())
    # the errors of the two means, and what is allowed for few units
    error = np.sqrt(change[exposed].var() / 5 + change[~exposed].var() / 7)
    assert 0.99 < fit.at("att")[1] / error < 1.3
