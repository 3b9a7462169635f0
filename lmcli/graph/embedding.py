"""Vectors of nodes: walks as sentences, skip-gram over them (DeepWalk, node2vec), written as a word-vector model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from lmcli.frame.errors import BadInput, MissingExtra
from lmcli.graph.graph import Graph, Ints
from lmcli.graph.skipgram import Array, SkipGramOptions, rows_of, train_skipgram
from lmcli.graph.walks import WalkOptions, all_walks

Trainer = Literal["numpy", "gensim"]
OnEpoch = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Embedded:
    """What was made. loss: the mean of a pair in the last pass."""

    name: str
    folder: str
    method: str
    nodes: int
    edges: int
    dimensions: int
    epochs: int
    loss: float

    PLAIN = ("folder", "nodes", "dimensions", "loss")


def node_vectors(
    graph: Graph,
    walking: WalkOptions,
    learning: SkipGramOptions,
    on_epoch: OnEpoch = lambda _loss: None,
    trainer: Trainer = "numpy",
) -> Array:
    """The vector of each node (V, size); that of a node without edges is zero. Raises MissingExtra without gensim."""
    if trainer == "gensim":
        return _by_gensim(graph, walking, learning, on_epoch)
    # every node is as frequent as the walks come by: close to its share of the weights
    reached = np.bincount(graph.neighbours, graph.weights, len(graph))
    counts = np.maximum(reached, graph.degrees > 0)
    scaled = np.ceil(counts / counts.max() * 1e6).astype(np.int64)
    vectors = train_skipgram(lambda: all_walks(graph, walking), scaled, learning, on_epoch)
    vectors[counts == 0] = 0
    return vectors


def _by_gensim(
    graph: Graph, walking: WalkOptions, learning: SkipGramOptions, on_epoch: OnEpoch
) -> Array:
    try:
        from gensim.models import Word2Vec
        from gensim.models.callbacks import CallbackAny2Vec
    except ImportError:
        raise MissingExtra("gensim", "train") from None

    class Corpus:
        def __iter__(self) -> Iterator[list[str]]:
            for block in all_walks(graph, walking):
                yield from rows_of(block)

    class Watch(CallbackAny2Vec):  # type: ignore[misc]
        def on_epoch_end(self, model: Any) -> None:
            on_epoch(float(model.get_latest_training_loss()) / max(1, model.corpus_total_words))
            model.running_training_loss = 0.0

    model = Word2Vec(
        Corpus(),
        sg=1,
        vector_size=learning.size,
        window=learning.window,
        negative=learning.negative,
        epochs=learning.epochs,
        min_count=1,
        sample=0,
        workers=1,
        seed=learning.seed + 1,
        compute_loss=True,
        callbacks=[Watch()],
    )
    vectors = np.zeros((len(graph), learning.size), np.float32)
    for number in range(len(graph)):
        if str(number) in model.wv:
            vectors[number] = model.wv[str(number)]
    return vectors


def check_names(names: list[str]) -> None:
    """Raise BadInput where a name cannot be a word of a model."""
    for name in names:
        if "\n" in name or "\r" in name:
            raise BadInput(f"the node {name!r} holds a line break", "a name is one line")


def write_model(
    folder: Path,
    name: str,
    source: str,
    words: list[str],
    vectors: Array,
    weights: Ints | np.ndarray,
    settings: dict[str, Any],
    loss: float,
) -> None:
    """Write a word-vector model, the heaviest node first: what similar, odd, analogy and words plot read."""
    from lmcli.vectors.writing import write_vectors

    check_names(words)
    order = np.argsort(-np.asarray(weights, np.float64), kind="stable")
    spec = {
        "name": name,
        "summary": f"{settings['algorithm']} trained on {source}, {len(words):,} nodes",
        "licence": "as the data it was trained on",
        "settings": {"lowercase": False, **settings},
        "metrics": [
            {"name": "loss of the last epoch", "value": loss, "command": "lmcli graph train"}
        ],
    }
    write_vectors(folder, [words[i] for i in order], vectors[order], spec)
