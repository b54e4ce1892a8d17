"""docs/annual_update.md, rehearsed: from the form of PCI 2025 to the panel, in a copy of the project, with made-up values."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys

import openpyxl
import pandas as pd
import pytest

from govlib.collect import inbox
from govlib.errors import BadInput
from govlib.known import indices, provinces, reforms, weighting
from govlib.panel import build as panel
from govlib.panel import data, schemas
from govlib.reading import board, thresholds

META = {"citation": "Rehearsal with made-up values", "url": "https://example.org/rehearsal", "transcribed": "2026-05-04"}
FIRST_30 = 30


@pytest.fixture(scope="module")
def copy(tmp_path_factory, root):
    """The project's data in a folder of its own: nothing of the rehearsal touches the real one."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(root / "data" / "raw", folder / "data" / "raw", ignore=shutil.ignore_patterns("originals", "inbox"))
    (folder / "data" / "raw" / "inbox").mkdir()
    (folder / "notebooks").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOVLIB_ROOT", str(folder))
        patch.delenv("GOVLIB_PROCESSED", raising=False)
        yield folder


def fill(path, target):
    """What a person does in Excel: 30 provinces with figures, the others with a reason."""
    book = openpyxl.load_workbook(path)
    for row in book["source"].iter_rows(min_row=2):
        row[1].value = META.get(row[0].value, row[1].value)
    sheet = book["scores"]
    header = [cell.value for cell in sheet[2]]
    for at, row in enumerate(sheet.iter_rows(min_row=3), 1):
        values = dict(zip(header, row, strict=True))
        if at > FIRST_30:
            values["note"].value = inbox.WHY_EMPTY[1]
            continue
        values["overall"].value, values["rank"].value = 75 - at / 10, at
        for component in header[4:-1]:
            values[component].value = 5 + at / 100
    book.save(target)


def test_from_template_to_panel(copy):
    before = {path: path.read_bytes() for path in (copy / "data" / "raw").rglob("*.csv")}
    # 1 the form
    _, form = inbox.template("pci", 2025)
    assert form.is_relative_to(copy)
    # 2 an empty form in the inbox is refused, and nothing happens
    waiting = copy / "data/raw/inbox/pci_2025.xlsx"
    shutil.copy(form, waiting)
    with pytest.raises(BadInput, match="the form is empty"):
        inbox.intake()
    # 3 filled, with one slip, then mended
    fill(form, waiting)
    book = openpyxl.load_workbook(waiting)
    book["scores"]["E4"] = 0
    book.save(waiting)
    with pytest.raises(BadInput, match="row 4, column entry_costs.*a 0 that stands for: not published"):
        inbox.intake()
    assert {path: path.read_bytes() for path in (copy / "data" / "raw").rglob("*.csv") if path in before} == before
    fill(form, waiting)
    # 4 taken in
    [taken] = inbox.intake()
    assert (taken.index_id, taken.year) == ("pci", 2025) and not waiting.exists()
    assert (copy / "data/raw/pci/2025.csv").is_file() and (copy / "data/raw/pci/2025.meta.yaml").is_file()
    # 5 the panel
    report = panel.build()
    assert report.rows_in == report.accepted + report.rejected
    scores = pd.read_parquet(copy / "data/processed/scores.parquet")
    schemas.check("scores.parquet", scores)
    new = scores.query("index_id == 'pci' and year == 2025")
    whole = new[new["component"].eq("overall")].set_index("province")
    assert set(whole.index) == set(provinces.province_set(2025)) and len(whole) == 34
    assert whole["score"].notna().sum() == FIRST_30 and whole["status"].value_counts().to_dict() == {
        "published": FIRST_30, "not_published": 4}
    assert whole.loc["an-giang", "score"] == 74.9 and whole.loc["an-giang", "rank"] == 1
    assert whole["source"].eq("inbox-pci-2025").all() and whole.loc["an-giang", "locator"].startswith("pci_2025-")
    assert set(new.query("level == 'component'")["component"]) == set(indices.component_ids("pci", 2025))
    assert whole["rank_computed"].isna().all(), "four of 34 were not published: no ranking of ours"
    # 6 the questions a briefing asks
    last = sorted(provinces.province_set(2025))[-1]
    assert "30" in data.why("pci", last, 2025).query("component == 'overall'")["reason_en"].item()
    row = data.coverage("pci").query("year == 2025 and level == 'overall'").iloc[0]
    assert (row["n_provinces"], row["n_expected"], row["n_not_published"], row["n_not_held"]) == (30, 34, 4, 0)
    # 7 the rest of the panel is as it was
    old = scores.query("not (index_id == 'pci' and year == 2025)")
    assert len(old) > 40000 and old.query("index_id == 'pci' and year == 2019 and component == 'overall'")["score"].notna().sum() == 63


def test_the_checklist_names_what_exists(root):
    """Commands and files in the checklist are real ones."""
    text = (root / "docs" / "annual_update.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.M))
    named = set(re.findall(r"`make ([a-z]+)", text))
    assert {"template", "panel", "briefing", "test"} <= named <= targets
    for path in re.findall(r"`((?:docs|govlib|data|notebooks)/[\w./-]+\.\w+)`", text):
        if "2025" not in path and "changelog_draft" not in path:  # what the year's own form and a second build write
            assert (root / path).exists(), path
    numbers = [int(n) for n in re.findall(r"^(\d+)\. ", text, re.M)]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 8


# ---- every index of a new year, through to the page ---------------------------------------------------------------------------

def made_up(index_id: str, component: str, at: int) -> float:
    """A figure for the province in that row of the form: another order of provinces for every component."""
    low, high, _ = indices.scale(index_id, component, 2025)
    turn = 1 + 2 * [*indices.component_ids(index_id, 2025), "overall"].index(component)
    share = 0.35 + 0.5 * ((at * turn) % 34 if turn % 17 else at) / 33
    return round(low + ((high or 10.0) - low) * share, 4 if index_id in ("dti", "ict") else 2)


def fill_whole(path, target, index_id: str) -> dict[str, dict[str, float]]:
    """Province → component → figure, of all 34, as put into the form: totals that are sums where the index is one."""
    book = openpyxl.load_workbook(path)
    for row in book["source"].iter_rows(min_row=2):
        row[1].value = META.get(row[0].value, row[1].value)
    sheet, given = book["scores"], {}
    header = [cell.value for cell in sheet[2]]
    rows = [dict(zip(header, row, strict=True)) for row in sheet.iter_rows(min_row=3)]
    for at, row in enumerate(rows):
        mine = {c: made_up(index_id, c, at) for c in indices.component_ids(index_id, 2025)}
        mine["overall"] = round(sum(mine.values()), 2) if weighting.is_sum(index_id) else made_up(index_id, "overall", at)
        for component, value in mine.items():
            row[component].value = value
        given[row["province"].value] = mine
    totals = [mine["overall"] for mine in given.values()]
    for row, total in zip(rows, totals, strict=True):
        row["rank"].value = 1 + sum(other > total for other in totals)
    book.save(target)
    return given


@pytest.fixture(scope="module")
def whole_year(tmp_path_factory, root):
    """(folder, index → province → component → figure): the forms of all indices, filled and taken in by `govlib panel`."""
    folder = tmp_path_factory.mktemp("year")
    shutil.copytree(root / "data" / "raw", folder / "data" / "raw", ignore=shutil.ignore_patterns("originals", "inbox"))
    (folder / "data" / "raw" / "inbox").mkdir()
    shutil.copytree(root / "notebooks", folder / "notebooks")
    for plan in (root / "data").glob("institute_plan*"):
        shutil.copy(plan, folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOVLIB_ROOT", str(folder))
        patch.delenv("GOVLIB_PROCESSED", raising=False)
        given = {}
        for index_id in indices.INDICES:
            _, form = inbox.template(index_id, 2025)
            given[index_id] = fill_whole(form, folder / "data/raw/inbox" / f"{index_id}_2025.xlsx", index_id)
        govlib(folder, "panel")
        yield folder, given


def cells_and_words(page: str) -> tuple[list[list[str]], str]:
    """The tables' rows of a page, and all its words."""
    rows = [[html.unescape(re.sub(r"<sup.*?</sup>|<[^>]+>", "", cell)).strip() for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)]
            for row in re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.S)]
    return rows, re.sub(r"\s+", " ", html.unescape(re.sub(r"<(script|style|svg).*?</\1>|<[^>]+>", " ", page, flags=re.S)))


def govlib(folder, *command: str) -> None:
    done = subprocess.run([sys.executable, "-m", "govlib", *command], env={**os.environ, "GOVLIB_ROOT": str(folder)},
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def ranked(given: dict[str, dict[str, float]], component: str, province: str) -> int:
    return 1 + sum(mine[component] > given[province][component] for mine in given.values())


@pytest.mark.slow
def test_a_new_year_of_all_indices_is_an_edition_everywhere(whole_year):
    """Nobody edits a list: what was taken in is an edition to the registry, the panel, its coverage and the reforms."""
    folder, given = whole_year
    scores = pd.read_parquet(folder / "data/processed/scores.parquet")
    reforms = pd.read_parquet(folder / "data/processed/reform_panel.parquet")
    coverage = pd.read_parquet(folder / "data/processed/coverage.parquet")
    for index_id in indices.INDICES:
        assert indices.editions(index_id)[-1] == 2025
        new = scores[scores["index_id"].eq(index_id) & scores["year"].eq(2025)]
        cells = {(r.province, r.component): (r.score, r.rank_computed) for r in new.itertuples()}
        assert cells == {(p, c): (v, ranked(given[index_id], c, p)) for p, mine in given[index_id].items() for c, v in mine.items()}
        seen = coverage[coverage["index_id"].eq(index_id) & coverage["year"].eq(2025) & coverage["level"].eq("overall")]
        assert seen[["n_provinces", "n_expected"]].values.tolist() == [[34, 34]]
        exposed = reforms[reforms["index_id"].eq(index_id) & reforms["year"].eq(2025)]
        assert set(exposed["province"]) == set(provinces.province_set(2025))
        # what a part of the merged province did is no action of the whole
        assert not exposed[exposed["province"].eq("bac-ninh") & exposed["reform"].eq("service_centre_provincial")]["adopted"].any()
    assert scores.query("component == 'overall_fixed_weights' and year == 2025").empty  # three of its nine components are gone
    assert weighting.fixed("pci").keys() == {"entry_costs", "land_access", "transparency", "time_costs", "informal_charges",
                                                   "proactivity", "business_support", "labor_policy", "law_and_order"}


@pytest.mark.slow
@pytest.mark.parametrize("province", ["bac-ninh", "ha-noi"])
def test_components_ranks_reforms_and_targets_of_the_34_are_on_the_page(whole_year, province):
    folder, given = whole_year
    govlib(folder, "briefing", "--province", province, "--year", "2025", "--langs", "vi")
    page = (folder / "briefings" / "2025" / f"{province}.vi.html").read_text(encoding="utf-8")
    rows, text = cells_and_words(page)
    for index_id in ("pci", "papi", "dti"):
        for component in indices.component_ids(index_id, 2025):
            score = f"{given[index_id][province][component]:.{4 if index_id == 'dti' else 2}f}".replace(".", ",")
            rank = str(ranked(given[index_id], component, province))
            name = indices.name(index_id, component, "vi", 2025)
            assert any(row[:1] == [name] and score in row and rank in row for row in rows), (name, score, rank)
    for index_id in ("pci", "papi", "dti", "par", "sipas"):
        assert re.search(rf"\b{ranked(given[index_id], 'overall', province)} ?/ ?34\b", text), index_id
    assert "2021 là" not in text and "kỳ đánh giá mới nhất có điểm thành phần" not in text
    # the reforms: the merger is one of them, and the sentences about effects are there
    if province == "bac-ninh":
        assert any("Nghị quyết 202/2025/QH15" in " ".join(row) for row in rows) and "đơn vị hành chính đã thay đổi sau sáp nhập" in text
    # the targets: of PAPI, whose weights hold; PCI's of 2025 are not known
    assert re.search(r"PAPI 2025: [^.]*\b(đứng thứ|hạng|vị trí)", text) and re.search(r"PCI 2025: không[^.]*trọng số|PCI 2025: chưa[^.]*trọng số", text)
    assert "(như năm 2025)" not in text  # no year is replayed across the merger
    change = [row for row in rows if row[:1] == [indices.name("papi", "participation", "vi", 2025)]]
    assert change and not any(re.search(r"\([+−]", cell) for row in change for cell in row)  # no median moved from 63 to 34
    similar = [row for row in rows if row[:1] == ["Bình Thuận"]]
    assert not similar, "a province that is gone stands among the similar ones"


@pytest.mark.slow
def test_three_predecessors_stand_side_by_side_and_bodies_bear_the_names_of_their_time(whole_year):
    """Ninh Bình, of Hà Nam, Nam Định and Ninh Bình: in English, and its departments' sheets."""
    folder, _ = whole_year
    govlib(folder, "briefing", "--province", "ninh-binh", "--year", "2025", "--langs", "en")
    rows, text = cells_and_words((folder / "briefings" / "2025" / "ninh-binh.en.html").read_text(encoding="utf-8"))
    first = next(row for row in rows if row[0] == "PAPI 2024" and len(row) == 5)
    assert [cell.split(" ")[0] for cell in first[2:4]] == ["44.36", "43.95"], "Nam Định and Ninh Bình as printed"
    mean, low, high = (float(x) for x in re.findall(r"\d+\.\d+", first[4]))
    parts = {"ha-nam": 43.38, "nam-dinh": 44.36, "ninh-binh": 43.95}
    population = data.controls("population", list(parts), wide=False).query("year == 2024").set_index("province")["value"]
    assert mean == pytest.approx(sum(parts[p] * population[p] for p in parts) / population[list(parts)].sum(), abs=0.006)
    sem = thresholds.points(board.panel_board(), "papi", "overall", 2024) / (1.96 * 2**0.5)
    share = population[list(parts)] / population[list(parts)].sum()
    assert high - mean == pytest.approx(1.96 * sem * (share**2).sum() ** 0.5, abs=0.011) and mean - low == pytest.approx(high - mean, abs=0.011)
    assert ["Data year", "Ha Nam", "Nam Dinh", "Ninh Binh (former)", "Back-cast by population, derived (interval)"] in rows
    assert "2025–2025" not in text, "one edition is no picture of years"
    # who is asked on 1 June 2026, and who published what by the name of that time
    assert "Department of Planning and Investment" not in text and "Department of Natural Resources" not in text
    assert "Ministry of Science and Technology, DTI 2025" in text and "Ministry of Information and Communications, DTI 2025" not in text
    reforms_named = "|".join(re.escape(reforms.name(kind, "en")) for kind in reforms.ids())  # of the time when they were begun
    now = re.sub(rf"{reforms_named}|districts \(from 1 July 2025: communes\)", "", text)
    assert not re.search("(?<!service_centre_)district", now), "the district level ended on 1 July 2025"
    govlib(folder, "departments", "--province", "bac-ninh", "--year", "2025", "--langs", "vi")
    names = {path.name for path in (folder / "briefings/2025/bac-ninh").iterdir()}
    assert {"so-tai-chinh.vi.html", "so-nong-nghiep-va-moi-truong.vi.html", "so-khoa-hoc-va-cong-nghe.vi.html"} <= names
    assert not [name for name in names if name.startswith(("so-ke-hoach", "so-tai-nguyen", "so-thong-tin", "so-lao-dong"))]
    # what the former provinces did, under their names
    govlib(folder, "briefing", "--province", "bac-ninh", "--year", "2025", "--langs", "vi")
    rows, _ = cells_and_words((folder / "briefings" / "2025" / "bac-ninh.vi.html").read_text(encoding="utf-8"))
    done = {(row[1], row[2]) for row in rows if len(row) == 5}
    assert ("Kế hoạch cải thiện PAPI", "Bắc Giang") in done and ("“5 tại chỗ”", "Bắc Ninh (cũ)") in done
    assert ("Sáp nhập tỉnh", "Bắc Ninh") in done
