"""Learning to answer: the loss is that of the answers alone (supervised fine-tuning, Ouyang et al. 2022)."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lmcli.frame.errors import BadInput
from lmcli.nn.onnxfile.torch_export import torch
from lmcli.nn.tokenize import Tokenizer
from lmcli.pretrain.chat import Example, Message, example
from lmcli.pretrain.corpus import TENTH
from lmcli.pretrain.objective import IGNORED, cross_entropy
from lmcli.pretrain.train.task import NetworkTask
from lmcli.training.batches import by_length, padded


def parts(
    chats: Sequence[Sequence[Message]], tokenizer: Tokenizer, ends: Collection[int], context: int
) -> tuple[list[Example], list[Example], int]:
    """To learn from, held out (every tenth), and how many were left out: no answer begins within `context` tokens."""
    found = [example(messages, tokenizer, ends, context) for messages in chats]
    fit = [one for one in found if any(target != IGNORED for target in one.targets)]
    if len(fit) < TENTH:
        raise BadInput(
            f"{len(fit)} of {len(found)} answers begin within the {context} tokens that the model reads",
            "shorten the prompts, or pre-train a model with a larger --context",
        )
    learned = [one for at, one in enumerate(fit) if at % TENTH != TENTH // 2]
    return learned, fit[TENTH // 2 :: TENTH], len(found) - len(fit)


class ChatTask(NetworkTask):
    """Batches of conversations of like lengths."""

    def __init__(
        self, network: Any, learned: Sequence[Example], held: Sequence[Example], batch: int
    ) -> None:
        super().__init__(network)
        self._learned, self._judged, self._batch = learned, held, batch
        self.steps = -(-len(learned) // batch)
        self.tokens = round(batch * sum(len(one.ids) for one in learned) / len(learned))

    def batches(self, generator: Any) -> Sequence[Any]:
        """Every conversation once, in an order of chance."""
        rows = by_length([len(one.ids) for one in self._learned], self._batch, generator)
        return [[self._learned[at] for at in rows[n % len(rows)]] for n in range(self.steps)]

    def loss(self, batch: Any, generator: Any) -> Any:
        """The cross entropy of the answers' tokens."""
        self.network.train()
        logits, targets = self._answer(batch)
        return cross_entropy(logits, targets)

    def judge(self) -> Mapping[str, float]:
        """Loss and perplexity of a token of the held-out answers."""
        self.network.eval()
        loss = count = 0.0
        with torch().no_grad():
            for at in range(0, len(self._judged), 16):
                logits, targets = self._answer(self._judged[at : at + 16])
                loss += float(cross_entropy(logits, targets, "sum"))
                count += float((targets != IGNORED).sum())
        loss /= max(count, 1)
        scores = {"score": -loss, "loss": loss, "perplexity": math.exp(min(loss, 700))}
        self._told(scores)
        return scores

    def _answer(self, batch: Sequence[Example]) -> tuple[Any, Any]:
        """The logits (b, n, vocabulary), and the targets (b, n). Padding stands behind all, so that nobody sees it."""
        ids, _ = padded([one.ids for one in batch])
        targets, _ = padded([one.targets for one in batch], IGNORED)
        return self.network(ids.to(self._device)), targets.to(self._device)
