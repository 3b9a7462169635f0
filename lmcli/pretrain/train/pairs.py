"""Two sentences at once (Devlin et al. 2018): masked words in both, and whether the second stands behind the first."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lmcli.frame.errors import BadInput
from lmcli.nn.onnxfile.torch_export import torch
from lmcli.nn.tokenize import Tokenizer
from lmcli.pretrain.objective import PAIRS, cross_entropy
from lmcli.pretrain.train.task import Material, TextTask
from lmcli.training.batches import by_length, padded

SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；])|\n")
FIRST_ID, BETWEEN_ID = 4, 5  # [CLS] and [SEP], of nn.tokens.learning
NEXT, OTHER = 0, 1  # the head's answers, as in BERT's exports
JUDGED, PASSES = 1000, 4  # held-out pairs at most; times that the held-out text is paired
SHORTEST = 6  # tokens of a part, where the text has that many

Blocks = list[list[list[int]]]  # tokens of sentences of blocks
Pair = tuple[list[int], list[int], int]


def sentences(blocks: Sequence[str], tokenizer: Tokenizer) -> Blocks:
    """The tokens of each sentence of each block."""
    found = []
    for block in blocks:
        parts = [part.strip() for part in SENTENCE.split(block) if part.strip()]
        found.append([[*one.ids] for one in tokenizer.encode_batch(parts, special=False)])
    return found


def pairs(blocks: Blocks, room: int, draw: random.Random) -> Iterator[Pair]:
    """(A, B, NEXT or OTHER): runs of sentences, at most `room` tokens together; half the time from elsewhere."""
    half = room // 2
    for number, block in enumerate(blocks):
        at = 0
        while at < len(block) - 1:
            a, at = _run(block[:-1], at, draw.randint(min(SHORTEST, half), half))
            most = draw.randint(min(SHORTEST, half), half)
            if draw.random() < 0.5:
                b, at = _run(block, at, most)
                yield a[-half:], b[:half], NEXT
            else:
                other = number
                while other == number and len(blocks) > 1:
                    other = draw.randrange(len(blocks))
                start = draw.randrange(len(blocks[other]))
                yield a[-half:], _run(blocks[other], start, most)[0][:half], OTHER


def _run(block: list[list[int]], at: int, most: int) -> tuple[list[int], int]:
    """One sentence, and those behind it that fit into `most` tokens; and where the next one stands."""
    found = list(block[at])
    at += 1
    while at < len(block) and len(found) + len(block[at]) <= most:
        found += block[at]
        at += 1
    return found, at


class PairTask(TextTask):
    """Batches of pairs, drawn anew in each epoch. Raises BadInput where no sentence follows another."""

    besides = math.log(2)

    def __init__(
        self, network: Any, material: Material, learned: Blocks, held: Blocks, context: int,
        batch: int,
    ) -> None:  # fmt: skip
        super().__init__(network, material, PAIRS, context, batch)
        self._room, self._blocks = context - 3, [block for block in learned if block]
        draw = random.Random(0)
        blocks = [block for block in held if block]
        found = [pair for _ in range(PASSES) for pair in pairs(blocks, self._room, draw)]
        self._judged = found[:JUDGED]
        sizes = [len(a) + len(b) + 3 for a, b, _ in pairs(self._blocks, self._room, draw)]
        if not sizes or not found:
            raise BadInput(
                "the text has no sentence that follows another",
                "end sentences with . or a new line",
            )
        self.steps = max(1, len(sizes) // batch)
        self.tokens = round(batch * sum(sizes) / len(sizes))
        nexts = sum(answer == NEXT for *_, answer in self._judged)
        self.chance = max(nexts, len(self._judged) - nexts) / len(self._judged)

    def batches(self, generator: Any) -> Sequence[Any]:
        """Batches (pairs) of like lengths."""
        seed = int(torch().randint(0, 2**31, (1,), generator=generator))
        found = list(pairs(self._blocks, self._room, random.Random(seed)))
        rows = by_length([len(a) + len(b) for a, b, _ in found], self._batch, generator)
        return [[found[at] for at in rows[n % len(rows)]] for n in range(self.steps)]

    def loss(self, batch: Any, generator: Any) -> Any:
        """The cross entropy at the masks, and that of the answers."""
        self.network.train()
        logits, targets, answers, said = self._answer(batch, generator)
        return cross_entropy(logits, targets) + cross_entropy(said, answers)

    def judge(self) -> Mapping[str, float]:
        """Loss and perplexity at the masks of held-out pairs, and the share of right answers."""
        package = torch()
        self.network.eval()
        generator = package.Generator().manual_seed(0)
        loss = count = right = doubt = 0.0
        with package.no_grad():
            for at in range(0, len(self._judged), 32):
                batch = self._judged[at : at + 32]
                logits, targets, answers, said = self._answer(batch, generator)
                loss += float(cross_entropy(logits, targets, "sum"))
                count += float((targets >= 0).sum())
                doubt += float(cross_entropy(said, answers, "sum"))
                right += float((said.argmax(-1) == answers).sum())
        loss, total = loss / max(count, 1), max(1, len(self._judged))
        scores = {"score": -loss - doubt / total, "loss": loss, "accuracy": right / total,
                  "perplexity": math.exp(min(loss, 700))}  # fmt: skip
        self._told(scores)
        return scores

    def _answer(self, batch: Sequence[Pair], generator: Any) -> tuple[Any, Any, Any, Any]:
        """Logits (b, n, vocabulary) and targets (b, n) of the masks; the answers (b) and their logits (b, 2)."""
        package = torch()
        rows = [[FIRST_ID, *a, BETWEEN_ID, *b, BETWEEN_ID] for a, b, _ in batch]
        ids, there = padded(rows)
        sides, _ = padded([[0] * (len(a) + 2) + [1] * (len(b) + 1) for a, b, _ in batch])
        seen, targets = self._masked(ids, generator)
        hidden = (there == 0)[:, None, None].float() * -1e9
        answers = package.tensor([answer for _, _, answer in batch])
        seen, targets, sides, there, hidden, answers = (
            one.to(self._device) for one in (seen, targets, sides, there, hidden, answers)
        )
        x, _ = self.network.run(seen, mask=hidden, sides=sides)
        return self.network.words(x), targets, answers, self.network.follows(x, sides, there)
