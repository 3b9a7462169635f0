"""One of several strings: a zero-shot classifier (Brown et al. 2020, arXiv:2005.14165)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmcli.frame.errors import BadUsage
from lmcli.nn.decoding.context import Context, common_prefix, token_logprobs


@dataclass(frozen=True, slots=True)
class Weighed:
    """A choice, its probability among the choices, and the log probability of its tokens."""

    choice: str
    prob: float
    logprob: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """The likeliest choice as a completion, and all of them, likeliest first."""

    prompt: str
    text: str
    tokens: int
    finish_reason: str
    seed: int | None
    choices: tuple[Weighed, ...]

    KEY: ClassVar[str] = "prompt"
    PLAIN: ClassVar[tuple[str, ...]] = ("text",)


def choose(context: Context, prompt: str, choices: Sequence[str]) -> Chosen:
    """Weigh how likely each choice follows the prompt, as log P(prompt and choice).

    A space is put between them unless the prompt ends with white space. Texts are compared as a whole,
    so that it does not matter where the tokens of prompt and choice meet.
    """
    if len(choices) < 2 or len(set(choices)) < len(choices) or not all(choices):
        raise BadUsage("--choices needs two different strings or more", "as in --choices yes,no")
    model = context.model
    gap = "" if not prompt or prompt[-1].isspace() else " "
    texts = [model.encode(prompt + gap + choice) for choice in choices]
    for text in texts:
        model.fits(text)
    common = max(common_prefix(texts), 1)
    if len(texts[0]) > 1:
        context.read(texts[0][:common])  # once for all choices
    sums = np.array([sum(token_logprobs(context, text, common)) for text in texts])
    weights = np.exp(sums - sums.max())
    weights /= weights.sum()
    weighed = [
        Weighed(choice, float(weight), float(logprob))
        for choice, weight, logprob in zip(choices, weights, sums, strict=True)
    ]
    best = sorted(weighed, key=lambda one: -one.prob)
    size = len(texts[choices.index(best[0].choice)]) - common
    return Chosen(prompt, best[0].choice, size, "stop", None, tuple(best))
