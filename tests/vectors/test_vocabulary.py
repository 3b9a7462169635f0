"""The vocabulary on disk against plain Python."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcli.frame.errors import ModelError
from lmcli.vectors.vocabulary import Vocabulary, edit_distance, one_edit, write_vocabulary

words = st.lists(
    st.text(
        st.characters(exclude_categories=("Cs",), exclude_characters="\n"), min_size=1, max_size=6
    ),
    min_size=1,
    max_size=40,
    unique=True,
)


@settings(max_examples=100, deadline=None)
@given(words=words, prefix=st.text(max_size=2))
def test_finds_every_word_and_every_prefix(tmp_path_factory, words, prefix):
    folder = tmp_path_factory.mktemp("vocabulary")
    write_vocabulary(folder, words)
    vocabulary = Vocabulary.open(folder)
    assert list(vocabulary) == words and len(vocabulary) == len(words)
    assert [vocabulary.find(word) for word in words] == list(range(len(words)))
    assert vocabulary.find("\0absent\0word") is None
    assert vocabulary.prefixed(prefix, 100) == [word for word in words if word.startswith(prefix)]


letters = st.text("abc", max_size=5)


@given(letters, letters)
def test_edit_distance_is_symmetric_and_one_edit_agrees(a, b):
    distance = edit_distance(a, b)
    assert distance == edit_distance(b, a)
    assert (distance == 0) == (a == b)
    assert (b in set(one_edit(a))) == (distance == 1) or a == b


@given(letters, letters, letters)
def test_edit_distance_is_bounded(a, b, c):
    assert abs(len(a) - len(b)) <= edit_distance(a, b) <= max(len(a), len(b))


def test_nearest_spellings_come_by_distance_then_frequency(tmp_path):
    write_vocabulary(tmp_path, ["moan", "woman", "women", "roman", "wombat"])
    vocabulary = Vocabulary.open(tmp_path)
    assert vocabulary.nearest_spellings("wmoan", 4) == ["moan", "woman", "women", "roman"]
    assert vocabulary.nearest_spellings("zzzzzzzz") == []


def test_files_of_different_models_are_refused(tmp_path):
    write_vocabulary(tmp_path, ["a", "b"])
    (tmp_path / "vocab.txt").write_text("a\n")
    with pytest.raises(ModelError, match="do not belong together"):
        Vocabulary.open(tmp_path)
    (tmp_path / "vocab.order.npy").write_bytes(b"nothing of the kind")
    with pytest.raises(ModelError, match=r"not an \.npy file"):
        Vocabulary.open(tmp_path)


def test_what_is_too_long_for_a_word_has_no_near_spellings(tmp_path):
    write_vocabulary(tmp_path, ["a" * 60, "b"])
    assert Vocabulary.open(tmp_path).nearest_spellings("a" * 61) == []
    assert Vocabulary.open(tmp_path).nearest_spellings("a" * 10_000_000) == []


@pytest.mark.parametrize(
    ("query", "forms"),
    [
        ("paris", ["Paris", "PARIS"]),
        ("PARIS", ["Paris"]),
        ("école", ["École"]),
        ("Ｐａｒｉｓ", ["Paris", "PARIS"]),
        ("new york", ["New_York"]),
        ("iphone", ["iPhone"]),
        ("a.b", ["A.B"]),
        ("pari", []),
        ("axb", []),
        ("", []),
    ],
)
def test_other_forms_of_a_word_in_order_of_frequency(tmp_path, query, forms):
    words = ["Paris", "École", "PARIS", "New_York", "iPhone", "A.B", "猫"]
    write_vocabulary(tmp_path, words)
    assert Vocabulary.open(tmp_path).other_forms(query) == forms


@settings(max_examples=60, deadline=None)
@given(words=words)
def test_other_forms_find_every_word_from_its_swapped_case(tmp_path_factory, words):
    folder = tmp_path_factory.mktemp("vocabulary")
    write_vocabulary(folder, words)
    vocabulary = Vocabulary.open(folder)
    for word in words:
        if word.isascii() and word.swapcase() != word:
            assert word in vocabulary.other_forms(word.swapcase(), len(words))
