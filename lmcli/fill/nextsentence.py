"""Is B the next sentence after A? By a fill-mask model with such a head, else by a decoder and a sentence encoder.

The decoder says what A does for B, log P(B|A) - log P(B); the encoder how near their meanings are (cosine). One
logistic regression weighs both: fitted on pairs of news sentences and on short everyday ones, for thresholds shift
with length. Chinese pairs have models and a fit of their own.
tests/bench/fill.py fits it anew and measures it on other pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lmcli.fill.gaps import is_chinese
from lmcli.fill.masked import TASK
from lmcli.fill.opening import masked_model
from lmcli.frame.errors import BadInput, ModelError, no_text, quoted
from lmcli.nn.decoding.context import Context, context_of, token_logprobs
from lmcli.nn.encoder import Encoder, encoder_of

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment


@dataclass(frozen=True, slots=True)
class Judging:
    """What judges pairs of a language: two models, the fit's weights of the features below, and how sentences join."""

    decoder: str
    encoder: str
    weights: tuple[float, float, float, float]
    bias: float
    blank: str
    stop: str


ENGLISH = Judging(
    "smollm2-135m-instruct", "all-minilm-l6-v2", (0.936, 0.0523, 9.561, 0.759), -5.86, " ", "."
)
OF_CHINESE = Judging(
    "qwen", "e5-small-multilingual", (0.266, 0.0037, 83.81, 0.0612), -73.489, "", "。"
)


@dataclass(frozen=True, slots=True)
class Following:
    """Whether `b` is the next sentence after `a`; `score` is the probability that it is."""

    a: str
    b: str
    next: bool
    score: float

    PLAIN: ClassVar[tuple[str, ...]] = ("next", "score")


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a pair.

    gain: log P(B|A) - log P(B) in nats a token of B; summed: of the whole of B; cosine: of their vectors; length:
    ln of B's tokens.
    """

    gain: float
    summed: float
    cosine: float
    length: float

    @property
    def values(self) -> tuple[float, float, float, float]:
        """As the regression takes them."""
        return self.gain, self.summed, self.cosine, self.length


Judge = Callable[[str, str], Following]


def judge_of(env: Environment, name: str | None) -> Judge:
    """What judges pairs: the model that is named, which needs a next-sentence head, or decoder and encoder.

    Raises ModelError for a model that cannot.
    """
    if name is not None:
        if env.models.find(name).task != TASK or masked_model(env, name).next_output is None:
            raise ModelError(
                f"{name} has no next-sentence head",
                "leave --model out, or name a fill-mask export with seq_relationship_logits",
            )
        masked = masked_model(env, name)

        def by_head(a: str, b: str) -> Following:
            _check(a, b)
            score = masked.follows(a, b)
            return Following(a, b, score >= 0.5, score)

        return by_head

    def by_both(a: str, b: str) -> Following:
        _check(a, b)
        way = OF_CHINESE if is_chinese(a + b) else ENGLISH
        _here(env, way, a)
        decoder, encoder = context_of(env, way.decoder), encoder_of(env, way.encoder)
        found = features(decoder, encoder, a, b, way)
        logit = sum(w * x for w, x in zip(way.weights, found.values, strict=True)) + way.bias
        score = 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0
        return Following(a, b, score >= 0.5, score)

    return by_both


def _here(env: Environment, way: Judging, text: str) -> None:
    """Raises ModelError for Chinese pairs where what judges them was not pulled: it is large."""
    lack = [name for name in (way.decoder, way.encoder) if not env.models.find(name).present]
    if lack and way is OF_CHINESE:
        first, *more = lack
        pull = f"lmcli models pull {first}"
        raise ModelError(
            f"no model here judges Chinese pairs, as {quoted(text, 20)}",
            f"{pull} && lmcli models pull {more[0]}" if more else pull,
        )


def features(
    context: Context, encoder: Encoder, a: str, b: str, way: Judging = ENGLISH
) -> Features:
    """The features of a pair. Raises BadInput where it is longer than the decoder reads."""
    model = context.model
    end = model.tokenizer.id("<|endoftext|>")
    start = [end if end is not None else min(model.ends)]
    a, b = _ended(a, way.stop), _ended(b, way.stop)
    first = model.tokenizer.ids(a, special=False)
    second = model.tokenizer.ids(f"{way.blank}{b}", special=False)
    model.fits([*start, *first, *second])
    after = sum(token_logprobs(context, [*start, *first, *second], 1 + len(first)))
    alone = sum(token_logprobs(context, [*start, *second], 1))
    vectors = encoder.encode([a, b])
    gain = after - alone
    return Features(gain / len(second), gain, float(vectors[0] @ vectors[1]), math.log(len(second)))


def _ended(text: str, stop: str) -> str:
    """A sentence with a full stop where it has no sign at its end: the pairs of the fit all have one."""
    text = text.strip()
    return f"{text}{stop}" if text[-1:].isalnum() else text


def _check(a: str, b: str) -> None:
    for text in (a, b):
        if not text.strip():
            raise BadInput("one of the two sentences is empty", "give A and B")
        if fault := no_text(text):
            raise fault


def pair_of(line: str) -> tuple[str, str]:
    """The two sentences of a line, which a tab parts. Raises BadInput."""
    parts = line.split("\t")
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise BadInput(f"no pair of sentences in {quoted(line, 40)}", "put a tab between them")
    return parts[0].strip(), parts[1].strip()
