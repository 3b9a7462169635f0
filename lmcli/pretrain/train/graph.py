"""The network as an ONNX graph: with a cache where it is causal, and its attention open to the eye."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.nn.onnxfile.torch_export import torch
from lmcli.pretrain.objective import PAIRS, REPLACED
from lmcli.pretrain.transformer import Shape

HEADS = {
    PAIRS: "seq_relationship_logits",
    REPLACED: "replaced_logits",
}  # outputs besides the logits


def write_graph(network: Any, shape: Shape, folder: Path) -> float:
    """Write model.onnx; the largest difference from torch. Raises ModelError where it is above 1e-4 of the values."""
    from lmcli.training.export import export

    package = torch()
    size = shape.width // shape.heads
    names = [f"{n}.{part}" for n in range(shape.layers) for part in ("key", "value")]
    pasts = [f"past_key_values.{name}" for name in names] if shape.causal else []
    presents = [f"present.{name}" for name in names] if shape.causal else []
    heads = [HEADS[shape.objective]] if shape.objective in HEADS else []

    def sample(sizes: Mapping[str, int]) -> dict[str, Any]:
        draw = package.Generator().manual_seed(sum(sizes.values()))
        rows, past, length = sizes["batch"], sizes.get("past", 0), sizes["sequence"]
        ids = package.randint(0, shape.vocabulary, (rows, length), generator=draw)
        places = package.arange(past, past + length).expand(rows, length).contiguous()
        room = (rows, shape.heads, past, size)
        cached = {name: package.randn(room, generator=draw) for name in pasts}
        if shape.objective == PAIRS:
            cached = {"token_type_ids": (places - past >= (length + 1) // 2).long()}
        return {"input_ids": ids, "position_ids": places, **cached}

    two = {0: "batch", 1: "sequence"}
    names = ["input_ids", "position_ids", "token_type_ids", "logits", HEADS[REPLACED]]
    axes: dict[str, dict[int, str]] = dict.fromkeys(names, two) | {HEADS[PAIRS]: {0: "batch"}}
    axes |= {name: {0: "batch", 2: "past"} for name in pasts}
    axes |= {name: {0: "batch", 2: "total"} for name in presents}
    cases = ({"batch": 2, "past": 3, "sequence": 5}, {"batch": 1, "past": 0, "sequence": 9},
             {"batch": 1, "past": 7, "sequence": 1})  # fmt: skip
    found = export(door(network, shape), folder, sample, axes, cases, ("logits", *presents, *heads))
    if not found <= 1e-4 * 10:
        raise ModelError(f"the graph differs from torch by {found:.2g}")
    return found


def door(network: Any, shape: Shape) -> Any:
    """The network as its graph is: with a cache where it is causal, and its attention open to the eye."""
    package = torch()

    class Door(package.nn.Module):  # type: ignore[misc, name-defined]
        """input_ids, position_ids, keys and values before (or sides) -> logits, keys and values (or the head's)."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, ids: Any, places: Any, *past: Any) -> Any:
            all_seen = package.zeros(1)
            if shape.objective == REPLACED:
                filled = network.generator.run(ids, places, all_seen)[0]
                return network.generator.words(filled), network.replaced(ids, places, all_seen)
            if not shape.causal:
                x = network.run(ids, places, all_seen, None, *past)[0]
                if not past:
                    return network.words(x)
                return network.words(x), network.follows(x, past[0], package.ones_like(ids))
            pairs = list(zip(past[::2], past[1::2], strict=True))
            total = past[0].shape[2] + ids.shape[1]
            later = package.arange(total)[None, None, None] > places[:, None, :, None]
            x, kept = network.run(ids, places, later.float() * -1e9, pairs)
            return (network.words(x), *(one for pair in kept for one in pair))

    return Door()
