"""The two halves of a CLIP model, opened beside what goes on; the one that makes vectors of pictures."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from lmcli.clip.onegraph import Feeds, Vectors, mixes, output_of
from lmcli.clip.traits import Traits
from lmcli.frame.models import Model
from lmcli.frame.numbers import normalised
from lmcli.nn import onnx
from lmcli.nn.feeding import fitted
from lmcli.nn.loading import Loading
from lmcli.nn.onnx import Session

if TYPE_CHECKING:
    from lmcli.clip.texttowers import TextTower

VISION, TEXT, JOINT = "vision", "text", "model"  # parts of a model; the last is both at once
SMALL = 64_000_000  # bytes of a graph for pictures that one thread runs fast enough
PIXELS = "pixel_values"
IMAGE_OUTPUTS = (
    "image_embeds",
    "image_features",
    "embedding",
    "pooler_output",
)  # the first that a graph has
FEATURES = "pooler_output"


class Towers:
    """The two halves of a model, each opened when it is first needed."""

    def __init__(
        self,
        model: Model,
        text_encoder: Model | None,
        traits: Traits,
        size: tuple[int, int] | None,
        *,
        provider: str,
        threads: int,
        note: Callable[[str], None] | None,
    ) -> None:
        """`size`: height and width of the pictures that the model reads, where its preprocessing says so."""
        self.threads = threads
        self._model, self._text_encoder, self._traits = model, text_encoder, traits
        self._size, self._provider, self._note = size, provider, note
        self._opened: dict[str, Loading[Any]] = {}
        self._lock = Lock()

    def start(self, *parts: str) -> None:
        """Begin to open "vision" or "text", or both, beside what goes on."""
        for part in parts:
            self._open(part)

    @property
    def image(self) -> ImageTower:
        """The half for pictures, opened once. Raises ModelError where it cannot be."""
        tower: ImageTower = self._open(VISION).result()
        return tower

    @property
    def text(self) -> TextTower:
        """The half for texts, opened once. Raises ModelError where it cannot be."""
        tower: TextTower = self._open(TEXT).result()
        return tower

    @cached_property
    def run_side_by_side(self) -> bool:
        """Whether pictures run beside each other on a thread each: where the tower is small, on a CPU."""
        return self.image.session.provider == "cpu" and self._is_small

    @property
    def _is_small(self) -> bool:
        return self._graph(VISION).stat().st_size < SMALL

    def _open(self, part: str) -> Loading[Any]:
        with self._lock:
            if part not in self._opened:
                onnx.load()
                self._opened[part] = Loading(
                    self._open_image if part == VISION else self._open_text
                )
            return self._opened[part]

    def _open_image(self) -> ImageTower:
        session = self._session(VISION, 1 if self._is_small else self.threads)
        ids = np.zeros((1, self._traits.reading.context or 1), np.int64)
        return ImageTower(session, {"input_ids": ids, "attention_mask": np.ones_like(ids)})

    def _open_text(self) -> TextTower:
        from lmcli.clip.texttowers import SentenceTower, TokenTower

        if self._text_encoder is not None:
            from lmcli.nn.encoder import open_encoder

            options = {"provider": self._provider, "threads": self.threads, "note": self._note}
            sentences = Loading(lambda: open_encoder(self._text_encoder, **options))  # type: ignore[arg-type]
            head = self._session(TEXT, self.threads)
            return SentenceTower(sentences.result(), head)
        from lmcli.nn.tokenize import Tokenizer

        tokenizer = Loading(lambda: Tokenizer(self._model.folder))
        session = self._session(TEXT, self.threads)
        blank = {PIXELS: self._noise(session)} if PIXELS in session.inputs else {}
        return TokenTower(session, tokenizer.result(), self._traits.reading, blank)

    def _session(self, part: str, threads: int) -> onnx.Session:
        graph = self._graph(part)
        return onnx.open_session(graph, provider=self._provider, threads=threads, note=self._note)

    def _graph(self, part: str) -> Path:
        return self._model.graph(JOINT if self._traits.joint else part)

    def _noise(self, session: onnx.Session) -> Vectors:
        """One picture of noise of the size that the graph reads."""
        height, width = self._size or (224, 224)
        own = [size for size in session.inputs[PIXELS].shape[2:] if isinstance(size, int)]
        shape = own if len(own) == 2 else [height, width]
        return np.random.default_rng(0).standard_normal((1, 3, *shape)).astype(np.float32)


class ImageTower:
    """Pictures to vectors. `blank`: what a graph that reads texts too is given for them."""

    def __init__(self, session: Session, blank: Feeds | None = None) -> None:
        """Raises ModelError where the graph gives no vectors of pictures."""
        self.session = session
        self._output = output_of(session, IMAGE_OUTPUTS)
        self._blank = dict(blank or {})

    def encode(self, pixels: Vectors) -> Vectors:
        """The vectors (n, d), each of length 1, of pictures (n, 3, height, width)."""
        if len(pixels) > 1 and self._alone:
            return np.concatenate([self.encode(pixel[None]) for pixel in pixels])
        feeds = fitted(self.session, {PIXELS: pixels, **self._blank})
        found = self.session.run(feeds, [self._output])[self._output]
        return normalised(found.astype(np.float32, copy=False))

    def encode_whole(self, pixels: Vectors) -> tuple[Vectors, Vectors]:
        """The vectors (n, d) of pictures, and (n, f) what the tower saw before it made them.

        The latter is the graph's output pooler_output where it has one beside the vectors, else the vectors again.
        """
        if self.features is None:
            vectors = self.encode(pixels)
            return vectors, vectors
        feeds = fitted(self.session, {PIXELS: pixels, **self._blank})
        given = self.session.run(feeds, [self._output, self.features])
        found = {name: array.astype(np.float32, copy=False) for name, array in given.items()}
        return normalised(found[self._output]), found[self.features]

    @property
    def features(self) -> str | None:
        """The output that `encode_whole` gives beside the vectors, if there is one."""
        value = self.session.outputs.get(FEATURES)
        return FEATURES if value and len(value.shape) == 2 and self._output != FEATURES else None

    @cached_property
    def _alone(self) -> bool:
        return mixes(self.session)
