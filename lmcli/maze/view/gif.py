"""Replays as animated GIF."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from lmcli.draw.colormap import VIRIDIS
from lmcli.maze.view.drawing import BACKGROUND, figure
from lmcli.maze.view.picture import GOAL_COLOR, TRAIL_COLOR, UNSEEN_COLOR, WALL_COLOR, Picture

if TYPE_CHECKING:
    from PIL import Image

LAST_SECONDS = 1.5  # how long the last frame of an episode stands


def gif(
    episodes: Iterable[Iterable[Picture]],
    seconds: float,
    note: Callable[[str], None] | None = None,
) -> bytes:
    """The pictures of each episode in turn, `seconds` apart, played without end; `note` as for the first as PNG."""
    frames: list[Image.Image] = []
    durations: list[int] = []
    for pictures in episodes:
        for picture in pictures:
            frames.append(_frame(picture, note if not frames else None))
            durations.append(max(20, round(1000 * seconds)))  # players take less for a mistake
        durations[-1] = round(1000 * LAST_SECONDS)
    stream = BytesIO()
    frames[0].save(
        stream,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=0,
        disposal=1,
    )
    return stream.getvalue()


def _frame(picture: Picture, note: Callable[[str], None] | None) -> Image.Image:
    from PIL import Image

    from lmcli.draw.raster import image

    drawn = image(figure([picture]), note=note)
    return drawn.quantize(palette=_palette(), dither=Image.Dither.NONE)


@cache
def _palette() -> Image.Image:
    """One palette for all frames: the scale, greys, and the reds of goal and trail."""
    from PIL import Image

    colors = [VIRIDIS(i / 175) for i in range(176)]
    colors += [(level, level, level) for level in range(0, 256, 7)]
    colors += [UNSEEN_COLOR, WALL_COLOR, BACKGROUND]
    for red in (GOAL_COLOR, TRAIL_COLOR):  # and their way to white, for smooth edges
        for i in range(18):
            r, g, b = (round(part + (255 - part) * i / 18) for part in red)
            colors.append((r, g, b))
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for color in colors for part in color])
    return palette
