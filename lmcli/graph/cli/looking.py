"""The commands that look at a graph: info, walk, communities."""

from __future__ import annotations

from typing import Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.tree.lazy import late
from lmcli.graph.cli.shared import (
    edges_argument,
    finish,
    loaded,
    reading_options,
    walking_of,
    walking_options,
)


@click.command(
    epilog="Fields: name, directed, weighted, nodes, edges, density, least_degree, mean_degree, greatest_degree, "
    "hubs, components, largest_component, triangles, clustering, transitivity.\n\n"
    "Example:  lmcli graph info karate"
)
@edges_argument
@reading_options
@options.common()
@click.pass_obj
def info(env: Environment, /, edges: str, **given: Any) -> None:
    """Measure a graph: degrees, components, clustering.

    EDGES is a file with an edge a line (csv, tsv, jsonl, parquet, GraphML, Matrix Market; packed with gzip, too), -
    for stdin, or a graph that comes with lmcli: karate, lesmis, books. Loops are left out and double edges put
    together; lines that are no edges are named, and the others count (exit code 5).
    """
    read = loaded(env, edges, given)
    from lmcli.graph.measures import measured

    render = late("lmcli.graph.view.tables:measures")
    env.output.rows([measured(read.graph)], several=False, render=render)
    finish(read)


@click.command(
    epilog="Fields: walk, node, length, sentence; with --steps: walk, step, at, before, candidate, why, bias, edge, "
    "probability, chosen.\n\n"
    "Example:  lmcli graph walk lesmis Valjean --p 0.5 --q 2 --length 8"
)
@edges_argument
@click.argument("nodes", metavar="NODE...", nargs=-1, required=True)
@click.option("--steps", is_flag=True, help="Show every candidate of each step with its weight.")
@walking_options(count=3, length=10)
@reading_options
@options.common("seed")
@click.pass_obj
def walk(
    env: Environment, /, edges: str, nodes: tuple[str, ...], steps: bool, seed: int, **given: Any
) -> None:
    """Walk from nodes at random; show each choice.

    A walk is a sentence of nodes: what DeepWalk and node2vec read. With --steps, node2vec's choice is seen: of the
    neighbours of a node, the one it came from weighs 1/p times its edge, a neighbour of that one 1, any other 1/q.
    """
    env.limit_blas()  # before numpy is imported
    walking = walking_of(given, seed)
    read = loaded(env, edges, given)
    from lmcli.frame.records import Records
    from lmcli.graph.walk import walks_of

    def answer(node: str) -> list[Any]:
        made = walks_of(
            read.graph, node, walking.walks, walking.length, walking.p, walking.q, walking.seed
        )
        return [row for one, rows in made for row in (rows if steps else [one])]

    records = Records.of(nodes)
    render = late("lmcli.graph.view.tables:steps") if steps else None
    env.output.stream(records.map(answer), records, render=render)
    finish(read)


@click.command(
    epilog="Fields: community, node, degree.\n\nExample:  lmcli graph communities karate"
)
@edges_argument
@reading_options
@options.common("seed")
@click.pass_obj
def communities(env: Environment, /, edges: str, seed: int, **given: Any) -> None:
    """Find groups with many edges inside.

    Louvain's method, the best of five starts; the modularity that it reaches is said on stderr. Directions of edges
    do not matter to the search.
    """
    read = loaded(env, edges, given)
    from lmcli.graph.communities import louvain, members, modularity

    groups = louvain(read.graph, seed)
    env.output.note(
        f"{groups.max() + 1} communities, modularity {modularity(read.graph, groups):.4f}"
    )
    env.output.rows(members(read.graph, groups), render=late("lmcli.graph.view.tables:communities"))
    finish(read)
