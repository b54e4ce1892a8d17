"""What moved a total between two editions, component by component."""

from __future__ import annotations

import pandas as pd

from govlib.known import indices, weighting
from govlib.publish.charts import waterfall
from govlib.publish.sections.base import Context, drawn
from govlib.publish.sections.components import scored
from govlib.reading import comparisons, moved
from govlib.words import wording


def waterfall_figure(page: Context, index_id: str, year: int) -> dict | None:
    """The change of the total, shared out; None where it cannot be (:func:`govlib.reading.moved.of`) or the total did not move."""
    found, d = moved.of(page.board, index_id, page.province, year), page.decimals(index_id)
    if found is None or not round(found.total, d):
        return None
    given = found.printed(d)
    years, rows, sourced = f"{page.province} {found.before} {year}", [], []

    def add(label: str, value: float, role: str, recipe: str, component: str | None) -> None:
        rows.append({"label": label, "value": value, "role": role})
        sourced.append({"label": label, **{key: scored(page, index_id, component, page.province, y) if component else None
                                           for key, y in (("before", found.before), ("now", year))},
                        "value": page.ours(found.total if role == "total" else value, recipe, d, True)})

    for c, v in given.items():
        add(page.component(index_id, c, year), v, "part", f"part_of_change {index_id}/{c} {years}", c)
    if found.anew or found.rest(d):
        label = page.label("movement.anew", n=len(found.anew)) if found.anew else page.label("movement.rest")
        add(label, found.rest(d), "anew" if found.anew else "rest", f"rest_of_change {index_id}/overall {years}", None)
    add(page.label("movement.total"), round(found.total, d), "total", f"change {index_id}/overall {years}", "overall")
    df = pd.DataFrame(rows)
    what = page.label("movement.what", index=page.short(index_id), year=year, before=found.before, place=page.place())
    note = page.label("movement.note_sum" if weighting.is_sum(index_id) else "movement.note_weighted")
    if found.anew:
        names = wording.joined([page.component(index_id, c, year if c in indices.component_ids(index_id, year) else found.before)
                                for c in found.anew], page.lang)
        note = page.label("movement.note_anew", names=names, index=page.short(index_id))
    ch = comparisons.change(page.board, index_id, "overall", page.province, year)
    key = "title_anew" if found.anew else "title_within" if ch and ch.direction == "within" else "title"
    return drawn(waterfall.draw, df, page.lang, decimals=d) | {
        "title": page.label(f"movement.{key}", n=len(found.anew),
                            index=page.short(index_id), year=year, before=found.before,
                            up=sum(v > 0 for v in given.values()), down=sum(v < 0 for v in given.values()),
                            most=rows[0]["label"]),
        "measure": page.label("movement.measure", what=what), "alt": waterfall.alt(df, page.lang, what=what, decimals=d),
        "table": waterfall.table(pd.DataFrame(sourced, dtype=object), page.lang, before=str(found.before), now=str(year)),
        "decimals": d, "source": page.source_line(index_id, year), "note": note,
        "name": f"{index_id}-{year}-{page.province}-moved"}
