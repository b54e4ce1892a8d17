"""Forms for next year's edition: the right rows and columns, every slip named with its place, nothing half taken in."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
import subprocess
import sys

import openpyxl
import pandas as pd
import pytest
import yaml
from kit.panel import project, without_reforms

from govlib.collect import checks, inbox, sidecar, tidy
from govlib.errors import BadInput, UnknownName
from govlib.known import indices, provinces, weighting

META = {"citation": "Test table, not a real edition", "url": "https://example.org/pci-2024", "transcribed": "2026-04-30"}


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("GOVLIB_ROOT", str(tmp_path))
    return project(tmp_path, "pci/2024")


def filled(folder, year=2024, index="pci", **cells):
    """A completely filled CSV form with made-up values; ``cells`` maps "province__column" to a text."""
    [path, _] = inbox.template(index, year, folder / "made")
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle))
    head = next(i for i, row in enumerate(rows) if row[0] == "province")
    header = rows[head]
    for row in rows[:head]:
        key = row[0].removeprefix("#")
        if key in META:
            row[1] = META[key]
    for at, row in enumerate(rows[head + 1:], 1):
        for c, column in enumerate(header):
            if column == "overall":
                row[c] = f"{80 - at / 4:.2f}"
            elif column == "rank":
                row[c] = str(at)
            elif column not in ("province", "name", "note"):
                row[c] = f"{9 - at / 20:.2f}"
    for key, text in cells.items():
        slug, column = key.replace("_-_", "-").split("__", 1)
        next(row for row in rows if row[0] == slug)[header.index(column)] = text
    return rows


def put(root, rows, name="pci_2024.csv", delimiter=",", encoding="utf-8-sig"):
    path = root / "data/raw/inbox" / name
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return path


def put_xlsx(root, rows, name="pci_2024.xlsx", change=None):
    _, path = inbox.template("pci", 2024, root / "made")
    book = openpyxl.load_workbook(path)
    about, sheet = book[inbox.SOURCE], book[inbox.SCORES]
    for row in about.iter_rows(min_row=2):
        if row[0].value in META:
            row[1].value = META[row[0].value]
    given = [row for row in rows if row[0] and not row[0].startswith("#") and row[0] != "province"]
    for at, row in enumerate(given, 3):
        for c, text in enumerate(row, 1):
            sheet.cell(at, c).value = float(text) if c > 2 and text.replace(".", "", 1).isdigit() else text or None
    if change:
        change(book)
    target = root / "data/raw/inbox" / name
    book.save(target)
    return target


def snapshot(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted((root / "data").rglob("*")) if path.is_file()}


def refused(root, *words, count=None):
    """Intake raises, names all the words, and leaves every file as it was."""
    before = snapshot(root)
    with pytest.raises(BadInput) as caught:
        inbox.intake()
    assert snapshot(root) == before
    for word in words:
        assert word in str(caught.value), (word, str(caught.value))
    if count is not None:
        assert len(caught.value.problems) == count, str(caught.value)
    return caught.value


# ---- the form -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("index", "year", "count"), [("pci", 2025, 34), ("pci", 2024, 63), ("papi", 2025, 34), ("dti", 2023, 63)])
def test_form_has_the_provinces_and_components_of_its_edition(tmp_path, index, year, count):
    paths = inbox.template(index, year, tmp_path)
    for path in paths:
        form = inbox.read_form(path)
        assert [row["province"] for _, row in form.rows] == list(provinces.province_set(year)) and len(form.rows) == count
        assert form.header[4:-1] == indices.component_ids(index, year)
        assert (form.meta["index"], form.meta["year"]) == (index, str(year)) and form.meta["producer"]


def test_excel_form_guides_the_hand(tmp_path):
    _, path = inbox.template("pci", 2025, tmp_path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["scores", "source", "notes"]
    sheet = book["scores"]
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    assert (rules["C3"].type, float(rules["C3"].formula1), float(rules["C3"].formula2)) == ("decimal", 0, 100)
    assert (rules["D3"].type, rules["D3"].formula2) == ("whole", "34")
    assert (rules["E3"].formula1, rules["E3"].formula2) == ("1.0", "10.0")
    assert any(rule.type == "list" for rule in rules.values()), "a drop-down of reasons"
    assert sheet.protection.sheet and sheet["A3"].protection.locked and not sheet["C3"].protection.locked
    words = " ".join(str(cell.value) for row in book["notes"].iter_rows() for cell in row)
    assert "make panel" in words and "để trống" in words and "leave the cell empty" in words


def test_form_of_nonsense_is_refused(tmp_path):
    with pytest.raises(UnknownName, match="pci"):
        inbox.template("pcii", 2025, tmp_path)
    for year in (1999, dt.date.today().year + 2, True, "2025"):
        with pytest.raises(BadInput):
            inbox.template("pci", year, tmp_path)


def test_a_place_where_no_folder_can_be(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(BadInput, match="no folder can be made there.*→ name a folder"):
        inbox.template("pci", 2025, tmp_path / "taken")


def test_a_form_that_somebody_has_begun_to_fill_is_not_written_over(root, tmp_path):
    csv_form, xlsx_form = inbox.template("pci", 2024, tmp_path)
    inbox.template("pci", 2024, tmp_path)  # empty ones are made again
    book = openpyxl.load_workbook(xlsx_form)
    book["scores"]["C3"] = 70
    book.save(xlsx_form)
    before = xlsx_form.read_bytes(), csv_form.read_bytes()
    with pytest.raises(BadInput, match="not empty"):
        inbox.template("pci", 2024, tmp_path)
    assert (xlsx_form.read_bytes(), csv_form.read_bytes()) == before


def test_command_line(tmp_path, capsys):
    for spelt, made in (("pci", "pci_2025.xlsx"), ("PAPI", "papi_2025.xlsx"), ("PAR Index", "par_2025.xlsx")):
        assert inbox.main(["--index", spelt, "--year", "2025", "--out", str(tmp_path)]) == 0
        assert made in capsys.readouterr().out


def test_an_empty_form_needs_no_pandas(tmp_path):
    """That names of indices may be typed as printed cost every command that reads or writes a form a second."""
    code = ("import sys; from govlib.collect import inbox; inbox.main(['--index', 'pci', '--year', '2025', '--out', sys.argv[1]]); "
            "sys.exit('pandas' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 0


# ---- good forms -----------------------------------------------------------------------------------------------------

def test_intake_writes_figures_sidecar_catalogue_and_keeps_the_form(root):
    before = checks.read_tidy(root / "data/raw/pci/2024.csv")
    form = put(root, filled(root))
    [taken] = inbox.intake()
    assert (taken.index_id, taken.year, taken.rows, taken.replaced) == ("pci", 2024, 63 * 11, 0)
    table = checks.read_tidy(root / "data/raw/pci/2024.csv")
    mine = table[table["source"] == "inbox-pci-2024"]
    assert len(mine) == 63 * 11 and len(table) == len(before) + len(mine), "what others state stays beside it"
    assert mine.query("province == 'an-giang' and component == 'overall'")["score"].item() == "79.75"
    meta = yaml.safe_load((root / "data/raw/pci/2024.meta.yaml").read_text(encoding="utf-8"))
    assert "inbox-pci-2024" in meta["sources"] and META["citation"] in meta["citation"]
    [entry] = inbox.local_sources()
    assert entry["id"] == "inbox-pci-2024" and entry["url"] == META["url"] and entry["priority"] >= 1
    assert not form.exists()
    [kept] = (root / "data/raw/inbox/accepted").iterdir()
    assert kept.name.startswith("pci_2024-") and mine["locator"].str.startswith(kept.name).all()
    assert inbox.intake() == [], "an empty inbox is nothing to do"


def test_a_corrected_form_replaces_the_first(root):
    put(root, filled(root))
    inbox.intake()
    put(root, filled(root, **{"an-giang__overall": "55.5"}))
    [taken] = inbox.intake()
    assert taken.replaced == 63 * 11 and "other figures than in the form before: an-giang overall 79.75 → 55.5" in taken.warnings
    assert "khác số liệu của mẫu đã nhận trước: an-giang overall 79.75 → 55.5" in taken.told("vi")
    table = checks.read_tidy(root / "data/raw/pci/2024.csv")
    assert table.query("source == 'inbox-pci-2024' and province == 'an-giang' and component == 'overall'")["score"].item() == "55.5"
    assert len(inbox.local_sources()) == 1 and len(list((root / "data/raw/inbox/accepted").iterdir())) == 2


def test_the_same_form_twice_and_a_corrected_rank(root):
    put(root, filled(root))
    inbox.intake()
    put(root, filled(root), name="PCI 2024 đã nhập (bản cuối).csv")
    [taken] = inbox.intake()
    assert "the same figures as in the form before" in taken.warnings and len(list((root / "data/raw/inbox/accepted").iterdir())) == 2
    put(root, filled(root, **{"an-giang__rank": "2", "bac-ninh__rank": "", "bac-ninh__note": "bản in mờ"}))
    [taken] = inbox.intake()
    assert "other figures than in the form before: an-giang rank 1 → 2; bac-ninh rank 6 → –" in taken.warnings


def test_what_the_inbox_brought_survives_that_the_originals_are_transcribed_again(root):
    """The rows of a form went, while the form stayed in accepted and its source in the catalogue."""
    path = root / "data/raw/pci/2024.csv"
    shipped = checks.read_tidy(path)
    printed = shipped.assign(score=pd.to_numeric(shipped["score"]), rank=pd.to_numeric(shipped["rank"]).astype("Int64"))
    given = {key: str(sidecar.read(path)[key]) for key in ("producer", "citation", "url", "terms", "transcribed", "method_version")}
    put(root, filled(root))
    inbox.intake()
    held, cited = path.read_bytes(), sidecar.read(path)
    tidy.write(printed, root / "data/raw", "pci", 2024, **given)
    assert path.read_bytes() == held and {k: v for k, v in sidecar.read(path).items() if k not in ("transcribed", "known_gaps", "note")} == {
        k: v for k, v in cited.items() if k not in ("transcribed", "known_gaps", "note")}
    tidy.write(printed, root / "data/raw", "pci", 2024, **given | {"citation": "Another title"})
    assert sidecar.read(path)["citation"] == f"Another title; {cited['citation']}"
    path.write_bytes(held.replace(b",71.", b",17.", 1) + b"x")
    with pytest.raises(BadInput, match="^pci/2024.csv: does not match the checksum"):
        tidy.write(printed, root / "data/raw", "pci", 2024, **given)


@pytest.mark.parametrize("lock", ["~$pci_2024.csv", ".~lock.pci_2024.csv#"])
def test_a_form_that_is_open_is_not_taken_in_unsaved(root, lock):
    path = put(root, filled(root))
    path.with_name(lock).write_text("x", encoding="utf-8")
    refused(root, "open in a spreadsheet program", lock, count=1)
    path.with_name(lock).unlink()
    assert len(inbox.intake()) == 1


def test_a_form_is_believed_first_and_says_where_it_differs(root, monkeypatch):
    """Against press points, and among equals against a workbook too, whatever the order of rows in the file."""

    from govlib.panel import build as panel
    from govlib.panel import choose

    without_reforms(monkeypatch)
    put(root, filled(root, **{"bac-ninh__overall": "71.11", "bac-ninh__note": ""}))
    [taken] = inbox.intake()
    assert any("believed against other sources" in w and "in the form" in w for w in taken.warnings)
    panel.build()
    scores = pd.read_parquet(root / "data/processed/scores.parquet").query("province == 'bac-ninh' and component == 'overall'")
    assert scores["score"].item() == 71.11 and scores["source"].item() == "inbox-pci-2024"
    cells = pd.DataFrame([{"slug": "x", "year": 2024, "index_id": "pci", "component": "overall", "level": "overall", "value": value,
                           "score_text": str(value), "rank_value": float("nan"), "source": source, "note": "", "locator": "",
                           "file": "f", "row": row, "province": "x", "province_printed": "x", "score": str(value), "rank": ""}
                          for row, (source, value) in enumerate([("aaa", 1.0), ("inbox-pci-2024", 2.0), ("zzz", 3.0)])])
    for order in ([0, 1, 2], [2, 1, 0]):
        winners, _ = choose.choose(cells.iloc[order], {"aaa": 1, "inbox-pci-2024": 1, "zzz": 1})
        assert winners["source"].tolist() == ["inbox-pci-2024"]


def test_excel_and_csv_give_the_same_figures(root):
    rows = filled(root)
    a = {(r["province"], r["component"]): float(r["score"]) for r in inbox.check_form(inbox.read_form(put(root, rows))).rows}
    b = {(r["province"], r["component"]): float(r["score"]) for r in inbox.check_form(inbox.read_form(put_xlsx(root, rows))).rows}
    assert a == b and len(a) == 63 * 11


@pytest.mark.parametrize(("encoding", "delimiter"), [
    ("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("utf-16-le", ";")])
def test_encodings_and_separators(root, encoding, delimiter):
    path = put(root, filled(root, **{"an-giang__note": "soát lại: Đặng Thị Hường"}), encoding=encoding, delimiter=delimiter)
    rows = inbox.check_form(inbox.read_form(path)).rows
    assert next(r for r in rows if r["province"] == "an-giang")["note"] == "soát lại: Đặng Thị Hường"


def test_windows_1258(root):
    rows = filled(root, **{"an-giang__note": "Tỉnh Bắc Ninh, Đắk Lắk"})
    path = put(root, rows)
    import unicodedata
    text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8-sig"))
    coded = bytearray()
    for char in text:  # Windows-1258 writes the tone as a letter of its own, after its vowel
        try:
            coded += char.encode("cp1258")
        except UnicodeEncodeError:
            marks = unicodedata.normalize("NFD", char)
            tone = next((m for m in marks if m in "\u0300\u0301\u0303\u0309\u0323"), "")
            rest = unicodedata.normalize("NFC", marks.replace(tone, "")) if tone else char
            coded += (rest + tone).encode("cp1258", errors="replace")
    path.write_bytes(bytes(coded))
    read = inbox.check_form(inbox.read_form(path)).rows
    assert next(r for r in read if r["province"] == "an-giang")["note"] == "Tỉnh Bắc Ninh, Đắk Lắk"


def test_an_encoding_that_is_not_vietnamese_is_not_guessed(root):
    path = put(root, filled(root))
    path.write_bytes(path.read_bytes().replace("Bắc Ninh".encode(), b"B\xbe\xb6c Ninh\xe5\xf8"))  # as an old TCVN3 font has it
    refused(root, "encoding", "UTF-8")


def test_decimal_commas_in_quotes_or_between_semicolons(root):
    rows = filled(root, **{"an-giang__time_costs": "7,25", "bac-ninh__time_costs": "8,5"})
    for delimiter in ",;":
        read = inbox.check_form(inbox.read_form(put(root, rows, delimiter=delimiter))).rows
        assert {r["province"]: r["score"] for r in read if r["component"] == "time_costs"}["an-giang"] == "7.25"


@pytest.mark.parametrize(("delimiter", "mark"), [(",", "."), (";", "."), (";", ",")])
def test_a_column_of_three_decimals(root, delimiter, mark):
    """PAPI prints some editions so, 5.423 of at most 10: no thousand can be meant."""
    rows = filled(root)
    head = next(i for i, row in enumerate(rows) if row[0] == "province")
    at = rows[head].index("time_costs")
    for row in rows[head + 1:]:
        row[at] = f"5{mark}423"
    read = inbox.check_form(inbox.read_form(put(root, rows, delimiter=delimiter))).rows
    assert {r["score"] for r in read if r["component"] == "time_costs"} == {"5.423"}


def test_empty_cells_with_a_reason_are_not_published(root):
    cells = {f"an-giang__{c}": "" for c in inbox.columns("pci", 2024)[2:-1]} | {"an-giang__note": "ngoài nhóm được công bố"}
    read = inbox.check_form(inbox.read_form(put(root, filled(root, **cells)))).rows
    mine = [r for r in read if r["province"] == "an-giang"]
    assert len(mine) == 11 and all(r["score"] == "" and r["note"].startswith("not published: ") for r in mine)


def test_a_component_left_empty_for_all_is_left_out(root):
    rows = filled(root)
    head = next(i for i, row in enumerate(rows) if row[0] == "province")
    at = rows[head].index("policy_bias")
    for row in rows[head + 1:]:
        row[at] = ""
    assert {r["component"] for r in inbox.check_form(inbox.read_form(put(root, rows))).rows} == {
        "overall", *indices.component_ids("pci", 2024)} - {"policy_bias"}


def test_swapped_figures_and_ranks_are_pointed_at(root):
    """Two component columns filled the wrong way round are in scale: only the composite gives them away."""
    rows = filled(root)
    head = next(i for i, row in enumerate(rows) if row[0] == "province")
    header = rows[head]
    weights = weighting.of("pci", 2024)
    parts = {c: 3.0 + i / 2 for i, c in enumerate(weights)}
    for row in rows[head + 1:]:
        for c, value in parts.items():
            row[header.index(c)] = str(value)
        row[header.index("overall")] = f"{weighting.composite('pci', 2024, parts):.2f}"
        row[header.index("rank")] = "1"
    assert inbox.check_form(inbox.read_form(put(root, rows))).warnings == []
    a, b = header.index("entry_costs"), header.index("law_and_order")
    for row in rows[head + 1:]:
        row[a], row[b] = row[b], row[a]
    assert any("swapped" in w for w in inbox.check_form(inbox.read_form(put(root, rows))).warnings)
    rows[head + 1][header.index("rank")] = "7"
    assert any("rank" in w for w in inbox.check_form(inbox.read_form(put(root, rows))).warnings)


# ---- slips ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "said"), [
    ("bảy", "not a number"), ("7,1,1", "not a number"), ("=B2*2", "a formula"), ("0", "a 0 that stands for: not published"),
    ("72,5", "outside the scale 1–10"), ("0.5", "outside the scale"), ("", "the note does not say why")])
def test_bad_figures(root, text, said):
    put(root, filled(root, **{"bac-ninh__time_costs": text}))
    error = refused(root, said, "pci_2024.csv", "column time_costs", count=1)
    assert error.row == next(i for i, row in enumerate(filled(root), 1) if row[0] == "bac-ninh")
    assert error.fix


@pytest.mark.parametrize(("text", "said"), [
    ("0", "from 1 to 63"), ("64", "from 1 to 63"), ("1.5", "from 1 to 63"), ("nhất", "in digits"), ("12-13", "of a tie"), ("12=", "of a tie"),
    ("T12", "of a tie"), ("12*", "in digits"), ("1%", "in digits")])
def test_bad_ranks(root, text, said):
    put(root, filled(root, **{"bac-ninh__rank": text}))
    refused(root, "column rank", said, count=1)


@pytest.mark.parametrize("text", ["6.5%", "65％"])
def test_per_cent_on_a_scale_of_ten(root, text):
    put(root, filled(root, **{"bac-ninh__time_costs": text}))
    refused(root, "column time_costs", "per cent where points belong", "as printed", count=1)


@pytest.mark.parametrize("cells", [{"bac-ninh__overall": "0.79"}, {"bac-ninh__overall": "1"}, {"bac-ninh__overall": "0,9"}])
def test_a_share_of_one_on_a_scale_to_a_hundred(root, cells):
    put(root, filled(root, **cells))
    refused(root, "column overall", "a share of 1", "90 for 90 %", count=1)


def test_a_whole_column_of_shares_of_one(root):
    rows = filled(root)
    head = next(i for i, row in enumerate(rows) if row[0] == "province")
    for row in rows[head + 1:]:
        row[2] = f"{float(row[2]) / 100:.4f}"
    put(root, rows)
    refused(root, "a share of 1", count=63)


def test_every_problem_is_listed_at_once(root):
    put(root, filled(root, **{"bac-ninh__time_costs": "x", "an-giang__overall": "101", "ca-mau__rank": "0", "ha-noi__land_access": "0"}))
    error = refused(root, "4 problems", count=4)
    assert {p.column for p in error.problems} == {"time_costs", "overall", "rank", "land_access"}


def test_wrong_header(root):
    rows = filled(root)
    head = next(row for row in rows if row[0] == "province")
    head[head.index("time_costs")] = "Chi phí thời gian"
    put(root, rows)
    error = refused(root, "column time_costs: column is missing", "column Chi phí thời gian: unknown column", count=2)
    new = next(p for p in error.problems if p.problem == "unknown column")
    assert "first entered in indices/pci.yaml (docs/annual_update.md, step 1)" in new.fix and "indices/pci.yaml" in new.vi()


def test_swapped_columns(root):
    rows = filled(root)
    head = next(row for row in rows if row[0] == "province")
    a, b = head.index("time_costs"), head.index("land_access")
    head[a], head[b] = head[b], head[a]
    put(root, rows)
    error = refused(root, "columns are swapped", "in this order", count=1)
    assert error.fix.startswith("put the columns") and error.value is None


def test_province_twice_and_missing(root):
    rows = filled(root)
    row = next(row for row in rows if row[0] == "ca-mau")
    row[0], row[1] = "bac-ninh", "Bắc Ninh"
    put(root, rows)
    refused(root, "province twice", "province missing: Cà Mau (ca-mau)", count=2)


def test_rows_that_moved_against_their_names(root):
    rows = filled(root)
    a, b = (next(row for row in rows if row[0] == slug) for slug in ("ca-mau", "bac-ninh"))
    a[0], b[0] = b[0], a[0]
    put(root, rows)
    refused(root, "the name belongs to another province", count=2)


def test_unknown_province(root):
    rows = filled(root)
    next(row for row in rows if row[0] == "ca-mau")[:2] = ["Cà Máu Mới", ""]
    put(root, rows)
    refused(root, "unknown province of the 2024 edition", "Cà Máu Mới", "province missing: Cà Mau")


def test_34_province_form_given_for_2024(root):
    rows = filled(root, year=2025)
    old = filled(root)
    header = next(row for row in old if row[0] == "province")
    body = [[*row[:4], *["5"] * (len(header) - 5), ""] for row in rows if row[0] in provinces.province_set(2025)]
    put(root, [*(row for row in old if row[0].startswith("#")), header, *body])
    error = refused(root, "the 34 provinces of the editions from 2025", "edition 2024 has 63", count=1)
    assert "make template" in error.fix


def test_34_province_form_is_named_even_where_its_header_is_another(root):
    [path, _] = inbox.template("pci", 2025, root / "made")
    text = path.read_text(encoding="utf-8-sig").replace("#year,2025", "#year,2024")
    (root / "data/raw/inbox/pci_2024.csv").write_text(text, encoding="utf-8")
    refused(root, "the 34 provinces of the editions from 2025", "column is missing")


def test_unquoted_decimal_commas_are_one_problem(root):
    rows = filled(root)
    at = next(i for i, row in enumerate(rows) if row[0] == "province") + 1
    lines = [",".join(row if i < at else [*row[:2], *(cell.replace(".", ",") for cell in row[2:])]) for i, row in enumerate(rows)]
    (root / "data/raw/inbox/pci_2024.csv").write_text("\n".join(lines).replace("#terms,figures as printed by the publisher, cited",
                                                                               "#terms,cited"), encoding="utf-8")
    error = refused(root, "25 cells where the header has 15, and so in 62 more rows", "decimal comma", count=1)
    assert error.row == at + 1


def test_wrong_year(root):
    rows = filled(root)
    put(root, rows, name="pci_2023.csv")
    refused(root, "wrong year", "2023", "2024")


@pytest.mark.parametrize(("key", "value", "said"), [
    ("#citation", "", "empty or missing"), ("#url", "the newspaper", "not a web address"), ("#transcribed", "30.4.2026", "not a date"),
    ("#transcribed", "2199-01-01", "future"), ("#index", "pcj", "unknown index"), ("#year", "year", "not a year"),
    ("#year", "2199", "no edition 2199")])
def test_source_fields(root, key, value, said):
    rows = filled(root)
    next(row for row in rows if row[0] == key)[1] = value
    put(root, rows)
    refused(root, said, key)


def test_two_forms_of_one_edition(root):
    put(root, filled(root))
    put_xlsx(root, filled(root))
    refused(root, "a second form of pci 2024")


def test_one_bad_form_holds_back_the_good_one(root):
    put(root, filled(root))
    put(root, filled(root, year=2025, **{"bac-ninh__land_access": "?"}), name="pci_2025.csv")
    refused(root, "pci_2025.csv", count=1)


def test_an_edited_raw_file_is_not_quietly_stamped(root):
    with (root / "data/raw/pci/2024.csv").open("a", encoding="utf-8") as handle:
        handle.write("\n")
    put(root, filled(root, year=2023), name="a_first.csv")  # good, and still held back
    put(root, filled(root))
    refused(root, "checksum", "govlib stamp")


# ---- files ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("name", "content", "said"), [
    ("pci_2024.csv", b"", "empty"), ("pci_2024.xlsx", b"", "empty"), ("pci_2024.csv", b"#index,pci\n", "the form is empty"),
    ("pci_2024.xls", b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
    ("pci_2024.csv", b"<!DOCTYPE html><html></html>", "web page"),
    ("pci_2024.csv", b"PK\x03\x04 and the rest", "workbook is truncated"), ("pci_2024.pdf", b"%PDF-1.7", "not a form"),
    ("pci_2024.xlsx", b"province,overall\n", "not an Excel workbook")])
def test_files_that_are_no_forms(root, name, content, said):
    (root / "data/raw/inbox" / name).write_bytes(content)
    refused(root, said, name)


def test_truncated_workbook(root):
    path = put_xlsx(root, filled(root))
    path.write_bytes(path.read_bytes()[:-4000])
    refused(root, "truncated", "pci_2024.xlsx")


def test_encrypted_workbook(root):
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + bytes(1024)
    (root / "data/raw/inbox/pci_2024.xlsx").write_bytes(ole)
    refused(root, "encrypted", "password")


def test_formula_cells(root):
    def formula(book):
        book["scores"]["C5"] = "=[1]Sheet1!B7"
        book["scores"]["E9"] = "=AVERAGE(E3:E8)"
    put_xlsx(root, filled(root), change=formula)
    refused(root, "formula")


def test_calculated_formula_cells_are_refused_too(root):
    import re
    import zipfile

    path = put_xlsx(root, filled(root))
    cached = path.with_suffix(".tmp")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(cached, "w") as new:
        for item in old.namelist():
            data = old.read(item)
            if item == "xl/worksheets/sheet1.xml":
                data, n = re.subn(rb'(<c r="C5"[^>]*>)<v>', rb"\1<f>70+1</f><v>", data)
                assert n == 1
            new.writestr(item, data)
    shutil.move(cached, path)
    error = refused(root, "formula", count=1)
    assert (error.row, error.column) == (5, "overall")


def test_a_figure_that_excel_took_for_a_date(root):
    def date(book):
        book["scores"]["F5"] = dt.datetime(2026, 5, 7)
    put_xlsx(root, filled(root), change=date)
    refused(root, "Excel took the figure for a day", "2026-05-07", count=1)


def test_another_workbook(root):
    book = openpyxl.Workbook()
    book.active.append(["Bắc Ninh", 70])
    book.save(root / "data/raw/inbox/table.xlsx")
    refused(root, "no sheet 'scores'", "make template")


def test_locks_and_instructions_are_left_alone(root):
    for name in ("README.md", "~$pci_2024.xlsx", ".DS_Store"):
        (root / "data/raw/inbox" / name).write_text("x", encoding="utf-8")
    assert inbox.waiting() == [] and inbox.intake() == []


def test_double_entry_waits_for_the_second_person_and_shows_every_difference(root):
    """Two forms of one edition: alone none is taken in; every cell that differs is named; once they agree one stands for both."""
    made = inbox.template("pci", 2024, root / "double", double=True)
    assert [path.name for path in made] == ["pci_2024_a.csv", "pci_2024_a.xlsx", "pci_2024_b.csv", "pci_2024_b.xlsx"]

    def typed(name, person, **cells):
        rows = filled(root, **cells)
        next(row for row in rows if row[0] == "#transcribed_by")[1] = person
        put(root, rows, name=name)

    typed("pci_2024_a.csv", "An")
    refused(root, "pci_2024_a.csv", "the other form, pci_2024_b, is not here", count=1)
    typed("pci_2024_b.csv", "Binh", **{"bac-ninh__land_access": "6.11", "ha-noi__rank": "2"})
    told = str(refused(root, "typed twice, and the two differ", "land_access", count=2))
    assert "6.11 in pci_2024_b.csv" in told and "rank" in told
    typed("pci_2024_b.csv", "an ")
    refused(root, "a double entry needs two people", count=1)
    typed("pci_2024_b.csv", "Binh")
    (taken,) = inbox.intake()
    assert taken.second == "pci_2024_b.csv" and "typed twice" in str(taken) and inbox.waiting() == []
    kept = sorted(path.name[:10] for path in (root / "data/raw/inbox/accepted").iterdir())
    assert kept == ["pci_2024_a", "pci_2024_b"]
