"""lmcli pretrain TEXT, and the commands below it."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, DefaultGroup, Sections

TABLE: Sections = {
    "Commands": {
        "train": (
            "lmcli.pretrain.cli.train:train",
            "Train a language model on a text, from nothing.",
        ),
        "steps": (
            "lmcli.pretrain.cli.steps:steps",
            "Show one batch: targets, loss by position, gradients by layer.",
        ),
        "scale": (
            "lmcli.pretrain.cli.scale:scale",
            "Train several sizes on the same text, and fit the power law of the loss.",
        ),
    },
}


@click.group(cls=DefaultGroup, default="train", table=TABLE, context_settings=HELP)
def pretrain() -> None:
    """Train a language model from nothing, and see how it learns.

    lmcli pretrain TEXT is short for lmcli pretrain train TEXT; lmcli pretrain train --help lists the options.
    """
