"""Of several rows that state one cell: which one is believed, and what becomes of the others."""

from __future__ import annotations

import json

import pandas as pd

from govlib.known import catalogue
from govlib.panel import choose, data

PRIORITIES = {"aaa": 1, "inbox-pci-2024": 1, "workbook": 1, "press": 5}


def rows(*cells: dict) -> pd.DataFrame:
    """Prepared rows of one cell: source, score (None: none), rank, note."""
    made = [{"slug": "ha-noi", "province": "ha-noi", "province_printed": "Hà Nội", "year": 2024, "index_id": "pci", "component": "overall",
             "level": "overall", "file": "pci/2024.csv", "row": at, "source": c["source"], "value": float("nan") if c.get("score") is None else c["score"],
             "score": "" if c.get("score") is None else str(c["score"]), "score_text": "" if c.get("score") is None else str(c["score"]),
             "rank": str(c.get("rank", "")), "rank_value": float(c.get("rank", "nan")), "note": c.get("note", ""), "locator": f"row {at}"}
            for at, c in enumerate(cells, 2)]
    return pd.DataFrame(made)


def chosen(*cells: dict) -> tuple[pd.Series, dict[str, str]]:
    winners, rejected = choose.choose(rows(*cells), PRIORITIES)
    return winners.iloc[0], dict(zip(rejected["source"], rejected["reason_code"], strict=True))


def test_a_score_goes_before_none_even_where_it_is_reckoned():
    winner, others = chosen({"source": "workbook", "rank": 4}, {"source": "press", "score": 60.0, "note": "derived: 59 + 1"})
    assert winner["source"] == "press" and winner["value"] == 60.0 and winner["rank_value"] == 4 and others == {"workbook": "rank_taken"}


def test_a_printed_score_goes_before_a_reckoned_one_of_a_better_source():
    winner, others = chosen({"source": "workbook", "score": 60.4, "note": "derived: 59 + 1.4"}, {"source": "press", "score": 60.0})
    assert winner["source"] == "press" and others == {"workbook": "superseded"}


def test_among_equals_a_form_of_the_inbox_then_the_name_decides():
    winner, others = chosen({"source": "aaa", "score": 60.0}, {"source": "inbox-pci-2024", "score": 61.0})
    assert winner["source"] == "inbox-pci-2024" and others == {"aaa": "superseded"}
    assert chosen({"source": "workbook", "score": 60.0}, {"source": "aaa", "score": 60.0})[0]["source"] == "aaa"


def test_a_rank_is_taken_from_the_first_that_prints_one():
    winner, others = chosen({"source": "workbook", "score": 60.0}, {"source": "aaa", "rank": 7}, {"source": "press", "rank": 9})
    assert winner["rank_value"] == 7 and others == {"aaa": "rank_taken", "press": "no_score"} and "rank: aaa row 3" in winner["locator"]


def test_the_comparable_composite_is_none_of_an_edition_s_figures():
    """It is ours: coverage counts what was published."""
    table = data.coverage("pci").query("level == 'overall' and n_some > 0")
    assert (table["n_components"] == 1).all() and (table["n_provinces"] == table["n_some"]).all()
    assert table.set_index("year").loc[2021, "n_provinces"] == data.scores("pci", "overall", years=2021)["score"].notna().sum()


def test_notes_say_why_a_cell_is_empty_and_why_a_figure_was_not_taken():
    empty = rows({"source": "workbook", "note": "not published: rank only"}, {"source": "press", "score": 60.0, "note": "derived: 59 + 1"}, {"source": "aaa"})
    assert choose.notes_of(empty) == {tuple(empty.iloc[0][choose.CELL]): "not published: rank only"}
    cell = {"province": "ha-noi", "year": 2024, "index_id": "pci", "component": "overall"}
    rejected = pd.DataFrame([{**cell, "reason_code": "bad_score", "reason": "score: not a number"},
                             {**cell, "component": "time_costs", "reason_code": "contradicts_itself", "reason": "60 and 61"},
                             {**cell, "component": "transparency", "reason_code": "superseded", "reason": "another source"}])
    assert choose.notes_of_rejected(rejected) == {("ha-noi", 2024, "pci", "overall"): "not taken: score: not a number",
                                                  ("ha-noi", 2024, "pci", "time_costs"): f"{choose.gaps.DISPUTED}: 60 and 61"}


def reasons(*cells: dict) -> dict[tuple[str, int], tuple[str, str]]:
    rejected = choose.choose(rows(*cells), PRIORITIES)[1]
    return {(r.source, r.row): (r.reason_code, r.reason) for r in rejected.itertuples()}


def test_what_is_said_of_a_row_that_was_not_taken():
    assert reasons({"source": "aaa", "score": 60.0}, {"source": "aaa", "score": 60.0}, {"source": "press", "score": 61.25}, {"source": "workbook", "score": 60.04},
                   {"source": "inbox-pci-2024"}) == {
        ("aaa", 3): ("repeated", "stated again by aaa"),
        ("press", 4): ("superseded", "superseded by aaa, which has 60.0 (differs by +1.25)"), ("workbook", 5): ("agrees", "agrees with aaa"),
        ("inbox-pci-2024", 6): ("no_score", "no score here; aaa has a score")}
    assert reasons({"source": "aaa"}, {"source": "press"}) == {("press", 3): ("no_score", "no score here; aaa has no score either")}
    assert reasons({"source": "aaa", "score": 60.0}, {"source": "press", "score": 58.5, "rank": 9}) == {
        ("press", 3): ("rank_taken", "superseded by aaa, which has 60.0 (differs by -1.5); its rank is used")}
    assert reasons({"source": "aaa", "score": 60.0, "rank": 1}, {"source": "press", "score": 60.0, "rank": 9})["press", 3] == ("agrees", "agrees with aaa")


def test_a_source_that_states_two_scores_for_one_cell_is_not_believed():
    two = ({"source": "aaa", "score": 60.0}, {"source": "aaa", "score": 61.0})
    winner, others = chosen(*two, {"source": "press", "score": 60.0})
    assert winner["source"] == "press" and others == {"aaa": "contradicts_itself"}
    said = ("contradicts_itself", "province twice: aaa states 60.0 (row 2) and 61.0 (row 3) for one cell")
    assert reasons(*two) == {("aaa", 2): said, ("aaa", 3): said} and choose.choose(rows(*two), PRIORITIES)[0].empty
    assert [r for _, r in reasons({"source": "aaa", "score": 60.0}, {"source": "aaa", "score": 60.0}, {"source": "aaa", "score": 61.0}).values()] == [
        "province twice: aaa states 60.0 (row 2) and 60.0 (row 3) and 61.0 (row 4) for one cell"] * 3
    assert reasons({"source": "aaa", "score": 60.0}, {"source": "aaa"}) == {("aaa", 3): ("repeated", "stated again by aaa")}


def test_a_copy_yields_to_its_page_pulled_anew_and_is_told():
    """Cell by cell; both figures stand in the table of what was left out."""
    pulled = {"file": "originals:aaa", "source": "aaa", "row": 1}
    cells = rows(*[{"source": "aaa", "score": 60.0}] * 6)
    for at, (column, other) in enumerate((("source", "press"), ("index_id", "papi"), ("year", 2020), ("slug", "hue"), ("component", "time_costs")), 1):
        cells.loc[at, column] = other
    kept, left = choose.without_copies(pd.concat([cells, rows({"source": "aaa", "score": 61.5}).assign(**pulled)], ignore_index=True))
    assert kept.index.tolist() == [1, 2, 3, 4, 5, 6] and left[["score", "reason_code", "reason"]].to_numpy().tolist() == [
        ["60.0", "superseded", "superseded by aaa as pulled anew, which has 61.5"]]
    for score, said in ((60.04, ("repeated", "stated again by aaa as pulled anew")), (None, ("superseded", "superseded by aaa as pulled anew, which has no score"))):
        both = pd.concat([cells[:1], rows({"source": "aaa", "score": score}).assign(**pulled)], ignore_index=True)
        assert choose.without_copies(both)[1][["reason_code", "reason"]].to_numpy().tolist() == [list(said)]
    kept, left = choose.without_copies(cells)
    assert len(kept) == 6 and left.empty and list(left) == list(choose.REJECTED)


def test_rows_that_break_a_rule_are_left_out_with_every_reason():
    good = {"province_printed": "Hà Nội", "province": "ha-noi", "component": "overall", "level": "overall", "score": "60,5", "rank": "3", "tier": "", "unit": "points",
            "source": "aaa", "locator": "p. 1", "note": "", "index_id": "pci", "year": 2019, "file": "pci/2019.csv"}
    given = pd.DataFrame([good | {"row": 2}, good | {"row": 3, "score": "abc", "rank": "0"}, good | {"row": 4, "province_printed": "Atlantis", "province": ""}])
    taken, rejected = choose.accept(given, ["aaa"])
    assert taken["row"].tolist() == [2] and taken["value"].tolist() == [60.5] and taken["rank_value"].tolist() == [3.0] and list(rejected.columns) == list(choose.REJECTED)
    assert rejected["reason_code"].tolist() == ["bad_score", "bad_province_printed"] and rejected["province"].tolist() == ["ha-noi", ""]
    assert rejected["reason"].tolist()[0] == (
        "score: not a number → write the figure as printed; leave the cell empty where none was published, and say why in the note; "
        "rank: not a rank from 1 to 64 → write a whole number, or leave the cell empty")
    assert choose.accept(given[1:2].assign(province="hà nội"), ["aaa"])[1]["province"].tolist() == ["ha-noi"]  # not as it was typed


def test_priorities_are_those_of_the_catalogue_and_of_the_forms_taken_in(tmp_path):
    table = catalogue.sources()
    known = choose.source_priorities(tmp_path)
    assert known == dict(zip(table["id"], table["priority"], strict=True)) and all(isinstance(n, int) for n in known.values())
    form = table.astype(object).where(table.notna(), None).iloc[0].to_dict() | {"id": "inbox-pci-2019", "priority": 2}
    (tmp_path / "catalogue_local.yaml").write_text(json.dumps({"sources": [form]}, default=str), encoding="utf-8")
    assert choose.source_priorities(tmp_path) == known | {"inbox-pci-2019": 2}
