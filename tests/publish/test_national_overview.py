"""The national overview: newest edition first, only what is printed, counts beside chance, every number found again."""

from __future__ import annotations

import csv
import itertools
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from kit.content import by_place, numbers, plain, run, words

from govlib import paths
from govlib.known import catalogue, indices, provinces
from govlib.known.provinces import province_set
from govlib.publish import content, nation, show
from govlib.publish.charts import strip
from govlib.publish.national import counts, coverage, findings
from govlib.reading import thresholds
from govlib.reading.board import COLUMNS, Board, Break, region_of
from govlib.words import wording

NOTEBOOK = "national_overview.ipynb"
YEARS = (2005, 2010, 2013, 2019, 2021, 2023, 2024)


@pytest.fixture(scope="module")
def pages(panel) -> dict[tuple[int, str], list[str]]:
    return {(y, lang): run(NOTEBOOK, year=y, language=lang) for y in YEARS for lang in ("vi", "en")}


def overview(board: Board, year: int, lang: str = "vi") -> nation.Overview:
    return nation.Overview(year, lang, board)


def made(values: dict[int, dict[str, float | None]], ranks: dict[int, dict[str, int]] | None = None, index_id: str = "pci",
         breaks: dict | None = None) -> Board:
    """A board of one index: year → province → score, and printed ranks."""
    rows = []
    for year, given in values.items():
        for p, v in given.items():
            row = dict.fromkeys(COLUMNS) | {"province": p, "year": year, "index_id": index_id, "component": "overall", "level": "overall",
                                            "score": v, "rank": (ranks or {}).get(year, {}).get(p), "status": "published",
                                            "source": "made", "locator": f"{p} {year}"}
            rows.append(row)
    frame = pd.DataFrame(rows)
    frame["score"] = frame["score"].astype(float)
    return Board(frame, breaks=breaks or {})


# ---- counting -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.05, 0.5])
@pytest.mark.parametrize("q", [0.025, 0.5, 0.975])
def test_binomial_quantile_against_scipy(p, q):
    from scipy import stats

    for n in (0, 1, 2, 13, 42, 59, 60, 61, 63, 64):
        assert counts.binomial_quantile(q, n, p) == max(0, stats.binom.ppf(q, n, p)), n


def test_moves_counted_by_hand():
    """Of ten changes seven rise, two fall, one rounds to nothing; three rises and one fall lie beyond ±2."""
    delta = [9.0, 3.0, 2.5, 1.0, 0.5, 0.2, 0.1, 0.001, -1.0, -4.0]
    d = pd.Series(delta, index=[f"p{i}" for i in range(10)])
    m = counts.Moves("pci", 2019, d, 2.0, False, 2)
    assert (m.n, m.rose, m.fell) == (10, 7, 2)
    assert m.beyond.to_dict() == {"p0": 9.0, "p1": 3.0, "p2": 2.5, "p9": -4.0}
    assert m.by_chance == pytest.approx(0.5)
    assert m.more_than_chance  # at most two of ten in 97.5 % of cases
    assert m.toss == (2, 7)
    assert m.verdict == "mixed"
    up = counts.Moves("pci", 2019, d.abs() + 0.01, 2.0, False, 2)
    assert (up.rose, up.verdict) == (10, "up")
    assert counts.Moves("pci", 2019, -d.abs() - 0.01, 2.0, False, 2).verdict == "down"


def test_falls_are_listed_largest_first():
    d = pd.Series({"a": 5.0, "b": 3.0, "c": -3.0, "d": -6.0})
    assert counts.Moves("pci", 2019, d, 2.0, False, 2).beyond.index.tolist() == ["a", "b", "d", "c"]
    assert counts.Moves("pci", 2019, d, None, False, 2).beyond.empty


def test_leaders_end_where_a_rank_is_missing():
    assert counts.leading({"a": 1, "b": 2, "c": 4}, 10) == ["a", "b"]
    assert counts.leading({"a": 1, "b": 2, "c": 2, "d": 4}, 10) == ["a", "b", "c", "d"]
    assert counts.leading({"a": 2, "b": 3}, 10) == []
    assert counts.leading({"a": 1, "b": 2, "c": 3}, 2) == ["a", "b"]


# ---- an edition of which only the first are published ---------------------------------------------------------------------


def first_thirty(year: int, slugs: list[str], top: float = 75.0) -> tuple[dict, dict]:
    return {p: top - 0.2 * k for k, p in enumerate(slugs)}, {p: k + 1 for k, p in enumerate(slugs)}


def test_who_entered_and_who_left_where_both_lists_are_complete():
    slugs = list(province_set(2024))
    old, new = slugs[:30], [*slugs[2:30], "vinh-phuc", "yen-bai"]
    (a, ra), (b, rb) = first_thirty(2023, old), first_thirty(2024, new)
    full = made({2023: a, 2024: b}, {2023: ra, 2024: rb})
    assert counts.entered_left(full, "pci", 2024, 30) == (["vinh-phuc", "yen-bai"], slugs[:2])
    said = plain(findings.finding(overview(full, 2024), "pci", 2024))
    assert "có 30/30 thứ hạng đó" in said
    assert f"mới vào nhóm 30 tỉnh đứng đầu: Vĩnh Phúc và Yên Bái; ra khỏi nhóm: {provinces.name(slugs[0])} và {provinces.name(slugs[1])}." in said
    assert "Điểm của tỉnh đứng thứ 30: 69,20 điểm (Yên Bái)" in said
    assert "trung vị cả nước" in said
    assert not re.search(r"[Tt]rung vị cả nước \d", said)


def test_the_first_thirty_of_63_and_of_34_are_no_one_list():
    """Who was merged is neither new among the first thirty nor gone from them; all thirty that are published are not a part."""
    (a, ra), (b, rb) = (first_thirty(year, list(province_set(year))[:30]) for year in (2024, 2025))
    page = overview(made({2024: a, 2025: b}, {2024: ra, 2025: rb}), 2025)
    said = plain(findings.finding(page, "pci", 2025))
    assert "có 30/30 thứ hạng đó" in said and "mới vào nhóm" not in said and "2024" not in said
    [whole] = [note for note in page.coverage_notes() if "có đủ" in note]
    assert whole.endswith("các nguồn đang dùng có đủ: PCI 2024–2025.")


def test_one_missing_rank_and_nobody_is_said_to_have_left():
    """The province without a printed rank keeps its score; no rank is worked out from it."""
    slugs = list(province_set(2024))
    (a, ra), (b, rb) = first_thirty(2023, slugs[:30]), first_thirty(2024, slugs[:30])
    del ra[slugs[12]]
    b2 = made({2023: a, 2024: b}, {2023: ra, 2024: rb})
    assert counts.entered_left(b2, "pci", 2024, 30) is None
    said = plain(findings.finding(overview(b2, 2024), "pci", 2024))
    assert "có 30/30 thứ hạng đó và 29/30 của kỳ đánh giá 2023" in said
    assert "ra khỏi nhóm:" not in said
    assert slugs[12] not in counts.printed_ranks(b2, "pci", 2023)


def test_the_score_at_rank_thirty():
    at = made({2024: {"ha-noi": 70.0, "bac-ninh": 67.0}}, {2024: {"ha-noi": 3, "bac-ninh": 30}})
    assert counts.line(at, "pci", 2024, 30).at.province == "bac-ninh"
    between = made({2024: {"ha-noi": 70.0, "hue": 69.0, "bac-ninh": 67.0, "lao-cai": 66.0}},
                   {2024: {"ha-noi": 3, "bac-ninh": 33, "lao-cai": 40}})
    line = counts.line(between, "pci", 2024, 30)
    assert (line.at, line.better.province, line.worse.province) == (None, "ha-noi", "bac-ninh")
    assert counts.line(made({2024: {"ha-noi": 70.0}}), "pci", 2024, 30) == counts.Line(None, None, None)


def test_pci_2024_and_2023_as_printed(board):
    """Hải Phòng 74.84, Quảng Ninh 73.20, Long An 72.64 (vietnamnews.vn); Điện Biên's 67.77 at rank 32, the middle one, is
    a misprint beside the printed median of 67.67, and bounds nothing; Thanh Hóa 30th with 66.79 in 2023 (its PCI profile)."""
    said = plain(overview(board, 2024).findings()[0])
    assert said.startswith("PCI 2024: dẫn đầu là Hải Phòng (74,84 điểm), tiếp theo là Quảng Ninh (73,20 điểm) và Long An (72,64 điểm).")
    assert "Điện Biên" not in said and "67,77" not in said
    said = plain(overview(board, 2023, "en").findings()[0])
    assert said.startswith("PCI 2023: Quang Ninh (71.25 points) leads, followed by Long An (70.94 points) and Hai Phong (70.34 points).")
    assert "The score at rank 30: 66.79 points (Thanh Hoa)" in said


def test_what_the_press_prints_of_the_country_is_told_as_such(board):
    """PCI 2024: median 67.67, on two pages; PAR INDEX 2024: mean 88.37. Where all are held the median is ours (PCI 2015)."""
    said = {(i, y): plain(findings.finding(overview(board, y), i, y)) for i, y in (("pci", 2024), ("par", 2024), ("pci", 2015))}
    assert said["pci", 2024].endswith("Trung vị cả nước theo báo chí: 67,67 điểm.")
    assert said["par", 2024].endswith("Bình quân cả nước theo báo chí: 88,37%.")
    assert "báo chí" not in said["pci", 2015] and re.search(r"Trung vị cả nước \d", said["pci", 2015])


def test_the_last_province_s_rank_is_said_once(board):
    page = overview(board, 2024)
    assert "Đứng cuối (63/63): Cao Bằng." in plain(findings.finding(page, "par", 2024))
    assert "Đứng cuối (63/63): Bắc Kạn (78,17%)." in plain(findings.finding(page, "sipas", 2024))


# ---- order, and nothing from a few ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", range(2005, 2025))
def test_newest_edition_first_and_the_older_full_one_labelled(board, year):
    page = overview(board, year)
    editions = page.editions()
    assert [y for _, y in editions] == sorted((y for _, y in editions), reverse=True)
    assert editions[0][1] == year
    label = wording.label("national.newest_full")
    for (i, y), text in zip([e for e in editions if findings.worth_telling(page, *e)], map(plain, page.findings()), strict=True):
        assert text.startswith(f"{page.short(i)} {y}")
        assert (label in text) == (y != page.newest[i])
        assert (re.search(r"Trung vị cả nước \d", text) is not None) == board.is_full(i, "overall", y)
    for table in (page.leaders(), page.full_editions(), page.spreads()):
        assert [y for _, y in table] == sorted((y for _, y in table), reverse=True)


@pytest.mark.parametrize("year", YEARS)
def test_no_median_no_rank_from_a_partial_edition(pages, board, year):
    for n in numbers(pages[year, "vi"]):
        verb, *rest = n.locator.split(" ")
        if n.source != content.OURS or verb not in ("median", "rank", "median_in", "median_change", "middle_half", "spearman"):
            continue
        named = [w.split("/") for w in rest if "/" in w] or [[i, "overall"] for i in rest[:2]]
        for (index_id, component), y in itertools.product(named, [int(w) for w in rest if w.isdigit()]):
            assert board.is_full(index_id, component, y), n
            assert index_id not in ("par", "sipas")


# ---- every number ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", YEARS)
def test_every_number_worked_out_is_found_again(pages, board, year):
    found = [n for n in numbers(pages[year, "vi"]) if n.source == content.OURS]
    assert len(found) > 10
    for n in found:
        value = content.recompute(n.locator, board, "vi")
        said = {value} if isinstance(value, str) else {f(value, "vi", d) for d in (0, 2, 4) for f in (wording.number, wording.signed)}
        assert n.text in said, n


@pytest.mark.parametrize("year", YEARS)
def test_every_published_number_stands_at_its_place(pages, scores, year):
    held: dict[tuple[str, str], set[str]] = {}
    for place, rows in by_place(scores[scores["component"] == "overall"]).items():
        for r in rows:
            held.setdefault(place, set()).update(wording.number(value, "vi", d) for value, d in ((r.score, 2), (r.score, 4), (r.rank, 0)))
    for path in sorted(paths.raw().glob("*/national.csv")):
        with open(path, encoding="utf-8", newline="") as f:
            for r in csv.DictReader(f):
                held.setdefault((r["source"], r["locator"]), set()).update(wording.number(float(r["score"]), "vi", d) for d in (2, 4))
    found = [n for n in numbers(pages[year, "vi"]) if n.source != content.OURS]
    assert found
    for n in found:
        assert n.text in held[n.source, n.locator], n
        for source in n.source.split(";"):
            assert catalogue.source(source).id == source


@pytest.mark.parametrize("year", YEARS)
def test_both_languages_say_the_same_numbers(pages, year):
    vi, en = (numbers(pages[year, lang]) for lang in ("vi", "en"))
    assert [(n.source, n.locator) for n in vi] == [(n.source, n.locator) for n in en]
    digits = lambda n: re.findall(r"\d+", n.text)  # noqa: E731
    assert [digits(n) for n in vi] == [digits(n) for n in en]
    for lang in ("vi", "en"):
        assert not re.search(r"\{\w*\}|nan\b|None|<NA>|\(\)|: :", words(pages[year, lang]))


@pytest.mark.parametrize("year", YEARS)
def test_the_sources_table_has_every_source_shown(pages, year):
    shown = {s for n in numbers(pages[year, "vi"]) for s in n.source.split(";")} - {content.OURS}
    table = next(p for p in pages[year, "vi"] if wording.label("col.sha") in p)
    assert all(f">{s}<" in table for s in shown)


# ---- movers ---------------------------------------------------------------------------------------------------------------


def test_movers_of_papi_2024_are_all_beyond_the_threshold(board):
    page = overview(board, 2024)
    threshold = thresholds.points(board, "papi", "overall", 2024)
    d = board.matrix("papi").loc[2024] - board.matrix("papi").loc[2023]
    table = page.movers_table("papi", 2024)["df"]
    assert len(table) == (d.abs() > threshold).sum() > 3
    text = plain(page.movers_sentence("papi", 2024))
    assert f"{len(table)}/{d.notna().sum()} tỉnh thay đổi vượt ngưỡng ±{wording.number(threshold)}" in text
    assert f"khoảng {round(0.05 * d.notna().sum())} tỉnh" in text
    assert f"{(d.round(2) > 0).sum()}/{d.notna().sum()} tỉnh so sánh được đã tăng điểm, {(d.round(2) < 0).sum()} tỉnh giảm" in text


def test_where_nobody_moved_beyond_no_table_names_anyone(scores):
    quiet = Board(scores)
    quiet.memo[thresholds.of, "pci", "overall", 2018] = replace(thresholds.of(quiet, "pci", "overall", 2018), threshold=50.0)
    page = overview(quiet, 2018)
    assert page.movers_table("pci", 2018) is None
    assert "Không tỉnh nào trong 63 tỉnh" in plain(page.movers_sentence("pci", 2018))


def test_without_a_threshold_the_ends_are_listed_and_nobody_is_called_a_mover():
    slugs = list(province_set(2024))
    b = made({2023: {p: 0.5 for p in slugs}, 2024: {p: 0.5 + 0.001 * (k - 20) for k, p in enumerate(slugs)}}, index_id="dti")
    page = overview(b, 2024)
    assert thresholds.points(b, "dti", "overall", 2024) is None
    table = page.movers_table("dti", 2024)
    assert table["df"].iloc[:, 0].tolist() == [provinces.name(p) for p in [*slugs[::-1][:5], *slugs[4::-1]]]
    assert wording.label("national.no_threshold") in plain(page.movers_sentence("dti", 2024))
    assert "ngưỡng ±" not in plain(findings.finding(page, "dti", 2024))


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_across_a_break_there_is_no_change_and_the_reason_is_said(scores, lang):
    """A break of the composite gives its own words; breaks of summed components name the components in short."""
    listed = {"papi": [Break(2024, "overall", "Trọng số thay đổi.", "Weights changed.")],
              "dti": [Break(2024, "infrastructure", "Hạ tầng số nhảy bậc.", "Infrastructure jumped.")]}

    class Summed(Board):
        def breaks(self, index_id, component, first, last, province=None):
            own = super().breaks(index_id, component, first, last, province)
            return own or [b for b in self._breaks.get(index_id, ()) if component == "overall" and first < b.year <= last]

    page = overview(Summed(scores, breaks=listed), 2024, lang)
    for index_id, short, whole in (("papi", ("trọng số thay đổi", "weights changed"), ("trọng số thay đổi", "weights changed")),
                                   ("dti", ("cách đo thay đổi ở Hạ tầng số", "the measure changed in Digital Infrastructure"),
                                    ("hạ tầng số nhảy bậc", "infrastructure jumped"))):
        k = 0 if lang == "vi" else 1
        told = plain(findings.finding(page, index_id, 2024))
        assert short[k] in told
        assert "2023" in told
        assert not re.search("ngưỡng ±|threshold of ±|so sánh được đã tăng|scores rose", told)
        assert whole[k] in plain(page.movers_sentence(index_id, 2024))
        assert page.movers_table(index_id, 2024) is None
        assert wording.label("col.change", lang) not in page.leaders_table(index_id)["df"]


def test_a_jump_without_a_reason_is_not_called_a_change_of_measure(board):
    told = plain(findings.finding(overview(board, 2024), "dti", 2024))
    assert "điểm cả nước thay đổi đột ngột, chưa rõ lý do, ở Hoạt động chính quyền số và Hạ tầng số" in told and "cách đo" not in told


def test_by_a_threshold_that_no_longer_fits_nobody_is_called_a_mover(board):
    """PCI 2024: eight of fifteen provinces moved beyond ±1.98 the year before; Hải Phòng's +4.50 was called beyond it."""
    size, told = (wording.label(k) for k in ("col.size", "national.unfit"))
    unfit, fits = overview(board, 2024).leaders_table("pci"), overview(board, 2018).leaders_table("pci")
    assert plain(unfit["df"].iloc[0][wording.label("col.change")]) == "+4,50" and size not in unfit["df"]
    assert told.format(sd="1,98") in plain(unfit["note"])
    assert set(fits["df"][size]) == {wording.label("size.within"), wording.label("size.beyond")}
    assert plain(fits["note"]) == wording.label("national.usual").format(sd="1,98")


def test_why_leaders_are_of_an_older_edition_than_a_finding(board):
    page = overview(board, 2024)
    table = page.leaders_table("sipas")
    assert table["caption"].startswith("SIPAS 2023")
    assert plain(table["note"]).startswith("SIPAS 2024: mới biết thứ hạng đến thứ 2, nên bảng nêu kỳ 2023.")
    assert not any("mới biết" in plain(page.leaders_table(i)["note"] or "") for i in ("pci", "papi", "dti", "par"))


# ---- correlation ------------------------------------------------------------------------------------------------------------


def test_correlations_of_2024_against_scipy(board):
    from scipy import stats

    table, _ = overview(board, 2024).correlations()
    got = [(r[0], r[1], plain(r[2]), plain(r[3])) for r in table["df"].itertuples(index=False, name=None)]
    wanted = []
    for i, j, y in (("papi", "dti", 2024), ("pci", "papi", 2020)):
        both = pd.concat([board.matrix(i).loc[y], board.matrix(j).loc[y]], axis=1).dropna()
        r = stats.spearmanr(both.iloc[:, 0], both.iloc[:, 1]).statistic
        wanted.append((f"{i.upper()} – {j.upper()}", str(y), str(len(both)), wording.signed(r)))
    assert got == wanted
    assert "Không nêu PCI – DTI" in table["note"]


def test_a_pair_on_the_published_thirty_is_left_out(scores):
    """Were all first thirty of PCI 2024 in our sources, PCI would still go with PAPI at 2020, the newest year of all provinces."""
    first = [p for p in province_set(2024) if p < "ha-tinh"][:30]
    rows = scores[(scores["index_id"] == "pci") & (scores["year"] == 2024) & (scores["component"] == "overall")].iloc[:1]
    more = pd.concat([rows.assign(province=p, score=70.0 - k, rank=k + 1) for k, p in enumerate(first)])
    keep = ~((scores["index_id"] == "pci") & (scores["year"] == 2024))
    b = Board(pd.concat([scores[keep], more], ignore_index=True))
    assert b.n_scored("pci", "overall", 2024) == len(first) >= 20
    assert counts.common_year(b, "pci", "papi", 2024) == 2020
    assert counts.common_year(b, "pci", "dti", 2024) is None
    table, _ = overview(b, 2024, "en").correlations()
    assert "PCI – DTI" not in table["df"].iloc[:, 0].tolist()
    assert "chosen by the score itself" in table["note"]


def test_the_reading_follows_the_interval(board):
    for year in (2013, 2019, 2024):
        table, _ = overview(board, year, "en").correlations()
        for row in table["df"].itertuples(index=False, name=None):
            low, high = (float(v.replace("−", "-")) for v in plain(row[4]).split(" to "))
            assert row[5] == ("no link seen" if low <= 0 <= high else "high together, low together" if low > 0 else "one high, the other low")


# ---- spread, regions, coverage ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("index_id", "year"), [("pci", 2019), ("papi", 2024), ("papi", 2013)])
def test_the_title_of_the_spread(board, index_id, year):
    figure = overview(board, year).spread_figure(index_id)
    width = {c: np.subtract(*np.percentile(board.matrix(index_id, c).loc[year].dropna(), [75, 25])) for c in indices.component_ids(index_id, year)}
    most, least = max(width, key=width.get), min(width, key=width.get)
    assert figure["title"] == wording.label("national.spread", e=f"{index_id.upper()} {year}", most=indices.name(index_id, most, "vi", year),
                                            least=indices.name(index_id, least, "vi", year))
    assert wording.number(width[most]) in plain(figure["measure"])


def test_unlike_scales_are_not_compared(board, monkeypatch):
    real = indices.scale
    monkeypatch.setattr(indices, "scale", lambda i, c, y: (0.0, 5.0, "points") if c == "participation" else real(i, c, y))
    figure = overview(board, 2024).spread_figure("papi")
    assert figure["title"] == wording.label("national.spread_plain", e="PAPI 2024")
    assert not re.search(r"\d", plain(figure["measure"]))


def test_region_medians(board):
    table = overview(board, 2024).regions_table()["df"]
    for (region, names), row in zip(provinces.regions().items(), table.to_dict("records"), strict=False):
        members = [p for p in province_set(2024) if region_of(p, 2024) == region]
        assert plain(row[wording.label("national.region")]) == f"{names[0]} ({len(members)})"
        for i, y, d in (("papi", 2024, 2), ("dti", 2024, 4), ("pci", 2020, 2)):
            values = board.matrix(i).loc[y].reindex(members).dropna()
            wanted = wording.number(values.median(), "vi", d) if len(values) >= 0.9 * len(members) else "–"
            assert plain(row[f"{i.upper()} {y}"]) == wanted
    assert plain(overview(board, 2021).regions_table()["df"].iloc[0, 1]) == "–"  # PAPI 2021: 8 of 11 provinces of the Red River Delta


def test_the_issuer_is_the_one_that_was_named():
    assert nation.load(2024).cover()["issued_by"] == wording.label("cover.issuer", "vi")
    assert nation.load(2024, issuer="Sở Nội vụ").cover()["issued_by"] == "Sở Nội vụ"


def test_coverage_says_what_full_means_and_why_editions_are_not(board):
    page = overview(board, 2024)
    figure, notes = page.coverage_figure(), page.coverage_notes()
    assert figure["title"].endswith("PAPI 2024, DTI 2024 và PCI 2020")
    assert figure["table"].columns[0] == "Chỉ số"
    assert notes[0] == wording.label("national.full_means")
    told = dict(n.rstrip(".").split(": ", 1) for n in notes[1:])
    assert [v for k, v in told.items() if "30 tỉnh, thành phố đứng đầu" in k] == ["PCI 2023–2024"]
    assert [v for k, v in told.items() if "42 tỉnh" in k] == ["PCI 2005"]
    for r in coverage.coverage(page).itertuples():
        named = any(re.search(rf"{re.escape(page.short(r.index_id))} [^;]*", v) for v in told.values())
        assert r.n == r.of or named


# ---- the figure and its digits ---------------------------------------------------------------------------------------------


def test_a_long_component_name_is_not_cut():
    name = "Công khai, minh bạch trong việc ra quyết định ở địa phương"
    df = pd.DataFrame({"label": [name] * 3 + ["Đất đai"] * 3, "value": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
    drawn = re.findall(r"<text[^>]*>([^<]*)</text>", strip.draw(df, "vi", form="svg"))
    assert "…" not in "".join(drawn)
    assert name in " ".join(drawn)


def test_numbers_written_in_a_drawing_keep_their_digits():
    df = pd.DataFrame({"label": ["a"] * 3, "value": [0.1, 0.91214, 0.95]})
    for lang, wanted in (("vi", "0,9121"), ("en", "0.9121")):
        assert f">{wanted}</text>" in show.svg(strip.draw(df, lang, decimals=4, form="svg"), prefix="x-", alt="x")
