"""sentence-transformers' folders: modules.json says what follows the transformer, and how texts are read.

What runs inside the graph (the transformer) is not described here: what comes after it is pooling, dense layers,
layer norms and normalising, each in the folder that modules.json names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadInput, ModelError
from lmcli.frame.models.files import read_json
from lmcli.nn.safetensors import read_safetensors
from lmcli.nn.sentence.pooling import FLAGS, pooling_named

Vectors = NDArray[np.float32]
Step = Callable[[Vectors], Vectors]

MODULES, PROMPTS = "modules.json", "config_sentence_transformers.json"
KINDS = ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
CONFIGS = tuple(f"sentence_{kind}_config.json" for kind in KINDS)
WEIGHTS, POOLING = "model.safetensors", "1_Pooling"
PASSAGES = ("document", "passage", "corpus")  # what prompts for texts that are searched are called


@dataclass(frozen=True)
class Description:
    """What a folder says of its encoder.

    pooling: as in `nn.sentence.pooling`, "" where it is not said. steps: what a text's vector goes through then.
    prefixes: {default, query, passage}. prompt_counts: whether a prefix's tokens are pooled with the others.
    normalises: whether vectors get length 1, which lmcli's have anyway.
    """

    pooling: str = ""
    steps: tuple[Step, ...] = ()
    max_tokens: int | None = None
    lowercase: bool = False
    prefixes: Mapping[str, str] = field(default_factory=dict)
    prompt_counts: bool = True
    normalises: bool = False


def describe_modules(folder: Path) -> Description | None:
    """Read a folder's modules.json and what it names; None where there is none.

    Raises ModelError for a module that lmcli does not know, or whose files cannot be used.
    """
    modules = [_kind(folder, module) for module in read_json(folder / MODULES, list)]
    if (
        not any(kind == "Pooling" for kind, _ in modules)
        and (folder / POOLING / "config.json").is_file()
    ):
        modules.insert(0, ("Pooling", POOLING))  # it came along without the list, or stands first
    if not modules:
        return None
    pooling, counts, normalises = "", True, False
    steps: list[Step] = []
    limits: dict[str, Any] = {}
    for kind, place in modules:
        config: dict[str, Any] = read_json(folder / place / "config.json")
        if kind == "Transformer":
            limits = _limits(folder / place)
        elif kind == "Pooling":
            pooling, counts = _pooling(config, folder), config.get("include_prompt") is not False
        elif kind == "Dense":
            steps.append(_dense(folder / place, config))
        elif kind == "LayerNorm":
            steps.append(_layer_norm(folder / place))
        elif kind not in ("Normalize", "Dropout"):  # vectors get length 1 at the end anyway
            raise ModelError(f"{folder / MODULES}: lmcli does not know the module {kind}")
        normalises = normalises or kind == "Normalize"
    return Description(
        pooling=pooling,
        steps=tuple(steps),
        max_tokens=limits.get("max_tokens"),
        lowercase=bool(limits.get("lowercase")),
        prefixes=prefixes_of(folder),
        prompt_counts=counts,
        normalises=normalises,
    )


def _kind(folder: Path, module: Any) -> tuple[str, str]:
    """A module's class, without its package, and its folder."""
    kind, place = (
        (module.get("type"), module.get("path", "")) if isinstance(module, dict) else (0, 0)
    )
    if not isinstance(kind, str) or not isinstance(place, str) or ".." in Path(place).parts:
        raise ModelError(f"{folder / MODULES}: {module!r:.80} describes no module")
    return kind.rpartition(".")[2], place.lstrip("/")


def _limits(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = next(filter(None, (read_json(folder / name) for name in CONFIGS)), {})
    most = config.get("max_seq_length")
    return {
        "max_tokens": most if isinstance(most, int) and most > 0 else None,
        "lowercase": config.get("do_lower_case") is True,
    }


def _pooling(config: Mapping[str, Any], folder: Path) -> str:
    named = config.get("pooling_mode")
    ways = [named] if isinstance(named, str) else named
    if not isinstance(ways, list):
        ways = [way for flag, way in FLAGS.items() if config.get(flag)]
    name = "+".join(map(str, ways)) or "mean"
    if pooling_named(name) is None:
        raise ModelError(f"{folder}: lmcli does not know the pooling {name}")
    return name


def prefixes_of(folder: Path) -> dict[str, str]:
    """What is written before texts: by default, before a question, before a text that is searched."""
    config = read_json(folder / PROMPTS)
    prompts = config.get("prompts")
    if not isinstance(prompts, dict):
        return {}
    prompts = {name: text for name, text in prompts.items() if isinstance(text, str)}
    found = {
        "default": prompts.get(str(config.get("default_prompt_name")), ""),
        "query": prompts.get("query", ""),
        "passage": next((prompts[name] for name in PASSAGES if name in prompts), ""),
    }
    return found if any(found.values()) else {}


def _weights(folder: Path, *names: str) -> list[Vectors]:
    path = folder / WEIGHTS
    try:
        tensors = read_safetensors(path.read_bytes())
    except OSError as error:
        old = (folder / "pytorch_model.bin").is_file()
        hint = "pickled weights are never loaded" if old else "copy or pull the folder anew"
        raise ModelError(f"{path}: {error.strerror}", hint) from None
    except BadInput as error:
        raise ModelError(f"{path}: {error.message}", "copy or pull the folder anew") from None
    if missing := [name for name in names if name not in tensors]:
        raise ModelError(f"{path} has no {', '.join(missing)}")
    return [tensors[name] for name in names]


def _dense(folder: Path, config: Mapping[str, Any]) -> Step:
    """A linear layer and its activation; with use_residual what went in is added."""
    places = {
        config.get(key, "sentence_embedding") for key in ("module_input_name", "module_output_name")
    }
    if places - {"sentence_embedding", None}:
        raise ModelError(f"{folder}: lmcli knows dense layers on the text's vector only")
    activation = _ACTIVATIONS.get(str(config.get("activation_function", "Tanh")).rpartition(".")[2])
    if activation is None:
        raise ModelError(f"{folder}: lmcli does not know {config['activation_function']}")
    (weight,) = _weights(folder, "linear.weight")
    bias = _weights(folder, "linear.bias")[0] if config.get("bias", True) else np.float32(0)
    across = None
    if config.get("use_residual"):
        square = weight.shape[0] == weight.shape[1]
        across = (
            np.eye(len(weight), dtype=np.float32)
            if square
            else _weights(folder, "residual.weight")[0]
        )

    def step(vectors: Vectors) -> Vectors:
        if vectors.shape[-1] != weight.shape[1]:
            raise ModelError(
                f"{folder} reads {weight.shape[1]} numbers, and gets {vectors.shape[-1]}"
            )
        out: Vectors = activation(vectors @ weight.T + bias)
        return out if across is None else out + vectors @ across.T

    return step


def _layer_norm(folder: Path) -> Step:
    weight, bias = _weights(folder, "norm.weight", "norm.bias")

    def step(vectors: Vectors) -> Vectors:
        centred = vectors - vectors.mean(axis=1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
        normed: Vectors = centred / deviation * weight + bias
        return normed

    return step


def _sigmoid(x: Vectors) -> Vectors:
    found: Vectors = np.divide(1, 1 + np.exp(-x), dtype=np.float32)
    return found


def _gelu(x: Vectors) -> Vectors:
    from math import erf

    gates: Vectors = np.vectorize(erf, otypes=[np.float32])(x / sqrt(2))
    return x * np.float32(0.5) * (1 + gates)


_ACTIVATIONS: dict[str, Step] = {
    "Identity": lambda x: x,
    "Tanh": np.tanh,
    "Sigmoid": _sigmoid,
    "ReLU": lambda x: np.maximum(x, 0),
    "GELU": _gelu,
    "SiLU": lambda x: x * _sigmoid(x),
    "LeakyReLU": lambda x: np.where(x > 0, x, np.float32(0.01) * x),
}
