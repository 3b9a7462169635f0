"""Pictures and texts in one space: what the commands use, and Python programs too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

    from lmcli.clip.classify import Guess
    from lmcli.clip.model import Clip as Model
    from lmcli.frame.environment import Environment
    from lmcli.vectors.vectorfile import Vectors


class Clip:
    """A model that puts pictures and texts into one space (Radford et al. 2021)."""

    def __init__(self, model: Model, env: Environment) -> None:
        self.model = model
        self._env = env

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        provider: str = "auto",
        threads: int | None = None,
        offline: bool = False,
    ) -> Clip:
        """Open a model by name or folder, by default clip-lite. Raises ModelError where it cannot be had."""
        from lmcli.store.library import environment

        return cls.of(environment(provider=provider, threads=threads, offline=offline), name)

    @classmethod
    def of(cls, env: Environment, name: str | None = None) -> Clip:
        """The model that a command's --model names, loaded once in a process."""
        from lmcli.clip.model import clip_of

        return cls(clip_of(env, name), env)

    def classify(
        self,
        images: str | Path | Image | Sequence[str | Path | Image],
        labels: Sequence[str],
        *,
        templates: Sequence[str] = (),
        k: int | None = None,
        multi: bool = False,
    ) -> list[list[Guess]]:
        """For each picture the labels, the likeliest first, at most k: image, rank, label, score.

        Pictures are paths or PIL images. multi: a probability for each label by itself (models trained with
        a sigmoid). Raises BadInput for a picture that cannot be read.
        """
        from lmcli.clip.classify import Classifier, Keep
        from lmcli.clip.files.labelvectors import LabelVectors, readings
        from lmcli.clip.labels import templates_of
        from lmcli.frame.disk.folders import cache_folder

        pictures = _several(images)
        read = readings(self.model, labels)
        prompts = templates_of(templates, self.model.templates)
        known = LabelVectors(self.model, prompts, cache_folder(self._env.variables))
        classifier = Classifier(self.model, labels, known.vectors(read), Keep(k), multi)
        names = [_name(picture, at) for at, picture in enumerate(pictures)]
        vectors = self.embed_images(pictures)
        return [classifier.guesses(name, one) for name, one in zip(names, vectors, strict=True)]

    def embed_images(self, images: str | Path | Image | Sequence[str | Path | Image]) -> Vectors:
        """The vectors, float32 [n, d], each of length 1, of pictures in their order."""
        from lmcli.clip.files.flow import image_vectors
        from lmcli.frame.errors import LmcliError

        found = []
        for _, vector in image_vectors(self.model, _several(images), self._read):
            if isinstance(vector, LmcliError):
                raise vector
            found.append(vector)
        return np.stack(found)

    def embed_texts(self, texts: Iterable[str]) -> Vectors:
        """The vectors, float32 [n, d], each of length 1, of texts as they are, without a prompt."""
        return self.model.encode_texts(list(texts))

    def _read(self, picture: str | Path | Image) -> Image:
        from lmcli.clip.files.pictures import read_picture

        if isinstance(picture, (str, Path)):
            least = self.model.preprocessing.least
            return read_picture(
                Path(picture), str(picture), least=least, warn=self._env.output.warn
            )
        return picture.convert("RGB")


def _several(
    images: str | Path | Image | Sequence[str | Path | Image],
) -> list[str | Path | Image]:
    if isinstance(images, (str, Path)) or not isinstance(images, Sequence):
        return [images]
    return list(images)


def _name(picture: str | Path | Image, place: int) -> str:
    return str(picture) if isinstance(picture, (str, Path)) else f"image {place + 1}"
