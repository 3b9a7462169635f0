"""A text under generation: what is asked for, the tokens chosen so far, and when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lmcli.gpt.request import Request
from lmcli.gpt.sampling import Sampler
from lmcli.nn.decoding.logits import Logits, log_softmax
from lmcli.nn.decoding.model import LanguageModel


class Constraint(Protocol):
    """Says which tokens may come next."""

    def allow(self, logits: Logits) -> Logits:
        """The logits with those of forbidden tokens at minus infinity."""
        ...

    def accept(self, token: int) -> None:
        """Take note of the token that was chosen."""
        ...

    @property
    def done(self) -> bool:
        """Whether the text is complete."""
        ...


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that could have come, and its natural log probability."""

    token: str
    id: int
    logprob: float


@dataclass(frozen=True, slots=True)
class Choice(Alternative):
    """A token that was chosen, its log probability before any filter, and the likeliest ones."""

    top: tuple[Alternative, ...]


@dataclass
class Text:
    """A text under generation. `take` chooses the next token; then `reason` says why it ended, if so.

    `ids` are the prompt and what was generated; `reason` is stop (an end token or a stop string),
    length (as many as asked for) or context (no room for more).
    """

    model: LanguageModel
    prompt: Sequence[int]
    request: Request
    constraint: Constraint | None = None
    ids: list[int] = field(init=False)
    generated: list[int] = field(init=False, default_factory=list)
    choices: list[Choice] = field(init=False, default_factory=list)
    reason: str | None = field(init=False, default=None)
    _text: str = field(init=False, default="")
    _given: int = field(init=False, default=0)
    _stopped: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.ids = list(self.prompt)
        self._sampler = Sampler(self.request.sampling, self.request.seed)
        self._decode = self.model.tokenizer.stream(after=self.prompt)

    @property
    def text(self) -> str:
        """What was generated, up to a stop string."""
        return self._text

    def take(self, logits: Logits) -> str:
        """Choose the next token for logits [vocabulary]; the text that is certain now, maybe ""."""
        allowed = self.constraint.allow(logits) if self.constraint else logits
        token = self._sampler.draw(allowed, self.ids)
        if self.request.logprobs is not None:
            self.choices.append(self._choice(logits, token))
        self.ids.append(token)
        self.generated.append(token)
        if self.constraint:
            self.constraint.accept(token)
        if token in self.model.ends:
            return self._end("stop")
        self._text += self._decode.step(token)
        if self._cut_at_stop() or (self.constraint and self.constraint.done):
            return self._end("stop")
        if len(self.generated) >= self.request.length:
            return self._end("length")
        if len(self.ids) >= self.model.context:
            return self._end("context")
        return self._new_piece(self._pending_stop())

    def _end(self, reason: str) -> str:
        self.reason = reason
        if not self._stopped:
            self._text += self._decode.rest()  # bytes that never became a character show as U+FFFD
        return self._new_piece(0)

    def _new_piece(self, hold: int) -> str:
        end = len(self._text) - hold
        if end <= self._given:
            return ""
        piece = self._text[self._given : end]
        self._given = end
        return piece

    def _cut_at_stop(self) -> bool:
        """Cut the text at the first stop string in it."""
        places = [place for stop in self.request.stop if (place := self._text.find(stop)) >= 0]
        if places:
            self._text = self._text[: min(places)]
            self._stopped = True
        return bool(places)

    def _pending_stop(self) -> int:
        """How many characters at the end could be the start of a stop string."""
        return max(
            (
                size
                for stop in self.request.stop
                for size in range(1, len(stop))
                if self._text.endswith(stop[:size])
            ),
            default=0,
        )

    def _choice(self, logits: Logits, token: int) -> Choice:
        logprobs = log_softmax(logits)
        best = np.argsort(-logprobs, kind="stable")[: self.request.logprobs or 0]
        top = tuple(self._alternative(logprobs, int(other)) for other in best)
        own = self._alternative(logprobs, token)
        return Choice(own.token, own.id, own.logprob, top)

    def _alternative(self, logprobs: NDArray[np.float64], token: int) -> Alternative:
        return Alternative(self.model.token_text(token), token, float(logprobs[token]))
