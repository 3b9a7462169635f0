"""From a GGUF file to a model folder: graphs in ONNX, one data file of weights, tokenizer and chat template."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import lmcli
from lmcli.frame.errors import ModelError
from lmcli.gpt.convert import gguf as gguf_file
from lmcli.gpt.convert.llama import attention_decoder, decoder, verifier
from lmcli.gpt.convert.shape import Shape
from lmcli.gpt.convert.weights import Weights
from lmcli.nn.onnxfile.writer import DataFile

GRAPH, WEIGHTS = "model.onnx", "model.onnx_data"
ATTENTION, VERIFY = "model_attention.onnx", "model_verify.onnx"
TOKENIZER, TOKENIZER_CONFIG, CONFIG = "tokenizer.json", "tokenizer_config.json", "config.json"
FILES = (GRAPH, WEIGHTS, ATTENTION, VERIFY, TOKENIZER, TOKENIZER_CONFIG, CONFIG)

VERIFIED = 8  # tokens that the graph for drafts reads at once

_CONTROL, _USER_DEFINED = 3, 4  # ggml's types of tokens that BPE does not make
_PATTERNS = {  # of the pieces that BPE works within, as llama.cpp writes them
    "qwen2": r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}


def convert(path: Path, folder: Path, *, quantised: bool = True) -> tuple[str, ...]:
    """Convert the GGUF file at `path` into `folder`; return the names of the files written.

    quantised: 8-bit weights in blocks of 32; else float32 (four times as large; the reference of tests).
    Raises ModelError for a file that is damaged or of another family of models.
    """
    gguf = gguf_file.read(path)
    try:
        shape = Shape.of(gguf)
        _check_tokens(gguf.metadata, shape.vocabulary)
    except ModelError as error:
        hint = error.hint or "the file is damaged: fetch it again"
        raise ModelError(f"{path}: {error.message}", hint) from None
    data = DataFile(folder / WEIGHTS)
    try:
        weights = Weights(gguf, shape, data, quantised)
        producer = f"lmcli {lmcli.__version__}"
        decoder(weights).write(folder / GRAPH, producer)
        attention_decoder(weights).write(folder / ATTENTION, producer)
        verifier(weights, VERIFIED).write(folder / VERIFY, producer)
    finally:
        data.close()
    _write_json(folder / TOKENIZER, tokenizer(gguf.metadata))
    _write_json(folder / TOKENIZER_CONFIG, tokenizer_config(gguf.metadata))
    _write_json(folder / CONFIG, config(gguf.metadata, shape))
    return FILES


def _check_tokens(metadata: Mapping[str, Any], vocabulary: int) -> None:
    """Raise ModelError where the tokenizer is not whole."""
    kinds = {"tokens": str, "token_type": int, "merges": str}
    for name, kind in kinds.items():
        values = metadata.get(f"tokenizer.ggml.{name}")
        if not isinstance(values, list) or not all(isinstance(value, kind) for value in values):
            raise ModelError(f"tokenizer.ggml.{name} is missing, or no list of {kind.__name__}")
        if name != "merges" and len(values) != vocabulary:
            raise ModelError(f"{len(values)} {name} where the embedding has {vocabulary} rows")
    for name in ("bos", "eos", "padding"):
        token = metadata.get(f"tokenizer.ggml.{name}_token_id", 0 if name != "eos" else None)
        if not isinstance(token, int) or not 0 <= token < vocabulary:
            raise ModelError(f"tokenizer.ggml.{name}_token_id is {token!r}, which is no token")


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def tokenizer(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A tokenizer.json: byte-level BPE (Sennrich et al. 2016, GPT-2's bytes) within the pieces that the file names.

    Raises ModelError for pieces that are not known.
    """
    tokens: list[str] = metadata["tokenizer.ggml.tokens"]
    kinds: list[int] = metadata["tokenizer.ggml.token_type"]
    added = [
        {
            "id": number,
            "content": tokens[number],
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": kind == _CONTROL,
        }
        for number, kind in enumerate(kinds)
        if kind in (_CONTROL, _USER_DEFINED)
    ]
    byte_level = {
        "type": "ByteLevel",
        "add_prefix_space": bool(metadata.get("tokenizer.ggml.add_space_prefix", False)),
        "trim_offsets": True,
        "use_regex": True,
    }
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": _pieces(metadata, byte_level)},
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {token: number for number, token in enumerate(tokens)},
            "merges": metadata["tokenizer.ggml.merges"],
        },
    }


def _pieces(metadata: Mapping[str, Any], byte_level: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """How a text is cut before BPE, by the name that llama.cpp knows it under."""
    name = metadata.get("tokenizer.ggml.pre", "smollm")
    if name == "smollm":
        return [{"type": "Digits", "individual_digits": True}, byte_level]
    if name not in _PATTERNS:
        raise ModelError(
            f"a tokenizer that cuts texts as {name!r} cannot be converted",
            f"those that cut as {', '.join(('smollm', *_PATTERNS))} can",
        )
    pattern = {"Regex": _PATTERNS[name]}
    split = {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}
    return [split, {**byte_level, "use_regex": False}]


def tokenizer_config(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The hub's tokenizer_config.json: the chat template and the tokens it speaks of."""
    tokens = metadata["tokenizer.ggml.tokens"]
    named: Callable[[str], str | None] = lambda name: (  # noqa: E731
        tokens[metadata[key]] if (key := f"tokenizer.ggml.{name}_token_id") in metadata else None
    )
    return {
        "chat_template": metadata.get("tokenizer.chat_template"),
        "bos_token": named("bos"),
        "eos_token": named("eos"),
        "pad_token": named("padding"),
        "add_bos_token": bool(metadata.get("tokenizer.ggml.add_bos_token", False)),
    }


def config(metadata: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The hub's config.json, as far as running the model needs it."""
    tokens: list[str] = metadata["tokenizer.ggml.tokens"]
    ends = {metadata["tokenizer.ggml.eos_token_id"]}
    if "<|endoftext|>" in tokens:
        ends.add(tokens.index("<|endoftext|>"))
    return {
        "model_type": metadata["general.architecture"],
        "eos_token_id": sorted(ends),
        "max_position_embeddings": shape.context,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "hidden_size": shape.width,
        "intermediate_size": shape.hidden,
        "vocab_size": shape.vocabulary,
        "rope_theta": shape.rotary_base,
        "rms_norm_eps": shape.epsilon,
    }
