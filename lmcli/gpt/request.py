"""What is asked of a language model: how many tokens, how each is drawn, where the text ends. Without numpy."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field

from lmcli.frame.errors import BadUsage


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a token is drawn. The filters apply in the order of the fields; the defaults filter nothing.

    repeat_penalty: logits of tokens in the text so far are divided by it where positive, else
        multiplied (Keskar et al. 2019, arXiv:1909.05858); 1 is none.
    temperature: logits are divided by it; 0 takes the likeliest token.
    top_k: keep the k likeliest; 0 keeps all.
    top_p: keep the likeliest until their probabilities sum to p (Holtzman et al. 2019,
        arXiv:1904.09751).
    min_p: keep those at least p times as probable as the likeliest (Nguyen et al. 2024,
        arXiv:2407.01082).
    """

    repeat_penalty: float = 1.0
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0

    def __post_init__(self) -> None:
        """Raises BadUsage for a number out of range."""
        for name, low, high, open_low in (
            ("repeat_penalty", 0.0, math.inf, True),
            ("temperature", 0.0, math.inf, False),
            ("top_k", 0, math.inf, False),
            ("top_p", 0.0, 1.0, True),
            ("min_p", 0.0, 1.0, False),
        ):
            value = getattr(self, name)
            inside = low < value if open_low else low <= value
            if not (math.isfinite(value) and inside and value <= high):
                above = f"{'above' if open_low else 'at least'} {low:g}"
                limit = above if high == math.inf else f"{above} and at most {high:g}"
                raise BadUsage(f"{name.replace('_', '-')} {value} is out of range", f"give {limit}")

    @property
    def greedy(self) -> bool:
        """Whether no chance is involved."""
        return self.temperature == 0 or self.top_k == 1

    @property
    def unfiltered(self) -> bool:
        """Whether every token can be drawn."""
        return self.top_k == 0 and self.top_p == 1 and self.min_p == 0


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


def new_seed() -> int:
    """A seed for someone who names none; it is reported, so that the text can be had again."""
    return int.from_bytes(os.urandom(4)) >> 1
