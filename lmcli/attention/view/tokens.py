"""Tokens for people: side by side in colour, each above its id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from lmcli.attention.tokens import Token
from lmcli.frame.locale import told
from lmcli.nn.tokens.pieces import visible

COLORS = ("#cde7f0", "#fde3b3", "#d6ecc9", "#f3cfe0", "#ddd6f3")


@dataclass(frozen=True)
class TokenLines:
    """Tokens in coloured cells, as many a line as fit, with their ids and places below."""

    tokens: Sequence[Token]

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        for line in _lines(self.tokens, options.max_width):
            rows = [Text(), Text(), Text()]
            for place, token in line:
                cells = _cells(token)
                width = max(map(cell_len, cells)) + 2
                styles = (f"#000000 on {COLORS[place % len(COLORS)]}", "", "dim")
                for row, cell, style in zip(rows, cells, styles, strict=True):
                    row.append(_centred(cell, width), style=style).append(" ")
            yield from rows
            yield Text()


def _cells(token: Token) -> tuple[str, str, str]:
    span = f"{token.start}-{token.end}" if token.end > token.start else ""
    return visible(token.token), str(token.id), span


def _centred(text: str, width: int) -> str:
    room = width - cell_len(text)
    return " " * (room // 2) + text + " " * (room - room // 2)


def _lines(tokens: Sequence[Token], width: int) -> Iterator[list[tuple[int, Token]]]:
    line: list[tuple[int, Token]] = []
    used = 0
    for place, token in enumerate(tokens):
        needed = max(map(cell_len, _cells(token))) + 3
        if line and used + needed > width:
            yield line
            line, used = [], 0
        line.append((place, token))
        used += needed
    yield line


def tokens(rows: Sequence[Token]) -> RenderableType:
    """The tokens of a text, and how many there are."""
    places = {place for row in rows for place in range(row.start, row.end)}
    count = told(f"{len(rows)} tokens for {len(places)} characters")
    return Group(TokenLines(rows), Text(count, style="dim"))
