"""A text in two parts: blocks of it to learn from, every tenth to be measured with; never the same line in both."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lmcli.frame.errors import BadInput
from lmcli.frame.text.textfile import decoded

BUNDLED = {"kjv": "kjv.txt.gz", "songci": "songci.txt.gz"}
LARGEST = 64 << 20  # bytes that are read: more than is learnt from in hours
BLOCK = 2000  # characters of a part, or more: cut at blank lines where there are some, else at ends of lines
TENTH = 10


@dataclass(frozen=True, slots=True)
class Corpus:
    """Blocks of a text. cut: whether there was more than LARGEST."""

    name: str
    learned: list[str]
    held: list[str]
    fingerprint: str
    cut: bool


def read_corpus(source: str) -> Corpus:
    """A bundled text by its name, or a file (.gz too). Raises BadInput where there is too little, or one line alone."""
    own = source in BUNDLED and not Path(source).exists()
    path = Path(__file__).parent / "data" / BUNDLED[source] if own else Path(source)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except (OSError, EOFError) as error:
        known = f"a file, or one of the texts that are here: {', '.join(BUNDLED)}"
        raise BadInput(f"{path}: {getattr(error, 'strerror', None) or error}", known) from None
    cut = len(data) > LARGEST
    if cut:
        data = data[: data.rfind(b"\n", 0, LARGEST) + 1 or LARGEST]
    try:
        text = decoded(data, str(path))
    except BadInput:
        if not cut or b"\n" in data:
            raise
        text = data.decode(errors="ignore")
    return split(text, path.name, hashlib.sha256(data).hexdigest(), cut)


def split(text: str, name: str, fingerprint: str = "", cut: bool = False) -> Corpus:
    """The parts of a text."""
    blocks = list(_blocks(text.replace("\r\n", "\n")))
    learned = [block for at, block in enumerate(blocks) if at % TENTH != TENTH // 2]
    known = {line for block in learned for line in block.splitlines() if line.strip()}
    held = []
    for block in blocks[TENTH // 2 :: TENTH]:
        own = [line for line in block.splitlines(keepends=True) if line.rstrip("\n") not in known]
        if "".join(own).strip():
            held.append("".join(own))
    if len(known) < 2 or not held:
        said = "one line over and over" if len(blocks) > TENTH else f"{len(text)} characters"
        raise BadInput(
            f"{name}: {said}: nothing is left to measure with",
            f"give some {TENTH * BLOCK // 1000},000 characters or more; kjv and songci are here",
        )
    return Corpus(name, learned, held, fingerprint, cut)


def _blocks(text: str) -> Iterator[str]:
    parts = re.split(r"(?<=\n)\n+", text)
    if len(parts) < 2 * TENTH:
        parts = text.splitlines(keepends=True)
    if len(parts) < 2 * TENTH:  # all in one line
        parts = [text[at : at + BLOCK] for at in range(0, len(text), BLOCK)]
    block = ""
    for part in parts:
        block += part if part.endswith("\n") or not block else part + "\n"
        if len(block) >= BLOCK:
            yield block
            block = ""
    if block.strip():
        yield block
