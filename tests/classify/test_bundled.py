"""The bundled classifiers: praise and blame on sentences of no corpus, and no text moved by its neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from lmcli.classify.model import open_classifier
from lmcli.frame.models import bundled_folder, read_spec

NAMES = ["sentiment-en", "sentiment-zh"]
POSITIVE = {
    "sentiment-en": [
        "This movie is great!", "not bad at all", "I loved every minute of it.", "A wonderful film, brilliant actors",
        "One of the best films of the year", "Funny, warm and moving.",
    ],
    "sentiment-zh": ["这部电影太好看了", "非常喜欢，推荐", "很不错，值得买", "质量不错，物美价廉"],
}  # fmt: skip
NEGATIVE = {
    "sentiment-en": [
        "This film is terrible.", "not good", "A waste of time and money", "I hated it", "The plot is dull",
        "It is not a good film",
    ],
    "sentiment-zh": ["太难看了，浪费时间", "不怎么好", "很失望，质量很差", "服务态度恶劣", "不好看，后悔买了"],
}  # fmt: skip
NEGATED = {  # what a negation turns round, and what it would be without; True: positive
    "sentiment-en": {
        "not bad": True, "not bad at all": True, "It is not bad at all.": True, "never boring": True,
        "not good": False, "It is not good.": False, "The food was not good.": False, "I do not like it": False,
        "I didn't like it at all": False, "not worth it": False,
    },
    "sentiment-zh": {
        "不错": True, "还不错": True, "味道不错": True, "一点也不差": True, "值得买": True,
        "不怎么好": False, "不太好": False, "不好": False, "味道不怎么好": False, "不值得买": False, "不喜欢": False,
    },
}  # fmt: skip
PLAIN = {  # says neither; some are as in the training, some not
    "sentiment-en": [
        "The meeting is at three.",
        "The train leaves at noon.",
        "He lives in London.",
    ],
    "sentiment-zh": ["今天是星期三", "会议三点开始", "火车中午出发", "他住在上海"],
}
SURE = 0.8  # a confidence that a plain statement must not reach


@pytest.fixture(scope="module", params=NAMES)
def bundled(request):
    folder = bundled_folder() / request.param
    return open_classifier(read_spec(folder), provider="cpu", threads=1)


def test_praise_and_blame(bundled):
    assert set(bundled.labels) == {"positive", "negative"}
    texts = [*POSITIVE[bundled.name], *NEGATIVE[bundled.name]]
    scores = bundled.judge(texts).scores[:, bundled.labels.index("positive")]
    wanted = np.array([True] * len(POSITIVE[bundled.name]) + [False] * len(NEGATIVE[bundled.name]))
    wrong = [text for text, right in zip(texts, (scores > 0.5) == wanted, strict=True) if not right]
    assert len(wrong) <= 1, wrong


def test_negations_turn_words_round(bundled):
    texts = NEGATED[bundled.name]
    scores = bundled.judge(list(texts)).scores[:, bundled.labels.index("positive")]
    wrong = [
        text
        for (text, right), score in zip(texts.items(), scores, strict=True)
        if (score > 0.5) != right
    ]
    assert not wrong


def test_plain_statements_get_no_sure_answer(bundled):
    scores = bundled.judge(PLAIN[bundled.name]).scores
    assert scores.max() < SURE, scores


def test_a_text_is_answered_alike_alone_and_among_others(bundled):
    texts = [*POSITIVE[bundled.name], *NEGATIVE[bundled.name]]
    texts += [text * 8 for text in texts]
    together = bundled.logits(texts)
    alone = np.concatenate([bundled.logits([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-4)
