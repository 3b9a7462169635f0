"""A byte-level BPE tokenizer as a table that is mapped, not read: the first token waits for no vocabulary.

The library tokenizers takes 50 ms (49,000 tokens) to 200 ms (152,000) to build its vocabulary and merges. A short
prompt needs a few of them: here the pairs lie sorted in a file, and the library only cuts the text into words and
control tokens, with a vocabulary of single bytes. Ids and texts are the library's own.

tokenizer.table: the length of a header (8 bytes), the header (JSON), keys and values of the pairs (uint64:
left id << 32 | right id; rank << 32 | id of both), starts of the tokens' bytes (uint32), the bytes.
"""

from __future__ import annotations

import json
import mmap
import struct
import zlib
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from lmcli.nn.tokens.pieces import bytes_of_letters

FILE = "tokenizer.table"
SHORT = 1000  # characters of a text that are cut by the table: for longer ones the library is built
_NEVER = 1 << 62
_LOW = (1 << 32) - 1


def write_table(tokenizer: Path) -> Path | None:
    """Write the table beside a tokenizer.json; None where that is no plain byte-level BPE."""
    raw = tokenizer.read_bytes()
    values = json.loads(raw)
    model = values["model"]
    vocabulary: dict[str, int] = model.get("vocab", {})
    letters = bytes_of_letters()
    if not _is_plain(values):
        return None
    added = {token["content"]: token for token in values.get("added_tokens", ())}
    kept = {letter: vocabulary[letter] for letter in letters if letter in vocabulary}
    kept |= {content: token["id"] for content, token in added.items()}
    bytes_of = dict.fromkeys(range(max((*vocabulary.values(), *kept.values())) + 1), b"")
    for token, number in vocabulary.items():
        plain = token not in added and all(letter in letters for letter in token)
        bytes_of[number] = bytes(letters[c] for c in token) if plain else token.encode()
    bytes_of |= {token["id"]: content.encode() for content, token in added.items()}
    keys, pairs = _pairs(model["merges"], vocabulary)
    starts = np.cumsum([0, *map(len, bytes_of.values())], dtype=np.uint32)
    small = {**values, "model": {**model, "vocab": kept, "merges": []}}
    header = {
        "size": len(raw),
        "crc": zlib.crc32(raw),
        "pairs": len(keys),
        "tokens": len(bytes_of),
        "bytes": int(starts[-1]),
        "special": sorted(token["id"] for token in added.values() if token["special"]),
        "small": json.dumps(small, ensure_ascii=False),
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path = tokenizer.with_name(FILE)
    arrays = (keys, pairs, starts)
    path.write_bytes(
        struct.pack("<Q", len(text))
        + text
        + b"".join(array.tobytes() for array in arrays)
        + b"".join(bytes_of.values())
    )
    return path


def _is_plain(values: dict[str, Any]) -> bool:
    """Whether a tokenizer.json is a byte-level BPE without any of the ways that differ."""
    model, decoder = values["model"], values.get("decoder") or {}
    odd = ("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix")
    return (
        model.get("type") == "BPE"
        and decoder.get("type") == "ByteLevel"
        and not any(model.get(name) for name in (*odd, "byte_fallback", "ignore_merges"))
    )


def _pairs(merges: Iterable[str | list[str]], vocabulary: dict[str, int]) -> tuple[Any, Any]:
    """The pairs that are merged, sorted: left and right id, and rank and the id of what they become."""
    found: dict[int, int] = {}
    for rank, merge in enumerate(merges):
        left, right = merge.split(" ") if isinstance(merge, str) else merge
        key = vocabulary[left] << 32 | vocabulary[right]
        found.setdefault(key, rank << 32 | vocabulary[left + right])
    keys = np.array(sorted(found), np.uint64)
    return keys, np.array([found[int(key)] for key in keys], np.uint64)


class Table:
    """Ids and texts of a tokenizer.json, from the table beside it."""

    def __init__(self, data: mmap.mmap, header: dict[str, Any], start: int, words: Any) -> None:
        self.special = frozenset(header["special"])
        self._words = words
        pairs, tokens = header["pairs"], header["tokens"]
        self._keys = np.frombuffer(data, np.uint64, pairs, start)
        self._pairs = np.frombuffer(data, np.uint64, pairs, start + 8 * pairs)
        self._starts = np.frombuffer(data, np.uint32, tokens + 1, start + 16 * pairs)
        self._blob = start + 16 * pairs + 4 * (tokens + 1)
        self._data = data
        self._known: dict[int, int] = {}

    @classmethod
    def beside(cls, tokenizer: Path, build: Callable[[str], Any]) -> Table | None:
        """The table of this very tokenizer.json; None where there is none, or it is of another or cut.

        `build` makes the library's tokenizer of a JSON text.
        """
        try:
            with tokenizer.with_name(FILE).open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            (length,) = struct.unpack_from("<Q", data)
            header = json.loads(data[8 : 8 + length])
            raw = tokenizer.read_bytes()
            arrays = 16 * header["pairs"] + 4 * (header["tokens"] + 1)
            whole = len(data) == 8 + length + arrays + header["bytes"]
            if not whole or (header["size"], header["crc"]) != (len(raw), zlib.crc32(raw)):
                return None
            return cls(data, header, 8 + length, build(header["small"]))
        except (OSError, ValueError, KeyError, TypeError, struct.error):
            return None

    def encode(self, text: str, *, special: bool = True) -> list[int]:
        """The ids of a text; `special` adds those that the model expects around it."""
        raw = self._words.encode(text, add_special_tokens=special)
        ids: list[int] = []
        word: list[int] = []
        before = None
        for number, of in zip(raw.ids, raw.word_ids, strict=True):
            if of != before or of is None:
                ids += self._merged(word)
                word = []
            word.append(number)
            before = of
        return ids + self._merged(word)

    def _merged(self, ids: list[int]) -> list[int]:
        """A word's ids after all merges: the pair of the lowest rank first, the leftmost of those."""
        pairs = [self._pair(*pair) for pair in pairwise(ids)]
        while pairs and (best := min(pairs)) < _NEVER:
            at = pairs.index(best)
            ids[at : at + 2] = [best & _LOW]
            del pairs[at]
            if at > 0:
                pairs[at - 1] = self._pair(ids[at - 1], ids[at])
            if at < len(pairs):
                pairs[at] = self._pair(ids[at], ids[at + 1])
        return ids

    def _pair(self, left: int, right: int) -> int:
        """Rank and id of what a pair becomes, as one number; _NEVER where it stays a pair."""
        key = left << 32 | right
        if key not in self._known:
            at = int(np.searchsorted(self._keys, np.uint64(key)))
            found = at < len(self._keys) and int(self._keys[at]) == key
            self._known[key] = int(self._pairs[at]) if found else _NEVER
        return self._known[key]

    def bytes_of(self, number: int) -> bytes:
        """What a token stands for; nothing where there is no such token."""
        if not 0 <= number < len(self._starts) - 1:
            return b""
        start, end = self._starts[number : number + 2]
        return self._data[self._blob + int(start) : self._blob + int(end)]

    def id(self, token: str) -> int | None:
        """The id of a control token or a single byte, as the vocabulary writes them; None for what it does not know."""
        number: int | None = self._words.token_to_id(token)
        return number

    def decode(self, ids: Iterable[int], *, skip_special: bool = True) -> str:
        """The text of ids; bytes that are not whole characters become U+FFFD."""
        left = self.special if skip_special else ()
        return b"".join(self.bytes_of(n) for n in ids if n not in left).decode(errors="replace")
