"""The board: who is in an edition, what may be set beside what, how far scores usually move; on boards small enough to count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from kit.boards import board as made
from kit.boards import placed, together, wobbling

from govlib.errors import BadInput
from govlib.known import indices
from govlib.known.provinces import province_set
from govlib.reading import beside, comparisons, noise, thresholds
from govlib.reading import board as board_module
from govlib.reading.board import COLUMNS, FULL, Board, Break, entity, redrawn
from govlib.words.tables import pair


def some(n: int, value: float = 60.0) -> dict[str, float]:
    return dict.fromkeys(province_set(2019)[:n], value)


@pytest.mark.parametrize(("n", "full"), [(63, True), (57, True), (56, False), (30, False)])
def test_an_edition_is_full_with_nine_in_ten(n, full):
    one = made({2019: some(n)}, index_id="pci")
    assert FULL == 0.9 and one.is_full("pci", "overall", 2019) is full
    assert one.of("pci", "overall", 2019) == (n if full else 63) and one.newest_full("pci", "overall", 2020) == (2019 if full else None)


def test_equal_scores_share_the_better_rank():
    edition = made({2019: {"bac-ninh": 70.0, "ha-noi": 68.0, "hai-phong": 68.0, "lao-cai": 60.0}}, index_id="pci").edition("pci", "overall", 2019)
    assert [edition.rank(v) for v in (70.0, 68.0, 60.0)] == [1, 2, 4] and edition.median == 68.0 and edition.names[0] == "bac-ninh"


def test_a_break_counts_from_its_year_on():
    one = made({y: some(63) for y in range(2015, 2020)}, index_id="pci", breaks={"pci": [Break(2017, "all", "đổi", "changed")]})
    assert not one.breaks("pci", "overall", 2015, 2016) and not one.breaks("pci", "overall", 2017, 2019)
    assert one.breaks("pci", "overall", 2016, 2017) and one.changes("pci", "overall").index.tolist() == [2016, 2018, 2019]


def test_changes_are_between_full_editions_on_end_only():
    scores = {2015: some(63), 2016: some(63, 61.0), 2017: some(40), 2018: some(63), 2019: some(63, 62.0)}
    assert made(scores, index_id="pci", breaks={}).changes("pci", "overall").index.tolist() == [2016, 2019]


def test_the_merger_breaks_every_series_and_a_province_s_where_it_merged(board):
    assert redrawn(2005, 2024) == () and redrawn(2024, 2025) == (2025,) and redrawn(2025, 2027) == ()
    assert [(b.year, b.scope) for b in board.breaks("papi", "overall", 2024, 2026)] == [(2025, "unit")]
    assert [(b.year, b.scope) for b in board.breaks("papi", "overall", 2024, 2026, "bac-ninh")] == [(2025, "unit")]
    assert board.breaks("papi", "overall", 2024, 2026, "quang-ninh") == [] and entity("bac-ninh", 2025) != entity("bac-ninh", 2024)
    hanoi = [b for b in board.breaks("pci", "overall", 2008, 2012, "ha-noi") if b.scope == "unit"]
    assert [b.year for b in hanoi] == [2009]  # Hà Tây joined it; the break is where that was, not where the chart ends
    both = {y: {p: 6.0 for p in province_set(y)} for y in (2024, 2025)}
    one = made(both, index_id="papi")
    assert one.changes("papi", "overall").empty and comparisons.median_change(one, "papi", "overall", 2025) is None
    assert comparisons.change(one, "papi", "overall", "quang-ninh", 2025).comparable
    assert not comparisons.change(one, "papi", "overall", "bac-ninh", 2025).comparable


def test_the_usual_movement_is_about_the_median_and_of_the_same_version():
    """Everybody rises by 2 and moves by ±1 about that: usual is 1.4826, not what the whole country did."""
    names = province_set(2019)
    scores = {y: {p: 50 + 2 * (y - 2015) + (0 if y % 2 else (1 if at % 2 else -1)) for at, p in enumerate(names)} for y in range(2015, 2020)}
    usual = made(scores, index_id="pci", breaks={}).usual_movement("pci", "overall", 2019)
    assert usual.sd == pytest.approx(1.4826) and usual.n == 63 * 4 and usual.same_version
    few = made({y: dict(list(row.items())[:60]) for y, row in scores.items() if y in (2018, 2019)}, index_id="pci", breaks={})
    assert few.usual_movement("pci", "overall", 2019).n == 60
    cut = made(scores, index_id="pci", breaks={"pci": [Break(2019, "all", "đổi", "changed")]})
    assert not cut.usual_movement("pci", "overall", 2019).same_version  # the new version has no change of its own


# ---- noise and thresholds ---------------------------------------------------------------------------------------------------


def test_noise_needs_three_runs_of_three_and_twenty_provinces():
    scores = pd.DataFrame(wobbling(range(2013, 2018), 1.0)).T
    assert noise.noise(scores, [range(2013, 2018)]).triples == 3
    with pytest.raises(noise.NotEstimable, match="2 runs of three"):
        noise.noise(scores, [range(2013, 2017)])
    assert noise.noise(scores.iloc[:, :20], [range(2013, 2018)]).n == 20
    with pytest.raises(noise.NotEstimable, match="19 provinces"):
        noise.noise(scores.iloc[:, :19], [range(2013, 2018)])


def test_scores_that_do_not_go_together_have_no_noise_to_tell():
    leaders = np.random.default_rng(0).normal(size=63)
    turned = pd.DataFrame([leaders * (-1) ** year for year in range(2013, 2018)], index=range(2013, 2018))  # first one year, last the next
    with pytest.raises(noise.NotEstimable, match="do not go together"):
        noise.noise(turned, [range(2013, 2018)])


@pytest.mark.parametrize("put_in", [0.5, 1.0, 2.0])
def test_the_error_put_in_is_found_again(put_in):
    found = [noise.noise(pd.DataFrame(wobbling(range(2000, 2012), put_in, seed)).T, [range(2000, 2012)]) for seed in range(10)]
    assert np.mean([n.sem for n in found]) == pytest.approx(put_in, rel=0.05)
    assert np.mean([n.noise_share for n in found]) == pytest.approx(1.0, abs=0.05)  # true scores stay: all movement is noise


def test_noise_is_at_most_all_of_the_movement():
    one = noise.noise(pd.DataFrame(wobbling(range(2013, 2018), 1.0, seed=4)).T, [range(2013, 2018)])
    assert one.sem**2 <= one.movement_sd**2 / 2 + 1e-9


def test_runs_end_at_a_gap_and_at_a_break():
    one = made({y: some(63) for y in (2011, 2012, 2013, 2015, 2016, 2017)}, index_id="pci", breaks={"pci": [Break(2017, "all", "đổi", "changed")]})
    assert thresholds.runs(one, "pci", "overall") == [[2011, 2012, 2013], [2015, 2016], [2017]]


def test_of_two_versions_equally_near_the_newer_is_added():
    """2013 has no run of its own between 2007–2011 and 2015–2019, as far away on both sides: the noise is that of the newer."""
    old, new = wobbling(range(2007, 2012), 3.0, 1), wobbling(range(2015, 2020), 0.5, 2)
    names = set(province_set(2011))
    one = made({**{y: {p: v for p, v in row.items() if p in names} for y, row in old.items()}, **new}, index_id="pci",
               breaks={"pci": [Break(2013, "all", "đổi", "changed"), Break(2014, "all", "đổi", "changed")]})
    rests = thresholds.meaningful_change("pci", "overall", 2013, on=one)
    assert rests.noise.editions == tuple(range(2015, 2020)) and not rests.same_version


def test_a_change_as_large_as_the_threshold_is_within_it():
    one = thresholds.of(made(wobbling(range(2013, 2020), 1.0), index_id="pci", breaks={}), "pci", "overall", 2019)
    assert not one.holds(one.threshold) and one.holds(-one.threshold - 1e-9)


# ---- changes and places -----------------------------------------------------------------------------------------------------


def test_best_since_looks_at_the_run_that_compares():
    def best(*scores, breaks=()):
        one = made({2015 + at: {"bac-ninh": s} for at, s in enumerate(scores)}, index_id="pci", breaks={"pci": list(breaks)})
        return comparisons.best_since(one, "pci", "overall", "bac-ninh", 2014 + len(scores))

    assert best(60.0, 50.0, 55.0) == (2015, 2015, 3) and best(50.0, 51.0, 55.0) == (None, 2015, 3)
    assert best(55.0, 50.0, 55.0) == (2015, 2015, 3)  # as high then
    assert best(50.0, 55.0, 55.0) is None and best(50.0, 55.0) is None  # as high the year before; too short
    assert best(60.0, 50.0, 51.0, 52.0, breaks=[Break(2016, "all", "đổi", "changed")]) == (None, 2016, 3)
    gap = made({y: {"bac-ninh": 50.0 + y} for y in (2014, 2016, 2017)}, index_id="pci", breaks={})
    assert comparisons.best_since(gap, "pci", "overall", "bac-ninh", 2017) is None


def test_a_region_s_median_needs_nine_in_ten_of_its_provinces():
    region = [p for p in province_set(2019) if comparisons.region_of(p, 2019) == comparisons.region_of("bac-ninh", 2019)]
    scores = dict.fromkeys(province_set(2019), 60.0) | {"bac-ninh": 65.0}
    assert comparisons.place(made({2019: scores}, index_id="pci"), "pci", "overall", "bac-ninh", 2019).region_median == 60.0
    fewer = {p: v for p, v in scores.items() if p not in [q for q in region if q != "bac-ninh"][:2]}  # 9 of 11
    place = comparisons.place(made({2019: fewer}, index_id="pci"), "pci", "overall", "bac-ninh", 2019)
    assert place.full and place.region_median is None and place.region_rank is None and place.gap == 5.0


def test_a_doubtful_figure_is_neither_ranked_nor_compared():
    one = made({y: {p: 40.0 + at / 10 for at, p in enumerate(province_set(2022))} for y in (2021, 2022)}, index_id="papi")
    place = comparisons.place(one, "papi", "overall", "bac-ninh", 2022)
    assert place.computed is None and place.rank is None and comparisons.place(one, "papi", "overall", "ha-noi", 2022).rank is not None
    assert not comparisons.change(one, "papi", "overall", "bac-ninh", 2022).comparable
    assert place.gap is None is place.region_rank and place.cell.score is not None and place.median is not None  # shown by itself


def test_a_doubtful_figure_counts_in_nobody_else_s_rank_median_or_movement():
    """Of 63 that rise by a tenth each the two that the publisher does not stand by are first, and rise by 50."""
    scores = {y: {p: 40.0 + at / 10 for at, p in enumerate(province_set(2022))} for y in (2021, 2022, 2023)}
    for p in ("bac-ninh", "bac-giang"):
        scores[2022][p] = 90.0
    one = made(scores, index_id="papi")
    everyone, best = one.edition("papi", "overall", 2022), [p for p in reversed(province_set(2022)) if p not in ("bac-ninh", "bac-giang")]
    assert list(everyone.names) == best and comparisons.place(one, "papi", "overall", best[0], 2022).rank == 1
    assert (one.n_scored("papi", "overall", 2022), one.of("papi", "overall", 2022), one.n_scored("papi", "overall", 2021)) == (61, 61, 63)
    assert everyone.median == np.median([scores[2022][p] for p in best])
    moved = one.changes("papi", "overall")
    assert moved.loc[2022].abs().max() == 0 == moved.loc[2023].abs().max() and moved.loc[2022].count() == 61
    assert comparisons.median_change(one, "papi", "overall", 2022) == 0 and comparisons.spread_of_changes(one, "papi", "overall", 2022) is None
    assert list(comparisons.ranks(one, "papi", 2022)) == best and comparisons.common_ranks(one, "papi", "overall", best[0], 2022) == (61, 1, 1)
    assert comparisons.common_ranks(one, "papi", "overall", "bac-ninh", 2023) is None
    assert np.isfinite(one.matrix("papi").at[2022, "bac-ninh"]) and one.cell("papi", "overall", "bac-ninh", 2022).score == 90.0


def test_where_a_province_s_own_figures_do_not_join():
    one = made({2019: {"ha-noi": 1.0}})
    assert one.apart("papi", "bac-ninh", 2020, 2024) == [2022, 2023] and one.apart("papi", "ha-noi", 2020, 2024) == []
    assert one.apart("pci", "ha-noi", 2006, 2024) == [2009] and one.apart("pci", "bac-ninh", 2022, 2025) == [2025]


def test_indices_whose_criteria_change_every_year_compare_neighbours_only():
    sipas = made({2018: {"bac-ninh": 79.0}, 2019: {"bac-ninh": 80.0}, 2021: {"bac-ninh": 85.0}}, index_id="sipas")
    assert [comparisons.change(sipas, "sipas", "overall", "bac-ninh", y).comparable for y in (2019, 2021)] == [True, False]
    papi = made({2021: {"ha-noi": 40.0}, 2023: {"ha-noi": 42.0}}, index_id="papi")
    change = comparisons.change(papi, "papi", "overall", "ha-noi", 2023)
    assert change.comparable and change.gap_years == (2022,) and not change.neighbours and change.ratio is None


def test_behind_the_last_printed_rank_only_where_the_score_says_so():
    one = made({2023: {"thanh-hoa": 66.79, "bac-ninh": 65.96, "lao-cai": 66.79, "ha-noi": 67.0}}, {2023: {"thanh-hoa": 30}}, index_id="pci")
    assert [comparisons.outside(one, one.cell("pci", "overall", p, 2023)) for p in ("bac-ninh", "lao-cai", "ha-noi")] == [30, None, None]


def test_the_direction_of_an_item_needs_a_clear_correlation():
    names = province_set(2019)
    rng = np.random.default_rng(5)
    good = dict(zip(names, rng.normal(6, 1, 63), strict=True))
    items = {"more": {p: v + rng.normal(0, 0.1) for p, v in good.items()}, "less": {p: -v for p, v in good.items()},
             "noise": {p: v * 0.1 + rng.normal() for p, v in good.items()}}
    frames = [made({2019: good}, index_id="pci", component="entry_costs")]
    frames += [made({2019: row}, index_id="pci", component=f"entry_costs.{name}") for name, row in items.items()]
    one = together(*frames, breaks={})
    r = np.corrcoef(list(items["noise"].values()), list(good.values()))[0, 1]
    assert 0 < abs(r) < comparisons.CLEAR
    assert [comparisons.item_direction(one, "pci", f"entry_costs.{n}", 2019) for n in items] == [1, -1, 0]


# ---- beside -----------------------------------------------------------------------------------------------------------------


def controls(year: int, units: tuple[str, ...]) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame([{"province": p, "year": year, "variable": v, "value": float(rng.lognormal(3, 0.4))} for p in units
                         for v in beside.SIMILAR_BY])


def test_similar_provinces_are_units_of_the_year_with_figures_of_their_own():
    old = controls(2024, province_set(2024))
    found = beside.similar(old, "bac-ninh", 2024)
    assert len(found) == 5 and "bac-ninh" not in set(found["province"]) and found.attrs["years"] == dict.fromkeys(beside.SIMILAR_BY, 2024)
    assert beside.similar(old, "bac-ninh", 2025).empty  # figures of 2024 are of the units before the merger
    assert beside.similar(old, "quang-ninh", 2025).empty  # its own are its own, but most of the others are gone
    new = beside.similar(pd.concat([old, controls(2025, province_set(2025))]), "bac-ninh", 2025)
    assert len(new) == 5 and set(new["province"]) <= set(province_set(2025))
    one = old[old["variable"] == "population"]
    assert beside.similar(one, "bac-ninh", 2024).empty  # one variable is no likeness


def test_a_back_cast_is_weighted_and_needs_every_part():
    one = made({2020: {"bac-ninh": 60.0, "bac-giang": 40.0}, 2021: {"bac-ninh": 60.0}}, index_id="pci")
    got = beside.back_cast(one, "pci", "overall", {"bac-ninh": 1.0, "bac-giang": 3.0}, 2021)["back_cast"]
    assert got.loc[2020] == 45.0 and np.isnan(got.loc[2021])


def test_a_back_cast_knows_no_figure_that_its_publisher_does_not_stand_by():
    """PAPI 2022 of Bắc Ninh and Bắc Giang stood in it as any other."""
    one = made({year: {"bac-ninh": 5.0, "bac-giang": 7.0, "ha-noi": 6.0} for year in (2021, 2022, 2023)}, index_id="papi")
    got = beside.back_cast(one, "papi", "overall", {"bac-ninh": 1.0, "bac-giang": 1.0}, 2024)
    assert got["back_cast"].to_dict() == {2021: 6.0, 2023: 6.0} and list(got.columns[:2]) == ["bac-ninh", "bac-giang"]


def test_merged_peers_are_their_successors():
    assert beside.peers("bac-ninh", 2024) == ["quang-ninh", "hai-phong", "vinh-phuc"]
    assert beside.peers("bac-ninh", 2025) == ["quang-ninh", "hai-phong", "phu-tho"]
    assert beside.peers("bac-ninh", 2025, ["bac-giang", "quang-ninh"]) == ["quang-ninh"]  # it is part of the province itself


def test_placed_boards_are_what_they_say():
    one = placed({2024: 7}, breaks={})
    assert comparisons.place(one, "dti", "overall", "bac-ninh", 2024).rank == 7


def test_a_chart_s_note_names_the_merger_beside_the_method(board):
    """Hà Nội's lines break at 2009, where Hà Tây joined it and the PCI changed, not at the end of the chart."""
    from govlib.publish import content
    from govlib.publish.sections import trends

    page = content.Page("ha-noi", 2024, "vi", [], board)
    told = trends.broken_lines(page, board.breaks("pci", "time_costs", 2005, 2024, "ha-noi"))
    assert "2006, 2009, 2013, 2017 và 2021 vì đổi phương pháp" in told and "2009 vì đơn vị hành chính thay đổi" in told and "2024" not in told


def test_two_indices_agree_only_where_all_provinces_are_held():
    from govlib.reading import validity

    names = province_set(2019)
    rng = np.random.default_rng(4)
    frames = [made({y: {p: float(v) for p, v in zip(names[:n], rng.normal(60, 3, n), strict=True)} for y, n in years.items()}, index_id=i)
              for i, years in (("pci", {2018: 63, 2019: 20}), ("papi", {2018: 63, 2019: 63}))]
    one = together(*frames)
    found = validity.agreement([("pci", "papi")], on=one)
    assert found["year"].tolist() == [2018] and found["n"].tolist() == [63]


# ---- look-ups ----------------------------------------------------------------------------------------------------------------
def test_what_a_board_holds():
    one = together(made({2018: {"hue": 60.0, "bac-ninh": None}, 2020: {"hue": 62.0, "bac-ninh": 61.0}}, index_id="pci"),
                   made({2019: {"hue": 5.0}}, index_id="pci", component="land_access"),
                   made({2021: {}}, {2021: {"bac-ninh": 3}}), breaks={})
    assert one.has("pci") and one.has("pci", "land_access") and not one.has("papi") and not one.has("dti", "land_access")
    assert one.components("pci") == ["land_access"] and one.components("pci", "overall") == ["overall"] and one.components("dti") == []
    assert one.years() == [2018, 2020, 2021] and one.years("hue") == [2018, 2020] and one.years("bac-ninh") == [2020, 2021] and one.years("lao-cai") == []
    one.years("hue").clear()
    assert one.years("hue") == [2018, 2020], "a list of one's own"
    assert one.editions("pci") == [2018, 2020] and one.editions("pci", "land_access") == [2019] and one.editions("dti") == [] and one.editions("papi") == []
    assert [one.n_scored("pci", "overall", y) for y in (2018, 2019, 2020)] == [1, 0, 2] and one.n_scored("pci", "land_access", 2020) == 0
    assert [c.score for c in one.series("pci", "overall", "bac-ninh")] == [None, 61.0] and [c.year for c in one.series("pci", "overall", "hue", 2019)] == [2018]
    assert one.series("pci", "overall", "lao-cai") == one.series("papi", "overall", "hue") == [] and one.cell("pci", "overall", "hue", 2019) is None
    assert one.cell("dti", "overall", "bac-ninh", 2021).rank == 3 and one.row("pci", "overall", "hue", 2020) is one.cell("pci", "overall", "hue", 2020)
    with pytest.raises(KeyError):
        one.row("pci", "overall", "hue", 2019)
    absent, none = one.edition("pci", "overall", 2019), one.matrix("papi")
    assert absent.names == () and len(absent.values) == 0 and absent.median is None and none.empty and one.edition("papi", "overall", 2019).names == ()
    assert one.edition("pci", "overall", 2018).names == ("hue",) and one.edition("pci", "overall", 2020).names == ("hue", "bac-ninh")
    assert one.matrix("pci").columns.tolist() == ["bac-ninh", "hue"]
    assert one.matrix("pci").to_numpy().ravel().tolist() == pytest.approx([np.nan, 60.0, 61.0, 62.0], nan_ok=True)


def test_a_table_without_a_column_is_refused_with_its_name():
    with pytest.raises(BadInput, match="the scores lack the column score.*run make panel"):
        Board(pd.DataFrame(columns=[c for c in COLUMNS if c != "score"]))


def test_why_a_merger_and_a_doubtful_figure_break_a_series():
    one = made({2024: some(63)}, index_id="papi")
    [country], [own] = one.breaks("papi", "overall", 2024, 2025), one.breaks("papi", "overall", 2024, 2025, "bac-ninh")
    assert "63" in country.what_en and "34" in country.what_en and country.what_vi != country.what_en == country.what("en") and country.what("vi") == country.what_vi
    assert (own.year, own.scope, own.what_vi, own.what_en) == (2025, "unit", *pair("board.unit_changed"))
    year, province = 2022, "bac-ninh"
    for first, last in ((year, year + 1), (year - 1, year)):
        found = [b for b in one.breaks("papi", "overall", first, last, province) if b.scope == "doubtful"]
        assert [(b.year, b.what_vi, b.what_en) for b in found] == [(last, *indices.doubtful("papi", year, province))]
    assert not [b for b in one.breaks("papi", "overall", year, year + 1) if b.scope == "doubtful"]


def test_the_panel_s_board_is_made_once_for_each_panel(monkeypatch):
    table = pd.DataFrame([dict.fromkeys(COLUMNS) | {"year": 2019, "province": "hue", "index_id": "pci", "component": "overall", "score": 1.0}])
    held = {"scores.parquet": table}
    monkeypatch.setattr(board_module, "_panel", None)
    monkeypatch.setattr(board_module.data, "shared", held.__getitem__)
    first = board_module.panel_board()
    assert first.cell("pci", "overall", "hue", 2019).score == 1.0 and board_module.panel_board() is first
    held["scores.parquet"] = table.copy()
    assert board_module.panel_board() is not first


def test_how_many_an_edition_is_about():
    frame = pd.DataFrame(columns=list(COLUMNS))
    own = Board(frame, expected={("pci", 2019): 5, ("pci", 0): 7})
    assert [own.expected(*at) for at in (("pci", 2019), ("pci", 2020), ("papi", 2019))] == [5, 7, 63] and Board(frame).expected("pci", 2005) == 42
