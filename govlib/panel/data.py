"""One line a question: the panel as DataFrames.

    govlib.scores("pci", components="time_costs", provinces="red-river-delta", years=range(2010, 2020))

Tables are read from ``data/processed`` when first asked for and kept until the file changes. What comes back is the
caller's own copy. ``.attrs["sources"]`` lists the catalogue ids of the sources behind the rows, ``.attrs["file"]`` the
table they were read from. Provinces may be slugs, any spelling, regions, or a mix. The column ``province_unit`` tells the
units of one slug apart: ``bac-ninh`` is the province to 2024, ``bac-ninh-2025`` the one formed with Bắc Giang, and either may be
asked for alone (``bac-ninh`` gives both).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govlib import paths
from govlib.errors import BadInput, MissingData, UnknownName, warn
from govlib.known import indices, names
from govlib.known.provinces import Province, expand_units, province_set, resolve, unit_of
from govlib.panel import gaps
from govlib.text import fold, listed, spans, years_of

if TYPE_CHECKING:
    import pandas as pd

Names = str | Iterable[str] | None
Years = int | str | Iterable[int] | None

_cache: dict[Path, tuple[tuple[int, int], pd.DataFrame]] = {}


def scores(index: Names = None, components: Names = None, provinces: Names = None, years: Years = None,
           level: Names = None) -> pd.DataFrame:
    """Scores, one row a province, year, index and component (columns of ``scores.parquet``).

    Parameters
    ----------
    index : ``pci``, ``papi``, ``par``, ``sipas``, ``dti``, ``ict``, ``pgi``; None for all. Here and below also in capitals or by
        a whole printed name (:mod:`govlib.known.names`); ``govlib.search("thời gian")`` lists what contains a word.
    components : slugs, ``overall`` for the composite, ``overall_fixed_weights`` for the comparable PCI composite.
    provinces : slugs, spellings, region slugs; None for all.
    years : editions, e.g. ``2019``, ``"2010:2019"`` (both ends in) or ``range(2010, 2020)`` (the last one not included, as always
        in Python).
    level : ``overall``, ``component``, ``indicator``. None gives overall and component; indicators come where they are
        asked for by level or by name, since how many there are depends on what has been fetched.

    Returns
    -------
    DataFrame in the units of the ``unit`` column (PCI components 1–10, composite 0–100). A ``not_published`` row has an
    empty score; :func:`why` says why.

    Raises
    ------
    UnknownName
        An index, component or province that is not known, with the nearest that are.
    BadInput
        Years that are none.
    MissingData
        The panel is not built.

    >>> import govlib
    >>> s = govlib.scores("pci", components="overall", provinces=["Bắc Ninh", "Lào Cai"], years=[2011, 2019])
    >>> s[["province", "year", "score", "rank"]].round(2).values.tolist()
    [['bac-ninh', 2011, 67.27, 2], ['lao-cai', 2011, 73.53, 1], ['bac-ninh', 2019, 70.79, 4], ['lao-cai', 2019, 65.56, 25]]
    >>> len(govlib.scores("pci", components="time_costs", provinces="red-river-delta", years=range(2010, 2020)))
    110
    """
    table = shared("scores.parquet")
    wanted_index = _indices(index)
    keep = table["index_id"].isin(wanted_index) if wanted_index is not None else _all(table)
    if (named := _names("components", components)) is not None:
        if not set(named) <= {"overall", *_defined_components(wanted_index)}:  # a printed name, an item of the panel, or a slip
            held = list(table.loc[keep, "component"].unique())
            named = [names.component(name, wanted_index, held) for name in named]
        keep &= table["component"].isin(named)
    if (levels := _names("level", level)) is not None:
        keep &= table["level"].isin(_known("level", levels, ["overall", "component", "indicator"]))
    elif named is None:
        keep &= table["level"].ne("indicator")
    return _result(table, keep, provinces, years, "scores.parquet")


def wide(index: str, components: Names = None, provinces: Names = None, years: Years = None,
         values: str = "score", level: Names = None) -> pd.DataFrame:
    """One row a province and year, one column a component, in the order of the index definition.

    ``values`` is ``score``, ``rank`` or ``rank_computed``. Rows are sorted by province and year; ``province``, ``province_unit``
    (what to group by) and ``year`` are ordinary columns, so that the frame goes straight into a regression.

    >>> import govlib
    >>> govlib.wide("pci", ["overall", "time_costs"], "bac-ninh", [2018, 2019]).round(2).values.tolist()
    [['bac-ninh', 'bac-ninh', 2018, 64.5, 7.12], ['bac-ninh', 'bac-ninh', 2019, 70.79, 7.23]]
    """
    if not isinstance(index, str):
        raise BadInput("wide takes one index, since components of two may have the same name", value=index)
    (values,) = _known("column", [values], ["score", "rank", "rank_computed"])
    named = _names("components", components)
    rows = scores(index, named, provinces, years, level)
    table = rows.pivot(index=["province", "province_unit", "year"], columns="component", values=values)
    order = {name: at for at, name in enumerate(["overall", "overall_fixed_weights", *_defined_components(_indices(index))])}
    if named is not None:
        named = list(dict.fromkeys(names.component(name, _indices(index), table.columns) for name in named))
        order = {name: at for at, name in enumerate(named)}
        table = table.reindex(columns=[name for name in named if level is None or name in table])  # of another level: none
    table = table[sorted(table.columns, key=lambda name: (order.get(name, len(order)), name))]
    table = table.reset_index().sort_values(["province", "year"], ignore_index=True)
    table.columns.name = None
    table.attrs = dict(rows.attrs)
    return table


def reforms(reform: Names = None, provinces: Names = None, years: Years = None, index: Names = None,
            reading: str | None = None) -> pd.DataFrame:
    """Who had adopted which reform by which edition (``reform_panel.parquet``).

    ``index`` matters because an index's fieldwork months decide which edition could first feel a reform; ``reading`` is
    ``early`` or ``late``. Columns: reform, index_id, reading, rule, province, province_unit, year, adopted, years_since, cohort,
    dose, state, ended, confidence.

    >>> import govlib
    >>> govlib.reforms("peoples_council_removal", years=2009, index="pci", reading="early").query("adopted")["province"].size
    10
    """
    table = shared("reform_panel.parquet")
    keep = _all(table)
    if (named := _names("reform", reform)) is not None:
        keep &= table["reform"].isin([names.reform(name) for name in named])
    if (wanted := _indices(index)) is not None:
        keep &= table["index_id"].isin(wanted)
    if reading is not None:
        keep &= table["reading"].isin(_known("reading", [reading], ["early", "late"]))
    return _result(table, keep, provinces, years, "reform_panel.parquet")


def controls(variables: Names = None, provinces: Names = None, years: Years = None, wide: bool = True) -> pd.DataFrame:
    """Control variables (population, GRDP, budget, FDI …), one column each; with ``wide=False`` long, with source and unit.

    Units are in the ``unit`` column of the long form and in ``.attrs["units"]``. Where one variable exists in several
    units (current and constant prices) the wide form names its columns ``variable [unit]``.

    >>> import govlib
    >>> long = govlib.controls("population", "bac-ninh", 2019, wide=False)
    >>> long["unit"].tolist()
    ['thousand persons']
    """
    table = shared("controls.parquet")
    keep = _all(table)
    if (named := _names("variables", variables)) is not None:
        keep &= table["variable"].isin([names.control(name, table["variable"].unique()) for name in named])
    rows = _result(table, keep, provinces, years, "controls.parquet")
    units = rows.groupby("variable")["unit"].unique()
    rows.attrs["units"] = {name: list(found) for name, found in units.items()}
    if not wide:
        return rows
    several = [name for name, found in units.items() if len(found) > 1]
    label = rows["variable"].where(~rows["variable"].isin(several), rows["variable"] + " [" + rows["unit"] + "]")
    place = ["province", "province_unit", "year"]
    out = rows.assign(variable=label).pivot(index=place, columns="variable", values="value").reset_index()
    out.columns.name = None
    out.attrs = dict(rows.attrs)
    return out


def coverage(index: Names = None) -> pd.DataFrame:
    """Index × year × level: how many provinces have a figure, of how many, and why the rest is missing (vi, en).

    >>> import govlib
    >>> c = govlib.coverage("pci").query("level == 'overall' and year in [2005, 2013]")
    >>> c[["year", "n_provinces", "n_expected"]].values.tolist()
    [[2005, 42, 64], [2013, 63, 63]]
    """
    table = shared("coverage.parquet")
    wanted = _indices(index)
    return table[table["index_id"].isin(wanted) if wanted is not None else _all(table)].reset_index(drop=True)


def why(index: Names = None, province: Names = None, year: Years = None) -> pd.DataFrame:
    """Why a score is missing: one row a province, year and component, with the reason in Vietnamese and English.

    >>> from govlib import data
    >>> data.why("papi", "bac-ninh", 2021).query("component == 'overall'")["code"].tolist()
    ['withheld']
    """
    table = shared("why_missing.parquet")
    index, province, year = map(_kept, (index, province, year))
    wanted = _indices(index)
    keep = table["index_id"].isin(wanted) if wanted is not None else _all(table)
    out = _result(table, keep, province, year, "why_missing.parquet", quiet=True)
    if out.empty:  # nothing missing is an answer, where there is an edition of that unit: this warns where there is none
        scores(index, provinces=province, years=year)
    return out


def reason(index: str, component: str, province: str, year: int) -> gaps.Reason:
    """Why a cell without a score has none, in the one wording that every page, chart and table uses.

    >>> from govlib.panel import data
    >>> data.reason("pci", "transparency", "bac-ninh", 2022).short("en"), data.reason("papi", "overall", "bac-ninh", 2021).short()
    ('not in our sources', 'không công bố')
    >>> data.reason("pci", "overall", "ha-tay", 2019).told("en"), data.reason("dti", "overall", "ha-noi", 2015).told("en")
    ('this administrative unit is not one of the 2019 edition', 'DTI began with the 2020 edition')
    """
    codes, held = _known_gaps()
    province = resolve(province)  # a spelling is no unit of any edition
    code = codes.get((index, year, component, province), "")
    if year < indices.index(index).first_edition:
        code = "none_yet"
    elif province not in province_set(year):
        code = "other_unit"
    elif indices.doubtful(index, year, province):
        code = "withdrawn"
    elif not code:
        known = component in ("overall", "overall_fixed_weights", *indices.component_ids(index, year, "all")) or "." in component
        code = "no_edition" if (index, year) not in held else "not_held" if known else "not_in_edition"
    return gaps.Reason(code, index, year, province)


_gaps: tuple[pd.DataFrame, dict[tuple, str], set[tuple[str, int]]] | None = None


def _known_gaps() -> tuple[dict[tuple, str], set[tuple[str, int]]]:
    """(index, year, component, province) → code, and the editions that have any row; kept for as long as the tables are."""
    global _gaps
    table = shared("why_missing.parquet")
    if _gaps is None or _gaps[0] is not table:
        cells = zip(table["index_id"], table["year"], table["component"], table["province"], table["code"], strict=True)
        scores_ = shared("scores.parquet")[["index_id", "year"]].drop_duplicates()
        _gaps = table, {tuple(key): code for *key, code in cells}, set(scores_.itertuples(index=False, name=None))
    return _gaps[1:]


def estimates(index: Names = None, component: Names = None, reform: Names = None, estimator: Names = None) -> pd.DataFrame:
    """Estimated effects, all files of ``estimates/``, one row an estimate.

    Raises MissingData where none has been made yet (``make effects``).

    >>> import govlib
    >>> found = govlib.estimates("pci", "time_costs", "peoples_council_removal", "twfe")
    >>> sorted(set(found["component"]))
    ['time_costs']
    """
    from govlib.panel import estimated  # pandas, which `import govlib` does without

    folder = paths.estimates()
    files = sorted(folder.glob("*.parquet"))
    if not files:
        raise MissingData(folder / "*.parquet", "make effects")
    table, asked = estimated.table(files), {}
    if (wanted := _indices(index)) is not None:
        asked["index_id"] = wanted
    if (named := _names("component", component)) is not None:
        held = table["component"].unique() if wanted is None else table.loc[table["index_id"].isin(wanted), "component"].unique()
        asked["component"] = [names.component(name, wanted, held) for name in named]
    held = {column: table[column].unique() for column in ("reform", "estimator")}
    if (named := _names("reform", reform)) is not None:  # one of one's own is known to the estimates alone
        named = [name if name in held["reform"] else names.reform(name) for name in named]
        asked["reform"] = _known("reform", named, held["reform"])
    if (named := _names("estimator", estimator)) is not None:
        asked["estimator"] = _known("estimator", named, held["estimator"])
    return estimated.chosen(table, asked)


def table(name: str) -> pd.DataFrame:
    """A companion table of the panel by its file name, e.g. ``composite_check.parquet`` or ``rejected_rows.csv``.

    >>> from govlib import data
    >>> data.table("rank_check.parquet")["agrees"].dtype.name
    'bool'
    """
    return shared(name).copy()


# ---- shared by all --------------------------------------------------------------------------------------------------

def shared(name: str) -> pd.DataFrame:
    """A table of ``data/processed`` itself, not a copy, and the same one until its file changes: to be read, not written to."""
    path = paths.processed() / name
    try:
        stat = path.stat()
    except FileNotFoundError:
        raise MissingData(path, "make panel") from None
    mark = (stat.st_mtime_ns, stat.st_size)
    if path not in _cache or _cache[path][0] != mark:
        _cache[path] = (mark, read(path))
    return _cache[path][1]


def read(path: Path, **what: Any) -> pd.DataFrame:
    """A generated table; ``what`` goes to :func:`pandas.read_parquet`.

    Raises
    ------
    MissingData : it is not there, or is cut short or otherwise damaged, with the command that makes it again.
    """
    import pandas as pd

    try:
        return pd.read_csv(path, keep_default_na=False, dtype=str) if path.suffix == ".csv" else pd.read_parquet(path, **what)
    except FileNotFoundError:
        raise MissingData(path, "make panel") from None
    except (OSError, ValueError, KeyError) as error:  # what pyarrow and pandas raise for bytes that are no table
        # make would see a file that is there and up to date
        raise MissingData(path, "govlib panel", f"is damaged ({str(error).splitlines()[0][:80]})") from error


def _all(table: pd.DataFrame) -> pd.Series:
    import pandas as pd

    return pd.Series(True, index=table.index)


def _result(table: pd.DataFrame, keep: pd.Series, provinces: Names, years: Years, name: str, quiet: bool = False) -> pd.DataFrame:
    provinces, years = _kept(provinces), _kept(years)
    units, editions = _units(provinces), years_of(years)
    there = _all(table) if units is None else table["province"].isin({unit.slug for unit in units})
    then = _all(table) if editions is None else table["year"].isin(editions)
    out = _meant(table[keep & there & then], units)
    if out.empty and not quiet:
        _say_what_there_is(_meant(table[keep & there], units), table[keep & then], provinces, years)
    out = out.reset_index(drop=True)
    out.attrs["file"] = name
    if "source" in out:
        joined = out["source"].dropna().unique()
        out.attrs["sources"] = sorted({source for text in joined for source in text.split(";") if source})
    return out


def _meant(table: pd.DataFrame, units: list[Province] | None) -> pd.DataFrame:
    """Of two units with one slug the rows of the one that was meant: bac-ninh-2025, or which of them lies in a region."""
    out = with_unit(table)
    return out if units is None else out[out["province_unit"].isin([unit.unit for unit in units])]


def with_unit(table: pd.DataFrame) -> pd.DataFrame:
    """The table with ``province_unit`` after ``province``: the Bắc Ninh to 2024 (``bac-ninh``) and the one of 2025 are two.

    >>> import pandas as pd
    >>> with_unit(pd.DataFrame({"province": "bac-ninh", "year": [2024, 2025]}))["province_unit"].tolist()
    ['bac-ninh', 'bac-ninh-2025']
    """
    keys = list(zip(table["province"].tolist(), table["year"].tolist(), strict=True))
    units = {key: unit_of(*key).unit for key in set(keys)}
    out = table.copy()
    out.insert(out.columns.get_loc("province") + 1, "province_unit", [units[key] for key in keys])
    return out


def _say_what_there_is(of_places: pd.DataFrame, of_years: pd.DataFrame, provinces: Names, years: Years) -> None:
    """Nothing fits: warn with the years that these provinces have, and the provinces that these years have."""
    then, found = sorted(of_years["province"].unique()), []
    if len(of_places):
        found.append(f"years {spans(of_places['year'].unique())}" + (" for these provinces" if provinces is not None else ""))
    if then and provinces is not None:
        found.append(f"{len(then)} provinces{' in these years' if years is not None else ''} "
                     f"({', '.join(then[:6])}{' …' if len(then) > 6 else ''})")
    asked = ", ".join(f"{name}={value!r}" for name, value in (("provinces", provinces), ("years", years)) if value is not None)
    warn(f"no rows for {asked or 'this choice'}; there are: {'; '.join(found) or 'none at all'}")


def _names(column: str, spec: Names) -> list[str] | None:
    return None if spec is None else listed(column, spec)


def _kept(spec: Any) -> Any:
    """What was asked for, an iterator as a list: it is read more than once, and a warning repeats it."""
    return list(spec) if isinstance(spec, Iterator) else spec


def _indices(spec: Names) -> list[str] | None:
    named = _names("index", spec)
    return None if named is None else [names.index(name) for name in named]


def _defined_components(index_ids: list[str] | None) -> list[str]:
    return list(dict.fromkeys(c for i in (index_ids or indices.INDICES) for c in indices.component_ids(i)))


def _units(spec: Names) -> list[Province] | None:
    return None if spec is None or (isinstance(spec, str) and spec == "all") else expand_units(listed("provinces", spec))


def _known(kind: str, named: Iterable[str], known: Iterable[str]) -> list[str]:
    """The names as the table has them, whatever their case and whether words are joined by spaces, hyphens or underscores."""
    ids, found = {fold(name): name for name in known}, []
    for name in named:
        if fold(name) not in ids:
            near = difflib.get_close_matches(str(name), ids.values(), n=3, cutoff=0.4)
            rest = [other for other in sorted(ids.values()) if other not in near] if len(ids) <= 12 or not near else []
            raise UnknownName(kind, name, [*near, *rest[:12]])
        found.append(ids[fold(name)])
    return found
