"""The few sentences that the page of operations begins with: what changed when something was adopted, then where nothing was.

Every series of a unit with an adoption month on record stands in one of them, by what can be said of it. Only a series that changed
level at adoption and differs the other way by the last month stands in two, and the second says so.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from govlib.institute.operations import model, series
from govlib.institute.statistics import interrupted
from govlib.words import wording
from govlib.words.tables import phrase
from govlib.words.wording import signed

SURE = 0.05  # of a p-value adjusted for the number of series


def on_record(ops: model.Operations) -> list[tuple[str, str]]:
    """(service, unit) with an adoption month in the file, within its months or not."""
    return [(service, unit) for service in model.SERVICES for unit in ops.units(service)
            if series.on_record(ops, service, unit) is not None]


def no_comparison(ops: model.Operations, lang: str = "vi") -> str:
    """Why there is nothing to say of before and after."""
    return phrase("operations_page.adopted_not_compared" if on_record(ops) else "operations_page.no_unit_has_adoption", lang)


def findings(ops: model.Operations, interruptions: pd.DataFrame, changes: pd.DataFrame, lang: str = "vi") -> list[str]:
    """What changed when something was adopted, what cannot be told and why, then changes where nothing was adopted."""
    told = [*_compared(interruptions, lang), *_not_compared(ops, interruptions, lang)]
    if not told and on_record(ops):
        told = [no_comparison(ops, lang)]
    better = np.array([model.INDICATORS[i].better != 0 for i in changes["indicator"]], bool)
    loose = changes[(changes["adopted"] == "").to_numpy(bool) & changes["unit"].ne("").to_numpy(bool) & better]
    if len(loose):
        told.append(phrase("operations_page.changes_level_in_units", lang, n_loose=len(loose)))
    return [wording.sentence(t) for t in told] or [no_comparison(ops, lang)]


def _compared(table: pd.DataFrame, lang: str) -> list[str]:
    """Of the series that can be told from the season: a change of level, else a difference by the last month, else neither."""
    table = table[table["level"].notna().to_numpy() & table["seasonal"].eq(True).to_numpy(bool)]
    way = np.array([model.INDICATORS[i].better for i in table["indicator"]], float)  # the direction that is better
    level, end = (way * np.sign(table[what].to_numpy(float)) * (table[f"{what}_p_adjusted"].to_numpy(float) < SURE)
                  for what in ("level", "effect_end"))
    slow = np.where(level == 0, end, 0.0)  # told by its last month only where the level alone would say nothing
    told = _better(table, level > 0, "level", "operations_page.improved_at_adoption", lang)
    if bad := int((level < 0).sum()):
        told.append(phrase("operations_page.series_became_worse_at", lang, bad=bad))
    if turned := int((level * end < 0).sum()):
        told.append(phrase("operations_page.turned_by_last_month", lang, turned=turned))
    told += _better(table, slow > 0, "effect_end", "operations_page.better_by_last_month", lang)
    if bad := int((slow < 0).sum()):
        told.append(phrase("operations_page.series_worse_by_last_month", lang, bad=bad))
    if rest := int(((level == 0) & (slow == 0) & (way != 0)).sum()):
        told.append(phrase("operations_page.other_series_no_evidence", lang, rest=rest))
    return told


def _better(table: pd.DataFrame, those: np.ndarray, what: str, key: str, lang: str) -> list[str]:
    """One sentence a service and indicator: in how many of its units, and the median."""
    told = []
    for (service, indicator), good in table[those].groupby(["service", "indicator"], sort=False):
        about, n = model.INDICATORS[indicator], int(((table["service"] == service) & (table["indicator"] == indicator)).sum())
        unit = phrase("operations_page.percentage_points", lang) if about.unit(lang) == "%" else about.unit(lang)
        told.append(phrase(key, lang, service=model.SERVICES[service].name(lang), indicator=about.name(lang).lower(),
                           k=len(good), n=n, median=signed(good[what].median(), lang, 1), unit=unit))
    return told


def _not_compared(ops: model.Operations, table: pd.DataFrame, lang: str) -> list[str]:
    """How many series of units that adopted say nothing, by the reason."""
    fitted = table["level"].notna().to_numpy()
    few = (table[["n_before", "n_after"]].to_numpy(float) < interrupted.LEAST).any(1)
    outside = sum(model.INDICATORS[indicator].better != 0 for service, unit in on_record(ops)
                  if series.adoption(ops, service, unit) is None for indicator in ops.indicators(service))
    counts = {"operations_page.cannot_tell_from_season": int((fitted & ~table["seasonal"].eq(True).to_numpy(bool)).sum()),
              "operations_page.too_few_to_compare": int((~fitted & few).sum()),
              "operations_page.never_varied": int((~fitted & ~few).sum()), "operations_page.adopted_outside_months": outside}
    return [phrase(why, lang, n=n, least=interrupted.LEAST, season=interrupted.SEASON) for why, n in counts.items() if n]
