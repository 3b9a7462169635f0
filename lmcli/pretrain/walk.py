"""One batch of training, looked at: what is asked at each place, what it costs, how far each layer is moved."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from lmcli.frame.errors import BadInput
from lmcli.nn.onnxfile.torch_export import torch
from lmcli.nn.tokenize import Tokenizer
from lmcli.nn.tokens.learning import BETWEEN
from lmcli.pretrain.objective import CLM, IGNORED, cross_entropy, masked, shifted


@dataclass(frozen=True, slots=True)
class Asked:
    """One place: the token seen, the one to say (none: not asked), -ln of its probability, the likeliest one."""

    place: int
    seen: str
    target: str | None
    loss: float | None
    probability: float | None
    guess: str
    guessed: float
    logit: float | None

    PLAIN: ClassVar[tuple[str, ...]] = ("place", "seen", "target", "loss", "guess")


@dataclass(frozen=True, slots=True)
class Layer:
    """How long the gradient of a part of the network is, and how long its weights are."""

    layer: str
    parameters: int
    weights: float
    gradient: float

    PLAIN: ClassVar[tuple[str, ...]] = ("layer", "parameters", "gradient")


@dataclass(frozen=True, slots=True)
class Walk:
    """One batch of one text. loss: the mean over the places asked for; uniform: of a model that knows nothing."""

    objective: str
    vocabulary: int
    loss: float
    uniform: float
    places: tuple[Asked, ...]
    layers: tuple[Layer, ...]

    PLAIN: ClassVar[tuple[str, ...]] = ("objective", "loss", "uniform")


def walk(
    network: Any, tokenizer: Tokenizer, text: str, objective: str, context: int, seed: int = 0
) -> Walk:
    """One batch of one text through a network and back; no weight is changed.

    Raises BadInput for a text of fewer than two tokens, or more than the network reads.
    """
    package = torch()
    found = tokenizer.ids(text, special=objective != CLM)
    if not 2 <= len(found) <= context:
        raise BadInput(f"{len(found)} tokens in the text", f"give from 2 to {context}")
    ids = package.tensor([found])
    if objective == CLM:
        seen, targets = shifted(ids)
    else:
        generator = package.Generator().manual_seed(seed)
        mask = tokenizer.special_id("mask") or 0
        first = 1 + (tokenizer.id(BETWEEN) or mask + 1)
        if bool((ids < first).all()):
            raise BadInput("the model knows no token of the text", "give words of its own text")
        seen, targets = ids, package.full_like(ids, IGNORED)
        while bool((targets == IGNORED).all()):
            seen, targets = masked(ids, mask, first, tokenizer.size, generator)
    network.eval()
    network.zero_grad()
    logits = network(seen)
    loss = cross_entropy(logits, targets)
    loss.backward()
    places = tuple(_places(tokenizer, seen[0], targets[0], logits.detach()[0]))
    layers = tuple(_layers(network))
    network.zero_grad()
    return Walk(
        objective, tokenizer.size, float(loss.detach()), math.log(tokenizer.size), places, layers
    )


def _places(tokenizer: Tokenizer, seen: Any, targets: Any, logits: Any) -> list[Asked]:
    probabilities = logits.softmax(-1)
    rows = []
    for at, (token, target) in enumerate(zip(seen.tolist(), targets.tolist(), strict=True)):
        asked = target != IGNORED
        best = int(probabilities[at].argmax())
        own = float(probabilities[at, target]) if asked else None
        rows.append(
            Asked(
                at + 1,
                tokenizer.readable_id(token),
                tokenizer.readable_id(target) if asked else None,
                None if own is None else -math.log(max(own, 1e-300)),
                own,
                tokenizer.readable_id(best),
                float(probabilities[at, best]),
                float(logits[at, target]) if asked else None,
            )
        )
    return rows


def _layers(network: Any) -> list[Layer]:
    """The embedding, each block, the last norm: lengths of all their numbers as one vector."""
    parts = [("embedding", network.embedding)]
    parts += [(f"block {number + 1}", block) for number, block in enumerate(network.blocks)]
    parts.append(("last norm", network.norm))
    found = []
    for name, part in parts:
        weights = list(part.parameters())
        gradients = [one.grad for one in weights if one.grad is not None]
        found.append(
            Layer(
                name,
                sum(one.numel() for one in weights),
                math.sqrt(sum(float(one.detach().square().sum()) for one in weights)),
                math.sqrt(sum(float(one.square().sum()) for one in gradients)),
            )
        )
    return found
