"""Small classifiers with known weights: a bag of words whose logits are sums, and an LSTM."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from lmcli.frame.models import write_spec
from lmcli.nn.onnxfile.writer import FLOAT, INT64, Graph

FILES = ("model.onnx", "config.json", "tokenizer.json", "tokenizer_config.json")
ENGLISH = {
    "good": 2.0,
    "great": 3.0,
    "bad": -2.0,
    "awful": -3.0,
    "the": 0.0,
    "film": 0.0,
    "is": 0.0,
    "not": -1.0,
}
CHINESE = {"好": 1.0, "好看": 3.0, "差": -2.0, "这": 0.0, "部": 0.0, "电": 0.0, "影": 0.0, "太": 0.5, "了": 0.0,
           "看": 0.5}  # fmt: skip
PAD, UNK = "[PAD]", "[UNK]"


def write_tokenizer(place: Path, words: Sequence[str]) -> None:
    """A tokenizer of whole words, Chinese characters one by one."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    vocabulary = {word: n for n, word in enumerate((PAD, UNK, *words))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNK))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.save(str(place / "tokenizer.json"))
    config = {"pad_token": PAD, "unk_token": UNK, "model_max_length": 64}
    (place / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def write_model(
    place: Path, labels: Sequence[str], languages: Sequence[str] = (), **config: object
) -> None:
    """config.json and model.toml of a classifier whose other files are there."""
    named = {str(n): label for n, label in enumerate(labels)}
    (place / "config.json").write_text(json.dumps({"id2label": named, **config}), encoding="utf-8")
    values = {"name": place.name, "task": "text-classification", "languages": list(languages)}
    write_spec(place, {key: value for key, value in values.items() if value}, FILES)


def bag(
    folder: Path,
    name: str = "bag",
    weights: Mapping[str, float] = ENGLISH,
    labels: Sequence[str] = ("negative", "positive"),
    languages: Sequence[str] = ("en",),
    **config: object,
) -> Path:
    """A model folder whose second logit is the sum of its words' weights, whose first is 0, as all others are."""
    place = folder / name
    place.mkdir(parents=True)
    write_tokenizer(place, list(weights))
    table = np.zeros((len(weights) + 2, len(labels)), np.float32)
    table[2:, 1] = list(weights.values())
    graph = Graph(name, microsoft=False)
    ids = graph.input("input_ids", INT64, ("n", "t"))
    mask = graph.input("attention_mask", INT64, ("n", "t"))
    rows = graph.op("Gather", graph.constant("table", table), ids, to="embedded")
    whole = graph.op("Cast", mask, to="mask", given={"to": 1})
    column = graph.op("Unsqueeze", whole, graph.constant("last", np.array([2])), to="column")
    graph.op("Mul", rows, column, to="kept")
    graph.op("ReduceSum", "kept", graph.constant("words", np.array([1])), to="logits", keepdims=0)
    graph.output("logits", FLOAT, ("n", len(labels)))
    graph.write(place / "model.onnx")
    write_model(place, labels, languages, **config)
    return place


def lstm(folder: Path, name: str = "lstm", hidden: int = 3) -> tuple[Path, dict[str, np.ndarray]]:
    """A model folder that reads words one by one, with states and gates as outputs; and its weights, drawn."""
    place = folder / name
    place.mkdir(parents=True)
    words = list(ENGLISH)
    write_tokenizer(place, words)
    rng = np.random.default_rng(5)
    sizes = {"table": (len(words) + 2, 4), "W": (1, 4 * hidden, 4), "R": (1, 4 * hidden, hidden), "B": (1, 8 * hidden),
             "out": (hidden, 2)}  # fmt: skip
    weights = {key: rng.normal(size=size).astype(np.float32) for key, size in sizes.items()}
    graph = Graph(name, microsoft=False)
    ids = graph.input("input_ids", INT64, ("n", "t"))
    mask = graph.input("attention_mask", INT64, ("n", "t"))
    for key, values in weights.items():
        graph.constant(key, values)
    rows = graph.op("Gather", "table", ids, to="embedded")
    graph.op("Transpose", rows, to="by_time", perm=[1, 0, 2])
    graph.op("ReduceSum", mask, graph.constant("one", np.array([1])), to="lengths64", keepdims=0)
    graph.op("Cast", "lengths64", to="lengths", given={"to": 6})
    graph.node(
        "LSTM", ["by_time", "W", "R", "B", "lengths"], ["Y", "Y_h", "Y_c"], hidden_size=hidden
    )
    graph.op("Squeeze", "Y_h", graph.constant("first", np.array([0])), to="last")
    graph.op("MatMul", "last", "out", to="logits")
    graph.output("logits", FLOAT, ("n", 2))
    graph.write(place / "model.onnx")
    write_model(place, ("negative", "positive"), ("en",))
    return place, weights
