"""How much of a text a model reads and understands: its tokens, held against the scripts of its languages."""

from __future__ import annotations

from collections.abc import Collection

from lmcli.frame.text.understanding import Read, read
from lmcli.nn.encoding import Encoding
from lmcli.nn.tokenize import Tokenizer


def seen(
    tokenizer: Tokenizer,
    text: str,
    encoding: Encoding,
    scripts: Collection[str] | None,
    before: int = 0,
) -> Read:
    """What of `text`, encoded after a prefix of `before` characters, is read and understood."""
    if all(encoding.special):  # control characters, say
        return Read(len(encoding), 0, 1, 1)
    end = max((end for _, end in encoding.offsets), default=0) - before
    unknown = [(start - before, stop - before) for start, stop in tokenizer.unknown(encoding)]
    return read(
        text[: max(end, 0)] if encoding.cut else text,
        scripts,
        unknown,
        tokens=len(encoding) + encoding.cut,
        cut=encoding.cut,
    )
