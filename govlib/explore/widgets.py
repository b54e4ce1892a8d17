"""What the widget pages share: one stylesheet, the language switch, links that carry a file inside them."""

from __future__ import annotations

import base64
import html
from pathlib import Path

from govlib import paths
from govlib.errors import GovlibError
from govlib.forms import problems
from govlib.words.tables import check_language, pair

CSS = """<style>
.gov{--gov-ink:#1b2128;--gov-muted:#57606b;--gov-rule:#cfd6dd;--gov-link:#0b4f8a;color:var(--gov-ink);max-width:76rem;margin:0 auto;
 font-family:"Govlib Sans","Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;background:#fff}
.gov .widget-label,.gov label{font-size:.9rem;color:#1b2128}
.gov .widget-html,.gov .widget-html-content{overflow:visible;line-height:1.45;height:auto;min-width:0}
.gov .widget-html,.gov .jupyter-widgets{margin-left:0;margin-right:0;max-width:100%}
.gov h2{font-size:1.45rem;margin:.2rem 0;font-weight:600}
.gov h3{font-size:1.15rem;line-height:1.35;margin:.4rem 0 .1rem;font-weight:600;max-width:46em}
.gov p{margin:.25rem 0;max-width:52em}
.gov,.gov>*,.gov .gov-controls,.gov .gov-side{flex-shrink:0;overflow:visible;height:auto}
.gov svg g{font-family:inherit!important}
.gov .gov-note,.gov .gov-measure{color:var(--gov-muted);font-size:.88rem}
.gov-figure{display:block;width:100%;max-width:820px;height:auto}
.gov .gov-scroll{overflow-x:auto;max-height:27rem;overflow-y:auto;border-bottom:1px solid var(--gov-rule)}
.gov-table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;color:#1b2128}
.gov-table caption{text-align:left;color:#57606b;font-size:.88rem;padding:.2rem 0}
.gov-table th,.gov-table td{padding:.2rem .7rem .2rem 0;border-bottom:1px solid #cfd6dd;text-align:left;vertical-align:top}
.gov-table td:not(.n){min-width:7rem}
.gov p{font-size:.95rem}
.gov-table td.n,.gov-table th.n{text-align:right;white-space:nowrap}
.gov-table thead th{position:sticky;top:0;background:#fff;font-weight:600}
.gov code{background:#f4f6f8;padding:.15rem .35rem;font-size:.82rem;overflow-wrap:anywhere;white-space:pre-wrap;color:#1b2128}
.gov a{color:#0b4f8a;text-decoration:underline}
.gov a.gov-file{display:inline-block;padding:.3rem .8rem;border:1px solid #0b4f8a;border-radius:3px;
 margin:.15rem .4rem .15rem 0;text-decoration:none}
.gov a.gov-file:hover,.gov a.gov-file:focus{background:#0b4f8a;color:#fff}
.gov .gov-controls{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;align-items:flex-start}
.gov .gov-controls>*{flex:1 1 15rem;max-width:26rem;min-width:0;height:auto}
.gov .gov-controls select[multiple]{height:9.5rem;width:100%}
.gov .widget-toggle-buttons .widget-toggle-button{width:auto;padding:0 .8rem;height:2rem;line-height:2rem}
.gov .widget-toggle-buttons{height:auto}
.gov .jupyter-button{background:#e6ebf0;color:#1b2128}
.gov .jupyter-button.mod-active{background:#0b4f8a;color:#fff}
.gov .gov-side{display:flex;flex-wrap:wrap;gap:1rem 2rem;align-items:flex-start}
.gov .gov-side>*{flex:1 1 20rem;min-width:0;max-width:100%}
.gov .gov-big{font-size:1.5rem;font-weight:600;font-variant-numeric:tabular-nums}
.gov .gov-facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.4rem 1.2rem;margin:.4rem 0}
.gov .gov-facts div{border-top:2px solid #0b4f8a;padding-top:.25rem}
.gov .gov-facts span{display:block;color:#57606b;font-size:.85rem}
.gov .widget-slider,.gov .widget-hslider{width:100%}
@media (max-width:40rem){.gov .gov-controls>*{flex-basis:100%;max-width:100%}.gov h2{font-size:1.25rem}
 .gov .gov-side .widget-hslider{flex-wrap:wrap;height:auto}
 .gov .gov-side .widget-hslider .widget-label{flex:1 0 100%;width:100%!important;text-align:left}
 .gov .gov-figure{min-width:34rem}.gov .gov-drawing{overflow-x:auto}}
</style>"""


def language(lang: str):
    """The switch Tiếng Việt / English, on one of them. Raises BadInput for any other."""
    import ipywidgets as w

    return w.ToggleButtons(options=[pair("widgets.vi"), ("English", "en")], value=check_language(lang),
                           tooltips=["Tiếng Việt", "English"])


def box(*children, name: str = "gov-controls"):
    """Controls side by side, under one another on a phone."""
    import ipywidgets as w

    out = w.Box(list(children))
    out.add_class(name)
    return out


def page(*children):
    """The whole of a widget page, with its stylesheet."""
    import ipywidgets as w

    out = w.VBox([w.HTML(CSS), *children])
    out.add_class("gov")
    return out


def link(data: bytes | str, name: str, label: str, kind: str = "text/csv;charset=utf-8") -> str:
    """A link that holds the file itself: works offline, in a notebook and in a dashboard."""
    raw = data.encode() if isinstance(data, str) else data
    if kind.startswith("text/csv"):
        raw = b"\xef\xbb\xbf" + raw  # spreadsheets take CSV without a mark for the machine's own code page
    code = base64.b64encode(raw).decode()
    return (f'<a class="gov-file" download="{html.escape(name, quote=True)}" href="data:{kind};base64,{code}">'
            f"{html.escape(label)}</a>")


def exports() -> Path:
    """Where what a person asked to keep is written."""
    folder = paths.processed() / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def problem(error: GovlibError, lang: str) -> str:
    """An error that a choice led to, shown in place of the figure."""
    return f'<p role="alert"><strong>{html.escape(problems.told(error, lang))}</strong></p>'
