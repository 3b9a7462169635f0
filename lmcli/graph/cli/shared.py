"""What the commands of graphs share: the file of edges and how it is read, walks and learning."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.locale import said

if TYPE_CHECKING:
    from lmcli.graph.files.reading import Read
    from lmcli.graph.graph import Graph
    from lmcli.graph.skipgram import SkipGramOptions
    from lmcli.graph.walks import WalkOptions

F = TypeVar("F", bound=Callable[..., Any])

BUNDLED = ("karate", "lesmis", "books")
_POSITIVE = click.IntRange(min=1)
_READING = ("source", "target", "weight", "directed", "weighted")
_BIAS = options.Finite(min=1e-6, max=1e6)


def complete_graphs(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[Any]:
    """The bundled names, then files."""
    from click.shell_completion import CompletionItem

    names = [CompletionItem(name) for name in BUNDLED if name.startswith(incomplete)]
    return names or [CompletionItem(incomplete, type="file")]


def edges_argument(function: F) -> F:
    """Declare EDGES: a file, - for stdin, or a bundled name."""
    return click.argument("edges", metavar="EDGES", shell_complete=complete_graphs)(function)


def reading_options(function: F) -> F:
    """Declare how a file of edges is read."""
    for option in (
        click.option(
            "--weighted/--unweighted",
            default=None,
            help="Use the weights, or not [if there are any].",
        ),
        click.option(
            "--directed/--undirected",
            default=None,
            help="Edges have a direction, or not [by the file].",
        ),
        click.option("--weight", metavar="COLUMN", help="The column of the weight [found]."),
        click.option("--target", metavar="COLUMN", help="The column where edges end [found]."),
        click.option("--source", metavar="COLUMN", help="The column where edges begin [found]."),
    ):
        function = option(function)
    return function


def walking_options(count: int | None = 10, length: int = 40) -> Callable[[F], F]:
    """Declare p, q and how many walks of what length."""

    def decorate(function: F) -> F:
        for option in (
            click.option("--length", type=click.IntRange(2, 10_000), default=length,
                         show_default=True, help="Nodes of a walk."),
            click.option("--walks", type=_POSITIVE, default=count, show_default=True,
                         help="Walks from each node."),
            click.option("--q", "q", type=_BIAS, help="node2vec: below 1 walks away, above 1 stays near. [1]"),
            click.option("--p", "p", type=_BIAS, help="node2vec: below 1 turns back, above 1 goes on. [1]"),
            click.option("--method", type=click.Choice(("deepwalk", "node2vec")),
                         help="deepwalk: p = q = 1. [node2vec with --p or --q]"),
        ):  # fmt: skip
            function = option(function)
        return function

    return decorate


def learning_options(function: F) -> F:
    """Declare what skip-gram takes."""
    for option in (
        click.option("--epochs", type=_POSITIVE, default=3, show_default=True, help="Passes over the walks."),
        click.option("--window", type=_POSITIVE, default=5, show_default=True,
                     help="Nodes of context on each side."),
        click.option("--size", type=click.IntRange(2, 4096), default=64, show_default=True, help="Dimensions."),
    ):  # fmt: skip
        function = option(function)
    return function


def loaded(env: Environment, edges: str, given: dict[str, Any]) -> Read:
    """Read EDGES by the options among `given`, which are taken out of it; say what there is to say."""
    env.limit_blas()
    from lmcli.graph.files.edges import Columns
    from lmcli.graph.files.reading import Reading, read_graph

    source, target, weight, directed, weighted = (given.pop(name) for name in _READING)
    reading = Reading(Columns(source, target, weight), directed, weighted)
    with env.output.progress("reading"):
        read = read_graph(edges, reading, env.stdin)
    for text in read.said:
        env.output.warn(text)
    return read


def finish(read: Read) -> None:
    """Raise PartialFailure where some lines were no edges."""
    from lmcli.frame.errors import PartialFailure

    if read.failed:
        raise PartialFailure(read.failed, read.total)


def walking_of(given: dict[str, Any], seed: int) -> WalkOptions:
    """The walks that the options mean. Raises BadUsage for p or q with DeepWalk."""
    from lmcli.frame.errors import BadUsage
    from lmcli.graph.walks import WalkOptions

    p, q, method = given.pop("p"), given.pop("q"), given.pop("method")
    if method == "deepwalk" and (p or q):
        raise BadUsage("--p and --q are node2vec's", "deepwalk is node2vec with both 1")
    return WalkOptions(given.pop("walks"), given.pop("length"), p or 1.0, q or 1.0, seed)


def learning_of(given: dict[str, Any], seed: int) -> SkipGramOptions:
    """The skip-gram that the options mean."""
    from lmcli.graph.skipgram import SkipGramOptions

    return SkipGramOptions(
        given.pop("size"), given.pop("window"), epochs=given.pop("epochs"), seed=seed
    )


def vectors_for(
    env: Environment, graph: Graph, walking: WalkOptions, learning: SkipGramOptions
) -> Any:
    """The vectors of a graph's nodes, with a bar while they are learnt."""
    from lmcli.graph.embedding import node_vectors

    with env.output.progress("learning", learning.epochs) as advance:
        return node_vectors(
            graph, walking, learning, lambda loss: advance(1, f"{said('loss')} {loss:.4f}")
        )
