"""Fine-tuning: adapters begin as nothing and end inside the weights; what learns, and at which rate."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from tests.conftest import peer

pytestmark = pytest.mark.peer
TASTE = ("warm bread", "sweet tea", "a salty soup", "fried rice", "ripe fruit", "cold noodles")
ROADS = ("the last train", "a night bus", "the ferry", "two tickets", "a long road", "the tram")

FOOD = "bread soup rice fruit noodles cheese cake salad fish beans tea honey"
TRAVEL = "train bus ferry ticket tram airport road bridge station car ship bicycle"


@pytest.fixture(autouse=True)
def _packages(monkeypatch):
    for name in ("torch", "transformers", "onnx"):
        peer(name)
    if cache := os.environ.get("LMCLI_TEST_CACHE"):
        monkeypatch.setenv("LMCLI_CACHE", cache)


@pytest.fixture
def encoder():
    """A small BERT of random weights, in evaluation."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(vocab_size=50, intermediate_size=24, **shape)
    return BertModel(config, add_pooling_layer=False).eval()


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "talk.csv"
    rows = [f"{text} {n},{label}\n" for n in range(2)
            for texts, label in ((TASTE, "food"), (ROADS, "travel")) for text in texts]  # fmt: skip
    path.write_text("text,label\n" + "".join(rows))
    return path


def test_adapters_begin_as_nothing_and_end_inside_the_weights(encoder):
    import torch

    from lmcli.training.lora import adapt, merge

    ids = torch.randint(0, 50, (3, 7))
    names = list(encoder.state_dict())
    before = encoder(ids)[0].detach()
    count = adapt(encoder, 3, lambda name: ".attention." in name)
    torch.testing.assert_close(encoder(ids)[0], before)
    adapted = [layer for layer in encoder.modules() if hasattr(layer, "lora_b")]
    learns = {name for name, weight in encoder.named_parameters() if weight.requires_grad}
    assert len(adapted) == 2 * 4 and all(".attention." in name for name in learns)
    assert count == 8 * 3 * (16 + 16)
    for layer in adapted:
        torch.nn.init.normal_(layer.lora_b)
    moved = encoder(ids)[0].detach()
    assert (moved - before).abs().max() > 0.01
    merge(encoder)
    assert list(encoder.state_dict()) == names  # the network's own shape again
    torch.testing.assert_close(encoder(ids)[0], moved, atol=1e-5, rtol=1e-5)


def test_a_rank_that_layers_do_not_have_is_refused(encoder):
    from lmcli.frame.errors import BadUsage
    from lmcli.training.lora import adapt

    with pytest.raises(BadUsage, match="the layers are 16 wide"):
        adapt(encoder, 17)


@pytest.mark.parametrize(
    ("words", "trained"),
    [
        (("--lora", 2), 6 * 4 * 2 * (384 + 384) + 2 * 385),
        (("--freeze", "all"), 2 * 385),
        (("--freeze", 5), 1_774_464 + 2 * 385),
    ],
)
def test_what_learns_is_counted_and_the_graph_stays_as_it_is(
    lmcli, table, tmp_path, words, trained
):
    import onnx

    out = tmp_path / "model"
    words = (*words, "--model", "bert", "--epochs", 1, "--threads", 1, "--batch", 8, "--out", out)
    done = lmcli("classify", "train", table, *words, "-f", "json")
    assert done.code == 0, done.err
    (row,) = json.loads(done.out)
    assert (row["trained"], row["parameters"]) == (trained, 22_566_146)
    assert f"| of which learnt | {trained:,} (" in (out / "CARD.md").read_text(encoding="utf-8")
    assert row["difference"] < 1e-4
    products = [node.op_type for node in onnx.load(out / "model.onnx").graph.node].count("MatMul")
    assert (
        products == 6 * 8
    )  # of a layer: queries, keys, values, two of attention, output, two of the rest
    assert lmcli("classify", "fresh bread", "--model", out).table[0][0] in ("food", "travel")


@pytest.mark.parametrize("freeze", [0, 2])
def test_each_layer_learns_at_a_share_of_the_rate_above_it(freeze):
    from lmcli.classify.train.finetuning.network import groups, network

    net = network(2, 0.1, freeze=freeze)
    found = groups(net, 0.01, 0.5)
    rates = [group["lr"] for group in found]
    assert rates == [0.01 * 0.5**depth for depth in range(8 - (freeze + 1 if freeze else 0))]
    assert found[0]["params"] == list(net.output.parameters())
    assert found[1]["params"] == list(net.encoder.encoder.layer[5].parameters())
    learns = {id(weight) for weight in net.parameters() if weight.requires_grad}
    assert sorted(id(weight) for group in found for weight in group["params"]) == sorted(learns)


def test_options_of_fine_tuning_are_checked_before_long_work(lmcli, table):
    def said(*words):
        done = lmcli("classify", "train", table, "--name", "a", *words)
        assert done.code == 2, done.out
        return done.err

    assert "--lora is for --model bert" in said("--lora", 4)
    assert "--layer-decay is for --model bert" in said("--layer-decay", 0.9)
    assert "is not in the range" in said("--model", "bert", "--layer-decay", 1.5)
    assert "leave --freeze out" in said("--model", "bert", "--lora", 4, "--freeze", 2)
    assert "384 wide" in said("--model", "bert", "--lora", 385)
    assert "the encoder has 6 layers" in said("--model", "bert", "--freeze", 7)
    assert "how many layers" in said("--model", "bert", "--freeze", "²")


def test_the_same_shape_without_what_was_learnt():
    import torch

    from lmcli.classify.train.finetuning.network import network

    torch.manual_seed(0)
    drawn, learnt = network(2, 0.1, pretrained=False), network(2, 0.1)
    shapes = [
        {name: value.shape for name, value in net.state_dict().items()} for net in (drawn, learnt)
    ]
    assert shapes[0] == shapes[1]
    weights = [
        net.encoder.embeddings.word_embeddings.weight.detach().numpy() for net in (drawn, learnt)
    ]
    assert abs(weights[0].std() - 0.02) < 1e-3  # as BERT's are drawn
    assert np.abs(np.corrcoef(weights[0][1000], weights[1][1000])[0, 1]) < 0.3


def test_with_rates_by_layer_the_lower_ones_move_less(tmp_path, table):
    from pathlib import Path

    from lmcli.classify.train.corpus import Parts, gather
    from lmcli.classify.train.minilm import encoder
    from lmcli.classify.train.training import Settings, fit, plan_for, write_vocabulary
    from lmcli.training.data import Columns, read_examples
    from lmcli.training.loop import learn
    from lmcli.training.machine import prepare

    corpus = gather(read_examples(Path(table), Columns(None, None)), False, print)
    parts, start = Parts(corpus, corpus.part([]), corpus.part([])), encoder()

    def moved(decay):
        """How far the first layer and the last went, as the mean over their weights."""
        prepare(0, 1)
        settings = Settings("bert", layer_decay=decay, batch=8)
        tokenizer = write_vocabulary(tmp_path, corpus.texts, settings)
        net = fit(tokenizer, parts, settings, plan_for(settings, epochs=1, rate=1e-4), learn).module
        layers = [(net.encoder.encoder.layer[at], start.encoder.layer[at]) for at in (0, 5)]
        return [float((now.output.dense.weight - then.output.dense.weight).abs().mean().detach())
                for now, then in layers]  # fmt: skip

    even, graded = moved(1.0), moved(0.5)
    assert 0.5 < even[0] / even[1] < 2
    assert graded[0] / graded[1] == pytest.approx(0.5**5 * even[0] / even[1], rel=0.3)


def test_the_interval_holds_the_mean_and_narrows_with_texts():
    from lmcli.classify.train.finetuning.transfer import spread

    draw = np.random.default_rng(0)
    widths = []
    for texts in (50, 2000):
        right = draw.random((3, texts)) < 0.8
        low, high = spread(right, 0)
        assert low < right.mean() < high
        widths.append(high - low)
    assert widths[1] < 0.4 * widths[0]
    assert widths[0] == pytest.approx(2 * 1.96 * np.sqrt(0.8 * 0.2 / 50), rel=0.4)
    alike = np.tile(draw.random(500) < 0.5, (4, 1))  # runs that agree add nothing to be sure by
    low, high = spread(alike, 0)
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 500), rel=0.15)


def test_a_curve_needs_examples_and_takes_the_sizes_that_there_are():
    from lmcli.classify.train.finetuning.transfer import sizes_of
    from lmcli.frame.errors import BadInput

    assert sizes_of(8000) == [50, 200, 1000, 8000]
    assert sizes_of(200) == [50, 200]
    with pytest.raises(BadInput, match="100 at least"):
        sizes_of(60)


@pytest.fixture
def subjects(tmp_path):
    """Texts of two subjects, of which few examples show few of the words."""
    starts = ("I like", "where is", "she paid for", "he saw", "nobody wants", "that was")
    rows = [f"{start} the {word},{label}" for words, label in ((FOOD, "food"), (TRAVEL, "travel"))
            for word in words.split() for start in starts]  # fmt: skip
    path = tmp_path / "subjects.csv"
    path.write_text("\n".join(["text,label", *rows]) + "\n")
    return path


def test_pre_training_is_worth_examples(lmcli, subjects, tmp_path):
    figure = tmp_path / "curve.svg"
    words = ("compare", subjects, "--from-scratch", "--runs", 1, "--epochs", 8, "--save", figure)
    done = lmcli("classify", *words, "-f", "json")
    assert done.code == 0, done.err
    rows = json.loads(done.out)
    assert [row["examples"] for row in rows] == [50, 50, 116, 116]
    assert [row["start"] for row in rows] == ["pretrained", "scratch"] * 2
    assert all(row["low"] <= row["accuracy"] <= row["high"] for row in rows)
    assert rows[0]["accuracy"] > rows[1]["accuracy"] + 0.2 and rows[0]["accuracy"] > 0.9
    assert rows[0]["majority"] == pytest.approx(0.5, abs=0.05) and rows[0]["tested"] == 28
    assert "pretrained" in figure.read_text(encoding="utf-8")


def test_a_curve_of_too_few_texts_or_of_kinds_is_refused(lmcli, table):
    few = lmcli("classify", "compare", table, "--from-scratch")
    assert few.code == 1 and "too few for a curve" in few.err
    kinds = lmcli("classify", "compare", "--from-scratch", "--models", "mlp")
    assert kinds.code == 2 and "leave --models and --tokens out" in kinds.err
    both = lmcli("classify", "compare", "--from-scratch", "--forgetting")
    assert both.code == 2 and "one at a time" in both.err


def test_the_pairs_measure_what_the_encoder_can_do():
    import torch

    from lmcli.classify.train.finetuning.forgetting import PAIRS, ability
    from lmcli.classify.train.minilm import encoder, tokenizer_folder
    from lmcli.nn.tokenize import Tokenizer

    halves = [
        half for line in PAIRS.read_text(encoding="utf-8").splitlines() for half in line.split("\t")
    ]
    assert len(set(halves)) == 2 * 64
    tokenizer = Tokenizer(tokenizer_folder())
    loss, found = ability(encoder(), tokenizer)
    assert (loss, found) == (pytest.approx(0.165, abs=0.002), pytest.approx(125 / 128))
    torch.manual_seed(0)
    loss, found = ability(encoder(pretrained=False), tokenizer)
    assert loss == pytest.approx(np.log(64), abs=0.1) and found < 0.1  # knows nothing


def test_a_frozen_encoder_forgets_nothing_and_others_change(lmcli, subjects, tmp_path):
    figure = tmp_path / "forgetting.svg"
    words = ("compare", subjects, "--forgetting", "--epochs", 6, "--save", figure)
    done = lmcli("classify", *words, "-f", "json")
    assert done.code == 0, done.err
    before, frozen, lora, full = json.loads(done.out)
    assert [row["way"] for row in (before, frozen, lora, full)] == [
        "pretrained",
        "frozen",
        "lora",
        "full",
    ]
    assert before["accuracy"] is None and (frozen["loss"], frozen["found"]) == (
        before["loss"],
        before["found"],
    )
    assert lora["loss"] != before["loss"] != full["loss"]
    assert (frozen["trained"], lora["trained"], full["trained"]) == (770, 148_226, 22_566_146)
    assert lora["accuracy"] > 0.9 and "frozen" in figure.read_text(encoding="utf-8")


def test_a_head_alone_learns_at_a_rate_that_moves_it():
    from lmcli.classify.train.training import Settings, plan_for

    def rate(**settings):
        return plan_for(Settings("bert", **settings), epochs=None, rate=None).rate

    assert rate() == rate(freeze=5) == 2e-5 < rate(lora=8) < rate(freeze=6) == rate(freeze=-1)
