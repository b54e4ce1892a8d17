"""Colours and type of every figure, and matplotlib set to them."""

from __future__ import annotations

from pathlib import Path

#: Colours of figures (on white; each contrasts 4.5:1 or more where it carries meaning). One colour, one meaning.
PALETTE: dict[str, str] = {
    "ink": "#1b2128",        # text and axes
    "muted": "#57606b",      # secondary text, ticks
    "rule": "#cfd6dd",       # grid lines
    "surface": "#f4f6f8",    # bands behind data
    "province": "#0b4f8a",   # the province the page is about
    "peers": "#a85500",      # named peers
    "region": "#6b4c9a",     # its region
    "nation": "#5b6673",     # all other provinces, the median
    "good": "#0a7560",       # a rise
    "bad": "#b3261e",        # a fall
    "province_soft": "#c6dbee", "nation_soft": "#d9dee3", "bad_soft": "#f5d0cc",
}
FONT = "Govlib Sans"


def use_style() -> None:
    """Set matplotlib for briefings: the page's own font, sober axes, text kept as text. Call once, before drawing."""
    import matplotlib as mpl
    from matplotlib import font_manager

    folder = Path(__file__).parent / "template" / "fonts"
    known = {f.fname for f in font_manager.fontManager.ttflist}
    for path in sorted(folder.glob("*.ttf")):
        if str(path) not in known:
            font_manager.fontManager.addfont(path)
    p = PALETTE
    mpl.rcParams.update({
        "font.family": [FONT, "DejaVu Sans"], "font.size": 11, "svg.fonttype": "none", "svg.hashsalt": "govlib",
        "figure.figsize": (7.6, 4.0), "figure.dpi": 72, "figure.subplot.left": 0.07, "figure.subplot.right": 0.98,
        "figure.subplot.top": 0.95, "figure.subplot.bottom": 0.09, "savefig.transparent": True, "figure.facecolor": "none",
        "axes.facecolor": "none", "axes.edgecolor": p["rule"], "axes.labelcolor": p["muted"], "axes.titlesize": 12,
        "axes.titlecolor": p["ink"], "axes.titlelocation": "left", "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": False, "axes.axisbelow": True, "grid.color": p["rule"], "grid.linewidth": 0.8,
        "text.color": p["ink"], "xtick.color": p["muted"], "ytick.color": p["muted"], "xtick.major.size": 0,
        "ytick.major.size": 0, "lines.linewidth": 2.0, "lines.solid_capstyle": "round", "legend.frameon": False,
        "axes.unicode_minus": True, "axes.formatter.use_mathtext": False,
    })
