"""item2vec (Barkan and Koenigstein 2016): what one person takes is a sentence, skip-gram makes vectors of the items.

Or, with walks, DeepWalk over the graph of persons and items. A person's direction is the sum of the unit vectors of
what was taken; items are ranked by their cosine with it, those already taken left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lmcli.frame.errors import BadInput
from lmcli.graph.graph import Floats, Ints, built
from lmcli.graph.skipgram import Array, SkipGramOptions, train_skipgram
from lmcli.graph.walks import WalkOptions, all_walks

LONGEST = (
    200  # items of a basket that are held against each other; of longer ones so many are drawn
)
REPEATS = 10  # orders in which the baskets are read in a pass
POPULAR, NEAR = "popularity", "item2vec"


@dataclass(frozen=True)
class Baskets:
    """What persons took, in the order of the file, no item twice. liked: those that speak for the person."""

    name: str
    users: Sequence[str]
    items: Sequence[str]
    taken: Sequence[Ints]
    liked: Sequence[Ints]

    def counts(self) -> Ints:
        """How many persons took each item."""
        return np.bincount(np.concatenate(list(self.taken)), minlength=len(self.items))


@dataclass(frozen=True, slots=True)
class Advice:
    """An item for a person: score is its cosine with the person's items; because: those of them it is nearest to."""

    user: str
    rank: int
    item: str
    score: float
    because: list[str]
    method: str

    KEY = "user"
    PLAIN = ("rank", "item", "score", "because")


@dataclass(frozen=True, slots=True)
class Hits:
    """How often the item left out is among the first k: hit rate (with one left out, recall as well) and NDCG."""

    method: str
    k: int
    users: int
    hit_rate: float
    recall: float
    ndcg: float

    PLAIN = ("method", "k", "users", "hit_rate", "recall", "ndcg")


def baskets_of(
    name: str, nodes: Sequence[str], users: Ints, items: Ints, ratings: Floats | None
) -> Baskets:
    """The baskets of rows (user, item[, rating]), `nodes` naming both.

    With ratings, an item speaks for a person where it is rated no lower than the person's mean. Raises BadInput.
    """
    user_rows, item_rows = list(dict.fromkeys(users.tolist())), list(dict.fromkeys(items.tolist()))
    if len(user_rows) < 2 or len(item_rows) < 2:
        raise BadInput(f"{name}: two users and two items at least are needed", "rows of user,item")
    number = {node: place for place, node in enumerate(item_rows)}
    place_of = {node: place for place, node in enumerate(user_rows)}
    given: list[dict[int, float]] = [{} for _ in user_rows]
    rows = zip(users.tolist(), items.tolist(), strict=True)
    for row, (user, item) in enumerate(rows):
        basket = given[place_of[user]]
        basket.setdefault(number[item], 0.0)
        basket[number[item]] = 1.0 if ratings is None else float(ratings[row])
    taken, liked = [], []
    for basket in given:
        own = np.array(list(basket), np.int64)
        values = np.array(list(basket.values()))
        taken.append(own)
        liked.append(own[values >= values.mean() - 1e-9])
    return Baskets(name, [nodes[i] for i in user_rows], [nodes[i] for i in item_rows], taken, liked)


def item_vectors(baskets: Baskets, options: SkipGramOptions, walks: bool = False) -> Array:
    """Unit vectors of the items (I, size); zero for an item that nothing stands beside. walks: over users and items."""
    counts = np.bincount(np.concatenate(list(baskets.liked)), minlength=len(baskets.items))
    vectors = _walked(baskets, options) if walks else _read(baskets, counts, options)
    vectors[counts == 0] = 0
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), np.float32)


def _read(baskets: Baskets, counts: Ints, options: SkipGramOptions) -> Array:
    """Baskets as sentences, whose order means nothing: shuffled for each reading."""
    longest = min(LONGEST, max(len(basket) for basket in baskets.liked))

    def sentences() -> Iterator[Ints]:
        rng = np.random.default_rng([options.seed, 3])
        for _ in range(REPEATS):
            block = np.full((len(baskets.liked), longest), -1, np.int64)
            for row, basket in enumerate(baskets.liked):
                drawn = rng.permutation(basket)[:longest]
                block[row, : len(drawn)] = drawn
            yield block

    return train_skipgram(sentences, counts, options)


def _walked(baskets: Baskets, options: SkipGramOptions) -> Array:
    items = len(baskets.items)
    sizes = [len(basket) for basket in baskets.liked]
    users = np.repeat(np.arange(len(sizes)), sizes) + items
    names = [*baskets.items, *baskets.users]
    taken = np.concatenate(list(baskets.liked))
    graph = built(baskets.name, names, taken, users, np.ones(len(users)))
    walking = WalkOptions(seed=options.seed)
    vectors = train_skipgram(lambda: all_walks(graph, walking), graph.degrees, options)
    return vectors[:items]


def recommend(baskets: Baskets, vectors: Array, user: int, k: int) -> list[Advice]:
    """The k best items for a user who took others; by popularity where nothing taken has a vector."""
    scores, known = scored(vectors, baskets.liked[user])
    method = NEAR if len(known) else POPULAR
    if not len(known):
        scores = baskets.counts().astype(np.float64) / len(baskets.users)
    free = np.ones(len(scores), bool)
    free[baskets.taken[user]] = False
    name = baskets.users[user]
    rows = []
    for rank, item in enumerate(_best(scores, free, k), 1):
        near = known[np.argsort(-(vectors[known] @ vectors[item]), kind="stable")][:2]
        why = [baskets.items[i] for i in near]
        rows.append(Advice(name, rank, baskets.items[item], float(scores[item]), why, method))
    return rows


def popular(baskets: Baskets, user: str, k: int) -> list[Advice]:
    """What most persons took: all that can be said to somebody who took nothing."""
    shares = baskets.counts() / len(baskets.users)
    best = _best(shares, np.ones(len(shares), bool), k)
    return [
        Advice(user, rank, baskets.items[i], float(shares[i]), [], POPULAR)
        for rank, i in enumerate(best, 1)
    ]


def scored(vectors: Array, liked: Ints) -> tuple[Floats, Ints]:
    """The cosine of every item with what was taken, and which of the taken items have a vector."""
    known = liked[vectors[liked].any(axis=1)]
    direction = vectors[known].sum(axis=0).astype(np.float64)
    length = float(np.linalg.norm(direction))
    return vectors.astype(np.float64) @ (direction / length if length else direction), known


def _best(scores: Floats, free: np.ndarray, k: int) -> list[int]:
    order = np.argsort(-np.where(free, scores, -np.inf), kind="stable")
    return [int(i) for i in order[: min(k, int(free.sum()))]]


def evaluate(
    baskets: Baskets, options: SkipGramOptions, k: int = 10, walks: bool = False
) -> list[Hits]:
    """Leave out the last item of each user who took three or more, learn from the rest, and look for it."""
    tested = [user for user, own in enumerate(baskets.taken) if len(own) >= 3]
    if not tested:
        raise BadInput(f"{baskets.name}: nobody took three items", "there is no item to leave out")
    last = {user: int(baskets.taken[user][-1]) for user in tested}
    taken = [own[:-1] if user in last else own for user, own in enumerate(baskets.taken)]
    liked = []
    for user, own in enumerate(baskets.liked):
        rest = own[own != last[user]] if user in last else own
        liked.append(rest if len(rest) else taken[user])
    rest = replace(baskets, taken=taken, liked=liked)
    vectors = item_vectors(rest, options, walks)
    counts = rest.counts().astype(np.float64)
    ranks: dict[str, list[int]] = {NEAR: [], POPULAR: [], "chance": []}
    rng = np.random.default_rng(options.seed)
    for user in tested:
        free = np.ones(len(baskets.items), bool)
        free[taken[user]] = False
        near, known = scored(vectors, liked[user])
        for name, scores in (
            (NEAR, near if len(known) else counts),
            (POPULAR, counts),
            ("chance", rng.random(len(counts))),
        ):
            best = _best(scores, free, k)
            ranks[name].append(best.index(last[user]) + 1 if last[user] in best else 0)
    return [_hits(name, k, np.array(found)) for name, found in ranks.items()]


def _hits(name: str, k: int, ranks: Ints) -> Hits:
    hit = ranks > 0
    gains = np.where(hit, 1 / np.log2(ranks + 1.0, where=hit, out=np.ones(len(ranks))), 0)
    return Hits(name, k, len(ranks), float(hit.mean()), float(hit.mean()), float(gains.mean()))
