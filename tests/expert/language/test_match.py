"""Sentences to facts: at least 36 of 40 right, no match for unrelated ones, the reach of a negation."""

import random

import pytest

from lmcli.expert.files.bases import bundled, open_base
from lmcli.expert.files.schema import loads
from lmcli.expert.language.english.words import stem
from lmcli.expert.language.match import NEAR, Matcher
from tests.expert.measured import FOUND, HELD, TOLD
from tests.expert.sentences import FRESH, STATED, UNRELATED

MATCHERS = {name: Matcher(open_base(name)) for name in bundled()}


def read(base, sentence):
    """What is stated, also of a person who may be the patient (which the dialogue asks)."""
    reading = MATCHERS[base].read(sentence)
    others = [doubt.match for doubt in reading.doubts if doubt.who]
    return {str(match) for match in (*reading.matches, *others)}


def wrong(cases):
    return [(s, read(b, s), wanted) for b, s, wanted in cases if read(b, s) != wanted]


def test_at_least_36_of_40_sentences_are_read_right():
    assert len(STATED) == 40
    assert len(wrong(STATED)) <= 4, wrong(STATED)


def test_no_unrelated_sentence_is_matched():
    assert len(UNRELATED) == 20
    assert [(b, s, read(b, s)) for b, s in UNRELATED if read(b, s)] == []


def test_sentences_that_the_synonyms_were_not_written_for():
    """Judged once when they were written; the share that is read exactly must not fall below what it was."""
    assert len(wrong(FRESH)) <= len(FRESH) * 0.3, wrong(FRESH)


@pytest.mark.parametrize(
    ("base", "sentence", "facts"),
    [
        ("medical", "no fever and no cough", {"not fever", "not cough"}),
        ("medical", "no fever, cough or rash", {"not fever", "not cough", "not rash"}),
        ("medical", "no fever and a cough", {"not fever", "cough"}),
        ("medical", "not a cough but a fever", {"not cough", "fever"}),
        ("medical", "without fever, he coughs", {"not fever", "cough"}),
        ("medical", "I have lost my appetite", {"loss of appetite"}),
        ("medical", "He has no appetite", {"loss of appetite"}),
        ("medical", "Does he have a fever?", set()),
        ("medical", "She is 70 years old", {"age = 70"}),
        ("medical", "temperature of about 38.5 °C", {"temperature >= 38, temperature <= 39"}),
        ("medical-zh", "没有发烧但有咳嗽", {"not 发烧", "咳嗽"}),
        ("medical-zh", "没有发烧和咳嗽", {"not 发烧", "not 咳嗽"}),
        ("medical-zh", "不发烧，咳嗽", {"not 发烧", "咳嗽"}),
        ("medical-zh", "他发烧吗？", set()),
        ("medical-zh", "病人70岁", {"年龄 = 70"}),
        ("medical-zh", "闻不到味道", {"嗅觉味觉丧失"}),
        ("animals-zh", "它没有腿", {"没有腿"}),
        ("animals", "It has no legs", {"has no legs"}),
    ],
)
def test_negations_questions_and_numbers(base, sentence, facts):
    assert read(base, sentence) == facts


def test_stems():
    pairs = [
        ("stripes", "striped"),
        ("coughs", "coughing"),
        ("vomits", "vomited"),
        ("aches", "ache"),
    ]
    assert all(stem(one) == stem(other) for one, other in pairs)
    assert stem("mane") != stem("man")


def test_meaning_is_asked_only_where_no_word_fits_and_only_when_near():
    base = loads("rules:\n- {if: [has hair, has hooves], then: ungulate}")
    asked = []

    def similar(text, phrases):
        asked.append(text)
        return [0.9 if phrase == "has hair" and "coat" in text else 0.1 for phrase in phrases]

    matcher = Matcher(base, similar)
    assert [str(m) for m in matcher.match("it has hooves")] == ["has hooves"]
    assert asked == []
    found = matcher.match("its coat is warm and soft")
    assert [(m.subject, m.score) for m in found] == [("has hair", 0.9)] and found[0].score > NEAR
    assert matcher.match("the train is late") == []
    assert matcher.match("its coat is not warm") == []  # meaning cannot tell a denial


def test_meaning_by_the_bundled_sentence_model(lmcli):
    """What no synonym says is offered by meaning; what is unrelated is not."""
    lines = [
        "mothers nurse their babies",
        "no",
        "Turn left at the traffic lights",
        "My brother plays the guitar",
    ]
    result = lmcli("expert", "chat", "animals", stdin="\n".join(lines) + "\n")
    assert result.code == 0, result.err
    assert "Do you mean: gives milk?" in result.lines
    assert result.out.count("Do you mean") == 1
    assert result.out.count("I cannot find a fact") == 2
    without = lmcli("expert", "chat", "animals", "--words-only", stdin="\n".join(lines) + "\n")
    assert "Do you mean" not in without.out


def understood(base, sentence):
    """The facts that are taken, and the subjects that are not and are asked about."""
    reading = MATCHERS[base].read(sentence)
    facts = {fact for match in reading.matches for fact in str(match).split(", ")}
    return facts, {doubt.subject for doubt in reading.doubts}


@pytest.mark.parametrize(("base", "sentence", "facts", "asked"), TOLD + HELD + FOUND)
def test_only_what_is_said_becomes_a_fact(base, sentence, facts, asked):
    assert understood(base, sentence) == (facts, asked)


def test_no_mixture_of_words_breaks_the_reading():
    rng = random.Random(3)
    odd = [
        "½",
        "°F",
        "9" * 400,
        "1e999",
        "-",
        "<",
        "\u0301",
        "\x00",
        "🙂",
        "nan",
        "十",
        "度",
        "n't",
        "?",
        "/",
        "'",
    ]
    for base, names in (("medical", "temperature"), ("medical-zh", "体温")):
        texts = [sentence for other, sentence, *_ in TOLD + HELD if other == base]
        pieces = [word for text in texts for word in text.split()] + odd
        pieces += [text[n : n + 3] for text in texts for n in range(0, len(text), 3)]
        for _ in range(200):
            sentence = rng.choice(["", " "]).join(rng.choices(pieces, k=rng.randint(1, 12)))
            reading = MATCHERS[base].read(sentence, rng.choice(["", names]))
            for match in reading.matches:
                assert match.value is None or match.subject in MATCHERS[base].attributes
                assert "inf" not in str(match) and "nan" not in str(match)
