"""Tokenizers that are learnt: the same for the same text, and for WordPiece the library's own but for ties."""

import json

import pytest

from lmcli.nn.tokenize import Tokenizer
from lmcli.nn.tokens.learning import KINDS, UNKNOWN, WORDPIECE, learn_tokenizer

TEXT = ["the lower and the newer, the lowest and the newest: 12 words; 34 more words, 5 widest. 天气很好\n" * 20,
        "Whatever is low is lower than what is high; widely, newly, slowly.\n" * 9]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_text_gives_the_same_tokenizer(tmp_path, kind):
    found = []
    for number in range(4):
        folder = tmp_path / str(number)
        folder.mkdir()
        learn_tokenizer(TEXT, kind, 120 if kind == WORDPIECE else 320, folder)
        found.append((folder / "tokenizer.json").read_bytes())
    assert len(set(found)) == 1


def test_pieces_are_those_of_the_library(tmp_path):
    import tokenizers
    from tokenizers import models, trainers

    learn_tokenizer(TEXT, WORDPIECE, 90, tmp_path)
    raw = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    own = set(raw.get_vocab())
    raw.model = models.WordPiece(unk_token=UNKNOWN)
    special = ["[PAD]", "[UNK]", "[MASK]", "<|end|>"]
    trainer = trainers.WordPieceTrainer(vocab_size=90, special_tokens=special, show_progress=False)
    raw.train_from_iterator(TEXT, trainer)
    theirs = set(raw.get_vocab())
    assert len(own) == len(theirs) == 90
    assert (
        len(own & theirs) >= 85
    )  # pairs that are as frequent as others come in an order of chance there


def test_pieces_and_their_text(tmp_path):
    learn_tokenizer([*TEXT, "\U000f0041 \U00010348x"], WORDPIECE, 400, tmp_path)
    tokenizer = Tokenizer(tmp_path)
    tokens = tokenizer.encode("the lower", special=False).tokens
    assert list(tokens) == ["the", "lower"]
    assert next(iter(tokenizer.encode("wlower", special=False).tokens)) == "w"
    assert tokenizer.decode(tokenizer.ids("widest 天气 slowly")) == "widest 天 气 slowly"
    assert not tokenizer.encode(
        "\U000f0041"
    ).tokens  # of the letters that pieces are learnt in: no text has them
    values = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    assert [values["model"]["vocab"][one] for one in ("[PAD]", "[UNK]", "[MASK]", "<|end|>")] == [
        0,
        1,
        2,
        3,
    ]
    assert all(token < "\U000f0000" for token in values["model"]["vocab"])
