"""What can be learnt from, and what is said of the rest; vocabularies, whose tokenizers cut as they were counted."""

import numpy as np
import pytest

from lmcli.classify.train.corpus import divided, gather, is_small, matched, warnings_of
from lmcli.classify.train.reviews import FRAMES, SAYINGS
from lmcli.classify.train.vocabulary import (
    CHARACTERS,
    JIEBA,
    WORDS,
    normal,
    vocabulary,
    write_tokenizer,
)
from lmcli.frame.errors import BadInput
from lmcli.nn.tokenize import Tokenizer
from lmcli.training.data import Example
from tests.conftest import peer


def corpus(labels, several=False):
    rows = [Example(f"text {at}", tuple(given.split("|"))) for at, given in enumerate(labels)]
    return gather(rows, several, lambda _error, _line: None)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([], "no examples"),
        (["a"] * 5, "all 5 texts have the label 'a'"),
        (list("abcde"), "a label of its own"),
        ([f"label {at}" for at in range(1001) for _ in "xy"], "1001 different labels"),
    ],
)
def test_what_nothing_can_be_learnt_from(labels, said):
    with pytest.raises(BadInput, match=said):
        corpus(labels)


def test_labels_that_stand_once_and_numbers_are_told():
    one = corpus(["a", "b"] * 20 + ["c"])
    assert "1 label has one text alone" in warnings_of(one)[0] and "'c'" in warnings_of(one)[0]
    stars = corpus([str(at) for at in range(30)] * 3)
    assert "taken as names" in warnings_of(stars)[0]
    many = corpus([f"label {at}" for at in range(200)] * 3)
    assert len(many.labels) == 200 and warnings_of(many) == []


def test_parts_and_the_labels_of_a_test_file():
    whole = corpus(["a", "b", "b"] * 30)
    parts = divided(whole, None, 0.2, 0)
    assert [len(parts.learned), len(parts.stopping), len(parts.tested)] == [65, 7, 18]
    assert is_small(corpus(["a", "b", "a", "b"]))
    assert matched(corpus(["b", "c"]), ("a", "b", "c")).targets.tolist() == [[0, 1, 0], [0, 0, 1]]
    with pytest.raises(BadInput, match="'z', which no text"):
        matched(corpus(["a", "z"]), ("a", "b"))
    several = corpus(["a|b", "b", "a"], several=True)
    assert several.targets.tolist() == [[1, 1], [0, 1], [1, 0]]


@pytest.mark.parametrize("cut", [WORDS, CHARACTERS, JIEBA])
def test_a_tokenizer_cuts_as_the_words_were_counted(tmp_path, cut):
    if cut == JIEBA:
        peer("jieba")
    texts = ["It's a GREAT film!", "这部电影太好看了，很好看", "Ｆull width 12"]
    counts = vocabulary(texts, cut, 1000)
    write_tokenizer(tmp_path, counts, cut)
    tokenizer = Tokenizer(tmp_path)
    for text in texts:
        encoding = tokenizer.encode(text)
        assert 1 not in encoding.ids and min(encoding.ids) > 1
        assert "".join(encoding.tokens) == "".join(normal(text).split())
    assert tokenizer.encode("unheard").ids[:1] in ((1,), tokenizer.encode("u").ids)
    wanted = {WORDS: "great", CHARACTERS: "影", JIEBA: "电影"}[cut]
    assert wanted in counts and tokenizer.id(wanted) == 2 + list(counts).index(wanted)


def test_the_most_frequent_words_are_kept_and_a_text_without_any_is_told():
    counts = vocabulary(["a a b", "a b c"], WORDS, 2)
    assert dict(counts) == {"a": 3, "b": 2}
    with pytest.raises(BadInput, match="no words"):
        vocabulary(["  "], WORDS, 10)


def test_sentences_made_for_the_bundled_models_keep_their_signs():
    assert all(
        (share < 0) == any(no in frame for no in ("not", "never", "n't", "nothing"))
        for frame, share in FRAMES
    )
    assert np.all(np.abs(list(SAYINGS)) < 4)
