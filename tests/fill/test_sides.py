"""The bundled decoder made to look to both sides: words that only the right decides, several masks, three views."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lmcli.fill.gaps import parse
from lmcli.fill.opening import chooser
from lmcli.nn.decoding.context import Context, token_logprobs

pytestmark = pytest.mark.usefixtures("with_smollm2")


@pytest.fixture(scope="module")
def filler(smollm2):
    from lmcli.store.library import environment

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LMCLI_MODELS", str(smollm2.parent))
        return chooser(environment(offline=True), None)("x")


def test_scores_are_log_probabilities_of_the_whole_text(filler, monkeypatch):
    monkeypatch.setattr("lmcli.fill.sides.INSIDE", np.array((1.0, 0.0, 0.0)))
    monkeypatch.setattr("lmcli.fill.sides.BEHIND", 1e9)
    tokens, scores = filler.scored("The ", " barked.", spaced=True)
    model, context = filler.model, Context(filler.model)
    start = [model.tokenizer.id("<|endoftext|>"), *model.tokenizer.ids("The", special=False)]
    right = model.tokenizer.ids(" barked.", special=False)
    for at in np.argsort(-scores)[:3]:
        ids = [*start, tokens[at], *right]
        assert scores[at] == pytest.approx(sum(token_logprobs(context, ids, 2)), abs=0.5)


def test_words_that_any_text_repeats_are_not_held_back(filler):
    """The second "the" is nearly free; "cat" said again is not."""
    gapped = parse("The cat sat on [MASK] mat.")
    assert filler.loss(gapped, 0, "the") < 0.5 < 5 < filler.loss(gapped, 0, "cat")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The [MASK] barked at the postman.", "dog"),
        ("Paris is the [MASK] of France.", "capital"),
        ("[MASK] is the capital of France.", "Paris"),
        ("[MASK] is the capital of Japan.", "Tokyo"),
        ("[MASK] old is your sister?", "How"),
        ("Water boils at a hundred ___.", "degrees"),
    ],
)
def test_the_right_word_comes_first(filler, text, word):
    assert filler.words(parse(text), 0, 1)[0].token == word


def test_the_views_differ_where_the_right_side_decides(lmcli):
    line = ("fill", "compare", "The [MASK] barked at the postman.", "-f", "json")
    rows = json.loads(lmcli(*line).out)
    first = {row["view"]: row["token"] for row in rows if row["rank"] == 1}
    assert first["both"] == "dog" != first["left"]
    seen = {row["view"]: row["sees"] for row in rows}
    assert seen["left"] == "The" and "postman" in seen["bag"]
    ranked = json.loads(lmcli(*line, "--answer", "dog").out)
    places = {row["view"]: row["rank"] for row in ranked}
    assert places["both"] == 1 < places.get("left", 1001)  # of the first 1,000


def test_masks_are_filled_jointly(lmcli):
    rows = json.loads(lmcli("fill", "The [MASK] sat on the [MASK].", "-k", 2, "-f", "json").out)
    assert [(row["mask"], row["rank"]) for row in rows] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert list(rows[0]) == ["input", "mask", "rank", "token", "score", "text"]
    assert "[MASK]" not in "".join(row["text"] for row in rows)
    assert rows[0]["token"] in rows[0]["text"] and 0 < rows[0]["score"] <= 1


def test_evaluation_counts_what_is_right(lmcli, tmp_path):
    items = tmp_path / "items.jsonl"
    lines = [
        {"text": "The [MASK] barked at the postman.", "answers": ["dog"], "kind": "right"},
        {"text": "Paris is the [MASK] of France.", "answers": "capital", "kind": "left"},
    ]
    items.write_text("\n".join(map(json.dumps, lines)) + "\nno json\n", encoding="utf-8")
    text = tmp_path / "text.txt"
    text.write_text("the dog barked at the postman . rome is the capital of italy .\n" * 3)
    done = lmcli("fill", "--eval", items, "--text", text, "-f", "json")
    assert done.code == 5 and "line 3" in done.err
    found = {(row["method"], row["kind"]): row for row in json.loads(done.out)}
    both = found["smollm2-135m-instruct, both sides", "all"]
    assert (both["count"], both["top1"], both["top5"]) == (2, 1, 1) and both["ms"] > 0
    assert found["3-gram, both sides", "right"]["top1"] == 1
    assert found["frequency", "all"]["top1"] == 0


def test_what_cannot_be_filled(lmcli):
    assert lmcli("fill", "no gap").code == 1
    assert lmcli("fill", "-", stdin="").code == 0
    done = lmcli("nsp", "我饿了。", "我们点个披萨吧。")
    assert done.code == 4 and "lmcli models pull e5-small-multilingual" in done.err
    done = lmcli("nsp", "one sentence")
    assert done.code == 2 and "two sentences" in done.err
    done = lmcli("nsp", "-", stdin="no tab\nI am hungry.\tLet us order a pizza.\n")
    assert done.code == 5 and "line 1" in done.err and done.out.startswith("true\t")


def test_pairs_are_evaluated_by_kind(lmcli, tmp_path):
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text(
        "I am hungry.\tLet us order a pizza.\ttrue\tshort\n"
        "I am hungry.\tTheir house is empty now.\tfalse\tshort\nbad line\n",
        encoding="utf-8",
    )
    done = lmcli("nsp", "--eval", pairs, "-f", "json")
    assert done.code == 5 and "line 3" in done.err
    assert json.loads(done.out) == [
        {"kind": "short", "count": 2, "accuracy": 1.0},
        {"kind": "all", "count": 2, "accuracy": 1.0},
    ]
