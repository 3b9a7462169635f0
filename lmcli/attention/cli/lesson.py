"""The commands that teach the formulas: attention steps, attention positions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.tree.lazy import late


@click.command(
    epilog="Fields: step, formula, rows, columns, values.\n\n"
    'Example:  lmcli attention steps "The cat sat" --heads 2 --causal'
)
@click.argument("text", nargs=-1, metavar="[TEXT]")
@click.option("-d", "d", type=click.IntRange(1, 16), default=4, show_default=True, help="Width.")
@click.option("--heads", type=click.IntRange(1, 16), default=1, show_default=True, help="Heads.")
@click.option("--causal", is_flag=True, help="Hide from each word those that come after it.")
@options.common(seed=0)
@click.pass_obj
def steps(
    env: Environment, text: tuple[str, ...], d: int, heads: int, causal: bool, seed: int
) -> None:
    """Walk through attention with numbers small enough to follow.

    softmax(Q K^T / sqrt(d)) V over the words of TEXT, "The cat sat" if none is given. The vectors are drawn
    at random; only the arithmetic means something here.
    """
    from lmcli.attention.lesson import walk

    rows = walk(" ".join(text) or "The cat sat", d, heads, causal, seed)
    env.output.rows(rows, render=late("lmcli.attention.view.lesson:steps"))


@click.command(
    epilog="Fields: position, encoding; with --shift: shift, map, error.\n\n"
    "Example:  lmcli attention positions -n 20 -d 32"
)
@click.option(
    "-n", "n", type=click.IntRange(min=1), default=50, show_default=True, help="Positions."
)
@click.option("-d", "d", type=click.IntRange(min=2), default=64, show_default=True, help="Width.")
@click.option(
    "--shift",
    type=click.IntRange(min=0),
    metavar="K",
    help="Show the matrix that moves by K instead.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also save the picture as .svg, .png or .html.",
)
@options.common()
@click.pass_obj
def positions(env: Environment, n: int, d: int, shift: int | None, save: Path | None) -> None:
    """Show the sinusoidal encoding of positions.

    Each pair of features is a sine and a cosine of one frequency, so that moving by K positions is the same
    rotation everywhere: a linear map, which --shift prints and tries.
    """
    from lmcli.attention.lesson import encodings, shifted

    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    rows: list[Any] = [shifted(n, d, shift)] if shift is not None else list(encodings(n, d))
    if save:
        from lmcli.attention.view.figures import positions_figure

        positions_figure(rows).save(save, note=env.output.warn)
    drawn = "encodings" if shift is None else "shift"
    env.output.rows(rows, render=late(f"lmcli.attention.view.lesson:{drawn}"))
