"""What a form of the inbox is told: every slip with its whole sentence, place, value and mend; every doubt in full."""

from __future__ import annotations

import csv
import functools
import re
import tempfile
from pathlib import Path

import pytest
from kit.panel import project

from govlib.collect import checks, inbox, sidecar, stamp
from govlib.collect.inbox import double
from govlib.errors import BadInput
from govlib.forms.problems import vietnamese
from govlib.known import indices, provinces, weighting

META = {"#citation": "Made up", "#url": "https://example.org/pci", "#transcribed": "30/04/2026"}  # as Excel saves it in a CSV
RESTORE = "restore the template's rows"


@functools.cache
def empty(index: str, year: int) -> tuple[tuple[str, ...], ...]:
    with tempfile.TemporaryDirectory() as folder:
        [path, _] = inbox.template(index, year, Path(folder))
        with path.open(encoding="utf-8-sig", newline="") as handle:
            return tuple(map(tuple, csv.reader(handle)))


class Form:
    """A filled form as rows of cells: the n-th province has rank n, total 80 − n/4 and 9 − n/20 in each component."""

    def __init__(self, index: str = "pci", year: int = 2024):
        self.rows = [list(row) for row in empty(index, year)]
        self.head = next(i for i, row in enumerate(self.rows) if row[0] == "province")
        self.columns, self.name = self.rows[self.head], f"{index}_{year}.csv"
        for row in self.rows[:self.head]:
            row[1] = META.get(row[0], row[1])
        for at, row in enumerate(self.rows[self.head + 1:], 1):
            for c, column in enumerate(self.columns):
                if column not in ("province", "name", "note"):
                    row[c] = str(at) if column == "rank" else f"{80 - at / 4:g}" if column == "overall" else f"{9 - at / 20:g}"

    def line(self, first: str) -> int:
        """The row, as a spreadsheet counts, that begins with this."""
        return next(at for at, row in enumerate(self.rows, 1) if row[0] == first)

    def set(self, first: str, column: str, text: str) -> Form:
        self.rows[self.line(first) - 1][1 if first.startswith("#") else self.columns.index(column)] = text
        return self

    def put(self, folder: Path) -> Path:
        path = folder / self.name
        with path.open("w", encoding="utf-8-sig", newline="") as handle:
            csv.writer(handle).writerows(self.rows)
        return path

    def looked_at(self, folder: Path):
        return inbox.examine(inbox.read_form(self.put(folder)), folder)


def told(checked) -> list[tuple]:
    return [(str(p.problem), p.row, p.column, p.value, p.fix and str(p.fix)) for p in checked.problems]


# ---- single cells --------------------------------------------------------------------------------------------------------------
DIGITS = "write digits only, or leave the cell empty where nothing was published"
TIER = "a tier has no place in the form: leave the cell empty and write the tier into the note"


@pytest.mark.parametrize(("column", "text", "problem", "fix"), [
    ("time_costs", "seven", "not a number", DIGITS), ("time_costs", "=B2", "a formula, not a number", "paste the value"), ("rank", "12=", "not a number",
     "write the rank in digits; of a tie (12-13, 12=) 12 in each of its rows"), ("overall", "trung bình cao", "not a number", TIER), ("overall", "Nhóm A",
     "not a number", TIER), ("rank", "64", "not a rank from 1 to 63", "write a whole number, or leave the cell empty"),
    ("rank", "0", "not a rank from 1 to 63", "write a whole number, or leave the cell empty"), ("rank", "1.5", "not a rank from 1 to 63", "write a whole number, or leave the cell empty"),
    ("time_costs", "", "empty, and the note does not say why", "write the figure, or say in the note column why none was published"),
    ("overall", "0.75", "a share of 1 where the scale ends at 100", "write the figure as printed: 90 for 90 %"),
    ("province", "", "no province in this row", RESTORE), ("province", "ha-tay", "not a province of the 2024 edition", RESTORE),
    ("province", "Xyzzy", "unknown province of the 2024 edition", None), ("name", "Cà Mau", "the name belongs to another province than bac-ninh: were the rows moved?",
     "restore the template's rows and check the figures"), ("name", "Cà Mau¹", "the name belongs to another province than bac-ninh: were the rows moved?", None),
    ("name", "Cà Mau (1) *", "the name belongs to another province than bac-ninh: were the rows moved?", None)])
def test_a_slip_is_told_with_its_cell_and_what_to_do(tmp_path, column, text, problem, fix):
    form = Form()
    row = form.line("bac-ninh")
    found = told(form.set("bac-ninh", column, text).looked_at(tmp_path))
    missing = [("province missing: Bắc Ninh (bac-ninh)", None, "province", None, "restore its row; leave the figures empty, with a note, if none was published")]
    assert [one[:4] for one in found] == [(problem, row, column, text or None), *(one[:4] for one in missing if column == "province")]
    assert fix is None or found[0][4] == fix
    assert column != "province" or found[1:] == missing


def test_a_day_that_could_be_two_is_told_with_its_line(tmp_path):
    form = Form().set("#transcribed", "", "6/5/2026")
    checked = form.looked_at(tmp_path)
    problem = "could be 2026-05-06 or 2026-06-05: no day of the file shows whether the day or the month stands first"
    assert told(checked) == [(problem, form.line("#transcribed"), "#transcribed", "6/5/2026", "write YYYY-MM-DD, in a column that Excel is told to hold as Text")]
    read = inbox.read_form(form.put(tmp_path))
    assert told(inbox.examine(read)) == told(inbox.examine(read)) == told(checked)  # however often a form is looked at


NO_RANK = ("the rank is empty while other rows have one, and the note does not say why", "rank", None, "write the rank, or say in the note column why none was published")


def test_a_lost_rank_is_told(tmp_path):
    """One empty cell also switched off the comparison of all ranks with the scores."""
    form = Form().set("bac-ninh", "rank", "")
    for note in ("", "-", "N/A"):
        assert told(form.set("bac-ninh", "note", note).looked_at(tmp_path)) == [(NO_RANK[0], form.line("bac-ninh"), *NO_RANK[1:])]
    wrong = form.set("bac-ninh", "note", "không công bố").set("ha-noi", "rank", "1").looked_at(tmp_path)
    assert told(wrong) == [] and "the printed rank of ha-noi is not the order of the scores" in wrong.warnings


def test_ranks_of_the_first_thirty_only(tmp_path):
    form = Form()
    for row in form.rows[form.head + 31:]:
        row[3] = ""
    assert (found := form.looked_at(tmp_path)).problems == [] and not [one for one in found.warnings if "rank" in one]
    twentieth, thirtieth = (form.rows[form.head + at] for at in (20, 30))
    twentieth[3] = "2"
    assert f"the printed rank of {twentieth[0]} is not the order of the scores" in form.looked_at(tmp_path).warnings
    twentieth[3] = ""
    assert [(p.row, p.column) for p in form.looked_at(tmp_path).problems] == [(form.line(twentieth[0]), "rank")]
    twentieth[3], thirtieth[3] = "20", ""  # behind the last one ranked: nothing tells that it was one of them
    assert form.looked_at(tmp_path).problems == []
    for row in form.rows[form.head + 1:]:
        row[3] = ""
    assert form.looked_at(tmp_path).problems == []


def test_the_last_few_without_a_rank_are_behind_a_list(tmp_path):
    """Thirty of the 34 provinces since 2025, as docs/annual_update.md says."""
    form = Form()
    for row in form.rows[form.head + 60:]:
        row[3] = ""
    assert form.looked_at(tmp_path).problems == []


def test_ranks_without_scores_are_kept(tmp_path):
    """They were left out without a word where the column of the totals is empty."""
    form = Form()
    for row in form.rows[form.head + 1:]:
        row[2] = ""
    problems = told(form.looked_at(tmp_path))
    assert len(problems) == 63 and {one[:1] + one[2:3] for one in problems} == {("empty, and the note does not say why", "overall")}
    for row in form.rows[form.head + 1:]:
        row[-1] = "chỉ công bố thứ hạng"
    checked = form.looked_at(tmp_path)
    kept = [row for row in checked.rows if row["component"] == "overall"]
    assert checked.problems == [] and [(row["score"], row["rank"]) for row in kept] == [("", str(at)) for at in range(1, 64)]
    assert {row["note"] for row in kept} == {"not published: chỉ công bố thứ hạng"}
    for row in form.rows[form.head + 1:]:
        row[4:-1] = [""] * (len(row) - 5)
    assert len(form.looked_at(tmp_path).rows) == 63  # and a form with ranks only is not empty


def test_two_who_type_the_same_figures_and_other_words(tmp_path):
    first, second = Form().set("#transcribed_by", "", "An"), Form().set("#transcribed_by", "", "Bình")
    first.name, second.name = "pci_2024_a.csv", "pci_2024_b.csv"
    second.set("#citation", "", "made up.").set("#transcribed", "", "2026-04-29")
    assert double.differences(first.looked_at(tmp_path), second.looked_at(tmp_path)) == []  # the same words, another day
    second.set("#url", "", "https://example.org/papi").set("bac-ninh", "note", "bản in mờ")
    found = double.differences(first.looked_at(tmp_path), second.looked_at(tmp_path))
    assert [(p.row, p.column) for p in found] == [(first.line("#url"), "#url"), (first.line("bac-ninh"), "note")]
    assert found[1].problem == "typed twice, and the two differ: – in pci_2024_a.csv, bản in mờ in pci_2024_b.csv"


def test_a_row_that_is_nobody_s_is_told_its_nearest_or_what_to_restore(tmp_path):
    fix = told(Form().set("bac-ninh", "province", "Bac Nimh").looked_at(tmp_path))[0][4]
    assert fix.startswith("nearest: Bắc Ninh (bac-ninh), ") and fix.endswith("; a row that is no province's (a total, a footnote) is deleted")
    assert told(Form().set("bac-ninh", "province", "%%%").looked_at(tmp_path))[0][4] == "restore the template's name"


def test_a_province_twice_names_the_first_row(tmp_path):
    form = Form().set("ca-mau", "province", "bac-ninh")
    first, second = (at for at, row in enumerate(form.rows, 1) if row[0] == "bac-ninh")
    form.rows[second - 1][1] = ""
    assert told(form.looked_at(tmp_path))[0] == (f"province twice (also in row {first})", second, "province", "bac-ninh", "delete one row")


def test_an_empty_form_and_one_whose_cells_of_several_columns_are_empty(tmp_path):
    form = Form()
    for row in form.rows[form.head + 1:]:
        row[2:] = [""] * (len(row) - 2)
    assert told(form.looked_at(tmp_path)) == [("the form is empty: no score in any row", None, None, None, "fill it before it goes into the inbox")]
    found = told(Form().set("bac-ninh", "time_costs", "").set("bac-ninh", "land_access", "").looked_at(tmp_path))
    assert [one[2] for one in found] == ["land_access, time_costs"]


@pytest.mark.parametrize(("key", "text", "problem", "fix"), [
    ("#index", "pcj", "unknown index", "write one of "), ("#year", "soon", "not a year", "write four digits"), ("#year", "1999", "pci has no edition 1999", "take 2005 to "),
    ("#url", "a newspaper", "not a web address", "copy it from the browser, with https://"), ("#url", "http://x", "not a web address", "copy it"), ("#transcribed", "30/4/26", "not a date", "write YYYY-MM-DD"),
    ("#transcribed", "2199-01-01", "a day in the future", "correct the date"),
    ("#year", "2023", "wrong year or index: the file's name says pci 2024, the form pci 2023", "rename the file, or use the form of that edition")])
def test_a_field_is_told_with_its_line(tmp_path, key, text, problem, fix):
    form = Form()
    [found, *_] = told(form.set(key, "", text).looked_at(tmp_path))
    assert found[:4] == (problem, form.line(key), key, text) and found[4].startswith(fix)


def test_a_name_without_an_edition_says_nothing_and_one_of_another_index_does(tmp_path):
    form = Form()
    form.name = "from Hà Nội.csv"
    assert told(form.looked_at(tmp_path)) == []
    form.name = "PAPI-2024 (2).csv"
    assert told(form.looked_at(tmp_path))[0][0] == "wrong year or index: the file's name says papi 2024, the form pci 2024"


def test_the_provinces_of_before_or_after_2025_are_said_once(tmp_path):
    for year, form in ((2024, Form("pci", 2025)), (2025, Form("pci", 2024))):
        form.name = f"pci_{year}.csv"
        form.columns[:] = list(Form("pci", year).columns)
        for row in form.rows[form.head + 1:]:
            row[:] = [*row, *[""] * len(form.columns)][:len(form.columns)]
        form.set("#year", "", str(year))
        said = "these are the 34 provinces of the editions from 2025, but edition 2024 has 63" if year == 2024 else (
            "these are the 63 provinces of the editions to 2024, but edition 2025 has 34")
        assert [one for one in told(form.looked_at(tmp_path)) if one[2] == "province"] == [(said, None, "province", None, f"use the form of {year}: make template YEAR={year}")]


# ---- rows ----------------------------------------------------------------------------------------------------------------------
def test_the_rows_of_a_form(tmp_path):
    form = Form().set("bac-ninh", "time_costs", "7,25").set("bac-ninh", "overall", "").set("bac-ninh", "rank", "").set("bac-ninh", "note", "not ranked")
    checked = form.looked_at(tmp_path)
    rows = {(r["province"], r["component"]): r for r in checked.rows}
    assert checked.problems == [] and len(rows) == len(checked.rows) == 63 * 11 and (checked.index_id, checked.year) == ("pci", 2024)
    at = form.line("bac-ninh")
    assert rows["bac-ninh", "time_costs"] == {
        "province_printed": "Bắc Ninh", "province": "bac-ninh", "component": "time_costs", "level": "component", "score": "7.25", "rank": "", "tier": "", "unit": "points",
        "source": "inbox-pci-2024", "locator": f"pci_2024.csv {'ABCDEFGHIJKLMNO'[form.columns.index('time_costs')]}{at}", "note": "not ranked", "file": "pci_2024.csv", "row": at, "index_id": "pci", "year": 2024}
    whole = rows["bac-ninh", "overall"]
    assert (whole["score"], whole["rank"], whole["level"], whole["note"], whole["unit"]) == ("", "", "overall", "not published: not ranked", "points")
    assert rows["an-giang", "overall"]["rank"] == "1" and rows["an-giang", "overall"]["score"] == "79.75"
    without = Form().set("bac-ninh", "name", "").looked_at(tmp_path)
    assert {r["province_printed"] for r in without.rows if r["province"] == "bac-ninh"} == {"bac-ninh"}


def test_a_percentage_on_a_scale_that_ends_at_one_and_on_one_that_ends_at_a_hundred(tmp_path):
    form = Form("dti", 2022)
    for slug in provinces.province_set(2022):
        for column in form.columns[2:-1]:
            form.set(slug, column, "" if column == "rank" else "0.5")
    checked = form.set("bac-ninh", "overall", "71.5%").looked_at(tmp_path)
    assert checked.problems == [] and {r["score"] for r in checked.rows if r["component"] == "overall" and r["province"] in ("bac-ninh", "ca-mau")} == {"0.715", "0.5"}
    checked = Form().set("bac-ninh", "overall", "71.5%").looked_at(tmp_path)
    assert next(r["score"] for r in checked.rows if (r["province"], r["component"]) == ("bac-ninh", "overall")) == "71.5"


def test_a_rank_that_cannot_be_read_takes_the_total_along_but_no_component(tmp_path):
    rows = Form().set("bac-ninh", "rank", "12=").looked_at(tmp_path).rows
    mine = {r["component"] for r in rows if r["province"] == "bac-ninh"}
    assert mine == {*indices.component_ids("pci", 2024)} and len(rows) == 63 * 11 - 1


# ---- doubts --------------------------------------------------------------------------------------------------------------------
def fitting() -> Form:
    """A form whose totals are what the edition's weights make of its components, ranked by them."""
    form = Form()
    weights = weighting.of("pci", 2024)
    for at, slug in enumerate(provinces.province_set(2024), 1):
        parts = {c: round(8 - at / 20 + k / 100, 2) for k, c in enumerate(weights)}
        for component, value in parts.items():
            form.set(slug, component, str(value))
        form.set(slug, "overall", f"{weighting.composite('pci', 2024, parts):.2f}").set(slug, "rank", str(at))
    return form


def test_a_form_whose_ranks_and_totals_fit_is_no_doubt(tmp_path):
    assert fitting().looked_at(tmp_path).warnings == []
    half = fitting()
    total = float(half.rows[half.line("bac-ninh") - 1][2])
    assert half.set("bac-ninh", "overall", f"{total + 0.45:.2f}").set("bac-ninh", "rank", "").looked_at(tmp_path).warnings == [], "rounding of many components; a rank left out"


def test_ranks_that_are_not_the_order_of_the_scores(tmp_path):
    form = fitting().set("an-giang", "rank", "2").set("ba-ria-vung-tau", "rank", "1")
    assert form.looked_at(tmp_path).warnings == ["the printed rank of an-giang, ba-ria-vung-tau is not the order of the scores"]
    for slug in provinces.province_set(2024):
        form.set(slug, "rank", "1")
    assert form.looked_at(tmp_path).warnings == ["the printed rank of ba-ria-vung-tau, bac-giang, bac-kan, bac-lieu, bac-ninh, ben-tre, binh-dinh, binh-duong and 54 more "
                                                 "is not the order of the scores"]


def test_a_footnote_s_mark_that_became_a_decimal_is_to_be_looked_at_again(tmp_path):
    """Saved as CSV, 6,12 with a raised 2 is 6,122."""
    form = fitting()
    row = form.rows[form.line("bac-ninh") - 1]
    at = form.rows[form.head].index("time_costs")
    row[at] = f"{float(row[at]):.2f}2"
    note = f"time_costs: one decimal more than the others have in row {form.line('bac-ninh')}: is the last digit a footnote's mark?"
    assert form.looked_at(tmp_path).warnings == [note] and vietnamese(form.looked_at(tmp_path).warnings[0]).startswith("time_costs: dòng ")
    for slug in ("ca-mau", "ha-noi", "an-giang"):
        other = form.rows[form.line(slug) - 1]
        other[at] = f"{float(other[at]):.2f}2"
    assert form.looked_at(tmp_path).warnings == [], "four of them are how the publisher prints"
    few = Form()
    for row in few.rows[few.head + 1:]:
        row[at] = "" if row[0] not in ("bac-ninh", "ca-mau", "ha-noi") else "6.12" if row[0] == "ca-mau" else "6.10"
        row[few.columns.index("note")] = "không công bố"
    assert not [one for one in few.looked_at(tmp_path).warnings if "decimal" in one], "among three figures two may well end in a nought: 6.1 is 6.10"


def test_totals_that_the_components_do_not_give(tmp_path):
    form = fitting()
    for slug in ("bac-ninh", "ca-mau"):
        row = form.rows[form.line(slug) - 1]
        form.set(slug, "overall", f"{float(row[2]) + (0.55 if slug == 'ca-mau' else -0.55):.2f}")
    for row in form.rows[form.head + 1:]:
        row[3] = ""
    assert form.looked_at(tmp_path).warnings == ["the overall score of bac-ninh, ca-mau is more than 0.5 away from the weighted components: are two columns swapped?"]
    form.set("bac-ninh", "time_costs", "").set("bac-ninh", "note", "x")
    assert "overall score of ca-mau is more" in form.looked_at(tmp_path).warnings[0], "what lacks a component cannot be added up"


def test_a_share_of_one_in_a_single_cell_or_in_all(tmp_path):
    form = Form()
    for at, slug in enumerate(provinces.province_set(2024), 1):
        form.set(slug, "overall", f"{(80 - at / 4) / 100:.4f}")
    assert {one[0] for one in told(form.looked_at(tmp_path))} == {"a share of 1 where the scale ends at 100"} and len(form.looked_at(tmp_path).problems) == 63
    low = Form().set("bac-ninh", "overall", "1.6")
    assert told(low.looked_at(tmp_path)) == [], "low is not a share: a fiftieth of what is usual, and more than one"
    assert told(Form().set("bac-ninh", "overall", "1").looked_at(tmp_path))[0][3] == "1"


# ---- taken in ------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def raw(tmp_path, monkeypatch):
    monkeypatch.setenv("GOVLIB_ROOT", str(project(tmp_path, "sipas/2024")))
    return tmp_path / "data/raw"


def test_what_is_written_of_a_form(raw):
    """An edition that nobody stated before: figures, sidecar, the list of local sources, the form itself."""
    form = Form("pci", 2023).set("#producer", "", "VCCI").set("#terms", "", "cited").put(raw / "inbox")
    content = form.read_bytes()
    [taken] = inbox.intake()
    assert (taken.form, taken.file, taken.rows, taken.replaced, taken.second) == ("pci_2023.csv", "pci/2023.csv", 63 * 11, 0, "")
    [kept] = (raw / "inbox/accepted").iterdir()
    [entry] = inbox.local_sources()
    assert kept.read_bytes() == content and kept.name == f"pci_2023-{entry['sha256'][:8]}.csv" and not form.exists()
    assert entry == {"id": "inbox-pci-2023", "index_id": "pci", "edition": "2023", "producer": "VCCI", "title": "Made up", "citation": "Made up", "url": "https://example.org/pci", "terms": "cited",
                     "format": "csv", "sha256": entry["sha256"], "method_version": str(indices.method_version("pci", 2023)), "known_gaps": "", "fetch": False, "mirror_path": "", "priority": 1,
                     "accessed": "2026-04-30"}
    assert (raw / "catalogue_local.yaml").read_text(encoding="utf-8").startswith("# Sources taken in through data/raw/inbox")
    meta = sidecar.read(raw / "pci/2023.csv")
    assert {key: meta[key] for key in ("index_id", "edition", "producer", "citation", "url", "terms", "method_version", "sources")} == {
        "index_id": "pci", "edition": 2023, "producer": "VCCI", "citation": "Made up", "url": "https://example.org/pci", "terms": "cited", "method_version": entry["method_version"],
        "sources": ["inbox-pci-2023"]} and str(meta["transcribed"]) == "2026-04-30"
    table = checks.read_tidy(raw / "pci/2023.csv")
    row = table[table["province"].eq("an-giang") & table["component"].eq("overall")].iloc[0]
    assert (row["score"], row["rank"], row["source"], row["locator"].split()[0]) == ("79.75", "1", "inbox-pci-2023", kept.name)


def test_an_edition_that_others_state_keeps_theirs_and_tells_where_they_differ(raw):
    before, old = sidecar.read(raw / "sipas/2024.csv"), checks.read_tidy(raw / "sipas/2024.csv")
    stated = old[old["component"].eq("overall") & old["score"].ne("")].drop_duplicates("province").set_index("province")
    form = Form("sipas", 2024)
    for slug in provinces.province_set(2024):
        same = stated.index.get_indexer([slug])[0] >= 0
        form.set(slug, "overall", stated.at[slug, "score"] if same else "80").set(slug, "rank", "")
        for component in form.columns[4:-1]:
            form.set(slug, component, "")
    first = stated.index[0]
    form.set(first, "overall", "55.5").put(raw / "inbox")
    [taken] = inbox.intake()
    [said] = [w for w in taken.warnings if "believed" in w]
    assert said.startswith(f"the form is believed against other sources: {first} overall {stated.at[first, 'score']} ({stated.at[first, 'source']}), 55.5 in the form")
    meta, table = sidecar.read(raw / "sipas/2024.csv"), checks.read_tidy(raw / "sipas/2024.csv")
    assert meta["citation"] == f"{before['citation']}; Made up" and meta["url"] == (before["url"] or "https://example.org/pci") and meta["producer"] == before["producer"]
    assert {*meta["sources"]} == {*before["sources"], "inbox-sipas-2024"} and len(table) == len(old) + taken.rows
    Form("sipas", 2024).put(raw / "inbox")
    [taken] = inbox.intake()
    [many] = [w for w in taken.warnings if "believed" in w]
    assert many.count(" in the form") == 5 and re.search(r" and [1-9][0-9]* more$", many) and taken.replaced == 63, "the first five and how many more"
    [moved] = [w for w in taken.warnings if w.startswith("other figures than in the form before: ")]
    assert moved.count("→") == 5 and re.search(r" and [1-9][0-9]* more$", moved)
    assert sidecar.read(raw / "sipas/2024.csv")["citation"] == meta["citation"], "cited once"
    assert set(checks.read_tidy(raw / "sipas/2024.csv")["source"]) >= set(old["source"])


def test_what_lies_in_the_inbox_and_cannot_be_taken_in_is_told_with_its_mend(raw):
    folder = raw / "inbox"
    good = Form("pci", 2023).put(folder)
    Form("pci", 2024).put(folder)
    for name in ("~$pci_2024.csv", "notes.pdf", "README.md", ".hidden.csv"):
        (folder / name).touch()
    (folder / "old").mkdir()
    (folder / "again.csv").write_bytes(good.read_bytes())
    assert [p.name for p in inbox.waiting(folder)] == ["again.csv", "notes.pdf", "pci_2023.csv", "pci_2024.csv"]
    with pytest.raises(BadInput) as caught:
        inbox.intake()
    assert [(str(p.problem), p.file, str(p.fix)) for p in caught.value.problems] == [
        ("not a form", "inbox/notes.pdf", "save it as .xlsx or CSV UTF-8, or take it out of the inbox"),
        ("open in a spreadsheet program (~$pci_2024.csv lies beside it)", "inbox/pci_2024.csv", "save and close it; delete the lock if the program has crashed"),
        ("a second form of pci 2023 (beside again.csv)", "pci_2023.csv", "keep one of the two")]
    assert not (raw / "pci").exists() and not (folder / "accepted").exists() and inbox.waiting(raw / "nowhere") == []


def test_a_form_taken_in_again_is_told_line_by_line_in_both_languages(raw):
    for figure in ("", "77.7"):
        form = Form("pci", 2023)
        if figure:
            form.set("an-giang", "overall", figure)
        form.put(raw / "inbox")
        [taken] = inbox.intake()
    taken.warnings = [w for w in taken.warnings if "form before" in w]
    assert taken.told("en").splitlines() == ["pci_2023.csv: 693 rows → pci/2023.csv (693 replaced)", "  look again: other figures than in the form before: an-giang overall 79.75 → 77.7"]
    assert taken.told("vi").splitlines() == ["pci_2023.csv: 693 dòng → pci/2023.csv (thay 693 dòng cũ)", "  xem lại: khác số liệu của mẫu đã nhận trước: an-giang overall 79.75 → 77.7"]


def test_decimal_commas_of_a_file_that_was_there_stay_figures(raw):
    place = raw / "sipas/2024.csv"
    first = next(row for _, row in checks.read_tidy(place).iterrows() if row["score"])
    place.write_text(place.read_text(encoding="utf-8").replace(f",{first['score']},", ',"71,25",', 1), encoding="utf-8")
    stamp.stamp(place)
    Form("sipas", 2024).put(raw / "inbox")
    inbox.intake()
    table = checks.read_tidy(place)
    assert "71.25" in set(table.loc[table["source"].eq(first["source"]), "score"])


def test_the_list_of_local_sources_is_readable_as_it_stands(raw):
    Form("pci", 2023).set("#citation", "", "Báo cáo của Bắc Ninh, trang 3").put(raw / "inbox")
    inbox.intake()
    assert "citation: Báo cáo của Bắc Ninh, trang 3\n" in (raw / "catalogue_local.yaml").read_text(encoding="utf-8")


def test_a_link_and_an_edited_raw_file_are_told_by_name_with_their_mend(raw):
    (raw / "inbox/pci_2023.csv").symlink_to(raw / "sipas/2024.csv")
    with (raw / "sipas/2024.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    Form("sipas", 2024).put(raw / "inbox")
    with pytest.raises(BadInput) as caught:
        inbox.intake()
    link, edited = caught.value.problems
    assert (str(link.problem), link.file, str(link.fix)) == ("a link, not a file", "inbox/pci_2023.csv", "copy the file itself into the inbox")
    assert edited.file == "sipas/2024.csv" and "checksum" in str(edited.problem) and "govlib stamp" in str(edited.fix)
