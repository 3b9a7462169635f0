"""Tokens as readable text: every way in which vocabularies write them, against tokenizers themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.nn.tokenize import Tokenizer
from lmcli.nn.tokens.pieces import readable, text_of, visible, writing_of

TEXT = "今天天气真不错 😀 hi\n\té"


@pytest.fixture(scope="module")
def byte_level(tmp_path_factory):
    """A byte-level BPE whose tokens are whole words, halves of characters, and an added one."""
    from tokenizers import Tokenizer as Raw
    from tokenizers import decoders, models, pre_tokenizers, trainers

    raw = Raw(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=alphabet, special_tokens=["<|end▁of|>"]
    )
    raw.train_from_iterator(["hi hi there 今天 今天 的的"] * 3, trainer)
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    raw.save(str(path))
    return Tokenizer(path)


def bytes_of(shown: str) -> bytes:
    """What readable text of bytes stands for."""
    import re

    parts = re.split("<([0-9A-F]{2})>", shown)
    return b"".join(
        bytes([int(part, 16)]) if i % 2 else part.encode() for i, part in enumerate(parts)
    )


@given(st.text(alphabet=st.characters(exclude_characters="<>", exclude_categories=("Cs",))))
def test_pieces_of_byte_level_tokens_make_the_text(byte_level, text):
    shown = byte_level.readable(byte_level.encode(text).tokens)
    assert b"".join(map(bytes_of, shown)) == text.encode()
    assert all("Ġ" not in piece for piece in shown if "Ġ" not in text)


def test_added_tokens_stay(byte_level):
    assert byte_level.readable(["<|end▁of|>", "Ġhi"]) == ("<|end▁of|>", " hi")
    assert byte_level.readable_id(10**6) == ""


@pytest.mark.parametrize(
    ("token", "writing", "text"),
    [
        ("Ġthe", "bytes", " the"),
        ("Ċ", "bytes", "\n"),
        ("ä»", "bytes", "<E4><BB>"),
        ("Ĭ", "bytes", "<8A>"),
        ("ä»Ĭå¤", "bytes", "今<E5><A4>"),
        ("▁the", "spaces", " the"),
        ("<0xE4>", "spaces", "<E4>"),
        ("<0x0A>", "spaces", "\n"),
        ("今", "spaces", "今"),
        ("##s", "plain", "##s"),
        ("▁", "plain", "▁"),
    ],
)
def test_each_writing(token, writing, text):
    assert readable(token, writing) == text


def test_the_writing_is_told_from_the_file():
    strip = {"type": "Strip"}
    replace = {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}
    assert writing_of({"type": "ByteLevel"}, None) == "bytes"
    assert (
        writing_of(None, {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}]}) == "bytes"
    )
    assert writing_of({"type": "Sequence", "decoders": [replace, strip]}, None) == "spaces"
    assert writing_of({"type": "Metaspace"}, None, None) == "spaces"
    assert writing_of({"type": "WordPiece"}, {"type": "BertPreTokenizer"}) == "plain"


def test_what_would_move_the_cursor_is_shown():
    assert visible("\x1b[31m a\n") == "<1B>[31m·a↵"
    assert text_of(b"\xff\xe4\xbb\x8a\xe4") == "<FF>今<E4>"
