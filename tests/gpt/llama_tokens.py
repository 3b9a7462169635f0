"""What llama.cpp makes of 500 texts: kept in a file, since llama-cpp-python must be compiled for minutes.

`python -m tests.gpt.llama_tokens model.gguf` writes the file anew; it needs
llama-cpp-python (0.3.36 wrote the one here).
"""

from __future__ import annotations

import gzip
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).parent / "llama_tokens.json.gz"


@dataclass(frozen=True)
class Tokens:
    """A text; its tokens with control tokens read as such, and with control tokens read as text."""

    text: str
    ids: list[int]
    plain: list[int]


def read() -> list[Tokens]:
    """The texts and tokens of the file."""
    return [Tokens(**entry) for entry in json.loads(gzip.decompress(FILE.read_bytes()))]


def main(gguf: str) -> None:
    """Write the file."""
    from llama_cpp import Llama

    from tests.gpt.texts import assorted

    llama = Llama(gguf, vocab_only=True, verbose=False)
    entries = []
    for text in assorted(500):
        data = text.encode()
        ids = llama.tokenize(data, add_bos=False, special=True)
        plain = llama.tokenize(data, add_bos=False, special=False)
        entries.append(asdict(Tokens(text, ids, plain)))
    packed = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    FILE.write_bytes(gzip.compress(packed, mtime=0))


if __name__ == "__main__":
    main(sys.argv[1])
