"""The graphs of transformers' models, with the hub's names of inputs and outputs: what there is to export."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.nn.onnxfile.torch_export import Part, torch
from lmcli.nn.sentence.limits import positions_of


def encoder(output: str) -> Callable[[Any], list[Part]]:
    """A BERT-type encoder: input_ids, attention_mask and token_type_ids to `output`."""

    def parts(model: Any) -> list[Part]:
        package = torch()
        takes = inspect.signature(model.forward).parameters
        types = "token_type_ids" in takes and getattr(model.config, "type_vocab_size", 0) > 1
        vocabulary = _vocabulary(model)

        class Encoder(package.nn.Module):  # type: ignore[misc, name-defined]
            def __init__(self) -> None:
                super().__init__()
                self.model = model

            def forward(self, input_ids: Any, attention_mask: Any, *rest: Any) -> Any:
                named = {"token_type_ids": rest[0]} if rest else {}
                given = self.model(input_ids=input_ids, attention_mask=attention_mask, **named)
                return given[output]

        def sample(sizes: Mapping[str, int]) -> dict[str, Any]:
            shape = (sizes["batch"], sizes["sequence"])
            mask = package.ones(shape, dtype=package.long)
            mask[-1, sizes["sequence"] // 2 + 1 :] = 0
            inputs = {"input_ids": token_ids(package, shape, vocabulary), "attention_mask": mask}
            if types:
                inputs["token_type_ids"] = (package.arange(shape[1]) % 2).expand(shape).contiguous()
            return inputs

        grid = {0: "batch", 1: "sequence"}
        names = ("input_ids", "attention_mask", "token_type_ids")
        fixed = output == "logits" and "Sequence" in type(model).__name__
        axes = {**dict.fromkeys(names, grid), output: {0: "batch"} if fixed else grid}
        most = positions_of(model.config.to_dict()) or 33
        sizes = ((2, 7), (1, 1), (3, 33))
        cases = tuple({"batch": count, "sequence": min(most, length)} for count, length in sizes)
        return [Part("model", Encoder(), sample, (output,), axes, cases)]

    return parts


def decoder(model: Any) -> list[Part]:
    """A decoder with its cache: ids and past keys and values to logits and present ones."""
    package = torch()
    shapes = _cache_shapes(model)
    layers = len(shapes) // 2
    kinds = [f"{layer}.{kind}" for layer in range(layers) for kind in ("key", "value")]
    past, present = (
        [f"{side}.{kind}" for kind in kinds] for side in ("past_key_values", "present")
    )
    vocabulary = _vocabulary(model)

    def sample(sizes: Mapping[str, int]) -> dict[str, Any]:
        batch, new, old = sizes["batch"], sizes["sequence"], sizes["past"]
        mask = package.ones((batch, old + new), dtype=package.long)
        mask[-1, : min(1, old)] = 0  # padding stands before, where a batch is ragged
        at = (mask.cumsum(1) - 1).clamp(min=0)[:, old:]
        generator = package.Generator().manual_seed(old)
        values = [
            package.randn((batch, heads, old, size), generator=generator) for heads, size in shapes
        ]
        return {
            "input_ids": token_ids(package, (batch, new), vocabulary),
            "attention_mask": mask,
            "position_ids": at.contiguous(),
            **dict(zip(past, values, strict=True)),
        }

    axes: dict[str, dict[int, str]] = {
        "input_ids": {0: "batch", 1: "sequence"},
        "attention_mask": {0: "batch", 1: "total"},
        "position_ids": {0: "batch", 1: "sequence"},
        "logits": {0: "batch", 1: "sequence"},
        **{name: {0: "batch", 2: "past"} for name in past},
        **{name: {0: "batch", 2: "total"} for name in present},
    }
    cases = tuple(
        {"batch": batch, "sequence": new, "past": old}
        for batch, new, old in ((2, 3, 4), (1, 6, 0), (3, 1, 9), (1, 1, 1))
    )
    return [Part("model", _cached(model, layers), sample, ("logits", *present), axes, cases)]


def _cache_shapes(model: Any) -> list[tuple[int, int]]:
    """Heads and head size of each layer's keys, and of its values, as a run of three tokens makes them.

    Raises ModelError where the model keeps something else.
    """
    package = torch()
    ids = token_ids(package, (1, 3), _vocabulary(model))
    with package.no_grad():
        kept = model(input_ids=ids, use_cache=True).get("past_key_values")
    found = []
    for layer in getattr(kept, "layers", None) or ():
        for value in (getattr(layer, "keys", None), getattr(layer, "values", None)):
            if value is None or value.ndim != 4 or value.shape[2] != 3:
                raise ModelError("its cache is no list of keys and values")
            found.append((int(value.shape[1]), int(value.shape[3])))
    if not found:
        raise ModelError("it keeps no cache of keys and values")
    return found


def _cached(model: Any, layers: int) -> Any:
    """The decoder as a module that takes and gives keys and values as tensors, two a layer."""
    package = torch()
    from transformers import DynamicCache

    positions = "position_ids" in inspect.signature(model.forward).parameters

    class Decoder(package.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(
            self, input_ids: Any, attention_mask: Any, position_ids: Any, *cached: Any
        ) -> Any:
            if len(cached) == 1:  # the dynamo exporter hands *args over as one
                cached = tuple(cached[0])
            pairs = [(cached[2 * n], cached[2 * n + 1]) for n in range(layers)]
            given = self.model(
                input_ids=input_ids,
                attention_mask=attention_mask,
                past_key_values=DynamicCache(pairs),
                use_cache=True,
                **({"position_ids": position_ids} if positions else {}),
            )
            grown = (value for kv in given.past_key_values.layers for value in (kv.keys, kv.values))
            return (given.logits, *grown)

    return Decoder()


def _vocabulary(model: Any) -> int:
    return int(model.get_input_embeddings().num_embeddings)


def token_ids(package: Any, shape: tuple[int, int], vocabulary: int) -> Any:
    """Token ids spread over the vocabulary, the same each time; never 0, often the padding's."""
    generator = package.Generator().manual_seed(shape[1])
    return package.randint(2 % vocabulary, vocabulary, shape, generator=generator)
