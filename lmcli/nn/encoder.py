"""Texts to vectors with a neural encoder: what sentence search, zero-shot labels and rules by meaning share.

encoder = encoder_of(env)                       # the default model, loaded once in a process
vectors = encoder.encode(["a text", "another"]) # float32 (2, 384), each of length 1: a dot product is a cosine
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.frame.models import Model
from lmcli.frame.numbers import normalised
from lmcli.frame.text.understanding import Read, read, scripts_of
from lmcli.nn import onnx
from lmcli.nn.encoding import Encoding, pad
from lmcli.nn.loading import Loading
from lmcli.nn.tokenize import Tokenizer

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment

TASK = "feature-extraction"
BATCH_TOKENS = 1024  # padded tokens that run together: with more, the activations leave the cache
POOLED = ("sentence_embedding", "text_embeds")  # outputs that are pooled inside the graph
HIDDEN = ("last_hidden_state", "token_embeddings")

Vectors = NDArray[np.float32]
Tell = Callable[[int, Read], None]


class Encoder:
    """A model of task feature-extraction, ready to run.

    What its model.toml sets: `pooling`, mean (the default), cls or last; `max_tokens`, where texts are cut;
    `prefixes`, {query, passage}: what the model wants before a text that asks, or is compared, and before
    one that is searched (see `passages`).
    """

    task = TASK

    def __init__(self, model: Model, session: onnx.Session, tokenizer: Tokenizer) -> None:
        """Raises ModelError where the graph does not read token ids or gives no vectors."""
        self.name = model.name
        self.scripts = scripts_of(model.languages)
        self.fingerprint = next((f.sha256 for f in model.files if f.path.endswith(".onnx")), "")
        self.tokenizer = tokenizer
        self.max_tokens = int(model.settings.get("max_tokens") or tokenizer.max_length or 512)
        prefixes = model.settings.get("prefixes", {})
        self.prefix = str(prefixes.get("query", ""))
        self._passage_prefix = str(prefixes.get("passage", ""))
        self._session = session
        self._pad_id = tokenizer.special_id("pad") or 0
        self._output = next((n for n in POOLED + HIDDEN if n in session.outputs), "")
        self._pooling = "" if self._output in POOLED else model.settings.get("pooling", "mean")
        if self._pooling not in ("", *_POOLING):
            raise ModelError(
                f"{model.name}: no pooling is called {self._pooling!r}",
                f"settings.pooling in its model.toml is one of {', '.join(_POOLING)}",
            )
        if "input_ids" not in session.inputs or not self._output:
            raise ModelError(
                f"{session.path} is no text encoder: it reads {', '.join(session.inputs)} "
                f"and gives {', '.join(session.outputs)}"
            )

    @property
    def dimensions(self) -> int:
        """The length of a vector, 0 where the graph leaves it open."""
        size = self._session.outputs[self._output].shape[-1]
        return size if isinstance(size, int) else 0

    def passages(self) -> Encoder:
        """This encoder for texts that are searched."""
        other = copy(self)
        other.prefix = self._passage_prefix
        return other

    def encode(self, texts: Sequence[str], *, tell: Tell | None = None) -> Vectors:
        """The vectors (n, d) of texts, in their order, each of length 1.

        Texts of like length run together, so that little is padded. `tell(index, read)` is called for each
        text that was longer than the model reads, or is not understood as a whole.
        """
        read = [self.prefix + text for text in texts] if self.prefix else texts
        encodings = self.tokenizer.encode_batch(read, max_length=self.max_tokens)
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for rows in batches([len(encoding) for encoding in encodings]):
            found = self._run([encodings[row] for row in rows])
            if vectors.shape[1] != found.shape[1]:
                vectors = np.zeros((len(texts), found.shape[1]), np.float32)
            vectors[rows] = found
        if tell is not None:
            for index, (text, encoding) in enumerate(zip(texts, encodings, strict=True)):
                seen = self._seen(text, encoding)
                if seen.cut or seen.unknown:
                    tell(index, seen)
        return vectors

    def pieces(self, text: str) -> list[str]:
        """A text in pieces that the model reads as a whole."""
        before = len(self.tokenizer.encode(self.prefix, special=False)) if self.prefix else 0
        return self.tokenizer.pieces(text, self.max_tokens - before)

    def _seen(self, text: str, encoding: Encoding) -> Read:
        """How much of a text the model reads and understands."""
        if all(encoding.special):  # control characters, say
            return Read(len(encoding), 0, 1, 1)
        before = len(self.prefix)
        end = max((end for _, end in encoding.offsets), default=0) - before
        unknown = [
            (start - before, stop - before) for start, stop in self.tokenizer.unknown(encoding)
        ]
        return read(
            text[: max(end, 0)] if encoding.cut else text,
            self.scripts,
            unknown,
            tokens=len(encoding) + encoding.cut,
            cut=encoding.cut,
        )

    def _run(self, encodings: Sequence[Encoding]) -> Vectors:
        feeds = pad(encodings, self._pad_id)
        mask = feeds["attention_mask"]
        if "position_ids" in self._session.inputs:
            feeds["position_ids"] = np.broadcast_to(np.arange(mask.shape[1]), mask.shape).copy()
        feeds = {name: feeds[name] for name in self._session.inputs if name in feeds}
        output = self._session.run(feeds, [self._output])[self._output]
        pooled: Vectors = _POOLING[self._pooling](output, mask) if self._pooling else output
        return normalised(pooled)


def batches(lengths: Sequence[int], tokens: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Rows grouped by length, the longest first, each group of at most `tokens` when padded."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    start = 0
    while start < len(order):
        size = max(1, tokens // max(1, lengths[order[start]]))
        yield order[start : start + size]
        start += size


def _mean(hidden: Vectors, mask: NDArray[np.int64]) -> Vectors:
    """The mean over the tokens that are not padding (Reimers and Gurevych 2019)."""
    weights = mask.astype(np.float32)
    summed = np.matmul(weights[:, None, :], hidden)[:, 0]
    mean: Vectors = summed / np.maximum(weights.sum(axis=1, keepdims=True), 1)
    return mean


def _cls(hidden: Vectors, _mask: NDArray[np.int64]) -> Vectors:
    return hidden[:, 0]


def _last(hidden: Vectors, mask: NDArray[np.int64]) -> Vectors:
    last: Vectors = hidden[np.arange(len(hidden)), mask.sum(axis=1) - 1]
    return last


_POOLING = {"mean": _mean, "cls": _cls, "last": _last}


def open_encoder(
    model: Model,
    *,
    provider: str = "auto",
    threads: int | None = None,
    note: Callable[[str], None] | None = None,
) -> Encoder:
    """Open a model folder of task feature-extraction. Raises ModelError where it cannot be used."""
    graph = model.graph()
    onnx.load()
    tokenizer = Loading(lambda: Tokenizer(model.folder))
    session = onnx.open_session(graph, provider=provider, threads=threads, note=note)
    return Encoder(model, session, tokenizer.result())


def encoder_of(env: Environment, name: str | None = None) -> Encoder:
    """The encoder that a command's --model names, loaded once in a process."""
    settings = env.settings

    def load() -> Encoder:
        return open_encoder(
            env.model(name, TASK),
            provider=settings.provider,
            threads=settings.threads,
            note=env.output.warn,
        )

    return env.cached(("encoder", name or "", settings.provider, str(settings.threads)), load)
