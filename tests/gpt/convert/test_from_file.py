"""A user's own GGUF file: named where a model is asked for, pulled, refused."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

import pytest

from tests.gpt import plain_gguf

COMPLETE = ("complete", "hi", "-n", 3, "--temperature", 0, "--model")


@pytest.fixture
def models(own_settings, monkeypatch) -> Path:
    """The user's model folder; no socket may be opened."""
    monkeypatch.setenv("LMCLI_OFFLINE", "1")
    return own_settings / "data" / "models"


def visible(models: Path) -> list[str]:
    return sorted(path.name for path in models.glob("[!.]*"))


def test_a_file_is_a_model_and_is_converted_once(lmcli, models, tmp_path):
    path = plain_gguf.write(tmp_path / "tiny model.gguf")
    first = lmcli(*COMPLETE, path)
    assert first.code == 0 and visible(models) == ["tiny-model"]
    made = (models / "tiny-model/model.onnx").stat().st_mtime_ns
    assert lmcli(*COMPLETE, path).out == first.out
    assert lmcli("models", "verify", path).code == 0
    assert lmcli("models", "info", path).code == 0
    assert (models / "tiny-model/model.onnx").stat().st_mtime_ns == made
    assert lmcli(*COMPLETE, "tiny-model").out == first.out


def test_the_same_bytes_elsewhere_are_the_same_model(lmcli, models, tmp_path):
    path = plain_gguf.write(tmp_path / "tiny.gguf")
    pulled = lmcli("models", "pull", path)
    assert pulled.table[0][:2] == ["tiny", "converted"]
    moved = tmp_path / "other.gguf"
    shutil.move(path, moved)
    assert lmcli(*COMPLETE, moved).code == 0
    assert lmcli("models", "pull", moved).table[0][:2] == ["tiny", "here already"]
    assert visible(models) == ["tiny"]


def test_another_file_of_the_same_name_is_another_model(lmcli, models, tmp_path):
    (tmp_path / "a").mkdir()
    path = plain_gguf.write(tmp_path / "tiny.gguf")
    other = plain_gguf.write(tmp_path / "a/tiny.gguf", seed=1)
    one, two = lmcli(*COMPLETE, path), lmcli(*COMPLETE, other)
    assert one.code == two.code == 0 and one.out != two.out
    assert len(visible(models)) == 2
    plain_gguf.write(path, seed=2)  # the file itself has changed
    os.utime(path, ns=(1, 1))
    assert lmcli("models", "info", path).code == 4  # no model of the file as it is now
    refused = lmcli("models", "pull", plain_gguf.write(path, seed=3))
    assert refused.code == 2 and "--name" in refused.err
    assert lmcli("models", "pull", path, "--name", "third").code == 0
    assert lmcli("models", "pull", path, "--force").table[0][1] == "converted"


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def tensor_far_away(data: bytes) -> bytes:
    name = plain_gguf.text("blk.0.attn_q.weight")
    at = data.index(name) + len(name) + 4 + 16 + 4
    return data[:at] + struct.pack("<Q", 1 << 50) + data[at + 8 :]


DAMAGED = {
    "cut in half": (cut, "runs past the end of the file; the file is damaged or cut"),
    "wrong magic": (lambda data: b"GGML" + data[4:], "not a GGUF file"),
    "empty": (lambda _: b"", "not a GGUF file"),
    "the magic alone": (lambda _: b"GGUF", "its head is cut"),
    "absurd counts": (
        lambda data: data[:8] + struct.pack("<QQ", 1 << 60, 1 << 60) + data[24:],
        "the end",
    ),
    "many tensors": (
        lambda data: data[:8] + struct.pack("<Q", 1 << 40) + data[16:],
        "the file is damaged",
    ),
    "out of bounds": (tensor_far_away, "'blk.0.attn_q.weight' runs past the end"),
    "version": (lambda data: data[:4] + struct.pack("<I", 1) + data[8:], "GGUF version 1"),
    "big-endian": (lambda data: data[:4] + struct.pack(">I", 3) + data[8:], "big-endian"),
}


@pytest.mark.parametrize("spoil", DAMAGED)
def test_a_damaged_file_is_one_line(lmcli, models, tmp_path, spoil):
    change, words = DAMAGED[spoil]
    path = plain_gguf.write(tmp_path / "tiny.gguf")
    path.write_bytes(change(path.read_bytes()))
    for line in ((*COMPLETE, path), ("models", "pull", path)):
        result = lmcli(*line)
        assert result.code == 4 and not result.out
        assert words in result.err and result.err.count("\n") == 1 and "tiny.gguf" in result.err
    assert not visible(models) and not list(models.glob(".*part"))


REFUSED = {
    "architecture 'mamba' cannot be converted; those of llama, qwen2": {
        "general.architecture": "mamba"
    },
    "a mixture of experts": {"llama.expert_count": 8},
    "one of 3 parts of a model; join them": {"split.count": 3},
    "part of one ('adapter')": {"general.type": "adapter"},
    "a tokenizer of the kind 'bert'": {"tokenizer.ggml.model": "bert"},
    "cuts texts as 'nonesuch'": {"tokenizer.ggml.pre": "nonesuch"},
    "scaled (yarn)": {"llama.rope.scaling.type": "yarn"},
    "llama.block_count is 4294967295, which is no size": {"llama.block_count": 2**32 - 1},
    "llama.context_length is None": {"llama.context_length": None},
    "no text would end": {"tokenizer.ggml.eos_token_id": None},
    "eos_token_id is 999": {"tokenizer.ggml.eos_token_id": 999},
    "merges: 'a b' makes no token": {"tokenizer.ggml.merges": ["a b"]},
    "names a token twice": {"tokenizer.ggml.tokens": ["a"] * 257},
    "256 token_type where": {"tokenizer.ggml.token_type": [1] * 256},
    "widths of 48": {"llama.embedding_length": 48, "llama.attention.key_length": 16},
    "3 heads of": {"llama.attention.head_count": 3, "llama.attention.key_length": 15},
    "different widths": {"llama.attention.value_length": 8},
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_converted_is_named_before_work(lmcli, models, tmp_path, words):
    path = plain_gguf.write(tmp_path / "tiny.gguf", REFUSED[words])
    result = lmcli(*COMPLETE, path)
    assert result.code == 4 and words in result.err and result.err.count("\n") == 1
    assert not visible(models)


def test_a_type_is_refused_by_its_name(lmcli, models, tmp_path):
    path = plain_gguf.write(tmp_path / "tiny.gguf", kinds={"blk.0.ffn_up": 21})
    result = lmcli(*COMPLETE, path)
    assert result.code == 4
    assert "blk.0.ffn_up.weight is of ggml's type IQ3_S" in result.err and "Q4_K" in result.err


def test_a_tensor_that_is_missing_is_named(lmcli, models, tmp_path):
    path = plain_gguf.write(tmp_path / "tiny.gguf", without="blk.0.attn_v")
    assert "blk.0.attn_v.weight is None" in lmcli(*COMPLETE, path).err


def test_scales_that_are_no_numbers_name_the_file(lmcli, models, tmp_path):
    path = plain_gguf.write(tmp_path / "tiny.gguf")
    data = bytearray(path.read_bytes())
    norms = 3 * 4 * plain_gguf.WIDTH  # they lie at the end of the file, a matrix before them
    data[-norms - 40 : -norms] = b"\xff" * 40
    path.write_bytes(data)
    result = lmcli(*COMPLETE, path)
    assert result.code == 4 and "tiny.gguf: a tensor holds scales that are no numbers" in result.err
    assert not visible(models)


def test_a_full_disk_is_said_before_work(lmcli, models, tmp_path, monkeypatch):
    path = plain_gguf.write(tmp_path / "tiny.gguf")
    free = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: free)
    result = lmcli(*COMPLETE, path)
    assert result.code == 4 and "no space left" in result.err and "are needed" in result.err
    assert not visible(models) and not list(models.glob(".*part"))


def test_a_file_that_is_not_there(lmcli, models, tmp_path):
    result = lmcli(*COMPLETE, tmp_path / "x.gguf")
    assert result.code == 4 and "no such file or folder" in result.err


def test_another_sha256_is_another_file(lmcli, models, tmp_path):
    path = plain_gguf.write(tmp_path / "tiny.gguf")
    result = lmcli("models", "pull", path, "--sha256", "0" * 64)
    assert result.code == 4 and "is another file" in result.err and not visible(models)


def test_of_several_files_in_a_folder_one_is_chosen(lmcli, models, tmp_path):
    folder = tmp_path / "both"
    folder.mkdir()
    plain_gguf.write(folder / "tiny-q8_0.gguf")
    plain_gguf.write(folder / "tiny-q4_k_m.gguf", seed=1)
    result = lmcli("models", "pull", folder)
    assert result.code == 4 and "2 GGUF files: tiny-q4_k_m.gguf, tiny-q8_0.gguf" in result.err
    assert "--variant" in result.err and not visible(models)
    chosen = lmcli("models", "pull", folder, "--variant", "Q8_0")
    assert chosen.code == 0 and visible(models) == ["both"]
    assert not list((models / "both").glob("*.gguf"))
    assert lmcli(*COMPLETE, "both").code == 0
    assert "there are" in lmcli("models", "pull", folder, "--variant", "q2", "--name", "x").err
    named = lmcli("models", "pull", folder, "--file", "tiny-q4_k_m.gguf", "--name", "x")
    assert named.code == 0
    assert lmcli(*COMPLETE, "x").out == lmcli(*COMPLETE, folder / "tiny-q4_k_m.gguf").out


def test_parts_of_one_model_are_told_from_several_models(lmcli, models, tmp_path):
    for part in (1, 2, 3):
        plain_gguf.write(tmp_path / f"x-0000{part}-of-00003.gguf")
    result = lmcli("models", "pull", f"{tmp_path}/")
    assert result.code == 4 and "is one of 3 parts of a model; join them" in result.err
    assert not visible(models) and not list(models.glob(".*part"))


def test_beside_a_graph_a_file_is_taken_where_it_is_named(lmcli, models, tmp_path):
    """What llama.cpp has for pictures (mmproj) is no model of its own."""
    folder = tmp_path / "all"
    (folder / "onnx").mkdir(parents=True)
    lmcli("models", "pull", plain_gguf.write(folder / "tiny-q8_0.gguf"))
    for file in ("model.onnx", "model.onnx_data", "tokenizer.json", "config.json"):
        place = folder / "onnx" if "onnx" in file else folder
        shutil.copy(models / "tiny-q8_0" / file, place)
    shutil.copy(folder / "tiny-q8_0.gguf", folder / "mmproj-tiny-f16.gguf")
    expected = lmcli(*COMPLETE, "tiny-q8_0").out
    for name, words, graph in (
        ("graph", (), True),
        ("variant", ("--variant", "q8_0"), False),
        ("file", ("--file", "tiny-q8_0.gguf"), False),
    ):
        assert lmcli("models", "pull", folder, "--name", name, *words).code == 0
        assert (models / name / "onnx").exists() == graph
        assert (models / name / "model_verify.onnx").exists() != graph
        assert lmcli(*COMPLETE, name).out == expected
    wrong = lmcli("models", "pull", folder, "--name", "x", "--variant", "q2")
    assert wrong.code == 4 and "no export in the variant 'q2'" in wrong.err
    wrong = lmcli("models", "pull", folder, "--name", "x", "--file", "y.gguf")
    assert wrong.code == 4 and "onnx/model.onnx, mmproj" in wrong.err and not visible(models)[4:]
