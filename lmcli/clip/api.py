"""Pictures and texts in one space: what the commands use, and Python programs too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

    from lmcli.clip.classify import Guess
    from lmcli.clip.files.labelvectors import LabelVectors, Reading
    from lmcli.clip.model import Clip as Model
    from lmcli.frame.environment import Environment
    from lmcli.frame.errors import LmcliError
    from lmcli.vectors.vectorfile import Vectors

TEXT_TASK = "feature-extraction"  # of the sentence encoder that a model may read texts with
P = TypeVar("P")


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
    def of(cls, env: Environment, name: str | None = None, views: int = 1) -> Clip:
        """The model that a command's --model names, loaded once in a process; one not here yet is pulled first.

        views: how many views of a picture its vector is the mean of.
        """
        from lmcli.clip.model import TASK
        from lmcli.clip.model import Clip as Model

        settings = env.settings

        def load() -> Model:
            found = env.model(name, TASK)
            reader = found.settings.get("text_encoder")
            return Model(
                found,
                env.models.find(reader, TEXT_TASK) if reader else None,
                provider=settings.provider,
                threads=settings.threads,
                note=env.output.warn,
            )

        model = env.cached(("clip", name or "", settings.provider, str(settings.threads)), load)
        return cls(model if views == 1 else model.seen_in(views), env)

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

        pictures = _several(images)
        known, read = self.labels(labels, templates)
        classifier = Classifier(self.model, labels, known.vectors(read), Keep(k), multi)
        names = [_name(picture, at) for at, picture in enumerate(pictures)]
        vectors = self.embed_images(pictures)
        return [classifier.guesses(name, one) for name, one in zip(names, vectors, strict=True)]

    def labels(
        self, labels: Sequence[str], templates: Sequence[str] = ()
    ) -> tuple[LabelVectors, list[Reading]]:
        """What gives the vectors of labels, and what the model reads for each; it begins to open what that takes."""
        from lmcli.clip.files.labelvectors import LabelVectors, readings
        from lmcli.clip.labels import templates_of
        from lmcli.frame.disk.folders import cache_folder

        read = readings(self.model, labels)
        prompts = templates_of(templates, self.model.templates)
        known = LabelVectors(self.model, prompts, cache_folder(self._env.variables))
        if known.missing(read):
            self.model.towers.start("text")
        return known, read

    def embed_images(self, images: str | Path | Image | Sequence[str | Path | Image]) -> Vectors:
        """The vectors, float32 [n, d], each of length 1, of pictures in their order."""
        from lmcli.frame.errors import LmcliError

        found = []
        for _, vector in self.look(_several(images), self._read):
            if isinstance(vector, LmcliError):
                raise vector
            found.append(vector)
        return np.stack(found)

    def look(
        self, pictures: Iterable[P], read: Callable[[P], Image]
    ) -> Iterator[tuple[P, Vectors | LmcliError]]:
        """Each picture with its vector (d), or the error that `read` raised for it; the work begins with the call."""
        from lmcli.clip.files.flow import image_vectors

        return image_vectors(self.model, pictures, read)

    def embed_texts(self, texts: Iterable[str]) -> Vectors:
        """The vectors, float32 [n, d], each of length 1, of texts as they are, without a prompt."""
        return self.model.encode_texts(list(texts))

    def read(self, path: str) -> Image:
        """The picture in a file, at least as large as the model needs it. Raises BadInput where it cannot be read."""
        from lmcli.draw.pictures.reading import read_picture

        least = self.model.preprocessing.least
        return read_picture(Path(path), path, least=least, warn=self._env.output.warn)

    def _read(self, picture: str | Path | Image) -> Image:
        if isinstance(picture, (str, Path)):
            return self.read(str(picture))
        return picture.convert("RGB")


def _several(
    images: str | Path | Image | Sequence[str | Path | Image],
) -> list[str | Path | Image]:
    if isinstance(images, (str, Path)) or not isinstance(images, Sequence):
        return [images]
    return list(images)


def _name(picture: str | Path | Image, place: int) -> str:
    return str(picture) if isinstance(picture, (str, Path)) else f"image {place + 1}"
