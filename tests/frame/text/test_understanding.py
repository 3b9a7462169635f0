"""What of a text is understood: scripts of languages, unknown tokens, the model that can."""

from __future__ import annotations

import pytest

from lmcli.frame.text import understanding
from lmcli.frame.text.understanding import (
    Read,
    able,
    not_understood,
    partly,
    read,
    scripts_in,
    scripts_of,
    together,
    units,
)

ENGLISH = scripts_of(["en"])


def test_scripts_of_languages():
    assert {"Latin"} == ENGLISH
    assert scripts_of(["zh-CN", "en_US"]) == {"Chinese", "Latin"}
    assert scripts_of(["ja"]) == {"Japanese", "Chinese"}
    assert scripts_of([]) is None
    assert scripts_of(["en", "multilingual"]) is None


def test_characters_stand_for_words_where_there_are_no_blanks():
    text = "The 猫 sat, привет мир हिन्दी 42"
    assert [text[start:end] for start, end, _ in units(text)] == [
        "The",
        "猫",
        "sat",
        "привет",
        "мир",
        "हिन्दी",
        "42",
    ]
    assert scripts_in(text) == ["Latin", "Chinese", "Cyrillic", "Devanagari"]


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("A cat sat.", 0),
        ("café naïve Ærøskøbing", 0),
        ("今天天气", 1),
        ("今天 is fine today", 0.4),
        ("Привет", 1),
        ("α and β, 42 %", 0),
        ("Ελλάδα", 1),
        ("...", 0),
    ],
)
def test_an_english_model(text, share):
    seen = read(text, ENGLISH)
    assert seen.share == pytest.approx(share)
    assert seen.nothing == (share == 1)


def test_no_claim_no_fault():
    assert read("今天天气", None).unknown == 0


def test_unknown_tokens_take_their_words_along():
    text = "I love 🍕 and xyz"
    seen = read(text, None, [(7, 8), (14, 15)])
    assert (seen.units, seen.unknown, seen.scripts) == (5, 2, ("Latin", "signs"))
    assert read("🍕", None, [(0, 1)]).nothing


def test_pieces_are_one_text():
    seen = together(["猫", "two words"], [Read(3, 0, 1, 1, ("Chinese",)), Read()])
    assert (seen.units, seen.unknown, seen.nothing) == (3, 1, False)


def test_the_model_that_can_is_named_once():
    assert able("text-generation", ["Chinese"]) == "lmcli models pull qwen, then --model qwen"
    assert "words-zh" in able("word-vectors", ["Latin", "Chinese"])
    assert able("word-vectors", ["Cyrillic"]) is None
    assert able("feature-extraction", ["Latin"]) is None
    name = "e5-small-multilingual"
    assert able("feature-extraction", ["Thai"], than=name) is None
    assert name in str(not_understood("m", "feature-extraction", "猫", read("猫", ENGLISH)))
    say = partly("m", "text-generation", "今天 is fine today", read("今天 is fine today", ENGLISH))
    assert say.startswith("40% of '今天 is fine today' is not understood by m (Chinese); lmcli")


@pytest.mark.parametrize(
    ("scripts", "lets", "finds"),
    [
        (["en"], "plain, naïve 1999! 😀", "a猫"),
        (["zh"], "太好看了!1999", "好movie"),
        (["zh", "en"], "好movie", "это"),
        (["ja"], "ありがとう日本", "ok"),
    ],
)
def test_foreign_letters_are_found_at_a_glance(scripts, lets, finds):
    pattern = understanding.foreign(understanding.scripts_of(scripts))
    assert pattern.search(lets) is None and pattern.search(finds)
    assert not understanding.read(lets, understanding.scripts_of(scripts)).unknown
