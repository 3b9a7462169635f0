"""Replays as still SVG pictures, one beside the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from lmcli.maze.picture import Color, Picture
from lmcli.maze.shapes import BACKGROUND, Box, Disc, Label, Layout, Line, Polygon, Shape, shapes

FONT = "ui-sans-serif, system-ui, Helvetica, Arial, sans-serif"


def svg(pictures: Sequence[Picture]) -> str:
    """The pictures side by side as one SVG document."""
    parts: list[str] = []
    left = height = 0.0
    for picture in pictures:
        rows, columns = picture.maze.height, picture.maze.width
        layout = replace(Layout.for_maze(rows, columns), left=left)
        parts += [_element(shape) for shape in shapes(picture, layout)]
        width, tall = layout.size(rows, columns)
        left, height = left + width, max(height, tall)
    title = escape("; ".join(picture.caption for picture in pictures))
    ground = _element(Box(0, 0, left, height, BACKGROUND))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left:g} {height:g}" '
        f'width="{left:g}" height="{height:g}" role="img" font-family="{FONT}">\n'
        f"<title>{title}</title>\n" + "\n".join([ground, *parts]) + "\n</svg>\n"
    )


def _hex(color: Color) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)


def _points(points: tuple[tuple[float, float], ...]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _element(shape: Shape) -> str:
    match shape:
        case Box():
            return (
                f'<rect x="{shape.x:.1f}" y="{shape.y:.1f}" width="{shape.width:.1f}" '
                f'height="{shape.height:.1f}" fill="{_hex(shape.fill)}"/>'
            )
        case Line():
            return (
                f'<polyline points="{_points(shape.points)}" fill="none" '
                f'stroke="{_hex(shape.stroke)}" stroke-width="{shape.width:.1f}" '
                'stroke-linecap="round" stroke-linejoin="round"/>'
            )
        case Polygon():
            return f'<polygon points="{_points(shape.points)}" fill="{_hex(shape.fill)}"/>'
        case Disc():
            x, y = shape.center
            return (
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{shape.radius:.1f}" '
                f'fill="{_hex(shape.fill)}" stroke="{_hex(shape.rim)}" '
                f'stroke-width="{shape.radius * 0.4:.1f}"/>'
            )
        case Label():
            return (
                f'<text x="{shape.x:.1f}" y="{shape.y:.1f}" font-size="{shape.size:.1f}" '
                f'fill="{_hex(shape.fill)}" text-anchor="{shape.anchor}" '
                f'dominant-baseline="central">{escape(shape.text)}</text>'
            )
