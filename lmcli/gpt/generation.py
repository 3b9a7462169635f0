"""Generating text token by token: one text as a stream, many in a batch, the same either way."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lmcli.gpt.lookup import Lookup
from lmcli.gpt.model import Context, LanguageModel, common_prefix, read_on
from lmcli.gpt.sampling import Sampler, Sampling, log_softmax

Logits = NDArray[np.float32]

SHARED_PREFIX = 16  # tokens: a shorter common start of a batch is quicker read again than copied
VERIFIED_ROOM = 16  # positions that a draft may run past the text's end
WORTH_OPENING = 64  # tokens: opening the graph for drafts takes as long as some 30
PADDED = 2048  # tokens, padding included, that a batch's prompts are read at once with


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
class Request:
    """What is asked for: how many tokens at most, how they are drawn, and where the text ends.

    `logprobs`: how many of the likeliest tokens are reported at each place; None reports nothing.
    `lookup`: draft from the text so far where that pays; the text is the same without.
    """

    length: int = 128
    sampling: Sampling = field(default_factory=Sampling)
    seed: int = 0
    stop: tuple[str, ...] = ()
    logprobs: int | None = None
    lookup: bool = True


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that could have come, and its log probability."""

    token: str
    id: int
    logprob: float


@dataclass(frozen=True, slots=True)
class Choice:
    """A token that was chosen, its log probability before any filter, and the likeliest ones."""

    token: str
    id: int
    logprob: float
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
        self._decode = self.model.tokenizer.stream()

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
        self._text += self._decode(token)
        if self._cut_at_stop() or (self.constraint and self.constraint.done):
            return self._end("stop")
        if len(self.generated) >= self.request.length:
            return self._end("length")
        if len(self.ids) >= self.model.context:
            return self._end("context")
        return self._give(self._pending_stop())

    def _end(self, reason: str) -> str:
        self.reason = reason
        ids = self.generated[:-1] if self.generated[-1] in self.model.ends else self.generated
        whole = self.model.tokenizer.decode(ids)
        if not self._stopped and whole.startswith(self._text):
            self._text = whole  # bytes that never became a character show as U+FFFD
        return self._give(0)

    def _give(self, hold: int) -> str:
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


def stream(context: Context, text: Text) -> Iterator[str]:
    """Generate one text; yields the pieces as they become certain. `text` has the rest."""
    context.model.fits(text.prompt)
    if text.request.length == 0:
        text.reason = "length"
        return
    context.cache.reserve(_room(text))
    lookup = Lookup(text.ids)
    logits: Iterable[Logits] = [context.read(text.prompt)]
    draft: list[int] = []
    while text.reason is None:
        piece = ""
        for place, row in enumerate(logits):
            piece += text.take(row)
            lookup.saw(text.ids[-1])
            if text.reason is not None or draft[place : place + 1] != text.ids[-1:]:
                break
        if draft:  # what was read of the draft beyond the last token that was right
            context.rewind(len(text.ids) - 1)
        if piece:
            yield piece
        if text.reason is None:
            draft = lookup.draft(_most_drafted(context, text, lookup))
            tokens = [text.ids[-1], *draft]
            logits = context.draft(tokens) if draft else [context.step(tokens[0])]


def _most_drafted(context: Context, text: Text, lookup: Lookup) -> int:
    """How many tokens may be drafted: none before drafting is known to pay."""
    request = text.request
    left = min(
        request.length - len(text.generated), context.model.context - len(text.ids) - VERIFIED_ROOM
    )
    if not request.lookup or left < 2 or context.model.open_verifier is None:
        return 0
    opened = "verifier" in context.model.__dict__
    if not (lookup.pays and (opened or left >= WORTH_OPENING)):
        return 0
    verifier = context.model.verifier
    return min(left, verifier.tokens) - 1 if verifier else 0


def batch(context: Context, texts: Sequence[Text]) -> None:
    """Generate several texts side by side; each gets the tokens that it would get alone.

    The tokens that all prompts start with are read once, into `context`, and copied.
    """
    for text in texts:
        context.model.fits(text.prompt)
    waiting = [text for text in texts if text.request.length > 0]
    for text in texts:
        if text.request.length == 0:
            text.reason = "length"
    if len(waiting) < 2 or not context.model.decoder.batches:
        for text in waiting:
            for _ in stream(context, text):
                pass
        return
    cache, logits = _read_prompts(context, waiting)
    _finish(context.model, cache, waiting, logits)


def _read_prompts(context: Context, texts: Sequence[Text]) -> tuple[Any, list[Logits]]:
    """Read all prompts into one cache; the logits after each."""
    decoder = context.model.decoder
    cache = decoder.cache(len(texts), max(_room(text) for text in texts))
    prompts = [text.prompt for text in texts]
    shared = min(common_prefix(prompts), *(len(prompt) - 2 for prompt in prompts))
    longest = max(len(prompt) for prompt in prompts)
    if shared >= SHARED_PREFIX:
        if context.keep(prompts[0], shared) < shared:
            context.read(prompts[0][:shared])
        logits = []
        for index, prompt in enumerate(prompts):
            row = cache.row(index)
            row.copy_from(context.cache, shared)
            logits.append(read_on(decoder, row, prompt[shared:]))
        return cache, logits
    if longest * len(prompts) <= PADDED:
        return cache, list(_read_padded(decoder, cache, prompts, max(longest, 2)))
    return cache, [
        read_on(decoder, cache.row(index), prompt) for index, prompt in enumerate(prompts)
    ]


def _read_padded(
    decoder: Any, cache: Any, prompts: Sequence[Sequence[int]], longest: int
) -> Logits:
    """Read prompts of different lengths in one run: what is behind the shorter ones is taken back."""
    ids = np.zeros((len(prompts), longest), np.int64)
    for row, prompt in enumerate(prompts):
        ids[row, : len(prompt)] = prompt
    lengths = np.array([len(prompt) for prompt in prompts])
    logits: Logits = decoder.run(cache, ids, np.arange(len(prompts)) * longest + lengths - 1)
    cache.lengths[:] = lengths
    return logits


def _finish(
    model: LanguageModel, cache: Any, texts: Sequence[Text], logits: Sequence[Logits]
) -> None:
    """Generate until every text has ended; ended ones make room when they are half of the batch."""
    rows = list(texts)
    while True:
        for text, row in zip(rows, logits, strict=True):
            if text.reason is None:
                text.take(row)
        going = [index for index, text in enumerate(rows) if text.reason is None]
        if not going:
            return
        if len(going) <= len(rows) // 2:
            cache = _only(model, cache, going)
            rows = [rows[index] for index in going]
        tokens = np.array([[text.ids[-1]] for text in rows], np.int64)
        lengths = cache.lengths.copy()
        logits = list(model.decoder.run(cache, tokens))
        ended = [index for index, text in enumerate(rows) if text.reason is not None]
        cache.lengths[ended] = lengths[ended]


def _only(model: LanguageModel, cache: Any, rows: Sequence[int]) -> Any:
    """A smaller cache with some of the rows."""
    smaller = model.decoder.cache(len(rows), cache.room)
    for new, old in enumerate(rows):
        row = cache.row(old)
        smaller.row(new).copy_from(row, int(row.lengths[0]))
    return smaller


def _room(text: Text) -> int:
    """The positions that a text can fill."""
    return min(len(text.prompt) + text.request.length, text.model.context) + 2


def new_seed() -> int:
    """A seed for someone who names none; it is reported, so that the text can be had again."""
    return int.from_bytes(os.urandom(4)) >> 1
