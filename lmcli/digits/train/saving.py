"""A trained network as a model folder: the graph, held against torch, the labels, model.toml."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lmcli.digits.network import CONFIG, FEATURES, HIDDEN, LOGITS, PIXELS, TASK
from lmcli.digits.train.networks import SIDE
from lmcli.nn.onnxfile.torch_export import torch

MAPS = {"mlp": 0, "cnn": 5}  # feature maps that a network gives out
TITLES = {"mlp": "multilayer perceptron", "cnn": "convolutional network"}


def write_graph(folder: Path, network: Any, kind: str) -> float:
    """Write model.onnx; returns the largest difference of an output from torch's. Raises ModelError if they differ."""
    from lmcli.training.export import export

    outputs = (
        LOGITS,
        *(f"{FEATURES}.{number}" for number in range(MAPS[kind])),
        *([HIDDEN] if MAPS[kind] else []),
    )

    def sample(sizes: Mapping[str, int]) -> dict[str, Any]:
        package = torch()
        generator = package.Generator().manual_seed(sizes["batch"])
        return {PIXELS: package.rand(sizes["batch"], 1, SIDE, SIDE, generator=generator)}

    axes = {name: {0: "batch"} for name in (PIXELS, *outputs)}
    cases = ({"batch": 2}, {"batch": 1}, {"batch": 17})
    plain = network.to("cpu", memory_format=torch().contiguous_format)
    return export(plain, folder, sample, axes, cases, outputs)


def write_config(folder: Path, kind: str, names: Sequence[str]) -> None:
    """Write config.json: the labels in the order of the logits, as the hub's image classifiers have them."""
    values = {
        "architectures": [kind.upper()],
        "model_type": f"digits-{kind}",
        "image_size": SIDE,
        "num_channels": 1,
        "id2label": {str(place): name for place, name in enumerate(names)},
        "label2id": {name: place for place, name in enumerate(names)},
    }
    (folder / CONFIG).write_text(
        json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def spec(name: str, kind: str, data: str, written: bool, labels: int) -> dict[str, Any]:
    """What model.toml says of a network, but for origin and metrics."""
    outputs = {LOGITS: f"float32 (batch, {labels})"}
    if MAPS[kind]:
        outputs[f"{FEATURES}.N"] = "float32 (batch, channels, height, width), after each layer"
    return {
        "name": name,
        "task": TASK,
        "summary": f"{TITLES[kind]} for pictures of {SIDE} x {SIDE}, trained on {data}",
        "inputs": {PIXELS: f"float32 (batch, 1, {SIDE}, {SIDE}), 0 to 1, light on dark"},
        "outputs": outputs,
        "settings": {"pictures": "written" if written else "plain"},
    }
