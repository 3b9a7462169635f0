"""The options of the commands that generate text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from lmcli.frame.options import Finite

F = TypeVar("F", bound=Callable[..., Any])


def sampling(temperature: float) -> Callable[[F], F]:
    """--temperature, --top-k, --top-p, --min-p, --repeat-penalty; their values as keyword arguments."""
    declared = (
        click.option(
            "--temperature",
            type=Finite(min=0),
            default=temperature,
            show_default=True,
            help="Below 1 the likely becomes likelier; 0 takes the likeliest token.",
        ),
        click.option(
            "--top-k",
            type=click.IntRange(min=0),
            default=0,
            show_default="all",
            help="Draw from the K likeliest tokens.",
        ),
        click.option(
            "--top-p",
            type=Finite(min=0, max=1, min_open=True),
            default=1.0,
            show_default="all",
            help="Draw from the likeliest tokens that together have the probability P.",
        ),
        click.option(
            "--min-p",
            type=Finite(min=0, max=1),
            default=0.0,
            show_default="all",
            help="Draw from tokens at least P times as probable as the likeliest.",
        ),
        click.option(
            "--repeat-penalty",
            type=Finite(min=0, min_open=True),
            default=1.0,
            show_default="none",
            help="Above 1 makes tokens of the text so far less likely.",
        ),
    )

    def decorate(function: F) -> F:
        for option in reversed(declared):
            function = option(function)
        return function

    return decorate


def length(default: int) -> Callable[[F], F]:
    """-n."""
    return click.option(
        "-n",
        "length",
        type=click.IntRange(min=0),
        default=default,
        show_default=True,
        help="How many tokens at most.",
    )


greedy = click.option("--greedy", is_flag=True, help="Take the likeliest token each time.")
seed = click.option(
    "--seed",
    type=click.IntRange(min=0),
    show_default="a new one, which -f json shows",
    help="Fixes every random choice.",
)
