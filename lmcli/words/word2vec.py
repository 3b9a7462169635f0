"""CBOW and skip-gram (Mikolov et al. 2013), trained by gensim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lmcli.frame.errors import BadUsage, LmcliError, MissingExtra
from lmcli.frame.telemetry import missing
from lmcli.words.train.corpus import Corpus

LARGEST_RATE = 100.0  # with a product beyond float32, gensim's loops leave their tables
# called after each epoch with the mean loss of a word
OnEpoch = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Word2VecOptions:
    """The parameters of word2vec, under gensim's defaults.

    negative: noise words of a pair; hierarchical: a Huffman tree in their place. sample: words more
    frequent than this share of the text are thinned out.
    """

    skipgram: bool = False
    size: int = 100
    window: int = 5
    min_count: int = 5
    negative: int = 5
    hierarchical: bool = False
    sample: float = 1e-3
    epochs: int = 5
    workers: int = 1
    rate: float = 0.025
    seed: int = 1

    @property
    def algorithm(self) -> str:
        """The name of the algorithm."""
        return "skipgram" if self.skipgram else "cbow"


def train_word2vec(
    corpus: Corpus, options: Word2VecOptions, on_epoch: OnEpoch
) -> tuple[list[str], np.ndarray]:
    """(words, vectors (V, d)), most frequent word first. With one worker, a seed fixes every value.

    Raises BadInput where too few words are frequent enough, BadUsage for a rate that is too large,
    LmcliError where the vectors grow beyond float32, MissingExtra without gensim.
    """
    if options.rate > LARGEST_RATE:
        raise BadUsage(f"--rate {options.rate:g} is too large", f"up to {LARGEST_RATE:g}")
    corpus.frequent(options.min_count)
    try:
        with missing("requests"):
            from gensim.models import Word2Vec
            from gensim.models.callbacks import CallbackAny2Vec
    except ImportError:
        raise MissingExtra("gensim", "train") from None

    class Watch(CallbackAny2Vec):  # type: ignore[misc]
        def on_epoch_begin(self, model: Any) -> None:
            model.running_training_loss = 0.0  # a float32 that would swallow small additions

        def on_epoch_end(self, model: Any) -> None:
            on_epoch(float(model.get_latest_training_loss()) / corpus.tokens)

    model = Word2Vec(
        corpus,
        sg=int(options.skipgram),
        vector_size=options.size,
        window=options.window,
        min_count=options.min_count,
        negative=0 if options.hierarchical else options.negative,
        hs=int(options.hierarchical),
        sample=options.sample,
        epochs=options.epochs,
        workers=options.workers,
        alpha=options.rate,
        seed=options.seed,
        compute_loss=True,
        callbacks=[Watch()],
    )
    vectors = np.asarray(model.wv.vectors, np.float32)
    if not np.isfinite(vectors).all():
        raise LmcliError("the vectors grew beyond float32", "lower --rate")
    return list(model.wv.index_to_key), vectors
