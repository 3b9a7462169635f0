"""Contrastive training of heads on pairs of pictures and texts, the towers left as they are.

A pair's picture and text should be each other's nearest in a batch: the symmetric InfoNCE loss of CLIP (Radford et
al. 2021), in which all pairs that share the text or the picture count as belonging together. The heads start at
zero, so that training starts from the model as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lmcli.clip.train.heads import Heads
from lmcli.clip.train.pairs import Seen
from lmcli.frame.locale import said
from lmcli.nn.onnxfile.torch_export import torch

if TYPE_CHECKING:
    from lmcli.vectors.vectorfile import Vectors

FEWEST = 8  # pairs to train on
DROPPED = 0.5  # the share of features that is left out of a step
STRETCH = 4.0  # length of an average picture's features, to that of its vector
DECAY = 0.1  # of the weights, decoupled (Loshchilov and Hutter 2019)
SCALE, MOST_SCALE = 15.0, 100.0  # of the logits, at the start and at most
STOPPING = 0.1  # the share of the pairs that tells when to stop, if they are not fewer than FEWEST
PATIENCE = 8  # passes without a better one


@dataclass(frozen=True, slots=True)
class Options:
    """How to train: passes at most, the learning rate at the start, and pairs in a batch.

    Without a batch it is a sixth of the pairs, but 16 to 512: large, for a batch is what a pair is told apart from, but
    not so large that a small table gives few steps.
    """

    epochs: int = 40
    rate: float = 3e-3
    batch: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Recall:
    """How often what belongs together is found among the held-out pairs: in the first place, in the first five."""

    stage: str
    direction: str
    pairs: int
    recall_at_1: float
    recall_at_5: float


@dataclass(slots=True)
class _Weights:
    """The tensors that are trained, and how features are standardised."""

    image: Any
    text: Any
    log_scale: Any
    mean: Vectors
    width: Vectors
    tensors: dict[str, Any] = field(default_factory=dict)


def split(count: int, share: float, groups: list[int], seed: int) -> tuple[list[int], list[int]]:
    """The pairs 0..count-1 in two parts, the second about this `share`; those of a group stay together."""
    names = sorted(set(groups))
    order = np.random.default_rng(seed).permutation(len(names))
    held = {names[at] for at in order[: round(len(names) * share)]}
    parts: tuple[list[int], list[int]] = ([], [])
    for pair in range(count):
        parts[groups[pair] in held].append(pair)
    return parts


def recalls(stage: str, seen: Seen, heads: Heads | None) -> list[Recall]:
    """Retrieval in both directions among the different pictures and texts of pairs.

    A picture with several texts, or a text with several pictures, is found where one of them is.
    """
    images, texts = vectors(seen, heads)
    cosines = images @ texts.T
    belongs = np.zeros(cosines.shape, bool)
    belongs[seen.pictures, seen.words] = True
    rows = []
    for direction, scores, right in (
        ("image->text", cosines, belongs),
        ("text->image", cosines.T, belongs.T),
    ):
        ranks = _ranks(scores, right)
        shares = (float((ranks <= k).mean()) for k in (1, 5))
        rows.append(Recall(stage, direction, len(seen), *shares))
    return rows


def vectors(seen: Seen, heads: Heads | None) -> tuple[Vectors, Vectors]:
    """The vectors of pictures (n, d) and of texts (m, d), each of length 1, through the heads."""
    if heads is None:
        return seen.images, seen.texts
    images = seen.images + seen.features @ heads.image + heads.image_bias
    return _unit(images), _unit(seen.texts + seen.texts @ heads.text)


def _ranks(scores: Vectors, right: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The rank, from 1, of the best right answer of each row."""
    best = np.where(right, scores, -np.inf).max(axis=1, keepdims=True)
    ranks: NDArray[np.int64] = 1 + ((scores >= best) & ~right).sum(axis=1)
    return ranks


def _unit(values: Vectors) -> Vectors:
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    units: Vectors = values / np.maximum(lengths, 1e-12)
    return units


def train(seen: Seen, options: Options, advance: Callable[[float, str], None]) -> Heads:
    """Learn heads from pairs; the same pairs, options and seed give the same heads.

    A part of the pairs tells after how many passes to stop; then all are learned from, for so long. `advance` is told
    of each pass, as the share of all that there may be, and what to say of it.
    """
    whole = list(range(len(seen)))
    learned, stopping = split(len(seen), STOPPING, seen.pictures, options.seed)
    epochs = options.epochs
    if min(len(learned), len(stopping)) >= FEWEST:
        epochs = _run(
            seen.part(learned), options, epochs, advance, seen.part(stopping, all_texts=True)
        )[1]
    return _run(seen.part(whole), options, epochs, advance, None)[0]


def _run(
    seen: Seen,
    options: Options,
    epochs: int,
    advance: Callable[[float, str], None],
    stopping: Seen | None,
) -> tuple[Heads, int]:
    """Heads after these passes, and the pass that was best on `stopping`, after which there was patience."""
    from lmcli.training.loop import learn
    from lmcli.training.task import INTERRUPTED, Event, Plan

    def watch(event: Event) -> None:
        if event.scores is not None:
            advance(0.5, f"{said('loss')} {event.loss:.3f}")

    task = _Pairs(seen, options, stopping)
    plan = Plan(epochs, options.rate, DECAY, clip=0, patience=PATIENCE, seed=options.seed)
    run = learn(task, plan, watch)
    if run.ended == INTERRUPTED:
        raise KeyboardInterrupt
    return _heads(task.weights), run.best_epoch


class _Pairs:
    """Pairs as what `training.loop` learns: heads that bring together what belongs together."""

    def __init__(self, seen: Seen, options: Options, stopping: Seen | None) -> None:
        batch = options.batch or min(512, max(16, len(seen) // 6))
        self.weights = _start(seen)
        self.steps = max(1, round(len(seen) / batch))
        self._pairs, self._stopping = len(seen), stopping

    def groups(self) -> list[dict[str, Any]]:
        """The heads, and the scale, which does not decay."""
        return [
            {"params": [self.weights.image, self.weights.text]},
            {"params": [self.weights.log_scale], "weight_decay": 0.0},
        ]

    def batches(self, generator: Any) -> Any:
        """The pairs in an order of chance, in parts of about the same size."""
        order = torch().randperm(self._pairs, generator=generator)
        return order.chunk(self.steps)

    def loss(self, batch: Any, generator: Any) -> Any:
        """The loss of a batch of pairs."""
        return _loss(self.weights, batch, generator)

    def judge(self) -> dict[str, float] | None:
        """How near the top of the ranks the right texts are."""
        if self._stopping is None:
            return None
        return {"score": _mean_reciprocal_rank(self._stopping, _heads(self.weights))}

    def state(self) -> dict[str, Any]:
        """The weights by name."""
        return {name: getattr(self.weights, name) for name in ("image", "text", "log_scale")}


def _start(seen: Seen) -> _Weights:
    """Weights of zero, and the pairs as tensors."""
    package = torch()
    mean = seen.features.mean(axis=0)
    spread = seen.features.std(axis=0)
    width = (spread + 1e-3 * spread.mean() + 1e-12) * len(mean) ** 0.5 / STRETCH
    size = seen.images.shape[1]
    tensors = {
        "features": package.from_numpy(((seen.features - mean) / width).astype(np.float32)),
        "images": package.from_numpy(np.ascontiguousarray(seen.images)),
        "texts": package.from_numpy(np.ascontiguousarray(seen.texts)),
        "pictures": package.tensor(seen.pictures),
        "words": package.tensor(seen.words),
    }
    return _Weights(
        package.zeros(len(mean), size, requires_grad=True),
        package.zeros(size, size, requires_grad=True),
        package.tensor(float(np.log(SCALE)), requires_grad=True),
        mean,
        width.astype(np.float32),
        tensors,
    )


def _loss(weights: _Weights, rows: Any, generator: Any) -> Any:
    """The symmetric InfoNCE loss of a batch of pairs, several of which may belong together."""
    package = torch()
    normalise = package.nn.functional.normalize
    at = weights.tensors
    pictures, words = at["pictures"][rows], at["words"][rows]
    features, texts = at["features"][pictures], at["texts"][words]
    kept = package.rand(features.shape, generator=generator) >= DROPPED
    features = features * kept / (1 - DROPPED)
    images = normalise(at["images"][pictures] + features @ weights.image, dim=1)
    scale = weights.log_scale.clamp(max=float(np.log(MOST_SCALE))).exp()
    logits = scale * images @ normalise(texts + texts @ weights.text, dim=1).T
    together = (pictures[:, None] == pictures) | (words[:, None] == words)
    right = logits.masked_fill(~together, float("-inf"))
    return (
        (logits.logsumexp(1) - right.logsumexp(1)).mean()
        + (logits.logsumexp(0) - right.logsumexp(0)).mean()
    ) / 2


def _heads(weights: _Weights) -> Heads:
    """The weights as they stand, for features as they come."""
    image = weights.image.detach().numpy() / weights.width[:, None]
    scale = min(MOST_SCALE, float(weights.log_scale.detach().exp()))
    bias = -(weights.mean @ image)
    return Heads(
        image.astype(np.float32), bias.astype(np.float32), weights.text.detach().numpy(), scale
    )


def _mean_reciprocal_rank(seen: Seen, heads: Heads) -> float:
    """Of the pictures' own texts among all."""
    images, texts = vectors(seen, heads)
    right = np.zeros((len(images), len(texts)), bool)
    right[seen.pictures, seen.words] = True
    return float((1 / _ranks(images @ texts.T, right)).mean())
