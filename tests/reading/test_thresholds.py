"""The threshold of a change: its size, the steps it fits, and what a change may be called."""

from __future__ import annotations

import html

import numpy as np
import pytest
from kit.boards import board as made
from kit.boards import drifting, together, wobbling

from govlib.errors import UnknownName
from govlib.known import indices
from govlib.known.provinces import province_set
from govlib.reading import comparisons, noise, thresholds, validity
from govlib.reading.board import Break


def test_the_threshold_is_the_reliable_change_of_the_noise_put_in():
    """|change| > 1.96 √2 SEM: with noise of one point 2.77 points, within what 63 provinces and seven editions can tell."""
    sizes = [thresholds.points(drifting(range(2013, 2020), 1.0, seed), "pci", "overall", 2019) for seed in range(12)]
    assert sum(sizes) / len(sizes) == pytest.approx(2.77, rel=0.05)


def test_pci_2023_is_a_step_that_its_threshold_does_not_fit(board):
    """Eight of the fifteen provinces with both years exceed a threshold taken wholly from 2013–20."""
    step = thresholds.step(board, "pci", "overall", 2023)
    assert (step.n, step.beyond, step.first, step.last, step.inside, step.fits) == (15, 8, 2013, 2020, False, False)
    change = comparisons.change(board, "pci", "overall", "bac-ninh", 2023)
    assert round(change.delta, 2) == -3.12 and change.beyond and change.step == step
    assert change.direction == ""  # only the number may be shown
    assert not thresholds.step(board, "pci", "overall", 2024).fits  # the same method: what 2023 showed holds there too


def test_inside_the_years_it_was_taken_from_a_threshold_fits_however_many_moved(board):
    step = thresholds.step(board, "pci", "overall", 2019)
    assert step.inside and step.fits and step.beyond == 42 and step.n == 63
    assert comparisons.change(board, "pci", "overall", "bac-ninh", 2019).direction == "up"
    assert comparisons.change(board, "papi", "overall", "bac-ninh", 2024).direction == "within"


def test_a_step_outside_fits_where_chance_explains_the_count():
    quiet = drifting(range(2013, 2020), 0.5)
    limit = thresholds.points(quiet, "pci", "overall", 2019)
    scores = {y: dict(zip(province_set(y), row, strict=True)) for y, row in zip(quiet.matrix("pci").index, quiet.matrix("pci").to_numpy(), strict=True)}
    base = scores[2019]

    def next_year(beyond: int):
        """2020 of ten provinces only, so many of them further than the threshold."""
        some = list(province_set(2020))[:10]
        return made(scores | {2020: {p: base[p] + (3 * limit if at < beyond else 0.0) for at, p in enumerate(some)}}, index_id="pci", breaks={})

    assert [thresholds.step(next_year(k), "pci", "overall", 2020).fits for k in (0, 1, 2, 3)] == [True, True, True, False]
    up, same = (comparisons.change(next_year(1), "pci", "overall", p, 2020).direction for p in list(province_set(2020))[:2])
    assert (up, same) == ("up", "within")
    assert comparisons.change(next_year(5), "pci", "overall", province_set(2020)[0], 2020).direction == ""


@pytest.mark.parametrize(("index_id", "year"), [("dti", 2023), ("pci", 2017), ("pci", 2022)])
def test_without_a_threshold_or_across_a_break_only_the_number_is_shown(board, index_id, year):
    change = comparisons.change(board, index_id, "overall", "bac-ninh", year)
    assert change.delta is not None and change.direction == "" and not change.beyond


def test_a_change_over_two_years_is_not_held_against_the_threshold_of_one(board):
    change = comparisons.change(board, "papi", "environmental_governance", "quang-ninh", 2024)  # no PAPI 2023
    assert change.before.year == 2022 and change.comparable and change.direction == "" and change.ratio is None


def test_a_change_is_compared_with_the_provinces_own_changes(board):
    """The median rose 1.15 from 2023 to 2024, but half of the 59 provinces with both rose 0.59 or less."""
    own = comparisons.everyones_changes(board, "papi", "overall", 2024)
    assert len(own) == 59 and comparisons.median_change(board, "papi", "overall", 2024) == pytest.approx(own.median())
    assert round(own.median(), 2) == 0.59
    m = board.matrix("papi")
    assert round(m.loc[2024].median() - m.loc[2023].median(), 2) == 1.15
    assert comparisons.median_change(board, "pci", "overall", 2023) is None and comparisons.everyones_changes(board, "pci", "overall", 2017) is None


def test_a_step_from_an_edition_that_the_threshold_does_not_rest_on_is_outside():
    """2013 is held of ten provinces only: the step to 2014 is none of those that the noise of 2014–2019 was taken from."""
    scores = wobbling(range(2013, 2020), 1.0)
    scores[2013] = dict(list(scores[2013].items())[:10])
    one = made(scores, index_id="pci", breaks={})
    assert [thresholds.step(one, "pci", "overall", y).inside for y in (2014, 2015)] == [False, True]
    assert thresholds.step(one, "pci", "overall", 2014).n == thresholds.step(one, "pci", "overall", 2014).outside == 10


@pytest.mark.parametrize(("share", "said"), [(0.9, "within"), (1.1, "up"), (1.9, "up"), (-1.1, "down"), (-0.99, "within"), (0.0, "within")])
def test_what_a_change_may_be_called(share, said):
    scores = wobbling(range(2013, 2020), 1.0)
    limit = thresholds.points(made(scores, index_id="pci", breaks={}), "pci", "overall", 2019)
    one = made(scores | {2020: {"bac-ninh": scores[2019]["bac-ninh"] + share * limit}}, index_id="pci", breaks={})
    assert comparisons.change(one, "pci", "overall", "bac-ninh", 2020).direction == said


def test_factors_are_kept_up_to_the_first_that_chance_explains():
    """Items without any correlation have all eigenvalues at 1: above those of chance at the end of the list, and still no factor."""
    x = np.linalg.qr(np.column_stack([np.ones(60), np.random.default_rng(2).normal(size=(60, 5))]))[0][:, 1:]
    found = validity.parallel_analysis(x, draws=200)
    assert found["eigenvalue"].round(6).eq(1).all() and (found["eigenvalue"] > found["random"]).any() and not found["keep"].any()


def test_a_threshold_in_a_sentence_and_as_a_card():
    found = noise.Noise(0.5, 0.8, 0.9, 1.0, 0.4, 0.6, 61, (2013, 2014, 2016), 3)
    one = thresholds.MeaningfulChange("pci", "time_costs", 1.386, 1.2, 1.5, 0.95, found, True)
    name = {lang: indices.name("pci", "time_costs", lang) for lang in ("vi", "en")}
    assert one.sentence("en") == (f"{name['en']}: a province's one-year change must exceed 1.39 points before noise hardly explains it (50% of the variance of "
                                  "changes is noise; 61 provinces, 2013–2016).")
    assert one.sentence().startswith(f"{name['vi']}: thay đổi một năm của một tỉnh phải vượt 1,39 điểm") and "61 tỉnh, 2013–2016" in one.sentence()
    assert one._repr_html_() == f"<p>{html.escape(one.sentence(thresholds.language()))}<br><small>Jacobson and Truax (1991), Wiley and Wiley (1970)</small></p>"
    assert (one.holds(1.387), one.holds(-1.387), one.holds(1.386)) == (True, True, False)


def test_the_editions_that_a_threshold_rests_on():
    """Breaks in 2010 and 2015: the version of the year alone where it has three triples, else with the nearest, else all."""
    one = made(wobbling(range(2006, 2021), 1.0), index_id="pci", breaks={"pci": [Break(y, "all", "đổi", "changed") for y in (2010, 2015)]})
    assert thresholds.runs(one, "pci", "overall") == [list(range(2006, 2010)), list(range(2010, 2015)), list(range(2015, 2021))]
    rests = lambda year: (lambda m: (m.noise.editions, m.noise.triples, m.same_version))(thresholds.meaningful_change("pci", "overall", year, on=one))  # noqa: E731
    assert rests(2018) == (tuple(range(2015, 2021)), 4, True) and rests(2012) == (tuple(range(2010, 2015)), 3, True)
    assert rests(2008) == (tuple(range(2006, 2015)), 5, False) and rests(None) == (tuple(range(2006, 2021)), 9, False)
    assert rests(2021) == (tuple(range(2015, 2021)), 4, True) and rests(2005) == rests(2008)[:2] + (False,)
    whole, strict = (thresholds.meaningful_change("pci", "overall", 2018, on=one, level=level) for level in (0.95, 0.99))
    assert whole.threshold == pytest.approx(1.959964 * np.sqrt(2) * whole.noise.sem) and strict.threshold == pytest.approx(2.575829 * np.sqrt(2) * whole.noise.sem)
    assert (whole.level, strict.level, whole.index_id, whole.component) == (0.95, 0.99, "pci", "overall") and np.isnan([whole.low, whole.high]).all()
    drawn = thresholds.meaningful_change("pci", "overall", 2018, on=one, draws=50)
    assert drawn.low < drawn.threshold < drawn.high and drawn.low == pytest.approx(1.959964 * np.sqrt(2) * drawn.noise.low)
    with pytest.raises(UnknownName):
        thresholds.meaningful_change("pci", "shoes", 2018, on=one)
    assert thresholds.of(one, "pci", "shoes", 2018) is None is thresholds.points(one, "pci", "shoes", 2018) and thresholds.step(one, "pci", "shoes", 2018) is None
    assert thresholds.of(one, "pci", "overall", 2018).threshold == thresholds.points(one, "pci", "overall", 2018) == whole.threshold


def test_of_two_methods_equally_near_the_newer_one_is_added():
    one = made(wobbling(range(2006, 2018), 1.0), index_id="pci", breaks={"pci": [Break(y, "all", "đổi", "changed") for y in (2010, 2014)]})
    found = thresholds.meaningful_change("pci", "overall", 2012, on=one)
    assert (found.noise.editions, found.noise.triples, found.same_version) == (tuple(range(2010, 2018)), 4, False)
    short = made(wobbling(range(2006, 2014), 1.0), index_id="pci", breaks={"pci": [Break(2010, "all", "đổi", "changed")]})  # none alone is enough
    both = thresholds.meaningful_change("pci", "overall", 2012, on=short)
    assert (both.noise.editions, both.same_version, both.index_id, both.component, both.level) == (tuple(range(2006, 2014)), False, "pci", "overall", 0.95)


def test_the_table_of_thresholds():
    one = together(made(wobbling(range(2010, 2021), 1.0), index_id="pci"), made(wobbling(range(2017, 2021), 0.1), index_id="pci", component="time_costs"),
                   made(wobbling(range(2010, 2021), 0.1, 2), index_id="pci", component="entry_costs"), breaks={})
    table = thresholds.changes_table("pci", on=one, draws=20).set_index("component")
    assert list(table.index) == ["overall", "entry_costs", "time_costs"] and list(table.columns) == [
        "threshold", "low", "high", "sem", "reliability", "stability", "noise_share", "usual", "n", "triples", "note"]
    m = thresholds.meaningful_change("pci", on=one, draws=20)
    assert table.loc["overall"].tolist() == [m.threshold, m.low, m.high, m.noise.sem, m.noise.reliability, m.noise.stability, m.noise.noise_share,
                                             one.usual_movement("pci", "overall", 2020).sd, 63, 9, ""]
    assert "2 runs of three" in table.loc["time_costs", "note"] and table.loc["time_costs", "threshold"] != table.loc["time_costs", "threshold"]


def test_an_index_that_cannot_be_told_from_noise_keeps_the_table_s_columns():
    one = made(wobbling(range(2018, 2021), 1.0))
    table = thresholds.changes_table("dti", on=one, draws=0)
    assert table["component"].tolist() == ["overall"] and "1 runs of three" in table.loc[0, "note"] and table.loc[0, "sem":"triples"].isna().all()
    assert list(table.columns) == ["component", "threshold", "low", "high", "sem", "reliability", "stability", "noise_share", "usual", "n", "triples", "note"]
    assert list(thresholds.changes_table("sipas", on=one).columns) == list(table.columns) and len(thresholds.changes_table("sipas", on=one)) == 0


def test_each_row_of_the_table_is_of_its_own_component():
    """The total with fixed weights is PCI's alone; a row without a threshold does not end the table."""
    years = range(2010, 2021)
    parts = {"overall": range(2018, 2021), "overall_fixed_weights": years, "entry_costs": years, "land_access": range(2018, 2021), "transparency": years}
    one = together(*(made(wobbling(which, 0.5 + at, at), index_id="pci", component=c) for at, (c, which) in enumerate(parts.items())), breaks={})
    table = thresholds.changes_table("pci", on=one, draws=0, level=0.9).set_index("component")
    assert list(table.index) == list(parts) and table["threshold"].isna().tolist() == [True, False, False, True, False]
    for component in ("overall_fixed_weights", "entry_costs", "transparency"):
        assert table.loc[component, "threshold"] == thresholds.meaningful_change("pci", component, on=one, level=0.9).threshold
    assert table["threshold"].nunique() == 3 and table.loc["entry_costs", ["low", "high"]].isna().all()


def test_a_year_without_the_one_before_is_no_step():
    """Editions of 2013–2019 without 2017: a threshold there is for 2018, a step to it not; nor where no province has both."""
    scores = wobbling(range(2010, 2020), 1.0)
    one = made({year: row for year, row in scores.items() if year != 2017}, index_id="pci", breaks={})
    assert thresholds.of(one, "pci", "overall", 2018) and thresholds.step(one, "pci", "overall", 2018) is None
    names = list(scores[2019])
    apart = made({**scores, 2019: {p: scores[2019][p] for p in names[:5]}, 2018: {p: scores[2018][p] for p in names[5:]}}, index_id="pci", breaks={})
    assert thresholds.step(apart, "pci", "overall", 2019) is None and thresholds.step(apart, "pci", "overall", 2016).n == 63


def test_a_step_counts_the_provinces_of_both_editions_under_one_method():
    scores = wobbling(range(2010, 2020), 1.0)
    broken = {"pci": [Break(2015, "all", "đổi", "changed")]}
    one = made(scores, index_id="pci", breaks=broken)
    limit = thresholds.points(one, "pci", "overall", 2018)
    step = thresholds.step(one, "pci", "overall", 2018)
    moved = [abs(scores[2018][p] - scores[2017][p]) for p in scores[2018]]
    assert (step.n, step.beyond) == (63, sum(size > limit for size in moved)) and (step.first, step.last, step.inside, step.outside) == (2015, 2019, True, 0)
    assert thresholds.step(one, "pci", "overall", 2015) is None  # across the break
    few = made(scores | {2020: {"bac-ninh": scores[2019]["bac-ninh"] + 9 * limit}}, index_id="pci", breaks=broken)
    last = thresholds.step(few, "pci", "overall", 2020)
    assert last == thresholds.Step(1, 1, 2015, 2019, False, 1, 1, True)  # one of one: chance reaches that in one of twenty


def test_a_change_that_is_the_threshold_is_not_beyond_it():
    assert thresholds._counted(made({2019: {"bac-ninh": 60.0, "ha-noi": 60.0}, 2020: {"bac-ninh": 62.0, "ha-noi": 57.5}}), "dti", "overall", 2020, 2.0) == (2, 1)
