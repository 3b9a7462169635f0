"""Which head is shown where none is named, and what it says of the words."""

import json

import numpy as np
import pytest

from lmcli.attention.choosing import own_weights, pick
from lmcli.attention.reading import Attention, AttentionReader
from lmcli.attention.words import between, is_causal, words_of
from lmcli.frame.models import bundled_folder, read_spec
from lmcli.nn.encoding import Encoding
from tests.attention.cli.test_show import IT


@pytest.fixture(scope="module")
def reader():
    return AttentionReader(read_spec(bundled_folder() / "all-minilm-l6-v2"), threads=1)


def test_own_weights_are_what_column_and_diagonal_leave():
    rng = np.random.default_rng(0)
    weights, mask = rng.random((2, 6, 6)).astype(np.float32), rng.random((6, 6)) > 0.3
    own = own_weights(weights, mask)
    for i, j in np.ndindex(6, 6):
        column = [k for k in range(6) if k != i and mask[k, j]]
        line = [k for k in range(6) if k != i and 0 <= k + j - i < 6 and mask[k, k + j - i]]
        means = [weights[:, column, j].mean(1)] if column else [np.zeros(2)]
        means += [weights[:, line, np.array(line) + j - i].mean(1)] if line else []
        expected = np.maximum(weights[:, i, j] - np.max(means, axis=0), 0) * mask[i, j]
        assert np.abs(own[:, i, j] - expected).max() < 1e-6


@pytest.mark.parametrize(
    ("text", "source", "target"),
    [
        (IT, "it", "animal"),
        (IT.replace("tired", "wide."), "it", "animal"),
        ("The trophy didn't fit into the suitcase because it was too big", "it", "trophy"),
        ("Anna gave the book to Peter because she liked him", "she", "Anna"),
        ("Anna gave the book to Peter because she liked him", "him", "Peter"),
        ("The keys to the cabinet are on the table", "are", "keys"),
        ("My brother bought a new car and he drives it every day", "it", "car"),
    ],
)
def test_the_head_shows_who_is_meant(reader, text, source, target):
    links = pick(reader.read(text)).links
    first = next(link for link in links if link.source == source)
    assert first.target == target
    assert first.weight > 0.3


def test_weights_between_words_are_shares(reader):
    attention = reader.read("Unbelievably, the dog didn't bark.", "It slept.")
    words = words_of(attention)
    names = [word.name for word in words]
    assert names[:6] == ["[CLS]", "Unbelievably", ",", "the", "dog", "didn't"]
    assert sorted(i for word in words for i in word.places) == [*range(len(attention.tokens))]
    assert np.abs(between(attention.weights, words).sum(axis=-1) - 1).max() < 1e-5
    assert not is_causal(attention.weights)


@pytest.mark.parametrize("text", ["hi", "!!!", "a", "今天天气真不错 😀", "word " * 300, "x\n\ny"])
def test_any_text_has_a_picture(lmcli, text):
    (row,) = json.loads(lmcli("attention", text, "-f", "json").out)
    assert np.abs(np.array(row["weights"]).sum(axis=1) - 1).max() < 1e-4
    assert lmcli("attention", text, tty=True, env={"NO_COLOR": "1"}).code == 0


def test_it_is_said_in_words(lmcli, tmp_path):
    shown = lmcli("attention", IT, tty=True, env={"NO_COLOR": "1"}).out
    assert "it -> animal .62" in shown
    assert "layer 4, head 2: chosen because" in shown
    (row,) = json.loads(lmcli("attention", IT, "-f", "json").out)
    assert (row["layer"], row["head"]) == (4, 2)
    (named,) = json.loads(lmcli("attention", IT, "--layer", "4", "--head", "2", "-f", "json").out)
    assert row["weights"] == named["weights"]
    assert "[CLS]" not in row["words"]
    assert np.abs(np.array(row["scaled"]).sum(axis=1) - 1).max() < 1e-5
    (mean,) = json.loads(lmcli("attention", IT, "--mean", "-f", "json").out)
    assert (mean["layer"], mean["head"]) == (None, None)
    for suffix in ("svg", "html"):
        lmcli("attention", IT, "--save", tmp_path / f"it.{suffix}")
        text = (tmp_path / f"it.{suffix}").read_text()
        assert "it -&gt; animal .62" in text
        assert "chosen because" in text


def test_the_reason_names_every_word_that_looks(lmcli):
    (row,) = json.loads(lmcli("attention", IT, "--from", "cross the", "-f", "json").out)
    assert row["chosen"].startswith("the links of 'cross' and 'the' ")


def test_a_token_of_several_characters_is_named_by_all_of_them():
    encoding = Encoding(
        (1, 2, 3), ("▁", "因为它", "累了"), ((0, 0), (0, 3), (3, 5)), (0,) * 3, (1, 0, 0)
    )
    weights = np.full((1, 1, 3, 3), 1 / 3, np.float32)
    words = words_of(Attention(("因为它累了",), encoding, ("▁", "因为它", "累了"), weights))
    assert [word.name for word in words] == ["▁", "因为它", "累了"]
