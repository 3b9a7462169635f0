"""attention qkv-sources and attention cost: where Q, K and V come from, and what their product costs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from lmcli.attention.cli.lesson import draw, save_option
from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage
from lmcli.frame.tree.lazy import late


@click.command(
    "qkv-sources",
    epilog="Fields: use, query, key, value, query_shape, key_shape, value_shape, mask, rows, columns, "
    'weights, model.\n\nExample:  lmcli attention qkv-sources "我 爱 机器" "I love machines"',
)
@click.argument("source", default="我 爱 机器")
@click.argument("target", default="I love machines")
@click.option(
    "-d",
    "d",
    type=click.IntRange(2, 1024),
    default=64,
    show_default=True,
    help="Width of the model.",
)
@click.option("--heads", type=click.IntRange(1, 64), default=4, show_default=True, help="Heads.")
@save_option
@options.common(seed=0)
@click.pass_obj
def qkv_sources(
    env: Environment, source: str, target: str, d: int, heads: int, seed: int, save: Path | None
) -> None:
    """Show where queries, keys and values come from: attention's three uses.

    An encoder reads SOURCE, a decoder writes TARGET: each looks at itself, and the decoder at the encoder's output.
    The weights are those of one layer of each, drawn at random: nothing was learnt, so that only sources, shapes and
    masks mean something.
    """
    env.limit_blas()
    from lmcli.attention.drawn import words_in
    from lmcli.attention.lessons.sources import drawn_states, uses

    rows = uses(drawn_states(words_in(source), words_in(target), d, heads, seed))
    draw(env, save, "architecture:sources_figure", rows)
    env.output.rows(rows, render=late("lmcli.attention.view.architecture:sources"))


def _lengths(value: str) -> tuple[int, ...]:
    """Lengths as they are typed: 64,128,256."""
    from lmcli.attention.lessons.cost import LONGEST

    parts = [part.strip() for part in value.replace("，", ",").split(",") if part.strip()]
    sound = all(part.isdecimal() and 1 <= int(part) <= LONGEST for part in parts)
    if not parts or not sound:
        raise BadUsage(
            f"{value!r} are no lengths from 1 to {LONGEST}", "as in --lengths 64,256,1024"
        )
    return tuple(sorted({int(part) for part in parts}))


@click.command(
    epilog="Fields: length, way, seconds, bytes, steps, operations, seconds_exponent, bytes_exponent.\n\n"
    "Example:  lmcli attention cost --lengths 64,256,1024"
)
@click.option(
    "--lengths", default="64,128,256,512,1024,2048,4096", show_default=True, metavar="N,...",
    help="How many vectors are read.",
)  # fmt: skip
@click.option(
    "-d", "d", type=click.IntRange(1, 1024), default=64, show_default=True, help="Their width."
)
@save_option
@options.common("threads", seed=0)
@click.pass_obj
def cost(env: Environment, lengths: str, d: int, seed: int, save: Path | None) -> None:
    """Measure what attention costs by length, beside a recurrent network.

    Time and memory of softmax(X X^T / sqrt(d)) X, one product of all with all, and of h = tanh(x W + h U), where each
    step waits for the one before: on this machine, one thread unless --threads says otherwise, and the exponents fitted
    to them.
    """
    if env.settings.threads and "numpy" in sys.modules:
        env.output.warn("--threads comes too late in a session that has computed; run it by itself")
    env.limit_blas()  # before numpy is imported
    from lmcli.attention.lessons.cost import fitted, measured

    sizes = _lengths(lengths)
    found = []
    with env.output.progress("measuring", 2 * len(sizes)) as advance:
        for one in measured(sizes, d, seed):
            found.append(one)
            advance(1, f"{one.way}, length {one.length}")
    rows: list[Any] = fitted(found)
    draw(env, save, "architecture:cost_figure", rows)
    env.output.rows(rows, render=late("lmcli.attention.view.architecture:cost"))
