"""Chinese masks filled by counting: the formula in plain Python, the bundled model, a language model beside it."""

from __future__ import annotations

import gzip
import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.fill.gaps import Word, parse
from lmcli.fill.ngrams.characters import BEGIN, END, CharacterNGrams
from lmcli.fill.opening import COUNTED, chooser
from lmcli.fill.sides import BothSides
from lmcli.fill.together import Together
from lmcli.frame.errors import BadInput, ModelError
from lmcli.store.library import environment

SENTENCES = st.lists(st.text("天气好冷很", min_size=1, max_size=6), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def ngrams():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LMCLI_MODELS", raising=False)
        return chooser(environment(offline=True), COUNTED)("")


def witten_bell(sentences: list[str], size: int):
    """P(sign | signs before) by the formula of the paper, from strings and a Counter."""
    texts = [f"^{one}$" for one in sentences]
    times = Counter(
        text[at : at + n] for text in texts for n in range(1, 5) for at in range(len(text) - n + 1)
    )
    total = sum(times[sign] for sign in times if len(sign) == 1)

    def probability(sign: str, before: str) -> float:
        if not before:
            return (times[sign] + 1) / (total + size)
        after = [
            times[gram] for gram in times if len(gram) == len(before) + 1 and gram[:-1] == before
        ]
        shorter = probability(sign, before[1:])
        if not after:
            return shorter
        return (times[before + sign] + len(after) * shorter) / (sum(after) + len(after))

    return probability


@given(SENTENCES, st.text("天气好冷很", min_size=1, max_size=3), st.text("天气好冷很", max_size=4))
def test_scores_are_those_of_the_formula(sentences, before, after):
    model = CharacterNGrams("own", sentences, ["天气"])
    gapped = parse(f"{before}[MASK]{after}")
    if not model.knows(gapped.text()):
        return
    of = witten_bell(sentences, len(set("".join(sentences))) + 3)

    def score(word: str) -> float:
        text = f"^{before}{word}{after}$"
        at = range(len(before) + 1, min(len(before) + len(word) + 4, len(text)))
        return sum(np.log(of(text[i], text[max(i - 3, 0) : i])) for i in at)

    found = model.logprobs(gapped, 0)
    wanted = {word: score(word) for word in found}
    norm = np.logaddexp.reduce(list(wanted.values()))
    assert found == pytest.approx({word: own - norm for word, own in wanted.items()}, abs=1e-4)
    assert sum(map(np.exp, found.values())) == pytest.approx(1, abs=1e-4)


@given(SENTENCES, st.lists(st.integers(0, 5), min_size=1, max_size=3))
def test_what_may_follow_adds_up_to_one(sentences, before):
    model = CharacterNGrams("own", sentences, [])
    context = [BEGIN, *(END + one for one in before)][-3:]
    rows = np.array([[*context, sign] for sign in range(model._size)])
    assert model._probability(rows).sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("她的[MASK]发很长。", "头"),
        ("她的[MASK]髮很長。", "头"),  # traditional
        ("他每天早上喝一杯[MASK]。", "咖啡"),
        ("飞机在 ___ 场起飞。", "机"),
        ("今天天气很＿", "好"),
        ("他说：“我的[MASK]机丢了。”", "手"),
        ("我累了.想[MASK]觉.", "睡"),
    ],
)
def test_words_that_stand_together_are_found(ngrams, text, word):
    assert word in [one.token for one in ngrams.words(parse(text), 0, 3)]


def test_chinese_is_filled_without_a_language_model(lmcli):
    done = lmcli("fill", "-", "-k", 5, "-f", "jsonl", stdin="今天天气很[MASK]。\n𠮷[MASK]𠮷。\n")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 5 and "line 2" in done.err and "knows no Chinese character" in done.err
    assert {"好", "冷", "热"} <= {row["token"] for row in rows}
    assert rows[0]["text"] == "今天天气很好。"
    assert COUNTED in done.err and "lmcli models pull qwen" in done.err
    rows = json.loads(lmcli("fill", "steps", "我在图书馆看书", "--rate", 0.5, "-f", "json").out)
    assert all(row["loss"] > 0 for row in rows if row["chosen"])
    rows = json.loads(lmcli("fill", "compare", "她的[MASK]发很长。", "-k", 1, "-f", "json").out)
    assert [row["view"] for row in rows] == ["left", "both", "bag"] and rows[1]["token"] == "头"


def test_masks_are_filled_jointly(lmcli):
    line = "她的[MASK]发很长，[MASK]睛很大。"
    rows = json.loads(lmcli("fill", line, "-k", 1, "-f", "json").out)
    assert [row["text"] for row in rows] == ["她的头发很长，眼睛很大。"] * 2


def test_the_sentences_of_the_card(lmcli):
    done = lmcli("fill", "--eval", "tests/examples/cloze-zh.jsonl", "-f", "json")
    both = next(
        row
        for row in json.loads(done.out)
        if row["method"] == f"{COUNTED}, both sides" and row["kind"] == "all"
    )
    assert both["count"] == 100 and both["top1"] >= 0.55 and both["top5"] >= 0.78


def test_a_damaged_model_is_named(ngrams, tmp_path):
    from lmcli.frame.models import write_spec

    for name in ("sentences.txt.gz", "words.txt"):
        (tmp_path / name).write_bytes(b"\x1f\x8bno")
    spec = {"name": "own", "task": "character-ngrams", "summary": "", "licence": "MIT"}
    with pytest.raises(ModelError, match="damaged"):
        CharacterNGrams.open(write_spec(tmp_path, spec, ("words.txt",)))
    (tmp_path / "sentences.txt.gz").write_bytes(gzip.compress(b"no Chinese"))
    (tmp_path / "words.txt").write_text("")
    with pytest.raises(ModelError, match="no Chinese sentences"):
        CharacterNGrams.open(write_spec(tmp_path, spec, ("words.txt",)))
    with pytest.raises(BadInput, match="knows no Chinese"):
        ngrams.words(parse("The [MASK] sat."), 0, 1)


class Says(BothSides):
    """A language model that always says the same."""

    def __init__(self, said: dict[str, float]) -> None:
        self.said, self.name, self.says = said, "own", "says the same"

    def words(self, gapped, place, k):
        return [Word(word, score) for word, score in self.said.items()][:k]

    def loss(self, gapped, place, word):
        return -self.said[word] if word in self.said else None


def test_a_language_model_and_counts_are_added(ngrams):
    gapped = parse("今天天气很[MASK]。")
    made = Together(Says({"热": -0.1, "炎热": -3.0}), ngrams)
    counted = ngrams.logprobs(gapped, 0, ["炎热"])
    found = {one.token: one.logprob for one in made.words(gapped, 0, 100)}
    assert max(found, key=found.get) == "热" and "好" in found
    gap = 0.5 * (-0.1 + 3.0) + 0.6 * (counted["热"] - counted["炎热"])
    assert found["热"] - found["炎热"] == pytest.approx(gap, abs=1e-3)
    lacking = 0.5 * (-0.1 + 3.0) + 0.6 * (counted["热"] - counted["好"])  # as bad as its worst
    assert found["热"] - found["好"] == pytest.approx(lacking, abs=1e-3)
    assert made.loss(gapped, 0, "热") == pytest.approx(-found["热"])
    assert made.loss(gapped, 0, "x") is None
    unknown = parse("𠮷[MASK]𠮷")
    assert [one.token for one in made.words(unknown, 0, 5)] == ["热", "炎热"]
