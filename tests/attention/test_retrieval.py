"""Retrieval beside attention: hard is the limit of soft, and attention is soft at the root of the width."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lmcli.attention.retrieval import KEYS, VALUES, query_of, read


def test_attention_is_the_softmax_at_the_root_of_d():
    hard, cold, root, hot, attention = read(
        query_of({"fast": 1, "green": 1}), (0.001, KEYS.shape[1] ** 0.5, 1e6)
    )
    assert hard.scores.tolist() == [2, 0, 3]
    assert hard.value.tolist() == VALUES[2].tolist()
    assert cold.value == pytest.approx(hard.value)
    assert hot.value == pytest.approx(VALUES.mean(0), rel=1e-4)
    assert np.array_equal(root.weights, attention.weights)
    assert np.array_equal(root.value, attention.value)
    assert attention.weights == pytest.approx(np.exp([1, 0, 1.5]) / np.exp([1, 0, 1.5]).sum())


def test_the_command(lmcli, tmp_path):
    rows = json.loads(lmcli("attention", "retrieval", "roomy=2,", "cheap", "-f", "json").out)
    assert [row["way"] for row in rows] == ["hard", "soft", "soft", "soft", "attention"]
    assert rows[0]["value"] == [2022, 7, 33] and rows[0]["documents"][1] == "family van"
    shown = lmcli("attention", "retrieval", "--save", tmp_path / "x.svg", tty=True)
    assert "attention (a token)" in shown.out and "T = 2" in (tmp_path / "x.svg").read_text()


@pytest.mark.parametrize("query", ["red", "fast=x", "fast=nan"])
def test_what_is_no_query_is_said(lmcli, query):
    assert lmcli("attention", "retrieval", query).code == 2
    assert lmcli("attention", "retrieval", "--temperature", "0").code == 2
    assert lmcli("attention", "retrieval", "--save", "x.gif").code == 2
