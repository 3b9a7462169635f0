"""Handwritten digits: what the commands use, and Python programs too.

digits = Digits.load()
digits.classify("photo.png")[0].label        # "7"
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

    from lmcli.digits.network import Network
    from lmcli.digits.reading import Guess, Reading
    from lmcli.frame.environment import Environment


class Digits:
    """A network that reads digits, or whatever it was trained on."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @classmethod
    def load(cls, name: str | None = None, *, threads: int | None = None) -> Digits:
        """Open a model by name or folder, by default the bundled CNN. Raises ModelError where it cannot be had."""
        from lmcli.store.library import environment

        return cls.of(environment(threads=threads), name)

    @classmethod
    def of(cls, env: Environment, name: str | None = None) -> Digits:
        """The model that a command's --model names, opened once in a process."""
        from lmcli.digits.network import TASK, Network

        settings = env.settings

        def load() -> Network:
            return Network(
                env.model(name, TASK),
                provider=settings.provider,
                threads=settings.threads,
                note=env.output.warn,
            )

        key = ("digits", name or "", settings.provider, str(settings.threads))
        return cls(env.cached(key, load))

    def classify(self, picture: str | Path | Image, k: int = 5) -> list[Guess]:
        """What a picture says, the likeliest first: image, rank, label, score; several digits in reading order.

        Raises BadInput for a picture that cannot be read, NoAnswer for one with nothing on it.
        """
        from lmcli.digits.reading import guesses

        name = str(picture) if isinstance(picture, (str, Path)) else "image"
        return guesses(name, self.read(picture), self.network.labels, k)

    def read(self, picture: str | Path | Image) -> Reading:
        """What stands in a picture, with what the network was given of it."""
        from lmcli.digits.reading import read
        from lmcli.draw.pictures.reading import read_picture

        if isinstance(picture, (str, Path)):
            return read(read_picture(Path(picture), str(picture)), self.network)
        return read(picture.convert("RGB"), self.network)
