"""A sheet of paper as a PNG, for files that take no SVG: the shapes of :class:`govlib.publish.charts.canvas.Canvas` by Pillow.

matplotlib lays out every label anew, which is most of a picture's time; here a word is set where the sheet says, as in the SVG.
Shapes are drawn twice as large and made small again, so that their edges are smooth; words are drawn in the end, sharp.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

from govlib.publish import look
from govlib.publish.charts import canvas

FINE = 2  # times the size of the picture
SHADES = 16  # from white to each colour
WHITE = 247  # a blend with no channel under this would be taken for white: Pillow looks for the nearest in steps of four
ANCHORS = {"left": "ls", "center": "ms", "right": "rs"}
Point = tuple[float, float]


def png(sheet: canvas.Canvas, dpi: int = 200) -> bytes:
    """The sheet on white, ``dpi`` pixels to 72 points."""
    zoom = dpi / 72
    size = round(sheet.width * zoom), round(sheet.height * zoom)
    large = Image.new("RGB", (size[0] * FINE, size[1] * FINE), "white")
    _shapes(sheet, ImageDraw.Draw(large), zoom * FINE)
    image = large.reduce(FINE)
    pen = ImageDraw.Draw(image)
    for x, y, text, colour, points, ha, bold in sheet.words:
        pen.text((x * zoom, (y + 0.35 * points) * zoom), text, colour, _font(bold, points * zoom), ANCHORS[ha])
    out = io.BytesIO()
    palette = _palette(sheet)  # a quarter of the bytes, and half of the time to write them
    (image.quantize(palette=palette, dither=Image.Dither.NONE) if palette else image).save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()


def _palette(sheet: canvas.Canvas) -> Image.Image | None:
    """The sheet's colours as they are, and what lies between them and white; None where they are too many."""
    looks = [key for shapes in (sheet.boxes, sheet.lines, sheet.marks) for key in shapes if key[0] != "none"]
    edges = [key[1] for key in sheet.boxes if len(key) > 1 and key[1]]
    used = {ImageColor.getrgb(c) for c in (*(key[0] for key in looks), *edges, *(word[3] for word in sheet.words))}
    shades = min(SHADES, 255 // max(1, len(used)))
    if shades < SHADES // 4:
        return None
    blends = {tuple(round(255 - (255 - v) * k / shades) for v in c) for c in used for k in range(1, shades + 1)}
    out = Image.new("P", (1, 1))
    out.putpalette([255, 255, 255, *(v for c in sorted(blends) if min(c) < WHITE for v in c)])
    return out


@lru_cache(maxsize=64)
def _font(bold: bool, pixels: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(look.__file__).parent / "template" / "fonts" / f"govlib-sans-{600 if bold else 400}.ttf", pixels,
                              layout_engine=ImageFont.Layout.BASIC)


def _shapes(sheet: canvas.Canvas, pen: ImageDraw.ImageDraw, zoom: float) -> None:
    def stroke(points: Sequence[Point], colour: str, width: float) -> None:
        pen.line([(x * zoom, y * zoom) for x, y in points], colour, max(1, round(width * zoom)), "curve")

    for key, polygons in sheet.boxes.items():
        for points in polygons:
            if key[0] != "none":
                pen.polygon([(x * zoom, y * zoom) for x, y in points], key[0])
            if len(key) > 1 and key[1]:
                stroke([*points, points[0]], key[1], 0.4)
    for (colour, width, dash), lines in sheet.lines.items():
        for points in lines:
            for part in [points] if dash is None else dashed(points, [d * width for d in dash]):
                stroke(part, colour, width)
    for (colour, shape, size, hollow), marks in sheet.marks.items():
        for x, y in marks:
            if shape == "o":
                box = [((a - size / 2) * zoom, (b - size / 2) * zoom) for a, b in ((x, y), (x + size, y + size))]
                pen.ellipse(box, None if hollow else colour, colour if hollow else None, round(1.2 * zoom))
                continue
            for points in canvas.outlines(shape, x, y, size / 2):
                if hollow or shape in canvas.STROKES:
                    stroke(points if shape in canvas.STROKES else [*points, *points[:2]], colour, 1.2)
                else:
                    pen.polygon([(a * zoom, b * zoom) for a, b in points], colour)


def dashed(points: Sequence[Point], dash: Sequence[float]) -> list[list[Point]]:
    """The parts of a line that a pattern of lengths on and off leaves, the pattern going on round corners."""
    out: list[list[Point]] = [[points[0]]]
    k, left = 0, dash[0]
    for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
        length, gone = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 0.0
        while length - gone > left:
            gone += left
            at = x0 + (x1 - x0) * gone / length, y0 + (y1 - y0) * gone / length
            if k % 2 == 0:
                out[-1].append(at)
            else:
                out.append([at])
            k += 1
            left = dash[k % len(dash)]
        left -= length - gone
        if k % 2 == 0:
            out[-1].append((x1, y1))
    return [part for part in out if len(part) > 1]
