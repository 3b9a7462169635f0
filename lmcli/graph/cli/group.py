"""The commands about graphs: lmcli graph ..."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, LazyGroup, Sections

TABLE: Sections = {
    "Commands": {
        "info": (
            "lmcli.graph.cli.looking:info",
            "Measure a graph: degrees, components, clustering.",
        ),
        "walk": ("lmcli.graph.cli.looking:walk", "Walk from nodes at random; show each choice."),
        "communities": (
            "lmcli.graph.cli.looking:communities",
            "Find groups with many edges inside.",
        ),
        "plot": ("lmcli.graph.cli.plot:plot", "Draw a graph."),
        "train": ("lmcli.graph.cli.train:train", "Train vectors of nodes on walks."),
        "predict": ("lmcli.graph.cli.judging:predict", "Score how well hidden edges are foretold."),
        "classify": (
            "lmcli.graph.cli.judging:classify",
            "Score how well labels of nodes are told.",
        ),
        "recommend": ("lmcli.graph.cli.recommend:recommend", "Recommend items to users."),
    },
}


@click.group(cls=LazyGroup, table=TABLE, context_settings=HELP)
def graph() -> None:
    """Walk graphs at random: node vectors, links, groups, recommendations."""
