"""The options that several commands of translate have: one definition each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from lmcli.frame import options

F = TypeVar("F", bound=Callable[..., Any])


def pairs(*, required: bool = True) -> Callable[[F], F]:
    """Add PAIRS and the names of its columns."""
    return _with(
        click.argument(
            "pairs",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="PAIRS" if required else "[PAIRS]",
            required=required,
        ),
        click.option(
            "--source", metavar="COLUMN", help="The column, or field, to translate [the first]."
        ),
        click.option(
            "--target", metavar="COLUMN", help="The column, or field, of translations [the second]."
        ),
    )


def network(*, layers: int = 2) -> Callable[[F], F]:
    """Add the size of what is learnt."""
    return _with(
        click.option(
            "--width",
            type=click.IntRange(16, 1024),
            default=128,
            show_default=True,
            help="Numbers of a token.",
        ),
        click.option(
            "--layers",
            type=click.IntRange(1, 12),
            default=layers,
            show_default=True,
            help="Of encoder and of decoder.",
        ),
        click.option(
            "--dropout",
            type=options.Finite(min=0, max=0.9),
            default=0.1,
            show_default=True,
            help="Numbers left out.",
        ),
    )


def _with(*declared: Callable[[F], F]) -> Callable[[F], F]:
    def added(function: F) -> F:
        for option in reversed(declared):
            function = option(function)
        return function

    return added
