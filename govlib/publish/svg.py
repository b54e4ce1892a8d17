"""A drawing as a page takes it in: one ``<svg>``, small and harmless, in the page's colours, with a text for who cannot see it."""

from __future__ import annotations

import html as _html
import io
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from govlib.publish.look import FONT, PALETTE
from govlib.publish.markup import Html

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def svg(fig: Figure | str, *, prefix: str, alt: str, tight: bool = False) -> Html:
    """One self-contained ``<svg role="img">``: same bytes for the same drawing, ids that cannot clash, no metadata,
    palette colours as stylesheet variables, no script, nothing fetched."""
    if isinstance(fig, str):
        text = fig
    else:
        import matplotlib as mpl

        buffer = io.StringIO()
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "govlib"}):
            fig.savefig(buffer, format="svg", transparent=True, bbox_inches="tight" if tight else None,
                        metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
        text = buffer.getvalue()
    match = re.search(r"<svg\b([^>]*)>(.*)</svg>", text, re.S)
    if match is None:
        raise ValueError("not an SVG drawing")
    attributes, inner = match.groups()
    box = re.search(r'viewBox="([^"]+)"', attributes)
    if box is None:
        raise ValueError("the SVG drawing has no viewBox: it could not shrink to a phone")
    if re.search(r"<(script|foreignObject|image|style\b[^>]*>\s*@import)|\son\w+=|(href|src)=\"(?!#)", inner) and _acts(inner):
        raise ValueError("the SVG drawing holds a script, a picture or an outside address")
    inner = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", inner, flags=re.S)
    inner = inner.replace("xlink:href=", "href=")
    used = dict.fromkeys(re.findall(r'(?:url\(#|href="#)([^")]+)', inner))
    short = {old: f"{prefix}{i}" for i, old in enumerate(used)}
    inner = re.sub(r' id="([^"]+)"', lambda m: f' id="{short[m[1]]}"' if m[1] in short else "", inner)
    inner = re.sub(r'(url\(#|href="#)([^")]+)', lambda m: m[1] + short[m[2]], inner)
    # a hundredth of a point is finer than any printer; what is written in the drawing keeps its digits
    inner = re.sub(r"<[^>]+>", lambda tag: re.sub(r"-?\d+\.\d{3,}", _round, tag[0]), inner)
    inner = re.sub(r"#[0-9a-fA-F]{6}\b", _variable, inner)
    for pattern, short_form in _COMPACT:
        inner = re.sub(pattern, short_form, inner)
    width = box[1].split()[2]
    return Html(f'<svg role="img" aria-label="{_html.escape(alt, quote=True)}" viewBox="{box[1]}" '
                'stroke-linejoin="round" stroke-linecap="butt" '
                f'style="max-width:{float(width) * 4 / 3:.0f}px">{inner.strip()}</svg>')


# What matplotlib writes and a page does not need. Its <style> would apply to the whole page, not to the drawing.
_COMPACT = [
    (r"<defs>\s*<style[^>]*>\*\{[^}]*\}</style>\s*</defs>", ""),
    (r' transform="rotate\(-0 [^"]*\)"', ""),
    (rf"font-family: '{FONT}', 'DejaVu Sans'; |;font-family:'{FONT}',sans-serif", ""),
    (r'<path d="[^"]*" style="fill: none"/>', ""),
    (r"\s*\n\s*", " "),
    (r"(?<=[MLQCz]) (?=[-\d])| (?=[MLQCz][\s\d])| (?=z\s?\")|(?<=z) (?=\")|(?<=>) +(?=<(?!tspan))", ""),
    (r"<g/>", ""), (r"<g></g>", ""), (r"<g></g>", ""), (r"<defs></defs>", ""),
]


def _acts(inner: str) -> bool:
    """Whether elements or attributes of a drawing would run or fetch something; the same words in its text do not."""
    try:
        tree = ElementTree.fromstring(f'<svg xmlns:xlink="http://www.w3.org/1999/xlink">{inner}</svg>')  # noqa: S314 - read, never shown
    except ElementTree.ParseError:
        return True
    for element in tree.iter():
        name = element.tag.rpartition("}")[2]
        if name in ("script", "foreignObject", "image") or name == "style" and "@import" in (element.text or ""):
            return True
        for name, value in element.attrib.items():
            name = name.rpartition("}")[2]
            if name.startswith("on") or (name in ("href", "src") and not value.startswith("#")):
                return True
    return False


def _round(match: re.Match) -> str:
    text = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


_VARIABLES = {hexa: f"var(--{name.replace('_', '-')})" for name, hexa in PALETTE.items()}


def _variable(match: re.Match) -> str:
    return _VARIABLES.get(match[0].lower(), match[0])
