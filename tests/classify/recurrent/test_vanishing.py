"""The vanishing gradient as a measurement, and as a command."""

import json

import numpy as np
import pytest

from lmcli.classify.recurrent.vanishing import Reader, gradients, measured, sequences


def test_fresh_gradients_vanish_and_training_mends_the_lstm():
    fresh, trained = gradients(["lstm"], [20], size=8)
    assert [row.step for row in fresh] == list(range(1, 21))
    assert fresh[0].norm < 1e-3 * fresh[-1].norm
    assert trained[0].norm > 100 * fresh[0].norm and trained[0].accuracy > 0.9
    assert trained[0].gate > fresh[0].gate and fresh[0].cell_norm > 0


def test_the_norm_is_that_of_a_sequences_own_loss():
    reader = Reader("gru", 4, 0)
    (x, y), rows = sequences(100, 6, np.random.default_rng(1)), measured(reader, 6, "fresh", 100, 0)
    p = reader.probabilities(reader.cell.forward(x))
    last = np.abs(p - y) * np.linalg.norm(reader.w)
    assert rows[-1].norm == pytest.approx(last.mean())


def test_clipping_changes_what_is_learnt():
    plain, clipped = Reader("rnn", 4, 0), Reader("rnn", 4, 0)
    plain.train(3, 0)
    clipped.train(3, 0, clip=1e-3)
    assert not np.allclose(plain.w, clipped.w)


def test_rows_table_and_picture(lmcli, tmp_path):
    words = ["classify", "gradients", "--cells", "rnn，gru", "--steps", "3"]
    rows = [json.loads(line) for line in lmcli(*words, "-f", "jsonl").lines]
    assert {"cell", "step", "norm"} <= rows[0].keys() and len(rows) == 12
    assert rows[0]["gate"] is None and 0 < rows[6]["gate"] < 1
    shown = lmcli(*words, "--save", tmp_path / "g.svg", tty=True, env={"NO_COLOR": "1"})
    assert shown.code == 0 and "3 steps: norm of d loss / d h" in shown.out
    assert "trained" in (tmp_path / "g.svg").read_text()


@pytest.mark.parametrize(
    "words", [["--cells", "cnn"], ["--steps", "1"], ["--clip", "0"], ["--save", "g.gif"]]
)
def test_errors(lmcli, words):
    assert lmcli("classify", "gradients", *words).code == 2
