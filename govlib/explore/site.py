"""``python -m govlib.explore.site`` (``make docs``): the reference from the docstrings and a gallery of charts, into ``site/``.

pdoc makes the reference; the gallery has the briefings' own stylesheet. Pages open from a folder and fetch nothing. The gallery's
figures are drawn from the panel by the very code printed under them.
"""

from __future__ import annotations

import html
import importlib
import re
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import govlib
from govlib import files, paths
from govlib.errors import GovlibError
from govlib.publish import charts
from govlib.publish.export import stylesheet
from govlib.words.tables import language, phrase

# (what it is for, code whose last line is the figure)
GALLERY = (
    ("One score over the years, places beside it; the line breaks with the method",
     'govlib.explore.trend("pci", "time_costs", ["bac-ninh", "quang-ninh"], 2006, 2019, lang="en")'),
    ("How far apart the provinces are, edition by edition", 'govlib.explore.distribution("papi", "control_of_corruption", '
                                                            '["bac-ninh"], 2011, 2024, lang="en")'),
    ("Who overtook whom", 'govlib.explore.rank_change("pci", "overall", ["bac-ninh", "quang-ninh", "hai-phong"], 2017, 2019, '
                          'lang="en")'),
    ("Two places, component by component", 'govlib.explore.compare("pci", "bac-ninh", "nation", 2019, lang="en")'),
    ("Two indices, a dot a province", 'govlib.explore.correlation("pci", "overall", "papi", "overall", ["bac-ninh"], 2019, '
                                      'lang="en")'),
    ("How large a change must be to mean something", 'govlib.explore.validity.changes("pci", "en")'),
    ("Do the components hang together?", 'govlib.explore.validity.reliability("papi", lang="en")'),
    ("How many things does an index measure?", 'govlib.explore.validity.structure("papi", 2024, lang="en")'),
    ("Do the indices agree?", 'govlib.explore.validity.agreement("en")'),
    ("A briefing's chart from a frame of your own",
     """rows = govlib.scores("pci", "proactivity", ["bac-ninh", "hai-phong"], range(2006, 2020))
frame = rows.rename(columns={"province": "series", "score": "value"})
frame["role"] = frame["series"].map({"bac-ninh": "province", "hai-phong": "peer"})
govlib.charts.trend.draw(frame, "en", breaks=[2017])"""),
)
STYLE = """.plain{max-width:60rem;margin:0 auto;padding:1.5rem 1.25rem 4rem}.plain pre{white-space:pre-wrap}
.plain figure{margin:0 0 .5rem}.plain figure svg{width:100%;height:auto;background:#fff}.plain li{margin:.15rem 0}"""


# The public interface, module by module: what the reference describes, each with an example that the tests run. Everything else is
# how it is done, and may change. Of a name of the front door that is a room (panel, charts) its modules have the entries.
REFERENCE = {
    "govlib": (*govlib.QUESTIONS, "BadInput", "GovlibError", "MissingData", "NotEstimable", "UnknownName"),
    "govlib.panel.data": ("table",),
    "govlib.panel.gaps": ("heatmap_alt",),
    "govlib.known.indices": ("IndexDef", "Component", "Break", "index", "component", "components", "breaks", "name"),
    "govlib.known.provinces": ("Province", "get", "resolve", "name", "units", "regions", "region", "kind", "province_set",
                               "expand", "mergers"),
    "govlib.known.catalogue": ("Source", "source", "ids", "priority"),
    "govlib.known.departments": ("Lead", "table"),
    "govlib.collect.collected": ("editions", "originals"),
    "govlib.collect.inbox": ("template", "read_form", "check_form", "columns", "waiting"),
    "govlib.collect.locators": ("together", "apart", "cells"),
    "govlib.collect.pull": ("pull", "summary"),
    "govlib.reading.comparisons": ("Change", "change", "median_change", "newest", "place", "ranks"),
    "govlib.reading.findings": ("ranks", "facts", "choose"),
    "govlib.reading.targets": ("score_for_rank", "rank_at", "least_change"),
    "govlib.reading.thresholds": ("MeaningfulChange", "meaningful_change"),
    "govlib.reading.validity": ("agreement", "items_of", "omega", "parallel_analysis", "reliability", "structure"),
    "govlib.did": ("Panel", "Fit", "estimate", "decompose", "from_arrays"),
    "govlib.did.inference": ("crv", "joint_test", "mde", "permute", "randomization_test", "relative_magnitudes", "smoothness",
                             "tost", "wild_bootstrap"),
    "govlib.did.multiple_testing": ("adjust", "romano_wolf"),
    "govlib.effects": ("build", "estimate", "etable", "export", "from_sample", "grade", "line", "measurement", "sentence"),
    "govlib.explore": ("Shown", "compare", "correlation", "distribution", "rank_change", "trend"),
    "govlib.institute": ("instrument",),
    "govlib.publish.maps": ("map",),
    **{f"govlib.publish.charts.{name}": ("draw",) for name in charts.__all__},
    "govlib.paths": ("root", "raw", "processed"),
    "govlib.run.params": ("check", "one_of", "some_of", "declared"),
    "govlib.words.wording": ("number", "signed", "percent", "rank", "change", "direction", "joined"),
}
PUBLIC = {f"{module}.{name}" for module, names in REFERENCE.items() for name in names}


# a page takes its style and its search from the folder of the site, and asks nobody else
POLICY = ('<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; script-src \'self\' \'unsafe-inline\'; '
          'style-src \'self\' \'unsafe-inline\'; img-src \'self\' data:; font-src data:; base-uri \'none\'; form-action \'none\'">')
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">{policy}<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="stylesheet" href="style.css"></head><body><header class="top">
<p class="crumb"><a href="index.html">govlib</a> · <a href="reference/index.html">Reference</a> ·
<a href="gallery.html">Gallery</a></p></header>
<main class="plain" id="main"><h1>{title}</h1>{body}</main></body></html>
"""


def page(title: str, body: str) -> str:
    """One page in the folder of the site."""
    return PAGE.format(policy=POLICY, title=html.escape(title), body=body)


def public(name: str) -> bool:
    """Whether the reference describes it: an entry, what belongs to an entry, or a module that has some.

    >>> public("govlib.scores"), public("govlib.did.Panel.from_frame"), public("govlib.did"), public("govlib.files.write")
    (True, True, True, False)
    """
    own = name.split(".")
    return name in PUBLIC or name in REFERENCE or (".".join(own[:-1]) in PUBLIC and not own[-1].startswith("_"))


def reference(folder: Path) -> int:
    """One page a module, their index and a search, by pdoc from the docstrings; returns how many modules were described."""
    import pdoc

    templates = Path(__file__).parent / "template" / "reference"
    pdoc.render.configure(docformat="numpy", show_source=False, template_directory=templates)
    pdoc.render.env.globals |= {"policy": POLICY, "public": public}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # annotations that only a type checker resolves stay as they are written
        pdoc.pdoc(*REFERENCE, f"!(?!({'|'.join(map(re.escape, REFERENCE))})$)", output_directory=folder)
    return len(REFERENCE)


def run(code: str) -> Any:
    """What the last line of a gallery entry gives, the lines before it having been run."""
    space: dict = {"govlib": govlib}
    for module in ("explore", "explore.validity", "publish.charts.trend"):
        importlib.import_module(f"govlib.{module}")
    *before, last = code.split("\n")
    exec("\n".join(before), space)  # noqa: S102 - our own code, above
    return eval(last, space)  # noqa: S307 - the same


def drawn() -> tuple[str, int]:
    """The figures with the code that draws them, and how many there are; what the data cannot give says why."""
    n, parts = 0, []
    for title, code in GALLERY:
        try:
            found = run(code)
            figure = found.svg if hasattr(found, "svg") else _svg(found, title)
            said = f"<p>{html.escape(found.title)}</p>" if hasattr(found, "svg") else ""
            n += 1
        except GovlibError as error:
            figure, said = f"<p>{html.escape(str(error))}</p>", ""
        parts.append(f"<section><h2>{html.escape(title)}</h2>{said}<figure>{figure}</figure>"
                     f'<pre tabindex="0">{html.escape(code)}</pre></section>')
    lead = "<p>Each figure is drawn by the code under it, from <code>data/processed</code>. <code>import govlib</code> first.</p>"
    return lead + "".join(parts), n


def gallery(file: Path) -> int:
    """The page of figures. Returns how many were drawn."""
    body, n = drawn()
    files.write(file, page("Gallery of charts", body))
    return n


def _svg(figure, alt: str) -> str:
    import io

    import matplotlib  # loaded with the figure

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": alt}):  # the same ids each time
        figure.savefig(buffer, format="svg")
    text = buffer.getvalue()
    return re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg"):],
                  flags=re.S).replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt, quote=True)}" ', 1)


def main(argv: Sequence[str] | None = None) -> int:
    """Build ``site/`` (or the folder given)."""
    given = list(sys.argv[1:] if argv is None else argv)
    folder = Path(given[0]) if given else paths.root() / "site"
    folder.mkdir(parents=True, exist_ok=True)
    files.write(folder / "style.css", stylesheet() + "\n" + STYLE)  # one file: it carries the fonts
    described_, figures = reference(folder / "reference"), gallery(folder / "gallery.html")
    body = ('<p>Vietnam\'s provincial governance indices as DataFrames, figures, estimates and briefings.</p><ul><li><a '
            'href="reference/index.html">'
            'Reference</a>: every public function, from its docstring</li><li><a href="gallery.html">Gallery</a>: charts with '
            'their code</li></ul>')
    files.write(folder / "index.html", page("govlib", body))
    print(phrase("site.made", language(), folder=folder, n=described_, charts=figures, of=len(GALLERY)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
