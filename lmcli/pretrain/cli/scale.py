"""lmcli pretrain scale."""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.tree.lazy import late


@click.command(
    epilog="Fields: layers, width, parameters, inner, tokens, flops, loss, at_equal.\n\n"
    "Example:  lmcli pretrain scale kjv --max-minutes 8 --save scale.svg"
)
@click.argument("source", metavar="TEXT")
@click.option(
    "--max-minutes",
    type=options.Finite(min=0, min_open=True),
    default=8.0,
    show_default=True,
    help="For all sizes together.",
)
@click.option(
    "--context",
    type=click.IntRange(8, 1024),
    default=128,
    show_default=True,
    help="Tokens that are read together.",
)
@click.option(
    "--batch",
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    help="Sequences in a step.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw loss against parameters, both as logarithms, as .svg, .png or .html.",
)
@options.common("threads", seed=0)
@click.pass_obj
def scale(
    env: Environment,
    source: str,
    max_minutes: float,
    context: int,
    batch: int,
    save: Path | None,
    seed: int,
) -> None:
    """Train several sizes on the same text, and fit the power law of the loss.

    Four sizes read the same tokens. The line is loss = a N^-b by least squares of the logarithms, with the 95 %
    interval of b by Student's t: with four points it is wide. Such small runs show the direction.
    They do not tell how far it goes on: the loss has a floor that four points cannot show, and the larger sizes are not
    yet done learning.
    """
    from lmcli.nn.onnxfile.torch_export import torch
    from lmcli.pretrain.corpus import read_corpus
    from lmcli.pretrain.powerlaw import fit
    from lmcli.pretrain.train.scaling import sizes

    torch()
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    corpus = read_corpus(source)
    rows = sizes(corpus, max_minutes, context, batch, seed, env.output.note, env.settings.threads)
    law = fit([row.parameters for row in rows], [row.loss for row in rows])
    if save:
        from lmcli.pretrain.view.scale import figure

        figure(rows, law).save(save, note=env.output.warn)
    env.output.rows(rows, render=late("lmcli.pretrain.view.scale:table"))
    env.output.report(
        f"loss = {law.factor:.2f} N^-{law.exponent:.3f}, the exponent between {law.low:.3f} and {law.high:.3f} (95 %)"
    )
