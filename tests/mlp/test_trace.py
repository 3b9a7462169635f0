"""Every number of a step of learning."""

import numpy as np
import pytest

from lmcli.mlp.data import made
from lmcli.mlp.learning import Learner, settings_for
from lmcli.mlp.trace import traced


def test_a_step_is_told_in_the_order_in_which_it_is_computed():
    rows = list(traced(made("xor"), settings_for("xor", (2,), epochs=1)))
    order = "X T W1 b1 z1 h1 W2 b2 z2 p loss dz2 dW2 db2 dh1 dz1 dW1 db1 check"
    updates = ["new W1", "new b1", "new W2", "new b2", "new loss"]
    assert [row.step for row in rows] == [*order.split(" "), *updates]
    found = {row.step: row.values for row in rows}
    np.testing.assert_allclose(found["h1"], np.tanh(found["X"] @ found["W1"] + found["b1"]))
    np.testing.assert_allclose(found["dW1"], found["X"].T @ found["dz1"])
    np.testing.assert_allclose(found["new W2"], found["W2"] - found["dW2"])
    assert found["check"].item() < 1e-8
    assert found["new loss"].item() < found["loss"].item()
    for row in rows:
        assert row.values.shape == (len(row.rows), len(row.columns)), row.step


@pytest.mark.parametrize("optimizer", ["gd", "adam"])
def test_the_trace_learns_as_learning_does(optimizer):
    settings = settings_for("or", (3, 2), optimizer, epochs=7, seed=4)
    rows = list(traced(made("or"), settings))
    learner = Learner(made("or"), settings)
    list(learner.epochs())
    last = {row.step: row.values for row in rows if row.epoch == 7}
    np.testing.assert_array_equal(last["new W3"], learner.network.layers[2].W)
    assert last["new loss"].item() == pytest.approx(learner.progress().loss)


def test_of_many_examples_a_few_are_followed():
    rows = list(traced(made("moons"), settings_for("moons", epochs=1)))
    assert len(rows[0].values) == 4 and "4 of the 200 examples" in rows[0].formula


def test_formulas_name_their_layer():
    rows = {
        row.step: row
        for row in traced(made("and"), settings_for("and", (2, 2), activation="relu", epochs=1))
    }
    assert (
        rows["h2"].formula == "max(0, z2)" and rows["dz2"].formula == "dh2 * (1 if h2 > 0, else 0)"
    )
    assert rows["W2"].rows == ("h1.1", "h1.2") and rows["W2"].columns == ("h2.1", "h2.2")
