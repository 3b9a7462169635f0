"""Next sentences in Chinese: by the large models that are pulled for it."""

from __future__ import annotations

import json

import pytest

from lmcli.gpt.convert import build_qwen
from lmcli.sentences.convert import build_e5
from tests.conftest import from_parts

pytestmark = [pytest.mark.peer, pytest.mark.slow]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder with qwen and e5-small-multilingual."""
    place = tmp_path_factory.mktemp("models")
    from_parts(place / build_e5.NAME, build_e5.build_e5)
    from_parts(place / build_qwen.NAME, build_qwen.build_qwen)
    return place


def test_chinese_pairs_are_judged(lmcli, models, monkeypatch):
    monkeypatch.setenv("LMCLI_MODELS", str(models))
    done = lmcli("nsp", "--eval", "tests/examples/next-zh.tsv", "-f", "json")
    assert json.loads(done.out)[-1]["accuracy"] >= 0.9
    done = lmcli(
        "nsp", "-", "-f", "jsonl", stdin="我饿了\t我们点个披萨吧\n我饿了\t法国首都是巴黎\n"
    )
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [row["next"] for row in rows] == [True, False]
