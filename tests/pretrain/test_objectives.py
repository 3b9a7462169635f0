"""BERT's second question and ELECTRA's: they are learnt, the graphs say what torch says, other commands use them."""

import json
import random
from itertools import pairwise
from statistics import mean

import pytest

from lmcli.errors import BadInput
from tests.conftest import peer

pytestmark = pytest.mark.peer
FAST = ("--layers", 1, "--width", 32, "--heads", 2, "--context", 32, "--threads", 1)
TWO = ("--layers", 2, "--width", 64, "--heads", 4, "--context", 32, "--threads", 1)
NOUNS = ("cat", "dog", "bird", "fish", "horse", "king", "ship", "river")


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """A text in which neighbours speak of the same thing."""
    peer("torch")
    draw = random.Random(4)
    parts = []
    for _ in range(200):
        noun = draw.choice(NOUNS)
        lines = []
        for _line in range(60):
            verb = draw.choice(("sees", "likes", "finds"))
            lines.append(f"the {noun} {verb} the {noun}, {draw.randrange(10**5)}.\n")
        parts.append("".join(lines))
    path = tmp_path_factory.mktemp("text") / "nouns.txt"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def place(texts, monkeypatch):
    monkeypatch.setenv("LMCLI_DATA", str(texts.parent / "data"))


def test_pairs_are_neighbours_or_strangers():
    from lmcli.pretrain.train.pairs import NEXT, pairs

    blocks = [[[100 * b + s] * 3 for s in range(20)] for b in range(20)]
    found = list(pairs(blocks, 20, random.Random(0)))
    kinds = [kind for *_, kind in found]
    assert len(found) > 30 and 0.3 < kinds.count(NEXT) / len(kinds) < 0.7
    for a, b, kind in found:
        assert 0 < len(a) <= 10 and 0 < len(b) <= 10
        assert (a[-1] + 1 == b[0]) == (kind == NEXT)
        assert kind == NEXT or a[0] // 100 != b[0] // 100


def test_the_next_sentence(lmcli, texts):
    words = (
        "pretrain",
        texts,
        "--objective",
        "mlm+nsp",
        "--name",
        "pairs",
        "--tokens",
        "wordpiece",
    )
    made = lmcli(*words, "--epochs", 4, *TWO, "--force", "-f", "json")
    assert made.code == 0, made.err
    row = json.loads(made.out)[0]
    assert row["objective"] == "mlm+nsp" and row["difference"] < 1e-4 and row["bits"] is None
    assert row["accuracy"] > 0.85 and 0.5 <= row["chance"] < 0.6
    near = ("the cat sees the cat, 71804.", "the cat likes the cat, 12345.")
    far = ("the cat sees the cat, 71804.", "the river likes the river, 12345.")
    assert json.loads(lmcli("nsp", *near, "--model", "pairs", "-f", "json").out)[0]["next"] is True
    assert json.loads(lmcli("nsp", *far, "--model", "pairs", "-f", "json").out)[0]["next"] is False
    filled = lmcli("fill", "the cat [MASK] the cat, 12345.", "--model", "pairs", "-k", 5)
    assert {line[2] for line in filled.table} >= {"sees", "likes", "finds"}
    batch = json.loads(lmcli("pretrain", "steps", "the cat", "--model", "pairs", "-f", "json").out)
    assert [one["seen"] for one in batch[0]["places"]][::3] == ["[CLS]", "[SEP]"]
    more = ("--from", "pairs", "--objective", "mlm+nsp", "--name", "more", "--epochs", 1)
    assert lmcli("pretrain", texts, *more, "--force", "--threads", 1).code == 0


def test_the_head_of_the_graph_is_that_of_torch(lmcli, texts):
    from lmcli.frame.models import read_spec
    from lmcli.nn.onnx import open_session
    from lmcli.pretrain.train.making import load

    folder = texts.parent / "data" / "models" / "pairs"
    if not folder.exists():
        test_the_next_sentence(lmcli, texts)
    import numpy as np
    import torch

    network, shape, _ = load(read_spec(folder))
    network.eval()
    ids, sides = torch.tensor([[4, 9, 10, 5, 11, 5]]), torch.tensor([[0, 0, 0, 0, 1, 1]])
    with torch.no_grad():
        x, _ = network.run(ids, sides=sides)
        wanted = network.follows(x, sides, torch.ones_like(ids))
    session = open_session(folder / "model.onnx", provider="cpu")
    feeds = {"input_ids": ids, "position_ids": torch.arange(6)[None], "token_type_ids": sides}
    names = ["seq_relationship_logits"]
    got = session.run({name: one.numpy() for name, one in feeds.items()}, names)[names[0]]
    np.testing.assert_allclose(got, wanted.numpy(), atol=1e-4)
    assert shape.objective == "mlm+nsp"


def test_replaced_tokens(lmcli, texts):
    words = ("pretrain", texts, "--objective", "electra", "--name", "spy", "--tokens", "wordpiece")
    made = lmcli(*words, "--epochs", 2, *TWO, "--force", "-f", "json")
    assert made.code == 0, made.err
    row = json.loads(made.out)[0]
    assert row["difference"] < 1e-4 and row["accuracy"] > 0.6 > row["chance"] == 0.5

    def doubt(one, other):
        """How much the noun is suspected that is suspected more."""
        text = f"the {one} likes the {other}, 12345."
        told = json.loads(lmcli("fill", "steps", text, "--model", "spy", "-f", "json").out)
        assert all(0 <= token["suspected"] <= 1 for token in told)
        return max(token["suspected"] for token in told if token["token"] in NOUNS)

    strange = [doubt(*pair) for pair in pairwise(NOUNS)]  # they do not go together
    usual = [doubt(noun, noun) for noun in NOUNS]
    assert mean(strange) > 2 * mean(usual), (strange, usual)
    filled = lmcli("fill", "the cat [MASK] the cat, 12345.", "--model", "spy", "-k", 5)
    assert {line[2] for line in filled.table} & {"sees", "likes", "finds"}
    assert lmcli("nsp", "a", "b", "--model", "spy").code == 4
    refused = lmcli("pretrain", "steps", "the cat", "--model", "spy")
    assert refused.code == 2 and "fill steps" in refused.err


def test_what_cannot_be(lmcli, texts, tmp_path):
    from lmcli.pretrain.train.pairs import pairs

    assert lmcli("pretrain", texts, "--objective", "electra", "--teacher", "spy").code == 2
    assert list(pairs([[[1, 2, 3]]], 20, random.Random(0))) == []
    one = tmp_path / "one.txt"
    one.write_text("".join(chr(0x4E00 + n * 7919 % 20000) for n in range(60_000)))
    done = lmcli("pretrain", one, "--objective", "mlm+nsp", "--epochs", 1, *FAST)
    assert done.code == BadInput.exit_code and "sentence" in done.err
