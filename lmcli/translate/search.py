"""How words are chosen: the likeliest at each step, the best of several sentences (beam search), or drawn by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lmcli.translate.model import Memory, Next, Past

Ids = NDArray[np.int64]
Logs = NDArray[np.float32]


class Writer(Protocol):
    """What writes: a decoder with its signs. start, end: tokens; never: those that are not written."""

    start: int
    end: int
    never: Sequence[int]

    def write(
        self, tokens: Ids, memory: Memory, past: Past | None = None, *, seen: bool = False
    ) -> Next:
        """Run the decoder on a batch's next tokens, (batch, 1), after what `past` holds."""


@dataclass(frozen=True, slots=True)
class Found:
    """A translation as ids, without the end, with the log probability of each token, the end's too."""

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean log probability of a token: what the beam ranks by."""
        return sum(self.logprobs) / max(1, len(self.logprobs))


def greedy(model: Writer, memory: Memory, longest: Sequence[int]) -> list[Found]:
    """The likeliest token at each step, for each sentence of a batch. longest: tokens of each at most."""
    return _drawn(model, memory, longest, None, 1.0)


def sample(
    model: Writer, memory: Memory, longest: Sequence[int], seed: int, temperature: float = 1.0
) -> list[Found]:
    """Tokens drawn by their probability (sharper below a temperature of 1); a seed gives the same again."""
    return _drawn(model, memory, longest, np.random.default_rng(seed), temperature)


def _drawn(
    model: Writer,
    memory: Memory,
    longest: Sequence[int],
    draw: np.random.Generator | None,
    temperature: float,
) -> list[Found]:
    ids: list[list[int]] = [[] for _ in range(len(memory))]
    logs: list[list[float]] = [[] for _ in range(len(memory))]
    rows = np.arange(len(memory))  # the sentences that have not ended
    tokens = np.full((len(rows), 1), model.start, np.int64)
    past: Past | None = None
    while rows.size:
        made = model.write(tokens, memory, past)
        logprobs = log_probabilities(made.logits[:, -1], model.never)
        if draw is None:
            chosen = logprobs.argmax(-1)
        else:  # the largest of log probabilities and this noise is a fair draw
            chosen = (logprobs / temperature + draw.gumbel(size=logprobs.shape)).argmax(-1)
        going = []
        for place, (row, token) in enumerate(zip(rows.tolist(), chosen.tolist(), strict=True)):
            logs[row].append(float(logprobs[place, token]))
            if token != model.end:
                ids[row].append(token)
                if len(ids[row]) < longest[row]:
                    going.append(place)
        past, rows, tokens = made.past, rows[going], chosen[going][:, None]
        if len(going) < len(made.logits):
            memory, past = memory.taken(going), _taken(past, going)
    return [Found(tuple(own), tuple(log)) for own, log in zip(ids, logs, strict=True)]


def beam(
    model: Writer, memory: Memory, longest: Sequence[int], width: int = 4
) -> list[list[Found]]:
    """The best sentences that `width` unfinished ones lead to, the best first, for each sentence of a batch.

    Scores are means of log probabilities, so that short sentences are not favoured (Wu et al. 2016, with alpha = 1).
    """
    every = [_Open(width, most, model.end) for most in longest]
    alive = every
    memory = memory.taken(np.repeat(np.arange(len(memory)), width))
    tokens = np.full((len(memory.mask), 1), model.start, np.int64)
    past: Past | None = None
    while alive:
        made = model.write(tokens, memory, past)
        likely, logs = _likeliest(made.logits[:, -1], 2 * width, model.never)
        origins: list[int] = []
        following: list[int] = []
        places = []
        for place, sentence in enumerate(alive):
            part = slice(place * width, (place + 1) * width)
            going = sentence.advance(likely[part], logs[part])
            if going:
                places.append(place)
                origins += [place * width + row for row, _ in going]
                following += [token for _, token in going]
        if len(places) < len(alive):
            alive = [alive[place] for place in places]
            memory = memory.taken([place * width + one for place in places for one in range(width)])
        past = _taken(made.past, origins)
        tokens = np.array(following, np.int64)[:, None]
    return [sorted(one.ended, key=lambda found: -found.mean)[:width] for one in every]


@dataclass(slots=True)
class _Open:
    """One sentence's beam: what is written in each of its rows, and what has ended. longest: tokens at most."""

    width: int
    longest: int
    end: int
    rows: list[Found] = field(default_factory=lambda: [Found((), ())])
    ended: list[Found] = field(default_factory=list)
    step: int = 0

    def advance(self, likely: Ids, logs: Logs) -> list[tuple[int, int]]:
        """(row, token) of the rows that go on, `width` of them; none where the sentence is done.

        likely, logs: the likeliest next tokens of each row, (rows, tokens).
        """
        self.step += 1
        count = len(self.rows)
        totals = [sum(row.logprobs) for row in self.rows]
        sums = logs[:count] + np.array(totals)[:, None]  # rows beyond are copies
        order = np.argsort(-sums, axis=None, kind="stable")[: 2 * self.width]
        rows: list[Found] = []
        origins: list[tuple[int, int]] = []
        for row, place in (divmod(int(one), sums.shape[1]) for one in order):
            token, before = int(likely[row, place]), self.rows[row]
            own = (*before.logprobs, float(logs[row, place]))
            if token == self.end:
                self.ended.append(Found(before.ids, own))
            elif len(before.ids) + 1 >= self.longest:
                self.ended.append(Found((*before.ids, token), own))
            else:
                rows.append(Found((*before.ids, token), own))
                origins.append((row, token))
            if len(rows) == self.width:
                break
        if not rows or self._done(rows[0]):
            return []
        self.rows = rows
        return origins + [origins[-1]] * (self.width - len(origins))

    def _done(self, best: Found) -> bool:
        """Whether enough sentences have ended, and what goes on is worse by now than the best of them."""
        return len(self.ended) >= self.width and best.mean <= max(one.mean for one in self.ended)


def log_probabilities(logits: Logs, never: Sequence[int]) -> Logs:
    """log softmax over the words (last axis) without those that are never written."""
    logits = logits.copy()
    logits[..., list(never)] = -np.inf
    logits -= logits.max(-1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(-1, keepdims=True))
    return logits


def _likeliest(logits: Logs, count: int, never: Sequence[int]) -> tuple[Ids, Logs]:
    """The likeliest tokens of each row, and their log probabilities; the order is none."""
    logprobs = log_probabilities(logits, never)
    count = min(count, logits.shape[-1])
    tokens = np.argpartition(-logprobs, count - 1, axis=-1)[:, :count]
    return tokens, np.take_along_axis(logprobs, tokens, -1)


def _taken(past: Past, rows: Sequence[int]) -> Past:
    return tuple(one[:, rows] for one in past)
