"""The words of a text over a model's tokens: what attention from word to word is."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from lmcli.attention.reading import Attention, Weights
from lmcli.nn.tokens.pieces import visible

UNKNOWN = ("[UNK]", "<unk>")
_CJK = "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_LETTERS = rf"(?:(?!{_CJK})\w)+"
_WORD = re.compile(rf"{_CJK}|{_LETTERS}(?:['\u2019-]{_LETTERS})*|\S")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands in the text, or a token that is none, and the places of its tokens.

    `apart`: a special token, or the first of a text that is read from left to right, where heads look that find
    nothing. `letters`: it is no punctuation, and known to the model.
    """

    name: str
    places: tuple[int, ...]
    apart: bool
    letters: bool


def words_of(attention: Attention) -> list[Word]:
    """The words of a text, or of a pair, in order; Chinese characters are words where no token holds several."""
    spans = [[match.span() for match in _WORD.finditer(text)] for text in attention.texts]
    groups: list[tuple[str, list[int]]] = []
    before: tuple[int, int] | None = None
    for place, special in enumerate(attention.encoding.special):
        text = attention.encoding.type_ids[place] if len(attention.texts) > 1 else 0
        found = None if special else _word_at(spans[text], attention.encoding.offsets[place])
        if found is not None and before == (text, found):
            groups[-1][1].append(place)
            continue
        name = visible(attention.tokens[place])
        if found is not None and name not in UNKNOWN:
            start, _ = spans[text][found]
            last = max(found, _last_word_at(spans[text], attention.encoding.offsets[place]))
            name = attention.texts[text][start : spans[text][last][1]]
        groups.append((name, [place]))
        before = None if found is None else (text, found)
    return _words_of_groups(attention, groups)


def _word_at(spans: list[tuple[int, int]], offset: tuple[int, int]) -> int | None:
    """Which word has the first letter that a token stands for."""
    return next((i for i, (s, e) in enumerate(spans) if s < offset[1] and offset[0] < e), None)


def _last_word_at(spans: list[tuple[int, int]], offset: tuple[int, int]) -> int:
    """Which word has the last letter that a token stands for: several characters are one token here and there."""
    return max(i for i, (s, e) in enumerate(spans) if s < offset[1] and offset[0] < e)


def _words_of_groups(attention: Attention, groups: list[tuple[str, list[int]]]) -> list[Word]:
    special = attention.encoding.special
    first = next((i for i, flag in enumerate(special) if not flag), 0)
    sink = {first} if is_causal(attention.weights) else set()
    return [
        Word(
            name,
            tuple(places),
            any(special[i] or i in sink for i in places),
            any(letter.isalnum() for letter in name)
            and not special[places[0]]
            and name not in UNKNOWN,
        )
        for name, places in groups
    ]


def is_causal(weights: Weights) -> bool:
    """Whether no token looks at one that comes after it."""
    size = weights.shape[-1]
    return size > 1 and not np.triu(weights[0, 0], 1).any()


def between(weights: Weights, words: list[Word]) -> Weights:
    """Weights (..., from, to) of tokens as those of words: the mean of a word's rows, the sum of its columns."""
    starts = [word.places[0] for word in words]
    sizes = np.array([len(word.places) for word in words], np.float32)
    columns = np.add.reduceat(weights, starts, axis=-1)
    rows: Weights = (np.add.reduceat(columns, starts, axis=-2) / sizes[:, None]).astype(np.float32)
    return rows
