"""A CLIP model: two towers that meet in one space, where a picture lies near the texts that describe it.

    clip = clip_of(env)                                       # the default model, loaded once in a process
    images = clip.encode_images(np.stack([clip.preprocessing(picture)]))      # float32 (1, d), of length 1
    texts = clip.encode_texts(["a photo of a cat", "a photo of a dog"])       # float32 (2, d)
    clip.probabilities(clip.logits(images, texts))            # float64 (1, 2), each row sums to 1

Radford et al. 2021, Learning transferable visual models from natural language supervision; models with a sigmoid for
a loss: Zhai et al. 2023, Sigmoid loss for language image pre-training.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lmcli.clip.preprocessing import Preprocessing
from lmcli.clip.towers import (
    PIXELS,
    ImageTower,
    SentenceTower,
    TextTower,
    TokenTower,
    logits_of_joint,
)
from lmcli.clip.traits import DEFAULT_LOGITS, SIGMOID, traits_of
from lmcli.frame.models import Model
from lmcli.nn import encoder, onnx
from lmcli.nn.encoder import normalised
from lmcli.nn.loading import Loading
from lmcli.nn.tokenize import Tokenizer

if TYPE_CHECKING:
    from PIL import Image

    from lmcli.clip.files.lexicon import Lexicon
    from lmcli.frame.environment import Environment

TASK = "zero-shot-image-classification"
BATCH = 16  # pictures that run together
SMALL = 64_000_000  # bytes of a graph for pictures that one thread runs fast enough
VISION, TEXT, JOINT = "vision", "text", "model"  # parts of a model; the last is both at once

Vectors = NDArray[np.float32]


class Clip:
    """A model of task zero-shot-image-classification. A tower is opened when it is first needed.

    views: how many views of a picture its vector is the mean of. loss: "softmax" where labels share one probability,
    "sigmoid" where each has its own. logit_scale: what cosines are multiplied with (1 / temperature); logit_bias is
    added then. templates: prompts for a label. fingerprint: names the content, in hexadecimal: vectors of different
    ones cannot be compared.
    """

    views = 1

    def __init__(
        self,
        model: Model,
        text_encoder: Model | None = None,
        *,
        provider: str = "auto",
        threads: int | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        """`text_encoder`: the sentence model that the settings name. Raises ModelError for unusable files."""
        self.name = model.name
        self.preprocessing = Preprocessing.of_folder(model.folder)
        self.traits = traits_of(model)
        self.loss = self.traits.loss
        self.templates = self.traits.templates
        self.fingerprint = _fingerprint(model, text_encoder)
        self.threads = threads or onnx.default_threads()
        self._model, self._text_encoder = model, text_encoder
        self._provider, self._note = provider, note
        self._opened: dict[str, Loading[Any]] = {}
        self._lock = Lock()

    def seen_in(self, views: int) -> Clip:
        """The same model, with the mean of so many views for a picture's vector; what is opened is shared."""
        other = copy.copy(self)
        other.views = views
        return other

    @property
    def image_fingerprint(self) -> str:
        """Names what vectors of pictures depend on: the fingerprint, and the number of views."""
        return self.fingerprint if self.views == 1 else f"{self.fingerprint}-{self.views}-views"

    # -- towers ------------------------------------------------------------------------------

    def start(self, *parts: str) -> None:
        """Begin to open "vision" or "text", or both, beside what goes on."""
        for part in parts:
            self._open(part)

    @property
    def image_tower(self) -> ImageTower:
        """The half for pictures, opened once. Raises ModelError where it cannot be."""
        tower: ImageTower = self._open(VISION).result()
        return tower

    @property
    def text_tower(self) -> TextTower:
        """The half for texts, opened once. Raises ModelError where it cannot be."""
        tower: TextTower = self._open(TEXT).result()
        return tower

    @cached_property
    def runs_side_by_side(self) -> bool:
        """Whether pictures run beside each other on a thread each: where the tower is small, on a CPU."""
        return self.image_tower.session.provider == "cpu" and self._is_small

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
        ids = np.zeros((1, self.traits.reading.context or 1), np.int64)
        return ImageTower(session, {"input_ids": ids, "attention_mask": np.ones_like(ids)})

    def _open_text(self) -> TextTower:
        if self._text_encoder is not None:
            options = {"provider": self._provider, "threads": self.threads, "note": self._note}
            sentences = Loading(lambda: encoder.open_encoder(self._text_encoder, **options))  # type: ignore[arg-type]
            head = self._session(TEXT, self.threads)
            return SentenceTower(sentences.result(), head)
        tokenizer = Loading(lambda: Tokenizer(self._model.folder))
        session = self._session(TEXT, self.threads)
        blank = {PIXELS: self._noise(session)} if PIXELS in session.inputs else {}
        return TokenTower(session, tokenizer.result(), self.traits.reading, blank)

    def _session(self, part: str, threads: int) -> onnx.Session:
        graph = self._graph(part)
        return onnx.open_session(graph, provider=self._provider, threads=threads, note=self._note)

    def _graph(self, part: str) -> Path:
        return self._model.graph(JOINT if self.traits.joint else part)

    def _noise(self, session: onnx.Session) -> Vectors:
        """One picture of noise of the size that the graph reads."""
        height, width = self.preprocessing.shape or (224, 224)
        own = [size for size in session.inputs[PIXELS].shape[2:] if isinstance(size, int)]
        shape = own if len(own) == 2 else [height, width]
        return np.random.default_rng(0).standard_normal((1, 3, *shape)).astype(np.float32)

    # -- vectors -----------------------------------------------------------------------------

    def pixels_of(self, image: Image.Image) -> Vectors:
        """The views of a picture (RGB), preprocessed: float32 (views, 3, height, width)."""
        from lmcli.clip.views import views_of

        return np.stack(list(views_of(image, self.preprocessing, self.views)))

    def merged(self, vectors: Vectors) -> Vectors:
        """The vector (d) of a picture, of those of its views (views, d): their mean, of length 1."""
        mean = vectors if len(vectors) == 1 else normalised(vectors.mean(axis=0, keepdims=True))
        merged: Vectors = mean[0]
        return merged

    def encode_images(self, pixels: Vectors) -> Vectors:
        """The vectors (n, d), each of length 1, of preprocessed pictures (n, 3, height, width)."""
        tower = self.image_tower
        starts = range(0, len(pixels), BATCH)
        return np.concatenate([tower.encode(pixels[at : at + BATCH]) for at in starts])

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """The vectors (n, d), each of length 1, of texts; what is longer than the model reads is cut."""
        return self.text_tower.encode(texts)

    @cached_property
    def lexicon(self) -> Lexicon | None:
        """The dictionary by which a model of English reads Chinese, where it comes with one."""
        if not self.traits.lexicon:
            return None
        from lmcli.clip.files.lexicon import Lexicon

        return Lexicon.open(self._model.path(self.traits.lexicon))

    # -- logits ------------------------------------------------------------------------------

    @property
    def logit_scale(self) -> float:
        """1 / temperature."""
        return self._logits[0]

    @property
    def logit_bias(self) -> float:
        """0 but for models with a sigmoid."""
        return self._logits[1]

    @cached_property
    def _logits(self) -> tuple[float, float]:
        if self.traits.logits is not None:
            return self.traits.logits
        if self.traits.joint and isinstance(self.text_tower, TokenTower):
            return logits_of_joint(self.text_tower, self.loss == SIGMOID)
        scale, bias = DEFAULT_LOGITS[self.loss]
        if self._note:
            self._note(
                f"{self.name} does not say the scale of its logits: taken as {scale:g}, with the bias {bias:g}"
            )
        return scale, bias

    def logits(self, images: Vectors, texts: Vectors) -> NDArray[np.float64]:
        """scale * cosine + bias, (n, m) of the vectors of n pictures and m texts."""
        cosines = images.astype(np.float64) @ texts.astype(np.float64).T
        return cosines * self.logit_scale + self.logit_bias

    def probabilities(
        self, logits: NDArray[np.float64], multi: bool = False
    ) -> NDArray[np.float64]:
        """The probability of each text for each picture, (n, m).

        A softmax over the texts; with `multi` the sigmoid of each logit by itself, which means something only where
        the loss is "sigmoid".
        """
        if multi:
            return 1 / (1 + np.exp(-logits))
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = exponentials / exponentials.sum(axis=1, keepdims=True)
        return shares


def _fingerprint(model: Model, text_encoder: Model | None) -> str:
    read = (*model.files, *(text_encoder.files if text_encoder else ()))
    files = [(file.path, file.sha256) for file in read]
    said = json.dumps([files, dict(model.settings)], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def clip_of(env: Environment, name: str | None = None, views: int = 1) -> Clip:
    """The model that a command's --model names, loaded once in a process; one not here yet is pulled first.

    `views`: how many views of a picture its vector is the mean of.
    """
    settings = env.settings

    def load() -> Clip:
        model = env.model(name, TASK)
        named = model.settings.get("text_encoder")
        return Clip(
            model,
            env.models.find(named, encoder.TASK) if named else None,
            provider=settings.provider,
            threads=settings.threads,
            note=env.output.warn,
        )

    clip = env.cached(("clip", name or "", settings.provider, str(settings.threads)), load)
    return clip if views == 1 else clip.seen_in(views)
