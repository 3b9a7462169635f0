"""An occlusion map as a drawing."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from lmcli.clip.explain import Occlusion, bounds
from lmcli.draw.colormap import VIRIDIS
from lmcli.draw.figure import Figure, text_width
from lmcli.draw.heatmap_figure import draw_legend

if TYPE_CHECKING:
    from PIL import Image

SIDE = 280.0  # pixels of a picture's longer side
MARGIN, TOP, LEGEND = 16.0, 44.0, 90.0


def occlusion_figure(
    picture: Image.Image, tinted: Image.Image, occluded: Occlusion, title: str
) -> Figure:
    """The picture, and beside it the same under the map, with its scale."""
    scale = SIDE / max(picture.size)
    wide, high = picture.width * scale, picture.height * scale
    whole = max(2 * wide + 3 * MARGIN + LEGEND, text_width(title, 15) + 2 * MARGIN)
    figure = Figure(whole, TOP + high + MARGIN, title=title)
    figure.text(MARGIN, 28, title, size=15, bold=True)
    figure.picture(MARGIN, TOP, wide, high, _png(picture))
    figure.picture(2 * MARGIN + wide, TOP, wide, high, _png(tinted))
    low, top = bounds(occluded)
    draw_legend(figure, 2 * wide + 3 * MARGIN, TOP, min(high, 200.0), VIRIDIS, low, top)
    return figure


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "png", optimize=True)
    return buffer.getvalue()
