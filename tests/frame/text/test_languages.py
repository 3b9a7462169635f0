"""The language of words by their letters."""

import pytest

from lmcli.frame.text.languages import by_language, language_of, language_of_text


@pytest.mark.parametrize(
    ("word", "language"),
    [
        ("king", "en"),
        ("Zürich", "en"),
        ("2*small", "en"),
        ("国王", "zh"),
        ("國王", "zh"),
        ("2*国王", "zh"),
        ("卡拉OK", "zh"),
        ("T恤", "zh"),
        ("㐂", "zh"),
        ("𠮷", "zh"),
        ("-", None),
        ("3.5", None),
        ("＋", None),
        ("слово", None),
        ("ひらがな", None),
        ("", None),
    ],
)
def test_letters_tell_the_language(word, language):
    assert language_of(word) == language


def test_words_without_letters_belong_to_no_language():
    assert by_language(["king", "-", "男人", "+", "女人"]) == {
        "en": ["king"],
        "zh": ["男人", "女人"],
    }
    assert by_language(["-", "12"]) == {}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("a good film", "en"), ("不怎么好", "zh"), ("这部 movie 太好看了", "zh"), ("I ate 寿司 at a nice place", "en"),
        ("été", "en"), ("1999!", None), ("", None), ("Привет", None), ("ありがとう", None),
    ],
)  # fmt: skip
def test_the_language_of_a_text_is_that_of_most_of_it(text, language):
    assert language_of_text(text) == language
