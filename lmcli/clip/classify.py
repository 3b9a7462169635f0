"""Zero-shot classification (Radford et al. 2021): which label's vector is a picture's nearest to?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lmcli.frame.errors import BadUsage
from lmcli.frame.numbers import shortest
from lmcli.vectors.vectorfile import Vectors

if TYPE_CHECKING:
    from lmcli.clip.model import Clip


@dataclass(frozen=True, slots=True)
class Guess:
    """A label of a picture. `score` is its probability, among the labels or by itself."""

    image: str
    rank: int
    label: str
    score: float

    PLAIN: ClassVar[tuple[str, ...]] = ("image", "label", "score")


@dataclass(frozen=True, slots=True)
class Keep:
    """Which guesses are kept: the k best, those of a score of at least `threshold`, or both."""

    k: int | None = None
    threshold: float | None = None


class Classifier:
    """Ranks labels by their probability for a picture.

    multi: each label has a probability of its own, the sigmoid of its logit (Zhai et al. 2023); else they
    share one by a softmax.
    """

    def __init__(
        self, clip: Clip, labels: Sequence[str], vectors: Vectors, keep: Keep, multi: bool = False
    ) -> None:
        """`vectors` (n, d) are those of `labels`. Raises BadUsage for multi with a model trained by softmax."""
        if multi and clip.loss != "sigmoid":
            raise BadUsage(
                f"{clip.name} was trained to share probability among labels (softmax): "
                "it has none for each label by itself",
                "leave out --multi, or take a model of the SigLIP kind",
            )
        self._clip = clip
        self._labels = list(labels)
        self._vectors = vectors
        self._keep = keep
        self._multi = multi

    def guesses(self, image: str, vector: Vectors) -> list[Guess]:
        """The labels that are kept for a picture with this vector (d), the likeliest first."""
        logits = self._clip.logits(vector[None], self._vectors)
        scores = self._clip.probabilities(logits, self._multi)[0].astype(np.float32)
        order = np.lexsort((np.arange(len(scores)), -scores))[: self._keep.k]
        return [
            Guess(image, rank, self._labels[place], shortest(scores[place]))
            for rank, place in enumerate(order.tolist(), 1)
            if self._keep.threshold is None or scores[place] >= self._keep.threshold
        ]
