"""The command that draws a graph: graph plot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.locale import told
from lmcli.graph.cli.shared import edges_argument, finish, loaded, reading_options, vectors_for

if TYPE_CHECKING:
    from lmcli.graph.graph import Graph


@click.command(
    epilog="Fields: node, x, y, community.\n\nExample:  lmcli graph plot karate --save karate.svg"
)
@edges_argument
@click.option(
    "--layout",
    type=click.Choice(("forces", "pca")),
    default="forces",
    show_default=True,
    help="Edges as springs, or the first components of the nodes' vectors.",
)
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also save the picture as .svg, .png or .html.",
)
@reading_options
@options.common("seed", "model")
@click.pass_obj
def plot(
    env: Environment,
    /,
    edges: str,
    layout: str,
    save: Path | None,
    seed: int,
    model: str | None,
    **given: Any,
) -> None:
    """Draw a graph.

    Nodes are coloured by community (as `graph communities` finds them) and the larger the more edges they have.
    --layout pca takes the vectors of --model, as `graph train` makes them, or learns some.
    """
    if save:
        from lmcli.draw.figure import checked_suffix

        checked_suffix(save)
    read = loaded(env, edges, given)
    graph = read.graph
    from lmcli.graph.communities import louvain
    from lmcli.graph.layout import Placed, forces, principal

    by_vectors = bool(model) or layout == "pca"
    places = principal(_vectors(env, graph, model, seed)) if by_vectors else forces(graph, seed)
    groups = (louvain(graph, seed) + 1).tolist()
    rows = [
        Placed(node, x, y, group)
        for node, (x, y), group in zip(graph.nodes, places.tolist(), groups, strict=True)
    ]
    if save:
        from lmcli.graph.view.figure import graph_figure

        title = told(f"{graph.name}: {len(graph):,} nodes, {graph.edges:,} edges")
        graph_figure(graph, rows, title).save(save, note=env.output.warn)
        env.output.note(f"wrote {save}")
    env.output.rows(rows, render=lambda _rows: _drawn(graph, rows))
    finish(read)


def _drawn(graph: Graph, rows: list[Any]) -> Any:
    from lmcli.graph.view.braille import Drawn

    a, b, _ = graph.pairs()
    return Drawn(rows, list(zip(a.tolist(), b.tolist(), strict=True)))


def _vectors(env: Environment, graph: Graph, model: str | None, seed: int) -> Any:
    """The vectors of --model for the graph's nodes, or new ones. Raises UnknownWord for a node without one."""
    if model is None:
        from lmcli.graph.skipgram import SkipGramOptions
        from lmcli.graph.walks import WalkOptions

        return vectors_for(env, graph, WalkOptions(seed=seed), SkipGramOptions(seed=seed))
    from lmcli.vectors.wordvectors import TASK, WordVectors

    kept = WordVectors.open(env.model(model, TASK))
    return kept.vectors([kept.row(node) for node in graph.nodes])
