"""The encoder service: pooling, batches, truncation, what it refuses."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import ModelError
from lmcli.frame.models import Registry, read_spec, write_spec
from lmcli.frame.numbers import normalised
from lmcli.nn.encoder import batches, open_encoder

TEXTS = [
    "A cat.",
    "a much longer sentence about the weather in spring and the birds " * 4,
    "no",
    "",
]


@pytest.fixture(scope="module")
def encoder():
    return open_encoder(Registry(os.environ).find(None, "feature-extraction"), threads=1)


def test_vectors_have_length_one_and_mean_something(encoder):
    cat, kitten, tax = encoder.encode(["A cat sleeps.", "A kitten naps.", "Pay your taxes."])
    assert np.allclose([np.linalg.norm(v) for v in (cat, kitten, tax)], 1, atol=1e-6)
    assert cat @ kitten > 0.6 > 0.3 > cat @ tax


def test_a_text_does_not_depend_on_its_batch(encoder):
    together = encoder.encode(TEXTS * 5)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS * 5])
    assert (together * alone).sum(axis=1).min() >= 0.9999


def test_pair_order_and_empty_input(encoder):
    assert encoder.encode([]).shape == (0, 384)
    assert encoder.encode(TEXTS).shape == (4, encoder.dimensions)


def test_long_texts_are_cut_with_a_count(encoder):
    told = {}
    vectors = encoder.encode(["short", "word " * 300], tell=told.__setitem__)
    assert {row: read.cut for row, read in told.items()} == {1: 300 + 2 - 256}
    assert np.allclose(vectors[1], encoder.encode(["word " * 254])[0], atol=1e-5)


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(1, 2000))
def test_batches_hold_every_row_once_and_little_padding(lengths, tokens):
    groups = list(batches(lengths, tokens))
    assert sorted(row for group in groups for row in group) == list(range(len(lengths)))
    for group in groups:
        assert len(group) == 1 or len(group) * max(lengths[row] for row in group) <= tokens


def test_zero_rows_stay_zero():
    assert normalised(np.zeros((2, 3), np.float32)).tolist() == [[0, 0, 0]] * 2


def test_pooling_that_does_not_exist(tmp_path):
    model = Registry(os.environ).find("all-minilm-l6-v2")
    for file in model.files:
        (tmp_path / file.path).symlink_to(model.folder / file.path)
    spec = {"name": "odd", "task": "feature-extraction", "settings": {"pooling": "median"}}
    write_spec(tmp_path, spec, tuple(file.path for file in model.files))
    with pytest.raises(ModelError, match="no pooling is called 'median'"):
        open_encoder(read_spec(tmp_path))


def test_a_model_without_a_graph(tmp_path):
    (tmp_path / "weights.bin").write_bytes(b"1")
    model = write_spec(tmp_path, {"name": "x", "task": "feature-extraction"}, ("weights.bin",))
    with pytest.raises(ModelError, match="has no model graph"):
        open_encoder(model)
