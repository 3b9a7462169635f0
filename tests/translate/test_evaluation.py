"""Scores of translations."""

from __future__ import annotations

import pytest

from tests.conftest import peer


@pytest.mark.peer
def test_chinese_is_scored_by_characters():
    peer("sacrebleu")
    from lmcli.translate.evaluation import bleu

    found, right = ["我爱我的机器。"], [("我爱你的机器。",)]
    assert bleu(found, right, "zh") > 30 > 1 > bleu(found, right, "en")
