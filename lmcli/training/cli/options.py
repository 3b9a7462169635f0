"""The options that every command which trains has: one definition each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from lmcli.frame import options

F = TypeVar("F", bound=Callable[..., Any])

_POSITIVE = click.IntRange(min=1)


def training(*, epochs: int | str, batch: int | str, rate: float | str) -> Callable[[F], F]:
    """Add the options of a training; a default that depends on the model is told in words."""

    def told(default: int | float | str) -> dict[str, Any]:
        if isinstance(default, str):
            return {"show_default": default}
        return {"default": default, "show_default": True}

    declared = (
        click.option("--name", help="The model's name [the data's]."),
        click.option(
            "--out", type=click.Path(path_type=Path), help="The folder [the user's models]."
        ),
        click.option("--force", is_flag=True, help="Replace a model of that name, begin anew."),
        click.option("--resume", is_flag=True, help="Go on with a training that was stopped."),
        click.option("--epochs", type=_POSITIVE, help="Passes at most.", **told(epochs)),
        click.option("--batch", type=_POSITIVE, help="Examples in a step.", **told(batch)),
        click.option(
            "--lr",
            type=options.Finite(min=0, min_open=True),
            help="The highest learning rate.",
            **told(rate),
        ),
        click.option(
            "--max-minutes",
            type=options.Finite(min=0, min_open=True),
            help="Stop after so long, with the best weights so far.",
        ),
        click.option(
            "--device",
            default="auto",
            show_default=True,
            help="Where torch computes: cpu, cuda, ...",
        ),
        click.option(
            "--eight-bits", is_flag=True, help="Store the weights with 8 bits; the loss is told."
        ),
        click.option(
            "--log",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write every step as a JSON line.",
        ),
        click.option(
            "--curve",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Draw the loss as .svg, .png or .html.",
        ),
    )

    def decorate(function: F) -> F:
        for option in reversed(declared):
            function = option(function)
        return function

    return decorate
