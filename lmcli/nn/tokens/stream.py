"""Tokens decoded one by one: each gives the text that it completes.

A token alone does not say its text: a blank before a word is dropped at a text's start, a character may be spread
over several tokens. So a few tokens are decoded together, and again without the last; the difference is new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

PIECES = 4  # tokens that a character may be spread over
UNFINISHED = "\ufffd"


class Stream:
    """The text of a sequence of tokens as it grows.

    decode: the text of ids. before: tokens that stand before the text, so that its first one is not taken for the
    text's start.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str], before: Sequence[int] = ()) -> None:
        self._decode = decode
        self._ids = list(before)
        self._known = decode(self._ids) if self._ids else ""
        self._held = 0

    def step(self, token: int) -> str:
        """Take the next token; the text that is certain now, maybe ""."""
        self._ids.append(token)
        self._held += 1
        text = self._decode(self._ids)
        unfinished = text.endswith(UNFINISHED) and self._held < PIECES
        if unfinished or len(text) <= len(self._known):
            return ""
        return self._give(text)

    def rest(self) -> str:
        """The text of what was held back: bytes that never became a character, as U+FFFD."""
        return self._give(self._decode(self._ids)) if self._held else ""

    def _give(self, text: str) -> str:
        new = text[len(self._known) :]
        if new:
            self._ids = self._ids[-self._held :]
            self._known = self._decode(self._ids)
            self._held = 0
        return new
