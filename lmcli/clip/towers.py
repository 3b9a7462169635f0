"""The two halves of a CLIP model as graphs: pictures to vectors, texts to vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import ModelError
from lmcli.nn.encoder import Encoder, batches, normalised
from lmcli.nn.encoding import Encoding, pad
from lmcli.nn.onnx import Session
from lmcli.nn.onnxfile.graph import read_graph
from lmcli.nn.tokenize import Tokenizer

PIXELS, SENTENCE = "pixel_values", "sentence_embedding"
IMAGE_OUTPUTS = ("image_embeds", "image_features", "pooler_output")  # the first that a graph has
TEXT_OUTPUTS = ("text_embeds", "text_features", "pooler_output")
FEATURES = "pooler_output"
SOME = ("cat", "a dog on a street", "two red apples", "mountains")

Vectors = NDArray[np.float32]
Feeds = Mapping[str, NDArray[Any]]


class TextTower(Protocol):
    """Texts to vectors."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors (n, d) of texts, each of length 1; none depends on the others."""


class ImageTower:
    """Pictures to vectors. `blank`: what a graph that reads texts too is given for them."""

    def __init__(self, session: Session, blank: Feeds | None = None) -> None:
        """Raises ModelError where the graph gives no vectors of pictures."""
        self.session = session
        self._output = _output(session, IMAGE_OUTPUTS)
        self._blank = _only(session, blank or {})

    def encode(self, pixels: Vectors) -> Vectors:
        """The vectors (n, d), each of length 1, of pictures (n, 3, height, width)."""
        if len(pixels) > 1 and self._alone:
            return np.concatenate([self.encode(pixel[None]) for pixel in pixels])
        feeds = {PIXELS: pixels, **self._blank}
        return normalised(self.session.run(feeds, [self._output])[self._output])

    def encode_whole(self, pixels: Vectors) -> tuple[Vectors, Vectors]:
        """The vectors (n, d) of pictures, and (n, f) what the tower saw before it made them.

        The latter is the graph's output pooler_output where it has one beside the vectors, else the vectors again.
        """
        if self.features is None:
            vectors = self.encode(pixels)
            return vectors, vectors
        found = self.session.run({PIXELS: pixels, **self._blank}, [self._output, self.features])
        return normalised(found[self._output]), found[self.features]

    @property
    def features(self) -> str | None:
        """The output that `encode_whole` gives beside the vectors, if there is one."""
        value = self.session.outputs.get(FEATURES)
        return FEATURES if value and len(value.shape) == 2 and self._output != FEATURES else None

    @cached_property
    def _alone(self) -> bool:
        return _mixes(self.session)


class TokenTower:
    """Texts to vectors by a tokenizer and a graph that reads its ids."""

    def __init__(
        self, session: Session, tokenizer: Tokenizer, reading: Reading, blank: Feeds | None = None
    ) -> None:
        """Raises ModelError where the graph gives no vectors of texts."""
        self._session = session
        self._tokenizer = tokenizer
        self._output = _output(session, TEXT_OUTPUTS)
        self._blank = _only(session, blank or {})
        width = session.inputs["input_ids"].shape[-1] if "input_ids" in session.inputs else None
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
        return _mixes(self._session)

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
        feeds = _only(self._session, {**feeds, **self._blank})
        found = self._session.run(feeds, names)
        return [found[name] for name in names]

    def tokens(self, texts: Sequence[str]) -> list[Encoding]:
        """Texts as tokens, at most as many as the model reads."""
        if self._reading.lowercase:
            texts = [text.lower() for text in texts]
        return self._tokenizer.encode_batch(texts, max_length=self._context)


class SentenceTower:
    """Texts to vectors by a sentence encoder and a graph that carries its vectors over to the pictures'."""

    def __init__(self, encoder: Encoder, head: Session) -> None:
        self._encoder = encoder
        self._head = head
        self._output = _output(head, TEXT_OUTPUTS)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors (n, d) of texts; what is longer than the encoder reads is cut at its end."""
        feeds = {SENTENCE: self._encoder.encode(texts)}
        return normalised(self._head.run(feeds, [self._output])[self._output])


@dataclass(frozen=True, slots=True)
class Reading:
    """How a model reads texts.

    context: the most tokens. padded: texts are filled up to that with `pad_id`, which is read like the rest.
    lowercase: it was trained on lower case, whatever its tokenizer does.
    """

    context: int | None
    padded: bool
    pad_id: int | None
    lowercase: bool = False


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


def _output(session: Session, names: Sequence[str]) -> str:
    """The output with one vector a row."""
    name = next((name for name in names if name in session.outputs), None)
    if name is None:
        raise ModelError(
            f"{session.path} is no tower of CLIP: it gives {', '.join(session.outputs)}",
            f"expected {' or '.join(names)}",
        )
    return name


def _mixes(session: Session) -> bool:
    """Whether what runs together has a scale in common, so that a vector would depend on its neighbours."""
    return bool(read_graph(session.path).of_type("DynamicQuantizeLinear"))


def _only(session: Session, feeds: Feeds) -> dict[str, NDArray[Any]]:
    return {name: array for name, array in feeds.items() if name in session.inputs}
