"""The views: what they show is what the panel holds, and their own line gives them again."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET

import pandas as pd
import pytest
from kit.boards import board as made

import govlib
from govlib import explore, paths
from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.explore import drawings
from govlib.known import indices, provinces
from govlib.known.completion import I, P

pytestmark = pytest.mark.usefixtures("panel")

VIEWS = [lambda lang: explore.trend("pci", "time_costs", ["bac-ninh", "red-river-delta"], 2010, 2019, lang),
         lambda lang: explore.distribution("papi", "overall", ["Bắc Ninh"], lang=lang),
         lambda lang: explore.rank_change("pci", "overall", ["bac-ninh"], 2017, 2019, lang),
         lambda lang: explore.compare("pci", "bac-ninh", "mekong-delta", 2019, lang),
         lambda lang: explore.correlation("pci", "overall", "papi", "overall", ["bac-ninh"], 2019, lang)]


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("view", VIEWS, ids=["trend", "distribution", "rank_change", "compare", "correlation"])
def test_every_view_repeats_itself_from_its_line_and_is_well_made(view, lang):
    s = view(lang)
    again = eval(s.line, {"govlib": govlib})
    assert again.csv() == s.csv() and again.title == s.title
    picture = ET.fromstring(s.svg)
    assert picture.get("role") == "img" and len(picture.get("aria-label")) > 40
    assert s.png()[:8] == b"\x89PNG\r\n\x1a\n"
    assert not re.search(r"\bnan\b", s.table_html() + s.title)
    assert s.sources and s.title in s._repr_html_().replace("&amp;", "&")
    assert pd.read_csv(io.StringIO(s.csv())).shape == s.table.shape


def test_trend_holds_published_scores():
    s = explore.trend("pci", "overall", ["bac-ninh", "lao-cai"], 2011, 2019)
    row = s.table.set_index("year")
    # printed: PCI 2011 Lào Cai 73.53 and Bắc Ninh 67.27; PCI 2019 Bắc Ninh 70.79
    assert row.loc[2011, ["bac-ninh", "lao-cai"]].round(2).tolist() == [67.27, 73.53]
    assert round(row.loc[2019, "bac-ninh"], 2) == 70.79
    assert row.loc[2019, "nation"] == pytest.approx(govlib.scores("pci", "overall", years=2019)["score"].median())


def test_no_median_where_an_edition_was_not_published_for_all():
    s = explore.trend("pci", "overall", ["bac-ninh"], 2019, 2024).table.set_index("year")
    assert (s.loc[2019:2020, "nation"] > 0).all() and s.loc[2021:, "nation"].isna().all()


def test_no_change_is_told_across_a_break():
    s = explore.trend("papi", "overall", ["bac-ninh"], 2011, 2024, "en")
    assert "from 2011" not in s.title  # six dimensions to 2017, eight from 2018
    r = explore.rank_change("papi", "overall", ["bac-ninh"], 2011, 2024, "en")
    assert "up" not in r.title and "points" not in r.title and "method changed" in r.note


def test_a_spread_is_set_beside_that_of_no_other_scale():
    """PAPI is 6 to 60 points to 2017 and 8 to 80 from 2018: "2.75 points (2011: 2.69)", all on the scale 8–80."""
    s = explore.distribution("papi", "overall", [], lang="en")
    assert "(2021: " in s.title and "The method changed in between: scores do not compare directly." in s.note
    assert s.measure == "PAPI, points, scale 6–60 (2011–2017); 8–80 (2018–2024), 2011–2024"
    same = explore.distribution("papi", "overall", [], 2021, 2024, "vi")
    assert "(năm 2021: " in same.title and "phương pháp" not in same.note.lower() and same.measure == "PAPI, điểm, thang 8–80, 2021–2024"
    alone = explore.distribution("dti", "overall", [], 2022, 2024, "en")
    assert "(" not in alone.title and "method changed" in alone.note  # DTI was measured anew in 2024


@pytest.mark.parametrize("view", [explore.trend, explore.distribution, lambda places: explore.correlation(places=places)])
def test_more_places_than_can_be_told_apart_are_refused(view):
    """The seventh was left out of drawing and table without a word."""
    places = list(provinces.province_set(2024))[:7]
    assert {*places[:6]} <= {*view(places=places[:6]).table, *view(places=places[:6]).table.get("province", [])}
    with pytest.raises(BadInput, match="column places, value 7: more places than a drawing can tell apart → 6 or fewer"):
        view(places=places)


def test_a_province_without_a_figure_is_not_left_out_without_a_word():
    """PCI 2005 asked 42 provinces: the view of Đắk Nông's ranks 2005 and 2020 did not say why it is not in it."""
    r = explore.rank_change("pci", "overall", ["dak-nong", "bac-ninh"], 2005, 2020, "en")
    assert "Dak Nong: not published 2005." in r.note and "Bac Ninh:" not in r.note
    assert "Hà Tây" not in explore.rank_change("pci", "overall", ["red-river-delta"], 2006, 2020).note  # nobody asked for it
    c = explore.correlation("papi", "overall", "dti", "overall", ["bac-ninh", "ha-noi"], 2022, "en")
    assert c.note.endswith("Bac Ninh: withdrawn by the publisher 2022.") and "bac-ninh" not in set(c.table["province"])


def test_figures_the_publisher_does_not_stand_by_are_shown_and_neither_ranked_nor_compared():
    """PAPI 2022 prints environment of Bắc Ninh (3.77) and Bắc Giang (4.20), which it left out of the ranking."""
    what = ("papi", "environmental_governance")
    s = explore.trend(*what, ["bac-ninh"], 2021, 2023, "en")
    assert s.title == "Bac Ninh in 2023: 3.38 points." and "Bac Ninh 2022: the publisher left the province out" in s.note
    assert s.table.set_index("year")["bac-ninh"].round(2)[2022] == 3.77
    assert explore.trend(*what, ["bac-ninh"], 2019, 2022, "en").title == "Bac Ninh in 2022: 3.77 points."
    over = explore.trend(*what, ["bac-ninh"], 2019, 2024, "en").title  # the years on either side compare
    assert over == "Bac Ninh up 0.42 points from 2019 to 2024, at 3.43."
    r = explore.rank_change(*what, ["bac-ninh"], 2022, 2023, "en")
    assert r.title.endswith("ranks in 2022 and 2023.") and "Bac Ninh 2022: the publisher left" in r.note
    assert len(r.table) == 59 and "bac-ninh" not in set(r.table["province"])
    assert "rank 3 of 61" in explore.rank_change(*what, ["tien-giang"], 2021, 2022, "en").title
    d = explore.distribution(*what, ["bac-ninh"], 2022, 2023, "en")
    sound = govlib.scores(*what, years=2022).query("province not in ['bac-ninh', 'bac-giang']")["score"]
    assert d.table["n"].tolist() == [61, 61] and d.table["median"][0] == pytest.approx(sound.median())
    assert round(d.table["bac-ninh"][0], 2) == 3.77 and "Bac Ninh 2022" in d.note
    own, _, mark = drawings.LOOKS[0]
    assert [len(d.drawing.marks[own, mark, 8, hollow]) for hollow in (False, True)] == [1, 1]  # 2023; 2022 is shown, and hollow
    assert explore.compare("papi", "bac-ninh", "ha-noi", 2022, "en").title.startswith("PAPI 2020")
    assert explore.compare("papi", "hai-phong", "ha-noi", 2022, "en").title.startswith("PAPI 2022")
    c = explore.correlation(*what, "papi", "service_delivery", ["bac-ninh"], 2022, "en")
    assert len(c.table) == 61 and "; 61 provinces" in c.note and f"2022: {c.title.split('r = ')[1].split(' ')[0]}" in c.note


def test_medians_are_of_what_is_stood_by_and_no_line_joins_what_is_not():
    what = ("papi", "environmental_governance")
    s = explore.trend(*what, ["bac-ninh", "red-river-delta"], 2019, 2024)
    sound = govlib.scores(*what, years=2022).query("province not in ['bac-ninh', 'bac-giang']").set_index("province")["score"]
    row = s.table.set_index("year").loc[2022]
    assert row["nation"] == pytest.approx(sound.median())
    assert row["red-river-delta"] == pytest.approx(sound.reindex(provinces.expand("red-river-delta", 2022)).median())
    # of 2019, 2020, 2022, 2023, 2024 the years 2019 and 2020 are joined, and 2023 and 2024, and nothing to 2022
    own = drawings.LOOKS[0][0]
    joined = [len(line) for (colour, _, _), lines in s.drawing.lines.items() if colour == own for line in lines]
    assert joined == [2, 2] and s.table["bac-ninh"].notna().sum() == 5


def test_an_index_that_compares_neighbours_only_tells_no_rise_over_a_gap(monkeypatch):
    """SIPAS of Hải Phòng is held of 2017 and 2020, PAR INDEX of Quảng Ninh of 2012 and, without a gap, of 2017 to 2021."""
    s = explore.trend("sipas", "overall", ["hai-phong"], 2017, 2020, "en")
    assert s.title == "Hai Phong in 2020: 93.57 points."
    assert explore.trend("par", "overall", ["quang-ninh"], 2012, 2021, "en").title == "Quang Ninh up 1.69 points from 2017 to 2021, at 91.14."
    rows = {y: {p: 60.0 + at + y - 2017 for at, p in enumerate(provinces.province_set(2020))} for y in (2017, 2018, 2019, 2020)}
    for held, told in (((2017, 2020), False), ((2019, 2020), True), ((2017, 2018, 2019, 2020), True)):
        one = made({y: rows[y] for y in held}, index_id="sipas")
        for module in ("shown", "views"):
            monkeypatch.setattr(f"govlib.explore.{module}.panel_board", lambda one=one: one)
        r = explore.rank_change("sipas", "overall", ["hai-phong"], lang="en")
        assert ("points from" in r.title) is told and ("criteria may have changed in between" in r.note) is not told


def test_a_rise_is_told_of_one_unit(monkeypatch):
    """Hà Nội took in Hà Tây between the editions of 2008 and 2009; Hải Phòng stayed what it was."""
    one = made({y: {p: 0.5 + y / 10000 for p in ("ha-noi", "hai-phong")} for y in (2008, 2009)}, index_id="dti")
    for module in ("shown", "views"):
        monkeypatch.setattr(f"govlib.explore.{module}.panel_board", lambda: one)
    assert explore.trend("dti", "overall", ["ha-noi"], lang="en").title.startswith("Ha Noi in 2009")
    assert "from 2008 to 2009" in explore.trend("dti", "overall", ["hai-phong"], lang="en").title


def test_ranks_agree_with_the_published_ones():
    s = explore.rank_change("pci", "overall", ["bac-ninh"], 2018, 2019)
    published = govlib.scores("pci", "overall", years=2019).set_index("province")["rank"].astype(int)
    assert (s.table.set_index("province")["rank_last"] == published[s.table["province"]].to_numpy()).all()


def test_region_is_the_median_of_its_provinces_in_that_edition():
    s = explore.compare("pci", "bac-ninh", "mekong-delta", 2019).table.set_index("component")
    members = provinces.expand("mekong-delta", 2019)
    expected = govlib.scores("pci", "time_costs", members, 2019)["score"].median()
    assert s.loc["time_costs", "mekong-delta"] == pytest.approx(expected)
    assert s.loc["time_costs", "difference"] == pytest.approx(s.loc["time_costs", "bac-ninh"] - expected)


@pytest.mark.parametrize("call, error, says", [
    (lambda: explore.trend("pci", "time_cost"), UnknownName, "time_costs"),
    (lambda: explore.trend("pcii"), UnknownName, "pci"),
    (lambda: explore.trend("pci", "overall", ["Bac Nin"]), UnknownName, "bac-ninh"),
    (lambda: explore.trend("pci", "overall", ["bac-ninh"], 2019, 2010), BadInput, "backwards"),
    (lambda: explore.trend("pci", places="bac-ninh-2025"), BadInput, "both units of a name.*write it as bac-ninh"),
    (lambda: explore.compare("pci", "bac-ninh-2025", "nation"), BadInput, "both units"),
    (lambda: explore.trend("pci", places=27), UnknownName, "unknown province 27"),
    (lambda: explore.compare("pci", "bac-ninh", "Bắc Ninh"), BadInput, "two different"),
    (lambda: explore.correlation("pci", "overall", "pci", "overall"), BadInput, "itself"),
    (lambda: explore.trend("pci", lang="fr"), BadInput, "vi, en"),
    (lambda: explore.trend("pci", "overall", "bac-ninh", "x"), BadInput, "column first, value 'x': not a whole number"),
    (lambda: explore.trend("pci", "overall", "bac-ninh", 2010, 2019.5), BadInput, "column last, value 2019.5: not a whole number"),
    (lambda: explore.compare(["bac-ninh", "hai-phong"]), UnknownName, "unknown index .*; nearest: pci"),
    (lambda: explore.compare("pci", ["bac-ninh", "hai-phong"], "nation"), UnknownName, "unknown province"),
    (lambda: explore.compare("pci", year="2019"), BadInput, "column year, value '2019': not a whole number"),
    (lambda: explore.correlation(year="2019"), BadInput, "column year, value '2019': not a whole number"),
    (lambda: explore.compare("pci", "bac-ninh", None), UnknownName, "unknown province None"),
    (lambda: explore.validity.structure("sipas"), NotEstimable, "no edition of sipas has three components"),
    (lambda: explore.validity.structure("pci", "2019"), BadInput, "column year, value '2019': not a whole number"),
    (lambda: explore.planner("bac-ninh", "dti"), BadInput, "value 'dti': plans are made on .*pci, papi"),
    (lambda: explore.planner("ha-tay"), UnknownName, "unknown province of the 2024 edition 'ha-tay'; nearest: Hà Nội"),
    (lambda: explore.planner(lang="VI"), BadInput, "unknown language"), (lambda: explore.explorer(lang="VI"), BadInput, "unknown language"),
    (lambda: explore.validity_panel(lang="VI"), BadInput, "unknown language"),
    (lambda: explore.validity_panel("sipas"), UnknownName, "unknown index 'sipas'; nearest: pci, papi, dti"),
    (lambda: explore.trend("sipas", "feedback_handling"), NotEstimable, "no published score")])
def test_mistakes_are_named(call, error, says):
    with pytest.raises(error, match=says):
        call()


@pytest.mark.parametrize(("typed", "ids"), [
    (lambda: explore.trend("PCI", "Chi phí thời gian", "Bac Ninh", "2010", 2019.0), lambda: explore.trend("pci", "time_costs", "bac-ninh", 2010, 2019)),
    (lambda: explore.compare("Papi", "Bac Ninh", "nation", 2024), lambda: explore.compare("papi", "bac-ninh", "nation", 2024)),
    (lambda: explore.correlation("PCI", "time costs", "DTI"), lambda: explore.correlation("pci", "time_costs", "dti")),
    (lambda: explore.validity.changes("PCI", draws=0), lambda: explore.validity.changes("pci", draws=0)),
    (lambda: explore.validity.reliability("PAPI"), lambda: explore.validity.reliability("papi"))])
def test_an_index_and_a_component_may_be_written_as_elsewhere(typed, ids):
    assert (typed().line, typed().svg) == (ids().line, ids().svg)


def test_widgets_take_an_index_in_capitals_too():
    """They ended in ipywidgets' "Invalid selection: value not found"."""
    for widget in (explore.planner("Bac Ninh", "PCI"), explore.explorer("PAPI", "Transparency"), explore.validity_panel("PCI")):
        assert widget.children


def test_a_region_may_be_written_as_elsewhere():
    for spelt in ("Đồng bằng sông Hồng", "ĐBSH", "RED RIVER DELTA"):
        assert explore.trend(places=spelt).line == explore.trend(places="red-river-delta").line
    assert {*provinces.regions()} == {explore.shown.resolve_places(name)[0] for name, _ in provinces.regions().values()}


def test_widgets_follow_without_a_browser():
    from govlib.explore.indices import Explorer

    e = Explorer("pci", "time_costs", ["bac-ninh"])
    before = e.out.value
    e.index.value = "papi"
    assert e.shown.line.startswith('govlib.explore.trend("papi", "overall"') and e.out.value != before
    assert e.years.value == (2011, 2024)
    e.view.value = "correlation"
    assert e.other.value != "papi" and e.other.layout.display is None and e.a.layout.display == "none"
    e.lang.value = "en"
    assert "in 20" in e.shown.title and e.index.description == "Index"
    e.other.value = "papi"
    assert 'role="alert"' in e.out.value and e.shown is None  # a score beside itself: the message, not a stale figure


def test_axes_in_and_out():
    """Views and the briefings' charts draw into axes of matplotlib or seaborn, beside other people's."""
    import matplotlib.pyplot as plt
    import seaborn as sns

    from govlib.publish.charts import slope

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    try:
        sns.lineplot(x=[1, 2], y=[1, 2], ax=left)
        shown = explore.trend("pci", "overall", ["bac-ninh"], 2017, 2019)
        assert shown.figure(ax=right) is right and right.texts and right.get_title() == ""
        assert max(t.get_fontsize() for t in right.texts) < 10.5  # half a sheet, so smaller type
        frame = pd.DataFrame({"label": ["Bắc Ninh"], "role": ["province"], "before": [15], "now": [4]})
        grid = sns.FacetGrid(pd.DataFrame({"a": [1]}))
        assert slope.draw(frame, "en", years=(2018, 2019), ax=grid.ax) is grid.ax and grid.ax.texts
        assert slope.draw(frame, "en", years=(2018, 2019)).axes[0].texts[0].get_fontsize() == 10.5
    finally:
        plt.close("all")


def test_completion_and_cards():
    assert "bac_ninh" in dir(P) and P.bac_ninh == "bac-ninh" and P["Bắc Ninh"] == "bac-ninh"
    assert "time_costs" in dir(I.pci) and I.pci.time_costs == "time_costs"
    frame = govlib.scores(I.pci, I.pci.time_costs, P.bac_ninh, 2019)
    assert frame["score"].round(2).tolist() == [7.23]
    with pytest.raises(AttributeError, match="time_costs"):
        _ = I.pci.time_cost
    with pytest.raises(AttributeError, match="bac_ninh"):
        _ = P.bac_nin
    assert "Bắc Ninh" in provinces.get("bac-ninh")._repr_html_() and "bac-ninh-2025" in provinces.get("bac-ninh")._repr_html_()
    assert "time_costs" in indices.index("pci")._repr_html_()
    assert "Chi phí thời gian" in indices.component("pci", "time_costs")._repr_html_()


def test_printed_lines_work_in_a_fresh_session():
    """The line under a figure is pasted into a session that has only `import govlib`."""
    import subprocess
    import sys

    code = ('import govlib; print(govlib.explore.trend("pci").title); print(govlib.explore.validity.reliability("pci").title); '
            'print(govlib.explore.plan.Planner("bac-ninh", "pci", 2019).set({"transparency": 0.5}).outlook(3).rank)')
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "3"


def test_a_year_without_a_figure_says_whose_want_it_is():
    """Bắc Ninh's transparency of 2022 was published, but is not in our sources."""
    shown = explore.trend("pci", "transparency", ["bac-ninh"], 2016, 2024)
    assert "Bắc Ninh: không có trong nguồn 2022" in shown.note and "không công bố" not in shown.note
    assert "không công bố 2021" in explore.trend("papi", "overall", ["bac-ninh"], 2018, 2024).note
    assert "not published 2021" in explore.trend("papi", "overall", ["bac-ninh"], 2018, 2024, lang="en").note


def test_the_break_of_2025_is_the_merger():
    from govlib.explore import views
    from govlib.reading.board import panel_board

    told = views._broken_lines(panel_board().breaks("papi", "overall", 2017, 2025), "vi")
    assert told[0].startswith("Đường ngắt ở 2018, 2019, 2020 và 2021: phương pháp") and told[1] == "Đường ngắt ở 2025: 63 tỉnh, thành phố sáp nhập thành 34."


def test_every_entry_of_the_reference_is_there_and_has_an_example_that_runs():
    """Examples are doctests, run with the modules they stand in."""
    import importlib
    import inspect

    import govlib
    from govlib.explore import site

    assert {*govlib.QUESTIONS} < {*site.REFERENCE["govlib"]} and len(site.PUBLIC) > 100
    for module, names in site.REFERENCE.items():
        for name in names:
            entry = inspect.unwrap(getattr(importlib.import_module(module), name))
            assert ">>> " in (inspect.getdoc(entry) or ""), f"{module}.{name} has no example"
            assert inspect.getsourcefile(entry).startswith(str(paths.package())), "an example that no test collects"
    for module in govlib.FRONT_DOOR.values():  # what people are told to import is described, a room by its modules
        assert any(f"{entry}.".startswith(f"{module}.") for entry in site.REFERENCE), module


def test_every_module_loads_and_every_name_it_lists_leads_somewhere():
    import importlib
    import pkgutil

    import govlib

    names = ["govlib", *(m.name for m in pkgutil.walk_packages(govlib.__path__, "govlib.") if "__main__" not in m.name)]
    assert len(names) > 200
    for name in names:
        module = importlib.import_module(name)
        listed = {*getattr(module, "__all__", ()), *getattr(module, "FRONT_DOOR", ()), *getattr(module, "QUESTIONS", ())}
        assert [n for n in listed if getattr(module, n, None) is None] == [], name


def test_site_builds_and_fetches_nothing(tmp_path, monkeypatch):
    from govlib.explore import site

    monkeypatch.setattr(site, "REFERENCE", {name: site.REFERENCE[name] for name in ("govlib", "govlib.reading.thresholds")})
    assert site.main([str(tmp_path)]) == 0
    gallery = (tmp_path / "gallery.html").read_text(encoding="utf-8")
    assert gallery.count("<svg") >= len(site.GALLERY) and "not estimable" not in gallery
    page = (tmp_path / "reference" / "govlib" / "reading" / "thresholds.html").read_text(encoding="utf-8")
    assert 'id="meaningful_change"' in page and "Jacobson" in page
    assert "meaningful_change" in (tmp_path / "reference" / "search.js").read_text(encoding="utf-8")
    for file in tmp_path.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert 'src="http' not in text and 'href="http' not in text
