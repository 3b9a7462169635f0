"""A fill-mask model: whole words, their own mask token, several masks, a next-sentence head."""

from __future__ import annotations

import numpy as np
import pytest

from lmcli.fill.api import Masks
from lmcli.fill.gaps import MOST, parse
from lmcli.frame.errors import BadInput, ModelError
from tests.fill.models import masked, table

KNOWN = {"cat", "dog", "king", "queen", "man", "woman", "paris", "the"}


@pytest.fixture
def masks(tmp_path):
    return Masks.load(str(masked(tmp_path)), offline=True)


def softmax(row):
    powers = np.exp(row - row.max())
    return powers / powers.sum()


def test_the_probabilities_are_the_graphs_over_all_words(masks):
    rows = masks.fill("the [MASK]", k=100)
    shares = softmax(table()[66].astype(np.float64))
    by_word = {row.token: row.score for row in rows if row.text == f"the {row.token}"}
    from tests.fuzz.samples import WORDS

    for number, word in enumerate(WORDS, 4):
        assert by_word[word] == pytest.approx(shares[number], abs=1e-6)
    assert [row.score for row in rows] == sorted((row.score for row in rows), reverse=True)
    assert not {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"} & {row.token for row in rows}
    assert sum(row.score for row in rows) <= 1


@pytest.mark.parametrize("sign", ["[MASK]", "<mask>", "___", "__", "＿", "＿＿", "[mask]"])
def test_every_sign_is_a_mask(masks, sign):
    assert masks.fill(f"the {sign} cat", k=1)[0].text == masks.fill("the [MASK] cat", k=1)[0].text


def test_pieces_are_glued_to_the_word_before(masks):
    rows = masks.fill("the cat [MASK].", k=100)
    glued = [
        row for row in rows if row.token.startswith("##") and row.text == f"the cat{row.token[2:]}."
    ]
    apart = [row for row in rows if row.text == f"the cat {row.token}."]
    assert len(glued) == 26 and len(glued) + len(apart) == len(rows)  # the 26 pieces ##a to ##z


def test_several_masks_jointly_and_each_by_itself(masks):
    alone = masks.fill("[MASK] and [MASK]", k=3, independent=True)
    assert [(row.mask, row.rank) for row in alone] == [(m, r) for m in (1, 2) for r in (1, 2, 3)]
    assert alone[0].text.endswith("and [MASK]") and alone[3].text.startswith("[MASK] and")
    joint = masks.fill("[MASK] and [MASK]", k=3)
    assert "[MASK]" not in "".join(row.text for row in joint)
    assert joint[0].token == alone[0].token  # this model sees no neighbours: joint is independent
    for mask in (1, 2):
        assert 0 < sum(row.score for row in joint if row.mask == mask) <= 1 + 1e-6


def test_the_next_sentence_head_decides(tmp_path):
    folder = masked(tmp_path)
    from lmcli.store.library import environment

    env = environment(offline=True)
    judge = Masks.judge(env, str(folder))
    found = judge("the cat", "a dog")
    pairs = np.random.default_rng(5).normal(size=(67, 2)).astype(np.float32)
    # [CLS] the cat [SEP] a dog, as ids of the tokenizer
    ids = [2, 13, 4, 3, 14, 5]
    assert found.score == pytest.approx(softmax(pairs[ids].sum(axis=0))[0], abs=1e-6)
    assert found.next == (found.score >= 0.5)
    headless = masked(tmp_path, "headless", head=False)
    with pytest.raises(ModelError, match="no next-sentence head"):
        Masks.judge(env, str(headless))


def test_bad_input(masks, tmp_path):
    for text, said in (
        ("the cat", "no mask"),
        ("[MASK]", "nothing around"),
        ("the " + "[MASK] " * 40, f"40 masks.*at most {MOST}"),
        ("the [MASK] " + "cat " * 80, "tokens"),
    ):
        with pytest.raises(BadInput, match=said):
            masks.fill(text)
    with pytest.raises(ModelError, match="no mask token"):
        Masks.load(str(masked(tmp_path, "other", mask=False)), offline=True)
    with pytest.raises(ModelError, match=r"all-minilm.*these do: .*smollm2"):
        Masks.load("all-minilm-l6-v2", offline=True)


def test_parts_of_a_text():
    gapped = parse("A ___ and <mask>!")
    assert gapped.parts == ("A ", " and ", "!") and gapped.masks == 2
    assert gapped.text() == "A [MASK] and [MASK]!"
    assert gapped.before(1, "?") == "A ? and " and gapped.after(0, "?") == " and ?!"
