"""Replaced tokens (Clark et al. 2020): a generator fills masks, the other network says of each token whether it did."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lmcli.nn.onnxfile.torch_export import torch
from lmcli.pretrain.objective import REPLACED, cross_entropy
from lmcli.pretrain.train.task import Material, TextTask


class ReplacedTask(TextTask):
    """Both learn at once, each by its own loss: nothing flows from one to the other but the tokens.

    Of the chosen tokens some stay, as BERT has it: where all are masked, the generator learns no more than how often
    tokens occur in the first hundreds of steps.

    The paper weighs the second loss by 50, for there both share their embedding; here they share no weight.
    """

    chance = 0.5
    besides = 0.42  # nats: of a coin that falls so in .15 of the cases

    def __init__(self, network: Any, material: Material, context: int, batch: int) -> None:
        super().__init__(network, material, REPLACED, context, batch)

    def loss(self, batch: Any, generator: Any) -> Any:
        """The generator's cross entropy at the masks, and the other's at every token."""
        self.network.train()
        filling, _, said, replaced = self._both(batch, generator)
        functional = torch().nn.functional
        return filling + functional.binary_cross_entropy_with_logits(said, replaced)

    def judge(self) -> Mapping[str, float]:
        """The generator's loss and perplexity at held-out masks; how well the other tells: `accuracy`."""
        package = torch()
        self.network.eval()
        generator = package.Generator().manual_seed(0)
        loss = count = 0.0
        told, truth = [], []
        with package.no_grad():
            for rows in self._held.split(32):
                filling, masks, said, replaced = self._both(rows, generator)
                loss, count = loss + float(filling) * masks, count + masks
                told.append(said.flatten().cpu())
                truth.append(replaced.flatten().cpu())
        loss /= max(count, 1)
        said, replaced = package.cat(told), package.cat(truth)
        doubt = package.nn.functional.binary_cross_entropy_with_logits(said, replaced)
        scores = {"score": -loss - float(doubt), "loss": loss, "accuracy": _tells(said, replaced),
                  "perplexity": math.exp(min(loss, 700))}  # fmt: skip
        self._told(scores)
        return scores

    def _both(self, ids: Any, generator: Any) -> tuple[Any, int, Any, Any]:
        """The generator's loss and its masks; of each token what is said, a logit, and 1 where it was replaced."""
        package = torch()
        seen, targets = self._masked(ids, generator)
        seen, targets, ids = (one.to(self._device) for one in (seen, targets, ids))
        at = targets >= 0
        network = self.network.generator
        logits = network.words(network.run(seen)[0][at])  # (masks, vocabulary)
        filled = seen.clone()
        if len(logits):
            chances = logits.detach().softmax(-1).cpu()
            drawn = package.multinomial(chances, 1, generator=generator)[:, 0]
            filled[at] = drawn.to(self._device)
        return (
            cross_entropy(logits, targets[at]),
            len(logits),
            self.network.replaced(filled),
            (filled != ids).float(),
        )


def _tells(said: Any, replaced: Any) -> float:
    """How often a replaced token is suspected more than one of the text: the area under the ROC curve, .5 by chance."""
    ranks = said.argsort().argsort().double() + 1
    count = float(replaced.sum())
    others = len(replaced) - count
    above = float(ranks[replaced > 0].sum()) - count * (count + 1) / 2
    return above / (count * others) if count and others else 0.5
