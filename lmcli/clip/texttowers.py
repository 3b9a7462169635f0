"""The half of a CLIP model that makes vectors of texts: by its own tokenizer, or from a sentence encoder's vectors."""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np

from lmcli.clip.onegraph import Feeds, Vectors, mixes, output_of
from lmcli.clip.traits import Reading
from lmcli.frame.numbers import normalised
from lmcli.nn.encoder import Encoder
from lmcli.nn.encoding import Encoding, pad
from lmcli.nn.feeding import fitted, input_named
from lmcli.nn.onnx import Session
from lmcli.nn.sentence.reading import batches
from lmcli.nn.tokenize import Tokenizer

SENTENCE = "sentence_embedding"
TEXT_OUTPUTS = ("text_embeds", "text_features", "embedding", "pooler_output")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
SOME = ("cat", "a dog on a street", "two red apples", "mountains")


class TextTower(Protocol):
    """Texts to vectors."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors (n, d) of texts, each of length 1; none depends on the others."""


class TokenTower:
    """Texts to vectors by a tokenizer and a graph that reads its ids."""

    def __init__(
        self, session: Session, tokenizer: Tokenizer, reading: Reading, blank: Feeds | None = None
    ) -> None:
        """Raises ModelError where the graph gives no vectors of texts."""
        self._session = session
        self._tokenizer = tokenizer
        self._output = output_of(session, TEXT_OUTPUTS)
        self._blank = dict(blank or {})
        ids = input_named(session, "input_ids")
        width = session.inputs[ids].shape[-1] if ids else None
        self._context = reading.context or tokenizer.max_length or 77
        if isinstance(width, int):
            self._context = min(width, self._context)
        self._whole = reading.padded or isinstance(width, int)
        self._reading = reading
        self._pad_id = next(
            (n for n in (reading.pad_id, tokenizer.special_id("pad")) if n is not None), 0
        )

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors (n, d) of texts; what is longer than the context is cut at its end."""
        encodings = self.tokens(texts)
        lengths = [self._context if self._whole else len(e) for e in encodings]
        parts: dict[int, Vectors] = {}
        alone = len(texts) > 1 and self._alone
        for rows in [[row] for row in range(len(texts))] if alone else batches(lengths):
            parts.update(zip(rows, self._run([encodings[row] for row in rows]), strict=True))
        return np.stack([parts[row] for row in range(len(texts))])

    @cached_property
    def _alone(self) -> bool:
        return mixes(self._session)

    def _run(self, encodings: Sequence[Encoding]) -> Vectors:
        return normalised(self.outputs(encodings, [self._output])[0])

    def outputs(self, encodings: Sequence[Encoding], names: Sequence[str]) -> list[Vectors]:
        """These outputs of the graph for tokens."""
        feeds = pad(encodings, self._pad_id)
        missing = self._context - feeds["input_ids"].shape[1]
        if self._whole and missing:
            filling = {"input_ids": self._pad_id}
            feeds = {
                name: np.pad(ids, ((0, 0), (0, missing)), constant_values=filling.get(name, 0))
                for name, ids in feeds.items()
            }
        if self._reading.padded:
            feeds["attention_mask"].fill(1)
        feeds = fitted(self._session, {**feeds, **self._blank})
        found = self._session.run(feeds, names)
        return [found[name].astype(np.float32, copy=False) for name in names]

    def tokens(self, texts: Sequence[str]) -> list[Encoding]:
        """Texts as tokens, at most as many as the model reads."""
        if self._reading.canonical:
            texts = [" ".join(text.translate(_NO_PUNCTUATION).lower().split()) for text in texts]
        elif self._reading.lowercase:
            texts = [text.lower() for text in texts]
        return self._tokenizer.encode_batch(texts, max_length=self._context)


class SentenceTower:
    """Texts to vectors by a sentence encoder and a graph that carries its vectors over to the pictures'."""

    def __init__(self, encoder: Encoder, head: Session) -> None:
        self._encoder = encoder
        self._head = head
        self._output = output_of(head, TEXT_OUTPUTS)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors (n, d) of texts; what is longer than the encoder reads is cut at its end."""
        feeds = {SENTENCE: self._encoder.encode(texts)}
        return normalised(self._head.run(feeds, [self._output])[self._output])


def logits_of_joint(tower: TokenTower, biased: bool) -> tuple[float, float]:
    """Scale and bias of the logits of a graph that is both towers, from what it makes of some texts and one picture."""
    names = ("logits_per_image", "image_embeds", "text_embeds")
    logits, image, texts = tower.outputs(tower.tokens(SOME), names)
    x = (normalised(texts) @ normalised(image)[0]).astype(np.float64)
    y = logits[0].astype(np.float64)
    if not biased:
        return float(x @ y / (x @ x)), 0.0
    scale, bias = np.polyfit(x, y, 1)
    return float(scale), float(bias)
