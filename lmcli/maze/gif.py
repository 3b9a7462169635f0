"""Replays as animated GIF, drawn with Pillow."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from lmcli.core.errors import MissingExtra
from lmcli.maze.picture import (
    GOAL_COLOR,
    TRAIL_COLOR,
    UNSEEN_COLOR,
    WALL_COLOR,
    Picture,
    viridis,
)
from lmcli.maze.shapes import BACKGROUND, Box, Disc, Label, Layout, Line, Point, Polygon, Shape
from lmcli.maze.shapes import shapes as shapes_of

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

FINER = 2  # drawn this much larger and scaled down: lines without stairs
LAST_SECONDS = 1.5  # how long the last frame of an episode stands


def gif(episodes: Iterable[Iterable[Picture]], seconds: float) -> bytes:
    """The pictures of each episode in turn, `seconds` apart. Raises MissingExtra without Pillow."""
    frames: list[Image.Image] = []
    durations: list[int] = []
    for pictures in episodes:
        for picture in pictures:
            frames.append(_frame(picture))
            durations.append(max(20, round(1000 * seconds)))
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


def _frame(picture: Picture) -> Image.Image:
    try:
        from PIL import Image, ImageDraw
    except ImportError:
        raise MissingExtra("pillow", "images") from None
    rows, columns = picture.maze.height, picture.maze.width
    layout = Layout.for_maze(rows, columns)
    width, height = (round(side) for side in layout.size(rows, columns))
    image = Image.new("RGB", (width * FINER, height * FINER), BACKGROUND)
    draw = ImageDraw.Draw(image)
    for shape in shapes_of(picture, layout):
        _draw(draw, shape)
    small = image.resize((width, height), Image.Resampling.LANCZOS)
    return small.quantize(palette=_palette(), dither=Image.Dither.NONE)


@cache
def _palette() -> Image.Image:
    """One palette for all frames: the scale, greys, and the reds of goal and trail."""
    from PIL import Image

    colors = [viridis(i / 175) for i in range(176)]
    colors += [(i * 255 // 39,) * 3 for i in range(40)]
    colors += [UNSEEN_COLOR, WALL_COLOR, BACKGROUND]
    for red in (GOAL_COLOR, TRAIL_COLOR):  # and their way to white, for smooth edges
        for i in range(18):
            r, g, b = (round(part + (255 - part) * i / 18) for part in red)
            colors.append((r, g, b))
    image = Image.new("P", (1, 1))
    image.putpalette([part for color in colors for part in color])
    return image


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _scaled(points: Iterable[Point]) -> list[Point]:
    return [(x * FINER, y * FINER) for x, y in points]


def _draw(draw: ImageDraw.ImageDraw, shape: Shape) -> None:
    match shape:
        case Box():
            x, y = shape.x * FINER, shape.y * FINER
            draw.rectangle(
                (x, y, x + shape.width * FINER - 1, y + shape.height * FINER - 1), shape.fill
            )
        case Line():
            width = max(1, round(shape.width * FINER))
            draw.line(_scaled(shape.points), shape.stroke, width, joint="curve")
        case Polygon():
            draw.polygon(_scaled(shape.points), shape.fill)
        case Disc():
            (x, y), radius = shape.center, shape.radius * FINER
            place = (x * FINER - radius, y * FINER - radius, x * FINER + radius, y * FINER + radius)
            draw.ellipse(place, shape.fill, shape.rim, round(radius * 0.3))
        case Label():
            anchor = "mm" if shape.anchor == "middle" else "lm"
            place_of_text = (shape.x * FINER, shape.y * FINER)
            font = _font(round(shape.size * FINER))
            draw.text(place_of_text, shape.text, shape.fill, font, anchor)
