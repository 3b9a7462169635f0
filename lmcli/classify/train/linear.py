"""The linear baseline: TF-IDF of words and pairs of words, and logistic regression (scikit-learn); its ONNX graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import MissingExtra

MOST = 30_000  # features: words and pairs, the most frequent
STRENGTH = 4.0  # inverse of the regularisation
OPSET = 17
Ids = Sequence[int]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Linear:
    """What was learnt. grams: ids of a word or two. idf (grams); matrix (grams, labels), bias (labels)."""

    grams: list[tuple[int, ...]]
    idf: Floats
    matrix: Floats
    bias: Floats
    vectorizer: Any

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return int(self.matrix.size + self.bias.size)

    def logits(self, ids: Sequence[Ids]) -> Floats:
        """The logits (texts, labels) as scikit-learn computes them."""
        found: Floats = np.asarray(
            self.vectorizer.transform(ids) @ self.matrix + self.bias, np.float32
        )
        return found


def grams_of(ids: Ids) -> list[tuple[int, ...]]:
    """The words of a text and its pairs of neighbours, as ids."""
    return [(word,) for word in ids] + list(pairwise(ids))


def fit(ids: Sequence[Ids], targets: Floats, *, several: bool, balanced: bool, seed: int) -> Linear:
    """Learn from texts as ids. Raises MissingExtra without scikit-learn."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise MissingExtra("scikit-learn", "train") from None

    vectorizer = TfidfVectorizer(
        analyzer=grams_of, sublinear_tf=True, max_features=MOST, min_df=1 if len(ids) < 1000 else 2
    )
    features = vectorizer.fit_transform(ids)

    def learned(truth: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        weight = "balanced" if balanced else None
        model = LogisticRegression(
            C=STRENGTH, class_weight=weight, max_iter=1000, random_state=seed
        )
        model.fit(features, truth)
        return model.coef_.T, model.intercept_

    if several:
        each = [_one(learned, targets[:, label]) for label in range(targets.shape[1])]
        matrix = np.concatenate([one for one, _ in each], 1)
        bias = np.concatenate([one for _, one in each])
    else:
        truth = targets.argmax(1)
        known = np.unique(truth)
        one, start = learned(truth)
        if one.shape[1] == 1:  # two labels: the log-odds of the second
            one, start = (
                np.concatenate([-one / 2, one / 2], 1),
                np.array([-start[0] / 2, start[0] / 2]),
            )
        matrix = np.zeros((one.shape[0], targets.shape[1]))
        bias = np.full(targets.shape[1], -1e3)  # of labels that nothing was learnt of
        matrix[:, known], bias[known] = one, start
    grams: list[tuple[int, ...]] = list(vectorizer.get_feature_names_out())
    return Linear(
        grams,
        vectorizer.idf_.astype(np.float32),
        matrix.astype(np.float32),
        bias.astype(np.float32),
        vectorizer,
    )


def _one(learned: Any, truth: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
    """One label of several; one that all texts have, or none, needs no features."""
    if truth.min() < truth.max():
        found: tuple[NDArray[Any], NDArray[Any]] = learned(truth > 0.5)
        return found
    flat, _ = learned(np.arange(len(truth)) % 2)
    return np.zeros_like(flat), np.array([10.0 if truth.max() else -10.0])


def write_graph(linear: Linear, path: Path) -> None:
    """The same as a graph: counts of the grams, 1 + log of each, times its idf, to length 1, times the matrix."""
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ImportError:
        raise MissingExtra("onnx", "train") from None

    order = sorted(range(len(linear.grams)), key=lambda at: len(linear.grams[at]))
    singles = sum(len(gram) == 1 for gram in linear.grams)
    pool = [number for at in order for number in linear.grams[at]]
    labels = len(linear.bias)

    def node(kind: str, inputs: list[str], output: str, **attributes: Any) -> Any:
        return helper.make_node(kind, inputs, [output], **attributes)

    nodes = [
        node(
            "TfIdfVectorizer",
            ["input_ids"],
            "counts",
            mode="TF",
            min_gram_length=1,
            max_gram_length=2,
            max_skip_count=0,
            ngram_counts=[0, singles],
            ngram_indexes=list(range(len(order))),
            pool_int64s=pool,
        ),
        node("Max", ["counts", "one"], "least"),
        node("Log", ["least"], "log"),
        node("Add", ["log", "one"], "sublinear"),
        node("Min", ["counts", "one"], "there"),
        node("Mul", ["sublinear", "there"], "tf"),
        node("Mul", ["tf", "idf"], "tfidf"),
        node("LpNormalization", ["tfidf"], "unit", axis=-1, p=2),
        node("MatMul", ["unit", "matrix"], "product"),
        node("Add", ["product", "bias"], "logits"),
    ]
    values = {
        "one": np.float32(1),
        "idf": linear.idf[order],
        "matrix": linear.matrix[order],
        "bias": linear.bias,
    }
    ints, floats = TensorProto.INT64, TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("input_ids", ints, ["batch", "sequence"])],
        [helper.make_tensor_value_info("logits", floats, ["batch", labels])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.save(model, str(path))
