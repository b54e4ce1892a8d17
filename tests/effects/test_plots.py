"""What stands in the pictures of effects: every estimate once, every estimator named, and no reference that there is none of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from govlib import did
from govlib.effects import plots
from govlib.errors import BadInput


@pytest.fixture(scope="module")
def y():
    return np.random.default_rng(5).normal(size=(40, 10, 2))


COHORT = np.repeat([5.0, 7, np.inf], [10, 10, 20])


def circles(figure):
    """(event time, estimate) of the open circles, and of all dots, of the first component."""
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert dots
    points = [[(int(x), v) for x, v in zip(line.get_xdata(), line.get_ydata(), strict=True)] for line in dots]
    opened = [point for line, found in zip(dots, points, strict=True) if line.get_markerfacecolor() == "white" for point in found]
    return opened, [point for found in points for point in found]


@pytest.mark.parametrize(("estimator", "options", "want"), [
    ("callaway_santanna", {}, [(-1, 0)]), ("sun_abraham", {}, [(-1, 0)]), ("callaway_santanna", {"anticipation": 1}, []),
    ("callaway_santanna", {"base_period": "varying"}, [])])
def test_the_reference_is_a_circle_where_it_is_one(y, estimator, options, want):
    """With anticipation, or a varying base, -1 was drawn twice: as estimated, and as nought."""
    rows = did.estimate(did.from_arrays(y[:, :, 0], COHORT), estimator, **options)
    opened, dots = circles(plots.event_multiples(rows, None, "en"))
    assert opened == want and len({time for time, _ in dots}) == len(dots)
    assert (-1 in set(rows["event_time"].dropna())) == (not want)


def test_rows_without_event_times_are_told_what_to_take(y):
    rows = did.estimate(did.from_arrays(y[:, :, 0], COHORT), "first_differences")
    with pytest.raises(BadInput, match="column term: these rows have no event times → take an estimator that gives some, as imputation"):
        plots.event_multiples(rows, None, "en")


def test_an_estimator_without_the_first_outcome_is_named_all_the_same(y):
    """It was drawn without a name in the legend, and any other only once."""
    both = did.from_arrays(y, COHORT, components=["a", "b"])
    second = did.from_arrays(y[:, :, 1], COHORT, components=["b"])
    rows = pd.concat([did.estimate(both, "twfe"), did.estimate(second, "imputation"), did.estimate(both, "gardner")])
    (legend,) = plots.coefficients(rows, None, "en").legends
    assert [text.get_text() for text in legend.get_texts()] == ["twfe", "imputation", "gardner"]
