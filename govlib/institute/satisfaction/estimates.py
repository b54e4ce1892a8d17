"""Shares satisfied, by service, unit and group, with design-based intervals; small cells hidden; changes between rounds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from govlib.did import multiple_testing
from govlib.errors import BadInput
from govlib.forms.problems import say
from govlib.institute import synthetic
from govlib.institute.satisfaction.form import GROUP_NAMES, GROUPS, MIN_CELL, SATISFIED, Survey, items
from govlib.institute.statistics import disclosure, shares

if TYPE_CHECKING:
    import pandas as pd


RESULT = ("n", "share", "low", "high", "se", "deff", "method", "hidden")
HIDDEN = "hidden"  # the one reason for small cells and for those that protect them: told apart, they give counts away
NOTHING = dict.fromkeys(("share", "low", "high", "se", "deff"), math.nan) | {"method": ""}


def estimate(survey: Survey, domain=None, item: str = "overall", level: float = 0.95):
    """The :class:`~govlib.institute.statistics.shares.Share` satisfied with ``item`` in a domain (boolean over rows; None: all)."""
    import numpy as np

    if item not in items():
        raise BadInput("not an item of this survey", column="item", value=item,
                       fix=say("one of {choices}", choices=', '.join(items())))
    value = survey.data[item].to_numpy(float)
    y = np.where(np.isnan(value), np.nan, value >= SATISFIED)
    return shares.share(y, survey.data["weight"].to_numpy(float), **survey.design,
                        domain=None if domain is None else np.asarray(domain, bool), level=level)


def counts(survey: Survey, rows: str, columns: str | None = None) -> pd.DataFrame:
    """Answers to the overall question by one or two columns of the form.

    Respondents who left the column empty are a group of their own (key ``""``): left out, they could be worked out as the
    difference to the total, however few they are.
    """
    import pandas as pd

    data = survey.data[survey.data["overall"].notna()]
    return pd.crosstab(data[rows], data[columns]) if columns else data[rows].value_counts().sort_index().to_frame("n").T


def by(survey: Survey, rows: str, *, min_cell: int = MIN_CELL, level: float = 0.95) -> pd.DataFrame:
    """Shares by service, unit or a group; hidden cells carry no figures.

    Returns columns ``key, n, share, low, high, se, deff, method, hidden`` (shares 0–1); ``hidden`` is ``""`` or ``hidden``, the
    same for a small cell and for one that protects it.
    """
    import pandas as pd

    if rows not in GROUP_NAMES:
        raise BadInput("not a column to group by", column="rows", value=rows,
                       fix=say("one of {choices}", choices=', '.join(GROUP_NAMES)))
    table = counts(survey, rows)
    pattern = disclosure.suppress(table.to_numpy(float), min_cell)
    records = []
    for j, key in enumerate(table.columns):
        records.append(_record({"key": key}, survey, survey.data[rows].eq(key), pattern, (0, j), level))
    return pd.DataFrame(records, columns=["key", *RESULT])


def cross(survey: Survey, rows: str, columns: str, *, min_cell: int = MIN_CELL, level: float = 0.95) -> pd.DataFrame:
    """Shares by two columns, with the same totals hidden as in :func:`by`, and the complement that protects the cells.

    Columns ``key, column, n, share, …, hidden``.
    """
    import numpy as np
    import pandas as pd

    table = counts(survey, rows, columns)
    full = disclosure.with_totals(table.to_numpy(float))
    fixed = np.zeros(full.shape, bool)
    fixed[:-1, -1] = disclosure.suppress(full[:-1, -1][None, :], min_cell).hidden[0, :-1]
    fixed[-1, :-1] = disclosure.suppress(full[-1, :-1][None, :], min_cell).hidden[0, :-1]
    pattern = disclosure.suppress(table.to_numpy(float), min_cell, fixed_hidden=fixed, totals_open=True)
    if not disclosure.safe(pattern, min_cell):  # totals give a cell away whatever is hidden inside: nothing inside is shown
        pattern.hidden[:-1, :-1] = True
    records = []
    for i, key in enumerate(table.index):
        for j, column in enumerate(table.columns):
            records.append(_record({"key": key, "column": column}, survey,
                                   survey.data[rows].eq(key) & survey.data[columns].eq(column),
                                   pattern, (i, j), level))
    return pd.DataFrame(records, columns=["key", "column", *RESULT])


def _record(keys: dict, survey: Survey, domain, pattern, at: tuple[int, int], level: float) -> dict:
    if pattern.hidden[at]:
        return {**keys, "n": math.nan, **NOTHING, "hidden": HIDDEN}
    if pattern.counts[at] == 0:
        return {**keys, "n": 0, **NOTHING, "hidden": ""}
    return {**keys, **_figures(estimate(survey, domain, level=level))}


def _figures(got: shares.Share) -> dict:
    return {"n": got.n, **{name: getattr(got, name) for name in NOTHING}, "hidden": ""}


def by_item(survey: Survey, *, min_cell: int = MIN_CELL, level: float = 0.95) -> pd.DataFrame:
    """Share satisfied with every question of the five factors: ``item, factor, n, share, low, high, hidden``."""
    import pandas as pd

    records = []
    for item, about in items().items():
        got = estimate(survey, item=item, level=level)
        shown = _figures(got) if got.n >= min_cell else {"n": math.nan, **NOTHING, "hidden": HIDDEN}
        records.append({"item": item, "factor": about["factor"], **shown})
    return pd.DataFrame(records, columns=["item", "factor", *RESULT])


def change(now: Survey, before: Survey, rows: str = "service", *, min_cell: int = MIN_CELL, level: float = 0.95) -> pd.DataFrame:
    """Change since an earlier round, with a test: only where both rounds may be shown.

    Columns ``key, before, now, change, low, high, p_value, p_adjusted (Holm), method``. The p-value is the interval's
    (:func:`govlib.institute.statistics.shares.change`): where the adjusted one is below 0.05, the 95% interval does not hold 0.

    Raises
    ------
    BadInput : the earlier round is not earlier, is of another province (Bắc Ninh before July 2025 is another than the one since),
        or only one of the two is SYNTHETIC.
    """
    import pandas as pd

    _same_people(now, before)
    shown = [by(s, rows, min_cell=min_cell, level=level).set_index("key") for s in (now, before)]
    records = []
    for key in shown[0].index:
        visible = key in shown[1].index and all(t.loc[key, "hidden"] == "" for t in shown)
        if not visible:
            records.append({"key": key, "method": "not shown in both rounds"})
            continue
        a, b = (estimate(s, s.data[rows].eq(key), level=level) for s in (now, before))
        got = shares.change(a, b, level)
        records.append({"key": key, "before": b.share, "now": a.share, "change": got.change, "low": got.low, "high": got.high,
                        "p_value": got.p_value, "method": got.method})
    out = pd.DataFrame(records, columns=["key", "before", "now", "change", "low", "high", "p_value", "p_adjusted", "method"])
    p = pd.to_numeric(out["p_value"])
    out["p_adjusted"] = multiple_testing.adjust(p.to_numpy(float), "holm") if len(p) else math.nan
    return out


def _same_people(now: Survey, before: Survey) -> None:
    """Raises BadInput where the two rounds are not of one population. Of made-up rounds the years of the merger do not matter."""
    if now.year <= before.year:
        raise BadInput("the earlier round is not earlier", file=before.path, column="year", value=before.year,
                       fix=say("a round before {year}", year=now.year))
    if now.synthetic != before.synthetic:
        raise BadInput("one of the two rounds is SYNTHETIC", file=(now if now.synthetic else before).path,
                       fix="compare two rounds of real answers, or two made-up ones")
    here, there, named = now.asked_in, before.asked_in, before.meta["province"]
    if here.slug != there.slug:
        raise BadInput("the earlier round is of another province", file=before.path, column="province", value=named,
                       fix=say("take an earlier round of {name}, or leave it out", name=here.name_vi))
    if here.unit != there.unit and not now.synthetic:
        raise BadInput(say("{name} was merged on {day:%d/%m/%Y}, between the two rounds: they are of two units", name=here.name_vi,
                           day=here.valid_from or there.valid_from), file=before.path, column="province", value=named,
                       fix="leave the earlier round out")


def tables(survey: Survey, previous: Survey | None = None, *, min_cell: int = MIN_CELL) -> dict[str, pd.DataFrame]:
    """Every table of the report, by name."""
    out = {name: by(survey, name, min_cell=min_cell) for name in ("service", "unit", *GROUPS)}
    out |= {f"service_{group}": cross(survey, group, "service", min_cell=min_cell) for group in GROUPS}
    out["unit_service"] = cross(survey, "unit", "service", min_cell=min_cell)
    out["items"] = by_item(survey, min_cell=min_cell)
    if previous is not None:
        out["change"] = change(survey, previous, min_cell=min_cell)
    return {name: synthetic.mark(table) if survey.synthetic else table for name, table in out.items()}
