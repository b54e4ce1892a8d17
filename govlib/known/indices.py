"""What each index measures, in which edition, on which scale, with which weights, and where its series breaks.

The definitions stand in ``reference/indices/<id>.yaml``, each statement with how it is known. This module answers
questions about them; a year is always an edition's year. After the last known edition the last known definition holds,
so that a template for next year can be made before its methodology is out. Which editions there are is not written down:
it is what lies in ``data/raw`` (:func:`editions`).
"""
# long: with an example of every entry

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from govlib import paths
from govlib.errors import BadInput, UnknownName
from govlib.known import provinces, survey_items, surveys
from govlib.known.cards import card
from govlib.text import spans
from govlib.words.tables import check_language, phrase

INDICES = ("pci", "papi", "par", "sipas", "dti", "ict", "pgi")
LATEST = 9999  # the edition that the newest definition is of


@dataclass(frozen=True, slots=True)
class IndexDef:
    """One index. publication_month is a month of the year after the edition (None: no pattern); survey_months are
    months of the edition's own year (empty: not read); known says where such facts come from.

    >>> from govlib import indices
    >>> pci = indices.index("pci")
    >>> pci.short_en, pci.first_edition
    ('PCI', 2005)
    """

    id: str
    name_vi: str
    name_en: str
    short_vi: str
    short_en: str
    producer_vi: str
    producer_en: str
    website: str | None
    publication_month: int | None
    survey_months: tuple[int, ...]
    first_edition: int
    unit: str
    respondents_vi: str
    respondents_en: str
    covers_vi: str
    covers_en: str
    tiers: tuple[dict[str, Any], ...] = ()
    releases: tuple[dict[str, Any], ...] = ()
    known: dict[str, str] = field(default_factory=dict)
    terms: dict[str, tuple[str, str]] = field(default_factory=dict)
    earlier_producer: dict[str, Any] = field(default_factory=dict)  # last edition, vi, en

    def producer(self, lang: str, year: int | None = None) -> str:
        """Who publishes an edition, by the name of that time; without a year both, where they differ.

        >>> index("dti").producer("en", 2023), index("dti").producer("en", 2024)
        ('Ministry of Information and Communications', 'Ministry of Science and Technology')
        """
        now, before = self.producer_vi if lang == "vi" else self.producer_en, self.earlier_producer
        if not before or before[lang] == now or year is not None and year > before["last"]:
            return now
        return before[lang] if year is not None else phrase("indices.producers", lang, before=before[lang], last=before["last"],
                                                            now=now)

    def _repr_html_(self) -> str:
        """A card in a notebook: producer, editions, components, breaks."""
        rows = [("id", self.id), ("producer", self.producer_en), ("asks", self.respondents_en),
                ("answered", surveys.said(self.id) or "no page prints how many"), ("covers", self.covers_en),
                ("editions", spans(editions(self.id))), ("unit", self.unit),
                ("components", ", ".join(f"{c.id} ({c.name_en})" for c in components(self.id))),
                ("breaks", "; ".join(f"{b.year} {b.scope}: {b.what_en}" for b in breaks(self.id)))]
        return card(f"{self.short_vi} · {self.name_vi} / {self.name_en}", rows)


@dataclass(frozen=True, slots=True)
class Component:
    """A component (PCI sub-index, PAPI dimension, PAR field …) or, at level ``indicator``, a sub-dimension.

    Names are those of the year asked for. ``higher_is_better`` is True throughout: the publishers turn costs round.

    >>> from govlib import indices
    >>> indices.component("pci", "time_costs", 2019).name_en
    'Time Costs'
    """

    id: str
    index_id: str
    name_vi: str
    name_en: str
    definition_vi: str
    definition_en: str
    higher_is_better: bool
    first: int
    last: int | None
    level: str = "component"
    code: str = ""
    parent: str | None = None
    group: str = ""

    def _repr_html_(self) -> str:
        return card(f"{self.name_vi} · {self.name_en}", [
            ("id", f"{self.index_id} {self.id}"), ("what it is", self.definition_vi), ("in English", self.definition_en),
            ("editions", f"{self.first}–{self.last or '…'}"), ("code", self.code),
            ("higher is better", "yes" if self.higher_is_better else "no")])


@dataclass(frozen=True, slots=True)
class Break:
    """From this edition on the series does not compare; scope is 'overall', a component id, or 'all'.

    >>> from govlib import indices
    >>> [b.year for b in indices.breaks("papi") if b.scope in ("overall", "all")]
    [2018]
    """

    index_id: str
    year: int
    scope: str
    what_vi: str
    what_en: str
    known: str = ""


def definition(index_id: str) -> dict[str, Any]:
    """``reference/indices/<id>.yaml`` as it stands, to write into at will; raises UnknownName."""
    return deepcopy(dict(kept(index_id)))


@lru_cache(maxsize=len(INDICES))
def kept(index_id: str) -> Mapping[str, Any]:
    """:func:`definition` as this room keeps it, to be read only; raises UnknownName."""
    import yaml

    if index_id not in INDICES:
        raise UnknownName("index", index_id, INDICES)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with (paths.reference() / "indices" / f"{index_id}.yaml").open(encoding="utf-8") as handle:
        return yaml.load(handle, Loader=loader)  # noqa: S506 - both are safe


def index(index_id: str) -> IndexDef:
    """The definition of an index; raises UnknownName.

    >>> index("pci").first_edition, index("papi").short_en
    (2005, 'PAPI')
    """
    raw = kept(index_id)
    names = {f.name for f in IndexDef.__dataclass_fields__.values()}
    values = deepcopy({k: v for k, v in raw.items() if k in names})
    terms = {c["id"]: (c["name_vi"], c["name_en"]) for c in raw["components"] + raw.get("indicators", [])}
    listed = {k: tuple(values.get(k, ())) for k in ("tiers", "releases", "survey_months")}
    return IndexDef(**values | listed, terms=terms)


def editions(index_id: str) -> list[int]:
    """Editions that came out, oldest first: those of ``data/raw/<index>/``, and the few named in ``not_held``, of which no
    figure was found. A form that is taken in makes its edition one of them.

    >>> editions("papi")[0], editions("par")[:4]
    (2011, [2012, 2013, 2014, 2015])
    """
    held = {int(path.stem) for path in (paths.raw() / index_id).glob("[0-9][0-9][0-9][0-9].csv")}
    return sorted(held | set(kept(index_id).get("not_held", ())))


def surveyed(index_id: str, year: int) -> int:
    """How many provinces an edition was about: all that there were, or fewer (42 in the first PCI).

    >>> surveyed("pci", 2005), surveyed("pci", 2006), surveyed("papi", 2024), surveyed("pci", 2025)
    (42, 64, 63, 34)
    """
    return kept(index_id).get("surveyed", {}).get(year) or len(provinces.province_set(year))


def holds(entry: Mapping[str, Any], year: int) -> bool:
    return (entry.get("first", year) <= year <= (entry.get("last") or year)) and year not in entry.get("absent", ())


def _within(entry: Mapping[str, Any], year: int) -> bool:
    return entry.get("from", year) <= year <= entry.get("to", year)


def _named(entry: Mapping[str, Any], year: int | None) -> tuple[str, str]:
    for other in entry.get("names", ()):
        if year is not None and _within(other, year):
            return other["vi"], other["en"]
    return entry["name_vi"], entry["name_en"]


def _make(index_id: str, entry: Mapping[str, Any], level: str, year: int | None) -> Component:
    vi, en = _named(entry, year)
    parent = entry["id"].split(".")[0] if level == "indicator" else None
    return Component(entry["id"], index_id, vi, en, entry.get("definition_vi", ""), entry.get("definition_en", ""), True,
                     entry["first"], entry.get("last"), level, entry.get("code", ""), parent, entry.get("group", ""))


def components(index_id: str, year: int | None = None, level: str = "component") -> list[Component]:
    """The components of an edition, in printed order, without ``overall``; of all editions when year is None.

    level: 'component', 'indicator' (PAPI sub-dimensions; their ``code`` is the printed one of that year), or 'all'.
    An indicator id that had several codes appears once when year is None.

    >>> len(components("pci", 2005)), len(components("pci", 2011)), len(components("pci", 2021))
    (9, 9, 10)
    >>> [c.id for c in components("papi", 2016, "indicator") if c.code == "3.2"]
    ['vertical_accountability.response_to_citizen_actions']
    """
    return list(_components(index_id, year, level))


@lru_cache(maxsize=512)
def _components(index_id: str, year: int | None, level: str) -> tuple[Component, ...]:
    raw = kept(index_id)
    if level not in ("component", "indicator", "all"):
        raise UnknownName("level", level, ("component", "indicator", "all"))
    out: dict[tuple[str, str], Component] = {}
    for one, key in (("component", "components"), ("indicator", "indicators")):
        if level in (one, "all"):
            for entry in raw.get(key, ()):
                if year is None or holds(entry, year):
                    made = _make(index_id, entry, one, year)
                    seen = out.get((one, made.id))
                    if seen is not None:  # the same concept under another code: one row, whole span
                        last = None if made.last is None else max(made.last, seen.last or made.last)
                        made = Component(**{f: getattr(seen, f) for f in Component.__dataclass_fields__} | {"last": last})
                    out[one, made.id] = made
    return tuple(out.values())


def component_ids(index_id: str, year: int | None = None, level: str = "component") -> list[str]:
    """Ids of :func:`components`.

    >>> component_ids("sipas")[-1]
    'feedback_handling'
    """
    return [c.id for c in components(index_id, year, level)]


def component(index_id: str, component_id: str, year: int | None = None) -> Component:
    """One component or sub-dimension; raises UnknownName with those that exist.

    >>> from govlib import indices
    >>> indices.component("papi", "administrative_procedures", 2023).name_en
    'Public Administrative Procedures'
    """
    known = components(index_id, year, "all")
    for c in known:
        if c.id == component_id:
            return c
    of = index(index_id).short_en + (f" {year}" if year is not None else "")
    raise UnknownName(f"component of {of}", component_id, [c.id for c in known if c.level == "component"])


def by_code(index_id: str, code: str, year: int) -> Component:
    """The component or sub-dimension that carried a printed code in that edition.

    >>> by_code("papi", "2.1", 2017).id, by_code("papi", "2.1", 2018).id
    ('transparency.poverty_lists', 'transparency.access_to_information')
    """
    for c in components(index_id, year, "all"):
        if c.code and c.code == str(code).strip():
            return c
    raise UnknownName(f"code of {index(index_id).short_en} {year}", code)


@lru_cache(maxsize=4096)
def name(index_id: str, component: str | None = None, lang: str = "vi", year: int | None = None) -> str:
    """The name to print, of the index, of a component as it was called in that year, or of a survey item that
    ``reference/indices/pci_items.csv`` names; raises UnknownName.

    >>> name("pci", "business_support", "en", 2020), name("pci", "business_support", "en", 2021)
    ('Business Support Services', 'Business Support Policy')
    >>> name("papi", "overall", "en"), name("pci", "time_costs.officials_friendly", "en")
    ('PAPI', 'Officials are friendly')
    """
    if component is None:
        return kept(index_id)[f"name_{check_language(lang)}"]
    short = kept(index_id)[f"short_{check_language(lang)}"]
    if component == "overall":
        return short
    if component == "overall_fixed_weights":
        return phrase("indices.with_fixed_weights", lang, short=short)
    if (item := survey_items.find(index_id, component)) is not None:
        return item.name(lang)
    for c in components(index_id, year, "all") or ():
        if c.id == component:
            return c.name_en if lang == "en" else c.name_vi
    if year is not None:  # a component that this edition lacks still has a name
        return name(index_id, component, lang)
    raise UnknownName(f"component of {index(index_id).short_en}", component, component_ids(index_id))


def breaks(index_id: str) -> list[Break]:
    """Breaks of the series, oldest first.

    >>> from govlib import indices
    >>> indices.breaks("pci")[0].year
    2006
    """
    return [Break(index_id, b["year"], b["scope"], b["what_vi"], b["what_en"], b.get("known", ""))
            for b in sorted(kept(index_id).get("breaks", ()), key=lambda b: b["year"])]


@cache
def neighbours_only(index_id: str) -> bool:
    """Whether only neighbouring editions are compared, as it is not known what changed in between (PAR INDEX, SIPAS)."""
    return index_id in INDICES and bool(kept(index_id).get("neighbours_only"))


@cache
def doubtful(index_id: str, year: int, province: str) -> tuple[str, str] | None:
    """(Vietnamese, English): why the publisher does not stand by a province's figures of an edition; None elsewhere.

    >>> doubtful("papi", 2022, "bac-ninh")[1][:30], doubtful("papi", 2022, "ha-noi")
    ('the publisher left the provinc', None)
    """
    for entry in kept(index_id).get("doubtful", ()) if index_id in INDICES else ():
        if entry["year"] == year and province in entry["provinces"]:
            return entry["what_vi"], entry["what_en"]
    return None


@cache
def doubted(index_id: str) -> dict[int, tuple[str, ...]]:
    """Year → provinces of which :func:`doubtful` tells a reason.

    >>> doubted("papi"), doubted("pci")
    ({2022: ('bac-giang', 'bac-ninh')}, {})
    """
    entries = kept(index_id).get("doubtful", ()) if index_id in INDICES else ()
    return {entry["year"]: tuple(sorted(entry["provinces"])) for entry in entries}


def touches(scope: str, component: str) -> bool:
    """Whether a break of this scope (``all``, ``overall``, a component) reaches a component.

    A composite is made of its parts: one part that is measured anew breaks the total too. Changed weights (``overall``) do
    not break the composite with fixed weights. A break of a PAPI dimension reaches its sub-dimensions.

    >>> touches("participation", "overall"), touches("overall", "participation"), touches("overall", "overall_fixed_weights")
    (True, False, False)
    """
    if component == "overall":
        return True
    if component == "overall_fixed_weights":
        return scope != "overall"
    return scope in ("all", component, component.split(".")[0])


def breaks_between(index_id: str, component: str, first: int, last: int) -> list[Break]:
    """Breaks after one edition, up to another, that reach a component (or ``overall``), see :func:`touches`.

    Raises UnknownName for a printed name in place of an id, of which only the breaks of all components would be told, BadInput for
    years the wrong way round, between which there would be none.

    >>> [b.year for b in breaks_between("pci", "time_costs", 2012, 2020)]
    [2013, 2017]
    """
    if component.split(".")[0] not in _scopes(index_id):
        named = [c.id for c in components(index_id) if component in (c.name_vi, c.name_en)]
        raise UnknownName(f"component of {index(index_id).short_en}", component, named or component_ids(index_id))
    if first > last:
        raise BadInput("the range of years is reversed", column="years", value=f"{first}:{last}", fix=f"write {last}:{first}")
    return [b for b in breaks(index_id) if first < b.year <= last and touches(b.scope, component)]


@lru_cache(maxsize=len(INDICES))
def _scopes(index_id: str) -> frozenset[str]:
    """Ids that a break may be asked of."""
    return frozenset(("overall", "overall_fixed_weights", *component_ids(index_id)))


@lru_cache(maxsize=512)
def method_version(index_id: str, year: int) -> str:
    """Name of the method in force: the index and the edition that it came in with.

    >>> method_version("pci", 2019), method_version("papi", 2011)
    ('pci-2017', 'papi-2011')
    """
    starts = [m["from"] for m in kept(index_id)["methods"] if m["from"] <= year]
    if not starts:
        raise BadInput(f"{index(index_id).short_en} has no edition {year}", fix=f"take {index(index_id).first_edition} or later")
    return f"{index_id}-{max(starts)}"


@lru_cache(maxsize=4096)
def scale(index_id: str, component: str = "overall", year: int | None = None) -> tuple[float, float | None, str]:
    """(lowest, highest, unit) of a score; highest is None where a field's maximum was not read (PAR INDEX).

    >>> scale("papi", "overall", 2017), scale("papi", "overall", 2018), scale("papi", "e_governance.portal_access", 2018)
    ((6.0, 60.0, 'points'), (8.0, 80.0, 'points'), (0.5, 5.0, 'points'))
    """
    raw = kept(index_id)
    year = LATEST if year is None else year
    if component in ("overall", "overall_fixed_weights"):
        level, wanted = "overall", "overall"
    else:
        found = _component_of_any_year(index_id, component)
        level, wanted = found.level, component
    for entry in raw["scales"]:
        if not _within(entry, year) or not (entry.get("component") == wanted or entry.get("level") == level):
            continue
        if entry.get("share_of_parent"):
            parent = component.split(".")[0]
            n = sum(c.parent == parent for c in components(index_id, year, "indicator")) or 1
            low, high, unit = scale(index_id, parent, year)
            # the publishers start a third of 1-10 at 0.33, not at a third (PAPI 8.1 has 0.3317)
            return math.floor(100 * low / n) / 100, None if high is None else high / n, unit
        high = entry.get("max")
        return float(entry["min"]), None if high is None else float(high), entry["unit"]
    raise BadInput(f"no scale is known for {index_id} {component} in {year}", fix="add it to reference/indices")


def _component_of_any_year(index_id: str, component_id: str) -> Component:
    return component(index_id, component_id)


def published_ranks(index_id: str, year: int) -> int | None:
    """How many ranks the publisher prints in that edition: None for all, 30 for PCI since 2023.

    >>> published_ranks("pci", 2022), published_ranks("pci", 2024)
    (None, 30)
    """
    rule = kept(index_id).get("published_ranks_from", {})
    starts = [y for y in rule if y <= year]
    return rule[max(starts)] if starts else None


def without_result(index_id: str, year: int) -> tuple[str, ...]:
    """Slugs of provinces that the publisher gave no (full) result in that edition, where it is known.

    >>> without_result("papi", 2022)
    ('bac-giang', 'bac-ninh')
    """
    return tuple(kept(index_id).get("without_result", {}).get(year, ()))
