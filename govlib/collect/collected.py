"""What lies in ``data/raw``: editions that ship with the project, originals that were fetched, forms that wait."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import paths
from govlib.collect import checks, sidecar
from govlib.errors import BadInput
from govlib.forms.problems import Problem, refuse, say
from govlib.known import catalogue, indices, names
from govlib.text import several, years_of

if TYPE_CHECKING:
    import pandas as pd

Names = str | Iterable[str] | None


def editions(index_ids: Names = None, years: Iterable[int] | int | str | None = None, raw: Path | None = None) -> pd.DataFrame:
    """One row an edition in ``data/raw``: index_id, year, rows, provinces, scores, sources, transcribed, checked.

    ``scores`` counts cells with a figure; ``checked`` says whether the file is as its sidecar left it. ``years`` and ``index_ids``:
    one or several; empty or None means all.

    >>> from govlib import collected
    >>> held = collected.editions(["papi"], [2023])
    >>> held[["index_id", "year", "provinces"]].values.tolist()
    [['papi', 2023, 63]]
    """
    import pandas as pd

    raw, wanted = Path(raw) if raw else paths.raw(), several(years or ())
    chosen, found = set(years_of(wanted) or ()) if wanted else set(), []
    for index_id in map(names.index, several(index_ids or indices.INDICES)):
        for path in sorted((raw / index_id).glob("[12][0-9][0-9][0-9].csv")):
            if chosen and int(path.stem) not in chosen:
                continue
            try:
                meta, checked = sidecar.read(path), "as its sidecar says"
            except BadInput as error:
                meta, checked = {}, error.problem
            with checks.naming_the_index(path):
                rows = checks.read_tidy(path)
            found.append({"index_id": index_id, "year": int(path.stem), "rows": len(rows), "provinces": rows["province"].nunique(),
                          "scores": int(rows["score"].ne("").sum()), "sources": ", ".join(sorted(rows["source"].unique())),
                          "transcribed": str(meta.get("transcribed", "")), "checked": checked})
    return pd.DataFrame(found, columns=["index_id", "year", "rows", "provinces", "scores", "sources", "transcribed", "checked"])


def refuse_altered(held: pd.DataFrame) -> None:
    """Raise BadInput with every edition of :func:`editions` that is not as its sidecar left it."""
    bad = held[held["checked"].ne("as its sidecar says")]
    named = [(row.checked, f"data/raw/{row.index_id}/{row.year}.csv") for row in bad.itertuples()]
    refuse(Problem(checked, file, fix=say("undo the change, or, if it is meant and reviewed, run: govlib stamp {file}", file=file))
           for checked, file in named)


def originals(index_ids: Names = None, folder: Path | None = None) -> pd.DataFrame:
    """One row a source that is a file of its own: id, index_id, edition, title, state, terms.

    ``state`` is ``fetched`` (as pinned in the catalogue), ``differs`` (there, but another content), or ``not fetched``.

    >>> from govlib import collected
    >>> list(collected.originals(["papi"]).columns)
    ['id', 'index_id', 'edition', 'title', 'state', 'terms']
    """
    folder = Path(folder) if folder else paths.originals()
    table = catalogue.sources()
    table = table[table["mirror_path"].ne("")]
    if wanted := several(index_ids or ()):
        table = table[table["id"].isin([source for index_id in wanted for source in catalogue.ids(index_id)])]
    state = [_state(folder / place, digest) for place, digest in zip(table["mirror_path"], table["sha256"], strict=True)]
    return table.assign(state=state)[["id", "index_id", "edition", "title", "state", "terms"]].reset_index(drop=True)


def _state(path: Path, digest: str) -> str:
    if not path.is_file():
        return "not fetched"
    return "fetched" if not digest or hashlib.sha256(path.read_bytes()).hexdigest() == digest else "differs"
