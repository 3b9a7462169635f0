"""Tables of tokens for people."""

from __future__ import annotations

import math
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmcli.draw.bars import bar
from lmcli.frame.locale import said, told
from lmcli.nn.tokens.pieces import harmless, visible

BAR = 24  # columns of a bar of probability 1
# surprise in bits from which a colour holds; perceived lightness falls along it
_HEAT = (
    (12.0, "white on #7a0403"),
    (8.0, "black on #f0592a"),
    (5.0, "black on #fba238"),
    (3.0, "black on #fde164"),
    (1.0, "black on #c8ef9a"),
)


def bars(rows: list[Any]) -> RenderableType:
    """The next tokens, each with a bar as long as it is probable beside the first."""
    table = _table(("rank", "right"), ("token", "left"), ("id", "right"), ("prob", "right"))
    table.add_column("", style="cyan", no_wrap=True)
    table.add_column("logprob", justify="right")
    top = max(row.prob for row in rows)
    for row in rows:
        table.add_row(
            str(row.rank),
            Text(visible(row.token)),
            str(row.id),
            f"{row.prob:.4f}",
            bar(row.prob / top, BAR),
            f"{row.logprob:.3f}",
        )
    shown = sum(row.prob for row in rows)
    return Group(table, Text(told(f"shown: {shown:.1%} of the probability"), style="dim"))


def surprisal(rows: list[Any]) -> RenderableType:
    """Texts with each token in the colour of its surprise, then their perplexity."""
    parts: list[RenderableType] = []
    for row in rows:
        text = Text()
        for token in row.tokens:
            text.append(harmless(token.token), style=_heat(token.logprob))
        score = told(f"perplexity {row.perplexity:.2f}, {len(row.tokens)} tokens")
        parts += [text, Text(f"{score}\n")]
    legend = Text(said("bits:  <1 "))
    for low, style in reversed(_HEAT):
        legend.append(f" ≥{low:g} ", style=style)
    hardest = _hardest(rows)
    return Group(*parts, *([hardest] if hardest else []), legend)


def _hardest(rows: list[Any]) -> RenderableType | None:
    """The most surprising tokens of a single text."""
    if len(rows) != 1:
        return None
    table = _table(("token", "left"), ("logprob", "right"), ("bits", "right"))
    scored = [token for token in rows[0].tokens if token.logprob is not None]
    for token in sorted(scored, key=lambda one: one.logprob)[:5]:
        bits = -token.logprob / math.log(2)
        table.add_row(Text(visible(token.token)), f"{token.logprob:.3f}", f"{bits:.1f}")
    return table


def _heat(logprob: float | None) -> str:
    if logprob is None:
        return ""
    bits = -logprob / math.log(2)
    return next((style for low, style in _HEAT if bits >= low), "")


def weighed(rows: list[Any]) -> RenderableType:
    """The choices of one answer, each with a bar."""
    table = _table(("choice", "left"), ("prob", "right"))
    table.add_column("", style="cyan", no_wrap=True)
    for row in rows:
        for one in row.choices:
            table.add_row(Text(one.choice), f"{one.prob:.4f}", bar(one.prob, BAR))
    return table


def explained(rows: list[Any]) -> RenderableType:
    """Completions token by token, with what else could have come."""
    parts: list[RenderableType] = []
    for row in rows:
        table = _table(("token", "left"), ("prob", "right"), ("logprob", "right"))
        table.add_column("likeliest")
        for choice in row.logprobs:
            others = "  ".join(
                f"{visible(other.token)} {math.exp(other.logprob):.2f}" for other in choice.top
            )
            table.add_row(
                Text(visible(choice.token)),
                f"{math.exp(choice.logprob):.4f}",
                f"{choice.logprob:.3f}",
                Text(others),
            )
        parts += [Text(row.text), table]
    return Group(*parts)


def _table(*columns: tuple[str, Any]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name, justify in columns:
        table.add_column(name, justify=justify)
    return table
