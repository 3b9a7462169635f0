"""The command that recommends items to users: graph recommend."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.graph.cli.shared import complete_graphs

if TYPE_CHECKING:
    from lmcli.graph.items import Baskets
    from lmcli.graph.skipgram import SkipGramOptions


@click.command(
    epilog="Fields: user, rank, item, score, because, method; with --eval: method, k, users, hit_rate, recall, ndcg."
    "\n\nExample:  lmcli graph recommend 小明 books -k 3"
)
@click.argument(
    "words", metavar="[USER...] FILE", nargs=-1, required=True, shell_complete=complete_graphs
)
@click.option(
    "--eval", "judged", is_flag=True, help="Leave each user's last item out, and look for it."
)
@click.option(
    "--bipartite", is_flag=True, help="Walk between users and items, in place of reading baskets."
)
@click.option("--user", metavar="COLUMN", help="The column of the user, or of the session [found].")
@click.option("--item", metavar="COLUMN", help="The column of the item [found].")
@click.option("--rating", metavar="COLUMN", help="The column of the rating [found].")
@click.option(
    "--size", type=click.IntRange(2, 1024), default=32, show_default=True, help="Dimensions."
)
@click.option("--epochs", type=click.IntRange(min=1), default=10, show_default=True, help="Passes.")
@click.option("--name", help="Keep the items' vectors as a model of this name.")
@click.option("--force", is_flag=True, help="Replace a model of that name.")
@options.common("seed", k=(10, "10"))
@click.pass_obj
def recommend(
    env: Environment,
    /,
    words: tuple[str, ...],
    judged: bool,
    bipartite: bool,
    user: str | None,
    item: str | None,
    rating: str | None,
    size: int,
    epochs: int,
    name: str | None,
    force: bool,
    seed: int,
    k: int,
) -> None:
    """Recommend items to users.

    FILE has a user, an item and perhaps a rating a line; books comes with lmcli. What somebody took is a sentence of
    items (item2vec); those rated below the person's own mean do not speak for the person. Items near the person's
    come first, those already taken left out, each with the two that speak for it. --user names a column of sessions
    where baskets are meant. With --name, `lmcli similar ITEM --model NAME` lists what goes with an item.
    """
    from lmcli.frame.errors import BadUsage

    *users, file = words
    if judged == bool(users):
        hint = "lmcli graph recommend FILE --eval" if judged else "lmcli graph recommend USER FILE"
        raise BadUsage("--eval is about all users" if judged else "name a user and a file", hint)
    env.limit_blas()
    from lmcli.graph.files.edges import Columns
    from lmcli.graph.items import evaluate, item_vectors
    from lmcli.graph.skipgram import SkipGramOptions

    baskets, failed, total = _baskets(env, file, Columns(user, item, rating))
    longest = max(len(own) for own in baskets.taken)
    learning = SkipGramOptions(size=size, window=max(2, min(longest, 20)), epochs=epochs, seed=seed)
    if judged:
        env.output.rows(evaluate(baskets, learning, k, bipartite))
    else:
        vectors = item_vectors(baskets, learning, bipartite)
        if name:
            _keep(env, name, force, baskets, vectors, learning)
        _advise(env, baskets, vectors, users, k)
    if failed:
        from lmcli.frame.errors import PartialFailure

        raise PartialFailure(failed, total)


def _baskets(env: Environment, file: str, columns: Any) -> tuple[Baskets, int, int]:
    """The baskets of a file, and how many of its lines were none."""
    import numpy as np

    from lmcli.graph.files.reading import Reading, read_edges
    from lmcli.graph.items import baskets_of

    edges, title = read_edges(file, Reading(columns), env.stdin)
    for text in edges.faults_said():
        env.output.warn(text)
    ratings = None if edges.weights is None else np.asarray(edges.weights)
    users, items = np.asarray(edges.sources), np.asarray(edges.targets)
    return baskets_of(title, edges.nodes, users, items, ratings), edges.failed, edges.total


def _advise(env: Environment, baskets: Baskets, vectors: Any, users: list[str], k: int) -> None:
    """Rows for each user. One who is not in the table is cold: what is popular, and that it is so."""
    from lmcli.frame.errors import Noted, UnknownWord
    from lmcli.frame.records import Records
    from lmcli.graph.items import NEAR, popular
    from lmcli.graph.items import recommend as rank

    number = {name: place for place, name in enumerate(baskets.users)}

    def answer(user: str) -> Any:
        if user not in number:
            from difflib import get_close_matches

            if near := get_close_matches(user[:80], baskets.users, n=3, cutoff=0.6):
                raise UnknownWord(user, baskets.name, near)
            said = f"{user!r} took nothing in {baskets.name}: this is what most others took"
            return Noted(popular(baskets, user, k), (said,))
        rows = rank(baskets, vectors, number[user], k)
        if rows and rows[0].method != NEAR:
            return Noted(rows, (f"nothing {user!r} took has a vector: this is what most took",))
        return rows

    records = Records.of(users)
    env.output.stream(records.map(answer), records)


def _keep(
    env: Environment,
    name: str,
    force: bool,
    baskets: Baskets,
    vectors: Any,
    learning: SkipGramOptions,
) -> None:
    from dataclasses import asdict

    from lmcli.frame.disk.whole import install
    from lmcli.graph.embedding import write_model

    folder: Path = env.models.place(name)
    with install(folder, force=force) as fresh:
        settings = {"algorithm": "item2vec", **asdict(learning)}
        write_model(
            fresh, name, baskets.name, list(baskets.items), vectors, baskets.counts(), settings, 0.0
        )
    env.output.note(f"wrote {folder}")
