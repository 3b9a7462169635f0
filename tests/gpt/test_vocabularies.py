"""Tokenizers of other models' GGUF files, beside the tokens that llama.cpp's own tests want of them."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path

import pytest

from lmcli.gpt.convert import gguf
from lmcli.gpt.convert.tokens import tokenizer
from lmcli.nn.tokenize import Tokenizer
from lmcli.store.fetch.packages import pypi_file
from tests.conftest import REQUIRE_PEERS

pytestmark = [pytest.mark.peer, pytest.mark.slow]

RELEASE = (
    "llama_cpp_python-0.3.36.tar.gz"  # 77 MB; its tests' vocabularies are read, nothing is built
)
SHA256 = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
MODELS = "llama_cpp_python-0.3.36/vendor/llama.cpp/models"
BETWEEN = "\n__ggml_vocab_test__\n"
NAMES = (
    *("llama-spm", "phi-3", "llama-bpe", "qwen2", "qwen35", "gpt-2", "mpt", "falcon"),
    *("starcoder", "refact", "command-r", "deepseek-coder"),
)


@pytest.fixture(scope="module")
def vocabularies(tmp_path_factory) -> Path:
    """A folder with the files ggml-vocab-NAME.gguf, .gguf.inp and .gguf.out."""
    cache = Path(os.environ.get("LMCLI_TEST_CACHE", "/nowhere"))
    if not REQUIRE_PEERS and not list(cache.glob(f"downloads/*/{RELEASE}")):
        pytest.skip(f"needs {RELEASE} in $LMCLI_TEST_CACHE")
    with pytest.MonkeyPatch.context() as patch:
        if cache.is_dir():
            patch.setenv("LMCLI_CACHE", str(cache))
        release = pypi_file("llama-cpp-python==0.3.36", RELEASE, SHA256)
    folder = tmp_path_factory.mktemp("vocabularies")
    with tarfile.open(release) as archive:
        for member in archive:
            if member.isreg() and member.name.startswith(f"{MODELS}/ggml-vocab-"):
                content = archive.extractfile(member)
                assert content is not None
                (folder / Path(member.name).name).write_bytes(content.read())
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_tokens_are_those_that_llama_cpp_wants(vocabularies, tmp_path, name):
    path = vocabularies / f"ggml-vocab-{name}.gguf"
    made = tokenizer(gguf.read(path).metadata)
    (tmp_path / "tokenizer.json").write_text(json.dumps(made), encoding="utf-8")
    own = Tokenizer(tmp_path)
    texts = path.with_suffix(".gguf.inp").read_text(encoding="utf-8").split(BETWEEN)
    lines = path.with_suffix(".gguf.out").read_text(encoding="utf-8").split("\n")
    wanted = [[int(token) for token in line.split()] for line in lines]
    assert len(texts) > 40 and not any(wanted[len(texts) :])
    for text, ids in zip(texts, wanted, strict=False):
        assert list(own.encode(text, special=False).ids) == ids, text
