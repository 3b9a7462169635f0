"""model.toml for a model that comes without one: what its files say of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.frame.models.files import read_json
from lmcli.frame.text.lines import lines_of
from lmcli.nn.onnxfile.graph import read_graph
from lmcli.nn.sentence.modules import describe_modules

CARD = "README.md"

# the hub's pipeline tags, as the tasks that lmcli's commands ask for
_TASKS = {
    "sentence-similarity": "feature-extraction",
    "text-generation": "text-generation",
    "feature-extraction": "feature-extraction",
    "fill-mask": "fill-mask",
    "text-classification": "text-classification",
    "zero-shot-image-classification": "zero-shot-image-classification",
    "image-classification": "image-classification",
    "translation": "translation",
    "text2text-generation": "text2text-generation",
}
_ARCHITECTURES = (
    ("ForCausalLM", "text-generation"),
    ("LMHeadModel", "text-generation"),
    ("ForMaskedLM", "fill-mask"),
    ("ForSequenceClassification", "text-classification"),
    ("ForImageClassification", "image-classification"),
    ("CLIPModel", "zero-shot-image-classification"),
    ("SiglipModel", "zero-shot-image-classification"),
    ("MarianMTModel", "translation"),
    ("ForConditionalGeneration", "text2text-generation"),
    ("EncoderModel", "feature-extraction"),
    ("Model", "feature-extraction"),
)


def describe(
    folder: Path,
    name: str,
    graphs: Mapping[str, str],
    *,
    tag: str | None = None,
    licence: str = "",
    origin: Mapping[str, Any],
) -> dict[str, Any]:
    """What model.toml should say of the model in `folder`; `graphs` are its parts' files.

    Raises ModelError where a graph or a configuration cannot be read, or its task cannot be told.
    """
    inputs: dict[str, str] = {}
    outputs: dict[str, str] = {}
    for file in graphs.values():
        graph = read_graph(folder / file)
        inputs |= {value: graph.types.get(value, "") for value in graph.inputs}
        outputs |= {value: graph.types.get(value, "") for value in graph.outputs}
    return {
        "name": name,
        "task": task_of(tag, read_json(folder / "config.json"), graphs, outputs),
        "summary": f"{origin['source']}, pulled as it is",
        "licence": licence,
        **languages(folder),
        "origin": dict(origin),
        "settings": {**pooling(folder), "graphs": dict(graphs)},
        "inputs": inputs,
        "outputs": outputs,
    }


def task_of(
    tag: str | None,
    config: Mapping[str, Any],
    graphs: Mapping[str, str],
    outputs: Mapping[str, str],
) -> str:
    """The task of a model: its parts, the hub's tag, its architecture, its outputs, in this order."""
    if {"text", "vision"} <= set(graphs):
        return "zero-shot-image-classification"
    if tag in _TASKS:
        return _TASKS[tag]
    listed = config.get("architectures")
    for architecture in listed if isinstance(listed, list) else ():
        for ending, task in _ARCHITECTURES:
            if str(architecture).endswith(ending):
                return task
    if {"logits_per_image", "image_embeds"} & set(outputs):
        return "zero-shot-image-classification"
    if any(name.startswith("present") for name in outputs):
        return "text-generation"
    if {"last_hidden_state", "sentence_embedding"} & set(outputs):
        return "feature-extraction"
    raise ModelError("it cannot be told what the model is for", "say it with --task")


def pooling(folder: Path) -> dict[str, Any]:
    """How a sentence model makes one vector of its tokens', where sentence-transformers' files say it.

    Raises ModelError for modules that lmcli cannot run.
    """
    said = describe_modules(folder)
    if said is None:
        return {}
    settings: dict[str, Any] = {"normalise": said.normalises}
    if said.pooling:
        settings["pooling"] = said.pooling
    if said.max_tokens:
        settings["max_tokens"] = said.max_tokens
    if said.prefixes:
        settings["prefixes"] = dict(said.prefixes)
    return settings


def languages(folder: Path) -> dict[str, Any]:
    """The languages that a model's card names in its front matter, or its config.json; {} where none does."""
    named = _front_matter(folder / CARD).get("language")
    named = named or read_json(folder / "config.json").get("language")
    # YAML takes no, the code of Norwegian, for a truth value
    listed = [
        "no" if one is False else one for one in (named if isinstance(named, list) else [named])
    ]
    codes = [one for one in listed if isinstance(one, str) and one]
    return {"languages": codes} if codes else {}


def _front_matter(path: Path) -> dict[str, Any]:
    """What stands between the two lines of three dashes at the head of a card."""
    try:
        lines = lines_of(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return {}
    if lines[:1] != ["---"] or "---" not in lines[1:]:
        return {}
    import yaml

    try:
        values = yaml.safe_load("\n".join(lines[1 : lines.index("---", 1)]))
    except yaml.YAMLError:
        return {}
    return values if isinstance(values, dict) else {}
