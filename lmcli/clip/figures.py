"""An occlusion map as a drawing."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from lmcli.clip.explain import Occlusion, bounds
from lmcli.core.colormap import VIRIDIS
from lmcli.core.figure import Figure, text_width
from lmcli.core.heatmap_figure import draw_legend

SIDE = 280.0  # pixels of a picture's longer side
MARGIN, TOP, LEGEND = 16.0, 44.0, 90.0


def occlusion_figure(
    picture: NDArray[np.uint8], tinted: NDArray[np.uint8], occluded: Occlusion, title: str
) -> Figure:
    """The picture (H, W, 3), and beside it the same under the map, with its scale."""
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    wide, high = width * scale, height * scale
    whole = max(2 * wide + 3 * MARGIN + LEGEND, text_width(title, 15) + 2 * MARGIN)
    figure = Figure(whole, TOP + high + MARGIN, title=title)
    figure.text(MARGIN, 28, title, size=15, bold=True)
    figure.picture(MARGIN, TOP, wide, high, _png(picture))
    figure.picture(2 * MARGIN + wide, TOP, wide, high, _png(tinted))
    low, top = bounds(occluded)
    draw_legend(figure, 2 * wide + 3 * MARGIN, TOP, min(high, 200.0), VIRIDIS, low, top)
    return figure


def _png(pixels: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "png", optimize=True)
    return buffer.getvalue()
