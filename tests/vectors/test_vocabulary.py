"""The vocabulary on disk against plain Python."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcli.frame.errors import ModelError
from lmcli.vectors.spelling import edit_distance
from lmcli.vectors.vocabulary import Vocabulary, write_vocabulary

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


@settings(max_examples=150, deadline=None)
@given(
    words=words,
    pick=st.integers(0, 1000),
    place=st.integers(0, 5),
    letter=st.sampled_from("abcé猫"),
)
def test_nearest_spellings_are_those_of_a_full_search(tmp_path_factory, words, pick, place, letter):
    folder = tmp_path_factory.mktemp("vocabulary")
    write_vocabulary(folder, words)
    known = words[pick % len(words)]
    sought = known[:place] + letter + known[place:]
    found = Vocabulary.open(folder).nearest_spellings(sought, len(words))
    alphabet = set("abcdefghijklmnopqrstuvwxyz" + sought)
    one = [word for word in words if edit_distance(sought, word) == 1]
    one = [word for word in one if len(word) < len(sought) or set(word) <= alphabet | set(sought)]
    two = [word for word in words if edit_distance(sought, word) == 2]
    assert found == one + (two if len(sought) > 2 else [])


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
        ("NEW_YORK", ["New_York"]),
        ("ÉCOLE", ["École"]),
        ("Paris\nÉcole", []),
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
