"""Small sound files of every kind that lmcli reads: what the mutations begin with."""

from __future__ import annotations

import gzip
import io
import json
import random
import shutil
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent.parent
CASES = ROOT / "tests" / "cases"
EXAMPLES = ROOT / "tests" / "examples"
WORDS = ["cat", "dog", "king", "queen", "man", "woman", "paris", "猫", "naïve", "the"]


def write(folder: Path, **files: str | bytes) -> None:
    """Write files; `__` in a name stands for a dot, `_` stays."""
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def cases(folder: Path, kind: str, *patterns: str) -> None:
    """Copy the cases of a kind whose names match."""
    for pattern in patterns:
        for path in sorted((CASES / kind).glob(pattern)):
            shutil.copy(path, folder)


def vectors(folder: Path) -> None:
    """Word vectors as text."""
    generator = np.random.default_rng(1)
    rows = [f"{word} " + " ".join(f"{x:.4f}" for x in generator.normal(size=5)) for word in WORDS]
    text = "\n".join(rows) + "\n"
    write(folder, glove__txt=text, word2vec__txt=f"{len(WORDS)} 5\n{text}")
    write(folder, packed__gz=gzip.compress(text.encode(), mtime=0))
    cases(
        folder,
        "text",
        "*.vec",
        "blanks.txt",
        "count-low.txt",
        "german-comma.txt",
        "tab-word2vec.txt",
    )
    cases(folder, "text", "short-first-row.txt", "nan-first-glove-50d.txt")


def binary_vectors(folder: Path) -> None:
    """Word vectors in word2vec's binary format."""
    generator = np.random.default_rng(2)
    body = b"".join(
        word.encode() + b" " + generator.normal(size=5).astype("<f4").tobytes() for word in WORDS
    )
    lined = b"".join(
        word.encode() + b" " + generator.normal(size=5).astype("<f4").tobytes() + b"\n"
        for word in WORDS
    )
    write(folder, a__bin=b"%d 5\n" % len(WORDS) + body, b__bin=b"%d 5\n" % len(WORDS) + lined)
    cases(folder, "text", "cut-character.bin")


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def _pair(key: str, value: Any) -> bytes:
    if isinstance(value, str):
        return _text(key) + struct.pack("<I", 8) + _text(value)
    if isinstance(value, float):
        return _text(key) + struct.pack("<If", 6, value)
    if isinstance(value, int):
        return _text(key) + struct.pack("<II", 4, value)
    if value and isinstance(value[0], str):
        return _text(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_text, value))
    return _text(key) + struct.pack(f"<IIQ{len(value)}i", 9, 5, len(value), *value)


def byte_tokens() -> list[str]:
    """The letters that byte-level BPE writes bytes with."""
    from tests.gpt.conftest import byte_tokens as letters

    return letters()


def gguf_bytes() -> bytes:
    """A GGUF file of a Llama with one layer, 32 wide, that reads bytes."""
    tokens = [*byte_tokens(), *(f"<{n}>" for n in range(31)), "<end>"]
    metadata = {
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [1] * 256 + [3] * 32,
        "tokenizer.ggml.merges": [],
        "general.architecture": "llama",
        "llama.block_count": 1,
        "llama.embedding_length": 32,
        "llama.feed_forward_length": 32,
        "llama.attention.head_count": 2,
        "llama.attention.head_count_kv": 1,
        "llama.context_length": 64,
        "llama.rope.freq_base": 10000.0,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "tokenizer.ggml.eos_token_id": len(tokens) - 1,
        "tokenizer.chat_template": "{% for m in messages %}{{ m['role'][0] + m['content'] }}{% endfor %}",
    }
    generator = np.random.default_rng(3)
    tensors: list[tuple[str, tuple[int, ...], int]] = [("token_embd.weight", (32, len(tokens)), 8)]
    tensors += [(name, (32,), 0) for name in ("output_norm.weight",)]
    for name in ("attn_norm", "ffn_norm"):
        tensors.append((f"blk.0.{name}.weight", (32,), 0))
    for name, rows in (("attn_q", 32), ("attn_k", 16), ("attn_v", 16), ("attn_output", 32)):
        tensors.append((f"blk.0.{name}.weight", (32, rows), 3))
    for name in ("ffn_gate", "ffn_up", "ffn_down"):
        tensors.append((f"blk.0.{name}.weight", (32, 32), 3))
    infos, data = b"", b""
    for name, shape, kind in tensors:
        data += b"\0" * (-len(data) % 32)
        infos += _text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        infos += struct.pack("<IQ", kind, len(data))
        data += _blocks(generator, int(np.prod(shape)), kind)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    head += b"".join(_pair(key, value) for key, value in metadata.items()) + infos
    return head + b"\0" * (-len(head) % 32) + data


def _blocks(generator: np.random.Generator, count: int, kind: int) -> bytes:
    if kind == 0:
        return np.ones(count, np.float32).tobytes()
    head = 2 if kind == 8 else 4
    scale = np.array([0.01, -0.05][: head // 2], np.float16).tobytes()
    body = 32 if kind == 8 else 16
    return b"".join(scale + generator.bytes(body) for _ in range(count // 32))


def gguf(folder: Path) -> None:
    """GGUF files: a whole model, and one of few tensors."""
    from tests.gpt.convert.test_gguf import small_file

    write(folder, model__gguf=gguf_bytes(), small__gguf=small_file())


def decoder(folder: Path) -> None:
    """A model folder models/gpt made of the GGUF file."""
    from lmcli.frame.models import write_spec
    from lmcli.gpt.convert.convert import convert

    place = folder / "models" / "gpt"
    place.mkdir(parents=True)
    source = folder / "model.gguf"
    source.write_bytes(gguf_bytes())
    files = convert(source, place)
    source.unlink()
    write_spec(place, {"name": "gpt", "task": "text-generation"}, files)


def tokenizer_json(*further: str) -> str:
    """A small tokenizer of whole words and their letters; `further` special tokens come last."""
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, *letters, *(f"##{x}" for x in letters)]
    pieces += further
    special = [
        {"id": n, "content": pieces[n], "single_word": False, "lstrip": False, "rstrip": False}
        | {"normalized": False, "special": True}
        for n in (*range(4), *range(len(pieces) - len(further), len(pieces)))
    ]
    frame = [
        {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
    ]
    frame.append({"SpecialToken": {"id": "[SEP]", "type_id": 0}})
    pair = [*frame, {"Sequence": {"id": "B", "type_id": 1}}]
    names = {
        name: {"id": name, "ids": [n], "tokens": [name]} for n, name in ((2, "[CLS]"), (3, "[SEP]"))
    }
    return json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": special,
            "normalizer": {"type": "Lowercase"},
            "pre_tokenizer": {"type": "Whitespace"},
            "post_processor": {
                "type": "TemplateProcessing",
                "single": frame,
                "pair": pair,
                "special_tokens": names,
            },
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
            "model": {
                "type": "WordPiece",
                "unk_token": "[UNK]",
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": {piece: n for n, piece in enumerate(pieces)},
            },
        },
        ensure_ascii=False,
    )


def encoder(folder: Path) -> None:
    """A model folder models/tiny: token ids to rows of a table, as large as a joke."""
    from lmcli.frame.models import write_spec

    place = folder / "models" / "tiny"
    place.mkdir(parents=True)
    export(place)
    files = ("model.onnx", "tokenizer.json", "tokenizer_config.json")
    values = {"name": "tiny", "task": "feature-extraction", "summary": "tiny", "licence": "none"}
    settings = {"pooling": "mean", "max_tokens": 64}
    write_spec(
        place, {**values, "settings": settings, "metrics": [{"name": "x", "value": 1}]}, files
    )


def masked(folder: Path) -> None:
    """A model folder models/masked: words by a table, and a next-sentence head."""
    from tests.fill.models import masked as write_masked

    write_masked(folder / "models")


def characters(folder: Path) -> None:
    """A model folder of the n-grams of some Chinese sentences."""
    from lmcli.frame.models import write_spec

    place = folder / "m"
    place.mkdir()
    sentences = gzip.compress("今天天气很好。\n明天很冷。\n她的头发很长。\n".encode(), mtime=0)
    write(place, sentences__txt__gz=sentences, words__txt="天气\n头发\n")
    spec = {"name": "m", "task": "character-ngrams", "summary": "", "licence": "MIT"}
    write_spec(place, spec, ("sentences.txt.gz", "words.txt"))


def classifier(folder: Path) -> None:
    """A model folder models/bag: two labels, and a weight for each of a few words."""
    from tests.classify.models import bag

    bag(folder / "models")


def export(place: Path) -> None:
    """The files of an encoder as the hub holds them, without a model.toml."""
    from lmcli.nn.onnxfile.writer import FLOAT, INT64, DataFile, Graph

    data = DataFile(place / "unused")
    graph = Graph("tiny", data)
    ids = graph.input("input_ids", INT64, ("batch", "length"))
    graph.input("attention_mask", INT64, ("batch", "length"))
    graph.output("last_hidden_state", FLOAT, ("batch", "length", 8))
    table = np.random.default_rng(4).normal(size=(80, 8)).astype(np.float32)
    rows = graph.node("Gather", [graph.constant("table", table), ids])
    graph.node("Identity", [rows], ["last_hidden_state"])
    graph.write(place / "model.onnx", "fuzz")
    data.close()
    (place / "unused").unlink()
    tokenizer = {
        "model_max_length": 64,
        "pad_token": "[PAD]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
    }
    config = {"architectures": ["BertModel"], "model_type": "bert"}
    (place / "tokenizer.json").write_text(tokenizer_json(), encoding="utf-8")
    (place / "tokenizer_config.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    (place / "config.json").write_text(json.dumps(config), encoding="utf-8")


def hub_folder(folder: Path) -> None:
    """A folder as a pull finds it, with the files that describe a model."""
    place = folder / "hub"
    (place / "1_Pooling").mkdir(parents=True)
    export(place)
    write(
        place,
        modules__json='[{"type": "sentence_transformers.models.Normalize"}]',
        sentence_bert_config__json='{"max_seq_length": 32}',
    )
    write(place / "1_Pooling", config__json='{"pooling_mode_mean_tokens": true}')


def archives(folder: Path) -> None:
    """An export packed as a zip file and as tarballs."""
    hub_folder(folder)
    files = sorted(path for path in (folder / "hub").rglob("*") if path.is_file())
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files:
            packed.write(path, path.relative_to(folder))
    for name, mode in (("a.tar.gz", "w:gz"), ("b.tar", "w"), ("c.tar.xz", "w:xz")):
        with tarfile.open(folder / name, mode) as tar:  # type: ignore[call-overload]
            for path in files:
                tar.add(path, path.relative_to(folder))
    shutil.rmtree(folder / "hub")


def safetensors(folder: Path) -> None:
    """Two tensors in a safetensors file."""
    body = np.arange(12, dtype="<f4").tobytes()
    header = {
        "a": {"dtype": "F32", "shape": [2, 4], "data_offsets": [0, 32]},
        "b": {"dtype": "F32", "shape": [4], "data_offsets": [32, 48]},
    }
    packed = json.dumps(header).encode()
    write(folder, model__safetensors=struct.pack("<Q", len(packed)) + packed + body)


def graphs(folder: Path) -> None:
    """ONNX files."""
    from lmcli.nn.onnxfile.writer import probe_model

    place = folder / "x"
    place.mkdir()
    export(place)
    write(folder, a__onnx=(place / "model.onnx").read_bytes(), b__onnx=probe_model())
    shutil.rmtree(place)


def pictures(folder: Path) -> None:
    """A small picture in each format and mode."""
    from PIL import Image

    chance = random.Random(5)
    pixels = Image.new("RGB", (33, 21))
    pixels.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(33 * 21)])
    for kind in ("png", "jpeg", "gif", "webp", "bmp", "tiff", "ppm"):
        pixels.save(folder / f"rgb.{kind}")
    for mode in ("L", "LA", "P", "1", "I;16", "RGBA"):
        pixels.convert("L" if mode == "I;16" else mode).convert(mode).save(
            folder / f"{mode.replace(';', '')}.png"
        )
    pixels.convert("CMYK").save(folder / "cmyk.jpeg")
    pixels.convert("F").save(folder / "float.tiff")
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels.save(folder / "turned.jpeg", exif=exif)
    frames = [pixels.rotate(90 * n) for n in range(3)]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])


def npy_of(array: np.ndarray) -> bytes:
    """An array as an .npy file."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()
