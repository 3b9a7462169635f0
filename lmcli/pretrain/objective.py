"""What is asked of a model: the next token (GPT, Radford et al. 2018), or masked ones (BERT, Devlin et al. 2018).

Besides, BERT is asked whether a sentence is the next one, ELECTRA (Clark et al. 2020) which tokens were replaced.
"""

from __future__ import annotations

from typing import Any

from lmcli.nn.onnxfile.torch_export import torch

CLM, MLM, PAIRS, REPLACED = OBJECTIVES = ("clm", "mlm", "mlm+nsp", "electra")
RATE = 0.15  # of the tokens that are chosen to be guessed
IGNORED = -100  # a target that is not asked for


def shifted(ids: Any) -> tuple[Any, Any]:
    """What the model sees (b, n) of ids (b, n + 1), and what it is to say: each time the next token."""
    return ids[:, :-1], ids[:, 1:]


def masked(ids: Any, mask: int, first: int, vocabulary: int, generator: Any) -> tuple[Any, Any]:
    """What the model sees (b, n) of ids (b, n), and what it is to say: the chosen tokens, elsewhere IGNORED.

    Of the chosen 80 % become the mask, 10 % a token drawn from `first` on, 10 % stay; those before `first` are signs,
    and never chosen.
    """
    package = torch()
    chosen = (package.rand(ids.shape, generator=generator) < RATE) & (ids >= first)
    kind = package.rand(ids.shape, generator=generator)
    drawn = package.randint(first, vocabulary, ids.shape, generator=generator)
    seen = package.where(chosen & (kind < 0.8), mask, ids)
    seen = package.where(chosen & (kind >= 0.9), drawn, seen)
    return seen, package.where(chosen, ids, IGNORED)


def cross_entropy(logits: Any, targets: Any, reduction: str = "mean") -> Any:
    """-ln P(target), over the places that are asked for; 0 where none is."""
    functional = torch().nn.functional
    total = functional.cross_entropy(
        logits.flatten(0, -2), targets.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    return total / (targets != IGNORED).sum().clamp(min=1) if reduction == "mean" else total
