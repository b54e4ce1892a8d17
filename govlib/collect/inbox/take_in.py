"""Filled forms become ``data/raw/<index>/<year>.csv`` with sidecar and catalogue entry: every form of the inbox, or none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import paths
from govlib.collect import checks, sidecar
from govlib.collect.inbox import double, journal
from govlib.collect.inbox.check import Checked, check_form
from govlib.collect.inbox.form import read_form
from govlib.errors import BadInput, short_name
from govlib.forms.problems import Problem, problems_of, refuse, say, vietnamese
from govlib.known import catalogue, indices
from govlib.words.tables import phrase

if TYPE_CHECKING:
    import pandas as pd

READS = ("data/raw/inbox/*",)
SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls")
LOCAL = catalogue.LOCAL
_HEAD = ("# Sources taken in through data/raw/inbox (written by the intake; one entry an edition).\n"
         "# Same fields as the catalogue that ships with the project.\n")


@dataclass
class Accepted:
    """One form taken in: where its figures went, how many rows, what to look at."""

    index_id: str
    year: int
    form: str
    rows: int
    file: str
    replaced: int
    warnings: list[str]
    second: str = ""  # the form of the second person, where two typed it

    def __str__(self) -> str:
        return self.told("en")

    def told(self, lang: str) -> str:
        said = phrase("taken.rows", lang, form=self.form, n=self.rows, file=self.file)
        said += phrase("taken.replaced", lang, n=self.replaced) if self.replaced else ""
        said += phrase("taken.twice", lang, second=self.second) if self.second else ""
        doubts = (vietnamese(w) if lang == "vi" else w for w in self.warnings)
        return "\n".join([said, *(phrase("taken.look_again", lang, doubt=doubt) for doubt in doubts)])


def waiting(inbox: Path | None = None) -> list[Path]:
    """What lies in the inbox and is no folder, instructions, hidden, or a spreadsheet program's lock.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from govlib import inbox
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(inbox.waiting(Path(folder)))
    []
    """
    folder = Path(inbox) if inbox else paths.inbox()
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if (path.is_symlink() or not path.is_dir())
                  and path.name != "README.md" and not path.name.startswith((".", "~$")))


def intake() -> list[Accepted]:
    """Take in every filled form of the inbox, or none.

    On success a form's figures stand in ``raw/<index>/<year>.csv`` (beside what other sources state there; an earlier form
    of the same edition is replaced), with sidecar and an entry in ``raw/catalogue_local.yaml``, and the form itself lies in
    ``inbox/accepted``. A process that is killed meanwhile leaves nothing half done (:mod:`govlib.collect.inbox.journal`).

    Raises
    ------
    BadInput
        With every problem of every form; nothing is changed then.
    """
    folder, raw = paths.inbox(), paths.raw()
    journal.recover(raw)
    there = waiting(folder)
    checked, problems = [], double.alone(there)
    for path in there:
        if trouble := _not_a_form(path):
            problems.append(trouble)
            continue
        try:
            checked.append(check_form(read_form(path)))
        except BadInput as error:
            problems += problems_of(error)
    checked, seconds, differ = double.settle(checked)
    problems += differ
    first: dict[tuple, str] = {}
    for one in checked:
        key = (one.index_id, one.year)
        if key in first:
            said = say("a second form of {edition} (beside {first})", edition=f"{one.index_id} {one.year}", first=first[key])
            problems.append(Problem(said, one.form.path.name, fix="keep one of the two"))
        first.setdefault(key, one.form.path.name)
        problems += _target_problems(raw / one.index_id / f"{one.year}.csv")
    refuse(problems)
    if not checked:
        return []
    with journal.begin(raw) as changes:
        entries = {entry["id"]: entry for entry in local_sources(raw)}
        taken = [_prepare(one, folder, raw, changes, entries) for one in checked]
        for done in taken:
            if second := seconds.get(done.form):
                changes.keep(second.form.path, _accepted(folder, second), second.form.digest)
                done.second = second.form.path.name
        _write_catalogue(changes.folder / LOCAL, list(entries.values()))
        changes.decide()
    return taken


def _not_a_form(path: Path) -> Problem | None:
    """What lies in the inbox and cannot be a form, by its name and kind alone."""
    name = short_name(path)
    try:
        path.name.encode()
    except UnicodeEncodeError:
        return Problem("the file's name is not UTF-8", name, fix="rename the file, to pci_2025.xlsx for instance")
    if path.is_symlink():
        return Problem("a link, not a file", name, fix="copy the file itself into the inbox")
    if lock := next((lock for lock in (f"~${path.name}", f".~lock.{path.name}#") if path.with_name(lock).exists()), None):
        return Problem(say("open in a spreadsheet program ({lock} lies beside it)", lock=lock), name,
                       fix="save and close it; delete the lock if the program has crashed")
    if not path.is_file() or path.suffix.lower() not in SUFFIXES:
        return Problem("not a form", name, fix="save it as .xlsx or CSV UTF-8, or take it out of the inbox")
    return None


def _target_problems(target: Path) -> list[Problem]:
    """The file that the figures will join, where there is one: an edited one is not quietly stamped again."""
    if not target.is_file():
        return []
    try:
        sidecar.read(target)
        checks.read_tidy(target)
    except BadInput as error:
        return [Problem(error.problem, f"{target.parent.name}/{target.name}", fix=error.fix)]
    return []


def _accepted(inbox: Path, one: Checked) -> Path:
    form = one.form
    return inbox / "accepted" / f"{form.path.stem}-{form.digest[:8]}{form.path.suffix.lower()}"


def _prepare(one: Checked, inbox: Path, raw: Path, changes: journal.Journal, entries: dict[str, dict]) -> Accepted:
    """The files of one form, written to where the journal takes them from."""
    import pandas as pd

    from govlib.collect import tidy  # loads pandas

    form, given = one.form, one.form.meta
    source, name = f"inbox-{one.index_id}-{one.year}", one.form.path.name
    kept_as = _accepted(inbox, one)
    new = pd.DataFrame(one.rows)[list(checks.TIDY)]
    new["locator"] = new["locator"].str.replace(name, kept_as.name, n=1, regex=False)
    target, replaced, warnings = raw / one.index_id / f"{one.year}.csv", 0, list(one.warnings)
    meta: dict = {}
    if target.is_file():
        meta = sidecar.read(target)
        old = checks.read_tidy(target).drop(columns="row")
        before = old[old["source"].eq(source)]
        replaced = len(before)
        warnings += _corrected(one.rows, before) if replaced else []
        old = old[old["source"].ne(source)]
        warnings += _against_others(one.rows, old)
        new = pd.concat([old, new], ignore_index=True)
    table = new.assign(score=pd.to_numeric(new["score"].where(new["score"].ne("")).str.replace(",", ".")),
                       rank=pd.to_numeric(new["rank"].where(new["rank"].ne(""))).astype("Int64"))
    citation = meta.get("citation") or given["citation"]
    if meta and given["citation"] not in citation:
        citation = f"{citation}; {given['citation']}"
    stated = {key: meta.get(key) or given[key] for key in ("producer", "url", "terms")}
    usual = ("index_id", "edition", *stated, "citation", "transcribed", "method_version", "sources", "sha256")
    tidy.write(table, changes.folder, one.index_id, one.year, **stated, citation=citation, transcribed=given["transcribed"],
               method_version=str(indices.method_version(one.index_id, one.year)),
               extra={key: value for key, value in meta.items() if key not in usual})
    changes.keep(form.path, kept_as, form.digest)
    entries[source] = _entry(one, source)
    return Accepted(one.index_id, one.year, name, len(one.rows), f"{one.index_id}/{target.name}", replaced, warnings)


def _against_others(rows: list[dict], old: pd.DataFrame) -> list[str]:
    """Figures of the form that another source states otherwise: the form is believed, and a person should know it."""
    given = {(row["province"], row["component"]): row["score"] for row in rows if row["score"]}
    stated = old.assign(value=checks.numbers(old["score"]))
    stated = stated[stated["value"].notna()]
    differs = [f"{row.province} {row.component} {row.score} ({row.source}), {given[row.province, row.component]} in the form"
               for row in stated.itertuples() if (row.province, row.component) in given
               and not checks.agrees(row.score, row.value, text := given[row.province, row.component], float(text))]
    if not differs:
        return []
    more = say(" and {n} more", n=len(differs) - 5) if len(differs) > 5 else ""
    return [say("the form is believed against other sources: {figures}", figures="; ".join(differs[:5])) + more]


def _corrected(rows: list[dict], before: pd.DataFrame) -> list[str]:
    """What a second form of the edition states otherwise than the first, which is kept in ``accepted`` too."""
    def cells(of: list[dict]) -> dict[tuple[str, str], str]:
        found = {(row["province"], row["component"]): row["score"] for row in of}
        found |= {(row["province"], "rank"): row["rank"] for row in of if row["component"] == "overall"}
        return {key: str(text).strip().removesuffix(".0") for key, text in found.items()}
    was, now = cells(before.to_dict("records")), cells(rows)
    differs = [f"{key[0]} {key[1]} {was.get(key, '') or '–'} → {now.get(key, '') or '–'}" for key in {**was, **now}
               if was.get(key, "") != now.get(key, "")]
    if not differs:
        return [say("the same figures as in the form before")]
    more = say(" and {n} more", n=len(differs) - 5) if len(differs) > 5 else ""
    return [say("other figures than in the form before: {figures}", figures="; ".join(differs[:5])) + more]


def local_sources(raw: Path | None = None) -> list[dict]:
    """Entries of ``catalogue_local.yaml``, as written; empty where nothing has been taken in."""
    return catalogue.local_entries((Path(raw) if raw else paths.raw()) / LOCAL)


def _write_catalogue(path: Path, entries: list[dict]) -> None:
    import yaml

    text = _HEAD + yaml.safe_dump({"sources": entries}, allow_unicode=True, sort_keys=False, width=120)
    path.write_text(text, encoding="utf-8", newline="")


def _entry(one: Checked, source: str) -> dict:
    given = one.form.meta
    return {"id": source, "index_id": one.index_id, "edition": str(one.year), "producer": given["producer"],
            "title": given["citation"], "citation": given["citation"], "url": given["url"], "terms": given["terms"],
            "format": one.form.path.suffix.lower().lstrip("."), "sha256": one.form.digest,
            "method_version": str(indices.method_version(one.index_id, one.year)), "known_gaps": "", "fetch": False,
            "mirror_path": "", "priority": 1, "accessed": given["transcribed"]}
