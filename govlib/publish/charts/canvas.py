"""A sheet of paper in points: one bare axes over the whole figure, few artists, no layout solving.

Axes with ticks are most of what a matplotlib figure costs, and a briefing has a dozen figures for each of 126 pages.
So charts place their own lines and labels: everything of one look goes into one collection, every label is one text.
Coordinates are points from the top left corner. The same sheet can be had as a matplotlib figure, for notebooks and
files, or as SVG text written straight away, for pages: the same shapes at a tenth of the time.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from govlib.publish.look import FONT, PALETTE

INK, MUTED, RULE = PALETTE["ink"], PALETTE["muted"], PALETTE["rule"]
COLOURS = {"province": PALETTE["province"], "peer": PALETTE["peers"], "region": PALETTE["region"],
           "nation": PALETTE["nation"], "good": PALETTE["good"], "bad": PALETTE["bad"]}
# what tells roles apart besides colour: line dashes (points on, points off), marker, width
DASHES = {"province": None, "peer": None, "region": (5, 2), "nation": (2, 2)}
MARKS = {"province": "o", "peer": "D", "region": "s", "nation": "|"}
WIDTHS = {"province": 2.4, "peer": 1.1, "region": 1.4, "nation": 1.4}
SIZE = 10.5  # points; 14 px at full width, and about that where a narrow sheet fills a phone
WIDTH = 547.0
NARROW = 260.0  # a sheet for phones: 1.3 px a point on a screen of 390 px, so that 9 points are 12 px
STROKES = "|x+"  # marks that are lines, not areas
LINE = 1.16  # from one line of a label to the next, in sizes


class Canvas:
    """Collects shapes by their look; :meth:`out` gives them, in the order areas, lines, marks, words."""

    def __init__(self, width: float = WIDTH, height: float = 280.0):
        self.width, self.height = float(width), float(height)
        self.lines: dict[tuple, list] = {}
        self.marks: dict[tuple, list] = {}
        self.boxes: dict[tuple, list] = {}
        self.words: list[tuple] = []  # x, y, text, colour, size, ha, bold

    def line(self, points: Sequence[tuple[float, float]], colour: str = RULE, width: float = 0.8,
             dash: tuple[float, ...] | None = None) -> None:
        self.lines.setdefault((colour, width, dash), []).append(list(points))

    def mark(self, x: float, y: float, colour: str, shape: str = "o", size: float = 5.0, hollow: bool = False) -> None:
        self.marks.setdefault((colour, shape, size, hollow), []).append((x, y))

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self.boxes.setdefault((colour,), []).append([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])

    def polygon(self, points: Sequence[tuple[float, float]], colour: str, edge: str | None = None) -> None:
        self.boxes.setdefault((colour, edge), []).append(list(points))

    def word(self, x: float, y: float, text: str, colour: str = INK, *, size: float = SIZE, ha: str = "left",
             bold: bool = False) -> None:
        self.words.append((x, y, text, colour, size, ha, bold))

    def block(self, x: float, y: float, lines: Sequence[str], colour: str = INK, *, size: float = SIZE, ha: str = "left",
              bold: bool = False) -> None:
        """Lines of words, the block's middle at ``y``."""
        for k, text in enumerate(lines):
            self.word(x, y + (k - (len(lines) - 1) / 2) * size * LINE, text, colour, size=size, ha=ha, bold=bold)

    def out(self, form: str = "figure", ax=None):
        """``figure``: a matplotlib Figure; ``svg``: the text of an ``<svg>``; ``sheet``: itself. With ``ax`` it is drawn into
        those axes, which are returned: they keep their place, title and labels, and lose their ticks."""
        if ax is not None:
            return self.onto(ax)
        forms = {"figure": self.figure, "svg": self.svg, "sheet": lambda: self}
        if form not in forms:
            raise ValueError(f"form {form!r}: {', '.join(forms)}")
        return forms[form]()

    def svg(self) -> str:
        """The sheet as SVG: one path a look, one element a word, colours in style so that a page can exchange them."""
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}">']
        for key, polygons in self.boxes.items():
            edge = f"stroke:{key[1]};stroke-width:.4" if len(key) > 1 and key[1] else "stroke:none"
            out.append(f'<path style="fill:{key[0]};{edge}" d="{"".join(map(_outline, polygons))}"/>')
        for (colour, width, dash), lines in self.lines.items():
            dashes = "" if dash is None else ";stroke-dasharray:" + " ".join(f"{d * width:.3g}" for d in dash)
            out.append(f'<path style="fill:none;stroke:{colour};stroke-width:{width:g}{dashes}" d="{"".join(map(_path, lines))}"/>')
        for (colour, shape, size, hollow), points in self.marks.items():
            look = f"fill:none;stroke:{colour};stroke-width:1.2" if hollow or shape in STROKES else f"fill:{colour}"
            out.append(f'<path style="{look}" d="{"".join(_marker(shape, x, y, size / 2) for x, y in points)}"/>')
        looks: dict[tuple, list[str]] = {}
        for x, y, text, colour, size, ha, bold in self.words:
            looks.setdefault((colour, size, ha, bold), []).append(
                f'<text x="{_n(x)}" y="{_n(y + 0.35 * size)}">{html.escape(text, quote=False)}</text>')
        for (colour, size, ha, bold), words in looks.items():
            anchor = {"left": "", "center": ";text-anchor:middle", "right": ";text-anchor:end"}[ha]
            out.append(f'<g style="fill:{colour};font-size:{size:g}px{anchor}{";font-weight:600" if bold else ""};'
                       f"font-family:'{FONT}',sans-serif\">{''.join(words)}</g>")
        return "".join(out) + "</svg>"

    def figure(self):
        """The matplotlib Figure (not known to pyplot: nothing to close)."""
        from matplotlib.figure import Figure

        fig = Figure(figsize=(self.width / 72, self.height / 72), dpi=72)
        ax = fig.add_axes((0, 0, 1, 1), frameon=False)
        ax.set_axis_off()
        self._draw(ax, 1.0)
        return fig

    def onto(self, ax):
        """The sheet in someone's axes, matplotlib's or seaborn's; text and lines shrink with the sheet."""
        box = ax.get_window_extent()
        points = 72 / ax.figure.dpi
        ax.set(xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set_visible(False)
        self._draw(ax, min(1.0, box.width * points / self.width, box.height * points / self.height))
        return ax

    def _draw(self, ax, zoom: float) -> None:
        from matplotlib.collections import LineCollection, PolyCollection

        ax.set(xlim=(0, self.width), ylim=(self.height, 0))
        for key, polygons in self.boxes.items():
            edge = key[1] if len(key) > 1 and key[1] else "none"
            ax.add_collection(PolyCollection(polygons, facecolors=key[0], edgecolors=edge, linewidths=0.4, zorder=1),
                              autolim=False)
        for (colour, width, dash), lines in self.lines.items():
            style = "solid" if dash is None else (0, dash)
            ax.add_collection(LineCollection(lines, colors=colour, linewidths=width * zoom, linestyles=style, zorder=2,
                                             capstyle="butt"), autolim=False)
        for (colour, shape, size, hollow), points in self.marks.items():
            xs, ys = zip(*points, strict=True)
            ax.plot(xs, ys, linestyle="", marker=shape, color=colour, markersize=size * zoom, zorder=3, scalex=False, scaley=False,
                    markerfacecolor="none" if hollow else colour, markeredgewidth=1.2 if hollow or shape in STROKES else 0)
        for x, y, text, colour, size, ha, bold in self.words:
            ax.text(x, y, text, color=colour, fontsize=size * zoom, ha=ha, va="center", fontweight=600 if bold else 400,
                    parse_math=False, zorder=4)


def _n(v: float) -> str:
    """A coordinate to a tenth of a point."""
    text = f"{v:.1f}"
    return text[:-2] if text.endswith(".0") else text


def _path(points: Sequence[tuple[float, float]]) -> str:
    """From the first point on by steps, which are shorter to write than places; steps between rounded places, so that no error
    adds up."""
    tenths = [(round(x * 10), round(y * 10)) for x, y in points]
    steps = [d for (x0, y0), (x1, y1) in zip(tenths, tenths[1:], strict=False) for d in (x1 - x0, y1 - y0)]
    return f"M{_n(tenths[0][0] / 10)} {_n(tenths[0][1] / 10)}" + ("l" + "".join(map(_step, steps)).lstrip() if steps else "")


def _step(tenths: int) -> str:
    """Part of a path: the sign or a space before it, no nought before the point."""
    whole, rest = divmod(abs(tenths), 10)
    return ("-" if tenths < 0 else " ") + (str(whole) if whole or not rest else "") + (f".{rest}" if rest else "")


def _outline(points: Sequence[tuple[float, float]]) -> str:
    """A closed shape; an upright rectangle, as :meth:`Canvas.box` makes it, by its sides."""
    (x1, y1), (x2, y2) = points[0], points[2 % len(points)]
    if len(points) == 4 and points[1] == (x2, y1) and points[3] == (x1, y2):
        return f"M{_n(x1)} {_n(y1)}H{_n(x2)}V{_n(y2)}H{_n(x1)}Z"
    return _path(points) + "Z"


def _marker(shape: str, x: float, y: float, r: float) -> str:
    """The outline of a marker of radius ``r``; shapes named as matplotlib names them."""
    if shape == "o":
        return f"M{_n(x - r)} {_n(y)}a{r:.3g} {r:.3g} 0 1 0 {2 * r:.3g} 0a{r:.3g} {r:.3g} 0 1 0 {-2 * r:.3g} 0Z"
    return "".join(_path(points) + ("" if shape in STROKES else "Z") for points in outlines(shape, x, y, r))


def outlines(shape: str, x: float, y: float, r: float) -> list[list[tuple[float, float]]]:
    """The corners of a marker: of one closed shape, or the ends of its strokes (:data:`STROKES`)."""
    d, t = r * 1.35, r / 2.6
    corners: dict[str, list[list[tuple[float, float]]]] = {
        "D": [[(0, -d), (d, 0), (0, d), (-d, 0)]], "s": [[(-r, -r), (r, -r), (r, r), (-r, r)]],
        "^": [[(0, -r), (r, r), (-r, r)]], "v": [[(0, r), (r, -r), (-r, -r)]], "|": [[(0, -r), (0, r)]],
        "x": [[(-r, -r), (r, r)], [(-r, r), (r, -r)]],
        "P": [[(-t, -r), (t, -r), (t, -t), (r, -t), (r, t), (t, t), (t, r), (-t, r), (-t, t), (-r, t), (-r, -t), (-t, -t)]]}
    return [[(x + a, y + b) for a, b in points] for points in corners[shape]]


def scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """From data to points; a scale of no width puts everything in the middle."""
    span = high - low
    return (lambda v: (start + end) / 2) if span == 0 else (lambda v: start + (v - low) / span * (end - start))


def ticks(low: float, high: float, n: int = 5) -> list[float]:
    """Round values inside [low, high], about ``n`` of them."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low]
    raw = (high - low) / max(n, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 10) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def padded(values: Iterable[float], share: float = 0.06, least: float = 0.0) -> tuple[float, float]:
    """Limits around finite values with some air."""
    values = [v for v in values if v is not None and math.isfinite(v)]
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    air = max((high - low) * share, least)
    return low - air, high + air


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions near the wanted ones, at least ``gap`` apart, inside [low, high] as far as there is room; order kept."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    groups: list[list] = []  # [sum of (wanted − offset), count]
    for i in order:
        groups.append([wanted[i], 1])
        while len(groups) > 1:
            (s1, n1), (s2, n2) = groups[-2], groups[-1]
            if s1 / n1 + gap * n1 <= s2 / n2:
                break
            groups[-2:] = [[s1 + s2 - n2 * n1 * gap, n1 + n2]]
    out, k = [0.0] * len(wanted), 0
    for s, n in groups:
        start = min(max(s / n, low), high - gap * (n - 1))
        for j in range(n):
            out[order[k]] = start + j * gap
            k += 1
    for a, b in zip(order, order[1:], strict=False):  # the clamps may have pushed groups into each other
        out[b] = max(out[b], out[a] + gap * 0.999)
    overshoot = (out[order[-1]] - high) if order else 0
    return [v - overshoot for v in out] if overshoot > 0 else out


def runs(points: Sequence[tuple[int, float]], breaks: Iterable[int] = ()) -> list[list[tuple[int, float]]]:
    """Points (year, value) cut where a year is missing and before each break year."""
    cut = set(breaks)
    out: list[list[tuple[int, float]]] = []
    for year, value in sorted(points):
        if out and year - out[-1][-1][0] == 1 and year not in cut:
            out[-1].append((year, value))
        else:
            out.append([(year, value)])
    return out


@lru_cache(maxsize=16384)  # the same names stand in figure after figure, and wrapping asks for one again and again
def wide(text: str, size: float = SIZE, bold: bool = False) -> float:
    """About how wide a text is, in points, rather too wide than too narrow; for leaving room, not for setting type."""
    return sum(0.28 if c in " .,;:'|ilíìịjtf()" else 0.81 if c in "mwMW%" else 0.62 if c.isupper() else 0.513
               for c in text) * size * (1.03 if bold else 1.0)


def cut(text: str, width: float, size: float = SIZE) -> str:
    """The text, or as much as fits with an ellipsis; the whole text stands in the table behind the figure."""
    if wide(text, size) <= width:
        return text
    while text and wide(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip(" ,-") + "…"


def wrapped(text: str, width: float, size: float = SIZE, lines: int = 2, bold: bool = False) -> list[str]:
    """The text in at most so many lines, about equally long; the last is cut where that many are not enough."""
    def broken(room: float) -> list[str]:
        out: list[str] = []
        words = text.split(" ")
        while words and len(out) < lines - 1:
            n = len(words)
            while n > 1 and wide(" ".join(words[:n]), size, bold) > room:
                n -= 1
            out.append(" ".join(words[:n]))
            words = words[n:]
        return out + ([" ".join(words)] if words else [])

    found = broken(width)
    if len(found) > 1:  # no last line of one short word
        tried = [t for share in (0.55, 0.65, 0.75, 0.85, 1.0) if len(t := broken(width * share)) == len(found)]
        found = min(tried, key=lambda t: max(wide(line, size, bold) for line in t))
    return [*found[:-1], cut(found[-1], width, size * (1.03 if bold else 1.0))]


def tall(lines: Sequence[str], row: float, size: float = SIZE) -> float:
    """Height of a row of so many lines of label: the usual one, or what they need."""
    return max(row, (len(lines) - 1) * size * LINE + row * 0.85)


def flow(widths: Sequence[float], width: float, line: float = 15.0) -> list[tuple[float, float]]:
    """Places (x, y) of items of these widths set one after another, on a new line where the next does not fit."""
    out: list[tuple[float, float]] = []
    x = y = 0.0
    for w in widths:
        if x and x + w > width:
            x, y = 0.0, y + line
        out.append((x, y))
        x += w
    return out


def margin(labels: Iterable[str], low: float = 110.0, high: float = 225.0, size: float = SIZE) -> float:
    """Room for row labels at the left."""
    return min(high, max(low, *(wide(t, size) + 12 for t in labels), low))
