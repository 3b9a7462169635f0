"""lmcli fill TEXT, and the commands below it: lmcli fill steps, compare."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, DefaultGroup, Sections

TABLE: Sections = {
    "Commands": {
        "texts": ("lmcli.fill.cli.texts:texts", "Fill the masks of a text with words that fit."),
        "steps": (
            "lmcli.fill.cli.steps:steps",
            "Show how BERT is trained: what is masked, and what it costs.",
        ),
        "compare": (
            "lmcli.fill.cli.compare:compare",
            "See one mask from the left, from both sides, and from a bag of words.",
        ),
    },
}


@click.group(cls=DefaultGroup, default="texts", table=TABLE, context_settings=HELP)
def fill() -> None:
    """Fill masked words, and see how models are trained on them.

    lmcli fill TEXT is short for lmcli fill texts TEXT; lmcli fill texts --help lists the options.
    """
