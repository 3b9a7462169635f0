"""The bundled translator: the course's sentences, what it cannot read, the pieces of a long text, its attention."""

from __future__ import annotations

import numpy as np
import pytest

from lmcli.frame.errors import BadInput, Noted
from lmcli.translate.api import Translator
from lmcli.translate.evaluation import key
from lmcli.translate.train.corpus import everyday
from lmcli.translate.translating import How


@pytest.fixture(scope="module")
def translator() -> Translator:
    return Translator.load()


def said(translator, text: str) -> tuple[str, tuple[str, ...]]:
    (answer,) = translator.answers([text], How())
    if isinstance(answer, Noted):
        return answer.rows[0].translation, answer.warnings
    return answer[0].translation, ()


@pytest.mark.parametrize("beam", [1, 4])
@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("我爱机器", "I love machines"),
        ("我有一只猫", "I have a cat"),
        ("我是一个学生", "I am a student"),
    ],
)
def test_the_courses_sentences(translator, text, right, beam):
    (row,) = translator.translate(text, beam=beam)
    assert (row.source, row.translation) == (text, right)
    assert 0.8 < row.score <= 1


def test_everyday_sentences_that_were_held_out(translator):
    pairs = everyday()
    answers = translator.answers([source for source, _ in pairs], How())
    found = [
        (answer.rows if isinstance(answer, Noted) else answer)[0].translation for answer in answers
    ]
    right = [
        key(text) in map(key, targets) for text, (_, targets) in zip(found, pairs, strict=True)
    ]
    assert sum(right) >= 75  # 81 where this was written


def test_traditional_characters_are_folded_and_said(translator):
    text, warnings = said(translator, "我愛機器")
    assert text == "I love machines"
    assert any("simplified" in one for one in warnings)


def test_sentences_are_read_one_by_one_and_put_together_again(translator):
    text, warnings = said(translator, "我爱机器。我有一只猫。")
    assert text == "I love machines. I have a cat."
    assert warnings == ("read as 2 parts, one by one",)


@pytest.mark.slow
def test_a_text_of_5000_characters_loses_no_sentence(translator):
    text, warnings = said(translator, "我有一只猫。" * 834)
    assert text.split(". ") == ["I have a cat"] * 833 + ["I have a cat."]
    assert "834 parts" in warnings[0]


def test_a_sentence_longer_than_was_learnt_is_cut_and_said(translator):
    text, warnings = said(
        translator,
        "今天天气很好，我和朋友去公园，他们在那里打球，我在旁边看书，晚上我们一起吃饭，然后坐车回家，妈妈已经睡觉了。",
    )
    assert text.startswith("The weather is very good today, I went to the park with friends, ")
    assert warnings[0] == "read as 4 parts, one by one"


def test_lines_are_sentences_of_their_own(translator):
    assert said(translator, "我爱机器\n我有一只猫")[0] == "I love machines I have a cat"


def test_what_is_not_known_is_said(translator):
    _, warnings = said(translator, "犇犇很好")
    assert any("does not know 犇" in one for one in warnings)
    assert any("--model qwen" in one for one in warnings)


def test_names_and_numbers_that_are_gone_are_said(translator):
    text, warnings = said(translator, "我有iPhone")
    assert "iPhone" in text or any("iPhone" in one for one in warnings)


def test_emoji_are_copied(translator):
    assert said(translator, "我很好😀")[0].endswith("😀")


def test_numbers_alone_are_copied_and_said(translator):
    assert said(translator, "123") == ("123", ("there is no word to translate: copied",))


@pytest.mark.parametrize("text", ["hello world", "Straße"])
def test_what_is_not_chinese_is_refused_with_the_next_step(translator, text):
    (answer,) = translator.answers([text], How())
    assert isinstance(answer, BadInput)
    assert "no Chinese" in answer.message and "--model qwen" in answer.hint


def test_an_answer_does_not_depend_on_its_neighbours(translator):
    texts = ["我爱机器", "他昨天去北京了，因为他的妈妈病了。", "请坐。", "今天星期几？"] * 20
    together = translator.answers(texts, How())
    alone = [translator.answers([text], How())[0] for text in texts[:4]]
    for place, answer in enumerate(together):
        own = alone[place % 4]
        assert said_of(answer) == said_of(own)


def said_of(answer) -> str:
    return (answer.rows if isinstance(answer, Noted) else answer)[0].translation


def test_the_walk_has_the_models_own_numbers(translator):
    walk = translator.steps("我爱机器")
    assert walk.tokens == ("我", "爱", "机", "器", "</s>")
    assert walk.written == ("I", "love", "machines", "</s>")
    assert walk.states.shape == (5, 256) and walk.encoder.shape == (4, 4, 5, 5)
    assert np.allclose(walk.encoder.sum(-1), 1, atol=1e-5)
    assert np.allclose(walk.cross.sum(-1), 1, atol=1e-5)
    assert [step.looks_at for step in walk.steps] == ["我", "爱", "器", "</s>"]
    assert np.allclose([sum(step.attention) for step in walk.steps], 1, atol=1e-4)
    assert all(step.likely[0].token == step.token for step in walk.steps)


def test_a_forced_translation_is_judged(translator):
    walk = translator.steps("我有一只猫", "I have one cat")
    assert walk.written[:4] == ("I", "have", "one", "cat")
    assert walk.steps[2].probability < walk.steps[2].likely[0].probability


def test_steps_take_one_sentence(translator):
    with pytest.raises(BadInput, match="2 sentences"):
        translator.steps("你好。再见。")
