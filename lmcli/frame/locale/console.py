"""A console whose tables have their heads in the language spoken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich import console
from rich.table import Table
from rich.text import Text

from lmcli.frame.locale import said


class Console(console.Console):
    """Prints tables with heads, title and caption translated, wherever in what is printed they stand."""

    def render(
        self, renderable: Any, options: console.ConsoleOptions | None = None
    ) -> Iterable[Any]:
        """What is printed of a renderable."""
        if isinstance(renderable, Table):
            for column in renderable.columns:
                column.header = _said(column.header)
            renderable.title = _said(renderable.title)
            renderable.caption = _said(renderable.caption)
        return super().render(renderable, options)


def _said(head: Any) -> Any:
    if isinstance(head, str):
        return said(head)
    if isinstance(head, Text) and (other := said(head.plain)) != head.plain:
        return Text(other, head.style)
    return head
