"""The tokens of a vocabulary as text that a person can read, by the way in which the vocabulary writes them.

bytes    byte-level BPE writes each byte as a letter: Ġ is a space, Ċ a line's end, ä»Ĭ is 今 (Radford et al. 2019)
spaces   SentencePiece writes a space as ▁ and, where no token fits, bytes as <0xE4> (Kudo and Richardson 2018)
plain    the token is its text, but for marks that can be read: ## before what goes on a word (WordPiece)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, TypeAlias

Writing: TypeAlias = Literal["bytes", "spaces", "plain"]

SPACE = "▁"
BYTE = re.compile("<0x([0-9A-Fa-f]{2})>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_SEEN = str.maketrans({" ": "·", "\n": "↵", "\t": "⇥", "\r": "␍"})


def writing_of(*parts: Mapping[str, Any] | None) -> Writing:
    """How a tokenizer writes its tokens, told by the decoder, pre-tokenizer and normalizer of its tokenizer.json."""
    found = {str(part.get("type")) for whole in parts for part in _flat(whole)}
    if "ByteLevel" in found:
        return "bytes"
    if found & {"Metaspace", "ByteFallback"}:
        return "spaces"
    replaced = any(SPACE in str(part.get("pattern")) for whole in parts for part in _flat(whole))
    return "spaces" if replaced else "plain"


def _flat(part: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """A part, and those that it is a sequence of."""
    if not part:
        return
    yield part
    for name in ("decoders", "pretokenizers", "normalizers"):
        for inner in part.get(name) or ():
            yield from _flat(inner)


def readable(token: str, writing: Writing) -> str:
    """The text that a token stands for; bytes that are not whole characters as <E4>.

    A space before a word is part of its token. A token that the vocabulary cannot have written so (an added one)
    stays as it is.
    """
    if writing == "bytes":
        values = [bytes_of_letters().get(letter) for letter in token]
        return token if None in values else text_of(bytes(v for v in values if v is not None))
    if writing == "spaces":
        if one := BYTE.fullmatch(token):
            return text_of(bytes([int(one[1], 16)]))
        return token.replace(SPACE, " ")
    return token


def text_of(raw: bytes) -> str:
    """Bytes as UTF-8; each that is no part of a whole character as <E4>."""
    text = raw.decode("utf-8", "surrogateescape")
    return "".join(f"<{ord(c) - 0xDC00:02X}>" if "\udc80" <= c <= "\udcff" else c for c in text)


def visible(text: str) -> str:
    """A token's text with its white space to be seen: · for a space, ↵ for a line's end, ⇥ for a tab.

    What would move the cursor or change colours is shown as its bytes.
    """
    return harmless(text).translate(_SEEN)


def harmless(text: str) -> str:
    """The text with control characters, but for white space, as their bytes: <1B>."""
    return _CONTROL.sub(lambda found: "".join(f"<{b:02X}>" for b in found[0].encode()), text)


@cache
def bytes_of_letters() -> dict[str, int]:
    """Which letter byte-level BPE writes for which byte: visible ones for themselves, U+0100 and on for the others."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {
        **{chr(byte): byte for byte in plain},
        **{chr(0x100 + i): byte for i, byte in enumerate(others)},
    }
