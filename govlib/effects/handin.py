"""What a researcher hands in: a table of coefficients across specifications, and the rows as files for other programs."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

from govlib import files
from govlib.did.base import RESULT_COLUMNS
from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.known import indices
from govlib.words import wording
from govlib.words.tables import phrase

FORMATS = ("html", "tex", "md", "docx", "frame")
STARS = ((0.01, "***"), (0.05, "**"), (0.1, "*"))
STATA_TEXT = 244  # characters that every version of Stata reads


def etable(*tables: pd.DataFrame, names: Sequence[str] = (), lang: str = "en", form: str = "html", stars: bool = True,
           decimals: int = 3, path: str | Path | None = None) -> str | bytes | pd.DataFrame:
    """Coefficients across specifications: outcomes down, a column a specification; below each estimate its standard error in
    parentheses, or, where the inference has none (permutation, placebos), its 95 % interval in brackets.

    Parameters
    ----------
    tables : rows of the results table (`govlib.effects.estimate`), one a column; of a table with several inferences the last one's.
        A list of them does too, and a single row.
    names : headings; (1), (2), … with estimator and inference by default.
    decimals : of estimates and what stands below them.   stars : at .01, .05 and .1 of the p-value allowing for the other outcomes.
    form : ``html``, ``tex`` (booktabs), ``md``, ``docx`` (bytes), ``frame``.   path : also written there, but for a ``frame``.

    The foot of a column holds what its outcomes share; of editions that differ every span, of counts the least and the most.

    Raises NotEstimable for a table without an estimate, UnknownName for a form, BadInput for headings that do not fit, a language
    that is none, two estimates of an outcome in one table, and ``path`` with a frame.

    >>> from govlib import effects
    >>> found = effects.estimate("pci", "time_costs", reform="peoples_council_removal")
    >>> effects.etable(found, names=["two-way"], form="frame").columns.tolist()
    ['', 'two-way']
    """
    if len(tables) == 1 and not isinstance(tables[0], pd.DataFrame | pd.Series):
        tables = tuple(tables[0])
    tables = tuple(table.to_frame().T if isinstance(table, pd.Series) else table for table in tables)  # one row is a table of one
    if form not in FORMATS:
        raise UnknownName("form of table", form, FORMATS)
    if form == "frame" and path is not None:
        raise BadInput("a frame is given back and written nowhere", column="path", value=str(path),
                       fix="form html, tex, md or docx; or to_csv of the frame")
    if not tables:
        raise BadInput("no table of estimates is given", column="tables", fix="give the rows of an estimate: etable(found)")
    if names and len(names) != len(tables):
        raise BadInput(f"{len(names)} headings for {len(tables)} tables")
    columns = [_column(table, lang, stars, decimals) for table in tables]
    heads = [f"({j + 1})" if not names else str(names[j]) for j in range(len(tables))]
    outcomes = list(dict.fromkeys(key for column, _ in columns for key in column))
    body = []
    for outcome in outcomes:
        cells = [column.get(outcome, ("", "")) for column, _ in columns]
        body += [[_outcome(outcome, lang), *(c[0] for c in cells)], ["", *(c[1] for c in cells)]]
    foot = [[label, *(column_foot[label] for _, column_foot in columns)] for label in columns[0][1]]
    note = phrase("etable.note", lang) + (" " + phrase("etable.stars", lang) if stars else "")
    if form == "frame":
        return pd.DataFrame(body + foot, columns=["", *heads])
    makers: dict[str, Callable[..., str | bytes]] = {"html": _html, "tex": _tex, "md": _md, "docx": _docx}
    made = makers[form](["", *heads], body, foot, note)
    if path is not None:
        files.write(path, made)
    return made


def _column(table: pd.DataFrame, lang: str, stars: bool,
            decimals: int) -> tuple[dict[tuple[str, str], tuple[str, str]], dict[str, str]]:
    """(index, outcome) → estimate and what stands below; and the foot of the column."""
    own = table[(table["term"] == "att") & table["estimate"].notna()]
    if own.empty:
        raise NotEstimable("a table has no estimate to show")
    own = own[own["inference"] == own["inference"].iloc[-1]]
    if (twice := own.duplicated(["index_id", "component"])).any():
        raise BadInput("one table has two estimates of an outcome", column="component", value=own["component"][twice].iloc[0],
                       fix="give each specification's table for itself: etable(first, second)")
    cells = {}
    for r in own.to_dict("records"):
        p = r["p_adjusted"] if np.isfinite(r["p_adjusted"]) else r["p_value"]
        mark = next((s for level, s in STARS if p < level), "") if stars else ""
        ends = [wording.number(r[c], lang, decimals) for c in ("ci_low", "ci_high")]
        below = ""
        if np.isfinite(r["std_error"]) and r["inference"] != "placebo":
            below = f"({wording.number(r['std_error'], lang, decimals)})"
        elif np.isfinite(r["ci_low"]):
            below = "[{}; {}]".format(*ends)
        elif np.isfinite(r["p_value"]):
            below = f"[p = {wording.number(r['p_value'], lang, 3)}]"
        cells[r["index_id"], r["component"]] = wording.number(r["estimate"], lang, decimals) + mark, below
    first = own.iloc[0]

    years = "; ".join(dict.fromkeys(str(told).replace(":", "–") for told in own["years"]))

    def span(column: str) -> str:
        low, high = int(own[column].min()), int(own[column].max())
        return str(low) if low == high else f"{low}–{high}"

    foot = {"estimator": str(first["estimator"]), "inference": str(first["inference"]),
            "years": years, "observations": span("n_obs"), "units": span("n_provinces"),
            "treated": span("n_treated")}
    return cells, {phrase(f"etable.{name}", lang): text for name, text in foot.items()}


def _outcome(key: tuple[str, str], lang: str) -> str:
    index, component = key
    if index not in indices.INDICES:
        return component
    return indices.name(index, component, lang)


def _html(head: list[str], body: list[list[str]], foot: list[list[str]], note: str) -> str:
    def row(cells: list[str], tag: str = "td") -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(c)}</{tag}>" for c in cells) + "</tr>"

    last = f'<tr><td colspan="{len(head)}">{escape(note)}</td></tr>'
    return "\n".join(['<table class="etable">', "<thead>", row(head, "th"), "</thead>", "<tbody>", *map(row, body), "</tbody>",
                      "<tfoot>", *map(row, foot), last, "</tfoot>", "</table>"])


def _tex(head: list[str], body: list[list[str]], foot: list[list[str]], note: str) -> str:
    def safe(text: str) -> str:
        special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--",
                   # pdflatex stops at the typographic minus, and its oldest font prints ¡ for <
                   "\u2212": "$-$", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"}
        return "".join(special.get(c, "\\" + c if c in "&%$#_{}" else c) for c in text)

    def row(cells: list[str]) -> str:
        line = " & ".join(map(safe, cells)) + r" \\"
        return "{}" + line if line[0] in "[*" else line  # after a line's end they would be its option

    width = len(head)
    last = rf"\multicolumn{{{width}}}{{p{{0.9\linewidth}}}}{{\footnotesize {safe(note)}}} \\"
    return "\n".join([rf"\begin{{tabular}}{{l{'c' * (width - 1)}}}", r"\toprule", row(head), r"\midrule", *map(row, body),
                      r"\midrule", *map(row, foot), r"\bottomrule", last, r"\end{tabular}"])


def _md(head: list[str], body: list[list[str]], foot: list[list[str]], note: str) -> str:
    def row(cells: list[str]) -> str:
        return "| " + " | ".join(c.replace("|", "\\|").replace("*", "\\*") for c in cells) + " |"

    return "\n".join([row(head), "|" + "---|" * len(head), *map(row, [*body, *foot]), "", note.replace("*", "\\*")])


def _docx(head: list[str], body: list[list[str]], foot: list[list[str]], note: str) -> bytes:
    from docx import Document

    document = Document()
    table = document.add_table(rows=0, cols=len(head))
    for cells in [head, *body, *foot]:
        for cell, text in zip(table.add_row().cells, cells, strict=True):
            cell.text = text
    document.add_paragraph(note)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def export(rows: pd.DataFrame, folder: str | Path, name: str = "estimates", lang: str = "en") -> list[Path]:
    """Rows of the results table for other programs: ``.dta`` (Stata 14 and later: UTF-8, labels, no text over 244 characters),
    ``.parquet`` (R's arrow), ``.csv`` and its codebook ``.codebook.csv``. Text cut for Stata ends in …; the others are whole.

    >>> import tempfile
    >>> from govlib import effects
    >>> found = effects.estimate("pci", "time_costs", reform="peoples_council_removal")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(sorted(path.suffix for path in effects.export(found, folder)))
    ['.csv', '.csv', '.dta', '.parquet']
    """
    folder = Path(folder)
    rows = rows.reset_index(drop=True)
    labels = {c: phrase(f"column.{c}", lang) for c in rows.columns if c in RESULT_COLUMNS}
    stata = rows.copy()
    for column in stata.columns:
        if not pd.api.types.is_numeric_dtype(stata[column]):
            text = stata[column].astype(object).where(stata[column].notna(), "").astype(str)
            stata[column] = text.where(text.str.len() <= STATA_TEXT, text.str.slice(0, STATA_TEXT - 1) + "…")
        elif stata[column].dtype.kind not in "if" or column == "event_time":
            stata[column] = stata[column].astype("float64")
    stata = stata.replace([np.inf, -np.inf], np.nan)  # Stata has no infinity: an end that nothing bounds is missing there
    paths = [folder / f"{name}{ending}" for ending in (".dta", ".parquet", ".csv", ".codebook.csv")]
    with files.whole(paths[0]) as part:
        stata.to_stata(part, write_index=False, version=118, variable_labels={c: text[:80] for c, text in labels.items()})
    with files.whole(paths[1]) as part:
        rows.to_parquet(part, index=False)
    files.write(paths[2], rows.to_csv(index=False))
    kinds = [str(rows[c].dtype) for c in rows.columns]
    book = pd.DataFrame({"column": rows.columns, "type": kinds, "meaning": [labels.get(c, "") for c in rows.columns]})
    files.write(paths[3], book.to_csv(index=False))
    return paths
