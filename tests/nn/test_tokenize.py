import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import BadInput, ModelError
from lmcli.nn import tokenize
from lmcli.nn.encoding import pad
from lmcli.nn.tokenize import Tokenizer
from tests.conftest import ROOT

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "sat", "##s", ",", "on", "mat"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small WordPiece tokenizer in BERT's manner, with truncation and padding set in its file."""
    import tokenizers
    from tokenizers import models, normalizers, pre_tokenizers, processors

    vocab = {word: number for number, word in enumerate(WORDS)}
    raw = tokenizers.Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    raw.normalizer = normalizers.BertNormalizer(lowercase=True)
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    raw.decoder = tokenizers.decoders.WordPiece()
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    raw.add_special_tokens(WORDS[:4])
    raw.enable_truncation(4)
    raw.enable_padding(length=16)
    folder = tmp_path_factory.mktemp("tokenizer")
    raw.save(str(folder / tokenize.FILE))
    config = {"pad_token": "[PAD]", "model_max_length": 8, "chat_template": "{{ messages }}"}
    (folder / tokenize.CONFIG).write_text(json.dumps(config))
    tokens = {"sep_token": {"content": "[SEP]"}, "pad_token": "[UNK]"}
    (folder / tokenize.SPECIAL_TOKENS).write_text(json.dumps(tokens))
    return folder


@pytest.fixture(scope="module")
def tokenizer(folder):
    return tokenize.Tokenizer(folder)


def test_encode_leaves_out_what_the_file_sets(tokenizer):
    text = "The cats, the CAT sat"
    encoding = tokenizer.encode(text)
    assert encoding.tokens == (*("[CLS]", "the", "cat", "##s", ",", "the", "cat", "sat", "[SEP]"),)
    assert encoding.special == (1, 0, 0, 0, 0, 0, 0, 0, 1)
    spans = [text[start:end] for start, end in encoding.offsets]
    assert spans == ["", "The", "cat", "s", ",", "the", "CAT", "sat", ""]
    assert tokenizer.encode(text, special=False).tokens == encoding.tokens[1:-1]


def test_truncation_counts_what_it_cut_and_keeps_the_frame(tokenizer):
    long, short = tokenizer.encode_batch(["the cat sat on the mat", "cat"], max_length=5)
    assert long.tokens == ("[CLS]", "the", "cat", "sat", "[SEP]")
    assert (long.cut, short.cut) == (3, 0)
    assert tokenizer.encode("the cat sat on the mat").cut == 0


def test_pairs(tokenizer):
    pair = tokenizer.encode(("the cat", "the mat sat"), max_length=7)
    assert pair.tokens == ("[CLS]", "the", "cat", "[SEP]", "the", "mat", "[SEP]")
    assert pair.type_ids == (0, 0, 0, 0, 1, 1, 1)
    assert pair.cut == 1


def test_pad(tokenizer):
    batch = pad(tokenizer.encode_batch(["cat", "the cat"]), pad_id=9)
    np.testing.assert_array_equal(batch["input_ids"], [[2, 5, 3, 9], [2, 4, 5, 3]])
    np.testing.assert_array_equal(batch["attention_mask"], [[1, 1, 1, 0], [1, 1, 1, 1]])
    left = pad(tokenizer.encode_batch(["cat", "the cat"]), left=True)
    np.testing.assert_array_equal(left["input_ids"][0], [0, 2, 5, 3])
    assert left["input_ids"].dtype == np.int64
    assert pad([])["input_ids"].shape == (0, 0)


def test_special_ids_and_configuration(tokenizer):
    assert tokenizer.special_id("pad") == 0
    assert tokenizer.special_id("sep") == 3
    assert tokenizer.special_id("eos") is None
    assert tokenizer.max_length == 8
    assert tokenizer.size == len(WORDS)
    assert tokenizer.chat_template == "{{ messages }}"
    assert (tokenizer.id("mat"), tokenizer.token(10), tokenizer.id("dog")) == (10, "mat", None)


def test_decode(tokenizer):
    ids = tokenizer.encode("the cats sat").ids
    assert tokenizer.decode(ids) == "the cats sat"
    assert tokenizer.decode(ids, skip_special=False) == "[CLS] the cats sat [SEP]"


@pytest.fixture(scope="module")
def bytewise(tmp_path_factory):
    """A byte-level tokenizer without merges: every byte is a token."""
    import tokenizers
    from tokenizers import models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = tokenizers.Tokenizer(models.BPE({char: i for i, char in enumerate(alphabet)}, []))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = tokenizers.decoders.ByteLevel()
    path = tmp_path_factory.mktemp("bytes") / "tokenizer.json"
    raw.save(str(path))
    return tokenize.Tokenizer(path)


@given(st.text(max_size=40))
def test_stream_and_decode_give_the_text_back(bytewise, text):
    ids = bytewise.encode(text).ids
    step = bytewise.stream().step
    assert bytewise.decode(ids) == text
    assert "".join(step(token_id) for token_id in ids) == text


def test_damaged_and_missing_files(tmp_path, folder):
    with pytest.raises(ModelError, match="No such file"):
        tokenize.Tokenizer(tmp_path)
    path = tmp_path / "tokenizer.json"
    path.write_bytes((folder / tokenize.FILE).read_bytes()[:500])
    with pytest.raises(ModelError, match=r"tokenizer\.json is not a tokenizer, or is damaged"):
        tokenize.Tokenizer(path)
    path.write_bytes((folder / tokenize.FILE).read_bytes())
    (tmp_path / tokenize.CONFIG).write_text("{")
    with pytest.raises(ModelError, match="tokenizer_config"):
        tokenize.Tokenizer(path).special_id("pad")


def test_pieces_are_read_whole_and_lose_nothing():
    tokenizer = Tokenizer(ROOT / "models" / "all-minilm-l6-v2")
    texts = ["short", "A sentence here. " * 200, "3ceb3ffd" * 400, "今天天气" * 300, "a b " * 999]
    for text in texts:
        pieces = tokenizer.pieces(text, 64)
        assert "".join(pieces) == text or "".join(pieces) == text.rstrip()
        assert all(len(tokenizer.encode(piece)) <= 64 for piece in pieces)
    assert all(piece.endswith("here. ") for piece in tokenizer.pieces(texts[1], 64))
    assert tokenizer.pieces("", 64) == [""]


def test_a_huge_text_is_cut_without_being_read_and_counted_about():
    tokenizer = Tokenizer(ROOT / "models" / "all-minilm-l6-v2")
    encoding = tokenizer.encode("the quick brown fox " * 100_000, max_length=16)
    assert len(encoding) == 16
    assert abs(encoding.cut + 16 - 400_002) < 400
    with pytest.raises(BadInput, match="too long"):
        tokenizer.encode("x" * 1_000_001)


def test_unknown_tokens_and_their_places():
    tokenizer = Tokenizer(ROOT / "models" / "all-minilm-l6-v2")
    text = "a 🍕 and 猫"
    assert tokenizer.unknown(tokenizer.encode(text)) == [(2, 3), (8, 9)]
    assert tokenizer.unknown(tokenizer.encode("a cat")) == []


def test_ids_of_many_texts_are_those_of_each(folder):
    tokenizer = Tokenizer(folder)
    texts = ["the cat", "", "sats, 猫", "the cat sat on the mat, the cat", "the " * 100]
    fast = tokenizer.batch_ids(texts, 8)
    assert fast[3:] == [None, None]
    assert fast[:3] == [list(tokenizer.encode(text).ids) for text in texts[:3]]


@pytest.mark.parametrize("length", [-1, 0, float("-inf"), float("nan"), 1e30, "8"])
def test_a_length_that_is_none(folder, tmp_path, length):
    (tmp_path / tokenize.FILE).write_bytes((folder / tokenize.FILE).read_bytes())
    (tmp_path / tokenize.CONFIG).write_text(json.dumps({"model_max_length": length}))
    assert Tokenizer(tmp_path).max_length is None
