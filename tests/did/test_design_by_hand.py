"""Power, equivalence, leads and many p-values, each worked out plainly: distributions of scipy, loops, sorted lists."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from govlib.did import multiple_testing
from govlib.did.inference import equivalence, power, pretrend
from govlib.errors import NotEstimable


# ----------------------------------------------------------------------------------------------- equivalence and power
@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_equivalence_is_two_one_sided_tests(alpha):
    estimate, error, dof = np.array([0.1, -0.1, 0.45, -0.9]), np.array([0.2, 0.2, 0.1, 0.3]), np.array([20, 20, 8, 61])
    got = equivalence.tost(estimate, error, 0.5, dof, alpha=alpha)
    at_least = [stats.t.sf((0.5 - abs(b)) / s, f) for b, s, f in zip(estimate, error, dof, strict=True)]
    at_most = [stats.t.sf((0.5 + abs(b)) / s, f) for b, s, f in zip(estimate, error, dof, strict=True)]
    assert got.p_value == pytest.approx(np.maximum(at_least, at_most)) and got.equivalent.tolist() == (got.p_value < alpha).tolist()
    low, high = stats.t.interval(1 - 2 * alpha, dof, estimate, error)
    assert got.ci_low == pytest.approx(low) and got.ci_high == pytest.approx(high)
    for j, margin in enumerate(got.smallest_margin):  # at it the test is at its level, whatever the sign of the estimate
        other = stats.t.sf((margin - abs(estimate[j])) / error[j], dof[j])
        assert other == pytest.approx(alpha)
        assert equivalence.tost(estimate[j], error[j], margin * 1.001, dof[j], alpha=alpha).equivalent
        assert not equivalence.tost(estimate[j], error[j], margin * 0.999, dof[j], alpha=alpha).equivalent


@pytest.mark.parametrize(("alpha", "wanted"), [(0.05, 0.8), (0.1, 0.8), (0.05, 0.5), (0.01, 0.95)])
def test_power_is_that_of_the_noncentral_t(alpha, wanted):
    error, dof = np.array([0.1, 0.3, 2.0]), np.array([9, 30, 200])
    critical = stats.t.ppf(1 - alpha / 2, dof)
    assert power.mde(error, dof, power=wanted, alpha=alpha) == pytest.approx((critical + stats.t.ppf(wanted, dof)) * error)
    for effect in (0.0, 0.02, 0.4, -0.4):
        got = power.power_of(effect, error, dof, alpha=alpha)
        shift = abs(effect) / error
        assert got == pytest.approx(stats.nct.sf(critical, dof, shift) + stats.nct.cdf(-critical, dof, shift), abs=1e-9)
    assert power.power_of(0, error, dof, alpha=alpha) == pytest.approx(alpha)
    far = [power.power_of(np.arange(12.0, 60, 0.5), 1.0, d, alpha=alpha) for d in (5, 10, 60, 500)]  # NaN, as of a tail that is nothing
    assert np.min(far) > 0.99 and np.isnan(power.power_of(np.nan, error, dof)).all()
    assert power.power_of(power.mde(error, dof, power=wanted, alpha=alpha), error, dof, alpha=alpha) == pytest.approx(wanted, abs=0.03)


# -------------------------------------------------------------------------------------------------------------- pretrend
def test_the_joint_test_is_f_or_hotellings():
    beta, vcov = np.array([0.3, -0.2]), np.array([[0.04, 0.01], [0.01, 0.09]])
    wald = beta @ np.linalg.inv(vcov) @ beta
    plain, few = pretrend.joint_test(beta, vcov, 30, (-2, -1)), pretrend.joint_test(beta, vcov, 30, treated=7)
    assert (plain.statistic, plain.p_value) == pytest.approx((wald / 2, stats.f.sf(wald / 2, 2, 29)))
    assert (plain.df_num, plain.df_den, plain.event_time, few.event_time) == (2, 29, (-2, -1), ())
    assert (few.statistic, few.p_value) == pytest.approx((wald / 2 * 5 / 6, stats.f.sf(wald / 2 * 5 / 6, 2, 5))) and few.df_den == 5
    assert plain.beta.tolist() == beta.tolist() and plain.vcov.tolist() == vcov.tolist()
    one = pretrend.joint_test(0.5, 0.04, 12)
    assert one.p_value == pytest.approx(2 * stats.t.sf(0.5 / 0.2, 11)) and one.df_num == 1
    near = np.array([[1, 1 - 1e-9], [1 - 1e-9, 1]]) * 1e-6  # told apart in any unit of measurement, or not
    assert pretrend.joint_test(beta, near, 30).p_value < 1e-6
    with pytest.raises(NotEstimable, match="is singular"):
        pretrend.joint_test(beta, np.array([[1, 1 - 1e-11], [1 - 1e-11, 1]]) * 1e6, 30)


def test_leads_of_several_outcomes_are_each_ones_own_test():
    rng = np.random.default_rng(5)
    start, y = np.r_[np.full(4, 4.0), np.full(3, 6.0), np.full(7, np.inf), np.nan], rng.normal(size=(15, 8, 3)).cumsum(1)
    y[[2, 9], 3, 1] = np.nan
    y[5, :, 2] = np.nan
    together = pretrend.pretrend(y, start, leads=2)
    for k, test in enumerate(together):
        (alone,) = pretrend.pretrend(np.delete(y[:, :, k], 14, 0), start[:14], leads=2)  # who begins nobody knows when is left out
        assert (test.p_value, test.statistic) == pytest.approx((alone.p_value, alone.statistic)) and test.event_time == (-2, -1)
        assert (test.df_num, test.df_den) == (2, (7, 6, 6)[k] - 2)  # of the lead that fewest have
    after = np.where((np.arange(8) >= start[:, None])[:, :, None], y + 100, y)  # what is measured under exposure tells nothing
    assert [t.p_value for t in pretrend.pretrend(after, start, leads=2)] == pytest.approx([t.p_value for t in together])
    assert len(pretrend.pretrend(y[:14], start[:14])[0].event_time) == 3


@pytest.mark.parametrize(("change", "words"), [
    ({"y": np.add.outer(np.arange(12.0), np.arange(6.0))}, "before adoption the outcome moves in no unit by itself, which leaves nothing to test by"),
    ({"controls": np.stack([np.random.default_rng(1).normal(size=(12, 6))] * 2, 2)},
     "control 2 is collinear with the other regressors and the fixed effects"),
    ({"start": np.where(np.arange(12) < 5, 1.0, np.inf), "leads": 1}, "the lead -1 has no variation left once unit and year effects are out"),
])
def test_leads_that_tell_nothing_are_refused(change, words):
    given = {"y": np.random.default_rng(0).normal(size=(12, 6)), "start": np.where(np.arange(12) < 5, 3.0, np.inf), "leads": 2} | change
    with pytest.raises(NotEstimable) as said:
        pretrend.pretrend(given.pop("y"), given.pop("start"), **given)
    assert said.value.reason.startswith(words)


# --------------------------------------------------------------------------------------------------------- many outcomes
def plainly(p, method):
    """Adjusted one by one, from the smallest: Holm the largest so far, Benjamini and Hochberg the smallest of what follows."""
    p, m = sorted(p), len(p)
    if method == "bonferroni":
        return [min(1, m * q) for q in p]
    if method == "holm":
        return [min(1, max((m - j) * p[j] for j in range(i + 1))) for i in range(m)]
    factor = sum(1 / j for j in range(1, m + 1)) if method == "by" else 1
    return [min(1, min(factor * m / (j + 1) * p[j] for j in range(i, m))) for i in range(m)]


@pytest.mark.parametrize("method", multiple_testing.METHODS)
@pytest.mark.parametrize("p", [[0.01, 0.02, 0.03, 0.5], [0.04, 0.04, 0.001], [0.9, 0.2, 0.9, 0.011, 0.012], [0.3], [0.02, 0.021, 0.0, 1.0]])
def test_adjusted_p_values_by_their_rules(method, p):
    order = np.argsort(p, kind="stable")
    got = multiple_testing.adjust(p, method)
    assert got[order] == pytest.approx(plainly(p, method))
    holes = np.insert(np.array(p), [0, len(p)], np.nan)  # what could not be estimated is no question asked
    assert multiple_testing.adjust(holes, method) == pytest.approx(np.insert(got, [0, len(p)], np.nan), nan_ok=True)
    assert np.isnan(multiple_testing.adjust([np.nan, np.nan], method)).all()
    assert method != "bh" or multiple_testing.adjust(p).tolist() == got.tolist()


@pytest.mark.parametrize("exact", [False, True])
def test_the_step_down_one_hypothesis_after_another(exact):
    rng = np.random.default_rng(6)
    null = rng.normal(size=(60, 5)) @ rng.normal(size=(5, 5))
    observed = np.array([-3.0, 0.4, 6.0, 2.0, -2.0])
    null[7] = observed  # ties count as beyond
    left, floor, want = list(range(5)), 0.0, {}
    while left:
        k = max(left, key=lambda j: abs(observed[j]))
        beyond = sum(max(abs(draw[j]) for j in left) >= abs(observed[k]) - 1e-9 for draw in null)
        want[k] = floor = max(floor, beyond / 60 if exact else (1 + beyond) / 61)
        left.remove(k)
    assert multiple_testing.romano_wolf(observed, null, exact=exact) == pytest.approx([want[k] for k in range(5)])
