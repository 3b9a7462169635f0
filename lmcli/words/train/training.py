"""Train word vectors on a text and write them as a model folder."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import numpy as np

from lmcli.vectors.writing import write_vectors
from lmcli.words.glove import GloVeOptions, train_glove
from lmcli.words.train.cooccurrence import cooccurrences
from lmcli.words.train.corpus import Corpus, Segmenter, gather
from lmcli.words.word2vec import Word2VecOptions, train_word2vec

OnEpoch: TypeAlias = Callable[[float], None]
Options: TypeAlias = Word2VecOptions | GloVeOptions


@dataclass(frozen=True, slots=True)
class Trained:
    """What was made. `tokens`: words of the text; `losses`: one an epoch, of a word (word2vec: summed
    over its contexts) or of a cell of the counts (GloVe).
    """

    name: str
    folder: str
    algorithm: str
    words: int
    dimensions: int
    tokens: int
    epochs: int
    loss: float
    losses: list[float]

    PLAIN: ClassVar[tuple[str, ...]] = ("folder", "words", "dimensions", "loss")


def train(
    lines: Iterable[str],
    segment: Segmenter,
    options: Options,
    folder: Path,
    *,
    name: str,
    source: str,
    lowercase: bool,
    on_epoch: OnEpoch = lambda _loss: None,
    on_text: Callable[[Corpus], None] = lambda _corpus: None,
) -> dict[str, Any]:
    """Train on `lines` (a sentence each) and fill the model folder `folder`.

    `on_text` gets the corpus before training starts, `on_epoch` each epoch's loss. Returns the fields of
    Trained but for the folder. Raises BadInput where the text has too few words.
    """
    losses: list[float] = []

    def watch(loss: float) -> None:
        losses.append(loss)
        on_epoch(loss)

    with tempfile.TemporaryDirectory(prefix="lmcli-corpus-") as work:
        corpus = gather(lines, segment, Path(work) / "sentences.txt")
        on_text(corpus)
        words, vectors = fit(corpus, options, watch)
    parameters = {name: value for name, value in asdict(options).items() if value is not None}
    spec = {
        "name": name,
        "summary": f"{options.algorithm} trained on {source}, {corpus.tokens:,} words",
        "licence": "as the text it was trained on",
        "settings": {"lowercase": lowercase, "algorithm": options.algorithm, **parameters},
        "metrics": [
            {"name": "loss of the last epoch", "value": losses[-1], "command": "lmcli words train"}
        ],
    }
    write_vectors(folder, words, vectors, spec)
    return {
        "name": name,
        "algorithm": options.algorithm,
        "words": len(words),
        "dimensions": int(vectors.shape[1]),
        "tokens": corpus.tokens,
        "epochs": options.epochs,
        "loss": losses[-1],
        "losses": losses,
    }


def fit(corpus: Corpus, options: Options, on_epoch: OnEpoch) -> tuple[list[str], np.ndarray]:
    """(words, vectors (V, d)) by the algorithm of `options`, most frequent word first."""
    if isinstance(options, Word2VecOptions):
        return train_word2vec(corpus, options, on_epoch)
    words = corpus.frequent(options.min_count)
    cells = cooccurrences(corpus, words, options.window)
    return words, train_glove(cells, len(words), options, on_epoch)
