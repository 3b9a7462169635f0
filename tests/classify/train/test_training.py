"""Each kind of classifier learns what it can, and its graph says what torch, or scikit-learn, says."""

import json

import numpy as np
import pytest

from tests.conftest import peer

pytestmark = pytest.mark.peer


@pytest.fixture(autouse=True)
def _packages():
    for name in ("torch", "sklearn", "onnx"):
        peer(name)


def fitted(kind, folder, **settings):
    from lmcli.classify.train.comparing import order_lesson
    from lmcli.classify.train.corpus import divided
    from lmcli.classify.train.training import Settings, fit, plan_for, write_vocabulary
    from lmcli.training.loop import learn
    from lmcli.training.machine import prepare

    parts = divided(order_lesson(), None, 0.2, 0)
    prepare(0, 1)
    made = Settings(kind, **{"size": 16, "hidden": 16, "grams": (1 << 10,), **settings})
    tokenizer = write_vocabulary(folder, parts.learned.texts, made)
    plan = plan_for(made, epochs=12, rate=5e-3)
    return fit(tokenizer, parts, made, plan, learn), tokenizer, parts, made


@pytest.mark.parametrize("kind", ["linear", "mlp", "rnn", "lstm", "gru", "cnn"])
def test_order_is_learnt_by_those_that_see_it_and_the_graph_says_the_same(kind, tmp_path):
    from lmcli.classify.model import open_classifier
    from lmcli.classify.train.making import Story, finish
    from lmcli.classify.train.training import encoded
    from lmcli.frame.models import read_spec

    learned, tokenizer, parts, made = fitted(kind, tmp_path)
    row = finish(learned, parts.tested, tmp_path, Story(kind, "pairs", "lmcli", 1, 0, 1.0, 64))
    if kind == "mlp":
        assert row.accuracy < 0.7  # the same words, opposite labels
    else:
        assert row.accuracy > 0.95
    texts = [*parts.tested.texts, "unheard", "good"]
    graph = open_classifier(read_spec(tmp_path), provider="cpu", threads=1)
    wanted = learned.logits(encoded(tokenizer, texts, made))
    np.testing.assert_allclose(graph.logits(texts), wanted, atol=2e-5)
    assert graph.labels == ("negative", "positive")
    assert f"| model | {kind} |" in (tmp_path / "CARD.md").read_text(encoding="utf-8")


def test_threes_have_a_table_too_and_short_texts_none(tmp_path):
    from lmcli.classify.model import open_classifier
    from lmcli.classify.train.making import Story, finish
    from lmcli.classify.train.training import encoded
    from lmcli.frame.models import read_spec

    learned, tokenizer, parts, made = fitted("cnn", tmp_path, grams=(1 << 10, 1 << 11))
    assert [table.num_embeddings for table in learned.module.grams] == [1 << 10, 1 << 11]
    finish(learned, parts.tested, tmp_path, Story("a", "pairs", "lmcli", 1, 0, 1.0, 64))
    texts = ["good", "not good", "not good bad", *parts.tested.texts[:5]]
    wanted = learned.logits(encoded(tokenizer, texts, made))
    graph = open_classifier(read_spec(tmp_path), provider="cpu", threads=1)
    np.testing.assert_allclose(graph.logits(texts), wanted, atol=2e-5)


def test_the_regression_is_added_to_what_the_bag_sums(tmp_path):
    import torch

    from lmcli.classify.train.bundled import strengthen
    from lmcli.classify.train.training import encoded

    learned, tokenizer, parts, made = fitted("cnn", tmp_path, grams=(1 << 10, 1 << 11))
    net = learned.module
    with torch.no_grad():
        for weight in net.parameters():
            weight.zero_()
    strengthen([net], encoded(tokenizer, parts.learned.texts, made), parts.learned.targets)
    logits = learned.logits(encoded(tokenizer, parts.tested.texts, made))
    assert (logits.argmax(1) == parts.tested.targets.argmax(1)).mean() > 0.95
    assert all(table.weight.any() for table in net.grams)


def test_the_average_of_nets_has_the_mean_of_their_logits():
    import torch

    from lmcli.classify.train.nets import average, net

    torch.manual_seed(0)
    shape = {"size": 8, "hidden": 6, "dropout": 0.5, "grams": (1 << 10, 1 << 10)}
    nets = [net("cnn", 50, 2, **shape).eval() for _ in range(3)]
    for one in nets:
        for table in (one.words, *one.grams):
            torch.nn.init.normal_(table.weight)
    ids, mask = torch.randint(2, 50, (4, 9)), torch.ones(4, 9, dtype=torch.long)
    mask[1, 5:] = 0
    wanted = sum(one(ids * mask, mask) for one in nets) / 3
    torch.testing.assert_close(average(nets)(ids * mask, mask), wanted, atol=1e-5, rtol=1e-4)


def test_eight_bits_are_a_quarter_and_lose_little(tmp_path):
    from lmcli.classify.train.making import Story, finish

    learned, _, parts, _ = fitted("gru", tmp_path, hidden=64, size=64)
    wide = finish(learned, parts.tested, tmp_path, Story("a", "pairs", "lmcli", 1, 0, 1.0, 64))
    small = finish(
        learned, parts.tested, tmp_path, Story("a", "pairs", "lmcli", 1, 0, 1.0, 64, eight=True)
    )
    assert small.bytes < 0.6 * wide.bytes
    assert small.lost == wide.accuracy - small.accuracy <= 0.05


def test_rounding_to_eight_bits_is_within_half_a_step():
    from lmcli.training.export import rounded

    draw = np.random.default_rng(0)
    for shape in ((50, 32), (500, 2), (8, 20, 3), (1, 64, 16)):
        values = draw.normal(size=shape).astype(np.float32)
        codes, scales = rounded(values)
        assert codes.dtype == np.int8
        assert (np.abs(codes * scales - values) <= scales * 0.5001).all()
        assert scales.size <= values.size / 8


CSV = "text,label\n" + "".join(
    f"{'good' if at % 2 else 'bad'} thing {at},{'yes' if at % 2 else 'no'}\n" for at in range(60)
)


@pytest.fixture
def table(tmp_path):
    (tmp_path / "things.csv").write_text(CSV, encoding="utf-8")
    return tmp_path / "things.csv"


def test_a_model_of_ones_own_is_trained_and_used(lmcli, table, tmp_path):
    log, curve = tmp_path / "log.jsonl", tmp_path / "curve.svg"
    words = (
        "classify",
        "train",
        table,
        "--model",
        "mlp",
        "--epochs",
        20,
        "--lr",
        0.02,
        "--threads",
        1,
    )
    done = lmcli(*words, "--log", log, "--curve", curve, "-f", "json")
    (row,) = json.loads(done.out)
    assert (done.code, row["name"], row["labels"], row["tested"]) == (0, "things", 2, 12)
    assert row["accuracy"] == 1.0 and row["difference"] < 1e-4
    assert lmcli("classify", "a good thing", "--model", "things").table[0][0] == "yes"
    assert {json.loads(line)["event"] for line in log.read_text().splitlines()} == {"step", "epoch"}
    assert "things" in curve.read_text(encoding="utf-8")
    again = lmcli(*words)
    assert again.code == 2 and "--force" in again.err
    (same,) = json.loads(lmcli(*words, "--force", "-f", "json").out)
    assert {**same, "seconds": 0} == {**row, "seconds": 0}


def test_several_labels_and_a_line_that_cannot_be_used(lmcli, tmp_path):
    rows = "".join(
        f"{a} {b} {at},{a}|{b}\n"
        for at in range(15)
        for a, b in (("x", "y"), ("y", "z"), ("x", "z"))
    )
    (tmp_path / "a.csv").write_text(f"text,label\n{rows},x\n", encoding="utf-8")
    words = ("--model", "linear", "--multi", "--threads", 1, "-f", "json")
    done = lmcli("classify", "train", tmp_path / "a.csv", *words)
    assert done.code == 5 and "no text in this line" in done.err
    assert json.loads(done.out)[0]["accuracy"] == 1.0
    found = lmcli("classify", "y z 99", "--model", "a", "-f", "json")
    assert sorted(row["label"] for row in json.loads(found.out)) == ["y", "z"]


def test_four_comments_teach_nothing(lmcli, tmp_path):
    text = "text,label\ngreat film,pos\ni love it,pos\nboring,neg\na waste of time,neg\n"
    (tmp_path / "four.csv").write_text(text, encoding="utf-8")
    done = lmcli(
        "classify", "train", tmp_path / "four.csv", "--model", "mlp", "--epochs", 3, "--threads", 1
    )
    assert done.code == 0 and "4 examples teach nothing that holds elsewhere" in done.err
    assert (
        lmcli("classify", "train", tmp_path / "four.csv", "--freeze", "2", "--name", "b").code == 2
    )


def test_compare_holds_kinds_side_by_side(lmcli, tmp_path):
    figure = tmp_path / "a.svg"
    done = lmcli(
        "classify",
        "compare",
        "--models",
        "linear,mlp",
        "--epochs",
        2,
        "--save",
        figure,
        "-f",
        "json",
    )
    linear, mlp = json.loads(done.out)
    assert linear["accuracy"] == 1.0 and linear["order"] > 0
    assert mlp["order"] == 0.0 and sum(map(sum, mlp["confusion"])) == 76
    assert "linear" in figure.read_text(encoding="utf-8")
    assert lmcli("classify", "compare", "--models", "perceptron").code == 2
