"""What clip-lite's training depends on: its settings and what it learns from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training run depends on besides its data."""

    steps: int = 1200
    batch: int = 192
    hidden: int = 1024
    image_rate: float = 3e-3
    text_rate: float = 6e-4
    decay: float = 0.01
    scale: float = 15.0
    share: float = 0.3
    centring: float = 0.7
    temperature: float = 1.5
    lead: tuple[float, float] = (-1.0, 8.0)
    noise: float = 0.1
    named: float = 1.0
    backward: float = 0.5
    outside: float = 0.3
    sharpness: float = 10.0
    alike: float = 0.6
    kept: float = 0.25
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Material:
    """What is learned from. Sentence vectors have length 1, one for each of the templates.

    names (1000, t, 384); words (n, t, 384) and the classes they cover (n, 1000); others (m, t, 384) and
    their similarity to the classes (m, 1000); backgrounds (k, 1280).
    """

    names: Floats
    words: Floats
    covers: NDArray[np.bool_]
    others: Floats
    similar: Floats
    backgrounds: Floats
