"""Attention weights read out of a model's own graph: the outputs of its softmax nodes, made outputs of the graph."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadUsage, ModelError, NoAnswer
from lmcli.frame.models import Model
from lmcli.frame.text.understanding import (
    SAID,
    Read,
    not_understood,
    partly,
    read,
    scripts_in,
    scripts_of,
)
from lmcli.nn import onnx
from lmcli.nn.encoding import Encoding
from lmcli.nn.onnxfile.graph import Graph, read_graph
from lmcli.nn.tokenize import Tokenizer
from lmcli.nn.tokens.pieces import visible

Weights = NDArray[np.float32]

FUSED = (
    "Attention", "DecoderMaskedMultiHeadAttention", "GroupQueryAttention", "MultiHeadAttention",
    "PackedAttention", "PackedMultiHeadAttention", "QAttention", "SparseAttention",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attention:
    """What each token of a text, or of two, looks at: weights (layers, heads, from, to), rows sum to 1.

    `tokens` are readable, special ones included; `encoding.tokens` are as the vocabulary writes them.
    """

    texts: tuple[str, ...]
    encoding: Encoding
    tokens: tuple[str, ...]
    weights: Weights


class AttentionReader:
    """A model whose attention can be seen."""

    def __init__(
        self,
        model: Model,
        *,
        provider: str = "auto",
        threads: int | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        """Open a model folder. Raises ModelError where its graph computes attention in fused nodes."""
        own = "attention" in model.settings.get("graphs", {})  # a graph that gives the weights out
        path = model.graph("attention" if own else "model")
        graph = read_graph(path)
        self.name = model.name
        self._task = model.task
        self._scripts = scripts_of(model.languages)
        self.tokenizer = Tokenizer(model.folder)
        self._outputs = softmax_outputs(graph, model.name)
        self._session = onnx.open_session(
            path, provider=provider, threads=threads, outputs=self._outputs, note=note
        )
        self._limit = self.tokenizer.max_length or 512

    def read(self, text: str, pair: str | None = None) -> Attention:
        """Run a text, or a pair of texts read as one sequence. Raises ModelError where the graph refuses.

        What the model cannot read is cut off at the end; the encoding says how many tokens.
        """
        texts = (text,) if pair is None else (text, pair)
        whole = text if pair is None else (text, pair)
        encoding = self.tokenizer.encode(whole, max_length=self._limit)
        if not len(encoding):
            raise NoAnswer("there are no tokens in the text")
        own = [
            token for token, extra in zip(encoding.ids, encoding.special, strict=True) if not extra
        ]
        if own and set(own) == {self.tokenizer.unknown_id}:
            seen = Read(units=1, unknown=1, scripts=tuple(scripts_in("".join(texts))))
            raise not_understood(self.name, self._task, text, seen)
        outputs = self._session.run(self._feeds(encoding), self._outputs)
        size = len(encoding)
        found = [value[0] for value in outputs.values() if value.shape[2:] == (size, size)]
        if not found:
            raise ModelError(f"{self.name} has no softmax over tokens: no attention to show")
        tokens = self.tokenizer.readable(encoding.tokens)
        return Attention(texts, encoding, tokens, np.stack(found))

    def warnings(self, attention: Attention) -> tuple[str, ...]:
        """What is to be said of what was read: tokens left out, a script that the model does not understand."""
        encoding, text = attention.encoding, "\n".join(attention.texts)
        said = []
        if encoding.cut:
            size = len(encoding)
            said.append(
                f"the text is too long for the model: {size} of {size + encoding.cut} tokens were read"
            )
        unknown = [] if len(attention.texts) > 1 else self.tokenizer.unknown(encoding)
        seen = read(text, self._scripts, unknown)
        if seen.share >= SAID:
            said.append(partly(self.name, self._task, text, seen))
        return tuple(said)

    def _feeds(self, encoding: Encoding) -> dict[str, NDArray[Any]]:
        length = len(encoding)
        known = {
            "input_ids": encoding.ids,
            "attention_mask": [1] * length,
            "token_type_ids": encoding.type_ids,
            "position_ids": range(length),
        }
        feeds: dict[str, NDArray[Any]] = {}
        for name, value in self._session.inputs.items():
            if name in known:
                feeds[name] = np.array([known[name]], np.int64)
            elif name.startswith("past_key_values"):  # nothing came before
                sizes = [1, *(d if isinstance(d, int) else 0 for d in value.shape[1:])]
                feeds[name] = np.zeros(sizes, value.dtype)
            else:
                raise ModelError(f"{self.name} wants the input {name}: it does not read text alone")
        return feeds


def softmax_outputs(graph: Graph, name: str) -> list[str]:
    """The graph's own outputs attentions.N, else the values that softmax nodes make.

    Raises ModelError where there are none, with what stands in their place.
    """
    given = [output for output in graph.outputs if output.startswith("attentions.")]
    if given:
        return given
    nodes = graph.of_type("Softmax")
    if nodes:
        return [node.outputs[0] for node in nodes]
    fused = graph.of_type(*FUSED)
    if fused:
        kinds = ", ".join(sorted({node.op_type for node in fused}))
        raise ModelError(
            f"the attention of {name} is fused ({len(fused)} nodes of type {kinds}): "
            "its weights never leave the kernel",
            "take an export without fusion, as model.onnx mostly is",
        )
    raise ModelError(f"{name} has no softmax in its graph: no attention to show")


def rollout(weights: Weights) -> Weights:
    """How far each token draws on each input token through all layers (Abnar and Zuidema 2020).

    The layers' mean over heads, mixed half and half with the residual's identity, multiplied from the first
    layer to the last: (from, to), rows sum to 1.
    """
    size = weights.shape[-1]
    total = np.eye(size, dtype=np.float32)
    for layer in weights.mean(axis=1):
        total = (layer + np.eye(size, dtype=np.float32)) / 2 @ total
    return total


def selected(weights: Weights, layer: int | None, head: int | None) -> Weights:
    """One head's weights (from, to), numbers counting from 1; the mean where a number is None.

    Raises BadUsage for a layer or head that the model does not have.
    """
    for what, number, count in (
        ("layer", layer, weights.shape[0]),
        ("head", head, weights.shape[1]),
    ):
        if number is not None and not 1 <= number <= count:
            raise BadUsage(f"there is no {what} {number}", f"the {what}s are 1 to {count}")
    chosen = weights if layer is None else weights[layer - 1 : layer]
    chosen = chosen if head is None else chosen[:, head - 1 : head]
    mean: Weights = chosen.mean(axis=(0, 1))
    return mean


def places_of(word: str, attention: Attention) -> list[int]:
    """The tokens that a word of the text is made of; `word:2` is its second occurrence.

    A special token is named as it is written. Raises NoAnswer where the word is not in the text.
    """
    name, _, number = word.rpartition(":")
    sought, nth = (name, int(number)) if name and number.isdigit() else (word, 1)
    special = zip(attention.tokens, attention.encoding.special, strict=True)
    found = [[i] for i, (token, added) in enumerate(special) if added and token == sought]
    for second, text in enumerate(attention.texts):
        for start, end in _occurrences(sought.lower(), text.lower()):
            found.append(_overlapping(attention.encoding, second, start, end))
    found = [places for places in found if places]
    if 1 <= nth <= len(found):
        return found[nth - 1]
    raise NoAnswer(
        f"{word!r} is not among the tokens", f"they are: {' '.join(map(visible, attention.tokens))}"
    )


def _occurrences(word: str, text: str) -> list[tuple[int, int]]:
    """Where a word stands in a text by itself; else wherever its letters do."""
    whole = [m.span() for m in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text)]
    return whole or [m.span() for m in re.finditer(re.escape(word), text)]


def _overlapping(encoding: Encoding, text: int, start: int, end: int) -> list[int]:
    """The tokens of a text (0 or 1) that share a character with start..end."""
    parts = zip(encoding.offsets, encoding.special, encoding.type_ids, strict=True)
    return [
        i
        for i, ((first, last), special, kind) in enumerate(parts)
        if not special and kind == text and first < end and last > start
    ]
