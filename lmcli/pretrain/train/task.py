"""A text as batches of packed sequences, the loss on them, what is held out: what `training.loop` learns."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.nn.onnxfile.torch_export import torch
from lmcli.pretrain.objective import CLM, cross_entropy, masked, shifted

Ids = NDArray[np.int64]
MASK_ID = 2  # of nn.tokens.learning.SPECIAL
TAUGHT = 0.9  # share of the teacher in the loss; docs/pretrain.md has what other shares gained
MOST = 30_000  # held-out tokens that are judged
JUDGED = 1 << 26  # logits that are looked at together when judging: 256 MB


@dataclass(frozen=True, slots=True)
class Material:
    """Tokens to learn from and to measure with, one after the other, and the characters of the latter."""

    learned: Ids
    held: Ids
    characters: float  # of a held-out token, in the mean
    unknown: float  # share of the held-out tokens that the vocabulary lacks
    first: int = 4  # tokens from here on are of the text, those before are signs


class NetworkTask:
    """What all Tasks of lmcli/training have in common here that learn a network."""

    besides = 0.0  # nats that are lost besides those of the words by who knows nothing
    chance: float | None = (
        None  # how often one is right who always gives the same answer to the second question
    )
    tokens = 0  # read in a step
    steps = 1

    def __init__(self, network: Any, device: Any = "cpu") -> None:
        self.network = network.to(device)
        self._device = device
        self._told: Callable[[Mapping[str, float]], None] = lambda _scores: None

    def tell(self, told: Callable[[Mapping[str, float]], None]) -> None:
        """Give the scores to `told` too, whenever it is judged."""
        self._told = told

    def on(self, device: Any) -> NetworkTask:
        """The same task, computed elsewhere."""
        self.network.to(device)
        self._device = device
        return self

    def groups(self) -> list[dict[str, Any]]:
        """Matrices, which decay, and vectors, which do not; of what learns."""
        weights = [one for one in self.network.parameters() if one.requires_grad]
        groups: list[dict[str, Any]] = [
            {"params": [one for one in weights if one.dim() > 1]},
            {"params": [one for one in weights if one.dim() < 2], "weight_decay": 0.0},
        ]
        return [group for group in groups if group["params"]]

    def batches(self, generator: Any) -> Sequence[Any]:
        """The batches of an epoch."""
        raise NotImplementedError

    def loss(self, batch: Any, generator: Any) -> Any:
        """The loss of a batch."""
        raise NotImplementedError

    def judge(self) -> Mapping[str, float]:
        """Scores on what was held out: score, loss, perplexity and more."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """The network's weights that learn."""
        named = self.network.named_parameters()
        return {name: weight for name, weight in named if weight.requires_grad}


class TextTask(NetworkTask):
    """Packed sequences of a text. objective: clm, or one with masks; steps: of an epoch, by default all of the text.

    most: held-out tokens that are judged. teacher: a network of the same vocabulary whose probabilities are learnt
    from too.
    """

    def __init__(
        self,
        network: Any,
        material: Material,
        objective: str,
        context: int,
        batch: int,
        *,
        steps: int | None = None,
        teacher: Any = None,
        most: int = MOST,
    ) -> None:
        package = torch()
        super().__init__(network)
        self.objective, self._batch = objective, batch
        self._teacher = teacher.eval() if teacher is not None else None
        self._ids = package.as_tensor(material.learned)
        extra = 1 if objective == CLM else 0
        self._length = min(context, len(material.learned) - extra, len(material.held) - extra)
        self._window = self._length + extra
        self._held = self._windows(package.as_tensor(material.held[:most]), 0)
        self._characters, self._unknown = material.characters, material.unknown
        self._first = material.first
        self._vocabulary = network.embedding.num_embeddings
        self._together = max(1, min(32, JUDGED // (self._length * self._vocabulary)))
        whole = max(1, (len(self._ids) - self._window) // self._length) // batch
        self.steps = min(steps or whole, whole) or 1
        self.tokens = batch * self._length  # read in a step

    def on(self, device: Any) -> TextTask:
        """See `NetworkTask.on`."""
        super().on(device)
        if self._teacher is not None:
            self._teacher.to(device)
        return self

    def _windows(self, ids: Any, start: int) -> Any:
        """Starts of sequences, one after the other: (count, length), the next one's first token with each for clm."""
        return ids[start:].unfold(0, self._window, self._length)

    def batches(self, generator: Any) -> Sequence[Any]:
        """Sequences in an order of chance, cut at other places in every epoch."""
        package = torch()
        room = len(self._ids) - self._window
        start = int(
            package.randint(0, max(1, min(self._length, room + 1)), (1,), generator=generator)
        )
        windows = self._windows(self._ids, start)
        order = package.randperm(len(windows), generator=generator)
        found = [windows[rows] for rows in order.split(self._batch)[: self.steps]]
        return [found[at % len(found)] for at in range(self.steps)]

    def _asked(self, ids: Any, generator: Any) -> tuple[Any, Any]:
        found = shifted(ids) if self.objective == CLM else self._masked(ids, generator)
        return found[0].to(self._device), found[1].to(self._device)

    def _masked(self, ids: Any, generator: Any) -> tuple[Any, Any]:
        return masked(ids, MASK_ID, self._first, self._vocabulary, generator)

    def loss(self, batch: Any, generator: Any) -> Any:
        """The cross entropy of a batch; with a teacher, for the most part that from its probabilities.

        They are taken as they are: softened by a temperature of 2 (Hinton et al. 2015) they taught less in few steps.
        """
        self.network.train()
        seen, targets = self._asked(batch, generator)
        logits = self.network(seen)
        loss = cross_entropy(logits, targets)
        if self._teacher is None:
            return loss
        package = torch()
        functional = package.nn.functional
        with package.no_grad():
            wanted = functional.softmax(self._teacher(seen), -1)
        far = -(wanted * functional.log_softmax(logits, -1)).sum(-1)[targets >= 0].mean()
        return (1 - TAUGHT) * loss + TAUGHT * far

    def judge(self) -> Mapping[str, float]:
        """Loss (nats), perplexity, and for clm bits a character on what was held out; masks are the same each time."""
        package = torch()
        self.network.eval()
        generator = package.Generator().manual_seed(0)
        loss = count = 0.0
        with package.no_grad():
            for rows in self._held.split(self._together):
                seen, targets = self._asked(rows, generator)
                loss += float(cross_entropy(self.network(seen), targets, "sum"))
                count += float((targets >= 0).sum())
        loss /= max(count, 1)
        scores = {"score": -loss, "loss": loss, "perplexity": math.exp(min(loss, 700))}
        if self.objective == CLM:
            scores["bits"] = bits(loss, self._characters, self._unknown)
        self._told(scores)
        return scores


def bits(loss: float, characters: float, unknown: float) -> float:
    """Nats a token as bits a character; 16 more for each token that the vocabulary lacks: so much is one to be told."""
    return (loss / math.log(2) + 16 * unknown) / characters
