"""Completions as rows: prompts in, texts out, several at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from lmcli.frame.errors import LmcliError, Noted
from lmcli.gpt.generation import batch, stream
from lmcli.gpt.request import Request
from lmcli.gpt.text import Choice, Constraint, Text
from lmcli.nn.decoding.context import Context

Start = Callable[[], Constraint]  # begins a constraint for one more text


@dataclass(frozen=True, slots=True)
class Completion:
    """A completion; `tokens` counts those generated, `seed` gives the text again (None: no chance).

    `finish_reason`: stop (the model ended, or a stop string came), length (as long as asked for),
    context (as long as the model can read).
    """

    prompt: str
    text: str
    tokens: int
    finish_reason: str
    seed: int | None

    KEY: ClassVar[str] = "prompt"
    PLAIN: ClassVar[tuple[str, ...]] = ("text",)


@dataclass(frozen=True, slots=True)
class Explained(Completion):
    """A completion with the log probability of each of its tokens, and the likeliest others."""

    logprobs: tuple[Choice, ...]

    PLAIN: ClassVar[tuple[str, ...]] = ("text", "logprobs")


@dataclass
class Stats:
    """What a run took: tokens read and generated, seconds to the first token and for the rest."""

    prompt_tokens: int = 0
    tokens: int = 0
    first: float = 0.0
    rest: float = 0.0

    def __str__(self) -> str:
        speed = f", {(self.tokens - 1) / self.rest:.1f} tokens/s" if self.tokens > 1 else ""
        return (
            f"prompt {self.prompt_tokens} tokens, first token after {self.first:.3f} s; "
            f"{self.tokens} tokens{speed}"
        )


@dataclass(frozen=True)
class Completer:
    """Completes prompts as one request says, `count` times each, with seeds that follow each other.

    `echo` puts the prompt before the text; `start` begins what a text is constrained by.
    """

    context: Context
    request: Request
    count: int = 1
    echo: bool = False
    start: Start | None = None

    def stream(self, prompt: str, stats: Stats) -> Iterator[str]:
        """One completion, piece by piece; `stats` is filled in when it ends."""
        begin = time.perf_counter()
        text = self._texts(prompt)[0]
        stats.prompt_tokens = len(text.prompt)
        if self.echo:
            yield prompt
        pieces = stream(self.context, text)
        try:
            for piece in pieces:
                if not stats.first:
                    stats.first = time.perf_counter() - begin
                yield piece
        finally:
            stats.tokens = len(text.generated)
            stats.first = stats.first or time.perf_counter() - begin
            stats.rest = time.perf_counter() - begin - stats.first

    def complete(self, prompts: Sequence[str]) -> list[Noted | LmcliError]:
        """The rows of each prompt, [Completion], in order; a prompt that cannot be read gives its error."""
        answers: list[list[Text] | LmcliError] = []
        for prompt in prompts:
            try:
                texts = self._texts(prompt)
                self.context.model.fits(texts[0].prompt)
                answers.append(texts)
            except LmcliError as error:
                answers.append(error)
        batch(
            self.context, [text for texts in answers if isinstance(texts, list) for text in texts]
        )
        return [
            texts if isinstance(texts, LmcliError) else self._noted(prompt, texts)
            for prompt, texts in zip(prompts, answers, strict=True)
        ]

    def _noted(self, prompt: str, texts: Sequence[Text]) -> Noted:
        rows = [completion(prompt, text, echo=self.echo) for text in texts]
        return Noted(rows, self.context.model.foreign(prompt))

    def _texts(self, prompt: str) -> list[Text]:
        ids = self.context.model.encode(prompt)
        return [
            Text(
                self.context.model,
                ids,
                replace(self.request, seed=self.request.seed + number),
                self.start() if self.start else None,
            )
            for number in range(self.count)
        ]


def completion(prompt: str, text: Text, *, echo: bool = False) -> Completion:
    """A text that has ended as a row, `Explained` where log probabilities were asked for."""
    seed = None if text.request.sampling.greedy else text.request.seed
    whole = prompt + text.text if echo else text.text
    values = (prompt, whole, len(text.generated), text.reason or "stop", seed)
    if text.request.logprobs is None:
        return Completion(*values)
    return Explained(*values, tuple(text.choices))
