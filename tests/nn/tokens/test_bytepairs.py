"""The table of a byte-level BPE gives what the library gives."""

import json
import random

import pytest

from lmcli.frame.errors import ModelError
from lmcli.nn.tokenize import Tokenizer
from lmcli.nn.tokens import bytepairs
from lmcli.nn.tokens.pieces import bytes_of_letters

WORDS = (
    "the cat sat on the mat 今天天气真不错 我们一起去公园 def add(a, b): return a+b 😀👍🏽 \n\t  x"
)
TEXTS = [
    "",
    "a",
    WORDS,
    WORDS * 3,
    "<end>the<tool> cat<en",
    "\u00a0\u3000 \r\n",
    "é\ud7ff\x00\x1b[0m",
]


@pytest.fixture
def folder(tmp_path):
    """A tokenizer of 256 bytes, 60 merges of WORDS, a control token and a token of the user's."""
    letters = {byte: letter for letter, byte in bytes_of_letters().items()}
    vocabulary = {letter: number for number, letter in enumerate(letters.values())}
    merges, words = [], [[letters[b] for b in word.encode()] for word in WORDS.split(" ")]
    rng = random.Random(0)
    while len(merges) < 60:
        word = rng.choice([word for word in words if len(word) > 1])
        at = rng.randrange(len(word) - 1)
        pair = word[at], word[at + 1]
        word[at : at + 2] = ["".join(pair)]
        if list(pair) not in merges:
            merges.append(list(pair))
            vocabulary.setdefault("".join(pair), len(vocabulary))
    added = [
        {"id": len(vocabulary) + n, "content": content, "special": not n, "single_word": False,
         "lstrip": False, "rstrip": False, "normalized": False}
        for n, content in enumerate(("<end>", "<tool>"))
    ]  # fmt: skip
    level = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": True,
    }
    values = {
        "version": "1.0",
        "added_tokens": added,
        "pre_tokenizer": level,
        "decoder": level,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": merges},
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(values), encoding="utf-8")
    return tmp_path


def test_ids_and_texts_are_the_librarys(folder):
    whole = Tokenizer(folder)
    assert bytepairs.write_table(folder / "tokenizer.json")
    table = Tokenizer(folder)
    size = whole.size
    for text in TEXTS:
        ids = list(whole.encode(text).ids)
        assert table.ids(text) == ids, text
        assert table.decode(ids) == whole.decode(ids)
        assert table.decode(ids, skip_special=False) == whole.decode(ids, skip_special=False)
    rng = random.Random(1)
    for _ in range(200):
        ids = [rng.randrange(size) for _ in range(20)]
        assert table.decode(ids) == whole.decode(ids)
        ours, theirs = table.stream(), whole.stream()
        assert [ours.step(n) for n in ids] == [theirs.step(n) for n in ids]
    assert [table.readable_id(n) for n in range(size + 1)] == [
        whole.readable_id(n) for n in range(size + 1)
    ]
    assert table.control == whole.control == {"<end>"}
    assert table.id("<end>") == whole.id("<end>") is not None
    assert "_raw" not in vars(table)  # nothing of it needed the library's own


def test_a_long_text_is_cut_by_the_library(folder):
    bytepairs.write_table(folder / "tokenizer.json")
    table = Tokenizer(folder)
    assert len(table.ids(WORDS * 100)) == len(table.encode(WORDS * 100))
    assert table.ids("the cat") == list(table.encode("the cat").ids)


@pytest.mark.parametrize("spoil", ["cut", "empty", "another", "noise"])
def test_a_table_that_is_not_of_this_tokenizer_is_passed_over(folder, spoil):
    path = bytepairs.write_table(folder / "tokenizer.json")
    expected = Tokenizer(folder).ids(WORDS)
    whole = path.read_bytes()
    if spoil == "another":
        with (folder / "tokenizer.json").open("a") as file:
            file.write(" ")
    else:
        path.write_bytes({"cut": whole[:-9], "empty": b"", "noise": b"\xff" * 99}[spoil])
    found = Tokenizer(folder)
    assert found.ids(WORDS) == expected and "_raw" in vars(found)


def test_a_tokenizer_that_is_gone_is_missed(folder):
    bytepairs.write_table(folder / "tokenizer.json")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"tokenizer.json: No such file"):
        Tokenizer(folder)


def test_other_kinds_have_no_table(folder):
    path = folder / "tokenizer.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    values["model"]["ignore_merges"] = True
    path.write_text(json.dumps(values), encoding="utf-8")
    assert bytepairs.write_table(path) is None and not (folder / bytepairs.FILE).exists()
