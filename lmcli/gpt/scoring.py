"""How likely a model finds a text, and what it expects next."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmcli.frame.errors import BadInput
from lmcli.gpt.request import Sampling
from lmcli.gpt.sampling import kept
from lmcli.nn.decoding.context import Context, token_logprobs
from lmcli.nn.decoding.logits import likeliest, log_softmax


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
