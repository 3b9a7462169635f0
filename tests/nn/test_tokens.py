"""Tokenizers built of their parts cut texts as transformers' own do."""

from __future__ import annotations

import json
import struct
import warnings
from pathlib import Path

import pytest

from lmcli.frame.errors import ModelError
from lmcli.nn.onnxfile.proto import FIXED32, write_field, write_varint
from lmcli.nn.tokenize import Tokenizer
from lmcli.nn.tokens.build import complete_tokenizer
from lmcli.nn.tokens.stream import Stream
from tests.conftest import peer

CORPUS = [
    "The quick brown fox jumps over the lazy dog, and it's 3 o'clock: 12,345.67!",
    "今天天气真不错，我们一起去公园散步。 你好！",
    "Éclairs naïve café ﬁne ｆｕｌｌ  width\ttabs\nlines  two",
    "def f(x):\n    return x ** 2  # square\n",
]
TEXTS = [*CORPUS, "", " ", "  leading", "a pair of <mask> tokens </s> in it", "🙂 zwj 👩‍👩‍👧"]


def pieces_file(
    path: Path, kind: int, *, controls: tuple[str, ...], bytes_too: bool = False
) -> None:
    """A SentencePiece model of the corpus: letters, pairs of letters and words, by length."""
    words = sorted({f"▁{word}" for text in CORPUS for word in text.split()})
    letters = sorted({letter for text in CORPUS for letter in text if not letter.isspace()} | {"▁"})
    pairs = sorted({word[at : at + 2] for word in words for at in range(len(word) - 1)})
    pieces = [(text, 0.0, 2 if text == "<unk>" else 3) for text in controls]
    if bytes_too:
        pieces += [(f"<0x{value:02X}>", 0.0, 6) for value in range(256)]
    known = {text for text, _, _ in pieces}
    for number, text in enumerate(dict.fromkeys([*pairs, *words, *letters])):
        if text not in known:
            pieces.append((text, -1.0 - number / 64 if kind == 2 else -9.0 + len(text), 1))
    data = b"".join(
        write_field(
            1,
            write_field(1, text)
            + write_varint(2 << 3 | FIXED32)
            + struct.pack("<f", score)
            + write_field(3, mark),
        )
        for text, score, mark in pieces
    )
    trainer = write_field(3, kind) + write_field(35, int(bytes_too))
    trainer += write_field(40, controls.index("<unk>")) + write_field(45, "<unk>")
    path.write_bytes(data + write_field(2, trainer) + write_field(3, write_field(1, "identity")))


SPECIAL = {
    "llama": {"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>"},
    "t5": {"tokenizer_class": "T5Tokenizer", "eos_token": "</s>", "pad_token": "<pad>"},
    "xlmr": {
        **{"tokenizer_class": "XLMRobertaTokenizer", "bos_token": "<s>", "eos_token": "</s>"},
        **{"cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "mask_token": "<mask>"},
    },
}
FILES = {
    "llama": ("tokenizer.model", 2, ("<unk>", "<s>", "</s>"), True),
    "t5": ("spiece.model", 1, ("<pad>", "</s>", "<unk>"), False),
    "xlmr": ("sentencepiece.bpe.model", 1, ("<unk>", "<s>", "</s>"), False),
}


def write_config(folder: Path, config: dict) -> None:
    (folder / "tokenizer_config.json").write_text(json.dumps({"unk_token": "<unk>", **config}))


@pytest.mark.peer
@pytest.mark.parametrize("kind", FILES)
def test_sentencepiece(tmp_path, kind):
    """As sentencepiece itself cuts them, with the ids and marks of the family."""
    peer("sentencepiece")
    import sentencepiece

    name, algorithm, controls, bytes_too = FILES[kind]
    pieces_file(tmp_path / name, algorithm, controls=controls, bytes_too=bytes_too)
    write_config(tmp_path, SPECIAL[kind])
    assert complete_tokenizer(tmp_path) == ["tokenizer.json"]
    mine = Tokenizer(tmp_path)
    own = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / name))
    shift = 1 if kind == "xlmr" else 0
    unknown = mine.unknown_id
    for text in [*CORPUS, "", "  two  blanks ", "ÿ and 鿿"]:
        ids = [one + shift for one in own.encode(text)]
        if kind == "xlmr":
            ids = [unknown if one == 1 else one for one in ids]
        assert list(mine.encode(text, special=False).ids) == ids, text
    around = [mine.token(one) for one in mine.encode("a").ids]
    ends = {"llama": ("<s>", None), "t5": (None, "</s>"), "xlmr": ("<s>", "</s>")}[kind]
    assert (around[0] if ends[0] else None, around[-1] if ends[1] else None) == ends


@pytest.mark.peer
@pytest.mark.parametrize(
    "kind", ["BertTokenizer", "DistilBertTokenizer", "MPNetTokenizer", "ElectraTokenizer"]
)
@pytest.mark.parametrize("lower", [True, False])
def test_vocab_txt(tmp_path, kind, lower):
    peer("transformers")
    import transformers

    mpnet = kind == "MPNetTokenizer"
    marks = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"] if mpnet else []
    marks = marks or ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = sorted(
        {letter for text in CORPUS for letter in text.lower() + text if not letter.isspace()}
    )
    words = ["the", "The", "quick", "##ick", "fox", "jump", "##s", "cafe", "café"]
    vocabulary = [*marks, *letters, *(f"##{letter}" for letter in letters), *words]
    (tmp_path / "vocab.txt").write_text(
        "\n".join(dict.fromkeys(vocabulary)) + "\n", encoding="utf-8"
    )
    config = {"tokenizer_class": kind, "do_lower_case": lower, "unk_token": "[UNK]"}
    if mpnet:
        config |= {
            "cls_token": "<s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "mask_token": "<mask>",
        }
    write_config(tmp_path, config)
    complete_tokenizer(tmp_path)
    made = Tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    own = getattr(transformers, kind).from_pretrained(tmp_path)
    for text in TEXTS:
        assert list(made.encode(text).ids) == own(text)["input_ids"], text
    assert list(made.encode(("the fox", "a dog")).ids) == own("the fox", "a dog")["input_ids"]


@pytest.mark.peer
@pytest.mark.parametrize(
    "kind",
    ["GPT2Tokenizer", "RobertaTokenizer", "Qwen2Tokenizer", "CLIPTokenizer", "BartTokenizer"],
)
def test_vocab_json_and_merges(tmp_path, kind):
    peer("transformers")
    import tokenizers
    import transformers
    from tokenizers import models, normalizers, pre_tokenizers, trainers

    clip = kind == "CLIPTokenizer"
    raw = tokenizers.Tokenizer(models.BPE(**({"end_of_word_suffix": "</w>"} if clip else {})))
    split = pre_tokenizers.Split(" ", "removed")
    level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.pre_tokenizer = pre_tokenizers.Sequence([split, level]) if clip else level
    if clip:
        raw.normalizer = normalizers.Lowercase()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>", "<|startoftext|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=900,
        initial_alphabet=alphabet,
        special_tokens=special,
        **({"end_of_word_suffix": "</w>"} if clip else {}),
        show_progress=False,
    )
    raw.train_from_iterator(CORPUS, trainer)
    model = json.loads(raw.to_str())["model"]
    vocabulary = model["vocab"]
    for byte in alphabet if clip else ():
        vocabulary.setdefault(f"{byte}</w>", len(vocabulary))
    (tmp_path / "vocab.json").write_text(json.dumps(vocabulary))
    pairs = [" ".join(pair) for pair in model["merges"]]
    (tmp_path / "merges.txt").write_text("#version: 0.2\n" + "\n".join(pairs), encoding="utf-8")
    marks = {
        "RobertaTokenizer": {
            "bos": "<s>",
            "eos": "</s>",
            "sep": "</s>",
            "cls": "<s>",
            "mask": "<mask>",
        },
        "CLIPTokenizer": {"bos": "<|startoftext|>", "eos": "<|endoftext|>"},
    }
    marks["BartTokenizer"] = marks["RobertaTokenizer"]
    named = marks.get(kind, {"bos": "<|endoftext|>", "eos": "<|endoftext|>"})
    config = {f"{role}_token": token for role, token in named.items()}
    unknown = "<unk>" if kind in ("RobertaTokenizer", "BartTokenizer") else "<|endoftext|>"
    write_config(tmp_path, {**config, "tokenizer_class": kind, "unk_token": unknown})
    complete_tokenizer(tmp_path)
    made = Tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own = getattr(transformers, kind).from_pretrained(tmp_path)
    for text in [*CORPUS, " ", "  leading", "<|endoftext|>x"]:
        assert list(made.encode(text).ids) == own(text)["input_ids"], text


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {
                "vocab.txt": "a\nb\n",
                "tokenizer_config.json": '{"tokenizer_class": "BertJapaneseTokenizer"}',
            },
            "bertjap",
        ),
        ({"vocab.txt": "a\nb\n"}, "has no token"),
        ({"tokenizer.model": "\x08\xff", "tokenizer_config.json": "{}"}, "SentencePiece"),
        ({"vocab.json": '{"Ġa": 0}', "merges.txt": "#version\na b c\n"}, "line 2"),
    ],
)
def test_parts_that_make_no_tokenizer_are_refused_by_name(tmp_path, files, said):
    for name, text in files.items():
        (tmp_path / name).write_bytes(
            text.encode("latin-1") if name.endswith("model") else text.encode()
        )
    with pytest.raises(ModelError, match=said):
        complete_tokenizer(tmp_path)
    assert not (tmp_path / "tokenizer.json").exists()


def test_what_a_stream_holds_back_comes_at_the_end():
    values = {1: b"a", 2: "今".encode()[:2], 3: "今".encode()[2:], 4: b"\xff"}

    def decode(ids):
        return b"".join(values[one] for one in ids).decode(errors="replace")

    stream = Stream(decode)
    assert [stream.step(one) for one in (1, 2, 3, 1, 2)] == ["a", "", "今", "a", ""]
    assert stream.rest() == "\ufffd" and stream.rest() == ""
    invalid = Stream(decode)
    assert "".join([*(invalid.step(4) for _ in range(9)), invalid.rest()]) == "\ufffd" * 9
