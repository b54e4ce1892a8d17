"""A sheet of charts (:class:`~govlib.publish.charts.canvas.Canvas`) with its text for screen readers, as SVG or PNG.

SVG is written straight from the shapes, about a millisecond a figure, so that a view can follow a slider.
"""

from __future__ import annotations

import html

from govlib.publish.charts import raster
from govlib.publish.charts.canvas import Canvas


class Drawing(Canvas):
    """A canvas that shows itself in a notebook."""

    def accessible(self, alt: str) -> str:
        """The SVG element; ``alt`` is its text for those who do not see it."""
        return self.svg().replace("<svg ", f'<svg class="gov-figure" role="img" aria-label="{html.escape(alt, quote=True)}" ', 1)

    def png(self, dpi: int = 200) -> bytes:
        """The same drawing as PNG, on white."""
        return raster.png(self, dpi)
