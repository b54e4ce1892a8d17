"""Honest intervals where their answer is known: no violation, a straight one, a large one; other units, signs and orders."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from govlib.did.inference import honest
from govlib.errors import BadInput, NotEstimable


def study(seed=0, n_pre=4, n_post=3, effect=0.8):
    """Estimates of an event study with errors that covary, and their covariance."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n_pre + n_post, n_pre + n_post)) * 0.05
    vcov = root @ root.T + 0.01 * np.eye(n_pre + n_post)
    return np.r_[np.zeros(n_pre), np.full(n_post, effect)] + np.linalg.cholesky(vcov) @ rng.normal(size=n_pre + n_post), vcov


def ends(found):
    return np.c_[found.ci_low, found.ci_high]


@pytest.mark.parametrize("weights", [None, [0.2, 0.3, 0.5], [0.0, 0.0, 1.0]])
def test_a_straight_violation_is_taken_out_by_least_squares(weights):
    """With m = 0 the shortest interval is that of generalised least squares on a slope and the effects."""
    beta, vcov = study()
    line = np.r_[-4:0, 1:4].astype(float)
    x = np.c_[line, np.vstack([np.zeros((4, 3)), np.eye(3)])]
    bread = np.linalg.inv(x.T @ np.linalg.inv(vcov) @ x)
    wanted = np.r_[0.0, [1, 0, 0] if weights is None else weights]
    centre, error = wanted @ bread @ x.T @ np.linalg.inv(vcov) @ beta, np.sqrt(wanted @ bread @ wanted)
    found = honest.smoothness(beta, vcov, 4, weights=None if weights is None else np.array(weights))
    assert ends(found)[0] == pytest.approx([centre - norm.ppf(0.975) * error, centre + norm.ppf(0.975) * error], rel=1e-6)
    narrow = honest.smoothness(beta, vcov, 4, level=0.8, weights=None if weights is None else np.array(weights))
    assert ends(narrow)[0] == pytest.approx([centre - norm.ppf(0.9) * error, centre + norm.ppf(0.9) * error], rel=1e-6)


def test_a_bound_far_beyond_the_noise_adds_the_worst_bias_alone():
    """Two years before, one after: no estimator escapes a bias of m, so far out the interval is that and the noise on one side."""
    vcov = 0.01 * np.eye(3)
    found = honest.smoothness(np.array([0.1, -0.1, 1.0]), vcov, 2, m=(50.0,))

    def half(c):
        sd, bias = np.sqrt(np.array([c, 1 - 2 * c, 1]) @ vcov @ np.array([c, 1 - 2 * c, 1])), 50 * (1 + abs(c))
        return brentq(lambda x: norm.cdf((x - bias) / sd) - norm.cdf((-x - bias) / sd) - 0.95, bias, bias + 9 * sd)

    assert (found.ci_high[0] - found.ci_low[0]) / 2 == pytest.approx(half(0.0), rel=1e-6)


def test_without_a_violation_the_interval_is_nearly_the_usual_one():
    """m_bar = 0 and one year after: the estimate plus and minus its error times a critical value above the normal's, as the years
    before have moments in the test too, and below that of all of them together."""
    beta, vcov = study(1, n_post=1)
    (low, high), = ends(honest.relative_magnitudes(beta, vcov, 4, m_bar=(0,), breakdown=False))
    error = np.sqrt(vcov[-1, -1])
    assert (low + high) / 2 == pytest.approx(beta[-1], abs=0.25 * error)
    assert norm.ppf(0.975) < (high - low) / 2 / error < norm.ppf(1 - 0.005 / 16)


CASES = {"magnitudes": lambda b, v, m, **how: honest.relative_magnitudes(b, v, 4, m_bar=m, breakdown=False, draws=2000, **how),
         "slopes": lambda b, v, m, **how: honest.relative_magnitudes(b, v, 4, m_bar=m, breakdown=False, draws=2000, slopes=True, **how),
         "smoothness": lambda b, v, m, **how: honest.smoothness(b, v, 4, m=m, **how),
         "smooth, positive": lambda b, v, m, **how: honest.smoothness(b, v, 4, m=m, bias="positive", draws=2000, **how)}


@pytest.mark.parametrize("case", CASES)
def test_more_violation_is_a_wider_interval(case):
    beta, vcov = study(2)
    found = ends(CASES[case](beta, vcov, (0.0, 0.05, 0.3, 1.0, 2.0)))
    step = 2e-3 * np.ptp(found[-1])  # what the grid leaves
    assert (np.diff(found[:, 0]) < step).all() and np.ptp(found[-1]) > np.ptp(found[0])
    if case != "smooth, positive":  # under a known sign the end that it cuts may come nearer, as in the published example
        assert (np.diff(found[:, 1]) > -step).all()


@pytest.mark.parametrize("case", CASES)
def test_units_of_measure_and_the_first_year_are_conventions(case):
    beta, vcov = study(3)
    share = np.array([1.0, 1.0, 1.0]) if case.startswith(("magnitudes", "slopes")) else 10.0
    plain = ends(CASES[case](beta, vcov, (0.5,)))
    tens = ends(CASES[case](10 * beta, 100 * vcov, (0.5 if isinstance(share, np.ndarray) else 5.0,)))
    assert tens == pytest.approx(10 * plain, rel=1e-3)
    moved = ends(CASES[case](beta + np.r_[np.zeros(4), 2.0, 2.0, 2.0], vcov, (0.5,)))
    assert moved == pytest.approx(plain + 2.0, abs=2e-3)  # an effect of two more, whatever the violation
    last = ends(CASES[case](beta, vcov, (0.5,), weights=np.array([0.0, 0.0, 1.0])))
    assert np.ptp(last) > np.ptp(plain)  # three years of violation add up
    assert ends(CASES[case](beta, vcov, (0.5,), weights=np.array([1.0, 0.0, 0.0]))) == pytest.approx(plain)


def test_what_is_known_mirrors():
    beta, vcov = study(4)
    for how, mirrored in (({}, {}), ({"bias": "positive"}, {"bias": "negative"}), ({"monotone": "increasing"}, {"monotone": "decreasing"})):
        for case, bound in (("magnitudes", 1.0), ("smoothness", 0.1)):
            (low, high), = ends(CASES[case](beta, vcov, (bound,), **how))
            (other_low, other_high), = ends(CASES[case](-beta, vcov, (bound,), **mirrored))
            assert (-other_high, -other_low) == pytest.approx((low, high), abs=0.01)
    with pytest.raises(BadInput, match="unknown restriction"):
        honest.relative_magnitudes(beta, vcov, 4, monotone="positive")


def test_the_breakdown_is_where_zero_comes_in():
    beta, vcov = study(5)
    for case, found in (("magnitudes", honest.relative_magnitudes(beta, vcov, 4, m_bar=(0,), draws=2000)),
                        ("smoothness", honest.smoothness(beta, vcov, 4, breakdown=True))):
        assert 0 < found.breakdown < 64
        within, beyond = ends(CASES[case](beta, vcov, (found.breakdown, found.breakdown + 0.0101)))
        assert within[0] > 0 >= beyond[0]
    nothing = honest.relative_magnitudes(np.r_[beta[:4], 0, 0, 0], vcov, 4, m_bar=(0, 1), draws=2000)
    assert nothing.breakdown == 0 and (nothing.ci_low < 0).all() and (nothing.ci_high > 0).all()
    flat = honest.relative_magnitudes(np.r_[np.zeros(4), 5.0], 1e-6 * np.eye(5), 4, m_bar=(1,), draws=2000)
    assert flat.breakdown == np.inf  # nothing ever moved before
    assert np.isnan(honest.smoothness(beta, vcov, 4).breakdown)
    down = honest.relative_magnitudes(-beta, vcov, 4, m_bar=(0,), draws=2000)
    assert down.breakdown == pytest.approx(honest.relative_magnitudes(beta, vcov, 4, m_bar=(0,), draws=2000).breakdown, abs=0.05)


def test_rows_for_a_table_and_what_is_random():
    beta, vcov = study(6)
    found = honest.relative_magnitudes(beta, vcov, 4, m_bar=(0.5, 1), breakdown=False)
    table = found.frame()
    assert table.columns.tolist() == ["restriction", "bound", "ci_low", "ci_high"] and set(table["restriction"]) == {"relative_magnitudes"}
    assert table["bound"].tolist() == [0.5, 1.0] and table["ci_low"].tolist() == found.ci_low.tolist()
    assert set(honest.smoothness(beta, vcov, 4).frame()["restriction"]) == {"smoothness"}
    same, other = (honest.relative_magnitudes(beta, vcov, 4, m_bar=(0.5, 1), breakdown=False, seed=seed) for seed in (0, 1))
    assert (same.ci_low == found.ci_low).all() and other.ci_low == pytest.approx(found.ci_low, abs=0.01)
    alone = honest.relative_magnitudes(beta, vcov, 4, m_bar=(1,), breakdown=False, draws=0)  # no draw, no seed
    assert (alone.ci_low == honest.relative_magnitudes(beta, vcov, 4, m_bar=(1,), breakdown=False, draws=0, seed=5).ci_low).all()
    nine = honest.smoothness(*study(7, n_post=8), 4, bias="positive", draws=0)  # the most years after adoption that are worked out
    assert np.isfinite(ends(nine)).all()
    with pytest.raises(NotEstimable, match="at most 8 years after adoption are worked out, not 9"):
        honest.relative_magnitudes(*study(7, n_post=9), 4, monotone="increasing")
    with pytest.raises(NotEstimable, match="a slope before adoption needs two years before the reference year"):
        honest.relative_magnitudes(*study(8, n_pre=1), 1, slopes=True)


def test_over_a_gap_the_violation_may_change_every_year():
    """Known beyond all doubt: steps of 0.1 and 0.2 before, then five years to the first effect and two more to the second. Within twice
    the largest step a year the first may be off by 2, the mean of both by 2 and half of 0.8; without the gaps by 0.4 and 0.6."""
    beta, vcov = np.array([0.3, 0.2, 1.0, 1.0]), 1e-10 * np.eye(4)
    mean = np.array([0.5, 0.5])
    for steps, weights, off in (([5, 2], None, 2.0), ([5, 2], mean, 2.4), ([1, 1], mean, 0.6), (None, None, 0.4), ([1, 2], [0, 1], 1.2)):
        found = honest.relative_magnitudes(beta, vcov, 2, m_bar=(2.0,), breakdown=False, steps=steps, weights=weights)
        assert ends(found)[0] == pytest.approx([1 - off, 1 + off], abs=2e-3)
    (low, high), = ends(honest.relative_magnitudes(beta, vcov, 2, m_bar=(2.0,), breakdown=False, steps=[5, 2], bias="positive"))
    assert (low, high) == pytest.approx((-1.0, 1.0), abs=2e-3)  # the sign cuts one end, the gap moves the other
    (low, high), = ends(honest.relative_magnitudes(beta[:3], vcov[:3, :3], 2, m_bar=(2.0,), breakdown=False, steps=[5]))
    assert (low, high) == pytest.approx((-1.0, 3.0), abs=2e-3)  # one year after adoption has a test of its own
    for wrong in ([1], [1, 0], [1, 2, 1], [1, np.nan]):
        with pytest.raises(BadInput, match="steps are 2 numbers of years, 1 or more"):
            honest.relative_magnitudes(beta, vcov, 2, steps=wrong)
    with pytest.raises(NotEstimable, match="slopes need every year after adoption"):
        honest.relative_magnitudes(beta, vcov, 2, steps=[1, 2], slopes=True)


def test_contradicting_restrictions_are_told():
    """A violation that must rise, bounded by next to nothing, where the years before fell beyond all doubt."""
    with pytest.raises(NotEstimable, match="the restrictions contradict the estimates"):
        honest.smoothness(np.r_[9.0, 6.0, 3.0, -3.0], 1e-4 * np.eye(4), 3, m=(0.0,), monotone="increasing", draws=0)
