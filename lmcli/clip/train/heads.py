"""Heads at the ends of a model's graphs: what was learned, added to the vectors that the towers give.

    image = unit(unit(image_embeds) + features @ matrix + bias)
    text  = unit(unit(text_embeds) + unit(text_embeds) @ matrix)

`unit` scales to length 1; the last one is left to whoever reads the graph's output, as for any other model.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lmcli.clip.model import TASK, Clip
from lmcli.clip.texttowers import TEXT_OUTPUTS
from lmcli.clip.towers import IMAGE_OUTPUTS, JOINT, TEXT, VISION
from lmcli.frame.errors import MissingExtra, ModelError
from lmcli.frame.models import Model, write_spec

if TYPE_CHECKING:
    from onnx import ModelProto

Floats = NDArray[np.float32]
OWN = "trained"  # begins the names of what is added to a graph
LOGITS = ("logits_per_image", "logits_per_text")  # of a joint graph: they would be those of before


@dataclass(frozen=True, slots=True)
class Heads:
    """What was learned. f is the length of a picture's features, d that of a vector.

    image (f, d), image_bias (d), text (d, d), and the scale of the logits (1 / temperature).
    """

    image: Floats
    image_bias: Floats
    text: Floats
    scale: float


def check_onnx() -> None:
    """Raises MissingExtra where the package onnx is not there."""
    try:
        import onnx  # noqa: F401
    except ImportError:
        raise MissingExtra("onnx", "train") from None


def write_model(clip: Clip, model: Model, heads: Heads, folder: Path, said: dict[str, Any]) -> None:
    """Fill `folder` with the model and its new heads; `said` goes into its model.toml as it is.

    The loss of what comes out is the softmax that it was trained with, and it reads labels without a prompt, as the
    texts of its training were. Raises ModelError where a graph cannot be extended.
    """
    parts = {JOINT: (VISION, TEXT)} if clip.traits.joint else {VISION: (VISION,), TEXT: (TEXT,)}
    taken: set[Path] = set()
    for part, halves in parts.items():
        graph = model.graph(part)
        taken |= _extend(graph, folder / graph.relative_to(model.folder), halves, clip, heads)
    for file in model.files:
        if model.folder / file.path not in taken:
            (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(model.path(file.path), folder / file.path)
    settings = {key: v for key, v in model.settings.items() if key not in ("logit_bias", "loss")}
    settings |= {"logit_scale": heads.scale, "loss": "softmax", "templates": ["{}"]}
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    values = {**said, "task": TASK, "licence": model.licence, "settings": settings}
    values |= {
        "languages": list(model.languages),
        "inputs": dict(model.inputs),
        "outputs": dict(model.outputs),
    }
    write_spec(folder, values, tuple(files))


def _extend(
    source: Path, target: Path, halves: tuple[str, ...], clip: Clip, heads: Heads
) -> set[Path]:
    """Write a graph with heads; the files that held it and its weights before."""
    import onnx

    model = onnx.load(str(source), load_external_data=False)
    weights = {
        entry.value
        for tensor in model.graph.initializer
        for entry in tensor.external_data
        if entry.key == "location"
    }
    if weights:
        onnx.load_external_data_for_model(model, str(source.parent))
    if VISION in halves:
        features = clip.towers.image.features
        add_head(model, IMAGE_OUTPUTS, heads.image, heads.image_bias, features)
    if TEXT in halves:
        add_head(model, TEXT_OUTPUTS, heads.text)
    kept = [value for value in model.graph.output if value.name not in LOGITS]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = f"{source.name}_data"
    onnx.save(model, str(target), save_as_external_data=bool(weights), location=beside)
    return {source, *(source.parent / name for name in weights)}


def add_head(
    model: ModelProto,
    outputs: tuple[str, ...],
    matrix: Floats,
    bias: Floats | None = None,
    features: str | None = None,
) -> None:
    """Put a head at the first of these outputs that the graph has, under the same name.

    matrix (f, d) is for the output `features`, or for the vectors themselves, of length 1. Raises ModelError where
    the graph has none of the outputs.
    """
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    ends = {value.name: value for value in graph.output}
    output = next((name for name in outputs if name in ends), None)
    if output is None:
        raise ModelError(f"the graph has none of the outputs {', '.join(outputs)}")
    mark = f"{OWN}{sum(node.name.startswith(OWN) for node in graph.node)}.{output}"
    _rename(graph, output, f"{mark}.base")

    def node(kind: str, inputs: list[str], result: str, /, **attributes: Any) -> str:
        name = f"{mark}.{kind}.{len(graph.node)}"
        graph.node.append(helper.make_node(kind, inputs, [result], name=name, **attributes))
        return result

    def weight(name: str, values: Floats) -> str:
        graph.initializer.append(numpy_helper.from_array(values, f"{mark}.{name}"))
        return f"{mark}.{name}"

    base = node("Cast", [f"{mark}.base"], f"{mark}.float", to=TensorProto.FLOAT)
    unit = node("LpNormalization", [base], f"{mark}.unit", axis=-1, p=2)
    seen = node("Cast", [features], f"{mark}.seen", to=TensorProto.FLOAT) if features else unit
    step = node("MatMul", [seen, weight("matrix", matrix)], f"{mark}.step")
    if bias is not None:
        step = node("Add", [step, weight("bias", bias)], f"{mark}.biased")
    node("Add", [unit, step], output)
    ends[output].type.tensor_type.elem_type = TensorProto.FLOAT
    for value in list(graph.value_info):
        if value.name == output:
            graph.value_info.remove(value)


def _rename(graph: Any, old: str, new: str) -> None:
    for node in graph.node:
        for names in (node.input, node.output):
            for at, name in enumerate(names):
                if name == old:
                    names[at] = new
