"""The options that say what network is trained: one definition each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from lmcli.frame.errors import BadUsage

F = TypeVar("F", bound=Callable[..., Any])
POSITIVE = click.IntRange(min=1)
SIZES = {"tiny": (3, 96, 4), "small": (4, 224, 7), "base": (6, 352, 11)}  # layers, width, heads


def sizes_of(
    size: str, layers: int | None, width: int | None, heads: int | None
) -> tuple[int, int, int]:
    """Layers, width, heads: those of a preset but for what is given. Raises BadUsage where they do not fit."""
    preset = SIZES[size]
    found = (layers or preset[0], width or preset[1], heads or preset[2])
    if heads is None and width is not None:
        found = (found[0], width, max(1, width // 32))
    if found[1] % (2 * found[2]):
        raise BadUsage(
            f"a width of {found[1]} has no even part for each of {found[2]} heads",
            "--width must be a multiple of twice --heads",
        )
    return found


def shape(function: F) -> F:
    """Add --size, --layers, --width, --heads, --context, --tokens, --vocabulary."""
    declared = (
        click.option(
            "--size",
            type=click.Choice(tuple(SIZES)),
            default="tiny",
            show_default=True,
            help="Some 0.5, 3 or 10 million parameters.",
        ),
        click.option("--layers", type=POSITIVE, help="Blocks [the size's]."),
        click.option("--width", type=POSITIVE, help="Numbers of a token [the size's]."),
        click.option("--heads", type=POSITIVE, help="Heads of a block [the size's]."),
        click.option(
            "--context",
            type=click.IntRange(8, 4096),
            default=128,
            show_default=True,
            help="Tokens that are read together.",
        ),
        click.option(
            "--tokens",
            type=click.Choice(("bpe", "wordpiece", "characters")),
            help="How the text is cut [bpe; characters of Chinese].",
        ),
        click.option(
            "--vocabulary",
            type=click.IntRange(300, 60_000),
            help="Tokens at most [1500; 6000 characters].",
        ),
    )
    for option in reversed(declared):
        function = option(function)
    return function
