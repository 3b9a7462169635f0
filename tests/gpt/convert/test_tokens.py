"""Tokenizers out of GGUF metadata: SentencePiece's order of joining, bytes, what begins and ends a text."""

from __future__ import annotations

import json

import pytest

from lmcli.frame.errors import ModelError
from lmcli.gpt.convert.cuts import cuts_of
from lmcli.gpt.convert.tokens import ends, merges_of, tokenizer, tokenizer_config
from lmcli.nn.tokenize import Tokenizer

PIECES = {
    "<unk>": 0.0, "<s>": 0.0, "</s>": 0.0, "▁": -9.0, "a": -9.0, "b": -9.0, "c": -9.0,
    "ab": -3.0, "bc": -2.0, "▁a": -1.0, "▁ab": -4.0, "abc": -5.0, "▁▁": -6.0,
}  # fmt: skip


def sentencepiece(**more: object) -> dict[str, object]:
    tokens = [*PIECES, *(f"<0x{byte:02X}>" for byte in range(256))]
    return {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": [*PIECES.values(), *[0.0] * 256],
        "tokenizer.ggml.token_type": [2, 3, 3, *[1] * (len(PIECES) - 3), *[6] * 256],
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
        **more,
    }


def opened(metadata, folder) -> Tokenizer:
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer(metadata)), encoding="utf-8")
    return Tokenizer(folder)


def test_the_best_score_is_joined_first(tmp_path):
    own = opened(sentencepiece(), tmp_path)
    words = lambda text: [own.token(token) for token in own.encode(text).ids]  # noqa: E731
    assert words("abc") == ["▁a", "bc"]  # ▁a (-1), then bc (-2): ab (-3) has nothing left
    assert words("b") == ["▁", "b"]
    assert words("c  ab") == ["▁", "c", "▁", "▁ab"]  # ▁a, then ▁ab, though ab is better
    assert words("é") == ["▁", "<0xC3>", "<0xA9>"]
    assert words("<s>a</s>") == ["<s>", "▁a", "</s>"]
    assert own.decode(own.encode("abc é").ids) == " abc é"


def test_a_file_can_do_without_the_space_at_the_start(tmp_path):
    own = opened(sentencepiece(**{"tokenizer.ggml.add_space_prefix": False}), tmp_path)
    assert [own.token(token) for token in own.encode("abcab").ids] == ["abc", "ab"]


def test_merges_are_all_the_pairs_in_the_order_of_scores():
    assert merges_of(list(PIECES), list(PIECES.values()))[:3] == [
        ["▁", "a"],
        ["b", "c"],
        ["a", "b"],
    ]
    assert ["a", "bc"] in merges_of(list(PIECES), list(PIECES.values()))


def test_what_begins_and_ends_a_text():
    config = tokenizer_config(sentencepiece())
    assert (config["bos_token"], config["add_bos_token"]) == ("<s>", True)
    assert (
        tokenizer_config({"tokenizer.ggml.pre": "qwen2", "tokenizer.ggml.tokens": []})[
            "add_bos_token"
        ]
        is False
    )
    chat = {
        "tokenizer.ggml.tokens": ["a", "<|im_end|>", "<|endoftext|>", "<|end|>", "</s>"],
        "tokenizer.ggml.token_type": [1, 3, 3, 1, 3],
        "tokenizer.ggml.eos_token_id": 2,
    }
    assert ends(chat) == [1, 2, 4]  # <|end|> is a word here


def test_blanks_after_control_tokens_are_phi_3s_alone(tmp_path):
    for name, wanted in (("Phi-3-mini", True), ("Tiny", False)):
        added = tokenizer(sentencepiece(**{"general.name": name}))["added_tokens"]
        assert {one["content"]: one["rstrip"] for one in added} == {
            "<unk>": False, "<s>": False, "</s>": wanted,
        }  # fmt: skip


def test_a_way_of_cutting_that_is_not_known_is_named():
    with pytest.raises(ModelError, match="cuts texts as 'chatglm-bpe'"):
        cuts_of("chatglm-bpe")
    assert cuts_of("llama-bpe") == cuts_of("dbrx") != cuts_of("qwen2")
