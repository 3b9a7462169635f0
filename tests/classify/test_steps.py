"""Steps: the shapes and numbers of a bag and of an LSTM, whose gates and states are held to torch."""

from __future__ import annotations

import numpy as np
import pytest

from lmcli.classify.layers import layers
from lmcli.classify.steps import LONGEST, walk
from lmcli.errors import BadInput, BadUsage
from lmcli.nn.onnxfile.graph import read_graph
from tests.classify.models import lstm
from tests.conftest import peer

TEXT = "the film is not good"


def test_a_bag_step_by_step(opened):
    steps = {step.step: step for step in walk(opened(), TEXT)}
    assert list(steps) == ["ids", "embeddings", "logits", "softmax"]
    assert steps["ids"].columns == tuple(TEXT.split())
    assert steps["embeddings"].shape == (1, 5, 2)
    assert steps["embeddings"].values[:, 1].tolist() == [0, 0, 0, -1, 2]
    assert steps["logits"].values.tolist() == [[0, 1]]
    assert np.allclose(steps["softmax"].values.sum(), 1)


def test_an_lstm_shows_states_gates_and_its_answer_after_each_word(opened):
    steps = {step.step: step for step in walk(opened("lstm"), TEXT)}
    gates = [name for name in steps if name.endswith(" gate")]
    assert gates == ["input gate", "forget gate", "output gate"]
    for name in gates:
        assert steps[name].values.shape == (5, 3) and steps[name].rows == tuple(TEXT.split())
        assert (steps[name].values > 0).all() and (steps[name].values < 1).all()
    after = steps["word by word"]
    assert after.columns == ("negative", "positive") and after.values.shape == (5, 2)
    assert np.allclose(after.values[-1], steps["softmax"].values[0], atol=1e-6)
    assert np.allclose(after.values[0], opened("lstm").judge(["the"]).scores[0], atol=1e-6)


@pytest.mark.peer
def test_gates_and_states_are_torchs(tmp_path, opened):
    peer("torch")
    import torch

    _, weights = lstm(tmp_path)
    steps = {step.step: step for step in walk(opened("lstm"), TEXT)}
    order = [0, 2, 3, 1]  # torch has input, forget, cell, output; ONNX input, output, forget, cell
    w, r = (np.concatenate([np.split(weights[key][0], 4)[i] for i in order]) for key in "WR")
    both = [
        np.concatenate([np.split(half, 4)[i] for i in order])
        for half in np.split(weights["B"][0], 2)
    ]
    cell = torch.nn.LSTMCell(4, 3)
    cell.load_state_dict({"weight_ih": torch.tensor(w), "weight_hh": torch.tensor(r),
                          "bias_ih": torch.tensor(both[0]), "bias_hh": torch.tensor(both[1])})  # fmt: skip
    h = c = torch.zeros(1, 3)
    for at, vector in enumerate(steps["embeddings"].values):
        x = torch.tensor(vector)[None]
        sums = x @ cell.weight_ih.T + cell.bias_ih + h @ cell.weight_hh.T + cell.bias_hh
        found = dict(
            zip(
                ("input", "forget", "output"),
                sums.chunk(4, 1)[:2] + sums.chunk(4, 1)[3:],
                strict=True,
            )
        )
        for name, value in found.items():
            np.testing.assert_allclose(
                steps[f"{name} gate"].values[at], value.sigmoid().detach()[0], atol=1e-6
            )
        with torch.no_grad():
            h, c = cell(x, (h, c))
        np.testing.assert_allclose(steps["hidden states (LSTM)"].values[at], h[0], atol=1e-6)


def test_what_cannot_be_followed(opened):
    with pytest.raises(BadInput):
        walk(opened(), " ")
    with pytest.raises(BadUsage, match=f"take {LONGEST} at most"):
        walk(opened(), "good " * (LONGEST + 1))


def test_the_bundled_encoder_has_its_layers():
    from lmcli.frame.models import bundled_folder

    found = layers(read_graph(bundled_folder() / "all-minilm-l6-v2" / "model.onnx"))
    names = [layer.step for layer in found]
    assert names == ["embeddings", *(f"layer {n}" for n in range(7))]
