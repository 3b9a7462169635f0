"""The commands about handwritten digits: lmcli digits ..."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, LazyGroup, Sections

TABLE: Sections = {
    "Commands": {
        "classify": (
            "lmcli.digits.cli.classify:classify",
            "Read the digits in pictures, photographs and scans.",
        ),
        "draw": ("lmcli.digits.cli.draw:draw", "Draw a digit and watch it being read."),
        "steps": (
            "lmcli.digits.cli.steps:steps",
            "Show convolution and pooling by hand, or layer by layer on a picture.",
        ),
        "train": (
            "lmcli.digits.cli.train:train",
            "Train a network on pictures of 28 x 28 pixels.",
        ),
        "eval": (
            "lmcli.digits.cli.evaluate:evaluate",
            "Measure a network: accuracy, confusion, mistakes, robustness.",
        ),
    },
}


@click.group(cls=LazyGroup, table=TABLE, context_settings=HELP)
def digits() -> None:
    """Read handwritten digits, and see how a network does it.

    LeCun et al. 1998, Gradient-based learning applied to document recognition.
    """
