"""What lmcli/training's loop learns here: pairs, their loss, the translations held out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lmcli.frame.text.languages import ENGLISH
from lmcli.nn.onnxfile.torch_export import torch
from lmcli.translate import text
from lmcli.translate.evaluation import bleu
from lmcli.translate.model import END, PAD, START
from lmcli.translate.train.alignment import aligned
from lmcli.translate.train.corpus import Pair
from lmcli.translate.train.vocabulary import Vocabulary

LENGTH = 40  # tokens of either side at most
SMOOTHING = 0.1  # of the labels (Szegedy et al. 2016)
GUIDED = 0.1  # weight of the loss on what the guided head looks at (Chen et al. 2016)
UNSIGNED = 0.15  # how often the sign at both ends is left out
SAMPLES = 5  # translations that are told of
TOGETHER = 400  # sentences that are translated at once when the weights are judged


class Table:
    """Pairs of sources as arrays: ids of both sides (n, LENGTH), for each English token the bits of its characters.

    rows: the rows of each source. Pairs that are longer are left out. guided: what belongs together is found by the
    pairs alone.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        learnt: Mapping[str, Sequence[Pair]],
        device: Any,
        guided: bool = False,
    ) -> None:
        made: list[list[list[int]]] = []
        self.rows: dict[str, Any] = {}
        package = torch()
        for name, pairs in learnt.items():
            first = len(made)
            for pair in pairs:
                source, (target, links) = vocabulary.read(pair.source), vocabulary.written(pair)
                if max(len(source), len(target)) <= LENGTH:
                    made.append(
                        [source, target, [sum(1 << at for at in set(own)) for own in links]]
                    )
            self.rows[name] = package.arange(first, len(made))
        values = np.zeros((3, len(made), LENGTH), np.int64)
        for row, parts in enumerate(made):
            for part, own in enumerate(parts):
                values[part, row, : len(own)] = own
        if guided and made:
            values[2] = (values[1] > PAD) << aligned(values[0], values[1])
        self.lengths = package.as_tensor((values[1] > PAD).sum(1))
        self.source, self.target, self.links = package.as_tensor(values).to(device)


class Learning:
    """A Task of lmcli/training. shares: of each source in a batch; steps: batches in what is called an epoch."""

    def __init__(
        self,
        network: Any,
        vocabulary: Vocabulary,
        learnt: Mapping[str, Sequence[Pair]],
        shares: Mapping[str, float],
        batch: int,
        steps: int,
        choice: Sequence[tuple[str, tuple[str, ...]]],
        device: Any,
        read: Callable[[str], str] = text.chinese,
        shown: Callable[[str], str] = text.capitalised,
        told: Callable[[str], None] = lambda _text: None,
        target: str = ENGLISH,
        guided: bool = False,
    ) -> None:
        self.network = network.to(device)
        self._write, self._shown, self._told, self._target = read, shown, told, target
        self.vocabulary = vocabulary
        self.steps = steps
        self._batch = batch
        self._shares = shares
        self._choice = choice
        self._device = device
        self._table = Table(vocabulary, {name: learnt[name] for name in shares}, device, guided)
        self.too_long = sum(map(len, learnt.values())) - len(self._table.source)
        self._full_stops = (vocabulary.source.token_to_id("。"), vocabulary.target.token_to_id("."))

    def groups(self) -> list[dict[str, Any]]:
        """Matrices, and without decay all else."""
        weights = list(self.network.parameters())
        return [
            {"params": [one for one in weights if one.ndim > 1]},
            {"params": [one for one in weights if one.ndim < 2], "weight_decay": 0.0},
        ]

    def batches(self, generator: Any) -> Sequence[Any]:
        """Rows of the table for each batch: of every source its share, none twice before all came; of like length."""
        package = torch()
        rows = []
        for name, share in self._shares.items():
            own = self._table.rows[name]
            count = round(share * self.steps * self._batch)
            orders = [
                package.randperm(len(own), generator=generator)
                for _ in range(-(-count // len(own)))
            ]
            rows.append(own[package.cat(orders)[:count]])
        every = package.cat(rows)
        noise = package.rand(len(every), generator=generator)
        every = every[(self._table.lengths[every] + noise).argsort()]
        parts = every.tensor_split(self.steps)
        return [
            parts[place] for place in package.randperm(self.steps, generator=generator).tolist()
        ]

    def loss(self, batch: Any, generator: Any) -> Any:
        """Cross entropy with smoothed labels, and how little one head looks at the characters of each word."""
        package = torch()
        functional = package.nn.functional
        self.network.train()
        rows = batch.to(self._device)
        source, target, links = (
            part[rows] for part in (self._table.source, self._table.target, self._table.links)
        )
        source, target = self._unsigned(source, target, generator)
        wide, long = (int((part > PAD).sum(1).max()) for part in (source, target))
        source, target, links = source[:, :wide], target[:, :long], links[:, :long]
        given = functional.pad(target[:, :-1], (1, 0), value=START)
        with package.autocast(self._device.type, package.bfloat16, self._device.type == "cuda"):
            mask = source > PAD
            _, keys, values, *_ = self.network.encode(source, mask)
            logits, _, _, scores = self.network.decode(given, mask, keys, values)
        loss = functional.cross_entropy(
            logits.float().flatten(0, 1),
            target.flatten(),
            ignore_index=PAD,
            label_smoothing=SMOOTHING,
        )
        if bool(links.any()):
            places = package.arange(wide, device=self._device)
            linked = (links[:, :, None] >> places & 1).float()
            seen = scores[-1][:, 0].float().softmax(-1)  # the last layer's first head
            has = linked.sum(-1) > 0
            loss = loss - GUIDED * ((seen * linked).sum(-1)[has] + 1e-4).log().mean()
        return loss

    def _unsigned(self, source: Any, target: Any, generator: Any) -> tuple[Any, Any]:
        """Some pairs without the full stop at both ends, for sentences are typed without."""
        package = torch()
        if None in self._full_stops:
            return source, target
        drawn = package.rand(len(source), generator=generator).to(self._device) < UNSIGNED
        places = [(part > PAD).sum(1) - 2 for part in (source, target)]
        for part, place, sign in zip((source, target), places, self._full_stops, strict=True):
            drawn &= (place > 0) & (part.gather(1, place[:, None].clamp(min=0))[:, 0] == sign)
        made = []
        for part, place in zip((source, target), places, strict=True):
            at = package.arange(part.shape[1], device=part.device)[None] - place[:, None]
            cut = part.masked_fill(at == 0, END).masked_fill(at == 1, PAD)
            made.append(package.where(drawn[:, None], cut, part))
        return made[0], made[1]

    def judge(self) -> Mapping[str, float] | None:
        """BLEU of the sentences that choose the epoch."""
        if not self._choice:
            return None
        found = self.translate([source for source, _ in self._choice])
        value = bleu(found, [right for _, right in self._choice], self._target)
        samples = zip(self._choice[:SAMPLES], found, strict=False)
        self._told("; ".join(f"{source} -> {made}" for (source, _), made in samples))
        return {"score": value, "bleu": value}

    def translate(self, sources: Sequence[str]) -> list[str]:
        """The likeliest word at each step, by torch."""
        package = torch()
        self.network.eval()
        made: list[str] = []
        with package.no_grad():
            for at in range(0, len(sources), TOGETHER):
                ids = [
                    self.vocabulary.read(self._write(one))[-LENGTH:]
                    for one in sources[at : at + TOGETHER]
                ]
                made += map(self.vocabulary.text, self._greedy(ids))
        return [self._shown(one) for one in made]

    def _greedy(self, ids: Sequence[Sequence[int]]) -> list[list[int]]:
        package = torch()
        source = package.zeros(len(ids), max(map(len, ids)), dtype=package.long)
        for row, own in enumerate(ids):
            source[row, : len(own)] = package.as_tensor(own)
        source = source.to(self._device)
        mask = source > PAD
        _, keys, values, *_ = self.network.encode(source, mask)
        token = package.full((len(ids), 1), START, device=self._device)
        past, made = None, []
        done = package.zeros(len(ids), dtype=package.bool, device=self._device)
        for _ in range(LENGTH):
            logits, *past, _ = self.network.decode(token, mask, keys, values, past)
            token = logits[:, -1].argmax(-1).masked_fill(done, PAD)[:, None]
            made.append(token)
            done |= token[:, 0] == END
            if bool(done.all()):
                break
        return [
            [one for one in row if one not in (PAD, END)] for row in package.cat(made, 1).tolist()
        ]

    def state(self) -> dict[str, Any]:
        """The network's weights."""
        return dict(self.network.state_dict())


def parameters(network: Any) -> int:
    """How many numbers the network has."""
    return sum(math.prod(one.shape) for one in network.parameters())
