"""A console that speaks the language chosen, and knows of projectors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich import console
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from lmcli.frame.locale import said

_CLEAR = Style(dim=False)


class Console(console.Console):
    """Prints tables with heads, title and caption translated, wherever in what is printed they stand.

    big: for a projector: nothing is dim, and what is drawn (heatmaps, pixels, mazes) fills the width.
    """

    def __init__(self, *, big: bool, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.big = big

    def render(
        self, renderable: Any, options: console.ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """What is printed of a renderable."""
        if isinstance(renderable, Table):
            for column in renderable.columns:
                column.header = _said(column.header)
            renderable.title = _said(renderable.title)
            renderable.caption = _said(renderable.caption)
        rendered = super().render(renderable, options)
        return map(_clear, rendered) if self.big else rendered


def _said(head: Any) -> Any:
    if isinstance(head, str):
        return said(head)
    if isinstance(head, Text) and (other := said(head.plain)) != head.plain:
        return Text(other, head.style)
    return head


def _clear(segment: Segment) -> Segment:
    text, style, control = segment
    return Segment(text, style + _CLEAR, control) if style is not None and style.dim else segment
