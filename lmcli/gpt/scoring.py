"""How likely a model finds a text, and what it expects next."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmcli.frame.errors import BadInput
from lmcli.gpt.context import Context
from lmcli.gpt.sampling import Sampling, kept, likeliest, log_softmax

_PART = 128  # positions whose logits are held at once: 25 MB for a vocabulary of 50,000


@dataclass(frozen=True, slots=True)
class ScoredToken:
    """A token and its natural log probability after the tokens before it; None for the first."""

    token: str
    id: int
    logprob: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """A text under a model: perplexity = exp(-mean log probability) of all tokens but the first."""

    text: str
    perplexity: float
    tokens: tuple[ScoredToken, ...]

    KEY: ClassVar[str] = "text"
    PLAIN: ClassVar[tuple[str, ...]] = ("perplexity",)


@dataclass(frozen=True, slots=True)
class NextToken:
    """A token that can come next; `prob` after temperature and filters, `logprob` before them."""

    rank: int
    token: str
    id: int
    prob: float
    logprob: float

    PLAIN: ClassVar[tuple[str, ...]] = ("rank", "token", "id", "prob", "logprob")


def score(context: Context, text: str) -> Score:
    """Score a text token by token. Raises BadInput where it has fewer than two tokens or too many."""
    model = context.model
    ids = model.encode(text)
    model.fits(ids)
    if len(ids) < 2:
        raise BadInput(
            "one token alone has nothing before it to be judged by", "score a longer text"
        )
    logprobs = token_logprobs(context, ids, 1)
    tokens = tuple(
        ScoredToken(model.token_text(token), token, logprob)
        for token, logprob in zip(ids, [None, *logprobs], strict=True)
    )
    return Score(text, math.exp(-sum(logprobs) / len(logprobs)), tokens)


def token_logprobs(context: Context, ids: list[int], start: int) -> list[float]:
    """The log probabilities of ids[start:], each after those before it; `start` at least 1."""
    held = context.keep(ids, start - 1)
    found: list[float] = []
    context.cache.reserve(len(ids))
    for at in range(held, len(ids) - 1, _PART):
        part = ids[at : min(at + _PART, len(ids) - 1)]
        padded = part * 2 if len(part) == 1 else part  # see Context.read
        wanted = np.arange(len(part))
        logits = context.model.decoder.run(context.cache, np.array([padded], np.int64), wanted)
        context.cache.lengths[:] = at + len(part)
        context.ids = ids[: at + len(part)]
        logprobs = log_softmax(logits)
        following = ids[at + 1 : at + 1 + len(part)]
        found += [float(row[token]) for row, token in zip(logprobs, following, strict=True)]
    return found[len(found) - (len(ids) - start) :]


def next_tokens(context: Context, prompt: str, k: int, sampling: Sampling) -> list[NextToken]:
    """The k likeliest next tokens of those that the filters keep."""
    model = context.model
    ids = model.encode(prompt)
    model.fits(ids)
    logits = context.read(ids)
    logprobs = log_softmax(logits)
    if sampling.unfiltered and sampling.temperature == 1 and sampling.repeat_penalty == 1:
        tokens = likeliest(logits, min(k, len(logits)))
        probabilities = np.exp(logprobs[tokens])
    else:
        tokens, probabilities = kept(logits, sampling, ids)
    return [
        NextToken(
            rank, model.token_text(int(token)), int(token), float(prob), float(logprobs[token])
        )
        for rank, (token, prob) in enumerate(zip(tokens[:k], probabilities[:k], strict=True), 1)
    ]
