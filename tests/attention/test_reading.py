"""Attention out of the bundled model's graph: rows, selection, words, rollout, what cannot be read."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lmcli.attention.reading import AttentionReader, places_of, rollout, selected, softmax_outputs
from lmcli.attention.views import Choice, Look, view
from lmcli.frame.errors import BadUsage, ModelError, NoAnswer
from lmcli.frame.models import Registry, read_spec, write_spec
from lmcli.nn.onnxfile.graph import Graph, Node

IT = "The animal didn't cross the street because it was too tired"


@pytest.fixture(scope="module")
def reader():
    return AttentionReader(Registry(os.environ).find("all-minilm-l6-v2"), threads=1)


@pytest.fixture(scope="module")
def attention(reader):
    return reader.read(IT)


def test_every_row_of_every_head_sums_to_one(attention):
    assert attention.weights.shape == (6, 12, 15, 15)
    assert np.abs(attention.weights.sum(axis=-1) - 1).max() < 1e-5


def test_two_heads_find_what_it_is(attention):
    for layer, head in ((4, 2), (6, 12)):
        (row,) = view(attention, Choice(layer=layer, head=head, source="it"))
        assert row.tokens[int(row.weights.argmax())] == "animal"
        assert row.weights.max() > 0.5


def test_a_pair_is_one_sequence(reader):
    pair = reader.read("A cat.", "A dog.")
    assert pair.tokens.count("[SEP]") == 2
    assert pair.encoding.type_ids[-2] == 1
    assert pair.weights.shape[-1] == len(pair.tokens)
    assert [pair.tokens[i] for i in places_of("dog", pair)] == ["dog"]
    assert places_of("a:2", pair) == [pair.tokens.index("dog") - 1]


def test_long_texts_are_cut_and_it_is_known(reader):
    long = reader.read("word " * 600)
    assert len(long.tokens) == 512
    assert long.encoding.cut == 90


def test_means_are_means(attention):
    weights = attention.weights
    assert np.allclose(selected(weights, 3, None), weights[2].mean(axis=0))
    assert np.allclose(selected(weights, None, 5), weights[:, 4].mean(axis=0))
    assert np.array_equal(selected(weights, 3, 5), weights[2, 4])
    with pytest.raises(BadUsage, match="no layer 7"):
        selected(weights, 7, None)
    with pytest.raises(BadUsage, match="the heads are 1 to 12"):
        selected(weights, None, 13)


@given(arrays.arrays(np.float32, (3, 2, 4, 4), elements=st.floats(0.125, 1, width=32)))
def test_rollout_by_hand(raw):
    weights = raw / raw.sum(axis=-1, keepdims=True)
    expected = np.eye(4)
    for layer in weights:
        expected = (0.5 * layer.mean(axis=0) + 0.5 * np.eye(4)) @ expected
    assert np.allclose(rollout(weights), expected, atol=1e-5)
    assert np.allclose(rollout(weights).sum(axis=-1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("word", "tokens"),
    [
        ("it", ["it"]),
        ("Animal", ["animal"]),
        ("didn't", ["didn", "'", "t"]),
        ("the:2", ["the"]),
        ("[SEP]", ["[SEP]"]),
        ("too tired", ["too", "tired"]),
    ],
)
def test_words_become_tokens(attention, word, tokens):
    assert [attention.tokens[i] for i in places_of(word, attention)] == tokens


def test_occurrences_are_told_apart(attention):
    assert places_of("the", attention) == [1]
    assert places_of("the:2", attention) == [7]
    for word in ("horse", "the:3"):
        with pytest.raises(NoAnswer, match="not among the tokens"):
            places_of(word, attention)


def test_without_special_tokens_nothing_is_scaled_up(attention):
    (whole,), (part,) = view(attention, Choice()), view(attention, Choice(special=False))
    assert part.tokens == attention.tokens[1:-1]
    assert np.array_equal(part.weights, whole.weights[1:-1, 1:-1])


def test_heads_are_rows_and_a_rollout_can_start_from_a_word(attention):
    rows = view(attention, Choice("heads"))
    assert [(row.layer, row.head) for row in rows[:13]] == [*((1, h) for h in range(1, 13)), (2, 1)]
    assert len(rows) == 72
    assert len(view(attention, Choice("heads", layer=2))) == 12
    (row,) = view(attention, Choice("rollout", source="it"))
    assert isinstance(row, Look)
    assert abs(row.weights.sum() - 1) < 1e-5


def graph(*kinds):
    nodes = tuple(Node(kind, kind, "", ("x",), (f"y{i}",)) for i, kind in enumerate(kinds))
    return Graph(nodes, ("x",), ("y0",), frozenset(), {}, {})


def test_a_fused_graph_is_refused_with_the_reason():
    with pytest.raises(ModelError, match=r"fused \(2 nodes of type MultiHeadAttention\)"):
        softmax_outputs(graph("MultiHeadAttention", "Add", "MultiHeadAttention"), "m")
    with pytest.raises(ModelError, match="no softmax"):
        softmax_outputs(graph("Add"), "m")


def test_a_model_that_does_not_read_text(tmp_path):
    from lmcli.nn.onnxfile.writer import probe_model

    shutil.copy(Registry(os.environ).find("all-minilm-l6-v2").path("tokenizer.json"), tmp_path)
    (tmp_path / "model.onnx").write_bytes(probe_model())
    spec = {"name": "probe", "task": "feature-extraction"}
    write_spec(tmp_path, spec, ("model.onnx", "tokenizer.json"))
    with pytest.raises(ModelError, match="no softmax"):
        AttentionReader(read_spec(tmp_path))
