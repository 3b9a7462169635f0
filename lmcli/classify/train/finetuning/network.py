"""The network that is fine-tuned: what of it learns, and how fast each layer does."""

from __future__ import annotations

from typing import Any

from lmcli.classify.train import minilm
from lmcli.classify.train.nets import Transformer
from lmcli.frame.errors import BadUsage
from lmcli.training.lora import adapt


def network(
    labels: int, dropout: float, *, freeze: int = 0, lora: int = 0, pretrained: bool = True
) -> Transformer:
    """MiniLM with a head for the labels. freeze: layers that stay, -1 for all. lora: the rank of adapters, 0 for none.

    Raises BadUsage for more layers than there are, or a rank that the layers do not have.
    """
    made = Transformer(minilm.encoder(pretrained=pretrained), labels, dropout)
    layers = len(made.encoder.encoder.layer)
    if freeze > layers:
        raise BadUsage(f"--freeze {freeze}: the encoder has {layers} layers")
    if freeze:
        made.freeze(None if freeze < 0 else freeze)
    if lora:  # beside queries, keys, values and output
        adapt(made.encoder, lora, lambda name: ".attention." in name)
    return made


def groups(net: Transformer, rate: float, decay: float) -> list[dict[str, Any]]:
    """What learns, from the head down, each layer at `decay` times the rate above it (Howard and Ruder 2018).

    The head has the whole rate, the embeddings rate x decay^(layers + 1), as in ELECTRA (Clark et al. 2020).
    """
    parts = [net.output, *reversed(net.encoder.encoder.layer), net.encoder.embeddings]
    found = []
    for depth, part in enumerate(parts):
        weights = [weight for weight in part.parameters() if weight.requires_grad]
        if weights:
            found.append({"params": weights, "lr": rate * decay**depth})
    return found
