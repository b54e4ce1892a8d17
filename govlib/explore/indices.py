"""The explorer: choose, and the view follows. What is shown comes from :mod:`govlib.explore.views`; here are the widgets."""

from __future__ import annotations

import html

from govlib import files
from govlib.errors import GovlibError
from govlib.explore import drawings, shown, views, widgets
from govlib.known import indices as registry
from govlib.known import provinces
from govlib.reading.board import panel_board
from govlib.words.tables import pair, phrase

VIEWS = {"trend": pair("indices.trend"), "distribution": pair("indices.distribution"), "rank_change": pair("indices.rank_change"),
         "compare": pair("indices.compare_two"), "correlation": pair("indices.correlation")}


def index_options(lang: str) -> list[tuple[str, str]]:
    """Indices of which the panel has an edition published for all provinces."""
    return [(getattr(registry.index(i), f"short_{lang}"), i) for i in registry.INDICES
            if any(shown.full_years(i, c) for c in shown.components(i))]


def component_options(index_id: str, lang: str) -> list[tuple[str, str]]:
    return [(phrase("indices.composite", lang) if c == "overall" else registry.name(index_id, c, lang), c)
            for c in shown.components(index_id)]


def place_options(lang: str, nation: bool = False) -> list[tuple[str, str]]:
    """Provinces by name, then regions, then the nation."""
    areas = [(f"▸ {shown.place_name(r, lang)}", r) for r in provinces.regions()]
    return shown.province_options(lang, 2008) + areas + ([(shown.place_name(shown.NATION, lang), shown.NATION)] if nation else [])


class Explorer:
    """The widgets and what they show (``shown``); ``page`` is what a notebook displays."""

    def __init__(self, index: str = "pci", component: str = "overall", places: list[str] | None = None, lang: str = "vi"):
        import ipywidgets as w

        wide = {"description_width": "6.5rem"}
        self.shown: shown.Shown | None = None
        self._count, self._quiet = 0, True
        self.lang = widgets.language(lang)
        self.view = w.ToggleButtons(options=list(VIEWS))
        self.index = w.Dropdown(style=wide, layout=w.Layout(width="auto"))
        self.component = w.Dropdown(style=wide, layout=w.Layout(width="auto"))
        self.other = w.Dropdown(style=wide, layout=w.Layout(width="auto"))
        self.other_component = w.Dropdown(style=wide, layout=w.Layout(width="auto"))
        self.places = w.SelectMultiple(style=wide, layout=w.Layout(width="auto"), rows=8)
        self.a = w.Dropdown(style=wide, layout=w.Layout(width="auto"))
        self.b = w.Dropdown(style=wide, layout=w.Layout(width="auto"))
        held = panel_board().years()
        self.years = w.IntRangeSlider(min=held[0], max=held[-1], value=(held[0], held[-1]), style=wide,
                                      layout=w.Layout(width="auto"))
        self.head, self.out, self.data, self.files = w.HTML(), w.HTML(), w.HTML(), w.HTML()
        self.keep = w.Button(layout=w.Layout(width="14rem"))
        self._words()
        self.index.value = index
        self._components(component)
        self.places.value = tuple(places or ("bac-ninh", "quang-ninh"))
        self.a.value, self.b.value = "bac-ninh", "red-river-delta"
        self.other.value = "papi"
        self._other_components()
        for box in (self.view, self.component, self.other_component, self.places, self.a, self.b, self.years):
            box.observe(self._changed, "value")
        self.index.observe(self._index, "value")
        self.other.observe(self._other, "value")
        self.lang.observe(self._language, "value")
        self.keep.on_click(self._keep)
        self.controls = widgets.box(self.index, self.component, self.other, self.other_component, self.places, self.a, self.b,
                                    self.years)
        self.page = widgets.page(self.lang, self.head, self.view, self.controls, self.out, self.files, self.keep, self.data)
        self._quiet = False
        self._warm()
        self.draw()

    @staticmethod
    def _warm() -> None:
        """What the first change would otherwise wait for: the usual movements of every index."""
        for _, index in index_options("vi"):
            for component in shown.components(index):
                if years := shown.full_years(index, component):
                    panel_board().usual_movement(index, component, years[-1])
                    shown.series("red-river-delta", index, component)

    # -- words and choices ---------------------------------------------------------------------------------------------

    def _words(self) -> None:
        lang = self.lang.value
        self.head.value = (f"<h2>{phrase('indices.explore_the_provincial_governance_indices', lang)}</h2>"
                           f'<p class="gov-note">{phrase("indices.published_figures_hold_ctrl_to", lang)}</p>')
        self._set(self.view, [(names[lang != "vi"], key) for key, names in VIEWS.items()])
        self._set(self.index, index_options(lang))
        self._set(self.other, index_options(lang))
        self._set(self.places, place_options(lang))
        self._set(self.a, place_options(lang, nation=True))
        self._set(self.b, place_options(lang, nation=True))
        if self.component.options:
            self._set(self.component, component_options(self.index.value, lang))
            self._set(self.other_component, component_options(self.other.value, lang))
        for box, words in ((self.index, pair("effects.index")), (self.component, pair("effects.component")),
                           (self.places, pair("indices.provinces")),
                           (self.years, pair("effects.years")), (self.other, pair("indices.with_index")),
                           (self.a, pair("indices.first_place")),
                           (self.other_component, pair("effects.component")), (self.b, pair("indices.second_place"))):
            box.description = words[lang != "vi"]
        self.keep.description = phrase("indices.save_csv_and_png", lang)

    @staticmethod
    def _set(box, options: list[tuple[str, str]]) -> None:
        before = box.value
        box.options = options
        keys = [key for _, key in options]
        if isinstance(before, tuple):
            box.value = tuple(v for v in before if v in keys)
        elif before in keys:
            box.value = before

    def _components(self, wanted: str) -> None:
        options = component_options(self.index.value, self.lang.value)
        self.component.options = options
        self.component.value = wanted if wanted in [k for _, k in options] else options[0][1]
        years = panel_board().editions(self.index.value, self.component.value)
        low, high = min(years), max(years)
        # widen before narrowing, since a slider's ends may never cross
        self.years.min, self.years.max = min(low, self.years.min), max(high, self.years.max)
        self.years.value = (low, high)
        self.years.min, self.years.max = low, high

    def _other_components(self) -> None:
        self.other_component.options = component_options(self.other.value, self.lang.value)
        self.other_component.value = self.other_component.options[0][1]

    def _index(self, _change) -> None:
        if not self._quiet:
            self._quiet = True
            self._components("overall")
            if self.other.value == self.index.value:  # an index beside itself says nothing
                self.other.value = next(i for _, i in self.other.options if i != self.index.value)
                self._other_components()
            self._quiet = False
            self.draw()

    def _other(self, _change) -> None:
        if not self._quiet:
            self._quiet = True
            self._other_components()
            self._quiet = False
            self.draw()

    def _language(self, _change) -> None:
        self._quiet = True
        self._words()
        self._quiet = False
        self.draw()

    def _changed(self, _change) -> None:
        if not self._quiet:
            self.draw()

    # -- the view ------------------------------------------------------------------------------------------------------

    def show(self) -> shown.Shown:
        """What the choices ask for."""
        lang, (first, last) = self.lang.value, self.years.value
        chosen = list(self.places.value)[:drawings.MOST]
        one = (self.index.value, self.component.value)
        match self.view.value:
            case "compare":
                return views.compare(self.index.value, self.a.value, self.b.value, last, lang)
            case "correlation":
                return views.correlation(*one, self.other.value, self.other_component.value, chosen, last, lang)
            case view:
                return getattr(views, view)(*one, chosen, first, last, lang)

    def draw(self) -> None:
        """Redraw; an error that a choice leads to is shown in place of the figure."""
        lang, view = self.lang.value, self.view.value
        self._count += 1
        try:
            s = self.shown = self.show()
        except GovlibError as error:
            said = widgets.problem(error, lang)
            self.shown, self.out.value = None, f'<div class="gov-view" data-count="{self._count}">{said}</div>'
            self.files.value = self.data.value = ""
            self._arrange(view)
            return
        sources = ", ".join(s.sources[:6]) + (f" … (+{len(s.sources) - 6})" if len(s.sources) > 6 else "")
        self.out.value = (
            f'<div class="gov-view" data-count="{self._count}"><h3 aria-live="polite">{html.escape(s.title)}</h3>'
            f'<p class="gov-measure">{html.escape(s.measure)}</p><div class="gov-drawing" tabindex="0">{s.svg}</div>'
            f'<p class="gov-note">{html.escape(s.note)} {phrase("indices.source", lang)}: {html.escape(sources)}.</p></div>')
        self._arrange(view)  # after the figure, which is what a person waits for
        self.files.value = (f"<p><code class=\"gov-line\">{html.escape(s.line)}</code></p>"
                            + widgets.link(s.csv(), f"{s.name}.csv", phrase("indices.download_csv", lang))
                            + widgets.link(s.svg, f"{s.name}.svg", phrase("indices.download_svg", lang), "image/svg+xml"))
        self.data.value = s.table_html()

    def _arrange(self, view: str) -> None:
        """Only the choices that the view has."""
        for box, there in ((self.component, view != "compare"), (self.places, view != "compare"), (self.a, view == "compare"),
                           (self.b, view == "compare"), (self.other, view == "correlation"),
                           (self.other_component, view == "correlation")):
            display = None if there else "none"
            if box.layout.display != display:
                box.layout.display = display

    def _keep(self, _button) -> None:
        """Write CSV and PNG into data/processed/exports and offer the PNG."""
        if self.shown is None:
            return
        s, lang = self.shown, self.lang.value
        folder = widgets.exports()
        files.write(folder / f"{s.name}.csv", s.csv())
        picture = s.png()
        files.write(folder / f"{s.name}.png", picture)
        said = phrase("indices.saved_in_data_processed_exports", lang)
        self.files.value += (widgets.link(picture, f"{s.name}.png", phrase("indices.download_png", lang), "image/png")
                             + f'<p class="gov-note gov-saved">{said} {html.escape(s.name)}.csv, .png</p>')


def explorer(index: str = "pci", component: str = "overall", places: list[str] | None = None, lang: str = "vi"):
    """The explorer as a widget, to stand last in a cell. Start it where you like; everything can be changed by hand.

    Raises UnknownName for an index, component or province that does not exist.
    """
    index, component = shown.check(index, component)
    return Explorer(index, component, list(shown.resolve_places(places)) if places else None, lang).page
