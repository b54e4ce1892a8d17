"""Names as people type them: an index, a component, a reform, an estimator by id in any case, or by a name that is printed.

A name is taken where it can mean one thing only: the id in any case (``PCI``, ``Time-costs``), the short name, or the whole
printed name in either language of any edition (``Chi phí thời gian``). Part of a name is never taken for the whole; the error then
lists what contains it, and :func:`search` lists it without an error.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from govlib import files, paths
from govlib.did.estimators import ESTIMATORS
from govlib.errors import UnknownName
from govlib.known import indices, provinces, reforms
from govlib.text import fold

if TYPE_CHECKING:
    import pandas as pd

MOST = 5  # candidates that an error names


def index(name: object) -> str:
    """The id of an index; raises UnknownName.

    >>> index("PCI"), index("PAR Index"), index("Chỉ số năng lực cạnh tranh cấp tỉnh")
    ('pci', 'par', 'pci')
    """
    return _one("index", name, _index_names())


def component(name: object, of: Iterable[str] | None = None, others: Iterable[str] = ()) -> str:
    """The id of a component, sub-dimension or ``overall`` of these indices (None: of all).

    ``others``: ids that the registry does not know, as the survey items that a panel holds.

    Raises
    ------
    UnknownName : nothing is called so, or things with different ids are.

    >>> component("Chi phí thời gian", ["pci"]), component("TIME_COSTS"), component("Overall")
    ('time_costs', 'time_costs', 'overall')
    >>> component("thời gian", ["pci"])
    Traceback (most recent call last):
    govlib.errors.UnknownName: unknown component of pci 'thời gian'; nearest: time_costs (Chi phí thời gian)
    """
    ids = tuple(of) if of is not None else indices.INDICES
    others = list(others)
    if isinstance(name, str) and name in others:  # a Series or pandas' NA has no truth to be compared by
        return str(name)
    return _one(f"component of {', '.join(ids)}" if of is not None else "component", name, _component_names(ids), others)


def reform(name: object) -> str:
    """The id of a reform in the registry, own ones included; raises UnknownName.

    >>> reform("DDCI"), reform("administrative-complex")
    ('ddci', 'administrative_complex')
    """
    if isinstance(name, str) and name in reforms.ids():
        return name
    return _one("reform", name, {row.reform: (row.name_vi, row.name_en) for row in reforms.reform_types().itertuples()})


def control(name: object, held: Iterable[str] = ()) -> str:
    """The id of a control variable; raises UnknownName.

    >>> control("dân số"), control("GRDP")
    ('population', 'grdp')
    """
    return _one("control variable", name, _controls(), held)


def search(text: str) -> pd.DataFrame:
    """Everything whose id or name, in either language, has all these words or begins with these initials.

    Returns
    -------
    DataFrame with ``kind`` (index, component, indicator, reform, estimator, province, region, control), ``id``, ``of`` (the index
    of a component, the unit of a province), ``name_vi``, ``name_en``; empty where nothing is called so.

    >>> search("chi phí thời gian")[["kind", "id", "of"]].values.tolist()
    [['component', 'time_costs', 'pci']]
    >>> "commune_one_stop_upgrade" in search("one stop")["id"].tolist(), search("CS").query("kind == 'estimator'")["id"].tolist()
    (True, ['callaway_santanna'])
    """
    import pandas as pd

    words = fold(text).split()
    rows = [row for row in _everything() if words and _has(words, row[1], *row[3:])]
    return pd.DataFrame(rows, columns=["kind", "id", "of", "name_vi", "name_en"])


# ---- what there is ---------------------------------------------------------------------------------------------------

@lru_cache(maxsize=1)
def _index_names() -> dict[str, tuple[str, ...]]:
    found = {i: indices.index(i) for i in indices.INDICES}
    return {i: (d.short_vi, d.short_en, d.name_vi, d.name_en, d.name_vi.split(" (")[0], d.name_en.split(" (")[0])
            for i, d in found.items()}


@lru_cache(maxsize=64)
def _component_names(ids: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Id → its printed names of all editions. One id in two indices (transparency) is one name to ask by."""
    names: dict[str, list[str]] = {"overall": [], **({"overall_fixed_weights": []} if "pci" in ids else {})}  # PCI's alone
    for i in ids:
        names["overall"] += _index_names()[i]
        for key in ("components", "indicators"):
            for entry in indices.kept(i).get(key, ()):
                also = [n[lang] for n in entry.get("names", ()) for lang in ("vi", "en")]
                names.setdefault(entry["id"], []).extend([entry["name_vi"], entry["name_en"], *also])
    return {k: tuple(v) for k, v in names.items()}


@lru_cache(maxsize=1)
def _controls() -> dict[str, tuple[str, str]]:
    return {row["variable"]: (row["name_vi"], row["name_en"]) for row in files.rows(paths.reference() / "controls.csv")}


def _everything() -> list[tuple[str, str, str, str, str]]:
    rows = [("index", i, "", n[2], n[3]) for i, n in _index_names().items()]
    for i in indices.INDICES:
        rows += [(c.level, c.id, i, c.name_vi, c.name_en) for c in indices.components(i, None, "all")]
    rows += [("reform", r.reform, "", r.name_vi, r.name_en) for r in reforms.reform_types().itertuples()]
    rows += [("estimator", e.name, "", e.label, e.label) for e in ESTIMATORS.values()]
    rows += [("province", u.slug, u.unit, u.name_vi, u.name_en) for u in provinces.units()]
    rows += [("region", slug, "", *names) for slug, names in provinces.regions().items()]
    return rows + [("control", variable, "", *printed) for variable, printed in _controls().items()]


# ---- matching --------------------------------------------------------------------------------------------------------

def _one(kind: str, name: object, names: Mapping[str, Iterable[str]], others: Iterable[str] = ()) -> str:
    if isinstance(name, str) and name in names:
        return name
    key = fold(name)
    same = [i for i, printed in names.items() if key and key in (fold(i), *map(fold, printed))]
    if len(same) == 1:
        return same[0]
    words = key.split()
    near = same or [i for i, printed in names.items() if words and _has(words, i, *printed)]
    told = [f"{i} ({next(iter(names[i]))})" if names[i] else i for i in near[:MOST]]
    ids = list(dict.fromkeys([*names, *others]))
    raise UnknownName(kind, name, told or difflib.get_close_matches(key.replace(" ", "_"), ids, n=3, cutoff=0.4) or ids[:12])


def _has(words: list[str], *texts: str) -> bool:
    """Whether one text has every word at the beginning of a word of its own, or begins with the one word as its initials."""
    for text in texts:
        own = fold(text).split()
        initials = "".join(w[0] for w in own)
        by_initials = len(words) == 1 < len(words[0]) and initials.startswith(words[0])
        if by_initials or all(any(w.startswith(part) for w in own) for part in words):
            return True
    return False
