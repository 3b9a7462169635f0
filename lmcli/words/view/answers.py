"""Answers for a projector: the words in large letters, their scores as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lmcli.draw.bars import bar
from lmcli.draw.terminal.projector import Letters

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from lmcli.frame.environment import Environment
    from lmcli.frame.printing.writers import Render

WIDEST = 60  # columns of the bar of a score of 1


def large(env: Environment) -> Render | None:
    """What draws the answers of a query for a projector; None where the table will do."""
    if not env.big:
        return None

    def drawn(rows: list[Any]) -> RenderableType:
        from rich.console import Group

        return Group(*(part for row in rows for part in _answer(row)))

    return drawn


def _answer(row: Any) -> Sequence[RenderableType]:
    """A word that answers, and how near it is; of the odd one out the scores of all."""
    from rich.text import Text

    if hasattr(row, "scores"):
        lines = [f"{score:.4f}  {word}" for word, score in row.scores.items()]
        return [Letters(row.word), *map(Text, lines), Text()]
    if hasattr(row, "word"):
        return [Letters(row.word), *_score(row.score), Text()]
    return [Letters(f"{row.a} · {row.b}"), *_score(row.score), Text()]


def _score(score: float) -> Sequence[Text]:
    from rich.text import Text

    return [Text(f"{score:.4f}  {bar(score, WIDEST)}", "bold", no_wrap=True, overflow="crop")]
