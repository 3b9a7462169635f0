"""From a GGUF file to a model folder: graphs in ONNX, one data file of weights, tokenizer and chat template."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lmcli
from lmcli.frame.errors import ModelError
from lmcli.gpt.convert import gguf as gguf_file
from lmcli.gpt.convert.gguf import Gguf
from lmcli.gpt.convert.llama import attention_decoder, decoder, verifier
from lmcli.gpt.convert.shape import Shape
from lmcli.gpt.convert.tokens import check_tokens, ends, tokenizer, tokenizer_config
from lmcli.gpt.convert.weights import Weights
from lmcli.nn.onnxfile.writer import DataFile
from lmcli.nn.tokens.bytepairs import FILE as TABLE
from lmcli.nn.tokens.bytepairs import write_table

GRAPH, WEIGHTS = "model.onnx", "model.onnx_data"
ATTENTION, VERIFY = "model_attention.onnx", "model_verify.onnx"
TOKENIZER, TOKENIZER_CONFIG, CONFIG = "tokenizer.json", "tokenizer_config.json", "config.json"
FILES = (
    GRAPH,
    WEIGHTS,
    ATTENTION,
    VERIFY,
    TOKENIZER,
    TOKENIZER_CONFIG,
    CONFIG,
)  # and TABLE, of most

VERIFIED = 8  # tokens that the graph for drafts reads at once


@dataclass(frozen=True, slots=True)
class Made:
    """A conversion: the file, its sizes, the names of what was written, and what rounding lost, by type."""

    gguf: Gguf
    shape: Shape
    files: tuple[str, ...]
    losses: Mapping[str, float]


def convert(path: Path, folder: Path, *, quantised: bool = True) -> tuple[str, ...]:
    """Convert the GGUF file at `path` into `folder`; return the names of the files written.

    quantised: 8-bit weights in blocks of 32; else float32 (four times as large; the reference of tests).
    Raises ModelError for a file that is damaged or of another family of models.
    """
    return convert_with(path, folder, quantised=quantised).files


def convert_with(
    path: Path,
    folder: Path,
    check: Callable[[Gguf, Shape], None] = lambda _gguf, _shape: None,
    *,
    quantised: bool = True,
) -> Made:
    """`convert`, with a last `check` before anything is written, and what it came to."""
    gguf = gguf_file.read(path)
    with _naming(path):
        shape = Shape.of(gguf)
        check_tokens(gguf.metadata, shape.vocabulary)
        words = tokenizer(gguf.metadata)
    check(gguf, shape)
    with _naming(path), closing(DataFile(folder / WEIGHTS)) as data:
        weights = Weights(gguf, shape, data, quantised)
        producer = f"lmcli {lmcli.__version__}"
        decoder(weights).write(folder / GRAPH, producer)
        attention_decoder(weights).write(folder / ATTENTION, producer)
        verifier(weights, VERIFIED).write(folder / VERIFY, producer)
    _write_json(folder / TOKENIZER, words)
    _write_json(folder / TOKENIZER_CONFIG, tokenizer_config(gguf.metadata))
    _write_json(folder / CONFIG, config(gguf.metadata, shape))
    files = (*FILES, TABLE) if write_table(folder / TOKENIZER) else FILES
    return Made(gguf, shape, files, weights.losses)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Say of a fault in which file it is."""
    try:
        yield
    except ModelError as error:
        hint = error.hint or "the file is damaged, or of a kind that lmcli does not know"
        raise ModelError(f"{path}: {error.message}", hint) from None


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def config(metadata: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The hub's config.json, as far as running the model needs it."""
    return {
        "model_type": metadata["general.architecture"],
        "eos_token_id": ends(metadata),
        "max_position_embeddings": shape.context,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head,
        "hidden_size": shape.width,
        "intermediate_size": shape.hidden,
        "vocab_size": shape.vocabulary,
        "rope_theta": shape.rotary.base,
        "rms_norm_eps": shape.epsilon,
    }
