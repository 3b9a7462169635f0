"""The command that trains vectors of nodes: graph train."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.locale import said
from lmcli.graph.cli.shared import (
    edges_argument,
    finish,
    learning_of,
    learning_options,
    loaded,
    reading_options,
    walking_of,
    walking_options,
)


@click.command(
    epilog="Fields: name, folder, method, nodes, edges, dimensions, epochs, loss.\n\n"
    "Example:  lmcli graph train karate --name karate --force"
)
@edges_argument
@click.option("--name", help="The model's name [the file's].")
@click.option("--out", type=click.Path(path_type=Path), help="The folder [the user's models].")
@click.option("--force", is_flag=True, help="Replace a model of that name.")
@walking_options()
@learning_options
@click.option(
    "--trainer",
    type=click.Choice(("numpy", "gensim")),
    default="numpy",
    show_default=True,
    help="gensim (extra train) learns large graphs faster.",
)
@reading_options
@options.common("seed")
@click.pass_obj
def train(
    env: Environment,
    /,
    edges: str,
    name: str | None,
    out: Path | None,
    force: bool,
    trainer: str,
    seed: int,
    **given: Any,
) -> None:
    """Train vectors of nodes on walks.

    DeepWalk, or node2vec with --p and --q: random walks are sentences, skip-gram learns from them. The model is one of
    word vectors, which similar, analogy, odd and words plot take with --model. The same edges, parameters and seed
    give the same vectors. EDGES: as for `lmcli graph info`.
    """
    env.limit_blas()  # before numpy is imported
    walking = walking_of(given, seed)
    learning = learning_of(given, seed)
    name = name or ("graph" if edges == "-" else Path(edges).name.split(".")[0]) or "graph"
    folder = out or env.models.place(name)
    from lmcli.frame.disk.whole import install

    with install(folder, force=force) as fresh:
        read = loaded(env, edges, given)
        graph = read.graph
        from lmcli.graph.embedding import Embedded, Trainer, check_names, node_vectors, write_model

        check_names(list(graph.nodes))
        losses: list[float] = []
        with env.output.progress("learning", learning.epochs) as advance:

            def watch(loss: float) -> None:
                losses.append(loss)
                advance(1, f"{said('loss')} {loss:.4f}")

            vectors = node_vectors(graph, walking, learning, watch, cast(Trainer, trainer))
        method = "deepwalk" if walking.p == walking.q == 1 else "node2vec"
        settings = {
            "algorithm": method,
            **{key: getattr(walking, key) for key in ("p", "q", "walks", "length", "seed")},
            **{key: getattr(learning, key) for key in ("size", "window", "negative", "epochs")},
        }
        write_model(
            fresh, name, graph.name, list(graph.nodes), vectors, graph.degrees, settings, losses[-1]
        )
    if zero := int((graph.degrees == 0).sum()):
        env.output.warn(f"no edge leaves {zero} node{'s' * (zero > 1)}: the vector is zero")
    sizes = (len(graph), graph.edges, learning.size, learning.epochs)
    row = Embedded(name, str(folder), method, *sizes, losses[-1])
    env.output.rows([row], several=False, render=_summary)
    finish(read)


def _summary(rows: list[Any]) -> Any:
    from lmcli.frame.printing.tables import vertical

    return vertical(rows[0])
