"""A CLIP model: two towers that meet in one space, where a picture lies near the texts that describe it.

    clip = Clip.load().model                                  # of lmcli/clip/api.py: the default model
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
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lmcli.clip.onegraph import Vectors
from lmcli.clip.preprocessing import Preprocessing
from lmcli.clip.towers import Towers
from lmcli.clip.traits import DEFAULT_LOGITS, SIGMOID, traits_of
from lmcli.frame.models import Model
from lmcli.frame.numbers import normalised
from lmcli.nn import onnx

if TYPE_CHECKING:
    from PIL import Image

    from lmcli.clip.files.lexicon import Lexicon

TASK = "zero-shot-image-classification"
BATCH = 16  # pictures that run together


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
        self.source, self._note = model, note
        self.towers = Towers(
            model,
            text_encoder,
            self.traits,
            self.preprocessing.shape,
            provider=provider,
            threads=self.threads,
            note=note,
        )

    def seen_in(self, views: int) -> Clip:
        """The same model, with the mean of so many views for a picture's vector; what is opened is shared."""
        other = copy.copy(self)
        other.views = views
        return other

    @property
    def image_fingerprint(self) -> str:
        """Names what vectors of pictures depend on: the fingerprint, and the number of views."""
        return self.fingerprint if self.views == 1 else f"{self.fingerprint}-{self.views}-views"

    def pixels_of(self, image: Image.Image) -> Vectors:
        """The views of a picture (RGB), preprocessed: float32 (views, 3, height, width)."""
        if self.views == 1:
            return self.preprocessing(image)[None]
        from lmcli.clip.views import views_of

        return np.stack(list(views_of(image, self.preprocessing, self.views)))

    def merged(self, vectors: Vectors) -> Vectors:
        """The vector (d) of a picture, of those of its views (views, d): their mean, of length 1."""
        mean = vectors if len(vectors) == 1 else normalised(vectors.mean(axis=0, keepdims=True))
        merged: Vectors = mean[0]
        return merged

    def encode_images(self, pixels: Vectors) -> Vectors:
        """The vectors (n, d), each of length 1, of preprocessed pictures (n, 3, height, width)."""
        tower = self.towers.image
        starts = range(0, len(pixels), BATCH)
        return np.concatenate([tower.encode(pixels[at : at + BATCH]) for at in starts])

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """The vectors (n, d), each of length 1, of texts; what is longer than the model reads is cut."""
        return self.towers.text.encode(texts)

    @cached_property
    def lexicon(self) -> Lexicon | None:
        """The dictionary by which a model of English reads Chinese, where it comes with one."""
        if not self.traits.lexicon:
            return None
        from lmcli.clip.files.lexicon import Lexicon

        return Lexicon.open(self.source.path(self.traits.lexicon))

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
        if self.traits.joint:
            from lmcli.clip.texttowers import TokenTower, logits_of_joint

            if isinstance(self.towers.text, TokenTower):
                return logits_of_joint(self.towers.text, self.loss == SIGMOID)
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
