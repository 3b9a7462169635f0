"""The bundled picture model as the tests of this folder use it."""

import numpy as np
import pytest

from lmcli.clip.labels import prompt
from lmcli.clip.model import Clip
from lmcli.frame.models import bundled_folder, read_spec
from lmcli.frame.numbers import normalised


class Bundled(Clip):
    """clip-lite, with the vectors of labels and photos as the commands make them."""

    def labels(self, labels) -> np.ndarray:
        """The vectors (n, d) of labels, each one text or several that mean it."""
        groups = [(label,) if isinstance(label, str) else label for label in labels]
        texts = [[prompt(t, text) for text in group for t in self.templates] for group in groups]
        vectors = self.encode_texts([text for group in texts for text in group])
        ends = np.cumsum([len(group) for group in texts])[:-1]
        return normalised(np.stack([part.mean(axis=0) for part in np.split(vectors, ends)]))

    def photos(self, photos) -> np.ndarray:
        """The vectors (n, d) of photos."""
        pixels = [self.preprocessing(photo.open().convert("RGB")) for photo in photos]
        return self.encode_images(np.stack(pixels))


@pytest.fixture(scope="session")
def clip_lite() -> Bundled:
    """The committed model."""
    folder = bundled_folder()
    text = read_spec(folder / "all-minilm-l6-v2")
    return Bundled(read_spec(folder / "clip-lite"), text, provider="cpu", threads=1)
