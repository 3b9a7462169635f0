"""How masked-word models are trained: what is chosen, how often, and what it costs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from lmcli.fill.api import Masks
from lmcli.fill.pretext import Plan, choose
from lmcli.frame.errors import BadInput
from tests.fill.models import masked, table

TOKENS = ["the", "cat", "##s", "sat", "on", "mat", "."] * 8
SPOTS = [(at, at + 1) for at in range(len(TOKENS))]


def test_fifteen_percent_are_chosen_and_8_1_1_done_to_them():
    done: Counter[str] = Counter()
    for seed in range(400):
        found = choose(TOKENS, SPOTS, Plan(), seed)
        assert len(found) == round(0.15 * len(TOKENS))
        assert all(TOKENS[at] != "." for at in found)
        done.update(found.values())
    total = done.total()
    assert done["mask"] / total == pytest.approx(0.8, abs=0.03)
    assert done["random"] / total == pytest.approx(0.1, abs=0.02)
    assert done["same"] / total == pytest.approx(0.1, abs=0.02)
    assert choose(TOKENS, SPOTS, Plan(), 5) == choose(TOKENS, SPOTS, Plan(), 5)


def test_whole_words_are_chosen_whole():
    for seed in range(50):
        found = choose(TOKENS, SPOTS, Plan(whole_words=True), seed)
        assert all((at in found) == (at + 1 in found) for at in range(1, len(TOKENS), 7))


def test_the_loss_is_the_models(tmp_path):
    masks = Masks.load(str(masked(tmp_path)), offline=True)
    rows = masks.steps("the cat the dog the king", Plan(rate=0.5, seed=2))
    assert [row.token for row in rows] == ["the", "cat", "the", "dog", "the", "king"]
    chosen = [row for row in rows if row.chosen]
    assert len(chosen) == 3 and {row.loss is None for row in rows if not row.chosen} == {True}
    ids = {"the": 13, "cat": 4, "dog": 5, "king": 6}
    for row in chosen:
        logits = table()[66].astype(np.float64)
        if row.action == "mask":
            assert row.shown == "[MASK]"
            expected = np.log(np.exp(logits).sum()) - logits[ids[row.token]]
            assert row.loss == pytest.approx(expected, abs=1e-5)
    assert "mask" in {row.action for row in chosen}
    for row in rows:
        assert row.dynamic[0] == row.shown and row.replaced == (row.electra != row.token)
    with pytest.raises(BadInput, match="no text"):
        masks.steps(" ")
    with pytest.raises(BadInput, match="no word"):
        masks.steps("...")
