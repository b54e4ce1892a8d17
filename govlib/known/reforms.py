"""Reform actions: what was done where and when, and which edition of an index could first have felt it.

Two files are read: ``data/raw/reforms/reform_actions.csv`` (one row an action) and ``reforms.csv`` (one row a kind of
reform: its names and whether its list of provinces is ``complete``, ``partial`` or ``national``).

A province is in one of three states in a year. ``treated``: the reform had started by that edition. ``not_yet``: it had
certainly not, because a start is recorded later or because the list is complete. ``unknown``: everything else; a
province that a partial list does not name is *not* one that never reformed.
"""

from __future__ import annotations

import calendar
import difflib
import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from govlib import paths
from govlib.errors import BadInput, MissingData, UnknownName
from govlib.forms import plain
from govlib.known import indices, provinces, surveys

RULES = ("next_edition_after_fieldwork", "same_year", "next_year")
READINGS = ("early", "late")
CONFIDENCE = ("high", "medium", "low", "unverified")  # best first
PRECISIONS = {"day": r"\d{4}-\d{2}-\d{2}", "month": r"\d{4}-\d{2}", "year": r"\d{4}", "": r""}
# the day the date stands for; with the last three the reform may be older than its date
DATE_OF = ("opening", "in_force", "decision", "first_round", "event", "earliest_seen", "restart", "unknown")
OPEN_BEFORE = frozenset({"earliest_seen", "restart", "unknown"})
COVERAGE = ("complete", "partial", "national", "examples")  # examples of what is routine: no row is a first adoption
ACTION_COLUMNS = ["reform_id", "reform", "province", "level", "start_date", "date_precision", "end_date", "date_of",
                  "year_basis", "known_by", "instrument", "target_components", "source_url", "source_title", "confidence",
                  "read_again"]
DATES = ("start_date", "end_date", "known_by")
_AS_TEXT = "write 2017, 2017-05 or 2017-05-17 (Excel makes May-17 of it: open the file by Data, From Text/CSV, columns as Text)"
EXPOSURE_COLUMNS = ["province", "year", "adopted", "years_since", "cohort", "dose", "state", "ended", "confidence"]


#: reforms of a researcher's own (`govlib.known.own_reforms`), for the session: id → (its row of reforms.csv, its actions)
SESSION: dict[str, tuple[pd.DataFrame, pd.DataFrame]] = {}


def _folder() -> Path:
    return paths.raw() / "reforms"


def interval(text: str) -> tuple[date, date]:
    """First and last day that a printed date can mean.

    >>> interval("2017-05"), interval("2016")[1]
    ((datetime.date(2017, 5, 1), datetime.date(2017, 5, 31)), datetime.date(2016, 12, 31))
    """
    year, month, day = (*(int(p) for p in text.split("-")), 0, 0)[:3]  # 0: not printed
    last_month = month or 12
    return date(year, month or 1, day or 1), date(year, last_month, day or calendar.monthrange(year, last_month)[1])


def reform_types() -> pd.DataFrame:
    """Kinds of reform: ``reform, name_vi, name_en, coverage, coverage_note``, indexed by ``reform``."""
    return _shared_types().copy()


def _shared_types() -> pd.DataFrame:
    path = _folder() / "reforms.csv"
    try:
        kept = _types(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise MissingData(path, "git checkout data/raw/reforms") from None
    return pd.concat([kept, *(own for own, _ in SESSION.values())]).fillna("") if SESSION else kept


@lru_cache(maxsize=8)
def _types(path: Path, _mtime: int) -> pd.DataFrame:
    table = plain.read(path)
    for row in table.itertuples():
        if row.coverage not in COVERAGE:
            raise BadInput("coverage must be complete, partial, national or examples", file=path, row=row.Index + 2,
                           column="coverage", value=row.coverage)
    if (twice := table["reform"].duplicated()).any():
        raise BadInput("the same reform twice", file=path, row=int(twice.idxmax()) + 2, column="reform",
                       value=table["reform"][twice.idxmax()])
    return table.set_index("reform", drop=False)


def ids() -> pd.Index:
    """Ids of all kinds of reform, own ones included."""
    return _shared_types().index


def known(reform: str) -> str:
    """The reform's id, or `UnknownName` with the nearest ones."""
    if reform in ids():
        return reform
    raise UnknownName("reform", reform, difflib.get_close_matches(str(reform), list(ids()), n=4, cutoff=0.3) or list(ids()[:4]))


def name(reform: str, lang: str = "vi") -> str:
    """The reform's printed name in ``vi`` or ``en``."""
    kept = _shared_types()
    return kept.at[reform if reform in kept.index else known(reform), f"name_{lang}"]


def actions(path: str | Path | None = None) -> pd.DataFrame:
    """All actions, validated: ids unique, dates real and as precise as stated, no end before its start, and every
    province, reform and component known.

    Returns ``ACTION_COLUMNS`` as text (empty where not known). Raises `BadInput` with file, row and column.
    """
    own = [] if path else [rows for _, rows in SESSION.values()]
    path = Path(path) if path else _folder() / "reform_actions.csv"
    if not path.exists():
        raise MissingData(path, "git checkout data/raw/reforms")
    kept = _read(path, path.stat().st_mtime_ns, str(_folder() / "reforms.csv"))
    return pd.concat([kept, *own], ignore_index=True) if own else kept.copy()


@lru_cache(maxsize=8)
def _read(path: Path, _mtime: int, _where: str) -> pd.DataFrame:
    table = plain.read(path)
    if lacking := [c for c in ACTION_COLUMNS if c not in table.columns]:
        raise BadInput(f"columns are missing: {', '.join(lacking)}", file=path, row=1)
    plain.turn_days(table, DATES, path)
    return checked(table, path, set(reform_types().index))


def checked(table: pd.DataFrame, path: Path | None, types: set[str]) -> pd.DataFrame:
    """The actions, if each is one. Raises as `actions`."""
    first_row: dict[str, int] = {}
    for number, row in zip(table.index + 2, table.itertuples(), strict=True):
        def stop(problem, column, value, fix=None, number=number):
            raise BadInput(problem, file=path, row=number, column=column, value=value, fix=fix)

        if not row.reform_id:
            stop("an action needs an id", "reform_id", row.reform_id)
        if row.reform_id in first_row:
            stop(f"this id stands in row {first_row[row.reform_id]} too", "reform_id", row.reform_id)
        first_row[row.reform_id] = number
        if row.reform not in types:
            stop("unknown reform", "reform", row.reform, "add it to reforms.csv first")
        _check_province(row, stop)
        for column, allowed in (("confidence", CONFIDENCE), ("date_of", DATE_OF), ("date_precision", tuple(PRECISIONS)),
                                ("year_basis", ("stated", "inferred", "")), ("level", ("province", "national"))):
            if (value := getattr(row, column)) not in allowed:
                stop(f"must be one of {', '.join(a or 'empty' for a in allowed)}", column, value)
        if row.read_again and not re.match(r"https?://\S+$", row.read_again):
            stop("the page of the second reading is an address", "read_again", row.read_again, "write it, or leave it empty")
        _check_dates(row, stop)
        _check_targets(row, stop)
    return table[ACTION_COLUMNS].reset_index(drop=True)


def _check_province(row, stop) -> None:
    if row.level == "national":
        if row.province != "national":
            stop("a national action has no province", "province", row.province, "write national")
        return
    try:
        slug = provinces.resolve(row.province)
    except UnknownName as error:
        stop(str(error), "province", row.province)
    if slug != row.province:
        stop("write the province's slug", "province", row.province, slug)


def _check_dates(row, stop) -> None:
    if bool(row.start_date) != bool(row.date_precision):
        stop("a date and its precision go together", "date_precision", row.date_precision)
    if not re.fullmatch(PRECISIONS[row.date_precision], row.start_date):
        stop(f"the date is not of precision {row.date_precision!r}", "start_date", row.start_date, _AS_TEXT)
    if (row.date_of == "unknown") == bool(row.start_date):
        stop("date_of is unknown exactly where there is no start date", "date_of", row.date_of)
    read = {}
    for column in DATES:
        if value := getattr(row, column):
            if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", value):
                stop("a date is written 2017, 2017-05 or 2017-05-17", column, value, _AS_TEXT)
            try:
                read[column] = interval(value)
            except ValueError:
                stop("no such day", column, value)
    if "end_date" in read and "start_date" in read and read["end_date"][1] < read["start_date"][0]:
        stop(f"ends before it starts ({row.start_date})", "end_date", row.end_date)


def _check_targets(row, stop) -> None:
    for target in row.target_components.split(";"):
        index_id, _, component = target.partition(":")
        if index_id not in indices.INDICES:
            stop("unknown index in target_components", "target_components", target)
        if component != "overall" and component not in _component_ids(index_id):
            stop(f"{index_id} has no such component", "target_components", target)


@lru_cache(maxsize=32)
def _component_ids(index_id: str) -> frozenset[str]:
    return frozenset(indices.component_ids(index_id))


def targets(reform: str, index_id: str | None = None) -> list[str]:
    """Components that the reform's actions aim at, ``index:component`` (or the components of one index)."""
    found = sorted({t for row in _actions_of(known(reform)) for t in row.target_components.split(";")})
    return found if index_id is None else [t.split(":")[1] for t in found if t.split(":")[0] == index_id]


@lru_cache(maxsize=128)
def field_months(index_id: str, year: int) -> tuple[int, int]:
    """First and last month of an edition's survey: as printed of it, else the usual ones, else January and December.

    >>> field_months("papi", 2017), field_months("papi", 2018)
    ((7, 10), (7, 12))
    """
    months = surveys.months(index_id, year) or indices.index(index_id).survey_months
    return (min(months), max(months)) if months else (1, 12)


def first_edition(start: str, index_id: str, *, rule: str = RULES[0], reading: str = "early") -> int:
    """The first edition of an index that can have felt an action.

    ``next_edition_after_fieldwork``: an action after the survey's field months counts from the next edition. Where the
    date leaves it open (a year only, or a day within the field months) ``early`` takes the first edition that is
    possible and ``late`` the first that is certain. ``same_year`` and ``next_year`` ignore the survey's calendar.
    """
    check_rule(rule, reading)
    first, last = interval(start)
    day = first if reading == "early" else last
    if rule != RULES[0]:
        return day.year + (rule == "next_year")
    opens, closes = field_months(index_id, day.year)
    in_time = day.month <= closes if reading == "early" else day.month < opens
    return day.year + (not in_time)


def check_rule(rule: str, reading: str) -> None:
    if rule not in RULES:
        raise UnknownName("exposure rule", rule, RULES)
    if reading not in READINGS:
        raise UnknownName("reading", reading, READINGS)


def exposure(reform: str, index_id: str, *, rule: str = RULES[0], reading: str = "early",
             years: Iterable[int] | None = None, min_confidence: str = "unverified",
             actions_path: str | Path | None = None) -> pd.DataFrame:
    """Who was exposed to a reform in which edition of an index.

    Parameters
    ----------
    reading : how an open date is taken, see `first_edition`. Report both.
    years : editions; all of the index by default.
    min_confidence : actions less certain than this do not date their province, which then is ``unknown``.

    Returns
    -------
    One row a province × year: ``adopted`` (in force in that edition), ``years_since`` (edition − cohort, NaN where none),
    ``cohort`` (first exposed edition; ``inf`` never, NaN unknown), ``dose`` (actions of this kind in force), ``state``,
    ``ended`` (the reform was in force once and is not in that edition), ``confidence`` (of the action that dates it).
    """
    return pd.DataFrame(exposed(reform, index_id, rule=rule, reading=reading, years=years, min_confidence=min_confidence,
                                actions_path=actions_path))[EXPOSURE_COLUMNS]


def exposed(reform: str, index_id: str, *, rule: str = RULES[0], reading: str = "early", years: Iterable[int] | None = None,
            min_confidence: str = "unverified", actions_path: str | Path | None = None) -> dict[str, np.ndarray]:  # as `exposure`
    """The columns of `exposure` as arrays: a frame of them takes thirty times as long, and estimates ask hundreds of times."""
    check_rule(rule, reading)
    if index_id not in indices.INDICES:
        raise UnknownName("index", index_id, tuple(indices.INDICES))
    if min_confidence not in CONFIDENCE:
        raise UnknownName("confidence", min_confidence, CONFIDENCE)
    types = _shared_types()
    coverage = str(types.at[reform if reform in types.index else known(reform), "coverage"])
    editions = tuple(sorted({int(y) for y in (years if years is not None else indices.editions(index_id))}))
    return _exposure(coverage, _actions_of(reform, actions_path), index_id, editions, rule, reading, min_confidence)


def _actions_of(reform: str, actions_path: str | Path | None = None) -> list:
    if reform in SESSION and not actions_path:
        return _by_reform(SESSION[reform][1]).get(reform, [])
    folder = _folder()
    path = Path(actions_path) if actions_path else folder / "reform_actions.csv"
    return _rows(path, path.stat().st_mtime_ns if path.exists() else 0, str(folder / "reforms.csv")).get(reform, [])


@lru_cache(maxsize=8)
def _rows(path: Path, _mtime: int, _where: str) -> dict[str, list]:
    """`_by_reform` of a file, once as long as it does not change."""
    return _by_reform(actions(path))


def _by_reform(table: pd.DataFrame) -> dict[str, list]:
    """reform -> its actions, earliest start first; plain tuples, because a panel asks for them hundreds of times."""
    found: dict[str, list] = {}
    for row in table.sort_values("start_date", kind="stable").itertuples(index=False):
        found.setdefault(row.reform, []).append(row)
    return found


def _exposure(coverage: str, actions_: list, index_id: str, editions: tuple[int, ...], rule: str, reading: str,
              min_confidence: str) -> dict[str, np.ndarray]:
    """The columns of `exposure` for one reform, of which ``actions_`` are the rows."""
    province, year, merged, places = _grid(editions)
    size, national = len(province), coverage == "national"
    # nobody's date is known until a spell says so; on a complete list everybody else is known never to have begun
    never = np.full(size, coverage == "complete")
    if coverage == "complete":
        never &= ~merged
        for who in {row.province for row in actions_} & set(places):
            never[places[who]] = False
    out = {"province": province, "year": year, "adopted": np.zeros(size, bool), "years_since": np.full(size, np.nan),
           "cohort": np.where(never, np.inf, np.nan), "dose": np.zeros(size),
           "state": np.where(never, "not_yet", "unknown").astype(object), "ended": np.zeros(size, bool),
           "confidence": np.full(size, "", object)}
    everywhere = np.arange(size)
    for who, spell in _spells(actions_, index_id, rule, reading, min_confidence, coverage == "examples").items():
        rows = (everywhere if who == "national" else everywhere[:0]) if national else places.get(who, everywhere[:0])
        for column, values in _states(spell, year[rows]).items():
            out[column][rows] = values
    return out


@lru_cache(maxsize=64)
def _grid(years: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Provinces × editions as rows, which rows are units formed by a merger, and the other rows of each province."""
    rows = [(p, y, y > provinces.LAST_YEAR_63 and _merged(p, y)) for y in years for p in provinces.province_set(y)]
    province, year, merged = zip(*rows, strict=True) if rows else ((), (), ())
    places: dict[str, list[int]] = {}
    for at, (p, _, joined) in enumerate(rows):
        if not joined:
            places.setdefault(p, []).append(at)
    return (np.array(province, object), np.array(year, int), np.array(merged, bool),
            {p: np.array(found) for p, found in places.items()})


@lru_cache(maxsize=4096)
def _merged(province: str, year: int) -> bool:
    """A unit made by the merger of 2025: the actions of its parts are not actions of the whole."""
    return len(provinces.get(province, year).predecessors) > 1


def _spells(actions_: list, index_id: str, rule: str, reading: str, min_confidence: str, repeated: bool) -> dict[str, dict]:
    """province → cohort, known_from (certainly in force from then), times (first edition with and first without it, action by
    action), confidence. ``repeated``: this year's plan says nothing of when the first was made."""
    spells: dict[str, dict] = {}
    accepted = CONFIDENCE[: CONFIDENCE.index(min_confidence) + 1]
    for row in actions_:  # earliest first
        if row.confidence not in accepted:
            continue
        spell = spells.setdefault(row.province, {"cohort": np.inf, "known_from": np.inf, "times": [],
                                                 "confidence": row.confidence, "open_before": repeated})
        start = np.inf
        if row.start_date:
            start = first_edition(row.start_date, index_id, rule=rule, reading=reading)
            spell["cohort"] = min(spell["cohort"], start)
        elif row.known_by:
            start = first_edition(row.known_by, index_id, rule=rule, reading="late")
        spell["known_from"] = min(spell["known_from"], start)
        spell["open_before"] |= row.date_of in OPEN_BEFORE
        # the edition in which it may have ended is already out
        end = first_edition(row.end_date, index_id, rule=rule, reading="early") if row.end_date else np.inf
        spell["times"].append((start, end))
    return spells


def _states(spell: dict, year: np.ndarray) -> dict[str, np.ndarray | float | str]:
    """The columns of one province's editions: between two actions, the first over and the second not begun, none is in force."""
    begun = year >= spell["known_from"]
    cohort = np.nan if spell["open_before"] else spell["cohort"]
    in_force = sum(((start <= year) & (year < end)).astype(float) for start, end in spell["times"])
    return {"adopted": in_force > 0, "dose": in_force,
            "years_since": year - cohort if np.isfinite(cohort) else np.nan, "cohort": cohort,
            "state": np.where(begun, "treated", "unknown" if spell["open_before"] else "not_yet").astype(object),
            "ended": begun & (in_force == 0), "confidence": spell["confidence"]}


def exposure_panel(*, rule: str = RULES[0], indices_: Iterable[str] | None = None) -> pd.DataFrame:
    """Exposure to every reform for every index under both readings: `exposure`'s columns with ``reform``, ``index_id``,
    ``reading`` and ``rule`` in front. The table `govlib.panel.build` writes as ``reform_panel.parquet``."""
    coverage, rows = reform_types()["coverage"].to_dict(), _by_reform(actions())
    check_rule(rule, READINGS[0])
    names, parts = [], []
    for index_id in indices_ or indices.INDICES:
        editions = tuple(sorted(indices.editions(index_id)))
        for reform in coverage:
            for reading in READINGS:
                parts.append(_exposure(coverage[reform], rows.get(reform, []), index_id, editions, rule, reading, CONFIDENCE[-1]))
                names.append((reform, index_id, reading, rule))
    sizes = [len(part["year"]) for part in parts]
    # a few hundred names repeated many thousand times: as categories they are made into text once
    heads = {column: pd.Categorical([name[at] for name in names]).repeat(sizes)
             for at, column in enumerate(("reform", "index_id", "reading", "rule"))}
    body = {column: np.concatenate([part[column] for part in parts]) for column in EXPOSURE_COLUMNS}
    return pd.DataFrame(heads | body).astype(dict.fromkeys(heads, "str"))
