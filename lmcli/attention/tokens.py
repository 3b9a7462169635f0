"""A text cut into a model's tokens."""

from __future__ import annotations

from dataclasses import dataclass

from lmcli.frame.errors import NoAnswer
from lmcli.nn.tokenize import Tokenizer


@dataclass(frozen=True, slots=True)
class Token:
    """A token as readable text, its id, and the characters start..end of the text that it stands for."""

    token: str
    id: int
    start: int
    end: int


def cut(tokenizer: Tokenizer, text: str, special: bool = True) -> list[Token]:
    """The tokens of a text, with those that the model wants around it unless `special` is false.

    Raises NoAnswer where there are none.
    """
    encoding = tokenizer.encode(text, special=special)
    readable = tokenizer.readable(encoding.tokens)
    parts = zip(readable, encoding.ids, encoding.offsets, strict=True)
    found = [Token(token, number, start, end) for token, number, (start, end) in parts]
    if not found:
        raise NoAnswer("there are no tokens in the text")
    return found
