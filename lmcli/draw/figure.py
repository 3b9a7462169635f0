"""A small vector drawing, saved as .svg, .png or .html.

figure = Figure(400, 300, title="Two words")
figure.circle(100, 80, 4, fill="#0072b2")
figure.text(108, 80, "king", middle=True)
figure.save(Path("words.svg"))
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lmcli.draw.shapes import (
    INK,
    Anchor,
    Canvas,
    Circle,
    Color,
    Line,
    Picture,
    Point,
    Polygon,
    Shape,
    Text,
    text_width,
)
from lmcli.frame.disk.whole import check_target, new_file
from lmcli.frame.errors import BadUsage

__all__ = [
    "INK",
    "Anchor",
    "Circle",
    "Color",
    "Figure",
    "Line",
    "Picture",
    "Point",
    "Polygon",
    "Shape",
    "Text",
    "checked_suffix",
    "text_width",
]

SUFFIXES = (".svg", ".png", ".html")


class Figure(Canvas):
    """A drawing of `width` x `height` pixels that can be saved."""

    def save(self, path: Path, *, note: Callable[[str], None] | None = None) -> None:
        """Write the drawing in the format that the suffix of `path` names, whole or not at all.

        `note` is told when a PNG lacks a font for some letters. Raises BadUsage for another suffix or a
        missing folder.
        """
        suffix = checked_suffix(path)
        if suffix == ".png":
            from lmcli.draw.raster import png

            data = png(self, note)
        else:
            from lmcli.draw.svg import page, svg

            data = (svg(self) if suffix == ".svg" else page(self)).encode()
        with new_file(path) as stream:
            stream.write(data)


def checked_suffix(path: Path) -> str:
    """The suffix of a picture's path in lower case; call it before long work.

    Raises BadUsage for a suffix that is no picture's, or a folder that does not exist.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadUsage(f"{path}: no picture format {suffix!r}", f"use {', '.join(SUFFIXES)}")
    check_target(path)
    return suffix
