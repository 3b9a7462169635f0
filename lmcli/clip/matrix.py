"""Pictures against texts: the similarity table of the CLIP paper (Radford et al. 2021, figures 1 and 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmcli.frame.numbers import shortest
from lmcli.vectors.vectorfile import Vectors


@dataclass(frozen=True, slots=True)
class Similarity:
    """The cosine of a picture's vector and a text's."""

    image: str
    label: str
    score: float

    PLAIN: ClassVar[tuple[str, ...]] = ("image", "label", "score")


def similarities(
    image: str, vector: Vectors, labels: Sequence[str], vectors: Vectors
) -> list[Similarity]:
    """A picture's vector (d) with each label's (n, d)."""
    cosines = np.clip(vectors @ vector, -1, 1)
    return [
        Similarity(image, label, shortest(score))
        for label, score in zip(labels, cosines, strict=True)
    ]
