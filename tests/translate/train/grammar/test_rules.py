"""The grammar's sentences: every rule, agreement, and the links between words and characters."""

from __future__ import annotations

import re
from random import Random

import pytest

from lmcli.translate.train.grammar import slots
from lmcli.translate.train.grammar.phrases import agreeing, articles, entry, joined, third, words
from lmcli.translate.train.grammar.rules import SLOT, Rule, Sentence, filled, rules, sentence

ALL = [(kind, rule) for kind, (own, _) in rules().items() for rule in own]


def of(chinese: str, english: str, seed: int = 0) -> tuple[str, str, list[tuple[str, str]]]:
    """A rule filled: Chinese, English, each English word with the chunks that it comes from."""
    phrase = filled(Random(seed), Rule(1, tuple(chinese.split()), tuple(english.split())))
    links = [
        (word, "".join(phrase.chinese[at] for at in sorted(own))) for word, own in phrase.english
    ]
    return "".join(phrase.chinese), " ".join(word for word, _ in phrase.english), links


@pytest.mark.parametrize(
    ("kind", "rule"), ALL, ids=lambda part: part if isinstance(part, str) else None
)
def test_every_rule_fills_all_its_slots(kind: str, rule: Rule) -> None:
    for seed in range(20):
        phrase = filled(Random(seed), rule)
        chinese, english = "".join(phrase.chinese), " ".join(word for word, _ in phrase.english)
        assert chinese and english
        assert not re.search(r"[A-Z@{}~_?:=/]", chinese), (rule, chinese)
        assert not re.search(r"[@{}~_?:=]|  ", english), (rule, english)
        places = {at for _, own in phrase.english for at in own}
        assert places <= set(range(len(phrase.chinese)))


def test_every_slot_of_the_english_side_stands_on_the_chinese_side() -> None:
    for _, rule in ALL:
        there = {match[1] for token in rule.chinese if (match := SLOT.fullmatch(token))}
        choices = {f"{{{n}}}" for n in range(1, 1 + sum("{" in token for token in rule.chinese))}
        for token in rule.english:
            name = token.partition("=")[0]
            match = SLOT.fullmatch(name)
            assert match is None or match[1] in there, (rule, token)
            assert not name.startswith("{") or name.removesuffix("?") in choices, (rule, token)


def test_a_rule_links_words_to_what_they_come_from() -> None:
    chinese, english, links = of("{我~I} 不 {喝~drink} B:drinks", "{1} don't=不 {2} B", seed=3)
    drink = chinese.removeprefix("我不喝")
    assert english.startswith("I don't drink ")
    assert links[1] == ("don't", "不") and links[2] == ("drink", "喝")
    assert links[3][1] == drink and drink in {one[0] for one in slots.lexicon()["drinks"]}


def test_a_verb_agrees_with_its_subject_and_an_aspect_stands_within_it() -> None:
    for seed in range(60):
        chinese, english, _ = of("S 是 R", "S @be=是 R", seed)
        if chinese.startswith("我是"):
            assert english.startswith("I am a ")
        if chinese.startswith(("他们是", "我们是")):
            assert " are " in english and " a " not in english
    found = {of("S I:了", "S I:past", seed)[:2] for seed in range(400)}
    eaten = [pair for pair in found if "吃了饭" in pair[0]]
    assert eaten and all(english.endswith(" ate") for _, english in eaten)


def test_sentences_are_the_same_for_a_seed_and_their_links_are_places_in_the_text() -> None:
    first = [sentence(Random(7)) for _ in range(2)]
    assert first[0] == first[1]
    draw = Random(1)
    made = [sentence(draw) for _ in range(2000)]
    assert len({one.chinese for one in made}) > 1500
    for one in made:
        assert len(one.english) == len(one.links)
        assert all(0 <= place < len(one.chinese) for own in one.links for place in own)
    cats = [one for one in made if "猫" in one.chinese and "cat" in one.english]
    assert cats and all("猫" in _from(one, "cat") for one in cats if one.english.count("cat") == 1)


def _from(one: Sentence, word: str) -> str:
    return "".join(one.chinese[place] for place in one.links[one.english.index(word)])


def test_forms_of_words() -> None:
    assert [third(verb) for verb in ("go", "study", "play games", "watch TV", "have dinner")] == [
        "goes", "studies", "plays games", "watches TV", "has dinner",
    ]  # fmt: skip
    assert [agreeing("be", person) for person in (1, 2, 3, 4)] == ["am", "are", "is", "are"]
    assert articles(["a", "apple", "and", "a", "useful", "umbrella"]) == [
        "an",
        "apple",
        "and",
        "a",
        "useful",
        "umbrella",
    ]
    assert slots.plural(("孩子", "个", "child", "children")) == "children"
    assert slots.plural(("水", "杯", "water", "-")) == "water"
    phrase = joined([entry(("我", "my")), words("的", ""), words("猫", "cat")])
    assert phrase.english == (("my", frozenset({0})), ("cat", frozenset({2})))


def test_numbers_in_characters() -> None:
    values = (0, 7, 10, 12, 20, 45, 100, 105, 110, 2026)
    written = [
        "零",
        "七",
        "十",
        "十二",
        "二十",
        "四十五",
        "一百",
        "一百零五",
        "一百一十",
        "二千零二十六",
    ]
    assert [slots.in_characters(value) for value in values] == written
