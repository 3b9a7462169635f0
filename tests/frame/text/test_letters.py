"""Words of every script stay whole."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.text.letters import composed, marks, spelled, word

WORD = re.compile(word())


@pytest.mark.parametrize(
    "text",
    [
        "हिन्दी भाषा किताब",  # vowel signs and viramas
        "ภาษาไทย ที่นี่",
        "العَرَبِيَّة لُغَة",  # short vowels
        "שָׁלוֹם",
        "தமிழ் భాష ಕನ್ನಡ",
        "မြန်မာ ភាសាខ្មែរ",
        "café naïve Å x\u0302y",
        "می\u200cخواهم کتاب\u200cها",  # zero-width non-joiner
        "க்\u200dஷ",
        "l’eau col·lecció well-known",
        "日本語 한국어",
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_no_word_is_torn(text, form):
    plain = composed(spelled(unicodedata.normalize(form, text)))
    assert WORD.findall(plain) == plain.split()


def test_what_stands_between_words_is_no_part_of_them():
    text = "-a- 'b' snake_case (c\u200d), \u0301d co\u00adop 1.5"
    assert WORD.findall(spelled(text)) == ["a", "b", "snake", "case", "c", "d", "coop", "1", "5"]


def test_marks_are_unicodes():
    found = re.compile(f"[{marks()}]")
    for code in (*range(0x3000), 0x1E000, 0xE0100):
        character = chr(code)
        is_mark = unicodedata.category(character).startswith("M")
        assert (found.fullmatch(character) is not None) == is_mark


@given(st.text())
def test_words_are_made_of_letters_and_marks(text):
    for found in WORD.findall(text):
        assert unicodedata.category(found[0])[0] in "LN"
        assert unicodedata.category(found[-1])[0] in "LNM"
