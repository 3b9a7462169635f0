"""One text through a classifier: ids, embeddings, hidden states, logits, probabilities, each with its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lmcli.classify.gates import gates
from lmcli.classify.layers import GATES, OPEN, Layer, is_recurrent, layers
from lmcli.classify.model import Floats, TextClassifier
from lmcli.frame.errors import BadUsage
from lmcli.nn import onnx
from lmcli.nn.onnxfile.graph import read_graph
from lmcli.nn.tokens.pieces import visible

LONGEST = 64  # tokens that can be followed


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, how it comes about, its shape, what rows and columns of `values` stand for."""

    step: str
    formula: str
    shape: tuple[int, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: NDArray[Any]

    PLAIN: ClassVar[tuple[str, ...]] = ("step", "formula", "shape", "rows", "columns", "values")


def walk(classifier: TextClassifier, text: str) -> list[Step]:
    """The steps of one text. Raises what stands against labelling it, and BadUsage for a text too long to follow."""
    judged = classifier.judge([text])
    if judged.faults:
        raise judged.faults[0]
    encoding = classifier.tokenizer.encode(text)
    if len(encoding) > LONGEST:
        raise BadUsage(f"{len(encoding)} tokens are too many to follow", f"take {LONGEST} at most")
    tokens = tuple(map(visible, classifier.tokenizer.readable(encoding.tokens)))
    ids = np.array([encoding.ids])
    graph = read_graph(classifier.session.path)
    shown = layers(graph)
    steps = [Step("ids", "the tokens' numbers in the vocabulary", ids.shape, ("id",), tokens, ids)]
    names = [name for layer in shown for name in (layer.value, *layer.gates)]
    values = _values(classifier, list(dict.fromkeys(names)), encoding.ids)
    for layer in shown:
        steps += _layer(layer, values[layer.value], tokens, classifier)
        if layer.gates:
            found = gates(layer.kind, *(values[name] for name in layer.gates))
            steps += [_step(name, OPEN, gate, tokens) for name, gate in found.items()]
    if is_recurrent(graph):
        steps.append(_word_by_word(classifier, encoding.ids, tokens))
    labels = classifier.labels
    steps.append(
        Step("logits", "a number for each label", judged.logits.shape, ("",), labels, judged.logits)
    )
    name, formula = _last(classifier)
    return [*steps, Step(name, formula, judged.scores.shape, ("",), labels, judged.scores)]


def _last(classifier: TextClassifier) -> tuple[str, str]:
    if classifier.regression:
        return "score", "the number itself"
    if classifier.multi:
        return "sigmoid", "1 / (1 + exp(-z)), each label by itself"
    return "softmax", "exp(z) / sum of exp(z)"


def _values(
    classifier: TextClassifier, names: Sequence[str], ids: Sequence[int]
) -> dict[str, NDArray[Any]]:
    """The values of the graph by name, for one text."""
    session = onnx.open_session(
        classifier.session.path,
        provider=classifier.session.provider,
        threads=classifier.session.threads,
        outputs=names,
        optimisation="basic",
    )
    return session.run(classifier.feeds([ids]), names) if names else {}


def _layer(
    layer: Layer, values: NDArray[Any], tokens: tuple[str, ...], classifier: TextClassifier
) -> Iterator[Step]:
    """A layer's values as steps: a row a token where they are of tokens, else one row; a step a gate."""
    if layer.value == GATES:
        named = classifier.config.get("gates")
        count = values.shape[2]
        names = named if isinstance(named, list) and len(named) == count else range(1, count + 1)
        for number, name in enumerate(names):
            yield _step(f"{name} gate", layer.formula, values[0, :, number], tokens)
        return
    yield _step(layer.step, layer.formula, _matrix(values, len(tokens)), tokens, values.shape)


def _step(
    name: str,
    formula: str,
    values: NDArray[Any],
    tokens: tuple[str, ...],
    shape: tuple[int, ...] | None = None,
) -> Step:
    rows = tokens if len(values) == len(tokens) else ("",) * len(values)
    columns = tuple(map(str, range(1, values.shape[1] + 1)))
    return Step(name, formula, shape or values.shape, rows, columns, values)


def _matrix(values: NDArray[Any], length: int) -> NDArray[Any]:
    """The values of one text as (tokens, features), or (1, features); what else there is, as rows of its last axis."""
    found = values
    if values.ndim == 4 and values.shape[0] == length and values.shape[2] == 1:
        found = values[:, :, 0].reshape(length, -1)  # of an LSTM: (tokens, directions, 1, h)
    elif values.ndim == 3 and values.shape[0] == length and values.shape[1] == 1:
        found = values[:, 0]
    elif values.ndim == 3 and values.shape[1] != length and values.shape[2] == length:
        found = values[0].T  # of a convolution: (1, filters, tokens)
    return found.reshape(-1, found.shape[-1]) if found.ndim > 1 else found[None]


def _word_by_word(classifier: TextClassifier, ids: Sequence[int], tokens: tuple[str, ...]) -> Step:
    """What a recurrent net would answer if the text ended after each of its words."""
    found: Floats = np.concatenate(
        [classifier.scores(_logits(classifier, ids[: end + 1])) for end in range(len(ids))]
    )
    formula = "the labels' probabilities, had the text ended here"
    return Step("word by word", formula, found.shape, tokens, classifier.labels, found)


def _logits(classifier: TextClassifier, ids: Sequence[int]) -> Floats:
    logits: Floats = classifier.session.run(classifier.feeds([ids]), ["logits"])["logits"]
    return logits
