"""A figure as PNG, drawn with Pillow: twice the size for sharp screens, each pixel the mean of four."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import pairwise
from math import dist, sqrt
from typing import TYPE_CHECKING, TypeAlias

from lmcli.draw.colormap import rgb
from lmcli.draw.fonts import Fonts
from lmcli.draw.shapes import Canvas, Circle, Line, Picture, Point, Polygon, Text

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

RGBA: TypeAlias = tuple[int, int, int, int]

DENSITY = 2  # PNG pixels for a pixel of the figure
SMOOTHING = 2  # drawn pixels for a PNG pixel
LARGEST = 64_000_000  # drawn pixels: beyond, the density falls


def png(figure: Canvas, note: Callable[[str], None] | None = None) -> bytes:
    """The figure as a PNG file. `note` is told of letters that no font here can draw."""
    buffer = io.BytesIO()
    image(figure, DENSITY, note).save(buffer, "png", optimize=True)
    return buffer.getvalue()


def image(
    figure: Canvas, density: int = 1, note: Callable[[str], None] | None = None
) -> Image.Image:
    """The figure as an RGB image of Pillow, `density` pixels for a pixel of the figure."""
    from PIL import Image, ImageDraw

    area = figure.width * figure.height * (density * SMOOTHING) ** 2
    scale = density * SMOOTHING * min(1.0, sqrt(LARGEST / area))
    size = _multiple(figure.width * scale), _multiple(figure.height * scale)
    canvas = Image.new("RGB", size, figure.background)
    painter = _Painter(canvas, ImageDraw.Draw(canvas, "RGBA"), scale)
    painter.paint(figure)
    if painter.fonts.missing and note:
        letters = "".join(sorted(painter.fonts.missing)[:10])
        note(f"no font here can draw {letters}: install Noto Sans CJK, or save as .svg")
    return canvas.reduce(SMOOTHING)


def _multiple(length: float) -> int:
    """A whole number of PNG pixels, at least one, in drawn pixels."""
    return max(1, round(length / SMOOTHING)) * SMOOTHING


class _Painter:
    """Draws shapes on an image, `scale` drawn pixels for a pixel of the figure."""

    def __init__(self, image: Image.Image, draw: ImageDraw.ImageDraw, scale: float) -> None:
        self.image = image
        self.draw = draw
        self.scale = scale
        self.fonts = Fonts()

    def paint(self, figure: Canvas) -> None:
        for shape in figure.shapes:
            if isinstance(shape, Polygon):
                self._polygon(shape)
            elif isinstance(shape, Line):
                self._line(shape.points, shape.width, _rgba(shape.stroke, shape.opacity))
            elif isinstance(shape, Circle):
                self._circle(shape)
            elif isinstance(shape, Picture):
                self._picture(shape)
            else:
                self._text(shape)

    def _polygon(self, shape: Polygon) -> None:
        if shape.fill:
            color = _rgba(shape.fill, shape.opacity)
            if shape.box is None:
                self.draw.polygon([self._scaled(point) for point in shape.points], fill=color)
            else:
                self._box(shape.box, color)
        if shape.stroke:
            closed = (*shape.points, shape.points[0])
            self._line(closed, shape.stroke_width, _rgba(shape.stroke, shape.opacity))

    def _scaled(self, point: Point) -> Point:
        return point[0] * self.scale, point[1] * self.scale

    def _box(self, box: tuple[float, float, float, float], color: RGBA) -> None:
        left, top, right, bottom = (round(edge * self.scale) for edge in box)
        if right > left and bottom > top:  # Pillow's corners are the first and last pixel drawn
            self.draw.rectangle((left, top, right - 1, bottom - 1), fill=color)

    def _line(self, points: tuple[Point, ...], width: float, color: RGBA) -> None:
        scaled = [self._scaled(point) for point in points]
        half = max(1.0, width * self.scale) / 2
        for start, end in pairwise(scaled):
            self._segment(start, end, half, color)
        if color[3] == 255 and half > 1:  # round ends; they would show twice where transparent
            for x, y in scaled:
                self.draw.ellipse((x - half, y - half, x + half, y + half), fill=color)

    def _segment(self, start: Point, end: Point, half: float, color: RGBA) -> None:
        """A straight line as a polygon: Pillow's own lines change their width with the angle."""
        length = dist(start, end)
        if length == 0:
            return
        across, up = (end[1] - start[1]) / length * half, (end[0] - start[0]) / length * half
        corners = [(x + side * across, y - side * up) for x, y in (start, end) for side in (1, -1)]
        self.draw.polygon([corners[0], corners[1], corners[3], corners[2]], fill=color)

    def _circle(self, shape: Circle) -> None:
        x, y = shape.x * self.scale, shape.y * self.scale
        radius = shape.radius * self.scale
        half = shape.stroke_width * self.scale / 2 if shape.stroke else 0.0
        box = (x - radius - half, y - radius - half, x + radius + half, y + radius + half)
        self.draw.ellipse(
            box,
            fill=_rgba(shape.fill, shape.opacity) if shape.fill else None,
            outline=_rgba(shape.stroke, shape.opacity) if shape.stroke else None,
            width=max(1, round(2 * half)) if shape.stroke else 0,
        )

    def _picture(self, shape: Picture) -> None:
        from PIL import Image

        edges = shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
        left, top, right, bottom = (round(edge * self.scale) for edge in edges)
        if right > left and bottom > top:
            with Image.open(io.BytesIO(shape.png)) as picture:
                pixels = picture.convert("RGB").resize((right - left, bottom - top))
            self.image.paste(pixels, (left, top))

    def _text(self, shape: Text) -> None:
        """Draw on a mask of the text's own, so that it can be turned around its anchor."""
        from PIL import Image, ImageDraw

        runs = self.fonts.runs(shape.text, max(1, round(shape.size * self.scale)), shape.bold)
        lengths = [font.getlength(text) for text, font in runs]
        reach = int(sum(lengths)) + 2 * round(shape.size * self.scale) + 2
        mask = Image.new("L", (2 * reach, 2 * reach) if shape.angle else (2 * reach, reach))
        middle = reach, mask.height // 2
        x = reach - sum(lengths) * {"start": 0, "middle": 0.5, "end": 1}[shape.anchor]
        pen = ImageDraw.Draw(mask)
        for (text, font), length in zip(runs, lengths, strict=True):
            pen.text((x, middle[1]), text, fill=255, font=font, anchor="ls")
            x += length
        if shape.angle:
            mask = mask.rotate(-shape.angle, resample=Image.Resampling.BICUBIC)
        place = round(shape.x * self.scale) - middle[0], round(shape.y * self.scale) - middle[1]
        box = mask.getbbox()
        if box:
            shown = mask.crop(box)
            self.image.paste(rgb(shape.fill), (place[0] + box[0], place[1] + box[1]), shown)


def _rgba(color: str, opacity: float) -> RGBA:
    return (*rgb(color), round(255 * opacity))
