"""Answers for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from lmcli.ask.answering import Answer, Passage


def passages(rows: Sequence[Passage]) -> RenderableType:
    """Each passage with its number, place and cosine."""
    parts: list[RenderableType] = []
    for row in rows:
        head = Text.assemble(f"[{row.number}] ", (row.path, "magenta"), ":", (str(row.line), "green"),
                             f"  {row.score:.4f}")  # fmt: skip
        parts += [head, Padding(Text(row.text), (0, 0, 0, 4))]
    return Group(*parts)


def answers(rows: Sequence[Answer]) -> RenderableType:
    """Each question with its answer and passages."""
    parts: list[RenderableType] = []
    for row in rows:
        parts += [Text(row.question, "bold"), Text(row.answer), Text(), passages(row.passages), Text()]  # fmt: skip
    return Group(*parts[:-1])
