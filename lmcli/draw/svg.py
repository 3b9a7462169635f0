"""A figure as SVG text, and as an HTML page that holds it: self-contained, no script, nothing fetched."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html import escape

from lmcli.draw.shapes import Canvas, Circle, Line, Picture, Point, Polygon, Shape, Text
from lmcli.frame.locale import spoken

FONTS = (
    "DejaVu Sans, Noto Sans, Helvetica Neue, Arial, Noto Sans CJK SC, Noto Sans SC, PingFang SC, "
    "Hiragino Sans GB, Microsoft YaHei, WenQuanYi Micro Hei, sans-serif"
)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(figure: Canvas) -> str:
    """The figure as an SVG document (UTF-8)."""
    return "".join(line + "\n" for line in _lines(figure))


def page(figure: Canvas) -> str:
    """The figure as an HTML page."""
    title = _escaped(figure.title or "lmcli")
    return (
        f'<!DOCTYPE html>\n<html lang="{spoken()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n"
        "<style>body { margin: 1em; background: #fff } svg { max-width: 100%; height: auto }</style>\n"
        f"</head>\n<body>\n{svg(figure)}</body>\n</html>\n"
    )


def _lines(figure: Canvas) -> Iterator[str]:
    width, height = _number(figure.width), _number(figure.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="{FONTS}" role="img">'
    )
    if figure.title:
        yield f"<title>{_escaped(figure.title)}</title>"
    yield f'<rect width="{width}" height="{height}" fill="{figure.background}"/>'
    yield from map(_element, figure.shapes)
    yield "</svg>"


def _element(shape: Shape) -> str:
    if isinstance(shape, Polygon):
        return _polygon(shape)
    if isinstance(shape, Line):
        return (
            f'<polyline points="{_pairs(shape.points)}" fill="none" stroke="{shape.stroke}" '
            f'stroke-width="{_number(shape.width)}" stroke-linecap="round" stroke-linejoin="round"'
            f"{_opacity(shape.opacity)}/>"
        )
    if isinstance(shape, Circle):
        x, y, radius = map(_number, (shape.x, shape.y, shape.radius))
        return f'<circle cx="{x}" cy="{y}" r="{radius}"{_paint(shape)}/>'
    return _picture(shape) if isinstance(shape, Picture) else _text(shape)


def _picture(shape: Picture) -> str:
    x, y, width, height = map(_number, (shape.x, shape.y, shape.width, shape.height))
    data = base64.b64encode(shape.png).decode()
    return (
        f'<image x="{x}" y="{y}" width="{width}" height="{height}" preserveAspectRatio="none" '
        f'href="data:image/png;base64,{data}"/>'
    )


def _polygon(shape: Polygon) -> str:
    if shape.box is None:
        return f'<polygon points="{_pairs(shape.points)}"{_paint(shape)}/>'
    left, top, right, bottom = shape.box
    x, y, width, height = map(_number, (left, top, right - left, bottom - top))
    crisp = "" if shape.stroke else ' shape-rendering="crispEdges"'  # no seams between neighbours
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}"{_paint(shape)}{crisp}/>'


def _text(shape: Text) -> str:
    x, y = _number(shape.x), _number(shape.y)
    anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
    bold = ' font-weight="bold"' if shape.bold else ""
    turn = f' transform="rotate({_number(shape.angle)} {x} {y})"' if shape.angle else ""
    return (
        f'<text x="{x}" y="{y}" font-size="{_number(shape.size)}" fill="{shape.fill}"'
        f'{anchor}{bold}{turn} xml:space="preserve">{_escaped(shape.text)}</text>'
    )


def _paint(shape: Polygon | Circle) -> str:
    stroke = ""
    if shape.stroke:
        stroke = f' stroke="{shape.stroke}" stroke-width="{_number(shape.stroke_width)}"'
    return f' fill="{shape.fill or "none"}"{stroke}{_opacity(shape.opacity)}'


def _opacity(value: float) -> str:
    return "" if value == 1 else f' opacity="{_number(value)}"'


def _pairs(points: tuple[Point, ...]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    """At most three decimals, without zeros that say nothing."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _escaped(text: str) -> str:
    """Text for an element: markup escaped, what XML forbids shown as a replacement character."""
    return escape(_NOT_XML.sub("\ufffd", text))
