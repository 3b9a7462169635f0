"""lmcli attention TEXT, and the lessons below it: steps, positions, qkv-sources, cost, retrieval."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, DefaultGroup, Sections

TABLE: Sections = {
    "Commands": {
        "show": (
            "lmcli.attention.cli.show:show",
            "Show what the tokens of a text look at in a real model.",
        ),
        "steps": (
            "lmcli.attention.cli.steps:steps",
            "Walk through attention with numbers small enough to follow.",
        ),
        "positions": (
            "lmcli.attention.cli.lesson:positions",
            "Show the sinusoidal encoding of positions.",
        ),
        "qkv-sources": (
            "lmcli.attention.cli.architecture:qkv_sources",
            "Show where queries, keys and values come from: attention's three uses.",
        ),
        "cost": (
            "lmcli.attention.cli.architecture:cost",
            "Measure what attention costs by length, beside a recurrent network.",
        ),
        "retrieval": (
            "lmcli.attention.cli.lesson:retrieval",
            "Read three documents by query, key and value: retrieval beside attention.",
        ),
    },
}


@click.group(cls=DefaultGroup, default="show", table=TABLE, context_settings=HELP)
def attention() -> None:
    """Show what the tokens of a text look at, and how attention works.

    lmcli attention TEXT is short for lmcli attention show TEXT; lmcli attention show --help lists the options.
    """
