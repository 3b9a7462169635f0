"""The commands that judge vectors of nodes: predict, classify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.graph.cli.shared import (
    edges_argument,
    finish,
    learning_of,
    learning_options,
    loaded,
    reading_options,
    vectors_for,
    walking_of,
    walking_options,
)

if TYPE_CHECKING:
    from lmcli.graph.graph import Graph


@click.command(
    epilog="Fields: method, kind, auc, auc_spread, average_precision, hidden, splits.\n\n"
    "Example:  lmcli graph predict lesmis"
)
@edges_argument
@click.option(
    "--hide",
    type=options.Finite(min=0.01, max=0.9),
    default=0.2,
    show_default=True,
    help="The share of edges that is hidden.",
)
@click.option(
    "--splits",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    help="How often; the scores are means.",
)
@walking_options()
@learning_options
@reading_options
@options.common("seed")
@click.pass_obj
def predict(
    env: Environment, /, edges: str, hide: float, splits: int, seed: int, **given: Any
) -> None:
    """Score how well hidden edges are foretold.

    A share of the edges is hidden, so that what is left holds together; vectors are learnt from the rest. A
    logistic regression on pairs (hadamard, average, l1, l2), the cosine and three measures of common neighbours must
    tell the hidden edges from as many pairs without an edge. 0.5 is the AUC of guessing.
    """
    env.limit_blas()  # before numpy is imported
    walking = walking_of(given, seed)
    learning = learning_of(given, seed)
    read = loaded(env, edges, given)
    from lmcli.graph.embedding import node_vectors
    from lmcli.graph.links import evaluate

    def embed(rest: Graph, _number: int) -> Any:
        return node_vectors(rest, walking, learning)

    with env.output.progress("splits", splits) as advance:
        rows = evaluate(read.graph, embed, hide, splits, seed, lambda: advance(1))
    env.output.rows(rows)
    finish(read)


@click.command(
    epilog="Fields: shown, nodes, macro_f1, micro_f1, most_micro_f1, draws.\n\n"
    "Example:  lmcli graph classify karate"
)
@edges_argument
@click.argument(
    "labels", required=False, type=click.Path(dir_okay=False, exists=True, path_type=Path)
)
@click.option(
    "--draws",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="How often labels are drawn; the scores are means.",
)
@walking_options()
@learning_options
@reading_options
@options.common("seed")
@click.pass_obj
def classify(
    env: Environment, /, edges: str, labels: Path | None, draws: int, seed: int, **given: Any
) -> None:
    """Score how well labels of nodes are told.

    LABELS is a table with a node and its label a line; karate has its own. From 10 to 90 % of the labels are shown
    to a logistic regression on the vectors, and it tells the others.
    """
    from lmcli.frame.errors import BadUsage

    if labels is None and edges != "karate":
        raise BadUsage("a table of labels is missing", "lmcli graph classify EDGES LABELS.csv")
    env.limit_blas()  # before numpy is imported
    walking = walking_of(given, seed)
    learning = learning_of(given, seed)
    read = loaded(env, edges, given)
    from lmcli.graph.files.reading import DATA
    from lmcli.graph.labelling import evaluate, read_labels

    path = labels or DATA / "karate-labels.csv"
    marks = read_labels(path.read_bytes(), path.name, read.graph)
    for text in marks.said:
        env.output.warn(text)
    vectors = vectors_for(env, read.graph, walking, learning)
    env.output.rows(evaluate(vectors, marks, draws, seed))
    finish(read)
