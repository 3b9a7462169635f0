"""A fill-mask model as small as a joke: the logits at a place are those that the token there has in a table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from lmcli.frame.models import write_spec

SIZE = 67  # pieces of the tokenizer, the mask included
MASK = "[MASK]"


def table() -> np.ndarray:
    """The logits (tokens, tokens), seeded."""
    return np.random.default_rng(4).normal(size=(SIZE, SIZE)).astype(np.float32) * 2


def masked(models: Path, name: str = "masked", *, head: bool = True, mask: bool = True) -> Path:
    """Write the model's folder; head: with a next-sentence head, of the first token's row; mask: with a mask token."""
    from lmcli.nn.onnxfile.writer import FLOAT, INT64, DataFile, Graph
    from tests.fuzz.samples import tokenizer_json

    place = models / name
    place.mkdir(parents=True)
    data = DataFile(place / "unused")
    graph = Graph(name, data)
    ids = graph.input("input_ids", INT64, ("batch", "length"))
    graph.input("attention_mask", INT64, ("batch", "length"))
    graph.output("logits", FLOAT, ("batch", "length", SIZE))
    rows = graph.node("Gather", [graph.constant("table", table()), ids])
    graph.node("Identity", [rows], ["logits"])
    if head:
        graph.output("seq_relationship_logits", FLOAT, ("batch", 2))
        pairs = np.random.default_rng(5).normal(size=(SIZE, 2)).astype(np.float32)
        each = graph.node("Gather", [graph.constant("pairs", pairs), ids])
        axes = graph.constant("axes", np.array([1], np.int64))
        graph.node("ReduceSum", [each, axes], ["seq_relationship_logits"], keepdims=0)
    graph.write(place / "model.onnx", "tests")
    data.close()
    (place / "unused").unlink()
    config = {"model_max_length": 64, "pad_token": "[PAD]", "cls_token": "[CLS]"}
    config |= {"sep_token": "[SEP]", **({"mask_token": MASK} if mask else {})}
    tokens = tokenizer_json(MASK if mask else "[OTHER]")
    (place / "tokenizer.json").write_text(tokens, encoding="utf-8")
    (place / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    values = {"name": name, "task": "fill-mask", "summary": name, "licence": "none"}
    files = ("model.onnx", "tokenizer.json", "tokenizer_config.json")
    write_spec(place, {**values, "metrics": [{"name": "x", "value": 1}]}, files)
    return place
